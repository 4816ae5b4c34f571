#include "site/site_slice.h"

#include <stdlib.h>
#include <string.h>

#include "proto/record.h"
#include "walk.h"

struct fl_site_building {
    struct fl_site_slice *slice;
    struct fl_node *node;
    const struct fl_site_part *part;
    const struct fl_attribute *other;
    const struct fl_attribute *period;
    const struct fl_attribute *record_type;
    const struct fl_attribute *active;
    const struct fl_attribute *resource;
    struct fl_walk walk;
    struct fl_arena arena;
};

const struct fl_attribute *fl_site_other(const struct fl_site_part *part)
{
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        const struct fl_attribute *attribute = part->mapping->columns[i].attribute;
        if (attribute != NULL && attribute->role == FL_ROLE_DIMENSION &&
            attribute != part->goods && attribute->type.ref_count == 1) {
            return attribute;
        }
    }
    return NULL;
}

static const struct fl_attribute *mapped_resource(const struct fl_site_part *part)
{
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        const struct fl_attribute *attribute = part->mapping->columns[i].attribute;
        if (attribute != NULL && attribute->role == FL_ROLE_RESOURCE) {
            return attribute;
        }
    }
    return NULL;
}

static const struct fl_value *value_of(
    const struct fl_row *row,
    const struct fl_object *object,
    const struct fl_attribute *attribute)
{
    for (size_t i = 0; attribute != NULL && i < row->field_count; i++) {
        if (row->fields[i].number == attribute->number) {
            return &row->fields[i].value;
        }
    }
    return attribute == NULL ? NULL : fl_object_field(object, attribute->number);
}

/* In units; amounts beyond 64 bits do not happen, and are nothing. */
static int64_t units_of(const struct fl_value *value)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX + 1];
    if (value == NULL || value->kind != FL_VALUE_NUMBER) {
        return 0;
    }
    struct fl_decimal rounded = fl_commerceml_round(value->number, 4);
    text[fl_decimal_format(rounded, text)] = '\0';
    char *point = strchr(text, '.');
    const char *from = text[0] == '-' ? text + 1 : text;
    if ((point == NULL ? strlen(from) : (size_t)(point - from)) > 13) {
        return 0;
    }
    int64_t units = (int64_t)strtoll(from, NULL, 10) * FL_SITE_AMOUNT_UNITS;
    int64_t scale = FL_SITE_AMOUNT_UNITS / 10;
    for (const char *at = point == NULL ? "" : point + 1; *at != '\0'; at++) {
        units += (*at - '0') * scale;
        scale /= 10;
    }
    return text[0] == '-' ? -units : units;
}

static bool is_expense(const struct fl_value *value)
{
    const struct fl_bytes expense = fl_bytes_of_text("Expense");
    return value != NULL && value->kind == FL_VALUE_STRING &&
           fl_bytes_equal(value->bytes, expense);
}

/* Of one product and store: the last one stays, or the sum. */
static void fold(struct fl_site_slice *slice, bool balance)
{
    size_t kept = 0;
    for (size_t i = 0; i < slice->count; i++) {
        struct fl_site_record *record = &slice->records[i];
        struct fl_site_record *last = kept == 0 ? NULL : &slice->records[kept - 1];
        if (last != NULL && fl_uuid_equal(last->goods, record->goods) &&
            fl_uuid_equal(last->other, record->other)) {
            const int64_t sum = last->amount + record->amount;
            *last = *record;
            last->amount = balance ? sum : record->amount;
        } else {
            slice->records[kept++] = *record;
        }
    }
    slice->count = kept;
}

static void sort(struct fl_site_slice *slice)
{
    if (slice->count > 0) {
        qsort(
            slice->records, slice->count, sizeof *slice->records, fl_site_record_compare);
        fold(slice, slice->part->balance);
    }
}

static enum fl_status spill(
    const struct fl_site_building *building,
    struct fl_error *out_error)
{
    struct fl_site_slice *slice = building->slice;
    enum fl_status status = fl_site_runs_put(
        &slice->runs, building->node, slice->records, slice->count, out_error);
    slice->count = 0;
    return status;
}

