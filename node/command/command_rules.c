/*
 * Registration rules of 1C taken over as filters: what only compares becomes one, what is
 * program text is named and left to a person.
 */

#include <string.h>

#include "change/ref.h"
#include "command_table.h"
#include "exchange/registration_rules.h"
#include "language.h"
#include "plan/plan_issue.h"
#include "replication/filter.h"

struct taking {
    struct fl_call *call;
    struct fl_plan_draft *draft; /* NULL: only shown */
    uint64_t rules;
    uint64_t taken;
    uint64_t with_code;
};

static const struct fl_type *find_type(
    const struct taking *taking,
    const struct fl_registration_rule *rule)
{
    return fl_configuration_find_full(
        taking->call->node->configuration, fl_bytes_of_text(rule->object));
}

/* Is the expression one of ours, about attributes that the type has? */
static enum fl_status check_filter(
    const struct taking *taking,
    const struct fl_type *type,
    const char *text,
    struct fl_error *out_error)
{
    struct fl_filter *filter = NULL;
    const struct fl_filter_source source = {
        .configuration = taking->call->node->configuration,
        .type = type,
        .text = fl_bytes_of_text(text),
        .find = fl_attribute_by_name};
    if (strlen(text) > FL_PLAN_FILTER_BYTES_MAX) {
        return fl_error_set(out_error, FL_LIMIT, "the filter is too long");
    }
    enum fl_status status = fl_filter_new(&source, &filter, out_error);
    fl_filter_free(filter);
    return status;
}

/* "" when it can be taken. */
static void judge(
    const struct taking *taking,
    const struct fl_registration_rule *rule,
    char *out_words,
    size_t size)
{
    const struct fl_type *type = find_type(taking, rule);
    struct fl_error error = {.text = ""};
    out_words[0] = '\0';
    if (rule->disabled) {
        snprintf(out_words, size, "%s", _("switched off in 1C"));
    } else if (type == NULL) {
        snprintf(out_words, size, "%s", _("the configuration does not know this type"));
    } else if (rule->handlers[0] != '\0') {
        snprintf(
            out_words, size, _("program text, which is not run: %s"), rule->handlers);
    } else if (rule->obstacle[0] != '\0') {
        snprintf(out_words, size, "%s", rule->obstacle);
    } else if (
        rule->filter[0] != '\0' &&
        check_filter(taking, type, rule->filter, &error) != FL_OK) {
        snprintf(out_words, size, "%s", error.text);
    }
}

static enum fl_status take(
    struct taking *taking,
    const struct fl_registration_rule *rule,
    struct fl_error *out_error)
{
    char name[FL_NAME_BYTES_MAX + 64];
    const struct fl_type *type = find_type(taking, rule);
    snprintf(name, sizeof name, "%s.%s", fl_kind_name(type->kind), type->name);
    struct fl_plan_rule *ours = fl_plan_draft_rule(taking->draft, name);
    const char *copy = fl_plan_draft_text(taking->draft, rule->filter);
    if (ours == NULL || copy == NULL) {
        return fl_error_set(out_error, FL_LIMIT, "the plan has too many types");
    }
    ours->filter = copy;
    return FL_OK;
}

static enum fl_status on_rule(
    void *context,
    const struct fl_registration_rule *rule,
    struct fl_error *out_error)
{
    enum { WORDS_BYTES = 2048 };
    struct taking *taking = context;
    struct fl_output *output = taking->call->output;
    char words[WORDS_BYTES];
    judge(taking, rule, words, sizeof words);
    taking->rules++;
    taking->with_code += rule->handlers[0] != '\0';
    fl_output_row(output);
    fl_output_text(output, "rule", N_("rule"), rule->code);
    fl_output_text(output, "object", N_("object"), rule->object);
    fl_output_text(output, "filter", N_("filter"), rule->filter);
    fl_output_text(output, "of_node", N_("asks of the node"), rule->node);
    fl_output_text(output, "left", N_("left to a person"), words);
    if (words[0] != '\0') {
        return FL_OK;
    }
    taking->taken++;
    return taking->draft != NULL && rule->filter[0] != '\0'
               ? take(taking, rule, out_error)
               : FL_OK;
}

static enum fl_status read_rules(struct taking *taking, struct fl_error *out_error)
{
    const struct fl_registration_rules_handler handler = {on_rule, taking};
    char *path = fl_call_path(taking->call, taking->call->arguments[0]);
    char *plan = NULL;
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_output_list_begin(taking->call->output, "rules");
    enum fl_status status = fl_registration_rules_read(path, &handler, &plan, out_error);
    fl_output_list_end(taking->call->output);
    if (status == FL_OK) {
        fl_output_text(
            taking->call->output, "plan", N_("plan in 1C"), plan == NULL ? "" : plan);
    }
    fl_free(plan);
    fl_free(path);
    return status;
}

FL_HANDLER(filter_import)
{
    struct fl_plan_draft draft = {0};
    struct taking taking = {.call = call};
    const struct fl_node_plan *plan = NULL;
    uint64_t revision = 0;
    enum fl_status status =
        fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    if (status == FL_OK && fl_call_has(call, "take")) {
        status = fl_plan_draft_begin(call->node, plan, &draft, out_error);
        taking.draft = &draft;
    }
    if (status == FL_OK) {
        status = read_rules(&taking, out_error);
    }
    if (status == FL_OK && taking.draft != NULL && taking.taken > 0) {
        status = fl_plan_draft_issue(&draft, &revision, out_error);
        call->wrote = status == FL_OK;
    }
    if (status == FL_OK) {
        fl_output_number(call->output, "count", N_("rules"), taking.rules);
        fl_output_number(
            call->output, "taken",
            taking.draft != NULL ? N_("taken") : N_("can be taken"), taking.taken);
        fl_output_number(
            call->output, "with_code", N_("with program text"), taking.with_code);
    }
    fl_plan_draft_deinit(&draft);
    return status;
}
