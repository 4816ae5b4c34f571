/*
 * The file around its items. Blocks are parsed one by one; what a block completes waits
 * in one of two arenas that take turns: an item that a block's end cuts in two keeps its
 * arena while those after it go to the other, so memory is that of two blocks and of the
 * largest item.
 *
 * D3 has a strict order, and 1C loads nothing of a file that breaks it; so do we. In D1
 * and D2 1C passes over what it does not know; it becomes a note.
 */

#include "exchange/kd2_reader.h"

#include <stdio.h>
#include <string.h>

#include "exchange/kd2_mapping.h"
#include "kd2_file.h"

enum {
    KEPT_BYTES_MAX = 64 << 20, /* the rules in the file */
    ARENA_SLACK = 16 << 20,    /* for what the same block completed */
    TEXT_BYTES_MAX = 64 << 20, /* one value */
    NOTES_MAX = 64,
};

/* Where an element of the file may stand in D3, by what went before. */
enum stage {
    STAGE_NONE,
    STAGE_RULES,
    STAGE_CUSTOM_SEARCH,
    STAGE_DATA_TYPES,
    STAGE_PARAMETERS,
    STAGE_PARAMETER_CODE,
    STAGE_EXCHANGE,
    STAGE_BODY,
};

void fl_kd2_reader_add_note(struct fl_kd2_reader *reader, const char *format, ...)
{
    struct fl_error words;
    va_list arguments;

    if (reader->note_count == NOTES_MAX) {
        return;
    }
    va_start(arguments, format);
    (void)fl_error_set_list(&words, FL_UNSUPPORTED, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < reader->note_count; i++) {
        if (strcmp(reader->notes[i], words.text) == 0) {
            return;
        }
    }
    const char *const copy = fl_arena_text(&reader->kept, fl_bytes_of_text(words.text));

    if (copy) {
        reader->notes[reader->note_count++] = copy;
    }
}

static void prefix_property(
    struct fl_error *error,
    const struct fl_kd2_frame *frame,
    const struct fl_kd2_frame *outer)
{
    if (frame->property && frame->property != outer->property &&
        frame->property->name.size > 0) {
        fl_error_prefix(
            error, "%.*s", (int)fl_bytes_utf8_beginning(frame->property->name, 100).size,
            (const char *)frame->property->name.data);
    }
}

enum fl_status fl_kd2_reader_fail(
    struct fl_kd2_reader *reader,
    enum fl_status status,
    const char *format,
    ...)
{
    struct fl_error error;
    va_list arguments;

    va_start(arguments, format);
    (void)fl_error_set_list(&error, status, format, arguments);
    va_end(arguments);
    for (size_t i = reader->depth; i > 1; i--) {
        prefix_property(&error, &reader->frames[i], &reader->frames[i - 1]);
    }
    const struct fl_kd2_item *const item = reader->item;

    if (item && item->type.size > 0) {
        fl_error_prefix(
            &error, "%.*s %llu", (int)fl_bytes_utf8_beginning(item->type, 100).size,
            (const char *)item->type.data, (unsigned long long)item->number);
    }
    return fl_xml_reader_fail_with(reader->xml, &error);
}

enum fl_status fl_kd2_reader_push(struct fl_kd2_reader *reader, enum fl_kd2_place place)
{
    FL_ASSERT(reader->depth < FL_XML_DEPTH_MAX);
    const struct fl_kd2_frame *const outer = &reader->frames[reader->depth];
    struct fl_kd2_frame *const frame = &reader->frames[++reader->depth];

    *frame = (struct fl_kd2_frame){.place = place};
    frame->property = outer->property;
    frame->type = outer->type;
    frame->section = outer->section;
    return FL_OK;
}

static struct fl_bytes keep(struct fl_kd2_reader *reader, struct fl_bytes text)
{
    struct fl_bytes copy = {NULL, 0};

    if (fl_arena_copy(&reader->kept, fl_kd2_trim(text), &copy) != FL_OK) {
        reader->failure = FL_NO_MEMORY;
    }
    return copy;
}

