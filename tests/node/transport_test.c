/* Frames over real sockets on the loopback; every wait is bounded. */

#include "replicator/transport.h"

#include <poll.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "fixture.h"
#include "replicator/zap.h"

enum { WAIT_MS = 30000 };

struct world {
    struct fl_transport_context *context;
    struct fl_zap *zap;
    struct fl_keys server_keys;
    struct fl_keys client_keys;
    struct fl_transport *server;
    struct fl_transport *client;
};

static const struct fl_bytes nothing;

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void allow(struct world *world, const struct fl_keys *keys)
{
    uint8_t list[1][FL_TRANSPORT_KEY_BYTES];

    memcpy(list[0], keys->transport_public, sizeof(list[0]));
    assert_int_equal(
        fl_zap_set_keys(world->zap, (const uint8_t(*)[FL_TRANSPORT_KEY_BYTES])list, 1),
        FL_OK);
}

static struct fl_transport *connect_as(struct world *world, const struct fl_keys *keys)
{
    struct fl_transport *client = NULL;

    assert_int_equal(
        fl_transport_connect(
            world->context, keys, fl_transport_endpoint(world->server),
            world->server_keys.transport_public, &client, NULL),
        FL_OK);
    return client;
}

static int setup(void **state)
{
    struct world *world = fl_alloc_zeroed(1, sizeof(*world));

    assert_non_null(world);
    assert_int_equal(fl_crypto_start(), FL_OK);
    fl_transport_keys_new(
        world->server_keys.transport_public, world->server_keys.transport_secret);
    fl_transport_keys_new(
        world->client_keys.transport_public, world->client_keys.transport_secret);
    assert_int_equal(fl_transport_context_new(&world->context, NULL), FL_OK);
    assert_int_equal(fl_zap_start(world->context, &world->zap, NULL), FL_OK);
    allow(world, &world->client_keys);
    assert_int_equal(
        fl_transport_listen(
            world->context, &world->server_keys, "tcp://127.0.0.1:0",
            FL_TRANSPORT_DOMAIN_PEERS, &world->server, NULL),
        FL_OK);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    fl_transport_close(world->client);
    fl_transport_close(world->server);
    fl_zap_stop(world->zap);
    fl_transport_context_free(world->context);
    fl_free(world);
    return 0;
}

static void wait_for(const struct fl_transport *transport)
{
    struct pollfd descriptors[] = {
        {.fd = fl_transport_fd(transport), .events = POLLIN},
        {.fd = fl_transport_monitor_fd(transport), .events = POLLIN},
    };

    (void)poll(descriptors, 2, 100); /* a pause, not an assertion */
}

static void expect_event(struct fl_transport *transport, enum fl_transport_event wanted)
{
    const uint64_t end_ms = now_ms() + WAIT_MS;

    while (now_ms() < end_ms) {
        const enum fl_transport_event event = fl_transport_next_event(transport);

        if (event == wanted) {
            return;
        }
        if (event == FL_TRANSPORT_NONE) {
            wait_for(transport);
        }
    }
    fail_msg("the event did not come");
}

static struct fl_transport_frame expect_frame(struct fl_transport *transport)
{
    const uint64_t end_ms = now_ms() + WAIT_MS;
    struct fl_transport_frame frame = {.from = {.size = 0}};

    while (now_ms() < end_ms) {
        if (fl_transport_receive(transport, &frame) == FL_OK) {
            return frame;
        }
        wait_for(transport);
    }
    fail_msg("the frame did not come");
    return frame;
}

static void connect_client(struct world *world)
{
    world->client = connect_as(world, &world->client_keys);
    expect_event(world->client, FL_TRANSPORT_CONNECTED);
}

static void send_text(
    struct fl_transport *transport,
    const struct fl_transport_address *to,
    const char *head,
    const char *body)
{
    assert_int_equal(
        fl_transport_send(transport, to, fl_bytes_of_text(head), fl_bytes_of_text(body)),
        FL_OK);
}

