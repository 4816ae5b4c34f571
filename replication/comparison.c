/*
 * The asker. Its stages follow each other:
 *
 *   beginning   both make digests of all they have
 *   dividing    ranges whose digests differ are divided, until few objects are in them
 *   listing     both list what is in such ranges, as many as one list may hold
 *   merging     the peer's list comes in pieces and is laid beside ours
 *   checking    what differs between the lists is looked at once more, now
 *   repairing   what differs indeed is registered, here and there
 *   over
 *
 * One request is out at a time, and is asked again when no answer comes. It goes out
 * only while the line is free; what has come counts whenever it comes.
 */

#include <string.h>

#include "proto/status.h"
#include "replication/comparison.h"
#include "suspects.h"

enum stage { BEGINNING, DIVIDING, LISTING, MERGING, CHECKING, REPAIRING, OVER };

struct fl_comparison {
    struct fl_comparison_options options;
    struct fl_comparison_result result;
    enum stage stage;
    uint64_t now_ms;
    enum fl_comparison_line line;
    struct fl_comparison_actions *actions;
    bool begun;

    struct fl_compare request;
    bool waiting; /* for an answer to it */
    bool sent;    /* it has gone out once */
    uint64_t due_ms;
    uint64_t heard_ms; /* when there was an answer, or none was waited for */

    const struct fl_digests *digests;
    bool digests_there;
    struct fl_digest whole_there;

    struct fl_suspects suspects;
    struct fl_buckets buckets;

    const struct fl_compare_entry *ours;
    size_t ours_count;
    size_t ours_next;
    bool ours_listed;
    bool theirs_listed;
    uint64_t theirs_total;
    uint64_t theirs_index; /* of the piece in hand */
    size_t theirs_next;    /* in it */
    struct fl_compare theirs;
    struct fl_key last; /* of theirs: keys rise */
    bool has_last;

    struct fl_key keys[FL_COMPARE_KEYS_MAX]; /* that may differ */
    size_t key_count;
    struct fl_state states[FL_COMPARE_KEYS_MAX]; /* of these, at the peer */
    struct fl_difference differences[FL_COMPARE_KEYS_MAX];
    size_t difference_count;
    struct fl_key keep_ours[FL_COMPARE_KEYS_MAX];
    size_t keep_ours_count;
    struct fl_key keep_theirs[FL_COMPARE_KEYS_MAX];
    size_t keep_theirs_count;
};

struct fl_comparison *fl_comparison_new(const struct fl_comparison_options *options)
{
    struct fl_comparison *comparison = fl_alloc_zeroed(1, sizeof(*comparison));

    if (comparison) {
        comparison->options = *options;
    }
    return comparison;
}

void fl_comparison_free(struct fl_comparison *comparison)
{
    fl_free(comparison);
}

/* -- acting -- */

static struct fl_comparison_action *act(
    struct fl_comparison *comparison,
    enum fl_comparison_action_kind kind)
{
    struct fl_comparison_actions *actions = comparison->actions;

    FL_ASSERT(actions->count < FL_COMPARISON_ACTIONS_MAX);
    struct fl_comparison_action *action = &actions->items[actions->count++];

    *action = (struct fl_comparison_action){.kind = kind};
    return action;
}

static void tell(
    const struct fl_comparison *comparison,
    const char *sentence,
    uint64_t first,
    uint64_t second)
{
    fl_trace_tell(&comparison->options.trace, sentence, first, second);
}

/* The next request, to be filled; it goes out at the end of the step. */
static struct fl_compare *ask(struct fl_comparison *comparison, enum fl_compare_kind kind)
{
    struct fl_compare *request = &comparison->request;

    request->kind = kind;
    request->id = comparison->options.id;
    request->step++;
    request->count = 0;
    comparison->waiting = true;
    comparison->sent = false;
    comparison->heard_ms = comparison->now_ms;
    comparison->result.requests++;
    return request;
}

static void end(struct fl_comparison *comparison)
{
    comparison->stage = OVER;
    comparison->waiting = false;
    comparison->request.kind = FL_COMPARE_END;
    comparison->request.id = comparison->options.id;
    comparison->request.step++;
    if (comparison->line != FL_COMPARISON_AWAY) {
        act(comparison, FL_COMPARISON_SEND)->say = &comparison->request;
    }
    act(comparison, FL_COMPARISON_FORGET);
}

