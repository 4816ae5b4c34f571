/*
 * A branch and a centre in one process: two stores, two replicators and a wire between
 * them that a test may cut, bend and repeat. Time passes when nothing else can.
 */

#include "fixture.h"

#include "log.h"
#include "proto/frame.h"
#include "random.h"
#include "replicator.h"
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

static void put_frame(struct side *side, struct fl_bytes head, struct fl_bytes body)
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

static enum fl_status on_send(
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

static void on_close(void *context, struct fl_link *link, const char *words)
{
    struct side *side = context;
    (void)link;
    (void)words;
    side->close_wanted = true;
}

static void on_round_done(void *context, struct fl_link *link)
{
    struct side *side = context;
    (void)link;
    side->rounds++;
}

static struct wire_frame take_frame(struct side *side)
{
    struct wire_frame frame = side->out[side->out_first];
    side->out_first = (side->out_first + 1) % WIRE_FRAMES_MAX;
    side->out_count--;
    return frame;
}

static void empty_wire(struct side *side)
{
    while (side->out_count > 0) {
        free(take_frame(side).bytes);
    }
}

static enum fl_frame_kind kind_of(const struct wire_frame *frame)
{
    struct fl_frame decoded;
    assert_int_equal(
        fl_frame_decode((struct fl_bytes){frame->bytes, frame->size}, &decoded), FL_OK);
    return decoded.kind;
}

static void disconnect(struct pair *pair)
{
    pair->connected = false;
    struct side *sides[] = {&pair->branch, &pair->centre};
    for (size_t i = 0; i < 2; i++) {
        empty_wire(sides[i]);
        sides[i]->close_wanted = false;
        fl_replicator_disconnected(sides[i]->link, pair->now_ms);
    }
}

static void connect_wire(struct pair *pair)
{
    pair->connected = true;
    fl_replicator_connected(pair->centre.link, pair->now_ms);
    fl_replicator_connected(pair->branch.link, pair->now_ms);
}

/* -- nodes -- */

static void put_peer(struct side *side, enum fl_peer_role role)
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
    strcpy(peer->code, other->identity->code);
    memcpy(peer->signing_key, other->keys.signing_public, sizeof peer->signing_key);
    memcpy(peer->transport_key, other->keys.transport_public, sizeof peer->transport_key);
    fl_txn_begin(&txn, side->node->store, FL_TXN_KEEP);
    fl_peers_put(&txn, peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    free(peer);
}

static void open_replicator(struct side *side)
{
    const struct fl_replicator_output output = {on_send, on_close, on_round_done, side};
    struct fl_error error;
    if (fl_replicator_new(side->node, &output, &side->replicator, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    side->link = fl_replicator_link(side->replicator, 0);
    assert_non_null(side->link);
    assert_null(fl_replicator_link(side->replicator, 1));
}

static int run_on(
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

static void load_configuration(struct side *side)
{
    const char *const words[] = {"configuration", "load", FILIAL_DEMO_CONFIGURATION};
    run_on(side, NULL, 3, words);
}

/* Lines of batch, one transaction. */
static void batch(struct side *side, const char *lines)
{
    const char *const words[] = {"batch"};
    run_on(side, lines, 1, words);
}

static void put_currency(struct side *side, unsigned number, const char *description)
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
static void put_many(struct side *side, unsigned first, unsigned count)
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

static int setup(void **state)
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

static int teardown(void **state)
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

static bool deliver(struct side *from)
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

static void serve(struct side *side, bool all)
{
    struct fl_error error;
    if (fl_replicator_flush(side->replicator, all, side->pair->now_ms, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    fl_replicator_tick(side->replicator, side->pair->now_ms);
}

static bool is_over(const struct pair *pair, unsigned rounds)
{
    return pair->branch.rounds >= rounds &&
           fl_link_state(pair->branch.link) == FL_SESSION_IDLE &&
           fl_link_state(pair->centre.link) == FL_SESSION_IDLE;
}

/* One turn of both nodes; what nobody does anything in is skipped up to the next due. */
static void turn(struct pair *pair)
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
static bool synchronise_within(struct pair *pair, uint64_t patience_ms)
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

static void synchronise(struct pair *pair)
{
    if (!synchronise_within(pair, PATIENCE_MS)) {
        fail_msg(
            "the round did not end: branch %s, centre %s",
            fl_session_state_name(fl_link_state(pair->branch.link)),
            fl_session_state_name(fl_link_state(pair->centre.link)));
    }
}

static void must_be_equal(const struct pair *pair)
{
    struct fixture_state branch = fixture_content(pair->branch.node);
    struct fixture_state centre = fixture_content(pair->centre.node);
    assert_memory_equal(branch.hash, centre.hash, sizeof branch.hash);
}

static uint64_t objects_of(const struct side *side)
{
    struct fl_txn txn;
    struct fl_store_contents contents;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    assert_int_equal(fl_store_content(&txn, 0, &contents), FL_OK);
    fl_txn_abort(&txn);
    return contents.objects;
}

static void must_say_of(struct side *side, unsigned number, const char *words)
{
    char ref[100];
    snprintf(ref, sizeof ref, "Catalog.Валюты:11111111-2222-4333-8444-%012u", number);
    const char *const get[] = {"object", "get", ref};
    run_on(side, NULL, 3, get);
    fixture_must_say(side->pair->fixture->out, words);
}

/* -- tests -- */

static void test_changes_of_a_branch_come_to_the_centre_and_no_echo_comes_back(
    void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    put_currency(&pair->branch, 2, "two");
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 2);
    put_currency(&pair->branch, 2, "two again");
    batch(
        &pair->branch,
        "{\"delete\":\"Catalog.Валюты:11111111-2222-4333-8444-000000000001\"}");
    struct fixture_state before = fixture_content(pair->branch.node);
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 1);
    fixture_must_be_unchanged(pair->branch.node, &before);
}

static void test_a_synchronisation_with_nothing_to_do_is_one_round_trip(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    uint64_t branch_frames = pair->branch.frames_sent;
    uint64_t branch_bytes = pair->branch.bytes_sent;
    uint64_t centre_frames = pair->centre.frames_sent;
    uint64_t centre_bytes = pair->centre.bytes_sent;
    synchronise(pair);
    assert_int_equal(pair->branch.frames_sent - branch_frames, 1);
    assert_int_equal(pair->centre.frames_sent - centre_frames, 1);
    assert_true(pair->branch.bytes_sent - branch_bytes <= 250);
    assert_true(pair->centre.bytes_sent - centre_bytes <= 250);
}

static void test_many_messages_of_both_sides_pass_each_other(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 9000);
    put_many(&pair->centre, 100000, 9000);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 18000);
}

static uint64_t collisions_of(const struct side *side)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    uint64_t count = fl_collisions_count(&txn);
    fl_txn_abort(&txn);
    return count;
}

static void test_the_parent_wins_a_collision_and_both_versions_are_on_record(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    synchronise(pair);
    put_currency(&pair->branch, 1, "of branch");
    put_currency(&pair->centre, 1, "of centre");
    synchronise(pair);
    must_be_equal(pair);
    must_say_of(&pair->branch, 1, "of centre");
    assert_int_equal(collisions_of(&pair->centre), 1);
    struct fl_collision_record collision;
    struct fl_txn txn;
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_READ);
    assert_int_equal(fl_collisions_next(&txn, 0, &collision), FL_OK);
    assert_int_equal(collision.kept, FL_COLLISION_KEPT_OURS);
    assert_true(collision.ours.record.size > 0);
    assert_true(collision.theirs.record.size > 0);
    assert_false(fl_bytes_equal(collision.ours.record, collision.theirs.record));
    fl_txn_abort(&txn);
}

