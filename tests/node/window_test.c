/*
 * Windows of the calendar: when they are, whom they let in, how they travel, and as
 * files.
 */

#include "pair.h"

#include "file.h"
#include "proto/datetime.h"
#include "window/bucket.h"
#include "window/occurrences.h"
#include "window/window_draft.h"
#include "window/window_ics.h"
#include "window/window_load.h"

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);

/* A moment of UTC. */
static int64_t utc(const char *text)
{
    int64_t seconds = 0;
    assert_int_equal(fl_datetime_parse(fl_bytes_of_text(text), &seconds), FL_OK);
    return (seconds - INT64_C(62135596800)) * 1000;
}

static struct fl_window nightly(const char *zone)
{
    return (struct fl_window){
        .name = "night",
        .group = "all",
        .rule = "FREQ=DAILY",
        .start = "20260101T220000",
        .zone = zone,
        .duration_s = 4 * 3600};
}

static void must_begin(
    const struct fl_window *window,
    const char *from,
    unsigned days,
    size_t count,
    const char *const *begins)
{
    struct fl_occurrence found[64];
    struct fl_error error = {.text = ""};
    if (fl_window_check(window, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(
        fl_window_occurrences(window, utc(from), utc(from) + days * DAY_MS, found, 64),
        count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].begin_ms, utc(begins[i]));
        assert_int_equal(
            found[i].end_ms, utc(begins[i]) + (int64_t)window->duration_s * 1000);
    }
}

#define MUST_BEGIN(window, from, days, ...)                                              \
    must_begin(                                                                          \
        window, from, days, sizeof(const char *[]){__VA_ARGS__} / sizeof(char *),        \
        (const char *const[]){__VA_ARGS__})

static void test_a_daily_window_follows_the_clocks_of_its_zone(void **state)
{
    struct fl_window moscow = nightly("Europe/Moscow");
    struct fl_window berlin = nightly("Europe/Berlin");
    (void)state;
    MUST_BEGIN(
        &moscow, "2026-11-27T00:00:00", 2, "2026-11-27T19:00:00", "2026-11-28T19:00:00");
    /* Summer time ends on 25 October, begins on 28 March. */
    MUST_BEGIN(
        &berlin, "2026-10-24T12:00:00", 2, "2026-10-24T20:00:00", "2026-10-25T21:00:00");
    MUST_BEGIN(
        &berlin, "2027-03-27T12:00:00", 2, "2027-03-27T21:00:00", "2027-03-28T20:00:00");
    /* 02:30 is left out on that day. */
    berlin.start = "20260101T023000";
    MUST_BEGIN(&berlin, "2027-03-28T00:00:00", 1, "2027-03-28T01:30:00");
    /* On this one it comes twice. */
    MUST_BEGIN(&berlin, "2026-10-24T12:00:00", 1, "2026-10-25T00:30:00");
}

