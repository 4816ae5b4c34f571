/*
 * streams: 2 | plan u32 | key of the object 20 -> lsn u64 | count varint, stream u32 each
 * | count varint, key of an object referred to 20 each 3 | plan u32 | key referred to 20
 * | key of the object 20 -> empty 4 | plan u32 | key referred to 20 -> hash u64
 */

#include "storage/members.h"

#include <string.h>

#include "storage/journal.h"
#include "storage/streams.h"
#include "stream_kinds.h"
#include "table.h"

enum {
    PREFIX_BYTES = 1 + 4,
    DEPENDENT_BYTES = PREFIX_BYTES + 2 * FL_KEY_BYTES,
    MEMBERS_BYTES_MAX = 1 << 20,
    REFERENCES_MAX = 256,
    SWEEP_SCAN_MAX = 1024,
    SWEEP_KEYS_MAX = 64,
};

static struct fl_table_key key_of(uint8_t kind, uint32_t plan, struct fl_key object)
{
    struct fl_table_key key = {.size = 0};
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(object, bytes);
    fl_table_key_put_u8(&key, kind);
    fl_table_key_put_u32(&key, plan);
    fl_table_key_put(&key, bytes, sizeof bytes);
    return key;
}

static struct fl_table_key dependent_key(
    uint32_t plan,
    struct fl_key reference,
    struct fl_key object)
{
    struct fl_table_key key = key_of(FL_STREAM_KIND_DEPENDENT, plan, reference);
    uint8_t bytes[FL_KEY_BYTES];

    fl_key_encode(object, bytes);
    fl_table_key_put(&key, bytes, sizeof bytes);
    return key;
}

/* As it lies in the store: the bytes of both lists. */
struct row {
    uint64_t lsn;
    struct fl_bytes streams;
    struct fl_bytes references;
};

/* FL_MALFORMED: another form. */
static enum fl_status open_row(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct row *out_row)
{
    struct fl_reader reader = fl_reader_of(value);

    out_row->lsn = fl_reader_u64(&reader);
    uint64_t streams = fl_reader_varint(&reader);

    out_row->streams = fl_reader_take(
        &reader, streams <= value.size ? (size_t)streams * sizeof(uint32_t) : SIZE_MAX);
    uint64_t references = fl_reader_varint(&reader);

    out_row->references = fl_reader_take(
        &reader,
        references <= REFERENCES_MAX ? (size_t)references * FL_KEY_BYTES : SIZE_MAX);
    return fl_reader_done(&reader) ? FL_OK
                                   : fl_table_malformed(
                                         txn, FL_TABLE_STREAMS, fl_table_key_view(key),
                                         "not the streams of an object");
}

static enum fl_status read_row(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct row *out_row)
{
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_STREAMS, fl_table_key_view(key), &value);

    return status == FL_OK ? open_row(txn, key, value, out_row) : status;
}

enum fl_status fl_members_get(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_members *out_members)
{
    struct fl_table_key row_key = key_of(FL_STREAM_KIND_MEMBERS, plan, key);
    struct row row;
    enum fl_status status = read_row(txn, &row_key, &row);

    if (status != FL_OK) {
        return status;
    }
    size_t stream_count = row.streams.size / sizeof(uint32_t);
    size_t reference_count = row.references.size / FL_KEY_BYTES;
    uint32_t *numbers = fl_arena_array(arena, stream_count + 1, sizeof *numbers);
    struct fl_key *keys = fl_arena_array(arena, reference_count + 1, sizeof *keys);

    if (numbers == NULL || keys == NULL) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < stream_count; i++) {
        numbers[i] = fl_load_u32(row.streams.data + i * sizeof(uint32_t));
    }
    for (size_t i = 0; i < reference_count; i++) {
        keys[i] = fl_key_decode(row.references.data + i * FL_KEY_BYTES);
    }
    *out_members =
        (struct fl_members){row.lsn, stream_count, numbers, reference_count, keys};
    return FL_OK;
}

static void put_dependents(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    const struct fl_members *members,
    bool there)
{
    for (size_t i = 0; i < members->reference_count; i++) {
        struct fl_table_key row = dependent_key(plan, members->references[i], key);

        if (there) {
            fl_table_put(
                txn, FL_TABLE_STREAMS, fl_table_key_view(&row), (struct fl_bytes){0});
        } else {
            fl_table_remove(txn, FL_TABLE_STREAMS, fl_table_key_view(&row));
        }
    }
}

