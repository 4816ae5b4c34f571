#include "duplicate_uses.h"

#include "change/change.h"
#include "duplicate_refs.h"
#include "duplicate_scan.h"

enum { TYPES_MAX = 4096 };

struct fl_duplicate_uses {
    struct fl_node *node;
    struct fl_duplicate_scan scan;
    struct fl_arena arena;
    size_t count;
    struct fl_duplicate_use list[TYPES_MAX];
};

struct fl_duplicate_uses *fl_duplicate_uses_new(struct fl_node *node, struct fl_key of)
{
    struct fl_duplicate_uses *uses = fl_alloc_zeroed(1, sizeof *uses);
    if (uses != NULL) {
        uses->node = node;
        fl_arena_init(&uses->arena, FL_OBJECT_ARENA_BYTES_MAX);
        fl_duplicate_scan_begin(&uses->scan, node->store, of, of);
    }
    return uses;
}

void fl_duplicate_uses_free(struct fl_duplicate_uses *uses)
{
    if (uses != NULL) {
        fl_arena_deinit(&uses->arena);
        fl_free(uses);
    }
}

/* Objects come in the order of their types. */
static void add(struct fl_duplicate_uses *uses, uint32_t type, size_t references)
{
    struct fl_duplicate_use *use = uses->count == 0 ? NULL : &uses->list[uses->count - 1];
    if (use == NULL || (use->type != type && uses->count < TYPES_MAX)) {
        use = &uses->list[uses->count++];
        use->type = type;
    }
    use->objects++;
    use->references += references;
}

enum fl_status fl_duplicate_uses_step(
    struct fl_duplicate_uses *uses,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    enum fl_status status = fl_duplicate_scan_some(&uses->scan, out_error);
    fl_txn_begin(&txn, uses->node->store, FL_TXN_READ);
    for (size_t i = 0; i < uses->scan.count && status == FL_OK; i++) {
        struct fl_object object;
        struct fl_key key = uses->scan.keys[i];
        fl_arena_reset(&uses->arena);
        status = fl_change_current(&txn, key, &uses->arena, &object, NULL, out_error);
        size_t references =
            status == FL_OK ? fl_duplicate_refs_count(&object, uses->scan.of) : 0;
        if (references > 0) {
            add(uses, key.type, references);
        }
        status = status == FL_NOT_FOUND ? FL_OK : status;
    }
    fl_txn_abort(&txn);
    *out_done = status == FL_OK && uses->scan.walk.done;
    return status;
}

const struct fl_duplicate_use *fl_duplicate_uses_list(
    const struct fl_duplicate_uses *uses,
    size_t *out_count)
{
    *out_count = uses->count;
    return uses->list;
}
