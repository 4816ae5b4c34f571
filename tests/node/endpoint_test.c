#include "fixture.h"

#include "change/ref.h"
#include "endpoint/endpoint.h"
#include "endpoint/endpoint_codec.h"
#include "storage/registered.h"

#define CURRENCY_REF "11111111-2222-4333-8444-000000000001"

static const char CURRENCY[] = "<CatalogObject.Валюты><Ref>" CURRENCY_REF "</Ref>"
                               "<DeletionMark>false</DeletionMark><Code>643</Code>"
                               "<Description>%s</Description>"
                               "<НаименованиеПолное/><Кратность>1</Кратность>"
                               "</CatalogObject.Валюты>";

struct header {
    const char *plan;
    const char *to;
    const char *from;
    unsigned number;
    unsigned received;
};

static struct header header(unsigned number)
{
    return (struct header){"Филиалы", "Ф01", "БП01", number, 0};
}

static const char *write_package(
    struct fixture *fixture,
    struct header head,
    const char *body)
{
    static char text[FIXTURE_TEXT_BYTES];
    snprintf(
        text, sizeof text,
        "<v8msg:Message xmlns:v8msg=\"http://v8.1c.ru/messages\"><v8msg:Header>"
        "<v8msg:ExchangePlan>%s</v8msg:ExchangePlan><v8msg:To>%s</v8msg:To>"
        "<v8msg:From>%s</v8msg:From><v8msg:MessageNo>%u</v8msg:MessageNo>"
        "<v8msg:ReceivedNo>%u</v8msg:ReceivedNo></v8msg:Header>"
        "<v8msg:Body xmlns:v8=\"http://v8.1c.ru/data\" "
        "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">%s</v8msg:Body>"
        "</v8msg:Message>",
        head.plan, head.to, head.from, head.number, head.received, body);
    fixture_write(fixture_path(fixture, "in.xml"), text);
    return "in.xml";
}

static const char *currency(const char *description)
{
    static char text[1000];
    snprintf(text, sizeof text, CURRENCY, description);
    return text;
}

static struct fl_peer peer_of(struct fl_node *node, const char *code)
{
    struct fl_txn txn;
    struct fl_peer peer;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    assert_int_equal(
        fl_peers_by_code(&txn, node->plan_hash, fl_bytes_of_text(code), &peer), FL_OK);
    fl_txn_abort(&txn);
    return peer;
}

static int setup(void **state)
{
    fixture_setup(state);
    assert_int_equal(
        fixture_run((struct fixture *)*state, "node", "add", "БП01", "--format=v8msg"),
        0);
    return 0;
}

static void import(struct fixture *fixture, struct header head, const char *body)
{
    write_package(fixture, head, body);
    if (fixture_run(fixture, "import", "in.xml") != 0) {
        fail_msg("%s", fixture->complaint);
    }
}

/* Refused with these words, and neither content, journal nor numbers have moved. */
static void must_refuse_file(struct fixture *fixture, const char *words)
{
    struct fixture_state before = fixture_content(fixture->node);
    struct fl_peer peer = peer_of(fixture->node, "БП01");
    assert_int_equal(fixture_run(fixture, "import", "in.xml"), FL_EXIT_FAILED);
    fixture_must_say(fixture->complaint, words);
    fixture_must_be_unchanged(fixture->node, &before);
    struct fl_peer now = peer_of(fixture->node, "БП01");
    assert_int_equal(now.number_received, peer.number_received);
    assert_int_equal(now.confirmed_number, peer.confirmed_number);
}

static void must_refuse(
    struct fixture *fixture,
    struct header head,
    const char *body,
    const char *words)
{
    write_package(fixture, head, body);
    must_refuse_file(fixture, words);
}

static void put_description(struct fixture *fixture, const char *description)
{
    char assignment[100];
    snprintf(assignment, sizeof assignment, "Description=%s", description);
    assert_int_equal(
        fixture_run(
            fixture, "object", "put", "Catalog.Валюты:" CURRENCY_REF, "--set",
            assignment),
        0);
}

static void must_hold(struct fixture *fixture, const char *part)
{
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Валюты:" CURRENCY_REF), 0);
    fixture_must_say(fixture->out, part);
}

