#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "change/change.h"
#include "command/command_table.h"
#include "command_endpoint.h"
#include "daemon/daemon.h"
#include "endpoint_options.h"
#include "endpoints.h"
#include "enterprisedata/connection_command.h"
#include "enterprisedata/correspondent_codec.h"
#include "language.h"
#include "mirror/command_mirror.h"
#include "peer/peer_list.h"
#include "random.h"
#include "site/site_users.h"

enum { WAIT_MS_MAX = 600000, STEP_NS = 5000000 };

/* --- which one --- */

enum fl_status fl_command_endpoint_find(
    struct fl_call *call,
    struct fl_peer *out_peer,
    struct fl_endpoint_settings *out_settings,
    struct fl_endpoint_state *out_state,
    struct fl_error *out_error)
{
    const char *code = call->arguments[0];
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_plans_peer(&call->node->plans, &txn, fl_bytes_of_text(code), out_peer);
    if (status == FL_OK) {
        status = fl_endpoint_settings_get(&txn, out_peer->number, out_settings);
        fl_endpoint_state_get(&txn, out_peer->number, out_state);
    }
    fl_txn_abort(&txn);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_NOT_FOUND,
                     "no files are exchanged with \"%s\"; `filial endpoint list` shows "
                     "with whom they are",
                     code);
}

static enum fl_status keep(
    struct fl_call *call,
    struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    memcpy(peer->endpoint, settings->directory, sizeof peer->endpoint);
    fl_peers_put(&txn, peer);
    fl_endpoint_settings_put(&txn, peer->number, settings);
    enum fl_status status =
        settings->serves
            ? fl_site_keep_user(call, &txn, peer->number, settings, out_error)
            : FL_OK;
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    status = fl_change_commit(&txn, out_error);
    call->wrote = call->wrote || status == FL_OK;
    return status;
}

/* --- showing --- */

static enum fl_status show_one(struct fl_call *call, struct fl_error *out_error)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status == FL_OK) {
        fl_command_endpoint_show_whole(call, &peer, &settings, &state);
    }
    return status;
}

/* --- commands --- */

static enum fl_status find_or_make_peer(
    struct fl_call *call,
    const char *code,
    const char *its_name, /* of one that is made; "": as its code */
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    const char *name = fl_call_option(call, "name");
    const char *role = fl_call_option(call, "role");
    const struct fl_node_plan *plan = NULL;
    struct fl_endpoint_settings ignored;
    struct fl_txn txn;
    enum fl_status status =
        fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    bool known =
        fl_peers_by_code(&txn, plan->hash, fl_bytes_of_text(code), out_peer) == FL_OK;
    bool taken =
        known && fl_endpoint_settings_get(&txn, out_peer->number, &ignored) == FL_OK;
    fl_txn_abort(&txn);
    if (known && out_peer->format != FL_PEER_V8MSG) {
        return fl_error_set(
            out_error, FL_REFUSED, "\"%s\" is a Filial node: it synchronises", code);
    }
    if (taken) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "files are exchanged with \"%s\" already; `filial endpoint change %s` "
            "changes "
            "how",
            code, code);
    }
    if (known && role == NULL && name == NULL) {
        return FL_OK;
    }
    if (!known) {
        *out_peer = (struct fl_peer){
            .node = fl_random_uuid(),
            .role = FL_PEER_EQUAL,
            .format = FL_PEER_V8MSG,
            .state = FL_PEER_ACTIVE,
            .created_ms = fl_node_now_ms()};
        memcpy(out_peer->plan, plan->hash, sizeof out_peer->plan);
        memcpy(out_peer->plan_name, plan->name, sizeof out_peer->plan_name);
        status = fl_endpoint_option_text(
            call, "node", code, sizeof out_peer->code, out_peer->code, out_error);
    }
    if (status == FL_OK && role != NULL &&
        !fl_peer_list_parse_role(role, &out_peer->role)) {
        call->usage = true;
        status = fl_error_set(
            out_error, FL_MALFORMED, "--role is parent, child or equal, not \"%s\"",
            role);
    }
    if (status == FL_OK && (name != NULL || !known)) {
        status = fl_endpoint_option_text(
            call, "name",
            name != NULL          ? name
            : its_name[0] != '\0' ? its_name
                                  : code,
            sizeof out_peer->name, out_peer->name, out_error);
    }
    return status;
}

