/*
 * Memory that runs out while records of registers come over records that are here: the
 * import fails then, and no record goes.
 */

#include "scarce.h"

#include "fixture.h"

#include "log.h"

enum { RECORDS = 120, IMPORTS_MAX = 6000, TEXT_BYTES = 64 << 10 };

#define GOODS "Catalog.Номенклатура:11111111-2222-4333-8444-000000000077"

static const char MAPPING[] =
    "<mapping format=\"kd2\" name=\"Цены\" key=\"Ссылка\" keep=\"yes\" empty=\"yes\">"
    "<object of=\"Справочник.Номенклатура\" as=\"СправочникСсылка.Номенклатура\">"
    "<key><property of=\"Код\" as=\"Код\"/></key></object>"
    "<object of=\"РегистрСведений.ЦеныНоменклатуры\""
    " as=\"РегистрСведенийНаборЗаписей.ЦеныНоменклатуры\">"
    "<key><property of=\"Номенклатура\" as=\"Номенклатура\"/></key>"
    "<table of=\"Records\" as=\"Записи\"><property of=\"Период\" as=\"Период\"/>"
    "<property of=\"Номенклатура\" as=\"Номенклатура\"/>"
    "<property of=\"Цена\" as=\"Цена\"/></table></object></mapping>\n";

static const char RECORD[] =
    "<ФайлОбмена ВерсияФормата=\"2.0\"><ПравилаОбмена/>"
    "<Объект Нпп=\"1\" Тип=\"РегистрСведенийЗапись.ЦеныНоменклатуры\">"
    "<Свойство Имя=\"Период\" Тип=\"Дата\">"
    "<Значение>2027-01-01T00:00:00</Значение></Свойство>"
    "<Свойство Имя=\"Номенклатура\" Тип=\"СправочникСсылка.Номенклатура\">"
    "<Ссылка Нпп=\"7\"><Свойство Имя=\"Код\" Тип=\"Строка\"><Значение>77</Значение>"
    "</Свойство></Ссылка></Свойство>"
    "<Свойство Имя=\"Цена\" Тип=\"Число\"><Значение>5</Значение></Свойство>"
    "</Объект></ФайлОбмена>\n";

/* %u: the number of the message. */
static const char SET[] =
    "<ФайлОбмена ВерсияФормата=\"3.1\"><ПравилаОбмена/><ДанныеПоОбмену"
    " ПланОбмена=\"План\" Кому=\"Ф01\" ОтКого=\"БЦен\" НомерИсходящегоСообщения=\"%u\""
    " НомерВходящегоСообщения=\"0\"/><НаборЗаписейРегистра Нпп=\"1\""
    " Тип=\"РегистрСведенийНаборЗаписей.ЦеныНоменклатуры\"><Отбор>"
    "<Свойство Имя=\"Номенклатура\" Тип=\"СправочникСсылка.Номенклатура\">"
    "<Ссылка Нпп=\"7\"><Свойство Имя=\"Код\" Тип=\"Строка\"><Значение>77</Значение>"
    "</Свойство></Ссылка></Свойство>"
    "<Свойство Имя=\"Период\" Тип=\"Дата\">"
    "<Значение>2027-01-01T00:00:00</Значение></Свойство>"
    "</Отбор><СтрокиНабораЗаписей><Объект>"
    "<Свойство Имя=\"Цена\" Тип=\"Число\"><Значение>5</Значение></Свойство>"
    "</Объект></СтрокиНабораЗаписей></НаборЗаписейРегистра></ФайлОбмена>\n";

static void must(struct fixture *fixture, int exit_status)
{
    if (exit_status != 0) {
        fail_msg("%s", fixture->complaint);
    }
}

/* The set of the goods as it is before each import. */
static void put_records(struct fixture *fixture)
{
    static char lines[TEXT_BYTES];
    int size = snprintf(
        lines, sizeof lines,
        "{\"put\": \"InformationRegister.ЦеныНоменклатуры\", \"filter\": "
        "{\"Номенклатура\": \"" GOODS "\"}, \"records\": [");
    for (unsigned i = 0; i < RECORDS; i++) {
        size += snprintf(
            lines + size, sizeof lines - (size_t)size,
            "%s{\"Period\": \"2026-%02u-%02uT00:00:00\", \"Цена\": \"%u\"}",
            i == 0 ? "" : ", ", 1 + i / 28, 1 + i % 28, 1 + i);
    }
    snprintf(lines + size, sizeof lines - (size_t)size, "]}\n");
    must(fixture, fixture_feed(fixture, lines, "batch"));
}

static unsigned count_records(struct fixture *fixture)
{
    char ref[200];
    unsigned count = 0;
    must(
        fixture,
        fixture_run(
            fixture, "object", "list", "InformationRegister.ЦеныНоменклатуры", "--refs"));
    snprintf(ref, sizeof ref, "%.*s", (int)strcspn(fixture->out, "\n"), fixture->out);
    must(fixture, fixture_run(fixture, "object", "get", ref));
    for (const char *at = fixture->out; (at = strstr(at, "\"Period\"")) != NULL; at++) {
        count++;
    }
    return count;
}

static void prepare(struct fixture *fixture)
{
    fixture_write(fixture_path(fixture, "prices.map"), MAPPING);
    must(fixture, fixture_run(fixture, "object", "put", GOODS, "--set", "Code=77"));
    must(
        fixture, fixture_run(
                     fixture, "endpoint", "add", "--node", "БЦен", "--format", "kd2",
                     "--mapping", "prices.map", "--directory", fixture->directory));
}

static int import(struct fixture *fixture, const char *message, unsigned number)
{
    static char text[TEXT_BYTES];
    const char *sign = strstr(message, "%u");
    if (sign == NULL) {
        fixture_write(fixture_path(fixture, "in.xml"), message);
        return fixture_run(
            fixture, "import", "--format", "kd2", "--mapping", "prices.map", "in.xml");
    }
    snprintf(
        text, sizeof text, "%.*s%u%s", (int)(sign - message), message, number, sign + 2);
    fixture_write(fixture_path(fixture, "in.xml"), text);
    return fixture_run(fixture, "import", "--format", "kd2", "in.xml");
}

/* Each allocation of the import fails once: the set is as it was, or has one more. */
static void must_keep_records(struct fixture *fixture, const char *message)
{
    bool failed = true;
    unsigned n = 1; /* the first one is that of the command itself */
    prepare(fixture);
    while (failed) {
        n++;
        assert_true(n < IMPORTS_MAX);
        put_records(fixture);
        scarce_from(n, /* for_ever= */ false);
        const int exit_status = import(fixture, message, n);
        failed = scarce_end();
        const unsigned count = count_records(fixture);
        if (count != RECORDS + (exit_status == 0)) {
            fail_msg("%u: %u records, exit status %d", n, count, exit_status);
        }
    }
    assert_true(n > 10);
}

static void test_a_record_that_comes_alone(void **state)
{
    must_keep_records(*state, RECORD);
}

static void test_a_set_whose_filter_says_more(void **state)
{
    must_keep_records(*state, SET);
}

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_record_that_comes_alone, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_set_whose_filter_says_more, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
