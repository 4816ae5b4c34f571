/*
 * A peer's connection: the transport that this node opened to its parent, or the address
 * under which a child has come; with what the line would not take yet, and the state of
 * its window.
 */

#ifndef NODE_LINE_H
#define NODE_LINE_H

#include "outbox.h"
#include "replicator.h"
#include "transport.h"
#include "window/bucket.h"
#include "window/windows.h"

enum { FL_LINE_WORDS_BYTES = 256 };

/* What has crossed a line since it was made, for whoever measures. */
struct fl_line_traffic {
    uint64_t sent_bytes;
    uint64_t received_bytes;
    int64_t heard_ms; /* Unix time of the last frame; 0: none */
    int64_t round_ms; /* Unix time of the end of the last round; 0: none */
};

struct fl_line {
    struct fl_link *link;
    struct fl_transport *own;      /* to the parent; NULL: the peer connects to us */
    struct fl_transport *listener; /* borrowed; where a child came in */
    struct fl_transport_address address;
    struct fl_transport_address former; /* of the connection before this one */
    uint32_t process;                   /* of the child, that said hello last */
    int connection;                     /* of the child, as its transport numbers it */
    bool has_ended;                     /* that one, and its last frames may still come */
    struct fl_transport_address gone;   /* the last one that has ended */
    bool connected;
    bool reached; /* own: the other end is there, and may not have let us in yet */
    bool refused; /* own: the other end did not let us in, when it was tried last */
    int64_t connected_ms; /* Unix time */
    bool close_wanted;
    uint64_t open_at_ms;     /* when to connect, UINT64_MAX: it is open */
    uint64_t tries_until_ms; /* then the other key of the peer is tried */
    bool tries_former;       /* the connection expects the peer's former key */
    struct fl_outbox outbox;
    uint64_t rounds;        /* that have ended */
    uint64_t rounds_wanted; /* the window is open until there are so many */
    uint64_t ticket;        /* of an operator: waits for this many */
    uint64_t asked_ms;      /* when he asked */
    uint64_t
        first_ms; /* Unix time of the first start by the schedule; 0: not yet known */
    uint64_t started_ms; /* Unix time of the last start by the schedule */
    bool window_open;
    struct fl_windows_state window; /* of the calendar, line_window.h */
    int64_t window_looked_ms;
    uint64_t window_revision;
    int64_t noted_round_ms; /* Unix time of the last round that the store knows of */
    struct fl_bucket bucket;
    struct fl_line_traffic traffic;
    enum fl_status failure; /* since an operator asked; FL_OK: none */
    char failure_words[FL_LINE_WORDS_BYTES];
};

/* A frame has come. */
void fl_line_heard(struct fl_line *line, size_t bytes);

/* Is this peer the one that we connect to? */
bool fl_line_is_up(const struct fl_line *line); /* to the parent */

enum fl_status fl_line_send(
    struct fl_line *line,
    struct fl_bytes head,
    struct fl_bytes body);
/*
 * What waited, as far as it goes now. True: the line does not take more. What waits for
 * its rate is due at fl_line_due_ms().
 */
bool fl_line_flush(struct fl_line *line, uint64_t now_ms);
uint64_t fl_line_due_ms(const struct fl_line *line, uint64_t now_ms);

/* Before it ends: what waited, whatever its rate, as far as the line takes it. */
void fl_line_say_rest(struct fl_line *line);

/* Why it does not go on, for whoever asks; of several reasons the first. */
void fl_line_fail(struct fl_line *line, enum fl_status failure, const char *words);

/* The connection ends; the session is told, and is greeted anew later. */
void fl_line_close(struct fl_line *line, uint64_t now_ms, uint64_t again_ms);

#endif
