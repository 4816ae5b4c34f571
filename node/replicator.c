#include "replicator.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "link.h"
#include "log.h"
#include "random.h"
#include "storage/messages.h"
#include "storage/nodes.h"
#include "storage/settings.h"
#include "storage/staged.h"

enum {
    HELLO_RETRY_MS = 5000,
    PROGRESS_TIMEOUT_MS = 60000,
    CREDIT_BYTES = 8 << 20,
    TICKS_PER_TURN_MAX = 64,
    EXIT_DRILL = 9,
};

/* -- slots -- */

void fl_outgoing_clear(struct fl_outgoing *outgoing)
{
    fl_buffer_deinit(&outgoing->head);
    fl_buffer_deinit(&outgoing->chunks);
    memset(outgoing, 0, sizeof(*outgoing));
}

void fl_incoming_clear(struct fl_incoming *incoming)
{
    fl_buffer_deinit(&incoming->head);
    fl_buffer_deinit(&incoming->chunks);
    memset(incoming, 0, sizeof(*incoming));
}

struct fl_incoming *fl_link_incoming(struct fl_link *link, uint64_t number)
{
    for (size_t i = 0; i < FL_LINK_SLOTS && number > 0; i++) {
        if (link->incoming[i].number == number) {
            return &link->incoming[i];
        }
    }
    return NULL;
}

struct fl_outgoing *fl_link_outgoing(struct fl_link *link, uint64_t number)
{
    for (size_t i = 0; i < FL_LINK_SLOTS && number > 0; i++) {
        if (link->outgoing[i].number == number) {
            return &link->outgoing[i];
        }
    }
    return NULL;
}

/* -- whose change it was -- */

bool fl_link_brought(const struct fl_link *link, uint32_t origin)
{
    const struct fl_replicator *replicator = link->replicator;

    if (origin == FL_ORIGIN_HERE) {
        return false;
    }
    if (origin == link->peer.origin) {
        return true;
    }
    return origin < replicator->route_count &&
           replicator->routes[origin] == link->peer.number;
}

static enum fl_status put_route(
    struct fl_replicator *replicator,
    uint32_t origin,
    uint32_t peer)
{
    if (origin >= FL_ROUTES_MAX) {
        return FL_LIMIT;
    }
    if (origin >= replicator->route_count) {
        size_t count = origin + 64;
        uint32_t *routes =
            fl_realloc(replicator->routes, count * sizeof(*replicator->routes));

        if (!routes) {
            return FL_NO_MEMORY;
        }
        memset(
            routes + replicator->route_count, 0,
            (count - replicator->route_count) * sizeof(*routes));
        replicator->routes = routes;
        replicator->route_count = count;
    }
    replicator->routes[origin] = peer;
    return FL_OK;
}

static struct fl_bytes route_name(char text[32], uint32_t origin)
{
    (void)snprintf(text, 32, "route/%08" PRIx32, origin);
    return fl_bytes_of_text(text);
}

void fl_link_route(struct fl_link *link, struct fl_txn *txn, uint32_t origin)
{
    struct fl_replicator *replicator = link->replicator;
    uint8_t value[4];
    char name[32];

    if (origin == link->peer.origin || fl_link_brought(link, origin) ||
        put_route(replicator, origin, link->peer.number) != FL_OK) {
        return;
    }
    fl_store_u32(value, link->peer.number);
    fl_settings_put(
        txn, route_name(name, origin), (struct fl_bytes){value, sizeof(value)});
}

enum fl_status fl_replicator_load_routes(struct fl_replicator *replicator)
{
    struct fl_bytes prefix = fl_bytes_of_text("route/");
    struct fl_setting_name name;
    struct fl_setting_name *after = NULL;
    struct fl_bytes value;
    struct fl_txn txn;
    enum fl_status status = FL_OK;

    fl_txn_begin(&txn, replicator->node->store, FL_TXN_READ);
    while (status == FL_OK &&
           fl_settings_next(&txn, prefix, after, &name, &value) == FL_OK) {
        unsigned origin = 0;
        char text[FL_SETTING_NAME_BYTES_MAX + 1] = {0};

        after = &name;
        memcpy(text, name.bytes, name.size);
        if (value.size == 4 && sscanf(text, "route/%8x", &origin) == 1) {
            status = put_route(replicator, origin, fl_load_u32(value.data));
        }
    }
    fl_txn_abort(&txn);
    return status;
}

