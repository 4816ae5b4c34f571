/*
 * What a site is owed beside what is registered for it: orders that were held back,
 * dismissals that wait for their day. It stays owed until a message that has it is
 * confirmed.
 */

#ifndef NODE_SITE_HELD_H
#define NODE_SITE_HELD_H

#include "node.h"

enum { FL_SITE_HELD_MAX = 10000 };

struct fl_site_owed {
    struct fl_key key;
    uint64_t number; /* of the message that has it; 0: none has */
    int64_t from;    /* datetime.h: not before; 0: with the next message */
};

struct fl_site_held {
    struct fl_site_owed *items;
    size_t count;
    size_t capacity;
};

/* Zeroed memory is none; ends with the deinit. */
enum fl_status fl_site_held_load(
    struct fl_site_held *held,
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_error *out_error);
void fl_site_held_deinit(struct fl_site_held *held);

/* Each key once: the one added last counts. FL_LIMIT, FL_NO_MEMORY. */
enum fl_status fl_site_held_add(
    struct fl_site_held *held,
    const struct fl_site_owed *owed,
    struct fl_error *out_error);

void fl_site_held_store(
    const struct fl_site_held *held,
    struct fl_txn *txn,
    uint32_t peer);
/* The site has taken the message `number`: what was in it is owed no more. */
void fl_site_held_confirm(struct fl_txn *txn, uint32_t peer, uint64_t number);

/* Has the day come of something that no message has? `now` is local, datetime.h. */
bool fl_site_held_is_due(struct fl_txn *txn, uint32_t peer, int64_t now);

#endif
