#include "table/sheet_command.h"

#include <string.h>

#include "bank/bank.h"
#include "language.h"
#include "table/loading.h"

/* A sheet as rows that are read twice. */
struct opened {
    struct fl_sheet_options options;
    struct fl_sheet *sheet;
    char description[160];
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
}

static enum fl_status import_rows(
    struct fl_call *call,
    struct fl_mapping *mapping,
    const struct fl_row_source *source,
    const char *description,
    struct fl_error *out_error)
{
    struct fl_loading_report report;
    const struct fl_loading_options options = {
        .dry_run = fl_call_has(call, "dry-run"),
        .skip_refused = fl_call_has(call, "skip-refused")};
    enum fl_status status = fl_loading_run(
        call->node, mapping, source, &options, call->output, &report, out_error);

    call->wrote = report.written > 0;
    if (status == FL_OK) {
        show_report(call, &report, description);
    }
    return status;
}

static enum fl_status import_sheet(
    struct fl_call *call,
    struct fl_mapping *mapping,
    const char *format,
    const char *path,
    struct fl_error *out_error)
{
    struct opened opened = {
        .options = {
            .format = format,
            .path = path,
            .sheet = fl_call_option(call, "sheet"),
            .encoding = fl_call_option(call, "encoding"),
            .delimiter = mapping->delimiter}};
    const struct fl_row_source source = {
        .place = call->arguments[0], .rewind = reopen, .next = next, .context = &opened};

    if (!opened.options.sheet) {
        opened.options.sheet = mapping->sheet;
    }
    if (!opened.options.encoding) {
        opened.options.encoding = mapping->encoding;
    }
    enum fl_status status =
        import_rows(call, mapping, &source, opened.description, out_error);

    fl_sheet_close(opened.sheet);
    return status;
}

static enum fl_status import_statement(
    struct fl_call *call,
    struct fl_mapping *mapping,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_bank *bank = NULL;
    enum fl_status status =
        fl_bank_open(call->node, mapping, path, call->arguments[0], &bank, out_error);

    if (status == FL_OK) {
        const struct fl_row_source source = fl_bank_rows(bank);

        fl_bank_show(bank, call->output);
        status =
            import_rows(call, mapping, &source, fl_bank_description(bank), out_error);
    }
    fl_bank_close(bank);
    return status;
}

static enum fl_status import_mapped(
    struct fl_call *call,
    const char *format,
    const char *path,
    struct fl_error *out_error)
{
    char *map = fl_call_path(call, fl_call_option(call, "map"));
    struct fl_mapping *mapping = fl_alloc_zeroed(1, sizeof(*mapping));
    enum fl_status status = FL_NO_MEMORY;

    if (map && mapping) {
        status = fl_mapping_init(mapping, call->node->configuration, map, out_error);
        call->usage = status != FL_OK;
    } else {
        (void)fl_error_set(out_error, status, "not enough memory");
    }
    if (status == FL_OK && strcmp(format, FL_BANK_FORMAT) == 0) {
        status = import_statement(call, mapping, path, out_error);
    } else if (status == FL_OK) {
        status = import_sheet(call, mapping, format, path, out_error);
    }
    if (mapping) {
        fl_mapping_deinit(mapping);
    }
    fl_free(mapping);
    fl_free(map);
    return status;
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
