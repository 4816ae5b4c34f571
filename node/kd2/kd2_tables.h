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

/* Does the register keep records of documents of this type? */
bool fl_kd2_tables_records_by(const struct fl_type *type, uint32_t document);

/* A record by a recorder is active, as in 1C, where no record of `rows` says anything. */
enum fl_status fl_kd2_tables_activate(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    const struct fl_kd2_row *rows,
    struct fl_object *object,
    struct fl_error *out_error);

/*
 * Movements of a document, `object`, as their element `table` says: they replace what is
 * here, are added to it (НеОчищать), or leave it (НеЗамещать).
 */
enum fl_status fl_kd2_tables_merge_movements(
    struct fl_kd2_finding *finding,
    const struct fl_conversion_rule *rule,
    const struct fl_kd2_table *table,
    struct fl_object *object,
    struct fl_error *out_error);

#endif
