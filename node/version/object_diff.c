#include "object_diff.h"

#include <stdio.h>

#include "change/object_json.h"
#include "language.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "storage/journal.h"

enum { PLACE_BYTES = 2 * FL_NAME_BYTES_MAX + 40 };

struct diff {
    fl_object_difference difference;
    void *context;
};

json_t *fl_object_version_json(
    const struct fl_configuration *configuration,
    struct fl_key key,
    uint8_t flags,
    struct fl_bytes record)
{
    struct fl_arena arena;
    struct fl_object object;
    bool deleted = (flags & FL_ENTRY_DELETED) != 0;
    json_t *json = NULL;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (fl_record_decode(key, deleted, record, &arena, &object) == FL_OK) {
        json = fl_object_json_encode(configuration, &object, !deleted);
    }
    fl_arena_deinit(&arena);
    return json;
}

static void compare_values(
    const struct diff *diff,
    const char *place,
    const json_t *left,
    const json_t *right)
{
    if (left == NULL || right == NULL || !json_equal(left, right)) {
        diff->difference(diff->context, place, left, right);
    }
}

/* Rows by their numbers, and in them attribute by attribute. */
static void compare_rows(
    const struct diff *diff,
    const char *section,
    const json_t *left,
    const json_t *right)
{
    size_t left_count = json_array_size(left);
    size_t right_count = json_array_size(right);
    size_t count = left_count > right_count ? left_count : right_count;
    for (size_t i = 0; i < count; i++) {
        char place[PLACE_BYTES];
        const json_t *left_row = json_array_get(left, i);
        const json_t *right_row = json_array_get(right, i);
        if (left_row == NULL || right_row == NULL) {
            snprintf(place, sizeof place, "%s[%zu]", section, i + 1);
            compare_values(diff, place, left_row, right_row);
            continue;
        }
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)(uintptr_t)left_row, name, value)
        {
            snprintf(place, sizeof place, "%s[%zu].%s", section, i + 1, name);
            compare_values(diff, place, value, json_object_get(right_row, name));
        }
    }
}

static void compare_part(
    const struct diff *diff,
    const char *part,
    const json_t *left,
    const json_t *right)
{
    const json_t *left_part = json_object_get(left, part);
    const json_t *right_part = json_object_get(right, part);
    if (json_is_array(left_part) || json_is_array(right_part)) {
        compare_rows(diff, part, left_part, right_part);
        return;
    }
    const json_t *whole = left_part != NULL ? left_part : right_part;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)whole, name, value)
    {
        const json_t *left_value = json_object_get(left_part, name);
        const json_t *right_value = json_object_get(right_part, name);
        if (json_is_array(value)) {
            compare_rows(diff, name, left_value, right_value);
        } else {
            compare_values(diff, name, left_value, right_value);
        }
    }
}

void fl_object_diff(
    const json_t *left,
    const json_t *right,
    fl_object_difference difference,
    void *context)
{
    static const char *const parts[] = {"filter", "set", "records"};
    const struct diff diff = {.difference = difference, .context = context};
    bool left_deleted = json_object_get(left, "delete") != NULL;
    bool right_deleted = json_object_get(right, "delete") != NULL;
    if (left_deleted || right_deleted) {
        json_t *left_word = json_string(left_deleted ? _("deleted") : _("changed"));
        json_t *right_word = json_string(right_deleted ? _("deleted") : _("changed"));
        compare_values(&diff, _("(the object)"), left_word, right_word);
        json_decref(left_word);
        json_decref(right_word);
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        compare_part(&diff, parts[i], left, right);
    }
}

struct shown {
    struct fl_output *output;
    const struct fl_object_sides *sides;
};

static json_t *copy_of(const json_t *value)
{
    return value == NULL ? json_null() : json_deep_copy(value);
}

static void show_difference(
    void *context,
    const char *place,
    const json_t *left,
    const json_t *right)
{
    const struct shown *shown = context;
    const struct fl_object_sides *sides = shown->sides;
    fl_output_row(shown->output);
    fl_output_text(shown->output, "attribute", N_("attribute"), place);
    fl_output_json(shown->output, sides->left_key, sides->left_label, copy_of(left));
    fl_output_json(shown->output, sides->right_key, sides->right_label, copy_of(right));
}

void fl_object_diff_show(
    struct fl_output *output,
    const struct fl_object_sides *sides,
    const json_t *left,
    const json_t *right)
{
    struct shown shown = {.output = output, .sides = sides};
    fl_output_list_begin(output, "differences");
    fl_object_diff(left, right, show_difference, &shown);
    fl_output_list_end(output);
}
