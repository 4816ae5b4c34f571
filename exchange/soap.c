#include "exchange/soap.h"

#include <string.h>

#include "exchange/codec.h"
#include "xml_reader.h"
#include "xml_writer.h"

enum { DEPTH_MAX = 16, TEXT_BYTES_MAX = 64 << 20 };

#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"

/* --- writing --- */

static void put_tag(struct fl_xml_writer *xml, const char *open, const char *name)
{
    fl_xml_writer_literal(xml, open);
    fl_xml_writer_literal(xml, name);
}

enum fl_status fl_soap_write(
    const char *uri,
    const char *operation,
    const struct fl_soap_parameter *parameters,
    size_t parameter_count,
    struct fl_buffer *out_bytes,
    struct fl_error *out_error)
{
    struct fl_xml_writer xml;
    fl_xml_writer_init(&xml, fl_codec_buffer_sink(out_bytes));
    fl_xml_writer_literal(
        &xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope "
              "xmlns:soap=\"" ENVELOPE "\"><soap:Body>");
    put_tag(&xml, "<m:", operation);
    put_tag(&xml, " xmlns:m=\"", uri);
    fl_xml_writer_literal(&xml, "\">");
    for (size_t i = 0; i < parameter_count; i++) {
        put_tag(&xml, "<m:", parameters[i].name);
        fl_xml_writer_literal(&xml, ">");
        fl_xml_writer_text(&xml, parameters[i].text, /* quotes= */ false);
        put_tag(&xml, "</m:", parameters[i].name);
        fl_xml_writer_literal(&xml, ">");
    }
    put_tag(&xml, "</m:", operation);
    fl_xml_writer_literal(&xml, "></soap:Body></soap:Envelope>");
    enum fl_status status = xml.failure;
    if (status == FL_REFUSED) {
        (void)fl_error_set(
            out_error, status, "a character that cannot stand in XML; remove it");
    } else {
        status = fl_xml_writer_flush(&xml, /* all= */ true, out_error);
    }
    fl_xml_writer_deinit(&xml);
    return status;
}

/* --- reading --- */

struct reading {
    struct fl_xml_reader *xml;
    struct fl_arena *arena;
    struct fl_buffer text;
    struct fl_element *root;
    struct fl_element *open[DEPTH_MAX];
    size_t depth;
};

static enum fl_status no_room(struct reading *reading)
{
    return fl_xml_reader_fail(
        reading->xml, fl_arena_failure(reading->arena, 1), "the answer is too large");
}

static enum fl_status start(void *context, const struct fl_xml_element *element)
{
    struct reading *reading = context;
    struct fl_element *parent =
        reading->depth == 0 ? NULL : reading->open[reading->depth - 1];
    if (reading->depth == DEPTH_MAX) {
        return fl_xml_reader_fail(
            reading->xml, FL_LIMIT, "elements are nested deeper than %d", (int)DEPTH_MAX);
    }
    struct fl_element *added =
        fl_element_add(reading->arena, parent, fl_bytes_of_text(element->name));
    if (added == NULL) {
        return no_room(reading);
    }
    reading->root = reading->root == NULL ? added : reading->root;
    reading->open[reading->depth++] = added;
    fl_buffer_clear(&reading->text);
    return FL_OK;
}

static enum fl_status text(void *context, struct fl_bytes bytes)
{
    struct reading *reading = context;
    fl_buffer_put(&reading->text, bytes);
    return fl_buffer_status(&reading->text) == FL_OK ? FL_OK : no_room(reading);
}

static enum fl_status end(void *context, const struct fl_xml_element *element)
{
    struct reading *reading = context;
    struct fl_element *closed = reading->open[--reading->depth];
    (void)element;
    if (closed->first == NULL) {
        closed->kind = FL_ELEMENT_TEXT;
        if (fl_arena_copy(
                reading->arena, fl_buffer_view(&reading->text), &closed->text) != FL_OK) {
            return no_room(reading);
        }
    }
    fl_buffer_clear(&reading->text);
    return FL_OK;
}

/* The words of 1C stand in faultstring, and deeper ones in its detail. */
static enum fl_status refuse(const struct fl_element *fault, struct fl_error *out_error)
{
    const struct fl_element *words = fl_element_child(fault, "faultstring");
    struct fl_bytes shown = fl_bytes_utf8_beginning(
        words == NULL ? (struct fl_bytes){0} : fl_bytes_trimmed(words->text), 500);
    return fl_error_set(
        out_error, FL_REFUSED, "1C says: %.*s", (int)shown.size,
        (const char *)shown.data);
}

static enum fl_status find_answer(
    const struct fl_element *root,
    struct fl_element **out_answer,
    struct fl_error *out_error)
{
    const struct fl_element *body = root == NULL || strcmp(root->name, "Envelope") != 0
                                        ? NULL
                                        : fl_element_child(root, "Body");
    if (body == NULL || body->first == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED, "this is no answer of a web service of 1C");
    }
    if (strcmp(body->first->name, "Fault") == 0) {
        return refuse(body->first, out_error);
    }
    *out_answer = body->first;
    return FL_OK;
}

enum fl_status fl_soap_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_element **out_answer,
    struct fl_error *out_error)
{
    struct reading reading = {.arena = arena};
    struct fl_codec_memory memory = {bytes};
    const struct fl_codec_source source = fl_codec_memory_source(&memory);
    const struct fl_xml_reader_options options = {
        .read = source.read,
        .read_context = source.context,
        .handler = {.start = start, .text = text, .end = end, .context = &reading}};
    fl_buffer_init(&reading.text, TEXT_BYTES_MAX);
    enum fl_status status = fl_xml_reader_open(&options, &reading.xml, out_error);
    if (status == FL_OK) {
        status = fl_xml_reader_finish(reading.xml, out_error);
    }
    if (status == FL_OK) {
        status = find_answer(reading.root, out_answer, out_error);
    }
    fl_xml_reader_close(reading.xml);
    fl_buffer_deinit(&reading.text);
    return status;
}
