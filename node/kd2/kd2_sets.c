#include "kd2_sets.h"

#include <stdlib.h>
#include <string.h>

#include "change/change.h"

bool fl_kd2_sets_is_own(const struct fl_attribute *attribute)
{
    return !attribute->in_filter &&
           (attribute->role == FL_ROLE_DIMENSION || attribute->role == FL_ROLE_PERIOD);
}

/* --- a filter that says more --- */

struct narrowing {
    struct fl_kd2_finding *finding;
    const struct fl_type *type;
    struct fl_row filter;
    size_t count; /* of attributes by which sets are not kept, and the filter says */
    struct fl_error *out_error;
};

static enum fl_status no_room(const struct narrowing *narrowing)
{
    return fl_error_set(
        narrowing->out_error, fl_arena_failure(narrowing->finding->arena, 1),
        "the object is larger than the limit");
}

static bool says(const struct narrowing *narrowing, const struct fl_attribute *attribute)
{
    return fl_kd2_sets_is_own(attribute) &&
           fl_row_field(&narrowing->filter, attribute->number) != NULL;
}

static bool means(const struct narrowing *narrowing, const struct fl_row *row)
{
    for (size_t i = 0; i < narrowing->type->attribute_count; i++) {
        const struct fl_attribute *attribute = &narrowing->type->attributes[i];
        if (!says(narrowing, attribute)) {
            continue;
        }
        const struct fl_value *wanted =
            fl_row_field(&narrowing->filter, attribute->number);
        const struct fl_value *value = fl_row_field(row, attribute->number);
        if (value == NULL || !fl_value_equal(wanted, value)) {
            return false;
        }
    }
    return true;
}

/* A record that leaves out what the filter says has it all the same. */
static enum fl_status fill(const struct narrowing *narrowing, struct fl_row *row)
{
    struct fl_field *fields = fl_arena_array(
        narrowing->finding->arena, row->field_count + narrowing->count + 1,
        sizeof *fields);
    if (fields == NULL) {
        return no_room(narrowing);
    }
    if (row->field_count > 0) {
        memcpy(fields, row->fields, row->field_count * sizeof *fields);
    }
    size_t count = row->field_count;
    for (size_t i = 0; i < narrowing->type->attribute_count; i++) {
        const struct fl_attribute *attribute = &narrowing->type->attributes[i];
        const struct fl_value *value =
            says(narrowing, attribute)
                ? fl_row_field(&narrowing->filter, attribute->number)
                : NULL;
        if (value != NULL && fl_row_field(row, attribute->number) == NULL) {
            fields[count++] =
                (struct fl_field){.number = attribute->number, .value = *value};
        }
    }
    *row = (struct fl_row){.field_count = count, .fields = fields};
    return FL_OK;
}

/* The new records stand where the first that they replace stood. */
static enum fl_status replace(
    const struct narrowing *narrowing,
    const struct fl_section *old,
    struct fl_section *section)
{
    const struct fl_section came = *section;
    size_t count = 0;
    bool is_put = came.row_count == 0;
    struct fl_row *rows = fl_arena_array(
        narrowing->finding->arena, old->row_count + came.row_count + 1, sizeof *rows);
    if (rows == NULL) {
        return no_room(narrowing);
    }
    for (size_t i = 0; i <= old->row_count; i++) {
        bool is_end = i == old->row_count;
        bool is_meant = !is_end && means(narrowing, &old->rows[i]);
        if ((is_meant || is_end) && !is_put) {
            memcpy(rows + count, came.rows, came.row_count * sizeof *rows);
            count += came.row_count;
            is_put = true;
        }
        if (!is_end && !is_meant) {
            rows[count++] = old->rows[i];
        }
    }
    section->rows = rows;
    section->row_count = count;
    return FL_OK;
}

static bool has_meant(const struct narrowing *narrowing, const struct fl_section *old)
{
    for (size_t i = 0; old != NULL && i < old->row_count; i++) {
        if (means(narrowing, &old->rows[i])) {
            return true;
        }
    }
    return false;
}

