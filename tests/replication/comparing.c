/*
 * The stage of comparing.h.
 */

#include "comparing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRAVEL_MS = 10 };

/* -- stores -- */

struct fl_key comparing_key(size_t index)
{
    struct fl_key key = {.type = (uint32_t)(index % 3) + 1};

    for (size_t i = 0; i < 8; i++) {
        key.id.bytes[i] = (uint8_t)(index >> (56 - 8 * i));
    }
    return key;
}

static int compare_keys(struct fl_key a, struct fl_key b)
{
    if (a.type != b.type) {
        return a.type < b.type ? -1 : 1;
    }
    return fl_uuid_compare(a.id, b.id);
}

/* Where it is or belongs. */
static size_t place_of(const struct node *node, struct fl_key key)
{
    size_t low = 0;
    size_t high = node->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (compare_keys(node->things[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct thing *find(struct node *node, struct fl_key key)
{
    size_t place = place_of(node, key);

    return place < node->count && fl_key_equal(node->things[place].key, key)
               ? &node->things[place]
               : NULL;
}

struct thing *comparing_thing(struct node *node, size_t index)
{
    struct fl_key key = comparing_key(index);
    size_t place = place_of(node, key);
    struct thing *thing = find(node, key);

    if (thing) {
        return thing;
    }
    assert_true(node->count < THINGS_MAX);
    memmove(
        node->things + place + 1, node->things + place,
        (node->count - place) * sizeof(*node->things));
    node->count++;
    node->things[place] =
        (struct thing){.key = key, .content = 1, .flags = FL_STATE_THERE};
    return &node->things[place];
}

void comparing_remove(struct node *node, size_t index)
{
    struct thing *thing = find(node, comparing_key(index));

    assert_non_null(thing);
    size_t behind = node->count - (size_t)(thing - node->things) - 1;

    memmove(thing, thing + 1, behind * sizeof(*thing));
    node->count--;
}

static void hash_of(const struct thing *thing, uint8_t out_hash[FL_DIGEST_BYTES])
{
    uint8_t content[4];

    fl_store_u32(content, thing->content);
    fl_digests_hash(thing->key, (struct fl_bytes){content, sizeof(content)}, out_hash);
}

static bool is_live(const struct thing *thing)
{
    return (thing->flags & FL_STATE_THERE) != 0;
}

/* -- what the machines ask for -- */

static void make_digests(struct node *node, uint32_t type)
{
    fl_digests_free(node->digests);
    node->digests = fl_digests_new();
    assert_non_null(node->digests);
    for (size_t i = 0; i < node->count; i++) {
        const struct thing *thing = &node->things[i];
        uint8_t hash[FL_DIGEST_BYTES];

        if (is_live(thing) && (type == 0 || thing->key.type == type)) {
            hash_of(thing, hash);
            fl_digests_add(node->digests, fl_digests_bucket(thing->key), hash);
        }
    }
    node->made = (struct fl_comparison_event){
        .kind = FL_COMPARISON_DIGESTED, .digests = node->digests};
}

static void make_list(struct node *node, uint32_t type, const struct fl_buckets *buckets)
{
    node->entry_count = 0;
    for (size_t i = 0; i < node->count; i++) {
        const struct thing *thing = &node->things[i];

        if (is_live(thing) && (type == 0 || thing->key.type == type) &&
            fl_buckets_have(buckets, fl_digests_bucket(thing->key))) {
            struct fl_compare_entry *entry = &node->entries[node->entry_count++];

            entry->key = thing->key;
            hash_of(thing, entry->hash);
        }
    }
    node->made = (struct fl_comparison_event){
        .kind = FL_COMPARISON_LISTED,
        .entries = node->entries,
        .number = node->entry_count};
}

static void read_states(struct node *node, const struct fl_key *keys, size_t count)
{
    memset(node->states, 0, sizeof(node->states));
    for (size_t i = 0; i < count; i++) {
        const struct thing *thing = find(node, keys[i]);

        if (thing) {
            node->states[i].flags = thing->flags;
        }
        if (thing && is_live(thing)) {
            hash_of(thing, node->states[i].hash);
        }
    }
}

static uint64_t register_keys(struct node *node, const struct fl_key *keys, size_t count)
{
    uint64_t registered = 0;

    for (size_t i = 0; i < count; i++) {
        struct thing *thing = find(node, keys[i]);

        if (thing) {
            thing->registered++;
            thing->flags |= FL_STATE_ON_WAY;
            registered++;
        }
    }
    return registered;
}

/* -- the wire -- */

static uint64_t draw(struct comparing *comparing)
{
    comparing->random ^= comparing->random << 13;
    comparing->random ^= comparing->random >> 7;
    comparing->random ^= comparing->random << 17;
    return comparing->random;
}

static void send_it(
    struct comparing *comparing,
    bool to_answerer,
    const struct fl_compare *said)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_COMPARE_BYTES_MAX);
    fl_compare_encode(said, &buffer);
    assert_int_equal(fl_buffer_status(&buffer), FL_OK);
    comparing->wire_bytes += buffer.size;
    comparing->frames++;
    if (draw(comparing) % 100 >= comparing->loss_percent) {
        assert_true(comparing->wire_count < WIRE_MAX);
        struct packet *packet = &comparing->wire[comparing->wire_count++];

        packet->to_answerer = to_answerer;
        packet->at_ms = comparing->now_ms + TRAVEL_MS;
        packet->size = buffer.size;
        memcpy(packet->bytes, buffer.data, buffer.size);
    }
    fl_buffer_deinit(&buffer);
}

/* -- stepping -- */

static void found(struct comparing *comparing, const struct fl_comparison_action *action)
{
    for (size_t i = 0; i < action->count && comparing->found_count < 1000; i++) {
        comparing->found[comparing->found_count++] = action->differences[i];
    }
}

/* True: answered at once, by `out_event`. */
static bool do_action(
    struct comparing *comparing,
    bool asker,
    const struct fl_comparison_action *action,
    struct fl_comparison_event *out_event)
{
    struct node *node = asker ? &comparing->here : &comparing->there;

    switch (action->kind) {
    case FL_COMPARISON_SEND:
        send_it(comparing, asker, action->say);
        return false;
    case FL_COMPARISON_DIGEST:
        make_digests(node, action->type);
        node->making_until_ms = comparing->now_ms + comparing->made_ms;
        break;
    case FL_COMPARISON_LIST:
        make_list(node, comparing->options.type, action->buckets);
        node->making_until_ms = comparing->now_ms + comparing->made_ms;
        break;
    case FL_COMPARISON_READ:
        read_states(node, action->keys, action->count);
        for (size_t i = 0; i < action->count; i++) {
            node->rules[i] = comparing->rule;
        }
        *out_event = (struct fl_comparison_event){
            .kind = FL_COMPARISON_READ_DONE,
            .states = node->states,
            .rules = node->rules};
        return true;
    case FL_COMPARISON_REGISTER:
        *out_event = (struct fl_comparison_event){
            .kind = FL_COMPARISON_REGISTERED,
            .number = register_keys(node, action->keys, action->count)};
        return true;
    case FL_COMPARISON_DELETE:
        node->deleted_count = action->count;
        memcpy(node->deleted, action->keys, action->count * sizeof(node->deleted[0]));
        *out_event = (struct fl_comparison_event){
            .kind = FL_COMPARISON_REGISTERED, .number = action->count};
        return true;
    case FL_COMPARISON_FOUND:
        found(comparing, action);
        return false;
    case FL_COMPARISON_FORGET:
        node->forgotten++;
        node->making_until_ms = 0;
        return false;
    case FL_COMPARISON_DONE:
        comparing->done = true;
        return false;
    case FL_COMPARISON_FAIL:
        comparing->failed = true;
        comparing->failure = action->failure;
        comparing->reason = action->reason;
        return false;
    }
    if (node->unavailable != FL_COMPARE_NO_REASON) {
        node->made = (struct fl_comparison_event){
            .kind = FL_COMPARISON_UNAVAILABLE, .reason = node->unavailable};
    }
    return false;
}

static void step(
    struct comparing *comparing,
    bool asker,
    struct fl_comparison_event event)
{
    struct node *node = asker ? &comparing->here : &comparing->there;
    bool again = true;

    while (again) {
        struct fl_comparison_actions actions;

        again = false;
        event.now_ms = comparing->now_ms;
        event.line = node->line;
        if (asker) {
            fl_comparison_step(comparing->asker, &event, &actions);
        } else {
            fl_answerer_step(comparing->answerer, &event, &actions);
        }
        for (size_t i = 0; i < actions.count; i++) {
            again = do_action(comparing, asker, &actions.items[i], &event) || again;
        }
    }
}

static void deliver(struct comparing *comparing, size_t index)
{
    struct packet packet = comparing->wire[index];
    struct fl_compare *said = calloc(1, sizeof(*said));

    comparing->wire_count--;
    memmove(
        comparing->wire + index, comparing->wire + index + 1,
        (comparing->wire_count - index) * sizeof(packet));
    assert_non_null(said);
    assert_int_equal(
        fl_compare_decode((struct fl_bytes){packet.bytes, packet.size}, said), FL_OK);
    bool away = comparing->here.line == FL_COMPARISON_AWAY ||
                comparing->there.line == FL_COMPARISON_AWAY;

    if (!away &&
        (!comparing->pass || comparing->pass(comparing, packet.to_answerer, said))) {
        step(
            comparing, !packet.to_answerer,
            (struct fl_comparison_event){
                .kind = FL_COMPARISON_HEARD, .said = said, .read = 5, .read_total = 10});
    }
    free(said);
}

static void finish_making(struct comparing *comparing, bool asker)
{
    struct node *node = asker ? &comparing->here : &comparing->there;

    if (node->making_until_ms > 0 && comparing->now_ms >= node->making_until_ms) {
        node->making_until_ms = 0;
        step(comparing, asker, node->made);
    }
}

static void tick(struct comparing *comparing)
{
    const struct fl_comparison_event event = {.kind = FL_COMPARISON_TICK};

    for (size_t i = 0; i < comparing->wire_count;) {
        if (comparing->wire[i].at_ms <= comparing->now_ms) {
            deliver(comparing, i);
        } else {
            i++;
        }
    }
    finish_making(comparing, true);
    finish_making(comparing, false);
    step(comparing, true, event);
    step(comparing, false, event);
    comparing->now_ms++;
}

void comparing_run(struct comparing *comparing, uint64_t ms)
{
    uint64_t end_ms = comparing->now_ms + ms;

    if (!comparing->asker) {
        comparing->asker = fl_comparison_new(&comparing->options);
        assert_non_null(comparing->asker);
    }
    while (comparing->now_ms < end_ms && !comparing->done && !comparing->failed) {
        tick(comparing);
    }
}

const struct fl_comparison_result *comparing_finish(struct comparing *comparing)
{
    comparing_run(comparing, 10 * 60 * 1000);
    assert_false(comparing->failed);
    assert_true(comparing->done);
    assert_true(fl_comparison_is_over(comparing->asker));
    return fl_comparison_result(comparing->asker);
}

/* -- beginning and end -- */

static void tell(struct comparing *comparing, const char *who, const char *line)
{
    size_t room = sizeof(comparing->story) - comparing->story_size;
    int size =
        snprintf(comparing->story + comparing->story_size, room, "%s: %s\n", who, line);

    if (size > 0 && (size_t)size < room) {
        comparing->story_size += (size_t)size;
    }
}

static void tell_here(void *context, const char *line)
{
    tell(context, "here", line);
}

static void tell_there(void *context, const char *line)
{
    tell(context, "there", line);
}

static void fill(struct node *node, size_t count)
{
    node->things = calloc(THINGS_MAX, sizeof(*node->things));
    node->entries = calloc(THINGS_MAX, sizeof(*node->entries));
    assert_non_null(node->things);
    assert_non_null(node->entries);
    node->line = FL_COMPARISON_FREE;
    for (uint32_t type = 0; type < 3; type++) { /* in their order: quicker */
        for (size_t i = type; i < count; i += 3) {
            (void)comparing_thing(node, i);
        }
    }
}

struct comparing *comparing_new(size_t count)
{
    struct comparing *comparing = calloc(1, sizeof(*comparing));
    struct fl_answerer_options answerer = {.idle_ms = 300000};

    assert_non_null(comparing);
    fill(&comparing->here, count);
    fill(&comparing->there, count);
    comparing->random = 88172645463325252u;
    comparing->now_ms = 1000;
    comparing->made_ms = 3;
    comparing->options = (struct fl_comparison_options){
        .id = 77,
        .peer_is_parent = true,
        .retry_ms = 1000,
        .patience_ms = 60000,
        .trace = {tell_here, comparing},
    };
    answerer.trace = (struct fl_trace){tell_there, comparing};
    comparing->answerer = fl_answerer_new(&answerer);
    assert_non_null(comparing->answerer);
    return comparing;
}

void comparing_free(struct comparing *comparing)
{
    struct node *nodes[] = {&comparing->here, &comparing->there};

    for (size_t i = 0; i < 2; i++) {
        free(nodes[i]->things);
        free(nodes[i]->entries);
        fl_digests_free(nodes[i]->digests);
    }
    fl_comparison_free(comparing->asker);
    fl_answerer_free(comparing->answerer);
    free(comparing);
}
