/*
 * Taking a message in: unpack, read its entries strictly, decide each by the rule, write
 * journal, collisions and quarantine, and move the position, all in the caller's
 * transaction.
 *
 * A source transaction of which an object cannot be applied goes into quarantine whole,
 * and so does what changes its objects later.
 */

#include <stdio.h>
#include <string.h>

#include "link.h"
#include "log.h"
#include "plan/ban.h"
#include "plan/registrations.h"
#include "plan/ruling.h"
#include "proto/record.h"
#include "proto/system.h"
#include "routing/scope.h"
#include "storage/arrivals.h"
#include "storage/collisions.h"
#include "storage/configurations.h"
#include "storage/nodes.h"
#include "storage/quarantine.h"
#include "storage/staged.h"

struct intake {
    struct fl_link *link;
    struct fl_txn *txn;
    const struct fl_message_header *header;
    uint64_t judge_lsn;
    uint64_t acknowledged;
    uint64_t life; /* of the peer */
    bool has_overlay;
    bool is_older;   /* written under a configuration that ours has followed */
    bool is_unknown; /* ... under one that is not known here */
    struct fl_error reason;
    struct fl_scope *scope;
    bool holds_any;   /* something is in quarantine already */
    uint64_t entries; /* read so far */
    uint64_t changes;
    uint64_t altered; /* of those: objects that were here, changed or deleted */
    uint64_t collisions;
    uint64_t quarantined;
    struct fl_uuid origin_node; /* looked up last */
    uint32_t origin;
    bool is_replay; /* out of quarantine: `origin` is what it was */
};

static enum fl_status unpack(
    struct fl_link *link,
    const struct fl_incoming *incoming,
    struct fl_error *out_error)
{
    struct fl_replicator *replicator = link->replicator;
    const uint8_t *hash = incoming->open.header.chunks_hash;

    if (fl_applying_is_bad_message(&replicator->applying, link->peer.number, hash)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "unpacking it has ended the process twice; look at the log of the system");
    }
    fl_applying_unpack(&replicator->applying, link->peer.number, hash);
    fl_buffer_clear(&replicator->plain);
    if (incoming->open.header.chunk_count == 0) {
        return FL_OK;
    }
    enum fl_status status = fl_decompress(
        replicator->decompressor, fl_buffer_view(&incoming->chunks),
        incoming->open.header.plain_bytes, &replicator->plain);

    return status == FL_OK ? FL_OK
                           : fl_error_set(
                                 out_error, status,
                                 "its chunks do not unpack to what its head promises");
}

static enum fl_status check_position(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_message_header *header,
    struct fl_error *out_error)
{
    struct fl_peer_stream stream = {
        .peer = link->peer.number, .incarnation = header->sender_incarnation};
    struct fl_stored_position position = {.number = 0};
    enum fl_status status = fl_positions_get(txn, stream, &position);

    if (status != FL_OK && status != FL_NOT_FOUND) {
        return fl_error_set(out_error, status, "the position cannot be read");
    }
    if (position.number != header->base_number || header->number <= position.number ||
        memcmp(position.hash, header->base_hash, sizeof(position.hash)) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "it does not follow what was applied last");
    }
    return FL_OK;
}

/* Numbers mean the same as ever, but a type may have become narrower. */
static bool still_fits(struct intake *intake, const struct fl_message_entry *entry)
{
    struct fl_replicator *replicator = intake->link->replicator;
    bool deleted = (entry->flags & FL_MESSAGE_ENTRY_DELETED) != 0;
    struct fl_object object;

    if (entry->record.size == 0) {
        return true;
    }
    fl_arena_reset(&replicator->arena);
    if (fl_record_decode(
            entry->key, deleted, entry->record, &replicator->arena, &object) != FL_OK) {
        (void)fl_error_set(&intake->reason, FL_MALFORMED, "its record is malformed");
        return false;
    }
    return fl_object_check(replicator->node->configuration, &object, &intake->reason) ==
           FL_OK;
}

/* Under which configuration the message was written, as we know it. */
static void find_configuration(struct intake *intake)
{
    const struct fl_node *node = intake->link->replicator->node;
    const uint8_t *hash = intake->header->configuration_hash;
    uint16_t number = 0;

    if (memcmp(hash, node->configuration->hash, FL_CONFIGURATION_HASH_BYTES) == 0) {
        return;
    }
    intake->is_older = fl_configurations_number(intake->txn, hash, &number) == FL_OK;
    intake->is_unknown = !intake->is_older;
}

