/*
 * Output goes to an XML writer without a sink. The outermost element's declarations are
 * put in when it ends, since only then it is known which namespaces were used.
 */

#include "v8msg_capture.h"

#include <stdio.h>

#include "proto/limits.h"

enum { PREFIX_BYTES_MAX = 24, CAPTURE_BYTES_MAX = FL_RECORD_BYTES_MAX };

void fl_v8msg_capture_init(
    struct fl_v8msg_capture *capture,
    const struct fl_xml_reader *reader,
    const struct fl_v8msg_capture_known *known,
    size_t known_count)
{
    FL_ASSERT(known_count <= FL_V8MSG_CAPTURE_KNOWN_MAX);
    memset(capture, 0, sizeof(*capture));
    capture->reader = reader;
    capture->known = known;
    capture->known_count = known_count;
    fl_xml_writer_init(&capture->out, (struct fl_codec_sink){0});
    fl_buffer_init(&capture->text, CAPTURE_BYTES_MAX);
    fl_buffer_init(&capture->names, CAPTURE_BYTES_MAX);
}

void fl_v8msg_capture_deinit(struct fl_v8msg_capture *capture)
{
    fl_xml_writer_deinit(&capture->out);
    fl_buffer_deinit(&capture->text);
    fl_buffer_deinit(&capture->names);
}

void fl_v8msg_capture_clear(struct fl_v8msg_capture *capture)
{
    fl_buffer_clear(&capture->out.buffer);
    capture->out.failure = FL_OK;
    fl_buffer_clear(&capture->text);
    fl_buffer_clear(&capture->names);
    capture->depth = 0;
    capture->used = 0;
    capture->foreign_count = 0;
    capture->failure = FL_OK;
    capture->has_children[0] = false;
}

static void fail(struct fl_v8msg_capture *capture, enum fl_status status)
{
    if (capture->failure == FL_OK) {
        capture->failure = status;
    }
}

/* "v8", or "n2" of a namespace met before or now. Nothing without a namespace. */
static void prefix_for(
    struct fl_v8msg_capture *capture,
    const char *uri,
    char out_prefix[PREFIX_BYTES_MAX])
{
    out_prefix[0] = '\0';
    if (!uri || uri[0] == '\0') {
        return;
    }
    for (size_t i = 0; i < capture->known_count; i++) {
        if (strcmp(capture->known[i].uri, uri) == 0) {
            capture->used |= 1u << i;
            (void)snprintf(out_prefix, PREFIX_BYTES_MAX, "%s", capture->known[i].prefix);
            return;
        }
    }
    size_t at = 0;

    while (at < capture->foreign_count && strcmp(capture->foreign[at], uri) != 0) {
        at++;
    }
    if (at == FL_V8MSG_CAPTURE_FOREIGN_MAX || strlen(uri) >= FL_NAME_BYTES_MAX) {
        fail(capture, FL_LIMIT);
        return;
    }
    if (at == capture->foreign_count) {
        (void)strcpy(capture->foreign[capture->foreign_count++], uri);
    }
    capture->used |= 1u << (FL_V8MSG_CAPTURE_KNOWN_MAX + at);
    (void)snprintf(out_prefix, PREFIX_BYTES_MAX, "n%zu", at + 1);
}

static void put_name(struct fl_xml_writer *out, const char *prefix, const char *name)
{
    if (prefix[0] != '\0') {
        fl_xml_writer_literal(out, prefix);
        fl_xml_writer_literal(out, ":");
    }
    fl_xml_writer_literal(out, name);
}

/*
 * In what attributes and declarations hold, libxml2 leaves each "&" as "&#38;", for a
 * later pass that a reader without a tree does not have.
 */
