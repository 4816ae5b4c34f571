/*
 * How long this node keeps what objects were: node.conf says it for all types, a setting
 * of the store for some.
 */

#ifndef NODE_VERSION_VERSION_POLICY_H
#define NODE_VERSION_VERSION_POLICY_H

#include "command/command.h"
#include "node.h"
#include "storage/versions.h"

enum { FL_VERSION_TYPES_MAX = 256 };

/* Of types only; what node.conf says is not in it. */
struct fl_version_types {
    struct fl_history_type items[FL_VERSION_TYPES_MAX];
    size_t count;
};

/* None when there are none, or they do not read. */
void fl_version_types_get(struct fl_txn *txn, struct fl_version_types *out_types);
void fl_version_types_put(struct fl_txn *txn, const struct fl_version_types *types);

/* As of now; `types` is the caller's and must live as long as the policy. */
struct fl_history_policy fl_version_policy(
    struct fl_node *node,
    struct fl_version_types *types);

/* node.conf was read: from now on changes are told as it says. No write is open. */
void fl_version_apply_settings(struct fl_node *node);

/*
 * What the command of `call` writes between begin and end, which are around each of its
 * steps, was written here by its user; from `file` on out of a file.
 */
void fl_version_call_begin(struct fl_call *call);
void fl_version_call_file(struct fl_call *call, const char *path);
void fl_version_call_end(struct fl_call *call);

/* What a program writes through the daemon; "" : the daemon itself goes on. */
void fl_version_written_by(struct fl_node *node, const char *name);

#endif
