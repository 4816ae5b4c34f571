/*
 * A configuration that follows another one: numbers are kept, so that journals, messages
 * on their way and branches that were not there for months stay readable.
 */

#include <stdlib.h>
#include <string.h>

#include "configuration_parts.h"

struct succession {
    const struct fl_configuration *before;
    const struct fl_configuration *now;
    struct fl_configuration_builder *builder;
    uint32_t *before_to_next; /* by number of type; [0] unused */
    uint32_t *now_to_next;
    uint32_t refs_max;
    uint32_t *refs; /* of the attribute in hand */
    struct fl_error *error;
};

static const struct fl_type *find_type(
    const struct fl_configuration *configuration,
    const struct fl_type *type)
{
    return fl_configuration_find(configuration, type->kind, fl_bytes_of_text(type->name));
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

/* `map`: numbers of types of the configuration that the attribute is from. */
static void add_attribute(
    struct succession *succession,
    const struct fl_attribute *attribute,
    const uint32_t *map,
    uint32_t place)
{
    struct fl_attribute_source source = {
        .name = attribute->name,
        .place = place,
        .role = attribute->role,
        .use = attribute->use,
        .in_filter = attribute->in_filter,
        .type = attribute->type,
    };

    FL_ASSERT(attribute->type.ref_count <= succession->refs_max);
    for (uint32_t i = 0; i < attribute->type.ref_count; i++) {
        succession->refs[i] = map[attribute->type.refs[i]];
    }
    qsort(
        succession->refs, attribute->type.ref_count, sizeof(*succession->refs),
        compare_numbers);
    source.type.refs = succession->refs;
    fl_configuration_builder_attribute_by_number(succession->builder, &source);
}

/* A list of attributes: those of a type, or of a section. */
struct attributes {
    const struct fl_attribute *items;
    size_t count;
};

static const struct fl_attribute *find_attribute(
    struct attributes attributes,
    const char *name)
{
    for (size_t i = 0; i < attributes.count; i++) {
        if (strcmp(attributes.items[i].name, name) == 0) {
            return &attributes.items[i];
        }
    }
    return NULL;
}

static void add_attributes(
    struct succession *succession,
    struct attributes before,
    struct attributes now)
{
    for (size_t i = 0; i < before.count; i++) {
        const struct fl_attribute *next = find_attribute(now, before.items[i].name);

        if (next) {
            add_attribute(succession, next, succession->now_to_next, next->place);
        } else {
            add_attribute(
                succession, &before.items[i], succession->before_to_next, FL_PLACE_NONE);
        }
    }
    for (size_t i = 0; i < now.count; i++) {
        if (!find_attribute(before, now.items[i].name)) {
            add_attribute(
                succession, &now.items[i], succession->now_to_next, now.items[i].place);
        }
    }
}

static struct attributes of_type(const struct fl_type *type)
{
    return type ? (struct attributes){type->attributes, type->attribute_count}
                : (struct attributes){NULL, 0};
}

static struct attributes of_section(const struct fl_section_type *section)
{
    return section ? (struct attributes){section->attributes, section->attribute_count}
                   : (struct attributes){NULL, 0};
}

static void add_section(
    struct succession *succession,
    const struct fl_section_type *before,
    const struct fl_section_type *now)
{
    const struct fl_section_type *section = now ? now : before;

    fl_configuration_builder_section(succession->builder, section->name, section->use);
    fl_configuration_builder_section_place(
        succession->builder, now ? now->place : FL_PLACE_NONE);
    add_attributes(succession, of_section(before), of_section(now));
}

static void add_sections(
    struct succession *succession,
    const struct fl_type *before,
    const struct fl_type *now)
{
    for (size_t i = 0; before && i < before->section_count; i++) {
        const struct fl_section_type *section = &before->sections[i];

        add_section(
            succession, section,
            now ? fl_type_find_section(now, fl_bytes_of_text(section->name)) : NULL);
    }
    for (size_t i = 0; now && i < now->section_count; i++) {
        const struct fl_section_type *section = &now->sections[i];

        if (!before || !fl_type_find_section(before, fl_bytes_of_text(section->name))) {
            add_section(succession, NULL, section);
        }
    }
}

static void add_enum_values(
    struct succession *succession,
    const struct fl_type *before,
    const struct fl_type *now)
{
    for (size_t i = 0; before && i < before->enum_value_count; i++) {
        fl_configuration_builder_enum_value(
            succession->builder, before->enum_values[i].name);
    }
    for (size_t i = 0; now && i < now->enum_value_count; i++) {
        const char *name = now->enum_values[i].name;

        if (!before || fl_type_find_enum_value(before, fl_bytes_of_text(name)) == 0) {
            fl_configuration_builder_enum_value(succession->builder, name);
        }
    }
}

static void add_type(
    struct succession *succession,
    const struct fl_type *before,
    const struct fl_type *now)
{
    fl_configuration_builder_type(succession->builder, now ? now : before);
    add_attributes(succession, of_type(before), of_type(now));
    add_sections(succession, before, now);
    add_enum_values(succession, before, now);
    /* They have no numbers: those of today count. */
    for (size_t i = 0; now && i < now->predefined_count; i++) {
        fl_configuration_builder_predefined(succession->builder, &now->predefined[i]);
    }
}

static void add_plans(struct succession *succession)
{
    const struct fl_configuration *now = succession->now;

    for (size_t i = 0; i < now->plan_count; i++) {
        const struct fl_plan *plan = &now->plans[i];

        fl_configuration_builder_plan(succession->builder, plan->name, plan->distributed);
        for (size_t j = 0; j < plan->item_count; j++) {
            fl_configuration_builder_plan_item_by_number(
                succession->builder,
                (struct fl_plan_item){
                    .type = succession->now_to_next[plan->items[j].type],
                    .auto_record = plan->items[j].auto_record});
        }
    }
    for (size_t i = 0; i < now->note_count; i++) {
        fl_configuration_builder_note_text(succession->builder, now->notes[i]);
    }
}

/* The key of a record set is made of its filter: that is not to change. */
static enum fl_status check_keys(
    const struct fl_type *before,
    const struct fl_type *now,
    struct fl_error *out_error)
{
    bool same = !now || now->by_recorder == before->by_recorder;

    for (size_t i = 0; now && i < before->attribute_count; i++) {
        const struct fl_attribute *attribute = &before->attributes[i];
        const struct fl_attribute *next =
            fl_type_find_attribute(now, fl_bytes_of_text(attribute->name));

        same = same && (!next || next->in_filter == attribute->in_filter) &&
               (next || !attribute->in_filter);
    }
    if (same || !fl_kind_is_register(before->kind)) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "the register \"%s\" would keep its record sets by other dimensions than before: "
        "give it another name",
        before->name);
}

