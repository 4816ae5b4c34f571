/*
 * A setting "endpoint-terms/NUMBER": the code behind its size as a varint, a byte (1:
 * answered), the terms as exchange/terms.h encodes them, behind their size too. A setting
 * "endpoint-unnumbered/NUMBER": the hash of the last message of number 0.
 */

#include "endpoint_terms.h"

#include <inttypes.h>
#include <stdio.h>

#include "storage/settings.h"

static const char TERMS[] = "endpoint-terms/";
static const char UNNUMBERED[] = "endpoint-unnumbered/";

static struct fl_bytes key_of(
    const char *prefix,
    uint32_t peer,
    char out_text[FL_SETTING_NAME_BYTES_MAX])
{
    int size =
        snprintf(out_text, FL_SETTING_NAME_BYTES_MAX, "%s%010" PRIu32, prefix, peer);
    return (struct fl_bytes){(const uint8_t *)out_text, (size_t)size};
}

enum fl_status fl_endpoint_terms_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_arena *arena,
    struct fl_endpoint_terms *out_terms)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes value;
    enum fl_status status = fl_settings_get(txn, key_of(TERMS, peer, key), &value);
    if (status != FL_OK) {
        return status;
    }
    struct fl_reader reader = fl_reader_of(value);
    const char *code = fl_arena_text(arena, fl_reader_sized(&reader));
    bool answered = fl_reader_u8(&reader) != 0;
    struct fl_bytes terms = fl_reader_sized(&reader);
    if (code == NULL) {
        return FL_NO_MEMORY;
    }
    if (!fl_reader_done(&reader)) {
        return FL_MALFORMED;
    }
    out_terms->code = code;
    out_terms->answered = answered;
    return fl_package_terms_decode(terms, arena, &out_terms->terms);
}

static void encode(const struct fl_endpoint_terms *terms, struct fl_buffer *out_value)
{
    struct fl_buffer inner;
    fl_buffer_init(&inner, FL_SETTING_BYTES_MAX);
    fl_package_terms_encode(&terms->terms, &inner);
    fl_buffer_put_sized(out_value, fl_bytes_of_text(terms->code));
    fl_buffer_put_u8(out_value, terms->answered ? 1 : 0);
    fl_buffer_put_sized(out_value, fl_buffer_view(&inner));
    if (fl_buffer_status(&inner) != FL_OK) {
        out_value->failure = fl_buffer_status(&inner);
    }
    fl_buffer_deinit(&inner);
}

bool fl_endpoint_terms_equal(
    const struct fl_endpoint_terms *a,
    const struct fl_endpoint_terms *b)
{
    struct fl_buffer first;
    struct fl_buffer second;
    fl_buffer_init(&first, FL_SETTING_BYTES_MAX);
    fl_buffer_init(&second, FL_SETTING_BYTES_MAX);
    encode(a, &first);
    encode(b, &second);
    bool equal = fl_buffer_status(&first) == FL_OK &&
                 fl_bytes_equal(fl_buffer_view(&first), fl_buffer_view(&second));
    fl_buffer_deinit(&first);
    fl_buffer_deinit(&second);
    return equal;
}

void fl_endpoint_terms_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_terms *terms)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_buffer value;
    struct fl_bytes before;
    fl_buffer_init(&value, FL_SETTING_BYTES_MAX);
    encode(terms, &value);
    bool same = fl_settings_get(txn, key_of(TERMS, peer, key), &before) == FL_OK &&
                fl_bytes_equal(before, fl_buffer_view(&value));
    if (!same && fl_buffer_status(&value) == FL_OK) {
        fl_settings_put(txn, key_of(TERMS, peer, key), fl_buffer_view(&value));
    }
    fl_buffer_deinit(&value);
}

bool fl_endpoint_terms_is_repeated(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_bytes hash)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    struct fl_bytes last;
    return fl_settings_get(txn, key_of(UNNUMBERED, peer, key), &last) == FL_OK &&
           fl_bytes_equal(last, hash);
}

void fl_endpoint_terms_put_message(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_bytes hash)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    fl_settings_put(txn, key_of(UNNUMBERED, peer, key), hash);
}

void fl_endpoint_terms_remove(struct fl_txn *txn, uint32_t peer)
{
    char key[FL_SETTING_NAME_BYTES_MAX];
    fl_settings_remove(txn, key_of(TERMS, peer, key));
    fl_settings_remove(txn, key_of(UNNUMBERED, peer, key));
}
