/*
 * `filial report NAME`, `filial report list`. Where a daemon goes on beside, a thread
 * asks the database.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command_table.h"
#include "file.h"
#include "language.h"
#include "local_day.h"
#include "proto/datetime.h"
#include "report_job.h"
#include "report_template.h"

enum {
    SQL_FILE_BYTES_MAX = 1 << 20,
    DAY_LAST = FL_DATETIME_MAX / 86400, /* that can be written */
};

static const uint64_t WAIT_MS_MAX = 600000;
static const int64_t UNIX_BEGIN = INT64_C(62135596800); /* from 0001-01-01 to 1970 */

/* -- showing -- */

/* What JSON has no number for, infinity for one, is a text. */
static json_t *cell_json(const char *text, bool is_number)
{
    char *end = NULL;
    if (text == NULL) {
        return json_null();
    }
    if (!is_number) {
        return json_string(text);
    }
    if (strspn(text, "-0123456789") == strlen(text) && strlen(text) < 18) {
        return json_integer(strtoll(text, NULL, 10));
    }
    double value = strtod(text, &end);
    json_t *number = end != text && *end == '\0' ? json_real(value) : NULL;
    return number != NULL ? number : json_string(text);
}

static void show_rows(struct fl_output *output, const struct fl_report *report)
{
    fl_output_list_begin(output, "rows");
    for (size_t row = 0; row < report->row_count; row++) {
        const char *const *cells = report->cells + row * report->column_count;
        fl_output_row(output);
        for (size_t i = 0; i < report->column_count; i++) {
            const char *column = report->columns[i];
            if (output->json) {
                fl_output_json(
                    output, column, column, cell_json(cells[i], report->is_number[i]));
            } else {
                fl_output_text(output, column, column, cells[i] == NULL ? "" : cells[i]);
            }
        }
    }
    fl_output_list_end(output);
}

static void show_vector(struct fl_output *output, const struct fl_report *report)
{
    fl_output_list_begin(output, "vector");
    for (size_t i = 0; i < report->branch_count; i++) {
        const struct fl_report_branch *branch = &report->branches[i];
        fl_output_row(output);
        fl_output_text(output, "branch", N_("branch"), branch->code);
        fl_output_json(
            output, "position", N_("position"),
            branch->position[0] == '\0'
                ? json_null()
                : json_integer(strtoll(branch->position, NULL, 10)));
        fl_output_text(output, "stated", N_("whole as of (UTC)"), branch->stated);
        fl_output_text(output, "day", N_("closed day"), branch->day);
        fl_output_text(output, "closed", N_("closed at (UTC)"), branch->closed);
        fl_output_flag(output, "missing", N_("missing"), branch->is_missing);
    }
    fl_output_list_end(output);
}

static void show_words(
    struct fl_output *output,
    const struct fl_report *report,
    const struct fl_report_texts *texts)
{
    const char *words = (const char *)texts->words.data;
    if (output->json) {
        fl_output_text(output, "words", "", words);
        fl_output_number(output, "missing", "", fl_report_missing(report));
        fl_output_flag(output, "behind", "", fl_report_is_behind(report));
        fl_output_flag(output, "cut", "", report->is_cut);
    } else {
        fl_output_raw(output, fl_bytes_of_text(words));
    }
}

