/* What is written is, byte for byte, what 1C writes. */

#include "packages.h"

static struct fl_configuration *configuration;

static int set_up(void **state)
{
    (void)state;
    configuration = test_configuration();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fl_configuration_free(configuration);
    return 0;
}

static struct fl_uuid uuid_of(const char *text)
{
    struct fl_uuid uuid;

    assert_int_equal(fl_uuid_parse(fl_bytes_of_text(text), &uuid), FL_OK);
    return uuid;
}

static struct fl_value string_of(const char *text)
{
    return (struct fl_value){.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text(text)};
}

static struct fl_value ref_of(uint32_t type, const char *uuid)
{
    return (struct fl_value){.kind = FL_VALUE_REF, .type = type, .uuid = uuid_of(uuid)};
}

static struct fl_value number_of(const char *text)
{
    struct fl_value value = {.kind = FL_VALUE_NUMBER};

    assert_int_equal(fl_decimal_parse(fl_bytes_of_text(text), &value.number), FL_OK);
    return value;
}

static struct fl_value date_of(const char *text)
{
    struct fl_value value = {.kind = FL_VALUE_DATE};

    assert_int_equal(fl_datetime_parse(fl_bytes_of_text(text), &value.date), FL_OK);
    return value;
}

static struct fl_object all_of(struct fl_field *fields, size_t count)
{
    struct fl_object object = {
        .key = {TYPE_ALL, uuid_of(REF1)}, .field_count = count, .fields = fields};

    assert_int_equal(
        fl_object_normalise(
            fl_configuration_type(configuration, TYPE_ALL), &object, NULL),
        FL_OK);
    return object;
}

static void assert_body(const struct fl_object *objects, size_t count, const char *body)
{
    struct written written = write_objects(configuration, "v8msg", objects, count);
    char expected[16384];

    if (written.status != FL_OK) {
        fail_msg("%s", written.error.text);
    }
    (void)snprintf(expected, sizeof(expected), "%s%s%s%s", HEAD, BODY, body, TAIL);
    assert_written(&written, expected);
    fl_buffer_deinit(&written.buffer);
}

#define ITEM_HEAD                                                                        \
    "\t\t<CatalogObject.Все>\n"                                                       \
    "\t\t\t<Ref>" REF1 "</Ref>\n"

static void test_every_attribute_is_written_even_when_empty(void **state)
{
    struct fl_object object = all_of(NULL, 0);

    (void)state;
    assert_body(
        &object, 1,
        ITEM_HEAD "\t\t\t<IsFolder>false</IsFolder>\n"
                  "\t\t\t<DeletionMark>false</DeletionMark>\n"
                  "\t\t\t<Parent>" ZERO "</Parent>\n"
                  "\t\t\t<Code/>\n"
                  "\t\t\t<Description/>\n"
                  "\t\t\t<Строка/>\n"
                  "\t\t\t<Число>0</Число>\n"
                  "\t\t\t<Дата>0001-01-01T00:00:00</Дата>\n"
                  "\t\t\t<Ссылка>" ZERO "</Ссылка>\n"
                  "\t\t\t<Цвет/>\n"
                  "\t\t\t<Любое xsi:nil=\"true\"/>\n"
                  "\t\t\t<Ид>" ZERO "</Ид>\n"
                  "\t\t\t<Двоичные/>\n"
                  "\t\t\t<Хранилище/>\n"
                  "\t\t\t<Типы/>\n"
                  "\t\t\t<Строки/>\n"
                  "\t\t</CatalogObject.Все>");
}