/* One that the object has, with room for more; NULL without room. */
static struct fl_section *records_of(
    const struct narrowing *narrowing,
    struct fl_object *object)
{
    if (object->section_count == 0) {
        object->sections =
            fl_arena_alloc(narrowing->finding->arena, sizeof *object->sections);
        if (object->sections == NULL) {
            return NULL;
        }
        object->sections[0] = (struct fl_section){.number = FL_SECTION_RECORDS};
        object->section_count = 1;
    }
    return &object->sections[0];
}

static enum fl_status narrow(
    const struct narrowing *narrowing,
    bool leaves,
    struct fl_object *object)
{
    struct fl_object here = {.section_count = 0};
    enum fl_status status = fl_change_current(
        narrowing->finding->txn, object->key, narrowing->finding->arena, &here, NULL,
        narrowing->out_error);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    const struct fl_section *old = fl_object_section(&here, FL_SECTION_RECORDS);
    if (leaves && has_meant(narrowing, old)) {
        return FL_NOT_FOUND;
    }
    struct fl_section *section = records_of(narrowing, object);
    if (section == NULL) {
        return no_room(narrowing);
    }
    status = FL_OK;
    for (size_t i = 0; i < section->row_count && status == FL_OK; i++) {
        status = fill(narrowing, &section->rows[i]);
    }
    if (status == FL_OK && old != NULL && narrowing->count > 0) {
        status = replace(narrowing, old, section);
    }
    return status == FL_OK
               ? fl_object_normalise(narrowing->type, object, narrowing->out_error)
               : status;
}

enum fl_status fl_kd2_sets_narrow(
    struct fl_kd2_finding *finding,
    const struct fl_conversion_rule *rule,
    struct fl_object *object,
    struct fl_error *out_error)
{
    struct narrowing narrowing = {
        .finding = finding,
        .type = fl_conversion_rule_type(rule),
        .out_error = out_error};
    struct fl_section *section = object->section_count > 0 ? &object->sections[0] : NULL;
    bool is_set = finding->item->kind == FL_KD2_RECORD_SET;
    if (section != NULL && section->row_count > 0) {
        narrowing.filter = section->rows[section->row_count - 1];
        section->row_count -= is_set && finding->item->filter.first != NULL;
    }
    for (size_t i = 0; i < narrowing.type->attribute_count; i++) {
        narrowing.count += says(&narrowing, &narrowing.type->attributes[i]);
    }
    bool leaves = !is_set && fl_kd2_found_leaves(finding->item, rule);
    if (narrowing.type->by_recorder || (narrowing.count == 0 && !leaves)) {
        return fl_object_normalise(narrowing.type, object, out_error);
    }
    return narrow(&narrowing, leaves, object);
}

/* --- a filter that says less --- */

struct keyed {
    struct fl_uuid id; /* of the set that the record is of */
    size_t index;
};

static int compare(const void *left, const void *right)
{
    const struct keyed *a = left;
    const struct keyed *b = right;
    int order = memcmp(&a->id, &b->id, sizeof a->id);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* The file's filter, and what it lacks by the record. */
static enum fl_status complete(
    struct fl_arena *arena,
    const struct fl_type *type,
    const struct fl_object *given,
    const struct fl_row *row,
    struct fl_object *out_set,
    struct fl_error *out_error)
{
    struct fl_field *fields =
        fl_arena_array(arena, type->attribute_count + 1, sizeof *fields);
    size_t count = 0;
    if (fields == NULL) {
        return fl_error_set(
            out_error, fl_arena_failure(arena, sizeof *fields),
            "the object is larger than the limit");
    }
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        const struct fl_value *value =
            attribute->in_filter ? fl_object_field(given, attribute->number) : NULL;
        if (value == NULL && attribute->in_filter) {
            value = fl_row_field(row, attribute->number);
        }
        if (value != NULL) {
            fields[count++] =
                (struct fl_field){.number = attribute->number, .value = *value};
        }
    }
    *out_set = (struct fl_object){
        .key = {.type = type->number}, .field_count = count, .fields = fields};
    return fl_object_normalise(type, out_set, out_error);
}

