/*
 * The calendar of the tree as it is in force at this node, and what it says of a moment:
 * may a round begin, until when, how fast, and if not, when next.
 *
 * A node for which the calendar has no window is free; blackouts hold for it all the
 * same. An endpoint (a site, a base of 1C) is free of all that is not set for a group in
 * which it is named. Within a window's spread each node has its own place, so that not
 * all come at once. A window that passed without a round may be made up for as long as it
 * says.
 *
 * The wall clock decides nothing but when a round begins. Put forwards, windows that were
 * jumped over count as missed; put back, a window comes once more, and a round more costs
 * little.
 */

#ifndef NODE_WINDOW_WINDOWS_H
#define NODE_WINDOW_WINDOWS_H

#include "proto/calendar.h"
#include "proto/uuid.h"
#include "storage/peers.h"

struct fl_windows_laid;

struct fl_windows {
    struct fl_calendar calendar;
    struct fl_arena arena;
    uint64_t revision; /* 0: nobody has set any */
    struct fl_uuid issuer;
    struct fl_windows_laid *laid; /* when windows are, around a moment; NULL: not kept */
};

/* What the store has. A zeroed `windows` is an empty one. */
enum fl_status fl_windows_load(
    struct fl_txn *txn,
    struct fl_windows *out_windows,
    struct fl_error *out_error);
void fl_windows_free(struct fl_windows *windows);

/* Whose windows, and what it has had of them. */
struct fl_windows_asker {
    const char *code;
    struct fl_uuid node;   /* finds its place in a spread */
    int64_t last_round_ms; /* Unix time of the end of its last round; 0: none */
    bool named_only;       /* an endpoint: "all" are the nodes of the tree, not it */
};

/* A peer of this node; its code is borrowed. */
struct fl_windows_asker fl_windows_asker_of(
    const struct fl_peer *peer,
    int64_t last_round_ms);
/* Does a window of the calendar, or a blackout, concern it? */
bool fl_windows_concern(
    const struct fl_calendar *calendar,
    const struct fl_window *window,
    const struct fl_windows_asker *asker);

struct fl_windows_state {
    bool governed; /* a window or blackout of the calendar concerns it */
    bool open;
    bool blackout;      /* closed by one */
    bool catching_up;   /* open behind the end of a window that was missed */
    const char *window; /* that is open, or opens next; until the calendar changes */
    int64_t begin_ms;   /* of the open one, for this node */
    int64_t closes_ms;  /* of the open one */
    int64_t opens_ms;   /* when closed: next */
    uint64_t bytes_per_second; /* while open; 0: any */
    int64_t until_ms;          /* it stays so until then, at least */
    int64_t last_begin_ms;     /* of the last one that has ended; 0: none known */
};

struct fl_windows_state fl_windows_look(
    const struct fl_windows *windows,
    const struct fl_windows_asker *asker,
    int64_t now_ms);

/* Did the last window end without a round of this node? */
bool fl_windows_is_late(const struct fl_windows_state *state, int64_t last_round_ms);

#endif
