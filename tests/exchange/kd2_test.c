/* The files of Конвертация данных 2: what is read, what is refused, how it is written. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kd2_told.h"

#define D1_HEAD                                                                          \
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                           \
    "<ФайлОбмена ВерсияФормата=\"2.0\" "                          \
    "ИмяКонфигурацииИсточника=\"Торговля  \" Чужой=\"1\">\n"
#define D1_TAIL "</ФайлОбмена>\n"
#define RULES                                                                                                 \
    "<ПравилаОбмена><ВерсияФормата>2.01</ВерсияФормата>"               \
    "<Ид>abc   </Ид><Источник>А</Источник><Приемник>Б"                          \
    "</Приемник><ПравилаКонвертацииОбъектов><Группа><Код>1"        \
    "</Код><Правило><Код>Товары</Код><НеЗамещать>true</"                      \
    "НеЗамещать><Источник>СправочникСсылка.Товары</Источник>" \
    "<Приемник>СправочникСсылка.Номенклатура</Приемник>"          \
    "</Правило></Группа></ПравилаКонвертацииОбъектов></"               \
    "ПравилаОбмена>"
#define D3_HEAD "<ФайлОбмена ВерсияФормата=\"3.1\">\n" RULES "\n"
#define D3_EXCHANGE                                                                            \
    "<ДанныеПоОбмену ПланОбмена=\"Филиалы\" Кому=\"ЦБ\" " \
    "ОтКого=\"Ф1 \" НомерИсходящегоСообщения=\"7\" "            \
    "НомерВходящегоСообщения=\"4\" "                                    \
    "УдалитьРегистрациюИзменений=\"true\"/>\n"
#define ID "22222222-2222-11e5-80d6-0050569f37c1"
#define ITEM(inside)                                                                     \
    "<Объект Нпп=\"1\" Тип=\"СправочникСсылка.Товары\">" inside "</Объект>"
#define REF                                                                                \
    "<Ссылка Нпп=\"1\"><Свойство "                                        \
    "Имя=\"{УникальныйИдентификатор}\" Тип=\"Строка\">" \
    "<Значение>" ID "</Значение></Свойство></Ссылка>"

static struct fl_buffer told;
static struct fl_buffer written;
static struct kd2_seen seen;

static void read_again(const char *text, const struct fl_kd2_writer_options *write)
{
    struct fl_error error = {.text = ""};

    fl_buffer_deinit(&told);
    fl_buffer_init(&told, 1 << 24);
    if (kd2_read(fl_bytes_of_text(text), write, &told, &seen, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    fl_buffer_put_u8(&told, 0);
}

static void must_tell(const char *text, const char *words)
{
    read_again(text, NULL);
    if (!strstr((const char *)told.data, words)) {
        fail_msg("no \"%s\" in\n%s", words, (const char *)told.data);
    }
}

static void must_fail(const char *text, enum fl_status expected, const char *words)
{
    struct fl_error error = {.text = ""};

    fl_buffer_deinit(&told);
    fl_buffer_init(&told, 1 << 24);
    const enum fl_status status =
        kd2_read(fl_bytes_of_text(text), NULL, &told, &seen, &error);

    if (status != expected || !strstr(error.text, words)) {
        fail_msg(
            "%s instead of %s: %s", fl_status_name(status), fl_status_name(expected),
            error.text);
    }
}

static const char *write_as(const char *text, enum fl_kd2_dialect dialect, bool english)
{
    fl_buffer_deinit(&written);
    fl_buffer_init(&written, 1 << 24);
    const struct fl_kd2_writer_options options = {
        .sink = fl_codec_buffer_sink(&written), .dialect = dialect, .english = english};

    read_again(text, &options);
    fl_buffer_put_u8(&written, 0);
    return (const char *)written.data;
}

static void must_write(const char *file, const char *words)
{
    if (!strstr(file, words)) {
        fail_msg("no \"%s\" in\n%s", words, file);
    }
}

/* ---- reading ---- */

static void test_three_ways_to_be_empty_are_one(void **state)
{
    (void)state;
    must_tell(
        D1_HEAD ITEM(REF "<Свойство Имя='А' Тип='Строка'><Пусто/></Свойство>"
                         "<Свойство Имя='Б'/><Свойство Имя='В'> \n </Свойство>") D1_TAIL,
        " А:Строка= Б:= В:=");
}

