#include "enrolment_client.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "change/change.h"
#include "log.h"
#include "plan/tree.h"
#include "proto/enrolment.h"
#include "replicator/transport.h"

/* How long nobody need be there; and an answer may take over a bad line. */
enum { REACH_MS = 10000, WAIT_MS = 45000, RETRY_MS = 50 };

/* --- before anybody is asked: an invitation is used once --- */

static enum fl_status check_token(
    const struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    struct fl_error *out_error)
{
    if (strcmp(token->code, node->identity->code) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the invitation is for the node \"%s\", and the code of this node is "
            "\"%s\"; ask for one with `filial invite %s`",
            token->code, node->identity->code, node->identity->code);
    }
    if (fl_uuid_equal(token->centre, node->identity->node)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "this node made the invitation itself; use it in the "
            "directory of the branch");
    }
    return FL_OK;
}

/* What cannot go with a new parent: another parent, children and peers left behind. */
static enum fl_status check_peer(
    const struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    bool adopts_plan,
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    if (token->kind == FL_PLAN_TREE && peer->role == FL_PEER_PARENT &&
        peer->format == FL_PEER_NATIVE && peer->state != FL_PEER_REVOKED &&
        strcmp(peer->plan_name, token->plan) == 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "this node has a parent already: %s (%s); `filial node leave %s` ends that",
            peer->code, peer->name, peer->code);
    }
    if (fl_uuid_equal(peer->node, token->centre)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "this node knows the one that invites it already, as \"%s\"; `filial node "
            "list` shows it",
            peer->code);
    }
    if (peer->format == FL_PEER_NATIVE && peer->state != FL_PEER_REVOKED &&
        !fl_uuid_equal(token->installation, node->identity->installation)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the invitation is of another tree, and this node exchanges with %s in its "
            "own: it must join its parent before others join it",
            peer->code);
    }
    if (adopts_plan && strcmp(token->plan, node->plan) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the parent's plan is \"%s\", and this node has peers in its plan \"%s\" "
            "(%s)",
            token->plan, node->plan, peer->code);
    }
    return FL_OK;
}

/* The first tree that a node joins is its own plan; others are side plans. */
static bool adopts_plan(struct fl_txn *txn, const struct fl_enrolment_invitation *token)
{
    struct fl_peer parent;

    return token->kind == FL_PLAN_TREE && fl_node_parent(txn, &parent) == FL_NOT_FOUND;
}

static enum fl_status check_peers(
    struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool adopts = adopts_plan(&txn, token);

    while (status == FL_OK && fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        status = check_peer(node, token, adopts, &peer, out_error);
    }
    if (status == FL_OK && fl_txn_status(&txn) != FL_OK) {
        status = fl_change_txn_failure(&txn, out_error);
    }
    fl_txn_abort(&txn);
    return status;
}

/* --- the question --- */

enum fl_status fl_enrolment_make_request(
    const struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    struct fl_buffer *out_request)
{
    struct fl_enrolment_request request = {
        .installation = token->installation,
        .centre = token->centre,
        .node = node->identity->node,
        .incarnation = node->identity->incarnation};

    memcpy(request.secret, token->secret, sizeof(request.secret));
    memcpy(request.code, node->identity->code, sizeof(request.code));
    memcpy(
        request.transport_key, node->keys.transport_public,
        sizeof(request.transport_key));
    const enum fl_status status = fl_enrolment_request_encode(
        &request, token->centre_signing_key, node->keys.signing, out_request);
    fl_wipe(&request, sizeof(request));
    return status;
}

static uint64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct question {
    struct fl_transport *transport;
    struct fl_bytes request;
    uint8_t request_hash[FL_HASH_BYTES];
    uint64_t begun_ms;
    uint64_t end_ms;
    bool must_send; /* connected, and not sent in this connection yet */
    bool answered;
    bool refused;
    struct fl_enrolment_answer answer;
};

/* All that is there, for the descriptors tell of changes only. True: look again. */
static bool advance(struct question *question)
{
    const enum fl_transport_event event = fl_transport_next_event(question->transport);
    struct fl_transport_frame frame;

    if (event == FL_TRANSPORT_REACHED) {
        question->end_ms = question->begun_ms + WAIT_MS;
    }
    if (event == FL_TRANSPORT_CONNECTED) {
        question->must_send = true;
    }
    if (event == FL_TRANSPORT_HANDSHAKE_FAILED) {
        question->refused = true;
        return false;
    }
    if (question->must_send && fl_transport_send(
                                   question->transport, NULL, question->request,
                                   (struct fl_bytes){.size = 0}) == FL_OK) {
        question->must_send = false;
    }
    const bool has_frame = fl_transport_receive(question->transport, &frame) == FL_OK;
    if (has_frame) {
        question->answered =
            fl_enrolment_answer_decode(
                frame.bytes, question->request_hash, &question->answer) == FL_OK;
    }
    return !question->answered && (has_frame || event != FL_TRANSPORT_NONE);
}

