#include "fixture.h"

#include "keys.h"

static enum fl_status load(struct fixture *fixture, struct fl_error *error)
{
    struct fl_keys keys;
    enum fl_status status = fl_keys_load(fixture_path(fixture, "keys"), &keys, error);
    if (status == FL_OK) {
        fl_keys_deinit(&keys);
    }
    return status;
}

static void make(struct fixture *fixture)
{
    struct fl_error error;
    assert_int_equal(fl_keys_create(fixture_path(fixture, "keys"), &error), FL_OK);
}

static unsigned mode_of(const char *path)
{
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    return found.st_mode & 0777;
}

static void test_keys_are_made_and_read_back(void **state)
{
    struct fixture *fixture = *state;
    struct fl_keys first;
    struct fl_keys second;
    struct fl_error error;
    make(fixture);
    assert_int_equal(mode_of(fixture_path(fixture, "keys")), 0700);
    assert_int_equal(mode_of(fixture_path(fixture, "keys/signing.key")), 0600);
    assert_int_equal(mode_of(fixture_path(fixture, "keys/transport.key")), 0600);
    const char *path = fixture_path(fixture, "keys");
    assert_int_equal(fl_keys_load(path, &first, &error), FL_OK);
    assert_int_equal(fl_keys_load(path, &second, &error), FL_OK);
    assert_memory_equal(first.signing_public, second.signing_public, 32);
    assert_memory_equal(first.transport_secret, second.transport_secret, 32);
    uint8_t signature[FL_SIGNATURE_BYTES];
    struct fl_bytes bytes = fl_bytes_of_text("hello");
    fl_sign(first.signing, FL_DOMAIN_SELF_TEST, bytes, signature);
    assert_int_equal(
        fl_verify(second.signing_public, FL_DOMAIN_SELF_TEST, bytes, signature), FL_OK);
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];
    fl_keys_fingerprint(first.signing_public, fingerprint);
    assert_int_equal(strlen(fingerprint), 39);
    fl_keys_deinit(&first);
    fl_keys_deinit(&second);
}

static void test_existing_keys_are_not_overwritten(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    make(fixture);
    assert_int_equal(fl_keys_create(fixture_path(fixture, "keys"), &error), FL_REFUSED);
    assert_int_equal(load(fixture, &error), FL_OK);
}

static void test_keys_that_others_can_reach_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    make(fixture);
    assert_int_equal(chmod(fixture_path(fixture, "keys/signing.key"), 0640), 0);
    assert_int_equal(load(fixture, &error), FL_UNTRUSTED);
    fixture_must_say(error.text, "chmod 0600");
    assert_int_equal(chmod(fixture_path(fixture, "keys/signing.key"), 0600), 0);
    assert_int_equal(chmod(fixture_path(fixture, "keys"), 0755), 0);
    assert_int_equal(load(fixture, &error), FL_UNTRUSTED);
    fixture_must_say(error.text, "chmod 0700");
}

static void test_a_link_in_the_place_of_a_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    make(fixture);
    const char *path = fixture_path(fixture, "keys/signing.key");
    const char *moved = fixture_path(fixture, "moved.key");
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(symlink(moved, path), 0);
    assert_int_equal(load(fixture, &error), FL_UNTRUSTED);
}

static void test_a_damaged_or_swapped_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fl_error error;
    make(fixture);
    const char *path = fixture_path(fixture, "keys/signing.key");
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 100, SEEK_SET), 0);
    int letter = fgetc(file);
    assert_int_equal(fseek(file, 100, SEEK_SET), 0);
    fputc(letter == '0' ? '1' : '0', file);
    fclose(file);
    assert_int_equal(load(fixture, &error), FL_UNTRUSTED);
    fixture_must_say(error.text, "damaged");
    assert_int_equal(rename(fixture_path(fixture, "keys/transport.key"), path), 0);
    assert_int_equal(load(fixture, &error), FL_UNTRUSTED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(load(fixture, &error), FL_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_keys_are_made_and_read_back, fixture_setup_empty, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_existing_keys_are_not_overwritten, fixture_setup_empty,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_keys_that_others_can_reach_are_refused, fixture_setup_empty,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_link_in_the_place_of_a_key_is_refused, fixture_setup_empty,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_damaged_or_swapped_key_is_refused, fixture_setup_empty,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