/* ---- the root ---- */

/* What another root stands for, in words; "" when it is not known. */
static const char *words_of_root(const char *root)
{
    if (strcmp(root, "Message") == 0) {
        return fl_error_words(
            ": a message of an exchange plan (v8msg) or of EnterpriseData");
    }
    if (strcmp(root, "_1CV8DtUD") == 0) {
        return fl_error_words(": it is taken with import --format 1cv8dtud");
    }
    if (strcmp(root, "ПравилаОбмена") == 0 || strcmp(root, "ExchangeRules") == 0) {
        return fl_error_words(": rules without data, for mapping from-rules");
    }
    if (strcmp(root, "ПравилаРегистрации") == 0) {
        return fl_error_words(": registration rules, for filter import");
    }
    return strcmp(root, "КоммерческаяИнформация") == 0
               ? fl_error_words(": a file of CommerceML")
               : "";
}

static enum fl_status refuse_root(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    return fl_kd2_reader_fail(
        reader, FL_UNSUPPORTED,
        "the file is no ФайлОбмена (ExchangeFile): it begins with \"%.60s\"%s",
        element->name, words_of_root(element->name));
}

static enum fl_status begin_file(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_kd2_header *const header = &reader->header;

    if (fl_kd2_tag_of(&reader->tags, element->name) != FL_KD2_TAG_FILE) {
        return refuse_root(reader, element);
    }
    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct fl_bytes value = keep(reader, element->attributes[i].value);

        switch ((int)fl_kd2_tag_of(&reader->tags, element->attributes[i].name)) {
        case FL_KD2_TAG_FORMAT_VERSION:
            header->version = value;
            break;
        case FL_KD2_TAG_EXPORT_DATE:
            header->created = value;
            break;
        case FL_KD2_TAG_PERIOD_BEGIN:
            header->period_begin = value;
            break;
        case FL_KD2_TAG_PERIOD_END:
            header->period_end = value;
            break;
        case FL_KD2_TAG_SOURCE_CONFIGURATION:
            header->source = value;
            break;
        case FL_KD2_TAG_SOURCE_VERSION:
            header->source_version = value;
            break;
        case FL_KD2_TAG_DESTINATION_CONFIGURATION:
            header->destination = value;
            break;
        case FL_KD2_TAG_RULES_ID:
            header->rules_id = value;
            break;
        case FL_KD2_TAG_COMMENT:
            header->comment = value;
            break;
        default:
            fl_kd2_reader_add_note(
                reader, "attribute %.100s of the file is not known and passed over",
                element->attributes[i].name);
            break;
        }
    }
    const bool is_new = header->version.size > 0 && header->version.data[0] >= '3' &&
                        header->version.data[0] <= '9';

    header->dialect = is_new ? FL_KD2_D3 : FL_KD2_D1;
    return reader->failure != FL_OK ? reader->failure
                                    : fl_kd2_reader_push(reader, FL_KD2_AT_FILE);
}

/* ---- elements of the file ---- */

enum fl_status fl_kd2_reader_number(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    uint64_t *out_number)
{
    const struct fl_bytes text = fl_kd2_trim(attribute->value);
    bool is_number = text.size <= 18;
    uint64_t number = 0;

    for (size_t i = 0; i < text.size && is_number; i++) {
        is_number = text.data[i] >= '0' && text.data[i] <= '9';
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (!is_number) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED, "%s cannot be \"%.*s\"", attribute->name,
            (int)fl_bytes_utf8_beginning(text, 60).size, (const char *)text.data);
    }
    *out_number = number;
    return FL_OK;
}