/* -- requests -- */

void fl_link_put_confirmed(struct fl_link *link, struct fl_txn *txn)
{
    fl_peers_put(txn, &link->peer);
    link->confirmed_waits = false;
}

static void lookup(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    const struct fl_peer *peer = &link->peer;
    const struct fl_session_position *position = &action->position;
    struct fl_peer_stream stream = {peer->number, position->incarnation};
    bool recorded = fl_uuid_equal(peer->confirmed_incarnation, position->incarnation);
    struct fl_sent_message message;
    struct fl_txn txn;

    out_event->kind = FL_SESSION_POSITION_FOUND;
    out_event->number = recorded ? peer->confirmed_number : 0;
    if (position->number == 0) {
        out_event->lsn = fl_link_scan_lsn(link, 0, position->incarnation, 0);
        return;
    }
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    if (fl_messages_find(
            &txn, stream, position->number, position->hash.bytes, &message) == FL_OK) {
        out_event->lsn = fl_link_scan_lsn(
            link, position->number, position->incarnation, message.lsn_to);
    } else if (
        fl_messages_last(&txn, stream, &message) == FL_OK &&
        position->number < message.number &&
        fl_messages_get(&txn, stream, position->number, &message) == FL_NOT_FOUND) {
        out_event->kind = FL_SESSION_POSITION_FORGOTTEN;
    } else {
        out_event->kind = FL_SESSION_POSITION_UNKNOWN;
        out_event->lsn = recorded ? peer->confirmed_lsn : 0;
    }
    fl_txn_abort(&txn);
}

static void tell_all(
    struct fl_replicator *replicator,
    const struct fl_session_event *event)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        fl_link_step(replicator->links[i], event);
    }
}

static void renew(struct fl_link *link)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_session_event event = {
        .kind = FL_SESSION_RENEWED,
        .now_ms = link->now_ms,
        .incarnation = fl_random_uuid(),
    };
    struct fl_txn txn;

    fl_txn_begin(&txn, replicator->node->store, FL_TXN_KEEP);
    fl_store_renew_incarnation(&txn, event.incarnation);
    if (fl_txn_commit(&txn) != FL_OK) {
        return; /* the store is dead: the flush finds it and ends the process */
    }
    fl_log(FL_LOG_WARN, FL_LOG_EVENT_STORE_RESTORED, "peer=%s", link->peer.code);
    tell_all(replicator, &event);
}

/*
 * The peer speaks under another incarnation: for the first time, or because it was
 * restored. What it may have lost is registered for it again.
 */
static void register_peer(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    bool first = fl_uuid_is_zero(link->peer.incarnation);
    struct fl_peer before = link->peer;
    struct fl_txn txn;

    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
    link->peer.incarnation = action->position.incarnation;
    link->peer.resend_below = first ? 0 : fl_journal_head(&txn);
    link->peer.confirmed_lsn = 0;
    link->peer.confirmed_number = 0;
    fl_link_scan_forget(link, &txn);
    fl_peers_put(&txn, &link->peer);
    if (fl_txn_commit(&txn) == FL_OK) {
        out_event->kind = FL_SESSION_PEER_REGISTERED;
        if (!first) {
            fl_log(
                FL_LOG_WARN, FL_LOG_EVENT_STORE_RESTORED, "peer=%s restored=peer",
                link->peer.code);
        }
        return;
    }
    link->peer = before;
    out_event->kind = FL_SESSION_PEER_REFUSED;
    out_event->text = "the store could not record it";
}

