/*
 * Three envelopes of the same items: a message; _1CV8DtUD as 8.0 and 8.1 wrote it, which
 * is what programs write; and as the processing of 8.2 and 8.3 does, in XDTO
 * serialisation with a table of predefined items behind (formats of kd2, C).
 *
 * Byte for byte what 1C writes: UTF-8 with a mark, the declaration, tabs, `<X/>`, no line
 * break at the end; v8, xs and xsi declared once on the body; every attribute in the
 * order of the configuration, empty ones too. An object is in the buffer whole or not at
 * all.
 */

#include <inttypes.h>
#include <stdio.h>

#include "v8msg_output.h"

#define XML_START   "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define EMPTY_BODY  "\n\t<v8msg:Body/>"
#define EMPTY_FRAME "\n\t<V8Exch:Data/>"
#define OPEN_BODY                                                                        \
    "\n\t<v8msg:Body " FL_V8MSG_DECLARE_V8 " " FL_V8MSG_DECLARE_XS                       \
    " " FL_V8MSG_DECLARE_XSI ">"
#define OPEN_FRAME   "\n\t<V8Exch:Data>"
#define CLOSE_BODY   "\n\t</v8msg:Body>"
#define CLOSE_FRAME  "\n\t</V8Exch:Data>"
#define OPEN_MESSAGE "<v8msg:Message xmlns:v8msg=\"" FL_V8MSG_URI_MESSAGES "\">"
#define OPEN_ROOT                                                                        \
    "<V8Exch:_1CV8DtUD xmlns:V8Exch=\"" FL_V8MSG_URI_FRAME "\" " FL_V8MSG_DECLARE_V8     \
    " " FL_V8MSG_DECLARE_XSI ">"

#define OPEN_XDTO_ROOT                                                                   \
    "<V8Exch:_1CV8DtUD xmlns:V8Exch=\"" FL_V8MSG_URI_FRAME                               \
    "\" xmlns:core=\"" FL_V8MSG_URI_DATA "\" xmlns:v8=\"" FL_V8MSG_URI_XDTO_CURRENT      \
    "\" " FL_V8MSG_DECLARE_XS " " FL_V8MSG_DECLARE_XSI ">"

/* An item of the table behind the data. */
struct predefined {
    const struct fl_type *type;
    struct fl_uuid ref;
    const char *name;
};

enum { PREDEFINED_BYTES_MAX = 64 << 20 };

enum state { STATE_NEW = 0, STATE_EMPTY, STATE_BODY, STATE_ENDED };

struct v8msg_writer {
    struct fl_package_writer base;
    enum state state;
    struct fl_v8msg_output output;
    struct predefined *predefined;
    size_t predefined_count;
    size_t predefined_capacity;
    struct fl_arena predefined_names;
    enum fl_status failure; /* the first that is not a refusal of one object */
};

static struct v8msg_writer *writer_of(struct fl_package_writer *base)
{
    return (struct v8msg_writer *)base;
}

void fl_v8msg_writer_close(struct fl_package_writer *base)
{
    struct v8msg_writer *const writer = writer_of(base);

    fl_xml_writer_deinit(&writer->output.xml);
    fl_v8msg_tags_free(writer->output.tags);
    fl_free(writer->output.unknown_is_put);
    fl_arena_deinit(&writer->predefined_names);
    fl_free(writer->predefined);
    fl_free(writer);
}

/* What kept parts need not declare. */
static void declare(struct fl_v8msg_output *output)
{
    output->declarations[output->declaration_count++] =
        fl_bytes_of_text(FL_V8MSG_DECLARE_XSI);
    if (!output->is_xdto) {
        output->declarations[output->declaration_count++] =
            fl_bytes_of_text(FL_V8MSG_DECLARE_V8);
    }
    if (output->has_xs) {
        output->declarations[output->declaration_count++] =
            fl_bytes_of_text(FL_V8MSG_DECLARE_XS);
    }
}

enum fl_status fl_v8msg_writer_open(
    const struct fl_codec *codec,
    const struct fl_package_writer_options *options,
    struct fl_package_writer **out_writer,
    struct fl_error *out_error)
{
    struct v8msg_writer *const writer = fl_alloc_zeroed(1, sizeof(*writer));

    if (!writer) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    struct fl_v8msg_output *const output = &writer->output;

