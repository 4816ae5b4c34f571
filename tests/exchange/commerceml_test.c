#include "commerceml.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

/* Everything odd that real files have, in one small catalogue. */
static const char CATALOG[] =
    "\xEF\xBB\xBF" HEAD
    "<КоммерческаяИнформация xmlns=\"urn:1C.ru:commerceml_2\" ВерсияСхемы=\"2.07\" "
    "ДатаФормирования=\"2026-11-23T9:15:02\" Ид=\"Обмен\">\n"
    "<Классификатор><Ид>c1</Ид><Наименование>Склад обуви</Наименование>\n"
    "<Группы><Группа><Ид>g1</Ид><Группы><Группа><Ид>g2</Ид><Наименование>Б</Наименование>"
    "</Группа><Группа><Ид>g3</Ид><Наименование>В</Наименование></Группа></Группы>"
    "<Наименование>А</Наименование></Группа></Группы>\n"
    "<Свойства><Свойство><Ид>p1</Ид><Наименование>Сезон</Наименование></Свойство>"
    "</Свойства></Классификатор>\n"
    "<Каталог СодержитТолькоИзменения=\"false\"><Ид>k1</Ид><Товары>\n"
    "<Товар Статус=\"Удален\"><Наименование>Сапог\x1D</Наименование><Ид> t1 </Ид>"
    "<БазоваяЕдиница  Код=\"796 \">шт</БазоваяЕдиница ></Товар>\n"
    "<Товар><Ид>t2</Ид><ПометкаУдаления>true</ПометкаУдаления><Наименование>Туфля "
    "&quot;М&quot;</Наименование><ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>"
    "Код</Наименование><Значение>7</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>"
    "</Товар></Товары><Описание>весна</Описание></Каталог></КоммерческаяИнформация>";

static void check_catalog(size_t piece)
{
    static const struct {
        enum fl_commerceml_kind kind;
        const char *id;
        const char *parent;
        bool deleted;
    } expected[] = {{FL_COMMERCEML_GROUP, "g1", "", false},
                    {FL_COMMERCEML_GROUP, "g2", "g1", false},
                    {FL_COMMERCEML_GROUP, "g3", "g1", false},
                    {FL_COMMERCEML_PROPERTY, "p1", "", false},
                    {FL_COMMERCEML_GOODS, "t1", "", true},
                    {FL_COMMERCEML_GOODS, "t2", "", true}};
    struct pieces pieces = {
        .left = {(const uint8_t *)CATALOG, sizeof CATALOG - 1}, .piece = piece};
    struct fl_commerceml_reader *reader = open_pieces(&pieces);
    const struct fl_commerceml_item *item = NULL;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(fl_commerceml_reader_next(reader, &item, NULL), FL_OK);
        assert_non_null(item);
        assert_int_equal(item->kind, expected[i].kind);
        assert_true(is_text(fl_commerceml_text(item->element, "Ид"), expected[i].id));
        assert_true(is_text(item->parent, expected[i].parent));
        assert_int_equal(item->deleted, expected[i].deleted);
        if (i == 4) {
            assert_true(
                is_text(fl_commerceml_text(item->element, "БазоваяЕдиница/@Код"), "796"));
            assert_true(
                is_text(fl_commerceml_text(item->element, "Наименование"), "Сапог"));
            assert_true(is_text(fl_commerceml_text(item->section->head, "Ид"), "k1"));
            assert_false(item->section->changes_only);
        }
    }
    assert_true(is_text(fl_commerceml_requisite(item->element, "Код"), "7"));
    assert_int_equal(fl_commerceml_reader_next(reader, &item, NULL), FL_OK);
    assert_null(item);
    assert_true(is_text(
        fl_commerceml_text(fl_commerceml_reader_root(reader), "@ВерсияСхемы"), "2.07"));
    assert_string_equal(fl_commerceml_reader_namespace(reader), "urn:1C.ru:commerceml_2");
    assert_true(is_text(
        fl_commerceml_text(fl_commerceml_reader_section(reader, 1)->head, "Описание"),
        "весна"));
    assert_null(fl_commerceml_reader_section(reader, 2));
    fl_commerceml_reader_close(reader);
}

static void test_a_file_may_come_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 40; piece++) {
        check_catalog(piece);
    }
    check_catalog(sizeof CATALOG);
}

