/*
 * Objects are found by their names, "CatalogObject.X" in no namespace, wherever they
 * stand in the file. Inside one, levels count from its element, 0:
 *
 *     object    1 attribute or section   2 <Row>      3 cell
 *     register  1 <Filter>               2 dimension
 *               1 <Records>              2 <Record>   3 field
 */

#include "learning.h"

#include <string.h>

#include "proto/limits.h"
#include "xml_reader.h"
#include "xml_writer.h"

enum { VALUE_BYTES_MAX = 64 /* enough to tell what it is */ };

static const char URI_MESSAGES[] = "http://v8.1c.ru/messages";
static const char URI_XSI[] = "http://www.w3.org/2001/XMLSchema-instance";
static const char URI_DATA[] = "http://v8.1c.ru/data";
static const char URI_XDTO[] = "http://v8.1c.ru/8.1/data/enterprise/current-config";

/* An element whose value is being read: an attribute or section, or a cell in it. */
struct open_value {
    struct fl_learnt_field *field; /* NULL: none is open */
    uint32_t level;
    struct fl_learnt_value value;
    char text[VALUE_BYTES_MAX];
};

struct learning {
    struct fl_learner *learner;
    struct fl_xml_reader *reader;
    FILE *file;
    uint32_t depth;
    size_t object_count;
    bool in_deletion;

    /* The plan of the message, when the base has it and says what belongs to it. */
    const struct fl_plan *plan;
    bool in_plan_name;
    char plan_name[FL_NAME_BYTES_MAX];
    size_t plan_name_size;

    uint32_t item_depth;         /* of the object's element; 0: outside */
    struct fl_learnt_type *type; /* NULL inside an object that the base knows */
    bool is_folder;
    struct fl_learnt_list *list; /* of the row, record or filter at hand */
    uint32_t list_level;         /* of its element; 0: none */
    bool in_records;
    struct open_value outer;
    struct open_value inner;
};

/* ---- types ---- */

static size_t bucket_of(enum fl_kind kind, struct fl_bytes name)
{
    size_t hash = (size_t)kind;

    for (size_t i = 0; i < name.size; i++) {
        hash = hash * 31 + name.data[i];
    }
    return hash % FL_LEARNING_BUCKETS;
}

struct fl_learnt_type *fl_learning_find(
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
    struct fl_learnt_type *const found = fl_learning_find(learner, kind, name);

    if (found) {
        return found;
    }
    struct fl_learnt_type *const type = fl_arena_alloc(&learner->arena, sizeof(*type));

    if (!type) {
        return NULL;
    }
    type->kind = kind;
    type->name = fl_arena_text(&learner->arena, name);
    if (!type->name) {
        return NULL;
    }
    type->next_in_bucket = learner->buckets[bucket];
    learner->buckets[bucket] = type;
    *learner->next_type = type;
    learner->next_type = &type->next;
    return type;
}

static enum fl_status no_room(struct learning *learning)
{
    return fl_xml_reader_fail(
        learning->reader, FL_LIMIT,
        "the files hold more types or elements than can be learnt");
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
    if (out_name->size > FL_NAME_BYTES_MAX || !fl_xml_writer_is_name(*out_name)) {
        return (enum fl_kind)0;
    }
    return is_ref ? fl_kind_find_ref_prefix(prefix) : fl_kind_find_item_prefix(prefix);
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

/* What comes in messages of a plan belongs to it. */
static enum fl_status join_plan(
    struct learning *learning,
    const struct fl_learnt_type *type)
{
    struct fl_learner *const learner = learning->learner;
    const struct fl_learnt_membership *at = learner->memberships;

    if (!learning->plan) {
        return FL_OK;
    }
    while (at && (at->plan != learning->plan || at->type != type)) {
        at = at->next;
    }
    if (at) {
        return FL_OK;
    }
    struct fl_learnt_membership *const made =
        fl_arena_alloc(&learner->arena, sizeof(*made));

    if (!made) {
        return no_room(learning);
    }
    *made = (struct fl_learnt_membership){learner->memberships, learning->plan, type};
    learner->memberships = made;
    return FL_OK;
}

/* ---- outside of objects ---- */

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
    struct fl_bytes type,
    bool *out_is_ref,
    struct fl_learnt_type **out_type)
{
    struct fl_bytes name;
    const enum fl_kind kind = split_name(type, /* is_ref= */ true, &name);

    *out_is_ref = fl_kind_has_ref(kind);
    *out_type = NULL;
    if (!*out_is_ref || is_known(learning->learner, kind, name)) {
        return FL_OK;
    }
    *out_type = get_type(learning->learner, kind, name);
    return *out_type ? FL_OK : no_room(learning);
}

static enum fl_status start_deletion_ref(
    struct learning *learning,
    const struct fl_xml_element *element)
{
    struct fl_learnt_type *type = NULL;
    bool is_ref = false;
    const enum fl_status status =
        learn_ref(learning, find_xsi(element, "type"), &is_ref, &type);

    learning->object_count += is_ref;
    return status == FL_OK && type ? join_plan(learning, type) : status;
}

