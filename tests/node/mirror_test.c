/*
 * The mirror step by step, in a file of SQLite: what cannot be read, what is told of the
 * branches and when, and memory that runs out.
 */

#include "scarce.h"

#include <signal.h>
#include <sys/resource.h>

#include "fixture.h"

#include "change/ref.h"
#include "mirror/mirror.h"
#include "mirror/mirrors.h"
#include "random.h"
#include "storage/peers.h"

enum { ALLOCATIONS_MAX = 2000 };

#define CUSTOMER "Catalog.Контрагенты:11111111-1111-1111-1111-111111111111"
#define INVOICE  "Document.СчетНаОплатуПокупателю:22222222-2222-2222-2222-222222222222"
#define RECEIPT  "Document.ПоступлениеНаРасчетныйСчет:33333333-3333-3333-3333-333333333333"

static const char *url(const struct fixture *fixture)
{
    static char text[FIXTURE_PATH_BYTES + 16];
    snprintf(text, sizeof text, "sqlite:%s", fixture_path(fixture, "mirror.db"));
    return text;
}

static struct fl_mirror *mirror_of(const struct fixture *fixture, size_t batch_objects)
{
    const struct fl_mirror_options options = {
        .store = fixture->node->store,
        .identity = *fixture->node->identity,
        .url = url(fixture),
        .batch_objects = batch_objects};
    struct fl_mirror *mirror = fl_mirror_new(&options);
    assert_non_null(mirror);
    return mirror;
}

static bool step(struct fl_mirror *mirror)
{
    struct fl_error error = {.text = ""};
    bool more = false;
    if (fl_mirror_step(mirror, &more, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return more;
}

static void level(struct fl_mirror *mirror)
{
    while (step(mirror)) {
    }
}

static bool take_answer(void *context, const struct fl_sql_row *row)
{
    snprintf(context, 256, "%s", row->values[0] == NULL ? "null" : row->values[0]);
    return false;
}

/* The first value of the answer; "" without rows. */
static const char *answer(const struct fixture *fixture, const char *query)
{
    static char text[256];
    struct fl_error error = {.text = ""};
    struct fl_sql *sql = NULL;
    const struct fl_sql_options options = {.url = url(fixture)};
    text[0] = '\0';
    if (fl_sql_open(&options, &sql, &error) != FL_OK ||
        fl_sql_query(sql, query, 0, NULL, take_answer, text, &error) != FL_OK) {
        fail_msg("%s: %s", query, error.text);
    }
    fl_sql_close(sql);
    return text;
}

static void put(struct fixture *fixture, const char *ref, const char *value)
{
    assert_int_equal(fixture_run(fixture, "object", "put", ref, "--set", value), 0);
}

/* The newest version of the object is bytes that are no record. */
static void spoil(struct fixture *fixture, const char *ref)
{
    struct fl_txn txn;
    struct fl_key key;
    struct fl_error error;
    assert_int_equal(
        fl_ref_parse(fixture->node->configuration, fl_bytes_of_text(ref), &key, &error),
        FL_OK);
    const struct fl_entry entry = {
        .configuration = fixture->node->configuration_number,
        .key = key,
        .record = fl_bytes_of_text("\xff\xff\xff\xff no record")};
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_WRITE);
    assert_true(fl_journal_append(&txn, &entry) > 0);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
}

static void test_what_cannot_be_read_has_no_rows(void **state)
{
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, 0);
    put(fixture, CUSTOMER, "Description=Ромашка");
    put(fixture, INVOICE, "Товары=[{\"Количество\": 1}]");
    level(mirror);
    assert_string_equal(
        answer(fixture, "SELECT count(*) FROM \"Catalog_Контрагенты\""), "1");
    spoil(fixture, CUSTOMER);
    spoil(fixture, INVOICE);
    level(mirror);
    assert_int_equal(fl_mirror_progress(mirror)->unreadable, 2);
    assert_string_equal(
        answer(fixture, "SELECT count(*) FROM \"Catalog_Контрагенты\""), "0");
    assert_string_equal(
        answer(
            fixture, "SELECT count(*) FROM \"Document_СчетНаОплатуПокупателю_Товары\""),
        "0");
    fl_mirror_free(mirror);
}

