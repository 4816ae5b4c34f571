/*
 * One request of HTTP, from its first line to its answer.
 *
 * A handler is called once, when the body is whole. It answers with fl_http_reply_*(), or
 * says with fl_http_wait() how to go on later; a change of the store it hands over with
 * fl_http_write() (http_write.h), to share a commit. An inner request of a batch has no
 * connection and must be answered at once.
 */

#ifndef NODE_HTTP_REQUEST_H
#define NODE_HTTP_REQUEST_H

#include <jansson.h>

#include "http_parts.h"
#include "http_uri.h"
#include "proto/limits.h"

enum fl_http_method {
    FL_HTTP_GET = 1, /* HEAD too */
    FL_HTTP_POST,
    FL_HTTP_PUT,
    FL_HTTP_PATCH,
    FL_HTTP_DELETE,
    FL_HTTP_OTHER,
};

enum fl_http_role { FL_HTTP_NOBODY = 0, FL_HTTP_READER, FL_HTTP_OPERATOR };

/* For /metrics: where requests went. */
enum fl_http_area {
    FL_HTTP_AREA_STATIC = 0,
    FL_HTTP_AREA_METRICS,
    FL_HTTP_AREA_HEALTH,
    FL_HTTP_AREA_API,
    FL_HTTP_AREA_ODATA,
    FL_HTTP_AREA_EVENTS,
    FL_HTTP_AREA_COUNT,
};

enum {
    FL_HTTP_HEADERS_MAX = 8,
    FL_HTTP_HEADER_BYTES = 512,
    FL_HTTP_ARENA_BYTES_MAX = 4 << 20,
};

struct fl_http_reply {
    unsigned code; /* 0: not answered yet */
    const char *type;
    char *body;
    size_t size;
    void (*release)(void *body);
    int file; /* -1: `body`; else it, from its beginning */
    size_t header_count;
    struct {
        const char *name;
        char value[FL_HTTP_HEADER_BYTES];
    } headers[FL_HTTP_HEADERS_MAX];
};

/* Answers when it can; called each turn of the loop until it has. */
typedef void (*fl_http_step)(struct fl_http_request *request, uint64_t now_ms);

struct fl_http_request {
    struct fl_http *http;
    uint64_t id;                       /* grows */
    struct MHD_Connection *connection; /* NULL: inside of a batch */
    enum fl_http_method method;
    enum fl_http_role role;
    enum fl_http_area area;
    struct fl_http_uri uri;
    struct fl_arena arena; /* of everything that lives as long as the request */
    struct fl_buffer body;
    struct fl_http_reply reply;
    bool in_russian;
    bool started; /* headers were looked at */
    bool dispatched;
    bool suspended;
    bool too_large;
    uint64_t begin_us;
    enum fl_status uri_status;
    struct fl_error uri_error;
    const struct fl_http_route *route;
    fl_http_step step;
    void *state;
    void (*state_free)(void *state);
    struct fl_http_write *write; /* waits for its commit */
    /* Inside of a batch, where there are no headers: what they would say. */
    const char *if_match;
    struct fl_http_request *next; /* among all */
    struct fl_http_request *previous;
};

/* A header of the request; NULL: not given. */
const char *fl_http_request_header(
    const struct fl_http_request *request,
    const char *name);

/* The body as a JSON object; on failure it is answered, and NULL. The caller's. */
json_t *fl_http_request_json(struct fl_http_request *request);

/* `take_json` NULL: there was no memory, which is answered. */
void fl_http_reply_json(
    struct fl_http_request *request,
    unsigned code,
    json_t *take_json);
/* `type` is literal. The body is of malloc() or fl_alloc(), as `release` says. */
void fl_http_reply_take(
    struct fl_http_request *request,
    unsigned code,
    const char *type,
    char *take_body,
    size_t size,
    void (*release)(void *body));
void fl_http_reply_copy(
    struct fl_http_request *request,
    unsigned code,
    const char *type,
    struct fl_bytes body);
void fl_http_reply_header(
    struct fl_http_request *request,
    const char *name,
    const char *value);
/* In OData's shape. `code` by the status of `error`; or as it is given. */
void fl_http_reply_failure(
    struct fl_http_request *request,
    enum fl_status status,
    const struct fl_error *error);
void fl_http_reply_error(
    struct fl_http_request *request,
    unsigned code,
    const struct fl_error *error);
json_t *fl_http_error_json(
    const struct fl_http_request *request,
    const struct fl_error *error);
void fl_http_reply_clear(struct fl_http_reply *reply);

/*
 * May a slice of objects be looked through now? If not, the loop comes back at once, when
 * others had their turn.
 */
bool fl_http_may_look(struct fl_http_request *request);

/* `state_free` may be NULL. */
void fl_http_wait(
    struct fl_http_request *request,
    fl_http_step step,
    void *take_state,
    void (*state_free)(void *state));
/* A step of one that waits. False: it is answered, and its state has ended: who reads the
   answer slowly, or never, holds nothing of it. */
bool fl_http_go_on(struct fl_http_request *request, uint64_t now_ms);

#endif