static void report(const struct fl_link *link, const struct fl_session_action *action)
{
    enum fl_log_level level = FL_LOG_INFO;

    switch (action->report) {
    case FL_SESSION_FORKED:
    case FL_SESSION_MANY_INCARNATIONS:
        level = FL_LOG_ERROR;
        break;
    case FL_SESSION_RESTORED:
    case FL_SESSION_RETURNED:
    case FL_SESSION_POSITION_BACK:
    case FL_SESSION_REFUSED_BY_PEER:
    case FL_SESSION_REFUSED_BY_US:
    case FL_SESSION_STALLED:
        level = FL_LOG_WARN;
        break;
    case FL_SESSION_FOREIGN:
    case FL_SESSION_STALE_CONFIRMATION:
    case FL_SESSION_GAP:
        level = FL_LOG_DEBUG;
        break;
    case FL_SESSION_GREETED:
    case FL_SESSION_REPEATED:
    case FL_SESSION_RESUMED:
        break;
    }
    fl_log(
        level, FL_LOG_EVENT_SYNC_REPORT,
        "peer=%s report=%s number=%" PRIu64 " reason=%s text=%s", link->peer.code,
        fl_session_report_name(action->report), action->number,
        fl_session_reason_name(action->reason),
        fl_log_value(action->text ? action->text : "").text);
}

static void make_ready(struct fl_link *link, const struct fl_session_action *action)
{
    struct fl_replicator *replicator = link->replicator;
    const struct fl_incoming *incoming = fl_link_incoming(link, action->number);

    FL_ASSERT(incoming && replicator->ready_count < FL_READY_MAX);
    replicator->ready[replicator->ready_count++] = (struct fl_ready){
        .link = link, .number = action->number, .judge_lsn = action->lsn};
    replicator->ready_bytes += incoming->open.header.plain_bytes;
}

static void forget(struct fl_link *link, uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < FL_LINK_SLOTS; i++) {
        if (link->outgoing[i].number >= first && link->outgoing[i].number <= last &&
            link->outgoing[i].number > 0) {
            fl_outgoing_clear(&link->outgoing[i]);
        }
    }
}

static void round_done(struct fl_link *link, const struct fl_session_action *action)
{
    struct fl_replicator *replicator = link->replicator;

    bool empty = action->sent == 0 && action->received == 0;

    fl_log(
        empty ? FL_LOG_DEBUG : FL_LOG_INFO, FL_LOG_EVENT_SYNC_DONE,
        "peer=%s sent=%" PRIu64 " received=%" PRIu64, link->peer.code, action->sent,
        action->received);
    replicator->output.round_done(replicator->output.context, link);
}

/* An answer, when the action asks for one. */
static bool do_action(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    struct fl_replicator *replicator = link->replicator;

    switch (action->kind) {
    case FL_SESSION_SEND:
    case FL_SESSION_SEND_MESSAGE:
    case FL_SESSION_SEND_CHUNK:
    case FL_SESSION_SEND_CONFIRM:
        fl_link_send(link, action);
        return false;
    case FL_SESSION_LOOKUP:
        lookup(link, action, out_event);
        return true;
    case FL_SESSION_BUILD:
        fl_link_build(link, action, out_event);
        return true;
    case FL_SESSION_FORGET:
        forget(link, action->number, action->number_last);
        return false;
    case FL_SESSION_KEEP:
        fl_link_keep(link, action->number);
        return false;
    case FL_SESSION_HOLD:
        fl_link_hold(link, action->number, action->index);
        return false;
    case FL_SESSION_DROP:
        fl_link_drop(link, action->number);
        return false;
    case FL_SESSION_STAGE:
        fl_link_stage(link, action, out_event);
        return true;
    case FL_SESSION_APPLY:
        make_ready(link, action);
        return false;
    case FL_SESSION_RECORD_CONFIRMED:
        link->peer.confirmed_number = action->number;
        link->peer.confirmed_incarnation = action->position.incarnation;
        link->peer.confirmed_lsn = action->lsn;
        link->peer.last_confirmed_ms = fl_node_now_ms();
        link->confirmed_waits = true;
        return false;
    case FL_SESSION_RENEW_INCARNATION:
        renew(link);
        return false;
    case FL_SESSION_PEER_RENEWED:
        register_peer(link, action, out_event);
        return true;
    case FL_SESSION_ROUND_DONE:
        round_done(link, action);
        return false;
    case FL_SESSION_CLOSE:
        replicator->output.close(
            replicator->output.context, link,
            action->text && action->text[0] ? action->text
                                            : fl_session_reason_name(action->reason));
        return false;
    case FL_SESSION_REPORT:
        report(link, action);
        return false;
    }
    return false;
}

