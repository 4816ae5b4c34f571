/*
 * The linker gives us what the node asks of the clock and of the store (--wrap), and
 * libsodium takes its chance from the seed.
 */

#include "sim.h"

#include <sodium.h>
#include <time.h>

#include "storage/memory_engine.h"

enum { NODES = SIM_NODES_MAX, TURNS_PER_COMMIT = 16 };

static const int TOPOLOGIES[][NODES] = {{-1, 0, -2, -2, -2, -2}, {-1, 0, 0, -2, -2, -2},
                                        {-1, 0, 1, -2, -2, -2},  {-1, 0, 1, 1, 0, -2},
                                        {-1, 0, 1, 1, 0, 0},     {-1, 0, 0, 1, 2, -2},
                                        {-1, 0, 1, 2, 2, 0}};

enum { FLAT = 1 }; /* of them: a root, and others right below it */

static const char *const CODES[NODES] = {"ЦО", "Ф01", "Ф02", "Ф03", "Ф04", "Ф05"};

static struct fixture *fixture;
static struct fl_engine *templates[NODES];
static struct fl_engine *engines[NODES];

/* -- trace -- */

static bool narrates;
static uint64_t trace_hash;

static void trace(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        trace_hash = (trace_hash ^ at[i]) * UINT64_C(0x100000001B3);
    }
}

uint64_t sim_trace_hash(void)
{
    return trace_hash;
}

void sim_tell(bool wanted)
{
    narrates = wanted;
}

void sim_say(const char *format, ...)
{
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    trace(text, strlen(text));
    if (narrates) {
        (void)printf("%s\n", text);
    }
}

void sim_fail(const char *format, ...)
{
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fflush(stdout);
    (void)fprintf(stderr, "FAILED: %s\n", text);
    _exit(3);
}

/* -- chance and time -- */

static uint64_t chance;
static int64_t clock_ms;

static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static const char *chance_name(void)
{
    return "seed";
}

static uint32_t chance_word(void)
{
    return (uint32_t)(mix(chance++) >> 32);
}

static void chance_fill(void *out, const size_t size)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)chance_word();
    }
}

static struct randombytes_implementation by_seed = {
    .implementation_name = chance_name,
    .random = chance_word,
    .buf = chance_fill};

unsigned sim_draw(struct sim *sim, unsigned below)
{
    sim->random = mix(sim->random);
    return (unsigned)((sim->random >> 20) % below);
}

void sim_clock_set(int64_t ms)
{
    clock_ms = ms;
}

int64_t sim_clock(void)
{
    return clock_ms;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out_time);
time_t __wrap_time(time_t *out_time);

int __wrap_clock_gettime(clockid_t id, struct timespec *out_time)
{
    (void)id;
    out_time->tv_sec = clock_ms / 1000;
    out_time->tv_nsec = clock_ms % 1000 * 1000000;
    return 0;
}

time_t __wrap_time(time_t *out_time)
{
    if (out_time != NULL) {
        *out_time = clock_ms / 1000;
    }
    return clock_ms / 1000;
}

/* -- stores -- */

enum fl_status __real_fl_store_open(
    const struct fl_store_options *options,
    struct fl_store **out_store,
    struct fl_error *out_error);
enum fl_status __wrap_fl_store_open(
    const struct fl_store_options *options,
    struct fl_store **out_store,
    struct fl_error *out_error);

enum fl_status __wrap_fl_store_open(
    const struct fl_store_options *options,
    struct fl_store **out_store,
    struct fl_error *out_error)
{
    struct fl_store_options ours = *options;
    const char *at = strstr(options->directory, "/N");
    FL_ASSERT(at != NULL && at[2] >= '0' && at[2] < '0' + NODES);
    ours.engine = engines[at[2] - '0'];
    return __real_fl_store_open(&ours, out_store, out_error);
}

static const char *directory_of(int index)
{
    char name[4] = {'N', (char)('0' + index), '\0', '\0'};
    return fixture_path(fixture, name);
}

static struct fl_engine *copy_of(const struct fl_engine *engine)
{
    struct fl_engine *copy = NULL;
    if (fl_memory_engine_copy(engine, &copy) != FL_OK) {
        sim_fail("no memory");
    }
    return copy;
}

static void make_template(int index, struct fl_uuid installation)
{
    char name[4] = {'N', (char)('0' + index), '\0', '\0'};
    struct fl_txn txn;
    if (fl_memory_engine_new(&engines[index]) != FL_OK) {
        sim_fail("no memory");
    }
    fixture->node = fixture_node(fixture, name, CODES[index]);
    if (fixture_run(fixture, "configuration", "load", FILIAL_DEMO_CONFIGURATION) != 0) {
        sim_fail("%s", fixture->complaint);
    }
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_KEEP);
    fl_store_put_installation(&txn, installation);
    if (fl_txn_commit(&txn) != FL_OK) {
        sim_fail("the installation cannot be put");
    }
    fl_node_close(fixture->node);
    fixture->node = NULL;
    templates[index] = engines[index];
    engines[index] = NULL;
}

