/*
 * Properties and references as text. A reference is written in full at every use: the
 * predefined name first, then the identity, then fields, empty ones left out, since both
 * readers of 1C would compare with an empty field and find the wrong object.
 */

#include "kd2_output.h"

#include <stdio.h>
#include <string.h>

enum { LEVELS_MAX = 32 };

void fl_kd2_output_refuse(struct fl_kd2_writer *writer, const char *format, ...)
{
    va_list arguments;

    if (writer->error.status == FL_OK) {
        va_start(arguments, format);
        (void)fl_error_set_list(&writer->error, FL_REFUSED, format, arguments);
        va_end(arguments);
    }
}

void fl_kd2_output_indent(struct fl_kd2_writer *writer, size_t depth)
{
    static const char tabs[] = "\n\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t";
    const size_t size = depth + 1 < sizeof(tabs) - 1 ? depth + 1 : sizeof(tabs) - 1;

    fl_xml_writer_raw(&writer->xml, tabs, size);
}

void fl_kd2_output_tag(
    struct fl_kd2_writer *writer,
    const char *mark,
    enum fl_kd2_tag tag)
{
    fl_xml_writer_literal(&writer->xml, mark);
    fl_xml_writer_literal(&writer->xml, fl_kd2_tag_name(tag, writer->options.english));
}

/* XML's Char in valid UTF-8: no controls, no U+FFFE, no U+FFFF. */
static bool is_allowed(const uint8_t *at, size_t left)
{
    if (at[0] < 0x20) {
        return at[0] == '\t' || at[0] == '\n' || at[0] == '\r';
    }
    return !(left >= 3 && at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE);
}

static void put_stripped(struct fl_kd2_writer *writer, struct fl_bytes text, bool quotes)
{
    size_t begin = 0;
    size_t at = 0;

    while (at < text.size) {
        if (is_allowed(text.data + at, text.size - at)) {
            at++;
            continue;
        }
        fl_xml_writer_text(
            &writer->xml, (struct fl_bytes){text.data + begin, at - begin}, quotes);
        at += text.data[at] < 0x20 ? 1 : 3;
        begin = at;
    }
    fl_xml_writer_text(
        &writer->xml, (struct fl_bytes){text.data + begin, text.size - begin}, quotes);
}

void fl_kd2_output_text(struct fl_kd2_writer *writer, struct fl_bytes text, bool quotes)
{
    struct fl_xml_writer *const xml = &writer->xml;
    const size_t size = xml->buffer.size;

    if (xml->failure != FL_OK) {
        return;
    }
    fl_xml_writer_text(xml, text, quotes);
    if (xml->failure == FL_REFUSED && !xml->character_is_bytes) {
        /* One such character, and 1C refuses the whole file. */
        xml->failure = FL_OK;
        xml->buffer.size = size;
        put_stripped(writer, text, quotes);
    }
}

void fl_kd2_output_attribute(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    struct fl_bytes value)
{
    fl_kd2_output_tag(writer, " ", tag);
    fl_xml_writer_literal(&writer->xml, "=\"");
    fl_kd2_output_text(writer, value, /* quotes= */ true);
    fl_xml_writer_literal(&writer->xml, "\"");
}

void fl_kd2_output_optional(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    struct fl_bytes value)
{
    if (value.size > 0) {
        fl_kd2_output_attribute(writer, tag, value);
    }
}

void fl_kd2_output_number(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    uint64_t number)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
    fl_kd2_output_attribute(writer, tag, fl_bytes_of_text(digits));
}

void fl_kd2_output_flag(struct fl_kd2_writer *writer, enum fl_kd2_tag tag, bool flag)
{
    if (flag) {
        fl_kd2_output_attribute(writer, tag, fl_bytes_of_text("true"));
    }
}

void fl_kd2_output_priority(struct fl_kd2_writer *writer, enum fl_kd2_priority priority)
{
    const bool english = writer->options.english;

    if (writer->options.dialect != FL_KD2_D3 || priority == FL_KD2_PRIORITY_HIGHER) {
        return;
    }
    fl_kd2_output_attribute(
        writer, FL_KD2_TAG_PRIORITY,
        fl_bytes_of_text(
            priority == FL_KD2_PRIORITY_SAME ? (english ? "Matches" : "Совпадает")
                                             : (english ? "Below" : "Ниже")));
}

/* ---- properties ---- */

/* A list being written; of a reference in three passes. */
struct level {
    const struct fl_kd2_properties *list;
    const struct fl_kd2_property *next;
    int pass; /* of a reference: predefined, identity, fields */
    bool is_ref;
    bool in_property; /* `</Свойство>` behind it */
    bool is_parameter;
    struct fl_bytes type;
};

enum { PASS_PREDEFINED, PASS_ID, PASS_FIELDS, PASS_COUNT };

