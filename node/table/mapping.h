/*
 * A mapping: how the columns of a table become attributes of objects of one type.
 *
 *     type = Catalog.Контрагенты
 *     key = ИНН, КПП              what tells whether an object is here already
 *     header = 1                  the line with the names of columns; none: #1, #2, ...
 *     encoding = windows-1251     these three may be left out
 *     delimiter = ;
 *     sheet = Лист1
 *
 *     [columns]
 *     Description = Наименование
 *     ИНН = ИНН | pad 10
 *     Дата = Дата счета | date DD.MM.YY
 *     Контрагент = Клиент | ref ИНН
 *     ВидОплаты = Оплата | map нал=Наличная, безнал=Безналичная
 *     Валюта = "643" | ref Code
 *
 * A column is its name in the header, #N, or a constant in quotes. Behind it stand
 * conversions, done in their order: trim (always done), upper, lower, digits, pad N (with
 * zeros before), default TEXT (where the cell is empty), map A=B, ... (words), date
 * FORMAT (D, M, Y, h, m, s), ref [TYPE by] ATTRIBUTE (the object with that value). The
 * attribute "Ref" is the identity of the object itself.
 */

#ifndef NODE_MAPPING_H
#define NODE_MAPPING_H

#include "exchange/sheet.h"
#include "node.h"
#include "proto/object.h"

enum {
    FL_MAPPING_COLUMNS_MAX = 256,
    FL_MAPPING_KEYS_MAX = 8,
    FL_MAPPING_STEPS_MAX = 8,
    FL_MAPPING_BYTES_MAX = 256 << 10,
    FL_MAPPING_NO_COLUMN = -1,
};

enum fl_mapping_step_kind {
    FL_STEP_UPPER = 1,
    FL_STEP_LOWER,
    FL_STEP_DIGITS,
    FL_STEP_PAD,
    FL_STEP_DEFAULT,
    FL_STEP_MAP,
    FL_STEP_DATE,
    FL_STEP_REF,
};

struct fl_mapping_step {
    enum fl_mapping_step_kind kind;
    struct fl_bytes text;       /* default, map, date */
    size_t number;              /* pad */
    const struct fl_type *type; /* ref */
    const struct fl_attribute *by;
};

struct fl_mapping_column {
    const struct fl_attribute *attribute; /* NULL: the identity */
    struct fl_bytes source;
    bool is_constant;
    bool is_key;
    int index; /* of the cell; FL_MAPPING_NO_COLUMN before it is bound */
    size_t step_count;
    struct fl_mapping_step steps[FL_MAPPING_STEPS_MAX];
    uint64_t line; /* of the mapping */
};

enum fl_mapping_direction { FL_DIRECTION_IN = 0, FL_DIRECTION_OUT, FL_DIRECTION_BOTH };

/* What a bank statement is matched with (bank/matching.h). */
struct fl_mapping_invoice {
    const struct fl_type *type; /* NULL: nothing is matched */
    const struct fl_attribute *number;
    const struct fl_attribute *amount;
    const struct fl_attribute *partner; /* a ref of a catalog ... */
    struct fl_bytes partner_inn;        /* ... that has this attribute */
};

struct fl_mapping {
    struct fl_arena arena;
    struct fl_buffer file;
    const struct fl_type *type;
    bool has_header;
    uint64_t header_line;
    char *encoding;
    char *sheet;
    char delimiter;
    size_t column_count;
    struct fl_mapping_column columns[FL_MAPPING_COLUMNS_MAX];
    size_t key_count;
    size_t keys[FL_MAPPING_KEYS_MAX];    /* indexes of columns */
    enum fl_mapping_direction direction; /* of the payments of a statement */
    struct fl_mapping_invoice invoice;
};

/*
 * Read and check `path`. The words of a failure name file and line. Ends with the deinit
 * below, on failure too; `mapping` is large, so it lies on the heap.
 */
enum fl_status fl_mapping_init(
    struct fl_mapping *mapping,
    const struct fl_configuration *configuration,
    const char *path,
    struct fl_error *out_error);
/* The same of a text that is not in a file; `name` stands for it in words. */
enum fl_status fl_mapping_parse(
    struct fl_mapping *mapping,
    const struct fl_configuration *configuration,
    const char *name,
    struct fl_bytes text,
    struct fl_error *out_error);
void fl_mapping_deinit(struct fl_mapping *mapping);

/*
 * One line of [columns] for who has a language of his own around it: "SOURCE | steps"
 * becomes the column of `attribute` (NULL: the identity). Texts are views into `text`.
 * `name` and `line` are the place for words.
 */
enum fl_status fl_mapping_column_parse(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attribute,
    const char *name,
    uint64_t line,
    struct fl_bytes text,
    struct fl_mapping_column *out_column,
    struct fl_error *out_error);

/*
 * Find the columns in the header of a table. FL_NOT_FOUND: one is missing, with the
 * names that are near; `place` is what the words begin with.
 */
enum fl_status fl_mapping_bind(
    struct fl_mapping *mapping,
    const struct fl_sheet_row *header,
    const char *place,
    struct fl_error *out_error);

#endif
