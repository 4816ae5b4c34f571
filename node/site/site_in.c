#include "site/site_in.h"

#include <string.h>
#include <unistd.h>

#include "change/change.h"
#include "endpoint/endpoint_codec.h"
#include "endpoint/endpoint_settings.h"
#include "exchange/codec.h"
#include "share.h"
#include "site/site_held.h"
#include "site/site_ids.h"
#include "site/site_incoming.h"
#include "site/site_prepare.h"
#include "site/site_told.h"

enum { NOTED_BYTES_MAX = 64 << 20 };

/* --- files --- */

static enum fl_status write_bytes(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct fl_site_in *in = context;
    return fl_file_write(&in->file, bytes, out_error);
}

static enum fl_status begin_package(
    struct fl_site_in *in,
    uint64_t received,
    struct fl_error *out_error)
{
    const struct fl_package_header header = {
        .plan = in->peer.plan_name,
        .to = in->node->identity->code,
        .from = in->peer.code,
        .message_number = in->peer.number_received + 1,
        .received_number = received};
    const struct fl_package_writer_options options = {
        .configuration = in->node->configuration,
        .sink = {.write = write_bytes, .context = in}};
    enum fl_status status =
        fl_endpoint_own_make(in->node, in->peer.number, NULL, out_error);
    in->path = fl_endpoint_own_path(in->node, in->peer.number, "site-in.xml");
    if (status == FL_OK && in->path == NULL) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK) {
        status = fl_file_begin(&in->file, in->path, 0600, out_error);
        in->file_open = status == FL_OK;
    }
    if (status == FL_OK) {
        status = fl_package_writer_open(
            fl_codec_find("v8msg"), &options, &in->writer, out_error);
    }
    return status == FL_OK ? fl_package_writer_begin(in->writer, &header, out_error)
                           : status;
}

static enum fl_status begin(
    struct fl_node *node,
    const struct fl_site_mapping *mapping,
    uint32_t peer,
    uint64_t received,
    struct fl_site_in **out_in,
    struct fl_error *out_error)
{
    struct fl_site_in *in = fl_alloc_zeroed(1, sizeof *in);
    struct fl_txn txn;
    if (in == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    in->node = node;
    in->mapping = mapping;
    fl_arena_init(&in->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&in->noted, NOTED_BYTES_MAX);
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_get(&txn, peer, &in->peer);
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        (void)fl_error_set(out_error, status, "the site is not known here any more");
    }
    if (status == FL_OK) {
        received = received == 0 ? in->peer.confirmed_number : received;
        status = begin_package(in, received, out_error);
    }
    if (status != FL_OK) {
        fl_site_in_free(in);
        return status;
    }
    *out_in = in;
    return FL_OK;
}

enum fl_status fl_site_in_begin(
    struct fl_node *node,
    const struct fl_site_mapping *mapping,
    uint32_t peer,
    struct fl_site_in **out_in,
    struct fl_error *out_error)
{
    return begin(node, mapping, peer, 0, out_in, out_error);
}

static void close_reader(struct fl_site_in *in)
{
    fl_commerceml_reader_close(in->reader);
    in->reader = NULL;
    in->item = NULL;
    if (in->is_open) {
        fl_package_file_close(&in->source);
        in->is_open = false;
    }
}

static void end_import(struct fl_site_in *in)
{
    if (in->import != NULL) {
        fl_endpoint_import_end(in->import);
        in->import = NULL;
        (void)unlink(in->path);
    }
}

void fl_site_in_free(struct fl_site_in *in)
{
    if (in == NULL) {
        return;
    }
    close_reader(in);
    end_import(in);
    fl_package_writer_close(in->writer);
    if (in->file_open) {
        fl_file_abandon(&in->file);
    }
    for (size_t i = 0; i < FL_SITE_PARTS_MAX; i++) {
        fl_site_prepare_end(&in->parts[i]);
        fl_mapping_refs_deinit(&in->parts[i].refs);
        fl_lookup_deinit(&in->parts[i].known);
        fl_site_slice_deinit(&in->parts[i].slice);
        fl_buffer_deinit(&in->parts[i].last);
    }
    fl_arena_deinit(&in->arena);
    fl_buffer_deinit(&in->noted);
    fl_free(in->pictures);
    fl_free(in->path);
    fl_free(in);
}

enum fl_status fl_site_in_pictures(
    struct fl_site_in *in,
    const char *directory,
    struct fl_error *out_error)
{
    fl_free(in->pictures);
    in->pictures = fl_node_path(directory, ".");
    return in->pictures == NULL
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : FL_OK;
}

enum fl_status fl_site_in_file(
    struct fl_site_in *in,
    const char *path,
    struct fl_error *out_error)
{
    close_reader(in);
    enum fl_status status = fl_package_file_open(&in->source, path, path, out_error);
    if (status != FL_OK) {
        return status;
    }
    in->is_open = true;
    const struct fl_commerceml_reader_options options = {
        .source = fl_package_file_source(&in->source)};
    return fl_commerceml_reader_open(&options, &in->reader, out_error);
}

/* The item in hand, or the one behind it, once all that it needs is there. */
static enum fl_status take_next(
    struct fl_site_in *in,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    bool ready = false;
    if (in->item == NULL) {
        status = fl_commerceml_reader_next(in->reader, &in->item, out_error);
        *out_done = status == FL_OK && in->item == NULL;
    }
    if (status == FL_OK && in->item != NULL) {
        status = fl_site_prepare_kind(in, in->item->kind, share, &ready, out_error);
    }
    if (status == FL_OK && ready) {
        const struct fl_commerceml_item *item = in->item;
        in->item = NULL;
        status = fl_site_incoming_take(in, item, out_error);
    }
    return status;
}

