/*
 * What it means that one node has this under a key and the other that, and whose version
 * stays: DESIGN's rules of collisions, asked without a collision. A deletion is a version
 * like any other; where one side has an object and the other knows nothing of it, nothing
 * was deleted, and the object stays.
 */

#include <string.h>

#include "replication/comparison.h"

static bool is_there(const struct fl_state *state)
{
    return (state->flags & FL_STATE_THERE) != 0;
}

/* What the filter keeps out is missing by rule; what is damaged is missing by accident.
 */
static bool are_equal(const struct fl_state *ours, const struct fl_state *theirs)
{
    if (is_there(ours) && is_there(theirs)) {
        return memcmp(ours->hash, theirs->hash, sizeof(ours->hash)) == 0;
    }
    if (((ours->flags | theirs->flags) & FL_STATE_WITHDRAWN) != 0) {
        return true;
    }
    return ((ours->flags | theirs->flags) & (FL_STATE_THERE | FL_STATE_DAMAGED)) == 0;
}

static enum fl_difference_keep of_rule(enum fl_collision_rule rule, bool peer_is_parent)
{
    switch (rule) {
    case FL_COLLISION_CHILD_WINS:
        return peer_is_parent ? FL_KEEP_OURS : FL_KEEP_THEIRS;
    case FL_COLLISION_PARENT_WINS:
    case FL_COLLISION_BY_HAND:
        break;
    }
    return peer_is_parent ? FL_KEEP_THEIRS : FL_KEEP_OURS;
}

static struct fl_difference difference_of(
    const struct fl_state *ours,
    const struct fl_state *theirs,
    enum fl_difference_keep by_rule)
{
    bool damaged_there = (theirs->flags & FL_STATE_DAMAGED) != 0;

    if ((ours->flags & FL_STATE_DAMAGED) != 0) {
        return (struct fl_difference){
            .kind = FL_DIFFERENCE_DAMAGED_HERE,
            .keep = is_there(theirs) ? FL_KEEP_THEIRS : FL_KEEP_NEITHER,
        };
    }
    if (damaged_there) {
        return (struct fl_difference){
            .kind = FL_DIFFERENCE_DAMAGED_THERE,
            .keep = is_there(ours) ? FL_KEEP_OURS : FL_KEEP_NEITHER,
        };
    }
    if (is_there(ours) && is_there(theirs)) {
        return (struct fl_difference){.kind = FL_DIFFERENCE_CONTENT, .keep = by_rule};
    }
    if ((theirs->flags & FL_STATE_DELETED) != 0) {
        return (struct fl_difference){
            .kind = FL_DIFFERENCE_DELETED_THERE, .keep = by_rule};
    }
    if ((ours->flags & FL_STATE_DELETED) != 0) {
        return (struct fl_difference){
            .kind = FL_DIFFERENCE_DELETED_HERE, .keep = by_rule};
    }
    return is_there(ours)
               ? (struct
                  fl_difference){.kind = FL_DIFFERENCE_ONLY_HERE, .keep = FL_KEEP_OURS}
               : (struct fl_difference){
                     .kind = FL_DIFFERENCE_ONLY_THERE, .keep = FL_KEEP_THEIRS};
}

struct fl_verdict fl_comparison_judge(
    const struct fl_state *ours,
    const struct fl_state *theirs,
    enum fl_collision_rule rule,
    bool peer_is_parent)
{
    unsigned either = ours->flags | theirs->flags;

    if (are_equal(ours, theirs)) {
        return (struct fl_verdict){.kind = FL_VERDICT_EQUAL};
    }
    if ((either & FL_STATE_ON_WAY) != 0) {
        return (struct fl_verdict){.kind = FL_VERDICT_ON_WAY};
    }
    if ((either & FL_STATE_QUARANTINED) != 0) {
        return (struct fl_verdict){.kind = FL_VERDICT_QUARANTINED};
    }
    return (struct fl_verdict){
        .kind = FL_VERDICT_DIFFERS,
        .difference = difference_of(ours, theirs, of_rule(rule, peer_is_parent)),
    };
}
