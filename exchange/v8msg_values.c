/*
 * Values as the text of elements, with the type where 1C writes it.
 */

#include <stdio.h>

#include "v8msg_output.h"
#include "xml_fragment.h"

enum { WORDS_BYTES_MAX = 256 };

/* "Catalog.Контрагенты:uuid, section Товары, row 3, attribute Цена" */
static void describe(
    const struct fl_v8msg_spot *spot,
    char out_words[WORDS_BYTES_MAX * 4])
{
    const struct fl_type *const type = spot->type->type;
    size_t size = 0;
    const size_t size_max = WORDS_BYTES_MAX * 4;

    size += (size_t)snprintf(
        out_words, size_max, "%.60s.%.400s:%s", fl_kind_name(type->kind), type->name,
        fl_uuid_text(spot->object->key.id).text);
    if (spot->section) {
        size += (size_t)snprintf(
            out_words + size, size_max - size, ", %.200s[%zu]", spot->section, spot->row);
    }
    if (spot->attribute) {
        (void)snprintf(out_words + size, size_max - size, ", %.200s", spot->attribute);
    }
}

/* Keeps the first refusal of the object. `format` names what is wrong with it. */
void fl_v8msg_values_refuse(
    struct fl_v8msg_output *output,
    enum fl_status status,
    const char *what)
{
    char words[WORDS_BYTES_MAX * 4];

    if (output->refusal == FL_OK) {
        describe(&output->spot, words);
        output->refusal =
            fl_error_set(&output->error, status, "%s: %s", words, fl_error_words(what));
    }
}

/* What the XML writer refused, at the spot where it did. */
void fl_v8msg_values_check_text(struct fl_v8msg_output *output)
{
    char words[WORDS_BYTES_MAX * 4];

    if (output->xml.failure != FL_REFUSED || output->refusal != FL_OK) {
        return;
    }
    describe(&output->spot, words);
    if (output->xml.character_is_bytes) {
        output->refusal = fl_error_set(
            &output->error, FL_REFUSED,
            "%s: its text is not UTF-8 (byte 0x%02X); enter the value anew", words,
            (unsigned)output->xml.character);
    } else {
        output->refusal = fl_error_set(
            &output->error, FL_REFUSED,
            "%s: the character U+%04X cannot stand in XML, 1C could not read it; remove "
            "it from the value",
            words, (unsigned)output->xml.character);
    }
}

static void put_open(struct fl_xml_writer *xml, const struct fl_v8msg_tag *tag)
{
    fl_xml_writer_view(xml, tag->open);
}

/* The start tag without its `>`, for attributes to follow. */
static void put_open_part(struct fl_xml_writer *xml, const struct fl_v8msg_tag *tag)
{
    fl_xml_writer_raw(xml, tag->open.data, tag->open.size - 1);
}

/* `text` is plain; none makes an empty element. */
static void put_plain(
    struct fl_xml_writer *xml,
    const struct fl_v8msg_tag *tag,
    const char *xsi_type, /* NULL: none */
    struct fl_bytes text)
{
    if (!xsi_type && text.size > 0) {
        put_open(xml, tag);
    } else {
        put_open_part(xml, tag);
        if (xsi_type) {
            fl_xml_writer_literal(xml, xsi_type);
        }
        fl_xml_writer_literal(xml, text.size > 0 ? ">" : "/>");
    }
    if (text.size > 0) {
        fl_xml_writer_view(xml, text);
        fl_xml_writer_view(xml, tag->close);
    }
}

static void put_string(
    struct fl_xml_writer *xml,
    const struct fl_v8msg_tag *tag,
    const char *xsi_type,
    struct fl_bytes text)
{
    if (text.size == 0) {
        put_plain(xml, tag, xsi_type, text);
        return;
    }
    if (xsi_type) {
        put_open_part(xml, tag);
        fl_xml_writer_literal(xml, xsi_type);
        fl_xml_writer_literal(xml, ">");
    } else {
        put_open(xml, tag);
    }
    fl_xml_writer_text(xml, text, /* quotes= */ false);
    fl_xml_writer_view(xml, tag->close);
}

