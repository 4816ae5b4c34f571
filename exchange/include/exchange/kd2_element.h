/*
 * Items of a ФайлОбмена as the trees that a conversion takes and makes (element.h). The
 * root is named by the item's type, its key is the REF "Ссылка"; rows of a tabular
 * section are groups of its name, records of a register groups "Записи"; a constant is
 * "Константа.X" with the text "Значение".
 *
 * Movements of a document (НаборЗаписей) are trees of their own, behind the document's:
 * the record set of a register, whose key has the document as REFs "Регистратор" and
 * "Recorder". The format says only what the register is called, so the tree is named as
 * the conversion calls a register of this name, "НаборЗаписей.X" where it has none. What
 * СубконтоДт and СубконтоКт of a record hold are "ВидСубконтоДт1", "СубконтоДт1" and so
 * on, as they are called in 1C's queries.
 */

#ifndef EXCHANGE_KD2_ELEMENT_H
#define EXCHANGE_KD2_ELEMENT_H

#include "exchange/conversion.h"
#include "exchange/kd2.h"

/* clang-format off */
/*
 * A mapping's options of an object, as "rule=Контрагенты; create=no":
 *
 *     rule=NAME      the code of the rule (ИмяПравила); not said: the type's name
 *     id=no          no identity is written: found by fields alone
 *     continue=yes   the search goes on by fields when the identity finds nothing
 *     create=no      who is not found is not made: a reference stays empty, an object
 *                    is passed over
 *     replace=no     what the receiver has already stays as it is
 *     priority=lower or same
 *     code=generate  a missing code or number is made by the receiver
 *
 * and of a property that is written, "replace=no; length=11":
 *
 *     replace=no     what the receiver has there already stays (НеЗамещать)
 *     date=equal     found by this very date, not within its year (ПоискПоДатеНаРавенство)
 *     length=N       the number at the end of a code gets zeros, or loses some, until the
 *                    text has N characters (ПриводитьКДлине)
 */
/* clang-format on */

#define FL_KD2_KEY               "Ссылка"
#define FL_KD2_RECORDS           "Записи"
#define FL_KD2_VALUE_OF_CONSTANT "Значение"

/* What stands behind "name=" in options, without blanks; empty: nothing. */
struct fl_bytes fl_kd2_option(const char *options, const char *name);
bool fl_kd2_option_is(const char *options, const char *name, const char *value);

/* The code of the rule that an object of the mapping stands for. */
struct fl_bytes fl_kd2_rule_code(const struct fl_conversion_rule *rule);

/*
 * Blanks behind codes, names and whatever an object is found by are cut.
 *
 * An expression, or a description of types in JSON, becomes a TEXT of nothing whose
 * `origin` is its property: whoever needs the value has to refuse it. The trees of an
 * object or a record set: one, or one for each constant of a set of them, and those of
 * movements, linked by `next`. `origin` of the root of movements is the fl_kd2_table, of
 * others NULL; of their recorder the item, of a key and another REF the fl_kd2_ref.
 * Behind the records of a record set its filter stands as one more. Texts are borrowed
 * from the item.
 */
enum fl_status fl_kd2_elements_of(
    const struct fl_kd2_item *item,
    const struct fl_conversion *conversion,
    struct fl_arena *arena,
    struct fl_element **out_roots,
    struct fl_error *out_error);

struct fl_kd2_making {
    const struct fl_conversion *conversion;
    const struct fl_conversion_ports *ports;
    const struct fl_configuration *configuration;
    enum fl_kd2_dialect dialect;
    bool english; /* simple types are called String, Number, ... */
};

/* As the receiver calls references to a type of ours; "": there is none of this number.
 * NULL without room. */
const char *fl_kd2_type_name(
    const struct fl_kd2_making *making,
    uint32_t number,
    struct fl_arena *arena);

/*
 * The items of a tree that fl_conversion_write() has made, linked by `next`: one, or in
 * D1 one for each record of an information register. NULL for other registers: 1C takes
 * their records only within their documents. References are expanded here.
 */
enum fl_status fl_kd2_items_of(
    const struct fl_kd2_making *making,
    struct fl_element *root,
    const struct fl_conversion_rule *rule,
    struct fl_arena *arena,
    struct fl_kd2_item **out_items,
    struct fl_error *out_error);

/* The tree of a record set as movements of `item`, a document. */
enum fl_status fl_kd2_movements_add(
    const struct fl_kd2_making *making,
    struct fl_element *root,
    struct fl_arena *arena,
    struct fl_kd2_item *item,
    struct fl_error *out_error);

/* The rules as a file carries them: one for each object of the mapping, as written. */
enum fl_status fl_kd2_rules_of_conversion(
    const struct fl_conversion *conversion,
    struct fl_arena *arena,
    struct fl_kd2_rules *out_rules);

#endif
