/*
 * Local changes: what programs and people write, put into the journal.
 */

#ifndef NODE_CHANGE_H
#define NODE_CHANGE_H

#include <jansson.h>

#include "node.h"
#include "proto/object.h"
#include "random.h"
#include "storage/journal.h"

/* Memory that changes share, one after another; the caller's. */
struct fl_change_memory {
    struct fl_arena arena;
    struct fl_buffer record;
    struct fl_ref_maker refs;
};

void fl_change_memory_init(struct fl_change_memory *memory);
void fl_change_memory_deinit(struct fl_change_memory *memory);

/*
 * Append the change that `line` describes (change_json.h) to the journal. Nothing is
 * appended on failure, and `txn` goes on unless it failed itself (fl_txn_status()).
 * FL_NOT_FOUND also when an object to be deleted is not there.
 */
enum fl_status fl_change_apply(
    struct fl_node *node,
    struct fl_txn *txn,
    const json_t *line,
    struct fl_change_memory *memory,
    struct fl_key *out_key,
    struct fl_error *out_error);

/* The same for a line that is still text. */
enum fl_status fl_change_apply_text(
    struct fl_node *node,
    struct fl_txn *txn,
    struct fl_bytes line,
    struct fl_change_memory *memory,
    struct fl_key *out_key,
    struct fl_error *out_error);

/*
 * What is here now of `key`, unpacked into `arena`. FL_NOT_FOUND: nothing, or deleted.
 * `out_entry` may be NULL.
 */
enum fl_status fl_change_current(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_entry *out_entry,
    struct fl_error *out_error);

/* Append `object`, in its normal form, as a change made here; `record` is memory for it.
 */
enum fl_status fl_change_append(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_buffer *record,
    struct fl_error *out_error);

/* Commits; a failure with its words. */
enum fl_status fl_change_commit(struct fl_txn *txn, struct fl_error *out_error);

/* `txn`'s failure with its words. */
enum fl_status fl_change_txn_failure(
    const struct fl_txn *txn,
    struct fl_error *out_error);

#endif
