/*
 * What is learnt from a package is enough to take that package in and give it back as it
 * was, and never changes what was known before.
 */

#include "packages.h"

#include <stdlib.h>
#include <unistd.h>

#include "exchange/configuration_learn.h"

static const char PACKAGE[] =
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<V8Exch:_1CV8DtUD xmlns:V8Exch=\"http://www.1c.ru/V8/1CV8DtUD/\" "
    "xmlns:v8=\"http://v8.1c.ru/data\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
    "\t<V8Exch:Data>\n"
    "\t\t<CatalogObject.Товары>\n"
    "\t\t\t<Ref>328baecd-22d0-11e9-8a74-002590a6a5a7</Ref>\n"
    "\t\t\t<IsFolder>true</IsFolder>\n"
    "\t\t\t<DeletionMark>false</DeletionMark>\n"
    "\t\t\t<Owner xsi:type=\"CatalogRef.Фирмы\">328baecd-22d0-11e9-8a74-002590a6a5a8</"
    "Owner>\n"
    "\t\t\t<Parent>00000000-0000-0000-0000-000000000000</Parent>\n"
    "\t\t\t<Code>007</Code>\n"
    "\t\t\t<Description>Папка </Description>\n"
    "\t\t</CatalogObject.Товары>\n"
    "\t\t<CatalogObject.Товары>\n"
    "\t\t\t<Ref>328baecd-22d0-11e9-8a74-002590a6a5a9</Ref>\n"
    "\t\t\t<IsFolder>false</IsFolder>\n"
    "\t\t\t<DeletionMark>false</DeletionMark>\n"
    "\t\t\t<Owner xsi:type=\"CatalogRef.Фирмы\">328baecd-22d0-11e9-8a74-002590a6a5a8</"
    "Owner>\n"
    "\t\t\t<Parent>328baecd-22d0-11e9-8a74-002590a6a5a7</Parent>\n"
    "\t\t\t<Code>008</Code>\n"
    "\t\t\t<Description>Гвозди</Description>\n"
    "\t\t\t<Вид>Товар</Вид>\n"
    "\t\t\t<Штрихкод>4600000000000</Штрихкод>\n"
    "\t\t\t<Вес>0.5</Вес>\n"
    "\t\t\t<Куплен>2024-12-31T00:00:00</Куплен>\n"
    "\t\t\t<Аналог xsi:nil=\"true\"/>\n"
    "\t\t\t<Цены>\n"
    "\t\t\t\t<Row>\n"
    "\t\t\t\t\t<Цена>10</Цена>\n"
    "\t\t\t\t</Row>\n"
    "\t\t\t\t<Row>\n"
    "\t\t\t\t\t<Цена>12.5</Цена>\n"
    "\t\t\t\t</Row>\n"
    "\t\t\t</Цены>\n"
    "\t\t</CatalogObject.Товары>\n"
    "\t\t<InformationRegisterRecordSet.Курсы>\n"
    "\t\t\t<Filter>\n"
    "\t\t\t\t<Валюта>328baecd-22d0-11e9-8a74-002590a6a5a7</Валюта>\n"
    "\t\t\t</Filter>\n"
    "\t\t\t<Records>\n"
    "\t\t\t\t<Record>\n"
    "\t\t\t\t\t<Period>2024-12-31T00:00:00</Period>\n"
    "\t\t\t\t\t<Валюта>328baecd-22d0-11e9-8a74-002590a6a5a7</Валюта>\n"
    "\t\t\t\t\t<Курс>92.5</Курс>\n"
    "\t\t\t\t</Record>\n"
    "\t\t\t</Records>\n"
    "\t\t</InformationRegisterRecordSet.Курсы>\n"
    "\t\t<ConstantValueManager.Префикс>\n"
    "\t\t\t<Value>Ф1</Value>\n"
    "\t\t</ConstantValueManager.Префикс>\n"
    "\t\t<v8:ObjectDeletion>\n"
    "\t\t\t<v8:Ref xsi:type=\"DocumentRef.Счет\">328baecd-22d0-11e9-8a74-002590a6a5a7</"
    "v8:Ref>\n"
    "\t\t</v8:ObjectDeletion>\n"
    "\t</V8Exch:Data>\n"
    "</V8Exch:_1CV8DtUD>";

