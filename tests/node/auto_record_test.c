/*
 * A change is registered when it is written, by the rule of AutoRecord of then, as in 1C:
 * switching it off takes nothing back, switching it on registers nothing. The rows of the
 * state table with the rule turning between them, for native nodes and for bases.
 */

#include "tree.h"

#include "plan/plan_turns.h"
#include "storage/auto_record.h"
#include "storage/collisions.h"
#include "storage/sweeper.h"

enum { ROOT, FIRST, SECOND, BELOW, NODES };

#define TYPE "Catalog.Валюты"

static int setup(void **state)
{
    static const struct tree_node nodes[NODES] = {
        [ROOT] = {.code = "ЦО", .parent = -1},
        [FIRST] = {.code = "Ф01", .parent = ROOT},
        [SECOND] = {.code = "Ф02", .parent = ROOT},
        [BELOW] = {.code = "Ф03", .parent = FIRST}};
    *state = tree_new(nodes, NODES);
    return 0;
}

static int teardown(void **state)
{
    tree_free(*state);
    return 0;
}

/* -- what people do -- */

static void run(struct tree *tree, size_t index, const char *line)
{
    char copy[300];
    const char *words[16];
    size_t count = 0;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    (void)tree_run(&tree->nodes[index], NULL, count, words);
}

static void turn_on(struct tree *tree, bool on)
{
    run(tree, ROOT,
        on ? "plan rule " TYPE " --auto-record yes"
           : "plan rule " TYPE " --auto-record no");
}

static const char *ref_of(unsigned number)
{
    static char text[100];
    (void)snprintf(text, sizeof text, TYPE ":11111111-2222-4333-8444-%012u", number);
    return text;
}

static void put(struct tree *tree, size_t index, unsigned number, const char *text)
{
    const char *const words[] = {"batch"};
    char line[300];
    (void)snprintf(
        line, sizeof line,
        "{\"put\":\"%s\",\"set\":{\"Code\":\"%u\",\"Description\":\"%s\"}}",
        ref_of(number), number, text);
    (void)tree_run(&tree->nodes[index], line, 1, words);
}

static void delete (struct tree *tree, size_t index, unsigned number)
{
    const char *const words[] = {"batch"};
    char line[300];
    (void)snprintf(line, sizeof line, "{\"delete\":\"%s\"}", ref_of(number));
    (void)tree_run(&tree->nodes[index], line, 1, words);
}

static void change_registration(
    struct tree *tree,
    const char *verb,
    unsigned number,
    const char *code)
{
    const char *const words[] = {verb, ref_of(number), "--for", code};
    (void)tree_run(&tree->nodes[ROOT], NULL, 4, words);
}

/* The description there, NULL: it is not there. */
static const char *says(struct tree *tree, size_t index, unsigned number)
{
    const char *const words[] = {"object", "get", ref_of(number), "--json"};
    static char text[64];
    struct fixture *fixture = tree->fixture;
    fixture->node = tree->nodes[index].node;
    int exit_status = fixture_run_words(fixture, NULL, 4, words);
    fixture->node = NULL;
    if (exit_status != 0) {
        return NULL;
    }
    const char *found = strstr(fixture->out, "\"Description\": \"");
    assert_non_null(found);
    found += strlen("\"Description\": \"");
    (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(found, "\""), found);
    return text;
}

static void must_say(struct tree *tree, size_t index, unsigned number, const char *text)
{
    const char *there = says(tree, index, number);
    assert_non_null(there);
    assert_string_equal(there, text);
}

static struct fl_peer *peer_of(struct tree *tree, size_t index)
{
    return (struct fl_peer *)(uintptr_t)fl_link_peer(tree->wires[index].down.link);
}

/* The last number of a message that the node has from its parent. */
static uint64_t received(struct tree *tree, size_t index)
{
    return fl_link_peer(tree->wires[index].up.link)->number_received;
}

