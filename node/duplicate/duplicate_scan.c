#include "duplicate_scan.h"

#include <string.h>

void fl_duplicate_scan_begin(
    struct fl_duplicate_scan *scan,
    struct fl_store *store,
    struct fl_key of,
    struct fl_key except)
{
    scan->walk = (struct fl_walk){.store = store};
    scan->of = of;
    scan->except = except;
    scan->count = 0;
}

static bool holds(struct fl_bytes record, struct fl_uuid id)
{
    const uint8_t *at = record.data;
    size_t left = record.size;
    while (left >= FL_UUID_BYTES) {
        const uint8_t *found = memchr(at, id.bytes[0], left - FL_UUID_BYTES + 1);
        if (found == NULL) {
            return false;
        }
        if (memcmp(found, id.bytes, FL_UUID_BYTES) == 0) {
            return true;
        }
        left -= (size_t)(found + 1 - at);
        at = found + 1;
    }
    return false;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_duplicate_scan *scan = context;
    (void)txn;
    (void)out_stop;
    (void)out_error;
    if (!fl_key_equal(entry->key, scan->of) && !fl_key_equal(entry->key, scan->except) &&
        holds(entry->record, scan->of.id)) {
        FL_ASSERT(scan->count < FL_DUPLICATE_SCAN_KEYS_MAX);
        scan->keys[scan->count++] = entry->key;
    }
    return FL_OK;
}

enum fl_status fl_duplicate_scan_some(
    struct fl_duplicate_scan *scan,
    struct fl_error *out_error)
{
    scan->count = 0;
    return fl_walk_some(&scan->walk, /* share= */ NULL, visit, scan, out_error);
}
