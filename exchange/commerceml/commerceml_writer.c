/*
 * A tree is put into the order of the schemas and checked by them as it is written: each
 * frame goes through the rules of its type and takes the children that a rule names. What
 * the schemas do not know stays behind. Of what lacks something required, the nearest
 * part that nobody misses is taken back; when there is none, the item is.
 */

#include <stdio.h>
#include <string.h>

#include "commerceml_grammar.h"
#include "xml_writer.h"

enum { DEPTH_MAX = 48, WORDS_BYTES = 512, SUM_DIGITS = 18, SUM_FRACTION = 2 };

struct frame {
    const struct fl_commerceml_element *element;
    const struct fl_commerceml_type *type;
    size_t rule;
    const struct fl_commerceml_element *child; /* to be written by this rule next */
    bool rule_began;
    size_t written; /* children, by this rule */
    bool has_children;
    size_t begin; /* in the buffer, before its first byte */
    size_t tag_end;
    uint8_t side;
    bool required; /* by the rule of its parent, of which it is the only one */
};

struct fl_commerceml_writer {
    struct fl_commerceml_writer_options options;
    struct fl_xml_writer xml;
    uint64_t flushed; /* bytes that were handed on */
    bool began;
    unsigned depth; /* of tags */
    const struct fl_commerceml_section_rule *section;
    const char *container;
    struct frame frames[DEPTH_MAX];
    size_t frame_count;
    struct fl_buffer clean; /* a text without what XML cannot hold */
    uint64_t left_out;
    char left_out_words[WORDS_BYTES];
    enum fl_status failure;
    struct fl_error error;
};

/* --- tags --- */

static void indent(struct fl_commerceml_writer *writer)
{
    static const char TABS[] = "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t";
    fl_xml_writer_raw(&writer->xml, "\n", 1);
    for (unsigned left = writer->depth; left > 0;) {
        const unsigned size = left < sizeof TABS - 1 ? left : (unsigned)sizeof TABS - 1;
        fl_xml_writer_raw(&writer->xml, TABS, size);
        left -= size;
    }
}

static void open_tag(struct fl_commerceml_writer *writer, const char *name)
{
    indent(writer);
    fl_xml_writer_raw(&writer->xml, "<", 1);
    fl_xml_writer_literal(&writer->xml, name);
}

static void close_tag(struct fl_commerceml_writer *writer, const char *name)
{
    fl_xml_writer_raw(&writer->xml, "</", 2);
    fl_xml_writer_literal(&writer->xml, name);
    fl_xml_writer_raw(&writer->xml, ">", 1);
}

static size_t position(const struct fl_commerceml_writer *writer)
{
    return writer->xml.buffer.size;
}

/* --- words --- */

/* "Товар bd72d910-…": the item and the element in it that is wrong. */
static void name_place(
    const struct fl_commerceml_writer *writer,
    char *out_text,
    size_t size)
{
    const struct fl_commerceml_element *item = writer->frames[0].element;
    const struct fl_commerceml_element *last =
        writer->frames[writer->frame_count - 1].element;
    struct fl_bytes id = fl_commerceml_text(item, "Ид");
    const struct fl_bytes number = fl_commerceml_text(item, "Номер");
    id = number.size > 0 ? number : id;
    id = fl_bytes_utf8_beginning(id, 100);
    snprintf(
        out_text, size, "%s %.*s%s%s", item->name, (int)id.size,
        id.size == 0 ? "" : (const char *)id.data, last == item ? "" : ", ",
        last == item ? "" : last->name);
}

static void note_left_out(
    struct fl_commerceml_writer *writer,
    const char *name,
    struct fl_bytes value)
{
    char place[WORDS_BYTES / 2];
    writer->left_out++;
    name_place(writer, place, sizeof place);
    const struct fl_bytes shown = fl_bytes_utf8_beginning(value, 60);
    snprintf(
        writer->left_out_words, sizeof writer->left_out_words, "%s: %s \"%.*s\"", place,
        name, (int)shown.size, shown.size == 0 ? "" : (const char *)shown.data);
}

