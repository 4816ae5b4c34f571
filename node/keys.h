/*
 * The two secret keys of a node, each in a file of its own: mode 0600 in a directory of
 * mode 0700, ours, not a link, made whole by rename. A file is text:
 *
 *     filial-key 1
 *     kind signing | transport
 *     id <16 hexadecimal digits>
 *     created 2026-01-31T12:00:00Z
 *     public <64 hexadecimal digits>
 *     secret <64 hexadecimal digits>
 *     check <64 hexadecimal digits>   BLAKE2b-256 of the lines above
 */

#ifndef NODE_KEYS_H
#define NODE_KEYS_H

#include "proto/signing.h"

struct fl_keys {
    struct fl_signing_key *signing;
    uint8_t signing_public[FL_PUBLIC_KEY_BYTES];
    uint8_t signing_id[FL_KEY_ID_BYTES];
    uint8_t transport_secret[FL_SECRET_KEY_BYTES]; /* Curve25519, for CURVE */
    uint8_t transport_public[FL_PUBLIC_KEY_BYTES];
    int64_t signing_created_ms; /* Unix time; 0: the file does not say */
    int64_t transport_created_ms;
};

/* Make both files in `directory`, which is made too. FL_REFUSED: one is there already. */
enum fl_status fl_keys_create(const char *directory, struct fl_error *out_error);

/* FL_UNTRUSTED: others could read or change a file, or its check does not hold. */
enum fl_status fl_keys_load(
    const char *directory,
    struct fl_keys *out_keys,
    struct fl_error *out_error);

/* The same of a pair that is to follow: signing-next.key, transport-next.key. */
#define FL_KEYS_NEXT "-next"
enum fl_status fl_keys_create_next(const char *directory, struct fl_error *out_error);
enum fl_status fl_keys_load_next(
    const char *directory,
    struct fl_keys *out_keys,
    struct fl_error *out_error);
void fl_keys_deinit(struct fl_keys *keys); /* wiped */

/* "BC1F 02AD ..." of a public signing key, for people to compare; with a closing NUL. */
enum { FL_FINGERPRINT_TEXT_BYTES = 40 };
void fl_keys_fingerprint(
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    char out_text[FL_FINGERPRINT_TEXT_BYTES]);

#endif