static void put_base64(
    struct fl_xml_writer *xml,
    const struct fl_v8msg_tag *tag,
    const char *xsi_type,
    struct fl_bytes bytes)
{
    if (bytes.size == 0) {
        put_plain(xml, tag, xsi_type, bytes);
        return;
    }
    put_open_part(xml, tag);
    if (xsi_type) {
        fl_xml_writer_literal(xml, xsi_type);
    }
    fl_xml_writer_literal(xml, ">");
    fl_xml_writer_base64(xml, bytes);
    fl_xml_writer_view(xml, tag->close);
}

/* A ref or an enumeration value carries the name of its type where the tag asks for it.
 */
static void put_of_type(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_field *field,
    const struct fl_value *value,
    struct fl_bytes text)
{
    const struct fl_v8msg_type *type = NULL;
    struct fl_xml_writer *const xml = &output->xml;

    if (!field->typed) {
        put_plain(xml, &field->tag, NULL, text);
        return;
    }
    if (fl_v8msg_tags_type(output->tags, value->type, &type, NULL) != FL_OK ||
        type->xsi_type.size == 0) {
        fl_v8msg_values_refuse(
            output, FL_REFUSED, "the type of its value has no refs here");
        return;
    }
    put_open_part(xml, &field->tag);
    fl_xml_writer_view(xml, type->xsi_type);
    fl_xml_writer_literal(xml, text.size > 0 ? ">" : "/>");
    if (text.size > 0) {
        fl_xml_writer_view(xml, text);
        fl_xml_writer_view(xml, field->tag.close);
    }
}

static void put_enum(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_field *field,
    const struct fl_value *value)
{
    const struct fl_type *const type =
        fl_configuration_type(output->configuration, value->type);
    const char *name = "";

    if (value->enum_value > 0) {
        name = type ? fl_type_enum_value_name(type, value->enum_value) : NULL;
        if (!name) {
            fl_v8msg_values_refuse(
                output, FL_REFUSED, "its enumeration value is not in this configuration");
            return;
        }
    }
    put_of_type(output, field, value, fl_bytes_of_text(name));
}

/* "{uri}name" as a prefix and a name; a namespace of its own is declared on the spot. */
static void put_foreign(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_field *field,
    const struct fl_value *value)
{
    static const struct {
        const char *uri;
        const char *prefix;
        const char *xdto_uri; /* what it is called in XDTO serialisation */
    } known[] = {
        {FL_V8MSG_URI_DATA, "v8:", FL_V8MSG_URI_XDTO_CORE},
        {FL_V8MSG_URI_XS, "xs:", NULL}};
    struct fl_xml_writer *const xml = &output->xml;
    struct fl_bytes name = value->foreign_type;
    struct fl_bytes uri = {0};
    const char *prefix = output->is_xdto ? "v8:" : "";

    if (name.size > 0 && name.data[0] == '{') {
        const uint8_t *const end = memchr(name.data, '}', name.size);

        uri = (struct fl_bytes){name.data + 1, end ? (size_t)(end - name.data) - 1 : 0};
        name.data += uri.size + 2 <= name.size ? uri.size + 2 : name.size;
        name.size -= uri.size + 2 <= name.size ? uri.size + 2 : name.size;
        prefix = "t:";
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && uri.size > 0; i++) {
        if (!fl_bytes_equal(uri, fl_bytes_of_text(known[i].uri))) {
            continue;
        }
        if (output->is_xdto && known[i].xdto_uri) {
            uri = fl_bytes_of_text(known[i].xdto_uri);
        } else {
            prefix = known[i].prefix;
        }
    }
    put_open_part(xml, &field->tag);
    if (value->foreign_type.size > 0) {
        if (!fl_xml_writer_is_name(name)) {
            fl_v8msg_values_refuse(
                output, FL_REFUSED, "the type of its value has no name");
            return;
        }
        if (prefix[0] == 't' || (prefix[0] == 'x' && !output->has_xs)) {
            fl_xml_writer_literal(xml, prefix[0] == 't' ? " xmlns:t=\"" : " xmlns:xs=\"");
            fl_xml_writer_text(xml, uri, /* quotes= */ true);
            fl_xml_writer_literal(xml, "\"");
        }
        fl_xml_writer_literal(xml, " xsi:type=\"");
        fl_xml_writer_literal(xml, prefix);
        fl_xml_writer_view(xml, name);
        fl_xml_writer_literal(xml, "\"");
    }
    fl_xml_writer_literal(xml, value->bytes.size > 0 ? ">" : "/>");
    if (value->bytes.size > 0) {
        fl_xml_writer_text(xml, value->bytes, /* quotes= */ false);
        fl_xml_writer_view(xml, field->tag.close);
    }
}

