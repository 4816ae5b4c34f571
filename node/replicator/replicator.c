#include "replicator.h"

#include <string.h>

#include "aside/shut_out.h"
#include "compare/compare.h"
#include "link.h"
#include "log.h"
#include "plan/registrations.h"
#include "recovery/horizon.h"
#include "routing/routing.h"
#include "storage/staged.h"

enum {
    HELLO_RETRY_MS = 5000,
    PROGRESS_TIMEOUT_MS = 60000,
    TURN_MS = 20, /* how much later a turn comes for each other one that comes too */
    CREDIT_BYTES = 8 << 20,
    CREDIT_FIRST_BYTES = 256 << 10, /* 64 KiB at least, on a line of 64 kbit/s */
    STAGE_AFTER_MS = 10000,         /* so much of a slow message is lost with the power */
    TICKS_PER_TURN_MAX = 64,
};

/* -- slots -- */

void fl_outgoing_clear(struct fl_outgoing *outgoing)
{
    fl_buffer_deinit(&outgoing->head);
    fl_buffer_deinit(&outgoing->chunks);
    memset(outgoing, 0, sizeof(*outgoing));
}

void fl_outgoing_reopen(struct fl_outgoing *outgoing)
{
    fl_outgoing_clear(outgoing);
    fl_buffer_init(&outgoing->head, FL_FRAME_WIRE_BYTES_MAX);
    fl_buffer_init(&outgoing->chunks, FL_MESSAGE_PLAIN_BYTES_MAX + (1u << 20));
}

void fl_incoming_clear(struct fl_incoming *incoming)
{
    fl_buffer_deinit(&incoming->head);
    fl_buffer_deinit(&incoming->chunks);
    memset(incoming, 0, sizeof(*incoming));
}

struct fl_incoming *fl_link_incoming(struct fl_link *link, uint64_t number)
{
    for (size_t i = 0; link->incoming && i < FL_LINK_SLOTS && number > 0; i++) {
        if (link->incoming[i].number == number) {
            return &link->incoming[i];
        }
    }
    return NULL;
}

struct fl_outgoing *fl_link_outgoing(struct fl_link *link, uint64_t number)
{
    for (size_t i = 0; link->outgoing && i < FL_LINK_SLOTS && number > 0; i++) {
        if (link->outgoing[i].number == number) {
            return &link->outgoing[i];
        }
    }
    return NULL;
}

struct fl_incoming *fl_link_incoming_slots(struct fl_link *link)
{
    if (!link->incoming) {
        link->incoming = fl_alloc_zeroed(FL_LINK_SLOTS, sizeof(*link->incoming));
    }
    return link->incoming;
}

struct fl_outgoing *fl_link_outgoing_slots(struct fl_link *link)
{
    if (!link->outgoing) {
        link->outgoing = fl_alloc_zeroed(FL_LINK_SLOTS, sizeof(*link->outgoing));
    }
    return link->outgoing;
}

void fl_link_free_slots(struct fl_link *link)
{
    bool sends = false;
    bool takes = false;

    for (size_t i = 0; i < FL_LINK_SLOTS; i++) {
        sends = sends || (link->outgoing && link->outgoing[i].number > 0);
        takes = takes || (link->incoming && link->incoming[i].number > 0);
    }
    if (!sends) {
        fl_free(link->outgoing);
        link->outgoing = NULL;
    }
    if (!takes) {
        fl_free(link->incoming);
        link->incoming = NULL;
    }
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
        options->positions[i].life =
            fl_seen_life(&link->seen, positions[i].stream.incarnation);
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

/* What we are to a peer of that role. */
static enum fl_session_rank rank_before(enum fl_peer_role role)
{
    switch (role) {
    case FL_PEER_PARENT:
        return FL_SESSION_BELOW;
    case FL_PEER_CHILD:
        return FL_SESSION_ABOVE;
    case FL_PEER_EQUAL:
        break;
    }
    return FL_SESSION_EQUAL;
}

static enum fl_status open_session(struct fl_link *link)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_session_options options = {
        .role = fl_peer_is_called(&link->peer) ? FL_SESSION_CHILD : FL_SESSION_PARENT,
        .own =
            {.installation = node->identity->installation,
             .node = node->identity->node,
             .incarnation = node->identity->incarnation,
             .rank = rank_before(link->peer.role)},
        .peer_node = link->peer.node,
        .peer_incarnation = link->peer.incarnation,
        .life = link->replicator->node->life,
        .limits =
            {.messages_in_flight = FL_MESSAGES_IN_FLIGHT_MAX,
             .credit_bytes = CREDIT_BYTES,
             .credit_first_bytes = CREDIT_FIRST_BYTES,
             .stage_after_ms = STAGE_AFTER_MS,
             .hello_retry_ms = HELLO_RETRY_MS,
             .progress_timeout_ms =
                 PROGRESS_TIMEOUT_MS + TURN_MS * link->replicator->link_count},
        .trace = {.tell = tell_debug, .context = link},
    };
    struct fl_txn txn;

    memcpy(options.own.plan, link->peer.plan, sizeof(options.own.plan));
    memcpy(
        options.own.configuration_hash, node->configuration->hash,
        sizeof(options.own.configuration_hash));
    fl_random(&options.seed, sizeof(options.seed));
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    fl_seen_get(&txn, link->peer.number, &link->seen);
    options.confirmed = link->seen.confirmed;
    enum fl_status status = read_positions(link, &txn, &options);

    read_staged(link, &txn, &options);
    fl_link_scan_load(link, &txn);
    link->has_overlay = fl_registrations_any(&txn, link->peer.number);
    fl_link_history_load(link, &txn);
    fl_txn_abort(&txn);
    return status == FL_OK ? fl_session_new(&options, &link->session) : status;
}

