#include "command_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange/configuration_learn.h"
#include "exchange/configuration_reader.h"
#include "language.h"
#include "setup_configuration.h"
#include "type_text.h"

enum { NOTES_SHOWN_MAX = 20 };

static void show_notes(
    struct fl_output *output,
    const struct fl_configuration *configuration)
{
    size_t shown = 0;
    for (; shown < configuration->note_count && shown < NOTES_SHOWN_MAX; shown++) {
        fl_output_warn(output, "%s", configuration->notes[shown]);
    }
    if (configuration->note_count > shown) {
        fl_output_warn(
            output, _("... and %zu more notes"), configuration->note_count - shown);
    }
}

static void show_summary(struct fl_output *output, const struct fl_node *node)
{
    const struct fl_configuration *configuration = node->configuration;
    const struct fl_plan *plan = fl_node_plan(node)->configured;
    fl_output_text(output, "configuration", N_("configuration"), configuration->name);
    fl_output_text(output, "version", N_("version"), configuration->version);
    fl_output_number(output, "types", N_("types"), configuration->type_count);
    fl_output_number(output, "plans", N_("plans"), configuration->plan_count);
    fl_output_number(
        output, "plan_types", N_("types in the plan"),
        plan == NULL ? configuration->type_count : plan->item_count);
    fl_output_hex(
        output, "hash", N_("hash"),
        (struct fl_bytes){configuration->hash, sizeof configuration->hash});
}

static void warn_about_plan(struct fl_output *output, const struct fl_node *node)
{
    if (fl_node_plan(node)->configured == NULL) {
        fl_output_warn(
            output, _("the configuration has no plan \"%s\", so every type is exchanged"),
            node->plan);
    }
}

enum fl_status fl_setup_configuration_load(
    struct fl_node *node,
    struct fl_output *output,
    const char *directory,
    struct fl_error *out_error)
{
    struct fl_configuration *configuration = NULL;
    enum fl_status status =
        fl_configuration_read_dump(directory, &configuration, out_error);
    if (status != FL_OK) {
        return status;
    }
    show_notes(output, configuration);
    status = fl_node_configuration_put(node, configuration, out_error);
    fl_configuration_free(configuration);
    if (status == FL_OK) {
        warn_about_plan(output, node);
    }
    return status;
}

FL_HANDLER(configuration_load)
{
    char *path = fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status =
        fl_setup_configuration_load(call->node, call->output, path, out_error);
    fl_free(path);
    if (status == FL_OK) {
        call->wrote = true;
        show_summary(call->output, call->node);
    }
    return status;
}

/* --- learn --- */

static enum fl_status learn_files(
    struct fl_call *call,
    struct fl_learner *learner,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < call->argument_count && status == FL_OK; i++) {
        char *path = fl_call_path(call, call->arguments[i]);
        status = path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                              : fl_learner_add(learner, path, out_error);
        fl_free(path);
        fl_output_progress(call->output, N_("reading"), i + 1, call->argument_count);
    }
    return status;
}

FL_HANDLER(configuration_learn)
{
    struct fl_learner *learner = NULL;
    struct fl_configuration *configuration = NULL;
    const struct fl_configuration *base =
        call->node->configuration_number == 0 ? NULL : call->node->configuration;
    const char *name = base == NULL ? "learnt" : base->name;
    if (fl_learner_new(base, &learner) != FL_OK) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    size_t types_before = call->node->configuration->type_count;
    enum fl_status status = learn_files(call, learner, out_error);
    if (status != FL_OK) {
        fl_learner_free(learner);
        return status;
    }
    status = fl_learner_finish(learner, name, &configuration, out_error);
    if (status != FL_OK) {
        return status;
    }
    show_notes(call->output, configuration);
    status = fl_node_configuration_put(call->node, configuration, out_error);
    fl_configuration_free(configuration);
    if (status == FL_OK) {
        call->wrote = true;
        show_summary(call->output, call->node);
        fl_output_number(
            call->output, "learnt", N_("types learnt now"),
            call->node->configuration->type_count - types_before);
    }
    return status;
}

/* --- show --- */

static void show_attributes(
    struct fl_call *call,
    const char *section,
    const struct fl_attribute *attributes,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[FL_TYPE_TEXT_BYTES];
        fl_type_text(call->node->configuration, &attributes[i].type, text);
        fl_output_row(call->output);
        fl_output_text(call->output, "section", N_("section"), section);
        fl_output_text(call->output, "attribute", N_("attribute"), attributes[i].name);
        fl_output_text(call->output, "type", N_("type"), text);
        fl_output_flag(
            call->output, "filter", N_("in the filter"), attributes[i].in_filter);
    }
}

static void show_type(struct fl_call *call, const struct fl_type *type)
{
    fl_output_text(call->output, "kind", N_("kind"), fl_kind_name(type->kind));
    fl_output_text(call->output, "name", N_("name"), type->name);
    fl_output_flag(
        call->output, "in_plan", N_("in the plan"),
        fl_plan_has(fl_node_plan(call->node), type->number));
    fl_output_flag(call->output, "learnt", N_("learnt from packages"), type->learnt);
    if (type->kind == FL_KIND_ENUM) {
        fl_output_list_begin(call->output, "values");
        for (size_t i = 0; i < type->enum_value_count; i++) {
            fl_output_row(call->output);
            fl_output_text(call->output, "value", N_("value"), type->enum_values[i].name);
        }
        fl_output_list_end(call->output);
        return;
    }
    fl_output_list_begin(call->output, "attributes");
    show_attributes(call, "", type->attributes, type->attribute_count);
    for (size_t i = 0; i < type->section_count; i++) {
        const struct fl_section_type *section = &type->sections[i];
        show_attributes(
            call, section->name, section->attributes, section->attribute_count);
    }
    fl_output_list_end(call->output);
}

static void show_types(struct fl_call *call)
{
    const struct fl_configuration *configuration = call->node->configuration;
    fl_output_list_begin(call->output, "list");
    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *type = &configuration->types[i];
        char name[FL_TYPE_TEXT_BYTES];
        snprintf(name, sizeof name, "%.40s.%.500s", fl_kind_name(type->kind), type->name);
        fl_output_row(call->output);
        fl_output_text(call->output, "type", N_("type"), name);
        fl_output_number(
            call->output, "attributes", N_("attributes"), type->attribute_count);
        fl_output_number(call->output, "sections", N_("sections"), type->section_count);
        fl_output_flag(
            call->output, "in_plan", N_("in the plan"),
            fl_plan_has(fl_node_plan(call->node), type->number));
    }
    fl_output_list_end(call->output);
}

FL_HANDLER(configuration_show)
{
    if (call->argument_count == 0) {
        if (call->node->configuration_number == 0) {
            return fl_error_set(
                out_error, FL_NOT_FOUND,
                "this node has no configuration yet; `filial configuration load DIR` or "
                "`filial configuration learn FILE` gives it one");
        }
        show_summary(call->output, call->node);
        fl_output_say(call->output, "%s", "");
        show_types(call);
        return FL_OK;
    }
    const struct fl_type *type = NULL;
    enum fl_status status = fl_call_type(call, call->arguments[0], &type, out_error);
    if (status == FL_OK) {
        show_type(call, type);
    }
    return status;
}
