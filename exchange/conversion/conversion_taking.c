#include "conversion_taking.h"

#include <stdio.h>
#include <string.h>

#include "conversion_text.h"
#include "conversion_values.h"

enum { PATH_BYTES = 256 };

enum fl_status fl_taking_no_room(struct fl_taking *taking)
{
    return fl_error_set(
        taking->out_error, fl_arena_failure(taking->arena, 1),
        "the object is larger than the limit");
}

static void tell_lost(
    const struct fl_taking *taking,
    const struct fl_conversion_property *property,
    const struct fl_element *element,
    const char *words)
{
    char path[PATH_BYTES];
    if (taking->ports->lost == NULL || taking->is_search) {
        return;
    }
    snprintf(
        path, sizeof path, "%s%s%s", taking->table == NULL ? "" : taking->table,
        taking->table == NULL ? "" : "/", property->path);
    taking->ports->lost(taking->ports->lost_context, element->line, path, words);
}

/* --- fields --- */

enum fl_status fl_taking_set(
    struct fl_taking *taking,
    struct fl_taken *fields,
    uint32_t number,
    struct fl_value value)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].number == number) {
            fields->items[i].value = value;
            return FL_OK;
        }
    }
    if (fields->count == fields->capacity) {
        size_t capacity = 2 * fields->capacity + 8;
        struct fl_field *items = fl_arena_array(taking->arena, capacity, sizeof *items);
        if (items == NULL) {
            return fl_taking_no_room(taking);
        }
        if (fields->count > 0) {
            memcpy(items, fields->items, fields->count * sizeof *items);
        }
        fields->items = items;
        fields->capacity = capacity;
    }
    fields->items[fields->count++] = (struct fl_field){.number = number, .value = value};
    return FL_OK;
}

enum fl_status fl_taking_conditions(
    struct fl_taking *taking,
    const struct fl_conversion_conditions *conditions,
    struct fl_taken *fields)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < conditions->count && status == FL_OK; i++) {
        const struct fl_conversion_condition *condition = &conditions->items[i];
        const struct fl_attribute *attribute = condition->place.attribute;
        struct fl_value value;
        if (condition->differs || attribute == NULL || condition->place.behind != NULL ||
            condition->place.of_object) {
            continue;
        }
        status = fl_conversion_value(
            taking->conversion->configuration, &attribute->type,
            fl_bytes_of_text(condition->text), taking->arena, &value, taking->out_error);
        if (status == FL_OK) {
            status = fl_taking_set(taking, fields, attribute->number, value);
        }
    }
    return status;
}

/* --- references --- */

static bool allows(const struct fl_value_type *type, uint32_t number)
{
    for (size_t i = 0; i < type->ref_count; i++) {
        if (type->refs[i] == number) {
            return true;
        }
    }
    return false;
}

static bool has_rule(const struct fl_conversion *conversion, const char *called)
{
    for (size_t i = 0; i < conversion->rule_count; i++) {
        if (fl_conversion_is_called(&conversion->rules[i], called)) {
            return true;
        }
    }
    return false;
}

static const struct fl_conversion_rule *rule_of_reference(
    const struct fl_taking *taking,
    const struct fl_value_type *type,
    const struct fl_element *element)
{
    const struct fl_conversion *conversion = taking->conversion;
    const struct fl_conversion_rule *first = NULL;
    for (size_t i = 0; i < conversion->rule_count; i++) {
        const struct fl_conversion_rule *rule = &conversion->rules[i];
        if (!allows(type, rule->type->number) ||
            !fl_conversion_spans(rule->span, taking->version)) {
            continue;
        }
        if (element->type == NULL || fl_conversion_is_called(rule, element->type)) {
            return rule;
        }
        first = first == NULL ? rule : first;
    }
    /* A kind that only the schema says, and no rule has, says nothing. */
    return first != NULL && element->type_is_implied &&
                   !has_rule(conversion, element->type)
               ? first
               : NULL;
}

