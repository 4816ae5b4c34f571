/* Fixed keys and bytes for the tests of what travels, and comparison with golden bytes.
 */

#ifndef WIRE_H
#define WIRE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"
#include "proto/signing.h"
#include "proto/uuid.h"
#include "unit.h"

static inline int wire_setup(void **state)
{
    (void)state;
    return fl_crypto_start() == FL_OK ? 0 : -1;
}

/* `size` bytes that count up from `first`. */
static inline void wire_fill(void *out_memory, size_t size, uint8_t first)
{
    uint8_t *at = out_memory;

    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(first + i);
    }
}

static inline struct fl_uuid wire_uuid(uint8_t first)
{
    struct fl_uuid uuid;

    wire_fill(uuid.bytes, sizeof(uuid.bytes), first);
    return uuid;
}

/* Of the seed `first`, `first` + 1, ... */
static inline struct fl_signing_key *wire_key(uint8_t first)
{
    uint8_t seed[FL_SIGNING_SEED_BYTES];
    struct fl_signing_key *key = NULL;

    wire_fill(seed, sizeof(seed), first);
    assert_int_equal(fl_signing_key_new(seed, &key), FL_OK);
    return key;
}

/* Hexadecimal digits; spaces between them are for the reader. */
static inline void wire_assert_hex(struct fl_bytes bytes, const char *expected)
{
    char *const found = malloc(bytes.size * 2 + 1);
    char *const wanted = malloc(strlen(expected) + 1);
    size_t count = 0;

    assert_non_null(found);
    assert_non_null(wanted);
    fl_bytes_hex(bytes, found);
    for (const char *at = expected; *at; at++) {
        if (*at != ' ') {
            wanted[count++] = *at;
        }
    }
    wanted[count] = '\0';
    assert_string_equal(found, wanted);
    free(found);
    free(wanted);
}

/* A copy of exactly this size, so that a read past its end is seen; free() it. */
static inline uint8_t *wire_copy(struct fl_bytes bytes)
{
    uint8_t *const copy = malloc(bytes.size > 0 ? bytes.size : 1);

    assert_non_null(copy);
    if (bytes.size > 0) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return copy;
}

#endif
