/*
 * A link's comparisons: one that this node asks for, one that it answers. What the
 * machines ask for is done here on the store and the line; their passes over the store
 * are served in turn, one slice in each turn of the loop.
 */

#include "compare.h"

#include <inttypes.h>
#include <string.h>

#include "compare_objects.h"
#include "log.h"
#include "plan/ruling.h"
#include "random.h"
#include "recovery/horizon.h"

enum {
    RETRY_MS = 3000,
    PATIENCE_MS = 60000,
    IDLE_MS = 300000,
    LOOK_MS = 15000, /* whoever waits looks at least each time that we ask again */
    PASSES_MAX = 8,  /* of all links: digests are 1.3 MB each */
    WAKE_TURNS = 2,  /* whoever waits for the end looks after this turn of the loop */
};

/* What either machine works with. */
struct side {
    struct fl_compare_scan scan;
    struct fl_state states[FL_COMPARE_KEYS_MAX];
    enum fl_collision_rule rules[FL_COMPARE_KEYS_MAX];
    bool registered; /* something, of which the other peers are to be told */
    enum fl_comparison_line line;
};

struct asking {
    struct side side;
    struct fl_comparison *machine;
    struct fl_compare_found found;
    bool reconcile;
    bool over;
    enum fl_comparison_failure failure;
    enum fl_compare_reason reason;
    uint64_t wire_bytes;
    unsigned wake;
    uint64_t looked_ms; /* when somebody asked how far it is */
};

struct answering {
    struct side side;
    struct fl_answerer *machine;
};

struct fl_link_compare {
    struct asking *asking;
    struct answering *answering;
};

static void free_asking(struct asking *asking)
{
    if (asking) {
        fl_compare_scan_free(&asking->side.scan);
        fl_comparison_free(asking->machine);
        fl_compare_found_free(&asking->found);
        fl_free(asking);
    }
}

static void free_answering(struct answering *answering)
{
    if (answering) {
        fl_compare_scan_free(&answering->side.scan);
        fl_answerer_free(answering->machine);
        fl_free(answering);
    }
}

void fl_compare_free(struct fl_link *link)
{
    if (link->compare) {
        free_asking(link->compare->asking);
        free_answering(link->compare->answering);
        fl_free(link->compare);
        link->compare = NULL;
    }
}

static enum fl_comparison_line line_of(const struct fl_link *link)
{
    switch (fl_link_state(link)) {
    case FL_SESSION_IDLE:
        return link->peer.state == FL_PEER_ACTIVE ? FL_COMPARISON_FREE
                                                  : FL_COMPARISON_AWAY;
    case FL_SESSION_ROUND:
        return FL_COMPARISON_IN_ROUND;
    case FL_SESSION_OFFLINE:
    case FL_SESSION_SETTLING:
    case FL_SESSION_GREETING:
    case FL_SESSION_MEETING:
    case FL_SESSION_SEEKING:
    case FL_SESSION_RENEWING:
    case FL_SESSION_CLOSED:
        break;
    }
    return FL_COMPARISON_AWAY;
}

static void tell_debug(void *context, const char *line)
{
    const struct fl_link *link = context;

    fl_log(
        FL_LOG_DEBUG, FL_LOG_EVENT_COMPARE_REPORT, "peer=%s says=%s", link->peer.code,
        fl_log_value(line).text);
}

/* -- what the machines ask for -- */

static void send_it(struct fl_link *link, const struct fl_compare *said)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_session_head head;
    struct fl_buffer body;

    if (!fl_session_head(link->session, &head)) {
        return; /* as if it were lost */
    }
    fl_buffer_init(&body, FL_COMPARE_BYTES_MAX);
    fl_compare_encode(said, &body);
    fl_buffer_clear(&replicator->frame);
    fl_frame_encode(
        &(struct fl_frame){
            .kind = FL_FRAME_COMPARE,
            .nonce = head.nonce,
            .sender_incarnation = head.own_incarnation,
            .receiver_incarnation = head.peer_incarnation,
            .comparison = fl_buffer_view(&body)},
        &replicator->frame);
    if (fl_buffer_status(&body) == FL_OK &&
        fl_buffer_status(&replicator->frame) == FL_OK) {
        (void)replicator->output.send(
            replicator->output.context, link, fl_buffer_view(&replicator->frame),
            (struct fl_bytes){0});
        if (link->compare->asking && said->kind <= FL_COMPARE_END) {
            link->compare->asking->wire_bytes += replicator->frame.size;
        }
    }
    fl_buffer_deinit(&body);
}

static size_t count_of_digests(const struct fl_replicator *replicator)
{
    size_t count = 0;

    for (size_t i = 0; i < replicator->link_count; i++) {
        const struct fl_link_compare *compare = replicator->links[i]->compare;

        if (compare) {
            count += compare->asking && compare->asking->side.scan.digests;
            count += compare->answering && compare->answering->side.scan.digests;
        }
    }
    return count;
}