static void run_sql(const struct fixture *fixture, const char *text)
{
    struct fl_error error = {.text = ""};
    struct fl_sql *sql = NULL;
    const struct fl_sql_options options = {.url = url(fixture)};
    if (fl_sql_open(&options, &sql, &error) != FL_OK ||
        fl_sql_run(sql, text, &error) != FL_OK) {
        fail_msg("%s: %s", text, error.text);
    }
    fl_sql_close(sql);
}

/* An empty database is only added to, up to what was there at the begin. */
static void test_what_changes_while_it_is_filled_stands_once(void **state)
{
    static const char COUNT[] =
        "SELECT count(*) FROM \"Document_СчетНаОплатуПокупателю_Товары\"";
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, /* batch_objects= */ 1);
    put(fixture, INVOICE, "Товары=[{\"Количество\": 1}, {\"Количество\": 2}]");
    put(fixture, CUSTOMER, "Description=Ромашка");
    assert_true(step(mirror));
    assert_string_equal(answer(fixture, COUNT), "2");
    put(fixture, INVOICE, "Товары=[{\"Количество\": 3}]");
    level(mirror);
    assert_string_equal(answer(fixture, COUNT), "1");
    fl_mirror_free(mirror);
}

static void test_a_row_that_should_not_be_there_holds_it_up_once(void **state)
{
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, /* batch_objects= */ 1);
    struct fl_error error = {.text = ""};
    bool more = false;
    put(fixture, CUSTOMER, "Description=Ромашка");
    put(fixture, INVOICE, "Товары=[{\"Количество\": 5}]");
    assert_true(step(mirror));
    run_sql(
        fixture,
        "INSERT INTO \"Document_СчетНаОплатуПокупателю_Товары\" (\"_id\", \"_line\", "
        "\"_branch\", \"_lsn\", \"_time\") VALUES "
        "('22222222-2222-2222-2222-222222222222', 1, '', 0, '')");
    assert_int_equal(fl_mirror_step(mirror, &more, &error), FL_IO);
    level(mirror);
    assert_string_equal(
        answer(
            fixture,
            "SELECT \"Количество\" FROM \"Document_СчетНаОплатуПокупателю_Товары\""),
        "5");
    fl_mirror_free(mirror);
}

/* The number of the branch that was put. */
static uint32_t put_branch(struct fixture *fixture)
{
    struct fl_txn txn;
    struct fl_peer peer = {
        .node = fl_random_uuid(),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE,
        .code = "Ф02",
        .whole_number = 7};
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_WRITE);
    fl_peers_put(&txn, &peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    return peer.number;
}

static void remove_branch(struct fixture *fixture, uint32_t number)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_WRITE);
    assert_int_equal(fl_peers_remove(&txn, number), FL_OK);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
}

static void test_branches_are_not_ahead_of_the_rows(void **state)
{
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, 1);
    put(fixture, CUSTOMER, "Description=Ромашка");
    put(fixture, INVOICE, "Number=1");
    (void)put_branch(fixture);
    assert_true(step(mirror));
    assert_string_equal(
        answer(fixture, "SELECT count(*) FROM \"Catalog_Контрагенты\""), "1");
    assert_string_equal(answer(fixture, "SELECT count(*) FROM filial_branches"), "0");
    level(mirror);
    assert_string_equal(
        answer(fixture, "SELECT position FROM filial_branches WHERE branch = 'Ф02'"),
        "7");
    assert_string_equal(
        answer(
            fixture, "SELECT position = (SELECT lsn FROM filial_mirror) FROM "
                     "filial_branches WHERE role = 'self'"),
        "1");
    fl_mirror_free(mirror);
}

