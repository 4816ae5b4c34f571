#include "exchange/kd2_mapping.h"

#include <stdio.h>
#include <string.h>

#include "exchange/kd2.h"
#include "kd2_mapping_making.h"
#include "proto/attribute_name.h"

#define OUR_PREDEFINED "ИмяПредопределенныхДанных"

void fl_kd2_mapping_put(struct fl_kd2_mapping_making *making, const char *text)
{
    fl_xml_writer_literal(&making->xml, text);
}

void fl_kd2_mapping_put_attribute(
    struct fl_kd2_mapping_making *making,
    const char *name,
    struct fl_bytes value)
{
    fl_kd2_mapping_put(making, " ");
    fl_kd2_mapping_put(making, name);
    fl_kd2_mapping_put(making, "=\"");
    fl_xml_writer_text(&making->xml, value, /* quotes= */ true);
    fl_kd2_mapping_put(making, "\"");
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

size_t fl_kd2_mapping_put_codes(
    struct fl_kd2_mapping_making *making,
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
        fl_kd2_mapping_put(making, indent);
        fl_kd2_mapping_put(making, "<code place=\"");
        fl_xml_writer_text(
            &making->xml, code->place.size > 0 ? code->place : fl_bytes_of_text("?"),
            true);
        if (whose.size > 0) {
            fl_kd2_mapping_put(making, " (");
            fl_xml_writer_text(&making->xml, whose, true);
            fl_kd2_mapping_put(making, ")");
        }
        fl_kd2_mapping_put(making, "\"");
        fl_kd2_mapping_put_attribute(making, "line", fl_bytes_of_text(line));
        fl_kd2_mapping_put(making, "/>\n");
        count++;
    }
    making->coverage->handlers += count;
    return count;
}

void fl_kd2_mapping_take_codes(struct fl_kd2_mapping_making *making, const char *indent)
{
    const size_t count = fl_kd2_mapping_put_codes(
        making, making->rule->code_first, (struct fl_bytes){NULL, 0}, indent);

    making->whole = making->whole && count == 0;
}

/* ---- properties ---- */

const struct fl_kd2_end *fl_kd2_mapping_our_end(
    const struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property)
{
    return making->part == FL_KD2_AS_SOURCE ? &property->source : &property->destination;
}

static bool is_known(
    const struct fl_kd2_mapping_making *making,
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

enum fl_kd2_obstacle fl_kd2_mapping_obstacle(
    const struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property)
{
    if (property->disabled) {
        return FL_KD2_DISABLED;
    }
    if (property->parameter.size > 0 || property->destination.name.size == 0) {
        return FL_KD2_LOST;
    }
    if (making->part == FL_KD2_AS_DESTINATION) {
        return FL_KD2_NOTHING; /* whatever made it, it comes in the file */
    }
    if (property->source.name.size == 0 || property->from_incoming) {
        return FL_KD2_COMPUTED;
    }
    for (const struct fl_kd2_code *code = property->code_first; code; code = code->next) {
        if (fl_kd2_mapping_matters(code, making->part)) {
            return FL_KD2_COMPUTED;
        }
    }
    return property->rule.size > 0 && !fl_kd2_rules_find(making->rules, property->rule)
               ? FL_KD2_LOST
               : FL_KD2_NOTHING;
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
    const struct fl_kd2_mapping_making *making,
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
    struct fl_kd2_mapping_making *making,
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
            fl_kd2_mapping_put(making, separator);
            fl_kd2_mapping_put(making, words[i]);
            separator = "; ";
        }
    }
    fl_kd2_mapping_put(making, separator[0] == ';' ? "\"" : "");
}

void fl_kd2_mapping_put_property(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property,
    const char *indent,
    bool only_read)
{
    const struct fl_kd2_rule *const rule = rule_of_values(making, property);
    const struct fl_bytes type = type_of_value(property, rule);

    fl_kd2_mapping_put(making, indent);
    fl_kd2_mapping_put(making, "<property of=\"");
    fl_xml_writer_text(
        &making->xml, fl_kd2_mapping_our_end(making, property)->name, /* quotes= */ true);
    fl_kd2_mapping_put(
        making, rule && !is_enumeration(rule->source) ? "." OUR_PREDEFINED "\"" : "\"");
    fl_kd2_mapping_put_attribute(making, "as", property->destination.name);
    if (type.size > 0) {
        fl_kd2_mapping_put_attribute(making, "type", type);
    }
    if (rule) {
        fl_kd2_mapping_put_attribute(making, "values", rule->code);
    }
    if (making->part == FL_KD2_AS_SOURCE) {
        put_property_options(making, property);
    }
    if (only_read) {
        fl_kd2_mapping_put(making, " only=\"read\"");
    }
    fl_kd2_mapping_put(making, "/>\n");
}