static enum fl_status read_exchange(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_kd2_exchange *const exchange = &reader->exchange;
    enum fl_status status = FL_OK;

    if (reader->has_exchange) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED, "%s stands twice in the file", element->name);
    }
    for (size_t i = 0; i < element->attribute_count && status == FL_OK; i++) {
        const struct fl_xml_attribute *const attribute = &element->attributes[i];

        switch ((int)fl_kd2_tag_of(&reader->tags, attribute->name)) {
        case FL_KD2_TAG_PLAN:
            exchange->plan = keep(reader, attribute->value);
            break;
        case FL_KD2_TAG_TO:
            exchange->to = keep(reader, attribute->value);
            break;
        case FL_KD2_TAG_FROM:
            exchange->from = keep(reader, attribute->value);
            break;
        case FL_KD2_TAG_OUT_NUMBER:
            status = fl_kd2_reader_number(reader, attribute, &exchange->message_number);
            break;
        case FL_KD2_TAG_IN_NUMBER:
            status = fl_kd2_reader_number(reader, attribute, &exchange->received_number);
            break;
        case FL_KD2_TAG_REMOVE_REGISTRATION:
            if (!fl_kd2_boolean(attribute->value, &exchange->remove_registration)) {
                fl_kd2_reader_add_note(
                    reader, "%s of %s is neither true nor false and passed over",
                    attribute->name, element->name);
            }
            break;
        case FL_KD2_TAG_SENDER_VERSION:
            exchange->sender_version = keep(reader, attribute->value);
            break;
        default:
            fl_kd2_reader_add_note(
                reader, "attribute %.100s of %s is not known and passed over",
                attribute->name, element->name);
            break;
        }
    }
    status = status == FL_OK ? reader->failure : status;
    if (status == FL_OK) {
        reader->has_exchange = true;
        reader->header.dialect =
            reader->header.dialect == FL_KD2_D1 ? FL_KD2_D2 : reader->header.dialect;
    }
    return status;
}

static enum stage stage_of(enum fl_kd2_tag tag)
{
    switch ((int)tag) {
    case FL_KD2_TAG_RULES:
        return STAGE_RULES;
    case FL_KD2_TAG_CUSTOM_SEARCH:
        return STAGE_CUSTOM_SEARCH;
    case FL_KD2_TAG_DATA_TYPES:
        return STAGE_DATA_TYPES;
    case FL_KD2_TAG_PARAMETER_VALUE:
        return STAGE_PARAMETERS;
    case FL_KD2_TAG_PARAMETER_CODE:
        return STAGE_PARAMETER_CODE;
    case FL_KD2_TAG_EXCHANGE:
        return STAGE_EXCHANGE;
    case FL_KD2_TAG_OBJECT:
    case FL_KD2_TAG_RECORD_SET:
    case FL_KD2_TAG_DELETION:
    case FL_KD2_TAG_REGISTRATION:
    case FL_KD2_TAG_CORRECTION:
    case FL_KD2_TAG_COMMON_DATA:
        return STAGE_BODY;
    default:
        return STAGE_NONE;
    }
}

/* 1C: "Ошибка формата сообщения обмена", and nothing is loaded. */
static enum fl_status check_order(
    struct fl_kd2_reader *reader,
    enum stage stage,
    const char *name)
{
    const bool repeats = stage == STAGE_PARAMETERS || stage == STAGE_BODY;

    if (reader->header.dialect != FL_KD2_D3) {
        return FL_OK;
    }
    if (stage == STAGE_NONE) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED, "a message of version 3 has no element \"%.100s\" here",
            name);
    }
    if (reader->stage == STAGE_NONE && stage != STAGE_RULES) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED,
            "a message of version 3 begins with ПравилаОбмена, "
            "this one with \"%.100s\"",
            name);
    }
    if ((int)stage < reader->stage || ((int)stage == reader->stage && !repeats) ||
        (stage == STAGE_BODY && !reader->has_exchange)) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED,
            "\"%.100s\" stands out of the order of a message of version 3: rules, search "
            "settings, types, parameters, ДанныеПоОбмену, objects",
            name);
    }
    reader->stage = (int)stage;
    return FL_OK;
}

