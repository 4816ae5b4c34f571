#include "exchange/kd2_mapping.h"

#include <stdio.h>
#include <string.h>

#include "exchange/kd2.h"
#include "proto/attribute_name.h"
#include "xml_writer.h"

#define OUR_PREDEFINED "ИмяПредопределенныхДанных"

/* Registers in all rules: more than any configuration has. */
enum { MOVEMENTS_MAX = 512 };

/* A group of movements in the rule of a document: what a record of the register has. */
struct movements {
    const struct fl_kd2_property_rule *group;
    const char *register_kind; /* "РегистрНакопления" */
};

struct making {
    size_t movements_count;
    struct movements movements[MOVEMENTS_MAX];
    const struct fl_kd2_rules *rules;
    const struct fl_configuration *configuration;
    enum fl_kd2_part part;
    struct fl_xml_writer xml;
    struct fl_kd2_coverage *coverage;
    const struct fl_kd2_rule *rule;
    const struct fl_type *type; /* of the rule, ours; NULL: we do not have it */
    bool whole;                 /* the rule, so far */
};

static void put(struct making *making, const char *text)
{
    fl_xml_writer_literal(&making->xml, text);
}

static void put_attribute(struct making *making, const char *name, struct fl_bytes value)
{
    put(making, " ");
    put(making, name);
    put(making, "=\"");
    fl_xml_writer_text(&making->xml, value, /* quotes= */ true);
    put(making, "\"");
}

/* ---- program text ---- */

static bool is_on_import(struct fl_bytes place)
{
    static const char *const places[] = {
        "ПередЗагрузкой",
        "ПриЗагрузке",
        "ПослеЗагрузки",
        "ПоследовательностьПолейПоиска",
        "ПриПолученииИнформацииОбУдалении",
        "ПослеПолученияИнформацииОбУзлахОбмена"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (fl_bytes_begin_with(place, places[i])) {
            return true;
        }
    }
    return false;
}

bool fl_kd2_mapping_matters(const struct fl_kd2_code *code, enum fl_kd2_part part)
{
    return is_on_import(code->place) == (part == FL_KD2_AS_DESTINATION);
}

static const struct fl_kd2_code *first_that_matters(
    const struct fl_kd2_code *code,
    enum fl_kd2_part part)
{
    while (code && !fl_kd2_mapping_matters(code, part)) {
        code = code->next;
    }
    return code;
}

const struct fl_kd2_code *fl_kd2_mapping_first_code(
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part)
{
    const struct fl_kd2_code *code = first_that_matters(rules->code_first, part);

    for (const struct fl_kd2_rule *rule = rules->rules; rule && !code;
         rule = rule->next) {
        code = first_that_matters(rule->code_first, part);
    }
    return code;
}

/* How many pieces matter; each becomes a <code/>. */
static size_t put_codes(
    struct making *making,
    const struct fl_kd2_code *code,
    struct fl_bytes whose,
    const char *indent)
{
    size_t count = 0;

    for (; code; code = code->next) {
        char line[24];

        if (!fl_kd2_mapping_matters(code, making->part)) {
            continue;
        }
        (void)snprintf(line, sizeof(line), "%llu", (unsigned long long)code->line);
        put(making, indent);
        put(making, "<code place=\"");
        fl_xml_writer_text(
            &making->xml, code->place.size > 0 ? code->place : fl_bytes_of_text("?"),
            true);
        if (whose.size > 0) {
            put(making, " (");
            fl_xml_writer_text(&making->xml, whose, true);
            put(making, ")");
        }
        put(making, "\"");
        put_attribute(making, "line", fl_bytes_of_text(line));
        put(making, "/>\n");
        count++;
    }
    making->coverage->handlers += count;
    return count;
}

/* ---- properties ---- */

static const struct fl_kd2_end *our_end(
    const struct making *making,
    const struct fl_kd2_property_rule *property)
{
    return making->part == FL_KD2_AS_SOURCE ? &property->source : &property->destination;
}

static bool is_known(
    const struct making *making,
    const struct fl_kd2_end *table,
    struct fl_bytes name)
{
    if (!making->type) {
        return false;
    }
    if (!table) {
        return fl_attribute_by_name(making->type, name) != NULL;
    }
    const struct fl_section_type *const section =
        fl_type_find_section(making->type, table->name);

