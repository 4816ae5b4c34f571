/*
 * The model is naive: a plain reading of the rule over what the parent has. It knows
 * nothing of streams, journals and positions.
 */

#include "sim.h"

#include "peer/waiting.h"
#include "routing/routing_parts.h"
#include "storage/sweeper.h"
#include "table.h"

enum { PASSES = 6, TURNS_MAX_A_ROUND = 20000, DAYS = 240, TRIES = 20 };

#define DAY_MS INT64_C(86400000)

void sim_check_store(const struct sim *sim, int index)
{
    struct fl_check_report report;
    struct fl_error error;
    if (fl_store_check(
            sim_node(sim, index)->store, &(struct fl_check_options){0}, &report,
            &error) != FL_OK ||
        report.problems > 0) {
        sim_fail("the store of %s is damaged", sim_code(index));
    }
}

/* -- coming to rest -- */

/* An operator looks; where nothing is held he is told so. */
static void release(struct sim *sim, int index)
{
    struct fl_error error;
    int parent = sim_parent(sim, index);
    if (SIM_RUN(sim, parent, "node", "release", sim_code(index), "--by", "Анна")) {
        sim->released = true;
        sim_say("%s: %s is released", sim_code(parent), sim_code(index));
    }
    if (fl_replicator_reload(sim->tree->nodes[parent].replicator, &error) != FL_OK) {
        sim_fail("%s", error.text);
    }
}

static void round_of(struct sim *sim, int index)
{
    for (unsigned i = 0; i < TRIES; i++) {
        if (sim_synchronise(sim, index, TURNS_MAX_A_ROUND / TRIES)) {
            return;
        }
        release(sim, index);
    }
    sim_fail(
        "the round of %s does not end: %s here, %s above", sim_code(index),
        fl_session_state_name(fl_link_state(sim->tree->wires[index].up.link)),
        fl_session_state_name(fl_link_state(sim->tree->wires[index].down.link)));
}

/* Who was away for too long is compared with first. */
static void reconcile(struct sim *sim)
{
    bool behind = true;
    for (unsigned turns = 0; turns < TURNS_MAX_A_ROUND && behind; turns++) {
        behind = false;
        for (int i = 1; i < (int)sim->tree->count; i++) {
            behind = behind || fl_link_peer(sim->tree->wires[i].down.link)->is_behind;
        }
        if (behind) {
            sim_turn(sim);
        }
    }
    for (int i = 1; i < (int)sim->tree->count && behind; i++) {
        if (fl_link_peer(sim->tree->wires[i].down.link)->is_behind) {
            sim_fail("%s stays behind", sim_code(i));
        }
    }
}

static void rounds(struct sim *sim)
{
    for (int i = (int)sim->tree->count - 1; i > 0; i--) {
        round_of(sim, i);
    }
}

static void must_not_wait(const struct sim *sim, int index, const struct fl_link *link)
{
    struct fl_node *node = sim_node(sim, index);
    struct fl_routes routes = {0};
    struct fl_txn txn;
    struct fl_error error = {.text = ""};
    uint64_t count = 0;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &routes);
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status =
            fl_waiting_count(node, &routes, fl_link_peer(link), 1000, &count, &error);
    }
    fl_routes_deinit(&routes);
    if (status != FL_OK || count > 0) {
        sim_fail(
            "%s: %u changes wait for %s %s", sim_code(index), (unsigned)count,
            fl_link_peer(link)->code, error.text);
    }
}

/* -- what a node must have -- */

static bool is_held_anywhere(const struct sim *sim, const char *type, unsigned number)
{
    bool held = false;
    for (int i = 0; i < (int)sim->tree->count; i++) {
        held = held || is_held(sim_node(sim, i), type, number);
    }
    return held;
}

static bool is_deleted(const struct fl_node *node, const char *type, unsigned number)
{
    struct fl_entry entry;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool deleted = fl_object_get(&txn, key_of(node, type, number), &entry) == FL_OK &&
                   (entry.flags & FL_ENTRY_DELETED) != 0;
    fl_txn_abort(&txn);
    return deleted;
}

static void judge(
    const struct sim *sim,
    int index,
    const char *type,
    unsigned number,
    bool filtered)
{
    const struct fl_node *parent = sim_node(sim, sim_parent(sim, index));
    struct seen above = see(parent, type, number);
    struct seen here = see(sim_node(sim, index), type, number);
    bool wanted =
        above.here &&
        (!filtered ||
         admits(sim->filter, &sim->lists[index], parent, above.company, above.partner));
    if (is_held_anywhere(sim, type, number)) {
        return; /* a person decides what it is to be */
    }
    if (wanted != here.here) {
        sim_fail(
            "%s: %s %u is %s", sim_code(index), type, number,
            wanted ? "missing" : "still here");
    }
    if (filtered && here.known && !here.here && !sim->deleted[number] &&
        is_deleted(sim_node(sim, index), type, number)) {
        sim_fail("%s: nobody has deleted %s %u", sim_code(index), type, number);
    }
    if (wanted && (above.record_size != here.record_size ||
                   memcmp(above.record, here.record, here.record_size) != 0)) {
        sim_fail("%s: %s %u differs from above", sim_code(index), type, number);
    }
}

static void judge_currency(const struct sim *sim, int index, unsigned number)
{
    unsigned rate = sim_rate(sim, index, number);
    unsigned due = sim->due[index][number];
    if (rate < due && sim_parent(sim, index) == 0 && !sim->currencies_unsure) {
        sim_fail(
            "%s: currency %u is %u, registered was %u", sim_code(index), number, rate,
            due);
    }
    if (rate > sim->allowed[number] && !sim->currencies_unsure) {
        sim_fail(
            "%s: currency %u is %u, which nothing has registered", sim_code(index),
            number, rate);
    }
}

