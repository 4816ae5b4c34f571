/* A package that is written in shares, others doing what they do between two of them. */

#include "fixture.h"

#include <dirent.h>

#include "change/ref.h"
#include "endpoint/endpoint.h"
#include "endpoint/endpoint_codec.h"
#include "endpoint/endpoint_export_parts.h"
#include "storage/registered.h"

enum {
    CURRENCIES = 2000,
    STEPS_MAX = 100000,
    ROWS = 2 * FL_EXPORT_NUMBERED_PER_TXN + 1,
};

#define REF   "Catalog.Валюты:11111111-2222-4333-8444-"
#define FIRST REF "000000000000"
#define NEW   REF "00000000ffff"

static int setup(void **state)
{
    fixture_setup(state);
    struct fixture *fixture = *state;
    char *lines = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&lines, &size);
    assert_non_null(stream);
    for (unsigned i = 0; i < CURRENCIES; i++) {
        fprintf(
            stream, "{\"put\":\"" REF "%012x\",\"set\":{\"Description\":\"валюта\"}}\n",
            i);
    }
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(fixture_feed(fixture, lines, "batch"), 0);
    free(lines);
    return fixture_run(fixture, "node", "add", "БП01", "--format=v8msg");
}

static struct fl_peer base_of(struct fixture *fixture)
{
    struct fl_txn txn;
    struct fl_peer peer;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    assert_int_equal(
        fl_peers_by_code(&txn, fixture->node->plan_hash, fl_bytes_of_text("БП01"), &peer),
        FL_OK);
    fl_txn_abort(&txn);
    return peer;
}

static struct fl_endpoint_export *begin(struct fixture *fixture, const char *name)
{
    struct fl_endpoint_export *export = NULL;
    struct fl_error error = {.text = ""};
    struct fl_output output;
    const struct fl_endpoint_export_options options = {
        .code = "БП01", .path = fixture_path(fixture, name)};
    fl_output_init_silent(&output);
    if (fl_endpoint_export_begin(
            fixture->node, &fl_endpoint_v8msg, &options, &output, &export, &error) !=
        FL_OK) {
        fail_msg("%s", error.text);
    }
    fl_output_deinit(&output);
    return export;
}

/* The shortest share that there is: a small part of it all. */
static enum fl_status step(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_endpoint_export_report *out_report,
    struct fl_error *out_error)
{
    struct fl_output output;
    fl_output_init_silent(&output);
    enum fl_status status = fl_endpoint_export_step(
        export, &output, /* share_ms= */ 1, out_done, out_report, out_error);
    fl_output_deinit(&output);
    return status;
}

/* Some of it is in the file, and not all. */
static struct fl_endpoint_export *begin_and_write_some(
    struct fixture *fixture,
    const char *name)
{
    struct fl_endpoint_export *export = begin(fixture, name);
    struct fl_endpoint_export_report report = {0};
    struct fl_error error;
    bool done = false;
    for (size_t i = 0; report.objects == 0; i++) {
        assert_true(i < STEPS_MAX);
        assert_int_equal(step(export, &done, &report, &error), FL_OK);
    }
    assert_false(done);
    assert_true(report.objects < CURRENCIES);
    return export;
}

static struct fl_endpoint_export_report finish(struct fl_endpoint_export *export)
{
    struct fl_endpoint_export_report report;
    struct fl_error error = {.text = ""};
    bool done = false;
    for (size_t i = 0; !done; i++) {
        assert_true(i < STEPS_MAX);
        if (step(export, &done, &report, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
    }
    fl_endpoint_export_end(export);
    return report;
}

static char *read_text(struct fixture *fixture, const char *name, size_t *out_size)
{
    FILE *file = fopen(fixture_path(fixture, name), "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
    assert_int_equal(fclose(file), 0);
    *out_size = (size_t)size;
    return text;
}

static void must_be_the_same(struct fixture *fixture, const char *a, const char *b)
{
    size_t a_size;
    size_t b_size;
    char *a_text = read_text(fixture, a, &a_size);
    char *b_text = read_text(fixture, b, &b_size);
    char *number = strstr(b_text, "<v8msg:MessageNo>2<");
    assert_non_null(number);
    number[strlen("<v8msg:MessageNo>")] = '1';
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a_text, b_text, a_size);
    free(a_text);
    free(b_text);
}

/* Nothing was confirmed: the next package, written at once, is the same but its number.
 */
static void test_shares_write_what_one_turn_writes(void **state)
{
    struct fixture *fixture = *state;
    finish(begin_and_write_some(fixture, "shares.xml"));
    assert_int_equal(fixture_run(fixture, "export", "--to=БП01", "once.xml"), 0);
    must_be_the_same(fixture, "shares.xml", "once.xml");
}

static void test_an_archive_is_written_in_shares(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        finish(begin_and_write_some(fixture, "shares.zip")).objects, CURRENCIES);
    assert_int_equal(base_of(fixture).number_sent, 1);
}

static void test_what_is_written_meanwhile_goes_with_the_next_package(void **state)
{
    struct fixture *fixture = *state;
    size_t size;
    struct fl_endpoint_export *export = begin_and_write_some(fixture, "first.xml");
    assert_int_equal(
        fixture_run(fixture, "object", "put", FIRST, "--set=Description=другая"), 0);
    assert_int_equal(
        fixture_run(fixture, "object", "put", NEW, "--set=Description=новая"), 0);
    assert_int_equal(finish(export).objects, CURRENCIES);
    char *text = read_text(fixture, "first.xml", &size);
    assert_null(strstr(text, "другая"));
    assert_null(strstr(text, "новая"));
    free(text);
    assert_int_equal(fixture_run(fixture, "export", "--to=БП01", "next.xml"), 0);
    text = read_text(fixture, "next.xml", &size);
    assert_non_null(strstr(text, "другая"));
    assert_non_null(strstr(text, "новая"));
    free(text);
}

static void must_have_left_nothing(struct fixture *fixture)
{
    DIR *directory = opendir(fixture->directory);
    const struct dirent *entry;
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        assert_null(strstr(entry->d_name, "out.xml"));
        assert_null(strstr(entry->d_name, ".part"));
    }
    assert_int_equal(closedir(directory), 0);
}

