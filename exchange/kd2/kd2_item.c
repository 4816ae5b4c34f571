/*
 * An item of the body from its first tag to its last. Each open element has a frame that
 * says where its properties go; whatever is built lies in the item's arena.
 */

#include <string.h>

#include "kd2_file.h"

enum { KINDS_MAX = 64 }; /* types of a characteristic: more than any has */

static enum fl_status no_room(struct fl_kd2_reader *reader, size_t size)
{
    const enum fl_status status = fl_arena_failure(reader->arena, size);

    return status == FL_LIMIT
               ? fl_kd2_reader_fail(
                     reader, status,
                     "the object is larger than the limit of %zu bytes in memory",
                     reader->arena->bytes_max)
               : fl_kd2_reader_fail(reader, status, "out of memory for the object");
}

static void *make(struct fl_kd2_reader *reader, size_t size, enum fl_status *io_status)
{
    void *const made = *io_status == FL_OK ? fl_arena_alloc(reader->arena, size) : NULL;

    if (!made && *io_status == FL_OK) {
        *io_status = no_room(reader, size);
    }
    return made;
}

static enum fl_status copy(
    struct fl_kd2_reader *reader,
    struct fl_bytes text,
    struct fl_bytes *out_copy)
{
    return fl_arena_copy(reader->arena, text, out_copy) == FL_OK
               ? FL_OK
               : no_room(reader, text.size);
}

static enum fl_status refuse_attribute(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute)
{
    const struct fl_bytes value = fl_bytes_utf8_beginning(attribute->value, 60);

    return fl_kd2_reader_fail(
        reader, FL_MALFORMED, "%s cannot be \"%.*s\"", attribute->name, (int)value.size,
        (const char *)value.data);
}

static enum fl_status read_flag(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    bool *out_flag)
{
    return fl_kd2_boolean(attribute->value, out_flag)
               ? FL_OK
               : refuse_attribute(reader, attribute);
}

/* A word out of a list, in both languages, to its place in the list, from 1. */
static enum fl_status read_word(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    const char *const *words,
    size_t count,
    int *out_index)
{
    const struct fl_bytes text = fl_kd2_trim(attribute->value);

    *out_index = 0;
    if (text.size == 0) {
        return FL_OK;
    }
    for (size_t i = 0; i < count; i++) {
        if (fl_bytes_equal(text, fl_bytes_of_text(words[i]))) {
            *out_index = (int)(i / 2) + 1;
            return FL_OK;
        }
    }
    return refuse_attribute(reader, attribute);
}

static enum fl_status read_priority(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    enum fl_kd2_priority *out_priority)
{
    static const char *const words[] = {"Выше",    "Higher", "Совпадает",
                                        "Matches", "Ниже",   "Below"};
    int index = 0;
    const enum fl_status status = read_word(reader, attribute, words, 6, &index);

    *out_priority =
        index > 0 ? (enum fl_kd2_priority)(index - 1) : FL_KD2_PRIORITY_HIGHER;
    return status;
}

static enum fl_status read_write_mode(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    enum fl_kd2_write_mode *out_mode)
{
    static const char *const words[] = {"Проведение",  "Posting", "ОтменаПроведения",
                                        "UndoPosting", "Запись",  "Write"};
    int index = 0;
    const enum fl_status status = read_word(reader, attribute, words, 6, &index);

    *out_mode = (enum fl_kd2_write_mode)index;
    return status;
}

static enum fl_status read_posting(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    enum fl_kd2_posting *out_posting)
{
    static const char *const words[] = {
        "Оперативный", "RealTime", "Неоперативный", "Regular"};
    int index = 0;
    const enum fl_status status = read_word(reader, attribute, words, 4, &index);

    *out_posting = (enum fl_kd2_posting)index;
    return status;
}

static enum fl_status read_id(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    struct fl_uuid *out_id)
{
    const struct fl_bytes text = fl_kd2_trim(attribute->value);

    if (text.size == 0) {
        return FL_OK;
    }
    return fl_uuid_parse(text, out_id) == FL_OK ? FL_OK
                                                : refuse_attribute(reader, attribute);
}

/* ---- properties ---- */