    return section && fl_section_find_attribute(section, name);
}

static bool is_enumeration(struct fl_bytes type)
{
    return fl_bytes_begin_with(type, "ПеречислениеСсылка.") ||
           fl_bytes_begin_with(type, "EnumRef.");
}

/* What stops a property from being carried as it stands. */
enum obstacle { NOTHING, DISABLED, COMPUTED, LOST };

static enum obstacle obstacle_of(
    const struct making *making,
    const struct fl_kd2_property_rule *property)
{
    if (property->disabled) {
        return DISABLED;
    }
    if (property->parameter.size > 0 || property->destination.name.size == 0) {
        return LOST;
    }
    if (making->part == FL_KD2_AS_DESTINATION) {
        return NOTHING; /* whatever made it, it comes in the file */
    }
    if (property->source.name.size == 0 || property->from_incoming) {
        return COMPUTED;
    }
    for (const struct fl_kd2_code *code = property->code_first; code; code = code->next) {
        if (fl_kd2_mapping_matters(code, making->part)) {
            return COMPUTED;
        }
    }
    return property->rule.size > 0 && !fl_kd2_rules_find(making->rules, property->rule)
               ? LOST
               : NOTHING;
}

/* Between items the table is one of predefined names, a part of the key. */
static bool has_names(const struct fl_kd2_rule *rule)
{
    return rule->values && rule->code.size > 0 && !is_enumeration(rule->source) &&
           !is_enumeration(rule->destination);
}

/* The rule by whose table the property's values become others; NULL: they stay. Without a
 * rule of its own a property has that of its type, as in 1C. */
static const struct fl_kd2_rule *rule_of_values(
    const struct making *making,
    const struct fl_kd2_property_rule *property)
{
    const struct fl_kd2_rule *rule = fl_kd2_rules_find(making->rules, property->rule);

    if (property->rule.size == 0 && is_enumeration(property->source.type)) {
        rule = making->rules->rules;
        while (rule && !fl_bytes_equal(rule->source, property->source.type)) {
            rule = rule->next;
        }
    }
    return making->part == FL_KD2_AS_SOURCE && rule && rule->values &&
                   rule->code.size > 0 && !has_names(rule)
               ? rule
               : NULL;
}

/* What a value becomes where its own type does not say it; one of several is not said. */
static struct fl_bytes type_of_value(
    const struct fl_kd2_property_rule *property,
    const struct fl_kd2_rule *rule)
{
    const struct fl_bytes type = property->destination.type;
    const bool is_one = type.size > 0 && !memchr(type.data, ',', type.size);

    if (rule) {
        return is_one ? type : rule->destination;
    }
    return is_one && is_enumeration(type) ? type : (struct fl_bytes){NULL, 0};
}

/* Whoever reads finds them in the file. */
static void put_property_options(
    struct making *making,
    const struct fl_kd2_property_rule *property)
{
    char length[40] = "";

    if (property->length > 0) {
        (void)snprintf(
            length, sizeof(length), "length=%lld", (long long)property->length);
    }
    const char *const words[] = {
        property->not_replace ? "replace=no" : "",
        property->equal_date ? "date=equal" : "", length};
    const char *separator = " options=\"";

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i][0] != '\0') {
            put(making, separator);
            put(making, words[i]);
            separator = "; ";
        }
    }
    put(making, separator[0] == ';' ? "\"" : "");
}

static void put_property(
    struct making *making,
    const struct fl_kd2_property_rule *property,
    const char *indent,
    bool only_read)
{
    const struct fl_kd2_rule *const rule = rule_of_values(making, property);
    const struct fl_bytes type = type_of_value(property, rule);

    put(making, indent);
    put(making, "<property of=\"");
    fl_xml_writer_text(&making->xml, our_end(making, property)->name, /* quotes= */ true);
    put(making, rule && !is_enumeration(rule->source) ? "." OUR_PREDEFINED "\"" : "\"");
    put_attribute(making, "as", property->destination.name);
    if (type.size > 0) {
        put_attribute(making, "type", type);
    }
    if (rule) {
        put_attribute(making, "values", rule->code);
    }
    if (making->part == FL_KD2_AS_SOURCE) {
        put_property_options(making, property);
    }
    if (only_read) {
        put(making, " only=\"read\"");
    }
    put(making, "/>\n");
}

