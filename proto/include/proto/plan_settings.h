/*
 * What the nodes of an exchange plan have agreed on beyond the configuration: which types
 * travel, who wins a collision, from which date on nothing is imported, what is not sent
 * at all. The body of a system record of type FL_SYSTEM_PLAN (system.h); types go by
 * their full names, so that settings outlive a change of configuration.
 */

#ifndef PROTO_PLAN_SETTINGS_H
#define PROTO_PLAN_SETTINGS_H

#include "proto/arena.h"

enum {
    FL_PLAN_RULES_MAX = 16384, /* as many types as any configuration has */
    FL_PLAN_FILTER_BYTES_MAX = 4096,
    FL_PLAN_SETTINGS_BYTES_MAX = 4 << 20,
};

enum fl_plan_kind {
    FL_PLAN_TREE = 1, /* distributed: each node has one parent (РИБ) */
    FL_PLAN_EQUAL,    /* nodes without rank: no automatic rule decides a collision */
};

enum fl_plan_collision {
    FL_PLAN_AS_PLAN = 0, /* of a type: what the plan says */
    FL_PLAN_PARENT_WINS,
    FL_PLAN_CHILD_WINS,
    FL_PLAN_BY_HAND,
};

/* To everybody but a parent; 1C: ПриОтправкеДанныхПодчиненному, ОтправкаЭлемента. */
enum fl_plan_send {
    FL_PLAN_SEND_AS_IS = 1,
    FL_PLAN_SEND_AS_DELETION,
    FL_PLAN_SEND_NEVER
};

/* Of what a child, an equal node or a base sends; 1C: ПолучениеЭлемента. */
enum fl_plan_receive {
    FL_PLAN_RECEIVE_AUTO = 1, /* the collision rule decides */
    FL_PLAN_RECEIVE_ACCEPT,
    FL_PLAN_RECEIVE_IGNORE,
    FL_PLAN_RECEIVE_RETURN, /* not taken, and ours goes back (ОтправкаНазад) */
};

struct fl_plan_rule {
    const char *type; /* "Catalog.Контрагенты" */
    bool exchanged;   /* looked at in a plan with `composed` only */
    bool auto_record; /* changes are registered by themselves; otherwise by hand only */
    enum fl_plan_collision collision;
    enum fl_plan_send send;
    enum fl_plan_receive receive;
    int64_t banned_until; /* datetime.h; 0: nothing is banned */
    const char *filter;   /* "": everything */
};

struct fl_plan_settings {
    const char *name;
    enum fl_plan_kind kind;
    enum fl_plan_collision collision; /* never FL_PLAN_AS_PLAN */
    int64_t banned_until;             /* of types that do not say otherwise */
    bool composed; /* `rules` say which types travel; otherwise the configuration does */
    size_t rule_count;
    struct fl_plan_rule *rules; /* in the order of the names' bytes, each name once */
};

/* What a type has that no rule names. */
struct fl_plan_rule fl_plan_rule_default(const char *type);

/* NULL: no rule names the type. */
struct fl_plan_rule *fl_plan_settings_rule(
    const struct fl_plan_settings *settings,
    const char *type);

/* The one canonical form. */
void fl_plan_settings_encode(
    const struct fl_plan_settings *settings,
    struct fl_buffer *out_buffer);

/* Only what the encoder makes. Everything lives in `arena`. */
enum fl_status fl_plan_settings_decode(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_plan_settings *out_settings);

/* "parent", "child", "hand", "plan"; "as-is", "deletion", "never"; "auto", "accept",
 * "ignore", "return"; "tree", "equal". */
const char *fl_plan_collision_name(enum fl_plan_collision collision);
const char *fl_plan_send_name(enum fl_plan_send send);
const char *fl_plan_receive_name(enum fl_plan_receive receive);
const char *fl_plan_kind_name(enum fl_plan_kind kind);

#endif
