#include "endpoint_rows.h"

#include <string.h>

#include "storage/settings.h"

enum {
    TABLE_BYTES = 4,
    PREFIX_BYTES = TABLE_BYTES + 4,
    NAME_BYTES = PREFIX_BYTES + FL_KEY_BYTES,
};

static struct fl_bytes name_of(
    const char *table,
    uint32_t peer,
    struct fl_key key,
    uint8_t out_name[NAME_BYTES])
{
    memcpy(out_name, table, TABLE_BYTES);
    fl_store_u32(out_name + TABLE_BYTES, peer);
    fl_key_encode(key, out_name + PREFIX_BYTES);
    return (struct fl_bytes){out_name, NAME_BYTES};
}

void fl_endpoint_rows_put(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key,
    struct fl_bytes value)
{
    uint8_t name[NAME_BYTES];
    fl_settings_put(txn, name_of(table, peer, key, name), value);
}

void fl_endpoint_rows_remove(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key)
{
    uint8_t name[NAME_BYTES];
    fl_settings_remove(txn, name_of(table, peer, key, name));
}

enum fl_status fl_endpoint_rows_get(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key,
    struct fl_bytes *out_value)
{
    uint8_t name[NAME_BYTES];
    return fl_settings_get(txn, name_of(table, peer, key, name), out_value);
}

enum fl_status fl_endpoint_rows_next(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_key *out_key,
    struct fl_bytes *out_value)
{
    struct fl_setting_name name = {.size = 0};
    uint8_t prefix[NAME_BYTES];
    if (after != NULL) {
        (void)name_of(table, peer, *after, name.bytes);
        name.size = NAME_BYTES;
    }
    (void)name_of(table, peer, (struct fl_key){0}, prefix);
    enum fl_status status = fl_settings_next(
        txn, (struct fl_bytes){prefix, PREFIX_BYTES}, after == NULL ? NULL : &name, &name,
        out_value);
    if (status != FL_OK) {
        return status;
    }
    if (name.size != NAME_BYTES) {
        return FL_MALFORMED;
    }
    *out_key = fl_key_decode(name.bytes + PREFIX_BYTES);
    return FL_OK;
}
