/*
 * The objects that the benchmarks write: two goods of about 300 bytes to one sale of five
 * rows and about 1.2 KB, some 600 bytes on average, of the demonstration's configuration.
 * Object `index` in `version` is the same bytes each time it is asked for.
 */

#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "proto/record.h"

struct workload {
    const struct fl_configuration *configuration;
    const struct fl_type *item;
    const struct fl_type *sale;
    bool random_uuids; /* version 4; else version 1, rising, as 1C makes them */
    struct fl_arena arena;
};

/* FL_NOT_FOUND: the configuration lacks a type or attribute of the workload. */
enum fl_status workload_init(
    struct workload *workload,
    const struct fl_configuration *configuration,
    bool random_uuids);
void workload_deinit(struct workload *workload);

/* Append the record to `out_record`; the object itself lives until the next call. */
enum fl_status workload_make(
    struct workload *workload,
    uint64_t index,
    uint32_t version,
    struct fl_object *out_object,
    struct fl_buffer *out_record);

#endif
