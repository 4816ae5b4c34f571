/*
 * An item stands at depth 2 in both envelopes, its attributes at 3, rows of its sections
 * at 4. In XDTO serialisation rows stand where their section would, records where theirs,
 * and a filter is a list of names and values. Names come from a configuration that may
 * have come from elsewhere: they are checked before they become tags.
 */

#include "v8msg_tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "xml_writer.h"

enum {
    DEPTH_ITEM = 2,
    DEPTH_FIELD = 3,
    DEPTH_ROW = 4,
    DEPTH_CELL = 5,
    TAGS_BYTES_MAX = 1 << 30,
    TEXT_BYTES_MAX = FL_NAME_BYTES_MAX + 256,
};

#define XDTO_PREFIX "v8:"
#define XDTO_ITEM                                                                        \
    "\n\t\t\t\t<FilterItem xmlns=\"" FL_V8MSG_URI_XDTO "enterprise\">"                   \
    "\n\t\t\t\t\t<Name xsi:type=\"xs:string\">"

struct fl_v8msg_tags {
    const struct fl_configuration *configuration;
    bool is_xdto;
    struct fl_arena arena;
    struct fl_v8msg_type **types; /* by number, less one; NULL until used */
};

/* What is being made, with the first failure. */
struct making {
    struct fl_arena *arena;
    const struct fl_type *type;
    bool is_xdto;
    const char *prefix; /* of every name: XDTO_PREFIX or none */
    enum fl_status failure;
    struct fl_error *out_error;
};

enum fl_status fl_v8msg_tags_new(
    const struct fl_configuration *configuration,
    bool is_xdto,
    struct fl_v8msg_tags **out_tags)
{
    struct fl_v8msg_tags *const tags = fl_alloc_zeroed(1, sizeof(*tags));

    if (!tags) {
        return FL_NO_MEMORY;
    }
    tags->configuration = configuration;
    tags->is_xdto = is_xdto;
    fl_arena_init(&tags->arena, TAGS_BYTES_MAX);
    tags->types =
        fl_alloc_zeroed(configuration->type_count, sizeof(struct fl_v8msg_type *));
    if (!tags->types) {
        fl_v8msg_tags_free(tags);
        return FL_NO_MEMORY;
    }
    *out_tags = tags;
    return FL_OK;
}

void fl_v8msg_tags_free(struct fl_v8msg_tags *tags)
{
    if (tags) {
        fl_arena_deinit(&tags->arena);
        fl_free(tags->types);
        fl_free(tags);
    }
}

static void fail_memory(struct making *making)
{
    if (making->failure == FL_OK) {
        making->failure = fl_error_set(
            making->out_error, FL_NO_MEMORY, "out of memory for the package");
    }
}

static void *array(struct making *making, size_t count, size_t size)
{
    void *const memory = fl_arena_array(making->arena, count > 0 ? count : 1, size);

    if (!memory) {
        fail_memory(making);
    }
    return memory;
}

static void check_name(struct making *making, const char *name)
{
    const struct fl_bytes bytes = fl_bytes_of_text(name);

    if (making->failure == FL_OK &&
        (bytes.size > FL_NAME_BYTES_MAX || !fl_xml_writer_is_name(bytes))) {
        making->failure = fl_error_set(
            making->out_error, FL_REFUSED,
            "\"%s\" of %s.%s cannot be the name of an XML element: correct the "
            "configuration",
            name, fl_kind_name(making->type->kind), making->type->name);
    }
}

static struct fl_bytes keep(struct making *making, const char *text)
{
    struct fl_bytes copy = {0};

    if (making->failure == FL_OK &&
        fl_arena_copy(making->arena, fl_bytes_of_text(text), &copy) != FL_OK) {
        fail_memory(making);
    }
    return copy;
}

/* "\n", `depth` tabs, `before`, `name` with its prefix, `after`. */
static struct fl_bytes keep_line(
    struct making *making,
    int depth,
    const char *before,
    const char *name,
    const char *after)
{
    static const char tabs[] = "\t\t\t\t\t";
    char text[3 * TEXT_BYTES_MAX];

    if (making->failure != FL_OK) {
        return (struct fl_bytes){0};
    }
    (void)snprintf(
        text, sizeof(text), "\n%.*s%s%s%s%s", depth, tabs, before, making->prefix, name,
        after);
    return keep(making, text);
}

