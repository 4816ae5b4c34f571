/*
 * A row whose place does not tell it is sought among the rows in the order of their
 * values: of many rows that moved each is found at once.
 */

#include "row_match.h"

#include <stdlib.h>
#include <string.h>

struct fl_row_entry {
    const struct fl_value *value;
    size_t at;
    size_t used; /* of the first of those with its value: so many of them are used */
};

enum fl_status fl_row_match_begin(
    struct fl_row_match *match,
    const struct fl_section *section,
    struct fl_arena *arena)
{
    bool *used = fl_arena_array(arena, section->row_count, sizeof *used);
    if (used == NULL) {
        return fl_arena_failure(arena, section->row_count * sizeof *used);
    }
    *match = (struct fl_row_match){.section = *section, .used = used};
    return FL_OK;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* An order in which equal values are together. */
static int compare_values(const struct fl_value *a, const struct fl_value *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    switch (a->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return 0;
    case FL_VALUE_NUMBER:
        return fl_decimal_compare(a->number, b->number);
    case FL_VALUE_DATE:
        return (a->date > b->date) - (a->date < b->date);
    case FL_VALUE_BOOLEAN:
        return compare_numbers(a->boolean, b->boolean);
    case FL_VALUE_ENUM:
        return a->type != b->type ? compare_numbers(a->type, b->type)
                                  : compare_numbers(a->enum_value, b->enum_value);
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        return a->kind == FL_VALUE_REF && a->type != b->type
                   ? compare_numbers(a->type, b->type)
                   : memcmp(a->uuid.bytes, b->uuid.bytes, sizeof a->uuid.bytes);
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        return fl_bytes_compare(a->bytes, b->bytes);
    case FL_VALUE_FOREIGN: {
        int order = fl_bytes_compare(a->bytes, b->bytes);
        return order != 0 ? order : fl_bytes_compare(a->foreign_type, b->foreign_type);
    }
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct fl_row_entry *a = left;
    const struct fl_row_entry *b = right;
    int order = compare_values(a->value, b->value);
    return order != 0 ? order : compare_numbers(a->at, b->at);
}

static enum fl_status make_entries(
    struct fl_row_match *match,
    uint32_t number,
    struct fl_arena *arena)
{
    size_t count = match->section.row_count;
    struct fl_row_entry *entries = fl_arena_array(arena, count, sizeof *entries);
    if (entries == NULL) {
        return fl_arena_failure(arena, count * sizeof *entries);
    }
    match->entries = entries;
    match->number = number;
    match->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct fl_value *value = fl_row_field(&match->section.rows[i], number);
        if (value != NULL) {
            entries[match->count++] = (struct fl_row_entry){.value = value, .at = i};
        }
    }
    qsort(entries, match->count, sizeof *entries, compare);
    return FL_OK;
}

/* The first entry that is not less. */
static size_t find_first(const struct fl_row_match *match, const struct fl_value *value)
{
    size_t low = 0;
    size_t high = match->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_values(match->entries[middle].value, value) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct fl_row *take(struct fl_row_match *match, size_t at)
{
    match->used[at] = true;
    return &match->section.rows[at];
}

enum fl_status fl_row_match_find(
    struct fl_row_match *match,
    size_t place,
    uint32_t number,
    const struct fl_value *value,
    struct fl_arena *arena,
    const struct fl_row **out_row)
{
    size_t rows = match->section.row_count;
    const struct fl_value *here = place < rows && !match->used[place]
                                      ? fl_row_field(&match->section.rows[place], number)
                                      : NULL;
    *out_row = NULL;
    if (value == NULL || rows == 0) {
        return FL_OK;
    }
    if (here != NULL && fl_value_equal(value, here)) {
        *out_row = take(match, place);
        return FL_OK;
    }
    if (match->entries == NULL || match->number != number) {
        enum fl_status status = make_entries(match, number, arena);
        if (status != FL_OK) {
            return status;
        }
    }
    size_t first = find_first(match, value);
    size_t at = first == match->count ? first : first + match->entries[first].used;
    while (at < match->count && fl_value_equal(match->entries[at].value, value) &&
           match->used[match->entries[at].at]) {
        at++;
    }
    if (first < match->count) {
        match->entries[first].used = at - first;
    }
    if (at < match->count && fl_value_equal(match->entries[at].value, value)) {
        *out_row = take(match, match->entries[at].at);
    }
    return FL_OK;
}