static void test_a_package_is_applied_and_its_number_moves(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(3), currency("рубль"));
    must_hold(fixture, "рубль");
    assert_int_equal(peer_of(fixture->node, "БП01").number_received, 3);
    import(fixture, header(9), currency("рубли"));
    must_hold(fixture, "рубли");
    import(
        fixture, header(10),
        "<v8:ObjectDeletion><v8:Ref xsi:type=\"CatalogRef.Валюты\">" CURRENCY_REF
        "</v8:Ref></v8:ObjectDeletion>");
    assert_int_equal(
        fixture_run(fixture, "object", "get", "Catalog.Валюты:" CURRENCY_REF), 1);
}

/* The base knows the predefined item of this name by a ref of its own. */
static void test_refs_of_predefined_items_are_each_sides_own(void **state)
{
    struct fixture *fixture = *state;
    static const char theirs[] = "99999999-2222-4333-8444-000000000001";
    char body[2000];
    import(
        fixture, header(1),
        "<CatalogObject.Валюты><Ref>" CURRENCY_REF "</Ref><DeletionMark>false"
        "</DeletionMark><Code>643</Code><Description>рубль</Description>"
        "<PredefinedDataName>Рубль</PredefinedDataName></CatalogObject.Валюты>");
    snprintf(
        body, sizeof body,
        "<CatalogObject.Валюты><Ref>%s</Ref><DeletionMark>false</DeletionMark>"
        "<Code>643</Code><Description>из базы</Description>"
        "<PredefinedDataName>Рубль</PredefinedDataName><НаименованиеПолное/>"
        "<Кратность>1</Кратность></CatalogObject.Валюты><!--<PredefinedData>"
        "<CatalogRef.Валюты PredefinedDataName=\"Рубль\">%s</CatalogRef.Валюты>"
        "</PredefinedData>-->",
        theirs, theirs);
    import(fixture, header(2), body);
    must_hold(fixture, "из базы");
    assert_int_equal(fixture_run(fixture, "object", "get", "Catalog.Валюты.Рубль"), 0);
    fixture_must_say(fixture->out, CURRENCY_REF);
    put_description(fixture, "отсюда");
    assert_int_equal(
        fixture_run(fixture, "export", "--to", "БП01", "--directory", "."), 0);
    char text[FIXTURE_TEXT_BYTES] = "";
    FILE *file = fopen(fixture_path(fixture, "Message_Ф01_БП01.xml"), "rb");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    fixture_must_say(text, theirs);
    assert_null(strstr(text, CURRENCY_REF));
}

/* Read whole by its first step, and applied by the second. */
static struct fl_endpoint_import *begin_import(struct fixture *fixture)
{
    struct fl_endpoint_import *import = NULL;
    struct fl_endpoint_import_report report;
    struct fl_error error;
    const struct fl_endpoint_import_source source = {
        .path = fixture_path(fixture, "in.xml")};
    bool done = true;
    write_package(fixture, header(5), currency("рубль"));
    assert_int_equal(
        fl_endpoint_import_begin(
            fixture->node, &fl_endpoint_v8msg, &source, &import, &report, &error),
        FL_OK);
    struct fl_output output;
    fl_output_init(&output, false, false, fixture_take, fixture);
    assert_int_equal(
        fl_endpoint_import_step(import, &output, 0, &done, &report, &error), FL_OK);
    fl_output_deinit(&output);
    assert_false(done);
    assert_false(fl_endpoint_import_writes(import));
    return import;
}

static enum fl_status step_import(
    struct fixture *fixture,
    struct fl_endpoint_import *import,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_endpoint_import_report report;
    struct fl_output output;
    fl_output_init(&output, false, false, fixture_take, fixture);
    enum fl_status status =
        fl_endpoint_import_step(import, &output, 0, out_done, &report, out_error);
    fl_output_deinit(&output);
    return status;
}

static void test_others_work_between_the_steps_of_an_import(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error = {.text = ""};
    bool done = false;
    struct fl_endpoint_import *import = begin_import(fixture);
    assert_int_equal(fixture_run(fixture, "node", "add", "БП02", "--format=v8msg"), 0);
    assert_int_equal(step_import(fixture, import, &done, &error), FL_OK);
    assert_true(done);
    fl_endpoint_import_end(import);
    must_hold(fixture, "рубль");
    assert_int_equal(peer_of(fixture->node, "БП01").number_received, 5);
}

