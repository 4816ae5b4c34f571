/* Messages of foreign formats that are read and written in shares, others doing what they
   do between. */

#include "fixture.h"

#include "change/ref.h"
#include "endpoint/endpoint.h"
#include "endpoint/endpoint_matches.h"
#include "endpoint/endpoints.h"
#include "enterprisedata/correspondent_codec.h"
#include "kd2/kd2_codec.h"
#include "storage/registered.h"

enum { PARTNERS = 3000 };

#define THEIRS "22222222-3333-4444-8555-000000000001"
#define OURS   "Catalog.Контрагенты:11111111-2222-4333-8444-000000000001"

struct format {
    const char *name;
    const char *mapping;
    const char *begin;
    const char *partner; /* %1: number, %2: identity, %3: INN */
    const char *end;
};

static const struct format KD2 = {
    "--format=kd2", "--mapping=" FILIAL_MAPPINGS "/kd2/accounting8.xml",
    "<ФайлОбмена ВерсияФормата=\"3.1\"><ПравилаОбмена/>\n"
    "<ДанныеПоОбмену ПланОбмена=\"Филиалы\" Кому=\"Ф01\" ОтКого=\"БП01\" "
    "НомерИсходящегоСообщения=\"1\" НомерВходящегоСообщения=\"0\"/>\n",
    "<Объект Нпп=\"%1\" Тип=\"СправочникСсылка.Контрагенты\" "
    "ИмяПравила=\"Контрагенты\"><Ссылка Нпп=\"%1\">"
    "<Свойство Имя=\"{УникальныйИдентификатор}\"><Значение>%2</Значение></Свойство>"
    "<Свойство Имя=\"ИНН\"><Значение>%3</Значение></Свойство>"
    "<Свойство Имя=\"КПП\"><Значение>770</Значение></Свойство></Ссылка>"
    "<Свойство Имя=\"НаименованиеПолное\"><Значение>из файла</Значение></Свойство>"
    "</Объект>\n",
    "</ФайлОбмена>\n"};

static const struct format ENTERPRISEDATA = {
    "--format=enterprisedata",
    "--mapping=" FILIAL_MAPPINGS "/enterprisedata/demonstration.xml",
    "<Message xmlns:msg=\"http://www.1c.ru/SSL/Exchange/Message\"><msg:Header>"
    "<msg:Format>http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8</msg:Format>"
    "<msg:CreationDate>2026-09-06T10:36:59</msg:CreationDate><msg:Confirmation>"
    "<msg:ExchangePlan>Филиалы</msg:ExchangePlan><msg:To>Ф01</msg:To>"
    "<msg:From>БП01</msg:From><msg:MessageNo>1</msg:MessageNo>"
    "<msg:ReceivedNo>0</msg:ReceivedNo></msg:Confirmation>"
    "<msg:AvailableVersion>1.8</msg:AvailableVersion></msg:Header>"
    "<Body xmlns=\"http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8\">\n",
    "<Справочник.Контрагенты><КлючевыеСвойства><Ссылка>%2</Ссылка>"
    "<Наименование>номер %1</Наименование>"
    "<НаименованиеПолное>из файла</НаименованиеПолное><ИНН>%3</ИНН><КПП>770</КПП>"
    "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>"
    "</КлючевыеСвойства></Справочник.Контрагенты>\n",
    "</Body></Message>\n"};

static void put(
    FILE *file,
    const struct format *format,
    unsigned number,
    const char *id,
    const char *inn)
{
    const char *at = format->partner;
    for (const char *sign; (sign = strchr(at, '%')) != NULL; at = sign + 2) {
        fwrite(at, 1, (size_t)(sign - at), file);
        if (sign[1] == '1') {
            fprintf(file, "%u", number);
        } else {
            fputs(sign[1] == '2' ? id : inn, file);
        }
    }
    fputs(at, file);
}

/* From the base `code`. The last of them is the one that we have, too. */
static void write_file(
    const struct fixture *fixture,
    const struct format *format,
    const char *code,
    const char *name)
{
    FILE *file = fopen(fixture_path(fixture, name), "w");
    const char *from = strstr(format->begin, "БП01");
    assert_non_null(file);
    assert_non_null(from);
    fprintf(
        file, "%.*s%s%s", (int)(from - format->begin), format->begin, code,
        from + strlen("БП01"));
    for (unsigned i = 1; i < PARTNERS; i++) {
        char id[40];
        char inn[16];
        snprintf(id, sizeof id, "22222222-3333-4444-8555-1%011u", i);
        snprintf(inn, sizeof inn, "%u", i);
        put(file, format, i, id, inn);
    }
    put(file, format, PARTNERS, THEIRS, "999999");
    fputs(format->end, file);
    assert_int_equal(fclose(file), 0);
}

