#include "plan_issue.h"

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "language.h"
#include "plan_turns.h"
#include "proto/system.h"
#include "storage/journal.h"

enum { ARENA_BYTES_MAX = 64 << 20 };

enum fl_status fl_plan_parent(
    struct fl_txn *txn,
    const struct fl_node_plan *plan,
    struct fl_peer *out_peer)
{
    struct fl_peer peer = {.number = 0};
    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        if (peer.role == FL_PEER_PARENT && peer.format == FL_PEER_NATIVE &&
            peer.state != FL_PEER_REVOKED &&
            memcmp(peer.plan, plan->hash, sizeof peer.plan) == 0) {
            *out_peer = peer;
            return FL_OK;
        }
    }
    return FL_NOT_FOUND;
}

static enum fl_status check_governed_here(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_peer parent;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_plan_parent(&txn, plan, &parent);
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the plan \"%s\" is governed by the parent \"%s\": change it at the root of "
            "the tree, and it comes here by itself",
            plan->name, parent.code);
    }
    if (plan->settings.kind == FL_PLAN_EQUAL && plan->revision > 0 &&
        !fl_uuid_equal(plan->issuer, node->identity->node)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the plan \"%s\" was made by another node: change it there, and it comes "
            "here "
            "by itself",
            plan->name);
    }
    return FL_OK;
}

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static enum fl_status begin(
    struct fl_node *node,
    struct fl_plan_draft *draft,
    struct fl_error *out_error)
{
    *draft = (struct fl_plan_draft){.node = node};
    fl_arena_init(&draft->arena, ARENA_BYTES_MAX);
    draft->settings.rules =
        fl_arena_array(&draft->arena, FL_PLAN_RULES_MAX, sizeof *draft->settings.rules);
    return draft->settings.rules == NULL ? no_memory(out_error) : FL_OK;
}

const char *fl_plan_draft_text(struct fl_plan_draft *draft, const char *text)
{
    return fl_arena_text(&draft->arena, fl_bytes_of_text(text));
}

enum fl_status fl_plan_draft_begin(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    struct fl_plan_draft *out_draft,
    struct fl_error *out_error)
{
    enum fl_status status = begin(node, out_draft, out_error);
    if (status == FL_OK) {
        status = check_governed_here(node, plan, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_plan_rule *rules = out_draft->settings.rules;
    out_draft->settings = plan->settings;
    out_draft->settings.rules = rules;
    out_draft->settings.name = fl_plan_draft_text(out_draft, plan->name);
    out_draft->revision = plan->revision;
    for (size_t i = 0; i < plan->settings.rule_count; i++) {
        rules[i] = plan->settings.rules[i];
        rules[i].type = fl_plan_draft_text(out_draft, rules[i].type);
        rules[i].filter = fl_plan_draft_text(out_draft, rules[i].filter);
        if (rules[i].type == NULL || rules[i].filter == NULL) {
            return no_memory(out_error);
        }
    }
    return out_draft->settings.name == NULL ? no_memory(out_error) : FL_OK;
}

enum fl_status fl_plan_draft_new(
    struct fl_node *node,
    const char *name,
    enum fl_plan_kind kind,
    struct fl_plan_draft *out_draft,
    struct fl_error *out_error)
{
    uint8_t hash[FL_PEER_PLAN_BYTES];
    enum fl_status status = begin(node, out_draft, out_error);
    fl_plan_hash(name, hash);
    if (status == FL_OK && fl_plans_find(&node->plans, hash) != NULL) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "this node has a plan \"%s\" already; `filial plan show %s` shows it", name,
            name);
    }
    if (status == FL_OK && node->plans.count == FL_PLANS_MAX) {
        status = fl_error_set(
            out_error, FL_LIMIT, "a node has at most %d plans", FL_PLANS_MAX);
    }
    if (status != FL_OK) {
        return status;
    }
    out_draft->settings.name = fl_plan_draft_text(out_draft, name);
    out_draft->settings.kind = kind;
    out_draft->settings.collision =
        kind == FL_PLAN_EQUAL ? FL_PLAN_BY_HAND : FL_PLAN_PARENT_WINS;
    return out_draft->settings.name == NULL ? no_memory(out_error) : FL_OK;
}

