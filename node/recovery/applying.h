/*
 * What is being applied, in a file that outlives the process: an object that ends the
 * process each time is found, and put aside with its transaction at the third attempt.
 * The file is mapped, so that a mark costs a few stores; a power cut may lose it, which
 * is no crash of ours.
 *
 * An object is known by peer, key and size: a message that is sent again has another
 * number.
 */

#ifndef NODE_APPLYING_H
#define NODE_APPLYING_H

#include "proto/object.h"

enum { FL_APPLYING_ATTEMPTS_MAX = 3 }; /* this one is not made */

struct fl_applying_place {
    uint64_t magic;    /* 0: nothing is being applied */
    uint32_t attempts; /* at this very place, by processes one after the other */
    uint32_t kind;     /* enum of applying.c */
    uint32_t peer;
    uint32_t type;
    struct fl_uuid id;
    uint64_t size; /* of the record; of a message that is unpacked: of its hash */
};

/* Zeroed memory remembers nothing. */
struct fl_applying {
    struct fl_applying_place *mapped;
    struct fl_applying_place before; /* where an earlier process ended */
};

/* DIR/applying. Without that file nothing is remembered, and nothing else is lost. */
void fl_applying_open(struct fl_applying *applying, const char *directory);
void fl_applying_close(struct fl_applying *applying);

/* A message is unpacked, whose chunks have this hash; it begins with these bytes. */
void fl_applying_unpack(struct fl_applying *applying, uint32_t peer, const uint8_t *hash);
void fl_applying_object(
    struct fl_applying *applying,
    uint32_t peer,
    struct fl_key key,
    size_t size);
/* From here on no object is to blame. */
void fl_applying_commit(struct fl_applying *applying);
/* It was committed, or given up in an orderly way. */
void fl_applying_end(struct fl_applying *applying);

/* Would this be one attempt too many? */
bool fl_applying_is_bad_message(
    const struct fl_applying *applying,
    uint32_t peer,
    const uint8_t *hash);
bool fl_applying_is_bad_object(
    const struct fl_applying *applying,
    uint32_t peer,
    struct fl_key key,
    size_t size);

#endif