/* Cut anywhere, it fails, and says that bytes are missing. */
static void test_a_cut_file_is_known_as_cut(void **state)
{
    (void)state;
    for (size_t size = 0; size + 1 < sizeof CATALOG - 1; size += 7) {
        struct pieces pieces = {.left = {(const uint8_t *)CATALOG, size}, .piece = 4096};
        struct fl_commerceml_reader *reader = open_pieces(&pieces);
        const struct fl_commerceml_item *item = NULL;
        struct fl_error error = {.text = ""};
        enum fl_status status;
        do {
            status = fl_commerceml_reader_next(reader, &item, &error);
        } while (status == FL_OK && item != NULL);
        assert_int_not_equal(status, FL_OK);
        assert_string_not_equal(error.text, "");
        assert_true(size < 64 || fl_commerceml_reader_is_incomplete(reader));
        fl_commerceml_reader_close(reader);
    }
}

static void test_other_xml_is_refused(void **state)
{
    static const char text[] = HEAD "<html><body>503</body></html>";
    struct pieces pieces = {.left = fl_bytes_of_text(text), .piece = 10};
    struct fl_commerceml_reader *reader = open_pieces(&pieces);
    const struct fl_commerceml_item *item = NULL;
    struct fl_error error = {.text = ""};
    (void)state;
    assert_int_equal(fl_commerceml_reader_next(reader, &item, &error), FL_MALFORMED);
    assert_non_null(strstr(error.text, "html"));
    fl_commerceml_reader_close(reader);
}

static void test_documents_of_one_container_belong_together(void **state)
{
    static const char text[] =
        HEAD "<КоммерческаяИнформация ВерсияСхемы=\"3.1\"><Контейнер><Документ><Ид>1</Ид>"
             "</Документ><Документ><Ид>2</Ид></Документ></Контейнер><Контейнер><Документ>"
             "<Ид>3</Ид></Документ></Контейнер><Документ><Ид>4</Ид></Документ>"
             "</КоммерческаяИнформация>";
    static const uint64_t containers[] = {1, 1, 2, 0};
    struct pieces pieces = {.left = fl_bytes_of_text(text), .piece = 4096};
    struct fl_commerceml_reader *reader = open_pieces(&pieces);
    const struct fl_commerceml_item *item = NULL;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(fl_commerceml_reader_next(reader, &item, NULL), FL_OK);
        assert_int_equal(item->container, containers[i]);
        assert_null(item->section);
    }
    fl_commerceml_reader_close(reader);
}

/* --- writing --- */

struct written {
    struct fl_arena arena;
    struct fl_commerceml_tree tree;
    struct fl_buffer text;
    struct fl_commerceml_writer *writer;
};

static void open_written(struct written *written, enum fl_commerceml_version version)
{
    fl_arena_init(&written->arena, 1 << 20);
    written->tree = (struct fl_commerceml_tree){.arena = &written->arena};
    fl_buffer_init(&written->text, 1 << 20);
    const struct fl_commerceml_writer_options options = {
        .sink = fl_codec_buffer_sink(&written->text), .version = version};
    assert_int_equal(fl_commerceml_writer_open(&options, &written->writer, NULL), FL_OK);
}

static const char *end_written(struct written *written)
{
    assert_int_equal(fl_commerceml_writer_end(written->writer, NULL), FL_OK);
    fl_buffer_put_u8(&written->text, 0);
    return (const char *)written->text.data;
}

static void close_written(struct written *written)
{
    fl_commerceml_writer_close(written->writer);
    fl_buffer_deinit(&written->text);
    fl_arena_deinit(&written->arena);
}

static struct fl_commerceml_element *add(
    struct written *written,
    struct fl_commerceml_element *parent,
    const char *name,
    const char *text)
{
    return fl_commerceml_add_text(&written->tree, parent, name, fl_bytes_of_text(text));
}

/* With its parts in the wrong order. */
static struct fl_commerceml_element *make_order(struct written *written)
{
    struct fl_commerceml_element *order = add(written, NULL, "Документ", "");
    struct fl_commerceml_element *parties = add(written, order, "Контрагенты", "");
    struct fl_commerceml_element *party = add(written, parties, "Контрагент", "");
    add(written, party, "Роль", "Покупатель");
    add(written, party, "Ид", "c1");
    add(written, party, "Наименование", "Иванов <И>");
    struct fl_commerceml_element *contacts = add(written, party, "Контакты", "");
    struct fl_commerceml_element *contact = add(written, contacts, "Контакт", "");
    add(written, contact, "Тип", "Телеграф");
    add(written, contact, "Значение", "1");
    add(written, order, "Неизвестное", "x");
    add(written, order, "Сумма", "1 719,505");
    add(written, order, "Время", "2026-11-23T9:15:02");
    add(written, order, "Дата", "2026-11-23T9:15:02");
    add(written, order, "Курс", "1");
    add(written, order, "Роль", "Продавец");
    add(written, order, "ХозОперация", "Заказ товара");
    add(written, order, "Номер", "1001");
    add(written, order, "Ид", "d1");
    return order;
}

