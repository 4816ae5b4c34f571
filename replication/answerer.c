/*
 * The answerer: helps a peer that compares. What a request needs is made first, digests
 * or a list; the answer goes out when it is there and the line is free. A request that
 * comes again under its step is answered again, so nothing that is lost matters.
 */

#include <string.h>

#include "proto/status.h"
#include "replication/comparison.h"

struct fl_answerer {
    struct fl_answerer_options options;
    uint64_t now_ms;
    enum fl_comparison_line line;
    struct fl_comparison_actions *actions;
    bool active;
    uint64_t heard_ms;
    struct fl_compare request; /* the newest */
    bool unanswered;
    bool making; /* digests or a list */
    bool reading;
    enum fl_compare_reason refusal; /* of this request */
    const struct fl_digests *digests;
    const struct fl_compare_entry *entries;
    size_t entry_count;
    uint32_t list_step; /* of the request that `entries` answer; 0: none */
    struct fl_buckets buckets;
    struct fl_compare answer;
};

struct fl_answerer *fl_answerer_new(const struct fl_answerer_options *options)
{
    struct fl_answerer *answerer = fl_alloc_zeroed(1, sizeof(*answerer));

    if (answerer) {
        answerer->options = *options;
    }
    return answerer;
}

void fl_answerer_free(struct fl_answerer *answerer)
{
    fl_free(answerer);
}

/* -- acting -- */

static struct fl_comparison_action *act(
    struct fl_answerer *answerer,
    enum fl_comparison_action_kind kind)
{
    struct fl_comparison_actions *actions = answerer->actions;

    FL_ASSERT(actions->count < FL_COMPARISON_ACTIONS_MAX);
    struct fl_comparison_action *action = &actions->items[actions->count++];

    *action = (struct fl_comparison_action){.kind = kind};
    return action;
}

static void tell(
    const struct fl_answerer *answerer,
    const char *sentence,
    uint64_t first,
    uint64_t second)
{
    fl_trace_tell(&answerer->options.trace, sentence, first, second);
}

/* An answer to the request in hand, to be filled. */
static struct fl_compare *say(struct fl_answerer *answerer, enum fl_compare_kind kind)
{
    struct fl_compare *answer = &answerer->answer;

    answer->kind = kind;
    answer->id = answerer->request.id;
    answer->step = answerer->request.step;
    answer->count = 0;
    act(answerer, FL_COMPARISON_SEND)->say = answer;
    return answer;
}

static void refuse(struct fl_answerer *answerer, enum fl_compare_reason reason)
{
    say(answerer, FL_COMPARE_REFUSED)->reason = (uint8_t)reason;
    answerer->unanswered = false;
}

static void forget(struct fl_answerer *answerer)
{
    act(answerer, FL_COMPARISON_FORGET);
    answerer->active = false;
    answerer->unanswered = false;
    answerer->making = false;
    answerer->reading = false;
    answerer->refusal = FL_COMPARE_NO_REASON;
    answerer->digests = NULL;
    answerer->entries = NULL;
    answerer->entry_count = 0;
    answerer->list_step = 0;
}

/* -- answers -- */

static void say_parts(struct fl_answerer *answerer)
{
    const struct fl_compare *request = &answerer->request;
    struct fl_compare *answer = say(answerer, FL_COMPARE_PARTS);

    for (size_t i = 0; i < request->count; i++) {
        for (unsigned part = 0; part < FL_RANGE_PARTS; part++) {
            answer->of.digests[answer->count++] = fl_digests_sum(
                answerer->digests, fl_digests_part(request->of.ranges[i], part));
        }
    }
}

static void say_entries(struct fl_answerer *answerer)
{
    struct fl_compare *answer = say(answerer, FL_COMPARE_ENTRIES);
    size_t index = answerer->request.index;

    answer->index = answerer->request.index;
    while (index < answerer->entry_count && answer->count < FL_COMPARE_KEYS_MAX) {
        answer->of.entries[answer->count++] = answerer->entries[index++];
    }
}

