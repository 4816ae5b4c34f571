/* Rules of Конвертация данных 2 as a mapping: what becomes of which property and value.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "exchange/kd2_mapping.h"
#include "proto/configuration.h"

#define RULE(code, source, destination, inside)                                          \
    "<Правило><Код>" code "</Код><Источник>" source "</Источник><Приемник>" destination  \
    "</Приемник>" inside "</Правило>"
#define PROPERTY(name, source, destination, rule)                                        \
    "<Свойство><Источник Имя='" name "' Вид='Реквизит' Тип='" source                     \
    "'/><Приемник Имя='" name "' Вид='Реквизит' Тип='" destination                       \
    "'/><КодПравилаКонвертации>" rule "</КодПравилаКонвертации></Свойство>"
#define VALUE(source, destination)                                                       \
    "<Значение><Источник>" source "</Источник><Приемник>" destination                    \
    "</Приемник></Значение>"

static struct fl_configuration *nothing;
static struct fl_buffer mapping;

static int open_world(void **state)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_error error = {.text = ""};

    (void)state;
    fl_buffer_init(&mapping, 1 << 20);
    assert_int_equal(fl_configuration_builder_new("К", "1", &builder), FL_OK);
    assert_int_equal(fl_configuration_builder_finish(builder, &nothing, &error), FL_OK);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    fl_configuration_free(nothing);
    fl_buffer_deinit(&mapping);
    return 0;
}

/* Rules, up to a NULL, into `mapping`. */
static struct fl_kd2_coverage map(const char *const *all, enum fl_kd2_part part)
{
    const struct fl_kd2_rules *rules = NULL;
    struct fl_kd2_coverage coverage = {0};
    struct fl_error error = {.text = ""};
    struct fl_buffer text;
    struct fl_arena arena;

    fl_buffer_init(&text, 1 << 20);
    fl_buffer_put_text(&text, "<ПравилаОбмена><Ид>1</Ид><ПравилаКонвертацииОбъектов>");
    for (; *all; all++) {
        fl_buffer_put_text(&text, *all);
    }
    fl_buffer_put_text(&text, "</ПравилаКонвертацииОбъектов></ПравилаОбмена>");
    struct fl_codec_memory memory = {fl_buffer_view(&text)};

    fl_arena_init(&arena, 1 << 20);
    fl_buffer_clear(&mapping);
    if (fl_kd2_rules_read(fl_codec_memory_source(&memory), &arena, &rules, &error) !=
            FL_OK ||
        fl_kd2_mapping_write(
            rules, part, nothing, fl_codec_buffer_sink(&mapping), &coverage, &error) !=
            FL_OK) {
        fail_msg("%s", error.text);
    }
    fl_buffer_put_u8(&mapping, 0);
    fl_buffer_deinit(&text);
    fl_arena_deinit(&arena);
    return coverage;
}

static void must_have(const char *words)
{
    if (!strstr((const char *)mapping.data, words)) {
        fail_msg("no %s in\n%s", words, (const char *)mapping.data);
    }
}

static void must_not_have(const char *words)
{
    if (strstr((const char *)mapping.data, words)) {
        fail_msg("%s in\n%s", words, (const char *)mapping.data);
    }
}

static const char *const values_of_all_kinds[] = {
    RULE(
        "Товары",
        "СправочникСсылка.Товары",
        "СправочникСсылка.Номенклатура",
        "<Свойства>" PROPERTY(
            "Вид",
            "ПеречислениеСсылка.Виды",
            "ПеречислениеСсылка.ТипыТоваров",
            "Виды")
            PROPERTY(
                "Род",
                "ПеречислениеСсылка.Виды",
                "ПеречислениеСсылка.ТипыТоваров",
                "")
                PROPERTY(
                    "Ставка",
                    "ПеречислениеСсылка.Ставки",
                    "СправочникСсылка.Ставки",
                    "Ставки")
                    PROPERTY(
                        "Цвет",
                        "СправочникСсылка.Цвета",
                        "ПеречислениеСсылка.Цвета",
                        "Цвета")
                        PROPERTY(
                            "Счет",
                            "ПланСчетовСсылка.Х",
                            "ПланСчетовСсылка.Х",
                            "Счета")
                            PROPERTY(
                                "Смесь",
                                "ПеречислениеСсылка.Прочее",
                                "ПеречислениеСсылка.А,ПеречислениеСсылка.Б",
                                "") "</Свойства>"),
    RULE(
        "Виды",
        "ПеречислениеСсылка.Виды",
        "ПеречислениеСсылка.ТипыТоваров",
        "<Значения>" VALUE("Штучный", "Штука") VALUE("Лишний", "") "</Значения>"),
    RULE(
        "Ставки",
        "ПеречислениеСсылка.Ставки",
        "СправочникСсылка.Ставки",
        "<Значения>" VALUE("НДС20", "Двадцать") "</Значения>"),
    RULE(
        "Цвета",
        "СправочникСсылка.Цвета",
        "ПеречислениеСсылка.Цвета",
        "<Значения>" VALUE("Белый", "Белое") "</Значения>"),
    RULE(
        "Счета",
        "ПланСчетовСсылка.Х",
        "ПланСчетовСсылка.Х",
        "<Значения>" VALUE("Касса", "КассаОрганизации") "</Значения>"),
    NULL};