/* Only the configuration itself may come under one that is not known. */
static enum fl_status check_configuration(
    const struct intake *intake,
    struct fl_error *out_error)
{
    struct fl_reader reader =
        fl_reader_of(fl_buffer_view(&intake->link->replicator->plain));
    struct fl_message_entry entry;

    while (intake->is_unknown && fl_message_next_entry(&reader, &entry) == FL_OK) {
        if (!fl_system_is(entry.key.type)) {
            return fl_error_set(
                out_error, FL_REFUSED,
                "it is written under a configuration that is not known here: load the "
                "same one on both sides, or the new one at the root of the tree");
        }
    }
    return FL_OK;
}

/* What is appended from now on came with this message, and its signature has held. */
static void say_how_it_came(
    const struct intake *intake,
    const struct fl_incoming *incoming,
    enum fl_arrival_kind kind)
{
    const struct fl_peer *peer = &intake->link->peer;
    struct fl_arrival arrival = {
        .kind = kind,
        .peer = peer->number,
        .number = intake->header->number,
        .incarnation = intake->header->sender_incarnation,
    };

    memcpy(arrival.peer_code, peer->code, sizeof(arrival.peer_code));
    if (incoming) {
        fl_message_hash(incoming->open.header_bytes, arrival.hash);
        memcpy(arrival.key_id, intake->header->key_id, sizeof(arrival.key_id));
    }
    fl_arrivals_set(intake->txn, &arrival);
}

/* Why an entry cannot be applied, NULL when it can. */
static const char *reason_against(
    struct intake *intake,
    const struct fl_message_entry *entry)
{
    struct fl_applying *applying = &intake->link->replicator->applying;
    const struct fl_node *node = intake->link->replicator->node;
    const struct fl_type *type =
        fl_configuration_type(node->configuration, entry->key.type);

    if (fl_applying_is_bad_object(
            applying, intake->link->peer.number, entry->key, entry->record.size)) {
        return "applying it has ended the process twice";
    }
    fl_applying_object(
        applying, intake->link->peer.number, entry->key, entry->record.size);
    if (fl_system_is(entry->key.type)) {
        return fl_link_system_reason(intake->link, entry);
    }

    if (!type) {
        return "its type is not in the configuration";
    }
    if (!fl_plan_has(fl_node_plan_of(node, &intake->link->peer), entry->key.type)) {
        return "its type does not belong to the plan";
    }
    if (fl_record_check(entry->record) != FL_OK) {
        return "its record is malformed";
    }
    if (intake->is_older && !still_fits(intake, entry)) {
        return intake->reason.text;
    }
    if (intake->holds_any && fl_quarantine_holds(intake->txn, entry->key)) {
        return "an earlier change of it is in quarantine";
    }
    return fl_scope_reason(intake->scope, entry);
}

static uint32_t origin_of(struct intake *intake, const struct fl_message_entry *entry)
{
    uint32_t number = intake->link->peer.origin;

    if (intake->is_replay) {
        return intake->origin;
    }
    if ((entry->flags & FL_MESSAGE_ENTRY_FOREIGN) == 0) {
        fl_routes_put(
            &intake->link->replicator->routes, intake->txn, &intake->link->peer, number);
        return number;
    }
    if (intake->origin != 0 && fl_uuid_equal(entry->origin, intake->origin_node)) {
        return intake->origin;
    }
    if (fl_uuid_equal(entry->origin, intake->link->replicator->node->identity->node)) {
        /* Our own change comes home after a restore: it came from the peer all the same,
         * whatever way the peer's own have come by until now. */
        fl_routes_put(
            &intake->link->replicator->routes, intake->txn, &intake->link->peer, number);
        return number;
    }
    if (fl_nodes_number(intake->txn, entry->origin, &number) == FL_OK) {
        intake->origin = number;
        intake->origin_node = entry->origin;
        fl_routes_put(
            &intake->link->replicator->routes, intake->txn, &intake->link->peer, number);
    }
    return number;
}

static uint8_t flags_of(const struct fl_message_entry *entry)
{
    unsigned flags = 0;

    if (entry->flags & FL_MESSAGE_ENTRY_DELETED) {
        flags |= FL_ENTRY_DELETED;
    }
    if (entry->flags & FL_MESSAGE_ENTRY_WITHDRAWN) {
        flags |= FL_ENTRY_WITHDRAWN;
    }
    return (uint8_t)flags;
}