static void test_a_document_is_put_in_order(void **state)
{
    struct written written = {.writer = NULL};
    (void)state;
    open_written(&written, FL_COMMERCEML_2_07);
    struct fl_commerceml_element *order = make_order(&written);
    add(&written, order, "Валюта", "RUB");
    assert_int_equal(fl_commerceml_writer_put(written.writer, order, NULL), FL_OK);
    const char *words = "";
    assert_int_equal(fl_commerceml_writer_left_out(written.writer, &words), 3);
    const char *text = end_written(&written);
    assert_non_null(strstr(
        text,
        "\t<Документ>\n\t\t<Ид>d1</Ид>\n\t\t<Номер>1001</Номер>\n"
        "\t\t<Дата>2026-11-23</Дата>\n\t\t<ХозОперация>Заказ товара</ХозОперация>\n"
        "\t\t<Роль>Продавец</Роль>\n\t\t<Валюта>RUB</Валюта>\n\t\t<Курс>1</Курс>\n"
        "\t\t<Сумма>1719.51</Сумма>\n\t\t<Контрагенты>\n\t\t\t<Контрагент>\n"
        "\t\t\t\t<Ид>c1</Ид>\n\t\t\t\t<Наименование>Иванов &lt;И&gt;</Наименование>\n"
        "\t\t\t\t<ПолноеНаименование>Иванов &lt;И&gt;</ПолноеНаименование>\n"
        "\t\t\t\t<Роль>Покупатель</Роль>\n\t\t\t</Контрагент>\n\t\t</Контрагенты>\n"
        "\t\t<Время>09:15:02</Время>\n\t</Документ>\n</КоммерческаяИнформация>"));
    close_written(&written);
}

static void test_what_lacks_something_is_refused_whole(void **state)
{
    struct written written = {.writer = NULL};
    struct fl_error error = {.text = ""};
    (void)state;
    open_written(&written, FL_COMMERCEML_2_07);
    struct fl_commerceml_element *order = make_order(&written);
    assert_int_equal(fl_commerceml_writer_put(written.writer, order, &error), FL_REFUSED);
    assert_non_null(strstr(error.text, "1001"));
    assert_non_null(strstr(error.text, "Валюта"));
    const char *text = end_written(&written);
    assert_null(strstr(text, "Документ"));
    assert_non_null(strstr(text, "</КоммерческаяИнформация>"));
    close_written(&written);
}

static void test_containers_follow_items(void **state)
{
    struct written written = {.writer = NULL};
    (void)state;
    open_written(&written, FL_COMMERCEML_2_08);
    struct fl_commerceml_element *head =
        add(&written, NULL, "ИзмененияПакетаПредложений", "");
    fl_commerceml_add_attribute(
        &written.tree, head, "СодержитТолькоИзменения", fl_bytes_of_text("true"));
    add(&written, head, "Ид", "k1#");
    assert_int_equal(fl_commerceml_writer_section(written.writer, head, NULL), FL_OK);
    struct fl_commerceml_element *offer = add(&written, NULL, "Предложение", "");
    add(&written, offer, "Ид", "t1");
    struct fl_commerceml_element *stock = add(&written, offer, "Склады", "");
    fl_commerceml_add_attribute(&written.tree, stock, "ИдСклада", fl_bytes_of_text("s1"));
    fl_commerceml_add_attribute(
        &written.tree, stock, "КоличествоНаСкладе", fl_bytes_of_text("5,0"));
    assert_int_equal(fl_commerceml_writer_put(written.writer, offer, NULL), FL_OK);
    assert_non_null(strstr(
        end_written(&written),
        "\t<ИзмененияПакетаПредложений "
        "СодержитТолькоИзменения=\"true\">\n\t\t<Ид>k1#</Ид>\n"
        "\t\t<Предложения>\n\t\t\t<Предложение>\n\t\t\t\t<Ид>t1</Ид>\n\t\t\t\t<Склады "
        "ИдСклада=\"s1\" КоличествоНаСкладе=\"5\"/>\n\t\t\t</Предложение>\n\t\t"
        "</Предложения>\n\t</ИзмененияПакетаПредложений>\n</КоммерческаяИнформация>"));
    close_written(&written);
}

