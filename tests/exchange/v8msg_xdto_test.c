/* Objects of XDTO serialisation, dialect D2, are those of D1 under other names. */

#include "packages.h"

static struct fl_configuration *configuration;

static int set_up(void **state)
{
    (void)state;
    configuration = test_configuration();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fl_configuration_free(configuration);
    return 0;
}

static void assert_read(const struct read_package *package, size_t count)
{
    if (package->status != FL_OK) {
        fail_msg("%s", package->error.text);
    }
    assert_int_equal(package->count, count);
}

/* What differs is best seen as messages. */
static void show_both(const struct read_package *a, const struct read_package *b)
{
    struct written left = write_again(configuration, "v8msg", a);
    struct written right = write_again(configuration, "v8msg", b);

    fl_buffer_put_u8(&right.buffer, 0);
    assert_written(&left, (const char *)right.buffer.data);
    fail_msg("they differ in what a message does not show");
}

/* Both bodies are read as equal objects. */
static void assert_same(const char *left, const char *right)
{
    struct read_package a = read_text(configuration, left);
    struct read_package b = read_text(configuration, right);

    assert_read(&a, b.count);
    assert_read(&b, a.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_true(fl_key_equal(a.objects[i].key, b.objects[i].key));
        assert_int_equal(a.objects[i].deleted, b.objects[i].deleted);
        if (!fl_bytes_equal(a.objects[i].record, b.objects[i].record)) {
            show_both(&a, &b);
        }
    }
    forget(&a);
    forget(&b);
}

/* XDTO serialisation: another namespace, and rows without a parent. */
static void test_d2_is_read_as_d1(void **state)
{
    static const char d2[] = HEAD BODY
        "<x:CatalogObject.Все xmlns:x=\"http://v8.1c.ru/8.1/data/enterprise/"
        "current-config\"><x:Ref>" REF1
        "</x:Ref><x:Строки><x:Количество>1</x:Количество></x:Строки>"
        "<x:Строки><x:Количество>2</x:Количество></x:Строки></x:CatalogObject.Все>"
        "<c:ObjectDeletion xmlns:c=\"http://v8.1c.ru/8.1/data/core\"><c:Ref "
        "xmlns:x=\"http://v8.1c.ru/8.1/data/enterprise/current-config\" "
        "xsi:type=\"x:CatalogRef.Все\">" REF2 "</c:Ref></c:ObjectDeletion>" TAIL;
    static const char prefixed[] =
        HEAD BODY "<x:CatalogObject.Все xmlns:x=\"http://v8.1c.ru/8.1/data/enterprise/"
                  "current-config\"><x:Ref>" REF1
                  "</x:Ref><x:Строки><x:Row><x:Количество>1</x:Количество>"
                  "</x:Row><x:Row><x:Количество>2</x:Количество></x:Row></x:Строки></"
                  "x:CatalogObject.Все>"
                  "<v8:ObjectDeletion><v8:Ref xsi:type=\"CatalogRef.Все\">" REF2
                  "</v8:Ref></v8:ObjectDeletion>" TAIL;
    static const char d1[] =
        HEAD BODY "<CatalogObject.Все><Ref>" REF1
                  "</Ref><Строки><Row><Количество>1</Количество></Row><Row>"
                  "<Количество>2</Количество></Row></Строки></CatalogObject.Все>"
                  "<v8:ObjectDeletion><v8:Ref xsi:type=\"CatalogRef.Все\">" REF2
                  "</v8:Ref></v8:ObjectDeletion>" TAIL;

    (void)state;
    assert_same(d1, d2);
    assert_same(d1, prefixed);
}

#define CURRENT "http://v8.1c.ru/8.1/data/enterprise/current-config"

/* Empty values are no fields, but their row is there; an empty section has none. */
static void test_a_row_of_empty_values_is_a_row(void **state)
{
    (void)state;
    assert_same(
        HEAD BODY "<CatalogObject.Все><Ref>" REF1 "</Ref><Строки><Row><Количество>0"
                  "</Количество></Row><Row><Количество>1</Количество></Row></Строки>"
                  "</CatalogObject.Все>" TAIL,
        HEAD BODY "<x:CatalogObject.Все xmlns:x=\"" CURRENT "\"><x:Ref>" REF1
                  "</x:Ref><x:Строки><x:Количество>0</x:Количество></x:Строки>"
                  "<x:Строки><x:Количество>1</x:Количество></x:Строки>"
                  "</x:CatalogObject.Все>" TAIL);
    assert_same(
        HEAD BODY "<CatalogObject.Все><Ref>" REF1
                  "</Ref><Строки/></CatalogObject.Все>" TAIL,
        HEAD BODY "<x:CatalogObject.Все xmlns:x=\"" CURRENT "\"><x:Ref>" REF1
                  "</x:Ref><x:Строки/></x:CatalogObject.Все>" TAIL);
}

