/*
 * The mappings that ship for configurations which are not here: each against a
 * configuration declared in mapped/, with the objects and attributes that it names.
 */

#include "enterprisedata_world.h"

enum { MANY = 16, RULES_MAX = 200 };

/* Accounts of customers and of companies, invoices for VAT: kinds that are not read. */
enum { TRADE_ONLY_WRITTEN = 3 };

/* Where keys, rates of VAT and common properties have another shape each time. */
#define NEWEST "1.21"
static const char *const VERSIONS[] = {"1.3",  "1.6",  "1.8", "1.12",
                                       "1.17", "1.20", NEWEST};

static void open_mapped(struct fair *fair, const char *name)
{
    char directory[] = "/tmp/filial-mapped-XXXXXX";
    char command[1024];
    char mapping[512];

    assert_non_null(mkdtemp(directory));
    (void)snprintf(
        command, sizeof(command),
        "python3 %s/harness/make_configuration.py %s < %s/exchange/mapped/%s.txt",
        FILIAL_TESTS_DIRECTORY, directory, FILIAL_TESTS_DIRECTORY, name);
    assert_int_equal(system(command), 0);
    (void)snprintf(mapping, sizeof(mapping), MAPPINGS "%s.xml", name);
    fair_open_of(fair, directory, mapping, MANY);
    (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
    assert_int_equal(system(command), 0);
}

static bool complain(void *context, const char *words)
{
    size_t *const count = context;

    print_message("%s\n", words);
    ++*count;
    return true;
}

/* Nothing in it is left out here, and everything is in each version of the format. */
static void check_fits(const char *name)
{
    static struct fair fair;
    struct fl_error error = {FL_OK, ""};
    const char *version;
    size_t misfits = 0;

    open_mapped(&fair, name);
    for (size_t i = 0; (version = fl_enterprisedata_version(i)); i++) {
        assert_int_equal(
            fl_enterprisedata_check(fair.conversion, version, complain, &misfits, &error),
            FL_OK);
    }
    for (size_t i = 0; fl_conversion_remark(fair.conversion, i); i++) {
        (void)complain(&misfits, fl_conversion_remark(fair.conversion, i));
    }
    assert_int_equal(misfits, 0);
    fair_close(&fair);
}

/* Each value of an enumeration in turn: they tell the rules of one type apart. */
static void vary(struct fair *fair)
{
    for (size_t i = 0; i < fair->count; i++) {
        for (size_t j = 0; j < fair->objects[i].field_count; j++) {
            struct fl_value *const value = &fair->objects[i].fields[j].value;

            if (value->kind == FL_VALUE_ENUM) {
                const struct fl_type *const type =
                    fl_configuration_type(fair->configuration, value->type);

                value->enum_value = 1 + (uint32_t)(i % type->enum_value_count);
            }
        }
    }
}

/* Every rule that writes has at least one object here. */
static void check_each_rule_writes(struct fair *fair, const char *version)
{
    const fl_conversion_version number =
        fl_conversion_version_of(fl_bytes_of_text(version));
    const struct fl_conversion_rule *rule;
    bool used[RULES_MAX] = {false};

    assert_null(fl_conversion_rule_at(fair->conversion, RULES_MAX));
    for (size_t i = 0; i < fair->count; i++) {
        const struct fl_conversion_rule *of = NULL;
        struct fl_element *root = NULL;
        struct fl_error error = {FL_OK, ""};

        if (fl_conversion_write(
                fair->conversion, number, &fair->ports, &fair->objects[i], &fair->arena,
                &root, &of, &error) == FL_OK &&
            root) {
            for (size_t j = 0; (rule = fl_conversion_rule_at(fair->conversion, j)); j++) {
                used[j] = used[j] || rule == of;
            }
        }
    }
    for (size_t j = 0; (rule = fl_conversion_rule_at(fair->conversion, j)); j++) {
        if (fl_conversion_rule_writes(rule, number) && !used[j]) {
            fail_msg(
                "%s: nothing is written by rule %zu, %s", version, j,
                fl_conversion_rule_element(rule));
        }
    }
}

/* The number of objects that came and are here. */
static size_t read_all(struct fair *fair, const struct message *message, bool alone)
{
    struct fl_codec_memory memory = {fl_buffer_view(&message->buffer)};
    struct fl_package_reader *reader = open_reader(fair, &memory, alone);
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};
    size_t count = 0;

    for (;;) {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        if (!object) {
            break;
        }
        for (size_t i = 0; i < fair->count; i++) {
            if (fl_key_equal(fair->objects[i].key, object->key)) {
                count++;
                fair_copy(fair, object, i);
            }
        }
    }
    fl_package_reader_close(reader);
    return count;
}

