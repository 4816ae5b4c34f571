/* A parent that serves in a thread of its own and branches that join it. */

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "enrolment/enrolment_client.h"
#include "enrolment/enrolment_server.h"
#include "fixture.h"
#include "proto/enrolment.h"
#include "random.h"
#include "replicator/zap.h"
#include "storage/invitations.h"

enum { HOUR_MS = 3600 * 1000, TURN_MS = 20 };

/* The parent's node belongs to the thread while it serves. */
struct world {
    struct fixture *fixture;
    struct fl_node *parent;
    struct fl_node *child;
    struct fl_transport_context *context;
    struct fl_zap *zap;
    struct fl_enrolment_server *server;
    pthread_t thread;
    atomic_bool is_over;
    bool has_joined;
    bool waits; /* for an operator */
    bool asks;  /* invitations do not approve */
    char token[FL_ENROLMENT_TOKEN_BYTES_MAX + 1];
    struct fl_error error;
};

static struct fl_node *make_node(
    struct world *world,
    const char *name,
    const char *code,
    const char *plan)
{
    const char *path = fixture_path(world->fixture, name);
    const struct fl_node_options options = {
        .directory = path, .code = code, .plan = plan, .allow_any_file_system = true};
    struct fl_node *node = NULL;

    if (fl_node_create(&options, &world->error) != FL_OK ||
        fl_node_open(path, &node, &world->error) != FL_OK) {
        fail_msg("%s", world->error.text);
    }
    return node;
}

static void write_endpoints(struct world *world, const char *sessions)
{
    char text[1024];

    snprintf(
        text, sizeof(text), "%s\n%s\n", sessions,
        fl_enrolment_server_endpoint(world->server));
    fixture_write(fixture_path(world->fixture, "parent/endpoint"), text);
}

static int setup(void **state)
{
    struct world *world = fl_alloc_zeroed(1, sizeof(*world));
    void *fixture = NULL;

    assert_non_null(world);
    assert_int_equal(fixture_setup_empty(&fixture), 0);
    world->fixture = fixture;
    world->parent = make_node(world, "parent", "ЦБ", NULL);
    world->child = make_node(world, "child", "Ф01", NULL);
    strcpy(world->parent->settings.endpoint, "tcp://127.0.0.1:0");
    strcpy(world->parent->settings.enrolment_endpoint, "tcp://127.0.0.1:0");
    assert_int_equal(fl_transport_context_new(&world->context, NULL), FL_OK);
    assert_int_equal(fl_zap_start(world->context, &world->zap, NULL), FL_OK);
    assert_int_equal(
        fl_enrolment_server_open(
            world->parent, world->context, "tcp://127.0.0.1:0", &world->server, NULL),
        FL_OK);
    write_endpoints(world, "tcp://127.0.0.1:7411");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    void *fixture = world->fixture;

    fl_enrolment_server_close(world->server);
    fl_zap_stop(world->zap);
    fl_transport_context_free(world->context);
    fl_node_close(world->parent);
    fl_node_close(world->child);
    fl_free(world);
    return fixture_teardown(&fixture);
}

static void *serve(void *argument)
{
    struct world *world = argument;

    while (!world->is_over) {
        struct pollfd descriptor = {
            .fd = fl_enrolment_server_fd(world->server), .events = POLLIN};

        while (fl_enrolment_serve(world->server, fl_node_now_ms(), &world->has_joined)) {
        }
        (void)poll(&descriptor, 1, TURN_MS);
    }
    return NULL;
}

static void invite(struct world *world, const char *code, uint64_t expires_ms)
{
    struct fl_buffer token;

    fl_buffer_init(&token, FL_ENROLMENT_TOKEN_BYTES_MAX);
    if (fl_enrolment_invite(
            world->parent, fl_node_plan(world->parent), code, code, expires_ms,
            !world->asks, &token, &world->error) != FL_OK) {
        fail_msg("%s", world->error.text);
    }
    memcpy(world->token, token.data, token.size);
    world->token[token.size] = '\0';
    fl_buffer_deinit(&token);
}

/* Join while the parent serves. */
static enum fl_status join(struct world *world, struct fl_node *node)
{
    world->is_over = false;
    world->has_joined = false;
    assert_int_equal(pthread_create(&world->thread, NULL, serve, world), 0);
    enum fl_status status =
        fl_enrolment_join(node, world->token, &world->waits, &world->error);
    world->is_over = true;
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    if (status == FL_OK) {
        status = fl_node_reload(node, &world->error);
    }
    return status;
}

static void must_be_refused(
    struct world *world,
    struct fl_node *node,
    enum fl_status status,
    const char *words)
{
    assert_int_equal(join(world, node), status);
    fixture_must_say(world->error.text, words);
    assert_false(world->has_joined);
}

