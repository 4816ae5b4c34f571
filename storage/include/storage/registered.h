/*
 * What a person or a rule has registered for one peer beside what the journal and its
 * position say (1C: РегистрацияИзменений): an overlay, small as a rule. A row follows the
 * columns of 1C's table: it has no number until a message carries it, then that of the
 * message, and goes when one of that number or above is confirmed.
 *
 * A registration that was taken back is a row too, since a position cannot say it: it
 * names the entry of the journal that is not to be sent. A later change is.
 *
 * What went with a message is remembered as long as the message (messages.h): a peer that
 * was restored goes back behind it, and no position says what that takes from it.
 */

#ifndef STORAGE_REGISTERED_H
#define STORAGE_REGISTERED_H

#include "proto/object.h"
#include "storage/peers.h"

enum fl_registered_kind {
    FL_REGISTERED = 1, /* is to be sent, whatever the position says */
    FL_UNREGISTERED,   /* entry `lsn` is not to be sent */
};

struct fl_registered {
    uint32_t peer;
    struct fl_key key;
    enum fl_registered_kind kind;
    uint64_t number;            /* of the message that carried it; 0: none has yet */
    struct fl_uuid incarnation; /* ours, whose stream the number counts */
    uint64_t lsn;               /* of FL_UNREGISTERED */
};

/* Registered anew: without a number, whatever was there before. */
void fl_registered_put(struct fl_txn *txn, uint32_t peer, struct fl_key key);
/* The entry `lsn` of the object, its live one, is not sent to the peer. */
void fl_registered_take_back(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key key,
    uint64_t lsn);
void fl_registered_remove(struct fl_txn *txn, uint32_t peer, struct fl_key key);

/* FL_NOT_FOUND: nothing beside the position. */
enum fl_status fl_registered_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key key,
    struct fl_registered *out_row);

/* The first row of the peer whose key is above `after`; NULL: the first of all. */
enum fl_status fl_registered_next(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_registered *out_row);

/* A message carries it: from now on that is its number. */
void fl_registered_number(
    struct fl_txn *txn,
    const struct fl_registered *row,
    uint64_t number,
    struct fl_uuid incarnation);

enum { FL_REGISTERED_ROWS_PER_CALL = 4096 };

/*
 * Rows that a message of this stream up to `number` has carried go, and are remembered;
 * those taken back of entries up to `lsn` go. At most FL_REGISTERED_ROWS_PER_CALL rows
 * are looked at from `*from` on (zero: the first), which goes on in the next call. False:
 * no more.
 */
bool fl_registered_confirm(
    struct fl_txn *txn,
    struct fl_peer_stream stream,
    uint64_t number,
    uint64_t lsn,
    struct fl_key *from);

/*
 * The peer was restored and may have lost what it had confirmed: what is remembered is
 * registered for it anew, unless there is a row already. At most
 * FL_REGISTERED_ROWS_PER_CALL rows a call; false: no more.
 */
bool fl_registered_again(struct fl_txn *txn, uint32_t peer);

/*
 * Forget what messages carried that are forgotten once the peer has confirmed number
 * `confirmed` (fl_messages_prune()); at most FL_REGISTERED_ROWS_PER_CALL rows a call.
 */
void fl_registered_forget(struct fl_txn *txn, uint32_t peer, uint64_t confirmed);
/* All that is remembered of a peer. */
void fl_registered_forget_all(struct fl_txn *txn, uint32_t peer);

#endif
