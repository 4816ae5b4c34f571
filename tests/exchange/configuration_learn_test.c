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
    assert_int_equal(allows(goods, "Вес"), FL_ALLOWS_STRING);
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
    const struct fl_package_header *header = NULL;
    const struct fl_object *object = NULL;

    fl_buffer_init(&buffer, 64 << 20);
    const struct fl_package_reader_options reading = {
        .configuration = configuration, .source = fl_codec_memory_source(&memory)};
    const struct fl_package_writer_options writing = {
        .configuration = configuration, .sink = fl_codec_buffer_sink(&buffer)};

    assert_int_equal(
        fl_package_reader_open(fl_codec_find("v8msg"), &reading, &reader, &error), FL_OK);
    assert_int_equal(fl_package_reader_header(reader, &header, &error), FL_OK);
    assert_int_equal(
        fl_package_writer_open(
            fl_codec_find(header ? "v8msg" : "v8exch"), &writing, &writer, &error),
        FL_OK);
    assert_int_equal(fl_package_writer_begin(writer, header, &error), FL_OK);
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
    must_refuse(
        "<a xmlns:d=\"http://v8.1c.ru/8.1/data/enterprise/current-config\">"
        "<d:CatalogObject.X/></a>",
        FL_UNSUPPORTED, "XDTO");
    assert_int_equal(
        learn_file(NULL, "/nowhere/at/all", &configuration, &error), FL_NOT_FOUND);
}

/* ---- elements of doubtful meaning ---- */

#define FRAME_HEAD                                                                       \
    MARK "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                  \
         "<V8Exch:_1CV8DtUD xmlns:V8Exch=\"http://www.1c.ru/V8/1CV8DtUD/\" "             \
         "xmlns:v8=\"http://v8.1c.ru/data\" "                                            \
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"                    \
         "\t<V8Exch:Data>"
#define FRAME_TAIL "\n\t</V8Exch:Data>\n</V8Exch:_1CV8DtUD>"
#define XS         " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\""
#define ITEM(inside)                                                                     \
    "\n\t\t<CatalogObject.К>\n\t\t\t<Ref>" REF1 "</Ref>" inside "\n\t\t</"               \
    "CatalogObject.К>"
#define SET(kind, inside)                                                                \
    "\n\t\t<" kind "RecordSet.Х>" inside "\n\t\t</" kind "RecordSet.Х>"
#define L3 "\n\t\t\t"
#define L4 "\n\t\t\t\t"
#define L5 "\n\t\t\t\t\t"
#define L6 "\n\t\t\t\t\t\t"