/* One that has no value; an empty one that the file names is not missing. */
static const struct fl_attribute *missing_of(
    const struct fl_kd2_item *item,
    const struct fl_type *type,
    const struct fl_object *object)
{
    const struct fl_attribute *missing = NULL;
    size_t count = 0;
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        count += attribute->in_filter;
        if (attribute->in_filter && missing == NULL &&
            fl_object_field(object, attribute->number) == NULL) {
            missing = attribute;
        }
    }
    return item->kind == FL_KD2_RECORD_SET && item->filter.count < count ? missing : NULL;
}

/* The records of one set, in the order of the file. */
static enum fl_status make_set(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    const struct fl_object *given,
    const struct keyed *keys,
    size_t count,
    struct fl_object *out_set,
    struct fl_error *out_error)
{
    const struct fl_section *all = &given->sections[0];
    struct fl_section *section = fl_arena_alloc(finding->arena, sizeof *section);
    struct fl_row *rows = fl_arena_array(finding->arena, count, sizeof *rows);
    if (section == NULL || rows == NULL) {
        return fl_error_set(
            out_error, fl_arena_failure(finding->arena, sizeof *rows),
            "the object is larger than the limit");
    }
    enum fl_status status = complete(
        finding->arena, type, given, &all->rows[keys[0].index], out_set, out_error);
    for (size_t i = 0; i < count; i++) {
        rows[i] = all->rows[keys[i].index];
    }
    *section =
        (struct fl_section){.number = all->number, .row_count = count, .rows = rows};
    out_set->sections = section;
    out_set->section_count = 1;
    return status == FL_OK ? fl_object_normalise(type, out_set, out_error) : status;
}

static enum fl_status put_aside(
    struct fl_kd2_finding *finding,
    const struct fl_object *set,
    struct fl_kd2_created ***end,
    struct fl_error *out_error)
{
    struct fl_kd2_created *made = fl_arena_alloc(finding->arena, sizeof *made);
    if (made == NULL) {
        return fl_error_set(
            out_error, fl_arena_failure(finding->arena, sizeof *made),
            "the object is larger than the limit");
    }
    made->object = *set;
    **end = made;
    *end = &made->next;
    return FL_OK;
}

static enum fl_status part(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_object given = *object;
    const struct fl_section *all = &given.sections[0];
    struct keyed *keys = fl_arena_array(finding->arena, all->row_count, sizeof *keys);
    enum fl_status status = FL_OK;
    if (keys == NULL) {
        return fl_error_set(
            out_error, fl_arena_failure(finding->arena, sizeof *keys),
            "the object is larger than the limit");
    }
    for (size_t i = 0; i < all->row_count && status == FL_OK; i++) {
        struct fl_object set = {.field_count = 0};
        status = complete(finding->arena, type, &given, &all->rows[i], &set, out_error);
        keys[i] = (struct keyed){.id = set.key.id, .index = i};
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_kd2_created **end = &finding->created;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    qsort(keys, all->row_count, sizeof *keys, compare);
    for (size_t at = 0; at < all->row_count && status == FL_OK;) {
        size_t next = at + 1;
        while (next < all->row_count && fl_uuid_equal(keys[next].id, keys[at].id)) {
            next++;
        }
        if (at > 0) {
            status = put_aside(finding, object, &end, out_error);
        }
        if (status == FL_OK) {
            status =
                make_set(finding, type, &given, &keys[at], next - at, object, out_error);
        }
        at = next;
    }
    return status;
}

enum fl_status fl_kd2_sets_part(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    struct fl_object *object,
    const struct fl_attribute **out_missing,
    struct fl_error *out_error)
{
    const struct fl_attribute *missing =
        type->by_recorder ? NULL : missing_of(finding->item, type, object);
    bool has_records = object->section_count == 1 && object->sections[0].row_count > 0;
    enum fl_status status =
        missing != NULL && has_records ? part(finding, type, object, out_error) : FL_OK;
    if (status == FL_OK) {
        *out_missing = missing;
    }
    return status;
}
