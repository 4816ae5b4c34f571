#include "exchange/conversion.h"

#include <stdio.h>
#include <string.h>

#include "conversion_text.h"

struct writing {
    const struct fl_conversion *conversion;
    fl_conversion_version version;
    const struct fl_conversion_ports *ports;
    const struct fl_object *object;
    const struct fl_row *row; /* NULL: outside of tables */
    size_t row_number;
    struct fl_arena *arena;
    struct fl_error *out_error;
};

static enum fl_status no_room(struct writing *writing)
{
    return fl_error_set(
        writing->out_error, fl_arena_failure(writing->arena, 1),
        "the object is larger than the limit");
}

/* What the value is of, where the attribute takes several types. */
static void set_allows(struct fl_element *element, const struct fl_value *value)
{
    static const uint32_t allows[] = {
        [FL_VALUE_STRING] = FL_ALLOWS_STRING,   [FL_VALUE_NUMBER] = FL_ALLOWS_NUMBER,
        [FL_VALUE_DATE] = FL_ALLOWS_DATE,       [FL_VALUE_BOOLEAN] = FL_ALLOWS_BOOLEAN,
        [FL_VALUE_ENUM] = FL_ALLOWS_REFS,       [FL_VALUE_UUID] = FL_ALLOWS_UUID,
        [FL_VALUE_STORAGE] = FL_ALLOWS_STORAGE,
    };
    if (value != NULL && element->attribute != NULL && element->type == NULL &&
        element->attribute->type.composite &&
        value->kind < sizeof allows / sizeof allows[0]) {
        element->allows = allows[value->kind];
        element->object.type = value->kind == FL_VALUE_ENUM ? value->type : 0;
    }
}

static enum fl_status put_text(
    struct writing *writing,
    struct fl_element *parent,
    const struct fl_conversion_property *property,
    const char *path,
    const struct fl_value *value,
    struct fl_bytes text)
{
    struct fl_element *element = fl_element_make(writing->arena, parent, path);
    if (element == NULL) {
        return no_room(writing);
    }
    element->kind = FL_ELEMENT_TEXT;
    element->type = property->type;
    element->options = property->options;
    element->attribute =
        property->place.behind == NULL ? property->place.attribute : NULL;
    set_allows(element, value);
    return fl_arena_copy(writing->arena, text, &element->text) == FL_OK
               ? FL_OK
               : no_room(writing);
}

/* --- references --- */

static enum fl_status put_reference(
    struct writing *writing,
    struct fl_element *parent,
    const struct fl_conversion_property *property,
    const struct fl_value *value)
{
    const struct fl_conversion_rule *rule =
        fl_conversion_rule_of(writing->conversion, writing->version, value->type);
    const struct fl_key key = {.type = value->type, .id = value->uuid};
    if (rule == NULL) {
        return FL_OK; /* the format has no such kind: nothing can be said of it */
    }
    struct fl_element *element = fl_element_make(writing->arena, parent, property->path);
    if (element == NULL) {
        return no_room(writing);
    }
    element->kind = FL_ELEMENT_REF;
    element->type = fl_conversion_without_kind(rule->element);
    element->options = property->options;
    element->object = key;
    element->attribute =
        property->place.behind == NULL ? property->place.attribute : NULL;
    element->id = writing->ports->identity == NULL
                      ? key.id
                      : writing->ports->identity(writing->ports->context, key);
    return FL_OK;
}

/* --- values --- */

static enum fl_status put_parts(
    struct writing *writing,
    struct fl_element *parent,
    const struct fl_conversion_property *property,
    const struct fl_conversion_value *item)
{
    struct fl_element *group = fl_element_make(writing->arena, parent, property->path);
    enum fl_status status = group == NULL ? no_room(writing) : FL_OK;
    for (size_t i = 0; i < item->part_count && status == FL_OK; i++) {
        status = put_text(
            writing, group, property, item->parts[i].path, NULL,
            fl_bytes_of_text(item->parts[i].text));
    }
    return status;
}

/* An empty text is written where the mapping wants empty values written. */
static enum fl_status put_instead(
    struct writing *writing,
    struct fl_element *parent,
    const struct fl_conversion_property *property,
    const char *text)
{
    return text[0] == '\0' && !writing->conversion->empty
               ? FL_OK
               : put_text(
                     writing, parent, property, property->path, NULL,
                     fl_bytes_of_text(text));
}