static void write_message(const struct fixture *fixture, const struct format *format)
{
    write_file(fixture, format, "БП01", "Message_БП01_Ф01.xml");
}

static uint32_t first_peer(const struct fixture *fixture)
{
    struct fl_endpoint_settings settings;
    uint32_t peer = 0;
    struct fl_txn txn;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    assert_int_equal(fl_endpoint_settings_next(&txn, 0, &peer, &settings), FL_OK);
    fl_txn_abort(&txn);
    return peer;
}

/* As the daemon does; as soon as something is applied somebody enters ours. */
static void import_beside_others(struct fixture *fixture)
{
    struct fl_endpoints *endpoints = fl_endpoints_new(fixture->node);
    struct fl_endpoint_poll *poll = fl_endpoints_read_one(endpoints, first_peer(fixture));
    bool is_entered = false;
    bool wrote = false;
    assert_non_null(poll);
    fl_endpoint_poll_now(poll, 0, /* force= */ true);
    while (poll->rounds == 0) {
        (void)fl_endpoint_poll_step(poll, /* now_ms= */ 0, &wrote);
        if (!is_entered && poll->phase == FL_POLL_APPLYING &&
            fl_endpoint_import_writes(poll->import)) {
            is_entered = true;
            assert_int_equal(
                fixture_run(
                    fixture, "object", "put", OURS, "--set", "ИНН=999999", "--set",
                    "КПП=770", "--set", "Description=наш"),
                0);
        }
    }
    assert_string_equal(poll->state.words, "");
    assert_int_equal(poll->state.in_number, 1);
    fl_endpoints_free(endpoints);
    assert_true(is_entered);
}

static void must_find_who_comes_between(
    struct fixture *fixture,
    const struct format *format)
{
    assert_int_equal(
        fixture_run(
            fixture, "endpoint", "add", "--node=БП01", format->name, format->mapping,
            "--directory", fixture->directory),
        0);
    write_message(fixture, format);
    import_beside_others(fixture);
    /* Ours is theirs: no second one was made. */
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Контрагенты:" THEIRS), 1);
}

static void test_kd2_finds_who_comes_between_two_shares(void **state)
{
    must_find_who_comes_between(*state, &KD2);
}

static void test_enterprisedata_finds_who_comes_between_two_shares(void **state)
{
    must_find_who_comes_between(*state, &ENTERPRISEDATA);
}

/* --- many at once --- */

enum { BUSY = 4 };

static bool is_reading(const struct fl_endpoint_poll *poll)
{
    return poll->phase == FL_POLL_APPLYING && !fl_endpoint_import_writes(poll->import);
}

/* Who reads on behind a step has used up a share in it, or has come to the end. */
static size_t serve_once(
    struct fl_endpoints *endpoints,
    struct fl_endpoint_poll *const *polls)
{
    bool was_reading[BUSY];
    uint64_t turns[BUSY];
    size_t count = 0;
    for (size_t i = 0; i < BUSY; i++) {
        was_reading[i] = is_reading(polls[i]);
        turns[i] = polls[i]->turns;
    }
    (void)fl_endpoints_serve(endpoints, /* now_ms= */ 0);
    for (size_t i = 0; i < BUSY; i++) {
        count += was_reading[i] && is_reading(polls[i]) && polls[i]->turns > turns[i];
    }
    return count;
}

static void test_of_many_that_work_one_has_its_share_in_a_turn(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_poll *polls[BUSY];
    uint32_t peers[BUSY];
    struct fl_endpoint_settings settings;
    struct fl_txn txn;
    uint32_t peer = 0;
    size_t shares = 0;
    size_t beside = 0;
    for (unsigned i = 0; i < BUSY; i++) {
        char code[16];
        char name[32];
        snprintf(code, sizeof code, "К%u", i);
        snprintf(name, sizeof name, "in%u.xml", i);
        write_file(fixture, &KD2, code, name);
        assert_int_equal(
            fixture_run(
                fixture, "endpoint", "add", "--node", code, KD2.name, KD2.mapping,
                "--incoming", name, "--directory", fixture->directory),
            0);
    }
    struct fl_endpoints *endpoints = fl_endpoints_new(fixture->node);
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    for (size_t i = 0; i < BUSY; i++) {
        assert_int_equal(fl_endpoint_settings_next(&txn, peer, &peer, &settings), FL_OK);
        peers[i] = peer;
    }
    fl_txn_abort(&txn);
    for (size_t i = 0; i < BUSY; i++) {
        polls[i] = fl_endpoints_read_one(endpoints, peers[i]);
        fl_endpoint_poll_now(polls[i], 0, /* force= */ true);
    }
    for (size_t ended = 0; ended < BUSY;) {
        const size_t count = serve_once(endpoints, polls);
        shares += count;
        beside += count > 1 ? count - 1 : 0;
        ended = 0;
        for (size_t i = 0; i < BUSY; i++) {
            ended += polls[i]->rounds > 0;
        }
    }
    for (size_t i = 0; i < BUSY; i++) {
        assert_string_equal(polls[i]->state.words, "");
    }
    assert_int_not_equal(shares, 0);
    assert_in_range(beside, 0, BUSY);
    fl_endpoints_free(endpoints);
}

