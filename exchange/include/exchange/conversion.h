/*
 * Conversion: which object of a configuration is which element of an external format
 * (EnterpriseData, КД 2, CommerceML), as rules in a file that anybody can read and
 * change. The rules know nothing of bytes: they make trees of elements (element.h) from
 * objects and objects from trees; a format writes and reads the trees.
 *
 *     <mapping format="enterprisedata" name="Бухгалтерия 3.0" key="КлючевыеСвойства">
 *       <object of="Справочник.Контрагенты" as="Справочник.Контрагенты"
 *               when="ЭтоГруппа=false" search="ИНН КПП; Наименование">
 *         <key>
 *           <property of="Наименование" as="Наименование"/>
 *           <property of="ЮрФизЛицо" as="ЮридическоеФизическоеЛицо" values="Лица"/>
 *         </key>
 *         <property of="Комментарий" as="Комментарий" until="1.10"/>
 *         <property of="Комментарий" as="ОбщиеСвойства/Комментарий" since="1.11"/>
 *         <fixed as="ВидОперации" value="РеализацияКлиенту"/>
 *         <table of="Товары" as="Товары/Строка" when="Номенклатура.Услуга=false">
 *           <number as="НомерСтроки"/>
 *           <property of="Номенклатура.ЕдиницаИзмерения" as="Единица/Наименование"/>
 *         </table>
 *       </object>
 *       <values name="Лица">
 *         <value of="ЮридическоеЛицо" as="ЮридическоеЛицо"/>
 *         <value of="НДС20" since="1.17"><part as="Ставка" value="20"/></value>
 *       </values>
 *     </mapping>
 *
 * `object`: several may have one type (told apart by `when`) or one element (told apart
 * by what is `fixed` with check="yes"). only="write" and only="read" on an object, a
 * property or a table is one direction. `key` is what stands wherever the object is
 * referred to. A name of an attribute is Russian or English where 1C has both; "A.B" goes
 * through one reference and is only written. "/A" in a table is of the object itself.
 * `else` is written for an empty value; without it an empty value is not written at all.
 * `values` names a table of values; what it does not have would be lost, and is refused
 * when it is written, and when it is read where the format wants it (ports); what another
 * version has is read, too. of="" and
 * as="" of a <value> are nothing; <values other="X"> is written for all others, which are
 * nothing when they are read; an `else` that is not empty is written for them, too.
 * keep="yes" on a property or a table: what is missing in the source stays as it is here,
 * not empty; mapping keep="yes": of all. `when` is A=text, A!=text, joined by " and ";
 * what equals is also set when reading. empty="yes" of a mapping: an empty value is
 * written as a text of nothing, a table without rows as an empty group. A register's
 * records are the table of="Records". `options` of a mapping, an object, a table or a
 * property and `type` of a property are the format's own. <code place="..."/>, anywhere
 * in an object, is a remark: what 1C does there by program text has no replacement yet.
 * `search` lists ways to find an object that comes with an unknown id; each is attributes
 * that must all be equal and not all empty.
 */

#ifndef EXCHANGE_CONVERSION_H
#define EXCHANGE_CONVERSION_H

#include "exchange/codec.h"
#include "exchange/element.h"

enum { FL_CONVERSION_SEARCH_ATTRIBUTES_MAX = 8 };

struct fl_conversion;

/* A version "1.8" as a number that compares as versions do; 0: none given. */
typedef uint32_t fl_conversion_version;
fl_conversion_version fl_conversion_version_of(struct fl_bytes text); /* 0: not one */

/* A rule for one kind of object, for callers that ask which there are. */
struct fl_conversion_rule;

/*
 * Read rules from `source`. What names nothing in `configuration` makes a remark and is
 * left out: one file serves several configurations. FL_MALFORMED: it is no such file, in
 * words with the line. `configuration` outlives the result.
 */
enum fl_status fl_conversion_read(
    const struct fl_configuration *configuration,
    struct fl_codec_source source,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error);
void fl_conversion_free(struct fl_conversion *conversion); /* takes NULL */

const char *fl_conversion_format(const struct fl_conversion *conversion);
const char *fl_conversion_name(const struct fl_conversion *conversion);
/* "line 12: ..."; NULL beyond the last. */
const char *fl_conversion_remark(const struct fl_conversion *conversion, size_t index);

/* Of the rules (<object>) and properties (<property>) of the file: how many there are,
 * and how many work as they stand, nothing of them left out. */
struct fl_conversion_coverage {
    size_t rules;
    size_t rules_whole;
    size_t properties;
    size_t properties_whole;
};
struct fl_conversion_coverage fl_conversion_coverage(
    const struct fl_conversion *conversion);

/* NULL beyond the last. */
const struct fl_conversion_rule *fl_conversion_rule_at(
    const struct fl_conversion *conversion,
    size_t index);
const struct fl_type *fl_conversion_rule_type(const struct fl_conversion_rule *rule);
const char *fl_conversion_rule_element(const struct fl_conversion_rule *rule);
bool fl_conversion_rule_writes(
    const struct fl_conversion_rule *rule,
    fl_conversion_version version);
bool fl_conversion_rule_reads(
    const struct fl_conversion_rule *rule,
    fl_conversion_version version);