static void link_free(struct fl_link *link)
{
    if (!link) {
        return;
    }
    for (size_t i = 0; link->outgoing && i < FL_LINK_SLOTS; i++) {
        fl_outgoing_clear(&link->outgoing[i]);
    }
    for (size_t i = 0; link->incoming && i < FL_LINK_SLOTS; i++) {
        fl_incoming_clear(&link->incoming[i]);
    }
    fl_turns_forget(link);
    fl_free(link->outgoing);
    fl_free(link->incoming);
    fl_compare_free(link);
    fl_session_free(link->session);
    fl_free(link);
}

static enum fl_status add_link(
    struct fl_replicator *replicator,
    const struct fl_peer *peer)
{
    struct fl_link **links = fl_realloc(
        replicator->links, (replicator->link_count + 1) * sizeof(*replicator->links));
    struct fl_link_look *looks = fl_realloc(
        replicator->looks, (replicator->link_count + 1) * sizeof(*replicator->looks));
    struct fl_link *link = fl_alloc_zeroed(1, sizeof(*link));

    if (links) {
        replicator->links = links;
    }
    if (looks) {
        replicator->looks = looks;
    }
    if (!links || !looks || !link) {
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
    link->index = replicator->link_count;
    replicator->links[replicator->link_count++] = link;
    fl_link_touch(link);
    return FL_OK;
}

/* What an operator may have changed; what the replicator itself writes stays. */
static void take_changes(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    const bool is_shut_out =
        link->peer.state == FL_PEER_ACTIVE &&
        (peer->state == FL_PEER_SUSPENDED || peer->state == FL_PEER_REVOKED);

    link->peer.state = peer->state;
    if (is_shut_out) {
        fl_link_shut_out(link, peer->state);
    }
    link->peer.limit_bytes_per_second = peer->limit_bytes_per_second;
    memcpy(link->peer.name, peer->name, sizeof(link->peer.name));
    memcpy(link->peer.endpoint, peer->endpoint, sizeof(link->peer.endpoint));
    memcpy(link->peer.signing_key, peer->signing_key, sizeof(link->peer.signing_key));
    memcpy(
        link->peer.transport_key, peer->transport_key, sizeof(link->peer.transport_key));
    memcpy(
        link->peer.previous_signing_key, peer->previous_signing_key,
        sizeof(link->peer.previous_signing_key));
    memcpy(
        link->peer.previous_transport_key, peer->previous_transport_key,
        sizeof(link->peer.previous_transport_key));
    link->peer.previous_key_until_ms = peer->previous_key_until_ms;
    link->peer.previous_key_messages = peer->previous_key_messages;
    link->peer.keys_taken = peer->keys_taken;
    link->peer.keys_ms = peer->keys_ms;
    fl_link_touch(link);
    fl_link_history_load(link, txn);
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
        struct fl_link *link =
            status == FL_OK ? fl_replicator_find_number(replicator, peer->number) : NULL;

        if (link) {
            take_changes(link, &txn, peer);
        }
        fl_txn_abort(&txn);
        if (status != FL_OK) {
            break;
        }
        number = peer->number;
        if (!link && peer->format == FL_PEER_NATIVE &&
            fl_plans_find(&replicator->node->plans, peer->plan)) {
            status = add_link(replicator, peer);
        }
    }
    fl_free(peer);
    if (status == FL_NOT_FOUND) {
        status = fl_replicator_index_keys(replicator);
    }
    return status == FL_OK ? FL_OK
                           : fl_error_set(out_error, status, "the peers cannot be read");
}

