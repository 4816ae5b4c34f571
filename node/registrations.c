#include "registrations.h"

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

bool fl_registrations_took_back(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_entry *entry)
{
    struct fl_registered row;

    return fl_registered_get(txn, peer, entry->key, &row) == FL_OK &&
           row.kind == FL_UNREGISTERED && row.lsn == entry->lsn;
}

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
