/*
 * Objects of a type as a table that `import` reads again: the first column is the ref. In
 * shares, as walk.h goes: what is written here meanwhile is in it or is not.
 */

#include <stdlib.h>
#include <string.h>

#include "change/object_json.h"
#include "change/ref.h"
#include "exchange/sheet_writer.h"
#include "file.h"
#include "language.h"
#include "proto/record.h"
#include "table/mapping.h"
#include "table/sheet_command.h"
#include "table/sheet_ending.h"
#include "walk.h"

enum { PROGRESS_OBJECTS = 4096 };

struct exporting {
    struct fl_call *call;
    uint64_t configuration_revision; /* the type is of it: it is not to change */
    const struct fl_type *type;
    char *path;
    struct fl_file file;
    struct fl_sheet_writer *writer;
    struct fl_sheet_ending *ending; /* NULL: there are more objects */
    struct fl_walk walk;
    struct fl_arena arena;
    uint64_t count;
    struct fl_sheet_cell cells[FL_SHEET_CELLS_MAX];
};

static enum fl_sheet_kind kind_of(const struct fl_value *value)
{
    return value->kind == FL_VALUE_NUMBER ? FL_SHEET_NUMBER
           : value->kind == FL_VALUE_DATE ? FL_SHEET_DATE
                                          : FL_SHEET_TEXT;
}

/* As object_json.h writes it; an empty value is an empty cell. */
static enum fl_status fill_cell(
    struct exporting *exporting,
    const struct fl_attribute *attribute,
    const struct fl_value *value,
    struct fl_sheet_cell *cell)
{
    *cell = (struct fl_sheet_cell){.text = {(const uint8_t *)"", 0}};
    if (!value) {
        return FL_OK;
    }
    json_t *json = fl_object_json_value(
        exporting->call->node->configuration, &attribute->type, value);
    const json_t *inner = json_is_object(json) ? json_object_get(json, "value") : json;
    char *dumped =
        json_is_string(inner) ? NULL : json_dumps(inner, JSON_ENCODE_ANY | JSON_COMPACT);
    const struct fl_bytes text =
        json_is_string(inner)
            ? (struct
               fl_bytes){(const uint8_t *)json_string_value(inner), json_string_length(inner)}
            : fl_bytes_of_text(dumped ? dumped : "");
    enum fl_status status = fl_arena_copy(&exporting->arena, text, &cell->text);

    cell->kind = kind_of(value);
    free(dumped);
    json_decref(json);
    return status;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct exporting *exporting = context;
    const struct fl_type *type = exporting->type;
    struct fl_object object;
    size_t count = 1;

    (void)txn;
    (void)out_stop;
    fl_arena_reset(&exporting->arena);
    enum fl_status status = fl_record_decode(
        entry->key, /* deleted= */ false, entry->record, &exporting->arena, &object);
    const struct fl_ref_text ref =
        fl_ref_text(exporting->call->node->configuration, entry->key);

    exporting->cells[0] = (struct fl_sheet_cell){.text = fl_bytes_of_text(ref.text)};
    for (size_t i = 0;
         i < type->attribute_count && count < FL_SHEET_CELLS_MAX && status == FL_OK;
         i++) {
        status = fill_cell(
            exporting, &type->attributes[i],
            fl_object_field(&object, type->attributes[i].number),
            &exporting->cells[count++]);
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    exporting->count++;
    if (exporting->count % PROGRESS_OBJECTS == 0) {
        fl_output_progress(exporting->call->output, N_("writing"), exporting->count, 0);
    }
    return fl_sheet_writer_put(exporting->writer, exporting->cells, count, out_error);
}

static enum fl_status put_header(struct exporting *exporting, struct fl_error *out_error)
{
    const struct fl_type *type = exporting->type;
    size_t count = 1;