static void record_collision(
    struct intake *intake,
    const struct fl_entry *ours,
    const struct fl_entry *theirs,
    enum fl_collision_rule rule,
    const struct fl_collision_decision *decision)
{
    const struct fl_link *link = intake->link;
    struct fl_collision_record collision = {
        .time_ms = fl_node_now_ms(),
        .peer = link->peer.number,
        .message_number = intake->header->number,
        .key = theirs->key,
        .kept = decision->accept ? FL_COLLISION_KEPT_THEIRS : FL_COLLISION_KEPT_OURS,
        .reason = fl_collision_reason(rule, decision),
        .open = decision->open,
        .ours = {ours->lsn, ours->origin, ours->configuration, ours->flags, ours->record},
        .theirs =
            {0, theirs->origin, theirs->configuration, theirs->flags, theirs->record},
    };

    collision.decided_ms = collision.time_ms;
    memcpy(collision.plan, link->peer.plan, sizeof(collision.plan));
    memcpy(collision.peer_code, link->peer.code, sizeof(collision.peer_code));
    (void)fl_collisions_append(intake->txn, &collision);
    intake->collisions++;
}

static bool is_registered(const struct intake *intake, const struct fl_entry *ours)
{
    const struct fl_link *link = intake->link;
    const struct fl_node *node = link->replicator->node;
    const struct fl_node_plan *plan = fl_node_plan_of(node, &link->peer);
    bool brought = fl_routes_brought(
        &link->replicator->routes, &link->peer, ours->origin, ours->lsn);
    if ((ours->flags & FL_ENTRY_WITHDRAWN) != 0 && link->peer.role != FL_PEER_CHILD) {
        return false; /* a parent took it away: nothing of ours is left of it */
    }
    const struct fl_registrations registrations = {
        .plan = plan,
        .peer = &link->peer,
        .routes = &link->replicator->routes,
        .lsn_from = intake->judge_lsn,
        .has_overlay = intake->has_overlay};
    bool registered = fl_registrations_by_writing(&registrations, intake->txn, ours);

    registered =
        registered ||
        fl_routing_is_told(node, intake->txn, &link->peer, ours, intake->judge_lsn) ||
        (!brought && fl_routing_is_unknown(node, intake->txn, &link->peer, ours));
    if (!intake->has_overlay) {
        return registered;
    }
    return fl_registrations_judge(
        intake->txn, &link->peer, link->replicator->node->identity->incarnation,
        intake->acknowledged, ours, registered);
}

/* The version here as a copy: writing ends the life of what the map lent. */
static bool read_ours(struct intake *intake, struct fl_key key, struct fl_entry *out_ours)
{
    struct fl_buffer *copy = &intake->link->replicator->ours;

    /* A rotten entry is as good as none: theirs is written over it. */
    if (fl_object_get(intake->txn, key, out_ours) != FL_OK) {
        return false;
    }
    fl_buffer_clear(copy);
    fl_buffer_put(copy, out_ours->record);
    out_ours->record = fl_buffer_view(copy);
    return fl_buffer_status(copy) == FL_OK;
}

static bool is_banned(
    struct intake *intake,
    const struct fl_entry *ours,
    const struct fl_entry *theirs)
{
    struct fl_replicator *replicator = intake->link->replicator;
    const struct fl_node *node = replicator->node;
    int64_t until =
        fl_plan_rule_of(fl_node_plan_of(node, &intake->link->peer), theirs->key.type)
            ->banned_until;

    return until > 0 && (fl_ban_covers(
                             node->configuration, until, theirs->key, theirs->record,
                             &replicator->arena) ||
                         fl_ban_covers(
                             node->configuration, until, theirs->key, ours->record,
                             &replicator->arena));
}

/*
 * A child says to its parent that was restored what it had to give up in the life that
 * is lost: what is here now it is told again.
 */
static bool is_given_up(const struct intake *intake, const struct fl_entry *theirs)
{
    return (theirs->flags & FL_ENTRY_WITHDRAWN) != 0 &&
           intake->link->peer.role == FL_PEER_CHILD;
}

static void give_back(struct intake *intake, struct fl_key key)
{
    fl_registered_put(intake->txn, intake->link->peer.number, key);
    intake->has_overlay = true;
    intake->link->has_overlay = true;
}

