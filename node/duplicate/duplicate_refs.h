/*
 * References inside an object that are turned to another object, and back.
 */

#ifndef NODE_DUPLICATE_REFS_H
#define NODE_DUPLICATE_REFS_H

#include "proto/object.h"

/* How many values of the object are references to `to`. */
size_t fl_duplicate_refs_count(const struct fl_object *object, struct fl_key to);

/*
 * Each becomes one to `to`; where they stood is appended to `places`. Gives how many. The
 * object has no normal form then: of a record set the key may be another.
 */
size_t fl_duplicate_refs_turn(
    struct fl_object *object,
    struct fl_key from,
    struct fl_key to,
    struct fl_buffer *places);

/*
 * What stands in `places` and is a reference to `from` still becomes one to `to`.
 * `*out_left` is how many are not. FL_MALFORMED: no places.
 */
enum fl_status fl_duplicate_refs_turn_back(
    struct fl_object *object,
    struct fl_bytes places,
    struct fl_key from,
    struct fl_key to,
    size_t *out_turned,
    size_t *out_left);

#endif