enum fl_status fl_site_in_step(
    struct fl_site_in *in,
    uint64_t items_max,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_share share = fl_share_begin(FL_SHARE_MS);
    enum fl_status status = FL_OK;
    *out_done = false;
    fl_txn_begin(&in->txn, in->node->store, FL_TXN_READ);
    for (uint64_t i = 0; i < items_max && status == FL_OK && !*out_done; i++) {
        status = take_next(in, &share, out_done, out_error);
        if (fl_share_is_over(&share)) { /* goods may have pictures of megabytes */
            break;
        }
    }
    fl_txn_abort(&in->txn);
    if (*out_done || status != FL_OK) {
        close_reader(in);
    }
    return status;
}

static enum fl_status note_ids(struct fl_site_in *in, struct fl_error *out_error)
{
    struct fl_reader left = fl_reader_of(fl_buffer_view(&in->noted));
    struct fl_txn txn;
    if (fl_reader_left(&left) == 0) {
        return FL_OK;
    }
    fl_txn_begin(&txn, in->node->store, FL_TXN_KEEP);
    while (fl_reader_left(&left) > 0 && !left.failed) {
        char kind[FL_SITE_WORD_BYTES] = "";
        const struct fl_bytes name = fl_reader_sized(&left);
        const struct fl_bytes id = fl_reader_sized(&left);
        const struct fl_uuid uuid = fl_uuid_take(&left);
        memcpy(kind, name.data, name.size < sizeof kind ? name.size : 0);
        fl_site_id_note(&txn, in->peer.number, kind, id, uuid);
    }
    return fl_change_commit(&txn, out_error);
}

static enum fl_status begin_import(struct fl_site_in *in, struct fl_error *out_error)
{
    struct fl_endpoint_import_report report;
    enum fl_status status = fl_package_writer_end(in->writer, out_error);
    if (status == FL_OK) { /* not synced: it is made again when it is lost */
        status = fl_file_place(&in->file, out_error);
        in->file_open = status != FL_OK;
    }
    const struct fl_endpoint_import_source source = {
        .path = in->path, .only_from = in->peer.number};
    return status == FL_OK ? fl_endpoint_import_begin(
                                 in->node, &fl_endpoint_v8msg, &source, &in->import,
                                 &report, out_error)
                           : status;
}

/* `share_ms` 0: all of it. */
static enum fl_status step_import(
    struct fl_site_in *in,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_endpoint_import_report report = {.applied = 0};
    struct fl_output output;
    fl_output_init_silent(&output);
    enum fl_status status = fl_endpoint_import_step(
        in->import, &output, share_ms, out_done, &report, out_error);
    fl_output_deinit(&output);
    if (status == FL_OK && !*out_done) {
        return FL_OK;
    }
    end_import(in);
    in->report.applied = report.applied;
    in->report.collisions = report.collisions;
    in->report.quarantined = report.quarantined;
    return status;
}

enum fl_status fl_site_in_take(
    struct fl_site_in *in,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = false;
    if (in->import != NULL) {
        return step_import(in, share_ms, out_done, out_error);
    }
    enum fl_status status = note_ids(in, out_error);
    if (status != FL_OK || in->report.written == 0) {
        *out_done = status == FL_OK;
        return status;
    }
    return begin_import(in, out_error);
}

const struct fl_site_in_report *fl_site_in_report(const struct fl_site_in *in)
{
    return &in->report;
}

/* --- confirming --- */

struct fl_site_confirming {
    struct fl_node *node;
    uint32_t peer;
    uint64_t number;
    struct fl_site_in *in; /* a package without objects, which confirms */
};

enum fl_status fl_site_confirm_begin(
    struct fl_node *node,
    uint32_t peer,
    uint64_t number,
    struct fl_site_confirming **out_confirming,
    struct fl_error *out_error)
{
    static const struct fl_site_mapping NOTHING = {.part_count = 0};
    struct fl_site_confirming *confirming = fl_alloc(sizeof *confirming);
    if (confirming == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *confirming =
        (struct fl_site_confirming){.node = node, .peer = peer, .number = number};
    enum fl_status status =
        begin(node, &NOTHING, peer, number, &confirming->in, out_error);
    if (status == FL_OK) {
        status = begin_import(confirming->in, out_error);
    }
    if (status != FL_OK) {
        fl_site_confirm_end(confirming);
        return status;
    }
    *out_confirming = confirming;
    return FL_OK;
}

/* What is not of the exchange plan itself. */
static enum fl_status confirm_beside(
    const struct fl_site_confirming *confirming,
    struct fl_error *out_error)
{
    struct fl_node *node = confirming->node;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    fl_site_held_confirm(&txn, confirming->peer, confirming->number);
    const enum fl_status status = fl_change_commit(&txn, out_error);
    return status == FL_OK ? fl_site_told_confirm(
                                 node, confirming->peer, confirming->number, out_error)
                           : status;
}

enum fl_status fl_site_confirm_step(
    struct fl_site_confirming *confirming,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = false;
    const enum fl_status status =
        step_import(confirming->in, share_ms, out_done, out_error);
    return status == FL_OK && *out_done ? confirm_beside(confirming, out_error) : status;
}

void fl_site_confirm_end(struct fl_site_confirming *confirming)
{
    if (confirming != NULL) {
        fl_site_in_free(confirming->in);
        fl_free(confirming);
    }
}