static void count_property(struct making *making, enum obstacle obstacle, bool known)
{
    struct fl_kd2_coverage *const coverage = making->coverage;

    coverage->properties++;
    coverage->properties_whole += obstacle == NOTHING;
    coverage->properties_known += obstacle == NOTHING && known;
    coverage->properties_disabled += obstacle == DISABLED;
    coverage->properties_computed += obstacle == COMPUTED;
    coverage->properties_lost += obstacle == LOST;
    if (obstacle == COMPUTED || obstacle == LOST) {
        making->whole = false;
    }
}

static void take_property(
    struct making *making,
    const struct fl_kd2_property_rule *property,
    const struct fl_kd2_end *table,
    const char *indent)
{
    const enum obstacle obstacle = obstacle_of(making, property);

    count_property(
        making, obstacle, is_known(making, table, our_end(making, property)->name));
    if (obstacle == DISABLED) {
        return;
    }
    const size_t codes =
        put_codes(making, property->code_first, property->destination.name, indent);

    if (obstacle == COMPUTED && codes == 0) {
        char line[24];

        (void)snprintf(line, sizeof(line), "%llu", (unsigned long long)property->line);
        put(making, indent);
        put(making, "<code");
        put_attribute(making, "place", property->destination.name);
        put_attribute(making, "line", fl_bytes_of_text(line));
        put(making, "/>\n");
    }
    if (obstacle != LOST && our_end(making, property)->name.size > 0) {
        put_property(making, property, indent, /* only_read= */ false);
    }
}

static bool is_section(const struct fl_kd2_end *end)
{
    return fl_bytes_equal(end->kind, fl_bytes_of_text("ТабличнаяЧасть")) ||
           fl_bytes_equal(end->kind, fl_bytes_of_text("TabularSection"));
}

/* "НаборДвиженийРегистраНакопления"; NULL: it is no group of movements. */
static const char *movements_kind(const struct fl_kd2_end *end)
{
    static const char word[] = "НаборДвижений";
    static const char *const kinds[][2] = {
        {"РегистраНакопления", "РегистрНакопления"},
        {"РегистраБухгалтерии", "РегистрБухгалтерии"},
        {"РегистраСведений", "РегистрСведений"},
        {"РегистраРасчета", "РегистрРасчета"},
    };

    for (size_t i = 0; i < 4 && fl_bytes_begin_with(end->kind, word); i++) {
        const struct fl_bytes rest = {
            end->kind.data + sizeof(word) - 1, end->kind.size - sizeof(word) + 1};

        if (fl_bytes_equal(rest, fl_bytes_of_text(kinds[i][0]))) {
            return kinds[i][1];
        }
    }
    return NULL;
}

/* Kept until all rules are seen: documents share registers. */
static bool keep_movements(
    struct making *making,
    const struct fl_kd2_property_rule *group)
{
    const char *const kind = movements_kind(&group->destination);

    if (!kind || group->disabled || our_end(making, group)->name.size == 0 ||
        making->movements_count == MOVEMENTS_MAX) {
        return false;
    }
    making->movements[making->movements_count++] = (struct movements){group, kind};
    return true;
}

static void take_group(struct making *making, const struct fl_kd2_property_rule *group)
{
    if (keep_movements(making, group)) {
        return;
    }
    const bool carried = is_section(&group->destination) && !group->disabled &&
                         our_end(making, group)->name.size > 0;
    const struct fl_bytes merge =
        fl_kd2_rule_merge_columns(making->rule, group->destination.name);

    if (!carried) {
        for (const struct fl_kd2_property_rule *property = group->first; property;
             property = property->next) {
            count_property(making, group->disabled ? DISABLED : LOST, false);
        }
        return;
    }
    (void)put_codes(making, group->code_first, group->destination.name, "    ");
    put(making, "    <table");
    put_attribute(making, "of", our_end(making, group)->name);
    put_attribute(making, "as", group->destination.name);
    if (merge.size > 0) {
        put(making, " options=\"merge=");
        fl_xml_writer_text(&making->xml, merge, true);
        put(making, "\"");
    }
    put(making, ">\n");
    for (const struct fl_kd2_property_rule *property = group->first; property;
         property = property->next) {
        take_property(making, property, our_end(making, group), "      ");
    }
    put(making, "    </table>\n");
}

