#include <stdio.h>
#include <string.h>

#include "change.h"
#include "endpoint/endpoint_read_back.h"
#include "endpoint/endpoint_wrapper.h"
#include "endpoint_export_parts.h"
#include "exchange/zip.h"
#include "language.h"
#include "package_file.h"
#include "proto/record.h"
#include "registrations.h"
#include "replication/delivery.h"
#include "storage/journal.h"
#include "storage/messages.h"
#include "storage/settings.h"

enum {
    ENTRIES_PER_TXN = 1024,
    ROWS_PER_TXN = 512,
    COUNTER_BYTES = 8,
    CARRIED_BYTES = FL_KEY_BYTES + 8, /* the key, and the lsn of the object */
    CARRIED_BYTES_MAX = 1 << 30,
};

/* Numbers of images for Filial nodes, whose own streams must not be touched. */
static const char COUNTER_PREFIX[] = "export/";

char *fl_endpoint_path(
    const struct fl_node *node,
    const char *directory,
    const char *code)
{
    enum { NAME_BYTES = 2 * FL_CODE_BYTES_MAX + 32 };
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "Message_%s_%s.xml", node->identity->code, code);
    return fl_node_path(directory, name);
}

/* --- for whom, and under which number --- */

static struct fl_bytes counter_name(
    const struct fl_endpoint_export *export,
    char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    char id[FL_UUID_TEXT_BYTES + 1];
    fl_uuid_format(export->peer.node, id);
    id[FL_UUID_TEXT_BYTES] = '\0';
    int size = snprintf(out_text, FL_SETTING_NAME_BYTES_MAX, "%s%s", COUNTER_PREFIX, id);
    return (struct fl_bytes){(const uint8_t *)out_text, (size_t)size};
}

static uint64_t last_number(struct fl_endpoint_export *export, struct fl_txn *txn)
{
    char text[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    if (export->peer.format == FL_PEER_V8MSG) {
        return export->peer.number_sent;
    }
    if (fl_settings_get(txn, counter_name(export, text), &value) != FL_OK ||
        value.size != COUNTER_BYTES) {
        return 0;
    }
    return fl_load_u64(value.data);
}

/* 1C reads the body of a distributed infobase only in its own wrapping. */
static void warn_of_wrapper(const struct fl_endpoint_export *export)
{
    const struct fl_plan *plan = fl_configuration_plan(
        export->node->configuration, fl_bytes_of_text(export->plan->name));
    if (export->peer.format != FL_PEER_V8MSG || plan == NULL || !plan->distributed) {
        return;
    }
    if (export->is_wrapped) {
        fl_output_warn(
            export->output,
            _("the package is wrapped as those of the base are (РИБ), data only; that is "
              "not verified until the base has taken one"));
        return;
    }
    fl_output_warn(
        export->output,
        _("\"%s\" is a plan of a distributed infobase (РИБ), and how its messages are "
          "wrapped is known only from one of \"%s\": until it has sent one, ours are "
          "ordinary messages, which 1C reads by ReadXML but not by ReadChanges"),
        export->plan->name, export->peer.code);
}

enum fl_status fl_export_find_peer(
    struct fl_endpoint_export *export,
    const char *code,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_plans_peer(&export->node->plans, &txn, fl_bytes_of_text(code), &export->peer);
    if (status == FL_OK) {
        export->plan = fl_node_plan_of(export->node, &export->peer);
        export->report.message_number = last_number(export, &txn) + 1;
        struct fl_endpoint_wrapper wrapper;
        export->is_wrapped =
            export->peer.format == FL_PEER_V8MSG &&
            fl_endpoint_wrapper_get(&txn, export->peer.number, &wrapper) == FL_OK;
        export->report.received_number =
            export->peer.format == FL_PEER_V8MSG ? export->peer.number_received : 0;
        if (export->is_greeting) {
            export->report.message_number = 0;
            export->report.received_number = 0;
        }
    }
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "there is no node with the code \"%s\"; `filial node list` shows them, "
            "`filial node add %s --format v8msg` makes one",
            code, code);
    }
    if (export->peer.state != FL_PEER_ACTIVE) {
        return fl_error_set(
            out_error, FL_REFUSED, "the exchange with \"%s\" is suspended or revoked",
            code);
    }
    if (export->peer.format != FL_PEER_V8MSG && !export->all) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" is a Filial node: changes reach it by synchronisation; --all makes a "
            "package of everything",
            code);
    }
    status = fl_routing_catch_up(
        export->node, &export->peer, FL_ROUTING_ALL, &export->subscription, out_error);
    if (status == FL_OK) {
        fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
        export->lsn_to = fl_journal_head(&txn);
        fl_txn_abort(&txn);
    }
    return status;
}