struct fl_plan_rule *fl_plan_draft_rule(struct fl_plan_draft *draft, const char *type)
{
    struct fl_plan_rule *rule = fl_plan_settings_rule(&draft->settings, type);
    const char *name = rule == NULL ? fl_plan_draft_text(draft, type) : NULL;
    if (rule != NULL || name == NULL || draft->settings.rule_count == FL_PLAN_RULES_MAX) {
        return rule;
    }
    size_t at = 0;
    while (at < draft->settings.rule_count &&
           strcmp(draft->settings.rules[at].type, type) < 0) {
        at++;
    }
    rule = &draft->settings.rules[at];
    memmove(rule + 1, rule, (draft->settings.rule_count - at) * sizeof *rule);
    draft->settings.rule_count++;
    *rule = fl_plan_rule_default(name);
    return rule;
}

void fl_plan_draft_remove(struct fl_plan_draft *draft, const char *type)
{
    struct fl_plan_rule *rule = fl_plan_settings_rule(&draft->settings, type);
    if (rule != NULL) {
        size_t at = (size_t)(rule - draft->settings.rules);
        draft->settings.rule_count--;
        memmove(rule, rule + 1, (draft->settings.rule_count - at) * sizeof *rule);
    }
}

enum fl_status fl_plan_draft_compose(
    struct fl_plan_draft *draft,
    const struct fl_node_plan *plan)
{
    const struct fl_configuration *configuration = draft->node->configuration;
    if (draft->settings.composed) {
        return FL_OK;
    }
    for (size_t i = 0; i < draft->settings.rule_count; i++) {
        draft->settings.rules[i].exchanged = false;
    }
    for (size_t i = 0; i < configuration->type_count; i++) {
        char name[FL_PLAN_TYPE_NAME_BYTES];
        const struct fl_type *type = &configuration->types[i];
        if (!fl_plan_has(plan, type->number) || type->kind == FL_KIND_ENUM) {
            continue;
        }
        fl_plan_type_name(type, name);
        struct fl_plan_rule *rule = fl_plan_draft_rule(draft, name);
        if (rule == NULL) {
            return FL_NO_MEMORY;
        }
        rule->exchanged = true;
    }
    draft->settings.composed = true;
    return FL_OK;
}

static enum fl_status write_settings(
    struct fl_plan_draft *draft,
    struct fl_bytes body,
    struct fl_buffer *record,
    struct fl_error *out_error)
{
    struct fl_node *node = draft->node;
    struct fl_key key = fl_system_key(FL_SYSTEM_PLAN, draft->settings.name);
    struct fl_system_record system = {
        .revision = draft->revision + 1, .issuer = node->identity->node, .body = body};
    fl_system_seal(
        node->identity->installation, key, &system, node->keys.signing, record);
    if (fl_buffer_status(record) != FL_OK) {
        return no_memory(out_error);
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
    (void)fl_journal_append(
        &txn, &(struct fl_entry){.key = key, .record = fl_buffer_view(record)});
    fl_plan_turns_take(&txn, node->configuration, key.id.bytes, system.revision, body);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    return fl_node_reload(node, out_error);
}

enum fl_status fl_plan_draft_issue(
    struct fl_plan_draft *draft,
    uint64_t *out_revision,
    struct fl_error *out_error)
{
    struct fl_buffer body;
    struct fl_buffer record;
    fl_buffer_init(&body, FL_PLAN_SETTINGS_BYTES_MAX);
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_plan_settings_encode(&draft->settings, &body);
    enum fl_status status = fl_buffer_status(&body);
    if (status == FL_OK) {
        status = write_settings(draft, fl_buffer_view(&body), &record, out_error);
    } else {
        status =
            fl_error_set(out_error, status, "the settings of the plan are too large");
    }
    fl_buffer_deinit(&record);
    fl_buffer_deinit(&body);
    if (status == FL_OK) {
        *out_revision = draft->revision + 1;
    }
    return status;
}

void fl_plan_draft_deinit(struct fl_plan_draft *draft)
{
    fl_arena_deinit(&draft->arena);
    *draft = (struct fl_plan_draft){0};
}
