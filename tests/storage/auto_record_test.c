/* AutoRecord: where it turned, and what had registered an object before. */

#include "suite.h"

#include "storage/auto_record.h"
#include "table.h"

static const uint8_t PLAN[FL_PEER_PLAN_BYTES] = {1};
static const uint8_t OTHER[FL_PEER_PLAN_BYTES] = {2};

static uint64_t put_from(struct fl_txn *txn, uint32_t number, uint32_t origin)
{
    return fl_journal_append(
        txn,
        &(struct fl_entry){
            .key = suite_key(1, number), .origin = origin, .record = suite_text("x")});
}

static uint64_t put(struct fl_txn *txn, uint32_t number)
{
    return put_from(txn, number, FL_ORIGIN_HERE);
}

static void turn(struct fl_txn *txn)
{
    fl_auto_record_turn(txn, PLAN, 1, fl_journal_head(txn));
}

static uint64_t recorded(struct fl_txn *txn, uint32_t number)
{
    struct fl_auto_recorded found = {.lsn = 0};

    return fl_auto_recorded_get(txn, PLAN, suite_key(1, number), &found) == FL_OK
               ? found.lsn
               : 0;
}

static struct fl_auto_record rule_of(struct fl_txn *txn)
{
    struct fl_auto_record rule = {.turn_count = 0};

    (void)fl_auto_record_get(txn, PLAN, 1, &rule);
    return rule;
}

static void add_peer(struct fl_txn *txn, uint8_t byte)
{
    static struct fl_peer peer;

    memset(&peer, 0, sizeof peer);
    peer.node = suite_uuid(byte);
    peer.role = FL_PEER_CHILD;
    peer.format = FL_PEER_NATIVE;
    peer.state = FL_PEER_ACTIVE;
    (void)snprintf(peer.code, sizeof peer.code, "N%u", byte);
    fl_peers_put(txn, &peer);
}

