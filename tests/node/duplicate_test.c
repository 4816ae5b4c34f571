/* Duplicates: which are found, and what a merge and its undoing leave. */

#include "scarce.h"

#include "fixture.h"

#include "change/ref.h"
#include "duplicate/duplicate_find.h"
#include "duplicate/duplicate_merge.h"
#include "storage/settings.h"

enum { INVOICES = 450, ALLOCATIONS_MAX = 3000 };

#define A              "Catalog.Контрагенты:11111111-1111-4111-8111-11111111111a"
#define B              "Catalog.Контрагенты:11111111-1111-4111-8111-11111111111b"
#define C              "Catalog.Контрагенты:11111111-1111-4111-8111-11111111111c"
#define GOODS_A        "Catalog.Номенклатура:22222222-1111-4111-8111-11111111111a"
#define GOODS_B        "Catalog.Номенклатура:22222222-1111-4111-8111-11111111111b"
#define INVOICE        "Document.СчетНаОплатуПокупателю:33333333-1111-4111-8111-%012u"
#define CARD(ref, set) "{\"put\": \"" ref "\", \"set\": {" set "}}\n"

static void batch(struct fixture *fixture, const char *lines)
{
    if (fixture_feed(fixture, lines, "batch") != 0) {
        fail_msg("%s", fixture->complaint);
    }
}

static void must_run(struct fixture *fixture, const char *words, int wanted)
{
    char text[1024];
    const char *list[16];
    size_t count = 0;
    char *rest = NULL;
    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        list[count++] = word;
    }
    if (fixture_run_words(fixture, NULL, count, list) != wanted) {
        fail_msg("%s: %s%s", words, fixture->out, fixture->complaint);
    }
}

static void must_not_say(const struct fixture *fixture, const char *part)
{
    if (strstr(fixture->out, part) != NULL) {
        fail_msg("\"%s\" in: %s", part, fixture->out);
    }
}

/* -- finding -- */

static void test_pairs_are_found_by_what_they_share(void **state)
{
    struct fixture *fixture = *state;
    batch(
        fixture,
        CARD(
            A, "\"Description\": \"ООО «Ромашка»\", \"ИНН\": \"7701234567\", \"КПП\": "
               "\"770101001\", \"КонтактнаяИнформация\": [{\"Представление\": \"+7 (495) "
               "123-45-67\"}]")
            CARD(
                B, "\"Description\": \"Ромашка\", \"ИНН\": \"7701234567\", \"КПП\": "
                   "\"770101001\"")
                CARD(
                    C, "\"Description\": \"Лютик\", \"КонтактнаяИнформация\": "
                       "[{\"Представление\": \"8 495 1234567, x@y.ru\"}]"));
    must_run(fixture, "duplicate list", 0);
    fixture_must_say(fixture->out, "100");
    fixture_must_say(fixture->out, "inn+kpp, name");
    must_not_say(fixture, "Лютик");
    must_run(fixture, "duplicate list --min 25", 0);
    fixture_must_say(fixture->out, "Лютик");
    fixture_must_say(fixture->out, "phone");
}

static void test_another_inn_speaks_against_it(void **state)
{
    struct fixture *fixture = *state;
    batch(
        fixture, CARD(A, "\"Description\": \"Ромашка\", \"ИНН\": \"7701234567\"")
                     CARD(B, "\"Description\": \"Ромашка\", \"ИНН\": \"7701234568\""));
    must_run(fixture, "duplicate list", 0);
    must_not_say(fixture, "Ромашка");
    must_run(fixture, "duplicate list --min 0", 0);
    fixture_must_say(fixture->out, "other inn, name");
}

static void test_what_is_marked_is_no_candidate(void **state)
{
    struct fixture *fixture = *state;
    batch(
        fixture, CARD(A, "\"Description\": \"Ромашка\"")
                     CARD(B, "\"Description\": \"Ромашка\", \"DeletionMark\": true"));
    must_run(fixture, "duplicate list --min 0", 0);
    must_not_say(fixture, "Ромашка");
}

static void test_what_everybody_has_means_nothing(void **state)
{
    struct fixture *fixture = *state;
    char lines[16384] = "";
    for (unsigned i = 0; i < 40; i++) {
        size_t size = strlen(lines);
        snprintf(
            lines + size, sizeof lines - size,
            "{\"put\": \"Catalog.Контрагенты:11111111-1111-4111-8111-%012u\", \"set\": "
            "{\"Description\": \"Розничный покупатель\"}}\n",
            i);
    }
    batch(fixture, lines);
    must_run(fixture, "duplicate list --min 0 --json", 0);
    fixture_must_say(fixture->out, "\"pairs\": []");
    fixture_must_say(fixture->out, "\"common\": 1");
}

