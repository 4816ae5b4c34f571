#include "registrations.h"

#include "replication/delivery.h"
#include "routing/selection.h"
#include "storage/auto_record.h"

bool fl_registrations_any(struct fl_txn *txn, uint32_t peer)
{
    struct fl_registered row;

    return fl_registered_next(txn, peer, NULL, &row) != FL_NOT_FOUND;
}

bool fl_registrations_is_due(
    const struct fl_registered *row,
    struct fl_uuid incarnation,
    uint64_t base)
{
    return row->kind == FL_REGISTERED && (row->number == 0 || row->number > base ||
                                          !fl_uuid_equal(row->incarnation, incarnation));
}

void fl_registrations_delete(
    const struct fl_configuration *configuration,
    struct fl_object *object)
{
    const struct fl_type *type = fl_configuration_type(configuration, object->key.type);

    object->deleted = true;
    object->section_count = 0;
    object->unknown_count = 0;
    if (!type || !fl_kind_is_register(type->kind)) {
        object->field_count = 0;
    }
}

/* -- by being written -- */

/* A later version is registered again. */
static bool is_taken_back(
    const struct fl_registrations *registrations,
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn)
{
    struct fl_registered row;

    return registrations->has_overlay &&
           fl_registered_get(txn, registrations->peer->number, key, &row) == FL_OK &&
           row.kind == FL_UNREGISTERED && lsn <= row.lsn;
}

static struct fl_delivery_version version_at(
    const struct fl_registrations *registrations,
    uint32_t origin,
    uint64_t lsn)
{
    const struct fl_peer *peer = registrations->peer;

    return (struct fl_delivery_version){
        .lsn = lsn,
        .came_from_peer =
            registrations->routes
                ? fl_routes_brought(registrations->routes, peer, origin, lsn)
                : origin == peer->origin};
}

static bool is_registered(
    const struct fl_registrations *registrations,
    struct fl_txn *txn,
    struct fl_key key,
    const struct fl_delivery_entry *entry)
{
    const struct fl_delivery_peer peer = {
        .confirmed_lsn = registrations->lsn_from,
        .resend_below = registrations->peer->resend_below};

    return fl_delivery_is_registered(&peer, entry) &&
           !is_taken_back(
               registrations, txn, key,
               entry->by_hand ? entry->recorded.lsn : entry->written.lsn);
}

/* Was the type registered by hand only for the peer where its journal has this lsn? */
static bool is_by_hand(
    const struct fl_registrations *registrations,
    uint32_t type,
    uint64_t lsn)
{
    const struct fl_auto_record *rule = fl_plan_auto_record(registrations->plan, type);

    return rule && !fl_auto_record_is_on(rule, registrations->peer->number, lsn);
}

bool fl_registrations_by_writing(
    const struct fl_registrations *registrations,
    struct fl_txn *txn,
    const struct fl_entry *entry)
{
    struct fl_auto_recorded recorded;
    struct fl_delivery_entry asked = {
        .written = version_at(registrations, entry->origin, entry->lsn),
        .live = entry->live,
        .by_hand = is_by_hand(registrations, entry->key.type, entry->lsn)};

    if (asked.by_hand &&
        fl_auto_recorded_get(txn, registrations->plan->hash, entry->key, &recorded) ==
            FL_OK &&
        !is_by_hand(registrations, entry->key.type, recorded.lsn)) {
        asked.recorded = version_at(registrations, recorded.origin, recorded.lsn);
    }
    return is_registered(registrations, txn, entry->key, &asked);
}

/* At the place where it was selected, and not at another. */
static bool is_registered_there(
    const struct fl_registrations *registrations,
    struct fl_txn *txn,
    const struct fl_selected *selected)
{
    const struct fl_entry *entry = &selected->entry;
    const uint32_t type = entry->key.type;
    const bool was_before = selected->lsn_since > 0;
    const uint32_t origin = was_before ? selected->origin_written : entry->origin;
    const struct fl_delivery_entry asked = {
        .written = version_at(registrations, origin, selected->lsn_written),
        .live = entry->live};

    return !is_by_hand(registrations, type, selected->lsn_written) &&
           (!was_before || is_by_hand(registrations, type, selected->lsn_since)) &&
           is_registered(registrations, txn, entry->key, &asked);
}

bool fl_registrations_select(
    const struct fl_registrations *registrations,
    struct fl_txn *txn,
    const struct fl_selected *selected)
{
    const struct fl_node_plan *plan = registrations->plan;
    const struct fl_peer *peer = registrations->peer;
    const struct fl_entry *entry = &selected->entry;

    if (selected->told && !selected->again) {
        return fl_plan_may_send(plan, peer, entry->key.type);
    }
    const bool written = fl_plan_sends(plan, peer, entry) &&
                         is_registered_there(registrations, txn, selected);

    return selected->told ? !written && fl_plan_may_send(plan, peer, entry->key.type)
                          : written;
}

bool fl_registrations_end(
    const struct fl_node_plan *plan,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_key key,
    uint64_t lsn)
{
    const struct fl_registrations registrations = {.plan = plan, .peer = peer};
    struct fl_auto_recorded recorded;

    if (!is_by_hand(&registrations, key.type, lsn) ||
        fl_auto_recorded_get(txn, plan->hash, key, &recorded) != FL_OK ||
        recorded.lsn <= peer->confirmed_lsn) {
        return false;
    }
    fl_registered_take_back(txn, peer->number, key, lsn);
    return true;
}

/* -- beside that -- */

bool fl_registrations_judge(
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_uuid incarnation,
    uint64_t acknowledged,
    const struct fl_entry *ours,
    bool by_position)
{
    struct fl_registered row;

    if (fl_registered_get(txn, peer->number, ours->key, &row) != FL_OK) {
        return by_position;
    }
    if (row.kind == FL_UNREGISTERED) {
        return by_position && row.lsn != ours->lsn;
    }
    return by_position || fl_registrations_is_due(&row, incarnation, acknowledged);
}
