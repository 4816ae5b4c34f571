#include "suite.h"

#include "storage/messages.h"
#include "storage/nodes.h"
#include "storage/peers.h"
#include "storage/positions.h"
#include "storage/staged.h"

static const uint8_t plan[FL_PEER_PLAN_BYTES] = "plan of branches";

static struct fl_peer a_peer(const char *code, uint8_t node)
{
    struct fl_peer peer = {
        .node = suite_uuid(node),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_V8MSG,
        .state = FL_PEER_SUSPENDED,
        .plan_name = "Филиалы",
        .name = "Филиал на Мира, 1",
        .endpoint = "tcp://centre.example:7000",
        .previous_key_until_ms = -5,
        .number_sent = 7,
        .confirmed_number = 5,
        .confirmed_lsn = 99,
        .resend_below = 98,
        .number_received = UINT64_MAX,
        .incarnation = suite_uuid(44),
        .whole_number = 6,
        .whole_ms = 1,
        .whole_lsn = 97,
        .created_ms = 2,
        .last_sent_ms = 3,
        .last_received_ms = 4,
        .last_confirmed_ms = 5,
        .limit_bytes_per_second = 8000,
    };

    memcpy(peer.plan, plan, sizeof plan);
    memset(peer.signing_key, 0xa1, sizeof peer.signing_key);
    memset(peer.transport_key, 0xa2, sizeof peer.transport_key);
    memset(peer.previous_signing_key, 0xa3, sizeof peer.previous_signing_key);
    memset(peer.received_hash, 0xa4, sizeof peer.received_hash);
    (void)snprintf(peer.code, sizeof peer.code, "%s", code);
    return peer;
}

static void put_peer(struct suite *suite, struct fl_peer *peer)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_peers_put(&txn, peer);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void assert_same(const struct fl_peer *a, const struct fl_peer *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->origin, b->origin);
    assert_memory_equal(a->plan, b->plan, sizeof a->plan);
    assert_true(fl_uuid_equal(a->node, b->node));
    assert_int_equal(a->role, b->role);
    assert_int_equal(a->format, b->format);
    assert_int_equal(a->state, b->state);
    assert_string_equal(a->plan_name, b->plan_name);
    assert_string_equal(a->code, b->code);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->endpoint, b->endpoint);
    assert_memory_equal(a->signing_key, b->signing_key, 32);
    assert_memory_equal(a->transport_key, b->transport_key, 32);
    assert_memory_equal(a->previous_signing_key, b->previous_signing_key, 32);
    assert_int_equal(a->previous_key_until_ms, b->previous_key_until_ms);
    assert_int_equal(a->number_sent, b->number_sent);
    assert_int_equal(a->confirmed_number, b->confirmed_number);
    assert_int_equal(a->confirmed_lsn, b->confirmed_lsn);
    assert_int_equal(a->resend_below, b->resend_below);
    assert_true(a->number_received == b->number_received);
    assert_memory_equal(a->received_hash, b->received_hash, 32);
    assert_true(fl_uuid_equal(a->incarnation, b->incarnation));
    assert_int_equal(a->whole_number, b->whole_number);
    assert_int_equal(a->whole_ms, b->whole_ms);
    assert_int_equal(a->whole_lsn, b->whole_lsn);
    assert_int_equal(a->created_ms, b->created_ms);
    assert_int_equal(a->last_sent_ms, b->last_sent_ms);
    assert_int_equal(a->last_received_ms, b->last_received_ms);
    assert_int_equal(a->last_confirmed_ms, b->last_confirmed_ms);
    assert_int_equal(a->limit_bytes_per_second, b->limit_bytes_per_second);
}