static void test_record_sets_of_d2(void **state)
{
    static const char d2[] = HEAD BODY
        "<x:InformationRegisterRecordSet.Курсы xmlns:x=\"" CURRENT "\"><v8:Filter>"
        "<v8:FilterItem><v8:Name xsi:type=\"xs:string\">Period</v8:Name><v8:Value "
        "xsi:type=\"xs:dateTime\">2026-07-01T00:00:00</v8:Value></v8:FilterItem>"
        "<v8:FilterItem><v8:Name>Валюта</v8:Name><v8:ComparisonType>Equal"
        "</v8:ComparisonType><v8:Value xsi:type=\"x:CatalogRef.Все\">" REF2
        "</v8:Value></v8:FilterItem></v8:Filter><x:Record><x:Period>2026-07-01T00:00:00"
        "</x:Period><x:Валюта xsi:type=\"x:CatalogRef.Все\">" REF2 "</x:Валюта>"
        "<x:Курс>10.5</x:Курс></x:Record></x:InformationRegisterRecordSet.Курсы>"
        "<x:AccumulationRegisterRecordSet.Остатки xmlns:x=\"" CURRENT "\">"
        "<Filter xmlns=\"http://v8.1c.ru/8.1/data/enterprise\"><FilterItem><Name>"
        "Recorder</Name><Value xsi:type=\"x:DocumentRef.Продажа\">" REF1
        "</Value></FilterItem></Filter></x:AccumulationRegisterRecordSet.Остатки>" TAIL;
    static const char d1[] = HEAD BODY
        "<InformationRegisterRecordSet.Курсы><Filter><Period>2026-07-01T00:00:00</Period>"
        "<Валюта>" REF2 "</Валюта></Filter><Records><Record><Period>2026-07-01T00:00:00"
        "</Period><Валюта>" REF2 "</Валюта><Курс>10.5</Курс></Record></Records>"
        "</InformationRegisterRecordSet.Курсы>"
        "<AccumulationRegisterRecordSet.Остатки><Filter><Recorder "
        "xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder></Filter><Records/>"
        "</AccumulationRegisterRecordSet.Остатки>" TAIL;

    (void)state;
    assert_same(d1, d2);
}

static void test_a_filter_of_d2_names_the_main_filter(void **state)
{
    struct read_package package = read_text(
        configuration, HEAD BODY
        "<x:InformationRegisterRecordSet.Курсы xmlns:x=\"" CURRENT "\">"
        "<x:Filter><x:FilterItem><x:Name>Курс</x:Name><x:Value>1</x:Value>"
        "</x:FilterItem></x:Filter></x:InformationRegisterRecordSet.Курсы>" TAIL);

    (void)state;
    assert_int_equal(package.status, FL_MALFORMED);
    assert_contains(package.error.text, "main filter");
    forget(&package);
}

/* ---- written ---- */

#define OBJECT_WITH(line)                                                                          \
    "<CatalogObject.Все><Ref>" REF1 "</Ref><IsFolder>false</IsFolder><Parent>" REF2                \
    "</Parent><Code>00 1</Code><Description> &lt;№&gt; &amp;&#13; </Description>"                \
    "<PredefinedDataName>Имя</PredefinedDataName><Число>-1.5</Число>"                 \
    "<Дата>3999-12-31T23:59:59</Дата><Ссылка>" REF2 "</Ссылка><Цвет>Красный</Цвет>" line           \
    "<Ид>" REF2 "</Ид><Двоичные>AAECAw==</Двоичные><Хранилище>AQEIAA==" \
    "</Хранилище><Типы><v8:Types><v8:Type>xs:string</v8:Type></v8:Types>"             \
    "</Типы><Строки><Row><Товар>" REF1 "</Товар><Количество>1"                      \
    "</Количество></Row><Row><Количество>0</Количество></Row>"       \
    "</Строки></CatalogObject.Все>"
#define RATES                                                                               \
    "<InformationRegisterRecordSet.Курсы><Filter><Period>2026-07-01T00:00:00</Period>" \
    "<Валюта>" REF2 "</Валюта></Filter><Records><Record><Period>"                     \
    "2026-07-01T00:00:00</Period><Валюта>" REF2 "</Валюта><Курс>10.5"             \
    "</Курс></Record></Records></InformationRegisterRecordSet.Курсы>"

/* Written as the processing of 8.3 does, the items are the same again. */
static void must_come_back(const char *body)
{
    char *const message = message_of(body);
    struct read_package package = read_text(configuration, message);

    if (package.status != FL_OK) {
        fail_msg("%s", package.error.text);
    }
    assert_true(package.count > 0);
    struct written written = write_again(configuration, "v8exch-xdto", &package);

    if (written.status != FL_OK) {
        fail_msg("%s", written.error.text);
    }
    fl_buffer_put_u8(&written.buffer, 0);
    assert_same(message, (const char *)written.buffer.data);
    fl_buffer_deinit(&written.buffer);
    forget(&package);
    free(message);
}

