#include "enrolment_server.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "enrolment_place.h"
#include "log.h"
#include "storage/invitations.h"

enum { REQUESTS_PER_CALL_MAX = 64 };

struct fl_enrolment_server {
    struct fl_node *node;
    struct fl_transport *transport;
};

enum fl_status fl_enrolment_server_open(
    struct fl_node *node,
    struct fl_transport_context *context,
    const char *endpoint,
    struct fl_enrolment_server **out_server,
    struct fl_error *out_error)
{
    struct fl_enrolment_server *server = fl_alloc_zeroed(1, sizeof(*server));

    if (server == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    server->node = node;
    const enum fl_status status = fl_transport_listen(
        context, &node->keys, endpoint, FL_TRANSPORT_DOMAIN_ENROLMENT, &server->transport,
        out_error);
    if (status != FL_OK) {
        fl_enrolment_server_close(server);
        return status;
    }
    *out_server = server;
    return FL_OK;
}

void fl_enrolment_server_close(struct fl_enrolment_server *server)
{
    if (server == NULL) {
        return;
    }
    fl_transport_close(server->transport);
    fl_free(server);
}

int fl_enrolment_server_fd(const struct fl_enrolment_server *server)
{
    return fl_transport_fd(server->transport);
}

const char *fl_enrolment_server_endpoint(const struct fl_enrolment_server *server)
{
    return fl_transport_endpoint(server->transport);
}

/* --- what a request comes to --- */

/*
 * One branch and its keys: asking again is the same request, also with the incarnation
 * that the branch has got meanwhile.
 */
static void hash_applicant(
    const struct fl_enrolment_request *request,
    uint8_t out_hash[FL_INVITATION_HASH_BYTES])
{
    struct fl_hasher hasher;

    fl_hasher_init(&hasher);
    fl_hasher_add(
        &hasher, (struct fl_bytes){request->node.bytes, sizeof(request->node.bytes)});
    fl_hasher_add(
        &hasher, (struct fl_bytes){request->signing_key, sizeof(request->signing_key)});
    fl_hasher_add(
        &hasher,
        (struct fl_bytes){request->transport_key, sizeof(request->transport_key)});
    fl_hasher_add(&hasher, fl_bytes_of_text(request->code));
    fl_hasher_finish(&hasher, out_hash);
}

static void put_peer(
    const struct fl_node_plan *plan,
    struct fl_txn *txn,
    const struct fl_enrolment_request *request,
    const struct fl_invitation *invitation,
    int64_t now_ms)
{
    struct fl_peer peer = {
        .node = request->node,
        .role = plan->settings.kind == FL_PLAN_EQUAL ? FL_PEER_EQUAL : FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = invitation->approves ? FL_PEER_ACTIVE : FL_PEER_WAITING,
        .incarnation = request->incarnation,
        .created_ms = now_ms};

    memcpy(peer.plan, plan->hash, sizeof(peer.plan));
    memcpy(peer.plan_name, plan->name, sizeof(peer.plan_name));
    memcpy(peer.code, request->code, sizeof(peer.code));
    memcpy(peer.name, invitation->node_name, sizeof(peer.name));
    memcpy(peer.signing_key, request->signing_key, sizeof(peer.signing_key));
    memcpy(peer.transport_key, request->transport_key, sizeof(peer.transport_key));
    fl_peers_put(txn, &peer);
}

/* The invitation is used: may this be the one who used it and missed the answer? */
static enum fl_enrolment_reason decide_again(
    struct fl_txn *txn,
    const struct fl_enrolment_request *request,
    const struct fl_invitation *invitation)
{
    uint8_t applicant[FL_INVITATION_HASH_BYTES];
    struct fl_peer peer;

    hash_applicant(request, applicant);
    const bool is_same =
        memcmp(applicant, invitation->used_by, sizeof(applicant)) == 0 &&
        fl_peers_by_node(txn, invitation->plan, request->node, &peer) == FL_OK &&
        peer.state != FL_PEER_REVOKED;
    if (!is_same) {
        return FL_ENROLMENT_USED;
    }
    return peer.state == FL_PEER_WAITING ? FL_ENROLMENT_WAITING : FL_ENROLMENT_ACCEPTED;
}

/* Two nodes exchange by one plan: whom a connection is for must be plain from its key. */
static bool is_known(struct fl_node *node, struct fl_txn *txn, struct fl_uuid other)
{
    struct fl_peer peer;

    for (size_t i = 0; i < node->plans.count; i++) {
        if (fl_peers_by_node(txn, node->plans.items[i].hash, other, &peer) !=
            FL_NOT_FOUND) {
            return true;
        }
    }
    return false;
}

static enum fl_enrolment_reason decide_fresh(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_enrolment_request *request,
    const struct fl_invitation *invitation)
{
    struct fl_peer peer;

    if (strcmp(request->code, invitation->node_code) != 0) {
        return FL_ENROLMENT_OTHER_CODE;
    }
    const bool is_taken =
        strcmp(request->code, node->identity->code) == 0 ||
        fl_uuid_equal(request->node, node->identity->node) ||
        fl_peers_by_code(txn, invitation->plan, fl_bytes_of_text(request->code), &peer) !=
            FL_NOT_FOUND ||
        is_known(node, txn, request->node);
    return is_taken ? FL_ENROLMENT_NODE_TAKEN : FL_ENROLMENT_ACCEPTED;
}

static void note_joined(
    struct fl_txn *txn,
    const struct fl_enrolment_request *request,
    const struct fl_invitation *invitation)
{
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];
    char what[FL_AUDIT_WHAT_BYTES_MAX];

