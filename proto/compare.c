/*
 * Head, 14 bytes: version u8 = 1 | kind u8 | comparison u64 | step u32. Then by kind:
 *
 *   BEGIN               type u32
 *   SPLIT, LIST         count u16 | ranges, each level u8 | prefix u16
 *   NEXT                index u32
 *   CHECK, REGISTER     count u16 | keys, each type u32 | id 16
 *   END                 nothing
 *   BEGUN, PARTS        count u16 | digests, each count u32 | sum 16
 *   LISTED, REGISTERED  number u64
 *   ENTRIES             index u32 | count u16 | entries, each key 20 | hash 16
 *   STATES              count u16 | states, each flags u8 | lsn u64 | hash 16
 *   WORKING             number u64 | total u64
 *   REFUSED             reason u8
 */

#include "proto/compare.h"

#include <assert.h>
#include <string.h>

enum {
    VERSION = 1,
    STATES_OF_AN_OBJECT =
        FL_STATE_THERE | FL_STATE_DELETED | FL_STATE_WITHDRAWN | FL_STATE_DAMAGED,
    STATES_OF_AN_ENTRY = FL_STATE_THERE | FL_STATE_DELETED | FL_STATE_WITHDRAWN,
    STATES_KNOWN =
        STATES_OF_AN_OBJECT | FL_STATE_ON_WAY | FL_STATE_QUARANTINED | FL_STATE_FROM_PEER,
    LONGEST_ITEM_BYTES = FL_KEY_BYTES + FL_DIGEST_BYTES,
};

static_assert(
    FL_COMPARE_HEAD_BYTES + 2 + FL_COMPARE_DIGESTS_MAX * (4 + FL_DIGEST_BYTES) <=
            FL_COMPARE_BYTES_MAX &&
        FL_COMPARE_HEAD_BYTES + 2 + FL_COMPARE_LIST_MAX * 3 <= FL_COMPARE_BYTES_MAX &&
        FL_COMPARE_HEAD_BYTES + 6 + FL_COMPARE_KEYS_MAX * LONGEST_ITEM_BYTES <=
            FL_COMPARE_BYTES_MAX,
    "the largest of each kind fits");

bool fl_compare_answers(enum fl_compare_kind answer, enum fl_compare_kind request)
{
    static const enum fl_compare_kind answers[] = {
        [FL_COMPARE_BEGIN] = FL_COMPARE_BEGUN,
        [FL_COMPARE_SPLIT] = FL_COMPARE_PARTS,
        [FL_COMPARE_LIST] = FL_COMPARE_LISTED,
        [FL_COMPARE_NEXT] = FL_COMPARE_ENTRIES,
        [FL_COMPARE_CHECK] = FL_COMPARE_STATES,
        [FL_COMPARE_REGISTER] = FL_COMPARE_REGISTERED,
    };

    if (request < FL_COMPARE_BEGIN || request > FL_COMPARE_REGISTER) {
        return false;
    }
    return answer == answers[request] || answer == FL_COMPARE_WORKING ||
           answer == FL_COMPARE_REFUSED;
}

/* -- encoding -- */

static void put_key(struct fl_buffer *buffer, struct fl_key key)
{
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(key, bytes);
    fl_buffer_put_memory(buffer, bytes, sizeof(bytes));
}

static void put_items(const struct fl_compare *compare, struct fl_buffer *buffer)
{
    fl_buffer_put_u16(buffer, (uint16_t)compare->count);
    for (size_t i = 0; i < compare->count; i++) {
        switch (compare->kind) {
        case FL_COMPARE_SPLIT:
        case FL_COMPARE_LIST:
            fl_buffer_put_u8(buffer, compare->of.ranges[i].level);
            fl_buffer_put_u16(buffer, compare->of.ranges[i].prefix);
            break;
        case FL_COMPARE_CHECK:
        case FL_COMPARE_REGISTER:
            put_key(buffer, compare->of.keys[i]);
            break;
        case FL_COMPARE_BEGUN:
        case FL_COMPARE_PARTS:
            fl_buffer_put_u32(buffer, compare->of.digests[i].count);
            fl_buffer_put_memory(buffer, compare->of.digests[i].sum, FL_DIGEST_BYTES);
            break;
        case FL_COMPARE_ENTRIES:
            put_key(buffer, compare->of.entries[i].key);
            fl_buffer_put_memory(buffer, compare->of.entries[i].hash, FL_DIGEST_BYTES);
            break;
        case FL_COMPARE_STATES:
            fl_buffer_put_u8(buffer, compare->of.states[i].flags);
            fl_buffer_put_u64(buffer, compare->of.states[i].lsn);
            fl_buffer_put_memory(buffer, compare->of.states[i].hash, FL_DIGEST_BYTES);
            break;
        case FL_COMPARE_BEGIN:
        case FL_COMPARE_NEXT:
        case FL_COMPARE_END:
        case FL_COMPARE_LISTED:
        case FL_COMPARE_REGISTERED:
        case FL_COMPARE_WORKING:
        case FL_COMPARE_REFUSED:
            break;
        }
    }
}

