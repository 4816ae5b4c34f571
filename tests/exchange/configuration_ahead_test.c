/*
 * Configurations of more files than are read at once: what comes of them is the same as
 * one file after the other would give.
 */

#include "dump_made.h"
#include "told.h"

enum { CATALOGS = 300 };

static void put_catalogs(void)
{
    static char children[CATALOGS * 64];
    char path[64];
    char text[2048];

    children[0] = '\0';
    for (int i = 0; i < CATALOGS; i++) {
        const size_t used = strlen(children);

        (void)snprintf(
            children + used, sizeof(children) - used, "<Catalog>Список%d</Catalog>", i);
        (void)snprintf(path, sizeof(path), "Catalogs/Список%d.xml", i);
        (void)snprintf(
            text, sizeof(text),
            OBJECT(
                "Catalog", NAME("Список%d") "<CodeLength>9</CodeLength>",
                FIELD("Attribute", "Поле%d", STRING)),
            i, i);
        put(path, text);
    }
    put_configuration(children);
}

static void test_files_come_in_the_order_of_the_list(void **state)
{
    char name[64];

    (void)state;
    put_catalogs();
    struct fl_configuration *const configuration = load();

    assert_int_equal(configuration->type_count, CATALOGS);
    for (int i = 0; i < CATALOGS; i++) {
        (void)snprintf(name, sizeof(name), "Catalog.Список%d", i);
        const struct fl_type *const type = find(configuration, name);

        (void)snprintf(name, sizeof(name), "Поле%d", i);
        (void)attribute(type, name);
    }
    fl_configuration_free(configuration);
}

static void test_a_file_that_is_not_there_is_noted(void **state)
{
    char path[128];

    (void)state;
    put_catalogs();
    (void)snprintf(path, sizeof(path), "%s/Catalogs/Список200.xml", directory);
    assert_int_equal(remove(path), 0);
    struct fl_configuration *const configuration = load();

    assert_int_equal(configuration->type_count, CATALOGS - 1);
    assert_int_equal(configuration->note_count, 1);
    assert_non_null(strstr(configuration->notes[0], "Catalog.Список200"));
    fl_configuration_free(configuration);
}

/* The first one in the list, whichever is read first; the others are given up. */
static void test_the_first_broken_file_is_named(void **state)
{
    (void)state;
    put_catalogs();
    put("Catalogs/Список150.xml", "<MetaDataObject>");
    put("Catalogs/Список151.xml", "nothing of the kind");
    must_refuse(FL_MALFORMED, "Catalogs/Список150.xml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_files_come_in_the_order_of_the_list, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(
            test_a_file_that_is_not_there_is_noted, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(
            test_the_first_broken_file_is_named, make_directory, remove_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