/* What a branch may not write is not taken from it, while nobody says otherwise. */
static void judge_strays(const struct sim *sim)
{
    for (unsigned invoice = 1; invoice <= INVOICES; invoice++) {
        const struct sim_version *version =
            &sim->versions[sim_ledger_seen(sim, 0, invoice)];
        if (version->strays && version->rules == sim->rules && version->node != 0 &&
            !sim->released) {
            sim_fail(
                "invoice %u of %s lies outside its filter, and was taken", invoice,
                sim_code(version->node));
        }
    }
}

/* All that was registered has arrived. Where that is not known, it counts from here on.
 */
static void take_stock(struct sim *sim)
{
    if (sim->currencies_unsure) {
        memset(sim->due, 0, sizeof sim->due);
        sim_allow_currencies(sim);
    }
    sim->currencies_unsure = false;
    memset(sim->pending, 0, sizeof sim->pending);
}

void sim_settle(struct sim *sim)
{
    unsigned lost_percent = sim->lost_percent;
    sim_say("settle");
    sim->lost_percent = 0;
    for (int i = 0; i < (int)sim->tree->count; i++) {
        sim_disarm(sim, i);
    }
    for (unsigned i = 0; i < PASSES; i++) {
        rounds(sim);
        reconcile(sim);
    }
    if (sim->root_restored) {
        sim_read_rules(sim);
    }
    judge_strays(sim);
    for (int i = 1; i < (int)sim->tree->count; i++) {
        for (unsigned number = 1; number <= INVOICES; number++) {
            judge(sim, i, DOCUMENT, number, /* filtered= */ true);
        }
        for (unsigned number = 1; number <= PARTNERS; number++) {
            judge(sim, i, PARTNER, PARTNER_FIRST + number, /* filtered= */ false);
        }
        for (unsigned number = 1; number <= SIM_CURRENCIES; number++) {
            judge_currency(sim, i, number);
        }
        must_not_wait(sim, i, sim->tree->wires[i].up.link);
        must_not_wait(sim, sim_parent(sim, i), sim->tree->wires[i].down.link);
    }
    sim_ledger_judge(sim);
    take_stock(sim);
    sim->rules_known = sim->rules;
    sim->expects_much = false;
    sim->lost_percent = lost_percent;
}

/* -- months later -- */

static bool is_forgotten(struct fl_txn *txn, struct fl_key key)
{
    uint64_t lsn;
    return fl_object_lsn(txn, key, &lsn) == FL_NOT_FOUND;
}

static void judge_stream(int index, struct fl_txn *txn, uint32_t stream)
{
    struct fl_stream_scan scan;
    struct fl_stream_row row;
    fl_stream_scan_begin(&scan, txn, stream, 0);
    while (fl_stream_scan_next(&scan, &row) == FL_OK) {
        if (is_forgotten(txn, row.key)) {
            sim_fail(
                "%s: stream %u has a row of what was forgotten", sim_code(index), stream);
        }
    }
    fl_stream_scan_end(&scan);
}

static void judge_routing(const struct sim *sim, int index, struct fl_txn *txn)
{
    struct fl_node *node = sim_node(sim, index);
    const struct fl_routing *routing = fl_routing_find(node, node->plan_hash);
    struct fl_arena arena;
    if (routing == NULL || !routing->active) {
        return;
    }
    const struct fl_routing_state *state = &routing->state;
    judge_stream(index, txn, state->common);
    for (size_t i = 0; i < state->stream_count; i++) {
        judge_stream(index, txn, state->streams[i].number);
    }
    for (size_t i = 0; i < state->peer_count; i++) {
        judge_stream(index, txn, state->peers[i].own);
    }
    fl_arena_init(&arena, 1 << 20);
    for (unsigned number = 1; number <= INVOICES; number++) {
        struct fl_key key = key_of(node, DOCUMENT, number);
        struct fl_members members;
        if (is_forgotten(txn, key) &&
            fl_members_get(txn, state->common, key, &arena, &members) == FL_OK) {
            sim_fail("%s: forgotten invoice %u has streams", sim_code(index), number);
        }
    }
    fl_arena_deinit(&arena);
}

static void judge_size(const struct sim *sim, int index)
{
    struct fl_store_usage usage;
    struct fl_txn txn;
    struct fl_error error;
    if (fl_store_usage(sim_node(sim, index)->store, &usage, &error) != FL_OK) {
        sim_fail("%s", error.text);
    }
    if (usage.dead_entries > 4) {
        sim_fail(
            "%s: %u dead entries stay", sim_code(index), (unsigned)usage.dead_entries);
    }
    fl_txn_begin(&txn, sim_node(sim, index)->store, FL_TXN_READ);
    judge_routing(sim, index, &txn);
    fl_txn_abort(&txn);
}

void sim_judge_size(struct sim *sim)
{
    sim_say("months later");
    for (int day = 0; day < DAYS; day += 20) {
        sim_clock_set(sim_clock() + 20 * DAY_MS);
        rounds(sim);
        reconcile(sim);
        for (int i = 0; i < (int)sim->tree->count; i++) {
            sim_sweep(sim, i);
        }
    }
    for (int i = 0; i < (int)sim->tree->count; i++) {
        judge_size(sim, i);
        sim_check_store(sim, i);
    }
    sim_settle(sim);
}
