#include "proto/carry.h"

#include <string.h>

enum { MAGIC_BYTES = 8 };

static const char magic[] = "FLCONF1\n";

void fl_carry_confirm_seal(
    const struct fl_confirmation *confirmation,
    const struct fl_signing_key *key,
    uint8_t out_bytes[FL_CARRY_CONFIRM_BYTES])
{
    uint8_t *at = out_bytes;

    memcpy(at, magic, MAGIC_BYTES);
    at += MAGIC_BYTES;
    memcpy(at, confirmation->installation.bytes, FL_UUID_BYTES);
    at += FL_UUID_BYTES;
    memcpy(at, confirmation->plan, FL_PLAN_HASH_BYTES);
    at += FL_PLAN_HASH_BYTES;
    memcpy(at, confirmation->confirmer.bytes, FL_UUID_BYTES);
    at += FL_UUID_BYTES;
    memcpy(at, confirmation->sender.bytes, FL_UUID_BYTES);
    at += FL_UUID_BYTES;
    memcpy(at, confirmation->position.incarnation.bytes, FL_UUID_BYTES);
    at += FL_UUID_BYTES;
    fl_store_u64(at, confirmation->position.number);
    at += 8;
    memcpy(at, confirmation->position.hash, FL_HASH_BYTES);
    at += FL_HASH_BYTES;
    fl_confirmation_sign(confirmation, key, at);
}

enum fl_status fl_carry_confirm_open(
    struct fl_bytes bytes,
    struct fl_confirmation *out_confirmation,
    uint8_t out_signature[FL_SIGNATURE_BYTES])
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_confirmation confirmation;
    uint8_t signature[FL_SIGNATURE_BYTES];

    if (bytes.size != FL_CARRY_CONFIRM_BYTES ||
        memcmp(fl_reader_take(&reader, MAGIC_BYTES).data, magic, MAGIC_BYTES) != 0) {
        return FL_MALFORMED;
    }
    confirmation.installation = fl_uuid_take(&reader);
    fl_reader_copy(&reader, confirmation.plan, sizeof(confirmation.plan));
    confirmation.confirmer = fl_uuid_take(&reader);
    confirmation.sender = fl_uuid_take(&reader);
    confirmation.position.incarnation = fl_uuid_take(&reader);
    confirmation.position.number = fl_reader_u64(&reader);
    fl_reader_copy(
        &reader, confirmation.position.hash, sizeof(confirmation.position.hash));
    fl_reader_copy(&reader, signature, sizeof(signature));
    if (!fl_reader_done(&reader) || confirmation.position.number == 0) {
        return FL_MALFORMED;
    }
    *out_confirmation = confirmation;
    memcpy(out_signature, signature, sizeof(signature));
    return FL_OK;
}