static enum fl_status learn_file(
    const struct fl_configuration *base,
    const char *path,
    struct fl_configuration **out_configuration,
    struct fl_error *error)
{
    struct fl_learner *learner = NULL;

    assert_int_equal(fl_learner_new(base, &learner), FL_OK);
    const enum fl_status status = fl_learner_add(learner, path, error);

    if (status != FL_OK) {
        fl_learner_free(learner);
        return status;
    }
    return fl_learner_finish(learner, "Выведенная", out_configuration, error);
}

static enum fl_status learn_text(
    const struct fl_configuration *base,
    const char *text,
    struct fl_configuration **out_configuration,
    struct fl_error *error)
{
    char path[] = "/tmp/filial-learn-XXXXXX";
    const int file = mkstemp(path);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    const enum fl_status status = learn_file(base, path, out_configuration, error);

    unlink(path);
    return status;
}

static struct fl_configuration *learnt(
    const struct fl_configuration *base,
    const char *text)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error;

    if (learn_text(base, text, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

static uint32_t allows(const struct fl_type *type, const char *name)
{
    const struct fl_attribute *attribute =
        fl_type_find_attribute(type, fl_bytes_of_text(name));

    assert_non_null(attribute);
    return attribute->type.allows;
}

static const struct fl_type *find(
    const struct fl_configuration *configuration,
    const char *name)
{
    const struct fl_type *type =
        fl_configuration_find_full(configuration, fl_bytes_of_text(name));

    assert_non_null(type);
    return type;
}

static void test_types_are_learnt_from_what_all_values_have_in_common(void **state)
{
    struct fl_configuration *configuration = learnt(NULL, PACKAGE);
    const struct fl_type *goods = find(configuration, "Catalog.Товары");

    (void)state;
    assert_true(goods->learnt && goods->hierarchical && goods->folders);
    assert_int_equal(allows(goods, "DeletionMark"), FL_ALLOWS_BOOLEAN);
    assert_int_equal(allows(goods, "Code"), FL_ALLOWS_STRING);
    assert_int_equal(allows(goods, "Штрихкод"), FL_ALLOWS_STRING);
    assert_int_equal(allows(goods, "Вес"), FL_ALLOWS_NUMBER);
    assert_int_equal(allows(goods, "Куплен"), FL_ALLOWS_DATE);
    assert_int_equal(allows(goods, "Аналог"), FL_ALLOWS_UNKNOWN);
    assert_int_equal(allows(goods, "Parent"), FL_ALLOWS_REFS);
    assert_int_equal(
        fl_type_find_attribute(goods, fl_bytes_of_text("Вид"))->use, FL_USE_ITEM);
    assert_int_equal(goods->section_count, 1);
    const struct fl_type *rates = find(configuration, "InformationRegister.Курсы");

    assert_false(rates->by_recorder);
    assert_string_equal(rates->attributes[0].name, "Period");
    assert_true(fl_type_find_attribute(rates, fl_bytes_of_text("Валюта"))->in_filter);
    assert_false(fl_type_find_attribute(rates, fl_bytes_of_text("Period"))->in_filter);
    find(configuration, "Constant.Префикс");
    find(configuration, "Document.Счет");
    find(configuration, "Catalog.Фирмы");
    fl_configuration_free(configuration);
}

/* Read with what was learnt and written again. */
static void must_come_back(
    const struct fl_configuration *configuration,
    struct fl_bytes package)
{
    struct fl_error error;
    struct fl_buffer buffer;
    struct fl_codec_memory memory = {package};
    struct fl_package_reader *reader = NULL;
    struct fl_package_writer *writer = NULL;
    const struct fl_codec *codec = fl_codec_find("v8exch");
    const struct fl_object *object = NULL;

    fl_buffer_init(&buffer, 64 << 20);
    const struct fl_package_reader_options reading = {
        .configuration = configuration, .source = fl_codec_memory_source(&memory)};
    const struct fl_package_writer_options writing = {
        .configuration = configuration, .sink = fl_codec_buffer_sink(&buffer)};

    assert_int_equal(fl_package_reader_open(codec, &reading, &reader, &error), FL_OK);
    assert_int_equal(fl_package_writer_open(codec, &writing, &writer, &error), FL_OK);
    assert_int_equal(fl_package_writer_begin(writer, NULL, &error), FL_OK);
    do {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK ||
            (object && fl_package_writer_put(writer, object, &error) != FL_OK)) {
            fail_msg("%s", error.text);
        }
    } while (object);
    assert_int_equal(fl_package_writer_end(writer, &error), FL_OK);
    fl_package_reader_close(reader);
    fl_package_writer_close(writer);
    if (!fl_bytes_equal(fl_buffer_view(&buffer), package)) {
        fail_msg("%.*s", (int)buffer.size, (const char *)buffer.data);
    }
    fl_buffer_deinit(&buffer);
}

static void test_a_package_comes_back_as_it_was_by_what_it_taught(void **state)
{
    struct fl_configuration *configuration = learnt(NULL, PACKAGE);

    (void)state;
    must_come_back(configuration, fl_bytes_of_text(PACKAGE));
    fl_configuration_free(configuration);
}

static void test_what_was_known_keeps_its_numbers(void **state)
{
    struct fl_configuration *first = learnt(NULL, PACKAGE);
    struct fl_configuration *again = learnt(first, PACKAGE);
    struct fl_configuration *more = learnt(
        first, "<a><CatalogObject.Новое><Ref>328baecd-22d0-11e9-8a74-002590a6a5a7</Ref>"
               "<Code>1</Code></CatalogObject.Новое>"
               "<CatalogObject.Товары><Другое>1</Другое></CatalogObject.Товары>"
               "<DocumentObject.Счет><Posted>true</Posted></DocumentObject.Счет></a>");

    (void)state;
    assert_memory_equal(first->hash, again->hash, sizeof(first->hash));
    assert_int_equal(more->type_count, first->type_count + 1);
    for (size_t i = 0; i < first->type_count; i++) {
        assert_string_equal(more->types[i].name, first->types[i].name);
        assert_int_equal(more->types[i].section_count, first->types[i].section_count);
    }
    const struct fl_type *goods = find(more, "Catalog.Товары");

    assert_null(fl_type_find_attribute(goods, fl_bytes_of_text("Другое")));
    /* Of an invoice only a ref was seen before: now it learns what it has. */
    assert_int_equal(find(first, "Document.Счет")->attribute_count, 0);
    assert_int_equal(find(more, "Document.Счет")->attribute_count, 1);
    fl_configuration_free(first);
    fl_configuration_free(again);
    fl_configuration_free(more);
}

static void must_refuse(const char *text, enum fl_status expected, const char *words)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error;

    assert_int_equal(learn_text(NULL, text, &configuration, &error), expected);
    if (!strstr(error.text, words)) {
        fail_msg("expected \"%s\" in: %s", words, error.text);
    }
}