/* What was accepted, at `lsn`, ends the registration for the peer. */
static void end_registration(struct intake *intake, struct fl_key key, uint64_t lsn)
{
    struct fl_link *link = intake->link;

    if (intake->has_overlay) {
        fl_registered_remove(intake->txn, link->peer.number, key);
    }
    if (fl_registrations_end(
            fl_node_plan_of(link->replicator->node, &link->peer), intake->txn,
            &link->peer, key, lsn)) {
        intake->has_overlay = true;
        link->has_overlay = true;
    }
}

/*
 * The row of the overlay: gone with what was accepted, at `lsn`, made by what is to go
 * back.
 */
static void after_decision(
    struct intake *intake,
    struct fl_key key,
    const struct fl_entry *ours,
    const struct fl_collision_decision *decision,
    uint64_t lsn)
{
    const struct fl_link *link = intake->link;
    const struct fl_node *node = link->replicator->node;
    /* No stream may have it for a peer whose it is not: it is told of it all the same. */
    bool tells = decision->record && decision->keep_registration &&
                 fl_routing_routes(node, &link->peer);
    /* What is withdrawn a child gives up, whoever wins: it gets back what won here. */
    bool gives_back = decision->record && decision->accept &&
                      link->peer.role != FL_PEER_PARENT &&
                      (fl_routing_has_routed(node, &link->peer) ||
                       (ours->flags & FL_ENTRY_WITHDRAWN) != 0);

    if (decision->send_back || tells || gives_back) {
        give_back(intake, key);
    } else if (decision->accept) {
        end_registration(intake, key, lsn);
    }
}

/* There is nothing to withdraw, and what was deleted stays so. */
static bool withdraws_nothing(
    const struct fl_entry *theirs,
    const struct fl_entry *ours,
    bool exists)
{
    return (theirs->flags & FL_ENTRY_WITHDRAWN) != 0 &&
           (!exists || (ours->flags & (FL_ENTRY_WITHDRAWN | FL_ENTRY_DELETED)) != 0);
}

