#include "site/site_ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/hash.h"
#include "storage/settings.h"

enum { ID_BYTES_MAX = 320, HASH_SHOWN_BYTES = 16 };

static void hash_id(
    uint32_t peer,
    const char *kind,
    struct fl_bytes id,
    uint8_t out_hash[FL_HASH_BYTES])
{
    struct fl_hasher hasher;
    uint8_t number[4];
    fl_store_u32(number, peer);
    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, (struct fl_bytes){number, sizeof number});
    fl_hasher_add(&hasher, (struct fl_bytes){(const uint8_t *)kind, strlen(kind) + 1});
    fl_hasher_add(&hasher, id);
    fl_hasher_finish(&hasher, out_hash);
}

struct fl_uuid fl_site_id_beside(uint32_t peer, const char *kind, struct fl_bytes id)
{
    uint8_t hash[FL_HASH_BYTES];
    hash_id(peer, kind, id, hash);
    return fl_uuid_of_random(hash);
}

struct fl_uuid fl_site_id_derive(uint32_t peer, const char *kind, struct fl_bytes id)
{
    struct fl_uuid uuid;
    return fl_uuid_parse(id, &uuid) == FL_OK ? uuid : fl_site_id_beside(peer, kind, id);
}

static struct fl_bytes forward_name(
    uint32_t peer,
    const char *kind,
    struct fl_bytes id,
    char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    uint8_t hash[FL_HASH_BYTES];
    hash_id(peer, kind, id, hash);
    int size =
        snprintf(out_text, FL_SETTING_NAME_BYTES_MAX, "site-id/%010" PRIu32 "/", peer);
    fl_bytes_hex((struct fl_bytes){hash, HASH_SHOWN_BYTES}, out_text + size);
    return fl_bytes_of_text(out_text);
}

static struct fl_bytes back_name(
    uint32_t peer,
    struct fl_uuid uuid,
    char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    const int size = snprintf(
        out_text, FL_SETTING_NAME_BYTES_MAX, "site-of/%010" PRIu32 "/%s", peer,
        fl_uuid_text(uuid).text);
    return (struct fl_bytes){(const uint8_t *)out_text, (size_t)size};
}

struct fl_uuid fl_site_id_find(
    struct fl_txn *txn,
    uint32_t peer,
    const char *kind,
    struct fl_bytes id,
    bool *out_noted)
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    struct fl_uuid uuid = fl_site_id_derive(peer, kind, id);
    *out_noted =
        fl_settings_get(txn, forward_name(peer, kind, id, name), &value) == FL_OK &&
        value.size == FL_UUID_BYTES;
    if (*out_noted) {
        memcpy(uuid.bytes, value.data, FL_UUID_BYTES);
    }
    return uuid;
}

void fl_site_id_note(
    struct fl_txn *txn,
    uint32_t peer,
    const char *kind,
    struct fl_bytes id,
    struct fl_uuid uuid)
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    if (id.size == 0 || id.size > ID_BYTES_MAX) {
        return;
    }
    fl_settings_put(
        txn, forward_name(peer, kind, id, name),
        (struct fl_bytes){uuid.bytes, FL_UUID_BYTES});
    fl_settings_put(txn, back_name(peer, uuid, name), id);
}

struct fl_bytes fl_site_id_back(struct fl_txn *txn, uint32_t peer, struct fl_uuid uuid)
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    return fl_settings_get(txn, back_name(peer, uuid, name), &value) == FL_OK
               ? value
               : (struct fl_bytes){NULL, 0};
}

bool fl_site_ids_are_there(struct fl_txn *txn, uint32_t peer)
{
    char prefix[FL_SETTING_NAME_BYTES_MAX];
    struct fl_setting_name name = {.size = 0};
    struct fl_bytes value;
    snprintf(prefix, sizeof prefix, "site-of/%010" PRIu32 "/", peer);
    return fl_settings_next(txn, fl_bytes_of_text(prefix), NULL, &name, &value) == FL_OK;
}