static struct fl_comparison_event unavailable(enum fl_compare_reason reason)
{
    return (struct fl_comparison_event){
        .kind = FL_COMPARISON_UNAVAILABLE, .reason = reason};
}

/* True: it cannot be begun, and `out_event` says so. */
static bool begin_digests(
    struct fl_link *link,
    struct side *side,
    uint32_t type,
    struct fl_comparison_event *out_event)
{
    if (type != 0 && !fl_compare_admits(link, (struct fl_key){.type = type})) {
        *out_event = unavailable(FL_COMPARE_FOREIGN);
        return true;
    }
    if (count_of_digests(link->replicator) >= PASSES_MAX ||
        fl_compare_scan_digests(&side->scan, type) != FL_OK) {
        *out_event = unavailable(FL_COMPARE_BUSY);
        return true;
    }
    return false;
}

/* Which rule decides collisions of objects of a type, by the settings in force. */
static enum fl_collision_rule rule_of(const struct fl_link *link, uint32_t type)
{
    const struct fl_node *node = link->replicator->node;

    if (link->peer.role == FL_PEER_EQUAL) {
        return FL_COLLISION_BY_HAND;
    }
    return fl_collision_rule_of(
        fl_plan_rule_of(fl_node_plan_of(node, &link->peer), type)->collision);
}

/* Of two equal nodes the lower one counts as the parent (ruling.h). */
static bool peer_is_parent(const struct fl_link *link)
{
    const struct fl_node *node = link->replicator->node;

    return link->peer.role == FL_PEER_PARENT ||
           (link->peer.role == FL_PEER_EQUAL &&
            fl_uuid_compare(link->peer.node, node->identity->node) < 0);
}

static void read_objects(
    struct fl_link *link,
    struct side *side,
    const struct fl_comparison_action *action,
    struct fl_comparison_event *out_event)
{
    if (fl_compare_read(link, action->keys, action->count, side->states) != FL_OK) {
        *out_event = unavailable(FL_COMPARE_FAILED);
        return;
    }
    for (size_t i = 0; i < action->count; i++) {
        side->rules[i] = rule_of(link, action->keys[i].type);
    }
    *out_event = (struct fl_comparison_event){
        .kind = FL_COMPARISON_READ_DONE, .states = side->states, .rules = side->rules};
}

static void register_objects(
    struct fl_link *link,
    struct side *side,
    const struct fl_comparison_action *action,
    struct fl_comparison_event *out_event)
{
    uint64_t number = 0;

    if (fl_compare_register(link, action->keys, action->count, &number) != FL_OK) {
        *out_event = unavailable(FL_COMPARE_FAILED);
        return;
    }
    side->registered = true;
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_COMPARE_REGISTERED, "peer=%s count=%" PRIu64,
        link->peer.code, number);
    *out_event =
        (struct fl_comparison_event){.kind = FL_COMPARISON_REGISTERED, .number = number};
}

static void delete_objects(
    struct fl_link *link,
    struct side *side,
    const struct fl_comparison_action *action,
    struct fl_comparison_event *out_event)
{
    uint64_t number = 0;

    if (fl_horizon_delete(link, action->keys, action->count, &number) != FL_OK) {
        *out_event = unavailable(FL_COMPARE_FAILED);
        return;
    }
    side->registered = true;
    *out_event =
        (struct fl_comparison_event){.kind = FL_COMPARISON_REGISTERED, .number = number};
}

static void forget(struct fl_link *link, struct side *side, uint64_t now_ms)
{
    struct fl_replicator *replicator = link->replicator;

    fl_compare_scan_free(&side->scan);
    for (size_t i = 0; i < replicator->link_count && side->registered; i++) {
        fl_link_tell(replicator->links[i], FL_SESSION_CHANGED, now_ms);
    }
    side->registered = false;
}

static void end(struct fl_link *link, const struct fl_comparison_action *action)
{
    struct asking *asking = link->compare->asking;
    const struct fl_comparison_result *result = fl_comparison_result(asking->machine);

    asking->over = true;
    asking->wake = WAKE_TURNS;
    asking->failure = action->failure;
    asking->reason = action->reason;
    fl_log(
        action->failure != 0 ? FL_LOG_WARN : FL_LOG_INFO, FL_LOG_EVENT_COMPARE_DONE,
        "peer=%s differences=%" PRIu64 " on_way=%" PRIu64 " registered=%" PRIu64
        " bytes=%" PRIu64 " failure=%d reason=%d",
        link->peer.code, result->differences, result->on_way,
        result->registered_here + result->registered_there, asking->wire_bytes,
        (int)action->failure, (int)action->reason);
}

