#include "duplicate_work.h"

#include <stdio.h>

#include "duplicate_refs.h"
#include "proto/record.h"

enum {
    STEP_OBJECTS = 200, /* enough for a transaction */
    STEP_BYTES = 2 << 20,
};

/* -- the two -- */

static enum fl_status read_one(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    enum fl_status status =
        fl_change_current(txn, key, &work->arena, out_object, NULL, out_error);
    return status == FL_NOT_FOUND
               ? fl_error_set(out_error, status, "one of the two is not here")
               : status;
}

static enum fl_status check_two(
    struct fl_duplicate_work *work,
    const struct fl_type *type,
    const struct fl_object *kept,
    const struct fl_object *merged,
    struct fl_error *out_error)
{
    if (fl_object_role(kept, type, FL_ROLE_DELETION_MARK) != NULL) {
        return fl_error_set(
            out_error, FL_REFUSED, "the one to be kept is marked for deletion");
    }
    if (fl_object_role(merged, type, FL_ROLE_PREDEFINED_NAME) != NULL) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the duplicate is a predefined item: it can only be the one to be kept");
    }
    if ((fl_object_role(kept, type, FL_ROLE_IS_FOLDER) != NULL) !=
        (fl_object_role(merged, type, FL_ROLE_IS_FOLDER) != NULL)) {
        return fl_error_set(
            out_error, FL_REFUSED, "one of the two is a folder, and one is not");
    }
    work->merge.was_marked = fl_object_role(merged, type, FL_ROLE_DELETION_MARK) != NULL;
    return FL_OK;
}

static enum fl_status check(struct fl_duplicate_work *work, struct fl_error *out_error)
{
    struct fl_duplicate_merge *merge = &work->merge;
    const struct fl_type *type =
        fl_configuration_type(work->node->configuration, merge->kept.type);
    struct fl_object kept;
    struct fl_object merged;
    struct fl_txn txn;
    if (type == NULL || type->kind != FL_KIND_CATALOG ||
        merge->kept.type != merge->merged.type) {
        return fl_error_set(
            out_error, FL_REFUSED, "two objects of one catalog can be merged");
    }
    if (fl_key_equal(merge->kept, merge->merged)) {
        return fl_error_set(out_error, FL_REFUSED, "these are one and the same");
    }
    fl_arena_reset(&work->arena);
    fl_txn_begin(&txn, work->node->store, FL_TXN_READ);
    enum fl_status status = read_one(work, &txn, merge->kept, &kept, out_error);
    if (status == FL_OK) {
        status = read_one(work, &txn, merge->merged, &merged, out_error);
    }
    if (status == FL_OK) {
        status = check_two(work, type, &kept, &merged, out_error);
    }
    fl_txn_abort(&txn);
    return status;
}

/* -- turning -- */

static void log_key(struct fl_duplicate_work *work, uint8_t what, struct fl_key key)
{
    fl_buffer_put_u8(&work->log, what);
    fl_buffer_put_u32(&work->log, key.type);
    fl_buffer_put_memory(&work->log, key.id.bytes, sizeof key.id.bytes);
}

static enum fl_status move_set(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    const struct fl_object *moved,
    const struct fl_entry *entry,
    struct fl_error *out_error)
{
    struct fl_object there;
    enum fl_status found =
        fl_change_current(txn, moved->key, &work->arena, &there, NULL, out_error);
    enum fl_status status = found == FL_NOT_FOUND ? FL_OK : found;
    bool makes = found == FL_NOT_FOUND;
    log_key(work, FL_DUPLICATE_MOVED, entry->key);
    fl_buffer_put_memory(&work->log, moved->key.id.bytes, sizeof moved->key.id.bytes);
    fl_buffer_put_u8(&work->log, makes ? 1 : 0);
    fl_buffer_put_sized(&work->log, entry->record);
    if (status == FL_OK && makes) {
        status = fl_duplicate_work_append(work, txn, moved, out_error);
    }
    return status == FL_OK ? fl_duplicate_work_delete_set(
                                 work, txn, type, entry->key, entry->record, out_error)
                           : status;
}

static enum fl_status turn_one(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_error *out_error)
{
    struct fl_object object;
    struct fl_entry entry;
    const struct fl_type *type =
        fl_configuration_type(work->node->configuration, key.type);
    fl_arena_reset(&work->arena);
    fl_buffer_clear(&work->places);
    enum fl_status status =
        fl_change_current(txn, key, &work->arena, &object, &entry, out_error);
    if (status == FL_NOT_FOUND || (status == FL_OK && type == NULL)) {
        return FL_OK;
    }
    size_t count = status != FL_OK ? 0
                                   : fl_duplicate_refs_turn(
                                         &object, work->merge.merged, work->merge.kept,
                                         &work->places);
    if (count == 0) {
        return status;
    }
    status = fl_object_normalise(type, &object, out_error);
    work->merge.objects++;
    work->merge.references += count;
    if (status == FL_OK && !fl_key_equal(object.key, key)) {
        return move_set(work, txn, type, &object, &entry, out_error);
    }
    log_key(work, FL_DUPLICATE_TURNED, key);
    fl_buffer_put_sized(&work->log, fl_buffer_view(&work->places));
    return status == FL_OK ? fl_duplicate_work_append(work, txn, &object, out_error)
                           : status;
}

static enum fl_status commit_turned(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    if (work->log.size == 0) {
        fl_txn_abort(txn);
        return FL_OK;
    }
    fl_duplicate_log_put_step(
        txn, work->merge.number, work->step + 1, fl_buffer_view(&work->log));
    fl_duplicate_log_put(txn, &work->merge);
    enum fl_status status = fl_change_commit(txn, out_error);
    work->step += status == FL_OK;
    return status;
}