static void test_padding_of_attributes_is_cut_and_of_values_kept(void **state)
{
    (void)state;
    must_tell(
        D1_HEAD ITEM(REF "<Свойство Имя='Код   ' Тип='Строка '>"
                         "<Значение>А-1   </Значение></Свойство>") D1_TAIL,
        "Код:Строка=А-1   \n");
}

static void test_english_tags_are_the_same_file(void **state)
{
    (void)state;
    must_tell(
        "<ExchangeFile FormatVersion='2.0'><Object NBSp='1' Type='CatalogRef.Goods' "
        "WriteMode='Posting'><Ref NBSp='1'><Property Name='{UUID}' "
        "Type='String'><Value>" ID
        "</Value></Property></Ref><TabularSection Name='Rows'><Record><Property "
        "Name='Sum'><Value>5</Value></Property></Record></TabularSection></Object>"
        "</ExchangeFile>",
        "mode=1 posting=0 keep=0 empty=0\n  by {UUID}:String=" ID
        "\n \n  table Rows\n    "
        "Sum:=5");
    assert_int_equal(seen.dialect, FL_KD2_D1);
}

static void test_a_type_told_once_holds_for_properties(void **state)
{
    (void)state;
    must_tell(
        D3_HEAD
        "<ИнформацияОТипахДанных><ТипДанных Имя='СправочникСсылка.Товары'>"
        "<Вес>Число</Вес><ЦеныТабличнаяЧасть><Цена>Число</Цена></ЦеныТабличнаяЧасть>"
        "<ХозНаборЗаписей><Сумма>Число</Сумма></ХозНаборЗаписей>"
        "<Дата>Дата</Дата></ТипДанных></ИнформацияОТипахДанных>" D3_EXCHANGE ITEM(
            REF "<Свойство Имя='Вес'><Значение>1</Значение></Свойство>"
                "<Свойство Имя='Дата'/><ТабличнаяЧасть Имя='Цены'><Запись>"
                "<Свойство Имя='Цена'/></Запись></ТабличнаяЧасть>"
                "<НаборЗаписей Имя='Хоз'><Запись><Свойство Имя='Сумма'/></Запись>"
                "</НаборЗаписей>") D1_TAIL,
        "Вес:Число=1 Дата:Дата=\n  table Цены\n    Цена:Число=\n"
        "  records Хоз\n    Сумма:Число=");
}

static void test_everything_of_a_message_is_read(void **state)
{
    (void)state;
    must_tell(
        D3_HEAD
        "<ЗначениеПараметра Имя='П' Тип='Строка'><Значение>х</Значение>"
        "</ЗначениеПараметра>" D3_EXCHANGE
        "<НаборЗаписейРегистра Нпп='2' Тип='РегистрСведенийНаборЗаписей.Курсы' "
        "ПустойНабор='true'><Отбор><Свойство Имя='Валюта'><Значение>643</Значение>"
        "</Свойство></Отбор><СтрокиНабораЗаписей><Объект><Свойство Имя='Курс'>"
        "<Значение>1</Значение></Свойство></Объект></СтрокиНабораЗаписей>"
        "</НаборЗаписейРегистра>"
        "<УдалениеОбъекта ТипПриемника='А' ТипИсточника='Б' "
        "УникальныйИдентификатор='" ID "'/>"
        "<ИнформацияОРегистрацииОбъекта УникальныйИдентификаторИсточника='" ID "' "
        "УникальныйИдентификаторПриемника='" ID "' ТипИсточника='В' ТипПриемника='Г'/>"
        "<КорректировкаИнформацииОРегистрацииОбъекта УникальныйИдентификатор='" ID "' "
        "ТипИсточника='Д' ТипПриемника='Е'/>" D1_TAIL,
        "parameter  rule= priority=0 mode=0 posting=0 keep=0 empty=0\n  $П:Строка=х\n"
        "set РегистрСведенийНаборЗаписей.Курсы rule= priority=0 mode=0 posting=0 keep=0 "
        "empty=1\n \n  where Валюта:=643\n    Курс:=1\n"
        "deletion  rule= priority=0 mode=0 posting=0 keep=0 empty=0 from=Б to=А " ID);
    assert_int_equal(seen.items, 5);
    assert_int_equal(seen.dialect, FL_KD2_D3);
}

