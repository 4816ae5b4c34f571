/*
 * Making a message: one pass over the journal from the peer's position, records copied
 * from the map into the plain text, cut into chunks, compressed, hashed and signed. Its
 * number and hash are durable before anybody may send it.
 */

#include <string.h>

#include "link.h"
#include "log.h"
#include "proto/record.h"
#include "proto/system.h"
#include "registrations.h"
#include "replication/delivery.h"
#include "selection.h"
#include "storage/messages.h"
#include "storage/nodes.h"

struct build {
    struct fl_link *link;
    struct fl_txn *txn;
    uint64_t lsn_from;
    uint64_t lsn_to_max; /* UINT64_MAX: the head */
    size_t chunk_bytes;
    const struct fl_node_plan *plan;
    struct fl_selection selection;
    struct fl_delivery delivery;
    uint32_t entry_count;
    uint64_t lsn_first_last;
    bool at_head;
    bool is_configuration; /* nothing else is in it */
    bool again;            /* it was a message sent before, and is given already */
    bool peer_was_heard;   /* since that was made */
    bool by_journal;       /* the peer reads nothing but the journal */
    uint64_t number;       /* of the new one */
    bool has_overlay;
    uint64_t base;             /* number that the message continues */
    bool overlay_left;         /* more is due than this message takes */
    struct fl_key overlay_end; /* the last row taken; type 0: none */
    /* The origin looked up last: entries of one node come together. */
    uint32_t origin;
    struct fl_uuid origin_node;
};

static bool is_registered(const struct build *build, const struct fl_selected *selected)
{
    const struct fl_link *link = build->link;
    const struct fl_entry *entry = &selected->entry;

    if (selected->told && !selected->again) {
        return fl_plan_may_send(build->plan, &link->peer, entry->key.type);
    }
    bool written = fl_delivery_is_registered(
                       &(struct fl_delivery_peer){
                           .confirmed_lsn = build->lsn_from,
                           .resend_below = link->peer.resend_below},
                       &(struct fl_delivery_entry){
                           .lsn = selected->lsn_written,
                           .live = entry->live,
                           .came_from_peer = fl_routes_brought(
                               &link->replicator->routes, &link->peer, entry->origin,
                               selected->lsn_written)}) &&
                   fl_plan_sends(build->plan, &link->peer, entry) &&
                   !(build->has_overlay &&
                     fl_registrations_took_back(build->txn, link->peer.number, entry));

    return selected->told
               ? !written && fl_plan_may_send(build->plan, &link->peer, entry->key.type)
               : written;
}

static bool is_registered_as_written(
    const struct build *build,
    const struct fl_entry *entry)
{
    const struct fl_selected selected = {.entry = *entry, .lsn_written = entry->lsn};
    return fl_selection_passes(&build->link->peer, entry) &&
           is_registered(build, &selected);
}

static enum fl_status find_origin(struct build *build, uint32_t origin)
{
    if (origin == build->origin) {
        return FL_OK;
    }
    enum fl_status status = fl_nodes_by_number(build->txn, origin, &build->origin_node);

    build->origin = status == FL_OK ? origin : FL_ORIGIN_HERE;
    return status;
}

/* The record of the object as if it were deleted, until the next call. */
static enum fl_status make_deletion(
    struct fl_replicator *replicator,
    const struct fl_entry *entry,
    struct fl_bytes *out_record)
{
    bool deleted = (entry->flags & FL_ENTRY_DELETED) != 0;
    struct fl_object object;

    fl_arena_reset(&replicator->arena);
    fl_buffer_clear(&replicator->ours);
    enum fl_status status =
        fl_record_decode(entry->key, deleted, entry->record, &replicator->arena, &object);

    if (status == FL_OK) {
        fl_registrations_delete(replicator->node->configuration, &object);
        status = fl_record_encode(&object, &replicator->ours);
    }
    *out_record = fl_buffer_view(&replicator->ours);
    return status;
}

static enum fl_status take(struct build *build, const struct fl_entry *entry)
{
    struct fl_message_entry out = {.key = entry->key, .record = entry->record};

