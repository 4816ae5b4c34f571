/*
 * Who said it: Ed25519 signatures over BLAKE2b-256 of a domain and the bytes, and the
 * keys behind them. Randomness of the engine comes from here too.
 */

#ifndef PROTO_SIGNING_H
#define PROTO_SIGNING_H

#include "proto/bytes.h"

enum {
    FL_SIGNING_SEED_BYTES = 32,
    FL_PUBLIC_KEY_BYTES = 32,
    FL_SECRET_KEY_BYTES = 32,
    FL_KEY_ID_BYTES = 8,
    FL_SIGNATURE_BYTES = 64,
};

/* What a signature is for; a signature of one domain never verifies in another. */
enum fl_domain {
    FL_DOMAIN_MESSAGE = 1,      /* "FILIAL\0message\0v1\0" */
    FL_DOMAIN_CONFIRMATION,     /* "FILIAL\0confirmation\0v1\0" */
    FL_DOMAIN_ENROLMENT,        /* "FILIAL\0enrolment\0v1\0" */
    FL_DOMAIN_SYSTEM,           /* "FILIAL\0system\0v1\0" */
    FL_DOMAIN_RESTORED,         /* "FILIAL\0restored\0v1\0" */
    FL_DOMAIN_IMAGE,            /* "FILIAL\0image\0v1\0" */
    FL_DOMAIN_KEYS,             /* "FILIAL\0keys\0v1\0" */
    FL_DOMAIN_ENROLMENT_ANSWER, /* "FILIAL\0enrolment-answer\0v1\0" */
    FL_DOMAIN_SELF_TEST,        /* "FILIAL\0self-test\0v1\0" */
};

/* Once, before anything else here. FL_IO: the machine gives no randomness; end. */
enum fl_status fl_crypto_start(void);

void fl_random(void *out_memory, size_t size);
void fl_wipe(void *memory, size_t size);                         /* not optimised away */
bool fl_secret_equal(const void *a, const void *b, size_t size); /* in constant time */

/* In guarded memory that is not swapped. */
struct fl_signing_key;

/*
 * Both halves are derived from the seed, and the key signs and verifies once before it is
 * given: a public half of another key would make signatures that nobody accepts and that
 * betray the secret. FL_UNTRUSTED: it did not.
 */
enum fl_status fl_signing_key_new(
    const uint8_t seed[FL_SIGNING_SEED_BYTES],
    struct fl_signing_key **out_key);
void fl_signing_key_free(struct fl_signing_key *key); /* wiped */

const uint8_t *fl_signing_key_public(const struct fl_signing_key *key);

/* The first 8 bytes of BLAKE2b-256 of a public key. */
void fl_key_id(
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    uint8_t out_id[FL_KEY_ID_BYTES]);

void fl_sign(
    const struct fl_signing_key *key,
    enum fl_domain domain,
    struct fl_bytes bytes,
    uint8_t out_signature[FL_SIGNATURE_BYTES]);

/* FL_UNTRUSTED: not by that key, not these bytes, or of another domain. */
enum fl_status fl_verify(
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    enum fl_domain domain,
    struct fl_bytes bytes,
    const uint8_t signature[FL_SIGNATURE_BYTES]);

/* A pair of Curve25519 for the transport; never derived from the signing key. */
void fl_transport_keys_new(
    uint8_t out_public[FL_PUBLIC_KEY_BYTES],
    uint8_t out_secret[FL_SECRET_KEY_BYTES]);

#endif