/* ---- rules ---- */

/* "СправочникСсылка.X" as "Справочник.X"; false: it is none that has objects. */
static bool type_name(struct fl_bytes type, char out_name[512])
{
    const uint8_t *const dot = type.size > 0 ? memchr(type.data, '.', type.size) : NULL;
    static const char suffix[] = "Ссылка";
    size_t size = dot ? (size_t)(dot - type.data) : 0;

    if (fl_bytes_begin_with(type, "РегистрСведенийЗапись.") ||
        fl_bytes_begin_with(type, "РегистрСведенийНаборЗаписей.")) {
        size = strlen("РегистрСведений");
    } else if (
        size > strlen(suffix) &&
        memcmp(type.data + size - strlen(suffix), suffix, strlen(suffix)) == 0) {
        size -= strlen(suffix);
    } else if (size > 3 && memcmp(type.data + size - 3, "Ref", 3) == 0) {
        size -= 3;
    } else {
        return false;
    }
    (void)snprintf(
        out_name, 512, "%.*s.%.*s", (int)size, (const char *)type.data,
        (int)(type.size - (size_t)(dot + 1 - type.data)), (const char *)dot + 1);
    return true;
}

static struct fl_bytes our_type(const struct making *making)
{
    return making->part == FL_KD2_AS_SOURCE ? making->rule->source
                                            : making->rule->destination;
}

/* Catalogs and charts: "СправочникСсылка.", "ChartOfAccountsRef." */
static bool has_predefined(struct fl_bytes type)
{
    return fl_bytes_begin_with(type, "Справочник") ||
           fl_bytes_begin_with(type, "ПланСчетов") ||
           fl_bytes_begin_with(type, "ПланВидов") ||
           fl_bytes_begin_with(type, "Catalog") || fl_bytes_begin_with(type, "ChartOf");
}

static void put_options(struct making *making)
{
    const struct fl_kd2_rule *const rule = making->rule;

    put(making, " options=\"rule=");
    fl_xml_writer_text(&making->xml, rule->code, true);
    put(making, rule->by_id ? "" : "; id=no");
    put(making, rule->continue_search ? "; continue=yes" : "");
    put(making, rule->not_create ? "; create=no" : "");
    put(making, rule->not_replace ? "; replace=no" : "");
    put(making, rule->generate_code ? "; code=generate" : "");
    put(making, rule->priority == FL_KD2_PRIORITY_LOWER  ? "; priority=lower"
                : rule->priority == FL_KD2_PRIORITY_SAME ? "; priority=same"
                                                         : "");
    put(making, "\"");
}

/* Both of 1C's readers ask for it before they look at any other field. */
static void put_predefined_name(struct making *making)
{
    const bool writes = making->part == FL_KD2_AS_SOURCE;

    if ((writes && !has_names(making->rule)) ||
        (making->type && !fl_type_role(making->type, FL_ROLE_PREDEFINED_NAME))) {
        return;
    }
    put(making, "      <property of=\"" OUR_PREDEFINED
                "\" as=\"{ИмяПредопределенногоЭлемента}\"");
    if (writes) {
        put_attribute(making, "values", making->rule->code);
    }
    put(making, "/>\n");
}

static void put_key(struct making *making)
{
    put(making, "    <key>\n");
    if (has_predefined(our_type(making))) {
        put_predefined_name(making);
    }
    for (const struct fl_kd2_property_rule *property = making->rule->properties; property;
         property = property->next) {
        if (property->search && !property->is_group &&
            obstacle_of(making, property) == NOTHING) {
            put_property(making, property, "      ", /* only_read= */ false);
        }
    }
    put(making, "    </key>\n");
}

static void take_properties(struct making *making)
{
    for (const struct fl_kd2_property_rule *property = making->rule->properties; property;
         property = property->next) {
        if (property->is_group) {
            take_group(making, property);
        } else if (property->search && obstacle_of(making, property) == NOTHING) {
            count_property(
                making, NOTHING, is_known(making, NULL, our_end(making, property)->name));
            put_property(making, property, "    ", /* only_read= */ true);
        } else {
            take_property(making, property, NULL, "    ");
        }
    }
}

