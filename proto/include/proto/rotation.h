/*
 * A node changes its keys: the statement that the new ones are its own, signed by the old
 * signing key, which peers trust, and by the new one, which shows that it is had.
 */

#ifndef PROTO_ROTATION_H
#define PROTO_ROTATION_H

#include "proto/signing.h"
#include "proto/uuid.h"

enum { FL_ROTATION_BYTES = 3 * FL_PUBLIC_KEY_BYTES + 2 * FL_SIGNATURE_BYTES };

struct fl_rotation {
    uint8_t old_signing[FL_PUBLIC_KEY_BYTES];
    uint8_t new_signing[FL_PUBLIC_KEY_BYTES];
    uint8_t new_transport[FL_PUBLIC_KEY_BYTES];
    uint8_t old_signature[FL_SIGNATURE_BYTES];
    uint8_t new_signature[FL_SIGNATURE_BYTES];
};

/* Fills in both signing keys and signatures; `new_transport` is given. */
void fl_rotation_sign(
    struct fl_rotation *rotation,
    struct fl_uuid installation,
    struct fl_uuid node,
    const struct fl_signing_key *old_key,
    const struct fl_signing_key *new_key);

/* FL_UNTRUSTED: one of the signatures does not hold, or it is of another node. */
enum fl_status fl_rotation_verify(
    const struct fl_rotation *rotation,
    struct fl_uuid installation,
    struct fl_uuid node);

void fl_rotation_encode(
    const struct fl_rotation *rotation,
    uint8_t out_bytes[FL_ROTATION_BYTES]);
/* FL_MALFORMED: of another size, or keys of zero. Signatures are not looked at. */
enum fl_status fl_rotation_decode(
    struct fl_bytes bytes,
    struct fl_rotation *out_rotation);

#endif