static void test_a_closed_day_stands_behind_its_rows(void **state)
{
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, 1);
    put(fixture, CUSTOMER, "Description=Ромашка");
    put(fixture, INVOICE, "Number=1");
    assert_int_equal(fixture_run(fixture, "report", "close-day", "2026-01-31"), 0);
    assert_true(step(mirror));
    assert_string_equal(answer(fixture, "SELECT count(*) FROM filial_days"), "0");
    level(mirror);
    assert_string_equal(
        answer(fixture, "SELECT branch || ' ' || day FROM filial_days"),
        "Ф01 2026-01-31");
    assert_string_equal(
        answer(
            fixture, "SELECT b.whole >= d.lsn FROM filial_branches AS b JOIN filial_days "
                     "AS d ON d.node = b.node"),
        "1");
    fl_mirror_free(mirror);
}

static void test_a_branch_that_is_gone_is_gone(void **state)
{
    struct fixture *fixture = *state;
    uint32_t number = put_branch(fixture);
    struct fl_mirror *mirror = mirror_of(fixture, 0);
    level(mirror);
    assert_string_equal(answer(fixture, "SELECT count(*) FROM filial_branches"), "2");
    fl_mirror_free(mirror);
    remove_branch(fixture, number);
    mirror = mirror_of(fixture, 0);
    level(mirror);
    assert_string_equal(answer(fixture, "SELECT branch FROM filial_branches"), "Ф01");
    assert_string_equal(answer(fixture, "SELECT count(*) FROM filial_branches"), "1");
    fl_mirror_free(mirror);
}

/* A server that has taken over, or a backup in its place: nothing new needs to come. */
static void test_a_database_that_went_back_is_noticed_at_rest(void **state)
{
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, 0);
    put(fixture, CUSTOMER, "Description=Ромашка");
    level(mirror);
    run_sql(
        fixture, "UPDATE filial_mirror SET lsn = 0; DELETE FROM \"Catalog_Контрагенты\"");
    level(mirror);
    assert_string_equal(
        answer(fixture, "SELECT \"Description\" FROM \"Catalog_Контрагенты\""),
        "Ромашка");
    run_sql(
        fixture, "DELETE FROM filial_mirror; DELETE FROM \"Catalog_Контрагенты\"; "
                 "DELETE FROM filial_branches");
    level(mirror);
    assert_string_equal(
        answer(fixture, "SELECT count(*) FROM \"Catalog_Контрагенты\""), "1");
    assert_string_equal(answer(fixture, "SELECT branch FROM filial_branches"), "Ф01");
    fl_mirror_free(mirror);
}

static void test_a_file_that_was_removed_is_made_again(void **state)
{
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, 0);
    put(fixture, CUSTOMER, "Description=Ромашка");
    level(mirror);
    assert_int_equal(unlink(fixture_path(fixture, "mirror.db")), 0);
    level(mirror);
    assert_string_equal(
        answer(fixture, "SELECT count(*) FROM \"Catalog_Контрагенты\""), "1");
    fl_mirror_free(mirror);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit of files does as a disk that is full does. */
static void test_a_disk_that_is_full_holds_it_up_and_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct fl_mirror *mirror = mirror_of(fixture, 0);
    struct fl_error error = {.text = ""};
    bool more = false;
    put(fixture, CUSTOMER, "Description=Ромашка");
    level(mirror);
    put(fixture, CUSTOMER, "Description=Василёк");
    put(fixture, INVOICE, "Товары=[{\"Количество\": 5}]");
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(4096);
    enum fl_status status = fl_mirror_step(mirror, &more, &error);
    limit_files(RLIM_INFINITY);
    assert_int_not_equal(status, FL_OK);
    fixture_must_say(error.text, "SQLite: ");
    assert_string_equal(
        answer(fixture, "SELECT \"Description\" FROM \"Catalog_Контрагенты\""),
        "Ромашка");
    level(mirror);
    assert_string_equal(
        answer(
            fixture, "SELECT \"Description\" || count(*) FROM \"Catalog_Контрагенты\", "
                     "\"Document_СчетНаОплатуПокупателю_Товары\""),
        "Василёк1");
    fl_mirror_free(mirror);
}