static void test_a_confirmation_alone_is_a_whole_message(void **state)
{
    (void)state;
    read_again(D3_HEAD D3_EXCHANGE D1_TAIL, NULL);
    assert_int_equal(seen.items, 0);
}

static void test_numbers_in_version_2_make_another_dialect(void **state)
{
    (void)state;
    read_again(D1_HEAD D3_EXCHANGE ITEM(REF) D1_TAIL, NULL);
    assert_int_equal(seen.dialect, FL_KD2_D2);
}

static void test_what_vendors_added_is_passed_over(void **state)
{
    (void)state;
    must_tell(
        D1_HEAD "<Новое><Объект/></Новое>" ITEM(
            REF "<Особое><Свойство Имя='х'/></Особое><Свойство Имя='А'/>") D1_TAIL,
        "\n  А:=\n");
    assert_int_equal(seen.items, 1);
}

static void test_a_file_loaded_by_hand_deletes_nothing(void **state)
{
    static const char deletion[] =
        "<УдалениеОбъекта ТипПриемника='СправочникСсылка.Товары' "
        "ТипИсточника='СправочникСсылка.Товары' УникальныйИдентификатор='" ID "'/>";
    char file[4096];

    (void)state;
    (void)snprintf(file, sizeof(file), D1_HEAD "%s" ITEM(REF) D1_TAIL, deletion);
    read_again(file, NULL);
    assert_int_equal(seen.items, 1);
    (void)snprintf(file, sizeof(file), D3_HEAD D3_EXCHANGE "%s" D1_TAIL, deletion);
    read_again(file, NULL);
    assert_int_equal(seen.items, 1);
    (void)snprintf(file, sizeof(file), D1_HEAD D3_EXCHANGE "%s" D1_TAIL, deletion);
    read_again(file, NULL);
    assert_int_equal(seen.items, 1);
}

static void test_program_text_is_neither_run_nor_in_the_way(void **state)
{
    (void)state;
    must_tell(
        D1_HEAD
        "<АлгоритмПослеЗагрузкиПараметров>А = 1;</АлгоритмПослеЗагрузкиПараметров>"
        "<Алгоритм Имя='х'>УдалитьВсе();</Алгоритм>" ITEM(
            REF "<Свойство Имя='А'><Выражение>1 + 1</Выражение></Свойство>") D1_TAIL,
        "А:=1 + 1");
}

/* ---- refusals ---- */

static void test_a_value_in_cdata_is_refused_with_its_line(void **state)
{
    (void)state;
    must_fail(
        D1_HEAD "\n" ITEM(REF "<Свойство Имя='А'><Значение><![CDATA[1]]></Значение>"
                              "</Свойство>") D1_TAIL,
        FL_MALFORMED, "line 4: СправочникСсылка.Товары 1: А: a value is a CDATA section");
    must_fail(
        D1_HEAD ITEM(REF "<Свойство Имя='А'><Значение>1<!-- -->2</Значение></Свойство>")
            D1_TAIL,
        FL_MALFORMED, "comment");
    must_fail(
        D1_HEAD ITEM(REF "<Свойство Имя='А'><Значение><б/></Значение></Свойство>")
            D1_TAIL,
        FL_MALFORMED, "1C reads only text");
}

static void test_order_matters_in_version_3_only(void **state)
{
    (void)state;
    must_fail(D3_HEAD ITEM(REF) D3_EXCHANGE D1_TAIL, FL_MALFORMED, "out of the order");
    must_fail(
        D3_HEAD D3_EXCHANGE "<ИнформацияОТипахДанных/>" D1_TAIL, FL_MALFORMED,
        "out of the order");
    must_fail(
        D3_HEAD D3_EXCHANGE "<Новое/>" D1_TAIL, FL_MALFORMED, "no element \"Новое\"");
    must_fail(D3_HEAD D1_TAIL, FL_MALFORMED, "must have ДанныеПоОбмену");
    must_fail(
        "<ФайлОбмена ВерсияФормата='3.1'>" D3_EXCHANGE D1_TAIL, FL_MALFORMED,
        "begins with ПравилаОбмена");
    read_again(D1_HEAD ITEM(REF) RULES D1_TAIL, NULL);
}