enum fl_status fl_taking_match(
    struct fl_taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    bool is_main,
    struct fl_uuid *out_ours)
{
    const struct fl_conversion_ports *ports = taking->ports;
    struct fl_taken fields = {.count = 0};
    *out_ours = root->id;
    if (ports->match == NULL && ports->match_element == NULL) {
        return FL_OK;
    }
    struct fl_taking search = *taking;
    search.is_search = true;
    enum fl_status status = fl_taking_conditions(&search, &rule->conditions, &fields);
    if (status == FL_OK && root->first != NULL) {
        status = fl_taking_properties(&search, &rule->key, root, &fields);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_object given = {
        .key = {.type = rule->type->number, .id = root->id},
        .field_count = fields.count,
        .fields = fields.items};
    status = fl_object_normalise(rule->type, &given, taking->out_error);
    if (status != FL_OK) {
        return status;
    }
    return ports->match_element != NULL
               ? ports->match_element(
                     ports->context, rule, root, is_main, &given, out_ours,
                     taking->out_error)
               : ports->match(
                     ports->context, rule, root->id, &given, out_ours, taking->out_error);
}

static void tell_kind(
    const struct fl_taking *taking,
    const struct fl_conversion_property *property,
    const struct fl_element *element)
{
    struct fl_error words;
    (void)fl_error_set(
        &words, FL_UNSUPPORTED, "no reference to %s is taken here: it is empty",
        element->type == NULL ? element->name : element->type);
    tell_lost(taking, property, element, words.text);
}

/* Does anything in it say whom? */
static bool means(const struct fl_element *element)
{
    for (const struct fl_element *at = element->first; at != NULL; at = at->next) {
        if (at->text.size > 0 || at->kind == FL_ELEMENT_REF) {
            return true;
        }
    }
    return !fl_uuid_is_zero(element->id);
}

static enum fl_status take_reference(
    struct fl_taking *taking,
    const struct fl_conversion_property *property,
    const struct fl_value_type *type,
    struct fl_element *element,
    struct fl_value *out_value)
{
    struct fl_element as_text = {.kind = FL_ELEMENT_REF};
    *out_value = fl_value_empty(type);
    if (element->kind == FL_ELEMENT_TEXT) {
        if (element->text.size == 0) {
            return FL_OK;
        }
        if (fl_uuid_parse(element->text, &as_text.id) != FL_OK) {
            return fl_error_set(
                taking->out_error, FL_MALFORMED, "\"%.*s\" is no reference",
                (int)(element->text.size > 80 ? 80 : element->text.size),
                (const char *)element->text.data);
        }
        element = &as_text;
    }
    if (fl_uuid_is_zero(element->id) && element->first == NULL) {
        return FL_OK;
    }
    const struct fl_conversion_rule *rule = rule_of_reference(taking, type, element);
    if (rule == NULL) {
        if ((element->type == NULL || element->type_is_implied) && type->ref_count == 1) {
            *out_value = (struct fl_value){
                .kind = FL_VALUE_REF, .type = type->refs[0], .uuid = element->id};
        } else {
            tell_kind(taking, property, element);
        }
        return FL_OK;
    }
    out_value->kind = FL_VALUE_REF;
    out_value->type = rule->type->number;
    enum fl_status status =
        fl_taking_match(taking, rule, element, /* is_main= */ false, &out_value->uuid);
    if (status == FL_OK && fl_uuid_is_zero(out_value->uuid) && means(element)) {
        tell_lost(
            taking, property, element,
            fl_error_words("whom the reference means is not here, and it is empty"));
    }
    return status;
}

/* --- values --- */

static bool is_reference(const struct fl_taking *taking, const struct fl_value_type *type)
{
    const struct fl_type *first =
        type->ref_count == 0
            ? NULL
            : fl_configuration_type(taking->conversion->configuration, type->refs[0]);
    return (type->allows & FL_ALLOWS_REFS) != 0 && first != NULL &&
           first->kind != FL_KIND_ENUM;
}

/* An attribute of several types holds what the value came with, where that is said. */
static struct fl_value_type narrowed(
    const struct fl_taking *taking,
    const struct fl_value_type *type,
    const char *called,
    uint32_t *out_ref)
{
    static const struct {
        const char *name;
        uint32_t allows;
    } simple[] = {
        {"Строка", FL_ALLOWS_STRING},  {"String", FL_ALLOWS_STRING},
        {"Число", FL_ALLOWS_NUMBER},   {"Number", FL_ALLOWS_NUMBER},
        {"Дата", FL_ALLOWS_DATE},      {"Date", FL_ALLOWS_DATE},
        {"Булево", FL_ALLOWS_BOOLEAN}, {"Boolean", FL_ALLOWS_BOOLEAN},
    };
    struct fl_value_type one = *type;
    if (!type->composite || called == NULL) {
        return one;
    }
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        if (strcmp(simple[i].name, called) == 0 && (type->allows & simple[i].allows)) {
            one.allows = simple[i].allows;
            one.composite = false;
            one.ref_count = 0;
            return one;
        }
    }
    const char *dot = strchr(called, '.');
    const struct fl_type *enumeration =
        dot == NULL ? NULL
                    : fl_configuration_find(
                          taking->conversion->configuration, FL_KIND_ENUM,
                          fl_bytes_of_text(dot + 1));
    bool names_it =
        strncmp(called, "ПеречислениеСсылка.", strlen("ПеречислениеСсылка.")) == 0 ||
        strncmp(called, "EnumRef.", strlen("EnumRef.")) == 0;
    if (names_it && enumeration != NULL && allows(type, enumeration->number)) {
        *out_ref = enumeration->number;
        one = (struct fl_value_type){
            .allows = FL_ALLOWS_REFS,
            .enumeration = true,
            .ref_count = 1,
            .refs = out_ref};
    }
    return one;
}

