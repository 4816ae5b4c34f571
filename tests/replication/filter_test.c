/* Registration rules: what they admit, and how they refuse to be read. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shop.h"

static struct fl_configuration *configuration;

static int begin(void **state)
{
    (void)state;
    configuration = shop_configuration();
    return 0;
}

static int end(void **state)
{
    (void)state;
    fl_configuration_free(configuration);
    return 0;
}

/* Contract 1 belongs to company 1, contract 2 to company 2; others are not here. */
static const struct fl_object *reach(void *context, struct fl_key key)
{
    static struct fl_field field;
    static struct fl_object contract;
    unsigned *asked = context;

    (*asked)++;
    for (uint32_t i = 1; i <= 2; i++) {
        if (key.type == SHOP_CONTRACTS && fl_uuid_equal(key.id, shop_id(i))) {
            field = (struct fl_field){CONTRACT_COMPANY, shop_ref(SHOP_COMPANIES, i)};
            contract = (struct fl_object){.key = key, .field_count = 1, .fields = &field};
            return &contract;
        }
    }
    return NULL;
}

static struct fl_filter *filter_of(uint32_t type, const char *text)
{
    struct fl_filter *filter = NULL;
    struct fl_error error;

    if (shop_filter(configuration, type, text, &filter, &error) != FL_OK) {
        fail_msg("%s: %s", text, error.text);
    }
    return filter;
}

static bool admits_with(
    const char *text,
    const struct fl_object *object,
    const struct fl_filter_lists *lists)
{
    struct fl_filter *filter = filter_of(object->key.type, text);
    unsigned asked = 0;
    struct fl_filter_subject subject = {object, reach, &asked};
    bool admitted = fl_filter_admits(filter, &subject, lists);

    fl_filter_free(filter);
    return admitted;
}

/* The peer owns company 1 and nothing else. */
static bool admits(const char *text, const struct fl_object *object)
{
    struct fl_filter_value company =
        fl_filter_value_of(configuration, fl_bytes_of_text(shop_company(1)));
    struct fl_filter_list list = {fl_bytes_of_text("организации"), &company, 1};

    return admits_with(text, object, &(struct fl_filter_lists){&list, 1});
}

static void test_a_list_of_the_peer_admits_what_it_names(void **state)
{
    struct shop_order order;
    (void)state;
    assert_true(admits("Организация in $организации", shop_order(&order, 1, 0, false)));
    assert_false(admits("Организация in $организации", shop_order(&order, 2, 0, false)));
    assert_false(admits("Организация in $организации", shop_order(&order, 0, 0, false)));
    assert_true(admits("Организация = $организации", shop_order(&order, 1, 0, false)));
    assert_true(admits("Организация <> $организации", shop_order(&order, 2, 0, false)));
    assert_true(admits("Организация в $организации", shop_order(&order, 1, 0, false)));
    assert_false(
        admits("Организация not in $организации", shop_order(&order, 1, 0, false)));
    assert_false(admits("Организация in $склады", shop_order(&order, 1, 0, false)));
}

static void test_words_bind_as_they_do_everywhere(void **state)
{
    struct shop_order order;
    const struct fl_object *posted = shop_order(&order, 2, 0, true);
    (void)state;
    assert_true(admits("Проведен = true", posted));
    assert_true(admits("Проведен = Истина и не Организация in $организации", posted));
    assert_false(admits("Организация in $организации and Проведен = true", posted));
    assert_true(admits("Организация in $организации or Проведен = true", posted));
    /* or binds less than and */
    assert_true(admits(
        "Проведен = true or Проведен = false and Организация in $организации", posted));
    assert_false(admits(
        "(Проведен = true or Проведен = false) and Организация in $организации", posted));
    assert_false(admits("not Проведен = true or Проведен = false", posted));
    assert_true(admits("not not (Проведен = true)", posted));
    assert_false(admits("not (Проведен = true or Проведен = false)", posted));
    assert_true(admits("((Проведен = true)) and not((Проведен = false))", posted));
}