static enum fl_status skip(struct fl_kd2_reader *reader, const char *name, bool is_code)
{
    if (is_code) {
        fl_kd2_reader_add_note(
            reader, "line %llu: %s is program text of 1C and is not run",
            (unsigned long long)fl_xml_reader_line(reader->xml), name);
    } else {
        fl_kd2_reader_add_note(
            reader, "element %.100s is not known and passed over", name);
    }
    return fl_kd2_reader_push(reader, FL_KD2_AT_SKIP);
}

static enum fl_status start_rules(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    if (reader->has_rules) {
        return fl_kd2_reader_push(reader, FL_KD2_AT_SKIP); /* as 1C: once is enough */
    }
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_RULES);
    return fl_kd2_tree_start(&reader->tree, element);
}

static enum fl_status start_in_file(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    const enum fl_kd2_tag tag = fl_kd2_tag_of(&reader->tags, element->name);
    const enum stage stage = stage_of(tag);
    enum fl_status status = check_order(reader, stage, element->name);

    if (status != FL_OK) {
        return status;
    }
    switch (stage) {
    case STAGE_RULES:
        return start_rules(reader, element);
    case STAGE_DATA_TYPES:
        return fl_kd2_reader_push(reader, FL_KD2_AT_DATA_TYPES);
    case STAGE_EXCHANGE:
        status = read_exchange(reader, element);
        return status == FL_OK ? fl_kd2_reader_push(reader, FL_KD2_AT_EMPTY) : status;
    case STAGE_PARAMETERS:
    case STAGE_BODY:
        reader->body_begun = reader->body_begun || stage == STAGE_BODY;
        return fl_kd2_item_begin(reader, tag, element);
    case STAGE_CUSTOM_SEARCH:
        fl_kd2_reader_add_note(
            reader, "settings of search of the sender's users are passed over");
        return fl_kd2_reader_push(reader, FL_KD2_AT_SKIP);
    case STAGE_PARAMETER_CODE:
        return skip(reader, element->name, /* is_code= */ true);
    case STAGE_NONE:
        break;
    }
    if (tag == FL_KD2_TAG_BACKGROUND) {
        return fl_kd2_reader_push(reader, FL_KD2_AT_SKIP);
    }
    return skip(reader, element->name, tag == FL_KD2_TAG_ALGORITHM);
}

/* ---- ИнформацияОТипахДанных ---- */

static enum fl_status start_data_type(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_DATA_TYPE);
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (fl_kd2_tag_of(&reader->tags, element->attributes[i].name) ==
            FL_KD2_TAG_NAME) {
            reader->frames[reader->depth].type =
                keep(reader, element->attributes[i].value);
        }
    }
    return reader->failure;
}

/* A name, or a branch of a table, "<name>ТабличнаяЧасть", with names of its own. */
static enum fl_status start_data_name(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    const enum fl_kd2_place outer = reader->frames[reader->depth].place;
    const struct fl_bytes name = fl_bytes_of_text(element->name);

    if (outer == FL_KD2_AT_DATA_NAME) {
        /* It was a branch: what it is called is known by now. */
        reader->frames[reader->depth].place = FL_KD2_AT_DATA_SECTION;
    }
    (void)fl_kd2_reader_push(reader, FL_KD2_AT_DATA_NAME);
    struct fl_kd2_frame *const frame = &reader->frames[reader->depth];

    frame->section =
        outer == FL_KD2_AT_DATA_TYPE ? name : reader->frames[reader->depth - 1].section;
    fl_buffer_clear(&reader->text);
    return FL_OK;
}

static struct fl_bytes without_suffix(struct fl_bytes name)
{
    static const char *const suffixes[] = {
        "ТабличнаяЧасть", "TabularSection", "НаборЗаписей", "RecordSet"};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        const size_t size = strlen(suffixes[i]);

        if (name.size > size &&
            memcmp(name.data + name.size - size, suffixes[i], size) == 0) {
            return (struct fl_bytes){name.data, name.size - size};
        }
    }
    return name;
}

