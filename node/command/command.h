/*
 * What people type: a table of nouns, verbs, options, help and handlers. A handler works
 * on a struct fl_call only, so that it runs in filiald for a client and in `filial` by
 * itself alike.
 */

#ifndef NODE_COMMAND_H
#define NODE_COMMAND_H

#include "node.h"
#include "output.h"

enum {
    FL_CALL_ARGUMENTS_MAX = 256,
    FL_CALL_WHO_BYTES = 64,
    FL_CALL_INPUT_BYTES_MAX = 64 << 20, /* standard input of a command */
    FL_EXIT_DONE = 0,
    FL_EXIT_FAILED = 1,
    FL_EXIT_USAGE = 2,
};

struct fl_call;

typedef enum fl_status (
    *fl_command_run)(struct fl_call *call, struct fl_error *out_error);

/*
 * Goes on with a call whose handler asked to wait; `*out_done` ends it, as a failure
 * does. Called by the daemon each turn of its loop.
 */
typedef enum fl_status (*fl_command_step)(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error);

struct fl_option {
    const char *name;  /* "to" for --to */
    const char *value; /* "CODE"; NULL: a flag */
    const char *help;
};

enum {
    FL_COMMAND_NO_NODE = 1u << 0, /* works without a node directory */
    FL_COMMAND_INPUT = 1u << 1,   /* reads standard input when an argument is absent */
    FL_COMMAND_ALONE = 1u << 2,   /* needs the store closed: not while a daemon runs */
    FL_COMMAND_WRITES = 1u << 3,  /* may change the store */
    FL_COMMAND_DATA = 1u << 4,    /* only its objects: not for the audit */
    FL_COMMAND_BARE = 1u << 5,    /* without arguments it only shows */
    FL_COMMAND_ACTS = 1u << 6,    /* not on the store: its arguments are files, what it
                                     shows is secret, or the node does something */
};

struct fl_command {
    const char *noun;
    const char *verb;      /* NULL: the noun is enough */
    const char *arguments; /* for the usage line: "TYPE [REF]" */
    const char *summary;
    const char *help; /* paragraphs and examples */
    size_t argument_min;
    size_t argument_max;
    unsigned flags;
    const struct fl_option *options; /* ends with a NULL name; may be NULL */
    fl_command_run run;
};

struct fl_call {
    const struct fl_command *command;
    struct fl_node *node; /* NULL with FL_COMMAND_NO_NODE or _ALONE */
    const char *node_directory;
    struct fl_output *output;
    struct fl_bytes input;
    const char *working_directory; /* what relative paths are relative to */
    size_t argument_count;         /* positional, behind noun and verb */
    const char *arguments[FL_CALL_ARGUMENTS_MAX];
    size_t option_count;
    struct {
        const struct fl_option *option;
        const char *value; /* "" for a flag */
    } options[FL_CALL_ARGUMENTS_MAX];
    char who[FL_CALL_WHO_BYTES];      /* who asks; "": the user of this process */
    char file[FL_NAME_BYTES_MAX + 1]; /* out of which it writes; "": out of none */
    bool via_http;
    bool usage;           /* the failure is of usage or configuration: exit status 2 */
    bool wrote;           /* the store was changed */
    bool answer_is_no;    /* it is shown, and the exit status is 1 */
    uint64_t audited;     /* its record in the audit journal; 0: none */
    int exit_status;      /* of what was shown, when it is none of these; else 0 */
    fl_command_step step; /* set by fl_command_wait() */
    void *step_state;
    void (*step_free)(void *state); /* of it at the end; NULL: fl_free() */
    bool hurries;  /* the step has more to do: it does not wait for anything */
    bool finishes; /* it has begun what is not to be left half done: who asked may go */
    void *kept;    /* by fl_call_keep() */
    void (*kept_free)(void *kept);
};

/* Does this call look at the node and do no more? Naming a file is more. */
bool fl_call_only_looks(const struct fl_call *call);

/* May this call change the store? */
bool fl_call_writes(const struct fl_call *call);

/* NULL: not given. */
const char *fl_call_option(const struct fl_call *call, const char *name);
bool fl_call_has(const struct fl_call *call, const char *name);
/* The nth of an option that may be repeated; NULL behind the last. */
const char *fl_call_option_nth(const struct fl_call *call, const char *name, size_t nth);
/* Fails by usage when no option but --plan is given: what changes nothing is no change.
 */
