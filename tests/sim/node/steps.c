/*
 * What may happen. A step draws from its own number, so that the others stay what they
 * are when one is left out.
 */

#include "sim.h"

#include "compare/compare.h"
#include "plan/plan_turns.h"
#include "recovery/horizon.h"
#include "routing/routing.h"
#include "storage/sweeper.h"

enum { BATCH_MAX = 3, TURNS_MANY = 3000 };

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static int any_node(struct sim *sim)
{
    return (int)sim_draw(sim, (unsigned)sim->tree->count);
}

static int any_child(struct sim *sim)
{
    return (int)(1 + sim_draw(sim, (unsigned)sim->tree->count - 1));
}

/* -- what is entered -- */

static bool goes(
    const struct sim *sim,
    int index,
    const struct fl_node *judge,
    unsigned company,
    unsigned partner)
{
    return admits(sim->filter, &sim->lists[index], judge, company, partner);
}

/* Would it travel from the node up to the centre? */
static bool may_write(
    const struct sim *sim,
    int index,
    unsigned company,
    unsigned partner)
{
    for (; index > 0; index = sim_parent(sim, index)) {
        if (!goes(sim, index, sim_node(sim, 0), company, partner)) {
            return false;
        }
    }
    return true;
}

static void put_invoices(struct sim *sim)
{
    char lines[BATCH_MAX * LINE_BYTES] = "";
    int index = any_node(sim);
    unsigned count =
        1 + sim_draw(sim, sim->invoices < BATCH_MAX ? sim->invoices : BATCH_MAX);
    unsigned base = sim_draw(sim, sim->invoices);
    unsigned first = 0;
    const char *const words[] = {"batch"};
    for (unsigned i = 0; i < count; i++) {
        size_t used = strlen(lines);
        unsigned invoice = 1 + (base + i) % sim->invoices;
        unsigned company = 1 + sim_draw(sim, COMPANIES);
        unsigned partner = 1 + sim_draw(sim, PARTNERS);
        bool strays = sim_draw(sim, sim->strays_in) == 0;
        struct seen there = see(sim_node(sim, 0), DOCUMENT, invoice);
        bool may = may_write(sim, index, company, partner) &&
                   (!there.here || may_write(sim, index, there.company, there.partner));
        if (!strays && !may) {
            continue;
        }
        unsigned version = sim_ledger_add(sim, index, invoice);
        sim->versions[version].strays =
            sim->rules_known == sim->rules && !may_write(sim, index, company, partner);
        sim->versions[version].rules = sim->rules;
        first = first == 0 ? version : first;
        sim_say(
            "%s: invoice %u, company %u, partner %u: version %u over %u", sim_code(index),
            invoice, company, partner, version, sim->versions[version].before);
        (void)snprintf(
            lines + used, sizeof lines - used,
            "{\"put\":\"%s\",\"set\":{\"Number\":\"%u\",\"Организация\":\"%s\","
            "\"Контрагент\":\"%s\"}}\n",
            ref(DOCUMENT, invoice), version, ref(COMPANY, COMPANY_FIRST + company),
            ref(PARTNER, PARTNER_FIRST + partner));
    }
    if (first == 0 || sim_run(sim, index, lines, 1, words)) {
        return;
    }
    for (unsigned i = first; i <= sim->version_count; i++) {
        sim->versions[i].lost = true; /* never acknowledged: it may be, or not */
    }
}

static void put_partner(struct sim *sim)
{
    char line[LINE_BYTES];
    int index = any_node(sim);
    unsigned number = 1 + sim_draw(sim, PARTNERS);
    const char *inn = INN[sim_draw(sim, 3)];
    const char *const words[] = {"batch"};
    sim->rules++;
    sim_say("%s: partner %u, %s", sim_code(index), number, inn);
    (void)snprintf(
        line, sizeof line, "{\"put\":\"%s\",\"set\":{\"ИНН\":\"%s\"}}",
        ref(PARTNER, PARTNER_FIRST + number), inn);
    (void)sim_run(sim, index, line, 1, words);
}

