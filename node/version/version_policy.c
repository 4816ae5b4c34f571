#include "version_policy.h"

#include <string.h>

#include "storage/arrivals.h"
#include "storage/settings.h"

/* As many of type u32, keep u64 (ms) as there are. */
#define TYPES_SETTING "version/types"

enum { ITEM_BYTES = 4 + 8 };

void fl_version_types_get(struct fl_txn *txn, struct fl_version_types *out_types)
{
    struct fl_bytes value;

    out_types->count = 0;
    if (fl_settings_get(txn, fl_bytes_of_text(TYPES_SETTING), &value) != FL_OK) {
        return;
    }
    struct fl_reader reader = fl_reader_of(value);

    while (out_types->count < FL_VERSION_TYPES_MAX &&
           fl_reader_left(&reader) >= ITEM_BYTES) {
        struct fl_history_type *item = &out_types->items[out_types->count++];

        item->type = fl_reader_u32(&reader);
        item->keep_ms = fl_reader_u64(&reader);
    }
}

void fl_version_types_put(struct fl_txn *txn, const struct fl_version_types *types)
{
    uint8_t bytes[FL_VERSION_TYPES_MAX * ITEM_BYTES];

    for (size_t i = 0; i < types->count; i++) {
        fl_store_u32(bytes + i * ITEM_BYTES, types->items[i].type);
        fl_store_u64(bytes + i * ITEM_BYTES + 4, types->items[i].keep_ms);
    }
    fl_settings_put(
        txn, fl_bytes_of_text(TYPES_SETTING),
        (struct fl_bytes){bytes, types->count * ITEM_BYTES});
}

struct fl_history_policy fl_version_policy(
    struct fl_node *node,
    struct fl_version_types *types)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    fl_version_types_get(&txn, types);
    fl_txn_abort(&txn);
    return (struct fl_history_policy){
        .now_ms = fl_node_now_ms(),
        .keep_ms = node->settings.history_keep_ms,
        .bytes_max = node->settings.history_bytes,
        .types = types->items,
        .type_count = types->count,
    };
}

/* Some types may be kept where all others are not. */
static bool keeps_any(struct fl_node *node)
{
    struct fl_version_types types;
    struct fl_history_policy policy = fl_version_policy(node, &types);
    bool keeps = policy.keep_ms > 0;

    for (size_t i = 0; i < types.count; i++) {
        keeps = keeps || types.items[i].keep_ms > 0;
    }
    return keeps;
}

void fl_version_apply_settings(struct fl_node *node)
{
    fl_arrivals_keep(node->store, keeps_any(node) ? fl_node_now_ms : NULL);
}

void fl_version_written_by(struct fl_node *node, const char *name)
{
    bool by_itself = node->daemon != NULL && name[0] == '\0';

    if (node->store == NULL) {
        return; /* a command has closed it, to put another in its place */
    }
    fl_arrivals_by(node->store, by_itself ? FL_ARRIVAL_ENGINE : FL_ARRIVAL_HERE, name);
}

void fl_version_call_begin(struct fl_call *call)
{
    if (call->node != NULL && call->node->store != NULL && call->file[0] != '\0') {
        fl_arrivals_by(call->node->store, FL_ARRIVAL_FILE, call->file);
    } else if (call->node != NULL) {
        fl_version_written_by(call->node, fl_call_by(call));
    }
}

void fl_version_call_file(struct fl_call *call, const char *path)
{
    const char *slash = strrchr(path, '/');
    const struct fl_bytes name = fl_bytes_utf8_beginning(
        fl_bytes_of_text(slash != NULL ? slash + 1 : path), sizeof call->file - 1);

    memcpy(call->file, name.data, name.size);
    call->file[name.size] = '\0';
    fl_version_call_begin(call);
}

void fl_version_call_end(struct fl_call *call)
{
    if (call->node != NULL) {
        fl_version_written_by(call->node, "");
    }
}
