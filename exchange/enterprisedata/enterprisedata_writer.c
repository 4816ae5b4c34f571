/*
 * A message as 1C writes one. An object is a tree first, then bytes, member by member in
 * the order of the table, which says what is required and what a text may be: what does
 * not fit is refused before a byte of it leaves, since one bad value stops the whole load
 * in 1C. What a reference is found by is rendered once and kept.
 */

#include <stdio.h>
#include <string.h>

#include "enterprisedata_codec.h"
#include "proto/datetime.h"
#include "proto/limits.h"
#include "reference_cache.h"
#include "rules.h"
#include "table.h"
#include "xml_writer.h"

#define OPEN_MESSAGE                                                                     \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Message "                              \
    "xmlns:msg=\"" FL_ENTERPRISEDATA_URI_MSG                                             \
    "\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "                                  \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"

enum {
    DEPTH_MAX = 32,
    STEPS_MAX = DEPTH_MAX + 2, /* each element, and one in it that is refused */
    PATH_BYTES = 600,
    ARENA_BYTES_MAX = 256 << 20,
};

struct writer {
    struct fl_package_writer base;
    struct fl_package_writer_options options;
    struct fl_conversion_ports ports;
    const struct fl_enterprisedata_table *table;
    int version; /* of the table */
    fl_conversion_version number;
    const char *version_text;
    bool has_body;
    struct fl_xml_writer xml;
    struct fl_arena arena; /* of the object at hand */
    struct fl_reference_cache *cache;
    unsigned depth;
    const struct fl_element *own_key; /* it has all that it is found by already */
    const char *path[STEPS_MAX];      /* to what is at hand, for words of refusal */
    size_t path_count;
    enum fl_status refusal; /* of the object at hand */
    struct fl_error error;
    enum fl_status failure; /* the first that is not a refusal of one object */
};

static struct writer *writer_of(struct fl_package_writer *base)
{
    return (struct writer *)base;
}

void fl_enterprisedata_writer_close(struct fl_package_writer *base)
{
    struct writer *writer = writer_of(base);
    fl_reference_cache_free(writer->cache);
    fl_xml_writer_deinit(&writer->xml);
    fl_arena_deinit(&writer->arena);
    fl_free(writer);
}

