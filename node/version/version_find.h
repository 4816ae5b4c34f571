/*
 * One version of an object, by what `filial object history` calls it: "105" is the entry
 * with that lsn, "c12" what a peer sent in collision 12, "q5" what is in quarantine.
 */

#ifndef NODE_VERSION_VERSION_FIND_H
#define NODE_VERSION_VERSION_FIND_H

#include <jansson.h>

#include "command/command_table.h"
#include "storage/arrivals.h"
#include "storage/collisions.h"
#include "storage/quarantine.h"
#include "storage/versions.h"

enum { FL_VERSION_NAME_BYTES = 24 };

enum fl_version_place {
    FL_VERSION_ENTRY = 1, /* it was live here, and may be so now */
    FL_VERSION_COLLISION,
    FL_VERSION_QUARANTINE,
};

struct fl_version_found {
    enum fl_version_place place;
    uint64_t number;
    struct fl_entry entry; /* its record is in `record` */
    struct fl_buffer record;
    struct fl_arrival arrival; /* kind 0: nothing is known of it */
};

/* Zeroed memory, or what an earlier call left. */
void fl_version_found_deinit(struct fl_version_found *found);

/*
 * FL_NOT_FOUND: there is no such version of the object, or it is kept no more.
 * FL_MALFORMED with `call->usage`: `name` is none. `*found` is to be deinitialised in any
 * case.
 */
enum fl_status fl_version_find(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    const char *name,
    struct fl_version_found *found,
    struct fl_error *out_error);

/* The one that was live before `lsn`, 0: the live one, deleted or not. */
enum fl_status fl_version_find_before(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn,
    struct fl_version_found *found,
    struct fl_error *out_error);

/*
 * The same, unpacked into `arena`; views in the object are of `found`. FL_NOT_FOUND also
 * when the version says that it was deleted or withdrawn.
 */
enum fl_status fl_version_find_object(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    const char *name,
    struct fl_version_found *found,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error);

/* "105", "c12" */
void fl_version_name(
    enum fl_version_place place,
    uint64_t number,
    char out_name[FL_VERSION_NAME_BYTES]);

/* As the version would be written (object_diff.h); of one withdrawn, that it was. */
json_t *fl_version_json(const struct fl_call *call, const struct fl_version_found *found);

#endif
