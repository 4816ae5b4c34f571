/* What /metrics says of each base that exchanges files. */

#ifndef NODE_HTTP_METRICS_ENDPOINTS_H
#define NODE_HTTP_METRICS_ENDPOINTS_H

#include "http_parts.h"

/*
 * How each stands, what came and went last, what waits. Times are Unix times of the
 * event, so that an alert compares them with now; 0 where it never was.
 */
void fl_metrics_endpoints(struct fl_http *http, struct fl_buffer *text);

#endif
