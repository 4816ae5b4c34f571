/*
 * Deterministic simulation of the whole protocol: the real machines, stores in memory, a
 * centre with branches of one or two levels, virtual time, and one seed that decides
 * everything. A seed has two phases: faults, during which invariants are checked at each
 * step; then all is well, and all nodes must agree in bounded time.
 *
 *   sim [SEEDS [FIRST]]         a run; a failing seed is replayed, made smaller and told
 *   sim --trace SEED [LIMIT...] the narration of one seed
 *   sim --hunt SEEDS [FIRST]    until a seed fails, as plant.sh wants it
 *
 * Checked (DESIGN 13): 3 applied once and on its base; 4 whole and with its position; 5
 * source transactions unsplit; 6 agreement; 7 each version that vanished is the ancestor
 * of what is there, or of a recorded loser, or is one itself; 9 nothing applied in part;
 * 10 streams by incarnation; 11 bounded; 12 nothing outside a window.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "narration.h"
#include "weather.h"
#include "world.h"

enum { HEAL_MS = 60000, SEEDS_DEFAULT = 2000, CLONES_MAX = 2, SEEDS_ALL_FACTOR = 30 };

struct run {
    struct fl_world *world;
    struct fl_memory *backups[FL_MEMORY_NODES_MAX];
    bool backed_up[FL_MEMORY_NODES_MAX];
    /* The other of two that were one node: they take turns at the connection. */
    struct fl_memory *clones[FL_MEMORY_NODES_MAX];
    bool cloned[FL_MEMORY_NODES_MAX];
    uint32_t clone_count;
    bool restored; /* some store was: what it alone had may be gone */
    bool turned;   /* AutoRecord was: some keys need not reach everybody */
    uint32_t expected_count;
    uint32_t expected[FL_WORLD_VALUES_MAX];
    uint64_t new_incarnations, restores, losers;
};

static bool tracing;
/*
 * Who lost a collision, also where the record went with a store that was restored, or was
 * deleted on both sides.
 */
static bool settled[FL_WORLD_VALUES_MAX];
static bool collided[FL_WORLD_VALUES_MAX];
static struct fl_world *told_of;

/* -- what befalls -- */

static void write_somewhere(struct fl_world *world, int node)
{
    uint8_t keys[4];
    uint32_t count = 0;
    uint32_t wanted = 1 + fl_world_below(world, 4);

    for (uint32_t i = 0; i < wanted; i++) {
        uint8_t key = (uint8_t)fl_world_below(world, FL_MEMORY_KEYS);
        bool twice = false;

        for (uint32_t j = 0; j < count; j++) {
            twice = twice || keys[j] == key;
        }
        if (!twice) {
            keys[count++] = key;
        }
    }
    if (tracing) {
        for (uint32_t i = 0; i < count; i++) {
            sim_narrate(
                "%6llu  %d writes key %u: %u over %u\n",
                (unsigned long long)world->now_ms, node, keys[i], world->value_count + i,
                fl_memory_value(&world->nodes[node].memory, keys[i]));
        }
    }
    fl_world_write(world, node, count, keys);
}

static void restore(struct run *run, int node)
{
    struct fl_world *world = run->world;
    bool silent = node > 0 || fl_world_chance(world, world->weather.silent_restore);

    fl_world_crash(world, node, 10 + fl_world_below(world, 200));
    fl_world_restore(world, node, run->backups[node], !silent);
    run->restored = true;
    run->restores++;
    if (tracing) {
        sim_narrate(
            "%6llu  %d is restored %s\n", (unsigned long long)world->now_ms, node,
            silent ? "in silence" : "by command");
    }
}

/* The two take turns, each with what it has: neither may lose anything. */
static void change_clones(struct run *run, int node)
{
    static struct fl_memory other;
    struct fl_world *world = run->world;

    fl_memory_copy(&other, run->clones[node]);
    fl_memory_copy(run->clones[node], &world->nodes[node].memory);
    fl_world_crash(world, node, 10 + fl_world_below(world, 100));
    fl_world_restore(world, node, &other, /* by_command= */ false);
    run->restored = true;
    run->restores++;
    if (tracing) {
        sim_narrate(
            "%6llu  %d: its clone speaks\n", (unsigned long long)world->now_ms, node);
    }
}

