#include "plan_turns.h"

#include <string.h>

#include "change/change.h"
#include "storage/auto_record.h"
#include "storage/messages.h"

enum { ARENA_BYTES_MAX = 64 << 20 };

static bool is_on_now(const struct fl_auto_record *rule)
{
    return fl_auto_record_is_on(rule, /* peer= */ 0, UINT64_MAX);
}

/* -- turning -- */

static bool says(const struct fl_plan_settings *settings, const struct fl_type *type)
{
    char name[FL_PLAN_TYPE_NAME_BYTES];

    fl_plan_type_name(type, name);
    const struct fl_plan_rule *rule = fl_plan_settings_rule(settings, name);

    return rule == NULL || rule->auto_record;
}

void fl_plan_turns_take(
    struct fl_txn *txn,
    const struct fl_configuration *configuration,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    uint64_t revision,
    struct fl_bytes body)
{
    const uint64_t lsn = fl_journal_head(txn);
    struct fl_plan_settings settings;
    struct fl_arena arena;

    fl_arena_init(&arena, ARENA_BYTES_MAX);
    enum fl_status status = fl_plan_settings_decode(body, &arena, &settings);

    fl_plans_keep_revision(txn, plan, revision, body);
    for (size_t i = 0; status == FL_OK && i < configuration->type_count; i++) {
        const struct fl_type *type = &configuration->types[i];
        struct fl_auto_record known = {.turn_count = 0};

        (void)fl_auto_record_get(txn, plan, type->number, &known);
        if (says(&settings, type) != is_on_now(&known)) {
            fl_auto_record_turn(txn, plan, type->number, lsn);
        }
    }
    fl_arena_deinit(&arena);
}

/* -- what is in force -- */

enum fl_status fl_plan_turns_load(struct fl_txn *txn, struct fl_node_plan *plan)
{
    struct fl_auto_record rule;
    struct fl_auto_record *kept;

    if (plan->auto_record == NULL) {
        plan->auto_record = fl_arena_array(
            &plan->arena, plan->type_count + 1, sizeof(*plan->auto_record));
    }
    if (plan->auto_record == NULL) {
        return FL_NO_MEMORY;
    }
    for (uint32_t type = 0; type <= plan->type_count; type++) {
        plan->auto_record[type] = NULL;
        if (fl_auto_record_get(txn, plan->hash, type, &rule) != FL_OK) {
            continue;
        }
        kept = fl_arena_alloc(&plan->arena, sizeof(*kept));
        if (kept == NULL) {
            return FL_NO_MEMORY;
        }
        *kept = rule;
        plan->auto_record[type] = kept;
    }
    return fl_txn_status(txn);
}

static bool has_turned(const struct fl_node_plan *plan, uint32_t type)
{
    const struct fl_auto_record *known = plan->auto_record[type];

    return plan->rules[type].auto_record != (known == NULL || is_on_now(known));
}

static bool is_settled(const struct fl_plans *plans)
{
    for (size_t i = 0; i < plans->count; i++) {
        for (uint32_t type = 1; type <= plans->items[i].type_count; type++) {
            if (has_turned(&plans->items[i], type)) {
                return false;
            }
        }
    }
    return true;
}

enum fl_status fl_plan_turns_settle(
    struct fl_store *store,
    struct fl_plans *plans,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    enum fl_status status = FL_OK;

    if (is_settled(plans)) {
        return FL_OK;
    }
    fl_txn_begin(&txn, store, FL_TXN_KEEP);
    const uint64_t head = fl_journal_head(&txn);

    for (size_t i = 0; status == FL_OK && i < plans->count; i++) {
        struct fl_node_plan *plan = &plans->items[i];

        for (uint32_t type = 1; type <= plan->type_count; type++) {
            if (has_turned(plan, type)) {
                fl_auto_record_turn(
                    &txn, plan->hash, type, plan->auto_record[type] == NULL ? 0 : head);
            }
        }
        status = fl_plan_turns_load(&txn, plan);
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return fl_error_set(out_error, status, "not enough memory");
    }
    return fl_txn_commit(&txn) == FL_OK ? FL_OK : fl_change_txn_failure(&txn, out_error);
}

/* -- upkeep -- */

static uint64_t behind(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    struct fl_peer_stream stream = {.peer = peer->number};
    struct fl_sent_message first;

    if (peer->format == FL_PEER_NATIVE) {
        stream.incarnation = node->identity->incarnation;
    }

    return fl_messages_first(txn, stream, &first) == FL_OK &&
                   first.lsn_from < peer->confirmed_lsn
               ? first.lsn_from
               : peer->confirmed_lsn;
}

static uint64_t behind_all(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_node_plan *plan)
{
    struct fl_peer peer = {.number = 0};
    uint64_t lsn = fl_journal_head(txn);

    while (lsn > 0 && fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        if (peer.state != FL_PEER_REVOKED &&
            memcmp(peer.plan, plan->hash, sizeof(peer.plan)) == 0) {
            const uint64_t of_peer = behind(node, txn, &peer);

            lsn = of_peer < lsn ? of_peer : lsn;
        }
    }
    return fl_txn_status(txn) == FL_OK ? lsn : 0;
}

/* 0: there is nothing to be forgotten. */
static uint64_t look(const struct fl_node *node, const struct fl_node_plan *plan)
{
    struct fl_txn txn;
    uint64_t lsn = 0;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (fl_auto_record_is_untidy(&txn, plan->hash, UINT64_MAX)) {
        lsn = behind_all(node, &txn, plan);
    }
    if (lsn > 0 && !fl_auto_record_is_untidy(&txn, plan->hash, lsn)) {
        lsn = 0;
    }
    fl_txn_abort(&txn);
    return lsn;
}

bool fl_plan_turns_tidy(struct fl_node *node, struct fl_plan_turns_tidy *place)
{
    struct fl_txn txn;

    if (place->plan >= node->plans.count) {
        return true;
    }
    const struct fl_node_plan *plan = &node->plans.items[place->plan];

    place->lsn = place->lsn == 0 ? look(node, plan) : place->lsn;
    if (place->lsn > 0) {
        fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
        const bool more = fl_auto_record_tidy(&txn, plan->hash, place->lsn);

        if (fl_txn_commit(&txn) == FL_OK && more) {
            return false;
        }
    }
    *place = (struct fl_plan_turns_tidy){.plan = place->plan + 1};
    return place->plan >= node->plans.count;
}