static enum fl_status show_question(
    struct fl_output *output,
    const char *question,
    struct fl_error *out_error)
{
    if (question == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (output->json) {
        fl_output_text(output, "sql", "", question);
    } else {
        fl_output_raw(output, fl_bytes_of_text(question));
    }
    return FL_OK;
}

static enum fl_status show_report(
    struct fl_call *call,
    struct fl_report_job *job,
    struct fl_error *out_error)
{
    struct fl_output *output = call->output;
    const struct fl_report_wanted *wanted = fl_report_job_wanted(job);
    const struct fl_report *report = fl_report_job_report(job);
    const struct fl_report_texts *texts = fl_report_job_texts(job);
    bool is_shown = wanted->path[0] == '\0';
    if (is_shown && report->column_count > FL_OUTPUT_COLUMNS_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT,
            "%zu columns are more than can be shown; write them to --file FILE.csv",
            report->column_count);
    }
    if (is_shown) {
        fl_output_say(output, "%s, %s", texts->title, texts->period);
        show_rows(output, report);
    } else {
        fl_output_text(output, "file", N_("file"), wanted->path);
        fl_output_number(output, "row_count", N_("rows"), report->row_count);
    }
    if (is_shown && wanted->has_vector) {
        show_vector(output, report);
    }
    show_words(output, report, texts);
    return FL_OK;
}

static enum fl_status show(
    struct fl_call *call,
    struct fl_report_job *job,
    struct fl_error *out_error)
{
    return fl_report_job_wanted(job)->is_question
               ? show_question(call->output, fl_report_job_question(job), out_error)
               : show_report(call, job, out_error);
}

/* -- waiting -- */

struct waiting {
    struct fl_report_job *job;
    uint64_t until_ms; /* 0: not asked yet */
};

static void end_waiting(void *state)
{
    struct waiting *waiting = state;
    fl_report_job_free(waiting->job);
    fl_free(waiting);
}

static enum fl_status go_on(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct waiting *waiting = state;
    waiting->until_ms = waiting->until_ms == 0 ? now_ms + WAIT_MS_MAX : waiting->until_ms;
    enum fl_status status = fl_report_job_step(waiting->job, out_done, out_error);
    if (status == FL_OK && *out_done) {
        return show(call, waiting->job, out_error);
    }
    return status != FL_OK || now_ms < waiting->until_ms
               ? status
               : fl_error_set(out_error, FL_BUSY, "the database does not answer");
}

static enum fl_status wait_for(
    struct fl_call *call,
    struct fl_report_job *take_job,
    struct fl_error *out_error)
{
    struct waiting *waiting = fl_alloc_zeroed(1, sizeof *waiting);
    if (waiting == NULL) {
        fl_report_job_free(take_job);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    waiting->job = take_job;
    enum fl_status status = fl_report_job_begin(take_job, out_error);
    if (status != FL_OK) {
        end_waiting(waiting);
        return status;
    }
    fl_command_wait(call, go_on, waiting);
    call->step_free = end_waiting;
    return FL_OK;
}

/* -- what is wanted -- */

static enum fl_status find_mirror(
    struct fl_call *call,
    struct fl_mirror_settings *out_mirror,
    struct fl_error *out_error)
{
    const char *code = fl_call_option(call, "mirror");
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = code != NULL
                                ? fl_mirror_settings_get(&txn, code, out_mirror)
                                : fl_mirror_settings_next(&txn, NULL, out_mirror);
    fl_txn_abort(&txn);
    if (status != FL_OK && code != NULL) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "there is no mirror \"%s\"; `filial endpoint list` shows them", code);
    }
    return status == FL_OK ? FL_OK
                           : fl_error_set(
                                 out_error, FL_NOT_FOUND,
                                 "reports are made from a mirror, and there is none; "
                                 "`filial endpoint "
                                 "add --format sql --url sqlite:FILE` makes one");
}

/* A day that another follows: it ends where that begins. */
static enum fl_status take_day(
    struct fl_call *call,
    const char *option,
    uint32_t *io_day,
    struct fl_error *out_error)
{
    const char *text = fl_call_option(call, option);
    if (text != NULL && (!fl_day_parse(text, io_day) || *io_day == DAY_LAST)) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--%s is a day as 2026-01-31, not \"%s\"", option,
            text);
    }
    return FL_OK;
}

static uint32_t first_of_month(uint32_t day)
{
    char text[FL_DAY_TEXT_BYTES];
    uint32_t first = day;
    fl_day_text(day, text);
    memcpy(text + 8, "01", 2);
    (void)fl_day_parse(text, &first);
    return first;
}

