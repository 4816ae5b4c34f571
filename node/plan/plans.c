#include "plans.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plan_turns.h"
#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/system.h"
#include "storage/settings.h"

enum {
    ARENA_BYTES_MAX = 64 << 20,
    EDITION_PREFIX_BYTES = 6 + 2 * FL_PEER_PLAN_BYTES + 1, /* "rules/PLAN/" */
};

void fl_plan_hash(const char *name, uint8_t out_hash[FL_PEER_PLAN_BYTES])
{
    fl_hash(fl_bytes_of_text(name), out_hash, FL_PEER_PLAN_BYTES);
}

/* -- the rule of each type -- */

void fl_plan_type_name(const struct fl_type *type, char out_name[FL_PLAN_TYPE_NAME_BYTES])
{
    snprintf(
        out_name, FL_PLAN_TYPE_NAME_BYTES, "%s.%s", fl_kind_name(type->kind), type->name);
}

static enum fl_plan_collision resolve(
    const struct fl_plan_settings *settings,
    const struct fl_plan_rule *rule)
{
    return rule != NULL && rule->collision != FL_PLAN_AS_PLAN ? rule->collision
                                                              : settings->collision;
}

static void compose(struct fl_node_plan *plan)
{
    bool listed = plan->configured != NULL && plan->configured->item_count > 0;
    if (plan->settings.composed || listed) {
        for (size_t i = 0; i <= plan->type_count; i++) {
            plan->rules[i].exchanged = false;
        }
    }
    for (size_t i = 0; listed && i < plan->configured->item_count; i++) {
        const struct fl_plan_item *item = &plan->configured->items[i];
        plan->rules[item->type].exchanged = !plan->settings.composed;
    }
}

static enum fl_status apply_settings(
    struct fl_node_plan *plan,
    const struct fl_configuration *configuration)
{
    plan->type_count = configuration->type_count;
    plan->rules = fl_alloc_zeroed(plan->type_count + 1, sizeof *plan->rules);
    if (plan->rules == NULL) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i <= plan->type_count; i++) {
        plan->rules[i] = fl_plan_rule_default("");
        plan->rules[i].banned_until = plan->settings.banned_until;
        plan->rules[i].collision = plan->settings.collision;
    }
    compose(plan);
    for (size_t i = 1; i <= plan->type_count && plan->settings.rule_count > 0; i++) {
        char name[FL_PLAN_TYPE_NAME_BYTES];
        fl_plan_type_name(&configuration->types[i - 1], name);
        const struct fl_plan_rule *rule = fl_plan_settings_rule(&plan->settings, name);
        if (rule == NULL) {
            continue;
        }
        bool exchanged =
            plan->settings.composed ? rule->exchanged : plan->rules[i].exchanged;
        plan->rules[i] = *rule;
        plan->rules[i].exchanged = exchanged;
        plan->rules[i].collision = resolve(&plan->settings, rule);
        /* A constant cannot be deleted: 1C takes that for "as it is". */
        if (configuration->types[i - 1].kind == FL_KIND_CONSTANT &&
            rule->send == FL_PLAN_SEND_AS_DELETION) {
            plan->rules[i].send = FL_PLAN_SEND_AS_IS;
        }
        if (rule->banned_until == 0) {
            plan->rules[i].banned_until = plan->settings.banned_until;
        }
    }
    return FL_OK;
}

const struct fl_plan_rule *fl_plan_rule_of(const struct fl_node_plan *plan, uint32_t type)
{
    static const struct fl_plan_rule none = {
        .type = "",
        .collision = FL_PLAN_PARENT_WINS,
        .send = FL_PLAN_SEND_NEVER,
        .receive = FL_PLAN_RECEIVE_AUTO,
        .filter = ""};
    if (fl_system_is(type)) {
        return &none;
    }
    /* Number 0 stands for types that the configuration does not know. */
    return &plan->rules[type <= plan->type_count ? type : 0];
}

bool fl_plan_has(const struct fl_node_plan *plan, uint32_t type)
{
    return fl_plan_rule_of(plan, type)->exchanged;
}