static void test_a_frame_names_the_key_of_its_sender_and_is_answered(void **state)
{
    struct world *world = *state;

    connect_client(world);
    send_text(world->client, NULL, "hel", "lo");
    struct fl_transport_frame frame = expect_frame(world->server);
    assert_true(fl_bytes_equal(frame.bytes, fl_bytes_of_text("hello")));
    assert_memory_equal(
        frame.key, world->client_keys.transport_public, sizeof(frame.key));
    assert_true(frame.from.size > 0);

    const struct fl_transport_address address = frame.from;
    send_text(world->server, &address, "", "welcome");
    frame = expect_frame(world->client);
    assert_true(fl_bytes_equal(frame.bytes, fl_bytes_of_text("welcome")));
    assert_memory_equal(
        frame.key, world->server_keys.transport_public, sizeof(frame.key));
}

static void test_the_largest_frame_gets_through(void **state)
{
    struct world *world = *state;
    uint8_t *bytes = fl_alloc(FL_FRAME_WIRE_BYTES_MAX);

    assert_non_null(bytes);
    memset(bytes, 0x5A, FL_FRAME_WIRE_BYTES_MAX);
    connect_client(world);
    assert_int_equal(
        fl_transport_send(
            world->client, NULL, (struct fl_bytes){bytes, 100},
            (struct fl_bytes){bytes + 100, FL_FRAME_WIRE_BYTES_MAX - 100}),
        FL_OK);
    const struct fl_transport_frame frame = expect_frame(world->server);
    assert_int_equal(frame.bytes.size, FL_FRAME_WIRE_BYTES_MAX);
    assert_memory_equal(frame.bytes.data, bytes, FL_FRAME_WIRE_BYTES_MAX);
    fl_free(bytes);
}

static void test_frames_come_in_order_and_a_whole_window_fits(void **state)
{
    struct world *world = *state;

    connect_client(world);
    for (uint8_t i = 0; i < 60; i++) {
        assert_int_equal(
            fl_transport_send(world->client, NULL, (struct fl_bytes){&i, 1}, nothing),
            FL_OK);
    }
    for (uint8_t i = 0; i < 60; i++) {
        const struct fl_transport_frame frame = expect_frame(world->server);

        assert_int_equal(frame.bytes.size, 1);
        assert_int_equal(frame.bytes.data[0], i);
    }
}

/* Sending reads what the I/O thread has to say, and the descriptor's edge with it. */
static void test_a_frame_that_came_while_sending_is_waiting(void **state)
{
    struct world *world = *state;
    const uint64_t end_ms = now_ms() + WAIT_MS;

    connect_client(world);
    send_text(world->client, NULL, "hello", "");
    const struct fl_transport_address address = expect_frame(world->server).from;
    assert_false(fl_transport_is_waiting(world->client));
    send_text(world->server, &address, "welcome", "");
    while (!fl_transport_is_waiting(world->client) && now_ms() < end_ms) {
        wait_for(world->client);
    }
    assert_true(fl_transport_is_waiting(world->client));
    assert_int_equal(fl_transport_due_ms(world->client), 0);
    (void)expect_frame(world->client);
    assert_false(fl_transport_is_waiting(world->client));
}

static void test_sending_never_blocks(void **state)
{
    struct world *world = *state;
    enum fl_status status = FL_OK;
    static uint8_t bytes[64 << 10];

    connect_client(world);
    /* Nobody reads: queues of both sides and the system fill up. */
    for (size_t i = 0; i < 100000 && status == FL_OK; i++) {
        status = fl_transport_send(
            world->client, NULL, (struct fl_bytes){bytes, sizeof(bytes)}, nothing);
    }
    assert_int_equal(status, FL_BUSY);
}

static void test_without_a_connection_sending_is_busy(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = world->server;

    world->client = connect_as(world, &world->client_keys);
    fl_transport_close(server);
    world->server = NULL;
    fl_transport_close(world->client);
    world->client = NULL;
    assert_int_equal(
        fl_transport_connect(
            world->context, &world->client_keys, "tcp://127.0.0.1:1",
            world->server_keys.transport_public, &world->client, NULL),
        FL_OK);
    assert_int_equal(
        fl_transport_send(world->client, NULL, fl_bytes_of_text("x"), nothing), FL_BUSY);
}