static void test_other_files_are_named(void **state)
{
    (void)state;
    must_fail("<_1CV8DtUD/>", FL_UNSUPPORTED, "--format 1cv8dtud");
    must_fail("<ПравилаОбмена/>", FL_UNSUPPORTED, "mapping from-rules");
    must_fail("<html/>", FL_UNSUPPORTED, "begins with \"html\"");
}

static void test_values_of_attributes_are_checked(void **state)
{
    (void)state;
    must_fail(
        D1_HEAD "<Объект Нпп='один' Тип='А'/>" D1_TAIL, FL_MALFORMED,
        "Нпп cannot be \"один\"");
    must_fail(D1_HEAD "<Объект Нпп='1'/>" D1_TAIL, FL_MALFORMED, "Тип is missing");
    must_fail(
        D1_HEAD "<Объект Тип='А' РежимЗаписи='Потом'/>" D1_TAIL, FL_MALFORMED,
        "РежимЗаписи cannot be");
    must_fail(
        D3_HEAD D3_EXCHANGE "<УдалениеОбъекта ТипПриемника='А' ТипИсточника='Б' "
                            "УникальныйИдентификатор='1'/>" D1_TAIL,
        FL_MALFORMED, "УникальныйИдентификатор cannot be \"1\"");
    must_fail(
        D3_HEAD D3_EXCHANGE
        "<ИнформацияОРегистрацииОбъекта ТипПриемника='А' ТипИсточника='Б' "
        "УникальныйИдентификаторИсточника='" ID "'/>" D1_TAIL,
        FL_MALFORMED, "the identity is missing");
    must_fail(D1_HEAD "<Объект", FL_MALFORMED, "ends too soon");
}

/* ---- writing ---- */

static void test_a_file_comes_back_as_it_was(void **state)
{
    static const char file[] = D1_HEAD
        "<Объект Нпп='5' Тип='ДокументСсылка.Счет' НеЗамещать='true' "
        "РежимЗаписи='Проведение' РежимПроведения='Оперативный'>" REF
        "<Свойство Имя='А' Тип='Строка'><Значение>&lt;\"'&amp;</Значение></Свойство>"
        "<Свойство Имя='К' Тип='СправочникСсылка.К'><Ссылка Нпп='7' "
        "НеСоздаватьЕслиНеНайден='true'><Свойство Имя='Владелец' "
        "Тип='СправочникСсылка.В'><Ссылка Нпп='8'><Свойство Имя='Код'>"
        "<Значение>9</Значение></Свойство></Ссылка></Свойство></Ссылка></Свойство>"
        "<ТабличнаяЧасть Имя='Т'><Запись><Свойство Имя='С' Тип='Число'>"
        "<Значение>1.5</Значение></Свойство></Запись><Запись/></ТабличнаяЧасть>"
        "<НаборЗаписей Имя='Х'><Запись><СубконтоДт><Свойство Имя='Ключ'>"
        "<Значение>а</Значение></Свойство></СубконтоДт></Запись></НаборЗаписей>"
        "<Типы Длина='5'><Тип>Строка</Тип></Типы></Объект>" D1_TAIL;

    (void)state;
    for (int english = 0; english < 2; english++) {
        const char *const first = write_as(file, FL_KD2_D1, english);
        char *const before = strdup((const char *)told.data);

        must_write(first, english ? "<ExchangeFile " : "<ФайлОбмена ");
        read_again(first, NULL);
        if (!english) {
            assert_string_equal((const char *)told.data, before);
        }
        free(before);
    }
}

static void test_the_empty_value_is_the_dialects_own(void **state)
{
    (void)state;
    const char *file = D1_HEAD ITEM(REF "<Свойство Имя='А' Тип='Строка'/>") D1_TAIL;

    must_write(
        write_as(file, FL_KD2_D1, false),
        "\t<Свойство Имя=\"А\" Тип=\"Строка\">\n\t\t<Пусто/>\n\t</Свойство>");
    must_write(
        write_as(file, FL_KD2_D3, false), "\t<Свойство Имя=\"А\" Тип=\"Строка\"/>");
}

