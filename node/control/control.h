/*
 * Commands to a running daemon over DIR/control.sock, a Unix socket of mode 0600 that
 * answers processes of the same user and root only.
 *
 * Frame: length u32 | kind u8 | payload, `length` counts kind and payload, at most
 * FL_CONTROL_FRAME_BYTES_MAX. Client to server:
 *     COMMAND  flags u8 (FL_CLIENT_...) | language, working directory, arguments, each a
 *              varint length and bytes; INPUT follows when a flag says so
 *     INPUT    a piece of standard input; an empty one is its end
 *     PUT      one line of batch (JSON), a transaction of its own, answered by one RESULT
 * Server to client:
 *     OUTPUT, COMPLAINT   pieces of stdout and stderr of a COMMAND
 *     EXIT     u8, ends a COMMAND
 *     RESULT   u8 status | text: the ref when FL_OK, the complaint otherwise
 * A connection may send many requests; PUTs may be sent ahead of their answers, which
 * come in order. PUTs of all connections that arrive together share one commit and are
 * answered after it. Who hangs up gives his command up, unless that is in the middle of
 * what it finishes (command.h).
 */

#ifndef NODE_CONTROL_H
#define NODE_CONTROL_H

#include <poll.h>

#include "node.h"

enum {
    FL_CONTROL_FRAME_BYTES_MAX = 1 << 20,
    FL_CONTROL_CONNECTIONS_MAX = 64,
    FL_CONTROL_POLL_MAX = FL_CONTROL_CONNECTIONS_MAX + 1,
};

enum fl_control_kind {
    FL_CONTROL_COMMAND = 1,
    FL_CONTROL_INPUT = 2,
    FL_CONTROL_PUT = 3,
    FL_CONTROL_OUTPUT = 17,
    FL_CONTROL_COMPLAINT = 18,
    FL_CONTROL_EXIT = 19,
    FL_CONTROL_RESULT = 20,
};

struct fl_control;

/* Listen on DIR/control.sock; a dead socket file of an earlier process is replaced. */
enum fl_status fl_control_open(
    struct fl_node *node,
    struct fl_control **out_control,
    struct fl_error *out_error);
void fl_control_close(struct fl_control *control); /* removes the socket file */

/*
 * What to wait for: fills at most FL_CONTROL_POLL_MAX entries and returns how many. A
 * poll loop adds its own behind them.
 */
size_t fl_control_poll(const struct fl_control *control, struct pollfd *out_fds);

/*
 * Serve what is ready without ever waiting: accept, read, run complete commands one
 * after another, then all complete PUTs in one transaction and commit, then answer.
 * `fds` and `fd_count` as filled by fl_control_poll(), after poll(). `*out_wrote` tells
 * that the store may have changed, so that peers are to be served. Fails only when the
 * store can no longer be used: the process then ends.
 */
enum fl_status fl_control_serve(
    struct fl_control *control,
    const struct pollfd *fds,
    size_t fd_count,
    bool *out_wrote,
    struct fl_error *out_error);

/*
 * A command may end later than its handler (`sync now`, `join`): the handler called
 * fl_command_wait(), the daemon asks here each turn of its loop whether what it waited
 * for has come (command.h), and the connection gets its EXIT then.
 * True: the store may have changed.
 */
bool fl_control_tick(struct fl_control *control, uint64_t now_ms);
/* Does such a command do work of its own, so that the loop is not to sleep? */
bool fl_control_hurries(const struct fl_control *control);

#endif