static void fail(
    struct fl_comparison *comparison,
    enum fl_comparison_failure failure,
    enum fl_compare_reason reason)
{
    tell(comparison, "gives the comparison up", 0, 0);
    end(comparison);
    struct fl_comparison_action *action = act(comparison, FL_COMPARISON_FAIL);

    action->failure = failure;
    action->reason = reason;
}

static void finish(struct fl_comparison *comparison)
{
    tell(
        comparison, "ends the comparison: % differ, % are on their way",
        comparison->result.differences, comparison->result.on_way);
    end(comparison);
    act(comparison, FL_COMPARISON_DONE);
}

/* -- listing -- */

static void list_next(struct fl_comparison *comparison)
{
    struct fl_range *ranges = comparison->request.of.ranges;
    uint64_t objects = 0;
    size_t count =
        fl_suspects_list(&comparison->suspects, ranges, FL_COMPARE_LIST_MAX, &objects);

    if (count == 0) {
        finish(comparison);
        return;
    }
    ask(comparison, FL_COMPARE_LIST)->count = count;
    memset(&comparison->buckets, 0, sizeof(comparison->buckets));
    for (size_t i = 0; i < count; i++) {
        fl_buckets_add(&comparison->buckets, ranges[i]);
    }
    comparison->stage = LISTING;
    comparison->ours_listed = false;
    comparison->theirs_listed = false;
    tell(comparison, "lists % objects in % ranges", objects, count);
    act(comparison, FL_COMPARISON_LIST)->buckets = &comparison->buckets;
}

/* -- dividing -- */

static void compare_range(
    struct fl_comparison *comparison,
    struct fl_range range,
    const struct fl_digest *theirs)
{
    struct fl_digest ours = fl_digests_sum(comparison->digests, range);

    fl_suspects_compare(&comparison->suspects, range, &ours, theirs);
}

/* The next ranges to be divided; when there are none, the lists begin. */
static void divide_next(struct fl_comparison *comparison)
{
    size_t count = fl_suspects_divide(
        &comparison->suspects, comparison->request.of.ranges, FL_COMPARE_SPLIT_MAX);

    if (count == 0) {
        list_next(comparison);
        return;
    }
    ask(comparison, FL_COMPARE_SPLIT)->count = count;
    comparison->stage = DIVIDING;
    tell(comparison, "divides % ranges that differ", count, 0);
}

static void on_parts(struct fl_comparison *comparison, const struct fl_compare *answer)
{
    const struct fl_compare *request = &comparison->request;

    if (answer->count != request->count * FL_RANGE_PARTS) {
        fail(comparison, FL_COMPARISON_NONSENSE, FL_COMPARE_NO_REASON);
        return;
    }
    for (size_t i = 0; i < answer->count; i++) {
        compare_range(
            comparison,
            fl_digests_part(
                request->of.ranges[i / FL_RANGE_PARTS], (unsigned)i % FL_RANGE_PARTS),
            &answer->of.digests[i]);
    }
    divide_next(comparison);
}

static void start_dividing(struct fl_comparison *comparison)
{
    const struct fl_range whole = {0, 0};
    struct fl_digest ours;

    if (!comparison->digests || !comparison->digests_there) {
        return;
    }
    ours = fl_digests_sum(comparison->digests, whole);
    comparison->result.objects_here = ours.count;
    comparison->result.objects_there = comparison->whole_there.count;
    tell(
        comparison, "has % objects, the peer has %", ours.count,
        comparison->whole_there.count);
    compare_range(comparison, whole, &comparison->whole_there);
    divide_next(comparison);
}

/* -- merging -- */

static int compare_keys(struct fl_key a, struct fl_key b)
{
    if (a.type != b.type) {
        return a.type < b.type ? -1 : 1;
    }
    return fl_uuid_compare(a.id, b.id);
}

static bool has_piece(const struct fl_comparison *comparison)
{
    return comparison->theirs_next < comparison->theirs.count;
}

static bool has_more_pieces(const struct fl_comparison *comparison)
{
    return comparison->theirs_index + comparison->theirs.count < comparison->theirs_total;
}

