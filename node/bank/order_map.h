/*
 * What a payment order says, and where that comes from: a mapping of
 * `filial export --format clientbank` that has a section [order].
 *
 *     type = Document.ПоступлениеТоваровУслуг
 *     kind = Платежное поручение        this and the next two may be left out
 *     encoding = windows-1251
 *     version = 1.03
 *
 *     [order]
 *     Номер = {Number}
 *     Дата = {Date}
 *     Сумма = {СуммаДокумента}
 *     Получатель = ИНН {Контрагент.ИНН} {Контрагент.Description}
 *     НазначениеПлатежа = Оплата по счету {НомерВходящегоДокумента} от {Date}
 *     ВидОплаты = 01
 *
 * A key of the format, and its text. In braces stands an attribute of the object, or of
 * what that refers to; {{ is a brace. Dates become 31.01.2026, amounts get two digits.
 */

#ifndef NODE_ORDER_MAP_H
#define NODE_ORDER_MAP_H

#include "node.h"
#include "proto/object.h"

enum {
    FL_ORDER_FIELDS_MAX = 100,
    FL_ORDER_PIECES_MAX = 1000, /* of all fields */
    FL_ORDER_STEPS_MAX = 4,
    FL_ORDER_TEXT_BYTES_MAX = 4096, /* of one field */
};

/* A text, or an attribute and the way from it. */
struct fl_order_piece {
    struct fl_bytes text;                      /* without attribute */
    const struct fl_attribute *attribute;      /* NULL: text */
    size_t step_count;                         /* behind the attribute */
    struct fl_bytes steps[FL_ORDER_STEPS_MAX]; /* names, in what it refers to */
};

struct fl_order_field {
    const char *key;
    size_t piece_first;
    size_t piece_count;
};

struct fl_order_map {
    struct fl_arena arena;
    struct fl_buffer file;
    const struct fl_type *type;
    const char *kind;
    const char *encoding; /* NULL: not said */
    const char *version;  /* the same */
    size_t field_count;
    struct fl_order_field fields[FL_ORDER_FIELDS_MAX];
    size_t piece_count;
    struct fl_order_piece pieces[FL_ORDER_PIECES_MAX];
};

/*
 * Read and check `path`; words of a failure name file and line. FL_NOT_FOUND, without
 * words: the file has no section [order], so it is a mapping of an import. Ends with the
 * deinit, on failure too; `map` is large, so it lies on the heap, zeroed.
 */
enum fl_status fl_order_map_init(
    struct fl_order_map *map,
    const struct fl_configuration *configuration,
    const char *path,
    struct fl_error *out_error);
/* The same of a text that is not in a file and outlives the map; `name` stands for it. */
enum fl_status fl_order_map_parse(
    struct fl_order_map *map,
    const struct fl_configuration *configuration,
    const char *name,
    struct fl_bytes text,
    struct fl_error *out_error);
void fl_order_map_deinit(struct fl_order_map *map);

/*
 * The text of a field for an object, in `out_text`, which is cleared. What it refers to
 * is read in `txn`; what is not there gives nothing.
 */
enum fl_status fl_order_text(
    const struct fl_order_map *map,
    const struct fl_order_field *field,
    const struct fl_configuration *configuration,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_arena *arena,
    struct fl_buffer *out_text);

/* A value as a payment order has it. */
void fl_order_put_value(const struct fl_value *value, struct fl_buffer *out_text);

#endif
