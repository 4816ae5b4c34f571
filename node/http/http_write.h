/*
 * Changes that come by HTTP. Those of one request are one source transaction, all or
 * nothing; requests that came together share a commit and are answered after it.
 */

#ifndef NODE_HTTP_WRITE_H
#define NODE_HTTP_WRITE_H

#include "http_request.h"

enum fl_http_must { FL_HTTP_MUST_NOTHING = 0, FL_HTTP_MUST_EXIST, FL_HTTP_MUST_BE_NEW };

enum { FL_HTTP_CHANGES_MAX = 5000 };

struct fl_http_change {
    json_t *line; /* change_json.h; owned */
    enum fl_http_must must;
    bool has_version;
    uint64_t version;  /* the object as it is must have this lsn */
    struct fl_key key; /* filled when it is written */
};

/*
 * Told once: `status` FL_OK when everything is durable; else nothing was written, and
 * `failed` says which change is to blame (`count` when none alone is). `precondition`:
 * its `must` or `version` did not hold. Answers the request.
 */
struct fl_http_written {
    enum fl_status status;
    bool precondition;
    size_t failed;
    size_t count;
    const struct fl_http_change *changes;
    const struct fl_error *error;
};
typedef void (*fl_http_tell)(
    struct fl_http_request *request,
    const struct fl_http_written *written);

/* Takes the changes, each line with them; memory of fl_alloc(). */
void fl_http_write(
    struct fl_http_request *request,
    struct fl_http_change *take_changes,
    size_t count,
    fl_http_tell tell);
void fl_http_changes_free(struct fl_http_change *changes, size_t count);

/* All that wait. */
void fl_http_write_all(struct fl_http *http);
/* The request ends before it was written. */
void fl_http_write_forget(struct fl_http_request *request);

#endif
