/*
 * What came and went, kept for whoever has to look: DIR/endpoints/NUMBER/archive, the
 * oldest removed beyond the limits.
 */

#ifndef NODE_ENDPOINT_ARCHIVE_H
#define NODE_ENDPOINT_ARCHIVE_H

#include "endpoint_settings.h"

/*
 * Takes the file at `path` (`move`), or keeps a second name for it, as
 * "<time>-<kind>-<name>"; "in", "out" and "refused" are kinds. A failure is no failure of
 * the exchange: it is told in words.
 */
enum fl_status fl_endpoint_archive(
    const struct fl_node *node,
    uint32_t peer,
    const struct fl_endpoint_settings *settings,
    const char *path,
    bool move,
    const char *kind,
    const char *name,
    struct fl_error *out_error);

#endif