static uint64_t waiting(struct tree *tree, const char *code)
{
    const char *const words[] = {"node", "list", "--json"};
    char mark[64];
    (void)tree_run(&tree->nodes[ROOT], NULL, 3, words);
    (void)snprintf(mark, sizeof mark, "\"code\": \"%s\"", code);
    const char *found = strstr(tree->fixture->out, mark);
    assert_non_null(found);
    found = strstr(found, "\"waiting\": ");
    assert_non_null(found);
    return strtoull(found + strlen("\"waiting\": "), NULL, 10);
}

static uint64_t collisions(struct tree *tree, size_t index)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, tree->nodes[index].node->store, FL_TXN_READ);
    uint64_t count = fl_collisions_count(&txn);
    fl_txn_abort(&txn);
    return count;
}

/* Dead entries go, wherever they stand. */
static void sweep(struct tree *tree, size_t index)
{
    struct fl_sweep sweep = {.lsn_next = 0};
    struct fl_error error;
    while (!sweep.done) {
        assert_int_equal(
            fl_sweep(tree->nodes[index].node->store, UINT64_MAX, &sweep, &error), FL_OK);
    }
    struct fl_plan_turns_tidy turns = {.plan = 0};
    while (!fl_plan_turns_tidy(tree->nodes[index].node, &turns)) {
    }
}

/* -- the rows -- */

static void test_written_while_on_it_is_sent_after_it_is_off(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "one");
    turn_on(tree, false);
    assert_int_equal(waiting(tree, "Ф01"), 2); /* with the settings */
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "one");
    assert_int_equal(waiting(tree, "Ф01"), 0);
}

static void test_written_while_off_it_is_not_sent_after_it_is_on(void **state)
{
    struct tree *tree = *state;
    turn_on(tree, false);
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "one");
    turn_on(tree, true);
    put(tree, ROOT, 2, "two");
    assert_int_equal(waiting(tree, "Ф01"), 2); /* the second, and the settings */
    tree_sync(tree, FIRST);
    assert_null(says(tree, FIRST, 1));
    must_say(tree, FIRST, 2, "two");
    put(tree, ROOT, 1, "again");
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "again");
}

static void test_written_again_while_off_it_goes_once_as_it_is_now(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "while on");
    turn_on(tree, false);
    put(tree, ROOT, 1, "while off");
    put(tree, ROOT, 1, "once more");
    put(tree, ROOT, 2, "never on");
    assert_int_equal(waiting(tree, "Ф01"), 2);
    sweep(tree, ROOT);
    assert_int_equal(waiting(tree, "Ф01"), 2);
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "once more");
    assert_null(says(tree, FIRST, 2));
    uint64_t number = received(tree, FIRST);
    tree_sync(tree, FIRST);
    assert_int_equal(received(tree, FIRST), number);
    /* It was confirmed: what is written now is not registered. */
    put(tree, ROOT, 1, "later");
    assert_int_equal(waiting(tree, "Ф01"), 0);
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "once more");
}

static void test_written_off_and_then_on_it_goes_once(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "first");
    turn_on(tree, false);
    put(tree, ROOT, 1, "while off");
    turn_on(tree, true);
    put(tree, ROOT, 1, "while on");
    assert_int_equal(waiting(tree, "Ф01"), 2);
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "while on");
}

static void test_deleted_while_off_it_goes_as_a_deletion(void **state)
{
    struct tree *tree = *state;
    put(tree, ROOT, 1, "one");
    put(tree, ROOT, 2, "two");
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "changed");
    turn_on(tree, false);
    delete (tree, ROOT, 1);
    delete (tree, ROOT, 2);
    tree_sync(tree, FIRST);
    assert_null(says(tree, FIRST, 1));
    must_say(tree, FIRST, 2, "two");
}

static void test_each_peer_gets_what_he_has_not_confirmed(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, FIRST);
    tree_sync(tree, SECOND);
    put(tree, ROOT, 1, "one");
    tree_sync(tree, FIRST);
    turn_on(tree, false);
    put(tree, ROOT, 1, "while off");
    tree_sync(tree, FIRST);
    tree_sync(tree, SECOND);
    must_say(tree, FIRST, 1, "one");
    must_say(tree, SECOND, 1, "while off");
}

