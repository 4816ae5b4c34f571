#include "suite.h"

#include "proto/record.h"

#include "storage/backup.h"
#include "storage/check.h"
#include "storage/collisions.h"
#include "storage/messages.h"
#include "storage/nodes.h"
#include "storage/positions.h"
#include "storage/quarantine.h"
#include "storage/registered.h"
#include "storage/staged.h"
#include "storage/streams.h"
#include "storage/sweeper.h"
#include "table.h"

/* The record of an object with one text of `size` bytes. */
static void make_record(struct fl_buffer *buffer, size_t size, unsigned seed)
{
    char *text = malloc(size);
    struct fl_field field = {.number = 1};
    struct fl_object object = {.field_count = 1, .fields = &field};

    assert_non_null(text);
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)('a' + (seed + i * 7) % 26);
    }
    field.value.kind = FL_VALUE_STRING;
    field.value.bytes = (struct fl_bytes){(const uint8_t *)text, size};
    fl_buffer_clear(buffer);
    ASSERT_OK(fl_record_encode(&object, buffer));
    free(text);
}

static void put_object(struct fl_txn *txn, uint32_t type, uint32_t number, unsigned seed)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    make_record(&buffer, number % 50 == 49 ? 100000 : 50 + number % 100, seed);
    (void)suite_append(txn, suite_key(type, number), fl_buffer_view(&buffer), 0);
    fl_buffer_deinit(&buffer);
}

/* A store with something of everything in it. */
static void populate(struct suite *suite)
{
    struct fl_peer peer = {
        .node = suite_uuid(50),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE,
        .code = "Ф02",
    };
    struct fl_collision_record collision = {
        .kept = FL_COLLISION_KEPT_OURS,
        .reason = FL_COLLISION_REASON_PARENT_WINS,
    };
    struct fl_quarantined quarantined = {.key = suite_key(1, 1)};
    struct fl_peer_stream stream;
    struct fl_txn txn;

    for (uint32_t i = 0; i < 20; i++) {
        fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
        for (uint32_t j = 0; j < 100; j++) {
            put_object(&txn, 1 + j % 3, (i * 100 + j) % 1500, i * j);
        }
        ASSERT_OK(fl_txn_commit(&txn));
    }
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(1, 0), suite_text(""), FL_ENTRY_DELETED);
    fl_peers_put(&txn, &peer);
    stream = (struct fl_peer_stream){peer.number, suite_uuid(51)};
    fl_positions_put(&txn, &(struct fl_stored_position){.stream = stream, .number = 4});
    fl_messages_put(
        &txn, &(struct fl_sent_message){.stream = stream, .number = 1, .lsn_to = 10});
    fl_staged_put(&txn, stream, 5, suite_text("header"));
    (void)fl_collisions_append(&txn, &collision);
    (void)fl_quarantine_append(&txn, &quarantined);
    fl_registered_put(&txn, peer.number, suite_key(1, 1));
    fl_streams_put(
        &txn, 1,
        &(struct fl_stream_row){.lsn = 1, .lsn_first = 1, .key = suite_key(1, 1)});
    ASSERT_OK(fl_txn_commit(&txn));
}

static void print_problem(void *context, const char *text)
{
    (void)context;
    print_message("%s\n", text);
}

static uint64_t problems(struct suite *suite)
{
    struct fl_check_options options = {.problem = print_problem};
    struct fl_check_report report;

    ASSERT_OK(fl_store_check(suite->store, &options, &report, NULL));
    return report.problems;
}

struct progress {
    uint64_t last;
    uint64_t total;
};

static void note_progress(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;

    assert_true(done >= progress->last && done <= total);
    progress->last = done;
    progress->total = total;
}

static void test_a_sound_store_has_no_problems(void **state)
{
    struct suite *suite = *state;
    struct progress progress = {0, 0};
    struct fl_check_options options = {&progress, note_progress, print_problem};
    struct fl_check_report report;
    struct fl_sweep sweep = {.lsn_next = 0};

    populate(suite);
    ASSERT_OK(fl_store_check(suite->store, &options, &report, NULL));
    assert_int_equal(report.problems, 0);
    assert_int_equal(report.journal_entries, 2001);
    assert_int_equal(report.live_entries, report.objects);
    assert_int_equal(report.tombstones, 1);
    assert_int_equal(report.peers, 1);
    assert_int_equal(report.messages, 1);
    assert_int_equal(progress.last, progress.total);
    while (!sweep.done) {
        ASSERT_OK(fl_sweep(suite->store, UINT64_MAX, &sweep, NULL));
    }
    assert_true(sweep.removed > 0);
    assert_int_equal(problems(suite), 0);
}

static void test_an_empty_store_has_no_problems(void **state)
{
    assert_int_equal(problems(*state), 0);
}

