/*
 * The overlay of a peer (storage/registered.h) in sending and judging: v8msg.md B.5, the
 * columns NULL and k.
 */

#ifndef NODE_REGISTRATIONS_H
#define NODE_REGISTRATIONS_H

#include "node.h"
#include "storage/journal.h"
#include "storage/registered.h"

/* Has the peer any row at all? Nearly always not, and then nothing more is asked. */
bool fl_registrations_any(struct fl_txn *txn, uint32_t peer);

/*
 * Must the row go into a message that continues number `base` of our stream? What a
 * message carried that the peer does not have goes again.
 */
bool fl_registrations_is_due(
    const struct fl_registered *row,
    struct fl_uuid incarnation,
    uint64_t base);

/* As it goes to a peer that is to have it deleted: a record set keeps its filter. */
void fl_registrations_delete(
    const struct fl_configuration *configuration,
    struct fl_object *object);

/* The entry was taken back for the peer. */
bool fl_registrations_took_back(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_entry *entry);

/*
 * Is the object registered for the peer beside the position, as seen by one that had
 * applied our messages up to `acknowledged`? `by_position`: what the position says.
 */
bool fl_registrations_judge(
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_uuid incarnation,
    uint64_t acknowledged,
    const struct fl_entry *ours,
    bool by_position);

#endif
