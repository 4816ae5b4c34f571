/*
 * old signing key 32 | new signing key 32 | new transport key 32 | signature by the old
 * key 64 | signature by the new key 64. Signed, in the domain `keys`: installation 16 |
 * node 16 | the three keys.
 */

#include "proto/rotation.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { SIGNED_BYTES = 2 * FL_UUID_BYTES + 3 * FL_PUBLIC_KEY_BYTES };

static void signed_bytes(
    const struct fl_rotation *rotation,
    struct fl_uuid installation,
    struct fl_uuid node,
    uint8_t out_bytes[SIGNED_BYTES])
{
    uint8_t *at = out_bytes;

    memcpy(at, installation.bytes, FL_UUID_BYTES);
    at += FL_UUID_BYTES;
    memcpy(at, node.bytes, FL_UUID_BYTES);
    at += FL_UUID_BYTES;
    memcpy(at, rotation->old_signing, FL_PUBLIC_KEY_BYTES);
    at += FL_PUBLIC_KEY_BYTES;
    memcpy(at, rotation->new_signing, FL_PUBLIC_KEY_BYTES);
    at += FL_PUBLIC_KEY_BYTES;
    memcpy(at, rotation->new_transport, FL_PUBLIC_KEY_BYTES);
}

void fl_rotation_sign(
    struct fl_rotation *rotation,
    struct fl_uuid installation,
    struct fl_uuid node,
    const struct fl_signing_key *old_key,
    const struct fl_signing_key *new_key)
{
    uint8_t bytes[SIGNED_BYTES];
    struct fl_bytes view = {bytes, sizeof(bytes)};

    memcpy(rotation->old_signing, fl_signing_key_public(old_key), FL_PUBLIC_KEY_BYTES);
    memcpy(rotation->new_signing, fl_signing_key_public(new_key), FL_PUBLIC_KEY_BYTES);
    signed_bytes(rotation, installation, node, bytes);
    fl_sign(old_key, FL_DOMAIN_KEYS, view, rotation->old_signature);
    fl_sign(new_key, FL_DOMAIN_KEYS, view, rotation->new_signature);
}

enum fl_status fl_rotation_verify(
    const struct fl_rotation *rotation,
    struct fl_uuid installation,
    struct fl_uuid node)
{
    uint8_t bytes[SIGNED_BYTES];
    struct fl_bytes view = {bytes, sizeof(bytes)};

    signed_bytes(rotation, installation, node, bytes);
    enum fl_status status =
        fl_verify(rotation->old_signing, FL_DOMAIN_KEYS, view, rotation->old_signature);

    return status != FL_OK ? status
                           : fl_verify(
                                 rotation->new_signing, FL_DOMAIN_KEYS, view,
                                 rotation->new_signature);
}

void fl_rotation_encode(
    const struct fl_rotation *rotation,
    uint8_t out_bytes[FL_ROTATION_BYTES])
{
    static_assert(sizeof(*rotation) == FL_ROTATION_BYTES, "bytes without gaps");
    memcpy(out_bytes, rotation, FL_ROTATION_BYTES);
}

enum fl_status fl_rotation_decode(struct fl_bytes bytes, struct fl_rotation *out_rotation)
{
    struct fl_rotation rotation;

    if (bytes.size != FL_ROTATION_BYTES) {
        return FL_MALFORMED;
    }
    memcpy(&rotation, bytes.data, sizeof(rotation));
    if (sodium_is_zero(rotation.old_signing, FL_PUBLIC_KEY_BYTES) ||
        sodium_is_zero(rotation.new_signing, FL_PUBLIC_KEY_BYTES) ||
        sodium_is_zero(rotation.new_transport, FL_PUBLIC_KEY_BYTES)) {
        return FL_MALFORMED;
    }
    *out_rotation = rotation;
    return FL_OK;
}
