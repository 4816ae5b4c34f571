/*
 * Frames to and from the session: bytes are checked here, cheapest first, before the
 * machine hears of them. Sender and receiver, then the key, then the signature; a chunk
 * by its hash in the signed list.
 */

#include <inttypes.h>
#include <string.h>

#include "link.h"
#include "log.h"

static struct fl_frame_position to_frame(const struct fl_session_position *position)
{
    struct fl_frame_position out = {
        .incarnation = position->incarnation, .number = position->number};

    memcpy(out.hash, position->hash.bytes, sizeof(out.hash));
    return out;
}

static struct fl_session_position to_session(const struct fl_frame_position *position)
{
    struct fl_session_position out = {
        .incarnation = position->incarnation, .number = position->number};

    memcpy(out.hash.bytes, position->hash, sizeof(out.hash.bytes));
    return out;
}

static struct fl_frame_greeting greeting_to_frame(
    const struct fl_session_greeting *greeting)
{
    struct fl_frame_greeting out = {
        .installation = greeting->who.installation,
        .node = greeting->who.node,
        .position = to_frame(&greeting->position),
        .staged_chunks = greeting->staged.chunks,
        .credit = greeting->credit,
        .software = 0x00000100,
        .rank = (uint8_t)greeting->who.rank,
    };

    memcpy(out.plan, greeting->who.plan, sizeof(out.plan));
    memcpy(
        out.configuration_hash, greeting->who.configuration_hash,
        sizeof(out.configuration_hash));
    out.staged.incarnation = greeting->staged.incarnation;
    out.staged.number = greeting->staged.number;
    memcpy(out.staged.hash, greeting->staged.hash.bytes, sizeof(out.staged.hash));
    return out;
}

static struct fl_session_greeting greeting_to_session(
    const struct fl_frame *frame,
    const struct fl_frame_greeting *greeting)
{
    struct fl_session_greeting out = {
        .position = to_session(&greeting->position), .credit = greeting->credit};

    out.who.installation = greeting->installation;
    out.who.node = greeting->node;
    out.who.incarnation = frame->sender_incarnation;
    out.who.rank = (enum fl_session_rank)greeting->rank;
    memcpy(out.who.plan, greeting->plan, sizeof(out.who.plan));
    memcpy(
        out.who.configuration_hash, greeting->configuration_hash,
        sizeof(out.who.configuration_hash));
    out.staged.incarnation = greeting->staged.incarnation;
    out.staged.number = greeting->staged.number;
    out.staged.chunks = greeting->staged_chunks;
    memcpy(out.staged.hash.bytes, greeting->staged.hash, sizeof(out.staged.hash.bytes));
    return out;
}

/* -- out -- */

static void send_bytes(struct fl_link *link, struct fl_bytes head, struct fl_bytes body)
{
    struct fl_replicator *replicator = link->replicator;
    enum fl_status status =
        replicator->output.send(replicator->output.context, link, head, body);

    if (status != FL_OK) {
        fl_log(
            FL_LOG_DEBUG, FL_LOG_EVENT_FRAME_DROPPED, "peer=%s status=%s",
            link->peer.code, fl_status_name(status));
    }
}

static void send_chunk(
    struct fl_link *link,
    struct fl_frame *frame,
    uint64_t number,
    uint32_t index)
{
    struct fl_outgoing *outgoing = fl_link_outgoing(link, number);
    uint8_t head[FL_FRAME_CHUNK_HEAD_BYTES];
    size_t offset = 0;

    FL_ASSERT(outgoing);
    for (uint32_t i = 0; i < index; i++) {
        offset += fl_message_chunk(&outgoing->open, i).wire_bytes;
    }
    frame->chunk_number = number;
    frame->chunk_index = index;
    fl_frame_encode_chunk_head(frame, head);
    send_bytes(
        link, (struct fl_bytes){head, sizeof(head)},
        (struct fl_bytes){
            outgoing->chunks.data + offset,
            fl_message_chunk(&outgoing->open, index).wire_bytes});
}

