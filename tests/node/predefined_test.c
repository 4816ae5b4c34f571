/* Predefined items of a configuration: listed, made once, and never over anything. */

#include "fixture.h"

#define NAMESPACES                                                                       \
    "xmlns=\"http://v8.1c.ru/8.3/MDClasses\" "                                           \
    "xmlns:v8=\"http://v8.1c.ru/8.1/data/core\" version=\"2.20\""
#define FOLDER_REF "191430c9-247e-4749-a8aa-60a1c8f45639"
#define ITEM_REF   "191430c9-247e-4749-a8aa-60a1c8f45640"

static void put(const struct fixture *fixture, const char *name, const char *text)
{
    fixture_write(fixture_path(fixture, name), text);
}

static void make_folder(const struct fixture *fixture, const char *name)
{
    assert_int_equal(mkdir(fixture_path(fixture, name), 0700), 0);
}

static void write_dump(const struct fixture *fixture)
{
    make_folder(fixture, "dump");
    make_folder(fixture, "dump/Catalogs");
    make_folder(fixture, "dump/Catalogs/Файлы");
    make_folder(fixture, "dump/Catalogs/Файлы/Ext");
    make_folder(fixture, "dump/ExchangePlans");
    put(fixture, "dump/Configuration.xml",
        "<MetaDataObject " NAMESPACES "><Configuration><Properties><Name>Проба</Name>"
        "</Properties><ChildObjects><Catalog>Файлы</Catalog><ExchangePlan>Филиалы"
        "</ExchangePlan></ChildObjects></Configuration></MetaDataObject>");
    put(fixture, "dump/ExchangePlans/Филиалы.xml",
        "<MetaDataObject " NAMESPACES "><ExchangePlan><Properties><Name>Филиалы</Name>"
        "</Properties></ExchangePlan></MetaDataObject>");
    put(fixture, "dump/Catalogs/Файлы.xml",
        "<MetaDataObject " NAMESPACES "><Catalog><Properties><Name>Файлы</Name>"
        "<Hierarchical>true</Hierarchical>"
        "<HierarchyType>HierarchyFoldersAndItems</HierarchyType>"
        "<CodeLength>4</CodeLength><CodeType>Number</CodeType>"
        "<DescriptionLength>50</DescriptionLength></Properties></Catalog>"
        "</MetaDataObject>");
    put(fixture, "dump/Catalogs/Файлы/Ext/Predefined.xml",
        "<PredefinedData xmlns=\"http://v8.1c.ru/8.3/xcf/predef\">"
        "<Item id=\"" FOLDER_REF "\"><Name>Папки</Name><Code>1</Code>"
        "<Description>Папки файлов</Description><IsFolder>true</IsFolder><ChildItems>"
        "<Item id=\"" ITEM_REF "\"><Name>Шаблоны</Name><Code>12</Code>"
        "<Description>Шаблоны файлов</Description><IsFolder>false</IsFolder></Item>"
        "</ChildItems></Item></PredefinedData>");
}

static int setup(void **state)
{
    fixture_setup_empty(state);
    struct fixture *fixture = *state;
    write_dump(fixture);
    fixture->node = fixture_node(fixture, "node", "Ф01");
    if (fixture_run(fixture, "configuration", "load", "dump") != 0) {
        fail_msg("%s", fixture->complaint);
    }
    return 0;
}

static void must_count(struct fixture *fixture, const char *made, const char *missing)
{
    char part[100];
    snprintf(part, sizeof part, "\"made\": %s,", made);
    fixture_must_say(fixture->out, part);
    snprintf(part, sizeof part, "\"missing\": %s", missing);
    fixture_must_say(fixture->out, part);
}

static void test_missing_items_are_made_once_in_their_folders(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_run(fixture, "configuration", "predefined", "--json"), 0);
    must_count(fixture, "0", "2");
    assert_int_equal(
        fixture_run(fixture, "configuration", "predefined", "--create", "--json"), 0);
    must_count(fixture, "2", "0");
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Файлы.Шаблоны", "--json"), 0);
    fixture_must_say(fixture->out, ITEM_REF);
    fixture_must_say(fixture->out, FOLDER_REF);
    fixture_must_say(fixture->out, "Шаблоны файлов");
    struct fixture_state before = fixture_content(fixture->node);
    assert_int_equal(
        fixture_run(fixture, "configuration", "predefined", "--create", "--json"), 0);
    must_count(fixture, "0", "0");
    fixture_must_be_unchanged(fixture->node, &before);
}

