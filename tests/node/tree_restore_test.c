/*
 * A node that comes back from a backup: those below it know more than it does, and so
 * does its parent.
 */

#include "tree.h"

#include "routing_model.h"
#include "storage/collisions.h"

static const struct tree_node PLACES[] = {
    {.code = "ЦО", .parent = -1},
    {.code = "Ф01", .parent = 0},
    {.code = "Ф02", .parent = 1},
    {.code = "Ф03", .parent = 1}};

enum { CENTRE, MIDDLE, LEAF, OTHER, NODES };

static const char back_up[] = "rm -rf ../kept && cp -r store ../kept";
static const char restore[] = "rm -rf store && cp -r ../kept store";

#define RUN(tree, index, ...)                                                            \
    tree_run(                                                                            \
        &(tree)->nodes[index], NULL,                                                     \
        sizeof FIXTURE_WORDS(__VA_ARGS__) / sizeof(const char *),                        \
        FIXTURE_WORDS(__VA_ARGS__))

static void put_invoice(
    struct tree *tree,
    int index,
    unsigned number,
    unsigned company,
    unsigned partner)
{
    char line[LINE_BYTES];
    const char *const words[] = {"batch"};
    (void)snprintf(
        line, sizeof line,
        "{\"put\":\"%s\",\"set\":{\"Number\":\"%u\",\"Организация\":\"%s\","
        "\"Контрагент\":\"%s\"}}",
        ref(DOCUMENT, number), number, ref(COMPANY, COMPANY_FIRST + company),
        ref(PARTNER, PARTNER_FIRST + partner));
    tree_run(&tree->nodes[index], line, 1, words);
}

static void delete_invoice(struct tree *tree, int index, unsigned number)
{
    char line[LINE_BYTES];
    const char *const words[] = {"batch"};
    (void)snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref(DOCUMENT, number));
    tree_run(&tree->nodes[index], line, 1, words);
}

static void settle(struct tree *tree)
{
    for (int i = 0; i < 3; i++) {
        tree_sync(tree, MIDDLE);
        tree_sync(tree, LEAF);
        tree_sync(tree, OTHER);
    }
}

static void put_back(struct tree *tree, int index)
{
    tree_reopen(tree, (size_t)index, restore);
    RUN(tree, index, "store", "adopt", "--restored", "--by", "Анна");
    tree_reopen(tree, (size_t)index, NULL);
}

static void must_be_equal(const struct tree *tree, unsigned number)
{
    struct seen above = see(tree->nodes[CENTRE].node, DOCUMENT, number);
    for (int i = MIDDLE; i < NODES; i++) {
        struct seen here = see(tree->nodes[i].node, DOCUMENT, number);
        assert_int_equal(here.here, above.here);
        assert_int_equal(here.record_size, above.record_size);
        assert_memory_equal(here.record, above.record, above.record_size);
    }
}

/* -- a full disk, by the linker -- */

static const struct fl_store *full_store;
static unsigned full_in; /* that commit finds no room; 0: none */

enum fl_status __real_fl_txn_commit(struct fl_txn *txn);
enum fl_status __wrap_fl_txn_commit(struct fl_txn *txn);

enum fl_status __wrap_fl_txn_commit(struct fl_txn *txn)
{
    if (txn->store == full_store && full_in > 0 && --full_in == 0) {
        fl_txn_abort(txn);
        return FL_FULL;
    }
    return __real_fl_txn_commit(txn);
}

/* Whichever commit finds no room: it is made up for. */
static void test_a_restored_node_with_a_full_disk_goes_on_when_there_is_room(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth <= 6; nth++) {
        struct tree *tree = tree_new(PLACES, NODES);
        settle(tree);
        tree_reopen(tree, LEAF, back_up);
        put_invoice(tree, MIDDLE, 1, 1, 1);
        settle(tree);
        put_invoice(tree, MIDDLE, 2, 1, 1);
        tree_reopen(tree, LEAF, restore);
        tree->may_be_full = true;
        full_store = tree->nodes[LEAF].node->store;
        full_in = nth;
        settle(tree);
        must_be_equal(tree, 1);
        must_be_equal(tree, 2);
        full_in = 0;
        tree_free(tree);
    }
}

