/*
 * A tree over the object as it stands here. What a rule reads and the tree has not is
 * empty afterwards, unless the rule keeps it; what no rule reads stays.
 */

#include "exchange/conversion.h"

#include <stdio.h>
#include <string.h>

#include "conversion_text.h"
#include "conversion_values.h"
#include "row_order.h"

struct fields {
    size_t count;
    size_t capacity;
    struct fl_field *items;
};

struct taking {
    const struct fl_conversion *conversion;
    fl_conversion_version version;
    const struct fl_conversion_ports *ports;
    struct fl_arena *arena;
    struct fl_error *out_error;
};

static enum fl_status no_room(struct taking *taking)
{
    return fl_error_set(
        taking->out_error, fl_arena_failure(taking->arena, 1),
        "the object is larger than the limit");
}

/* --- fields --- */

static enum fl_status set(
    struct taking *taking,
    struct fields *fields,
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
            return no_room(taking);
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

/* What a condition says is so of every object that its rule reads. */
static enum fl_status set_conditions(
    struct taking *taking,
    const struct fl_conversion_conditions *conditions,
    struct fields *fields)
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
            status = set(taking, fields, attribute->number, value);
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
    const struct taking *taking,
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

static enum fl_status take_properties(
    struct taking *taking,
    const struct fl_conversion_properties *properties,
    struct fl_element *root,
    struct fields *fields);

/* The id of ours that `root`, a key, means. */
static enum fl_status match(
    struct taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    bool is_main,
    struct fl_uuid *out_ours)
{
    const struct fl_conversion_ports *ports = taking->ports;
    struct fields fields = {.count = 0};
    *out_ours = root->id;
    if (ports->match == NULL && ports->match_element == NULL) {
        return FL_OK;
    }
    enum fl_status status = set_conditions(taking, &rule->conditions, &fields);
    if (status == FL_OK && root->first != NULL) {
        status = take_properties(taking, &rule->key, root, &fields);
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

static enum fl_status take_reference(
    struct taking *taking,
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
        }
        return FL_OK; /* of a kind that this attribute does not take */
    }
    out_value->kind = FL_VALUE_REF;
    out_value->type = rule->type->number;
    return match(taking, rule, element, /* is_main= */ false, &out_value->uuid);
}

/* --- values --- */

static bool is_reference(const struct taking *taking, const struct fl_value_type *type)
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
    const struct taking *taking,
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

static enum fl_status take_value(
    struct taking *taking,
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
        enum fl_status status = fl_conversion_values_read(
            property, taking->version, taking->ports->refuses_unknown_values, element,
            &text, taking->out_error);
        if (status != FL_OK || text.size == 0) {
            *out_value = fl_value_empty(type);
            return status;
        }
    } else if (
        is_reference(taking, type) &&
        (element->kind != FL_ELEMENT_TEXT || !(type->allows & FL_ALLOWS_STRING))) {
        return take_reference(taking, type, element, out_value);
    }
    return fl_conversion_value(
        taking->conversion->configuration, type, text, taking->arena, out_value,
        taking->out_error);
}

static bool is_taken(
    const struct taking *taking,
    const struct fl_conversion_property *property)
{
    return property->kind == FL_PROPERTY_VALUE && property->direction != FL_ONLY_WRITE &&
           property->place.attribute != NULL && property->place.behind == NULL &&
           !property->place.of_object &&
           fl_conversion_spans(property->span, taking->version);
}