static enum fl_status refuse(
    struct fl_commerceml_writer *writer,
    const char *name,
    struct fl_bytes value)
{
    char place[WORDS_BYTES / 2];
    name_place(writer, place, sizeof place);
    const struct fl_bytes shown = fl_bytes_utf8_beginning(value, 60);
    return value.size == 0
               ? fl_error_set(
                     &writer->error, FL_REFUSED,
                     "%s: %s is needed by CommerceML, and is not filled", place, name)
               : fl_error_set(
                     &writer->error, FL_REFUSED,
                     "%s: %s \"%.*s\" does not fit CommerceML", place, name,
                     (int)shown.size, (const char *)shown.data);
}

/* --- texts --- */

static bool is_clean(const struct fl_commerceml_writer *writer, struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        if (byte < 0x20 &&
            (writer->options.company || (byte != '\n' && byte != '\t' && byte != '\r'))) {
            return false;
        }
    }
    return true;
}

/* Marking codes have such characters; in a company's structure lines do not break. */
static struct fl_bytes clean(struct fl_commerceml_writer *writer, struct fl_bytes text)
{
    if (is_clean(writer, text)) {
        return text;
    }
    fl_buffer_clear(&writer->clean);
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const bool is_break = byte == '\n' || byte == '\t' || byte == '\r';
        if (byte >= 0x20 || (is_break && !writer->options.company)) {
            fl_buffer_put_u8(&writer->clean, byte);
        } else if (is_break) {
            fl_buffer_put_u8(&writer->clean, ' ');
        }
    }
    return fl_buffer_view(&writer->clean);
}

/* --- values --- */

enum fit { FIT, LEAVE_OUT, REFUSE };

static enum fit fit_number(
    const struct fl_commerceml_type *type,
    struct fl_bytes text,
    char out_text[FL_DECIMAL_TEXT_BYTES_MAX],
    struct fl_bytes *out_value)
{
    struct fl_decimal number;
    if (!fl_commerceml_number(text, &number)) {
        return REFUSE;
    }
    if (type->shape == FL_COMMERCEML_SUM) {
        number = fl_commerceml_round(number, SUM_FRACTION);
        if (!fl_decimal_fits(number, SUM_DIGITS, SUM_FRACTION)) {
            return REFUSE;
        }
    }
    *out_value =
        (struct fl_bytes){(const uint8_t *)out_text, fl_decimal_format(number, out_text)};
    return FIT;
}

static enum fit fit_date(
    const struct fl_commerceml_type *type,
    struct fl_bytes text,
    char out_text[FL_DECIMAL_TEXT_BYTES_MAX],
    struct fl_bytes *out_value)
{
    int64_t seconds = 0;
    const bool is_time = type->shape == FL_COMMERCEML_TIME;
    if (!fl_commerceml_date(text, &seconds) &&
        !(is_time && fl_commerceml_time(text, &seconds))) {
        return REFUSE;
    }
    if (seconds == 0 && !is_time) {
        return LEAVE_OUT; /* the empty date */
    }
    fl_datetime_format(seconds, out_text);
    *out_value = is_time ? (struct fl_bytes){(const uint8_t *)out_text + 11, 8}
                         : (struct fl_bytes){(const uint8_t *)out_text, 10};
    return FIT;
}

static bool is_word(const char *const *words, struct fl_bytes text)
{
    for (; *words != NULL; words++) {
        if (fl_bytes_equal(fl_bytes_of_text(*words), text)) {
            return true;
        }
    }
    return false;
}

