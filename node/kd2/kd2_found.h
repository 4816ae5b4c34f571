/*
 * Whom a reference means, asked as 1C asks: the register of correspondences, the
 * predefined name, the identity, ways to search, all fields; and what is made when nobody
 * is found.
 */

#ifndef NODE_KD2_FOUND_H
#define NODE_KD2_FOUND_H

#include "endpoint/endpoint_matches.h"
#include "endpoint/endpoint_search.h"
#include "exchange/kd2_element.h"

/* An object that a reference has made, to be applied before what refers to it. */
struct fl_kd2_created {
    struct fl_object object;
    struct fl_kd2_created *next;
};

/* An identity of theirs that is one of those: it goes with them. */
struct fl_kd2_paired {
    struct fl_key theirs;
    struct fl_kd2_paired *next;
};

/* Why an object is passed over. */
enum fl_kd2_passing {
    FL_KD2_KEPT,     /* НеЗамещать: it stays as it is here */
    FL_KD2_NOT_MADE, /* it is not here, and must not be made */
    FL_KD2_UNSAID,   /* nothing is said of it: it would be made in each file again */
};

struct fl_kd2_finding {
    struct fl_txn *txn;
    bool applies; /* false: nothing is made or noted, it is only looked */
    uint32_t peer;
    enum fl_kd2_dialect dialect;
    const struct fl_kd2_rules *rules; /* in the file; NULL */
    bool unmarked;
    struct fl_endpoint_search *search;
    struct fl_arena *arena;
    /* Of the object that is being read: */
    const struct fl_kd2_item *item;
    struct fl_element *root;
    bool exists;
    enum fl_kd2_passing passing; /* where the object itself is FL_NOT_FOUND */
    bool is_record;              /* one of a set that is here (kd2_records.h) */
    struct fl_kd2_created *created;
    struct fl_kd2_paired *paired;
    /* Of the item: whom its movements are of; type 0: of nobody, they are left. */
    struct fl_key main;
};

/* НеЗамещать of the item, or of its rule: what is here stays as it is. */
bool fl_kd2_found_leaves(
    const struct fl_kd2_item *item,
    const struct fl_conversion_rule *rule);

/* As fl_conversion_ports.match_element; `context` is a finding. */
enum fl_status fl_kd2_found(
    void *context,
    const struct fl_conversion_rule *rule,
    const struct fl_element *key,
    bool is_main,
    const struct fl_object *given,
    struct fl_uuid *out_ours,
    struct fl_error *out_error);

/* What references have made is given to nobody: no pair means it. */
void fl_kd2_found_forget(struct fl_kd2_finding *finding);

#endif
