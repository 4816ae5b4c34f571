#include "proto/enrolment.h"

#include <string.h>

#include "wire.h"

static const char code[] = "ФМ01";

struct fixture {
    struct fl_signing_key *branch;
    struct fl_signing_key *centre;
    struct fl_buffer buffer;
};

static int begin(void **state)
{
    static struct fixture fixture;

    fixture.branch = wire_key(1);
    fixture.centre = wire_key(2);
    fl_buffer_init(&fixture.buffer, 8192);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *const fixture = *state;

    fl_signing_key_free(fixture->branch);
    fl_signing_key_free(fixture->centre);
    fl_buffer_deinit(&fixture->buffer);
    return 0;
}

/* -- invitation -- */

static struct fl_enrolment_invitation sample_invitation(const struct fixture *fixture)
{
    struct fl_enrolment_invitation invitation = {
        .installation = wire_uuid(0x10),
        .centre = wire_uuid(0x50),
        .expires_s = 1800000000,
        .endpoint = "tcp://centre.example:7001",
        .plan = "Филиалы",
        .kind = FL_PLAN_TREE,
    };

    memcpy(
        invitation.centre_signing_key, fl_signing_key_public(fixture->centre),
        FL_PUBLIC_KEY_BYTES);
    wire_fill(invitation.centre_transport_key, FL_PUBLIC_KEY_BYTES, 0x80);
    wire_fill(invitation.secret, FL_ENROLMENT_SECRET_BYTES, 0x01);
    memcpy(invitation.code, code, sizeof(code));
    return invitation;
}

static struct fl_bytes sample_token(struct fixture *fixture)
{
    const struct fl_enrolment_invitation invitation = sample_invitation(fixture);

    fl_buffer_clear(&fixture->buffer);
    assert_int_equal(fl_enrolment_token_encode(&invitation, &fixture->buffer), FL_OK);
    return fl_buffer_view(&fixture->buffer);
}

static enum fl_status decode_token(struct fl_bytes token)
{
    uint8_t *const copy = wire_copy(token);
    struct fl_enrolment_invitation invitation;
    struct fl_error error = {.status = FL_OK};
    const enum fl_status status = fl_enrolment_token_decode(
        (struct fl_bytes){copy, token.size}, &invitation, &error);

    assert_int_equal(error.status, status);
    assert_int_equal(error.text[0] != '\0', status != FL_OK);
    free(copy);
    return status;
}

static void test_the_token_never_changes(void **state)
{
    struct fl_bytes token = sample_token(*state);
    static const char expected[] =
        "filial1:EBESExQVFhcYGRobHB0eH1BRUlNUVVZXWFlaW1xdXl9DzcAj0i1fnhB9"
        "GgaTRX010dEOt9IcchGS9W9d5AZl04CBgoOEhYaHiImKi4yNjo-QkZKTlJWWl5iZ"
        "mpucnZ6fAQIDBAUGBwgJCgsMDQ4PEAAAAABrSdIAGXRjcDovL2NlbnRyZS5leGFt"
        "cGxlOjcwMDEO0KTQuNC70LjQsNC70YsG0KTQnDAxAb_FOrI";

    assert_int_equal(token.size, sizeof(expected) - 1);
    assert_memory_equal(token.data, expected, token.size);
}