    fl_keys_fingerprint(request->signing_key, fingerprint);
    (void)snprintf(
        what, sizeof(what), "%s %s: %s", request->code, fingerprint,
        invitation->approves ? "let in" : "waits");
    fl_audit_event(txn, request->code, "join", what);
}

/* Writes what follows from the decision too, and the invitation; the caller commits. */
static enum fl_enrolment_reason decide(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_enrolment_request *request,
    int64_t now_ms,
    struct fl_invitation *invitation,
    bool *out_joined)
{
    uint8_t hash[FL_INVITATION_HASH_BYTES];

    fl_invitation_hash(request->secret, node->identity->installation, hash);
    const struct fl_node_plan *plan = NULL;

    if (fl_invitations_get(txn, hash, invitation) == FL_OK) {
        plan = fl_plans_find(&node->plans, invitation->plan);
    }
    if (!plan) {
        return FL_ENROLMENT_UNKNOWN_INVITATION;
    }
    if (invitation->used) {
        return decide_again(txn, request, invitation);
    }
    if (now_ms >= invitation->expires_ms) {
        return FL_ENROLMENT_EXPIRED;
    }
    if (invitation->attempts >= FL_ENROLMENT_ATTEMPTS_MAX) {
        return FL_ENROLMENT_ATTEMPTS;
    }
    enum fl_enrolment_reason reason = decide_fresh(node, txn, request, invitation);
    invitation->attempts++;
    if (reason == FL_ENROLMENT_ACCEPTED) {
        invitation->used = true;
        invitation->used_ms = now_ms;
        hash_applicant(request, invitation->used_by);
        put_peer(plan, txn, request, invitation, now_ms);
        note_joined(txn, request, invitation);
        reason = invitation->approves ? reason : FL_ENROLMENT_WAITING;
        *out_joined = true;
    }
    fl_invitations_put(txn, invitation);
    return reason;
}

/* --- answers --- */

/* Who has no invitation could fill the log: that is for debugging only. */
static void log_outcome(
    const struct fl_enrolment_request *request,
    enum fl_enrolment_reason reason,
    bool joined)
{
    if (joined && reason == FL_ENROLMENT_WAITING) {
        char fingerprint[FL_FINGERPRINT_TEXT_BYTES];

        fl_keys_fingerprint(request->signing_key, fingerprint);
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_ENROLMENT_WAITING, "code=%s node=%s fingerprint=%s",
            fl_log_value(request->code).text, fl_uuid_text(request->node).text,
            fl_log_value(fingerprint).text);
    } else if (joined) {
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_ENROLMENT_JOINED, "code=%s node=%s",
            fl_log_value(request->code).text, fl_uuid_text(request->node).text);
    } else if (reason != FL_ENROLMENT_ACCEPTED && reason != FL_ENROLMENT_WAITING) {
        fl_log(
            reason == FL_ENROLMENT_UNKNOWN_INVITATION ? FL_LOG_DEBUG : FL_LOG_WARN,
            FL_LOG_EVENT_ENROLMENT_REFUSED, "code=%s outcome=%s",
            fl_log_value(request->code).text, fl_enrolment_reason_name(reason));
    }
}

static void fill_accepted(
    const struct fl_node *node,
    const struct fl_invitation *invitation,
    struct fl_enrolment_answer *answer)
{
    answer->parent = node->identity->node;
    answer->parent_incarnation = node->identity->incarnation;
    memcpy(
        answer->configuration_hash, node->configuration->hash,
        sizeof(answer->configuration_hash));
    memcpy(answer->code, invitation->node_code, sizeof(answer->code));
    memcpy(answer->name, invitation->node_name, sizeof(answer->name));
    memcpy(answer->parent_code, node->identity->code, sizeof(answer->parent_code));
    memcpy(answer->parent_name, node->name, sizeof(answer->parent_name));
}

