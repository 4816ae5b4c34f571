/* Stores that are brought to another place, and stores that are put back by command. */

#include "fixture.h"

#include <sys/stat.h>

static void use_machine(const struct fixture *fixture, const char *name)
{
    char line[2 * FIXTURE_PATH_BYTES];
    fixture_write(fixture_path(fixture, name), name);
    snprintf(
        line, sizeof line, "allow_any_file_system = yes\nmachine_file = %s\n",
        fixture_path(fixture, name));
    fixture_write(fixture_path(fixture, "node/node.conf"), line);
}

static void reopen_at(struct fixture *fixture, const char *name)
{
    struct fl_error error;
    fl_node_close(fixture->node);
    fixture->node = NULL;
    if (fl_node_open(fixture_path(fixture, name), &fixture->node, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
}

static void shell(const struct fixture *fixture, const char *words)
{
    char command[2 * FIXTURE_PATH_BYTES];
    snprintf(command, sizeof command, "cd '%s' && %s", fixture->directory, words);
    assert_int_equal(system(command), 0);
}

static void put(struct fixture *fixture, const char *code)
{
    char value[40];
    snprintf(value, sizeof value, "Code=%s", code);
    assert_int_equal(
        fixture_run(fixture, "object", "put", "Catalog.Валюты", "--set", value), 0);
}

static void must_hold(struct fixture *fixture, const char *total)
{
    assert_int_equal(fixture_run(fixture, "status", "--counts"), 0);
    fixture_must_say(fixture->out, total);
}

static void test_a_store_is_at_home_where_it_was_made(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
    use_machine(fixture, "machine-a");
    reopen_at(fixture, "node");
    /* Made where the machine had another name. */
    assert_int_equal(fixture_run(fixture, "store", "adopt", "--moved"), 0);
    reopen_at(fixture, "node");
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
}

static void test_another_machine_is_noticed_until_somebody_says_moved(void **state)
{
    struct fixture *fixture = *state;
    use_machine(fixture, "machine-a");
    reopen_at(fixture, "node");
    assert_int_equal(fixture_run(fixture, "store", "adopt", "--moved"), 0);
    struct fl_uuid incarnation = fixture->node->identity->incarnation;
    use_machine(fixture, "machine-b");
    for (int i = 0; i < 2; i++) {
        reopen_at(fixture, "node");
        assert_int_equal(fixture->node->home, FL_HOME_OTHER_MACHINE);
        put(fixture, i == 0 ? "643" : "840"); /* those beside it work on */
        assert_int_equal(fixture_run(fixture, "sync", "now"), 1);
        fixture_must_say(fixture->complaint, "filial store adopt --moved");
        assert_int_equal(fixture_run(fixture, "status"), 0);
        fixture_must_say(fixture->out, "other_machine");
    }
    assert_int_equal(fixture_run(fixture, "store", "adopt", "--moved"), 0);
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
    reopen_at(fixture, "node");
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
    assert_true(fl_uuid_equal(incarnation, fixture->node->identity->incarnation));
}

static void test_a_copy_in_another_directory_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct fl_uuid incarnation = fixture->node->identity->incarnation;
    shell(fixture, "cp -a node copy");
    reopen_at(fixture, "copy");
    assert_int_equal(fixture->node->home, FL_HOME_OTHER_DIRECTORY);
    assert_int_equal(fixture_run(fixture, "store", "adopt", "--restored"), 0);
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
    assert_false(fl_uuid_equal(incarnation, fixture->node->identity->incarnation));
    assert_true(fl_uuid_equal(incarnation, fixture->node->restored.replaced));
    reopen_at(fixture, "copy");
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
    reopen_at(fixture, "node");
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
}

static void test_a_directory_that_was_renamed_is_the_same(void **state)
{
    struct fixture *fixture = *state;
    shell(fixture, "mv node elsewhere");
    reopen_at(fixture, "elsewhere");
    assert_int_equal(fixture->node->home, FL_HOME_OURS);
}

static void test_adopt_wants_one_word(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_run(fixture, "store", "adopt"), 2);
    assert_int_equal(fixture_run(fixture, "store", "adopt", "--moved", "--restored"), 2);
}

