#include "table/sheet_command.h"

#include <string.h>

#include "bank/bank.h"
#include "language.h"
#include "table/loading.h"

/* A sheet as rows. */
struct opened {
    struct fl_sheet_options options;
    struct fl_sheet *sheet;
    char description[160];
};

/* All of it is its own: the words of the command end before it does. */
struct importing {
    struct fl_mapping *mapping;
    struct fl_arena texts;
    struct opened opened; /* of a table */
    struct fl_bank *bank; /* of a statement */
    bool is_matched;      /* its payments with their invoices */
    struct fl_loading *loading;
};

bool fl_sheet_command_knows(const char *format)
{
    return fl_sheet_knows(format) || strcmp(format, FL_BANK_FORMAT) == 0;
}

static enum fl_status reopen(void *context, struct fl_error *out_error)
{
    struct opened *opened = context;

    fl_sheet_close(opened->sheet);
    opened->sheet = NULL;
    enum fl_status status = fl_sheet_open(&opened->options, &opened->sheet, out_error);

    if (status == FL_OK) {
        strncpy(
            opened->description, fl_sheet_description(opened->sheet),
            sizeof(opened->description) - 1);
    }
    return status;
}

static enum fl_status next(
    void *context,
    const struct fl_sheet_row **out_row,
    struct fl_error *out_error)
{
    struct opened *opened = context;

    return fl_sheet_next(opened->sheet, out_row, out_error);
}

static void show_report(
    struct fl_call *call,
    const struct fl_loading_report *report,
    const char *description)
{
    struct fl_output *output = call->output;

    fl_output_text(output, "source", N_("read as"), description);
    fl_output_number(output, "rows", N_("rows"), report->rows);
    fl_output_number(output, "new", N_("new"), report->counts[FL_ROW_NEW]);
    fl_output_number(output, "changed", N_("changed"), report->counts[FL_ROW_CHANGED]);
    fl_output_number(output, "equal", N_("equal"), report->counts[FL_ROW_EQUAL]);
    fl_output_number(output, "refused", N_("refused"), report->counts[FL_ROW_REFUSED]);
    fl_output_number(output, "written", N_("written"), report->written);
    if (report->gone > 0) {
        fl_output_number(output, "gone", N_("deleted meanwhile"), report->gone);
    }
}

static enum fl_status match(
    struct fl_call *call,
    struct importing *importing,
    struct fl_error *out_error)
{
    const struct fl_share share = fl_share_begin(fl_call_share_ms(call));
    enum fl_status status =
        fl_bank_step(importing->bank, &share, &importing->is_matched, out_error);

    if (status == FL_OK && importing->is_matched) {
        fl_bank_show(importing->bank, call->output);
    }
    return status;
}

static enum fl_status step(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct importing *importing = state;
    const struct fl_loading_report *report = fl_loading_report(importing->loading);

    (void)now_ms;
    if (importing->bank && !importing->is_matched) {
        return match(call, importing, out_error);
    }
    enum fl_status status = fl_loading_step(
        importing->loading, call->output, fl_call_share_ms(call), out_done, out_error);

    call->wrote = report->written > 0;
    call->finishes = fl_loading_is_writing(importing->loading);
    if (status == FL_OK && *out_done) {
        show_report(
            call, report,
            importing->bank ? fl_bank_description(importing->bank)
                            : importing->opened.description);
    }
    return status;
}

static void importing_free(void *state)
{
    struct importing *importing = state;

    if (!importing) {
        return;
    }
    fl_loading_free(importing->loading);
    fl_sheet_close(importing->opened.sheet);
    fl_bank_close(importing->bank);
    if (importing->mapping) {
        fl_mapping_deinit(importing->mapping);
    }
    fl_free(importing->mapping);
    fl_arena_deinit(&importing->texts);
    fl_free(importing);
}

static enum fl_status read_mapping(
    struct fl_call *call,
    struct importing *importing,
    struct fl_error *out_error)
{
    char *map = fl_call_path(call, fl_call_option(call, "map"));
    enum fl_status status = FL_NO_MEMORY;