static void test_rules_dates_and_ends(void **state)
{
    const char *excepts[] = {"20261202", "20261203T220000"};
    const char *also[] = {"20261202T100000"};
    struct fl_window window = nightly("UTC");
    (void)state;
    window.except_count = 2;
    window.excepts = excepts;
    window.also_count = 1;
    window.also = also;
    /* EXDATE takes a time of the day out, RDATE puts one in; both on one day is out. */
    MUST_BEGIN(
        &window, "2026-12-01T12:00:00", 4, "2026-12-01T22:00:00", "2026-12-04T22:00:00");
    excepts[0] = "20261202T220000";
    MUST_BEGIN(
        &window, "2026-12-01T12:00:00", 4, "2026-12-01T22:00:00", "2026-12-02T10:00:00",
        "2026-12-04T22:00:00");
    window = nightly("UTC");
    window.rule = "FREQ=WEEKLY;BYDAY=SA,SU";
    MUST_BEGIN(
        &window, "2026-11-27T00:00:00", 7, "2026-11-28T22:00:00", "2026-11-29T22:00:00");
    window.rule = "FREQ=DAILY;COUNT=3";
    MUST_BEGIN(
        &window, "2026-01-02T23:00:00", 9, "2026-01-02T22:00:00", "2026-01-03T22:00:00");
    window.rule = "FREQ=DAILY;UNTIL=20260103T220000Z";
    MUST_BEGIN(&window, "2026-01-03T03:00:00", 9, "2026-01-03T22:00:00");
    /* UNTIL in UTC, the clocks of the window three hours before it. */
    window.zone = "Europe/Moscow";
    window.rule = "FREQ=DAILY;UNTIL=20260103T190000Z";
    MUST_BEGIN(&window, "2026-01-03T03:00:00", 9, "2026-01-03T19:00:00");
    window = nightly("UTC");
    window.rule = "";
    MUST_BEGIN(&window, "2026-01-01T00:00:00", 300, "2026-01-01T22:00:00");
    window.rule = "FREQ=MONTHLY;BYMONTHDAY=-1";
    MUST_BEGIN(&window, "2036-02-27T00:00:00", 9, "2036-02-29T22:00:00");
}

static void must_refuse(struct fl_window window, const char *words)
{
    struct fl_error error = {.text = ""};
    assert_int_equal(fl_window_check(&window, &error), FL_MALFORMED);
    fixture_must_say(error.text, words);
}

static void test_what_cannot_be_understood_is_refused(void **state)
{
    struct fl_window window = nightly("Europe/Moskau");
    const char *date = "2026-12-31";
    (void)state;
    must_refuse(window, "no time zone \"Europe/Moskau\"");
    window.zone = "../../etc/passwd";
    must_refuse(window, "no time zone");
    window.zone = "";
    must_refuse(window, "no time zone");
    window = nightly("UTC");
    window.rule = "FREQ=DAYLY";
    must_refuse(window, "no rule of RFC 5545");
    window.rule = "FREQ=SECONDLY";
    must_refuse(window, "hourly at most");
    window.rule = "FREQ=HOURLY;COUNT=1000000";
    must_refuse(window, "UNTIL");
    window = nightly("UTC");
    window.start = "20260231T220000";
    must_refuse(window, "20260231T220000");
    window = nightly("UTC");
    window.except_count = 1;
    window.excepts = &date;
    must_refuse(window, "2026-12-31");
}

/* ---- the state of a moment ---- */

struct case_of {
    struct fl_window windows[3];
    struct fl_group groups[1];
    struct fl_windows all;
    struct fl_windows_asker asker;
};

static struct fl_windows_state look(struct case_of *test, size_t count, const char *at)
{
    test->all = (struct fl_windows){
        .calendar = {count, test->windows, 1, test->groups}, .revision = 1};
    return fl_windows_look(&test->all, &test->asker, utc(at));
}

static const char *NORTH[] = {"Ф01"};

static struct case_of a_case(void)
{
    struct case_of test = {
        .groups = {{.name = "north", .member_count = 1, .members = NORTH}},
        .asker = {.code = "Ф01", .last_round_ms = utc("2026-11-27T00:00:00")}};
    test.windows[0] = nightly("UTC");
    return test;
}

static void test_a_window_lets_in_and_says_until_when(void **state)
{
    struct case_of test = a_case();
    (void)state;
    test.windows[0].bytes_per_second = 8000;
    struct fl_windows_state now = look(&test, 1, "2026-11-27T21:59:59");
    assert_true(now.governed);
    assert_false(now.open);
    assert_int_equal(now.opens_ms, utc("2026-11-27T22:00:00"));
    now = look(&test, 1, "2026-11-27T22:00:00");
    assert_true(now.open);
    assert_int_equal(now.begin_ms, utc("2026-11-27T22:00:00"));
    assert_int_equal(now.closes_ms, utc("2026-11-28T02:00:00"));
    assert_int_equal(now.bytes_per_second, 8000);
    now = look(&test, 1, "2026-11-28T02:00:00");
    assert_false(now.open);
    assert_int_equal(now.opens_ms, utc("2026-11-28T22:00:00"));
}

