/*
 * AutoRecord (1C: Авторегистрация) of a type in a plan: does writing an object register
 * it? A change is registered when it is written, by the rule of then: what was written
 * under the one stays registered under the other until it is confirmed, and what was
 * not, is not. So the lsns are kept at which the rule of a type turned, and of an object
 * that is written while the rule is off, which of its versions had registered it last.
 */

#ifndef STORAGE_AUTO_RECORD_H
#define STORAGE_AUTO_RECORD_H

#include "proto/object.h"
#include "storage/peers.h"

enum { FL_AUTO_RECORD_TURNS_MAX = 16, FL_AUTO_RECORD_ROWS_PER_CALL = 1024 };

struct fl_auto_record_turn {
    uint64_t lsn;   /* entries above it are written under the other rule */
    uint32_t peers; /* the last number that a peer had by then */
};

/* It is on until it turns off, on again, and so on. Zeroed memory is always on. */
struct fl_auto_record {
    size_t turn_count;
    struct fl_auto_record_turn turns[FL_AUTO_RECORD_TURNS_MAX];
};

/*
 * Did an entry at `lsn` register its object for the peer by being written? A peer that
 * came after a turn gets what there was by the rule that it found. 0: no peer in
 * particular.
 */
bool fl_auto_record_is_on(const struct fl_auto_record *rule, uint32_t peer, uint64_t lsn);

/* FL_NOT_FOUND: it never turned. */
enum fl_status fl_auto_record_get(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint32_t type,
    struct fl_auto_record *out_rule);

/*
 * It turns at `lsn`, which is not below where it turned last. Of too many turns that
 * nobody has put behind him the oldest two are forgotten: on, more is sent than must be.
 */
void fl_auto_record_turn(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint32_t type,
    uint64_t lsn);

/*
 * The last version of an object that was written while the rule was on, where its live
 * entry was written while it was off: the object is registered at that place of the
 * journal still, as it is now. The entry itself may be swept.
 */
struct fl_auto_recorded {
    struct fl_key key;
    uint64_t lsn;
    uint64_t lsn_first; /* of its source transaction */
    uint32_t origin;
};

/* FL_NOT_FOUND: there is none, or everybody has it. */
enum fl_status fl_auto_recorded_get(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_key key,
    struct fl_auto_recorded *out_recorded);

/* The first of the plan whose lsn is not below `lsn_from`. */
enum fl_status fl_auto_recorded_next(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn_from,
    struct fl_auto_recorded *out_recorded);

/* Is there anything of the plan up to `lsn` that fl_auto_record_tidy() would change? */
bool fl_auto_record_is_untidy(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn);

/*
 * No peer of the plan will ever be asked about what lies up to `lsn`: turns up to there
 * become one state, versions up to there are forgotten, at most
 * FL_AUTO_RECORD_ROWS_PER_CALL in a call. False: no more.
 */
bool fl_auto_record_tidy(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t lsn);

#endif