    if (entry->flags & FL_ENTRY_DELETED) {
        out.flags |= FL_MESSAGE_ENTRY_DELETED;
    }
    if ((entry->flags & FL_ENTRY_WITHDRAWN) == 0 &&
        fl_plan_sends_as_deletion(build->plan, &build->link->peer, entry->key.type)) {
        out.flags |= FL_MESSAGE_ENTRY_DELETED;
        enum fl_status status =
            make_deletion(build->link->replicator, entry, &out.record);

        if (status != FL_OK) {
            return status;
        }
    }
    if (entry->flags & FL_ENTRY_WITHDRAWN) {
        out.flags |= FL_MESSAGE_ENTRY_WITHDRAWN;
    }
    if (entry->lsn_first != build->lsn_first_last) {
        out.flags |= FL_MESSAGE_ENTRY_FIRST;
        build->lsn_first_last = entry->lsn_first;
    }
    if (entry->origin != FL_ORIGIN_HERE) {
        enum fl_status status = find_origin(build, entry->origin);

        if (status != FL_OK) {
            return status;
        }
        out.flags |= FL_MESSAGE_ENTRY_FOREIGN;
        out.origin = build->origin_node;
    }
    fl_message_put_entry(&build->link->replicator->plain, &out);
    build->entry_count++;
    return FL_OK;
}

/*
 * What is registered beside the position, each object as a transaction of its own: what
 * is due behind number `base`, or what number `again` has carried.
 */
static enum fl_status collect_overlay(struct build *build, uint64_t base, uint64_t again)
{
    const struct fl_link *link = build->link;
    struct fl_uuid incarnation = link->replicator->node->identity->incarnation;
    struct fl_registered row;
    struct fl_entry entry;
    struct fl_key *after = NULL;
    enum fl_status status = FL_OK;

    while (status == FL_OK &&
           fl_registered_next(build->txn, link->peer.number, after, &row) == FL_OK) {
        bool due = again > 0 ? row.kind == FL_REGISTERED && row.number == again
                             : fl_registrations_is_due(&row, incarnation, base);

        if (due && build->delivery.bytes >= build->delivery.limits.bytes_target) {
            build->overlay_left = true;
            return FL_OK;
        }
        build->overlay_end = row.key;
        after = &build->overlay_end;
        if (!due || !fl_plan_may_send(build->plan, &link->peer, row.key.type) ||
            fl_selection_present(&build->selection, row.key, &entry) != FL_OK) {
            continue;
        }
        build->delivery.bytes += entry.record.size + FL_MESSAGE_ENTRY_OVERHEAD_MAX;
        build->lsn_first_last = 0; /* so that it begins a transaction */
        status = take(build, &entry);
    }
    return status;
}

/*
 * What the message carries has its number, durably with it. What an earlier session
 * carried in vain, and this message does not, has none any more: confirming this one says
 * nothing of that.
 */
static void number_overlay(const struct build *build, struct fl_txn *txn, uint64_t number)
{
    struct fl_link *link = build->link;
    struct fl_uuid incarnation = link->replicator->node->identity->incarnation;
    struct fl_key at = {0};
    struct fl_registered row;
    bool carried = build->overlay_end.type > 0;

    while ((carried || !link->overlay_tidy) &&
           fl_registered_next(txn, link->peer.number, at.type == 0 ? NULL : &at, &row) ==
               FL_OK) {
        at = row.key;
        if (fl_registrations_is_due(&row, incarnation, build->base)) {
            if (carried) {
                fl_registered_number(txn, &row, number, incarnation);
            } else if (row.number > 0) {
                fl_registered_put(txn, link->peer.number, row.key);
            }
        }
        carried = carried && !fl_key_equal(at, build->overlay_end);
    }
    link->overlay_tidy = true;
}

/* An entry for the message; FL_NOT_FOUND: the message ends before it. */
static enum fl_status offer(
    struct build *build,
    const struct fl_selected *selected,
    struct fl_error *out_error)
{
    const struct fl_entry *entry = &selected->entry;
    enum fl_delivery_answer answer = fl_delivery_offer(
        &build->delivery, entry->lsn, entry->lsn_first, is_registered(build, selected),
        entry->record.size + FL_MESSAGE_ENTRY_OVERHEAD_MAX);

