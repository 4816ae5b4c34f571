/*
 * GET /metrics in Prometheus' text format, and what has to be counted for it. The # HELP
 * lines say what each name means; times are in seconds, sizes in bytes.
 */

#ifndef NODE_HTTP_METRICS_H
#define NODE_HTTP_METRICS_H

#include "http_peers.h"
#include "http_request.h"

enum fl_status fl_http_metrics_new(
    struct fl_http_metrics **out_metrics,
    struct fl_error *out_error);
void fl_http_metrics_free(struct fl_http_metrics *metrics); /* takes NULL */

/* A request was answered. */
void fl_http_metrics_count(
    struct fl_http *http,
    enum fl_http_area area,
    unsigned code,
    uint64_t took_us);

struct fl_http_peers_cache *fl_http_metrics_peers(struct fl_http_metrics *metrics);

/* Collisions that wait for a person; looked through a little at a time. */
uint64_t fl_http_metrics_collisions_open(struct fl_http *http);

/* Each turn of the loop. */
void fl_http_metrics_tick(struct fl_http *http);

#endif
