/*
 * All data of a base in one file (_1CV8DtUD), and a file for nobody by a mapping: for the
 * first filling of a node from a base. It knows no nodes, numbers or deletions: what is
 * in it is written over what is here, as 1C does, as changes of this node.
 */

#include <inttypes.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "command/command_table.h"
#include "endpoint/endpoint.h"
#include "endpoint/endpoint_codec.h"
#include "file.h"
#include "language.h"
#include "package_file.h"
#include "predefined/predefined.h"
#include "proto/record.h"
#include "share.h"
#include "storage/journal.h"
#include "walk.h"

enum { TXN_ENTRIES = 4096, TXN_BYTES = 8 << 20, TXN_ROOM_KEYS = 16 };

struct whole {
    struct fl_call *call;
    const struct fl_endpoint_codec *codec;
    char *path;
    struct fl_package_file file;
    struct fl_share share; /* of the step in hand */
    struct fl_endpoint_reading *reader;
    bool applies;                    /* it is the second reading */
    uint64_t configuration_revision; /* what both work with */
    struct fl_txn txn;
    bool in_txn;
    size_t txn_entries;
    uint64_t txn_bytes;
    struct fl_buffer record;
    struct fl_ref_pairs pairs; /* predefined items that are here under other refs */
    uint64_t objects;
    uint64_t applied;
};

static enum fl_status open_reader(struct whole *whole, struct fl_error *out_error)
{
    whole->objects = 0;
    enum fl_status status = whole->codec->read_open(
        whole->codec, whole->call->node, fl_package_file_source(&whole->file),
        &whole->reader, out_error);
    if (status == FL_OK && whole->codec->read_pairs != NULL) {
        whole->codec->read_pairs(whole->reader, &whole->pairs);
    }
    return status;
}

static void begin_txn(struct whole *whole)
{
    if (!whole->in_txn) {
        fl_txn_begin(&whole->txn, whole->call->node->store, FL_TXN_INTAKE);
        whole->in_txn = true;
    }
}

/* Where a format wants to be told; the head is read to know its dialect. */
static enum fl_status begin_reader(struct whole *whole, struct fl_error *out_error)
{
    const struct fl_package_header *header = NULL;
    if (whole->codec->read_begin == NULL) {
        return FL_OK;
    }
    enum fl_status status = whole->codec->read_header(whole->reader, &header, out_error);
    return status == FL_OK
               ? whole->codec->read_begin(
                     whole->reader, NULL, whole->applies ? &whole->txn : NULL, out_error)
               : status;
}

static enum fl_status commit(struct whole *whole, struct fl_error *out_error)
{
    whole->txn_entries = 0;
    whole->txn_bytes = 0;
    whole->in_txn = false;
    return fl_change_commit(&whole->txn, out_error);
}

static enum fl_status make_room(struct whole *whole, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    size_t size = whole->record.size;
    bool full = whole->in_txn &&
                (whole->txn_entries >= TXN_ENTRIES || whole->txn_bytes >= TXN_BYTES ||
                 !fl_txn_has_room(&whole->txn, 3 * size + (1 << 16), TXN_ROOM_KEYS));
    if (full) {
        status = commit(whole, out_error);
    }
    if (status == FL_OK) {
        begin_txn(whole);
    }
    return status;
}

static enum fl_status put_object(
    struct whole *whole,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_node *node = whole->call->node;
    struct fl_entry here;
    fl_buffer_clear(&whole->record);
    enum fl_status status = fl_record_encode(object, &whole->record);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "%s is larger than an object may be",
            fl_ref_text(node->configuration, object->key).text);
    }
    status = make_room(whole, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_entry entry = {
        .origin = FL_ORIGIN_HERE,
        .configuration = node->configuration_number,
        .flags = object->deleted ? FL_ENTRY_DELETED : 0,
        .key = object->key,
        .record = fl_buffer_view(&whole->record)};
    const unsigned gone = FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN;
    status = fl_object_get(&whole->txn, object->key, &here);
    bool deletes_nothing = status == FL_NOT_FOUND && object->deleted;
    bool same = status == FL_OK && (here.flags & gone) == entry.flags &&
                fl_bytes_equal(here.record, entry.record);
    if (status != FL_OK && status != FL_NOT_FOUND && status != FL_MALFORMED) {
        return fl_change_txn_failure(&whole->txn, out_error);
    }
    if (same || deletes_nothing) {
        return FL_OK;
    }
    whole->applied++;
    whole->txn_entries++;
    whole->txn_bytes += entry.record.size;
    return fl_journal_append(&whole->txn, &entry) != 0
               ? FL_OK
               : fl_change_txn_failure(&whole->txn, out_error);
}

/* What is known when all is read: what is to be said of it, whose refs are others here.
 */
