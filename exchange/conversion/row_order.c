#include "row_order.h"

#include <stdlib.h>
#include <string.h>

enum fl_status fl_row_order_begin(
    struct fl_row_order *order,
    size_t before,
    size_t count,
    struct fl_arena *arena)
{
    uint32_t *numbers = fl_arena_array(arena, count + 1, sizeof *numbers);
    if (numbers == NULL) {
        return fl_arena_failure(arena, count * sizeof *numbers);
    }
    if (before > 0 && order->numbers != NULL) {
        memcpy(numbers, order->numbers, before * sizeof *numbers);
    }
    order->numbers = numbers;
    order->table_count++;
    return FL_OK;
}

static const char *path_of_number(
    const struct fl_conversion_properties *properties,
    fl_conversion_version version)
{
    for (size_t i = 0; i < properties->count; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        if (property->kind == FL_PROPERTY_NUMBER &&
            property->direction != FL_ONLY_WRITE &&
            fl_conversion_spans(property->span, version)) {
            return property->path;
        }
    }
    return NULL;
}

uint32_t fl_row_order_number(
    const struct fl_conversion_properties *properties,
    fl_conversion_version version,
    struct fl_element *row)
{
    const char *path = path_of_number(properties, version);
    const struct fl_element *element = path == NULL ? NULL : fl_element_at(row, path);
    struct fl_bytes text =
        element == NULL ? (struct fl_bytes){0} : fl_bytes_trimmed(element->text);
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || number > UINT32_MAX) {
            return 0;
        }
        number = 10 * number + (uint64_t)(text.data[i] - '0');
    }
    return number > UINT32_MAX ? 0 : (uint32_t)number;
}

struct numbered {
    uint32_t number;
    struct fl_row row;
};

static int compare_numbers(const void *a, const void *b)
{
    const struct numbered *left = a;
    const struct numbered *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

enum fl_status fl_row_order_apply(
    const struct fl_row_order *order,
    struct fl_section *section,
    struct fl_arena *arena)
{
    size_t count = section->row_count;
    if (order->table_count < 2 || count < 2) {
        return FL_OK;
    }
    struct numbered *rows = fl_arena_array(arena, count, sizeof *rows);
    if (rows == NULL) {
        return fl_arena_failure(arena, count * sizeof *rows);
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct numbered){order->numbers[i], section->rows[i]};
    }
    qsort(rows, count, sizeof *rows, compare_numbers);
    bool has_order = rows[0].number > 0;
    for (size_t i = 1; i < count; i++) {
        has_order = has_order && rows[i].number != rows[i - 1].number;
    }
    for (size_t i = 0; i < count && has_order; i++) {
        section->rows[i] = rows[i].row;
    }
    return FL_OK;
}