/* What stands between the tabs of `tag` and its name. */
static unsigned depth_of(const struct fl_v8msg_tag *tag)
{
    unsigned depth = 0;

    while (tag->open.data[1 + depth] == '\t') {
        depth++;
    }
    return depth;
}

void fl_v8msg_values_put_fragment(
    struct fl_v8msg_output *output,
    struct fl_bytes fragment,
    unsigned depth)
{
    const struct fl_xml_fragment_place place = {
        .depth = depth,
        .declarations = output->declarations,
        .declaration_count = output->declaration_count,
    };

    if (fl_xml_fragment_put(&output->xml, fragment, &place) == FL_MALFORMED) {
        fl_v8msg_values_refuse(
            output, FL_REFUSED, "a kept part of it is not the XML of whole elements");
    }
}

/* A type of the platform, whose namespace is another one in XDTO serialisation. */
static const char *platform_type(
    const struct fl_v8msg_output *output,
    enum fl_value_kind kind)
{
    static const char *const plain[] = {
        [FL_VALUE_NULL] = " xsi:type=\"v8:Null\"",
        [FL_VALUE_UUID] = " xsi:type=\"v8:UUID\"",
        [FL_VALUE_STORAGE] = " xsi:type=\"v8:ValueStorage\"",
        [FL_VALUE_TYPE] = " xsi:type=\"v8:TypeDescription\"",
    };
    static const char *const xdto[] = {
        [FL_VALUE_NULL] = FL_V8MSG_DECLARE_CORE " xsi:type=\"d:Null\"",
        [FL_VALUE_UUID] = FL_V8MSG_DECLARE_CORE " xsi:type=\"d:UUID\"",
        [FL_VALUE_STORAGE] = FL_V8MSG_DECLARE_CORE " xsi:type=\"d:ValueStorage\"",
        [FL_VALUE_TYPE] = FL_V8MSG_DECLARE_CORE " xsi:type=\"d:TypeDescription\"",
    };

    return output->is_xdto ? xdto[kind] : plain[kind];
}

/* A description of types: its XML as it came. */
static void put_type_description(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_field *field,
    const struct fl_value *value)
{
    struct fl_xml_writer *const xml = &output->xml;
    const bool has_elements = value->bytes.size > 0 && value->bytes.data[0] == '<';

    put_open_part(xml, &field->tag);
    if (field->typed) {
        fl_xml_writer_literal(xml, platform_type(output, value->kind));
    }
    fl_xml_writer_literal(xml, value->bytes.size > 0 ? ">" : "/>");
    if (value->bytes.size > 0) {
        const unsigned depth = depth_of(&field->tag);

        fl_v8msg_values_put_fragment(output, value->bytes, depth + 1);
        if (has_elements) {
            fl_xml_writer_raw(xml, field->tag.open.data, depth + 1);
        }
        fl_xml_writer_view(xml, field->tag.close);
    }
}