static void test_it_holds_after_a_restart(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "one");
    put(tree, ROOT, 2, "two");
    turn_on(tree, false);
    put(tree, ROOT, 2, "while off");
    put(tree, ROOT, 3, "never");
    sweep(tree, ROOT);
    tree_reopen(tree, ROOT, NULL);
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "one");
    must_say(tree, FIRST, 2, "while off");
    assert_null(says(tree, FIRST, 3));
}

static void test_what_was_taken_back_does_not_come_again(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "one");
    turn_on(tree, false);
    put(tree, ROOT, 1, "while off");
    change_registration(tree, "unregister", 1, "Ф01");
    put(tree, ROOT, 1, "once more");
    tree_sync(tree, FIRST);
    assert_null(says(tree, FIRST, 1));
    tree_sync(tree, SECOND);
    must_say(tree, SECOND, 1, "once more");
}

static void test_a_rule_that_comes_from_the_parent_turns_at_its_place(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, BELOW);
    tree_sync(tree, FIRST);
    tree_disconnect(tree, &tree->wires[BELOW]);
    put(tree, FIRST, 1, "while on");
    put(tree, FIRST, 2, "while on");
    turn_on(tree, false);
    tree_sync(tree, FIRST); /* the settings; and up what was written there */
    put(tree, FIRST, 2, "while off");
    put(tree, FIRST, 3, "never");
    tree_sync(tree, BELOW);
    must_say(tree, BELOW, 1, "while on");
    must_say(tree, BELOW, 2, "while off");
    assert_null(says(tree, BELOW, 3));
    tree_sync(tree, FIRST);
    must_say(tree, ROOT, 1, "while on");
    must_say(tree, ROOT, 2, "while on");
    assert_null(says(tree, ROOT, 3));
}

static void test_settings_hold_for_what_comes_behind_them(void **state)
{
    struct tree *tree = *state;
    turn_on(tree, false);
    tree_sync(tree, FIRST);
    tree_sync(tree, BELOW);
    put(tree, ROOT, 1, "by hand");
    turn_on(tree, true);
    put(tree, ROOT, 2, "by itself");
    change_registration(tree, "register", 1, "Ф01");
    /* What was registered by hand goes ahead of the settings, the other behind them. */
    tree_sync(tree, FIRST);
    tree_sync(tree, BELOW);
    must_say(tree, FIRST, 1, "by hand");
    assert_null(says(tree, BELOW, 1));
    must_say(tree, BELOW, 2, "by itself");
}

static void test_what_is_registered_collides(void **state)
{
    struct tree *tree = *state;
    put(tree, ROOT, 1, "one");
    put(tree, ROOT, 2, "two");
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "centre");
    turn_on(tree, false);
    put(tree, ROOT, 1, "while off");
    put(tree, ROOT, 2, "unasked");
    put(tree, FIRST, 1, "branch");
    put(tree, FIRST, 2, "branch");
    tree_sync(tree, FIRST);
    tree_sync(tree, FIRST);
    assert_int_equal(collisions(tree, ROOT), 1);
    must_say(tree, ROOT, 1, "while off");
    must_say(tree, FIRST, 1, "while off");
    must_say(tree, ROOT, 2, "branch");
}

/* What it sent itself ends what was registered for it, and for nobody else. */
static void test_what_the_peer_wrote_ends_its_registration(void **state)
{
    struct tree *tree = *state;
    run(tree, ROOT, "plan rule " TYPE " --collision child");
    put(tree, ROOT, 1, "one");
    tree_sync(tree, FIRST);
    tree_sync(tree, SECOND);
    tree_disconnect(tree, &tree->wires[SECOND]);
    put(tree, ROOT, 1, "centre");
    put(tree, FIRST, 1, "branch"); /* while it is on there */
    turn_on(tree, false);
    tree_sync(tree, FIRST);
    must_say(tree, ROOT, 1, "branch");
    put(tree, ROOT, 1, "while off");
    assert_int_equal(waiting(tree, "Ф01"), 0);
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "branch");
    tree_sync(tree, SECOND);
    must_say(tree, SECOND, 1, "while off");
}