enum fl_status fl_replicator_load_routes(struct fl_replicator *replicator)
{
    struct fl_txn txn;

    fl_routes_deinit(&replicator->routes);
    fl_txn_begin(&txn, replicator->node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &replicator->routes);

    fl_txn_abort(&txn);
    return status;
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
    fl_applying_open(&replicator->applying, node->directory);
    fl_buffer_init(&replicator->plain, FL_MESSAGE_PLAIN_BYTES_MAX + (1u << 20));
    fl_taken_init(&replicator->taken);
    fl_arena_init(&replicator->arena, FL_OBJECT_ARENA_BYTES_MAX);
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
    fl_free(replicator->looks);
    fl_free(replicator->places);
    fl_routes_deinit(&replicator->routes);
    fl_applying_close(&replicator->applying);
    fl_compressor_free(replicator->compressor);
    fl_decompressor_free(replicator->decompressor);
    fl_buffer_deinit(&replicator->plain);
    fl_taken_deinit(&replicator->taken);
    fl_arena_deinit(&replicator->arena);
    fl_buffer_deinit(&replicator->frame);
    fl_buffer_deinit(&replicator->ours);
    fl_free(replicator);
}

struct fl_link *fl_replicator_link(struct fl_replicator *replicator, size_t index)
{
    return index < replicator->link_count ? replicator->links[index] : NULL;
}

const struct fl_peer *fl_link_peer(const struct fl_link *link)
{
    return &link->peer;
}

enum fl_session_state fl_link_state(const struct fl_link *link)
{
    return fl_session_state(link->session);
}

bool fl_link_is_held(const struct fl_link *link)
{
    return link->ended == FL_SESSION_HELD || link->changes_held;
}

void fl_link_facts(const struct fl_link *link, struct fl_link_facts *out_facts)
{
    *out_facts = (struct fl_link_facts){
        .objects_sent = link->objects_sent,
        .objects_received = link->objects_received,
        .clock_known = link->clock.known,
        .clock_offset_ms = link->clock.offset_ms};
}

size_t fl_replicator_rounds(const struct fl_replicator *replicator)
{
    return replicator->turns.running;
}

