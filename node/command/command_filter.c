/*
 * filial filter: which objects of a type a node below gets, and by which lists.
 */

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "change/object_json.h"
#include "change/ref.h"
#include "command_table.h"
#include "language.h"
#include "plan/plan_issue.h"
#include "routing/peer_lists.h"
#include "routing/routing.h"

enum { TYPE_NAME_BYTES = FL_NAME_BYTES_MAX + 64, ARENA_BYTES_MAX = 16 << 20 };

static void name_type(const struct fl_type *type, char out_name[TYPE_NAME_BYTES])
{
    snprintf(out_name, TYPE_NAME_BYTES, "%s.%s", fl_kind_name(type->kind), type->name);
}

/* --- set, clear --- */

static enum fl_status read_filter(
    const struct fl_call *call,
    const struct fl_type *type,
    const char *text,
    struct fl_filter **out_filter,
    struct fl_error *out_error)
{
    return fl_filter_new(
        &(struct fl_filter_source){
            .configuration = call->node->configuration,
            .type = type,
            .text = fl_bytes_of_text(text),
            .find = fl_attribute_by_name},
        out_filter, out_error);
}

static enum fl_status check_filter(
    struct fl_call *call,
    const struct fl_type *type,
    const char *text,
    struct fl_error *out_error)
{
    struct fl_filter *filter = NULL;
    if (strlen(text) > FL_PLAN_FILTER_BYTES_MAX) {
        return fl_error_set(out_error, FL_LIMIT, "the filter is too long");
    }
    if (type->kind == FL_KIND_ENUM || type->kind == FL_KIND_CONSTANT) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "objects of this kind have no filter: everybody "
            "gets them");
    }
    enum fl_status status = read_filter(call, type, text, &filter, out_error);
    fl_filter_free(filter);
    return status;
}

/* Nodes below that have no lists get everything, filter or not. */
static void warn_of_unlimited(struct fl_call *call, const struct fl_node_plan *plan)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    char codes[400] = "";
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        bool below = memcmp(peer.plan, plan->hash, sizeof peer.plan) == 0 &&
                     peer.role != FL_PEER_PARENT && peer.state != FL_PEER_REVOKED;
        if (below && !fl_routing_limits(call->node, &txn, &peer)) {
            size_t used = strlen(codes);
            if (used + strlen(peer.code) + 3 < sizeof codes) {
                snprintf(
                    codes + used, sizeof codes - used, "%s%s", used > 0 ? ", " : "",
                    peer.code);
            }
        }
    }
    fl_txn_abort(&txn);
    if (codes[0] != '\0') {
        fl_output_warn(
            call->output,
            _("without lists, and so with everything as before: %s; `filial filter value "
              "CODE NAME VALUE...` limits a node"),
            codes);
    }
}

static enum fl_status change_filter(
    struct fl_call *call,
    const char *text,
    struct fl_error *out_error)
{
    struct fl_plan_draft draft = {0};
    const struct fl_node_plan *plan = NULL;
    const struct fl_type *type = NULL;
    char name[TYPE_NAME_BYTES];
    uint64_t revision = 0;
    enum fl_status status = fl_call_type(call, call->arguments[0], &type, out_error);
    if (status == FL_OK && text[0] != '\0') {
        status = check_filter(call, type, text, out_error);
    }
    if (status == FL_OK) {
        status = fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    }
    if (status == FL_OK) {
        status = fl_plan_draft_begin(call->node, plan, &draft, out_error);
    }
    if (status == FL_OK) {
        name_type(type, name);
        struct fl_plan_rule *rule = fl_plan_draft_rule(&draft, name);
        const char *copy = fl_plan_draft_text(&draft, text);
        if (rule == NULL || copy == NULL) {
            status = fl_error_set(out_error, FL_LIMIT, "the plan has too many types");
        } else {
            rule->filter = copy;
            status = fl_plan_draft_issue(&draft, &revision, out_error);
        }
    }
    if (status == FL_OK) {
        call->wrote = true;
        fl_output_text(call->output, "type", N_("type"), name);
        fl_output_text(call->output, "filter", N_("filter"), text);
        fl_output_number(call->output, "revision", N_("revision"), revision);
        /* Issuing has replaced all plans. */
        (void)fl_call_plan(call, fl_call_option(call, "plan"), &plan, NULL);
        warn_of_unlimited(call, plan);
    }
    fl_plan_draft_deinit(&draft);
    return status;
}

