#include "proto/password.h"

#include <sodium.h>

_Static_assert(
    FL_PASSWORD_HASH_BYTES == crypto_pwhash_STRBYTES,
    "libsodium's text of a hash");

enum fl_status fl_password_hash(
    struct fl_bytes password,
    char out_hash[FL_PASSWORD_HASH_BYTES])
{
    return crypto_pwhash_str(
               out_hash, (const char *)password.data, password.size,
               crypto_pwhash_OPSLIMIT_INTERACTIVE,
               crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
               ? FL_OK
               : FL_NO_MEMORY;
}

bool fl_password_matches(struct fl_bytes password, const char *hash)
{
    return crypto_pwhash_str_verify(hash, (const char *)password.data, password.size) ==
           0;
}
