/*
 * What it means that one node has this under a key and the other that, and whose version
 * stays: the newer one, where it is known which that is, otherwise what DESIGN's rules of
 * collisions say. Where one side has an object and the other has none, the object stays,
 * and be it that it was deleted there: a repair never deletes.
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

static enum fl_difference_kind kind_of(
    const struct fl_state *ours,
    const struct fl_state *theirs)
{
    if ((ours->flags & FL_STATE_DAMAGED) != 0) {
        return FL_DIFFERENCE_DAMAGED_HERE;
    }
    if ((theirs->flags & FL_STATE_DAMAGED) != 0) {
        return FL_DIFFERENCE_DAMAGED_THERE;
    }
    if (is_there(ours) && is_there(theirs)) {
        return FL_DIFFERENCE_CONTENT;
    }
    if (is_there(ours)) {
        return (theirs->flags & FL_STATE_DELETED) != 0 ? FL_DIFFERENCE_DELETED_THERE
                                                       : FL_DIFFERENCE_ONLY_HERE;
    }
    return (ours->flags & FL_STATE_DELETED) != 0 ? FL_DIFFERENCE_DELETED_HERE
                                                 : FL_DIFFERENCE_ONLY_THERE;
}

/*
 * Journals of two nodes have no order between them, but what one had from the other
 * stands before whatever the other has instead of it.
 */
static enum fl_difference_newer newer_of(
    const struct fl_state *ours,
    const struct fl_state *theirs)
{
    bool echo_here = (ours->flags & FL_STATE_FROM_PEER) != 0;
    bool echo_there = (theirs->flags & FL_STATE_FROM_PEER) != 0;

    if (((ours->flags | theirs->flags) & FL_STATE_DAMAGED) != 0 ||
        echo_here == echo_there) {
        return FL_NEWER_UNKNOWN;
    }
    return echo_here ? FL_NEWER_THEIRS : FL_NEWER_OURS;
}

static struct fl_difference difference_of(
    const struct fl_state *ours,
    const struct fl_state *theirs,
    enum fl_difference_keep by_rule)
{
    struct fl_difference difference = {
        .kind = kind_of(ours, theirs),
        .newer = FL_NEWER_UNKNOWN,
        .keep = FL_KEEP_NEITHER,
        .lsn_here = ours->lsn,
        .lsn_there = theirs->lsn,
    };

    if (difference.kind == FL_DIFFERENCE_ONLY_HERE) {
        difference.newer = FL_NEWER_OURS;
    } else if (difference.kind == FL_DIFFERENCE_ONLY_THERE) {
        difference.newer = FL_NEWER_THEIRS;
    } else {
        difference.newer = newer_of(ours, theirs);
    }
    if (difference.kind == FL_DIFFERENCE_CONTENT) {
        difference.keep = difference.newer == FL_NEWER_UNKNOWN ? by_rule
                          : difference.newer == FL_NEWER_OURS  ? FL_KEEP_OURS
                                                               : FL_KEEP_THEIRS;
    } else if (is_there(ours)) {
        difference.keep = FL_KEEP_OURS;
    } else if (is_there(theirs)) {
        difference.keep = FL_KEEP_THEIRS;
    }
    return difference;
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
