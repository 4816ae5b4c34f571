/*
 * Rows that came and rows that are here. A message of an exchange plan (D3) is merged as
 * 1C merges it: where as many rows with the same key columns came as are here, the old
 * rows stay, their other columns too. A file that is loaded by hand replaces rows, unless
 * it says НеОчищать, and its key columns only lend what the file does not have.
 */

#ifndef NODE_KD2_TABLES_H
#define NODE_KD2_TABLES_H

#include "kd2_found.h"

/* `object` was made by `rule` of the finding's item; its key columns are the option
 * "merge=A,B" of a table. */
enum fl_status fl_kd2_tables_merge(
    struct fl_kd2_finding *finding,
    const struct fl_conversion_rule *rule,
    struct fl_object *object,
    struct fl_error *out_error);

#endif