FL_HANDLER(endpoint_add)
{
    const char *code = fl_call_option(call, "node");
    const char *format = fl_call_option(call, "format");
    struct fl_connection_taken taken = {.code = ""};
    struct fl_peer peer;
    struct fl_endpoint_settings settings = {
        .format = fl_endpoint_format_find(format == NULL ? "" : format),
        .poll_ms = FL_ENDPOINT_POLL_MS,
        .archive_files = FL_ENDPOINT_ARCHIVE_FILES,
        .archive_bytes = FL_ENDPOINT_ARCHIVE_BYTES};
    if (format != NULL && strcmp(format, "sql") == 0) {
        return fl_mirror_add(call, out_error);
    }
    if (format != NULL && settings.format == NULL) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "--format is v8msg, kd2, enterprisedata, commerceml or sql, not \"%s\"",
            format);
    }
    enum fl_status status = fl_connection_take(call, &settings, &taken, out_error);
    if (status != FL_OK) {
        return status;
    }
    code = code == NULL ? taken.code : code;
    if (code[0] == '\0' || settings.format == NULL) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "filial endpoint add --node CODE --format v8msg --directory DIR, or --format "
            "commerceml --url URL --user NAME --password-file FILE --mapping FILE");
    }
    if (strchr(code, '/') != NULL || strcmp(code, call->node->identity->code) == 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" cannot be the code of a base: it is this node's, or has a slash",
            code);
    }
    status = fl_endpoint_take_options(call, &settings, out_error);
    if (status == FL_OK && settings.format->is_mapped && settings.mapping[0] == '\0') {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "what is called how in these files? --mapping FILE says it");
    }
    if (status == FL_OK) {
        status = find_or_make_peer(call, code, taken.name, &peer, out_error);
    }
    if (status == FL_OK) {
        status = keep(call, &peer, &settings, out_error);
    }
    if (status == FL_OK) {
        const struct fl_endpoint_state state = {.condition = FL_ENDPOINT_NEW};
        fl_command_endpoint_show_state(call->output, &peer, &settings, &state);
    }
    return status;
}

FL_HANDLER(endpoint_list)
{
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_peer peer;
    struct fl_txn txn;
    uint32_t number = 0;
    (void)out_error;
    fl_output_list_begin(call->output, "endpoints");
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (fl_endpoint_settings_next(&txn, number, &number, &settings) == FL_OK) {
        if (fl_peers_get(&txn, number, &peer) == FL_OK) {
            fl_endpoint_state_get(&txn, number, &state);
            fl_output_row(call->output);
            fl_command_endpoint_show_state(call->output, &peer, &settings, &state);
            if (call->output->json) {
                fl_command_endpoint_show_rest(call->output, &peer, &settings, &state);
            }
        }
    }
    fl_txn_abort(&txn);
    fl_mirror_list(call);
    fl_output_list_end(call->output);
    return FL_OK;
}

FL_HANDLER(endpoint_show)
{
    return fl_mirror_is_one(call, call->arguments[0]) ? fl_mirror_show(call, out_error)
                                                      : show_one(call, out_error);
}

FL_HANDLER(endpoint_change)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    if (fl_mirror_is_one(call, call->arguments[0])) {
        return fl_mirror_change(call, out_error);
    }
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status == FL_OK) {
        status = fl_endpoint_take_options(call, &settings, out_error);
    }
    if (status == FL_OK) {
        settings.zip = fl_place_is_web(settings.url) ||
                       (settings.zip && !fl_call_has(call, "no-zip"));
        status = keep(call, &peer, &settings, out_error);
    }
    return status == FL_OK ? show_one(call, out_error) : status;
}

