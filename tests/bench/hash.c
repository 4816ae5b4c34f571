/*
 * The ceiling of a comparison: the hashes that it is made of, and nothing else, over the
 * same records in memory:
 * bench_hash CONFIGURATION_DUMP COUNT random|time
 * Prints milliseconds.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exchange/configuration_reader.h"
#include "proto/limits.h"
#include "replication/digests.h"
#include "workload.h"

enum { AT_ONCE = 1000 };

static double milliseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

struct batch {
    struct fl_buffer records;
    struct fl_key keys[AT_ONCE];
    size_t ends[AT_ONCE];
    size_t count;
};

static enum fl_status make(
    struct workload *workload,
    uint64_t from,
    uint64_t to,
    struct batch *batch)
{
    enum fl_status status = FL_OK;

    batch->count = 0;
    fl_buffer_clear(&batch->records);
    for (uint64_t i = from; i < to && batch->count < AT_ONCE && status == FL_OK; i++) {
        struct fl_object object;

        status = workload_make(workload, i, 1, &object, &batch->records);
        batch->keys[batch->count] = object.key;
        batch->ends[batch->count++] = batch->records.size;
    }
    return status;
}

static void add(const struct batch *batch, struct fl_digests *digests)
{
    size_t begin = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct fl_bytes record = {
            batch->records.data + begin, batch->ends[i] - begin};
        uint8_t hash[FL_DIGEST_BYTES];

        fl_digests_hash(batch->keys[i], record, hash);
        fl_digests_add(digests, fl_digests_bucket(batch->keys[i]), hash);
        begin = batch->ends[i];
    }
}

static enum fl_status run(struct workload *workload, uint64_t count, double *out_ms)
{
    struct fl_digests *digests = fl_digests_new();
    struct batch *batch = fl_alloc_zeroed(1, sizeof(*batch));
    enum fl_status status = digests && batch ? FL_OK : FL_NO_MEMORY;

    *out_ms = 0;
    if (status == FL_OK) {
        fl_buffer_init(&batch->records, (size_t)AT_ONCE * FL_RECORD_BYTES_MAX);
    }
    for (uint64_t done = 0; done < count && status == FL_OK; done += batch->count) {
        status = make(workload, done, count, batch);
        double begun = milliseconds();

        add(batch, digests);
        *out_ms += milliseconds() - begun;
    }
    if (batch) {
        fl_buffer_deinit(&batch->records);
    }
    fl_free(batch);
    fl_digests_free(digests);
    return status;
}

int main(int argc, char **argv)
{
    struct fl_error error = {0};
    struct fl_configuration *configuration = NULL;
    struct workload workload = {0};
    double ms = 0;

    if (argc != 4) {
        (void)fprintf(stderr, "bench_hash CONFIGURATION_DUMP COUNT random|time\n");
        return 2;
    }
    enum fl_status status = fl_configuration_read_dump(argv[1], &configuration, &error);

    if (status == FL_OK) {
        status = workload_init(&workload, configuration, strcmp(argv[3], "random") == 0);
    }
    if (status == FL_OK) {
        status = run(&workload, strtoull(argv[2], NULL, 10), &ms);
    }
    if (status == FL_OK) {
        (void)printf("%.0f\n", ms);
    } else {
        (void)fprintf(stderr, "bench_hash: %s %s\n", fl_status_name(status), error.text);
    }
    workload_deinit(&workload);
    fl_configuration_free(configuration);
    return status == FL_OK ? 0 : 1;
}
