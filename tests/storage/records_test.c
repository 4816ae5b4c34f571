/* What is on record beside the objects: collisions, quarantine, invitations, settings. */

#include "suite.h"

#include "storage/collisions.h"
#include "storage/configurations.h"
#include "storage/invitations.h"
#include "storage/quarantine.h"
#include "storage/settings.h"

static struct fl_collision_record a_collision(void)
{
    struct fl_collision_record collision = {
        .time_ms = 123,
        .peer = 4,
        .message_number = 55,
        .peer_code = "Ф02",
        .key = suite_key(3, 3),
        .kept = FL_COLLISION_KEPT_THEIRS,
        .reason = FL_COLLISION_REASON_BY_HAND,
        .open = true,
        .decided_ms = 124,
        .ours = {.lsn = 9, .origin = 1, .configuration = 2, .flags = 0},
        .theirs = {.origin = 3, .configuration = 4, .flags = FL_ENTRY_DELETED},
    };

    collision.ours.record = suite_text("our version");
    memset(collision.plan, 7, sizeof collision.plan);
    return collision;
}

static void test_a_collision_keeps_both_versions(void **state)
{
    struct suite *suite = *state;
    struct fl_collision_record collision = a_collision();
    struct fl_collision_record read;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_INTAKE);
    assert_int_equal(fl_collisions_append(&txn, &collision), 1);
    assert_int_equal(fl_collisions_append(&txn, &collision), 2);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_collisions_get(&txn, 1, &read));
    assert_int_equal(read.id, 1);
    assert_int_equal(read.time_ms, 123);
    assert_memory_equal(read.plan, collision.plan, sizeof read.plan);
    assert_int_equal(read.peer, 4);
    assert_int_equal(read.message_number, 55);
    assert_string_equal(read.peer_code, "Ф02");
    assert_true(fl_key_equal(read.key, collision.key));
    assert_int_equal(read.kept, FL_COLLISION_KEPT_THEIRS);
    assert_int_equal(read.reason, FL_COLLISION_REASON_BY_HAND);
    assert_true(read.open);
    assert_int_equal(read.decided_ms, 124);
    assert_string_equal(read.decided_by, "");
    assert_int_equal(read.ours.lsn, 9);
    assert_int_equal(read.ours.origin, 1);
    assert_int_equal(read.ours.configuration, 2);
    assert_true(fl_bytes_equal(read.ours.record, suite_text("our version")));
    assert_int_equal(read.theirs.origin, 3);
    assert_int_equal(read.theirs.flags, FL_ENTRY_DELETED);
    assert_int_equal(read.theirs.record.size, 0);
    ASSERT_OK(fl_collisions_next(&txn, 1, &read));
    assert_int_equal(read.id, 2);
    assert_int_equal(fl_collisions_next(&txn, 2, &read), FL_NOT_FOUND);
    assert_int_equal(fl_collisions_count(&txn), 2);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_collision_of_large_versions_can_be_decided_again(void **state)
{
    struct suite *suite = *state;
    uint8_t *memory = malloc(2 << 20);
    struct fl_collision_record collision = a_collision();
    struct fl_collision_record decision = {
        .kept = FL_COLLISION_KEPT_OURS,
        .reason = FL_COLLISION_REASON_PERSON,
        .decided_ms = 999,
        .decided_by = "Иванова",
    };
    struct fl_collision_record read;
    struct fl_txn txn;

    assert_non_null(memory);
    collision.ours.record = suite_bytes(memory, 1 << 20, 1);
    collision.theirs.record = suite_bytes(memory + (1 << 20), 1 << 20, 2);
    fl_txn_begin(&txn, suite->store, FL_TXN_WRITE);
    assert_int_equal(fl_collisions_append(&txn, &collision), 1);
    ASSERT_OK(fl_collisions_decide(&txn, 1, &decision));
    assert_int_equal(fl_collisions_decide(&txn, 2, &decision), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    ASSERT_OK(fl_collisions_get(&txn, 1, &read));
    assert_int_equal(read.kept, FL_COLLISION_KEPT_OURS);
    assert_int_equal(read.reason, FL_COLLISION_REASON_PERSON);
    assert_false(read.open);
    assert_int_equal(read.decided_ms, 999);
    assert_string_equal(read.decided_by, "Иванова");
    assert_int_equal(read.time_ms, 123);
    assert_true(fl_bytes_equal(read.ours.record, collision.ours.record));
    assert_true(fl_bytes_equal(read.theirs.record, collision.theirs.record));
    ASSERT_OK(fl_txn_commit(&txn));
    free(memory);
}

static void test_a_quarantined_object_is_held_until_it_is_removed(void **state)
{
    struct suite *suite = *state;
    struct fl_quarantined quarantined = {
        .time_ms = 5,
        .peer = 6,
        .incarnation = suite_uuid(7),
        .message_number = 8,
        .peer_code = "Ф02",
        .key = suite_key(9, 9),
        .origin = 10,
        .configuration = 11,
        .flags = FL_ENTRY_DELETED,
        .record = suite_text("bytes"),
        .reason = suite_text("не понят"),
    };
    struct fl_quarantined read;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_INTAKE);
    assert_false(fl_quarantine_holds(&txn, suite_key(9, 9)));
    assert_int_equal(fl_quarantine_append(&txn, &quarantined), 1);
    quarantined.group = 1;
    assert_int_equal(fl_quarantine_append(&txn, &quarantined), 2);
    assert_true(fl_quarantine_holds(&txn, suite_key(9, 9)));
    assert_false(fl_quarantine_holds(&txn, suite_key(9, 8)));
    ASSERT_OK(fl_quarantine_get(&txn, 1, &read));
    assert_int_equal(read.group, 1);
    ASSERT_OK(fl_quarantine_next(&txn, 1, &read));
    assert_int_equal(read.id, 2);
    assert_int_equal(read.group, 1);
    assert_int_equal(read.time_ms, 5);
    assert_int_equal(read.peer, 6);
    assert_true(fl_uuid_equal(read.incarnation, suite_uuid(7)));
    assert_int_equal(read.message_number, 8);
    assert_string_equal(read.peer_code, "Ф02");
    assert_true(fl_key_equal(read.key, suite_key(9, 9)));
    assert_int_equal(read.origin, 10);
    assert_int_equal(read.configuration, 11);
    assert_int_equal(read.flags, FL_ENTRY_DELETED);
    assert_true(fl_bytes_equal(read.record, suite_text("bytes")));
    assert_true(fl_bytes_equal(read.reason, suite_text("не понят")));
    ASSERT_OK(fl_quarantine_remove(&txn, 2));
    assert_true(fl_quarantine_holds(&txn, suite_key(9, 9)));
    ASSERT_OK(fl_quarantine_remove(&txn, 1));
    assert_false(fl_quarantine_holds(&txn, suite_key(9, 9)));
    assert_int_equal(fl_quarantine_remove(&txn, 1), FL_NOT_FOUND);
    assert_int_equal(fl_quarantine_count(&txn), 0);
    /* Ids are not given twice. */
    assert_int_equal(fl_quarantine_append(&txn, &quarantined), 3);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_an_invitation_comes_back(void **state)
{
    struct suite *suite = *state;
    struct fl_invitation invitation = {
        .node_code = "Ф09",
        .node_name = "Новый филиал",
        .created_ms = 1,
        .expires_ms = 2,
        .attempts = 3,
        .used = true,
        .used_ms = 4,
    };
    struct fl_invitation read;
    struct fl_txn txn;

    memset(invitation.hash, 5, sizeof invitation.hash);
    memset(invitation.plan, 6, sizeof invitation.plan);
    memset(invitation.used_by, 7, sizeof invitation.used_by);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_invitations_put(&txn, &invitation);
    ASSERT_OK(fl_invitations_get(&txn, invitation.hash, &read));
    assert_string_equal(read.node_code, "Ф09");
    assert_string_equal(read.node_name, "Новый филиал");
    assert_memory_equal(read.plan, invitation.plan, sizeof read.plan);
    assert_int_equal(read.created_ms, 1);
    assert_int_equal(read.expires_ms, 2);
    assert_int_equal(read.attempts, 3);
    assert_true(read.used);
    assert_memory_equal(read.used_by, invitation.used_by, sizeof read.used_by);
    assert_int_equal(read.used_ms, 4);
    ASSERT_OK(fl_invitations_next(&txn, NULL, &read));
    assert_memory_equal(read.hash, invitation.hash, sizeof read.hash);
    assert_int_equal(fl_invitations_next(&txn, read.hash, &read), FL_NOT_FOUND);
    fl_invitations_remove(&txn, invitation.hash);
    fl_invitations_remove(&txn, invitation.hash);
    assert_int_equal(fl_invitations_get(&txn, invitation.hash, &read), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_settings_are_listed_by_prefix(void **state)
{
    struct suite *suite = *state;
    struct fl_setting_name name;
    struct fl_bytes value;
    struct fl_txn txn;

    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    fl_settings_put(&txn, suite_text("plan/b"), suite_text("2"));
    fl_settings_put(&txn, suite_text("plan/a"), suite_text("1"));
    fl_settings_put(&txn, suite_text("other"), suite_text("3"));
    ASSERT_OK(fl_settings_next(&txn, suite_text("plan/"), NULL, &name, &value));
    assert_int_equal(name.size, 6);
    assert_memory_equal(name.bytes, "plan/a", 6);
    assert_true(fl_bytes_equal(value, suite_text("1")));
    ASSERT_OK(fl_settings_next(&txn, suite_text("plan/"), &name, &name, &value));
    assert_memory_equal(name.bytes, "plan/b", 6);
    assert_int_equal(
        fl_settings_next(&txn, suite_text("plan/"), &name, &name, &value), FL_NOT_FOUND);
    fl_settings_remove(&txn, suite_text("plan/a"));
    fl_settings_remove(&txn, suite_text("plan/a"));
    assert_int_equal(fl_settings_get(&txn, suite_text("plan/a"), &value), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
}

static void test_a_setting_with_a_long_name_is_refused(void **state)
{
    struct suite *suite = *state;
    char name[FL_SETTING_NAME_BYTES_MAX + 2];
    struct fl_bytes value;
    struct fl_txn txn;

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    assert_int_equal(fl_settings_get(&txn, suite_text(name), &value), FL_NOT_FOUND);
    fl_settings_put(&txn, suite_text(name), suite_text("1"));
    assert_int_equal(fl_txn_commit(&txn), FL_LIMIT);
}

static void test_a_configuration_has_one_number(void **state)
{
    static const uint8_t one[16] = "configuration 1";
    static const uint8_t two[16] = "configuration 2";
    struct suite *suite = *state;
    uint8_t hash[FL_CONFIGURATION_HASH_BYTES];
    uint8_t *memory = malloc(1 << 20);
    struct fl_bytes encoded;
    struct fl_txn txn;
    uint16_t number = 0;

    assert_non_null(memory);
    fl_txn_begin(&txn, suite->store, FL_TXN_KEEP);
    assert_int_equal(fl_configurations_current(&txn), 0);
    ASSERT_OK(fl_configurations_put(&txn, one, suite_bytes(memory, 1 << 20, 1), &number));
    assert_int_equal(number, 1);
    ASSERT_OK(fl_configurations_put(&txn, two, suite_text("second"), &number));
    assert_int_equal(number, 2);
    ASSERT_OK(fl_configurations_put(&txn, one, suite_text(""), &number));
    assert_int_equal(number, 1);
    fl_configurations_set_current(&txn, 2);
    ASSERT_OK(fl_txn_commit(&txn));
    fl_txn_begin(&txn, suite->store, FL_TXN_READ);
    assert_int_equal(fl_configurations_current(&txn), 2);
    ASSERT_OK(fl_configurations_number(&txn, two, &number));
    assert_int_equal(number, 2);
    ASSERT_OK(fl_configurations_get(&txn, 1, hash, &encoded));
    assert_memory_equal(hash, one, sizeof hash);
    assert_true(fl_bytes_equal(encoded, suite_bytes(memory, 1 << 20, 1)));
    assert_int_equal(fl_configurations_get(&txn, 3, hash, &encoded), FL_NOT_FOUND);
    ASSERT_OK(fl_txn_commit(&txn));
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE(test_a_collision_keeps_both_versions),
        SUITE(test_a_collision_of_large_versions_can_be_decided_again),
        SUITE(test_a_quarantined_object_is_held_until_it_is_removed),
        SUITE(test_an_invitation_comes_back),
        SUITE(test_settings_are_listed_by_prefix),
        SUITE(test_a_setting_with_a_long_name_is_refused),
        SUITE(test_a_configuration_has_one_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
