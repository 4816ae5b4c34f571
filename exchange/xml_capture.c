#include <string.h>

#include "xml_reader.h"

void fl_xml_capture_begin(struct fl_xml_capture *capture, struct fl_buffer *buffer)
{
    *capture = (struct fl_xml_capture){.buffer = buffer};
}

static void put_escaped(struct fl_buffer *buffer, struct fl_bytes text, bool in_attribute)
{
    const uint8_t *from = text.data;

    for (size_t i = 0; i < text.size; i++) {
        const char *replacement = NULL;

        switch (text.data[i]) {
        case '&':
            replacement = "&amp;";
            break;
        case '<':
            replacement = "&lt;";
            break;
        case '>':
            replacement = "&gt;";
            break;
        case '"':
            replacement = in_attribute ? "&quot;" : NULL;
            break;
        case '\r':
            replacement = "&#13;";
            break;
        case '\n':
            replacement = in_attribute ? "&#10;" : NULL;
            break;
        case '\t':
            replacement = in_attribute ? "&#9;" : NULL;
            break;
        default:
            break;
        }
        if (replacement) {
            fl_buffer_put_memory(buffer, from, (size_t)(text.data + i - from));
            fl_buffer_put_text(buffer, replacement);
            from = text.data + i + 1;
        }
    }
    fl_buffer_put_memory(buffer, from, (size_t)(text.data + text.size - from));
}

static void put_name(struct fl_buffer *buffer, const char *prefix, const char *name)
{
    if (prefix) {
        fl_buffer_put_text(buffer, prefix);
        fl_buffer_put_u8(buffer, ':');
    }
    fl_buffer_put_text(buffer, name);
}

static void put_declaration(struct fl_buffer *buffer, const char *prefix, const char *uri)
{
    fl_buffer_put_text(buffer, " xmlns");
    if (prefix && prefix[0]) {
        fl_buffer_put_u8(buffer, ':');
        fl_buffer_put_text(buffer, prefix);
    }
    fl_buffer_put_text(buffer, "=\"");
    put_escaped(buffer, fl_bytes_of_text(uri), true);
    fl_buffer_put_u8(buffer, '"');
}

/*
 * A prefix that is used here and declared around the outermost element: remembered once,
 * to be declared on it. One that the captured elements declare themselves is not found
 * twice, since the first use inside such an element resolves to a declaration that is
 * written anyway; declaring it outside too would change nothing.
 */
static void use_prefix(
    struct fl_xml_capture *capture,
    const struct fl_xml_reader *reader,
    struct fl_bytes prefix)
{
    const char *uri = fl_xml_reader_resolve(reader, prefix);

    if (!uri || prefix.size == 0 || capture->used_count == FL_XML_CAPTURE_PREFIXES_MAX) {
        return;
    }
    for (size_t i = 0; i < capture->used_count; i++) {
        if (fl_bytes_equal(fl_bytes_of_text(capture->used[i].prefix), prefix)) {
            return;
        }
    }
    const char *name = fl_xml_reader_find_prefix(reader, prefix);

    capture->used[capture->used_count++] =
        (struct fl_xml_namespace){.prefix = name, .uri = uri};
}

/* "xs:string" in a value or in text: its prefix is used too. */
static void use_value(
    struct fl_xml_capture *capture,
    const struct fl_xml_reader *reader,
    struct fl_bytes value)
{
    const uint8_t *colon =
        value.size > 0 && value.size < 256 ? memchr(value.data, ':', value.size) : NULL;

    if (colon && colon > value.data) {
        use_prefix(
            capture, reader, (struct fl_bytes){value.data, (size_t)(colon - value.data)});
    }
}

/* What this element declares itself needs no declaration around it. */
static void note_own(struct fl_xml_capture *capture, const struct fl_xml_element *element)
{
    for (size_t i = 0; i < element->namespace_count && capture->depth == 0; i++) {
        if (element->namespaces[i].prefix &&
            capture->used_count < FL_XML_CAPTURE_PREFIXES_MAX) {
            /* Without a uri: known, and not to be written again. */
            capture->used[capture->used_count++] =
                (struct fl_xml_namespace){.prefix = element->namespaces[i].prefix};
        }
    }
}

static void insert_declarations(struct fl_xml_capture *capture)
{
    struct fl_buffer *buffer = capture->buffer;
    struct fl_buffer text;

    fl_buffer_init(&text, buffer->bytes_max);
    for (size_t i = 0; i < capture->used_count; i++) {
        if (capture->used[i].uri) {
            put_declaration(&text, capture->used[i].prefix, capture->used[i].uri);
        }
    }
    if (text.size > 0 && fl_buffer_reserve(buffer, text.size)) {
        uint8_t *at = buffer->data + capture->declare_at;

        memmove(at + text.size, at, buffer->size - capture->declare_at);
        memcpy(at, text.data, text.size);
        fl_buffer_added(buffer, text.size);
    }
    fl_buffer_deinit(&text);
}

static void close_tag(struct fl_xml_capture *capture)
{
    if (capture->tag_open) {
        fl_buffer_put_u8(capture->buffer, '>');
        capture->tag_open = false;
    }
}

void fl_xml_capture_start(
    struct fl_xml_capture *capture,
    const struct fl_xml_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_buffer *buffer = capture->buffer;

    close_tag(capture);
    fl_buffer_put_u8(buffer, '<');
    put_name(buffer, element->prefix, element->name);
    note_own(capture, element);
    if (capture->depth == 0) {
        capture->declare_at = buffer->size;
    }
    if (element->prefix) {
        use_prefix(capture, reader, fl_bytes_of_text(element->prefix));
    }
    for (size_t i = 0; i < element->namespace_count; i++) {
        put_declaration(
            buffer, element->namespaces[i].prefix, element->namespaces[i].uri);
    }
    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct fl_xml_attribute *attribute = &element->attributes[i];

        if (attribute->prefix) {
            use_prefix(capture, reader, fl_bytes_of_text(attribute->prefix));
        }
        use_value(capture, reader, attribute->value);
        fl_buffer_put_u8(buffer, ' ');
        put_name(buffer, attribute->prefix, attribute->name);
        fl_buffer_put_text(buffer, "=\"");
        put_escaped(buffer, attribute->value, true);
        fl_buffer_put_u8(buffer, '"');
    }
    capture->depth++;
    capture->tag_open = true;
}

void fl_xml_capture_text(
    struct fl_xml_capture *capture,
    const struct fl_xml_reader *reader,
    struct fl_bytes text)
{
    if (text.size > 0) {
        use_value(capture, reader, text);
        close_tag(capture);
        put_escaped(capture->buffer, text, false);
    }
}

bool fl_xml_capture_end(
    struct fl_xml_capture *capture,
    const struct fl_xml_element *element)
{
    if (capture->tag_open) {
        fl_buffer_put_text(capture->buffer, "/>");
        capture->tag_open = false;
    } else {
        fl_buffer_put_text(capture->buffer, "</");
        put_name(capture->buffer, element->prefix, element->name);
        fl_buffer_put_u8(capture->buffer, '>');
    }
    capture->depth--;
    if (capture->depth == 0) {
        insert_declarations(capture);
    }
    return capture->depth == 0;
}
