#include "kd2_sets.h"

#include <stdlib.h>
#include <string.h>

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
