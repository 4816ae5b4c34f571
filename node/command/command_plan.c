/*
 * filial plan: which types travel, who wins, what is not taken.
 */

#include <stdio.h>
#include <string.h>

#include "command_table.h"
#include "language.h"
#include "plan/plan_issue.h"
#include "proto/datetime.h"

enum { TYPE_NAME_BYTES = FL_NAME_BYTES_MAX + 64 };

static void name_type(const struct fl_type *type, char out_name[TYPE_NAME_BYTES])
{
    snprintf(out_name, TYPE_NAME_BYTES, "%s.%s", fl_kind_name(type->kind), type->name);
}

/* --- options --- */

struct choice {
    const char *word;
    int value;
};

static enum fl_status parse_choice(
    struct fl_call *call,
    const char *option,
    const struct choice *choices,
    int *value,
    struct fl_error *out_error)
{
    const char *word = fl_call_option(call, option);
    if (word == NULL) {
        return FL_OK;
    }
    char allowed[FL_NAME_BYTES_MAX] = "";
    for (size_t i = 0; choices[i].word != NULL; i++) {
        if (strcmp(word, choices[i].word) == 0) {
            *value = choices[i].value;
            return FL_OK;
        }
        size_t used = strlen(allowed);
        snprintf(
            allowed + used, sizeof allowed - used, "%s%s", i > 0 ? ", " : "",
            choices[i].word);
    }
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED, "--%s takes one of %s, not \"%s\"", option, allowed,
        word);
}

static enum fl_status parse_flag(
    struct fl_call *call,
    const char *option,
    bool *value,
    struct fl_error *out_error)
{
    static const struct choice CHOICES[] = {{"yes", 1}, {"no", 0}, {NULL, 0}};
    int choice = *value;
    enum fl_status status = parse_choice(call, option, CHOICES, &choice, out_error);
    *value = choice != 0;
    return status;
}

/* A day includes itself: what is dated later is taken. */
static enum fl_status parse_ban(
    struct fl_call *call,
    int64_t *value,
    struct fl_error *out_error)
{
    const char *text = fl_call_option(call, "ban-until");
    char day[FL_DATETIME_TEXT_BYTES + 1];
    if (text == NULL) {
        return FL_OK;
    }
    if (strcmp(text, "none") == 0) {
        *value = 0;
        return FL_OK;
    }
    if (strlen(text) == strlen("2026-01-31")) {
        snprintf(day, sizeof day, "%.10sT23:59:59", text);
        if (fl_datetime_parse(fl_bytes_of_text(day), value) == FL_OK) {
            return FL_OK;
        }
    }
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED,
        "--ban-until takes a day as 2026-01-31, or none, not \"%s\"", text);
}

static enum fl_status parse_collision(
    struct fl_call *call,
    enum fl_plan_collision *value,
    bool of_type,
    struct fl_error *out_error)
{
    static const struct choice CHOICES[] = {
        {"plan", FL_PLAN_AS_PLAN},
        {"parent", FL_PLAN_PARENT_WINS},
        {"child", FL_PLAN_CHILD_WINS},
        {"hand", FL_PLAN_BY_HAND},
        {NULL, 0}};
    int choice = (int)*value;
    enum fl_status status = parse_choice(
        call, "collision", of_type ? CHOICES : CHOICES + 1, &choice, out_error);
    *value = (enum fl_plan_collision)choice;
    return status;
}

/* --- showing --- */

static void show_ban(struct fl_output *output, int64_t until)
{
    char text[FL_DATETIME_TEXT_BYTES + 1] = "";
    if (until > 0) {
        fl_datetime_format(until, text);
        text[strlen("2026-01-31")] = '\0';
    }
    fl_output_text(output, "ban_until", N_("nothing imported until"), text);
}

static size_t count_types(const struct fl_node *node, const struct fl_node_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < node->configuration->type_count; i++) {
        count += node->configuration->types[i].kind != FL_KIND_ENUM &&
                 fl_plan_has(plan, node->configuration->types[i].number);
    }
    return count;
}

static void show_head(
    struct fl_call *call,
    struct fl_txn *txn,
    const struct fl_node_plan *plan)
{
    struct fl_output *output = call->output;
    struct fl_peer parent;
    uint64_t peers = 0;
    struct fl_peer peer = {.number = 0};
    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        peers += memcmp(peer.plan, plan->hash, sizeof peer.plan) == 0;
    }
    bool governed = fl_plan_parent(txn, plan, &parent) == FL_OK;
    fl_output_text(output, "plan", N_("plan"), plan->name);
    fl_output_text(output, "kind", N_("kind"), fl_plan_kind_name(plan->settings.kind));
    fl_output_number(output, "types", N_("types"), count_types(call->node, plan));
    fl_output_number(output, "nodes", N_("nodes"), peers);
    fl_output_text(
        output, "collision", N_("collision"),
        fl_plan_collision_name(plan->settings.collision));
    show_ban(output, plan->settings.banned_until);
    fl_output_number(output, "revision", N_("revision"), plan->revision);
    fl_output_text(
        output, "parent", N_("governed by"), governed ? parent.code : _("this node"));
}

