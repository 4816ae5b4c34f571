/*
 * All objects that are here as one file for nobody: _1CV8DtUD, or a format with a
 * mapping. It is written in shares; what changes meanwhile is in it as it was or as it
 * is.
 */

#include "command/command_table.h"
#include "endpoint/endpoint.h"
#include "endpoint/endpoint_codec.h"
#include "language.h"
#include "package_file.h"
#include "proto/record.h"
#include "walk.h"

struct whole {
    struct fl_call *call;
    const struct fl_endpoint_codec *codec;
    char *path;
    uint64_t configuration_revision; /* the writer works with it: it is not to change */
    struct fl_package_output file;
    struct fl_endpoint_writing *writer;
    struct fl_arena arena;
    struct fl_walk walk;
    struct fl_share share; /* of the step in hand */
    uint64_t objects;
    uint64_t left_out; /* what the format has no place for */
};

static enum fl_status write_entry(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct whole *whole = context;
    struct fl_object object;
    bool written = false;
    (void)out_stop;
    if (fl_configuration_type(whole->call->node->configuration, entry->key.type) ==
        NULL) {
        return FL_OK; /* of the system itself */
    }
    fl_arena_reset(&whole->arena);
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &whole->arena, &object);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    status = whole->codec->write_put(whole->writer, txn, &object, &written, out_error);
    whole->objects += written;
    whole->left_out += !written;
    fl_output_progress(
        whole->call->output, N_("writing"), whole->objects, /* total= */ 0);
    return status;
}

static enum fl_status close_file(struct whole *whole, struct fl_error *out_error)
{
    enum fl_status status = whole->codec->write_end(whole->writer, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_endpoint_export_show_notes(whole->codec, whole->writer, whole->call->output);
    status = fl_package_output_close(&whole->file, out_error);
    return status == FL_OK ? fl_file_publish(&whole->file.file, out_error) : status;
}

static enum fl_status write_some(
    struct whole *whole,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (whole->configuration_revision != whole->call->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the configuration changed while the file was written: write it again");
    }
    while (status == FL_OK && !whole->walk.done && !fl_share_is_over(&whole->share)) {
        status = fl_walk_some(&whole->walk, &whole->share, write_entry, whole, out_error);
    }
    if (status != FL_OK || !whole->walk.done) {
        return status == FL_OK ? fl_package_output_rest(&whole->file, out_error) : status;
    }
    *out_done = true;
    return close_file(whole, out_error);
}

static void show_exported(const struct whole *whole)
{
    struct fl_output *output = whole->call->output;
    fl_output_text(output, "file", N_("file"), whole->path);
    fl_output_number(output, "objects", N_("objects"), whole->objects);
    if (whole->left_out > 0) {
        fl_output_number(output, "left_out", N_("left out"), whole->left_out);
    }
    fl_output_number(output, "bytes", N_("bytes"), whole->file.bytes);
}

/* As command.h wants it: in the daemon a share, by itself all of it. */
static enum fl_status step_export(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct whole *whole = state;
    (void)now_ms;
    whole->share = fl_share_begin(fl_call_share_ms(call));
    enum fl_status status = write_some(whole, out_done, out_error);
    if (status == FL_OK && *out_done) {
        show_exported(whole);
    }
    return status;
}

static void free_export(void *state)
{
    struct whole *whole = state;
    if (whole->writer != NULL) {
        whole->codec->write_close(whole->writer);
    }
    fl_package_output_abandon(&whole->file);
    fl_arena_deinit(&whole->arena);
    fl_free(whole->path);
    fl_free(whole);
}

static enum fl_status begin_export(struct whole *whole, struct fl_error *out_error)
{
    struct fl_call *call = whole->call;
    whole->configuration_revision = call->node->configuration_revision;
    whole->walk = (struct fl_walk){.store = call->node->store};
    fl_arena_init(&whole->arena, FL_OBJECT_ARENA_BYTES_MAX);
    whole->path = fl_call_path(call, call->arguments[0]);
    if (whole->path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = fl_package_output_begin(&whole->file, whole->path, out_error);
    return status == FL_OK
               ? whole->codec->write_open(
                     whole->codec, call->node, NULL, NULL,
                     fl_package_output_sink(&whole->file), &whole->writer, out_error)
               : status;
}

enum fl_status fl_whole_export(
    struct fl_call *call,
    const struct fl_endpoint_codec *codec,
    struct fl_error *out_error)
{
    if (call->argument_count != 1) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "where to? filial export --format %s FILE",
            fl_call_option(call, "format"));
    }
    struct whole *whole = fl_alloc_zeroed(1, sizeof *whole);
    if (whole == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    whole->call = call;
    whole->codec = codec;
    enum fl_status status = begin_export(whole, out_error);
    if (status != FL_OK) {
        free_export(whole);
        return status;
    }
    return fl_command_work(call, step_export, whole, free_export, out_error);
}
