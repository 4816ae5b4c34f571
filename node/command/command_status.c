#include "command_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "change/change.h"
#include "daemon/daemon.h"
#include "endpoint/endpoint_window.h"
#include "language.h"
#include "peer/peer_list.h"
#include "proto/system.h"
#include "service/health.h"
#include "storage/check.h"
#include "storage/collisions.h"
#include "storage/journal.h"
#include "storage/quarantine.h"

#define LATE_MS UINT64_C(86400000)

/* --- status --- */

static enum fl_status read_content(
    struct fl_node *node,
    uint32_t type,
    struct fl_store_contents *out_content,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_store_content(&txn, type, out_content);
    if (status != FL_OK && out_error != NULL) {
        *out_error = *fl_txn_error(&txn);
    }
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status next_type(struct fl_node *node, uint32_t type, uint32_t *out_type)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_store_type_next(&txn, type, out_type);
    fl_txn_abort(&txn);
    return status;
}

static void show_count(struct fl_call *call, uint32_t number, uint64_t count)
{
    enum { NAME_BYTES = FL_NAME_BYTES_MAX + 64 };
    char name[NAME_BYTES];
    const struct fl_type *type = fl_configuration_type(call->node->configuration, number);
    if (type == NULL) {
        snprintf(name, sizeof name, "%" PRIu32, number);
    } else {
        snprintf(name, sizeof name, "%s.%s", fl_kind_name(type->kind), type->name);
    }
    if (call->output->json) {
        fl_output_row(call->output);
        fl_output_text(call->output, "type", "type", name);
        fl_output_number(call->output, "count", "count", count);
    } else {
        fl_output_say(call->output, "%s %" PRIu64, name, count);
    }
}

static enum fl_status show_counts(struct fl_call *call, struct fl_error *out_error)
{
    uint32_t type = 0;
    uint64_t total = 0;
    enum fl_status status = FL_OK;
    fl_output_list_begin(call->output, "counts");
    while ((status = next_type(call->node, type, &type)) == FL_OK &&
           !fl_system_is(type)) {
        struct fl_store_contents content;
        status = read_content(call->node, type, &content, out_error);
        if (status != FL_OK) {
            break;
        }
        total += content.objects;
        if (content.objects > 0) {
            show_count(call, type, content.objects);
        }
    }
    fl_output_list_end(call->output);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    if (call->output->json) {
        fl_output_number(call->output, "total", "total", total);
    }
    fl_output_say(call->output, "total %" PRIu64, total);
    return FL_OK;
}

static enum fl_status show_hash(struct fl_call *call, struct fl_error *out_error)
{
    struct fl_store_contents content;
    enum fl_status status = read_content(call->node, 0, &content, out_error);
    if (status == FL_OK) {
        struct fl_bytes hash = {content.hash, sizeof content.hash};
        if (call->output->json) {
            fl_output_hex(call->output, "content_hash", "content hash", hash);
            return FL_OK;
        }
        char text[2 * FL_STORE_CONTENT_BYTES + 1];
        fl_bytes_hex(hash, text);
        fl_output_say(call->output, "%s", text);
    }
    return status;
}

static void show_identity(struct fl_output *output, const struct fl_node *node)
{
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];
    const struct fl_configuration *configuration = node->configuration;
    fl_keys_fingerprint(node->keys.signing_public, fingerprint);
    fl_output_text(output, "code", N_("code"), node->identity->code);
    fl_output_text(output, "name", N_("name"), node->name);
    fl_output_text(output, "plan", N_("plan"), node->plan);
    fl_output_uuid(output, "node", N_("node"), node->identity->node);
    fl_output_uuid(
        output, "installation", N_("installation"), node->identity->installation);
    fl_output_uuid(output, "incarnation", N_("incarnation"), node->identity->incarnation);
    fl_output_text(output, "fingerprint", N_("fingerprint"), fingerprint);
    fl_output_time(
        output, "keys_created", N_("keys made"), node->keys.signing_created_ms);
    fl_output_text(
        output, "configuration", N_("configuration"),
        node->configuration_number == 0 ? _("none yet") : configuration->name);
    fl_output_hex(
        output, "configuration_hash", N_("configuration hash"),
        (struct fl_bytes){configuration->hash, sizeof configuration->hash});
    fl_output_number(output, "types", N_("types"), configuration->type_count);
}

