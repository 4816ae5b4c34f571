/*
 * Base64 of RFC 4648 with padding, as JSON carries binary values.
 */

#ifndef NODE_BASE64_H
#define NODE_BASE64_H

#include "proto/arena.h"

/* With a closing NUL, in memory of the caller (fl_free); NULL without memory. */
char *fl_base64_encode(struct fl_bytes bytes);

/* FL_MALFORMED: not Base64 (blanks are not). */
enum fl_status fl_base64_decode(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_bytes *out_bytes);

#endif
