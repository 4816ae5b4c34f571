/*
 * A small tree of nodes in one process: a store and a replicator each, and wires between
 * child and parent that a test may cut. Time passes when nothing else can.
 */

#ifndef TESTS_NODE_TREE_H
#define TESTS_NODE_TREE_H

#include "fixture.h"

#include "log.h"
#include "replicator/replicator.h"
#include "storage/peers.h"

enum { TREE_NODES_MAX = 6, TREE_FRAMES_MAX = 1024, TREE_TURNS_MAX = 200000 };

struct tree_node {
    struct tree *tree;
    const char *code;
    int parent; /* -1: none */
    struct fl_node *node;
    struct fl_replicator *replicator;
};

/* One of the two ends of the wire between a node and its parent. */
struct tree_end {
    struct tree_wire *wire;
    struct tree_end *other;
    struct fl_link *link;
    struct {
        uint8_t *bytes;
        size_t size;
    } out[TREE_FRAMES_MAX]; /* on their way to the other end */
    size_t out_first;
    size_t out_count;
    bool close_wanted;
    unsigned rounds;
};

/* By the child's index; the root has none. */
struct tree_wire {
    bool there;
    bool connected;
    struct tree_end up; /* the child's end */
    struct tree_end down;
};

struct tree {
    struct fixture *fixture;
    size_t count;
    struct tree_node nodes[TREE_NODES_MAX];
    struct tree_wire wires[TREE_NODES_MAX];
    uint64_t now_ms;
    bool may_be_full; /* the disk of some node */
};

/* -- wires -- */

static inline enum fl_status tree_send(
    void *context,
    struct fl_link *link,
    struct fl_bytes head,
    struct fl_bytes body)
{
    struct tree_end *end = fl_link_owner(link);
    (void)context;
    if (end == NULL || !end->wire->connected || end->close_wanted) {
        return FL_NOT_FOUND;
    }
    assert_true(end->out_count < TREE_FRAMES_MAX);
    size_t at = (end->out_first + end->out_count) % TREE_FRAMES_MAX;
    end->out[at].size = head.size + body.size;
    end->out[at].bytes = malloc(end->out[at].size);
    assert_non_null(end->out[at].bytes);
    memcpy(end->out[at].bytes, head.data, head.size);
    if (body.size > 0) {
        memcpy(end->out[at].bytes + head.size, body.data, body.size);
    }
    end->out_count++;
    return FL_OK;
}

static inline void tree_close(void *context, struct fl_link *link, const char *words)
{
    struct tree_end *end = fl_link_owner(link);
    (void)context;
    (void)words;
    if (end != NULL) {
        end->close_wanted = true;
    }
}

static inline void tree_round_done(void *context, struct fl_link *link)
{
    struct tree_end *end = fl_link_owner(link);
    (void)context;
    if (end != NULL) {
        end->rounds++;
    }
}

static inline bool tree_deliver(struct tree *tree, struct tree_end *end, bool arrives)
{
    if (end->out_count == 0) {
        return false;
    }
    size_t at = end->out_first;
    end->out_first = (end->out_first + 1) % TREE_FRAMES_MAX;
    end->out_count--;
    if (arrives) {
        fl_replicator_frame(
            end->other->link, (struct fl_bytes){end->out[at].bytes, end->out[at].size},
            tree->now_ms);
    }
    free(end->out[at].bytes);
    return true;
}

static inline void tree_disconnect(struct tree *tree, struct tree_wire *wire)
{
    struct tree_end *ends[] = {&wire->up, &wire->down};
    if (!wire->connected) {
        return;
    }
    wire->connected = false;
    for (size_t i = 0; i < 2; i++) {
        while (tree_deliver(tree, ends[i], /* arrives= */ false)) {
        }
        ends[i]->close_wanted = false;
        fl_replicator_disconnected(ends[i]->link, tree->now_ms);
    }
}

static inline void tree_connect(struct tree *tree, struct tree_wire *wire)
{
    if (!wire->connected) {
        wire->connected = true;
        fl_replicator_connected(wire->down.link, tree->now_ms);
        fl_replicator_connected(wire->up.link, tree->now_ms);
    }
}

/* -- nodes -- */

