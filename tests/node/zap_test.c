/* Who is let in: real sockets on the loopback, every wait bounded. */

#include "replicator/zap.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "fixture.h"

enum { WAIT_MS = 20000 };

struct world {
    struct fl_transport_context *context;
    struct fl_zap *zap;
    struct fl_keys server;
    struct fl_keys friend;
    struct fl_keys stranger;
};

static void make_keys(struct fl_keys *keys)
{
    fl_transport_keys_new(keys->transport_public, keys->transport_secret);
}

static int setup(void **state)
{
    struct world *world = fl_alloc_zeroed(1, sizeof(*world));

    assert_non_null(world);
    assert_int_equal(fl_crypto_start(), FL_OK);
    make_keys(&world->server);
    make_keys(&world->friend);
    make_keys(&world->stranger);
    assert_int_equal(fl_transport_context_new(&world->context, NULL), FL_OK);
    assert_int_equal(fl_zap_start(world->context, &world->zap, NULL), FL_OK);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    fl_zap_stop(world->zap);
    fl_transport_context_free(world->context);
    fl_free(world);
    return 0;
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* What the handshake comes to. */
static enum fl_transport_event verdict(struct fl_transport *transport)
{
    const uint64_t end_ms = now_ms() + WAIT_MS;

    while (now_ms() < end_ms) {
        const enum fl_transport_event event = fl_transport_next_event(transport);
        struct pollfd descriptor = {
            .fd = fl_transport_monitor_fd(transport), .events = POLLIN};

        if (event == FL_TRANSPORT_CONNECTED || event == FL_TRANSPORT_HANDSHAKE_FAILED) {
            return event;
        }
        if (event == FL_TRANSPORT_NONE) {
            (void)poll(&descriptor, 1, 1000);
        }
    }
    return FL_TRANSPORT_NONE;
}

static struct fl_transport *listen_in(struct world *world, const char *domain)
{
    struct fl_transport *transport = NULL;

    assert_int_equal(
        fl_transport_listen(
            world->context, &world->server, "tcp://127.0.0.1:0", domain, &transport,
            NULL),
        FL_OK);
    return transport;
}

static enum fl_transport_event try_key(
    struct world *world,
    const struct fl_keys *keys,
    struct fl_transport *server)
{
    struct fl_transport *client = NULL;

    assert_int_equal(
        fl_transport_connect(
            world->context, keys, fl_transport_endpoint(server),
            world->server.transport_public, &client, NULL),
        FL_OK);
    const enum fl_transport_event event = verdict(client);
    fl_transport_close(client);
    return event;
}

static void set_friend(struct world *world)
{
    uint8_t keys[2][FL_TRANSPORT_KEY_BYTES];

    memcpy(keys[0], world->friend.transport_public, sizeof(keys[0]));
    memcpy(keys[1], world->server.transport_public, sizeof(keys[1]));
    assert_int_equal(
        fl_zap_set_keys(world->zap, (const uint8_t(*)[FL_TRANSPORT_KEY_BYTES])keys, 2),
        FL_OK);
}

static void test_nobody_is_let_in_before_there_is_a_list(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = listen_in(world, FL_TRANSPORT_DOMAIN_PEERS);

    assert_int_equal(
        try_key(world, &world->friend, server), FL_TRANSPORT_HANDSHAKE_FAILED);
    assert_true(fl_zap_refused(world->zap) > 0);
    fl_transport_close(server);
}

static void test_a_key_of_the_list_is_let_in_and_a_stranger_is_not(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = listen_in(world, FL_TRANSPORT_DOMAIN_PEERS);

    set_friend(world);
    assert_int_equal(try_key(world, &world->friend, server), FL_TRANSPORT_CONNECTED);
    assert_int_equal(
        try_key(world, &world->stranger, server), FL_TRANSPORT_HANDSHAKE_FAILED);
    fl_transport_close(server);
}

static void test_a_key_that_left_the_list_is_let_in_no_more(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = listen_in(world, FL_TRANSPORT_DOMAIN_PEERS);

    set_friend(world);
    assert_int_equal(try_key(world, &world->friend, server), FL_TRANSPORT_CONNECTED);
    assert_int_equal(fl_zap_set_keys(world->zap, NULL, 0), FL_OK);
    assert_int_equal(
        try_key(world, &world->friend, server), FL_TRANSPORT_HANDSHAKE_FAILED);
    fl_transport_close(server);
}

static void test_enrolment_lets_any_key_in(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = listen_in(world, FL_TRANSPORT_DOMAIN_ENROLMENT);

    assert_int_equal(try_key(world, &world->stranger, server), FL_TRANSPORT_CONNECTED);
    fl_transport_close(server);
}

static void test_an_unknown_domain_lets_nobody_in(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = listen_in(world, "filial-other");

    set_friend(world);
    assert_int_equal(
        try_key(world, &world->friend, server), FL_TRANSPORT_HANDSHAKE_FAILED);
    fl_transport_close(server);
}

static void test_the_self_test_passes_where_strangers_are_refused(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = listen_in(world, FL_TRANSPORT_DOMAIN_PEERS);

    assert_int_equal(
        fl_zap_self_test(
            world->context, fl_transport_endpoint(server), world->server.transport_public,
            NULL),
        FL_OK);
    fl_transport_close(server);
}

static void test_the_self_test_fails_where_anybody_is_let_in(void **state)
{
    struct world *world = *state;
    struct fl_transport *server = listen_in(world, FL_TRANSPORT_DOMAIN_ENROLMENT);
    struct fl_error error;

    assert_int_equal(
        fl_zap_self_test(
            world->context, fl_transport_endpoint(server), world->server.transport_public,
            &error),
        FL_UNTRUSTED);
    assert_non_null(strstr(error.text, "was let in"));
    fl_transport_close(server);
}

static void test_the_self_test_fails_where_nobody_answers(void **state)
{
    struct world *world = *state;

    /* A port that only the system may listen at; a closed one could be open still. */
    assert_int_equal(
        fl_zap_self_test(
            world->context, "tcp://127.0.0.1:1", world->server.transport_public, NULL),
        FL_IO);
}

static void test_handlers_of_a_context_are_one(void **state)
{
    struct world *world = *state;
    struct fl_zap *second = NULL;

    assert_int_equal(fl_zap_start(world->context, &second, NULL), FL_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nobody_is_let_in_before_there_is_a_list),
        TEST(test_a_key_of_the_list_is_let_in_and_a_stranger_is_not),
        TEST(test_a_key_that_left_the_list_is_let_in_no_more),
        TEST(test_enrolment_lets_any_key_in),
        TEST(test_an_unknown_domain_lets_nobody_in),
        TEST(test_the_self_test_passes_where_strangers_are_refused),
        TEST(test_the_self_test_fails_where_anybody_is_let_in),
        TEST(test_the_self_test_fails_where_nobody_answers),
        TEST(test_handlers_of_a_context_are_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
