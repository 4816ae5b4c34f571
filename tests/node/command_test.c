#include "fixture.h"

#include "change/object_json.h"

/* Runs and wants `exit_status` and, when it failed, `words` in the complaint. */
#define must_fail(fixture, expected, words, ...)                                         \
    do {                                                                                 \
        struct fixture_state before = fixture_content((fixture)->node);                  \
        assert_int_equal(fixture_run(fixture, __VA_ARGS__), expected);                   \
        fixture_must_say((fixture)->complaint, words);                                   \
        fixture_must_be_unchanged((fixture)->node, &before);                             \
    } while (0)

static void must_refuse_batch(
    struct fixture *fixture,
    const char *input,
    const char *words)
{
    struct fixture_state before = fixture_content(fixture->node);
    assert_int_equal(fixture_feed(fixture, input, "batch"), FL_EXIT_FAILED);
    fixture_must_say(fixture->complaint, words);
    fixture_must_be_unchanged(fixture->node, &before);
}

/* The ref that a put printed, without the newline. */
static void take_ref(const struct fixture *fixture, char out_ref[200])
{
    snprintf(out_ref, 200, "%.*s", (int)strcspn(fixture->out, "\n"), fixture->out);
}

static void test_an_object_is_put_changed_listed_and_deleted(void **state)
{
    struct fixture *fixture = *state;
    char ref[200];
    assert_int_equal(
        fixture_run(
            fixture, "object", "put", "Catalog.Валюты", "--set", "Code=643",
            "--set=Наименование=руб.", "--set", "Кратность=1"),
        FL_EXIT_DONE);
    take_ref(fixture, ref);
    fixture_must_say(ref, "Catalog.Валюты:");
    assert_int_equal(
        fixture_run(fixture, "object", "put", ref, "--set", "DeletionMark=true"), 0);
    assert_int_equal(fixture_run(fixture, "object", "get", ref), 0);
    fixture_must_say(fixture->out, "\"Description\": \"руб.\"");
    fixture_must_say(fixture->out, "\"DeletionMark\": true");
    fixture_must_say(fixture->out, "\"Кратность\": 1");
    assert_int_equal(
        fixture_run(fixture, "object", "list", "Справочник.Валюты", "--where", "Код=643"),
        0);
    fixture_must_say(fixture->out, ref);
    assert_int_equal(
        fixture_run(fixture, "object", "list", "Catalog.Валюты", "--where", "Code=1"), 0);
    assert_null(strstr(fixture->out, ref));
    assert_int_equal(fixture_run(fixture, "object", "delete", ref), 0);
    must_fail(fixture, 1, "not here", "object", "get", ref);
    must_fail(fixture, 1, "cannot be deleted", "object", "delete", ref);
}

static void test_what_get_shows_can_be_put_again(void **state)
{
    struct fixture *fixture = *state;
    static const char line[] =
        "{\"put\":\"Document.РеализацияТоваровУслуг:11111111-2222-4333-8444-"
        "000000000001\",\"set\":{\"Дата\":\"2026-01-31\",\"Number\":\"Ф1-1\",\"Posted\":"
        "true,\"СуммаДокумента\":\"1234567890123.45\",\"ДокументОснование\":{\"type\":"
        "\"Document.СчетНаОплатуПокупателю\",\"value\":\"11111111-2222-4333-8444-"
        "000000000002\"},\"Товары\":[{\"Количество\":3,\"Цена\":12.5,\"СтавкаНДС\":"
        "\"НДС20\"},{\"Количество\":\"0.001\"}]}}";
    assert_int_equal(fixture_feed(fixture, line, "batch"), 0);
    struct fixture_state before = fixture_content(fixture->node);
    assert_int_equal(
        fixture_run(
            fixture, "object", "get",
            "Document.РеализацияТоваровУслуг:11111111-2222-4333-8444-000000000001"),
        0);
    fixture_must_say(fixture->out, "\"СуммаДокумента\": \"1234567890123.45\"");
    fixture_must_say(fixture->out, "\"Цена\": \"12.5\"");
    json_t *shown = json_loads(fixture->out, 0, NULL);
    char *again = json_dumps(shown, JSON_COMPACT);
    assert_int_equal(fixture_feed(fixture, again, "batch"), 0);
    struct fixture_state after = fixture_content(fixture->node);
    assert_memory_equal(before.hash, after.hash, sizeof before.hash);
    free(again);
    json_decref(shown);
}