static void test_values_are_written_as_1c_writes_them(void **state)
{
    static const uint8_t bytes[] = {0x02, 0x01, 0xFF, 0x00};
    struct fl_field fields[] = {
        {ALL_CODE, string_of("001")},
        {ALL_DESCRIPTION, string_of(" № 1 & <\"x\">\rконец ")},
        {ALL_PREDEFINED, string_of("Основной")},
        {ALL_NUMBER, number_of("-12.50")},
        {ALL_DATE, date_of("2024-02-29T23:59:59")},
        {ALL_REF, ref_of(TYPE_ALL, REF2)},
        {ALL_COLOUR, {.kind = FL_VALUE_ENUM, .type = TYPE_COLOUR, .enum_value = 2}},
        {ALL_ANY, ref_of(TYPE_ALL, REF2)},
        {ALL_UUID, {.kind = FL_VALUE_UUID, .uuid = uuid_of(REF2)}},
        {ALL_BINARY, {.kind = FL_VALUE_BINARY, .bytes = {bytes, 3}}},
        {ALL_STORAGE, {.kind = FL_VALUE_STORAGE, .bytes = {bytes, 4}}},
        {ALL_TYPES,
         {.kind = FL_VALUE_TYPE,
          .bytes = fl_bytes_of_text(
              "<v8:T xmlns:v8=\"http://v8.1c.ru/data\"><v8:Type>CatalogRef.Все</v8:Type>"
              "</v8:T>")}},
    };
    struct fl_object object = all_of(fields, sizeof(fields) / sizeof(fields[0]));

    (void)state;
    assert_body(
        &object, 1,
        ITEM_HEAD "\t\t\t<IsFolder>false</IsFolder>\n"
                  "\t\t\t<DeletionMark>false</DeletionMark>\n"
                  "\t\t\t<Parent>" ZERO "</Parent>\n"
                  "\t\t\t<Code>001</Code>\n"
                  "\t\t\t<Description> № 1 &amp; &lt;\"x\"&gt;&#13;конец </Description>\n"
                  "\t\t\t<PredefinedDataName>Основной</PredefinedDataName>\n"
                  "\t\t\t<Строка/>\n"
                  "\t\t\t<Число>-12.5</Число>\n"
                  "\t\t\t<Дата>2024-02-29T23:59:59</Дата>\n"
                  "\t\t\t<Ссылка>" REF2 "</Ссылка>\n"
                  "\t\t\t<Цвет>Синий</Цвет>\n"
                  "\t\t\t<Любое xsi:type=\"CatalogRef.Все\">" REF2 "</Любое>\n"
                  "\t\t\t<Ид>" REF2 "</Ид>\n"
                  "\t\t\t<Двоичные>AgH/</Двоичные>\n"
                  "\t\t\t<Хранилище>AgH/AA==</Хранилище>\n"
                  "\t\t\t<Типы>\n"
                  "\t\t\t\t<v8:T>\n"
                  "\t\t\t\t\t<v8:Type>CatalogRef.Все</v8:Type>\n"
                  "\t\t\t\t</v8:T>\n"
                  "\t\t\t</Типы>\n"
                  "\t\t\t<Строки/>\n"
                  "\t\t</CatalogObject.Все>");
}

static void assert_any(const char *format, struct fl_value value, const char *line)
{
    struct fl_field field = {ALL_ANY, value};
    struct fl_object object = all_of(&field, 1);
    struct written written = write_objects(configuration, format, &object, 1);

    if (written.status != FL_OK) {
        fail_msg("%s", written.error.text);
    }
    fl_buffer_put_u8(&written.buffer, 0);
    assert_contains((const char *)written.buffer.data, line);
    fl_buffer_deinit(&written.buffer);
}

static void test_composite_values_carry_their_type(void **state)
{
    const struct fl_bytes foreign = fl_bytes_of_text("x");

    (void)state;
    assert_any(
        "v8msg", (struct fl_value){.kind = FL_VALUE_NULL},
        "<Любое xsi:type=\"v8:Null\"/>\n");
    assert_any("v8msg", string_of("а"), "<Любое xsi:type=\"xs:string\">а</Любое>\n");
    assert_any("v8msg", string_of(""), "<Любое xsi:type=\"xs:string\"/>\n");
    assert_any("v8msg", number_of("1"), "<Любое xsi:type=\"xs:decimal\">1</Любое>\n");
    assert_any(
        "v8msg", date_of("0001-01-01T00:00:00"),
        "<Любое xsi:type=\"xs:dateTime\">0001-01-01T00:00:00</Любое>\n");
    assert_any(
        "v8msg", (struct fl_value){.kind = FL_VALUE_BOOLEAN},
        "<Любое xsi:type=\"xs:boolean\">false</Любое>\n");
    assert_any(
        "v8msg", (struct fl_value){.kind = FL_VALUE_ENUM, .type = TYPE_COLOUR},
        "<Любое xsi:type=\"EnumRef.Цвета\"/>\n");
    assert_any(
        "v8msg", (struct fl_value){.kind = FL_VALUE_UUID},
        "<Любое xsi:type=\"v8:UUID\">" ZERO "</Любое>\n");
    assert_any(
        "v8msg", (struct fl_value){.kind = FL_VALUE_BINARY, .bytes = foreign},
        "<Любое xsi:type=\"xs:base64Binary\">eA==</Любое>\n");
    assert_any(
        "v8msg",
        (struct fl_value){
            .kind = FL_VALUE_FOREIGN,
            .foreign_type = fl_bytes_of_text("CatalogRef.Иное"),
            .bytes = foreign},
        "<Любое xsi:type=\"CatalogRef.Иное\">x</Любое>\n");
    assert_any(
        "v8msg",
        (struct fl_value){
            .kind = FL_VALUE_FOREIGN,
            .foreign_type = fl_bytes_of_text("{urn:a&b}Z"),
            .bytes = foreign},
        "<Любое xmlns:t=\"urn:a&amp;b\" xsi:type=\"t:Z\">x</Любое>\n");
    /* Nothing declares xs around the items of a frame. */
    assert_any(
        "v8exch", string_of("а"),
        "<Любое xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "
        "xsi:type=\"xs:string\">а</Любое>\n");
}