static void wait_answer(struct question *question)
{
    question->begun_ms = monotonic_ms();
    question->end_ms = question->begun_ms + REACH_MS;
    for (;;) {
        while (advance(question)) {
        }
        const uint64_t now_ms = monotonic_ms();
        if (question->answered || question->refused || now_ms >= question->end_ms) {
            return;
        }
        struct pollfd descriptors[] = {
            {.fd = fl_transport_fd(question->transport), .events = POLLIN},
            {.fd = fl_transport_monitor_fd(question->transport), .events = POLLIN},
        };
        const int wait_ms =
            question->must_send ? RETRY_MS : (int)(question->end_ms - now_ms);
        (void)poll(descriptors, 2, wait_ms); /* interrupted: looked at again */
    }
}

static enum fl_status explain_silence(
    const struct question *question,
    const struct fl_enrolment_invitation *token,
    struct fl_error *out_error)
{
    const int waited_s = (int)((question->end_ms - question->begun_ms) / 1000);

    if (question->refused) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s refused the connection: the invitation was made for another node, or "
            "another program listens there",
            token->endpoint);
    }
    if (token->expires_s < (uint64_t)fl_node_now_ms() / 1000) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "no answer from %s within %d s; the invitation seems to have expired too: "
            "ask for a new one",
            token->endpoint, waited_s);
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "no answer from %s within %d s: does filiald run there, and do firewalls let "
        "its port through? The invitation is still good",
        token->endpoint, waited_s);
}

static enum fl_status ask(
    struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    struct fl_enrolment_answer *out_answer,
    struct fl_error *out_error)
{
    struct question question = {.transport = NULL};
    struct fl_transport_context *context = NULL;
    struct fl_buffer request;

    fl_buffer_init(&request, FL_ENROLMENT_REQUEST_BYTES_MAX);
    enum fl_status status = fl_enrolment_make_request(node, token, &request);
    if (status != FL_OK) {
        status = fl_error_set(out_error, status, "the request cannot be made");
    }
    if (status == FL_OK) {
        status = fl_transport_context_new(&context, out_error);
    }
    if (status == FL_OK) {
        status = fl_transport_connect(
            context, &node->keys, token->endpoint, token->centre_transport_key,
            &question.transport, out_error);
    }
    if (status == FL_OK) {
        question.request = fl_buffer_view(&request);
        fl_enrolment_request_hash(question.request, question.request_hash);
        wait_answer(&question);
        if (question.answered) {
            *out_answer = question.answer;
        } else {
            status = explain_silence(&question, token, out_error);
        }
    }
    fl_transport_close(question.transport);
    fl_transport_context_free(context);
    if (request.data != NULL) {
        fl_wipe(request.data, request.capacity);
    }
    fl_buffer_deinit(&request);
    return status;
}

/* --- the answer --- */

static enum fl_status explain(
    const struct fl_enrolment_invitation *token,
    const struct fl_enrolment_answer *answer,
    struct fl_error *out_error)
{
    const char *code = token->code;

    switch (answer->reason) {
    case FL_ENROLMENT_ACCEPTED:
    case FL_ENROLMENT_WAITING:
        return FL_OK;
    case FL_ENROLMENT_UNKNOWN_INVITATION:
        return fl_error_set(
            out_error, FL_REFUSED,
            "the parent does not know this invitation: a later one for \"%s\" took its "
            "place, or it was withdrawn; ask for a new one",
            code);
    case FL_ENROLMENT_EXPIRED:
        return fl_error_set(
            out_error, FL_REFUSED,
            "the invitation has expired, by the clock of the parent; ask for a new one");
    case FL_ENROLMENT_USED:
        return fl_error_set(
            out_error, FL_REFUSED,
            "another node has used this invitation; if that was not you, tell the people "
            "of the parent: `filial node revoke %s` shuts it out",
            code);
    case FL_ENROLMENT_ATTEMPTS:
        return fl_error_set(
            out_error, FL_REFUSED,
            "the invitation was tried too often and counts no more; ask for a new one");
    case FL_ENROLMENT_OTHER_INSTALLATION:
    case FL_ENROLMENT_OTHER_CENTRE:
        return fl_error_set(
            out_error, FL_REFUSED,
            "another node answers at %s than the one that made the invitation, or it has "
            "joined a parent since; ask for a new one",
            token->endpoint);
    case FL_ENROLMENT_OTHER_CODE:
        return fl_error_set(
            out_error, FL_REFUSED,
            "the parent made this invitation for another code than \"%s\"", code);
    case FL_ENROLMENT_NODE_TAKEN:
        return fl_error_set(
            out_error, FL_REFUSED,
            "the parent has a node with the code \"%s\", or this very node, already; "
            "`filial node list` shows it there",
            code);
    case FL_ENROLMENT_MALFORMED:
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "the parent does not understand the request: it runs another version of "
            "filial, or the files in keys/ are not of one node");
    case FL_ENROLMENT_BUSY:
        return fl_error_set(
            out_error, FL_BUSY,
            "the parent cannot take in a node just now, its log tells why; try again "
            "later with the same invitation");
    }
    return fl_error_set(
        out_error, FL_UNSUPPORTED, "the answer of the parent is of another version");
}

