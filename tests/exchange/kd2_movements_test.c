/* Movements of a document: record sets of their own here, within the document there. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/kd2_element.h"
#include "exchange/kd2_reader.h"
#include "exchange/kd2_writer.h"

/* A pair each, and one whose kind is not told. */
static const char FILE_TEXT[] =
    "<ФайлОбмена ВерсияФормата='2.0'>"
    "<Объект Нпп='1' Тип='ДокументСсылка.Операция'>"
    "<ТабличнаяЧасть Имя='Хозрасчетный'><Запись><Свойство Имя='А'/></Запись>"
    "</ТабличнаяЧасть>"
    "<НаборЗаписей Имя='Хозрасчетный'><Запись>"
    "<Свойство Имя='Сумма'><Значение>5</Значение></Свойство>"
    "<СубконтоДт><Свойство Имя='Ключ'><Значение>Контрагенты</Значение></Свойство>"
    "<Свойство Имя='Значение'><Значение>Лютик</Значение></Свойство></СубконтоДт>"
    "<СубконтоДт><Свойство Имя='Ключ'><Значение>Договоры</Значение></Свойство>"
    "<Свойство Имя='Значение'><Значение>7</Значение></Свойство></СубконтоДт>"
    "<СубконтоКт><Свойство Имя='Значение'><Значение>Стол</Значение></Свойство>"
    "</СубконтоКт></Запись></НаборЗаписей></Объект></ФайлОбмена>";

struct world {
    struct fl_codec_memory memory;
    struct fl_kd2_reader *reader;
    const struct fl_kd2_item *item;
    struct fl_arena arena;
    struct fl_element *document;
    struct fl_error error;
};

static void must(struct world *world, enum fl_status status)
{
    if (status != FL_OK) {
        fail_msg("%s", world->error.text);
    }
}

static int open_world(void **state)
{
    struct world *const world = calloc(1, sizeof(*world));

    world->memory.left = fl_bytes_of_text(FILE_TEXT);
    const struct fl_kd2_reader_options options = {
        .source = fl_codec_memory_source(&world->memory)};

    fl_arena_init(&world->arena, 1 << 20);
    must(world, fl_kd2_reader_open(&options, &world->reader, &world->error));
    must(world, fl_kd2_reader_next(world->reader, &world->item, &world->error));
    must(
        world, fl_kd2_elements_of(
                   world->item, NULL, &world->arena, &world->document, &world->error));
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *const world = *state;

    fl_kd2_reader_close(world->reader);
    fl_arena_deinit(&world->arena);
    free(world);
    return 0;
}

static void must_be(struct fl_element *record, const char *name, const char *text)
{
    const struct fl_element *const element = fl_element_child(record, name);

    if (!element || !fl_bytes_equal(element->text, fl_bytes_of_text(text))) {
        fail_msg("%s is not \"%s\"", name, text);
    }
}

static void test_movements_are_a_tree_behind_their_documents(void **state)
{
    struct world *const world = *state;
    struct fl_element *const set = world->document->next;

    assert_non_null(fl_element_child(world->document, "Хозрасчетный"));
    assert_null(fl_element_same(fl_element_child(world->document, "Хозрасчетный")));
    assert_non_null(set);
    assert_null(set->next);
    assert_string_equal(set->name, "НаборЗаписей.Хозрасчетный");
    assert_ptr_equal(set->origin, world->item->last);
    struct fl_element *const recorder =
        fl_element_child(fl_element_child(set, FL_KD2_KEY), "Регистратор");

    assert_non_null(recorder);
    assert_string_equal(recorder->type, "ДокументСсылка.Операция");
    assert_ptr_equal(recorder->origin, world->item);
    struct fl_element *const record = fl_element_child(set, FL_KD2_RECORDS);

    assert_non_null(record);
    must_be(record, "Сумма", "5");
    must_be(record, "ВидСубконтоДт1", "Контрагенты");
    must_be(record, "СубконтоДт1", "Лютик");
    must_be(record, "ВидСубконтоДт2", "Договоры");
    must_be(record, "СубконтоДт2", "7");
    assert_null(fl_element_child(record, "ВидСубконтоКт1"));
    must_be(record, "СубконтоКт1", "Стол");
}

/* 1C reads one pair of an element: several in one would be the last alone. */
static void test_each_pair_is_written_as_an_element(void **state)
{
    struct world *const world = *state;
    const struct fl_kd2_making making = {.dialect = FL_KD2_D1};
    struct fl_kd2_item item = {
        .kind = FL_KD2_OBJECT, .type = world->item->type, .number = 1};
    struct fl_kd2_writer *writer = NULL;
    struct fl_buffer written;

    must(
        world, fl_kd2_movements_add(
                   &making, world->document->next, &world->arena, &item, &world->error));
    fl_buffer_init(&written, 1 << 20);
    const struct fl_kd2_writer_options options = {
        .sink = fl_codec_buffer_sink(&written), .dialect = FL_KD2_D1};
    const struct fl_kd2_header header = {.version = {NULL, 0}};
    const struct fl_kd2_rules rules = {.rules = NULL};

    must(world, fl_kd2_writer_open(&options, &writer, &world->error));
    must(world, fl_kd2_writer_begin(writer, &header, &rules, &world->error));
    must(world, fl_kd2_writer_put(writer, &item, &world->error));
    must(world, fl_kd2_writer_end(writer, &world->error));
    fl_kd2_writer_close(writer);
    fl_buffer_put_u8(&written, 0);
    static const char expected[] =
        "\t<НаборЗаписей Имя=\"Хозрасчетный\">\n"
        "\t\t<Запись>\n"
        "\t\t\t<Свойство Имя=\"Сумма\" Тип=\"Строка\">\n"
        "\t\t\t\t<Значение>5</Значение>\n\t\t\t</Свойство>\n"
        "\t\t\t<СубконтоДт>\n"
        "\t\t\t\t<Свойство Имя=\"Ключ\" Тип=\"Строка\">\n"
        "\t\t\t\t\t<Значение>Контрагенты</Значение>\n\t\t\t\t</Свойство>\n"
        "\t\t\t\t<Свойство Имя=\"Значение\" Тип=\"Строка\">\n"
        "\t\t\t\t\t<Значение>Лютик</Значение>\n\t\t\t\t</Свойство>\n"
        "\t\t\t</СубконтоДт>\n"
        "\t\t\t<СубконтоДт>\n"
        "\t\t\t\t<Свойство Имя=\"Ключ\" Тип=\"Строка\">\n"
        "\t\t\t\t\t<Значение>Договоры</Значение>\n\t\t\t\t</Свойство>\n";

    if (!strstr((const char *)written.data, expected)) {
        fail_msg("movements are written as\n%s", (const char *)written.data);
    }
    fl_buffer_deinit(&written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_movements_are_a_tree_behind_their_documents, open_world, close_world),
        cmocka_unit_test_setup_teardown(
            test_each_pair_is_written_as_an_element, open_world, close_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
