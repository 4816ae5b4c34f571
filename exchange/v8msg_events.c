/*
 * What an element means is decided by where it stands: `places` has one entry for each
 * open element. Names are compared as pointers where it matters for speed.
 */

#include <stdio.h>
#include <string.h>

#include "v8msg_reader.h"

enum { SHOWN_BYTES_MAX = 60 };

#define D2_URI_PART FL_V8MSG_URI_XDTO

static const struct fl_v8msg_capture_known known_namespaces[] = {
    {FL_V8MSG_URI_DATA, "v8"},
    {FL_V8MSG_URI_XSI, "xsi"},
    {FL_V8MSG_URI_XS, "xs"},
};

enum fl_status fl_v8msg_events_init(struct fl_v8msg_reader *reader)
{
    fl_buffer_init(&reader->text, FL_XML_TEXT_BYTES_MAX);
    fl_buffer_init(&reader->type_name, FL_XML_TAG_BYTES_MAX);
    fl_v8msg_capture_init(
        &reader->capture, reader->xml, known_namespaces,
        sizeof(known_namespaces) / sizeof(known_namespaces[0]));
    reader->names.messages = fl_xml_reader_intern(reader->xml, FL_V8MSG_URI_MESSAGES);
    reader->names.frame = fl_xml_reader_intern(reader->xml, FL_V8MSG_URI_FRAME);
    reader->names.data = fl_xml_reader_intern(reader->xml, FL_V8MSG_URI_DATA);
    reader->names.xsi = fl_xml_reader_intern(reader->xml, FL_V8MSG_URI_XSI);
    reader->names.ref = fl_xml_reader_intern(reader->xml, "Ref");
    reader->names.current = fl_xml_reader_intern(reader->xml, FL_V8MSG_URI_XDTO_CURRENT);
    reader->names.core = fl_xml_reader_intern(reader->xml, FL_V8MSG_URI_XDTO_CORE);
    return reader->names.current && reader->names.core && reader->names.messages &&
                   reader->names.frame && reader->names.data && reader->names.xsi &&
                   reader->names.ref
               ? FL_OK
               : FL_NO_MEMORY;
}

void fl_v8msg_events_deinit(struct fl_v8msg_reader *reader)
{
    fl_v8msg_builder_deinit(reader);
    fl_v8msg_capture_deinit(&reader->capture);
    fl_buffer_deinit(&reader->text);
    fl_buffer_deinit(&reader->type_name);
}

static enum fl_status enter(struct fl_v8msg_reader *reader, enum fl_v8msg_place place)
{
    FL_ASSERT(reader->depth < FL_XML_DEPTH_MAX); /* the XML reader refuses more */
    reader->places[++reader->depth] = (uint8_t)place;
    return FL_OK;
}

/* `format` takes the element's name. */
static enum fl_status refuse(
    struct fl_v8msg_reader *reader,
    enum fl_status status,
    const char *name,
    const char *words)
{
    struct fl_error error;

    (void)fl_error_set(&error, status, "<%s>: %s", name, fl_error_words(words));
    return fl_v8msg_builder_fail(reader, &error);
}

static enum fl_status skip(
    struct fl_v8msg_reader *reader,
    const char *name,
    const char *words)
{
    struct fl_error note;

    (void)fl_error_set(&note, FL_OK, "<%s>: %s", name, fl_error_words(words));
    fl_v8msg_reader_note(reader, note.text);
    return enter(reader, FL_V8MSG_AT_SKIPPED);
}

static bool is_called(const struct fl_xml_element *element, const char *name)
{
    return strcmp(element->name, name) == 0;
}

/* ---- the envelope ---- */