static void delete_invoices(struct sim *sim)
{
    char lines[INVOICES * 200] = "";
    int index = any_node(sim);
    bool all = sim_draw(sim, 4) == 0;
    unsigned only = 1 + sim_draw(sim, INVOICES);
    const char *const words[] = {"batch"};
    for (unsigned i = 1; i <= INVOICES; i++) {
        size_t used = strlen(lines);
        if ((all || i == only) && see(sim_node(sim, index), DOCUMENT, i).here) {
            sim_say("%s: delete invoice %u", sim_code(index), i);
            sim->deleted[i] = true;
            /* Whether or not the deletion is acknowledged: it may be. */
            sim_ledger_deleted(sim, sim_ledger_seen(sim, index, i));
            (void)snprintf(
                lines + used, sizeof lines - used, "{\"delete\":\"%s\"}\n",
                ref(DOCUMENT, i));
        }
    }
    if (lines[0] != '\0') {
        (void)sim_run(sim, index, lines, 1, words);
    }
}

/* -- rules -- */

/*
 * What an operator says is said on a sound disk, for the model must know whether it was:
 * what follows from it meets what was to go wrong.
 */
static bool say(struct sim *sim, int index, size_t count, const char *const *words)
{
    bool was_armed = sim->armed[index];
    unsigned nth = 1 + sim_draw(sim, 12);
    unsigned how = sim_draw(sim, 3);
    sim_disarm(sim, index);
    bool done = sim_run(sim, index, NULL, count, words);
    if (was_armed) {
        sim_arm(sim, index, nth, how);
    }
    return done;
}

#define SAY_TO(sim, index, ...)                                                          \
    say(sim, index, sizeof FIXTURE_WORDS(__VA_ARGS__) / sizeof(const char *),            \
        FIXTURE_WORDS(__VA_ARGS__))

static void set_filter(struct sim *sim)
{
    unsigned filter = sim_draw(sim, FILTER_COUNT);
    sim->rules++;
    sim_say("filter: %s", FILTERS[filter]);
    bool done = filter == 0 ? SAY_TO(sim, 0, "filter", "clear", DOCUMENT)
                            : SAY_TO(sim, 0, "filter", "set", DOCUMENT, FILTERS[filter]);
    if (done) {
        sim->filter = filter;
    }
}

static void set_list(struct sim *sim)
{
    int index = any_child(sim);
    struct lists *lists = &sim->lists[index];
    bool of_companies = sim_draw(sim, 2) == 0;
    bool *has = of_companies ? &lists->has_companies : &lists->has_inns;
    bool removes = sim_draw(sim, 4) == 0;
    unsigned bits = sim_draw(sim, 8);
    const char *words[8] = {
        "filter", "value", sim_code(index), of_companies ? "организации" : "инн"};
    size_t count = 4;
    if (removes && !*has) {
        return;
    }
    bits = removes ? 0 : bits;
    if (removes) {
        words[count++] = "--remove";
    }
    for (unsigned i = 0; i < 3; i++) {
        if ((bits >> i & 1) != 0) {
            words[count++] = of_companies ? ref(COMPANY, COMPANY_FIRST + 1 + i) : INN[i];
        }
    }
    sim->rules++;
    sim_say("list %s of %s: %s%u", words[3], words[2], removes ? "removed " : "", bits);
    if (say(sim, sim_parent(sim, index), count, words)) {
        *has = !removes;
        *(of_companies ? &lists->companies : &lists->inns) =
            of_companies ? bits << 1 : bits;
    }
}

static void set_rule(struct sim *sim)
{
    static const char *const RULES[] = {"parent", "child", "hand"};
    const char *rule = RULES[sim_draw(sim, 3)];
    sim_say("collisions of invoices: %s", rule);
    (void)SAY_TO(sim, 0, "plan", "rule", DOCUMENT, "--collision", rule);
}

/* -- what is registered by hand only -- */

unsigned sim_rate(const struct sim *sim, int index, unsigned number)
{
    const struct fl_node *node = sim_node(sim, index);
    struct fl_entry entry;
    struct fl_txn txn;
    struct fl_arena arena;
    struct fl_object object;
    unsigned rate = 0;
    struct fl_key key = key_of(node, SIM_CURRENCY, SIM_CURRENCY_FIRST + number);
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (fl_object_get(&txn, key, &entry) == FL_OK && entry.record.size > 0 &&
        fl_record_decode(key, /* deleted= */ false, entry.record, &arena, &object) ==
            FL_OK) {
        const struct fl_value *value = field(node, &object, "Description");
        char text[20] = "";
        if (value != NULL && value->bytes.size < sizeof text) {
            memcpy(text, value->bytes.data, value->bytes.size);
        }
        rate = (unsigned)strtoul(text, NULL, 10);
    }
    fl_txn_abort(&txn);
    fl_arena_deinit(&arena);
    return rate;
}

