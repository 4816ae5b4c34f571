#include "rules.h"

#include <stdio.h>
#include <string.h>

const char *fl_conversion_format(const struct fl_conversion *conversion)
{
    return conversion->format;
}

const char *fl_conversion_name(const struct fl_conversion *conversion)
{
    return conversion->name;
}

const char *fl_conversion_remark(const struct fl_conversion *conversion, size_t index)
{
    return index < conversion->remark_count ? conversion->remarks[index] : NULL;
}

struct fl_conversion_coverage fl_conversion_coverage(
    const struct fl_conversion *conversion)
{
    return conversion->coverage;
}

const struct fl_conversion_rule *fl_conversion_rule_at(
    const struct fl_conversion *conversion,
    size_t index)
{
    return index < conversion->rule_count ? &conversion->rules[index] : NULL;
}

const struct fl_type *fl_conversion_rule_type(const struct fl_conversion_rule *rule)
{
    return rule->type;
}

const char *fl_conversion_rule_element(const struct fl_conversion_rule *rule)
{
    return rule->element;
}

bool fl_conversion_rule_writes(
    const struct fl_conversion_rule *rule,
    fl_conversion_version version)
{
    return rule->direction != FL_ONLY_READ && fl_conversion_spans(rule->span, version);
}

bool fl_conversion_rule_reads(
    const struct fl_conversion_rule *rule,
    fl_conversion_version version)
{
    return rule->direction != FL_ONLY_WRITE && fl_conversion_spans(rule->span, version);
}

const char *fl_conversion_options(const struct fl_conversion *conversion)
{
    return conversion->options;
}

const char *fl_conversion_rule_options(const struct fl_conversion_rule *rule)
{
    return rule->options;
}

const char *fl_conversion_rule_table_options(
    const struct fl_conversion_rule *rule,
    size_t index,
    const struct fl_section_type **out_section,
    const char **out_path)
{
    bool known = index < rule->table_count;
    *out_section = known ? rule->tables[index].section : NULL;
    *out_path = known ? rule->tables[index].path : "";
    return known ? rule->tables[index].options : "";
}

const char *fl_conversion_other(const struct fl_conversion_property *property)
{
    if (property->values->other != NULL) {
        return property->values->other;
    }
    return property->text != NULL && property->text[0] != '\0' ? property->text : NULL;
}

static bool has(const struct fl_conversion_properties *properties, uint32_t attribute)
{
    for (size_t i = 0; i < properties->count; i++) {
        const struct fl_conversion_place *place = &properties->items[i].place;
        if (place->attribute != NULL && place->behind == NULL && !place->of_object &&
            place->attribute->number == attribute) {
            return true;
        }
    }
    return false;
}

static bool reads_path(
    const struct fl_conversion_properties *properties,
    const char *path)
{
    for (size_t i = 0; i < properties->count; i++) {
        if (properties->items[i].direction != FL_ONLY_WRITE &&
            strcmp(properties->items[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

bool fl_conversion_rule_reads_path(
    const struct fl_conversion_rule *rule,
    const char *table,
    const char *path)
{
    if (table == NULL) {
        return reads_path(&rule->key, path) || reads_path(&rule->properties, path);
    }
    for (size_t i = 0; i < rule->table_count; i++) {
        if (strcmp(rule->tables[i].path, table) == 0 &&
            rule->tables[i].direction != FL_ONLY_WRITE &&
            reads_path(&rule->tables[i].properties, path)) {
            return true;
        }
    }
    return false;
}

bool fl_conversion_rule_table_has(
    const struct fl_conversion_rule *rule,
    size_t index,
    uint32_t attribute)
{
    return index < rule->table_count && has(&rule->tables[index].properties, attribute);
}

bool fl_conversion_rule_has_in_key(
    const struct fl_conversion_rule *rule,
    uint32_t attribute)
{
    return has(&rule->key, attribute);
}

size_t fl_conversion_rule_search(
    const struct fl_conversion_rule *rule,
    size_t way,
    uint32_t out_attributes[FL_CONVERSION_SEARCH_ATTRIBUTES_MAX])
{
    if (way >= rule->search_count) {
        return 0;
    }
    memcpy(
        out_attributes, rule->searches[way].attributes,
        sizeof rule->searches[way].attributes);
    return rule->searches[way].count;
}

const struct fl_conversion_rule *fl_conversion_rule_of(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    uint32_t type)
{
    for (size_t i = 0; i < conversion->rule_count; i++) {
        const struct fl_conversion_rule *rule = &conversion->rules[i];
        if (rule->type->number == type && fl_conversion_rule_writes(rule, version)) {
            return rule;
        }
    }
    return NULL;
}

const char *fl_conversion_without_kind(const char *element)
{
    const char *dot = strchr(element, '.');
    return dot == NULL ? element : dot + 1;
}

bool fl_conversion_is_called(const struct fl_conversion_rule *rule, const char *element)
{
    return strcmp(rule->element, element) == 0 ||
           strcmp(fl_conversion_without_kind(rule->element), element) == 0;
}

const struct fl_conversion_rule *fl_conversion_rule_for_element(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const char *element)
{
    for (size_t i = 0; i < conversion->rule_count; i++) {
        const struct fl_conversion_rule *rule = &conversion->rules[i];
        if (fl_conversion_is_called(rule, element) &&
            fl_conversion_rule_reads(rule, version)) {
            return rule;
        }
    }
    return NULL;
}

static bool take_paths(
    const struct fl_conversion_properties *properties,
    fl_conversion_version version,
    const char *below,
    bool in_key,
    bool (*take)(void *context, const char *path, bool in_key, uint64_t line),
    void *context)
{
    enum { PATH_BYTES = 1024 };
    for (size_t i = 0; i < properties->count; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        char path[PATH_BYTES];
        if (property->direction == FL_ONLY_READ ||
            !fl_conversion_spans(property->span, version)) {
            continue;
        }
        snprintf(
            path, sizeof path, "%s%s%s", below, below[0] == '\0' ? "" : "/",
            property->path);
        if (!take(context, path, in_key, property->line)) {
            return false;
        }
    }
    return true;
}

void fl_conversion_rule_paths(
    const struct fl_conversion_rule *rule,
    fl_conversion_version version,
    bool (*take)(void *context, const char *path, bool in_key, uint64_t line),
    void *context)
{
    bool more = take_paths(&rule->key, version, "", true, take, context) &&
                take_paths(&rule->properties, version, "", false, take, context);
    for (size_t i = 0; i < rule->table_count && more; i++) {
        const struct fl_conversion_table *table = &rule->tables[i];
        if (table->direction != FL_ONLY_READ &&
            fl_conversion_spans(table->span, version)) {
            more = take_paths(
                &table->properties, version, table->path, false, take, context);
        }
    }
}
