/* The audit: a chain that nobody can change unseen. */

#include <string.h>

#include "storage/audit.h"
#include "suite.h"
#include "table.h"

static void append(struct fl_store *store, const char *command)
{
    struct fl_audit_entry entry = {
        .at_ms = 17, .kind = FL_AUDIT_DONE, .via = FL_AUDIT_COMMAND, .begun = 3};
    struct fl_txn txn;

    strcpy(entry.who, "анна");
    strcpy(entry.command, command);
    strcpy(entry.what, "Ф01");
    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    fl_audit_append(&txn, &entry);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_entries_come_back_in_a_chain(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = suite->store;
    struct fl_audit_entry first;
    struct fl_audit_entry second;
    struct fl_audit_entry last;
    struct fl_error error;
    struct fl_txn txn;

    append(store, "node revoke");
    append(store, "filter set");
    fl_txn_begin(&txn, store, FL_TXN_READ);
    assert_int_equal(fl_audit_last(&txn), 2);
    ASSERT_OK(fl_audit_get(&txn, 1, &first));
    ASSERT_OK(fl_audit_get(&txn, 2, &second));
    assert_string_equal(first.command, "node revoke");
    assert_string_equal(first.who, "анна");
    assert_int_equal(first.at_ms, 17);
    assert_int_equal(first.begun, 3);
    assert_memory_equal(second.previous, first.hash, sizeof first.hash);
    ASSERT_OK(fl_audit_verify(&txn, &last, &error));
    assert_memory_equal(last.hash, second.hash, sizeof last.hash);
    assert_int_equal(fl_audit_get(&txn, 3, &last), FL_NOT_FOUND);
    fl_txn_abort(&txn);
}

static struct fl_table_key key_of(uint64_t number)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u64(&key, number);
    return key;
}

static void must_not_verify(struct fl_store *store, const char *words)
{
    struct fl_audit_entry last;
    struct fl_error error;
    struct fl_txn txn;

    fl_txn_begin(&txn, store, FL_TXN_READ);
    assert_int_equal(fl_audit_verify(&txn, &last, &error), FL_MALFORMED);
    assert_non_null(strstr(error.text, words));
    fl_txn_abort(&txn);
}

/* Whoever can write into the store can give a row its tag, and not the next one its hash.
 */
static void test_an_entry_that_was_changed_is_found(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = suite->store;
    struct fl_table_key key = key_of(2);
    struct fl_bytes row;
    uint8_t changed[512];
    struct fl_txn txn;

    append(store, "one");
    append(store, "two");
    append(store, "three");
    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    ASSERT_OK(fl_table_get(&txn, FL_TABLE_AUDIT, fl_table_key_view(&key), &row));
    memcpy(changed, row.data, row.size);
    changed[7] ^= 1; /* the time */
    fl_table_put(
        &txn, FL_TABLE_AUDIT, fl_table_key_view(&key),
        (struct fl_bytes){changed, row.size});
    ASSERT_OK(fl_txn_commit(&txn));
    must_not_verify(store, "entry 3 of the audit does not follow entry 2");
}

static void test_an_entry_that_is_gone_is_found(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = suite->store;
    struct fl_table_key key = key_of(1);
    struct fl_txn txn;

    append(store, "one");
    append(store, "two");
    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    fl_table_remove(&txn, FL_TABLE_AUDIT, fl_table_key_view(&key));
    ASSERT_OK(fl_txn_commit(&txn));
    must_not_verify(store, "entry 1 of the audit is missing");
}

static void test_an_empty_journal_verifies(void **state)
{
    struct suite *suite = *state;
    struct fl_store *store = suite->store;
    struct fl_audit_entry last;
    struct fl_error error;
    struct fl_txn txn;

    fl_txn_begin(&txn, store, FL_TXN_READ);
    ASSERT_OK(fl_audit_verify(&txn, &last, &error));
    assert_int_equal(last.number, 0);
    fl_txn_abort(&txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_entries_come_back_in_a_chain),
        SUITE(test_an_entry_that_was_changed_is_found),
        SUITE(test_an_entry_that_is_gone_is_found),
        SUITE(test_an_empty_journal_verifies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
