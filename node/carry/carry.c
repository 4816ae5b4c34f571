#include "carry/carry.h"

#include <string.h>

#include "change/change.h"
#include "log.h"
#include "proto/carry.h"
#include "replicator/link.h"
#include "storage/messages.h"
#include "storage/registered.h"

enum { TIDY_CALLS_MAX = 100000 };

enum fl_status fl_carry_write_confirm(
    struct fl_link *link,
    const char *path,
    struct fl_error *out_error)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_peer_stream theirs = {
        .peer = link->peer.number, .incarnation = link->peer.incarnation};
    struct fl_confirmation confirmation = {
        .installation = node->identity->installation,
        .confirmer = node->identity->node,
        .sender = link->peer.node};
    uint8_t bytes[FL_CARRY_CONFIRM_BYTES];
    struct fl_stored_position position;
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_positions_get(&txn, theirs, &position);

    fl_txn_abort(&txn);
    if (status != FL_OK || position.number == 0) {
        return FL_NOT_FOUND;
    }
    memcpy(confirmation.plan, link->peer.plan, sizeof(confirmation.plan));
    confirmation.position.incarnation = link->peer.incarnation;
    confirmation.position.number = position.number;
    memcpy(confirmation.position.hash, position.hash, sizeof(position.hash));
    fl_carry_confirm_seal(&confirmation, node->keys.signing, bytes);
    return fl_file_replace(
        path, 0600, (struct fl_bytes){bytes, sizeof(bytes)}, out_error);
}

/* --- in --- */

static struct fl_link *find_link(
    struct fl_replicator *replicator,
    const struct fl_confirmation *confirmation)
{
    struct fl_link *link;

    for (size_t i = 0; (link = fl_replicator_link(replicator, i)); i++) {
        if (link->peer.state == FL_PEER_ACTIVE &&
            fl_uuid_equal(link->peer.node, confirmation->confirmer) &&
            memcmp(link->peer.plan, confirmation->plan, sizeof(link->peer.plan)) == 0) {
            return link;
        }
    }
    return NULL;
}

/* In slices: what was registered beside the position goes with it. */
static enum fl_status forget_registered(struct fl_link *link, struct fl_error *out_error)
{
    struct fl_node *node = link->replicator->node;
    struct fl_peer_stream stream = {
        .peer = link->peer.number, .incarnation = link->peer.confirmed_incarnation};
    struct fl_key from = {.type = 0};
    bool more = true;

    for (int i = 0; more && i < TIDY_CALLS_MAX; i++) {
        struct fl_txn txn;

        fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
        more = fl_registered_confirm(
            &txn, stream, link->peer.confirmed_number, link->peer.confirmed_lsn, &from);
        if (fl_txn_commit(&txn) != FL_OK) {
            return fl_change_txn_failure(&txn, out_error);
        }
    }
    return FL_OK;
}

static enum fl_status record(
    struct fl_link *link,
    const struct fl_confirmation *confirmation,
    struct fl_carry_confirmed *confirmed,
    struct fl_error *out_error)
{
    struct fl_node *node = link->replicator->node;
    struct fl_peer_stream ours = {
        .peer = link->peer.number, .incarnation = confirmation->position.incarnation};
    const uint64_t number = confirmation->position.number;
    struct fl_sent_message sent;
    struct fl_txn txn;

    confirmed->number = number;
    if (fl_uuid_equal(link->peer.confirmed_incarnation, ours.incarnation) &&
        number <= link->peer.confirmed_number) {
        return FL_OK;
    }
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    if (fl_messages_find(&txn, ours, number, confirmation->position.hash, &sent) !=
        FL_OK) {
        fl_txn_abort(&txn);
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s confirms message %llu, which this node has not sent like that: was it "
            "restored? Let the two connect once",
            link->peer.code, (unsigned long long)number);
    }
    link->peer.confirmed_number = number;
    link->peer.confirmed_incarnation = ours.incarnation;
    link->peer.confirmed_lsn = sent.lsn_to;
    link->peer.last_confirmed_ms = fl_node_now_ms();
    fl_messages_prune(&txn, ours, number);
    fl_registered_forget(&txn, link->peer.number, number);
    fl_link_put_confirmed(link, &txn);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    confirmed->is_new = true;
    return forget_registered(link, out_error);
}

enum fl_status fl_carry_take_confirm(
    struct fl_replicator *replicator,
    struct fl_bytes bytes,
    struct fl_carry_confirmed *out_confirmed,
    struct fl_error *out_error)
{
    const struct fl_identity *identity = replicator->node->identity;
    struct fl_carry_confirmed confirmed = {.number = 0};
    struct fl_confirmation confirmation;
    uint8_t signature[FL_SIGNATURE_BYTES];

    if (fl_carry_confirm_open(bytes, &confirmation, signature) != FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED, "this is no confirmation of Filial, or is damaged");
    }
    if (!fl_uuid_equal(confirmation.installation, identity->installation) ||
        !fl_uuid_equal(confirmation.sender, identity->node) ||
        !fl_uuid_equal(confirmation.position.incarnation, identity->incarnation)) {
        return FL_NOT_FOUND;
    }
    struct fl_link *link = find_link(replicator, &confirmation);

    if (!link) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the confirmation is from a node that this one does not exchange with");
    }
    if (fl_confirmation_verify(&confirmation, link->peer.signing_key, signature) !=
            FL_OK &&
        fl_confirmation_verify(
            &confirmation, link->peer.previous_signing_key, signature) != FL_OK) {
        return fl_error_set(
            out_error, FL_UNTRUSTED, "the confirmation is not signed by %s",
            link->peer.code);
    }
    memcpy(confirmed.code, link->peer.code, sizeof(confirmed.code));
    enum fl_status status = record(link, &confirmation, &confirmed, out_error);

    if (status == FL_OK) {
        *out_confirmed = confirmed;
    }
    return status;
}
