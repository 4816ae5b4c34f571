/*
 * A branch that is as light as it can be and speaks the real protocol: the session of
 * `replication`, signed messages, CURVE by the transport of `node`. In place of a store
 * it has one message, made when it is asked for, and counts what comes.
 */

#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "proto/compression.h"
#include "proto/frame.h"
#include "proto/system.h"
#include "replication/session.h"
#include "replicator/transport.h"
#include "workload.h"

enum {
    SLOTS = FL_MESSAGES_IN_FLIGHT_MAX,
    FRAMES_PER_TURN = 64,
    ANSWERS_MAX = 16,
    HELLO_RETRY_MS = 10000,
    PROGRESS_TIMEOUT_MS = 600000,
    CREDIT_BYTES = 1 << 20,
};

struct incoming {
    uint64_t number;
    struct fl_buffer head;
    struct fl_buffer chunks;
};

struct fleet_peer {
    struct fleet_shared *shared;
    const struct fleet_branch *branch;
    uint32_t index;
    struct fl_transport *transport;
    struct fl_session *session;
    struct fl_session_event answers[ANSWERS_MAX];
    size_t answer_count;
    const struct fl_frame *frame; /* in hand */
    struct incoming incoming[SLOTS];
    struct fl_buffer head; /* of its own message */
    struct fl_buffer chunk;
    bool connected;
    bool confirmed;
    uint32_t received;
};

/* -- between the machine's words and bytes -- */

static struct fl_session_position session_position(const struct fl_frame_position *from)
{
    struct fl_session_position to = {
        .incarnation = from->incarnation, .number = from->number};

    memcpy(to.hash.bytes, from->hash, sizeof(from->hash));
    return to;
}

static struct fl_frame_position frame_position(const struct fl_session_position *from)
{
    struct fl_frame_position to = {
        .incarnation = from->incarnation, .number = from->number};

    memcpy(to.hash, from->hash.bytes, sizeof(to.hash));
    return to;
}

static struct fl_frame_greeting greet(const struct fl_session_greeting *from)
{
    struct fl_frame_greeting to = {
        .installation = from->who.installation,
        .node = from->who.node,
        .position = frame_position(&from->position),
        .credit = from->credit,
        .software = 0x00000100,
        .rank = (uint8_t)from->who.rank};

    memcpy(to.plan, from->who.plan, sizeof(to.plan));
    memcpy(
        to.configuration_hash, from->who.configuration_hash,
        sizeof(to.configuration_hash));
    return to;
}

static struct fl_session_greeting greeted(const struct fl_frame *frame)
{
    const struct fl_frame_greeting *from = &frame->greeting;
    struct fl_session_greeting to = {
        .position = session_position(&from->position), .credit = from->credit};

    to.who.installation = from->installation;
    to.who.node = from->node;
    to.who.incarnation = frame->sender_incarnation;
    to.who.rank = (enum fl_session_rank)from->rank;
    memcpy(to.who.plan, from->plan, sizeof(to.who.plan));
    memcpy(
        to.who.configuration_hash, from->configuration_hash,
        sizeof(to.who.configuration_hash));
    return to;
}

static void sign_confirmation(struct fleet_peer *peer, struct fl_frame *frame)
{
    const struct fleet_centre *centre = peer->shared->centre;
    struct fl_confirmation confirmation = {
        .installation = centre->installation,
        .confirmer = peer->branch->node,
        .sender = centre->node,
        .position = frame->confirmed};
    struct fl_signing_key *key = NULL;

    memcpy(confirmation.plan, centre->plan, sizeof(confirmation.plan));
    FL_ASSERT(fl_signing_key_new(peer->branch->seed, &key) == FL_OK);
    fl_confirmation_sign(&confirmation, key, frame->signature);
    fl_signing_key_free(key);
}

