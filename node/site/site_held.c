#include "site/site_held.h"

#include <stdio.h>
#include <string.h>

#include "storage/settings.h"

enum { OWED_BYTES = FL_KEY_BYTES + 16 };

static struct fl_bytes name_of(uint32_t peer, char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    const int size = snprintf(out_text, FL_SETTING_NAME_BYTES_MAX, "site-held/%u", peer);
    return (struct fl_bytes){(const uint8_t *)out_text, (size_t)size};
}

static struct fl_site_owed decode(const uint8_t *bytes)
{
    return (struct fl_site_owed){
        .key = fl_key_decode(bytes),
        .number = fl_load_u64(bytes + FL_KEY_BYTES),
        .from = (int64_t)fl_load_u64(bytes + FL_KEY_BYTES + 8)};
}

enum fl_status fl_site_held_add(
    struct fl_site_held *held,
    const struct fl_site_owed *owed,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < held->count; i++) {
        if (fl_key_equal(held->items[i].key, owed->key)) {
            held->items[i] = *owed;
            return FL_OK;
        }
    }
    if (held->count == FL_SITE_HELD_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT,
            "more than %d orders are held back: `filial endpoint show` names the first",
            FL_SITE_HELD_MAX);
    }
    if (held->count == held->capacity) {
        const size_t capacity = held->capacity == 0 ? 16 : held->capacity * 2;
        struct fl_site_owed *items = fl_realloc(held->items, capacity * sizeof *items);
        if (items == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
        held->items = items;
        held->capacity = capacity;
    }
    held->items[held->count++] = *owed;
    return FL_OK;
}

enum fl_status fl_site_held_load(
    struct fl_site_held *held,
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_error *out_error)
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    enum fl_status status = FL_OK;
    if (fl_settings_get(txn, name_of(peer, name), &value) != FL_OK) {
        return FL_OK;
    }
    for (size_t at = 0; at + OWED_BYTES <= value.size && status == FL_OK;
         at += OWED_BYTES) {
        const struct fl_site_owed owed = decode(value.data + at);
        status = fl_site_held_add(held, &owed, out_error);
    }
    return status;
}

void fl_site_held_deinit(struct fl_site_held *held)
{
    fl_free(held->items);
    *held = (struct fl_site_held){.count = 0};
}

void fl_site_held_store(
    const struct fl_site_held *held,
    struct fl_txn *txn,
    uint32_t peer)
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    struct fl_buffer bytes;
    if (held->count == 0) {
        fl_settings_remove(txn, name_of(peer, name));
        return;
    }
    fl_buffer_init(&bytes, (size_t)FL_SITE_HELD_MAX * OWED_BYTES);
    for (size_t i = 0; i < held->count; i++) {
        uint8_t owed[OWED_BYTES];
        fl_key_encode(held->items[i].key, owed);
        fl_store_u64(owed + FL_KEY_BYTES, held->items[i].number);
        fl_store_u64(owed + FL_KEY_BYTES + 8, (uint64_t)held->items[i].from);
        fl_buffer_put_memory(&bytes, owed, sizeof owed);
    }
    fl_settings_put(txn, name_of(peer, name), fl_buffer_view(&bytes));
    fl_buffer_deinit(&bytes);
}

void fl_site_held_confirm(struct fl_txn *txn, uint32_t peer, uint64_t number)
{
    struct fl_site_held held = {.count = 0};
    size_t kept = 0;
    if (fl_site_held_load(&held, txn, peer, NULL) == FL_OK && held.count > 0) {
        for (size_t i = 0; i < held.count; i++) {
            if (held.items[i].number == 0 || held.items[i].number > number) {
                held.items[kept++] = held.items[i];
            }
        }
        held.count = kept;
        fl_site_held_store(&held, txn, peer);
    }
    fl_site_held_deinit(&held);
}

bool fl_site_held_is_due(struct fl_txn *txn, uint32_t peer, int64_t now)
{
    char name[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    bool due = false;
    if (fl_settings_get(txn, name_of(peer, name), &value) != FL_OK) {
        return false;
    }
    for (size_t at = 0; at + OWED_BYTES <= value.size && !due; at += OWED_BYTES) {
        const struct fl_site_owed owed = decode(value.data + at);
        due = owed.number == 0 && owed.from != 0 && owed.from <= now;
    }
    return due;
}