static enum fl_status start_root(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    if (element->uri == reader->names.messages && is_called(element, "Message")) {
        reader->is_frame = false;
        return enter(reader, FL_V8MSG_AT_ROOT);
    }
    if (element->uri == reader->names.frame && is_called(element, "_1CV8DtUD")) {
        reader->is_frame = true;
        return enter(reader, FL_V8MSG_AT_ROOT);
    }
    return refuse(
        reader, FL_UNSUPPORTED, element->name,
        "not a message of a 1C exchange plan, which begins with v8msg:Message "
        "of " FL_V8MSG_URI_MESSAGES);
}

static enum fl_status start_in_root(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    if (reader->is_frame) {
        if (is_called(element, "PredefinedData")) {
            return enter(reader, FL_V8MSG_AT_PREDEFINED);
        }
        if (element->uri != reader->names.frame || !is_called(element, "Data")) {
            return skip(
                reader, element->name, "a part of the frame without data: skipped");
        }
    } else if (element->uri == reader->names.messages && is_called(element, "Header")) {
        return enter(reader, FL_V8MSG_AT_HEADER);
    } else if (element->uri != reader->names.messages || !is_called(element, "Body")) {
        return skip(reader, element->name, "not a part of a message: skipped");
    }
    const enum fl_status status = fl_v8msg_reader_body_begins(reader);

    return status == FL_OK ? enter(reader, FL_V8MSG_AT_BODY) : status;
}

static enum fl_status start_header_field(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    if (element->uri != reader->names.messages) {
        return skip(reader, element->name, "not a part of the header: skipped");
    }
    fl_buffer_clear(&reader->text);
    return enter(reader, FL_V8MSG_AT_HEADER_FIELD);
}

/* ---- parts that are not known ---- */

static enum fl_status start_kept(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    if (element->uri && strncmp(element->uri, D2_URI_PART, strlen(D2_URI_PART)) == 0) {
        return refuse(
            reader, FL_UNSUPPORTED, element->name,
            "written by XDTO serialisation, which messages of exchange plans never hold; "
            "have the other side write objects with WriteXML (ЗаписатьXML)");
    }
    fl_v8msg_capture_clear(&reader->capture);
    fl_v8msg_capture_start(&reader->capture, element);
    reader->kept_name = element->name;
    reader->is_kept_value = false;
    return enter(reader, FL_V8MSG_AT_KEPT);
}

/* Is the type of a value one that only its XML can stand for: v8:StandardPeriod? */
static bool is_kept_type(const struct fl_v8msg_reader *reader)
{
    static const char *const understood[] = {
        "Null", "UUID", "ValueStorage", "TypeDescription"};
    const struct fl_v8msg_text *const value = &reader->value;

    if (!value->is_typed || value->is_nil || value->type_uri.size == 0 ||
        fl_bytes_equal(value->type_uri, fl_bytes_of_text(FL_V8MSG_URI_XS))) {
        return false;
    }
    for (size_t i = 0; i < sizeof(understood) / sizeof(understood[0]); i++) {
        if (fl_bytes_equal(value->type_uri, fl_bytes_of_text(FL_V8MSG_URI_DATA)) &&
            fl_bytes_equal(value->type_name, fl_bytes_of_text(understood[i]))) {
            return false;
        }
    }
    return true;
}

/* Might hold elements where text is expected: how 1C nests these is not known for sure.
 */
static bool is_opaque(const struct fl_attribute *attribute)
{
    return (attribute->type.allows & (FL_ALLOWS_STORAGE | FL_ALLOWS_UNKNOWN)) != 0;
}

/* An element where attributes stand, among those that `names` knows. */
static enum fl_status start_field(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element,
    struct fl_v8msg_names *names)
{
    const struct fl_attribute *const attribute =
        element->uri ? NULL : fl_v8msg_names_find(names, element->name);

    if (!attribute) {
        return start_kept(reader, element);
    }
    reader->item.attribute = attribute;
    const enum fl_status status = fl_v8msg_value_begin(reader, element);

