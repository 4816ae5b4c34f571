/*
 * filial invite, join, node waiting, approve, reject, accept: how a node comes into the
 * tree, by the line or by files, and who lets it in.
 */

#include <string.h>

#include "change/change.h"
#include "command/command_table.h"
#include "enrolment/enrolment_client.h"
#include "enrolment/enrolment_server.h"
#include "enrolment_file.h"
#include "file.h"
#include "language.h"
#include "peer/peer_list.h"
#include "proto/enrolment_file.h"

#define INVITATION_MS (UINT64_C(72) * 3600 * 1000)

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* --- invite --- */

static enum fl_status show_invitation(
    struct fl_call *call,
    struct fl_buffer *token,
    uint64_t expires_ms,
    struct fl_error *out_error)
{
    const char *file = fl_call_option(call, "file");
    char *path = file == NULL ? NULL : fl_call_path(call, file);
    struct fl_bytes text = fl_buffer_view(token);
    enum fl_status status = FL_OK;

    if (file != NULL) {
        status = path == NULL ? no_memory(out_error)
                              : fl_file_replace(path, 0600, text, out_error);
    }
    fl_buffer_put_u8(token, '\0');
    if (status == FL_OK && fl_buffer_status(token) != FL_OK) {
        status = no_memory(out_error);
    }
    if (status == FL_OK) {
        const char *shown = (const char *)fl_buffer_view(token).data;

        call->wrote = true;
        if (call->output->json) {
            fl_output_text(call->output, "token", "token", shown);
            fl_output_text(call->output, "code", "code", call->arguments[0]);
            fl_output_time(
                call->output, "expires", "expires",
                fl_node_now_ms() + (int64_t)expires_ms);
        }
        if (path != NULL) {
            fl_output_text(call->output, "file", N_("file"), path);
        } else {
            fl_output_say(call->output, "%s", shown);
        }
    }
    fl_free(path);
    return status;
}

FL_HANDLER(invite)
{
    const char *code = call->arguments[0];
    const char *name = fl_call_option(call, "name");
    const struct fl_node_plan *plan = NULL;
    uint64_t expires_ms = 0;
    struct fl_buffer token;
    enum fl_status status =
        fl_call_duration(call, "expires", INVITATION_MS, &expires_ms, out_error);

    if (status == FL_OK) {
        status = fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_buffer_init(&token, FL_ENROLMENT_TOKEN_BYTES_MAX + 2);
    status = fl_enrolment_invite(
        call->node, plan, code, name != NULL ? name : code, expires_ms,
        fl_call_has(call, "auto-approve"), &token, out_error);
    if (status == FL_OK) {
        status = show_invitation(call, &token, expires_ms, out_error);
    }
    fl_buffer_deinit(&token);
    return status;
}

/* --- join --- */

static void show_fingerprint(
    struct fl_output *output,
    const char *key,
    const char *label,
    const uint8_t signing_key[FL_PUBLIC_KEY_BYTES])
{
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];

    fl_keys_fingerprint(signing_key, fingerprint);
    fl_output_text(output, key, label, fingerprint);
}

static enum fl_status show_joined(
    struct fl_call *call,
    bool waits,
    struct fl_error *out_error)
{
    struct fl_peer parent;
    struct fl_txn txn;
    enum fl_status status = fl_node_reload(call->node, out_error);

    if (status != FL_OK) {
        return status;
    }
    call->wrote = true;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    status = fl_node_parent(&txn, &parent);
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        fl_output_text(call->output, "parent", N_("parent"), parent.code);
        fl_output_text(call->output, "name", N_("name"), parent.name);
        fl_output_text(call->output, "endpoint", N_("endpoint"), parent.endpoint);
        show_fingerprint(
            call->output, "fingerprint", N_("fingerprint"), parent.signing_key);
    }
    if (waits) {
        show_fingerprint(
            call->output, "own_fingerprint", N_("own fingerprint"),
            call->node->keys.signing_public);
        fl_output_say(
            call->output,
            _("It waits there until somebody approves it. Read the own fingerprint to "
              "them "
              "over the telephone; they compare it: filial node approve %s FINGERPRINT"),
            call->node->identity->code);
    }
    if (call->output->json) {
        fl_output_flag(call->output, "waits", "waits", waits);
    }
    return FL_OK;
}

