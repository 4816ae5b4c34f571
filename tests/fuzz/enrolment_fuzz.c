/* Any bytes are either no token, request or answer, or the one form of one. */

#include <string.h>

#include "proto/carry.h"
#include "proto/enrolment_file.h"
#include "proto/rotation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_token(struct fl_bytes bytes)
{
    struct fl_enrolment_invitation invitation;
    struct fl_error error = {.status = FL_OK};
    struct fl_buffer again;

    fl_buffer_init(&again, FL_ENROLMENT_TOKEN_BYTES_MAX);
    if (fl_enrolment_token_decode(bytes, &invitation, &error) == FL_OK) {
        FL_ASSERT(fl_enrolment_token_encode(&invitation, &again) == FL_OK);
        FL_ASSERT(again.size <= bytes.size);
    } else {
        FL_ASSERT(error.status != FL_OK && error.text[0] != '\0');
    }
    fl_buffer_deinit(&again);
}

static void read_request(struct fl_bytes bytes)
{
    static const uint8_t key[FL_PUBLIC_KEY_BYTES] = {7};
    struct fl_enrolment_request request;
    const enum fl_status status = fl_enrolment_request_decode(bytes, key, &request);

    /* Nobody signed for this centre. */
    FL_ASSERT(
        status == FL_MALFORMED || status == FL_UNTRUSTED || status == FL_UNSUPPORTED);
}

static void read_answer(struct fl_bytes bytes)
{
    struct fl_enrolment_answer answer;
    uint8_t hash[FL_HASH_BYTES] = {0};
    struct fl_buffer again;

    /* Of whatever request it says that it answers. */
    if (bytes.size >= 4 + FL_HASH_BYTES) {
        memcpy(hash, bytes.data + 4, FL_HASH_BYTES);
    }
    fl_buffer_init(&again, FL_ENROLMENT_ANSWER_BYTES_MAX);
    if (fl_enrolment_answer_decode(bytes, hash, &answer) == FL_OK) {
        FL_ASSERT(fl_enrolment_answer_encode(&answer, &again) == FL_OK);
        FL_ASSERT(fl_bytes_equal(fl_buffer_view(&again), bytes));
    }
    fl_buffer_deinit(&again);
}

/* Files: nobody sealed one for these keys or signed one by them; and statements. */
static void read_files(struct fl_bytes bytes)
{
    static const uint8_t key[FL_PUBLIC_KEY_BYTES] = {7};
    struct fl_rotation rotation;
    struct fl_buffer request;
    struct fl_bytes answer;
    struct fl_confirmation confirmation;
    uint8_t signature[FL_SIGNATURE_BYTES];

    if (fl_carry_confirm_open(bytes, &confirmation, signature) == FL_OK) {
        FL_ASSERT(fl_confirmation_verify(&confirmation, key, signature) != FL_OK);
    }
    fl_buffer_init(&request, FL_ENROLMENT_FILE_BYTES_MAX);
    FL_ASSERT(fl_enrolment_file_unseal(bytes, key, key, &request) != FL_OK);
    FL_ASSERT(fl_enrolment_file_verify(bytes, key, &answer) != FL_OK);
    if (fl_rotation_decode(bytes, &rotation) == FL_OK) {
        uint8_t again[FL_ROTATION_BYTES];

        fl_rotation_encode(&rotation, again);
        FL_ASSERT(fl_bytes_equal((struct fl_bytes){again, sizeof(again)}, bytes));
        FL_ASSERT(
            fl_rotation_verify(&rotation, (struct fl_uuid){{1}}, (struct fl_uuid){{2}}) !=
            FL_OK);
    }
    fl_buffer_deinit(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_bytes bytes = {data, size};

    read_token(bytes);
    read_request(bytes);
    read_answer(bytes);
    read_files(bytes);
    return 0;
}