static const char *const doubtful[] = {
    /* always empty: a section behind a section, anything before */
    ITEM(L3 "<А>x</А>" L3 "<Б/>" L3 "<В>1</В>" L3 "<Г/>" L3 "<Т>" L4 "<Row>" L5
            "<Ц>1</Ц>" L4 "</Row>" L3 "</Т>" L3 "<С/>"),
    ITEM(L3 "<А/>"),
    /* not everywhere */
    ITEM(L3 "<А>x</А>" L3 "<Б>y</Б>") ITEM(L3 "<А>x</А>"),
    ITEM(L3 "<Т>" L4 "<Row>" L5 "<Ц>1</Ц>" L5 "<Д>2</Д>" L4 "</Row>" L4 "<Row>" L5
            "<Д>2</Д>" L4 "</Row>" L3 "</Т>"),
    ITEM(L3 "<Code>1</Code>" L3 "<PredefinedDataName>П</PredefinedDataName>" L3
            "<А>1</А>") ITEM(L3 "<Code>2</Code>" L3 "<А>1</А>"),
    ITEM(L3 "<Code>1</Code>" L3 "<PredefinedDataName/>" L3 "<А>1</А>"),
    /* in another order, twice */
    ITEM(L3 "<А>x</А>" L3 "<Б>y</Б>" L3 "<В>1</В>")
        ITEM(L3 "<Б>x</Б>" L3 "<А>y</А>" L3 "<В>1</В>"),
    ITEM(L3 "<А>x</А>" L3 "<А>y</А>"),
    /* with a type and without */
    ITEM(L3 "<А" XS " xsi:type=\"xs:string\">x</А>") ITEM(L3 "<А/>"),
    ITEM(L3 "<А xsi:nil=\"true\"/>") ITEM(L3 "<А>текст</А>") ITEM(L3 "<А/>"),
    ITEM(L3 "<А xsi:type=\"v8:Null\"/>" L3 "<Б xsi:type=\"EnumRef.Е\">Знач</Б>"),
    ITEM(L3 "<Owner>" REF2 "</Owner>" L3 "<Parent>не ссылка</Parent>"),
    ITEM(L3 "<IsFolder>да</IsFolder>" L3 "<DeletionMark/>" L3 "<А>1</А>"),
    /* elements in a value */
    ITEM(L3 "<А xsi:type=\"v8:TypeDescription\">" L4 "<v8:Type>CatalogRef.К</v8:Type>" L3
            "</А>"),
    ITEM(L3 "<А xsi:type=\"v8:StandardPeriod\">" L4 "<v8:variant>Custom</v8:variant>" L3
            "</А>" L3 "<Б>1</Б>"),
    ITEM(L3 "<А>" L4 "<б>1</б>" L3 "</А>") ITEM(L3 "<А/>"),
    ITEM(L3 "<А>" L4 "<Row>" L5 "<Б>1</Б>" L4 "</Row>" L3 "</А>") ITEM(L3 "<А>x</А>"),
    /* registers */
    SET("InformationRegister",
        L3 "<Filter>" L4 "<И>1</И>" L3 "</Filter>" L3 "<Records/>"),
    SET("InformationRegister",
        L3 "<Filter>" L4 "<И>1</И>" L3 "</Filter>" L3 "<Records>" L4 "<Record>" L5
           "<И>1</И>" L5 "<Б>" L6 "<a>1</a>" L5 "</Б>" L4 "</Record>" L3 "</Records>"),
    SET("InformationRegister",
        L3 "<Filter>" L4 "<И xsi:type=\"CatalogRef.Т\">" REF1 "</И>" L3 "</Filter>" L3
           "<Records>" L4 "<Record>" L5 "<И xsi:type=\"CatalogRef.Т\">" REF1 "</И>" L4
           "</Record>" L3 "</Records>"),
    SET("AccumulationRegister",
        L3 "<Filter>" L4 "<Recorder>" REF1 "</Recorder>" L3 "</Filter>" L3 "<Records>" L4
           "<Record>" L5 "<Recorder>" REF1 "</Recorder>" L5 "<А>1</А>" L4 "</Record>" L3
           "</Records>"),
    SET("AccumulationRegister",
        L3 "<Filter>" L4 "<Recorder xsi:type=\"DocumentRef.Д\">" REF1 "</Recorder>" L3
           "</Filter>" L3 "<Records>" L4 "<Record>" L5
           "<Recorder xsi:type=\"DocumentRef.Д\">" REF1 "</Recorder>" L5
           "<MovementType>Receipt</MovementType>" L4 "</Record>" L3 "</Records>"),
    SET("AccountingRegister",
        L3 "<Filter>" L4 "<Recorder xsi:type=\"DocumentRef.Д\">" REF1 "</Recorder>" L3
           "</Filter>" L3 "<Records>" L4 "<Record>" L5
           "<Recorder xsi:type=\"DocumentRef.Д\">" REF1 "</Recorder>" L5
           "<ExtDimensionsDr>" L6 "<a>1</a>" L5 "</ExtDimensionsDr>" L4 "</Record>" L3
           "</Records>"),
    /* constants and deletions */
    "\n\t\t<ConstantValueManager.К>" L3 "<Value xsi:type=\"CatalogRef.Ж\">" REF1
    "</Value>\n\t\t</ConstantValueManager.К>\n\t\t<ConstantValueManager.Л>" L3
    "<Value>" L4 "<a>1</a>" L3 "</Value>\n\t\t</ConstantValueManager.Л>"
    "\n\t\t<ConstantValueManager.М>" L3 "<Value/>\n\t\t</ConstantValueManager.М>",
    "\n\t\t<v8:ObjectDeletion>" L3 "<v8:Ref xsi:type=\"CatalogRef.Новый\">" REF1
    "</v8:Ref>\n\t\t</v8:ObjectDeletion>",
};