static void test_3_1_has_its_own_elements_and_a_container_for_each_document(void **state)
{
    struct written written = {.writer = NULL};
    struct fl_error error = {.text = ""};

    (void)state;
    open_written(&written, FL_COMMERCEML_3_1);
    struct fl_commerceml_element *head = add(&written, NULL, "ПакетПредложений", "");

    add(&written, head, "ИдКаталога", "k1");
    add(&written, head, "Наименование", "К");
    assert_int_equal(fl_commerceml_writer_section(written.writer, head, NULL), FL_OK);
    struct fl_commerceml_element *offer = add(&written, NULL, "Предложение", "");
    struct fl_commerceml_element *rest =
        add(&written, add(&written, offer, "Остатки", ""), "Остаток", "");
    struct fl_commerceml_element *store = add(&written, rest, "Склад", "");

    add(&written, store, "Количество", "5,0");
    add(&written, store, "Ид", "s1");
    add(&written, offer, "Количество", "5");
    add(&written, offer, "ПометкаУдаления", "нет");
    add(&written, offer, "Ид", "t1");
    assert_int_equal(fl_commerceml_writer_put(written.writer, offer, NULL), FL_OK);
    for (size_t i = 0; i < 2; i++) {
        struct fl_commerceml_element *order = make_order(&written);

        add(&written, order, "Валюта", "RUB");
        add(&written, order, "НомерВерсии", "AAAAAAAAAAI=");
        assert_int_equal(fl_commerceml_writer_put(written.writer, order, NULL), FL_OK);
        /* One that is refused leaves no container behind. */
        assert_int_equal(
            fl_commerceml_writer_put(written.writer, make_order(&written), &error),
            FL_REFUSED);
    }
    const char *text = end_written(&written);

    assert_non_null(strstr(text, "ВерсияСхемы=\"3.1\""));
    assert_non_null(strstr(text, "Ид=\"Обмен с сайтом\">"));
    assert_non_null(strstr(
        text, "\t\t\t<Предложение>\n\t\t\t\t<Ид>t1</Ид>\n"
              "\t\t\t\t<ПометкаУдаления>false</ПометкаУдаления>\n\t\t\t\t<Остатки>\n"
              "\t\t\t\t\t<Остаток>\n\t\t\t\t\t\t<Склад>\n\t\t\t\t\t\t\t<Ид>s1</Ид>\n"
              "\t\t\t\t\t\t\t<Количество>5</Количество>\n\t\t\t\t\t\t</Склад>\n"
              "\t\t\t\t\t</Остаток>\n\t\t\t\t</Остатки>\n\t\t\t</Предложение>\n"));
    const char *first = strstr(
        text, "\t</ПакетПредложений>\n\t<Контейнер>\n\t\t<Документ>\n\t\t\t<Ид>d1</Ид>\n"
              "\t\t\t<НомерВерсии>AAAAAAAAAAI=</НомерВерсии>\n");
    assert_non_null(first);
    assert_non_null(strstr(
        first, "\t\t</Документ>\n\t</Контейнер>\n\t<Контейнер>\n\t\t<Документ>\n"));
    assert_non_null(
        strstr(first, "\t\t</Документ>\n\t</Контейнер>\n</КоммерческаяИнформация>"));
    close_written(&written);
}

static void test_what_only_3_1_has_is_not_in_others(void **state)
{
    struct written written = {.writer = NULL};
    struct fl_error error = {.text = ""};

    (void)state;
    open_written(&written, FL_COMMERCEML_2_07);
    struct fl_commerceml_element *head = add(&written, NULL, "Классификатор", "");
    struct fl_commerceml_element *owner = add(&written, head, "Владелец", "");

    add(&written, head, "Ид", "k1");
    add(&written, head, "Наименование", "К");
    add(&written, owner, "Ид", "o1");
    add(&written, owner, "Наименование", "О");
    fl_commerceml_add_attribute(
        &written.tree, head, "СодержитТолькоИзменения", fl_bytes_of_text("true"));
    assert_int_equal(fl_commerceml_writer_section(written.writer, head, NULL), FL_OK);
    struct fl_commerceml_element *store = add(&written, NULL, "Склад", "");

    add(&written, store, "Ид", "s1");
    assert_int_equal(fl_commerceml_writer_put(written.writer, store, &error), FL_REFUSED);
    struct fl_commerceml_element *group = add(&written, NULL, "Группа", "");

    add(&written, group, "Ид", "g1");
    add(&written, group, "НомерВерсии", "AAAAAAAAAAI=");
    add(&written, group, "ПометкаУдаления", "true");
    add(&written, group, "Наименование", "Г");
    assert_int_equal(fl_commerceml_writer_put(written.writer, group, NULL), FL_OK);
    const char *text = end_written(&written);

    assert_null(strstr(text, "СодержитТолькоИзменения"));
    assert_null(strstr(text, "НомерВерсии"));
    assert_null(strstr(text, "ПометкаУдаления"));
    assert_null(strstr(text, "Обмен с сайтом"));
    assert_non_null(strstr(text, "<Ид>g1</Ид>\n\t\t\t\t<Наименование>Г</Наименование>"));
    close_written(&written);
}

