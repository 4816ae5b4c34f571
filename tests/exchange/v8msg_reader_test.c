/* What is read, what is kept, and what is refused with which words. */

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

static struct read_package read_body(const char *body)
{
    char *const text = message_of(body);
    const struct read_package package = read_text(configuration, text);

    free(text);
    return package;
}

static void assert_read(const struct read_package *package, size_t count)
{
    if (package->status != FL_OK) {
        fail_msg("%s", package->error.text);
    }
    assert_int_equal(package->count, count);
}

/* The body is read, and written again as it was. */
static void assert_kept(const char *body, size_t count)
{
    char *const text = message_of(body);
    struct read_package package = read_text(configuration, text);

    assert_read(&package, count);
    struct written written = write_again(configuration, "v8msg", &package);

    assert_int_equal(written.status, FL_OK);
    assert_written(&written, text);
    fl_buffer_deinit(&written.buffer);
    forget(&package);
    free(text);
}

/* Both bodies are read as equal objects. */
static void assert_same(const char *left, const char *right)
{
    struct read_package a = read_text(configuration, left);
    struct read_package b = read_text(configuration, right);

    assert_read(&a, b.count);
    assert_read(&b, a.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_true(fl_key_equal(a.objects[i].key, b.objects[i].key));
        assert_int_equal(a.objects[i].deleted, b.objects[i].deleted);
        assert_true(fl_bytes_equal(a.objects[i].record, b.objects[i].record));
    }
    forget(&a);
    forget(&b);
}

static void test_the_header_is_read(void **state)
{
    struct read_package package =
        read_text(configuration, HEAD "\t<v8msg:Body/>\n</v8msg:Message>");

    (void)state;
    assert_read(&package, 0);
    assert_true(package.has_header);
    assert_string_equal(package.plan, "Филиалы");
    assert_string_equal(package.to, "ЦБ");
    assert_string_equal(package.from, "Ф1");
    assert_int_equal(package.message_number, 12);
    assert_int_equal(package.received_number, 9);
    assert_string_equal(package.notes, "");
    forget(&package);
}

#define OWNED                                                                            \
    "\t\t<CatalogObject.Подчиненный>\n"                                       \
    "\t\t\t<Ref>" REF1 "</Ref>\n"                                                        \
    "\t\t\t<DeletionMark>false</DeletionMark>\n"                                         \
    "\t\t\t<Owner xsi:type=\"CatalogRef.Все\">" REF2 "</Owner>\n"                        \
    "\t\t\t<Description>x</Description>\n"                                               \
    "\t\t</CatalogObject.Подчиненный>"
#define DELETION                                                                         \
    "\n\t\t<v8:ObjectDeletion>\n"                                                        \
    "\t\t\t<v8:Ref xsi:type=\"CatalogRef.Все\">" REF2 "</v8:Ref>\n"                      \
    "\t\t</v8:ObjectDeletion>"

static void test_any_spelling_of_the_same_is_read(void **state)
{
    char *const usual = message_of(OWNED DELETION);

    (void)state;
    /* No mark, no declaration, other prefixes bound anywhere, CRLF, <X></X>, blanks. */
    assert_same(
        usual,
        "<m:Message xmlns:m='http://v8.1c.ru/messages'><m:Header><m:To>ЦБ</m:To>\r\n"
        "<m:From>Ф1</m:From><m:ExchangePlan>Филиалы</m:ExchangePlan>"
        "<m:ReceivedNo>9</m:ReceivedNo><m:MessageNo>12</m:MessageNo></m:Header>\r\n"
        "<m:Body><CatalogObject.Подчиненный "
        "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>"
        "<Ref>" REF1 "</Ref><DeletionMark></DeletionMark>\r\n"
        "<Description>x</Description><Owner i:type='CatalogRef.Все'>" REF2 "</Owner >"
        "</CatalogObject.Подчиненный>"
        "<d1p1:ObjectDeletion xmlns:d1p1='http://v8.1c.ru/data'>"
        "<d1p1:Ref xmlns:d2='http://www.w3.org/2001/XMLSchema-instance' "
        "d2:type='CatalogRef.Все'>" REF2 "</d1p1:Ref></d1p1:ObjectDeletion>"
        "</m:Body></m:Message>\r\n");
    free(usual);
}

