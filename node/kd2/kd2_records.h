/*
 * Records of registers that come one by one, as in version 2.0, where sets are kept by
 * less than a record is: they wait for the others, and become one set each, which is
 * written once. A record takes the place of the one of the same period and dimensions.
 */

#ifndef NODE_KD2_RECORDS_H
#define NODE_KD2_RECORDS_H

#include "kd2_found.h"

/* Zeroed memory is one. */
struct fl_kd2_records {
    bool is_begun;
    struct fl_buffer bytes;   /* records, encoded */
    struct fl_buffer entries; /* who they are, in the order of the file */
    size_t at;                /* of the entries: given already */
    struct fl_arena arena;    /* of the set that is given */
};

void fl_kd2_records_deinit(struct fl_kd2_records *records);

/* Is a record of the register less than a set that is kept here? */
bool fl_kd2_records_has(const struct fl_type *type);

/* `set` is that of the one record. `leaves`: НеЗамещать. FL_NO_MEMORY, FL_LIMIT. */
enum fl_status fl_kd2_records_keep(
    struct fl_kd2_records *records,
    const struct fl_conversion_rule *rule,
    const struct fl_object *set,
    bool leaves,
    struct fl_error *out_error);

/* Some wait, and they are many, or `item`, NULL at the end, is another thing. */
bool fl_kd2_records_is_due(
    const struct fl_kd2_records *records,
    const struct fl_kd2_item *item);

/*
 * The next set, over what is here; until the next call. False in `*out_has`: nobody waits
 * any more.
 */
enum fl_status fl_kd2_records_next(
    struct fl_kd2_records *records,
    const struct fl_kd2_finding *finding,
    struct fl_object *out_set,
    bool *out_has,
    struct fl_error *out_error);

#endif
