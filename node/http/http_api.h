/*
 * The handlers of HTTP; http_route.c says which path leads to which.
 */

#ifndef NODE_HTTP_API_H
#define NODE_HTTP_API_H

#include "http_request.h"

/* http_health.c */
void fl_http_health(struct fl_http_request *request);
void fl_http_ready(struct fl_http_request *request);
/* Short words for what keeps the node from its work; gives how many, at most `count`. */
size_t fl_http_problems(const struct fl_http *http, const char **out_words, size_t count);

/* http_command.c */
void fl_http_command(struct fl_http_request *request);

/* http_events.c */
void fl_http_events(struct fl_http_request *request);

/* http_changes.c */
void fl_http_changes(struct fl_http_request *request);

/* http_openapi.c */
void fl_http_openapi(struct fl_http_request *request);

/* http_static.c */
void fl_http_static(struct fl_http_request *request);
char *fl_http_static_directory(const struct fl_node *node); /* fl_free; NULL: none */

/* http_metrics.c */
void fl_http_metrics_show(struct fl_http_request *request);

/* http_peers.c */
void fl_http_overview(struct fl_http_request *request);

#endif
