/*
 * The file around its items, and an item around its properties. An item that is refused
 * leaves no trace, and the writer goes on.
 */

#include "exchange/kd2_writer.h"

#include <string.h>

#include "kd2_output.h"

enum stage {
    STAGE_NEW,
    STAGE_BEGUN,
    STAGE_PARAMETERS,
    STAGE_EXCHANGE,
    STAGE_BODY,
    STAGE_ENDED,
};

enum fl_status fl_kd2_writer_open(
    const struct fl_kd2_writer_options *options,
    struct fl_kd2_writer **out_writer,
    struct fl_error *out_error)
{
    struct fl_kd2_writer *const writer = fl_alloc_zeroed(1, sizeof(*writer));

    if (!writer || fl_kd2_numbers_new(&writer->numbers) != FL_OK) {
        fl_free(writer);
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    FL_ASSERT(options->dialect == FL_KD2_D1 || options->dialect == FL_KD2_D3);
    writer->options = *options;
    fl_xml_writer_init(&writer->xml, options->sink);
    *out_writer = writer;
    return FL_OK;
}

void fl_kd2_writer_close(struct fl_kd2_writer *writer)
{
    if (writer) {
        fl_xml_writer_deinit(&writer->xml);
        fl_kd2_numbers_free(writer->numbers);
        fl_free(writer);
    }
}

/* What was put since the mark goes on to the sink, or is taken back. */
static enum fl_status finish(
    struct fl_kd2_writer *writer,
    bool all,
    struct fl_error *out_error)
{
    if (writer->failure != FL_OK) {
        return fl_error_set(out_error, writer->failure, "the file failed before");
    }
    if (writer->xml.failure == FL_REFUSED) {
        fl_kd2_output_refuse(writer, "a text is not UTF-8");
    }
    if (writer->error.status != FL_OK) {
        const enum fl_status status = writer->error.status;

        if (out_error) {
            *out_error = writer->error;
        }
        writer->error.status = FL_OK;
        writer->stage = writer->stage_before;
        fl_xml_writer_take_back(&writer->xml);
        return status;
    }
    if (writer->xml.failure != FL_OK) {
        writer->failure = writer->xml.failure;
        return fl_error_set(out_error, writer->failure, "the object is too large");
    }
    writer->failure = fl_xml_writer_flush(&writer->xml, all, out_error);
    return writer->failure;
}

static bool advance(struct fl_kd2_writer *writer, enum stage stage)
{
    const bool repeats = stage == STAGE_PARAMETERS || stage == STAGE_BODY;

    writer->stage_before = writer->stage;
    fl_xml_writer_mark(&writer->xml);
    if (writer->stage == STAGE_NEW && stage != STAGE_BEGUN) {
        fl_kd2_output_refuse(writer, "the file was not begun");
        return false;
    }
    if ((int)stage < writer->stage || ((int)stage == writer->stage && !repeats)) {
        fl_kd2_output_refuse(
            writer, "a file has rules, parameters, ДанныеПоОбмену and objects in this "
                    "order");
        return false;
    }
    if (writer->options.dialect == FL_KD2_D3 && stage >= STAGE_BODY &&
        writer->stage < STAGE_EXCHANGE) {
        fl_kd2_output_refuse(writer, "a message of version 3 must have ДанныеПоОбмену");
        return false;
    }
    writer->stage = (int)stage;
    return true;
}

/* ---- the head ---- */

static void put_root(struct fl_kd2_writer *writer, const struct fl_kd2_header *header)
{
    const bool is_new = writer->options.dialect == FL_KD2_D3;

    fl_xml_writer_literal(
        &writer->xml, "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    fl_kd2_output_tag(writer, "<", FL_KD2_TAG_FILE);
    fl_kd2_output_attribute(
        writer, FL_KD2_TAG_FORMAT_VERSION, fl_bytes_of_text(is_new ? "3.1" : "2.0"));
    fl_kd2_output_attribute(writer, FL_KD2_TAG_EXPORT_DATE, header->created);
    if (!is_new) {
        fl_kd2_output_attribute(writer, FL_KD2_TAG_PERIOD_BEGIN, header->period_begin);
        fl_kd2_output_attribute(writer, FL_KD2_TAG_PERIOD_END, header->period_end);
    }
    fl_kd2_output_attribute(writer, FL_KD2_TAG_SOURCE_CONFIGURATION, header->source);
    if (is_new) {
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_SOURCE_VERSION, header->source_version);
    }
    fl_kd2_output_attribute(
        writer, FL_KD2_TAG_DESTINATION_CONFIGURATION, header->destination);
    fl_kd2_output_attribute(writer, FL_KD2_TAG_RULES_ID, header->rules_id);
    if (!is_new) {
        fl_kd2_output_attribute(writer, FL_KD2_TAG_COMMENT, header->comment);
    }
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_word(
    struct fl_kd2_writer *writer,
    size_t depth,
    enum fl_kd2_tag tag,
    struct fl_bytes text)
{
    fl_kd2_output_indent(writer, depth);
    fl_kd2_output_tag(writer, "<", tag);
    if (text.size == 0) {
        fl_xml_writer_literal(&writer->xml, "/>");
        return;
    }
    fl_xml_writer_literal(&writer->xml, ">");
    fl_kd2_output_text(writer, text, /* quotes= */ false);
    fl_kd2_output_tag(writer, "</", tag);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_flag(
    struct fl_kd2_writer *writer,
    size_t depth,
    enum fl_kd2_tag tag,
    bool flag)
{
    if (flag) {
        put_word(writer, depth, tag, fl_bytes_of_text("true"));
    }
}

static void put_rule(struct fl_kd2_writer *writer, const struct fl_kd2_rule *rule)
{
    enum { DEPTH = 3 };
    const bool english = writer->options.english;

    fl_kd2_output_indent(writer, DEPTH - 1);
    fl_kd2_output_tag(writer, "<", FL_KD2_TAG_RULE);
    fl_xml_writer_literal(&writer->xml, ">");
    put_word(writer, DEPTH, FL_KD2_TAG_CODE, rule->code);
    put_flag(writer, DEPTH, FL_KD2_TAG_BY_ID, rule->by_id);
    put_flag(writer, DEPTH, FL_KD2_TAG_CONTINUE_BY_FIELDS, rule->continue_search);
    put_flag(writer, DEPTH, FL_KD2_TAG_GENERATE_CODE, rule->generate_code);
    put_flag(writer, DEPTH, FL_KD2_TAG_NOT_REPLACE, rule->not_replace);
    put_flag(writer, DEPTH, FL_KD2_TAG_NOT_CREATE, rule->not_create);
    if (rule->priority != FL_KD2_PRIORITY_HIGHER) {
        put_word(
            writer, DEPTH, FL_KD2_TAG_RULE_PRIORITY,
            fl_bytes_of_text(
                rule->priority == FL_KD2_PRIORITY_SAME ? english ? "Matches" : "Совпадает"
                : english                              ? "Below"
                                                       : "Ниже"));
    }
    if (rule->table_search.size > 0) {
        put_word(writer, DEPTH, FL_KD2_TAG_TABLE_SEARCH, rule->table_search);
    }
    put_word(writer, DEPTH, FL_KD2_TAG_SOURCE, rule->source);
    put_word(writer, DEPTH, FL_KD2_TAG_DESTINATION, rule->destination);
    fl_kd2_output_indent(writer, DEPTH - 1);
    fl_kd2_output_tag(writer, "</", FL_KD2_TAG_RULE);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_side(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    const struct fl_kd2_side *side)
{
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "<", tag);
    fl_kd2_output_optional(writer, FL_KD2_TAG_PLATFORM, side->platform);
    fl_kd2_output_optional(writer, FL_KD2_TAG_CONFIGURATION_VERSION, side->version);
    fl_kd2_output_optional(writer, FL_KD2_TAG_CONFIGURATION_SYNONYM, side->synonym);
    fl_xml_writer_literal(&writer->xml, ">");
    fl_kd2_output_text(writer, side->name, /* quotes= */ false);
    fl_kd2_output_tag(writer, "</", tag);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_rules(struct fl_kd2_writer *writer, const struct fl_kd2_rules *rules)
{
    const struct fl_bytes none = {NULL, 0};

    fl_kd2_output_indent(writer, 0);
    fl_kd2_output_tag(writer, "<", FL_KD2_TAG_RULES);
    fl_xml_writer_literal(&writer->xml, ">");
    put_word(
        writer, 1, FL_KD2_TAG_FORMAT_VERSION,
        rules->version.size > 0 ? rules->version : fl_bytes_of_text("2.01"));
    put_word(writer, 1, FL_KD2_TAG_RULES_ID_ELEMENT, rules->id);
    put_word(writer, 1, FL_KD2_TAG_DESCRIPTION, rules->name);
    put_word(writer, 1, FL_KD2_TAG_CREATED, rules->created);
    put_side(writer, FL_KD2_TAG_SOURCE, &rules->source);
    put_side(writer, FL_KD2_TAG_DESTINATION, &rules->destination);
    put_word(writer, 1, FL_KD2_TAG_PARAMETERS, none);
    if (writer->options.dialect == FL_KD2_D1) {
        put_word(writer, 1, FL_KD2_TAG_PROCESSORS, none);
    }
    if (rules->rules) {
        fl_kd2_output_indent(writer, 1);
        fl_kd2_output_tag(writer, "<", FL_KD2_TAG_OBJECT_RULES);
        fl_xml_writer_literal(&writer->xml, ">");
        for (const struct fl_kd2_rule *rule = rules->rules; rule; rule = rule->next) {
            put_rule(writer, rule);
        }
        fl_kd2_output_indent(writer, 1);
        fl_kd2_output_tag(writer, "</", FL_KD2_TAG_OBJECT_RULES);
        fl_xml_writer_literal(&writer->xml, ">");
    } else {
        put_word(writer, 1, FL_KD2_TAG_OBJECT_RULES, none);
    }
    put_word(writer, 1, FL_KD2_TAG_CLEARING_RULES, none);
    put_word(writer, 1, FL_KD2_TAG_ALGORITHMS, none);
    put_word(writer, 1, FL_KD2_TAG_QUERIES, none);
    fl_kd2_output_indent(writer, 0);
    fl_kd2_output_tag(writer, "</", FL_KD2_TAG_RULES);
    fl_xml_writer_literal(&writer->xml, ">");
}

enum fl_status fl_kd2_writer_begin(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_header *header,
    const struct fl_kd2_rules *rules,
    struct fl_error *out_error)
{
    if (advance(writer, STAGE_BEGUN)) {
        put_root(writer, header);
        put_rules(writer, rules);
    }
    return finish(writer, /* all= */ false, out_error);
}

/* ---- ДанныеПоОбмену ---- */

enum fl_status fl_kd2_writer_exchange(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_exchange *exchange,
    struct fl_error *out_error)
{
    if (advance(writer, STAGE_EXCHANGE)) {
        fl_kd2_output_indent(writer, 0);
        fl_kd2_output_tag(writer, "<", FL_KD2_TAG_EXCHANGE);
        fl_kd2_output_attribute(writer, FL_KD2_TAG_PLAN, exchange->plan);
        fl_kd2_output_attribute(writer, FL_KD2_TAG_TO, exchange->to);
        fl_kd2_output_attribute(writer, FL_KD2_TAG_FROM, exchange->from);
        fl_kd2_output_number(writer, FL_KD2_TAG_OUT_NUMBER, exchange->message_number);
        fl_kd2_output_number(writer, FL_KD2_TAG_IN_NUMBER, exchange->received_number);
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_REMOVE_REGISTRATION,
            fl_bytes_of_text(exchange->remove_registration ? "true" : "false"));
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_SENDER_VERSION, exchange->sender_version);
        fl_xml_writer_literal(&writer->xml, "/>");
    }
    return finish(writer, /* all= */ false, out_error);
}

/* ---- items ---- */

static const char *write_mode_word(
    const struct fl_kd2_writer *writer,
    enum fl_kd2_write_mode mode)
{
    static const char *const ru[] = {"", "Проведение", "ОтменаПроведения", "Запись"};
    static const char *const en[] = {"", "Posting", "UndoPosting", "Write"};

    return (writer->options.english ? en : ru)[mode];
}

static bool is_posted(const struct fl_kd2_item *item)
{
    const struct fl_kd2_property *posted =
        fl_kd2_properties_find(&item->properties, "Проведен");
    bool value = false;

    if (!posted) {
        posted = fl_kd2_properties_find(&item->properties, "Posted");
    }
    return posted && fl_kd2_boolean(posted->text, &value) && value;
}

/* Without one UODX only writes, and KOIB decides by Проведен: say it to both. */
static void put_modes(struct fl_kd2_writer *writer, const struct fl_kd2_item *item)
{
    const bool english = writer->options.english;
    const bool is_document = fl_bytes_begin_with(item->type, "ДокументСсылка.") ||
                             fl_bytes_begin_with(item->type, "DocumentRef.");
    enum fl_kd2_write_mode mode = item->write_mode;
    enum fl_kd2_posting posting = item->posting;

    if (mode == FL_KD2_WRITE_NONE && is_document && !writer->options.old) {
        mode = is_posted(item) ? FL_KD2_POST : FL_KD2_WRITE;
    }
    if (mode == FL_KD2_POST && posting == FL_KD2_POSTING_NONE) {
        posting = FL_KD2_REGULAR;
    }
    fl_kd2_output_optional(
        writer, FL_KD2_TAG_WRITE_MODE, fl_bytes_of_text(write_mode_word(writer, mode)));
    if (posting != FL_KD2_POSTING_NONE) {
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_POSTING_MODE,
            fl_bytes_of_text(
                posting == FL_KD2_REAL_TIME ? (english ? "RealTime" : "Оперативный")
                                            : (english ? "Regular" : "Неоперативный")));
    }
}

/* D1 takes a mark away that is not mentioned. */
static void put_deletion_mark(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_item *item)
{
    const bool english = writer->options.english;
    const char *const name = english ? "DeletionMark" : "ПометкаУдаления";
    const bool is_catalog = fl_bytes_begin_with(item->type, "СправочникСсылка.") ||
                            fl_bytes_begin_with(item->type, "CatalogRef.");

    if (writer->options.dialect != FL_KD2_D1 || writer->options.old || !is_catalog ||
        fl_kd2_properties_find(&item->properties, name) ||
        (item->ref && fl_kd2_properties_find(&item->ref->properties, name))) {
        return;
    }
    struct fl_kd2_property mark = {
        .name = fl_bytes_of_text(name),
        .type = fl_bytes_of_text(english ? "Boolean" : "Булево"),
        .content = FL_KD2_VALUE,
        .text = fl_bytes_of_text("false"),
    };
    const struct fl_kd2_properties list = {.first = &mark, .last = &mark, .count = 1};

    fl_kd2_output_properties(writer, &list, 1);
}

/* A pair of key and value each, from the key on. */
static void put_extra(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    const struct fl_kd2_properties *properties)
{
    const struct fl_kd2_property *property = properties->first;

    while (property) {
        struct fl_kd2_property pair[2] = {*property};
        struct fl_kd2_properties list = {.first = pair, .last = pair, .count = 1};

        pair[0].next = NULL;
        property = property->next;
        if (property && fl_kd2_property_is_key(pair) &&
            !fl_kd2_property_is_key(property)) {
            pair[1] = *property;
            pair[1].next = NULL;
            pair[0].next = &pair[1];
            list.last = &pair[1];
            list.count = 2;
            property = property->next;
        }
        fl_kd2_output_indent(writer, 3);
        fl_kd2_output_tag(writer, "<", tag);
        fl_xml_writer_literal(&writer->xml, ">");
        fl_kd2_output_properties(writer, &list, 4);
        fl_kd2_output_indent(writer, 3);
        fl_kd2_output_tag(writer, "</", tag);
        fl_xml_writer_literal(&writer->xml, ">");
    }
}

static void put_rows(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    const struct fl_kd2_row *row)
{
    for (; row; row = row->next) {
        fl_kd2_output_indent(writer, 2);
        fl_kd2_output_tag(writer, "<", tag);
        fl_xml_writer_literal(&writer->xml, ">");
        fl_kd2_output_properties(writer, &row->properties, 3);
        put_extra(writer, FL_KD2_TAG_DEBIT, &row->debit);
        put_extra(writer, FL_KD2_TAG_CREDIT, &row->credit);
        fl_kd2_output_indent(writer, 2);
        fl_kd2_output_tag(writer, "</", tag);
        fl_xml_writer_literal(&writer->xml, ">");
    }
}

static void put_table(struct fl_kd2_writer *writer, const struct fl_kd2_table *table)
{
    const enum fl_kd2_tag tag = table->is_records ? FL_KD2_TAG_RECORDS : FL_KD2_TAG_TABLE;

    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "<", tag);
    fl_kd2_output_attribute(writer, FL_KD2_TAG_NAME, table->name);
    fl_kd2_output_flag(writer, FL_KD2_TAG_NOT_REPLACE, table->not_replace);
    fl_kd2_output_flag(writer, FL_KD2_TAG_NOT_CLEAR, table->not_clear);
    if (!table->first) {
        fl_xml_writer_literal(&writer->xml, "/>");
        return;
    }
    fl_xml_writer_literal(&writer->xml, ">");
    put_rows(writer, FL_KD2_TAG_ROW, table->first);
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "</", tag);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_types(struct fl_kd2_writer *writer, const struct fl_kd2_types *types)
{
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "<", FL_KD2_TAG_TYPES);
    fl_kd2_output_optional(writer, FL_KD2_TAG_DATE_PARTS, types->date_parts);
    fl_kd2_output_optional(writer, FL_KD2_TAG_LENGTH, types->length);
    fl_kd2_output_optional(writer, FL_KD2_TAG_ALLOWED_LENGTH, types->allowed_length);
    fl_kd2_output_optional(writer, FL_KD2_TAG_DIGITS, types->digits);
    fl_kd2_output_optional(writer, FL_KD2_TAG_FRACTION_DIGITS, types->fraction_digits);
    fl_kd2_output_optional(writer, FL_KD2_TAG_ALLOWED_SIGN, types->allowed_sign);
    fl_xml_writer_literal(&writer->xml, ">");
    for (size_t i = 0; i < types->count; i++) {
        put_word(writer, 2, FL_KD2_TAG_TYPE, types->names[i]);
    }
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "</", FL_KD2_TAG_TYPES);
    fl_xml_writer_literal(&writer->xml, ">");
}

