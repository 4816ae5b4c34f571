#include "exchange/soap.h"

#include <string.h>

#include "exchange/codec.h"
#include "xml_writer.h"

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
    const enum fl_status status = fl_xml_writer_end(&xml, out_error);
    fl_xml_writer_deinit(&xml);
    return status;
}

/* --- reading --- */

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
    const struct fl_element *body =
        strcmp(root->name, "Envelope") != 0 ? NULL : fl_element_child(root, "Body");
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
    struct fl_element *root = NULL;
    enum fl_status status = fl_element_read(bytes, arena, &root, out_error);
    if (status == FL_OK) {
        status = find_answer(root, out_answer, out_error);
    }
    return status;
}