static void fill_parent(
    const struct fl_enrolment_invitation *token,
    const struct fl_enrolment_answer *answer,
    struct fl_peer *out_peer)
{
    *out_peer = (struct fl_peer){
        .node = token->centre,
        .role = token->kind == FL_PLAN_EQUAL ? FL_PEER_EQUAL : FL_PEER_PARENT,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE,
        .incarnation = answer->parent_incarnation,
        .created_ms = fl_node_now_ms()};
    fl_plan_hash(token->plan, out_peer->plan);
    memcpy(out_peer->plan_name, token->plan, sizeof(out_peer->plan_name));
    memcpy(out_peer->code, answer->parent_code, sizeof(out_peer->code));
    memcpy(out_peer->name, answer->parent_name, sizeof(out_peer->name));
    memcpy(out_peer->endpoint, answer->endpoint, sizeof(answer->endpoint));
    memcpy(
        out_peer->signing_key, token->centre_signing_key, sizeof(out_peer->signing_key));
    memcpy(
        out_peer->transport_key, token->centre_transport_key,
        sizeof(out_peer->transport_key));
}

static enum fl_status keep_parent(
    struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    const struct fl_enrolment_answer *answer,
    struct fl_error *out_error)
{
    struct fl_peer parent;
    struct fl_peer known;
    struct fl_txn txn;

    fill_parent(token, answer, &parent);
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    if (fl_peers_by_code(&txn, parent.plan, fl_bytes_of_text(parent.code), &known) ==
        FL_OK) {
        fl_txn_abort(&txn);
        return fl_error_set(
            out_error, FL_REFUSED,
            "the parent accepted, but its code \"%s\" is one of another peer here; "
            "nothing was changed on this side",
            parent.code);
    }
    bool adopts = adopts_plan(&txn, token);

    parent.begin_lsn = fl_tree_left_lsn(&txn, &parent, token->installation);
    parent.confirmed_lsn = parent.begin_lsn;
    fl_store_put_installation(&txn, token->installation);
    if (adopts && strcmp(token->plan, node->plan) != 0) {
        fl_node_put_plan(&txn, token->plan);
    }
    fl_peers_put(&txn, &parent);
    return fl_change_commit(&txn, out_error);
}

/* A warning only: the parent's configuration may come later. */
static void compare_configurations(
    const struct fl_node *node,
    const struct fl_enrolment_answer *answer)
{
    if (node->configuration_number != 0 &&
        memcmp(
            node->configuration->hash, answer->configuration_hash,
            sizeof(answer->configuration_hash)) != 0) {
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_CONFIGURATION_DIFFERS,
            "peer=%s hint=\"load the same configuration on both sides\"",
            fl_log_value(answer->parent_code).text);
    }
}

enum fl_status fl_enrolment_check(
    struct fl_node *node,
    const char *token_text,
    struct fl_enrolment_invitation *out_token,
    struct fl_error *out_error)
{
    enum fl_status status =
        fl_enrolment_token_decode(fl_bytes_of_text(token_text), out_token, out_error);

    if (status == FL_OK) {
        status = check_token(node, out_token, out_error);
    }
    return status == FL_OK ? check_peers(node, out_token, out_error) : status;
}

enum fl_status fl_enrolment_take_answer(
    struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    const struct fl_enrolment_answer *answer,
    bool *out_waits,
    struct fl_error *out_error)
{
    enum fl_status status = explain(token, answer, out_error);

    if (status == FL_OK) {
        status = keep_parent(node, token, answer, out_error);
    }
    if (status == FL_OK) {
        *out_waits = answer->reason == FL_ENROLMENT_WAITING;
        compare_configurations(node, answer);
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_ENROLMENT_PARENT, "code=%s endpoint=%s",
            fl_log_value(answer->parent_code).text, fl_log_value(answer->endpoint).text);
    }
    return status;
}

enum fl_status fl_enrolment_join(
    struct fl_node *node,
    const char *token_text,
    bool *out_waits,
    struct fl_error *out_error)
{
    struct fl_enrolment_invitation token = {.expires_s = 0};
    struct fl_enrolment_answer answer = {.reason = FL_ENROLMENT_BUSY};
    enum fl_status status = fl_enrolment_check(node, token_text, &token, out_error);

    if (status == FL_OK) {
        status = ask(node, &token, &answer, out_error);
    }
    if (status == FL_OK) {
        status = fl_enrolment_take_answer(node, &token, &answer, out_waits, out_error);
    }
    fl_wipe(&token, sizeof(token));
    return status;
}
