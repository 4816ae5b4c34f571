/*
 * Making a configuration: lists that grow while the source is read. Attributes of a type,
 * then of its sections, stand one after another in one list; configuration_finish.c makes
 * arrays of them.
 */

#include <string.h>

#include "configuration_parts.h"
#include "proto/decimal.h"
#include "proto/limits.h"

enum { LIST_ITEMS_FIRST = 64, ATTRIBUTES_MAX = 4 << 20, REFS_MAX = 16 << 20 };

struct fl_error *fl_builder_failure(struct fl_configuration_builder *builder)
{
    return builder->error.status == FL_OK ? &builder->error : NULL;
}

bool fl_builder_has_failed(const struct fl_configuration_builder *builder)
{
    return builder->error.status != FL_OK;
}

void fl_builder_fail_memory(
    struct fl_configuration_builder *builder,
    enum fl_status status)
{
    if (status == FL_LIMIT) {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_LIMIT,
            "the configuration is too large: more than %d MiB",
            FL_CONFIGURATION_ARENA_BYTES_MAX >> 20);
    } else {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_NO_MEMORY, "no memory for the configuration");
    }
}

void *fl_builder_array(
    struct fl_configuration_builder *builder,
    size_t count,
    size_t item_size)
{
    void *memory = fl_arena_array(&builder->arena, count, item_size);

    if (!memory) {
        fl_builder_fail_memory(
            builder, fl_arena_failure(&builder->arena, count * item_size));
    }
    return memory;
}

/* A zeroed item at the end of `list`, NULL after a failure. */
static void *add_item(
    struct fl_configuration_builder *builder,
    struct fl_list *list,
    size_t item_size,
    size_t count_max)
{
    if (fl_builder_has_failed(builder)) {
        return NULL;
    }
    if (list->count >= count_max) {
        fl_builder_fail_memory(builder, FL_LIMIT);
        return NULL;
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? list->capacity * 2 : LIST_ITEMS_FIRST;
        void *items = fl_realloc(list->items, capacity * item_size);

        if (!items) {
            fl_builder_fail_memory(builder, FL_NO_MEMORY);
            return NULL;
        }
        list->items = items;
        list->capacity = capacity;
    }
    void *item = (uint8_t *)list->items + list->count * item_size;

    list->count++;
    memset(item, 0, item_size);
    return item;
}

/* A name of ours, copied; NULL after a failure. */
static const char *copy_name(
    struct fl_configuration_builder *builder,
    const char *what,
    const char *name)
{
    const struct fl_bytes bytes = fl_bytes_of_text(name);

    if (fl_builder_has_failed(builder)) {
        return NULL;
    }
    if (bytes.size == 0 || bytes.size > FL_NAME_BYTES_MAX || !fl_bytes_are_utf8(bytes)) {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_MALFORMED,
            "the name of a %s must be UTF-8 text of 1 to %d bytes, but it is \"%.80s\"",
            what, FL_NAME_BYTES_MAX, name);
        return NULL;
    }
    char *copy = fl_arena_text(&builder->arena, bytes);

    if (!copy) {
        fl_builder_fail_memory(
            builder, fl_arena_failure(&builder->arena, bytes.size + 1));
    }
    return copy;
}

enum fl_status fl_configuration_builder_new(
    const char *name,
    const char *version,
    struct fl_configuration_builder **out_builder)
{
    struct fl_configuration_builder *builder = fl_alloc_zeroed(1, sizeof(*builder));

    if (!builder) {
        return FL_NO_MEMORY;
    }
    fl_arena_init(&builder->arena, FL_CONFIGURATION_ARENA_BYTES_MAX);
    builder->name = copy_name(builder, "configuration", name);
    /* A source may state no version. */
    builder->version = version[0] ? copy_name(builder, "version", version) : "";
    *out_builder = builder;
    return FL_OK;
}

void fl_configuration_builder_free(struct fl_configuration_builder *builder)
{
    if (!builder) {
        return;
    }
    struct fl_list *const lists[] = {
        &builder->types,       &builder->sections,   &builder->attributes,
        &builder->enum_values, &builder->predefined, &builder->refs,
        &builder->plans,       &builder->plan_items, &builder->notes,
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        fl_free(lists[i]->items);
    }
    fl_arena_deinit(&builder->arena);
    fl_free(builder);
}

static struct fl_built_type *last_type(struct fl_configuration_builder *builder)
{
    FL_ASSERT(builder->types.count > 0);
    return (struct fl_built_type *)builder->types.items + builder->types.count - 1;
}

static struct fl_built_section *last_section(struct fl_configuration_builder *builder)
{
    FL_ASSERT(builder->in_section && builder->sections.count > 0);
    return (struct fl_built_section *)builder->sections.items + builder->sections.count -
           1;
}

