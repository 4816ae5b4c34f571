#include "mirror_read.h"

#include <string.h>

#include "node.h"
#include "peer/origin.h"
#include "peer/peer_list.h"
#include "proto/system.h"
#include "routing/routes.h"
#include "storage/configurations.h"
#include "storage/nodes.h"
#include "storage/sweeper.h"

enum {
    OBJECTS_MAX = 65536, /* of a batch, whose last transaction is long */
    RECORDS_BYTES_MAX = 96 << 20,
    ORIGINS_MAX = 1 << 20,
    SCANS_MAX = 200000, /* entries in one read transaction */
};

void fl_mirror_reader_deinit(struct fl_mirror_reader *reader)
{
    for (size_t i = 0; i < reader->code_count; i++) {
        fl_free(reader->codes[i]);
    }
    fl_free(reader->codes);
    reader->codes = NULL;
    reader->code_count = 0;
}

void fl_mirror_batch_init(struct fl_mirror_batch *batch)
{
    *batch = (struct fl_mirror_batch){.count = 0};
    fl_buffer_init(&batch->records, RECORDS_BYTES_MAX);
}

void fl_mirror_batch_deinit(struct fl_mirror_batch *batch)
{
    fl_buffer_deinit(&batch->records);
    fl_free(batch->entries);
    fl_free(batch->branches);
    fl_free(batch->days);
    batch->entries = NULL;
    batch->branches = NULL;
    batch->days = NULL;
}

/* -- who wrote it -- */

static bool know_code(
    struct fl_mirror_reader *reader,
    struct fl_txn *txn,
    uint32_t origin)
{
    if (origin >= ORIGINS_MAX) {
        return true;
    }
    if (origin >= reader->code_count) {
        size_t count = (size_t)origin + 64;
        char **codes = fl_realloc(reader->codes, count * sizeof *codes);
        if (codes == NULL) {
            return false;
        }
        memset(
            codes + reader->code_count, 0, (count - reader->code_count) * sizeof *codes);
        reader->codes = codes;
        reader->code_count = count;
    }
    if (reader->codes[origin] == NULL) {
        reader->codes[origin] = fl_origin_code(txn, reader->own_code, origin);
    }
    return true;
}

struct fl_bytes fl_mirror_code(const struct fl_mirror_reader *reader, uint32_t origin)
{
    return fl_bytes_of_text(
        origin < reader->code_count && reader->codes[origin] != NULL
            ? reader->codes[origin]
            : "?");
}

/* -- the journal -- */

