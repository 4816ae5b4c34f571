/*
 * The mirrors of a running node, each in a thread of its own: however slow or silent a
 * database is, the loop goes on. Called by the loop alone.
 */

#ifndef NODE_MIRRORS_H
#define NODE_MIRRORS_H

#include "mirror_settings.h"
#include "mirror_trials.h"
#include "node.h"

struct fl_mirrors;

struct fl_mirrors *fl_mirrors_new(struct fl_node *node); /* NULL: no memory */
/*
 * Notes how all stand, and waits some seconds for the threads: what runs in a database is
 * broken off. Takes NULL.
 */
void fl_mirrors_free(struct fl_mirrors *mirrors);

/* Threads for mirrors that are new, ends those of removed ones, notes how all stand. */
void fl_mirrors_serve(struct fl_mirrors *mirrors, uint64_t now_ms);
/* When to serve them again at the latest. */
uint64_t fl_mirrors_due_ms(const struct fl_mirrors *mirrors);

/* As it stands now. FL_NOT_FOUND: it does not run. */
enum fl_status fl_mirrors_look(
    struct fl_mirrors *mirrors,
    const char *code,
    struct fl_mirror_state *out_state);
/* For what is to become one. */
struct fl_mirror_trials *fl_mirrors_trials(struct fl_mirrors *mirrors);
/* The code of the nth that runs; NULL behind the last. Until the next serve. */
const char *fl_mirrors_at(const struct fl_mirrors *mirrors, size_t index);
/*
 * Look at the journal and at the branches at once. Answered when `answered` of its state
 * has come to what this returns: by a round that began no earlier. 0: it does not run.
 */
uint64_t fl_mirrors_poke(struct fl_mirrors *mirrors, const char *code);

/* Seconds since it had all of the journal; 0: it has. A round that does not end counts.
 */
uint64_t fl_mirror_lag_seconds(const struct fl_mirror_state *state, int64_t now_ms);
/* Changes that are not in the database; none of a journal that went back behind it. */
uint64_t fl_mirror_lag_entries(const struct fl_mirror_state *state);

#endif