    importing->mapping = fl_alloc_zeroed(1, sizeof(*importing->mapping));
    if (map && importing->mapping) {
        status = fl_mapping_init(
            importing->mapping, call->node->configuration, map, out_error);
        call->usage = status != FL_OK;
    } else {
        (void)fl_error_set(out_error, status, "not enough memory");
    }
    fl_free(map);
    return status;
}

/* NULL for NULL. */
static const char *copy_of(struct importing *importing, const char *text)
{
    return text ? fl_arena_text(&importing->texts, fl_bytes_of_text(text)) : NULL;
}

static enum fl_status open_source(
    struct fl_call *call,
    struct importing *importing,
    const char *format,
    const char *path,
    struct fl_row_source *out_source,
    struct fl_error *out_error)
{
    const struct fl_mapping *mapping = importing->mapping;
    const char *sheet = fl_call_option(call, "sheet");
    const char *encoding = fl_call_option(call, "encoding");
    const char *place = copy_of(importing, call->arguments[0]);
    struct opened *opened = &importing->opened;

    opened->options = (struct fl_sheet_options){
        .format = copy_of(importing, format),
        .path = copy_of(importing, path),
        .sheet = copy_of(importing, sheet ? sheet : mapping->sheet),
        .encoding = copy_of(importing, encoding ? encoding : mapping->encoding),
        .delimiter = mapping->delimiter};
    if (!place || !opened->options.format || !opened->options.path) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (strcmp(format, FL_BANK_FORMAT) != 0) {
        *out_source = (struct fl_row_source){
            .place = place, .rewind = reopen, .next = next, .context = opened};
        return FL_OK;
    }
    enum fl_status status = fl_bank_open(
        call->node, mapping, opened->options.path, place, &importing->bank, out_error);

    if (status == FL_OK) {
        *out_source = fl_bank_rows(importing->bank);
    }
    return status;
}

static enum fl_status begin_import(
    struct fl_call *call,
    struct importing *importing,
    const char *format,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_row_source source;
    const struct fl_loading_options options = {
        .dry_run = fl_call_has(call, "dry-run"),
        .skip_refused = fl_call_has(call, "skip-refused")};
    enum fl_status status = read_mapping(call, importing, out_error);

    if (status == FL_OK) {
        status = open_source(call, importing, format, path, &source, out_error);
    }
    return status == FL_OK ? fl_loading_new(
                                 call->node, importing->mapping, &source, &options,
                                 &importing->loading, out_error)
                           : status;
}

static enum fl_status import_mapped(
    struct fl_call *call,
    const char *format,
    const char *path,
    struct fl_error *out_error)
{
    enum { TEXTS_BYTES_MAX = 64 << 10 };
    struct importing *importing = fl_alloc_zeroed(1, sizeof(*importing));

    if (!importing) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_arena_init(&importing->texts, TEXTS_BYTES_MAX);
    enum fl_status status = begin_import(call, importing, format, path, out_error);

    if (status != FL_OK) {
        importing_free(importing);
        return status;
    }
    return fl_command_work(call, step, importing, importing_free, out_error);
}

enum fl_status fl_sheet_command_import(struct fl_call *call, struct fl_error *out_error)
{
    const char *format = fl_call_option(call, "format");
    char *path = fl_call_path(call, call->arguments[0]);

    if (!path) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = FL_MALFORMED;

    if (fl_call_has(call, "suggest")) {
        status = fl_suggestion_show(call, format, path, out_error);
    } else if (!fl_call_option(call, "map")) {
        call->usage = true;
        (void)fl_error_set(
            out_error, status,
            "which column is what? give --map FILE; `filial import --format %s --suggest "
            "FILE > map` writes a first one",
            format);
    } else {
        status = import_mapped(call, format, path, out_error);
    }
    fl_free(path);
    return status;
}

enum fl_status fl_sheet_command_export(struct fl_call *call, struct fl_error *out_error)
{
    const char *format = fl_call_option(call, "format");

    if (call->argument_count == 0) {
        call->usage = true;
        return fl_error_set(out_error, FL_MALFORMED, "where to? give a FILE");
    }
    if (strcmp(format, FL_BANK_FORMAT) != 0) {
        return fl_sheet_export(call, format, out_error);
    }
    char *path = fl_call_path(call, call->arguments[0]);

    if (!path) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = fl_bank_export(call, path, out_error);

    fl_free(path);
    return status;
}
