/*
 * The formats that an endpoint may speak, one table: how its files are called, and who
 * reads and writes them. A new format is a row, its names and its codec.
 */

#ifndef NODE_ENDPOINT_FORMAT_H
#define NODE_ENDPOINT_FORMAT_H

#include "endpoint.h"

enum { FL_ENDPOINT_NAME_BYTES = 512 }; /* a file's name, a mask */

struct fl_endpoint_format {
    const char *name;    /* "v8msg" */
    const char *summary; /* N_() */
    bool is_mapped;      /* it needs a mapping file */
    /*
     * The mask of what the base `peer` sends, as its libraries look for it: * and ?;
     * several have slashes between.
     */
    void (*incoming)(
        const struct fl_node *node,
        const struct fl_peer *peer,
        char out_mask[FL_ENDPOINT_NAME_BYTES]);
    /* The name of what goes to it, without an extension. */
    void (*outgoing)(
        const struct fl_node *node,
        const struct fl_peer *peer,
        char out_name[FL_ENDPOINT_NAME_BYTES]);
    const struct fl_endpoint_codec *codec; /* who reads and writes them */
    /* Are we to say first who we are, and nothing else? NULL: no such thing is said. */
    bool (*greets)(struct fl_node *node, const struct fl_peer *peer);
    bool is_site; /* spoken over HTTP (site/): it has no files, no codec */
};

/* NULL: there is none of this name. */
const struct fl_endpoint_format *fl_endpoint_format_find(const char *name);
/* NULL behind the last. */
const struct fl_endpoint_format *fl_endpoint_format_at(size_t index);

/* Does `name` fit the mask, or one of several? Case of Latin letters does not matter, as
 * in Windows. */
bool fl_endpoint_mask_fits(const char *mask, const char *name);

#endif
