/*
 * Passwords of people and programs as Argon2id hashes: what is kept does not tell them.
 */

#ifndef PROTO_PASSWORD_H
#define PROTO_PASSWORD_H

#include "proto/bytes.h"

enum { FL_PASSWORD_HASH_BYTES = 128, FL_PASSWORD_BYTES_MAX = 256 };

/*
 * A text with salt and costs in it, ended by NUL. 64 MiB and about a tenth of a second.
 * FL_NO_MEMORY: there were none.
 */
enum fl_status fl_password_hash(
    struct fl_bytes password,
    char out_hash[FL_PASSWORD_HASH_BYTES]);
/* As dear as the hash. */
bool fl_password_matches(struct fl_bytes password, const char *hash);

#endif
