#include "kd2_unread.h"

#include <stdio.h>
#include <string.h>

#include "language.h"

static bool is_new(
    struct fl_kd2_unread *unread,
    const char *root,
    const char *table,
    const char *name)
{
    const char *words[] = {root, table, name};
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < 3; i++) {
        for (const char *at = words[i]; *at != '\0'; at++) {
            hash = (hash ^ (uint8_t)*at) * 16777619u;
        }
    }
    hash %= FL_KD2_UNREAD_BITS;
    uint8_t bit = (uint8_t)(1u << (hash % 8));
    bool is_set = (unread->seen[hash / 8] & bit) != 0;
    unread->seen[hash / 8] |= bit;
    return !is_set;
}

static bool tell(
    struct fl_kd2_unread *unread,
    const struct fl_conversion_rule *rule,
    const struct fl_element *root,
    const char *table,
    const struct fl_element *at,
    char out_words[FL_KD2_UNREAD_BYTES])
{
    if (at->name[0] == '{' || strcmp(at->name, FL_KD2_KEY) == 0 ||
        !is_new(unread, root->name, table == NULL ? "" : table, at->name) ||
        fl_conversion_rule_reads_path(rule, table, at->name)) {
        return false;
    }
    unread->count++;
    snprintf(
        out_words, FL_KD2_UNREAD_BYTES,
        _("line %llu: %.200s of %.200s is passed over: the mapping does not read it"),
        (unsigned long long)at->line, at->name, table == NULL ? root->name : table);
    return true;
}

static bool is_table(const struct fl_conversion_rule *rule, const char *name)
{
    const struct fl_section_type *section = NULL;
    const char *path = "";
    for (size_t i = 0;; i++) {
        (void)fl_conversion_rule_table_options(rule, i, &section, &path);
        if (section == NULL || strcmp(path, name) == 0) {
            return section != NULL;
        }
    }
}

bool fl_kd2_unread_next(
    struct fl_kd2_unread *unread,
    const struct fl_conversion_rule *rule,
    const struct fl_element *root,
    char out_words[FL_KD2_UNREAD_BYTES])
{
    const struct fl_element *at = unread->count < FL_KD2_UNREAD_MAX ? root->first : NULL;
    for (; at != NULL; at = at->next) {
        bool carried = at->kind == FL_ELEMENT_GROUP && is_table(rule, at->name);
        if (!carried && tell(unread, rule, root, NULL, at, out_words)) {
            return true;
        }
        for (const struct fl_element *cell = carried ? at->first : NULL; cell != NULL;
             cell = cell->next) {
            if (tell(unread, rule, root, at->name, cell, out_words)) {
                return true;
            }
        }
    }
    return false;
}

bool fl_kd2_unread_lost(
    struct fl_kd2_unread *unread,
    const char *root,
    const char *path,
    uint64_t line,
    const char *what,
    char out_words[FL_KD2_UNREAD_BYTES])
{
    if (unread->count >= FL_KD2_UNREAD_MAX || !is_new(unread, root, "=", path)) {
        return false;
    }
    unread->count++;
    snprintf(
        out_words, FL_KD2_UNREAD_BYTES, "%s %llu: %.200s, %.200s: %.500s",
        fl_error_words("line"), (unsigned long long)line, root, path, what);
    return true;
}

/* What it is found by, as " (Код: 77, ИНН: 7701)"; as far as there is room. */
static void name_fields(
    const struct fl_kd2_properties *properties,
    char *out_words,
    size_t size)
{
    enum { FIELDS = 3, NAME = 60, VALUE = 100 };
    size_t used = 0;
    size_t count = 0;
    out_words[0] = '\0';
    for (const struct fl_kd2_property *at = properties->first;
         at != NULL && count < FIELDS; at = at->next) {
        if (at->content != FL_KD2_VALUE || fl_kd2_property_is_empty(at)) {
            continue;
        }
        const struct fl_bytes name = fl_bytes_utf8_beginning(at->name, NAME);
        const struct fl_bytes value = fl_bytes_utf8_beginning(at->text, VALUE);
        used += (size_t)snprintf(
            out_words + used, size - used, "%s%.*s: %.*s", count == 0 ? " (" : ", ",
            (int)name.size, (const char *)name.data, (int)value.size,
            (const char *)value.data);
        count++;
    }
    if (count > 0) {
        snprintf(out_words + used, size - used, ")");
    }
}