void fl_compare_encode(const struct fl_compare *compare, struct fl_buffer *out_buffer)
{
    fl_buffer_put_u8(out_buffer, VERSION);
    fl_buffer_put_u8(out_buffer, (uint8_t)compare->kind);
    fl_buffer_put_u64(out_buffer, compare->id);
    fl_buffer_put_u32(out_buffer, compare->step);
    switch (compare->kind) {
    case FL_COMPARE_BEGIN:
        fl_buffer_put_u32(out_buffer, compare->type);
        break;
    case FL_COMPARE_NEXT:
        fl_buffer_put_u32(out_buffer, compare->index);
        break;
    case FL_COMPARE_ENTRIES:
        fl_buffer_put_u32(out_buffer, compare->index);
        put_items(compare, out_buffer);
        break;
    case FL_COMPARE_SPLIT:
    case FL_COMPARE_LIST:
    case FL_COMPARE_CHECK:
    case FL_COMPARE_REGISTER:
    case FL_COMPARE_BEGUN:
    case FL_COMPARE_PARTS:
    case FL_COMPARE_STATES:
        put_items(compare, out_buffer);
        break;
    case FL_COMPARE_LISTED:
    case FL_COMPARE_REGISTERED:
        fl_buffer_put_u64(out_buffer, compare->number);
        break;
    case FL_COMPARE_WORKING:
        fl_buffer_put_u64(out_buffer, compare->number);
        fl_buffer_put_u64(out_buffer, compare->total);
        break;
    case FL_COMPARE_REFUSED:
        fl_buffer_put_u8(out_buffer, compare->reason);
        break;
    case FL_COMPARE_END:
        break;
    }
}

/* -- decoding -- */

/* False: more than a frame of this kind may have. */
static bool take_count(struct fl_reader *reader, size_t most, struct fl_compare *compare)
{
    compare->count = fl_reader_u16(reader);
    return compare->count <= most;
}

static struct fl_key take_key(struct fl_reader *reader)
{
    uint8_t bytes[FL_KEY_BYTES] = {0};

    fl_reader_copy(reader, bytes, sizeof(bytes));
    return fl_key_decode(bytes);
}

static bool take_ranges(struct fl_reader *reader, size_t most, struct fl_compare *compare)
{
    bool sound = take_count(reader, most, compare);

    for (size_t i = 0; sound && i < compare->count; i++) {
        struct fl_range *range = &compare->of.ranges[i];

        range->level = fl_reader_u8(reader);
        range->prefix = fl_reader_u16(reader);
        sound = range->level <= FL_RANGE_LEVEL_LAST &&
                (uint32_t)range->prefix >> 4 * range->level == 0 &&
                (compare->kind != FL_COMPARE_SPLIT || range->level < FL_RANGE_LEVEL_LAST);
    }
    return sound;
}

static bool take_keys(struct fl_reader *reader, struct fl_compare *compare)
{
    bool sound = take_count(reader, FL_COMPARE_KEYS_MAX, compare);

    for (size_t i = 0; sound && i < compare->count; i++) {
        compare->of.keys[i] = take_key(reader);
    }
    return sound;
}

static bool take_digests(
    struct fl_reader *reader,
    size_t most,
    struct fl_compare *compare)
{
    bool sound = take_count(reader, most, compare);

    for (size_t i = 0; sound && i < compare->count; i++) {
        compare->of.digests[i].count = fl_reader_u32(reader);
        fl_reader_copy(reader, compare->of.digests[i].sum, FL_DIGEST_BYTES);
    }
    return sound;
}

