#include "kd2_records.h"

#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "kd2_sets.h"
#include "proto/limits.h"
#include "proto/record.h"

enum { WAITING_BYTES = 4 << 20, WAITING_MAX = 32768 };

struct entry {
    struct fl_key key; /* of the set */
    const struct fl_conversion_rule *rule;
    size_t index; /* in the order of the file */
    size_t offset;
    size_t size;
    bool leaves;
};

static size_t count_of(const struct fl_kd2_records *records)
{
    return records->entries.size / sizeof(struct entry);
}

void fl_kd2_records_deinit(struct fl_kd2_records *records)
{
    if (records->is_begun) {
        fl_buffer_deinit(&records->bytes);
        fl_buffer_deinit(&records->entries);
        fl_arena_deinit(&records->arena);
    }
}

bool fl_kd2_records_has(const struct fl_type *type)
{
    bool has = false;
    for (size_t i = 0; i < type->attribute_count; i++) {
        has = has || fl_kd2_sets_is_own(&type->attributes[i]);
    }
    return has && fl_kind_is_register(type->kind) && !type->by_recorder;
}

enum fl_status fl_kd2_records_keep(
    struct fl_kd2_records *records,
    const struct fl_conversion_rule *rule,
    const struct fl_object *set,
    bool leaves,
    struct fl_error *out_error)
{
    if (!records->is_begun) {
        fl_buffer_init(&records->bytes, SIZE_MAX);
        fl_buffer_init(&records->entries, SIZE_MAX);
        fl_arena_init(&records->arena, 2 * (size_t)FL_OBJECT_ARENA_BYTES_MAX);
        records->is_begun = true;
    }
    struct entry entry = {
        .key = set->key,
        .rule = rule,
        .index = count_of(records),
        .offset = records->bytes.size,
        .leaves = leaves};
    enum fl_status status = fl_record_encode(set, &records->bytes);
    entry.size = records->bytes.size - entry.offset;
    fl_buffer_put_memory(&records->entries, &entry, sizeof entry);
    status = status == FL_OK ? fl_buffer_status(&records->entries) : status;
    return status == FL_OK ? FL_OK : fl_error_set(out_error, status, "not enough memory");
}

static bool is_record(const struct fl_kd2_item *item)
{
    return item->kind == FL_KD2_OBJECT &&
           (fl_bytes_begin_with(item->type, "РегистрСведенийЗапись.") ||
            fl_bytes_begin_with(item->type, "InformationRegisterRecord."));
}

bool fl_kd2_records_is_due(
    const struct fl_kd2_records *records,
    const struct fl_kd2_item *item)
{
    return count_of(records) > 0 &&
           (item == NULL || !is_record(item) || records->bytes.size >= WAITING_BYTES ||
            count_of(records) >= WAITING_MAX);
}

/* --- a set --- */

/* Rows by their period and dimensions: places in `slots`, from 1; 0 is free. */
struct set {
    const struct fl_type *type;
    struct fl_arena *arena;
    struct fl_value *values; /* of the one that is looked for */
    size_t slot_count;       /* a power of two */
    uint32_t *slots;
    size_t row_count;
    struct fl_row *rows;
};

static struct fl_value own_value(const struct fl_row *row, uint32_t number)
{
    const struct fl_value *value = fl_row_field(row, number);
    return value == NULL ? (struct fl_value){.kind = FL_VALUE_UNDEFINED} : *value;
}

static bool is_same(const struct set *set, const struct fl_row *a, const struct fl_row *b)
{
    for (size_t i = 0; i < set->type->attribute_count; i++) {
        const struct fl_attribute *attribute = &set->type->attributes[i];
        struct fl_value first = own_value(a, attribute->number);
        struct fl_value second = own_value(b, attribute->number);
        if (fl_kd2_sets_is_own(attribute) && !fl_value_equal(&first, &second)) {
            return false;
        }
    }
    return true;
}

/* The place of the row that is the same record, or a free one. */
static uint32_t *slot_of(const struct set *set, const struct fl_row *row)
{
    size_t count = 0;
    for (size_t i = 0; i < set->type->attribute_count; i++) {
        const struct fl_attribute *attribute = &set->type->attributes[i];
        if (fl_kd2_sets_is_own(attribute)) {
            set->values[count++] = own_value(row, attribute->number);
        }
    }
    size_t at = (size_t)fl_lookup_hash(set->values, count) & (set->slot_count - 1);
    while (set->slots[at] != 0 && !is_same(set, &set->rows[set->slots[at] - 1], row)) {
        at = (at + 1) & (set->slot_count - 1);
    }
    return &set->slots[at];
}

static void append(struct set *set, uint32_t *slot, struct fl_row row)
{
    set->rows[set->row_count++] = row;
    if (*slot == 0) {
        *slot = (uint32_t)set->row_count;
    }
}