#define ALL_VALUES                                                                       \
    "\t\t<CatalogObject.Все>\n"                                                       \
    "\t\t\t<Ref>" REF1 "</Ref>\n"                                                        \
    "\t\t\t<IsFolder>true</IsFolder>\n"                                                  \
    "\t\t\t<DeletionMark>true</DeletionMark>\n"                                          \
    "\t\t\t<Parent>" REF2 "</Parent>\n"                                                  \
    "\t\t\t<Code>00 1</Code>\n"                                                          \
    "\t\t\t<Description> &lt;№&gt; &amp;&#13; </Description>\n"                        \
    "\t\t\t<PredefinedDataName>Имя</PredefinedDataName>\n"                            \
    "\t\t\t<Строка>1234567890</Строка>\n"                                    \
    "\t\t\t<Число>-1234567890123.45</Число>\n"                                 \
    "\t\t\t<Дата>3999-12-31T23:59:59</Дата>\n"                                   \
    "\t\t\t<Булево>true</Булево>\n"                                          \
    "\t\t\t<Ссылка>" REF2 "</Ссылка>\n"                                            \
    "\t\t\t<Цвет>Красный</Цвет>\n"                                        \
    "\t\t\t<Любое xsi:type=\"EnumRef.Цвета\">Синий</Любое>\n"        \
    "\t\t\t<Ид>" REF2 "</Ид>\n"                                                        \
    "\t\t\t<Двоичные>AAECAw==</Двоичные>\n"                              \
    "\t\t\t<Хранилище>AQEIAAAAAAAAAO+7v3siVSJ9</Хранилище>\n"          \
    "\t\t\t<Типы>\n"                                                                 \
    "\t\t\t\t<v8:Types>\n"                                                               \
    "\t\t\t\t\t<v8:Type>xs:string</v8:Type>\n"                                           \
    "\t\t\t\t\t<v8:Type>CatalogRef.Все</v8:Type>\n"                                   \
    "\t\t\t\t</v8:Types>\n"                                                              \
    "\t\t\t</Типы>\n"                                                                \
    "\t\t\t<Строки>\n"                                                             \
    "\t\t\t\t<Row>\n"                                                                    \
    "\t\t\t\t\t<Товар>" REF1 "</Товар>\n"                                           \
    "\t\t\t\t\t<Количество>1</Количество>\n"                         \
    "\t\t\t\t</Row>\n"                                                                   \
    "\t\t\t\t<Row>\n"                                                                    \
    "\t\t\t\t\t<Товар>" ZERO "</Товар>\n"                                           \
    "\t\t\t\t\t<Количество>0</Количество>\n"                         \
    "\t\t\t\t</Row>\n"                                                                   \
    "\t\t\t</Строки>\n"                                                            \
    "\t\t\t<Папки/>\n"                                                              \
    "\t\t</CatalogObject.Все>"

static void test_every_kind_of_value_comes_back_as_it_was(void **state)
{
    (void)state;
    assert_kept(ALL_VALUES, 1);
    assert_kept(OWNED DELETION, 2);
    assert_kept(
        "\t\t<ConstantValueManager.Заголовок>\n\t\t\t<Value>x</Value>\n"
        "\t\t</ConstantValueManager.Заголовок>",
        1);
}

/* Catalog.Все with this one line for Любое, all else empty. */
static char *body_with_any(const char *line)
{
    static const char format[] =
        "\t\t<CatalogObject.Все>\n\t\t\t<Ref>" REF1 "</Ref>\n"
        "\t\t\t<IsFolder>false</IsFolder>\n\t\t\t<DeletionMark>false</DeletionMark>\n"
        "\t\t\t<Parent>" ZERO "</Parent>\n\t\t\t<Code/>\n\t\t\t<Description/>\n"
        "\t\t\t<Строка/>\n\t\t\t<Число>0</Число>\n\t\t\t<Дата>0001-01-01T00:00:00</"
        "Дата>\n"
        "\t\t\t<Ссылка>" ZERO "</Ссылка>\n\t\t\t<Цвет/>\n%s\t\t\t<Ид>" ZERO "</Ид>\n"
        "\t\t\t<Двоичные/>\n\t\t\t<Хранилище/>\n\t\t\t<Типы/>\n\t\t\t<Строки/>\n"
        "\t\t</CatalogObject.Все>";
    const size_t size = sizeof(format) + strlen(line);
    char *const body = malloc(size);

    assert_non_null(body);
    (void)snprintf(body, size, format, line);
    return body;
}

