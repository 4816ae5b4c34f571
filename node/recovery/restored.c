/*
 * Setting "node/restored": incarnation 16 | replaced 16 | time i64 (ms) | signature 64 |
 * by (the rest, UTF-8).
 */

#include "restored.h"

#include <string.h>

#include "keys.h"
#include "node.h"
#include "peer/history.h"
#include "proto/frame.h"
#include "random.h"
#include "storage/settings.h"

static const char SETTING[] = "node/restored";

enum { HEAD_BYTES = 2 * FL_UUID_BYTES + 8 + FL_SIGNATURE_BYTES };

static void write_record(struct fl_txn *txn, const struct fl_restored_record *record)
{
    uint8_t value[HEAD_BYTES + FL_NAME_BYTES_MAX];
    size_t size = strlen(record->by);
    uint8_t *at = value;

    memcpy(at, record->incarnation.bytes, FL_UUID_BYTES);
    memcpy(at + FL_UUID_BYTES, record->replaced.bytes, FL_UUID_BYTES);
    fl_store_u64(at + 2 * FL_UUID_BYTES, (uint64_t)record->time_ms);
    memcpy(at + 2 * FL_UUID_BYTES + 8, record->signature, FL_SIGNATURE_BYTES);
    memcpy(at + HEAD_BYTES, record->by, size);
    fl_settings_put(
        txn, fl_bytes_of_text(SETTING), (struct fl_bytes){value, HEAD_BYTES + size});
}

void fl_restored_put(
    struct fl_txn *txn,
    const struct fl_keys *keys,
    const char *by,
    struct fl_restored_record *out_record)
{
    const struct fl_identity *identity = fl_store_identity(txn->store);
    struct fl_restored_record record = {
        .incarnation = fl_random_uuid(),
        .replaced = identity->incarnation,
        .time_ms = fl_node_now_ms(),
    };
    size_t size = strlen(by);

    memcpy(record.by, by, size < FL_NAME_BYTES_MAX ? size : FL_NAME_BYTES_MAX);
    fl_restored_sign(
        &(struct fl_restored){
            .installation = identity->installation,
            .node = identity->node,
            .incarnation = record.incarnation},
        keys->signing, record.signature);
    fl_store_renew_incarnation(txn, record.incarnation);
    write_record(txn, &record);
    fl_history_expect_changes(txn);
    *out_record = record;
}

struct fl_restored_record fl_restored_get(struct fl_txn *txn)
{
    struct fl_restored_record record = {.time_ms = 0};
    struct fl_bytes value;

    if (fl_settings_get(txn, fl_bytes_of_text(SETTING), &value) != FL_OK ||
        value.size < HEAD_BYTES || value.size > HEAD_BYTES + FL_NAME_BYTES_MAX ||
        memcmp(
            value.data, fl_store_identity(txn->store)->incarnation.bytes,
            FL_UUID_BYTES) != 0) {
        return record;
    }
    memcpy(record.incarnation.bytes, value.data, FL_UUID_BYTES);
    memcpy(record.replaced.bytes, value.data + FL_UUID_BYTES, FL_UUID_BYTES);
    record.time_ms = (int64_t)fl_load_u64(value.data + 2 * FL_UUID_BYTES);
    memcpy(record.signature, value.data + 2 * FL_UUID_BYTES + 8, FL_SIGNATURE_BYTES);
    memcpy(record.by, value.data + HEAD_BYTES, value.size - HEAD_BYTES);
    return record;
}

void fl_restored_sign_again(struct fl_txn *txn, const struct fl_keys *keys)
{
    const struct fl_identity *identity = fl_store_identity(txn->store);
    struct fl_restored_record record = fl_restored_get(txn);

    if (fl_uuid_is_zero(record.incarnation)) {
        return;
    }
    fl_restored_sign(
        &(struct fl_restored){
            .installation = identity->installation,
            .node = identity->node,
            .incarnation = record.incarnation},
        keys->signing, record.signature);
    write_record(txn, &record);
}
