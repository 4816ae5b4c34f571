/*
 * Predefined items: objects that the configuration knows by name. Which object it is says
 * its PredefinedDataName; each base has made its own, with a ref of its own.
 */

#ifndef NODE_PREDEFINED_H
#define NODE_PREDEFINED_H

#include "endpoint/endpoint_codec.h"
#include "exchange/ref_pairs.h"

/* Called for each object of a type that has such a name, in the order of keys. */
typedef void fl_predefined_visit(void *context, struct fl_key key, struct fl_bytes name);

enum fl_status fl_predefined_walk(
    struct fl_node *node,
    const struct fl_type *type,
    fl_predefined_visit *visit,
    void *context,
    struct fl_error *out_error);

/*
 * As fl_ref_parse(), and "Catalog.X.NAME" for the object that is here under the name of a
 * predefined item. FL_NOT_FOUND: there is none, or are several.
 */
enum fl_status fl_predefined_parse(
    struct fl_node *node,
    struct fl_bytes text,
    struct fl_key *out_key,
    struct fl_error *out_error);

/* ---- the pairs of a base ---- */

/* Into `pairs`, which is empty; none when nothing is known. */
enum fl_status fl_predefined_pairs_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_ref_pairs *pairs,
    struct fl_error *out_error);
/* In the caller's transaction; fine when it is the same as before. */
void fl_predefined_pairs_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_ref_pairs *pairs);

/*
 * What the table of the package that `reading` has read to its end says, against what is
 * here: an item that is here under another ref becomes a pair. An item that is not here
 * keeps the sender's ref, and is then the one of that name.
 */
enum fl_status fl_predefined_match(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_reading *reading,
    struct fl_ref_pairs *pairs,
    struct fl_error *out_error);

#endif