/* One step through both lists, in the order of keys; what differs is to be checked. */
static void merge_one(struct fl_comparison *comparison)
{
    const struct fl_compare_entry *ours = NULL;
    const struct fl_compare_entry *theirs = NULL;

    if (comparison->ours_next < comparison->ours_count) {
        ours = &comparison->ours[comparison->ours_next];
    }
    if (has_piece(comparison)) {
        theirs = &comparison->theirs.of.entries[comparison->theirs_next];
    }
    int order = ours && theirs ? compare_keys(ours->key, theirs->key) : ours ? -1 : 1;

    comparison->ours_next += order <= 0;
    comparison->theirs_next += order >= 0;
    if (order != 0 || memcmp(ours->hash, theirs->hash, sizeof(ours->hash)) != 0) {
        comparison->keys[comparison->key_count++] = order <= 0 ? ours->key : theirs->key;
    }
}

static void check(struct fl_comparison *comparison)
{
    struct fl_compare *request = ask(comparison, FL_COMPARE_CHECK);

    request->count = comparison->key_count;
    memcpy(
        request->of.keys, comparison->keys,
        comparison->key_count * sizeof(comparison->keys[0]));
    comparison->stage = CHECKING;
    comparison->result.checked += comparison->key_count;
    tell(comparison, "looks at % objects once more", comparison->key_count, 0);
}

static void merge(struct fl_comparison *comparison)
{
    comparison->stage = MERGING;
    comparison->key_count = 0;
    while (comparison->key_count < FL_COMPARE_KEYS_MAX) {
        if (!has_piece(comparison) && has_more_pieces(comparison)) {
            comparison->theirs_index += comparison->theirs.count;
            comparison->theirs.count = 0;
            comparison->theirs_next = 0;
            break;
        }
        if (!has_piece(comparison) && comparison->ours_next == comparison->ours_count) {
            break;
        }
        merge_one(comparison);
    }
    if (comparison->key_count > 0) {
        check(comparison);
    } else if (has_more_pieces(comparison)) {
        ask(comparison, FL_COMPARE_NEXT)->index = (uint32_t)comparison->theirs_index;
    } else {
        list_next(comparison);
    }
}

static void start_merging(struct fl_comparison *comparison)
{
    if (!comparison->ours_listed || !comparison->theirs_listed) {
        return;
    }
    comparison->ours_next = 0;
    comparison->theirs_index = 0;
    comparison->theirs_next = 0;
    comparison->theirs.count = 0;
    comparison->has_last = false;
    merge(comparison);
}

static void on_listed(struct fl_comparison *comparison, const struct fl_compare *answer)
{
    if (answer->number > FL_COMPARISON_LIST_MAX) {
        fail(comparison, FL_COMPARISON_NONSENSE, FL_COMPARE_NO_REASON);
        return;
    }
    comparison->theirs_listed = true;
    comparison->theirs_total = answer->number;
    start_merging(comparison);
}

static void on_entries(struct fl_comparison *comparison, const struct fl_compare *answer)
{
    bool sound = answer->index == comparison->request.index && answer->count > 0;

    for (size_t i = 0; i < answer->count; i++) {
        struct fl_key key = answer->of.entries[i].key;

        sound =
            sound && (!comparison->has_last || compare_keys(comparison->last, key) < 0);
        comparison->last = key;
        comparison->has_last = true;
    }
    if (!sound) {
        fail(comparison, FL_COMPARISON_NONSENSE, FL_COMPARE_NO_REASON);
        return;
    }
    comparison->theirs = *answer;
    comparison->theirs_next = 0;
    merge(comparison);
}

/* -- checking -- */

static void on_states(struct fl_comparison *comparison, const struct fl_compare *answer)
{
    if (answer->count != comparison->key_count) {
        fail(comparison, FL_COMPARISON_NONSENSE, FL_COMPARE_NO_REASON);
        return;
    }
    memcpy(
        comparison->states, answer->of.states,
        answer->count * sizeof(comparison->states[0]));
    struct fl_comparison_action *action = act(comparison, FL_COMPARISON_READ);

    action->keys = comparison->keys;
    action->count = comparison->key_count;
}

static void note(struct fl_comparison *comparison, const struct fl_difference *difference)
{
    comparison->differences[comparison->difference_count++] = *difference;
    comparison->result.differences++;
    comparison->result.by_kind[difference->kind]++;
    switch (difference->keep) {
    case FL_KEEP_OURS:
        comparison->keep_ours[comparison->keep_ours_count++] = difference->key;
        break;
    case FL_KEEP_THEIRS:
        comparison->keep_theirs[comparison->keep_theirs_count++] = difference->key;
        break;
    case FL_KEEP_NEITHER:
        break;
    }
}