/* Every table in turn: change one byte of one row, the check finds it. */
static void spoil(struct suite *suite, enum fl_table table, size_t nth, size_t at)
{
    static uint8_t copy[1 << 17];
    const struct fl_engine *engine;
    struct fl_bytes key;
    struct fl_bytes row;
    struct fl_txn txn;
    uint8_t key_copy[FL_PART_KEY_BYTES_MAX];
    uint8_t *written;
    void *cursor;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    engine = fl_txn_engine(&txn);
    cursor = fl_txn_cursor(&txn, table);
    ASSERT_OK(engine->cursor_seek(cursor, suite_text(""), &key, &row));
    for (size_t i = 0; i < nth; i++) {
        ASSERT_OK(engine->cursor_next(cursor, &key, &row));
    }
    memcpy(key_copy, key.data, key.size);
    key.data = key_copy;
    memcpy(copy, row.data, row.size);
    copy[at % row.size] ^= 0x01;
    row.data = copy;
    fl_txn_cursor_end(&txn, cursor);
    ASSERT_OK(engine->reserve(txn.handle, table, key, row.size, false, &written));
    memcpy(written, copy, row.size);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_changed_byte_is_found_in_every_table(void **state)
{
    struct suite *suite = *state;

    populate(suite);
    for (int table = 0; table < FL_TABLE_COUNT_; table++) {
        struct fl_txn txn;
        uint64_t count;

        fl_txn_begin(&txn, suite->store, FL_TXN_READ);
        count = fl_table_entries(&txn, (enum fl_table)table);
        ASSERT_OK(fl_txn_commit(&txn));
        for (size_t at = 0; count > 0 && at < 3; at++) {
            size_t nth = (size_t)(count / 2);

            spoil(suite, (enum fl_table)table, nth, at * 7);
            assert_true(problems(suite) > 0);
            spoil(suite, (enum fl_table)table, nth, at * 7);
        }
        assert_int_equal(problems(suite), 0);
    }
}

static void remove_row(struct suite *suite, enum fl_table table, struct fl_bytes key)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    ASSERT_OK(fl_txn_engine(&txn)->remove(txn.handle, table, key));
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_lost_entry_is_found(void **state)
{
    struct suite *suite = *state;
    uint8_t lsn[8];

    populate(suite);
    fl_store_u64(lsn, 1990);
    remove_row(suite, FL_TABLE_JOURNAL, (struct fl_bytes){lsn, 8});
    assert_true(problems(suite) > 0);
}

static void test_a_lost_place_is_found(void **state)
{
    struct suite *suite = *state;
    uint8_t key[FL_KEY_BYTES];

    populate(suite);
    fl_key_encode(suite_key(2, 1), key);
    remove_row(suite, FL_TABLE_OBJECTS, (struct fl_bytes){key, sizeof key});
    assert_true(problems(suite) > 0);
}

static void test_a_malformed_record_is_found(void **state)
{
    struct suite *suite = *state;

    (void)suite_write(suite, suite_key(1, 1), "\xff\xff not a record");
    assert_int_equal(problems(suite), 1);
}

static void test_an_unknown_origin_is_found(void **state)
{
    struct suite *suite = *state;
    struct fl_entry entry = {.key = suite_key(1, 1), .origin = 5};
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(fl_journal_append(&txn, &entry), 1);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_int_equal(problems(suite), 1);
}

static void test_a_peer_ahead_of_the_journal_is_found(void **state)
{
    struct suite *suite = *state;
    struct fl_peer peer = {
        .node = suite_uuid(50),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE,
        .confirmed_lsn = 1,
    };
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_peers_put(&txn, &peer);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_int_equal(problems(suite), 1);
}

static struct fl_store_contents contents_of(struct suite *suite, uint32_t type)
{
    struct fl_store_contents contents;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_store_content(&txn, type, &contents));
    ASSERT_OK(fl_txn_commit(&txn));
    return contents;
}

static void assert_same(struct fl_store_contents a, struct fl_store_contents b)
{
    assert_int_equal(a.objects, b.objects);
    assert_int_equal(a.bytes, b.bytes);
    assert_memory_equal(a.hash, b.hash, sizeof a.hash);
}

static void test_equal_data_has_equal_content_however_it_came(void **state)
{
    struct suite *suite = *state;
    struct fl_store_contents before;
    struct fl_store_contents after;
    struct fl_txn txn;

    (void)suite_write(suite, suite_key(1, 1), "a");
    (void)suite_write(suite, suite_key(2, 2), "b");
    before = contents_of(suite, 0);
    assert_int_equal(before.objects, 2);
    assert_int_equal(before.bytes, 2);
    (void)suite_write(suite, suite_key(1, 1), "c");
    after = contents_of(suite, 0);
    assert_memory_not_equal(before.hash, after.hash, sizeof after.hash);
    (void)suite_write(suite, suite_key(3, 3), "gone");
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(3, 3), suite_text(""), FL_ENTRY_DELETED);
    (void)suite_append(&txn, suite_key(1, 1), suite_text("a"), 0);
    ASSERT_OK(fl_txn_commit(&txn));
    assert_same(contents_of(suite, 0), before);
    assert_int_equal(contents_of(suite, 1).objects, 1);
    assert_int_equal(contents_of(suite, 3).objects, 0);
    assert_int_equal(contents_of(suite, 9).objects, 0);
}

static void test_types_are_listed(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;
    uint32_t type = 0;

    (void)suite_write(suite, suite_key(7, 1), "a");
    (void)suite_write(suite, suite_key(7, 2), "a");
    (void)suite_write(suite, suite_key(UINT32_MAX, 2), "b");
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_store_type_next(&txn, type, &type));
    assert_int_equal(type, 7);
    ASSERT_OK(fl_store_type_next(&txn, type, &type));
    assert_int_equal(type, UINT32_MAX);
    assert_int_equal(fl_store_type_next(&txn, type, &type), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_a_sound_store_has_no_problems),
        SUITE(test_an_empty_store_has_no_problems),
        SUITE(test_a_changed_byte_is_found_in_every_table),
        SUITE(test_a_lost_entry_is_found),
        SUITE(test_a_lost_place_is_found),
        SUITE(test_a_malformed_record_is_found),
        SUITE(test_an_unknown_origin_is_found),
        SUITE(test_a_peer_ahead_of_the_journal_is_found),
        SUITE(test_equal_data_has_equal_content_however_it_came),
        SUITE(test_types_are_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
