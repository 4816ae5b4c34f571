/*
 * Prices and stock as records of registers.
 */

#include <string.h>

#include "change/change.h"
#include "proto/record.h"
#include "site/site_incoming.h"

static const struct fl_value *field_of(
    const struct fl_row *row,
    const struct fl_attribute *attribute)
{
    return attribute == NULL ? NULL : fl_row_field(row, attribute->number);
}

/* Are the resources of the record those of `old` already? Then there is no news. */
static bool has_resources(
    const struct fl_type *type,
    const struct fl_row *old,
    const struct fl_row *row)
{
    for (size_t i = 0; i < row->field_count; i++) {
        const struct fl_attribute *attribute =
            fl_type_attribute(type, row->fields[i].number);
        const struct fl_value *was = field_of(old, attribute);
        const struct fl_value empty = fl_value_empty(&attribute->type);
        if (attribute->role == FL_ROLE_RESOURCE &&
            !fl_value_equal(was == NULL ? &empty : was, &row->fields[i].value)) {
            return false;
        }
    }
    return true;
}

/* Of the same dimensions, as far as they are not the set's own; of the same moment too.
 */
static bool is_same_place(
    const struct fl_type *type,
    const struct fl_row *a,
    const struct fl_row *b,
    bool with_period)
{
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        const struct fl_value empty = fl_value_empty(&attribute->type);
        const struct fl_value *left = field_of(a, attribute);
        const struct fl_value *right = field_of(b, attribute);
        if ((attribute->role == FL_ROLE_DIMENSION ||
             (with_period && attribute->role == FL_ROLE_PERIOD)) &&
            !attribute->in_filter &&
            !fl_value_equal(
                left == NULL ? &empty : left, right == NULL ? &empty : right)) {
            return false;
        }
    }
    return true;
}

/* --- the latest record of these goods --- */

static bool is_latest_of_set(
    const struct fl_type *type,
    const struct fl_section *records,
    const struct fl_row *row)
{
    const struct fl_attribute *period = fl_type_role(type, FL_ROLE_PERIOD);
    const struct fl_row *latest = NULL;
    int64_t latest_date = 0;
    for (size_t i = 0; records != NULL && i < records->row_count; i++) {
        const struct fl_row *old = &records->rows[i];
        const struct fl_value *date = field_of(old, period);
        const int64_t at = date == NULL ? 0 : date->date;
        if (is_same_place(type, old, row, /* with_period= */ false) &&
            (latest == NULL || at >= latest_date)) {
            latest = old;
            latest_date = at;
        }
    }
    return latest != NULL && has_resources(type, latest, row);
}

static enum fl_status is_latest_of_slice(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_row *row,
    bool *out_known,
    struct fl_error *out_error)
{
    const struct fl_value *goods = field_of(row, part->goods);
    const struct fl_value *other = field_of(row, fl_site_other(part));
    const struct fl_site_record *record = NULL;
    size_t count = 0;
    struct fl_object object;
    *out_known = false;
    enum fl_status status =
        goods == NULL
            ? FL_OK
            : fl_site_slice_find(&state->slice, goods->uuid, &record, &count, out_error);
    while (count > 0 && other != NULL && !fl_uuid_equal(record->other, other->uuid)) {
        record++;
        count--;
    }
    if (status != FL_OK || count == 0) {
        return status;
    }
    const struct fl_key key = {.type = part->type->number, .id = record->set};
    status = fl_change_current(&in->txn, key, &in->arena, &object, NULL, out_error);
    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status;
    }
    const struct fl_section *rows = fl_object_section(&object, FL_SECTION_RECORDS);
    *out_known = rows != NULL && record->row < rows->row_count &&
                 has_resources(part->type, &rows->rows[record->row], row);
    return FL_OK;
}

/* --- the set that it goes into --- */

/* As it was written last: goods with characteristics come one after another. */
static enum fl_status current_set(
    struct fl_site_in *in,
    const struct fl_site_part_state *state,
    struct fl_key key,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    if (state->last.size > 0 && fl_key_equal(state->last_key, key)) {
        struct fl_bytes record;
        enum fl_status status =
            fl_arena_copy(&in->arena, fl_buffer_view(&state->last), &record);
        return status == FL_OK
                   ? fl_record_decode(
                         key, /* deleted= */ false, record, &in->arena, out_object)
                   : status;
    }
    return fl_change_current(&in->txn, key, &in->arena, out_object, NULL, out_error);
}

