/* What belongs to the streams of a peer: positions, sent messages, staged bytes. */

#include "suite.h"

#include "storage/messages.h"
#include "storage/positions.h"
#include "storage/staged.h"
#include "table.h"

static struct fl_peer_stream a_stream(uint32_t peer, uint8_t incarnation)
{
    return (struct fl_peer_stream){peer, suite_uuid(incarnation)};
}

static void put_position(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    int64_t applied_ms)
{
    struct fl_stored_position position = {
        .stream = stream,
        .number = number,
        .applied_ms = applied_ms,
    };

    memset(position.hash, (int)number, sizeof position.hash);
    fl_positions_put(txn, &position);
}

static void test_each_stream_has_a_position_of_its_own(void **state)
{
    struct suite *suite = *state;
    struct fl_stored_position position;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    put_position(&txn, a_stream(1, 1), 5, 100);
    put_position(&txn, a_stream(1, 2), 1, 200);
    put_position(&txn, a_stream(2, 1), 9, 300);
    put_position(&txn, a_stream(1, 1), 6, 400);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_positions_get(&txn, a_stream(1, 1), &position));
    assert_int_equal(position.number, 6);
    assert_int_equal(position.hash[31], 6);
    assert_int_equal(position.applied_ms, 400);
    assert_true(fl_uuid_equal(position.stream.incarnation, suite_uuid(1)));
    ASSERT_OK(fl_positions_get(&txn, a_stream(2, 1), &position));
    assert_int_equal(position.number, 9);
    assert_int_equal(fl_positions_get(&txn, a_stream(2, 2), &position), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_the_position_applied_longest_ago_makes_room(void **state)
{
    struct suite *suite = *state;
    struct fl_stored_position positions[FL_POSITIONS_MAX];
    struct fl_stored_position position;
    struct fl_txn txn;
    size_t count;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    put_position(&txn, a_stream(2, 1), 1, 1);
    for (uint8_t i = 1; i <= FL_POSITIONS_MAX; i++) {
        put_position(&txn, a_stream(1, i), i, i == 7 ? 10 : 100 + i);
    }
    ASSERT_OK(fl_positions_list(&txn, 1, positions, &count));
    assert_int_equal(count, FL_POSITIONS_MAX);
    /* One that is there already forgets none. */
    put_position(&txn, a_stream(1, 3), 33, 500);
    ASSERT_OK(fl_positions_get(&txn, a_stream(1, 7), &position));
    put_position(&txn, a_stream(1, 99), 1, 600);
    assert_int_equal(fl_positions_get(&txn, a_stream(1, 7), &position), FL_NOT_FOUND);
    ASSERT_OK(fl_positions_get(&txn, a_stream(1, 99), &position));
    ASSERT_OK(fl_positions_list(&txn, 1, positions, &count));
    assert_int_equal(count, FL_POSITIONS_MAX);
    ASSERT_OK(fl_positions_get(&txn, a_stream(2, 1), &position));
    ASSERT_OK(fl_txn_commit(&txn));
}

static void put_message(struct fl_txn *txn, struct fl_peer_stream stream, uint64_t number)
{
    struct fl_sent_message message = {
        .stream = stream,
        .number = number,
        .lsn_from = 10 * number,
        .lsn_to = 10 * number + 9,
        .base_number = number - 1,
        .bytes = 1000 + number,
        .sent_ms = (int64_t)(5000 + number),
        .series_end = number % 2 == 0,
    };

    memset(message.hash, (int)number, sizeof message.hash);
    fl_messages_put(txn, &message);
}

static void test_a_message_is_found_by_number_and_hash(void **state)
{
    struct suite *suite = *state;
    struct fl_sent_message message;
    uint8_t hash[FL_PEER_HASH_BYTES];
    struct fl_txn txn;

    memset(hash, 2, sizeof hash);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    put_message(&txn, a_stream(1, 1), 1);
    put_message(&txn, a_stream(1, 1), 2);
    put_message(&txn, a_stream(1, 2), 1);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_messages_find(&txn, a_stream(1, 1), 2, hash, &message));
    assert_int_equal(message.number, 2);
    assert_int_equal(message.lsn_from, 20);
    assert_int_equal(message.lsn_to, 29);
    assert_int_equal(message.base_number, 1);
    assert_int_equal(message.bytes, 1002);
    assert_int_equal(message.sent_ms, 5002);
    assert_true(message.series_end);
    /* Numbers alone are not enough. */
    assert_int_equal(
        fl_messages_find(&txn, a_stream(1, 1), 1, hash, &message), FL_NOT_FOUND);
    assert_int_equal(
        fl_messages_find(&txn, a_stream(1, 1), 3, hash, &message), FL_NOT_FOUND);
    ASSERT_OK(fl_messages_last(&txn, a_stream(1, 1), &message));
    assert_int_equal(message.number, 2);
    ASSERT_OK(fl_messages_last(&txn, a_stream(1, 2), &message));
    assert_int_equal(message.number, 1);
    assert_int_equal(fl_messages_last(&txn, a_stream(2, 1), &message), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_pruning_keeps_what_is_remembered_and_unconfirmed(void **state)
{
    enum { LAST = 500, CONFIRMED = 400 };
    struct suite *suite = *state;
    struct fl_sent_message message;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    put_message(&txn, a_stream(1, 2), 1);
    for (uint64_t i = 1; i <= LAST; i++) {
        put_message(&txn, a_stream(1, 1), i);
    }
    fl_messages_prune(&txn, a_stream(1, 1), CONFIRMED);
    /* At most 256 rows a call. */
    ASSERT_OK(fl_messages_get(&txn, a_stream(1, 1), 257, &message));
    assert_int_equal(fl_messages_get(&txn, a_stream(1, 1), 256, &message), FL_NOT_FOUND);
    fl_messages_prune(&txn, a_stream(1, 1), CONFIRMED);
    assert_int_equal(
        fl_messages_get(
            &txn, a_stream(1, 1), CONFIRMED - FL_MESSAGES_REMEMBERED - 1, &message),
        FL_NOT_FOUND);
    ASSERT_OK(fl_messages_get(
        &txn, a_stream(1, 1), CONFIRMED - FL_MESSAGES_REMEMBERED, &message));
    ASSERT_OK(fl_messages_get(&txn, a_stream(1, 1), LAST, &message));
    ASSERT_OK(fl_messages_get(&txn, a_stream(1, 2), 1, &message));
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_chunks_are_held_until_the_message_is_whole(void **state)
{
    struct suite *suite = *state;
    uint8_t *memory = malloc(FL_CHUNK_PLAIN_BYTES_MAX);
    struct fl_bytes chunk;
    struct fl_bytes header;
    struct fl_bytes read;
    struct fl_txn txn;
    uint32_t chunks = 0;

    assert_non_null(memory);
    chunk = suite_bytes(memory, FL_CHUNK_PLAIN_BYTES_MAX, 3);
    fl_txn_begin(&txn, suite->store, FL_TXN_INTAKE);
    fl_staged_put(&txn, a_stream(1, 1), 7, suite_text("header"));
    fl_staged_put_chunk(&txn, a_stream(1, 1), 7, 0, chunk);
    fl_staged_put_chunk(&txn, a_stream(1, 1), 7, 1, suite_text("second"));
    fl_staged_put_chunk(&txn, a_stream(1, 1), 7, 3, suite_text("fourth"));
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_INTAKE);
    ASSERT_OK(fl_staged_get(&txn, a_stream(1, 1), 7, &header, &chunks));
    assert_true(fl_bytes_equal(header, suite_text("header")));
    assert_int_equal(chunks, 2);
    ASSERT_OK(fl_staged_get_chunk(&txn, a_stream(1, 1), 7, 0, &read));
    assert_true(fl_bytes_equal(read, chunk));
    ASSERT_OK(fl_staged_get_chunk(&txn, a_stream(1, 1), 7, 3, &read));
    assert_true(fl_bytes_equal(read, suite_text("fourth")));
    assert_int_equal(
        fl_staged_get_chunk(&txn, a_stream(1, 1), 7, 2, &read), FL_NOT_FOUND);
    fl_staged_put_chunk(&txn, a_stream(1, 1), 7, 2, suite_text("third"));
    ASSERT_OK(fl_staged_get(&txn, a_stream(1, 1), 7, &header, &chunks));
    assert_int_equal(chunks, 4);
    /* Begun anew, nothing of the old one is left. */
    fl_staged_put(&txn, a_stream(1, 1), 7, suite_text("other"));
    ASSERT_OK(fl_staged_get(&txn, a_stream(1, 1), 7, &header, &chunks));
    assert_int_equal(chunks, 0);
    fl_staged_drop(&txn, a_stream(1, 1), 7);
    fl_staged_drop(&txn, a_stream(1, 1), 7);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STAGED), 0);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_PARTS), 0);
    ASSERT_OK(fl_txn_commit(&txn));
    free(memory);
}