static enum fl_status start_namespaced(
    struct learning *learning,
    const struct fl_xml_element *element)
{
    const bool is_data = strcmp(element->uri, URI_DATA) == 0;
    struct fl_bytes name;

    if (learning->in_deletion && is_data && strcmp(element->name, "Ref") == 0) {
        return start_deletion_ref(learning, element);
    }
    learning->in_deletion = is_data && strcmp(element->name, "ObjectDeletion") == 0;
    learning->in_plan_name = strcmp(element->uri, URI_MESSAGES) == 0 &&
                             strcmp(element->name, "ExchangePlan") == 0;
    learning->plan_name_size = 0;
    if (strcmp(element->uri, URI_XDTO) == 0 &&
        split_name(fl_bytes_of_text(element->name), /* is_ref= */ false, &name) != 0) {
        return fl_xml_reader_fail(
            learning->reader, FL_UNSUPPORTED, "<%s>: %s", element->name,
            fl_error_words("written by XDTO serialisation, which messages of exchange "
                           "plans never hold; have the other side write objects with "
                           "WriteXML (ЗаписатьXML)"));
    }
    return FL_OK;
}

static enum fl_status start_outside(
    struct learning *learning,
    const struct fl_xml_element *element)
{
    struct fl_bytes name;

    if (element->uri) {
        return start_namespaced(learning, element);
    }
    const enum fl_kind kind =
        split_name(fl_bytes_of_text(element->name), /* is_ref= */ false, &name);

    if (kind == 0) {
        return FL_OK;
    }
    learning->object_count++;
    learning->item_depth = learning->depth;
    learning->type = NULL;
    learning->is_folder = false;
    learning->list_level = 0;
    learning->in_records = false;
    learning->outer.field = NULL;
    learning->inner.field = NULL;
    if (is_known(learning->learner, kind, name)) {
        return FL_OK;
    }
    learning->type = get_type(learning->learner, kind, name);
    if (!learning->type) {
        return no_room(learning);
    }
    if (!fl_kind_is_register(kind)) {
        fl_learnt_list_begin(&learning->type->fields);
    }
    return join_plan(learning, learning->type);
}

/* ---- inside an object ---- */

static enum fl_status open_value(
    struct learning *learning,
    struct open_value *open,
    struct fl_learnt_list *list,
    const struct fl_xml_element *element,
    uint32_t level)
{
    const struct fl_bytes type = find_xsi(element, "type");
    const struct fl_bytes nil = find_xsi(element, "nil");
    struct fl_learnt_type *found = NULL;

    if (!fl_xml_writer_is_name(fl_bytes_of_text(element->name)) ||
        strlen(element->name) > FL_NAME_BYTES_MAX) {
        return FL_OK; /* kept by the reader */
    }
    open->field = fl_learnt_list_get(list, &learning->learner->arena, element->name);
    if (!open->field) {
        return no_room(learning);
    }
    open->level = level;
    open->value = (struct fl_learnt_value){
        .text = {(const uint8_t *)open->text, 0},
        .is_typed = type.size > 0,
        .is_nil = fl_bytes_equal(nil, fl_bytes_of_text("true")) ||
                  fl_bytes_equal(nil, fl_bytes_of_text("1")),
    };
    return learn_ref(learning, type, &open->value.is_ref, &found);
}

/* The element at hand stands in a value: it is a row of a section, or more of the value.
 */
static void start_in_value(
    struct learning *learning,
    struct open_value *open,
    const struct fl_xml_element *element,
    uint32_t level)
{
    const bool may_have_rows =
        open == &learning->outer && !fl_kind_is_register(learning->type->kind);

    if (may_have_rows && !element->uri && strcmp(element->name, "Row") == 0) {
        open->value.has_rows = true;
        learning->list = &open->field->rows;
        learning->list_level = level;
        fl_learnt_list_begin(learning->list);
    } else {
        open->value.has_xml = true;
    }
}

static void start_in_register(
    struct learning *learning,
    const struct fl_xml_element *element,
    uint32_t level)
{
    struct fl_learnt_list *list = NULL;

    if (element->uri) {
        return;
    }
    if (level == 1) {
        learning->in_records = strcmp(element->name, "Records") == 0;
        list = strcmp(element->name, "Filter") == 0 ? &learning->type->filter : NULL;
    } else if (level == 2 && learning->in_records) {
        list = strcmp(element->name, "Record") == 0 ? &learning->type->fields : NULL;
    }
    if (list) {
        learning->list = list;
        learning->list_level = level;
        fl_learnt_list_begin(list);
    }
}

