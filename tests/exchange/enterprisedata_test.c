/*
 * EnterpriseData without anybody else's files: what is written in each version is read
 * back as far as the version can hold it, headers and settings, and what is refused.
 */

#include "enterprisedata_world.h"

enum { RENAMED = 0x80 };

static void replace(struct fair *fair, const struct fl_object *object)
{
    for (size_t i = 0; i < fair->count; i++) {
        if (fl_key_equal(fair->objects[i].key, object->key)) {
            fair_copy(fair, object, i);
            return;
        }
    }
    fail_msg("an object that is not here");
}

/* What was written, read over what is here and written once more, is the same. */
static void test_every_version_comes_back(void **state)
{
    static struct fair fair;
    const char *version;

    (void)state;
    fair_open(&fair);
    for (size_t i = 0; (version = fl_enterprisedata_version(i)); i++) {
        struct message message = write_all(&fair, version, NULL);
        struct fl_codec_memory memory = {fl_buffer_view(&message.buffer)};
        struct fl_package_reader *reader = open_reader(&fair, &memory, false);
        const struct fl_package_header *header = NULL;
        const struct fl_object *object = NULL;
        struct fl_error error = {FL_OK, ""};
        size_t count = 0;

        /* 20 % of VAT came later. */
        const bool is_old = strcmp(version, "1.2") == 0;

        assert_true(message.refused == 0 || is_old);
        assert_true(message.written > fair.count * (is_old ? 1 : 3) / 4);
        if (fl_package_reader_header(reader, &header, &error) != FL_OK) {
            fail_msg("%s: %s", version, error.text);
        }
        assert_string_equal(header->terms->version, version);
        assert_string_equal(header->to, "БП");
        assert_int_equal(header->message_number, 7);
        assert_int_equal(header->received_number, 3);
        assert_string_equal(header->terms->prefix, "ФЛ");
        for (;;) {
            if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
                fail_msg("%s: %s", version, error.text);
            }
            if (!object) {
                break;
            }
            count++;
            replace(&fair, object);
        }
        assert_int_equal(count, message.written);
        struct message again = write_all(&fair, version, NULL);

        assert_true(fl_bytes_equal(body_of(&message), body_of(&again)));
        fl_buffer_deinit(&again.buffer);
        fl_package_reader_close(reader);
        fl_buffer_deinit(&message.buffer);
    }
    fair_close(&fair);
}

/* The peer has an identity of its own for everything here. */
static enum fl_status match_renamed(
    void *context,
    const struct fl_conversion_rule *rule,
    struct fl_uuid theirs,
    const struct fl_object *given,
    struct fl_uuid *out_ours,
    struct fl_error *out_error)
{
    (void)context;
    (void)rule;
    (void)given;
    (void)out_error;
    *out_ours = theirs;
    out_ours->bytes[0] ^= fl_uuid_is_zero(theirs) ? 0 : RENAMED;
    return FL_OK;
}

static struct fl_uuid identity_renamed(void *context, struct fl_key key)
{
    (void)context;
    key.id.bytes[0] ^= RENAMED;
    return key.id;
}

/* Of several kinds of ours that are one of theirs, too. */
static void test_what_the_peer_calls_otherwise_keeps_its_kind(void **state)
{
    static struct fair fair;
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    fair_open(&fair);
    fair.ports.match = match_renamed;
    fair.ports.identity = identity_renamed;
    struct message message = write_all(&fair, "1.8", NULL);
    struct fl_codec_memory memory = {fl_buffer_view(&message.buffer)};
    struct fl_package_reader *reader = open_reader(&fair, &memory, false);
    size_t count = 0;

    do {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        if (object) {
            replace(&fair, object);
            count++;
        }
    } while (object);
    assert_int_equal(count, message.written);
    fl_package_reader_close(reader);
    fl_buffer_deinit(&message.buffer);
    fair_close(&fair);
}

