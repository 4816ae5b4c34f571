/*
 * Objects that the format could not carry to a correspondent, with the reason: they stay
 * registered, as in 1C, and are tried again with each message.
 */

#ifndef NODE_CORRESPONDENT_HELD_H
#define NODE_CORRESPONDENT_HELD_H

#include "proto/object.h"
#include "storage/store.h"

void fl_correspondent_held_put(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key key,
    const char *words);
bool fl_correspondent_held_has(struct fl_txn *txn, uint32_t peer, struct fl_key key);
void fl_correspondent_held_remove(struct fl_txn *txn, uint32_t peer, struct fl_key key);
/* The first behind `after` (NULL: the first of all); the words are borrowed, no text. */
enum fl_status fl_correspondent_held_next(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_key *out_key,
    struct fl_bytes *out_words);

#endif
