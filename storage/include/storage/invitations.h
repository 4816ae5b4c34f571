/*
 * Invitations that this node has issued: a keyed hash of the secret, never the secret.
 */

#ifndef STORAGE_INVITATIONS_H
#define STORAGE_INVITATIONS_H

#include "storage/peers.h"

enum { FL_INVITATION_HASH_BYTES = 32 };

struct fl_invitation {
    uint8_t hash[FL_INVITATION_HASH_BYTES]; /* keyed hash of the secret: its name */
    uint8_t plan[FL_PEER_PLAN_BYTES];
    char node_code[FL_CODE_BYTES_MAX + 1];
    char node_name[FL_NAME_BYTES_MAX + 1];
    int64_t created_ms;
    int64_t expires_ms;
    uint32_t attempts;
    bool used;
    uint8_t used_by[FL_INVITATION_HASH_BYTES]; /* hash of the request that used it */
    int64_t used_ms;
    bool approves; /* who uses it need not wait for an operator */
};

void fl_invitations_put(struct fl_txn *txn, const struct fl_invitation *invitation);
enum fl_status fl_invitations_get(
    struct fl_txn *txn,
    const uint8_t hash[FL_INVITATION_HASH_BYTES],
    struct fl_invitation *out_invitation);
/* The first with a hash above `hash`; NULL: the first of all. */
enum fl_status fl_invitations_next(
    struct fl_txn *txn,
    const uint8_t *hash,
    struct fl_invitation *out_invitation);
/* Fine when there is none. */
void fl_invitations_remove(
    struct fl_txn *txn,
    const uint8_t hash[FL_INVITATION_HASH_BYTES]);

#endif
