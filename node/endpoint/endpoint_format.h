/*
 * The formats that an endpoint may speak, one table: how its files are called, and who
 * reads and writes them. A new format is a row and its two functions.
 */

#ifndef NODE_ENDPOINT_FORMAT_H
#define NODE_ENDPOINT_FORMAT_H

#include "endpoint.h"

enum { FL_ENDPOINT_NAME_BYTES = 512 }; /* a file's name, a mask */

struct fl_endpoint_format {
    const char *name;    /* "v8msg" */
    const char *summary; /* N_() */
    /* The mask of what the base `peer` sends, as its libraries look for it: * and ?. */
    void (*incoming)(
        const struct fl_node *node,
        const struct fl_peer *peer,
        char out_mask[FL_ENDPOINT_NAME_BYTES]);
    /* The name of what goes to it, without an extension. */
    void (*outgoing)(
        const struct fl_node *node,
        const struct fl_peer *peer,
        char out_name[FL_ENDPOINT_NAME_BYTES]);
    /* As fl_endpoint_import(), fl_endpoint_export(), fl_endpoint_export_is_due(). */
    enum fl_status (*import)(
        struct fl_node *node,
        const char *path,
        uint32_t only_from,
        struct fl_output *output,
        struct fl_endpoint_import_report *out_report,
        struct fl_error *out_error);
    enum fl_status (*export)(
        struct fl_node *node,
        const struct fl_endpoint_export_options *options,
        struct fl_output *output,
        struct fl_endpoint_export_report *out_report,
        struct fl_error *out_error);
    enum fl_status (*is_due)(
        struct fl_node *node,
        const char *code,
        uint64_t *io_lsn,
        bool *out_due,
        struct fl_error *out_error);
    bool is_site; /* spoken over HTTP (site/): `incoming` to `export` are NULL */
};

/* NULL: there is none of this name. */
const struct fl_endpoint_format *fl_endpoint_format_find(const char *name);
/* NULL behind the last. */
const struct fl_endpoint_format *fl_endpoint_format_at(size_t index);

/* Does `name` fit the mask? Case of Latin letters does not matter, as in Windows. */
bool fl_endpoint_mask_fits(const char *mask, const char *name);

#endif