static void ask_node(struct fl_answerer *answerer, enum fl_comparison_action_kind kind)
{
    struct fl_comparison_action *action = act(answerer, kind);

    action->keys = answerer->request.of.keys;
    action->count = answerer->request.count;
    answerer->reading = true;
}

static void make_list(struct fl_answerer *answerer)
{
    const struct fl_compare *request = &answerer->request;

    memset(&answerer->buckets, 0, sizeof(answerer->buckets));
    for (size_t i = 0; i < request->count; i++) {
        fl_buckets_add(&answerer->buckets, request->of.ranges[i]);
    }
    answerer->list_step = 0;
    answerer->making = true;
    act(answerer, FL_COMPARISON_LIST)->buckets = &answerer->buckets;
}

/* Now, if what it needs is there; otherwise that is asked of the node. */
static void answer_request(struct fl_answerer *answerer)
{
    const struct fl_compare *request = &answerer->request;

    switch (request->kind) {
    case FL_COMPARE_BEGIN:
        if (answerer->digests) {
            struct fl_compare *answer = say(answerer, FL_COMPARE_BEGUN);

            answer->count = 1;
            answer->of.digests[0] =
                fl_digests_sum(answerer->digests, (struct fl_range){0, 0});
        }
        return;
    case FL_COMPARE_SPLIT:
        say_parts(answerer);
        return;
    case FL_COMPARE_LIST:
        if (answerer->list_step == request->step) {
            say(answerer, FL_COMPARE_LISTED)->number = answerer->entry_count;
        } else {
            make_list(answerer);
        }
        return;
    case FL_COMPARE_NEXT:
        say_entries(answerer);
        return;
    case FL_COMPARE_CHECK:
        ask_node(answerer, FL_COMPARISON_READ);
        return;
    case FL_COMPARE_REGISTER:
        ask_node(answerer, FL_COMPARISON_REGISTER);
        return;
    case FL_COMPARE_END:
    case FL_COMPARE_BEGUN:
    case FL_COMPARE_PARTS:
    case FL_COMPARE_LISTED:
    case FL_COMPARE_ENTRIES:
    case FL_COMPARE_STATES:
    case FL_COMPARE_REGISTERED:
    case FL_COMPARE_WORKING:
    case FL_COMPARE_REFUSED:
        return;
    }
}

/* What a request rests on is there, or it is of a comparison that was forgotten. */
static bool is_founded(const struct fl_answerer *answerer)
{
    if (answerer->request.kind == FL_COMPARE_NEXT) {
        return answerer->list_step != 0;
    }
    return answerer->request.kind == FL_COMPARE_BEGIN || answerer->digests;
}

static void pump(struct fl_answerer *answerer)
{
    if (!answerer->unanswered || answerer->making || answerer->reading ||
        answerer->line != FL_COMPARISON_FREE) {
        return;
    }
    if (answerer->refusal != FL_COMPARE_NO_REASON) {
        refuse(answerer, answerer->refusal);
        return;
    }
    if (!is_founded(answerer)) {
        refuse(answerer, FL_COMPARE_UNKNOWN);
        return;
    }
    answer_request(answerer);
    answerer->unanswered = answerer->making || answerer->reading;
}

/* -- requests -- */

static void take(struct fl_answerer *answerer, const struct fl_compare *request)
{
    answerer->request = *request;
    answerer->unanswered = true;
    answerer->refusal = FL_COMPARE_NO_REASON;
}

static void begin(struct fl_answerer *answerer, const struct fl_compare *request)
{
    if (answerer->active) {
        forget(answerer);
    }
    answerer->active = true;
    take(answerer, request);
    answerer->making = true;
    act(answerer, FL_COMPARISON_DIGEST)->type = request->type;
    tell(answerer, "makes digests for the peer", 0, 0);
}