static bool is_acceptance(const struct fl_enrolment_answer *answer)
{
    return answer->reason == FL_ENROLMENT_ACCEPTED ||
           answer->reason == FL_ENROLMENT_WAITING;
}

void fl_enrolment_decide(
    struct fl_node *node,
    const struct fl_enrolment_request *request,
    int64_t now_ms,
    struct fl_enrolment_answer *answer,
    bool *out_joined)
{
    struct fl_invitation invitation;
    struct fl_error error;
    struct fl_txn txn;
    bool joined = false;

    if (fl_enrolment_place_find(
            node, FL_ENROLMENT_PLACE_SESSIONS, answer->endpoint, &error) != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_ENROLMENT_REFUSED, "error=%s",
            fl_log_value(error.text).text);
        answer->reason = FL_ENROLMENT_BUSY;
        return;
    }
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    answer->reason = decide(node, &txn, request, now_ms, &invitation, &joined);
    if (fl_txn_commit(&txn) != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_STORE_FAILED, "error=%s",
            fl_log_value(fl_txn_error(&txn)->text).text);
        answer->reason = FL_ENROLMENT_BUSY;
        joined = false;
    }
    if (is_acceptance(answer)) {
        fill_accepted(node, &invitation, answer);
    }
    log_outcome(request, answer->reason, joined);
    *out_joined = *out_joined || joined;
}

/* An address or a name of ours that no answer can carry: the log tells which. */
bool fl_enrolment_encode_answer(
    struct fl_enrolment_answer *answer,
    struct fl_buffer *out_buffer)
{
    if (fl_enrolment_answer_encode(answer, out_buffer) == FL_OK) {
        return true;
    }
    fl_log(
        FL_LOG_ERROR, FL_LOG_EVENT_ENROLMENT_REFUSED, "name=%s endpoint=%s",
        fl_log_value(answer->parent_name).text, fl_log_value(answer->endpoint).text);
    answer->reason = FL_ENROLMENT_BUSY;
    fl_buffer_clear(out_buffer);
    return fl_enrolment_answer_encode(answer, out_buffer) == FL_OK;
}

static void send_answer(
    struct fl_enrolment_server *server,
    const struct fl_transport_address *to,
    struct fl_enrolment_answer *answer)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_ENROLMENT_ANSWER_BYTES_MAX);
    if (fl_enrolment_encode_answer(answer, &buffer)) {
        /* Gone or slow: the branch asks again and gets the same answer. */
        (void)fl_transport_send(
            server->transport, to, fl_buffer_view(&buffer), (struct fl_bytes){.size = 0});
    }
    fl_buffer_deinit(&buffer);
}

/* A connection of another key than the request names could be anybody's with a copy. */
static bool read_request(
    const struct fl_node *node,
    const struct fl_transport_frame *frame,
    struct fl_enrolment_request *out_request)
{
    return fl_enrolment_request_decode(
               frame->bytes, node->keys.signing_public, out_request) == FL_OK &&
           memcmp(out_request->transport_key, frame->key, sizeof(frame->key)) == 0;
}

static void answer_one(
    struct fl_enrolment_server *server,
    const struct fl_transport_frame *frame,
    int64_t now_ms,
    bool *out_joined)
{
    const struct fl_identity *identity = server->node->identity;
    struct fl_enrolment_answer answer = {.reason = FL_ENROLMENT_MALFORMED};
    struct fl_enrolment_request request;

    fl_enrolment_request_hash(frame->bytes, answer.request_hash);
    if (read_request(server->node, frame, &request)) {
        if (!fl_uuid_equal(request.installation, identity->installation)) {
            answer.reason = FL_ENROLMENT_OTHER_INSTALLATION;
        } else if (!fl_uuid_equal(request.centre, identity->node)) {
            answer.reason = FL_ENROLMENT_OTHER_CENTRE;
        } else {
            fl_enrolment_decide(server->node, &request, now_ms, &answer, out_joined);
        }
        fl_wipe(&request, sizeof(request));
    } else {
        fl_log(
            FL_LOG_DEBUG, FL_LOG_EVENT_FRAME_DROPPED, "reason=no_request bytes=%zu",
            frame->bytes.size);
    }
    send_answer(server, &frame->from, &answer);
}

bool fl_enrolment_serve(
    struct fl_enrolment_server *server,
    int64_t now_ms,
    bool *out_joined)
{
    struct fl_transport_frame frame;

    for (size_t i = 0; i < REQUESTS_PER_CALL_MAX; i++) {
        if (fl_transport_receive(server->transport, &frame) != FL_OK) {
            return false;
        }
        answer_one(server, &frame, now_ms, out_joined);
    }
    return true;
}