static void put_attribute_text(struct fl_xml_writer *out, struct fl_bytes text)
{
    static const char left[] = "&#38;";
    const size_t left_size = sizeof(left) - 1;

    while (text.size > 0) {
        const uint8_t *const mark = memchr(text.data, '&', text.size);
        const size_t size = mark ? (size_t)(mark - text.data) + 1 : text.size;
        const bool is_left = mark && text.size - size + 1 >= left_size &&
                             memcmp(mark, left, left_size) == 0;
        const size_t passed = is_left ? size - 1 + left_size : size;

        fl_xml_writer_text(out, (struct fl_bytes){text.data, size}, /* quotes= */ true);
        text.data += passed;
        text.size -= passed;
    }
}

/* A well-known prefix stands for its namespace even where nobody declared it. */
static const char *namespace_of(
    const struct fl_v8msg_capture *capture,
    struct fl_bytes prefix)
{
    const char *const uri = fl_xml_reader_resolve(capture->reader, prefix);

    for (size_t i = 0; !uri && i < capture->known_count; i++) {
        if (fl_bytes_equal(prefix, fl_bytes_of_text(capture->known[i].prefix))) {
            return capture->known[i].uri;
        }
    }
    return uri;
}

/* Text that is the name of a type, with a prefix that is in force, gets ours. */
static void put_qualified(
    struct fl_v8msg_capture *capture,
    struct fl_bytes text,
    bool quotes)
{
    const uint8_t *const colon = text.size > 0 ? memchr(text.data, ':', text.size) : NULL;
    const size_t size = colon ? (size_t)(colon - text.data) : 0;

    if (size > 0 &&
        fl_xml_writer_is_name((struct fl_bytes){colon + 1, text.size - size - 1})) {
        const struct fl_bytes prefix = {text.data, size};
        const char *const uri = namespace_of(capture, prefix);

        if (uri) {
            char ours[PREFIX_BYTES_MAX];

            prefix_for(capture, uri, ours);
            fl_xml_writer_literal(&capture->out, ours);
            text.data = colon;
            text.size -= size;
        }
    }
    if (quotes) {
        put_attribute_text(&capture->out, text);
    } else {
        fl_xml_writer_text(&capture->out, text, quotes);
    }
}

static bool is_blank(struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\n' && text.data[i] != '\t' &&
            text.data[i] != '\r') {
            return false;
        }
    }
    return true;
}

/* What stood between two tags, when it was more than blanks. */
static void put_text_between(struct fl_v8msg_capture *capture)
{
    const struct fl_bytes text = fl_buffer_view(&capture->text);

    if (!is_blank(text)) {
        fl_xml_writer_text(&capture->out, text, /* quotes= */ false);
    }
    fl_buffer_clear(&capture->text);
}

static void put_attributes(
    struct fl_v8msg_capture *capture,
    const struct fl_xml_element *element)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct fl_xml_attribute *const attribute = &element->attributes[i];
        char prefix[PREFIX_BYTES_MAX];

        prefix_for(capture, attribute->uri, prefix);
        fl_xml_writer_literal(&capture->out, " ");
        put_name(&capture->out, prefix, attribute->name);
        fl_xml_writer_literal(&capture->out, "=\"");
        put_qualified(capture, attribute->value, /* quotes= */ true);
        fl_xml_writer_literal(&capture->out, "\"");
    }
}

void fl_v8msg_capture_start(
    struct fl_v8msg_capture *capture,
    const struct fl_xml_element *element)
{
    char prefix[PREFIX_BYTES_MAX];

    FL_ASSERT(capture->depth < FL_XML_DEPTH_MAX); /* the reader counts, too */
    put_text_between(capture);
    capture->has_children[capture->depth] = true;
    prefix_for(capture, element->uri, prefix);
    capture->name_starts[capture->depth] = capture->names.size;
    if (prefix[0] != '\0') {
        fl_buffer_put_text(&capture->names, prefix);
        fl_buffer_put_text(&capture->names, ":");
    }
    fl_buffer_put_text(&capture->names, element->name);
    fl_buffer_put_u8(&capture->names, 0);
    fl_xml_writer_literal(&capture->out, "<");
    put_name(&capture->out, prefix, element->name);
    if (capture->depth == 0) {
        capture->head = capture->out.buffer.size;
    }
    put_attributes(capture, element);
    fl_xml_writer_literal(&capture->out, ">");
    capture->depth++;
    capture->has_children[capture->depth] = false;
}