static void befall_clone(struct run *run, int node)
{
    struct fl_world *world = run->world;

    /* Not the centre's: its children would follow whom they met first. */
    if (node == 0 || !fl_world_chance(world, world->weather.clone)) {
        return;
    }
    if (!run->cloned[node] && run->clone_count < CLONES_MAX) {
        fl_memory_copy(run->clones[node], &world->nodes[node].memory);
        run->cloned[node] = true;
        run->clone_count++;
        if (tracing) {
            sim_narrate("%6llu  %d is cloned\n", (unsigned long long)world->now_ms, node);
        }
    } else if (run->cloned[node]) {
        change_clones(run, node);
    }
}

static void turn(struct run *run, int node)
{
    struct fl_memory *memory = &run->world->nodes[node].memory;

    fl_memory_turn(memory, !memory->by_hand);
    run->turned = true;
    if (tracing) {
        sim_narrate(
            "%6llu  %d registers %s\n", (unsigned long long)run->world->now_ms, node,
            memory->by_hand ? "by hand" : "by itself");
    }
}

static void befall_node(struct run *run, int node)
{
    befall_clone(run, node);

    struct fl_world *world = run->world;
    const struct fl_weather *weather = &world->weather;
    struct fl_node_model *model = &world->nodes[node];

    if (model->up && fl_world_chance(world, weather->write)) {
        write_somewhere(world, node);
    }
    if (weather->turn > 0 && model->up && fl_world_chance(world, weather->turn)) {
        turn(run, node);
    }
    if (model->up && fl_world_below(world, 4000) < weather->crash) {
        fl_world_crash(world, node, 10 + fl_world_below(world, 200));
    }
    if (fl_world_chance(world, weather->backup)) {
        fl_memory_copy(run->backups[node], &model->memory);
        run->backed_up[node] = true;
    }
    if (run->backed_up[node] && fl_world_below(world, 3000) < weather->restore) {
        restore(run, node);
    }
    if (fl_world_chance(world, weather->full)) {
        model->full_until_ms = world->now_ms + fl_world_below(world, 150);
    }
}

static void befall_edge(struct fl_world *world, int edge)
{
    int parent = world->setup.parents[edge];

    if (fl_world_chance(world, world->weather.cut)) {
        fl_world_cut(world, edge);
    }
    if (fl_world_chance(world, 2)) {
        world->edges[edge].parted = !world->edges[edge].parted;
        if (world->edges[edge].parted) {
            fl_world_cut(world, edge);
        }
    }
    if (fl_world_chance(world, world->weather.window)) {
        bool above = fl_world_chance(world, 300);

        fl_world_tell(
            world, above ? parent : edge, above ? edge : parent,
            FL_SESSION_WINDOW_CLOSED);
    }
    if (fl_world_chance(world, 40)) {
        fl_world_tell(world, edge, parent, FL_SESSION_SYNC_WANTED);
    }
}

/* -- the oracle -- */

static bool is_ancestor(const struct fl_world *world, uint32_t value, uint32_t of)
{
    while (of > value) { /* a parent is always older */
        of = world->values[of].parent;
    }
    return of == value;
}

/* Did somebody decide against it, or against what was made of it? */
static bool is_settled(const struct fl_world *world, uint32_t value)
{
    for (uint32_t loser = value; loser < world->value_count; loser++) {
        if (settled[loser] && is_ancestor(world, value, loser)) {
            return true;
        }
    }
    return false;
}

/*
 * Every version that must not vanish: without restores all that were ever written, else
 * those that some store held, alive or recorded, when the faults ended.
 */
static void expect_all_of(struct run *run, const struct fl_memory *memory)
{
    for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
        uint32_t value = fl_memory_value(memory, key);

        if (value > 0) {
            run->expected[run->expected_count++] = value;
        }
    }
}

