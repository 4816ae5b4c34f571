/*
 * The end of making a configuration: what the builder gathered is put into arrays of the
 * arena, names are indexed, types of refs are resolved by their names, and the hash is
 * taken. The first failure is the builder's and is reported once.
 */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "configuration_parts.h"
#include "proto/limits.h"

/* What is being finished. */
struct finish {
    struct fl_configuration_builder *builder;
    struct fl_configuration *configuration;
    struct fl_configuration_index *index;
    struct fl_type *types;
    struct fl_section_type *sections;
    struct fl_attribute *attributes;
    uint32_t *found; /* types of the attribute in hand */
    size_t found_count;
    uint8_t *seen; /* types of the plan in hand */
};

static struct fl_name_index *new_index(
    struct finish *finish,
    const char *owner,
    const void *names,
    size_t count,
    size_t stride)
{
    struct fl_configuration_builder *const builder = finish->builder;
    struct fl_name_index *index = NULL;
    const char *twice = NULL;

    if (fl_builder_has_failed(builder)) {
        return NULL;
    }
    const enum fl_status status =
        fl_name_index_new(&builder->arena, names, count, stride, &index, &twice);

    if (status == FL_REFUSED) {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_MALFORMED, "\"%s\" has the name \"%s\" twice",
            owner, twice);
    } else if (status != FL_OK) {
        fl_builder_fail_memory(builder, status);
    }
    return index;
}

/* The items of a list in the arena, where they stay. */
static void *settle(struct finish *finish, const struct fl_list *list, size_t item_size)
{
    void *memory = fl_builder_has_failed(finish->builder)
                       ? NULL
                       : fl_builder_array(finish->builder, list->count, item_size);

    if (memory && list->count > 0) {
        memcpy(memory, list->items, list->count * item_size);
    }
    return memory;
}

static void settle_sections(struct finish *finish)
{
    const struct fl_list *const list = &finish->builder->sections;
    const struct fl_built_section *const built = list->items;

    finish->sections =
        fl_builder_array(finish->builder, list->count, sizeof(*finish->sections));
    for (size_t i = 0; !fl_builder_has_failed(finish->builder) && i < list->count; i++) {
        struct fl_section_type *const section = &finish->sections[i];

        *section = built[i].section;
        section->attributes = finish->attributes + built[i].first_attribute;
        section->attribute_names = new_index(
            finish, section->name, &section->attributes->name, section->attribute_count,
            sizeof(*section->attributes));
    }
}

static void settle_attributes(struct finish *finish)
{
    const struct fl_list *const list = &finish->builder->attributes;
    const struct fl_built_attribute *const built = list->items;

    /* One more than there are: nobody may point past the end of an array's end. */
    finish->attributes =
        fl_builder_array(finish->builder, list->count + 1, sizeof(*finish->attributes));
    for (size_t i = 0; !fl_builder_has_failed(finish->builder) && i < list->count; i++) {
        finish->attributes[i] = built[i].attribute;
    }
}

static void index_type(struct finish *finish, struct fl_type *type)
{
    type->attribute_names = new_index(
        finish, type->name, &type->attributes->name, type->attribute_count,
        sizeof(*type->attributes));
    type->section_names = new_index(
        finish, type->name, &type->sections->name, type->section_count,
        sizeof(*type->sections));
    type->enum_value_names = new_index(
        finish, type->name, &type->enum_values->name, type->enum_value_count,
        sizeof(*type->enum_values));
    type->predefined_names = new_index(
        finish, type->name, &type->predefined->name, type->predefined_count,
        sizeof(*type->predefined));
}

static void settle_types(struct finish *finish)
{
    const struct fl_list *const list = &finish->builder->types;
    const struct fl_built_type *const built = list->items;
    const struct fl_enum_value *const enum_values =
        settle(finish, &finish->builder->enum_values, sizeof(*enum_values));
    const struct fl_predefined_item *const predefined =
        settle(finish, &finish->builder->predefined, sizeof(*predefined));

    finish->types =
        fl_builder_array(finish->builder, list->count, sizeof(*finish->types));
    for (size_t i = 0; !fl_builder_has_failed(finish->builder) && i < list->count; i++) {
        struct fl_type *const type = &finish->types[i];

        *type = built[i].type;
        type->attributes = finish->attributes + built[i].first_attribute;
        type->sections = finish->sections + built[i].first_section;
        type->enum_values = enum_values + built[i].first_enum_value;
        type->predefined = predefined + built[i].first_predefined;
        index_type(finish, type);
    }
    finish->configuration->types = finish->types;
    finish->configuration->type_count = list->count;
}