/* Each of them meets each other: the loop goes on while they are judged. */
static void test_many_pairs_are_judged_in_shares(void **state)
{
    enum { CARDS = 90, ALIKE = 30, PAIRS = CARDS * (ALIKE - 1) / 2 };
    struct fixture *fixture = *state;
    static char lines[CARDS * 192];
    size_t size = 0;
    for (unsigned i = 0; i < CARDS; i++) {
        size += (size_t)snprintf(
            lines + size, sizeof lines - size,
            "{\"put\": \"Catalog.Контрагенты:11111111-1111-4111-8111-%012u\", \"set\": "
            "{\"Description\": \"Покупатель %u\"}}\n",
            i, i / ALIKE);
    }
    batch(fixture, lines);
    struct fl_duplicate_search *search = NULL;
    struct fl_error error = {.text = ""};
    bool done = false;
    size_t most = 0;
    size_t before = 0;
    assert_int_equal(
        fl_duplicate_search_new(
            fixture->node,
            fl_configuration_find_full(
                fixture->node->configuration, fl_bytes_of_text("Catalog.Контрагенты")),
            &search, &error),
        FL_OK);
    while (!done) {
        size_t count = 0;
        assert_int_equal(fl_duplicate_search_step(search, &done, &error), FL_OK);
        (void)fl_duplicate_search_pairs(search, &count);
        most = count - before > most ? count - before : most;
        before = count;
    }
    assert_int_equal(before, PAIRS);
    assert_true(most < PAIRS);
    fl_duplicate_search_free(search);
}

/* -- merging -- */

static void put_invoices(struct fixture *fixture)
{
    char *lines = calloc(INVOICES, 256);
    assert_non_null(lines);
    size_t size = 0;
    for (unsigned i = 0; i < INVOICES; i++) {
        size += (size_t)sprintf(
            lines + size,
            "{\"put\": \"" INVOICE "\", \"set\": {\"Number\": \"%u\", \"Контрагент\": "
            "\"%s\"}}\n",
            i, i, i % 3 == 0 ? A : B);
    }
    batch(fixture, lines);
    free(lines);
}

static void put_all(struct fixture *fixture)
{
    batch(
        fixture, CARD(A, "\"Description\": \"Ромашка\"")
                     CARD(B, "\"Description\": \"ООО Ромашка\", \"ИНН\": \"7701234567\"")
                         CARD(GOODS_A, "\"Description\": \"Гвозди\"")
                             CARD(GOODS_B, "\"Description\": \"гвозди\""));
    put_invoices(fixture);
    batch(
        fixture,
        "{\"put\": "
        "\"Document.РеализацияТоваровУслуг:44444444-1111-4111-8111-111111111111\""
        ", \"set\": {\"Контрагент\": \"" B
        "\", \"Товары\": [{\"Номенклатура\": \"" GOODS_B
        "\"}, {\"Номенклатура\": \"" GOODS_A "\"}, {\"Номенклатура\": \"" GOODS_B
        "\"}]}}\n"
        "{\"put\": \"InformationRegister.ЦеныНоменклатуры\", \"filter\": "
        "{\"Номенклатура\": \"" GOODS_B "\"}, \"records\": [{\"Period\": "
        "\"2026-01-31T00:00:00\", \"Номенклатура\": \"" GOODS_B "\", \"Цена\": 7}]}\n"
        "{\"put\": \"AccumulationRegister.ТоварыНаСкладах\", \"filter\": {\"Recorder\": "
        "\"Document.РеализацияТоваровУслуг:44444444-1111-4111-8111-111111111111\"}, "
        "\"records\": [{\"Period\": \"2026-01-31T00:00:00\", \"RecordType\": "
        "\"Expense\", "
        "\"Номенклатура\": \"" GOODS_B "\", \"Количество\": 2}]}\n");
}

static void must_be_as(struct fixture *fixture, const struct fixture_state *before)
{
    struct fixture_state now = fixture_content(fixture->node);
    assert_memory_equal(now.hash, before->hash, sizeof now.hash);
}

