/*
 * Codes for who comes without one, over many who have one: what is here is counted part
 * by part, and who writes between two parts counts, too.
 */

#include "fixture.h"

#include "change/ref.h"
#include "endpoint/endpoint_matches.h"
#include "kd2/kd2_codec.h"
#include "kd2/kd2_numbering.h"
#include "package/package_file.h"

#define EARLIER "Catalog.Контрагенты:00000000-0000-4000-8000-000000000001"

enum { PARTNERS = 3 * FL_KD2_COUNTED_AT_ONCE };

/* Whoever comes without a code or number gets one. */
#define NUMBERED(name)                                                                                                      \
    "<Правило><Код>" name "</Код><ГенерироватьНовыйНомерИлиКодЕслиНеУказан>true" \
    "</ГенерироватьНовыйНомерИлиКодЕслиНеУказан></Правило>"
#define TEXT(name, value)                                                                \
    "<Свойство Имя=\"" name "\"><Значение>" value "</Значение></Свойство>"
#define FILE_OF(rules, objects)                                                          \
    "<ФайлОбмена "                                                             \
    "ВерсияФормата=\"2.0\"><ПравилаОбмена><ПравилаКонвертацииОбъектов>" rules            \
    "</ПравилаКонвертацииОбъектов></ПравилаОбмена>" objects "</ФайлОбмена>\n"
#define PARTNER(number, key, properties)                                                            \
    "<Объект Нпп=\"" number "\" Тип=\"СправочникСсылка.Контрагенты\"" \
    " ИмяПравила=\"Контрагенты\" ПрефиксАвтонумерации=\"Ф-\"><Ссылка Нпп=\"" number                 \
    "\">" key "</Ссылка>" properties "</Объект>"
#define REFERENCE(name, number, key)                                                     \
    "<Свойство Имя=\"" name                                                              \
    "\" Тип=\"СправочникСсылка.Контрагенты\"><Ссылка Нпп=\"" number "\">" key            \
    "</Ссылка></Свойство>"

static const char TWO_PARTNERS[] = FILE_OF(
    NUMBERED("Контрагенты"),
    PARTNER("1", TEXT("ИНН", "5501"), TEXT("Наименование", "Новый"))
        PARTNER("2", TEXT("ИНН", "5502"), TEXT("Наименование", "Второй")));

/* The second one's folder has the code that is the next. */
static const char CODE_OF_A_REFERENCE[] = FILE_OF(
    NUMBERED("Контрагенты"),
    PARTNER("1", TEXT("ИНН", "5501"), "") PARTNER(
        "2",
        TEXT("ИНН", "5502"),
        REFERENCE("Родитель", "3", TEXT("Код", "Ф-0000002")))
        PARTNER("4", TEXT("ИНН", "5503"), ""));

#define THEIRS "22222222-3333-4444-8555-000000000002"
#define DATE   TEXT("Дата", "2026-03-05T10:00:00")
#define REPORT(payments)                                                                              \
    "<Объект Нпп=\"1\" Тип=\"ДокументСсылка.АвансовыйОтчет\"" \
    " ИмяПравила=\"АвансовыйОтчет\"><Ссылка Нпп=\"1\">" DATE "</Ссылка>"                        \
    "<ТабличнаяЧасть Имя=\"ОплатаПоставщикам\">" payments "</ТабличнаяЧасть></Объект>"
#define PAYMENT(key) "<Запись>" REFERENCE("Контрагент", "2", key) "</Запись>"

/* A document without a number names one partner twice, who is not here: by fields, and
   by these with an identity. */
static const char TWICE_NAMED[] = FILE_OF(
    NUMBERED("АвансовыйОтчет"),
    REPORT(PAYMENT(TEXT("ИНН", "5501"))
               PAYMENT(TEXT("{УникальныйИдентификатор}", THEIRS) TEXT("ИНН", "5501"))));