/* --- writing --- */

/* The message is begun, some of it is in the file. */
static struct fl_endpoint_export *begin_export(
    struct fixture *fixture,
    const struct fl_endpoint_codec *codec)
{
    struct fl_endpoint_export *export = NULL;
    struct fl_endpoint_export_report report = {0};
    struct fl_error error = {.text = ""};
    struct fl_output output;
    bool done = false;
    const struct fl_endpoint_export_options options = {
        .code = "БП01", .path = fixture_path(fixture, "out.xml")};
    fl_output_init_silent(&output);
    enum fl_status status = fl_endpoint_export_begin(
        fixture->node, codec, &options, &output, &export, &error);
    while (status == FL_OK && report.objects == 0 && !done) {
        status = fl_endpoint_export_step(
            export, &output, /* share_ms= */ 1, &done, &report, &error);
    }
    if (status != FL_OK || done) {
        fail_msg("%d %s", done, error.text);
    }
    fl_output_deinit(&output);
    return export;
}

static void finish_export(struct fl_endpoint_export *export)
{
    struct fl_endpoint_export_report report;
    struct fl_error error = {.text = ""};
    struct fl_output output;
    bool done = false;
    fl_output_init_silent(&output);
    if (fl_endpoint_export_step(
            export, &output, /* share_ms= */ 0, &done, &report, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_true(done);
    fl_output_deinit(&output);
    fl_endpoint_export_end(export);
}

/* All that came from the base is ours since. */
static void change_all(struct fixture *fixture)
{
    char *lines = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&lines, &size);
    assert_non_null(stream);
    for (unsigned i = 1; i < PARTNERS; i++) {
        fprintf(
            stream,
            "{\"put\":\"Catalog.Контрагенты:22222222-3333-4444-8555-1%011u\","
            "\"set\":{\"Description\":\"наш %u\"}}\n",
            i, i);
    }
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(fixture_feed(fixture, lines, "batch"), 0);
    free(lines);
}

static void add_base(struct fixture *fixture, const struct format *format)
{
    assert_int_equal(
        fixture_run(
            fixture, "endpoint", "add", "--node=БП01", format->name, format->mapping,
            "--role=parent", "--directory", fixture->directory),
        0);
}

#define CROSSING "22222222-3333-4444-8555-100000000001"

/*
 * The base changes what a message that is being written has already: it would get ours
 * over it, and what it sent would be here.
 */
static void test_what_crosses_a_message_that_is_being_written_goes_back(void **state)
{
    struct fixture *fixture = *state;
    struct fl_registered row;
    struct fl_error error;
    struct fl_key key;
    struct fl_txn txn;
    add_base(fixture, &ENTERPRISEDATA);
    write_message(fixture, &ENTERPRISEDATA);
    assert_int_equal(
        fixture_run(fixture, "import", ENTERPRISEDATA.name, "Message_БП01_Ф01.xml"), 0);
    change_all(fixture);
    struct fl_endpoint_export *export =
        begin_export(fixture, &fl_correspondent_endpoint.codec);
    FILE *file = fopen(fixture_path(fixture, "in.xml"), "w");
    assert_non_null(file);
    const char *number = strstr(ENTERPRISEDATA.begin, "<msg:MessageNo>1");
    fprintf(
        file, "%.*s<msg:MessageNo>2%s", (int)(number - ENTERPRISEDATA.begin),
        ENTERPRISEDATA.begin, number + strlen("<msg:MessageNo>1"));
    put(file, &ENTERPRISEDATA, 7777, CROSSING, "1");
    fputs(ENTERPRISEDATA.end, file);
    assert_int_equal(fclose(file), 0);
    if (fixture_run(fixture, "import", ENTERPRISEDATA.name, "in.xml") != 0) {
        fail_msg("%s", fixture->complaint);
    }
    finish_export(export);
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Контрагенты:" CROSSING), 0);
    fixture_must_say(fixture->out, "7777");
    assert_int_equal(
        fl_ref_parse(
            fixture->node->configuration,
            fl_bytes_of_text("Catalog.Контрагенты:" CROSSING), &key, &error),
        FL_OK);
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    assert_int_equal(fl_registered_get(&txn, first_peer(fixture), key, &row), FL_OK);
    fl_txn_abort(&txn);
}

static struct fl_key put_pair(struct fixture *fixture, uint8_t number)
{
    const struct fl_type *type = NULL;
    struct fl_error error;
    struct fl_txn txn;
    assert_int_equal(
        fl_ref_parse_type(
            fixture->node->configuration, fl_bytes_of_text("Catalog.Контрагенты"), &type,
            &error),
        FL_OK);
    const struct fl_key theirs = {.type = type->number, .id = {{number, 1}}};
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_WRITE);
    fl_endpoint_matches_put(
        &txn, first_peer(fixture), theirs, (struct fl_uuid){{number, 2}},
        /* tell= */ true);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    return theirs;
}

