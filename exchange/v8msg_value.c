/* What the attributes of an element say about the value in it. */

#include <string.h>

#include "v8msg_reader.h"

static enum fl_status take_type(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element,
    struct fl_bytes type)
{
    const uint8_t *const colon = type.size > 0 ? memchr(type.data, ':', type.size) : NULL;
    const size_t size = colon ? (size_t)(colon - type.data) : 0;
    const size_t skipped = colon ? size + 1 : 0;
    const char *uri =
        fl_xml_reader_resolve(reader->xml, (struct fl_bytes){type.data, size});

    if (colon && !uri) {
        struct fl_error error;

        (void)fl_error_set(
            &error, FL_MALFORMED, "<%s>: the prefix in its xsi:type is not declared",
            element->name);
        return fl_v8msg_builder_fail(reader, &error);
    }
    fl_buffer_clear(&reader->type_name);
    fl_buffer_put_memory(&reader->type_name, type.data + skipped, type.size - skipped);
    reader->value.is_typed = true;
    if (uri && strcmp(uri, FL_V8MSG_URI_XDTO_CURRENT) == 0) {
        uri = NULL;
    } else if (uri && strcmp(uri, FL_V8MSG_URI_XDTO_CORE) == 0) {
        uri = reader->names.data;
    }
    reader->value.type_uri = uri ? fl_bytes_of_text(uri) : (struct fl_bytes){0};
    reader->value.type_name = fl_buffer_view(&reader->type_name);
    return fl_buffer_status(&reader->type_name);
}

/* xsi:type and xsi:nil of an element that holds a value. */
enum fl_status fl_v8msg_value_begin(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    enum fl_status status = FL_OK;

    fl_buffer_clear(&reader->text);
    reader->value = (struct fl_v8msg_text){0};
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        const struct fl_xml_attribute *const attribute = &element->attributes[i];

        if (attribute->uri != reader->names.xsi) {
            continue;
        }
        if (strcmp(attribute->name, "type") == 0) {
            status = take_type(reader, element, attribute->value);
        } else if (strcmp(attribute->name, "nil") == 0) {
            reader->value.is_nil =
                fl_bytes_equal(attribute->value, fl_bytes_of_text("true")) ||
                fl_bytes_equal(attribute->value, fl_bytes_of_text("1"));
        }
    }
    return status;
}