static void put_moments(
    struct fl_report_wanted *wanted,
    bool has_first,
    uint32_t first,
    uint32_t last)
{
    char day[FL_DAY_TEXT_BYTES];
    fl_day_text(has_first ? first : 0, day);
    snprintf(wanted->from, sizeof wanted->from, "%.10s 00:00:00", day);
    snprintf(wanted->first_day, sizeof wanted->first_day, "%.10s", has_first ? day : "");
    fl_day_text(last, wanted->last_day);
    fl_day_text(last + 1, day);
    snprintf(wanted->to, sizeof wanted->to, "%.10s 00:00:00", day);
    fl_sql_time_text(fl_local_day_begin_ms(last + 1) / 1000 + UNIX_BEGIN, wanted->ends);
}

/* By default the month that the last day lies in, up to today. */
static enum fl_status take_period(
    struct fl_call *call,
    bool has_no_beginning,
    struct fl_report_wanted *wanted,
    struct fl_error *out_error)
{
    uint32_t minute = 0;
    uint32_t last = 0;
    enum fl_status status = fl_local_day("", fl_node_now_ms(), &last, &minute, out_error);
    if (status == FL_OK) {
        status = take_day(call, "to", &last, out_error);
    }
    uint32_t first = first_of_month(last);
    if (status == FL_OK) {
        status = take_day(call, "from", &first, out_error);
    }
    if (status == FL_OK && first > last) {
        call->usage = true;
        return fl_error_set(out_error, FL_MALFORMED, "--from lies behind --to");
    }
    if (status == FL_OK) {
        put_moments(wanted, !has_no_beginning || fl_call_has(call, "from"), first, last);
    }
    return status;
}

static enum fl_status take_format(
    struct fl_call *call,
    const char *path,
    struct fl_report_wanted *wanted,
    struct fl_error *out_error)
{
    static const char *const FILES[] = {"csv", "xlsx", "html"};
    const char *ending = path == NULL ? NULL : strrchr(path, '.');
    const char *format = fl_call_option(call, "format");
    format = format != NULL ? format : ending != NULL ? ending + 1 : "table";
    bool is_file = false;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        is_file = is_file || strcmp(format, FILES[i]) == 0;
    }
    if ((!is_file && strcmp(format, "table") != 0) || is_file != (path != NULL)) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "a table is shown; csv, xlsx and html are written to --file FILE");
    }
    snprintf(wanted->format, sizeof wanted->format, "%s", format);
    return FL_OK;
}

static enum fl_status take_file(
    struct fl_call *call,
    struct fl_report_wanted *wanted,
    struct fl_error *out_error)
{
    const char *path = fl_call_option(call, "file");
    enum fl_status status = take_format(call, path, wanted, out_error);
    if (status != FL_OK || path == NULL) {
        return status;
    }
    char *whole = fl_call_path(call, path);
    if (whole == NULL || strlen(whole) >= sizeof wanted->path) {
        status = fl_error_set(out_error, FL_LIMIT, "%s: this path is too long", path);
    } else {
        memcpy(wanted->path, whole, strlen(whole) + 1);
    }
    fl_free(whole);
    return status;
}

static enum fl_status take_query(
    struct fl_call *call,
    const char *query,
    struct fl_report_wanted *wanted,
    struct fl_error *out_error)
{
    char *path = fl_call_path(call, query);
    snprintf(wanted->title, sizeof wanted->title, "%.*s", 250, query);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_read(path, SQL_FILE_BYTES_MAX, &wanted->sql, out_error);
    fl_free(path);
    return status;
}