static void test_composite_values_come_back_as_they_were(void **state)
{
    static const char *const lines[] = {
        "\t\t\t<Любое xsi:nil=\"true\"/>\n",
        "\t\t\t<Любое xsi:type=\"v8:Null\"/>\n",
        "\t\t\t<Любое xsi:type=\"xs:string\"/>\n",
        "\t\t\t<Любое xsi:type=\"xs:string\"> а </Любое>\n",
        "\t\t\t<Любое xsi:type=\"xs:decimal\">0</Любое>\n",
        "\t\t\t<Любое xsi:type=\"xs:dateTime\">0001-01-01T00:00:00</Любое>\n",
        "\t\t\t<Любое xsi:type=\"xs:boolean\">false</Любое>\n",
        "\t\t\t<Любое xsi:type=\"xs:base64Binary\">AAE=</Любое>\n",
        "\t\t\t<Любое xsi:type=\"xs:duration\">P1D</Любое>\n",
        "\t\t\t<Любое xsi:type=\"v8:UUID\">" ZERO "</Любое>\n",
        "\t\t\t<Любое xsi:type=\"v8:ValueStorage\">AAE=</Любое>\n",
        "\t\t\t<Любое xsi:type=\"CatalogRef.Все\">" ZERO "</Любое>\n",
        "\t\t\t<Любое xsi:type=\"CatalogRef.Иное\">" REF1 "</Любое>\n",
        "\t\t\t<Любое xsi:type=\"EnumRef.Цвета\"/>\n",
        "\t\t\t<Любое xsi:type=\"v8:Type\">xs:string</Любое>\n",
        "\t\t\t<Любое xsi:type=\"v8:StandardPeriod\">\n"
        "\t\t\t\t<v8:variant xsi:type=\"v8:StandardPeriodVariant\">Today</v8:variant>\n"
        "\t\t\t\t<v8:startDate>0001-01-01T00:00:00</v8:startDate>\n"
        "\t\t\t</Любое>\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char *const body = body_with_any(lines[i]);

        assert_kept(body, 1);
        free(body);
    }
}

#define STOCK(record_type)                                                               \
    "\t\t<AccumulationRegisterRecordSet.Остатки>\n"                               \
    "\t\t\t<Filter>\n"                                                                   \
    "\t\t\t\t<Recorder xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder>\n"           \
    "\t\t\t</Filter>\n"                                                                  \
    "\t\t\t<Records>\n"                                                                  \
    "\t\t\t\t<Record>\n"                                                                 \
    "\t\t\t\t\t<Recorder xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder>\n"         \
    "\t\t\t\t\t<Period>2024-12-19T12:30:00</Period>\n"                                   \
    "\t\t\t\t\t<" record_type ">Expense</" record_type ">\n"                             \
    "\t\t\t\t\t<Active>true</Active>\n"                                                  \
    "\t\t\t\t\t<Товар>" REF2 "</Товар>\n"                                           \
    "\t\t\t\t\t<Количество>2.5</Количество>\n"                       \
    "\t\t\t\t</Record>\n"                                                                \
    "\t\t\t</Records>\n"                                                                 \
    "\t\t</AccumulationRegisterRecordSet.Остатки>"

static void test_record_sets_are_read(void **state)
{
    char *const usual = message_of(STOCK("RecordType"));
    char *const old = message_of(STOCK("MovementType"));

    (void)state;
    assert_kept(STOCK("RecordType"), 1);
    assert_same(usual, old);
    struct read_package empty = read_body(
        "<AccumulationRegisterRecordSet.Остатки><Filter><Recorder "
        "xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder></Filter><Records/>"
        "</AccumulationRegisterRecordSet.Остатки>");

    assert_read(&empty, 1);
    assert_true(empty.objects[0].deleted);
    assert_string_equal(fl_uuid_text(empty.objects[0].key.id).text, REF1);
    forget(&empty);
    free(usual);
    free(old);
}

