/*
 * A project of EDT and a Designer's dump of the same configuration give the same types,
 * down to the hash.
 */

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exchange/configuration_reader.h"
#include "told.h"

static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/filial-edt-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
    return system(command);
}

static void put(const char *name, const char *text)
{
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    for (char *at = path + strlen(directory) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    FILE *const file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static struct fl_configuration *load(const char *name)
{
    char path[128];
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (fl_configuration_read_dump(path, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

#define MDO(kind, body)                                                                  \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mdclass:" kind                         \
    " xmlns:mdclass=\"http://g5.1c.ru/v8/dt/metadata/mdclass\" uuid=\"u\">" body         \
    "</mdclass:" kind ">"
#define XML(kind, body)                                                                  \
    "<MetaDataObject xmlns=\"http://v8.1c.ru/8.3/MDClasses\" "                           \
    "xmlns:v8=\"http://v8.1c.ru/8.1/data/core\" "                                        \
    "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "                                     \
    "xmlns:xr=\"http://v8.1c.ru/8.3/xcf/readable\" "                                     \
    "xmlns:cfg=\"http://v8.1c.ru/8.1/data/enterprise/current-config\"><" kind ">" body   \
    "</" kind "></MetaDataObject>"

static void put_project(void)
{
    put("edt/src/Configuration/Configuration.mdo",
        MDO("Configuration",
            "<name>Проба</name><version>1.2</version>"
            "<defaultLanguage>Language.Русский</defaultLanguage>"
            "<catalogs>Catalog.Товары</catalogs><catalogs>Catalog.Владельцы</catalogs>"
            "<documents>Document.Заказ</documents><enums>Enum.Цвет</enums>"
            "<constants>Constant.К</constants>"
            "<informationRegisters>InformationRegister.Цены</informationRegisters>"
            "<chartsOfCharacteristicTypes>ChartOfCharacteristicTypes.Виды"
            "</chartsOfCharacteristicTypes>"
            "<chartsOfAccounts>ChartOfAccounts.Счета</chartsOfAccounts>"
            "<accountingRegisters>AccountingRegister.Учет</accountingRegisters>"
            "<definedTypes>DefinedType.Владелец</definedTypes>"
            "<commonAttributes>CommonAttribute.Общий</commonAttributes>"
            "<exchangePlans>ExchangePlan.П</exchangePlans>"));
    put("edt/src/Catalogs/Товары/Товары.mdo",
        MDO("Catalog",
            "<name>Товары</name><standardAttributes><name>Code</name>"
            "</standardAttributes><hierarchical>true</hierarchical>"
            "<owners>Catalog.Владельцы</owners><codeLength>9</codeLength>"
            "<codeType>String</codeType><descriptionLength>50</descriptionLength>"
            "<attributes uuid=\"a\"><name>Артикул</name><type><types>String</types>"
            "<stringQualifiers><length>15</length></stringQualifiers></type>"
            "<fillValue><value>x</value></fillValue></attributes>"
            "<attributes><name>Кто</name><type><types>DefinedType.Владелец</types>"
            "</type><use>ForFolderAndItem</use></attributes>"
            "<tabularSections><name>Цвета</name><attributes><name>Цвет</name><type>"
            "<types>EnumRef.Цвет</types></type></attributes></tabularSections>"));
    put("edt/src/Catalogs/Владельцы/Владельцы.mdo",
        MDO("Catalog", "<name>Владельцы</name><codeLength>5</codeLength>"));
    put("edt/src/Documents/Заказ/Заказ.mdo",
        MDO("Document",
            "<name>Заказ</name><numberType>String</numberType>"
            "<numberLength>11</numberLength><attributes><name>Сумма</name><type>"
            "<types>Number</types><numberQualifiers><precision>15</precision>"
            "<scale>2</scale><nonNegative>true</nonNegative></numberQualifiers></type>"
            "</attributes>"));
    put("edt/src/Enums/Цвет/Цвет.mdo",
        MDO("Enum", "<name>Цвет</name><enumValues><name>Белый</name></enumValues>"
                    "<enumValues><name>Черный</name></enumValues>"));
    put("edt/src/Constants/К/К.mdo",
        MDO("Constant", "<name>К</name><type><types>Boolean</types></type>"));
    put("edt/src/InformationRegisters/Цены/Цены.mdo",
        MDO("InformationRegister",
            "<name>Цены</name><informationRegisterPeriodicity>Day"
            "</informationRegisterPeriodicity><mainFilterOnPeriod>true"
            "</mainFilterOnPeriod><resources><name>Цена</name><type><types>Number</types>"
            "</type></resources><dimensions><name>Товар</name><type>"
            "<types>CatalogRef.Товары</types></type><master>true</master>"
            "<mainFilter>true</mainFilter></dimensions>"));
    put("edt/src/AccountingRegisters/Учет/Учет.mdo",
        MDO("AccountingRegister",
            "<name>Учет</name><chartOfAccounts>ChartOfAccounts.Счета</chartOfAccounts>"
            "<correspondence>true</correspondence><resources><name>Сумма</name><type>"
            "<types>Number</types></type><balance>true</balance></resources>"
            "<resources><name>Штук</name><type><types>Number</types></type></resources>"
            "<dimensions><name>Валюта</name><type><types>CatalogRef.Товары</types>"
            "</type></dimensions>"));
    put("edt/src/ChartsOfAccounts/Счета/Счета.mdo",
        MDO("ChartOfAccounts",
            "<name>Счета</name>"
            "<extDimensionTypes>ChartOfCharacteristicTypes.Виды</extDimensionTypes>"
            "<maxExtDimensionCount>1</maxExtDimensionCount><codeLength>5</codeLength>"));
    put("edt/src/ChartsOfCharacteristicTypes/Виды/Виды.mdo",
        MDO("ChartOfCharacteristicTypes",
            "<name>Виды</name><codeLength>5</codeLength><type>"
            "<types>CatalogRef.Товары</types><types>CatalogRef.Владельцы</types></"
            "type>"));
    put("edt/src/DefinedTypes/Владелец/Владелец.mdo",
        MDO("DefinedType",
            "<name>Владелец</name><type><types>CatalogRef.Владельцы</types>"
            "<types>String</types></type>"));
    put("edt/src/CommonAttributes/Общий/Общий.mdo",
        MDO("CommonAttribute",
            "<name>Общий</name><type><types>Date</types><dateQualifiers>"
            "<dateFractions>Date</dateFractions></dateQualifiers></type>"
            "<content><metadata>Document.Заказ</metadata><use>Use</use></content>"));
    put("edt/src/ExchangePlans/П/П.mdo",
        MDO("ExchangePlan",
            "<name>П</name><codeLength>5</codeLength><codeType>String</codeType>"
            "<distributedInfoBase>true</distributedInfoBase>"
            "<content><mdObject>Catalog.Товары</mdObject><autoRecord>Allow</autoRecord>"
            "</content><content><mdObject>Document.Заказ</mdObject></content>"));
}

#define P(body)       "<Properties>" body "</Properties>"
#define C(body)       "<ChildObjects>" body "</ChildObjects>"
#define T(name)       "<Type><v8:Type>" name "</v8:Type></Type>"
#define A(kind, body) "<" kind ">" P(body) "</" kind ">"

static void put_dump(void)
{
    put("dump/Configuration.xml",
        XML("Configuration",
            P("<Name>Проба</Name><Version>1.2</Version>")
                C("<Catalog>Товары</Catalog><Catalog>Владельцы</Catalog>"
                  "<Document>Заказ</Document><Enum>Цвет</Enum><Constant>К</Constant>"
                  "<InformationRegister>Цены</InformationRegister>"
                  "<ChartOfCharacteristicTypes>Виды</ChartOfCharacteristicTypes>"
                  "<ChartOfAccounts>Счета</ChartOfAccounts>"
                  "<AccountingRegister>Учет</AccountingRegister>"
                  "<DefinedType>Владелец</DefinedType>"
                  "<CommonAttribute>Общий</CommonAttribute><ExchangePlan>П</"
                  "ExchangePlan>")));
    put("dump/Catalogs/Товары.xml",
        XML("Catalog",
            P("<Name>Товары</Name><Hierarchical>true</Hierarchical>"
              "<HierarchyType>HierarchyFoldersAndItems</HierarchyType>"
              "<Owners><xr:Item>Catalog.Владельцы</xr:Item></Owners>"
              "<CodeLength>9</CodeLength><DescriptionLength>50</DescriptionLength>"
              "<CodeType>String</CodeType>")
                C(A("Attribute", "<Name>Артикул</Name><Type><v8:Type>xs:string</v8:Type>"
                                 "<v8:StringQualifiers><v8:Length>15</v8:Length></"
                                 "v8:StringQualifiers>"
                                 "</Type><Use>ForItem</Use>")
                      A("Attribute", "<Name>Кто</"
                                     "Name><Type><v8:TypeSet>cfg:DefinedType.Владелец"
                                     "</v8:TypeSet></Type><Use>ForFolderAndItem</"
                                     "Use>") "<TabularSection>" P("<Name>Цвета</"
                                                                  "Name><Use>ForItem<"
                                                                  "/Use>")
                          C(A("Attribute",
                              "<Name>Цвет</Name>" T(
                                  "cfg:EnumRef.Цвет"))) "</TabularSection>")));
    put("dump/Catalogs/Владельцы.xml",
        XML("Catalog", P("<Name>Владельцы</Name><CodeLength>5</CodeLength>"
                         "<CodeType>Number</CodeType>")));
    put("dump/Documents/Заказ.xml",
        XML("Document",
            P("<Name>Заказ</Name><NumberType>String</NumberType>"
              "<NumberLength>11</NumberLength><Posting>Allow</Posting>")
                C(A("Attribute", "<Name>Сумма</Name><Type><v8:Type>xs:decimal</v8:Type>"
                                 "<v8:NumberQualifiers><v8:Digits>15</v8:Digits>"
                                 "<v8:FractionDigits>2</v8:FractionDigits>"
                                 "<v8:AllowedSign>Nonnegative</v8:AllowedSign>"
                                 "</v8:NumberQualifiers></Type>"))));
    put("dump/Enums/Цвет.xml",
        XML("Enum", P("<Name>Цвет</Name>") C(A("EnumValue", "<Name>Белый</Name>")
                                                 A("EnumValue", "<Name>Черный</Name>"))));
    put("dump/Constants/К.xml", XML("Constant", P("<Name>К</Name>" T("xs:boolean"))));
    put("dump/InformationRegisters/Цены.xml",
        XML("InformationRegister",
            P("<Name>Цены</Name><InformationRegisterPeriodicity>Day"
              "</InformationRegisterPeriodicity><WriteMode>Independent</WriteMode>"
              "<MainFilterOnPeriod>true</MainFilterOnPeriod>")
                C(A("Resource", "<Name>Цена</Name>" T("xs:decimal"))
                      A("Dimension",
                        "<Name>Товар</Name>" T(
                            "cfg:CatalogRef.Товары") "<Master>true"
                                                     "</Master><MainFilter>true</"
                                                     "MainFilter>"))));
    put("dump/AccountingRegisters/Учет.xml",
        XML("AccountingRegister",
            P("<Name>Учет</Name><ChartOfAccounts>ChartOfAccounts.Счета</ChartOfAccounts>"
              "<Correspondence>true</Correspondence>")
                C(A("Resource",
                    "<Name>Сумма</Name>" T("xs:decimal") "<Balance>true</Balance>")
                      A("Resource", "<Name>Штук</Name>" T("xs:decimal"))
                          A("Dimension",
                            "<Name>Валюта</Name>" T("cfg:CatalogRef.Товары")))));
    put("dump/ChartsOfAccounts/Счета.xml",
        XML("ChartOfAccounts",
            P("<Name>Счета</Name><ExtDimensionTypes>ChartOfCharacteristicTypes.Виды"
              "</ExtDimensionTypes><MaxExtDimensionCount>1</MaxExtDimensionCount>"
              "<CodeLength>5</CodeLength>")));
    put("dump/ChartsOfCharacteristicTypes/Виды.xml",
        XML("ChartOfCharacteristicTypes",
            P("<Name>Виды</Name><CodeLength>5</CodeLength><Type>"
              "<v8:Type>cfg:CatalogRef.Товары</v8:Type>"
              "<v8:Type>cfg:CatalogRef.Владельцы</v8:Type></Type>")));
    put("dump/DefinedTypes/Владелец.xml",
        XML("DefinedType",
            P("<Name>Владелец</Name><Type><v8:Type>cfg:CatalogRef.Владельцы</v8:Type>"
              "<v8:Type>xs:string</v8:Type></Type>")));
    put("dump/CommonAttributes/Общий.xml",
        XML("CommonAttribute",
            P("<Name>Общий</Name><Type><v8:Type>xs:dateTime</v8:Type>"
              "<v8:DateQualifiers><v8:DateFractions>Date</v8:DateFractions>"
              "</v8:DateQualifiers></Type><Content><xr:Item><xr:Metadata>Document.Заказ"
              "</xr:Metadata><xr:Use>Use</xr:Use></xr:Item></Content>"
              "<AutoUse>DontUse</AutoUse>")));
    put("dump/ExchangePlans/П.xml",
        XML("ExchangePlan", P("<Name>П</Name><CodeLength>5</CodeLength>"
                              "<DistributedInfoBase>true</DistributedInfoBase>")));
    put("dump/ExchangePlans/П/Ext/Content.xml",
        "<ExchangePlanContent><Item><Metadata>Catalog.Товары</Metadata>"
        "<AutoRecord>Allow</AutoRecord></Item><Item><Metadata>Document.Заказ</Metadata>"
        "<AutoRecord>Deny</AutoRecord></Item></ExchangePlanContent>");
}

static void test_a_project_and_a_dump_give_the_same(void **state)
{
    (void)state;
    put_project();
    put_dump();
    struct fl_configuration *const project = load("edt");
    struct fl_configuration *const dump = load("dump");

    assert_int_equal(project->type_count, dump->type_count);
    for (size_t i = 0; i < dump->type_count; i++) {
        assert_string_equal(project->types[i].name, dump->types[i].name);
        assert_int_equal(
            project->types[i].attribute_count, dump->types[i].attribute_count);
    }
    assert_memory_equal(project->hash, dump->hash, sizeof(dump->hash));
    const struct fl_type *const order =
        fl_configuration_find_full(project, fl_bytes_of_text("Document.Заказ"));
    const struct fl_attribute *const common =
        fl_type_find_attribute(order, fl_bytes_of_text("Общий"));

    assert_non_null(common);
    assert_true(common->type.date_only);
    const struct fl_type *const ledger =
        fl_configuration_find_full(project, fl_bytes_of_text("AccountingRegister.Учет"));

    assert_non_null(ledger);
    assert_true(ledger->by_recorder);
    must_have(
        ledger,
        "Recorder Period Active СчетДт СчетКт ВидСубконтоДт1 СубконтоДт1 ВидСубконтоКт1 "
        "СубконтоКт1 ВалютаДт ВалютаКт Сумма ШтукДт ШтукКт");
    assert_int_equal(attribute(ledger, "СубконтоКт1")->type.ref_count, 2);
    assert_int_equal(attribute(ledger, "СчетДт")->type.ref_count, 1);
    assert_int_equal(attribute(ledger, "Recorder")->place, 1);
    assert_int_equal(attribute(ledger, "Period")->place, FL_PLACE_NONE);
    fl_configuration_free(project);
    fl_configuration_free(dump);
}

/* A part of a real project, where there is one. */
static void test_a_real_project_is_read(void **state)
{
    const char *const shared = getenv("FILIAL_SHARED");
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};
    char path[1024];

    (void)state;
    if (!shared) {
        skip();
    }
    (void)snprintf(path, sizeof(path), "%s/samples/configuration/dt_demo_edt", shared);
    if (fl_configuration_read_dump(path, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    const struct fl_type *const prices = fl_configuration_find_full(
        configuration, fl_bytes_of_text("InformationRegister.ЦеныТоваров"));

    assert_non_null(prices);
    assert_int_equal(prices->attribute_count, 4);
    assert_true(prices->attributes[0].in_filter); /* Period */
    assert_true(prices->attributes[1].in_filter);
    assert_true(prices->attributes[2].in_filter);
    assert_false(prices->attributes[3].in_filter);
    assert_int_equal(configuration->plan_count, 1);
    assert_true(configuration->plans[0].item_count > 0);
    fl_configuration_free(configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_project_and_a_dump_give_the_same),
        cmocka_unit_test(test_a_real_project_is_read),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
