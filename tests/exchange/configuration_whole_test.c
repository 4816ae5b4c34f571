/*
 * Whole dumps: the demonstration's own, and a part of a real one where it is at hand.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exchange/configuration_reader.h"
#include "told.h"

/* Each of our own demonstration's files is there and says all that it should. */
static void test_the_dump_of_the_demonstration_is_whole(void **state)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    if (fl_configuration_read_dump(
            FILIAL_TESTS_DIRECTORY "/../deploy/demo/configuration", &configuration,
            &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    const struct fl_plan *const plan =
        fl_configuration_plan(configuration, fl_bytes_of_text("Филиалы"));

    assert_int_equal(configuration->note_count, 0);
    assert_non_null(plan);
    assert_true(plan->distributed);
    /* All but the enumerations and the plan itself. */
    assert_int_equal(plan->item_count, configuration->type_count - 8);
    for (size_t i = 0; i < plan->item_count; i++) {
        assert_true(plan->items[i].auto_record);
    }
    must_have(
        find(configuration, "Catalog.КонтактныеЛица"),
        "DeletionMark Owner Code Description PredefinedDataName Должность Телефон "
        "ЭлектроннаяПочта ДатаРождения");
    must_filter_by(
        find(configuration, "InformationRegister.КурсыВалют"), "Period Валюта");
    assert_true(
        attribute(
            find(configuration, "Document.РеализацияТоваровУслуг"), "ДокументОснование")
            ->type.composite);
    fl_configuration_free(configuration);
}

/* A part of the dump of БСП 3.1: 8 objects of those it lists have a file. */
static void test_a_part_of_a_real_dump_is_read(void **state)
{
    const char *const set = getenv("FILIAL_SHARED");
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};
    char path[1024];

    (void)state;
    (void)snprintf(
        path, sizeof(path), "%s/samples/configuration/ssl31_designer",
        set ? set : FILIAL_TESTS_DIRECTORY "/../../shared");
    if (access(path, F_OK) != 0) {
        print_message("there is no %s; set FILIAL_SHARED to where it is\n", path);
        skip();
    }
    if (fl_configuration_read_dump(path, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(configuration->type_count, 7);
    must_have(
        find(configuration, "Catalog.ПапкиФайлов"),
        "DeletionMark Parent Code Description PredefinedDataName Описание Ответственный "
        "ДатаСоздания ДополнительныеРеквизиты[Свойство Значение ТекстоваяСтрока]");
    must_have(
        find(configuration, "Catalog.СтраныМира"),
        "DeletionMark Code Description PredefinedDataName НаименованиеПолное КодАльфа2 "
        "КодАльфа3 УчастникЕАЭС МеждународноеНаименование "
        "ДополнительныеРеквизиты[Свойство Значение ТекстоваяСтрока]");
    const struct fl_type *const versions =
        find(configuration, "InformationRegister.ВерсииОбъектов");

    must_filter_by(versions, "Объект НомерВерсии");
    assert_int_equal(
        attribute(versions, "Объект")->type.allows, FL_ALLOWS_REFS | FL_ALLOWS_UNKNOWN);
    assert_true(has_note(configuration, "Document.Анкета is listed"));
    assert_true(has_note(configuration, "CommonAttribute."));
    print_message("%zu notes, such as:\n", configuration->note_count);
    for (size_t i = 0; i < configuration->note_count; i += 200) {
        print_message("    %s\n", configuration->notes[i]);
    }
    fl_configuration_free(configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_dump_of_the_demonstration_is_whole),
        cmocka_unit_test(test_a_part_of_a_real_dump_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