/*
 * Actions of a step are copied aside one step at a time: an action may make a session of
 * another link step (RENEWED), which has a list of its own then.
 */
static void step_once(struct fl_link *link, const struct fl_session_event *event)
{
    struct fl_session_actions *actions = fl_alloc(sizeof(*actions));

    FL_ASSERT(actions);
    fl_session_step(link->session, event, actions);
    for (size_t i = 0; i < actions->count; i++) {
        struct fl_session_event answer = {.now_ms = link->now_ms};

        if (do_action(link, &actions->items[i], &answer)) {
            FL_ASSERT(link->event_count < FL_LINK_EVENTS_MAX);
            link->events[link->event_count++] = answer;
        }
    }
    fl_free(actions);
}

void fl_link_step(struct fl_link *link, const struct fl_session_event *event)
{
    FL_ASSERT(link->event_count < FL_LINK_EVENTS_MAX);
    if (link->stepping) {
        link->events[link->event_count++] = *event;
        return;
    }
    link->stepping = true;
    link->now_ms = event->now_ms;
    step_once(link, event);
    while (link->event_count > 0) {
        struct fl_session_event next = link->events[0];

        link->event_count--;
        memmove(
            link->events, link->events + 1, link->event_count * sizeof(link->events[0]));
        step_once(link, &next);
    }
    link->stepping = false;
}

/* -- links -- */

static enum fl_status read_positions(
    struct fl_link *link,
    struct fl_txn *txn,
    struct fl_session_options *options)
{
    struct fl_stored_position positions[FL_POSITIONS_MAX];
    size_t count = 0;
    enum fl_status status = fl_positions_list(txn, link->peer.number, positions, &count);

    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    /* Longest ago first, as the session forgets them in that order. */
    for (size_t i = 0; i < count; i++) {
        size_t at = options->position_count++;

        while (at > 0 && positions[at - 1].applied_ms > positions[i].applied_ms) {
            at--;
        }
        struct fl_stored_position moved = positions[i];

        memmove(positions + at + 1, positions + at, (i - at) * sizeof(positions[0]));
        positions[at] = moved;
    }
    for (size_t i = 0; i < count; i++) {
        options->positions[i].incarnation = positions[i].stream.incarnation;
        options->positions[i].number = positions[i].number;
        memcpy(
            options->positions[i].hash.bytes, positions[i].hash,
            sizeof(options->positions[i].hash.bytes));
    }
    return FL_OK;
}

static void read_staged(
    struct fl_link *link,
    struct fl_txn *txn,
    struct fl_session_options *options)
{
    struct fl_staged_message after = {.stream = {.peer = link->peer.number}};
    struct fl_staged_message found;
    struct fl_message_head head;
    struct fl_bytes header;
    uint32_t chunks = 0;

    if (fl_staged_next(txn, &after, &found) != FL_OK ||
        found.stream.peer != link->peer.number ||
        fl_staged_get(txn, found.stream, found.number, &header, &chunks) != FL_OK ||
        fl_message_open(header, &head) != FL_OK) {
        return;
    }
    options->staged.incarnation = found.stream.incarnation;
    options->staged.number = found.number;
    options->staged.chunks = chunks;
    fl_message_hash(head.header_bytes, options->staged.hash.bytes);
}

static void tell_debug(void *context, const char *line)
{
    const struct fl_link *link = context;

    fl_log(
        FL_LOG_DEBUG, FL_LOG_EVENT_SYNC_REPORT, "peer=%s says=%s", link->peer.code,
        fl_log_value(line).text);
}

