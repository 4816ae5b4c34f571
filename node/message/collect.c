#include "message/collect.h"

#include <string.h>

#include "plan/registrations.h"
#include "proto/record.h"
#include "proto/system.h"
#include "storage/messages.h"
#include "storage/nodes.h"

void fl_collect_begin(
    struct fl_collect *collect,
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    const struct fl_collect_range *range)
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
    *collect = (struct fl_collect){
        .link = link,
        .txn = txn,
        .lsn_from = range->lsn_from,
        .lsn_to_max = range->lsn_to_max,
        .chunk_bytes = node->settings.chunk_bytes,
        .by_journal = !subscription->routed && subscription->own == 0,
        .plan = fl_node_plan_of(node, &link->peer)};
    fl_delivery_begin(&collect->delivery, &limits, range->lsn_from);
    fl_selection_begin(
        &collect->selection, node, txn, &link->peer, subscription, range->scan_from + 1);
    collect->has_overlay = fl_registrations_any(txn, link->peer.number);
    link->has_overlay = collect->has_overlay;
    fl_buffer_clear(&link->replicator->plain);
    fl_taken_begin(&link->replicator->taken, range->lsn_from, collect->chunk_bytes);
}

void fl_collect_end(struct fl_collect *collect)
{
    fl_selection_end(&collect->selection);
}

/* -- what is registered -- */

/* By one who has everything up to `lsn_from`. */
static bool is_registered_above(
    const struct fl_collect *collect,
    const struct fl_selected *selected,
    uint64_t lsn_from)
{
    const struct fl_link *link = collect->link;
    const struct fl_registrations registrations = {
        .plan = collect->plan,
        .peer = &link->peer,
        .routes = &link->replicator->routes,
        .lsn_from = lsn_from,
        .has_overlay = collect->has_overlay};

    return fl_registrations_select(&registrations, collect->txn, selected);
}

static bool is_registered(
    const struct fl_collect *collect,
    const struct fl_selected *selected)
{
    return is_registered_above(collect, selected, collect->lsn_from);
}

static bool is_registered_as_written(
    const struct fl_collect *collect,
    const struct fl_entry *entry,
    uint64_t lsn_from)
{
    const struct fl_selected selected = {.entry = *entry, .lsn_written = entry->lsn};

    return fl_selection_passes(&collect->link->peer, entry) &&
           is_registered_above(collect, &selected, lsn_from);
}

/* -- an entry of the message -- */

static enum fl_status find_origin(struct fl_collect *collect, uint32_t origin)
{
    if (origin == collect->origin) {
        return FL_OK;
    }
    enum fl_status status =
        fl_nodes_by_number(collect->txn, origin, &collect->origin_node);

    collect->origin = status == FL_OK ? origin : FL_ORIGIN_HERE;
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

static enum fl_status take(struct fl_collect *collect, const struct fl_entry *entry)
{
    struct fl_message_entry out = {.key = entry->key, .record = entry->record};

    if (entry->flags & FL_ENTRY_DELETED) {
        out.flags |= FL_MESSAGE_ENTRY_DELETED;
    }
    if ((entry->flags & FL_ENTRY_WITHDRAWN) == 0 &&
        fl_plan_sends_as_deletion(collect->plan, &collect->link->peer, entry->key.type)) {
        out.flags |= FL_MESSAGE_ENTRY_DELETED;
        enum fl_status status =
            make_deletion(collect->link->replicator, entry, &out.record);

        if (status != FL_OK) {
            return status;
        }
    }
    if (entry->flags & FL_ENTRY_WITHDRAWN) {
        out.flags |= FL_MESSAGE_ENTRY_WITHDRAWN;
    }
    if (entry->lsn_first != collect->lsn_first_last) {
        out.flags |= FL_MESSAGE_ENTRY_FIRST;
        collect->lsn_first_last = entry->lsn_first;
    }
    if (entry->origin != FL_ORIGIN_HERE) {
        enum fl_status status = find_origin(collect, entry->origin);

        if (status != FL_OK) {
            return status;
        }
        out.flags |= FL_MESSAGE_ENTRY_FOREIGN;
        out.origin = collect->origin_node;
    }
    fl_message_put_entry(&collect->link->replicator->plain, &out);
    collect->entry_count++;
    return FL_OK;
}

/* -- from where -- */

/*
 * What is registered beside the position, each object as a transaction of its own: what
 * is due behind number `base`, or what number `again` has carried.
 */
static enum fl_status overlay(struct fl_collect *collect, uint64_t base, uint64_t again)
{
    const struct fl_link *link = collect->link;
    struct fl_uuid incarnation = link->replicator->node->identity->incarnation;
    struct fl_registered row;
    struct fl_entry entry;
    struct fl_key *after = NULL;
    enum fl_status status = FL_OK;