FL_HANDLER(plan_list)
{
    struct fl_txn txn;
    (void)out_error;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_output_list_begin(call->output, "plans");
    for (size_t i = 0; i < call->node->plans.count; i++) {
        fl_output_row(call->output);
        show_head(call, &txn, &call->node->plans.items[i]);
    }
    fl_output_list_end(call->output);
    fl_txn_abort(&txn);
    return FL_OK;
}

static const char *configured_word(const struct fl_node_plan *plan, uint32_t type)
{
    for (size_t i = 0; plan->configured != NULL && i < plan->configured->item_count;
         i++) {
        if (plan->configured->items[i].type == type) {
            return plan->configured->items[i].auto_record ? "Allow" : "Deny";
        }
    }
    return "";
}

static void show_rule(
    struct fl_call *call,
    const struct fl_node_plan *plan,
    const struct fl_type *type)
{
    struct fl_output *output = call->output;
    const struct fl_plan_rule *rule = fl_plan_rule_of(plan, type->number);
    char name[TYPE_NAME_BYTES];
    name_type(type, name);
    fl_output_row(output);
    fl_output_text(output, "type", N_("type"), name);
    fl_output_flag(output, "auto_record", N_("registered"), rule->auto_record);
    fl_output_text(
        output, "configured", N_("in 1C"), configured_word(plan, type->number));
    fl_output_text(
        output, "collision", N_("collision"), fl_plan_collision_name(rule->collision));
    fl_output_text(output, "send", N_("sent"), fl_plan_send_name(rule->send));
    fl_output_text(
        output, "receive", N_("received"), fl_plan_receive_name(rule->receive));
    show_ban(output, rule->banned_until);
    fl_output_text(output, "filter", N_("filter"), rule->filter);
}

FL_HANDLER(plan_show)
{
    const struct fl_node_plan *plan = NULL;
    const char *name = call->argument_count > 0 ? call->arguments[0] : NULL;
    enum fl_status status = fl_call_plan(call, name, &plan, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    show_head(call, &txn, plan);
    fl_txn_abort(&txn);
    fl_output_say(call->output, "%s", "");
    fl_output_list_begin(call->output, "rules");
    const struct fl_configuration *configuration = call->node->configuration;
    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *type = &configuration->types[i];
        if (type->kind != FL_KIND_ENUM && fl_plan_has(plan, type->number)) {
            show_rule(call, plan, type);
        }
    }
    fl_output_list_end(call->output);
    return FL_OK;
}

/* --- changing --- */

static enum fl_status issue(
    struct fl_call *call,
    struct fl_plan_draft *draft,
    struct fl_error *out_error)
{
    uint64_t revision = 0;
    enum fl_status status = fl_plan_draft_issue(draft, &revision, out_error);
    if (status == FL_OK) {
        call->wrote = true;
        fl_output_text(call->output, "plan", N_("plan"), draft->settings.name);
        fl_output_number(call->output, "revision", N_("revision"), revision);
    }
    return status;
}

/* Make the types named by arguments from `first` on travel, or not. */
static enum fl_status set_exchanged(
    struct fl_call *call,
    struct fl_plan_draft *draft,
    size_t first,
    bool exchanged,
    struct fl_error *out_error)
{
    for (size_t i = first; i < call->argument_count; i++) {
        const struct fl_type *type = NULL;
        char name[TYPE_NAME_BYTES];
        enum fl_status status = fl_call_type(call, call->arguments[i], &type, out_error);
        if (status != FL_OK) {
            return status;
        }
        name_type(type, name);
        struct fl_plan_rule *rule = fl_plan_draft_rule(draft, name);
        if (rule == NULL) {
            return fl_error_set(out_error, FL_LIMIT, "the plan has too many types");
        }
        rule->exchanged = exchanged;
    }
    return FL_OK;
}

static enum fl_status check_name(
    struct fl_call *call,
    const char *name,
    struct fl_error *out_error)
{
    struct fl_bytes bytes = fl_bytes_of_text(name);
    bool sound =
        bytes.size > 0 && bytes.size <= FL_NAME_BYTES_MAX && fl_bytes_are_utf8(bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        sound = sound && bytes.data[i] > ' ' && bytes.data[i] != '/';
    }
    if (sound) {
        return FL_OK;
    }
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED, "\"%s\" cannot be the name of a plan", name);
}