static void send_frame(struct fleet_peer *peer, const struct fl_session_action *action)
{
    const struct fl_session_frame *from = &action->frame;
    struct fl_buffer *bytes = &peer->shared->frame;
    struct fl_frame frame = {
        .kind = (enum fl_frame_kind)from->kind,
        .nonce = from->nonce,
        .sender_incarnation = from->sender_incarnation,
        .receiver_incarnation = from->receiver_incarnation,
        .greeting = greet(&from->greeting),
        .round = from->round,
        .done = from->done,
        .acknowledged = from->acknowledged,
        .credit = from->credit,
        .reason = (uint8_t)from->reason,
        .text = fl_bytes_of_text(from->reason_text),
        .message = fl_buffer_view(&peer->head),
        .chunk_number = action->number,
        .chunk_index = action->index,
        .chunk = fl_buffer_view(&peer->chunk),
        .confirmed = frame_position(&from->confirmed)};

    if (frame.kind == FL_FRAME_CONFIRM) {
        sign_confirmation(peer, &frame);
    }
    fl_buffer_clear(bytes);
    fl_frame_encode(&frame, bytes);
    if (fl_transport_send(
            peer->transport, NULL, fl_buffer_view(bytes), (struct fl_bytes){0}) !=
        FL_OK) {
        peer->shared->failures++;
    }
}

/* -- what it sends -- */

static const struct fl_attribute *store_attribute(const struct workload *workload)
{
    return fl_type_find_attribute(workload->sale, fl_bytes_of_text("Склад"));
}

/* A sale of the workload, of this branch's own warehouse. */
static void put_sale(struct fleet_peer *peer, uint64_t index)
{
    struct workload *workload = peer->shared->workload;
    const uint32_t attribute = store_attribute(workload)->number;
    struct fl_buffer record;
    struct fl_object object;

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    FL_ASSERT(workload_make(workload, index * 3 + 2, 1, &object, &record) == FL_OK);
    for (size_t i = 0; i < object.field_count; i++) {
        if (object.fields[i].number == attribute) {
            object.fields[i].value.uuid = peer->branch->store;
        }
    }
    fl_buffer_clear(&record);
    FL_ASSERT(fl_record_encode(&object, &record) == FL_OK);
    fl_message_put_entry(
        &peer->shared->plain, &(struct fl_message_entry){
                                  .flags = FL_MESSAGE_ENTRY_FIRST,
                                  .key = object.key,
                                  .record = fl_buffer_view(&record)});
    fl_buffer_deinit(&record);
}

static void seal(struct fleet_peer *peer, const struct fl_session_action *action)
{
    const struct fleet_centre *centre = peer->shared->centre;
    struct fl_session_head head = {0};
    struct fl_signing_key *key = NULL;
    struct fl_chunk_info chunk = {
        .wire_bytes = (uint32_t)peer->chunk.size,
        .plain_bytes = (uint32_t)peer->shared->plain.size};

    FL_ASSERT(fl_session_head(peer->session, &head));
    fl_hash(fl_buffer_view(&peer->chunk), chunk.hash, sizeof(chunk.hash));
    struct fl_message_header header = {
        .installation = centre->installation,
        .sender = peer->branch->node,
        .sender_incarnation = peer->branch->incarnation,
        .receiver = centre->node,
        .receiver_incarnation = head.peer_incarnation,
        .number = 1,
        .lsn_to = centre->objects_up,
        .base_number = action->position.number,
        .entry_count = centre->objects_up,
        .flags = FL_MESSAGE_SERIES_END};

    memcpy(header.plan, centre->plan, sizeof(header.plan));
    memcpy(header.base_hash, action->position.hash.bytes, sizeof(header.base_hash));
    memcpy(
        header.configuration_hash, centre->configuration_hash,
        sizeof(header.configuration_hash));
    FL_ASSERT(fl_signing_key_new(peer->branch->seed, &key) == FL_OK);
    fl_buffer_clear(&peer->head);
    fl_message_seal(&header, &chunk, 1, key, &peer->head);
    fl_signing_key_free(key);
}

static void build(
    struct fleet_peer *peer,
    const struct fl_session_action *action,
    struct fl_session_event *answer)
{
    const uint32_t count = peer->shared->centre->objects_up;
    struct fl_message_head open;

    answer->kind = FL_SESSION_NOTHING_TO_SEND;
    answer->lsn = count;
    if (action->lsn >= count) {
        return;
    }
    fl_buffer_clear(&peer->shared->plain);
    for (uint32_t i = 0; i < count; i++) {
        put_sale(peer, (uint64_t)peer->index * count + i);
    }
    fl_buffer_clear(&peer->chunk);
    FL_ASSERT(
        fl_compress(
            peer->shared->compressor, fl_buffer_view(&peer->shared->plain),
            &peer->chunk) == FL_OK);
    seal(peer, action);
    FL_ASSERT(fl_message_open(fl_buffer_view(&peer->head), &open) == FL_OK);
    answer->kind = FL_SESSION_BUILT;
    answer->built.lsn_to = count;
    answer->built.message.number = 1;
    fl_message_hash(open.header_bytes, answer->built.message.hash.bytes);
    answer->built.message.base_number = action->position.number;
    answer->built.message.base_hash = action->position.hash;
    answer->built.message.chunk_count = 1;
    answer->built.message.wire_bytes = peer->chunk.size;
    answer->built.message.series_end = true;
}