static enum fl_status show_store(struct fl_call *call, struct fl_error *out_error)
{
    struct fl_node *node = call->node;
    struct fl_output *output = call->output;
    struct fl_store_contents content;
    struct fl_store_usage usage;
    enum fl_status status = read_content(node, 0, &content, out_error);
    if (status == FL_OK) {
        status = fl_store_usage(node->store, &usage, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    uint64_t lsn = fl_journal_head(&txn);
    uint64_t collisions = fl_collisions_count(&txn);
    uint64_t quarantined = fl_quarantine_count(&txn);
    fl_txn_abort(&txn);
    fl_output_number(output, "objects", N_("objects"), content.objects);
    fl_output_number(output, "bytes", N_("bytes of objects"), content.bytes);
    fl_output_hex(
        output, "content_hash", N_("content hash"),
        (struct fl_bytes){content.hash, sizeof content.hash});
    fl_output_number(output, "lsn", N_("last change"), lsn);
    fl_output_number(output, "collisions", N_("collisions"), collisions);
    fl_output_number(output, "quarantined", N_("in quarantine"), quarantined);
    fl_output_number(output, "file_bytes", N_("store, bytes"), usage.file_bytes);
    if (node->home != FL_HOME_OURS || output->json) {
        fl_output_text(output, "home", N_("home"), fl_home_state_name(node->home));
    }
    fl_output_flag(output, "daemon", N_("filiald runs"), node->daemon != NULL);
    return FL_OK;
}

/* When this node may begin a round, where the calendar of the tree has a say. */
static void show_windows(struct fl_output *output, struct fl_node *node)
{
    const struct fl_windows_asker asker = {
        .code = node->identity->code,
        .node = node->identity->node,
        .last_round_ms = node->daemon != NULL ? fl_daemon_round_ms(node->daemon) : 0};
    struct fl_windows_state state =
        fl_windows_look(&node->windows, &asker, fl_node_now_ms());
    if (!state.governed) {
        return;
    }
    fl_output_flag(output, "window_open", N_("window open"), state.open);
    if (state.window != NULL) {
        fl_output_text(output, "window", N_("window"), state.window);
    }
    fl_output_time(
        output, state.open ? "window_closes" : "window_opens",
        state.open ? N_("it closes") : N_("it opens"),
        state.open ? state.closes_ms : state.opens_ms);
    if (node->daemon != NULL && asker.last_round_ms > 0) {
        fl_output_flag(
            output, "window_missed", N_("missed its last window"),
            fl_windows_is_late(&state, asker.last_round_ms));
    }
}

FL_HANDLER(status)
{
    if (fl_call_has(call, "hash")) {
        return show_hash(call, out_error);
    }
    if (fl_call_has(call, "counts")) {
        return show_counts(call, out_error);
    }
    enum fl_health health = FL_HEALTH_WELL;
    uint64_t late_ms = 0;
    enum fl_status status = fl_call_duration(call, "late", LATE_MS, &late_ms, out_error);
    if (status == FL_OK) {
        status = fl_health_show(call, late_ms, &health, out_error);
    }
    if (status != FL_OK || fl_call_has(call, "check")) {
        call->exit_status = (int)health;
        return status;
    }
    fl_output_say(call->output, "%s", "");
    show_identity(call->output, call->node);
    status = show_store(call, out_error);
    if (status == FL_OK) {
        show_windows(call->output, call->node);
        fl_endpoint_windows_list(call->output, call->node);
    }
    if (status == FL_OK && (call->output->json || fl_call_has(call, "nodes"))) {
        fl_output_say(call->output, "%s", "");
        status = fl_peer_list_show(call->node, call->output, out_error);
    }
    return status;
}

FL_HANDLER(reload)
{
    if (call->node->daemon == NULL) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "filiald does not run on this node: it reads node.conf when it starts");
    }
    enum fl_status status = fl_daemon_reload_settings(call->node->daemon, out_error);
    if (status == FL_OK) {
        fl_output_flag(call->output, "reloaded", N_("settings taken over"), true);
    }
    return status;
}

FL_HANDLER(version)
{
    (void)out_error;
    fl_output_text(call->output, "version", N_("filial"), FL_VERSION);
    fl_output_number(call->output, "store_format", N_("store format"), FL_STORE_FORMAT);
    return FL_OK;
}
