/*
 * Making a message: what goes into it is collected in one pass, sealed, and its number
 * and hash are durable before anybody may send it.
 */

#include <string.h>

#include "log.h"
#include "message/collect.h"
#include "message/seal.h"
#include "storage/messages.h"
#include "storage/registered.h"

/* NULL: no memory. */
static struct fl_outgoing *free_slot(struct fl_link *link)
{
    if (!fl_link_outgoing_slots(link)) {
        return NULL;
    }
    for (size_t i = 0; i < FL_LINK_SLOTS; i++) {
        if (link->outgoing[i].number == 0) {
            fl_outgoing_reopen(&link->outgoing[i]);
            return &link->outgoing[i];
        }
    }
    fl_assert_failed("more messages in flight than may be", __FILE__, __LINE__);
}

static struct fl_peer_stream stream_of(const struct fl_link *link)
{
    return (struct fl_peer_stream){
        .peer = link->peer.number,
        .incarnation = link->replicator->node->identity->incarnation};
}

static void answer(
    const struct fl_collect *collect,
    const struct fl_outgoing *outgoing,
    struct fl_session_event *out_event)
{
    const struct fl_message_header *header = &outgoing->open.header;
    struct fl_session_message *message = &out_event->built.message;

    out_event->kind = FL_SESSION_BUILT;
    out_event->built.lsn_from = collect->lsn_from;
    out_event->built.lsn_to = collect->delivery.lsn_end;
    message->number = header->number;
    fl_message_hash(outgoing->open.header_bytes, message->hash.bytes);
    message->base_number = header->base_number;
    memcpy(message->base_hash.bytes, header->base_hash, sizeof(header->base_hash));
    message->chunk_count = header->chunk_count;
    message->wire_bytes = outgoing->chunks.size;
    message->series_end = (header->flags & FL_MESSAGE_SERIES_END) != 0;
}

/* The message that the peer holds in part, if it comes out the very same once more. */
static bool build_again(
    struct fl_collect *collect,
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    struct fl_sent_message sent;
    struct fl_message_header header = {.number = action->staged.number};
    uint8_t hash[FL_HASH_BYTES];

    if (action->staged.number == 0 ||
        fl_messages_get(txn, stream_of(link), action->staged.number, &sent) != FL_OK ||
        sent.lsn_from != action->lsn || sent.base_number != action->position.number ||
        !fl_collect_again(collect, link, txn, subscription, &sent)) {
        return false;
    }
    struct fl_outgoing *outgoing = free_slot(link);

    if (!outgoing) {
        return false;
    }
    header.base_number = action->position.number;
    memcpy(header.base_hash, action->position.hash.bytes, sizeof(header.base_hash));
    header.flags = sent.series_end ? FL_MESSAGE_SERIES_END : 0;
    header.rules = sent.rules;
    if (fl_seal_message(collect, outgoing, &header) == FL_OK) {
        fl_message_hash(outgoing->open.header_bytes, hash);
        if (memcmp(hash, action->staged.hash.bytes, sizeof(hash)) == 0) {
            outgoing->number = header.number;
            answer(collect, outgoing, out_event);
            return true;
        }
    }
    fl_outgoing_clear(outgoing);
    return false;
}

/* Durable before the first sending, with what waited to be written. */
static enum fl_status number_it(
    struct fl_collect *collect,
    const struct fl_outgoing *outgoing,
    uint64_t number)
{
    struct fl_link *link = collect->link;
    const struct fl_message_header *header = &outgoing->open.header;
    struct fl_sent_message sent = {
        .stream = stream_of(link),
        .number = number,
        .lsn_from = header->lsn_from,
        .lsn_to = header->lsn_to,
        .base_number = header->base_number,
        .bytes = outgoing->chunks.size,
        .rules = header->rules,
        .sent_ms = fl_node_now_ms(),
        .series_end = (header->flags & FL_MESSAGE_SERIES_END) != 0,
        .received = fl_load_u64(link->peer.received_hash),
        .taken = fl_taken_end(&link->replicator->taken),
    };
    struct fl_txn txn;

    fl_message_hash(outgoing->open.header_bytes, sent.hash);
    link->peer.number_sent = number;
    link->objects_sent += header->entry_count;
    link->peer.last_sent_ms = sent.sent_ms;
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
    fl_link_live(link, &txn);
    fl_messages_put(&txn, &sent);
    fl_messages_prune(&txn, sent.stream, link->peer.confirmed_number);
    fl_registered_forget(&txn, link->peer.number, link->peer.confirmed_number);
    if (collect->has_overlay) {
        fl_collect_number_overlay(collect, &txn, number);
    }
    fl_link_put_confirmed(link, &txn);
    return fl_txn_commit(&txn);
}

static uint64_t next_number(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_session_action *action)
{
    struct fl_sent_message last;
    uint64_t number = action->position.number;

    if (fl_messages_last(txn, stream_of(link), &last) == FL_OK && last.number > number) {
        number = last.number;
    }
    return number + 1;
}

