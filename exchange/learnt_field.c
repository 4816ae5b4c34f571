/*
 * Facts, gathered: where elements stand and which forms their values have. What they
 * mean is decided in learnt_type.c.
 */

#include <string.h>

#include "learnt_type.h"
#include "proto/datetime.h"
#include "proto/decimal.h"
#include "proto/uuid.h"

void fl_learnt_list_begin(struct fl_learnt_list *list)
{
    list->turn++;
    list->position = NULL;
}

void fl_learnt_list_end(struct fl_learnt_list *list, bool is_folder)
{
    list->folders += is_folder;
    list->items += !is_folder;
    for (struct fl_learnt_field *at = list->first; at; at = at->next) {
        if (at->turn == list->turn) {
            at->folders += is_folder;
            at->items += !is_folder;
        }
    }
}

static struct fl_learnt_field *insert(
    struct fl_learnt_list *list,
    struct fl_arena *arena,
    const char *name)
{
    struct fl_learnt_field **const after =
        list->position ? &list->position->next : &list->first;
    struct fl_learnt_field *const field =
        list->count < FL_LEARNT_FIELDS_MAX ? fl_arena_alloc(arena, sizeof(*field)) : NULL;

    if (!field) {
        return NULL;
    }
    field->name = fl_arena_text(arena, fl_bytes_of_text(name));
    if (!field->name) {
        return NULL;
    }
    field->next = *after;
    *after = field;
    list->count++;
    return field;
}

struct fl_learnt_field *fl_learnt_list_get(
    struct fl_learnt_list *list,
    struct fl_arena *arena,
    const char *name)
{
    struct fl_learnt_field *const from =
        list->position ? list->position->next : list->first;
    struct fl_learnt_field *field = from;

    while (field && strcmp(field->name, name) != 0) {
        field = field->next;
    }
    for (struct fl_learnt_field *at = list->first; !field && at != from; at = at->next) {
        if (strcmp(at->name, name) == 0) {
            at->is_unsteady = true;
            at->turn = list->turn;
            return at;
        }
    }
    if (!field) {
        field = insert(list, arena, name);
    }
    if (field) {
        field->turn = list->turn;
        list->position = field;
    }
    return field;
}

static bool is_text(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

/* Only what would be written in the very same form counts: it comes out as it went in. */
static void note_number(struct fl_learnt_field *field, struct fl_bytes text)
{
    char again[FL_DECIMAL_TEXT_BYTES_MAX];
    struct fl_decimal number;

    if (fl_decimal_parse(text, &number) != FL_OK) {
        field->not_number = true;
        return;
    }
    const size_t size = fl_decimal_format(number, again);

    if (!fl_bytes_equal(text, (struct fl_bytes){(const uint8_t *)again, size})) {
        field->not_number = true;
    }
    if (number.scale > 0) {
        field->has_fraction = true;
    } else {
        field->has_whole = true;
    }
}

static void note_uuid(struct fl_learnt_field *field, struct fl_bytes text)
{
    char again[FL_UUID_TEXT_BYTES];
    struct fl_uuid uuid;

    if (fl_uuid_parse(text, &uuid) != FL_OK) {
        field->not_uuid = true;
        return;
    }
    fl_uuid_format(uuid, again);
    if (memcmp(again, text.data, sizeof(again)) != 0) {
        field->not_uuid = true;
    }
    if (fl_uuid_is_zero(uuid)) {
        field->has_zero_uuid = true;
    }
}

static void note_text(struct fl_learnt_field *field, const struct fl_learnt_value *value)
{
    int64_t date;

    field->has_text = true;
    if (value->is_long) {
        field->not_boolean = true;
        field->not_date = true;
        field->not_uuid = true;
        field->not_number = true;
        return;
    }
    if (!is_text(value->text, "true") && !is_text(value->text, "false")) {
        field->not_boolean = true;
    }
    if (fl_datetime_parse(value->text, &date) != FL_OK) {
        field->not_date = true;
    }
    note_uuid(field, value->text);
    note_number(field, value->text);
}

static bool is_blank(struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!strchr(" \t\r\n", text.data[i])) {
            return false;
        }
    }
    return true;
}

/* Rows are a section's, elements of another kind a value's that only XML can stand for.
 */
static void note_elements(
    struct fl_learnt_field *field,
    const struct fl_learnt_value *value)
{
    if (!is_blank(value->text) || value->is_nil || (value->has_rows && value->is_typed)) {
        field->is_unsteady = true;
    }
    field->has_rows = field->has_rows || value->has_rows;
    field->has_typed = field->has_typed || value->is_typed;
    field->has_xml = field->has_xml || (value->has_xml && !value->is_typed);
}

void fl_learnt_field_add(
    struct fl_learnt_field *field,
    const struct fl_learnt_value *value)
{
    if (!value->is_ref || value->is_nil || value->has_xml || value->has_rows) {
        field->not_ref = true;
    }
    if (value->has_rows || value->has_xml) {
        note_elements(field, value);
    } else if (value->is_nil) {
        field->has_nil = true;
    } else if (value->is_typed) {
        field->has_typed = true;
    } else if (value->text.size == 0) {
        field->has_empty = true;
    } else {
        note_text(field, value);
    }
}