static void frame(char *out_text, size_t size, const char *items)
{
    const int written = snprintf(out_text, size, "%s%s%s", FRAME_HEAD, items, FRAME_TAIL);

    assert_true(written > 0 && (size_t)written < size);
}

static void test_what_is_doubtful_comes_back_too(void **state)
{
    static char text[64 << 10];

    (void)state;
    for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
        frame(text, sizeof(text), doubtful[i]);
        struct fl_configuration *configuration = learnt(NULL, text);

        must_come_back(configuration, fl_bytes_of_text(text));
        fl_configuration_free(configuration);
    }
}

/* A first package, and one that comes after its types were learnt. */
static const struct {
    const char *first;
    const char *later;
} successions[] = {
    {ITEM(L3 "<А>1.8</А>"), ITEM(L3 "<А>1.10</А>")},
    {ITEM(L3 "<А>7701234567</А>"), ITEM(L3 "<А>0123456789</А>")},
    {ITEM(L3 "<А>0</А>"), ITEM(L3 "<А>007</А>")},
    {ITEM(L3 "<А>" REF1 "</А>"), ITEM(L3 "<А/>")},
    {ITEM(L3 "<А>x</А>" L3 "<Б/>"), ITEM(L3 "<А>x</А>" L3 "<Б>Комментарий</Б>")},
    {ITEM(L3 "<А>x</А>" L3 "<Б/>"),
     ITEM(L3 "<А>x</А>" L3 "<Б>" L4 "<Row>" L5 "<Ц>1</Ц>" L4 "</Row>" L3 "</Б>")},
    {ITEM(L3 "<А>x</А>"), ITEM(L3 "<А>x</А>" L3 "<Новый>1</Новый>")},
    {ITEM(L3 "<А>" ZERO "</А>"), ITEM(L3 "<А>" REF2 "</А>")},
    {ITEM(L3 "<А xsi:nil=\"true\"/>"),
     ITEM(L3 "<А xsi:type=\"CatalogRef.К\">" REF2 "</А>")},
};

static void test_later_packages_are_not_changed_by_a_guess(void **state)
{
    static char text[64 << 10];

    (void)state;
    for (size_t i = 0; i < sizeof(successions) / sizeof(successions[0]); i++) {
        frame(text, sizeof(text), successions[i].first);
        struct fl_configuration *configuration = learnt(NULL, text);

        frame(text, sizeof(text), successions[i].later);
        must_come_back(configuration, fl_bytes_of_text(text));
        fl_configuration_free(configuration);
    }
}

static void test_what_is_left_out_is_told(void **state)
{
    static char text[64 << 10];

    (void)state;
    frame(text, sizeof(text), doubtful[0]);
    struct fl_configuration *configuration = learnt(NULL, text);
    const struct fl_type *type = find(configuration, "Catalog.К");

    assert_null(fl_type_find_attribute(type, fl_bytes_of_text("Г")));
    assert_non_null(fl_type_find_attribute(type, fl_bytes_of_text("Б")));
    assert_non_null(fl_type_find_section(type, fl_bytes_of_text("С")));
    assert_int_equal(configuration->note_count, 1);
    assert_contains(configuration->notes[0], "Catalog.К");
    assert_contains(configuration->notes[0], ": Г");
    fl_configuration_free(configuration);
}

static void test_evidence_of_numbers_and_references(void **state)
{
    static char text[64 << 10];

    (void)state;
    frame(
        text, sizeof(text),
        ITEM(L3 "<Ц>10</Ц>" L3 "<С>" ZERO "</С>" L3 "<Т>" REF1 "</Т>")
            ITEM(L3 "<Ц>-12.5</Ц>" L3 "<С>" REF2 "</С>" L3 "<Т>" REF2 "</Т>"));
    struct fl_configuration *configuration = learnt(NULL, text);
    const struct fl_type *type = find(configuration, "Catalog.К");

    assert_int_equal(allows(type, "Ц"), FL_ALLOWS_NUMBER);
    assert_int_equal(allows(type, "С"), FL_ALLOWS_UUID);
    assert_int_equal(allows(type, "Т"), FL_ALLOWS_STRING);
    must_come_back(configuration, fl_bytes_of_text(text));
    fl_configuration_free(configuration);
}

