#include "duplicate_work.h"

#include "proto/record.h"

enum { STEP_BYTES_MAX = 16 << 20, PLACES_BYTES_MAX = 4 << 20 };

enum fl_status fl_duplicate_work_new(
    struct fl_node *node,
    fl_duplicate_work_phase *begin,
    struct fl_duplicate_work **out_work,
    struct fl_error *out_error)
{
    if (node->is_merging) {
        return fl_error_set(
            out_error, FL_BUSY,
            "another merge, or the undoing of one, is going on; again when it has ended");
    }
    struct fl_duplicate_work *work = fl_alloc_zeroed(1, sizeof *work);
    if (work == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    node->is_merging = true;
    work->node = node;
    work->phase = begin;
    fl_arena_init(&work->arena, 4 * FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&work->record, FL_RECORD_BYTES_MAX);
    fl_buffer_init(&work->places, PLACES_BYTES_MAX);
    fl_buffer_init(&work->log, STEP_BYTES_MAX);
    *out_work = work;
    return FL_OK;
}

void fl_duplicate_work_free(struct fl_duplicate_work *work)
{
    if (work != NULL) {
        work->node->is_merging = false;
        fl_arena_deinit(&work->arena);
        fl_buffer_deinit(&work->record);
        fl_buffer_deinit(&work->places);
        fl_buffer_deinit(&work->log);
        fl_free(work);
    }
}

enum fl_status fl_duplicate_work_step(
    struct fl_duplicate_work *work,
    bool *out_done,
    struct fl_error *out_error)
{
    return work->phase(work, out_done, out_error);
}

const struct fl_duplicate_merge *fl_duplicate_work_merge(
    const struct fl_duplicate_work *work)
{
    return &work->merge;
}

uint64_t fl_duplicate_work_left(const struct fl_duplicate_work *work)
{
    return work->left;
}

bool fl_duplicate_work_wrote(const struct fl_duplicate_work *work)
{
    return work->wrote;
}

enum fl_status fl_duplicate_work_append(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    enum fl_status status =
        fl_change_append(work->node, txn, object, &work->record, out_error);
    fl_journal_transaction(txn);
    work->bytes += work->record.size;
    return status;
}

enum fl_status fl_duplicate_work_delete_set(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    struct fl_key key,
    struct fl_bytes record,
    struct fl_error *out_error)
{
    struct fl_object gone;
    enum fl_status status =
        fl_record_decode(key, /* deleted= */ false, record, &work->arena, &gone);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "a set of records cannot be unpacked");
    }
    gone.section_count = 0;
    gone.deleted = true;
    status = fl_object_normalise(type, &gone, out_error);
    return status == FL_OK ? fl_duplicate_work_append(work, txn, &gone, out_error)
                           : status;
}

enum fl_status fl_duplicate_work_set_mark(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    struct fl_object *merged,
    bool wanted,
    struct fl_error *out_error)
{
    const struct fl_attribute *mark = fl_type_role(type, FL_ROLE_DELETION_MARK);
    const struct fl_value value = {.kind = FL_VALUE_BOOLEAN, .boolean = true};
    if (mark == NULL ||
        (fl_object_role(merged, type, FL_ROLE_DELETION_MARK) != NULL) == wanted) {
        return FL_OK;
    }
    enum fl_status status =
        fl_object_set(merged, mark->number, wanted ? &value : NULL, &work->arena);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "not enough memory");
    }
    status = fl_object_normalise(type, merged, out_error);
    return status == FL_OK ? fl_duplicate_work_append(work, txn, merged, out_error)
                           : status;
}

enum fl_status fl_duplicate_work_end(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    enum fl_status status,
    enum fl_duplicate_state state,
    bool *out_done,
    struct fl_error *out_error)
{
    if (status != FL_OK) {
        fl_txn_abort(txn);
        return status;
    }
    work->merge.state = state;
    fl_duplicate_log_put(txn, &work->merge);
    status = fl_change_commit(txn, out_error);
    work->wrote = work->wrote || status == FL_OK;
    *out_done = status == FL_OK;
    return status;
}