void fl_configuration_builder_type(
    struct fl_configuration_builder *builder,
    const struct fl_type *type)
{
    FL_ASSERT(fl_kind_name(type->kind) != NULL);

    struct fl_built_type *built =
        add_item(builder, &builder->types, sizeof(*built), FL_CONFIGURATION_TYPES_MAX);

    if (built) {
        built->type = (struct fl_type){
            .number = (uint32_t)builder->types.count,
            .kind = type->kind,
            .name = copy_name(builder, "type", type->name),
            .hierarchical = type->hierarchical,
            .folders = type->folders,
            .by_recorder = type->by_recorder,
            .balance = type->balance,
            .learnt = type->learnt,
        };
        built->first_attribute = builder->attributes.count;
        built->first_section = builder->sections.count;
        built->first_enum_value = builder->enum_values.count;
        built->first_predefined = builder->predefined.count;
        builder->in_section = false;
    }
}

void fl_configuration_builder_section(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_use use)
{
    struct fl_built_section *built =
        add_item(builder, &builder->sections, sizeof(*built), ATTRIBUTES_MAX);

    if (!built) {
        return;
    }
    struct fl_type *const type = &last_type(builder)->type;

    type->section_count++;
    built->section = (struct fl_section_type){
        .number = (uint32_t)type->section_count,
        .place = (uint32_t)type->section_count,
        .name = copy_name(builder, "section", name),
        .use = use,
    };
    built->first_attribute = builder->attributes.count;
    builder->in_section = true;
    if (type->section_count > FL_FIELDS_MAX) {
        fl_builder_fail_memory(builder, FL_LIMIT);
    }
}

void fl_configuration_builder_section_place(
    struct fl_configuration_builder *builder,
    uint32_t place)
{
    if (!fl_builder_has_failed(builder)) {
        last_section(builder)->section.place = place;
    }
}

/* The next number in the type or section that is being described. */
static uint32_t next_attribute_number(struct fl_configuration_builder *builder)
{
    const size_t number = builder->in_section
                              ? ++last_section(builder)->section.attribute_count
                              : ++last_type(builder)->type.attribute_count;

    if (number > FL_FIELDS_MAX) {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_LIMIT,
            "the type \"%s\" has more than %d attributes", last_type(builder)->type.name,
            FL_FIELDS_MAX);
    }
    return (uint32_t)number;
}

static struct fl_built_attribute *add_attribute(
    struct fl_configuration_builder *builder,
    const struct fl_attribute_source *source)
{
    struct fl_built_attribute *built =
        add_item(builder, &builder->attributes, sizeof(*built), ATTRIBUTES_MAX);

    if (!built) {
        return NULL;
    }
    built->attribute = (struct fl_attribute){
        .number = next_attribute_number(builder),
        .name = copy_name(builder, "attribute", source->name),
        .role = source->role,
        .use = source->use,
        .in_filter = source->in_filter,
        .type = source->type,
    };
    built->attribute.place = source->place ? source->place : built->attribute.number;
    built->attribute.type.refs = NULL;
    built->attribute.type.ref_count = 0;
    built->first_ref = builder->refs.count;
    const struct fl_value_type *const type = &source->type;

    if (!fl_builder_has_failed(builder) &&
        (type->number_digits > FL_DECIMAL_DIGITS_MAX ||
         type->number_fraction > FL_DECIMAL_DIGITS_MAX)) {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_MALFORMED,
            "the attribute \"%s\" has numbers of more than %d digits", source->name,
            FL_DECIMAL_DIGITS_MAX);
    }
    return fl_builder_has_failed(builder) ? NULL : built;
}

void fl_configuration_builder_attribute(
    struct fl_configuration_builder *builder,
    const struct fl_attribute_source *attribute)
{
    struct fl_built_attribute *const built = add_attribute(builder, attribute);

    for (size_t i = 0; built && i < attribute->ref_name_count; i++) {
        struct fl_built_ref *ref =
            add_item(builder, &builder->refs, sizeof(*ref), REFS_MAX);

        if (!ref) {
            return;
        }
        ref->name = copy_name(builder, "type", attribute->ref_names[i]);
        built->ref_count++;
    }
}

void fl_configuration_builder_attribute_by_number(
    struct fl_configuration_builder *builder,
    const struct fl_attribute_source *attribute)
{
    struct fl_built_attribute *const built = add_attribute(builder, attribute);

    for (size_t i = 0; built && i < attribute->type.ref_count; i++) {
        struct fl_built_ref *ref =
            add_item(builder, &builder->refs, sizeof(*ref), REFS_MAX);

        if (!ref) {
            return;
        }
        ref->number = attribute->type.refs[i];
        built->ref_count++;
    }
}