FL_HANDLER(filter_set)
{
    if (call->arguments[1][0] == '\0') {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "an empty filter: `filial filter clear` removes one");
    }
    return change_filter(call, call->arguments[1], out_error);
}

FL_HANDLER(filter_clear)
{
    return change_filter(call, "", out_error);
}

/* --- value --- */

static bool begins_with_type(struct fl_call *call, const char *text, const char *colon)
{
    char name[TYPE_NAME_BYTES];
    const struct fl_type *type = NULL;
    int size = snprintf(name, sizeof name, "%.*s", (int)(colon - text), text);
    return (size_t)size < sizeof name && fl_call_type(call, name, &type, NULL) == FL_OK;
}

/* A text that looks like a ref but means none would admit nothing for ever. */
static enum fl_status check_value(
    struct fl_call *call,
    const char *text,
    struct fl_error *out_error)
{
    const char *colon = strrchr(text, ':');
    struct fl_uuid id;
    if (!fl_bytes_are_utf8(fl_bytes_of_text(text))) {
        return fl_error_set(out_error, FL_MALFORMED, "a value is not UTF-8");
    }
    if (colon == NULL || (fl_uuid_parse(fl_bytes_of_text(colon + 1), &id) != FL_OK &&
                          !begins_with_type(call, text, colon))) {
        return FL_OK;
    }
    struct fl_key key;
    return fl_ref_parse(
        call->node->configuration, fl_bytes_of_text(text), &key, out_error);
}

static enum fl_status check_code(
    struct fl_call *call,
    const char *code,
    struct fl_error *out_error)
{
    size_t size = strlen(code);
    if (size > 0 && size <= FL_CODE_BYTES_MAX &&
        fl_bytes_are_utf8(fl_bytes_of_text(code))) {
        return FL_OK;
    }
    call->usage = true;
    return fl_error_set(out_error, FL_MALFORMED, "\"%s\" cannot be a node's code", code);
}

static bool is_known(struct fl_call *call, const char *code)
{
    struct fl_peer peer;
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    bool known =
        fl_plans_peer(&call->node->plans, &txn, fl_bytes_of_text(code), &peer) == FL_OK;
    fl_txn_abort(&txn);
    return known;
}

static enum fl_status put_list(
    struct fl_call *call,
    const struct fl_node_plan *plan,
    bool removes,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_WRITE);
    enum fl_status status = fl_peer_lists_put(
        &txn, plan->hash, call->arguments[0], call->arguments[1],
        removes ? NULL : call->arguments + 2, call->argument_count - 2);
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return fl_error_set(
            out_error, status, "a node has at most %d lists, and they are at most %d KiB",
            FL_PEER_LISTS_MAX, FL_PEER_LISTS_BYTES_MAX >> 10);
    }
    return fl_change_commit(&txn, out_error);
}

