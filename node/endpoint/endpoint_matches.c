/*
 * Settings of the store with names of bytes: "ids>" peer u32, key 20 -> ours 16; "ids<"
 * the other way round; "ids+" the same name as "ids>" -> number u64 of the message that
 * told it.
 */

#include "endpoint_matches.h"

#include <string.h>

#include "storage/settings.h"

static const char BY_THEIRS[] = "ids>";
static const char BY_OURS[] = "ids<";
static const char TO_TELL[] = "ids+";

enum { PREFIX_BYTES = 4 + 4, NAME_BYTES = PREFIX_BYTES + FL_KEY_BYTES, NUMBER_BYTES = 8 };

static struct fl_bytes name_of(
    const char *table,
    uint32_t peer,
    struct fl_key key,
    uint8_t out_name[NAME_BYTES])
{
    memcpy(out_name, table, 4);
    fl_store_u32(out_name + 4, peer);
    fl_key_encode(key, out_name + PREFIX_BYTES);
    return (struct fl_bytes){out_name, NAME_BYTES};
}

static enum fl_status find(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key,
    struct fl_uuid *out_id)
{
    uint8_t name[NAME_BYTES];
    struct fl_bytes value;
    enum fl_status status = fl_settings_get(txn, name_of(table, peer, key, name), &value);
    if (status != FL_OK || value.size != FL_UUID_BYTES) {
        return status == FL_OK ? FL_MALFORMED : status;
    }
    memcpy(out_id->bytes, value.data, FL_UUID_BYTES);
    return FL_OK;
}

enum fl_status fl_endpoint_matches_ours(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    struct fl_uuid *out_ours)
{
    return find(txn, BY_THEIRS, peer, theirs, out_ours);
}

enum fl_status fl_endpoint_matches_theirs(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key ours,
    struct fl_uuid *out_theirs)
{
    return find(txn, BY_OURS, peer, ours, out_theirs);
}

void fl_endpoint_matches_put(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    struct fl_uuid ours,
    bool tell)
{
    const struct fl_key our_key = {.type = theirs.type, .id = ours};
    uint8_t name[NAME_BYTES];
    uint8_t number[NUMBER_BYTES] = {0};
    struct fl_uuid before;
    if (fl_endpoint_matches_ours(txn, peer, theirs, &before) == FL_OK) {
        if (fl_uuid_equal(before, ours)) {
            return;
        }
        fl_endpoint_matches_remove(txn, peer, theirs);
    }
    fl_settings_put(
        txn, name_of(BY_THEIRS, peer, theirs, name),
        (struct fl_bytes){ours.bytes, FL_UUID_BYTES});
    fl_settings_put(
        txn, name_of(BY_OURS, peer, our_key, name),
        (struct fl_bytes){theirs.id.bytes, FL_UUID_BYTES});
    if (tell) {
        fl_settings_put(
            txn, name_of(TO_TELL, peer, theirs, name),
            (struct fl_bytes){number, sizeof number});
    }
}

void fl_endpoint_matches_remove(struct fl_txn *txn, uint32_t peer, struct fl_key theirs)
{
    struct fl_key ours = {.type = theirs.type};
    struct fl_uuid back;
    uint8_t name[NAME_BYTES];
    bool is_last = fl_endpoint_matches_ours(txn, peer, theirs, &ours.id) == FL_OK &&
                   fl_endpoint_matches_theirs(txn, peer, ours, &back) == FL_OK &&
                   fl_uuid_equal(back, theirs.id);
    if (is_last) { /* else several of theirs are this object, and another one is known */
        fl_settings_remove(txn, name_of(BY_OURS, peer, ours, name));
    }
    fl_settings_remove(txn, name_of(BY_THEIRS, peer, theirs, name));
    fl_settings_remove(txn, name_of(TO_TELL, peer, theirs, name));
}

enum fl_status fl_endpoint_matches_next_to_tell(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_endpoint_told *out_told)
{
    struct fl_setting_name name = {.size = 0};
    struct fl_bytes value;
    if (after != NULL) {
        (void)name_of(TO_TELL, peer, *after, name.bytes);
        name.size = NAME_BYTES;
    }
    uint8_t prefix[NAME_BYTES];
    (void)name_of(TO_TELL, peer, (struct fl_key){0}, prefix);
    enum fl_status status = fl_settings_next(
        txn, (struct fl_bytes){prefix, PREFIX_BYTES}, after == NULL ? NULL : &name, &name,
        &value);
    if (status != FL_OK) {
        return status;
    }
    if (name.size != NAME_BYTES || value.size != NUMBER_BYTES) {
        return FL_MALFORMED;
    }
    out_told->number = fl_load_u64(value.data);
    out_told->theirs = fl_key_decode(name.bytes + PREFIX_BYTES);
    return fl_endpoint_matches_ours(txn, peer, out_told->theirs, &out_told->ours);
}

void fl_endpoint_matches_told(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    uint64_t number)
{
    uint8_t name[NAME_BYTES];
    uint8_t value[NUMBER_BYTES];
    fl_store_u64(value, number);
    if (number == 0) {
        fl_settings_remove(txn, name_of(TO_TELL, peer, theirs, name));
    } else {
        fl_settings_put(
            txn, name_of(TO_TELL, peer, theirs, name),
            (struct fl_bytes){value, sizeof value});
    }
}
