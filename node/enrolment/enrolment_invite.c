#include "enrolment_server.h"

#include <inttypes.h>
#include <string.h>

#include "change/change.h"
#include "enrolment_place.h"
#include "log.h"
#include "storage/invitations.h"

/* --- what is asked for --- */

static enum fl_status check_word(
    const char *what,
    const char *text,
    size_t bytes_max,
    struct fl_error *out_error)
{
    const struct fl_bytes bytes = fl_bytes_of_text(text);

    if (bytes.size == 0 || bytes.size > bytes_max || !fl_bytes_are_utf8(bytes)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s must be UTF-8 text of 1 to %zu bytes", what,
            bytes_max);
    }
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] < ' ' || bytes.data[i] == '/' || bytes.data[i] == 0x7F) {
            return fl_error_set(
                out_error, FL_MALFORMED,
                "%s \"%s\" must not contain / or control characters", what, text);
        }
    }
    return FL_OK;
}

static enum fl_status check_free(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_txn *txn,
    const char *code,
    struct fl_error *out_error)
{
    struct fl_peer peer;

    if (strcmp(code, node->identity->code) == 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "\"%s\" is the code of this node itself", code);
    }
    const enum fl_status status =
        fl_peers_by_code(txn, plan->hash, fl_bytes_of_text(code), &peer);
    if (status == FL_OK) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "there is a node with the code \"%s\" already; `filial node list` shows it",
            code);
    }
    return status == FL_NOT_FOUND ? FL_OK : fl_change_txn_failure(txn, out_error);
}

/* --- the invitation --- */

/* Those of the same code that nobody has used, and all that have expired unused. */
static void prune(struct fl_txn *txn, const char *code, int64_t now_ms)
{
    uint8_t last[FL_INVITATION_HASH_BYTES];
    const uint8_t *after = NULL;
    struct fl_invitation invitation;

    while (fl_invitations_next(txn, after, &invitation) == FL_OK) {
        memcpy(last, invitation.hash, sizeof(last));
        after = last;
        if (!invitation.used &&
            (strcmp(invitation.node_code, code) == 0 || invitation.expires_ms < now_ms)) {
            fl_invitations_remove(txn, last);
        }
    }
}

static void fill_token(
    const struct fl_node *node,
    const struct fl_node_plan *plan,
    const struct fl_invitation *invitation,
    struct fl_enrolment_invitation *token)
{
    token->installation = node->identity->installation;
    token->centre = node->identity->node;
    memcpy(
        token->centre_signing_key, node->keys.signing_public,
        sizeof(token->centre_signing_key));
    memcpy(
        token->centre_transport_key, node->keys.transport_public,
        sizeof(token->centre_transport_key));
    memcpy(token->plan, plan->name, sizeof(token->plan));
    token->kind = plan->settings.kind;
    memcpy(token->code, invitation->node_code, sizeof(token->code));
    token->expires_s = (uint64_t)invitation->expires_ms / 1000;
}

static enum fl_status keep_invitation(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    const struct fl_invitation *invitation,
    struct fl_error *out_error)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    const enum fl_status status =
        check_free(node, plan, &txn, invitation->node_code, out_error);
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    prune(&txn, invitation->node_code, invitation->created_ms);
    fl_invitations_put(&txn, invitation);
    return fl_change_commit(&txn, out_error);
}

enum fl_status fl_enrolment_invite(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    const char *code,
    const char *name,
    uint64_t expires_ms,
    bool approves,
    struct fl_buffer *out_token,
    struct fl_error *out_error)
{
    struct fl_invitation invitation = {.created_ms = fl_node_now_ms()};
    struct fl_enrolment_invitation token = {.expires_s = 0};
    char sessions[FL_ENROLMENT_ENDPOINT_BYTES_MAX + 1];
    enum fl_status status =
        check_word("a branch's code", code, FL_CODE_BYTES_MAX, out_error);

    if (status == FL_OK) {
        status = check_word("a branch's name", name, FL_NAME_BYTES_MAX, out_error);
    }
    if (status == FL_OK) {
        status = fl_enrolment_place_find(
            node, FL_ENROLMENT_PLACE_REQUESTS, token.endpoint, out_error);
    }
    /* What the answer will need: better missed now than at the branch. */
    if (status == FL_OK) {
        status = fl_enrolment_place_find(
            node, FL_ENROLMENT_PLACE_SESSIONS, sessions, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    memcpy(invitation.node_code, code, strlen(code) + 1);
    memcpy(invitation.node_name, name, strlen(name) + 1);
    memcpy(invitation.plan, plan->hash, sizeof(invitation.plan));
    invitation.approves = approves;
    invitation.expires_ms = invitation.created_ms + (int64_t)expires_ms;
    fl_random(token.secret, sizeof(token.secret));
    fill_token(node, plan, &invitation, &token);
    fl_invitation_hash(token.secret, token.installation, invitation.hash);
    status = keep_invitation(node, plan, &invitation, out_error);
    if (status == FL_OK) {
        status = fl_enrolment_token_encode(&token, out_token);
        if (status != FL_OK) {
            status = fl_error_set(
                out_error, status,
                "the invitation cannot be written: memory, or the address \"%s\"",
                token.endpoint);
        }
    }
    fl_wipe(&token, sizeof(token));
    if (status == FL_OK) {
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_ENROLMENT_INVITED, "code=%s minutes=%" PRIu64,
            fl_log_value(code).text, expires_ms / 60000);
    }
    return status;
}