static bool sends_settings(
    const struct fl_node_plan *plan,
    const struct fl_peer *peer,
    const struct fl_entry *entry)
{
    if (peer->format == FL_PEER_NATIVE && entry->key.type == FL_SYSTEM_DAY) {
        return peer->role == FL_PEER_PARENT && plan->settings.kind == FL_PLAN_TREE;
    }
    if (peer->format != FL_PEER_NATIVE || entry->key.type == FL_SYSTEM_ROUTING ||
        (peer->role == FL_PEER_PARENT && entry->lsn > peer->resend_below)) {
        return false;
    }
    if (entry->key.type == FL_SYSTEM_PLAN) {
        return memcmp(entry->key.id.bytes, peer->plan, sizeof peer->plan) == 0;
    }
    return plan->settings.kind == FL_PLAN_TREE;
}

bool fl_plan_may_send(
    const struct fl_node_plan *plan,
    const struct fl_peer *peer,
    uint32_t type)
{
    const struct fl_plan_rule *rule = fl_plan_rule_of(plan, type);
    return rule->exchanged &&
           (peer->role == FL_PEER_PARENT || rule->send != FL_PLAN_SEND_NEVER);
}

bool fl_plan_sends_as_deletion(
    const struct fl_node_plan *plan,
    const struct fl_peer *peer,
    uint32_t type)
{
    return peer->role != FL_PEER_PARENT &&
           fl_plan_rule_of(plan, type)->send == FL_PLAN_SEND_AS_DELETION;
}

bool fl_plan_sends(
    const struct fl_node_plan *plan,
    const struct fl_peer *peer,
    const struct fl_entry *entry)
{
    if (fl_system_is(entry->key.type)) {
        return sends_settings(plan, peer, entry);
    }
    return fl_plan_may_send(plan, peer, entry->key.type);
}

const struct fl_auto_record *fl_plan_auto_record(
    const struct fl_node_plan *plan,
    uint32_t type)
{
    return type <= plan->type_count ? plan->auto_record[type] : NULL;
}

/* -- editions -- */

enum { EDITION_HASH_BITS = 32 };

static uint64_t edition_of(uint64_t revision, struct fl_bytes body)
{
    uint8_t hash[FL_HASH_BYTES];
    fl_hash(body, hash, sizeof hash);
    return revision << EDITION_HASH_BITS | fl_load_u32(hash);
}

static struct fl_bytes edition_prefix(
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    char out_text[FL_SETTING_NAME_BYTES_MAX + 1])
{
    memcpy(out_text, "rules/", 7);
    fl_bytes_hex((struct fl_bytes){plan, FL_PEER_PLAN_BYTES}, out_text + 6);
    memcpy(out_text + EDITION_PREFIX_BYTES - 1, "/", 2);
    return fl_bytes_of_text(out_text);
}

static struct fl_bytes edition_name(
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t edition,
    char out_text[FL_SETTING_NAME_BYTES_MAX + 1])
{
    (void)edition_prefix(plan, out_text);
    snprintf(
        out_text + EDITION_PREFIX_BYTES,
        FL_SETTING_NAME_BYTES_MAX + 1 - EDITION_PREFIX_BYTES, "%016" PRIx64, edition);
    return fl_bytes_of_text(out_text);
}

void fl_plans_keep_revision(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t revision,
    struct fl_bytes body)
{
    char text[FL_SETTING_NAME_BYTES_MAX + 1];
    struct fl_setting_name name;
    struct fl_bytes value;
    fl_settings_put(txn, edition_name(plan, edition_of(revision, body), text), body);
    if (revision <= FL_PLAN_REVISIONS_KEPT) {
        return;
    }
    struct fl_bytes prefix = edition_prefix(plan, text);
    char oldest_kept[FL_SETTING_NAME_BYTES_MAX + 1];
    uint64_t oldest = (revision - FL_PLAN_REVISIONS_KEPT + 1) << EDITION_HASH_BITS;
    struct fl_bytes bound = edition_name(plan, oldest, oldest_kept);
    for (size_t i = 0; i < FL_PLAN_REVISIONS_KEPT &&
                       fl_settings_next(txn, prefix, NULL, &name, &value) == FL_OK;
         i++) {
        struct fl_bytes found = {name.bytes, name.size};
        if (fl_bytes_compare(found, bound) >= 0) {
            return;
        }
        fl_settings_remove(txn, found);
    }
}