static void test_a_connection_that_is_gone_is_not_found(void **state)
{
    struct world *world = *state;
    const uint64_t end_ms = now_ms() + WAIT_MS;
    struct fl_transport_frame frame;
    enum fl_status status = FL_OK;

    connect_client(world);
    send_text(world->client, NULL, "hello", "");
    const struct fl_transport_address address = expect_frame(world->server).from;
    fl_transport_close(world->client);
    world->client = NULL;
    while (status != FL_NOT_FOUND && now_ms() < end_ms) {
        wait_for(world->server);
        assert_int_equal(fl_transport_receive(world->server, &frame), FL_BUSY);
        status =
            fl_transport_send(world->server, &address, fl_bytes_of_text("late"), nothing);
    }
    assert_int_equal(status, FL_NOT_FOUND);
}

static void test_a_lost_connection_is_told(void **state)
{
    struct world *world = *state;

    connect_client(world);
    fl_transport_close(world->server);
    world->server = NULL;
    expect_event(world->client, FL_TRANSPORT_DISCONNECTED);
    assert_false(fl_transport_tick(world->client, 1000));
    assert_in_range(fl_transport_due_ms(world->client), 1500, 2500);
    assert_int_equal(fl_transport_fd(world->client), -1);
    assert_true(fl_transport_tick(world->client, 2500));
    assert_int_equal(fl_transport_due_ms(world->client), UINT64_MAX);
}

/* Who is busy while much arrives and the line breaks has it all the same. */
static void test_what_came_before_a_cut_can_be_read_after_it(void **state)
{
    enum { FRAMES = 30 };
    struct world *world = *state;

    connect_client(world);
    send_text(world->client, NULL, "", "here");
    const struct fl_transport_address address = expect_frame(world->server).from;

    for (unsigned i = 0; i < FRAMES; i++) {
        send_text(world->server, &address, "", "much");
    }
    fl_transport_close(world->server);
    world->server = NULL;
    expect_event(world->client, FL_TRANSPORT_DISCONNECTED);
    for (unsigned i = 0; i < FRAMES; i++) {
        struct fl_transport_frame frame;

        assert_int_equal(fl_transport_receive(world->client, &frame), FL_OK);
    }
    assert_int_equal(
        fl_transport_send(world->client, NULL, fl_bytes_of_text("late"), nothing),
        FL_BUSY);
}

static int expect_ended(struct fl_transport *server)
{
    const uint64_t end_ms = now_ms() + WAIT_MS;
    int connection = -1;

    while (now_ms() < end_ms && !fl_transport_next_ended(server, &connection)) {
        wait_for(server);
    }
    return connection;
}

static void test_who_listens_is_told_which_connection_has_ended(void **state)
{
    struct world *world = *state;
    struct fl_transport *other = NULL;
    int ended = -1;

    connect_client(world);
    send_text(world->client, NULL, "", "one");
    const int first = expect_frame(world->server).connection;

    other = connect_as(world, &world->client_keys);
    expect_event(other, FL_TRANSPORT_CONNECTED);
    send_text(other, NULL, "", "two");
    const int second = expect_frame(world->server).connection;

    assert_int_not_equal(first, second);
    assert_false(fl_transport_next_ended(world->server, &ended));
    fl_transport_close(other);
    assert_int_equal(expect_ended(world->server), second);
    fl_transport_close(world->client);
    world->client = NULL;
    assert_int_equal(expect_ended(world->server), first);
}

static void test_more_than_a_request_ends_a_connection_of_enrolment(void **state)
{
    struct world *world = *state;
    static const uint8_t bytes[2048];

    fl_transport_close(world->server);
    assert_int_equal(
        fl_transport_listen(
            world->context, &world->server_keys, "tcp://127.0.0.1:0",
            FL_TRANSPORT_DOMAIN_ENROLMENT, &world->server, NULL),
        FL_OK);
    connect_client(world);
    assert_int_equal(
        fl_transport_send(world->client, NULL, (struct fl_bytes){bytes, 1024}, nothing),
        FL_OK);
    assert_int_equal(expect_frame(world->server).bytes.size, 1024);
    assert_int_equal(
        fl_transport_send(
            world->client, NULL, (struct fl_bytes){bytes, sizeof(bytes)}, nothing),
        FL_OK);
    expect_event(world->client, FL_TRANSPORT_DISCONNECTED);
}