static void test_a_frame_is_read_without_a_header(void **state)
{
    struct read_package package = read_text(
        configuration,
        "<V8Exch:_1CV8DtUD xmlns:V8Exch=\"http://www.1c.ru/V8/1CV8DtUD/\" "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><V8Exch:Data>" OWNED
        "</V8Exch:Data><PredefinedData/><Прочее/></V8Exch:_1CV8DtUD>");

    (void)state;
    assert_read(&package, 1);
    assert_false(package.has_header);
    assert_contains(package.notes, "<Прочее>");
    forget(&package);
}

static void test_unknown_parts_are_kept_where_they_stood(void **state)
{
    static const char body[] =
        "\t\t<CatalogObject.Подчиненный>\n"
        "\t\t\t<Ref>" REF1 "</Ref>\n"
        "\t\t\t<Первое/>\n"
        "\t\t\t<DeletionMark>false</DeletionMark>\n"
        "\t\t\t<Owner xsi:type=\"CatalogRef.Все\">" REF2 "</Owner>\n"
        "\t\t\t<Новое xsi:type=\"xs:string\">а &amp; б</Новое>\n"
        "\t\t\t<Ещё>x</Ещё>\n"
        "\t\t\t<Description>x</Description>\n"
        "\t\t\t<Раздел>\n"
        "\t\t\t\t<Row>\n"
        "\t\t\t\t\t<Поле>1</Поле>\n"
        "\t\t\t\t</Row>\n"
        "\t\t\t</Раздел>\n"
        "\t\t</CatalogObject.Подчиненный>\n"
        "\t\t<AccumulationRegisterRecordSet.Остатки>\n"
        "\t\t\t<Filter>\n"
        "\t\t\t\t<Recorder xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder>\n"
        "\t\t\t</Filter>\n"
        "\t\t\t<Records>\n"
        "\t\t\t\t<Record>\n"
        "\t\t\t\t\t<Recorder xsi:type=\"DocumentRef.Продажа\">" REF1 "</Recorder>\n"
        "\t\t\t\t\t<Period>2024-12-19T12:30:00</Period>\n"
        "\t\t\t\t\t<AccountDr>x</AccountDr>\n"
        "\t\t\t\t\t<RecordType/>\n"
        "\t\t\t\t\t<Active>true</Active>\n"
        "\t\t\t\t\t<Товар>" REF2 "</Товар>\n"
        "\t\t\t\t\t<Количество>2.5</Количество>\n"
        "\t\t\t\t\t<Последнее/>\n"
        "\t\t\t\t</Record>\n"
        "\t\t\t</Records>\n"
        "\t\t</AccumulationRegisterRecordSet.Остатки>";
    struct read_package package = read_body(body);

    (void)state;
    assert_kept(body, 2);
    assert_contains(
        package.notes, "Catalog.Подчиненный has the element \"Новое\", which "
                       "configuration Проба does not");
    assert_contains(package.notes, "\"AccountDr\" in Records");
    forget(&package);
}

/* Equal content is equal bytes, however the prefixes are called and the lines broken. */
static void test_unknown_parts_have_one_form(void **state)
{
    char *const usual =
        message_of("<CatalogObject.Подчиненный><Ref>" REF1 "</Ref>"
                   "<Новое><v8:A xsi:type=\"xs:string\">xs:string</v8:A><B/></Новое>"
                   "</CatalogObject.Подчиненный>");
    char *const other = message_of(
        "<CatalogObject.Подчиненный xmlns:q=\"http://v8.1c.ru/data\" "
        "xmlns:p=\"http://www.w3.org/2001/XMLSchema\" "
        "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Ref>" REF1 "</Ref>\n"
        "<Новое>\n  <q:A i:type=\"p:string\">p:string</q:A>\n  <!-- x "
        "--><B></B>\n</Новое>"
        "</CatalogObject.Подчиненный>");

    (void)state;
    assert_same(usual, other);
    free(usual);
    free(other);
    char *const left = message_of(
        "<CatalogObject.Подчиненный><Ref>" REF1 "</Ref>"
        "<a:Новое xmlns:a=\"urn:1\"><b:X xmlns:b=\"urn:2\" b:y=\"1\"/></a:Новое>"
        "</CatalogObject.Подчиненный>");
    char *const right =
        message_of("<CatalogObject.Подчиненный><Ref>" REF1 "</Ref>"
                   "<Новое xmlns=\"urn:1\" xmlns:c=\"urn:2\"><c:X c:y=\"1\"/></Новое>"
                   "</CatalogObject.Подчиненный>");

    assert_same(left, right);
    struct read_package package = read_text(configuration, left);
    struct written written = write_again(configuration, "v8msg", &package);

    assert_int_equal(written.status, FL_OK);
    fl_buffer_put_u8(&written.buffer, 0);
    assert_same(left, (const char *)written.buffer.data);
    fl_buffer_deinit(&written.buffer);
    forget(&package);
    free(left);
    free(right);
}

