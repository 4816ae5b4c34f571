#include "command_table.h"

#include <string.h>

#include "change/change.h"
#include "language.h"
#include "peer/peer_list.h"
#include "random.h"
#include "setup_configuration.h"

/* --- init --- */

static enum fl_status load_into(
    struct fl_call *call,
    const char *directory,
    const char *dump,
    struct fl_error *out_error)
{
    struct fl_node *node = NULL;
    enum fl_status status = fl_node_open(directory, &node, out_error);
    if (status != FL_OK) {
        return status;
    }
    char *path = fl_call_path(call, dump);
    status = path == NULL
                 ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                 : fl_setup_configuration_load(node, call->output, path, out_error);
    fl_free(path);
    fl_node_close(node);
    return status;
}

static void say_next(struct fl_call *call, const struct fl_node *node)
{
    if (node->configuration_number == 0) {
        fl_output_say(
            call->output, _("Next: filial --node %s configuration load DUMP"),
            node->directory);
    } else if (fl_call_has(call, "parent")) {
        fl_output_say(
            call->output,
            _("Next: set endpoint and enrolment_endpoint in %s/node.conf, start "
              "filiald, then `filial invite CODE` for each branch"),
            node->directory);
    } else {
        fl_output_say(
            call->output,
            _("Next: filial --node %s join TOKEN, with the invitation of the parent"),
            node->directory);
    }
}

static enum fl_status show_made(
    struct fl_call *call,
    const char *directory,
    struct fl_error *out_error)
{
    struct fl_node *node = NULL;
    enum fl_status status = fl_node_open(directory, &node, out_error);
    if (status != FL_OK) {
        return status;
    }
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];
    fl_keys_fingerprint(node->keys.signing_public, fingerprint);
    fl_output_text(call->output, "directory", N_("directory"), node->directory);
    fl_output_text(call->output, "code", N_("code"), node->identity->code);
    fl_output_text(call->output, "name", N_("name"), node->name);
    fl_output_text(call->output, "plan", N_("plan"), node->plan);
    fl_output_uuid(call->output, "node", N_("node"), node->identity->node);
    fl_output_text(call->output, "fingerprint", N_("fingerprint"), fingerprint);
    say_next(call, node);
    fl_node_close(node);
    return FL_OK;
}

FL_HANDLER(init)
{
    const char *parent = fl_call_option(call, "parent");
    const char *dump = fl_call_option(call, "configuration");
    struct fl_node_options options = {
        .code = fl_call_option(call, "code"),
        .name = fl_call_option(call, "name"),
        .plan = fl_call_option(call, "plan"),
        .allow_any_file_system = fl_call_has(call, "allow-any-file-system")};
    if (options.code == NULL) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "a node needs its code in the plan: filial init %s --code CODE",
            call->arguments[0]);
    }
    if (parent != NULL && strcmp(parent, "none") != 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "--parent takes only \"none\"; a branch gets its parent by `filial join`");
    }
    char *directory = fl_call_path(call, call->arguments[0]);
    if (directory == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    options.directory = directory;
    enum fl_status status = fl_node_create(&options, out_error);
    if (status == FL_OK && dump != NULL) {
        status = load_into(call, directory, dump, out_error);
        if (status != FL_OK) {
            fl_node_remove(directory);
        }
    }
    if (status == FL_OK) {
        status = show_made(call, directory, out_error);
    }
    fl_free(directory);
    return status;
}

/* --- node list, add, revoke, suspend, resume --- */

FL_HANDLER(node_list)
{
    return fl_peer_list_show(call->node, call->output, out_error);
}

static enum fl_status copy_word(
    const char *what,
    const char *text,
    char *out_text,
    size_t bytes_max,
    struct fl_error *out_error)
{
    size_t size = strlen(text);
    if (size == 0 || size > bytes_max || !fl_bytes_are_utf8(fl_bytes_of_text(text))) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s must be UTF-8 text of 1 to %zu bytes", what,
            bytes_max);
    }
    memcpy(out_text, text, size + 1);
    return FL_OK;
}