FL_HANDLER(plan_create)
{
    struct fl_plan_draft draft = {0};
    const char *name = call->arguments[0];
    enum fl_plan_kind kind = fl_call_has(call, "tree") ? FL_PLAN_TREE : FL_PLAN_EQUAL;
    enum fl_status status = check_name(call, name, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = fl_plan_draft_new(call->node, name, kind, &draft, out_error);
    if (status == FL_OK && call->argument_count > 1) {
        draft.settings.composed = true;
        status = set_exchanged(call, &draft, 1, true, out_error);
    }
    if (status == FL_OK) {
        status = issue(call, &draft, out_error);
    }
    fl_plan_draft_deinit(&draft);
    return status;
}

FL_HANDLER(plan_set)
{
    struct fl_plan_draft draft = {0};
    const struct fl_node_plan *plan = NULL;
    enum fl_status status = fl_call_changes(call, out_error);
    if (status == FL_OK) {
        status = fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    }
    if (status == FL_OK) {
        status = fl_plan_draft_begin(call->node, plan, &draft, out_error);
    }
    if (status == FL_OK) {
        status = parse_collision(
            call, &draft.settings.collision, /* of_type= */ false, out_error);
    }
    if (status == FL_OK) {
        status = parse_ban(call, &draft.settings.banned_until, out_error);
    }
    if (status == FL_OK) {
        status = issue(call, &draft, out_error);
    }
    fl_plan_draft_deinit(&draft);
    return status;
}

static enum fl_status change_composition(
    struct fl_call *call,
    bool exchanged,
    struct fl_error *out_error)
{
    struct fl_plan_draft draft = {0};
    const struct fl_node_plan *plan = NULL;
    enum fl_status status =
        fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    if (status == FL_OK) {
        status = fl_plan_draft_begin(call->node, plan, &draft, out_error);
    }
    if (status == FL_OK && fl_plan_draft_compose(&draft, plan) != FL_OK) {
        status = fl_error_set(out_error, FL_LIMIT, "the plan has too many types");
    }
    if (status == FL_OK) {
        status = set_exchanged(call, &draft, 0, exchanged, out_error);
    }
    if (status == FL_OK) {
        status = issue(call, &draft, out_error);
    }
    fl_plan_draft_deinit(&draft);
    return status;
}

FL_HANDLER(plan_add)
{
    return change_composition(call, true, out_error);
}

FL_HANDLER(plan_remove)
{
    return change_composition(call, false, out_error);
}

static enum fl_status change_rule(
    struct fl_call *call,
    struct fl_plan_rule *rule,
    struct fl_error *out_error)
{
    static const struct choice SEND[] = {
        {"as-is", FL_PLAN_SEND_AS_IS},
        {"deletion", FL_PLAN_SEND_AS_DELETION},
        {"never", FL_PLAN_SEND_NEVER},
        {NULL, 0}};
    static const struct choice RECEIVE[] = {
        {"auto", FL_PLAN_RECEIVE_AUTO},
        {"accept", FL_PLAN_RECEIVE_ACCEPT},
        {"ignore", FL_PLAN_RECEIVE_IGNORE},
        {"return", FL_PLAN_RECEIVE_RETURN},
        {NULL, 0}};
    int send = (int)rule->send;
    int receive = (int)rule->receive;
    enum fl_status status =
        parse_collision(call, &rule->collision, /* of_type= */ true, out_error);
    if (status == FL_OK) {
        status = parse_flag(call, "auto-record", &rule->auto_record, out_error);
    }
    if (status == FL_OK) {
        status = parse_choice(call, "send", SEND, &send, out_error);
    }
    if (status == FL_OK) {
        status = parse_choice(call, "receive", RECEIVE, &receive, out_error);
    }
    if (status == FL_OK) {
        status = parse_ban(call, &rule->banned_until, out_error);
    }
    rule->send = (enum fl_plan_send)send;
    rule->receive = (enum fl_plan_receive)receive;
    return status;
}

FL_HANDLER(plan_rule)
{
    struct fl_plan_draft draft = {0};
    const struct fl_node_plan *plan = NULL;
    const struct fl_type *type = NULL;
    char name[TYPE_NAME_BYTES];
    enum fl_status status = fl_call_changes(call, out_error);
    if (status == FL_OK) {
        status = fl_call_type(call, call->arguments[0], &type, out_error);
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
        status = rule == NULL
                     ? fl_error_set(out_error, FL_LIMIT, "the plan has too many types")
                     : change_rule(call, rule, out_error);
    }
    if (status == FL_OK) {
        status = issue(call, &draft, out_error);
    }
    fl_plan_draft_deinit(&draft);
    return status;
}
