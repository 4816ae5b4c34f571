/*
 * Where a node lives: the machine and the directory that its store is bound to. A copy
 * finds itself elsewhere, and must not go on as if it were the original: it works for
 * those beside it, but synchronises with nobody until somebody says what it is.
 */

#ifndef NODE_HOME_H
#define NODE_HOME_H

#include "proto/signing.h"
#include "storage/store.h"

struct fl_settings;
struct fl_keys;

enum fl_home_state {
    FL_HOME_OURS,
    FL_HOME_OTHER_MACHINE,
    FL_HOME_OTHER_DIRECTORY, /* of this machine */
};

struct fl_home {
    struct fl_uuid machine; /* zero: it has no name that could be asked */
    uint64_t inode;         /* of the node's directory */
    int64_t born_ns;        /* when that was made; 0: the file system does not say */
    uint8_t key_id[FL_KEY_ID_BYTES]; /* of the node's signing key */
};

/* What they are now. A machine whose file is not there has no name. */
struct fl_home fl_home_here(
    const char *directory,
    const struct fl_settings *settings,
    const struct fl_keys *keys);

/*
 * Compare with what the store was bound to; one that never was is bound now. A store that
 * cannot take that remains as it is, and is asked again at the next start.
 */
enum fl_home_state fl_home_check(struct fl_store *store, const struct fl_home *here);

/* Is this the store of the node that has these keys? Also when it does not say. */
bool fl_home_has_key(struct fl_store *store, const struct fl_home *here);

/* Bind the store to this place. */
void fl_home_put(struct fl_txn *txn, const struct fl_home *here);

/* "ours", "other_machine", "other_directory" */
const char *fl_home_state_name(enum fl_home_state state);

#endif
