/*
 * Objects as JSON.
 *
 * Refs are "Catalog.X:uuid" ("" is the empty one), dates ISO 8601, enumeration values
 * their names, binary base64, numbers JSON integers or, when not whole or beyond 2^53,
 * strings; a value of a composite attribute is {"type": ..., "value": ...}.
 */

#ifndef NODE_OBJECT_JSON_H
#define NODE_OBJECT_JSON_H

#include <jansson.h>

#include "proto/object.h"

/* A JSON number up to which whole numbers are exact everywhere. */
#define FL_JSON_INTEGER_MAX (INT64_C(1) << 53)

/* Names of types inside {"type": ..., "value": ...}, besides "Catalog.X". */
#define FL_JSON_TYPE_STRING  "String"
#define FL_JSON_TYPE_NUMBER  "Number"
#define FL_JSON_TYPE_DATE    "Date"
#define FL_JSON_TYPE_BOOLEAN "Boolean"
#define FL_JSON_TYPE_UUID    "UUID"
#define FL_JSON_TYPE_BINARY  "Binary"
#define FL_JSON_TYPE_STORAGE "ValueStorage"
#define FL_JSON_TYPE_TYPE    "Type"
#define FL_JSON_TYPE_NULL    "Null"

/* New references; NULL without memory. `all`: attributes with empty values too. */
json_t *fl_object_json_encode(
    const struct fl_configuration *configuration,
    const struct fl_object *object,
    bool all);
json_t *fl_object_json_value(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    const struct fl_value *value);

#endif