static enum fl_status read_property_attribute(
    struct fl_kd2_reader *reader,
    struct fl_kd2_property *property,
    const struct fl_xml_attribute *attribute)
{
    const struct fl_bytes text = fl_kd2_trim(attribute->value);

    switch ((int)fl_kd2_tag_of(&reader->tags, attribute->name)) {
    case FL_KD2_TAG_NAME:
        return copy(reader, text, &property->name);
    case FL_KD2_TAG_TYPE:
        return copy(reader, text, &property->type);
    case FL_KD2_TAG_NOT_REPLACE:
        return read_flag(reader, attribute, &property->not_replace);
    case FL_KD2_TAG_EQUAL_DATE:
        return read_flag(reader, attribute, &property->equal_date);
    case FL_KD2_TAG_RULE_CODE:
        return copy(reader, text, &property->rule);
    case FL_KD2_TAG_SOURCE_TYPE:
        return copy(reader, text, &property->source_type);
    case FL_KD2_TAG_DESTINATION_TYPE:
        return copy(reader, text, &property->destination_type);
    default:
        fl_kd2_reader_add_note(
            reader, "attribute %.100s of a property is not known and passed over",
            attribute->name);
        return FL_OK;
    }
}

static enum fl_status start_property(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    const struct fl_kd2_frame *const outer = &reader->frames[reader->depth];

    if (outer->properties->count == FL_KD2_PROPERTIES_MAX) {
        return fl_kd2_reader_fail(
            reader, FL_LIMIT, "more than %d properties in one place",
            (int)FL_KD2_PROPERTIES_MAX);
    }
    struct fl_kd2_property *const property =
        fl_kd2_properties_add(outer->properties, reader->arena);
    enum fl_status status = property ? FL_OK : no_room(reader, sizeof(*property));

    if (!property) {
        return status;
    }
    property->line = fl_xml_reader_line(reader->xml);
    property->is_parameter = tag == FL_KD2_TAG_PARAMETER_VALUE;
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_PROPERTY);
    struct fl_kd2_frame *const frame = &reader->frames[reader->depth];

    frame->property = property;
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        status = read_property_attribute(reader, property, &element->attributes[i]);
    }
    if (status == FL_OK && property->name.size == 0) {
        status = fl_kd2_reader_fail(
            reader, FL_MALFORMED, "a property without a name: Имя is missing");
    }
    if (status == FL_OK && property->type.size == 0) {
        property->type = fl_kd2_types_find(
            &reader->types, frame->type, frame->section, property->name);
    }
    frame->type = property->type;
    frame->section = (struct fl_bytes){NULL, 0};
    return status;
}

/* ---- the item itself ---- */

static enum fl_status read_item_attribute(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute)
{
    struct fl_kd2_item *const item = reader->item;
    const struct fl_bytes text = fl_kd2_trim(attribute->value);

    switch ((int)fl_kd2_tag_of(&reader->tags, attribute->name)) {
    case FL_KD2_TAG_GLOBAL_NUMBER:
        item->global = true;
        return fl_kd2_reader_number(reader, attribute, &item->number);
    case FL_KD2_TAG_NUMBER:
        return fl_kd2_reader_number(reader, attribute, &item->number);
    case FL_KD2_TAG_TYPE:
        return copy(reader, text, &item->type);
    case FL_KD2_TAG_RULE_NAME:
        return copy(reader, text, &item->rule);
    case FL_KD2_TAG_CONSTANT_NAME:
        return copy(reader, text, &item->constant);
    case FL_KD2_TAG_PREFIX:
        return copy(reader, text, &item->prefix);
    case FL_KD2_TAG_SOURCE:
        return copy(reader, text, &item->source_note);
    case FL_KD2_TAG_NOT_REPLACE:
        return read_flag(reader, attribute, &item->not_replace);
    case FL_KD2_TAG_EMPTY_SET:
        return read_flag(reader, attribute, &item->empty);
    case FL_KD2_TAG_PRIORITY:
        return read_priority(reader, attribute, &item->priority);
    case FL_KD2_TAG_WRITE_MODE:
        return read_write_mode(reader, attribute, &item->write_mode);
    case FL_KD2_TAG_POSTING_MODE:
        return read_posting(reader, attribute, &item->posting);
    case FL_KD2_TAG_SOURCE_TYPE:
        return copy(reader, text, &item->source_type);
    case FL_KD2_TAG_DESTINATION_TYPE:
        return copy(reader, text, &item->destination_type);
    case FL_KD2_TAG_ID:
    case FL_KD2_TAG_SOURCE_ID:
        return read_id(reader, attribute, &item->source_id);
    case FL_KD2_TAG_DESTINATION_ID:
        return read_id(reader, attribute, &item->destination_id);
    default:
        fl_kd2_reader_add_note(
            reader, "attribute %.100s of an object is not known and passed over",
            attribute->name);
        return FL_OK;
    }
}

