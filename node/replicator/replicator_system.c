/*
 * Settings that travel, as they come in: taken from a parent, and from a child only what
 * this node had issued itself, and the days that are closed below. The newest revision
 * holds; they never collide.
 */

#include <string.h>

#include "key/rotation.h"
#include "link.h"
#include "log.h"
#include "plan/plan_turns.h"
#include "proto/day.h"
#include "proto/system.h"

static bool is_of_our_plan(const struct fl_link *link, struct fl_key key)
{
    return key.type != FL_SYSTEM_PLAN ||
           memcmp(key.id.bytes, link->peer.plan, sizeof(link->peer.plan)) == 0;
}

static const char *calendar_reason(struct fl_bytes body)
{
    struct fl_calendar calendar;
    struct fl_arena arena;

    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = fl_calendar_decode(body, &arena, &calendar);

    fl_arena_deinit(&arena);
    return status == FL_OK ? NULL : "this calendar of windows cannot be read";
}

static const char *body_reason(struct fl_key key, struct fl_bytes body)
{
    struct fl_plan_settings settings;
    struct fl_arena arena;
    uint8_t hash[FL_PEER_PLAN_BYTES];

    if (key.type == FL_SYSTEM_CALENDAR) {
        return calendar_reason(body);
    }
    if (key.type == FL_SYSTEM_DAY) {
        struct fl_day day;

        return fl_day_decode(body, &day) == FL_OK ? NULL
                                                  : "this closed day cannot be read";
    }
    if (key.type != FL_SYSTEM_PLAN) {
        return NULL; /* of a newer program: kept for it, and passed on */
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = fl_plan_settings_decode(body, &arena, &settings);

    if (status == FL_OK) {
        fl_plan_hash(settings.name, hash);
    }
    fl_arena_deinit(&arena);
    return status == FL_OK && memcmp(hash, key.id.bytes, sizeof(hash)) == 0
               ? NULL
               : "these settings of a plan cannot be read";
}

const char *fl_link_system_reason(
    const struct fl_link *link,
    const struct fl_message_entry *entry)
{
    struct fl_system_record record;

    if (entry->key.type == FL_SYSTEM_ROUTING) {
        return "what a node notes for itself does not travel";
    }
    if (!is_of_our_plan(link, entry->key)) {
        return "these are settings of another plan";
    }
    if (fl_system_open(entry->record, &record) != FL_OK) {
        return "these settings have another form than this program knows";
    }
    return body_reason(entry->key, record.body);
}

/* A node closes its own days; those of another child of ours come from that child. */
static bool may_close(
    const struct fl_link *link,
    struct fl_txn *txn,
    struct fl_key key,
    const struct fl_system_record *record)
{
    struct fl_peer peer;
    bool is_other = !fl_uuid_equal(key.id, link->peer.node) &&
                    fl_peers_by_node(txn, link->peer.plan, key.id, &peer) == FL_OK &&
                    peer.state == FL_PEER_ACTIVE;

    return link->peer.role == FL_PEER_CHILD && !is_other &&
           fl_uuid_equal(record->issuer, key.id) &&
           !fl_uuid_equal(key.id, link->replicator->node->identity->node);
}

/* A child gives back what we had issued, before a restore; it sets nothing for us. */
static bool may_set(
    const struct fl_link *link,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_bytes bytes,
    const struct fl_system_record *record)
{
    const struct fl_node *node = link->replicator->node;

    if (key.type == FL_SYSTEM_DAY) {
        return may_close(link, txn, key, record);
    }
    return link->peer.role != FL_PEER_CHILD ||
           (fl_uuid_equal(record->issuer, node->identity->node) &&
            fl_key_rotation_is_own(node, key, bytes));
}

/*
 * What a node had issued for itself, before it had a parent, gives way to what the parent
 * has; otherwise the newer revision holds. A root that was put back gives a number again:
 * of two of one number that holds which the parent has, and among equals whoever issued
 * both.
 */
static bool is_newer(
    const struct fl_link *link,
    struct fl_txn *txn,
    struct fl_key key,
    const struct fl_system_record *theirs)
{
    struct fl_uuid own = link->replicator->node->identity->node;
    struct fl_system_record ours;
    struct fl_entry entry;

    if (fl_object_get(txn, key, &entry) != FL_OK ||
        fl_system_open(entry.record, &ours) != FL_OK) {
        return true;
    }
    if (link->peer.role == FL_PEER_PARENT && fl_uuid_equal(ours.issuer, own) &&
        !fl_uuid_equal(theirs->issuer, own)) {
        return true;
    }
    int order = fl_system_compare(theirs, &ours);
    bool are_two = order == 0 && fl_bytes_compare(theirs->body, ours.body) != 0;

    bool knows_better = link->peer.role == FL_PEER_PARENT ||
                        fl_uuid_equal(theirs->issuer, link->peer.node);

    return order > 0 || (are_two && knows_better);
}

static enum fl_status keep(
    struct fl_link *link,
    struct fl_txn *txn,
    struct fl_key key,
    const struct fl_system_record *record,
    struct fl_error *out_error)
{
    switch (key.type) {
    case FL_SYSTEM_PLAN:
        fl_plan_turns_take(
            txn, link->replicator->node->configuration, key.id.bytes, record->revision,
            record->body);
        break;
    case FL_SYSTEM_CONFIGURATION:
        return fl_node_configuration_accept(
            link->replicator->node, txn, record->body, out_error);
    default: /* of a newer program: kept for it, and passed on */
        break;
    }
    return fl_txn_status(txn);
}

enum fl_status fl_link_system_apply(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_message_entry *entry,
    uint32_t origin,
    struct fl_error *out_error)
{
    struct fl_system_record record;

    if (fl_system_open(entry->record, &record) != FL_OK ||
        !is_newer(link, txn, entry->key, &record)) {
        return FL_OK;
    }
    bool taken = may_set(link, txn, entry->key, entry->record, &record);

    fl_log(
        taken ? FL_LOG_INFO : FL_LOG_WARN, FL_LOG_EVENT_PLAN_SETTINGS,
        "peer=%s type=%08x revision=%llu taken=%s", link->peer.code,
        (unsigned)entry->key.type, (unsigned long long)record.revision,
        taken ? "yes" : "no");
    if (!taken) {
        return FL_OK;
    }
    (void)fl_journal_append(
        txn,
        &(struct fl_entry){.origin = origin, .key = entry->key, .record = entry->record});
    if (entry->key.type == FL_SYSTEM_DAY) {
        return fl_txn_status(txn);
    }
    link->replicator->settings_came = true;
    return keep(link, txn, entry->key, &record, out_error);
}
