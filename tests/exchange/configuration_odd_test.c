/*
 * What large configurations have beside the usual: every kind of object, names that come
 * twice, types of everything, and files that lie otherwise. Nothing of it ends a reading.
 */

#include "dump_made.h"
#include "told.h"

/* A note with these words is there. */
static void must_note(const struct fl_configuration *configuration, const char *words)
{
    for (size_t i = 0; i < configuration->note_count; i++) {
        if (strstr(configuration->notes[i], words)) {
            return;
        }
    }
    for (size_t i = 0; i < configuration->note_count; i++) {
        print_error("%s\n", configuration->notes[i]);
    }
    fail_msg("nothing is noted of %s", words);
}

static const struct {
    const char *folder;
    const char *kind;
} KINDS[] = {
    {"Catalogs", "Catalog"},
    {"Documents", "Document"},
    {"Enums", "Enum"},
    {"Constants", "Constant"},
    {"InformationRegisters", "InformationRegister"},
    {"AccumulationRegisters", "AccumulationRegister"},
    {"AccountingRegisters", "AccountingRegister"},
    {"CalculationRegisters", "CalculationRegister"},
    {"ChartsOfCharacteristicTypes", "ChartOfCharacteristicTypes"},
    {"ChartsOfAccounts", "ChartOfAccounts"},
    {"ChartsOfCalculationTypes", "ChartOfCalculationTypes"},
    {"BusinessProcesses", "BusinessProcess"},
    {"Tasks", "Task"},
    {"ExchangePlans", "ExchangePlan"},
    {"Sequences", "Sequence"},
};

enum { KINDS_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

/* One object of each kind, in folders or beside each other. */
static void put_every_kind(bool plain)
{
    char children[2048] = "<Language>Русский</Language><Subsystem>А</Subsystem>"
                          "<CommonModule>А</CommonModule><Role>А</Role>"
                          "<DocumentJournal>Ж</DocumentJournal>"
                          "<DocumentNumerator>Н</DocumentNumerator>"
                          "<ExternalDataSource>Внешний</ExternalDataSource>"
                          "<ScheduledJob>А</ScheduledJob><Bot>А</Bot><Новое>А</Новое>";
    char path[256];
    char text[4096];

    for (size_t i = 0; i < KINDS_COUNT; i++) {
        const size_t used = strlen(children);

        (void)snprintf(
            children + used, sizeof(children) - used, "<%s>А</%s>", KINDS[i].kind,
            KINDS[i].kind);
        (void)snprintf(
            path, sizeof(path), plain ? "%s.А.xml" : "%s/А.xml",
            plain ? KINDS[i].kind : KINDS[i].folder);
        (void)snprintf(
            text, sizeof(text),
            HEAD "<%s><Properties>" NAME("А") "</Properties><ChildObjects>%s"
                                              "</ChildObjects></%s>" TAIL,
            KINDS[i].kind,
            strcmp(KINDS[i].kind, "CalculationRegister") == 0
                ? "<Recalculation>Перерасчет</Recalculation>"
                : "",
            KINDS[i].kind);
        put(path, text);
    }
    put_configuration(children);
    put(plain ? "ExchangePlan.А.Content.xml" : "ExchangePlans/А/Ext/Content.xml",
        "<ExchangePlanContent><Item><Metadata>Catalog.А</Metadata><AutoRecord>Allow"
        "</AutoRecord></Item><Item><Metadata>DocumentJournal.Ж</Metadata></Item>"
        "<Item><Metadata>CalculationRegister.А.Recalculation.Перерасчет</Metadata></Item>"
        "</ExchangePlanContent>");
}

static void must_have_every_kind(void)
{
    struct fl_configuration *const configuration = load();
    char name[64];

    assert_int_equal(configuration->type_count, KINDS_COUNT + 1);
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        (void)snprintf(name, sizeof(name), "%s.А", KINDS[i].kind);
        (void)find(configuration, name);
    }
    (void)find(configuration, "Recalculation.Перерасчет");
    must_note(configuration, "ExternalDataSource.Внешний");
    must_note(configuration, "AccountingRegister.А: how 1C lays out");
    const struct fl_plan *const plan =
        fl_configuration_plan(configuration, fl_bytes_of_text("А"));