static enum fl_kd2_item_kind kind_of(enum fl_kd2_tag tag)
{
    switch ((int)tag) {
    case FL_KD2_TAG_RECORD_SET:
        return FL_KD2_RECORD_SET;
    case FL_KD2_TAG_DELETION:
        return FL_KD2_DELETION;
    case FL_KD2_TAG_REGISTRATION:
        return FL_KD2_REGISTRATION;
    case FL_KD2_TAG_CORRECTION:
        return FL_KD2_CORRECTION;
    case FL_KD2_TAG_COMMON_DATA:
        return FL_KD2_COMMON_DATA;
    case FL_KD2_TAG_PARAMETER_VALUE:
        return FL_KD2_PARAMETER;
    default:
        return FL_KD2_OBJECT;
    }
}

static enum fl_status check_item(struct fl_kd2_reader *reader)
{
    const struct fl_kd2_item *const item = reader->item;

    if ((item->kind == FL_KD2_OBJECT || item->kind == FL_KD2_RECORD_SET) &&
        item->type.size == 0) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED,
            "an object without a type: its attribute Тип is missing");
    }
    if (item->kind == FL_KD2_DELETION || item->kind == FL_KD2_REGISTRATION ||
        item->kind == FL_KD2_CORRECTION) {
        if (item->source_type.size == 0 || item->destination_type.size == 0) {
            return fl_kd2_reader_fail(
                reader, FL_MALFORMED, "ТипИсточника or ТипПриемника is missing");
        }
        if (fl_uuid_is_zero(item->source_id) ||
            (item->kind == FL_KD2_REGISTRATION && !item->empty &&
             fl_uuid_is_zero(item->destination_id))) {
            return fl_kd2_reader_fail(reader, FL_MALFORMED, "the identity is missing");
        }
    }
    return FL_OK;
}

/* 1C's readers of these files know objects alone, and delete nothing. */
static bool is_of_messages_only(enum fl_kd2_tag tag)
{
    return tag == FL_KD2_TAG_DELETION || tag == FL_KD2_TAG_REGISTRATION ||
           tag == FL_KD2_TAG_CORRECTION;
}

static enum fl_status skip_of_message(struct fl_kd2_reader *reader, const char *name)
{
    fl_kd2_reader_add_note(
        reader,
        "line %llu: %s is passed over: a file of version 2.0 without ДанныеПоОбмену has "
        "objects only and deletes none; who wants one gone marks it (ПометкаУдаления)",
        (unsigned long long)fl_xml_reader_line(reader->xml), name);
    return fl_kd2_reader_push(reader, FL_KD2_AT_SKIP);
}

enum fl_status fl_kd2_item_begin(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    enum fl_status status = FL_OK;

    if (reader->header.dialect == FL_KD2_D1 && is_of_messages_only(tag)) {
        return skip_of_message(reader, element->name);
    }
    reader->arena = &reader->arenas[reader->turn];
    reader->item = make(reader, sizeof(*reader->item), &status);
    if (status != FL_OK) {
        return status;
    }
    reader->item->kind = kind_of(tag);
    reader->item->line = fl_xml_reader_line(reader->xml);
    if (reader->item->kind == FL_KD2_PARAMETER) {
        reader->frames[reader->depth].properties = &reader->item->properties;
        return start_property(reader, tag, element); /* the property is the item */
    }
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_ITEM);
    struct fl_kd2_frame *const frame = &reader->frames[reader->depth];

    frame->properties = &reader->item->properties;
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        status = read_item_attribute(reader, &element->attributes[i]);
    }
    frame->type = reader->item->type;
    return status == FL_OK ? check_item(reader) : status;
}

