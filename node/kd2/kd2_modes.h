/*
 * What becomes of an object by how it is to be written: posted or not, marked for
 * deletion or not, with a date.
 */

#ifndef NODE_KD2_MODES_H
#define NODE_KD2_MODES_H

#include "kd2_found.h"

/* `value` NULL: it becomes the empty one; `attribute` NULL: there is none to set. */
enum fl_status fl_kd2_modes_set(
    struct fl_kd2_finding *finding,
    struct fl_object *object,
    const struct fl_attribute *attribute,
    const struct fl_value *value,
    struct fl_error *out_error);

/* РежимЗаписи; posting takes a mark for deletion away. */
enum fl_status fl_kd2_modes_write(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    const struct fl_element *root,
    struct fl_object *object,
    struct fl_error *out_error);

/* A document without a date has today's. */
enum fl_status fl_kd2_modes_date(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error);

#endif