void fl_kd2_mapping_count(
    struct fl_kd2_mapping_making *making,
    enum fl_kd2_obstacle obstacle,
    bool known)
{
    struct fl_kd2_coverage *const coverage = making->coverage;

    coverage->properties++;
    coverage->properties_whole += obstacle == FL_KD2_NOTHING;
    coverage->properties_known += obstacle == FL_KD2_NOTHING && known;
    coverage->properties_disabled += obstacle == FL_KD2_DISABLED;
    coverage->properties_computed += obstacle == FL_KD2_COMPUTED;
    coverage->properties_lost += obstacle == FL_KD2_LOST;
    if (obstacle == FL_KD2_COMPUTED || obstacle == FL_KD2_LOST) {
        making->whole = false;
    }
}

void fl_kd2_mapping_put_computed(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property,
    enum fl_kd2_obstacle obstacle,
    const char *indent)
{
    const size_t codes = fl_kd2_mapping_put_codes(
        making, property->code_first, property->destination.name, indent);
    char line[24];

    if (obstacle != FL_KD2_COMPUTED || codes > 0) {
        return;
    }
    (void)snprintf(line, sizeof(line), "%llu", (unsigned long long)property->line);
    fl_kd2_mapping_put(making, indent);
    fl_kd2_mapping_put(making, "<code");
    fl_kd2_mapping_put_attribute(making, "place", property->destination.name);
    fl_kd2_mapping_put_attribute(making, "line", fl_bytes_of_text(line));
    fl_kd2_mapping_put(making, "/>\n");
}

void fl_kd2_mapping_take_property(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property,
    const struct fl_kd2_end *table,
    const char *indent)
{
    const enum fl_kd2_obstacle obstacle = fl_kd2_mapping_obstacle(making, property);

    fl_kd2_mapping_count(
        making, obstacle,
        is_known(making, table, fl_kd2_mapping_our_end(making, property)->name));
    if (obstacle == FL_KD2_DISABLED) {
        return;
    }
    fl_kd2_mapping_put_computed(making, property, obstacle, indent);
    if (obstacle != FL_KD2_LOST &&
        fl_kd2_mapping_our_end(making, property)->name.size > 0) {
        fl_kd2_mapping_put_property(making, property, indent, /* only_read= */ false);
    }
}

static bool is_section(const struct fl_kd2_end *end)
{
    return fl_bytes_equal(end->kind, fl_bytes_of_text("ТабличнаяЧасть")) ||
           fl_bytes_equal(end->kind, fl_bytes_of_text("TabularSection"));
}