static void expect(struct run *run)
{
    const struct fl_world *world = run->world;

    if (!run->restored) {
        for (uint32_t value = 1; value < world->value_count; value++) {
            run->expected[run->expected_count++] = value;
        }
        return;
    }
    for (int node = 0; node < world->setup.node_count; node++) {
        expect_all_of(run, &world->nodes[node].memory);
        if (run->cloned[node]) {
            expect_all_of(run, run->clones[node]);
        }
    }
}

/* What was written by hand goes nowhere by itself. */
static bool reaches_all(const struct run *run, uint8_t key)
{
    return !run->turned || key < FL_MEMORY_KEYS_TURNING;
}

static void check_nothing_lost(const struct run *run)
{
    struct fl_world *world = run->world;

    for (uint32_t i = 0; i < run->expected_count; i++) {
        uint32_t value = run->expected[i];
        uint8_t key = world->values[value].key;
        uint32_t now = fl_memory_value(&world->nodes[0].memory, key);

        if (reaches_all(run, key) && !is_ancestor(world, value, now) &&
            !is_settled(world, value)) {
            fl_world_fail(world, "a version vanished without a record", key, value);
        }
    }
}

static void check_equal(const struct run *run)
{
    struct fl_world *world = run->world;

    for (int node = 1; node < world->setup.node_count; node++) {
        for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
            if (reaches_all(run, key) &&
                !fl_memory_same(
                    &world->nodes[node].memory, &world->nodes[0].memory, key)) {
                fl_world_fail(world, "a node differs from the centre", node, key);
            }
        }
    }
}

/* Without a restore every loser is in the journal of whoever decided. */
static void check_losers(const struct run *run)
{
    struct fl_world *world = run->world;

    for (int node = 0; node < world->setup.node_count; node++) {
        const struct fl_memory *memory = &world->nodes[node].memory;

        for (uint32_t i = 0; i < memory->loser_count; i++) {
            collided[memory->losers[i]] = false;
        }
    }
    for (uint32_t value = 1; value < world->value_count && run->restores == 0; value++) {
        if (collided[value]) {
            fl_world_fail(world, "a loser is not on record", 0, value);
        }
    }
}

/* Without a restore nobody may think that he was restored, or see a fork. */
static void check_no_false_forks(const struct run *run)
{
    struct fl_world *world = run->world;
    uint64_t forks =
        world->reports[FL_SESSION_RESTORED] + world->reports[FL_SESSION_FORKED];

    if (run->restores == 0 && forks > 0) {
        fl_world_fail(world, "a fork where nothing was restored", 0, forks);
    }
}

static void heal(struct fl_world *world)
{
    world->weather = (struct fl_weather){.delay_ms = 5, .job_ms = 1};
    for (int node = 0; node < world->setup.node_count; node++) {
        world->nodes[node].full_until_ms = 0;
        if (!world->nodes[node].up) {
            world->nodes[node].up_at_ms = world->now_ms;
        }
        world->edges[node].parted = false;
    }
}

/* Windows open as often as schedules open them, until all is quiet. */
static void converge(struct run *run, bool check)
{
    struct fl_world *world = run->world;
    int quiet = 0; /* the second time every window was opened since the last fault */

    for (uint64_t until = world->now_ms + HEAL_MS; world->now_ms < until;) {
        for (int node = 1; node < world->setup.node_count; node++) {
            fl_world_tell(
                world, node, world->setup.parents[node], FL_SESSION_SYNC_WANTED);
        }
        fl_world_run(world, world->now_ms + 500);
        if (world->failure[0]) {
            return;
        }
        quiet = fl_world_is_idle(world) ? quiet + 1 : 0;
        if (quiet == 2 && !check) {
            return;
        }
        if (quiet == 2) {
            check_equal(run);
            check_nothing_lost(run);
            check_losers(run);
            check_no_false_forks(run);
            return;
        }
    }
    fl_world_fail(world, "never quiet", 0, 0);
}