static void count_lost(struct making *making, const struct fl_kd2_property_rule *property)
{
    for (; property; property = property->next) {
        if (!property->is_group) {
            count_property(making, property->disabled ? DISABLED : LOST, false);
        }
        for (const struct fl_kd2_property_rule *row = property->first; row;
             row = row->next) {
            count_property(making, row->disabled ? DISABLED : LOST, false);
        }
    }
}

static void take_object(struct making *making, const char *ours)
{
    put(making, "  <object");
    put_attribute(making, "of", fl_bytes_of_text(ours));
    put_attribute(making, "as", making->rule->destination);
    put(making, making->part == FL_KD2_AS_SOURCE ? " only=\"write\"" : " only=\"read\"");
    put_options(making);
    put(making, ">\n");
    if (put_codes(making, making->rule->code_first, (struct fl_bytes){NULL, 0}, "    ") >
        0) {
        making->whole = false;
    }
    put_key(making);
    take_properties(making);
    put(making, "  </object>\n");
    making->coverage->objects++;
}

static void take_rule(struct making *making, const struct fl_kd2_rule *rule)
{
    struct fl_kd2_coverage *const coverage = making->coverage;
    char name[512];

    making->rule = rule;
    const struct fl_bytes ours = our_type(making);

    making->type = NULL;
    making->whole = true;
    coverage->rules++;
    if (is_enumeration(rule->destination) || is_enumeration(rule->source)) {
        coverage->rules_whole++;
        coverage->rules_known +=
            type_name(ours, name) &&
            fl_configuration_find_full(making->configuration, fl_bytes_of_text(name));
        return; /* its values are what it says */
    }
    if (rule->destination.size == 0 || !type_name(ours, name)) {
        making->whole = false;
        count_lost(making, rule->properties);
    } else {
        making->type =
            fl_configuration_find_full(making->configuration, fl_bytes_of_text(name));
        take_object(making, name);
    }
    coverage->rules_whole += making->whole;
    coverage->rules_known += making->whole && making->type;
}

/* ---- movements ---- */

static bool same_register(const struct movements *a, const struct movements *b)
{
    return a->register_kind == b->register_kind &&
           fl_bytes_equal(a->group->destination.name, b->group->destination.name);
}

/* The first document that has a property says what becomes of it. */
static bool is_put_already(
    const struct making *making,
    size_t index,
    const struct fl_kd2_property_rule *property)
{
    for (size_t i = 0; i < index; i++) {
        if (!same_register(&making->movements[i], &making->movements[index])) {
            continue;
        }
        for (const struct fl_kd2_property_rule *at = making->movements[i].group->first;
             at; at = at->next) {
            if (fl_bytes_equal(at->destination.name, property->destination.name)) {
                return true;
            }
        }
    }
    return false;
}

static void take_records(struct making *making, size_t index, const struct fl_type *type)
{
    const struct fl_kd2_property_rule *const group = making->movements[index].group;

    (void)put_codes(making, group->code_first, group->destination.name, "      ");
    for (const struct fl_kd2_property_rule *property = group->first; property;
         property = property->next) {
        const enum obstacle obstacle = obstacle_of(making, property);

        making->type = type;
        if (is_put_already(making, index, property)) {
            count_property(
                making, obstacle,
                is_known(making, NULL, our_end(making, property)->name));
        } else {
            take_property(making, property, NULL, "      ");
        }
    }
}

static void take_register(struct making *making, size_t first)
{
    const struct movements *const movements = &making->movements[first];
    const struct fl_bytes ours = our_end(making, movements->group)->name;
    const struct fl_bytes theirs = movements->group->destination.name;
    char name[512];

    (void)snprintf(
        name, sizeof(name), "%s.%.*s", movements->register_kind,
        (int)fl_bytes_utf8_beginning(ours, 400).size, (const char *)ours.data);
    const struct fl_type *const type =
        fl_configuration_find_full(making->configuration, fl_bytes_of_text(name));

    put(making, "  <object");
    put_attribute(making, "of", fl_bytes_of_text(name));
    (void)snprintf(
        name, sizeof(name), "%sНаборЗаписей.%.*s", movements->register_kind,
        (int)fl_bytes_utf8_beginning(theirs, 400).size, (const char *)theirs.data);
    put_attribute(making, "as", fl_bytes_of_text(name));
    put(making,
        making->part == FL_KD2_AS_SOURCE ? " only=\"write\">\n" : " only=\"read\">\n");
    put(making, "    <key>\n      <property of=\"Recorder\" as=\"Регистратор\"/>\n"
                "    </key>\n    <table of=\"Records\" as=\"Записи\">\n");
    for (size_t i = first; i < making->movements_count; i++) {
        if (same_register(&making->movements[i], movements)) {
            take_records(making, i, type);
        }
    }
    put(making, "    </table>\n  </object>\n");
    making->coverage->objects++;
}