    switch (answer) {
    case FL_DELIVERY_END:
        return FL_NOT_FOUND;
    case FL_DELIVERY_LIMIT:
        return fl_error_set(
            out_error, FL_LIMIT, "a transaction is larger than a message may be");
    case FL_DELIVERY_SKIP:
        return FL_OK;
    case FL_DELIVERY_TAKE:
        break;
    }
    /* What comes behind a new configuration is read with it. */
    if (entry->key.type == FL_SYSTEM_CONFIGURATION) {
        build->lsn_to_max = entry->lsn;
    }
    /* What streams select is as it is today: there is no going back to what was taken. */
    if (build->by_journal) {
        fl_taken_add(&build->link->replicator->taken, entry->lsn);
    }
    return take(build, entry);
}

static enum fl_status collect(struct build *build, struct fl_error *out_error)
{
    struct fl_selected selected = {.entry = {.lsn = 0}};
    enum fl_status status;

    for (;;) {
        status = fl_selection_next(&build->selection, &selected);
        if (status != FL_OK || selected.entry.lsn > build->lsn_to_max) {
            break;
        }
        status = offer(build, &selected, out_error);
        if (status != FL_OK) {
            return status == FL_NOT_FOUND ? FL_OK : status;
        }
    }
    if (status != FL_NOT_FOUND && status != FL_OK) {
        return fl_error_set(
            out_error, status,
            "journal entry %llu cannot be read: run \"filial store check\"",
            (unsigned long long)selected.entry.lsn);
    }
    uint64_t head = fl_journal_head(build->txn);

    status = fl_txn_status(build->txn);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the journal cannot be read");
    }
    build->at_head = head <= build->lsn_to_max;
    fl_delivery_finish(&build->delivery, build->at_head ? head : build->lsn_to_max);
    return FL_OK;
}

/*
 * Is what stands in its place now registered for the peer, and so follows or is it? Only
 * while nothing was applied from the peer: what it had sent may stand between the two.
 */
static bool is_followed(struct build *build, const struct fl_entry *entry)
{
    struct fl_entry live;

    return is_registered_as_written(build, entry) ||
           (!build->peer_was_heard && !entry->live &&
            fl_object_get(build->txn, entry->key, &live) == FL_OK &&
            is_registered_as_written(build, &live));
}

/*
 * The very entries that a message took, of all up to `lsn_to`. One that was replaced
 * since may go once more only when what replaced it is registered for the peer, and so
 * follows, and when nothing came from the peer meanwhile: were it the peer's own, the old
 * one would stay there. And nothing may be passed over that is registered by now.
 */
static enum fl_status collect_taken(
    struct build *build,
    struct fl_taken_reader *reader,
    uint64_t lsn_to)
{
    struct fl_journal_scan scan;
    struct fl_entry entry;
    uint64_t lsn = 0;
    bool more = fl_taken_next(reader, &lsn);
    enum fl_status status;

    fl_journal_scan_begin(&scan, build->txn, build->lsn_from + 1);
    while ((status = fl_journal_scan_next(&scan, &entry)) == FL_OK &&
           entry.lsn <= lsn_to) {
        if (!more || entry.lsn != lsn) {
            status = is_registered_as_written(build, &entry) ? FL_REFUSED : FL_OK;
        } else {
            status = is_followed(build, &entry) ? take(build, &entry) : FL_REFUSED;
            more = fl_taken_next(reader, &lsn);
        }
        if (status != FL_OK) {
            break;
        }
    }
    fl_journal_scan_end(&scan);
    return more || (status != FL_OK && status != FL_NOT_FOUND) ? FL_REFUSED : FL_OK;
}

