/*
 * Filters against a model: at random, objects are written on both sides, rules and lists
 * change, nodes restart, lines are cut, backups are put back; whenever all is quiet, the
 * branch must have what a plain reading of rule and lists says, and nothing may wait.
 * `routing_model_test FIRST COUNT` runs other seeds, `routing_model_test SEED` narrates.
 */

#include "pair.h"

#include "peer/waiting.h"
#include "recovery/horizon.h"
#include "routing/routing.h"
#include "routing_model.h"
#include "storage/sweeper.h"

enum { STEPS = 60, SEEDS = 25 };

struct model {
    struct pair *pair;
    uint64_t random;
    bool narrates;
    bool has_backup;
    unsigned filter;
    struct lists lists;
};

static unsigned draw(struct model *model, unsigned below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return (unsigned)((model->random >> 11) % below);
}

#define SAY(model, ...) ((model)->narrates ? (void)printf(__VA_ARGS__) : (void)0)

#define RUN(side, ...)                                                                   \
    run_on(                                                                              \
        side, NULL, sizeof FIXTURE_WORDS(__VA_ARGS__) / sizeof(const char *),            \
        FIXTURE_WORDS(__VA_ARGS__))

static const char *name_of(const struct model *model, const struct side *side)
{
    return side == &model->pair->centre ? "centre" : "branch";
}

static bool goes(const struct model *model, unsigned company, unsigned partner)
{
    return admits(
        model->filter, &model->lists, model->pair->centre.node, company, partner);
}

/* -- what happens -- */

static void put_invoice(struct model *model, struct side *side, unsigned number)
{
    char line[LINE_BYTES];
    unsigned company = 1 + draw(model, COMPANIES);
    unsigned partner = 1 + draw(model, PARTNERS);
    struct seen there = see(model->pair->centre.node, DOCUMENT, number);
    if (side == &model->pair->branch &&
        (!goes(model, company, partner) ||
         (there.here && !goes(model, there.company, there.partner)))) {
        return;
    }
    SAY(model, "%s: invoice %u, company %u, partner %u\n", name_of(model, side), number,
        company, partner);
    snprintf(
        line, sizeof line,
        "{\"put\":\"%s\",\"set\":{\"Number\":\"%u\",\"Организация\":\"%s\","
        "\"Контрагент\":\"%s\"}}",
        ref(DOCUMENT, number), draw(model, 1000), ref(COMPANY, COMPANY_FIRST + company),
        ref(PARTNER, PARTNER_FIRST + partner));
    batch(side, line);
}

static void put_partner(struct model *model, struct side *side, unsigned number)
{
    char line[LINE_BYTES];
    const char *inn = INN[draw(model, 3)];
    SAY(model, "%s: partner %u, %s\n", name_of(model, side), number, inn);
    snprintf(
        line, sizeof line, "{\"put\":\"%s\",\"set\":{\"ИНН\":\"%s\"}}",
        ref(PARTNER, PARTNER_FIRST + number), inn);
    batch(side, line);
}

static void remove_one(
    struct model *model,
    struct side *side,
    const char *type,
    unsigned number)
{
    char line[LINE_BYTES];
    if (!see(side->node, type, number).here) {
        return;
    }
    SAY(model, "%s: delete %s %u\n", name_of(model, side), type, number);
    snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref(type, number));
    batch(side, line);
}

static void set_filter(struct model *model)
{
    struct side *centre = &model->pair->centre;
    model->filter = draw(model, FILTER_COUNT);
    SAY(model, "filter: %s\n", FILTERS[model->filter]);
    if (model->filter == 0) {
        RUN(centre, "filter", "clear", DOCUMENT);
    } else {
        RUN(centre, "filter", "set", DOCUMENT, FILTERS[model->filter]);
    }
}