static void test_a_distributed_infobase_is_read_tolerantly(void **state)
{
    struct read_package package = read_text(
        configuration, HEAD
        "<v8msg:Body xmlns:v8de=\"urn:de\" "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><v8de:Changes>"
        "<v8de:Config><x:Metadata xmlns:x=\"urn:md\">text</x:Metadata></v8de:Config>"
        "<v8de:Signature>AAAA</v8de:Signature>"
        "<v8de:Nodes><ExchangePlanObject.Полный/></v8de:Nodes>"
        "<v8de:Data>" OWNED "</v8de:Data></v8de:Changes>"
        "<Parameters><CatalogObject.Иное/></Parameters></v8msg:Body></v8msg:Message>");

    (void)state;
    assert_read(&package, 1);
    assert_contains(package.notes, "distributed infobase");
    assert_contains(package.notes, "<Config>: changes of the configuration");
    assert_contains(package.notes, "<Parameters>");
    forget(&package);
}

static void test_what_stands_beside_the_objects_is_noted(void **state)
{
    struct read_package package = read_body(
        OWNED "<!-- just words --><!--<PredefinedData>\n<CatalogRef.Все "
              "PredefinedDataName=\"Имя\">" REF1 "</CatalogRef.Все>\n</PredefinedData>-->"
              "<Прочее><a>1</a></Прочее>");

    (void)state;
    assert_read(&package, 1);
    assert_contains(package.notes, "<Прочее>");
    forget(&package);
}

struct wrong {
    const char *body;
    enum fl_status status;
    const char *words[3];
};

static void assert_wrong(const struct wrong *wrong)
{
    struct read_package package = read_body(wrong->body);

    if (package.status != wrong->status) {
        fail_msg("%s: %d, %s", wrong->body, package.status, package.error.text);
    }
    assert_int_equal(package.error.status, wrong->status);
    assert_contains(package.error.text, "line ");
    for (size_t i = 0; i < 3 && wrong->words[i]; i++) {
        assert_contains(package.error.text, wrong->words[i]);
    }
    assert_false(package.is_incomplete);
    forget(&package);
}

#define ALL(content)                                                                     \
    "<CatalogObject.Все><Ref>" REF1 "</Ref>" content "</CatalogObject.Все>"