/* A drill: the line breaks when half of a message is out. */
static bool is_cut(struct fl_link *link, const struct fl_session_action *action)
{
    struct fl_replicator *replicator = link->replicator;
    const struct fl_outgoing *outgoing = fl_link_outgoing(link, action->number);

    if (!outgoing || action->index != outgoing->open.header.chunk_count / 2 ||
        !fl_fault_strikes(&replicator->fault, FL_FAULT_CUT_MESSAGE)) {
        return false;
    }
    fl_fault_done(replicator->node, &replicator->fault);
    replicator->output.close(replicator->output.context, link, /* words= */ NULL);
    return true;
}

static void sign_confirm(struct fl_link *link, struct fl_frame *frame)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_confirmation confirmation = {
        .installation = node->identity->installation,
        .confirmer = node->identity->node,
        .sender = link->peer.node,
        .position = frame->confirmed,
    };

    memcpy(confirmation.plan, link->peer.plan, sizeof(confirmation.plan));
    fl_confirmation_sign(&confirmation, node->keys.signing, frame->signature);
}

static struct fl_frame head_of(const struct fl_session_frame *source)
{
    return (struct fl_frame){
        .kind = (enum fl_frame_kind)source->kind,
        .nonce = source->nonce,
        .sender_incarnation = source->sender_incarnation,
        .receiver_incarnation = source->receiver_incarnation,
    };
}

/* Before a welcome: that our administrator restored this node, if he did. */
static void show_restored(struct fl_link *link, const struct fl_frame *welcome)
{
    struct fl_replicator *replicator = link->replicator;
    const struct fl_node *node = replicator->node;
    struct fl_frame frame = *welcome;

    if (!fl_uuid_equal(node->restored.incarnation, welcome->sender_incarnation)) {
        return;
    }
    frame.kind = FL_FRAME_RESTORED;
    memcpy(frame.signature, node->restored.signature, sizeof(frame.signature));
    fl_buffer_clear(&replicator->frame);
    fl_frame_encode(&frame, &replicator->frame);
    send_bytes(link, fl_buffer_view(&replicator->frame), (struct fl_bytes){0});
}

static void send_frame(
    struct fl_link *link,
    const struct fl_session_frame *source,
    uint64_t number)
{
    struct fl_buffer *buffer = &link->replicator->frame;
    struct fl_frame frame = head_of(source);

    frame.greeting = greeting_to_frame(&source->greeting);
    frame.round = source->round;
    frame.done = source->done;
    frame.acknowledged = source->acknowledged;
    frame.credit = source->credit;
    frame.reason = (uint8_t)source->reason;
    frame.text = fl_bytes_of_text(source->reason_text);
    if (frame.kind == FL_FRAME_CONFIRM) {
        frame.confirmed = to_frame(&source->confirmed);
        sign_confirm(link, &frame);
    }
    if (frame.kind == FL_FRAME_MESSAGE) {
        const struct fl_outgoing *outgoing = fl_link_outgoing(link, number);

        FL_ASSERT(outgoing);
        frame.message = fl_buffer_view(&outgoing->head);
    }
    if (frame.kind == FL_FRAME_WELCOME) {
        show_restored(link, &frame);
    }
    if (frame.kind == FL_FRAME_WELCOME || frame.kind == FL_FRAME_HELLO) {
        fl_link_show_life(link, &frame, &source->greeting);
    }
    fl_buffer_clear(buffer);
    fl_frame_encode(&frame, buffer);
    if (fl_buffer_status(buffer) == FL_OK) {
        send_bytes(link, fl_buffer_view(buffer), (struct fl_bytes){0});
    }
    if (frame.kind == FL_FRAME_WELCOME || frame.kind == FL_FRAME_HELLO) {
        fl_link_show_keys(link, &frame);
    }
    fl_link_show_clock(link, &frame);
}

void fl_link_send_frame(struct fl_link *link, const struct fl_frame *frame)
{
    struct fl_buffer *buffer = &link->replicator->frame;

    fl_buffer_clear(buffer);
    fl_frame_encode(frame, buffer);
    if (fl_buffer_status(buffer) == FL_OK) {
        send_bytes(link, fl_buffer_view(buffer), (struct fl_bytes){0});
    }
}

