/*
 * Who may ask: DIR/keys/http-operator.token may do everything, DIR/keys/http-reader.token
 * may look. Each is a line of 64 hexadecimal digits in a file of mode 0600, made at the
 * first start; a new one is made where the file is removed, at the next start.
 */

#ifndef NODE_HTTP_TOKEN_H
#define NODE_HTTP_TOKEN_H

#include "http_request.h"

enum { FL_HTTP_TOKEN_BYTES = 64 };

/* Read both, or make them. FL_UNTRUSTED: others may read a file. */
enum fl_status fl_http_tokens_open(
    const struct fl_node *node,
    struct fl_http_tokens **out_tokens,
    struct fl_error *out_error);
void fl_http_tokens_close(struct fl_http_tokens *tokens);

/* In the same time whatever `text` is. */
enum fl_http_role fl_http_tokens_role(
    const struct fl_http_tokens *tokens,
    const char *text);

/* By the header Authorization, or else by the cookie of a session. */
enum fl_http_role fl_http_token_of(
    const struct fl_http_request *request,
    bool *out_by_cookie);

/* POST, GET, DELETE /api/session: the cookie of a page. */
void fl_http_session(struct fl_http_request *request);

#endif