/* Slices of the plain text, pieces of one frame. */
static enum fl_status compress_chunks(
    struct fl_replicator *replicator,
    struct fl_outgoing *outgoing,
    size_t chunk_bytes,
    struct fl_chunk_info *chunks,
    uint32_t *out_count)
{
    struct fl_bytes plain = fl_buffer_view(&replicator->plain);
    uint32_t count = 0;

    if (plain.size / FL_CHUNKS_MAX >= chunk_bytes) {
        chunk_bytes = FL_CHUNK_PLAIN_BYTES_MAX;
    }
    enum fl_status status = fl_compress_begin(replicator->compressor, plain.size);

    for (size_t at = 0; at < plain.size && status == FL_OK; at += chunk_bytes) {
        size_t size = plain.size - at < chunk_bytes ? plain.size - at : chunk_bytes;
        size_t begin = outgoing->chunks.size;

        status = fl_compress_piece(
            replicator->compressor, (struct fl_bytes){plain.data + at, size},
            at + size == plain.size, &outgoing->chunks);
        if (status != FL_OK) {
            break;
        }
        struct fl_chunk_info *chunk = &chunks[count++];

        chunk->plain_bytes = (uint32_t)size;
        chunk->wire_bytes = (uint32_t)(outgoing->chunks.size - begin);
        fl_hash(
            (struct fl_bytes){outgoing->chunks.data + begin, chunk->wire_bytes},
            chunk->hash, sizeof(chunk->hash));
    }
    *out_count = count;
    return status;
}

static enum fl_status seal(
    struct build *build,
    struct fl_outgoing *outgoing,
    struct fl_message_header *header)
{
    struct fl_replicator *replicator = build->link->replicator;
    const struct fl_node *node = replicator->node;
    struct fl_chunk_info *chunks = fl_alloc(FL_CHUNKS_MAX * sizeof(struct fl_chunk_info));
    uint32_t count = 0;

    if (!chunks) {
        return FL_NO_MEMORY;
    }
    enum fl_status status =
        compress_chunks(replicator, outgoing, build->chunk_bytes, chunks, &count);

    if (status == FL_OK) {
        header->installation = node->identity->installation;
        memcpy(header->plan, build->link->peer.plan, sizeof(header->plan));
        header->sender = node->identity->node;
        header->sender_incarnation = node->identity->incarnation;
        header->receiver = build->link->peer.node;
        header->receiver_incarnation = build->link->peer.incarnation;
        header->lsn_from = build->lsn_from;
        header->lsn_to = build->delivery.lsn_end;
        memcpy(
            header->configuration_hash, node->configuration->hash,
            sizeof(header->configuration_hash));
        header->entry_count = build->entry_count;
        fl_message_seal(header, chunks, count, node->keys.signing, &outgoing->head);
        status = fl_buffer_status(&outgoing->head);
    }
    fl_free(chunks);
    return status == FL_OK
               ? fl_message_open(fl_buffer_view(&outgoing->head), &outgoing->open)
               : status;
}

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

/* What of the journal a message is to cover. */
struct range {
    uint64_t lsn_from;
    uint64_t scan_from;
    uint64_t lsn_to_max;
};

static void begin_build(
    struct build *build,
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    const struct range *range)
{
    struct fl_node *node = link->replicator->node;
    struct fl_delivery_limits limits = {
        .bytes_target = node->settings.message_bytes,
        .bytes_max = FL_MESSAGE_PLAIN_BYTES_MAX,
        .entries_max = UINT32_MAX,
    };

    if (range->lsn_to_max != UINT64_MAX) {
        limits.bytes_target = FL_MESSAGE_PLAIN_BYTES_MAX;
    }
    *build = (struct build){
        .link = link,
        .txn = txn,
        .lsn_from = range->lsn_from,
        .lsn_to_max = range->lsn_to_max,
        .chunk_bytes = node->settings.chunk_bytes,
        .by_journal = !subscription->routed && subscription->own == 0,
        .plan = fl_node_plan_of(node, &link->peer)};
    fl_delivery_begin(&build->delivery, &limits, range->lsn_from);
    fl_selection_begin(
        &build->selection, node, txn, &link->peer, subscription, range->scan_from + 1);
    build->has_overlay = fl_registrations_any(txn, link->peer.number);
    link->has_overlay = build->has_overlay;
    fl_buffer_clear(&link->replicator->plain);
    fl_taken_begin(&link->replicator->taken, range->lsn_from, build->chunk_bytes);
}

static struct fl_peer_stream stream_of(const struct fl_link *link)
{
    return (struct fl_peer_stream){
        .peer = link->peer.number,
        .incarnation = link->replicator->node->identity->incarnation};
}

