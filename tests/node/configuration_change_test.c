/*
 * A configuration that changes at the centre while a branch works on with the old one.
 */

#include "pair.h"

#include "storage/configurations.h"

/* Edits of the demonstration's Валюты.xml, as sed has them. */
#define ADD_SYMBOL                                                                        \
    "0,/<ChildObjects>/s|<ChildObjects>|<ChildObjects><Attribute "                        \
    "uuid=\"11111111-0000-4000-8000-000000000001\"><Properties><Name>Символ</Name>" \
    "<Type><v8:Type>xs:string</v8:Type><v8:StringQualifiers><v8:Length>5</v8:Length>"     \
    "</v8:StringQualifiers></Type></Properties></Attribute>|"
#define RENAME_MULTIPLICITY "s|<Name>Кратность</Name>|<Name>Множитель</Name>|"
#define WIDEN               "s|<v8:Length>50</v8:Length>|<v8:Length>100</v8:Length>|"
#define NARROW              "s|<v8:Length>50</v8:Length>|<v8:Length>3</v8:Length>|"

static int load(struct side *side, const char *edit)
{
    struct fixture *fixture = side->pair->fixture;
    char command[2000];
    char path[FIXTURE_PATH_BYTES];
    static unsigned count;
    snprintf(path, sizeof path, "%s/dump%u", fixture->directory, ++count);
    snprintf(
        command, sizeof command,
        "cp -r '%s' '%s' && chmod -R u+w '%s' && sed -i '%s' '%s/Catalogs/Валюты.xml'",
        FILIAL_DEMO_CONFIGURATION, path, path, edit, path);
    assert_int_equal(system(command), 0);
    const char *const words[] = {"configuration", "load", path};
    fixture->node = side->node;
    int exit_status = fixture_run_words(fixture, NULL, 3, words);
    fixture->node = NULL;
    return exit_status;
}

static void must_load(struct side *side, const char *edit)
{
    if (load(side, edit) != 0) {
        fail_msg("%s", side->pair->fixture->complaint);
    }
}

static void must_have_one_configuration(const struct pair *pair)
{
    assert_memory_equal(
        pair->branch.node->configuration->hash, pair->centre.node->configuration->hash,
        FL_CONFIGURATION_HASH_BYTES);
}

static void put(struct side *side, unsigned number, const char *attribute, const char *is)
{
    char line[300];
    snprintf(
        line, sizeof line,
        "{\"put\":\"Catalog.Валюты:11111111-2222-4333-8444-%012u\",\"set\":{\"%s\":"
        "\"%s\"}}",
        number, attribute, is);
    batch(side, line);
}

static uint64_t quarantined_by(const struct side *side)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    uint64_t count = fl_quarantine_count(&txn);
    fl_txn_abort(&txn);
    return count;
}

static void test_a_new_configuration_travels_down_and_is_used(void **state)
{
    struct pair *pair = *state;
    put_currency(&pair->branch, 1, "before");
    put(&pair->branch, 1, "Кратность", "7");
    synchronise(pair);
    must_load(&pair->centre, ADD_SYMBOL ";" WIDEN);
    put(&pair->centre, 2, "Символ", "%");
    synchronise(pair);
    must_have_one_configuration(pair);
    must_be_equal(pair);
    must_say_of(&pair->branch, 2, "%");
    must_say_of(&pair->branch, 1, "7"); /* as it was, though a new attribute came first */
    put(&pair->branch, 1, "Символ", "$");
    synchronise(pair);
    must_be_equal(pair);
    must_say_of(&pair->centre, 1, "$");
}

static void test_a_branch_with_the_old_one_can_always_send(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    put_currency(&pair->branch, 1, "off line");
    put(&pair->branch, 1, "Кратность", "7");
    must_load(&pair->centre, ADD_SYMBOL ";" RENAME_MULTIPLICITY);
    put_currency(&pair->centre, 2, "meanwhile");
    synchronise(pair);
    synchronise(pair);
    must_have_one_configuration(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 2);
    assert_int_equal(quarantined_by(&pair->centre), 0);
    must_say_of(&pair->centre, 1, "7"); /* what is gone from packages is not lost */
}

