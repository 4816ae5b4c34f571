/*
 * Both versions are walked side by side, as `collision show` compares them. A row that
 * only one of them has is there or not as the place of the whole row was taken; numbers
 * of rows are those of `collision show`, whatever other rows come and go.
 */

#include "collision_merge.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "version/object_diff.h"

enum { PLACE_BYTES = 2 * FL_NAME_BYTES_MAX + 40 };

struct merge {
    const struct fl_call *call;
    bool used[FL_CALL_ARGUMENTS_MAX]; /* each --take, by its number */
};

json_t *fl_collision_version_json(
    struct fl_call *call,
    struct fl_key key,
    const struct fl_collision_version *version)
{
    return fl_object_version_json(
        call->node->configuration, key, version->flags, version->record);
}

static bool is_taken(struct merge *merge, const char *place)
{
    bool taken = false;
    for (size_t i = 0; i < FL_CALL_ARGUMENTS_MAX; i++) {
        const char *wanted = fl_call_option_nth(merge->call, "take", i);
        if (wanted == NULL) {
            break;
        }
        if (strcmp(wanted, place) == 0) {
            merge->used[i] = true;
            taken = true;
        }
    }
    return taken;
}

/* Whether the caller took a place where both versions say different things. */
static bool is_other(
    struct merge *merge,
    const char *place,
    const json_t *base,
    const json_t *other)
{
    return other != NULL && !json_equal(base, other) && is_taken(merge, place);
}

static json_t *merge_row(
    struct merge *merge,
    const char *row,
    json_t *base,
    const json_t *other)
{
    char place[2 * PLACE_BYTES];
    const char *name;
    json_t *value;
    json_t *merged = json_copy(base);
    json_object_foreach(base, name, value)
    {
        json_t *others = json_object_get(other, name);
        snprintf(place, sizeof place, "%s.%s", row, name);
        if (is_other(merge, place, value, others)) {
            (void)json_object_set(merged, name, others);
        }
    }
    return merged;
}

static json_t *merge_rows(
    struct merge *merge,
    const char *section,
    const json_t *base,
    const json_t *other)
{
    size_t base_count = json_array_size(base);
    size_t other_count = json_array_size(other);
    json_t *rows = json_array();
    for (size_t i = 0; i < base_count || i < other_count; i++) {
        char place[PLACE_BYTES];
        json_t *row = json_array_get(base, i);
        json_t *other_row = json_array_get(other, i);
        snprintf(place, sizeof place, "%s[%zu]", section, i + 1);
        if (!json_equal(row, other_row) && is_taken(merge, place)) {
            row = json_incref(other_row);
        } else if (row != NULL && other_row != NULL) {
            row = merge_row(merge, place, row, other_row);
        } else {
            row = json_incref(row);
        }
        if (row != NULL) {
            (void)json_array_append_new(rows, row);
        }
    }
    return rows;
}

static json_t *merge_set(struct merge *merge, json_t *base, const json_t *other)
{
    const char *name;
    json_t *value;
    json_t *merged = json_copy(base);
    json_object_foreach(base, name, value)
    {
        json_t *others = json_object_get(other, name);
        if (json_is_array(value)) {
            (void)json_object_set_new(
                merged, name, merge_rows(merge, name, value, others));
        } else if (is_other(merge, name, value, others)) {
            (void)json_object_set(merged, name, others);
        }
    }
    return merged;
}

static json_t *merge_versions(struct merge *merge, json_t *base, const json_t *other)
{
    json_t *line = json_copy(base);
    json_t *set = json_object_get(base, "set");
    const json_t *records = json_object_get(base, "records");
    if (set != NULL) {
        set = merge_set(merge, set, json_object_get(other, "set"));
        (void)json_object_set_new(line, "set", set);
    }
    if (records != NULL) {
        json_t *rows =
            merge_rows(merge, "records", records, json_object_get(other, "records"));
        (void)json_object_set_new(line, "records", rows);
    }
    return line;
}

static enum fl_status check_all_used(
    const struct merge *merge,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < FL_CALL_ARGUMENTS_MAX; i++) {
        const char *wanted = fl_call_option_nth(merge->call, "take", i);
        if (wanted == NULL) {
            break;
        }
        if (!merge->used[i]) {
            return fl_error_set(
                out_error, FL_NOT_FOUND,
                "\"%s\" is not among what differs; `filial collision show %s` lists it "
                "(Description, or Товары[2], or Товары[2].Цена)",
                wanted, merge->call->arguments[0]);
        }
    }
    return FL_OK;
}

enum fl_status fl_collision_merge(
    struct fl_call *call,
    const struct fl_collision_record *collision,
    enum fl_collision_kept kept,
    json_t **out_line,
    struct fl_error *out_error)
{
    struct merge merge = {.call = call};
    bool ours = kept == FL_COLLISION_KEPT_OURS;
    if (((collision->ours.flags | collision->theirs.flags) & FL_ENTRY_DELETED) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "one of the versions of collision %s is a deletion: it can only be taken "
            "whole, without --take",
            call->arguments[0]);
    }
    json_t *base = fl_collision_version_json(
        call, collision->key, ours ? &collision->ours : &collision->theirs);
    json_t *other = fl_collision_version_json(
        call, collision->key, ours ? &collision->theirs : &collision->ours);
    json_t *line =
        base == NULL || other == NULL ? NULL : merge_versions(&merge, base, other);
    json_decref(base);
    json_decref(other);
    enum fl_status status = line == NULL
                                ? fl_error_set(
                                      out_error, FL_MALFORMED,
                                      "the versions of this collision cannot be unpacked")
                                : check_all_used(&merge, out_error);
    if (status != FL_OK) {
        json_decref(line);
        return status;
    }
    *out_line = line;
    return FL_OK;
}