static int pass_of(const struct fl_kd2_property *property)
{
    switch (fl_kd2_marker(property->name)) {
    case FL_KD2_MARKER_PREDEFINED:
        return PASS_PREDEFINED;
    case FL_KD2_MARKER_ID:
        return PASS_ID;
    case FL_KD2_MARKER_NONE:
    case FL_KD2_MARKER_OLD:
        break;
    }
    return PASS_FIELDS;
}

static const struct fl_kd2_property *next_of(struct level *level)
{
    while (true) {
        while (level->next) {
            const struct fl_kd2_property *const property = level->next;

            level->next = property->next;
            if (!level->is_ref || (pass_of(property) == level->pass &&
                                   !fl_kd2_property_is_empty(property))) {
                return property;
            }
        }
        if (!level->is_ref || ++level->pass == PASS_COUNT) {
            return NULL;
        }
        level->next = level->list->first;
    }
}

static bool is_boolean(struct fl_bytes type)
{
    return fl_bytes_equal(type, fl_bytes_of_text("Булево")) ||
           fl_bytes_equal(type, fl_bytes_of_text("Boolean"));
}

static struct fl_bytes string_word(const struct fl_kd2_writer *writer)
{
    return fl_bytes_of_text(writer->options.english ? "String" : "Строка");
}

/* {УникальныйИдентификатор} and {ИмяПредопределенногоЭлемента} in the dialect's way. */
static void put_marker(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_property *property,
    enum fl_kd2_marker marker,
    struct fl_bytes type)
{
    const bool is_id = marker == FL_KD2_MARKER_ID;
    const enum fl_kd2_tag name = is_id ? FL_KD2_TAG_MARK_ID : FL_KD2_TAG_MARK_PREDEFINED;

    fl_kd2_output_attribute(
        writer, FL_KD2_TAG_NAME,
        fl_bytes_of_text(fl_kd2_tag_name(name, writer->options.english)));
    if (is_id || writer->options.dialect != FL_KD2_D3) {
        fl_kd2_output_attribute(writer, FL_KD2_TAG_TYPE, string_word(writer));
    }
    if (is_id && writer->options.dialect == FL_KD2_D3) {
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_SOURCE_TYPE,
            property->source_type.size > 0 ? property->source_type : type);
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_DESTINATION_TYPE,
            property->destination_type.size > 0 ? property->destination_type : type);
    }
}

static void put_start(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_property *property,
    struct fl_bytes type,
    size_t depth)
{
    const enum fl_kd2_marker marker = fl_kd2_marker(property->name);
    const enum fl_kd2_tag tag =
        property->is_parameter ? FL_KD2_TAG_PARAMETER_VALUE : FL_KD2_TAG_PROPERTY;

    fl_kd2_output_indent(writer, depth);
    fl_kd2_output_tag(writer, "<", tag);
    if (marker == FL_KD2_MARKER_ID || marker == FL_KD2_MARKER_PREDEFINED) {
        put_marker(writer, property, marker, type);
        return;
    }
    fl_kd2_output_attribute(writer, FL_KD2_TAG_NAME, property->name);
    fl_kd2_output_optional(
        writer, FL_KD2_TAG_TYPE,
        writer->options.old && is_boolean(property->type) ? fl_bytes_of_text("Число")
                                                          : property->type);
    fl_kd2_output_flag(writer, FL_KD2_TAG_NOT_REPLACE, property->not_replace);
    fl_kd2_output_flag(writer, FL_KD2_TAG_EQUAL_DATE, property->equal_date);
    fl_kd2_output_optional(writer, FL_KD2_TAG_RULE_CODE, property->rule);
}