static void test_what_is_written_reads_as_it_was(void **state)
{
    (void)state;
    must_come_back(OBJECT_WITH("<Любое xsi:nil=\"true\"/>") RATES
                   "<ConstantValueManager.Заголовок><Value>x</Value>"
                   "</ConstantValueManager.Заголовок>");
    must_come_back(OBJECT_WITH("<Любое xsi:type=\"v8:Null\"/>"));
    must_come_back(OBJECT_WITH("<Любое xsi:type=\"v8:UUID\">" REF1 "</Любое>"));
    must_come_back(OBJECT_WITH("<Любое xsi:type=\"v8:ValueStorage\">AAE=</Любое>"));
    must_come_back(OBJECT_WITH("<Любое xsi:type=\"xs:decimal\">7</Любое>"));
    must_come_back(OBJECT_WITH("<Любое xsi:type=\"EnumRef.Цвета\">Синий</Любое>"));
    must_come_back(OBJECT_WITH("<Любое xsi:type=\"CatalogRef.Иное\">" REF1 "</Любое>"));
    must_come_back(OBJECT_WITH("<Любое xsi:type=\"v8:StandardPeriod\">x</Любое>"));
    must_come_back(OBJECT_WITH("<Чужое>kept</Чужое>"));
    must_come_back("<AccumulationRegisterRecordSet.Остатки><Filter><Recorder "
                   "xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder></Filter>"
                   "<Records/></AccumulationRegisterRecordSet.Остатки>");
}

/* Annotated types, rows without a parent, and the table that 1C's reader insists on. */
static void test_the_form_is_that_of_the_processing(void **state)
{
    struct read_package package = read_text(
        configuration,
        HEAD BODY OBJECT_WITH("<Любое xsi:type=\"xs:string\"/>") RATES TAIL);
    struct written written = write_again(configuration, "v8exch-xdto", &package);
    static const char *const parts[] = {
        "<v8:CatalogObject.Все>\n\t\t\t<v8:Ref>" REF1 "</v8:Ref>",
        "<v8:Parent xsi:type=\"v8:CatalogRef.Все\">" REF2 "</v8:Parent>",
        "<v8:Цвет>Красный</v8:Цвет>",
        "\n\t\t\t<v8:Строки>\n\t\t\t\t<v8:Товар xsi:type=\"v8:CatalogRef.Все\">" REF1,
        "</v8:Строки>\n\t\t\t<v8:Строки>",
        "<FilterItem xmlns=\"http://v8.1c.ru/8.1/data/enterprise\">\n\t\t\t\t\t<Name "
        "xsi:type=\"xs:string\">Валюта</Name>\n\t\t\t\t\t<Value "
        "xsi:type=\"v8:CatalogRef.Все\">" REF2 "</Value>",
        "\n\t\t\t<v8:Record>\n\t\t\t\t<v8:Period>2026-07-01T00:00:00</v8:Period>",
        "</V8Exch:Data>\n\t<PredefinedData>\n\t\t<Справочник.Все>\n\t\t\t<item "
        "Ссылка=\"" REF1 "\" ИмяПредопределенныхДанных=\"Имя\"/>\n"
        "\t\t</Справочник.Все>\n\t</PredefinedData>\n</V8Exch:_1CV8DtUD>"};

    (void)state;
    assert_read(&package, 2);
    fl_buffer_put_u8(&written.buffer, 0);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        assert_contains((const char *)written.buffer.data, parts[i]);
    }
    fl_buffer_deinit(&written.buffer);
    forget(&package);
}

static void test_an_empty_file_has_its_table_too(void **state)
{
    struct written written = write_objects(configuration, "v8exch-xdto", NULL, 0);

    (void)state;
    fl_buffer_put_u8(&written.buffer, 0);
    assert_contains(
        (const char *)written.buffer.data,
        "\n\t<V8Exch:Data/>\n\t<PredefinedData/>\n</V8Exch:_1CV8DtUD>");
    fl_buffer_deinit(&written.buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_d2_is_read_as_d1),
        cmocka_unit_test(test_a_row_of_empty_values_is_a_row),
        cmocka_unit_test(test_record_sets_of_d2),
        cmocka_unit_test(test_a_filter_of_d2_names_the_main_filter),
        cmocka_unit_test(test_what_is_written_reads_as_it_was),
        cmocka_unit_test(test_the_form_is_that_of_the_processing),
        cmocka_unit_test(test_an_empty_file_has_its_table_too),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