static void test_what_fits_no_more_is_quarantined_and_the_rest_flows(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    put(&pair->branch, 1, "НаименованиеПолное", "longer than three");
    put(&pair->branch, 2, "НаименованиеПолное", "abc");
    must_load(&pair->centre, NARROW);
    synchronise(pair);
    assert_int_equal(quarantined_by(&pair->centre), 1);
    assert_int_equal(objects_of(&pair->centre), 1);
    must_say_of(&pair->centre, 2, "abc");
    struct fl_quarantined quarantined;
    struct fl_txn txn;
    fl_txn_begin(&txn, pair->centre.node->store, FL_TXN_READ);
    assert_int_equal(fl_quarantine_next(&txn, 0, &quarantined), FL_OK);
    char reason[FL_NAME_BYTES_MAX + 1] = "";
    memcpy(reason, quarantined.reason.data, quarantined.reason.size);
    fl_txn_abort(&txn);
    fixture_must_say(reason, "НаименованиеПолное");
}

static void test_several_changes_reach_a_branch_that_was_away(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    must_load(&pair->centre, ADD_SYMBOL);
    put(&pair->centre, 1, "Символ", "a");
    must_load(&pair->centre, ADD_SYMBOL ";" WIDEN);
    put(&pair->centre, 2, "Символ", "b");
    must_load(&pair->centre, RENAME_MULTIPLICITY);
    put(&pair->centre, 3, "Множитель", "4");
    put_currency(&pair->branch, 4, "old");
    synchronise(pair);
    synchronise(pair);
    must_have_one_configuration(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 4);
}

static void test_a_branch_takes_its_configuration_from_the_parent(void **state)
{
    struct pair *pair = *state;
    synchronise(pair);
    assert_int_equal(load(&pair->branch, ADD_SYMBOL), 1);
    fixture_must_say(pair->fixture->complaint, "comes from its parent");
    must_have_one_configuration(pair);
}

static void test_packages_have_the_order_of_the_new_one(void **state)
{
    struct pair *pair = *state;
    put(&pair->centre, 1, "Кратность", "7");
    must_load(&pair->centre, ADD_SYMBOL ";" RENAME_MULTIPLICITY);
    put(&pair->centre, 1, "Символ", "%");
    const char *const words[] = {
        "object", "get", "Catalog.Валюты:11111111-2222-4333-8444-000000000001",
        "--format", "xml"};
    run_on(&pair->centre, NULL, 5, words);
    const char *out = pair->fixture->out;
    assert_non_null(strstr(out, "<Символ>%</Символ>"));
    assert_true(strstr(out, "<Символ>") < strstr(out, "<НаименованиеПолное"));
    assert_non_null(strstr(out, "<Множитель>"));
    assert_null(strstr(out, "<Кратность"));
}

/* Neither follows the other: nothing is mixed, nothing is lost, and both say why. */
static void test_two_strange_configurations_are_not_mixed(void **state)
{
    struct pair *pair = *state;
    must_load(&pair->branch, ADD_SYMBOL);
    put(&pair->branch, 1, "Символ", "a");
    put_currency(&pair->centre, 2, "centre");
    struct fixture_state branch = fixture_content(pair->branch.node);
    struct fixture_state centre = fixture_content(pair->centre.node);
    assert_false(synchronise_within(pair, 5000));
    fixture_must_be_unchanged(pair->branch.node, &branch);
    fixture_must_be_unchanged(pair->centre.node, &centre);
    assert_int_equal(quarantined_by(&pair->branch), 0);
    assert_int_equal(quarantined_by(&pair->centre), 0);
}

int main(void)
{
#define PAIR_TEST(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_a_new_configuration_travels_down_and_is_used),
        PAIR_TEST(test_a_branch_with_the_old_one_can_always_send),
        PAIR_TEST(test_what_fits_no_more_is_quarantined_and_the_rest_flows),
        PAIR_TEST(test_several_changes_reach_a_branch_that_was_away),
        PAIR_TEST(test_a_branch_takes_its_configuration_from_the_parent),
        PAIR_TEST(test_packages_have_the_order_of_the_new_one),
        PAIR_TEST(test_two_strange_configurations_are_not_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