static enum fl_status start_inside(
    struct learning *learning,
    const struct fl_xml_element *element,
    uint32_t level)
{
    if (learning->inner.field) {
        start_in_value(learning, &learning->inner, element, level);
        return FL_OK;
    }
    if (learning->list_level > 0) {
        return element->uri || level != learning->list_level + 1
                   ? FL_OK
                   : open_value(
                         learning, &learning->inner, learning->list, element, level);
    }
    if (learning->outer.field) {
        if (level == learning->outer.level + 1) {
            start_in_value(learning, &learning->outer, element, level);
        }
        return FL_OK;
    }
    if (fl_kind_is_register(learning->type->kind)) {
        start_in_register(learning, element, level);
        return FL_OK;
    }
    if (level != 1 || element->uri || strcmp(element->name, "Ref") == 0) {
        return FL_OK;
    }
    return open_value(
        learning, &learning->outer, &learning->type->fields, element, level);
}

/* ---- events ---- */

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct learning *const learning = context;

    learning->depth++;
    if (learning->item_depth == 0) {
        return start_outside(learning, element);
    }
    return learning->type
               ? start_inside(learning, element, learning->depth - learning->item_depth)
               : FL_OK;
}

static void add_text(struct open_value *open, struct fl_bytes text)
{
    const size_t room = sizeof(open->text) - open->value.text.size;
    const size_t size = text.size > room ? room : text.size;

    open->value.is_long = open->value.is_long || text.size > room;
    if (size > 0) {
        memcpy(open->text + open->value.text.size, text.data, size);
        open->value.text.size += size;
    }
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct learning *const learning = context;
    const uint32_t level = learning->depth - learning->item_depth;

    if (learning->in_plan_name) {
        const size_t room = sizeof(learning->plan_name) - learning->plan_name_size;
        const size_t size = text.size > room ? room : text.size;

        memcpy(learning->plan_name + learning->plan_name_size, text.data, size);
        learning->plan_name_size += size;
    } else if (learning->item_depth == 0 || !learning->type) {
        return FL_OK;
    } else if (learning->inner.field && learning->inner.level == level) {
        add_text(&learning->inner, text);
    } else if (learning->outer.field && learning->outer.level == level) {
        add_text(&learning->outer, text);
    }
    return FL_OK;
}

static void close_value(struct learning *learning, struct open_value *open)
{
    const bool is_true = fl_bytes_equal(open->value.text, fl_bytes_of_text("true"));

    fl_learnt_field_add(open->field, &open->value);
    if (open == &learning->outer && strcmp(open->field->name, "IsFolder") == 0) {
        learning->is_folder = is_true;
    }
    open->field = NULL;
}

static void end_inside(struct learning *learning, uint32_t level)
{
    if (learning->inner.field && learning->inner.level == level) {
        close_value(learning, &learning->inner);
    } else if (learning->list_level > 0 && learning->list_level == level) {
        fl_learnt_list_end(learning->list, /* is_folder= */ false);
        learning->list_level = 0;
    } else if (learning->outer.field && learning->outer.level == level) {
        close_value(learning, &learning->outer);
    }
}

static void end_object(struct learning *learning)
{
    if (learning->type && !fl_kind_is_register(learning->type->kind)) {
        fl_learnt_list_end(&learning->type->fields, learning->is_folder);
    }
    learning->item_depth = 0;
    learning->type = NULL;
}

static void end_plan_name(struct learning *learning)
{
    const struct fl_configuration *const base = learning->learner->base;
    const struct fl_bytes name = {
        (const uint8_t *)learning->plan_name, learning->plan_name_size};
    const struct fl_plan *const plan = base ? fl_configuration_plan(base, name) : NULL;

    /* A plan without items leaves open what belongs to it. */
    learning->plan = plan && plan->item_count > 0 ? plan : NULL;
    learning->in_plan_name = false;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct learning *const learning = context;

    (void)element;
    if (learning->in_plan_name) {
        end_plan_name(learning);
    }
    if (learning->item_depth != 0 && learning->item_depth == learning->depth) {
        end_object(learning);
    } else if (learning->item_depth != 0 && learning->type) {
        end_inside(learning, learning->depth - learning->item_depth);
    }
    learning->depth--;
    return FL_OK;
}

/* ---- files ---- */

enum fl_status fl_learning_read(
    struct fl_learner *learner,
    FILE *file,
    struct fl_error *out_error)
{
    struct learning *const learning = fl_alloc_zeroed(1, sizeof(*learning));

    if (!learning) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    learning->learner = learner;
    const struct fl_xml_reader_options options = {
        .read = fl_xml_reader_read_file,
        .read_context = file,
        .handler = {on_start, on_text, on_end, NULL, learning},
    };
    enum fl_status status = fl_xml_reader_open(&options, &learning->reader, out_error);

    if (status == FL_OK) {
        status = fl_xml_reader_finish(learning->reader, out_error);
    }
    fl_xml_reader_close(learning->reader);
    if (status == FL_OK && learning->object_count == 0) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "it holds no objects of 1C: give messages of an exchange plan, or files that "
            "hold objects such as <CatalogObject.X>");
    }
    fl_free(learning);
    return status;
}