static void test_values_become_those_of_their_rule(void **state)
{
    (void)state;
    (void)map(values_of_all_kinds, FL_KD2_AS_SOURCE);
    must_have("<property of=\"Вид\" as=\"Вид\" type=\"ПеречислениеСсылка.ТипыТоваров\" "
              "values=\"Виды\"/>");
    must_have("<value of=\"Штучный\" as=\"Штука\"/>");
    must_have("<value of=\"Лишний\" as=\"\"/>");
    must_have("<property of=\"Ставка\" as=\"Ставка\" type=\"СправочникСсылка.Ставки\" "
              "values=\"Ставки\"/>");
    must_not_have("else="); /* what a table has not is told of */
}

static void test_a_property_without_a_rule_has_that_of_its_type(void **state)
{
    (void)state;
    (void)map(values_of_all_kinds, FL_KD2_AS_SOURCE);
    must_have("<property of=\"Род\" as=\"Род\" type=\"ПеречислениеСсылка.ТипыТоваров\" "
              "values=\"Виды\"/>");
}

static void test_items_are_called_by_their_predefined_names(void **state)
{
    (void)state;
    (void)map(values_of_all_kinds, FL_KD2_AS_SOURCE);
    must_have("<property of=\"Цвет.ИмяПредопределенныхДанных\" as=\"Цвет\" "
              "type=\"ПеречислениеСсылка.Цвета\" values=\"Цвета\"/>");
    must_have("<property of=\"Счет\" as=\"Счет\"/>"); /* it stays a reference */
    must_have("<property of=\"ИмяПредопределенныхДанных\" "
              "as=\"{ИмяПредопределенногоЭлемента}\" values=\"Счета\"/>");
    must_have("<values name=\"Счета\" other=\"\">");
    must_have("<values name=\"Виды\">");
}

static void test_who_reads_asks_for_predefined_names(void **state)
{
    (void)state;
    (void)map(values_of_all_kinds, FL_KD2_AS_DESTINATION);
    must_have("<object of=\"ПланСчетов.Х\" as=\"ПланСчетовСсылка.Х\" only=\"read\" "
              "options=\"rule=Счета; id=no\">\n    <key>\n"
              "      <property of=\"ИмяПредопределенныхДанных\" "
              "as=\"{ИмяПредопределенногоЭлемента}\"/>\n");
    must_not_have("values=");
}

static void test_a_type_of_several_is_left_to_the_value(void **state)
{
    (void)state;
    (void)map(values_of_all_kinds, FL_KD2_AS_SOURCE);
    must_have("<property of=\"Смесь\" as=\"Смесь\"/>");
}

static const char *const flagged[] = {
    RULE(
        "Товары",
        "СправочникСсылка.Товары",
        "СправочникСсылка.Номенклатура",
        "<Свойства><Свойство Поиск='true'><НеЗамещать>true</НеЗамещать>"
        "<Источник Имя='Код' Вид='Свойство' Тип='Строка'/>"
        "<Приемник Имя='Код' Вид='Свойство' Тип='Строка'/>"
        "<ПриводитьКДлине>11</ПриводитьКДлине></Свойство>"
        "<Свойство><Источник Имя='Дата' Вид='Свойство' Тип='Дата'/>"
        "<Приемник Имя='Дата' Вид='Свойство' Тип='Дата'/>"
        "<ПоискПоДатеНаРавенство>true</ПоискПоДатеНаРавенство></Свойство></Свойства>"),
    NULL};