static struct fl_configuration *configuration_with_plans(void)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;

    assert_int_equal(fl_configuration_builder_new("Основа", "1", &builder), FL_OK);
    add_type(builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "Старый"});
    add_plain(builder, "Code", FL_ROLE_CODE, FL_ALLOWS_STRING);
    fl_configuration_builder_plan(builder, "Филиалы", /* distributed= */ true);
    fl_configuration_builder_plan_item(builder, "Catalog.Старый", false);
    fl_configuration_builder_plan(builder, "Другой", /* distributed= */ false);
    fl_configuration_builder_plan_item(builder, "Catalog.Старый", true);
    assert_int_equal(
        fl_configuration_builder_finish(builder, &configuration, NULL), FL_OK);
    return configuration;
}

static void test_types_join_the_plan_that_they_came_in(void **state)
{
    struct fl_configuration *base = configuration_with_plans();
    struct fl_configuration *more = learnt(
        base, HEAD BODY ITEM(L3 "<А>x</А>" L3 "<Б xsi:type=\"CatalogRef.Иной\">" REF2
                                "</Б>") TAIL);
    const struct fl_plan *plan = fl_configuration_plan(more, fl_bytes_of_text("Филиалы"));
    const struct fl_plan *other = fl_configuration_plan(more, fl_bytes_of_text("Другой"));

    (void)state;
    assert_non_null(plan);
    assert_true(plan->distributed);
    assert_int_equal(plan->item_count, 2);
    assert_false(plan->items[0].auto_record);
    assert_int_equal(plan->items[1].type, find(more, "Catalog.К")->number);
    assert_true(plan->items[1].auto_record);
    assert_int_equal(other->item_count, 1);
    assert_int_equal(more->type_count, 3);
    fl_configuration_free(base);
    fl_configuration_free(more);
}

/* ---- packages at random ---- */

static uint64_t random_state;

static unsigned draw(unsigned below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % below;
}

static void put(struct fl_buffer *buffer, const char *text)
{
    fl_buffer_put_text(buffer, text);
}

static void put_random_value(
    struct fl_buffer *buffer,
    const char *indent,
    const char *name,
    unsigned form)
{
    static const char *const values[] = {"true",
                                         "false",
                                         "0",
                                         "12.5",
                                         "007",
                                         "",
                                         ZERO,
                                         REF1,
                                         "текст",
                                         " ",
                                         "2024-12-31T00:00:00",
                                         "1.10"};
    static const char *const typed[] = {
        " xsi:nil=\"true\"", " xsi:type=\"v8:Null\"", " xsi:type=\"CatalogRef.К\"",
        " xsi:type=\"EnumRef.Е\""};
    static const char *const typed_values[] = {"", "", REF2, "Знач"};
    const unsigned choice = form < 4 ? draw(4) : draw(sizeof(values) / sizeof(*values));
    /* Forms below 4 are those of one kind, as real attributes are. */
    const char *const text = form == 0   ? typed_values[choice]
                             : form == 1 ? values[choice % 2]
                             : form == 2 ? values[6 + choice % 2]
                             : form == 3 ? values[3 + choice % 2]
                                         : values[choice];

    put(buffer, indent);
    put(buffer, "<");
    put(buffer, name);
    put(buffer, form == 0 ? typed[choice] : "");
    put(buffer, text[0] == '\0' ? "/>" : ">");
    if (text[0] != '\0') {
        put(buffer, text);
        put(buffer, "</");
        put(buffer, name);
        put(buffer, ">");
    }
}

static void put_random_fields(struct fl_buffer *buffer, const char *indent, unsigned seed)
{
    static const char *const names[] = {
        "IsFolder", "DeletionMark", "Owner", "Parent", "Code", "А", "Б", "В"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const unsigned form = (seed >> (i * 3)) % 8;

        if (form < 6 && (form != 5 || draw(4) > 0)) {
            put_random_value(buffer, indent, names[i], draw(20) == 0 ? 4 : form);
        }
    }
    if (draw(12) == 0) {
        put_random_value(buffer, indent, names[draw(8)], 4);
    }
}

