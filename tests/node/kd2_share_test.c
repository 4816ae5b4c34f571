/* A message of Конвертация данных 2 that is imported in shares, others writing between.
 */

#include "fixture.h"

#include "endpoint.h"
#include "kd2/kd2_codec.h"

enum { PARTNERS = 3000 };

#define THEIRS "22222222-3333-4444-8555-000000000001"
#define OURS   "Catalog.Контрагенты:11111111-2222-4333-8444-000000000001"

static void put(FILE *file, unsigned number, const char *id, const char *inn)
{
    fprintf(
        file,
        "<Объект Нпп=\"%u\" Тип=\"СправочникСсылка.Контрагенты\" "
        "ИмяПравила=\"Контрагенты\"><Ссылка Нпп=\"%u\">"
        "<Свойство Имя=\"{УникальныйИдентификатор}\"><Значение>%s</Значение></Свойство>"
        "<Свойство Имя=\"ИНН\"><Значение>%s</Значение></Свойство></Ссылка>"
        "<Свойство Имя=\"Комментарий\"><Значение>из файла</Значение></Свойство>"
        "</Объект>\n",
        number, number, id, inn);
}

static const char *write_message(const struct fixture *fixture)
{
    const char *path = fixture_path(fixture, "in.xml");
    FILE *file = fopen(path, "w");
    char text[40];
    char inn[16];
    assert_non_null(file);
    fputs(
        "<ФайлОбмена ВерсияФормата=\"3.1\"><ПравилаОбмена/>\n"
        "<ДанныеПоОбмену ПланОбмена=\"Филиалы\" Кому=\"Ф01\" ОтКого=\"БП01\" "
        "НомерИсходящегоСообщения=\"1\" НомерВходящегоСообщения=\"0\"/>\n",
        file);
    for (unsigned i = 1; i < PARTNERS; i++) {
        snprintf(text, sizeof text, "22222222-3333-4444-8555-1%011u", i);
        snprintf(inn, sizeof inn, "%u", i);
        put(file, i, text, inn);
    }
    put(file, PARTNERS, THEIRS, "999999");
    fputs("</ФайлОбмена>\n", file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Who had them between two shares, and whom the file gives later, is one and the same. */
static void test_who_comes_between_two_shares_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_import *import = NULL;
    struct fl_endpoint_import_report report;
    struct fl_error error = {.text = ""};
    struct fl_output output;
    bool done = false;
    bool put_already = false;
    assert_int_equal(
        fixture_run(
            fixture, "endpoint", "add", "--node=БП01", "--format=kd2",
            "--mapping=" FILIAL_MAPPING, "--directory", fixture->directory),
        0);
    assert_int_equal(
        fl_endpoint_import_begin(
            fixture->node, &fl_kd2_endpoint.codec, write_message(fixture), 0, &import,
            &report, &error),
        FL_OK);
    fl_output_init(&output, false, false, fixture_take, fixture);
    while (!done) {
        if (fl_endpoint_import_step(import, &output, 1, &done, &report, &error) !=
            FL_OK) {
            fail_msg("%s", error.text);
        }
        if (!done && !put_already && report.applied > 0) {
            put_already = true;
            assert_int_equal(
                fixture_run(
                    fixture, "object", "put", OURS, "--set", "ИНН=999999", "--set",
                    "Description=наш"),
                0);
        }
    }
    fl_endpoint_import_end(import);
    fl_output_deinit(&output);
    assert_true(put_already);
    assert_int_equal(fixture_run(fixture, "object", "get", OURS), 0);
    fixture_must_say(fixture->out, "из файла");
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Контрагенты:" THEIRS), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        test_who_comes_between_two_shares_is_found, fixture_setup, fixture_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
