/*
 * Sizes are checked before they are added, so that no sum overflows. Growth doubles, so
 * that many small puts cost what one large put costs.
 */

#include "proto/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES_FIRST = 256, VARINT_BYTES_MAX = 10 };

struct fl_bytes fl_bytes_of_text(const char *text)
{
    return (struct fl_bytes){(const uint8_t *)text, strlen(text)};
}

bool fl_bytes_equal(struct fl_bytes a, struct fl_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool fl_bytes_begin_with(struct fl_bytes bytes, const char *beginning)
{
    const size_t size = strlen(beginning);

    return bytes.size >= size && (size == 0 || memcmp(bytes.data, beginning, size) == 0);
}

int fl_bytes_compare(struct fl_bytes a, struct fl_bytes b)
{
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a.size < b.size ? -1 : a.size > b.size ? 1 : 0;
}

/* Eight bytes at once: none is above 0x7F, none is 0. */
static bool are_plain_ascii(const uint8_t *data)
{
    uint64_t word;

    memcpy(&word, data, sizeof(word));
    return ((word | (word - UINT64_C(0x0101010101010101))) &
            UINT64_C(0x8080808080808080)) == 0;
}

/* Four characters of two bytes at once, those of Cyrillic and its neighbours. */
static bool are_cyrillic(const uint8_t *data)
{
    static const uint8_t masks[8] = {0xF0, 0xC0, 0xF0, 0xC0, 0xF0, 0xC0, 0xF0, 0xC0};
    static const uint8_t values[8] = {0xD0, 0x80, 0xD0, 0x80, 0xD0, 0x80, 0xD0, 0x80};
    uint64_t word;
    uint64_t mask;
    uint64_t value;

    memcpy(&word, data, sizeof(word));
    memcpy(&mask, masks, sizeof(mask));
    memcpy(&value, values, sizeof(value));
    return (word & mask) == value;
}

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Length of the character at `data`, 0 when it is none. */
static size_t character_size(const uint8_t *data, size_t left)
{
    const uint8_t lead = data[0];

    if (lead < 0x80) {
        return lead != 0 ? 1 : 0;
    }
    if (lead < 0xE0) {
        return lead >= 0xC2 && left >= 2 && is_continuation(data[1]) ? 2 : 0;
    }
    if (left < 3 || !is_continuation(data[1]) || !is_continuation(data[2])) {
        return 0;
    }
    if (lead < 0xF0) {
        const bool overlong = lead == 0xE0 && data[1] < 0xA0;
        const bool surrogate = lead == 0xED && data[1] >= 0xA0;

        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = lead == 0xF0 && data[1] < 0x90;
    const bool beyond = lead > 0xF4 || (lead == 0xF4 && data[1] >= 0x90);

    return left >= 4 && is_continuation(data[3]) && !overlong && !beyond ? 4 : 0;
}

bool fl_bytes_are_utf8(struct fl_bytes bytes)
{
    size_t at = 0;

    while (at < bytes.size) {
        if (bytes.size - at >= 8 &&
            (are_plain_ascii(bytes.data + at) || are_cyrillic(bytes.data + at))) {
            at += 8;
            continue;
        }
        const size_t size = character_size(bytes.data + at, bytes.size - at);

        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

struct fl_bytes fl_bytes_trimmed(struct fl_bytes text)
{
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

size_t fl_bytes_utf8_length(struct fl_bytes bytes)
{
    size_t length = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        length += (bytes.data[i] & 0xC0u) != 0x80u;
    }
    return length;
}

struct fl_bytes fl_bytes_utf8_first(struct fl_bytes bytes, size_t length_max)
{
    size_t size = 0;

    while (size < bytes.size) {
        if ((bytes.data[size] & 0xC0u) != 0x80u && length_max-- == 0) {
            break;
        }
        size++;
    }
    return (struct fl_bytes){bytes.data, size};
}

struct fl_bytes fl_bytes_utf8_beginning(struct fl_bytes bytes, size_t size_max)
{
    const size_t end = bytes.size < size_max ? bytes.size : size_max;
    size_t at = 0;

    while (at < end) {
        const size_t size = character_size(bytes.data + at, end - at);

        if (size == 0) {
            break;
        }
        at += size;
    }
    return (struct fl_bytes){bytes.data, at};
}

struct fl_bytes fl_bytes_cut(struct fl_bytes bytes, size_t size_max)
{
    enum { LETTER_BYTES_MAX = 4 };

    if (bytes.size <= size_max) {
        return bytes;
    }
    for (size_t back = 0; back < LETTER_BYTES_MAX && back <= size_max; back++) {
        if ((bytes.data[size_max - back] & 0xC0u) != 0x80u) {
            return (struct fl_bytes){bytes.data, size_max - back};
        }
    }
    return (struct fl_bytes){bytes.data, size_max}; /* no text */
}

void fl_bytes_hex(struct fl_bytes bytes, char *out_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.size; i++) {
        out_text[2 * i] = digits[bytes.data[i] >> 4];
        out_text[2 * i + 1] = digits[bytes.data[i] & 0x0F];
    }
    out_text[2 * bytes.size] = '\0';
}

void *fl_alloc(size_t size)
{
    return malloc(size > 0 ? size : 1);
}

void *fl_alloc_zeroed(size_t count, size_t size)
{
    return count > 0 && size > 0 ? calloc(count, size) : calloc(1, 1);
}

void *fl_realloc(void *memory, size_t size)
{
    return realloc(memory, size > 0 ? size : 1);
}

void fl_free(void *memory)
{
    free(memory);
}

void fl_buffer_init(struct fl_buffer *buffer, size_t bytes_max)
{
    *buffer = (struct fl_buffer){.bytes_max = bytes_max};
}

void fl_buffer_deinit(struct fl_buffer *buffer)
{
    if (buffer) {
        fl_free(buffer->data);
        *buffer = (struct fl_buffer){0};
    }
}

void fl_buffer_clear(struct fl_buffer *buffer)
{
    buffer->size = 0;
    buffer->failure = FL_OK;
}

struct fl_bytes fl_buffer_view(const struct fl_buffer *buffer)
{
    return (struct fl_bytes){buffer->data, buffer->size};
}

enum fl_status fl_buffer_status(const struct fl_buffer *buffer)
{
    return buffer->failure;
}

/* At least `wanted` bytes of capacity, `wanted` being within the bound. */
static bool grow(struct fl_buffer *buffer, size_t wanted)
{
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : BUFFER_BYTES_FIRST;

    while (capacity < wanted) {
        capacity = capacity <= SIZE_MAX / 2 ? capacity * 2 : wanted;
    }
    if (capacity > buffer->bytes_max) {
        capacity = buffer->bytes_max;
    }
    uint8_t *data = fl_realloc(buffer->data, capacity);

    if (!data) {
        buffer->failure = FL_NO_MEMORY;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

uint8_t *fl_buffer_reserve(struct fl_buffer *buffer, size_t size)
{
    if (buffer->failure != FL_OK) {
        return NULL;
    }
    if (buffer->size > buffer->bytes_max || size > buffer->bytes_max - buffer->size) {
        buffer->failure = FL_LIMIT;
        return NULL;
    }
    /* A buffer without memory grows for size 0 too: NULL must mean a failure. */
    if ((!buffer->data || buffer->capacity - buffer->size < size) &&
        !grow(buffer, buffer->size + size)) {
        return NULL;
    }
    return buffer->data + buffer->size;
}

void fl_buffer_added(struct fl_buffer *buffer, size_t size)
{
    if (buffer->failure == FL_OK) {
        FL_ASSERT(size <= buffer->capacity - buffer->size);
        buffer->size += size;
    }
}

void fl_buffer_put(struct fl_buffer *buffer, struct fl_bytes bytes)
{
    fl_buffer_put_memory(buffer, bytes.data, bytes.size);
}

void fl_buffer_put_memory(struct fl_buffer *buffer, const void *memory, size_t size)
{
    uint8_t *room = fl_buffer_reserve(buffer, size);

    if (room && size > 0) {
        memcpy(room, memory, size);
        buffer->size += size;
    }
}

void fl_buffer_put_text(struct fl_buffer *buffer, const char *text)
{
    fl_buffer_put_memory(buffer, text, strlen(text));
}

void fl_buffer_put_u8(struct fl_buffer *buffer, uint8_t value)
{
    uint8_t *room = fl_buffer_reserve(buffer, 1);

    if (room) {
        *room = value;
        buffer->size++;
    }
}

void fl_buffer_put_u16(struct fl_buffer *buffer, uint16_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};

    fl_buffer_put_memory(buffer, bytes, sizeof(bytes));
}

void fl_buffer_put_u32(struct fl_buffer *buffer, uint32_t value)
{
    uint8_t bytes[4];

    fl_store_u32(bytes, value);
    fl_buffer_put_memory(buffer, bytes, sizeof(bytes));
}

void fl_buffer_put_u64(struct fl_buffer *buffer, uint64_t value)
{
    uint8_t bytes[8];

    fl_store_u64(bytes, value);
    fl_buffer_put_memory(buffer, bytes, sizeof(bytes));
}

void fl_buffer_put_varint(struct fl_buffer *buffer, uint64_t value)
{
    uint8_t bytes[VARINT_BYTES_MAX];
    size_t size = 0;

    while (value >= 0x80) {
        bytes[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = (uint8_t)value;
    fl_buffer_put_memory(buffer, bytes, size);
}

void fl_buffer_put_sized(struct fl_buffer *buffer, struct fl_bytes bytes)
{
    fl_buffer_put_varint(buffer, bytes.size);
    fl_buffer_put(buffer, bytes);
}

struct fl_reader fl_reader_of(struct fl_bytes bytes)
{
    static const uint8_t nothing[1];
    const uint8_t *data = bytes.data ? bytes.data : nothing;

    return (struct fl_reader){.next = data, .end = data + bytes.size};
}

size_t fl_reader_left(const struct fl_reader *reader)
{
    return reader->failed ? 0 : (size_t)(reader->end - reader->next);
}

/* The next `size` bytes, passed over; NULL when there are not so many. */
static const uint8_t *advance(struct fl_reader *reader, size_t size)
{
    if (reader->failed || (size_t)(reader->end - reader->next) < size) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *at = reader->next;

    reader->next += size;
    return at;
}

uint8_t fl_reader_u8(struct fl_reader *reader)
{
    const uint8_t *at = advance(reader, 1);

    return at ? *at : 0;
}

uint16_t fl_reader_u16(struct fl_reader *reader)
{
    const uint8_t *at = advance(reader, 2);

    return at ? (uint16_t)((unsigned)at[0] << 8 | at[1]) : 0;
}

uint32_t fl_reader_u32(struct fl_reader *reader)
{
    const uint8_t *at = advance(reader, 4);

    return at ? fl_load_u32(at) : 0;
}

uint64_t fl_reader_u64(struct fl_reader *reader)
{
    const uint8_t *at = advance(reader, 8);

    return at ? fl_load_u64(at) : 0;
}

uint64_t fl_reader_varint(struct fl_reader *reader)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 7 * VARINT_BYTES_MAX; shift += 7) {
        const uint8_t *at = advance(reader, 1);

        if (!at) {
            return 0;
        }
        const bool overflows = shift == 63 && *at > 1;
        const bool overlong = shift > 0 && *at == 0;

        if (overflows || overlong) {
            break;
        }
        value |= (uint64_t)(*at & 0x7F) << shift;
        if (*at < 0x80) {
            return value;
        }
    }
    reader->failed = true;
    return 0;
}

struct fl_bytes fl_reader_take(struct fl_reader *reader, size_t size)
{
    const uint8_t *at = advance(reader, size);

    return at ? (struct fl_bytes){at, size} : (struct fl_bytes){0};
}

struct fl_bytes fl_reader_sized(struct fl_reader *reader)
{
    const uint64_t size = fl_reader_varint(reader);

    if (size > SIZE_MAX) {
        reader->failed = true;
    }
    return fl_reader_take(reader, (size_t)size);
}

void fl_reader_copy(struct fl_reader *reader, void *out_memory, size_t size)
{
    const uint8_t *at = advance(reader, size);

    if (at && size > 0) {
        memcpy(out_memory, at, size);
    } else if (size > 0) {
        memset(out_memory, 0, size);
    }
}

bool fl_reader_done(const struct fl_reader *reader)
{
    return !reader->failed && reader->next == reader->end;
}

void fl_store_u32(uint8_t *out_memory, uint32_t value)
{
    out_memory[0] = (uint8_t)(value >> 24);
    out_memory[1] = (uint8_t)(value >> 16);
    out_memory[2] = (uint8_t)(value >> 8);
    out_memory[3] = (uint8_t)value;
}

void fl_store_u64(uint8_t *out_memory, uint64_t value)
{
    fl_store_u32(out_memory, (uint32_t)(value >> 32));
    fl_store_u32(out_memory + 4, (uint32_t)value);
}

uint32_t fl_load_u32(const uint8_t *memory)
{
    return (uint32_t)memory[0] << 24 | (uint32_t)memory[1] << 16 |
           (uint32_t)memory[2] << 8 | memory[3];
}

uint64_t fl_load_u64(const uint8_t *memory)
{
    return (uint64_t)fl_load_u32(memory) << 32 | fl_load_u32(memory + 4);
}