static enum fl_status end_data_name(
    struct fl_kd2_reader *reader,
    const struct fl_xml_element *element)
{
    const struct fl_kd2_frame *const frame = &reader->frames[reader->depth];
    const bool in_section = frame[-1].place == FL_KD2_AT_DATA_SECTION;
    const struct fl_bytes none = {NULL, 0};
    const enum fl_status status = fl_kd2_types_put(
        &reader->types, frame->type, in_section ? without_suffix(frame->section) : none,
        fl_bytes_of_text(element->name), fl_kd2_trim(fl_buffer_view(&reader->text)));

    fl_buffer_clear(&reader->text);
    return status == FL_LIMIT ? fl_kd2_reader_fail(
                                    reader, status, "there are too many types in %s",
                                    "ИнформацияОТипахДанных")
                              : status;
}

/* ---- events ---- */

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct fl_kd2_reader *const reader = context;

    switch (reader->frames[reader->depth].place) {
    case FL_KD2_AT_START:
        return begin_file(reader, element);
    case FL_KD2_AT_FILE:
        return start_in_file(reader, element);
    case FL_KD2_AT_RULES:
        (void)fl_kd2_reader_push(reader, FL_KD2_AT_RULES);
        return fl_kd2_tree_start(&reader->tree, element);
    case FL_KD2_AT_DATA_TYPES:
        return start_data_type(reader, element);
    case FL_KD2_AT_DATA_TYPE:
    case FL_KD2_AT_DATA_SECTION:
    case FL_KD2_AT_DATA_NAME:
        return start_data_name(reader, element);
    case FL_KD2_AT_SKIP:
    case FL_KD2_AT_EMPTY:
    case FL_KD2_AT_KIND:
        return fl_kd2_reader_push(reader, FL_KD2_AT_SKIP);
    case FL_KD2_AT_TEXT:
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED,
            "a value has an element \"%.100s\" inside, where 1C reads only text",
            element->name);
    case FL_KD2_AT_ITEM:
    case FL_KD2_AT_REF:
    case FL_KD2_AT_PROPERTY:
    case FL_KD2_AT_TABLE:
    case FL_KD2_AT_ROW:
    case FL_KD2_AT_EXTRA:
    case FL_KD2_AT_KINDS:
    case FL_KD2_AT_FILTER:
    case FL_KD2_AT_SET_ROWS:
    case FL_KD2_AT_SET_ROW:
        break;
    }
    return fl_kd2_item_start(
        reader, fl_kd2_tag_of(&reader->tags, element->name), element);
}

static bool takes_text(enum fl_kd2_place place)
{
    return place == FL_KD2_AT_TEXT || place == FL_KD2_AT_KIND ||
           place == FL_KD2_AT_DATA_NAME;
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct fl_kd2_reader *const reader = context;
    const enum fl_kd2_place place = reader->frames[reader->depth].place;

    if (place == FL_KD2_AT_RULES) {
        return fl_kd2_tree_text(&reader->tree, text);
    }
    if (!takes_text(place)) {
        return FL_OK; /* 1C reads elements only */
    }
    fl_buffer_put(&reader->text, text);
    if (fl_buffer_status(&reader->text) == FL_LIMIT) {
        return fl_kd2_reader_fail(
            reader, FL_LIMIT, "a value is longer than %d bytes", TEXT_BYTES_MAX);
    }
    return fl_buffer_status(&reader->text);
}

/* 1C would take such a value for Undefined without a word. */
static enum fl_status on_comment(void *context, struct fl_bytes text)
{
    struct fl_kd2_reader *const reader = context;

    (void)text;
    if (reader->frames[reader->depth].place != FL_KD2_AT_TEXT) {
        return FL_OK;
    }
    return fl_kd2_reader_fail(
        reader, FL_MALFORMED,
        "a value has a comment inside: 1C reads no such value; remove the comment");
}

static enum fl_status on_cdata(void *context, struct fl_bytes text)
{
    struct fl_kd2_reader *const reader = context;

