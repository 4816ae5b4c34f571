/*
 * Objects are found by their names, "CatalogObject.X" in no namespace, wherever they
 * stand in the file; what is around them is not looked at.
 */

#include "exchange/configuration_learn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "learnt_type.h"
#include "proto/limits.h"
#include "xml_reader.h"

enum {
    LEARNT_BYTES_MAX = 64 << 20,
    BUCKETS = 512,
    VALUE_BYTES_MAX = 64, /* of a value, enough to tell what it is */
};

static const char URI_XSI[] = "http://www.w3.org/2001/XMLSchema-instance";
static const char URI_DATA[] = "http://v8.1c.ru/data";

struct fl_learner {
    const struct fl_configuration *base;
    struct fl_arena arena;
    struct fl_learnt_type *types; /* in the order of their finding */
    struct fl_learnt_type **next_type;
    struct fl_learnt_type *buckets[BUCKETS];
};

/* Where the reading is inside an object, by depth below its element. */
struct learning {
    struct fl_learner *learner;
    struct fl_xml_reader *reader;
    FILE *file;
    uint32_t depth;
    uint32_t item_depth;         /* of the object's element; 0: outside */
    struct fl_learnt_type *type; /* NULL inside an object that the base knows */
    struct fl_learnt_field *field;
    struct fl_learnt_field *cell;
    struct fl_learnt_field *previous_field;
    struct fl_learnt_field *previous_cell;
    bool is_register;
    bool in_filter;
    bool in_records;
    bool is_folder;
    bool in_deletion;
    bool takes_text;
    bool is_long;
    size_t text_size;
    char text[VALUE_BYTES_MAX];
    size_t object_count;
};

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

static enum fl_status no_room(struct learning *learning)
{
    return fl_xml_reader_fail(
        learning->reader, FL_LIMIT, "the files hold more types than can be learnt");
}

static size_t bucket_of(enum fl_kind kind, struct fl_bytes name)
{
    size_t hash = (size_t)kind;

    for (size_t i = 0; i < name.size; i++) {
        hash = hash * 31 + name.data[i];
    }
    return hash % BUCKETS;
}

static struct fl_learnt_type *find_type(
    const struct fl_learner *learner,
    enum fl_kind kind,
    struct fl_bytes name)
{
    struct fl_learnt_type *at = learner->buckets[bucket_of(kind, name)];

    while (at &&
           (at->kind != kind || !fl_bytes_equal(fl_bytes_of_text(at->name), name))) {
        at = at->next_in_bucket;
    }
    return at;
}

/* NULL without room. */
static struct fl_learnt_type *get_type(
    struct fl_learner *learner,
    enum fl_kind kind,
    struct fl_bytes name)
{
    const size_t bucket = bucket_of(kind, name);
    struct fl_learnt_type *const found = find_type(learner, kind, name);

    if (found) {
        return found;
    }
    struct fl_learnt_type *const type = fl_arena_alloc(&learner->arena, sizeof(*type));

    if (!type) {
        return NULL;
    }
    type->kind = kind;
    type->name = fl_arena_text(&learner->arena, name);
    type->next_in_bucket = learner->buckets[bucket];
    learner->buckets[bucket] = type;
    *learner->next_type = type;
    learner->next_type = &type->next;
    return type->name ? type : NULL;
}

/* "CatalogObject.X" or, with `is_ref`, "CatalogRef.X"; no kind: it is neither. */
static enum fl_kind split_name(
    struct fl_bytes full,
    bool is_ref,
    struct fl_bytes *out_name)
{
    const uint8_t *const dot = full.size > 0 ? memchr(full.data, '.', full.size) : NULL;

    if (!dot) {
        return (enum fl_kind)0;
    }
    const size_t size = (size_t)(dot - full.data);
    const struct fl_bytes prefix = {full.data, size};

    *out_name = (struct fl_bytes){dot + 1, full.size - size - 1};
    if (out_name->size == 0 || out_name->size > FL_NAME_BYTES_MAX) {
        return (enum fl_kind)0;
    }
    return is_ref ? fl_kind_find_ref_prefix(prefix) : fl_kind_find_item_prefix(prefix);
}

static bool is_learnable(enum fl_kind kind)
{
    return kind != 0 && kind != FL_KIND_ACCOUNTING_REGISTER &&
           kind != FL_KIND_CALCULATION_REGISTER;
}

static bool is_known(
    const struct fl_learner *learner,
    enum fl_kind kind,
    struct fl_bytes name)
{
    const struct fl_type *const type =
        learner->base ? fl_configuration_find(learner->base, kind, name) : NULL;

    /* One of which only refs were seen may still learn what it has. */
    return type && (!type->learnt || type->attribute_count + type->section_count > 0);
}