/* More memory, or less in it, or the file. */
static enum fl_status make_room(
    const struct fl_site_building *building,
    struct fl_error *out_error)
{
    struct fl_site_slice *slice = building->slice;
    if (slice->count < slice->capacity) {
        return FL_OK;
    }
    if (slice->in_order && slice->capacity == FL_SITE_RECORDS_MAX) {
        sort(slice);
        return slice->count < FL_SITE_RECORDS_MAX / 2 ? FL_OK
                                                      : spill(building, out_error);
    }
    if (slice->capacity == FL_SITE_RECORDS_AT_HAND_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "%s.%s has more than %d records, which is too much",
            fl_kind_name(slice->part->type->kind), slice->part->type->name,
            FL_SITE_RECORDS_AT_HAND_MAX);
    }
    const size_t capacity = slice->capacity == 0 ? 256 : slice->capacity * 2;
    struct fl_site_record *records =
        fl_realloc(slice->records, capacity * sizeof *records);
    if (records == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    slice->records = records;
    slice->capacity = capacity;
    return FL_OK;
}

static bool is_wanted(const struct fl_site_slice *slice, const struct fl_value *goods)
{
    return goods != NULL && goods->kind == FL_VALUE_REF &&
           (slice->only == NULL ||
            fl_site_keys_have(slice->only, goods->type, goods->uuid));
}

