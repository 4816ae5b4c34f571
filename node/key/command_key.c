/*
 * filial key show, rotate, statement, accept, forget: the keys of this node and of
 * others.
 */

#include <inttypes.h>
#include <string.h>

#include "change/change.h"
#include "command/command_table.h"
#include "enrolment_file.h"
#include "file.h"
#include "key/rotation.h"
#include "language.h"

#define DAY_MS INT64_C(86400000)

static void show_key(
    struct fl_output *output,
    const char *key,
    const char *label,
    const uint8_t signing_key[FL_PUBLIC_KEY_BYTES])
{
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];

    fl_keys_fingerprint(signing_key, fingerprint);
    fl_output_text(output, key, label, fingerprint);
}

static uint64_t days_since(int64_t created_ms)
{
    int64_t now_ms = fl_node_now_ms();

    return created_ms > 0 && created_ms < now_ms
               ? (uint64_t)((now_ms - created_ms) / DAY_MS)
               : 0;
}

static void show_waits(struct fl_call *call)
{
    struct fl_peer peer = {.number = 0};
    json_t *codes = json_array();
    struct fl_txn txn;

    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        if (peer.format == FL_PEER_NATIVE && peer.state != FL_PEER_REVOKED &&
            peer.keys_taken != call->node->rotation.key_id) {
            (void)json_array_append_new(codes, json_string(peer.code));
        }
    }
    fl_txn_abort(&txn);
    fl_output_json(call->output, "waits_for", N_("waits for"), codes);
}

static void show_next(struct fl_call *call)
{
    if (call->node->rotation.is_pending) {
        show_key(
            call->output, "next_fingerprint", N_("next fingerprint"),
            call->node->rotation.statement.new_signing);
        show_waits(call);
    }
}

FL_HANDLER(key_show)
{
    const struct fl_keys *keys = &call->node->keys;

    (void)out_error;
    fl_output_text(call->output, "code", N_("code"), call->node->identity->code);
    show_key(call->output, "fingerprint", N_("fingerprint"), keys->signing_public);
    fl_output_hex(
        call->output, "signing_id", N_("signing key"),
        (struct fl_bytes){keys->signing_id, sizeof(keys->signing_id)});
    fl_output_time(call->output, "signing_created", N_("made"), keys->signing_created_ms);
    fl_output_number(
        call->output, "signing_age_days", N_("days old"),
        days_since(keys->signing_created_ms));
    fl_output_time(
        call->output, "transport_created", N_("transport key made"),
        keys->transport_created_ms);
    fl_output_number(
        call->output, "transport_age_days", N_("days old"),
        days_since(keys->transport_created_ms));
    show_next(call);
    return FL_OK;
}

/* --- own keys --- */

/* In filiald at the end of the turn: its connections are opened with the new keys then.
 */
static enum fl_status switch_now(struct fl_call *call, struct fl_error *out_error)
{
    if (call->node->daemon == NULL) {
        return fl_key_rotation_switch(call->node, out_error);
    }
    if (!call->node->rotation.is_pending) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "no change of keys is going on; `filial key rotate` begins one");
    }
    call->node->rotation.switch_due = true;
    return FL_OK;
}

static enum fl_status begin(struct fl_call *call, struct fl_error *out_error)
{
    enum fl_status status = fl_key_rotation_begin(call->node, out_error);

    if (status != FL_OK) {
        return status;
    }
    show_key(
        call->output, "fingerprint", N_("fingerprint"), call->node->keys.signing_public);
    show_next(call);
    if (fl_key_rotation_waits(call->node) == 0) {
        return switch_now(call, out_error);
    }
    fl_output_say(
        call->output,
        _("The new keys are used once all of these have noted them, which they do when "
          "they "
          "connect. `filial key rotate --finish` does not wait; who has not noted them "
          "by "
          "then needs the file of `filial key statement`."));
    return FL_OK;
}

const struct fl_option fl_command_key_rotate_options[] = {
    {"finish", NULL, N_("use the new keys now, whoever has not noted them")},
    {"cancel", NULL, N_("give a change up that has not ended")},
    {NULL, NULL, NULL}};

FL_HANDLER(key_rotate)
{
    enum fl_status status = FL_OK;

    if (fl_call_has(call, "finish")) {
        show_next(call);
        status = switch_now(call, out_error);
    } else if (fl_call_has(call, "cancel")) {
        status = fl_key_rotation_cancel(call->node, out_error);
    } else {
        status = begin(call, out_error);
    }
    call->wrote = status == FL_OK;
    return status;
}

FL_HANDLER(key_statement)
{
    uint8_t bytes[FL_ROTATION_BYTES];
    char *path = fl_call_path(call, call->arguments[0]);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory") : FL_OK;

    if (status == FL_OK && !call->node->rotation.has_statement) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "this node has never changed its keys; `filial key rotate` does");
    }
    if (status == FL_OK) {
        fl_rotation_encode(&call->node->rotation.statement, bytes);
        status = fl_file_replace(
            path, 0600, (struct fl_bytes){bytes, sizeof(bytes)}, out_error);
    }
    if (status == FL_OK) {
        fl_output_text(call->output, "file", N_("file"), path);
    }
    fl_free(path);
    return status;
}

/* --- keys of others --- */

static enum fl_status finish(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_peer *peer,
    struct fl_error *out_error)
{
    fl_peers_put(txn, peer);
    if (fl_txn_commit(txn) != FL_OK) {
        return fl_change_txn_failure(txn, out_error);
    }
    call->wrote = true;
    fl_output_text(call->output, "code", N_("code"), peer->code);
    show_key(call->output, "fingerprint", N_("fingerprint"), peer->signing_key);
    return FL_OK;
}

static enum fl_status read_statement(
    struct fl_call *call,
    struct fl_rotation *out_rotation,
    struct fl_error *out_error)
{
    struct fl_buffer file;
    char *path = fl_call_path(call, call->arguments[1]);

    fl_buffer_init(&file, FL_ROTATION_BYTES + 1);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_read(path, FL_ROTATION_BYTES, &file, out_error);

    if (status == FL_OK) {
        status = fl_rotation_decode(fl_buffer_view(&file), out_rotation);
        if (status != FL_OK) {
            (void)fl_error_set(
                out_error, status, "%s is no file of `filial key statement`", path);
        }
    }
    fl_buffer_deinit(&file);
    fl_free(path);
    return status;
}

FL_HANDLER(key_accept)
{
    struct fl_rotation rotation;
    struct fl_peer peer;
    struct fl_txn txn;
    enum fl_status status = read_statement(call, &rotation, out_error);

    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    status = fl_call_peer(call, &txn, call->arguments[0], &peer, out_error);
    if (status == FL_OK) {
        status = fl_key_rotation_take(call->node, &rotation, &peer);
        if (status == FL_UNTRUSTED) {
            (void)fl_error_set(
                out_error, status,
                "this is not signed by the key that this node knows of %s: if its keys "
                "were changed twice, the first statement is needed first; else somebody "
                "else has made it",
                peer.code);
        }
        status = status == FL_NOT_FOUND ? FL_OK : status;
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    return finish(call, &txn, &peer, out_error);
}

FL_HANDLER(key_forget)
{
    struct fl_peer peer;
    struct fl_txn txn;

    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    enum fl_status status =
        fl_call_peer(call, &txn, call->arguments[0], &peer, out_error);

    if (status == FL_OK && peer.previous_key_until_ms == 0) {
        status = fl_error_set(
            out_error, FL_REFUSED, "%s has no former keys that count", peer.code);
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    fl_key_rotation_end(&peer);
    return finish(call, &txn, &peer, out_error);
}