/* As an older base sent it, whose refs were those of the configuration. */
static void test_an_object_without_the_name_is_not_written_over(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        fixture_run(
            fixture, "object", "put", "Catalog.Файлы:" ITEM_REF, "--set",
            "Description=Правленое"),
        0);
    assert_int_equal(
        fixture_run(fixture, "configuration", "predefined", "--create", "--json"), 0);
    must_count(fixture, "1", "1");
    fixture_must_say(fixture->complaint, "Шаблоны");
    assert_int_equal(fixture_run(fixture, "object", "get", "Catalog.Файлы:" ITEM_REF), 0);
    fixture_must_say(fixture->out, "Правленое");
}

static void test_a_name_that_nobody_has_says_where_to_look(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Файлы.Нет"), FL_EXIT_FAILED);
    fixture_must_say(fixture->complaint, "configuration predefined");
}

#define THEIR_REF "99999999-2222-4333-8444-000000000001"
#define COPY_REF  "191430c9-247e-4749-f8aa-60a1c8f45640" /* behind ITEM_REF */

/* All data of a base: one item, by its ref there, and the table of them. */
static void put_all(const struct fixture *fixture, const char *ref, const char *table)
{
    char text[4000];
    snprintf(
        text, sizeof text,
        "<_1CV8DtUD xmlns=\"http://www.1c.ru/V8/1CV8DtUD/\" "
        "xmlns:V8Exch=\"http://www.1c.ru/V8/1CV8DtUD/\" "
        "xmlns:v8=\"http://v8.1c.ru/8.1/data/enterprise/current-config\" "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><V8Exch:Data>"
        "<v8:CatalogObject.Файлы><v8:Ref>%s</v8:Ref><v8:Parent "
        "xsi:type=\"v8:CatalogRef.Файлы\">" FOLDER_REF "</v8:Parent><v8:Code>12</v8:Code>"
        "<v8:Description>Из базы</v8:Description><v8:PredefinedDataName>Шаблоны"
        "</v8:PredefinedDataName></v8:CatalogObject.Файлы></V8Exch:Data>"
        "<PredefinedData><Справочник.Файлы>%s</Справочник.Файлы>"
        "<Справочник.Чужой><item Ссылка=\"" THEIR_REF "\"/></Справочник.Чужой>"
        "</PredefinedData></_1CV8DtUD>",
        ref, table);
    put(fixture, "all.xml", text);
}

#define ROW(ref, name) "<item Ссылка=\"" ref "\" ИмяПредопределенныхДанных=\"" name "\"/>"

/* Another base, which made the item for itself. */
static void test_a_whole_file_names_items_by_refs_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_run(fixture, "configuration", "predefined", "--create"), 0);
    put_all(fixture, THEIR_REF, ROW(THEIR_REF, "Шаблоны"));
    assert_int_equal(
        fixture_run(fixture, "import", "--format", "1cv8dtud", "all.xml", "--json"), 0);
    fixture_must_say(fixture->out, "\"predefined\": 1");
    fixture_must_say(fixture->complaint, "Справочник.Чужой");
    assert_int_equal(fixture_run(fixture, "object", "get", "Catalog.Файлы.Шаблоны"), 0);
    fixture_must_say(fixture->out, ITEM_REF);
    fixture_must_say(fixture->out, "Из базы");
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Файлы:" THEIR_REF),
        FL_EXIT_FAILED);
}

/* A copy with the name of an item is no reason to take the base's own for another. */
static void test_an_item_that_is_here_under_its_own_ref_stays_it(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_run(fixture, "configuration", "predefined", "--create"), 0);
    assert_int_equal(
        fixture_run(
            fixture, "object", "put", "Catalog.Файлы:" COPY_REF, "--set",
            "PredefinedDataName=Шаблоны"),
        0);
    put_all(fixture, ITEM_REF, ROW(ITEM_REF, "Шаблоны") ROW(THEIR_REF, "Папки"));
    assert_int_equal(
        fixture_run(fixture, "import", "--format", "1cv8dtud", "all.xml", "--json"), 0);
    fixture_must_say(fixture->out, "\"predefined\": 1");
    assert_int_equal(fixture_run(fixture, "object", "get", "Catalog.Файлы:" ITEM_REF), 0);
    fixture_must_say(fixture->out, "Из базы");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_missing_items_are_made_once_in_their_folders, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_an_object_without_the_name_is_not_written_over, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_name_that_nobody_has_says_where_to_look, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_whole_file_names_items_by_refs_of_its_own, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_an_item_that_is_here_under_its_own_ref_stays_it, setup,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