static void test_a_peer_comes_back_by_number_code_and_node(void **state)
{
    struct suite *suite = *state;
    struct fl_peer peer = a_peer("Ф02", 12);
    struct fl_peer read;
    struct fl_txn txn;

    put_peer(suite, &peer);
    assert_int_equal(peer.number, 1);
    assert_int_equal(peer.origin, 1);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_peers_get(&txn, 1, &read));
    assert_same(&read, &peer);
    ASSERT_OK(fl_peers_by_code(&txn, plan, suite_text("Ф02"), &read));
    assert_same(&read, &peer);
    ASSERT_OK(fl_peers_by_node(&txn, plan, suite_uuid(12), &read));
    assert_same(&read, &peer);
    assert_int_equal(fl_peers_get(&txn, 2, &read), FL_NOT_FOUND);
    assert_int_equal(
        fl_peers_by_code(&txn, plan, suite_text("Ф03"), &read), FL_NOT_FOUND);
    assert_int_equal(
        fl_peers_by_code(
            &txn, (const uint8_t *)"another plan of.", suite_text("Ф02"), &read),
        FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_renamed_peer_is_found_by_its_new_code_only(void **state)
{
    struct suite *suite = *state;
    struct fl_peer peer = a_peer("old", 12);
    struct fl_peer read;
    struct fl_txn txn;

    put_peer(suite, &peer);
    (void)snprintf(peer.code, sizeof peer.code, "new");
    peer.node = suite_uuid(13);
    peer.number_sent = 8;
    put_peer(suite, &peer);
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(
        fl_peers_by_code(&txn, plan, suite_text("old"), &read), FL_NOT_FOUND);
    assert_int_equal(fl_peers_by_node(&txn, plan, suite_uuid(12), &read), FL_NOT_FOUND);
    ASSERT_OK(fl_peers_by_code(&txn, plan, suite_text("new"), &read));
    assert_same(&read, &peer);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_two_peers_of_a_plan_do_not_share_a_code(void **state)
{
    struct suite *suite = *state;
    struct fl_peer first = a_peer("one", 12);
    struct fl_peer second = a_peer("one", 13);
    struct fl_txn txn;

    put_peer(suite, &first);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_peers_put(&txn, &second);
    assert_int_equal(fl_txn_commit(&txn), FL_REFUSED);
    assert_non_null(strstr(fl_txn_error(&txn)->text, "one"));
    /* In another plan they may. */
    second = a_peer("one", 12);
    second.plan[0] = 'P';
    put_peer(suite, &second);
    assert_int_equal(second.origin, first.origin);
    assert_int_not_equal(second.number, first.number);
}

static void test_peers_are_listed_and_removed(void **state)
{
    struct suite *suite = *state;
    struct fl_peer peers[3] = {a_peer("a", 12), a_peer("b", 13), a_peer("c", 14)};
    struct fl_peer read = {.number = 0};
    struct fl_txn txn;
    int count = 0;

    for (int i = 0; i < 3; i++) {
        put_peer(suite, &peers[i]);
    }
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    ASSERT_OK(fl_peers_remove(&txn, peers[1].number));
    assert_int_equal(fl_peers_remove(&txn, peers[1].number), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    while (fl_peers_next(&txn, read.number, &read) == FL_OK) {
        assert_same(&read, &peers[2 * count]);
        count++;
    }
    assert_int_equal(count, 2);
    ASSERT_OK(fl_txn_commit(&txn));
    /* Its number is not given again. */
    peers[1].number = 0;
    put_peer(suite, &peers[1]);
    assert_int_equal(peers[1].number, 4);
}

static void test_removing_a_peer_takes_what_belongs_to_it(void **state)
{
    struct suite *suite = *state;
    struct fl_peer peers[2] = {a_peer("a", 12), a_peer("b", 13)};
    struct fl_stored_position position;
    struct fl_sent_message message;
    struct fl_bytes header;
    struct fl_txn txn;
    uint32_t chunks;

    put_peer(suite, &peers[0]);
    put_peer(suite, &peers[1]);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    for (int i = 0; i < 2; i++) {
        struct fl_peer_stream stream = {peers[i].number, suite_uuid(5)};

        position = (struct fl_stored_position){.stream = stream, .number = 1};
        message = (struct fl_sent_message){.stream = stream, .number = 1};
        fl_positions_put(&txn, &position);
        fl_messages_put(&txn, &message);
        fl_staged_put(&txn, stream, 1, suite_text("header"));
    }
    ASSERT_OK(fl_peers_remove(&txn, peers[0].number));
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    for (int i = 0; i < 2; i++) {
        struct fl_peer_stream stream = {peers[i].number, suite_uuid(5)};
        enum fl_status expected = i == 0 ? FL_NOT_FOUND : FL_OK;

        assert_int_equal(fl_positions_get(&txn, stream, &position), expected);
        assert_int_equal(fl_messages_get(&txn, stream, 1, &message), expected);
        assert_int_equal(fl_staged_get(&txn, stream, 1, &header, &chunks), expected);
    }
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_node_has_one_number(void **state)
{
    struct suite *suite = *state;
    struct fl_uuid node;
    struct fl_txn txn;
    uint32_t number = 77;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    ASSERT_OK(fl_nodes_number(&txn, suite->identity.node, &number));
    assert_int_equal(number, 0);
    assert_int_equal(fl_nodes_find(&txn, suite_uuid(20), &number), FL_NOT_FOUND);
    ASSERT_OK(fl_nodes_number(&txn, suite_uuid(20), &number));
    assert_int_equal(number, 1);
    ASSERT_OK(fl_nodes_number(&txn, suite_uuid(21), &number));
    assert_int_equal(number, 2);
    ASSERT_OK(fl_nodes_number(&txn, suite_uuid(20), &number));
    assert_int_equal(number, 1);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_nodes_find(&txn, suite_uuid(21), &number));
    assert_int_equal(number, 2);
    ASSERT_OK(fl_nodes_by_number(&txn, 2, &node));
    assert_true(fl_uuid_equal(node, suite_uuid(21)));
    ASSERT_OK(fl_nodes_by_number(&txn, 0, &node));
    assert_true(fl_uuid_equal(node, suite->identity.node));
    assert_int_equal(fl_nodes_by_number(&txn, 3, &node), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_a_peer_comes_back_by_number_code_and_node),
        SUITE(test_a_renamed_peer_is_found_by_its_new_code_only),
        SUITE(test_two_peers_of_a_plan_do_not_share_a_code),
        SUITE(test_peers_are_listed_and_removed),
        SUITE(test_removing_a_peer_takes_what_belongs_to_it),
        SUITE(test_a_node_has_one_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
