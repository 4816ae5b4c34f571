/*
 * Selecting for one branch among many whose data has nothing in common, in a store that
 * no daemon holds and that has nothing but its configuration:
 * bench_select DIR BRANCHES OBJECTS_OF_EACH
 * Prints what is routed, what is selected for one branch, and what a scan of the whole
 * journal gives, in objects per second.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node.h"
#include "plan/plan_issue.h"
#include "proto/record.h"
#include "proto/system.h"
#include "random.h"
#include "routing/peer_lists.h"
#include "routing/selection.h"

enum { PER_TRANSACTION = 500, BRANCHES_MEASURED = 100, TEXT_BYTES = 300 };

static const char TYPE[] = "Document.СчетНаОплатуПокупателю";
static const char COMPANY[] = "Catalog.Организации";

struct bench {
    struct fl_node *node;
    struct fl_peer *peers;
    struct fl_uuid *companies;
    unsigned long branches;
    unsigned long objects;
    struct fl_error error;
};

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum fl_status put_branch(struct bench *bench, struct fl_txn *txn, size_t index)
{
    const struct fl_node *node = bench->node;
    struct fl_peer *peer = &bench->peers[index];
    char text[sizeof COMPANY + FL_UUID_TEXT_BYTES + 2];
    const char *value = text;

    *peer = (struct fl_peer){
        .node = fl_random_uuid(),
        .role = FL_PEER_CHILD,
        .format = FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE};
    memcpy(peer->plan, node->plan_hash, sizeof(peer->plan));
    memcpy(peer->plan_name, node->plan, sizeof(peer->plan_name));
    (void)snprintf(peer->code, sizeof(peer->code), "F%05zu", index);
    bench->companies[index] = fl_random_uuid();
    (void)snprintf(
        text, sizeof(text), "%s:%s", COMPANY, fl_uuid_text(bench->companies[index]).text);
    fl_peers_put(txn, peer);
    return fl_peer_lists_put(txn, peer->plan, peer->code, "организации", &value, 1);
}

static enum fl_status put_branches(struct bench *bench)
{
    enum fl_status status = FL_OK;

    for (size_t done = 0; status == FL_OK && done < bench->branches;) {
        struct fl_txn txn;

        fl_txn_begin(&txn, bench->node->store, FL_TXN_KEEP);
        for (int i = 0; i < PER_TRANSACTION && done < bench->branches; i++) {
            (void)put_branch(bench, &txn, done++);
        }
        status = fl_txn_commit(&txn);
        bench->error = *fl_txn_error(&txn);
    }
    return status;
}

static enum fl_status set_filter(struct bench *bench)
{
    struct fl_plan_draft draft = {0};
    uint64_t revision = 0;
    enum fl_status status = fl_plan_draft_begin(
        bench->node, fl_node_plan(bench->node), &draft, &bench->error);

    if (status == FL_OK) {
        fl_plan_draft_rule(&draft, TYPE)->filter = "Организация in $организации";
        status = fl_plan_draft_issue(&draft, &revision, &bench->error);
    }
    fl_plan_draft_deinit(&draft);
    return status;
}

static enum fl_status write_objects(struct bench *bench)
{
    const struct fl_configuration *configuration = bench->node->configuration;
    const struct fl_type *type =
        fl_configuration_find_full(configuration, fl_bytes_of_text(TYPE));
    const struct fl_type *company =
        fl_configuration_find_full(configuration, fl_bytes_of_text(COMPANY));
    char text[TEXT_BYTES];
    struct fl_field fields[2];
    struct fl_buffer record;
    enum fl_status status = FL_OK;

    memset(text, 'x', sizeof(text));
    fields[0] = (struct fl_field){
        fl_type_find_attribute(type, fl_bytes_of_text("Организация"))->number,
        {.kind = FL_VALUE_REF, .type = company->number}};
    fields[1] = (struct fl_field){
        fl_type_find_attribute(type, fl_bytes_of_text("Комментарий"))->number,
        {.kind = FL_VALUE_STRING, .bytes = {(const uint8_t *)text, sizeof(text)}}};
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    for (size_t done = 0; status == FL_OK && done < bench->branches * bench->objects;) {
        struct fl_txn txn;

        fl_txn_begin(&txn, bench->node->store, FL_TXN_WRITE);
        for (int i = 0; i < PER_TRANSACTION && done < bench->branches * bench->objects;
             i++) {
            struct fl_object object = {
                .key = {.type = type->number, .id = fl_random_uuid()},
                .field_count = 2,
                .fields = fields};

            fields[0].value.uuid = bench->companies[done++ % bench->branches];
            fl_buffer_clear(&record);
            (void)fl_record_encode(&object, &record);
            (void)fl_journal_append(
                &txn, &(struct fl_entry){
                          .configuration = bench->node->configuration_number,
                          .key = object.key,
                          .record = fl_buffer_view(&record)});
        }
        status = fl_txn_commit(&txn);
        bench->error = *fl_txn_error(&txn);
    }
    fl_buffer_deinit(&record);
    return status;
}

static uint64_t select_for(
    struct bench *bench,
    const struct fl_peer *peer,
    const struct fl_subscription *subscription)
{
    struct fl_selection selection;
    struct fl_selected selected;
    struct fl_txn txn;
    uint64_t bytes = 0;
    uint64_t count = 0;

    fl_txn_begin(&txn, bench->node->store, FL_TXN_READ);
    fl_selection_begin(&selection, bench->node, &txn, peer, subscription, 1);
    while (fl_selection_next(&selection, &selected) == FL_OK) {
        count += !fl_system_is(selected.entry.key.type);
        bytes += selected.entry.record.size;
    }
    fl_selection_end(&selection);
    fl_txn_abort(&txn);
    return bytes > 0 ? count : 0;
}

static enum fl_status measure(struct bench *bench)
{
    struct fl_subscription subscription;
    uint64_t total = bench->branches * bench->objects;
    uint64_t count = 0;
    double begun = seconds();
    enum fl_status status = fl_routing_catch_up(
        bench->node, &bench->peers[0], FL_ROUTING_ALL, &subscription, &bench->error);
    double routed = seconds() - begun;

    begun = seconds();
    for (size_t i = 0; status == FL_OK && i < BRANCHES_MEASURED; i++) {
        const struct fl_peer *peer =
            &bench->peers[i * bench->branches / BRANCHES_MEASURED];

        status = fl_routing_catch_up(
            bench->node, peer, FL_ROUTING_ALL, &subscription, &bench->error);
        count += select_for(bench, peer, &subscription);
    }
    double selected = seconds() - begun;

    if (status != FL_OK) {
        return status;
    }
    if (count != BRANCHES_MEASURED * bench->objects) {
        return fl_error_set(
            &bench->error, FL_MALFORMED, "%llu objects were selected",
            (unsigned long long)count);
    }
    subscription = (struct fl_subscription){.routed = false};
    begun = seconds();
    uint64_t all = select_for(bench, &bench->peers[0], &subscription);
    double scanned = seconds() - begun;

    (void)printf(
        "%.0f %.0f %.0f\n", (double)total / routed, (double)count / selected,
        (double)all / scanned);
    return FL_OK;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};

    if (argc != 4) {
        (void)fprintf(stderr, "bench_select DIR BRANCHES OBJECTS_OF_EACH\n");
        return 2;
    }
    bench.branches = strtoul(argv[2], NULL, 10);
    bench.objects = strtoul(argv[3], NULL, 10);
    bench.peers = calloc(bench.branches, sizeof(*bench.peers));
    bench.companies = calloc(bench.branches, sizeof(*bench.companies));
    if (!bench.peers || !bench.companies) {
        return 1;
    }
    enum fl_status status = fl_node_open(argv[1], &bench.node, &bench.error);

    status = status == FL_OK ? put_branches(&bench) : status;
    status = status == FL_OK ? set_filter(&bench) : status;
    status = status == FL_OK ? write_objects(&bench) : status;
    status = status == FL_OK ? measure(&bench) : status;
    if (status != FL_OK) {
        (void)fprintf(stderr, "bench_select: %s\n", bench.error.text);
    }
    fl_node_close(bench.node);
    free(bench.peers);
    free(bench.companies);
    return status == FL_OK ? 0 : 1;
}
