/*
 * `sync now`: a round with the nodes that this one calls. An urgent one asks endpoints
 * and mirrors before, since what they bring is to go up, and after, since what came down
 * is for them.
 */

#include <string.h>

#include "command_table.h"
#include "daemon/daemon.h"
#include "endpoint/endpoint_hurry.h"
#include "language.h"

#define TIMEOUT_MS UINT64_C(60000)
/* With a place that says nothing, before the parent. */
#define PATIENCE_MS UINT64_C(15000)

enum stage { STAGE_ENDPOINTS, STAGE_NODES, STAGE_ENDPOINTS_AGAIN };

struct sync {
    enum stage stage;
    bool calls; /* there are nodes to call */
    struct fl_endpoint_hurry *hurry;
    uint64_t ticket;
    uint64_t timeout_ms; /* of each stage */
    uint64_t begun_ms;   /* this one; 0 before the first step */
};

static void free_sync(void *state)
{
    struct sync *sync = state;
    fl_endpoint_hurry_end(sync->hurry);
    fl_free(sync);
}

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static void begin_nodes(struct sync *sync, struct fl_node *node)
{
    sync->stage = STAGE_NODES;
    sync->ticket = fl_daemon_sync_begin(node->daemon);
}

static void show(struct fl_call *call, const struct sync *sync)
{
    fl_output_flag(call->output, "done", N_("synchronised"), true);
    if (sync->hurry != NULL && !fl_endpoint_hurry_is_empty(sync->hurry)) {
        call->answer_is_no =
            !fl_endpoint_hurry_show(sync->hurry, call->node, call->output);
    }
}

/* Nodes are through: what they brought goes to the endpoints. */
static enum fl_status begin_again(
    struct fl_call *call,
    struct sync *sync,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    if (sync->hurry == NULL || fl_endpoint_hurry_is_empty(sync->hurry)) {
        *out_done = true;
        show(call, sync);
        return FL_OK;
    }
    fl_endpoint_hurry_end(sync->hurry);
    sync->hurry = fl_endpoint_hurry_begin(call->node);
    sync->stage = STAGE_ENDPOINTS_AGAIN;
    sync->begun_ms = now_ms;
    return sync->hurry == NULL ? no_memory(out_error) : FL_OK;
}

static enum fl_status step_nodes(
    struct fl_call *call,
    struct sync *sync,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    bool done = false;
    enum fl_status status =
        fl_daemon_sync_result(call->node->daemon, sync->ticket, &done, out_error);
    if (status == FL_OK && done) {
        return begin_again(call, sync, now_ms, out_done, out_error);
    }
    if (status == FL_OK && now_ms >= sync->begun_ms + sync->timeout_ms) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the round with the parent did not end in time; it goes on, `filial status` "
            "shows how far it is");
    }
    return status;
}

/* One that does not answer keeps nobody else from it: the parent waits only for work. */
static bool goes_on(const struct sync *sync, struct fl_node *node, uint64_t now_ms)
{
    const bool parent_waits = sync->stage == STAGE_ENDPOINTS && sync->calls;
    const uint64_t waited_ms = now_ms - sync->begun_ms;
    if (waited_ms >= sync->timeout_ms || fl_endpoint_hurry_is_done(sync->hurry, node)) {
        return false;
    }
    return !parent_waits || waited_ms < PATIENCE_MS ||
           fl_endpoint_hurry_works(sync->hurry, node);
}

static void step_endpoints(
    struct fl_call *call,
    struct sync *sync,
    uint64_t now_ms,
    bool *out_done)
{
    if (goes_on(sync, call->node, now_ms)) {
        return;
    }
    if (sync->stage == STAGE_ENDPOINTS && sync->calls) {
        begin_nodes(sync, call->node);
        sync->begun_ms = now_ms;
        return;
    }
    *out_done = true;
    show(call, sync);
}

static enum fl_status step(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct sync *sync = state;
    if (sync->begun_ms == 0) {
        sync->begun_ms = now_ms;
    }
    if (sync->stage == STAGE_NODES) {
        return step_nodes(call, sync, now_ms, out_done, out_error);
    }
    step_endpoints(call, sync, now_ms, out_done);
    return FL_OK;
}

/* Is there an active node that this one calls? Also a suspended one; "": there is none.
 */
static bool calls_anybody(
    const struct fl_node *node,
    char out_suspended[FL_CODE_BYTES_MAX + 1])
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    bool calls = false;
    out_suspended[0] = '\0';
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (!calls && fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        calls = fl_peer_is_called(&peer) && peer.state == FL_PEER_ACTIVE;
        if (fl_peer_is_called(&peer) && peer.state == FL_PEER_SUSPENDED) {
            memcpy(out_suspended, peer.code, sizeof peer.code);
        }
    }
    fl_txn_abort(&txn);
    return calls;
}

static enum fl_status nobody_to_call(const char *suspended, struct fl_error *out_error)
{
    if (suspended[0] != '\0') {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the exchange with %s is suspended here; `filial node resume %s` goes on "
            "with "
            "it",
            suspended, suspended);
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "this node has no parent to synchronise with; `filial join TOKEN` gives it one, "
        "and children come by themselves");
}

static enum fl_status check_node(const struct fl_node *node, struct fl_error *out_error)
{
    if (node->home != FL_HOME_OURS) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "this store was brought here from another place, so it synchronises with "
            "nobody until you say what it is: `filial store adopt --moved` when the "
            "original is gone, `--restored` when it is a backup or a copy");
    }
    if (node->daemon == NULL) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "filiald does not run on this node, and it is filiald that synchronises: "
            "start it by `filiald --node %s` or `systemctl start filiald`",
            node->directory);
    }
    return FL_OK;
}

static enum fl_status begin(
    struct fl_call *call,
    struct sync *sync,
    struct fl_error *out_error)
{
    char suspended[FL_CODE_BYTES_MAX + 1];
    sync->calls = calls_anybody(call->node, suspended);
    if (fl_call_has(call, "urgent")) {
        sync->hurry = fl_endpoint_hurry_begin(call->node);
        if (sync->hurry == NULL) {
            return no_memory(out_error);
        }
    }
    if (!sync->calls &&
        (sync->hurry == NULL || fl_endpoint_hurry_is_empty(sync->hurry))) {
        return nobody_to_call(suspended, out_error);
    }
    if (sync->hurry != NULL) {
        return FL_OK;
    }
    enum fl_status status = fl_daemon_sync_allowed(call->node->daemon, out_error);
    if (status == FL_OK) {
        begin_nodes(sync, call->node);
    }
    return status;
}

FL_HANDLER(sync_now)
{
    uint64_t timeout_ms = 0;
    enum fl_status status =
        fl_call_duration(call, "timeout", TIMEOUT_MS, &timeout_ms, out_error);
    if (status == FL_OK) {
        status = check_node(call->node, out_error);
    }
    struct sync *sync = status == FL_OK ? fl_alloc_zeroed(1, sizeof *sync) : NULL;
    if (status == FL_OK && sync == NULL) {
        status = no_memory(out_error);
    }
    if (status == FL_OK) {
        sync->timeout_ms = timeout_ms;
        status = begin(call, sync, out_error);
    }
    if (status != FL_OK) {
        if (sync != NULL) {
            free_sync(sync);
        }
        return status;
    }
    call->step_free = free_sync;
    fl_command_wait(call, step, sync);
    return FL_OK;
}