/* The records that the set of `filter` and `row` has; NULL: none. */
static enum fl_status find_set(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_part_state *state,
    const struct fl_object *filter,
    struct fl_row *row,
    const struct fl_section **out_records,
    struct fl_error *out_error)
{
    struct fl_object set = *filter;
    struct fl_object *now = fl_arena_alloc(&in->arena, sizeof *now);
    struct fl_section one = {.number = FL_SECTION_RECORDS, .row_count = 1, .rows = row};
    set.sections = &one;
    set.section_count = 1;
    *out_records = NULL;
    if (now == NULL) {
        return fl_site_incoming_too_large(out_error);
    }
    enum fl_status status = fl_object_normalise(part->type, &set, out_error);
    if (status == FL_OK) {
        status = current_set(in, state, set.key, now, out_error);
        *out_records =
            status == FL_OK ? fl_object_section(now, FL_SECTION_RECORDS) : NULL;
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* What the set holds already, and the record: in the place of an old one, or behind. */
static enum fl_status join_rows(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_section *old,
    const struct fl_row *row,
    struct fl_section *out_records,
    struct fl_error *out_error)
{
    const size_t count = old == NULL ? 0 : old->row_count;
    out_records->rows = fl_arena_array(&in->arena, count + 1, sizeof *out_records->rows);
    if (out_records->rows == NULL) {
        return fl_site_incoming_too_large(out_error);
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_same_place(part->type, &old->rows[i], row, /* with_period= */ true)) {
            out_records->rows[out_records->row_count++] = old->rows[i];
        }
    }
    out_records->rows[out_records->row_count++] = *row;
    return FL_OK;
}

static enum fl_status put_record(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_section *old,
    const struct fl_row *row,
    struct fl_object *filter,
    struct fl_error *out_error)
{
    struct fl_section records = {.number = FL_SECTION_RECORDS};
    enum fl_status status = join_rows(in, part, old, row, &records, out_error);
    filter->sections = &records;
    filter->section_count = 1;
    if (status == FL_OK) {
        status = fl_site_incoming_write(in, part->type, filter, out_error);
    }
    fl_buffer_clear(&state->last);
    if (status == FL_OK && fl_record_encode(filter, &state->last) == FL_OK) {
        state->last_key = filter->key;
    }
    return status;
}

enum fl_status fl_site_incoming_record(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_site_place *place,
    struct fl_error *out_error)
{
    struct fl_row row = {.fields = fl_site_incoming_room(in, part, NULL, 0)};
    struct fl_object filter = {.key = {.type = part->type->number}};
    const struct fl_section *old = NULL;
    bool known = false;
    filter.fields = fl_site_incoming_room(in, part, NULL, 0);
    if (row.fields == NULL || filter.fields == NULL) {
        return fl_site_incoming_too_large(out_error);
    }
    enum fl_status status = fl_site_incoming_fill(
        in, part, state, place, /* is_new= */ true, 1, row.fields, &row.field_count,
        out_error);
    for (size_t i = 0; i < row.field_count && status == FL_OK; i++) {
        if (fl_type_attribute(part->type, row.fields[i].number)->in_filter) {
            filter.fields[filter.field_count++] = row.fields[i];
        }
    }
    if (status == FL_OK) {
        status = find_set(in, part, state, &filter, &row, &old, out_error);
    }
    if (status == FL_OK && fl_site_part_is_direct(part)) {
        known = is_latest_of_set(part->type, old, &row);
    } else if (status == FL_OK) {
        status = is_latest_of_slice(in, part, state, &row, &known, out_error);
    }
    return status != FL_OK || known
               ? status
               : put_record(in, part, state, old, &row, &filter, out_error);
}

/* --- stock, in its three spellings --- */

static enum fl_status take_stock(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_site_place *place,
    struct fl_bytes store,
    struct fl_bytes amount,
    struct fl_error *out_error)
{
    struct fl_commerceml_tree tree = {.arena = &in->arena};
    struct fl_commerceml_element *stock = fl_commerceml_add(&tree, NULL, "Остаток");
    (void)fl_commerceml_add_text(&tree, stock, "Склад", store);
    (void)fl_commerceml_add_text(&tree, stock, "Количество", amount);
    if (tree.failed) {
        return fl_site_incoming_too_large(out_error);
    }
    struct fl_site_place inner = *place;
    inner.element = stock;
    return fl_site_incoming_record(in, part, state, &inner, out_error);
}

enum fl_status fl_site_incoming_stocks(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_site_place *place,
    struct fl_error *out_error)
{
    static const char *const NAMES[] = {"Склад", "Склады"};
    const struct fl_commerceml_element *offer = place->item;
    enum fl_status status = FL_OK;
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        for (const struct fl_commerceml_element *at =
                 fl_commerceml_child(offer, NAMES[i]);
             at != NULL && status == FL_OK; at = fl_commerceml_again(at)) {
            count++;
            status = take_stock(
                in, part, state, place, fl_commerceml_text(at, "@ИдСклада"),
                fl_commerceml_text(at, "@КоличествоНаСкладе"), out_error);
        }
    }
    for (const struct fl_commerceml_element *at =
             fl_site_at(offer, fl_bytes_of_text("Остатки/Остаток"));
         at != NULL && status == FL_OK; at = fl_commerceml_again(at)) {
        for (const struct fl_commerceml_element *store = fl_commerceml_child(at, "Склад");
             store != NULL && status == FL_OK; store = fl_commerceml_again(store)) {
            count++;
            status = take_stock(
                in, part, state, place, fl_commerceml_text(store, "Ид"),
                fl_commerceml_text(store, "Количество"), out_error);
        }
        if (fl_commerceml_child(at, "Склад") == NULL && status == FL_OK) {
            count++;
            status = take_stock(
                in, part, state, place, (struct fl_bytes){NULL, 0}, at->text, out_error);
        }
    }
    const struct fl_commerceml_element *whole = fl_commerceml_child(offer, "Количество");
    if (status == FL_OK && count == 0 && whole != NULL) {
        status = take_stock(
            in, part, state, place, (struct fl_bytes){NULL, 0}, whole->text, out_error);
    }
    return status;
}