/* By which message it was told first. */
static uint64_t telling_of(struct fixture *fixture, struct fl_key theirs)
{
    struct fl_endpoint_told told = {.number = UINT64_MAX};
    struct fl_key at = {0};
    struct fl_txn txn;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    do {
        assert_int_equal(
            fl_endpoint_matches_next_to_tell(
                &txn, first_peer(fixture), at.type == 0 ? NULL : &at, &told),
            FL_OK);
        at = told.theirs;
    } while (!fl_key_equal(at, theirs));
    fl_txn_abort(&txn);
    return told.number;
}

static void test_a_pair_that_comes_between_is_told_by_the_next_message(void **state)
{
    struct fixture *fixture = *state;
    add_base(fixture, &KD2);
    change_all(fixture);
    const struct fl_key before = put_pair(fixture, 5);
    struct fl_endpoint_export *export = begin_export(fixture, &fl_kd2_endpoint.codec);
    assert_int_equal(telling_of(fixture, before), 0);
    const struct fl_key between = put_pair(fixture, 3);
    finish_export(export);
    assert_int_equal(telling_of(fixture, before), 1);
    assert_int_equal(telling_of(fixture, between), 0);
    finish_export(begin_export(fixture, &fl_kd2_endpoint.codec));
    assert_int_equal(telling_of(fixture, before), 1);
    assert_int_equal(telling_of(fixture, between), 2);
}

/* What a killed daemon has left goes; what is being written stays. */
static void test_what_was_left_half_written_goes(void **state)
{
    struct fixture *fixture = *state;
    char ours[64];
    struct fl_error error;
    add_base(fixture, &KD2);
    const uint32_t peer = first_peer(fixture);
    assert_int_equal(fl_endpoint_own_make(fixture->node, peer, NULL, &error), FL_OK);
    snprintf(ours, sizeof ours, ".filial-%ld-700.part", (long)getpid());
    char *left_path = fl_endpoint_own_path(fixture->node, peer, ".filial-1-0.part");
    char *our_path = fl_endpoint_own_path(fixture->node, peer, ours);
    char *other_path = fl_endpoint_own_path(fixture->node, peer, "Message_Ф01_БП01.xml");
    fixture_write(left_path, "<half");
    fixture_write(our_path, "<half");
    fixture_write(other_path, "<whole/>");
    struct fl_endpoints *endpoints = fl_endpoints_new(fixture->node);
    assert_non_null(fl_endpoints_read_one(endpoints, peer));
    fl_endpoints_free(endpoints);
    assert_int_not_equal(access(left_path, F_OK), 0);
    assert_int_equal(access(our_path, F_OK), 0);
    assert_int_equal(access(other_path, F_OK), 0);
    fl_free(left_path);
    fl_free(our_path);
    fl_free(other_path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kd2_finds_who_comes_between_two_shares),
        TEST(test_enterprisedata_finds_who_comes_between_two_shares),
        TEST(test_of_many_that_work_one_has_its_share_in_a_turn),
        TEST(test_what_crosses_a_message_that_is_being_written_goes_back),
        TEST(test_a_pair_that_comes_between_is_told_by_the_next_message),
        TEST(test_what_was_left_half_written_goes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
