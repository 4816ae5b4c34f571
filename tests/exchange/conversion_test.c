/*
 * A mapping of the demonstration's objects: as trees and back, in two versions.
 */

#include "exchange/conversion.h"

#include "exchange/configuration_reader.h"
#include "packages.h"
#include "told.h"

#define MAPPING                                                                                                     \
    "<mapping format=\"test\" name=\"Проба\" key=\"Ключ\">"                                                \
    "<object of=\"Справочник.Контрагенты\" as=\"Справочник.Партнеры\" "      \
    "when=\"ЭтоГруппа=false\" search=\"ИНН КПП; Наименование; Нет\">"                 \
    "<key><property of=\"Наименование\" as=\"Имя\"/>"                                                \
    "<property of=\"ИНН\" as=\"Данные/ИНН\"/></key>"                                                    \
    "<property of=\"ЮрФизЛицо\" as=\"Вид\" values=\"Виды\"/>"                                       \
    "<property of=\"СуммаКредита\" as=\"Кредит\"/>"                                               \
    "<property of=\"Комментарий\" as=\"Слова\" until=\"1.9\"/>"                                     \
    "<property of=\"Комментарий\" as=\"Общее/Слова\" since=\"1.10\"/>"                         \
    "<fixed as=\"Источник\" value=\"Филиал\"/></object>"                                              \
    "<object of=\"Справочник.Нет\" as=\"Справочник.Нет\"><key/></object>"                 \
    "<object of=\"Справочник.Номенклатура\" as=\"Справочник.Товары\">"        \
    "<key><property of=\"Наименование\" as=\"Имя\"/></key>"                                          \
    "<property of=\"СтавкаНДС\" as=\"НДС\" values=\"Ставки\"/></object>"                          \
    "<object of=\"Документ.РеализацияТоваровУслуг\" "                                 \
    "as=\"Документ.Продажа\">"                                                                       \
    "<key><property of=\"Дата\" as=\"Дата\"/>"                                                              \
    "<property of=\"Номер\" as=\"Номер\"/></key>"                                                         \
    "<property of=\"Контрагент\" as=\"Стороны/Покупатель\"/>"                            \
    "<property of=\"Контрагент.ИНН\" as=\"Стороны/ИНН\"/>"                                   \
    "<property of=\"СуммаВключаетНДС\" as=\"СНДС\"/>"                                           \
    "<table of=\"Товары\" as=\"Товары/Строка\" "                                                  \
    "when=\"СтавкаНДС!=БезНДС\"><number as=\"Н\"/>"                                                 \
    "<property of=\"Номенклатура\" as=\"Товар\"/>"                                                 \
    "<property of=\"Количество\" as=\"Количество\"/>"                                           \
    "<property of=\"СтавкаНДС\" as=\"НДС\" values=\"Ставки\"/></table>"                           \
    "<table of=\"Товары\" as=\"Услуги/Строка\" when=\"СтавкаНДС=БезНДС\"><number " \
    "as=\"Н\"/>"                                                                                                   \
    "<property of=\"Номенклатура\" as=\"Товар\"/></table></object>"                                \
    "<values name=\"Виды\"><value of=\"ЮридическоеЛицо\" as=\"Юр\"/>"                          \
    "<value of=\"ФизическоеЛицо\" as=\"Физ\"/></values>"                                           \
    "<values name=\"Ставки\"><value of=\"НДС20\" as=\"НДС20\" until=\"1.9\"/>"                          \
    "<value of=\"НДС20\" since=\"1.10\"><part as=\"Ставка\" value=\"20\"/></value>"                        \
    "</values></mapping>"

struct stage {
    struct fl_configuration *configuration;
    struct fl_conversion *conversion;
    struct fl_conversion_ports ports;
    struct fl_object customer;
    struct fl_arena arena;
};

static struct fl_uuid id_of(uint8_t number)
{
    return (struct fl_uuid){.bytes = {number, 1, 2, 3}};
}

static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    const struct stage *stage = context;

    (void)arena;
    if (!fl_key_equal(key, stage->customer.key)) {
        return FL_NOT_FOUND;
    }
    *out_object = stage->customer;
    return FL_OK;
}