static enum fl_status write_request(
    struct fl_call *call,
    const char *token,
    struct fl_error *out_error)
{
    char *path = fl_call_path(call, fl_call_option(call, "request"));
    enum fl_status status =
        path == NULL ? no_memory(out_error)
                     : fl_enrolment_write_request(call->node, token, path, out_error);

    if (status == FL_OK) {
        fl_output_text(call->output, "request", N_("request"), path);
        show_fingerprint(
            call->output, "own_fingerprint", N_("own fingerprint"),
            call->node->keys.signing_public);
        fl_output_say(
            call->output,
            _("Next: at the parent `filial node accept REQUEST ANSWER`, and here `filial "
              "join ANSWER`"));
    }
    fl_free(path);
    return status;
}

static enum fl_status join_by(
    struct fl_call *call,
    const char *token,
    struct fl_error *out_error)
{
    bool waits = false;

    if (fl_call_has(call, "request")) {
        return write_request(call, token, out_error);
    }
    enum fl_status status = fl_enrolment_join(call->node, token, &waits, out_error);

    return status == FL_OK ? show_joined(call, waits, out_error) : status;
}

static enum fl_status join_file(
    struct fl_call *call,
    struct fl_buffer *file,
    struct fl_error *out_error)
{
    bool waits = false;

    if (!fl_enrolment_file_is_answer(fl_buffer_view(file))) {
        fl_buffer_put_u8(file, '\0');
        return fl_buffer_status(file) == FL_OK
                   ? join_by(call, (const char *)file->data, out_error)
                   : no_memory(out_error);
    }
    enum fl_status status =
        fl_enrolment_read_answer(call->node, fl_buffer_view(file), &waits, out_error);

    return status == FL_OK ? show_joined(call, waits, out_error) : status;
}

const struct fl_option fl_command_join_options[] = {
    {"request", "FILE", N_("write a request for the parent instead of connecting")},
    {NULL, NULL, NULL}};

/* A word is an invitation, or names the file that one, or an answer, is in. */
FL_HANDLER(join)
{
    const char *word = call->arguments[0];
    struct fl_buffer file;

    if (strncmp(word, "filial", 6) == 0 && strchr(word, ':') != NULL) {
        return join_by(call, word, out_error);
    }
    char *path = fl_call_path(call, word);

    fl_buffer_init(&file, FL_ENROLMENT_FILE_BYTES_MAX + 2);
    enum fl_status status =
        path == NULL ? no_memory(out_error)
                     : fl_file_read(path, FL_ENROLMENT_FILE_BYTES_MAX, &file, NULL);

    if (status == FL_OK) {
        status = join_file(call, &file, out_error);
    } else if (path != NULL) {
        status = fl_error_set(
            out_error, status,
            "\"%s\" is neither an invitation, filial1:..., nor a file that can be read",
            word);
    }
    fl_free(path);
    fl_buffer_deinit(&file);
    return status;
}

/* --- who waits --- */

FL_HANDLER(node_waiting)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    bool any = false;

    (void)out_error;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_output_list_begin(call->output, "waiting");
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        if (peer.state != FL_PEER_WAITING) {
            continue;
        }
        any = true;
        fl_output_row(call->output);
        fl_output_text(call->output, "code", N_("code"), peer.code);
        fl_output_text(call->output, "name", N_("name"), peer.name);
        show_fingerprint(
            call->output, "fingerprint", N_("fingerprint"), peer.signing_key);
        fl_output_time(call->output, "since", N_("since"), peer.created_ms);
        if (call->output->json) {
            fl_output_uuid(call->output, "node", "node", peer.node);
            fl_output_text(call->output, "plan", "plan", peer.plan_name);
        }
    }
    fl_output_list_end(call->output);
    fl_txn_abort(&txn);
    if (!any) {
        fl_output_say(call->output, "%s", _("No node waits for approval."));
    }
    return FL_OK;
}

/* As people read it: whatever the case, with spaces, hyphens or nothing between. */
static bool is_fingerprint(const char *typed, const char *fingerprint)
{
    for (; *fingerprint != '\0'; fingerprint++) {
        if (*fingerprint == ' ') {
            continue;
        }
        while (*typed == ' ' || *typed == '-') {
            typed++;
        }
        const char letter =
            *typed >= 'a' && *typed <= 'f' ? (char)(*typed - 'a' + 'A') : *typed;

        if (letter != *fingerprint) {
            return false;
        }
        typed++;
    }
    while (*typed == ' ' || *typed == '-') {
        typed++;
    }
    return *typed == '\0';
}

