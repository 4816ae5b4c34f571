/*
 * The configuration of what was seen: the base first, in its own order, then the types
 * that packages taught.
 */

#include "exchange/configuration_learn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "learning.h"
#include "proto/limits.h"

enum { LEARNT_BYTES_MAX = 256 << 20 };

enum fl_status fl_learner_new(
    const struct fl_configuration *base,
    struct fl_learner **out_learner)
{
    struct fl_learner *const learner = fl_alloc_zeroed(1, sizeof(*learner));

    if (!learner) {
        return FL_NO_MEMORY;
    }
    learner->base = base;
    learner->next_type = &learner->types;
    fl_arena_init(&learner->arena, LEARNT_BYTES_MAX);
    *out_learner = learner;
    return FL_OK;
}

void fl_learner_free(struct fl_learner *learner)
{
    if (learner) {
        fl_arena_deinit(&learner->arena);
        fl_free(learner);
    }
}

enum fl_status fl_learner_add(
    struct fl_learner *learner,
    const char *path,
    struct fl_error *out_error)
{
    FILE *const file = fopen(path, "rb");

    if (!file) {
        return fl_error_set(
            out_error, errno == ENOENT ? FL_NOT_FOUND : FL_IO, "%s cannot be read: %s",
            path, strerror(errno));
    }
    const enum fl_status status = fl_learning_read(learner, file, out_error);

    (void)fclose(file);
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", path);
    }
    return status;
}

/* --- the base, given again in its order, so that it keeps its numbers --- */

static enum fl_status add_attribute(
    struct fl_learner *learner,
    struct fl_configuration_builder *builder,
    const struct fl_attribute *attribute)
{
    const uint32_t count = attribute->type.ref_count;
    struct fl_attribute_source source = {
        .name = attribute->name,
        .role = attribute->role,
        .use = attribute->use,
        .in_filter = attribute->in_filter,
        .type = attribute->type,
        .ref_name_count = count,
    };
    const char **const names =
        fl_arena_array(&learner->arena, count + (size_t)1, sizeof(*names));

    if (!names) {
        return FL_LIMIT;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct fl_type *const type =
            fl_configuration_type(learner->base, attribute->type.refs[i]);
        const char *const prefix = fl_kind_ref_prefix(type->kind);
        const size_t size = strlen(prefix) + strlen(type->name) + 2;
        char *const name = fl_arena_alloc(&learner->arena, size);

        if (!name) {
            return FL_LIMIT;
        }
        (void)snprintf(name, size, "%s.%s", prefix, type->name);
        names[i] = name;
    }
    source.ref_names = names;
    source.type.ref_count = 0;
    source.type.refs = NULL;
    source.type.allows &= ~(uint32_t)FL_ALLOWS_REFS;
    fl_configuration_builder_attribute(builder, &source);
    return FL_OK;
}

static enum fl_status add_attributes(
    struct fl_learner *learner,
    struct fl_configuration_builder *builder,
    const struct fl_attribute *attributes,
    size_t count)
{
    enum fl_status status = FL_OK;

    for (size_t i = 0; i < count && status == FL_OK; i++) {
        status = add_attribute(learner, builder, &attributes[i]);
    }
    return status;
}

static enum fl_status add_type(
    struct fl_learner *learner,
    struct fl_configuration_builder *builder,
    const struct fl_type *type)
{
    fl_configuration_builder_type(builder, type);
    for (size_t i = 0; i < type->enum_value_count; i++) {
        fl_configuration_builder_enum_value(builder, type->enum_values[i].name);
    }
    for (size_t i = 0; i < type->predefined_count; i++) {
        fl_configuration_builder_predefined(builder, &type->predefined[i]);
    }
    enum fl_status status =
        add_attributes(learner, builder, type->attributes, type->attribute_count);

    for (size_t i = 0; i < type->section_count && status == FL_OK; i++) {
        const struct fl_section_type *const section = &type->sections[i];

        fl_configuration_builder_section(builder, section->name, section->use);
        status = add_attributes(
            learner, builder, section->attributes, section->attribute_count);
    }
    return status;
}

static enum fl_status add_base(
    struct fl_learner *learner,
    struct fl_configuration_builder *builder)
{
    enum fl_status status = FL_OK;

    for (size_t i = 0; i < learner->base->type_count && status == FL_OK; i++) {
        const struct fl_type *const type = &learner->base->types[i];
        struct fl_learnt_type *const learnt =
            fl_learning_find(learner, type->kind, fl_bytes_of_text(type->name));

        if (learnt) {
            fl_learnt_type_build(learnt, builder);
            learnt->is_built = true;
        } else {
            status = add_type(learner, builder, type);
        }
    }
    return status;
}

static void add_plan_item(
    struct fl_configuration_builder *builder,
    enum fl_kind kind,
    const char *type,
    bool auto_record)
{
    char name[FL_NAME_BYTES_MAX + 64];

    (void)snprintf(name, sizeof(name), "%s.%s", fl_kind_name(kind), type);
    fl_configuration_builder_plan_item(builder, name, auto_record);
}

static void add_plans(
    const struct fl_learner *learner,
    struct fl_configuration_builder *builder)
{
    for (size_t i = 0; i < learner->base->plan_count; i++) {
        const struct fl_plan *const plan = &learner->base->plans[i];

        fl_configuration_builder_plan(builder, plan->name, plan->distributed);
        for (size_t j = 0; j < plan->item_count; j++) {
            const struct fl_type *const type =
                fl_configuration_type(learner->base, plan->items[j].type);

            add_plan_item(builder, type->kind, type->name, plan->items[j].auto_record);
        }
        for (const struct fl_learnt_membership *at = learner->memberships; at;
             at = at->next) {
            if (at->plan == plan) {
                add_plan_item(
                    builder, at->type->kind, at->type->name, /* auto_record= */ true);
            }
        }
    }
}

enum fl_status fl_learner_finish(
    struct fl_learner *learner,
    const char *name,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct fl_configuration_builder *builder = NULL;
    const char *const version = learner->base ? learner->base->version : "1";
    enum fl_status status = fl_configuration_builder_new(name, version, &builder);

    if (status == FL_OK && learner->base) {
        status = add_base(learner, builder);
    }
    if (status != FL_OK) {
        fl_configuration_builder_free(builder);
        fl_learner_free(learner);
        return fl_error_set(out_error, status, "no memory for the configuration");
    }
    for (struct fl_learnt_type *at = learner->types; at; at = at->next) {
        if (!at->is_built) {
            fl_learnt_type_build(at, builder);
        }
    }
    if (learner->base) {
        add_plans(learner, builder);
    }
    status = fl_configuration_builder_finish(builder, out_configuration, out_error);
    fl_learner_free(learner);
    return status;
}