static enum fit fit_text(const struct fl_commerceml_type *type, struct fl_bytes *io_text)
{
    const size_t letters =
        io_text->size <= type->size_min ? io_text->size : fl_bytes_utf8_length(*io_text);
    switch (type->shape) {
    case FL_COMMERCEML_TEXT:
    case FL_COMMERCEML_FILE:
        *io_text = letters > type->size_max
                       ? fl_bytes_utf8_first(*io_text, type->size_max)
                       : *io_text;
        return FIT;
    case FL_COMMERCEML_ID:
        return letters <= type->size_max ? FIT : REFUSE;
    case FL_COMMERCEML_EXACT:
        return letters >= type->size_min && letters <= type->size_max ? FIT : LEAVE_OUT;
    case FL_COMMERCEML_WORD:
        return is_word(type->words, *io_text) ? FIT : LEAVE_OUT;
    case FL_COMMERCEML_MUST:
        return type->words == NULL              ? letters == type->size_max ? FIT : REFUSE
               : is_word(type->words, *io_text) ? FIT
                                                : REFUSE;
    case FL_COMMERCEML_SUM:
    case FL_COMMERCEML_NUMBER:
    case FL_COMMERCEML_DATE:
    case FL_COMMERCEML_TIME:
    case FL_COMMERCEML_FLAG:
    case FL_COMMERCEML_PARTS:
        break;
    }
    return REFUSE;
}

/* `out_text` is memory for what `*out_value` may point to. */
static enum fit fit(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_type *type,
    struct fl_bytes text,
    char out_text[FL_DECIMAL_TEXT_BYTES_MAX],
    struct fl_bytes *out_value)
{
    bool flag = false;
    if (text.size == 0) {
        return type->shape == FL_COMMERCEML_FILE ? FIT : LEAVE_OUT;
    }
    if (type->shape == FL_COMMERCEML_SUM || type->shape == FL_COMMERCEML_NUMBER) {
        return fit_number(type, text, out_text, out_value);
    }
    if (type->shape == FL_COMMERCEML_DATE || type->shape == FL_COMMERCEML_TIME) {
        return fit_date(type, text, out_text, out_value);
    }
    if (type->shape == FL_COMMERCEML_FLAG) {
        const bool known = fl_commerceml_flag(text, &flag);
        *out_value = fl_bytes_of_text(flag ? "true" : "false");
        return known ? FIT : REFUSE;
    }
    *out_value = clean(writer, text);
    return out_value->size == 0 ? LEAVE_OUT : fit_text(type, out_value);
}

/* --- rules --- */

static bool is_of_version(const struct fl_commerceml_writer *writer, uint16_t versions)
{
    return versions == 0 || (versions & 1u << writer->options.version) != 0;
}

static bool applies(
    const struct fl_commerceml_writer *writer,
    const struct frame *frame,
    const struct fl_commerceml_rule *rule)
{
    if (!is_of_version(writer, rule->versions)) {
        return false;
    }
    if (rule->side == FL_COMMERCEML_PERSON_NUMBER) {
        return frame->side == FL_COMMERCEML_PERSON &&
               writer->options.name_space != FL_COMMERCEML_NAMESPACE_210 &&
               writer->options.name_space != FL_COMMERCEML_NAMESPACE_205;
    }
    return rule->side == FL_COMMERCEML_BOTH || rule->side == frame->side;
}

static const struct fl_commerceml_element *find(
    const struct fl_commerceml_element *element,
    const struct fl_commerceml_rule *rule)
{
    while (element != NULL && (element->name_size != rule->name_size ||
                               memcmp(element->name, rule->name, rule->name_size) != 0)) {
        element = element->next;
    }
    return element;
}

