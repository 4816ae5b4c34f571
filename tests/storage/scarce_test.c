/*
 * Memory that runs out: a life of a store is led again and again, and each time the next
 * allocation, of the store or of LMDB, fails. Whatever was acknowledged is there when the
 * store is opened again, nothing is half there, and nothing leaks.
 */

#include "suite.h"

#include "proto/record.h"
#include "scarce.h"
#include "storage/check.h"
#include "storage/peers.h"
#include "storage/registered.h"
#include "storage/sweeper.h"

enum { ALLOCATIONS_MAX = 100000, ROUNDS = 4, LARGE_BYTES = 200000 };

/* What a life was told: transactions acknowledged. */
struct life {
    struct suite *suite;
    uint32_t acknowledged;
    bool ended; /* by a failure */
};

static void must_be_no_memory(enum fl_status status)
{
    /* FL_IO: a commit that failed inside LMDB, whose outcome nobody knows. */
    if (status != FL_NO_MEMORY && status != FL_IO) {
        fail_msg("%s", fl_status_name(status));
    }
}

/* The record of an object with one text, made while there is memory. */
static struct fl_buffer make_record(size_t size)
{
    static uint8_t memory[LARGE_BYTES];
    struct fl_field field = {.number = 1, .value = {.kind = FL_VALUE_STRING}};
    struct fl_object object = {.field_count = 1, .fields = &field};
    struct fl_buffer buffer;

    memset(memory, 'a', size);
    field.value.bytes = (struct fl_bytes){memory, size};
    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    ASSERT_OK(fl_record_encode(&object, &buffer));
    return buffer;
}

static struct fl_buffer large; /* of several parts */
static struct fl_buffer small;

static enum fl_status write_round(struct life *life, uint32_t round)
{
    struct fl_txn txn;
    struct fl_peer peer = {
        .role = FL_PEER_CHILD, .format = FL_PEER_NATIVE, .state = FL_PEER_ACTIVE};

    peer.node = suite_uuid((uint8_t)(100 + round));
    (void)snprintf(peer.code, sizeof peer.code, "Ф%02u", round);
    fl_txn_begin(&txn, life->suite->store, FL_TXN_WRITE);
    (void)suite_append(&txn, suite_key(1, round), fl_buffer_view(&large), 0);
    (void)suite_append(&txn, suite_key(2, 1), fl_buffer_view(&small), 0);
    fl_peers_put(&txn, &peer);
    fl_registered_put(&txn, peer.number, suite_key(2, 1));
    return fl_txn_commit(&txn);
}

/* What can be read is read whole or refused. */
static enum fl_status read_round(struct life *life, uint32_t round)
{
    struct fl_entry entry;
    struct fl_txn txn;

    fl_txn_begin(&txn, life->suite->store, FL_TXN_READ);
    enum fl_status status = fl_object_get(&txn, suite_key(1, round), &entry);
    if (status == FL_OK) {
        assert_int_equal(entry.record.size, large.size);
    }
    enum fl_status end = fl_txn_commit(&txn);
    return status == FL_OK ? end : status;
}

static void live(struct life *life)
{
    struct fl_error error = {.text = ""};
    struct fl_sweep sweep = {.lsn_next = 0};
    enum fl_status status =
        fl_store_open(&life->suite->options, &life->suite->store, &error);

    for (uint32_t round = 0; round < ROUNDS && status == FL_OK; round++) {
        status = write_round(life, round);
        life->acknowledged += status == FL_OK;
        if (status == FL_OK) {
            status = read_round(life, round);
        }
    }
    while (status == FL_OK && !sweep.done) {
        status = fl_sweep(life->suite->store, UINT64_MAX, &sweep, &error);
    }
    life->ended = status != FL_OK;
    if (life->ended) {
        must_be_no_memory(status);
    }
    fl_store_close(life->suite->store);
    life->suite->store = NULL;
}

static void show(void *context, const char *text)
{
    (void)context;
    printf("%s\n", text);
}

/* Opened again with memory enough: sound, and with all that was acknowledged. */
static void must_have_what_was_acknowledged(struct life *life)
{
    struct fl_check_report report;
    struct fl_error error = {.text = ""};

    if (fl_store_open(&life->suite->options, &life->suite->store, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    ASSERT_OK(fl_store_check(
        life->suite->store, &(struct fl_check_options){.problem = show}, &report,
        &error));
    assert_int_equal(report.problems, 0);
    for (uint32_t round = 0; round < life->acknowledged; round++) {
        ASSERT_OK(read_round(life, round));
    }
    fl_store_close(life->suite->store);
    life->suite->store = NULL;
}

static void make_store(struct suite *suite)
{
    suite_create(suite);
    fl_store_close(suite->store);
    suite->store = NULL;
}

static void lead_lives(struct suite *suite, bool for_ever)
{
    uint64_t n = 1;
    uint64_t ended = 0;

    for (; n < ALLOCATIONS_MAX; n++) {
        struct life life = {.suite = suite};
        make_store(suite);
        scarce_from(n, for_ever);
        live(&life);
        if (!scarce_end()) {
            assert_false(life.ended);
            assert_int_equal(life.acknowledged, ROUNDS);
            break;
        }
        ended += life.ended;
        must_have_what_was_acknowledged(&life);
        suite_remove(suite->store_directory);
    }
    assert_true(n < ALLOCATIONS_MAX);
    assert_true(ended > 0);
    printf("%u allocations, %u ended a life\n", (unsigned)(n - 1), (unsigned)ended);
}

static void test_any_allocation_may_fail_once(void **state)
{
    lead_lives(*state, /* for_ever= */ false);
}

static void test_and_all_that_follow(void **state)
{
    lead_lives(*state, /* for_ever= */ true);
}

static void test_a_store_is_made_whole_or_not_at_all(void **state)
{
    struct suite *suite = *state;
    struct fl_error error = {.text = ""};

    for (uint64_t n = 1; n < ALLOCATIONS_MAX; n++) {
        struct fl_store_options options = suite->options;
        options.create = &suite->identity;
        scarce_from(n, /* for_ever= */ false);
        enum fl_status status = fl_store_open(&options, &suite->store, &error);
        if (!scarce_end()) {
            ASSERT_OK(status);
            return;
        }
        if (status != FL_OK) {
            must_be_no_memory(status);
        }
        fl_store_close(suite->store);
        suite->store = NULL;
        suite_remove(suite->store_directory);
    }
    fail_msg("allocations without end");
}

int main(void)
{
    large = make_record(LARGE_BYTES);
    small = make_record(300);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_any_allocation_may_fail_once, suite_bare, suite_end),
        cmocka_unit_test_setup_teardown(test_and_all_that_follow, suite_bare, suite_end),
        cmocka_unit_test_setup_teardown(
            test_a_store_is_made_whole_or_not_at_all, suite_bare, suite_end),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    fl_buffer_deinit(&large);
    fl_buffer_deinit(&small);
    return result;
}
