/*
 * Text is scanned once: runs without a special byte are copied whole, and the scan is
 * also the check of UTF-8 and of XML's Char, since a package that cannot be read back is
 * worse than none.
 */

#include "xml_writer.h"

#include "proto/base64.h"

enum {
    BLOCK_BYTES = 64 << 10,
    BUFFER_BYTES_MAX =
        512 << 20, /* an object of FL_RECORD_BYTES_MAX, escaped and tagged */
};

void fl_xml_writer_init(struct fl_xml_writer *writer, struct fl_codec_sink sink)
{
    *writer = (struct fl_xml_writer){.sink = sink};
    fl_buffer_init(&writer->buffer, BUFFER_BYTES_MAX);
}

void fl_xml_writer_deinit(struct fl_xml_writer *writer)
{
    fl_buffer_deinit(&writer->buffer);
}

void fl_xml_writer_mark(struct fl_xml_writer *writer)
{
    writer->mark = writer->buffer.size;
}

void fl_xml_writer_take_back(struct fl_xml_writer *writer)
{
    writer->buffer.size = writer->mark;
    writer->buffer.failure = FL_OK;
    writer->failure = FL_OK;
}

enum fl_status fl_xml_writer_flush(
    struct fl_xml_writer *writer,
    bool all,
    struct fl_error *out_error)
{
    struct fl_buffer *const buffer = &writer->buffer;

    if (writer->failure != FL_OK || buffer->size == 0 ||
        (!all && buffer->size < BLOCK_BYTES)) {
        return writer->failure;
    }
    writer->failure =
        writer->sink.write(writer->sink.context, fl_buffer_view(buffer), out_error);
    buffer->size = 0;
    writer->mark = 0;
    return writer->failure;
}

uint8_t *fl_xml_writer_room(struct fl_xml_writer *writer, size_t size)
{
    if (writer->failure != FL_OK) {
        return NULL;
    }
    uint8_t *const room = fl_buffer_reserve(&writer->buffer, size);

    if (!room) {
        writer->failure = fl_buffer_status(&writer->buffer);
    }
    return room;
}

struct range {
    uint32_t first;
    uint32_t last;
};

/* XML 1.0, productions 4 and 4a, without the colon. */
static bool is_name_start(uint32_t code)
{
    static const struct range ranges[] = {
        {'A', 'Z'},       {'_', '_'},       {'a', 'z'},         {0xC0, 0xD6},
        {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},     {0x37F, 0x1FFF},
        {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},   {0x3001, 0xD7FF},
        {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static bool is_name_part(uint32_t code)
{
    return is_name_start(code) || code == '-' || code == '.' || code == 0xB7 ||
           (code >= '0' && code <= '9') || (code >= 0x300 && code <= 0x36F) ||
           code == 0x203F || code == 0x2040;
}

/* The character at `at` of text that is valid UTF-8; `*out_size` its bytes. */
static uint32_t code_at(const uint8_t *at, size_t *out_size)
{
    const uint8_t lead = at[0];

    if (lead < 0x80) {
        *out_size = 1;
        return lead;
    }
    const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code = lead & (0xFFu >> (size + 1));

    for (size_t i = 1; i < size; i++) {
        code = code << 6 | (at[i] & 0x3F);
    }
    *out_size = size;
    return code;
}

enum fl_status fl_xml_writer_end(struct fl_xml_writer *writer, struct fl_error *out_error)
{
    return writer->failure == FL_REFUSED
               ? fl_error_set(
                     out_error, FL_REFUSED,
                     "a character that cannot stand in XML; remove it")
               : fl_xml_writer_flush(writer, /* all= */ true, out_error);
}

bool fl_xml_writer_is_name(struct fl_bytes name)
{
    size_t size = 0;

    if (name.size == 0 || !fl_bytes_are_utf8(name)) {
        return false;
    }
    for (size_t at = 0; at < name.size; at += size) {
        const uint32_t code = code_at(name.data + at, &size);

        if (at == 0 ? !is_name_start(code) : !is_name_part(code)) {
            return false;
        }
    }
    return true;
}

/* 0: copied as it is; 1: needs a look. A quote is special in attributes only. */
static const uint8_t special[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1,         1,         1,         1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['"'] = 1, ['&'] = 1, ['<'] = 1, ['>'] = 1,
};

static const char *escape_of(uint8_t byte, bool quotes)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return quotes ? "&quot;" : "\"";
    case '\r':
        return "&#13;"; /* a bare CR would come back as LF */
    default:
        return NULL;
    }
}

/* Bytes of the UTF-8 character at `at`, whose lead is not ASCII; 0 when it is none. */
static size_t wide_size(const uint8_t *at, size_t left)
{
    const size_t size = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;

    return size <= left && fl_bytes_are_utf8((struct fl_bytes){at, size}) ? size : 0;
}

/* U+FFFE and U+FFFF are UTF-8, but no characters of XML. */
static bool is_noncharacter(const uint8_t *at, size_t size)
{
    return size == 3 && at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE;
}

static void refuse(struct fl_xml_writer *writer, uint32_t character, bool is_bytes)
{
    if (writer->failure == FL_OK) {
        writer->failure = FL_REFUSED;
        writer->character = character;
        writer->character_is_bytes = is_bytes;
    }
}

/* Length of the run at `at` that can be copied as it is; refuses what XML cannot hold. */
static size_t plain_run(struct fl_xml_writer *writer, const uint8_t *at, size_t left)
{
    size_t size = 0;

    while (size < left) {
        const uint8_t byte = at[size];

        if (byte < 0x80) {
            if (special[byte]) {
                return size;
            }
            size++;
        } else if (
            byte >= 0xC2 && byte < 0xE0 && left - size >= 2 &&
            (at[size + 1] & 0xC0) == 0x80) {
            size += 2; /* Cyrillic: the common case */
        } else {
            const size_t wide = wide_size(at + size, left - size);

            if (wide == 0 || is_noncharacter(at + size, wide)) {
                refuse(writer, wide ? 0xFF00u | (0xC0u | at[size + 2]) : byte, wide == 0);
                return size;
            }
            size += wide;
        }
    }
    return size;
}

void fl_xml_writer_text(struct fl_xml_writer *writer, struct fl_bytes text, bool quotes)
{
    size_t at = 0;

    while (at < text.size && writer->failure == FL_OK) {
        const size_t run = plain_run(writer, text.data + at, text.size - at);

        fl_xml_writer_raw(writer, text.data + at, run);
        at += run;
        if (at == text.size || writer->failure != FL_OK) {
            return;
        }
        const char *const escape = escape_of(text.data[at], quotes);

        if (!escape) {
            refuse(writer, text.data[at], false);
            return;
        }
        fl_xml_writer_literal(writer, escape);
        at++;
    }
}

/* Unwrapped, as 1C writes it. */
void fl_xml_writer_base64(struct fl_xml_writer *writer, struct fl_bytes bytes)
{
    const size_t length = fl_base64_length(bytes.size);
    uint8_t *const out = fl_xml_writer_room(writer, length + 1);

    if (out) {
        fl_base64_format(bytes, (char *)out);
        fl_buffer_added(&writer->buffer, length);
    }
}
