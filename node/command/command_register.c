/*
 * filial register, unregister: what is to be sent to a node beside what the journal says.
 * Of a whole type in shares; what others write between two of them is registered by being
 * written, and is not taken back.
 */

#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "command_table.h"
#include "language.h"
#include "plan/registrations.h"
#include "predefined/predefined.h"
#include "routing/routes.h"
#include "share.h"
#include "walk.h"

enum { BATCH = 1000, PEERS_MAX = 4096 };

/* An object, or all of a type; of type 0 everything. */
struct item {
    struct fl_key key;
    bool is_type;
};

struct registering {
    struct fl_call *call;
    bool take_back;
    struct fl_peer *peers; /* as they are in this share */
    size_t peer_count;
    struct fl_routes routes; /* likewise */
    uint64_t lsn_last;       /* when it began */
    struct item items[FL_CALL_ARGUMENTS_MAX + 1];
    size_t item_count;
    size_t item_at;
    struct fl_walk walk; /* through the item before that */
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
    if (fl_object_get(txn, key, &entry) == FL_OK && entry.lsn <= registering->lsn_last &&
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

static enum fl_status add_key(
    struct registering *registering,
    struct fl_key key,
    struct fl_error *out_error)
{
    const size_t room = BATCH / registering->peer_count;
    registering->keys[registering->key_count++] = key;
    return registering->key_count >= (room > 0 ? room : 1) ? flush(registering, out_error)
                                                           : FL_OK;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    (void)txn;
    (void)out_stop;
    return add_key(context, entry->key, out_error);
}

/* --- what --- */

static bool names_an_object(const char *text)
{
    return strchr(text, ':') != NULL || strncmp(text, "Constant.", 9) == 0 ||
           strncmp(text, "Константа.", strlen("Константа.")) == 0;
}

static enum fl_status find_object(
    struct registering *registering,
    struct fl_txn *txn,
    const char *text,
    struct item *out_item,
    struct fl_error *out_error)
{
    struct fl_entry entry;
    enum fl_status status = fl_predefined_parse(
        registering->call->node, fl_bytes_of_text(text), &out_item->key, out_error);
    if (status == FL_OK && fl_object_get(txn, out_item->key, &entry) != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s is not here, so there is nothing to send", text);
    }
    return status;
}

static enum fl_status find_type(
    struct registering *registering,
    const char *text,
    struct item *out_item,
    struct fl_error *out_error)
{
    const struct fl_type *type = NULL;
    enum fl_status status = fl_call_type(registering->call, text, &type, out_error);
    if (status == FL_OK) {
        *out_item = (struct item){.key.type = type->number, .is_type = true};
    }
    return status;
}

/* All of them before anything is written. */
static enum fl_status find_items(
    struct registering *registering,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    const struct fl_call *call = registering->call;
    enum fl_status status = FL_OK;
    if (fl_call_has(call, "all")) {
        registering->items[registering->item_count++] = (struct item){.is_type = true};
    }
    for (size_t i = 0; i < call->argument_count && status == FL_OK; i++) {
        const char *text = call->arguments[i];
        struct item *item = &registering->items[registering->item_count];
        status = names_an_object(text)
                     ? find_object(registering, txn, text, item, out_error)
                     : find_type(registering, text, item, out_error);
        registering->item_count += status == FL_OK;
    }
    return status;
}

/* --- in shares --- */

/* Who is gone meanwhile is left out. */
static enum fl_status look_at_peers(
    struct registering *registering,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    size_t count = 0;
    fl_txn_begin(&txn, registering->call->node->store, FL_TXN_READ);
    for (size_t i = 0; i < registering->peer_count; i++) {
        struct fl_peer *peer = &registering->peers[count];
        if (fl_peers_get(&txn, registering->peers[i].number, peer) == FL_OK &&
            peer->state != FL_PEER_REVOKED) {
            count++;
        }
    }
    enum fl_status status = FL_OK;
    if (registering->take_back) {
        fl_routes_deinit(&registering->routes);
        status = fl_routes_load(&txn, &registering->routes);
    }
    fl_txn_abort(&txn);
    registering->peer_count = count;
    return status == FL_OK && count == 0
               ? fl_error_set(
                     out_error, FL_NOT_FOUND,
                     "whom this is for was removed or revoked meanwhile")
               : status;
}

static enum fl_status begin_item(
    struct registering *registering,
    struct fl_error *out_error)
{
    const struct item *item = &registering->items[registering->item_at++];
    registering->walk = (struct fl_walk){
        .store = registering->call->node->store,
        .type = item->key.type,
        .done = !item->is_type};
    return item->is_type ? FL_OK : add_key(registering, item->key, out_error);
}

static enum fl_status go_on(
    struct registering *registering,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_share share = fl_share_begin(fl_call_share_ms(registering->call));
    enum fl_status status = look_at_peers(registering, out_error);
    while (status == FL_OK && !*out_done && !fl_share_is_over(&share)) {
        if (!registering->walk.done) {
            status =
                fl_walk_some(&registering->walk, &share, visit, registering, out_error);
        } else if (registering->item_at < registering->item_count) {
            status = begin_item(registering, out_error);
        } else {
            *out_done = true;
        }
    }
    return status == FL_OK && registering->key_count > 0 ? flush(registering, out_error)
                                                         : status;
}

static enum fl_status step(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct registering *registering = state;
    (void)now_ms;
    enum fl_status status = go_on(registering, out_done, out_error);
    call->wrote = registering->rows > 0;
    if (status == FL_OK && *out_done) {
        fl_output_number(call->output, "objects", N_("objects"), registering->objects);
        fl_output_number(
            call->output, "registrations", N_("registrations"), registering->rows);
    }
    return status;
}

static void registering_free(void *state)
{
    struct registering *registering = state;
    fl_routes_deinit(&registering->routes);
    fl_free(registering->peers);
    fl_free(registering);
}

static enum fl_status begin(struct registering *registering, struct fl_error *out_error)
{
    struct fl_call *call = registering->call;
    struct fl_txn txn;
    if (call->argument_count == 0 && !fl_call_has(call, "all")) {
        call->usage = true;
        return fl_error_set(out_error, FL_MALFORMED, "what? objects, types, or --all");
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = find_peers(registering, &txn, out_error);
    if (status == FL_OK) {
        status = find_items(registering, &txn, out_error);
    }
    registering->lsn_last = fl_journal_head(&txn);
    registering->walk.done = true;
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status change(
    struct fl_call *call,
    bool take_back,
    struct fl_error *out_error)
{
    struct registering *registering = fl_alloc_zeroed(1, sizeof *registering);
    if (registering == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    registering->call = call;
    registering->take_back = take_back;
    enum fl_status status = begin(registering, out_error);
    if (status != FL_OK) {
        registering_free(registering);
        return status;
    }
    return fl_command_work(call, step, registering, registering_free, out_error);
}

FL_HANDLER(register)
{
    return change(call, /* take_back= */ false, out_error);
}

FL_HANDLER(unregister)
{
    return change(call, /* take_back= */ true, out_error);
}