static enum fl_status add(
    struct fl_site_building *building,
    const struct fl_object *object,
    const struct fl_row *row,
    uint32_t index,
    struct fl_error *out_error)
{
    const struct fl_value *goods = value_of(row, object, building->part->goods);
    const struct fl_value *other = value_of(row, object, building->other);
    const struct fl_value *period = value_of(row, object, building->period);
    const struct fl_value *active = value_of(row, object, building->active);
    if (!is_wanted(building->slice, goods) ||
        (building->part->balance && active != NULL && !active->boolean)) {
        return FL_OK;
    }
    const enum fl_status status = make_room(building, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_site_record *record = &building->slice->records[building->slice->count++];
    *record = (struct fl_site_record){
        .goods = goods->uuid, .set = object->key.id, .row = index};
    if (other != NULL && other->kind == FL_VALUE_REF) {
        record->other = other->uuid;
    }
    record->period = period != NULL && period->kind == FL_VALUE_DATE ? period->date : 0;
    record->amount = units_of(value_of(row, object, building->resource));
    if (is_expense(value_of(row, object, building->record_type))) {
        record->amount = -record->amount;
    }
    return FL_OK;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_site_building *building = context;
    struct fl_object object;
    (void)txn;
    (void)out_stop;
    fl_arena_reset(&building->arena);
    if (fl_record_decode(
            entry->key, /* deleted= */ false, entry->record, &building->arena, &object) !=
        FL_OK) {
        return FL_OK; /* `filial check` speaks of it */
    }
    const struct fl_section *rows = fl_object_section(&object, FL_SECTION_RECORDS);
    enum fl_status status = FL_OK;
    for (size_t i = 0; rows != NULL && i < rows->row_count && status == FL_OK; i++) {
        status = add(building, &object, &rows->rows[i], (uint32_t)i, out_error);
    }
    return status;
}

enum fl_status fl_site_slice_begin(
    struct fl_site_slice *slice,
    struct fl_node *node,
    const struct fl_site_part *part,
    const struct fl_site_keys *only,
    bool in_order,
    struct fl_error *out_error)
{
    struct fl_site_building *building = fl_alloc(sizeof *building);
    *slice = (struct fl_site_slice){
        .part = part, .only = only, .in_order = in_order, .building = building};
    if (building == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *building = (struct fl_site_building){
        .slice = slice,
        .node = node,
        .part = part,
        .other = fl_site_other(part),
        .period = fl_type_role(part->type, FL_ROLE_PERIOD),
        .record_type = fl_type_role(part->type, FL_ROLE_RECORD_TYPE),
        .active = fl_type_role(part->type, FL_ROLE_ACTIVE),
        .resource = mapped_resource(part),
        .walk = {.store = node->store, .type = part->type->number}};
    fl_arena_init(&building->arena, FL_OBJECT_ARENA_BYTES_MAX);
    return FL_OK;
}

static void end_building(struct fl_site_slice *slice)
{
    if (slice->building != NULL) {
        fl_arena_deinit(&slice->building->arena);
        fl_free(slice->building);
        slice->building = NULL;
    }
}

enum fl_status fl_site_slice_build(
    struct fl_site_slice *slice,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_site_building *building = slice->building;
    enum fl_status status = FL_OK;
    while (status == FL_OK && !building->walk.done) {
        status = fl_walk_some(&building->walk, share, visit, building, out_error);
        if (fl_share_is_over(share)) {
            return status;
        }
    }
    if (status != FL_OK) {
        return status;
    }
    sort(slice);
    if (slice->runs != NULL) {
        status = spill(building, out_error);
        status = status == FL_OK ? fl_site_runs_begin(slice->runs, out_error) : status;
    }
    end_building(slice);
    *out_done = status == FL_OK;
    return status;
}

void fl_site_slice_deinit(struct fl_site_slice *slice)
{
    end_building(slice);
    fl_site_runs_free(slice->runs);
    fl_free(slice->records);
    *slice = (struct fl_site_slice){.count = 0};
}

static size_t first_of(const struct fl_site_slice *slice, struct fl_uuid goods)
{
    size_t low = 0;
    size_t high = slice->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (fl_uuid_compare(slice->records[middle].goods, goods) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Those of one product from `first` on. */
static void give(
    struct fl_site_slice *slice,
    size_t first,
    const struct fl_site_record **out_records,
    size_t *out_count)
{
    size_t next = first;
    while (next < slice->count &&
           fl_uuid_equal(slice->records[next].goods, slice->records[first].goods)) {
        next++;
    }
    slice->next = next;
    *out_count = next - first;
    *out_records = next == first ? NULL : &slice->records[first];
}

static enum fl_status collect(
    struct fl_site_slice *slice,
    struct fl_uuid goods,
    const struct fl_site_record **out_records,
    size_t *out_count,
    struct fl_error *out_error)
{
    enum fl_status status = fl_site_runs_collect(
        slice->runs, goods, slice->records, slice->capacity, &slice->count, out_error);
    if (status == FL_OK) {
        fold(slice, slice->part->balance);
        give(slice, 0, out_records, out_count);
    }
    return status;
}

enum fl_status fl_site_slice_find(
    struct fl_site_slice *slice,
    struct fl_uuid goods,
    const struct fl_site_record **out_records,
    size_t *out_count,
    struct fl_error *out_error)
{
    if (slice->runs != NULL) {
        return collect(slice, goods, out_records, out_count, out_error);
    }
    give(slice, first_of(slice, goods), out_records, out_count);
    if (*out_count > 0 && !fl_uuid_equal((*out_records)[0].goods, goods)) {
        *out_records = NULL;
        *out_count = 0;
    }
    return FL_OK;
}

enum fl_status fl_site_slice_first(
    struct fl_site_slice *slice,
    const struct fl_site_record **out_records,
    size_t *out_count,
    struct fl_error *out_error)
{
    slice->next = 0;
    enum fl_status status =
        slice->runs == NULL ? FL_OK : fl_site_runs_begin(slice->runs, out_error);
    return status == FL_OK ? fl_site_slice_next(slice, out_records, out_count, out_error)
                           : status;
}

enum fl_status fl_site_slice_next(
    struct fl_site_slice *slice,
    const struct fl_site_record **out_records,
    size_t *out_count,
    struct fl_error *out_error)
{
    struct fl_uuid goods;
    if (slice->runs == NULL) {
        give(slice, slice->next, out_records, out_count);
        return FL_OK;
    }
    *out_records = NULL;
    *out_count = 0;
    return fl_site_runs_next(slice->runs, &goods)
               ? collect(slice, goods, out_records, out_count, out_error)
               : FL_OK;
}