static bool same_references(const struct fl_members *a, const struct fl_members *b)
{
    bool same = a->reference_count == b->reference_count;

    for (size_t i = 0; same && i < a->reference_count; i++) {
        same = fl_key_equal(a->references[i], b->references[i]);
    }
    return same;
}

static void put_row(
    struct fl_txn *txn,
    const struct fl_table_key *row,
    const struct fl_members *members)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, MEMBERS_BYTES_MAX);
    fl_buffer_put_u64(&buffer, members->lsn);
    fl_buffer_put_varint(&buffer, members->stream_count);
    for (size_t i = 0; i < members->stream_count; i++) {
        fl_buffer_put_u32(&buffer, members->streams[i]);
    }
    fl_buffer_put_varint(&buffer, members->reference_count);
    for (size_t i = 0; i < members->reference_count; i++) {
        uint8_t bytes[FL_KEY_BYTES];

        fl_key_encode(members->references[i], bytes);
        fl_buffer_put_memory(&buffer, bytes, sizeof bytes);
    }
    fl_table_put_encoded(txn, FL_TABLE_STREAMS, fl_table_key_view(row), &buffer);
}

void fl_members_put(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    const struct fl_members *members)
{
    struct fl_table_key row = key_of(FL_STREAM_KIND_MEMBERS, plan, key);
    struct fl_members before = {.stream_count = 0};
    struct fl_arena arena;

    if (!fl_txn_can_write(txn)) {
        return;
    }
    FL_ASSERT(members->reference_count <= REFERENCES_MAX);
    fl_arena_init(&arena, MEMBERS_BYTES_MAX);
    (void)fl_members_get(txn, plan, key, &arena, &before);
    if (!same_references(&before, members)) {
        put_dependents(txn, plan, key, &before, false);
        put_dependents(txn, plan, key, members, true);
    }
    put_row(txn, &row, members);
    fl_arena_deinit(&arena);
}

void fl_members_remove(struct fl_txn *txn, uint32_t plan, struct fl_key key)
{
    struct fl_table_key row = key_of(FL_STREAM_KIND_MEMBERS, plan, key);
    struct fl_members before = {.stream_count = 0};
    struct fl_arena arena;

    if (!fl_txn_can_write(txn)) {
        return;
    }
    fl_arena_init(&arena, MEMBERS_BYTES_MAX);
    (void)fl_members_get(txn, plan, key, &arena, &before);
    put_dependents(txn, plan, key, &before, false);
    fl_table_remove(txn, FL_TABLE_STREAMS, fl_table_key_view(&row));
    fl_arena_deinit(&arena);
}

enum fl_status fl_members_has(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    uint32_t stream,
    bool *out_has)
{
    struct fl_table_key row_key = key_of(FL_STREAM_KIND_MEMBERS, plan, key);
    struct row row;
    enum fl_status status = read_row(txn, &row_key, &row);

    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    *out_has = false;
    for (size_t i = 0; status == FL_OK && i < row.streams.size; i += sizeof(uint32_t)) {
        *out_has = *out_has || fl_load_u32(row.streams.data + i) == stream;
    }
    return FL_OK;
}

enum fl_status fl_members_next_dependent(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key reference,
    const struct fl_key *after,
    struct fl_key *out_key)
{
    struct fl_table_key prefix = key_of(FL_STREAM_KIND_DEPENDENT, plan, reference);
    struct fl_table_key from = {.size = 0};
    struct fl_table_key found;
    struct fl_bytes value;

    if (after != NULL) {
        from = dependent_key(plan, reference, *after);
    }
    enum fl_status status = fl_table_above(
        txn, FL_TABLE_STREAMS, fl_table_key_view(&prefix), fl_table_key_view(&from),
        &found, &value);

    if (status == FL_OK && found.size != DEPENDENT_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_STREAMS, fl_table_key_view(&found),
            "not an object that depends on another");
    }
    if (status == FL_OK) {
        *out_key = fl_key_decode(found.bytes + DEPENDENT_BYTES - FL_KEY_BYTES);
    }
    return status;
}

uint64_t fl_members_looked_at(struct fl_txn *txn, uint32_t plan, struct fl_key key)
{
    struct fl_table_key row = key_of(FL_STREAM_KIND_LOOKED_AT, plan, key);
    struct fl_bytes value;

    return fl_table_get(txn, FL_TABLE_STREAMS, fl_table_key_view(&row), &value) ==
                       FL_OK &&
                   value.size == 8
               ? fl_load_u64(value.data)
               : 0;
}