/* The leaf judges by rules of which its restored parent has not heard again yet. */
static void test_a_rule_that_the_middle_has_lost_parts_nobody(void **state)
{
    struct tree *tree = tree_new(PLACES, NODES);
    (void)state;
    settle(tree);
    tree_reopen(tree, MIDDLE, back_up);
    RUN(tree, CENTRE, "plan", "rule", DOCUMENT, "--collision", "child");
    put_invoice(tree, CENTRE, 1, 1, 1);
    put_invoice(tree, CENTRE, 2, 1, 1);
    settle(tree);
    put_back(tree, MIDDLE);
    delete_invoice(tree, LEAF, 1);
    put_invoice(tree, LEAF, 2, 2, 2);
    tree_sync(tree, OTHER); /* gives both back as they were */
    tree_sync(tree, LEAF);
    settle(tree);
    must_be_equal(tree, 1);
    must_be_equal(tree, 2);
    tree_free(tree);
}

static enum fl_plan_collision rule_at(const struct tree *tree, int index)
{
    const struct fl_node *node = tree->nodes[index].node;
    uint32_t type = key_of(node, DOCUMENT, 1).type;
    return fl_plan_rule_of(fl_node_plan(node), type)->collision;
}

/* The restored centre gives the number of settings that it has lost to other ones. */
static void test_settings_under_a_number_that_was_lost_reach_everybody(void **state)
{
    struct tree *tree = tree_new(PLACES, NODES);
    (void)state;
    settle(tree);
    tree_reopen(tree, CENTRE, back_up);
    RUN(tree, CENTRE, "plan", "rule", DOCUMENT, "--collision", "child");
    settle(tree);
    assert_int_equal(rule_at(tree, LEAF), FL_PLAN_CHILD_WINS);
    put_back(tree, CENTRE);
    RUN(tree, CENTRE, "plan", "rule", DOCUMENT, "--collision", "hand");
    settle(tree);
    for (int i = CENTRE; i < NODES; i++) {
        assert_int_equal(rule_at(tree, i), FL_PLAN_BY_HAND);
    }
    tree_free(tree);
}

/* The middle judges by the lost ones, and names them by a number that is another's now.
 */
static void test_a_collision_under_a_number_that_was_lost_parts_nobody(void **state)
{
    struct tree *tree = tree_new(PLACES, NODES);
    (void)state;
    put_invoice(tree, CENTRE, 1, 1, 1);
    settle(tree);
    tree_reopen(tree, CENTRE, back_up);
    RUN(tree, CENTRE, "plan", "rule", DOCUMENT, "--collision", "child");
    settle(tree);
    put_invoice(tree, MIDDLE, 1, 2, 2);
    put_back(tree, CENTRE);
    put_invoice(tree, CENTRE, 1, 3, 3);
    RUN(tree, CENTRE, "plan", "rule", DOCUMENT, "--collision", "parent");
    settle(tree);
    must_be_equal(tree, 1);
    tree_free(tree);
}

/* The lost life of the middle took something away that the present one still has. */
static void test_what_was_withdrawn_in_a_lost_life_is_given_back(void **state)
{
    struct tree *tree = tree_new(PLACES, NODES);
    (void)state;
    RUN(tree, CENTRE, "filter", "set", DOCUMENT, "Организация in $организации");
    RUN(tree, CENTRE, "filter", "value", "Ф01", "организации",
        ref(COMPANY, COMPANY_FIRST + 1));
    put_invoice(tree, CENTRE, 1, 1, 1);
    settle(tree);
    must_be_equal(tree, 1);
    tree_reopen(tree, MIDDLE, back_up);
    RUN(tree, CENTRE, "filter", "value", "Ф01", "организации",
        ref(COMPANY, COMPANY_FIRST + 2));
    settle(tree);
    assert_false(see(tree->nodes[LEAF].node, DOCUMENT, 1).here);
    put_back(tree, MIDDLE);
    RUN(tree, CENTRE, "filter", "value", "Ф01", "организации",
        ref(COMPANY, COMPANY_FIRST + 1));
    settle(tree);
    must_be_equal(tree, 1);
    tree_free(tree);
}

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_restored_node_with_a_full_disk_goes_on_when_there_is_room),
        cmocka_unit_test(test_a_rule_that_the_middle_has_lost_parts_nobody),
        cmocka_unit_test(test_settings_under_a_number_that_was_lost_reach_everybody),
        cmocka_unit_test(test_a_collision_under_a_number_that_was_lost_parts_nobody),
        cmocka_unit_test(test_what_was_withdrawn_in_a_lost_life_is_given_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