    if (reader->frames[reader->depth].place != FL_KD2_AT_TEXT) {
        return on_text(context, text);
    }
    return fl_kd2_reader_fail(
        reader, FL_MALFORMED,
        "a value is a CDATA section: 1C reads no such value; write it as escaped text");
}

static enum fl_status end_rules(struct fl_kd2_reader *reader)
{
    enum fl_status status = fl_kd2_tree_end(&reader->tree);
    struct fl_error error;

    if (status != FL_OK || reader->tree.open) {
        return status;
    }
    reader->has_rules = true;
    status =
        fl_kd2_rules_of_tree(reader->tree.root, &reader->kept, &reader->rules, &error);
    if (status != FL_OK) {
        return fl_xml_reader_fail_with(reader->xml, &error);
    }
    const struct fl_kd2_code *const code =
        fl_kd2_mapping_first_code(reader->rules, FL_KD2_AS_DESTINATION);

    if (code) { /* 1C would run it when it loads the file */
        fl_kd2_reader_add_note(
            reader,
            "line %llu: %.*s of a rule in the file is program text of 1C and is not run",
            (unsigned long long)code->line, (int)code->place.size,
            (const char *)code->place.data);
    }
    return FL_OK;
}

static enum fl_status end_file(struct fl_kd2_reader *reader)
{
    if (reader->header.dialect == FL_KD2_D3 && !reader->has_exchange) {
        return fl_kd2_reader_fail(
            reader, FL_MALFORMED,
            "a message of version 3 must have ДанныеПоОбмену, this one has none");
    }
    reader->body_begun = true;
    return FL_OK;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct fl_kd2_reader *const reader = context;
    enum fl_status status = FL_OK;

    switch (reader->frames[reader->depth].place) {
    case FL_KD2_AT_RULES:
        status = end_rules(reader);
        break;
    case FL_KD2_AT_DATA_NAME:
        status = end_data_name(reader, element);
        break;
    case FL_KD2_AT_FILE:
        status = end_file(reader);
        break;
    case FL_KD2_AT_START:
    case FL_KD2_AT_DATA_TYPES:
    case FL_KD2_AT_DATA_TYPE:
    case FL_KD2_AT_DATA_SECTION:
    case FL_KD2_AT_SKIP:
    case FL_KD2_AT_EMPTY:
        break;
    case FL_KD2_AT_ITEM:
    case FL_KD2_AT_REF:
    case FL_KD2_AT_PROPERTY:
    case FL_KD2_AT_TEXT:
    case FL_KD2_AT_TABLE:
    case FL_KD2_AT_ROW:
    case FL_KD2_AT_EXTRA:
    case FL_KD2_AT_KINDS:
    case FL_KD2_AT_KIND:
    case FL_KD2_AT_FILTER:
    case FL_KD2_AT_SET_ROWS:
    case FL_KD2_AT_SET_ROW:
        status = fl_kd2_item_end(reader);
        break;
    }
    if (status == FL_OK) {
        reader->depth--;
    }
    return status;
}

/* ---- the interface ---- */

enum fl_status fl_kd2_reader_open(
    const struct fl_kd2_reader_options *options,
    struct fl_kd2_reader **out_reader,
    struct fl_error *out_error)
{
    struct fl_kd2_reader *const reader = fl_alloc_zeroed(1, sizeof(*reader));

    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    const size_t bytes_max =
        options->item_bytes_max > 0 ? options->item_bytes_max : FL_OBJECT_ARENA_BYTES_MAX;
    const struct fl_xml_reader_options xml = {
        .read = options->source.read,
        .read_context = options->source.context,
        .handler = {on_start, on_text, on_end, on_comment, reader},
        .cdata = on_cdata,
        .document_bytes_max = options->package_bytes_max,
    };

