/*
 * Files of a site being taken: what is shared by who reads files and who makes objects.
 */

#ifndef NODE_SITE_INCOMING_H
#define NODE_SITE_INCOMING_H

#include "file.h"
#include "package/package_file.h"
#include "site/site_in.h"
#include "site/site_slice.h"
#include "site/site_value.h"

/* What a part needs while an exchange lasts; made when its first item comes. */
struct fl_site_part_state {
    unsigned step; /* of site_prepare.c; 0: nothing of it is there */
    bool is_building;
    struct fl_lookup_building building; /* of `known` */
    struct fl_mapping_refs refs;
    struct fl_lookup known; /* by `find` */
    struct fl_site_slice slice;
    struct fl_key last_key; /* the record set that was written last, and what it holds */
    struct fl_buffer last;
};

struct fl_site_in {
    struct fl_node *node;
    const struct fl_site_mapping *mapping;
    struct fl_peer peer;
    struct fl_site_part_state parts[FL_SITE_PARTS_MAX];
    struct fl_package_file source;
    bool is_open;
    struct fl_commerceml_reader *reader;
    const struct fl_commerceml_item *item; /* of the reader, not taken yet; or NULL */
    uint32_t kinds_ready;                  /* bits 1 << enum fl_commerceml_kind */
    char *path;                            /* of the package */
    struct fl_file file;
    bool file_open;
    struct fl_package_writer *writer;
    struct fl_endpoint_import *import; /* of the package, when all is read */
    struct fl_arena arena;             /* of one item */
    struct fl_txn txn;                 /* for reading, in a step */
    struct fl_buffer noted;            /* ids to be noted: kind, id, uuid */
    char *pictures;                    /* the folder that they came in; NULL: none do */
    struct fl_site_in_report report;
};

/*
 * One item into the package. What cannot be taken is named in the report, and no failure;
 * `in->txn` is open.
 */
enum fl_status fl_site_incoming_take(
    struct fl_site_in *in,
    const struct fl_commerceml_item *item,
    struct fl_error *out_error);

/* site_records.c: a price, or what an offer says of stock. */
enum fl_status fl_site_incoming_record(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_site_place *place,
    struct fl_error *out_error);
enum fl_status fl_site_incoming_stocks(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_site_place *place,
    struct fl_error *out_error);

/* --- what both make objects with --- */

/* Room for `fields`, and for every attribute that the part may set. NULL: none. */
struct fl_field *fl_site_incoming_room(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_field *fields,
    size_t count);
/* The columns of a part at a place into `fields`. */
enum fl_status fl_site_incoming_fill(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    const struct fl_site_part_state *state,
    const struct fl_site_place *place,
    bool is_new,
    unsigned depth,
    struct fl_field *fields,
    size_t *io_count,
    struct fl_error *out_error);
/* Normalised, checked, into the package. */
enum fl_status fl_site_incoming_write(
    struct fl_site_in *in,
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error);
enum fl_status fl_site_incoming_too_large(struct fl_error *out_error);
#endif