void sim_prepare(const char *scratch)
{
    const struct fl_uuid installation = {.bytes = {7}};
    fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL || randombytes_set_implementation(&by_seed) != 0) {
        sim_fail("no memory");
    }
    (void)snprintf(fixture->directory, sizeof fixture->directory, "%s", scratch);
    chance = 0;
    clock_ms = INT64_C(1767225600000);
    for (int i = 0; i < NODES; i++) {
        make_template(i, installation);
    }
}

void sim_deinit(void)
{
    for (int i = 0; i < NODES; i++) {
        fl_memory_engine_free(templates[i]);
    }
    free(fixture);
}

/* -- nodes -- */

int sim_parent(const struct sim *sim, int index)
{
    return sim->tree->nodes[index].parent;
}

const char *sim_code(int index)
{
    return CODES[index];
}

struct fl_node *sim_node(const struct sim *sim, int index)
{
    return sim->tree->nodes[index].node;
}

static void open_node(struct sim *sim, int index)
{
    struct fl_error error = {.text = ""};
    if (fl_node_open(directory_of(index), &sim->tree->nodes[index].node, &error) !=
        FL_OK) {
        sim_fail("%s does not open: %s", CODES[index], error.text);
    }
    if (sim->hold_objects > 0) {
        sim_node(sim, index)->settings.hold_objects = sim->hold_objects;
        sim_node(sim, index)->settings.hold_share = 10;
    }
    sim->births[index]++;
}

static void close_node(struct sim *sim, int index)
{
    struct tree *tree = sim->tree;
    for (int i = 1; i < (int)tree->count; i++) {
        if (i == index || tree->nodes[i].parent == index) {
            tree_disconnect(tree, &tree->wires[i]);
        }
    }
    fl_replicator_free(tree->nodes[index].replicator);
    tree->nodes[index].replicator = NULL;
    fl_node_close(tree->nodes[index].node);
    tree->nodes[index].node = NULL;
}

void sim_restart(struct sim *sim, int index)
{
    close_node(sim, index);
    sim_disarm(sim, index);
    open_node(sim, index);
    tree_open_replicator(sim->tree, (size_t)index);
}

void sim_arm(struct sim *sim, int index, unsigned nth, unsigned how)
{
    static const enum fl_memory_fault FAULTS[] = {
        FL_MEMORY_FAIL_BEFORE, FL_MEMORY_FAIL_AFTER, FL_MEMORY_FULL};
    fl_memory_engine_fault(engines[index], nth, FAULTS[how % 3]);
    sim->armed[index] = true;
}

void sim_disarm(struct sim *sim, int index)
{
    fl_memory_engine_fault(engines[index], 0, FL_MEMORY_NO_FAULT);
    sim->armed[index] = false;
}

static bool has_fallen(struct sim *sim, int index)
{
    if (!fl_store_is_dead(sim_node(sim, index)->store)) {
        return false;
    }
    sim_say("%s falls", CODES[index]);
    sim_restart(sim, index);
    return true;
}

void sim_back_up(struct sim *sim, int index)
{
    struct sim_backup *backup = &sim->backups[index];
    fl_memory_engine_free(backup->engine);
    backup->engine = copy_of(engines[index]);
    backup->version_count = sim->version_count;
    memcpy(backup->lists, sim->lists, sizeof backup->lists);
}

void sim_put_back(struct sim *sim, int index)
{
    struct sim_backup *backup = &sim->backups[index];
    bool has_children = false;
    sim_ledger_put_back(sim, index, backup->version_count);
    close_node(sim, index);
    fl_memory_engine_free(engines[index]);
    engines[index] = copy_of(backup->engine);
    sim->armed[index] = false;
    for (int i = 0; i < (int)sim->tree->count; i++) {
        if (sim_parent(sim, i) == index) {
            sim->lists[i] = backup->lists[i];
            has_children = true;
        }
    }
    sim->rules++; /* its lists are those of then, and so is what it knows of filters */
    open_node(sim, index);
    tree_open_replicator(sim->tree, (size_t)index);
    if (has_children) {
        /* What it registered and has arrived is not known to have been any more. */
        sim->currencies_unsure = true;
    }
    sim_allow_currencies(sim);
    memset(sim->gone_since[index], 0, sizeof sim->gone_since[index]);
}