static inline void tree_put_peer(
    struct tree_node *node,
    const struct tree_node *other,
    enum fl_peer_role role)
{
    struct fl_txn txn;
    struct fl_peer *peer = calloc(1, sizeof *peer);
    assert_non_null(peer);
    peer->node = other->node->identity->node;
    peer->role = role;
    peer->format = FL_PEER_NATIVE;
    peer->state = FL_PEER_ACTIVE;
    memcpy(peer->plan, node->node->plan_hash, sizeof peer->plan);
    strcpy(peer->plan_name, node->node->plan);
    strcpy(peer->endpoint, role == FL_PEER_PARENT ? "inproc://parent" : "");
    strcpy(peer->code, other->node->identity->code);
    memcpy(peer->signing_key, other->node->keys.signing_public, sizeof peer->signing_key);
    memcpy(
        peer->transport_key, other->node->keys.transport_public,
        sizeof peer->transport_key);
    fl_txn_begin(&txn, node->node->store, FL_TXN_KEEP);
    fl_peers_put(&txn, peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    free(peer);
}

static inline void tree_tie(struct tree_node *node, struct tree_node *other, bool up)
{
    struct tree *tree = node->tree;
    struct tree_wire *wire = &tree->wires[up ? node - tree->nodes : other - tree->nodes];
    struct tree_end *end = up ? &wire->up : &wire->down;
    wire->there = true;
    end->wire = wire;
    end->other = up ? &wire->down : &wire->up;
    end->link = fl_replicator_find(node->replicator, other->node->keys.transport_public);
    assert_non_null(end->link);
    fl_link_set_owner(end->link, end);
}

static inline void tree_open_replicator(struct tree *tree, size_t index)
{
    struct tree_node *node = &tree->nodes[index];
    const struct fl_replicator_output output = {
        .send = tree_send,
        .close = tree_close,
        .round_done = tree_round_done,
        .context = node};
    struct fl_error error;
    if (fl_replicator_new(node->node, &output, &node->replicator, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    for (size_t i = 0; i < tree->count; i++) {
        if (node->parent == (int)i) {
            tree_tie(node, &tree->nodes[i], /* up= */ true);
        } else if (tree->nodes[i].parent == (int)index) {
            tree_tie(node, &tree->nodes[i], /* up= */ false);
        }
    }
}

static inline int tree_run(
    struct tree_node *node,
    const char *input,
    size_t count,
    const char *const *words)
{
    struct fixture *fixture = node->tree->fixture;
    fixture->node = node->node;
    int exit_status = fixture_run_words(fixture, input, count, words);
    fixture->node = NULL;
    if (exit_status != 0) {
        fail_msg("%s: %s", node->code, fixture->complaint);
    }
    return exit_status;
}

static inline void tree_make_node(struct tree *tree, size_t index)
{
    const char *const load[] = {"configuration", "load", FILIAL_DEMO_CONFIGURATION};
    struct tree_node *node = &tree->nodes[index];
    struct fl_error error;
    struct fl_txn txn;
    node->node = fixture_node(tree->fixture, node->code, node->code);
    tree_run(node, NULL, 3, load);
    fl_txn_begin(&txn, node->node->store, FL_TXN_KEEP);
    fl_store_put_installation(&txn, tree->nodes[0].node->identity->installation);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    assert_int_equal(fl_node_reload(node->node, &error), FL_OK);
}

/* `nodes` from the root on, each behind its parent. */
static inline struct tree *tree_new(const struct tree_node *nodes, size_t count)
{
    void *state = NULL;
    struct tree *tree = calloc(1, sizeof *tree);
    assert_non_null(tree);
    fixture_setup_empty(&state);
    tree->fixture = state;
    tree->now_ms = 1000;
    tree->count = count;
    for (size_t i = 0; i < count; i++) {
        tree->nodes[i] = nodes[i];
        tree->nodes[i].tree = tree;
        tree_make_node(tree, i);
    }
    for (size_t i = 1; i < count; i++) {
        struct tree_node *parent = &tree->nodes[tree->nodes[i].parent];
        tree_put_peer(&tree->nodes[i], parent, FL_PEER_PARENT);
        tree_put_peer(parent, &tree->nodes[i], FL_PEER_CHILD);
    }
    for (size_t i = 0; i < count; i++) {
        tree_open_replicator(tree, i);
    }
    return tree;
}

static inline void tree_free(struct tree *tree)
{
    void *state = tree->fixture;
    for (size_t i = 0; i < tree->count; i++) {
        tree_disconnect(tree, &tree->wires[i]);
    }
    for (size_t i = 0; i < tree->count; i++) {
        struct fl_check_report report;
        struct fl_error error;
        fl_replicator_free(tree->nodes[i].replicator);
        tree->nodes[i].replicator = NULL;
        assert_int_equal(
            fl_store_check(
                tree->nodes[i].node->store, &(struct fl_check_options){0}, &report,
                &error),
            FL_OK);
        assert_int_equal(report.problems, 0);
        fl_node_close(tree->nodes[i].node);
    }
    free(tree);
    fixture_teardown(&state);
}

/* Ends a node and starts it anew; `shell` changes its directory in between. */
static inline void tree_reopen(struct tree *tree, size_t index, const char *shell)
{
    struct tree_node *node = &tree->nodes[index];
    struct fl_error error;
    char path[FIXTURE_PATH_BYTES];
    snprintf(path, sizeof path, "%s", node->node->directory);
    for (size_t i = 1; i < tree->count; i++) {
        if (i == index || tree->nodes[i].parent == (int)index) {
            tree_disconnect(tree, &tree->wires[i]);
        }
    }
    fl_replicator_free(node->replicator);
    fl_node_close(node->node);
    if (shell != NULL) {
        char command[4 * FIXTURE_PATH_BYTES];
        snprintf(command, sizeof command, "cd '%s' && %s", path, shell);
        assert_int_equal(system(command), 0);
    }
    if (fl_node_open(path, &node->node, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    tree_open_replicator(tree, index);
}

/* -- time -- */

static inline void tree_serve(struct tree *tree, bool all)
{
    struct fl_error error;
    for (size_t i = 0; i < tree->count; i++) {
        struct fl_replicator *replicator = tree->nodes[i].replicator;
        enum fl_status status =
            fl_replicator_flush(replicator, all, tree->now_ms, &error);
        if (status != FL_OK && !(status == FL_FULL && tree->may_be_full)) {
            fail_msg("%s", error.text);
        }
        fl_replicator_tick(replicator, tree->now_ms);
    }
}

static inline void tree_turn(struct tree *tree)
{
    bool busy = false;
    bool on_its_way = false;
    uint64_t due_ms = UINT64_MAX;
    for (size_t i = 1; i < tree->count; i++) {
        struct tree_wire *wire = &tree->wires[i];
        busy = tree_deliver(tree, &wire->up, true) || busy;
        busy = tree_deliver(tree, &wire->down, true) || busy;
    }
    tree_serve(tree, !busy);
    for (size_t i = 1; i < tree->count; i++) {
        struct tree_wire *wire = &tree->wires[i];
        if (wire->up.close_wanted || wire->down.close_wanted) {
            tree_disconnect(tree, wire);
            tree->now_ms += 1000;
            tree_connect(tree, wire);
        }
        on_its_way = on_its_way || wire->up.out_count > 0 || wire->down.out_count > 0;
    }
    for (size_t i = 0; i < tree->count; i++) {
        uint64_t node_ms = fl_replicator_due_ms(tree->nodes[i].replicator);
        due_ms = node_ms < due_ms ? node_ms : due_ms;
    }
    if (!busy && !on_its_way && due_ms > tree->now_ms && due_ms != UINT64_MAX) {
        tree->now_ms = due_ms;
    }
}

/* A round of a node with its parent. */
static inline void tree_sync(struct tree *tree, size_t index)
{
    struct tree_wire *wire = &tree->wires[index];
    unsigned rounds = wire->up.rounds + 1;
    tree_connect(tree, wire);
    fl_replicator_sync(wire->up.link, tree->now_ms);
    for (unsigned turns = 0; turns < TREE_TURNS_MAX; turns++) {
        tree_turn(tree);
        if (wire->up.rounds >= rounds &&
            fl_link_state(wire->up.link) == FL_SESSION_IDLE &&
            fl_link_state(wire->down.link) == FL_SESSION_IDLE) {
            return;
        }
    }
    fail_msg("the round of %s did not end", tree->nodes[index].code);
}

#endif
