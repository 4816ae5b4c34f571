#include <string.h>

#include "exchange/codec.h"
#include "exchange/element.h"
#include "xml_reader.h"

enum { DEPTH_MAX = 16, TEXT_BYTES_MAX = 64 << 20 };

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
        reading->xml, fl_arena_failure(reading->arena, 1), "the document is too large");
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

enum fl_status fl_element_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_element **out_root,
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
    fl_xml_reader_close(reading.xml);
    fl_buffer_deinit(&reading.text);
    if (status == FL_OK && reading.root == NULL) {
        status = fl_error_set(out_error, FL_MALFORMED, "there is no element in it");
    }
    if (status == FL_OK) {
        *out_root = reading.root;
    }
    return status;
}