static void answer(
    const struct build *build,
    const struct fl_outgoing *outgoing,
    struct fl_session_event *out_event)
{
    const struct fl_message_header *header = &outgoing->open.header;
    struct fl_session_message *message = &out_event->built.message;

    out_event->kind = FL_SESSION_BUILT;
    out_event->built.lsn_from = build->lsn_from;
    out_event->built.lsn_to = build->delivery.lsn_end;
    message->number = header->number;
    fl_message_hash(outgoing->open.header_bytes, message->hash.bytes);
    message->base_number = header->base_number;
    memcpy(message->base_hash.bytes, header->base_hash, sizeof(header->base_hash));
    message->chunk_count = header->chunk_count;
    message->wire_bytes = outgoing->chunks.size;
    message->series_end = (header->flags & FL_MESSAGE_SERIES_END) != 0;
}

/*
 * What was in a message that was sent: the very entries for a peer that reads the
 * journal, and as they are today for one that reads streams.
 */
static bool collect_again(
    struct build *build,
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    const struct fl_sent_message *sent)
{
    struct fl_taken_reader reader = fl_taken_read(sent->taken, sent->lsn_from);

    if (reader.chunk_bytes == 0) {
        return false;
    }
    begin_build(
        build, link, txn, subscription,
        &(struct range){sent->lsn_from, sent->lsn_from, sent->lsn_to});
    build->chunk_bytes = reader.chunk_bytes;
    build->peer_was_heard = sent->received != fl_load_u64(link->peer.received_hash);
    enum fl_status status = FL_OK;
    if (build->has_overlay) {
        status = collect_overlay(build, 0, sent->number);
    }
    if (status == FL_OK && build->by_journal) {
        build->delivery.lsn_end = sent->lsn_to;
        status = collect_taken(build, &reader, sent->lsn_to);
    } else if (status == FL_OK) {
        status = collect(build, NULL);
    }
    fl_selection_end(&build->selection);
    return status == FL_OK && build->entry_count > 0;
}

/* The message that the peer holds in part, if it comes out the very same once more. */
static bool build_again(
    struct build *build,
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
        !collect_again(build, link, txn, subscription, &sent)) {
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
    if (seal(build, outgoing, &header) == FL_OK) {
        fl_message_hash(outgoing->open.header_bytes, hash);
        if (memcmp(hash, action->staged.hash.bytes, sizeof(hash)) == 0) {
            outgoing->number = header.number;
            answer(build, outgoing, out_event);
            return true;
        }
    }
    fl_outgoing_clear(outgoing);
    return false;
}

/* Durable before the first sending, with what waited to be written. */
static enum fl_status number_it(
    struct build *build,
    const struct fl_outgoing *outgoing,
    uint64_t number)
{
    struct fl_link *link = build->link;
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
    link->peer.last_sent_ms = sent.sent_ms;
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
    fl_messages_put(&txn, &sent);
    fl_messages_prune(&txn, sent.stream, link->peer.confirmed_number);
    if (build->has_overlay) {
        number_overlay(build, &txn, number);
    }
    fl_link_put_confirmed(link, &txn);
    return fl_txn_commit(&txn);
}

/*
 * Our configuration, when the peer has another one: ahead of what it could not read
 * without. A parent gets back only what it had issued itself.
 */
static bool collect_configuration(struct build *build, uint64_t lsn)
{
    struct fl_link *link = build->link;
    struct fl_node *node = link->replicator->node;
    struct fl_system_record record;
    struct fl_entry entry;

    if (link->configuration_sent || node->configuration_number == 0 ||
        memcmp(
            link->peer_configuration, node->configuration->hash,
            sizeof(link->peer_configuration)) == 0 ||
        fl_object_get(
            build->txn, (struct fl_key){.type = FL_SYSTEM_CONFIGURATION}, &entry) !=
            FL_OK ||
        fl_system_open(entry.record, &record) != FL_OK) {
        return false;
    }
    if (build->plan->settings.kind != FL_PLAN_TREE ||
        (link->peer.role == FL_PEER_PARENT &&
         !fl_uuid_equal(record.issuer, link->peer.node))) {
        return false;
    }
    build->delivery.lsn_end = lsn;
    return take(build, &entry) == FL_OK;
}