static enum fl_status put_mapped(
    struct writing *writing,
    struct fl_element *parent,
    const struct fl_conversion_property *property,
    struct fl_bytes text)
{
    const struct fl_conversion_values *values = property->values;
    const char *other = fl_conversion_other(property);
    for (size_t i = 0; i < values->count; i++) {
        const struct fl_conversion_value *item = &values->items[i];
        if (fl_conversion_spans(item->span, writing->version) && item->ours[0] != '\0' &&
            fl_conversion_texts_equal(fl_bytes_of_text(item->ours), text)) {
            return item->part_count > 0
                       ? put_parts(writing, parent, property, item)
                       : put_text(
                             writing, parent, property, property->path, NULL,
                             fl_bytes_of_text(item->theirs == NULL ? "" : item->theirs));
        }
    }
    if (other != NULL) {
        return put_instead(writing, parent, property, other);
    }
    const struct fl_bytes shown = fl_bytes_utf8_beginning(text, 100);
    return fl_error_set(
        writing->out_error, FL_REFUSED,
        "%s: the value \"%.*s\" has no counterpart in <values name=\"%s\"> of the "
        "mapping: add <value of=\"%.*s\" as=\"...\"/> there, with as=\"\" where the "
        "other "
        "side has nothing for it",
        property->path, (int)shown.size, (const char *)shown.data, values->name,
        (int)shown.size, (const char *)shown.data);
}

/* What stands for an empty value: 1C writes false and 0, and leaves the others out. */
static const char *text_of_empty(const struct fl_conversion_property *property)
{
    if (property->text != NULL) {
        return property->text;
    }
    if (property->place.attribute == NULL || property->place.behind != NULL ||
        property->values != NULL) {
        return "";
    }
    switch (property->place.attribute->type.allows) {
    case FL_ALLOWS_BOOLEAN:
        return "false";
    case FL_ALLOWS_NUMBER:
        return "0";
    default:
        return "";
    }
}

static enum fl_status put_value(
    struct writing *writing,
    struct fl_element *parent,
    const struct fl_conversion_property *property)
{
    const struct fl_value *value = NULL;
    struct fl_bytes text;
    enum fl_status status = fl_conversion_at(
        writing->conversion, writing->ports, &property->place, writing->object,
        writing->row, writing->arena, &value);
    if (status != FL_OK) {
        return fl_error_set(
            writing->out_error, status, "%s: what it refers to cannot be read",
            property->path);
    }
    bool is_empty = fl_conversion_is_empty(value);
    if (!is_empty && value->kind == FL_VALUE_REF && property->values == NULL) {
        return put_reference(writing, parent, property, value);
    }
    if (is_empty && property->values != NULL && property->text == NULL &&
        property->place.attribute != NULL &&
        property->place.attribute->type.allows == FL_ALLOWS_BOOLEAN) {
        return put_mapped(writing, parent, property, fl_bytes_of_text("false"));
    }
    if (is_empty) {
        return put_instead(writing, parent, property, text_of_empty(property));
    }
    if (fl_conversion_text(
            writing->conversion->configuration, value, writing->arena, &text) != FL_OK) {
        return no_room(writing);
    }
    return property->values != NULL
               ? put_mapped(writing, parent, property, text)
               : put_text(writing, parent, property, property->path, value, text);
}

static enum fl_status put_properties(
    struct writing *writing,
    struct fl_element *parent,
    const struct fl_conversion_properties *properties)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < properties->count && status == FL_OK; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        char number[24];
        if (property->direction == FL_ONLY_READ ||
            !fl_conversion_spans(property->span, writing->version)) {
            continue;
        }
        switch (property->kind) {
        case FL_PROPERTY_VALUE:
            status = put_value(writing, parent, property);
            break;
        case FL_PROPERTY_FIXED:
            status = put_text(
                writing, parent, property, property->path, NULL,
                fl_bytes_of_text(property->text));
            break;
        case FL_PROPERTY_NUMBER:
            snprintf(number, sizeof number, "%zu", writing->row_number);
            status = put_text(
                writing, parent, property, property->path, NULL,
                fl_bytes_of_text(number));
            break;
        }
    }
    return status;
}