static size_t peer_count(struct fl_node *node)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    size_t count = 0;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        count++;
    }
    fl_txn_abort(&txn);
    return count;
}

static struct fl_peer first_peer(struct fl_node *node)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    assert_int_equal(fl_peers_next(&txn, 0, &peer), FL_OK);
    fl_txn_abort(&txn);
    return peer;
}

static void put_peer(struct fl_node *node, enum fl_peer_role role, const char *code)
{
    struct fl_peer peer = {
        .node = fl_random_uuid(),
        .role = role,
        .format = role == FL_PEER_EQUAL ? FL_PEER_V8MSG : FL_PEER_NATIVE,
        .state = FL_PEER_ACTIVE};
    struct fl_txn txn;

    memcpy(peer.plan, node->plan_hash, sizeof(peer.plan));
    memcpy(peer.plan_name, node->plan, sizeof(peer.plan_name));
    memcpy(peer.code, code, strlen(code) + 1);
    memcpy(peer.name, code, strlen(code) + 1);
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    fl_peers_put(&txn, &peer);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);
}

/* Another code and endpoint in the token, as only a liar would have it. */
static void forge(struct world *world, const char *code, const char *endpoint)
{
    struct fl_enrolment_invitation invitation;
    struct fl_buffer token;

    assert_int_equal(
        fl_enrolment_token_decode(fl_bytes_of_text(world->token), &invitation, NULL),
        FL_OK);
    if (code != NULL) {
        memcpy(invitation.code, code, strlen(code) + 1);
    }
    if (endpoint != NULL) {
        memcpy(invitation.endpoint, endpoint, strlen(endpoint) + 1);
    }
    fl_buffer_init(&token, FL_ENROLMENT_TOKEN_BYTES_MAX);
    assert_int_equal(fl_enrolment_token_encode(&invitation, &token), FL_OK);
    memcpy(world->token, token.data, token.size);
    world->token[token.size] = '\0';
    fl_buffer_deinit(&token);
}

/* --- joining --- */

