#include "pair.h"
#include "replicator/link.h"

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
    pair->count = 100;
    synchronise(pair);
    unsigned without = pair->count - 100;
    pair->count = 0;
    put_many(&pair->branch, 10001, 1000); /* the same again, with a cut */
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 2000);
    assert_in_range(pair->count, without, without + 1);
}

static size_t largest_chunk;

/* Each chunk takes 3 s; what the centre keeps in memory of the message meanwhile. */
static bool slow_down(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    if (from == &pair->branch && kind_of(frame) == FL_FRAME_CHUNK) {
        struct fl_frame decoded;
        assert_int_equal(
            fl_frame_decode((struct fl_bytes){frame->bytes, frame->size}, &decoded),
            FL_OK);
        const struct fl_incoming *incoming =
            fl_link_incoming(pair->centre.link, decoded.chunk_number);
        pair->now_ms += 3000;
        largest_chunk = frame->size > largest_chunk ? frame->size : largest_chunk;
        if (incoming != NULL && incoming->held > 5) {
            assert_true(incoming->stored + 5 >= incoming->held);
            assert_true(incoming->chunks.size < 6 * largest_chunk);
            pair->count++;
        }
    }
    return true;
}

static void test_what_comes_slowly_lies_in_the_store_and_not_in_memory(void **state)
{
    struct pair *pair = *state;
    put_many(&pair->branch, 1, 1000);
    pair->branch.node->settings.chunk_bytes = 16 << 10;
    pair->pass = slow_down;
    largest_chunk = 0;
    synchronise(pair);
    must_be_equal(pair);
    assert_true(pair->count > 5);
    assert_int_equal(objects_of(&pair->centre), 1000);
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

/* A sender whose header says one entry less than its chunks hold, signed all the same. */
static bool understate(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    struct fl_frame decoded;
    struct fl_message_head head;
    struct fl_chunk_info chunk;
    struct fl_buffer message;
    struct fl_buffer bytes;
    if (from != &pair->branch || kind_of(frame) != FL_FRAME_MESSAGE) {
        return true;
    }
    assert_int_equal(
        fl_frame_decode((struct fl_bytes){frame->bytes, frame->size}, &decoded), FL_OK);
    assert_int_equal(fl_message_open(decoded.message, &head), FL_OK);
    assert_int_equal(head.header.chunk_count, 1);
    chunk = fl_message_chunk(&head, 0);
    head.header.entry_count--;
    fl_buffer_init(&message, FL_FRAME_WIRE_BYTES_MAX);
    fl_buffer_init(&bytes, FL_FRAME_WIRE_BYTES_MAX);
    fl_message_seal(&head.header, &chunk, 1, from->node->keys.signing, &message);
    decoded.message = fl_buffer_view(&message);
    fl_frame_encode(&decoded, &bytes);
    assert_int_equal(bytes.size, frame->size);
    memcpy(frame->bytes, bytes.data, bytes.size);
    fl_buffer_deinit(&message);
    fl_buffer_deinit(&bytes);
    pair->count++;
    return true;
}

static void test_a_header_that_understates_its_entries_is_refused(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "one");
    put_currency(&pair->branch, 2, "two");
    struct fixture_state before = fixture_content(pair->centre.node);
    pair->pass = understate;
    assert_false(synchronise_within(pair, 60 * 1000));
    assert_true(pair->count > 0);
    fixture_must_be_unchanged(pair->centre.node, &before);
    pair->pass = NULL;
    synchronise(pair);
    must_be_equal(pair);
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

#define CASE(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

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
        CASE(test_what_comes_slowly_lies_in_the_store_and_not_in_memory),
        CASE(test_a_message_that_comes_twice_changes_nothing),
        CASE(test_flipped_bits_cost_time_and_nothing_else),
        CASE(test_lost_frames_cost_time_and_nothing_else),
        CASE(test_a_revoked_node_is_not_heard_though_its_connection_stands),
        CASE(test_a_message_signed_by_another_key_is_dropped),
        CASE(test_a_header_that_understates_its_entries_is_refused),
        CASE(test_junk_is_dropped),
        CASE(test_a_poisonous_object_is_quarantined_with_its_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
