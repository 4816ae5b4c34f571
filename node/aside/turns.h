/*
 * How many rounds of children run at the same time. After an outage of the centre all
 * branches come at once, and a spread of windows does not help there: those beyond the
 * limit are told when to come again, one behind the other, as fast as rounds have lately
 * ended. They keep their connections, since a handshake costs more than waiting.
 */

#ifndef NODE_ASIDE_TURNS_H
#define NODE_ASIDE_TURNS_H

#include "proto/frame.h"

struct fl_link;

/* A parent's, of all its children. Zeroed memory begins. */
struct fl_turns {
    size_t running;
    uint64_t postponed;  /* so many times, since the start */
    uint64_t next_ms;    /* the time that was handed out last */
    uint64_t ended_ms;   /* when a round ended last; 0: none has */
    uint64_t spacing_us; /* between two ends of rounds, lately */
};

/* A child's. */
struct fl_turn {
    uint64_t until_ms; /* when to greet anew; 0: nothing is waited for */
    bool connected;    /* the line is there meanwhile */
    bool counted;      /* parent: among the running ones */
};

/* False: this frame of a child would begin a round too many; it has been answered. */
bool fl_turns_admit(struct fl_link *link, const struct fl_frame *frame, uint64_t now_ms);
/* After each step: does a round run that is to be counted? */
void fl_turns_note(struct fl_link *link);
void fl_turns_forget(struct fl_link *link); /* the link ends */

/* The parent has said: later. */
void fl_turn_take(struct fl_link *link, const struct fl_frame *frame, uint64_t now_ms);
/* The line is there, or is gone. True: the session is not to be told. */
bool fl_turn_connected(struct fl_link *link, uint64_t now_ms);
bool fl_turn_disconnected(struct fl_link *link);
void fl_turn_tick(struct fl_link *link, uint64_t now_ms);
uint64_t fl_turn_due_ms(const struct fl_link *link); /* UINT64_MAX: never */

#endif