static bool was_deleted(
    const struct fl_comparison *comparison,
    const struct fl_state *ours,
    const struct fl_state *theirs)
{
    return ours->flags == 0 && (theirs->flags & FL_STATE_THERE) != 0 &&
           (!comparison->options.reconcile_echo_only ||
            (theirs->flags & FL_STATE_FROM_PEER) != 0);
}

static void judge(
    struct fl_comparison *comparison,
    size_t i,
    const struct fl_comparison_event *event)
{
    struct fl_verdict verdict = fl_comparison_judge(
        &event->states[i], &comparison->states[i], event->rules[i],
        comparison->options.peer_is_parent);

    switch (verdict.kind) {
    case FL_VERDICT_EQUAL:
        return;
    case FL_VERDICT_ON_WAY:
        comparison->result.on_way++;
        return;
    case FL_VERDICT_QUARANTINED:
        comparison->result.quarantined++;
        return;
    case FL_VERDICT_DIFFERS:
        break;
    }
    verdict.difference.key = comparison->keys[i];
    if (comparison->options.reconcile) {
        verdict.difference.keep =
            was_deleted(comparison, &event->states[i], &comparison->states[i])
                ? FL_KEEP_OURS
                : FL_KEEP_NEITHER;
    }
    note(comparison, &verdict.difference);
}

/* -- repairing: first here, then there -- */

static void on_registered(
    struct fl_comparison *comparison,
    const struct fl_compare *answer)
{
    if (answer->number > comparison->keep_theirs_count) {
        fail(comparison, FL_COMPARISON_NONSENSE, FL_COMPARE_NO_REASON);
        return;
    }
    comparison->result.registered_there += answer->number;
    tell(comparison, "hears that % are registered", answer->number, 0);
    merge(comparison);
}

static void register_there(struct fl_comparison *comparison)
{
    if (comparison->keep_theirs_count == 0) {
        merge(comparison);
        return;
    }
    struct fl_compare *request = ask(comparison, FL_COMPARE_REGISTER);

    request->count = comparison->keep_theirs_count;
    memcpy(
        request->of.keys, comparison->keep_theirs,
        request->count * sizeof(request->of.keys[0]));
}

static void register_here(struct fl_comparison *comparison)
{
    comparison->stage = REPAIRING;
    if (comparison->keep_ours_count == 0) {
        register_there(comparison);
        return;
    }
    struct fl_comparison_action *action =
        act(comparison, comparison->options.reconcile ? FL_COMPARISON_DELETE
                                                      : FL_COMPARISON_REGISTER);

    action->keys = comparison->keep_ours;
    action->count = comparison->keep_ours_count;
}

static void on_read(
    struct fl_comparison *comparison,
    const struct fl_comparison_event *event)
{
    comparison->difference_count = 0;
    comparison->keep_ours_count = 0;
    comparison->keep_theirs_count = 0;
    for (size_t i = 0; i < comparison->key_count; i++) {
        judge(comparison, i, event);
    }
    if (comparison->difference_count > 0) {
        struct fl_comparison_action *action = act(comparison, FL_COMPARISON_FOUND);

        action->differences = comparison->differences;
        action->count = comparison->difference_count;
        tell(comparison, "finds that % differ", comparison->difference_count, 0);
    }
    if (comparison->options.repair || comparison->options.reconcile) {
        register_here(comparison);
    } else {
        merge(comparison);
    }
}

/* -- events -- */

static void on_answer(struct fl_comparison *comparison, const struct fl_compare *answer)
{
    const struct fl_compare *request = &comparison->request;

    if (!comparison->waiting || answer->id != request->id ||
        answer->step != request->step ||
        !fl_compare_answers(answer->kind, request->kind)) {
        return; /* of another comparison, or an answer that came twice */
    }
    comparison->heard_ms = comparison->now_ms;
    if (answer->kind == FL_COMPARE_WORKING) {
        return;
    }
    comparison->waiting = false;
    switch (answer->kind) {
    case FL_COMPARE_BEGUN:
        comparison->digests_there = true;
        comparison->whole_there = answer->of.digests[0];
        start_dividing(comparison);
        return;
    case FL_COMPARE_PARTS:
        on_parts(comparison, answer);
        return;
    case FL_COMPARE_LISTED:
        on_listed(comparison, answer);
        return;
    case FL_COMPARE_ENTRIES:
        on_entries(comparison, answer);
        return;
    case FL_COMPARE_STATES:
        on_states(comparison, answer);
        return;
    case FL_COMPARE_REGISTERED:
        on_registered(comparison, answer);
        return;
    case FL_COMPARE_REFUSED:
        fail(comparison, FL_COMPARISON_REFUSED, (enum fl_compare_reason)answer->reason);
        return;
    case FL_COMPARE_BEGIN:
    case FL_COMPARE_SPLIT:
    case FL_COMPARE_LIST:
    case FL_COMPARE_NEXT:
    case FL_COMPARE_CHECK:
    case FL_COMPARE_REGISTER:
    case FL_COMPARE_END:
    case FL_COMPARE_WORKING:
        return;
    }
}