enum fl_status fl_call_changes(struct fl_call *call, struct fl_error *out_error);
/* A whole number; `fallback` when not given. Fails by usage. */
enum fl_status fl_call_number(
    struct fl_call *call,
    const char *name,
    uint64_t fallback,
    uint64_t *out_number,
    struct fl_error *out_error);
/* 30s, 5m, 72h, 7d; `fallback_ms` when not given. Fails by usage. */
enum fl_status fl_call_duration(
    struct fl_call *call,
    const char *name,
    uint64_t fallback_ms,
    uint64_t *out_ms,
    struct fl_error *out_error);
/* Who decides: --by, else the user's name. */
const char *fl_call_by(const struct fl_call *call);
/* A path given by the user, made absolute in memory of the caller (fl_free). */
char *fl_call_path(const struct fl_call *call, const char *path);
/* "Catalog.X": FL_NOT_FOUND tells near names. */
enum fl_status fl_call_type(
    struct fl_call *call,
    const char *name,
    const struct fl_type **out_type,
    struct fl_error *out_error);

/* The peer of that code, by `txn` (NULL: one of its own). FL_NOT_FOUND in words. */
enum fl_status fl_call_peer(
    struct fl_call *call,
    struct fl_txn *txn,
    const char *code,
    struct fl_peer *out_peer,
    struct fl_error *out_error);

/* The plan of that name; the node's own when `name` is NULL. FL_NOT_FOUND in words. */
enum fl_status fl_call_plan(
    struct fl_call *call,
    const char *name,
    const struct fl_node_plan **out_plan,
    struct fl_error *out_error);

/*
 * Let the daemon go on and ask `step` each turn whether this call is done. Without a
 * daemon (call->node->daemon is NULL) a handler must not wait.
 */
void fl_command_wait(struct fl_call *call, fl_command_step step, void *take_state);

/*
 * Work in shares: in the daemon a step each turn of its loop, by itself step after step
 * to the end. Takes `take_state`, which `state_free` ends, whatever happens. The call
 * shows its results in the last step.
 */
enum fl_status fl_command_work(
    struct fl_call *call,
    fl_command_step step,
    void *take_state,
    void (*state_free)(void *state),
    struct fl_error *out_error);
/* For how long such a step may go on, share.h: only the daemon has others to serve. */
uint32_t fl_call_share_ms(const struct fl_call *call);

/* The next step of a call that waits. */
enum fl_status fl_command_go_on(
    struct fl_call *call,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error);

/* Memory that lives as long as the call, behind what its steps hold: once a call. */
void fl_call_keep(struct fl_call *call, void *take_memory, void (*end)(void *memory));

/* The call, what its steps hold and what it keeps. NULL is fine. */
void fl_call_free(struct fl_call *call);

enum { FL_COMMAND_WORDS_BYTES = 64 };

/* "store check", as it is written. */
void fl_command_words(
    const struct fl_command *command,
    char out_words[FL_COMMAND_WORDS_BYTES]);

/* The whole table, nouns together. */
size_t fl_command_count(void);
const struct fl_command *fl_command_at(size_t index);

/*
 * Understand `arguments` (from the noun on). FL_NOT_FOUND, FL_MALFORMED: usage, in
 * words. "--json" is taken wherever it stands, "--help" makes `*out_help` true.
 */
enum fl_status fl_command_parse(
    size_t argument_count,
    const char *const *arguments,
    struct fl_call *out_call,
    bool *out_json,
    bool *out_help,
    struct fl_error *out_error);

/* Run a parsed call: complaints go to its output. The exit status, or -1: it waits. */
int fl_command_run_call(struct fl_call *call);
/* Shows what a call that has ended holds, or its complaint; gives the exit status. */
int fl_command_end(
    struct fl_call *call,
    enum fl_status status,
    const struct fl_error *error);

/* Help on everything, a noun, a verb or a topic ("settings"). FL_NOT_FOUND: no such. */
enum fl_status fl_command_help(
    struct fl_output *output,
    const char *noun,
    const char *verb,
    struct fl_error *out_error);

#endif