static void test_record_sets_and_constants_are_written_by_what_names_them(void **state)
{
    struct fixture *fixture = *state;
    static const char lines[] =
        "{\"put\":\"InformationRegister.КурсыВалют\",\"filter\":{\"Period\":"
        "\"2026-01-01\",\"Валюта\":\"11111111-2222-4333-8444-000000000001\"},"
        "\"records\":[{\"Курс\":\"92.5\",\"Кратность\":1}]}\n"
        "{\"put\":\"Constant.ПрефиксУзла\",\"set\":{\"Value\":\"Ф1\"}}\n";
    assert_int_equal(fixture_feed(fixture, lines, "batch"), 0);
    assert_int_equal(fixture_run(fixture, "object", "get", "Константа.ПрефиксУзла"), 0);
    fixture_must_say(fixture->out, "\"Value\": \"Ф1\"");
    assert_int_equal(
        fixture_run(
            fixture, "object", "list", "InformationRegister.КурсыВалют", "--refs"),
        0);
    char ref[200];
    take_ref(fixture, ref);
    assert_int_equal(fixture_run(fixture, "object", "get", ref), 0);
    fixture_must_say(fixture->out, "\"Period\": \"2026-01-01T00:00:00\"");
    fixture_must_say(fixture->out, "\"Курс\": \"92.5\"");
    assert_int_equal(fixture_run(fixture, "object", "delete", ref), 0);
    assert_int_equal(fixture_run(fixture, "object", "get", ref), 1);
}

static void test_a_batch_is_written_whole_or_not_at_all(void **state)
{
    struct fixture *fixture = *state;
    static const char good[] = "{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"1\"}}\n";
    char lines[1000];
    assert_int_equal(fixture_feed(fixture, good, "batch"), 0);
    snprintf(
        lines, sizeof lines, "%s\n%s{\"put\":\"Catalog.Нет\",\"set\":{}}", good, good);
    must_refuse_batch(fixture, lines, "line 4");
    snprintf(lines, sizeof lines, "%s{\"put\":", good);
    must_refuse_batch(fixture, lines, "not JSON");
    must_refuse_batch(fixture, "{\"put\":\"Catalog.Валюты\"}", "\"set\"");
    must_refuse_batch(
        fixture, "{\"put\":\"Catalog.Валюты\",\"sett\":{}}", "\"sett\" is not known");
    must_refuse_batch(
        fixture, "{\"put\":\"Catalog.Валюты\",\"set\":{\"Cod\":\"1\"}}",
        "did you mean Code");
    must_refuse_batch(
        fixture, "{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"1\",\"Code\":\"2\"}}",
        "not JSON");
    must_refuse_batch(
        fixture, "{\"delete\":\"Catalog.Валюты\"}", "a deletion names one object");
    must_refuse_batch(fixture, "{\"delete\":\"Catalog.Валюты:123\"}", "not a UUID");
    must_refuse_batch(
        fixture, "{\"put\":\"Enum.СтавкиНДС\",\"set\":{}}", "an enumeration");
    must_refuse_batch(
        fixture, "{\"put\":\"InformationRegister.КурсыВалют\",\"set\":{}}",
        "is a register");
    must_refuse_batch(fixture, "[1]", "a change is");
}

static void refuse_value(struct fixture *fixture, const char *value, const char *words)
{
    char line[400];
    snprintf(
        line, sizeof line, "{\"put\":\"Document.РеализацияТоваровУслуг\",\"set\":{%s}}",
        value);
    must_refuse_batch(fixture, line, words);
}