static void begin(struct fl_comparison *comparison)
{
    comparison->begun = true;
    tell(comparison, "asks for digests", 0, 0);
    ask(comparison, FL_COMPARE_BEGIN)->type = comparison->options.type;
    act(comparison, FL_COMPARISON_DIGEST)->type = comparison->options.type;
}

static void on_event(
    struct fl_comparison *comparison,
    const struct fl_comparison_event *event)
{
    switch (event->kind) {
    case FL_COMPARISON_TICK:
        return;
    case FL_COMPARISON_HEARD:
        on_answer(comparison, event->said);
        return;
    case FL_COMPARISON_DIGESTED:
        comparison->digests = event->digests;
        start_dividing(comparison);
        return;
    case FL_COMPARISON_LISTED:
        comparison->ours = event->entries;
        comparison->ours_count = event->number;
        comparison->ours_listed = true;
        start_merging(comparison);
        return;
    case FL_COMPARISON_READ_DONE:
        on_read(comparison, event);
        return;
    case FL_COMPARISON_REGISTERED:
        comparison->result.registered_here += event->number;
        tell(comparison, "registers % here", event->number, 0);
        register_there(comparison);
        return;
    case FL_COMPARISON_UNAVAILABLE:
        fail(comparison, FL_COMPARISON_NO_STORE, event->reason);
        return;
    }
}

/* What is asked goes out, again when it is due; too long without anything is the end. */
static void pump(struct fl_comparison *comparison)
{
    uint64_t patience_ms = comparison->options.patience_ms;

    if (comparison->stage == OVER) {
        return;
    }
    if (!comparison->waiting || comparison->line == FL_COMPARISON_IN_ROUND) {
        comparison->heard_ms = comparison->now_ms;
    } else if (comparison->now_ms >= comparison->heard_ms + patience_ms) {
        fail(
            comparison,
            comparison->line == FL_COMPARISON_AWAY ? FL_COMPARISON_LOST
                                                   : FL_COMPARISON_SILENT,
            FL_COMPARE_NO_REASON);
    } else if (
        comparison->line == FL_COMPARISON_FREE &&
        (!comparison->sent || comparison->now_ms >= comparison->due_ms)) {
        act(comparison, FL_COMPARISON_SEND)->say = &comparison->request;
        comparison->sent = true;
        comparison->due_ms = comparison->now_ms + comparison->options.retry_ms;
    }
}

void fl_comparison_step(
    struct fl_comparison *comparison,
    const struct fl_comparison_event *event,
    struct fl_comparison_actions *out_actions)
{
    out_actions->count = 0;
    comparison->actions = out_actions;
    comparison->now_ms = event->now_ms;
    comparison->line = event->line;
    if (!comparison->begun) {
        begin(comparison);
    }
    if (comparison->stage != OVER) {
        on_event(comparison, event);
        pump(comparison);
    }
    comparison->actions = NULL;
}

uint64_t fl_comparison_due_ms(const struct fl_comparison *comparison)
{
    uint64_t give_up_ms = comparison->heard_ms + comparison->options.patience_ms;

    if (comparison->stage == OVER || !comparison->waiting ||
        comparison->line == FL_COMPARISON_IN_ROUND) {
        return UINT64_MAX;
    }
    return comparison->line == FL_COMPARISON_FREE && comparison->due_ms < give_up_ms
               ? comparison->due_ms
               : give_up_ms;
}

bool fl_comparison_is_over(const struct fl_comparison *comparison)
{
    return comparison->stage == OVER;
}

const struct fl_comparison_result *fl_comparison_result(
    const struct fl_comparison *comparison)
{
    return &comparison->result;
}