static enum fl_status take_kind(
    struct fl_call *call,
    const struct fl_report_kind *kind,
    struct fl_report_wanted *wanted,
    struct fl_error *out_error)
{
    const struct fl_report_wishes wishes = {
        fl_call_option(call, "type"), fl_call_option(call, "amount"),
        fl_call_option(call, "by"), fl_call_option(call, "payment")};
    snprintf(wanted->title, sizeof wanted->title, "%s", _(kind->title));
    return kind->make(call->node->configuration, &wishes, &wanted->sql, out_error);
}

static enum fl_status find_kind(
    struct fl_call *call,
    const struct fl_report_kind **out_kind,
    struct fl_error *out_error)
{
    const char *name = call->argument_count > 0 ? call->arguments[0] : NULL;
    bool has_query = fl_call_has(call, "query");
    *out_kind = name == NULL ? NULL : fl_report_kind_find(name);
    if ((name == NULL) == has_query && (name == NULL || *out_kind != NULL)) {
        return FL_OK;
    }
    call->usage = true;
    return name != NULL && *out_kind == NULL
               ? fl_error_set(
                     out_error, FL_NOT_FOUND,
                     "there is no report \"%s\"; `filial report list` shows them", name)
               : fl_error_set(
                     out_error, FL_MALFORMED,
                     "which report? A name of `filial report list`, or --query FILE.sql");
}

static enum fl_status take_all(
    struct fl_call *call,
    struct fl_report_wanted *wanted,
    struct fl_error *out_error)
{
    const struct fl_report_kind *kind = NULL;
    wanted->has_vector = !fl_call_has(call, "no-vector");
    wanted->is_question = fl_call_has(call, "sql");
    enum fl_status status = find_kind(call, &kind, out_error);
    if (status == FL_OK) {
        status = find_mirror(call, &wanted->mirror, out_error);
    }
    if (status == FL_OK) {
        status =
            take_period(call, kind != NULL && kind->has_no_beginning, wanted, out_error);
    }
    if (status == FL_OK) {
        status = take_file(call, wanted, out_error);
    }
    if (status == FL_OK) {
        status = kind != NULL
                     ? take_kind(call, kind, wanted, out_error)
                     : take_query(call, fl_call_option(call, "query"), wanted, out_error);
    }
    fl_buffer_put_u8(&wanted->sql, '\0');
    return status == FL_OK && fl_buffer_status(&wanted->sql) != FL_OK
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : status;
}

FL_HANDLER(report)
{
    struct fl_report_job *job = fl_report_job_new();
    if (job == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    struct fl_report_wanted *wanted = fl_report_job_wanted(job);
    enum fl_status status = take_all(call, wanted, out_error);
    if (status == FL_OK && call->node->daemon != NULL) {
        return wait_for(call, job, out_error);
    } else if (status == FL_OK) {
        status = fl_report_job_run(job, out_error);
        status = status == FL_OK ? show(call, job, out_error) : status;
    }
    fl_report_job_free(job);
    return status;
}

FL_HANDLER(report_list)
{
    const struct fl_report_wishes wishes = {.type = NULL};
    const struct fl_report_kind *kind;
    (void)out_error;
    fl_output_list_begin(call->output, "reports");
    for (size_t i = 0; (kind = fl_report_kind_at(i)) != NULL; i++) {
        struct fl_error error = {.text = ""};
        struct fl_buffer sql;
        fl_buffer_init(&sql, FL_REPORT_TEMPLATE_BYTES_MAX);
        enum fl_status status =
            kind->make(call->node->configuration, &wishes, &sql, &error);
        fl_buffer_deinit(&sql);
        fl_output_row(call->output);
        fl_output_text(call->output, "name", N_("name"), kind->name);
        fl_output_text(call->output, "title", N_("what"), _(kind->title));
        fl_output_text(call->output, "needs", N_("needs"), _(kind->help));
        fl_output_text(
            call->output, "problem", N_("problem"), status == FL_OK ? "" : error.text);
    }
    fl_output_list_end(call->output);
    return FL_OK;
}
