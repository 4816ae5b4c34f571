/*
 * The running node: one loop over sockets, commands, windows and timers, in one thread,
 * which alone uses the store. Starting does all that stopping would: the end may come at
 * any moment.
 */

#ifndef NODE_DAEMON_H
#define NODE_DAEMON_H

#include "compare/compare.h"
#include "node.h"

struct fl_daemon;
struct fl_endpoints;
struct fl_mirrors;

/*
 * Bind, connect, take commands. `node` is the caller's and outlives the daemon. Addresses
 * that were bound are in DIR/endpoint, one a line: of replication, of enrolment.
 */
enum fl_status fl_daemon_open(
    struct fl_node *node,
    struct fl_daemon **out_daemon,
    struct fl_error *out_error);
void fl_daemon_close(struct fl_daemon *daemon); /* takes NULL */

/*
 * Until SIGTERM or SIGINT (FL_OK), or until the store cannot be used any more. SIGHUP
 * reads node.conf again.
 */
enum fl_status fl_daemon_run(struct fl_daemon *daemon, struct fl_error *out_error);

/*
 * Take over what may change in a running daemon of node.conf. FL_REFUSED names a key that
 * needs a new start; then nothing is taken over.
 */
enum fl_status fl_daemon_reload_settings(
    struct fl_daemon *daemon,
    struct fl_error *out_error);

/*
 * For `sync now`: begin a round with every node that we call, whatever the window says;
 * 0: none is active. A round that runs already does not count: it may have passed by what
 * was just written.
 */
uint64_t fl_daemon_sync_begin(struct fl_daemon *daemon);
/*
 * Have these rounds ended? FL_NOT_FOUND: a node that we call does not answer; FL_REFUSED:
 * it, or this node, refused, in words. The round is tried on anyway.
 */
enum fl_status fl_daemon_sync_result(
    struct fl_daemon *daemon,
    uint64_t ticket,
    bool *out_done,
    struct fl_error *out_error);

/* The bases that exchange files with this node; for commands. */
struct fl_endpoints *fl_daemon_endpoints(const struct fl_daemon *daemon);
/* The databases that mirror this node; for commands. */
struct fl_mirrors *fl_daemon_mirrors(const struct fl_daemon *daemon);

/*
 * Outside of its windows no node begins a round, unless an operator says it is urgent.
 * FL_REFUSED: closed for every node that we call; the words say until when.
 */
enum fl_status fl_daemon_sync_allowed(
    struct fl_daemon *daemon,
    struct fl_error *out_error);
/* Unix time of the end of the last round with a node that we call; 0: none. */
int64_t fl_daemon_round_ms(const struct fl_daemon *daemon);
/* A round so far, in microseconds of a processor of this process; 0: unknown. */
uint64_t fl_daemon_round_us(const struct fl_daemon *daemon);

/* The link of a native peer, until the next turn; NULL: it has none. */
struct fl_link *fl_daemon_link(const struct fl_daemon *daemon, uint32_t peer);

/* For `compare`. FL_NOT_FOUND: the peer is not connected; FL_BUSY. */
enum fl_status fl_daemon_compare_begin(
    struct fl_daemon *daemon,
    const struct fl_peer *peer,
    const struct fl_compare_wanted *wanted,
    struct fl_error *out_error);
/* False: the peer's link is gone. What the report points to lives until the next turn. */
bool fl_daemon_compare_look(
    struct fl_daemon *daemon,
    const struct fl_peer *peer,
    struct fl_compare_report *out_report);
/* Since when this peer is connected, Unix time; 0: it is not. */
int64_t fl_daemon_connected_ms(const struct fl_daemon *daemon, uint32_t peer);
/*
 * Why its line does not work, to be translated, and in `*out_failure` of which kind;
 * NULL: it works, or nothing is known. Until the daemon goes on.
 */
const char *fl_daemon_line_trouble(
    const struct fl_daemon *daemon,
    uint32_t peer,
    enum fl_status *out_failure);
/* Does the other end refuse this node, when it was heard last and since? */
bool fl_daemon_is_shut_out(const struct fl_daemon *daemon, uint32_t peer);
/* When it was heard last, or known to be there, since the start; 0: not yet. */
int64_t fl_daemon_heard_ms(const struct fl_daemon *daemon, uint32_t peer);
/* By how much its clock is ahead of ours; 0: not known, too. */
int64_t fl_daemon_clock_offset_ms(const struct fl_daemon *daemon, uint32_t peer);

#endif
