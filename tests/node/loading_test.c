/*
 * A table that is taken in shares, and what others do between two of them.
 */

#include "fixture.h"

#include "table/loading.h"

#define REF "Catalog.Контрагенты:11111111-2222-4333-8444-000000000001"

enum { ROWS = 3, CELLS = 2 };

/* A header and two rows: of the object that is here, and of one that is not. */
struct table {
    struct fixture *fixture;
    struct fl_mapping *mapping;
    struct fl_loading *loading;
    struct fl_output output;
    size_t next;
    struct fl_bytes cells[CELLS];
    struct fl_sheet_row row;
};

static const char *const TEXTS[ROWS][CELLS] = {
    {"ИНН", "Имя"},
    {"7701234567", "Ромашка и К"},
    {"7701234568", "Лютик"}};

static enum fl_status rewind_rows(void *context, struct fl_error *out_error)
{
    struct table *table = context;
    (void)out_error;
    table->next = 0;
    return FL_OK;
}

static enum fl_status next_row(
    void *context,
    const struct fl_sheet_row **out_row,
    struct fl_error *out_error)
{
    struct table *table = context;
    (void)out_error;
    *out_row = NULL;
    if (table->next < ROWS) {
        for (size_t i = 0; i < CELLS; i++) {
            table->cells[i] = fl_bytes_of_text(TEXTS[table->next][i]);
        }
        table->next++;
        table->row = (struct fl_sheet_row){
            .line = table->next, .cell_count = CELLS, .cells = table->cells};
        *out_row = &table->row;
    }
    return FL_OK;
}

static enum fl_status begin(struct table *table, struct fl_error *out_error)
{
    static const struct fl_loading_options options = {.dry_run = false};
    const struct fl_row_source source = {
        .place = "table", .rewind = rewind_rows, .next = next_row, .context = table};
    return fl_loading_new(
        table->fixture->node, table->mapping, &source, &options, &table->loading,
        out_error);
}

static enum fl_status step(
    struct table *table,
    bool *out_done,
    struct fl_error *out_error)
{
    return fl_loading_step(
        table->loading, &table->output, /* share_ms= */ 0, out_done, out_error);
}

static void run(struct table *table, const char *words)
{
    char copy[300];
    const char *parts[8];
    size_t count = 0;
    strcpy(copy, words);
    for (char *part = strtok(copy, " "); part != NULL; part = strtok(NULL, " ")) {
        parts[count++] = part;
    }
    if (fixture_run_words(table->fixture, NULL, count, parts) != 0) {
        fail_msg("%s: %s", words, table->fixture->complaint);
    }
}

static int setup(void **state)
{
    static const char map[] = "type = Catalog.Контрагенты\nkey = ИНН\n[columns]\n"
                              "ИНН = ИНН\nDescription = Имя\n";
    struct fl_error error;
    fixture_setup(state);
    struct table *table = calloc(1, sizeof *table);
    assert_non_null(table);
    table->fixture = *state;
    table->mapping = fl_alloc_zeroed(1, sizeof *table->mapping);
    assert_non_null(table->mapping);
    if (fl_mapping_parse(
            table->mapping, table->fixture->node->configuration, "map",
            fl_bytes_of_text(map), &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    fl_output_init_silent(&table->output);
    run(table, "object put " REF " --set Description=Ромашка --set ИНН=7701234567");
    *state = table;
    return 0;
}

static int teardown(void **state)
{
    struct table *table = *state;
    fl_loading_free(table->loading);
    fl_output_deinit(&table->output);
    fl_mapping_deinit(table->mapping);
    fl_free(table->mapping);
    *state = table->fixture;
    free(table);
    return fixture_teardown(state);
}

/* Everything is looked at, and nothing is written yet. */
static void look(struct table *table)
{
    struct fl_error error;
    bool done = false;
    assert_int_equal(begin(table, &error), FL_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(step(table, &done, &error), FL_OK);
        assert_false(done);
    }
    const struct fl_loading_report *report = fl_loading_report(table->loading);
    assert_int_equal(report->counts[FL_ROW_NEW], 1);
    assert_int_equal(report->counts[FL_ROW_CHANGED], 1);
    assert_int_equal(report->written, 0);
}

static void write_all(struct table *table)
{
    struct fl_error error;
    bool done = false;
    while (!done) {
        assert_int_equal(step(table, &done, &error), FL_OK);
    }
}

static void test_who_changed_an_object_meanwhile_keeps_the_rest_of_it(void **state)
{
    struct table *table = *state;
    look(table);
    run(table, "object put " REF " --set ИНН=7700000000 --set КПП=770101001");
    write_all(table);
    run(table, "object get " REF);
    fixture_must_say(table->fixture->out, "Ромашка и К");
    fixture_must_say(table->fixture->out, "770101001");
    fixture_must_say(table->fixture->out, "7700000000");
    assert_int_equal(fl_loading_report(table->loading)->written, 2);
}

static void test_what_was_deleted_meanwhile_stays_deleted(void **state)
{
    struct table *table = *state;
    look(table);
    run(table, "object delete " REF);
    write_all(table);
    assert_int_not_equal(fixture_run(table->fixture, "object", "get", REF), 0);
    assert_int_equal(fl_loading_report(table->loading)->written, 1);
    assert_int_equal(fl_loading_report(table->loading)->gone, 1);
}

static void test_one_table_is_written_at_a_time(void **state)
{
    struct table *table = *state;
    struct table other = {.fixture = table->fixture, .mapping = table->mapping};
    struct fl_error error;
    look(table);
    assert_int_equal(begin(&other, &error), FL_BUSY);
    fixture_must_say(error.text, "another table is being imported");
    write_all(table);
    fl_loading_free(table->loading);
    table->loading = NULL;
    assert_int_equal(begin(&other, &error), FL_OK);
    fl_loading_free(other.loading);
}

static void test_another_configuration_ends_it(void **state)
{
    struct table *table = *state;
    struct fl_error error;
    bool done = false;
    const uint16_t number = table->fixture->node->configuration_number;
    look(table);
    fixture_take_up(table->fixture->node, 0);
    fixture_take_up(table->fixture->node, number);
    assert_int_equal(step(table, &done, &error), FL_BUSY);
    fixture_must_say(error.text, "with 0 rows written");
}

static bool finds_no_room; /* the next commit */

enum fl_status __real_fl_txn_commit(struct fl_txn *txn);
enum fl_status __wrap_fl_txn_commit(struct fl_txn *txn);

enum fl_status __wrap_fl_txn_commit(struct fl_txn *txn)
{
    if (finds_no_room) {
        const struct fl_error error = {.status = FL_FULL, .text = "no room"};
        finds_no_room = false;
        fl_txn_fail(txn, &error);
    }
    return __real_fl_txn_commit(txn);
}

static void test_a_full_store_says_how_many_rows_it_has(void **state)
{
    struct table *table = *state;
    struct fl_error error;
    bool done = false;
    look(table);
    finds_no_room = true;
    assert_int_equal(step(table, &done, &error), FL_FULL);
    fixture_must_say(
        error.text,
        "table: 0 of 2 rows were written, import it again for the others: no room");
    assert_int_equal(fl_loading_report(table->loading)->written, 0);
    fl_loading_free(table->loading);
    look(table);
    write_all(table);
    assert_int_equal(fl_loading_report(table->loading)->written, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_changed_an_object_meanwhile_keeps_the_rest_of_it),
        TEST(test_what_was_deleted_meanwhile_stays_deleted),
        TEST(test_one_table_is_written_at_a_time),
        TEST(test_another_configuration_ends_it),
        TEST(test_a_full_store_says_how_many_rows_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