uint64_t fl_replicator_postponed(const struct fl_replicator *replicator)
{
    return replicator->turns.postponed;
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

void fl_replicator_connected(struct fl_link *link, uint64_t now_ms)
{
    link->had_round = false;
    if (fl_turn_connected(link, now_ms)) {
        return;
    }
    fl_link_tell(link, FL_SESSION_CONNECTED, now_ms);
}

void fl_replicator_disconnected(struct fl_link *link, uint64_t now_ms)
{
    if (fl_turn_disconnected(link)) {
        return;
    }
    fl_link_tell(link, FL_SESSION_DISCONNECTED, now_ms);
}

void fl_replicator_sync(struct fl_link *link, uint64_t now_ms)
{
    fl_link_tell(link, FL_SESSION_SYNC_WANTED, now_ms);
}

void fl_replicator_window_closed(struct fl_link *link, uint64_t now_ms)
{
    fl_link_tell(link, FL_SESSION_WINDOW_CLOSED, now_ms);
}

/* Beside the session, but only of the one that is greeted. */
static void take_comparison(
    struct fl_link *link,
    const struct fl_frame *frame,
    size_t frame_bytes,
    uint64_t now_ms)
{
    struct fl_compare *said = fl_alloc(sizeof(*said));
    struct fl_session_head head;

    if (!said || fl_compare_decode(frame->comparison, said) != FL_OK) {
        fl_link_drop_frame(link, "malformed_comparison");
    } else if (
        fl_session_head(link->session, &head) && head.nonce == frame->nonce &&
        fl_uuid_equal(head.peer_incarnation, frame->sender_incarnation) &&
        fl_uuid_equal(head.own_incarnation, frame->receiver_incarnation)) {
        fl_compare_take(link, said, frame_bytes, now_ms);
    }
    fl_free(said);
}

void fl_replicator_frame(struct fl_link *link, struct fl_bytes bytes, uint64_t now_ms)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_session_frame *frame = fl_alloc(sizeof(*frame));
    struct fl_frame decoded;
    const char *reason = NULL;

    /* An open connection does not know that its key was revoked: each frame asks. */
    if (!frame || link->peer.state != FL_PEER_ACTIVE ||
        fl_frame_decode(bytes, &decoded) != FL_OK) {
        fl_link_drop_frame(
            link, link->peer.state == FL_PEER_ACTIVE      ? "malformed"
                  : link->peer.state == FL_PEER_SUSPENDED ? "suspended"
                                                          : "revoked");
        if (link->peer.state != FL_PEER_ACTIVE) {
            fl_link_answer_shut_out(link, bytes);
        }
        fl_free(frame);
        return;
    }
    if (decoded.kind == FL_FRAME_CONFIRM &&
        fl_fault_strikes(&replicator->fault, FL_FAULT_REPEAT_MESSAGE)) {
        fl_link_repeat(link, &decoded);
        fl_fault_done(replicator->node, &replicator->fault);
    }
    if (decoded.kind == FL_FRAME_KEYS || decoded.kind == FL_FRAME_KEYS_TAKEN) {
        fl_link_take_keys(link, &decoded);
    } else if (decoded.kind == FL_FRAME_COMPARE) {
        take_comparison(link, &decoded, bytes.size, now_ms);
    } else if (decoded.kind == FL_FRAME_RESTORED) {
        fl_link_take_restored(link, &decoded);
    } else if (decoded.kind == FL_FRAME_CLOCK) {
        fl_link_take_clock(link, &decoded);
    } else if (decoded.kind == FL_FRAME_LIFE) {
        fl_link_take_life(link, &decoded);
    } else if (decoded.kind == FL_FRAME_LATER) {
        fl_turn_take(link, &decoded, now_ms);
    } else if ((reason = fl_link_hello_reason(link, &decoded))) {
        fl_link_refuse(link, &decoded, reason);
    } else if (
        fl_turns_admit(link, &decoded, now_ms) &&
        fl_link_understand(link, &decoded, frame)) {
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
    fl_replicator_note_changed(replicator, /* by= */ NULL, now_ms);
}

/* -- time -- */

/* Routing that was not through in one turn goes on; then everybody may have something. */
static void go_on_routing(struct fl_replicator *replicator, uint64_t now_ms)
{
    struct fl_error error = {0};
    enum fl_status status = fl_routing_go_on(replicator->node, FL_ROUTING_SOME, &error);

    if (status == FL_BUSY) {
        return;
    }
    replicator->routing_waits = false;
    if (status != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_STORE_FAILED, "error=%s",
            fl_log_value(error.text).text);
        return;
    }
    for (size_t i = 0; i < replicator->link_count; i++) {
        fl_link_tell(replicator->links[i], FL_SESSION_CHANGED, now_ms);
    }
}

void fl_replicator_tick(struct fl_replicator *replicator, uint64_t now_ms)
{
    fl_replicator_renew_again(replicator, now_ms);
    if (replicator->routing_waits) {
        go_on_routing(replicator, now_ms);
    }
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        if (!replicator->looks[i].tended && replicator->looks[i].due_ms > now_ms) {
            continue;
        }
        for (int turn = 0;
             turn < TICKS_PER_TURN_MAX && fl_session_due_ms(link->session) <= now_ms;
             turn++) {
            fl_link_tell(link, FL_SESSION_TICK, now_ms);
        }
        fl_compare_tick(link, now_ms);
        fl_horizon_tick(link, now_ms);
        fl_turn_tick(link, now_ms);
        fl_link_touch(link);
    }
    fl_replicator_tell_changed(replicator, now_ms);
    fl_replicator_put_waiting(replicator, now_ms);
}

uint64_t fl_replicator_due_ms(const struct fl_replicator *replicator)
{
    uint64_t due_ms =
        replicator->routing_waits ? 0 : fl_replicator_gathered_due_ms(replicator);

    if (replicator->renew_waits && replicator->renew_at_ms < due_ms) {
        due_ms = replicator->renew_at_ms;
    }
    for (size_t i = 0; i < replicator->link_count; i++) {
        const uint64_t link_ms = replicator->looks[i].due_ms;

        due_ms = link_ms < due_ms ? link_ms : due_ms;
    }
    return due_ms;
}