/* -- what it gets -- */

static struct incoming *slot_of(struct fleet_peer *peer, uint64_t number)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (peer->incoming[i].number == number) {
            return &peer->incoming[i];
        }
    }
    return NULL;
}

static void clear(struct incoming *incoming)
{
    fl_buffer_deinit(&incoming->head);
    fl_buffer_deinit(&incoming->chunks);
    memset(incoming, 0, sizeof(*incoming));
}

static void keep(struct fleet_peer *peer, uint64_t number)
{
    struct incoming *incoming = slot_of(peer, 0);

    FL_ASSERT(incoming);
    fl_buffer_init(&incoming->head, FL_FRAME_WIRE_BYTES_MAX);
    fl_buffer_init(&incoming->chunks, FL_MESSAGE_PLAIN_BYTES_MAX);
    fl_buffer_put(&incoming->head, peer->frame->message);
    incoming->number = number;
}

/* Unpacked and read to its end, as a real branch would. */
static void apply(
    struct fleet_peer *peer,
    uint64_t number,
    struct fl_session_event *answer)
{
    struct incoming *incoming = slot_of(peer, number);
    struct fl_buffer *plain = &peer->shared->plain;
    struct fl_message_head head;

    FL_ASSERT(incoming);
    FL_ASSERT(fl_message_open(fl_buffer_view(&incoming->head), &head) == FL_OK);
    fl_buffer_clear(plain);
    FL_ASSERT(
        head.header.chunk_count == 0 ||
        fl_decompress(
            peer->shared->decompressor, fl_buffer_view(&incoming->chunks),
            head.header.plain_bytes, plain) == FL_OK);
    struct fl_reader reader = fl_reader_of(fl_buffer_view(plain));
    struct fl_message_entry entry;

    while (fl_message_next_entry(&reader, &entry) == FL_OK) {
        peer->received += entry.key.type < FL_SYSTEM_TYPE_FIRST;
    }
    clear(incoming);
    answer->kind = FL_SESSION_APPLIED;
    answer->number = number;
}

/* -- the machine -- */

static bool answer_of(
    struct fleet_peer *peer,
    const struct fl_session_action *action,
    struct fl_session_event *answer)
{
    switch (action->kind) {
    case FL_SESSION_SEND:
    case FL_SESSION_SEND_MESSAGE:
    case FL_SESSION_SEND_CHUNK:
    case FL_SESSION_SEND_CONFIRM:
        send_frame(peer, action);
        return false;
    case FL_SESSION_LOOKUP:
        answer->kind = FL_SESSION_POSITION_FOUND;
        answer->lsn = action->position.number > 0 ? peer->shared->centre->objects_up : 0;
        answer->number = action->position.number;
        return true;
    case FL_SESSION_BUILD:
        build(peer, action, answer);
        return true;
    case FL_SESSION_KEEP:
        keep(peer, action->number);
        return false;
    case FL_SESSION_HOLD:
        fl_buffer_put(&slot_of(peer, action->number)->chunks, peer->frame->chunk);
        return false;
    case FL_SESSION_STAGE:
        answer->kind = FL_SESSION_STAGED;
        answer->number = action->number;
        return true;
    case FL_SESSION_DROP:
        if (action->number > 0 && slot_of(peer, action->number)) {
            clear(slot_of(peer, action->number));
        }
        return false;
    case FL_SESSION_APPLY:
        apply(peer, action->number, answer);
        return true;
    case FL_SESSION_PEER_RENEWED:
        answer->kind = FL_SESSION_PEER_REGISTERED;
        return true;
    case FL_SESSION_RECORD_CONFIRMED:
        peer->confirmed = action->number > 0;
        return false;
    case FL_SESSION_FORGET:
        fl_buffer_deinit(&peer->head);
        fl_buffer_deinit(&peer->chunk);
        fl_buffer_init(&peer->head, FL_FRAME_WIRE_BYTES_MAX);
        fl_buffer_init(&peer->chunk, FL_FRAME_WIRE_BYTES_MAX);
        return false;
    case FL_SESSION_RENEW_INCARNATION:
    case FL_SESSION_CLOSE:
        peer->shared->failures++;
        return false;
    case FL_SESSION_ROUND_DONE:
    case FL_SESSION_REPORT:
        return false;
    }
    return false;
}

