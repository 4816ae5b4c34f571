#include "command_table.h"

#include <inttypes.h>
#include <string.h>

#include "endpoint/endpoint.h"
#include "endpoint/endpoint_codec.h"
#include "enterprisedata/correspondent_codec.h"
#include "enterprisedata/correspondent_command.h"
#include "kd2/kd2_codec.h"
#include "kd2/kd2_command.h"
#include "language.h"
#include "share.h"
#include "table/sheet_command.h"
#include "version/version_policy.h"

typedef enum fl_status of_file(struct fl_call *call, struct fl_error *out_error);

/* "1cv8dtud" is no package: it knows no node and no number. */
static enum fl_status import_dump(struct fl_call *call, struct fl_error *out_error)
{
    return fl_whole_import(call, &fl_endpoint_v8exch, out_error);
}

static enum fl_status export_dump(struct fl_call *call, struct fl_error *out_error)
{
    return fl_whole_export(
        call, fl_call_has(call, "xdto") ? &fl_endpoint_v8exch_xdto : &fl_endpoint_v8exch,
        out_error);
}

struct file_format {
    const char *name;
    const struct fl_endpoint_codec *messages; /* of endpoints; NULL: it has none */
    /* Of a file that is no message: by a mapping that the command gives, where it has
       both. */
    of_file *import_file;
    of_file *export_file;
};

static const struct file_format FORMATS[] = {
    {.name = "v8msg", .messages = &fl_endpoint_v8msg},
    {.name = FL_KD2_FORMAT,
     .messages = &fl_kd2_endpoint.codec,
     .import_file = fl_kd2_command_import,
     .export_file = fl_kd2_command_export},
    {.name = FL_CORRESPONDENT_FORMAT,
     .messages = &fl_correspondent_endpoint.codec,
     .import_file = fl_correspondent_command_import,
     .export_file = fl_correspondent_command_export},
    {.name = "1cv8dtud", .import_file = import_dump, .export_file = export_dump},
};

static const struct file_format SHEETS = {
    .import_file = fl_sheet_command_import,
    .export_file = fl_sheet_command_export};

/* The first where --format is not given; NULL: there is none of this name. */
static const struct file_format *format_of(const struct fl_call *call)
{
    const char *name = fl_call_option(call, "format");
    for (size_t i = 0; i < sizeof FORMATS / sizeof FORMATS[0]; i++) {
        if (name == NULL || strcmp(FORMATS[i].name, name) == 0) {
            return &FORMATS[i];
        }
    }
    return fl_sheet_command_knows(name) ? &SHEETS : NULL;
}

static bool is_message(const struct fl_call *call, const struct file_format *format)
{
    bool by_mapping =
        fl_call_option(call, "mapping") != NULL || fl_call_option(call, "rules") != NULL;
    return format->messages != NULL && (format->import_file == NULL || !by_mapping);
}

static enum fl_status refuse_format(struct fl_call *call, struct fl_error *out_error)
{
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED,
        "--format is v8msg, kd2, enterprisedata, 1cv8dtud, csv, xlsx, xls, dbf, mdb or "
        "clientbank, not "
        "\"%s\"",
        fl_call_option(call, "format"));
}

static void show_import(
    struct fl_call *call,
    const struct fl_endpoint_import_report *report)
{
    struct fl_output *output = call->output;
    call->wrote = true;
    fl_output_text(output, "from", N_("from"), report->from);
    fl_output_number(output, "message", N_("message"), report->message_number);
    fl_output_number(output, "objects", N_("objects"), report->objects);
    fl_output_number(output, "applied", N_("applied"), report->applied);
    fl_output_number(output, "unchanged", N_("unchanged"), report->unchanged);
    fl_output_number(output, "collisions", N_("collisions"), report->collisions);
    fl_output_number(output, "kept", N_("of them kept ours"), report->kept);
    fl_output_number(output, "quarantined", N_("in quarantine"), report->quarantined);
    fl_output_number(
        output, "confirmed", N_("confirms our message"), report->confirmed_number);
    if (report->we_were_restored) {
        fl_output_warn(
            output,
            _("\"%s\" confirms a message that this store never sent: the store was "
              "restored from a backup. Nothing was taken off the queue, and numbers go "
              "on "
              "from there."),
            report->from);
    }
}

static enum fl_status step_import(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_endpoint_import_report report;
    (void)now_ms;
    enum fl_status status = fl_endpoint_import_step(
        state, call->output, fl_call_share_ms(call), out_done, &report, out_error);
    call->wrote = fl_endpoint_import_writes(state);
    if (status == FL_OK && *out_done) {
        show_import(call, &report);
    }
    return status;
}

static void free_import(void *state)
{
    fl_endpoint_import_end(state);
}

static enum fl_status import_package(
    struct fl_call *call,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_endpoint_import *import = NULL;
    struct fl_endpoint_import_report report;
    const struct fl_endpoint_import_source source = {.path = path};
    enum fl_status status = fl_endpoint_import_begin(
        call->node, format_of(call)->messages, &source, &import, &report, out_error);
    return status == FL_OK
               ? fl_command_work(call, step_import, import, free_import, out_error)
               : status;
}

static bool asks_for_table(const struct fl_call *call)
{
    return fl_call_has(call, "map") || fl_call_has(call, "suggest") ||
           fl_call_has(call, "dry-run") || fl_call_has(call, "sheet") ||
           fl_call_has(call, "skip-refused");
}