static enum fl_status start_text(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_TEXT);
    struct fl_kd2_property *const property = reader->frames[reader->depth].property;
    enum fl_status status = FL_OK;

    if (tag == FL_KD2_TAG_NUMBER || tag == FL_KD2_TAG_GLOBAL_NUMBER) {
        fl_kd2_reader_add_note(
            reader,
            "line %llu: a reference by its number alone is left empty, as 1C does",
            (unsigned long long)property->line);
    }
    fl_buffer_clear(&reader->text);
    property->content = tag == FL_KD2_TAG_VALUE        ? FL_KD2_VALUE
                        : tag == FL_KD2_TAG_EXPRESSION ? FL_KD2_EXPRESSION
                                                       : FL_KD2_NUMBER;
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        const struct fl_xml_attribute *const attribute = &element->attributes[i];

        if (fl_kd2_tag_of(&reader->tags, attribute->name) == FL_KD2_TAG_PROPERTY) {
            status = copy(reader, fl_kd2_trim(attribute->value), &property->by);
        }
    }
    return status;
}

/* ---- references ---- */

static enum fl_status read_ref_attribute(
    struct fl_kd2_reader *reader,
    struct fl_kd2_ref *ref,
    const struct fl_xml_attribute *attribute)
{
    switch ((int)fl_kd2_tag_of(&reader->tags, attribute->name)) {
    case FL_KD2_TAG_GLOBAL_NUMBER:
        ref->global = true;
        return fl_kd2_reader_number(reader, attribute, &ref->number);
    case FL_KD2_TAG_NUMBER:
        return fl_kd2_reader_number(reader, attribute, &ref->number);
    case FL_KD2_TAG_NOT_CREATE:
        return read_flag(reader, attribute, &ref->not_create);
    case FL_KD2_TAG_CONTINUE_SEARCH:
        return read_flag(reader, attribute, &ref->continue_search);
    case FL_KD2_TAG_REGISTER_AT_SENDER:
        return read_flag(reader, attribute, &ref->register_at_sender);
    case FL_KD2_TAG_ID_ONLY:
        return read_flag(reader, attribute, &ref->id_only);
    case FL_KD2_TAG_NOT_REPLACE:
        return read_flag(reader, attribute, &ref->not_replace);
    case FL_KD2_TAG_NOT_REPLACE_CREATED:
        fl_kd2_reader_add_note(
            reader, "%s is not kept to: who made an object is not known here",
            attribute->name);
        return read_flag(reader, attribute, &ref->not_replace_created);
    case FL_KD2_TAG_PRIORITY:
        return read_priority(reader, attribute, &ref->priority);
    default:
        fl_kd2_reader_add_note(
            reader, "attribute %.100s of a reference is not known and passed over",
            attribute->name);
        return FL_OK;
    }
}

static enum fl_status start_ref(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element,
    struct fl_kd2_ref **out_ref)
{
    enum fl_status status = FL_OK;
    struct fl_kd2_ref *const ref = make(reader, sizeof(*ref), &status);

    if (!ref) {
        return status;
    }
    *out_ref = ref;
    ref->line = fl_xml_reader_line(reader->xml);
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_REF);
    reader->frames[reader->depth].properties = &ref->properties;
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        status = read_ref_attribute(reader, ref, &element->attributes[i]);
    }
    return status;
}

/* ---- tables ---- */

static enum fl_status start_table(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    struct fl_kd2_item *const item = reader->item;
    enum fl_status status = FL_OK;
    struct fl_kd2_table *const table = make(reader, sizeof(*table), &status);

    if (!table) {
        return status;
    }
    table->is_records = tag == FL_KD2_TAG_RECORDS;
    table->line = fl_xml_reader_line(reader->xml);
    *(item->last ? &item->last->next : &item->first) = table;
    item->last = table;
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_TABLE);
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        const struct fl_xml_attribute *const attribute = &element->attributes[i];

        switch ((int)fl_kd2_tag_of(&reader->tags, attribute->name)) {
        case FL_KD2_TAG_NAME:
            status = copy(reader, fl_kd2_trim(attribute->value), &table->name);
            break;
        case FL_KD2_TAG_NOT_REPLACE:
            status = read_flag(reader, attribute, &table->not_replace);
            break;
        case FL_KD2_TAG_NOT_CLEAR:
            status = read_flag(reader, attribute, &table->not_clear);
            break;
        default:
            break;
        }
    }
    reader->frames[reader->depth].section = table->name;
    if (status == FL_OK && table->name.size == 0) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED, "a tabular section without a name: Имя is missing");
    }
    return status;
}