void sim_allow_currencies(struct sim *sim)
{
    for (unsigned number = 1; number <= SIM_CURRENCIES; number++) {
        sim->allowed[number] = sim->rates;
        sim->pending[number] = true;
    }
}

/*
 * What is registered stays so, and what is not is not by that: whether or not anything
 * waits.
 */
static void set_auto_record(struct sim *sim)
{
    bool by_hand = sim_draw(sim, 2) == 0;
    if (sim_draw(sim, 4) == 0) {
        sim_settle(sim);
    }
    sim_say("currencies are registered %s", by_hand ? "by hand" : "by themselves");
    if (SAY_TO(
            sim, 0, "plan", "rule", SIM_CURRENCY, "--auto-record",
            by_hand ? "no" : "yes")) {
        sim->by_hand = by_hand;
    }
}

static void put_currency(struct sim *sim)
{
    char line[LINE_BYTES];
    unsigned number = 1 + sim_draw(sim, sim->currencies);
    const char *const words[] = {"batch"};
    unsigned rate = ++sim->rates;
    sim_say("ЦО: currency %u is %u", number, rate);
    (void)snprintf(
        line, sizeof line,
        "{\"put\":\"%s\",\"set\":{\"Code\":\"%u\",\"Description\":\"%u\"}}",
        ref(SIM_CURRENCY, SIM_CURRENCY_FIRST + number), number, rate);
    bool done = sim_run(sim, 0, line, 1, words);
    if (sim->by_hand) {
        /* Who was to get what stood there before gets what stands there. */
        sim->allowed[number] = sim->pending[number] ? rate : sim->allowed[number];
        return;
    }
    sim->allowed[number] = rate; /* it may have been written all the same */
    sim->pending[number] = true;
    if (!done) {
        return;
    }
    for (int i = 1; i < (int)sim->tree->count; i++) {
        sim->due[i][number] = rate;
    }
}

static void register_currency(struct sim *sim)
{
    unsigned number = 1 + sim_draw(sim, sim->currencies);
    int index = any_child(sim);
    bool for_all = sim_draw(sim, 2) == 0;
    unsigned rate = sim_rate(sim, 0, number);
    if (rate == 0 || (!for_all && sim_parent(sim, index) != 0)) {
        return;
    }
    const char *object = ref(SIM_CURRENCY, SIM_CURRENCY_FIRST + number);
    sim->allowed[number] = rate > sim->allowed[number] ? rate : sim->allowed[number];
    sim->pending[number] = true;
    sim_say("ЦО: register currency %u for %s", number, for_all ? "all" : sim_code(index));
    bool done = for_all ? SAY_TO(sim, 0, "register", object, "--for-all")
                        : SAY_TO(sim, 0, "register", object, "--for", sim_code(index));
    for (int i = 1; i < (int)sim->tree->count && done; i++) {
        if ((for_all || i == index) && sim_parent(sim, i) == 0) {
            sim->due[i][number] = rate;
        }
    }
}

static void register_invoices(struct sim *sim)
{
    int index = any_child(sim);
    int parent = sim_parent(sim, index);
    unsigned what = sim_draw(sim, 3);
    unsigned invoice = 1 + sim_draw(sim, INVOICES);
    if (what == 0) {
        sim_allow_currencies(sim);
    }
    sim_say(
        "%s: register %s for %s", sim_code(parent),
        what == 0   ? "everything"
        : what == 1 ? "invoices"
                    : "an invoice",
        sim_code(index));
    if (what == 0) {
        (void)SIM_RUN(sim, parent, "register", "--all", "--for", sim_code(index));
    } else if (what == 1) {
        (void)SIM_RUN(sim, parent, "register", DOCUMENT, "--for", sim_code(index));
    } else if (see(sim_node(sim, parent), DOCUMENT, invoice).here) {
        (void)SIM_RUN(
            sim, parent, "register", ref(DOCUMENT, invoice), "--for", sim_code(index));
    }
}