static void test_the_receiver_decides_what_is_sent(void **state)
{
    static struct fair fair;
    static const struct fl_package_kind_terms kinds[] = {
        {"Справочник.Валюты", "", "1.8,1.10"}, {"Справочник.Склады", "*", "1.10"}};
    static const char *const versions[] = {"1.8", "1.10"};
    const struct fl_package_terms receiver = {
        .version = "",
        .version_count = 2,
        .versions = versions,
        .lists_kinds = true,
        .kind_count = 2,
        .kinds = kinds};

    (void)state;
    fair_open(&fair);
    struct fl_package_terms ours = terms_of(&fair, "1.8, 1.17");
    struct message message = write_all(&fair, "1.8", &receiver);

    assert_int_equal(message.written, EACH);
    assert_int_equal(message.refused, 0);
    assert_string_equal(fl_package_terms_agree(&ours, &receiver), "1.8");
    fl_buffer_deinit(&message.buffer);

    struct fl_buffer bytes;
    struct fl_package_terms again;

    fl_buffer_init(&bytes, 1 << 16);
    fl_package_terms_encode(&receiver, &bytes);
    assert_int_equal(
        fl_package_terms_decode(fl_buffer_view(&bytes), &fair.arena, &again), FL_OK);
    assert_true(fl_package_terms_receive(&again, "Справочник.Склады", "1.10"));
    assert_false(fl_package_terms_receive(&again, "Справочник.Склады", "1.8"));
    assert_false(fl_package_terms_receive(&again, "Справочник.Банки", "1.8"));
    fl_buffer_deinit(&bytes);
    fair_close(&fair);
}

#define HEADER                                                                           \
    "<Message xmlns:msg=\"http://www.1c.ru/SSL/Exchange/Message\"><msg:Header>"          \
    "<msg:Format>http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8</msg:Format>"           \
    "<msg:Confirmation><msg:From>БП</msg:From><msg:MessageNo>1</msg:MessageNo>"        \
    "<msg:ReceivedNo>0</msg:ReceivedNo></msg:Confirmation>"                              \
    "<msg:AvailableVersion>1.8</msg:AvailableVersion></msg:Header>"
#define OPEN  HEADER "<Body xmlns=\"http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8\">"
#define CLOSE "</Body></Message>"
#define ID    "00000001-1111-4111-8111-111111111111"
#define MONEY                                                                                                               \
    "<Справочник.Валюты><КлючевыеСвойства><Ссылка>" ID                                                                      \
    "</Ссылка><ДанныеКлассификатора><Наименование>руб.</Наименование>" \
    "<Код>643</Код></ДанныеКлассификатора></КлючевыеСвойства>"                    \
    "<НетТакого>1</НетТакого><e:КлючевыеСвойства "                                        \
    "xmlns:e=\"urn:x\">1<e:a/></e:КлючевыеСвойства></Справочник.Валюты>"

/* What 1C is tolerant of: order, unknown things, comments, a BOM, blanks. */
static void test_reading_is_tolerant(void **state)
{
    static struct fair fair;
    struct fl_codec_memory memory = {fl_bytes_of_text(
        "\xEF\xBB\xBF" OPEN "<!-- x -->" MONEY
        "<Документ.Неизвестный><КлючевыеСвойства/></Документ.Неизвестный>"
        "<e:Справочник.Валюты xmlns:e=\"urn:x\"><e:Код>1</e:Код></e:Справочник.Валюты>"
        "<УдалениеОбъекта><СсылкаНаОбъект><СсылкаНаОбъект><НовыйСсылка>" ID
        "</НовыйСсылка></СсылкаНаОбъект></СсылкаНаОбъект></УдалениеОбъекта>" CLOSE)};
    struct fl_error error = {FL_OK, ""};
    const struct fl_object *object = NULL;

    (void)state;
    fair_open(&fair);
    struct fl_package_reader *reader = open_reader(&fair, &memory, true);
    const struct fl_type *const type = find(fair.configuration, "Catalog.Валюты");

    if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_non_null(object);
    assert_int_equal(object->key.type, type->number);
    assert_string_equal(fl_uuid_text(object->key.id).text, ID);
    const struct fl_value *const code =
        fl_object_field(object, attribute(type, "Code")->number);

    assert_non_null(code);
    assert_true(fl_bytes_equal(code->bytes, fl_bytes_of_text("643")));
    assert_int_equal(fl_package_reader_next(reader, &object, &error), FL_OK);
    assert_null(object);
    assert_non_null(strstr(fl_package_reader_note(reader, 0), "another namespace"));
    assert_non_null(strstr(fl_package_reader_note(reader, 1), "Неизвестный"));
    assert_non_null(strstr(fl_package_reader_note(reader, 2), "Новый"));
    fl_package_reader_close(reader);
    fair_close(&fair);
}