void fl_link_send(struct fl_link *link, const struct fl_session_action *action)
{
    if (action->kind != FL_SESSION_SEND_CHUNK) {
        send_frame(link, &action->frame, action->number);
    } else if (!is_cut(link, action)) {
        struct fl_frame frame = head_of(&action->frame);

        send_chunk(link, &frame, action->number, action->index);
    }
}

void fl_link_refuse(struct fl_link *link, const struct fl_frame *hello, const char *words)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_frame frame = {
        .kind = FL_FRAME_REFUSE,
        .nonce = hello->nonce,
        .sender_incarnation = replicator->node->identity->incarnation,
        .receiver_incarnation = hello->sender_incarnation,
        .reason = FL_SESSION_HELD,
        .text = fl_bytes_of_text(words),
    };

    fl_buffer_clear(&replicator->frame);
    fl_frame_encode(&frame, &replicator->frame);
    send_bytes(link, fl_buffer_view(&replicator->frame), (struct fl_bytes){0});
    replicator->output.close(replicator->output.context, link, words);
}

void fl_link_repeat(struct fl_link *link, const struct fl_frame *confirm)
{
    struct fl_buffer *buffer = &link->replicator->frame;
    struct fl_outgoing *outgoing = fl_link_outgoing(link, confirm->confirmed.number);
    struct fl_frame frame = {
        .kind = FL_FRAME_MESSAGE,
        .nonce = confirm->nonce,
        .sender_incarnation = confirm->receiver_incarnation,
        .receiver_incarnation = confirm->sender_incarnation,
    };

    if (!outgoing) {
        return;
    }
    frame.message = fl_buffer_view(&outgoing->head);
    fl_buffer_clear(buffer);
    fl_frame_encode(&frame, buffer);
    send_bytes(link, fl_buffer_view(buffer), (struct fl_bytes){0});
    frame.kind = FL_FRAME_CHUNK;
    for (uint32_t i = 0; i < outgoing->open.header.chunk_count; i++) {
        send_chunk(link, &frame, outgoing->number, i);
    }
}

/* -- in -- */

/* A peer that goes on and on is told of ever more rarely. */
void fl_link_drop_frame(struct fl_link *link, const char *why)
{
    uint64_t count = ++link->dropped_frames;
    bool is_rare = (count & (count - 1)) == 0;

    fl_log(
        is_rare ? FL_LOG_WARN : FL_LOG_DEBUG, FL_LOG_EVENT_FRAME_DROPPED,
        "peer=%s count=%" PRIu64 " reason=%s", link->peer.code, count, why);
}

static bool drop(struct fl_link *link, const char *why)
{
    fl_link_drop_frame(link, why);
    return false;
}

const uint8_t *fl_link_signing_key(
    const struct fl_link *link,
    const uint8_t key_id[FL_KEY_ID_BYTES])
{
    const uint8_t *keys[] = {link->peer.signing_key, link->peer.previous_signing_key};
    uint8_t id[FL_KEY_ID_BYTES];

    for (size_t i = 0; i < 2; i++) {
        fl_key_id(keys[i], id);
        if (memcmp(id, key_id, sizeof(id)) == 0) {
            return keys[i];
        }
    }
    return NULL;
}

static bool understand_message(
    struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_frame *out_frame)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_message_head head;

    if (fl_message_open(frame->message, &head) != FL_OK) {
        return drop(link, "malformed_message");
    }
    const struct fl_message_header *header = &head.header;

    if (!fl_uuid_equal(header->installation, node->identity->installation) ||
        memcmp(header->plan, link->peer.plan, sizeof(header->plan)) != 0 ||
        !fl_uuid_equal(header->sender, link->peer.node) ||
        !fl_uuid_equal(header->receiver, node->identity->node) ||
        !fl_uuid_equal(header->sender_incarnation, frame->sender_incarnation) ||
        !fl_uuid_equal(header->receiver_incarnation, node->identity->incarnation)) {
        return drop(link, "addressed_to_another");
    }
    const uint8_t *key = fl_link_signing_key(link, header->key_id);

    if (!key) {
        return drop(link, "unknown_key");
    }
    if (fl_message_verify(&head, key) != FL_OK) {
        return drop(link, "signature");
    }
    struct fl_session_message *message = &out_frame->message;

    message->number = header->number;
    fl_message_hash(head.header_bytes, message->hash.bytes);
    message->base_number = header->base_number;
    memcpy(message->base_hash.bytes, header->base_hash, sizeof(header->base_hash));
    message->chunk_count = header->chunk_count;
    message->series_end = (header->flags & FL_MESSAGE_SERIES_END) != 0;
    for (uint32_t i = 0; i < header->chunk_count; i++) {
        message->wire_bytes += fl_message_chunk(&head, i).wire_bytes;
    }
    out_frame->acknowledged = frame->acknowledged;
    return true;
}