static bool take_entries(struct fl_reader *reader, struct fl_compare *compare)
{
    compare->index = fl_reader_u32(reader);
    bool sound = take_count(reader, FL_COMPARE_KEYS_MAX, compare);

    for (size_t i = 0; sound && i < compare->count; i++) {
        compare->of.entries[i].key = take_key(reader);
        fl_reader_copy(reader, compare->of.entries[i].hash, FL_DIGEST_BYTES);
    }
    return sound;
}

static bool is_state_sound(const struct fl_state *state)
{
    static const uint8_t none[FL_DIGEST_BYTES];
    unsigned of_object = state->flags & STATES_OF_AN_OBJECT;

    return (state->flags & ~(unsigned)STATES_KNOWN) == 0 &&
           (of_object & (of_object - 1)) == 0 && state->lsn <= INT64_MAX &&
           ((of_object & STATES_OF_AN_ENTRY) != 0 ||
            (state->lsn == 0 && (state->flags & FL_STATE_FROM_PEER) == 0)) &&
           (of_object == FL_STATE_THERE || memcmp(state->hash, none, sizeof(none)) == 0);
}

static bool take_states(struct fl_reader *reader, struct fl_compare *compare)
{
    bool sound = take_count(reader, FL_COMPARE_KEYS_MAX, compare);

    for (size_t i = 0; sound && i < compare->count; i++) {
        struct fl_state *state = &compare->of.states[i];

        state->flags = fl_reader_u8(reader);
        state->lsn = fl_reader_u64(reader);
        fl_reader_copy(reader, state->hash, FL_DIGEST_BYTES);
        sound = is_state_sound(state);
    }
    return sound;
}

static bool take_body(struct fl_reader *reader, struct fl_compare *compare)
{
    switch (compare->kind) {
    case FL_COMPARE_BEGIN:
        compare->type = fl_reader_u32(reader);
        return true;
    case FL_COMPARE_SPLIT:
        return take_ranges(reader, FL_COMPARE_SPLIT_MAX, compare);
    case FL_COMPARE_LIST:
        return take_ranges(reader, FL_COMPARE_LIST_MAX, compare);
    case FL_COMPARE_NEXT:
        compare->index = fl_reader_u32(reader);
        return true;
    case FL_COMPARE_CHECK:
    case FL_COMPARE_REGISTER:
        return take_keys(reader, compare);
    case FL_COMPARE_END:
        return true;
    case FL_COMPARE_BEGUN:
        return take_digests(reader, 1, compare) && compare->count == 1;
    case FL_COMPARE_PARTS:
        return take_digests(reader, FL_COMPARE_DIGESTS_MAX, compare);
    case FL_COMPARE_ENTRIES:
        return take_entries(reader, compare);
    case FL_COMPARE_STATES:
        return take_states(reader, compare);
    case FL_COMPARE_LISTED:
    case FL_COMPARE_REGISTERED:
        compare->number = fl_reader_u64(reader);
        return true;
    case FL_COMPARE_WORKING:
        compare->number = fl_reader_u64(reader);
        compare->total = fl_reader_u64(reader);
        return true;
    case FL_COMPARE_REFUSED:
        compare->reason = fl_reader_u8(reader);
        return true;
    }
    return false;
}

static bool is_kind(uint8_t kind)
{
    return (kind >= FL_COMPARE_BEGIN && kind <= FL_COMPARE_END) ||
           (kind >= FL_COMPARE_BEGUN && kind <= FL_COMPARE_REFUSED);
}

enum fl_status fl_compare_decode(struct fl_bytes bytes, struct fl_compare *out_compare)
{
    struct fl_reader reader = fl_reader_of(bytes);

    if (bytes.size < FL_COMPARE_HEAD_BYTES || bytes.size > FL_COMPARE_BYTES_MAX) {
        return FL_MALFORMED;
    }
    if (fl_reader_u8(&reader) != VERSION) {
        return FL_UNSUPPORTED;
    }
    uint8_t kind = fl_reader_u8(&reader);

    if (!is_kind(kind)) {
        return FL_MALFORMED;
    }
    memset(out_compare, 0, sizeof(*out_compare));
    out_compare->kind = (enum fl_compare_kind)kind;
    out_compare->id = fl_reader_u64(&reader);
    out_compare->step = fl_reader_u32(&reader);
    return take_body(&reader, out_compare) && fl_reader_done(&reader) ? FL_OK
                                                                      : FL_MALFORMED;
}