static enum fl_status take_properties(
    struct taking *taking,
    const struct fl_conversion_properties *properties,
    struct fl_element *root,
    struct fields *fields)
{
    enum fl_status status = FL_OK;
    struct fl_element **elements =
        fl_arena_array(taking->arena, properties->count, sizeof(struct fl_element *));
    if (elements == NULL) {
        return no_room(taking);
    }
    /* First what is missing: another element may give the same attribute. */
    for (size_t i = 0; i < properties->count && status == FL_OK; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        if (!is_taken(taking, property)) {
            continue;
        }
        elements[i] = fl_element_at(root, property->path);
        if (elements[i] == NULL && !property->keep) {
            status =
                set(taking, fields, property->place.attribute->number,
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
            status = set(taking, fields, property->place.attribute->number, value);
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

/* --- tables --- */

static struct fl_section *section_of(struct fl_object *object, uint32_t number)
{
    for (size_t i = 0; i < object->section_count; i++) {
        if (object->sections[i].number == number) {
            return &object->sections[i];
        }
    }
    return NULL;
}

static bool is_table_taken(
    const struct taking *taking,
    const struct fl_conversion_table *table)
{
    return table->direction != FL_ONLY_WRITE &&
           fl_conversion_spans(table->span, taking->version);
}

/* --- what a row has here and the format has not --- */

/* The attribute that a row is recognised by: the first that is read, mostly the goods. */
static uint32_t recognised_by(
    const struct taking *taking,
    const struct fl_conversion_table *table)
{
    for (size_t i = 0; i < table->properties.count; i++) {
        const struct fl_conversion_property *property = &table->properties.items[i];
        if (is_taken(taking, property)) {
            return property->place.attribute->number;
        }
    }
    return 0;
}

static bool is_read(
    const struct taking *taking,
    const struct fl_conversion_table *table,
    uint32_t number)
{
    for (size_t i = 0; i < table->properties.count; i++) {
        const struct fl_conversion_property *property = &table->properties.items[i];
        if (is_taken(taking, property) && property->place.attribute->number == number) {
            return true;
        }
    }
    return false;
}

/* The row in the same place, or else the first that was not used yet. */
static size_t find_row(
    const struct fl_section *before,
    const bool *used,
    size_t place,
    uint32_t number,
    const struct fl_value *value)
{
    for (size_t i = 0; value != NULL && i <= before->row_count; i++) {
        size_t at = i == 0 ? place : i - 1;
        const struct fl_value *other = at < before->row_count && !used[at]
                                           ? fl_row_field(&before->rows[at], number)
                                           : NULL;
        if (other != NULL && fl_value_equal(value, other)) {
            return at;
        }
    }
    return before->row_count;
}

static enum fl_status keep_cells(
    struct taking *taking,
    const struct fl_conversion_table *table,
    const struct fl_section *before,
    bool *used,
    size_t place,
    struct fields *fields)
{
    uint32_t number = recognised_by(taking, table);
    const struct fl_row row = {.field_count = fields->count, .fields = fields->items};
    size_t at = find_row(before, used, place, number, fl_row_field(&row, number));
    enum fl_status status = FL_OK;
    if (at == before->row_count) {
        return FL_OK;
    }
    used[at] = true;
    for (size_t i = 0; i < before->rows[at].field_count && status == FL_OK; i++) {
        const struct fl_field *field = &before->rows[at].fields[i];
        if (!is_read(taking, table, field->number)) {
            status = set(taking, fields, field->number, field->value);
        }
    }
    return status;
}

/* As it stood before this object came, and the order of what has come. */
struct before {
    struct fl_section section;
    bool *used;
    struct fl_row_order order;
};

static enum fl_status take_rows(
    struct taking *taking,
    const struct fl_conversion_table *table,
    struct fl_element *first,
    struct before *before,
    struct fl_section *section)
{
    size_t count = section->row_count;
    for (struct fl_element *row = first; row != NULL; row = fl_element_same(row)) {
        count++;
    }
    struct fl_row *rows = fl_arena_array(taking->arena, count + 1, sizeof *rows);
    if (rows == NULL ||
        fl_row_order_begin(&before->order, section->row_count, count, taking->arena) !=
            FL_OK) {
        return no_room(taking);
    }
    if (section->row_count > 0) {
        memcpy(rows, section->rows, section->row_count * sizeof *rows);
    }
    section->rows = rows;
    for (struct fl_element *row = first; row != NULL; row = fl_element_same(row)) {
        struct fields fields = {.count = 0};
        if (taking->conversion->empty && row->first == NULL) {
            continue; /* it only says that there is no row */
        }
        enum fl_status status = set_conditions(taking, &table->conditions, &fields);
        if (status == FL_OK) {
            status = take_properties(taking, &table->properties, row, &fields);
        }
        if (status != FL_OK) {
            fl_error_prefix(
                taking->out_error, "%s[%zu]", table->section->name,
                section->row_count + 1);
            return status;
        }
        status = keep_cells(
            taking, table, &before->section, before->used, section->row_count, &fields);
        if (status != FL_OK) {
            return status;
        }
        before->order.numbers[section->row_count] =
            fl_row_order_number(&table->properties, taking->version, row);
        rows[section->row_count++] =
            (struct fl_row){.field_count = fields.count, .fields = fields.items};
    }
    return FL_OK;
}

/* Rows of several tables may go into one section: it is emptied once, before the first.
 */
static enum fl_status empty_sections(
    struct taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    struct fl_object *object,
    struct before *before)
{
    for (size_t i = 0; i < rule->table_count; i++) {
        const struct fl_conversion_table *table = &rule->tables[i];
        struct before *kept = &before[table->section->number];
        struct fl_section *section = section_of(object, table->section->number);
        if (!is_table_taken(taking, table) || section == NULL ||
            (table->keep && fl_element_at(root, table->path) == NULL) ||
            kept->used != NULL) {
            continue;
        }
        kept->section = *section;
        kept->used = fl_arena_array(taking->arena, section->row_count + 1, sizeof(bool));
        if (kept->used == NULL) {
            return no_room(taking);
        }
        section->row_count = 0;
    }
    return FL_OK;
}

static enum fl_status take_tables(
    struct taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    struct fl_object *object)
{
    /* By number; the records of a register, which has no sections, are the first. */
    struct before *before =
        fl_arena_array(taking->arena, rule->type->section_count + 2, sizeof *before);
    if (before == NULL) {
        return no_room(taking);
    }
    enum fl_status status = empty_sections(taking, rule, root, object, before);
    for (size_t i = 0; i < rule->table_count && status == FL_OK; i++) {
        const struct fl_conversion_table *table = &rule->tables[i];
        struct before *kept = &before[table->section->number];
        struct fl_element *first = fl_element_at(root, table->path);
        if (!is_table_taken(taking, table) || first == NULL) {
            continue;
        }
        struct fl_section *section = section_of(object, table->section->number);
        if (section == NULL) {
            section = &object->sections[object->section_count++];
            *section = (struct fl_section){.number = table->section->number};
        }
        status = take_rows(taking, table, first, kept, section);
    }
    for (size_t i = 0; i < object->section_count && status == FL_OK; i++) {
        struct fl_section *section = &object->sections[i];
        if (fl_row_order_apply(&before[section->number].order, section, taking->arena) !=
            FL_OK) {
            status = no_room(taking);
        }
    }
    return status;
}

/* --- the object --- */

static bool fits_fixed(
    const struct taking *taking,
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

static const struct fl_conversion_rule *find_rule(
    const struct taking *taking,
    struct fl_element *root)
{
    for (size_t i = 0; i < taking->conversion->rule_count; i++) {
        const struct fl_conversion_rule *rule = &taking->conversion->rules[i];
        if (strcmp(rule->element, root->name) == 0 &&
            fl_conversion_rule_reads(rule, taking->version) &&
            fits_fixed(taking, rule, root)) {
            return rule;
        }
    }
    return NULL;
}

/* What stands here, with room for more sections. */
static enum fl_status begin_object(
    struct taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_uuid ours,
    struct fl_object *out_object,
    struct fields *out_fields)
{
    struct fl_key key = {.type = rule->type->number, .id = ours};
    enum fl_status status =
        taking->ports->lookup == NULL
            ? FL_NOT_FOUND
            : taking->ports->lookup(
                  taking->ports->context, key, taking->arena, out_object);
    if (status == FL_NOT_FOUND) {
        *out_object = (struct fl_object){.field_count = 0};
        status = FL_OK;
    }
    if (status != FL_OK) {
        return fl_error_set(
            taking->out_error, status, "the object as it stands here cannot be read");
    }
    out_object->key = key;
    out_object->deleted = false;
    struct fl_section *sections =
        fl_arena_array(taking->arena, rule->type->section_count + 1, sizeof *sections);
    if (sections == NULL) {
        return no_room(taking);
    }
    if (out_object->section_count > 0) {
        memcpy(
            sections, out_object->sections, out_object->section_count * sizeof *sections);
    }
    out_object->sections = sections;
    size_t count = out_object->field_count;
    struct fl_field *items = fl_arena_array(taking->arena, count + 1, sizeof *items);
    if (items == NULL) {
        return no_room(taking);
    }
    if (count > 0) {
        memcpy(items, out_object->fields, count * sizeof *items);
    }
    *out_fields = (struct fields){.count = count, .capacity = count + 1, .items = items};
    return FL_OK;
}

/* What stays is as it is here, whatever another element, or its absence, has made of it.
 */
static enum fl_status leave_what_stays(
    struct taking *taking,
    const struct fl_conversion_properties *properties,
    struct fl_element *root,
    const struct fl_object *here,
    struct fields *fields)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < properties->count && status == FL_OK; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        const struct fl_element *element =
            is_taken(taking, property) ? fl_element_at(root, property->path) : NULL;
        if (element == NULL || !element->stays) {
            continue;
        }
        const struct fl_attribute *attribute = property->place.attribute;
        const struct fl_value *value = fl_object_field(here, attribute->number);
        status =
            set(taking, fields, attribute->number,
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
    struct taking taking = {
        .conversion = conversion,
        .version = version,
        .ports = ports,
        .arena = arena,
        .out_error = out_error};
    const struct fl_conversion_rule *rule = find_rule(&taking, root);
    struct fields fields;
    struct fl_uuid ours;
    *out_rule = rule;
    if (rule == NULL) {
        return FL_OK;
    }
    struct fl_element *key =
        conversion->key[0] == '\0' ? root : fl_element_child(root, conversion->key);
    if (key == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED, "line %llu: <%s> has no <%s>",
            (unsigned long long)root->line, root->name, conversion->key);
    }
    enum fl_status status = match(&taking, rule, key, /* is_main= */ true, &ours);
    if (status == FL_OK) {
        status = begin_object(&taking, rule, ours, out_object, &fields);
    }
    if (status == FL_OK) {
        status = set_conditions(&taking, &rule->conditions, &fields);
    }
    if (status == FL_OK) {
        status = take_properties(&taking, &rule->key, key, &fields);
    }
    if (status == FL_OK) {
        status = take_properties(&taking, &rule->properties, root, &fields);
    }
    if (status == FL_OK && root->stays) {
        status = leave_what_stays(&taking, &rule->key, key, out_object, &fields);
    }
    if (status == FL_OK && root->stays) {
        status = leave_what_stays(&taking, &rule->properties, root, out_object, &fields);
    }
    if (status == FL_OK) {
        status = take_tables(&taking, rule, root, out_object);
    }
    if (status != FL_OK) {
        return status;
    }
    out_object->field_count = fields.count;
    out_object->fields = fields.items;
    return fl_object_normalise(rule->type, out_object, out_error);
}
