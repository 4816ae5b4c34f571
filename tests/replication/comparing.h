/*
 * Two nodes that compare, in one process: machines, the bytes between them, and stores
 * of a few words each. The wire may lose and delay, stores may change at any frame.
 */

#ifndef COMPARING_H
#define COMPARING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above. */
#include <cmocka.h>

#include "replication/comparison.h"

enum { THINGS_MAX = 50000, WIRE_MAX = 64, STORY_BYTES_MAX = 8192 };

struct thing {
    struct fl_key key;
    uint32_t content;
    uint8_t flags; /* as in a state */
    unsigned registered;
};

struct node {
    struct thing *things; /* in the order of their keys */
    size_t count;
    struct fl_digests *digests;
    struct fl_compare_entry *entries;
    size_t entry_count;
    struct fl_state states[FL_COMPARE_KEYS_MAX];
    enum fl_collision_rule rules[FL_COMPARE_KEYS_MAX];
    uint64_t making_until_ms; /* digests or a list; 0: neither */
    struct fl_comparison_event made;
    enum fl_comparison_line line;
    enum fl_compare_reason unavailable;
    unsigned forgotten;
    struct fl_key deleted[FL_COMPARE_KEYS_MAX]; /* anew, the last time */
    size_t deleted_count;
};

struct packet {
    bool to_answerer;
    uint64_t at_ms;
    size_t size;
    uint8_t bytes[FL_COMPARE_BYTES_MAX];
};

struct comparing {
    struct node here;
    struct node there;
    struct fl_comparison *asker;
    struct fl_answerer *answerer;
    struct fl_comparison_options options;
    enum fl_collision_rule rule;
    uint64_t now_ms;
    struct packet wire[WIRE_MAX];
    size_t wire_count;
    uint64_t wire_bytes;
    uint64_t frames;
    uint64_t made_ms; /* how long digests and lists take */
    unsigned loss_percent;
    uint64_t random;
    bool done;
    bool failed;
    enum fl_comparison_failure failure;
    enum fl_compare_reason reason;
    struct fl_difference found[1000]; /* the first of them */
    size_t found_count;
    char story[STORY_BYTES_MAX];
    size_t story_size;
    /* Called with everything that arrives; false: it is lost. It may change both nodes,
     * and what is said. */
    bool (*pass)(struct comparing *comparing, bool to_answerer, struct fl_compare *said);
    unsigned passed; /* of a test's own */
};

/* `count` equal objects on both sides, of types 1 to 3. The peer is the parent. */
struct comparing *comparing_new(size_t count);
void comparing_free(struct comparing *comparing);

/* Until it is over, or `ms` have passed. */
void comparing_run(struct comparing *comparing, uint64_t ms);
/* Until it is over; it must not fail. */
const struct fl_comparison_result *comparing_finish(struct comparing *comparing);

struct fl_key comparing_key(size_t index);
/* Made when it is not there. */
struct thing *comparing_thing(struct node *node, size_t index);
void comparing_remove(struct node *node, size_t index);

#endif