/* Above is a part of a message, and what it held was written again meanwhile. */
static void test_a_message_that_was_cut_goes_as_it_is_now(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, FIRST);
    put(tree, ROOT, 1, "one");
    struct tree_wire *wire = &tree->wires[FIRST];
    tree_connect(tree, wire);
    fl_replicator_sync(wire->up.link, tree->now_ms);
    for (unsigned i = 0; i < 200 && peer_of(tree, FIRST)->number_sent < 2; i++) {
        tree_turn(tree);
    }
    tree_disconnect(tree, wire);
    turn_on(tree, false);
    put(tree, ROOT, 1, "while off");
    tree_sync(tree, FIRST);
    tree_sync(tree, FIRST);
    must_say(tree, FIRST, 1, "while off");
}

/* The peer that was put back gets again what was registered while the rule was on. */
static void test_a_peer_from_a_backup_gets_it_again(void **state)
{
    struct tree *tree = *state;
    tree_sync(tree, SECOND);
    tree_reopen(tree, SECOND, "cp -r store backup");
    put(tree, ROOT, 1, "one");
    put(tree, ROOT, 2, "two");
    tree_sync(tree, SECOND);
    turn_on(tree, false);
    put(tree, ROOT, 2, "while off");
    tree_sync(tree, SECOND);
    tree_sync(tree, FIRST);
    sweep(tree, ROOT);
    must_say(tree, SECOND, 2, "two");
    tree_reopen(tree, SECOND, "rm -r store && mv backup store");
    assert_null(says(tree, SECOND, 1));
    tree_sync(tree, SECOND);
    tree_sync(tree, SECOND);
    must_say(tree, SECOND, 1, "one");
    must_say(tree, SECOND, 2, "while off");
}

/* -- a base that exchanges packages -- */

static void export(struct tree *tree)
{
    run(tree, ROOT, "export --to БП01 --json out.xml");
}

static void confirm(struct tree *tree, unsigned number)
{
    FILE *file = fopen(fixture_path(tree->fixture, "in.xml"), "wb");
    assert_non_null(file);
    (void)fprintf(
        file,
        "<v8msg:Message xmlns:v8msg=\"http://v8.1c.ru/messages\"><v8msg:Header>"
        "<v8msg:ExchangePlan>%s</v8msg:ExchangePlan><v8msg:To>ЦО</v8msg:To>"
        "<v8msg:From>БП01</v8msg:From><v8msg:MessageNo>%u</v8msg:MessageNo>"
        "<v8msg:ReceivedNo>%u</v8msg:ReceivedNo></v8msg:Header><v8msg:Body/>"
        "</v8msg:Message>",
        tree->nodes[ROOT].node->plan, number, number);
    assert_int_equal(fclose(file), 0);
    run(tree, ROOT, "import in.xml");
}

static void test_packages_carry_what_was_registered_while_on(void **state)
{
    struct tree *tree = *state;
    run(tree, ROOT, "node add БП01 --format=v8msg");
    put(tree, ROOT, 1, "one");
    put(tree, ROOT, 2, "two");
    turn_on(tree, false);
    put(tree, ROOT, 2, "while off");
    put(tree, ROOT, 3, "never");
    sweep(tree, ROOT);
    export(tree);
    fixture_must_say(tree->fixture->out, "\"objects\": 2");
    export(tree);
    fixture_must_say(tree->fixture->out, "\"objects\": 2");
    confirm(tree, 2);
    export(tree);
    fixture_must_say(tree->fixture->out, "\"objects\": 0");
    put(tree, ROOT, 1, "later");
    turn_on(tree, true);
    export(tree);
    fixture_must_say(tree->fixture->out, "\"objects\": 0");
    put(tree, ROOT, 3, "by itself");
    export(tree);
    fixture_must_say(tree->fixture->out, "\"objects\": 1");
}