static void test_flags_of_a_property_go_with_it(void **state)
{
    (void)state;
    (void)map(flagged, FL_KD2_AS_SOURCE);
    must_have("<property of=\"Код\" as=\"Код\" options=\"replace=no; length=11\"/>");
    must_have("<property of=\"Дата\" as=\"Дата\" options=\"date=equal\"/>");
    (void)map(flagged, FL_KD2_AS_DESTINATION);
    must_have("<property of=\"Код\" as=\"Код\"/>"); /* the file says it */
}

/* Records come one by one or as sets, and are those of a set here; dimensions are what a
 * register is kept by that nobody here knows. */
static void test_records_are_those_of_their_register(void **state)
{
    static const char *const rules[] = {
        RULE(
            "Курсы", "РегистрСведенийЗапись.Курсы", "РегистрСведенийЗапись.КурсыВалют",
            "<Свойства><Свойство><Источник Имя='Валюта' Вид='Измерение'/>"
            "<Приемник Имя='Валюта' Вид='Измерение'/></Свойство>"
            "<Свойство><Источник Имя='Курс' Вид='Ресурс'/>"
            "<Приемник Имя='Курс' Вид='Ресурс'/></Свойство></Свойства>"),
        NULL};

    (void)state;
    const struct fl_kd2_coverage coverage = map(rules, FL_KD2_AS_SOURCE);

    assert_int_equal(coverage.rules_whole, 1);
    assert_int_equal(coverage.properties_whole, 2);
    must_have("<object of=\"РегистрСведений.Курсы\" "
              "as=\"РегистрСведенийНаборЗаписей.КурсыВалют\" only=\"write\"");
    must_have("<key>\n      <property of=\"Валюта\" as=\"Валюта\"/>\n    </key>\n"
              "    <table of=\"Records\" as=\"Записи\">\n"
              "      <property of=\"Валюта\" as=\"Валюта\"/>\n"
              "      <property of=\"Курс\" as=\"Курс\"/>\n    </table>");
}

/* Of an item a record set is made by program text alone, and the other way round. */
static void test_items_and_records_do_not_become_each_other(void **state)
{
    static const char *const rules[] = {
        RULE(
            "Валюты", "СправочникСсылка.Валюты", "РегистрСведенийЗапись.КурсыВалют",
            "<Свойства><Свойство><Источник Имя='Код'/><Приемник Имя='Курс'/></Свойство>"
            "</Свойства>"),
        RULE(
            "Курсы", "РегистрСведенийЗапись.КурсыВалют", "СправочникСсылка.Валюты",
            "<Свойства><Свойство><Источник Имя='Курс'/><Приемник Имя='Код'/></Свойство>"
            "</Свойства>"),
        NULL};

    (void)state;
    struct fl_kd2_coverage coverage = map(rules, FL_KD2_AS_SOURCE);

    assert_int_equal(coverage.rules, 2);
    assert_int_equal(coverage.rules_whole, 0);
    assert_int_equal(coverage.properties_lost, 2);
    assert_int_equal(coverage.objects, 0);
    coverage = map(rules, FL_KD2_AS_DESTINATION); /* whatever made them, they come */
    assert_int_equal(coverage.objects, 2);
}

#define GROUP(kind, code)                                                                                                  \
    "<Свойства><Группа><Источник Имя='Товары' Вид='" kind "'/><Приемник Имя='Товары' "                    \
    "Вид='" kind "'/>" code "<Свойство><Источник Имя='Цена'/><Приемник Имя='Цена'/>" \
    "</Свойство></Группа></Свойства>"

/* What happens with the rows of a table, or with movements, is not in the mapping. */
static void test_program_text_of_a_group_is_of_its_rule(void **state)
{
    static const char *const rules[] = {
        RULE(
            "Счет", "ДокументСсылка.Счет", "ДокументСсылка.Счет",
            GROUP(
                "ТабличнаяЧасть", "<ПередОбработкойВыгрузки>Отказ = Истина;"
                                  "</ПередОбработкойВыгрузки>")),
        RULE(
            "Акт", "ДокументСсылка.Акт", "ДокументСсылка.Акт",
            GROUP(
                "НаборДвиженийРегистраНакопления",
                "<ПриВыгрузке>Отказ = Истина;</ПриВыгрузке>")),
        RULE(
            "Чек", "ДокументСсылка.Чек", "ДокументСсылка.Чек",
            GROUP("ТабличнаяЧасть", "")),
        NULL};

    (void)state;
    struct fl_kd2_coverage coverage = map(rules, FL_KD2_AS_SOURCE);

    assert_int_equal(coverage.rules, 3);
    assert_int_equal(coverage.handlers, 2);
    assert_int_equal(coverage.rules_whole, 1);
    coverage = map(rules, FL_KD2_AS_DESTINATION);
    assert_int_equal(coverage.rules_whole, 3);
}

