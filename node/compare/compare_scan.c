#include "compare_scan.h"

#include <string.h>

enum {
    SLICE_OBJECTS = 256,     /* read and hashed: about a millisecond */
    SLICE_KEYS = 2048,       /* only looked at */
    SLICE_BYTES = 256 << 10, /* of records that are hashed */
    ENTRIES_ROOM_FIRST = 256,
};

bool fl_compare_admits(const struct fl_link *link, struct fl_key key)
{
    const struct fl_plan_rule *rule =
        fl_plan_rule_of(fl_node_plan_of(link->replicator->node, &link->peer), key.type);

    return rule->exchanged && rule->send == FL_PLAN_SEND_AS_IS &&
           rule->receive != FL_PLAN_RECEIVE_IGNORE;
}

static void begin(struct fl_compare_scan *scan, enum fl_compare_pass pass)
{
    scan->pass = pass;
    scan->next = (struct fl_key){.type = scan->type};
    scan->read = 0;
    scan->total = 0;
}

enum fl_status fl_compare_scan_digests(struct fl_compare_scan *scan, uint32_t type)
{
    fl_digests_free(scan->digests);
    scan->digests = fl_digests_new();
    if (!scan->digests) {
        return FL_NO_MEMORY;
    }
    scan->type = type;
    begin(scan, FL_COMPARE_DIGESTS);
    return FL_OK;
}

void fl_compare_scan_list(struct fl_compare_scan *scan, const struct fl_buckets *buckets)
{
    scan->buckets = *buckets;
    scan->entry_count = 0;
    begin(scan, FL_COMPARE_ENTRIES_OF);
}

void fl_compare_scan_free(struct fl_compare_scan *scan)
{
    fl_digests_free(scan->digests);
    fl_free(scan->entries);
    *scan = (struct fl_compare_scan){.pass = FL_COMPARE_NO_PASS};
}

/* The smallest key above; false: there is none. */
static bool go_behind(struct fl_key *key)
{
    for (size_t i = sizeof(key->id.bytes); i > 0; i--) {
        if (++key->id.bytes[i - 1] != 0) {
            return true;
        }
    }
    return ++key->type != 0;
}

/* False: the pass is over, for behind the last type nothing is looked for. */
static bool go_to_next_type(struct fl_compare_scan *scan, uint32_t type)
{
    scan->next = (struct fl_key){.type = type + 1};
    return scan->type == 0 && type < UINT32_MAX;
}

static enum fl_status put_entry(
    struct fl_compare_scan *scan,
    struct fl_key key,
    const uint8_t hash[FL_DIGEST_BYTES])
{
    if (scan->entry_count == FL_COMPARISON_LIST_MAX) {
        return FL_LIMIT;
    }
    if (scan->entry_count == scan->entry_room) {
        size_t room = scan->entry_room > 0 ? 2 * scan->entry_room : ENTRIES_ROOM_FIRST;
        struct fl_compare_entry *entries =
            fl_realloc(scan->entries, room * sizeof(*entries));

        if (!entries) {
            return FL_NO_MEMORY;
        }
        scan->entries = entries;
        scan->entry_room = room;
    }
    struct fl_compare_entry *entry = &scan->entries[scan->entry_count++];

    entry->key = key;
    memcpy(entry->hash, hash, sizeof(entry->hash));
    return FL_OK;
}

static enum fl_status add(
    struct fl_compare_scan *scan,
    const struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    size_t *bytes)
{
    uint8_t hash[FL_DIGEST_BYTES];
    bool admits = true;

    if ((entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0 ||
        fl_routing_admits(
            link->replicator->node, txn, &link->peer, &scan->subscription, entry->key,
            &admits) != FL_OK ||
        !admits) {
        return fl_txn_status(txn);
    }
    *bytes += entry->record.size;
    fl_digests_hash(entry->key, entry->record, hash);
    if (scan->pass == FL_COMPARE_ENTRIES_OF) {
        return put_entry(scan, entry->key, hash);
    }
    fl_digests_add(scan->digests, fl_digests_bucket(entry->key), hash);
    return FL_OK;
}

/* The next object: for a digest whole, for a list only when it belongs there. */
static enum fl_status next_object(
    const struct fl_compare_scan *scan,
    struct fl_object_walk *walk,
    struct fl_entry *out_entry,
    bool *out_wanted)
{
    uint64_t lsn;

    *out_wanted = true;
    if (scan->pass == FL_COMPARE_DIGESTS) {
        return fl_object_walk_next(walk, out_entry);
    }
    enum fl_status status = fl_object_walk_next_lsn(walk, &out_entry->key, &lsn);

    *out_wanted = status == FL_OK &&
                  fl_buckets_have(&scan->buckets, fl_digests_bucket(out_entry->key));
    return *out_wanted ? fl_object_get(walk->txn, out_entry->key, out_entry) : status;
}

/*
 * One object. `*out_more`: another may follow in this slice; `scan->next` is where to
 * begin the next one. What cannot be read is in no digest and in no list, so that it
 * differs from what the peer has.
 */
static enum fl_status take_next(
    struct fl_compare_scan *scan,
    const struct fl_link *link,
    struct fl_object_walk *walk,
    size_t *bytes,
    bool *out_more)
{
    struct fl_entry entry = {.lsn = 0};
    bool wanted = false;
    enum fl_status status = next_object(scan, walk, &entry, &wanted);

    *out_more = false;
    if (status == FL_MALFORMED && fl_txn_status(walk->txn) == FL_OK) {
        status = FL_OK;
        wanted = false;
    }
    if (status != FL_OK) {
        return status;
    }
    if ((scan->type != 0 && entry.key.type != scan->type) ||
        !fl_compare_admits(link, entry.key)) {
        return go_to_next_type(scan, entry.key.type) ? FL_OK : FL_NOT_FOUND;
    }
    scan->next = entry.key;
    scan->read++;
    if (wanted) {
        status = add(scan, link, walk->txn, &entry, bytes);
    }
    *out_more = go_behind(&scan->next);
    return status != FL_OK || *out_more ? status : FL_NOT_FOUND;
}

enum fl_status fl_compare_scan_step(struct fl_compare_scan *scan, struct fl_link *link)
{
    struct fl_txn txn;

    enum fl_status routed = fl_routing_catch_up(
        link->replicator->node, &link->peer, FL_ROUTING_SOME, &scan->subscription, NULL);

    if (routed == FL_BUSY) {
        return FL_OK; /* the next slice goes on */
    }
    if (routed != FL_OK) {
        scan->pass = FL_COMPARE_NO_PASS;
        return routed;
    }
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    if (scan->type == 0) {
        scan->total = fl_object_count(&txn);
    }
    struct fl_object_walk walk;
    enum fl_status status = FL_OK;
    size_t bytes = 0;
    bool more = true;
    int most = scan->pass == FL_COMPARE_DIGESTS ? SLICE_OBJECTS : SLICE_KEYS;

    fl_object_walk_begin(&walk, &txn, scan->next);
    for (int i = 0; i < most && bytes < SLICE_BYTES && more; i++) {
        status = take_next(scan, link, &walk, &bytes, &more);
    }
    fl_object_walk_end(&walk);
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        scan->pass = FL_COMPARE_NO_PASS;
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}