bool fl_plan_knows(const struct fl_node_plan *plan, struct fl_txn *txn, uint64_t edition)
{
    char text[FL_SETTING_NAME_BYTES_MAX + 1];
    struct fl_bytes body;
    return edition == plan->edition || edition == 0 ||
           fl_settings_get(txn, edition_name(plan->hash, edition, text), &body) == FL_OK;
}

enum fl_plan_collision fl_plan_collision_at(
    const struct fl_node_plan *plan,
    struct fl_txn *txn,
    uint64_t edition,
    const struct fl_configuration *configuration,
    uint32_t type)
{
    enum fl_plan_collision collision = fl_plan_rule_of(plan, type)->collision;
    const struct fl_type *known = fl_configuration_type(configuration, type);
    if (edition == plan->edition || known == NULL) {
        return collision;
    }
    if (edition == 0) {
        return FL_PLAN_PARENT_WINS;
    }
    char text[FL_SETTING_NAME_BYTES_MAX + 1];
    struct fl_bytes body;
    struct fl_plan_settings settings;
    struct fl_arena arena;
    fl_arena_init(&arena, ARENA_BYTES_MAX);
    if (fl_settings_get(txn, edition_name(plan->hash, edition, text), &body) == FL_OK &&
        fl_plan_settings_decode(body, &arena, &settings) == FL_OK) {
        char name[FL_PLAN_TYPE_NAME_BYTES];
        fl_plan_type_name(known, name);
        collision = resolve(&settings, fl_plan_settings_rule(&settings, name));
    }
    fl_arena_deinit(&arena);
    return collision;
}

/* -- loading -- */

static struct fl_node_plan *add(struct fl_plans *plans, const char *name)
{
    if (plans->count == FL_PLANS_MAX || strlen(name) > FL_NAME_BYTES_MAX) {
        return NULL;
    }
    struct fl_node_plan *items =
        fl_realloc(plans->items, (plans->count + 1) * sizeof *items);
    if (items == NULL) {
        return NULL;
    }
    plans->items = items;
    struct fl_node_plan *plan = &items[plans->count++];
    *plan = (struct fl_node_plan){
        .settings = {.kind = FL_PLAN_TREE, .collision = FL_PLAN_PARENT_WINS}};
    memcpy(plan->name, name, strlen(name) + 1);
    fl_plan_hash(name, plan->hash);
    fl_arena_init(&plan->arena, ARENA_BYTES_MAX);
    return plan;
}

static struct fl_node_plan *find(
    const struct fl_plans *plans,
    const uint8_t hash[FL_PEER_PLAN_BYTES])
{
    for (size_t i = 0; i < plans->count; i++) {
        if (memcmp(plans->items[i].hash, hash, FL_PEER_PLAN_BYTES) == 0) {
            return &plans->items[i];
        }
    }
    return NULL;
}

static enum fl_status take_settings(
    struct fl_plans *plans,
    const struct fl_entry *entry,
    struct fl_error *out_error)
{
    struct fl_system_record record;
    struct fl_plan_settings settings;
    struct fl_arena arena;
    fl_arena_init(&arena, ARENA_BYTES_MAX);
    enum fl_status status = fl_system_open(entry->record, &record);
    if (status == FL_OK) {
        status = fl_plan_settings_decode(record.body, &arena, &settings);
    }
    if (status != FL_OK) {
        fl_arena_deinit(&arena);
        return fl_error_set(
            out_error, status, "the settings of a plan, change %llu, cannot be read",
            (unsigned long long)entry->lsn);
    }
    struct fl_node_plan *plan = find(plans, entry->key.id.bytes);
    if (plan == NULL) {
        plan = add(plans, settings.name);
    }
    if (plan == NULL) {
        fl_arena_deinit(&arena);
        return fl_error_set(
            out_error, FL_LIMIT, "a node has at most %d plans", FL_PLANS_MAX);
    }
    fl_arena_deinit(&plan->arena);
    plan->arena = arena;
    plan->settings = settings;
    plan->revision = record.revision;
    plan->edition = edition_of(record.revision, record.body);
    plan->issuer = record.issuer;
    return FL_OK;
}

