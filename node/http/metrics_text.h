/*
 * Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/,
 * version 0.0.4.
 */

#ifndef NODE_HTTP_METRICS_TEXT_H
#define NODE_HTTP_METRICS_TEXT_H

#include "proto/bytes.h"
#include "storage/peers.h"

enum { FL_METRICS_LABEL_BYTES = 4 * FL_CODE_BYTES_MAX + 8 };

/* A value of a label: quotes, backslashes and ends of lines are escaped. */
struct fl_metrics_label {
    char text[FL_METRICS_LABEL_BYTES];
};

/* Before the lines of a metric: what it means. */
void fl_metrics_head(
    struct fl_buffer *text,
    const char *name,
    const char *type,
    const char *help);
/* A metric of one value, with its head. */
void fl_metrics_gauge(
    struct fl_buffer *text,
    const char *name,
    const char *help,
    uint64_t value);
void fl_metrics_counter(
    struct fl_buffer *text,
    const char *name,
    const char *help,
    uint64_t value);
struct fl_metrics_label fl_metrics_label(const char *text);

#endif