static void join_words(struct fl_call *call, char *out_text, size_t size)
{
    size_t used = 0;

    for (size_t i = 1; i < call->argument_count; i++) {
        size_t length = strlen(call->arguments[i]);

        if (used + length + 2 < size) {
            memcpy(out_text + used, call->arguments[i], length);
            used += length;
            out_text[used++] = ' ';
        }
    }
    out_text[used] = '\0';
}

static enum fl_status check_fingerprint(
    struct fl_call *call,
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];
    char typed[4 * FL_FINGERPRINT_TEXT_BYTES];

    fl_keys_fingerprint(peer->signing_key, fingerprint);
    join_words(call, typed, sizeof(typed));
    if (typed[0] == '\0' && fl_call_has(call, "yes")) {
        return FL_OK;
    }
    if (typed[0] == '\0') {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s has the fingerprint %s. Ask the people there for theirs and give it: "
            "filial node approve %s FINGERPRINT; or --yes, when you have compared them",
            peer->code, fingerprint, peer->code);
    }
    if (!is_fingerprint(typed, fingerprint)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s has the fingerprint %s, not this one: if it was read rightly, somebody "
            "else has used the invitation; `filial node reject %s`",
            peer->code, fingerprint, peer->code);
    }
    return FL_OK;
}

static enum fl_status find_waiting(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    const char *code = call->arguments[0];

    if (fl_plans_peer(&call->node->plans, txn, fl_bytes_of_text(code), out_peer) !=
        FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "there is no node with the code \"%s\"; `filial node waiting` shows those "
            "that wait",
            code);
    }
    if (out_peer->state != FL_PEER_WAITING) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s does not wait for approval; `filial node list` shows its state", code);
    }
    return FL_OK;
}

static enum fl_status finish(
    struct fl_call *call,
    struct fl_txn *txn,
    const char *state,
    struct fl_error *out_error)
{
    if (fl_txn_commit(txn) != FL_OK) {
        return fl_change_txn_failure(txn, out_error);
    }
    call->wrote = true;
    fl_output_text(call->output, "code", N_("code"), call->arguments[0]);
    fl_output_text(call->output, "state", N_("state"), state);
    return FL_OK;
}

const struct fl_option fl_command_node_approve_options[] = {
    {"yes", NULL, N_("without typing the fingerprint: it was compared by eye")},
    {NULL, NULL, NULL}};

FL_HANDLER(node_approve)
{
    struct fl_peer peer;
    struct fl_txn txn;

    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    enum fl_status status = find_waiting(call, &txn, &peer, out_error);

    if (status == FL_OK) {
        status = check_fingerprint(call, &peer, out_error);
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    peer.state = FL_PEER_ACTIVE;
    fl_peers_put(&txn, &peer);
    return finish(call, &txn, fl_peer_list_state(peer.state), out_error);
}

FL_HANDLER(node_reject)
{
    struct fl_peer peer;
    struct fl_txn txn;

    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    enum fl_status status = find_waiting(call, &txn, &peer, out_error);

    if (status == FL_OK) {
        status = fl_peers_remove(&txn, peer.number);
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    status = finish(call, &txn, "rejected", out_error);
    return status == FL_OK ? fl_node_reload(call->node, out_error) : status;
}

FL_HANDLER(node_accept)
{
    struct fl_enrolment_request request;
    struct fl_enrolment_answer answer;
    char *request_path = fl_call_path(call, call->arguments[0]);
    char *answer_path = fl_call_path(call, call->arguments[1]);
    enum fl_status status =
        request_path == NULL || answer_path == NULL
            ? no_memory(out_error)
            : fl_enrolment_answer_request(
                  call->node, request_path, answer_path, &request, &answer, out_error);

    if (status == FL_OK) {
        call->wrote = true;
        fl_output_text(call->output, "code", N_("code"), request.code);
        show_fingerprint(
            call->output, "fingerprint", N_("fingerprint"), request.signing_key);
        fl_output_text(
            call->output, "outcome", N_("outcome"),
            fl_enrolment_reason_name(answer.reason));
        fl_output_text(call->output, "answer", N_("answer"), answer_path);
        call->answer_is_no = answer.reason != FL_ENROLMENT_ACCEPTED &&
                             answer.reason != FL_ENROLMENT_WAITING;
        fl_wipe(&request, sizeof(request));
    }
    fl_free(request_path);
    fl_free(answer_path);
    return status;
}