static uint64_t number_of(struct fl_kd2_writer *writer, const struct fl_kd2_item *item)
{
    if (item->number > 0) {
        return item->number;
    }
    return item->ref ? fl_kd2_numbers_of(writer->numbers, item->type, item->ref)
                     : fl_kd2_numbers_next(writer->numbers);
}

static void put_object(struct fl_kd2_writer *writer, const struct fl_kd2_item *item)
{
    const uint64_t number = number_of(writer, item);

    fl_kd2_output_tag(writer, "\n<", FL_KD2_TAG_OBJECT);
    fl_kd2_output_number(
        writer, item->global ? FL_KD2_TAG_GLOBAL_NUMBER : FL_KD2_TAG_NUMBER, number);
    fl_kd2_output_attribute(writer, FL_KD2_TAG_TYPE, item->type);
    fl_kd2_output_optional(writer, FL_KD2_TAG_RULE_NAME, item->rule);
    if (writer->options.dialect == FL_KD2_D3) {
        fl_kd2_output_optional(writer, FL_KD2_TAG_CONSTANT_NAME, item->constant);
    }
    fl_kd2_output_priority(writer, item->priority);
    fl_kd2_output_flag(writer, FL_KD2_TAG_NOT_REPLACE, item->not_replace);
    fl_kd2_output_optional(writer, FL_KD2_TAG_PREFIX, item->prefix);
    put_modes(writer, item);
    fl_kd2_output_optional(writer, FL_KD2_TAG_SOURCE, item->source_note);
    fl_xml_writer_literal(&writer->xml, ">");
    if (item->ref) {
        fl_kd2_output_ref(writer, item->ref, item->type, number, 1);
    }
    fl_kd2_output_properties(writer, &item->properties, 1);
    put_deletion_mark(writer, item);
    for (const struct fl_kd2_table *table = item->first; table; table = table->next) {
        put_table(writer, table);
    }
    if (item->types) {
        put_types(writer, item->types);
    }
    fl_kd2_output_tag(writer, "\n</", FL_KD2_TAG_OBJECT);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_record_set(struct fl_kd2_writer *writer, const struct fl_kd2_item *item)
{
    fl_kd2_output_tag(writer, "\n<", FL_KD2_TAG_RECORD_SET);
    fl_kd2_output_number(writer, FL_KD2_TAG_NUMBER, number_of(writer, item));
    fl_kd2_output_attribute(writer, FL_KD2_TAG_TYPE, item->type);
    fl_kd2_output_optional(writer, FL_KD2_TAG_RULE_NAME, item->rule);
    fl_kd2_output_flag(writer, FL_KD2_TAG_EMPTY_SET, item->empty);
    fl_kd2_output_priority(writer, item->priority);
    fl_xml_writer_literal(&writer->xml, ">");
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "<", FL_KD2_TAG_FILTER);
    fl_xml_writer_literal(&writer->xml, ">");
    fl_kd2_output_properties(writer, &item->filter, 2);
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "</", FL_KD2_TAG_FILTER);
    fl_xml_writer_literal(&writer->xml, ">");
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "<", FL_KD2_TAG_SET_ROWS);
    fl_xml_writer_literal(&writer->xml, ">");
    put_rows(writer, FL_KD2_TAG_OBJECT, item->rows);
    fl_kd2_output_indent(writer, 1);
    fl_kd2_output_tag(writer, "</", FL_KD2_TAG_SET_ROWS);
    fl_kd2_output_tag(writer, ">\n</", FL_KD2_TAG_RECORD_SET);
    fl_xml_writer_literal(&writer->xml, ">");
}

