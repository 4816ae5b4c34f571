/* What the two files of an import share. */

#ifndef NODE_ENDPOINT_IMPORT_PARTS_H
#define NODE_ENDPOINT_IMPORT_PARTS_H

#include "endpoint.h"
#include "endpoint_codec.h"
#include "package/package_file.h"
#include "routing/scope.h"
#include "share.h"

enum fl_import_phase { FL_IMPORT_READING = 0, FL_IMPORT_OLD, FL_IMPORT_APPLYING };

struct fl_endpoint_import {
    struct fl_node *node;
    const struct fl_endpoint_codec *codec;
    struct fl_output *output; /* of the step in hand */
    char *name;               /* of the file, for words */
    enum fl_import_phase phase;
    struct fl_share share; /* of the step in hand */
    struct fl_endpoint_reading *reader;
    bool is_judged;                  /* its header is */
    bool is_begun;                   /* applying is */
    uint64_t configuration_revision; /* the reader works with it: it is not to change */
    struct fl_error refusal;         /* FL_IMPORT_OLD: what is said of it at its end */
    uint32_t only_from;
    struct fl_package_file file;
    struct fl_peer peer;
    const struct fl_node_plan *plan; /* of the package, of that hash */
    uint8_t plan_hash[FL_PEER_PLAN_BYTES];
    uint64_t message_number;
    uint64_t received_number;
    uint8_t hash[FL_HASH_BYTES]; /* of the file, by the first reading */
    struct fl_txn txn;
    struct fl_scope scope; /* in `txn` */
    size_t txn_entries;
    uint64_t txn_bytes;
    struct fl_buffer record;
    struct fl_ref_pairs pairs; /* predefined items that the base knows by other refs */
    struct fl_endpoint_import_report report;
};

/* endpoint_reading.c: the first time through, which changes nothing. */
enum fl_status fl_import_read(
    struct fl_endpoint_import *import,
    struct fl_error *out_error);
/* The rest of a package of an old number, which is refused at its end. */
enum fl_status fl_import_read_old(
    struct fl_endpoint_import *import,
    struct fl_error *out_error);
enum fl_status fl_import_open_reader(
    struct fl_endpoint_import *import,
    struct fl_error *out_error);
/* Behind the header; `txn` as of fl_endpoint_codec.read_begin. */
enum fl_status fl_import_begin_reader(
    struct fl_endpoint_import *import,
    struct fl_txn *txn,
    struct fl_error *out_error);
void fl_import_show_progress(struct fl_endpoint_import *import, const char *what);
/* Is it a message of number 0, of a format that has such? */
bool fl_import_is_unnumbered(const struct fl_endpoint_import *import);
/* In `txn`: the same bytes are no news. */
void fl_import_keep_unnumbered(struct fl_endpoint_import *import);
enum fl_status fl_import_check_number(
    const struct fl_endpoint_import *import,
    struct fl_error *out_error);

#endif