static void test_a_branch_joins_and_both_sides_know_each_other(void **state)
{
    struct world *world = *state;

    invite(world, "Ф01", HOUR_MS);
    assert_int_equal(join(world, world->child), FL_OK);
    assert_true(world->has_joined);

    const struct fl_peer parent = first_peer(world->child);
    assert_int_equal(parent.role, FL_PEER_PARENT);
    assert_int_equal(parent.format, FL_PEER_NATIVE);
    assert_int_equal(parent.state, FL_PEER_ACTIVE);
    assert_string_equal(parent.code, "ЦБ");
    assert_string_equal(parent.endpoint, "tcp://127.0.0.1:7411");
    assert_true(fl_uuid_equal(parent.node, world->parent->identity->node));
    assert_true(fl_uuid_equal(parent.incarnation, world->parent->identity->incarnation));
    assert_memory_equal(
        parent.signing_key, world->parent->keys.signing_public, FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(
        parent.transport_key, world->parent->keys.transport_public, FL_PUBLIC_KEY_BYTES);
    assert_true(fl_uuid_equal(
        world->child->identity->installation, world->parent->identity->installation));

    const struct fl_peer child = first_peer(world->parent);
    assert_int_equal(child.role, FL_PEER_CHILD);
    assert_int_equal(child.state, FL_PEER_ACTIVE);
    assert_string_equal(child.code, "Ф01");
    assert_true(fl_uuid_equal(child.node, world->child->identity->node));
    assert_memory_equal(
        child.signing_key, world->child->keys.signing_public, FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(
        child.transport_key, world->child->keys.transport_public, FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(child.plan, parent.plan, sizeof(child.plan));
}

static void test_asking_again_after_a_lost_answer_gets_the_same(void **state)
{
    struct world *world = *state;
    struct fl_txn txn;

    invite(world, "Ф01", HOUR_MS);
    assert_int_equal(join(world, world->child), FL_OK);
    fl_txn_begin(&txn, world->child->store, FL_TXN_KEEP);
    assert_int_equal(fl_peers_remove(&txn, 1), FL_OK);
    assert_int_equal(fl_txn_commit(&txn), FL_OK);

    assert_int_equal(join(world, world->child), FL_OK);
    assert_false(world->has_joined);
    assert_int_equal(peer_count(world->child), 1);
    assert_int_equal(peer_count(world->parent), 1);
}

static void test_a_branch_takes_over_the_plan_of_its_parent(void **state)
{
    struct world *world = *state;
    struct fl_node *branch = make_node(world, "branch", "М7", "Магазины");

    invite(world, "М7", HOUR_MS);
    assert_int_equal(join(world, branch), FL_OK);
    assert_string_equal(branch->plan, "Филиалы");
    assert_memory_equal(
        first_peer(branch).plan, branch->plan_hash, sizeof(branch->plan_hash));
    fl_node_close(branch);
}

/* --- refused by the parent --- */

static void test_an_invitation_is_used_once(void **state)
{
    struct world *world = *state;
    struct fl_node *other = make_node(world, "other", "Ф01", NULL);

    invite(world, "Ф01", HOUR_MS);
    assert_int_equal(join(world, world->child), FL_OK);
    must_be_refused(world, other, FL_REFUSED, "another node has used");
    assert_int_equal(peer_count(world->parent), 1);
    assert_int_equal(peer_count(other), 0);
    fl_node_close(other);
}

static void test_an_invitation_expires_by_the_clock_of_the_parent(void **state)
{
    struct world *world = *state;

    invite(world, "Ф01", 0);
    must_be_refused(world, world->child, FL_REFUSED, "has expired");
    assert_int_equal(peer_count(world->parent), 0);
}

static void test_a_later_invitation_takes_the_place_of_an_earlier_one(void **state)
{
    struct world *world = *state;
    char earlier[sizeof(world->token)];

    invite(world, "Ф01", HOUR_MS);
    memcpy(earlier, world->token, sizeof(earlier));
    invite(world, "Ф01", HOUR_MS);
    char later[sizeof(world->token)];
    memcpy(later, world->token, sizeof(later));
    memcpy(world->token, earlier, sizeof(earlier));
    must_be_refused(world, world->child, FL_REFUSED, "does not know this invitation");
    memcpy(world->token, later, sizeof(later));
    assert_int_equal(join(world, world->child), FL_OK);
}

static void test_attempts_with_another_code_are_counted(void **state)
{
    struct world *world = *state;

    invite(world, "Ф02", HOUR_MS);
    forge(world, "Ф01", NULL);
    for (int i = 0; i < FL_ENROLMENT_ATTEMPTS_MAX; i++) {
        must_be_refused(world, world->child, FL_REFUSED, "another code");
    }
    must_be_refused(world, world->child, FL_REFUSED, "too often");
}

static void test_a_code_that_was_taken_meanwhile_is_refused(void **state)
{
    struct world *world = *state;

    invite(world, "Ф01", HOUR_MS);
    put_peer(world->parent, FL_PEER_CHILD, "Ф01");
    must_be_refused(world, world->child, FL_REFUSED, "already");
    assert_int_equal(peer_count(world->child), 0);
}

/* --- refused before anybody is asked --- */

static void test_what_is_no_token_is_refused_in_words(void **state)
{
    struct world *world = *state;

    invite(world, "Ф01", HOUR_MS);
    world->token[strlen(world->token) - 3] = '\0';
    must_be_refused(world, world->child, FL_MALFORMED, "copy the whole line");
    strcpy(world->token, "hello");
    must_be_refused(world, world->child, FL_MALFORMED, "filial1:");
}

static void test_a_token_for_another_code_is_refused(void **state)
{
    struct world *world = *state;

    invite(world, "Ф02", HOUR_MS);
    must_be_refused(world, world->child, FL_REFUSED, "the invitation is for the node");
}

static void test_a_node_has_one_parent(void **state)
{
    struct world *world = *state;

    put_peer(world->child, FL_PEER_PARENT, "Ц2");
    invite(world, "Ф01", HOUR_MS);
    must_be_refused(world, world->child, FL_REFUSED, "has a parent already: Ц2");
}

static void test_a_node_with_branches_joins_no_other_installation(void **state)
{
    struct world *world = *state;

    put_peer(world->child, FL_PEER_CHILD, "Ф011");
    invite(world, "Ф01", HOUR_MS);
    must_be_refused(world, world->child, FL_REFUSED, "of another tree");
}

static void test_peers_of_another_plan_stand_in_the_way(void **state)
{
    struct world *world = *state;
    struct fl_node *branch = make_node(world, "branch", "М7", "Магазины");

    put_peer(branch, FL_PEER_EQUAL, "УТ");
    invite(world, "М7", HOUR_MS);
    must_be_refused(world, branch, FL_REFUSED, "the parent's plan is \"Филиалы\"");
    fl_node_close(branch);
}

/* Takes the whole wait of a join. */
static void test_a_parent_that_does_not_answer_is_told(void **state)
{
    struct world *world = *state;

    invite(world, "Ф01", HOUR_MS);
    forge(world, NULL, "tcp://127.0.0.1:1"); /* where only the system may listen */
    must_be_refused(
        world, world->child, FL_NOT_FOUND, "no answer from tcp://127.0.0.1:1");
    assert_int_equal(peer_count(world->child), 0);
}

/* --- inviting --- */

static void must_not_invite(
    struct world *world,
    const char *code,
    enum fl_status status,
    const char *words)
{
    struct fl_buffer token;

    fl_buffer_init(&token, FL_ENROLMENT_TOKEN_BYTES_MAX);
    assert_int_equal(
        fl_enrolment_invite(
            world->parent, fl_node_plan(world->parent), code, code, HOUR_MS,
            /* approves= */ true, &token, &world->error),
        status);
    assert_int_equal(token.size, 0);
    fixture_must_say(world->error.text, words);
    fl_buffer_deinit(&token);
}

static void test_a_node_waits_until_it_is_approved(void **state)
{
    struct world *world = *state;

    world->asks = true;
    invite(world, "Ф01", HOUR_MS);
    assert_int_equal(join(world, world->child), FL_OK);
    assert_true(world->waits);
    assert_true(world->has_joined);
    assert_int_equal(first_peer(world->parent).state, FL_PEER_WAITING);
    assert_int_equal(first_peer(world->child).state, FL_PEER_ACTIVE);
    assert_memory_equal(
        first_peer(world->parent).signing_key, world->child->keys.signing_public,
        FL_PUBLIC_KEY_BYTES);
}

static void test_a_node_that_does_not_listen_says_what_to_do(void **state)
{
    struct world *world = *state;

    world->parent->settings.enrolment_endpoint[0] = '\0';
    must_not_invite(world, "Ф01", FL_NOT_FOUND, "enrolment_endpoint is empty");
    strcpy(world->parent->settings.enrolment_endpoint, "tcp://127.0.0.1:0");
    assert_int_equal(unlink(fixture_path(world->fixture, "parent/endpoint")), 0);
    must_not_invite(world, "Ф01", FL_NOT_FOUND, "start filiald");
}

static void test_every_address_is_no_address(void **state)
{
    struct world *world = *state;

    write_endpoints(world, "tcp://0.0.0.0:7411");
    must_not_invite(world, "Ф01", FL_NOT_FOUND, "set advertised_endpoint");
    strcpy(world->parent->settings.advertised_endpoint, "tcp://centre.example:7411");
    invite(world, "Ф01", HOUR_MS);
    assert_int_equal(join(world, world->child), FL_OK);
    assert_string_equal(first_peer(world->child).endpoint, "tcp://centre.example:7411");
}

static void test_codes_that_are_taken_or_no_codes_are_refused(void **state)
{
    struct world *world = *state;

    put_peer(world->parent, FL_PEER_EQUAL, "УТ");
    must_not_invite(world, "ЦБ", FL_REFUSED, "of this node itself");
    must_not_invite(world, "УТ", FL_REFUSED, "already");
    must_not_invite(world, "", FL_MALFORMED, "1 to 128 bytes");
    must_not_invite(world, "a/b", FL_MALFORMED, "must not contain /");
}

static void test_the_store_keeps_no_secret(void **state)
{
    struct world *world = *state;
    struct fl_enrolment_invitation token;
    struct fl_invitation invitation;
    uint8_t hash[FL_HASH_BYTES];
    struct fl_txn txn;

    invite(world, "Ф01", HOUR_MS);
    assert_int_equal(
        fl_enrolment_token_decode(fl_bytes_of_text(world->token), &token, NULL), FL_OK);
    fl_txn_begin(&txn, world->parent->store, FL_TXN_READ);
    assert_int_equal(fl_invitations_next(&txn, NULL, &invitation), FL_OK);
    fl_txn_abort(&txn);
    fl_invitation_hash(token.secret, token.installation, hash);
    assert_memory_equal(invitation.hash, hash, sizeof(hash));
    assert_string_equal(invitation.node_code, "Ф01");
    assert_false(invitation.used);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_branch_joins_and_both_sides_know_each_other),
        TEST(test_asking_again_after_a_lost_answer_gets_the_same),
        TEST(test_a_branch_takes_over_the_plan_of_its_parent),
        TEST(test_an_invitation_is_used_once),
        TEST(test_an_invitation_expires_by_the_clock_of_the_parent),
        TEST(test_a_later_invitation_takes_the_place_of_an_earlier_one),
        TEST(test_attempts_with_another_code_are_counted),
        TEST(test_a_code_that_was_taken_meanwhile_is_refused),
        TEST(test_what_is_no_token_is_refused_in_words),
        TEST(test_a_token_for_another_code_is_refused),
        TEST(test_a_node_has_one_parent),
        TEST(test_a_node_with_branches_joins_no_other_installation),
        TEST(test_peers_of_another_plan_stand_in_the_way),
        TEST(test_a_parent_that_does_not_answer_is_told),
        TEST(test_a_node_waits_until_it_is_approved),
        TEST(test_a_node_that_does_not_listen_says_what_to_do),
        TEST(test_every_address_is_no_address),
        TEST(test_codes_that_are_taken_or_no_codes_are_refused),
        TEST(test_the_store_keeps_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