static void test_an_import_that_is_given_up_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_state before = fixture_content(fixture->node);
    fl_endpoint_import_end(begin_import(fixture));
    fixture_must_be_unchanged(fixture->node, &before);
    assert_int_equal(peer_of(fixture->node, "БП01").number_received, 0);
}

/* What was judged when it was read does not hold any more. */
static void test_an_import_is_judged_again_before_each_step(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error = {.text = ""};
    bool done = false;
    struct fl_endpoint_import *import = begin_import(fixture);
    assert_int_equal(fixture_run(fixture, "node", "suspend", "БП01"), 0);
    assert_int_equal(step_import(fixture, import, &done, &error), FL_UNTRUSTED);
    fixture_must_say(error.text, "was ended while");
    fl_endpoint_import_end(import);
    assert_int_equal(fixture_run(fixture, "node", "resume", "БП01"), 0);
    import = begin_import(fixture);
    assert_int_equal(fixture_run(fixture, "import", "in.xml"), 0);
    assert_int_equal(step_import(fixture, import, &done, &error), FL_REFUSED);
    fixture_must_say(error.text, "accepted already");
    fl_endpoint_import_end(import);
}

static void test_an_import_ends_when_the_configuration_changes(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error = {.text = ""};
    bool done = false;
    struct fl_endpoint_import *import = begin_import(fixture);
    write_package(
        fixture, header(6),
        "<CatalogObject.Новый><Ref>" CURRENCY_REF "</Ref>"
        "<Code>1</Code></CatalogObject.Новый>");
    assert_int_equal(fixture_run(fixture, "configuration", "learn", "in.xml"), 0);
    assert_int_equal(step_import(fixture, import, &done, &error), FL_BUSY);
    fixture_must_say(error.text, "the configuration changed");
    fl_endpoint_import_end(import);
    assert_int_equal(peer_of(fixture->node, "БП01").number_received, 0);
}

/* Its number is what it was, but it has been read anew: what pointed into it is gone. */
static void test_an_import_ends_when_the_configuration_changes_there_and_back(
    void **state)
{
    struct fixture *fixture = *state;
    const uint16_t number = fixture->node->configuration_number;
    struct fl_endpoint_import *import = begin_import(fixture);
    struct fl_error error = {.text = ""};
    bool done = false;
    fixture_take_up(fixture->node, 0);
    fixture_take_up(fixture->node, number);
    assert_int_equal(step_import(fixture, import, &done, &error), FL_BUSY);
    fixture_must_say(error.text, "the configuration changed");
    fl_endpoint_import_end(import);
}

static void test_an_export_ends_when_the_configuration_changes(void **state)
{
    struct fixture *fixture = *state;
    const uint16_t number = fixture->node->configuration_number;
    const struct fl_endpoint_export_options options = {
        .code = "БП01", .path = fixture_path(fixture, "out.xml")};
    struct fl_endpoint_export *export = NULL;
    struct fl_endpoint_export_report report;
    struct fl_error error = {.text = ""};
    struct fl_output output;
    bool done = false;
    put_description(fixture, "первый");
    fl_output_init_silent(&output);
    assert_int_equal(
        fl_endpoint_export_begin(
            fixture->node, &fl_endpoint_v8msg, &options, &output, &export, &error),
        FL_OK);
    fixture_take_up(fixture->node, 0);
    fixture_take_up(fixture->node, number);
    assert_int_equal(
        fl_endpoint_export_step(
            export, &output, /* share_ms= */ 0, &done, &report, &error),
        FL_BUSY);
    fixture_must_say(error.text, "the configuration changed");
    fl_endpoint_export_end(export);
    fl_output_deinit(&output);
    assert_int_equal(peer_of(fixture->node, "БП01").number_sent, 0);
}