/* -- lines, processes, disks -- */

static void cut(struct sim *sim)
{
    int index = any_child(sim);
    unsigned turns = sim_draw(sim, 16);
    sim_say("%s: cut after %u turns", sim_code(index), turns);
    (void)sim_synchronise(sim, index, turns);
    sim_cut(sim, index);
}

static void fall(struct sim *sim)
{
    int index = any_node(sim);
    unsigned nth = 1 + sim_draw(sim, sim_draw(sim, 2) == 0 ? 3 : 12);
    unsigned how = sim_draw(sim, 3);
    sim_say(
        "%s: commit %u from now %s", sim_code(index), nth,
        how == 0   ? "is lost"
        : how == 1 ? "is the last"
                   : "finds no room");
    sim_arm(sim, index, nth, how);
}

void sim_read_rules(struct sim *sim)
{
    struct fl_node *node = sim_node(sim, 0);
    uint32_t invoice = key_of(node, DOCUMENT, 1).type;
    uint32_t currency = key_of(node, SIM_CURRENCY, SIM_CURRENCY_FIRST).type;
    const struct fl_node_plan *plan = fl_node_plan(node);
    sim->rules++;
    sim->filter = 0;
    for (unsigned i = 1; i < FILTER_COUNT; i++) {
        if (strcmp(fl_plan_rule_of(plan, invoice)->filter, FILTERS[i]) == 0) {
            sim->filter = i;
        }
    }
    sim->by_hand = !fl_plan_rule_of(plan, currency)->auto_record;
}

/* A root is put back rarely: what it says of rules is put back with it. */
static void back_up_or_put_back(struct sim *sim)
{
    int index = sim_draw(sim, 4) == 0 && !sim->leaves_only ? 0 : any_child(sim);
    bool has_children = false;
    for (int i = 1; i < (int)sim->tree->count; i++) {
        has_children = has_children || sim_parent(sim, i) == index;
    }
    if (has_children && sim->leaves_only) {
        return;
    }
    if (sim->backups[index].engine == NULL || sim_draw(sim, 3) == 0) {
        sim_say("%s: backed up", sim_code(index));
        sim_back_up(sim, index);
        return;
    }
    sim_say("%s: put back", sim_code(index));
    sim_put_back(sim, index);
    if (has_children) {
        (void)SIM_RUN(sim, index, "store", "adopt", "--restored", "--by", "Анна");
        sim_restart(sim, index);
    }
    if (index == 0) {
        sim_read_rules(sim);
        sim->root_restored = true;
        sim->expects_much = true;
    }
}

/* A copy of a branch that nobody knows of: now one speaks, now the other. */
static void change_twins(struct sim *sim)
{
    int index = any_child(sim);
    for (int i = 1; i < (int)sim->tree->count; i++) {
        if (sim_parent(sim, i) == index) {
            return;
        }
    }
    sim_say(
        "%s: %s", sim_code(index),
        sim->twins[index].engine == NULL ? "is copied" : "and its copy change places");
    sim_change_twins(sim, index);
}

static void cut_routing(struct sim *sim)
{
    int index = any_child(sim);
    int parent = sim_parent(sim, index);
    unsigned steps = sim_draw(sim, 3);
    struct fl_subscription subscription;
    struct fl_error error;
    sim_say("%s: restarts after %u steps of routing", sim_code(parent), steps);
    for (unsigned i = 0; i < steps && !fl_store_is_dead(sim_node(sim, parent)->store);
         i++) {
        (void)fl_routing_catch_up(
            sim_node(sim, parent), fl_link_peer(sim->tree->wires[index].down.link), 1,
            &subscription, &error);
    }
    sim_restart(sim, parent);
}

/* -- what takes long -- */

