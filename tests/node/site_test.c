/* What comes in requests of sites, keys and records that are many. */

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "endpoint/endpoint_settings.h"
#include "site/site_keys.h"
#include "site/site_notes.h"
#include "site/site_request.h"
#include "site/site_run.h"

/* --- requests --- */

static void test_a_user_comes_by_basic_and_by_nothing_else(void **state)
{
    char user[FL_SITE_USER_BYTES];
    char password[FL_SITE_USER_BYTES * 2];

    (void)state;
    assert_true(fl_site_basic_parse("Basic ZXhjaGFuZ2U6cGE6c3M=", user, password));
    assert_string_equal(user, "exchange");
    assert_string_equal(password, "pa:ss");
    assert_true(fl_site_basic_parse("basic OnBhc3M=", user, password));
    assert_string_equal(user, "");
    assert_false(fl_site_basic_parse(NULL, user, password));
    assert_false(fl_site_basic_parse("Bearer ZXhjaGFuZ2U6cGE6c3M=", user, password));
    assert_false(fl_site_basic_parse("Basic ZXhjaGFuZ2U=", user, password));
    assert_false(fl_site_basic_parse("Basic YQBiOmM=", user, password)); /* a NUL */
    assert_false(fl_site_basic_parse("Basic ***", user, password));
}

static void test_a_cookie_is_found_among_others(void **state)
{
    char value[FL_SITE_TOKEN_BYTES + 1];

    (void)state;
    assert_true(fl_site_cookie_parse("a=1; filial_site=xyz; b=2", "filial_site", value));
    assert_string_equal(value, "xyz");
    assert_false(fl_site_cookie_parse("not_filial_site=1", "filial_site", value));
    assert_false(fl_site_cookie_parse("filial_site", "filial_site", value));
    assert_false(fl_site_cookie_parse(
        "filial_site=0123456789012345678901234567890123456789", "filial_site", value));
    assert_false(fl_site_cookie_parse(NULL, "filial_site", value));
}

static void test_names_of_files_lead_nowhere_else(void **state)
{
    static const char *const SAFE[] = {
        "import0_1.xml", "import_files/bd/bd72d910_0f4b.jpg", "v8_3B8F_3e.zip",
        "Файл.xml"};
    static const char *const BAD[] = {"",     "/etc/passwd", "../x",      "a/../b",
                                      "a//b", ".",           "a/",        "a\\b",
                                      "a:b",  "a\nb",        "a/b/c/d/e", "\xff.xml"};

    (void)state;
    for (size_t i = 0; i < sizeof(SAFE) / sizeof(SAFE[0]); i++) {
        assert_true(fl_site_name_is_safe(SAFE[i]));
    }
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        assert_false(fl_site_name_is_safe(BAD[i]));
    }
}

static void test_names_are_taken_as_clients_give_them(void **state)
{
    char name[FL_SITE_PATH_BYTES] = "before";

    (void)state;
    assert_true(fl_site_name_take("/tmp/import0_1.xml", name));
    assert_string_equal(name, "import0_1.xml");
    assert_true(fl_site_name_take("import_files\\bd\\a_b.jpg", name));
    assert_string_equal(name, "import_files/bd/a_b.jpg");
    assert_false(fl_site_name_take("..\\x", name));
    assert_false(fl_site_name_take("/tmp/../x", name));
    assert_false(fl_site_name_take("/etc/passwd", name));
    assert_false(fl_site_name_take("/tmp/", name));
    assert_string_equal(name, "import_files/bd/a_b.jpg");
}

static void test_sizes_are_read_as_php_writes_them(void **state)
{
    (void)state;
    assert_int_equal(fl_site_size(fl_bytes_of_text("204800")), 204800);
    assert_int_equal(fl_site_size(fl_bytes_of_text("2M")), 2 << 20);
    assert_int_equal(fl_site_size(fl_bytes_of_text("512k")), 512 << 10);
    assert_int_equal(fl_site_size(fl_bytes_of_text("1G")), 1 << 30);
    assert_int_equal(fl_site_size(fl_bytes_of_text("")), 0);
    assert_int_equal(fl_site_size(fl_bytes_of_text("M")), 0);
    assert_int_equal(fl_site_size(fl_bytes_of_text("no")), 0);
    assert_int_equal(fl_site_size(fl_bytes_of_text("10 bytes")), 0);
    assert_int_equal(fl_site_size(fl_bytes_of_text("2X")), 0);
    assert_int_equal(fl_site_size(fl_bytes_of_text("99999999999999999999")), 0);
}

static void test_a_sentence_is_no_cookie(void **state)
{
    (void)state;
    assert_true(fl_site_cookie_is_name(fl_bytes_of_text("PHPSESSID")));
    assert_true(fl_site_cookie_is_name(fl_bytes_of_text("wc1c-auth_session")));
    assert_false(fl_site_cookie_is_name(fl_bytes_of_text("")));
    assert_false(fl_site_cookie_is_name(fl_bytes_of_text("Аутентификация")));
    assert_false(fl_site_cookie_is_name(fl_bytes_of_text("two words")));
    assert_false(fl_site_cookie_is_name(fl_bytes_of_text("a=b")));
}