static bool open_set(struct set *set, const struct fl_section *old, size_t added)
{
    size_t count = old == NULL ? 0 : old->row_count;
    set->slot_count = 16;
    while (set->slot_count < 2 * (count + added)) {
        set->slot_count *= 2;
    }
    set->slots = fl_arena_array(set->arena, set->slot_count, sizeof *set->slots);
    set->rows = fl_arena_array(set->arena, count + added, sizeof *set->rows);
    set->values =
        fl_arena_array(set->arena, set->type->attribute_count, sizeof *set->values);
    if (set->slots == NULL || set->rows == NULL || set->values == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        append(set, slot_of(set, &old->rows[i]), old->rows[i]);
    }
    return true;
}

static bool reads(const struct fl_conversion_rule *rule, uint32_t attribute)
{
    const struct fl_section_type *section = NULL;
    const char *path = "";
    for (size_t i = 0;; i++) {
        (void)fl_conversion_rule_table_options(rule, i, &section, &path);
        if (section == NULL || fl_conversion_rule_table_has(rule, i, attribute)) {
            return section != NULL;
        }
    }
}

/* What the mapping does not read stays as it was. */
static enum fl_status replace(
    const struct set *set,
    const struct fl_conversion_rule *rule,
    struct fl_row *row,
    const struct fl_row *came)
{
    size_t count = came->field_count;
    struct fl_field *fields =
        fl_arena_array(set->arena, count + row->field_count + 1, sizeof *fields);
    if (fields == NULL) {
        return fl_arena_failure(set->arena, sizeof *fields);
    }
    if (count > 0) {
        memcpy(fields, came->fields, count * sizeof *fields);
    }
    for (size_t i = 0; i < row->field_count; i++) {
        if (!reads(rule, row->fields[i].number) &&
            fl_row_field(came, row->fields[i].number) == NULL) {
            fields[count++] = row->fields[i];
        }
    }
    *row = (struct fl_row){.field_count = count, .fields = fields};
    return FL_OK;
}

static enum fl_status take_entry(
    struct fl_kd2_records *records,
    const struct entry *entry,
    struct set *set,
    struct fl_object *out_one)
{
    const struct fl_bytes record = {records->bytes.data + entry->offset, entry->size};
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, record, &records->arena, out_one);
    const struct fl_section *section =
        status == FL_OK ? fl_object_section(out_one, FL_SECTION_RECORDS) : NULL;
    if (section == NULL || section->row_count == 0) {
        return status;
    }
    uint32_t *slot = slot_of(set, &section->rows[0]);
    if (*slot == 0) {
        append(set, slot, section->rows[0]);
    } else if (!entry->leaves) {
        status = replace(set, entry->rule, &set->rows[*slot - 1], &section->rows[0]);
    }
    return status;
}

/* `count` entries of one set. */
static enum fl_status make_set(
    struct fl_kd2_records *records,
    const struct fl_kd2_finding *finding,
    const struct entry *entries,
    size_t count,
    struct fl_object *out_set,
    struct fl_error *out_error)
{
    struct set set = {
        .type = fl_conversion_rule_type(entries[0].rule), .arena = &records->arena};
    struct fl_object here = {.section_count = 0};
    enum fl_status status = fl_change_current(
        finding->txn, entries[0].key, &records->arena, &here, NULL, out_error);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    const struct fl_section *old = fl_object_section(&here, FL_SECTION_RECORDS);
    struct fl_section *section = fl_arena_alloc(&records->arena, sizeof *section);
    status = section != NULL && open_set(&set, old, count)
                 ? FL_OK
                 : fl_arena_failure(&records->arena, sizeof *section);
    for (size_t i = 0; i < count && status == FL_OK; i++) {
        status = take_entry(records, &entries[i], &set, out_set);
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the object is larger than the limit");
    }
    *section = (struct fl_section){
        .number = FL_SECTION_RECORDS, .row_count = set.row_count, .rows = set.rows};
    out_set->sections = section;
    out_set->section_count = 1;
    return fl_object_normalise(set.type, out_set, out_error);
}

/* --- all of them --- */

static int compare(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    uint8_t first[FL_KEY_BYTES];
    uint8_t second[FL_KEY_BYTES];
    fl_key_encode(a->key, first);
    fl_key_encode(b->key, second);
    int order = memcmp(first, second, sizeof first);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

enum fl_status fl_kd2_records_next(
    struct fl_kd2_records *records,
    const struct fl_kd2_finding *finding,
    struct fl_object *out_set,
    bool *out_has,
    struct fl_error *out_error)
{
    struct entry *entries = (struct entry *)(void *)records->entries.data;
    size_t count = count_of(records);
    *out_has = records->at < count;
    if (!*out_has) {
        fl_buffer_clear(&records->bytes);
        fl_buffer_clear(&records->entries);
        records->at = 0;
        return FL_OK;
    }
    if (records->at == 0) {
        qsort(entries, count, sizeof *entries, compare);
    }
    const size_t first = records->at;
    while (records->at < count &&
           fl_key_equal(entries[records->at].key, entries[first].key)) {
        records->at++;
    }
    fl_arena_reset(&records->arena);
    return make_set(
        records, finding, entries + first, records->at - first, out_set, out_error);
}