static void compare(struct sim *sim)
{
    int index = any_child(sim);
    bool from_below = sim_draw(sim, 2) == 0;
    unsigned turns = sim_draw(sim, 3) == 0 ? sim_draw(sim, 40) : TURNS_MANY;
    const struct fl_compare_wanted wanted = {.repair = sim_draw(sim, 3) > 0};
    struct tree_wire *wire = &sim->tree->wires[index];
    struct fl_compare_report report = {.over = false};
    struct fl_error error;
    if (!sim_synchronise(sim, index, TURNS_MANY)) {
        return;
    }
    unsigned births = sim->births[index] + sim->births[sim_parent(sim, index)];
    if (wanted.repair) {
        sim_allow_currencies(sim);
    }
    sim_say(
        "%s: compared %s%s, %u turns", sim_code(index), from_below ? "from below" : "",
        wanted.repair ? " and repaired" : "", turns);
    struct fl_link *link = from_below ? wire->up.link : wire->down.link;
    if (fl_compare_begin(link, &wanted, sim->tree->now_ms, &error) != FL_OK) {
        return;
    }
    for (unsigned i = 0; i < turns && !report.over; i++) {
        sim_turn(sim);
        if (births != sim->births[index] + sim->births[sim_parent(sim, index)]) {
            return;
        }
        (void)fl_compare_look(link, sim->tree->now_ms, &report);
    }
    if (!report.over) {
        sim_say("    cut");
        sim_cut(sim, index);
    }
}

static void image(struct sim *sim)
{
    int index = any_child(sim);
    int parent = sim_parent(sim, index);
    bool twice = sim_draw(sim, 4) == 0;
    const char *path = fixture_path(sim->tree->fixture, "image");
    sim_allow_currencies(sim);
    sim_say("%s: image for %s", sim_code(parent), sim_code(index));
    sim_cut(sim, index);
    if (!SIM_RUN(sim, parent, "image", "create", sim_code(index), path)) {
        return;
    }
    if (sim_draw(sim, 3) == 0) {
        (void)sim_synchronise(sim, index, sim_draw(sim, 30)); /* it gets old meanwhile */
        sim_cut(sim, index);
    }
    for (unsigned i = 0; i < 1u + twice; i++) {
        (void)SIM_RUN(sim, index, "image", "load", path);
        sim_restart(sim, index);
    }
    (void)remove(path);
}

/* Nobody forgets a deletion before its time. */
static void watch_deletions(struct sim *sim, int index, bool swept)
{
    for (unsigned i = 1; i <= INVOICES; i++) {
        int64_t *since = &sim->gone_since[index][i];
        struct seen seen = see(sim_node(sim, index), DOCUMENT, i);
        int64_t ms = sim_clock() - *since;
        if (swept && *since > 0 && !seen.known && !sim->jumped &&
            ms < (int64_t)sim_node(sim, index)->settings.peer_horizon_ms) {
            sim_fail(
                "%s: the deletion of invoice %u is forgotten after %u days",
                sim_code(index), i, (unsigned)(ms / DAY_MS));
        }
        if (seen.here || !seen.known) {
            *since = 0;
        } else if (*since == 0) {
            *since = sim_clock();
        }
    }
}

void sim_sweep(struct sim *sim, int index)
{
    watch_deletions(sim, index, /* swept= */ false);
    struct fl_node *node = sim_node(sim, index);
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_routing_sweep streams = {0};
    struct fl_error error;
    for (unsigned i = 0; i < 1000 && !sweep.done; i++) {
        struct fl_horizon horizon =
            fl_horizon_look(sim->tree->nodes[index].replicator, sim_clock());
        sweep.tombstones_to = horizon.tombstones_to;
        if (fl_sweep(node->store, horizon.dead_to, &sweep, &error) != FL_OK) {
            sim_restart(sim, index);
            return;
        }
    }
    uint64_t to =
        fl_horizon_look(sim->tree->nodes[index].replicator, sim_clock()).dead_to;
    for (unsigned i = 0; i < 1000 && !fl_routing_sweep(node, to, &streams); i++) {
    }
    struct fl_plan_turns_tidy turns = {.plan = 0};
    for (unsigned i = 0; i < 1000 && !fl_plan_turns_tidy(node, &turns); i++) {
    }
    if (fl_store_is_dead(node->store)) {
        sim_restart(sim, index);
    }
}

static void sweep(struct sim *sim)
{
    int index = any_node(sim);
    sim_say("%s: swept", sim_code(index));
    sim_sweep(sim, index);
}