static void test_values_are_compared_as_what_the_attribute_holds(void **state)
{
    struct fl_field fields[] = {
        {ORDER_SUM, {.kind = FL_VALUE_NUMBER, .number = {.low = 125, .scale = 1}}},
        {ORDER_KIND, {.kind = FL_VALUE_ENUM, .type = SHOP_KINDS, .enum_value = 2}},
        {ORDER_WAREHOUSE, {.kind = FL_VALUE_STRING, .bytes = BYTES("12.5")}},
        {ORDER_DATE, {.kind = FL_VALUE_DATE, .date = 0}},
    };
    struct fl_object order = {
        .key = {.type = SHOP_ORDERS}, .field_count = 4, .fields = fields};
    (void)state;
    assert_int_equal(
        fl_datetime_parse(fl_bytes_of_text("2026-01-31T00:00:00"), &fields[3].value.date),
        FL_OK);
    assert_true(admits("Сумма = 12.50", &order));
    assert_true(admits("Сумма = \"12.50\"", &order));
    assert_false(admits("Склад = '12.50'", &order));
    assert_true(admits("Склад = 12.5", &order));
    assert_true(admits("Сумма in (1, -2, 12.5)", &order));
    assert_true(admits("Вид = 'Enum.Виды.Розница'", &order));
    assert_true(admits("Вид in ('Перечисление.Виды.Опт', 'Enum.Виды.Розница')", &order));
    assert_false(admits("Вид = 'Enum.Виды.Опт'", &order));
    assert_true(admits("Дата = '2026-01-31T00:00:00'", &order));
    assert_true(admits("Проведен = false", &order));
    assert_false(admits("Проведен = 'x'", &order));
}

static void test_one_reference_is_looked_through(void **state)
{
    struct shop_order order;
    const char *text = "Договор.Организация in $организации";
    (void)state;
    assert_true(admits(text, shop_order(&order, 2, 1, false)));
    assert_false(admits(text, shop_order(&order, 1, 2, false)));
    assert_false(admits(text, shop_order(&order, 1, 3, false)));
    assert_false(admits(text, shop_order(&order, 1, 0, false)));
    assert_true(
        admits("Договор.Организация = undefined", shop_order(&order, 1, 3, false)));
}

static void test_a_record_set_is_judged_by_its_key(void **state)
{
    struct fl_filter *filter =
        filter_of(SHOP_SALES, "Recorder.Организация in $организации");
    const struct fl_filter_reference *reference = fl_filter_reference(filter, 0);
    struct fl_error error;
    (void)state;
    assert_non_null(reference);
    assert_int_equal(reference->attribute, 1);
    assert_string_equal(reference->name, "Организация");
    assert_int_equal(
        fl_filter_reference_attribute(filter, 0, SHOP_ORDERS), ORDER_COMPANY);
    assert_int_equal(fl_filter_reference_attribute(filter, 0, SHOP_RATES), 0);
    assert_null(fl_filter_reference(filter, 1));
    assert_string_equal(fl_filter_name(filter, 0), "организации");
    assert_null(fl_filter_name(filter, 1));
    fl_filter_free(filter);
    assert_int_equal(
        shop_filter(configuration, SHOP_SALES, "Сумма = 1", &filter, &error),
        FL_MALFORMED);
}

static void must_refuse(const char *text, const char *words)
{
    struct fl_filter *filter = NULL;
    struct fl_error error = {.text = ""};

    assert_int_equal(
        shop_filter(configuration, SHOP_ORDERS, text, &filter, &error), FL_MALFORMED);
    if (!strstr(error.text, words)) {
        fail_msg("%s: expected \"%s\", not \"%s\"", text, words, error.text);
    }
}

