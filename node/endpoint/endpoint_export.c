#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "endpoint_export_parts.h"
#include "endpoint_wrapper.h"
#include "language.h"
#include "storage/journal.h"
#include "storage/messages.h"
#include "storage/settings.h"

enum {
    COUNTER_BYTES = 8,
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

static enum fl_status must_exchange(
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    return peer->state == FL_PEER_ACTIVE
               ? FL_OK
               : fl_error_set(
                     out_error, FL_REFUSED,
                     "the exchange with \"%s\" is suspended or revoked", peer->code);
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
    status = must_exchange(&export->peer, out_error);
    if (status == FL_OK && export->peer.format != FL_PEER_V8MSG && !export->all) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" is a Filial node: changes reach it by synchronisation; --all makes a "
            "package of everything",
            code);
    }
    return status;
}

enum fl_status fl_export_catch_up(
    struct fl_endpoint_export *export,
    const struct fl_share *share,
    struct fl_subscription *out_subscription,
    struct fl_error *out_error)
{
    enum fl_status status;
    do {
        status = fl_routing_catch_up(
            export->node, &export->peer, /* most= */ 1, out_subscription, out_error);
    } while (status == FL_BUSY && !fl_share_is_over(share));
    return status;
}

/* --- the file --- */

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
    const char *path,
    struct fl_error *out_error)
{
    const struct fl_package_header header = {
        .plan = export->plan->name,
        .to = export->peer.code,
        .from = export->node->identity->code,
        .message_number = export->report.message_number,
        .received_number = export->report.received_number};
    enum fl_status status = fl_package_output_begin(&export->file, path, out_error);
    export->file.is_passing = export->is_passing;
    return status == FL_OK
               ? export->codec->write_open(
                     export->codec, export->node, &export->peer, &header,
                     fl_package_output_sink(&export->file), &export->writer, out_error)
               : status;
}

