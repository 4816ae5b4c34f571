/*
 * Which mirrors a node keeps: JSON in the store, under "mirror/CODE"; and how each stood
 * when that was last noted, under "mirror-state/CODE". A mirror is an endpoint without a
 * peer: nothing is registered for it, since it reads the journal itself, and its position
 * lies with its rows.
 */

#ifndef NODE_MIRROR_SETTINGS_H
#define NODE_MIRROR_SETTINGS_H

#include "mirror.h"

enum {
    FL_MIRROR_POLL_MS = 1000,
    FL_MIRROR_POLL_MS_MIN = 1000,
    FL_MIRROR_PATH_BYTES = 512,
    FL_MIRROR_CODE_BYTES_MAX = 40, /* a setting's name has room for no more */
};

#define FL_MIRROR_CODE_DEFAULT "SQL"

struct fl_mirror_settings {
    char code[FL_MIRROR_CODE_BYTES_MAX + 1];
    char url[FL_SQL_URL_BYTES_MAX + 1];
    char password_file[FL_MIRROR_PATH_BYTES];
    bool is_latin;
    bool is_partitioned;
    uint64_t poll_ms;       /* how often the journal is looked at */
    uint64_t batch_objects; /* of a transaction; 0: the default */
};

enum fl_mirror_condition {
    FL_MIRROR_NEW,     /* has not worked yet */
    FL_MIRROR_LEVEL,   /* has all of the journal */
    FL_MIRROR_FILLING, /* is on its way */
    FL_MIRROR_TROUBLE, /* somebody should look at `words` */
};

struct fl_mirror_state {
    enum fl_mirror_condition condition;
    struct fl_mirror_progress progress;
    char words[1024];
    int64_t since_ms;  /* when the condition became so */
    int64_t level_ms;  /* when it had all of the journal last; 0: never since the start */
    uint64_t poll_ms;  /* after how long it looks again; 0: it does not run */
    uint64_t failures; /* one after another */
    uint64_t answered; /* of the pokes since the start, by a round that ended */
};

/* FL_NOT_FOUND: there is none of this code. */
enum fl_status fl_mirror_settings_get(
    struct fl_txn *txn,
    const char *code,
    struct fl_mirror_settings *out_settings);
void fl_mirror_settings_put(
    struct fl_txn *txn,
    const struct fl_mirror_settings *settings);
/* With its state. */
void fl_mirror_settings_remove(struct fl_txn *txn, const char *code);
/* The first above `after` (NULL: of all). */
enum fl_status fl_mirror_settings_next(
    struct fl_txn *txn,
    const char *after,
    struct fl_mirror_settings *out_settings);

/* A new one when there is none. */
void fl_mirror_state_get(
    struct fl_txn *txn,
    const char *code,
    struct fl_mirror_state *out_state);
void fl_mirror_state_put(
    struct fl_txn *txn,
    const char *code,
    const struct fl_mirror_state *state);

const char *fl_mirror_condition_name(enum fl_mirror_condition condition);

#endif