static void test_a_file_without_objects_or_broken_is_refused(void **state)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error;

    (void)state;
    must_refuse("<a><b/></a>", FL_NOT_FOUND, "holds no objects");
    must_refuse("<a><CatalogObject.X>", FL_MALFORMED, "/tmp/filial-learn-");
    must_refuse("<!DOCTYPE a><a/>", FL_MALFORMED, "DOCTYPE");
    must_refuse("", FL_MALFORMED, "empty");
    assert_int_equal(
        learn_file(NULL, "/nowhere/at/all", &configuration, &error), FL_NOT_FOUND);
}

static void test_a_real_object_comes_back_by_what_it_taught(void **state)
{
    char path[4096];
    struct fl_error error;
    struct fl_configuration *configuration = NULL;
    const char *shared = getenv("FILIAL_SHARED");
    static uint8_t bytes[1 << 20];

    (void)state;
    if (!shared) {
        skip();
    }
    (void)snprintf(
        path, sizeof(path),
        "%s/samples/v8msg/01_d1_CatalogObject.Номенклатура_8.3_1C_layout.xml", shared);
    assert_int_equal(learn_file(NULL, path, &configuration, &error), FL_OK);
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof(bytes), file);

    (void)fclose(file);
    must_come_back(configuration, (struct fl_bytes){bytes, size});
    fl_configuration_free(configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_are_learnt_from_what_all_values_have_in_common),
        cmocka_unit_test(test_a_package_comes_back_as_it_was_by_what_it_taught),
        cmocka_unit_test(test_what_was_known_keeps_its_numbers),
        cmocka_unit_test(test_a_file_without_objects_or_broken_is_refused),
        cmocka_unit_test(test_a_real_object_comes_back_by_what_it_taught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
