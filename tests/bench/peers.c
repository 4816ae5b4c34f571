/*
 * Makes children of a node whose store no daemon holds: bench_peers DIR COUNT. Everything
 * that is there is confirmed by each of them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"
#include "random.h"
#include "storage/journal.h"

enum { PER_TRANSACTION = 500 };

static void put(const struct fl_node *node, struct fl_txn *txn, unsigned long number)
{
    struct fl_peer peer = {
        .node = fl_random_uuid(),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE,
        .confirmed_lsn = fl_journal_head(txn)};

    memcpy(peer.plan, node->plan_hash, sizeof(peer.plan));
    memcpy(peer.plan_name, node->plan, sizeof(peer.plan_name));
    (void)snprintf(peer.code, sizeof(peer.code), "F%05lu", number);
    fl_peers_put(txn, &peer);
}

int main(int argc, char **argv)
{
    struct fl_error error = {0};
    struct fl_node *node = NULL;

    if (argc != 3) {
        (void)fprintf(stderr, "bench_peers DIR COUNT\n");
        return 2;
    }
    unsigned long count = strtoul(argv[2], NULL, 10);
    enum fl_status status = fl_node_open(argv[1], &node, &error);

    for (unsigned long done = 0; status == FL_OK && done < count;) {
        struct fl_txn txn;

        fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
        for (int i = 0; i < PER_TRANSACTION && done < count; i++) {
            put(node, &txn, done++);
        }
        status = fl_txn_commit(&txn);
        error = *fl_txn_error(&txn);
    }
    if (status != FL_OK) {
        (void)fprintf(stderr, "bench_peers: %s\n", error.text);
    }
    fl_node_close(node);
    return status == FL_OK ? 0 : 1;
}
