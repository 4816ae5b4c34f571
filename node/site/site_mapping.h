/*
 * A mapping between CommerceML and the objects of a configuration: which item becomes
 * which object, and back. One file serves both directions.
 *
 *     version = 2.07              of what is written: 2.03 to 2.10, or 3.1
 *     namespace = 2               none, 2, 205, 210; 3.1 has its own, 3
 *     currency = RUB              where a price or an order has none
 *     customers = apart           3.1: in a file of their own, too; else in orders alone
 *     catalog = "Основной каталог товаров"
 *     owner = Catalog.Организации         the first of them is the owner of catalogs
 *
 *     [Товар]                     an item: Группа, Свойство, Товар, Цена, Остаток, Склад,
 *     type = Catalog.Номенклатура     ТипЦены, ЕдиницаИзмерения, Документ, Оплата,
 *     only = IsFolder: false          Контрагент, Подразделение, Работник, ЗаписьГрафика
 *     find = Артикул              how an object is found whose Ид is not known here
 *
 *     Ref = Ид
 *     Description = Наименование
 *     НаименованиеПолное = реквизит:Полное наименование
 *     DeletionMark = ^deleted
 *     out БазоваяЕдиница/@Код = 796
 *
 * Settings of an item end at the first empty line; then come columns, ATTRIBUTE = SOURCE,
 * with the conversions of table/mapping.h behind a "|". A source is a path of elements
 * ("Контакты/Контакт[Тип=Почта]/Значение", "БазоваяЕдиница/@Код"); with "/" before it,
 * from the item and not from the part of it; "реквизит:NAME"; "^parent" (Ид of the group
 * around),
 * "^deleted", "^formed" (date of the file). "Ид:goods" and "Ид:characteristic" are the
 * halves of `uuid#uuid`; "Дата + Время" is one moment; "A, B" the first that is filled.
 * "ATTRIBUTE = PATH | item NAME" is another item there, which is made or found.
 * "ATTRIBUTE = Картинка | picture" keeps the file that is named there, in a
 * ХранилищеЗначения. "out PATH = TEXT" is always written.
 *
 * "[Документ/Товары]" with `path = Товары/Товар` is the section Товары of the document.
 * A label may follow a name ("[Документ оплата]"): several parts of one kind. One with a
 * path and a column from /Ид has objects that stand inside of that item: values of a
 * property ("[Свойство значение]", path = ВариантыЗначений/Справочник). `direction` is
 * in, out, both or inner: an inner part is only what others name as `item`.
 */

#ifndef NODE_SITE_MAPPING_H
#define NODE_SITE_MAPPING_H

#include "exchange/commerceml.h"
#include "table/mapping_value.h"

enum {
    FL_SITE_PARTS_MAX = 48,
    FL_SITE_CONSTANTS_MAX = 32,
    FL_SITE_ONLY_MAX = 4,
    FL_SITE_WORD_BYTES = 160,
};

/* Kinds of parts: those of items, and what is inside of an offer or a document. */
enum fl_site_kind {
    FL_SITE_ITEM = 1, /* `item` says which */
    FL_SITE_PRICE,    /* Цена of an offer */
    FL_SITE_STOCK,    /* Остаток of an offer in one store */
    FL_SITE_PAYMENT,  /* what pays a document: its number and date */
};

struct fl_site_constant {
    char path[FL_SITE_WORD_BYTES];
    struct fl_bytes text;
};

struct fl_site_only {
    const struct fl_attribute *attribute;
    struct fl_bytes text;
};