static void step(struct fleet_peer *peer, const struct fl_session_event *event)
{
    static struct fl_session_actions actions; /* one thread, one at a time */
    struct fl_session_event next = *event;

    for (;;) {
        fl_session_step(peer->session, &next, &actions);
        for (size_t i = 0; i < actions.count; i++) {
            struct fl_session_event answer = {.now_ms = event->now_ms};

            if (answer_of(peer, &actions.items[i], &answer)) {
                FL_ASSERT(peer->answer_count < ANSWERS_MAX);
                peer->answers[peer->answer_count++] = answer;
            }
        }
        if (peer->answer_count == 0) {
            return;
        }
        next = peer->answers[0];
        peer->answer_count--;
        memmove(
            peer->answers, peer->answers + 1,
            peer->answer_count * sizeof(peer->answers[0]));
    }
}

static void tell(
    struct fleet_peer *peer,
    enum fl_session_event_kind kind,
    uint64_t now_ms)
{
    step(peer, &(struct fl_session_event){.kind = kind, .now_ms = now_ms});
}

/* As filiald does: lengths, signatures and hashes before the machine hears of it. */
static bool understand(
    struct fleet_peer *peer,
    const struct fl_frame *frame,
    struct fl_session_frame *out)
{
    struct fl_message_head head;

    *out = (struct fl_session_frame){
        .kind = (enum fl_session_frame_kind)frame->kind,
        .nonce = frame->nonce,
        .sender_incarnation = frame->sender_incarnation,
        .receiver_incarnation = frame->receiver_incarnation,
        .round = frame->round,
        .done = frame->done,
        .credit = frame->credit,
        .acknowledged = frame->acknowledged,
        .chunk_number = frame->chunk_number,
        .chunk_index = frame->chunk_index,
        .reason = (enum fl_session_reason)frame->reason};
    if (frame->kind == FL_FRAME_WELCOME) {
        out->greeting = greeted(frame);
    } else if (frame->kind == FL_FRAME_CONFIRM) {
        out->confirmed = session_position(&frame->confirmed);
    } else if (frame->kind == FL_FRAME_MESSAGE) {
        if (fl_message_open(frame->message, &head) != FL_OK ||
            fl_message_verify(&head, peer->shared->centre->signing_public) != FL_OK) {
            return false;
        }
        out->message.number = head.header.number;
        fl_message_hash(head.header_bytes, out->message.hash.bytes);
        out->message.base_number = head.header.base_number;
        memcpy(
            out->message.base_hash.bytes, head.header.base_hash,
            sizeof(head.header.base_hash));
        out->message.chunk_count = head.header.chunk_count;
        out->message.series_end = (head.header.flags & FL_MESSAGE_SERIES_END) != 0;
        for (uint32_t i = 0; i < head.header.chunk_count; i++) {
            out->message.wire_bytes += fl_message_chunk(&head, i).wire_bytes;
        }
    }
    return true;
}

static void take(struct fleet_peer *peer, struct fl_bytes bytes, uint64_t now_ms)
{
    struct fl_session_frame understood;
    struct fl_frame frame;

    if (fl_frame_decode(bytes, &frame) != FL_OK ||
        !understand(peer, &frame, &understood)) {
        peer->shared->failures++;
        return;
    }
    peer->frame = &frame;
    step(
        peer, &(struct fl_session_event){
                  .kind = FL_SESSION_FRAME, .now_ms = now_ms, .frame = &understood});
    peer->frame = NULL;
}

/* -- the connection -- */

static void set_connected(struct fleet_peer *peer, bool connected, uint64_t now_ms)
{
    if (peer->connected != connected) {
        peer->connected = connected;
        tell(peer, connected ? FL_SESSION_CONNECTED : FL_SESSION_DISCONNECTED, now_ms);
    }
}

static void take_events(struct fleet_peer *peer, uint64_t now_ms)
{
    for (;;) {
        switch (fl_transport_next_event(peer->transport)) {
        case FL_TRANSPORT_NONE:
            return;
        case FL_TRANSPORT_REACHED:
            break;
        case FL_TRANSPORT_CONNECTED:
            set_connected(peer, true, now_ms);
            break;
        case FL_TRANSPORT_DISCONNECTED:
        case FL_TRANSPORT_HANDSHAKE_FAILED:
            peer->shared->failures++;
            set_connected(peer, false, now_ms);
            break;
        }
    }
}