static void put_id(struct fl_kd2_writer *writer, enum fl_kd2_tag tag, struct fl_uuid id)
{
    const struct fl_uuid_text text = fl_uuid_text(id);

    fl_kd2_output_attribute(writer, tag, fl_bytes_of_text(text.text));
}

static void put_note(struct fl_kd2_writer *writer, const struct fl_kd2_item *item)
{
    const bool is_registration = item->kind == FL_KD2_REGISTRATION;

    fl_kd2_output_tag(
        writer, "\n<",
        is_registration                   ? FL_KD2_TAG_REGISTRATION
        : item->kind == FL_KD2_CORRECTION ? FL_KD2_TAG_CORRECTION
                                          : FL_KD2_TAG_DELETION);
    if (is_registration) {
        put_id(writer, FL_KD2_TAG_SOURCE_ID, item->source_id);
        put_id(writer, FL_KD2_TAG_DESTINATION_ID, item->destination_id);
        fl_kd2_output_attribute(writer, FL_KD2_TAG_SOURCE_TYPE, item->source_type);
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_DESTINATION_TYPE, item->destination_type);
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_EMPTY_SET,
            fl_bytes_of_text(item->empty ? "true" : "false"));
    } else if (item->kind == FL_KD2_CORRECTION) {
        put_id(writer, FL_KD2_TAG_ID, item->source_id);
        fl_kd2_output_attribute(writer, FL_KD2_TAG_SOURCE_TYPE, item->source_type);
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_DESTINATION_TYPE, item->destination_type);
    } else {
        fl_kd2_output_attribute(
            writer, FL_KD2_TAG_DESTINATION_TYPE, item->destination_type);
        fl_kd2_output_attribute(writer, FL_KD2_TAG_SOURCE_TYPE, item->source_type);
        put_id(writer, FL_KD2_TAG_ID, item->source_id);
    }
    fl_xml_writer_literal(&writer->xml, "/>");
}

