/*
 * Two configurations side by side: what changed, and what it means for data that is here
 * and for packages.
 */

#include <stdio.h>
#include <string.h>

#include "command/command_table.h"
#include "command/type_text.h"
#include "exchange/configuration_reader.h"
#include "language.h"

struct diff {
    struct fl_output *output;
    const struct fl_configuration *before;
    const struct fl_configuration *now;
    uint64_t count;
};

static struct fl_bytes bytes_of(const char *text)
{
    return fl_bytes_of_text(text);
}

static void tell(
    struct diff *diff,
    const char *object,
    const char *part,
    const char *change,
    const char *meaning)
{
    fl_output_row(diff->output);
    fl_output_text(diff->output, "object", N_("object"), object);
    fl_output_text(diff->output, "part", N_("part"), part);
    fl_output_text(diff->output, "change", N_("change"), change);
    fl_output_text(diff->output, "meaning", N_("means"), meaning);
    diff->count++;
}

static const char *full_name(
    const struct fl_type *type,
    char out_text[FL_TYPE_TEXT_BYTES])
{
    snprintf(out_text, FL_TYPE_TEXT_BYTES, "%s.%s", fl_kind_name(type->kind), type->name);
    return out_text;
}

/* --- attributes --- */

static bool is_narrower(
    const struct fl_value_type *before,
    const struct fl_value_type *now)
{
    bool shorter =
        (now->allows & FL_ALLOWS_STRING) && now->string_length != 0 &&
        (before->string_length == 0 || now->string_length < before->string_length);
    bool fewer =
        (now->allows & FL_ALLOWS_NUMBER) && now->number_digits != 0 &&
        (before->number_digits == 0 || now->number_digits < before->number_digits ||
         now->number_fraction < before->number_fraction);
    return shorter || fewer || (before->allows & ~now->allows) != 0 ||
           now->ref_count < before->ref_count;
}

static void compare_attribute(
    struct diff *diff,
    const char *object,
    const char *part,
    const struct fl_attribute *before,
    const struct fl_attribute *now)
{
    char old_text[FL_TYPE_TEXT_BYTES];
    char new_text[FL_TYPE_TEXT_BYTES];
    char change[2 * FL_TYPE_TEXT_BYTES + 16];
    if (before->in_filter != now->in_filter) {
        tell(
            diff, object, part, now->in_filter ? _("into the key") : _("out of the key"),
            _("record sets get other keys: a node with data refuses this configuration"));
    }
    fl_type_text(diff->before, &before->type, old_text);
    fl_type_text(diff->now, &now->type, new_text);
    bool same = strcmp(old_text, new_text) == 0 &&
                before->type.allows == now->type.allows &&
                before->type.ref_count == now->type.ref_count &&
                before->type.composite == now->type.composite;
    if (same) {
        return;
    }
    snprintf(change, sizeof change, "%s -> %s", old_text, new_text);
    tell(
        diff, object, part, change,
        is_narrower(&before->type, &now->type)
            ? _("values that do not fit any more stay as they are until they change; "
                "packages with such values are refused with their line")
            : _("every old value fits"));
}

struct side {
    size_t count;
    const struct fl_attribute *attributes;
    const struct fl_type *type; /* of an object; else of a section */
    const struct fl_section_type *section;
};

static const struct fl_attribute *find(const struct side *side, const char *name)
{
    return side->section != NULL
               ? fl_section_find_attribute(side->section, bytes_of(name))
               : fl_type_find_attribute(side->type, bytes_of(name));
}

static const char *part_name(
    const struct side *side,
    const char *name,
    char out_text[FL_TYPE_TEXT_BYTES])
{
    snprintf(
        out_text, FL_TYPE_TEXT_BYTES, "%s%s%s",
        side->section == NULL ? "" : side->section->name,
        side->section == NULL ? "" : ".", name);
    return out_text;
}

static void compare_attributes(
    struct diff *diff,
    const char *object,
    const struct side *before,
    const struct side *now)
{
    char part[FL_TYPE_TEXT_BYTES];
    char text[FL_TYPE_TEXT_BYTES];
    for (size_t i = 0; i < before->count; i++) {
        const struct fl_attribute *old = &before->attributes[i];
        const struct fl_attribute *other = find(now, old->name);
        if (old->place == FL_PLACE_NONE) {
            continue;
        }
        if (other == NULL) {
            tell(
                diff, object, part_name(before, old->name, part), _("removed"),
                _("its values stay in the store and go into no package; incoming ones "
                  "are "
                  "kept as unknown"));
        } else {
            compare_attribute(
                diff, object, part_name(before, old->name, part), old, other);
        }
    }
    for (size_t i = 0; i < now->count; i++) {
        const struct fl_attribute *added = &now->attributes[i];
        if (added->place != FL_PLACE_NONE && find(before, added->name) == NULL) {
            char change[FL_TYPE_TEXT_BYTES + 64];
            fl_type_text(diff->now, &added->type, text);
            snprintf(change, sizeof change, _("added: %s"), text);
            tell(
                diff, object, part_name(now, added->name, part), change,
                added->in_filter
                    ? _("record sets get other keys: a node with data refuses this "
                        "configuration")
                    : _("empty in every old object, and written so"));
        }
    }
}

