/*
 * Deterministic simulation of the whole protocol: the real machines, stores in memory, a
 * centre with branches of one or two levels, virtual time, and one seed that decides
 * everything. A seed has two phases: faults, during which invariants are checked at each
 * step; then all is well, and all nodes must agree in bounded time.
 *
 *   sim [SEEDS [FIRST]]         a run; a failing seed is printed and replayed
 *   sim --trace SEED            the narration of one seed
 *   sim --plant PLANT SEEDS     with a planted bug: passes when a seed finds it
 *
 * Checked (DESIGN 13): 3 applied once and on its base; 4 whole and with its position; 5
 * source transactions unsplit; 6 agreement; 7 each version that vanished is the ancestor
 * of what is there, or of a recorded loser, or is one itself; 9 nothing applied in part;
 * 10 streams by incarnation; 11 bounded.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

enum { CHAOS_MS = 1500, HEAL_MS = 60000, EXPECTED_MAX = 512, SEEDS_DEFAULT = 2000 };

struct run {
    struct fl_world *world;
    struct fl_memory *backups[FL_MEMORY_NODES_MAX];
    bool backed_up[FL_MEMORY_NODES_MAX];
    bool restored; /* some store was: what it alone had may be gone */
    uint32_t expected_count;
    uint32_t expected[FL_WORLD_VALUES_MAX];
    uint64_t new_incarnations, restores, losers;
};

static bool tracing;
/* Who lost a collision, also where the record went with a store that was restored. */
static bool recorded[FL_WORLD_VALUES_MAX];

/* -- weather -- */

static uint32_t one_of(struct fl_world *world, const uint32_t *values, uint32_t count)
{
    return values[fl_world_below(world, count)];
}

static void draw_setup(uint64_t seed, struct fl_world_setup *setup)
{
    struct fl_world chance = {.random = seed * UINT64_C(0xD1B54A32D192ED03) + 7};

    for (int i = 0; i < 8; i++) {
        (void)fl_world_draw(&chance);
    }
    *setup = (struct fl_world_setup){.seed = seed, .remembered = 64, .items_target = 4};
    setup->node_count = 3 + (int)fl_world_below(&chance, 3);
    for (int i = 2; i < setup->node_count; i++) {
        bool deep = fl_world_chance(&chance, 300);

        setup->parents[i] = deep ? (int)fl_world_below(&chance, (uint32_t)i) : 0;
    }
    setup->rule = (enum fl_collision_rule)fl_world_below(&chance, 3);
    setup->limits = (struct fl_session_limits){
        .messages_in_flight = 1 + fl_world_below(&chance, FL_MESSAGES_IN_FLIGHT_MAX),
        .credit_bytes = one_of(&chance, (const uint32_t[]){40, 300, 900, 5000}, 4),
        .hello_retry_ms = 20 + fl_world_below(&chance, 40),
        .progress_timeout_ms = 150 + fl_world_below(&chance, 300),
    };
    setup->items_target = 1 + fl_world_below(&chance, 12);
    setup->remembered = one_of(&chance, (const uint32_t[]){0, 2, 8, 64}, 4);
}

static void draw_weather(struct fl_world *world, struct fl_weather *weather)
{
    bool reliable = fl_world_chance(world, 500); /* as TCP is, until it is cut */

    *weather = (struct fl_weather){
        .loss = reliable ? 0 : fl_world_below(world, 100),
        .repetition = reliable ? 0 : fl_world_below(world, 100),
        .reorder = !reliable,
        .delay_ms = 1 + fl_world_below(world, fl_world_chance(world, 750) ? 10 : 150),
        .job_ms = fl_world_below(world, 8),
        .crash = fl_world_below(world, 12),
        .cut = fl_world_below(world, 8),
        .write = 5 + fl_world_below(world, 40),
        .window = fl_world_chance(world, 300) ? 3 : 0,
        .backup = 4,
        .restore = fl_world_chance(world, 600) ? 1 + fl_world_below(world, 2) : 0,
        .silent_restore = fl_world_chance(world, 500) ? 500 : 0,
        .full = fl_world_chance(world, 300) ? 2 : 0,
        .half_open = fl_world_below(world, 300),
    };
}

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
            printf(
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
        printf(
            "%6llu  %d is restored %s\n", (unsigned long long)world->now_ms, node,
            silent ? "in silence" : "by command");
    }
}

static void befall_node(struct run *run, int node)
{
    struct fl_world *world = run->world;
    const struct fl_weather *weather = &world->weather;
    struct fl_node_model *model = &world->nodes[node];

    if (model->up && fl_world_chance(world, weather->write)) {
        write_somewhere(world, node);
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
static bool is_recorded(const struct fl_world *world, uint32_t value)
{
    for (uint32_t loser = value; loser < world->value_count; loser++) {
        if (recorded[loser] && is_ancestor(world, value, loser)) {
            return true;
        }
    }
    return false;
}

/*
 * Every version that must not vanish: without restores all that were ever written, else
 * those that some store held, alive or recorded, when the faults ended.
 */
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
        for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
            uint32_t value = fl_memory_value(&world->nodes[node].memory, key);

            if (value > 0) {
                run->expected[run->expected_count++] = value;
            }
        }
    }
}