/* xs is declared around the items, but not in the older frame. */
static const char *xs_type(const struct fl_v8msg_output *output, enum fl_value_kind kind)
{
    static const char *const in_message[] = {
        [FL_VALUE_STRING] = " xsi:type=\"xs:string\"",
        [FL_VALUE_NUMBER] = " xsi:type=\"xs:decimal\"",
        [FL_VALUE_DATE] = " xsi:type=\"xs:dateTime\"",
        [FL_VALUE_BOOLEAN] = " xsi:type=\"xs:boolean\"",
        [FL_VALUE_BINARY] = " xsi:type=\"xs:base64Binary\"",
    };
    static const char *const in_frame[] = {
        [FL_VALUE_STRING] = " " FL_V8MSG_DECLARE_XS " xsi:type=\"xs:string\"",
        [FL_VALUE_NUMBER] = " " FL_V8MSG_DECLARE_XS " xsi:type=\"xs:decimal\"",
        [FL_VALUE_DATE] = " " FL_V8MSG_DECLARE_XS " xsi:type=\"xs:dateTime\"",
        [FL_VALUE_BOOLEAN] = " " FL_V8MSG_DECLARE_XS " xsi:type=\"xs:boolean\"",
        [FL_VALUE_BINARY] = " " FL_V8MSG_DECLARE_XS " xsi:type=\"xs:base64Binary\"",
    };

    return output->has_xs ? in_message[kind] : in_frame[kind];
}

void fl_v8msg_values_put(
    struct fl_v8msg_output *output,
    const struct fl_v8msg_field *field,
    const struct fl_value *value)
{
    struct fl_xml_writer *const xml = &output->xml;
    const struct fl_v8msg_tag *const tag = &field->tag;
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    const char *type = NULL;

    switch (value->kind) {
    case FL_VALUE_UNDEFINED:
        put_plain(xml, tag, " xsi:nil=\"true\"", (struct fl_bytes){0});
        return;
    case FL_VALUE_NULL:
        put_plain(xml, tag, platform_type(output, value->kind), (struct fl_bytes){0});
        return;
    case FL_VALUE_STRING:
        type = field->typed ? xs_type(output, value->kind) : NULL;
        put_string(xml, tag, type, value->bytes);
        return;
    case FL_VALUE_NUMBER: {
        const size_t size = fl_decimal_format(value->number, text);

        type = field->typed ? xs_type(output, value->kind) : NULL;
        put_plain(xml, tag, type, (struct fl_bytes){(const uint8_t *)text, size});
        return;
    }
    case FL_VALUE_DATE:
        fl_datetime_format(value->date, text);
        type = field->typed ? xs_type(output, value->kind) : NULL;
        put_plain(
            xml, tag, type,
            (struct fl_bytes){(const uint8_t *)text, FL_DATETIME_TEXT_BYTES});
        return;
    case FL_VALUE_BOOLEAN:
        type = field->typed ? xs_type(output, value->kind) : NULL;
        put_plain(xml, tag, type, fl_bytes_of_text(value->boolean ? "true" : "false"));
        return;
    case FL_VALUE_REF:
        fl_uuid_format(
            fl_ref_pairs_theirs(output->pairs, value->type, value->uuid), text);
        put_of_type(
            output, field, value,
            (struct fl_bytes){(const uint8_t *)text, FL_UUID_TEXT_BYTES});
        return;
    case FL_VALUE_ENUM:
        put_enum(output, field, value);
        return;
    case FL_VALUE_UUID:
        fl_uuid_format(value->uuid, text);
        put_plain(
            xml, tag, field->typed ? platform_type(output, value->kind) : NULL,
            (struct fl_bytes){(const uint8_t *)text, FL_UUID_TEXT_BYTES});
        return;
    case FL_VALUE_BINARY:
        type = field->typed ? xs_type(output, value->kind) : NULL;
        put_base64(xml, tag, type, value->bytes);
        return;
    case FL_VALUE_STORAGE:
        type = field->typed ? platform_type(output, value->kind) : NULL;
        put_base64(xml, tag, type, value->bytes);
        return;
    case FL_VALUE_TYPE:
        put_type_description(output, field, value);
        return;
    case FL_VALUE_FOREIGN:
        put_foreign(output, field, value);
        return;
    }
}