/* True: it is answered at once, by `out_event`. */
static bool do_action(
    struct fl_link *link,
    struct side *side,
    const struct fl_comparison_action *action,
    uint64_t now_ms,
    struct fl_comparison_event *out_event)
{
    switch (action->kind) {
    case FL_COMPARISON_SEND:
        send_it(link, action->say);
        return false;
    case FL_COMPARISON_DIGEST:
        return begin_digests(link, side, action->type, out_event);
    case FL_COMPARISON_LIST:
        fl_compare_scan_list(&side->scan, action->buckets);
        return false;
    case FL_COMPARISON_READ:
        read_objects(link, side, action, out_event);
        return true;
    case FL_COMPARISON_REGISTER:
        register_objects(link, side, action, out_event);
        return true;
    case FL_COMPARISON_DELETE:
        delete_objects(link, side, action, out_event);
        return true;
    case FL_COMPARISON_FOUND:
        fl_compare_found_put(
            &link->compare->asking->found, action->differences, action->count);
        return false;
    case FL_COMPARISON_FORGET:
        forget(link, side, now_ms);
        return false;
    case FL_COMPARISON_DONE:
    case FL_COMPARISON_FAIL:
        end(link, action);
        return false;
    }
    return false;
}

/* -- stepping -- */

static void step(
    struct fl_link *link,
    struct side *side,
    struct fl_comparison_event event,
    uint64_t now_ms)
{
    struct fl_link_compare *compare = link->compare;
    bool again = true;

    while (again) {
        struct fl_comparison_actions actions;

        again = false;
        event.now_ms = now_ms;
        event.line = line_of(link);
        event.read = side->scan.read;
        event.read_total = side->scan.total;
        side->line = event.line;
        if (compare->asking && side == &compare->asking->side) {
            fl_comparison_step(compare->asking->machine, &event, &actions);
        } else {
            fl_answerer_step(compare->answering->machine, &event, &actions);
        }
        for (size_t i = 0; i < actions.count; i++) {
            again = do_action(link, side, &actions.items[i], now_ms, &event) || again;
        }
    }
}

static enum fl_compare_reason reason_of(enum fl_status status)
{
    return status == FL_LIMIT ? FL_COMPARE_MANY : FL_COMPARE_FAILED;
}

static void serve_pass(struct fl_link *link, struct side *side, uint64_t now_ms)
{
    enum fl_compare_pass pass = side->scan.pass;
    enum fl_status status = fl_compare_scan_step(&side->scan, link);
    struct fl_comparison_event event = {
        .kind = FL_COMPARISON_DIGESTED, .digests = side->scan.digests};

    if (status == FL_OK && side->scan.pass != FL_COMPARE_NO_PASS) {
        return;
    }
    if (status != FL_OK) {
        event = unavailable(reason_of(status));
    } else if (pass == FL_COMPARE_ENTRIES_OF) {
        event = (struct fl_comparison_event){
            .kind = FL_COMPARISON_LISTED,
            .entries = side->scan.entries,
            .number = side->scan.entry_count};
    }
    step(link, side, event, now_ms);
}

/* The answerer that has forgotten everything is itself forgotten. */
static void drop_idle(struct fl_link *link)
{
    struct answering *answering = link->compare->answering;

    if (answering && fl_answerer_due_ms(answering->machine) == UINT64_MAX) {
        free_answering(answering);
        link->compare->answering = NULL;
    }
}

/* -- what happens -- */

static struct fl_link_compare *compare_of(struct fl_link *link)
{
    if (!link->compare) {
        link->compare = fl_alloc_zeroed(1, sizeof(*link->compare));
        fl_link_touch(link);
    }
    return link->compare;
}

static struct answering *answering_of(struct fl_link *link)
{
    struct fl_link_compare *compare = compare_of(link);
    struct answering *answering;

    if (!compare || compare->answering) {
        return compare ? compare->answering : NULL;
    }
    answering = fl_alloc_zeroed(1, sizeof(*answering));
    if (answering) {
        answering->machine = fl_answerer_new(&(struct fl_answerer_options){
            .idle_ms = IDLE_MS, .trace = {tell_debug, link}});
    }
    if (!answering || !answering->machine) {
        free_answering(answering);
        return NULL;
    }
    compare->answering = answering;
    return answering;
}

void fl_compare_take(
    struct fl_link *link,
    const struct fl_compare *said,
    size_t frame_bytes,
    uint64_t now_ms)
{
    struct fl_comparison_event event = {.kind = FL_COMPARISON_HEARD, .said = said};
    struct asking *asking = link->compare ? link->compare->asking : NULL;

    if (said->kind > FL_COMPARE_END) {
        if (asking) {
            asking->wire_bytes += frame_bytes;
            step(link, &asking->side, event, now_ms);
        }
        return;
    }
    struct answering *answering = answering_of(link);

    if (answering) {
        step(link, &answering->side, event, now_ms);
        drop_idle(link);
    }
}

