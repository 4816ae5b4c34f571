/*
 * What references are found by, rendered once: a document names the same goods in row
 * after row. Bounded; when it is full it begins anew.
 */

#ifndef EXCHANGE_REFERENCE_CACHE_H
#define EXCHANGE_REFERENCE_CACHE_H

#include "proto/object.h"

struct fl_reference_cache;

struct fl_reference_cache *fl_reference_cache_new(void);        /* NULL: no memory */
void fl_reference_cache_free(struct fl_reference_cache *cache); /* takes NULL */

/* `shape` tells forms of the same object apart. The bytes live until the next keep. */
bool fl_reference_cache_find(
    const struct fl_reference_cache *cache,
    struct fl_key key,
    const void *shape,
    struct fl_bytes *out_bytes);
void fl_reference_cache_keep(
    struct fl_reference_cache *cache,
    struct fl_key key,
    const void *shape,
    struct fl_bytes bytes);

#endif