    while (status == FL_OK &&
           fl_registered_next(collect->txn, link->peer.number, after, &row) == FL_OK) {
        bool due = again > 0 ? row.kind == FL_REGISTERED && row.number == again
                             : fl_registrations_is_due(&row, incarnation, base);

        if (due && collect->delivery.bytes >= collect->delivery.limits.bytes_target) {
            collect->overlay_left = true;
            return FL_OK;
        }
        collect->overlay_end = row.key;
        after = &collect->overlay_end;
        if (!due || !fl_plan_may_send(collect->plan, &link->peer, row.key.type) ||
            fl_selection_present(&collect->selection, row.key, &entry) != FL_OK) {
            continue;
        }
        collect->delivery.bytes += entry.record.size + FL_MESSAGE_ENTRY_OVERHEAD_MAX;
        collect->lsn_first_last = 0; /* so that it begins a transaction */
        status = take(collect, &entry);
    }
    return status;
}

/* An entry for the message; FL_NOT_FOUND: the message ends before it. */
static enum fl_status offer(
    struct fl_collect *collect,
    const struct fl_selected *selected,
    struct fl_error *out_error)
{
    const struct fl_entry *entry = &selected->entry;
    enum fl_delivery_answer answer = fl_delivery_offer(
        &collect->delivery, entry->lsn, entry->lsn_first,
        is_registered(collect, selected),
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
        collect->lsn_to_max = entry->lsn;
    }
    /* What streams select is as it is today: there is no going back to what was taken. */
    if (collect->by_journal) {
        fl_taken_add(&collect->link->replicator->taken, entry->lsn);
    }
    return take(collect, entry);
}

static enum fl_status journal(struct fl_collect *collect, struct fl_error *out_error)
{
    struct fl_selected selected = {.entry = {.lsn = 0}};
    enum fl_status status;

