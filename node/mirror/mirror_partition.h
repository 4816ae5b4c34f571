/*
 * A partition for each branch that has rows in a table; what the administrator has made
 * himself, a foreign table at a shard perhaps, is known by a row in filial_partitions.
 */

#ifndef NODE_MIRROR_PARTITION_H
#define NODE_MIRROR_PARTITION_H

#include "mirror_schema.h"

/*
 * The partitions of the type's tables for a branch, made when they are not there; in the
 * caller's transaction. Nothing where tables are not partitioned.
 */
enum fl_status fl_mirror_partition(
    struct fl_sql *sql,
    struct fl_mirror_schema *schema,
    uint32_t type,
    struct fl_bytes branch,
    struct fl_error *out_error);

/*
 * "Document_Счет$Ф01", and "Document_Счет$" for all other branches (`branch` is ""): no
 * name of 1C has a "$". What is too long is told apart by a hash.
 */
void fl_mirror_partition_name(
    const char *table,
    const char *branch,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES]);

#endif