static void test_a_folder_has_only_what_folders_have(void **state)
{
    struct fl_field fields[] = {
        {ALL_IS_FOLDER, {.kind = FL_VALUE_BOOLEAN, .boolean = true}},
        /* Of items only, but it is there: nothing that came is lost. */
        {ALL_NUMBER, number_of("3")},
    };
    struct fl_object object = all_of(fields, 2);

    (void)state;
    assert_body(
        &object, 1,
        ITEM_HEAD "\t\t\t<IsFolder>true</IsFolder>\n"
                  "\t\t\t<DeletionMark>false</DeletionMark>\n"
                  "\t\t\t<Parent>" ZERO "</Parent>\n"
                  "\t\t\t<Code/>\n"
                  "\t\t\t<Description/>\n"
                  "\t\t\t<Строка/>\n"
                  "\t\t\t<Число>3</Число>\n"
                  "\t\t\t<Булево>false</Булево>\n"
                  "\t\t\t<Ссылка>" ZERO "</Ссылка>\n"
                  "\t\t\t<Цвет/>\n"
                  "\t\t\t<Любое xsi:nil=\"true\"/>\n"
                  "\t\t\t<Ид>" ZERO "</Ид>\n"
                  "\t\t\t<Двоичные/>\n"
                  "\t\t\t<Хранилище/>\n"
                  "\t\t\t<Типы/>\n"
                  "\t\t\t<Строки/>\n"
                  "\t\t\t<Папки/>\n"
                  "\t\t</CatalogObject.Все>");
}

static void test_owners_deletions_constants_and_record_sets(void **state)
{
    struct fl_field owner = {2, ref_of(TYPE_ALL, REF2)};
    struct fl_field title = {1, string_of("Филиал 1")};
    struct fl_field rate_filter[] = {
        {1, date_of("2024-12-19T00:00:00")}, {2, ref_of(TYPE_ALL, REF2)}};
    struct fl_field rate[] = {
        {1, date_of("2024-12-19T00:00:00")},
        {2, ref_of(TYPE_ALL, REF2)},
        {3, number_of("103.4305")}};
    struct fl_row rate_row = {3, rate};
    struct fl_section rates = {FL_SECTION_RECORDS, 1, &rate_row};
    struct fl_field recorder = {1, ref_of(TYPE_SALE, REF1)};
    const struct fl_object objects[] = {
        {.key = {TYPE_OWNED, uuid_of(REF1)}, .field_count = 1, .fields = &owner},
        {.key = {TYPE_ALL, uuid_of(REF2)}, .deleted = true},
        {.key = {TYPE_TITLE, {{0}}}, .field_count = 1, .fields = &title},
        {.key = {TYPE_RATES, {{0}}},
         .field_count = 2,
         .fields = rate_filter,
         .section_count = 1,
         .sections = &rates},
        {.key = {TYPE_STOCK, uuid_of(REF1)},
         .deleted = true,
         .field_count = 1,
         .fields = &recorder},
        {.key = {TYPE_WHOLE, {{0}}}, .deleted = true},
    };

    (void)state;
    assert_body(
        objects, sizeof(objects) / sizeof(objects[0]),
        "\t\t<CatalogObject.Подчиненный>\n"
        "\t\t\t<Ref>" REF1 "</Ref>\n"
        "\t\t\t<DeletionMark>false</DeletionMark>\n"
        "\t\t\t<Owner xsi:type=\"CatalogRef.Все\">" REF2 "</Owner>\n"
        "\t\t\t<Description/>\n"
        "\t\t</CatalogObject.Подчиненный>\n"
        "\t\t<v8:ObjectDeletion>\n"
        "\t\t\t<v8:Ref xsi:type=\"CatalogRef.Все\">" REF2 "</v8:Ref>\n"
        "\t\t</v8:ObjectDeletion>\n"
        "\t\t<ConstantValueManager.Заголовок>\n"
        "\t\t\t<Value>Филиал 1</Value>\n"
        "\t\t</ConstantValueManager.Заголовок>\n"
        "\t\t<InformationRegisterRecordSet.Курсы>\n"
        "\t\t\t<Filter>\n"
        "\t\t\t\t<Валюта>" REF2 "</Валюта>\n"
        "\t\t\t\t<Period>2024-12-19T00:00:00</Period>\n"
        "\t\t\t</Filter>\n"
        "\t\t\t<Records>\n"
        "\t\t\t\t<Record>\n"
        "\t\t\t\t\t<Period>2024-12-19T00:00:00</Period>\n"
        "\t\t\t\t\t<Валюта>" REF2 "</Валюта>\n"
        "\t\t\t\t\t<Курс>103.4305</Курс>\n"
        "\t\t\t\t</Record>\n"
        "\t\t\t</Records>\n"
        "\t\t</InformationRegisterRecordSet.Курсы>\n"
        "\t\t<AccumulationRegisterRecordSet.Остатки>\n"
        "\t\t\t<Filter>\n"
        "\t\t\t\t<Recorder xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder>\n"
        "\t\t\t</Filter>\n"
        "\t\t\t<Records/>\n"
        "\t\t</AccumulationRegisterRecordSet.Остатки>\n"
        "\t\t<InformationRegisterRecordSet.Целиком>\n"
        "\t\t\t<Filter/>\n"
        "\t\t\t<Records/>\n"
        "\t\t</InformationRegisterRecordSet.Целиком>");
}