/* Commands that need the node closed are given its directory. */
static int run_alone(struct fixture *fixture, const char *backup)
{
    struct fl_node *none = NULL;
    static struct fl_node closed;
    char directory[FIXTURE_PATH_BYTES];
    fl_node_close(fixture->node);
    snprintf(directory, sizeof directory, "%s", fixture_path(fixture, "node"));
    closed.directory = directory;
    fixture->node = &closed;
    int status = fixture_run(fixture, "store", "restore", backup, "--by", "Анна");
    fixture->node = none;
    return status;
}

static void test_a_backup_is_put_in_place(void **state)
{
    struct fixture *fixture = *state;
    struct stat there;
    put(fixture, "643");
    const char *backup = fixture_path(fixture, "backup");
    assert_int_equal(fixture_run(fixture, "store", "backup", backup), 0);
    put(fixture, "840");
    struct fl_uuid incarnation = fixture->node->identity->incarnation;
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(run_alone(fixture, fixture_path(fixture, "backup")), 0);
        fixture_must_say(fixture->out, i == 1 ? "store.replaced-1" : "store.replaced-2");
        reopen_at(fixture, "node");
        must_hold(fixture, "total 1");
        assert_int_equal(fixture->node->home, FL_HOME_OURS);
        assert_false(fl_uuid_equal(incarnation, fixture->node->identity->incarnation));
        assert_true(fl_uuid_equal(incarnation, fixture->node->restored.replaced));
        assert_true(fl_uuid_equal(
            fixture->node->restored.incarnation, fixture->node->identity->incarnation));
        assert_string_equal(fixture->node->restored.by, "Анна");
    }
    /* Nothing of the store before is lost. */
    assert_int_equal(lstat(fixture_path(fixture, "node/store.replaced-1"), &there), 0);
    shell(fixture, "mv node/store node/later && mv node/store.replaced-1 node/store");
    reopen_at(fixture, "node");
    must_hold(fixture, "total 2");
}

static void test_a_store_that_is_lost_is_restored_too(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "643");
    assert_int_equal(
        fixture_run(fixture, "store", "backup", fixture_path(fixture, "backup")), 0);
    shell(fixture, "rm -r node/store");
    assert_int_equal(run_alone(fixture, fixture_path(fixture, "backup")), 0);
    reopen_at(fixture, "node");
    must_hold(fixture, "total 1");
}

static void test_what_is_no_backup_of_this_node_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct stat there;
    put(fixture, "643");
    struct fl_node *other = fixture_node(fixture, "other", "Ф99");
    fl_node_close(other);
    fixture_write(fixture_path(fixture, "data.mdb"), "not a store");
    assert_int_equal(run_alone(fixture, fixture_path(fixture, "nowhere")), 1);
    fixture_must_say(fixture->complaint, "filial store backup");
    reopen_at(fixture, "node");
    assert_int_equal(run_alone(fixture, fixture_path(fixture, "other/store")), 1);
    fixture_must_say(fixture->complaint, "another node (Ф99)");
    reopen_at(fixture, "node");
    assert_int_equal(run_alone(fixture, fixture->directory), 1);
    reopen_at(fixture, "node");
    must_hold(fixture, "total 1");
    assert_int_equal(lstat(fixture_path(fixture, "node/store.restore"), &there), -1);
    assert_int_equal(lstat(fixture_path(fixture, "node/store.replaced-1"), &there), -1);
    assert_true(fl_uuid_is_zero(fixture->node->restored.incarnation));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_store_is_at_home_where_it_was_made),
        CASE(test_another_machine_is_noticed_until_somebody_says_moved),
        CASE(test_a_copy_in_another_directory_is_noticed),
        CASE(test_a_directory_that_was_renamed_is_the_same),
        CASE(test_adopt_wants_one_word),
        CASE(test_a_backup_is_put_in_place),
        CASE(test_a_store_that_is_lost_is_restored_too),
        CASE(test_what_is_no_backup_of_this_node_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