    exporting->cells[0] = (struct fl_sheet_cell){.text = fl_bytes_of_text("Ref")};
    for (size_t i = 0; i < type->attribute_count && count < FL_SHEET_CELLS_MAX; i++) {
        exporting->cells[count++] =
            (struct fl_sheet_cell){.text = fl_bytes_of_text(type->attributes[i].name)};
    }
    return fl_sheet_writer_put(exporting->writer, exporting->cells, count, out_error);
}

static enum fl_status write_some(struct exporting *exporting, struct fl_error *out_error)
{
    const struct fl_share share = fl_share_begin(fl_call_share_ms(exporting->call));
    enum fl_status status = FL_OK;

    if (exporting->configuration_revision !=
        exporting->call->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the configuration changed while the file was written: write it again");
    }
    while (status == FL_OK && !exporting->walk.done && !fl_share_is_over(&share)) {
        status = fl_walk_some(&exporting->walk, &share, visit, exporting, out_error);
    }
    return status;
}

/* By itself here and now, in the daemon beside it. */
static enum fl_status begin_ending(
    struct exporting *exporting,
    bool *out_done,
    struct fl_error *out_error)
{
    exporting->ending = fl_sheet_ending_new(exporting->writer, &exporting->file);
    if (!exporting->ending) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    exporting->writer = NULL;
    if (fl_call_share_ms(exporting->call) != 0) {
        return fl_sheet_ending_begin(exporting->ending, out_error);
    }
    enum fl_status status = fl_sheet_ending_run(exporting->ending, out_error);

    *out_done = status == FL_OK;
    return status;
}

static enum fl_status step(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct exporting *exporting = state;
    enum fl_status status = FL_OK;

    (void)now_ms;
    if (exporting->ending) {
        status = fl_sheet_ending_step(exporting->ending, out_done, out_error);
    } else {
        status = write_some(exporting, out_error);
        if (status == FL_OK && exporting->walk.done) {
            status = begin_ending(exporting, out_done, out_error);
        }
    }
    if (status == FL_OK && *out_done) {
        fl_output_text(call->output, "file", N_("file"), exporting->path);
        fl_output_number(call->output, "objects", N_("objects"), exporting->count);
    }
    return status;
}

static void exporting_free(void *state)
{
    struct exporting *exporting = state;

    fl_sheet_ending_free(exporting->ending);
    (void)fl_sheet_writer_end(exporting->writer, NULL);
    fl_file_abandon(&exporting->file);
    fl_arena_deinit(&exporting->arena);
    fl_free(exporting->path);
    fl_free(exporting);
}

static enum fl_status begin(
    struct exporting *exporting,
    const char *format,
    const char *name,
    struct fl_error *out_error)
{
    struct fl_call *call = exporting->call;
    enum fl_status status = fl_call_type(call, name, &exporting->type, out_error);

    if (status == FL_OK && !fl_kind_has_ref(exporting->type->kind)) {
        status = fl_error_set(
            out_error, FL_UNSUPPORTED,
            "%s has no refs: registers and constants are not "
            "written as tables",
            name);
    }
    if (status == FL_OK) {
        exporting->walk =
            (struct fl_walk){.store = call->node->store, .type = exporting->type->number};
        exporting->path = fl_call_path(call, call->arguments[0]);
        status = exporting->path
                     ? fl_file_begin(&exporting->file, exporting->path, 0644, out_error)
                     : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK) {
        status = fl_sheet_writer_open(
            format, exporting->file.temporary, &exporting->writer, out_error);
    }
    return status == FL_OK ? put_header(exporting, out_error) : status;
}

enum fl_status fl_sheet_export(
    struct fl_call *call,
    const char *format,
    struct fl_error *out_error)
{
    const char *name = fl_call_option(call, "type");

    if (!name) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "which objects? give --type Catalog.X");
    }
    struct exporting *exporting = fl_alloc_zeroed(1, sizeof(*exporting));

    if (!exporting) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    exporting->call = call;
    exporting->configuration_revision = call->node->configuration_revision;
    fl_arena_init(&exporting->arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = begin(exporting, format, name, out_error);

    if (status != FL_OK) {
        exporting_free(exporting);
        return status;
    }
    return fl_command_work(call, step, exporting, exporting_free, out_error);
}