static void test_an_identity_comes_first_and_empty_fields_not_at_all(void **state)
{
    (void)state;
    must_write(
        write_as(
            D1_HEAD ITEM("<Ссылка Нпп='1'><Свойство Имя='ИНН'/><Свойство Имя='Код'>"
                         "<Значение>1</Значение></Свойство><Свойство "
                         "Имя='{УникальныйИдентификатор}'><Значение>" ID
                         "</Значение></Свойство></Ссылка>") D1_TAIL,
            FL_KD2_D3, false),
        "\t<Ссылка Нпп=\"1\">\n"
        "\t\t<Свойство Имя=\"{УникальныйИдентификатор}\" Тип=\"Строка\" "
        "ТипИсточника=\"СправочникСсылка.Товары\" "
        "ТипПриемника=\"СправочникСсылка.Товары\">\n"
        "\t\t\t<Значение>" ID "</Значение>\n\t\t</Свойство>\n"
        "\t\t<Свойство Имя=\"Код\">\n\t\t\t<Значение>1</Значение>\n\t\t</Свойство>\n"
        "\t</Ссылка>");
}

static void test_d1_says_what_1c_would_reset(void **state)
{
    (void)state;
    must_write(
        write_as(D1_HEAD ITEM(REF) D1_TAIL, FL_KD2_D1, false),
        "\t<Свойство Имя=\"ПометкаУдаления\" Тип=\"Булево\">\n"
        "\t\t<Значение>false</Значение>");
    must_write(
        write_as(
            D1_HEAD "<Объект Нпп='1' Тип='ДокументСсылка.Счет'>" REF
                    "<Свойство Имя='Проведен'><Значение>true</Значение></Свойство>"
                    "</Объект>" D1_TAIL,
            FL_KD2_D3, false),
        "РежимЗаписи=\"Проведение\" РежимПроведения=\"Неоперативный\"");
}

static struct fl_kd2_property property_of(const char *name, const char *text)
{
    return (struct fl_kd2_property){
        .name = fl_bytes_of_text(name),
        .type = fl_bytes_of_text("Строка"),
        .content = FL_KD2_VALUE,
        .text = fl_bytes_of_text(text),
    };
}

static void test_forbidden_characters_are_left_out_and_numbers_are_shared(void **state)
{
    struct fl_kd2_property id = property_of("{УникальныйИдентификатор}", ID);
    struct fl_kd2_ref ref = {.properties = {&id, &id, 1}};
    struct fl_kd2_property field = property_of("А", "x\x01y\xEF\xBF\xBFz");
    struct fl_kd2_property link = {
        .name = fl_bytes_of_text("Себя"),
        .type = fl_bytes_of_text("СправочникСсылка.Т"),
        .content = FL_KD2_REF,
        .ref = &ref,
    };
    const struct fl_kd2_item item = {
        .type = fl_bytes_of_text("СправочникСсылка.Т"),
        .ref = &ref,
        .properties = {&field, &link, 2},
    };
    const struct fl_kd2_header header = {.version = fl_bytes_of_text("2.0")};
    const struct fl_kd2_rules rules = {.id = {NULL, 0}};
    struct fl_kd2_writer *writer = NULL;
    struct fl_error error = {.text = ""};

    (void)state;
    field.next = &link;
    fl_buffer_deinit(&written);
    fl_buffer_init(&written, 1 << 20);
    const struct fl_kd2_writer_options options = {
        .sink = fl_codec_buffer_sink(&written), .dialect = FL_KD2_D1};

    assert_int_equal(fl_kd2_writer_open(&options, &writer, &error), FL_OK);
    assert_int_equal(fl_kd2_writer_put(writer, &item, &error), FL_REFUSED);
    assert_int_equal(fl_kd2_writer_begin(writer, &header, &rules, &error), FL_OK);
    assert_int_equal(fl_kd2_writer_put(writer, &item, &error), FL_OK);
    ref.properties = (struct fl_kd2_properties){NULL, NULL, 0};
    assert_int_equal(fl_kd2_writer_put(writer, &item, &error), FL_REFUSED);
    assert_non_null(strstr(error.text, "nothing to find the object by"));
    assert_int_equal(fl_kd2_writer_end(writer, &error), FL_OK);
    fl_kd2_writer_close(writer);
    fl_buffer_put_u8(&written, 0);
    must_write((const char *)written.data, "<Значение>xyz</Значение>");
    must_write((const char *)written.data, "<Объект Нпп=\"1\"");
    must_write(
        (const char *)written.data,
        "Себя\" Тип=\"СправочникСсылка.Т\">\n\t\t<Ссылка Нпп=\"1\">");
    assert_null(strstr((const char *)written.data, "Нпп=\"2\""));
}