/* Each allocation of a step fails once: it is written whole, or it is told. */
static void test_without_memory_nothing_is_left_out(void **state)
{
    struct fixture *fixture = *state;
    bool failed = true;
    for (uint64_t n = 1; failed; n++) {
        struct fl_error error = {.text = ""};
        char number[32];
        bool more = true;
        struct fl_mirror *mirror = mirror_of(fixture, 0);
        level(mirror); /* what the last one has left */
        fl_mirror_free(mirror);
        mirror = mirror_of(fixture, 0);
        level(mirror); /* open, with no memory yet for rows */
        snprintf(number, sizeof number, "Number=%u", (unsigned)n);
        put(fixture, RECEIPT, number);
        put(fixture, RECEIPT, "Основание=" INVOICE);
        scarce_from(n, /* for_ever= */ false);
        enum fl_status status = fl_mirror_step(mirror, &more, &error);
        failed = scarce_end();
        if (status == FL_OK) {
            assert_string_equal(
                answer(
                    fixture, "SELECT \"Number\" || ' ' || \"Основание\" || ' ' || "
                             "\"Основание_Type\" IS NOT NULL FROM "
                             "\"Document_ПоступлениеНаРасчетныйСчет\""),
                "1");
        } else {
            assert_int_equal(status, FL_NO_MEMORY);
        }
        assert_true(failed || status == FL_OK);
        assert_true(n < ALLOCATIONS_MAX);
        fl_mirror_free(mirror);
    }
}

static void test_a_journal_that_went_back_is_not_late(void **state)
{
    struct fl_mirror_state late = {.progress = {.lsn = 5, .head = 12}};
    struct fl_mirror_state ahead = {.progress = {.lsn = 12, .head = 5}};
    (void)state;
    assert_int_equal(fl_mirror_lag_entries(&late), 7);
    assert_int_equal(fl_mirror_lag_entries(&ahead), 0);
}

static void test_a_round_that_does_not_end_is_late(void **state)
{
    struct fl_mirror_state one = {
        .condition = FL_MIRROR_LEVEL, .level_ms = 1000000, .poll_ms = 5000};
    (void)state;
    assert_int_equal(fl_mirror_lag_seconds(&one, 1000000 + 5000), 0);
    assert_int_equal(fl_mirror_lag_seconds(&one, 1000000 + 65000), 0);
    assert_int_equal(fl_mirror_lag_seconds(&one, 1000000 + 66000), 66);
    one.condition = FL_MIRROR_FILLING;
    assert_int_equal(fl_mirror_lag_seconds(&one, 1000000 + 5000), 5);
}

int main(void)
{
#define WITH_NODE(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_NODE(test_what_cannot_be_read_has_no_rows),
        WITH_NODE(test_what_changes_while_it_is_filled_stands_once),
        WITH_NODE(test_a_row_that_should_not_be_there_holds_it_up_once),
        WITH_NODE(test_branches_are_not_ahead_of_the_rows),
        WITH_NODE(test_a_closed_day_stands_behind_its_rows),
        WITH_NODE(test_a_branch_that_is_gone_is_gone),
        WITH_NODE(test_a_database_that_went_back_is_noticed_at_rest),
        WITH_NODE(test_a_file_that_was_removed_is_made_again),
        WITH_NODE(test_a_disk_that_is_full_holds_it_up_and_no_more),
        WITH_NODE(test_without_memory_nothing_is_left_out),
        cmocka_unit_test(test_a_round_that_does_not_end_is_late),
        cmocka_unit_test(test_a_journal_that_went_back_is_not_late)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