/* All that goes into a new message, or the one that was cut once more (`again`). */
static enum fl_status collect_new(
    struct fl_collect *collect,
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event,
    struct fl_error *out_error)
{
    struct fl_node *node = link->replicator->node;
    struct fl_subscription subscription;
    struct fl_txn txn;
    enum fl_status status =
        fl_routing_catch_up(node, &link->peer, FL_ROUTING_SOME, &subscription, out_error);

    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool again = build_again(collect, link, &txn, &subscription, action, out_event);

    if (!again) {
        fl_collect_begin(
            collect, link, &txn, &subscription,
            &(struct fl_collect_range){
                action->lsn,
                fl_link_scan_lsn(
                    link, action->position.number, node->identity->incarnation,
                    action->lsn),
                UINT64_MAX});
        if (fl_collect_configuration(collect, action->lsn)) {
            link->configuration_sent = true;
            collect->is_configuration = true;
        } else {
            status = fl_collect_all(collect, action->position.number, out_error);
        }
        collect->number = next_number(link, &txn, action);
        fl_collect_end(collect);
    }
    collect->again = again;
    fl_txn_abort(&txn);
    return status;
}

/* As large as the chunks of message `number` were; today's when that is not known. */
static size_t chunk_bytes_of(const struct fl_link *link, uint64_t number)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_sent_message sent;
    struct fl_txn txn;
    size_t chunk_bytes = 0;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (fl_messages_get(&txn, stream_of(link), number, &sent) == FL_OK) {
        chunk_bytes = fl_taken_read(sent.taken, sent.lsn_from).chunk_bytes;
    }
    fl_txn_abort(&txn);
    return chunk_bytes > 0 ? chunk_bytes : node->settings.chunk_bytes;
}

/* Our configuration, in a message that was made for this place before: as it was. */
static bool is_made(
    struct fl_collect *collect,
    struct fl_outgoing *outgoing,
    struct fl_message_header header,
    const struct fl_session_action *action)
{
    uint8_t hash[FL_HASH_BYTES];

    if (!collect->is_configuration || action->staged.number == 0) {
        return false;
    }
    const size_t chunk_bytes = collect->chunk_bytes;

    collect->chunk_bytes = chunk_bytes_of(collect->link, action->staged.number);
    header.number = action->staged.number;
    if (fl_seal_message(collect, outgoing, &header) == FL_OK) {
        fl_message_hash(outgoing->open.header_bytes, hash);
        if (memcmp(hash, action->staged.hash.bytes, sizeof(hash)) == 0) {
            outgoing->number = header.number;
            return true;
        }
    }
    collect->chunk_bytes = chunk_bytes;
    fl_outgoing_reopen(outgoing);
    return false;
}

static enum fl_status finish_build(
    struct fl_collect *collect,
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    struct fl_outgoing *outgoing = free_slot(link);
    struct fl_message_header header = {
        .number = collect->number,
        .base_number = action->position.number,
        .flags = collect->at_head ? FL_MESSAGE_SERIES_END : 0,
        .rules = collect->plan->edition};

    memcpy(header.base_hash, action->position.hash.bytes, sizeof(header.base_hash));
    if (outgoing && is_made(collect, outgoing, header, action)) {
        answer(collect, outgoing, out_event);
        return FL_OK;
    }
    enum fl_status status =
        outgoing ? fl_seal_message(collect, outgoing, &header) : FL_NO_MEMORY;

    if (status == FL_OK) {
        status = number_it(collect, outgoing, header.number);
    }
    if (status != FL_OK) {
        if (outgoing) {
            fl_outgoing_clear(outgoing);
        }
        return status;
    }
    outgoing->number = header.number;
    answer(collect, outgoing, out_event);
    return FL_OK;
}

void fl_link_build(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    static const char failed[] = "the message could not be made: see the log";
    struct fl_error error = {0};
    struct fl_collect collect = {.again = false};

    out_event->kind = FL_SESSION_BUILD_FAILED;
    out_event->text = failed;
    enum fl_status status = collect_new(&collect, link, action, out_event, &error);

    if (status == FL_BUSY) {
        /* All peers are told when it is through. */
        link->replicator->routing_waits = true;
        out_event->kind = FL_SESSION_NOTHING_TO_SEND;
        out_event->lsn = action->lsn;
        return;
    }
    if (status == FL_OK && !collect.again && collect.entry_count == 0) {
        out_event->kind = FL_SESSION_NOTHING_TO_SEND;
        out_event->lsn = collect.delivery.lsn_end;
        fl_link_scan_note(link, action->position.number, collect.delivery.lsn_end);
    } else if (status == FL_OK && !collect.again) {
        status = finish_build(&collect, link, action, out_event);
    }
    if (status != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SYNC_FAILED, "peer=%s status=%s text=\"%s\"",
            link->peer.code, fl_status_name(status), error.text);
    }
}