/* A row's number is where it stands: behind services and goods apart it is another. */
static struct fl_bytes without_row_numbers(struct message *message)
{
    static const char tag[] = "<НомерСтрокиДокумента>";
    struct fl_bytes body = body_of(message);
    uint8_t *const start = message->buffer.data + (message->buffer.size - body.size);
    size_t kept = 0;

    for (size_t i = 0; i < body.size; i++) {
        start[kept++] = start[i];
        if (kept >= sizeof(tag) - 1 &&
            memcmp(&start[kept - (sizeof(tag) - 1)], tag, sizeof(tag) - 1) == 0) {
            while (start[i + 1] >= '0' && start[i + 1] <= '9') {
                i++;
            }
        }
    }
    return (struct fl_bytes){start, kept};
}

/* 1.21 as 1.22, which nobody here has a schema of, or back. */
static void call_version(struct message *message, char last)
{
    static const char newest[] = "EnterpriseData/1.2";
    const size_t size = sizeof(newest) - 1;
    uint8_t *const bytes = message->buffer.data;

    for (size_t i = 0; i + size < message->buffer.size; i++) {
        if (memcmp(bytes + i, newest, size) == 0) {
            bytes[i + size] = (uint8_t)last;
        }
    }
}

/*
 * What was written is read as if nothing of it were here, or over what is here, and
 * written once more: a property that did not come back would be missing. `only_written`:
 * how many types have no rule that reads.
 */
static void go_round(
    const char *name,
    bool alone,
    size_t only_written,
    void (*prepare)(struct fair *fair, fl_conversion_version version))
{
    static struct fair fair;

    for (size_t i = 0; i < sizeof(VERSIONS) / sizeof(VERSIONS[0]); i++) {
        const char *const version = VERSIONS[i];
        const fl_conversion_version number =
            fl_conversion_version_of(fl_bytes_of_text(version));

        open_mapped(&fair, name);
        vary(&fair);
        prepare(&fair, number);
        check_each_rule_writes(&fair, version);
        struct message message = write_all(&fair, version, NULL);

        assert_int_equal(message.refused, 0);
        assert_int_equal(
            read_all(&fair, &message, alone), message.written - only_written * MANY);
        if (strcmp(version, NEWEST) == 0) {
            call_version(&message, '2');
            assert_int_equal(
                read_all(&fair, &message, alone), message.written - only_written * MANY);
            call_version(&message, '1');
        }
        struct message again = write_all(&fair, version, NULL);

        assert_true(
            fl_bytes_equal(without_row_numbers(&message), without_row_numbers(&again)));
        fl_buffer_deinit(&again.buffer);
        fl_buffer_deinit(&message.buffer);
        fair_close(&fair);
    }
}

static void test_accounting_fits(void **state)
{
    (void)state;
    check_fits("accounting3");
}

static void test_trade_fits(void **state)
{
    (void)state;
    check_fits("trade11");
}

static void lower(const struct fl_type *rates, struct fl_value *value)
{
    static const char *const late[] = {"НДС22", "НДС7", "НДС5"};

    if (value->kind == FL_VALUE_ENUM && value->type == rates->number) {
        const char *const name = fl_type_enum_value_name(rates, value->enum_value);
        const uint32_t early = fl_type_find_enum_value(rates, fl_bytes_of_text("НДС20"));

        for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
            value->enum_value =
                strncmp(name, late[i], strlen(late[i])) == 0 ? early : value->enum_value;
        }
    }
}

