/*
 * Sets of records whose filter (Отбор) in the file is another than record sets are kept
 * by here. It says less: its records are sets of their own. It says more, the period
 * perhaps: they take the place of what it means, and the other records of the set stay.
 */

#ifndef NODE_KD2_SETS_H
#define NODE_KD2_SETS_H

#include "kd2_found.h"

/* A record is known by it (its period, a dimension), and sets here are not kept by it. */
bool fl_kd2_sets_is_own(const struct fl_attribute *attribute);

/*
 * Put into `object`, a set of an information register, the records that are here and that
 * the file's filter does not mean; what the filter says is taken off its records.
 * FL_NOT_FOUND: НеЗамещать, and such a record is here.
 */
enum fl_status fl_kd2_sets_narrow(
    struct fl_kd2_finding *finding,
    const struct fl_conversion_rule *rule,
    struct fl_object *object,
    struct fl_error *out_error);

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