static enum fl_status fill_peer(
    struct fl_call *call,
    struct fl_peer *peer,
    struct fl_error *out_error)
{
    const char *code = call->arguments[0];
    const char *name = fl_call_option(call, "name");
    const char *role = fl_call_option(call, "role");
    const char *directory = fl_call_option(call, "directory");
    *peer = (struct fl_peer){
        .node = fl_random_uuid(),
        .role = FL_PEER_EQUAL,
        .format = FL_PEER_V8MSG,
        .state = FL_PEER_ACTIVE,
        .created_ms = fl_node_now_ms()};
    const struct fl_node_plan *plan = NULL;
    enum fl_status status =
        fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    if (status != FL_OK) {
        return status;
    }
    memcpy(peer->plan, plan->hash, sizeof peer->plan);
    memcpy(peer->plan_name, plan->name, sizeof peer->plan_name);
    if (role != NULL && !fl_peer_list_parse_role(role, &peer->role)) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--role is parent, child or equal, not \"%s\"",
            role);
    }
    if (strcmp(code, call->node->identity->code) == 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "\"%s\" is the code of this node itself", code);
    }
    status = copy_word(_("a code"), code, peer->code, FL_CODE_BYTES_MAX, out_error);
    if (status == FL_OK) {
        status = copy_word(
            _("a name"), name != NULL ? name : code, peer->name, FL_NAME_BYTES_MAX,
            out_error);
    }
    if (status == FL_OK && directory != NULL) {
        char *path = fl_call_path(call, directory);
        status = path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                              : copy_word(
                                    _("a directory"), path, peer->endpoint,
                                    FL_ENDPOINT_BYTES_MAX, out_error);
        fl_free(path);
    }
    return status;
}

FL_HANDLER(node_add)
{
    const char *format = fl_call_option(call, "format");
    if (format == NULL || strcmp(format, "v8msg") != 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "filial node add CODE --format v8msg adds a 1C base; a Filial node is "
            "invited: filial invite CODE");
    }
    struct fl_peer peer;
    struct fl_peer known;
    enum fl_status status = fill_peer(call, &peer, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    if (fl_peers_by_code(&txn, peer.plan, fl_bytes_of_text(peer.code), &known) == FL_OK) {
        fl_txn_abort(&txn);
        return fl_error_set(
            out_error, FL_REFUSED,
            "there is a node with the code \"%s\" already; `filial node list` shows it",
            peer.code);
    }
    fl_peers_put(&txn, &peer);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    call->wrote = true;
    fl_output_text(call->output, "code", N_("code"), peer.code);
    fl_output_text(call->output, "name", N_("name"), peer.name);
    fl_output_text(call->output, "format", N_("format"), "v8msg");
    fl_output_text(call->output, "role", N_("role"), fl_peer_list_role(peer.role));
    return FL_OK;
}

static enum fl_status check_move(
    const struct fl_peer *peer,
    enum fl_peer_state state,
    struct fl_error *out_error)
{
    if (peer->state == FL_PEER_REVOKED && state != FL_PEER_REVOKED) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s was revoked for good; invite the branch again under another code",
            peer->code);
    }
    if (peer->state == FL_PEER_WAITING && state != FL_PEER_REVOKED) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s waits for approval: `filial node approve %s FINGERPRINT`", peer->code,
            peer->code);
    }
    return FL_OK;
}

static enum fl_status set_state(
    struct fl_call *call,
    enum fl_peer_state state,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_peer peer;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    enum fl_status status =
        fl_call_peer(call, &txn, call->arguments[0], &peer, out_error);
    if (status == FL_OK) {
        status = check_move(&peer, state, out_error);
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    peer.state = state;
    fl_peers_put(&txn, &peer);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    call->wrote = true;
    fl_output_text(call->output, "code", N_("code"), peer.code);
    fl_output_text(call->output, "state", N_("state"), fl_peer_list_state(peer.state));
    return FL_OK;
}

FL_HANDLER(node_revoke)
{
    return set_state(call, FL_PEER_REVOKED, out_error);
}

FL_HANDLER(node_suspend)
{
    return set_state(call, FL_PEER_SUSPENDED, out_error);
}

FL_HANDLER(node_resume)
{
    return set_state(call, FL_PEER_ACTIVE, out_error);
}