static void test_a_wrong_value_names_its_attribute_and_what_is_allowed(void **state)
{
    struct fixture *fixture = *state;
    refuse_value(fixture, "\"СуммаДокумента\":\"много\"", "СуммаДокумента cannot be");
    refuse_value(fixture, "\"СуммаДокумента\":true", "a number");
    refuse_value(fixture, "\"СуммаДокумента\":\"1.234567\"", "СуммаДокумента");
    refuse_value(fixture, "\"СуммаДокумента\":0.12345678901234567", "СуммаДокумента");
    refuse_value(fixture, "\"Date\":\"31.01.2026\"", "a date, as");
    refuse_value(fixture, "\"Posted\":\"да\"", "true or false");
    refuse_value(
        fixture, "\"Number\":\"слишком длинный номер документа, длиннее чем можно\"",
        "Number");
    refuse_value(fixture, "\"Контрагент\":\"Catalog.Валюты:x\"", "Контрагент cannot be");
    refuse_value(
        fixture, "\"Контрагент\":\"Catalog.Валюты:11111111-2222-4333-8444-000000000001\"",
        "Контрагент");
    refuse_value(fixture, "\"ДокументОснование\":\"x\"", "\"type\"");
    refuse_value(fixture, "\"Товары\":{}", "must be an array of rows");
    refuse_value(fixture, "\"Товары\":[{},{\"Колво\":1}]", "Товары[2]");
    refuse_value(fixture, "\"Товары\":[{\"СтавкаНДС\":\"НДС21\"}]", "did you mean НДС");
}

static void test_numbers_keep_every_digit(void **state)
{
    struct fixture *fixture = *state;
    static const char *const values[] = {"0.1", "0.01", "9999999999999.99", "100"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char line[300];
        char expected[100];
        char ref[200];
        snprintf(
            line, sizeof line,
            "{\"put\":\"Document.РеализацияТоваровУслуг\",\"set\":{\"СуммаДокумента\":%s}"
            "}",
            values[i]);
        assert_int_equal(fixture_feed(fixture, line, "--json", "batch"), 2);
        assert_int_equal(fixture_feed(fixture, line, "batch", "--json"), 0);
        json_t *answer = json_loads(fixture->out, 0, NULL);
        snprintf(
            ref, sizeof ref, "%s",
            json_string_value(json_array_get(json_object_get(answer, "refs"), 0)));
        json_decref(answer);
        assert_int_equal(fixture_run(fixture, "object", "get", ref), 0);
        bool whole = strchr(values[i], '.') == NULL;
        snprintf(
            expected, sizeof expected, "\"СуммаДокумента\": %s%s%s", whole ? "" : "\"",
            values[i], whole ? "" : "\"");
        fixture_must_say(fixture->out, expected);
    }
}

static void test_wrong_usage_is_explained(void **state)
{
    struct fixture *fixture = *state;
    must_fail(fixture, 2, "did you mean object?", "objekt", "get", "x");
    must_fail(fixture, 2, "get, list, put, delete", "object");
    must_fail(fixture, 2, "but: get, list, put, delete", "object", "got");
    must_fail(fixture, 2, "usage: filial object get REF", "object", "get");
    must_fail(fixture, 2, "too many arguments", "version", "x");
    must_fail(fixture, 2, "has no option --limits", "object", "list", "X", "--limits=1");
    must_fail(fixture, 2, "did you mean limit", "object", "list", "X", "--limits=1");
    must_fail(fixture, 2, "needs a value", "object", "list", "X", "--limit");
    must_fail(fixture, 2, "takes no value", "object", "list", "X", "--refs=1");
    must_fail(
        fixture, 2, "whole number", "object", "list", "Catalog.Валюты", "--limit",
        "many");
    must_fail(fixture, 2, "json or xml", "object", "get", "x", "--format", "csv");
    must_fail(fixture, 2, "30s, 5m", "sync", "now", "--timeout", "soon");
    must_fail(fixture, 2, "not the id", "collision", "show", "x");
    must_fail(fixture, 1, "there is no collision 7", "collision", "show", "7");
    must_fail(fixture, 1, "filiald does not run", "sync", "now");
    must_fail(fixture, 2, "--format v8msg", "node", "add", "X");
    must_fail(fixture, 1, "code of this node", "node", "add", "Ф01", "--format=v8msg");
    must_fail(fixture, 1, "no node with the code", "node", "revoke", "Ф99");
    must_fail(fixture, 2, "for whom?", "export", "x.xml");
    must_fail(fixture, 2, "where to?", "export", "--to", "БП01");
    must_fail(fixture, 1, "no node with the code", "export", "--to", "БП01", "x.xml");
}