/* As a stranger with a good key would: libzmq alone. */
static void test_a_message_of_several_frames_is_dropped_and_counted(void **state)
{
    struct world *world = *state;
    void *socket = zmq_socket(fl_transport_context_handle(world->context), ZMQ_DEALER);
    const int linger_ms = 0;

    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
    zmq_setsockopt(
        socket, ZMQ_CURVE_SERVERKEY, world->server_keys.transport_public,
        FL_TRANSPORT_KEY_BYTES);
    zmq_setsockopt(
        socket, ZMQ_CURVE_PUBLICKEY, world->client_keys.transport_public,
        FL_TRANSPORT_KEY_BYTES);
    zmq_setsockopt(
        socket, ZMQ_CURVE_SECRETKEY, world->client_keys.transport_secret,
        FL_TRANSPORT_KEY_BYTES);
    assert_int_equal(zmq_connect(socket, fl_transport_endpoint(world->server)), 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(zmq_send(socket, "x", 1, ZMQ_SNDMORE), 1);
    }
    assert_int_equal(zmq_send(socket, "x", 1, 0), 1);
    assert_int_equal(zmq_send(socket, "good", 4, 0), 4);
    const struct fl_transport_frame frame = expect_frame(world->server);
    assert_true(fl_bytes_equal(frame.bytes, fl_bytes_of_text("good")));
    assert_int_equal(fl_transport_dropped(world->server), 1);
    zmq_close(socket);
}

static void test_an_address_of_its_own_choice_is_dropped_when_long(void **state)
{
    struct world *world = *state;
    void *socket = zmq_socket(fl_transport_context_handle(world->context), ZMQ_DEALER);
    const int linger_ms = 0;
    const uint64_t end_ms = now_ms() + WAIT_MS;
    struct fl_transport_frame frame;

    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, "an address of 25 bytes ..", 25);
    zmq_setsockopt(
        socket, ZMQ_CURVE_SERVERKEY, world->server_keys.transport_public,
        FL_TRANSPORT_KEY_BYTES);
    zmq_setsockopt(
        socket, ZMQ_CURVE_PUBLICKEY, world->client_keys.transport_public,
        FL_TRANSPORT_KEY_BYTES);
    zmq_setsockopt(
        socket, ZMQ_CURVE_SECRETKEY, world->client_keys.transport_secret,
        FL_TRANSPORT_KEY_BYTES);
    assert_int_equal(zmq_connect(socket, fl_transport_endpoint(world->server)), 0);
    assert_int_equal(zmq_send(socket, "x", 1, 0), 1);
    while (fl_transport_dropped(world->server) == 0 && now_ms() < end_ms) {
        assert_int_equal(fl_transport_receive(world->server, &frame), FL_BUSY);
        wait_for(world->server);
    }
    assert_int_equal(fl_transport_dropped(world->server), 1);
    zmq_close(socket);
}

static void test_a_refused_child_comes_in_once_it_is_enrolled(void **state)
{
    struct world *world = *state;
    struct fl_keys late;

    fl_transport_keys_new(late.transport_public, late.transport_secret);
    world->client = connect_as(world, &late);
    expect_event(world->client, FL_TRANSPORT_HANDSHAKE_FAILED);
    allow(world, &late);

    /* The wait is of the caller's clock: a virtual one here. */
    assert_int_equal(fl_transport_due_ms(world->client), 0);
    assert_false(fl_transport_tick(world->client, 1000));
    const uint64_t due_ms = fl_transport_due_ms(world->client);
    assert_true(due_ms >= 1000 + 750 && due_ms < 1000 + 1250);
    assert_false(fl_transport_tick(world->client, due_ms - 1));
    assert_true(fl_transport_tick(world->client, due_ms));
    assert_int_equal(fl_transport_due_ms(world->client), UINT64_MAX);
    expect_event(world->client, FL_TRANSPORT_CONNECTED);
}