/* The end of an element that holds text. */
static struct fl_bytes keep_close(struct making *making, const char *name)
{
    char text[TEXT_BYTES_MAX];

    (void)snprintf(text, sizeof(text), "</%s%s>", making->prefix, name);
    return keep(making, text);
}

/* An element with children. */
static struct fl_v8msg_tag make_tag(struct making *making, int depth, const char *name)
{
    return (struct fl_v8msg_tag){
        .open = keep_line(making, depth, "<", name, ">"),
        .close = keep_line(making, depth, "</", name, ">"),
        .empty = keep_line(making, depth, "<", name, "/>"),
    };
}

/* Where XDTO serialisation has no element around what stands there. */
static struct fl_v8msg_tag make_none(struct making *making)
{
    return (struct fl_v8msg_tag){keep(making, ""), keep(making, ""), keep(making, "")};
}

/* What 1C writes for the empty value of a single type; NULL: xsi:nil. */
static const char *empty_text(const struct fl_value_type *type)
{
    const uint32_t without_empty = FL_ALLOWS_BINARY | FL_ALLOWS_STORAGE | FL_ALLOWS_TYPE;
    const struct fl_value value = fl_value_empty(type);

    switch (value.kind) {
    case FL_VALUE_NUMBER:
        return "0";
    case FL_VALUE_DATE:
        return FL_V8MSG_EMPTY_DATE;
    case FL_VALUE_BOOLEAN:
        return "false";
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        return FL_V8MSG_EMPTY_UUID;
    case FL_VALUE_UNDEFINED:
        return type->composite || (type->allows & without_empty) == 0 ? NULL : "";
    case FL_VALUE_NULL:
    case FL_VALUE_STRING:
    case FL_VALUE_ENUM:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        return "";
    }
    return "";
}

/* The line of an empty value; none where it needs its type and so is written anew. */
static struct fl_bytes make_empty(
    struct making *making,
    int depth,
    const char *name,
    const struct fl_attribute *attribute,
    bool typed)
{
    const char *const text = empty_text(&attribute->type);
    char rest[TEXT_BYTES_MAX];

    if (!text) {
        return keep_line(making, depth, "<", name, " xsi:nil=\"true\"/>");
    }
    if (typed) {
        return (struct fl_bytes){0};
    }
    if (text[0] == '\0') {
        return keep_line(making, depth, "<", name, "/>");
    }
    (void)snprintf(rest, sizeof(rest), ">%s</%s%s>", text, making->prefix, name);
    return keep_line(making, depth, "<", name, rest);
}

/* Does every value of it carry its type? In XDTO serialisation each ref does. */
static bool is_typed(const struct making *making, const struct fl_attribute *attribute)
{
    const bool is_ref =
        (attribute->type.allows & FL_ALLOWS_REFS) != 0 && !attribute->type.enumeration;

    return attribute->type.composite || attribute->role == FL_ROLE_OWNER ||
           attribute->role == FL_ROLE_RECORDER || (making->is_xdto && is_ref);
}

static struct fl_v8msg_field make_field(
    struct making *making,
    const struct fl_attribute *attribute,
    int depth)
{
    const bool typed = is_typed(making, attribute);
    const char *const name =
        attribute->role == FL_ROLE_CONSTANT_VALUE ? "Value" : attribute->name;

    check_name(making, name);
    return (struct fl_v8msg_field){
        .attribute = attribute,
        .tag =
            {
                .open = keep_line(making, depth, "<", name, ">"),
                .close = keep_close(making, name),
                .empty = make_empty(making, depth, name, attribute, typed),
            },
        .typed = typed,
    };
}

static int compare_places(const void *a, const void *b)
{
    const struct fl_attribute *const *left = a;
    const struct fl_attribute *const *right = b;

    return (*left)->place < (*right)->place ? -1 : (*left)->place > (*right)->place;
}