static void take_group(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *group)
{
    if (!group->disabled && first_that_matters(group->code_first, making->part)) {
        making->whole = false;
    }
    if (fl_kd2_mapping_records_keep(making, group)) {
        return;
    }
    const bool carried = is_section(&group->destination) && !group->disabled &&
                         fl_kd2_mapping_our_end(making, group)->name.size > 0;
    const struct fl_bytes merge =
        fl_kd2_rule_merge_columns(making->rule, group->destination.name);

    if (!carried) {
        for (const struct fl_kd2_property_rule *property = group->first; property;
             property = property->next) {
            fl_kd2_mapping_count(
                making, group->disabled ? FL_KD2_DISABLED : FL_KD2_LOST, false);
        }
        return;
    }
    (void)fl_kd2_mapping_put_codes(
        making, group->code_first, group->destination.name, "    ");
    fl_kd2_mapping_put(making, "    <table");
    fl_kd2_mapping_put_attribute(
        making, "of", fl_kd2_mapping_our_end(making, group)->name);
    fl_kd2_mapping_put_attribute(making, "as", group->destination.name);
    if (merge.size > 0) {
        fl_kd2_mapping_put(making, " options=\"merge=");
        fl_xml_writer_text(&making->xml, merge, true);
        fl_kd2_mapping_put(making, "\"");
    }
    fl_kd2_mapping_put(making, ">\n");
    for (const struct fl_kd2_property_rule *property = group->first; property;
         property = property->next) {
        fl_kd2_mapping_take_property(
            making, property, fl_kd2_mapping_our_end(making, group), "      ");
    }
    fl_kd2_mapping_put(making, "    </table>\n");
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
        fl_bytes_begin_with(type, "InformationRegisterRecord.") ||
        fl_bytes_begin_with(type, "InformationRegisterRecordSet.")) {
        size = strlen("InformationRegister");
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

static struct fl_bytes our_type(const struct fl_kd2_mapping_making *making)
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

static void put_options(struct fl_kd2_mapping_making *making)
{
    const struct fl_kd2_rule *const rule = making->rule;

    fl_kd2_mapping_put(making, " options=\"rule=");
    fl_xml_writer_text(&making->xml, rule->code, true);
    fl_kd2_mapping_put(making, rule->by_id ? "" : "; id=no");
    fl_kd2_mapping_put(making, rule->continue_search ? "; continue=yes" : "");
    fl_kd2_mapping_put(making, rule->not_create ? "; create=no" : "");
    fl_kd2_mapping_put(making, rule->not_replace ? "; replace=no" : "");
    fl_kd2_mapping_put(making, rule->generate_code ? "; code=generate" : "");
    fl_kd2_mapping_put(
        making, rule->priority == FL_KD2_PRIORITY_LOWER  ? "; priority=lower"
                : rule->priority == FL_KD2_PRIORITY_SAME ? "; priority=same"
                                                         : "");
    fl_kd2_mapping_put(making, "\"");
}

void fl_kd2_mapping_begin_object(
    struct fl_kd2_mapping_making *making,
    const char *ours,
    struct fl_bytes theirs,
    bool of_rule)
{
    fl_kd2_mapping_put(making, "  <object");
    fl_kd2_mapping_put_attribute(making, "of", fl_bytes_of_text(ours));
    fl_kd2_mapping_put_attribute(making, "as", theirs);
    fl_kd2_mapping_put(
        making, making->part == FL_KD2_AS_SOURCE ? " only=\"write\"" : " only=\"read\"");
    if (of_rule) {
        put_options(making);
    }
    fl_kd2_mapping_put(making, ">\n");
    making->coverage->objects++;
}

/* Both of 1C's readers ask for it before they look at any other field. */
static void put_predefined_name(struct fl_kd2_mapping_making *making)
{
    const bool writes = making->part == FL_KD2_AS_SOURCE;

    if ((writes && !has_names(making->rule)) ||
        (making->type && !fl_type_role(making->type, FL_ROLE_PREDEFINED_NAME))) {
        return;
    }
    fl_kd2_mapping_put(
        making, "      <property of=\"" OUR_PREDEFINED
                "\" as=\"{ИмяПредопределенногоЭлемента}\"");
    if (writes) {
        fl_kd2_mapping_put_attribute(making, "values", making->rule->code);
    }
    fl_kd2_mapping_put(making, "/>\n");
}

/* {ИмяПредопределенногоЭлемента} and its kin, which stand in the key already. */
static bool is_marker(
    const struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property)
{
    return fl_bytes_begin_with(fl_kd2_mapping_our_end(making, property)->name, "{");
}

static void put_key(struct fl_kd2_mapping_making *making)
{
    fl_kd2_mapping_put(making, "    <key>\n");
    if (has_predefined(our_type(making))) {
        put_predefined_name(making);
    }
    for (const struct fl_kd2_property_rule *property = making->rule->properties; property;
         property = property->next) {
        if (property->search && !property->is_group && !is_marker(making, property) &&
            fl_kd2_mapping_obstacle(making, property) == FL_KD2_NOTHING) {
            fl_kd2_mapping_put_property(
                making, property, "      ", /* only_read= */ false);
        }
    }
    fl_kd2_mapping_put(making, "    </key>\n");
}

/* What the key has is read as a property, too. */
static void put_again(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property)
{
    if (!is_marker(making, property)) {
        fl_kd2_mapping_put_property(making, property, "    ", /* only_read= */ true);
    }
}

static void take_properties(struct fl_kd2_mapping_making *making)
{
    for (const struct fl_kd2_property_rule *property = making->rule->properties; property;
         property = property->next) {
        if (property->is_group) {
            take_group(making, property);
        } else if (
            property->search &&
            fl_kd2_mapping_obstacle(making, property) == FL_KD2_NOTHING) {
            fl_kd2_mapping_count(
                making, FL_KD2_NOTHING,
                is_marker(making, property) ||
                    is_known(
                        making, NULL, fl_kd2_mapping_our_end(making, property)->name));
            put_again(making, property);
        } else {
            fl_kd2_mapping_take_property(making, property, NULL, "    ");
        }
    }
}

static void count_lost(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property)
{
    for (; property; property = property->next) {
        if (!property->is_group) {
            fl_kd2_mapping_count(
                making, property->disabled ? FL_KD2_DISABLED : FL_KD2_LOST, false);
        }
        for (const struct fl_kd2_property_rule *row = property->first; row;
             row = row->next) {
            fl_kd2_mapping_count(
                making, row->disabled ? FL_KD2_DISABLED : FL_KD2_LOST, false);
        }
    }
}

static void take_object(struct fl_kd2_mapping_making *making, const char *ours)
{
    fl_kd2_mapping_begin_object(
        making, ours, making->rule->destination, /* of_rule= */ true);
    fl_kd2_mapping_take_codes(making, "    ");
    put_key(making);
    take_properties(making);
    fl_kd2_mapping_put(making, "  </object>\n");
}

static void take_rule(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_rule *rule)
{
    struct fl_kd2_coverage *const coverage = making->coverage;
    char name[512];

    making->rule = rule;
    const struct fl_bytes ours = our_type(making);
    const bool makes_records = fl_kd2_mapping_records_is_register(rule->destination);

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
    if (fl_kd2_mapping_records_is_constants(rule)) {
        fl_kd2_mapping_records_constants(making);
    } else if (
        rule->destination.size == 0 || !type_name(ours, name) ||
        fl_kd2_mapping_records_is_register(ours) != makes_records) {
        making->whole = false;
        count_lost(making, rule->properties);
    } else {
        making->type =
            fl_configuration_find_full(making->configuration, fl_bytes_of_text(name));
        if (makes_records) {
            fl_kd2_mapping_records_register(making, name);
        } else {
            take_object(making, name);
        }
    }
    coverage->rules_whole += making->whole;
    coverage->rules_known += making->whole && making->type;
}

/* ---- values ---- */

static void take_values(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_rule *rule)
{
    if (!rule->values || rule->code.size == 0) {
        return;
    }
    fl_kd2_mapping_put(making, "  <values");
    fl_kd2_mapping_put_attribute(making, "name", rule->code);
    fl_kd2_mapping_put(making, has_names(rule) ? " other=\"\">\n" : ">\n");
    for (const struct fl_kd2_value_rule *value = rule->values; value;
         value = value->next) {
        making->coverage->values++;
        if (value->source.size > 0) {
            fl_kd2_mapping_put(making, "    <value");
            fl_kd2_mapping_put_attribute(making, "of", value->source);
            fl_kd2_mapping_put_attribute(making, "as", value->destination);
            fl_kd2_mapping_put(making, "/>\n");
        }
    }
    fl_kd2_mapping_put(making, "  </values>\n");
}

/* ---- the mapping ---- */

static void put_head(struct fl_kd2_mapping_making *making)
{
    const struct fl_kd2_rules *const rules = making->rules;
    const bool is_old = fl_bytes_begin_with(rules->destination.platform, "7");

    fl_kd2_mapping_put(
        making, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mapping format=\"kd2\"");
    fl_kd2_mapping_put_attribute(making, "name", rules->name);
    fl_kd2_mapping_put(
        making, " key=\"Ссылка\" keep=\"yes\" empty=\"yes\" options=\"rules=");
    fl_xml_writer_text(&making->xml, rules->id, true);
    fl_kd2_mapping_put(making, "; destination=");
    fl_xml_writer_text(&making->xml, rules->destination.name, true);
    fl_kd2_mapping_put(making, is_old ? "; platform=7.7\">\n" : "\">\n");
}

enum fl_status fl_kd2_mapping_write(
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part,
    const struct fl_configuration *configuration,
    struct fl_codec_sink sink,
    struct fl_kd2_coverage *out_coverage,
    struct fl_error *out_error)
{
    struct fl_kd2_mapping_making making = {
        .rules = rules,
        .configuration = configuration,
        .part = part,
        .coverage = out_coverage,
    };

    *out_coverage = (struct fl_kd2_coverage){.rules = 0};
    fl_xml_writer_init(&making.xml, sink);
    put_head(&making);
    (void)fl_kd2_mapping_put_codes(
        &making, rules->code_first, (struct fl_bytes){NULL, 0}, "  ");
    for (const struct fl_kd2_rule *rule = rules->rules; rule; rule = rule->next) {
        take_rule(&making, rule);
    }
    fl_kd2_mapping_records_movements(&making);
    for (const struct fl_kd2_rule *rule = rules->rules; rule; rule = rule->next) {
        take_values(&making, rule);
    }
    fl_kd2_mapping_put(&making, "</mapping>\n");
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