void sim_change_twins(struct sim *sim, int index)
{
    struct sim_backup *twin = &sim->twins[index];
    if (twin->engine == NULL) {
        twin->engine = copy_of(engines[index]);
        twin->version_count = sim->version_count;
        return;
    }
    struct fl_engine *other = twin->engine;
    sim_disarm(sim, index); /* what is armed would go off when it comes back */
    /* What either has written since they were one may stay with it. */
    sim_ledger_put_back(sim, index, twin->version_count);
    close_node(sim, index);
    twin->engine = engines[index];
    engines[index] = other;
    sim->armed[index] = false;
    open_node(sim, index);
    tree_open_replicator(sim->tree, (size_t)index);
    sim->currencies_unsure = true;
    memset(sim->gone_since[index], 0, sizeof sim->gone_since[index]);
}

bool sim_run(
    struct sim *sim,
    int index,
    const char *input,
    size_t count,
    const char *const *words)
{
    bool may_fail = sim->armed[index] || strcmp(words[0], "image") == 0 ||
                    (count > 1 && strcmp(words[1], "release") == 0);
    fixture->node = sim_node(sim, index);
    int exit_status = fixture_run_words(fixture, input, count, words);
    fixture->node = NULL;
    if (has_fallen(sim, index)) {
        return false;
    }
    if (exit_status != 0 && !may_fail) {
        sim_fail("%s: %s: %s", CODES[index], words[0], fixture->complaint);
    }
    if (exit_status != 0) {
        sim_say("    refused");
    }
    return exit_status == 0;
}

/* -- time passes -- */

static bool pass(struct sim *sim, struct tree_end *end)
{
    if (end->out_count == 0) {
        return false;
    }
    trace(end->out[end->out_first].bytes, end->out[end->out_first].size);
    bool lost =
        sim->lost_percent > 0 && !sim->fair && mix(chance++) % 100 < sim->lost_percent;
    return tree_deliver(sim->tree, end, !lost);
}

/*
 * What a child changes or deletes of much at once waits for an operator. Where none has
 * looked yet, a root takes little of each child in one commit: two series at the most.
 * One that was put back is told much by each in its first round; at rest all had theirs.
 */
struct little {
    bool counts;
    unsigned versions[INVOICES + 1];
};

static void look_before(const struct sim *sim, int index, struct little *little)
{
    little->counts = index == 0 && sim->hold_objects > 0 && !sim->released &&
                     !sim->expects_much &&
                     fl_replicator_has_ready(sim->tree->nodes[0].replicator);
    for (unsigned i = 1; little->counts && i <= INVOICES; i++) {
        little->versions[i] = sim_ledger_seen(sim, 0, i);
    }
}

static void look_behind(const struct sim *sim, const struct little *little)
{
    unsigned altered = 0;
    unsigned children = 0;
    for (int i = 1; i < (int)sim->tree->count; i++) {
        children += sim_parent(sim, i) == 0;
    }
    for (unsigned i = 1; little->counts && i <= INVOICES; i++) {
        altered +=
            little->versions[i] > 0 && little->versions[i] != sim_ledger_seen(sim, 0, i);
    }
    if (altered > 2 * children * sim->hold_objects) {
        sim_fail("%u invoices changed at once, and nobody was asked", altered);
    }
}

static void serve(struct sim *sim, int index, bool all)
{
    struct fl_error error = {.text = ""};
    struct fl_replicator *replicator = sim->tree->nodes[index].replicator;
    struct little little;
    look_before(sim, index, &little);
    enum fl_status status =
        fl_replicator_flush(replicator, all, sim->tree->now_ms, &error);
    if (has_fallen(sim, index)) {
        return;
    }
    look_behind(sim, &little);
    if (status == FL_FULL && sim->armed[index]) {
        sim_say("%s is full", CODES[index]);
        sim_disarm(sim, index);
    } else if (status != FL_OK) {
        sim_fail("%s: %s", CODES[index], error.text);
    }
    fl_replicator_tick(replicator, sim->tree->now_ms);
    (void)has_fallen(sim, index);
}

static void make_again(struct sim *sim, struct tree_wire *wire)
{
    bool is_held = fl_link_is_held(wire->down.link) || fl_link_is_held(wire->up.link);
    tree_disconnect(sim->tree, wire);
    sim->tree->now_ms += 1000;
    if (!is_held) {
        tree_connect(sim->tree, wire); /* else when somebody wants a round */
    }
}

