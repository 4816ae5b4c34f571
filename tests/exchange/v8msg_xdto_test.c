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
        assert_true(fl_bytes_equal(a.objects[i].record, b.objects[i].record));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_d2_is_read_as_d1),
        cmocka_unit_test(test_a_row_of_empty_values_is_a_row),
        cmocka_unit_test(test_record_sets_of_d2),
        cmocka_unit_test(test_a_filter_of_d2_names_the_main_filter),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