static enum fl_status close_package(
    struct fl_endpoint_export *export,
    struct fl_error *out_error)
{
    enum fl_status status = export->codec->write_end(export->writer, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_endpoint_export_show_notes(export->codec, export->writer, export->output);
    export->report.bytes = export->file.bytes;
    return fl_package_output_close(&export->file, out_error);
}

static enum fl_status read_back(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    *out_done = export->codec->read_open == NULL;
    if (!*out_done && export->read_back == NULL) {
        status = fl_endpoint_read_back_begin(
            export->node, export->codec, export->file.file.temporary,
            export->report.objects + export->report.deletions, &export->read_back,
            out_error);
    }
    return status == FL_OK && !*out_done ? fl_endpoint_read_back_step(
                                               export->read_back, &export->share,
                                               export->output, out_done, out_error)
                                         : status;
}

/* --- before it is published --- */

/* As it is by now: what was begun for it may have come to nothing. */
static enum fl_status read_peer(
    const struct fl_endpoint_export *export,
    struct fl_txn *txn,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    const char *code = export->peer.code;
    if (fl_peers_get(txn, export->peer.number, out_peer) != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "\"%s\" was removed while the package was written",
            code);
    }
    const bool is_last = out_peer->number_sent == export->report.message_number;
    if (export->peer.format == FL_PEER_V8MSG && !export->is_greeting &&
        out_peer->number_sent >= export->report.message_number &&
        !(export->is_kept && is_last)) {
        return fl_error_set(
            out_error, FL_BUSY,
            "another package for \"%s\" was written meanwhile: once more", code);
    }
    return must_exchange(out_peer, out_error);
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
    struct fl_peer peer;
    enum fl_status status = read_peer(export, txn, &peer, out_error);
    if (status != FL_OK) {
        return status;
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
    fl_hasher_finish(&export->file.hasher, message.hash);
    fl_messages_put(txn, &message);
    (void)fl_export_number_carried(export, txn);
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
    const struct fl_endpoint_codec *codec = export->codec;
    struct fl_txn txn;
    if (export->is_greeting && codec->write_keep == NULL) {
        return FL_OK;
    }
    fl_txn_begin(&txn, export->node->store, FL_TXN_KEEP);
    enum fl_status status =
        export->is_greeting ? FL_OK : put_number(export, &txn, out_error);
    if (status == FL_OK && codec->write_keep != NULL) {
        status = codec->write_keep(export->writer, &txn, out_error);
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    status = fl_change_commit(&txn, out_error);
    export->is_kept = status == FL_OK;
    return status;
}

/*
 * The rest of the rows. A row that has no number, or that of a package which nobody got
 * to see, is carried by the next one.
 */
static enum fl_status number_rows(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    *out_done = export->numbered == export->carried.size;
    if (*out_done) {
        return FL_OK;
    }
    fl_txn_begin(&txn, export->node->store, FL_TXN_KEEP);
    *out_done = !fl_export_number_carried(export, &txn);
    return fl_change_commit(&txn, out_error);
}

static enum fl_status publish(
    struct fl_endpoint_export *export,
    struct fl_error *out_error)
{
    return export->is_passing ? fl_file_place(&export->file.file, out_error)
                              : fl_file_publish(&export->file.file, out_error);
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
    export->is_passing = options->passing;
    export->walk = (struct fl_walk){.store = node->store};
    fl_arena_init(&export->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&export->carried, CARRIED_BYTES_MAX);
    enum fl_status status = fl_export_find_peer(export, options->code, out_error);
    if (status == FL_OK) {
        export->lsn_next = export->peer.confirmed_lsn + 1;
        if (codec == &fl_endpoint_v8msg) {
            warn_of_wrapper(export);
        }
        status = open_package(export, options->path, out_error);
    }
    if (status != FL_OK) {
        fl_endpoint_export_end(export);
        return status;
    }
    export->next = node->exports;
    node->exports = export;
    *out_export = export;
    return FL_OK;
}

/* What the package is about must be what it was when it was begun. */
static enum fl_status go_on(struct fl_endpoint_export *export, struct fl_error *out_error)
{
    struct fl_peer peer;
    struct fl_txn txn;
    if (export->configuration_revision != export->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the configuration changed while the package was written: write it again");
    }
    fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
    enum fl_status status = read_peer(export, &txn, &peer, out_error);
    fl_txn_abort(&txn);
    export->plan = fl_node_plan_of(export->node, &export->peer);
    return status;
}

/*
 * Everything that is here is routed, before the head of the journal is the package's end;
 * and later it is still routed to the peer in the same way.
 */
static enum fl_status follow_routing(
    struct fl_endpoint_export *export,
    bool *out_routed,
    struct fl_error *out_error)
{
    const struct fl_subscription *before = &export->subscription;
    struct fl_subscription now;
    enum fl_status status = fl_export_catch_up(export, &export->share, &now, out_error);
    *out_routed = status == FL_OK;
    if (status != FL_OK) {
        return status == FL_BUSY ? FL_OK : status;
    }
    if (export->phase == FL_EXPORT_ROUTING) {
        struct fl_txn txn;
        export->subscription = now;
        fl_txn_begin(&txn, export->node->store, FL_TXN_READ);
        export->lsn_to = fl_journal_head(&txn);
        fl_txn_abort(&txn);
        export->phase++;
    }
    return now.routed == before->routed && now.shared == before->shared
               ? FL_OK
               : fl_error_set(
                     out_error, FL_BUSY,
                     "what \"%s\" gets was changed while the package was written: write "
                     "it again",
                     export->peer.code);
}

/* A piece of the phase in hand. */
static enum fl_status work(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = true;
    switch (export->phase) {
    case FL_EXPORT_ROUTING: /* follow_routing() */
    case FL_EXPORT_DONE:
        break;
    case FL_EXPORT_ROWS:
    case FL_EXPORT_ALL:
    case FL_EXPORT_REGISTERED:
    case FL_EXPORT_OVERLAY:
    case FL_EXPORT_MORE:
        return fl_export_write_some(export, out_done, out_error);
    case FL_EXPORT_CLOSING:
        return close_package(export, out_error);
    case FL_EXPORT_READING_BACK:
        return read_back(export, out_done, out_error);
    case FL_EXPORT_KEEPING:
        return keep_number(export, out_error);
    case FL_EXPORT_NUMBERING:
        return number_rows(export, out_done, out_error);
    case FL_EXPORT_PUBLISHING:
        return publish(export, out_error);
    }
    return FL_OK;
}

/* What has its number only has to be seen: nothing comes between these two. */
static bool is_numbered(const struct fl_endpoint_export *export)
{
    return export->phase >= FL_EXPORT_NUMBERING &&
           export->numbered == export->carried.size;
}

enum fl_status fl_endpoint_export_step(
    struct fl_endpoint_export *export,
    struct fl_output *output,
    uint32_t share_ms,
    bool *out_done,
    struct fl_endpoint_export_report *out_report,
    struct fl_error *out_error)
{
    bool routed = false;
    export->output = output;
    export->share = fl_share_begin(share_ms);
    enum fl_status status = go_on(export, out_error);
    if (status == FL_OK) {
        status = follow_routing(export, &routed, out_error);
    }
    while (status == FL_OK && routed && export->phase != FL_EXPORT_DONE) {
        bool done = false;
        status = work(export, &done, out_error);
        export->phase += status == FL_OK && done;
        if (fl_share_is_over(&export->share) && !is_numbered(export)) {
            break;
        }
    }
    if (status == FL_OK && share_ms > 0 && export->phase <= FL_EXPORT_CLOSING) {
        status = fl_package_output_rest(&export->file, out_error);
    }
    *out_report = export->report;
    *out_done = status == FL_OK && export->phase == FL_EXPORT_DONE;
    return status;
}

const char *fl_endpoint_export_at(
    const struct fl_endpoint_export *export,
    uint64_t *out_done,
    uint64_t *out_total)
{
    *out_done = export->report.objects + export->report.deletions;
    *out_total = 0;
    if (export->read_back == NULL) {
        return N_("writing");
    }
    *out_total = *out_done;
    *out_done = fl_endpoint_read_back_count(export->read_back);
    return N_("reading back");
}

bool fl_endpoint_export_runs(const struct fl_node *node, uint32_t peer, uint64_t lsn)
{
    const struct fl_endpoint_export *export = node->exports;
    while (export != NULL && (export->peer.number != peer || export->lsn_to < lsn)) {
        export = export->next;
    }
    return export != NULL;
}

void fl_endpoint_export_end(struct fl_endpoint_export *export)
{
    if (export == NULL) {
        return;
    }
    struct fl_endpoint_export **link = &export->node->exports;
    while (*link != NULL && *link != export) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = export->next;
    }
    fl_endpoint_read_back_end(export->read_back);
    if (export->writer != NULL) {
        export->codec->write_close(export->writer);
    }
    fl_package_output_abandon(&export->file);
    fl_arena_deinit(&export->arena);
    fl_buffer_deinit(&export->carried);
    fl_free(export);
}
