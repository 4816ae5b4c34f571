/*
 * A branch and a centre in one process: two stores, two replicators and a wire between
 * them that a test may cut, bend and repeat. Time passes when nothing else can.
 */

#ifndef TESTS_NODE_PAIR_H
#define TESTS_NODE_PAIR_H

#include "fixture.h"

#include "log.h"
#include "proto/frame.h"
#include "random.h"
#include "replicator/replicator.h"
#include "storage/collisions.h"
#include "storage/peers.h"
#include "storage/quarantine.h"

enum { WIRE_FRAMES_MAX = 4096, TURNS_MAX = 200000, PATIENCE_MS = 30 * 60 * 1000 };

struct wire_frame {
    uint8_t *bytes;
    size_t size;
};

struct side {
    struct pair *pair;
    struct side *other;
    struct fl_node *node;
    struct fl_replicator *replicator;
    struct fl_link *link;
    struct wire_frame out[WIRE_FRAMES_MAX]; /* on their way to the other */
    size_t out_first;
    size_t out_count;
    bool close_wanted;
    unsigned rounds;
    uint64_t frames_sent;
    uint64_t bytes_sent;
    uint64_t broken; /* by the test, for a check of the store to find */
};

/* What a test does with a frame before it arrives. False: it is lost. */
typedef bool (*pass_fn)(struct pair *pair, struct side *from, struct wire_frame *frame);

struct pair {
    struct fixture *fixture;
    struct side branch;
    struct side centre;
    bool connected;
    uint64_t now_ms;
    pass_fn pass;
    unsigned count; /* of a test's own */
};

/* -- the wire -- */

static inline void put_frame(
    struct side *side,
    struct fl_bytes head,
    struct fl_bytes body)
{
    assert_true(side->out_count < WIRE_FRAMES_MAX);
    struct wire_frame *frame =
        &side->out[(side->out_first + side->out_count) % WIRE_FRAMES_MAX];
    frame->size = head.size + body.size;
    frame->bytes = malloc(frame->size);
    assert_non_null(frame->bytes);
    memcpy(frame->bytes, head.data, head.size);
    if (body.size > 0) {
        memcpy(frame->bytes + head.size, body.data, body.size);
    }
    side->out_count++;
}

static inline enum fl_status on_send(
    void *context,
    struct fl_link *link,
    struct fl_bytes head,
    struct fl_bytes body)
{
    struct side *side = context;
    (void)link;
    if (!side->pair->connected || side->close_wanted) {
        return FL_NOT_FOUND;
    }
    put_frame(side, head, body);
    side->frames_sent++;
    side->bytes_sent += head.size + body.size;
    return FL_OK;
}

static inline void on_close(void *context, struct fl_link *link, const char *words)
{
    struct side *side = context;
    (void)link;
    (void)words;
    side->close_wanted = true;
}

static inline void on_round_done(void *context, struct fl_link *link)
{
    struct side *side = context;
    (void)link;
    side->rounds++;
}

static inline struct wire_frame take_frame(struct side *side)
{
    struct wire_frame frame = side->out[side->out_first];
    side->out_first = (side->out_first + 1) % WIRE_FRAMES_MAX;
    side->out_count--;
    return frame;
}

static inline void empty_wire(struct side *side)
{
    while (side->out_count > 0) {
        free(take_frame(side).bytes);
    }
}

static inline enum fl_frame_kind kind_of(const struct wire_frame *frame)
{
    struct fl_frame decoded;
    assert_int_equal(
        fl_frame_decode((struct fl_bytes){frame->bytes, frame->size}, &decoded), FL_OK);
    return decoded.kind;
}

static inline void disconnect(struct pair *pair)
{
    pair->connected = false;
    struct side *sides[] = {&pair->branch, &pair->centre};
    for (size_t i = 0; i < 2; i++) {
        empty_wire(sides[i]);
        sides[i]->close_wanted = false;
        fl_replicator_disconnected(sides[i]->link, pair->now_ms);
    }
}

static inline void connect_wire(struct pair *pair)
{
    pair->connected = true;
    fl_replicator_connected(pair->centre.link, pair->now_ms);
    fl_replicator_connected(pair->branch.link, pair->now_ms);
}

/* -- nodes -- */