/* --- writing --- */

static enum fl_status write_bytes(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct fl_endpoint_export *export = context;
    fl_hasher_add(&export->hasher, bytes);
    export->report.bytes += bytes.size;
    return export->zip != NULL ? fl_zip_writer_write(export->zip, bytes, out_error)
                               : fl_file_write(&export->file, bytes, out_error);
}

static enum fl_status write_entry(
    struct fl_endpoint_export *export,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    struct fl_error *out_error)
{
    bool gone = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    struct fl_object object;
    bool written = false;
    fl_arena_reset(&export->arena);
    enum fl_status status =
        fl_record_decode(entry->key, gone, entry->record, &export->arena, &object);
    if (status == FL_OK && !gone &&
        fl_plan_sends_as_deletion(export->plan, &export->peer, entry->key.type)) {
        fl_registrations_delete(export->node->configuration, &object);
        gone = true;
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "an object here cannot be unpacked");
    }
    status = export->codec->write_put(export->writer, txn, &object, &written, out_error);
    if (status == FL_OK) {
        export->report.objects += written && !gone;
        export->report.deletions += written && gone;
        export->report.left_out += !written;
        fl_output_progress(
            export->output, N_("writing"), export->report.objects, /* total= */ 0);
    }
    return status;
}

bool fl_export_is_due(
    const struct fl_endpoint_export *export,
    struct fl_txn *txn,
    const struct fl_selected *selected)
{
    const struct fl_entry *entry = &selected->entry;
    const struct fl_delivery_peer position = {
        .confirmed_lsn = export->peer.confirmed_lsn,
        .resend_below = export->peer.resend_below};
    const struct fl_delivery_entry found = {
        .lsn = selected->lsn_written,
        .live = entry->live,
        .came_from_peer = entry->origin == export->peer.origin};
    bool gone = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    if (entry->lsn > export->lsn_to || (export->all && !gone)) {
        return false;
    }
    if (selected->told && !selected->again) {
        return fl_plan_may_send(export->plan, &export->peer, entry->key.type);
    }
    bool written = !fl_registrations_took_back(txn, export->peer.number, entry) &&
                   fl_plan_sends(export->plan, &export->peer, entry) &&
                   fl_delivery_is_registered(&position, &found);
    return selected->told
               ? !written &&
                     fl_plan_may_send(export->plan, &export->peer, entry->key.type)
               : written;
}

void fl_export_begin_selection(
    struct fl_endpoint_export *export,
    struct fl_selection *selection,
    struct fl_txn *txn,
    uint64_t lsn_from)
{
    fl_txn_begin(txn, export->node->store, FL_TXN_READ);
    fl_selection_begin(
        selection, export->node, txn, &export->peer, &export->subscription, lsn_from);
}

/*
 * What is registered, in the order of the journal; with `all` only what is gone. One
 * transaction's worth, up to where another lsn begins: several objects may be told of at
 * one.
 */