/* --- sections, values, types --- */

static struct side side_of(
    const struct fl_type *type,
    const struct fl_section_type *section)
{
    return section == NULL
               ? (struct side){type->attribute_count, type->attributes, type, NULL}
               : (struct side){
                     section->attribute_count, section->attributes, type, section};
}

static void compare_sections(
    struct diff *diff,
    const char *object,
    const struct fl_type *before,
    const struct fl_type *now)
{
    for (size_t i = 0; i < before->section_count; i++) {
        const struct fl_section_type *old = &before->sections[i];
        const struct fl_section_type *other =
            fl_type_find_section(now, bytes_of(old->name));
        if (old->place == FL_PLACE_NONE) {
            continue;
        }
        if (other == NULL) {
            tell(
                diff, object, old->name, _("section removed"),
                _("its rows stay in the store and go into no package"));
        } else {
            const struct side a = side_of(before, old);
            const struct side b = side_of(now, other);
            compare_attributes(diff, object, &a, &b);
        }
    }
    for (size_t i = 0; i < now->section_count; i++) {
        if (fl_type_find_section(before, bytes_of(now->sections[i].name)) == NULL) {
            tell(
                diff, object, now->sections[i].name, _("section added"),
                _("empty in every old object, and written so"));
        }
    }
}

static void compare_values(
    struct diff *diff,
    const char *object,
    const struct fl_type *before,
    const struct fl_type *now)
{
    for (size_t i = 0; i < before->enum_value_count; i++) {
        const char *name = before->enum_values[i].name;
        if (fl_type_find_enum_value(now, bytes_of(name)) == 0) {
            tell(
                diff, object, name, _("value removed"),
                _("objects that hold it go out with it, and 1C refuses them: change them "
                  "first"));
        }
    }
    for (size_t i = 0; i < now->enum_value_count; i++) {
        const char *name = now->enum_values[i].name;
        if (fl_type_find_enum_value(before, bytes_of(name)) == 0) {
            tell(
                diff, object, name, _("value added"),
                _("nodes that have the old configuration yet put objects with it into "
                  "quarantine"));
        }
    }
}

static void compare_predefined(
    struct diff *diff,
    const char *object,
    const struct fl_type *before,
    const struct fl_type *now)
{
    for (size_t i = 0; i < before->predefined_count; i++) {
        const char *name = before->predefined[i].name;
        if (fl_type_find_predefined(now, bytes_of(name)) == NULL) {
            tell(
                diff, object, name, _("predefined item removed"),
                _("its object stays, and is an ordinary one to 1C"));
        }
    }
    for (size_t i = 0; i < now->predefined_count; i++) {
        const char *name = now->predefined[i].name;
        if (fl_type_find_predefined(before, bytes_of(name)) == NULL) {
            tell(
                diff, object, name, _("predefined item added"),
                _("its object comes from the 1C base, or by `filial configuration "
                  "predefined --create`"));
        }
    }
}

static void compare_type(
    struct diff *diff,
    const struct fl_type *before,
    const struct fl_type *now)
{
    char object[FL_TYPE_TEXT_BYTES];
    const struct side a = side_of(before, NULL);
    const struct side b = side_of(now, NULL);
    full_name(before, object);
    if (before->by_recorder != now->by_recorder) {
        tell(
            diff, object, "",
            now->by_recorder ? _("now by recorder") : _("now independent"),
            _("record sets get other keys: a node with data refuses this configuration"));
    }
    if (before->folders != now->folders || before->hierarchical != now->hierarchical) {
        tell(
            diff, object, "", _("another hierarchy"),
            _("Parent and IsFolder appear in packages, or are left out"));
    }
    compare_attributes(diff, object, &a, &b);
    compare_sections(diff, object, before, now);
    compare_values(diff, object, before, now);
    compare_predefined(diff, object, before, now);
}

static void compare_types(struct diff *diff)
{
    char object[FL_TYPE_TEXT_BYTES];
    for (size_t i = 0; i < diff->before->type_count; i++) {
        const struct fl_type *old = &diff->before->types[i];
        const struct fl_type *other =
            fl_configuration_find(diff->now, old->kind, bytes_of(old->name));
        if (other == NULL) {
            tell(
                diff, full_name(old, object), "", _("removed"),
                _("its objects stay in the store and are exchanged with Filial nodes "
                  "only; "
                  "packages of 1C that hold them are refused"));
        } else {
            compare_type(diff, old, other);
        }
    }
    for (size_t i = 0; i < diff->now->type_count; i++) {
        const struct fl_type *added = &diff->now->types[i];
        if (fl_configuration_find(diff->before, added->kind, bytes_of(added->name)) ==
            NULL) {
            tell(
                diff, full_name(added, object), "", _("added"),
                _("exchanged from now on where the plan has it"));
        }
    }
}

