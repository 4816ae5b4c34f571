#include "duplicate_work.h"

#include "duplicate_refs.h"
#include "proto/record.h"

/* -- going back -- */

static enum fl_status turn_back(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_bytes places,
    struct fl_error *out_error)
{
    struct fl_object object = {.key = key};
    const struct fl_type *type =
        fl_configuration_type(work->node->configuration, key.type);
    size_t turned = 0;
    size_t left = 0;
    enum fl_status status =
        fl_change_current(txn, key, &work->arena, &object, NULL, out_error);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    if (fl_duplicate_refs_turn_back(
            &object, places, work->merge.kept, work->merge.merged, &turned, &left) !=
        FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the record of this merge cannot be read");
    }
    work->left += left;
    if (turned == 0 || type == NULL) {
        return FL_OK;
    }
    status = fl_object_normalise(type, &object, out_error);
    return status == FL_OK ? fl_duplicate_work_append(work, txn, &object, out_error)
                           : status;
}

/* The set that the merge made goes, unless it was changed since. */
static enum fl_status take_away(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    const struct fl_object *old,
    struct fl_key new_key,
    struct fl_error *out_error)
{
    struct fl_object object;
    struct fl_entry entry;
    enum fl_status status =
        fl_change_current(txn, new_key, &work->arena, &object, &entry, out_error);
    if (status != FL_OK) {
        work->left += status == FL_NOT_FOUND;
        return status == FL_NOT_FOUND ? FL_OK : status;
    }
    struct fl_object made;
    fl_buffer_clear(&work->record);
    fl_buffer_clear(&work->places);
    status = fl_record_encode(old, &work->record);
    struct fl_bytes copy = {NULL, 0};
    if (status == FL_OK) {
        status = fl_arena_copy(&work->arena, fl_buffer_view(&work->record), &copy);
    }
    if (status == FL_OK) {
        status = fl_record_decode(old->key, false, copy, &work->arena, &made);
    }
    if (status == FL_OK) {
        (void)fl_duplicate_refs_turn(
            &made, work->merge.merged, work->merge.kept, &work->places);
        status = fl_object_normalise(type, &made, out_error);
    }
    fl_buffer_clear(&work->record);
    if (status == FL_OK) {
        status = fl_record_encode(&made, &work->record);
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "a set of records cannot be put back");
    }
    if (!fl_bytes_equal(fl_buffer_view(&work->record), entry.record)) {
        work->left++;
        return FL_OK;
    }
    return fl_duplicate_work_delete_set(
        work, txn, type, new_key, entry.record, out_error);
}

static enum fl_status move_back(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_reader *reader,
    struct fl_error *out_error)
{
    struct fl_key new_key = {.type = key.type};
    struct fl_object old;
    struct fl_object now;
    const struct fl_type *type =
        fl_configuration_type(work->node->configuration, key.type);
    fl_reader_copy(reader, new_key.id.bytes, sizeof new_key.id.bytes);
    bool was_made = fl_reader_u8(reader) != 0;
    struct fl_bytes record = fl_reader_sized(reader);
    if (type == NULL ||
        fl_record_decode(key, /* deleted= */ false, record, &work->arena, &old) !=
            FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the record of this merge cannot be read");
    }
    enum fl_status status =
        fl_change_current(txn, key, &work->arena, &now, NULL, out_error);
    if (status == FL_OK) {
        work->left++; /* somebody has made another since */
        return FL_OK;
    }
    status = status == FL_NOT_FOUND ? fl_duplicate_work_append(work, txn, &old, out_error)
                                    : status;
    return status == FL_OK && was_made
               ? take_away(work, txn, type, &old, new_key, out_error)
               : status;
}

static enum fl_status undo_step(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    struct fl_bytes step,
    struct fl_error *out_error)
{
    struct fl_reader reader = fl_reader_of(step);
    enum fl_status status = FL_OK;
    while (status == FL_OK && fl_reader_left(&reader) > 0) {
        uint8_t what = fl_reader_u8(&reader);
        struct fl_key key = {.type = fl_reader_u32(&reader)};
        fl_reader_copy(&reader, key.id.bytes, sizeof key.id.bytes);
        fl_arena_reset(&work->arena);
        status = what == FL_DUPLICATE_TURNED
                     ? turn_back(work, txn, key, fl_reader_sized(&reader), out_error)
                     : move_back(work, txn, key, &reader, out_error);
    }
    return status == FL_OK && !fl_reader_done(&reader)
               ? fl_error_set(
                     out_error, FL_MALFORMED, "the record of this merge cannot be read")
               : status;
}

/* -- finishing -- */