static void check_nothing_lost(const struct run *run)
{
    struct fl_world *world = run->world;

    for (uint32_t i = 0; i < run->expected_count; i++) {
        uint32_t value = run->expected[i];
        uint8_t key = world->values[value].key;
        uint32_t now = fl_memory_value(&world->nodes[0].memory, key);

        if (!is_ancestor(world, value, now) && !is_recorded(world, value)) {
            fl_world_fail(world, "a version vanished without a record", key, value);
        }
    }
}

static void check_equal(const struct run *run)
{
    struct fl_world *world = run->world;

    for (int node = 1; node < world->setup.node_count; node++) {
        for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
            if (fl_memory_value(&world->nodes[node].memory, key) !=
                fl_memory_value(&world->nodes[0].memory, key)) {
                fl_world_fail(world, "a node differs from the centre", node, key);
            }
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
static void converge(struct run *run)
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
        if (quiet == 2) {
            check_equal(run);
            check_nothing_lost(run);
            check_no_false_forks(run);
            return;
        }
    }
    fl_world_fail(world, "never quiet", 0, 0);
}

static void rage(struct run *run)
{
    struct fl_world *world = run->world;

    for (; world->now_ms < CHAOS_MS && !world->failure[0]; world->now_ms++) {
        for (int node = 0; node < world->setup.node_count; node++) {
            befall_node(run, node);
            if (node > 0) {
                befall_edge(world, node);
            }
        }
        fl_world_advance(world);
    }
}

static void tell(void *context, int node, int peer, const char *line)
{
    const struct run *run = context;

    printf(
        "%6llu  %d (%d) %s\n", (unsigned long long)run->world->now_ms, node, peer, line);
}

/* What each node holds in the end: value, where it came from, how it is registered. */
static void print_stores(const struct run *run)
{
    const struct fl_world *world = run->world;

    for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
        printf("key %2u:", key);
        for (int node = 0; node < world->setup.node_count; node++) {
            const struct fl_memory *memory = &world->nodes[node].memory;
            uint32_t lsn = memory->live[key];

            printf(
                "  %u at %u from %d", fl_memory_value(memory, key), lsn,
                lsn ? memory->journal[lsn].from : FL_MEMORY_HERE);
        }
        printf("\n");
    }
}

static void told(
    int peer,
    uint8_t key,
    uint32_t ours,
    uint32_t theirs,
    struct fl_collision_decision decision)
{
    if (decision.record && fl_plant != FL_PLANT_NO_RECORD) {
        recorded[decision.accept ? ours : theirs] = true;
    }
    if (!tracing) {
        return;
    }
    printf(
        "        from %d: key %u: %u over %u: %s%s\n", peer, key, theirs, ours,
        decision.accept ? "accepted" : "kept ours",
        decision.record ? ", a collision" : "");
}

/* -- runs -- */

struct totals {
    uint64_t failing, first_failing, frames, applied, rounds, closes, restores, losers;
    uint64_t reports[64];
    char first_failure[FL_WORLD_FAILURE_BYTES];
};

static struct fl_memory *backups[FL_MEMORY_NODES_MAX];

static void add(
    struct totals *totals,
    const struct fl_world *world,
    const struct run *run)
{
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

/* The hash of the run's trace; the failure is empty when all held. */
static uint64_t run_seed(
    uint64_t seed,
    char out_failure[FL_WORLD_FAILURE_BYTES],
    struct totals *totals)
{
    static struct run run;
    struct fl_world_setup setup;

    memset(&run, 0, sizeof(run));
    memset(recorded, 0, sizeof(recorded));
    memcpy(run.backups, backups, sizeof(backups));
    draw_setup(seed, &setup);
    if (tracing) {
        setup.tell = tell;
        setup.context = &run;
    }
    run.world = fl_world_new(&setup);
    draw_weather(run.world, &run.world->weather);
    rage(&run);
    if (tracing) {
        print_stores(&run);
    }
    heal(run.world);
    expect(&run);
    converge(&run);
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
        "; frames %llu, messages applied %llu, rounds %llu, closes %llu, restores %llu, "
        "losers %llu",
        (unsigned long long)totals->frames, (unsigned long long)totals->applied,
        (unsigned long long)totals->rounds, (unsigned long long)totals->closes,
        (unsigned long long)totals->restores, (unsigned long long)totals->losers);
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

static int run_command(int count, char **words)
{
    static struct totals totals;
    uint64_t seeds = SEEDS_DEFAULT;
    uint64_t first = 1;

    if (count == 3 && strcmp(words[1], "--trace") == 0) {
        return trace_seed(strtoull(words[2], NULL, 10));
    }
    if (count >= 3 && strcmp(words[1], "--plant") == 0) {
        fl_plant = (enum fl_plant)strtoull(words[2], NULL, 10);
        seeds = count > 3 ? strtoull(words[3], NULL, 10) : seeds;
        (void)run_seeds(seeds, first, &totals);
        print_totals(seeds, &totals);
        return totals.failing == 0;
    }
    seeds = count > 1 ? strtoull(words[1], NULL, 10) : seeds;
    first = count > 2 ? strtoull(words[2], NULL, 10) : first;
    int result = run_seeds(seeds, first, &totals);

    print_totals(seeds, &totals);
    return result;
}

int main(int count, char **words)
{
    for (int i = 0; i < FL_MEMORY_NODES_MAX; i++) {
        backups[i] = calloc(1, sizeof(*backups[i]));
        FL_ASSERT(backups[i]);
    }
    fl_memory_told = told;
    int result = run_command(count, words);

    for (int i = 0; i < FL_MEMORY_NODES_MAX; i++) {
        free(backups[i]);
    }
    return result;
}
