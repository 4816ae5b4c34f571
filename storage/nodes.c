/*
 * nodes: number u32 -> uuid 16, and the way back: uuid 16 -> number u32. Keys of four and
 * of sixteen bytes do not meet.
 */

#include "storage/nodes.h"

#include <string.h>

#include "table.h"

enum { NUMBER_BYTES = 4 };

static struct fl_bytes uuid_view(const struct fl_uuid *uuid)
{
    return (struct fl_bytes){.data = uuid->bytes, .size = sizeof uuid->bytes};
}

static enum fl_status give_number(
    struct fl_txn *txn,
    const struct fl_uuid *node,
    uint32_t *out_number)
{
    uint8_t bytes[NUMBER_BYTES];
    struct fl_bytes view = {.data = bytes, .size = sizeof bytes};
    uint64_t number = fl_table_sequence(txn, "last/node");

    if (number > UINT32_MAX) {
        fl_txn_failed(
            txn,
            fl_error_set(fl_txn_words(txn), FL_LIMIT, "the store knows too many nodes"));
    }
    fl_store_u32(bytes, (uint32_t)number);
    fl_table_put(txn, FL_TABLE_NODES, view, uuid_view(node));
    fl_table_put(txn, FL_TABLE_NODES, uuid_view(node), view);
    if (fl_txn_status(txn) != FL_OK) {
        return fl_txn_status(txn);
    }
    *out_number = (uint32_t)number;
    return FL_OK;
}

enum fl_status fl_nodes_find(
    struct fl_txn *txn,
    struct fl_uuid node,
    uint32_t *out_number)
{
    struct fl_bytes value;
    enum fl_status status;

    if (fl_uuid_equal(node, fl_store_identity(txn->store)->node)) {
        *out_number = 0;
        return FL_OK;
    }
    status = fl_table_get(txn, FL_TABLE_NODES, uuid_view(&node), &value);
    if (status == FL_OK && value.size != NUMBER_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_NODES, uuid_view(&node), "not the number of a node");
    }
    if (status == FL_OK) {
        *out_number = fl_load_u32(value.data);
    }
    return status;
}

enum fl_status fl_nodes_number(
    struct fl_txn *txn,
    struct fl_uuid node,
    uint32_t *out_number)
{
    enum fl_status status = fl_nodes_find(txn, node, out_number);

    if (status == FL_NOT_FOUND) {
        return give_number(txn, &node, out_number);
    }
    return status;
}

enum fl_status fl_nodes_by_number(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_uuid *out_node)
{
    uint8_t bytes[NUMBER_BYTES];
    struct fl_bytes key = {.data = bytes, .size = sizeof bytes};
    struct fl_bytes value;
    enum fl_status status;

    if (number == 0) {
        *out_node = fl_store_identity(txn->store)->node;
        return FL_OK;
    }
    fl_store_u32(bytes, number);
    status = fl_table_get(txn, FL_TABLE_NODES, key, &value);
    if (status == FL_OK && value.size != FL_UUID_BYTES) {
        return fl_table_malformed(txn, FL_TABLE_NODES, key, "not the uuid of a node");
    }
    if (status == FL_OK) {
        memcpy(out_node->bytes, value.data, FL_UUID_BYTES);
    }
    return status;
}