static void test_an_invitation_goes_there_and_back(void **state)
{
    struct fixture *const fixture = *state;
    const struct fl_enrolment_invitation sample = sample_invitation(fixture);
    struct fl_enrolment_invitation decoded;
    struct fl_error error;

    assert_int_equal(
        fl_enrolment_token_decode(sample_token(fixture), &decoded, &error), FL_OK);
    assert_true(fl_uuid_equal(decoded.installation, sample.installation));
    assert_true(fl_uuid_equal(decoded.centre, sample.centre));
    assert_memory_equal(
        decoded.centre_signing_key, sample.centre_signing_key, FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(
        decoded.centre_transport_key, sample.centre_transport_key, FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(decoded.secret, sample.secret, FL_ENROLMENT_SECRET_BYTES);
    assert_true(decoded.expires_s == sample.expires_s);
    assert_string_equal(decoded.endpoint, sample.endpoint);
    assert_string_equal(decoded.plan, sample.plan);
    assert_string_equal(decoded.code, sample.code);
    assert_int_equal(decoded.kind, sample.kind);
}

static void test_white_space_around_a_token_is_let_pass(void **state)
{
    const struct fl_bytes token = sample_token(*state);
    struct fl_buffer around;

    fl_buffer_init(&around, 4096);
    fl_buffer_put_text(&around, " \r\n\t");
    fl_buffer_put(&around, token);
    fl_buffer_put_text(&around, "\r\n ");
    assert_int_equal(decode_token(fl_buffer_view(&around)), FL_OK);
    /* A line broken by a mail program is not whole any more. */
    fl_buffer_clear(&around);
    fl_buffer_put(&around, (struct fl_bytes){token.data, 60});
    fl_buffer_put_text(&around, "\n");
    fl_buffer_put(&around, (struct fl_bytes){token.data + 60, token.size - 60});
    assert_int_equal(decode_token(fl_buffer_view(&around)), FL_MALFORMED);
    fl_buffer_deinit(&around);
}

static void test_every_flipped_bit_of_a_token_is_refused(void **state)
{
    const struct fl_bytes token = sample_token(*state);
    uint8_t *const copy = wire_copy(token);

    for (size_t bit = 0; bit < token.size * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const enum fl_status status = decode_token((struct fl_bytes){copy, token.size});

        assert_true(status == FL_MALFORMED || (status == FL_UNSUPPORTED && bit / 8 == 6));
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

static void test_every_truncation_of_a_token_is_refused(void **state)
{
    const struct fl_bytes token = sample_token(*state);

    for (size_t size = 0; size < token.size; size++) {
        assert_int_equal(decode_token((struct fl_bytes){token.data, size}), FL_MALFORMED);
    }
}

static void test_other_texts_than_a_token_are_refused(void **state)
{
    static uint8_t long_text[10000];

    (void)state;
    assert_int_equal(decode_token(BYTES("")), FL_MALFORMED);
    assert_int_equal(decode_token(BYTES("   ")), FL_MALFORMED);
    assert_int_equal(decode_token(BYTES("filial")), FL_MALFORMED);
    assert_int_equal(decode_token(BYTES("filial1:")), FL_MALFORMED);
    assert_int_equal(decode_token(BYTES("filial1:AAAA")), FL_MALFORMED);
    assert_int_equal(decode_token(BYTES("filial1:AAAAAAAA")), FL_MALFORMED);
    assert_int_equal(decode_token(BYTES("приглашение")), FL_MALFORMED);
    assert_int_equal(decode_token(BYTES("filial2:AAAA")), FL_UNSUPPORTED);
    memset(long_text, 'A', sizeof(long_text));
    memcpy(long_text, "filial1:", 8);
    assert_int_equal(
        decode_token((struct fl_bytes){long_text, sizeof(long_text)}), FL_MALFORMED);
}

static void test_the_longest_invitation_fits(void **state)
{
    struct fixture *const fixture = *state;
    struct fl_enrolment_invitation invitation = sample_invitation(fixture);

    memset(invitation.endpoint, 'e', sizeof(invitation.endpoint) - 1);
    memset(invitation.plan, 'p', sizeof(invitation.plan) - 1);
    memset(invitation.code, 'c', sizeof(invitation.code) - 1);
    assert_int_equal(fl_enrolment_token_encode(&invitation, &fixture->buffer), FL_OK);
    assert_in_range(fixture->buffer.size, 1, FL_ENROLMENT_TOKEN_BYTES_MAX);
    assert_int_equal(decode_token(fl_buffer_view(&fixture->buffer)), FL_OK);
}

static void test_an_invitation_without_its_texts_is_not_written(void **state)
{
    struct fixture *const fixture = *state;
    struct fl_enrolment_invitation invitation = sample_invitation(fixture);

    invitation.code[0] = '\0';
    assert_int_equal(
        fl_enrolment_token_encode(&invitation, &fixture->buffer), FL_MALFORMED);
    invitation = sample_invitation(fixture);
    invitation.endpoint[3] = ' ';
    assert_int_equal(
        fl_enrolment_token_encode(&invitation, &fixture->buffer), FL_MALFORMED);
    invitation = sample_invitation(fixture);
    invitation.plan[1] = '\n';
    assert_int_equal(
        fl_enrolment_token_encode(&invitation, &fixture->buffer), FL_MALFORMED);
    assert_int_equal(fixture->buffer.size, 0);
}

static void test_the_hash_of_a_secret_never_changes(void **state)
{
    uint8_t secret[FL_ENROLMENT_SECRET_BYTES];
    uint8_t hash[FL_HASH_BYTES];
    uint8_t other[FL_HASH_BYTES];

    (void)state;
    wire_fill(secret, sizeof(secret), 0x01);
    fl_invitation_hash(secret, wire_uuid(0x10), hash);
    wire_assert_hex(
        (struct fl_bytes){hash, sizeof(hash)},
        "497e3384644e599246eaa4581a5da0e1fc8b31c55baaa4f54ca70e5ce984009e");
    fl_invitation_hash(secret, wire_uuid(0x11), other);
    assert_memory_not_equal(hash, other, sizeof(hash));
    secret[15] ^= 1;
    fl_invitation_hash(secret, wire_uuid(0x10), other);
    assert_memory_not_equal(hash, other, sizeof(hash));
}

/* -- request -- */

static struct fl_enrolment_request sample_request(void)
{
    struct fl_enrolment_request request = {
        .installation = wire_uuid(0x10),
        .centre = wire_uuid(0x50),
        .node = wire_uuid(0x30),
        .incarnation = wire_uuid(0x40),
        .software = 0x00010203,
    };

    wire_fill(request.secret, sizeof(request.secret), 0x01);
    wire_fill(request.transport_key, sizeof(request.transport_key), 0x80);
    memcpy(request.code, code, sizeof(code));
    return request;
}

static struct fl_bytes sample_request_bytes(struct fixture *fixture)
{
    struct fl_enrolment_request request = sample_request();

    fl_buffer_clear(&fixture->buffer);
    assert_int_equal(
        fl_enrolment_request_encode(
            &request, fl_signing_key_public(fixture->centre), fixture->branch,
            &fixture->buffer),
        FL_OK);
    assert_memory_equal(
        request.signing_key, fl_signing_key_public(fixture->branch), FL_PUBLIC_KEY_BYTES);
    return fl_buffer_view(&fixture->buffer);
}

static enum fl_status decode_request(const struct fixture *fixture, struct fl_bytes bytes)
{
    uint8_t *const copy = wire_copy(bytes);
    struct fl_enrolment_request request;
    const enum fl_status status = fl_enrolment_request_decode(
        (struct fl_bytes){copy, bytes.size}, fl_signing_key_public(fixture->centre),
        &request);

    free(copy);
    return status;
}

static void test_the_request_never_changes(void **state)
{
    const struct fl_bytes bytes = sample_request_bytes(*state);
    uint8_t hash[FL_HASH_BYTES];

    wire_assert_hex(
        bytes,
        "4645 01 01"                       /* magic, version, kind */
        "0102030405060708090a0b0c0d0e0f10" /* secret */
        "101112131415161718191a1b1c1d1e1f" /* installation */
        "505152535455565758595a5b5c5d5e5f" /* centre */
        "303132333435363738393a3b3c3d3e3f" /* node, its incarnation */
        "404142434445464748494a4b4c4d4e4f"
        "79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664" /* signing key
                                                                            */
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
        "00010203 06 d0a4d09c3031" /* software, code */
        "cd9d43ea492421d997e57e12afebb4185743369ab92f865d3c863015e01e804d"
        "5fd3233818f0c776c22b7eb445858f49b124c34c9bacc1eead6aba46f7bda204");
    fl_enrolment_request_hash(bytes, hash);
    wire_assert_hex(
        (struct fl_bytes){hash, sizeof(hash)},
        "fca961a90d1af416eb324177ee879163e224a26c507f3b01743914cf67ada459");
}

static void test_a_request_goes_there_and_back(void **state)
{
    struct fixture *const fixture = *state;
    const struct fl_enrolment_request sample = sample_request();
    struct fl_enrolment_request decoded;

    assert_int_equal(
        fl_enrolment_request_decode(
            sample_request_bytes(fixture), fl_signing_key_public(fixture->centre),
            &decoded),
        FL_OK);
    assert_memory_equal(decoded.secret, sample.secret, sizeof(sample.secret));
    assert_true(fl_uuid_equal(decoded.installation, sample.installation));
    assert_true(fl_uuid_equal(decoded.centre, sample.centre));
    assert_true(fl_uuid_equal(decoded.node, sample.node));
    assert_true(fl_uuid_equal(decoded.incarnation, sample.incarnation));
    assert_memory_equal(
        decoded.signing_key, fl_signing_key_public(fixture->branch), FL_PUBLIC_KEY_BYTES);
    assert_memory_equal(decoded.transport_key, sample.transport_key, FL_PUBLIC_KEY_BYTES);
    assert_int_equal(decoded.software, sample.software);
    assert_string_equal(decoded.code, sample.code);
}

static void test_every_flipped_bit_of_a_request_is_refused(void **state)
{
    struct fixture *const fixture = *state;
    const struct fl_bytes bytes = sample_request_bytes(fixture);
    uint8_t *const copy = wire_copy(bytes);

    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const enum fl_status status =
            decode_request(fixture, (struct fl_bytes){copy, bytes.size});

        assert_true(
            status == FL_MALFORMED || status == FL_UNTRUSTED ||
            (status == FL_UNSUPPORTED && bit / 8 == 2));
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

static void test_every_truncation_of_a_request_is_refused(void **state)
{
    struct fixture *const fixture = *state;
    const struct fl_bytes bytes = sample_request_bytes(fixture);

    for (size_t size = 0; size < bytes.size; size++) {
        assert_int_equal(
            decode_request(fixture, (struct fl_bytes){bytes.data, size}), FL_MALFORMED);
    }
    fl_buffer_put_u8(&fixture->buffer, 0);
    assert_int_equal(
        decode_request(fixture, fl_buffer_view(&fixture->buffer)), FL_MALFORMED);
}

static void test_a_request_for_another_centre_proves_nothing(void **state)
{
    struct fixture *const fixture = *state;
    const struct fl_bytes bytes = sample_request_bytes(fixture);
    struct fl_signing_key *const other = wire_key(3);
    struct fl_enrolment_request request;

    assert_int_equal(
        fl_enrolment_request_decode(bytes, fl_signing_key_public(other), &request),
        FL_UNTRUSTED);
    fl_signing_key_free(other);
}

static void test_a_request_of_nobody_is_refused(void **state)
{
    struct fixture *const fixture = *state;

    for (int i = 0; i < 3; i++) {
        struct fl_enrolment_request request = sample_request();

        if (i == 0) {
            request.node = (struct fl_uuid){{0}};
        } else if (i == 1) {
            request.incarnation = (struct fl_uuid){{0}};
        } else {
            memset(request.transport_key, 0, sizeof(request.transport_key));
        }
        fl_buffer_clear(&fixture->buffer);
        assert_int_equal(
            fl_enrolment_request_encode(
                &request, fl_signing_key_public(fixture->centre), fixture->branch,
                &fixture->buffer),
            FL_OK);
        assert_int_equal(
            decode_request(fixture, fl_buffer_view(&fixture->buffer)), FL_MALFORMED);
    }
}

static void test_the_longest_request_fits(void **state)
{
    struct fixture *const fixture = *state;
    struct fl_enrolment_request request = sample_request();

    memset(request.code, 'c', sizeof(request.code) - 1);
    assert_int_equal(
        fl_enrolment_request_encode(
            &request, fl_signing_key_public(fixture->centre), fixture->branch,
            &fixture->buffer),
        FL_OK);
    assert_in_range(fixture->buffer.size, 1, FL_ENROLMENT_REQUEST_BYTES_MAX);
    assert_int_equal(decode_request(fixture, fl_buffer_view(&fixture->buffer)), FL_OK);
    request.code[0] = '\0';
    assert_int_equal(
        fl_enrolment_request_encode(
            &request, fl_signing_key_public(fixture->centre), fixture->branch,
            &fixture->buffer),
        FL_MALFORMED);
}

/* -- answer -- */

static struct fl_enrolment_answer sample_acceptance(void)
{
    struct fl_enrolment_answer answer = {
        .reason = FL_ENROLMENT_ACCEPTED,
        .parent = wire_uuid(0x50),
        .parent_incarnation = wire_uuid(0x60),
        .name = "Магазин",
        .parent_code = "ЦО",
        .parent_name = "Центр",
        .endpoint = "tcp://centre.example:7000",
    };

    wire_fill(answer.request_hash, sizeof(answer.request_hash), 0x20);
    wire_fill(answer.configuration_hash, sizeof(answer.configuration_hash), 0x90);
    memcpy(answer.code, code, sizeof(code));
    return answer;
}

static struct fl_enrolment_answer sample_refusal(void)
{
    struct fl_enrolment_answer answer = {
        .reason = FL_ENROLMENT_EXPIRED,
        .text = "поздно",
    };

    wire_fill(answer.request_hash, sizeof(answer.request_hash), 0x20);
    return answer;
}

static struct fl_bytes answer_bytes(
    struct fixture *fixture,
    struct fl_enrolment_answer answer)
{
    fl_buffer_clear(&fixture->buffer);
    assert_int_equal(fl_enrolment_answer_encode(&answer, &fixture->buffer), FL_OK);
    return fl_buffer_view(&fixture->buffer);
}

static enum fl_status decode_answer(struct fl_bytes bytes)
{
    uint8_t *const copy = wire_copy(bytes);
    struct fl_enrolment_answer answer;
    uint8_t hash[FL_HASH_BYTES];

    wire_fill(hash, sizeof(hash), 0x20);
    const enum fl_status status =
        fl_enrolment_answer_decode((struct fl_bytes){copy, bytes.size}, hash, &answer);

    free(copy);
    return status;
}

static void test_the_answer_never_changes(void **state)
{
    wire_assert_hex(
        answer_bytes(*state, sample_acceptance()),
        "4645 01 02" /* magic, version, kind */
        "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
        "0000"                             /* reason */
        "505152535455565758595a5b5c5d5e5f" /* parent, its incarnation */
        "606162636465666768696a6b6c6d6e6f"
        "909192939495969798999a9b9c9d9e9f" /* configuration */
        "06 d0a4d09c3031" /* code, name, parent's code and name, endpoint */
        "0e d09cd0b0d0b3d0b0d0b7d0b8d0bd"
        "04 d0a6d09e"
        "0a d0a6d0b5d0bdd182d180"
        "19 7463703a2f2f63656e7472652e6578616d706c653a37303030");
    wire_assert_hex(
        answer_bytes(*state, sample_refusal()),
        "4645 01 02"
        "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
        "0002 0c d0bfd0bed0b7d0b4d0bdd0be");
}

static void test_an_answer_goes_there_and_back(void **state)
{
    const struct fl_enrolment_answer sample = sample_acceptance();
    struct fl_enrolment_answer decoded;

    assert_int_equal(
        fl_enrolment_answer_decode(
            answer_bytes(*state, sample), sample.request_hash, &decoded),
        FL_OK);
    assert_int_equal(decoded.reason, FL_ENROLMENT_ACCEPTED);
    assert_true(fl_uuid_equal(decoded.parent, sample.parent));
    assert_true(fl_uuid_equal(decoded.parent_incarnation, sample.parent_incarnation));
    assert_memory_equal(
        decoded.configuration_hash, sample.configuration_hash,
        sizeof(sample.configuration_hash));
    assert_string_equal(decoded.code, sample.code);
    assert_string_equal(decoded.name, sample.name);
    assert_string_equal(decoded.parent_code, sample.parent_code);
    assert_string_equal(decoded.parent_name, sample.parent_name);
    assert_string_equal(decoded.endpoint, sample.endpoint);
    assert_int_equal(
        fl_enrolment_answer_decode(
            answer_bytes(*state, sample_refusal()), sample.request_hash, &decoded),
        FL_OK);
    assert_int_equal(decoded.reason, FL_ENROLMENT_EXPIRED);
    assert_string_equal(decoded.text, "поздно");
    assert_true(fl_uuid_is_zero(decoded.parent));
}

static void test_the_answer_to_another_request_is_refused(void **state)
{
    struct fl_enrolment_answer answer = sample_acceptance();

    answer.request_hash[31] ^= 1;
    assert_int_equal(decode_answer(answer_bytes(*state, answer)), FL_UNTRUSTED);
}

static void test_every_truncation_of_an_answer_is_refused(void **state)
{
    struct fixture *const fixture = *state;

    for (int i = 0; i < 2; i++) {
        const struct fl_bytes bytes =
            answer_bytes(fixture, i == 0 ? sample_acceptance() : sample_refusal());

        for (size_t size = 0; size < bytes.size; size++) {
            assert_int_equal(
                decode_answer((struct fl_bytes){bytes.data, size}), FL_MALFORMED);
        }
        fl_buffer_put_u8(&fixture->buffer, 0);
        assert_int_equal(decode_answer(fl_buffer_view(&fixture->buffer)), FL_MALFORMED);
    }
}

static void test_flipped_bits_of_an_answer_stay_within_bounds(void **state)
{
    const struct fl_bytes bytes = answer_bytes(*state, sample_acceptance());
    uint8_t *const copy = wire_copy(bytes);

    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const enum fl_status status = decode_answer((struct fl_bytes){copy, bytes.size});

        assert_true(
            status == FL_OK || status == FL_MALFORMED || status == FL_UNTRUSTED ||
            (status == FL_UNSUPPORTED && bit / 8 == 2));
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

static void test_an_answer_that_says_too_little_is_not_written(void **state)
{
    struct fixture *const fixture = *state;
    struct fl_enrolment_answer answer = sample_acceptance();

    answer.endpoint[0] = '\0';
    assert_int_equal(fl_enrolment_answer_encode(&answer, &fixture->buffer), FL_MALFORMED);
    answer = sample_acceptance();
    answer.parent = (struct fl_uuid){{0}};
    assert_int_equal(fl_enrolment_answer_encode(&answer, &fixture->buffer), FL_MALFORMED);
    answer = sample_refusal();
    answer.text[1] = '\n';
    assert_int_equal(fl_enrolment_answer_encode(&answer, &fixture->buffer), FL_MALFORMED);
    assert_int_equal(fixture->buffer.size, 0);
    answer.text[0] = '\0'; /* a reason is enough */
    assert_int_equal(fl_enrolment_answer_encode(&answer, &fixture->buffer), FL_OK);
}

static void test_an_unknown_reason_is_refused(void **state)
{
    const struct fl_bytes bytes = answer_bytes(*state, sample_refusal());
    uint8_t *const copy = wire_copy(bytes);

    copy[4 + FL_HASH_BYTES + 1] = FL_ENROLMENT_BUSY + 1;
    assert_int_equal(decode_answer((struct fl_bytes){copy, bytes.size}), FL_MALFORMED);
    free(copy);
}

static void test_the_longest_answer_fits(void **state)
{
    struct fixture *const fixture = *state;
    struct fl_enrolment_answer answer = sample_acceptance();

    memset(answer.code, 'c', sizeof(answer.code) - 1);
    memset(answer.name, 'n', sizeof(answer.name) - 1);
    memset(answer.parent_code, 'c', sizeof(answer.parent_code) - 1);
    memset(answer.parent_name, 'n', sizeof(answer.parent_name) - 1);
    memset(answer.endpoint, 'e', sizeof(answer.endpoint) - 1);
    const struct fl_bytes bytes = answer_bytes(fixture, answer);

    assert_in_range(bytes.size, 1, FL_ENROLMENT_ANSWER_BYTES_MAX);
    assert_int_equal(decode_answer(bytes), FL_OK);
}

static void test_every_reason_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i <= FL_ENROLMENT_BUSY; i++) {
        const char *const name = fl_enrolment_reason_name((enum fl_enrolment_reason)i);

        assert_string_not_equal(name, "unknown");
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(
                name, fl_enrolment_reason_name((enum fl_enrolment_reason)k));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_token_never_changes, begin, end),
        cmocka_unit_test_setup_teardown(
            test_an_invitation_goes_there_and_back, begin, end),
        cmocka_unit_test_setup_teardown(
            test_white_space_around_a_token_is_let_pass, begin, end),
        cmocka_unit_test_setup_teardown(
            test_every_flipped_bit_of_a_token_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_every_truncation_of_a_token_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_other_texts_than_a_token_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_the_longest_invitation_fits, begin, end),
        cmocka_unit_test_setup_teardown(
            test_an_invitation_without_its_texts_is_not_written, begin, end),
        cmocka_unit_test_setup_teardown(
            test_the_hash_of_a_secret_never_changes, begin, end),
        cmocka_unit_test_setup_teardown(test_the_request_never_changes, begin, end),
        cmocka_unit_test_setup_teardown(test_a_request_goes_there_and_back, begin, end),
        cmocka_unit_test_setup_teardown(
            test_every_flipped_bit_of_a_request_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_every_truncation_of_a_request_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_a_request_for_another_centre_proves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_a_request_of_nobody_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_the_longest_request_fits, begin, end),
        cmocka_unit_test_setup_teardown(test_the_answer_never_changes, begin, end),
        cmocka_unit_test_setup_teardown(test_an_answer_goes_there_and_back, begin, end),
        cmocka_unit_test_setup_teardown(
            test_the_answer_to_another_request_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_every_truncation_of_an_answer_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_flipped_bits_of_an_answer_stay_within_bounds, begin, end),
        cmocka_unit_test_setup_teardown(
            test_an_answer_that_says_too_little_is_not_written, begin, end),
        cmocka_unit_test_setup_teardown(test_an_unknown_reason_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_the_longest_answer_fits, begin, end),
        cmocka_unit_test_setup_teardown(
            test_every_reason_has_a_name_of_its_own, begin, end),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
