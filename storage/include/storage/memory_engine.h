/*
 * An engine without a disk, for tests: it forgets what was not committed, and fails or
 * loses commits when told. What it holds outlives the stores opened on it.
 */

#ifndef STORAGE_MEMORY_ENGINE_H
#define STORAGE_MEMORY_ENGINE_H

#include "storage/store.h"

enum fl_status fl_memory_engine_new(struct fl_engine **out_engine);
/* No store may be open on it. */
void fl_memory_engine_free(struct fl_engine *engine);
/* What the next open of `engine` would find, as an engine of its own: a backup. */
enum fl_status fl_memory_engine_copy(
    const struct fl_engine *engine,
    struct fl_engine **out_engine);

enum fl_memory_fault {
    FL_MEMORY_NO_FAULT = 0,
    FL_MEMORY_FAIL_BEFORE, /* the commit fails and nothing was kept */
    FL_MEMORY_FAIL_AFTER,  /* the commit fails and everything was kept */
    FL_MEMORY_LOSE, /* the commit succeeds; all from it on is gone at the next open */
    FL_MEMORY_FULL, /* there is no room for it; for the next there may be */
};

/* The commit `nth` from now (1: the next) goes wrong. */
void fl_memory_engine_fault(
    struct fl_engine *engine,
    uint64_t nth,
    enum fl_memory_fault fault);

#endif