bool fl_kd2_unread_passed(
    struct fl_kd2_unread *unread,
    const struct fl_kd2_item *item,
    enum fl_kd2_passing passing,
    char out_words[FL_KD2_UNREAD_BYTES])
{
    const struct fl_bytes type = fl_bytes_utf8_beginning(item->type, 200);
    char fields[600] = "";
    if (passing == FL_KD2_KEPT || unread->passed > FL_KD2_PASSED_MAX) {
        return false;
    }
    if (unread->passed++ == FL_KD2_PASSED_MAX) {
        snprintf(out_words, FL_KD2_UNREAD_BYTES, "%s", _("more objects are passed over"));
        return true;
    }
    if (item->ref != NULL) {
        name_fields(&item->ref->properties, fields, sizeof fields);
    }
    snprintf(
        out_words, FL_KD2_UNREAD_BYTES,
        passing == FL_KD2_UNSAID
            ? _("line %llu: %.*s%s: nothing is said of it, and it is passed over")
            : _("line %llu: %.*s%s is not here and is not to be made: it is passed over"),
        (unsigned long long)item->line, (int)type.size, (const char *)type.data, fields);
    return true;
}

static enum fl_status refuse_expression(
    const struct fl_kd2_property *property,
    struct fl_error *out_error)
{
    if (property->content != FL_KD2_EXPRESSION) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "line %llu: %.*s is a description of types in a property (ОпределениеТипа), "
            "which is not read: take the property out of the mapping, or of the file",
            (unsigned long long)property->line, (int)property->name.size,
            (const char *)property->name.data);
    }
    return fl_error_set(
        out_error, FL_UNSUPPORTED,
        "line %llu: %.*s is an expression, program text of 1C, which is not run: take "
        "the "
        "property out of the mapping, or of the file",
        (unsigned long long)property->line, (int)property->name.size,
        (const char *)property->name.data);
}

/* What the mapping wants and the file has as program text only cannot be had. */
enum fl_status fl_kd2_unread_check(
    const struct fl_conversion *conversion,
    const struct fl_element *root,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule =
        fl_conversion_rule_for_element(conversion, 0, root->name);
    for (const struct fl_element *at = root->first; at != NULL && rule != NULL;
         at = at->next) {
        if (at->kind == FL_ELEMENT_TEXT && at->origin != NULL &&
            fl_conversion_rule_reads_path(rule, NULL, at->name)) {
            return refuse_expression(at->origin, out_error);
        }
        for (const struct fl_element *cell = at->kind == FL_ELEMENT_TEXT ? NULL
                                                                         : at->first;
             cell != NULL; cell = cell->next) {
            const char *table = at->kind == FL_ELEMENT_GROUP ? at->name : NULL;
            if (cell->kind == FL_ELEMENT_TEXT && cell->origin != NULL &&
                fl_conversion_rule_reads_path(rule, table, cell->name)) {
                return refuse_expression(cell->origin, out_error);
            }
        }
    }
    return FL_OK;
}

static bool is_in_mapping(const struct fl_conversion *conversion, struct fl_bytes code)
{
    const struct fl_conversion_rule *rule;
    for (size_t i = 0; (rule = fl_conversion_rule_at(conversion, i)) != NULL; i++) {
        if (fl_bytes_equal(fl_kd2_rule_code(rule), code)) {
            return true;
        }
    }
    return false;
}

enum fl_status fl_kd2_unread_check_rule(
    const struct fl_conversion *conversion,
    const struct fl_kd2_rules *rules,
    const struct fl_kd2_item *item,
    const struct fl_element *root,
    struct fl_error *out_error)
{
    if (item->rule.size == 0 || fl_kd2_rules_find(rules, item->rule) != NULL ||
        fl_conversion_rule_for_element(conversion, 0, root->name) == NULL ||
        is_in_mapping(conversion, item->rule)) {
        return FL_OK;
    }
    const struct fl_bytes code = fl_bytes_utf8_beginning(item->rule, 100);
    return fl_error_set(
        out_error, FL_MALFORMED,
        "its rule \"%.*s\" (ИмяПравила) is neither among the rules of the file nor in "
        "the "
        "mapping, and 1C does not load such a file: it is to be written with its rules, "
        "or "
        "an object of the mapping has options=\"rule=%.*s\"",
        (int)code.size, (const char *)code.data, (int)code.size, (const char *)code.data);
}
