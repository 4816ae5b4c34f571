/*
 * A message as a stream of objects. The parser is fed block by block; the items that a
 * block completes wait in a queue, in one of two arenas that take turns: an item that a
 * block's end cuts in two keeps its arena while those after it go to the other, so memory
 * is that of two blocks and of the largest item.
 */

#include "v8msg_reader.h"

#include <stdio.h>
#include <string.h>

enum {
    QUEUE_FIRST = 64,
    ARENA_SLACK = 16 << 20, /* for what the same block completed */
    NUMBER_DIGITS_MAX = 19,
};

static struct fl_v8msg_reader *reader_of(struct fl_package_reader *base)
{
    return (struct fl_v8msg_reader *)base;
}

enum fl_status fl_v8msg_reader_fail(
    struct fl_v8msg_reader *reader,
    const struct fl_error *error)
{
    return fl_xml_reader_fail_with(reader->xml, error);
}

void fl_v8msg_reader_wrapped(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_package_wrapper *const wrapper = &reader->wrapper;

    if (strcmp(element->name, "Changes") == 0) {
        wrapper->changes_uri = element->uri;
        wrapper->changes_prefix = element->prefix;
    } else {
        wrapper->data_uri = element->uri;
        wrapper->data_prefix = element->prefix;
    }
}

void fl_v8msg_reader_note(struct fl_v8msg_reader *reader, const char *words)
{
    for (size_t i = 0; i < reader->note_count; i++) {
        if (strcmp(reader->notes[i], words) == 0) {
            return;
        }
    }
    if (reader->note_count == FL_V8MSG_NOTES_MAX) {
        return;
    }
    char *const copy =
        fl_arena_text(&reader->note_arena, fl_bytes_of_text(fl_error_words(words)));

    if (copy) {
        reader->notes[reader->note_count++] = copy;
    }
}

enum fl_status fl_v8msg_reader_enqueue(
    struct fl_v8msg_reader *reader,
    struct fl_object *object,
    uint64_t line)
{
    if (reader->queue_size == reader->queue_capacity) {
        const size_t capacity =
            reader->queue_capacity > 0 ? reader->queue_capacity * 2 : QUEUE_FIRST;
        struct fl_v8msg_queued *const grown =
            fl_realloc(reader->queue, capacity * sizeof(*grown));

        if (!grown) {
            return FL_NO_MEMORY;
        }
        reader->queue = grown;
        reader->queue_capacity = capacity;
    }
    reader->queue[reader->queue_size++] = (struct fl_v8msg_queued){object, line};
    return FL_OK;
}

/* ---- header ---- */

static enum fl_status keep_code(
    struct fl_v8msg_reader *reader,
    struct fl_bytes text,
    const char **out_code)
{
    struct fl_error error;

    if (*out_code) {
        (void)fl_error_set(
            &error, FL_MALFORMED, "the header has an element twice: \"%.*s\"",
            (int)(text.size < 60 ? text.size : 60), (const char *)text.data);
        return fl_v8msg_reader_fail(reader, &error);
    }
    if (text.size > FL_NAME_BYTES_MAX) {
        (void)fl_error_set(
            &error, FL_LIMIT, "a name in the header is longer than %d bytes",
            (int)FL_NAME_BYTES_MAX);
        return fl_v8msg_reader_fail(reader, &error);
    }
    *out_code = fl_arena_text(&reader->note_arena, text);
    return *out_code ? FL_OK : FL_NO_MEMORY;
}