static void test_the_same_change_on_both_sides_is_no_collision(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "the same");
    put_currency(&pair->centre, 1, "the same");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(collisions_of(&pair->branch), 0);
    assert_int_equal(collisions_of(&pair->centre), 0);
}

/* The 5th chunk is the last that comes through. */
static bool cut_once(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    if (from == &pair->branch && kind_of(frame) == FL_FRAME_CHUNK) {
        pair->count++;
        if (pair->count == 5) {
            from->close_wanted = true;
        }
    }
    return true;
}

static void test_a_message_that_was_cut_goes_on_where_it_was(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 1000); /* less than one message, more than ten chunks */
    pair->pass = cut_once;
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 1000);
    unsigned with_a_cut = pair->count;
    pair->count = 100;
    put_many(&pair->branch, 10001, 1000); /* the same again, without */
    synchronise(pair);
    assert_in_range(with_a_cut, pair->count - 100, pair->count - 100 + 1);
}

static struct wire_frame kept[64];

/* Frames of the first message, for a second delivery. */
static bool keep_copies(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    enum fl_frame_kind kind = kind_of(frame);
    bool is_message = kind == FL_FRAME_MESSAGE || kind == FL_FRAME_CHUNK;
    if (from == &pair->branch && is_message && pair->count < 64) {
        kept[pair->count].bytes = malloc(frame->size);
        kept[pair->count].size = frame->size;
        assert_non_null(kept[pair->count].bytes);
        memcpy(kept[pair->count++].bytes, frame->bytes, frame->size);
    }
    return true;
}