#define RARE_GOODS                                                                                                                            \
    "<Справочник.Номенклатура><КлючевыеСвойства><Ссылка>" ID                                                                                  \
    "</Ссылка><Наименование>Гвоздь</Наименование></"                                                      \
    "КлючевыеСвойства>\n<ТипНоменклатуры>Товар</ТипНоменклатуры>"                          \
    "<ЕдиницаИзмерения><ДанныеКлассификатора><Наименование>шт</Наименование></" \
    "ДанныеКлассификатора>"                                                                                               \
    "</ЕдиницаИзмерения>\n<СтавкаНДС>НДС4</СтавкаНДС></Справочник.Номенклатура>\n"
#define MAN_ACCOUNT                                                                                                                                         \
    "<Справочник.БанковскиеСчета><КлючевыеСвойства><Ссылка>" ID                                                                                             \
    "</Ссылка><НомерСчета>1</НомерСчета><Владелец><ФизическиеЛицаСсылка><Ссылка>" ID                                                                        \
    "</Ссылка><ФИО>Лютик</ФИО></ФизическиеЛицаСсылка></Владелец></КлючевыеСвойства>"           \
    "<ВалютаДенежныхСредств><ДанныеКлассификатора><Код>643</Код></ДанныеКлассификатора>" \
    "</ВалютаДенежныхСредств></Справочник.БанковскиеСчета>\n"

/* What 1C means and nothing here stands for becomes empty, and that is told once. */
static void test_what_becomes_empty_is_told(void **state)
{
    static struct fair fair;
    struct fl_codec_memory memory = {
        fl_bytes_of_text(OPEN RARE_GOODS RARE_GOODS RARE_GOODS MAN_ACCOUNT CLOSE)};
    struct fl_error error = {FL_OK, ""};
    const struct fl_object *object = NULL;

    (void)state;
    fair_open(&fair);
    struct fl_package_reader *reader = open_reader(&fair, &memory, true);

    do {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
    } while (object);
    const char *note = fl_package_reader_note(reader, 0);

    assert_non_null(note);
    assert_non_null(strstr(
        note, "line 3 and 2 more, Справочник.Номенклатура, СтавкаНДС: the value \"НДС4\" "
              "has no counterpart in <values name=\"СтавкиНДС\">"));
    note = fl_package_reader_note(reader, 1);
    assert_non_null(note);
    assert_string_equal(
        note, "line 10, Справочник.БанковскиеСчета, Владелец: no reference to "
              "ФизическиеЛица is "
              "taken here: it is empty");
    assert_null(fl_package_reader_note(reader, 2));
    fl_package_reader_close(reader);
    fair_close(&fair);
}

