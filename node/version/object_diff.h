/*
 * Two versions of an object, attribute by attribute, and row by row of tabular sections:
 * for collisions and for history. Places are "Description", "Товары[2]" and
 * "Товары[2].Цена".
 */

#ifndef NODE_OBJECT_DIFF_H
#define NODE_OBJECT_DIFF_H

#include "command/output.h"
#include "proto/object.h"

/*
 * A version as a change of it is written (object_json.h), from the flags and the record
 * of its entry: {"delete": REF} of a deletion. NULL when it cannot be unpacked.
 */
json_t *fl_object_version_json(
    const struct fl_configuration *configuration,
    struct fl_key key,
    uint8_t flags,
    struct fl_bytes record);

/* A place where they differ; NULL: that version has no such row. */
typedef void (*fl_object_difference)(
    void *context,
    const char *place,
    const json_t *left,
    const json_t *right);

/* Every place where two versions differ, in the order of the object's own parts. */
void fl_object_diff(
    const json_t *left,
    const json_t *right,
    fl_object_difference difference,
    void *context);

/* What the two are called in an answer: keys of JSON, and labels that are translated. */
struct fl_object_sides {
    const char *left_key;
    const char *left_label;
    const char *right_key;
    const char *right_label;
};

/* As the list "differences" of an answer. */
void fl_object_diff_show(
    struct fl_output *output,
    const struct fl_object_sides *sides,
    const json_t *left,
    const json_t *right);

#endif
