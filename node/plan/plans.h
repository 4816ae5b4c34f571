/*
 * The exchange plans of a node as they are in force: what its configuration says, refined
 * by the settings that travel (proto/plan_settings.h). The first is the node's own plan,
 * the tree that it belongs to; others are side plans.
 *
 * Settings are kept as system objects in the journal. Of each edition that a node has
 * seen a copy stays in its store's settings, "rules/PLAN/EDITION": a collision is judged
 * by the edition that its sender worked by (PROTOCOL.md). An edition is a revision with a
 * part of the settings' hash, for a root that was put back gives its numbers again.
 */

#ifndef NODE_PLANS_H
#define NODE_PLANS_H

#include "proto/configuration.h"
#include "proto/plan_settings.h"
#include "storage/journal.h"
#include "storage/peers.h"

enum {
    FL_PLANS_MAX = 64,
    FL_PLAN_REVISIONS_KEPT = 32,
    FL_PLAN_TYPE_NAME_BYTES = FL_NAME_BYTES_MAX + 64,
};

struct fl_auto_record;

struct fl_node_plan {
    char name[FL_NAME_BYTES_MAX + 1];
    uint8_t hash[FL_PEER_PLAN_BYTES];
    uint64_t revision; /* 0: nobody has set anything */
    uint64_t edition;  /* what messages name them by; 0: none */
    struct fl_uuid issuer;
    struct fl_plan_settings settings;
    struct fl_arena arena;            /* of `settings` */
    const struct fl_plan *configured; /* NULL: the configuration does not know it */
    /* By number of type: what holds for it, defaults filled in. */
    struct fl_plan_rule *rules;
    /* By number of type too: when its AutoRecord turned; NULL: never. */
    const struct fl_auto_record **auto_record;
    size_t type_count;
};

struct fl_plans {
    struct fl_node_plan *items; /* never empty after a load; [0] is the node's own */
    size_t count;
};

/* The node's own plan and all that the store has settings of. */
enum fl_status fl_plans_load(
    struct fl_txn *txn,
    const struct fl_configuration *configuration,
    const char *own_name,
    struct fl_plans *out_plans,
    struct fl_error *out_error);
void fl_plans_free(struct fl_plans *plans);

/* NULL: this node has no such plan. */
const struct fl_node_plan *fl_plans_find(
    const struct fl_plans *plans,
    const uint8_t hash[FL_PEER_PLAN_BYTES]);

/* The peer with this code, of the first plan that has one. */
enum fl_status fl_plans_peer(
    const struct fl_plans *plans,
    struct fl_txn *txn,
    struct fl_bytes code,
    struct fl_peer *out_peer);

/* What holds for a type; never NULL. Settings that travel belong to no plan. */
const struct fl_plan_rule *fl_plan_rule_of(
    const struct fl_node_plan *plan,
    uint32_t type);
bool fl_plan_has(const struct fl_node_plan *plan, uint32_t type);

/* May an object of the type go to the peer at all: by itself, or registered by hand? */
bool fl_plan_may_send(
    const struct fl_node_plan *plan,
    const struct fl_peer *peer,
    uint32_t type);
/* It goes there as if it were deleted. */
bool fl_plan_sends_as_deletion(
    const struct fl_node_plan *plan,
    const struct fl_peer *peer,
    uint32_t type);

/*
 * May an entry that concerns the peer go to it once it is registered (registrations.h)?
 * Settings that travel go down, and up only to a parent that was restored.
 */
bool fl_plan_sends(
    const struct fl_node_plan *plan,
    const struct fl_peer *peer,
    const struct fl_entry *entry);

/* When the AutoRecord of a type turned; NULL: it never did. */
const struct fl_auto_record *fl_plan_auto_record(
    const struct fl_node_plan *plan,
    uint32_t type);

/* What rules call a type: "Catalog.Валюты". */
void fl_plan_type_name(
    const struct fl_type *type,
    char out_name[FL_PLAN_TYPE_NAME_BYTES]);

/* Are the settings of this edition here? Not those that a restored node has lost. */
bool fl_plan_knows(const struct fl_node_plan *plan, struct fl_txn *txn, uint64_t edition);

/*
 * Who wins a collision of an object of this type by the settings of an edition; by those
 * in force when that one is not known any more.
 */
enum fl_plan_collision fl_plan_collision_at(
    const struct fl_node_plan *plan,
    struct fl_txn *txn,
    uint64_t edition,
    const struct fl_configuration *configuration,
    uint32_t type);

/* Remember the settings of a revision, and forget the oldest. `body` may be the store's.
 */
void fl_plans_keep_revision(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t revision,
    struct fl_bytes body);

/* The peers' plan field: hash of a plan's name. */
void fl_plan_hash(const char *name, uint8_t out_hash[FL_PEER_PLAN_BYTES]);

#endif
