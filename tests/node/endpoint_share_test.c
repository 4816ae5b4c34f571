/* Messages of foreign formats that are imported in shares, others writing between. */

#include "fixture.h"

#include "endpoint.h"
#include "enterprisedata/correspondent_codec.h"
#include "kd2/kd2_codec.h"

enum { PARTNERS = 3000 };

#define THEIRS "22222222-3333-4444-8555-000000000001"
#define OURS   "Catalog.Контрагенты:11111111-2222-4333-8444-000000000001"

struct format {
    const char *name;
    const char *mapping;
    const struct fl_endpoint_codec *codec;
    const char *begin;
    const char *partner; /* %1: number, %2: identity, %3: INN */
    const char *end;
};

static const struct format KD2 = {
    "--format=kd2",
    "--mapping=" FILIAL_MAPPINGS "/kd2/accounting8.xml",
    &fl_kd2_endpoint.codec,
    "<ФайлОбмена ВерсияФормата=\"3.1\"><ПравилаОбмена/>\n"
    "<ДанныеПоОбмену ПланОбмена=\"Филиалы\" Кому=\"Ф01\" ОтКого=\"БП01\" "
    "НомерИсходящегоСообщения=\"1\" НомерВходящегоСообщения=\"0\"/>\n",
    "<Объект Нпп=\"%1\" Тип=\"СправочникСсылка.Контрагенты\" "
    "ИмяПравила=\"Контрагенты\"><Ссылка Нпп=\"%1\">"
    "<Свойство Имя=\"{УникальныйИдентификатор}\"><Значение>%2</Значение></Свойство>"
    "<Свойство Имя=\"ИНН\"><Значение>%3</Значение></Свойство>"
    "<Свойство Имя=\"КПП\"><Значение>770</Значение></Свойство></Ссылка>"
    "<Свойство Имя=\"НаименованиеПолное\"><Значение>из файла</Значение></Свойство>"
    "</Объект>\n",
    "</ФайлОбмена>\n"};

static const struct format ENTERPRISEDATA = {
    "--format=enterprisedata",
    "--mapping=" FILIAL_MAPPINGS "/enterprisedata/demonstration.xml",
    &fl_correspondent_endpoint.codec,
    "<Message xmlns:msg=\"http://www.1c.ru/SSL/Exchange/Message\"><msg:Header>"
    "<msg:Format>http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8</msg:Format>"
    "<msg:CreationDate>2026-09-06T10:36:59</msg:CreationDate><msg:Confirmation>"
    "<msg:ExchangePlan>Филиалы</msg:ExchangePlan><msg:To>Ф01</msg:To>"
    "<msg:From>БП01</msg:From><msg:MessageNo>1</msg:MessageNo>"
    "<msg:ReceivedNo>0</msg:ReceivedNo></msg:Confirmation>"
    "<msg:AvailableVersion>1.8</msg:AvailableVersion></msg:Header>"
    "<Body xmlns=\"http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8\">\n",
    "<Справочник.Контрагенты><КлючевыеСвойства><Ссылка>%2</Ссылка>"
    "<Наименование>номер %1</Наименование>"
    "<НаименованиеПолное>из файла</НаименованиеПолное><ИНН>%3</ИНН><КПП>770</КПП>"
    "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>"
    "</КлючевыеСвойства></Справочник.Контрагенты>\n",
    "</Body></Message>\n"};

static void put(
    FILE *file,
    const struct format *format,
    unsigned number,
    const char *id,
    const char *inn)
{
    const char *at = format->partner;
    for (const char *sign; (sign = strchr(at, '%')) != NULL; at = sign + 2) {
        fwrite(at, 1, (size_t)(sign - at), file);
        if (sign[1] == '1') {
            fprintf(file, "%u", number);
        } else {
            fputs(sign[1] == '2' ? id : inn, file);
        }
    }
    fputs(at, file);
}

/* The last of them is the one that we have, too. */
static const char *write_message(
    const struct fixture *fixture,
    const struct format *format)
{
    const char *path = fixture_path(fixture, "in.xml");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(format->begin, file);
    for (unsigned i = 1; i < PARTNERS; i++) {
        char id[40];
        char inn[16];
        snprintf(id, sizeof id, "22222222-3333-4444-8555-1%011u", i);
        snprintf(inn, sizeof inn, "%u", i);
        put(file, format, i, id, inn);
    }
    put(file, format, PARTNERS, THEIRS, "999999");
    fputs(format->end, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* In shares, as the daemon does; as soon as something is applied somebody enters ours. */
static void import_beside_others(struct fixture *fixture, const struct format *format)
{
    struct fl_endpoint_import *import = NULL;
    struct fl_endpoint_import_report report;
    struct fl_error error = {.text = ""};
    struct fl_output output;
    bool done = false;
    bool is_entered = false;
    assert_int_equal(
        fl_endpoint_import_begin(
            fixture->node, format->codec, write_message(fixture, format), 0, &import,
            &report, &error),
        FL_OK);
    fl_output_init(&output, false, false, fixture_take, fixture);
    while (!done) {
        if (fl_endpoint_import_step(import, &output, 1, &done, &report, &error) !=
            FL_OK) {
            fail_msg("%s", error.text);
        }
        if (!done && !is_entered && report.applied > 0) {
            is_entered = true;
            assert_int_equal(
                fixture_run(
                    fixture, "object", "put", OURS, "--set", "ИНН=999999", "--set",
                    "КПП=770", "--set", "Description=наш"),
                0);
        }
    }
    fl_endpoint_import_end(import);
    fl_output_deinit(&output);
    assert_true(is_entered);
}

static void must_find_who_comes_between(
    struct fixture *fixture,
    const struct format *format)
{
    assert_int_equal(
        fixture_run(
            fixture, "endpoint", "add", "--node=БП01", format->name, format->mapping,
            "--directory", fixture->directory),
        0);
    import_beside_others(fixture, format);
    /* Ours is theirs: no second one was made. */
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Контрагенты:" THEIRS), 1);
}

static void test_kd2_finds_who_comes_between_two_shares(void **state)
{
    must_find_who_comes_between(*state, &KD2);
}

static void test_enterprisedata_finds_who_comes_between_two_shares(void **state)
{
    must_find_who_comes_between(*state, &ENTERPRISEDATA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kd2_finds_who_comes_between_two_shares),
        TEST(test_enterprisedata_finds_who_comes_between_two_shares)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
