#include "sim.h"

#include "storage/collisions.h"

/* The number of the version that stands in a record; 0: none can be read. */
static unsigned version_of(
    const struct fl_node *node,
    struct fl_key key,
    struct fl_bytes record)
{
    struct fl_arena arena;
    struct fl_object object;
    unsigned version = 0;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (record.size > 0 &&
        fl_record_decode(key, /* deleted= */ false, record, &arena, &object) == FL_OK) {
        const struct fl_value *number = field(node, &object, "Number");
        char text[20] = "";
        if (number != NULL && number->bytes.size < sizeof text) {
            memcpy(text, number->bytes.data, number->bytes.size);
        }
        version = (unsigned)strtoul(text, NULL, 10);
    }
    fl_arena_deinit(&arena);
    return version < SIM_VERSIONS_MAX ? version : 0;
}

unsigned sim_ledger_add(struct sim *sim, int node, unsigned invoice)
{
    if (sim->version_count + 1 >= SIM_VERSIONS_MAX) {
        sim_fail("too many versions");
    }
    sim->versions[++sim->version_count] = (struct sim_version){
        .invoice = invoice, .before = sim_ledger_seen(sim, node, invoice), .node = node};
    return sim->version_count;
}

unsigned sim_ledger_seen(const struct sim *sim, int node, unsigned invoice)
{
    const struct fl_node *where = sim_node(sim, node);
    struct seen seen = see(where, DOCUMENT, invoice);
    return seen.here ? version_of(
                           where, key_of(where, DOCUMENT, invoice),
                           (struct fl_bytes){seen.record, seen.record_size})
                     : 0;
}

/* What a version replaced is settled with it. */
static void cover(struct sim *sim, unsigned version)
{
    for (; version > 0 && !sim->versions[version].covered;
         version = sim->versions[version].before) {
        sim->versions[version].covered = true;
    }
}

void sim_ledger_deleted(struct sim *sim, unsigned version)
{
    cover(sim, version);
}

static void cover_recorded(struct sim *sim, int index)
{
    const struct fl_node *node = sim_node(sim, index);
    const uint32_t type = key_of(node, DOCUMENT, 1).type;
    struct fl_collision_record collision = {.id = 0};
    struct fl_quarantined held = {.id = 0};
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (fl_collisions_next(&txn, collision.id, &collision) == FL_OK) {
        if (collision.key.type == type) {
            cover(sim, version_of(node, collision.key, collision.ours.record));
            cover(sim, version_of(node, collision.key, collision.theirs.record));
        }
    }
    while (fl_quarantine_next(&txn, held.id, &held) == FL_OK) {
        if (held.key.type == type) {
            cover(sim, version_of(node, held.key, held.record));
        }
    }
    fl_txn_abort(&txn);
}

static bool is_elsewhere(
    const struct sim *sim,
    int node,
    unsigned invoice,
    unsigned version)
{
    bool found = false;
    for (int i = 0; i < (int)sim->tree->count; i++) {
        found = found || (i != node && sim_ledger_seen(sim, i, invoice) == version);
    }
    return found;
}

/*
 * What was entered there since may be gone; what others had sent there may not, but for
 * what they gave up because that node had it on record, or it alone was to have it.
 */
void sim_ledger_put_back(struct sim *sim, int node, unsigned versions_before)
{
    cover_recorded(sim, node);
    for (unsigned invoice = 1; invoice <= INVOICES; invoice++) {
        unsigned version = sim_ledger_seen(sim, node, invoice);
        if (version > 0 && !is_elsewhere(sim, node, invoice, version)) {
            cover(sim, version);
        }
    }
    for (unsigned i = versions_before + 1; i <= sim->version_count; i++) {
        if (sim->versions[i].node == node) {
            sim->versions[i].lost = true;
        }
    }
}

void sim_ledger_judge(struct sim *sim)
{
    for (int i = 0; i < (int)sim->tree->count; i++) {
        cover_recorded(sim, i);
        for (unsigned invoice = 1; invoice <= INVOICES; invoice++) {
            if (i == 0 || is_held(sim_node(sim, 0), DOCUMENT, invoice)) {
                cover(sim, sim_ledger_seen(sim, i, invoice));
            }
        }
    }
    for (unsigned i = 1; i <= sim->version_count; i++) {
        const struct sim_version *version = &sim->versions[i];
        if (!version->covered && !version->lost) {
            sim_fail(
                "version %u of invoice %u, written at %s over %u, is gone", i,
                version->invoice, sim_code(version->node), version->before);
        }
    }
}
