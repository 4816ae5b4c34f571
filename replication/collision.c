/*
 * The rules of the distributed infobase. Their order: a ban comes before everything,
 * equal content is nothing, an object of which no change is registered is simply taken,
 * and only then do hook and rule decide.
 */

#include "replication/collision.h"

static bool rule_accepts(const struct fl_collision_case *facts)
{
    switch (facts->rule) {
    case FL_COLLISION_CHILD_WINS:
        return !facts->from_parent;
    case FL_COLLISION_PARENT_WINS:
    case FL_COLLISION_BY_HAND:
        return facts->from_parent;
    }
    return facts->from_parent;
}

static bool hook_accepts(const struct fl_collision_case *facts, bool otherwise)
{
    switch (facts->hook) {
    case FL_COLLISION_HOOK_ACCEPT:
        return true;
    case FL_COLLISION_HOOK_IGNORE:
        return false;
    case FL_COLLISION_HOOK_AUTO:
        break;
    }
    return otherwise;
}

struct fl_collision_decision fl_collision_decide(struct fl_collision_case facts)
{
    struct fl_collision_decision decision = {
        .keep_registration = facts.registered,
        .send_back = facts.send_back,
    };
    bool collides = facts.registered && facts.exists && !facts.equal;

    if (facts.exists && facts.equal) {
        return decision;
    }
    if (facts.banned) {
        decision.banned = true;
        decision.record = true;
        decision.open = true;
        return decision;
    }
    decision.accept = hook_accepts(&facts, !collides || rule_accepts(&facts));
    decision.keep_registration = facts.registered && !decision.accept;
    decision.record = collides;
    decision.open = collides && facts.rule == FL_COLLISION_BY_HAND;
    return decision;
}

const char *fl_collision_rule_name(enum fl_collision_rule rule)
{
    switch (rule) {
    case FL_COLLISION_PARENT_WINS:
        return "parent wins";
    case FL_COLLISION_CHILD_WINS:
        return "child wins";
    case FL_COLLISION_BY_HAND:
        return "by hand";
    }
    return "unknown rule";
}