static void test_an_endpoint_keeps_to_windows_in_which_it_is_named(void **state)
{
    struct case_of test = a_case();
    struct fl_peer shop = {.format = FL_PEER_V8MSG, .code = "shop"};
    struct fl_peer other = {.format = FL_PEER_V8MSG, .code = "other"};
    (void)state;
    test.windows[1] = nightly("UTC");
    test.windows[1].name = "feast";
    test.windows[1].blackout = true;
    test.asker = fl_windows_asker_of(&shop, /* last_round_ms= */ 0);
    /* "all" are the nodes of the tree, its blackouts too. */
    struct fl_windows_state now = look(&test, 2, "2026-11-27T23:00:00");
    assert_false(now.governed);
    assert_true(now.open);
    NORTH[0] = "shop";
    test.windows[0].group = "north";
    now = look(&test, 2, "2026-11-27T21:59:59");
    assert_true(now.governed);
    assert_false(now.open);
    assert_int_equal(now.opens_ms, utc("2026-11-27T22:00:00"));
    now = look(&test, 2, "2026-11-27T22:00:00");
    assert_true(now.open);
    assert_int_equal(now.closes_ms, utc("2026-11-28T02:00:00"));
    assert_int_equal(now.begin_ms, utc("2026-11-27T22:00:00"));
    test.windows[1].group = "north";
    assert_false(look(&test, 2, "2026-11-27T23:00:00").open);
    /* Each has a place of its own in a spread. */
    test.windows[0].spread_s = 3600;
    const int64_t place = look(&test, 1, "2026-11-28T01:00:00").begin_ms;
    assert_in_range(place, utc("2026-11-27T22:00:00"), utc("2026-11-27T22:59:59"));
    NORTH[0] = "other";
    test.asker = fl_windows_asker_of(&other, /* last_round_ms= */ 0);
    assert_int_not_equal(look(&test, 1, "2026-11-28T01:00:00").begin_ms, place);
    NORTH[0] = "Ф01";
}

static void test_who_has_no_window_is_free(void **state)
{
    struct case_of test = a_case();
    (void)state;
    test.windows[0].group = "north";
    assert_false(look(&test, 1, "2026-11-27T12:00:00").open);
    test.asker.code = "Ф02";
    struct fl_windows_state now = look(&test, 1, "2026-11-27T12:00:00");
    assert_true(now.open);
    assert_false(now.governed);
    /* And one for whom none ever comes again is not shut in. */
    test.asker.code = "Ф01";
    test.windows[0].rule = "";
    assert_true(look(&test, 1, "2026-11-27T12:00:00").open);
}

static void test_a_window_that_comes_seldom_shuts_until_then(void **state)
{
    struct case_of test = a_case();
    (void)state;
    test.windows[0].rule = "FREQ=YEARLY";
    struct fl_windows_state now = look(&test, 1, "2027-03-01T12:00:00");
    assert_false(now.open);
    assert_int_equal(now.opens_ms, utc("2028-01-01T22:00:00"));
    /* Not for decades: a board without battery that wakes in 1970 may go on. */
    assert_true(look(&test, 1, "1970-01-01T00:00:01").open);
}