/* Days that pass, with sweeps; or a clock that only thinks so. */
static void pass_days(struct sim *sim)
{
    int64_t days = 1 + sim_draw(sim, 60);
    bool jumps = sim_draw(sim, 4) == 0;
    bool back = sim_draw(sim, 2) == 0;
    if (jumps) {
        sim_say("the clock is set %s by %u days", back ? "back" : "on", (unsigned)days);
        sim->jumped = true;
        sim_clock_set(sim_clock() + (back ? -days : days) * DAY_MS);
        return;
    }
    sim_say("%u days pass", (unsigned)days);
    for (int64_t day = 0; day < days; day += 7) {
        sim_clock_set(sim_clock() + 7 * DAY_MS);
        for (int i = 0; i < (int)sim->tree->count; i++) {
            sim_sweep(sim, i);
        }
    }
}

static void synchronise(struct sim *sim)
{
    int index = any_child(sim);
    sim_say("%s: synchronises", sim_code(index));
    (void)sim_synchronise(sim, index, TURNS_MANY);
}

static void restart(struct sim *sim)
{
    int index = any_node(sim);
    sim_say("%s: restarts", sim_code(index));
    sim_restart(sim, index);
}

static void settle(struct sim *sim)
{
    sim_settle(sim);
}

typedef void (*step_fn)(struct sim *sim);

static const struct {
    unsigned weight;
    step_fn happen;
} STEPS[] = {
    {12, put_invoices},
    {4, put_partner},
    {3, delete_invoices},
    {2, set_filter},
    {4, set_list},
    {1, set_rule},
    {1, set_auto_record},
    {2, put_currency},
    {1, register_currency},
    {1, register_invoices},
    {3, cut},
    {2, fall},
    {2, back_up_or_put_back},
    {1, cut_routing},
    {1, compare},
    {1, image},
    {1, sweep},
    {1, pass_days},
    {6, synchronise},
    {1, restart},
    {1, settle},
    {1, change_twins}};

enum { STEP_KINDS = sizeof STEPS / sizeof STEPS[0] };

/*
 * What is registered by hand, or was before that, for nodes that are put back: all that
 * matters happens to few objects, so little else happens.
 */
static bool is_about_registrations(step_fn happen)
{
    return happen == set_auto_record || happen == put_currency ||
           happen == register_currency || happen == back_up_or_put_back;
}

static void weigh_registrations(struct sim *sim)
{
    enum { TIMES = 4 };
    sim->currencies = 1;
    sim->leaves_only = true;
    for (size_t i = 0; i < STEP_KINDS; i++) {
        step_fn happen = STEPS[i].happen;
        if (is_about_registrations(happen)) {
            sim->weights[i] = STEPS[i].weight * TIMES;
        } else if (happen == synchronise) {
            sim->weights[i] = STEPS[i].weight * TIMES;
        } else if (happen != cut && happen != restart && happen != settle) {
            sim->weights[i] = happen == put_invoices;
        }
    }
}

/*
 * Seeds differ in what happens in them: much of a few things finds more than a little of
 * all. Writing and synchronising there always is.
 */
void sim_weigh(struct sim *sim)
{
    static const unsigned TIMES[] = {0, 1, 1, 4};
    static const unsigned OBJECTS[] = {2, 3, INVOICES, INVOICES};
    static const unsigned STRAYS[] = {12, 12, 12, 3};
    FL_ASSERT((size_t)STEP_KINDS <= (size_t)SIM_STEP_KINDS_MAX);
    for (size_t i = 0; i < STEP_KINDS; i++) {
        sim->weights[i] = STEPS[i].weight * TIMES[sim_draw(sim, 4)];
        if (STEPS[i].happen == put_invoices || STEPS[i].happen == synchronise) {
            sim->weights[i] = STEPS[i].weight;
        }
    }
    sim->invoices = OBJECTS[sim_draw(sim, 4)];
    sim->strays_in = STRAYS[sim_draw(sim, 4)];
    sim->currencies = SIM_CURRENCIES;
    if (sim_draw(sim, 6) == 0) {
        weigh_registrations(sim);
    }
}

void sim_step(struct sim *sim, uint64_t seed, unsigned number)
{
    unsigned sum = 0;
    sim->random = seed * UINT64_C(0x9E3779B97F4A7C15) + number;
    for (size_t i = 0; i < STEP_KINDS; i++) {
        sum += sim->weights[i];
    }
    unsigned at = sim_draw(sim, sum);
    size_t i = 0;
    for (; at >= sim->weights[i]; i++) {
        at -= sim->weights[i];
    }
    STEPS[i].happen(sim);
}