static enum fl_status write_attributes(
    struct fl_commerceml_writer *writer,
    const struct frame *frame)
{
    char memory[FL_DECIMAL_TEXT_BYTES_MAX];
    for (size_t i = 0; i < frame->type->attribute_count; i++) {
        const struct fl_commerceml_rule *rule = &frame->type->attributes[i];
        struct fl_bytes value = {NULL, 0};
        struct fl_bytes text = {NULL, 0};
        if (!is_of_version(writer, rule->versions)) {
            continue;
        }
        for (const struct fl_commerceml_attribute *at = frame->element->attributes;
             at != NULL; at = at->next) {
            text = strcmp(at->name, rule->name) == 0 ? at->value : text;
        }
        const enum fit fits =
            fit(writer, fl_commerceml_type_at(rule->type), text, memory, &value);
        if (fits == REFUSE || (fits == LEAVE_OUT && rule->required)) {
            return refuse(writer, rule->name, text);
        }
        if (fits == LEAVE_OUT && text.size > 0) {
            note_left_out(writer, rule->name, text);
        }
        if (fits == FIT) {
            fl_xml_writer_raw(&writer->xml, " ", 1);
            fl_xml_writer_raw(&writer->xml, rule->name, rule->name_size);
            fl_xml_writer_raw(&writer->xml, "=\"", 2);
            fl_xml_writer_text(&writer->xml, value, /* quotes= */ true);
            fl_xml_writer_raw(&writer->xml, "\"", 1);
        }
    }
    return FL_OK;
}

/* Companies have ОфициальноеНаименование, everybody else is a person. */
static uint8_t side_of(const struct fl_commerceml_element *element)
{
    return fl_commerceml_text(element, "ОфициальноеНаименование").size > 0
               ? FL_COMMERCEML_COMPANY
               : FL_COMMERCEML_PERSON;
}

static enum fl_status begin_frame(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_element *element,
    const struct fl_commerceml_type *type,
    bool required)
{
    if (writer->frame_count == DEPTH_MAX) {
        return refuse(writer, element->name, fl_bytes_of_text("..."));
    }
    struct frame *frame = &writer->frames[writer->frame_count++];
    *frame = (struct frame){
        .element = element,
        .type = type,
        .begin = position(writer),
        .side = side_of(element),
        .required = required};
    open_tag(writer, element->name);
    const enum fl_status status = write_attributes(writer, frame);
    frame->tag_end = position(writer);
    writer->depth++;
    return status;
}

/* "<X" becomes "<X>" before its first child. */
static void note_child(struct fl_commerceml_writer *writer, struct frame *frame)
{
    if (!frame->has_children) {
        fl_xml_writer_raw(&writer->xml, ">", 1);
        frame->has_children = true;
    }
}

static void end_frame(struct fl_commerceml_writer *writer)
{
    struct frame *frame = &writer->frames[--writer->frame_count];
    writer->depth--;
    if (frame->has_children) {
        indent(writer);
        close_tag(writer, frame->element->name);
    } else {
        fl_xml_writer_raw(&writer->xml, "/>", 2);
    }
}

static void write_leaf(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_rule *rule,
    struct fl_bytes value)
{
    indent(writer);
    fl_xml_writer_raw(&writer->xml, "<", 1);
    fl_xml_writer_raw(&writer->xml, rule->name, rule->name_size);
    fl_xml_writer_raw(&writer->xml, ">", 1);
    fl_xml_writer_text(&writer->xml, value, /* quotes= */ false);
    fl_xml_writer_raw(&writer->xml, "</", 2);
    fl_xml_writer_raw(&writer->xml, rule->name, rule->name_size);
    fl_xml_writer_raw(&writer->xml, ">", 1);
}

/* Takes back what can be missed, from the innermost outwards. */
static enum fl_status give_up(struct fl_commerceml_writer *writer)
{
    size_t keep = writer->frame_count;
    while (keep > 1 && (!writer->frames[keep - 1].type->may_go ||
                        writer->frames[keep - 1].required)) {
        keep--;
    }
    if (keep <= 1) {
        return FL_REFUSED;
    }
    writer->depth -= (unsigned)(writer->frame_count - (keep - 1));
    const struct frame *gone = &writer->frames[keep - 1];
    note_left_out(writer, gone->element->name, gone->element->text);
    writer->xml.buffer.size = gone->begin;
    writer->frame_count = keep - 1;
    struct frame *parent = &writer->frames[keep - 2];
    parent->written--;
    if (position(writer) == parent->tag_end + 1) {
        writer->xml.buffer.size = parent->tag_end; /* the ">" */
        parent->has_children = false;
    }
    return FL_OK;
}