/* Of a comparison that is not known: what is asked is said, and nothing is kept. */
static void turn_away(struct fl_answerer *answerer, const struct fl_compare *request)
{
    struct fl_compare *answer = &answerer->answer;

    if (request->kind == FL_COMPARE_END || answerer->line != FL_COMPARISON_FREE) {
        return;
    }
    answer->kind = FL_COMPARE_REFUSED;
    answer->id = request->id;
    answer->step = request->step;
    answer->reason = FL_COMPARE_UNKNOWN;
    act(answerer, FL_COMPARISON_SEND)->say = answer;
}

static void repeat(struct fl_answerer *answerer, const struct fl_comparison_event *event)
{
    if (answerer->making && answerer->line == FL_COMPARISON_FREE) {
        struct fl_compare *answer = say(answerer, FL_COMPARE_WORKING);

        answer->number = event->read;
        answer->total = event->read_total;
        return;
    }
    answerer->unanswered = true;
}

static void on_request(
    struct fl_answerer *answerer,
    const struct fl_comparison_event *event)
{
    const struct fl_compare *request = event->said;
    bool known = answerer->active && request->id == answerer->request.id;

    if (request->kind > FL_COMPARE_END) {
        return; /* an answer that nobody waits for */
    }
    answerer->heard_ms = answerer->now_ms;
    if (!known && request->kind == FL_COMPARE_BEGIN) {
        begin(answerer, request);
    } else if (!known) {
        turn_away(answerer, request);
    } else if (request->kind == FL_COMPARE_END) {
        tell(answerer, "is not needed any more", 0, 0);
        forget(answerer);
    } else if (request->step == answerer->request.step) {
        repeat(answerer, event);
    } else if (request->step > answerer->request.step && !answerer->making) {
        take(answerer, request);
    }
}

/* -- events -- */

static void on_states(struct fl_answerer *answerer, const struct fl_state *states)
{
    struct fl_compare *answer;

    answerer->reading = false;
    answerer->unanswered = false;
    answer = say(answerer, FL_COMPARE_STATES);
    answer->count = answerer->request.count;
    memcpy(answer->of.states, states, answer->count * sizeof(answer->of.states[0]));
}

static void on_event(
    struct fl_answerer *answerer,
    const struct fl_comparison_event *event)
{
    switch (event->kind) {
    case FL_COMPARISON_TICK:
        return;
    case FL_COMPARISON_HEARD:
        on_request(answerer, event);
        return;
    case FL_COMPARISON_DIGESTED:
        answerer->making = false;
        answerer->digests = event->digests;
        return;
    case FL_COMPARISON_LISTED:
        answerer->making = false;
        answerer->entries = event->entries;
        answerer->entry_count = event->number;
        answerer->list_step = answerer->request.step;
        return;
    case FL_COMPARISON_READ_DONE:
        on_states(answerer, event->states);
        return;
    case FL_COMPARISON_REGISTERED:
        answerer->reading = false;
        answerer->unanswered = false;
        say(answerer, FL_COMPARE_REGISTERED)->number = event->number;
        tell(answerer, "registers % for the peer", event->number, 0);
        return;
    case FL_COMPARISON_UNAVAILABLE:
        answerer->making = false;
        answerer->reading = false;
        answerer->refusal = event->reason;
        return;
    }
}

void fl_answerer_step(
    struct fl_answerer *answerer,
    const struct fl_comparison_event *event,
    struct fl_comparison_actions *out_actions)
{
    out_actions->count = 0;
    answerer->actions = out_actions;
    answerer->now_ms = event->now_ms;
    answerer->line = event->line;
    on_event(answerer, event);
    if (answerer->active && event->now_ms >= fl_answerer_due_ms(answerer)) {
        tell(answerer, "hears nothing of the comparison and forgets it", 0, 0);
        forget(answerer);
    }
    pump(answerer);
    answerer->actions = NULL;
}

uint64_t fl_answerer_due_ms(const struct fl_answerer *answerer)
{
    return answerer->active ? answerer->heard_ms + answerer->options.idle_ms : UINT64_MAX;
}
