/*
 * Plain: 01 01, the length of the text (8 bytes, little-endian), the text with its mark,
 * then binary parts, each with its number (4 bytes) and length (8 bytes). Packed: 02 01,
 * the id of the codec, and the same from the length on as raw deflate. In the text binary
 * data is {"#",87126200-…,{1,{#base64:…}}}, or is one of the parts.
 */

#include "exchange/value_storage.h"

#include <string.h>
#include <zlib.h>

#include "proto/base64.h"

enum { LENGTH_BYTES = 8, PART_BYTES = 12, PACKED_HEAD_BYTES = 18, PLAIN_HEAD_BYTES = 2 };

/* Of text beside the data; packed text is mostly what Base64 adds. */
enum { TEXT_BYTES_MAX = 1 << 20 };

static const uint8_t PACKED_HEAD[PACKED_HEAD_BYTES] = {
    0x02, 0x01, 0x53, 0x4b, 0x6f, 0xf4, 0x88, 0x8d, 0xc1,
    0x4e, 0xa0, 0xd5, 0xeb, 0xb6, 0xbd, 0xa0, 0xa7, 0x0d};
static const char BINARY[] = "{#base64:";

static bool begins(struct fl_bytes bytes, const void *with, size_t size)
{
    return bytes.size >= size && memcmp(bytes.data, with, size) == 0;
}

const char *fl_picture_extension(struct fl_bytes bytes)
{
    static const struct {
        const char *extension;
        const char *bytes;
        size_t size;
    } KINDS[] = {
        {"jpg", "\xFF\xD8\xFF", 3}, {"png", "\x89PNG\r\n\x1A\n", 8},
        {"gif", "GIF8", 4},         {"bmp", "BM", 2},
        {"svg", "<svg", 4},         {"svg", "<?xml", 5},
    };
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (begins(bytes, KINDS[i].bytes, KINDS[i].size)) {
            return KINDS[i].extension;
        }
    }
    return begins(bytes, "RIFF", 4) && bytes.size >= 12 &&
                   memcmp(bytes.data + 8, "WEBP", 4) == 0
               ? "webp"
               : NULL;
}

/* --- reading --- */

static uint64_t little(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = size; i > 0; i--) {
        number = number << 8 | bytes[i - 1];
    }
    return number;
}

/* Base64 takes four thirds of the data. */
static size_t unpacked_max(size_t bytes_max)
{
    return bytes_max / 3 * 4 + TEXT_BYTES_MAX;
}

static enum fl_status inflate_all(
    struct fl_bytes packed,
    size_t bytes_max,
    struct fl_arena *arena,
    struct fl_bytes *out_bytes)
{
    enum { FIRST_BYTES = 64 << 10 };
    z_stream stream = {.next_in = NULL};
    struct fl_buffer text;
    int result = inflateInit2(&stream, -MAX_WBITS);
    enum fl_status status = result == Z_OK ? FL_OK : FL_NO_MEMORY;
    uint8_t block[FIRST_BYTES];
    fl_buffer_init(&text, unpacked_max(bytes_max));
    stream.next_in = (z_const Bytef *)(uintptr_t)packed.data;
    stream.avail_in = (uInt)packed.size;
    while (status == FL_OK && result != Z_STREAM_END) {
        stream.next_out = block;
        stream.avail_out = sizeof block;
        result = inflate(&stream, Z_NO_FLUSH);
        fl_buffer_put_memory(&text, block, sizeof block - stream.avail_out);
        if (result != Z_OK && result != Z_STREAM_END) {
            status = FL_MALFORMED;
        } else if (fl_buffer_status(&text) != FL_OK) {
            status = FL_LIMIT;
        } else if (result == Z_OK && stream.avail_out == sizeof block) {
            status = FL_MALFORMED; /* it ends too soon */
        }
    }
    (void)inflateEnd(&stream);
    if (status == FL_OK) {
        status = fl_arena_copy(arena, fl_buffer_view(&text), out_bytes);
    }
    fl_buffer_deinit(&text);
    return status;
}

