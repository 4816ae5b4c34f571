#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/mirror_names.h"

enum {
    SQL_BYTES_MAX = 8 << 20,
    REPORT_BYTES_MAX = 1 << 30,
    NAME_BYTES = 2 * FL_MIRROR_NAME_BYTES,
    BRANCH_COLUMNS = 8,
};

struct running {
    struct fl_sql *sql;
    struct fl_report *report;
    size_t capacity;
    size_t branch_capacity;
    bool no_memory;
    const struct fl_report_request *request;
};

/* -- the question -- */

/*
 * The moments that it asks for become $1 and $2, in the order of their first place; or
 * stand in it, where it is to be read by others.
 */
struct question {
    struct fl_sql *sql;
    bool has_moments;
    const struct fl_report_request *request;
    struct fl_buffer text;
    size_t from_number; /* 0: it is not asked for */
    size_t to_number;
    size_t parameter_count;
    const char *parameters[2];
};

struct found {
    char name[FL_MIRROR_NAME_BYTES];
    bool is_found;
};

static bool take_name(void *context, const struct fl_sql_row *row)
{
    struct found *found = context;
    snprintf(found->name, sizeof found->name, "%s", row->values[0]);
    found->is_found = true;
    return false;
}

/* "Document.X" or "Document.X:Attr" as the mirror calls it. */
static enum fl_status put_name(
    struct question *question,
    struct fl_bytes word,
    struct fl_error *out_error)
{
    char object[NAME_BYTES];
    snprintf(object, sizeof object, "%.*s", (int)word.size, (const char *)word.data);
    char *colon = strchr(object, ':');
    const char *parameters[] = {object, colon == NULL ? "" : colon + 1};
    struct found found = {.is_found = false};
    if (colon != NULL) {
        *colon = '\0';
    }
    enum fl_status status = fl_sql_query(
        question->sql,
        colon == NULL
            ? "SELECT table_name FROM filial_schema WHERE object = $1 AND attribute = $2"
            : "SELECT column_name FROM filial_schema WHERE object = $1 AND attribute = "
              "$2",
        2, parameters, take_name, &found, out_error);
    if (status == FL_OK && !found.is_found) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND, "{%.*s} is not in this mirror", (int)word.size,
            (const char *)word.data);
    }
    if (status == FL_OK) {
        fl_sql_quote(&question->text, found.name);
    }
    return status;
}

static void put_parameter(
    struct question *question,
    const char *moment,
    size_t *io_number)
{
    char text[24];
    if (*io_number == 0) {
        question->parameters[question->parameter_count] = moment;
        *io_number = ++question->parameter_count;
    }
    snprintf(text, sizeof text, "$%zu", *io_number);
    fl_buffer_put_text(&question->text, text);
}

/* PostgreSQL wants to know the type of each. */
static void put_moment(struct question *question, const char *moment, size_t *io_number)
{
    bool casts = fl_sql_dialect(question->sql) == FL_SQL_POSTGRESQL;
    fl_buffer_put_text(&question->text, casts ? "CAST(" : "");
    if (question->has_moments) {
        fl_buffer_put_text(&question->text, "'");
        fl_buffer_put_text(&question->text, moment);
        fl_buffer_put_text(&question->text, "'");
    } else {
        put_parameter(question, moment, io_number);
    }
    fl_buffer_put_text(&question->text, casts ? " AS timestamp)" : "");
}

static enum fl_status put_word(
    struct question *question,
    struct fl_bytes word,
    struct fl_error *out_error)
{
    if (fl_bytes_equal(word, fl_bytes_of_text("from"))) {
        put_moment(question, question->request->from, &question->from_number);
        return FL_OK;
    }
    if (fl_bytes_equal(word, fl_bytes_of_text("to"))) {
        put_moment(question, question->request->to, &question->to_number);
        return FL_OK;
    }
    return put_name(question, word, out_error);
}

static enum fl_status resolve(struct question *question, struct fl_error *out_error)
{
    const char *template = question->request->sql;
    enum fl_status status = FL_OK;
    while (*template != '\0' && status == FL_OK) {
        size_t plain = strcspn(template, "{");
        fl_buffer_put_memory(&question->text, template, plain);
        template += plain;
        if (*template == '{') {
            size_t size = strcspn(template + 1, "}");
            status = put_word(
                question, (struct fl_bytes){(const uint8_t *)template + 1, size},
                out_error);
            template += size + 1;
            template += *template == '}';
        }
    }
    return status;
}

/* -- rows -- */

static const char *keep(struct running *running, const char *text)
{
    const char *kept = fl_arena_text(
        &running->report->arena, fl_bytes_of_text(text == NULL ? "" : text));
    running->no_memory = running->no_memory || kept == NULL;
    return kept;
}