/* A chunk of a message that is not kept is the machine's to drop. */
static bool understand_chunk(
    struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_frame *out_frame)
{
    const struct fl_incoming *incoming = fl_link_incoming(link, frame->chunk_number);

    if (incoming && (frame->chunk_index >= incoming->open.header.chunk_count ||
                     fl_message_check_chunk(
                         &incoming->open, frame->chunk_index, frame->chunk) != FL_OK)) {
        return drop(link, "chunk_of_another_message");
    }
    out_frame->chunk_number = frame->chunk_number;
    out_frame->chunk_index = frame->chunk_index;
    return true;
}

static bool understand_confirm(
    struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_frame *out_frame)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_confirmation confirmation = {
        .installation = node->identity->installation,
        .confirmer = link->peer.node,
        .sender = node->identity->node,
        .position = frame->confirmed,
    };

    memcpy(confirmation.plan, link->peer.plan, sizeof(confirmation.plan));
    if (fl_confirmation_verify(&confirmation, link->peer.signing_key, frame->signature) !=
            FL_OK &&
        fl_confirmation_verify(
            &confirmation, link->peer.previous_signing_key, frame->signature) != FL_OK) {
        return drop(link, "signature_of_confirmation");
    }
    out_frame->confirmed = to_session(&frame->confirmed);
    return true;
}

bool fl_link_understand(
    struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_frame *out_frame)
{
    memset(out_frame, 0, sizeof(*out_frame));
    out_frame->kind = (enum fl_session_frame_kind)frame->kind;
    out_frame->nonce = frame->nonce;
    out_frame->sender_incarnation = frame->sender_incarnation;
    out_frame->receiver_incarnation = frame->receiver_incarnation;
    out_frame->round = frame->round;
    out_frame->done = frame->done;
    out_frame->credit = frame->credit;
    switch (frame->kind) {
    case FL_FRAME_HELLO:
    case FL_FRAME_WELCOME:
        out_frame->greeting = greeting_to_session(frame, &frame->greeting);
        fl_link_hear_life(link, frame, &out_frame->greeting);
        memcpy(
            link->peer_configuration, frame->greeting.configuration_hash,
            sizeof(link->peer_configuration));
        link->configuration_sent = false;
        link->overlay_tidy = false;
        return true;
    case FL_FRAME_MESSAGE:
        return understand_message(link, frame, out_frame);
    case FL_FRAME_CHUNK:
        return understand_chunk(link, frame, out_frame);
    case FL_FRAME_CONFIRM:
        return understand_confirm(link, frame, out_frame);
    case FL_FRAME_REFUSE:
        out_frame->reason = frame->reason <= FL_SESSION_REVOKED
                                ? (enum fl_session_reason)frame->reason
                                : FL_SESSION_REASON_NONE;
        memcpy(
            out_frame->reason_text, frame->text.data,
            frame->text.size < FL_SESSION_TEXT_BYTES_MAX - 1
                ? frame->text.size
                : FL_SESSION_TEXT_BYTES_MAX - 1);
        return true;
    case FL_FRAME_SYNC:
    case FL_FRAME_DONE:
    case FL_FRAME_CREDIT:
        return true;
    case FL_FRAME_COMPARE:
        break; /* compare.c */
    case FL_FRAME_KEYS:
    case FL_FRAME_KEYS_TAKEN:
        break; /* key/link_keys.c */
    case FL_FRAME_CLOCK:
    case FL_FRAME_LATER:
        break; /* aside/ */
    case FL_FRAME_LIFE:
        break; /* replicator_lives.c */
    case FL_FRAME_RESTORED:
        break; /* the machine does not need to know */
    }
    return false;
}
