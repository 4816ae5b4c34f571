/*
 * Orders for 1C: what `query` shows of this node, and what `success` confirms of it. Both
 * are worked in shares of the loop, one at a time for a session.
 */

#ifndef NODE_SITE_QUERY_H
#define NODE_SITE_QUERY_H

#include "site/site_session.h"

void fl_site_serve_query(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session);

/* It commits what the same session has asked for, and nothing else. */
void fl_site_serve_success(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session);

#endif