/* It begins in one block of the source and ends many later, between small ones. */
static void test_an_object_of_many_blocks(void **state)
{
    enum { ROWS = 6000 };
    static struct fair fair;
    struct fl_buffer bytes;
    struct fl_error error = {FL_OK, ""};
    const struct fl_object *object = NULL;
    size_t count = 0;

    (void)state;
    fair_open(&fair);
    fl_buffer_init(&bytes, 1 << 24);
    fl_buffer_put_text(
        &bytes, OPEN MONEY "<Справочник.Контрагенты><КлючевыеСвойства><Ссылка>" ID
                           "</Ссылка><Наименование>Лютик</Наименование>"
                           "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо"
                           "</ЮридическоеФизическоеЛицо></КлючевыеСвойства>"
                           "<КонтактнаяИнформация>");
    for (size_t i = 0; i < ROWS; i++) {
        char row[400];

        (void)snprintf(
            row, sizeof(row),
            "<Строка><ВидКонтактнойИнформации>Телефон</ВидКонтактнойИнформации>"
            "<ЗначенияПолей>%zu</ЗначенияПолей></Строка>",
            i);
        fl_buffer_put_text(&bytes, row);
    }
    fl_buffer_put_text(
        &bytes, "</КонтактнаяИнформация></Справочник.Контрагенты>" MONEY CLOSE);
    assert_true(bytes.size > 10 * 65536);
    struct fl_codec_memory memory = {fl_buffer_view(&bytes)};
    struct fl_package_reader *reader = open_reader(&fair, &memory, true);

    for (;;) {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        if (!object) {
            break;
        }
        if (++count == 2) {
            assert_int_equal(object->section_count, 1);
            assert_int_equal(object->sections[0].row_count, ROWS);
            assert_true(fl_bytes_equal(
                object->sections[0].rows[ROWS - 1].fields[1].value.bytes,
                fl_bytes_of_text("5999")));
        }
    }
    assert_int_equal(count, 3);
    fl_package_reader_close(reader);
    fl_buffer_deinit(&bytes);
    fair_close(&fair);
}

/* The peer deletes it by its own name of the kind: the one that is here is meant. */
static void must_mark(const char *name, const char *kind)
{
    static struct fair fair;
    struct fl_error error = {FL_OK, ""};
    const struct fl_object *object = NULL;
    char bytes[4096];

    fair_open(&fair);
    const struct fl_type *const type = find(fair.configuration, name);
    struct fl_uuid id = {{0}};

    for (size_t i = 0; i < fair.count; i++) {
        if (fair.objects[i].key.type == type->number) {
            id = fair.objects[i].key.id;
        }
    }
    (void)snprintf(
        bytes, sizeof(bytes),
        OPEN "<УдалениеОбъекта><СсылкаНаОбъект><СсылкаНаОбъект>"
             "<%sСсылка>%s</%sСсылка></СсылкаНаОбъект></СсылкаНаОбъект>"
             "</УдалениеОбъекта>" CLOSE,
        kind, fl_uuid_text(id).text, kind);
    struct fl_codec_memory memory = {fl_bytes_of_text(bytes)};
    struct fl_package_reader *reader = open_reader(&fair, &memory, false);

    if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_non_null(object);
    assert_true(fl_uuid_equal(object->key.id, id));
    assert_false(object->deleted);
    assert_non_null(
        fl_object_field(object, fl_type_role(type, FL_ROLE_DELETION_MARK)->number));
    assert_null(fl_object_field(object, fl_type_role(type, FL_ROLE_POSTED)->number));
    fl_package_reader_close(reader);
    fair_close(&fair);
}

static void test_a_deletion_marks_what_is_here(void **state)
{
    (void)state;
    must_mark("Document.РеализацияТоваровУслуг", "РеализацияТоваровУслуг");
    must_mark("Document.ПлатежноеПоручениеВходящее", "ПБДСРасчетыСКонтрагентами");
    must_mark("Document.АккредитивПолученный", "ПБДСРасчетыСКонтрагентами");
    must_mark("Document.ПлатежноеТребованиеПолученное", "СБДСРасчетыСКонтрагентами");
}

static enum fl_status look_in_vain(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out_object;
    return FL_NOT_FOUND;
}