static void test_staged_messages_are_listed_and_dropped(void **state)
{
    struct suite *suite = *state;
    struct fl_staged_message message = {.number = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_INTAKE);
    fl_staged_put(&txn, a_stream(1, 1), 7, suite_text("a"));
    fl_staged_put_chunk(&txn, a_stream(1, 1), 7, 0, suite_text("x"));
    fl_staged_put(&txn, a_stream(1, 1), 8, suite_text("b"));
    fl_staged_put(&txn, a_stream(1, 2), 1, suite_text("c"));
    fl_staged_put(&txn, a_stream(2, 1), 1, suite_text("d"));
    ASSERT_OK(fl_staged_next(&txn, &message, &message));
    assert_int_equal(message.stream.peer, 1);
    assert_int_equal(message.number, 7);
    assert_int_equal(message.chunks, 1);
    ASSERT_OK(fl_staged_next(&txn, &message, &message));
    assert_int_equal(message.number, 8);
    assert_int_equal(message.chunks, 0);
    ASSERT_OK(fl_staged_next(&txn, &message, &message));
    assert_true(fl_uuid_equal(message.stream.incarnation, suite_uuid(2)));
    ASSERT_OK(fl_staged_next(&txn, &message, &message));
    assert_int_equal(message.stream.peer, 2);
    assert_int_equal(fl_staged_next(&txn, &message, &message), FL_NOT_FOUND);
    fl_staged_drop_stream(&txn, a_stream(1, 1));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STAGED), 2);
    fl_staged_drop_stream(&txn, a_stream(1, 0));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_STAGED), 1);
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_each_stream_has_a_position_of_its_own),
        SUITE(test_the_position_applied_longest_ago_makes_room),
        SUITE(test_a_message_is_found_by_number_and_hash),
        SUITE(test_pruning_keeps_what_is_remembered_and_unconfirmed),
        SUITE(test_chunks_are_held_until_the_message_is_whole),
        SUITE(test_staged_messages_are_listed_and_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