static enum fl_status open_session(struct fl_link *link)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_session_options options = {
        .role = link->peer.role == FL_PEER_PARENT ? FL_SESSION_CHILD : FL_SESSION_PARENT,
        .own =
            {.installation = node->identity->installation,
             .node = node->identity->node,
             .incarnation = node->identity->incarnation},
        .peer_node = link->peer.node,
        .peer_incarnation = link->peer.incarnation,
        .limits =
            {.messages_in_flight = FL_MESSAGES_IN_FLIGHT_MAX,
             .credit_bytes = CREDIT_BYTES,
             .hello_retry_ms = HELLO_RETRY_MS,
             .progress_timeout_ms = PROGRESS_TIMEOUT_MS},
        .trace = {.tell = tell_debug, .context = link},
    };
    struct fl_txn txn;

    memcpy(options.own.plan, node->plan_hash, sizeof(options.own.plan));
    memcpy(
        options.own.configuration_hash, node->configuration->hash,
        sizeof(options.own.configuration_hash));
    fl_random(&options.seed, sizeof(options.seed));
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = read_positions(link, &txn, &options);

    read_staged(link, &txn, &options);
    fl_link_scan_load(link, &txn);
    fl_txn_abort(&txn);
    return status == FL_OK ? fl_session_new(&options, &link->session) : status;
}

static void link_free(struct fl_link *link)
{
    if (!link) {
        return;
    }
    for (size_t i = 0; i < FL_LINK_SLOTS; i++) {
        fl_outgoing_clear(&link->outgoing[i]);
        fl_incoming_clear(&link->incoming[i]);
    }
    fl_session_free(link->session);
    fl_free(link);
}

static enum fl_status add_link(
    struct fl_replicator *replicator,
    const struct fl_peer *peer)
{
    struct fl_link **links = fl_realloc(
        replicator->links, (replicator->link_count + 1) * sizeof(*replicator->links));
    struct fl_link *link = fl_alloc_zeroed(1, sizeof(*link));

    if (links) {
        replicator->links = links;
    }
    if (!links || !link) {
        fl_free(link);
        return FL_NO_MEMORY;
    }
    link->replicator = replicator;
    link->peer = *peer;
    enum fl_status status = open_session(link);

    if (status != FL_OK) {
        link_free(link);
        return status;
    }
    replicator->links[replicator->link_count++] = link;
    return FL_OK;
}

static struct fl_link *find_number(struct fl_replicator *replicator, uint32_t number)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        if (replicator->links[i]->peer.number == number) {
            return replicator->links[i];
        }
    }
    return NULL;
}

/* What an operator may have changed; what the replicator itself writes stays. */
static void take_changes(struct fl_link *link, const struct fl_peer *peer)
{
    link->peer.state = peer->state;
    link->peer.limit_bytes_per_second = peer->limit_bytes_per_second;
    memcpy(link->peer.name, peer->name, sizeof(link->peer.name));
    memcpy(link->peer.endpoint, peer->endpoint, sizeof(link->peer.endpoint));
    memcpy(link->peer.signing_key, peer->signing_key, sizeof(link->peer.signing_key));
    memcpy(
        link->peer.transport_key, peer->transport_key, sizeof(link->peer.transport_key));
}

enum fl_status fl_replicator_reload(
    struct fl_replicator *replicator,
    struct fl_error *out_error)
{
    struct fl_peer *peer = fl_alloc_zeroed(1, sizeof(*peer));
    enum fl_status status = peer ? FL_OK : FL_NO_MEMORY;
    uint32_t number = 0;

    while (status == FL_OK) {
        struct fl_txn txn;

        fl_txn_begin(&txn, replicator->node->store, FL_TXN_READ);
        status = fl_peers_next(&txn, number, peer);
        fl_txn_abort(&txn);
        if (status != FL_OK) {
            break;
        }
        number = peer->number;
        struct fl_link *link = find_number(replicator, number);

        if (link) {
            take_changes(link, peer);
        } else if (
            peer->format == FL_PEER_NATIVE &&
            memcmp(peer->plan, replicator->node->plan_hash, sizeof(peer->plan)) == 0) {
            status = add_link(replicator, peer);
        }
    }
    fl_free(peer);
    return status == FL_NOT_FOUND
               ? FL_OK
               : fl_error_set(out_error, status, "the peers cannot be read");
}

enum fl_status fl_replicator_new(
    struct fl_node *node,
    const struct fl_replicator_output *output,
    struct fl_replicator **out_replicator,
    struct fl_error *out_error)
{
    struct fl_replicator *replicator = fl_alloc_zeroed(1, sizeof(*replicator));