/* A reference that is refused leaves no trace, and what follows may stand where it was.
 */
static void test_what_is_refused_is_not_in_the_order(void **state)
{
    struct fl_kd2_ref bare = {.properties = {NULL, NULL, 0}};
    struct fl_kd2_property value = property_of("П", "1");
    const struct fl_kd2_item object = {
        .type = fl_bytes_of_text("СправочникСсылка.Т"), .ref = &bare};
    const struct fl_kd2_item parameter = {
        .kind = FL_KD2_PARAMETER, .properties = {&value, &value, 1}};
    const struct fl_kd2_header header = {.version = fl_bytes_of_text("2.0")};
    const struct fl_kd2_rules rules = {.id = {NULL, 0}};
    struct fl_kd2_writer *writer = NULL;
    struct fl_error error = {.text = ""};

    (void)state;
    value.is_parameter = true;
    fl_buffer_deinit(&written);
    fl_buffer_init(&written, 1 << 20);
    const struct fl_kd2_writer_options options = {
        .sink = fl_codec_buffer_sink(&written), .dialect = FL_KD2_D1};

    assert_int_equal(fl_kd2_writer_open(&options, &writer, &error), FL_OK);
    assert_int_equal(fl_kd2_writer_begin(writer, &header, &rules, &error), FL_OK);
    assert_int_equal(fl_kd2_writer_put(writer, &object, &error), FL_REFUSED);
    assert_int_equal(fl_kd2_writer_put(writer, &parameter, &error), FL_OK);
    assert_int_equal(fl_kd2_writer_end(writer, &error), FL_OK);
    fl_kd2_writer_close(writer);
}

/* Two that differ only in which reference a field belongs to are two. */
static void test_numbers_tell_nested_references_apart(void **state)
{
    const char *const file = write_as(
        D1_HEAD
        "<Объект Тип='СправочникСсылка.Т'><Ссылка><Свойство Имя='А' Тип='Т'><Ссылка>"
        "<Свойство Имя='К'><Значение>1</Значение></Свойство></Ссылка></Свойство>"
        "<Свойство Имя='Б'><Значение>2</Значение></Свойство></Ссылка></Объект>"
        "<Объект Тип='СправочникСсылка.Т'><Ссылка><Свойство Имя='А' Тип='Т'><Ссылка>"
        "<Свойство Имя='К'><Значение>1</Значение></Свойство>"
        "<Свойство Имя='Б'><Значение>2</Значение></Свойство></Ссылка></Свойство>"
        "</Ссылка></Объект>" D1_TAIL,
        FL_KD2_D1, false);
    const char *const first = strstr(file, "<Объект Нпп=\"");
    const char *const second = strstr(first + 1, "<Объект Нпп=\"");

    (void)state;
    assert_memory_not_equal(first, second, strlen("<Объект Нпп=\"1\""));
}

