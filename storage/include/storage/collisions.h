/*
 * Every collision with both versions, the rule that decided and who; appended in the
 * transaction that decided, never changed but for a second decision.
 */

#ifndef STORAGE_COLLISIONS_H
#define STORAGE_COLLISIONS_H

#include "storage/journal.h"
#include "storage/peers.h"

enum fl_collision_kept {
    FL_COLLISION_KEPT_OURS = 1, /* our version stayed */
    FL_COLLISION_KEPT_THEIRS,   /* their version was accepted */
};

enum fl_collision_reason {
    FL_COLLISION_REASON_PARENT_WINS = 1,
    FL_COLLISION_REASON_CHILD_WINS,
    FL_COLLISION_REASON_BY_HAND, /* as the default, and open until somebody looks */
    FL_COLLISION_REASON_HOOK,
    FL_COLLISION_REASON_PERSON, /* decided again by a person */
    FL_COLLISION_REASON_BANNED, /* an import-ban date covers it */
};

struct fl_collision_version {
    uint64_t lsn; /* ours: of the entry; theirs: 0 */
    uint32_t origin;
    uint16_t configuration;
    uint8_t flags; /* FL_ENTRY_... */
    struct fl_bytes record;
};

struct fl_collision_record {
    uint64_t id; /* from 1, given by fl_collisions_append() */
    int64_t time_ms;
    uint8_t plan[FL_PEER_PLAN_BYTES];
    uint32_t peer;           /* fl_peer.number of the sender */
    uint64_t message_number; /* that brought theirs */
    char peer_code[FL_CODE_BYTES_MAX + 1];
    struct fl_key key;
    enum fl_collision_kept kept;
    enum fl_collision_reason reason;
    bool open;                              /* waits for a person */
    int64_t decided_ms;                     /* of the last decision */
    char decided_by[FL_NAME_BYTES_MAX + 1]; /* "" : the rule */
    struct fl_collision_version ours;
    struct fl_collision_version theirs;
};

/* Gives the id, 0 after a failure. */
uint64_t fl_collisions_append(
    struct fl_txn *txn,
    const struct fl_collision_record *collision);

/* Records are borrowed until the next read, write or end. */
enum fl_status fl_collisions_get(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_collision_record *out_collision);

/* The first with an id above `id`. */
enum fl_status fl_collisions_next(
    struct fl_txn *txn,
    uint64_t id,
    struct fl_collision_record *out_collision);

/* A second decision: replaces kept, reason, open, decided_ms and decided_by only. */
enum fl_status fl_collisions_decide(
    struct fl_txn *txn,
    uint64_t id,
    const struct fl_collision_record *decision);

uint64_t fl_collisions_count(struct fl_txn *txn);

#endif
