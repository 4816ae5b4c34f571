#include "report_texts.h"

#include <stdio.h>
#include <string.h>

#include "language.h"

enum { SENTENCE_BYTES = 2048, MISSING_SHOWN_MAX = 50, WORDS_BYTES_MAX = 1 << 20 };

/* -- words -- */

static void put_missing(
    const struct fl_report_branch *branch,
    const char *last_day,
    struct fl_buffer *text)
{
    char line[SENTENCE_BYTES];
    if (branch->day[0] != '\0' && strcmp(branch->day, last_day) >= 0) {
        snprintf(
            line, sizeof line, _("%s (it has closed %s, and sends still)"), branch->code,
            branch->day);
    } else if (branch->day[0] != '\0') {
        snprintf(
            line, sizeof line, _("%s (its last closed day is %s)"), branch->code,
            branch->day);
    } else if (branch->stated[0] != '\0') {
        snprintf(
            line, sizeof line, _("%s (closes no days; whole as of %s UTC)"), branch->code,
            branch->stated);
    } else {
        snprintf(line, sizeof line, _("%s (nothing of it is here)"), branch->code);
    }
    fl_buffer_put_text(text, line);
}

static void put_missing_all(
    const struct fl_report *report,
    const char *last_day,
    struct fl_buffer *text)
{
    size_t shown = 0;
    for (size_t i = 0; i < report->branch_count; i++) {
        if (report->branches[i].is_missing && shown < MISSING_SHOWN_MAX) {
            fl_buffer_put_text(text, shown++ == 0 ? " " : ", ");
            put_missing(&report->branches[i], last_day, text);
        }
    }
    fl_buffer_put_text(text, fl_report_missing(report) > shown ? ", ...\n" : "\n");
}

static void put_complete(
    const struct fl_report *report,
    const char *last_day,
    struct fl_buffer *text)
{
    char line[SENTENCE_BYTES];
    size_t closing = 0;
    for (size_t i = 0; i < report->branch_count; i++) {
        closing += report->branches[i].day[0] != '\0';
    }
    snprintf(
        line, sizeof line,
        fl_report_is_behind(report)
            ? _("All %zu branches are here up to %s, but the mirror has not caught up: "
                "ask again.\n")
            : _("Nobody is missing in this number: all %zu branches are here up to "
                "%s.\n"),
        report->branch_count, last_day);
    fl_buffer_put_text(text, line);
    if (closing < report->branch_count) {
        snprintf(
            line, sizeof line,
            _("%zu of them close no days; they have sent everything since that day "
              "ended.\n"),
            report->branch_count - closing);
        fl_buffer_put_text(text, line);
    }
}

static void put_words(
    const struct fl_report *report,
    const struct fl_report_heading *heading,
    struct fl_buffer *out_text)
{
    char line[SENTENCE_BYTES];
    size_t missing = fl_report_missing(report);
    bool is_behind = fl_report_is_behind(report);
    if (missing == 0) {
        put_complete(report, heading->last_day, out_text);
    } else {
        snprintf(
            line, sizeof line, _("Missing in this number up to %s, %zu of %zu branches:"),
            heading->last_day, missing, report->branch_count);
        fl_buffer_put_text(out_text, line);
        put_missing_all(report, heading->last_day, out_text);
    }
    snprintf(
        line, sizeof line,
        is_behind ? _("The mirror was at change %s of %s at %s UTC.\n")
                  : _("The mirror had all up to change %s of %s at %s UTC.\n"),
        report->lsn, report->head, report->written);
    fl_buffer_put_text(out_text, line);
    if (report->is_cut) {
        fl_buffer_put_text(out_text, _("There are more rows than are shown.\n"));
    }
}

/* -- names -- */

static const char *label_of(const char *column)
{
    static const char *const KNOWN[] = {
        N_("amount"),   N_("branch"),    N_("customer"), N_("date"), N_("day"),
        N_("document"), N_("documents"), N_("invoice"),  N_("item"), N_("manager"),
        N_("paid"),     N_("posted"),    N_("quantity"), N_("rest"), N_("warehouse")};
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (strcmp(KNOWN[i], column) == 0) {
            return _(column);
        }
    }
    return column;
}

static void put_period(
    const struct fl_report_heading *heading,
    char out_text[FL_REPORT_PERIOD_BYTES])
{
    if (heading->first_day[0] == '\0') {
        snprintf(out_text, FL_REPORT_PERIOD_BYTES, _("up to %s"), heading->last_day);
    } else {
        snprintf(
            out_text, FL_REPORT_PERIOD_BYTES, "%s - %s", heading->first_day,
            heading->last_day);
    }
}

enum fl_status fl_report_texts_init(
    struct fl_report_texts *texts,
    const struct fl_report *report,
    const struct fl_report_heading *heading)
{
    const char *const vector[FL_REPORT_VECTOR_COLUMNS] = {
        _("branch"),     _("name"),
        _("position"),   _("whole as of (UTC)"),
        _("closed day"), _("closed at (UTC)"),
        _("missing")};
    *texts = (struct fl_report_texts){
        .missing = _("missing"), .whose = _("Whose data these are")};
    memcpy(texts->vector, vector, sizeof vector);
    snprintf(texts->title, sizeof texts->title, "%s", heading->title);
    put_period(heading, texts->period);
    for (size_t i = 0; i < report->column_count; i++) {
        texts->columns[i] = label_of(report->columns[i]);
    }
    if (report->row_count > FL_REPORT_PAGE_ROWS_MAX) {
        snprintf(
            texts->shown, sizeof texts->shown,
            _("The first %d of %zu rows; CSV and XLSX have all."),
            FL_REPORT_PAGE_ROWS_MAX, report->row_count);
    }
    fl_buffer_init(&texts->words, WORDS_BYTES_MAX);
    put_words(report, heading, &texts->words);
    fl_buffer_put_u8(&texts->words, '\0');
    return fl_buffer_status(&texts->words);
}

void fl_report_texts_deinit(struct fl_report_texts *texts)
{
    fl_buffer_deinit(&texts->words);
}

void fl_report_texts_branch(
    const struct fl_report_texts *texts,
    const struct fl_report_branch *branch,
    const char *out_values[FL_REPORT_VECTOR_COLUMNS])
{
    out_values[0] = branch->code;
    out_values[1] = branch->name;
    out_values[2] = branch->position;
    out_values[3] = branch->stated;
    out_values[4] = branch->day;
    out_values[5] = branch->closed;
    out_values[6] = branch->is_missing ? texts->missing : "";
}
