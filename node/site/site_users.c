#include "site/site_users.h"

#include <stdio.h>
#include <string.h>

#include "proto/hash.h"
#include "storage/settings.h"

static const char PREFIX[] = "site-user/";

/* Names of settings are short, those of users need not be. */
static struct fl_bytes name_of(const char *user, char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    uint8_t hash[FL_HASH_BYTES_MIN];
    fl_hash(fl_bytes_of_text(user), hash, sizeof hash);
    memcpy(out_text, PREFIX, sizeof PREFIX);
    fl_bytes_hex((struct fl_bytes){hash, sizeof hash}, out_text + sizeof PREFIX - 1);
    return fl_bytes_of_text(out_text);
}

enum fl_status fl_site_user_put(
    struct fl_txn *txn,
    const char *user,
    struct fl_bytes password,
    uint32_t peer,
    struct fl_error *out_error)
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    uint8_t value[4 + FL_PASSWORD_HASH_BYTES] = {0};
    fl_store_u32(value, peer);
    if (fl_password_hash(password, (char *)value + 4) != FL_OK) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_settings_put(txn, name_of(user, name), (struct fl_bytes){value, sizeof value});
    return FL_OK;
}

void fl_site_users_remove(struct fl_txn *txn, uint32_t peer)
{
    struct fl_setting_name name = {.size = 0};
    struct fl_bytes value;
    bool first = true;
    while (fl_settings_next(
               txn, fl_bytes_of_text(PREFIX), first ? NULL : &name, &name, &value) ==
           FL_OK) {
        first = false;
        if (value.size >= 4 && fl_load_u32(value.data) == peer) {
            fl_settings_remove(txn, (struct fl_bytes){name.bytes, name.size});
        }
    }
}

enum fl_status fl_site_user_get(
    struct fl_txn *txn,
    const char *user,
    uint32_t *out_peer,
    char out_hash[FL_PASSWORD_HASH_BYTES])
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    if (fl_settings_get(txn, name_of(user, name), &value) != FL_OK ||
        value.size != 4 + FL_PASSWORD_HASH_BYTES) {
        return FL_NOT_FOUND;
    }
    *out_peer = fl_load_u32(value.data);
    memcpy(out_hash, value.data + 4, FL_PASSWORD_HASH_BYTES);
    out_hash[FL_PASSWORD_HASH_BYTES - 1] = '\0';
    return FL_OK;
}
