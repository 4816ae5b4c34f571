/*
 * XDTO serialisation (dialect D2), read as D1: its names are in namespaces of their own,
 * rows of a section and records of a register follow each other without a parent, and a
 * filter is a list of names and values.
 */

#include <string.h>

#include "v8msg_reader.h"

/* The rows of XDTO serialisation end where something else begins. */
enum fl_status fl_v8msg_xdto_close(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;

    if (item->records_open) {
        item->records_open = false;
        item->section = NULL;
        return fl_v8msg_builder_section(reader);
    }
    if (!item->rows_of) {
        return FL_OK;
    }
    item->section = item->rows_of;
    item->rows_of = NULL;
    return fl_v8msg_builder_section(reader);
}

/* The section's element is a row by itself, unless its first child says otherwise. */
enum fl_status fl_v8msg_xdto_row(
    struct fl_v8msg_reader *reader,
    struct fl_v8msg_section_shape *section)
{
    struct fl_v8msg_item *const item = &reader->item;

    if (item->rows_of != section) {
        const enum fl_status status = fl_v8msg_xdto_close(reader);

        if (status != FL_OK) {
            return status;
        }
        item->rows.count = 0;
    }
    item->rows_of = section;
    item->section = section;
    item->previous = section->type->name;
    item->previous_in_place = "";
    item->in_row = true;
    item->has_cells = false;
    item->cells.count = 0;
    section->names.expected = 0;
    return FL_OK;
}

enum fl_status fl_v8msg_xdto_end(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    enum fl_status status = FL_OK;

    if (!item->rows_of) {
        return fl_v8msg_builder_section(reader);
    }
    if (item->has_cells) {
        status = fl_v8msg_builder_row(reader);
    }
    item->in_row = false;
    item->section = NULL;
    return status;
}

enum fl_v8msg_place fl_v8msg_xdto_register(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_v8msg_item *const item = &reader->item;

    if (strcmp(element->name, FL_V8MSG_PLACE_RECORDS) == 0) {
        item->records_open = false;
        item->has_records = false;
        return FL_V8MSG_AT_START;
    }
    const bool is_filter = strcmp(element->name, FL_V8MSG_PLACE_FILTER) == 0;

    if (!is_filter && strcmp(element->name, "Record") != 0) {
        return FL_V8MSG_AT_START;
    }
    if (!item->records_open) {
        item->records_open = true;
        item->has_records = true;
        item->rows.count = 0;
    }
    item->previous_in_place = "";
    item->shape->names.expected = 0;
    if (is_filter) {
        item->previous = FL_V8MSG_PLACE_FILTER;
        return FL_V8MSG_AT_XDTO_FILTER;
    }
    item->previous = FL_V8MSG_PLACE_RECORDS;
    item->section = NULL;
    item->in_row = true;
    item->cells.count = 0;
    return FL_V8MSG_AT_ROW;
}

void fl_v8msg_xdto_name(struct fl_v8msg_reader *reader)
{
    reader->item.attribute =
        fl_type_find_attribute(reader->item.shape->type, fl_buffer_view(&reader->text));
}

/* Names of XDTO serialisation, D2, as they are called in D1. */
const struct fl_xml_element *fl_v8msg_xdto_understand(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element,
    struct fl_xml_element *copy)
{
    const enum fl_v8msg_place place = (enum fl_v8msg_place)reader->places[reader->depth];

    if (place < FL_V8MSG_AT_BODY || place == FL_V8MSG_AT_SKIPPED) {
        return element;
    }
    if (place == FL_V8MSG_AT_BODY) {
        reader->is_xdto = element->uri && element->uri == reader->names.current;
    }
    if ((place != FL_V8MSG_AT_BODY && !reader->is_xdto) ||
        (element->uri != reader->names.current && element->uri != reader->names.core)) {
        return element;
    }
    *copy = *element;
    copy->uri = element->uri == reader->names.core ? reader->names.data : NULL;
    return copy;
}