static void test_each_constant_of_a_set_is_an_object(void **state)
{
    static const char *const rules[] = {
        RULE(
            "Константы", "КонстантыНабор", "КонстантыНабор",
            "<Свойства><Свойство><Источник Имя='Заголовок' Вид='Реквизит'/>"
            "<Приемник Имя='ЗаголовокСистемы' Вид='Реквизит'/></Свойство>"
            "<Свойство><Источник Имя='' Вид=''/><Приемник Имя='Префикс' Вид='Реквизит'/>"
            "<ПередВыгрузкой>Значение = 1;</ПередВыгрузкой></Свойство>"
            "<Свойство><Источник Имя='Год'/><Приемник Имя='Год'/>"
            "<ПолучитьИзВходящихДанных>true</ПолучитьИзВходящихДанных></Свойство>"
            "</Свойства>"),
        NULL};

    (void)state;
    const struct fl_kd2_coverage coverage = map(rules, FL_KD2_AS_SOURCE);

    assert_int_equal(coverage.rules_whole, 0);
    assert_int_equal(coverage.properties_whole, 1);
    assert_int_equal(coverage.properties_computed, 2);
    must_have("<code place=\"Год\"");
    must_have("<object of=\"Константа.Заголовок\" as=\"Константа.ЗаголовокСистемы\" "
              "only=\"write\"");
    must_have("<property of=\"Значение\" as=\"Значение\"/>");
    must_have("<code place=\"ПередВыгрузкой (Префикс)\"");
    must_not_have("Константа.Префикс");
    (void)map(rules, FL_KD2_AS_DESTINATION);
    must_have("<object of=\"Константа.Префикс\" as=\"Константа.Префикс\" only=\"read\"");
}

/* The name of a predefined item is sought by a marker, which is no attribute of ours. */
static void test_markers_are_in_the_key_once(void **state)
{
    static const char *const rules[] = {
        RULE(
            "Валюты", "СправочникСсылка.Валюты", "СправочникСсылка.Валюты",
            "<Свойства><Свойство Поиск='true'><Источник Имя='ИмяПредопределенныхДанных'/>"
            "<Приемник Имя='{ИмяПредопределенногоЭлемента}'/></Свойство></Свойства>"),
        NULL};

    (void)state;
    const struct fl_kd2_coverage coverage = map(rules, FL_KD2_AS_DESTINATION);

    assert_int_equal(coverage.properties_whole, 1);
    must_have("<key>\n      <property of=\"ИмяПредопределенныхДанных\" "
              "as=\"{ИмяПредопределенногоЭлемента}\"/>\n    </key>\n  </object>");
}

static void test_files_that_are_no_rules_are_named(void **state)
{
    static const char *const files[][2] = {
        {"<ФайлОбмена ВерсияФормата='2.0'/>", "\"ФайлОбмена\": a file of data"},
        {"<ПравилаРегистрации/>", "\"ПравилаРегистрации\": registration rules"},
        {"<html/>", "begins with \"html\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct fl_codec_memory memory = {fl_bytes_of_text(files[i][0])};
        const struct fl_kd2_rules *rules = NULL;
        struct fl_error error = {.text = ""};
        struct fl_arena arena;

        fl_arena_init(&arena, 1 << 20);
        assert_int_equal(
            fl_kd2_rules_read(fl_codec_memory_source(&memory), &arena, &rules, &error),
            FL_UNSUPPORTED);
        if (!strstr(error.text, files[i][1])) {
            fail_msg("%s", error.text);
        }
        fl_arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_become_those_of_their_rule),
        cmocka_unit_test(test_a_property_without_a_rule_has_that_of_its_type),
        cmocka_unit_test(test_items_are_called_by_their_predefined_names),
        cmocka_unit_test(test_who_reads_asks_for_predefined_names),
        cmocka_unit_test(test_a_type_of_several_is_left_to_the_value),
        cmocka_unit_test(test_flags_of_a_property_go_with_it),
        cmocka_unit_test(test_records_are_those_of_their_register),
        cmocka_unit_test(test_items_and_records_do_not_become_each_other),
        cmocka_unit_test(test_program_text_of_a_group_is_of_its_rule),
        cmocka_unit_test(test_each_constant_of_a_set_is_an_object),
        cmocka_unit_test(test_markers_are_in_the_key_once),
        cmocka_unit_test(test_files_that_are_no_rules_are_named),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