/* --- plans --- */

static const struct fl_plan_item *find_item(
    const struct fl_configuration *configuration,
    const struct fl_plan *plan,
    const struct fl_type *type)
{
    const struct fl_type *same =
        fl_configuration_find(configuration, type->kind, bytes_of(type->name));
    for (size_t i = 0; same != NULL && i < plan->item_count; i++) {
        if (plan->items[i].type == same->number) {
            return &plan->items[i];
        }
    }
    return NULL;
}

static void compare_items(
    struct diff *diff,
    const struct fl_plan *before,
    const struct fl_plan *now)
{
    char plan[FL_TYPE_TEXT_BYTES];
    char object[FL_TYPE_TEXT_BYTES];
    snprintf(plan, sizeof plan, "ExchangePlan.%s", now->name);
    for (size_t i = 0; i < before->item_count; i++) {
        const struct fl_type *type =
            fl_configuration_type(diff->before, before->items[i].type);
        const struct fl_plan_item *other = find_item(diff->now, now, type);
        if (other == NULL) {
            tell(
                diff, plan, full_name(type, object), _("out of the plan"),
                _("changes of it are registered for nobody any more"));
        } else if (other->auto_record != before->items[i].auto_record) {
            tell(
                diff, plan, full_name(type, object),
                other->auto_record ? _("AutoRecord: Allow") : _("AutoRecord: Deny"),
                _("what 1C registers by itself; here the plan's own rules say so"));
        }
    }
    for (size_t i = 0; i < now->item_count; i++) {
        const struct fl_type *type = fl_configuration_type(diff->now, now->items[i].type);
        if (find_item(diff->before, before, type) == NULL) {
            tell(
                diff, plan, full_name(type, object), _("into the plan"),
                _("objects that exist go when they change, or at once by `filial "
                  "register "
                  "TYPE --for-all`"));
        }
    }
}

static void compare_plans(struct diff *diff)
{
    char object[FL_TYPE_TEXT_BYTES];
    for (size_t i = 0; i < diff->now->plan_count; i++) {
        const struct fl_plan *now = &diff->now->plans[i];
        const struct fl_plan *before =
            fl_configuration_plan(diff->before, bytes_of(now->name));
        if (before != NULL) {
            compare_items(diff, before, now);
            continue;
        }
        snprintf(object, sizeof object, "ExchangePlan.%s", now->name);
        tell(diff, object, "", _("plan added"), _("nodes may exchange by it"));
    }
    for (size_t i = 0; i < diff->before->plan_count; i++) {
        const struct fl_plan *before = &diff->before->plans[i];
        if (fl_configuration_plan(diff->now, bytes_of(before->name)) == NULL) {
            snprintf(object, sizeof object, "ExchangePlan.%s", before->name);
            tell(
                diff, object, "", _("plan removed"),
                _("nodes that exchange by it exchange everything"));
        }
    }
}

/* --- the command --- */

static enum fl_status read_one(
    struct fl_call *call,
    const char *argument,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    char *path = fl_call_path(call, argument);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_configuration_read_dump(path, out_configuration, out_error);
    if (status != FL_OK && path != NULL) {
        fl_error_prefix(out_error, "%s", argument);
    }
    fl_free(path);
    return status;
}

/* Would a node that has data under the old one take the new one? */
static void tell_verdict(struct diff *diff)
{
    struct fl_configuration *successor = NULL;
    struct fl_error error = {.text = ""};
    enum fl_status status =
        fl_configuration_succeed(diff->before, diff->now, &successor, &error);
    fl_configuration_free(successor);
    fl_output_number(diff->output, "count", N_("changes"), diff->count);
    fl_output_flag(
        diff->output, "can_be_loaded", N_("a node with data takes it"), status == FL_OK);
    fl_output_text_if_any(diff->output, "reason", N_("because"), error.text);
}

FL_HANDLER(configuration_diff)
{
    struct fl_configuration *before = NULL;
    struct fl_configuration *now = NULL;
    enum fl_status status = read_one(call, call->arguments[0], &before, out_error);
    if (status == FL_OK) {
        status = read_one(call, call->arguments[1], &now, out_error);
    }
    if (status == FL_OK) {
        struct diff diff = {.output = call->output, .before = before, .now = now};
        fl_output_list_begin(call->output, "changes");
        compare_types(&diff);
        compare_plans(&diff);
        fl_output_list_end(call->output);
        tell_verdict(&diff);
    }
    fl_configuration_free(before);
    fl_configuration_free(now);
    return status;
}
