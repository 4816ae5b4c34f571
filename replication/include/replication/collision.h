/*
 * Who wins when an incoming object meets a change of our own, decided from facts alone.
 * A collision is an incoming change of an object whose own change is registered for the
 * sender, with different content; equal content is none. (The caller tests registration
 * after the confirmations that came with the message, as 1C does.)
 */

#ifndef REPLICATION_COLLISION_H
#define REPLICATION_COLLISION_H

#include <stdbool.h>

enum fl_collision_rule {
    FL_COLLISION_PARENT_WINS = 0, /* as the distributed infobase */
    FL_COLLISION_CHILD_WINS,
    FL_COLLISION_BY_HAND, /* as parent wins, and listed as open */
};

/* What a hook said: 1C's ПолучениеЭлементаДанных. */
enum fl_collision_hook {
    FL_COLLISION_HOOK_AUTO = 0,
    FL_COLLISION_HOOK_ACCEPT,
    FL_COLLISION_HOOK_IGNORE,
};

struct fl_collision_case {
    enum fl_collision_rule rule;
    enum fl_collision_hook hook;
    bool send_back;   /* the hook asked that the sender gets the outcome */
    bool from_parent; /* the sender is our parent; otherwise our child */
    bool registered;  /* our live entry is registered for the sender, delivery.h */
    bool equal;       /* same key, same `deleted`, same record: nothing differs */
    bool exists;      /* there is a live entry here at all, a tombstone counts */
    bool banned;      /* an import-ban date covers the object: before any rule */
};

struct fl_collision_decision {
    /*
     * Write theirs as a new entry that came from the sender. False: nothing is written
     * and what we have stays. Equal content is never written again.
     */
    bool accept;
    /*
     * What we have stays registered for the sender, who so gets our version. After
     * `accept` it never is: the new entry came from the sender. Equal content that is
     * registered goes once more, harmlessly.
     */
    bool keep_registration;
    bool send_back; /* register what is here now for the sender, overlay (B.5) */
    bool record;    /* both versions go into the journal of collisions */
    bool open;      /* ... as not decided yet: by hand */
    bool banned;    /* ... because of an import-ban date */
};

struct fl_collision_decision fl_collision_decide(struct fl_collision_case facts);

/* "parent wins", "child wins", "by hand". Never NULL. */
const char *fl_collision_rule_name(enum fl_collision_rule rule);

#endif