static bool add_entry(struct fl_mirror_batch *batch, const struct fl_entry *entry)
{
    if (batch->count == batch->capacity) {
        size_t capacity = 2 * batch->capacity + 1024;
        struct fl_mirror_entry *grown =
            fl_realloc(batch->entries, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        batch->entries = grown;
        batch->capacity = capacity;
    }
    bool is_gone = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    size_t size = is_gone ? 0 : entry->record.size;
    batch->entries[batch->count++] = (struct fl_mirror_entry){
        .key = entry->key,
        .lsn = entry->lsn,
        .origin = entry->origin,
        .is_gone = is_gone,
        .offset = batch->records.size,
        .size = size};
    if (size > 0) {
        fl_buffer_put(&batch->records, entry->record);
    }
    return fl_buffer_status(&batch->records) == FL_OK;
}

/* A day that a node has closed, in the order of the rows before it. */
static bool add_day(struct fl_mirror_batch *batch, const struct fl_entry *entry)
{
    struct fl_mirror_day day = {.node = entry->key.id, .lsn = entry->lsn};
    struct fl_system_record record;
    if (fl_system_open(entry->record, &record) != FL_OK ||
        fl_day_decode(record.body, &day.day) != FL_OK) {
        batch->unreadable++;
        return true;
    }
    if (batch->day_count == batch->day_capacity) {
        size_t capacity = 2 * batch->day_capacity + 16;
        struct fl_mirror_day *grown = fl_realloc(batch->days, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        batch->days = grown;
        batch->day_capacity = capacity;
    }
    batch->days[batch->day_count++] = day;
    return true;
}

/* Full, and `entry` does not belong to the last transaction; or much too full. */
static bool is_full(
    const struct fl_mirror_reader *reader,
    const struct fl_mirror_batch *batch,
    const struct fl_entry *entry,
    uint64_t transaction)
{
    bool much = batch->count >= OBJECTS_MAX ||
                batch->records.size + entry->record.size > RECORDS_BYTES_MAX / 2;
    size_t objects =
        reader->batch_objects > 0 ? reader->batch_objects : FL_MIRROR_BATCH_OBJECTS;
    bool enough = batch->count >= objects || batch->records.size >= FL_MIRROR_BATCH_BYTES;
    return batch->count > 0 && (much || (enough && entry->lsn_first != transaction));
}

static enum fl_status scan(
    struct fl_mirror_reader *reader,
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_mirror_batch *batch,
    struct fl_error *out_error)
{
    struct fl_journal_scan journal = {0};
    struct fl_entry entry;
    enum fl_status status = FL_OK;
    uint64_t transaction = 0;
    bool is_stopped = false;
    fl_journal_scan_begin(&journal, txn, lsn + 1);
    for (size_t i = 0; i < SCANS_MAX && status == FL_OK && !is_stopped; i++) {
        status = fl_journal_scan_next(&journal, &entry);
        if (status == FL_MALFORMED) {
            batch->unreadable++;
            batch->lsn_to = entry.lsn;
            status = FL_OK;
        } else if (status == FL_OK && entry.live && !fl_system_is(entry.key.type)) {
            is_stopped = is_full(reader, batch, &entry, transaction);
            transaction = entry.lsn_first;
            if (!is_stopped &&
                (!know_code(reader, txn, entry.origin) || !add_entry(batch, &entry))) {
                status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
            }
        } else if (
            status == FL_OK && entry.live && entry.key.type == FL_SYSTEM_DAY &&
            !add_day(batch, &entry)) {
            status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
        batch->lsn_to = status == FL_OK && !is_stopped ? entry.lsn : batch->lsn_to;
    }
    fl_journal_scan_end(&journal);
    if (status == FL_NOT_FOUND) {
        batch->is_last = true;
        batch->lsn_to = batch->head > lsn ? batch->head : lsn;
        status = FL_OK;
    }
    return status;
}

/* -- the branches -- */

static bool add_branch(
    struct fl_mirror_batch *batch,
    size_t *io_capacity,
    const struct fl_mirror_branch *branch)
{
    if (batch->branch_count == *io_capacity) {
        size_t capacity = 2 * *io_capacity + 16;
        struct fl_mirror_branch *grown =
            fl_realloc(batch->branches, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        batch->branches = grown;
        *io_capacity = capacity;
    }
    batch->branches[batch->branch_count++] = *branch;
    return true;
}

static struct fl_mirror_branch branch_of(const struct fl_peer *peer)
{
    struct fl_mirror_branch branch = {
        .node = peer->node,
        .role = fl_peer_list_role(peer->role),
        .is_native = peer->format == FL_PEER_NATIVE,
        .is_active = peer->state == FL_PEER_ACTIVE,
        .heard_ms = peer->heard_ms};
    memcpy(branch.code, peer->code, sizeof branch.code);
    memcpy(branch.name, peer->name, sizeof branch.name);
    branch.position = branch.is_native ? peer->whole_number : peer->number_received;
    branch.stated_ms = branch.is_native ? peer->whole_ms : peer->last_received_ms;
    branch.whole_lsn = peer->whole_lsn;
    return branch;
}

/* The last day that a node has closed, and its change. */
static bool read_day(
    struct fl_txn *txn,
    struct fl_uuid node,
    struct fl_day *out_day,
    struct fl_entry *out_entry)
{
    struct fl_system_record record;
    const struct fl_key key = {.type = FL_SYSTEM_DAY, .id = node};
    return fl_object_get(txn, key, out_entry) == FL_OK &&
           fl_system_open(out_entry->record, &record) == FL_OK &&
           fl_day_decode(record.body, out_day) == FL_OK;
}

/* Whose changes come through a child, and who closes days: as whole as the child is. */
static bool branch_below(
    struct fl_txn *txn,
    const struct fl_routes *routes,
    uint32_t origin,
    struct fl_mirror_branch *out_branch)
{
    struct fl_uuid node;
    struct fl_day day;
    struct fl_entry entry;
    struct fl_peer child;
    struct fl_peer direct;
    if (routes->origins[origin].count == 0 ||
        fl_nodes_by_number(txn, origin, &node) != FL_OK ||
        !read_day(txn, node, &day, &entry)) {
        return false;
    }
    uint32_t number = fl_routes_peer(routes, entry.origin, entry.lsn);
    if (number == 0 || fl_peers_get(txn, number, &child) != FL_OK ||
        fl_peers_by_node(txn, child.plan, node, &direct) == FL_OK) {
        return false;
    }
    *out_branch = branch_of(&child);
    out_branch->node = node;
    out_branch->role = "below";
    memcpy(out_branch->code, day.code, sizeof out_branch->code);
    memcpy(out_branch->name, day.name, sizeof out_branch->name);
    return true;
}

static bool read_branches_below(
    struct fl_txn *txn,
    struct fl_mirror_batch *batch,
    size_t *io_capacity)
{
    struct fl_routes routes = {0};
    struct fl_mirror_branch branch;
    bool fits = fl_routes_load(txn, &routes) == FL_OK;
    for (uint32_t origin = 0; origin < routes.count && fits; origin++) {
        if (branch_below(txn, &routes, origin, &branch)) {
            fits = add_branch(batch, io_capacity, &branch);
        }
    }
    fl_routes_deinit(&routes);
    return fits;
}

static bool read_branches(
    const struct fl_mirror_reader *reader,
    struct fl_txn *txn,
    struct fl_mirror_batch *batch)
{
    size_t capacity = 0;
    struct fl_peer peer;
    struct fl_mirror_branch own = {
        .node = reader->own_node,
        .role = "self",
        .is_native = true,
        .is_active = true,
        .position = batch->head,
        .whole_lsn = batch->head};
    memcpy(own.code, reader->own_code, sizeof own.code);
    bool fits = add_branch(batch, &capacity, &own);
    uint32_t number = 0;
    while (fits && fl_peers_next(txn, number, &peer) == FL_OK) {
        struct fl_mirror_branch branch = branch_of(&peer);
        fits = add_branch(batch, &capacity, &branch);
        number = peer.number;
    }
    return fits && read_branches_below(txn, batch, &capacity);
}

enum fl_status fl_mirror_read(
    struct fl_mirror_reader *reader,
    uint64_t lsn,
    bool branches,
    struct fl_mirror_batch *batch,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    batch->count = 0;
    batch->day_count = 0;
    batch->unreadable = 0;
    batch->is_last = false;
    batch->lsn_to = lsn;
    fl_buffer_clear(&batch->records);
    fl_free(batch->branches);
    batch->branches = NULL;
    batch->branch_count = 0;
    fl_txn_begin(&txn, reader->store, FL_TXN_READ);
    batch->head = fl_journal_head(&txn);
    batch->purged = fl_sweep_purged_lsn(&txn);
    batch->configuration = fl_configurations_current(&txn);
    enum fl_status status = scan(reader, &txn, lsn, batch, out_error);
    branches = branches || batch->day_count > 0; /* a day tells nothing without them */
    if (status == FL_OK && branches && batch->is_last &&
        !read_branches(reader, &txn, batch)) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK && fl_txn_status(&txn) != FL_OK) {
        status =
            fl_error_set(out_error, fl_txn_status(&txn), "%s", fl_txn_error(&txn)->text);
    }
    fl_txn_abort(&txn);
    return status;
}

uint64_t fl_mirror_read_head(struct fl_store *store)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, store, FL_TXN_READ);
    uint64_t head = fl_journal_head(&txn);
    fl_txn_abort(&txn);
    return head;
}

enum fl_status fl_mirror_read_configuration(
    struct fl_store *store,
    uint16_t number,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    uint8_t hash[FL_CONFIGURATION_HASH_BYTES];
    struct fl_bytes encoded;
    struct fl_txn txn;
    fl_txn_begin(&txn, store, FL_TXN_READ);
    enum fl_status status = fl_configurations_get(&txn, number, hash, &encoded);
    if (status == FL_OK) {
        status = fl_configuration_decode(encoded, out_configuration, out_error);
    } else {
        status = fl_error_set(out_error, status, "the configuration cannot be read");
    }
    fl_txn_abort(&txn);
    return status;
}

enum fl_status fl_mirror_read_presence(
    struct fl_store *store,
    uint32_t type,
    const struct fl_uuid *ids,
    size_t count,
    bool *out_here,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    enum fl_status status = FL_OK;
    fl_txn_begin(&txn, store, FL_TXN_READ);
    for (size_t i = 0; i < count && status == FL_OK; i++) {
        struct fl_entry entry = {.flags = 0};
        struct fl_key key = {.type = type, .id = ids[i]};
        enum fl_status found = fl_object_get(&txn, key, &entry);
        out_here[i] =
            found == FL_OK && !(entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN));
        status = fl_txn_status(&txn);
    }
    if (status != FL_OK) {
        (void)fl_error_set(out_error, status, "%s", fl_txn_error(&txn)->text);
    }
    fl_txn_abort(&txn);
    return status;
}
