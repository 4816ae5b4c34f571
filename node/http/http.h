/*
 * HTTP of a running node: metrics, health, commands, events, objects in the spelling of
 * 1C's standard OData interface, and the files of the web page. libmicrohttpd does the
 * protocol in the daemon's own loop; nothing here waits.
 *
 *     /health /ready              for whoever watches; no token
 *     /metrics                    Prometheus
 *     /api/...                    commands, events, overview, changes, the session
 *     /odata/standard.odata/...   objects
 *     /openapi.json               all of it, described; no token
 *     /                           files; no token
 *
 * Whoever asks shows a token (http_token.h): a reader's or an operator's. Failures are
 * JSON in OData's shape, with words in the language of Accept-Language.
 */

#ifndef NODE_HTTP_HTTP_H
#define NODE_HTTP_HTTP_H

#include "node.h"

struct fl_http;

/*
 * Serve at `http_endpoint`; `*out_http` stays NULL where that is empty. FL_REFUSED: an
 * address other than loopback without a certificate. FL_IO, FL_MALFORMED: it cannot be
 * listened at, the certificate does not read; in words.
 */
enum fl_status fl_http_open(
    struct fl_node *node,
    const struct fl_daemon *daemon,
    struct fl_http **out_http,
    struct fl_error *out_error);
void fl_http_close(struct fl_http *http); /* takes NULL */

/* "http://127.0.0.1:7480", with the real port. */
const char *fl_http_url(const struct fl_http *http);

/* Readable when fl_http_serve() has something to do. */
int fl_http_fd(const struct fl_http *http);
/* When it has to be called at the latest. */
uint64_t fl_http_due_ms(const struct fl_http *http, uint64_t now_ms);

/*
 * Take what has come, run it, answer. Changes that came together share a commit and are
 * answered after it. `*out_wrote`: the store may have changed. Fails only when the store
 * can no longer be used.
 */
enum fl_status fl_http_serve(
    struct fl_http *http,
    uint64_t now_ms,
    bool *out_wrote,
    struct fl_error *out_error);

#endif