struct fl_site_part {
    enum fl_site_kind kind;
    enum fl_commerceml_kind item;
    char name[FL_SITE_WORD_BYTES]; /* "Документ оплата", as in the file */
    const struct fl_type *type;
    const struct fl_section_type *section; /* NULL: the object itself */
    struct fl_site_part *sections;         /* of this part; then by `next_section` */
    struct fl_site_part *next_section;
    char path[FL_SITE_WORD_BYTES]; /* of what is repeated in the item; "" itself */
    char operations[FL_SITE_WORD_BYTES]; /* "Заказ товара, Счет на оплату"; "" any */
    char when[FL_SITE_WORD_BYTES]; /* a source that must be filled; "" none */
    char person[FL_SITE_WORD_BYTES]; /* "ЮрФизЛицо: ФизическоеЛицо"; "" by the ИНН */
    bool reads;
    bool writes;
    bool left_out; /* while it is read: the configuration has no such */
    bool inner; /* only what other parts name as `item`: it has no Ид of its own there */
    bool keeps;   /* what is here already is not changed */
    bool creates; /* what is not here yet is made, where others point to it */
    bool balance; /* an accumulation register: what is left of its movements */
    const struct fl_attribute *goods; /* of a price or stock: whose it is */
    const struct fl_attribute *order; /* of a payment: which document it pays */
    size_t only_count;
    struct fl_site_only only[FL_SITE_ONLY_MAX];
    size_t find_count;
    const struct fl_attribute *find[FL_LOOKUP_ATTRIBUTES_MAX];
    size_t constant_count;
    struct fl_site_constant constants[FL_SITE_CONSTANTS_MAX];
    struct fl_mapping *mapping; /* its columns */
    /* Of each column: the part that an element there is an item of; or NULL. */
    struct fl_site_part *items[FL_MAPPING_COLUMNS_MAX];
    char item_names[FL_MAPPING_COLUMNS_MAX][64];
    bool pictures[FL_MAPPING_COLUMNS_MAX]; /* what stands there names a file */
};

struct fl_site_mapping {
    struct fl_buffer text;
    struct fl_buffer remarks; /* texts, each with its NUL */
    enum fl_commerceml_version version;
    enum fl_commerceml_namespace name_space;
    bool customers_apart;
    char currency[16];
    char catalog[FL_SITE_WORD_BYTES];
    char price_type[FL_UUID_TEXT_BYTES + 1]; /* Ид where a register has no types */
    char price_type_name[FL_SITE_WORD_BYTES];
    const struct fl_type *owner;
    size_t part_count;
    struct fl_site_part *parts[FL_SITE_PARTS_MAX];
};

/*
 * Read and check `path`. What names nothing in `configuration` makes a remark and is left
 * out, an item with all of it: one file serves several configurations. The words of a
 * failure name file, line, and names that are near. `*out_mapping` is the caller's; it
 * points into `configuration`.
 */
enum fl_status fl_site_mapping_load(
    const struct fl_configuration *configuration,
    const char *path,
    struct fl_site_mapping **out_mapping,
    struct fl_error *out_error);
void fl_site_mapping_free(struct fl_site_mapping *mapping); /* takes NULL */
/* Is the dialect 3.1 written, which has a file for each kind of item? */
bool fl_site_mapping_is_3_1(const struct fl_site_mapping *mapping);
/* "FILE, line 12: ..."; NULL beyond the last. */
const char *fl_site_mapping_remark(const struct fl_site_mapping *mapping, size_t index);

/*
 * The part that reads or writes items of this kind; of documents the one for
 * `operation` (empty: any). NULL behind the last; `after` NULL: the first.
 */
struct fl_site_part *fl_site_part_find(
    const struct fl_site_mapping *mapping,
    enum fl_site_kind kind,
    enum fl_commerceml_kind item,
    struct fl_bytes operation,
    const struct fl_site_part *after);

/* Is it written, and made of records of a register by their goods? */
bool fl_site_part_is_slice(const struct fl_site_part *part);
/*
 * Does a record's set have all records of its dimensions, and so say whose they are? Sets
 * of documents do not.
 */
bool fl_site_part_is_direct(const struct fl_site_part *part);

/* Does a list of words, "A, B", have this one? */
bool fl_site_words_have(const char *words, struct fl_bytes word);

#endif