/* The value of an attribute of XML; no bytes when it is not there. */
static struct fl_bytes find_xsi(const struct fl_xml_element *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct fl_xml_attribute *const at = &element->attributes[i];

        if (at->uri && strcmp(at->uri, URI_XSI) == 0 && strcmp(at->name, name) == 0) {
            return at->value;
        }
    }
    return (struct fl_bytes){0};
}

/* A reference tells that a type is there, and no more of it. */
static enum fl_status learn_ref(
    struct learning *learning,
    const struct fl_xml_element *element)
{
    const struct fl_bytes type = find_xsi(element, "type");
    struct fl_bytes name;
    const enum fl_kind kind = split_name(type, /* is_ref= */ true, &name);

    if (!is_learnable(kind) || !fl_kind_has_ref(kind) ||
        is_known(learning->learner, kind, name)) {
        return FL_OK;
    }
    return get_type(learning->learner, kind, name) ? FL_OK : no_room(learning);
}

static enum fl_status start_outside(
    struct learning *learning,
    const struct fl_xml_element *element)
{
    struct fl_bytes name;
    enum fl_kind kind;

    if (element->uri) {
        const bool is_data = strcmp(element->uri, URI_DATA) == 0;

        if (learning->in_deletion && is_data && strcmp(element->name, "Ref") == 0) {
            learning->object_count++;
            return learn_ref(learning, element);
        }
        learning->in_deletion = is_data && strcmp(element->name, "ObjectDeletion") == 0;
        return FL_OK;
    }
    kind = split_name(fl_bytes_of_text(element->name), /* is_ref= */ false, &name);
    if (!is_learnable(kind)) {
        return FL_OK;
    }
    learning->object_count++;
    learning->item_depth = learning->depth;
    learning->type = NULL;
    learning->previous_field = NULL;
    learning->is_register = fl_kind_is_register(kind);
    learning->in_filter = false;
    learning->in_records = false;
    learning->is_folder = false;
    if (is_known(learning->learner, kind, name)) {
        return FL_OK;
    }
    learning->type = get_type(learning->learner, kind, name);
    return learning->type ? FL_OK : no_room(learning);
}

static enum fl_status take_value(
    struct learning *learning,
    struct fl_learnt_field *field,
    const struct fl_xml_element *element)
{
    const bool is_typed =
        find_xsi(element, "type").size > 0 || find_xsi(element, "nil").size > 0;

    field->is_typed = field->is_typed || is_typed;
    learning->takes_text = !is_typed;
    learning->text_size = 0;
    learning->is_long = false;
    return is_typed ? learn_ref(learning, element) : FL_OK;
}

static enum fl_status start_field(
    struct learning *learning,
    struct fl_learnt_field **fields,
    const struct fl_xml_element *element)
{
    struct fl_learnt_field *const field = fl_learnt_field_get(
        &learning->learner->arena, fields, learning->previous_field, element->name);

    if (!field) {
        return no_room(learning);
    }
    field->in_folder = field->in_folder || learning->is_folder;
    field->in_item = field->in_item || !learning->is_folder;
    learning->field = field;
    learning->previous_field = field;
    return take_value(learning, field, element);
}

static enum fl_status start_cell(
    struct learning *learning,
    const struct fl_xml_element *element)
{
    struct fl_learnt_field *const cell = fl_learnt_field_get(
        &learning->learner->arena, &learning->field->columns, learning->previous_cell,
        element->name);

    if (!cell) {
        return no_room(learning);
    }
    learning->cell = cell;
    learning->previous_cell = cell;
    return take_value(learning, cell, element);
}

/* <Filter><Dimension/></Filter><Records><Record><Field/></Record></Records> */
static enum fl_status start_in_register(
    struct learning *learning,
    const struct fl_xml_element *element,
    uint32_t level)
{
    if (level == 1) {
        learning->in_filter = strcmp(element->name, "Filter") == 0;
        learning->in_records = strcmp(element->name, "Records") == 0;
        learning->previous_field = NULL;
        return FL_OK;
    }
    if (level == 2 && learning->in_records) {
        learning->previous_field = NULL;
    }
    if (level == 2 && learning->in_filter && !element->uri) {
        return start_field(learning, &learning->type->filter, element);
    }
    if (level == 3 && learning->in_records && !element->uri) {
        return start_field(learning, &learning->type->fields, element);
    }
    return FL_OK;
}