void sim_turn(struct sim *sim)
{
    struct tree *tree = sim->tree;
    bool busy = false;
    bool on_its_way = false;
    uint64_t due_ms = UINT64_MAX;
    uint64_t before_ms = tree->now_ms;
    sim->turns++;
    for (size_t i = 1; i < tree->count; i++) {
        busy = pass(sim, &tree->wires[i].up) || busy;
        (void)has_fallen(sim, tree->nodes[i].parent);
        busy = pass(sim, &tree->wires[i].down) || busy;
        (void)has_fallen(sim, (int)i);
    }
    for (size_t i = 0; i < tree->count; i++) {
        serve(sim, (int)i, !busy || sim->turns % TURNS_PER_COMMIT == 0);
    }
    for (size_t i = 1; i < tree->count; i++) {
        struct tree_wire *wire = &tree->wires[i];
        if (wire->connected && (wire->up.close_wanted || wire->down.close_wanted)) {
            make_again(sim, wire);
        }
        on_its_way = on_its_way || wire->up.out_count > 0 || wire->down.out_count > 0;
    }
    for (size_t i = 0; i < tree->count; i++) {
        uint64_t node_ms = fl_replicator_due_ms(tree->nodes[i].replicator);
        due_ms = node_ms < due_ms ? node_ms : due_ms;
    }
    if (!busy && !on_its_way && due_ms > tree->now_ms && due_ms != UINT64_MAX) {
        tree->now_ms = due_ms;
    }
    clock_ms += (int64_t)(tree->now_ms - before_ms);
}

void sim_connect(struct sim *sim, int index)
{
    tree_connect(sim->tree, &sim->tree->wires[index]);
}

void sim_cut(struct sim *sim, int index)
{
    tree_disconnect(sim->tree, &sim->tree->wires[index]);
    /* What is staged then may be the commit that is lost. */
    (void)has_fallen(sim, index);
    (void)has_fallen(sim, sim_parent(sim, index));
}

bool sim_synchronise(struct sim *sim, int index, unsigned turns)
{
    struct tree_wire *wire = &sim->tree->wires[index];
    unsigned rounds = wire->up.rounds + 1;
    unsigned birth = sim->births[index];
    sim_connect(sim, index);
    fl_replicator_sync(wire->up.link, sim->tree->now_ms);
    for (unsigned i = 0; i < turns; i++) {
        sim_turn(sim);
        if (sim->births[index] != birth || !wire->connected) {
            return false;
        }
        if (wire->up.rounds >= rounds &&
            fl_link_state(wire->up.link) == FL_SESSION_IDLE &&
            fl_link_state(wire->down.link) == FL_SESSION_IDLE) {
            return true;
        }
    }
    return false;
}

/* -- a seed -- */

struct sim *sim_new(uint64_t seed)
{
    struct sim *sim = calloc(1, sizeof *sim);
    struct tree *tree = calloc(1, sizeof *tree);
    if (sim == NULL || tree == NULL) {
        sim_fail("no memory");
    }
    trace_hash = UINT64_C(0xCBF29CE484222325);
    chance = mix(seed);
    clock_ms = INT64_C(1767225600000);
    sim->random = mix(seed ^ 0x5EED);
    sim->tree = tree;
    tree->fixture = fixture;
    tree->now_ms = 1000;
    const int *parents =
        TOPOLOGIES[sim_draw(sim, sizeof TOPOLOGIES / sizeof TOPOLOGIES[0])];
    sim->lost_percent = sim_draw(sim, 3) == 0 ? 1 + sim_draw(sim, 5) : 0;
    sim->hold_objects = sim_draw(sim, 3) == 0 ? 2 : 0;
    sim_weigh(sim);
    if (sim->leaves_only) {
        parents = TOPOLOGIES[FLAT];
    }
    while (tree->count < NODES && parents[tree->count] != -2) {
        int i = (int)tree->count++;
        engines[i] = copy_of(templates[i]);
        tree->nodes[i] =
            (struct tree_node){.tree = tree, .code = CODES[i], .parent = parents[i]};
        open_node(sim, i);
    }
    for (size_t i = 1; i < tree->count; i++) {
        struct tree_node *parent = &tree->nodes[tree->nodes[i].parent];
        tree_put_peer(&tree->nodes[i], parent, FL_PEER_PARENT);
        tree_put_peer(parent, &tree->nodes[i], FL_PEER_CHILD);
    }
    for (size_t i = 0; i < tree->count; i++) {
        tree_open_replicator(tree, i);
        sim_say("%s below %s", CODES[i], i == 0 ? "nobody" : CODES[parents[i]]);
    }
    sim_say("lost %u %%, held above %u", sim->lost_percent, (unsigned)sim->hold_objects);
    return sim;
}

void sim_free(struct sim *sim)
{
    for (int i = 0; i < (int)sim->tree->count; i++) {
        close_node(sim, i);
        fl_memory_engine_free(engines[i]);
        engines[i] = NULL;
        fl_memory_engine_free(sim->backups[i].engine);
        fl_memory_engine_free(sim->twins[i].engine);
    }
    free(sim->tree);
    free(sim);
}