static void test_rules_are_read_with_what_they_hold_of_code(void **state)
{
    static const char file[] =
        "\xEF\xBB\xBF<ПравилаОбмена>\r\n<ВерсияФормата>2.01</ВерсияФормата>"
        "<Приемник ВерсияПлатформы='7.7'>Т</Приемник>"
        "<ПередЗагрузкойДанных>Сообщить();</ПередЗагрузкойДанных>"
        "<ПравилаКонвертацииОбъектов><Группа><Код>Г</Код><Правило><Код>Р   </Код>"
        "<СинхронизироватьПоИдентификатору>true</СинхронизироватьПоИдентификатору>"
        "<ПередВыгрузкой>Отказ = Истина;\n</ПередВыгрузкой>"
        "<Источник>ДокументСсылка.А</Источник><Приемник>ДокументСсылка.Б</Приемник>"
        "<Свойства><Свойство Поиск='true'><Код>1</Код><Источник Имя='Номер' "
        "Вид='Свойство' Тип='Строка'/><Приемник Имя='Номер' Вид='Свойство' "
        "Тип='Строка'/></Свойство><Группа><Источник Имя='Товары' Вид='ТабличнаяЧасть'/>"
        "<Приемник Имя='Состав' Вид='ТабличнаяЧасть'/><Свойство><Код>2</Код>"
        "</Свойство><Группа><Свойство/></Группа></Группа></"
        "Свойства><Значения><Значение><Источник>Да</Источник>"
        "<Приемник>Истина</Приемник></Значение></Значения></Правило></Группа>"
        "</ПравилаКонвертацииОбъектов><ПравилаВыгрузкиДанных><Группа Отключить='true'>"
        "<Группа><Правило><Код>В</Код><КодПравилаКонвертации>Р  </КодПравилаКонвертации>"
        "</Правило></Группа></Группа><Правило><Код>В2</Код></Правило>"
        "</ПравилаВыгрузкиДанных><Алгоритмы><Алгоритм Имя='А'><Текст>Б</Текст></Алгоритм>"
        "</Алгоритмы><Неведомое/></ПравилаОбмена>";
    struct fl_codec_memory memory = {fl_bytes_of_text(file)};
    struct fl_arena arena;
    const struct fl_kd2_rules *rules = NULL;
    struct fl_error error = {.text = ""};

    (void)state;
    fl_arena_init(&arena, 1 << 20);
    assert_int_equal(
        fl_kd2_rules_read(fl_codec_memory_source(&memory), &arena, &rules, &error),
        FL_OK);
    const struct fl_kd2_rule *const rule =
        fl_kd2_rules_find(rules, fl_bytes_of_text("Р"));

    assert_non_null(rule);
    assert_true(rule->by_id);
    assert_int_equal(rule->line, 2);
    assert_true(rule->properties->search);
    assert_true(rule->properties->next->is_group);
    assert_non_null(rule->properties->next->first);
    assert_true(rule->properties->next->first->next == NULL);
    assert_non_null(rule->values);
    assert_true(
        fl_bytes_equal(rule->code_first->place, fl_bytes_of_text("ПередВыгрузкой")));
    assert_true(fl_bytes_equal(rules->destination.platform, fl_bytes_of_text("7.7")));
    assert_true(rules->exports->disabled);
    assert_false(rules->exports->next->disabled);
    assert_true(fl_bytes_equal(rules->exports->rule, fl_bytes_of_text("Р")));
    assert_non_null(rules->code_first->next);
    assert_int_equal(rules->unknown_count, 2);
    fl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_ways_to_be_empty_are_one),
        cmocka_unit_test(test_padding_of_attributes_is_cut_and_of_values_kept),
        cmocka_unit_test(test_english_tags_are_the_same_file),
        cmocka_unit_test(test_a_type_told_once_holds_for_properties),
        cmocka_unit_test(test_everything_of_a_message_is_read),
        cmocka_unit_test(test_a_confirmation_alone_is_a_whole_message),
        cmocka_unit_test(test_numbers_in_version_2_make_another_dialect),
        cmocka_unit_test(test_what_vendors_added_is_passed_over),
        cmocka_unit_test(test_a_file_loaded_by_hand_deletes_nothing),
        cmocka_unit_test(test_program_text_is_neither_run_nor_in_the_way),
        cmocka_unit_test(test_a_value_in_cdata_is_refused_with_its_line),
        cmocka_unit_test(test_order_matters_in_version_3_only),
        cmocka_unit_test(test_other_files_are_named),
        cmocka_unit_test(test_values_of_attributes_are_checked),
        cmocka_unit_test(test_a_file_comes_back_as_it_was),
        cmocka_unit_test(test_the_empty_value_is_the_dialects_own),
        cmocka_unit_test(test_an_identity_comes_first_and_empty_fields_not_at_all),
        cmocka_unit_test(test_d1_says_what_1c_would_reset),
        cmocka_unit_test(test_forbidden_characters_are_left_out_and_numbers_are_shared),
        cmocka_unit_test(test_what_is_refused_is_not_in_the_order),
        cmocka_unit_test(test_numbers_tell_nested_references_apart),
        cmocka_unit_test(test_rules_are_read_with_what_they_hold_of_code),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    fl_buffer_deinit(&told);
    fl_buffer_deinit(&written);
    return failed;
}