/* Whether or not somebody else is far behind, and there is much to be remembered. */
static void test_a_base_finds_the_rule_that_holds_when_it_comes(void **state)
{
    struct tree *tree = *state;
    run(tree, ROOT, "node add БП02 --format=v8msg");
    put(tree, ROOT, 1, "one");
    put(tree, ROOT, 2, "two");
    turn_on(tree, false);
    put(tree, ROOT, 2, "while off");
    run(tree, ROOT, "node add БП01 --format=v8msg");
    export(tree);
    fixture_must_say(tree->fixture->out, "\"objects\": 0");
    run(tree, ROOT, "export --to БП02 --json out.xml");
    fixture_must_say(tree->fixture->out, "\"objects\": 2");
    turn_on(tree, true);
    run(tree, ROOT, "node add БП03 --format=v8msg");
    run(tree, ROOT, "export --to БП03 --json out.xml");
    fixture_must_say(tree->fixture->out, "\"objects\": 2");
    export(tree);
    fixture_must_say(tree->fixture->out, "\"objects\": 0");
}

/* -- upkeep -- */

static uint64_t recorded_rows(struct tree *tree)
{
    struct fl_node *node = tree->nodes[ROOT].node;
    struct fl_auto_recorded recorded = {.lsn = 0};
    struct fl_txn txn;
    uint64_t count = 0;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (fl_auto_recorded_next(&txn, node->plan_hash, recorded.lsn + 1, &recorded) ==
           FL_OK) {
        count++;
    }
    fl_txn_abort(&txn);
    return count;
}

static void test_what_everybody_has_is_forgotten(void **state)
{
    struct tree *tree = *state;
    put(tree, ROOT, 1, "one");
    tree_sync(tree, FIRST);
    tree_sync(tree, SECOND);
    turn_on(tree, false);
    put(tree, ROOT, 1, "while off");
    assert_int_equal(recorded_rows(tree), 1);
    for (unsigned i = 0; i < 2 * FL_MESSAGES_REMEMBERED && recorded_rows(tree) > 0; i++) {
        /* A peer that was put back is given again what messages had that are known. */
        run(tree, ROOT,
            i % 2 == 0 ? "plan rule Catalog.Контрагенты --collision child"
                       : "plan rule Catalog.Контрагенты --collision parent");
        tree_sync(tree, FIRST);
        tree_sync(tree, SECOND);
        sweep(tree, ROOT);
        assert_true(i >= FL_MESSAGES_REMEMBERED || recorded_rows(tree) == 1);
    }
    assert_int_equal(recorded_rows(tree), 0);
    /* The rule is what it was. */
    put(tree, ROOT, 1, "never");
    put(tree, ROOT, 2, "never");
    assert_int_equal(recorded_rows(tree), 0);
    tree_sync(tree, FIRST);
    assert_null(says(tree, FIRST, 2));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CASE(test_written_while_on_it_is_sent_after_it_is_off),
        CASE(test_written_while_off_it_is_not_sent_after_it_is_on),
        CASE(test_written_again_while_off_it_goes_once_as_it_is_now),
        CASE(test_written_off_and_then_on_it_goes_once),
        CASE(test_deleted_while_off_it_goes_as_a_deletion),
        CASE(test_each_peer_gets_what_he_has_not_confirmed),
        CASE(test_it_holds_after_a_restart),
        CASE(test_what_was_taken_back_does_not_come_again),
        CASE(test_a_rule_that_comes_from_the_parent_turns_at_its_place),
        CASE(test_settings_hold_for_what_comes_behind_them),
        CASE(test_what_is_registered_collides),
        CASE(test_what_the_peer_wrote_ends_its_registration),
        CASE(test_a_message_that_was_cut_goes_as_it_is_now),
        CASE(test_a_base_finds_the_rule_that_holds_when_it_comes),
        CASE(test_a_peer_from_a_backup_gets_it_again),
        CASE(test_packages_carry_what_was_registered_while_on),
        CASE(test_what_everybody_has_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
