/* What a section lists of a base: properties, and of their values only those that are
 * theirs. */

#include "fixture.h"

#include "site/site_file.h"
#include "site/site_tree.h"

/* Partners are properties here and contracts their values: those of one partner alone. */
static const char MAPPING[] = "version = 2.07\n"
                              "\n"
                              "[Свойство]\n"
                              "type = Catalog.Контрагенты\n"
                              "direction = out\n"
                              "only = ИНН: 5501\n"
                              "\n"
                              "Ref = Ид\n"
                              "Description = Наименование\n"
                              "\n"
                              "[Свойство значение]\n"
                              "type = Catalog.ДоговорыКонтрагентов\n"
                              "direction = out\n"
                              "path = ВариантыЗначений/Справочник\n"
                              "\n"
                              "Ref = ИдЗначения\n"
                              "Owner = /Ид\n"
                              "Description = Значение\n";

enum { ROOM = 256 << 10 }; /* of a tree */

/* The partner 1 is of the mapping, 2 is not; contracts 1 to `count` are of `partner`. */
static void put(struct fixture *fixture, unsigned partner, unsigned first, unsigned count)
{
    char *lines = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&lines, &size);
    assert_non_null(stream);
    fprintf(
        stream,
        "{\"put\":\"Catalog.Контрагенты:00000000-0000-4000-8000-00000000000%u\","
        "\"set\":{\"Description\":\"Цвет\",\"ИНН\":\"550%u\"}}\n",
        partner, partner);
    for (unsigned i = first; i < first + count; i++) {
        fprintf(
            stream,
            "{\"put\":\"Catalog.ДоговорыКонтрагентов:00000000-0000-4000-8001-%012u\","
            "\"set\":{\"Owner\":\"Catalog.Контрагенты:00000000-0000-4000-8000-"
            "00000000000%u\",\"Description\":\"Value%u\"}}\n",
            i, partner, i);
    }
    assert_int_equal(fclose(stream), 0);
    if (fixture_feed(fixture, lines, "batch") != 0) {
        fail_msg("%s", fixture->complaint);
    }
    free(lines);
}

static void open_section(
    struct fixture *fixture,
    struct fl_commerceml_tree *tree,
    struct fl_site_file *file)
{
    struct fl_error error = {.text = ""};
    const struct fl_commerceml_writer_options options = {.version = FL_COMMERCEML_2_07};
    struct fl_commerceml_element *head = fl_commerceml_add(tree, NULL, "Классификатор");
    struct fl_commerceml_element *owner = fl_commerceml_add(tree, head, "Владелец");
    (void)fl_commerceml_add_text(tree, head, "Ид", fl_bytes_of_text("1"));
    (void)fl_commerceml_add_text(tree, head, "Наименование", fl_bytes_of_text("1"));
    (void)fl_commerceml_add_text(tree, owner, "Ид", fl_bytes_of_text("1"));
    (void)fl_commerceml_add_text(tree, owner, "Наименование", fl_bytes_of_text("1"));
    if (fl_site_file_open(file, fixture->directory, "out.xml", &options, &error) !=
            FL_OK ||
        fl_commerceml_writer_section(file->writer, head, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
}

/* Properties into "out.xml", by a tree with ROOM bytes. */
static enum fl_status write_tree(struct fixture *fixture, struct fl_error *out_error)
{
    struct fl_arena arena;
    struct fl_commerceml_tree tree = {.arena = &arena};
    struct fl_site_mapping *mapping = NULL;
    struct fl_site_file file = {.writer = NULL};
    struct fl_txn txn;
    uint64_t bytes = 0;
    fixture_write(fixture_path(fixture, "site.map"), MAPPING);
    if (fl_site_mapping_load(
            fixture->node->configuration, fixture_path(fixture, "site.map"), &mapping,
            out_error) != FL_OK) {
        fail_msg("%s", out_error->text);
    }
    fl_arena_init(&arena, ROOM);
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    open_section(fixture, &tree, &file);
    const struct fl_site_making making = {
        .node = fixture->node, .mapping = mapping, .txn = &txn, .tree = &tree};
    const struct fl_site_part *part = fl_site_part_find(
        mapping, FL_SITE_ITEM, FL_COMMERCEML_PROPERTY, (struct fl_bytes){NULL, 0}, NULL);
    enum fl_status status =
        fl_site_tree_write(&making, part, /* only= */ NULL, file.writer, out_error);
    if (status == FL_OK) {
        status = fl_site_file_publish(&file, &bytes, out_error);
    }
    fl_site_file_abandon(&file);
    fl_txn_abort(&txn);
    fl_arena_deinit(&arena);
    fl_site_mapping_free(mapping);
    return status;
}

static size_t count_of(const struct fixture *fixture, const char *word)
{
    static char text[FIXTURE_TEXT_BYTES];
    size_t count = 0;
    FILE *file = fopen(fixture_path(fixture, "out.xml"), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        count++;
    }
    return count;
}

static void test_values_of_others_take_no_room(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error = {.text = ""};
    put(fixture, 2, 1, 2000);
    put(fixture, 1, 3000, 2);
    if (write_tree(fixture, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(count_of(fixture, "<Значение>Value"), 2);
}

/* What stands behind it, and the value itself, would be missing without a word. */
static void test_a_damaged_value_is_no_end(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error = {.text = ""};
    char command[FIXTURE_PATH_BYTES];
    put(fixture, 1, 1, 5);
    snprintf(
        command, sizeof command,
        "LC_ALL=C sed -i s/Value2/Valuf2/ '%s/node/store/data.mdb'", fixture->directory);
    fl_node_close(fixture->node);
    assert_int_equal(system(command), 0);
    if (fl_node_open(fixture_path(fixture, "node"), &fixture->node, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(write_tree(fixture, &error), FL_MALFORMED);
    fixture_must_say(
        error.text, "Catalog.ДоговорыКонтрагентов:00000000-0000-4000-8001-000000000002");
    fixture_must_say(error.text, "store check");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_of_others_take_no_room), TEST(test_a_damaged_value_is_no_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