/* By the table of the property. An empty text is nothing. */
static enum fl_status take_listed(
    const struct fl_taking *taking,
    const struct fl_conversion_property *property,
    struct fl_element *element,
    struct fl_bytes *out_text)
{
    struct fl_error words;
    enum fl_status status =
        fl_conversion_values_read(property, taking->version, element, out_text, &words);
    if (status == FL_OK) {
        return FL_OK;
    }
    if (taking->ports->refuses_unknown_values) {
        return fl_error_set(taking->out_error, status, "%s", words.text);
    }
    tell_lost(taking, property, element, words.text);
    return FL_OK;
}

static enum fl_status take_value(
    struct fl_taking *taking,
    const struct fl_conversion_property *property,
    struct fl_element *element,
    struct fl_value *out_value)
{
    uint32_t ref = 0;
    const struct fl_value_type own = narrowed(
        taking, &property->place.attribute->type,
        element->kind == FL_ELEMENT_TEXT ? element->type : NULL, &ref);
    const struct fl_value_type *type = &own;
    struct fl_bytes text = element->text;
    if (property->values != NULL) {
        enum fl_status status = take_listed(taking, property, element, &text);
        if (status != FL_OK || text.size == 0) {
            *out_value = fl_value_empty(type);
            return status;
        }
    } else if (
        is_reference(taking, type) &&
        (element->kind != FL_ELEMENT_TEXT || !(type->allows & FL_ALLOWS_STRING))) {
        return take_reference(taking, property, type, element, out_value);
    }
    if (element->kind == FL_ELEMENT_REF && text.size == 0 && means(element)) {
        tell_lost(
            taking, property, element,
            fl_error_words("a reference, where none is taken: it is empty"));
    }
    return fl_conversion_value(
        taking->conversion->configuration, type, text, taking->arena, out_value,
        taking->out_error);
}

bool fl_taking_takes(
    const struct fl_taking *taking,
    const struct fl_conversion_property *property)
{
    return property->kind == FL_PROPERTY_VALUE && property->direction != FL_ONLY_WRITE &&
           property->place.attribute != NULL && property->place.behind == NULL &&
           !property->place.of_object &&
           fl_conversion_spans(property->span, taking->version);
}

enum fl_status fl_taking_properties(
    struct fl_taking *taking,
    const struct fl_conversion_properties *properties,
    struct fl_element *root,
    struct fl_taken *fields)
{
    enum fl_status status = FL_OK;
    struct fl_element **elements =
        fl_arena_array(taking->arena, properties->count, sizeof(struct fl_element *));
    if (elements == NULL) {
        return fl_taking_no_room(taking);
    }
    /* First what is missing: another element may give the same attribute. */
    for (size_t i = 0; i < properties->count && status == FL_OK; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        if (!fl_taking_takes(taking, property)) {
            continue;
        }
        elements[i] = fl_element_at(root, property->path);
        if (elements[i] == NULL && !property->keep) {
            status = fl_taking_set(
                taking, fields, property->place.attribute->number,
                fl_value_empty(&property->place.attribute->type));
        }
    }
    for (size_t i = 0; i < properties->count && status == FL_OK; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        struct fl_value value;
        if (elements[i] == NULL || elements[i]->stays) {
            continue;
        }
        status = take_value(taking, property, elements[i], &value);
        if (status == FL_OK) {
            status =
                fl_taking_set(taking, fields, property->place.attribute->number, value);
        } else if (elements[i]->line > 0) {
            fl_error_prefix(
                taking->out_error, "line %llu, %s", (unsigned long long)elements[i]->line,
                property->path);
        } else {
            fl_error_prefix(taking->out_error, "%s", property->path);
        }
    }
    return status;
}
