/*
 * version u8 = 1 | revision u64, above 0 | issuer 16 | body sized | signature 64.
 * Signed is installation 16 | key 20 | all before the signature.
 */

#include "proto/system.h"

#include <string.h>

#include "proto/hash.h"

enum { VERSION = 1, SIGNED_HEAD_BYTES = FL_UUID_BYTES + FL_KEY_BYTES };

bool fl_system_is(uint32_t type)
{
    return type >= FL_SYSTEM_TYPE_FIRST;
}

struct fl_key fl_system_key(uint32_t type, const char *name)
{
    struct fl_key key = {.type = type};

    fl_hash(fl_bytes_of_text(name), key.id.bytes, sizeof(key.id.bytes));
    return key;
}

/* A signature covers a hash of what is said and of what it is said about. */
static void digest(
    struct fl_uuid installation,
    struct fl_key key,
    struct fl_bytes said,
    uint8_t out_digest[SIGNED_HEAD_BYTES + FL_HASH_BYTES])
{
    memcpy(out_digest, installation.bytes, FL_UUID_BYTES);
    fl_key_encode(key, out_digest + FL_UUID_BYTES);
    fl_hash(said, out_digest + SIGNED_HEAD_BYTES, FL_HASH_BYTES);
}

void fl_system_seal(
    struct fl_uuid installation,
    struct fl_key key,
    const struct fl_system_record *record,
    const struct fl_signing_key *signing_key,
    struct fl_buffer *out_buffer)
{
    size_t begin = out_buffer->size;
    uint8_t said[SIGNED_HEAD_BYTES + FL_HASH_BYTES];
    uint8_t signature[FL_SIGNATURE_BYTES];

    FL_ASSERT(record->revision > 0);
    fl_buffer_put_u8(out_buffer, VERSION);
    fl_buffer_put_u64(out_buffer, record->revision);
    fl_buffer_put_memory(out_buffer, record->issuer.bytes, sizeof(record->issuer.bytes));
    fl_buffer_put_sized(out_buffer, record->body);
    if (fl_buffer_status(out_buffer) != FL_OK) {
        return;
    }
    digest(
        installation, key,
        (struct fl_bytes){out_buffer->data + begin, out_buffer->size - begin}, said);
    fl_sign(
        signing_key, FL_DOMAIN_SYSTEM, (struct fl_bytes){said, sizeof(said)}, signature);
    fl_buffer_put_memory(out_buffer, signature, sizeof(signature));
}

enum fl_status fl_system_open(struct fl_bytes bytes, struct fl_system_record *out_record)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_system_record record = {.revision = 0};
    uint8_t version = fl_reader_u8(&reader);

    if (version > VERSION) {
        return FL_UNSUPPORTED;
    }
    record.revision = fl_reader_u64(&reader);
    fl_reader_copy(&reader, record.issuer.bytes, sizeof(record.issuer.bytes));
    record.body = fl_reader_sized(&reader);
    fl_reader_copy(&reader, record.signature, sizeof(record.signature));
    if (!fl_reader_done(&reader) || version != VERSION || record.revision == 0 ||
        fl_uuid_is_zero(record.issuer)) {
        return FL_MALFORMED;
    }
    *out_record = record;
    return FL_OK;
}

enum fl_status fl_system_verify(
    struct fl_uuid installation,
    struct fl_key key,
    struct fl_bytes bytes,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES])
{
    struct fl_system_record record;
    uint8_t said[SIGNED_HEAD_BYTES + FL_HASH_BYTES];
    enum fl_status status = fl_system_open(bytes, &record);

    if (status != FL_OK) {
        return status;
    }
    digest(
        installation, key, (struct fl_bytes){bytes.data, bytes.size - FL_SIGNATURE_BYTES},
        said);
    return fl_verify(
        public_key, FL_DOMAIN_SYSTEM, (struct fl_bytes){said, sizeof(said)},
        record.signature);
}

int fl_system_compare(const struct fl_system_record *a, const struct fl_system_record *b)
{
    if (a->revision != b->revision) {
        return a->revision > b->revision ? 1 : -1;
    }
    return fl_uuid_compare(a->issuer, b->issuer);
}