/* Names of one kind, and where their types stand. */
static void index_kind(struct finish *finish, enum fl_kind kind)
{
    struct fl_configuration_index *const index = finish->index;
    const struct fl_configuration *const configuration = finish->configuration;
    size_t count = 0;

    for (size_t i = 0; i < configuration->type_count; i++) {
        count += finish->types[i].kind == kind;
    }
    const char **names = fl_builder_array(finish->builder, count, sizeof(*names));
    size_t *positions = fl_builder_array(finish->builder, count, sizeof(*positions));

    if (!names || !positions) {
        return;
    }
    count = 0;
    for (size_t i = 0; i < configuration->type_count; i++) {
        if (finish->types[i].kind == kind) {
            names[count] = finish->types[i].name;
            positions[count] = i;
            count++;
        }
    }
    index->type_positions[kind] = positions;
    index->type_names[kind] =
        new_index(finish, fl_kind_name(kind), names, count, sizeof(*names));
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left;
    uint32_t right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return left < right ? -1 : left > right;
}

static void add_number(struct finish *finish, uint32_t number)
{
    finish->found[finish->found_count++] = number;
}

/* Every type of `kind`; 0: every type that can be referred to. */
static void add_kind(struct finish *finish, enum fl_kind kind)
{
    for (size_t i = 0; i < finish->configuration->type_count; i++) {
        const enum fl_kind other = finish->types[i].kind;

        if (other == kind || ((int)kind == 0 && fl_kind_ref_prefix(other))) {
            add_number(finish, finish->types[i].number);
        }
    }
}

/* Sorted, each once. */
static void tidy_numbers(struct finish *finish)
{
    uint32_t *const found = finish->found;
    size_t kept = 0;

    if (finish->found_count > 1) {
        qsort(found, finish->found_count, sizeof(*found), compare_numbers);
    }
    for (size_t i = 0; i < finish->found_count; i++) {
        if (kept == 0 || found[kept - 1] != found[i]) {
            found[kept++] = found[i];
        }
    }
    finish->found_count = kept;
}

/* Adds what `name` means: "CatalogRef.X", "CatalogRef" or "AnyRef"; false: nothing. */
static bool add_named(struct finish *finish, const char *name)
{
    const char *const point = strchr(name, '.');
    const struct fl_bytes prefix = {
        (const uint8_t *)name,
        point ? (size_t)(point - name) : strlen(name),
    };

    if (strcmp(name, "AnyRef") == 0) {
        add_kind(finish, (enum fl_kind)0);
        return true;
    }
    const enum fl_kind kind = fl_kind_find_ref_prefix(prefix);

    if ((int)kind == 0) {
        return false;
    }
    if (!point) {
        add_kind(finish, kind);
        return true;
    }
    const struct fl_type *const type =
        fl_configuration_find(finish->configuration, kind, fl_bytes_of_text(point + 1));

    if (type) {
        add_number(finish, type->number);
    }
    return type != NULL;
}

/* A type that may be referred to. */
static bool is_ref_number(const struct finish *finish, uint32_t number)
{
    const struct fl_type *const type =
        fl_configuration_type(finish->configuration, number);

    return type && fl_kind_ref_prefix(type->kind);
}