static void test_wrong_values_are_refused_with_line_element_and_value(void **state)
{
    static const struct wrong cases[] = {
        {ALL("\n<Число>12,5</Число>"),
         FL_MALFORMED,
         {"line 12: Catalog.Все:" REF1 ": Число: \"12,5\"", "not a number"}},
        {ALL("<Число>123456789012345.67</Число>"), FL_MALFORMED, {"Число", "digits"}},
        {ALL("<Число>1e5</Число>"), FL_MALFORMED, {"Число", "1e5"}},
        {ALL("<Число>1111111111111111111111111111111111111111</Число>"),
         FL_MALFORMED,
         {"Число", "38 digits"}},
        {ALL("<Дата>2024-02-30T00:00:00</Дата>"), FL_MALFORMED, {"Дата", "02-30"}},
        {ALL("<Дата>2024-02-03</Дата>"), FL_MALFORMED, {"Дата", "not a date"}},
        {ALL("<Булево>да</Булево>"), FL_MALFORMED, {"Булево", "\"да\""}},
        {ALL("<Ссылка>328baecd</Ссылка>"), FL_MALFORMED, {"Ссылка", "not a reference"}},
        {ALL("<Цвет>Зелёный</Цвет>"), FL_MALFORMED, {"Цвет", "Зелёный", "Enum.Цвета"}},
        {ALL("<Строка>12345678901</Строка>"),
         FL_MALFORMED,
         {"Строка", "12345678901", "longer than 10"}},
        {ALL("<Строка xsi:type=\"xs:decimal\">1</Строка>"), FL_MALFORMED, {"Строка"}},
        {ALL("<Ссылка xsi:type=\"DocumentRef.Продажа\">" REF1 "</Ссылка>"),
         FL_MALFORMED,
         {"Ссылка", "Document.Продажа"}},
        {ALL("<Любое>x</Любое>"), FL_OK, {NULL}},
        {ALL("<Любое xsi:type=\"q:string\">x</Любое>"),
         FL_MALFORMED,
         {"Любое", "not declared"}},
        {ALL("<Двоичные>A</Двоичные>"), FL_MALFORMED, {"Двоичные", "base64"}},
        {ALL("<Хранилище>AA==AA==</Хранилище>"), FL_MALFORMED, {"Хранилище", "base64"}},
        {ALL("<Строка><a/></Строка>"), FL_MALFORMED, {"<a>", "not elements"}},
        {ALL("<Code>1</Code><Code>2</Code>"), FL_MALFORMED, {"Code", "twice"}},
        {ALL("<Строки/><Строки><Row/></Строки><Строки><Row/></Строки>"),
         FL_MALFORMED,
         {"twice"}},
        {ALL("<Строки><Row><Количество>x</Количество></Row></Строки>"),
         FL_MALFORMED,
         {"Строки[1]: Количество: \"x\""}},
        {ALL("<Ref>" REF1 "</Ref>"), FL_MALFORMED, {"two refs"}},
        {"<CatalogObject.Все><Ref>12</Ref></CatalogObject.Все>",
         FL_MALFORMED,
         {"Ref \"12\""}},
        {"<CatalogObject.Все/>", FL_MALFORMED, {"no Ref"}},
        {ALL("text"), FL_MALFORMED, {"text between elements: \"text\""}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i].status != FL_OK) {
            assert_wrong(&cases[i]);
        }
    }
}