/* How a distributed infobase wraps its data is learnt from it, and written like it. */
static void test_a_wrapping_is_learnt_and_written(void **state)
{
    struct fixture *fixture = *state;
    static char body[2000];
    snprintf(
        body, sizeof body,
        "<d:Changes "
        "xmlns:d=\"http://example.org/dib\"><d:Signature>x</d:Signature>"
        "<d:Data>%s</d:Data></d:Changes><Parameters/>",
        currency("рубль"));
    import(fixture, header(1), currency("рубли"));
    assert_int_equal(fixture_run(fixture, "export", "--to=БП01", "out.xml"), 0);
    fixture_must_say(fixture->complaint, "РИБ");
    import(fixture, header(2), body);
    put_description(fixture, "другое");
    if (fixture_run(fixture, "export", "--to=БП01", "out.xml") != 0) {
        fail_msg("%s", fixture->complaint);
    }
    FILE *file = fopen(fixture_path(fixture, "out.xml"), "r");
    static char text[8000];
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    fixture_must_say(text, "<d:Changes xmlns:d=\"http://example.org/dib\">");
    fixture_must_say(text, "<d:Data xmlns:d=");
    fixture_must_say(text, "</d:Changes>\n\t\t<Parameters/>\n\t</v8msg:Body>");
}

/* A file of all data goes over what is here, and a second time changes nothing. */
static void test_all_data_of_a_base_is_taken_and_given(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(1), currency("рубль"));
    assert_int_equal(fixture_run(fixture, "export", "--format=1cv8dtud", "all.xml"), 0);
    put_description(fixture, "другое");
    assert_int_equal(fixture_run(fixture, "import", "--format=1cv8dtud", "all.xml"), 0);
    must_hold(fixture, "рубль");
    assert_int_equal(
        fixture_run(fixture, "import", "--format=1cv8dtud", "all.xml", "--json"), 0);
    fixture_must_say(fixture->out, "\"applied\": 0");
    assert_int_equal(
        fixture_run(fixture, "export", "--format=1cv8dtud", "--xdto", "all.xml"), 0);
    assert_int_equal(
        fixture_run(fixture, "import", "--format=1cv8dtud", "all.xml", "--json"), 0);
    fixture_must_say(fixture->out, "\"applied\": 0");
    assert_int_equal(fixture_run(fixture, "export", "--format=1cv8dtud", "all.zip"), 0);
    char magic[2] = "";
    FILE *file = fopen(fixture_path(fixture, "all.zip"), "rb");
    assert_non_null(file);
    assert_int_equal(fread(magic, 1, sizeof magic, file), sizeof magic);
    assert_int_equal(fclose(file), 0);
    assert_memory_equal(magic, "PK", sizeof magic);
    assert_int_equal(
        fixture_run(fixture, "import", "--format=1cv8dtud", "all.zip", "--json"), 0);
    fixture_must_say(fixture->out, "\"applied\": 0");
    fixture_write(fixture_path(fixture, "all.xml"), "<a/>");
    assert_int_equal(
        fixture_run(fixture, "import", "--format=1cv8dtud", "all.xml"), FL_EXIT_FAILED);
    assert_int_equal(
        fixture_run(fixture, "import", "--format=dt", "all.xml"), FL_EXIT_USAGE);
}

static void test_an_old_or_repeated_number_counts_for_nothing(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(5), currency("рубль"));
    must_refuse(fixture, header(5), currency("другой"), "accepted already");
    must_refuse(fixture, header(4), currency("другой"), "is older than number 5");
    must_hold(fixture, "рубль");
}

static void test_a_package_for_somebody_else_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct header other = header(1);
    other.plan = "Полный";
    must_refuse(fixture, other, currency("x"), "of the plan \"Полный\"");
    other = header(1);
    other.to = "Ф02";
    must_refuse(fixture, other, currency("x"), "is for \"Ф02\"");
    other = header(1);
    other.from = "БП99";
    must_refuse(fixture, other, currency("x"), "filial node add БП99");
    assert_int_equal(fixture_run(fixture, "node", "suspend", "БП01"), 0);
    must_refuse(fixture, header(1), currency("x"), "suspended or revoked");
    assert_int_equal(fixture_run(fixture, "node", "resume", "БП01"), 0);
    other = header(1);
    other.to = "Ф01   ";
    import(fixture, other, currency("x"));
}