/* 1C need not say by which document money has moved. */
static void test_money_moves_by_any_document(void **state)
{
    static const char open[] = "<ТипПлатежногоДокумента>";
    static struct fair fair;
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};
    size_t count = 0;

    (void)state;
    fair_open(&fair);
    struct message message = write_all(&fair, "1.8", NULL);
    uint8_t *const bytes = message.buffer.data;
    size_t kept = 0;

    for (size_t i = 0; i < message.buffer.size; i++) {
        if (message.buffer.size - i > sizeof(open) &&
            memcmp(bytes + i, open, sizeof(open) - 1) == 0) {
            i += sizeof(open) - 1;
            i +=
                (size_t)((uint8_t *)memchr(bytes + i, '>', message.buffer.size - i) - (bytes + i)); /* of the end tag */
            count++;
        } else {
            bytes[kept++] = bytes[i];
        }
    }
    assert_true(count > 0);
    struct fl_codec_memory memory = {{bytes, kept}};
    struct fl_package_reader *reader = open_reader(&fair, &memory, true);

    count = 0;
    do {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        count += object != NULL;
    } while (object);
    assert_int_equal(count, message.written);
    fl_package_reader_close(reader);
    fl_buffer_deinit(&message.buffer);
    fair_close(&fair);
}

/* Nothing is left of it that could be looked up: its identity is enough. */
static void test_what_is_gone_is_written_as_a_deletion(void **state)
{
    static struct fair fair;
    const struct fl_uuid id = {{1, 2, 3}};

    (void)state;
    fair_open(&fair);
    const size_t count = fair.count;
    const struct fl_object first = fair.objects[0];

    fair.objects[0] = (struct fl_object){
        .deleted = true,
        .key = {
            .type = find(fair.configuration, "Document.РеализацияТоваровУслуг")->number,
            .id = id}};
    fair.count = 1;
    fair.ports.lookup = look_in_vain;
    struct message message = write_all(&fair, "1.8", NULL);

    fl_buffer_put_u8(&message.buffer, 0);
    assert_int_equal(message.written, 1);
    assert_non_null(strstr(
        (const char *)message.buffer.data,
        "<РеализацияТоваровУслугСсылка>00000000-0000-0000-0102-030000000000<"));
    fl_buffer_deinit(&message.buffer);
    fair.objects[0] = first;
    fair.count = count;
    fair_close(&fair);
}

static void test_settings_have_no_body(void **state)
{
    static struct fair fair;
    struct fl_error error = {FL_OK, ""};
    const struct fl_package_header *header = NULL;
    const struct fl_object *object = NULL;

    (void)state;
    fair_open(&fair);
    struct message message = write_all(&fair, "", NULL);
    struct fl_codec_memory memory = {fl_buffer_view(&message.buffer)};
    struct fl_package_reader *reader = open_reader(&fair, &memory, true);

    assert_int_equal(message.written, 0);
    assert_int_equal(fl_package_reader_header(reader, &header, &error), FL_OK);
    assert_string_equal(header->terms->version, "");
    assert_true(header->terms->lists_kinds);
    assert_true(header->terms->kind_count > 20);
    assert_int_equal(fl_package_reader_next(reader, &object, &error), FL_OK);
    assert_null(object);
    fl_package_reader_close(reader);
    fl_buffer_deinit(&message.buffer);
    fair_close(&fair);
}

#define KEY                                                                                \
    "<Ссылка>" ID "</Ссылка><Наименование>А</Наименование>" \
    "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>"
#define ACCOUNT(owner)                                                                                   \
    "<Справочник.БанковскиеСчета><КлючевыеСвойства><Ссылка>" ID                                          \
    "</Ссылка><НомерСчета>40702</НомерСчета><Владелец>" owner                                            \
    "</Владелец></КлючевыеСвойства><ВалютаДенежныхСредств>" \
    "<ДанныеКлассификатора/></ВалютаДенежныхСредств></Справочник.БанковскиеСчета>"