static void take_head(void *context, size_t column_count, const char *const *names)
{
    struct running *running = context;
    struct fl_report *report = running->report;
    report->column_count = column_count;
    for (size_t i = 0; i < column_count; i++) {
        report->columns[i] = keep(running, names[i]);
    }
}

/* Of items of `item_bytes`; true: there is room for one more. */
static bool make_room(
    struct running *running,
    void **io_items,
    size_t *io_capacity,
    size_t count,
    size_t item_bytes)
{
    if (count < *io_capacity) {
        return true;
    }
    size_t capacity = 2 * *io_capacity + 256;
    void *grown = fl_realloc(*io_items, capacity * item_bytes);
    if (grown == NULL) {
        running->no_memory = true;
        return false;
    }
    *io_items = grown;
    *io_capacity = capacity;
    return true;
}

/* A column is one of numbers when it has some, and nothing else. */
static bool take_row(void *context, const struct fl_sql_row *row)
{
    struct running *running = context;
    struct fl_report *report = running->report;
    void *items = report->cells;
    report->is_cut = report->row_count == FL_REPORT_ROWS_MAX;
    if (report->is_cut || running->no_memory ||
        !make_room(
            running, &items, &running->capacity, report->row_count,
            report->column_count * sizeof *report->cells)) {
        return false;
    }
    report->cells = items;
    const char **cells = report->cells + report->row_count * report->column_count;
    for (size_t i = 0; i < report->column_count; i++) {
        bool is_null = row->values[i] == NULL;
        bool is_first = report->row_count == 0;
        cells[i] = is_null ? NULL : keep(running, row->values[i]);
        report->is_number[i] =
            (is_first || report->is_number[i]) && (is_null || row->is_number[i]);
    }
    report->row_count++;
    return !running->no_memory;
}

static enum fl_status read_rows(struct running *running, struct fl_error *out_error)
{
    const struct fl_sql_taker taker = {take_head, take_row, running};
    struct question question = {.sql = running->sql, .request = running->request};
    fl_buffer_init(&question.text, SQL_BYTES_MAX);
    enum fl_status status = resolve(&question, out_error);
    if (status == FL_OK) {
        status = fl_sql_ask(
            running->sql, fl_sql_text(&question.text), question.parameter_count,
            question.parameters, &taker, out_error);
    }
    fl_buffer_deinit(&question.text);
    return status;
}

/* -- the vector -- */

/* Who closes no days is as far as what was whole of it last. */
static bool is_missing(
    const struct fl_report_request *request,
    const struct fl_report_branch *branch,
    bool is_whole)
{
    return branch->day[0] != '\0'
               ? strcmp(branch->day, request->last_day) < 0 || !is_whole
               : strcmp(branch->stated, request->ends) < 0;
}

static bool take_branch(void *context, const struct fl_sql_row *row)
{
    struct running *running = context;
    struct fl_report *report = running->report;
    void *items = report->branches;
    const char *kept[BRANCH_COLUMNS];
    for (size_t i = 0; i < BRANCH_COLUMNS; i++) {
        kept[i] = keep(running, row->values[i]);
    }
    if (running->no_memory || !make_room(
                                  running, &items, &running->branch_capacity,
                                  report->branch_count, sizeof *report->branches)) {
        return false;
    }
    report->branches = items;
    struct fl_report_branch branch = {kept[0], kept[1], kept[2], kept[3],
                                      kept[4], kept[5], kept[6], false};
    branch.is_missing = is_missing(running->request, &branch, strcmp(kept[7], "1") == 0);
    report->branches[report->branch_count++] = branch;
    return true;
}

static bool take_place(void *context, const struct fl_sql_row *row)
{
    struct running *running = context;
    running->report->lsn = keep(running, row->values[0]);
    running->report->head = keep(running, row->values[1]);
    running->report->written = keep(running, row->values[2]);
    return false;
}

/*
 * Bases that exchange files through this node are branches too; the parent is none. A
 * node below a child is as whole as the child; one whose child is not known any more is
 * known by its days alone.
 */
static const char VECTOR[] =
    "SELECT COALESCE(b.branch, d.branch) AS branch, COALESCE(b.name, d.name) AS name, "
    "COALESCE(b.role, '') AS role, b.position, substr(CAST(b.stated AS text), 1, 19) AS "
    "stated, d.day, substr(CAST(d.closed AS text), 1, 19) AS closed, CASE WHEN b.whole "
    ">= d.lsn THEN 1 ELSE 0 END AS is_whole FROM filial_branches AS b LEFT JOIN "
    "filial_days AS d ON d.node = b.node WHERE b.active = 1 AND b.role <> 'parent' "
    "UNION ALL SELECT d.branch, d.name, '', NULL, NULL, d.day, substr(CAST(d.closed AS "
    "text), 1, 19), 1 FROM filial_days AS d WHERE d.node NOT IN (SELECT node FROM "
    "filial_branches) ORDER BY 1";

