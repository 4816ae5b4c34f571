/*
 * What endpoint_export.c, which takes a package from its number to its place,
 * endpoint_export_write.c, which puts into it what belongs there, and
 * endpoint_export_due.c, which asks whether there is anything for one, share.
 */

#ifndef NODE_ENDPOINT_EXPORT_PARTS_H
#define NODE_ENDPOINT_EXPORT_PARTS_H

#include "endpoint.h"
#include "endpoint_codec.h"
#include "endpoint_read_back.h"
#include "package/package_file.h"
#include "routing/selection.h"
#include "share.h"
#include "walk.h"

enum fl_export_phase {
    FL_EXPORT_ROUTING, /* for whom what is here is; then the package has an end */
    FL_EXPORT_ROWS,    /* before everything is written: who is registered beside it */
    FL_EXPORT_ALL,
    FL_EXPORT_REGISTERED,
    FL_EXPORT_OVERLAY,
    FL_EXPORT_MORE, /* what the format wants beside */
    FL_EXPORT_CLOSING,
    FL_EXPORT_READING_BACK,
    FL_EXPORT_KEEPING,   /* its number, before the file can be seen */
    FL_EXPORT_NUMBERING, /* the rows that it carries, when they are many */
    FL_EXPORT_PUBLISHING,
    FL_EXPORT_DONE
};

enum { FL_EXPORT_NUMBERED_PER_TXN = 4096 };

struct fl_endpoint_export {
    struct fl_endpoint_export *next; /* of `node` */
    struct fl_node *node;
    struct fl_output *output; /* of the step in hand */
    const struct fl_endpoint_codec *codec;
    uint64_t configuration_revision; /* the writer works with it: it is not to change */
    struct fl_peer peer;
    const struct fl_node_plan *plan; /* of `peer` */
    struct fl_subscription subscription;
    bool all;
    bool is_greeting;
    bool is_passing;
    uint64_t lsn_to; /* what was written later goes with the next package */
    struct fl_package_output file;
    bool is_wrapped; /* as a distributed infobase does it */
    struct fl_endpoint_writing *writer;
    struct fl_arena arena;
    enum fl_export_phase phase;
    struct fl_share share;                   /* of the step in hand */
    struct fl_walk walk;                     /* FL_EXPORT_ALL */
    uint64_t lsn_next;                       /* FL_EXPORT_REGISTERED */
    struct fl_key overlay_after;             /* FL_EXPORT_ROWS or FL_EXPORT_OVERLAY */
    struct fl_buffer carried;                /* rows that no package had carried before */
    size_t numbered;                         /* bytes of these that have our number */
    bool is_kept;                            /* our number is the last that was sent */
    struct fl_endpoint_read_back *read_back; /* FL_EXPORT_READING_BACK; or NULL */
    struct fl_endpoint_export_report report;
};

/* The base `code`, its plan and the numbers of its next package. FL_NOT_FOUND, FL_REFUSED
   in words. */
enum fl_status fl_export_find_peer(
    struct fl_endpoint_export *export,
    const char *code,
    struct fl_error *out_error);

/* As fl_routing_catch_up(), for the peer; FL_BUSY: the share was not enough. */
enum fl_status fl_export_catch_up(
    struct fl_endpoint_export *export,
    const struct fl_share *share,
    struct fl_subscription *out_subscription,
    struct fl_error *out_error);

/* A piece of one of the phases that write, at most a transaction or the share in hand;
   `*out_done`: the phase is at its end. */
enum fl_status fl_export_write_some(
    struct fl_endpoint_export *export,
    bool *out_done,
    struct fl_error *out_error);

/* What was registered beside the journal and is in the package gets its number, at most
   FL_EXPORT_NUMBERED_PER_TXN rows. False: there are no more. */
bool fl_export_number_carried(struct fl_endpoint_export *export, struct fl_txn *txn);

/* Begins a transaction for reading, too: the caller ends both. */
void fl_export_begin_selection(
    struct fl_endpoint_export *export,
    struct fl_selection *selection,
    struct fl_txn *txn,
    uint64_t lsn_from);

/* Does what was selected belong into a package? */
bool fl_export_is_due(
    const struct fl_endpoint_export *export,
    struct fl_txn *txn,
    const struct fl_selected *selected);

#endif