static void test_bad_messages_are_refused_with_the_line(void **state)
{
    static const struct {
        const char *bytes;
        const char *words;
    } bad[] = {
        {"<Сообщение/>", "Сообщение"},
        {"<Message/>", "header"},
        {"<Message><Body/></Message>", "header"},
        {"<Message><Header><Format>http://x</Format></Header></Message>", "Format"},
        {OPEN "\n<Справочник.Валюты><Код>1</Код></Справочник.Валюты>" CLOSE, "line 2"},
        {OPEN "<Справочник.Договоры>\n<КлючевыеСвойства><Ссылка>" ID
              "</Ссылка>\n<Дата>вчера</Дата></КлючевыеСвойства>"
              "</Справочник.Договоры>" CLOSE,
         "line 3"},
        {OPEN MONEY "</Body>", "line"},
        {OPEN "<Справочник.Валюты>\n<КлючевыеСвойства><Ссылка>" ID
              "</Ссылка></КлючевыеСвойства></Справочник.Валюты>" CLOSE,
         "line 2, ДанныеКлассификатора: the format requires it"},
        {OPEN "<Справочник.Валюты><КлючевыеСвойства>\n<Ссылка>никто</Ссылка>"
              "</КлючевыеСвойства></Справочник.Валюты>" CLOSE,
         "line 2, Ссылка \"никто\""},
        {OPEN "<Справочник.Валюты>\n<КлючевыеСвойства>руб.</КлючевыеСвойства>"
              "</Справочник.Валюты>" CLOSE,
         "line 2, КлючевыеСвойства \"руб.\": elements are wanted"},
        {OPEN "<Справочник.Склады><КлючевыеСвойства><Ссылка>" ID
              "</Ссылка><Наименование>Главный</Наименование>\n<ТипСклада>Сарай"
              "</ТипСклада></КлючевыеСвойства></Справочник.Склады>" CLOSE,
         "line 2, ТипСклада \"Сарай\": not a value of the format's closed list"},
        {OPEN "<Справочник.Склады><КлючевыеСвойства><Ссылка>" ID
              "</Ссылка>\n<Наименование><Имя/></Наименование>"
              "</КлючевыеСвойства></Справочник.Склады>" CLOSE,
         "line 2, Наименование: a text is wanted"},
        {OPEN "<Справочник.Склады><КлючевыеСвойства><Ссылка>" ID
              "</Ссылка><Наименование>А</Наименование>\n<Наименование>Б</Наименование>"
              "</КлючевыеСвойства></Справочник.Склады>" CLOSE,
         "line 2, Наименование: it stands there twice"},
        {OPEN ACCOUNT("<КонтрагентыСсылка>" KEY
                      "</КонтрагентыСсылка>\n<ОрганизацииСсылка>" KEY
                      "</ОрганизацииСсылка>") CLOSE,
         "line 2, ОрганизацииСсылка: another kind stands beside it"},
        {OPEN ACCOUNT("<ЧужаяСсылка>" KEY "</ЧужаяСсылка>") CLOSE,
         "line 1, Владелец: the format requires it"},
        {OPEN ACCOUNT("") CLOSE, "line 1, Владелец: the format requires it"},
        {"<Message><Header>\n<Format>" FL_ENTERPRISEDATA_URI
         "/9.9</Format></Header></Message>",
         "line 2: there is no version \"9.9\""},
        {"<Message><Header>\n<Format>" FL_ENTERPRISEDATA_URI
         "1.8</Format></Header></Message>",
         "line 2: the header's Format"},
        {"<Message>\n<Header><Format>" FL_ENTERPRISEDATA_URI "/1.8</Format>"
         "<Confirmation><From>БП</From></Confirmation></Header><Body/></Message>",
         "line 2: the header has no AvailableVersion"},
        {"<Message><Header><Format>" FL_ENTERPRISEDATA_URI "/1.8</Format>\n<Confirmation>"
         "<From>БП</From>\n<MessageNo>сто</MessageNo></Confirmation></Header></Message>",
         "line 3: MessageNo is no number"},
        {"<Message><Header>\n<Format>" FL_ENTERPRISEDATA_URI "/1.8</Format>\n<Format>"
         "x</Format></Header></Message>",
         "line 3: Format: it stands there twice"},
        {"<Message><Header><Format>" FL_ENTERPRISEDATA_URI "/1.8</Format>\n<Confirmation>"
         "<From>БП</From>\n<From>УТ</From></Confirmation></Header></Message>",
         "line 3: From: it stands there twice"},
        {"<Message><Header><Format>" FL_ENTERPRISEDATA_URI "/1.8</Format><Confirmation>\n"
         "<To><a/></To></Confirmation></Header></Message>",
         "line 2: To: a text is wanted"},
        {"<Message><Header><Format>" FL_ENTERPRISEDATA_URI
         "/1.8</Format><AvailableObjectTypes>\n<ObjectType><Sending>*</Sending>"
         "</ObjectType></AvailableObjectTypes></Header></Message>",
         "line 2: ObjectType: it has no Name"},
        {"<Message>\n<Header xmlns=\"urn:x\"><Format>" FL_ENTERPRISEDATA_URI
         "/1.8</Format></Header></Message>",
         "line 2: the namespace of the header is \"urn:x\""},
        {HEADER "\n<Body xmlns=\"urn:x\"/></Message>", "line 2: the namespace \"urn:x\""},
        {HEADER "\n<Body xmlns=\"" FL_ENTERPRISEDATA_URI "/9.9\"/></Message>",
         "line 2: the namespace"},
        {HEADER "<Body>\n<Справочник.Валюты/></Body></Message>",
         "line 2: the namespace \"\" is none of EnterpriseData"},
        {OPEN "\n<Справочник.Валюты>руб.<КлючевыеСвойства/></Справочник.Валюты>" CLOSE,
         "line 2, Справочник.Валюты \"руб.\": elements are wanted"},
        {OPEN "<Справочник.Валюты>\n<КлючевыеСвойства><Ссылка>" ID
              "</Ссылка>руб.</КлючевыеСвойства></Справочник.Валюты>" CLOSE,
         "line 2, КлючевыеСвойства \"руб.\": elements are wanted"},
    };
    static struct fair fair;

    (void)state;
    fair_open(&fair);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fl_codec_memory memory = {fl_bytes_of_text(bad[i].bytes)};
        struct fl_package_reader *reader = open_reader(&fair, &memory, true);
        const struct fl_object *object = NULL;
        struct fl_error error = {FL_OK, ""};
        enum fl_status status;

        do {
            status = fl_package_reader_next(reader, &object, &error);
        } while (status == FL_OK && object);
        if (status != FL_MALFORMED || !strstr(error.text, bad[i].words)) {
            fail_msg("%zu: %d %s", i, (int)status, error.text);
        }
        fl_package_reader_close(reader);
    }
    fair_close(&fair);
}