/* Each of two clones has its say, and is told what the other said. */
static void converge_all(struct run *run)
{
    for (int turn = 0; turn < 2 && run->clone_count > 0; turn++) {
        converge(run, /* check= */ false);
        for (int node = 1; node < run->world->setup.node_count; node++) {
            if (run->cloned[node]) {
                change_clones(run, node);
            }
        }
        heal(run->world);
    }
    converge(run, /* check= */ true);
}

/* The journal beside 1C's table, after each step. */
static void check_registrations(const struct run *run)
{
    struct fl_world *world = run->world;

    for (int node = 1; node < world->setup.node_count && run->restores == 0; node++) {
        int parent = world->setup.parents[node];

        if (!fl_memory_agrees(&world->nodes[node].memory, parent) ||
            !fl_memory_agrees(&world->nodes[parent].memory, node)) {
            fl_world_fail(world, "journal and table disagree", node, (uint64_t)parent);
        }
    }
}

static void rage(struct run *run)
{
    struct fl_world *world = run->world;

    for (; world->now_ms < sim_limits.ms && !world->failure[0]; world->now_ms++) {
        for (int node = 0; node < world->setup.node_count; node++) {
            befall_node(run, node);
            if (node > 0) {
                befall_edge(world, node);
            }
        }
        fl_world_advance(world);
        check_registrations(run);
    }
}

static void tell(void *context, int node, int peer, const char *line)
{
    const struct run *run = context;

    sim_narrate(
        "%6llu  %d (%d) %s\n", (unsigned long long)run->world->now_ms, node, peer, line);
}

/* What each node holds in the end: value, where it came from, how it is registered. */
static void print_stores(const struct run *run)
{
    const struct fl_world *world = run->world;

    for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
        sim_narrate("key %2u:", key);
        for (int node = 0; node < world->setup.node_count; node++) {
            const struct fl_memory *memory = &world->nodes[node].memory;
            uint32_t lsn = memory->live[key];

            sim_narrate(
                "  %u at %u from %d", fl_memory_value(memory, key), lsn,
                lsn ? memory->journal[lsn].from : FL_MEMORY_HERE);
        }
        sim_narrate("\n");
    }
}

/* The rule of the seed decides, and only where two contents meet. */
static void check_decision(const struct fl_memory_decided *decided)
{
    const struct fl_collision_case *facts = &decided->facts;
    bool child_wins = facts->rule == FL_COLLISION_CHILD_WINS;

    if (!decided->decision.record) {
        return;
    }
    if (facts->equal || !facts->registered) {
        fl_world_fail(told_of, "a collision of equal contents", decided->key, 0);
    }
    if (decided->decision.accept != (facts->from_parent != child_wins)) {
        fl_world_fail(told_of, "the wrong side won a collision", decided->key, 0);
    }
}

static void told(const struct fl_memory_decided *decided)
{
    bool accept = decided->decision.accept;

    check_decision(decided);
    if (decided->decision.record) {
        settled[accept ? decided->ours : decided->theirs] = true;
        collided[accept ? decided->ours : decided->theirs] = true;
    } else if (decided->facts.equal && decided->ours != decided->theirs) {
        settled[decided->theirs] = true; /* deleted on both sides */
    }
    if (tracing) {
        sim_narrate(
            "        from %d: key %u: %u over %u: %s%s\n", decided->peer, decided->key,
            decided->theirs, decided->ours, accept ? "accepted" : "kept ours",
            decided->decision.record ? ", a collision" : "");
    }
}

/* -- runs -- */

struct totals {
    uint64_t virtual_ms;
    uint64_t failing, first_failing, frames, applied, rounds, closes, restores, losers;
    uint64_t reports[64];
    char first_failure[FL_WORLD_FAILURE_BYTES];
};

static struct fl_memory *backups[FL_MEMORY_NODES_MAX];
static struct fl_memory *clones[FL_MEMORY_NODES_MAX];

