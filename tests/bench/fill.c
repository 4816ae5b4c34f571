/*
 * Writes the workload into a node's store, which no daemon holds:
 * bench_fill DIR FROM COUNT PER_TRANSACTION VERSION STEP random|time [PEER]
 * Object i of COUNT is number FROM + i * STEP. With a peer's code everything is written
 * as if that peer had brought it: it is not registered for it, so the two differ. Prints
 * objects per second.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node.h"
#include "storage/journal.h"
#include "workload.h"

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct fill {
    uint64_t from;
    uint64_t count;
    uint64_t per_transaction;
    uint64_t step;
    uint32_t version;
    uint32_t origin;
};

static enum fl_status find_origin(
    struct fl_node *node,
    const char *code,
    uint32_t *out_origin)
{
    struct fl_txn txn;
    struct fl_peer peer;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status =
        fl_peers_by_code(&txn, node->plan_hash, fl_bytes_of_text(code), &peer);

    fl_txn_abort(&txn);
    if (status == FL_OK) {
        *out_origin = peer.origin;
    }
    return status;
}

static enum fl_status fill_store(
    struct fl_node *node,
    struct workload *workload,
    const struct fill *fill)
{
    struct fl_buffer record;
    struct fl_object object;
    struct fl_txn txn = {0};
    enum fl_status status = FL_OK;

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    for (uint64_t done = 0; done < fill->count && status == FL_OK;) {
        fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
        for (uint64_t i = 0; i < fill->per_transaction && done < fill->count; i++) {
            fl_buffer_clear(&record);
            uint64_t index = fill->from + done++ * fill->step;

            status = workload_make(workload, index, fill->version, &object, &record);
            if (status != FL_OK) {
                break;
            }
            (void)fl_journal_append(
                &txn, &(struct fl_entry){
                          .origin = fill->origin,
                          .configuration = node->configuration_number,
                          .key = object.key,
                          .record = fl_buffer_view(&record)});
        }
        if (status == FL_OK) {
            status = fl_txn_commit(&txn);
        }
        fl_txn_abort(&txn);
    }
    fl_buffer_deinit(&record);
    return status;
}

int main(int argc, char **argv)
{
    struct fl_error error = {0};
    struct fl_node *node = NULL;
    struct workload workload = {0};

    if (argc != 8 && argc != 9) {
        (void)fprintf(
            stderr,
            "bench_fill DIR FROM COUNT PER_TXN VERSION STEP random|time [PEER]\n");
        return 2;
    }
    struct fill fill = {
        .from = strtoull(argv[2], NULL, 10),
        .count = strtoull(argv[3], NULL, 10),
        .per_transaction = strtoull(argv[4], NULL, 10),
        .version = (uint32_t)strtoul(argv[5], NULL, 10),
        .step = strtoull(argv[6], NULL, 10),
    };
    enum fl_status status = fl_node_open(argv[1], &node, &error);

    if (status == FL_OK) {
        status =
            workload_init(&workload, node->configuration, strcmp(argv[7], "random") == 0);
    }
    if (status == FL_OK && argc == 9) {
        status = find_origin(node, argv[8], &fill.origin);
    }
    double begun = seconds();

    if (status == FL_OK) {
        status = fill_store(node, &workload, &fill);
    }
    if (status == FL_OK) {
        (void)printf("%.0f\n", (double)fill.count / (seconds() - begun));
    } else {
        (void)fprintf(stderr, "bench_fill: %s %s\n", fl_status_name(status), error.text);
    }
    workload_deinit(&workload);
    fl_node_close(node);
    return status == FL_OK ? 0 : 1;
}
