/* Request and answer as files: who may read one, and who has written it. */

#include "proto/enrolment_file.h"

#include <string.h>

#include "wire.h"

static struct fl_bytes view(const char *text)
{
    return fl_bytes_of_text(text);
}

static void test_only_the_centre_reads_a_request(void **state)
{
    uint8_t public_key[2][FL_PUBLIC_KEY_BYTES];
    uint8_t secret_key[2][FL_SECRET_KEY_BYTES];
    struct fl_buffer file;
    struct fl_buffer request;

    (void)state;
    assert_int_equal(fl_crypto_start(), FL_OK);
    fl_transport_keys_new(public_key[0], secret_key[0]);
    fl_transport_keys_new(public_key[1], secret_key[1]);
    fl_buffer_init(&file, FL_ENROLMENT_FILE_BYTES_MAX);
    fl_buffer_init(&request, FL_ENROLMENT_FILE_BYTES_MAX);
    assert_int_equal(
        fl_enrolment_file_seal(view("a secret"), public_key[0], &file), FL_OK);
    assert_true(fl_enrolment_file_is_request(fl_buffer_view(&file)));
    assert_false(fl_enrolment_file_is_answer(fl_buffer_view(&file)));
    assert_int_equal(
        fl_enrolment_file_unseal(
            fl_buffer_view(&file), public_key[1], secret_key[1], &request),
        FL_UNTRUSTED);
    assert_int_equal(
        fl_enrolment_file_unseal(
            fl_buffer_view(&file), public_key[0], secret_key[0], &request),
        FL_OK);
    assert_true(fl_bytes_equal(fl_buffer_view(&request), view("a secret")));
    for (size_t size = 0; size < file.size; size++) {
        assert_int_not_equal(
            fl_enrolment_file_unseal(
                (struct fl_bytes){file.data, size}, public_key[0], secret_key[0],
                &request),
            FL_OK);
    }
    file.data[file.size - 1] ^= 1;
    assert_int_equal(
        fl_enrolment_file_unseal(
            fl_buffer_view(&file), public_key[0], secret_key[0], &request),
        FL_UNTRUSTED);
    fl_buffer_deinit(&file);
    fl_buffer_deinit(&request);
}

static void test_only_the_centre_writes_an_answer(void **state)
{
    uint8_t seed[FL_SIGNING_SEED_BYTES] = {9};
    uint8_t other[FL_PUBLIC_KEY_BYTES] = {1};
    struct fl_signing_key *key = NULL;
    struct fl_buffer file;
    struct fl_bytes answer;

    (void)state;
    assert_int_equal(fl_crypto_start(), FL_OK);
    assert_int_equal(fl_signing_key_new(seed, &key), FL_OK);
    fl_buffer_init(&file, FL_ENROLMENT_FILE_BYTES_MAX);
    assert_int_equal(fl_enrolment_file_sign(view("welcome"), key, &file), FL_OK);
    assert_true(fl_enrolment_file_is_answer(fl_buffer_view(&file)));
    assert_int_equal(
        fl_enrolment_file_verify(
            fl_buffer_view(&file), fl_signing_key_public(key), &answer),
        FL_OK);
    assert_true(fl_bytes_equal(answer, view("welcome")));
    assert_int_equal(
        fl_enrolment_file_verify(fl_buffer_view(&file), other, &answer), FL_UNTRUSTED);
    for (size_t size = 0; size < file.size; size++) {
        assert_int_not_equal(
            fl_enrolment_file_verify(
                (struct fl_bytes){file.data, size}, fl_signing_key_public(key), &answer),
            FL_OK);
    }
    file.data[10] ^= 1;
    assert_int_equal(
        fl_enrolment_file_verify(
            fl_buffer_view(&file), fl_signing_key_public(key), &answer),
        FL_UNTRUSTED);
    fl_signing_key_free(key);
    fl_buffer_deinit(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_centre_reads_a_request),
        cmocka_unit_test(test_only_the_centre_writes_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
