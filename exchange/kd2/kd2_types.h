/*
 * ИнформацияОТипахДанных: types that are told once, so that properties need not say them.
 */

#ifndef EXCHANGE_KD2_TYPES_H
#define EXCHANGE_KD2_TYPES_H

#include "proto/arena.h"

enum { FL_KD2_TYPES_HEADS = 1024 };

struct fl_kd2_type_entry;

struct fl_kd2_types_table {
    struct fl_arena arena;
    struct fl_kd2_type_entry *heads[FL_KD2_TYPES_HEADS];
    size_t count;
};

void fl_kd2_types_init(struct fl_kd2_types_table *table);
void fl_kd2_types_deinit(struct fl_kd2_types_table *table);
/* `section` is empty for the object's own. FL_LIMIT: there are too many. */
enum fl_status fl_kd2_types_put(
    struct fl_kd2_types_table *table,
    struct fl_bytes type,
    struct fl_bytes section,
    struct fl_bytes name,
    struct fl_bytes value);
/* Empty: it was not told. */
struct fl_bytes fl_kd2_types_find(
    const struct fl_kd2_types_table *table,
    struct fl_bytes type,
    struct fl_bytes section,
    struct fl_bytes name);

#endif
