/*
 * What has come of a message that is not whole: kept in memory, written to the store when
 * the session ends or the message is slow, and then in the store alone, so that messages
 * of a thousand slow lines take little memory; read back when it is whole.
 */

#include <string.h>

#include "link.h"
#include "storage/staged.h"

static struct fl_peer_stream stream_of(
    const struct fl_link *link,
    struct fl_uuid incarnation)
{
    return (struct fl_peer_stream){.peer = link->peer.number, .incarnation = incarnation};
}

/* Is that chunk in the store, as it was sent? */
static bool is_stored(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    const struct fl_incoming *incoming,
    uint32_t index,
    struct fl_bytes *out_bytes)
{
    return fl_staged_get_chunk(txn, stream, incoming->number, index, out_bytes) ==
               FL_OK &&
           fl_message_check_chunk(&incoming->open, index, *out_bytes) == FL_OK;
}

/* The chunks that an earlier session has staged of this very message. */
static void take_staged(struct fl_link *link, struct fl_incoming *incoming)
{
    struct fl_peer_stream stream =
        stream_of(link, incoming->open.header.sender_incarnation);
    struct fl_bytes bytes;
    uint32_t chunks = 0;
    struct fl_txn txn;

    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    if (fl_staged_get(&txn, stream, incoming->number, &bytes, &chunks) == FL_OK &&
        fl_bytes_equal(bytes, fl_buffer_view(&incoming->head))) {
        while (incoming->held < chunks &&
               is_stored(&txn, stream, incoming, incoming->held, &bytes)) {
            incoming->held++;
        }
    }
    incoming->stored = incoming->held;
    fl_txn_abort(&txn);
}

void fl_link_gather(struct fl_link *link, struct fl_incoming *incoming)
{
    struct fl_peer_stream stream =
        stream_of(link, incoming->open.header.sender_incarnation);
    struct fl_buffer whole;
    struct fl_bytes bytes;
    struct fl_txn txn;
    uint32_t taken = 0;

    if (incoming->stored == 0 || fl_buffer_status(&incoming->chunks) != FL_OK) {
        return;
    }
    fl_buffer_init(&whole, incoming->chunks.bytes_max);
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    while (taken < incoming->stored && is_stored(&txn, stream, incoming, taken, &bytes)) {
        fl_buffer_put(&whole, bytes);
        taken++;
    }
    fl_txn_abort(&txn);
    fl_buffer_put(&whole, fl_buffer_view(&incoming->chunks));
    if (taken < incoming->stored && fl_buffer_status(&whole) == FL_OK) {
        whole.failure = FL_NO_MEMORY; /* the store cannot give it: it comes again */
    }
    fl_buffer_deinit(&incoming->chunks);
    incoming->chunks = whole;
    incoming->stored = 0;
}

void fl_link_keep(struct fl_link *link, uint64_t number)
{
    struct fl_incoming *incoming = fl_link_incoming(link, number);

    FL_ASSERT(link->frame && link->frame->kind == FL_FRAME_MESSAGE);
    if (!fl_link_incoming_slots(link)) {
        return; /* no memory: as if it had not come */
    }
    for (size_t i = 0; i < FL_LINK_SLOTS && !incoming; i++) {
        if (link->incoming[i].number == 0) {
            incoming = &link->incoming[i];
        }
    }
    FL_ASSERT(incoming);
    fl_incoming_clear(incoming);
    fl_buffer_init(&incoming->head, FL_FRAME_WIRE_BYTES_MAX);
    fl_buffer_init(&incoming->chunks, FL_MESSAGE_PLAIN_BYTES_MAX + (1u << 20));
    fl_buffer_put(&incoming->head, link->frame->message);
    if (fl_buffer_status(&incoming->head) != FL_OK ||
        fl_message_open(fl_buffer_view(&incoming->head), &incoming->open) != FL_OK) {
        /* It was sound in the frame, so there is no memory: the same. */
        fl_incoming_clear(incoming);
        return;
    }
    incoming->number = number;
    take_staged(link, incoming);
}

void fl_link_hold(struct fl_link *link, uint64_t number, uint32_t index)
{
    struct fl_incoming *incoming = fl_link_incoming(link, number);

    FL_ASSERT(link->frame && link->frame->kind == FL_FRAME_CHUNK);
    if (incoming && index == incoming->held) {
        fl_buffer_put(&incoming->chunks, link->frame->chunk);
        incoming->held += fl_buffer_status(&incoming->chunks) == FL_OK;
    }
}

void fl_link_drop(struct fl_link *link, uint64_t number)
{
    struct fl_incoming *incoming = fl_link_incoming(link, number);
    struct fl_uuid incarnation = link->peer.incarnation;
    struct fl_bytes header;
    uint32_t chunks = 0;
    struct fl_txn txn;

    if (incoming) {
        incarnation = incoming->open.header.sender_incarnation;
        fl_incoming_clear(incoming);
    }
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_staged_get(&txn, stream_of(link, incarnation), number, &header, &chunks);

    fl_txn_abort(&txn);
    if (status == FL_OK) {
        fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
        fl_staged_drop(&txn, stream_of(link, incarnation), number);
        (void)fl_txn_commit(&txn);
    }
}

/* What lies in the store now need not be in memory. */
static void let_go(struct fl_incoming *incoming, uint32_t chunks, size_t bytes)
{
    struct fl_buffer rest;

    incoming->stored = chunks;
    fl_buffer_init(&rest, incoming->chunks.bytes_max);
    fl_buffer_put_memory(
        &rest, incoming->chunks.data + bytes, incoming->chunks.size - bytes);
    fl_buffer_deinit(&incoming->chunks);
    incoming->chunks = rest;
}

void fl_link_stage(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    struct fl_incoming *incoming = fl_link_incoming(link, action->number);
    uint32_t chunks = action->staged.chunks;
    size_t offset = 0;
    struct fl_txn txn;

    out_event->kind = FL_SESSION_STAGED;
    out_event->number = action->number;
    if (!incoming || incoming->held < chunks || incoming->stored > chunks) {
        return;
    }
    struct fl_peer_stream stream =
        stream_of(link, incoming->open.header.sender_incarnation);

    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_INTAKE);
    if (incoming->stored == 0) {
        fl_staged_put(&txn, stream, action->number, fl_buffer_view(&incoming->head));
    }
    for (uint32_t i = incoming->stored; i < chunks; i++) {
        size_t size = fl_message_chunk(&incoming->open, i).wire_bytes;

        fl_staged_put_chunk(
            &txn, stream, action->number, i,
            (struct fl_bytes){incoming->chunks.data + offset, size});
        offset += size;
    }
    if (fl_txn_commit(&txn) == FL_OK) {
        out_event->chunks = chunks;
        let_go(incoming, chunks, offset);
    }
}
