/*
 * A node directory, opened: what every command, the daemon and the endpoints work on.
 *
 *     DIR/node.conf     settings (settings.h)
 *     DIR/store/        the store; one process holds it
 *     DIR/keys/         signing.key, transport.key (keys.h); the tokens of HTTP
 *     DIR/control.sock  where a running filiald takes commands (control.h)
 *     DIR/applying      what is being applied at the moment (applying.h)
 *     DIR/endpoint      the addresses that a running filiald has bound: for peers, for
 *                       enrolment, of HTTP
 *
 * One thread uses a node, as it uses its store.
 */

#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "key/rotation_state.h"
#include "keys.h"
#include "leavings.h"
#include "plan/plans.h"
#include "proto/configuration.h"
#include "proto/limits.h"
#include "recovery/home.h"
#include "recovery/restored.h"
#include "settings.h"
#include "storage/peers.h"
#include "storage/store.h"
#include "window/windows.h"

struct fl_daemon;
struct fl_endpoint_export;

struct fl_node {
    char *directory; /* as given, without a trailing slash */
    struct fl_settings settings;
    struct fl_keys keys;
    struct fl_store *store;
    const struct fl_identity *identity; /* fl_store_identity() */
    char name[FL_NAME_BYTES_MAX + 1];   /* for people */
    char plan[FL_NAME_BYTES_MAX + 1];   /* "Филиалы" */
    uint8_t plan_hash[FL_PEER_PLAN_BYTES];
    /* Never NULL; without types until one is loaded or learnt. Replaced as a whole by
     * fl_node_configuration_put(): borrow it for one command or event only. */
    struct fl_configuration *configuration;
    uint16_t configuration_number; /* configurations.h; 0 before one is loaded */
    /* Grows whenever another takes its place: what points into it goes on while this
     * stays. A number may come back, and so may an address. */
    uint64_t configuration_revision;
    /* Replaced by fl_node_reload(): borrow it for one command or event only. */
    struct fl_plans plans;
    struct fl_windows windows;          /* the same */
    struct fl_rotation_state rotation;  /* of its own keys, the last one */
    struct fl_restored_record restored; /* of the incarnation that it has now */
    enum fl_home_state home;            /* else than ours: it synchronises with nobody */
    struct fl_routings *routings;       /* routing.h; NULL: not read yet */
    bool is_merging;                    /* duplicates: one merge or undoing at a time */
    bool is_loading;                    /* tables: one is written at a time */
    struct fl_endpoint_export *exports; /* endpoint.h: packages that are being written */
    struct fl_leavings leavings;        /* of the disk, to go part by part */
    uint64_t life;                      /* random: of this opening, replication/lives.h */
    /* Grows with each command that wrote: peers may be others than before. */
    uint64_t revision;
    /* Set by the daemon, NULL in `filial`: what `sync now` and `join` ask for. */
    struct fl_daemon *daemon;
};

struct fl_node_options {
    const char *directory;
    const char *code;
    const char *name; /* NULL: the code */
    const char *plan; /* NULL: "Филиалы" */
    bool allow_any_file_system;
};

/*
 * Make the directory, keys, node.conf and an empty store. FL_REFUSED: it is a node
 * already. What was made is removed again on failure.
 */
enum fl_status fl_node_create(
    const struct fl_node_options *options,
    struct fl_error *out_error);

/* Take back what fl_node_create() made, and the directory when nothing else is in it. */
void fl_node_remove(const char *directory);

/*
 * FL_NOT_FOUND: not a node directory. FL_BUSY: another process has it open. The caller
 * ends `*out_node` with fl_node_close().
 */
enum fl_status fl_node_open(
    const char *directory,
    struct fl_node **out_node,
    struct fl_error *out_error);
void fl_node_close(struct fl_node *node);

/* Written in the caller's transaction; seen in `node` after fl_node_reload(). */
void fl_node_put_name(struct fl_txn *txn, const char *name);
void fl_node_put_plan(struct fl_txn *txn, const char *plan);

/* Read name, plans and configuration from the store again, after a commit. */
enum fl_status fl_node_reload(struct fl_node *node, struct fl_error *out_error);

/*
 * Take over a configuration, durably, and let it travel down the tree. Where there are
 * objects or other nodes the successor of the present one is taken
 * (fl_configuration_succeed()). FL_REFUSED: it comes from the parent, or keys of record
 * sets would change. The node holds a copy.
 */
enum fl_status fl_node_configuration_put(
    struct fl_node *node,
    const struct fl_configuration *configuration,
    struct fl_error *out_error);

/*
 * The same with what the parent sends, in the caller's transaction; fl_node_reload()
 * after it. FL_REFUSED: there are objects, and numbers would mean something else.
 */
enum fl_status fl_node_configuration_accept(
    struct fl_node *node,
    struct fl_txn *txn,
    struct fl_bytes encoded,
    struct fl_error *out_error);

/* The node's own plan; never NULL. */
const struct fl_node_plan *fl_node_plan(const struct fl_node *node);
/* The plan of a peer: its own one, when the peer's is not known here. */
const struct fl_node_plan *fl_node_plan_of(
    const struct fl_node *node,
    const struct fl_peer *peer);

/* Do we connect to it, or it to us? The one that joined connects, whatever its rank. */
bool fl_peer_is_called(const struct fl_peer *peer);

/* The parent of this node in its own plan; FL_NOT_FOUND before it has joined one. */
enum fl_status fl_node_parent(struct fl_txn *txn, struct fl_peer *out_peer);

/* Unix time. */
int64_t fl_node_now_ms(void);

/* How a store of these settings is opened; `store_directory` outlives the options. */
struct fl_store_options fl_node_store_options(
    const char *store_directory,
    const struct fl_settings *settings);

/* DIR/name in memory of the caller (fl_free); NULL without memory. */
char *fl_node_path(const char *directory, const char *name);
/* The same for a text. */
char *fl_node_copy(const char *text);

#endif
