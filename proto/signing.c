#include "proto/signing.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/hash.h"

struct fl_signing_key {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
};

static_assert((int)FL_SIGNING_SEED_BYTES == (int)crypto_sign_SEEDBYTES, "seed");
static_assert((int)FL_PUBLIC_KEY_BYTES == (int)crypto_sign_PUBLICKEYBYTES, "public key");
static_assert((int)FL_SIGNATURE_BYTES == (int)crypto_sign_BYTES, "signature");
static_assert(
    (int)FL_SECRET_KEY_BYTES == (int)crypto_box_SECRETKEYBYTES,
    "transport key");

/* The closing NUL of the literal is the last byte of the domain. */
static struct fl_bytes domain_bytes(enum fl_domain domain)
{
    static const char message[] = "FILIAL\0message\0v1";
    static const char confirmation[] = "FILIAL\0confirmation\0v1";
    static const char enrolment[] = "FILIAL\0enrolment\0v1";
    static const char system[] = "FILIAL\0system\0v1";
    static const char restored[] = "FILIAL\0restored\0v1";
    static const char image[] = "FILIAL\0image\0v1";
    static const char keys[] = "FILIAL\0keys\0v1";
    static const char enrolment_answer[] = "FILIAL\0enrolment-answer\0v1";
    static const char self_test[] = "FILIAL\0self-test\0v1";

    switch (domain) {
    case FL_DOMAIN_MESSAGE:
        return (struct fl_bytes){(const uint8_t *)message, sizeof(message)};
    case FL_DOMAIN_CONFIRMATION:
        return (struct fl_bytes){(const uint8_t *)confirmation, sizeof(confirmation)};
    case FL_DOMAIN_ENROLMENT:
        return (struct fl_bytes){(const uint8_t *)enrolment, sizeof(enrolment)};
    case FL_DOMAIN_SYSTEM:
        return (struct fl_bytes){(const uint8_t *)system, sizeof(system)};
    case FL_DOMAIN_RESTORED:
        return (struct fl_bytes){(const uint8_t *)restored, sizeof(restored)};
    case FL_DOMAIN_IMAGE:
        return (struct fl_bytes){(const uint8_t *)image, sizeof(image)};
    case FL_DOMAIN_KEYS:
        return (struct fl_bytes){(const uint8_t *)keys, sizeof(keys)};
    case FL_DOMAIN_ENROLMENT_ANSWER:
        return (struct fl_bytes){
            (const uint8_t *)enrolment_answer, sizeof(enrolment_answer)};
    case FL_DOMAIN_SELF_TEST:
        return (struct fl_bytes){(const uint8_t *)self_test, sizeof(self_test)};
    }
    fl_assert_failed("a domain", __FILE__, __LINE__);
}

enum fl_status fl_crypto_start(void)
{
    return sodium_init() < 0 ? FL_IO : FL_OK;
}

void fl_random(void *out_memory, size_t size)
{
    randombytes_buf(out_memory, size);
}

void fl_wipe(void *memory, size_t size)
{
    sodium_memzero(memory, size);
}

bool fl_secret_equal(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}

static bool is_sound(const struct fl_signing_key *key)
{
    static const uint8_t sample[] = "sign and verify once";
    uint8_t signature[FL_SIGNATURE_BYTES];
    struct fl_bytes bytes = {sample, sizeof(sample)};

    fl_sign(key, FL_DOMAIN_SELF_TEST, bytes, signature);
    return fl_verify(key->public_key, FL_DOMAIN_SELF_TEST, bytes, signature) == FL_OK;
}

enum fl_status fl_signing_key_new(
    const uint8_t seed[FL_SIGNING_SEED_BYTES],
    struct fl_signing_key **out_key)
{
    struct fl_signing_key *key = sodium_malloc(sizeof(*key));

    if (!key) {
        return FL_NO_MEMORY;
    }
    if (crypto_sign_seed_keypair(key->public_key, key->secret_key, seed) != 0 ||
        !is_sound(key)) {
        fl_signing_key_free(key);
        return FL_UNTRUSTED;
    }
    /* It cannot be changed any more, by us or by a stray write. */
    (void)sodium_mprotect_readonly(key);
    *out_key = key;
    return FL_OK;
}

void fl_signing_key_free(struct fl_signing_key *key)
{
    sodium_free(key);
}

const uint8_t *fl_signing_key_public(const struct fl_signing_key *key)
{
    return key->public_key;
}

void fl_key_id(
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    uint8_t out_id[FL_KEY_ID_BYTES])
{
    uint8_t hash[FL_HASH_BYTES];

    fl_hash((struct fl_bytes){public_key, FL_PUBLIC_KEY_BYTES}, hash, sizeof(hash));
    memcpy(out_id, hash, FL_KEY_ID_BYTES);
}

static void digest(
    enum fl_domain domain,
    struct fl_bytes bytes,
    uint8_t out_digest[FL_HASH_BYTES])
{
    struct fl_hasher hasher;

    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, domain_bytes(domain));
    fl_hasher_add(&hasher, bytes);
    fl_hasher_finish(&hasher, out_digest);
}

void fl_sign(
    const struct fl_signing_key *key,
    enum fl_domain domain,
    struct fl_bytes bytes,
    uint8_t out_signature[FL_SIGNATURE_BYTES])
{
    uint8_t hash[FL_HASH_BYTES];

    digest(domain, bytes, hash);
    (void)crypto_sign_detached(out_signature, NULL, hash, sizeof(hash), key->secret_key);
}

enum fl_status fl_verify(
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES],
    enum fl_domain domain,
    struct fl_bytes bytes,
    const uint8_t signature[FL_SIGNATURE_BYTES])
{
    uint8_t hash[FL_HASH_BYTES];

    digest(domain, bytes, hash);
    return crypto_sign_verify_detached(signature, hash, sizeof(hash), public_key) == 0
               ? FL_OK
               : FL_UNTRUSTED;
}

void fl_transport_keys_new(
    uint8_t out_public[FL_PUBLIC_KEY_BYTES],
    uint8_t out_secret[FL_SECRET_KEY_BYTES])
{
    (void)crypto_box_keypair(out_public, out_secret);
}