static enum fl_status end_first_reading(struct whole *whole, struct fl_error *out_error)
{
    const char *note;
    enum fl_status status = FL_OK;
    for (size_t i = 0; (note = whole->codec->read_note(whole->reader, i)) != NULL; i++) {
        fl_output_warn(whole->call->output, "%s", note);
    }
    if (whole->codec->read_predefined != NULL) {
        status = fl_predefined_match(
            whole->call->node, whole->codec, whole->reader, &whole->pairs, out_error);
    }
    whole->applies = true;
    return status == FL_OK ? fl_package_file_rewind(&whole->file, out_error) : status;
}

static bool may_rest(const struct whole *whole)
{
    const struct fl_endpoint_codec *codec = whole->codec;
    return fl_share_is_over(&whole->share) &&
           (codec->read_is_amid == NULL || !codec->read_is_amid(whole->reader));
}

/* The first time nothing is written: a broken file changes nothing. */
static enum fl_status read_some(
    struct whole *whole,
    bool *out_ended,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    while (status == FL_OK && !may_rest(whole)) {
        struct fl_endpoint_object object = {.object = NULL};
        status = whole->codec->read_next(whole->reader, &object, out_error);
        if (status == FL_OK && fl_endpoint_object_is_none(&object)) {
            *out_ended = true;
            break;
        }
        if (status == FL_OK && object.object != NULL) {
            whole->objects++;
            status = whole->applies ? put_object(whole, object.object, out_error) : FL_OK;
        }
        fl_output_progress(
            whole->call->output, whole->applies ? N_("applying") : N_("reading"),
            whole->file.read, whole->file.size);
    }
    return status;
}

static void close_reader(struct whole *whole)
{
    whole->codec->read_close(whole->reader);
    whole->reader = NULL;
}

static enum fl_status work(
    struct whole *whole,
    bool *out_done,
    struct fl_error *out_error)
{
    bool ended = false;
    enum fl_status status = FL_OK;
    if (whole->configuration_revision != whole->call->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the configuration changed while the file was read: import it again");
    }
    if (whole->applies) { /* what is read looks at what is here, and is written */
        begin_txn(whole);
    }
    if (whole->reader == NULL) {
        status = open_reader(whole, out_error);
        if (status == FL_OK) {
            status = begin_reader(whole, out_error);
        }
    }
    if (status == FL_OK) {
        status = read_some(whole, &ended, out_error);
    }
    *out_done = status == FL_OK && ended && whole->applies;
    if (status == FL_OK && ended && !whole->applies) {
        status = end_first_reading(whole, out_error);
    }
    if (ended) {
        close_reader(whole);
    }
    return status == FL_OK && whole->in_txn ? commit(whole, out_error) : status;
}

static void show_imported(const struct whole *whole)
{
    struct fl_output *output = whole->call->output;
    fl_output_number(output, "objects", N_("objects"), whole->objects);
    fl_output_number(output, "applied", N_("applied"), whole->applied);
    fl_output_number(
        output, "unchanged", N_("unchanged"), whole->objects - whole->applied);
    if (whole->pairs.count > 0) {
        fl_output_number(
            output, "predefined", N_("predefined items by our refs"), whole->pairs.count);
    }
}

/* A step of the command, as command.h wants it. */
static enum fl_status step_import(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct whole *whole = state;
    (void)now_ms;
    whole->share = fl_share_begin(fl_call_share_ms(call));
    enum fl_status status = work(whole, out_done, out_error);
    call->wrote = whole->applies;
    if (status != FL_OK) {
        close_reader(whole);
    }
    if (whole->in_txn) {
        whole->in_txn = false;
        fl_txn_abort(&whole->txn);
    }
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", whole->path);
    } else if (*out_done) {
        show_imported(whole);
    }
    return status;
}

static void free_import(void *state)
{
    struct whole *whole = state;
    close_reader(whole);
    fl_buffer_deinit(&whole->record);
    fl_ref_pairs_deinit(&whole->pairs);
    fl_package_file_close(&whole->file);
    fl_free(whole->path);
    fl_free(whole);
}

static enum fl_status begin_import(
    struct fl_call *call,
    const struct fl_endpoint_codec *codec,
    struct whole **out_whole,
    struct fl_error *out_error)
{
    struct whole *whole = fl_alloc_zeroed(1, sizeof *whole);
    char *path = whole == NULL ? NULL : fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        fl_free(whole);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = fl_package_file_open(&whole->file, path, path, out_error);
    if (status != FL_OK) {
        fl_free(path);
        fl_free(whole);
        return status;
    }
    whole->call = call;
    whole->codec = codec;
    whole->path = path;
    whole->configuration_revision = call->node->configuration_revision;
    fl_buffer_init(&whole->record, FL_RECORD_BYTES_MAX);
    *out_whole = whole;
    return FL_OK;
}

enum fl_status fl_whole_import(
    struct fl_call *call,
    const struct fl_endpoint_codec *codec,
    struct fl_error *out_error)
{
    struct whole *whole = NULL;
    enum fl_status status = begin_import(call, codec, &whole, out_error);
    return status == FL_OK
               ? fl_command_work(call, step_import, whole, free_import, out_error)
               : status;
}