/* A parent has what never came here; what an import-ban date kept out was not deleted. */
static bool only_echo_counts(const struct fl_link *link)
{
    const struct fl_node_plan *plan =
        fl_node_plan_of(link->replicator->node, &link->peer);
    bool bans = plan->settings.banned_until > 0;

    for (size_t i = 0; i < plan->type_count; i++) {
        bans = bans || plan->rules[i].banned_until > 0;
    }
    return bans || peer_is_parent(link);
}

static struct asking *new_asking(
    struct fl_link *link,
    const struct fl_compare_wanted *wanted)
{
    struct asking *asking = fl_alloc_zeroed(1, sizeof(*asking));
    struct fl_comparison_options options = {
        .type = wanted->type,
        .repair = wanted->repair,
        .reconcile = wanted->reconcile,
        .reconcile_echo_only = only_echo_counts(link),
        .peer_is_parent = peer_is_parent(link),
        .retry_ms = RETRY_MS,
        .patience_ms = PATIENCE_MS,
        .trace = {tell_debug, link},
    };

    if (!asking) {
        return NULL;
    }
    fl_random(&options.id, sizeof(options.id));
    asking->machine = fl_comparison_new(&options);
    if (!asking->machine) {
        free_asking(asking);
        return NULL;
    }
    return asking;
}

enum fl_status fl_compare_begin(
    struct fl_link *link,
    const struct fl_compare_wanted *wanted,
    uint64_t now_ms,
    struct fl_error *out_error)
{
    struct fl_link_compare *compare = compare_of(link);

    if (compare && compare->asking && !compare->asking->over &&
        now_ms < compare->asking->looked_ms + LOOK_MS) {
        return fl_error_set(
            out_error, FL_BUSY, "this node is being compared with %s already",
            link->peer.code);
    }
    struct asking *asking = compare ? new_asking(link, wanted) : NULL;

    if (!asking) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    free_asking(compare->asking);
    compare->asking = asking;
    asking->reconcile = wanted->reconcile;
    asking->looked_ms = now_ms;
    step(
        link, &asking->side, (struct fl_comparison_event){.kind = FL_COMPARISON_TICK},
        now_ms);
    return FL_OK;
}

bool fl_compare_look(
    struct fl_link *link,
    uint64_t now_ms,
    struct fl_compare_report *out_report)
{
    struct asking *asking = link->compare ? link->compare->asking : NULL;

    if (!asking) {
        return false;
    }
    asking->looked_ms = now_ms;
    *out_report = (struct fl_compare_report){
        .over = asking->over,
        .reconcile = asking->reconcile,
        .failure = asking->failure,
        .reason = asking->reason,
        .result = fl_comparison_result(asking->machine),
        .found = &asking->found,
        .read = asking->side.scan.read,
        .total = asking->side.scan.total,
        .wire_bytes = asking->wire_bytes,
    };
    return true;
}

/* -- time -- */

static bool is_passing(const struct side *side)
{
    return side->scan.pass != FL_COMPARE_NO_PASS;
}

static void tick_side(
    struct fl_link *link,
    struct side *side,
    uint64_t due_ms,
    uint64_t now_ms)
{
    if (is_passing(side)) {
        serve_pass(link, side, now_ms);
    } else if (now_ms >= due_ms || side->line != line_of(link)) {
        step(
            link, side, (struct fl_comparison_event){.kind = FL_COMPARISON_TICK}, now_ms);
    }
}

void fl_compare_tick(struct fl_link *link, uint64_t now_ms)
{
    struct fl_link_compare *compare = link->compare;

    if (compare && compare->asking) {
        compare->asking->wake -= compare->asking->wake > 0;
        tick_side(
            link, &compare->asking->side, fl_comparison_due_ms(compare->asking->machine),
            now_ms);
    }
    if (compare && compare->answering) {
        tick_side(
            link, &compare->answering->side,
            fl_answerer_due_ms(compare->answering->machine), now_ms);
        drop_idle(link);
    }
}

uint64_t fl_compare_due_ms(const struct fl_link *link)
{
    const struct fl_link_compare *compare = link->compare;
    const struct asking *asking = compare ? compare->asking : NULL;
    const struct answering *answering = compare ? compare->answering : NULL;
    uint64_t due_ms = UINT64_MAX;

    if ((asking && (asking->wake > 0 || is_passing(&asking->side))) ||
        (answering && is_passing(&answering->side))) {
        return 0;
    }
    if (asking) {
        due_ms = fl_comparison_due_ms(asking->machine);
    }
    if (answering && fl_answerer_due_ms(answering->machine) < due_ms) {
        due_ms = fl_answerer_due_ms(answering->machine);
    }
    return due_ms;
}
