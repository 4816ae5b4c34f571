/*
 * Predefined items as dumps and projects list them.
 */

#include "dump_made.h"
#include "told.h"

#define ID1 "191430c9-247e-4749-a8aa-60a1c8f45639"
#define ID2 "191430c9-247e-4749-a8aa-60a1c8f45640"

static const struct fl_predefined_item *item(const struct fl_type *type, const char *name)
{
    const struct fl_predefined_item *const found =
        fl_type_find_predefined(type, fl_bytes_of_text(name));

    assert_non_null(found);
    return found;
}

static void must_be_the_folders(const struct fl_type *type)
{
    assert_int_equal(type->predefined_count, 3);
    assert_string_equal(item(type, "Папки")->description, "Папки файлов");
    assert_string_equal(item(type, "Папки")->code, "0001");
    assert_string_equal(fl_uuid_text(item(type, "Папки")->id).text, ID1);
    assert_true(item(type, "Папки")->is_folder);
    assert_int_equal(item(type, "Папки")->parent, 0);
    assert_int_equal(item(type, "Шаблоны")->parent, 1);
    assert_false(item(type, "Шаблоны")->is_folder);
    assert_int_equal(item(type, "Прочее")->parent, 0);
    assert_null(fl_type_find_predefined(type, fl_bytes_of_text("Нет")));
}

/* What came of a source, and came back of its bytes. */
static void must_survive(struct fl_configuration *configuration)
{
    struct fl_configuration *again = NULL;
    struct fl_buffer buffer;
    struct fl_error error;

    fl_buffer_init(&buffer, 1 << 20);
    assert_int_equal(fl_configuration_encode(configuration, &buffer), FL_OK);
    if (fl_configuration_decode(fl_buffer_view(&buffer), &again, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    must_be_the_folders(find(again, "Catalog.Файлы"));
    assert_memory_equal(configuration->hash, again->hash, sizeof(again->hash));
    fl_buffer_deinit(&buffer);
    fl_configuration_free(again);
}

static void test_a_dump_lists_them(void **state)
{
    (void)state;
    put_configuration("<Catalog>Файлы</Catalog><ChartOfAccounts>План</ChartOfAccounts>");
    put("Catalogs/Файлы.xml", "<MetaDataObject><Catalog><Properties><Name>Файлы</Name>"
                              "<CodeLength>4</CodeLength></Properties></Catalog>"
                              "</MetaDataObject>");
    put("Catalogs/Файлы/Ext/Predefined.xml",
        "\xEF\xBB\xBF<PredefinedData xmlns=\"http://v8.1c.ru/8.3/xcf/predef\">"
        "<Item id=\"" ID1 "\"><Name>Папки</Name><Code>0001</Code>"
        "<Description>Папки файлов</Description><IsFolder>true</IsFolder><ChildItems>"
        "<Item id=\"" ID2 "\"><Name>Шаблоны</Name><Code/><Description/>"
        "<IsFolder>false</IsFolder></Item></ChildItems></Item>"
        "<Item id=\"broken\"><Name>Прочее</Name></Item>"
        "<Item><Name>Прочее</Name></Item><Item/></PredefinedData>");
    put("ChartsOfAccounts/План.xml",
        "<MetaDataObject><ChartOfAccounts><Properties><Name>План</Name></Properties>"
        "</ChartOfAccounts></MetaDataObject>");
    put("ChartsOfAccounts/План/Ext/Predefined.xml",
        "<PredefinedData><Item id=\"" ID1 "\"><Name>Касса</Name><Code>50</Code>"
        "<AccountType>Active</AccountType><AccountingFlags><Flag ref=\"x\">true</Flag>"
        "</AccountingFlags><ExtDimensionTypes><ExtDimensionType><Name>Статья</Name>"
        "</ExtDimensionType></ExtDimensionTypes></Item></PredefinedData>");
    struct fl_configuration *const configuration = load();

    must_be_the_folders(find(configuration, "Catalog.Файлы"));
    assert_true(
        fl_uuid_is_zero(item(find(configuration, "Catalog.Файлы"), "Прочее")->id));
    assert_int_equal(configuration->note_count, 2); /* the second one, and the nameless */
    assert_int_equal(find(configuration, "ChartOfAccounts.План")->predefined_count, 1);
    assert_string_equal(
        item(find(configuration, "ChartOfAccounts.План"), "Касса")->code, "50");
    must_survive(configuration);
    fl_configuration_free(configuration);
}

#define MDO(kind, body)                                                                  \
    "<mdclass:" kind " xmlns:mdclass=\"http://g5.1c.ru/v8/dt/metadata/mdclass\">" body   \
    "</mdclass:" kind ">"

static void test_a_project_lists_them(void **state)
{
    (void)state;
    put("src/Configuration/Configuration.mdo",
        MDO("Configuration", "<name>Проба</name><catalogs>Catalog.Файлы</catalogs>"));
    put("src/Catalogs/Файлы/Файлы.mdo",
        MDO("Catalog",
            "<name>Файлы</name><codeLength>4</codeLength><predefined>"
            "<items id=\"" ID1 "\"><name>Папки</name><description>Папки файлов"
            "</description><code xsi:type=\"core:StringValue\" xmlns:xsi=\"x\">\n"
            "<value>0001</value>\n</code><isFolder>true</isFolder>"
            "<content id=\"" ID2 "\"><name>Шаблоны</name><type><types>String</types>"
            "</type></content></items><items><name>Прочее</name></items></predefined>"
            "<attributes><name>Поле</name><type><types>Boolean</types></type>"
            "</attributes>"));
    struct fl_configuration *const configuration = load();

    must_be_the_folders(find(configuration, "Catalog.Файлы"));
    (void)attribute(find(configuration, "Catalog.Файлы"), "Поле");
    fl_configuration_free(configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_dump_lists_them, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(
            test_a_project_lists_them, make_directory, remove_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