static void test_a_blackout_holds_for_all(void **state)
{
    struct case_of test = a_case();
    (void)state;
    test.windows[1] = nightly("UTC");
    test.windows[1].blackout = true;
    test.windows[1].rule = "";
    test.windows[1].start = "20261127T230000";
    test.windows[1].duration_s = 3600;
    struct fl_windows_state now = look(&test, 2, "2026-11-27T22:30:00");
    assert_true(now.open);
    assert_int_equal(now.closes_ms, utc("2026-11-27T23:00:00"));
    now = look(&test, 2, "2026-11-27T23:30:00");
    assert_false(now.open);
    assert_true(now.blackout);
    assert_int_equal(now.opens_ms, utc("2026-11-28T00:00:00"));
    /* A node without windows too. */
    test.windows[0].group = "north";
    test.asker.code = "Ф02";
    assert_false(look(&test, 2, "2026-11-27T23:30:00").open);
    assert_true(look(&test, 2, "2026-11-27T12:00:00").open);
}

static void test_the_highest_priority_gives_the_rate(void **state)
{
    struct case_of test = a_case();
    (void)state;
    test.windows[0].bytes_per_second = 1000;
    test.windows[1] = nightly("UTC");
    test.windows[1].name = "fast";
    test.windows[1].priority = 5;
    test.windows[1].start = "20260101T230000";
    test.windows[1].duration_s = 3600;
    assert_int_equal(look(&test, 2, "2026-11-27T22:30:00").bytes_per_second, 1000);
    struct fl_windows_state now = look(&test, 2, "2026-11-27T23:30:00");
    assert_int_equal(now.bytes_per_second, 0);
    assert_string_equal(now.window, "fast");
    /* One joins the other: it closes when both have. */
    assert_int_equal(now.closes_ms, utc("2026-11-28T02:00:00"));
}

static void test_a_missed_window_may_be_made_up(void **state)
{
    struct case_of test = a_case();
    (void)state;
    test.windows[0].catch_up_s = 6 * 3600;
    test.asker.last_round_ms = utc("2026-11-27T03:00:00");
    struct fl_windows_state now = look(&test, 1, "2026-11-28T05:00:00");
    assert_true(now.open);
    assert_true(now.catching_up);
    assert_int_equal(now.closes_ms, utc("2026-11-28T08:00:00"));
    assert_false(look(&test, 1, "2026-11-28T08:00:00").open);
    assert_true(fl_windows_is_late(&now, test.asker.last_round_ms));
    /* Not when it was not missed. */
    test.asker.last_round_ms = utc("2026-11-27T22:10:00");
    now = look(&test, 1, "2026-11-28T05:00:00");
    assert_false(now.open);
    assert_false(fl_windows_is_late(&now, test.asker.last_round_ms));
    /* Nor when a blackout covered it whole. */
    test.windows[1] = test.windows[0];
    test.windows[1].blackout = true;
    test.asker.last_round_ms = utc("2026-11-27T03:00:00");
    now = look(&test, 2, "2026-11-28T05:00:00");
    assert_false(fl_windows_is_late(&now, test.asker.last_round_ms));
}

/* A clock put forwards has missed windows, one put back is in one again. */
static void test_a_clock_that_jumps(void **state)
{
    struct case_of test = a_case();
    (void)state;
    test.windows[0].catch_up_s = 24 * 3600 - 1;
    test.asker.last_round_ms = utc("2026-11-27T22:30:00");
    assert_true(look(&test, 1, "2030-01-01T12:00:00").catching_up);
    test.asker.last_round_ms = utc("2030-01-01T12:00:00");
    assert_true(look(&test, 1, "2026-11-27T22:30:00").open);
    assert_false(look(&test, 1, "2026-11-28T12:00:00").open);
}

static void test_a_spread_gives_each_node_its_place(void **state)
{
    struct case_of test = a_case();
    int64_t begin_ms = utc("2026-11-27T22:00:00");
    int64_t places[50];
    unsigned early = 0;
    (void)state;
    test.windows[0].spread_s = 3600;
    for (unsigned i = 0; i < 50; i++) {
        memset(test.asker.node.bytes, (int)i, sizeof test.asker.node.bytes);
        struct fl_windows_state now = look(&test, 1, "2026-11-27T20:00:00");
        places[i] = now.opens_ms - begin_ms;
        assert_in_range(places[i], 0, HOUR_MS - 1);
        early += places[i] < HOUR_MS / 2;
        assert_int_equal(look(&test, 1, "2026-11-27T20:00:00").opens_ms, now.opens_ms);
    }
    assert_in_range(early, 10, 40);
}