static enum fl_status read_vector(struct running *running, struct fl_error *out_error)
{
    enum fl_status status =
        fl_sql_query(running->sql, VECTOR, 0, NULL, take_branch, running, out_error);
    return status == FL_OK ? fl_sql_query(
                                 running->sql,
                                 "SELECT lsn, head, substr(CAST(written AS text), 1, 19) "
                                 "FROM filial_mirror",
                                 0, NULL, take_place, running, out_error)
                           : status;
}

/* -- both -- */

static bool is_there(void *context, const struct fl_sql_row *row)
{
    (void)row;
    *(bool *)context = true;
    return false;
}

/* All tables of one that was added a moment ago come at once. */
static enum fl_status check_is_made(struct fl_sql *sql, struct fl_error *out_error)
{
    struct fl_error error = {.text = ""};
    bool is_made = false;
    enum fl_status status = fl_sql_query(
        sql, "SELECT 1 FROM filial_schema LIMIT 1", 0, NULL, is_there, &is_made, &error);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "this mirror has no tables that can be read: %s",
            error.text);
    }
    return is_made ? FL_OK
                   : fl_error_set(
                         out_error, FL_NOT_FOUND,
                         "this mirror has no tables yet; `filial endpoint list` says how "
                         "far each is, and --mirror CODE takes another");
}

static enum fl_status run(struct running *running, struct fl_error *out_error)
{
    enum fl_status status = fl_sql_begin_reading(running->sql, out_error);
    if (status == FL_OK) {
        status = check_is_made(running->sql, out_error);
    }
    if (status == FL_OK) {
        status = read_vector(running, out_error);
    }
    if (status == FL_OK) {
        status = read_rows(running, out_error);
    }
    return status == FL_OK && running->no_memory
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : status;
}

static enum fl_status open_mirror(
    const struct fl_report_request *request,
    struct fl_sql **out_sql,
    struct fl_error *out_error)
{
    const struct fl_sql_options options = {
        .url = request->url,
        .password_file = request->password_file,
        .cancel = request->cancel,
        .reads_only = true};
    return fl_sql_open(&options, out_sql, out_error);
}

enum fl_status fl_report_run(
    const struct fl_report_request *request,
    struct fl_report **out_report,
    struct fl_error *out_error)
{
    struct fl_report *report = fl_alloc_zeroed(1, sizeof *report);
    if (report == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_arena_init(&report->arena, REPORT_BYTES_MAX);
    report->lsn = report->head = report->written = "";
    struct running running = {.report = report, .request = request};
    enum fl_status status = open_mirror(request, &running.sql, out_error);
    if (status == FL_OK) {
        status = run(&running, out_error);
    }
    fl_sql_close(running.sql); /* ends the transaction */
    if (status != FL_OK) {
        fl_report_free(report);
        return status;
    }
    *out_report = report;
    return FL_OK;
}

void fl_report_free(struct fl_report *report)
{
    if (report != NULL) {
        fl_arena_deinit(&report->arena);
        fl_free(report->cells);
        fl_free(report->branches);
        fl_free(report);
    }
}

/* -- the question alone -- */

/* A line of its own ends it: its last may be a comment. */
static void put_as_statement(struct fl_buffer *text, struct fl_bytes question)
{
    while (question.size > 0 && strchr("; \t\r\n", question.data[question.size - 1])) {
        question.size--;
    }
    fl_buffer_put(text, question);
    fl_buffer_put_text(text, "\n;\n");
}

enum fl_status fl_report_question(
    const struct fl_report_request *request,
    struct fl_buffer *out_text,
    struct fl_error *out_error)
{
    struct question question = {.request = request, .has_moments = true};
    fl_buffer_init(&question.text, SQL_BYTES_MAX);
    enum fl_status status = open_mirror(request, &question.sql, out_error);
    if (status == FL_OK) {
        status = check_is_made(question.sql, out_error);
    }
    if (status == FL_OK) {
        status = resolve(&question, out_error);
    }
    fl_sql_close(question.sql);
    if (status == FL_OK) {
        put_as_statement(out_text, fl_buffer_view(&question.text));
        status = fl_buffer_status(&question.text) == FL_OK ? fl_buffer_status(out_text)
                                                           : FL_NO_MEMORY;
        if (status != FL_OK) {
            (void)fl_error_set(out_error, status, "not enough memory");
        }
    }
    fl_buffer_deinit(&question.text);
    return status;
}

size_t fl_report_missing(const struct fl_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->branch_count; i++) {
        count += report->branches[i].is_missing;
    }
    return count;
}

bool fl_report_is_behind(const struct fl_report *report)
{
    return strtoull(report->lsn, NULL, 10) < strtoull(report->head, NULL, 10);
}