/* A row of the last table, or of the record set. */
static enum fl_status start_row(struct fl_kd2_reader *reader, bool of_set)
{
    struct fl_kd2_item *const item = reader->item;
    enum fl_status status = FL_OK;
    struct fl_kd2_row *const row = make(reader, sizeof(*row), &status);

    if (!row) {
        return status;
    }
    struct fl_kd2_row **const first = of_set ? &item->rows : &item->last->first;
    struct fl_kd2_row **const last = of_set ? &item->row_last : &item->last->last;

    row->line = fl_xml_reader_line(reader->xml);
    *(*last ? &(*last)->next : first) = row;
    *last = row;
    if (!of_set && ++item->last->count > FL_ROWS_MAX) {
        return fl_kd2_reader_fail(
            reader, FL_LIMIT, "%.*s has more than %d rows", (int)item->last->name.size,
            (const char *)item->last->name.data, (int)FL_ROWS_MAX);
    }
    (void)fl_kd2_reader_push(reader, of_set ? FL_KD2_AT_SET_ROW : FL_KD2_AT_ROW);
    reader->frames[reader->depth].properties = &row->properties;
    reader->frames[reader->depth].row = row;
    return FL_OK;
}

/* СубконтоДт and СубконтоКт: pairs Ключ and Значение, one element each. */
static enum fl_status start_extra(struct fl_kd2_reader *reader, bool is_debit)
{
    struct fl_kd2_row *const row = reader->frames[reader->depth].row;

    (void)fl_kd2_reader_push(reader, FL_KD2_AT_EXTRA);
    reader->frames[reader->depth].properties = is_debit ? &row->debit : &row->credit;
    return FL_OK;
}

static enum fl_status start_kinds(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    enum fl_status status = FL_OK;
    struct fl_kd2_types *const types = make(reader, sizeof(*types), &status);

    if (!types) {
        return status;
    }
    types->names = make(reader, KINDS_MAX * sizeof(*types->names), &status);
    reader->item->types = types;
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        const struct fl_bytes text = fl_kd2_trim(element->attributes[i].value);
        struct fl_bytes *place = NULL;

        switch ((int)fl_kd2_tag_of(&reader->tags, element->attributes[i].name)) {
        case FL_KD2_TAG_DATE_PARTS:
            place = &types->date_parts;
            break;
        case FL_KD2_TAG_LENGTH:
            place = &types->length;
            break;
        case FL_KD2_TAG_ALLOWED_LENGTH:
            place = &types->allowed_length;
            break;
        case FL_KD2_TAG_DIGITS:
            place = &types->digits;
            break;
        case FL_KD2_TAG_FRACTION_DIGITS:
            place = &types->fraction_digits;
            break;
        case FL_KD2_TAG_ALLOWED_SIGN:
            place = &types->allowed_sign;
            break;
        default:
            break;
        }
        if (place) {
            status = copy(reader, text, place);
        }
    }
    return status == FL_OK ? fl_kd2_reader_push(reader, FL_KD2_AT_KINDS) : status;
}

static enum fl_status start_kind(struct fl_kd2_reader *reader)
{
    fl_buffer_clear(&reader->text);
    if (reader->item->types->count == KINDS_MAX) {
        return fl_kd2_reader_fail(
            reader, FL_LIMIT, "a characteristic has more than %d types", KINDS_MAX);
    }
    return fl_kd2_reader_push(reader, FL_KD2_AT_KIND);
}

/* ---- what stands where ---- */

static enum fl_status pass_over(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    if (tag != FL_KD2_TAG_SEQUENCE && reader->item->kind != FL_KD2_COMMON_DATA) {
        fl_kd2_reader_add_note(
            reader, "element %.100s of an object is not known and passed over",
            element->name);
    }
    return fl_kd2_reader_push(reader, FL_KD2_AT_SKIP);
}