FL_HANDLER(endpoint_remove)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_txn txn;
    if (fl_mirror_is_one(call, call->arguments[0])) {
        return fl_mirror_remove(call, out_error);
    }
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_endpoint_settings_remove(&txn, peer.number);
    fl_site_users_remove(&txn, peer.number);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    call->wrote = true;
    fl_output_say(call->output, _("no more files are exchanged with \"%s\""), peer.code);
    return FL_OK;
}

/* --- poll --- */

struct waiting {
    uint32_t peer;
    uint64_t rounds; /* that have ended when this one is done */
    uint64_t until_ms;
};

/* By number: the words of the call are gone while it waits. */
static enum fl_status show_polled(
    struct fl_call *call,
    uint32_t number,
    struct fl_error *out_error)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_get(&txn, number, &peer);
    if (status == FL_OK) {
        status = fl_endpoint_settings_get(&txn, number, &settings);
        fl_endpoint_state_get(&txn, number, &state);
    }
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "the endpoint was removed meanwhile");
    }
    call->answer_is_no = state.condition == FL_ENDPOINT_TROUBLE;
    call->wrote = true;
    fl_command_endpoint_show_whole(call, &peer, &settings, &state);
    return FL_OK;
}

static enum fl_status wait_for_round(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct waiting *waiting = state;
    const struct fl_endpoint_poll *poll =
        fl_endpoints_find(fl_daemon_endpoints(call->node->daemon), waiting->peer);
    if (poll == NULL || poll->rounds >= waiting->rounds) {
        *out_done = true;
        return show_polled(call, waiting->peer, out_error);
    }
    uint64_t done = 0;
    uint64_t total = 0;
    const char *at = fl_endpoint_poll_at(poll, &done, &total);
    if (done > 0) {
        fl_output_progress(call->output, at, done, total);
    }
    /* What is at work is not waited for in vain. */
    if (waiting->until_ms == 0 || fl_endpoint_poll_works(poll)) {
        waiting->until_ms = now_ms + WAIT_MS_MAX;
    }
    return now_ms < waiting->until_ms
               ? FL_OK
               : fl_error_set(
                     out_error, FL_BUSY,
                     "the place does not answer; filiald goes on trying");
}

static enum fl_status poll_alone(
    struct fl_call *call,
    uint32_t peer,
    bool full,
    struct fl_error *out_error)
{
    struct fl_endpoints *endpoints = fl_endpoints_new(call->node);
    const struct timespec pause = {.tv_nsec = STEP_NS};
    if (endpoints == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    struct fl_endpoint_poll *poll = fl_endpoints_read_one(endpoints, peer);
    bool wrote = false;
    if (poll != NULL) {
        fl_endpoint_poll_now(poll, 0, /* force= */ true);
        poll->full = full;
    }
    for (uint64_t i = 0;
         poll != NULL && poll->rounds == 0 && i < WAIT_MS_MAX / (STEP_NS / 1000000);
         i++) {
        if (fl_endpoint_poll_step(poll, i, &wrote) && !fl_endpoint_poll_works(poll)) {
            (void)nanosleep(&pause, NULL);
        }
    }
    fl_endpoints_free(endpoints);
    return show_polled(call, peer, out_error);
}

FL_HANDLER(endpoint_poll)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    const bool full = fl_call_has(call, "full");
    if (fl_mirror_is_one(call, call->arguments[0])) {
        return fl_mirror_poll(call, out_error);
    }
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status != FL_OK || call->node->daemon == NULL) {
        return status == FL_OK ? poll_alone(call, peer.number, full, out_error) : status;
    }
    struct fl_endpoint_poll *poll =
        fl_endpoints_read_one(fl_daemon_endpoints(call->node->daemon), peer.number);
    struct waiting *waiting = fl_alloc_zeroed(1, sizeof *waiting);
    if (poll == NULL || waiting == NULL) {
        fl_free(waiting);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    poll->full = full;
    waiting->peer = peer.number;
    waiting->rounds = fl_endpoint_poll_ask(poll);
    fl_command_wait(call, wait_for_round, waiting);
    return FL_OK;
}
