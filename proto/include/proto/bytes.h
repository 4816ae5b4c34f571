/*
 * Bytes: a borrowed view, an owned buffer that grows, and a reader that cannot run past
 * its end. A buffer and a reader keep their first failure and do nothing after it, so
 * that a caller checks once, at the end.
 */

#ifndef PROTO_BYTES_H
#define PROTO_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"

/* A view; whoever lent it says how long it lives. Never freed. */
struct fl_bytes {
    const uint8_t *data;
    size_t size;
};

struct fl_bytes fl_bytes_of_text(const char *text); /* without the closing NUL */
bool fl_bytes_equal(struct fl_bytes a, struct fl_bytes b);
bool fl_bytes_begin_with(struct fl_bytes bytes, const char *beginning);
int fl_bytes_compare(struct fl_bytes a, struct fl_bytes b); /* as memcmp, shorter first */
bool fl_bytes_are_utf8(struct fl_bytes bytes);              /* valid UTF-8 without NUL */
size_t fl_bytes_utf8_length(struct fl_bytes bytes);         /* characters of such */
/* The first `length_max` characters of such. */
struct fl_bytes fl_bytes_utf8_first(struct fl_bytes bytes, size_t length_max);
struct fl_bytes fl_bytes_trimmed(struct fl_bytes text); /* of XML's four blanks */
/* The longest beginning that is such, of at most `size_max` bytes: cuts words for people.
 */
struct fl_bytes fl_bytes_utf8_beginning(struct fl_bytes bytes, size_t size_max);
/* The same of words that may have bytes of no text, which stay: no letter is halved. */
struct fl_bytes fl_bytes_cut(struct fl_bytes bytes, size_t size_max);
/* Two lower-case digits for each byte and a closing NUL: room for twice the size and 1.
 */
void fl_bytes_hex(struct fl_bytes bytes, char *out_text);

/* All heap memory comes through here. NULL when there is none; size 0 gives a pointer. */
void *fl_alloc(size_t size);
void *fl_alloc_zeroed(size_t count, size_t size);
void *fl_realloc(void *memory, size_t size);
void fl_free(void *memory);

/* Owned bytes that grow up to `bytes_max`. Zeroed memory is a buffer of no capacity. */
struct fl_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t bytes_max;
    enum fl_status failure; /* FL_OK, FL_NO_MEMORY or FL_LIMIT */
};

void fl_buffer_init(struct fl_buffer *buffer, size_t bytes_max);
void fl_buffer_deinit(struct fl_buffer *buffer);
void fl_buffer_clear(struct fl_buffer *buffer); /* keeps the memory, forgets a failure */
struct fl_bytes fl_buffer_view(const struct fl_buffer *buffer); /* until the next put */
enum fl_status fl_buffer_status(const struct fl_buffer *buffer);

/*
 * Room for `size` more bytes at the end, for the caller to fill and then add with
 * fl_buffer_added(). NULL when the buffer has failed.
 */
uint8_t *fl_buffer_reserve(struct fl_buffer *buffer, size_t size);
void fl_buffer_added(struct fl_buffer *buffer, size_t size);

void fl_buffer_put(struct fl_buffer *buffer, struct fl_bytes bytes);
void fl_buffer_put_memory(struct fl_buffer *buffer, const void *memory, size_t size);
void fl_buffer_put_text(struct fl_buffer *buffer, const char *text);
void fl_buffer_put_u8(struct fl_buffer *buffer, uint8_t value);
void fl_buffer_put_u16(struct fl_buffer *buffer, uint16_t value); /* all big-endian */
void fl_buffer_put_u32(struct fl_buffer *buffer, uint32_t value);
void fl_buffer_put_u64(struct fl_buffer *buffer, uint64_t value);
void fl_buffer_put_varint(struct fl_buffer *buffer, uint64_t value); /* base 128 */
/* A varint length and the bytes. */
void fl_buffer_put_sized(struct fl_buffer *buffer, struct fl_bytes bytes);

struct fl_reader {
    const uint8_t *next;
    const uint8_t *end;
    bool failed; /* ran short, or a varint was not the shortest form */
};

struct fl_reader fl_reader_of(struct fl_bytes bytes);
size_t fl_reader_left(const struct fl_reader *reader);
uint8_t fl_reader_u8(struct fl_reader *reader); /* 0 after a failure, as all below */
uint16_t fl_reader_u16(struct fl_reader *reader);
uint32_t fl_reader_u32(struct fl_reader *reader);
uint64_t fl_reader_u64(struct fl_reader *reader);
uint64_t fl_reader_varint(struct fl_reader *reader); /* only the shortest form */
struct fl_bytes fl_reader_take(struct fl_reader *reader, size_t size);
struct fl_bytes fl_reader_sized(struct fl_reader *reader);
void fl_reader_copy(struct fl_reader *reader, void *out_memory, size_t size);
bool fl_reader_done(const struct fl_reader *reader); /* at the end and not failed */

/* Fixed-width big-endian integers in memory, without a buffer around them. */
void fl_store_u32(uint8_t *out_memory, uint32_t value);
void fl_store_u64(uint8_t *out_memory, uint64_t value);
uint32_t fl_load_u32(const uint8_t *memory);
uint64_t fl_load_u64(const uint8_t *memory);

#endif