static enum fl_status read_settings(
    struct fl_txn *txn,
    struct fl_plans *plans,
    struct fl_error *out_error)
{
    struct fl_object_walk walk = {0};
    struct fl_entry entry;
    fl_object_walk_begin(&walk, txn, (struct fl_key){.type = FL_SYSTEM_PLAN});
    enum fl_status status;
    while ((status = fl_object_walk_next(&walk, &entry)) == FL_OK &&
           entry.key.type == FL_SYSTEM_PLAN) {
        if ((entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0) {
            status = take_settings(plans, &entry, out_error);
        }
        if (status != FL_OK) {
            break;
        }
    }
    fl_object_walk_end(&walk);
    if (status == FL_MALFORMED) {
        return fl_error_set(
            out_error, status,
            "the settings of a plan are damaged: run \"filial store check\"");
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* Those whose settings have not come yet. */
static enum fl_status add_plans_of_peers(struct fl_txn *txn, struct fl_plans *plans)
{
    struct fl_peer peer = {.number = 0};
    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        struct fl_node_plan *plan = find(plans, peer.plan);
        if (plan == NULL && peer.state != FL_PEER_REVOKED) {
            plan = add(plans, peer.plan_name);
            if (plan == NULL) {
                return FL_NO_MEMORY;
            }
            if (peer.role == FL_PEER_EQUAL && peer.format == FL_PEER_NATIVE) {
                plan->settings.kind = FL_PLAN_EQUAL;
            }
        }
    }
    return FL_OK;
}

enum fl_status fl_plans_load(
    struct fl_txn *txn,
    const struct fl_configuration *configuration,
    const char *own_name,
    struct fl_plans *out_plans,
    struct fl_error *out_error)
{
    struct fl_plans plans = {0};
    enum fl_status status = FL_NO_MEMORY;
    if (add(&plans, own_name) != NULL) {
        status = read_settings(txn, &plans, out_error);
    }
    if (status == FL_OK) {
        status = add_plans_of_peers(txn, &plans);
    }
    for (size_t i = 0; i < plans.count && status == FL_OK; i++) {
        plans.items[i].configured =
            fl_configuration_plan(configuration, fl_bytes_of_text(plans.items[i].name));
        status = apply_settings(&plans.items[i], configuration);
        if (status == FL_OK) {
            status = fl_plan_turns_load(txn, &plans.items[i]);
        }
    }
    if (status != FL_OK) {
        fl_plans_free(&plans);
        return status == FL_NO_MEMORY
                   ? fl_error_set(out_error, status, "not enough memory")
                   : status;
    }
    *out_plans = plans;
    return FL_OK;
}

void fl_plans_free(struct fl_plans *plans)
{
    for (size_t i = 0; i < plans->count; i++) {
        fl_arena_deinit(&plans->items[i].arena);
        fl_free(plans->items[i].rules);
    }
    fl_free(plans->items);
    *plans = (struct fl_plans){0};
}

const struct fl_node_plan *fl_plans_find(
    const struct fl_plans *plans,
    const uint8_t hash[FL_PEER_PLAN_BYTES])
{
    return find(plans, hash);
}

enum fl_status fl_plans_peer(
    const struct fl_plans *plans,
    struct fl_txn *txn,
    struct fl_bytes code,
    struct fl_peer *out_peer)
{
    enum fl_status status = FL_NOT_FOUND;
    for (size_t i = 0; i < plans->count && status == FL_NOT_FOUND; i++) {
        status = fl_peers_by_code(txn, plans->items[i].hash, code, out_peer);
    }
    return status;
}
