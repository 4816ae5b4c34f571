/*
 * Fills the journal of collisions of a node whose store no daemon holds, one in a hundred
 * open: bench_collisions DIR COUNT.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"
#include "storage/collisions.h"
#include "workload.h"

enum { PER_TRANSACTION = 2000, OPEN_EVERY = 100 };

static enum fl_status fill(
    struct fl_node *node,
    struct workload *workload,
    unsigned long count)
{
    struct fl_buffer records[2];
    struct fl_object object;
    enum fl_status status = FL_OK;

    fl_buffer_init(&records[0], FL_RECORD_BYTES_MAX);
    fl_buffer_init(&records[1], FL_RECORD_BYTES_MAX);
    for (unsigned long done = 0; status == FL_OK && done < count;) {
        struct fl_txn txn;

        fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
        for (int i = 0; i < PER_TRANSACTION && status == FL_OK && done < count; i++) {
            for (uint32_t version = 0; version < 2 && status == FL_OK; version++) {
                fl_buffer_clear(&records[version]);
                status =
                    workload_make(workload, done, version, &object, &records[version]);
            }
            struct fl_collision_record collision = {
                .time_ms = 1800000000000 + (int64_t)done,
                .peer_code = "Ф01",
                .key = object.key,
                .kept = FL_COLLISION_KEPT_OURS,
                .reason = FL_COLLISION_REASON_PARENT_WINS,
                .open = done % OPEN_EVERY == 0,
                .ours = {.record = fl_buffer_view(&records[0])},
                .theirs = {.record = fl_buffer_view(&records[1])}};

            (void)fl_collisions_append(&txn, &collision);
            done++;
        }
        status = status == FL_OK ? fl_txn_commit(&txn) : status;
        fl_txn_abort(&txn);
    }
    fl_buffer_deinit(&records[1]);
    fl_buffer_deinit(&records[0]);
    return status;
}

int main(int argc, char **argv)
{
    struct fl_error error = {0};
    struct fl_node *node = NULL;
    struct workload workload = {0};

    if (argc != 3) {
        (void)fprintf(stderr, "bench_collisions DIR COUNT\n");
        return 2;
    }
    enum fl_status status = fl_node_open(argv[1], &node, &error);

    if (status == FL_OK) {
        status = workload_init(&workload, node->configuration, /* random= */ true);
    }
    if (status == FL_OK) {
        status = fill(node, &workload, strtoul(argv[2], NULL, 10));
    }
    if (status != FL_OK) {
        (void)fprintf(
            stderr, "bench_collisions: %s %s\n", fl_status_name(status), error.text);
    }
    workload_deinit(&workload);
    fl_node_close(node);
    return status == FL_OK ? 0 : 1;
}