static void test_a_merge_turns_all_references_and_is_undone(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    struct fixture_state before = fixture_content(fixture->node);
    must_run(fixture, "duplicate show " A " " B, 0);
    fixture_must_say(fixture->out, "300");
    must_run(fixture, "duplicate merge " A " " B " --by Анна", 0);
    fixture_must_say(fixture->out, "301");
    must_run(fixture, "duplicate show " A " " B " --json", 0);
    fixture_must_say(fixture->out, "\"of\": \"first\"");
    must_not_say(fixture, "\"of\": \"second\"");
    must_run(fixture, "object get " B, 0);
    fixture_must_say(fixture->out, "DeletionMark");
    must_run(fixture, "duplicate list --merged", 0);
    fixture_must_say(fixture->out, "Анна");
    must_run(fixture, "duplicate undo 1", 0);
    must_be_as(fixture, &before);
    must_run(fixture, "duplicate undo 1", 1);
    fixture_must_say(fixture->complaint, "is undone");
}

/* More than one transaction of the store can hold. */
static void test_large_objects_are_merged_too(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 34, TEXT_BYTES = 2 << 20 };
    char *line = malloc(TEXT_BYTES + 512);
    assert_non_null(line);
    put_all(fixture);
    for (unsigned i = 0; i < COUNT; i++) {
        int size = sprintf(
            line, "{\"put\": \"" INVOICE "\", \"set\": {\"Комментарий\": \"", 3 * i + 1);
        memset(line + size, 'x', TEXT_BYTES);
        strcpy(line + size + TEXT_BYTES, "\"}}\n");
        batch(fixture, line);
    }
    free(line);
    struct fixture_state before = fixture_content(fixture->node);
    must_run(fixture, "duplicate merge " A " " B, 0);
    must_run(fixture, "duplicate undo 1", 0);
    must_be_as(fixture, &before);
}

static void test_registers_follow_and_come_back(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    struct fixture_state before = fixture_content(fixture->node);
    must_run(fixture, "duplicate merge " GOODS_A " " GOODS_B, 0);
    must_run(fixture, "duplicate show " GOODS_A " " GOODS_B " --json", 0);
    fixture_must_say(fixture->out, "InformationRegister.ЦеныНоменклатуры");
    fixture_must_say(fixture->out, "AccumulationRegister.ТоварыНаСкладах");
    must_not_say(fixture, "\"of\": \"second\"");
    must_run(fixture, "duplicate undo 1", 0);
    must_be_as(fixture, &before);
}

/* The prices of the kept one stay, those of the duplicate go, and come back. */
static void test_records_of_the_kept_one_stay(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    batch(
        fixture,
        "{\"put\": \"InformationRegister.ЦеныНоменклатуры\", \"filter\": "
        "{\"Номенклатура\": \"" GOODS_A "\"}, \"records\": [{\"Period\": "
        "\"2026-01-31T00:00:00\", \"Номенклатура\": \"" GOODS_A "\", \"Цена\": 9}]}\n");
    struct fixture_state before = fixture_content(fixture->node);
    must_run(fixture, "duplicate merge " GOODS_A " " GOODS_B, 0);
    must_run(fixture, "object list InformationRegister.ЦеныНоменклатуры --json", 0);
    must_not_say(fixture, GOODS_B);
    must_run(fixture, "duplicate undo 1", 0);
    must_be_as(fixture, &before);
}

static void test_they_are_shown_attribute_by_attribute(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    must_run(fixture, "duplicate show " A " " B " --json", 0);
    fixture_must_say(fixture->out, "\"attribute\": \"ИНН\"");
    fixture_must_say(fixture->out, "\"second\": \"7701234567\"");
    fixture_must_say(fixture->out, "\"attribute\": \"Description\"");
    must_not_say(fixture, "\"attribute\": \"КПП\"");
    must_not_say(fixture, "\"attribute\": \"set\"");
    must_run(fixture, "duplicate show " A " " B " --all --json", 0);
    fixture_must_say(fixture->out, "\"attribute\": \"КПП\"");
}

static void test_what_is_empty_is_filled_when_asked(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    struct fixture_state before = fixture_content(fixture->node);
    must_run(fixture, "duplicate merge " A " " B " --fill", 0);
    must_run(fixture, "object get " A, 0);
    fixture_must_say(fixture->out, "7701234567");
    fixture_must_say(fixture->out, "Ромашка");
    must_run(fixture, "duplicate undo 1", 0);
    must_be_as(fixture, &before);
}

