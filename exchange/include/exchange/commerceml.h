/*
 * CommerceML 2.03 to 2.10 and 3.1, and the company structure of corporate portals, as a
 * stream of items: one group of goods, one offer, one document at a time, each a small
 * tree of elements. [СТО СЭОИ 2.1.4.1-2008 and the public schemas 2.08 to 2.10.]
 *
 * What is read may stand in any order, with any namespace, in UTF-8 or windows-1251, with
 * what the schemas do not know: it stays in the tree. What is written is put in the order
 * of the schemas and fits them; of 3.1, which has none, in that of real files.
 */

#ifndef EXCHANGE_COMMERCEML_H
#define EXCHANGE_COMMERCEML_H

#include "exchange/codec.h"
#include "proto/arena.h"

/* --- elements --- */

struct fl_commerceml_attribute {
    const char *name;
    struct fl_bytes value;
    struct fl_commerceml_attribute *next;
};

/* Everything of it lives in one arena; names are texts that outlive it. */
struct fl_commerceml_element {
    const char *name; /* without a prefix */
    uint32_t name_size;
    struct fl_bytes text; /* its own, without blanks around it */
    struct fl_commerceml_attribute *attributes;
    struct fl_commerceml_element *first; /* children, in their order */
    struct fl_commerceml_element *last;
    struct fl_commerceml_element *next; /* sibling */
};

/* Trees are made in an arena; the first lack of room is kept and asked for at the end. */
struct fl_commerceml_tree {
    struct fl_arena *arena;
    bool failed;
};

/*
 * A new last child of `parent`, or a root where that is NULL. Texts are not copied. NULL
 * when the tree has failed; every function here takes that NULL again and does nothing.
 */
struct fl_commerceml_element *fl_commerceml_add(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *parent,
    const char *name);
struct fl_commerceml_element *fl_commerceml_add_text(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *parent,
    const char *name,
    struct fl_bytes text);
void fl_commerceml_add_attribute(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    const char *name,
    struct fl_bytes value);

/* The first child of this name, and the next one behind it; NULL: none. Take NULL. */
const struct fl_commerceml_element *fl_commerceml_child(
    const struct fl_commerceml_element *element,
    const char *name);
const struct fl_commerceml_element *fl_commerceml_again(
    const struct fl_commerceml_element *element);
/* The text at "Контакты/Контакт/Значение", "БазоваяЕдиница/@Код"; empty: none. */
struct fl_bytes fl_commerceml_text(
    const struct fl_commerceml_element *element,
    const char *path);
/* The Значение of the реквизит `name` in ЗначенияРеквизитов; empty: none. */
struct fl_bytes fl_commerceml_requisite(
    const struct fl_commerceml_element *element,
    const char *name);

/* --- items --- */

enum fl_commerceml_kind {
    FL_COMMERCEML_GROUP = 1,  /* Группа, without the groups below it */
    FL_COMMERCEML_PROPERTY,   /* Свойство */
    FL_COMMERCEML_CATEGORY,   /* Категория */
    FL_COMMERCEML_PRICE_TYPE, /* ТипЦены */
    FL_COMMERCEML_STORE,      /* Склад */
    FL_COMMERCEML_UNIT,       /* ЕдиницаИзмерения */
    FL_COMMERCEML_GOODS,      /* Товар */
    FL_COMMERCEML_OFFER,      /* Предложение */
    FL_COMMERCEML_DOCUMENT,   /* Документ */
    FL_COMMERCEML_PARTNER,    /* Контрагент */
    FL_COMMERCEML_DEPARTMENT, /* Подразделение, without those below it */
    FL_COMMERCEML_EMPLOYEE,   /* Работник */
    FL_COMMERCEML_ABSENCE,    /* ЗаписьГрафика */
};
enum { FL_COMMERCEML_KIND_COUNT = FL_COMMERCEML_ABSENCE + 1 };