static enum fl_status read_text(
    struct fl_bytes text,
    size_t bytes_max,
    struct fl_arena *arena,
    struct fl_bytes *out_binary)
{
    const size_t size = sizeof BINARY - 1;
    for (size_t at = 0; at + size <= text.size; at++) {
        if (text.data[at] != '{' || memcmp(text.data + at, BINARY, size) != 0) {
            continue;
        }
        const struct fl_bytes left = {text.data + at + size, text.size - at - size};
        const uint8_t *end = memchr(left.data, '}', left.size);
        if (end == NULL) {
            return FL_MALFORMED;
        }
        const enum fl_status status = fl_base64_parse(
            (struct fl_bytes){left.data, (size_t)(end - left.data)}, " \t\r\n", arena,
            out_binary);
        return status != FL_OK ? status : out_binary->size > bytes_max ? FL_LIMIT : FL_OK;
    }
    return FL_NOT_FOUND;
}

static enum fl_status read_parts(
    struct fl_bytes stored,
    size_t bytes_max,
    struct fl_arena *arena,
    struct fl_bytes *out_binary)
{
    if (stored.size < LENGTH_BYTES) {
        return FL_MALFORMED;
    }
    const uint64_t length = little(stored.data, LENGTH_BYTES);
    if (length > stored.size - LENGTH_BYTES) {
        return FL_MALFORMED;
    }
    const struct fl_bytes text = {stored.data + LENGTH_BYTES, (size_t)length};
    const struct fl_bytes parts = {
        text.data + text.size, stored.size - LENGTH_BYTES - text.size};
    const enum fl_status status = read_text(text, bytes_max, arena, out_binary);
    if (status != FL_NOT_FOUND || parts.size < PART_BYTES) {
        return status;
    }
    const uint64_t size = little(parts.data + 4, LENGTH_BYTES);
    if (size > parts.size - PART_BYTES) {
        return FL_MALFORMED;
    }
    *out_binary = (struct fl_bytes){parts.data + PART_BYTES, (size_t)size};
    return size > bytes_max ? FL_LIMIT : FL_OK;
}

enum fl_status fl_value_storage_read(
    struct fl_bytes stored,
    size_t bytes_max,
    struct fl_arena *arena,
    struct fl_bytes *out_binary)
{
    if (fl_picture_extension(stored) != NULL) {
        *out_binary = stored;
        return stored.size > bytes_max ? FL_LIMIT : FL_OK;
    }
    if (begins(stored, "\x01\x01", PLAIN_HEAD_BYTES)) {
        stored.data += PLAIN_HEAD_BYTES;
        stored.size -= PLAIN_HEAD_BYTES;
        return read_parts(stored, bytes_max, arena, out_binary);
    }
    if (!begins(stored, PACKED_HEAD, sizeof PACKED_HEAD)) {
        return stored.size == 0 ? FL_NOT_FOUND : FL_MALFORMED;
    }
    struct fl_bytes unpacked = {NULL, 0};
    const struct fl_bytes packed = {
        stored.data + sizeof PACKED_HEAD, stored.size - sizeof PACKED_HEAD};
    const enum fl_status status = inflate_all(packed, bytes_max, arena, &unpacked);
    return status == FL_OK ? read_parts(unpacked, bytes_max, arena, out_binary) : status;
}

/* --- writing --- */

enum fl_status fl_value_storage_write(
    struct fl_bytes binary,
    struct fl_arena *arena,
    struct fl_bytes *out_stored)
{
    static const char BEFORE[] =
        "\xEF\xBB\xBF{\"#\",87126200-3e98-44e0-b931-ccb1d7edc497,{1,{#base64:";
    static const char BEHIND[] = "}}}";
    const size_t coded = fl_base64_length(binary.size);
    const size_t length = sizeof BEFORE - 1 + coded + sizeof BEHIND - 1;
    uint8_t *stored = fl_arena_alloc(arena, PLAIN_HEAD_BYTES + LENGTH_BYTES + length + 1);
    if (stored == NULL) {
        return FL_NO_MEMORY;
    }
    uint8_t *at = stored;
    *at++ = 1;
    *at++ = 1;
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        *at++ = (uint8_t)((uint64_t)length >> (8 * i));
    }
    memcpy(at, BEFORE, sizeof BEFORE - 1);
    at += sizeof BEFORE - 1;
    fl_base64_format(binary, (char *)at);
    at += coded;
    memcpy(at, BEHIND, sizeof BEHIND - 1);
    at += sizeof BEHIND - 1;
    *out_stored = (struct fl_bytes){stored, (size_t)(at - stored)};
    return FL_OK;
}