static void set_up(struct stage *stage)
{
    struct fl_error error = {FL_OK, ""};
    struct fl_codec_memory memory = {fl_bytes_of_text(MAPPING)};

    *stage = (struct stage){.ports = {.lookup = lookup}};
    stage->ports.context = stage;
    fl_arena_init(&stage->arena, 16 << 20);
    if (fl_configuration_read_dump(
            FILIAL_TESTS_DIRECTORY "/../deploy/demo/configuration", &stage->configuration,
            &error) != FL_OK ||
        fl_conversion_read(
            stage->configuration, fl_codec_memory_source(&memory), &stage->conversion,
            &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
}

static void tear_down(struct stage *stage)
{
    fl_conversion_free(stage->conversion);
    fl_configuration_free(stage->configuration);
    fl_arena_deinit(&stage->arena);
}

static struct fl_field *fields_of(
    struct stage *stage,
    const struct fl_type *type,
    size_t count,
    const char *const (*texts)[2])
{
    struct fl_field *fields = fl_arena_array(&stage->arena, count, sizeof(*fields));

    for (size_t i = 0; i < count; i++) {
        const struct fl_attribute *const one = attribute(type, texts[i][0]);

        fields[i] = (struct fl_field){
            .number = one->number,
            .value = {.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text(texts[i][1])}};
    }
    return fields;
}

static struct fl_object customer_of(struct stage *stage)
{
    const struct fl_type *const type = find(stage->configuration, "Catalog.Контрагенты");
    static const char *const texts[][2] = {
        {"Description", "ООО Ромашка"},
        {"ИНН", "7701234567"},
        {"ОсновнойМенеджер", "Петров"},
        {"Комментарий", "слова"}};
    struct fl_error error = {FL_OK, ""};
    struct fl_object object = {
        .key = {.type = type->number, .id = id_of(1)},
        .field_count = 4,
        .fields = fields_of(stage, type, 4, texts)};

    assert_int_equal(fl_object_normalise(type, &object, &error), FL_OK);
    return object;
}

static const char *text_at(struct fl_element *root, const char *path)
{
    static char text[256];
    const struct fl_element *const element = fl_element_at(root, path);

    if (!element) {
        return NULL;
    }
    (void)snprintf(
        text, sizeof(text), "%.*s", (int)element->text.size,
        (const char *)element->text.data);
    return text;
}

static struct fl_element *write(
    struct stage *stage,
    struct fl_object *object,
    const char *version)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_element *root = NULL;
    struct fl_error error = {FL_OK, ""};

    if (fl_conversion_write(
            stage->conversion, fl_conversion_version_of(fl_bytes_of_text(version)),
            &stage->ports, object, &stage->arena, &root, &rule, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return root;
}

static struct fl_object read(
    struct stage *stage,
    struct fl_element *root,
    const char *version)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_object object = {.deleted = false};
    struct fl_error error = {FL_OK, ""};

    if (fl_conversion_to_object(
            stage->conversion, fl_conversion_version_of(fl_bytes_of_text(version)),
            &stage->ports, root, &stage->arena, &object, &rule, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_non_null(rule);
    return object;
}

static bool are_equal(const struct fl_object *a, const struct fl_object *b)
{
    struct fl_buffer first;
    struct fl_buffer second;

    fl_buffer_init(&first, 1 << 20);
    fl_buffer_init(&second, 1 << 20);
    assert_int_equal(fl_record_encode(a, &first), FL_OK);
    assert_int_equal(fl_record_encode(b, &second), FL_OK);
    const bool equal = fl_bytes_equal(fl_buffer_view(&first), fl_buffer_view(&second));

    fl_buffer_deinit(&first);
    fl_buffer_deinit(&second);
    return equal;
}

static void test_what_is_not_here_is_a_remark(void **state)
{
    struct stage stage;

    (void)state;
    set_up(&stage);
    assert_non_null(fl_conversion_remark(stage.conversion, 0));
    assert_non_null(strstr(fl_conversion_remark(stage.conversion, 0), "search"));
    assert_non_null(strstr(fl_conversion_remark(stage.conversion, 1), "Справочник.Нет"));
    assert_null(fl_conversion_remark(stage.conversion, 2));
    assert_non_null(fl_conversion_rule_at(stage.conversion, 2));
    assert_null(fl_conversion_rule_at(stage.conversion, 3));

    uint32_t attributes[FL_CONVERSION_SEARCH_ATTRIBUTES_MAX];
    const struct fl_conversion_rule *const rule =
        fl_conversion_rule_at(stage.conversion, 0);

    assert_int_equal(fl_conversion_rule_search(rule, 0, attributes), 2);
    assert_int_equal(fl_conversion_rule_search(rule, 1, attributes), 1);
    assert_int_equal(fl_conversion_rule_search(rule, 2, attributes), 0);
    tear_down(&stage);
}

/* A rule counts as whole where nothing of it is left out, a way to search neither. */
static void test_what_works_as_it_stands_is_counted(void **state)
{
    static const char text[] =
        "<mapping format=\"f\">"
        "<object of=\"Catalog.Валюты\" as=\"A\"><key><property of=\"Code\" "
        "as=\"K\"/></key>"
        "<property of=\"Description\" as=\"N\"/><fixed as=\"F\" value=\"1\"/></object>"
        "<object of=\"Catalog.Валюты\" as=\"B\"><property of=\"Нет\" as=\"N\"/>"
        "<property of=\"Code\" as=\"K\"/></object>"
        "<object of=\"Catalog.Валюты\" as=\"C\" search=\"Нет\"/>"
        "<object of=\"Catalog.Валюты\" as=\"D\"><table of=\"Нет\" as=\"T\">"
        "<property of=\"Code\" as=\"K\"/></table></object>"
        "<object of=\"Catalog.Валюты\" as=\"E\"><code place=\"ПриЗагрузке\"/></object>"
        "<object of=\"Catalog.Нет\" as=\"F\"><key><property of=\"Code\" as=\"K\"/></key>"
        "<property of=\"Code\" as=\"K\"/></object>"
        "<object of=\"Catalog.Валюты\" as=\"G\"/></mapping>";
    struct fl_codec_memory memory = {fl_bytes_of_text(text)};
    struct fl_conversion *conversion = NULL;
    struct fl_error error = {FL_OK, ""};
    struct stage stage;

    (void)state;
    set_up(&stage);
    assert_int_equal(
        fl_conversion_read(
            stage.configuration, fl_codec_memory_source(&memory), &conversion, &error),
        FL_OK);

    const struct fl_conversion_coverage coverage = fl_conversion_coverage(conversion);

    assert_int_equal(coverage.rules, 7);
    assert_int_equal(coverage.rules_whole, 2);
    assert_int_equal(coverage.properties, 7);
    assert_int_equal(coverage.properties_whole, 3);
    fl_conversion_free(conversion);
    tear_down(&stage);
}

static void test_an_object_is_a_tree_and_comes_back(void **state)
{
    struct stage stage;

    (void)state;
    set_up(&stage);
    struct fl_object object = customer_of(&stage);
    struct fl_element *root = write(&stage, &object, "1.8");

    assert_string_equal(root->name, "Справочник.Партнеры");
    assert_true(fl_uuid_equal(root->id, id_of(1)));
    assert_string_equal(text_at(root, "Ключ/Имя"), "ООО Ромашка");
    assert_string_equal(text_at(root, "Ключ/Данные/ИНН"), "7701234567");
    assert_string_equal(text_at(root, "Слова"), "слова");
    assert_string_equal(text_at(root, "Источник"), "Филиал");
    assert_string_equal(text_at(root, "Кредит"), "0");
    assert_null(text_at(root, "Вид"));
    assert_null(text_at(root, "Общее/Слова"));
    stage.customer = object; /* the format has no manager: it stays as it is here */
    struct fl_object again = read(&stage, root, "1.8");

    assert_true(are_equal(&object, &again));
    root = write(&stage, &object, "1.17");
    assert_string_equal(text_at(root, "Общее/Слова"), "слова");
    again = read(&stage, root, "1.17");
    assert_true(are_equal(&object, &again));
    tear_down(&stage);
}

static struct fl_object sale_of(struct stage *stage)
{
    const struct fl_type *const type =
        find(stage->configuration, "Document.РеализацияТоваровУслуг");
    const struct fl_section_type *const goods =
        fl_type_find_section(type, fl_bytes_of_text("Товары"));
    const uint32_t rates = find(stage->configuration, "Enum.СтавкиНДС")->number;
    const uint32_t item = find(stage->configuration, "Catalog.Номенклатура")->number;
    struct fl_row *rows = fl_arena_array(&stage->arena, 2, sizeof(*rows));
    struct fl_field *fields = fl_arena_array(&stage->arena, 4, sizeof(*fields));

    for (uint8_t i = 0; i < 2; i++) {
        struct fl_field *cells = fl_arena_array(&stage->arena, 3, sizeof(*cells));

        cells[0].number =
            fl_section_find_attribute(goods, fl_bytes_of_text("Номенклатура"))->number;
        cells[0].value = (struct fl_value){
            .kind = FL_VALUE_REF, .type = item, .uuid = id_of((uint8_t)(7 + i))};
        cells[1].number =
            fl_section_find_attribute(goods, fl_bytes_of_text("СтавкаНДС"))->number;
        cells[1].value = (struct fl_value){
            .kind = FL_VALUE_ENUM, .type = rates, .enum_value = i ? 4 : 1};
        cells[2].number =
            fl_section_find_attribute(goods, fl_bytes_of_text("Количество"))->number;
        cells[2].value = (struct fl_value){
            .kind = FL_VALUE_NUMBER, .number = fl_decimal_of_int64(i ? 0 : 5)};
        rows[i] = (struct fl_row){.field_count = 3, .fields = cells};
    }
    fields[0] = (struct fl_field){
        .number = attribute(type, "Date")->number,
        .value = {.kind = FL_VALUE_DATE, .date = INT64_C(63871156800)}};
    fields[1] = (struct fl_field){
        .number = attribute(type, "Number")->number,
        .value = {.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text("Ф-1")}};
    fields[2] = (struct fl_field){
        .number = attribute(type, "Контрагент")->number,
        .value = {
            .kind = FL_VALUE_REF,
            .type = stage->customer.key.type,
            .uuid = stage->customer.key.id}};
    fields[3] = (struct fl_field){
        .number = attribute(type, "СуммаВключаетНДС")->number,
        .value = {.kind = FL_VALUE_BOOLEAN, .boolean = true}};
    struct fl_section *section = fl_arena_alloc(&stage->arena, sizeof(*section));

    *section = (struct fl_section){.number = goods->number, .row_count = 2, .rows = rows};
    struct fl_object object = {
        .key = {.type = type->number, .id = id_of(9)},
        .field_count = 4,
        .fields = fields,
        .section_count = 1,
        .sections = section};
    struct fl_error error = {FL_OK, ""};

    if (fl_object_normalise(type, &object, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return object;
}

/* A sale to a customer that is here, and its tree. */
static struct fl_element *set_up_sale(struct stage *stage, struct fl_object *out_sale)
{
    set_up(stage);
    stage->customer = customer_of(stage);
    *out_sale = sale_of(stage);
    return write(stage, out_sale, "1.17");
}

static void test_references_rows_and_values(void **state)
{
    struct stage stage;
    struct fl_object object;

    (void)state;
    struct fl_element *root = set_up_sale(&stage, &object);
    struct fl_element *buyer = fl_element_at(root, "Стороны/Покупатель");
    struct fl_error error = {FL_OK, ""};

    assert_non_null(buyer);
    assert_int_equal(buyer->kind, FL_ELEMENT_REF);
    assert_string_equal(buyer->type, "Партнеры");
    assert_null(buyer->first);
    assert_int_equal(
        fl_conversion_expand(
            stage.conversion, fl_conversion_version_of(fl_bytes_of_text("1.17")),
            &stage.ports, &stage.arena, buyer, &error),
        FL_OK);
    assert_string_equal(text_at(buyer, "Имя"), "ООО Ромашка");
    assert_string_equal(text_at(root, "Стороны/ИНН"), "7701234567");
    assert_string_equal(text_at(root, "Товары/Строка/Н"), "1");
    assert_string_equal(text_at(root, "Товары/Строка/НДС/Ставка"), "20");
    assert_non_null(fl_element_at(root, "Услуги/Строка/Товар"));
    struct fl_object again = read(&stage, root, "1.17");

    assert_true(are_equal(&object, &again));
    tear_down(&stage);
}

/* A base has a later edition of its version, with a rate that this one had not. */
static void test_a_value_of_another_version_is_read(void **state)
{
    struct stage stage;
    struct fl_object object;

    (void)state;
    struct fl_element *root = set_up_sale(&stage, &object);

    assert_string_equal(text_at(root, "Товары/Строка/НДС/Ставка"), "20");
    struct fl_object again = read(&stage, root, "1.8");

    assert_true(are_equal(&object, &again));
    tear_down(&stage);
}

/* What a table of values does not have, by the mapping's words for it. */
struct unknown_value {
    const char *of_property;
    const char *of_values;
    const char *written; /* of НДС10, which the table has not; NULL: it is refused */
    const char *given;
    const char *refusal; /* of `given` when read; NULL: it is nothing */
};

static const struct unknown_value unknown_values[] = {
    {"", "", NULL, "18", "<value of=\"...\" as=\"18\"/>"},
    {" else=\"\"", "", NULL, "18", "values name=\"С\""},
    {"", "", NULL, "", NULL},
    {"", "", NULL, "старая", NULL},
    {" else=\"иная\"", "", "иная", "иная", NULL},
    {" else=\"иная\"", "", "иная", "18", "line 7, НДС: the value \"18\""},
    {"", " other=\"иная\"", "иная", "18", NULL},
    {" else=\"нет\"", " other=\"\"", NULL, "18", NULL},
};

static struct fl_conversion *mapping_with(
    const struct stage *stage,
    const struct unknown_value *sample)
{
    char text[2048];
    struct fl_conversion *conversion = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)snprintf(
        text, sizeof(text),
        "<mapping format=\"test\" name=\"Проба\" key=\"\">"
        "<object of=\"Справочник.Номенклатура\" as=\"Товары\">"
        "<property of=\"СтавкаНДС\" as=\"НДС\" values=\"С\"%s/></object>"
        "<values name=\"С\"%s><value of=\"НДС20\" as=\"20\"/>"
        "<value of=\"\" as=\"старая\"/></values></mapping>",
        sample->of_property, sample->of_values);
    struct fl_codec_memory memory = {fl_bytes_of_text(text)};

    if (fl_conversion_read(
            stage->configuration, fl_codec_memory_source(&memory), &conversion, &error) !=
        FL_OK) {
        fail_msg("%s", error.text);
    }
    return conversion;
}

static void must_write_unknown(
    struct stage *stage,
    const struct fl_conversion *conversion,
    const struct unknown_value *sample)
{
    const struct fl_type *const type = find(stage->configuration, "Catalog.Номенклатура");
    struct fl_field rate = {
        .number = attribute(type, "СтавкаНДС")->number,
        .value = {
            .kind = FL_VALUE_ENUM,
            .type = find(stage->configuration, "Enum.СтавкиНДС")->number,
            .enum_value = 2}};
    const struct fl_object goods = {
        .key = {.type = type->number, .id = id_of(3)}, .field_count = 1, .fields = &rate};
    const struct fl_conversion_rule *rule = NULL;
    struct fl_element *root = NULL;
    struct fl_error error = {FL_OK, ""};
    const enum fl_status status = fl_conversion_write(
        conversion, 0, &stage->ports, &goods, &stage->arena, &root, &rule, &error);

    if (sample->written) {
        assert_int_equal(status, FL_OK);
        assert_string_equal(text_at(root, "НДС"), sample->written);
    } else if (sample->of_values[0] != '\0') { /* other="": nothing stands for it */
        assert_int_equal(status, FL_OK);
        assert_null(text_at(root, "НДС"));
    } else {
        assert_int_equal(status, FL_REFUSED);
        assert_non_null(strstr(error.text, "add <value of=\"НДС10\" as=\"...\"/>"));
    }
}

static void must_read_unknown(
    struct stage *stage,
    const struct fl_conversion *conversion,
    const struct unknown_value *sample)
{
    const struct fl_conversion_ports nobody = {.refuses_unknown_values = true};
    struct fl_element *const root =
        fl_element_add(&stage->arena, NULL, fl_bytes_of_text("Товары"));
    struct fl_element *const rate = fl_element_add_text(
        &stage->arena, root, fl_bytes_of_text("НДС"), fl_bytes_of_text(sample->given));
    const struct fl_conversion_rule *rule = NULL;
    struct fl_object object = {.deleted = false};
    struct fl_error error = {FL_OK, ""};

    rate->line = 7;
    const enum fl_status status = fl_conversion_to_object(
        conversion, 0, &nobody, root, &stage->arena, &object, &rule, &error);

    assert_int_equal(status, sample->refusal ? FL_MALFORMED : FL_OK);
    if (sample->refusal && !strstr(error.text, sample->refusal)) {
        fail_msg("%s", error.text);
    }
    if (!sample->refusal) {
        assert_int_equal(object.field_count, 0);
    }
}

static void test_a_value_that_the_table_has_not_is_not_lost(void **state)
{
    struct stage stage;

    (void)state;
    set_up(&stage);
    for (size_t i = 0; i < sizeof(unknown_values) / sizeof(unknown_values[0]); i++) {
        struct fl_conversion *const conversion = mapping_with(&stage, &unknown_values[i]);

        must_write_unknown(&stage, conversion, &unknown_values[i]);
        must_read_unknown(&stage, conversion, &unknown_values[i]);
        fl_conversion_free(conversion);
    }
    tear_down(&stage);
}

/* Goods and services are one table here, and their numbers count its rows. */
static void test_rows_of_two_tables_stand_in_their_order(void **state)
{
    static const char *const orders[][2] = {
        {"10", "9"}, {"1", "1"}, {"9", "10"}, {"2", "x"}};
    struct stage stage;
    struct fl_object object;

    (void)state;
    struct fl_element *root = set_up_sale(&stage, &object);

    assert_string_equal(text_at(root, "Услуги/Строка/Н"), "2");
    for (size_t i = 0; i < 4; i++) {
        fl_element_at(root, "Товары/Строка/Н")->text = fl_bytes_of_text(orders[i][0]);
        fl_element_at(root, "Услуги/Строка/Н")->text = fl_bytes_of_text(orders[i][1]);
        struct fl_object again = read(&stage, root, "1.17");

        assert_int_equal(again.sections[0].row_count, 2);
        assert_true(fl_value_equal(
            &again.sections[0].rows[i == 0 ? 1 : 0].fields[0].value,
            &object.sections[0].rows[0].fields[0].value));
    }
    tear_down(&stage);
}

static void test_bad_mappings_name_the_line(void **state)
{
    static const char *const bad[][2] = {
        {"<mappings/>", "mapping"},
        {"<mapping format=\"f\">\n<objekt/></mapping>", "line 2"},
        {"<mapping format=\"f\"><object of=\"Catalog.Валюты\"/></mapping>", "as="},
        {"<mapping format=\"f\"><object of=\"Catalog.Валюты\" as=\"X\" "
         "when=\"A\"/></mapping>",
         "condition"},
        {"<mapping format=\"f\"><object of=\"Catalog.Валюты\" as=\"X\"><property "
         "of=\"Code\" as=\"C\" values=\"V\"/></object></mapping>",
         "values"},
        {"<mapping format=\"f\"><object of=\"Catalog.Валюты\" as=\"X\" "
         "since=\"x\"/></mapping>",
         "1.8"},
        {"<mapping format=\"f\">text</mapping>", "text"},
    };
    struct stage stage;

    (void)state;
    set_up(&stage);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fl_codec_memory memory = {fl_bytes_of_text(bad[i][0])};
        struct fl_conversion *conversion = NULL;
        struct fl_error error = {FL_OK, ""};

        assert_int_equal(
            fl_conversion_read(
                stage.configuration, fl_codec_memory_source(&memory), &conversion,
                &error),
            FL_MALFORMED);
        if (!strstr(error.text, bad[i][1])) {
            fail_msg("%s: %s", bad[i][0], error.text);
        }
    }
    tear_down(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_here_is_a_remark),
        cmocka_unit_test(test_what_works_as_it_stands_is_counted),
        cmocka_unit_test(test_an_object_is_a_tree_and_comes_back),
        cmocka_unit_test(test_references_rows_and_values),
        cmocka_unit_test(test_a_value_of_another_version_is_read),
        cmocka_unit_test(test_a_value_that_the_table_has_not_is_not_lost),
        cmocka_unit_test(test_rows_of_two_tables_stand_in_their_order),
        cmocka_unit_test(test_bad_mappings_name_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
