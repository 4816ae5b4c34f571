/*
 * A set of records whose filter (Отбор) in the file says less than record sets are kept
 * by here: its records are sets of their own.
 */

#ifndef NODE_KD2_SETS_H
#define NODE_KD2_SETS_H

#include "kd2_found.h"

/*
 * Part `object`, a set of a register without a recorder, by what its records say of the
 * filter; all sets but the last are among what the finding has created. `*out_missing` is
 * an attribute of the filter that the file did not name, which is why records that are
 * here and not in the file cannot be told from others; NULL: there is none.
 */
enum fl_status fl_kd2_sets_part(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    struct fl_object *object,
    const struct fl_attribute **out_missing,
    struct fl_error *out_error);

#endif