static void test_peers_are_added_suspended_and_revoked(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_run(fixture, "node", "add", "БП01", "--format", "v8msg"), 0);
    must_fail(fixture, 1, "already", "node", "add", "БП01", "--format", "v8msg");
    assert_int_equal(fixture_run(fixture, "node", "suspend", "БП01"), 0);
    assert_int_equal(fixture_run(fixture, "node", "list", "--json"), 0);
    fixture_must_say(fixture->out, "\"state\": \"suspended\"");
    assert_int_equal(fixture_run(fixture, "node", "resume", "БП01"), 0);
    assert_int_equal(fixture_run(fixture, "node", "revoke", "БП01"), 0);
    must_fail(fixture, 1, "revoked for good", "node", "resume", "БП01");
}

static void test_another_configuration_leaves_objects_readable(void **state)
{
    struct fixture *fixture = *state;
    must_fail(fixture, 1, "Configuration.xml", "configuration", "load", ".");
    assert_int_equal(
        fixture_run(fixture, "configuration", "load", FILIAL_DEMO_CONFIGURATION), 0);
    assert_int_equal(
        fixture_run(fixture, "object", "put", "Catalog.Валюты", "--set", "Code=1"), 0);
    assert_int_equal(
        fixture_run(fixture, "configuration", "load", FILIAL_DEMO_CONFIGURATION), 0);
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *other = NULL;
    struct fl_error error;
    const struct fl_type type = {.kind = FL_KIND_CATALOG, .name = "Другое"};
    assert_int_equal(fl_configuration_builder_new("Другая", "1", &builder), FL_OK);
    fl_configuration_builder_type(builder, &type);
    assert_int_equal(fl_configuration_builder_finish(builder, &other, &error), FL_OK);
    struct fixture_state before = fixture_content(fixture->node);
    assert_int_equal(fl_node_configuration_put(fixture->node, other, &error), FL_OK);
    struct fixture_state after = fixture_content(fixture->node);
    assert_memory_equal(before.hash, after.hash, sizeof before.hash);
    assert_non_null(fl_configuration_find_full(
        fixture->node->configuration, fl_bytes_of_text("Catalog.Валюты")));
    assert_non_null(fl_configuration_find_full(
        fixture->node->configuration, fl_bytes_of_text("Catalog.Другое")));
    fl_configuration_free(other);
}

static void test_a_node_is_made_once_and_opened_once(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    struct fl_node *second = NULL;
    assert_int_equal(fixture_run(fixture, "init", "node", "--code", "Ф02"), 1);
    fixture_must_say(fixture->complaint, "is a node already");
    assert_int_equal(fixture_run(fixture, "init", "other"), 2);
    fixture_must_say(fixture->complaint, "--code CODE");
    assert_int_equal(fixture_run(fixture, "init", "other", "--code", "a/b"), 1);
    fixture_must_say(fixture->complaint, "must not contain /");
    assert_int_equal(fixture_run(fixture, "init", "no/such/place", "--code", "Ф"), 1);
    assert_int_equal(access(fixture_path(fixture, "other"), F_OK), -1);
    assert_int_equal(
        fl_node_open(fixture_path(fixture, "node"), &second, &error), FL_BUSY);
    assert_int_equal(
        fl_node_open(fixture_path(fixture, "other"), &second, &error), FL_NOT_FOUND);
    fixture_must_say(error.text, "filial init");
}

static void test_an_init_that_fails_leaves_nothing_behind(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        fixture_run(
            fixture, "init", "other", "--code", "Ф02", "--allow-any-file-system",
            "--configuration", "nowhere"),
        1);
    fixture_must_say(fixture->complaint, "nowhere");
    assert_int_equal(access(fixture_path(fixture, "other"), F_OK), -1);
    if (geteuid() != 0) {
        assert_int_equal(chmod(fixture->directory, 0500), 0);
        assert_int_equal(fixture_run(fixture, "init", "other", "--code", "Ф02"), 1);
        assert_int_equal(chmod(fixture->directory, 0700), 0);
        fixture_must_say(fixture->complaint, "cannot be made");
    }
}

