/*
 * What is known of messages beside the usual: each comes through as it was, or is said
 * not to.
 */

#include "packages.h"

static struct fl_configuration *configuration;

#define KIND(number, given)                                                              \
    fl_configuration_builder_type(                                                       \
        builder, &(struct fl_type){.kind = number, .name = given})

/* The kinds that test_configuration() has not. */
static struct fl_configuration *odd_configuration(void)
{
    static const char *const document = "DocumentRef";
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *made = NULL;
    struct fl_error error;

    assert_int_equal(fl_configuration_builder_new("Проба", "", &builder), FL_OK);
    KIND(FL_KIND_DOCUMENT, "Д");
    KIND(FL_KIND_BUSINESS_PROCESS, "Б");
    add_plain(builder, "Completed", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
    KIND(FL_KIND_TASK, "З");
    KIND(FL_KIND_EXCHANGE_PLAN, "П");
    add_plain(builder, "SentNo", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_NUMBER);
    KIND(FL_KIND_ACCOUNTS, "С");
    KIND(FL_KIND_CHARACTERISTIC_TYPES, "Х");
    KIND(FL_KIND_CALCULATION_TYPES, "Р");
    static const enum fl_kind registers[] = {
        FL_KIND_ACCOUNTING_REGISTER, FL_KIND_CALCULATION_REGISTER, FL_KIND_SEQUENCE,
        FL_KIND_RECALCULATION};

    for (size_t i = 0; i < 4; i++) {
        fl_configuration_builder_type(
            builder,
            &(struct fl_type){.kind = registers[i], .name = "Р", .by_recorder = true});
        add_attribute(
            builder, "Recorder", FL_ROLE_RECORDER, FL_USE_ALWAYS, true,
            (struct fl_value_type){.allows = FL_ALLOWS_REFS}, 1, &document);
        if (i == 0) { /* what mappings know of it is not looked for in packages */
            fl_configuration_builder_attribute(
                builder, &(struct fl_attribute_source){
                             .name = "Period",
                             .place = FL_PLACE_NONE,
                             .role = FL_ROLE_PERIOD,
                             .type = {.allows = FL_ALLOWS_DATE}});
        }
    }
    KIND(FL_KIND_CATALOG, "К");
    add_plain(builder, "Хранилище", FL_ROLE_OWN, FL_ALLOWS_STORAGE);
    add_plain(builder, "После", FL_ROLE_OWN, FL_ALLOWS_STRING);
    assert_int_equal(fl_configuration_builder_finish(builder, &made, &error), FL_OK);
    return made;
}

static int set_up(void **state)
{
    (void)state;
    configuration = odd_configuration();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fl_configuration_free(configuration);
    return 0;
}

/* Read, and written as it was. */
static void must_come_through(const char *body, size_t count)
{
    char *const text = message_of(body);
    struct read_package package = read_text(configuration, text);

    if (package.status != FL_OK) {
        fail_msg("%s", package.error.text);
    }
    assert_int_equal(package.count, count);
    struct written written = write_again(configuration, "v8msg", &package);

    assert_int_equal(written.status, FL_OK);
    assert_written(&written, text);
    fl_buffer_deinit(&written.buffer);
    forget(&package);
    free(text);
}

#define OBJECT(kind, name, rest)                                                         \
    "\t\t<" kind "Object." name ">\n\t\t\t<Ref>" REF1 "</Ref>\n" rest "\t\t</" kind      \
    "Object." name ">"
#define SET_OF(kind)                                                                       \
    "\t\t<" kind "RecordSet.Р>\n\t\t\t<Filter>\n\t\t\t\t<Recorder "                       \
    "xsi:type=\"DocumentRef.Д\">" REF2 "</Recorder>\n\t\t\t</Filter>\n"                    \
    "\t\t\t<Records>\n\t\t\t\t<Record>\n\t\t\t\t\t<Recorder "                              \
    "xsi:type=\"DocumentRef.Д\">" REF2 "</Recorder>\n"                                     \
    "\t\t\t\t\t<Period>2026-01-01T00:00:00</Period>\n"                                     \
    "\t\t\t\t\t<AccountDr>" REF1 "</AccountDr>\n"                                          \
    "\t\t\t\t\t<ExtDimensionsDr>\n\t\t\t\t\t\t<Row>\n"                                     \
    "\t\t\t\t\t\t\t<Вид>x</Вид>\n\t\t\t\t\t\t</Row>\n\t\t\t\t\t</ExtDimensionsDr>\n" \
    "\t\t\t\t</Record>\n\t\t\t</Records>\n\t\t</" kind "RecordSet.Р>"

static void test_every_kind_of_item_comes_through(void **state)
{
    (void)state;
    must_come_through(
        OBJECT("BusinessProcess", "Б", "\t\t\t<Completed>true</Completed>\n"
                                       "\t\t\t<HeadTask>" REF2 "</HeadTask>\n") "\n"
        OBJECT("Task", "З", "\t\t\t<Executed>false</Executed>\n") "\n"
        OBJECT("ExchangePlan", "П", "\t\t\t<SentNo>12</SentNo>\n"
                                    "\t\t\t<ThisNode>true</ThisNode>\n") "\n"
        OBJECT("ChartOfAccounts", "С",
               "\t\t\t<ExtDimensionTypes>\n\t\t\t\t<Row>\n\t\t\t\t\t<ExtDimensionType>" REF2
               "</ExtDimensionType>\n\t\t\t\t</Row>\n\t\t\t</ExtDimensionTypes>\n") "\n"
        OBJECT("ChartOfCharacteristicTypes", "Х",
               "\t\t\t<ValueType>\n\t\t\t\t<v8:Type>xs:string</v8:Type>\n"
               "\t\t\t</ValueType>\n") "\n"
        OBJECT("ChartOfCalculationTypes", "Р", "\t\t\t<ActionPeriodIsBasic>false"
                                               "</ActionPeriodIsBasic>\n"),
        6);
}

static void test_record_sets_of_unknown_layout_come_through(void **state)
{
    (void)state;
    must_come_through(SET_OF("AccountingRegister"), 1);
    must_come_through(SET_OF("CalculationRegister"), 1);
    must_come_through(SET_OF("Sequence"), 1);
    must_come_through(SET_OF("Recalculation"), 1);
}

/* As text in place, or nested: which of both 1C writes there is not known. */
static void test_a_storage_may_be_nested(void **state)
{
    (void)state;
    must_come_through(
        OBJECT(
            "Catalog", "К",
            "\t\t\t<Хранилище>AQEIAAAAAAAAAO+7v3siVSJ9</Хранилище>\n"
            "\t\t\t<После>а</После>\n"),
        1);
    must_come_through(
        OBJECT(
            "Catalog", "К",
            "\t\t\t<Хранилище>\n\t\t\t\t<v8:Value>AQEI</v8:Value>\n"
            "\t\t\t</Хранилище>\n\t\t\t<После>а</После>\n"),
        1);
    must_come_through(
        OBJECT(
            "Catalog", "К",
            "\t\t\t<Хранилище xsi:type=\"v8:ValueStorage\">\n"
            "\t\t\t\t<v8:Value a=\"1\"/>\n\t\t\t</Хранилище>\n"
            "\t\t\t<После>а</После>\n"),
        1);
}

/* Blank lines, processing instructions, comments, CDATA, line ends of Windows. */
static void test_what_xml_allows_around_things_changes_nothing(void **state)
{
    struct read_package package = read_text(
        configuration,
        "\r\n<v8msg:Message xmlns:v8msg=\"http://v8.1c.ru/messages\">\r\n"
        "<?mso x?><!-- c --><v8msg:Header><v8msg:ExchangePlan>Филиалы"
        "</v8msg:ExchangePlan>\r\n<v8msg:To>ЦБ </v8msg:To><v8msg:From>Ф1</v8msg:From>"
        "<v8msg:MessageNo> 3 </v8msg:MessageNo><v8msg:ReceivedNo>0</v8msg:ReceivedNo>"
        "</v8msg:Header><v8msg:Body>\r\n<CatalogObject.К><Ref>" REF1 "</Ref>"
        "<После><![CDATA[<a>]]></После><Хранилище/></CatalogObject.К>\r\n"
        "</v8msg:Body><!-- behind --></v8msg:Message>\r\n");

    (void)state;
    if (package.status != FL_OK) {
        fail_msg("%s", package.error.text);
    }
    assert_int_equal(package.count, 1);
    assert_int_equal(package.message_number, 3);
    forget(&package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_item_comes_through),
        cmocka_unit_test(test_record_sets_of_unknown_layout_come_through),
        cmocka_unit_test(test_a_storage_may_be_nested),
        cmocka_unit_test(test_what_xml_allows_around_things_changes_nothing),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
