/*
 * The certificate of HTTP and its secret key, read from PEM files.
 */

#ifndef NODE_HTTP_TLS_H
#define NODE_HTTP_TLS_H

#include "settings.h"

struct fl_http_tls {
    char *certificate; /* NULL: HTTP goes without TLS */
    char *key;
    int64_t begin_s; /* Unix time */
    int64_t end_s;
};

/*
 * FL_MALFORMED: one without the other, or not PEM. FL_UNTRUSTED: others may read
 * the key. The words name the file.
 */
enum fl_status fl_http_tls_load(
    const struct fl_settings *settings,
    struct fl_http_tls *out_tls,
    struct fl_error *out_error);
void fl_http_tls_clear(struct fl_http_tls *tls); /* the key is wiped */

#endif