static void test_status_help_and_version_answer_in_text_and_json(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    struct fl_output output;
    assert_int_equal(fixture_run(fixture, "status", "--json"), 0);
    json_t *answer = json_loads(fixture->out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(answer, "code")), "Ф01");
    assert_int_equal(json_integer_value(json_object_get(answer, "objects")), 0);
    json_decref(answer);
    assert_int_equal(fixture_run(fixture, "status", "--hash"), 0);
    assert_int_equal(fixture->out_size, 65);
    assert_int_equal(fixture_run(fixture, "status", "--counts"), 0);
    assert_string_equal(fixture->out, "total 0\n");
    assert_int_equal(fixture_run(fixture, "version"), 0);
    assert_int_equal(fixture_run(fixture, "store", "check"), 0);
    fixture_must_say(fixture->out, "problems         0");
    assert_int_equal(fixture_run(fixture, "version", "x"), FL_EXIT_USAGE);
    fixture_must_say(fixture->complaint, "usage: filial version\n");
    assert_int_equal(fixture_run(fixture, "reload", "--x"), FL_EXIT_USAGE);
    fixture_must_say(fixture->complaint, "filial reload has no option --x");
    fixture->out_size = 0;
    fl_output_init(&output, false, false, fixture_take, fixture);
    assert_int_equal(fl_command_help(&output, NULL, NULL, &error), FL_OK);
    for (size_t i = 0; i < fl_command_count(); i++) {
        fixture_must_say(fixture->out, fl_command_at(i)->summary);
        assert_int_equal(
            fl_command_help(
                &output, fl_command_at(i)->noun, fl_command_at(i)->verb, &error),
            FL_OK);
    }
    fixture_must_say(fixture->out, "  configuration predefined  predefined items");
    fixture->out_size = 0;
    assert_int_equal(fl_command_help(&output, "report", "close-day", &error), FL_OK);
    fixture_must_say(fixture->out, "filial report close-day [DAY]");
    assert_null(strstr(fixture->out, "filial report [NAME]"));
    fixture->out_size = 0;
    assert_int_equal(fl_command_help(&output, "report", "stock", &error), FL_OK);
    fixture_must_say(fixture->out, "filial report [NAME]");
    assert_int_equal(fl_command_help(&output, "settings", NULL, &error), FL_OK);
    assert_int_equal(fl_command_help(&output, "nothing", NULL, &error), FL_NOT_FOUND);
    fl_output_deinit(&output);
}

/* A token that may only look is asked by this. */
static void test_what_names_a_file_does_more_than_look(void **state)
{
    static const char *const places[] = {"FILE", "DIR", "RULES", "OLD"};

    (void)state;
    for (size_t i = 0; i < fl_command_count(); i++) {
        const struct fl_call call = {
            .command = fl_command_at(i), .argument_count = 1, .arguments = {"x"}};
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            if (strstr(call.command->arguments, places[k]) != NULL &&
                (call.command->flags & FL_COMMAND_ALONE) == 0) {
                assert_false(fl_call_only_looks(&call));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_names_a_file_does_more_than_look),
        cmocka_unit_test(test_an_object_is_put_changed_listed_and_deleted),
        cmocka_unit_test(test_what_get_shows_can_be_put_again),
        cmocka_unit_test(test_record_sets_and_constants_are_written_by_what_names_them),
        cmocka_unit_test(test_a_batch_is_written_whole_or_not_at_all),
        cmocka_unit_test(test_a_wrong_value_names_its_attribute_and_what_is_allowed),
        cmocka_unit_test(test_numbers_keep_every_digit),
        cmocka_unit_test(test_wrong_usage_is_explained),
        cmocka_unit_test(test_peers_are_added_suspended_and_revoked),
        cmocka_unit_test(test_another_configuration_leaves_objects_readable),
        cmocka_unit_test(test_a_node_is_made_once_and_opened_once),
        cmocka_unit_test(test_an_init_that_fails_leaves_nothing_behind),
        cmocka_unit_test(test_status_help_and_version_answer_in_text_and_json),
    };
    struct CMUnitTest with_node[sizeof tests / sizeof tests[0]];
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        with_node[i] = tests[i];
        with_node[i].setup_func = fixture_setup;
        with_node[i].teardown_func = fixture_teardown;
    }
    return cmocka_run_group_tests(with_node, NULL, NULL);
}
