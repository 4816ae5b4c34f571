/* Which objects are meant: all --where Attr=Value of a command hold. */

#ifndef NODE_OBJECT_CONDITION_H
#define NODE_OBJECT_CONDITION_H

#include "command/command.h"
#include "proto/object.h"

struct fl_object_condition {
    const struct fl_attribute *attribute;
    struct fl_value value;
};

struct fl_object_conditions {
    struct fl_arena arena;
    size_t count;
    struct fl_object_condition items[FL_CALL_ARGUMENTS_MAX];
};

/*
 * Of objects of `type`; without --where all are meant. Ends with the deinit, on failure
 * too, which is a usage of the call when a value is wrong.
 */
enum fl_status fl_object_conditions_init(
    struct fl_object_conditions *conditions,
    struct fl_call *call,
    const struct fl_type *type,
    struct fl_error *out_error);
void fl_object_conditions_deinit(struct fl_object_conditions *conditions);

bool fl_object_conditions_hold(
    const struct fl_object_conditions *conditions,
    const struct fl_object *object);

#endif