    if (!replicator) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    replicator->node = node;
    replicator->output = *output;
    replicator->fault = fl_fault_of(node);
    fl_buffer_init(&replicator->plain, FL_MESSAGE_PLAIN_BYTES_MAX + (1u << 20));
    fl_buffer_init(&replicator->frame, FL_FRAME_WIRE_BYTES_MAX);
    fl_buffer_init(&replicator->ours, FL_RECORD_BYTES_MAX);
    if (fl_compressor_new(&replicator->compressor) != FL_OK ||
        fl_decompressor_new(&replicator->decompressor) != FL_OK ||
        fl_replicator_load_routes(replicator) != FL_OK) {
        fl_replicator_free(replicator);
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    enum fl_status status = fl_replicator_reload(replicator, out_error);

    if (status != FL_OK) {
        fl_replicator_free(replicator);
        return status;
    }
    *out_replicator = replicator;
    return FL_OK;
}

void fl_replicator_free(struct fl_replicator *replicator)
{
    if (!replicator) {
        return;
    }
    for (size_t i = 0; i < replicator->link_count; i++) {
        link_free(replicator->links[i]);
    }
    fl_free(replicator->links);
    fl_free(replicator->routes);
    fl_compressor_free(replicator->compressor);
    fl_decompressor_free(replicator->decompressor);
    fl_buffer_deinit(&replicator->plain);
    fl_buffer_deinit(&replicator->frame);
    fl_buffer_deinit(&replicator->ours);
    fl_free(replicator);
}

struct fl_link *fl_replicator_link(struct fl_replicator *replicator, size_t index)
{
    return index < replicator->link_count ? replicator->links[index] : NULL;
}

struct fl_link *fl_replicator_find(
    struct fl_replicator *replicator,
    const uint8_t transport_key[FL_PUBLIC_KEY_BYTES])
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        if (memcmp(
                replicator->links[i]->peer.transport_key, transport_key,
                FL_PUBLIC_KEY_BYTES) == 0) {
            return replicator->links[i];
        }
    }
    return NULL;
}

const struct fl_peer *fl_link_peer(const struct fl_link *link)
{
    return &link->peer;
}

enum fl_session_state fl_link_state(const struct fl_link *link)
{
    return fl_session_state(link->session);
}

void fl_link_set_owner(struct fl_link *link, void *owner)
{
    link->owner = owner;
}

void *fl_link_owner(const struct fl_link *link)
{
    return link->owner;
}

/* -- what happens -- */

static void tell(struct fl_link *link, enum fl_session_event_kind kind, uint64_t now_ms)
{
    fl_link_step(link, &(struct fl_session_event){.kind = kind, .now_ms = now_ms});
}

void fl_replicator_connected(struct fl_link *link, uint64_t now_ms)
{
    tell(link, FL_SESSION_CONNECTED, now_ms);
}

void fl_replicator_disconnected(struct fl_link *link, uint64_t now_ms)
{
    tell(link, FL_SESSION_DISCONNECTED, now_ms);
}

void fl_replicator_sync(struct fl_link *link, uint64_t now_ms)
{
    tell(link, FL_SESSION_SYNC_WANTED, now_ms);
}

void fl_replicator_window_closed(struct fl_link *link, uint64_t now_ms)
{
    tell(link, FL_SESSION_WINDOW_CLOSED, now_ms);
}

void fl_replicator_frame(struct fl_link *link, struct fl_bytes bytes, uint64_t now_ms)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_session_frame *frame = fl_alloc(sizeof(*frame));
    struct fl_frame decoded;

    /* An open connection does not know that its key was revoked: each frame asks. */
    if (!frame || link->peer.state != FL_PEER_ACTIVE ||
        fl_frame_decode(bytes, &decoded) != FL_OK) {
        link->dropped_frames++;
        fl_free(frame);
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_FRAME_DROPPED,
            "peer=%s count=%" PRIu64 " reason=%s", link->peer.code, link->dropped_frames,
            link->peer.state == FL_PEER_ACTIVE ? "malformed" : "revoked");
        return;
    }
    if (decoded.kind == FL_FRAME_CONFIRM &&
        fl_fault_strikes(&replicator->fault, FL_FAULT_REPEAT_MESSAGE)) {
        fl_link_repeat(link, &decoded);
        fl_fault_done(replicator->node, &replicator->fault);
    }
    if (fl_link_understand(link, &decoded, frame)) {
        link->frame = &decoded;
        fl_link_step(
            link, &(struct fl_session_event){
                      .kind = FL_SESSION_FRAME, .now_ms = now_ms, .frame = frame});
        link->frame = NULL;
    }
    fl_free(frame);
}