static enum fl_status write_registered(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_selection selection;
    struct fl_selected selected;
    uint64_t lsn_last = 0;
    enum fl_status status = FL_OK;
    fl_export_begin_selection(export, &selection, &txn, export->lsn_next);
    for (size_t i = 0; status == FL_OK && !*out_done; i++) {
        status = fl_selection_next(&selection, &selected);
        if (status == FL_NOT_FOUND) {
            status = FL_OK;
            *out_done = true;
        } else if (status != FL_OK) {
            (void)fl_change_txn_failure(&txn, out_error);
        } else if (i >= ENTRIES_PER_TXN && selected.entry.lsn > lsn_last) {
            break;
        } else {
            lsn_last = selected.entry.lsn;
            export->lsn_next = lsn_last + 1;
            *out_done = lsn_last > export->lsn_to;
            if (fl_export_is_due(export, &txn, &selected)) {
                status = write_entry(export, &txn, &selected.entry, out_error);
            }
        }
    }
    fl_selection_end(&selection);
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status visit_any(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_endpoint_export *export = context;
    bool admits = true;
    (void)out_stop;
    if (!fl_plan_has(export->plan, entry->key.type)) {
        return FL_OK;
    }
    enum fl_status status = fl_routing_admits(
        export->node, txn, &export->peer, &export->subscription, entry->key, &admits);
    if (status != FL_OK || !admits) {
        return status;
    }
    const struct fl_endpoint_codec *codec = export->codec;
    if (codec->write_passes != NULL && codec->write_passes(export->writer, entry->key)) {
        export->report.objects++;
        return FL_OK;
    }
    return write_entry(export, txn, entry, out_error);
}

/* 0: there is no such object. */
static uint64_t lsn_of(struct fl_txn *txn, struct fl_key key)
{
    uint64_t lsn = 0;
    return fl_object_lsn(txn, key, &lsn) == FL_OK ? lsn : 0;
}

static enum fl_status remember(
    struct fl_endpoint_export *export,
    struct fl_key key,
    uint64_t lsn,
    struct fl_error *out_error)
{
    uint8_t bytes[FL_KEY_BYTES];
    fl_key_encode(key, bytes);
    fl_buffer_put_memory(&export->carried, bytes, sizeof bytes);
    fl_buffer_put_u64(&export->carried, lsn);
    return fl_buffer_status(&export->carried) == FL_OK
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/*
 * What was registered beside the position and is not confirmed, as often as it is. One
 * transaction's worth; with `all` it is written anyway, and only remembered.
 */
static enum fl_status write_overlay(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_registered row;
    struct fl_selected selected = {.told = false};
    struct fl_selection selection;
    struct fl_key *at = &export->overlay_after;
    enum fl_status status = FL_OK;
    struct fl_txn txn;
    fl_export_begin_selection(export, &selection, &txn, export->lsn_to + 1);
    for (size_t i = 0; i < ROWS_PER_TXN && status == FL_OK && !*out_done; i++) {
        *out_done =
            fl_registered_next(
                &txn, export->peer.number, at->type == 0 ? NULL : at, &row) != FL_OK;
        if (*out_done) {
            break;
        }
        *at = row.key;
        if (row.kind == FL_REGISTERED && row.number == 0) {
            status = remember(export, row.key, lsn_of(&txn, row.key), out_error);
        }
        if (status == FL_OK && row.kind == FL_REGISTERED && !export->all &&
            fl_plan_may_send(export->plan, &export->peer, row.key.type) &&
            fl_selection_present(&selection, row.key, &selected.entry) == FL_OK) {
            selected.lsn_written = selected.entry.lsn;
            if (!fl_export_is_due(export, &txn, &selected)) {
                status = write_entry(export, &txn, &selected.entry, out_error);
            }
        }
    }
    fl_selection_end(&selection);
    fl_txn_abort(&txn);
    return status;
}

/* What the format wants beside what is due. */
static enum fl_status write_more(
    struct fl_endpoint_export *export,
    struct fl_error *out_error)
{
    const struct fl_endpoint_codec *codec = export->codec;
    enum fl_status status = FL_OK;
    struct fl_key key;
    struct fl_txn txn;
    if (codec->write_more == NULL) {
        return FL_OK;
    }
    fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
    while (status == FL_OK && codec->write_more(export->writer, &key)) {
        struct fl_entry entry;
        if (fl_object_get(&txn, key, &entry) == FL_OK &&
            entry.origin != export->peer.origin) {
            status = write_entry(export, &txn, &entry, out_error);
        }
    }
    fl_txn_abort(&txn);
    return status;
}

/* What belongs to the phase in hand, as much as one transaction is for. */
static enum fl_status write_some(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    const bool is_base = export->peer.format == FL_PEER_V8MSG;
    enum fl_status status = FL_OK;
    *out_done = export->is_greeting;
    switch (export->is_greeting ? FL_EXPORT_DONE : export->phase) {
    case FL_EXPORT_ROWS:
        *out_done = !is_base || !export->all;
        status = *out_done ? FL_OK : write_overlay(export, out_done, out_error);
        break;
    case FL_EXPORT_ALL:
        if (export->all) {
            status =
                fl_walk_some(&export->walk, &export->share, visit_any, export, out_error);
        }
        *out_done = !export->all || export->walk.done;
        break;
    case FL_EXPORT_REGISTERED:
        *out_done = !is_base;
        status = is_base ? write_registered(export, out_done, out_error) : FL_OK;
        break;
    case FL_EXPORT_OVERLAY:
        *out_done = !is_base || export->all;
        status = *out_done ? FL_OK : write_overlay(export, out_done, out_error);
        break;
    case FL_EXPORT_MORE:
        *out_done = true;
        status = write_more(export, out_error);
        break;
    case FL_EXPORT_DONE:
        break;
    }
    return status;
}

void fl_endpoint_export_show_notes(
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_writing *writing,
    struct fl_output *output)
{
    const char *note;
    for (size_t i = 0;
         codec->write_note != NULL && (note = codec->write_note(writing, i)) != NULL;
         i++) {
        fl_output_warn(output, "%s", note);
    }
}

static enum fl_status open_package(
    struct fl_endpoint_export *export,
    struct fl_error *out_error)
{
    const struct fl_package_header header = {
        .plan = export->plan->name,
        .to = export->peer.code,
        .from = export->node->identity->code,
        .message_number = export->report.message_number,
        .received_number = export->report.received_number};
    const struct fl_codec_sink sink = {.write = write_bytes, .context = export};
    enum fl_status status =
        fl_package_file_begin_zip(&export->file, &export->zip, out_error);
    fl_hasher_init(&export->hasher);
    return status == FL_OK ? export->codec->write_open(
                                 export->codec, export->node, &export->peer, &header,
                                 sink, &export->writer, out_error)
                           : status;
}

static void close_writer(struct fl_endpoint_export *export)
{
    if (export->writer != NULL) {
        export->codec->write_close(export->writer);
        export->writer = NULL;
    }
}

static enum fl_status close_package(
    struct fl_endpoint_export *export,
    struct fl_error *out_error)
{
    enum fl_status status = export->codec->write_end(export->writer, out_error);
    if (status == FL_OK) {
        fl_endpoint_export_show_notes(export->codec, export->writer, export->output);
    }
    close_writer(export);
    if (status == FL_OK) {
        struct fl_zip_writer *zip = export->zip;
        export->zip = NULL;
        status = fl_zip_writer_end(zip, out_error);
    }
    return status == FL_OK ? fl_file_sync(&export->file, out_error) : status;
}

/* --- before it is published --- */

/*
 * Those alone that it has written, as they are now: a row may have come behind where it
 * was, or be of a later state.
 */
static void number_overlay(const struct fl_endpoint_export *export, struct fl_txn *txn)
{
    for (size_t at = 0; at < export->carried.size; at += CARRIED_BYTES) {
        const uint8_t *carried = export->carried.data + at;
        const struct fl_key key = fl_key_decode(carried);
        struct fl_registered row;
        /* Packages are cumulative: the first that carried it counts. */
        if (fl_registered_get(txn, export->peer.number, key, &row) == FL_OK &&
            row.kind == FL_REGISTERED && row.number == 0 &&
            lsn_of(txn, key) == fl_load_u64(carried + FL_KEY_BYTES)) {
            fl_registered_number(
                txn, &row, export->report.message_number, (struct fl_uuid){0});
        }
    }
}

static enum fl_status put_number(
    struct fl_endpoint_export *export,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    uint64_t number = export->report.message_number;
    if (export->peer.format != FL_PEER_V8MSG) {
        char text[FL_SETTING_NAME_BYTES_MAX];
        uint8_t value[COUNTER_BYTES];
        fl_store_u64(value, number);
        fl_settings_put(
            txn, counter_name(export, text), (struct fl_bytes){value, sizeof value});
        return FL_OK;
    }
    struct fl_peer peer; /* as it is by now */
    if (fl_peers_get(txn, export->peer.number, &peer) != FL_OK ||
        peer.number_sent >= number) {
        return fl_error_set(
            out_error, FL_BUSY,
            "another package for \"%s\" was written meanwhile: once more",
            export->peer.code);
    }
    struct fl_sent_message message = {
        .stream = {.peer = export->peer.number},
        .number = number,
        .lsn_from = export->peer.confirmed_lsn,
        .lsn_to = export->lsn_to,
        .base_number = export->peer.confirmed_number,
        .bytes = export->report.bytes,
        .sent_ms = fl_node_now_ms(),
        .series_end = true};
    fl_hasher_finish(&export->hasher, message.hash);
    fl_messages_put(txn, &message);
    number_overlay(export, txn);
    peer.number_sent = number;
    peer.last_sent_ms = message.sent_ms;
    fl_peers_put(txn, &peer);
    return FL_OK;
}

/* Durable before the file can be seen: otherwise a number might go out twice. */
static enum fl_status keep_number(
    struct fl_endpoint_export *export,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    if (export->is_greeting) {
        return FL_OK;
    }
    fl_txn_begin(&txn, export->node->store, FL_TXN_KEEP);
    enum fl_status status = put_number(export, &txn, out_error);
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    return fl_change_commit(&txn, out_error);
}

/* --- in shares --- */

enum fl_status fl_endpoint_export_begin(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_export_options *options,
    struct fl_output *output,
    struct fl_endpoint_export **out_export,
    struct fl_error *out_error)
{
    struct fl_endpoint_export *export = fl_alloc_zeroed(1, sizeof *export);
    if (export == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    export->node = node;
    export->output = output;
    export->codec = codec;
    export->configuration_revision = node->configuration_revision;
    export->all = options->all;
    export->is_greeting = options->greeting;
    export->walk = (struct fl_walk){.store = node->store};
    fl_arena_init(&export->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&export->carried, CARRIED_BYTES_MAX);
    enum fl_status status = fl_export_find_peer(export, options->code, out_error);
    if (status == FL_OK) {
        export->lsn_next = export->peer.confirmed_lsn + 1;
        if (codec == &fl_endpoint_v8msg) {
            warn_of_wrapper(export);
        }
        status = fl_file_begin(&export->file, options->path, 0644, out_error);
    }
    if (status == FL_OK) {
        status = open_package(export, out_error);
    }
    if (status != FL_OK) {
        fl_endpoint_export_end(export);
        return status;
    }
    *out_export = export;
    return FL_OK;
}

static enum fl_status publish(
    struct fl_endpoint_export *export,
    struct fl_error *out_error)
{
    enum fl_status status = close_package(export, out_error);
    if (status == FL_OK && export->codec->read_open != NULL) {
        status = fl_endpoint_read_back(
            export->node, export->codec, export->file.temporary,
            export->report.objects + export->report.deletions, export->output, out_error);
    }
    if (status == FL_OK) {
        status = keep_number(export, out_error);
    }
    return status == FL_OK ? fl_file_publish(&export->file, out_error) : status;
}

enum fl_status fl_endpoint_export_step(
    struct fl_endpoint_export *export,
    struct fl_output *output,
    uint32_t share_ms,
    bool *out_done,
    struct fl_endpoint_export_report *out_report,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (export->configuration_revision != export->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the configuration changed while the package was written: write it again");
    }
    export->output = output;
    export->share = fl_share_begin(share_ms);
    export->plan = fl_node_plan_of(export->node, &export->peer); /* as it is by now */
    while (status == FL_OK && export->phase != FL_EXPORT_DONE) {
        bool done = false;
        status = write_some(export, &done, out_error);
        export->phase += done;
        if (fl_share_is_over(&export->share)) {
            return status;
        }
    }
    if (status == FL_OK) {
        status = publish(export, out_error);
    }
    *out_report = export->report;
    *out_done = status == FL_OK;
    return status;
}

void fl_endpoint_export_end(struct fl_endpoint_export *export)
{
    if (export == NULL) {
        return;
    }
    close_writer(export);
    (void)fl_zip_writer_end(export->zip, NULL);
    fl_file_abandon(&export->file);
    fl_arena_deinit(&export->arena);
    fl_buffer_deinit(&export->carried);
    fl_free(export);
}

enum fl_status fl_endpoint_export(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_export_options *options,
    struct fl_output *output,
    struct fl_endpoint_export_report *out_report,
    struct fl_error *out_error)
{
    struct fl_endpoint_export *export = NULL;
    bool done = false;
    enum fl_status status =
        fl_endpoint_export_begin(node, codec, options, output, &export, out_error);
    if (status == FL_OK) {
        status = fl_endpoint_export_step(
            export, output, /* share_ms= */ 0, &done, out_report, out_error);
    }
    fl_endpoint_export_end(export);
    return status;
}
