/*
 * What the files of the learner share: the types found so far, and the reading of one
 * package into them.
 */

#ifndef EXCHANGE_LEARNING_H
#define EXCHANGE_LEARNING_H

#include <stdio.h>

#include "exchange/configuration_learn.h"
#include "learnt_type.h"

enum { FL_LEARNING_BUCKETS = 512 };

/* A type that came in a message of one of the base's plans. */
struct fl_learnt_membership {
    struct fl_learnt_membership *next;
    const struct fl_plan *plan;
    const struct fl_learnt_type *type;
};

struct fl_learner {
    const struct fl_configuration *base;
    struct fl_arena arena;
    struct fl_learnt_type *types; /* in the order of their finding */
    struct fl_learnt_type **next_type;
    struct fl_learnt_type *buckets[FL_LEARNING_BUCKETS];
    struct fl_learnt_membership *memberships;
};

/* NULL: not seen yet. */
struct fl_learnt_type *fl_learning_find(
    const struct fl_learner *learner,
    enum fl_kind kind,
    struct fl_bytes name);

/* Everything in `file`, from where it stands. FL_NOT_FOUND: no objects. */
enum fl_status fl_learning_read(
    struct fl_learner *learner,
    FILE *file,
    struct fl_error *out_error);

#endif