static enum fl_status take_leaf(
    struct fl_commerceml_writer *writer,
    struct frame *frame,
    const struct fl_commerceml_rule *rule,
    struct fl_bytes text)
{
    char memory[FL_DECIMAL_TEXT_BYTES_MAX];
    struct fl_bytes value = {NULL, 0};
    const enum fit fits =
        fit(writer, fl_commerceml_type_at(rule->type), text, memory, &value);
    if (fits == REFUSE) {
        return refuse(writer, rule->name, text);
    }
    if (fits == LEAVE_OUT && text.size > 0 &&
        fl_commerceml_type_at(rule->type)->shape != FL_COMMERCEML_DATE) {
        note_left_out(writer, rule->name, text);
    }
    if (fits == FIT) {
        note_child(writer, frame);
        write_leaf(writer, rule, value);
        frame->written++;
    }
    return FL_OK;
}

/* A person without a full name is called as it is called otherwise. */
static enum fl_status take_missing(
    struct fl_commerceml_writer *writer,
    struct frame *frame,
    const struct fl_commerceml_rule *rule)
{
    static const char *const NAMES[] = {"Наименование", "Фамилия", "Ид"};
    struct fl_bytes text = {NULL, 0};
    if (rule->side != FL_COMMERCEML_PERSON ||
        strcmp(rule->name, "ПолноеНаименование") != 0) {
        return rule->required ? refuse(writer, rule->name, text) : FL_OK;
    }
    for (size_t i = 0; i < 3 && text.size == 0; i++) {
        text = fl_commerceml_text(frame->element, NAMES[i]);
    }
    return text.size > 0 ? take_leaf(writer, frame, rule, text)
                         : refuse(writer, rule->name, text);
}

static void next_rule(struct frame *frame)
{
    frame->rule++;
    frame->rule_began = false;
    frame->written = 0;
}

/* One child, or the end of a rule. */
static enum fl_status step(struct fl_commerceml_writer *writer)
{
    struct frame *frame = &writer->frames[writer->frame_count - 1];
    const struct fl_commerceml_rule *rule = &frame->type->rules[frame->rule];
    if (!applies(writer, frame, rule)) {
        next_rule(frame);
        return FL_OK;
    }
    if (!frame->rule_began) {
        frame->child = find(frame->element->first, rule);
        frame->rule_began = true;
    }
    const struct fl_commerceml_element *child = frame->child;
    if (child == NULL || (!rule->many && frame->written > 0)) {
        const bool missing = frame->written == 0;
        const enum fl_status status = missing ? take_missing(writer, frame, rule) : FL_OK;
        if (status == FL_OK) {
            next_rule(frame);
        }
        return status;
    }
    frame->child = find(child->next, rule);
    const struct fl_commerceml_type *type = fl_commerceml_type_at(rule->type);
    if (type->shape != FL_COMMERCEML_PARTS) {
        return take_leaf(writer, frame, rule, child->text);
    }
    if (child->first == NULL && child->attributes == NULL && type->rule_count > 0 &&
        !rule->required) {
        return FL_OK; /* <Контакты/> */
    }
    note_child(writer, frame);
    frame->written++;
    return begin_frame(writer, child, type, rule->required && !rule->many);
}

static enum fl_status write_tree(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_element *element,
    const struct fl_commerceml_type *type,
    bool stays_open)
{
    writer->frame_count = 0;
    enum fl_status status = begin_frame(writer, element, type, /* required= */ true);
    while (status == FL_OK) {
        struct frame *frame = &writer->frames[writer->frame_count - 1];
        if (frame->rule < frame->type->rule_count) {
            status = step(writer);
            status = status == FL_OK ? FL_OK : give_up(writer);
        } else if (writer->frame_count > 1) {
            end_frame(writer);
        } else {
            break;
        }
    }
    if (status == FL_OK && stays_open) {
        note_child(writer, &writer->frames[0]);
    } else if (status == FL_OK) {
        end_frame(writer);
    }
    return status;
}

/* --- the file --- */

