/*
 * Many nodes in one process, each with the replicator that the daemon runs and a store in
 * memory: filters, lists, holds, comparisons, images, horizons. One seed decides what
 * happens, including keys, clock and what goes wrong; the same seed gives the same trace.
 */

#ifndef SIM_NODE_SIM_H
#define SIM_NODE_SIM_H

#include "tree.h"

#include "routing_model.h"

enum {
    SIM_NODES_MAX = TREE_NODES_MAX,
    SIM_STEPS = 60,
    SIM_VERSIONS_MAX = 2000,
    SIM_CURRENCIES = 3,
    SIM_CURRENCY_FIRST = 7000,
    SIM_STEP_KINDS_MAX = 32,
};

static const char SIM_CURRENCY[] = "Catalog.Валюты";

/* A version of an invoice: its number stands in the document, so that it is found again.
 */
struct sim_version {
    unsigned invoice;
    unsigned before; /* the version that its writer saw; 0: none */
    int node;
    unsigned rules; /* how often rules and what they look at had changed by then */
    bool strays;    /* by those its writer may not write it */
    bool covered;   /* what became of it is known: here, replaced, deleted, on record */
    bool lost;      /* it may be: the node was put back, or it was never acknowledged */
};

struct sim_backup {
    struct fl_engine *engine; /* NULL: there is none */
    unsigned version_count;
    struct lists lists[SIM_NODES_MAX];
};

struct sim {
    struct tree *tree;
    uint64_t random; /* of the step in hand */
    bool fair;       /* nothing goes wrong any more */
    unsigned filter;
    struct lists lists[SIM_NODES_MAX];
    struct sim_backup backups[SIM_NODES_MAX];
    struct sim_backup twins[SIM_NODES_MAX]; /* copies that live beside the original */
    unsigned weights[SIM_STEP_KINDS_MAX];   /* of what happens in this seed */
    unsigned invoices;                      /* that are written in it */
    unsigned strays_in;             /* so many invoices lies outside, on the average */
    unsigned currencies;            /* that are written in it */
    bool leaves_only;               /* nodes with others below them are not put back */
    bool armed[SIM_NODES_MAX];      /* a commit will go wrong */
    unsigned births[SIM_NODES_MAX]; /* how often the process began */
    unsigned lost_percent;          /* of frames */
    unsigned turns;
    uint64_t hold_objects;
    bool released; /* an operator let something through */
    bool jumped;   /* the clock was set */
    bool root_restored;
    bool expects_much;    /* of each child in its first round, since it was put back */
    unsigned rules;       /* how often rules, lists, and what they look at have changed */
    unsigned rules_known; /* that have reached everybody: of the last rest */
    bool deleted[INVOICES + 1];                      /* by somebody, at some time */
    int64_t gone_since[SIM_NODES_MAX][INVOICES + 1]; /* when a deletion was seen first */
    struct sim_version versions[SIM_VERSIONS_MAX];
    unsigned version_count; /* from 1 */
    /* Of what is registered by hand only: what a child must have at the least. */
    bool by_hand;
    bool currencies_unsure;
    unsigned due[SIM_NODES_MAX][SIM_CURRENCIES + 1];
    unsigned allowed[SIM_CURRENCIES + 1]; /* the last that anything registered */
    bool pending[SIM_CURRENCIES + 1];     /* ... for somebody who may not have it yet */
    unsigned rates;                       /* versions of currencies */
};

/* -- world.c: nodes, wires, time -- */

/* Once a process: nodes with keys and a configuration, that every seed begins with. */
void sim_prepare(const char *scratch);
void sim_deinit(void);
struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *sim);
/* Also of what crosses the wires. */
uint64_t sim_trace_hash(void);
void sim_tell(bool narrates);
void sim_say(const char *format, ...) FL_PRINTF(1, 2);
_Noreturn void sim_fail(const char *format, ...) FL_PRINTF(1, 2);

unsigned sim_draw(struct sim *sim, unsigned below);
int sim_parent(const struct sim *sim, int index);
const char *sim_code(int index);
struct fl_node *sim_node(const struct sim *sim, int index);
void sim_clock_set(int64_t ms);
int64_t sim_clock(void);

/* The process ends and begins anew, if it can. */
void sim_restart(struct sim *sim, int index);
/* The commit `nth` from now goes wrong. */
void sim_arm(struct sim *sim, int index, unsigned nth, unsigned how);
void sim_disarm(struct sim *sim, int index);
void sim_back_up(struct sim *sim, int index);
void sim_put_back(struct sim *sim, int index);
/* Copy and original change places; the first time the copy is made. */
void sim_change_twins(struct sim *sim, int index);
/* A command as a person types it; false: it was refused, or its node fell. */
bool sim_run(
    struct sim *sim,
    int index,
    const char *input,
    size_t count,
    const char *const *words);
#define SIM_RUN(sim, index, ...)                                                         \
    sim_run(                                                                             \
        sim, index, NULL, sizeof FIXTURE_WORDS(__VA_ARGS__) / sizeof(const char *),      \
        FIXTURE_WORDS(__VA_ARGS__))

void sim_turn(struct sim *sim);
/* A round of a node with its parent, within so many turns. */
bool sim_synchronise(struct sim *sim, int index, unsigned turns);
void sim_connect(struct sim *sim, int index);
void sim_cut(struct sim *sim, int index);

/* -- steps.c -- */

/* What is likely in a seed, and what does not happen at all. */
void sim_weigh(struct sim *sim);
/* One thing happens, drawn from seed and number alone. */
void sim_step(struct sim *sim, uint64_t seed, unsigned number);
void sim_sweep(struct sim *sim, int index);
/* What the root has come to say, where the model cannot know it. */
void sim_read_rules(struct sim *sim);
/* Somebody may be sent once more what he had, as it is by now. */
void sim_allow_currencies(struct sim *sim);
/* What a node takes a currency to be; they only rise. */
unsigned sim_rate(const struct sim *sim, int index, unsigned number);

/* -- ledger.c: what was entered, and what became of it -- */

unsigned sim_ledger_add(struct sim *sim, int node, unsigned invoice);
/* The version that a node has; 0: none. */
unsigned sim_ledger_seen(const struct sim *sim, int node, unsigned invoice);
/* It was deleted by somebody who saw this version. */
void sim_ledger_deleted(struct sim *sim, unsigned version);
void sim_ledger_put_back(struct sim *sim, int node, unsigned versions_before);
/* At rest: no version is gone without a trace. */
void sim_ledger_judge(struct sim *sim);

/* -- judge.c: what must hold when all is quiet -- */

void sim_settle(struct sim *sim);
/* Months later: everything that was deleted is forgotten, and leaves nothing. */
void sim_judge_size(struct sim *sim);
void sim_check_store(const struct sim *sim, int index);

#endif