/* The overlay first; when that fills the message, the journal comes with the next. */
static enum fl_status collect_all(
    struct build *build,
    uint64_t base,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;

    build->base = base;
    if (build->has_overlay) {
        status = collect_overlay(build, base, 0);
    }
    if (build->overlay_left) {
        build->delivery.lsn_end = build->lsn_from;
        return status;
    }
    return status == FL_OK ? collect(build, out_error) : status;
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
    struct build *build,
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
    bool again = build_again(build, link, &txn, &subscription, action, out_event);

    if (!again) {
        begin_build(
            build, link, &txn, &subscription,
            &(struct range){
                action->lsn,
                fl_link_scan_lsn(
                    link, action->position.number, node->identity->incarnation,
                    action->lsn),
                UINT64_MAX});
        if (collect_configuration(build, action->lsn)) {
            link->configuration_sent = true;
            build->is_configuration = true;
        } else {
            status = collect_all(build, action->position.number, out_error);
        }
        build->number = next_number(link, &txn, action);
        fl_selection_end(&build->selection);
    }
    build->again = again;
    fl_txn_abort(&txn);
    return status;
}

/* Our configuration, in a message that was made for this place before: as it was. */
static bool is_made(
    struct build *build,
    struct fl_outgoing *outgoing,
    struct fl_message_header header,
    const struct fl_session_action *action)
{
    uint8_t hash[FL_HASH_BYTES];

    if (!build->is_configuration || action->staged.number == 0) {
        return false;
    }
    const size_t chunk_bytes = build->chunk_bytes;

    build->chunk_bytes = fl_link_chunk_bytes_of(build->link, action->staged.number);
    header.number = action->staged.number;
    if (seal(build, outgoing, &header) == FL_OK) {
        fl_message_hash(outgoing->open.header_bytes, hash);
        if (memcmp(hash, action->staged.hash.bytes, sizeof(hash)) == 0) {
            outgoing->number = header.number;
            return true;
        }
    }
    build->chunk_bytes = chunk_bytes;
    fl_outgoing_reopen(outgoing);
    return false;
}

static enum fl_status finish_build(
    struct build *build,
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    struct fl_outgoing *outgoing = free_slot(link);
    struct fl_message_header header = {
        .number = build->number,
        .base_number = action->position.number,
        .flags = build->at_head ? FL_MESSAGE_SERIES_END : 0,
        .rules = build->plan->revision};

    memcpy(header.base_hash, action->position.hash.bytes, sizeof(header.base_hash));
    if (outgoing && is_made(build, outgoing, header, action)) {
        answer(build, outgoing, out_event);
        return FL_OK;
    }
    enum fl_status status = outgoing ? seal(build, outgoing, &header) : FL_NO_MEMORY;

    if (status == FL_OK) {
        status = number_it(build, outgoing, header.number);
    }
    if (status != FL_OK) {
        if (outgoing) {
            fl_outgoing_clear(outgoing);
        }
        return status;
    }
    outgoing->number = header.number;
    answer(build, outgoing, out_event);
    return FL_OK;
}

void fl_link_build(
    struct fl_link *link,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    static const char failed[] = "the message could not be made: see the log";
    struct fl_error error = {0};
    struct build build = {.again = false};

    out_event->kind = FL_SESSION_BUILD_FAILED;
    out_event->text = failed;
    enum fl_status status = collect_new(&build, link, action, out_event, &error);

    if (status == FL_BUSY) {
        /* All peers are told when it is through. */
        link->replicator->routing_waits = true;
        out_event->kind = FL_SESSION_NOTHING_TO_SEND;
        out_event->lsn = action->lsn;
        return;
    }
    if (status == FL_OK && !build.again && build.entry_count == 0) {
        out_event->kind = FL_SESSION_NOTHING_TO_SEND;
        out_event->lsn = build.delivery.lsn_end;
        fl_link_scan_note(link, action->position.number, build.delivery.lsn_end);
    } else if (status == FL_OK && !build.again) {
        status = finish_build(&build, link, action, out_event);
    }
    if (status != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SYNC_FAILED, "peer=%s status=%s text=\"%s\"",
            link->peer.code, fl_status_name(status), error.text);
    }
}