static void test_waits_grow_with_refusals_up_to_a_bound(void **state)
{
    struct world *world = *state;
    struct fl_keys late;
    uint64_t clock_ms = 1000;
    uint64_t least_ms = 0;

    fl_transport_keys_new(late.transport_public, late.transport_secret);
    world->client = connect_as(world, &late);
    for (int i = 0; i < 12; i++) {
        expect_event(world->client, FL_TRANSPORT_HANDSHAKE_FAILED);
        assert_false(fl_transport_tick(world->client, clock_ms));
        const uint64_t wait_ms = fl_transport_due_ms(world->client) - clock_ms;

        assert_true(wait_ms >= least_ms && wait_ms <= 75000);
        least_ms = i < 6 ? (UINT64_C(1000) << (i + 1)) * 3 / 4 : 45000;
        least_ms = least_ms < 45000 ? least_ms : 45000;
        clock_ms += wait_ms;
        assert_true(fl_transport_tick(world->client, clock_ms));
    }
}

static void test_hurry_connects_without_the_rest_of_a_wait(void **state)
{
    struct world *world = *state;
    struct fl_keys late;

    fl_transport_keys_new(late.transport_public, late.transport_secret);
    world->client = connect_as(world, &late);
    expect_event(world->client, FL_TRANSPORT_HANDSHAKE_FAILED);
    assert_false(fl_transport_tick(world->client, 1000));
    allow(world, &late);
    fl_transport_hurry(world->client);
    assert_int_equal(fl_transport_due_ms(world->client), 0);
    assert_true(fl_transport_tick(world->client, 1000));
    expect_event(world->client, FL_TRANSPORT_CONNECTED);
}

static void test_what_is_no_endpoint_is_refused_in_words(void **state)
{
    static const char *const endpoints[] = {"",
                                            "127.0.0.1:7411",
                                            "ipc:///tmp/x",
                                            "inproc://x",
                                            "tcp://",
                                            "tcp://host",
                                            "tcp://127.0.0.1:99999",
                                            "tcp://:7411",
                                            "tcp://host:",
                                            "tcp://host:74x"};
    struct world *world = *state;
    struct fl_transport *transport = NULL;

    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
        struct fl_error error;

        assert_int_equal(
            fl_transport_connect(
                world->context, &world->client_keys, endpoints[i],
                world->server_keys.transport_public, &transport, &error),
            FL_MALFORMED);
        assert_non_null(strstr(error.text, "tcp://"));
    }
    assert_null(transport);
}

static void test_a_port_in_use_is_told(void **state)
{
    struct world *world = *state;
    struct fl_transport *second = NULL;
    struct fl_error error;

    assert_int_equal(
        fl_transport_listen(
            world->context, &world->server_keys, fl_transport_endpoint(world->server),
            FL_TRANSPORT_DOMAIN_PEERS, &second, &error),
        FL_IO);
    assert_non_null(strstr(error.text, "in use"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_frame_names_the_key_of_its_sender_and_is_answered),
        TEST(test_the_largest_frame_gets_through),
        TEST(test_frames_come_in_order_and_a_whole_window_fits),
        TEST(test_a_frame_that_came_while_sending_is_waiting),
        TEST(test_sending_never_blocks),
        TEST(test_without_a_connection_sending_is_busy),
        TEST(test_a_connection_that_is_gone_is_not_found),
        TEST(test_a_lost_connection_is_told),
        TEST(test_what_came_before_a_cut_can_be_read_after_it),
        TEST(test_who_listens_is_told_which_connection_has_ended),
        TEST(test_more_than_a_request_ends_a_connection_of_enrolment),
        TEST(test_a_message_of_several_frames_is_dropped_and_counted),
        TEST(test_an_address_of_its_own_choice_is_dropped_when_long),
        TEST(test_a_refused_child_comes_in_once_it_is_enrolled),
        TEST(test_waits_grow_with_refusals_up_to_a_bound),
        TEST(test_hurry_connects_without_the_rest_of_a_wait),
        TEST(test_what_is_no_endpoint_is_refused_in_words),
        TEST(test_a_port_in_use_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
