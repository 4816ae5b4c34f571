/* Reports of a mirror in a file of SQLite: what is asked, what is told, without memory.
 */

#include "scarce.h"

#include "fixture.h"

#include "mirror/mirror.h"
#include "report/report_template.h"
#include "report/report_write.h"

enum { ALLOCATIONS_MAX = 2000 };

#define INVOICE "Document.СчетНаОплатуПокупателю:22222222-2222-2222-2222-222222222222"
#define RECEIPT "Document.ПоступлениеНаРасчетныйСчет:33333333-3333-3333-3333-333333333333"

static const char *url(const struct fixture *fixture)
{
    static char text[FIXTURE_PATH_BYTES + 16];
    snprintf(text, sizeof text, "sqlite:%s", fixture_path(fixture, "mirror.db"));
    return text;
}

/* All that the node has is in the mirror, but for `left_out` transactions. */
static void fill(struct fixture *fixture, size_t left_out)
{
    const struct fl_mirror_options options = {
        .store = fixture->node->store,
        .identity = *fixture->node->identity,
        .url = url(fixture),
        .batch_objects = 1};
    struct fl_mirror *mirror = fl_mirror_new(&options);
    struct fl_error error = {.text = ""};
    bool more = true;
    assert_non_null(mirror);
    while (more) {
        if (fl_mirror_step(mirror, &more, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        const struct fl_mirror_progress *progress = fl_mirror_progress(mirror);
        more = more && progress->lsn + left_out < progress->head;
    }
    fl_mirror_free(mirror);
}

static void put(struct fixture *fixture, const char *ref, const char *value)
{
    assert_int_equal(fixture_run(fixture, "object", "put", ref, "--set", value), 0);
}

static enum fl_status run(
    const struct fixture *fixture,
    const char *sql,
    struct fl_report **out_report,
    struct fl_error *out_error)
{
    const struct fl_report_request request = {
        .url = url(fixture),
        .sql = sql,
        .from = "2026-01-01 00:00:00",
        .to = "2026-02-01 00:00:00",
        .last_day = "2026-01-31",
        .ends = "2026-01-31 21:00:00"};
    return fl_report_run(&request, out_report, out_error);
}

static struct fl_report *report_of(const struct fixture *fixture, const char *sql)
{
    struct fl_error error = {.text = ""};
    struct fl_report *report = NULL;
    if (run(fixture, sql, &report, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return report;
}

static const char *words_of(const struct fl_report *report)
{
    static char text[4096];
    const struct fl_report_heading heading = {"title", "2026-01-01", "2026-01-31"};
    struct fl_report_texts texts;
    assert_int_equal(fl_report_texts_init(&texts, report, &heading), FL_OK);
    snprintf(text, sizeof text, "%s", (const char *)texts.words.data);
    fl_report_texts_deinit(&texts);
    return text;
}

static void test_moments_are_asked_in_any_order(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture, 0);
    struct fl_report *report = report_of(
        fixture, "SELECT {to} AS a, {from} AS b, {to} AS c, 1.5 AS d, NULL AS e");
    assert_int_equal(report->column_count, 5);
    assert_int_equal(report->row_count, 1);
    assert_string_equal(report->cells[0], "2026-02-01 00:00:00");
    assert_string_equal(report->cells[1], "2026-01-01 00:00:00");
    assert_string_equal(report->cells[2], "2026-02-01 00:00:00");
    assert_true(report->is_number[3] && !report->is_number[0]);
    assert_null(report->cells[4]);
    fl_report_free(report);
}

static void test_a_mirror_that_is_not_made_yet_is_told_from_a_wrong_name(void **state)
{
    static const char *const WHATS[] = {
        "CREATE TABLE x (y integer)", "CREATE TABLE filial_schema (y integer)"};
    struct fixture *fixture = *state;
    const struct fl_sql_options options = {.url = url(fixture)};
    for (size_t i = 0; i < sizeof WHATS / sizeof WHATS[0]; i++) {
        struct fl_error error = {.text = ""};
        struct fl_report *report = NULL;
        struct fl_sql *sql = NULL;
        assert_int_equal(fl_sql_open(&options, &sql, &error), FL_OK);
        assert_int_equal(fl_sql_run(sql, WHATS[i], &error), FL_OK);
        fl_sql_close(sql);
        assert_int_not_equal(
            run(fixture, "SELECT {Catalog.Нет}", &report, &error), FL_OK);
        fixture_must_say(error.text, "this mirror has no tables ");
    }
}

static void test_a_report_without_rows_has_columns(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture, 0);
    struct fl_report *report = report_of(
        fixture, "SELECT {Document.СчетНаОплатуПокупателю:Number} AS number FROM "
                 "{Document.СчетНаОплатуПокупателю}");
    assert_int_equal(report->row_count, 0);
    assert_string_equal(report->columns[0], "number");
    fl_report_free(report);
}

/* Rows of a day may be missing while what changed again is on its way. */
static void test_a_mirror_that_is_behind_says_so(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, INVOICE, "Number=1");
    assert_int_equal(fixture_run(fixture, "report", "close-day", "2026-01-31"), 0);
    fill(fixture, 0);
    struct fl_report *report = report_of(fixture, "SELECT 1");
    assert_false(fl_report_is_behind(report));
    fixture_must_say(words_of(report), "Nobody is missing in this number");
    fl_report_free(report);
    put(fixture, INVOICE, "Number=2");
    put(fixture, RECEIPT, "Number=3");
    fill(fixture, 1);
    report = report_of(fixture, "SELECT 1");
    fixture_must_say(words_of(report), "All 1 branches are here up to 2026-01-31");
    fl_report_free(report);
}

static void test_a_branch_of_which_a_series_is_under_way_is_missing(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    struct fl_sql *sql = NULL;
    const struct fl_sql_options options = {.url = url(fixture)};
    assert_int_equal(fixture_run(fixture, "report", "close-day", "2026-01-31"), 0);
    fill(fixture, 0);
    assert_int_equal(fl_sql_open(&options, &sql, &error), FL_OK);
    assert_int_equal(
        fl_sql_run(sql, "UPDATE filial_branches SET whole = 0", &error), FL_OK);
    fl_sql_close(sql);
    struct fl_report *report = report_of(fixture, "SELECT 1");
    assert_int_equal(fl_report_missing(report), 1);
    fixture_must_say(words_of(report), "it has closed 2026-01-31, and sends still");
    fl_report_free(report);
}

static void test_without_memory_there_is_no_report(void **state)
{
    struct fixture *fixture = *state;
    const struct fl_report_heading heading = {"title", "2026-01-01", "2026-01-31"};
    bool failed = true;
    put(fixture, INVOICE, "Date=2026-01-15T10:00:00");
    fill(fixture, 0);
    for (uint64_t n = 1; failed; n++) {
        struct fl_error error = {.text = ""};
        struct fl_report *report = NULL;
        struct fl_buffer page;
        fl_buffer_init(&page, FL_REPORT_PAGE_BYTES_MAX);
        scarce_from(n, /* for_ever= */ false);
        enum fl_status status =
            run(fixture,
                "SELECT {Document.СчетНаОплатуПокупателю:Number} AS number, 7 AS n FROM "
                "{Document.СчетНаОплатуПокупателю} WHERE "
                "{Document.СчетНаОплатуПокупателю:Date} < {to}",
                &report, &error);
        struct fl_report_texts texts = {.missing = NULL};
        bool has_texts =
            status == FL_OK && fl_report_texts_init(&texts, report, &heading) == FL_OK;
        if (has_texts) {
            fl_report_write_page(report, &texts, /* has_vector= */ true, &page);
        }
        failed = scarce_end();
        assert_true(status == FL_OK || error.text[0] != '\0');
        assert_true(failed || (has_texts && fl_buffer_status(&page) == FL_OK));
        fl_report_texts_deinit(&texts);
        assert_true(n < ALLOCATIONS_MAX);
        fl_buffer_deinit(&page);
        fl_report_free(report);
    }
}

static void test_each_standard_report_is_made_for_the_demonstration(void **state)
{
    struct fixture *fixture = *state;
    const struct fl_report_kind *kind;
    fill(fixture, 0);
    for (size_t i = 0; (kind = fl_report_kind_at(i)) != NULL; i++) {
        const struct fl_report_wishes wishes = {.type = NULL};
        struct fl_error error = {.text = ""};
        struct fl_buffer sql;
        fl_buffer_init(&sql, FL_REPORT_TEMPLATE_BYTES_MAX);
        enum fl_status status =
            kind->make(fixture->node->configuration, &wishes, &sql, &error);
        if (status != FL_OK) {
            fail_msg("%s: %s", kind->name, error.text);
        }
        fl_report_free(report_of(fixture, fl_sql_text(&sql)));
        fl_buffer_deinit(&sql);
    }
}

static struct fl_report *standard(const struct fixture *fixture, const char *name)
{
    const struct fl_report_wishes wishes = {.type = NULL};
    struct fl_error error = {.text = ""};
    struct fl_buffer sql;
    fl_buffer_init(&sql, FL_REPORT_TEMPLATE_BYTES_MAX);
    const struct fl_report_kind *kind = fl_report_kind_find(name);
    assert_int_equal(
        kind->make(fixture->node->configuration, &wishes, &sql, &error), FL_OK);
    struct fl_report *report = report_of(fixture, fl_sql_text(&sql));
    fl_buffer_deinit(&sql);
    return report;
}

/* SQLite adds binary fractions: 0.1 and 0.2 without 0.3 are not quite nothing there. */
static void test_what_came_and_went_in_parts_is_no_stock(void **state)
{
    static const char *const LINES[] = {
        "\"Receipt\", \"Количество\": \"0.1\"", "\"Receipt\", \"Количество\": \"0.2\"",
        "\"Expense\", \"Количество\": \"0.3\"", "\"Receipt\", \"Количество\": \"0.001\""};
    struct fixture *fixture = *state;
    struct fl_report *report;
    for (size_t count = 3; count <= sizeof LINES / sizeof LINES[0]; count++) {
        char text[4096] =
            "{\"put\": \"AccumulationRegister.ТоварыНаСкладах\", \"filter\": "
            "{\"Recorder\": \"Document.ПоступлениеТоваровУслуг:"
            "44444444-1111-4111-8111-111111111111\"}, \"records\": [";
        for (size_t i = 0; i < count; i++) {
            size_t size = strlen(text);
            snprintf(
                text + size, sizeof text - size,
                "%s{\"Period\": \"2026-01-15T00:00:00\", \"Active\": true, "
                "\"RecordType\": %s}",
                i == 0 ? "" : ", ", LINES[i]);
        }
        strcat(text, "]}\n");
        assert_int_equal(fixture_feed(fixture, text, "batch"), 0);
        fill(fixture, 0);
        report = standard(fixture, "stock");
        assert_int_equal(report->row_count, count - 3);
        fl_report_free(report);
    }
}

/* One that was left out in silence would leave its invoices unpaid. */
static void test_too_many_types_of_payments_are_refused(void **state)
{
    enum { TYPES = 18 };
    static const uint32_t INVOICES[] = {1};
    const struct fl_attribute attributes[] = {
        {.number = 1, .name = "СуммаДокумента", .type = {.allows = FL_ALLOWS_NUMBER}},
        {.number = 2,
         .name = "Счет",
         .type = {.allows = FL_ALLOWS_REFS, .ref_count = 1, .refs = INVOICES}}};
    const struct fl_report_wishes wishes = {.type = NULL};
    struct fl_type types[TYPES];
    char names[TYPES][64] = {"СчетНаОплату"};
    (void)state;
    for (uint32_t i = 0; i < TYPES; i++) {
        if (i > 0) {
            snprintf(names[i], sizeof names[i], "ПоступлениеОплаты%u", i);
        }
        types[i] = (struct fl_type){
            .number = i + 1,
            .kind = FL_KIND_DOCUMENT,
            .name = names[i],
            .attribute_count = i == 0 ? 1 : 2,
            .attributes = attributes};
    }
    for (size_t count = TYPES - 1; count <= TYPES; count++) {
        const struct fl_configuration configuration = {
            .type_count = count, .types = types};
        struct fl_error error = {.text = ""};
        struct fl_buffer sql;
        fl_buffer_init(&sql, FL_REPORT_TEMPLATE_BYTES_MAX);
        enum fl_status status =
            fl_report_kind_find("unpaid")->make(&configuration, &wishes, &sql, &error);
        assert_int_equal(status, count < TYPES ? FL_OK : FL_LIMIT);
        assert_true(status == FL_OK || strstr(error.text, "--payment") != NULL);
        fl_buffer_deinit(&sql);
    }
}

static void test_a_period_ends_before_the_last_date_that_can_be_written(void **state)
{
    struct fixture *fixture = *state;
    if (fixture_run(
            fixture, "endpoint", "add", "--format", "sql", "--url", url(fixture)) != 0) {
        fail_msg("%s", fixture->complaint);
    }
    fill(fixture, 0);
    if (fixture_run(fixture, "report", "stock", "--to", "3999-12-30", "--sql") != 0) {
        fail_msg("%s", fixture->complaint);
    }
    assert_int_equal(
        fixture_run(fixture, "report", "stock", "--to", "3999-12-31", "--sql"), 2);
    fixture_must_say(fixture->complaint, "3999-12-31");
    assert_int_equal(
        fixture_run(fixture, "report", "stock", "--to", "0001-01-01", "--sql"), 0);
}

/* JSON has no infinity; it is told in words, and not as nothing. */
static void test_what_is_no_number_in_json_is_told_as_text(void **state)
{
    struct fixture *fixture = *state;
    if (fixture_run(
            fixture, "endpoint", "add", "--format", "sql", "--url", url(fixture)) != 0) {
        fail_msg("%s", fixture->complaint);
    }
    fill(fixture, 0);
    fixture_write(
        fixture_path(fixture, "own.sql"), "SELECT 9e999 AS a, -7 AS b, 1.5 AS c");
    if (fixture_run(
            fixture, "report", "--query", fixture_path(fixture, "own.sql"), "--json") !=
        0) {
        fail_msg("%s", fixture->complaint);
    }
    fixture_must_say(fixture->out, "\"a\": \"Inf\"");
    fixture_must_say(fixture->out, "\"b\": -7");
    fixture_must_say(fixture->out, "\"c\": 1.5");
}

int main(void)
{
#define WITH_NODE(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_NODE(test_moments_are_asked_in_any_order),
        WITH_NODE(test_a_mirror_that_is_not_made_yet_is_told_from_a_wrong_name),
        WITH_NODE(test_a_report_without_rows_has_columns),
        WITH_NODE(test_a_mirror_that_is_behind_says_so),
        WITH_NODE(test_a_branch_of_which_a_series_is_under_way_is_missing),
        WITH_NODE(test_without_memory_there_is_no_report),
        WITH_NODE(test_each_standard_report_is_made_for_the_demonstration),
        WITH_NODE(test_what_came_and_went_in_parts_is_no_stock),
        cmocka_unit_test(test_too_many_types_of_payments_are_refused),
        WITH_NODE(test_a_period_ends_before_the_last_date_that_can_be_written),
        WITH_NODE(test_what_is_no_number_in_json_is_told_as_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