static void test_what_is_not_known_is_refused_with_advice(void **state)
{
    static const struct wrong cases[] = {
        {"<CatalogObject.Иное><Ref>" REF1 "</Ref></CatalogObject.Иное>",
         FL_NOT_FOUND,
         {"<CatalogObject.Иное>", "configuration Проба", "filial configuration learn"}},
        {"<SequenceRecordSet.Х/>", FL_NOT_FOUND, {"<SequenceRecordSet.Х>"}},
        {"<DocumentJournalObject.Х/>", FL_UNSUPPORTED, {"<DocumentJournalObject.Х>"}},
        {"<v8:ObjectDeletion><v8:Ref xsi:type=\"CatalogRef.Иное\">" REF1
         "</v8:Ref></v8:ObjectDeletion>",
         FL_NOT_FOUND,
         {"CatalogRef.Иное", "filial configuration learn"}},
        {"<v8:ObjectDeletion><v8:Ref>" REF1 "</v8:Ref></v8:ObjectDeletion>",
         FL_MALFORMED,
         {"no xsi:type"}},
        {"<v8:ObjectDeletion/>", FL_MALFORMED, {"no Ref"}},
        {"<v8:ObjectDeletion><v8:Ref xsi:type=\"EnumRef.Цвета\">" REF1
         "</v8:Ref></v8:ObjectDeletion>",
         FL_NOT_FOUND,
         {"EnumRef.Цвета"}},
        {ALL("<x:A xmlns:x=\"http://v8.1c.ru/8.1/data/core\"/>"),
         FL_UNSUPPORTED,
         {"XDTO"}},
        {"<InformationRegisterRecordSet.Курсы><Filter><Курс>1</Курс></Filter><Records/>"
         "</InformationRegisterRecordSet.Курсы>",
         FL_MALFORMED,
         {"<Курс>", "main filter"}},
        {"<InformationRegisterRecordSet.Курсы><Filter><Иное>1</Иное></Filter><Records/>"
         "</InformationRegisterRecordSet.Курсы>",
         FL_MALFORMED,
         {"<Иное>", "main filter"}},
        {"<InformationRegisterRecordSet.Курсы><Filter/>"
         "</InformationRegisterRecordSet.Курсы>",
         FL_MALFORMED,
         {"no <Records>"}},
        {"<AccumulationRegisterRecordSet.Остатки><Filter/><Records/>"
         "</AccumulationRegisterRecordSet.Остатки>",
         FL_MALFORMED,
         {"no recorder"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_wrong(&cases[i]);
    }
}

static void test_broken_envelopes_are_refused(void **state)
{
    static const struct {
        const char *text;
        enum fl_status status;
        const char *words;
    } cases[] = {
        {"", FL_MALFORMED, "empty"},
        {"<a/>", FL_UNSUPPORTED, "v8msg:Message"},
        {"<Message xmlns=\"http://www.1c.ru/SSL/Exchange/Message\"/>", FL_UNSUPPORTED,
         "exchange plan"},
        {"<m:Message xmlns:m=\"http://v8.1c.ru/messages\"/>", FL_MALFORMED,
         "without a body"},
        {"<m:Message xmlns:m=\"http://v8.1c.ru/messages\"><m:Body/></m:Message>",
         FL_MALFORMED, "lacks ExchangePlan"},
        {"<m:Message xmlns:m=\"http://v8.1c.ru/messages\"><m:Header><m:MessageNo>x"
         "</m:MessageNo></m:Header></m:Message>",
         FL_MALFORMED, "\"x\""},
        {"<m:Message xmlns:m=\"http://v8.1c.ru/messages\"><m:Header><m:MessageNo>-1"
         "</m:MessageNo></m:Header></m:Message>",
         FL_MALFORMED, "\"-1\""},
        {"<m:Message xmlns:m=\"http://v8.1c.ru/messages\"><m:Header><m:MessageNo>"
         "99999999999999999999</m:MessageNo></m:Header></m:Message>",
         FL_MALFORMED, "999"},
        {"<m:Message xmlns:m=\"http://v8.1c.ru/messages\"><m:Header><m:To>1</m:To><m:To>2"
         "</m:To></m:Header></m:Message>",
         FL_MALFORMED, "twice"},
        {"<m:Message xmlns:m=\"http://v8.1c.ru/messages\"><m:Header><m:To><b/></m:To>"
         "</m:Header></m:Message>",
         FL_MALFORMED, "<b>"},
        {HEAD "<v8msg:Body/><v8msg:Body/></v8msg:Message>", FL_MALFORMED, "two bodies"},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", FL_MALFORMED, "DOCTYPE"},
        {HEAD "<v8msg:Body>&x;</v8msg:Body></v8msg:Message>", FL_MALFORMED, "line 10"},
        {HEAD "<v8msg:Body></v8msg:Header></v8msg:Message>", FL_MALFORMED, "line 10"},
        {HEAD "<v8msg:Body/></v8msg:Message><a/>", FL_MALFORMED, "well-formed"},
        {"not xml at all", FL_MALFORMED, "well-formed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct read_package package = read_text(configuration, cases[i].text);

        if (package.status != cases[i].status) {
            fail_msg("%s: %d, %s", cases[i].text, package.status, package.error.text);
        }
        assert_contains(package.error.text, cases[i].words);
        forget(&package);
    }
}

static void test_a_package_cut_short_is_incomplete(void **state)
{
    char *const text = message_of(ALL_VALUES);
    const size_t size = strlen(text);

    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        struct read_package package =
            read_bytes(configuration, (struct fl_bytes){(const uint8_t *)text, cut}, 0);

        if (package.status != FL_MALFORMED || !package.is_incomplete) {
            fail_msg("cut at %zu of %zu: %s", cut, size, package.error.text);
        }
        forget(&package);
    }
    free(text);
}

/* `count` times `open`, then `middle`, then `count` times `close`. */
static char *nest(const char *open, size_t count, const char *middle, const char *close)
{
    const size_t size = count * (strlen(open) + strlen(close)) + strlen(middle) + 1;
    char *const text = malloc(size);
    char *at = text;

    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        at += snprintf(at, size - (size_t)(at - text), "%s", open);
    }
    at += snprintf(at, size - (size_t)(at - text), "%s", middle);
    for (size_t i = 0; i < count; i++) {
        at += snprintf(at, size - (size_t)(at - text), "%s", close);
    }
    return text;
}

static void test_hostile_sizes_are_refused(void **state)
{
    char *const deep = nest("<a>", 100, "", "</a>");
    char *const wide = nest(" x", 0, "", "");
    char *const rows = nest("<Row/>", FL_ROWS_MAX + 1, "", "");
    char *const section = malloc(strlen(rows) + sizeof(ALL("<Строки></Строки>")) + 1);
    char *const text = nest("0123456789abcdef", 1 << 18, "", "");
    char *const object = malloc(strlen(text) + sizeof(ALL("<Code></Code>")) + 1);

    (void)state;
    assert_non_null(section);
    assert_non_null(object);
    struct read_package package = read_body(deep);

    assert_int_equal(package.status, FL_LIMIT);
    assert_contains(package.error.text, "deeper");
    forget(&package);

    (void)sprintf(section, ALL("<Строки>%s</Строки>"), rows);
    package = read_body(section);
    assert_int_equal(package.status, FL_LIMIT);
    assert_contains(package.error.text, "too many rows");
    forget(&package);

    (void)sprintf(object, ALL("<Code>%s</Code>"), text);
    char *const whole = message_of(object);

    package = read_bytes(configuration, fl_bytes_of_text(whole), 1);
    /* The slack for what one block completes admits 4 MiB; 20 do not fit. */
    assert_int_equal(package.status, FL_OK);
    forget(&package);
    free(whole);
    free(object);
    free(text);
    free(section);
    free(rows);
    free(wide);
    free(deep);
}

static void test_an_object_beyond_the_limit_is_refused(void **state)
{
    char *const text = nest("0123456789abcdef", 3 << 19, "", "");
    char *const object = malloc(strlen(text) + sizeof(ALL("<Code></Code>")) + 1);

    (void)state;
    assert_non_null(object);
    (void)sprintf(object, ALL("<Code>%s</Code>"), text);
    char *const whole = message_of(object);
    struct read_package package = read_bytes(configuration, fl_bytes_of_text(whole), 1);

    assert_int_equal(package.status, FL_LIMIT);
    assert_contains(package.error.text, "larger than the limit");
    forget(&package);
    free(whole);
    free(object);
    free(text);
}

static void test_lines_and_limits_are_told(void **state)
{
    struct read_package package = read_body(OWNED "\n" OWNED);
    struct fl_codec_memory memory = {
        fl_bytes_of_text(HEAD "<v8msg:Body/></v8msg:Message>")};
    const struct fl_package_reader_options options = {
        .configuration = configuration,
        .source = fl_codec_memory_source(&memory),
        .package_bytes_max = 100,
    };
    struct fl_package_reader *reader = NULL;
    const struct fl_package_header *header = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    assert_read(&package, 2);
    assert_int_equal(package.objects[0].line, 11);
    assert_int_equal(package.objects[1].line, 17);
    forget(&package);
    assert_int_equal(
        fl_package_reader_open(fl_codec_find("v8msg"), &options, &reader, NULL), FL_OK);
    assert_int_equal(fl_package_reader_header(reader, &header, &error), FL_LIMIT);
    assert_contains(error.text, "100 bytes");
    fl_package_reader_close(reader);
    assert_null(fl_codec_find("none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_header_is_read),
        cmocka_unit_test(test_any_spelling_of_the_same_is_read),
        cmocka_unit_test(test_every_kind_of_value_comes_back_as_it_was),
        cmocka_unit_test(test_composite_values_come_back_as_they_were),
        cmocka_unit_test(test_record_sets_are_read),
        cmocka_unit_test(test_a_frame_is_read_without_a_header),
        cmocka_unit_test(test_unknown_parts_are_kept_where_they_stood),
        cmocka_unit_test(test_unknown_parts_have_one_form),
        cmocka_unit_test(test_a_distributed_infobase_is_read_tolerantly),
        cmocka_unit_test(test_what_stands_beside_the_objects_is_noted),
        cmocka_unit_test(test_wrong_values_are_refused_with_line_element_and_value),
        cmocka_unit_test(test_what_is_not_known_is_refused_with_advice),
        cmocka_unit_test(test_broken_envelopes_are_refused),
        cmocka_unit_test(test_a_package_cut_short_is_incomplete),
        cmocka_unit_test(test_hostile_sizes_are_refused),
        cmocka_unit_test(test_an_object_beyond_the_limit_is_refused),
        cmocka_unit_test(test_lines_and_limits_are_told),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
