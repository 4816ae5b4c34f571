/*
 * The lives of a store as one peer may have seen them. A process that opens a store draws
 * a life; a store that is put back begins another one where the backup was made. So what
 * a peer saw of us was done by this store if, and only if, it was done in a life of its
 * own, and before that life ended here.
 */

#ifndef REPLICATION_LIVES_H
#define REPLICATION_LIVES_H

#include "replication/session_frame.h"

enum { FL_LIVES_MAX = 128 };

/* One life, with one peer, under one incarnation of each. */
struct fl_life {
    uint64_t life; /* random, never 0 */
    struct fl_uuid own, peer;
    uint64_t sent;    /* number given last in our stream */
    uint64_t applied; /* ... and applied last of the peer's */
};

/* Oldest first; the last one goes on. */
struct fl_lives {
    bool cut; /* there were more, or some that nobody wrote down */
    size_t count;
    struct fl_life items[FL_LIVES_MAX];
};

/*
 * The life that goes on has come so far. Before anything else is asked or begun: `sent`
 * of our present stream, `applied` of the incarnation that the last item names.
 */
void fl_lives_reach(struct fl_lives *lives, uint64_t sent, uint64_t applied);

/* False: that is the one that goes on already. */
bool fl_lives_begin(struct fl_lives *lives, const struct fl_life *life);

/*
 * Did this store give `sent` its number, of our present stream, or had it in the life
 * that it names? True too where nothing is known of that life.
 */
bool fl_lives_sent(const struct fl_lives *lives, const struct fl_session_position *sent);

/* The same of a message of the peer that it saw confirmed. */
bool fl_lives_applied(
    const struct fl_lives *lives,
    const struct fl_session_position *applied);

#endif