static void put_random_section(struct fl_buffer *buffer, unsigned seed)
{
    const unsigned rows = draw(4);

    put(buffer, rows == 0 ? L3 "<Т/>" : L3 "<Т>");
    for (unsigned i = 0; i < rows; i++) {
        put(buffer, L4 "<Row>");
        put_random_value(buffer, L5, "Я", seed % 5);
        put_random_fields(buffer, L5, seed);
        put(buffer, L4 "</Row>");
    }
    put(buffer, rows == 0 ? "" : L3 "</Т>");
}

static void test_random_packages_come_back(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 400; seed++) {
        struct fl_buffer buffer;

        random_state = seed * UINT64_C(0x9E3779B97F4A7C15);
        fl_buffer_init(&buffer, 1 << 20);
        put(&buffer, FRAME_HEAD);
        for (unsigned i = 0, forms = draw(1 << 24), count = 1 + draw(6); i < count; i++) {
            put(&buffer, "\n\t\t<CatalogObject.К>" L3 "<Ref>" REF1 "</Ref>");
            put_random_fields(&buffer, L3, forms);
            if (forms % 3 > 0) {
                put_random_section(&buffer, forms);
            }
            put(&buffer, forms % 3 == 2 ? L3 "<П/>" : "");
            put(&buffer, "\n\t\t</CatalogObject.К>");
        }
        put(&buffer, FRAME_TAIL);
        fl_buffer_put_u8(&buffer, 0);
        struct fl_configuration *configuration = learnt(NULL, (const char *)buffer.data);

        must_come_back(configuration, fl_bytes_of_text((const char *)buffer.data));
        fl_configuration_free(configuration);
        fl_buffer_deinit(&buffer);
    }
}

/* Written by 1C, or by its rules; each is learnt alone. */
static void test_samples_come_back_by_what_they_taught(void **state)
{
    static const char *const names[] = {
        "01_d1_CatalogObject.Номенклатура_8.3_1C_layout.xml",
        "reconstructed/R1_ordinary_exchange_plan_message.RECONSTRUCTED.xml",
    };
    static uint8_t bytes[1 << 20];
    const char *const set = getenv("FILIAL_SHARED");

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct fl_configuration *configuration = NULL;
        struct fl_error error;
        char path[4096];

        (void)snprintf(
            path, sizeof(path), "%s/samples/v8msg/%s",
            set ? set : FILIAL_TESTS_DIRECTORY "/../../shared", names[i]);
        FILE *const file = fopen(path, "rb");

        if (!file) {
            print_message("there is no %s; set FILIAL_SHARED to where it is\n", path);
            skip();
        }
        const size_t size = fread(bytes, 1, sizeof(bytes), file);

        (void)fclose(file);
        assert_int_equal(learn_file(NULL, path, &configuration, &error), FL_OK);
        must_come_back(configuration, (struct fl_bytes){bytes, size});
        for (size_t k = 0; k < configuration->note_count; k++) {
            print_message("    %s\n", configuration->notes[k]);
        }
        fl_configuration_free(configuration);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_are_learnt_from_what_all_values_have_in_common),
        cmocka_unit_test(test_a_package_comes_back_as_it_was_by_what_it_taught),
        cmocka_unit_test(test_what_was_known_keeps_its_numbers),
        cmocka_unit_test(test_a_file_without_objects_or_broken_is_refused),
        cmocka_unit_test(test_what_is_doubtful_comes_back_too),
        cmocka_unit_test(test_later_packages_are_not_changed_by_a_guess),
        cmocka_unit_test(test_what_is_left_out_is_told),
        cmocka_unit_test(test_evidence_of_numbers_and_references),
        cmocka_unit_test(test_types_join_the_plan_that_they_came_in),
        cmocka_unit_test(test_random_packages_come_back),
        cmocka_unit_test(test_samples_come_back_by_what_they_taught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
