/* Registration rules of 1C become filters, as far as they compare. */

#include "fixture.h"

#define RULE(code, object, body)                                                         \
    "<Правило Отключить=\"false\"><Код>" code "</Код><ОбъектМетаданныхИмя>" object       \
    "</ОбъектМетаданныхИмя>" body "</Правило>"
#define BY_NODE(property, of_node)                                                                                                    \
    "<ОтборПоСвойствамПланаОбмена><ЭлементОтбора><ЭтоСтрокаКонстанты>false" \
    "</ЭтоСтрокаКонстанты><СвойствоПланаОбмена>" of_node                                                                              \
    "</СвойствоПланаОбмена><ВидСравнения>Равно</ВидСравнения><СвойствоОбъекта>" property                                              \
    "</СвойствоОбъекта></ЭлементОтбора></ОтборПоСвойствамПланаОбмена>"

static const char RULES[] =
    "<ПравилаРегистрации><ПланОбмена "
    "Имя=\"Филиалы\"/><ПравилаРегистрацииОбъектов><Группа "
    "Отключить=\"false\">" RULE(
        "1",
        "Документ.СчетНаОплатуПокупателю",
        BY_NODE("Организация", "[Организации].Организация"))
        RULE(
            "2",
            "Справочник.Валюты",
            "<ПередОбработкой>Отказ = Истина;</ПередОбработкой>")
            RULE("3", "Справочник.Нет", "") RULE(
                "4",
                "Справочник.Валюты",
                BY_NODE("Нет", "Нет")) "</Группа></ПравилаРегистрацииОбъектов>"
                                       "</ПравилаРегистрации>";

static void test_what_compares_is_taken_and_what_is_code_is_named(void **state)
{
    struct fixture *fixture = *state;
    fixture_write(fixture_path(fixture, "rules.xml"), RULES);
    assert_int_equal(fixture_run(fixture, "filter", "import", "rules.xml", "--json"), 0);
    fixture_must_say(fixture->out, "Организация in $Организации");
    fixture_must_say(fixture->out, "ПередОбработкой");
    fixture_must_say(fixture->out, "\"taken\": 1");
    fixture_must_say(fixture->out, "\"with_code\": 1");
    assert_int_equal(fixture_run(fixture, "filter", "show"), 0);
    assert_null(strstr(fixture->out, "Организации"));
    assert_int_equal(fixture_run(fixture, "filter", "import", "rules.xml", "--take"), 0);
    assert_int_equal(fixture_run(fixture, "filter", "show"), 0);
    fixture_must_say(fixture->out, "Организация in $Организации");
}

static void test_other_files_are_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture_write(fixture_path(fixture, "rules.xml"), "<ПравилаОбмена/>");
    assert_int_equal(
        fixture_run(fixture, "filter", "import", "rules.xml"), FL_EXIT_FAILED);
    fixture_must_say(fixture->complaint, "ПравилаОбмена");
    fixture_write(fixture_path(fixture, "rules.xml"), "<ПравилаРегистрации>\n<Правило>");
    assert_int_equal(
        fixture_run(fixture, "filter", "import", "rules.xml"), FL_EXIT_FAILED);
    fixture_must_say(fixture->complaint, "line 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_what_compares_is_taken_and_what_is_code_is_named, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_other_files_are_refused, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