/* "Группа"; the name of its element. */
const char *fl_commerceml_kind_name(enum fl_commerceml_kind kind);

/* A part of the file that has items: Каталог, ПакетПредложений, ... */
struct fl_commerceml_section {
    const struct fl_commerceml_element *head; /* all of it that is no item, so far */
    bool changes_only; /* СодержитТолькоИзменения */
};

struct fl_commerceml_item {
    enum fl_commerceml_kind kind;
    const struct fl_commerceml_element *element;
    const struct fl_commerceml_section *section; /* NULL: it stands below the root */
    struct fl_bytes parent; /* Ид of the group or department around it; else empty */
    uint64_t container;     /* of 3.1: which Контейнер, from 1; 0: none */
    bool deleted; /* Статус is Удален, or ПометкаУдаления is true */
    uint64_t line;
};

struct fl_commerceml_reader;

struct fl_commerceml_reader_options {
    struct fl_codec_source source;
    size_t item_bytes_max;       /* one item in memory; 0: FL_COMMERCEML_ITEM_BYTES_MAX */
    uint64_t document_bytes_max; /* 0: any */
};

enum {
    FL_COMMERCEML_ITEM_BYTES_MAX = 32 << 20,
    FL_COMMERCEML_HEAD_BYTES_MAX = 4 << 20,
};

/* Reads nothing yet. `*out_reader` is the caller's. */
enum fl_status fl_commerceml_reader_open(
    const struct fl_commerceml_reader_options *options,
    struct fl_commerceml_reader **out_reader,
    struct fl_error *out_error);
void fl_commerceml_reader_close(struct fl_commerceml_reader *reader); /* takes NULL */

/*
 * The next item, until the next call; NULL after the last, when the file was well formed
 * to its end. FL_MALFORMED: not XML, or not CommerceML; FL_LIMIT; FL_UNSUPPORTED: an
 * encoding. The words name the line.
 */
enum fl_status fl_commerceml_reader_next(
    struct fl_commerceml_reader *reader,
    const struct fl_commerceml_item **out_item,
    struct fl_error *out_error);

/* КоммерческаяИнформация with its attributes; NULL before it was read. */
const struct fl_commerceml_element *fl_commerceml_reader_root(
    const struct fl_commerceml_reader *reader);
/* "urn:1C.ru:commerceml_2"; NULL: the file has no namespace. */
const char *fl_commerceml_reader_namespace(const struct fl_commerceml_reader *reader);
/* Sections in the order of the file, those too that have no items; NULL behind them. */
const struct fl_commerceml_section *fl_commerceml_reader_section(
    const struct fl_commerceml_reader *reader,
    size_t index);
/* Where the reader stands, from 1. */
uint64_t fl_commerceml_reader_line(const struct fl_commerceml_reader *reader);
/* Did the last failure come from bytes that end too soon? */
bool fl_commerceml_reader_is_incomplete(const struct fl_commerceml_reader *reader);

/* --- writing --- */

enum fl_commerceml_version {
    FL_COMMERCEML_2_07 = 0, /* what УТ 11 and Розница 2.2 write; the grammar of 2.08 */
    FL_COMMERCEML_2_03, /* the same grammar with another number */
    FL_COMMERCEML_2_04,
    FL_COMMERCEML_2_05,
    FL_COMMERCEML_2_08,
    FL_COMMERCEML_2_09, /* Документ has Оплаты */
    FL_COMMERCEML_2_10, /* Документ has ПодчиненныеДокументы, no Оплаты */
    FL_COMMERCEML_3_1, /* Bitrix' own module: a file for each kind; has no schema */
};

enum fl_commerceml_namespace {
    FL_COMMERCEML_NAMESPACE_NONE = 0,
    FL_COMMERCEML_NAMESPACE_2,   /* urn:1C.ru:commerceml_2 */
    FL_COMMERCEML_NAMESPACE_210, /* urn:1C.ru:commerceml_210 */
    FL_COMMERCEML_NAMESPACE_205, /* urn:1C.ru:commerceml_205 */
    FL_COMMERCEML_NAMESPACE_3,   /* urn:1C.ru:commerceml_3 */
};

