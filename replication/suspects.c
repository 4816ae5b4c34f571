#include "suspects.h"

enum { FEW = 16 /* objects in a range: to list them costs less than to divide it */ };

static const uint32_t level_first[] = {0, 1, 17, 273, 4369};

static uint32_t index_of(struct fl_range range)
{
    return level_first[range.level] + range.prefix;
}

static struct fl_range range_at(uint32_t index)
{
    uint8_t level = FL_RANGE_LEVEL_LAST;

    while (index < level_first[level]) {
        level--;
    }
    return (struct fl_range){level, (uint16_t)(index - level_first[level])};
}

static void set_bit(uint8_t *bits, uint32_t index)
{
    bits[index / 8] |= (uint8_t)(1u << index % 8);
}

/* The first index from `index` on whose bit is set; `end`: none. */
static uint32_t next_bit(const uint8_t *bits, uint32_t index, uint32_t end)
{
    while (index < end && ((unsigned)bits[index / 8] >> index % 8 & 1u) == 0) {
        index += bits[index / 8] == 0 ? 8 - index % 8 : 1;
    }
    return index < end ? index : end;
}

void fl_suspects_compare(
    struct fl_suspects *suspects,
    struct fl_range range,
    const struct fl_digest *ours,
    const struct fl_digest *theirs)
{
    uint32_t size = ours->count > theirs->count ? ours->count : theirs->count;

    if (fl_digests_equal(ours, theirs)) {
        return;
    }
    if (range.level == FL_RANGE_LEVEL_LAST || size <= FEW) {
        set_bit(suspects->to_list, index_of(range));
        suspects->sizes[index_of(range)] = size;
    } else {
        set_bit(suspects->to_divide, index_of(range));
    }
}

size_t fl_suspects_divide(
    struct fl_suspects *suspects,
    struct fl_range *out_ranges,
    size_t most)
{
    const uint32_t end = FL_SUSPECTS_DIVIDED;
    uint32_t index = next_bit(suspects->to_divide, suspects->next_divided, end);
    size_t count = 0;

    while (index < end && count < most) {
        out_ranges[count++] = range_at(index);
        suspects->next_divided = index + 1; /* its parts will come behind */
        index = next_bit(suspects->to_divide, index + 1, end);
    }
    return count;
}

size_t fl_suspects_list(
    struct fl_suspects *suspects,
    struct fl_range *out_ranges,
    size_t most,
    uint64_t *out_objects)
{
    const uint32_t end = FL_SUSPECTS_RANGES;
    uint32_t index = next_bit(suspects->to_list, suspects->next_listed, end);
    size_t count = 0;

    *out_objects = 0;
    while (index < end && count < most &&
           (count == 0 || *out_objects + suspects->sizes[index] <= FL_SUSPECTS_OBJECTS)) {
        out_ranges[count++] = range_at(index);
        *out_objects += suspects->sizes[index];
        index = next_bit(suspects->to_list, index + 1, end);
    }
    suspects->next_listed = index;
    return count;
}