/* Versions before 1.17 have a closed list of rates, without those of 2025 and 2026. */
static void lower_rates(struct fair *fair, fl_conversion_version version)
{
    const struct fl_type *const rates = find(fair->configuration, "Enum.СтавкиНДС");

    if (version >= fl_conversion_version_of(fl_bytes_of_text("1.17"))) {
        return;
    }
    for (size_t i = 0; i < fair->count; i++) {
        const struct fl_object *const object = &fair->objects[i];

        for (size_t j = 0; j < object->field_count; j++) {
            lower(rates, &object->fields[j].value);
        }
        for (size_t j = 0; j < object->section_count; j++) {
            for (size_t k = 0; k < object->sections[j].row_count; k++) {
                const struct fl_row *const row = &object->sections[j].rows[k];

                for (size_t m = 0; m < row->field_count; m++) {
                    lower(rates, &row->fields[m].value);
                }
            }
        }
    }
}

static const struct fl_object *item_of(const struct fair *fair, const char *name)
{
    const struct fl_type *const type = find(fair->configuration, name);
    const struct fl_attribute *const folder = fl_type_role(type, FL_ROLE_IS_FOLDER);

    for (size_t i = 0; i < fair->count; i++) {
        if (fair->objects[i].key.type == type->number &&
            !fl_object_field(&fair->objects[i], folder->number)) {
            return &fair->objects[i];
        }
    }
    fail_msg("no item of %s", name);
    return NULL;
}

/* Retail revenue comes from a store, all other cash from a customer or a supplier. */
static void choose_parties(struct fair *fair, fl_conversion_version version)
{
    const struct fl_type *const cash =
        find(fair->configuration, "Document.ПриходныйКассовыйОрдер");
    const struct fl_type *const operations =
        find(fair->configuration, "Enum.ВидыОперацийПКО");
    const uint32_t operation = attribute(cash, "ВидОперации")->number;
    const uint32_t party = attribute(cash, "Контрагент")->number;
    const struct fl_object *const store = item_of(fair, "Catalog.Склады");
    const struct fl_object *const customer = item_of(fair, "Catalog.Контрагенты");

    lower_rates(fair, version);
    for (size_t i = 0; i < fair->count; i++) {
        struct fl_object *const object = &fair->objects[i];
        struct fl_field *const from =
            object->key.type == cash->number ? fair_field(object, party) : NULL;

        if (from) {
            const struct fl_field *const field = fair_field(object, operation);
            const bool is_retail =
                field && strcmp(
                             fl_type_enum_value_name(operations, field->value.enum_value),
                             "РозничнаяВыручка") == 0;
            const struct fl_object *const who = is_retail ? store : customer;

            from->value.type = who->key.type;
            from->value.uuid = who->key.id;
        }
    }
}

static void test_accounting_comes_back(void **state)
{
    (void)state;
    go_round("accounting3", /* alone= */ true, /* only_written= */ 0, choose_parties);
}

/* Rates are items of a catalog here, known by their names; they are only written. */
static void name_rates(struct fair *fair, const char *text)
{
    const struct fl_type *const type = find(fair->configuration, "Catalog.СтавкиНДС");
    const uint32_t name = attribute(type, "Description")->number;
    size_t count = 0;

    for (size_t i = 0; i < fair->count; i++) {
        if (fair->objects[i].key.type == type->number) {
            fair_field(&fair->objects[i], name)->value.bytes = fl_bytes_of_text(text);
            count++;
        }
    }
    assert_int_equal(count, MANY);
}

static void forget_rates(struct fair *fair, fl_conversion_version version)
{
    (void)version;
    name_rates(fair, "");
}

static void test_trade_comes_back(void **state)
{
    (void)state;
    go_round("trade11", /* alone= */ true, TRADE_ONLY_WRITTEN, forget_rates);
}

static void know_rates(struct fair *fair, fl_conversion_version version)
{
    (void)version;
    name_rates(fair, "20%");
}

static void test_rates_of_trade_stay(void **state)
{
    (void)state;
    go_round("trade11", /* alone= */ false, TRADE_ONLY_WRITTEN, know_rates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accounting_fits), cmocka_unit_test(test_trade_fits),
        cmocka_unit_test(test_accounting_comes_back),
        cmocka_unit_test(test_trade_comes_back),
        cmocka_unit_test(test_rates_of_trade_stay)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
