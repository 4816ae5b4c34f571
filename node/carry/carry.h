/*
 * Messages and confirmations as files in a directory: a stick, a share, a mail drop. A
 * file of messages is an image (image.h) from what the other node has confirmed on, so a
 * later one holds all of an earlier one that may have been lost; whatever comes twice,
 * late or beside the line is passed over by its number.
 */

#ifndef NODE_CARRY_CARRY_H
#define NODE_CARRY_CARRY_H

#include "image/image.h"

/* What this node has accepted of the peer's stream. FL_NOT_FOUND: nothing yet. */
enum fl_status fl_carry_write_confirm(
    struct fl_link *link,
    const char *path,
    struct fl_error *out_error);

struct fl_carry_confirmed {
    char code[FL_CODE_BYTES_MAX + 1]; /* who confirms */
    uint64_t number;
    bool is_new;
};

/*
 * Take a confirmation. FL_NOT_FOUND: it is for another node, or of an earlier store;
 * FL_UNTRUSTED: not signed by the peer; FL_MALFORMED: no confirmation.
 */
enum fl_status fl_carry_take_confirm(
    struct fl_replicator *replicator,
    struct fl_bytes bytes,
    struct fl_carry_confirmed *out_confirmed,
    struct fl_error *out_error);

/*
 * Messages come past the sessions of a running daemon: they are closed before, and opened
 * from the store behind it. Both in one turn of the loop.
 */
enum fl_status fl_carry_close_lines(struct fl_daemon *daemon, struct fl_error *out_error);
enum fl_status fl_carry_open_lines(struct fl_daemon *daemon, struct fl_error *out_error);

#endif