static void test_a_message_that_comes_twice_changes_nothing(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    pair->pass = keep_copies;
    synchronise(pair);
    pair->pass = NULL;
    struct fixture_state before = fixture_content(pair->centre.node);
    uint64_t frames = pair->centre.frames_sent;
    assert_true(pair->count >= 2);
    for (unsigned i = 0; i < pair->count; i++) {
        put_frame(
            &pair->branch, (struct fl_bytes){kept[i].bytes, kept[i].size},
            (struct fl_bytes){0});
        free(kept[i].bytes);
    }
    for (int i = 0; i < 20; i++) {
        turn(pair);
    }
    fixture_must_be_unchanged(pair->centre.node, &before);
    assert_true(pair->centre.frames_sent > frames); /* its confirmation again */
    synchronise(pair);
    fixture_must_be_unchanged(pair->centre.node, &before);
}

/* One bit of one frame of each of the first 20 that carry something. */
static bool flip_bits(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    enum fl_frame_kind kind = kind_of(frame);
    if (from == &pair->branch && pair->count < 20 &&
        (kind == FL_FRAME_MESSAGE || kind == FL_FRAME_CHUNK)) {
        size_t at = frame->size - 1 - pair->count * 7 % (frame->size - 60);
        frame->bytes[at] ^= (uint8_t)(1u << pair->count % 8);
        pair->count++;
    }
    return true;
}

static void test_flipped_bits_cost_time_and_nothing_else(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 2000);
    pair->pass = flip_bits;
    synchronise(pair);
    assert_int_equal(pair->count, 20);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 2000);
}

static bool lose_some(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    (void)from;
    (void)frame;
    pair->count = pair->count * 1103515245u + 12345u;
    return (pair->count >> 16) % 50 != 0;
}

static void test_lost_frames_cost_time_and_nothing_else(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 3000);
    put_many(&pair->centre, 100000, 1000);
    pair->pass = lose_some;
    pair->count = 7;
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 4000);
}

static void change_peer(
    struct side *side,
    enum fl_peer_state peer_state,
    const uint8_t signing_key[FL_PEER_KEY_BYTES])
{
    struct fl_txn txn;
    struct fl_error error;
    struct fl_peer *peer = calloc(1, sizeof *peer);
    assert_non_null(peer);
    fl_txn_begin(&txn, side->node->store, FL_TXN_KEEP);
    assert_int_equal(fl_peers_next(&txn, 0, peer), FL_OK);
    peer->state = peer_state;
    if (signing_key != NULL) {
        memcpy(peer->signing_key, signing_key, sizeof peer->signing_key);
    }
    fl_peers_put(&txn, peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    assert_int_equal(fl_replicator_reload(side->replicator, &error), FL_OK);
    free(peer);
}

static void test_a_revoked_node_is_not_heard_though_its_connection_stands(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    change_peer(&pair->centre, FL_PEER_REVOKED, NULL);
    struct fixture_state before = fixture_content(pair->centre.node);
    put_currency(&pair->branch, 2, "two");
    assert_false(synchronise_within(pair, 10 * 60 * 1000));
    fixture_must_be_unchanged(pair->centre.node, &before);
}

static void test_a_message_signed_by_another_key_is_dropped(void **state)
{
    struct pair *pair = *state;
    uint8_t stranger[FL_PEER_KEY_BYTES];
    memcpy(stranger, pair->centre.node->keys.signing_public, sizeof stranger);
    change_peer(&pair->centre, FL_PEER_ACTIVE, stranger);
    struct fixture_state before = fixture_content(pair->centre.node);
    put_currency(&pair->branch, 1, "one");
    assert_false(synchronise_within(pair, 10 * 60 * 1000));
    fixture_must_be_unchanged(pair->centre.node, &before);
}

static void test_junk_is_dropped(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    struct fixture_state before = fixture_content(pair->centre.node);
    uint8_t junk[300];
    for (size_t size = 0; size < sizeof junk; size++) {
        for (size_t i = 0; i < size; i++) {
            junk[i] = (uint8_t)(i * 31 + size * 7);
        }
        fl_replicator_frame(
            pair->centre.link, (struct fl_bytes){junk, size}, pair->now_ms);
    }
    fixture_must_be_unchanged(pair->centre.node, &before);
    put_currency(&pair->branch, 2, "two");
    synchronise(pair);
    must_be_equal(pair);
}

/* A record that no writer of ours makes, beside a sound one in the same transaction. */
static void append_poison(struct side *side)
{
    static const uint8_t broken[] = {0xff, 0xff, 0xff, 0xff, 0xff};
    struct fl_txn txn;
    struct fl_entry sound;
    struct fl_key key = {.type = 0};
    struct fl_buffer copy;
    put_currency(side, 50, "sound");
    side->broken++;
    fl_buffer_init(&copy, 1 << 20);
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    assert_int_equal(fl_journal_get(&txn, fl_journal_head(&txn), &sound), FL_OK);
    key = sound.key;
    fl_buffer_put(&copy, sound.record);
    fl_txn_abort(&txn);
    fl_txn_begin(&txn, side->node->store, FL_TXN_WRITE);
    fl_journal_transaction(&txn);
    key.id.bytes[0] ^= 0x55;
    fl_journal_append(
        &txn, &(struct fl_entry){
                  .configuration = side->node->configuration_number,
                  .key = key,
                  .record = {broken, sizeof broken}});
    key.id.bytes[0] ^= 0x0f;
    fl_journal_append(
        &txn, &(struct fl_entry){
                  .configuration = side->node->configuration_number,
                  .key = key,
                  .record = fl_buffer_view(&copy)});
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    fl_buffer_deinit(&copy);
}

static void test_a_poisonous_object_is_quarantined_with_its_transaction(void **state)
{
    struct pair *pair = *state;
    struct fl_txn txn;
    append_poison(&pair->branch);
    put_currency(&pair->branch, 51, "after it");
    synchronise(pair);
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_READ);
    assert_int_equal(fl_quarantine_count(&txn), 2);
    fl_txn_abort(&txn);
    assert_int_equal(objects_of(&pair->centre), 2); /* the rest flows */
    synchronise(pair);
    assert_int_equal(objects_of(&pair->centre), 2);
}