/* Those that are here have the codes 1 to PARTNERS of the series. */
static void put_partners(struct fixture *fixture)
{
    char *lines = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&lines, &size);
    assert_non_null(stream);
    for (unsigned i = 1; i <= PARTNERS; i++) {
        fprintf(
            stream,
            "{\"put\":\"Catalog.Контрагенты:22222222-3333-4444-8555-1%011u\","
            "\"set\":{\"Code\":\"Ф-%05u\",\"Description\":\"№ %u\"}}\n",
            i, i, i);
    }
    assert_int_equal(fclose(stream), 0);
    if (fixture_feed(fixture, lines, "batch") != 0) {
        fail_msg("%s", fixture->complaint);
    }
    free(lines);
}

/* Where a count that has begun has been already. */
static void put_earlier(struct fixture *fixture, const char *code, const char *inn)
{
    char words[2][64];
    snprintf(words[0], sizeof words[0], "Code=%s", code);
    snprintf(words[1], sizeof words[1], "ИНН=%s", inn);
    if (fixture_run(
            fixture, "object", "put", EARLIER, "--set", words[0], "--set", words[1]) !=
        0) {
        fail_msg("%s", fixture->complaint);
    }
}

struct reading {
    struct fixture *fixture;
    struct fl_package_file file;
    struct fl_kd2_settings settings;
    struct fl_kd2_codec codec;
    struct fl_endpoint_reading *reader;
    struct fl_txn txn;
};

static void begin(struct reading *reading, struct fixture *fixture, const char *text)
{
    const struct fl_package_header *header = NULL;
    struct fl_error error = {.text = ""};
    const char *path = fixture_path(fixture, "in.xml");
    *reading = (struct reading){
        .fixture = fixture,
        .settings = {.mapping = FILIAL_MAPPINGS "/kd2/accounting8.xml"}};
    reading->codec = fl_kd2_codec_of(&reading->settings);
    fixture_write(path, text);
    const struct fl_endpoint_codec *codec = &reading->codec.codec;
    assert_int_equal(fl_package_file_open(&reading->file, path, path, &error), FL_OK);
    assert_int_equal(
        codec->read_open(
            codec, fixture->node, fl_package_file_source(&reading->file),
            &reading->reader, &error),
        FL_OK);
    fl_txn_begin(&reading->txn, fixture->node->store, FL_TXN_INTAKE);
    if (codec->read_header(reading->reader, &header, &error) != FL_OK ||
        codec->read_begin(reading->reader, /* peer= */ NULL, &reading->txn, &error) !=
            FL_OK) {
        fail_msg("%s", error.text);
    }
}

static void end(struct reading *reading)
{
    fl_txn_abort(&reading->txn);
    reading->codec.codec.read_close(reading->reader);
    fl_package_file_close(&reading->file);
}

