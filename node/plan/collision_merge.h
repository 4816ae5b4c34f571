/*
 * A collision decided attribute by attribute: one version, with what a person takes of
 * the other. Places are named as `filial collision show` names them.
 */

#ifndef NODE_COLLISION_MERGE_H
#define NODE_COLLISION_MERGE_H

#include "command/command_table.h"
#include "storage/collisions.h"

/* One version as a change of it is written (object_json.h); NULL when it cannot be
 * unpacked. A new reference. */
json_t *fl_collision_version_json(
    struct fl_call *call,
    struct fl_key key,
    const struct fl_collision_version *version);

/*
 * `*out_line`, a new reference, is the change (change_json.h) that writes the version
 * `kept` with every --take of `call` from the other one. FL_NOT_FOUND: a place that is
 * not among the differences; FL_REFUSED: one of the versions is a deletion.
 */
enum fl_status fl_collision_merge(
    struct fl_call *call,
    const struct fl_collision_record *collision,
    enum fl_collision_kept kept,
    json_t **out_line,
    struct fl_error *out_error);

#endif
