#include "endpoint_wrapper.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storage/settings.h"

/* Texts with a NUL behind each; an absent prefix is empty. */
enum { TEXTS = 5 };

static struct fl_bytes key_of(uint32_t peer, char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    int size = snprintf(
        out_text, FL_SETTING_NAME_BYTES_MAX, "endpoint-wrapper/%010" PRIu32, peer);
    return (struct fl_bytes){(const uint8_t *)out_text, (size_t)size};
}

void fl_endpoint_wrapper_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_package_wrapper *wrapper)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_buffer value;
    struct fl_bytes before;
    const char *const texts[TEXTS] = {
        wrapper->changes_prefix, wrapper->changes_uri, wrapper->data_prefix,
        wrapper->data_uri, wrapper->has_parameters ? "parameters" : ""};
    fl_buffer_init(&value, FL_WRAPPER_BYTES);
    for (size_t i = 0; i < TEXTS; i++) {
        fl_buffer_put_text(&value, texts[i] == NULL ? "" : texts[i]);
        fl_buffer_put_u8(&value, 0);
    }
    bool same = fl_settings_get(txn, key_of(peer, key), &before) == FL_OK &&
                fl_bytes_equal(before, fl_buffer_view(&value));
    if (!same && fl_buffer_status(&value) == FL_OK) {
        fl_settings_put(txn, key_of(peer, key), fl_buffer_view(&value));
    }
    fl_buffer_deinit(&value);
}

enum fl_status fl_endpoint_wrapper_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_endpoint_wrapper *out_wrapper)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    const char *texts[TEXTS];
    if (fl_settings_get(txn, key_of(peer, key), &value) != FL_OK || value.size == 0 ||
        value.size > FL_WRAPPER_BYTES || value.data[value.size - 1] != 0) {
        return FL_NOT_FOUND;
    }
    memcpy(out_wrapper->text, value.data, value.size);
    const char *at = out_wrapper->text;
    for (size_t i = 0; i < TEXTS; i++) {
        if (at >= out_wrapper->text + value.size) {
            return FL_NOT_FOUND;
        }
        texts[i] = at;
        at += strlen(at) + 1;
    }
    out_wrapper->wrapper = (struct fl_package_wrapper){
        .changes_prefix = texts[0][0] == '\0' ? NULL : texts[0],
        .changes_uri = texts[1],
        .data_prefix = texts[2][0] == '\0' ? NULL : texts[2],
        .data_uri = texts[3],
        .has_parameters = texts[4][0] != '\0'};
    return FL_OK;
}
