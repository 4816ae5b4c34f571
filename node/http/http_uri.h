/*
 * The target of a request, taken apart: a path, percent-decoded, and arguments, decoded
 * too ("+" is a blank in them).
 */

#ifndef NODE_HTTP_URI_H
#define NODE_HTTP_URI_H

#include "proto/arena.h"

enum { FL_HTTP_URI_BYTES_MAX = 32 << 10, FL_HTTP_ARGUMENTS_MAX = 32 };

struct fl_http_argument {
    const char *name;
    const char *value;
};

struct fl_http_uri {
    const char *path; /* begins with "/" */
    size_t argument_count;
    struct fl_http_argument arguments[FL_HTTP_ARGUMENTS_MAX];
};

/* FL_MALFORMED: not a path of UTF-8 text, a bad %XX; FL_LIMIT. Texts are the arena's. */
enum fl_status fl_http_uri_parse(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_http_uri *out_uri,
    struct fl_error *out_error);

/* NULL: not given. The first, when it is given twice. */
const char *fl_http_uri_argument(const struct fl_http_uri *uri, const char *name);

/* As it stands in an address, what OData writes as it is excepted: "$(),'". */
void fl_http_uri_escape(struct fl_buffer *text, const char *value);

/* A whole number, `fallback` when it is not given. FL_MALFORMED names the argument. */
enum fl_status fl_http_uri_number(
    const struct fl_http_uri *uri,
    const char *name,
    uint64_t fallback,
    uint64_t most,
    uint64_t *out_number,
    struct fl_error *out_error);

#endif