    if (is_opaque(attribute)) {
        fl_v8msg_capture_clear(&reader->capture);
        fl_v8msg_capture_start(&reader->capture, element);
    }
    if (status == FL_OK && is_kept_type(reader)) {
        if (!fl_xml_writer_is_name(reader->value.type_name)) {
            return refuse(
                reader, FL_MALFORMED, element->name,
                "its xsi:type is not the name of a type");
        }
        reader->item.attribute = NULL;
        return start_kept(reader, element);
    }
    return status == FL_OK ? enter(reader, FL_V8MSG_AT_FIELD) : status;
}

/* ---- items ---- */

static enum fl_status refuse_type(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element,
    enum fl_status found)
{
    struct fl_error error;

    if (found == FL_NO_MEMORY) {
        return found;
    }
    if (found == FL_NOT_FOUND) {
        (void)fl_error_set(
            &error, found,
            "<%s>: configuration %s does not know this type; load the configuration of "
            "the base that wrote the package, or add what it holds: filial configuration "
            "learn FILE",
            element->name, reader->configuration->name);
    } else {
        (void)fl_error_set(
            &error, found,
            "<%s>: data of this kind is not supported; take it out of the exchange plan",
            element->name);
    }
    return fl_v8msg_builder_fail(reader, &error);
}

/* Wrapper elements of a distributed infobase, whose namespaces are not known. */
static enum fl_status start_wrapper(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    if (strncmp(element->uri, D2_URI_PART, strlen(D2_URI_PART)) == 0) {
        return start_kept(reader, element);
    }
    if (is_called(element, "Changes") || is_called(element, "Data")) {
        fl_v8msg_reader_wrapped(reader, element);
        fl_v8msg_reader_note(
            reader, "a message of a distributed infobase (РИБ): its data is read, but "
                    "nothing was "
                    "tried against a real base of that kind yet");
        return enter(reader, FL_V8MSG_AT_BODY);
    }
    if (strstr(element->name, "Config")) {
        return skip(
            reader, element->name,
            "changes of the configuration itself: skipped, load the new configuration");
    }
    return skip(reader, element->name, "not data: skipped");
}

static enum fl_status start_item(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_v8msg_shape *shape = NULL;

    if (element->uri == reader->names.data && is_called(element, "ObjectDeletion")) {
        const enum fl_status status = fl_v8msg_builder_begin(reader, NULL);

        return status == FL_OK ? enter(reader, FL_V8MSG_AT_DELETION) : status;
    }
    if (element->uri) {
        return start_wrapper(reader, element);
    }
    enum fl_status status = fl_v8msg_shapes_find(reader->shapes, element->name, &shape);

    if (status == FL_UNSUPPORTED && is_called(element, "PredefinedData")) {
        return enter(reader, FL_V8MSG_AT_PREDEFINED);
    }
    if (status == FL_UNSUPPORTED && !strchr(element->name, '.')) {
        reader->wrapper.has_parameters |= is_called(element, "Parameters");
        return skip(reader, element->name, "not data of the exchange plan: skipped");
    }
    if (status != FL_OK) {
        return refuse_type(reader, element, status);
    }
    status = fl_v8msg_builder_begin(reader, shape);
    reader->item.rows_of = NULL;
    reader->item.records_open = false;
    return status == FL_OK ? enter(reader, FL_V8MSG_AT_ITEM) : status;
}

static enum fl_status start_in_register(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_v8msg_item *const item = &reader->item;

    if (reader->is_xdto) {
        const enum fl_v8msg_place place = fl_v8msg_xdto_register(reader, element);

        if (place != FL_V8MSG_AT_START) {
            return enter(reader, place);
        }
    }
    if (!element->uri && is_called(element, FL_V8MSG_PLACE_FILTER)) {
        if (item->has_records) {
            return refuse(
                reader, FL_MALFORMED, element->name,
                "the filter stands before the records");
        }
        item->previous = FL_V8MSG_PLACE_FILTER;
        item->previous_in_place = "";
        item->shape->names.expected = 0;
        return enter(reader, FL_V8MSG_AT_FILTER);
    }
    if (element->uri || !is_called(element, FL_V8MSG_PLACE_RECORDS)) {
        return start_kept(reader, element);
    }
    if (item->has_records) {
        return refuse(
            reader, FL_MALFORMED, element->name, "the record set has two of them");
    }
    item->has_records = true;
    item->previous = FL_V8MSG_PLACE_RECORDS;
    return enter(reader, FL_V8MSG_AT_SECTION);
}