static void set_list(struct model *model)
{
    struct side *centre = &model->pair->centre;
    bool of_companies = draw(model, 2) == 0;
    unsigned bits = draw(model, 8);
    const char *words[8] = {
        "filter", "value", "Ф01", of_companies ? "организации" : "инн"};
    size_t count = 4;
    if (draw(model, 5) == 0) {
        SAY(model, "list %s removed\n", words[3]);
        bool has = of_companies ? model->lists.has_companies : model->lists.has_inns;
        words[count++] = "--remove";
        if (has) {
            run_on(centre, NULL, count, words);
        }
        *(of_companies ? &model->lists.has_companies : &model->lists.has_inns) = false;
        *(of_companies ? &model->lists.companies : &model->lists.inns) = 0;
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        if ((bits >> i & 1) != 0) {
            words[count++] = of_companies ? ref(COMPANY, COMPANY_FIRST + 1 + i) : INN[i];
        }
    }
    SAY(model, "list %s: %u\n", words[3], bits);
    run_on(centre, NULL, count, words);
    *(of_companies ? &model->lists.has_companies : &model->lists.has_inns) = true;
    *(of_companies ? &model->lists.companies : &model->lists.inns) =
        of_companies ? bits << 1 : bits;
}

/* The line is cut somewhere in a round. */
static void cut(struct model *model)
{
    struct pair *pair = model->pair;
    unsigned turns = draw(model, 12);
    SAY(model, "cut after %u turns\n", turns);
    if (!pair->connected) {
        connect_wire(pair);
    }
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    for (unsigned i = 0; i < turns; i++) {
        turn(pair);
    }
    if (pair->connected) {
        disconnect(pair);
    }
}

static void sweep(struct model *model)
{
    struct side *centre = &model->pair->centre;
    struct fl_sweep sweep = {0};
    struct fl_routing_sweep streams = {0};
    struct fl_error error;
    uint64_t horizon = fl_horizon_look(centre->replicator, fl_node_now_ms()).dead_to;
    SAY(model, "sweep\n");
    while (!sweep.done) {
        assert_int_equal(fl_sweep(centre->node->store, horizon, &sweep, &error), FL_OK);
    }
    for (unsigned i = 0; i < 1000 && !fl_routing_sweep(centre->node, horizon, &streams);
         i++) {
    }
}

/* A few transactions of routing, and the process is gone. */
static void cut_routing(struct model *model)
{
    struct side *centre = &model->pair->centre;
    struct fl_subscription subscription;
    struct fl_error error;
    unsigned steps = draw(model, 3);
    SAY(model, "centre restarts after %u steps of routing\n", steps);
    for (unsigned i = 0; i < steps; i++) {
        enum fl_status status = fl_routing_catch_up(
            centre->node, fl_link_peer(centre->link), 1, &subscription, &error);
        assert_true(status == FL_OK || status == FL_BUSY);
    }
    reopen(centre, NULL);
}

static void restore(struct model *model)
{
    SAY(model, model->has_backup ? "branch is put back\n" : "branch is backed up\n");
    reopen(
        &model->pair->branch,
        model->has_backup ? "rm -rf store && mv backup store" : "cp -r store backup");
    model->has_backup = !model->has_backup;
}

static void register_by_hand(struct model *model)
{
    struct side *centre = &model->pair->centre;
    unsigned number = 1 + draw(model, INVOICES);
    SAY(model, "centre: register invoice %u\n", number);
    if (see(centre->node, DOCUMENT, number).here) {
        RUN(centre, "register", ref(DOCUMENT, number), "--for", "Ф01");
    }
}

/* -- when all is quiet -- */

static void must_not_wait(struct side *side)
{
    struct fl_routes routes = {0};
    struct fl_txn txn;
    struct fl_error error;
    uint64_t count = 0;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    assert_int_equal(fl_routes_load(&txn, &routes), FL_OK);
    fl_txn_abort(&txn);
    assert_int_equal(
        fl_waiting_count(
            side->node, &routes, fl_link_peer(side->link), 1000, &count, &error),
        FL_OK);
    assert_int_equal(count, 0);
    fl_routes_deinit(&routes);
}

