/*
 * What a peer may write: with lists, only what its filter admits, before and after the
 * change; and nobody but a parent takes anything away.
 */

#ifndef NODE_SCOPE_H
#define NODE_SCOPE_H

#include "proto/message.h"
#include "routing.h"

/* Of one message, while it is applied. Zeroed memory is an ended one. */
struct fl_scope {
    struct fl_node *node;
    struct fl_txn *txn;
    const struct fl_peer *peer;
    bool limited;
    /* The source transaction in hand, of which an object may refer to another. */
    struct fl_reader transaction;
    struct fl_message_entry *entries; /* by key; made when first asked for */
    size_t entry_count;
    bool read;
};

void fl_scope_begin(
    struct fl_scope *scope,
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer);
/* Entries from `reader` on, up to the next transaction; borrowed as long as asked. */
void fl_scope_transaction(struct fl_scope *scope, const struct fl_reader *reader);
/* Why the peer may not write this; NULL: it may. */
const char *fl_scope_reason(struct fl_scope *scope, const struct fl_message_entry *entry);
/* The same of a version that did not come in a message. */
const char *fl_scope_reason_of(
    struct fl_scope *scope,
    struct fl_key key,
    struct fl_bytes record,
    bool deleted);
void fl_scope_end(struct fl_scope *scope);

#endif
