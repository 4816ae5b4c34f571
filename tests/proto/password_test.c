#include "proto/password.h"

#include <string.h>

#include "wire.h"

static void test_only_the_password_matches_its_hash(void **state)
{
    char hash[FL_PASSWORD_HASH_BYTES];

    (void)state;
    assert_int_equal(fl_password_hash(BYTES("секрет"), hash), FL_OK);
    assert_true(fl_password_matches(BYTES("секрет"), hash));
    assert_false(fl_password_matches(BYTES("Секрет"), hash));
    assert_false(fl_password_matches(BYTES("секре"), hash));
    assert_false(fl_password_matches(BYTES(""), hash));
}

static void test_equal_passwords_have_other_hashes(void **state)
{
    char hashes[2][FL_PASSWORD_HASH_BYTES];

    (void)state;
    assert_int_equal(fl_password_hash(BYTES("secret"), hashes[0]), FL_OK);
    assert_int_equal(fl_password_hash(BYTES("secret"), hashes[1]), FL_OK);
    assert_string_not_equal(hashes[0], hashes[1]);
    assert_null(strstr(hashes[0], "secret"));
}

static void test_what_is_no_hash_matches_nothing(void **state)
{
    (void)state;
    assert_false(fl_password_matches(BYTES("secret"), ""));
    assert_false(fl_password_matches(BYTES("secret"), "$argon2id$v=19$m=65536"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_password_matches_its_hash),
        cmocka_unit_test(test_equal_passwords_have_other_hashes),
        cmocka_unit_test(test_what_is_no_hash_matches_nothing),
    };

    return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