static enum fl_status start_in_item(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_v8msg_item *const item = &reader->item;
    const enum fl_kind kind = item->shape->type->kind;

    if (fl_kind_is_register(kind)) {
        return start_in_register(reader, element);
    }
    if (element->name == reader->names.ref && !element->uri && fl_kind_has_ref(kind)) {
        item->previous = "";
        fl_buffer_clear(&reader->text);
        return enter(reader, FL_V8MSG_AT_REF);
    }
    const enum fl_status status = start_field(reader, element, &item->shape->names);

    if (reader->places[reader->depth] == FL_V8MSG_AT_FIELD) {
        item->previous = item->attribute->name;
    }
    return status;
}

/* A section, or what start_in_item() makes of it: sections come last, and are fewer. */
static enum fl_status start_section_or_field(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_v8msg_section_shape *const section =
        element->uri || item->shape->type->section_count == 0
            ? NULL
            : fl_v8msg_shape_section(item->shape, element->name);

    if (!section || fl_kind_is_register(item->shape->type->kind)) {
        const enum fl_status status = item->rows_of ? fl_v8msg_xdto_close(reader) : FL_OK;

        return status == FL_OK ? start_in_item(reader, element) : status;
    }
    if (reader->is_xdto) {
        const enum fl_status status = fl_v8msg_xdto_row(reader, section);

        return status == FL_OK ? enter(reader, FL_V8MSG_AT_SECTION) : status;
    }
    item->section = section;
    item->previous = section->type->name;
    item->rows.count = 0;
    return enter(reader, FL_V8MSG_AT_SECTION);
}

static enum fl_status start_cell(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element);

static enum fl_status start_row(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_v8msg_item *const item = &reader->item;
    const char *const name = item->section ? "Row" : "Record";
    struct fl_v8msg_names *const names =
        item->section ? &item->section->names : &item->shape->names;

    if (item->rows_of && !is_called(element, name)) {
        item->has_cells = true;
        return start_cell(reader, element);
    }
    if (element->uri || !is_called(element, name)) {
        return start_kept(reader, element);
    }
    if (item->rows_of && item->rows.count > 0) {
        return refuse(reader, FL_MALFORMED, element->name, "rows inside of rows");
    }
    item->rows_of = NULL;
    names->expected = 0;
    item->in_row = true;
    item->cells.count = 0;
    item->previous_in_place = "";
    return enter(reader, FL_V8MSG_AT_ROW);
}

static enum fl_status start_cell(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_v8msg_item *const item = &reader->item;
    const enum fl_status status = start_field(
        reader, element, item->section ? &item->section->names : &item->shape->names);

    if (reader->places[reader->depth] == FL_V8MSG_AT_FIELD) {
        item->previous_in_place = item->attribute->name;
    }
    return status;
}

static enum fl_status refuse_filter(struct fl_v8msg_reader *reader, const char *name)
{
    return refuse(
        reader, FL_MALFORMED, name,
        "the filter of the record set has an element that is not part of the register's "
        "main filter in this configuration; load the configuration of the base that "
        "wrote the package");
}

/* What a record set is found by: a filter that we do not use would replace too much. */
static enum fl_status start_in_filter(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    const enum fl_status status = start_cell(reader, element);
    const struct fl_attribute *const attribute = reader->item.attribute;

    if (status == FL_OK && reader->places[reader->depth] == FL_V8MSG_AT_FIELD &&
        attribute->in_filter) {
        return FL_OK;
    }
    return status != FL_OK ? status : refuse_filter(reader, element->name);
}