static void judge(struct model *model, const char *type, unsigned number)
{
    struct seen centre = see(model->pair->centre.node, type, number);
    struct seen branch = see(model->pair->branch.node, type, number);
    bool is_invoice = type == DOCUMENT;
    bool wanted =
        centre.here && (!is_invoice || goes(model, centre.company, centre.partner));
    if (is_held(model->pair->centre.node, type, number)) {
        return; /* a person decides what it is to be */
    }
    if (wanted != branch.here) {
        fail_msg("%s %u: %s at the branch", type, number, wanted ? "missing" : "still");
    }
    if (wanted && (centre.record_size != branch.record_size ||
                   memcmp(centre.record, branch.record, centre.record_size) != 0)) {
        fail_msg("%s %u differs", type, number);
    }
}

static void settle(struct model *model)
{
    struct pair *pair = model->pair;
    SAY(model, "settle\n");
    for (unsigned i = 0; i < 4; i++) {
        synchronise(pair);
    }
    for (unsigned i = 1; i <= INVOICES; i++) {
        judge(model, DOCUMENT, i);
    }
    for (unsigned i = 1; i <= PARTNERS; i++) {
        judge(model, PARTNER, PARTNER_FIRST + i);
    }
    must_not_wait(&pair->centre);
    must_not_wait(&pair->branch);
}

static void step(struct model *model)
{
    struct pair *pair = model->pair;
    struct side *any = draw(model, 3) == 0 ? &pair->branch : &pair->centre;
    switch (draw(model, 24)) {
    case 0:
        set_filter(model);
        break;
    case 1:
    case 2:
        set_list(model);
        break;
    case 3:
        remove_one(model, any, DOCUMENT, 1 + draw(model, INVOICES));
        break;
    case 4:
        remove_one(
            model, &pair->centre, PARTNER, PARTNER_FIRST + 1 + draw(model, PARTNERS));
        break;
    case 5:
    case 6:
    case 7:
        put_partner(model, any, 1 + draw(model, PARTNERS));
        break;
    case 8:
        cut(model);
        break;
    case 9:
        sweep(model);
        break;
    case 10:
        cut_routing(model);
        break;
    case 11:
        register_by_hand(model);
        break;
    case 12:
        restore(model);
        break;
    case 13:
        SAY(model, "synchronise\n");
        synchronise(pair);
        break;
    case 14:
    case 15:
        settle(model);
        break;
    default:
        put_invoice(model, any, 1 + draw(model, INVOICES));
        break;
    }
}

/* Each has shown a mistake once. */
static const unsigned FOUND[] = {27,  57,  72,   82,   94,   113,  115,
                                 150, 159, 1074, 1424, 1620, 1773, 1864};

static unsigned seed_first = 1;
static unsigned seed_count = SEEDS;

static void run_seed(unsigned seed, bool narrates)
{
    void *state = NULL;
    pair_setup(&state);
    struct model model = {
        .pair = state, .random = 0x9E3779B97F4A7C15u * seed, .narrates = narrates};
    for (unsigned i = 0; i < STEPS; i++) {
        step(&model);
    }
    settle(&model);
    pair_teardown(&state);
}

static void test_what_was_wrong_once_is_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FOUND / sizeof FOUND[0] && seed_count > 1; i++) {
        printf("seed %u\n", FOUND[i]);
        run_seed(FOUND[i], /* narrates= */ false);
    }
}

static void test_a_branch_has_what_the_model_says(void **state)
{
    (void)state;
    for (unsigned i = 0; i < seed_count; i++) {
        printf("seed %u\n", seed_first + i);
        run_seed(seed_first + i, seed_count == 1);
    }
}

int main(int argc, char **argv)
{
    fl_log_set_level(FL_LOG_ERROR);
    if (argc > 1) {
        seed_first = (unsigned)strtoul(argv[1], NULL, 10);
        seed_count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_wrong_once_is_right),
        cmocka_unit_test(test_a_branch_has_what_the_model_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