static void must_end(
    struct fixture *fixture,
    struct fl_endpoint_export *export,
    enum fl_status wanted,
    const char *words)
{
    struct fl_endpoint_export_report report;
    struct fl_error error = {.text = ""};
    enum fl_status status = FL_OK;
    bool done = false;
    for (size_t i = 0; status == FL_OK; i++) { /* first what has changed is routed */
        assert_true(i < STEPS_MAX && !done);
        status = step(export, &done, &report, &error);
    }
    assert_int_equal(status, wanted);
    fixture_must_say(error.text, words);
    fl_endpoint_export_end(export);
    must_have_left_nothing(fixture);
}

static void test_another_configuration_ends_it(void **state)
{
    struct fixture *fixture = *state;
    const uint16_t number = fixture->node->configuration_number;
    struct fl_endpoint_export *export = begin_and_write_some(fixture, "out.xml");
    fixture_take_up(fixture->node, 0);
    fixture_take_up(fixture->node, number);
    must_end(fixture, export, FL_BUSY, "the configuration changed");
    assert_int_equal(base_of(fixture).number_sent, 0);
}

static void test_a_base_that_is_suspended_gets_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_export *export = begin_and_write_some(fixture, "out.xml");
    assert_int_equal(fixture_run(fixture, "node", "suspend", "БП01"), 0);
    must_end(fixture, export, FL_REFUSED, "suspended");
    assert_int_equal(base_of(fixture).number_sent, 0);
}

static void test_a_base_that_is_removed_gets_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_export *export = begin_and_write_some(fixture, "out.xml");
    struct fl_txn txn;
    const uint32_t number = base_of(fixture).number;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_WRITE);
    assert_int_equal(fl_peers_remove(&txn, number), FL_OK);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    must_end(fixture, export, FL_NOT_FOUND, "was removed");
}

static void test_another_filter_ends_it(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        fixture_run(fixture, "filter", "set", "Catalog.Валюты", "Description in $слова"),
        0);
    assert_int_equal(
        fixture_run(fixture, "filter", "value", "БП01", "слова", "валюта"), 0);
    struct fl_endpoint_export *export = begin_and_write_some(fixture, "out.xml");
    assert_int_equal(
        fixture_run(fixture, "filter", "value", "БП01", "слова", "другая"), 0);
    must_end(fixture, export, FL_BUSY, "what \"БП01\" gets was changed");
    assert_int_equal(base_of(fixture).number_sent, 0);
}

static void test_of_two_packages_the_first_that_is_whole_counts(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_export *export = begin_and_write_some(fixture, "out.xml");
    assert_int_equal(fixture_run(fixture, "export", "--to=БП01", "other.xml"), 0);
    must_end(fixture, export, FL_BUSY, "another package");
    assert_int_equal(base_of(fixture).number_sent, 1);
}

/* As a daemon that is killed does, but for the file. */
static void test_what_is_given_up_spends_no_number(void **state)
{
    struct fixture *fixture = *state;
    fl_endpoint_export_end(begin_and_write_some(fixture, "out.xml"));
    must_have_left_nothing(fixture);
    assert_int_equal(fixture_run(fixture, "export", "--to=БП01", "--json", "x.xml"), 0);
    fixture_must_say(fixture->out, "\"message\": 1");
    fixture_must_say(fixture->out, "\"objects\": 2000");
}

/* --- what is registered by hand --- */

static void register_many(struct fixture *fixture)
{
    struct fl_key key;
    struct fl_error error;
    struct fl_txn txn;
    assert_int_equal(
        fl_ref_parse(fixture->node->configuration, fl_bytes_of_text(FIRST), &key, &error),
        FL_OK);
    const uint32_t peer = base_of(fixture).number;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_KEEP);
    for (uint32_t i = 1; i <= ROWS; i++) { /* of objects that are not here by now */
        fl_store_u32(key.id.bytes, i);
        fl_registered_put(&txn, peer, key);
    }
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
}