FL_HANDLER(filter_value)
{
    const struct fl_node_plan *plan = NULL;
    const char *code = call->arguments[0];
    const char *name =
        call->arguments[1][0] == '$' ? call->arguments[1] + 1 : call->arguments[1];
    bool removes = fl_call_has(call, "remove");
    call->arguments[1] = name;
    enum fl_status status = check_code(call, code, out_error);
    if (status == FL_OK && (name[0] == '\0' || strlen(name) > FL_FILTER_NAME_BYTES_MAX)) {
        call->usage = true;
        status = fl_error_set(
            out_error, FL_MALFORMED, "\"%s\" cannot be the name of a list", name);
    }
    for (size_t i = 2; i < call->argument_count && status == FL_OK; i++) {
        status = check_value(call, call->arguments[i], out_error);
    }
    if (status == FL_OK) {
        status = fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    }
    if (status == FL_OK) {
        status = put_list(call, plan, removes, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_routings_forget(call->node);
    call->wrote = true;
    fl_output_text(call->output, "node", N_("node"), code);
    fl_output_text(call->output, "list", N_("list"), name);
    fl_output_number(
        call->output, "values", N_("values"), removes ? 0 : call->argument_count - 2);
    if (!is_known(call, code)) {
        fl_output_warn(
            call->output,
            _("there is no node with the code \"%s\" yet: it will have the "
              "list when it joins"),
            code);
    }
    return FL_OK;
}

/* --- show --- */

static void show_filters(struct fl_call *call, const struct fl_node_plan *plan)
{
    const struct fl_configuration *configuration = call->node->configuration;
    fl_output_list_begin(call->output, "filters");
    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *type = &configuration->types[i];
        struct fl_filter *filter = NULL;
        struct fl_error error = {.text = ""};
        char name[TYPE_NAME_BYTES];
        if (!fl_routing_has_filter(call->node, plan, type->number)) {
            continue;
        }
        const char *text = fl_plan_rule_of(plan, type->number)->filter;
        bool sound = read_filter(call, type, text, &filter, &error) == FL_OK;
        fl_filter_free(filter);
        name_type(type, name);
        fl_output_row(call->output);
        fl_output_text(call->output, "type", N_("type"), name);
        fl_output_text(call->output, "filter", N_("filter"), text);
        fl_output_text(
            call->output, "error", N_("why nobody gets them"), sound ? "" : error.text);
    }
    fl_output_list_end(call->output);
}

static void show_list(struct fl_output *output, const struct fl_filter_list *list)
{
    for (size_t i = 0; i < list->value_count || i == 0; i++) {
        char name[FL_FILTER_NAME_BYTES_MAX + 1];
        char value[FL_NAME_BYTES_MAX + 1] = "";
        snprintf(
            name, sizeof name, "%.*s", (int)list->name.size,
            (const char *)list->name.data);
        if (i < list->value_count) {
            struct fl_bytes text = list->values[i].text;
            snprintf(
                value, sizeof value, "%.*s",
                (int)fl_bytes_utf8_beginning(text, FL_NAME_BYTES_MAX).size,
                (const char *)text.data);
        }
        fl_output_row(output);
        fl_output_text(output, "list", N_("list"), name);
        fl_output_text(output, "value", N_("value"), value);
    }
}

static enum fl_status show_lists_of(
    struct fl_call *call,
    const struct fl_node_plan *plan,
    const char *code,
    struct fl_error *out_error)
{
    struct fl_filter_lists lists = {NULL, 0};
    struct fl_bytes encoded;
    struct fl_arena arena;
    struct fl_txn txn;
    fl_arena_init(&arena, ARENA_BYTES_MAX);
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = fl_peer_lists_get(&txn, plan->hash, code, &encoded);
    bool limited = status == FL_OK;
    if (limited) {
        status = fl_peer_lists_decode(call->node->configuration, encoded, &arena, &lists);
    }
    if (status == FL_OK || status == FL_NOT_FOUND) {
        status = FL_OK;
        fl_output_text(call->output, "node", N_("node"), code);
        fl_output_flag(call->output, "limited", N_("limited"), limited);
        fl_output_list_begin(call->output, "lists");
        for (size_t i = 0; i < lists.count; i++) {
            show_list(call->output, &lists.items[i]);
        }
        fl_output_list_end(call->output);
    } else {
        status = fl_error_set(out_error, status, "the lists of \"%s\" are damaged", code);
    }
    fl_txn_abort(&txn);
    fl_arena_deinit(&arena);
    return status;
}

static void show_nodes(struct fl_call *call, const struct fl_node_plan *plan)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_output_list_begin(call->output, "nodes");
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        if (memcmp(peer.plan, plan->hash, sizeof peer.plan) == 0 &&
            peer.role != FL_PEER_PARENT) {
            fl_output_row(call->output);
            fl_output_text(call->output, "node", N_("node"), peer.code);
            fl_output_flag(
                call->output, "limited", N_("limited"),
                fl_routing_limits(call->node, &txn, &peer));
        }
    }
    fl_output_list_end(call->output);
    fl_txn_abort(&txn);
}

