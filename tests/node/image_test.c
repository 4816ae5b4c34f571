#include "pair.h"

enum { OBJECTS = 30000, CUTS = 100, WRITE_BYTES = 100000, WRITTEN = 20 };

/* A line that is cut after so many bytes, and what has crossed it. */
static struct {
    uint64_t chunk_bytes; /* that came to the branch */
    uint64_t until_cut;   /* 0: never */
    uint64_t between;     /* cuts, on the average */
    uint64_t random;
    unsigned cuts;
    unsigned writes;
} line;

static uint64_t draw(void)
{
    line.random = line.random * 6364136223846793005u + 1442695040888963407u;
    return line.random >> 33;
}

/* The centre goes on: new objects, and others change, on their way or not. */
static void write_some(struct pair *pair)
{
    char lines[WRITTEN * 200];
    size_t size = 0;
    put_currency(&pair->centre, line.writes++, "new");
    for (unsigned i = 0; i < WRITTEN; i++) {
        size += (size_t)snprintf(
            lines + size, sizeof lines - size,
            "{\"put\":\"Catalog.Контрагенты:11111111-2222-4333-8444-%012u\",\"set\":"
            "{\"Description\":\"changed %u\"}}\n",
            1 + (line.writes * 191 + i * (OBJECTS / WRITTEN)) % OBJECTS, line.writes);
    }
    batch(&pair->centre, lines);
    fl_replicator_changed(pair->centre.replicator, pair->now_ms);
}

static bool cut_often(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    if (from != &pair->centre || kind_of(frame) != FL_FRAME_CHUNK) {
        return true;
    }
    line.chunk_bytes += frame->size;
    if (line.cuts >= CUTS || line.between == 0) {
        return true;
    }
    if (frame->size < line.until_cut) {
        line.until_cut -= frame->size;
        return true;
    }
    line.until_cut = 1 + draw() % (2 * line.between);
    line.cuts++;
    from->close_wanted = true;
    return draw() % 2 == 0; /* this one arrived, or did not */
}

static void fill(struct pair *pair)
{
    put_many(&pair->centre, 1, OBJECTS);
}

/* The image, with writes at the centre between the turns; what came over the line. */
static uint64_t take_image(struct pair *pair, uint64_t between)
{
    memset(&line, 0, sizeof line);
    line.between = between;
    line.until_cut = between;
    line.random = 1;
    pair->pass = cut_often;
    connect_wire(pair);
    fl_replicator_sync(pair->branch.link, pair->now_ms);
    for (unsigned turns = 0; turns < TURNS_MAX && !is_over(pair, 1); turns++) {
        while (line.writes < line.chunk_bytes / WRITE_BYTES) {
            write_some(pair);
        }
        turn(pair);
    }
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), OBJECTS + line.writes);
    return line.chunk_bytes;
}

static uint64_t uncut_bytes;

static void test_a_new_branch_takes_everything_while_the_centre_goes_on(void **state)
{
    struct pair *pair = *state;
    fill(pair);
    uncut_bytes = take_image(pair, 0);
    assert_int_equal(line.cuts, 0);
}

static void test_an_image_over_a_line_cut_100_times_costs_a_twentieth_more(void **state)
{
    struct pair *pair = *state;
    fill(pair);
    assert_true(uncut_bytes > 0);
    uint64_t bytes = take_image(pair, uncut_bytes / (CUTS + 10));
    assert_int_equal(line.cuts, CUTS);
    print_message(
        "%llu bytes of chunks, %llu without cuts\n", (unsigned long long)bytes,
        (unsigned long long)uncut_bytes);
    assert_true(bytes * 100 <= uncut_bytes * 105);
}

/* The branch changes what is on its way to it: the old version must not come back. */
static bool cut_twice(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    if (from == &pair->centre && kind_of(frame) == FL_FRAME_CHUNK) {
        pair->count++;
        if (pair->count == 4 || pair->count == 8) {
            from->close_wanted = true;
        }
    }
    return true;
}

static void test_what_the_receiver_changed_itself_does_not_come_back_old(void **state)
{
    struct pair *pair = *state;
    const char *const rule[] = {"plan", "rule", "Catalog.Валюты", "--collision", "child"};
    run_on(&pair->centre, NULL, 5, rule);
    synchronise(pair);
    put_many(&pair->centre, 1, 1000);
    put_currency(&pair->centre, 1, "of centre");
    pair->pass = cut_twice;
    fl_replicator_changed(pair->centre.replicator, pair->now_ms);
    for (unsigned turns = 0; turns < TURNS_MAX && pair->count < 4; turns++) {
        turn(pair);
    }
    put_currency(&pair->branch, 1, "of branch");
    put_many(&pair->centre, 500, 3);
    synchronise(pair);
    synchronise(pair);
    assert_true(pair->count > 8);
    must_be_equal(pair);
    must_say_of(&pair->branch, 1, "of branch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_new_branch_takes_everything_while_the_centre_goes_on, pair_setup,
            pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_an_image_over_a_line_cut_100_times_costs_a_twentieth_more, pair_setup,
            pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_what_the_receiver_changed_itself_does_not_come_back_old, pair_setup,
            pair_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