static void test_the_first_line_of_an_answer_decides(void **state)
{
    (void)state;
    assert_int_equal(
        fl_site_word_of(fl_bytes_of_text("Success \r\nname\nid")), FL_SITE_WORD_SUCCESS);
    assert_int_equal(
        fl_site_word_of(fl_bytes_of_text("\xEF\xBB\xBFprogress\nИдет загрузка")),
        FL_SITE_WORD_PROGRESS);
    assert_int_equal(fl_site_word_of(fl_bytes_of_text("failure")), FL_SITE_WORD_FAILURE);
    assert_int_equal(
        fl_site_word_of(fl_bytes_of_text("<br>Notice\nsuccess")), FL_SITE_WORD_OTHER);
    assert_int_equal(fl_site_word_of(fl_bytes_of_text("successful")), FL_SITE_WORD_OTHER);
    const struct fl_bytes init = fl_bytes_of_text("zip=no\r\nfile_limit=204800\n");
    assert_true(
        fl_bytes_equal(fl_site_setting(init, "file_limit"), fl_bytes_of_text("204800")));
    assert_int_equal(fl_site_setting(init, "sessid").size, 0);
}

/* --- words for people --- */

static void test_what_is_told_is_cut_between_letters(void **state)
{
    (void)state;
    for (size_t before = 0; before < 2; before++) {
        char words[1024] = "x";
        char notes[FL_SITE_NOTES_BYTES] = "";
        struct fl_endpoint_state endpoint = {.notes = ""};

        for (size_t i = before; i + 2 < sizeof(words); i += 2) {
            memcpy(words + i, "щ", sizeof("щ"));
        }
        for (size_t i = 0; i < 20; i++) {
            fl_site_note(notes, words);
            fl_endpoint_state_note(&endpoint, fl_bytes_of_text(notes));
            assert_true(fl_bytes_are_utf8(fl_bytes_of_text(notes)));
            assert_true(fl_bytes_are_utf8(fl_bytes_of_text(endpoint.notes)));
        }
        assert_true(strlen(notes) > FL_SITE_NOTES_BYTES - FL_SITE_NOTE_BYTES_MAX - 2);
        assert_int_equal(notes[strlen(notes) - 1], '\n');
        assert_true(strlen(endpoint.notes) > sizeof(endpoint.notes) - 3);
    }
}

/* --- keys, records --- */

static struct fl_uuid id_of(uint32_t number)
{
    struct fl_uuid id = {{0}};

    fl_store_u32(id.bytes + 12, number);
    return id;
}

static void test_keys_that_come_again_take_no_more_room(void **state)
{
    struct fl_site_keys keys = {.count = 0};

    (void)state;
    for (uint32_t i = 0; i < 100000; i++) {
        assert_true(fl_site_keys_add(&keys, 1, id_of(i % 50), /* deleted= */ i == 7));
    }
    assert_true(fl_site_keys_sort(&keys));
    assert_int_equal(keys.count, 50);
    assert_true(keys.capacity <= 256);
    assert_true(fl_site_keys_have(&keys, 1, id_of(49)));
    assert_false(fl_site_keys_have(&keys, 1, id_of(50)));
    assert_false(fl_site_keys_have(&keys, 2, id_of(49)));
    assert_true(keys.items[7].deleted);
    assert_false(keys.items[8].deleted);
    fl_site_keys_deinit(&keys);
}

static void test_a_large_set_is_in_order_however_it_came(void **state)
{
    enum { KEYS = 70000, STEP = 48271 }; /* have no common divisor */
    struct fl_site_keys keys = {.count = 0};

    (void)state;
    for (uint64_t i = 0; i < 3 * KEYS; i++) { /* at random, backwards, in order */
        const uint64_t number = i < KEYS       ? i * STEP % KEYS
                                : i < 2 * KEYS ? 2 * KEYS - 1 - i
                                               : i - 2 * KEYS;
        assert_true(fl_site_keys_add(&keys, 1, id_of((uint32_t)number), i == 2 * KEYS));
    }
    assert_true(fl_site_keys_sort(&keys));
    assert_int_equal(keys.count, KEYS);
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_true(fl_uuid_equal(keys.items[i].id, id_of(i)));
        assert_int_equal(keys.items[i].deleted, i == 0);
    }
    assert_true(fl_site_keys_add(&keys, 1, id_of(KEYS), /* deleted= */ false));
    assert_true(fl_site_keys_add(&keys, 0, id_of(KEYS), /* deleted= */ false));
    assert_true(fl_site_keys_sort(&keys));
    assert_int_equal(keys.count, KEYS + 2);
    assert_int_equal(keys.items[0].type, 0);
    assert_true(fl_site_keys_have(&keys, 1, id_of(KEYS)));
    fl_site_keys_deinit(&keys);
}