static void test_a_file_that_is_broken_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    char deep[4000] = "";
    for (size_t i = 0; i < 300; i++) {
        strcat(deep, "<a>");
    }
    must_refuse(fixture, header(1), deep, "in.xml");
    must_refuse(
        fixture, header(1),
        "<CatalogObject.Нет><Ref>" CURRENCY_REF "</Ref></CatalogObject.Нет>", "Нет");
    must_refuse(
        fixture, header(1),
        "<CatalogObject.Валюты><Ref>" CURRENCY_REF "</Ref><Кратность>много</Кратность>"
        "</CatalogObject.Валюты>",
        "Кратность");
    /* The good object before the bad one is not applied either. */
    char two[2000];
    snprintf(two, sizeof two, "%s<CatalogObject.Нет/>", currency("рубль"));
    must_refuse(fixture, header(1), two, "Нет");
    fixture_write(
        fixture_path(fixture, "in.xml"),
        "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;\">]><a>&d;</a>");
    must_refuse_file(fixture, "in.xml");
    fixture_write(fixture_path(fixture, "in.xml"), "PK\003\004 zipped");
    must_refuse_file(fixture, "archive is not whole");
    fixture_write(fixture_path(fixture, "in.xml"), "");
    must_refuse_file(fixture, "in.xml");
    assert_int_equal(unlink(fixture_path(fixture, "in.xml")), 0);
    must_refuse_file(fixture, "cannot be read");
}

static void test_a_file_cut_anywhere_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct stat found;
    write_package(fixture, header(1), currency("рубль"));
    const char *path = fixture_path(fixture, "in.xml");
    assert_int_equal(stat(path, &found), 0);
    for (off_t size = found.st_size - 1; size > 0; size -= 37) {
        assert_int_equal(truncate(path, size), 0);
        must_refuse_file(fixture, "in.xml");
        path = fixture_path(fixture, "in.xml");
    }
}

static void test_what_is_registered_is_exported_until_it_is_confirmed(void **state)
{
    struct fixture *fixture = *state;
    struct header confirming = header(1);
    put_description(fixture, "первый");
    assert_int_equal(fixture_run(fixture, "export", "--to", "БП01", "out.xml"), 0);
    fixture_must_say(fixture->out, "objects                 1");
    assert_int_equal(fixture_run(fixture, "export", "--to", "БП01", "out.xml"), 0);
    fixture_must_say(fixture->out, "objects                 1");
    put_description(fixture, "второй");
    /* Confirms number 2: what was written after it is still registered. */
    confirming.received = 2;
    import(fixture, confirming, "");
    assert_int_equal(peer_of(fixture->node, "БП01").confirmed_number, 2);
    assert_int_equal(
        fixture_run(fixture, "export", "--to", "БП01", "--json", "out.xml"), 0);
    fixture_must_say(fixture->out, "\"objects\": 1");
    fixture_must_say(fixture->out, "\"message\": 3");
    fixture_must_say(fixture->out, "\"received\": 1");
    confirming.number = 2;
    confirming.received = 3;
    import(fixture, confirming, "");
    assert_int_equal(
        fixture_run(fixture, "export", "--to", "БП01", "--json", "out.xml"), 0);
    fixture_must_say(fixture->out, "\"objects\": 0");
}

#define OTHER_REF "11111111-2222-4333-8444-000000000002"

static struct fl_registered registered_of(struct fixture *fixture, const char *ref)
{
    struct fl_registered row;
    struct fl_key key;
    struct fl_error error;
    struct fl_txn txn;
    assert_int_equal(
        fl_ref_parse(fixture->node->configuration, fl_bytes_of_text(ref), &key, &error),
        FL_OK);
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    assert_int_equal(
        fl_registered_get(&txn, peer_of(fixture->node, "БП01").number, key, &row), FL_OK);
    fl_txn_abort(&txn);
    return row;
}

static struct fixture *written_beside; /* what the writer below goes on in */

/* Between two shares somebody registers what lies before the place that was reached. */
static enum fl_status put_and_register(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    assert_int_equal(
        fixture_run(
            written_beside, "register", "Catalog.Валюты:" CURRENCY_REF, "--for", "БП01"),
        0);
    return fl_endpoint_v8msg.write_put(writing, txn, object, out_written, out_error);
}