/* Every object of a catalog lacks what the format wants: they are refused. */
static void must_be_wanted(const char *catalog, const char *empty, const char *told)
{
    static struct fair fair;
    char words[100];

    fair_open(&fair);
    for (size_t i = 0; i < fair.count; i++) {
        const struct fl_type *const type =
            fl_configuration_type(fair.configuration, fair.objects[i].key.type);

        if (strcmp(type->name, catalog) == 0) {
            const struct fl_attribute *const emptied = attribute(type, empty);

            fair_field(&fair.objects[i], emptied->number)->value =
                fl_value_empty(&emptied->type);
        }
    }
    struct message message = write_all(&fair, "1.8", NULL);

    assert_true(message.refused >= EACH);
    (void)snprintf(words, sizeof(words), "%s: the format requires it", told);
    if (!strstr(message.last.text, words)) {
        fail_msg("%s", message.last.text);
    }
    fl_buffer_deinit(&message.buffer);
    fair_close(&fair);
}

/* What the format requires and we have not. */
static void test_what_does_not_fit_is_refused_before_a_byte_leaves(void **state)
{
    (void)state;
    must_be_wanted("Склады", "Description", "Наименование");
    /* The schema takes an account of nobody; 1C does not. */
    must_be_wanted("БанковскиеСчета", "Owner", "Владелец");
}

