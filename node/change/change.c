#include "change.h"

#include "change_json.h"
#include "json_text.h"
#include "proto/record.h"
#include "random.h"
#include "ref.h"

void fl_change_memory_init(struct fl_change_memory *memory)
{
    fl_arena_init(&memory->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&memory->record, FL_RECORD_BYTES_MAX);
    memory->refs = (struct fl_ref_maker){.time = 0};
}

void fl_change_memory_deinit(struct fl_change_memory *memory)
{
    fl_arena_deinit(&memory->arena);
    fl_buffer_deinit(&memory->record);
}

enum fl_status fl_change_commit(struct fl_txn *txn, struct fl_error *out_error)
{
    return fl_txn_commit(txn) == FL_OK ? FL_OK : fl_change_txn_failure(txn, out_error);
}

enum fl_status fl_change_txn_failure(const struct fl_txn *txn, struct fl_error *out_error)
{
    if (out_error != NULL) {
        *out_error = *fl_txn_error(txn);
    }
    return fl_txn_status(txn);
}

enum fl_status fl_change_current(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_entry *out_entry,
    struct fl_error *out_error)
{
    struct fl_entry entry;
    enum fl_status status = fl_object_get(txn, key, &entry);
    if (status == FL_OK && (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN))) {
        status = FL_NOT_FOUND;
    }
    if (status != FL_OK) {
        if (status != FL_NOT_FOUND && out_error != NULL) {
            *out_error = *fl_txn_error(txn);
        }
        return status;
    }
    /* The record is the store's until the next write: the object keeps its own. */
    struct fl_bytes record;
    status = fl_arena_copy(arena, entry.record, &record);
    if (status == FL_OK) {
        status = fl_record_decode(key, /* deleted= */ false, record, arena, out_object);
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the object here cannot be unpacked");
    }
    if (out_entry != NULL) {
        *out_entry = entry;
        out_entry->record = record;
    }
    return FL_OK;
}

static enum fl_status find_key(
    struct fl_node *node,
    const struct fl_change_json *change,
    struct fl_change_memory *memory,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    if (change->has_key) {
        *out_key = change->key;
        return FL_OK;
    }
    if (fl_kind_is_register(change->type->kind)) {
        return fl_change_json_filter_key(
            node->configuration, change, &memory->arena, out_key, out_error);
    }
    *out_key = (struct fl_key){
        .type = change->type->number,
        .id = fl_ref_maker_next(&memory->refs, fl_node_now_ms())};
    return FL_OK;
}

static enum fl_status load(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_change_json *change,
    struct fl_change_memory *memory,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    struct fl_key key;
    struct fl_object object;
    enum fl_status status = find_key(node, change, memory, &key, out_error);
    if (status != FL_OK) {
        return status;
    }
    object = (struct fl_object){.key = key};
    bool is_new = !change->has_key && !fl_kind_is_register(change->type->kind);
    if (!is_new) {
        status = fl_change_current(txn, key, &memory->arena, &object, NULL, out_error);
    }
    if (status == FL_NOT_FOUND && change->kind == FL_CHANGE_DELETE) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s is not here, so it cannot be deleted",
            fl_ref_text(node->configuration, key).text);
    }
    if (status == FL_NOT_FOUND) {
        object = (struct fl_object){.key = key};
        status = FL_OK;
    }
    if (status == FL_OK) {
        *out_object = object;
    }
    return status;
}

enum fl_status fl_change_append(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_object *object,
    struct fl_buffer *record,
    struct fl_error *out_error)
{
    fl_buffer_clear(record);
    enum fl_status status = fl_record_encode(object, record);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "%s is larger than an object may be",
            fl_ref_text(node->configuration, object->key).text);
    }
    struct fl_entry entry = {
        .origin = FL_ORIGIN_HERE,
        .configuration = node->configuration_number,
        .flags = object->deleted ? FL_ENTRY_DELETED : 0,
        .key = object->key,
        .record = fl_buffer_view(record)};
    if (fl_journal_append(txn, &entry) == 0) {
        return fl_change_txn_failure(txn, out_error);
    }
    return FL_OK;
}

enum fl_status fl_change_apply(
    struct fl_node *node,
    struct fl_txn *txn,
    const json_t *line,
    struct fl_change_memory *memory,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    struct fl_change_json change;
    struct fl_object object;
    fl_arena_reset(&memory->arena);
    enum fl_status status =
        fl_change_json_parse(node->configuration, line, &change, out_error);
    if (status == FL_OK) {
        status = load(node, txn, &change, memory, &object, out_error);
    }
    if (status == FL_OK) {
        status = fl_change_json_apply(
            node->configuration, &change, &memory->arena, &object, out_error);
    }
    if (status == FL_OK) {
        status = fl_change_append(node, txn, &object, &memory->record, out_error);
    }
    if (status == FL_OK) {
        *out_key = object.key;
    }
    return status;
}

enum fl_status fl_change_apply_text(
    struct fl_node *node,
    struct fl_txn *txn,
    struct fl_bytes line,
    struct fl_change_memory *memory,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    json_error_t reason;
    json_t *json = fl_json_load(line, &reason);
    if (json == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED, "not JSON at column %d: %s", reason.column,
            reason.text);
    }
    enum fl_status status = fl_change_apply(node, txn, json, memory, out_key, out_error);
    json_decref(json);
    return status;
}