/* What was filled goes, where it is what the duplicate has. */
static enum fl_status empty(
    struct fl_duplicate_work *work,
    struct fl_txn *txn,
    const struct fl_type *type,
    const struct fl_object *merged,
    struct fl_error *out_error)
{
    struct fl_object kept;
    bool changed = false;
    enum fl_status status =
        fl_change_current(txn, work->merge.kept, &work->arena, &kept, NULL, out_error);
    for (size_t i = 0; i < work->merge.filled_count && status == FL_OK; i++) {
        uint32_t number = work->merge.filled[i];
        const struct fl_value *value = fl_object_field(&kept, number);
        const struct fl_value *theirs = fl_object_field(merged, number);
        bool is_same = value != NULL && theirs != NULL && fl_value_equal(value, theirs);
        work->left += value != NULL && !is_same;
        if (is_same) {
            status = fl_object_set(&kept, number, NULL, &work->arena);
            changed = true;
        }
    }
    if (status == FL_NOT_FOUND) {
        return FL_OK;
    }
    if (status == FL_OK && changed) {
        status = fl_object_normalise(type, &kept, out_error);
        status = status == FL_OK ? fl_duplicate_work_append(work, txn, &kept, out_error)
                                 : status;
    }
    return status;
}

static enum fl_status finish_back(
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
        fl_change_current(&txn, merge->merged, &work->arena, &merged, NULL, out_error);
    bool is_here = status == FL_OK && type != NULL;
    status = status == FL_NOT_FOUND ? FL_OK : status;
    if (is_here) {
        status = empty(work, &txn, type, &merged, out_error);
    }
    if (status == FL_OK && is_here && !merge->was_marked) {
        status = fl_duplicate_work_set_mark(
            work, &txn, type, &merged, /* wanted= */ false, out_error);
    }
    return fl_duplicate_work_end(
        work, &txn, status, FL_DUPLICATE_UNDONE, out_done, out_error);
}

/* -- an undoing -- */

/* The last step, in a transaction that takes it off the record. */
static enum fl_status go_back(
    struct fl_duplicate_work *work,
    bool *out_done,
    struct fl_error *out_error)
{
    (void)out_done;
    struct fl_txn txn;
    struct fl_bytes bytes;
    uint32_t step = 0;
    fl_txn_begin(&txn, work->node->store, FL_TXN_WRITE);
    enum fl_status status =
        fl_duplicate_log_last_step(&txn, work->merge.number, &step, &bytes);
    if (status == FL_NOT_FOUND) {
        fl_txn_abort(&txn);
        work->phase = finish_back;
        return FL_OK;
    }
    fl_buffer_clear(&work->log);
    if (status == FL_OK) {
        fl_buffer_put(&work->log, bytes); /* the transaction is about to be written to */
        status = fl_buffer_status(&work->log);
    }
    status = status == FL_OK
                 ? undo_step(work, &txn, fl_buffer_view(&work->log), out_error)
                 : fl_error_set(out_error, status, "the record cannot be read");
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    fl_duplicate_log_remove_step(&txn, work->merge.number, step);
    status = fl_change_commit(&txn, out_error);
    work->wrote = work->wrote || status == FL_OK;
    return status;
}

/* Was what the merge kept merged itself since? */
static enum fl_status check_later(
    struct fl_txn *txn,
    const struct fl_duplicate_merge *merge,
    struct fl_error *out_error)
{
    struct fl_duplicate_merge later = {.number = merge->number};
    enum fl_status status = FL_OK;
    while (status == FL_OK) {
        status = fl_duplicate_log_next(txn, later.number, &later, out_error);
        if (status == FL_OK && later.state != FL_DUPLICATE_UNDONE &&
            fl_key_equal(later.merged, merge->kept)) {
            return fl_error_set(
                out_error, FL_REFUSED,
                "what was kept then was merged itself later; undo merge %u first",
                later.number);
        }
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static enum fl_status find_merge(
    struct fl_duplicate_work *work,
    uint32_t number,
    struct fl_error *out_error)
{
    struct fl_duplicate_merge *merge = &work->merge;
    struct fl_txn txn;
    fl_txn_begin(&txn, work->node->store, FL_TXN_READ);
    enum fl_status status = fl_duplicate_log_get(&txn, number, merge);
    if (status == FL_NOT_FOUND) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "there is no merge %u; `filial duplicate list --merged` shows them", number);
    } else if (status != FL_OK) {
        status = fl_error_set(
            out_error, status, "the record of merge %u cannot be read", number);
    } else if (merge->state == FL_DUPLICATE_UNDONE) {
        status = fl_error_set(out_error, FL_REFUSED, "merge %u is undone", number);
    } else {
        status = check_later(&txn, merge, out_error);
    }
    fl_txn_abort(&txn);
    return status;
}

enum fl_status fl_duplicate_undo_new(
    struct fl_node *node,
    uint32_t number,
    struct fl_duplicate_work **out_work,
    struct fl_error *out_error)
{
    struct fl_duplicate_work *work = NULL;
    enum fl_status status = fl_duplicate_work_new(node, go_back, &work, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = find_merge(work, number, out_error);
    if (status != FL_OK) {
        fl_duplicate_work_free(work);
        return status;
    }
    *out_work = work;
    return FL_OK;
}