/* The numbers of the attributes of one way to search; 0: there is no such way. */
size_t fl_conversion_rule_search(
    const struct fl_conversion_rule *rule,
    size_t way,
    uint32_t out_attributes[FL_CONVERSION_SEARCH_ATTRIBUTES_MAX]);
/* The format's own words; "": none. The table is one of its index among the rule's. */
const char *fl_conversion_options(const struct fl_conversion *conversion);
const char *fl_conversion_rule_options(const struct fl_conversion_rule *rule);
const char *fl_conversion_rule_table_options(
    const struct fl_conversion_rule *rule,
    size_t index,
    const struct fl_section_type **out_section, /* NULL: no more tables */
    const char **out_path);
/* Does it read this path? In a table, of a row of it; else NULL, of the object. */
bool fl_conversion_rule_reads_path(
    const struct fl_conversion_rule *rule,
    const char *table,
    const char *path);
/* Does that table read this attribute of a row? */
bool fl_conversion_rule_table_has(
    const struct fl_conversion_rule *rule,
    size_t index,
    uint32_t attribute);
/* Is this attribute of ours a part of the rule's key? */
bool fl_conversion_rule_has_in_key(
    const struct fl_conversion_rule *rule,
    uint32_t attribute);
/* Every path that a rule writes in a version, for checks: calls until it gives false. */
void fl_conversion_rule_paths(
    const struct fl_conversion_rule *rule,
    fl_conversion_version version,
    bool (*take)(void *context, const char *path, bool in_key, uint64_t line),
    void *context);

/*
 * Each value of an enumeration of ours that a table of the mapping lacks, so that objects
 * with it are not written: calls until it gives false.
 */
void fl_conversion_check_values(
    const struct fl_conversion *conversion,
    bool (*take)(void *context, const char *words),
    void *context);

/* What conversion has to ask of the one who has the objects. */
struct fl_conversion_ports {
    void *context;
    /* The present state of an object; FL_NOT_FOUND. `*out_object` lives as long as
       `arena` is not reset. */
    enum fl_status (*lookup)(
        void *context,
        struct fl_key key,
        struct fl_arena *arena,
        struct fl_object *out_object);
    /* Which object of ours the peer means. `given` has what came of its key, normalised.
       NULL: the same id. */
    enum fl_status (*match)(
        void *context,
        const struct fl_conversion_rule *rule,
        struct fl_uuid theirs,
        const struct fl_object *given,
        struct fl_uuid *out_ours,
        struct fl_error *out_error);
    /* The same with the key as it came, for a format whose references say how they are to
       be found; asked instead of `match`. FL_NOT_FOUND for an object's own key: there is
       none, and none is to be made. */
    enum fl_status (*match_element)(
        void *context,
        const struct fl_conversion_rule *rule,
        const struct fl_element *key,
        bool is_main,
        const struct fl_object *given,
        struct fl_uuid *out_ours,
        struct fl_error *out_error);
    /* A value that came and is not in its table is refused; false: it is empty here. */
    bool refuses_unknown_values;
    /* What came and is empty here: a value that its table has not, a reference of a kind
       that the attribute does not take, or to nobody. `line` may be 0. NULL: nobody is
       told. */
    void *lost_context;
    void (*lost)(void *context, uint64_t line, const char *path, const char *words);
    /* What the peer calls ours. NULL: the same. */
    struct fl_uuid (*identity)(void *context, struct fl_key key);
    /* The peer asks for an object of ours once more, which it calls `theirs`. NULL: that
       is a note of the reader. */
    void (*request)(void *context, const struct fl_type *type, struct fl_uuid theirs);
};

/*
 * The tree of an object: the root is named as the rule says, its key is a REF named as
 * the mapping's `key` says, with children, and stands first. NULL in `*out_root`: no rule
 * writes such an object. `version` 0: the format has none. FL_REFUSED: a value that has
 * no counterpart, in words.
 */
enum fl_status fl_conversion_write(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const struct fl_conversion_ports *ports,
    const struct fl_object *object,
    struct fl_arena *arena,
    struct fl_element **out_root,
    const struct fl_conversion_rule **out_rule,
    struct fl_error *out_error);

/*
 * What a reference is found by, as children of the REF `element` with its `object`: the
 * tree has none of them, so that a format may keep what it has written once. References
 * in a key are REFs again. FL_NOT_FOUND: the object is not here.
 */
enum fl_status fl_conversion_expand(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const struct fl_conversion_ports *ports,
    struct fl_arena *arena,
    struct fl_element *element,
    struct fl_error *out_error);

/* The first rule that writes a type, or NULL: how it is called where something refers to
 * it. */
const struct fl_conversion_rule *fl_conversion_rule_of(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    uint32_t type);

/*
 * An object from a tree: over its present state, so that what the format does not have
 * stays. The tree's references carry `id` or children or both. NULL in `*out_rule`: no
 * rule reads this element. FL_MALFORMED: a value that fits nothing, in words with line
 * and element. Strings that are too long are cut and numbers rounded, as 1C does.
 */
enum fl_status fl_conversion_to_object(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const struct fl_conversion_ports *ports,
    struct fl_element *root,
    struct fl_arena *arena,
    struct fl_object *out_object,
    const struct fl_conversion_rule **out_rule,
    struct fl_error *out_error);

/* The rules that read an element named so: does any? For the types of deletions, too. */
const struct fl_conversion_rule *fl_conversion_rule_for_element(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const char *element);

#endif
