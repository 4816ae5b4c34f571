/* settings: the name as it is -> the bytes of the value. */

#include "storage/settings.h"

#include "table.h"

static_assert(
    (int)FL_SETTING_NAME_BYTES_MAX <= (int)FL_TABLE_KEY_BYTES_MAX,
    "a name fits a key");

void fl_settings_put(struct fl_txn *txn, struct fl_bytes name, struct fl_bytes value)
{
    if (name.size == 0 || name.size > FL_SETTING_NAME_BYTES_MAX ||
        value.size > FL_SETTING_BYTES_MAX) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_LIMIT,
                     "a setting has a name of 1 to %d bytes and a value of up to %d MiB",
                     (int)FL_SETTING_NAME_BYTES_MAX, (int)FL_SETTING_BYTES_MAX >> 20));
        return;
    }
    fl_table_put(txn, FL_TABLE_SETTINGS, name, value);
}

enum fl_status fl_settings_get(
    struct fl_txn *txn,
    struct fl_bytes name,
    struct fl_bytes *out_value)
{
    if (name.size == 0 || name.size > FL_SETTING_NAME_BYTES_MAX) {
        return FL_NOT_FOUND;
    }
    return fl_table_get(txn, FL_TABLE_SETTINGS, name, out_value);
}

enum fl_status fl_settings_next(
    struct fl_txn *txn,
    struct fl_bytes prefix,
    const struct fl_setting_name *after,
    struct fl_setting_name *out_name,
    struct fl_bytes *out_value)
{
    struct fl_table_key key = {.size = 0};
    struct fl_bytes from = {.data = NULL, .size = 0};
    struct fl_bytes value;
    enum fl_status status;

    if (after != NULL) {
        from = (struct fl_bytes){.data = after->bytes, .size = after->size};
    }
    status = fl_table_above(txn, FL_TABLE_SETTINGS, prefix, from, &key, &value);
    if (status != FL_OK) {
        return status;
    }
    if (key.size > sizeof out_name->bytes) {
        return fl_table_malformed(
            txn, FL_TABLE_SETTINGS, fl_table_key_view(&key), "the name is too long");
    }
    for (size_t i = 0; i < key.size; i++) {
        out_name->bytes[i] = key.bytes[i];
    }
    out_name->size = key.size;
    *out_value = value;
    return FL_OK;
}

void fl_settings_remove(struct fl_txn *txn, struct fl_bytes name)
{
    if (name.size > 0 && name.size <= FL_SETTING_NAME_BYTES_MAX) {
        fl_table_remove(txn, FL_TABLE_SETTINGS, name);
    }
}