bool fleet_peer_serve(struct fleet_peer *peer, uint64_t now_ms)
{
    struct fl_transport_frame frame;
    bool anew = fl_transport_tick(peer->transport, now_ms);

    take_events(peer, now_ms);
    while (fl_transport_receive(peer->transport, &frame) == FL_OK) {
        take(peer, frame.bytes, now_ms);
    }
    for (int i = 0; i < FRAMES_PER_TURN && fl_session_due_ms(peer->session) <= now_ms;
         i++) {
        tell(peer, FL_SESSION_TICK, now_ms);
    }
    /* As filiald does: outside its window nothing begins, whatever the centre says. */
    if (fl_session_is_window_open(peer->session) && fleet_peer_is_served(peer)) {
        tell(peer, FL_SESSION_WINDOW_CLOSED, now_ms);
    }
    return anew;
}

void fleet_peer_sync(struct fleet_peer *peer, uint64_t now_ms)
{
    tell(peer, FL_SESSION_SYNC_WANTED, now_ms);
}

bool fleet_peer_is_greeted(const struct fleet_peer *peer)
{
    const enum fl_session_state state = fl_session_state(peer->session);

    return state == FL_SESSION_IDLE || state == FL_SESSION_ROUND;
}

bool fleet_peer_is_served(const struct fleet_peer *peer)
{
    return peer->confirmed && peer->received >= peer->shared->centre->objects_down &&
           fl_session_state(peer->session) == FL_SESSION_IDLE;
}

int fleet_peer_fd(const struct fleet_peer *peer)
{
    return fl_transport_fd(peer->transport);
}

int fleet_peer_monitor_fd(const struct fleet_peer *peer)
{
    return fl_transport_monitor_fd(peer->transport);
}

static enum fl_status open_session(struct fleet_peer *peer)
{
    const struct fleet_centre *centre = peer->shared->centre;
    struct fl_session_options options = {
        .role = FL_SESSION_CHILD,
        .own =
            {.installation = centre->installation,
             .node = peer->branch->node,
             .incarnation = peer->branch->incarnation,
             .rank = FL_SESSION_BELOW},
        .peer_node = centre->node,
        .limits = {
            .messages_in_flight = SLOTS,
            .credit_bytes = CREDIT_BYTES,
            .hello_retry_ms = HELLO_RETRY_MS,
            .progress_timeout_ms = PROGRESS_TIMEOUT_MS}};

    memcpy(options.own.plan, centre->plan, sizeof(options.own.plan));
    memcpy(
        options.own.configuration_hash, centre->configuration_hash,
        sizeof(options.own.configuration_hash));
    fl_random(&options.seed, sizeof(options.seed));
    return fl_session_new(&options, &peer->session);
}

enum fl_status fleet_peer_open(
    struct fleet_shared *shared,
    struct fl_transport_context *context,
    const struct fleet_branch *branch,
    uint32_t index,
    struct fleet_peer **out_peer,
    struct fl_error *out_error)
{
    struct fleet_peer *peer = fl_alloc_zeroed(1, sizeof(*peer));
    struct fl_keys keys = {.signing = NULL};

    FL_ASSERT(peer);
    memcpy(
        keys.transport_public, branch->transport_public, sizeof(keys.transport_public));
    memcpy(
        keys.transport_secret, branch->transport_secret, sizeof(keys.transport_secret));
    peer->shared = shared;
    peer->branch = branch;
    peer->index = index;
    fl_buffer_init(&peer->head, FL_FRAME_WIRE_BYTES_MAX);
    fl_buffer_init(&peer->chunk, FL_FRAME_WIRE_BYTES_MAX);
    enum fl_status status = fl_transport_connect(
        context, &keys, shared->endpoint, shared->centre->transport_public,
        &peer->transport, out_error);

    if (status == FL_OK) {
        status = open_session(peer);
    }
    if (status != FL_OK) {
        fleet_peer_close(peer);
        return status;
    }
    *out_peer = peer;
    return FL_OK;
}

void fleet_peer_close(struct fleet_peer *peer)
{
    if (!peer) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        clear(&peer->incoming[i]);
    }
    fl_buffer_deinit(&peer->head);
    fl_buffer_deinit(&peer->chunk);
    fl_session_free(peer->session);
    fl_transport_close(peer->transport);
    fl_free(peer);
}