static void test_a_bucket_keeps_to_its_rate(void **state)
{
    struct fl_bucket bucket = {.bytes_per_second = 0};
    uint64_t now_ms = 1000;
    uint64_t sent = 0;
    (void)state;
    assert_true(fl_bucket_is_open(&bucket, now_ms));
    assert_int_equal(fl_bucket_due_ms(&bucket, now_ms), UINT64_MAX);
    fl_bucket_set(&bucket, 8000, now_ms);
    for (; now_ms < 61000; now_ms += 10) {
        while (fl_bucket_is_open(&bucket, now_ms)) {
            fl_bucket_take(&bucket, 50000); /* larger than a second of it */
            sent += 50000;
        }
        assert_true(fl_bucket_due_ms(&bucket, now_ms) > now_ms);
    }
    assert_in_range(sent, 60 * 8000, 60 * 8000 + 50000 + 8000);
    fl_bucket_set(&bucket, 0, now_ms);
    assert_true(fl_bucket_is_open(&bucket, now_ms));
}

static void test_more_nodes_than_can_be_served_are_seen(void **state)
{
    struct fl_window window = nightly("UTC");
    struct fl_window other = nightly("UTC");
    struct fl_window black = nightly("UTC");
    struct fl_window_plan *plan = calloc(1, sizeof *plan);
    (void)state;
    assert_non_null(plan);
    black.blackout = true;
    plan->count = 1;
    plan->items[0] = (struct fl_window_planned){&window, 0, HOUR_MS, 3600};
    assert_false(fl_window_load(plan, 0, 1000000).overload);
    assert_true(fl_window_load(plan, 0, 1001000).overload);
    assert_false(fl_window_load(plan, 0, /* round_us= */ 0).overload);
    /* Others within the same hour need their share, ... */
    plan->count = 2;
    plan->items[1] = (struct fl_window_planned){&other, HOUR_MS / 2, HOUR_MS, 10};
    assert_true(fl_window_load(plan, 0, 1000000).overload);
    assert_false(fl_window_load(plan, 1, 1000000).overload);
    /* ... and a blackout takes its own. */
    plan->items[0].nodes = 2000;
    plan->items[1].window = &black;
    struct fl_window_load load = fl_window_load(plan, 0, 1000000);
    assert_int_equal(load.length_s, 1800);
    assert_int_equal(load.needs_s, 2000);
    assert_true(load.overload);
    free(plan);
}

/* ---- commands, the journey down, files ---- */

static int window(struct side *side, const char *line)
{
    char copy[400];
    const char *words[32];
    size_t count = 0;
    struct fixture *fixture = side->pair->fixture;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    fixture->node = side->node;
    int exit_status = fixture_run_words(fixture, NULL, count, words);
    fixture->node = NULL;
    return exit_status;
}

static void must(struct side *side, const char *line)
{
    if (window(side, line) != 0) {
        fail_msg("%s: %s", line, side->pair->fixture->complaint);
    }
}

static void must_fail(struct side *side, const char *line, const char *words)
{
    struct fixture_state before = fixture_content(side->node);
    assert_int_not_equal(window(side, line), 0);
    fixture_must_say(side->pair->fixture->complaint, words);
    fixture_must_be_unchanged(side->node, &before);
}