/* --- words --- */

static void test_numbers_dates_and_flags_of_all_kinds(void **state)
{
    struct fl_decimal number;
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    int64_t date = -1;
    int64_t same = -2;
    bool flag = false;
    (void)state;
    assert_true(fl_commerceml_number(fl_bytes_of_text("-999 999 999,9"), &number));
    size_t size = fl_decimal_format(number, text);
    assert_true(is_text((struct fl_bytes){(uint8_t *)text, size}, "-999999999.9"));
    assert_false(fl_commerceml_number(fl_bytes_of_text("1 719 RUB"), &number));
    assert_true(fl_commerceml_number(fl_bytes_of_text("-9.995"), &number));
    number = fl_commerceml_round(number, 2);
    size = fl_decimal_format(number, text);
    assert_true(is_text((struct fl_bytes){(uint8_t *)text, size}, "-10"));
    assert_true(fl_commerceml_date(fl_bytes_of_text("2026-11-23T9:15:02"), &date));
    static const char *const DATES[] = {
        "2026-11-23 09:15:02", "23.11.2026 9:15:02", "2026-11-23T09:15:02.526+03:00",
        " 2026-11-23T09:15:02Z "};
    for (size_t i = 0; i < sizeof DATES / sizeof DATES[0]; i++) {
        assert_true(fl_commerceml_date(fl_bytes_of_text(DATES[i]), &same));
        assert_int_equal(date, same);
    }
    assert_true(fl_commerceml_date(fl_bytes_of_text("T"), &date));
    assert_int_equal(date, 0);
    assert_true(fl_commerceml_date(fl_bytes_of_text("2015-08-12+03:00"), &date));
    assert_false(fl_commerceml_date(fl_bytes_of_text("2026-13-01"), &date));
    assert_false(fl_commerceml_date(fl_bytes_of_text("2026-12-01T25:00:00"), &date));
    assert_true(fl_commerceml_flag(fl_bytes_of_text("[Y]"), &flag) && flag);
    assert_false(fl_commerceml_flag(fl_bytes_of_text("maybe"), &flag));
}

static void test_equal_halves_are_no_characteristic(void **state)
{
    struct fl_commerceml_id id;
#define A "bd72d910-55bc-11d9-848a-00112f43529a"
#define B "90c55447-d3a8-11e4-9423-e0cb4ed5eed4"
    (void)state;
    assert_true(fl_commerceml_id_parse(fl_bytes_of_text(A "#" B), &id));
    assert_true(id.has_characteristic);
    assert_true(fl_commerceml_id_parse(fl_bytes_of_text(A "#" A), &id));
    assert_false(id.has_characteristic);
    assert_true(fl_commerceml_id_parse(fl_bytes_of_text(A), &id));
    assert_false(fl_commerceml_id_parse(fl_bytes_of_text("ORDER_DELIVERY"), &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_may_come_in_pieces_of_any_size),
        cmocka_unit_test(test_a_cut_file_is_known_as_cut),
        cmocka_unit_test(test_other_xml_is_refused),
        cmocka_unit_test(test_documents_of_one_container_belong_together),
        cmocka_unit_test(test_a_document_is_put_in_order),
        cmocka_unit_test(test_what_lacks_something_is_refused_whole),
        cmocka_unit_test(test_containers_follow_items),
        cmocka_unit_test(test_3_1_has_its_own_elements_and_a_container_for_each_document),
        cmocka_unit_test(test_what_only_3_1_has_is_not_in_others),
        cmocka_unit_test(test_numbers_dates_and_flags_of_all_kinds),
        cmocka_unit_test(test_equal_halves_are_no_characteristic),
    };
    return cmocka_run_group_tests_name("exchange.commerceml", tests, NULL, NULL);
}
