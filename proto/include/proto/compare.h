/*
 * What is said while one node compares its objects with another's: the body of a COMPARE
 * frame. One side asks, one request at a time, the other answers; a request that is not
 * answered is asked again. PROTOCOL.md has every byte.
 *
 * Objects are divided by a hash of their keys into FL_RANGE_PARTS ranges, each of these
 * into as many, and so on; a range of the last level is a bucket.
 */

#ifndef PROTO_COMPARE_H
#define PROTO_COMPARE_H

#include "proto/object.h"

enum {
    FL_RANGE_PARTS = 16,
    FL_RANGE_LEVEL_LAST = 4,
    FL_BUCKETS = 65536, /* FL_RANGE_PARTS to the power of FL_RANGE_LEVEL_LAST */
    FL_DIGEST_BYTES = 16,

    FL_COMPARE_HEAD_BYTES = 14,
    FL_COMPARE_BYTES_MAX = 8 << 10, /* what a thin line takes at once */
    FL_COMPARE_SPLIT_MAX = 24,      /* ranges */
    FL_COMPARE_LIST_MAX = 2048,     /* ranges */
    FL_COMPARE_KEYS_MAX = 200,
    FL_COMPARE_DIGESTS_MAX = FL_COMPARE_SPLIT_MAX * FL_RANGE_PARTS,
};

/* `prefix`: the first 4 * level bits of the hash of the keys in it. Level 0 is all. */
struct fl_range {
    uint8_t level;
    uint16_t prefix;
};

/* Of a range: the sum, modulo 2^128, of the hashes of its objects, and their number. */
struct fl_digest {
    uint32_t count;
    uint8_t sum[FL_DIGEST_BYTES];
};

enum fl_compare_kind {
    FL_COMPARE_BEGIN = 1, /* type: make digests. BEGUN */
    FL_COMPARE_SPLIT,     /* ranges: PARTS, those of each */
    FL_COMPARE_LIST,      /* ranges: make a list of what is in them. LISTED */
    FL_COMPARE_NEXT,      /* index: ENTRIES of that list, from there on */
    FL_COMPARE_CHECK,     /* keys: STATES, as they are now */
    FL_COMPARE_REGISTER,  /* keys: send me these again. REGISTERED */
    FL_COMPARE_END,       /* no answer */

    FL_COMPARE_BEGUN = 17, /* digests: the one of all */
    FL_COMPARE_PARTS,      /* digests */
    FL_COMPARE_LISTED,     /* number: entries in the list */
    FL_COMPARE_ENTRIES,    /* index, entries in the order of their keys */
    FL_COMPARE_STATES,     /* states, in the order of the keys that were asked for */
    FL_COMPARE_REGISTERED, /* number: of those that are on their way now */
    FL_COMPARE_WORKING,    /* number of objects that were read, total: ask again */
    FL_COMPARE_REFUSED,    /* reason */
};

enum fl_compare_reason {
    FL_COMPARE_NO_REASON = 0,
    FL_COMPARE_BUSY,    /* too much is compared already, or something else */
    FL_COMPARE_FOREIGN, /* the type does not belong to the plan */
    FL_COMPARE_FAILED,  /* the store */
    FL_COMPARE_MANY,    /* the ranges hold more than a list may */
    FL_COMPARE_UNKNOWN, /* no such comparison: the answerer began anew */
};

/* What a node has under a key; at most one of the first four. */
enum {
    FL_STATE_THERE = 1u << 0,
    FL_STATE_DELETED = 1u << 1,   /* and knows of the deletion */
    FL_STATE_WITHDRAWN = 1u << 2, /* left the node's filter */
    FL_STATE_DAMAGED = 1u << 3,   /* cannot be read */
    FL_STATE_ON_WAY = 1u << 4,    /* registered for the other and not confirmed */
    FL_STATE_QUARANTINED = 1u << 5,
    FL_STATE_FROM_PEER =
        1u << 6, /* this version came from the other node, or through it */
};

struct fl_state {
    uint8_t flags;
    uint64_t lsn; /* in this node's journal; 0: there is none, or damaged */
    uint8_t hash[FL_DIGEST_BYTES]; /* zero unless there */
};

struct fl_compare_entry {
    struct fl_key key;
    uint8_t hash[FL_DIGEST_BYTES];
};

struct fl_compare {
    enum fl_compare_kind kind;
    uint64_t id;   /* of the comparison, drawn by the asker */
    uint32_t step; /* counts the asker's requests; an answer has its request's */
    uint32_t type; /* BEGIN; 0: every type of the plan */
    uint32_t index;
    uint64_t number;
    uint64_t total;
    uint8_t reason; /* enum fl_compare_reason; an unknown one is kept */
    size_t count;   /* of what is below */
    union {
        struct fl_range ranges[FL_COMPARE_LIST_MAX];
        struct fl_digest digests[FL_COMPARE_DIGESTS_MAX];
        struct fl_compare_entry entries[FL_COMPARE_KEYS_MAX];
        struct fl_key keys[FL_COMPARE_KEYS_MAX];
        struct fl_state states[FL_COMPARE_KEYS_MAX];
    } of;
};

/* Append the bytes; at most FL_COMPARE_BYTES_MAX. */
void fl_compare_encode(const struct fl_compare *compare, struct fl_buffer *out_buffer);

/*
 * FL_UNSUPPORTED: another version; FL_MALFORMED: anything that fl_compare_encode() does
 * not make.
 */
enum fl_status fl_compare_decode(struct fl_bytes bytes, struct fl_compare *out_compare);

/* Does it answer a request of that kind? WORKING and REFUSED answer every one. */
bool fl_compare_answers(enum fl_compare_kind answer, enum fl_compare_kind request);

#endif