FL_HANDLER(import)
{
    const struct file_format *format = format_of(call);
    if (format == NULL) {
        return refuse_format(call, out_error);
    }
    if (fl_call_option(call, "format") == NULL && asks_for_table(call)) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "a table, or a package of 1C? For a table give --format csv, xlsx, xls, dbf "
            "or "
            "mdb, for a bank statement --format clientbank");
    }
    fl_version_call_file(call, call->arguments[0]);
    if (!is_message(call, format)) {
        return format->import_file(call, out_error);
    }
    char *path = fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = import_package(call, path, out_error);
    fl_free(path);
    return status;
}

/* FILE, else --directory, else the directory that the node was added with. */
static enum fl_status target_path(
    struct fl_call *call,
    const char *code,
    char **out_path,
    struct fl_error *out_error)
{
    const char *directory = fl_call_option(call, "directory");
    struct fl_peer peer = {.endpoint = ""};
    char *base = NULL;
    if (call->argument_count == 1 && directory != NULL) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "give a file or --directory, not both");
    }
    if (call->argument_count == 1) {
        *out_path = fl_call_path(call, call->arguments[0]);
    } else {
        struct fl_txn txn;
        fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
        bool known =
            fl_plans_peer(&call->node->plans, &txn, fl_bytes_of_text(code), &peer) ==
            FL_OK;
        fl_txn_abort(&txn);
        if (directory == NULL && known && peer.format == FL_PEER_V8MSG) {
            directory = peer.endpoint;
        }
        if (directory == NULL || directory[0] == '\0') {
            call->usage = true;
            return fl_error_set(
                out_error, FL_MALFORMED,
                "where to? filial export --to %s FILE, or --directory DIR", code);
        }
        base = fl_call_path(call, directory);
        *out_path = base == NULL ? NULL : fl_endpoint_path(call->node, base, code);
    }
    fl_free(base);
    return *out_path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                             : FL_OK;
}

/* An export that goes on while others are served: the words of the call are gone then. */
struct exporting {
    struct fl_endpoint_export *export;
    char *path;
    char code[FL_CODE_BYTES_MAX + 1];
};

static void free_export(void *state)
{
    struct exporting *exporting = state;
    fl_endpoint_export_end(exporting->export);
    fl_free(exporting->path);
    fl_free(exporting);
}

static void show_export(
    struct fl_call *call,
    const struct exporting *exporting,
    const struct fl_endpoint_export_report *report)
{
    struct fl_output *output = call->output;
    call->wrote = true;
    fl_output_text(output, "file", N_("file"), exporting->path);
    fl_output_text(output, "to", N_("to"), exporting->code);
    fl_output_number(output, "message", N_("message"), report->message_number);
    fl_output_number(
        output, "received", N_("confirms their message"), report->received_number);
    fl_output_number(output, "objects", N_("objects"), report->objects);
    fl_output_number(output, "deletions", N_("deletions"), report->deletions);
    fl_output_number(output, "bytes", N_("bytes"), report->bytes);
}

static enum fl_status step_export(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct exporting *exporting = state;
    struct fl_endpoint_export_report report;
    (void)now_ms;
    enum fl_status status = fl_endpoint_export_step(
        exporting->export, call->output, fl_call_share_ms(call), out_done, &report,
        out_error);
    if (status == FL_OK && *out_done) {
        show_export(call, exporting, &report);
    }
    return status;
}

static enum fl_status begin_export(
    struct fl_call *call,
    const char *code,
    struct exporting *exporting,
    struct fl_error *out_error)
{
    enum fl_status status = target_path(call, code, &exporting->path, out_error);
    if (status != FL_OK) {
        return status;
    }
    const struct fl_endpoint_export_options options = {
        .code = code, .path = exporting->path, .all = fl_call_has(call, "all")};
    status = fl_endpoint_export_begin(
        call->node, format_of(call)->messages, &options, call->output, &exporting->export,
        out_error);
    if (status == FL_OK) { /* such a node there is: no code of one is longer */
        snprintf(exporting->code, sizeof exporting->code, "%s", code);
    }
    return status;
}

static enum fl_status export_package(struct fl_call *call, struct fl_error *out_error)
{
    const char *code = fl_call_option(call, "to");
    if (code == NULL) {
        call->usage = true;
        return format_of(call)->export_file == NULL
                   ? fl_error_set(
                         out_error, FL_MALFORMED,
                         "for whom? filial export --to CODE FILE")
                   : fl_error_set(
                         out_error, FL_MALFORMED,
                         "for whom? filial export --to CODE FILE; with --mapping FILE it "
                         "is for nobody by name");
    }
    struct exporting *exporting = fl_alloc_zeroed(1, sizeof *exporting);
    if (exporting == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = begin_export(call, code, exporting, out_error);
    if (status != FL_OK) {
        free_export(exporting);
        return status;
    }
    return fl_command_work(call, step_export, exporting, free_export, out_error);
}

FL_HANDLER(export)
{
    const struct file_format *format = format_of(call);
    if (format == NULL) {
        return refuse_format(call, out_error);
    }
    return is_message(call, format) ? export_package(call, out_error)
                                    : format->export_file(call, out_error);
}