static void test_a_message_without_objects_is_a_confirmation(void **state)
{
    struct written message = write_objects(configuration, "v8msg", NULL, 0);
    struct written frame = write_objects(configuration, "v8exch", NULL, 0);

    (void)state;
    assert_written(&message, HEAD "\t<v8msg:Body/>\n</v8msg:Message>");
    assert_written(
        &frame, MARK "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<V8Exch:_1CV8DtUD xmlns:V8Exch=\"http://www.1c.ru/V8/1CV8DtUD/\" "
                     "xmlns:v8=\"http://v8.1c.ru/data\" "
                     "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
                     "\t<V8Exch:Data/>\n"
                     "</V8Exch:_1CV8DtUD>");
    fl_buffer_deinit(&message.buffer);
    fl_buffer_deinit(&frame.buffer);
}

/* Refused with `words`, and the package holds what is around it as if it were not. */
static void assert_refused(struct fl_object *refused, const char *words)
{
    struct fl_field title = {1, string_of("x")};
    const struct fl_object good = {
        .key = {TYPE_TITLE, {{0}}}, .field_count = 1, .fields = &title};
    const struct fl_object with[] = {*refused, good, *refused, good};
    const struct fl_object without[] = {good, good};
    struct written written = write_objects(configuration, "v8msg", with, 4);
    struct written expected = write_objects(configuration, "v8msg", without, 2);

    assert_int_equal(written.status, FL_REFUSED);
    assert_contains(written.error.text, words);
    fl_buffer_put_u8(&expected.buffer, 0);
    assert_written(&written, (const char *)expected.buffer.data);
    fl_buffer_deinit(&written.buffer);
    fl_buffer_deinit(&expected.buffer);
}

static void test_what_xml_cannot_hold_is_refused_and_named(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"a\x01", "U+0001"},
        {"\xEF\xBF\xBF", "U+FFFF"},
        {"\xC3(", "not UTF-8"},
        {"\xF4\x90\x80\x80", "not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fl_field cell = {1, string_of(cases[i].text)};
        struct fl_row rows[] = {{0, NULL}, {1, &cell}};
        struct fl_section section = {2, 2, rows};
        struct fl_object object = {
            .key = {TYPE_ALL, uuid_of(REF1)}, .section_count = 1, .sections = &section};

        assert_refused(&object, cases[i].words);
        assert_refused(&object, "Catalog.Все:" REF1 ", Папки[2], Имя");
    }
}