/* Those that packages have, in their order there; says how many. */
static size_t place_attributes(
    const struct fl_attribute *attributes,
    size_t count,
    const struct fl_attribute **out_placed)
{
    size_t placed = 0;

    for (size_t i = 0; i < count; i++) {
        if (attributes[i].place != FL_PLACE_NONE) {
            out_placed[placed++] = &attributes[i];
        }
    }
    qsort(out_placed, placed, sizeof(*out_placed), compare_places);
    return placed;
}

static struct fl_v8msg_fields make_fields(
    struct making *making,
    const struct fl_attribute *attributes,
    size_t count,
    int depth)
{
    struct fl_v8msg_fields made = {.ascending = true};
    const struct fl_attribute **placed = array(making, count, sizeof(*placed));

    made.fields = array(making, count, sizeof(*made.fields));
    if (making->failure != FL_OK) {
        return made;
    }
    made.count = place_attributes(attributes, count, placed);
    for (size_t i = 0; i < made.count && making->failure == FL_OK; i++) {
        made.fields[i] = make_field(making, placed[i], depth);
        if (i > 0 && placed[i]->number < placed[i - 1]->number) {
            made.ascending = false;
        }
    }
    return made;
}

static int compare_section_places(const void *a, const void *b)
{
    const struct fl_section_type *const *left = a;
    const struct fl_section_type *const *right = b;

    return (*left)->place < (*right)->place ? -1 : (*left)->place > (*right)->place;
}

static size_t place_sections(
    const struct fl_type *type,
    const struct fl_section_type **out_placed)
{
    size_t placed = 0;

    for (size_t i = 0; i < type->section_count; i++) {
        if (type->sections[i].place != FL_PLACE_NONE) {
            out_placed[placed++] = &type->sections[i];
        }
    }
    qsort(out_placed, placed, sizeof(*out_placed), compare_section_places);
    return placed;
}

static void make_sections(struct making *making, struct fl_v8msg_type *made)
{
    const struct fl_type *const type = making->type;

    const struct fl_section_type **placed =
        array(making, type->section_count, sizeof(*placed));

    made->sections = array(making, type->section_count, sizeof(*made->sections));
    if (making->failure != FL_OK) {
        return;
    }
    made->section_count = place_sections(type, placed);
    for (size_t i = 0; i < made->section_count && making->failure == FL_OK; i++) {
        const struct fl_section_type *const section = placed[i];

        check_name(making, section->name);
        made->sections[i] = (struct fl_v8msg_section){
            .type = section,
            .name = section->name,
            .tag = making->is_xdto ? make_none(making)
                                   : make_tag(making, DEPTH_FIELD, section->name),
            .row = making->is_xdto ? make_tag(making, DEPTH_FIELD, section->name)
                                   : make_tag(making, DEPTH_ROW, "Row"),
            .fields = make_fields(
                making, section->attributes, section->attribute_count,
                making->is_xdto ? DEPTH_ROW : DEPTH_CELL),
        };
    }
}

/* A name and a value, with its type. */
static struct fl_v8msg_field make_filter_item(
    struct making *making,
    const struct fl_attribute *attribute)
{
    char open[TEXT_BYTES_MAX];

    check_name(making, attribute->name);
    (void)snprintf(
        open, sizeof(open), XDTO_ITEM "%s</Name>\n\t\t\t\t\t<Value>", attribute->name);
    return (struct fl_v8msg_field){
        .attribute = attribute,
        .tag =
            {.open = keep(making, open),
             .close = keep(making, "</Value>\n\t\t\t\t</FilterItem>")},
        .typed = true,
    };
}

static void add_filter_field(
    struct making *making,
    struct fl_v8msg_fields *filter,
    const struct fl_attribute *attribute)
{
    const struct fl_v8msg_field field = making->is_xdto
                                            ? make_filter_item(making, attribute)
                                            : make_field(making, attribute, DEPTH_ROW);

    if (filter->count > 0 &&
        attribute->number < filter->fields[filter->count - 1].attribute->number) {
        filter->ascending = false;
    }
    filter->fields[filter->count++] = field;
}