static void put_item(struct fl_kd2_writer *writer, const struct fl_kd2_item *item)
{
    const bool only_new = item->kind != FL_KD2_OBJECT && item->kind != FL_KD2_PARAMETER;

    if (only_new && writer->options.dialect != FL_KD2_D3) {
        fl_kd2_output_refuse(
            writer, "a file of version 2.0 has only objects: no deletions, record sets "
                    "or registered correspondences");
        return;
    }
    switch (item->kind) {
    case FL_KD2_OBJECT:
        put_object(writer, item);
        break;
    case FL_KD2_RECORD_SET:
        put_record_set(writer, item);
        break;
    case FL_KD2_PARAMETER:
        fl_kd2_output_properties(writer, &item->properties, 0);
        break;
    case FL_KD2_DELETION:
    case FL_KD2_REGISTRATION:
    case FL_KD2_CORRECTION:
        put_note(writer, item);
        break;
    case FL_KD2_COMMON_DATA:
        fl_kd2_output_refuse(writer, "common data of nodes are not written");
        break;
    }
}

enum fl_status fl_kd2_writer_put(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_item *item,
    struct fl_error *out_error)
{
    const bool is_parameter = item->kind == FL_KD2_PARAMETER;

    if (advance(writer, is_parameter ? STAGE_PARAMETERS : STAGE_BODY)) {
        put_item(writer, item);
    }
    if (writer->error.status != FL_OK && item->type.size > 0) {
        fl_error_prefix(
            &writer->error, "%.*s", (int)fl_bytes_utf8_beginning(item->type, 100).size,
            (const char *)item->type.data);
    }
    return finish(writer, /* all= */ false, out_error);
}

enum fl_status fl_kd2_writer_end(struct fl_kd2_writer *writer, struct fl_error *out_error)
{
    if (advance(writer, STAGE_ENDED)) {
        fl_kd2_output_tag(writer, "\n</", FL_KD2_TAG_FILE);
        fl_xml_writer_literal(&writer->xml, ">\n");
    }
    return finish(writer, /* all= */ true, out_error);
}
