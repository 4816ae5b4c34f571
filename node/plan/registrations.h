/*
 * What is registered for a peer, in sending and judging: by being written (the journal
 * above its position, by the rule of AutoRecord that held then), and beside that (the
 * overlay, storage/registered.h).
 */

#ifndef NODE_REGISTRATIONS_H
#define NODE_REGISTRATIONS_H

#include "node.h"
#include "routing/routes.h"
#include "storage/journal.h"
#include "storage/registered.h"

struct fl_selected;

/* For whom it is asked, and what he has already. */
struct fl_registrations {
    const struct fl_node_plan *plan;
    const struct fl_peer *peer;
    const struct fl_routes *routes; /* NULL: what a base brings it has made itself */
    uint64_t lsn_from;              /* all up to it is the peer's */
    bool has_overlay;               /* false: there are no rows to be looked for */
};

/*
 * Is the object, whose live entry this is, registered for the peer because it was
 * written? Whether its type may go to the peer at all is not asked.
 */
bool fl_registrations_by_writing(
    const struct fl_registrations *registrations,
    struct fl_txn *txn,
    const struct fl_entry *entry);

/* Does what was selected for the peer go to it, in its place of the journal? */
bool fl_registrations_select(
    const struct fl_registrations *registrations,
    struct fl_txn *txn,
    const struct fl_selected *selected);

/*
 * What the peer itself had written was accepted, at `lsn`: that ends the registration of
 * the object for it. True: a row of the overlay says so, since AutoRecord is off, and the
 * object is registered where it was written before that.
 */
bool fl_registrations_end(
    const struct fl_node_plan *plan,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_key key,
    uint64_t lsn);

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