    for (;;) {
        status = fl_selection_next(&collect->selection, &selected);
        if (status != FL_OK || selected.entry.lsn > collect->lsn_to_max) {
            break;
        }
        status = offer(collect, &selected, out_error);
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
    uint64_t head = fl_journal_head(collect->txn);

    status = fl_txn_status(collect->txn);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the journal cannot be read");
    }
    collect->at_head = head <= collect->lsn_to_max;
    fl_delivery_finish(&collect->delivery, collect->at_head ? head : collect->lsn_to_max);
    return FL_OK;
}

enum fl_status fl_collect_all(
    struct fl_collect *collect,
    uint64_t base,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;

    collect->base = base;
    if (collect->has_overlay) {
        status = overlay(collect, base, 0);
    }
    if (collect->overlay_left) {
        collect->delivery.lsn_end = collect->lsn_from;
        return status;
    }
    return status == FL_OK ? journal(collect, out_error) : status;
}

/* -- a message once more -- */

/*
 * Is what stands in its place now registered for the peer behind the message, and so
 * follows or is it? Only while nothing was applied from the peer: what it had sent may
 * stand between the two.
 */
static bool is_followed(
    struct fl_collect *collect,
    const struct fl_entry *entry,
    uint64_t lsn_to)
{
    struct fl_entry live;

    return is_registered_as_written(collect, entry, collect->lsn_from) ||
           (!collect->peer_was_heard && !entry->live &&
            fl_object_get(collect->txn, entry->key, &live) == FL_OK &&
            is_registered_as_written(collect, &live, lsn_to));
}

/*
 * The very entries that a message took, of all up to `lsn_to`. One that was replaced
 * since may go once more only when what replaced it is registered for the peer, and so
 * follows, and when nothing came from the peer meanwhile: were it the peer's own, the old
 * one would stay there. And nothing may be passed over that is registered by now.
 */
static enum fl_status taken(
    struct fl_collect *collect,
    struct fl_taken_reader *reader,
    uint64_t lsn_to)
{
    struct fl_journal_scan scan;
    struct fl_entry entry;
    uint64_t lsn = 0;
    bool more = fl_taken_next(reader, &lsn);
    enum fl_status status;

    fl_journal_scan_begin(&scan, collect->txn, collect->lsn_from + 1);
    while ((status = fl_journal_scan_next(&scan, &entry)) == FL_OK &&
           entry.lsn <= lsn_to) {
        if (!more || entry.lsn != lsn) {
            status = is_registered_as_written(collect, &entry, collect->lsn_from)
                         ? FL_REFUSED
                         : FL_OK;
        } else {
            status =
                is_followed(collect, &entry, lsn_to) ? take(collect, &entry) : FL_REFUSED;
            more = fl_taken_next(reader, &lsn);
        }
        if (status != FL_OK) {
            break;
        }
    }
    fl_journal_scan_end(&scan);
    return more || (status != FL_OK && status != FL_NOT_FOUND) ? FL_REFUSED : FL_OK;
}

bool fl_collect_again(
    struct fl_collect *collect,
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_subscription *subscription,
    const struct fl_sent_message *sent)
{
    struct fl_taken_reader reader = fl_taken_read(sent->taken, sent->lsn_from);

    if (reader.chunk_bytes == 0) {
        return false;
    }
    fl_collect_begin(
        collect, link, txn, subscription,
        &(struct fl_collect_range){sent->lsn_from, sent->lsn_from, sent->lsn_to});
    collect->chunk_bytes = reader.chunk_bytes;
    collect->peer_was_heard = sent->received != fl_load_u64(link->peer.received_hash);
    enum fl_status status = FL_OK;
    if (collect->has_overlay) {
        status = overlay(collect, 0, sent->number);
    }
    if (status == FL_OK && collect->by_journal) {
        collect->delivery.lsn_end = sent->lsn_to;
        status = taken(collect, &reader, sent->lsn_to);
    } else if (status == FL_OK) {
        status = journal(collect, NULL);
    }
    fl_collect_end(collect);
    return status == FL_OK && collect->entry_count > 0;
}

/* -- besides -- */

bool fl_collect_configuration(struct fl_collect *collect, uint64_t lsn)
{
    struct fl_link *link = collect->link;
    struct fl_node *node = link->replicator->node;
    struct fl_system_record record;
    struct fl_entry entry;

    if (link->configuration_sent || node->configuration_number == 0 ||
        memcmp(
            link->peer_configuration, node->configuration->hash,
            sizeof(link->peer_configuration)) == 0 ||
        fl_object_get(
            collect->txn, (struct fl_key){.type = FL_SYSTEM_CONFIGURATION}, &entry) !=
            FL_OK ||
        fl_system_open(entry.record, &record) != FL_OK) {
        return false;
    }
    if (collect->plan->settings.kind != FL_PLAN_TREE ||
        (link->peer.role == FL_PEER_PARENT &&
         !fl_uuid_equal(record.issuer, link->peer.node))) {
        return false;
    }
    collect->delivery.lsn_end = lsn;
    return take(collect, &entry) == FL_OK;
}

void fl_collect_number_overlay(
    const struct fl_collect *collect,
    struct fl_txn *txn,
    uint64_t number)
{
    struct fl_link *link = collect->link;
    struct fl_uuid incarnation = link->replicator->node->identity->incarnation;
    struct fl_key at = {0};
    struct fl_registered row;
    bool carried = collect->overlay_end.type > 0;

    while ((carried || !link->overlay_tidy) &&
           fl_registered_next(txn, link->peer.number, at.type == 0 ? NULL : &at, &row) ==
               FL_OK) {
        at = row.key;
        if (fl_registrations_is_due(&row, incarnation, collect->base)) {
            if (carried) {
                fl_registered_number(txn, &row, number, incarnation);
            } else if (row.number > 0) {
                fl_registered_put(txn, link->peer.number, row.key);
            }
        }
        carried = carried && !fl_key_equal(at, collect->overlay_end);
    }
    link->overlay_tidy = true;
}