static inline void put_peer(struct side *side, enum fl_peer_role role)
{
    const struct fl_node *other = side->other->node;
    struct fl_txn txn;
    struct fl_peer *peer = calloc(1, sizeof *peer);
    assert_non_null(peer);
    peer->node = other->identity->node;
    peer->role = role;
    peer->format = FL_PEER_NATIVE;
    peer->state = FL_PEER_ACTIVE;
    memcpy(peer->plan, side->node->plan_hash, sizeof peer->plan);
    strcpy(peer->plan_name, side->node->plan);
    strcpy(peer->endpoint, role == FL_PEER_PARENT ? "inproc://parent" : "");
    strcpy(peer->code, other->identity->code);
    memcpy(peer->signing_key, other->keys.signing_public, sizeof peer->signing_key);
    memcpy(peer->transport_key, other->keys.transport_public, sizeof peer->transport_key);
    fl_txn_begin(&txn, side->node->store, FL_TXN_KEEP);
    fl_peers_put(&txn, peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    free(peer);
}

static inline void open_replicator(struct side *side)
{
    const struct fl_replicator_output output = {
        .send = on_send, .close = on_close, .round_done = on_round_done, .context = side};
    struct fl_error error;
    if (fl_replicator_new(side->node, &output, &side->replicator, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    side->link = fl_replicator_link(side->replicator, 0);
    assert_non_null(side->link);
    assert_null(fl_replicator_link(side->replicator, 1));
}

static inline int run_on(
    struct side *side,
    const char *input,
    size_t count,
    const char *const *words)
{
    struct fixture *fixture = side->pair->fixture;
    fixture->node = side->node;
    int exit_status = fixture_run_words(fixture, input, count, words);
    fixture->node = NULL;
    if (exit_status != 0) {
        fail_msg("%s", fixture->complaint);
    }
    return exit_status;
}

static inline void load_configuration(struct side *side)
{
    const char *const words[] = {"configuration", "load", FILIAL_DEMO_CONFIGURATION};
    run_on(side, NULL, 3, words);
}

/* Lines of batch, one transaction. */
static inline void batch(struct side *side, const char *lines)
{
    const char *const words[] = {"batch"};
    run_on(side, lines, 1, words);
}

static inline void put_currency(
    struct side *side,
    unsigned number,
    const char *description)
{
    char line[300];
    snprintf(
        line, sizeof line,
        "{\"put\":\"Catalog.Валюты:11111111-2222-4333-8444-%012u\",\"set\":{\"Code\":"
        "\"%u\",\"Description\":\"%s\"}}",
        number, number % 1000, description);
    batch(side, line);
}

/* `count` objects of about a kilobyte, in transactions of 500. */
static inline void put_many(struct side *side, unsigned first, unsigned count)
{
    enum { LINE_BYTES = 1500, LINES = 500 };
    char *lines = malloc((size_t)LINE_BYTES * LINES + 1);
    char text[800];
    assert_non_null(lines);
    for (unsigned done = 0; done < count;) {
        size_t size = 0;
        for (unsigned i = 0; i < LINES && done < count; i++, done++) {
            unsigned number = first + done;
            for (size_t at = 0; at < sizeof text - 1; at++) {
                number = number * 1103515245u + 12345u;
                text[at] = (char)('a' + (number >> 16) % 26);
            }
            text[sizeof text - 1] = '\0';
            size += (size_t)snprintf(
                lines + size, LINE_BYTES,
                "{\"put\":\"Catalog.Контрагенты:11111111-2222-4333-8444-%012u\",\"set\":"
                "{\"Description\":\"%u\",\"Комментарий\":\"%s\"}}\n",
                first + done, first + done, text);
        }
        batch(side, lines);
    }
    free(lines);
}

static inline int pair_setup(void **state)
{
    fixture_setup_empty(state);
    struct fixture *fixture = *state;
    struct pair *pair = calloc(1, sizeof *pair);
    struct fl_txn txn;
    struct fl_error error;
    assert_non_null(pair);
    pair->fixture = fixture;
    pair->now_ms = 1000;
    pair->branch = (struct side){.pair = pair, .other = &pair->centre};
    pair->centre = (struct side){.pair = pair, .other = &pair->branch};
    pair->branch.node = fixture_node(fixture, "branch", "Ф01");
    pair->centre.node = fixture_node(fixture, "centre", "ЦО");
    load_configuration(&pair->branch);
    load_configuration(&pair->centre);
    fl_txn_begin(&txn, pair->branch.node->store, FL_TXN_KEEP);
    fl_store_put_installation(&txn, pair->centre.node->identity->installation);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    assert_int_equal(fl_node_reload(pair->branch.node, &error), FL_OK);
    put_peer(&pair->branch, FL_PEER_PARENT);
    put_peer(&pair->centre, FL_PEER_CHILD);
    open_replicator(&pair->branch);
    open_replicator(&pair->centre);
    *state = pair;
    return 0;
}

static inline int pair_teardown(void **state)
{
    struct pair *pair = *state;
    struct side *sides[] = {&pair->branch, &pair->centre};
    for (size_t i = 0; i < 2; i++) {
        struct fl_check_report report;
        struct fl_error error;
        empty_wire(sides[i]);
        fl_replicator_free(sides[i]->replicator);
        assert_int_equal(
            fl_store_check(
                sides[i]->node->store, &(struct fl_check_options){0}, &report, &error),
            FL_OK);
        assert_int_equal(report.problems, sides[i]->broken);
        fl_node_close(sides[i]->node);
    }
    *state = pair->fixture;
    free(pair);
    return fixture_teardown(state);
}

/* -- time -- */

static inline bool deliver(struct side *from)
{
    struct pair *pair = from->pair;
    if (from->out_count == 0) {
        return false;
    }
    struct wire_frame frame = take_frame(from);
    if (pair->pass == NULL || pair->pass(pair, from, &frame)) {
        fl_replicator_frame(
            from->other->link, (struct fl_bytes){frame.bytes, frame.size}, pair->now_ms);
    }
    free(frame.bytes);
    return true;
}

static inline void serve(struct side *side, bool all)
{
    struct fl_error error;
    if (fl_replicator_flush(side->replicator, all, side->pair->now_ms, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    fl_replicator_tick(side->replicator, side->pair->now_ms);
}

static inline bool is_over(const struct pair *pair, unsigned rounds)
{
    return pair->branch.rounds >= rounds &&
           fl_link_state(pair->branch.link) == FL_SESSION_IDLE &&
           fl_link_state(pair->centre.link) == FL_SESSION_IDLE;
}

/* One turn of both nodes; what nobody does anything in is skipped up to the next due. */
static inline void turn(struct pair *pair)
{
    bool busy = deliver(&pair->branch);
    busy = deliver(&pair->centre) || busy;
    serve(&pair->branch, !busy);
    serve(&pair->centre, !busy);
    if (pair->connected && (pair->branch.close_wanted || pair->centre.close_wanted)) {
        disconnect(pair);
        pair->now_ms += 1000;
        connect_wire(pair);
    } else if (!busy && pair->branch.out_count == 0 && pair->centre.out_count == 0) {
        uint64_t due_ms = fl_replicator_due_ms(pair->branch.replicator);
        uint64_t centre_ms = fl_replicator_due_ms(pair->centre.replicator);
        due_ms = centre_ms < due_ms ? centre_ms : due_ms;
        if (due_ms > pair->now_ms && due_ms != UINT64_MAX) {
            pair->now_ms = due_ms;
        }
    }
}

/* A round asked for now; false: it did not end within patience. */
static inline bool synchronise_within(struct pair *pair, uint64_t patience_ms)
{
    unsigned rounds = pair->branch.rounds + 1;
    uint64_t end_ms = pair->now_ms + patience_ms;
    if (!pair->connected) {
        connect_wire(pair);
    }
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    for (unsigned turns = 0; turns < TURNS_MAX && pair->now_ms < end_ms; turns++) {
        turn(pair);
        if (is_over(pair, rounds)) {
            return true;
        }
    }
    return false;
}

static inline void synchronise(struct pair *pair)
{
    if (!synchronise_within(pair, PATIENCE_MS)) {
        fail_msg(
            "the round did not end: branch %s, centre %s",
            fl_session_state_name(fl_link_state(pair->branch.link)),
            fl_session_state_name(fl_link_state(pair->centre.link)));
    }
}

static inline void must_be_equal(const struct pair *pair)
{
    struct fixture_state branch = fixture_content(pair->branch.node);
    struct fixture_state centre = fixture_content(pair->centre.node);
    assert_memory_equal(branch.hash, centre.hash, sizeof branch.hash);
}

static inline uint64_t objects_of(const struct side *side)
{
    struct fl_txn txn;
    struct fl_store_contents contents;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    assert_int_equal(fl_store_content(&txn, 0, &contents), FL_OK);
    fl_txn_abort(&txn);
    return contents.objects;
}

static inline void must_say_of(struct side *side, unsigned number, const char *words)
{
    char ref[100];
    snprintf(ref, sizeof ref, "Catalog.Валюты:11111111-2222-4333-8444-%012u", number);
    const char *const get[] = {"object", "get", ref};
    run_on(side, NULL, 3, get);
    fixture_must_say(side->pair->fixture->out, words);
}

/* -- a node from a backup -- */

static inline void reopen(struct side *side, const char *shell)
{
    struct fl_error error;
    char path[FIXTURE_PATH_BYTES];
    snprintf(path, sizeof path, "%s", side->node->directory);
    if (side->pair->connected) {
        disconnect(side->pair);
    }
    fl_replicator_free(side->replicator);
    side->replicator = NULL;
    fl_node_close(side->node);
    side->node = NULL;
    if (shell != NULL) {
        char command[4 * FIXTURE_PATH_BYTES];
        snprintf(command, sizeof command, "cd '%s' && %s", path, shell);
        assert_int_equal(system(command), 0);
    }
    if (fl_node_open(path, &side->node, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    open_replicator(side);
}

/* The administrator says that this store was put back from a backup. */
static inline void adopt(struct side *side)
{
    const char *const words[] = {"store", "adopt", "--restored", "--by", "Анна"};
    run_on(side, NULL, 5, words);
    reopen(side, NULL);
}

#endif