static void take_movements(struct making *making)
{
    for (size_t i = 0; i < making->movements_count; i++) {
        bool is_first = true;

        for (size_t j = 0; j < i && is_first; j++) {
            is_first = !same_register(&making->movements[i], &making->movements[j]);
        }
        if (is_first) {
            take_register(making, i);
        }
    }
}

/* ---- values ---- */

static void take_values(struct making *making, const struct fl_kd2_rule *rule)
{
    if (!rule->values || rule->code.size == 0) {
        return;
    }
    put(making, "  <values");
    put_attribute(making, "name", rule->code);
    put(making, has_names(rule) ? " other=\"\">\n" : ">\n");
    for (const struct fl_kd2_value_rule *value = rule->values; value;
         value = value->next) {
        making->coverage->values++;
        if (value->source.size > 0) {
            put(making, "    <value");
            put_attribute(making, "of", value->source);
            put_attribute(making, "as", value->destination);
            put(making, "/>\n");
        }
    }
    put(making, "  </values>\n");
}

/* ---- the mapping ---- */

static void put_head(struct making *making)
{
    const struct fl_kd2_rules *const rules = making->rules;
    const bool is_old = fl_bytes_begin_with(rules->destination.platform, "7");

    put(making, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mapping format=\"kd2\"");
    put_attribute(making, "name", rules->name);
    put(making, " key=\"Ссылка\" keep=\"yes\" empty=\"yes\" options=\"rules=");
    fl_xml_writer_text(&making->xml, rules->id, true);
    put(making, "; destination=");
    fl_xml_writer_text(&making->xml, rules->destination.name, true);
    put(making, is_old ? "; platform=7.7\">\n" : "\">\n");
}

enum fl_status fl_kd2_mapping_write(
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part,
    const struct fl_configuration *configuration,
    struct fl_codec_sink sink,
    struct fl_kd2_coverage *out_coverage,
    struct fl_error *out_error)
{
    struct making making = {
        .rules = rules,
        .configuration = configuration,
        .part = part,
        .coverage = out_coverage,
    };

    *out_coverage = (struct fl_kd2_coverage){.rules = 0};
    fl_xml_writer_init(&making.xml, sink);
    put_head(&making);
    (void)put_codes(&making, rules->code_first, (struct fl_bytes){NULL, 0}, "  ");
    for (const struct fl_kd2_rule *rule = rules->rules; rule; rule = rule->next) {
        take_rule(&making, rule);
    }
    take_movements(&making);
    for (const struct fl_kd2_rule *rule = rules->rules; rule; rule = rule->next) {
        take_values(&making, rule);
    }
    put(&making, "</mapping>\n");
    const enum fl_status status =
        fl_xml_writer_flush(&making.xml, /* all= */ true, out_error);

    if (status == FL_REFUSED || status == FL_NO_MEMORY || status == FL_LIMIT) {
        (void)fl_error_set(out_error, status, "the rules cannot be written as a mapping");
    }
    fl_xml_writer_deinit(&making.xml);
    return status;
}

enum fl_kd2_part fl_kd2_mapping_part(
    const struct fl_kd2_rules *rules,
    const struct fl_configuration *configuration)
{
    size_t known_as_source = 0;
    size_t known_as_destination = 0;
    char name[512];

    for (const struct fl_kd2_rule *rule = rules->rules; rule; rule = rule->next) {
        known_as_source +=
            type_name(rule->source, name) &&
            fl_configuration_find_full(configuration, fl_bytes_of_text(name));
        known_as_destination +=
            type_name(rule->destination, name) &&
            fl_configuration_find_full(configuration, fl_bytes_of_text(name));
    }
    return known_as_destination > known_as_source ? FL_KD2_AS_DESTINATION
                                                  : FL_KD2_AS_SOURCE;
}