/* -- a node from a backup -- */

static void reopen(struct side *side, const char *shell)
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

static const char back_up[] = "rm -rf ../kept && cp -r store ../kept";
static const char restore[] = "rm -rf store && cp -r ../kept store";

static void test_a_restart_goes_on_where_both_were(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 1500);
    synchronise(pair);
    reopen(&pair->branch, NULL);
    reopen(&pair->centre, NULL);
    struct fixture_state before = fixture_content(pair->centre.node);
    synchronise(pair);
    fixture_must_be_unchanged(pair->centre.node, &before);
    put_currency(&pair->branch, 1, "one");
    synchronise(pair);
    must_be_equal(pair);
}

/* More than it takes for the centre to write down how far it has looked. */
static void test_what_was_looked_through_is_not_missed_later(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 11000);
    synchronise(pair);
    synchronise(pair);
    put_currency(&pair->centre, 1, "one");
    reopen(&pair->centre, NULL);
    put_currency(&pair->centre, 2, "two");
    synchronise(pair);
    must_be_equal(pair);
    reopen(&pair->centre, NULL);
    put_currency(&pair->centre, 3, "three");
    synchronise(pair);
    must_be_equal(pair);
}

static void test_a_restored_branch_gets_back_what_it_lost(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    put_currency(&pair->centre, 10, "of centre");
    synchronise(pair);
    reopen(&pair->branch, back_up);
    put_currency(&pair->branch, 2, "lost");
    put_currency(&pair->centre, 11, "of centre");
    synchronise(pair);
    reopen(&pair->branch, restore);
    put_currency(&pair->branch, 3, "after");
    put_currency(&pair->centre, 12, "of centre");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 6);
}

static void test_a_restored_centre_gets_back_what_it_lost(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    put_currency(&pair->centre, 10, "of centre");
    synchronise(pair);
    reopen(&pair->centre, back_up);
    put_currency(&pair->branch, 2, "lost");
    put_currency(&pair->centre, 11, "lost");
    synchronise(pair);
    reopen(&pair->centre, restore);
    put_currency(&pair->branch, 3, "after");
    put_currency(&pair->centre, 12, "after");
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 6);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_changes_of_a_branch_come_to_the_centre_and_no_echo_comes_back),
        CASE(test_a_synchronisation_with_nothing_to_do_is_one_round_trip),
        CASE(test_many_messages_of_both_sides_pass_each_other),
        CASE(test_the_parent_wins_a_collision_and_both_versions_are_on_record),
        CASE(test_the_same_change_on_both_sides_is_no_collision),
        CASE(test_a_message_that_was_cut_goes_on_where_it_was),
        CASE(test_a_message_that_comes_twice_changes_nothing),
        CASE(test_flipped_bits_cost_time_and_nothing_else),
        CASE(test_lost_frames_cost_time_and_nothing_else),
        CASE(test_a_revoked_node_is_not_heard_though_its_connection_stands),
        CASE(test_a_message_signed_by_another_key_is_dropped),
        CASE(test_junk_is_dropped),
        CASE(test_a_poisonous_object_is_quarantined_with_its_transaction),
        CASE(test_a_restart_goes_on_where_both_were),
        CASE(test_what_was_looked_through_is_not_missed_later),
        CASE(test_a_restored_branch_gets_back_what_it_lost),
        CASE(test_a_restored_centre_gets_back_what_it_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