static void add(
    struct totals *totals,
    const struct fl_world *world,
    const struct run *run)
{
    totals->virtual_ms += world->now_ms;
    totals->frames += world->frames;
    totals->applied += world->applied;
    totals->rounds += world->rounds;
    totals->closes += world->closes;
    totals->restores += run->restores;
    for (int i = 0; i < 64; i++) {
        totals->reports[i] += world->reports[i];
    }
    for (int node = 0; node < world->setup.node_count; node++) {
        totals->losers += world->nodes[node].memory.loser_count;
    }
}

/* Which seed an assertion ended: written when it does, for nothing else may run then. */
static char aborted[64];

static void on_abort(int number)
{
    (void)number;
    (void)!write(STDOUT_FILENO, aborted, strlen(aborted));
}

/* The hash of the run's trace; the failure is empty when all held. */
static uint64_t run_seed(
    uint64_t seed,
    char out_failure[FL_WORLD_FAILURE_BYTES],
    struct totals *totals)
{
    static struct run run;
    struct fl_world_setup setup;

    memset(&run, 0, sizeof(run));
    memset(settled, 0, sizeof(settled));
    memset(collided, 0, sizeof(collided));
    memcpy(run.backups, backups, sizeof(backups));
    memcpy(run.clones, clones, sizeof(clones));
    sim_draw_setup(seed, &setup);
    if (tracing) {
        setup.tell = tell;
        setup.context = &run;
    }
    run.world = fl_world_new(&setup);
    told_of = run.world;
    (void)snprintf(
        aborted, sizeof(aborted), "an assertion failed in seed %llu\n",
        (unsigned long long)seed);
    sim_draw_weather(run.world, &run.world->weather);
    rage(&run);
    if (tracing) {
        print_stores(&run);
    }
    heal(run.world);
    expect(&run);
    converge_all(&run);
    memcpy(out_failure, run.world->failure, FL_WORLD_FAILURE_BYTES);
    if (totals) {
        add(totals, run.world, &run);
    }
    if (tracing) {
        print_stores(&run);
    }
    uint64_t hash = run.world->trace_hash;

    fl_world_free(run.world);
    return hash;
}

static bool still_fails(uint64_t seed, const struct sim_limits *smaller)
{
    struct sim_limits before = sim_limits;
    char failure[FL_WORLD_FAILURE_BYTES];

    sim_limits = *smaller;
    (void)run_seed(seed, failure, NULL);
    if (failure[0]) {
        return true;
    }
    sim_limits = before;
    return false;
}

static void shrink(uint64_t seed)
{
    for (int nodes = 2; nodes < FL_MEMORY_NODES_MAX; nodes++) {
        struct sim_limits smaller = sim_limits;

        smaller.nodes = nodes;
        if (still_fails(seed, &smaller)) {
            break;
        }
    }
    for (size_t i = 0; i < SIM_NUISANCES; i++) {
        struct sim_limits smaller = sim_limits;

        smaller.without |= 1u << i;
        (void)still_fails(seed, &smaller);
    }
    for (uint64_t ms = SIM_CHAOS_MS / 16; ms < SIM_CHAOS_MS; ms += SIM_CHAOS_MS / 16) {
        struct sim_limits smaller = sim_limits;

        smaller.ms = ms;
        if (still_fails(seed, &smaller)) {
            break;
        }
    }
}

/* What is left of it, its last lines, and how to see it whole. */
static void tell_failure(uint64_t seed)
{
    char failure[FL_WORLD_FAILURE_BYTES];

    shrink(seed);
    tracing = true;
    sim_keep_lines(true);
    (void)run_seed(seed, failure, NULL);
    sim_print_lines();
    printf(
        "seed %llu: %s\nreplay: sim --trace %llu", (unsigned long long)seed, failure,
        (unsigned long long)seed);
    sim_print_limits();
    printf("\n");
    tracing = false;
    sim_keep_lines(false);
    sim_limits = (struct sim_limits){.ms = SIM_CHAOS_MS};
}