static void test_what_was_changed_since_stays(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    must_run(fixture, "duplicate merge " A " " B, 0);
    batch(
        fixture,
        CARD(
            "Document.СчетНаОплатуПокупателю:33333333-1111-4111-8111-000000000001",
            "\"Контрагент\": \"\"") CARD(C, "\"Description\": \"Лютик\""));
    must_run(fixture, "duplicate undo 1 --json", 0);
    fixture_must_say(fixture->out, "\"left\": 1");
    must_run(
        fixture,
        "object get Document.СчетНаОплатуПокупателю:33333333-1111-4111-8111-000000000001",
        0);
    must_not_say(fixture, B);
}

static void test_later_merges_are_undone_first(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    batch(fixture, CARD(C, "\"Description\": \"Ромашка 3\""));
    must_run(fixture, "duplicate merge " A " " B, 0);
    must_run(fixture, "duplicate merge " C " " A, 0);
    must_run(fixture, "duplicate undo 1", 1);
    fixture_must_say(fixture->complaint, "undo merge 2 first");
    must_run(fixture, "duplicate undo 2", 0);
    must_run(fixture, "duplicate undo 1", 0);
}

static void test_what_cannot_be_merged_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const char *const WRONG[][2] = {
        {A " " A, "one and the same"},
        {A " " GOODS_A, "of one catalog"},
        {A " " C, "not here"},
        {"Document.СчетНаОплатуПокупателю:33333333-1111-4111-8111-000000000001 "
         "Document.СчетНаОплатуПокупателю:33333333-1111-4111-8111-000000000002",
         "of one catalog"}};
    put_all(fixture);
    struct fixture_state before = fixture_content(fixture->node);
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        char words[512];
        snprintf(words, sizeof words, "duplicate merge %s", WRONG[i][0]);
        must_run(fixture, words, 1);
        fixture_must_say(fixture->complaint, WRONG[i][1]);
    }
    must_run(fixture, "duplicate undo 1", 1);
    fixture_must_say(fixture->complaint, "no merge 1");
    must_run(fixture, "duplicate undo x", 2);
    fixture_must_be_unchanged(fixture->node, &before);
}

/* -- broken off -- */

static struct fl_key key_of(const struct fixture *fixture, const char *ref)
{
    struct fl_error error;
    struct fl_key key;
    assert_int_equal(
        fl_ref_parse(fixture->node->configuration, fl_bytes_of_text(ref), &key, &error),
        FL_OK);
    return key;
}

/* False: it was done before so many shares. */
static bool merge_partly(struct fixture *fixture, unsigned shares)
{
    struct fl_duplicate_work *work = NULL;
    struct fl_error error = {.text = ""};
    bool done = false;
    const struct fl_duplicate_wanted wanted = {
        key_of(fixture, A), key_of(fixture, B), "test", /* fills= */ true};
    assert_int_equal(
        fl_duplicate_merge_new(fixture->node, &wanted, &work, &error), FL_OK);
    for (unsigned i = 0; i < shares && !done; i++) {
        assert_int_equal(fl_duplicate_work_step(work, &done, &error), FL_OK);
    }
    fl_duplicate_work_free(work);
    return !done;
}

static void test_a_merge_that_is_broken_off_is_undone(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    struct fixture_state before = fixture_content(fixture->node);
    unsigned shares = 1;
    for (bool partly = true; partly; shares++) {
        char words[64];
        partly = merge_partly(fixture, shares);
        snprintf(words, sizeof words, "duplicate undo %u", shares);
        must_run(fixture, words, 0);
        must_be_as(fixture, &before);
    }
    assert_true(shares > 4);
}

/* Each would take what the other has just done for its own. */
static void test_one_merge_goes_on_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct fl_duplicate_work *work = NULL;
    struct fl_error error = {.text = ""};
    bool done = false;
    put_all(fixture);
    const struct fl_duplicate_wanted wanted = {
        key_of(fixture, A), key_of(fixture, B), "test", /* fills= */ false};
    assert_int_equal(
        fl_duplicate_merge_new(fixture->node, &wanted, &work, &error), FL_OK);
    assert_int_equal(fl_duplicate_work_step(work, &done, &error), FL_OK);
    must_run(fixture, "duplicate undo 1", 1);
    fixture_must_say(fixture->complaint, "is going on");
    must_run(fixture, "duplicate merge " B " " A, 1);
    fixture_must_say(fixture->complaint, "is going on");
    fl_duplicate_work_free(work);
    must_run(fixture, "duplicate merge " A " " B, 0);
    must_run(fixture, "duplicate undo 2", 0);
}