static void test_it_is_on_until_it_turns(void **state)
{
    struct suite *suite = *state;
    struct fl_auto_record rule;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    add_peer(&txn, 3);
    assert_int_equal(fl_auto_record_get(&txn, PLAN, 1, &rule), FL_NOT_FOUND);
    (void)put(&txn, 1);
    turn(&txn);
    (void)put(&txn, 2);
    add_peer(&txn, 4);
    turn(&txn);
    rule = rule_of(&txn);
    assert_int_equal(rule.turn_count, 2);
    for (uint32_t peer = 0; peer <= 1; peer++) {
        assert_true(fl_auto_record_is_on(&rule, peer, 1));
        assert_false(fl_auto_record_is_on(&rule, peer, 2));
        assert_true(fl_auto_record_is_on(&rule, peer, 3));
    }
    /* Who came later found it off, and had it on before anything that he is sent. */
    assert_false(fl_auto_record_is_on(&rule, 2, 1));
    assert_true(fl_auto_record_is_on(&rule, 3, 1));
    assert_int_equal(fl_auto_record_get(&txn, OTHER, 1, &rule), FL_NOT_FOUND);
    assert_int_equal(fl_auto_record_get(&txn, PLAN, 2, &rule), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_what_registered_an_object_is_remembered(void **state)
{
    struct suite *suite = *state;
    struct fl_auto_recorded found;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    (void)put(&txn, 1);
    uint64_t lsn = put_from(&txn, 1, 7);
    (void)put(&txn, 2);
    turn(&txn);
    (void)put(&txn, 1);
    (void)put(&txn, 1);
    (void)put(&txn, 3);
    ASSERT_OK(fl_auto_recorded_get(&txn, PLAN, suite_key(1, 1), &found));
    assert_int_equal(found.lsn, lsn);
    assert_int_equal(found.lsn_first, 1);
    assert_int_equal(found.origin, 7);
    assert_true(fl_key_equal(found.key, suite_key(1, 1)));
    assert_int_equal(recorded(&txn, 2), 0); /* its live entry says it all */
    assert_int_equal(recorded(&txn, 3), 0);
    assert_int_equal(
        fl_auto_recorded_get(&txn, OTHER, suite_key(1, 1), &found), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_it_goes_when_the_object_is_registered_anew(void **state)
{
    struct suite *suite = *state;
    struct fl_auto_recorded found;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    (void)put(&txn, 1);
    turn(&txn);
    (void)put(&txn, 1);
    turn(&txn);
    uint64_t lsn = put(&txn, 1);
    assert_int_equal(recorded(&txn, 1), 0);
    assert_int_equal(fl_auto_recorded_next(&txn, PLAN, 0, &found), FL_NOT_FOUND);
    turn(&txn);
    (void)put(&txn, 1);
    assert_int_equal(recorded(&txn, 1), lsn);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_they_are_found_in_the_order_of_the_journal(void **state)
{
    struct suite *suite = *state;
    struct fl_auto_recorded found = {.lsn = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    for (uint32_t i = 1; i <= 5; i++) {
        (void)put(&txn, i);
    }
    turn(&txn);
    for (uint32_t i = 5; i >= 1; i--) {
        (void)put(&txn, i);
    }
    for (uint64_t lsn = 1; lsn <= 5; lsn++) {
        ASSERT_OK(fl_auto_recorded_next(&txn, PLAN, found.lsn + 1, &found));
        assert_int_equal(found.lsn, lsn);
        assert_true(fl_key_equal(found.key, suite_key(1, (uint32_t)lsn)));
    }
    assert_int_equal(fl_auto_recorded_next(&txn, PLAN, 6, &found), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_what_lies_behind_everybody_becomes_one_state(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    for (uint32_t i = 1; i <= 3; i++) {
        (void)put(&txn, i);
        turn(&txn); /* at 1 off, at 2 on, at 3 off */
    }
    (void)put(&txn, 1);
    (void)put(&txn, 3);
    assert_int_equal(recorded(&txn, 1), 1);
    assert_int_equal(recorded(&txn, 3), 3);
    assert_false(fl_auto_record_is_untidy(&txn, PLAN, 0));
    assert_true(fl_auto_record_is_untidy(&txn, PLAN, 1));
    assert_false(fl_auto_record_is_untidy(&txn, OTHER, UINT64_MAX));
    assert_false(fl_auto_record_tidy(&txn, PLAN, 2));
    assert_int_equal(rule_of(&txn).turn_count, 1);
    assert_int_equal(rule_of(&txn).turns[0].lsn, 3);
    assert_int_equal(recorded(&txn, 1), 0);
    assert_int_equal(recorded(&txn, 3), 3);
    assert_false(fl_auto_record_tidy(&txn, PLAN, 3));
    struct fl_auto_record rule = rule_of(&txn);
    assert_int_equal(rule.turn_count, 1);
    assert_false(fl_auto_record_is_on(&rule, 1, 1));
    assert_int_equal(recorded(&txn, 3), 0);
    assert_false(fl_auto_record_is_untidy(&txn, PLAN, UINT64_MAX));
    /* Never on, so nothing is remembered. */
    (void)put(&txn, 2);
    assert_int_equal(recorded(&txn, 2), 0);
    turn(&txn);
    assert_false(fl_auto_record_tidy(&txn, PLAN, UINT64_MAX));
    assert_int_equal(rule_of(&txn).turn_count, 0);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_tidying_goes_a_little_at_a_time(void **state)
{
    enum { OBJECTS = FL_AUTO_RECORD_ROWS_PER_CALL + 10 };
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    for (uint32_t i = 1; i <= OBJECTS; i++) {
        (void)put(&txn, i);
    }
    turn(&txn);
    for (uint32_t i = 1; i <= OBJECTS; i++) {
        (void)put(&txn, i);
    }
    assert_true(fl_auto_record_tidy(&txn, PLAN, OBJECTS));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_REGISTERED), 2 * 10);
    assert_false(fl_auto_record_tidy(&txn, PLAN, OBJECTS));
    assert_int_equal(fl_table_entries(&txn, FL_TABLE_REGISTERED), 0);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_of_too_many_turns_the_oldest_are_forgotten(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    for (uint32_t i = 1; i <= FL_AUTO_RECORD_TURNS_MAX + 1; i++) {
        (void)put(&txn, i);
        turn(&txn);
    }
    struct fl_auto_record rule = rule_of(&txn);
    assert_int_equal(rule.turn_count, FL_AUTO_RECORD_TURNS_MAX - 1);
    assert_true(fl_auto_record_is_on(&rule, 0, 2)); /* it was off */
    assert_false(fl_auto_record_is_on(&rule, 0, 4));
    assert_false(fl_auto_record_is_on(&rule, 0, UINT64_MAX));
    ASSERT_OK(fl_txn_commit(&txn));
}

/* What a peer that came while the rule was on is to get, whenever it was written. */
static void test_what_somebody_found_on_is_remembered(void **state)
{
    struct suite *suite = *state;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    (void)put(&txn, 9);
    turn(&txn);
    uint64_t lsn = put(&txn, 1);
    turn(&txn);
    add_peer(&txn, 3);
    turn(&txn);
    (void)put(&txn, 1);
    assert_int_equal(recorded(&txn, 1), lsn);
    struct fl_auto_record rule = rule_of(&txn);
    assert_true(fl_auto_record_is_on(&rule, 1, lsn));
    assert_false(fl_auto_record_is_on(&rule, 0, lsn));
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_it_is_on_until_it_turns),
        SUITE(test_what_registered_an_object_is_remembered),
        SUITE(test_it_goes_when_the_object_is_registered_anew),
        SUITE(test_they_are_found_in_the_order_of_the_journal),
        SUITE(test_what_lies_behind_everybody_becomes_one_state),
        SUITE(test_tidying_goes_a_little_at_a_time),
        SUITE(test_of_too_many_turns_the_oldest_are_forgotten),
        SUITE(test_what_somebody_found_on_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