static enum fl_status start_in_xdto_filter(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    if (!is_called(element, "FilterItem")) {
        return start_in_filter(reader, element);
    }
    reader->item.attribute = NULL;
    return enter(reader, FL_V8MSG_AT_XDTO_ITEM);
}

static enum fl_status start_in_xdto_item(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    const struct fl_attribute *const attribute = reader->item.attribute;

    if (is_called(element, "Name")) {
        fl_buffer_clear(&reader->text);
        return enter(reader, FL_V8MSG_AT_XDTO_NAME);
    }
    if (!is_called(element, "Value")) {
        return enter(reader, FL_V8MSG_AT_SKIPPED);
    }
    if (!attribute || !attribute->in_filter) {
        return refuse_filter(reader, element->name);
    }
    const enum fl_status status = fl_v8msg_value_begin(reader, element);

    return status == FL_OK ? enter(reader, FL_V8MSG_AT_FIELD) : status;
}

static enum fl_status start_deletion_ref(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    if (!is_called(element, "Ref") || reader->item.has_ref) {
        return refuse(
            reader, FL_MALFORMED, element->name, "ObjectDeletion holds one Ref only");
    }
    const enum fl_status status = fl_v8msg_value_begin(reader, element);

    return status == FL_OK ? enter(reader, FL_V8MSG_AT_DELETION_REF) : status;
}

static enum fl_status start_in_field(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    const struct fl_attribute *const attribute = reader->item.attribute;
    const bool is_xml = fl_v8msg_parse_is_xml(&attribute->type, &reader->value);

    if (!is_xml && is_opaque(attribute)) {
        fl_v8msg_capture_text(&reader->capture, fl_buffer_view(&reader->text));
        fl_v8msg_capture_start(&reader->capture, element);
        reader->kept_name = attribute->name;
        reader->item.attribute = NULL;
        reader->places[reader->depth] = FL_V8MSG_AT_KEPT;
        return enter(reader, FL_V8MSG_AT_KEPT);
    }
    if (!is_xml) {
        return refuse(
            reader, FL_MALFORMED, element->name,
            "the attribute around it holds a value, not elements");
    }
    if (!reader->is_kept_value) {
        fl_v8msg_capture_clear(&reader->capture);
        reader->is_kept_value = true;
    }
    fl_v8msg_capture_start(&reader->capture, element);
    return enter(reader, FL_V8MSG_AT_KEPT);
}

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct fl_v8msg_reader *const reader = context;
    struct fl_xml_element copy;

    element = fl_v8msg_xdto_understand(reader, element, &copy);
    switch ((enum fl_v8msg_place)reader->places[reader->depth]) {
    case FL_V8MSG_AT_START:
        return start_root(reader, element);
    case FL_V8MSG_AT_ROOT:
        return start_in_root(reader, element);
    case FL_V8MSG_AT_HEADER:
        return start_header_field(reader, element);
    case FL_V8MSG_AT_BODY:
        return start_item(reader, element);
    case FL_V8MSG_AT_ITEM:
        return start_section_or_field(reader, element);
    case FL_V8MSG_AT_SECTION:
        return start_row(reader, element);
    case FL_V8MSG_AT_ROW:
        return start_cell(reader, element);
    case FL_V8MSG_AT_FILTER:
        return start_in_filter(reader, element);
    case FL_V8MSG_AT_DELETION:
        return start_deletion_ref(reader, element);
    case FL_V8MSG_AT_FIELD:
        return start_in_field(reader, element);
    case FL_V8MSG_AT_KEPT:
        fl_v8msg_capture_start(&reader->capture, element);
        return enter(reader, FL_V8MSG_AT_KEPT);
    case FL_V8MSG_AT_SKIPPED:
        return enter(reader, FL_V8MSG_AT_SKIPPED);
    case FL_V8MSG_AT_XDTO_FILTER:
        return start_in_xdto_filter(reader, element);
    case FL_V8MSG_AT_XDTO_ITEM:
        return start_in_xdto_item(reader, element);
    case FL_V8MSG_AT_PREDEFINED:
        return fl_v8msg_predefined_begin(reader, element) == FL_OK
                   ? enter(reader, FL_V8MSG_AT_PREDEFINED_ITEM)
                   : FL_NO_MEMORY;
    case FL_V8MSG_AT_PREDEFINED_ITEM:
        if (!reader->is_frame) {
            break;
        }
        return fl_v8msg_predefined_row(reader, element) == FL_OK
                   ? enter(reader, FL_V8MSG_AT_SKIPPED)
                   : FL_NO_MEMORY;
    case FL_V8MSG_AT_HEADER_FIELD:
    case FL_V8MSG_AT_REF:
    case FL_V8MSG_AT_DELETION_REF:
    case FL_V8MSG_AT_XDTO_NAME:
        break;
    }
    return refuse(
        reader, FL_MALFORMED, element->name, "an element where only text may stand");
}