static void resolve_ref(
    struct finish *finish,
    struct fl_attribute *attribute,
    const struct fl_built_ref *ref,
    const char *owner)
{
    /* Room for every type, for each name: tidied when the next could exceed it. */
    if (finish->found_count > finish->configuration->type_count) {
        tidy_numbers(finish);
    }
    if (ref->number > 0 && is_ref_number(finish, ref->number)) {
        add_number(finish, ref->number);
    } else if (ref->number > 0 || !ref->name) {
        (void)fl_error_set(
            fl_builder_failure(finish->builder), FL_MALFORMED,
            "the attribute \"%s\" of \"%s\" refers to type number %u, which has no refs",
            attribute->name, owner, ref->number);
    } else if (!add_named(finish, ref->name)) {
        attribute->type.allows |= FL_ALLOWS_UNKNOWN;
        fl_configuration_builder_note(
            finish->builder,
            "the attribute \"%s\" of \"%s\" may hold \"%s\", which is not in the "
            "configuration: such values are kept as they come",
            attribute->name, owner, ref->name);
    }
}

static void settle_value_type(const struct finish *finish, struct fl_value_type *type)
{
    const uint32_t plain = type->allows & ~(uint32_t)(FL_ALLOWS_REFS | FL_ALLOWS_UNKNOWN);
    /* A second bit is left when the lowest is taken away. */
    const bool two_plain = (plain & (plain - 1)) != 0;
    const bool two_refs = type->ref_count > 1;
    const bool both = plain != 0 && type->ref_count > 0;

    type->composite =
        (type->allows & FL_ALLOWS_UNKNOWN) != 0 || two_plain || two_refs || both;
    type->enumeration = !type->composite && type->ref_count == 1 &&
                        finish->types[type->refs[0] - 1].kind == FL_KIND_ENUM;
}

static void resolve_attribute(struct finish *finish, size_t position, const char *owner)
{
    const struct fl_built_attribute *const built =
        (const struct fl_built_attribute *)finish->builder->attributes.items + position;
    const struct fl_built_ref *const refs = finish->builder->refs.items;
    struct fl_attribute *const attribute = &finish->attributes[position];
    struct fl_value_type *const type = &attribute->type;

    finish->found_count = 0;
    type->allows &= ~(uint32_t)FL_ALLOWS_REFS;
    for (size_t i = 0; i < built->ref_count; i++) {
        resolve_ref(finish, attribute, &refs[built->first_ref + i], owner);
    }
    tidy_numbers(finish);

    const size_t count = finish->found_count;

    if (count > 0) {
        uint32_t *numbers = fl_builder_array(finish->builder, count, sizeof(*numbers));

        if (!numbers) {
            return;
        }
        memcpy(numbers, finish->found, count * sizeof(*numbers));
        type->allows |= FL_ALLOWS_REFS;
        type->refs = numbers;
        type->ref_count = (uint32_t)count;
    }
    settle_value_type(finish, type);
}

static void resolve_attributes(struct finish *finish)
{
    const struct fl_configuration *const configuration = finish->configuration;

    /* Every type once, and once more those of the last name. */
    finish->found = fl_builder_array(
        finish->builder, configuration->type_count * 2 + 1, sizeof(*finish->found));
    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *const type = &configuration->types[i];
        /* The attributes of a type's sections follow its own. */
        const size_t first = (size_t)(type->attributes - finish->attributes);
        size_t count = type->attribute_count;

        for (size_t k = 0; k < type->section_count; k++) {
            count += type->sections[k].attribute_count;
        }
        for (size_t k = 0; k < count && !fl_builder_has_failed(finish->builder); k++) {
            resolve_attribute(finish, first + k, type->name);
        }
    }
}

/* The items of a plan that are in the configuration, each once. */
static void resolve_plan(
    struct finish *finish,
    const struct fl_built_plan *built,
    struct fl_plan_item *items,
    struct fl_plan *plan)
{
    const struct fl_built_ref *const refs = finish->builder->plan_items.items;
    size_t count = 0;

    memset(finish->seen, 0, finish->configuration->type_count);
    for (size_t i = 0; i < built->plan.item_count; i++) {
        const struct fl_built_ref *const ref = &refs[built->first_item + i];
        const struct fl_type *const type =
            ref->name ? fl_configuration_find_full(
                            finish->configuration, fl_bytes_of_text(ref->name))
                      : fl_configuration_type(finish->configuration, ref->number);

        if (!type) {
            fl_configuration_builder_note(
                finish->builder,
                "the plan \"%s\" contains \"%s\", which is not in the configuration: "
                "it is not exchanged",
                plan->name, ref->name ? ref->name : "?");
        } else if (!finish->seen[type->number - 1]) {
            finish->seen[type->number - 1] = 1;
            items[count].type = type->number;
            items[count].auto_record = ref->auto_record;
            count++;
        }
    }
    plan->item_count = count;
    plan->items = items;
}

