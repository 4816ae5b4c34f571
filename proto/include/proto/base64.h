/*
 * Base64 of RFC 4648 with padding: how XML and JSON carry bytes.
 */

#ifndef PROTO_BASE64_H
#define PROTO_BASE64_H

#include "proto/arena.h"

/* The characters of the text of so many bytes, without a closing NUL. */
size_t fl_base64_length(size_t byte_count);
/* In one line. `out_text` has room for fl_base64_length + 1: a NUL closes it. */
void fl_base64_format(struct fl_bytes bytes, char *out_text);
/* The same in memory of the caller (fl_free); NULL without memory. */
char *fl_base64_text(struct fl_bytes bytes);

/* Characters of `ignored` (NULL: none) may stand anywhere. FL_MALFORMED: not Base64, or
 * cut short; else the arena's failure. */
enum fl_status fl_base64_parse(
    struct fl_bytes text,
    const char *ignored,
    struct fl_arena *arena,
    struct fl_bytes *out_bytes);

#endif
