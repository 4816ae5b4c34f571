/*
 * Which object of ours a correspondent means: the one that was found before, the one of
 * the same UUID, or the one that has the same search fields, as 1C looks. What is found
 * by fields is remembered for the peer; where several are alike nobody is taken, and a
 * person is to say.
 */

#ifndef NODE_CORRESPONDENT_MATCH_H
#define NODE_CORRESPONDENT_MATCH_H

#include "endpoint/endpoint_search.h"
#include "exchange/conversion.h"

struct fl_correspondent_matching {
    struct fl_txn *txn;
    uint32_t peer;  /* 0: of a file without a sender, nothing is remembered */
    bool remembers; /* false: this reading only looks */
    bool doubts;    /* somebody is to say who is who */
    struct fl_endpoint_search search;
};

/* It is large. `txn` is borrowed, and lives as long as objects are looked for. */
void fl_correspondent_matching_init(
    struct fl_correspondent_matching *matching,
    struct fl_node *node,
    struct fl_txn *txn,
    uint32_t peer,
    bool remembers);
void fl_correspondent_matching_deinit(struct fl_correspondent_matching *matching);

/* As fl_conversion_ports.match; `context` is a matching. */
enum fl_status fl_correspondent_match(
    void *context,
    const struct fl_conversion_rule *rule,
    struct fl_uuid theirs,
    const struct fl_object *given,
    struct fl_uuid *out_ours,
    struct fl_error *out_error);

#endif