static const char *const NAMESPACES[] = {
    [FL_COMMERCEML_NAMESPACE_NONE] = "",
    [FL_COMMERCEML_NAMESPACE_2] = " xmlns=\"urn:1C.ru:commerceml_2\"",
    [FL_COMMERCEML_NAMESPACE_210] = " xmlns=\"urn:1C.ru:commerceml_210\"",
    [FL_COMMERCEML_NAMESPACE_205] = " xmlns=\"urn:1C.ru:commerceml_205\"",
    [FL_COMMERCEML_NAMESPACE_3] = " xmlns=\"urn:1C.ru:commerceml_3\"",
};

static void begin_file(struct fl_commerceml_writer *writer)
{
    char formed[FL_DATETIME_TEXT_BYTES];
    struct fl_xml_writer *xml = &writer->xml;
    if (writer->options.mark) {
        fl_xml_writer_literal(xml, "\xEF\xBB\xBF");
    }
    fl_xml_writer_literal(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    fl_xml_writer_literal(xml, "<КоммерческаяИнформация");
    fl_xml_writer_literal(xml, NAMESPACES[writer->options.name_space]);
    fl_xml_writer_literal(xml, " ВерсияСхемы=\"");
    fl_xml_writer_literal(xml, fl_commerceml_version_text(writer->options.version));
    fl_xml_writer_literal(xml, "\" ДатаФормирования=\"");
    fl_datetime_format(writer->options.formed, formed);
    fl_xml_writer_raw(xml, formed, sizeof formed);
    fl_xml_writer_literal(xml, "\"");
    if (writer->options.version == FL_COMMERCEML_3_1) {
        fl_xml_writer_literal(xml, " Ид=\"Обмен с сайтом\"");
    }
    fl_xml_writer_literal(xml, ">");
    writer->depth = 1;
    writer->began = true;
}

static void end_container(struct fl_commerceml_writer *writer)
{
    if (writer->container != NULL) {
        writer->depth--;
        indent(writer);
        close_tag(writer, writer->container);
        writer->container = NULL;
    }
}

static void end_section(struct fl_commerceml_writer *writer)
{
    end_container(writer);
    if (writer->section != NULL) {
        writer->depth--;
        indent(writer);
        close_tag(writer, writer->section->name);
        writer->section = NULL;
    }
}

static enum fl_status fail(
    struct fl_commerceml_writer *writer,
    struct fl_error *out_error)
{
    if (out_error != NULL) {
        *out_error = writer->error;
    }
    return writer->error.status;
}

static enum fl_status flush(
    struct fl_commerceml_writer *writer,
    bool all,
    struct fl_error *out_error)
{
    const size_t before = position(writer);
    writer->failure = fl_xml_writer_flush(&writer->xml, all, &writer->error);
    writer->flushed += before - position(writer);
    return writer->failure == FL_OK ? FL_OK : fail(writer, out_error);
}

/* After everything since the mark was taken back. */
static enum fl_status end_put(
    struct fl_commerceml_writer *writer,
    enum fl_status status,
    struct fl_error *out_error)
{
    if (status == FL_OK && writer->xml.failure == FL_REFUSED) {
        status = fl_error_set(
            &writer->error, FL_REFUSED, "%s: the character U+%04X cannot stand in XML",
            writer->frames[0].element->name, (unsigned)writer->xml.character);
    } else if (status == FL_OK && writer->xml.failure != FL_OK) {
        status = fl_error_set(&writer->error, writer->xml.failure, "not enough memory");
    }
    if (status != FL_OK) {
        fl_xml_writer_take_back(&writer->xml);
        return fail(writer, out_error);
    }
    return flush(writer, /* all= */ false, out_error);
}

enum fl_status fl_commerceml_writer_open(
    const struct fl_commerceml_writer_options *options,
    struct fl_commerceml_writer **out_writer,
    struct fl_error *out_error)
{
    struct fl_commerceml_writer *writer = fl_alloc_zeroed(1, sizeof *writer);
    if (writer == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    writer->options = *options;
    fl_xml_writer_init(&writer->xml, options->sink);
    fl_buffer_init(&writer->clean, FL_COMMERCEML_ITEM_BYTES_MAX);
    begin_file(writer);
    *out_writer = writer;
    return FL_OK;
}

void fl_commerceml_writer_close(struct fl_commerceml_writer *writer)
{
    if (writer != NULL) {
        fl_xml_writer_deinit(&writer->xml);
        fl_buffer_deinit(&writer->clean);
        fl_free(writer);
    }
}

enum fl_status fl_commerceml_writer_section(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_element *head,
    struct fl_error *out_error)
{
    const struct fl_commerceml_section_rule *rule =
        fl_commerceml_section_rule(head->name);
    if (writer->failure != FL_OK) {
        return fail(writer, out_error);
    }
    if (rule == NULL || (writer->options.company && rule->company_head == 0)) {
        return fl_error_set(
            out_error, FL_REFUSED, "%s is no part of such a file", head->name);
    }
    end_section(writer);
    fl_xml_writer_mark(&writer->xml);
    const unsigned depth = writer->depth;
    const uint16_t type = writer->options.company ? rule->company_head : rule->head;
    enum fl_status status =
        write_tree(writer, head, fl_commerceml_type_at(type), /* stays_open= */ true);
    status = end_put(writer, status, out_error);
    writer->section = status == FL_OK ? rule : NULL;
    writer->depth = status == FL_OK ? depth + 1 : depth;
    return status;
}

static enum fl_status no_place(
    const struct fl_commerceml_writer *writer,
    const struct fl_commerceml_element *element,
    struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_REFUSED, "%s has no place in %s", element->name,
        writer->section == NULL ? "КоммерческаяИнформация" : writer->section->name);
}

enum fl_status fl_commerceml_writer_put(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_element *element,
    struct fl_error *out_error)
{
    if (writer->failure != FL_OK) {
        return fail(writer, out_error);
    }
    if (strcmp(element->name, "Документ") == 0) {
        end_section(writer);
    }
    const struct fl_commerceml_item_rule *rule =
        fl_commerceml_item_rule(writer->section, element->name);
    if (rule == NULL || !is_of_version(writer, rule->versions)) {
        return no_place(writer, element, out_error);
    }
    const bool alone =
        writer->section == NULL && writer->options.version == FL_COMMERCEML_3_1;
    const char *const wanted = alone ? "Контейнер" : rule->container;
    if (writer->container != NULL && writer->container != wanted) {
        end_container(writer);
    }
    fl_xml_writer_mark(&writer->xml);
    const char *const container = writer->container;
    const unsigned depth = writer->depth;
    if (wanted != NULL && container == NULL) {
        open_tag(writer, wanted);
        fl_xml_writer_raw(&writer->xml, ">", 1);
        writer->container = wanted;
        writer->depth++;
    }
    enum fl_status status = write_tree(
        writer, element, fl_commerceml_type_at(rule->type), /* stays_open= */ false);
    if (status == FL_OK && alone) {
        end_container(writer); /* each document of 3.1 has one of its own */
    }
    status = end_put(writer, status, out_error);
    if (status != FL_OK) {
        writer->container = container;
        writer->depth = depth;
    }
    return status;
}

enum fl_status fl_commerceml_writer_end(
    struct fl_commerceml_writer *writer,
    struct fl_error *out_error)
{
    if (writer->failure != FL_OK) {
        return fail(writer, out_error);
    }
    end_section(writer);
    fl_xml_writer_literal(&writer->xml, "\n</КоммерческаяИнформация>");
    return flush(writer, /* all= */ true, out_error);
}

uint64_t fl_commerceml_writer_bytes(const struct fl_commerceml_writer *writer)
{
    return writer->flushed + position(writer);
}

uint64_t fl_commerceml_writer_left_out(
    const struct fl_commerceml_writer *writer,
    const char **out_words)
{
    *out_words = writer->left_out_words;
    return writer->left_out;
}