void fl_replicator_changed(struct fl_replicator *replicator, uint64_t now_ms)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        if (replicator->links[i]->peer.role != FL_PEER_PARENT) {
            tell(replicator->links[i], FL_SESSION_CHANGED, now_ms);
        }
    }
}

/* -- applying what is ready -- */

bool fl_replicator_has_ready(const struct fl_replicator *replicator)
{
    return replicator->ready_count > 0;
}

bool fl_replicator_expects_more(const struct fl_replicator *replicator)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        for (size_t slot = 0; slot < FL_LINK_SLOTS; slot++) {
            const struct fl_incoming *incoming = &replicator->links[i]->incoming[slot];

            if (incoming->number > 0 &&
                incoming->held < incoming->open.header.chunk_count) {
                return true;
            }
        }
    }
    return false;
}

struct outcome {
    enum fl_status status;
    struct fl_error error;
};

static void tell_outcome(
    struct fl_replicator *replicator,
    const struct fl_ready *ready,
    const struct outcome *outcome,
    uint64_t now_ms)
{
    struct fl_session_event event = {
        .kind = FL_SESSION_APPLIED, .now_ms = now_ms, .number = ready->number};

    if (outcome->status != FL_OK) {
        event.kind = FL_SESSION_APPLY_REFUSED;
        event.text = outcome->error.text;
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SYNC_FAILED, "peer=%s number=%" PRIu64 " error=%s",
            ready->link->peer.code, ready->number,
            fl_log_value(outcome->error.text).text);
    } else {
        fl_incoming_clear(fl_link_incoming(ready->link, ready->number));
    }
    fl_link_step(ready->link, &event);
    if (outcome->status != FL_OK) {
        return;
    }
    for (size_t i = 0; i < replicator->link_count; i++) {
        if (replicator->links[i] != ready->link) {
            tell(replicator->links[i], FL_SESSION_CHANGED, now_ms);
        }
    }
}

static enum fl_status commit(
    struct fl_replicator *replicator,
    struct fl_txn *txn,
    struct outcome *outcome)
{
    if (fl_fault_strikes(&replicator->fault, FL_FAULT_EXIT_APPLY)) {
        fl_txn_abort(txn);
        fl_fault_done(replicator->node, &replicator->fault);
        _exit(EXIT_DRILL);
    }
    outcome->status = fl_txn_commit(txn);
    if (outcome->status != FL_OK) {
        outcome->error = *fl_txn_error(txn);
    }
    return outcome->status;
}

/* As many of the ready as fit one commit; when that fails, each for itself. */
static size_t apply_some(
    struct fl_replicator *replicator,
    const struct fl_ready *ready,
    size_t count,
    struct outcome *outcome)
{
    struct fl_peer *before = fl_alloc_zeroed(count, sizeof(*before));
    struct fl_txn txn;
    size_t done = 0;

    if (!before) {
        outcome->status = fl_error_set(&outcome->error, FL_NO_MEMORY, "no memory");
        return 1;
    }
    fl_txn_begin(&txn, replicator->node->store, FL_TXN_INTAKE);
    uint64_t head = fl_journal_head(&txn);
    bool of_one = true;

    outcome->status = FL_OK;
    while (done < count && outcome->status == FL_OK) {
        const struct fl_incoming *incoming =
            fl_link_incoming(ready[done].link, ready[done].number);
        uint64_t bytes = incoming->open.header.plain_bytes;
        uint64_t keys = incoming->open.header.entry_count;

        if (done > 0 && !fl_txn_has_room(&txn, 2 * bytes, 3 * keys + 16)) {
            break;
        }
        before[done] = ready[done].link->peer;
        of_one = of_one && ready[done].link == ready[0].link;
        outcome->status =
            fl_link_apply(ready[done].link, &txn, &ready[done], &outcome->error);
        done++;
    }
    if (outcome->status == FL_OK) {
        uint64_t head_after = fl_journal_head(&txn);

        if (commit(replicator, &txn, outcome) == FL_OK && of_one) {
            fl_link_scan_pass(ready[0].link, head, head_after);
        }
    } else if (fl_txn_status(&txn) != FL_OK) {
        outcome->error = *fl_txn_error(&txn);
    }
    fl_txn_abort(&txn);
    /* What was not committed did not happen: the copies of the peers go back. */
    for (size_t i = done; i > 0 && outcome->status != FL_OK; i--) {
        ready[i - 1].link->peer = before[i - 1];
    }
    fl_free(before);
    return done;
}