    reader->options = *options;
    fl_arena_init(&reader->kept, KEPT_BYTES_MAX);
    fl_arena_init(&reader->arenas[0], bytes_max + ARENA_SLACK);
    fl_arena_init(&reader->arenas[1], bytes_max + ARENA_SLACK);
    fl_buffer_init(&reader->text, TEXT_BYTES_MAX);
    fl_kd2_types_init(&reader->types);
    fl_kd2_tree_init(&reader->tree, &reader->kept);
    enum fl_status status = fl_xml_reader_open(&xml, &reader->xml, out_error);

    if (status == FL_OK && fl_kd2_tag_table_init(&reader->tags, reader->xml) != FL_OK) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    if (status != FL_OK) {
        fl_kd2_reader_close(reader);
        return status;
    }
    reader->tree.tags = &reader->tags;
    reader->tree.xml = reader->xml;
    *out_reader = reader;
    return FL_OK;
}

void fl_kd2_reader_close(struct fl_kd2_reader *reader)
{
    if (!reader) {
        return;
    }
    fl_xml_reader_close(reader->xml);
    fl_kd2_tree_deinit(&reader->tree);
    fl_kd2_types_deinit(&reader->types);
    fl_buffer_deinit(&reader->text);
    fl_arena_deinit(&reader->arenas[0]);
    fl_arena_deinit(&reader->arenas[1]);
    fl_arena_deinit(&reader->kept);
    fl_free(reader);
}

/* One block more; its items go to the arena that no open item is in. */
static enum fl_status feed(struct fl_kd2_reader *reader)
{
    if (reader->item) {
        reader->turn = reader->arena == &reader->arenas[0] ? 1 : 0;
    }
    if (!reader->first) {
        fl_arena_reset(&reader->arenas[reader->turn]);
    }
    reader->failure = fl_xml_reader_feed(reader->xml, &reader->done, &reader->error);
    return reader->failure;
}

static enum fl_status answer_failure(
    struct fl_kd2_reader *reader,
    struct fl_error *out_error)
{
    if (reader->failure != FL_OK && out_error) {
        *out_error = reader->error;
    }
    return reader->failure;
}

enum fl_status fl_kd2_reader_header(
    struct fl_kd2_reader *reader,
    const struct fl_kd2_header **out_header,
    const struct fl_kd2_exchange **out_exchange,
    const struct fl_kd2_rules **out_rules,
    struct fl_error *out_error)
{
    while (reader->failure == FL_OK && !reader->body_begun && !reader->done &&
           !(reader->has_exchange && reader->has_rules)) {
        (void)feed(reader);
    }
    if (reader->failure != FL_OK && !reader->has_exchange && !reader->body_begun) {
        return answer_failure(reader, out_error);
    }
    /* What is wrong behind the head is the next call's to say. */
    *out_header = &reader->header;
    *out_exchange = reader->has_exchange ? &reader->exchange : NULL;
    *out_rules = reader->has_rules ? reader->rules : NULL;
    return FL_OK;
}

enum fl_status fl_kd2_reader_next(
    struct fl_kd2_reader *reader,
    const struct fl_kd2_item **out_item,
    struct fl_error *out_error)
{
    while (reader->failure == FL_OK && !reader->first && !reader->done) {
        (void)feed(reader);
    }
    if (reader->failure != FL_OK && !reader->first) {
        return answer_failure(reader, out_error);
    }
    if (!reader->first) {
        *out_item = NULL;
        return FL_OK;
    }
    *out_item = reader->first->item;
    reader->line = reader->first->item->line;
    reader->first = reader->first->next;
    return FL_OK;
}

uint64_t fl_kd2_reader_line(const struct fl_kd2_reader *reader)
{
    return reader->failure != FL_OK ? fl_xml_reader_line(reader->xml) : reader->line;
}

bool fl_kd2_reader_is_incomplete(const struct fl_kd2_reader *reader)
{
    return fl_xml_reader_is_incomplete(reader->xml);
}

const char *fl_kd2_reader_note(const struct fl_kd2_reader *reader, size_t index)
{
    return index < reader->note_count ? reader->notes[index] : NULL;
}