/* Rows of a table for which the mapping gives nothing are not left out in silence. */
static void test_a_row_without_content_is_a_row(void **state)
{
    static const char text[] =
        "<mapping format=\"enterprisedata\" name=\"x\" key=\"КлючевыеСвойства\">"
        "<object of=\"Справочник.Контрагенты\" as=\"Справочник.Контрагенты\">"
        "<key><fixed as=\"Наименование\" value=\"x\"/>"
        "<fixed as=\"ЮридическоеФизическоеЛицо\" value=\"ЮридическоеЛицо\"/></key>"
        "<table of=\"КонтактнаяИнформация\" as=\"КонтактнаяИнформация/Строка\">"
        "</table></object></mapping>";
    static struct fair fair;
    struct fl_codec_memory memory = {fl_bytes_of_text(text)};
    struct fl_error error = {FL_OK, ""};

    (void)state;
    fair_open(&fair);
    fl_conversion_free(fair.conversion);
    assert_int_equal(
        fl_conversion_read(
            fair.configuration, fl_codec_memory_source(&memory), &fair.conversion,
            &error),
        FL_OK);
    struct message message = write_all(&fair, "1.8", NULL);

    assert_true(message.refused > 0);
    assert_non_null(
        strstr(message.last.text, "КонтактнаяИнформация/Строка/ВидКонтактнойИнформации"));
    fl_buffer_deinit(&message.buffer);
    fair_close(&fair);
}

static bool tell(void *context, const char *words)
{
    print_message("%s: %s\n", (const char *)context, words);
    return true;
}

static bool count_words(void *context, const char *words)
{
    (void)words;
    ++*(size_t *)context;
    return true;
}

static void test_the_shipped_mapping_fits_every_version(void **state)
{
    static struct fair fair;
    struct fl_error error = {FL_OK, ""};
    const char *version;

    (void)state;
    fair_open(&fair);
    assert_null(fl_conversion_remark(fair.conversion, 0));
    for (size_t i = 0; (version = fl_enterprisedata_version(i)); i++) {
        size_t count = 0;

        assert_int_equal(
            fl_enterprisedata_check(
                fair.conversion, version, count_words, &count, &error),
            FL_OK);
        if (count > 0) {
            (void)fl_enterprisedata_check(
                fair.conversion, version, tell, (void *)(uintptr_t)version, &error);
            fail_msg("%s: %zu", version, count);
        }
    }
    assert_int_equal(
        fl_enterprisedata_check(fair.conversion, "1.99", count_words, NULL, &error),
        FL_REFUSED);
    fair_close(&fair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_mapping_fits_every_version),
        cmocka_unit_test(test_every_version_comes_back),
        cmocka_unit_test(test_what_the_peer_calls_otherwise_keeps_its_kind),
        cmocka_unit_test(test_the_receiver_decides_what_is_sent),
        cmocka_unit_test(test_reading_is_tolerant),
        cmocka_unit_test(test_what_becomes_empty_is_told),
        cmocka_unit_test(test_an_object_of_many_blocks),
        cmocka_unit_test(test_a_deletion_marks_what_is_here),
        cmocka_unit_test(test_money_moves_by_any_document),
        cmocka_unit_test(test_what_is_gone_is_written_as_a_deletion),
        cmocka_unit_test(test_settings_have_no_body),
        cmocka_unit_test(test_bad_messages_are_refused_with_the_line),
        cmocka_unit_test(test_what_does_not_fit_is_refused_before_a_byte_leaves),
        cmocka_unit_test(test_a_row_without_content_is_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