static void settle_plans(struct finish *finish)
{
    struct fl_configuration_builder *const builder = finish->builder;
    const struct fl_built_plan *const built = builder->plans.items;
    const size_t count = builder->plans.count;
    struct fl_plan *plans = fl_builder_array(builder, count, sizeof(*plans));
    struct fl_plan_item *items =
        fl_builder_array(builder, builder->plan_items.count, sizeof(*items));

    finish->seen = fl_builder_array(builder, finish->configuration->type_count, 1);
    if (!plans || !items || !finish->seen) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        plans[i] = built[i].plan;
        resolve_plan(finish, &built[i], items + built[i].first_item, &plans[i]);
    }
    finish->configuration->plans = plans;
    finish->configuration->plan_count = count;
    finish->index->plan_names =
        new_index(finish, builder->name, &plans->name, count, sizeof(*plans));
}

static void settle_notes(struct finish *finish)
{
    struct fl_configuration_builder *const builder = finish->builder;

    if (builder->notes_dropped > 0) {
        fl_configuration_builder_last_note(builder);
    }
    finish->configuration->notes =
        settle(finish, &builder->notes, sizeof(*finish->configuration->notes));
    finish->configuration->note_count = builder->notes.count;
}

static void take_hash(struct finish *finish)
{
    uint8_t hash[crypto_generichash_BYTES];
    struct fl_buffer buffer;

    if (fl_builder_has_failed(finish->builder)) {
        return;
    }
    fl_buffer_init(&buffer, FL_CONFIGURATION_BYTES_MAX);
    const enum fl_status status = fl_configuration_pack(
        finish->configuration,
        /* with_notes= */ false, &buffer);

    if (status != FL_OK) {
        fl_builder_fail_memory(finish->builder, status);
    } else {
        (void)crypto_generichash(hash, sizeof(hash), buffer.data, buffer.size, NULL, 0);
        memcpy(finish->configuration->hash, hash, FL_CONFIGURATION_HASH_BYTES);
    }
    fl_buffer_deinit(&buffer);
}

static void settle_all(struct finish *finish)
{
    struct fl_configuration_builder *const builder = finish->builder;

    settle_attributes(finish);
    settle_sections(finish);
    settle_types(finish);
    for (int i = FL_KIND_CATALOG; i < FL_KIND_COUNT_; i++) {
        if (!fl_builder_has_failed(builder)) {
            index_kind(finish, (enum fl_kind)i);
        }
    }
    if (!fl_builder_has_failed(builder)) {
        resolve_attributes(finish);
    }
    if (!fl_builder_has_failed(builder)) {
        settle_plans(finish);
    }
    settle_notes(finish);
    take_hash(finish);
}

enum fl_status fl_configuration_builder_finish(
    struct fl_configuration_builder *builder,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct finish finish = {.builder = builder};

    finish.index = fl_alloc_zeroed(1, sizeof(*finish.index));
    finish.configuration = fl_builder_array(builder, 1, sizeof(*finish.configuration));
    if (!finish.index) {
        fl_builder_fail_memory(builder, FL_NO_MEMORY);
    }
    if (!fl_builder_has_failed(builder)) {
        finish.configuration->name = builder->name;
        finish.configuration->version = builder->version;
        finish.configuration->index = finish.index;
        settle_all(&finish);
    }
    const enum fl_status status = builder->error.status;

    if (status == FL_OK) {
        FL_ASSERT(finish.index != NULL);
        finish.index->arena = builder->arena;
        builder->arena = (struct fl_arena){0};
        *out_configuration = finish.configuration;
    } else {
        (void)fl_error_set(out_error, status, "%s", builder->error.text);
        fl_free(finish.index);
    }
    fl_configuration_builder_free(builder);
    return status;
}