static enum fl_status keep_number(
    struct fl_v8msg_reader *reader,
    struct fl_bytes text,
    uint64_t *out_number,
    bool *has_number)
{
    uint64_t number = 0;

    text = fl_bytes_trimmed(text);
    bool is_number = text.size > 0 && text.size < NUMBER_DIGITS_MAX;

    for (size_t i = 0; i < text.size && is_number; i++) {
        is_number = text.data[i] >= '0' && text.data[i] <= '9';
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (!is_number || *has_number) {
        struct fl_error error;

        (void)fl_error_set(
            &error, FL_MALFORMED,
            "\"%.*s\" is no number of a message, or there are two: a whole number is "
            "expected",
            (int)(text.size < 60 ? text.size : 60), (const char *)text.data);
        return fl_v8msg_reader_fail(reader, &error);
    }
    *out_number = number;
    *has_number = true;
    return FL_OK;
}

enum fl_status fl_v8msg_reader_header_field(
    struct fl_v8msg_reader *reader,
    const char *name,
    struct fl_bytes text)
{
    struct fl_package_header *const header = &reader->header;

    if (strcmp(name, "ExchangePlan") == 0) {
        return keep_code(reader, text, &header->plan);
    }
    if (strcmp(name, "To") == 0) {
        return keep_code(reader, text, &header->to);
    }
    if (strcmp(name, "From") == 0) {
        return keep_code(reader, text, &header->from);
    }
    if (strcmp(name, "MessageNo") == 0) {
        return keep_number(
            reader, text, &header->message_number, &reader->has_message_number);
    }
    if (strcmp(name, "ReceivedNo") == 0) {
        return keep_number(
            reader, text, &header->received_number, &reader->has_received_number);
    }
    fl_v8msg_reader_note(reader, "the header has an element that is not known: skipped");
    return FL_OK;
}

enum fl_status fl_v8msg_reader_body_begins(struct fl_v8msg_reader *reader)
{
    const struct fl_package_header *const header = &reader->header;
    const char *const missing = !header->plan                  ? "ExchangePlan"
                                : !header->to                  ? "To"
                                : !header->from                ? "From"
                                : !reader->has_message_number  ? "MessageNo"
                                : !reader->has_received_number ? "ReceivedNo"
                                                               : NULL;
    struct fl_error error;

    if (reader->body_begun) {
        (void)fl_error_set(&error, FL_MALFORMED, "the message has two bodies");
        return fl_v8msg_reader_fail(reader, &error);
    }
    if (!reader->is_frame && missing) {
        (void)fl_error_set(
            &error, FL_MALFORMED,
            "the header lacks %s: this is not a whole message of an exchange plan",
            missing);
        return fl_v8msg_reader_fail(reader, &error);
    }
    reader->body_begun = true;
    return FL_OK;
}

/* ---- reading ---- */

static void reader_close(struct fl_package_reader *base)
{
    struct fl_v8msg_reader *const reader = reader_of(base);

    fl_v8msg_events_deinit(reader);
    fl_xml_reader_close(reader->xml);
    fl_v8msg_shapes_free(reader->shapes);
    fl_arena_deinit(&reader->arenas[0]);
    fl_arena_deinit(&reader->arenas[1]);
    fl_arena_deinit(&reader->note_arena);
    fl_free(reader->queue);
    fl_free(reader->predefined);
    fl_free(reader);
}

static enum fl_status open_xml(
    struct fl_v8msg_reader *reader,
    const struct fl_package_reader_options *options,
    struct fl_error *out_error)
{
    const struct fl_xml_reader_options xml_options = {
        .read = options->source.read,
        .read_context = options->source.context,
        .handler = fl_v8msg_events_handler(reader),
        .document_bytes_max = options->package_bytes_max,
    };

    return fl_xml_reader_open(&xml_options, &reader->xml, out_error);
}

static enum fl_status reader_open(
    const struct fl_codec *codec,
    const struct fl_package_reader_options *options,
    struct fl_package_reader **out_reader,
    struct fl_error *out_error)
{
    struct fl_v8msg_reader *const reader = fl_alloc_zeroed(1, sizeof(*reader));
    const size_t bytes_max = options->object_bytes_max > 0 ? options->object_bytes_max
                                                           : FL_OBJECT_ARENA_BYTES_MAX;

    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    reader->base.codec = codec;
    reader->configuration = options->configuration;
    reader->pairs = options->pairs;
    reader->is_frame = codec != &fl_v8msg_codec;
    for (size_t i = 0; i < 2; i++) {
        fl_arena_init(&reader->arenas[i], bytes_max + ARENA_SLACK);
    }
    fl_arena_init(&reader->note_arena, ARENA_SLACK);
    enum fl_status status = open_xml(reader, options, out_error);

    if (status != FL_OK) {
        reader_close(&reader->base);
        return status;
    }
    if (fl_v8msg_shapes_new(options->configuration, &reader->shapes) != FL_OK ||
        fl_v8msg_events_init(reader) != FL_OK) {
        reader_close(&reader->base);
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    *out_reader = &reader->base;
    return FL_OK;
}

/* One more block. Everything queued has been given out before it. */
static enum fl_status feed(struct fl_v8msg_reader *reader, struct fl_error *out_error)
{
    reader->queue_size = 0;
    reader->queue_next = 0;
    fl_v8msg_builder_turn(reader);
    const enum fl_status status =
        fl_xml_reader_feed(reader->xml, &reader->done, &reader->error);

    if (status != FL_OK) {
        reader->failure = status;
        reader->error.status = status;
    }
    if (status != FL_OK && reader->queue_size == 0 && out_error) {
        *out_error = reader->error;
    }
    return status;
}

static enum fl_status failed(
    const struct fl_v8msg_reader *reader,
    struct fl_error *out_error)
{
    if (out_error) {
        *out_error = reader->error;
    }
    return reader->failure;
}

static enum fl_status reader_header(
    struct fl_package_reader *base,
    const struct fl_package_header **out_header,
    struct fl_error *out_error)
{
    struct fl_v8msg_reader *const reader = reader_of(base);

    while (!reader->body_begun && !reader->done && reader->failure == FL_OK) {
        (void)feed(reader, out_error);
    }
    if (!reader->body_begun && reader->failure == FL_OK) {
        reader->failure = fl_error_set(
            &reader->error, FL_MALFORMED,
            "the package ends without a body: this is not a whole message of an exchange "
            "plan");
    }
    if (!reader->body_begun) {
        return failed(reader, out_error);
    }
    *out_header = reader->is_frame ? NULL : &reader->header;
    return FL_OK;
}

static enum fl_status reader_next(
    struct fl_package_reader *base,
    const struct fl_object **out_object,
    struct fl_error *out_error)
{
    struct fl_v8msg_reader *const reader = reader_of(base);
    const struct fl_package_header *header = NULL;
    const enum fl_status status = reader_header(base, &header, out_error);

    if (status != FL_OK) {
        return status;
    }
    while (reader->queue_next == reader->queue_size && !reader->done &&
           reader->failure == FL_OK) {
        (void)feed(reader, out_error);
    }
    if (reader->queue_next < reader->queue_size) {
        const struct fl_v8msg_queued *const queued = &reader->queue[reader->queue_next++];

        reader->line = queued->line;
        *out_object = queued->object;
        return FL_OK;
    }
    if (reader->failure != FL_OK) {
        reader->line = fl_xml_reader_line(reader->xml);
        return failed(reader, out_error);
    }
    *out_object = NULL;
    return FL_OK;
}

static uint64_t reader_line(const struct fl_package_reader *base)
{
    const struct fl_v8msg_reader *const reader = (const struct fl_v8msg_reader *)base;

    return reader->line > 0 ? reader->line : fl_xml_reader_line(reader->xml);
}

static bool reader_is_incomplete(const struct fl_package_reader *base)
{
    return fl_xml_reader_is_incomplete(((const struct fl_v8msg_reader *)base)->xml);
}

static const char *reader_note(const struct fl_package_reader *base, size_t index)
{
    const struct fl_v8msg_reader *const reader = (const struct fl_v8msg_reader *)base;

    return index < reader->note_count ? reader->notes[index] : NULL;
}

static const struct fl_package_predefined *reader_predefined(
    const struct fl_package_reader *base,
    size_t index)
{
    const struct fl_v8msg_reader *const reader = (const struct fl_v8msg_reader *)base;

    return index < reader->predefined_count ? &reader->predefined[index] : NULL;
}

static const struct fl_package_wrapper *reader_wrapper(
    const struct fl_package_reader *base)
{
    const struct fl_v8msg_reader *const reader = (const struct fl_v8msg_reader *)base;

    return reader->wrapper.changes_uri && reader->wrapper.data_uri ? &reader->wrapper
                                                                   : NULL;
}

#define CODEC(called)                                                                    \
    .name = (called), .reader_open = reader_open, .reader_close = reader_close,          \
    .reader_header = reader_header, .reader_next = reader_next,                          \
    .reader_line = reader_line, .reader_is_incomplete = reader_is_incomplete,            \
    .reader_note = reader_note, .reader_predefined = reader_predefined,                  \
    .writer_open = fl_v8msg_writer_open, .writer_close = fl_v8msg_writer_close,          \
    .writer_begin = fl_v8msg_writer_begin, .writer_put = fl_v8msg_writer_put,            \
    .writer_end = fl_v8msg_writer_end

const struct fl_codec fl_v8msg_codec = {CODEC("v8msg"), .reader_wrapper = reader_wrapper};
const struct fl_codec fl_v8msg_frame_codec = {CODEC("v8exch")};
const struct fl_codec fl_v8msg_xdto_codec = {CODEC("v8exch-xdto")};
