/* What is here is never told to a site as gone, whatever keeps it from being read. */

#include "fixture.h"

#include "site/site_outgoing.h"

static const char MAPPING[] = "version = 2.07\n"
                              "\n"
                              "[Товар]\n"
                              "type = Catalog.Валюты\n"
                              "\n"
                              "Ref = Ид\n"
                              "Description = Наименование\n";

enum { ROOM = 64 << 10 };

/* Catalog.Валюты with that last digit, as an item; `out` is asked before it ends. */
static void make(
    struct fixture *fixture,
    char digit,
    struct fl_error *out_unread,
    bool *out_is_gone)
{
    struct fl_site_outgoing *out = calloc(1, sizeof *out);
    struct fl_site_mapping *mapping = NULL;
    struct fl_error error = {.text = ""};
    char text[] = "00000000-0000-4000-8000-000000000000";
    struct fl_site_key key = {.deleted = false};
    assert_non_null(out);
    text[sizeof text - 2] = digit;
    fixture_write(fixture_path(fixture, "site.map"), MAPPING);
    if (fl_site_mapping_load(
            fixture->node->configuration, fixture_path(fixture, "site.map"), &mapping,
            &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    const struct fl_site_part *part = fl_site_part_find(
        mapping, FL_SITE_ITEM, FL_COMMERCEML_GOODS, (struct fl_bytes){NULL, 0}, NULL);
    assert_non_null(part);
    key.type = part->type->number;
    assert_int_equal(fl_uuid_parse(fl_bytes_of_text(text), &key.id), FL_OK);
    out->node = fixture->node;
    out->mapping = mapping;
    fl_arena_init(&out->arena, ROOM);
    fl_txn_begin(&out->txn, fixture->node->store, FL_TXN_READ);
    const struct fl_commerceml_element *element =
        fl_site_outgoing_make(out, part, &key, "Товар");
    *out_unread = out->unread;
    *out_is_gone =
        element != NULL && fl_commerceml_text(element, "ПометкаУдаления").size > 0;
    assert_int_equal(element == NULL, out_unread->status != FL_OK);
    fl_txn_abort(&out->txn);
    fl_arena_deinit(&out->arena);
    fl_site_mapping_free(mapping);
    free(out);
}

static void test_what_is_damaged_is_not_gone(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error = {.text = ""};
    char command[FIXTURE_PATH_BYTES];
    bool is_gone = true;
    if (fixture_feed(
            fixture,
            "{\"put\":\"Catalog.Валюты:00000000-0000-4000-8000-000000000001\","
            "\"set\":{\"Description\":\"Value1\"}}\n"
            "{\"put\":\"Catalog.Валюты:00000000-0000-4000-8000-000000000002\","
            "\"set\":{\"Description\":\"Value2\"}}\n",
            "batch") != 0) {
        fail_msg("%s", fixture->complaint);
    }
    snprintf(
        command, sizeof command,
        "LC_ALL=C sed -i s/Value2/Valuf2/ '%s/node/store/data.mdb'", fixture->directory);
    fl_node_close(fixture->node);
    assert_int_equal(system(command), 0);
    if (fl_node_open(fixture_path(fixture, "node"), &fixture->node, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    make(fixture, '1', &error, &is_gone);
    assert_int_equal(error.status, FL_OK);
    assert_false(is_gone);
    make(fixture, '2', &error, &is_gone);
    assert_int_equal(error.status, FL_MALFORMED);
    assert_false(is_gone);
    fixture_must_say(error.text, "Catalog.Валюты:00000000-0000-4000-8000-000000000002");
    make(fixture, '3', &error, &is_gone);
    assert_int_equal(error.status, FL_OK);
    assert_true(is_gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        test_what_is_damaged_is_not_gone, fixture_setup, fixture_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
