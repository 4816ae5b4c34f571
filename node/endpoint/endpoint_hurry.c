#include "endpoint_hurry.h"

#include <string.h>

#include "daemon/daemon.h"
#include "endpoints.h"
#include "language.h"
#include "mirror/mirrors.h"

struct item {
    char code[FL_MIRROR_CODE_BYTES_MAX + 1]; /* of a mirror; "": of an endpoint */
    uint32_t peer;
    uint64_t wanted; /* rounds that have ended then */
};

struct fl_endpoint_hurry {
    struct item *items;
    size_t count;
    bool failed; /* no memory */
};

static void add(struct fl_endpoint_hurry *hurry, const struct item *item)
{
    struct item *items =
        fl_realloc(hurry->items, (hurry->count + 1) * sizeof *hurry->items);
    if (items == NULL) {
        hurry->failed = true;
        return;
    }
    hurry->items = items;
    items[hurry->count++] = *item;
}

static bool is_active(struct fl_txn *txn, uint32_t number)
{
    struct fl_peer peer;
    return fl_peers_get(txn, number, &peer) == FL_OK && peer.state == FL_PEER_ACTIVE;
}

static void ask_endpoints(struct fl_endpoint_hurry *hurry, struct fl_node *node)
{
    struct fl_endpoint_settings settings;
    struct fl_txn txn;
    uint32_t peer = 0;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (fl_endpoint_settings_next(&txn, peer, &peer, &settings) == FL_OK) {
        struct fl_endpoint_poll *poll =
            settings.serves || !is_active(&txn, peer)
                ? NULL
                : fl_endpoints_find(fl_daemon_endpoints(node->daemon), peer);
        if (poll != NULL) {
            add(hurry,
                &(struct item){.peer = peer, .wanted = fl_endpoint_poll_ask(poll)});
        }
    }
    fl_txn_abort(&txn);
}

static void ask_mirrors(struct fl_endpoint_hurry *hurry, struct fl_node *node)
{
    struct fl_mirrors *mirrors = fl_daemon_mirrors(node->daemon);
    const char *code;
    for (size_t i = 0; (code = fl_mirrors_at(mirrors, i)) != NULL; i++) {
        struct item item = {.wanted = fl_mirrors_poke(mirrors, code)};
        snprintf(item.code, sizeof item.code, "%s", code);
        add(hurry, &item);
    }
}

struct fl_endpoint_hurry *fl_endpoint_hurry_begin(struct fl_node *node)
{
    struct fl_endpoint_hurry *hurry = fl_alloc_zeroed(1, sizeof *hurry);
    if (hurry == NULL) {
        return NULL;
    }
    ask_endpoints(hurry, node);
    ask_mirrors(hurry, node);
    if (hurry->failed) {
        fl_endpoint_hurry_end(hurry);
        return NULL;
    }
    return hurry;
}

void fl_endpoint_hurry_end(struct fl_endpoint_hurry *hurry)
{
    if (hurry != NULL) {
        fl_free(hurry->items);
        fl_free(hurry);
    }
}

bool fl_endpoint_hurry_is_empty(const struct fl_endpoint_hurry *hurry)
{
    return hurry->count == 0;
}

static bool item_is_done(const struct item *item, struct fl_node *node)
{
    struct fl_mirror_state state;
    const struct fl_endpoint_poll *poll;
    if (item->code[0] != '\0') {
        return fl_mirrors_look(fl_daemon_mirrors(node->daemon), item->code, &state) !=
                   FL_OK ||
               state.answered >= item->wanted;
    }
    poll = fl_endpoints_find(fl_daemon_endpoints(node->daemon), item->peer);
    return poll == NULL || poll->rounds >= item->wanted;
}

bool fl_endpoint_hurry_is_done(
    const struct fl_endpoint_hurry *hurry,
    struct fl_node *node)
{
    for (size_t i = 0; i < hurry->count; i++) {
        if (!item_is_done(&hurry->items[i], node)) {
            return false;
        }
    }
    return true;
}

bool fl_endpoint_hurry_works(const struct fl_endpoint_hurry *hurry, struct fl_node *node)
{
    for (size_t i = 0; i < hurry->count; i++) {
        const struct fl_endpoint_poll *poll =
            fl_endpoints_find(fl_daemon_endpoints(node->daemon), hurry->items[i].peer);
        if (poll != NULL && fl_endpoint_poll_works(poll)) {
            return true;
        }
    }
    return false;
}

struct row {
    char code[FL_CODE_BYTES_MAX + 1];
    const char *state;
    bool is_in_trouble;
    char words[1024];
};

static bool look_at_mirror(const struct item *item, struct fl_node *node, struct row *row)
{
    struct fl_mirror_state state;
    if (fl_mirrors_look(fl_daemon_mirrors(node->daemon), item->code, &state) != FL_OK) {
        return false;
    }
    snprintf(row->code, sizeof row->code, "%s", item->code);
    snprintf(row->words, sizeof row->words, "%s", state.words);
    row->state = fl_mirror_condition_name(state.condition);
    row->is_in_trouble = state.condition == FL_MIRROR_TROUBLE;
    return true;
}

static bool look_at_endpoint(
    const struct item *item,
    struct fl_node *node,
    struct row *row)
{
    struct fl_endpoint_state state;
    struct fl_peer peer;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool found = fl_peers_get(&txn, item->peer, &peer) == FL_OK;
    fl_endpoint_state_get(&txn, item->peer, &state);
    fl_txn_abort(&txn);
    if (found) {
        snprintf(row->code, sizeof row->code, "%s", peer.code);
        snprintf(row->words, sizeof row->words, "%s", state.words);
        row->state = fl_endpoint_condition_name(state.condition);
        row->is_in_trouble = state.condition == FL_ENDPOINT_TROUBLE;
    }
    return found;
}

bool fl_endpoint_hurry_show(
    const struct fl_endpoint_hurry *hurry,
    struct fl_node *node,
    struct fl_output *output)
{
    bool all_well = true;
    fl_output_list_begin(output, "endpoints");
    for (size_t i = 0; i < hurry->count; i++) {
        const struct item *item = &hurry->items[i];
        struct row row = {.code = ""};
        if (item->code[0] != '\0' ? !look_at_mirror(item, node, &row)
                                  : !look_at_endpoint(item, node, &row)) {
            continue;
        }
        bool done = item_is_done(item, node);
        fl_output_row(output);
        fl_output_text(output, "code", N_("code"), row.code);
        fl_output_flag(output, "done", N_("synchronised"), done && !row.is_in_trouble);
        fl_output_text(output, "state", N_("state"), row.state);
        fl_output_text(
            output, "trouble", N_("trouble"),
            done ? row.words : _("no end yet; filiald goes on with it"));
        all_well = all_well && done && !row.is_in_trouble;
    }
    fl_output_list_end(output);
    return all_well;
}