static struct fl_endpoint_object next(struct reading *reading)
{
    struct fl_endpoint_object object = {.object = NULL};
    struct fl_error error = {.text = ""};
    if (reading->codec.codec.read_next(reading->reader, &object, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return object;
}

/* The share is over: others may work until the next one. */
static void commit(struct reading *reading)
{
    assert_int_equal(fl_txn_commit(&reading->txn), FL_OK);
}

static void begin_again(struct reading *reading)
{
    fl_txn_begin(&reading->txn, reading->fixture->node->store, FL_TXN_INTAKE);
}

static struct fl_endpoint_object next_given(struct reading *reading)
{
    struct fl_endpoint_object object;
    size_t waits = 0;
    while ((object = next(reading)).waits) {
        assert_in_range(++waits, 1, PARTNERS);
    }
    return object;
}

static void must_have_code(
    const struct reading *reading,
    const struct fl_endpoint_object *given,
    const char *code)
{
    const struct fl_node *node = reading->fixture->node;
    assert_non_null(given->object);
    const struct fl_type *type =
        fl_configuration_type(node->configuration, given->object->key.type);
    const struct fl_attribute *attribute = fl_type_role(type, FL_ROLE_CODE);
    const struct fl_value *value = fl_object_field(given->object, attribute->number);
    assert_non_null(value);
    if (!fl_bytes_equal(value->bytes, fl_bytes_of_text(code))) {
        fail_msg("%.*s", (int)value->bytes.size, (const char *)value->bytes.data);
    }
}

static void test_what_is_here_is_counted_in_parts(void **state)
{
    struct reading reading;
    struct fl_endpoint_object object;
    size_t parts = 0;
    put_partners(*state);
    begin(&reading, *state, TWO_PARTNERS);
    while ((object = next(&reading)).waits) {
        assert_null(object.object);
        parts++;
    }
    assert_in_range(
        parts, PARTNERS / FL_KD2_COUNTED_AT_ONCE, PARTNERS / FL_KD2_COUNTED_AT_ONCE + 2);
    must_have_code(&reading, &object, "Ф-0001537");
    /* The next one of the series is known by the first. */
    object = next(&reading);
    must_have_code(&reading, &object, "Ф-0001538");
    object = next(&reading);
    assert_true(fl_endpoint_object_is_none(&object));
    end(&reading);
}

static void test_who_comes_between_two_parts_is_counted(void **state)
{
    struct reading reading;
    struct fl_endpoint_object object;
    size_t parts = 0;
    put_partners(*state);
    begin(&reading, *state, TWO_PARTNERS);
    while ((object = next(&reading)).waits) {
        if (++parts == 2) {
            commit(&reading);
            put_earlier(*state, "Ф-07000", "77");
            begin_again(&reading);
        }
    }
    assert_true(parts > 2);
    must_have_code(&reading, &object, "Ф-0007001");
    end(&reading);
}

/* The object itself comes from elsewhere while those before it are counted. */
static void test_who_is_here_by_then_keeps_its_code(void **state)
{
    struct fixture *fixture = *state;
    struct reading reading;
    struct fl_endpoint_object object;
    size_t parts = 0;
    put_partners(fixture);
    begin(&reading, fixture, TWO_PARTNERS);
    while ((object = next(&reading)).waits) {
        if (++parts == 2) {
            commit(&reading);
            put_earlier(fixture, "Х-1", "5501");
            begin_again(&reading);
        }
    }
    must_have_code(&reading, &object, "Х-1");
    assert_string_equal(
        fl_ref_text(fixture->node->configuration, object.object->key).text, EARLIER);
    end(&reading);
}

/* What a reference makes keeps the code that it is named by. */
static void test_the_code_of_a_reference_is_given_to_nobody_else(void **state)
{
    static const char *const codes[] = {
        "Ф-0000001", "Ф-0000002", "Ф-0000003", "Ф-0000004"};
    struct reading reading;
    begin(&reading, *state, CODE_OF_A_REFERENCE);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const struct fl_endpoint_object object = next_given(&reading);
        must_have_code(&reading, &object, codes[i]);
    }
    end(&reading);
}

/* The partner of the pass before the count is nobody; that of the next is both. */
static void test_a_pair_is_of_who_is_given(void **state)
{
    struct reading reading;
    begin(&reading, *state, TWICE_NAMED);
    assert_true(next(&reading).waits);
    const struct fl_key made = next_given(&reading).object->key;
    const struct fl_endpoint_object report = next_given(&reading);
    assert_non_null(report.object);
    assert_int_equal(report.object->section_count, 1);
    const struct fl_section *payments = &report.object->sections[0];
    assert_int_equal(payments->row_count, 2);
    for (size_t i = 0; i < payments->row_count; i++) {
        assert_int_equal(payments->rows[i].field_count, 1);
        const struct fl_value *value = &payments->rows[i].fields[0].value;
        assert_int_equal(value->kind, FL_VALUE_REF);
        assert_true(fl_uuid_equal(value->uuid, made.id));
    }
    struct fl_key theirs = {.type = made.type};
    struct fl_uuid ours;
    assert_int_equal(fl_uuid_parse(fl_bytes_of_text(THEIRS), &theirs.id), FL_OK);
    assert_int_equal(
        fl_endpoint_matches_ours(&reading.txn, /* peer= */ 0, theirs, &ours), FL_OK);
    assert_true(fl_uuid_equal(ours, made.id));
    end(&reading);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_here_is_counted_in_parts),
        TEST(test_who_comes_between_two_parts_is_counted),
        TEST(test_who_is_here_by_then_keeps_its_code),
        TEST(test_the_code_of_a_reference_is_given_to_nobody_else),
        TEST(test_a_pair_is_of_who_is_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
