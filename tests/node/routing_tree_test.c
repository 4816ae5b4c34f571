/*
 * Filters in a tree against a model: a centre, under it a node in the middle with two
 * branches, and a branch of its own; each may be limited. Whenever all is quiet, every
 * node must have what its parent has and its filter admits.
 * `routing_tree_test FIRST COUNT` runs other seeds, `routing_tree_test SEED` narrates.
 */

#include "tree.h"

#include "routing/routing.h"
#include "routing_model.h"

enum { CENTRE, MIDDLE, BRANCH_A, BRANCH_B, BRANCH_D, NODES };
enum { STEPS = 60, SEEDS = 8 };

static const struct tree_node PLACES[NODES] = {
    {.code = "ЦО", .parent = -1},
    {.code = "М1", .parent = CENTRE},
    {.code = "А1", .parent = MIDDLE},
    {.code = "Б1", .parent = MIDDLE},
    {.code = "Д1", .parent = CENTRE}};

struct model {
    struct tree *tree;
    uint64_t random;
    bool narrates;
    bool has_backup[NODES];
    unsigned filter;
    struct lists lists[NODES];
};

#define SAY(model, ...) ((model)->narrates ? (void)printf(__VA_ARGS__) : (void)0)

static unsigned draw(struct model *model, unsigned below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return (unsigned)((model->random >> 11) % below);
}

static const struct fl_node *node_of(const struct model *model, int index)
{
    return model->tree->nodes[index].node;
}

static void batch(struct model *model, int index, const char *line)
{
    const char *const words[] = {"batch"};
    SAY(model, "%s: %s\n", PLACES[index].code, line);
    tree_run(&model->tree->nodes[index], line, 1, words);
}

/* Would it travel from the node up to the centre? */
static bool may_write(
    const struct model *model,
    int index,
    unsigned company,
    unsigned partner)
{
    for (; PLACES[index].parent >= 0; index = PLACES[index].parent) {
        if (!admits(
                model->filter, &model->lists[index], node_of(model, CENTRE), company,
                partner)) {
            return false;
        }
    }
    return true;
}

static void put_invoice(struct model *model, int index)
{
    char line[LINE_BYTES];
    unsigned number = 1 + draw(model, INVOICES);
    unsigned company = 1 + draw(model, COMPANIES);
    unsigned partner = 1 + draw(model, PARTNERS);
    struct seen there = see(node_of(model, CENTRE), DOCUMENT, number);
    if (!may_write(model, index, company, partner) ||
        (there.here && !may_write(model, index, there.company, there.partner))) {
        return;
    }
    snprintf(
        line, sizeof line,
        "{\"put\":\"%s\",\"set\":{\"Number\":\"%u\",\"Организация\":\"%s\","
        "\"Контрагент\":\"%s\"}}",
        ref(DOCUMENT, number), draw(model, 1000), ref(COMPANY, COMPANY_FIRST + company),
        ref(PARTNER, PARTNER_FIRST + partner));
    batch(model, index, line);
}

static void put_partner(struct model *model, int index)
{
    char line[LINE_BYTES];
    unsigned number = 1 + draw(model, PARTNERS);
    snprintf(
        line, sizeof line, "{\"put\":\"%s\",\"set\":{\"ИНН\":\"%s\"}}",
        ref(PARTNER, PARTNER_FIRST + number), INN[draw(model, 3)]);
    batch(model, index, line);
}

static void delete_invoice(struct model *model, int index)
{
    char line[LINE_BYTES];
    unsigned number = 1 + draw(model, INVOICES);
    if (see(node_of(model, index), DOCUMENT, number).here) {
        snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref(DOCUMENT, number));
        batch(model, index, line);
    }
}

static void set_filter(struct model *model)
{
    const char *words[] = {"filter", "set", DOCUMENT, NULL};
    model->filter = draw(model, FILTER_COUNT);
    SAY(model, "filter %s\n", FILTERS[model->filter]);
    words[1] = model->filter == 0 ? "clear" : "set";
    words[3] = FILTERS[model->filter];
    tree_run(&model->tree->nodes[CENTRE], NULL, model->filter == 0 ? 3 : 4, words);
}

static void set_list(struct model *model)
{
    int index = (int)(1 + draw(model, NODES - 1));
    struct lists *lists = &model->lists[index];
    bool of_companies = draw(model, 2) == 0;
    bool *has = of_companies ? &lists->has_companies : &lists->has_inns;
    bool removes = draw(model, 4) == 0;
    unsigned bits = removes ? 0 : draw(model, 8);
    const char *words[8] = {
        "filter", "value", PLACES[index].code, of_companies ? "организации" : "инн"};
    size_t count = 4;
    if (removes) {
        words[count++] = "--remove";
    }
    for (unsigned i = 0; i < 3; i++) {
        if ((bits >> i & 1) != 0) {
            words[count++] = of_companies ? ref(COMPANY, COMPANY_FIRST + 1 + i) : INN[i];
        }
    }
    if (removes && !*has) {
        return;
    }
    SAY(model, "list %s of %s: %s%u\n", words[3], words[2], removes ? "removed " : "",
        bits);
    tree_run(&model->tree->nodes[PLACES[index].parent], NULL, count, words);
    *has = !removes;
    *(of_companies ? &lists->companies : &lists->inns) = of_companies ? bits << 1 : bits;
}

