/*
 * Whether a database can be opened at all, before somebody's mirror goes there; each in a
 * thread of its own, since it may not answer. Called by the loop alone.
 */

#ifndef NODE_MIRROR_TRIALS_H
#define NODE_MIRROR_TRIALS_H

#include "mirror_settings.h"

struct fl_mirror_trials;

struct fl_mirror_trials *fl_mirror_trials_new(void); /* NULL: no memory */
/* Asks all of them to end. */
void fl_mirror_trials_stop(struct fl_mirror_trials *trials);
/* Waits some seconds for the threads. Takes NULL. */
void fl_mirror_trials_free(struct fl_mirror_trials *trials);

/* `*out_number` is for asking. FL_BUSY: too many at once. */
enum fl_status fl_mirror_trials_begin(
    struct fl_mirror_trials *trials,
    const struct fl_mirror_settings *settings,
    uint64_t *out_number,
    struct fl_error *out_error);

/* With `*out_done` it gives how it ended, and is over; FL_OK without: not yet. */
enum fl_status fl_mirror_trials_ask(
    struct fl_mirror_trials *trials,
    uint64_t number,
    bool *out_done,
    struct fl_error *out_error);

/* Gives up those that last too long, forgets those that nobody asks for. True: there are
 * some still. */
bool fl_mirror_trials_serve(struct fl_mirror_trials *trials, uint64_t now_ms);

#endif