static enum fl_status number_types(struct succession *succession)
{
    uint32_t count = 0;

    for (size_t i = 0; i < succession->before->type_count; i++) {
        const struct fl_type *type = &succession->before->types[i];
        const struct fl_type *next = find_type(succession->now, type);
        enum fl_status status = check_keys(type, next, succession->error);

        if (status != FL_OK) {
            return status;
        }
        succession->before_to_next[type->number] = ++count;
        if (next) {
            succession->now_to_next[next->number] = count;
        }
    }
    for (size_t i = 0; i < succession->now->type_count; i++) {
        uint32_t *number = &succession->now_to_next[succession->now->types[i].number];

        *number = *number > 0 ? *number : ++count;
    }
    return FL_OK;
}

static enum fl_status build(
    struct succession *succession,
    struct fl_configuration **out_successor)
{
    enum fl_status status = number_types(succession);

    if (status == FL_OK) {
        status = fl_configuration_builder_new(
            succession->now->name, succession->now->version, &succession->builder);
    }
    if (status != FL_OK) {
        return status;
    }
    for (size_t i = 0; i < succession->before->type_count; i++) {
        const struct fl_type *type = &succession->before->types[i];

        add_type(succession, type, find_type(succession->now, type));
    }
    for (size_t i = 0; i < succession->now->type_count; i++) {
        const struct fl_type *type = &succession->now->types[i];

        if (!find_type(succession->before, type)) {
            add_type(succession, NULL, type);
        }
    }
    add_plans(succession);
    return fl_configuration_builder_finish(
        succession->builder, out_successor, succession->error);
}

enum fl_status fl_configuration_succeed(
    const struct fl_configuration *before,
    const struct fl_configuration *now,
    struct fl_configuration **out_successor,
    struct fl_error *out_error)
{
    struct succession succession = {
        .before = before,
        .now = now,
        .refs_max = (uint32_t)(before->type_count + now->type_count),
        .error = out_error,
    };

    succession.before_to_next =
        fl_alloc_zeroed(before->type_count + 1, sizeof(*succession.before_to_next));
    succession.now_to_next =
        fl_alloc_zeroed(now->type_count + 1, sizeof(*succession.now_to_next));
    succession.refs = fl_alloc_zeroed(succession.refs_max + 1, sizeof(*succession.refs));
    enum fl_status status =
        succession.before_to_next && succession.now_to_next && succession.refs
            ? build(&succession, out_successor)
            : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");

    fl_free(succession.refs);
    fl_free(succession.now_to_next);
    fl_free(succession.before_to_next);
    return status;
}
