/*
 * The table of predefined items that 1C's libraries put at the end of a body (formats of
 * v8msg, A.7), as a comment or as an element:
 *
 *     <PredefinedData>
 *         <CatalogRef.X PredefinedDataName="NAME">the sender's ref</CatalogRef.X>
 *
 * and behind the data of _1CV8DtUD (formats of kd2, C):
 *
 *     <PredefinedData>
 *         <Справочник.X>
 *             <item Ссылка="the sender's ref" ИмяПредопределенныхДанных="NAME"/>
 *
 * What it says is kept as the reader's table; a table that cannot be read is a note, as
 * in 1C's own log.
 */

#include <string.h>

#include "v8msg_reader.h"

enum { ITEM_DEPTH = 2, TEXT_BYTES_MAX = 64 };

/* A table in a comment. */
struct table {
    struct fl_v8msg_reader *reader;
    size_t depth;
    char text[TEXT_BYTES_MAX];
    size_t text_size;
};

static void note_type(struct fl_v8msg_reader *reader, const char *name)
{
    struct fl_error note;

    (void)fl_error_set(
        &note, FL_OK,
        "the table of predefined items names %.120s, which the configuration does not "
        "know: refs to it stay those of the sender",
        name);
    fl_v8msg_reader_note(reader, note.text);
}

enum fl_status fl_v8msg_predefined_begin(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    const struct fl_bytes name = fl_bytes_of_text(element->name);
    const struct fl_type *const type =
        reader->is_frame ? fl_configuration_find_full(reader->configuration, name)
                         : fl_v8msg_parse_ref_type(reader->configuration, name);

    fl_buffer_clear(&reader->text);
    reader->predefined_type = type;
    reader->predefined_name = NULL;
    if (!type || !fl_kind_has_ref(type->kind)) {
        reader->predefined_type = NULL;
        note_type(reader, element->name);
        return FL_OK;
    }
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, "PredefinedDataName") == 0) {
            reader->predefined_name =
                fl_arena_text(&reader->note_arena, element->attributes[i].value);
        }
    }
    return FL_OK;
}

static bool is_full(struct fl_v8msg_reader *reader)
{
    const bool full = reader->predefined_count == FL_REF_PAIRS_MAX;

    if (full) {
        fl_v8msg_reader_note(
            reader,
            "the table of predefined items is too large: refs to those at its end "
            "stay those of the sender");
    }
    return full;
}

static enum fl_status grow(struct fl_v8msg_reader *reader)
{
    const size_t capacity =
        reader->predefined_capacity ? reader->predefined_capacity * 2 : 64;
    struct fl_package_predefined *items = NULL;

    if (reader->predefined_count < reader->predefined_capacity) {
        return FL_OK;
    }
    items = fl_realloc(reader->predefined, capacity * sizeof(*items));
    if (!items) {
        return FL_NO_MEMORY;
    }
    reader->predefined = items;
    reader->predefined_capacity = capacity;
    return FL_OK;
}

enum fl_status fl_v8msg_predefined_end(
    struct fl_v8msg_reader *reader,
    struct fl_bytes text)
{
    struct fl_uuid id;

    if (!reader->predefined_type || is_full(reader) || !reader->predefined_name ||
        fl_uuid_parse(fl_bytes_trimmed(text), &id) != FL_OK || fl_uuid_is_zero(id)) {
        return FL_OK;
    }
    const enum fl_status status = grow(reader);

    if (status == FL_OK) {
        reader->predefined[reader->predefined_count++] = (struct fl_package_predefined){
            .key = {.type = reader->predefined_type->number, .id = id},
            .name = reader->predefined_name};
    }
    reader->predefined_name = NULL;
    return status;
}

enum fl_status fl_v8msg_predefined_row(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_bytes ref = {0};

    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct fl_xml_attribute *const attribute = &element->attributes[i];

        if (strcmp(attribute->name, "Ссылка") == 0) {
            ref = attribute->value;
        } else if (strcmp(attribute->name, "ИмяПредопределенныхДанных") == 0) {
            reader->predefined_name =
                fl_arena_text(&reader->note_arena, attribute->value);
        }
    }
    return fl_v8msg_predefined_end(reader, ref);
}

/* ---- in a comment ---- */

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct table *const table = context;

    table->text_size = 0;
    return ++table->depth == ITEM_DEPTH
               ? fl_v8msg_predefined_begin(table->reader, element)
               : FL_OK;
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct table *const table = context;
    const size_t room = TEXT_BYTES_MAX - table->text_size;
    const size_t size = text.size < room ? text.size : room;

    memcpy(table->text + table->text_size, text.data, size);
    table->text_size += size;
    return FL_OK;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct table *const table = context;

    (void)element;
    return table->depth-- == ITEM_DEPTH
               ? fl_v8msg_predefined_end(
                     table->reader,
                     (struct fl_bytes){(const uint8_t *)table->text, table->text_size})
               : FL_OK;
}

static enum fl_status parse(
    struct table *table,
    struct fl_bytes text,
    struct fl_error *out_error)
{
    struct fl_codec_memory memory = {.left = text};
    const struct fl_codec_source source = fl_codec_memory_source(&memory);
    const struct fl_xml_reader_options options = {
        .read = source.read,
        .read_context = source.context,
        .handler = {on_start, on_text, on_end, NULL, table},
    };
    struct fl_xml_reader *xml = NULL;
    enum fl_status status = fl_xml_reader_open(&options, &xml, out_error);

    if (status == FL_OK) {
        status = fl_xml_reader_finish(xml, out_error);
    }
    fl_xml_reader_close(xml);
    return status;
}

enum fl_status fl_v8msg_predefined_comment(void *context, struct fl_bytes text)
{
    struct fl_v8msg_reader *const reader = context;
    static const char mark[] = "<PredefinedData";
    struct table table = {.reader = reader};
    struct fl_error error;

    if (reader->places[reader->depth] != FL_V8MSG_AT_BODY) {
        return FL_OK;
    }
    while (text.size >= sizeof(mark) && memcmp(text.data, mark, sizeof(mark) - 1) != 0) {
        text.data++;
        text.size--;
    }
    if (text.size < sizeof(mark)) {
        return FL_OK;
    }
    const enum fl_status status = parse(&table, text, &error);

    if (status == FL_MALFORMED || status == FL_LIMIT) {
        struct fl_error note;

        (void)fl_error_set(
            &note, FL_OK, "the table of predefined items is not read to its end: %s",
            error.text);
        fl_v8msg_reader_note(reader, note.text);
        return FL_OK;
    }
    return status;
}