/* Dimensions first, the period after them. */
static void make_register(struct making *making, struct fl_v8msg_type *made)
{
    const struct fl_type *const type = making->type;

    made->filter = make_tag(making, DEPTH_FIELD, FL_V8MSG_PLACE_FILTER);
    made->fields = (struct fl_v8msg_fields){.ascending = true};
    made->fields.fields =
        array(making, type->attribute_count, sizeof(*made->fields.fields));
    const struct fl_attribute **placed =
        array(making, type->attribute_count, sizeof(*placed));
    const size_t count =
        placed ? place_attributes(type->attributes, type->attribute_count, placed) : 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count && making->failure == FL_OK; i++) {
            const struct fl_attribute *const attribute = placed[i];
            const bool is_last = attribute->role == FL_ROLE_PERIOD;
            const bool is_filter = type->by_recorder ? attribute->role == FL_ROLE_RECORDER
                                                     : attribute->in_filter;

            if (is_filter && is_last == (pass == 1)) {
                add_filter_field(making, &made->fields, attribute);
            }
        }
    }
    made->section_count = 1;
    made->sections = array(making, 1, sizeof(*made->sections));
    if (making->failure == FL_OK) {
        made->sections[0] = (struct fl_v8msg_section){
            .name = FL_V8MSG_PLACE_RECORDS,
            .tag = making->is_xdto
                       ? make_none(making)
                       : make_tag(making, DEPTH_FIELD, FL_V8MSG_PLACE_RECORDS),
            .row = make_tag(making, making->is_xdto ? DEPTH_FIELD : DEPTH_ROW, "Record"),
            .fields = make_fields(
                making, type->attributes, type->attribute_count,
                making->is_xdto ? DEPTH_ROW : DEPTH_CELL),
        };
    }
}

static void make_names(struct making *making, struct fl_v8msg_type *made)
{
    const struct fl_type *const type = making->type;
    const char *const item = fl_kind_item_prefix(type->kind);
    const char *const ref = fl_kind_ref_prefix(type->kind);
    char text[TEXT_BYTES_MAX];

    check_name(making, type->name);
    if (item && making->failure == FL_OK) {
        (void)snprintf(text, sizeof(text), "%s.%s", item, type->name);
        made->tag = make_tag(making, DEPTH_ITEM, text);
    }
    if (ref && making->failure == FL_OK) {
        (void)snprintf(
            text, sizeof(text), " xsi:type=\"%s%s.%s\"", making->prefix, ref, type->name);
        made->xsi_type = keep(making, text);
    }
    made->ref.open = keep_line(making, DEPTH_FIELD, "<", "Ref", ">");
    made->ref.close = keep_close(making, "Ref");
}

static enum fl_status make_type(
    struct fl_v8msg_tags *tags,
    const struct fl_type *type,
    struct fl_v8msg_type **out_made,
    struct fl_error *out_error)
{
    struct making making = {
        .arena = &tags->arena,
        .type = type,
        .is_xdto = tags->is_xdto,
        .prefix = tags->is_xdto ? XDTO_PREFIX : "",
        .out_error = out_error};
    struct fl_v8msg_type *const made = array(&making, 1, sizeof(*made));

    if (!made) {
        return making.failure;
    }
    made->type = type;
    make_names(&making, made);
    if (fl_kind_is_register(type->kind)) {
        make_register(&making, made);
    } else if (type->kind != FL_KIND_ENUM) {
        made->fields =
            make_fields(&making, type->attributes, type->attribute_count, DEPTH_FIELD);
        make_sections(&making, made);
    }
    *out_made = made;
    return making.failure;
}

enum fl_status fl_v8msg_tags_type(
    struct fl_v8msg_tags *tags,
    uint32_t number,
    const struct fl_v8msg_type **out_type,
    struct fl_error *out_error)
{
    const struct fl_type *const type = fl_configuration_type(tags->configuration, number);

    if (!type) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "type %u is not in configuration %s: it came from a node with another "
            "configuration",
            (unsigned)number, tags->configuration->name);
    }
    struct fl_v8msg_type **const slot = &tags->types[number - 1];

    if (!*slot) {
        struct fl_v8msg_type *made = NULL;
        const enum fl_status status = make_type(tags, type, &made, out_error);

        if (status != FL_OK) {
            return status;
        }
        *slot = made;
    }
    *out_type = *slot;
    return FL_OK;
}