/* "2.07", "2.10"; false: none of these. */
bool fl_commerceml_version_find(
    const char *text,
    enum fl_commerceml_version *out_version);
const char *fl_commerceml_version_text(enum fl_commerceml_version version);
/* "none", "2", "205", "210", "3". */
bool fl_commerceml_namespace_find(
    const char *text,
    enum fl_commerceml_namespace *out_namespace);

struct fl_commerceml_writer;

struct fl_commerceml_writer_options {
    struct fl_codec_sink sink;
    enum fl_commerceml_version version;
    enum fl_commerceml_namespace name_space;
    int64_t formed; /* ДатаФормирования, datetime.h */
    bool mark;      /* a byte order mark: files of 1C have one, answers must not */
    bool company;   /* company structure: line breaks in texts become blanks */
};

enum fl_status fl_commerceml_writer_open(
    const struct fl_commerceml_writer_options *options,
    struct fl_commerceml_writer **out_writer,
    struct fl_error *out_error);
void fl_commerceml_writer_close(struct fl_commerceml_writer *writer); /* takes NULL */

/*
 * A section: `head` is its element with what comes before the items, in any order, as
 * {Каталог @СодержитТолькоИзменения {Ид, Наименование, Владелец}}. The one before it
 * ends. FL_REFUSED: as below.
 */
enum fl_status fl_commerceml_writer_section(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_element *head,
    struct fl_error *out_error);
/*
 * An item of this section, or below the root; items of one kind follow each other. A
 * group has the groups below it in Группы. FL_REFUSED: it lacks what the schemas require,
 * or a value that cannot be given up does not fit; the words name the item and the
 * element, and the writer goes on as if it had not been given. Texts that are too long
 * are cut; values that nobody misses (an ИНН of 8 digits) are left out, with a note.
 */
enum fl_status fl_commerceml_writer_put(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_element *element,
    struct fl_error *out_error);
/* The closing tags; everything is with the sink after it. */
enum fl_status fl_commerceml_writer_end(
    struct fl_commerceml_writer *writer,
    struct fl_error *out_error);

uint64_t fl_commerceml_writer_bytes(const struct fl_commerceml_writer *writer);
/* How many values were left out, and the words for the last of them ("": none). */
uint64_t fl_commerceml_writer_left_out(
    const struct fl_commerceml_writer *writer,
    const char **out_words);

/* --- words of the format --- */

/* "1 719,50" with blanks of any kind, "1719.5000". False: no number. */
bool fl_commerceml_number(struct fl_bytes text, struct fl_decimal *out_number);
/* At most `fraction` digits behind the point, rounded half away from zero. */
struct fl_decimal fl_commerceml_round(struct fl_decimal number, unsigned fraction);
/*
 * "2026-11-23", "2026-11-23T9:15:02", "2026-11-23 9:15:02", "23.11.2026 09:15:02", with
 * fractions of seconds and a zone, which are ignored; "T" and "" are the empty date.
 */
bool fl_commerceml_date(struct fl_bytes text, int64_t *out_seconds);
/* "9:15:02" in seconds of the day. */
bool fl_commerceml_time(struct fl_bytes text, int64_t *out_seconds);
/* true, false, 1, 0, да, нет, Y, N; in any case. */
bool fl_commerceml_flag(struct fl_bytes text, bool *out_flag);

/* An Ид of goods: a uuid, `uuid#uuid` with a characteristic; both halves equal is none.
 */
struct fl_commerceml_id {
    struct fl_uuid goods;
    struct fl_uuid characteristic;
    bool has_characteristic;
};
bool fl_commerceml_id_parse(struct fl_bytes text, struct fl_commerceml_id *out_id);

#endif
