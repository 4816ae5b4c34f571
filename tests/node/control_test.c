#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "control/control.h"
#include "control/control_client.h"
#include "control/control_connection.h"
#include "language.h"

enum { WRITERS = 8, PUTS = 40 };

/* A daemon of nothing but its control socket, in a thread of its own. */
struct server {
    struct fixture *fixture;
    struct fl_control *control;
    int stop[2];
    pthread_t thread;
    size_t rounds_that_wrote; /* read after the thread has ended */
};

static void *serve(void *context)
{
    struct server *server = context;
    struct fl_error error;
    for (;;) {
        struct pollfd fds[FL_CONTROL_POLL_MAX + 1];
        size_t count = fl_control_poll(server->control, fds);
        fds[count] = (struct pollfd){.fd = server->stop[0], .events = POLLIN};
        if (poll(fds, count + 1, -1) < 0 || fds[count].revents != 0) {
            return NULL;
        }
        bool wrote = false;
        if (fl_control_serve(server->control, fds, count, &wrote, &error) != FL_OK) {
            return NULL;
        }
        server->rounds_that_wrote += wrote;
    }
}

static int setup(void **state)
{
    static struct server server;
    struct fl_error error;
    void *fixture = NULL;
    fixture_setup(&fixture);
    server = (struct server){.fixture = fixture};
    assert_int_equal(pipe(server.stop), 0);
    assert_int_equal(
        fl_control_open(server.fixture->node, &server.control, &error), FL_OK);
    assert_int_equal(pthread_create(&server.thread, NULL, serve, &server), 0);
    *state = &server;
    return 0;
}

static void stop(struct server *server)
{
    if (server->control != NULL) {
        assert_int_equal(write(server->stop[1], "x", 1), 1);
        pthread_join(server->thread, NULL);
        fl_control_close(server->control);
        server->control = NULL;
    }
}

static int teardown(void **state)
{
    struct server *server = *state;
    stop(server);
    close(server->stop[0]);
    close(server->stop[1]);
    void *fixture = server->fixture;
    return fixture_teardown(&fixture);
}

static struct fl_client *connect_to(struct server *server)
{
    struct fl_error error;
    struct fl_client *client = NULL;
    assert_int_equal(
        fl_client_open(fixture_path(server->fixture, "node"), &client, &error), FL_OK);
    return client;
}

static void test_a_put_is_durable_when_it_is_answered(void **state)
{
    struct server *server = *state;
    struct fl_error error;
    struct fl_client *client = connect_to(server);
    assert_int_equal(
        fl_client_put(
            client,
            fl_bytes_of_text("{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"1\"}}"),
            &error),
        FL_OK);
    assert_int_equal(
        fl_client_put(
            client,
            fl_bytes_of_text("{\"put\":\"Catalog.Валюты\",\"set\":{\"Cod\":\"1\"}}"),
            &error),
        FL_NOT_FOUND);
    fixture_must_say(error.text, "did you mean Code");
    fl_client_close(client);
    stop(server);
    assert_int_equal(fixture_run(server->fixture, "status", "--counts"), 0);
    fixture_must_say(server->fixture->out, "total 1\n");
}

static void *write_many(void *context)
{
    struct server *server = context;
    struct fl_error error;
    struct fl_client *client = connect_to(server);
    size_t failed = 0;
    for (size_t i = 0; i < PUTS; i++) {
        const char *line = i % 10 == 3
                               ? "{\"put\":\"Catalog.Нет\",\"set\":{}}"
                               : "{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"2\"}}";
        failed += fl_client_put(client, fl_bytes_of_text(line), &error) != FL_OK;
    }
    fl_client_close(client);
    return failed == PUTS / 10 ? server : NULL;
}

static void test_many_writers_share_commits_and_lose_nothing(void **state)
{
    struct server *server = *state;
    pthread_t writers[WRITERS];
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&writers[i], NULL, write_many, server), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(writers[i], &result), 0);
        assert_ptr_equal(result, server);
    }
    stop(server);
    assert_int_equal(fixture_run(server->fixture, "status", "--counts"), 0);
    char expected[40];
    snprintf(expected, sizeof expected, "total %d\n", WRITERS * (PUTS - PUTS / 10));
    fixture_must_say(server->fixture->out, expected);
    assert_true(server->rounds_that_wrote <= WRITERS * (PUTS - PUTS / 10));
}

static void test_puts_sent_ahead_are_answered_in_order(void **state)
{
    struct server *server = *state;
    struct fl_error error;
    struct fl_client *client = connect_to(server);
    for (size_t i = 0; i < PUTS; i++) {
        const char *line =
            i == 7 ? "{}" : "{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"3\"}}";
        assert_int_equal(fl_client_send(client, fl_bytes_of_text(line), &error), FL_OK);
    }
    for (size_t i = 0; i < PUTS; i++) {
        assert_int_equal(
            fl_client_receive(client, &error), i == 7 ? FL_MALFORMED : FL_OK);
    }
    fl_client_close(client);
}

