/*
 * One value of an attribute, from JSON as object_json.h writes it, or from the command
 * line.
 */

#ifndef NODE_VALUE_JSON_H
#define NODE_VALUE_JSON_H

#include <jansson.h>

#include "proto/object.h"

/* One value for an attribute of `owner` (for words), allocated in `arena`; null is the
 * empty value. */
enum fl_status fl_value_json_parse(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attribute,
    const char *owner,
    const json_t *json,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error);

/*
 * "Attr=Value" of the command line, as a JSON value for `set`: text becomes a number or
 * boolean where the attribute wants one; what begins with { or [ is JSON itself.
 */
enum fl_status fl_value_json_of_assignment(
    const struct fl_type *type,
    const char *assignment,
    json_t *set,
    struct fl_error *out_error);

#endif