/* ---- text ---- */

static enum fl_status put_text(struct fl_v8msg_reader *reader, struct fl_bytes text)
{
    fl_buffer_put(&reader->text, text);
    const enum fl_status status = fl_buffer_status(&reader->text);
    struct fl_error error;

    if (status == FL_LIMIT) {
        (void)fl_error_set(
            &error, status, "a value is longer than %d bytes",
            (int)FL_XML_TEXT_BYTES_MAX);
        return fl_v8msg_builder_fail(reader, &error);
    }
    return status;
}

static enum fl_status check_blank(struct fl_v8msg_reader *reader, struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];

        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r') {
            struct fl_error error;

            (void)fl_error_set(
                &error, FL_MALFORMED, "text between elements: \"%.*s\"",
                (int)(text.size < SHOWN_BYTES_MAX ? text.size : SHOWN_BYTES_MAX),
                (const char *)text.data);
            return fl_v8msg_builder_fail(reader, &error);
        }
    }
    return FL_OK;
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct fl_v8msg_reader *const reader = context;

    switch ((enum fl_v8msg_place)reader->places[reader->depth]) {
    case FL_V8MSG_AT_HEADER_FIELD:
    case FL_V8MSG_AT_FIELD:
    case FL_V8MSG_AT_REF:
    case FL_V8MSG_AT_DELETION_REF:
    case FL_V8MSG_AT_XDTO_NAME:
    case FL_V8MSG_AT_PREDEFINED_ITEM:
        return put_text(reader, text);
    case FL_V8MSG_AT_KEPT:
        fl_v8msg_capture_text(&reader->capture, text);
        return FL_OK;
    case FL_V8MSG_AT_SKIPPED:
        return FL_OK;
    case FL_V8MSG_AT_START:
    case FL_V8MSG_AT_ROOT:
    case FL_V8MSG_AT_HEADER:
    case FL_V8MSG_AT_BODY:
    case FL_V8MSG_AT_ITEM:
    case FL_V8MSG_AT_SECTION:
    case FL_V8MSG_AT_ROW:
    case FL_V8MSG_AT_FILTER:
    case FL_V8MSG_AT_DELETION:
    case FL_V8MSG_AT_XDTO_FILTER:
    case FL_V8MSG_AT_XDTO_ITEM:
    case FL_V8MSG_AT_PREDEFINED:
        break;
    }
    return check_blank(reader, text);
}

/* ---- ends ---- */

static enum fl_status end_field(struct fl_v8msg_reader *reader)
{
    reader->value.text = fl_buffer_view(&reader->text);
    if (reader->is_kept_value) {
        reader->is_kept_value = false;
        const enum fl_status status =
            fl_v8msg_capture_result(&reader->capture, &reader->value.text);

        if (status != FL_OK) {
            return refuse(
                reader, status, reader->item.attribute->name,
                "its description of types is too large");
        }
    }
    return fl_v8msg_builder_field(reader);
}