/* Its number is another's already, and what it did is on record still. */
static void test_a_merge_that_cannot_be_read_is_not_written_over(void **state)
{
    struct fixture *fixture = *state;
    struct fl_bytes name = fl_bytes_of_text("duplicate/00000002");
    struct fl_bytes rotten = fl_bytes_of_text("?");
    struct fl_bytes kept;
    struct fl_txn txn;
    put_all(fixture);
    must_run(fixture, "duplicate merge " A " " B, 0);
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_KEEP);
    fl_settings_put(&txn, name, rotten);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
    must_run(fixture, "duplicate merge " GOODS_A " " GOODS_B, 1);
    fixture_must_say(fixture->complaint, "of merge 2 cannot be read");
    must_run(fixture, "duplicate undo 1", 1);
    fixture_must_say(fixture->complaint, "of merge 2 cannot be read");
    must_run(fixture, "duplicate list --merged", 1);
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    assert_int_equal(fl_settings_get(&txn, name, &kept), FL_OK);
    assert_true(fl_bytes_equal(kept, rotten));
    fl_txn_abort(&txn);
}

static void test_a_long_name_is_cut_between_letters(void **state)
{
    struct fixture *fixture = *state;
    put_all(fixture);
    must_run(
        fixture,
        "duplicate merge " A " " B " --by АннаПетровнаИвановаСидороваКузнецоваПопова", 0);
    must_run(fixture, "duplicate list --merged --json", 0);
    fixture_must_say(fixture->out, "\"АннаПетровнаИвановаСидорова");
}

static void test_without_memory_a_merge_goes_on_later(void **state)
{
    struct fixture *fixture = *state;
    bool failed = true;
    put_all(fixture);
    for (uint64_t n = 1; failed; n += 7) {
        struct fl_duplicate_work *work = NULL;
        struct fl_error error = {.text = ""};
        bool done = false;
        const struct fl_duplicate_wanted wanted = {
            key_of(fixture, n % 2 == 1 ? A : B), key_of(fixture, n % 2 == 1 ? B : A),
            "test", /* fills= */ false};
        batch(
            fixture,
            CARD(A, "\"DeletionMark\": false") CARD(B, "\"DeletionMark\": false"));
        scarce_from(n, /* for_ever= */ false);
        enum fl_status status =
            fl_duplicate_merge_new(fixture->node, &wanted, &work, &error);
        while (status == FL_OK && !done) {
            status = fl_duplicate_work_step(work, &done, &error);
        }
        failed = scarce_end();
        assert_true(failed || status == FL_OK);
        assert_true(status == FL_OK || error.text[0] != '\0');
        assert_true(n < ALLOCATIONS_MAX);
        fl_duplicate_work_free(work);
    }
}

int main(void)
{
#define WITH_NODE(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_NODE(test_pairs_are_found_by_what_they_share),
        WITH_NODE(test_another_inn_speaks_against_it),
        WITH_NODE(test_what_is_marked_is_no_candidate),
        WITH_NODE(test_what_everybody_has_means_nothing),
        WITH_NODE(test_many_pairs_are_judged_in_shares),
        WITH_NODE(test_a_merge_turns_all_references_and_is_undone),
        WITH_NODE(test_large_objects_are_merged_too),
        WITH_NODE(test_registers_follow_and_come_back),
        WITH_NODE(test_records_of_the_kept_one_stay),
        WITH_NODE(test_they_are_shown_attribute_by_attribute),
        WITH_NODE(test_what_is_empty_is_filled_when_asked),
        WITH_NODE(test_what_was_changed_since_stays),
        WITH_NODE(test_later_merges_are_undone_first),
        WITH_NODE(test_what_cannot_be_merged_is_refused),
        WITH_NODE(test_a_merge_that_is_broken_off_is_undone),
        WITH_NODE(test_one_merge_goes_on_at_a_time),
        WITH_NODE(test_a_merge_that_cannot_be_read_is_not_written_over),
        WITH_NODE(test_a_long_name_is_cut_between_letters),
        WITH_NODE(test_without_memory_a_merge_goes_on_later)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
