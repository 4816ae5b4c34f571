/*
 * A mirror of the store in an SQL database: what is live here lies there in tables, and
 * the lsn up to which it does lies there too, written in the same transaction as the
 * rows. So whoever is killed when, no row is lost or there twice.
 *
 *     filial_mirror     one row: whose mirror it is, lsn, head of the journal, when
 *     filial_branches   one row for each branch: how far this node is with it
 *     filial_days       one row for each node that closes its days: the last one
 *
 * A mirror works in one thread of its own; it reads the store in short transactions, and
 * writes nothing to it.
 */

#ifndef NODE_MIRROR_MIRROR_H
#define NODE_MIRROR_MIRROR_H

#include "mirror_schema.h"
#include "storage/store.h"

struct fl_mirror_options {
    struct fl_store *store;
    struct fl_identity identity; /* of the store, when it was last seen */
    const char *url;
    const char *password_file; /* "": none */
    struct fl_mirror_schema_options schema;
    size_t batch_objects; /* of a transaction; 0: the default */
    uint64_t lsn;         /* as it was known last: told until the database is asked */
    const atomic_bool *cancel; /* may be NULL; set: a step ends soon, with a failure */
};

struct fl_mirror_progress {
    uint64_t lsn;     /* in the database */
    uint64_t head;    /* of the journal, when it was looked at last */
    uint64_t objects; /* written and removed since the start */
    uint64_t rows;    /* written since the start */
    uint64_t unreadable;
    int64_t written_ms; /* Unix time of the last commit; 0: none yet */
    bool is_level;      /* nothing was left to do */
};

struct fl_mirror;

/* Strings are copied. NULL: no memory. Nothing is opened yet. */
struct fl_mirror *fl_mirror_new(const struct fl_mirror_options *options);
void fl_mirror_free(struct fl_mirror *mirror); /* takes NULL */

/*
 * A batch more, of some ten thousands of objects. FL_OK with `*out_more` false: all of
 * the journal is in the database. After a failure the connection is closed; the next step
 * opens it again. FL_REFUSED: the database is the mirror of another node.
 */
enum fl_status fl_mirror_step(
    struct fl_mirror *mirror,
    bool *out_more,
    struct fl_error *out_error);

/* The next step that ends with `*out_more` false looks at the branches, too. */
void fl_mirror_look_at_branches(struct fl_mirror *mirror);

/* Between two steps. */
const struct fl_mirror_progress *fl_mirror_progress(const struct fl_mirror *mirror);

#endif
