#include "pair.h"

#include <fcntl.h>
#include <unistd.h>

/* The branch has been connected once; then everything waits at the centre. */
static const char *make_image(struct pair *pair, const char *name)
{
    static char path[FIXTURE_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", pair->fixture->directory, name);
    const char *const words[] = {"image", "create", "Ф01", path};
    run_on(&pair->centre, NULL, 4, words);
    return path;
}

static int load(struct side *side, const char *path)
{
    struct fixture *fixture = side->pair->fixture;
    const char *const words[] = {"image", "load", path};
    fixture->node = side->node;
    int exit_status = fixture_run_words(fixture, NULL, 3, words);
    fixture->node = NULL;
    return exit_status;
}

/* After it the replicator must read its positions anew. */
static void must_load(struct side *side, const char *path)
{
    if (load(side, path) != 0) {
        fail_msg("%s", side->pair->fixture->complaint);
    }
    reopen(side, NULL);
}

static void must_refuse(struct side *side, const char *path, const char *words)
{
    struct fixture_state before = fixture_content(side->node);
    assert_int_equal(load(side, path), 1);
    fixture_must_say(side->pair->fixture->complaint, words);
    fixture_must_be_unchanged(side->node, &before);
}

static void meet(struct pair *pair)
{
    synchronise(pair);
    disconnect(pair);
}

static uint64_t chunk_bytes;

static bool count_chunks(struct pair *pair, struct side *from, struct wire_frame *frame)
{
    (void)pair;
    (void)from;
    chunk_bytes += kind_of(frame) == FL_FRAME_CHUNK ? frame->size : 0;
    return true;
}

static void test_an_image_makes_equal_and_the_line_goes_on_behind_it(void **state)
{
    struct pair *pair = *state;
    meet(pair);
    put_many(&pair->centre, 1, 3000);
    const char *path = make_image(pair, "image");
    put_currency(&pair->centre, 1, "after it");
    put_currency(&pair->branch, 2, "of branch");
    must_load(&pair->branch, path);
    assert_int_equal(objects_of(&pair->branch), 3001);
    pair->pass = count_chunks;
    chunk_bytes = 0;
    synchronise(pair);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->centre), 3002);
    assert_true(chunk_bytes < 2000); /* nothing of the image went again */
}

static void test_an_image_that_is_loaded_twice_changes_nothing(void **state)
{
    struct pair *pair = *state;
    meet(pair);
    put_many(&pair->centre, 1, 1000);
    const char *path = make_image(pair, "image");
    must_load(&pair->branch, path);
    struct fixture_state before = fixture_content(pair->branch.node);
    must_load(&pair->branch, path);
    fixture_must_be_unchanged(pair->branch.node, &before);
    synchronise(pair);
    must_load(&pair->branch, path);
    must_be_equal(pair);
}

static void test_an_image_for_another_node_is_refused(void **state)
{
    struct pair *pair = *state;
    meet(pair);
    put_many(&pair->centre, 1, 100);
    must_refuse(&pair->centre, make_image(pair, "image"), "for another node");
}

/* Not met yet: nothing can be addressed to its store. */
static void test_a_branch_that_was_never_met_gets_no_image(void **state)
{
    struct pair *pair = *state;
    const char *const words[] = {"image", "create", "Ф01", "/nowhere"};
    pair->fixture->node = pair->centre.node;
    assert_int_equal(fixture_run_words(pair->fixture, NULL, 4, words), 1);
    pair->fixture->node = NULL;
    fixture_must_say(pair->fixture->complaint, "never been connected");
}

static void flip(const char *path, off_t at)
{
    int descriptor = open(path, O_RDWR);
    uint8_t byte;
    assert_true(descriptor >= 0);
    assert_int_equal(pread(descriptor, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
    close(descriptor);
}

static void test_a_damaged_image_changes_nothing(void **state)
{
    struct pair *pair = *state;
    struct stat facts;
    meet(pair);
    put_many(&pair->centre, 1, 2000);
    const char *path = make_image(pair, "image");
    assert_int_equal(stat(path, &facts), 0);
    for (off_t at = 0; at < facts.st_size; at += at < 600 ? 7 : facts.st_size / 50) {
        struct fixture_state before = fixture_content(pair->branch.node);
        flip(path, at);
        assert_int_equal(load(&pair->branch, path), 1);
        fixture_must_be_unchanged(pair->branch.node, &before);
        flip(path, at);
    }
    assert_int_equal(truncate(path, facts.st_size - 5), 0);
    must_refuse(&pair->branch, path, "cut off or damaged");
}

/* The line was faster: all of the image is covered by what it brought. */
static void test_an_image_that_the_line_overtook_changes_nothing(void **state)
{
    struct pair *pair = *state;
    meet(pair);
    put_many(&pair->centre, 1, 1000);
    const char *path = make_image(pair, "image");
    synchronise(pair);
    must_load(&pair->branch, path);
    synchronise(pair);
    must_be_equal(pair);
    assert_int_equal(objects_of(&pair->branch), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_an_image_makes_equal_and_the_line_goes_on_behind_it, pair_setup,
            pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_an_image_that_is_loaded_twice_changes_nothing, pair_setup,
            pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_an_image_for_another_node_is_refused, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_branch_that_was_never_met_gets_no_image, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_damaged_image_changes_nothing, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(
            test_an_image_that_the_line_overtook_changes_nothing, pair_setup,
            pair_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