static int run_seeds(uint64_t count, uint64_t first, struct totals *totals)
{
    for (uint64_t seed = first; seed < first + count; seed++) {
        char failure[FL_WORLD_FAILURE_BYTES];
        uint64_t hash = run_seed(seed, failure, totals);

        if (!failure[0]) {
            continue;
        }
        if (totals->failing++ == 0) {
            totals->first_failing = seed;
            memcpy(totals->first_failure, failure, sizeof(failure));
            if (run_seed(seed, failure, NULL) != hash) {
                printf("seed %llu did not replay\n", (unsigned long long)seed);
                return 2;
            }
        }
    }
    return totals->failing > 0;
}

static void print_totals(uint64_t count, const struct totals *totals)
{
    printf(
        "%llu seeds, %llu failing", (unsigned long long)count,
        (unsigned long long)totals->failing);
    if (totals->failing > 0) {
        printf(
            ", first %llu (%s)", (unsigned long long)totals->first_failing,
            totals->first_failure);
    }
    printf(
        "; virtual ms %llu, frames %llu, messages applied %llu, rounds %llu, closes "
        "%llu, restores %llu, "
        "losers %llu",
        (unsigned long long)totals->virtual_ms, (unsigned long long)totals->frames,
        (unsigned long long)totals->applied, (unsigned long long)totals->rounds,
        (unsigned long long)totals->closes, (unsigned long long)totals->restores,
        (unsigned long long)totals->losers);
    for (int i = 1; i <= FL_SESSION_STALE_CONFIRMATION; i++) {
        printf(
            ", %s %llu", fl_session_report_name((enum fl_session_report)i),
            (unsigned long long)totals->reports[i]);
    }
    printf("\n");
}

static int trace_seed(uint64_t seed)
{
    char failure[FL_WORLD_FAILURE_BYTES];

    tracing = true;
    (void)run_seed(seed, failure, NULL);
    printf("seed %llu: %s\n", (unsigned long long)seed, failure[0] ? failure : "good");
    return failure[0] != '\0';
}

/* Until a seed fails. */
static int hunt(uint64_t count, uint64_t first)
{
    char failure[FL_WORLD_FAILURE_BYTES] = "";
    uint64_t seed = first;

    for (; seed < first + count && !failure[0]; seed++) {
        (void)run_seed(seed, failure, NULL);
    }
    if (failure[0]) {
        printf("seed %llu: %s\n", (unsigned long long)seed - 1, failure);
    }
    return failure[0] != '\0';
}

static int run_command(int count, char **words)
{
    static struct totals totals;
    uint64_t seeds = SEEDS_DEFAULT;
    uint64_t first = 1;

    if (count >= 3 && strcmp(words[1], "--trace") == 0) {
        sim_take_limits(count - 3, words + 3);
        return trace_seed(strtoull(words[2], NULL, 10));
    }
    if (count >= 3 && strcmp(words[1], "--hunt") == 0) {
        first = count > 3 ? strtoull(words[3], NULL, 10) : first;
        return hunt(strtoull(words[2], NULL, 10), first);
    }
    seeds = count > 1 ? strtoull(words[1], NULL, 10) : seeds;
    const char *all = getenv("FILIAL_TEST_ALL");

    seeds *= all && strcmp(all, "1") == 0 ? SEEDS_ALL_FACTOR : 1;
    first = count > 2 ? strtoull(words[2], NULL, 10) : first;
    int result = run_seeds(seeds, first, &totals);

    if (totals.failing > 0) {
        tell_failure(totals.first_failing);
    }
    print_totals(seeds, &totals);
    return result;
}

int main(int count, char **words)
{
    for (int i = 0; i < FL_MEMORY_NODES_MAX; i++) {
        backups[i] = calloc(1, sizeof(*backups[i]));
        clones[i] = calloc(1, sizeof(*clones[i]));
        FL_ASSERT(backups[i] && clones[i]);
    }
    fl_memory_told = told;
    (void)signal(SIGABRT, on_abort);
    int result = run_command(count, words);

    for (int i = 0; i < FL_MEMORY_NODES_MAX; i++) {
        free(clones[i]);
        free(backups[i]);
    }
    return result;
}