    assert_non_null(plan);
    assert_true(plan->item_count >= 1);
    assert_true(plan->items[0].auto_record);
    fl_configuration_free(configuration);
}

static void test_every_kind_is_read(void **state)
{
    (void)state;
    put_every_kind(/* plain= */ false);
    must_have_every_kind();
}

static void test_the_plain_form_of_a_dump_is_read(void **state)
{
    (void)state;
    put_every_kind(/* plain= */ true);
    must_have_every_kind();
}

static void test_what_comes_twice_counts_once(void **state)
{
    (void)state;
    put_configuration("<Catalog>А</Catalog><Catalog>А</Catalog><Enum>Б</Enum>"
                      "<ExchangePlan>П</ExchangePlan><ExchangePlan>П</ExchangePlan>");
    put("Catalogs/А.xml",
        OBJECT(
            "Catalog", NAME("А") "<CodeLength>9</CodeLength>",
            ATTRIBUTE("Х", STRING) ATTRIBUTE("Х", NUMBER) ATTRIBUTE("Code", STRING)
                SECTION("Т", ATTRIBUTE("Х", STRING)) SECTION("Т", "")));
    put("Enums/Б.xml",
        OBJECT(
            "Enum", NAME("Б"),
            "<EnumValue><Properties>" NAME("В") "</Properties></EnumValue>"
                                                "<EnumValue><Properties>" NAME(
                                                    "В") "</Properties></EnumValue>"));
    put("ExchangePlans/П.xml", OBJECT("ExchangePlan", NAME("П"), ""));
    struct fl_configuration *const configuration = load();

    must_have(
        find(configuration, "Catalog.А"), "DeletionMark Code PredefinedDataName Х Т[Х]");
    assert_int_equal(find(configuration, "Enum.Б")->enum_value_count, 1);
    assert_int_equal(configuration->plan_count, 1);
    must_note(configuration, "Catalog.А is listed twice");
    must_note(configuration, "the attribute \"Х\" twice");
    must_note(configuration, "the attribute \"Code\" twice");
    must_note(configuration, "the section \"Т\" twice");
    fl_configuration_free(configuration);
}

static void test_any_ref_is_every_object_by_either_name(void **state)
{
    (void)state;
    put_configuration("<Catalog>А</Catalog><Document>Д</Document>");
    put("Catalogs/А.xml", OBJECT(
                              "Catalog", NAME("А"),
                              ATTRIBUTE("Х", TYPES(SET("cfg:AnyIBRef")))
                                  ATTRIBUTE("У", TYPES(TYPE("ent:AccountType")))));
    put("Documents/Д.xml", OBJECT("Document", NAME("Д"), ""));
    struct fl_configuration *const configuration = load();
    const struct fl_type *const type = find(configuration, "Catalog.А");

    assert_int_equal(attribute(type, "Х")->type.ref_count, 2);
    assert_false(attribute(type, "Х")->type.allows & FL_ALLOWS_UNKNOWN);
    assert_true(attribute(type, "У")->type.allows & FL_ALLOWS_UNKNOWN);
    fl_configuration_free(configuration);
}

static void test_an_extension_says_that_it_is_one(void **state)
{
    (void)state;
    put("Configuration.xml",
        HEAD "<Configuration><Properties><ObjectBelonging>Adopted</ObjectBelonging>" NAME(
            "Расширение") "<ConfigurationExtensionPurpose>Customization"
                          "</ConfigurationExtensionPurpose></Properties><ChildObjects>"
                          "<Catalog>А</Catalog></ChildObjects></Configuration>" TAIL);
    put("Catalogs/А.xml", OBJECT("Catalog", NAME("А"), ""));
    struct fl_configuration *const configuration = load();

    must_note(configuration, "an extension");
    fl_configuration_free(configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_every_kind_is_read, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(
            test_the_plain_form_of_a_dump_is_read, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(
            test_what_comes_twice_counts_once, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(
            test_any_ref_is_every_object_by_either_name, make_directory,
            remove_directory),
        cmocka_unit_test_setup_teardown(
            test_an_extension_says_that_it_is_one, make_directory, remove_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