enum fl_status fl_enterprisedata_writer_open(
    const struct fl_codec *codec,
    const struct fl_package_writer_options *options,
    struct fl_package_writer **out_writer,
    struct fl_error *out_error)
{
    if (options->conversion == NULL) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "EnterpriseData is written by a mapping, and none is given");
    }
    struct writer *writer = fl_alloc_zeroed(1, sizeof *writer);
    if (writer == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    writer->base.codec = codec;
    writer->options = *options;
    if (options->ports != NULL) {
        writer->ports = *options->ports;
    }
    writer->table = fl_enterprisedata_table();
    writer->cache = fl_reference_cache_new();
    fl_xml_writer_init(&writer->xml, options->sink);
    fl_arena_init(&writer->arena, ARENA_BYTES_MAX);
    if (writer->table == NULL || writer->cache == NULL) {
        fl_enterprisedata_writer_close(&writer->base);
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    *out_writer = &writer->base;
    return FL_OK;
}

/* --- refusals --- */

static void path_enter(struct writer *writer, const char *name)
{
    FL_ASSERT(writer->path_count < STEPS_MAX);
    writer->path[writer->path_count++] = name;
}

static void path_leave(struct writer *writer)
{
    writer->path_count--;
}

static void refuse(struct writer *writer, const char *what, struct fl_bytes text)
{
    char path[PATH_BYTES] = "";
    size_t size = 0;
    if (writer->refusal != FL_OK) {
        return;
    }
    for (size_t i = 0; i < writer->path_count && size < sizeof path; i++) {
        int more = snprintf(
            path + size, sizeof path - size, "%s%s", i > 0 ? "/" : "", writer->path[i]);
        size += more > 0 ? (size_t)more : 0;
    }
    struct fl_bytes shown = fl_bytes_utf8_beginning(text, 80);
    writer->refusal = fl_error_set(
        &writer->error, FL_REFUSED, "%s%s%.*s%s: %s", path, text.size > 0 ? " \"" : "",
        (int)shown.size, (const char *)shown.data, text.size > 0 ? "\"" : "",
        fl_error_words(what));
}

static void fail(struct writer *writer, enum fl_status status)
{
    if (writer->refusal == FL_OK) {
        writer->refusal = status;
        (void)fl_error_set(&writer->error, status, "the object is larger than the limit");
    }
}

/* What the XML writer refused. */
static void check_text(struct writer *writer)
{
    char words[80];
    if (writer->xml.failure != FL_REFUSED || writer->refusal != FL_OK) {
        return;
    }
    snprintf(
        words, sizeof words, writer->xml.character_is_bytes ? "0x%02X" : "U+%04X",
        (unsigned)writer->xml.character);
    refuse(
        writer, "a character that cannot stand in XML; remove it",
        fl_bytes_of_text(words));
}

/* --- elements --- */

static void put_tag(struct writer *writer, const char *name, const char *open)
{
    fl_xml_writer_literal(&writer->xml, open);
    fl_xml_writer_literal(&writer->xml, name);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_text(struct writer *writer, const char *name, struct fl_bytes text)
{
    put_tag(writer, name, "<");
    fl_xml_writer_text(&writer->xml, text, /* quotes= */ false);
    check_text(writer);
    put_tag(writer, name, "</");
}

/* A day is wanted where 1C keeps a moment: its time is cut. */
static struct fl_bytes text_for(
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text)
{
    enum { DATE_BYTES = 10 };
    if (type->value == FL_ENTERPRISEDATA_DATE && text.size == FL_DATETIME_TEXT_BYTES) {
        text.size = DATE_BYTES;
    }
    return text;
}

static void put_value(
    struct writer *writer,
    const char *name,
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text)
{
    text = text_for(type, text);
    const char *fault = fl_enterprisedata_value_fault(type, text);
    if (fault != NULL) {
        refuse(writer, fault, text);
        return;
    }
    put_text(writer, name, text);
}

static void put_element(
    struct writer *writer,
    const char *name,
    const struct fl_enterprisedata_type *type,
    struct fl_element *element);

/* Its content says what a reference is found by. */
static bool is_key(const struct writer *writer, const struct fl_enterprisedata_type *type)
{
    return (type->keyed & UINT32_C(1) << writer->version) != 0;
}

/* Is what it refers to here? Then it has what it is found by, if it is not kept. */
static bool is_there(
    struct writer *writer,
    const struct fl_enterprisedata_type *type,
    struct fl_element *element)
{
    struct fl_bytes kept;
    if (element->kind != FL_ELEMENT_REF || element->first != NULL || type == NULL ||
        type->value != FL_ENTERPRISEDATA_NONE ||
        (is_key(writer, type) &&
         fl_reference_cache_find(writer->cache, element->object, type, &kept))) {
        return true;
    }
    struct fl_error error = {.text = ""};
    enum fl_status status = fl_conversion_expand(
        writer->options.conversion, writer->number, &writer->ports, &writer->arena,
        element, &error);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        refuse(
            writer, "what it refers to cannot be written", fl_bytes_of_text(error.text));
    }
    return status != FL_NOT_FOUND;
}

/* A member without content: none at all, or an empty group that must stand. */
static void put_nothing(
    struct writer *writer,
    const struct fl_enterprisedata_member *member,
    const struct fl_enterprisedata_type *type)
{
    if (!member->required) {
        return;
    }
    if (!fl_enterprisedata_may_be_empty(type, writer->version)) {
        refuse(
            writer, "the format requires it, and it is empty here", (struct fl_bytes){0});
        return;
    }
    fl_xml_writer_literal(&writer->xml, "<");
    fl_xml_writer_literal(&writer->xml, member->name);
    fl_xml_writer_literal(&writer->xml, "/>");
}

/* A row is a row, whatever it has. */
static bool is_nothing(
    const struct fl_enterprisedata_member *member,
    const struct fl_element *child)
{
    if (child == NULL) {
        return true;
    }
    return child->kind == FL_ELEMENT_TEXT ? child->text.size == 0 && !member->required
                                          : child->kind == FL_ELEMENT_GROUP &&
                                                child->first == NULL && !member->repeated;
}

static void put_member(
    struct writer *writer,
    const struct fl_enterprisedata_member *member,
    struct fl_element *child) /* the first; NULL: none */
{
    const struct fl_enterprisedata_type *type =
        fl_enterprisedata_member_type(member, writer->version);
    bool is_missing =
        child != NULL && child != writer->own_key && !is_there(writer, type, child);
    if (is_missing && member->required) {
        refuse(
            writer, "what it refers to is not here",
            fl_bytes_of_text(fl_uuid_text(child->id).text));
    } else if (is_missing || is_nothing(member, child)) {
        put_nothing(writer, member, type);
    } else if (type == NULL) {
        refuse(
            writer, "this version of the format has no type for it",
            (struct fl_bytes){0});
    } else {
        do {
            put_element(writer, member->name, type, child);
            child = member->repeated ? fl_element_same(child) : NULL;
        } while (child != NULL);
    }
}

static void refuse_unknown(struct writer *writer, const char *name)
{
    path_enter(writer, name);
    refuse(
        writer,
        "this version of the format has no such element; `filial mapping check` says "
        "what does not fit",
        (struct fl_bytes){0});
    path_leave(writer);
}

/* The first child of each member of the type, in the order of its members. */
static struct fl_element **children_of(
    struct writer *writer,
    const struct fl_enterprisedata_type *type,
    struct fl_element *parent)
{
    struct fl_element **children =
        fl_arena_array(&writer->arena, type->member_count, sizeof(struct fl_element *));
    size_t at = 0;
    if (children == NULL) {
        fail(writer, FL_NO_MEMORY);
        return NULL;
    }
    for (struct fl_element *child = parent->first; child != NULL; child = child->next) {
        if (fl_enterprisedata_member_next(type, writer->version, child->name, &at) ==
            NULL) {
            refuse_unknown(writer, child->name);
        } else if (children[at] == NULL) {
            children[at] = child;
        }
    }
    return children;
}

static bool is_id(
    const struct fl_element *parent,
    const struct fl_enterprisedata_member *member)
{
    return member->is_id && parent->kind == FL_ELEMENT_REF;
}

static void put_members(
    struct writer *writer,
    const struct fl_enterprisedata_type *type,
    struct fl_element *parent)
{
    struct fl_element **children = children_of(writer, type, parent);
    for (size_t i = 0; i < type->member_count && writer->refusal == FL_OK; i++) {
        const struct fl_enterprisedata_member *member = &type->members[i];
        if (!(member->versions & UINT32_C(1) << writer->version) ||
            (children[i] == NULL && !member->required && !is_id(parent, member))) {
            continue;
        }
        path_enter(writer, member->name);
        if (is_id(parent, member)) {
            put_text(
                writer, FL_ENTERPRISEDATA_ID,
                fl_bytes_of_text(fl_uuid_text(parent->id).text));
        } else {
            put_member(writer, member, children[i]);
        }
        path_leave(writer);
    }
}

/* --- references --- */

/* The content of a reference to what `element` means; kept behind the first time. */
static void put_key(
    struct writer *writer,
    const struct fl_enterprisedata_type *type,
    struct fl_element *element)
{
    struct fl_bytes kept;
    bool is_own = element == writer->own_key;
    if (!is_own && fl_reference_cache_find(writer->cache, element->object, type, &kept)) {
        fl_xml_writer_view(&writer->xml, kept);
        return;
    }
    size_t begin = writer->xml.buffer.size;
    put_members(writer, type, element);
    if (writer->refusal == FL_OK && writer->xml.failure == FL_OK && !is_own) {
        fl_reference_cache_keep(
            writer->cache, element->object, type,
            (struct fl_bytes){
                writer->xml.buffer.data + begin, writer->xml.buffer.size - begin});
    }
}

/* Several kinds may stand here: the inner element says which. */
static void put_of_kind(
    struct writer *writer,
    const struct fl_enterprisedata_type *type,
    struct fl_element *element)
{
    char name[FL_NAME_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%s" FL_ENTERPRISEDATA_ID, element->type);
    const struct fl_enterprisedata_member *member =
        fl_enterprisedata_member_find(type, writer->version, fl_bytes_of_text(name));
    const struct fl_enterprisedata_type *inner =
        member == NULL ? NULL : fl_enterprisedata_member_type(member, writer->version);
    if (inner == NULL) {
        refuse(
            writer, "the format takes no reference to this kind here",
            fl_bytes_of_text(element->type));
        return;
    }
    put_element(writer, name, inner, element);
}

static void put_element(
    struct writer *writer,
    const char *name,
    const struct fl_enterprisedata_type *type,
    struct fl_element *element)
{
    if (writer->refusal != FL_OK) {
        return;
    }
    if (writer->depth == DEPTH_MAX) {
        refuse(writer, "references lead in a circle", (struct fl_bytes){0});
        return;
    }
    if (element->kind == FL_ELEMENT_TEXT) {
        put_value(writer, name, type, element->text);
        return;
    }
    if (type->value != FL_ENTERPRISEDATA_NONE) {
        if (element->kind == FL_ELEMENT_REF) {
            put_value(
                writer, name, type, fl_bytes_of_text(fl_uuid_text(element->id).text));
        } else {
            refuse(writer, "a text is wanted, not elements", (struct fl_bytes){0});
        }
        return;
    }
    writer->depth++;
    put_tag(writer, name, "<");
    if (element->kind == FL_ELEMENT_GROUP) {
        put_members(writer, type, element);
    } else if (is_key(writer, type)) {
        put_key(writer, type, element);
    } else {
        put_of_kind(writer, type, element);
    }
    put_tag(writer, name, "</");
    writer->depth--;
}

/* --- objects --- */

static const struct fl_value *role_of(
    const struct writer *writer,
    const struct fl_object *object,
    enum fl_role role)
{
    const struct fl_type *type =
        fl_configuration_type(writer->options.configuration, object->key.type);
    const struct fl_attribute *attribute = fl_type_role(type, role);
    return attribute == NULL ? NULL : fl_object_field(object, attribute->number);
}

/* The format has no word for "not posted" and "marked": both mean that it is to go. */
static bool is_gone(const struct writer *writer, const struct fl_object *object)
{
    const struct fl_type *type =
        fl_configuration_type(writer->options.configuration, object->key.type);
    const struct fl_value *mark = role_of(writer, object, FL_ROLE_DELETION_MARK);
    const struct fl_value *posted = role_of(writer, object, FL_ROLE_POSTED);
    bool is_draft = type->kind == FL_KIND_DOCUMENT && posted == NULL &&
                    fl_type_role(type, FL_ROLE_POSTED) != NULL;
    return object->deleted || mark != NULL || is_draft;
}

static enum fl_status put_deletion(struct writer *writer, const struct fl_object *object)
{
    const struct fl_conversion_rule *rule = fl_conversion_rule_of(
        writer->options.conversion, writer->number, object->key.type);
    const struct fl_enterprisedata_type *type = fl_enterprisedata_body_find(
        writer->table, writer->version, fl_bytes_of_text(FL_ENTERPRISEDATA_DELETION));
    if (rule == NULL || type == NULL ||
        (writer->options.receiver != NULL &&
         !fl_package_terms_receive(
             writer->options.receiver, rule->element, writer->version_text))) {
        return FL_UNSUPPORTED;
    }
    struct fl_element *root = fl_element_add(
        &writer->arena, NULL, fl_bytes_of_text(FL_ENTERPRISEDATA_DELETION));
    struct fl_element *reference =
        root == NULL
            ? NULL
            : fl_element_make(&writer->arena, root, "СсылкаНаОбъект/СсылкаНаОбъект");
    if (reference == NULL) {
        fail(writer, FL_NO_MEMORY);
        return FL_OK;
    }
    reference->kind = FL_ELEMENT_REF;
    reference->type = fl_conversion_without_kind(rule->element);
    reference->object = object->key;
    reference->id = writer->ports.identity == NULL
                        ? object->key.id
                        : writer->ports.identity(writer->ports.context, object->key);
    writer->own_key = reference; /* it is gone, and named by its identity alone */
    fl_xml_writer_literal(&writer->xml, "\n\t\t");
    put_element(writer, FL_ENTERPRISEDATA_DELETION, type, root);
    return FL_OK;
}

static enum fl_status put_object(struct writer *writer, const struct fl_object *object)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_element *root = NULL;
    enum fl_status status = fl_conversion_write(
        writer->options.conversion, writer->number, &writer->ports, object,
        &writer->arena, &root, &rule, &writer->error);
    if (status != FL_OK) {
        writer->refusal = status;
        return FL_OK;
    }
    const struct fl_enterprisedata_type *type =
        root == NULL
            ? NULL
            : fl_enterprisedata_body_find(
                  writer->table, writer->version, fl_bytes_of_text(rule->element));
    if (type == NULL ||
        (writer->options.receiver != NULL &&
         !fl_package_terms_receive(
             writer->options.receiver, rule->element, writer->version_text))) {
        return FL_UNSUPPORTED;
    }
    writer->own_key = root->first;
    fl_xml_writer_literal(&writer->xml, "\n\t\t");
    put_element(writer, rule->element, type, root);
    return FL_OK;
}

static void name_object(struct writer *writer, const struct fl_object *object)
{
    const struct fl_type *type =
        fl_configuration_type(writer->options.configuration, object->key.type);
    fl_error_prefix(
        &writer->error, "%s.%s:%s", fl_kind_name(type->kind), type->name,
        fl_uuid_text(object->key.id).text);
}

enum fl_status fl_enterprisedata_writer_put(
    struct fl_package_writer *base,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    struct writer *writer = writer_of(base);
    if (writer->failure != FL_OK) {
        return writer->failure;
    }
    if (!writer->has_body ||
        fl_configuration_type(writer->options.configuration, object->key.type) == NULL) {
        return FL_UNSUPPORTED;
    }
    fl_arena_reset(&writer->arena);
    fl_xml_writer_mark(&writer->xml);
    writer->refusal = FL_OK;
    writer->path_count = 0;
    writer->depth = 0;
    writer->own_key = NULL;
    enum fl_status status = is_gone(writer, object) ? put_deletion(writer, object)
                                                    : put_object(writer, object);
    if (writer->xml.failure != FL_OK) {
        fail(writer, writer->xml.failure);
    }
    if (status == FL_OK && writer->refusal != FL_OK) {
        name_object(writer, object);
        status = writer->refusal;
        if (out_error != NULL) {
            *out_error = writer->error;
        }
    }
    if (status != FL_OK) {
        fl_xml_writer_take_back(&writer->xml);
        return status;
    }
    writer->failure = fl_xml_writer_flush(&writer->xml, /* all= */ false, out_error);
    return writer->failure;
}

/* --- the message --- */

enum fl_status fl_enterprisedata_writer_begin(
    struct fl_package_writer *base,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    struct writer *writer = writer_of(base);
    char created[FL_DATETIME_TEXT_BYTES + 1] = "";
    FL_ASSERT(header != NULL && header->terms != NULL);
    writer->version_text = header->terms->version;
    writer->has_body = writer->version_text[0] != '\0';
    writer->number = fl_conversion_version_of(fl_bytes_of_text(writer->version_text));
    writer->version = fl_enterprisedata_version_find(
        writer->table, fl_bytes_of_text(writer->version_text));
    if (writer->has_body && writer->version < 0) {
        writer->failure = FL_UNSUPPORTED;
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "there is no schema of EnterpriseData %s here to write by",
            writer->version_text);
    }
    fl_datetime_format(writer->options.created, created);
    fl_xml_writer_literal(&writer->xml, OPEN_MESSAGE);
    fl_enterprisedata_header_write(&writer->xml, header, created);
    if (writer->has_body) {
        fl_xml_writer_literal(&writer->xml, "\t<Body xmlns=\"" FL_ENTERPRISEDATA_URI "/");
        fl_xml_writer_literal(&writer->xml, writer->version_text);
        fl_xml_writer_literal(&writer->xml, "\">");
    }
    if (writer->xml.failure == FL_REFUSED) {
        writer->failure = FL_REFUSED;
        return fl_error_set(
            out_error, FL_REFUSED, "a code in the header cannot stand in XML");
    }
    return writer->xml.failure;
}

enum fl_status fl_enterprisedata_writer_end(
    struct fl_package_writer *base,
    struct fl_error *out_error)
{
    struct writer *writer = writer_of(base);
    if (writer->failure != FL_OK) {
        return writer->failure;
    }
    fl_xml_writer_literal(
        &writer->xml, writer->has_body ? "\n\t</Body>\n</Message>" : "</Message>");
    writer->failure = fl_xml_writer_flush(&writer->xml, /* all= */ true, out_error);
    return writer->failure;
}