/* What a command answers goes to this process's stdout: only its end is looked at. */
static int run(struct fl_client *client, const char *input, size_t count, char **words)
{
    struct fl_error error;
    int exit_status = -1;
    struct fl_bytes bytes = fl_bytes_of_text(input);
    unsigned flags = bytes.size > 0 ? FL_CLIENT_INPUT : 0;
    if (fl_client_run(client, count, words, flags, bytes, &exit_status, &error) !=
        FL_OK) {
        fail_msg("%s", error.text);
    }
    return exit_status;
}

static void test_one_connection_runs_many_commands(void **state)
{
    struct server *server = *state;
    struct fl_client *client = connect_to(server);
    char words[5][20] = {"batch", "status", "--counts", "nothing", "store"};
    char *batch[] = {words[0]};
    char *status[] = {words[1], words[2]};
    char *unknown[] = {words[3]};
    char *usage[] = {words[4]};
    assert_int_equal(
        run(client,
            "{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"1\"}}\n"
            "{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"2\"}}\n",
            1, batch),
        0);
    assert_int_equal(run(client, "", 2, status), 0);
    assert_int_equal(run(client, "", 1, unknown), 2);
    assert_int_equal(run(client, "", 1, usage), 2);
    fl_client_close(client);
    stop(server);
    assert_int_equal(fixture_run(server->fixture, "status", "--counts"), 0);
    fixture_must_say(server->fixture->out, "total 2\n");
}

static int connect_raw(struct server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(
        address.sun_path, sizeof address.sun_path, "%s",
        fixture_path(server->fixture, "node/control.sock"));
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        connect(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

/* A command as a client in Russian sends it; this process itself speaks English. */
static void test_one_client_does_not_change_the_language_of_the_daemon(void **state)
{
    struct server *server = *state;
    struct fl_buffer frame;
    char answer[4096] = {0};
    size_t size = 0;
    fl_language_use("en");
    fl_buffer_init(&frame, sizeof answer);
    fl_buffer_put_u32(&frame, 0); /* its size, below */
    fl_buffer_put_u8(&frame, FL_CONTROL_COMMAND);
    fl_buffer_put_u8(&frame, 0);
    fl_buffer_put_sized(&frame, fl_bytes_of_text("ru"));
    fl_buffer_put_sized(&frame, fl_bytes_of_text("/"));
    fl_buffer_put_sized(&frame, fl_bytes_of_text("status"));
    fl_store_u32(frame.data, (uint32_t)frame.size - 4);
    int descriptor = connect_raw(server);
    assert_int_equal(write(descriptor, frame.data, frame.size), frame.size);
    /* The daemon closes nothing: the answer ends with a frame of the exit status. */
    while (size < 7 || memcmp(answer + size - 6, "\0\0\0\2", 4) != 0) {
        ssize_t got = read(descriptor, answer + size, sizeof answer - size);
        assert_true(got > 0);
        size += (size_t)got;
    }
    close(descriptor);
    fl_buffer_deinit(&frame);
    stop(server);
    assert_string_equal(fl_language_wanted(), "en");
}

static void test_what_is_no_frame_ends_its_connection_only(void **state)
{
    static const char *const wrong[] = {
        "\xFF\xFF\xFF\xFF\x01", "\0\0\0\0\x01", "\0\0\0\x02\x07x", "\0\0\0\x02\x01\x09"};
    static const size_t sizes[] = {5, 5, 6, 6};
    struct server *server = *state;
    struct fl_error error;
    struct fl_client *client = connect_to(server);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int descriptor = connect_raw(server);
        char byte;
        assert_int_equal(write(descriptor, wrong[i], sizes[i]), sizes[i]);
        assert_int_equal(read(descriptor, &byte, 1), 0);
        close(descriptor);
    }
    assert_int_equal(
        fl_client_put(
            client,
            fl_bytes_of_text("{\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"1\"}}"),
            &error),
        FL_OK);
    fl_client_close(client);
}

static void test_the_socket_is_ours_alone_and_goes_with_the_server(void **state)
{
    struct server *server = *state;
    struct stat found;
    struct fl_error error;
    struct fl_client *client = NULL;
    const char *path = fixture_path(server->fixture, "node/control.sock");
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    stop(server);
    assert_int_equal(stat(path, &found), -1);
    assert_int_equal(
        fl_client_open(fixture_path(server->fixture, "node"), &client, &error),
        FL_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_put_is_durable_when_it_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_many_writers_share_commits_and_lose_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_puts_sent_ahead_are_answered_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_one_connection_runs_many_commands, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_what_is_no_frame_ends_its_connection_only, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_one_client_does_not_change_the_language_of_the_daemon, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_the_socket_is_ours_alone_and_goes_with_the_server, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