/* A transaction of the keys that were found. */
static enum fl_status turn_some(
    struct fl_duplicate_work *work,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    enum fl_status status = FL_OK;
    fl_buffer_clear(&work->log);
    work->bytes = 0;
    fl_txn_begin(&txn, work->node->store, FL_TXN_WRITE);
    for (size_t i = 0; i < STEP_OBJECTS && work->next < work->scan.count &&
                       work->log.size + work->bytes < STEP_BYTES && status == FL_OK;
         i++) {
        status = turn_one(work, &txn, work->scan.keys[work->next++], out_error);
    }
    if (status == FL_OK && fl_buffer_status(&work->log) != FL_OK) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    return commit_turned(work, &txn, out_error);
}

/* -- finishing -- */

static enum fl_status fill(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    const struct fl_object *merged,
    struct fl_error *out_error)
{
    struct fl_duplicate_merge *merge = &work->merge;
    struct fl_object kept;
    enum fl_status status = read_one(work, txn, merge->kept, &kept, out_error);
    for (size_t i = 0; i < type->attribute_count && status == FL_OK; i++) {
        uint32_t number = type->attributes[i].number;
        const struct fl_value *value = fl_object_field(merged, number);
        if (type->attributes[i].role == FL_ROLE_OWN && value != NULL &&
            fl_object_field(&kept, number) == NULL &&
            merge->filled_count < FL_DUPLICATE_FILLED_MAX) {
            status = fl_object_set(&kept, number, value, &work->arena);
            merge->filled[merge->filled_count++] = number;
        }
    }
    if (status == FL_OK && merge->filled_count > 0) {
        status = fl_object_normalise(type, &kept, out_error);
    }
    return status == FL_OK && merge->filled_count > 0
               ? fl_duplicate_work_append(work, txn, &kept, out_error)
               : status;
}

static enum fl_status finish(
    struct fl_duplicate_work *work,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_duplicate_merge *merge = &work->merge;
    const struct fl_type *type =
        fl_configuration_type(work->node->configuration, merge->merged.type);
    struct fl_object merged;
    struct fl_txn txn;
    fl_arena_reset(&work->arena);
    fl_txn_begin(&txn, work->node->store, FL_TXN_WRITE);
    enum fl_status status =
        type == NULL ? FL_OK : read_one(work, &txn, merge->merged, &merged, out_error);
    if (status == FL_OK && type != NULL && work->fills) {
        status = fill(work, &txn, type, &merged, out_error);
    }
    if (status == FL_OK && type != NULL) {
        status = fl_duplicate_work_set_mark(
            work, &txn, type, &merged, /* wanted= */ true, out_error);
    }
    return fl_duplicate_work_end(
        work, &txn, status, FL_DUPLICATE_DONE, out_done, out_error);
}

/* -- a merge -- */

/*
 * What was found is turned, then more is looked for, until a pass over all objects finds
 * nothing: others write meanwhile.
 */
static enum fl_status go_on(
    struct fl_duplicate_work *work,
    bool *out_done,
    struct fl_error *out_error)
{
    (void)out_done;
    if (work->next < work->scan.count) {
        return turn_some(work, out_error);
    }
    if (work->scan.walk.done && work->merge.references == work->turned_before) {
        work->phase = finish;
        return FL_OK;
    }
    if (work->scan.walk.done) {
        work->turned_before = work->merge.references;
        fl_duplicate_scan_begin(
            &work->scan, work->node->store, work->merge.merged, work->merge.kept);
    }
    work->next = 0;
    return fl_duplicate_scan_some(&work->scan, out_error);
}

/* Number and record of the merge, before anything is changed. */
static enum fl_status begin(
    struct fl_duplicate_work *work,
    bool *out_done,
    struct fl_error *out_error)
{
    (void)out_done;
    struct fl_duplicate_merge other = {.number = 0};
    struct fl_txn txn;
    enum fl_status status = FL_OK;
    fl_txn_begin(&txn, work->node->store, FL_TXN_WRITE);
    while (status == FL_OK) {
        status = fl_duplicate_log_next(&txn, other.number, &other, out_error);
    }
    if (status != FL_NOT_FOUND) {
        fl_txn_abort(&txn);
        return status;
    }
    work->merge.number = other.number + 1;
    work->merge.state = FL_DUPLICATE_BEGUN;
    work->merge.merged_ms = fl_node_now_ms();
    fl_duplicate_log_put(&txn, &work->merge);
    status = fl_change_commit(&txn, out_error);
    work->wrote = work->wrote || status == FL_OK;
    fl_duplicate_scan_begin(
        &work->scan, work->node->store, work->merge.merged, work->merge.kept);
    work->phase = go_on;
    return status;
}

enum fl_status fl_duplicate_merge_new(
    struct fl_node *node,
    const struct fl_duplicate_wanted *wanted,
    struct fl_duplicate_work **out_work,
    struct fl_error *out_error)
{
    struct fl_duplicate_work *work = NULL;
    enum fl_status status = fl_duplicate_work_new(node, begin, &work, out_error);
    if (status != FL_OK) {
        return status;
    }
    work->merge.kept = wanted->kept;
    work->merge.merged = wanted->merged;
    work->fills = wanted->fills;
    struct fl_bytes who = fl_bytes_utf8_beginning(
        fl_bytes_of_text(wanted->who), sizeof work->merge.who - 1);
    snprintf(
        work->merge.who, sizeof work->merge.who, "%.*s", (int)who.size,
        (const char *)who.data);
    status = check(work, out_error);
    if (status != FL_OK) {
        fl_duplicate_work_free(work);
        return status;
    }
    *out_work = work;
    return FL_OK;
}
