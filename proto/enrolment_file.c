#include "proto/enrolment_file.h"

#include <sodium.h>
#include <string.h>

enum { MAGIC_BYTES = 8, SEAL_BYTES = crypto_box_SEALBYTES };

static const uint8_t request_magic[MAGIC_BYTES] = {'F', 'L', 'R', 'E', 'Q', '1', '\n', 0};
static const uint8_t answer_magic[MAGIC_BYTES] = {'F', 'L', 'A', 'N', 'S', '1', '\n', 0};

static bool begins(struct fl_bytes bytes, const uint8_t magic[MAGIC_BYTES])
{
    return bytes.size > MAGIC_BYTES && memcmp(bytes.data, magic, MAGIC_BYTES) == 0;
}

bool fl_enrolment_file_is_request(struct fl_bytes bytes)
{
    return begins(bytes, request_magic);
}

bool fl_enrolment_file_is_answer(struct fl_bytes bytes)
{
    return begins(bytes, answer_magic);
}

enum fl_status fl_enrolment_file_seal(
    struct fl_bytes request,
    const uint8_t centre_transport_key[FL_PUBLIC_KEY_BYTES],
    struct fl_buffer *out_bytes)
{
    fl_buffer_put_memory(out_bytes, request_magic, MAGIC_BYTES);
    uint8_t *room = fl_buffer_reserve(out_bytes, request.size + SEAL_BYTES);

    if (!room) {
        return fl_buffer_status(out_bytes);
    }
    if (crypto_box_seal(room, request.data, request.size, centre_transport_key) != 0) {
        return FL_UNTRUSTED; /* the key is no point of the curve */
    }
    fl_buffer_added(out_bytes, request.size + SEAL_BYTES);
    return FL_OK;
}

enum fl_status fl_enrolment_file_unseal(
    struct fl_bytes bytes,
    const uint8_t transport_public[FL_PUBLIC_KEY_BYTES],
    const uint8_t transport_secret[FL_SECRET_KEY_BYTES],
    struct fl_buffer *out_request)
{
    if (!fl_enrolment_file_is_request(bytes) ||
        bytes.size > FL_ENROLMENT_FILE_BYTES_MAX) {
        return FL_MALFORMED;
    }
    const size_t sealed = bytes.size - MAGIC_BYTES;
    uint8_t *room =
        sealed <= SEAL_BYTES ? NULL : fl_buffer_reserve(out_request, sealed - SEAL_BYTES);

    if (!room) {
        return sealed <= SEAL_BYTES ? FL_MALFORMED : fl_buffer_status(out_request);
    }
    if (crypto_box_seal_open(
            room, bytes.data + MAGIC_BYTES, sealed, transport_public, transport_secret) !=
        0) {
        return FL_UNTRUSTED;
    }
    fl_buffer_added(out_request, sealed - SEAL_BYTES);
    return FL_OK;
}

enum fl_status fl_enrolment_file_sign(
    struct fl_bytes answer,
    const struct fl_signing_key *key,
    struct fl_buffer *out_bytes)
{
    uint8_t signature[FL_SIGNATURE_BYTES];

    fl_sign(key, FL_DOMAIN_ENROLMENT_ANSWER, answer, signature);
    fl_buffer_put_memory(out_bytes, answer_magic, MAGIC_BYTES);
    fl_buffer_put(out_bytes, answer);
    fl_buffer_put_memory(out_bytes, signature, sizeof(signature));
    return fl_buffer_status(out_bytes);
}

enum fl_status fl_enrolment_file_verify(
    struct fl_bytes bytes,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    struct fl_bytes *out_answer)
{
    if (!fl_enrolment_file_is_answer(bytes) ||
        bytes.size <= MAGIC_BYTES + FL_SIGNATURE_BYTES ||
        bytes.size > FL_ENROLMENT_FILE_BYTES_MAX) {
        return FL_MALFORMED;
    }
    struct fl_bytes answer = {
        bytes.data + MAGIC_BYTES, bytes.size - MAGIC_BYTES - FL_SIGNATURE_BYTES};
    enum fl_status status = fl_verify(
        centre_signing_key, FL_DOMAIN_ENROLMENT_ANSWER, answer,
        answer.data + answer.size);

    if (status == FL_OK) {
        *out_answer = answer;
    }
    return status;
}
