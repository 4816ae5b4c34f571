/*
 * Ids of a site and what they are here. An Ид that is a uuid is the identity of its
 * object, unless the object was known here before; any other ("38#catalog#") gives an
 * identity by itself, always the same one, so that nothing comes twice.
 */

#ifndef NODE_SITE_IDS_H
#define NODE_SITE_IDS_H

#include "node.h"

/* What `id` of a `kind` ("Контрагент") is by itself. */
struct fl_uuid fl_site_id_derive(uint32_t peer, const char *kind, struct fl_bytes id);

/* Of another object of the same item: never the Ид itself, as that is taken. */
struct fl_uuid fl_site_id_beside(uint32_t peer, const char *kind, struct fl_bytes id);

/* What was noted, else what it is by itself; `*out_noted` tells. */
struct fl_uuid fl_site_id_find(
    struct fl_txn *txn,
    uint32_t peer,
    const char *kind,
    struct fl_bytes id,
    bool *out_noted);

/* In a transaction of the caller, FL_TXN_KEEP or FL_TXN_WRITE. */
void fl_site_id_note(
    struct fl_txn *txn,
    uint32_t peer,
    const char *kind,
    struct fl_bytes id,
    struct fl_uuid uuid);

/* The other way: how the site calls it; empty: by its uuid. Until the next read. */
struct fl_bytes fl_site_id_back(struct fl_txn *txn, uint32_t peer, struct fl_uuid uuid);

/* Has the site ids of its own for anything? If not, none need be asked for. */
bool fl_site_ids_are_there(struct fl_txn *txn, uint32_t peer);

#endif