static enum fl_status start_in_object(
    struct learning *learning,
    const struct fl_xml_element *element,
    uint32_t level)
{
    if (level == 1) {
        learning->field = NULL;
        if (element->uri || strcmp(element->name, "Ref") == 0) {
            return FL_OK;
        }
        return start_field(learning, &learning->type->fields, element);
    }
    if (!learning->field) {
        return FL_OK;
    }
    if (level == 2) {
        const bool is_row = !element->uri && strcmp(element->name, "Row") == 0;

        learning->field->has_rows = learning->field->has_rows || is_row;
        learning->field->has_xml = learning->field->has_xml || !is_row;
        learning->takes_text = false;
        learning->previous_cell = NULL;
        return FL_OK;
    }
    if (level == 3 && learning->field->has_rows && !element->uri) {
        return start_cell(learning, element);
    }
    if (level == 4 && learning->cell) {
        learning->cell->has_xml = true;
        learning->takes_text = false;
    }
    return FL_OK;
}

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct learning *const learning = context;

    learning->depth++;
    if (learning->item_depth == 0) {
        return start_outside(learning, element);
    }
    if (!learning->type) {
        return FL_OK;
    }
    const uint32_t level = learning->depth - learning->item_depth;

    return learning->is_register ? start_in_register(learning, element, level)
                                 : start_in_object(learning, element, level);
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct learning *const learning = context;
    const size_t room = sizeof(learning->text) - learning->text_size;

    if (!learning->takes_text || text.size == 0) {
        return FL_OK;
    }
    learning->is_long = learning->is_long || text.size > room;
    const size_t size = text.size > room ? room : text.size;

    memcpy(learning->text + learning->text_size, text.data, size);
    learning->text_size += size;
    return FL_OK;
}

/* The end of an element that held a text of its own. */
static void end_value(struct learning *learning, uint32_t level)
{
    const bool is_cell = !learning->is_register && level == 3;
    struct fl_learnt_field *const field = is_cell ? learning->cell : learning->field;
    const struct fl_bytes text = {(const uint8_t *)learning->text, learning->text_size};

    learning->takes_text = false;
    if (!field) {
        return;
    }
    fl_learnt_field_value(field, text, learning->is_long);
    if (level == 1 && strcmp(field->name, "IsFolder") == 0) {
        learning->is_folder = fl_bytes_equal(text, fl_bytes_of_text("true"));
        learning->type->has_folders = learning->type->has_folders || learning->is_folder;
    }
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct learning *const learning = context;

    (void)element;
    if (learning->item_depth != 0 && learning->type && learning->takes_text) {
        end_value(learning, learning->depth - learning->item_depth);
    }
    if (learning->item_depth == learning->depth) {
        learning->item_depth = 0;
        learning->type = NULL;
    }
    learning->depth--;
    return FL_OK;
}

static enum fl_status read_file(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    const struct learning *const learning = context;

    *out_size = fread(out_bytes, 1, size_max, learning->file);
    if (*out_size == 0 && ferror(learning->file)) {
        return fl_error_set(out_error, FL_IO, "%s", strerror(errno));
    }
    return FL_OK;
}

static enum fl_status learn(struct learning *learning, struct fl_error *out_error)
{
    const struct fl_xml_reader_options options = {
        .read = read_file,
        .read_context = learning,
        .handler = {on_start, on_text, on_end, NULL, learning},
    };
    bool done = false;
    enum fl_status status = fl_xml_reader_open(&options, &learning->reader, out_error);

    while (status == FL_OK && !done) {
        status = fl_xml_reader_feed(learning->reader, &done, out_error);
    }
    fl_xml_reader_close(learning->reader);
    if (status == FL_OK && learning->object_count == 0) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "it holds no objects of 1C: give messages of an exchange plan, or files that "
            "hold objects such as <CatalogObject.X>");
    }
    return status;
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
    struct learning learning = {.learner = learner, .file = file};
    const enum fl_status status = learn(&learning, out_error);

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
            find_type(learner, type->kind, fl_bytes_of_text(type->name));

        if (learnt) {
            fl_learnt_type_build(learnt, builder);
            learnt->is_built = true;
        } else {
            status = add_type(learner, builder, type);
        }
    }
    return status;
}

static void add_plans(
    const struct fl_configuration *base,
    struct fl_configuration_builder *builder)
{
    for (size_t i = 0; i < base->plan_count; i++) {
        const struct fl_plan *const plan = &base->plans[i];

        fl_configuration_builder_plan(builder, plan->name, plan->distributed);
        for (size_t j = 0; j < plan->item_count; j++) {
            char name[FL_NAME_BYTES_MAX + 64];
            const struct fl_type *const type =
                fl_configuration_type(base, plan->items[j].type);

            (void)snprintf(
                name, sizeof(name), "%s.%s", fl_kind_name(type->kind), type->name);
            fl_configuration_builder_plan_item(builder, name, plan->items[j].auto_record);
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
    for (const struct fl_learnt_type *at = learner->types; at; at = at->next) {
        if (!at->is_built) {
            fl_learnt_type_build(at, builder);
        }
    }
    if (learner->base) {
        add_plans(learner->base, builder);
    }
    status = fl_configuration_builder_finish(builder, out_configuration, out_error);
    fl_learner_free(learner);
    return status;
}