static void test_windows_travel_down_and_nobody_below_sets_them(void **state)
{
    struct pair *pair = *state;
    must(&pair->centre, "window group night Ф01 Ф02");
    must(
        &pair->centre,
        "window add --group night --rule FREQ=DAILY --at 22:00 --for 4h --zone "
        "Europe/Moscow --rate 256k --spread 20m");
    assert_int_equal(pair->branch.node->windows.calendar.window_count, 0);
    synchronise(pair);
    const struct fl_calendar *calendar = &pair->branch.node->windows.calendar;
    assert_int_equal(calendar->window_count, 1);
    assert_int_equal(calendar->windows[0].bytes_per_second, 32000);
    assert_int_equal(calendar->windows[0].spread_s, 1200);
    assert_true(fl_calendar_is_member(calendar, "night", "Ф02"));
    must_fail(&pair->branch, "window add --at 22:00 --for 4h", "root of the tree");
    must_fail(&pair->branch, "window remove night", "root of the tree");
    /* And holds after a restart, without a line. */
    reopen(&pair->branch, NULL);
    assert_int_equal(pair->branch.node->windows.calendar.window_count, 1);
    must(&pair->branch, "status");
    fixture_must_say(pair->fixture->out, "night");
    must(&pair->centre, "window remove night");
    synchronise(pair);
    assert_int_equal(pair->branch.node->windows.calendar.window_count, 0);
}

/* What is kept of rules says the same as they themselves, wherever the clock goes. */
static void test_what_is_kept_of_windows_is_what_they_say(void **state)
{
    struct pair *pair = *state;
    struct side *centre = &pair->centre;
    must(centre, "window group night Ф01");
    must(
        centre, "window add --group night --rule FREQ=DAILY --at 22:00 --for 4h --zone "
                "Europe/Berlin --spread 20m --catch-up 6h --from 2026-01-01");
    must(
        centre, "window add --name feast --blackout --rule FREQ=WEEKLY --at 23:00 --for "
                "1h --from 2026-01-01");
    const struct fl_windows *kept = &centre->node->windows;
    struct fl_windows counted = *kept;
    struct fl_windows_asker asker = {.code = "Ф01", .last_round_ms = 1};
    int64_t at_ms = utc("2026-03-01T00:00:00");
    assert_non_null(kept->laid);
    counted.laid = NULL;
    for (unsigned i = 0; i < 300; i++) {
        /* Hours, then days, then back by weeks. */
        at_ms += i < 100 ? HOUR_MS : i < 200 ? DAY_MS + HOUR_MS : -9 * DAY_MS;
        struct fl_windows_state one = fl_windows_look(kept, &asker, at_ms);
        struct fl_windows_state other = fl_windows_look(&counted, &asker, at_ms);
        assert_int_equal(one.open, other.open);
        assert_int_equal(one.opens_ms, other.opens_ms);
        assert_int_equal(one.closes_ms, other.closes_ms);
        assert_int_equal(one.until_ms, other.until_ms);
        assert_int_equal(one.last_begin_ms, other.last_begin_ms);
        asker.last_round_ms = i % 7 == 0 ? at_ms : asker.last_round_ms;
    }
}