static void test_what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    must_refuse("", "character 1");
    must_refuse("Организацыя in $организации", "character 1: \"Организацыя\"");
    must_refuse("Проведен = true и Скалад = 1", "character 19: \"Скалад\"");
    must_refuse("Проведен", "character 9");
    must_refuse("Проведен = ", "character 12: a value is wanted");
    must_refuse("Проведен = true Проведен = true", "character 17");
    must_refuse("(Проведен = true", "character 17: a closing parenthesis");
    must_refuse("Проведен = true)", "character 16: this parenthesis");
    must_refuse("Склад = \"без конца", "character 9: this text");
    must_refuse("Склад in 5", "character 10");
    must_refuse("Склад in (5", "character 12: a closing parenthesis");
    must_refuse("Склад in ()", "character 11");
    must_refuse("Склад = $", "character 9");
    must_refuse("Склад > 5", "character 7");
    must_refuse("Сумма = 1.2.3", "character 9: \"1.2.3\" is not a number");
    must_refuse("Договор.Организация.Code = 1", "character 20");
    must_refuse("Договор.Склад = 1", "character 9: \"Склад\"");
    must_refuse("Склад.Code = 1", "character 7: \"Code\"");
    must_refuse("and Склад = 1", "character 1");
    must_refuse("Склад = 1 and", "character 14");
    must_refuse("Склад = 1 and or Склад = 2", "character 15");
    must_refuse("Склад not = 1", "character 11");
    must_refuse("Склад = \xff", "UTF-8");
}

static void test_an_expression_has_bounds(void **state)
{
    char deep[600];
    char *longest = calloc(1, 400 * 16);
    (void)state;
    memset(deep, '(', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    must_refuse(deep, "too many parentheses");
    assert_non_null(longest);
    for (int i = 0; i < 300; i++) {
        strcat(longest, i > 0 ? " or Сумма=1" : "Сумма=1");
    }
    must_refuse(longest, "too long");
    free(longest);
}

struct told {
    char text[400];
};

static void tell(
    void *context,
    struct fl_bytes comparison,
    const struct fl_value *value,
    bool holds)
{
    struct told *told = context;
    size_t used = strlen(told->text);
    (void)value;
    snprintf(
        told->text + used, sizeof(told->text) - used, "[%.*s] %s;", (int)comparison.size,
        (const char *)comparison.data, holds ? "yes" : "no");
}

static void test_each_comparison_is_explained(void **state)
{
    struct shop_order order;
    struct told told = {.text = ""};
    unsigned asked = 0;
    struct fl_filter_subject subject = {shop_order(&order, 1, 0, true), reach, &asked};
    struct fl_filter *filter =
        filter_of(SHOP_ORDERS, "Проведен = true and ( Склад  in ('a', 'b') )");
    (void)state;
    assert_false(fl_filter_explain(
        filter, &subject, &(struct fl_filter_lists){NULL, 0}, tell, &told));
    assert_string_equal(told.text, "[Проведен = true] yes;[Склад  in ('a', 'b')] no;");
    fl_filter_free(filter);
}

static size_t keys_of(const char *text, struct fl_filter_key *keys)
{
    struct shop_order order;
    unsigned asked = 0;
    struct fl_filter_subject subject = {shop_order(&order, 1, 2, true), reach, &asked};
    struct fl_filter *filter = filter_of(SHOP_ORDERS, text);
    size_t count = fl_filter_keys(filter, &subject, keys);

    fl_filter_free(filter);
    return count;
}

static void test_what_must_be_so_is_found_where_it_is_simple(void **state)
{
    struct fl_filter_key keys[FL_FILTER_KEYS_MAX];
    (void)state;
    assert_int_equal(keys_of("Организация in $а and Проведен = true", keys), 1);
    assert_true(fl_uuid_equal(keys[0].value.uuid, shop_id(1)));
    assert_int_equal(keys_of("Проведен = true and Организация in $а", keys), 1);
    assert_int_equal(keys_of("Организация in $а or Договор.Организация in $б", keys), 2);
    assert_true(fl_uuid_equal(keys[1].value.uuid, shop_id(2)));
    assert_int_equal(keys_of("Организация in $а or Проведен = true", keys), SIZE_MAX);
    assert_int_equal(keys_of("Организация not in $а", keys), SIZE_MAX);
    assert_int_equal(keys_of("not Организация in $а", keys), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_of_the_peer_admits_what_it_names),
        cmocka_unit_test(test_words_bind_as_they_do_everywhere),
        cmocka_unit_test(test_values_are_compared_as_what_the_attribute_holds),
        cmocka_unit_test(test_one_reference_is_looked_through),
        cmocka_unit_test(test_a_record_set_is_judged_by_its_key),
        cmocka_unit_test(test_what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(test_an_expression_has_bounds),
        cmocka_unit_test(test_each_comparison_is_explained),
        cmocka_unit_test(test_what_must_be_so_is_found_where_it_is_simple),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
