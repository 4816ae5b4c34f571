/* Questions whose columns are not known before, in a file of SQLite; rows of COPY. */

#include "fixture.h"

#include "mirror/sql.h"
#include "mirror/sql_postgresql_copy.h"

struct told {
    char text[256];
    size_t heads;
    size_t rows;
    size_t rows_max;
};

static void take_head(void *context, size_t column_count, const char *const *names)
{
    struct told *told = context;
    told->heads++;
    for (size_t i = 0; i < column_count; i++) {
        strcat(told->text, names[i]);
        strcat(told->text, " ");
    }
}

static bool take_row(void *context, const struct fl_sql_row *row)
{
    struct told *told = context;
    for (size_t i = 0; i < row->count; i++) {
        strcat(told->text, row->values[i] == NULL ? "null" : row->values[i]);
        strcat(told->text, row->is_number[i] ? "# " : " ");
    }
    return ++told->rows < told->rows_max;
}

static struct fl_sql *open_file(const struct fixture *fixture, bool reads_only)
{
    char url[FIXTURE_PATH_BYTES + 16];
    struct fl_error error = {.text = ""};
    struct fl_sql *sql = NULL;
    snprintf(url, sizeof url, "sqlite:%s", fixture_path(fixture, "a.db"));
    const struct fl_sql_options options = {.url = url, .reads_only = reads_only};
    if (fl_sql_open(&options, &sql, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return sql;
}

static struct fl_sql *reader_of(const struct fixture *fixture)
{
    struct fl_error error;
    struct fl_sql *sql = open_file(fixture, /* reads_only= */ false);
    assert_int_equal(
        fl_sql_run(sql, "CREATE TABLE a (x integer, y text)", &error), FL_OK);
    assert_int_equal(
        fl_sql_run(sql, "INSERT INTO a VALUES (1, 'один'), (2, null)", &error), FL_OK);
    fl_sql_close(sql);
    sql = open_file(fixture, /* reads_only= */ true);
    assert_int_equal(fl_sql_begin_reading(sql, &error), FL_OK);
    return sql;
}

static void ask(struct fl_sql *sql, const char *question, struct told *told)
{
    struct fl_error error = {.text = ""};
    const char *parameters[] = {"1"};
    const struct fl_sql_taker taker = {take_head, take_row, told};
    if (fl_sql_ask(sql, question, 1, parameters, &taker, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
}

static void test_names_come_first_and_numbers_are_known(void **state)
{
    struct told told = {.rows_max = 9};
    struct fl_sql *sql = reader_of(*state);
    ask(sql, "SELECT x, y AS \"слово\" FROM a WHERE x >= CAST($1 AS integer)", &told);
    assert_string_equal(told.text, "x слово 1# один 2# null ");
    fl_sql_close(sql);
}

static void test_an_empty_answer_has_names(void **state)
{
    struct told told = {.rows_max = 9};
    struct fl_sql *sql = reader_of(*state);
    ask(sql, "SELECT x FROM a WHERE y = $1", &told);
    assert_string_equal(told.text, "x ");
    assert_int_equal(told.heads, 1);
    fl_sql_close(sql);
}

static void test_an_answer_may_be_cut(void **state)
{
    struct told told = {.rows_max = 1};
    struct fl_sql *sql = reader_of(*state);
    ask(sql, "SELECT x FROM a ORDER BY x", &told);
    assert_string_equal(told.text, "x 1# ");
    fl_sql_close(sql);
}

static void test_an_answer_that_is_too_wide_is_refused(void **state)
{
    char question[8 * FL_SQL_COLUMNS_MAX] = "SELECT 1";
    struct fl_error error = {.text = ""};
    struct told told = {.rows_max = 9};
    const struct fl_sql_taker taker = {take_head, take_row, &told};
    struct fl_sql *sql = reader_of(*state);
    for (size_t i = 0; i < FL_SQL_COLUMNS_MAX; i++) {
        strcat(question, ", 1");
    }
    assert_int_equal(fl_sql_ask(sql, question, 0, NULL, &taker, &error), FL_LIMIT);
    assert_int_equal(told.heads, 0);
    fl_sql_close(sql);
}

static void test_a_reader_writes_nothing(void **state)
{
    static const char *const WRITES[] = {
        "DELETE FROM a", "CREATE TABLE b (x integer)", "PRAGMA user_version = 7"};
    struct fl_sql *sql = reader_of(*state);
    for (size_t i = 0; i < sizeof WRITES / sizeof WRITES[0]; i++) {
        struct fl_error error = {.text = ""};
        assert_int_equal(fl_sql_run(sql, WRITES[i], &error), FL_IO);
        fixture_must_say(error.text, "readonly");
    }
    fl_sql_close(sql);
}

static void test_what_is_not_one_question_is_refused(void **state)
{
    static const char *const OTHERS[] = {
        "COMMIT",     "DELETE FROM a",      "",
        "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; nonsense"};
    struct told told = {.rows_max = 9};
    const struct fl_sql_taker taker = {take_head, take_row, &told};
    struct fl_sql *sql = reader_of(*state);
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        struct fl_error error = {.text = ""};
        assert_int_equal(
            fl_sql_ask(sql, OTHERS[i], 0, NULL, &taker, &error), FL_MALFORMED);
        assert_string_not_equal(error.text, "");
    }
    assert_int_equal(told.heads, 0);
    ask(sql, "SELECT x FROM a WHERE x = 1;\n-- the end\n", &told);
    assert_string_equal(told.text, "x 1# ");
    fl_sql_close(sql);
}

static void test_a_reader_makes_no_file(void **state)
{
    const struct fixture *fixture = *state;
    char url[FIXTURE_PATH_BYTES + 16];
    struct fl_error error;
    struct fl_sql *sql = NULL;
    snprintf(url, sizeof url, "sqlite:%s", fixture_path(fixture, "none.db"));
    const struct fl_sql_options options = {.url = url, .reads_only = true};
    assert_int_equal(fl_sql_open(&options, &sql, &error), FL_IO);
    assert_int_not_equal(access(fixture_path(fixture, "none.db"), F_OK), 0);
}

/* It is valid UTF-8, and another node may send it. */
static void test_a_byte_0_holds_up_no_copy(void **state)
{
    char name[] = "a";
    struct fl_sql_column columns[] = {{name, FL_SQL_TEXT}, {name, FL_SQL_TEXT}};
    const struct fl_sql_table table = {.column_count = 2, .columns = columns};
    const struct fl_sql_cell cells[] = {
        {.bytes = {(const uint8_t *)"\0x\0\\\ty\0", 7}}, {.is_null = true}};
    struct fl_buffer rows;
    (void)state;
    fl_buffer_init(&rows, 64);
    fl_copy_put_row(&rows, &table, cells);
    assert_string_equal(fl_sql_text(&rows), "x\\\\\\ty\t\\N\n");
    fl_buffer_deinit(&rows);
}

int main(void)
{
#define WITH_FOLDER(test)                                                                \
    cmocka_unit_test_setup_teardown(test, fixture_setup_empty, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_names_come_first_and_numbers_are_known),
        WITH_FOLDER(test_an_empty_answer_has_names),
        WITH_FOLDER(test_an_answer_may_be_cut),
        WITH_FOLDER(test_an_answer_that_is_too_wide_is_refused),
        WITH_FOLDER(test_a_reader_writes_nothing),
        WITH_FOLDER(test_what_is_not_one_question_is_refused),
        WITH_FOLDER(test_a_reader_makes_no_file),
        cmocka_unit_test(test_a_byte_0_holds_up_no_copy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
