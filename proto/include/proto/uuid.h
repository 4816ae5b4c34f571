/*
 * Identities of 128 bits, held in the byte order of 1C's own databases: the text
 * AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE is the bytes DDDD EEEEEEEEEEEE CCCC BBBB AAAAAAAA
 * (zhichkin.github.io; the text of e1cib links). Time-based UUIDs then sort by the
 * machine that made them and by time, and grow to the right of an index.
 */

#ifndef PROTO_UUID_H
#define PROTO_UUID_H

#include "proto/bytes.h"

enum { FL_UUID_BYTES = 16, FL_UUID_TEXT_BYTES = 36 };

struct fl_uuid {
    uint8_t bytes[FL_UUID_BYTES];
};

/* FL_MALFORMED unless `text` is 8-4-4-4-12 hexadecimal digits of either case. */
enum fl_status fl_uuid_parse(struct fl_bytes text, struct fl_uuid *out_uuid);
/* Its bytes as they are. Zero after a failure of the reader. */
void fl_uuid_put(struct fl_buffer *buffer, struct fl_uuid uuid);
struct fl_uuid fl_uuid_take(struct fl_reader *reader);
/* Lower case, no closing NUL. */
void fl_uuid_format(struct fl_uuid uuid, char out_text[FL_UUID_TEXT_BYTES]);
/* For messages: the same with a closing NUL. */
struct fl_uuid_text {
    char text[FL_UUID_TEXT_BYTES + 1];
};
struct fl_uuid_text fl_uuid_text(struct fl_uuid uuid);

/* A version 4 UUID of 16 bytes of randomness that the caller drew. */
struct fl_uuid fl_uuid_of_random(const uint8_t random[FL_UUID_BYTES]);
bool fl_uuid_is_zero(struct fl_uuid uuid);
bool fl_uuid_equal(struct fl_uuid a, struct fl_uuid b);
int fl_uuid_compare(struct fl_uuid a, struct fl_uuid b); /* order of the bytes */

#endif