static enum fl_status start_in_item(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    struct fl_kd2_item *const item = reader->item;

    switch ((int)tag) {
    case FL_KD2_TAG_REF:
        if (item->ref) {
            return fl_kd2_reader_fail(
                reader, FL_MALFORMED, "the object has two elements Ссылка");
        }
        return start_ref(reader, element, &item->ref);
    case FL_KD2_TAG_PROPERTY:
    case FL_KD2_TAG_PARAMETER_VALUE:
        return start_property(reader, tag, element);
    case FL_KD2_TAG_TABLE:
    case FL_KD2_TAG_RECORDS:
        return start_table(reader, tag, element);
    case FL_KD2_TAG_TYPES:
        return start_kinds(reader, element);
    case FL_KD2_TAG_FILTER:
        if (item->kind == FL_KD2_RECORD_SET) {
            (void)fl_kd2_reader_push(reader, FL_KD2_AT_FILTER);
            reader->frames[reader->depth].properties = &item->filter;
            return FL_OK;
        }
        break;
    case FL_KD2_TAG_SET_ROWS:
        if (item->kind == FL_KD2_RECORD_SET) {
            return fl_kd2_reader_push(reader, FL_KD2_AT_SET_ROWS);
        }
        break;
    default:
        break;
    }
    return pass_over(reader, tag, element);
}

static enum fl_status start_in_property(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    struct fl_kd2_property *const property = reader->frames[reader->depth].property;

    switch ((int)tag) {
    case FL_KD2_TAG_VALUE:
    case FL_KD2_TAG_NUMBER:
    case FL_KD2_TAG_GLOBAL_NUMBER:
    case FL_KD2_TAG_EXPRESSION:
        return start_text(reader, tag, element);
    case FL_KD2_TAG_REF:
        property->content = FL_KD2_REF;
        return start_ref(reader, element, &property->ref);
    case FL_KD2_TAG_EMPTY:
        property->content = FL_KD2_EMPTY;
        return fl_kd2_reader_push(reader, FL_KD2_AT_EMPTY);
    default:
        return pass_over(reader, tag, element);
    }
}

enum fl_status fl_kd2_item_start(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element)
{
    const bool is_property =
        tag == FL_KD2_TAG_PROPERTY || tag == FL_KD2_TAG_PARAMETER_VALUE;
    const enum fl_kd2_place place = reader->frames[reader->depth].place;

    if (place == FL_KD2_AT_ITEM) {
        return start_in_item(reader, tag, element);
    }
    if (place == FL_KD2_AT_PROPERTY) {
        return start_in_property(reader, tag, element);
    }
    if (place == FL_KD2_AT_TABLE && tag == FL_KD2_TAG_ROW) {
        return start_row(reader, /* of_set= */ false);
    }
    if (place == FL_KD2_AT_SET_ROWS &&
        (tag == FL_KD2_TAG_OBJECT || tag == FL_KD2_TAG_ROW)) {
        return start_row(reader, /* of_set= */ true);
    }
    if (place == FL_KD2_AT_KINDS && tag == FL_KD2_TAG_TYPE) {
        return start_kind(reader);
    }
    if ((place == FL_KD2_AT_ROW || place == FL_KD2_AT_SET_ROW) &&
        (tag == FL_KD2_TAG_DEBIT || tag == FL_KD2_TAG_CREDIT)) {
        return start_extra(reader, tag == FL_KD2_TAG_DEBIT);
    }
    if (is_property && reader->frames[reader->depth].properties) {
        return start_property(reader, tag, element);
    }
    return pass_over(reader, tag, element);
}

static enum fl_status end_kind(struct fl_kd2_reader *reader)
{
    struct fl_kd2_types *const types = reader->item->types;
    const enum fl_status status = copy(
        reader, fl_kd2_trim(fl_buffer_view(&reader->text)), &types->names[types->count]);

    types->count++;
    return status;
}

static enum fl_status end_item(struct fl_kd2_reader *reader)
{
    enum fl_status status = FL_OK;
    struct fl_kd2_queued *const queued = make(reader, sizeof(*queued), &status);

    if (!queued) {
        return status;
    }
    queued->item = reader->item;
    *(reader->first ? &reader->last->next : &reader->first) = queued;
    reader->last = queued;
    reader->item = NULL;
    return FL_OK;
}

enum fl_status fl_kd2_item_end(struct fl_kd2_reader *reader)
{
    const struct fl_kd2_frame *const frame = &reader->frames[reader->depth];

    if (frame->place == FL_KD2_AT_TEXT) {
        return copy(reader, fl_buffer_view(&reader->text), &frame->property->text);
    }
    if (frame->place == FL_KD2_AT_KIND) {
        return end_kind(reader);
    }
    if (frame->place == FL_KD2_AT_ITEM ||
        (frame->place == FL_KD2_AT_PROPERTY && reader->depth == 2)) {
        return end_item(reader);
    }
    return FL_OK;
}