static void apply_ready(
    struct fl_replicator *replicator,
    struct fl_ready *ready,
    size_t count,
    uint64_t now_ms)
{
    size_t limit = count;

    for (size_t at = 0; at < count;) {
        struct outcome outcome = {.status = FL_OK};
        size_t done = apply_some(
            replicator, ready + at, count - at < limit ? count - at : limit, &outcome);

        if (outcome.status != FL_OK && done > 1) {
            limit = 1;
            continue;
        }
        for (size_t i = 0; i < done; i++) {
            tell_outcome(replicator, &ready[at + i], &outcome, now_ms);
        }
        at += done;
    }
}

enum fl_status fl_replicator_flush(
    struct fl_replicator *replicator,
    bool all,
    uint64_t now_ms,
    struct fl_error *out_error)
{
    struct fl_ready ready[FL_READY_MAX];
    size_t count = replicator->ready_count;

    if (count > 0 &&
        (all || replicator->ready_bytes >= replicator->node->settings.commit_bytes ||
         count > FL_READY_MAX / 2)) {
        memcpy(ready, replicator->ready, count * sizeof(ready[0]));
        replicator->ready_count = 0;
        replicator->ready_bytes = 0;
        apply_ready(replicator, ready, count, now_ms);
    }
    if (fl_store_is_dead(replicator->node->store)) {
        return fl_error_set(
            out_error, FL_IO,
            "a commit failed and its outcome is unknown: the process ends and starts "
            "anew");
    }
    return FL_OK;
}

static bool has_waiting(const struct fl_link *link)
{
    return link->confirmed_waits || fl_link_scan_is_worth_keeping(link);
}

/* What may be written late, once no round is going on that would write it anyway. */
static void put_waiting(struct fl_replicator *replicator)
{
    struct fl_txn txn;
    bool any = false;

    for (size_t i = 0; i < replicator->link_count; i++) {
        any = any || (has_waiting(replicator->links[i]) &&
                      fl_link_state(replicator->links[i]) != FL_SESSION_ROUND);
    }
    if (!any) {
        return;
    }
    fl_txn_begin(&txn, replicator->node->store, FL_TXN_KEEP);
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        if (fl_link_scan_is_worth_keeping(link)) {
            fl_link_scan_keep(link, &txn);
        }
        if (link->confirmed_waits) {
            fl_link_put_confirmed(link, &txn);
        }
    }
    (void)fl_txn_commit(&txn);
}

void fl_replicator_tick(struct fl_replicator *replicator, uint64_t now_ms)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        for (int turn = 0;
             turn < TICKS_PER_TURN_MAX && fl_session_due_ms(link->session) <= now_ms;
             turn++) {
            tell(link, FL_SESSION_TICK, now_ms);
        }
    }
    put_waiting(replicator);
}

uint64_t fl_replicator_due_ms(const struct fl_replicator *replicator)
{
    uint64_t due_ms = UINT64_MAX;

    for (size_t i = 0; i < replicator->link_count; i++) {
        uint64_t link_ms = fl_session_due_ms(replicator->links[i]->session);

        due_ms = link_ms < due_ms ? link_ms : due_ms;
    }
    return due_ms;
}

uint64_t fl_replicator_horizon(const struct fl_replicator *replicator)
{
    uint64_t horizon = UINT64_MAX;

    for (size_t i = 0; i < replicator->link_count; i++) {
        const struct fl_peer *peer = &replicator->links[i]->peer;

        if (peer->state == FL_PEER_ACTIVE && peer->confirmed_lsn < horizon) {
            horizon = peer->confirmed_lsn;
        }
    }
    return horizon;
}