static void test_a_kept_part_cannot_break_out(void **state)
{
    static const char *const fragments[] = {
        "</CatalogObject.Все>",
        "<a></b>",
        "<a>",
        "<a><!-- x --></a>",
        "<!DOCTYPE a>",
        "<?xml version=\"1.0\"?><a/>",
        "<a><![CDATA[x]]></a>",
        "<a>&entity;</a>",
        "<a x='1'/>",
        "<a x=\"1\" x=\"2\"/>",
        "<a x=\"<\"/>",
        "<a x=\"1/>",
        "<b:a/>",
        "<a b:x=\"1\"/>",
        "<a xmlns=\"urn:x\"/>",
        "<1a/>",
        "<a\x01/>",
        "<a>\xFF</a>",
        "<a>]]></a>",
        "<:a/>",
        "<a />",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++) {
        struct fl_unknown unknown = {.xml = fl_bytes_of_text(fragments[i])};
        struct fl_object object = {
            .key = {TYPE_ALL, uuid_of(REF1)}, .unknown_count = 1, .unknowns = &unknown};

        assert_refused(&object, "Catalog.Все:" REF1);
    }
    struct fl_unknown lost = {
        .place = fl_bytes_of_text("Строки>"), .row = 7, .xml = fl_bytes_of_text("<a/>")};
    struct fl_object object = {
        .key = {TYPE_ALL, uuid_of(REF1)}, .unknown_count = 1, .unknowns = &lost};

    assert_refused(&object, "row or section that is not there");
}

static void test_a_number_that_the_configuration_lacks_is_refused(void **state)
{
    struct fl_field colour = {
        ALL_COLOUR, {.kind = FL_VALUE_ENUM, .type = TYPE_COLOUR, .enum_value = 9}};
    struct fl_object object = all_of(&colour, 1);
    struct fl_object unknown_type = {.key = {99, {{0}}}};
    struct written written = write_objects(configuration, "v8msg", &unknown_type, 1);

    (void)state;
    assert_refused(&object, "not in this configuration");
    assert_int_equal(written.status, FL_NOT_FOUND);
    fl_buffer_deinit(&written.buffer);
}

static enum fl_status refuse_bytes(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    (void)bytes;
    ++*(int *)context;
    return fl_error_set(out_error, FL_FULL, "the disk is full");
}

static void test_a_failure_of_the_sink_is_kept(void **state)
{
    const struct fl_package_header header = {"П", "А", "Б", 1, 0, NULL};
    int calls = 0;
    const struct fl_package_writer_options options = {
        .configuration = configuration,
        .sink = {.write = refuse_bytes, .context = &calls}};
    struct fl_package_writer *writer = NULL;
    struct fl_error error = {FL_OK, ""};
    struct fl_object object = all_of(NULL, 0);
    enum fl_status status = FL_OK;

    (void)state;
    assert_int_equal(
        fl_package_writer_open(fl_codec_find("v8msg"), &options, &writer, NULL), FL_OK);
    assert_int_equal(fl_package_writer_begin(writer, &header, NULL), FL_OK);
    for (int i = 0; i < 1000 && status == FL_OK; i++) {
        status = fl_package_writer_put(writer, &object, &error);
    }
    assert_int_equal(status, FL_FULL);
    assert_string_equal(error.text, "the disk is full");
    assert_int_equal(fl_package_writer_put(writer, &object, &error), FL_FULL);
    assert_int_equal(fl_package_writer_end(writer, &error), FL_FULL);
    assert_int_equal(calls, 1);
    fl_package_writer_close(writer);
}

static void test_a_code_that_xml_cannot_hold_is_refused(void **state)
{
    const struct fl_package_header header = {"П", "А\x02", "Б", 1, 0, NULL};
    struct fl_buffer buffer;
    struct fl_package_writer_options options = {.configuration = configuration};
    struct fl_package_writer *writer = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    fl_buffer_init(&buffer, 1 << 20);
    options.sink = fl_codec_buffer_sink(&buffer);
    assert_int_equal(
        fl_package_writer_open(fl_codec_find("v8msg"), &options, &writer, NULL), FL_OK);
    assert_int_equal(fl_package_writer_begin(writer, &header, &error), FL_REFUSED);
    assert_contains(error.text, "code");
    fl_package_writer_close(writer);
    fl_buffer_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_attribute_is_written_even_when_empty),
        cmocka_unit_test(test_values_are_written_as_1c_writes_them),
        cmocka_unit_test(test_composite_values_carry_their_type),
        cmocka_unit_test(test_a_folder_has_only_what_folders_have),
        cmocka_unit_test(test_owners_deletions_constants_and_record_sets),
        cmocka_unit_test(test_a_message_without_objects_is_a_confirmation),
        cmocka_unit_test(test_what_xml_cannot_hold_is_refused_and_named),
        cmocka_unit_test(test_a_kept_part_cannot_break_out),
        cmocka_unit_test(test_a_number_that_the_configuration_lacks_is_refused),
        cmocka_unit_test(test_a_failure_of_the_sink_is_kept),
        cmocka_unit_test(test_a_code_that_xml_cannot_hold_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
