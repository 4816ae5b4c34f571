/*
 * Who may come to this node as to a site: a name, the hash of a password, and the node of
 * the plan that stands behind it. Kept in the store.
 */

#ifndef NODE_SITE_USERS_H
#define NODE_SITE_USERS_H

#include "node.h"
#include "proto/password.h"

/* In a transaction of the caller. Whoever had this name has it no more. FL_NO_MEMORY. */
enum fl_status fl_site_user_put(
    struct fl_txn *txn,
    const char *user,
    struct fl_bytes password,
    uint32_t peer,
    struct fl_error *out_error);
/* All that stand for `peer`. */
void fl_site_users_remove(struct fl_txn *txn, uint32_t peer);
/* FL_NOT_FOUND: there is no such user. */
enum fl_status fl_site_user_get(
    struct fl_txn *txn,
    const char *user,
    uint32_t *out_peer,
    char out_hash[FL_PASSWORD_HASH_BYTES]);

#endif
