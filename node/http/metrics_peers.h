/* What /metrics says of each peer. */

#ifndef NODE_HTTP_METRICS_PEERS_H
#define NODE_HTTP_METRICS_PEERS_H

#include "http_peers.h"

/* Of 2,000 at most, those that are furthest behind. */
void fl_metrics_peers(struct fl_buffer *text, const struct fl_http_peers *peers);

#endif