static void test_only_what_a_package_carried_is_confirmed_by_it(void **state)
{
    struct fixture *fixture = *state;
    struct fl_endpoint_codec codec = fl_endpoint_v8msg;
    struct fl_endpoint_export *export = NULL;
    struct fl_endpoint_export_report report;
    bool done = false;
    struct fl_error error = {.text = ""};
    struct fl_output output;
    const struct fl_endpoint_export_options options = {
        .code = "БП01", .path = fixture_path(fixture, "out.xml")};
    written_beside = fixture;
    codec.write_put = put_and_register;
    codec.read_open = NULL;
    assert_int_equal(
        fixture_run(fixture, "plan", "rule", "Catalog.Валюты", "--auto-record", "no"), 0);
    put_description(fixture, "первый");
    assert_int_equal(
        fixture_run(
            fixture, "object", "put", "Catalog.Валюты:" OTHER_REF, "--set",
            "Description=второй"),
        0);
    assert_int_equal(
        fixture_run(fixture, "register", "Catalog.Валюты:" OTHER_REF, "--for", "БП01"),
        0);
    fl_output_init_silent(&output);
    assert_int_equal(
        fl_endpoint_export_begin(
            fixture->node, &codec, &options, &output, &export, &error),
        FL_OK);
    assert_int_equal(
        fl_endpoint_export_step(
            export, &output, /* share_ms= */ 0, &done, &report, &error),
        FL_OK);
    assert_true(done);
    fl_endpoint_export_end(export);
    fl_output_deinit(&output);
    assert_int_equal(report.objects, 1);
    assert_int_equal(
        registered_of(fixture, "Catalog.Валюты:" OTHER_REF).number,
        report.message_number);
    assert_int_equal(registered_of(fixture, "Catalog.Валюты:" CURRENCY_REF).number, 0);
}

static void test_what_came_from_a_base_is_not_sent_back_to_it(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(1), currency("рубль"));
    assert_int_equal(
        fixture_run(fixture, "export", "--to", "БП01", "--json", "out.xml"), 0);
    fixture_must_say(fixture->out, "\"objects\": 0");
}

static void test_a_confirmation_of_what_we_never_sent_takes_nothing_off(void **state)
{
    struct fixture *fixture = *state;
    struct header confirming = header(1);
    put_description(fixture, "наш");
    confirming.received = 40;
    import(fixture, confirming, "");
    fixture_must_say(fixture->complaint, "restored from a backup");
    struct fl_peer peer = peer_of(fixture->node, "БП01");
    assert_int_equal(peer.confirmed_number, 0);
    assert_int_equal(peer.number_sent, 40);
    assert_int_equal(
        fixture_run(fixture, "export", "--to", "БП01", "--json", "out.xml"), 0);
    fixture_must_say(fixture->out, "\"message\": 41");
    fixture_must_say(fixture->out, "\"objects\": 1");
}

static void test_a_collision_keeps_ours_and_both_versions_are_on_record(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(1), currency("был"));
    put_description(fixture, "наш");
    import(fixture, header(2), currency("их"));
    must_hold(fixture, "наш");
    assert_int_equal(fixture_run(fixture, "collision", "list"), 0);
    fixture_must_say(fixture->out, "Catalog.Валюты:" CURRENCY_REF);
    assert_int_equal(fixture_run(fixture, "collision", "show", "1"), 0);
    fixture_must_say(fixture->out, "наш");
    fixture_must_say(fixture->out, "их");
    /* Equal content is none. */
    import(fixture, header(3), currency("наш"));
    assert_int_equal(fixture_run(fixture, "collision", "show", "2"), 1);
}

