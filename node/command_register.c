/*
 * filial register, unregister: what is to be sent to a node beside what the journal says.
 */

#include <string.h>

#include "change.h"
#include "command_table.h"
#include "language.h"
#include "predefined/predefined.h"
#include "ref.h"
#include "registrations.h"
#include "routes.h"
#include "walk.h"

enum { BATCH = 1000, PEERS_MAX = 4096 };

struct registering {
    struct fl_call *call;
    bool take_back;
    struct fl_peer *peers;
    size_t peer_count;
    struct fl_routes routes;
    struct fl_key keys[BATCH];
    size_t key_count;
    uint64_t objects;
    uint64_t rows;
};

/* --- for whom --- */

static enum fl_status add_peer(
    struct registering *registering,
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    struct fl_peer *peers = fl_realloc(
        registering->peers, (registering->peer_count + 1) * sizeof *registering->peers);
    if (peers == NULL || registering->peer_count == PEERS_MAX) {
        registering->peers = peers != NULL ? peers : registering->peers;
        return fl_error_set(out_error, FL_LIMIT, "too many nodes at once");
    }
    registering->peers = peers;
    registering->peers[registering->peer_count++] = *peer;
    return FL_OK;
}

static enum fl_status find_peers(
    struct registering *registering,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    struct fl_call *call = registering->call;
    struct fl_peer peer = {.number = 0};
    const char *code;
    enum fl_status status = FL_OK;
    for (size_t i = 0; status == FL_OK; i++) {
        code = fl_call_option_nth(call, "for", i);
        if (code == NULL) {
            break;
        }
        status = fl_call_peer(call, txn, code, &peer, out_error);
        if (status == FL_OK) {
            status = add_peer(registering, &peer, out_error);
        }
    }
    peer.number = 0;
    while (status == FL_OK && fl_call_has(call, "for-all") &&
           fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        if (peer.state != FL_PEER_REVOKED) {
            status = add_peer(registering, &peer, out_error);
        }
    }
    if (status == FL_OK && registering->peer_count == 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "for whom? --for CODE, or --for-all nodes");
    }
    return status;
}

/* --- one object --- */

static bool is_registered(
    const struct registering *registering,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_entry *entry)
{
    const struct fl_node_plan *plan = fl_node_plan_of(registering->call->node, peer);
    const struct fl_registrations registrations = {
        .plan = plan,
        .peer = peer,
        .routes = &registering->routes,
        .lsn_from = peer->confirmed_lsn,
        .has_overlay = true};
    return fl_plan_sends(plan, peer, entry) &&
           fl_registrations_by_writing(&registrations, txn, entry);
}

static void change_one(
    struct registering *registering,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_key key)
{
    struct fl_registered row;
    struct fl_entry entry;
    if (!registering->take_back) {
        fl_registered_put(txn, peer->number, key);
        registering->rows++;
        return;
    }
    bool has_row = fl_registered_get(txn, peer->number, key, &row) == FL_OK;
    if (fl_object_get(txn, key, &entry) == FL_OK &&
        is_registered(registering, txn, peer, &entry)) {
        fl_registered_take_back(txn, peer->number, key, entry.lsn);
        registering->rows++;
    } else if (has_row && row.kind == FL_REGISTERED) {
        fl_registered_remove(txn, peer->number, key);
        registering->rows++;
    }
}

static enum fl_status flush(struct registering *registering, struct fl_error *out_error)
{
    struct fl_node *node = registering->call->node;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
    for (size_t i = 0; i < registering->key_count; i++) {
        for (size_t j = 0; j < registering->peer_count; j++) {
            const struct fl_peer *peer = &registering->peers[j];
            if (fl_plan_may_send(
                    fl_node_plan_of(node, peer), peer, registering->keys[i].type)) {
                change_one(registering, &txn, peer, registering->keys[i]);
            }
        }
    }
    registering->objects += registering->key_count;
    registering->key_count = 0;
    fl_output_progress(
        registering->call->output, N_("registering"), registering->objects,
        /* total= */ 0);
    return fl_change_commit(&txn, out_error);
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct registering *registering = context;
    size_t room = BATCH / registering->peer_count;
    (void)txn;
    (void)out_stop;
    registering->keys[registering->key_count++] = entry->key;
    return registering->key_count >= (room > 0 ? room : 1) ? flush(registering, out_error)
                                                           : FL_OK;
}

/* --- what --- */

static bool names_an_object(const char *text)
{
    return strchr(text, ':') != NULL || strncmp(text, "Constant.", 9) == 0 ||
           strncmp(text, "Константа.", strlen("Константа.")) == 0;
}

static enum fl_status take_object(
    struct registering *registering,
    const char *text,
    struct fl_error *out_error)
{
    struct fl_node *node = registering->call->node;
    struct fl_key key;
    struct fl_entry entry;
    struct fl_txn txn;
    enum fl_status status =
        fl_predefined_parse(node, fl_bytes_of_text(text), &key, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    status = fl_object_get(&txn, key, &entry);
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s is not here, so there is nothing to send", text);
    }
    registering->keys[registering->key_count++] = key;
    return flush(registering, out_error);
}

static enum fl_status take_type(
    struct registering *registering,
    const char *text,
    struct fl_error *out_error)
{
    const struct fl_type *type = NULL;
    enum fl_status status = fl_call_type(registering->call, text, &type, out_error);
    if (status == FL_OK) {
        status = fl_walk_objects(
            registering->call->node->store, type->number, visit, registering, out_error);
    }
    return status;
}

static enum fl_status take_all(
    struct registering *registering,
    struct fl_error *out_error)
{
    struct fl_call *call = registering->call;
    enum fl_status status = FL_OK;
    if (fl_call_has(call, "all")) {
        status = fl_walk_objects(
            call->node->store, /* type= */ 0, visit, registering, out_error);
    }
    for (size_t i = 0; i < call->argument_count && status == FL_OK; i++) {
        const char *text = call->arguments[i];
        status = names_an_object(text) ? take_object(registering, text, out_error)
                                       : take_type(registering, text, out_error);
    }
    if (status == FL_OK && registering->key_count > 0) {
        status = flush(registering, out_error);
    }
    return status;
}

static enum fl_status change(
    struct fl_call *call,
    bool take_back,
    struct fl_error *out_error)
{
    struct registering *registering = fl_alloc_zeroed(1, sizeof *registering);
    struct fl_txn txn;
    if (registering == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    registering->call = call;
    registering->take_back = take_back;
    enum fl_status status = FL_OK;
    if (call->argument_count == 0 && !fl_call_has(call, "all")) {
        call->usage = true;
        status = fl_error_set(out_error, FL_MALFORMED, "what? objects, types, or --all");
    }
    if (status == FL_OK) {
        fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
        status = find_peers(registering, &txn, out_error);
        if (status == FL_OK) {
            status = fl_routes_load(&txn, &registering->routes);
        }
        fl_txn_abort(&txn);
    }
    if (status == FL_OK) {
        status = take_all(registering, out_error);
    }
    call->wrote = registering->rows > 0;
    if (status == FL_OK) {
        fl_output_number(call->output, "objects", N_("objects"), registering->objects);
        fl_output_number(
            call->output, "registrations", N_("registrations"), registering->rows);
    }
    fl_routes_deinit(&registering->routes);
    fl_free(registering->peers);
    fl_free(registering);
    return status;
}

FL_HANDLER(register)
{
    return change(call, /* take_back= */ false, out_error);
}

FL_HANDLER(unregister)
{
    return change(call, /* take_back= */ true, out_error);
}
