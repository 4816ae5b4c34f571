/*
 * Keys change while nodes exchange. Who changes them shows the statement behind each of
 * its greetings until the peer has noted it; until all have, it signs with the old keys.
 * Who is shown it accepts both from then on, until so many messages came under the new
 * ones, or the operator's time is over.
 */

#include <inttypes.h>
#include <string.h>

#include "audit/audit.h"
#include "change/change.h"
#include "key/rotation.h"
#include "log.h"
#include "replicator/link.h"

void fl_link_show_keys(struct fl_link *link, const struct fl_frame *greeting)
{
    const struct fl_rotation_state *state = &link->replicator->node->rotation;
    struct fl_frame frame = *greeting;

    if (!state->has_statement || link->peer.keys_taken == state->key_id) {
        return;
    }
    frame.kind = FL_FRAME_KEYS;
    fl_rotation_encode(&state->statement, frame.rotation);
    fl_link_send_frame(link, &frame);
}

static bool keep(struct fl_link *link, const struct fl_peer *peer, const char *what)
{
    struct fl_node *node = link->replicator->node;
    struct fl_peer changed = *peer;
    struct fl_error error;
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    fl_peers_put(&txn, &changed);
    fl_audit_event(&txn, peer->code, "key rotate", what);
    if (fl_txn_commit(&txn) != FL_OK) {
        (void)fl_change_txn_failure(&txn, &error);
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_STORE_FAILED, "error=%s",
            fl_log_value(error.text).text);
        return false;
    }
    link->peer = changed;
    node->revision++;
    return true;
}

/* They are noted before that is said. */
static void take_statement(struct fl_link *link, const struct fl_frame *frame)
{
    struct fl_node *node = link->replicator->node;
    struct fl_frame answer = {
        .kind = FL_FRAME_KEYS_TAKEN,
        .nonce = frame->nonce,
        .sender_incarnation = node->identity->incarnation,
        .receiver_incarnation = frame->sender_incarnation};
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];
    uint8_t id[FL_KEY_ID_BYTES];
    struct fl_rotation rotation;
    struct fl_peer peer = link->peer;
    enum fl_status status = fl_rotation_decode(
        (struct fl_bytes){frame->rotation, sizeof(frame->rotation)}, &rotation);

    if (status == FL_OK) {
        status = fl_key_rotation_take(node, &rotation, &peer);
    }
    if (status != FL_OK && status != FL_NOT_FOUND) {
        fl_link_drop_frame(link, "signature_of_keys");
        return;
    }
    if (status == FL_OK) {
        fl_keys_fingerprint(peer.signing_key, fingerprint);
        if (!keep(link, &peer, fingerprint)) {
            return;
        }
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_KEYS_TAKEN, "peer=%s fingerprint=%s",
            link->peer.code, fl_log_value(fingerprint).text);
    }
    fl_key_id(rotation.new_signing, id);
    answer.key_id = fl_load_u64(id);
    fl_link_send_frame(link, &answer);
}

static void take_answer(struct fl_link *link, const struct fl_frame *frame)
{
    struct fl_node *node = link->replicator->node;
    struct fl_peer peer = link->peer;

    if (!node->rotation.has_statement || frame->key_id != node->rotation.key_id) {
        fl_link_drop_frame(link, "unexpected");
        return;
    }
    if (peer.keys_taken != frame->key_id) {
        peer.keys_taken = frame->key_id;
        if (!keep(link, &peer, "noted")) {
            return;
        }
    }
    if (node->rotation.is_pending && fl_key_rotation_waits(node) == 0) {
        node->rotation.switch_due = true;
    }
}

void fl_link_take_keys(struct fl_link *link, const struct fl_frame *frame)
{
    if (frame->kind == FL_FRAME_KEYS) {
        take_statement(link, frame);
    } else {
        take_answer(link, frame);
    }
}

static void end_keys(struct fl_link *link)
{
    fl_key_rotation_end(&link->peer);
    link->replicator->node->revision++;
    fl_log(FL_LOG_INFO, FL_LOG_EVENT_KEYS_ENDED, "peer=%s", link->peer.code);
}

void fl_link_count_keys(struct fl_link *link, const uint8_t key_id[FL_KEY_ID_BYTES])
{
    struct fl_peer *peer = &link->peer;
    uint8_t id[FL_KEY_ID_BYTES];

    if (peer->previous_key_until_ms == 0) {
        return;
    }
    fl_key_id(peer->signing_key, id);
    if (memcmp(id, key_id, sizeof(id)) != 0) {
        return;
    }
    if (peer->previous_key_until_ms == INT64_MAX) {
        peer->previous_key_until_ms =
            fl_node_now_ms() + (int64_t)link->replicator->node->settings.key_overlap_ms;
    }
    if (peer->previous_key_messages > 1) {
        peer->previous_key_messages--;
    } else {
        end_keys(link);
    }
}

void fl_replicator_end_keys(struct fl_replicator *replicator)
{
    const int64_t now_ms = fl_node_now_ms();

    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];
        struct fl_peer peer = link->peer;

        if (peer.state == FL_PEER_ACTIVE && peer.previous_key_until_ms != 0 &&
            now_ms >= peer.previous_key_until_ms) {
            fl_key_rotation_end(&peer);
            if (keep(link, &peer, "former keys ended")) {
                fl_log(FL_LOG_INFO, FL_LOG_EVENT_KEYS_ENDED, "peer=%s", peer.code);
            }
        }
    }
}