enum { RUNS = 5, GOODS = 3000, PER_RUN = GOODS };

/* Each run has one record of each product but of every seventh, with its own amount. */
static void put_run(struct fl_site_runs **runs, struct fl_node *node, uint32_t run)
{
    struct fl_site_record *records = calloc(PER_RUN, sizeof(*records));
    size_t count = 0;

    assert_non_null(records);
    for (uint32_t i = 0; i < GOODS; i++) {
        if (i % 7 != 0) {
            records[count++] = (struct fl_site_record){
                .goods = id_of(i), .other = id_of(RUNS - run), .amount = run};
        }
    }
    assert_int_equal(fl_site_runs_put(runs, node, records, count, NULL), FL_OK);
    free(records);
}

static size_t collect(struct fl_site_runs *runs, uint32_t goods, size_t room)
{
    struct fl_site_record found[RUNS];
    size_t count = 0;

    assert_int_equal(
        fl_site_runs_collect(runs, id_of(goods), found, room, &count, NULL),
        room < RUNS ? FL_LIMIT : FL_OK);
    for (size_t i = 0; i < count && room == RUNS; i++) { /* in the order of `other` */
        assert_true(fl_uuid_equal(found[i].goods, id_of(goods)));
        assert_int_equal(found[i].amount, RUNS - 1 - i);
    }
    return count;
}

static void test_runs_are_merged_as_they_are_asked_for(void **state)
{
    char directory[] = "/tmp/filial-runs-XXXXXX";
    struct fl_node node = {.directory = directory};
    struct fl_site_runs *runs = NULL;

    (void)state;
    assert_non_null(mkdtemp(directory));
    for (uint32_t run = 0; run < RUNS; run++) {
        put_run(&runs, &node, run);
    }
    assert_int_equal(fl_site_runs_begin(runs, NULL), FL_OK);
    for (uint32_t i = 0; i < GOODS; i++) {
        assert_int_equal(collect(runs, i, RUNS), i % 7 == 0 ? 0 : RUNS);
    }
    assert_int_equal(collect(runs, GOODS + 1, RUNS), 0);
    assert_int_equal(collect(runs, 1, RUNS), RUNS); /* from the beginning again */
    assert_int_equal(collect(runs, 2999, RUNS), RUNS);
    (void)collect(runs, 3, RUNS - 1);
    fl_site_runs_free(runs);
    assert_int_equal(node.leavings.count, 0);
    assert_int_equal(remove(directory), 0); /* nothing is left in it */
}

/* Of a message that is broken off, too: that would be gigabytes in one turn. */
static void test_a_large_file_goes_part_by_part(void **state)
{
    enum {
        RECORDS = 5 * (FL_LEAVINGS_BYTES_AT_ONCE / 2) / sizeof(struct fl_site_record)
    };
    char directory[] = "/tmp/filial-runs-XXXXXX";
    struct fl_node node = {.directory = directory};
    struct fl_site_record *records = calloc(RECORDS, sizeof(*records));
    struct fl_site_runs *runs = NULL;
    struct stat found;

    (void)state;
    assert_non_null(records);
    assert_non_null(mkdtemp(directory));
    assert_int_equal(fl_site_runs_put(&runs, &node, records, RECORDS, NULL), FL_OK);
    fl_site_runs_free(runs);
    free(records);
    assert_int_equal(node.leavings.count, 1);
    for (int parts = 2; parts > 0; parts--) {
        assert_int_equal(fstat(node.leavings.descriptors[0], &found), 0);
        assert_in_range(
            found.st_size, parts * FL_LEAVINGS_BYTES_AT_ONCE,
            (parts + 1) * FL_LEAVINGS_BYTES_AT_ONCE);
        assert_true(fl_leavings_shorten(&node.leavings));
    }
    assert_false(fl_leavings_shorten(&node.leavings));
    assert_false(fl_leavings_shorten(&node.leavings));
    assert_int_equal(remove(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_user_comes_by_basic_and_by_nothing_else),
        cmocka_unit_test(test_a_cookie_is_found_among_others),
        cmocka_unit_test(test_names_of_files_lead_nowhere_else),
        cmocka_unit_test(test_names_are_taken_as_clients_give_them),
        cmocka_unit_test(test_sizes_are_read_as_php_writes_them),
        cmocka_unit_test(test_a_sentence_is_no_cookie),
        cmocka_unit_test(test_the_first_line_of_an_answer_decides),
        cmocka_unit_test(test_what_is_told_is_cut_between_letters),
        cmocka_unit_test(test_keys_that_come_again_take_no_more_room),
        cmocka_unit_test(test_a_large_set_is_in_order_however_it_came),
        cmocka_unit_test(test_runs_are_merged_as_they_are_asked_for),
        cmocka_unit_test(test_a_large_file_goes_part_by_part),
    };

    return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