static enum fl_status put_table(
    struct writing *writing,
    struct fl_element *root,
    const struct fl_conversion_table *table)
{
    const struct fl_section *section =
        fl_object_section(writing->object, table->section->number);
    enum fl_status status = FL_OK;
    if (table->direction == FL_ONLY_READ ||
        !fl_conversion_spans(table->span, writing->version)) {
        return FL_OK;
    }
    if (writing->conversion->empty && (section == NULL || section->row_count == 0)) {
        return fl_element_make(writing->arena, root, table->path) == NULL
                   ? no_room(writing)
                   : FL_OK;
    }
    for (size_t i = 0; section != NULL && i < section->row_count && status == FL_OK;
         i++) {
        bool holds = false;
        writing->row = &section->rows[i];
        writing->row_number = i + 1;
        status = fl_conversion_holds(
            writing->conversion, writing->ports, &table->conditions, writing->object,
            writing->row, writing->arena, &holds);
        if (status != FL_OK || !holds) {
            continue;
        }
        struct fl_element *row = fl_element_make(writing->arena, root, table->path);
        status = row == NULL ? no_room(writing)
                             : put_properties(writing, row, &table->properties);
        if (status != FL_OK) {
            fl_error_prefix(writing->out_error, "%s[%zu]", table->section->name, i + 1);
        }
    }
    writing->row = NULL;
    return status;
}

/* --- the rule --- */

static enum fl_status find_rule(
    struct writing *writing,
    const struct fl_conversion_rule **out_rule)
{
    const struct fl_conversion *conversion = writing->conversion;
    *out_rule = NULL;
    for (size_t i = 0; i < conversion->rule_count; i++) {
        const struct fl_conversion_rule *rule = &conversion->rules[i];
        bool holds = false;
        if (rule->type->number != writing->object->key.type ||
            !fl_conversion_rule_writes(rule, writing->version)) {
            continue;
        }
        enum fl_status status = fl_conversion_holds(
            conversion, writing->ports, &rule->conditions, writing->object, NULL,
            writing->arena, &holds);
        if (status != FL_OK) {
            return fl_error_set(
                writing->out_error, status,
                "line %llu of the mapping: the condition of "
                "the object cannot be judged",
                (unsigned long long)rule->line);
        }
        if (holds) {
            *out_rule = rule;
            break;
        }
    }
    return FL_OK;
}

static struct fl_uuid identity_of(const struct writing *writing)
{
    return writing->ports->identity == NULL
               ? writing->object->key.id
               : writing->ports->identity(writing->ports->context, writing->object->key);
}

enum fl_status fl_conversion_write(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const struct fl_conversion_ports *ports,
    const struct fl_object *object,
    struct fl_arena *arena,
    struct fl_element **out_root,
    const struct fl_conversion_rule **out_rule,
    struct fl_error *out_error)
{
    struct writing writing = {
        .conversion = conversion,
        .version = version,
        .ports = ports,
        .object = object,
        .arena = arena,
        .out_error = out_error};
    const struct fl_conversion_rule *rule = NULL;
    *out_root = NULL;
    *out_rule = NULL;
    enum fl_status status = find_rule(&writing, &rule);
    if (status != FL_OK || rule == NULL) {
        return status;
    }
    struct fl_element *root =
        fl_element_add(arena, NULL, fl_bytes_of_text(rule->element));
    struct fl_element *key =
        root == NULL ? NULL
                     : fl_element_add(arena, root, fl_bytes_of_text(conversion->key));
    if (key == NULL) {
        return no_room(&writing);
    }
    key->kind = FL_ELEMENT_REF;
    key->type = fl_conversion_without_kind(rule->element);
    key->object = object->key;
    key->id = identity_of(&writing);
    root->id = key->id;
    status = put_properties(&writing, key, &rule->key);
    if (status == FL_OK) {
        status = put_properties(&writing, root, &rule->properties);
    }
    for (size_t i = 0; i < rule->table_count && status == FL_OK; i++) {
        status = put_table(&writing, root, &rule->tables[i]);
    }
    *out_root = status == FL_OK ? root : NULL;
    *out_rule = rule;
    return status;
}

enum fl_status fl_conversion_expand(
    const struct fl_conversion *conversion,
    fl_conversion_version version,
    const struct fl_conversion_ports *ports,
    struct fl_arena *arena,
    struct fl_element *element,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_object *object = fl_arena_alloc(arena, sizeof *object);
    struct writing writing = {
        .conversion = conversion,
        .version = version,
        .ports = ports,
        .object = object,
        .arena = arena,
        .out_error = out_error};
    if (object == NULL) {
        return no_room(&writing);
    }
    if (ports->lookup == NULL) {
        return FL_NOT_FOUND;
    }
    enum fl_status status = ports->lookup(ports->context, element->object, arena, object);
    if (status == FL_OK) {
        status = find_rule(&writing, &rule);
    }
    if (status != FL_OK) {
        return status;
    }
    if (rule == NULL) { /* a folder, say, where items are meant: by the first rule */
        rule = fl_conversion_rule_of(conversion, version, object->key.type);
    }
    if (rule == NULL) {
        return FL_NOT_FOUND;
    }
    element->type = fl_conversion_without_kind(rule->element);
    return put_properties(&writing, element, &rule->key);
}
