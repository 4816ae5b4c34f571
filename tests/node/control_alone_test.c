/*
 * Who asked for a table hangs up: while it is read nothing of it is written, and once it
 * is being written all of it is.
 */

#include "fixture.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "control/control.h"

/* More than one transaction takes, and few rows. */
enum { ROWS = 16, ROW_BYTES = 700 << 10, TICKS_MAX = 100000, SERVED_MAX = 1000 };

/* What a daemon does with its control socket, turn by turn. */
struct turns {
    struct fixture *fixture;
    struct fl_control *control;
    int client;
    uint64_t objects_before;
};

static void write_table(const struct fixture *fixture)
{
    FILE *file = fopen(fixture_path(fixture, "table.csv"), "w");
    assert_non_null(file);
    fputs("ИНН;Имя;Заметки\n", file);
    for (int i = 0; i < ROWS; i++) {
        fprintf(file, "77%08d;Клиент %d;%0*d\n", i, i, ROW_BYTES, i);
    }
    assert_int_equal(fclose(file), 0);
    fixture_write(
        fixture_path(fixture, "table.map"),
        "type = Catalog.Контрагенты\nkey = ИНН\n[columns]\nИНН = ИНН\n"
        "Description = Имя\nКомментарий = Заметки\n");
}

static uint64_t count_objects(const struct fixture *fixture)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, fixture->node->store, FL_TXN_READ);
    uint64_t count = fl_object_count(&txn);
    fl_txn_abort(&txn);
    return count;
}

static uint64_t written(const struct turns *turns)
{
    return count_objects(turns->fixture) - turns->objects_before;
}

static int setup(void **state)
{
    struct fl_error error;
    struct turns *turns = calloc(1, sizeof *turns);
    assert_non_null(turns);
    fixture_setup(state);
    turns->fixture = *state;
    turns->client = -1;
    turns->objects_before = count_objects(turns->fixture);
    write_table(turns->fixture);
    turns->fixture->node->daemon = (struct fl_daemon *)turns;
    if (fl_control_open(turns->fixture->node, &turns->control, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    *state = turns;
    return 0;
}

static int teardown(void **state)
{
    struct turns *turns = *state;
    fl_control_close(turns->control);
    turns->fixture->node->daemon = NULL;
    if (turns->client >= 0) {
        close(turns->client);
    }
    *state = turns->fixture;
    free(turns);
    return fixture_teardown(state);
}

static void serve(struct turns *turns)
{
    struct pollfd fds[FL_CONTROL_POLL_MAX];
    struct fl_error error;
    bool wrote = false;
    size_t count = fl_control_poll(turns->control, fds);
    assert_true(poll(fds, count, 0) >= 0);
    assert_int_equal(fl_control_serve(turns->control, fds, count, &wrote, &error), FL_OK);
}

/* A client that sends the import, and is heard. */
static void ask(struct turns *turns)
{
    static const char *const words[] = {"import", "--format",  "csv",
                                        "--map",  "table.map", "table.csv"};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct fl_buffer frame;
    fl_buffer_init(&frame, 4096);
    fl_buffer_put_u32(&frame, 0); /* its size, below */
    fl_buffer_put_u8(&frame, FL_CONTROL_COMMAND);
    fl_buffer_put_u8(&frame, 0);
    fl_buffer_put_sized(&frame, fl_bytes_of_text("en"));
    fl_buffer_put_sized(&frame, fl_bytes_of_text(turns->fixture->directory));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        fl_buffer_put_sized(&frame, fl_bytes_of_text(words[i]));
    }
    fl_store_u32(frame.data, (uint32_t)frame.size - 4);
    snprintf(
        address.sun_path, sizeof address.sun_path, "%s",
        fixture_path(turns->fixture, "node/control.sock"));
    turns->client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        connect(turns->client, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(turns->client, frame.data, frame.size), frame.size);
    fl_buffer_deinit(&frame);
    for (size_t i = 0; i < SERVED_MAX && !fl_control_hurries(turns->control); i++) {
        serve(turns);
    }
    assert_true(fl_control_hurries(turns->control));
}

static void hang_up(struct turns *turns)
{
    close(turns->client);
    turns->client = -1;
    serve(turns);
}

static void go_on(struct turns *turns)
{
    for (size_t i = 0; i < TICKS_MAX && fl_control_hurries(turns->control); i++) {
        (void)fl_control_tick(turns->control, /* now_ms= */ 0);
    }
    serve(turns);
    assert_false(fl_control_hurries(turns->control));
}

static void test_what_is_being_written_is_written_to_its_end(void **state)
{
    struct turns *turns = *state;
    ask(turns);
    for (size_t i = 0; i < TICKS_MAX && written(turns) == 0; i++) {
        (void)fl_control_tick(turns->control, /* now_ms= */ 0);
    }
    assert_in_range(written(turns), 1, ROWS - 1);
    hang_up(turns);
    go_on(turns);
    assert_int_equal(written(turns), ROWS);
    ask(turns); /* nothing of the first is left that would keep the next one away */
    go_on(turns);
    assert_int_equal(written(turns), ROWS);
}

static void test_what_is_being_read_is_given_up(void **state)
{
    struct turns *turns = *state;
    ask(turns);
    (void)fl_control_tick(turns->control, /* now_ms= */ 0);
    hang_up(turns);
    assert_false(fl_control_hurries(turns->control));
    assert_int_equal(written(turns), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_being_written_is_written_to_its_end),
        TEST(test_what_is_being_read_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