static void apply_entry(struct intake *intake, const struct fl_message_entry *entry)
{
    const struct fl_link *link = intake->link;
    struct fl_entry ours = {.lsn = 0};
    struct fl_entry theirs = {
        .origin = origin_of(intake, entry),
        .configuration = link->replicator->node->configuration_number,
        .flags = flags_of(entry),
        .key = entry->key,
        .record = entry->record,
    };
    bool exists = read_ours(intake, entry->key, &ours);
    struct fl_collision_case facts = {
        .from_parent = link->peer.role == FL_PEER_PARENT,
        .exists = exists,
        .equal = exists && ours.flags == theirs.flags &&
                 fl_bytes_equal(ours.record, theirs.record),
        .registered = exists && is_registered(intake, &ours),
    };

    bool was_here = exists && !facts.equal &&
                    (ours.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0;

    if (withdraws_nothing(&theirs, &ours, exists)) {
        return;
    }
    if (is_given_up(intake, &theirs)) {
        give_back(intake, entry->key);
        return;
    }
    if (!facts.from_parent) {
        enum fl_plan_receive receive =
            fl_plan_rule_of(
                fl_node_plan_of(link->replicator->node, &link->peer), entry->key.type)
                ->receive;

        facts.banned = is_banned(intake, &ours, &theirs);
        facts.hook = fl_collision_hook_of(receive);
        facts.send_back = receive == FL_PLAN_RECEIVE_RETURN;
    }
    if (facts.registered && !facts.equal) {
        fl_link_ruling(link, intake->txn, intake->header, &ours, &facts);
    }
    if ((theirs.flags & FL_ENTRY_WITHDRAWN) != 0) {
        facts.hook = FL_COLLISION_HOOK_ACCEPT; /* whose it is is not a matter of rules */
    }
    struct fl_collision_decision decision = fl_collision_decide(facts);

    if (!exists) {
        ours.flags = FL_ENTRY_DELETED; /* on record: there was nothing here */
    }

    if (decision.record) {
        record_collision(intake, &ours, &theirs, facts.rule, &decision);
    }
    uint64_t lsn = 0;

    if (decision.accept) {
        lsn = fl_journal_append(intake->txn, &theirs);
        intake->changes++;
        intake->altered += was_here;
    }
    after_decision(intake, entry->key, &ours, &decision, lsn);
}

static void quarantine_entry(
    struct intake *intake,
    const struct fl_message_entry *entry,
    const char *reason,
    uint64_t *group)
{
    const struct fl_link *link = intake->link;
    struct fl_quarantined quarantined = {
        .group = *group,
        .time_ms = fl_node_now_ms(),
        .peer = link->peer.number,
        .incarnation = intake->header->sender_incarnation,
        .message_number = intake->header->number,
        .key = entry->key,
        .origin = origin_of(intake, entry),
        .configuration = link->replicator->node->configuration_number,
        .flags = flags_of(entry),
        .record = entry->record,
        .reason = fl_bytes_of_text(
            reason ? reason : "another object of its transaction cannot be applied"),
        .judged_lsn = intake->judge_lsn,
        .rules = intake->header->rules,
    };

    memcpy(quarantined.peer_code, link->peer.code, sizeof(quarantined.peer_code));
    uint64_t id = fl_quarantine_append(intake->txn, &quarantined);

    *group = *group == 0 ? id : *group;
    intake->quarantined++;
    intake->holds_any = true;
}

/* One source transaction, from `reader` up to the next; `*out_end` is behind it. */
static enum fl_status apply_transaction(
    struct intake *intake,
    struct fl_reader *reader,
    struct fl_error *out_error)
{
    struct fl_reader ahead = *reader;
    struct fl_message_entry entry;
    uint64_t group = 0;
    uint64_t count = 0;
    bool sound = true;

    fl_scope_transaction(intake->scope, reader);
    for (;;) {
        struct fl_reader before = ahead;
        enum fl_status status = fl_message_next_entry(&ahead, &entry);

        if (status == FL_MALFORMED) {
            return fl_error_set(out_error, status, "its entries are malformed");
        }
        if (status == FL_NOT_FOUND ||
            (count > 0 && (entry.flags & FL_MESSAGE_ENTRY_FIRST) != 0)) {
            ahead = before;
            break;
        }
        sound = sound && reason_against(intake, &entry) == NULL;
        count++;
    }
    intake->entries += count;
    fl_journal_transaction(intake->txn);
    for (uint64_t i = 0; i < count; i++) {
        enum fl_status status = FL_OK;

        (void)fl_message_next_entry(reader, &entry);
        if (sound) {
            fl_applying_object(
                &intake->link->replicator->applying, intake->link->peer.number, entry.key,
                entry.record.size);
        }
        if (sound && fl_system_is(entry.key.type)) {
            status = fl_link_system_apply(
                intake->link, intake->txn, &entry, origin_of(intake, &entry), out_error);
        } else if (sound) {
            apply_entry(intake, &entry);
        } else {
            quarantine_entry(intake, &entry, reason_against(intake, &entry), &group);
        }
        if (status != FL_OK) {
            return status;
        }
    }
    return fl_txn_status(intake->txn);
}

static void move_position(struct intake *intake, const struct fl_incoming *incoming)
{
    struct fl_link *link = intake->link;
    struct fl_stored_position position = {
        .stream =
            {.peer = link->peer.number,
             .incarnation = intake->header->sender_incarnation},
        .number = intake->header->number,
        .applied_ms = fl_node_now_ms(),
    };

    fl_message_hash(incoming->open.header_bytes, position.hash);
    fl_positions_put(intake->txn, &position);
    fl_staged_drop(intake->txn, position.stream, position.number);
    fl_seen_hear(&link->seen, position.stream.incarnation, intake->life);
    link->peer.number_received = position.number;
    memcpy(link->peer.received_hash, position.hash, sizeof(position.hash));
    link->peer.last_received_ms = position.applied_ms;
    if (intake->header->flags & FL_MESSAGE_SERIES_END) {
        link->peer.whole_number = position.number;
        link->peer.whole_ms = position.applied_ms;
        link->peer.whole_lsn = fl_journal_head(intake->txn);
    }
    fl_link_count_keys(link, intake->header->key_id);
    fl_link_put_peer(link, intake->txn);
}

enum fl_status fl_link_apply(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_ready *ready,
    struct fl_error *out_error)
{
    struct fl_incoming *incoming = fl_link_incoming(link, ready->number);

    FL_ASSERT(incoming && incoming->held == incoming->open.header.chunk_count);
    struct intake intake = {
        .link = link,
        .txn = txn,
        .header = &incoming->open.header,
        .judge_lsn = ready->judge_lsn,
        .acknowledged = ready->acknowledged,
        .life = ready->life,
        .has_overlay = fl_registrations_any(txn, link->peer.number),
    };
    struct fl_scope scope;
    uint64_t held = fl_quarantine_count(txn);
    enum fl_status status = check_position(link, txn, intake.header, out_error);

    fl_link_live(link, txn);
    intake.holds_any = held > 0;
    if (status == FL_OK && held >= link->replicator->node->settings.quarantine_max) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "quarantine is full with %llu objects: see \"filial quarantine list\"",
            (unsigned long long)held);
    }
    if (status == FL_OK) {
        status = unpack(link, incoming, out_error);
    }
    if (status == FL_OK) {
        find_configuration(&intake);
        status = check_configuration(&intake, out_error);
    }
    struct fl_reader reader = fl_reader_of(fl_buffer_view(&link->replicator->plain));

    say_how_it_came(
        &intake, incoming, ready->of_image ? FL_ARRIVAL_IMAGE : FL_ARRIVAL_MESSAGE);
    intake.scope = &scope;
    fl_scope_begin(&scope, link->replicator->node, txn, &link->peer);
    while (status == FL_OK && fl_reader_left(&reader) > 0) {
        status = apply_transaction(&intake, &reader, out_error);
    }
    fl_scope_end(&scope);
    if (status == FL_OK && intake.entries != intake.header->entry_count) {
        status = fl_error_set(
            out_error, FL_MALFORMED, "it holds %llu entries, but its header says %u",
            (unsigned long long)intake.entries, intake.header->entry_count);
    }
    if (status != FL_OK) {
        return status;
    }
    status = fl_link_hold_changes(link, intake.header, intake.altered, out_error);
    if (status != FL_OK) {
        return status;
    }
    move_position(&intake, incoming);
    if (intake.quarantined > 0) {
        link->quarantined_number = intake.header->number;
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SYNC_QUARANTINED,
            "peer=%s number=%llu objects=%llu", link->peer.code,
            (unsigned long long)intake.header->number,
            (unsigned long long)intake.quarantined);
    }
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_SYNC_APPLIED,
        "peer=%s number=%llu changes=%llu collisions=%llu quarantined=%llu",
        link->peer.code, (unsigned long long)intake.header->number,
        (unsigned long long)intake.changes, (unsigned long long)intake.collisions,
        (unsigned long long)intake.quarantined);
    return fl_txn_status(txn);
}