void fl_configuration_builder_enum_value(
    struct fl_configuration_builder *builder,
    const char *name)
{
    struct fl_enum_value *value =
        add_item(builder, &builder->enum_values, sizeof(*value), ATTRIBUTES_MAX);

    if (!value) {
        return;
    }
    struct fl_type *const type = &last_type(builder)->type;

    type->enum_value_count++;
    value->number = (uint32_t)type->enum_value_count;
    value->name = copy_name(builder, "value", name);
    if (type->enum_value_count > FL_CONFIGURATION_ENUM_VALUES_MAX) {
        fl_builder_fail_memory(builder, FL_LIMIT);
    }
}

/* Words for people: of any length that a record may have, and none at all. */
static const char *copy_words(struct fl_configuration_builder *builder, const char *words)
{
    const struct fl_bytes bytes = fl_bytes_of_text(words);

    if (bytes.size == 0) {
        return "";
    }
    if (!fl_bytes_are_utf8(bytes)) {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_MALFORMED,
            "a predefined item has a code or description that is not UTF-8 text");
        return "";
    }
    const char *const copy = fl_arena_text(&builder->arena, bytes);

    if (!copy) {
        fl_builder_fail_memory(
            builder, fl_arena_failure(&builder->arena, bytes.size + 1));
    }
    return copy;
}

void fl_configuration_builder_predefined(
    struct fl_configuration_builder *builder,
    const struct fl_predefined_item *item)
{
    struct fl_predefined_item *built =
        add_item(builder, &builder->predefined, sizeof(*built), ATTRIBUTES_MAX);

    if (!built) {
        return;
    }
    struct fl_type *const type = &last_type(builder)->type;

    built->name = copy_name(builder, "predefined item", item->name);
    built->id = item->id;
    built->code = copy_words(builder, item->code);
    built->description = copy_words(builder, item->description);
    built->is_folder = item->is_folder;
    built->parent = item->parent;
    if (item->parent > type->predefined_count ||
        type->predefined_count == FL_CONFIGURATION_PREDEFINED_MAX) {
        (void)fl_error_set(
            fl_builder_failure(builder), FL_MALFORMED,
            "the predefined items of \"%s\" are too many, or do not follow their folders",
            type->name);
    }
    type->predefined_count++;
}

void fl_configuration_builder_plan(
    struct fl_configuration_builder *builder,
    const char *name,
    bool distributed)
{
    struct fl_built_plan *built =
        add_item(builder, &builder->plans, sizeof(*built), FL_CONFIGURATION_PLANS_MAX);

    if (built) {
        built->plan.name = copy_name(builder, "plan", name);
        built->plan.distributed = distributed;
        built->first_item = builder->plan_items.count;
    }
}

static struct fl_built_ref *add_plan_item(struct fl_configuration_builder *builder)
{
    struct fl_built_ref *ref =
        add_item(builder, &builder->plan_items, sizeof(*ref), REFS_MAX);

    if (ref) {
        FL_ASSERT(builder->plans.count > 0);
        struct fl_built_plan *const plans = builder->plans.items;

        plans[builder->plans.count - 1].plan.item_count++;
    }
    return ref;
}

void fl_configuration_builder_plan_item(
    struct fl_configuration_builder *builder,
    const char *full_type_name,
    bool auto_record)
{
    struct fl_built_ref *const ref = add_plan_item(builder);

    if (ref) {
        ref->name = copy_name(builder, "type", full_type_name);
        ref->auto_record = auto_record;
    }
}

void fl_configuration_builder_plan_item_by_number(
    struct fl_configuration_builder *builder,
    struct fl_plan_item item)
{
    struct fl_built_ref *const ref = add_plan_item(builder);

    if (ref) {
        ref->number = item.type;
        ref->auto_record = item.auto_record;
    }
}

void fl_configuration_builder_note_text(
    struct fl_configuration_builder *builder,
    const char *text)
{
    const char **note =
        add_item(builder, &builder->notes, sizeof(*note), FL_CONFIGURATION_NOTES_MAX);

    if (note) {
        *note = copy_name(builder, "note", text);
    }
}

void fl_configuration_builder_note(
    struct fl_configuration_builder *builder,
    const char *format,
    ...)
{
    struct fl_error words = {.status = FL_OK};
    va_list arguments;

    /* The last place is for how many there were more. */
    if (builder->notes.count >= FL_CONFIGURATION_NOTES_MAX - 1) {
        builder->notes_dropped++;
        return;
    }
    va_start(arguments, format);
    (void)fl_error_set_list(&words, FL_OK, format, arguments);
    va_end(arguments);
    fl_configuration_builder_note_text(builder, words.text);
}

void fl_configuration_builder_last_note(struct fl_configuration_builder *builder)
{
    struct fl_error words = {.status = FL_OK};

    (void)fl_error_set(
        &words, FL_OK, "and %zu more notes, which are not kept", builder->notes_dropped);
    fl_configuration_builder_note_text(builder, words.text);
}
