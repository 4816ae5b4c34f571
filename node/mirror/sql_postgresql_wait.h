/*
 * Waiting for a PostgreSQL that may never answer: each wait ends within a tenth of a
 * second when another thread sets the flag. Then the connection is only to be closed,
 * and that does not wait either.
 */

#ifndef NODE_MIRROR_SQL_POSTGRESQL_WAIT_H
#define NODE_MIRROR_SQL_POSTGRESQL_WAIT_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "proto/bytes.h"

struct fl_pg_line {
    PGconn *connection;        /* the caller's, to end with PQfinish() */
    const atomic_bool *cancel; /* may be NULL */
    bool is_stopped;           /* it was set while something was waited for */
};

/*
 * To the first host of the URL that takes writers, for some seconds each. What the URL
 * says goes before our own wishes, but for the encoding. `password` "": none.
 */
enum fl_status fl_pg_connect(
    struct fl_pg_line *line,
    const char *url,
    const char *password,
    struct fl_error *out_error);

/* The last result of what was sent (PQsendQuery() and its like gave `sent`), or the first
 * that wants rows of COPY. NULL: there is none, fl_pg_failure() tells why. */
PGresult *fl_pg_result(struct fl_pg_line *line, int sent);

/* The results of what was sent one by one, rows too when the library was told so. NULL:
 * there are no more, or fl_pg_failure() tells why. */
PGresult *fl_pg_first(struct fl_pg_line *line);
PGresult *fl_pg_next(struct fl_pg_line *line);

/* Rows for a COPY that wants them; false: fl_pg_result() tells why. */
bool fl_pg_copy(struct fl_pg_line *line, struct fl_bytes rows);

/* In the words of the server or the library, their first line; `result` may be NULL. */
enum fl_status fl_pg_failure(
    const struct fl_pg_line *line,
    const PGresult *result,
    struct fl_error *out_error);

#endif