static void put_end(struct fl_kd2_writer *writer, bool is_parameter)
{
    fl_kd2_output_tag(
        writer, "</", is_parameter ? FL_KD2_TAG_PARAMETER_VALUE : FL_KD2_TAG_PROPERTY);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_value_text(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_property *property)
{
    bool value = false;

    if (writer->options.old && is_boolean(property->type) &&
        fl_kd2_boolean(property->text, &value)) {
        fl_xml_writer_literal(&writer->xml, value ? "1" : "0");
    } else {
        fl_kd2_output_text(writer, property->text, /* quotes= */ false);
    }
}

/* A whole property that is no reference. */
static void put_simple(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_property *property,
    struct fl_bytes type,
    size_t depth)
{
    if (property->content == FL_KD2_EXPRESSION) {
        fl_kd2_output_refuse(
            writer, "%.*s is an expression, program text of 1C", (int)property->name.size,
            (const char *)property->name.data);
        return;
    }
    put_start(writer, property, type, depth);
    if (property->content == FL_KD2_VALUE) {
        fl_xml_writer_literal(&writer->xml, ">");
        fl_kd2_output_indent(writer, depth + 1);
        fl_kd2_output_tag(writer, "<", FL_KD2_TAG_VALUE);
        fl_kd2_output_optional(writer, FL_KD2_TAG_PROPERTY, property->by);
        fl_xml_writer_literal(&writer->xml, ">");
        put_value_text(writer, property);
        fl_kd2_output_tag(writer, "</", FL_KD2_TAG_VALUE);
        fl_xml_writer_literal(&writer->xml, ">");
    } else if (writer->options.dialect == FL_KD2_D3) {
        fl_xml_writer_literal(&writer->xml, "/>");
        return;
    } else {
        fl_xml_writer_literal(&writer->xml, ">");
        fl_kd2_output_indent(writer, depth + 1);
        fl_kd2_output_tag(writer, "<", FL_KD2_TAG_EMPTY);
        fl_xml_writer_literal(&writer->xml, "/>");
    }
    fl_kd2_output_indent(writer, depth);
    put_end(writer, property->is_parameter);
}

static void put_ref_start(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_ref *ref,
    uint64_t number,
    size_t depth)
{
    fl_kd2_output_indent(writer, depth);
    fl_kd2_output_tag(writer, "<", FL_KD2_TAG_REF);
    fl_kd2_output_number(
        writer, ref->global ? FL_KD2_TAG_GLOBAL_NUMBER : FL_KD2_TAG_NUMBER, number);
    fl_kd2_output_flag(writer, FL_KD2_TAG_NOT_CREATE, ref->not_create);
    if (writer->options.dialect == FL_KD2_D3) {
        fl_kd2_output_flag(writer, FL_KD2_TAG_CONTINUE_SEARCH, ref->continue_search);
        fl_kd2_output_flag(
            writer, FL_KD2_TAG_REGISTER_AT_SENDER, ref->register_at_sender);
    } else {
        fl_kd2_output_flag(writer, FL_KD2_TAG_ID_ONLY, ref->id_only);
    }
    fl_kd2_output_flag(writer, FL_KD2_TAG_NOT_REPLACE_CREATED, ref->not_replace_created);
    fl_kd2_output_flag(writer, FL_KD2_TAG_NOT_REPLACE, ref->not_replace);
    fl_kd2_output_priority(writer, ref->priority);
    fl_xml_writer_literal(&writer->xml, ">");
}

static struct level ref_level(const struct fl_kd2_ref *ref, struct fl_bytes type)
{
    return (struct level){
        .list = &ref->properties,
        .next = ref->properties.first,
        .is_ref = true,
        .type = type,
    };
}

/* Each level is two elements deep: the property and its reference. */
static void put_levels(struct fl_kd2_writer *writer, struct level first, size_t depth)
{
    struct level levels[LEVELS_MAX];
    size_t count = 1;

    levels[0] = first;
    while (count > 0) {
        struct level *const level = &levels[count - 1];
        const size_t at = depth + 2 * (count - 1);
        const struct fl_kd2_property *const property = next_of(level);

        if (!property) {
            count--;
            if (level->in_property) {
                fl_kd2_output_indent(writer, at - 1);
                fl_kd2_output_tag(writer, "</", FL_KD2_TAG_REF);
                fl_xml_writer_literal(&writer->xml, ">");
                fl_kd2_output_indent(writer, at - 2);
                put_end(writer, level->is_parameter);
            }
        } else if (
            property->content != FL_KD2_REF || fl_kd2_property_is_empty(property)) {
            put_simple(writer, property, level->type, at);
        } else if (count == LEVELS_MAX) {
            fl_kd2_output_refuse(writer, "references are nested too deep");
            return;
        } else {
            const struct fl_kd2_ref *const ref = property->ref;

            put_start(writer, property, level->type, at);
            fl_xml_writer_literal(&writer->xml, ">");
            put_ref_start(
                writer, ref,
                ref->number > 0 ? ref->number
                                : fl_kd2_numbers_of(writer->numbers, property->type, ref),
                at + 1);
            levels[count] = ref_level(ref, property->type);
            levels[count].in_property = true;
            levels[count].is_parameter = property->is_parameter;
            count++;
        }
    }
}

void fl_kd2_output_properties(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_properties *properties,
    size_t depth)
{
    put_levels(
        writer, (struct level){.list = properties, .next = properties->first}, depth);
}

void fl_kd2_output_ref(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_ref *ref,
    struct fl_bytes type,
    uint64_t number,
    size_t depth)
{
    if (fl_kd2_ref_is_bare(ref)) {
        fl_kd2_output_refuse(
            writer, "nothing to find the object by: neither an identity nor a field");
        return;
    }
    put_ref_start(writer, ref, number, depth);
    put_levels(writer, ref_level(ref, type), depth + 1);
    fl_kd2_output_indent(writer, depth);
    fl_kd2_output_tag(writer, "</", FL_KD2_TAG_REF);
    fl_xml_writer_literal(&writer->xml, ">");
}