void fl_members_put_looked_at(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_key key,
    uint64_t hash)
{
    struct fl_table_key row = key_of(FL_STREAM_KIND_LOOKED_AT, plan, key);
    uint8_t bytes[8];

    fl_store_u64(bytes, hash);
    fl_table_put(
        txn, FL_TABLE_STREAMS, fl_table_key_view(&row),
        (struct fl_bytes){bytes, sizeof bytes});
}

/* -- sweeping -- */

struct batch {
    struct fl_key dead[SWEEP_KEYS_MAX];
    size_t count;
};

static bool is_forgotten(struct fl_txn *txn, struct fl_key key)
{
    uint64_t lsn;

    return fl_object_lsn(txn, key, &lsn) == FL_NOT_FOUND;
}

static uint8_t kind_of(const struct fl_members_sweep *place)
{
    return place->of_looked_at ? FL_STREAM_KIND_LOOKED_AT : FL_STREAM_KIND_MEMBERS;
}

/* True: to the end of this kind. */
static bool find_forgotten(
    struct fl_txn *txn,
    uint32_t plan,
    struct fl_members_sweep *place,
    struct batch *batch)
{
    struct fl_table_key prefix = key_of(kind_of(place), plan, (struct fl_key){0});
    prefix.size = PREFIX_BYTES;

    for (size_t i = 0; i < SWEEP_SCAN_MAX && batch->count < SWEEP_KEYS_MAX; i++) {
        struct fl_table_key from = key_of(kind_of(place), plan, place->key);
        struct fl_table_key found;
        struct fl_bytes value;
        enum fl_status status = fl_table_above(
            txn, FL_TABLE_STREAMS, fl_table_key_view(&prefix),
            place->started ? fl_table_key_view(&from) : (struct fl_bytes){.size = 0},
            &found, &value);

        if ((status != FL_OK && status != FL_MALFORMED) ||
            found.size != PREFIX_BYTES + FL_KEY_BYTES) {
            return true;
        }
        place->key = fl_key_decode(found.bytes + PREFIX_BYTES);
        place->started = true;
        if (is_forgotten(txn, place->key)) {
            batch->dead[batch->count++] = place->key;
        }
    }
    return false;
}

/* Rows stand at the lsn of the deletion, which was purged: what is younger is not. */
static void forget_members(
    struct fl_txn *txn,
    uint32_t plan,
    uint64_t purged,
    struct fl_key key)
{
    struct fl_members members = {.stream_count = 0};
    struct fl_arena arena;

    fl_arena_init(&arena, MEMBERS_BYTES_MAX);
    if (fl_members_get(txn, plan, key, &arena, &members) == FL_OK &&
        members.lsn <= purged) {
        for (size_t i = 0; i < members.stream_count; i++) {
            fl_streams_remove(txn, members.streams[i], members.lsn, key);
        }
        fl_members_remove(txn, plan, key);
    }
    fl_arena_deinit(&arena);
}

/* Who depends on it would not learn that it came back. */
static void forget_looked_at(struct fl_txn *txn, uint32_t plan, struct fl_key key)
{
    struct fl_table_key row = key_of(FL_STREAM_KIND_LOOKED_AT, plan, key);
    struct fl_key dependent;

    if (fl_members_next_dependent(txn, plan, key, NULL, &dependent) == FL_NOT_FOUND) {
        fl_table_remove(txn, FL_TABLE_STREAMS, fl_table_key_view(&row));
    }
}

bool fl_members_sweep(
    struct fl_store *store,
    uint32_t plan,
    uint64_t purged,
    struct fl_members_sweep *place,
    enum fl_status *out_status)
{
    struct batch batch = {.count = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    bool through = find_forgotten(&txn, plan, place, &batch);

    for (size_t i = 0; i < batch.count; i++) {
        if (place->of_looked_at) {
            forget_looked_at(&txn, plan, batch.dead[i]);
        } else {
            forget_members(&txn, plan, purged, batch.dead[i]);
        }
    }
    if (batch.count == 0) {
        fl_txn_abort(&txn);
    } else {
        (void)fl_txn_commit(&txn);
    }
    *out_status = fl_txn_status(&txn);
    if (!through || *out_status != FL_OK) {
        return *out_status != FL_OK;
    }
    bool all = place->of_looked_at;

    *place = (struct fl_members_sweep){.of_looked_at = true};
    return all;
}