static enum fl_status end_kept(struct fl_v8msg_reader *reader)
{
    fl_v8msg_capture_end(&reader->capture);
    return reader->capture.depth == 0 && !reader->is_kept_value
               ? fl_v8msg_builder_kept(reader)
               : FL_OK;
}

static enum fl_status end_deletion_ref(struct fl_v8msg_reader *reader)
{
    struct fl_v8msg_item *const item = &reader->item;
    struct fl_error error;
    const struct fl_type *const type =
        reader->value.type_uri.size == 0
            ? fl_v8msg_parse_ref_type(reader->configuration, reader->value.type_name)
            : NULL;

    if (!reader->value.is_typed) {
        (void)fl_error_set(
            &error, FL_MALFORMED, "the Ref of an ObjectDeletion has no xsi:type");
        return fl_v8msg_reader_fail(reader, &error);
    }
    if (!type || !fl_kind_has_ref(type->kind)) {
        (void)fl_error_set(
            &error, FL_NOT_FOUND,
            "a deletion of %.*s: configuration %s does not know this type; load the "
            "configuration of the base that wrote the package, or add what it holds: "
            "filial configuration learn FILE",
            (int)reader->value.type_name.size, (const char *)reader->value.type_name.data,
            reader->configuration->name);
        return fl_v8msg_reader_fail(reader, &error);
    }
    item->key.type = type->number;
    return fl_v8msg_builder_ref(reader);
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct fl_v8msg_reader *const reader = context;

    FL_ASSERT(reader->depth > 0);
    const enum fl_v8msg_place place =
        (enum fl_v8msg_place)reader->places[reader->depth--];

    switch (place) {
    case FL_V8MSG_AT_HEADER_FIELD:
        return fl_v8msg_reader_header_field(
            reader, element->name, fl_buffer_view(&reader->text));
    case FL_V8MSG_AT_FIELD:
        return end_field(reader);
    case FL_V8MSG_AT_KEPT:
        return end_kept(reader);
    case FL_V8MSG_AT_XDTO_NAME:
        fl_v8msg_xdto_name(reader);
        return FL_OK;
    case FL_V8MSG_AT_REF:
        return fl_v8msg_builder_ref(reader);
    case FL_V8MSG_AT_ROW:
        return fl_v8msg_builder_row(reader);
    case FL_V8MSG_AT_SECTION:
        return fl_v8msg_xdto_end(reader);
    case FL_V8MSG_AT_ITEM:
        return fl_v8msg_builder_item(reader);
    case FL_V8MSG_AT_DELETION_REF:
        return end_deletion_ref(reader);
    case FL_V8MSG_AT_DELETION:
        return fl_v8msg_builder_deletion(reader);
    case FL_V8MSG_AT_PREDEFINED_ITEM:
        return fl_v8msg_predefined_end(reader, fl_buffer_view(&reader->text));
    case FL_V8MSG_AT_START:
    case FL_V8MSG_AT_ROOT:
    case FL_V8MSG_AT_HEADER:
    case FL_V8MSG_AT_BODY:
    case FL_V8MSG_AT_FILTER:
    case FL_V8MSG_AT_SKIPPED:
    case FL_V8MSG_AT_XDTO_FILTER:
    case FL_V8MSG_AT_XDTO_ITEM:
    case FL_V8MSG_AT_PREDEFINED:
        break;
    }
    return FL_OK;
}

struct fl_xml_handler fl_v8msg_events_handler(struct fl_v8msg_reader *reader)
{
    return (struct fl_xml_handler){
        .start = on_start,
        .text = on_text,
        .end = on_end,
        .comment = fl_v8msg_predefined_comment,
        .context = reader,
    };
}