static size_t count_rows(struct fixture *fixture, uint64_t number)
{
    struct fl_registered row;
    struct fl_txn txn;
    size_t count = 0;
    const uint32_t peer = base_of(fixture).number;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    for (enum fl_status status = fl_registered_next(&txn, peer, NULL, &row);
         status == FL_OK; status = fl_registered_next(&txn, peer, &row.key, &row)) {
        count += row.number == number;
    }
    fl_txn_abort(&txn);
    return count;
}

/* Everything up to the number is in the file. */
static struct fl_endpoint_export *begin_and_write_all(struct fixture *fixture)
{
    struct fl_endpoint_export *export = begin_and_write_some(fixture, "out.xml");
    struct fl_error error = {.text = ""};
    struct fl_output output;
    fl_output_init_silent(&output);
    export->output = &output;
    export->share = fl_share_begin(/* share_ms= */ 0);
    while (export->phase < FL_EXPORT_CLOSING) {
        bool done = false;
        assert_int_equal(fl_export_write_some(export, &done, &error), FL_OK);
        export->phase += done;
    }
    fl_output_deinit(&output);
    return export;
}

static void test_many_rows_get_their_number_in_parts(void **state)
{
    struct fixture *fixture = *state;
    struct fl_txn txn;
    register_many(fixture);
    struct fl_endpoint_export *export = begin_and_write_all(fixture);
    for (size_t part = 1; part <= 3; part++) {
        fl_txn_begin(&txn, fixture->node->store, FL_TXN_KEEP);
        assert_int_equal(fl_export_number_carried(export, &txn), part < 3);
        assert_int_equal(fl_txn_commit(&txn), FL_OK);
        assert_int_equal(
            count_rows(fixture, 1), part == 3 ? ROWS : part * FL_EXPORT_NUMBERED_PER_TXN);
    }
    fl_endpoint_export_end(export);
}

static void test_a_package_of_many_rows_numbers_them_all(void **state)
{
    struct fixture *fixture = *state;
    register_many(fixture);
    finish(begin(fixture, "out.xml"));
    assert_int_equal(base_of(fixture).number_sent, 1);
    assert_int_equal(count_rows(fixture, 1), ROWS);
    finish(begin(fixture, "next.xml")); /* the first that carried them counts */
    assert_int_equal(count_rows(fixture, 1), ROWS);
}

/* Its number is kept, its rows are being numbered: the file of the next one stands. */
static void test_a_package_that_is_overtaken_is_not_published(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_export_report report;
    struct fl_error error = {.text = ""};
    bool done = false;
    struct fl_endpoint_export *export = begin_and_write_all(fixture);
    assert_int_equal(fixture_run(fixture, "export", "--to=БП01", "other.xml"), 0);
    export->is_kept = true; /* as if the number, which is the same, had been its own */
    export->phase = FL_EXPORT_DONE;
    assert_int_equal(step(export, &done, &report, &error), FL_OK);
    assert_int_equal(fixture_run(fixture, "export", "--to=БП01", "other.xml"), 0);
    must_end(fixture, export, FL_BUSY, "another package");
    assert_int_equal(base_of(fixture).number_sent, 2);
}

static void test_a_look_goes_on_where_its_share_ended(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_look look = {.lsn = 0};
    struct fl_error error = {.text = ""};
    bool due = true;
    enum fl_status status = FL_BUSY;
    finish(begin(fixture, "out.xml"));
    look.lsn = 1; /* from the first again: all of it is in the package already */
    assert_int_equal(
        fl_endpoint_export_is_due(
            fixture->node, "БП01", /* share_ms= */ 0, &look, &due, &error),
        FL_OK);
    assert_true(due);
    look = (struct fl_endpoint_look){.lsn = 0};
    for (size_t i = 0; status == FL_BUSY; i++) {
        assert_true(i < STEPS_MAX);
        status = fl_endpoint_export_is_due(
            fixture->node, "БП01", /* share_ms= */ 1, &look, &due, &error);
    }
    assert_int_equal(status, FL_OK);
    assert_false(due);
    assert_int_equal(fixture_run(fixture, "register", FIRST, "--for=БП01"), 0);
    assert_int_equal(
        fl_endpoint_export_is_due(
            fixture->node, "БП01", /* share_ms= */ 1, &look, &due, &error),
        FL_OK);
    assert_true(due);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_shares_write_what_one_turn_writes),
        TEST(test_an_archive_is_written_in_shares),
        TEST(test_what_is_written_meanwhile_goes_with_the_next_package),
        TEST(test_another_configuration_ends_it),
        TEST(test_a_base_that_is_suspended_gets_nothing),
        TEST(test_a_base_that_is_removed_gets_nothing),
        TEST(test_another_filter_ends_it),
        TEST(test_of_two_packages_the_first_that_is_whole_counts),
        TEST(test_what_is_given_up_spends_no_number),
        TEST(test_many_rows_get_their_number_in_parts),
        TEST(test_a_package_of_many_rows_numbers_them_all),
        TEST(test_a_package_that_is_overtaken_is_not_published),
        TEST(test_a_look_goes_on_where_its_share_ended)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