static void test_what_makes_no_window_changes_nothing(void **state)
{
    struct pair *pair = *state;
    struct side *centre = &pair->centre;
    must_fail(centre, "window add --at 22:00", "--at 22:00 --for 4h");
    must_fail(centre, "window add --at 25:00 --for 4h", "time of the day");
    must_fail(centre, "window add --at 22:00 --for 4h --zone Moon", "time zone");
    must_fail(centre, "window add --at 22:00 --for 4h --rule DAILY", "RFC 5545");
    must_fail(
        centre,
        "window add --at 22:00 --for 4h --rule FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "ten years");
    must_fail(centre, "window add --at 22:00 --for 4h --group x", "window group x");
    must_fail(centre, "window add --at 22:00 --for 4h --rate fast", "256k");
    must_fail(centre, "window add --at 22:00 --for 4h --spread 5h", "shorter");
    must_fail(centre, "window add --at 22:00 --for 4h --except tomorrow", "2026-12-31");
    must_fail(centre, "window add --at 22:00 --for 4h --priority 10", "0 to 9");
    must_fail(centre, "window change night --for 1h", "no window");
    must(centre, "window add --name night --at 22:00 --for 4h");
    must_fail(centre, "window add --name night --at 22:00 --for 4h", "window change");
    must(centre, "window change night --rate 64k --except 2026-12-31");
    assert_int_equal(centre->node->windows.calendar.windows[0].bytes_per_second, 8000);
    must(centre, "window change night --clear-dates --rate none");
    assert_int_equal(centre->node->windows.calendar.windows[0].except_count, 0);
    assert_int_equal(centre->node->windows.calendar.windows[0].duration_s, 4 * 3600);
}

static void test_a_plan_names_what_comes(void **state)
{
    struct pair *pair = *state;
    char command[FIXTURE_PATH_BYTES + 40];
    must(&pair->centre, "window add --name night --at 22:00 --for 4h --rule FREQ=DAILY");
    snprintf(
        command, sizeof command, "window plan --days 3 --svg %s",
        fixture_path(pair->fixture, "week.svg"));
    must(&pair->centre, command);
    fixture_must_say(pair->fixture->out, "night");
    must(&pair->centre, "window show night --json");
    fixture_must_say(pair->fixture->out, "\"begin_utc\"");
    must_fail(&pair->centre, "window show day", "window list");
    struct fl_buffer svg;
    fl_buffer_init(&svg, 1 << 20);
    assert_int_equal(
        fl_file_read(fixture_path(pair->fixture, "week.svg"), 1 << 20, &svg, NULL),
        FL_OK);
    fl_buffer_put_u8(&svg, 0);
    fixture_must_say((const char *)svg.data, "</svg>");
    fl_buffer_deinit(&svg);
}

static void test_a_calendar_file_comes_back_as_it_went(void **state)
{
    struct pair *pair = *state;
    struct side *centre = &pair->centre;
    char command[2 * FIXTURE_PATH_BYTES];
    struct fl_buffer before;
    struct fl_buffer after;
    must(centre, "window group night Ф01");
    must(
        centre,
        "window add --group night --rule FREQ=WEEKLY;BYDAY=SA --at 22:00 --for 90m "
        "--zone "
        "Europe/Moscow --rate 64k --spread 20m --catch-up 6h --priority 7 --except "
        "2026-12-26 --also 2026-12-30T21:00");
    must(
        centre,
        "window add --name feast --blackout --from 2026-12-31 --at 00:00 --for 1d");
    fl_buffer_init(&before, 1 << 16);
    fl_buffer_init(&after, 1 << 16);
    fl_calendar_encode(&centre->node->windows.calendar, &before);
    const char *path = fixture_path(pair->fixture, "w.ics");
    snprintf(command, sizeof command, "window export %s", path);
    must(centre, command);
    must(centre, "window remove night feast");
    snprintf(command, sizeof command, "window import %s", path);
    must(centre, command);
    fl_calendar_encode(&centre->node->windows.calendar, &after);
    assert_true(fl_bytes_equal(fl_buffer_view(&before), fl_buffer_view(&after)));
    fl_buffer_deinit(&before);
    fl_buffer_deinit(&after);
}

static void test_a_foreign_calendar_is_taken(void **state)
{
    struct pair *pair = *state;
    struct side *centre = &pair->centre;
    char command[2 * FIXTURE_PATH_BYTES];
    const char *path = fixture_path(pair->fixture, "feasts.ics");
    fixture_write(
        path, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n"
              "SUMMARY:Новый год\r\nDTSTART;VALUE=DATE:20270101\r\n"
              "DTEND;VALUE=DATE:20270109\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\n"
              "SUMMARY:День России\r\nDTSTART;VALUE=DATE:20270612\r\n"
              "RRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    snprintf(
        command, sizeof command, "window import %s --blackout --zone Europe/Moscow",
        path);
    must(centre, command);
    const struct fl_calendar *calendar = &centre->node->windows.calendar;
    const struct fl_window *feast = fl_calendar_window(calendar, "Новый год");
    assert_non_null(feast);
    assert_true(feast->blackout);
    assert_int_equal(feast->duration_s, 8 * 86400);
    assert_string_equal(feast->zone, "Europe/Moscow");
    assert_int_equal(fl_calendar_window(calendar, "День России")->duration_s, 86400);
    /* A programme's feasts have one name; one date is moved and one cancelled. */
    fixture_write(
        path, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:n\r\n"
              "RECURRENCE-ID:20270303T190000Z\r\nSUMMARY:night\r\n"
              "DTSTART:20270303T200000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
              "BEGIN:VEVENT\r\nUID:n\r\nSUMMARY:night\r\n"
              "DTSTART;TZID=/freeassociation/Europe/Moscow:20270301T220000\r\n"
              "DURATION:PT1H\r\nRRULE:FREQ=DAILY;UNTIL=20270304T190000Z\r\n"
              "EXDATE:20270302T190000Z\r\nEND:VEVENT\r\n"
              "BEGIN:VEVENT\r\nUID:f1\r\nSUMMARY:feast\r\n"
              "DTSTART;VALUE=DATE:20270501\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:f2\r\n"
              "SUMMARY:feast\r\nDTSTART;VALUE=DATE:20270502\r\nEND:VEVENT\r\n"
              "END:VCALENDAR\r\n");
    snprintf(command, sizeof command, "window import %s", path);
    must(centre, command);
    calendar = &centre->node->windows.calendar;
    assert_non_null(fl_calendar_window(calendar, "feast"));
    assert_non_null(fl_calendar_window(calendar, "feast-2"));
    const struct fl_window *night = fl_calendar_window(calendar, "night");
    assert_non_null(night);
    assert_string_equal(night->zone, "Europe/Moscow");
    MUST_BEGIN(
        night, "2027-03-01T00:00:00", 9, "2027-03-01T19:00:00", "2027-03-03T20:00:00",
        "2027-03-04T19:00:00");
    fixture_write(path, "BEGIN:VCALENDAR\nEND:VCALENDAR\n");
    snprintf(command, sizeof command, "window import %s", path);
    must_fail(centre, command, "feasts.ics");
    fixture_write(path, "no calendar");
    must_fail(centre, command, "VCALENDAR");
}

int main(void)
{
    fl_log_set_level(FL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_daily_window_follows_the_clocks_of_its_zone),
        cmocka_unit_test(test_rules_dates_and_ends),
        cmocka_unit_test(test_what_cannot_be_understood_is_refused),
        cmocka_unit_test(test_a_window_lets_in_and_says_until_when),
        cmocka_unit_test(test_an_endpoint_keeps_to_windows_in_which_it_is_named),
        cmocka_unit_test(test_who_has_no_window_is_free),
        cmocka_unit_test(test_a_window_that_comes_seldom_shuts_until_then),
        cmocka_unit_test(test_a_blackout_holds_for_all),
        cmocka_unit_test(test_the_highest_priority_gives_the_rate),
        cmocka_unit_test(test_a_missed_window_may_be_made_up),
        cmocka_unit_test(test_a_clock_that_jumps),
        cmocka_unit_test(test_a_spread_gives_each_node_its_place),
        cmocka_unit_test(test_a_bucket_keeps_to_its_rate),
        cmocka_unit_test(test_more_nodes_than_can_be_served_are_seen),
#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
        TEST(test_windows_travel_down_and_nobody_below_sets_them),
        TEST(test_what_is_kept_of_windows_is_what_they_say),
        TEST(test_what_makes_no_window_changes_nothing),
        TEST(test_a_plan_names_what_comes),
        TEST(test_a_calendar_file_comes_back_as_it_went),
        TEST(test_a_foreign_calendar_is_taken),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