void fl_v8msg_capture_text(struct fl_v8msg_capture *capture, struct fl_bytes text)
{
    fl_buffer_put(&capture->text, text);
}

/* `<X>` at the end becomes `<X/>`. */
static void close_empty(struct fl_v8msg_capture *capture)
{
    if (capture->out.failure == FL_OK) {
        capture->out.buffer.size--;
        fl_xml_writer_literal(&capture->out, "/>");
    }
}

static void declare(
    struct fl_xml_writer *out,
    const char *prefix,
    size_t number, /* after the prefix; 0: none */
    const char *uri)
{
    char digits[PREFIX_BYTES_MAX] = "";

    if (number > 0) {
        (void)snprintf(digits, sizeof(digits), "%zu", number);
    }
    fl_xml_writer_literal(out, " xmlns:");
    fl_xml_writer_literal(out, prefix);
    fl_xml_writer_literal(out, digits);
    fl_xml_writer_literal(out, "=\"");
    put_attribute_text(out, fl_bytes_of_text(uri));
    fl_xml_writer_literal(out, "\"");
}

/* Declarations of what the outermost element used, put into its start tag. */
static void put_declarations(struct fl_v8msg_capture *capture)
{
    struct fl_buffer *const out = &capture->out.buffer;
    const size_t before = out->size;

    for (size_t i = 0; i < capture->known_count; i++) {
        if ((capture->used & 1u << i) != 0) {
            declare(&capture->out, capture->known[i].prefix, 0, capture->known[i].uri);
        }
    }
    for (size_t i = 0; i < capture->foreign_count; i++) {
        if ((capture->used & 1u << (FL_V8MSG_CAPTURE_KNOWN_MAX + i)) != 0) {
            declare(&capture->out, "n", i + 1, capture->foreign[i]);
        }
    }
    const size_t size = out->size - before;
    const uint8_t *const room = fl_xml_writer_room(&capture->out, size);

    capture->used = 0;
    if (room && size > 0) {
        /* Behind the end is a place to keep them while the rest moves. */
        memcpy(out->data + out->size, out->data + before, size);
        memmove(
            out->data + capture->head + size, out->data + capture->head,
            before - capture->head);
        memcpy(out->data + capture->head, out->data + out->size, size);
    }
}

void fl_v8msg_capture_end(struct fl_v8msg_capture *capture)
{
    FL_ASSERT(capture->depth > 0);
    const bool has_children = capture->has_children[capture->depth];
    const bool is_empty = !has_children && capture->text.size == 0;

    capture->depth--;
    if (is_empty) {
        close_empty(capture);
    } else if (has_children) {
        put_text_between(capture);
    } else {
        put_qualified(capture, fl_buffer_view(&capture->text), /* quotes= */ false);
        fl_buffer_clear(&capture->text);
    }
    if (fl_buffer_status(&capture->names) == FL_OK) {
        const size_t start = capture->name_starts[capture->depth];

        if (!is_empty) {
            fl_xml_writer_literal(&capture->out, "</");
            fl_xml_writer_literal(
                &capture->out, (const char *)capture->names.data + start);
            fl_xml_writer_literal(&capture->out, ">");
        }
        capture->names.size = start;
    }
    if (capture->depth == 0) {
        put_declarations(capture);
    }
}

enum fl_status fl_v8msg_capture_result(
    const struct fl_v8msg_capture *capture,
    struct fl_bytes *out_xml)
{
    if (capture->failure != FL_OK) {
        return capture->failure;
    }
    if (capture->out.failure != FL_OK) {
        return capture->out.failure;
    }
    if (capture->text.failure != FL_OK || capture->names.failure != FL_OK) {
        return FL_LIMIT;
    }
    *out_xml = fl_buffer_view(&capture->out.buffer);
    return FL_OK;
}