    writer->base.codec = codec;
    output->configuration = options->configuration;
    output->is_xdto = codec == &fl_v8msg_xdto_codec;
    output->is_frame = output->is_xdto || codec == &fl_v8msg_frame_codec;
    output->has_xs = output->is_xdto || !output->is_frame;
    output->wrapper = output->is_frame ? NULL : options->wrapper;
    output->pairs = options->pairs;
    declare(output);
    fl_arena_init(&writer->predefined_names, PREDEFINED_BYTES_MAX);
    fl_xml_writer_init(&writer->output.xml, options->sink);
    if (fl_v8msg_tags_new(
            options->configuration, writer->output.is_xdto, &writer->output.tags) !=
        FL_OK) {
        fl_v8msg_writer_close(&writer->base);
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    *out_writer = &writer->base;
    return FL_OK;
}

static void put_header_line(
    struct v8msg_writer *writer,
    const char *name,
    const char *text)
{
    struct fl_xml_writer *const xml = &writer->output.xml;

    fl_xml_writer_literal(xml, "\n\t\t<v8msg:");
    fl_xml_writer_literal(xml, name);
    fl_xml_writer_literal(xml, ">");
    fl_xml_writer_text(xml, fl_bytes_of_text(text), /* quotes= */ false);
    fl_xml_writer_literal(xml, "</v8msg:");
    fl_xml_writer_literal(xml, name);
    fl_xml_writer_literal(xml, ">");
}

static void put_header(
    struct v8msg_writer *writer,
    const struct fl_package_header *header)
{
    char number[24];

    fl_xml_writer_literal(&writer->output.xml, OPEN_MESSAGE "\n\t<v8msg:Header>");
    put_header_line(writer, "ExchangePlan", header->plan);
    put_header_line(writer, "To", header->to);
    put_header_line(writer, "From", header->from);
    (void)snprintf(number, sizeof(number), "%" PRIu64, header->message_number);
    put_header_line(writer, "MessageNo", number);
    (void)snprintf(number, sizeof(number), "%" PRIu64, header->received_number);
    put_header_line(writer, "ReceivedNo", number);
    fl_xml_writer_literal(&writer->output.xml, "\n\t</v8msg:Header>");
}

static enum fl_status fail_memory(struct v8msg_writer *writer, struct fl_error *out_error)
{
    writer->failure = writer->output.xml.failure;
    return fl_error_set(out_error, writer->failure, "out of memory for the package");
}

enum fl_status fl_v8msg_writer_begin(
    struct fl_package_writer *base,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    struct v8msg_writer *const writer = writer_of(base);

    FL_ASSERT(writer->state == STATE_NEW);
    FL_ASSERT(writer->output.is_frame || header);
    fl_xml_writer_literal(&writer->output.xml, XML_START);
    if (writer->output.is_frame) {
        fl_xml_writer_literal(
            &writer->output.xml, writer->output.is_xdto ? OPEN_XDTO_ROOT : OPEN_ROOT);
    } else {
        put_header(writer, header);
    }
    writer->state = STATE_EMPTY;
    if (writer->output.xml.failure == FL_REFUSED) {
        writer->failure = FL_REFUSED;
        return fl_error_set(
            out_error, FL_REFUSED,
            "the plan's name or a node's code holds a character that XML forbids: give "
            "them names of letters and digits");
    }
    return writer->output.xml.failure == FL_OK ? FL_OK : fail_memory(writer, out_error);
}

/* A default namespace around the objects would be theirs too: it gets a prefix. */
static const char *prefix_of(const char *prefix)
{
    return prefix && fl_xml_writer_is_name(fl_bytes_of_text(prefix)) ? prefix : "v8de";
}

static void open_wrapper(
    struct v8msg_writer *writer,
    const char *prefix,
    const char *name,
    const char *uri)
{
    struct fl_xml_writer *const xml = &writer->output.xml;

    fl_xml_writer_literal(xml, "\n\t\t<");
    fl_xml_writer_literal(xml, prefix);
    fl_xml_writer_literal(xml, name);
    fl_xml_writer_literal(xml, " xmlns:");
    fl_xml_writer_literal(xml, prefix);
    fl_xml_writer_literal(xml, "=\"");
    fl_xml_writer_text(xml, fl_bytes_of_text(uri), /* quotes= */ true);
    fl_xml_writer_literal(xml, "\">");
}

static void close_wrapper(
    struct v8msg_writer *writer,
    const char *prefix,
    const char *name)
{
    struct fl_xml_writer *const xml = &writer->output.xml;

    fl_xml_writer_literal(xml, "\n\t\t</");
    fl_xml_writer_literal(xml, prefix);
    fl_xml_writer_literal(xml, name);
    fl_xml_writer_literal(xml, ">");
}

static void open_body(struct v8msg_writer *writer)
{
    const struct fl_package_wrapper *const wrapper = writer->output.wrapper;

    fl_xml_writer_literal(
        &writer->output.xml, writer->output.is_frame ? OPEN_FRAME : OPEN_BODY);
    if (wrapper) {
        open_wrapper(
            writer, prefix_of(wrapper->changes_prefix), ":Changes", wrapper->changes_uri);
        open_wrapper(writer, prefix_of(wrapper->data_prefix), ":Data", wrapper->data_uri);
    }
}

static void close_body(struct v8msg_writer *writer)
{
    struct fl_xml_writer *const xml = &writer->output.xml;
    const struct fl_package_wrapper *const wrapper = writer->output.wrapper;

    if (wrapper) {
        close_wrapper(writer, prefix_of(wrapper->data_prefix), ":Data");
        close_wrapper(writer, prefix_of(wrapper->changes_prefix), ":Changes");
        fl_xml_writer_literal(xml, wrapper->has_parameters ? "\n\t\t<Parameters/>" : "");
    }
    fl_xml_writer_literal(xml, writer->output.is_frame ? CLOSE_FRAME : CLOSE_BODY);
}

/* The object is taken back; the package goes on without it. */
static enum fl_status take_back(struct v8msg_writer *writer, struct fl_error *out_error)
{
    if (writer->output.refusal == FL_OK) {
        fl_v8msg_values_refuse(
            &writer->output, writer->output.xml.failure, "it is too large for a package");
    }
    fl_xml_writer_take_back(&writer->output.xml);
    if (out_error) {
        *out_error = writer->output.error;
    }
    return writer->output.refusal;
}

/* ---- the table of predefined items ---- */

static bool grow(struct v8msg_writer *writer)
{
    const size_t capacity =
        writer->predefined_capacity ? writer->predefined_capacity * 2 : 64;
    struct predefined *items = NULL;

    if (writer->predefined_count < writer->predefined_capacity) {
        return true;
    }
    items = fl_realloc(writer->predefined, capacity * sizeof(*items));
    if (items) {
        writer->predefined = items;
        writer->predefined_capacity = capacity;
    }
    return items != NULL;
}

/* False: there is no memory for it. */
static bool note_predefined(struct v8msg_writer *writer, const struct fl_object *object)
{
    const struct fl_type *const type =
        fl_configuration_type(writer->output.configuration, object->key.type);
    const struct fl_value *const value =
        fl_object_role(object, type, FL_ROLE_PREDEFINED_NAME);

    if (!value || value->kind != FL_VALUE_STRING || value->bytes.size == 0) {
        return true;
    }
    const char *const name = fl_arena_text(&writer->predefined_names, value->bytes);

    if (!name || !grow(writer)) {
        return false;
    }
    writer->predefined[writer->predefined_count++] = (struct predefined){
        .type = type,
        .ref =
            fl_ref_pairs_theirs(writer->output.pairs, object->key.type, object->key.id),
        .name = name};
    return true;
}

static void put_predefined_type(
    struct v8msg_writer *writer,
    const struct fl_type *type,
    const char *before)
{
    struct fl_xml_writer *const xml = &writer->output.xml;

    fl_xml_writer_literal(xml, before);
    fl_xml_writer_literal(xml, fl_kind_name_ru(type->kind));
    fl_xml_writer_literal(xml, ".");
    fl_xml_writer_literal(xml, type->name);
    fl_xml_writer_literal(xml, ">");
}

/* Read by local names: they have no prefix. */
static void put_predefined(struct v8msg_writer *writer)
{
    struct fl_xml_writer *const xml = &writer->output.xml;
    const struct fl_type *open = NULL;

    fl_xml_writer_literal(
        xml,
        writer->predefined_count > 0 ? "\n\t<PredefinedData>" : "\n\t<PredefinedData/>");
    for (size_t i = 0; i < writer->predefined_count; i++) {
        const struct predefined *const item = &writer->predefined[i];
        char ref[FL_UUID_TEXT_BYTES];

        if (open && open != item->type) {
            put_predefined_type(writer, open, "\n\t\t</");
        }
        if (open != item->type) {
            put_predefined_type(writer, item->type, "\n\t\t<");
        }
        open = item->type;
        fl_uuid_format(item->ref, ref);
        fl_xml_writer_literal(xml, "\n\t\t\t<item Ссылка=\"");
        fl_xml_writer_raw(xml, ref, sizeof(ref));
        fl_xml_writer_literal(xml, "\" ИмяПредопределенныхДанных=\"");
        fl_xml_writer_text(xml, fl_bytes_of_text(item->name), /* quotes= */ true);
        fl_xml_writer_literal(xml, "\"/>");
    }
    if (open) {
        put_predefined_type(writer, open, "\n\t\t</");
        fl_xml_writer_literal(xml, "\n\t</PredefinedData>");
    }
}

/* ---- items ---- */

/* Records of an accounting register that a mapping brought, dump_accounting.c: there is
 * no layout for them. */
static bool has_layout(const struct fl_type *type, const struct fl_object *object)
{
    if (type->kind != FL_KIND_ACCOUNTING_REGISTER) {
        return true;
    }
    for (size_t i = 0; i < object->section_count; i++) {
        const struct fl_section *const rows = &object->sections[i];

        for (size_t j = 0; j < rows->row_count; j++) {
            for (size_t k = 0; k < rows->rows[j].field_count; k++) {
                const struct fl_attribute *const attribute =
                    fl_type_attribute(type, rows->rows[j].fields[k].number);

                if (attribute && attribute->place == FL_PLACE_NONE) {
                    return false;
                }
            }
        }
    }
    return true;
}

enum fl_status fl_v8msg_writer_put(
    struct fl_package_writer *base,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    struct v8msg_writer *const writer = writer_of(base);
    const struct fl_v8msg_type *type = NULL;

    FL_ASSERT(writer->state == STATE_EMPTY || writer->state == STATE_BODY);
    if (writer->failure != FL_OK) {
        return fl_error_set(
            out_error, writer->failure, "the package has failed before and is not whole");
    }
    const enum fl_status known =
        fl_v8msg_tags_type(writer->output.tags, object->key.type, &type, out_error);

    if (known != FL_OK) {
        return known;
    }
    if (!has_layout(type->type, object)) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "%s.%s: how 1C lays out records of this kind in a package is not known, and "
            "these came by a mapping",
            fl_kind_name(type->type->kind), type->type->name);
    }
    writer->output.refusal = FL_OK;
    writer->output.spot = (struct fl_v8msg_spot){.type = type, .object = object};
    fl_xml_writer_mark(&writer->output.xml);
    if (writer->state == STATE_EMPTY) {
        open_body(writer);
    }
    fl_v8msg_items_put(&writer->output, type, object);
    if (writer->output.refusal != FL_OK || writer->output.xml.failure != FL_OK) {
        return take_back(writer, out_error);
    }
    writer->state = STATE_BODY;
    if (writer->output.is_xdto && !note_predefined(writer, object)) {
        writer->failure = FL_NO_MEMORY;
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    writer->failure =
        fl_xml_writer_flush(&writer->output.xml, /* all= */ false, out_error);
    return writer->failure;
}

enum fl_status fl_v8msg_writer_end(
    struct fl_package_writer *base,
    struct fl_error *out_error)
{
    struct v8msg_writer *const writer = writer_of(base);
    struct fl_xml_writer *const xml = &writer->output.xml;

    FL_ASSERT(writer->state == STATE_EMPTY || writer->state == STATE_BODY);
    if (writer->failure != FL_OK) {
        return fl_error_set(
            out_error, writer->failure, "the package has failed before and is not whole");
    }
    if (writer->state == STATE_EMPTY) {
        fl_xml_writer_literal(xml, writer->output.is_frame ? EMPTY_FRAME : EMPTY_BODY);
    } else {
        close_body(writer);
    }
    if (writer->output.is_xdto) {
        put_predefined(writer);
    }
    fl_xml_writer_literal(
        xml, writer->output.is_frame ? "\n</V8Exch:_1CV8DtUD>" : "\n</v8msg:Message>");
    writer->state = STATE_ENDED;
    if (xml->failure != FL_OK) {
        return fail_memory(writer, out_error);
    }
    writer->failure = fl_xml_writer_flush(xml, /* all= */ true, out_error);
    return writer->failure;
}
