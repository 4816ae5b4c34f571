/*
 * What endpoint_export.c, which writes a package, and endpoint_export_due.c, which asks
 * whether there is anything for one, share.
 */

#ifndef NODE_ENDPOINT_EXPORT_PARTS_H
#define NODE_ENDPOINT_EXPORT_PARTS_H

#include "endpoint.h"
#include "endpoint/endpoint_codec.h"
#include "file.h"
#include "proto/hash.h"
#include "selection.h"
#include "share.h"
#include "walk.h"

enum fl_export_phase {
    FL_EXPORT_ROWS, /* before everything is written: who is registered beside it */
    FL_EXPORT_ALL,
    FL_EXPORT_REGISTERED,
    FL_EXPORT_OVERLAY,
    FL_EXPORT_MORE,
    FL_EXPORT_DONE
};

struct fl_endpoint_export {
    struct fl_node *node;
    struct fl_output *output; /* of the step in hand */
    const struct fl_endpoint_codec *codec;
    uint64_t configuration_revision; /* the writer works with it: it is not to change */
    struct fl_peer peer;
    const struct fl_node_plan *plan; /* of `peer` */
    struct fl_subscription subscription;
    bool all;
    bool is_greeting;
    uint64_t lsn_to; /* what was written later goes with the next package */
    struct fl_file file;
    bool is_wrapped;           /* as a distributed infobase does it */
    struct fl_zip_writer *zip; /* NULL: plain */
    struct fl_hasher hasher;
    struct fl_endpoint_writing *writer;
    struct fl_arena arena;
    enum fl_export_phase phase;
    struct fl_share share;       /* of the step in hand */
    struct fl_walk walk;         /* FL_EXPORT_ALL */
    uint64_t lsn_next;           /* FL_EXPORT_REGISTERED */
    struct fl_key overlay_after; /* FL_EXPORT_ROWS or FL_EXPORT_OVERLAY */
    struct fl_buffer carried;    /* rows that no package had carried before */
    struct fl_endpoint_export_report report;
};

/*
 * The base `code`, its plan and what it subscribes to, the numbers of its next package
 * and the head of the journal. FL_NOT_FOUND, FL_REFUSED in words.
 */
enum fl_status fl_export_find_peer(
    struct fl_endpoint_export *export,
    const char *code,
    struct fl_error *out_error);

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