FL_HANDLER(filter_show)
{
    const struct fl_node_plan *plan = NULL;
    enum fl_status status =
        fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (call->argument_count > 0) {
        return show_lists_of(call, plan, call->arguments[0], out_error);
    }
    fl_output_text(call->output, "plan", N_("plan"), plan->name);
    show_filters(call, plan);
    fl_output_say(call->output, "%s", "");
    show_nodes(call, plan);
    return FL_OK;
}

/* --- explain --- */

struct explaining {
    struct fl_call *call;
    bool in_list;
};

static void tell(
    void *context,
    struct fl_bytes comparison,
    const struct fl_value *value,
    bool holds)
{
    static const struct fl_value_type BARE = {.composite = false};
    struct explaining *explaining = context;
    struct fl_output *output = explaining->call->output;
    char text[FL_NAME_BYTES_MAX + 1];
    if (!explaining->in_list) {
        fl_output_list_begin(output, "comparisons");
        explaining->in_list = true;
    }
    snprintf(
        text, sizeof text, "%.*s",
        (int)fl_bytes_utf8_beginning(comparison, FL_NAME_BYTES_MAX).size,
        (const char *)comparison.data);
    fl_output_row(output);
    fl_output_text(output, "comparison", N_("comparison"), text);
    fl_output_json(
        output, "value", N_("value"),
        fl_object_json_value(explaining->call->node->configuration, &BARE, value));
    fl_output_flag(output, "holds", N_("holds"), holds);
}

static const char *why(
    struct fl_call *call,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_entry *entry,
    bool *out_goes)
{
    const struct fl_node_plan *plan = fl_node_plan_of(call->node, peer);
    struct explaining explaining = {.call = call};
    *out_goes = false;
    if (!fl_plan_may_send(plan, peer, entry->key.type)) {
        return N_("its type does not belong to the plan, or is never sent");
    }
    if ((entry->flags & FL_ENTRY_WITHDRAWN) != 0) {
        return N_("the parent has withdrawn it from this node");
    }
    *out_goes = true;
    if ((entry->flags & FL_ENTRY_DELETED) != 0) {
        return N_("it is deleted: whoever has it is told so");
    }
    if (peer->role == FL_PEER_PARENT) {
        return N_("a parent gets everything");
    }
    if (!fl_routing_limits(call->node, txn, peer)) {
        return N_("the node has no lists, so that it is not limited");
    }
    if (!fl_routing_has_filter(call->node, plan, entry->key.type)) {
        return N_("its type has no filter");
    }
    *out_goes = fl_routing_judge(
        call->node, txn,
        &(struct fl_routing_question){
            .peer = peer,
            .key = entry->key,
            .record = entry->record,
            .tell = tell,
            .tell_context = &explaining});
    if (explaining.in_list) {
        fl_output_list_end(call->output);
    }
    if (!explaining.in_list) {
        return N_("the filter cannot be read: `filial filter show` says why");
    }
    return *out_goes ? N_("the filter admits it") : N_("the filter does not admit it");
}

static enum fl_status explain(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    struct fl_peer peer;
    struct fl_entry entry;
    struct fl_key key;
    bool goes = false;
    enum fl_status status = fl_ref_parse(
        call->node->configuration, fl_bytes_of_text(call->arguments[1]), &key, out_error);
    if (status == FL_OK) {
        status = fl_call_peer(call, txn, call->arguments[0], &peer, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    if (fl_object_get(txn, key, &entry) != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s is not here, so there is nothing to send",
            call->arguments[1]);
    }
    const struct fl_node_plan *plan = fl_node_plan_of(call->node, &peer);
    fl_output_text(call->output, "node", N_("node"), peer.code);
    fl_output_text(
        call->output, "object", N_("object"),
        fl_ref_text(call->node->configuration, key).text);
    fl_output_text(
        call->output, "filter", N_("filter"), fl_plan_rule_of(plan, key.type)->filter);
    const char *reason = why(call, txn, &peer, &entry, &goes);
    fl_output_flag(call->output, "goes", N_("goes there"), goes);
    fl_output_text(call->output, "reason", N_("why"), _(reason));
    return FL_OK;
}

FL_HANDLER(filter_explain)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = explain(call, &txn, out_error);
    fl_txn_abort(&txn);
    return status;
}