static void cut(struct model *model)
{
    struct tree *tree = model->tree;
    size_t index = 1 + draw(model, NODES - 1);
    unsigned turns = draw(model, 14);
    SAY(model, "%s: cut after %u turns\n", PLACES[index].code, turns);
    tree_connect(tree, &tree->wires[index]);
    fl_replicator_sync(tree->wires[index].up.link, tree->now_ms);
    for (unsigned i = 0; i < turns; i++) {
        tree_turn(tree);
    }
    tree_disconnect(tree, &tree->wires[index]);
}

static void restore(struct model *model)
{
    static const int LEAVES[] = {BRANCH_A, BRANCH_B, BRANCH_D};
    int index = LEAVES[draw(model, 3)];
    bool *has = &model->has_backup[index];
    SAY(model, "%s: %s\n", PLACES[index].code, *has ? "put back" : "backed up");
    tree_reopen(
        model->tree, (size_t)index,
        *has ? "rm -rf store && mv backup store" : "cp -r store backup");
    *has = !*has;
}

/* -- when all is quiet -- */

static bool is_held_anywhere(const struct model *model, unsigned number)
{
    return is_held(node_of(model, CENTRE), DOCUMENT, number) ||
           is_held(node_of(model, MIDDLE), DOCUMENT, number);
}

static void judge(const struct model *model, int index, unsigned number)
{
    const struct fl_node *parent = node_of(model, PLACES[index].parent);
    struct seen above = see(parent, DOCUMENT, number);
    struct seen here = see(node_of(model, index), DOCUMENT, number);
    bool wanted =
        above.here &&
        admits(model->filter, &model->lists[index], parent, above.company, above.partner);
    if (wanted != here.here) {
        fail_msg(
            "%s: invoice %u is %s", PLACES[index].code, number,
            wanted ? "missing" : "still here");
    }
    if (wanted && (above.record_size != here.record_size ||
                   memcmp(above.record, here.record, here.record_size) != 0)) {
        fail_msg("%s: invoice %u differs", PLACES[index].code, number);
    }
}

static void settle(struct model *model)
{
    static const size_t ORDER[] = {BRANCH_A, BRANCH_B, MIDDLE, BRANCH_D};
    SAY(model, "settle\n");
    for (unsigned i = 0; i < 5; i++) {
        for (size_t k = 0; k < sizeof ORDER / sizeof ORDER[0]; k++) {
            tree_sync(model->tree, ORDER[k]);
        }
    }
    for (unsigned number = 1; number <= INVOICES; number++) {
        for (int i = 1; i < NODES && !is_held_anywhere(model, number); i++) {
            judge(model, i, number);
        }
    }
}

static void step(struct model *model)
{
    int any = draw(model, 2) == 0 ? CENTRE : (int)draw(model, NODES);
    switch (draw(model, 24)) {
    case 0:
        set_filter(model);
        break;
    case 1:
    case 2:
    case 3:
        set_list(model);
        break;
    case 4:
        delete_invoice(model, any);
        break;
    case 5:
    case 6:
        put_partner(model, any);
        break;
    case 7:
    case 8:
        cut(model);
        break;
    case 9:
        restore(model);
        break;
    case 10:
        any = (int)draw(model, NODES);
        SAY(model, "%s: restarts\n", PLACES[any].code);
        tree_reopen(model->tree, (size_t)any, NULL);
        break;
    case 11:
    case 12:
    case 13:
        any = (int)(1 + draw(model, NODES - 1));
        SAY(model, "%s: synchronises\n", PLACES[any].code);
        tree_sync(model->tree, (size_t)any);
        break;
    case 14:
        settle(model);
        break;
    default:
        put_invoice(model, any);
        break;
    }
}

static void run_seed(unsigned seed, bool narrates)
{
    struct model model = {
        .tree = tree_new(PLACES, NODES),
        .random = 0x9E3779B97F4A7C15u * seed,
        .narrates = narrates};
    for (unsigned i = 0; i < STEPS; i++) {
        step(&model);
    }
    settle(&model);
    tree_free(model.tree);
}

static unsigned seed_first = 1;
static unsigned seed_count = SEEDS;

static void test_every_node_has_what_the_model_says(void **state)
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
        cmocka_unit_test(test_every_node_has_what_the_model_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
