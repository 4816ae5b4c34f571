/*
 * A tree over the object as it stands here. What a rule reads and the tree has not is
 * empty afterwards, unless the rule keeps it; what no rule reads stays.
 */

#include "exchange/conversion.h"

#include <string.h>

#include "conversion_find.h"
#include "conversion_tables.h"
#include "conversion_text.h"

static bool fits_fixed(
    const struct fl_taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root)
{
    for (size_t i = 0; i < rule->properties.count; i++) {
        const struct fl_conversion_property *property = &rule->properties.items[i];
        if (property->kind != FL_PROPERTY_FIXED || !property->check ||
            !fl_conversion_spans(property->span, taking->version)) {
            continue;
        }
        struct fl_element *element = fl_element_at(root, property->path);
        if (element == NULL ||
            !fl_conversion_texts_equal(element->text, fl_bytes_of_text(property->text))) {
            return false;
        }
    }
    return true;
}

/*
 * The next rule from `*io_at` on that fits and is of another type than `other`, which may
 * be NULL.
 */
static const struct fl_conversion_rule *next_rule(
    const struct fl_taking *taking,
    struct fl_element *root,
    const struct fl_conversion_rule *other,
    size_t *io_at)
{
    while (*io_at < taking->conversion->rule_count) {
        const struct fl_conversion_rule *rule = &taking->conversion->rules[(*io_at)++];
        if ((other == NULL || other->type != rule->type) &&
            strcmp(rule->element, root->name) == 0 &&
            fl_conversion_rule_reads(rule, taking->version) &&
            fits_fixed(taking, rule, root)) {
            return rule;
        }
    }
    return NULL;
}

/*
 * The first rule that fits; where objects of several types here are one kind of theirs,
 * that of the type which the object has here. `key` may be NULL.
 */
static enum fl_status find_rule(
    const struct fl_taking *taking,
    struct fl_element *root,
    const struct fl_element *key,
    const struct fl_conversion_rule **out_rule)
{
    size_t at = 0;
    const struct fl_conversion_rule *first = next_rule(taking, root, NULL, &at);
    const struct fl_conversion_rule *second =
        first == NULL ? NULL : next_rule(taking, root, first, &at);
    *out_rule = first;
    if (second == NULL || key == NULL || fl_uuid_is_zero(key->id)) {
        return FL_OK;
    }
    for (const struct fl_conversion_rule *rule = first; rule != NULL;
         rule = rule == first ? second : next_rule(taking, root, first, &at)) {
        struct fl_object here;
        enum fl_status status = fl_conversion_find_here(
            taking->ports, rule, key->id, taking->arena, &here, taking->out_error);
        if (status == FL_OK) {
            *out_rule = rule;
        }
        if (status != FL_NOT_FOUND) {
            return status;
        }
    }
    return FL_OK;
}

/* What stands here, with room for more sections. */
static enum fl_status begin_object(
    struct fl_taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_uuid ours,
    struct fl_object *out_object,
    struct fl_taken *out_fields)
{
    struct fl_key key = {.type = rule->type->number, .id = ours};
    enum fl_status status = fl_conversion_look_up(
        taking->ports, key, taking->arena, out_object, taking->out_error);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    out_object->deleted = false;
    struct fl_section *sections =
        fl_arena_array(taking->arena, rule->type->section_count + 1, sizeof *sections);
    if (sections == NULL) {
        return fl_taking_no_room(taking);
    }
    if (out_object->section_count > 0) {
        memcpy(
            sections, out_object->sections, out_object->section_count * sizeof *sections);
    }
    out_object->sections = sections;
    size_t count = out_object->field_count;
    struct fl_field *items = fl_arena_array(taking->arena, count + 1, sizeof *items);
    if (items == NULL) {
        return fl_taking_no_room(taking);
    }
    if (count > 0) {
        memcpy(items, out_object->fields, count * sizeof *items);
    }
    *out_fields =
        (struct fl_taken){.count = count, .capacity = count + 1, .items = items};
    return FL_OK;
}

/* What stays is as it is here, whatever another element, or its absence, has made of it.
 */
static enum fl_status leave_what_stays(
    struct fl_taking *taking,
    const struct fl_conversion_properties *properties,
    struct fl_element *root,
    const struct fl_object *here,
    struct fl_taken *fields)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < properties->count && status == FL_OK; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        const struct fl_element *element = fl_taking_takes(taking, property)
                                               ? fl_element_at(root, property->path)
                                               : NULL;
        if (element == NULL || !element->stays) {
            continue;
        }
        const struct fl_attribute *attribute = property->place.attribute;
        const struct fl_value *value = fl_object_field(here, attribute->number);
        status = fl_taking_set(
            taking, fields, attribute->number,
            value == NULL ? fl_value_empty(&attribute->type) : *value);
    }
    return status;
}

enum fl_status fl_conversion_to_object(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const struct fl_conversion_ports *ports,
    struct fl_element *root,
    struct fl_arena *arena,
    struct fl_object *out_object,
    const struct fl_conversion_rule **out_rule,
    struct fl_error *out_error)
{
    struct fl_taking taking = {
        .conversion = conversion,
        .version = version,
        .ports = ports,
        .arena = arena,
        .out_error = out_error};
    struct fl_element *key =
        conversion->key[0] == '\0' ? root : fl_element_child(root, conversion->key);
    const struct fl_conversion_rule *rule = NULL;
    struct fl_taken fields;
    struct fl_uuid ours;
    enum fl_status status = find_rule(&taking, root, key, &rule);
    *out_rule = rule;
    if (status != FL_OK || rule == NULL) {
        return status;
    }
    if (key == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED, "line %llu: <%s> has no <%s>",
            (unsigned long long)root->line, root->name, conversion->key);
    }
    status = fl_taking_match(&taking, rule, key, /* is_main= */ true, &ours);
    if (status == FL_OK) {
        status = begin_object(&taking, rule, ours, out_object, &fields);
    }
    if (status == FL_OK) {
        status = fl_taking_conditions(&taking, &rule->conditions, &fields);
    }
    if (status == FL_OK) {
        status = fl_taking_properties(&taking, &rule->key, key, &fields);
    }
    if (status == FL_OK) {
        status = fl_taking_properties(&taking, &rule->properties, root, &fields);
    }
    if (status == FL_OK && root->stays) {
        status = leave_what_stays(&taking, &rule->key, key, out_object, &fields);
    }
    if (status == FL_OK && root->stays) {
        status = leave_what_stays(&taking, &rule->properties, root, out_object, &fields);
    }
    if (status == FL_OK) {
        status = fl_taking_tables(&taking, rule, root, out_object);
    }
    if (status != FL_OK) {
        return status;
    }
    out_object->field_count = fields.count;
    out_object->fields = fields.items;
    return fl_object_normalise(rule->type, out_object, out_error);
}