static void test_a_person_decides_a_collision_again(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(1), currency("был"));
    put_description(fixture, "наш");
    import(fixture, header(2), currency("их"));
    assert_int_equal(
        fixture_run(fixture, "collision", "resolve", "1", "mine"), FL_EXIT_USAGE);
    assert_int_equal(fixture_run(fixture, "collision", "resolve", "7", "ours"), 1);
    must_hold(fixture, "наш");
    assert_int_equal(
        fixture_run(fixture, "collision", "resolve", "1", "theirs", "--by", "Анна"), 0);
    fixture_must_say(fixture->out, "yes");
    must_hold(fixture, "их");
    /* Decided already: nothing is written, the record says who. */
    assert_int_equal(
        fixture_run(fixture, "collision", "resolve", "1", "theirs", "--by", "Анна"), 0);
    fixture_must_say(fixture->out, "no");
    assert_int_equal(fixture_run(fixture, "collision", "list", "--json"), 0);
    fixture_must_say(fixture->out, "\"rule\": \"person\"");
    fixture_must_say(fixture->out, "\"by\": \"Анна\"");
    /* A change made since is not written over unseen. */
    put_description(fixture, "новый");
    assert_int_equal(fixture_run(fixture, "collision", "resolve", "1", "ours"), 1);
    must_hold(fixture, "новый");
    assert_int_equal(
        fixture_run(fixture, "collision", "resolve", "1", "ours", "--force"), 0);
    must_hold(fixture, "наш");
    /* And it is registered for the base: the decision travels as a change. */
    assert_int_equal(
        fixture_run(fixture, "export", "--to", "БП01", "--json", "out.xml"), 0);
    fixture_must_say(fixture->out, "\"objects\": 1");
}

static void test_a_person_decides_attribute_by_attribute(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(1), currency("был"));
    put_description(fixture, "наш");
    assert_int_equal(
        fixture_run(
            fixture, "object", "put", "Catalog.Валюты:" CURRENCY_REF, "--set",
            "НаименованиеПолное=полное"),
        0);
    import(fixture, header(2), currency("их"));
    must_hold(fixture, "наш");
    /* A place that does not differ, or is none, changes nothing. */
    struct fixture_state before = fixture_content(fixture->node);
    assert_int_equal(
        fixture_run(fixture, "collision", "resolve", "1", "ours", "--take", "Кратность"),
        1);
    fixture_must_say(fixture->complaint, "not among what differs");
    fixture_must_be_unchanged(fixture->node, &before);
    assert_int_equal(
        fixture_run(
            fixture, "collision", "resolve", "1", "ours", "--take", "Description"),
        0);
    must_hold(fixture, "их");
    must_hold(fixture, "полное");
    /* The same, thought from the other side, after the first decision. */
    assert_int_equal(
        fixture_run(
            fixture, "collision", "resolve", "1", "theirs", "--take", "Description",
            "--take", "НаименованиеПолное", "--force"),
        0);
    must_hold(fixture, "наш");
    must_hold(fixture, "полное");
}

static void test_collisions_are_listed_in_pages(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, header(1), currency("a"));
    for (unsigned i = 0; i < 5; i++) {
        char ours[16];
        char theirs[16];
        snprintf(ours, sizeof ours, "o%u", i);
        snprintf(theirs, sizeof theirs, "t%u", i);
        put_description(fixture, ours);
        import(fixture, header(2 + i), currency(theirs));
    }
    assert_int_equal(
        fixture_run(fixture, "collision", "list", "--limit", "2", "--after", "1"), 0);
    fixture_must_say(fixture->out, "\n2 ");
    fixture_must_say(fixture->out, "\n3 ");
    assert_null(strstr(fixture->out, "\n4 "));
    fixture_must_say(fixture->out, "--after 3");
    assert_int_equal(fixture_run(fixture, "collision", "list", "--open"), 0);
    fixture_must_say(fixture->out, "No collision waits");
}

static void test_a_parent_wins_a_collision(void **state)
{
    struct fixture *fixture = *state;
    struct header head = header(1);
    head.from = "ЦБ";
    assert_int_equal(
        fixture_run(
            fixture, "node", "add", "ЦБ", "--format", "v8msg", "--role", "parent"),
        0);
    put_description(fixture, "наш");
    import(fixture, head, currency("их"));
    must_hold(fixture, "их");
    assert_int_equal(fixture_run(fixture, "collision", "list", "--json"), 0);
    fixture_must_say(fixture->out, "\"kept\": \"theirs\"");
}