/* -- out of quarantine -- */

struct fl_message_entry fl_link_replay_entry(const struct fl_quarantined *held)
{
    struct fl_message_entry entry = {.key = held->key, .record = held->record};

    if (held->flags & FL_ENTRY_DELETED) {
        entry.flags |= FL_MESSAGE_ENTRY_DELETED;
    }
    if (held->flags & FL_ENTRY_WITHDRAWN) {
        entry.flags |= FL_MESSAGE_ENTRY_WITHDRAWN;
    }
    return entry;
}

static struct fl_message_header header_of(const struct fl_quarantined *held)
{
    return (struct fl_message_header){
        .sender_incarnation = held->incarnation,
        .number = held->message_number,
        .rules = held->rules,
    };
}

bool fl_link_replay_fits(
    struct fl_link *link,
    struct fl_txn *txn,
    struct fl_scope *scope,
    const struct fl_quarantined *held,
    struct fl_error *out_reason)
{
    const struct fl_message_header header = header_of(held);
    const struct fl_message_entry entry = fl_link_replay_entry(held);
    struct intake intake = {
        .link = link,
        .txn = txn,
        .header = &header,
        .scope = scope,
        .is_older = true,
        .is_replay = true};
    const char *reason = reason_against(&intake, &entry);

    if (reason) {
        (void)snprintf(out_reason->text, sizeof(out_reason->text), "%s", reason);
    }
    return reason == NULL;
}

enum fl_status fl_link_replay(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_quarantined *held,
    struct fl_error *out_error)
{
    const struct fl_message_header header = header_of(held);
    const struct fl_message_entry entry = fl_link_replay_entry(held);
    struct intake intake = {
        .link = link,
        .txn = txn,
        .header = &header,
        .judge_lsn = held->judged_lsn,
        .origin = held->origin,
        .is_replay = true,
    };

    say_how_it_came(&intake, /* incoming= */ NULL, FL_ARRIVAL_QUARANTINE);
    if (fl_system_is(entry.key.type)) {
        return fl_link_system_apply(link, txn, &entry, held->origin, out_error);
    }
    apply_entry(&intake, &entry);
    return fl_txn_status(txn);
}
