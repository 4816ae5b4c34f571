/* Registrations beside the position: the rows of 1C's table. */

#include "suite.h"

#include "storage/registered.h"
#include "table.h"

static const struct fl_peer_stream ours = {.peer = 7, .incarnation = {{1}}};

static struct fl_registered get(struct fl_txn *txn, uint32_t number)
{
    struct fl_registered row;

    ASSERT_OK(fl_registered_get(txn, ours.peer, suite_key(1, number), &row));
    return row;
}

static bool is_there(struct fl_txn *txn, uint32_t number)
{
    struct fl_registered row;

    return fl_registered_get(txn, ours.peer, suite_key(1, number), &row) == FL_OK;
}

static void confirm(struct fl_txn *txn, uint64_t number, uint64_t lsn)
{
    struct fl_key from = {0};

    while (fl_registered_confirm(txn, ours, number, lsn, &from)) {
    }
}

static void test_a_row_has_the_number_of_the_message_that_carried_it(void **state)
{
    struct suite *suite = *state;
    struct fl_registered row;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_registered_put(&txn, ours.peer, suite_key(1, 1));
    row = get(&txn, 1);
    assert_int_equal(row.number, 0);
    fl_registered_number(&txn, &row, 5, ours.incarnation);
    row = get(&txn, 1);
    assert_int_equal(row.number, 5);
    fl_registered_number(&txn, &row, 6, ours.incarnation);
    assert_int_equal(get(&txn, 1).number, 6);
    fl_registered_number(&txn, &row, 2, suite_uuid(9));
    assert_int_equal(get(&txn, 1).number, 2);
    /* Registered once more: without a number. */
    fl_registered_put(&txn, ours.peer, suite_key(1, 1));
    assert_int_equal(get(&txn, 1).number, 0);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_confirming_removes_what_was_carried_and_nothing_else(void **state)
{
    struct suite *suite = *state;
    struct fl_registered row;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    for (uint32_t number = 1; number <= 4; number++) {
        fl_registered_put(&txn, ours.peer, suite_key(1, number));
        fl_registered_put(&txn, ours.peer + 1, suite_key(1, number));
    }
    for (uint32_t number = 1; number <= 3; number++) {
        row = get(&txn, number);
        fl_registered_number(
            &txn, &row, number, number == 3 ? suite_uuid(9) : ours.incarnation);
    }
    fl_registered_take_back(&txn, ours.peer, suite_key(1, 5), 100);
    fl_registered_take_back(&txn, ours.peer, suite_key(1, 6), 200);
    confirm(&txn, 1, 150);
    assert_false(is_there(&txn, 1));
    assert_true(is_there(&txn, 2)); /* a later number */
    assert_true(is_there(&txn, 3)); /* of another incarnation */
    assert_true(is_there(&txn, 4)); /* no message has carried it */
    assert_false(is_there(&txn, 5));
    assert_true(is_there(&txn, 6));
    ASSERT_OK(fl_registered_get(&txn, ours.peer + 1, suite_key(1, 1), &row));
    ASSERT_OK(fl_txn_commit(&txn));
}

/* Without what is remembered. */
static unsigned rows_of(struct fl_txn *txn)
{
    struct fl_registered row;
    struct fl_key after = {.type = 0};
    unsigned count = 0;

    while (fl_registered_next(txn, ours.peer, count == 0 ? NULL : &after, &row) ==
           FL_OK) {
        after = row.key;
        count++;
    }
    return count;
}

static void test_rows_are_walked_in_bounded_steps(void **state)
{
    struct suite *suite = *state;
    struct fl_registered row;
    struct fl_key from = {0};
    struct fl_txn txn;
    uint32_t steps = 0;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    for (uint32_t number = 1; number <= 2 * FL_REGISTERED_ROWS_PER_CALL; number++) {
        fl_registered_put(&txn, ours.peer, suite_key(1, number));
        if (number % 2 == 0) {
            row = get(&txn, number);
            fl_registered_number(&txn, &row, 1, ours.incarnation);
        }
    }
    while (fl_registered_confirm(&txn, ours, 1, 0, &from)) {
        steps++;
    }
    assert_int_equal(steps, 2);
    assert_int_equal(rows_of(&txn), FL_REGISTERED_ROWS_PER_CALL);
    assert_true(fl_registered_again(&txn, ours.peer));
    assert_false(fl_registered_again(&txn, ours.peer));
    assert_int_equal(rows_of(&txn), 2 * FL_REGISTERED_ROWS_PER_CALL);
    assert_int_equal(
        fl_table_entries(&txn, FL_TABLE_REGISTERED), 2 * FL_REGISTERED_ROWS_PER_CALL);
    ASSERT_OK(fl_txn_commit(&txn));
}

/* Message `number` carried it, and was confirmed. */
static void carry(struct fl_txn *txn, uint32_t object, uint64_t number)
{
    fl_registered_put(txn, ours.peer, suite_key(1, object));
    const struct fl_registered row = get(txn, object);

    fl_registered_number(txn, &row, number, ours.incarnation);
    confirm(txn, number, 0);
}

static void test_a_restored_peer_is_registered_what_it_had_confirmed(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    carry(&txn, 1, 5);
    carry(&txn, 2, 6);
    carry(&txn, 3, 6);
    assert_int_equal(rows_of(&txn), 0);
    fl_registered_take_back(&txn, ours.peer, suite_key(1, 3), 100);
    assert_false(fl_registered_again(&txn, ours.peer + 1));
    assert_int_equal(rows_of(&txn), 1);
    assert_false(fl_registered_again(&txn, ours.peer));
    assert_int_equal(rows_of(&txn), 3);
    assert_int_equal(get(&txn, 1).kind, FL_REGISTERED);
    assert_int_equal(get(&txn, 1).number, 0);
    assert_int_equal(get(&txn, 3).kind, FL_UNREGISTERED);
    fl_registered_remove(&txn, ours.peer, suite_key(1, 1));
    assert_false(fl_registered_again(&txn, ours.peer));
    assert_false(is_there(&txn, 1));
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_what_was_carried_is_forgotten_with_its_message(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    carry(&txn, 1, 5);
    carry(&txn, 2, 6);
    fl_registered_forget(&txn, ours.peer, 5 + FL_MESSAGES_REMEMBERED);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_REGISTERED), 2);
    fl_registered_forget(&txn, ours.peer, 6 + FL_MESSAGES_REMEMBERED);
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_REGISTERED), 1);
    assert_false(fl_registered_again(&txn, ours.peer));
    assert_true(is_there(&txn, 2));
    assert_false(is_there(&txn, 1));
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_rows_go_with_their_peer(void **state)
{
    struct suite *suite = *state;
    struct fl_peer peer = {
        .node = suite_uuid(50),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE,
        .code = "Ф02",
    };
    struct fl_registered row;
    struct fl_key from = {0};
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_peers_put(&txn, &peer);
    fl_registered_put(&txn, peer.number, suite_key(1, 1));
    fl_registered_put(&txn, peer.number + 1, suite_key(1, 1));
    ASSERT_OK(fl_registered_get(&txn, peer.number, suite_key(1, 1), &row));
    fl_registered_number(&txn, &row, 1, ours.incarnation);
    while (fl_registered_confirm(
        &txn, (struct fl_peer_stream){peer.number, ours.incarnation}, 1, 0, &from)) {
    }
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_REGISTERED), 2);
    ASSERT_OK(fl_peers_remove(&txn, peer.number));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_REGISTERED), 1);
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_a_row_has_the_number_of_the_message_that_carried_it),
        SUITE(test_confirming_removes_what_was_carried_and_nothing_else),
        SUITE(test_rows_are_walked_in_bounded_steps),
        SUITE(test_a_restored_peer_is_registered_what_it_had_confirmed),
        SUITE(test_what_was_carried_is_forgotten_with_its_message),
        SUITE(test_rows_go_with_their_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