static void test_an_image_gives_an_empty_node_the_same_content(void **state)
{
    struct fixture *fixture = *state;
    put_description(fixture, "наш");
    assert_int_equal(
        fixture_feed(
            fixture,
            "{\"put\":\"Constant.ПрефиксУзла\",\"set\":{\"Value\":\"Ф1\"}}\n"
            "{\"put\":\"InformationRegister.КурсыВалют\",\"filter\":{\"Period\":"
            "\"2026-01-01\",\"Валюта\":\"" CURRENCY_REF "\"},\"records\":[{\"Курс\":2}]}",
            "batch"),
        0);
    assert_int_equal(
        fixture_run(fixture, "export", "--to", "БП01", "--all", "--directory", "."), 0);
    struct fixture_state before = fixture_content(fixture->node);
    struct fl_node *first = fixture->node;
    fixture->node = fixture_node(fixture, "copy", "БП01");
    assert_int_equal(
        fixture_run(fixture, "configuration", "load", FILIAL_DEMO_CONFIGURATION), 0);
    assert_int_equal(fixture_run(fixture, "node", "add", "Ф01", "--format=v8msg"), 0);
    assert_int_equal(fixture_run(fixture, "import", "Message_Ф01_БП01.xml"), 0);
    struct fixture_state after = fixture_content(fixture->node);
    assert_memory_equal(before.hash, after.hash, sizeof before.hash);
    fl_node_close(first);
}

static void test_an_export_that_fails_uses_no_number(void **state)
{
    struct fixture *fixture = *state;
    put_description(fixture, "наш");
    assert_int_equal(fixture_run(fixture, "export", "--to", "БП01", "no/out.xml"), 1);
    fixture_must_say(fixture->complaint, "cannot be written");
    /* A character that XML forbids: refused by the writer, no file is left. */
    put_description(fixture, "на\001ш");
    assert_int_equal(fixture_run(fixture, "export", "--to", "БП01", "out.xml"), 1);
    fixture_must_say(fixture->complaint, "Description");
    assert_int_equal(access(fixture_path(fixture, "out.xml"), F_OK), -1);
    assert_int_equal(peer_of(fixture->node, "БП01").number_sent, 0);
    char command[FIXTURE_PATH_BYTES];
    snprintf(command, sizeof command, "ls -A '%s' | grep -q part", fixture->directory);
    assert_int_not_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_package_is_applied_and_its_number_moves),
        cmocka_unit_test(test_refs_of_predefined_items_are_each_sides_own),
        cmocka_unit_test(test_others_work_between_the_steps_of_an_import),
        cmocka_unit_test(test_an_import_that_is_given_up_changes_nothing),
        cmocka_unit_test(test_an_import_is_judged_again_before_each_step),
        cmocka_unit_test(test_an_import_ends_when_the_configuration_changes),
        cmocka_unit_test(
            test_an_import_ends_when_the_configuration_changes_there_and_back),
        cmocka_unit_test(test_an_export_ends_when_the_configuration_changes),
        cmocka_unit_test(test_a_wrapping_is_learnt_and_written),
        cmocka_unit_test(test_all_data_of_a_base_is_taken_and_given),
        cmocka_unit_test(test_an_old_or_repeated_number_counts_for_nothing),
        cmocka_unit_test(test_a_package_for_somebody_else_is_refused),
        cmocka_unit_test(test_a_file_that_is_broken_changes_nothing),
        cmocka_unit_test(test_a_file_cut_anywhere_changes_nothing),
        cmocka_unit_test(test_what_is_registered_is_exported_until_it_is_confirmed),
        cmocka_unit_test(test_only_what_a_package_carried_is_confirmed_by_it),
        cmocka_unit_test(test_what_came_from_a_base_is_not_sent_back_to_it),
        cmocka_unit_test(test_a_confirmation_of_what_we_never_sent_takes_nothing_off),
        cmocka_unit_test(test_a_collision_keeps_ours_and_both_versions_are_on_record),
        cmocka_unit_test(test_a_person_decides_a_collision_again),
        cmocka_unit_test(test_a_person_decides_attribute_by_attribute),
        cmocka_unit_test(test_collisions_are_listed_in_pages),
        cmocka_unit_test(test_a_parent_wins_a_collision),
        cmocka_unit_test(test_an_image_gives_an_empty_node_the_same_content),
        cmocka_unit_test(test_an_export_that_fails_uses_no_number),
    };
    struct CMUnitTest with_node[sizeof tests / sizeof tests[0]];
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        with_node[i] = tests[i];
        with_node[i].setup_func = setup;
        with_node[i].teardown_func = fixture_teardown;
    }
    return cmocka_run_group_tests(with_node, NULL, NULL);
}
