/*
 * Token: "filial1:" and, in base64url without padding:
 *
 *      0  installation                      16
 *     16  centre                            16
 *     32  its signing key                   32
 *     64  its transport key                 32
 *     96  secret                            16
 *    112  expires, Unix time in seconds     u64
 *    120  endpoint, plan, code              each a varint length and UTF-8
 *         checksum                          4, first of BLAKE2b-256 over "filial1:" and
 *                                           all bytes before it
 *
 * Request and answer begin with "FE" | version u8 = 1 | kind u8.
 *
 *   request, kind 1   secret 16 | installation 16 | centre 16 | node 16 | incarnation 16
 * | signing key 32 | transport key 32 | software u32 | code sized | signature 64 answer,
 * kind 2    hash of the request 32 | reason u16, then accepted        parent 16 | its
 * incarnation 16 | configuration hash 16 | code, name, parent code, parent name,
 * endpoint, each sized refused         text sized
 *
 * Signed is the request up to the signature and behind it the signing key of the centre,
 * which does not travel: a request for one centre proves nothing to another.
 */

#include "proto/enrolment.h"

#include <sodium.h>
#include <string.h>

enum {
    VERSION = 1,
    KIND_REQUEST = 1,
    KIND_ANSWER = 2,
    CHECKSUM_BYTES = 4,
    TOKEN_PLAIN_BYTES_MAX = FL_ENROLMENT_TOKEN_BYTES_MAX / 4 * 3,
};

static_assert(
    120 + 2 + FL_ENROLMENT_ENDPOINT_BYTES_MAX + 2 + FL_NAME_BYTES_MAX + 2 +
            FL_CODE_BYTES_MAX + CHECKSUM_BYTES <=
        TOKEN_PLAIN_BYTES_MAX - 8,
    "the longest token fits");
static_assert(
    4 + 3 * FL_UUID_BYTES + FL_ENROLMENT_SECRET_BYTES + FL_UUID_BYTES +
            2 * FL_PUBLIC_KEY_BYTES + 4 + 2 + FL_CODE_BYTES_MAX + FL_SIGNATURE_BYTES <=
        FL_ENROLMENT_REQUEST_BYTES_MAX,
    "the longest request fits");
static_assert(
    4 + FL_HASH_BYTES + 2 + 2 * FL_UUID_BYTES + FL_CONFIGURATION_HASH_BYTES +
            2 * (2 + FL_CODE_BYTES_MAX) + 2 * (2 + FL_NAME_BYTES_MAX) + 2 +
            FL_ENROLMENT_ENDPOINT_BYTES_MAX <=
        FL_ENROLMENT_ANSWER_BYTES_MAX,
    "the longest answer fits");

static const char prefix[] = "filial1:";
static const uint8_t magic[2] = {'F', 'E'};

/* These texts go into logs and onto terminals. */
static bool is_printable(struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < ' ' || text.data[i] == 0x7F) {
            return false;
        }
    }
    return fl_bytes_are_utf8(text);
}

static bool is_name(const char *text)
{
    return text[0] != '\0' && is_printable(fl_bytes_of_text(text));
}

static bool is_endpoint(const char *text)
{
    return is_name(text) && !strchr(text, ' ');
}

static void put_text(struct fl_buffer *buffer, const char *text)
{
    fl_buffer_put_sized(buffer, fl_bytes_of_text(text));
}

/* Into an array of `size` with its closing NUL; a text that does not fit fails `reader`.
 */
static void take_text(struct fl_reader *reader, char *out_text, size_t size)
{
    const struct fl_bytes text = fl_reader_sized(reader);

    out_text[0] = '\0';
    if (reader->failed || text.size >= size || !is_printable(text)) {
        reader->failed = true;
        return;
    }
    memcpy(out_text, text.data, text.size);
    out_text[text.size] = '\0';
}

/* -- token -- */

static void token_checksum(struct fl_bytes payload, uint8_t out_checksum[CHECKSUM_BYTES])
{
    struct fl_hasher hasher;
    uint8_t hash[FL_HASH_BYTES];

    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, fl_bytes_of_text(prefix));
    fl_hasher_add(&hasher, payload);
    fl_hasher_finish(&hasher, hash);
    memcpy(out_checksum, hash, CHECKSUM_BYTES);
}

static void put_invitation(
    struct fl_buffer *buffer,
    const struct fl_enrolment_invitation *invitation)
{
    uint8_t checksum[CHECKSUM_BYTES];

    fl_uuid_put(buffer, invitation->installation);
    fl_uuid_put(buffer, invitation->centre);
    fl_buffer_put_memory(buffer, invitation->centre_signing_key, FL_PUBLIC_KEY_BYTES);
    fl_buffer_put_memory(buffer, invitation->centre_transport_key, FL_PUBLIC_KEY_BYTES);
    fl_buffer_put_memory(buffer, invitation->secret, FL_ENROLMENT_SECRET_BYTES);
    fl_buffer_put_u64(buffer, invitation->expires_s);
    put_text(buffer, invitation->endpoint);
    put_text(buffer, invitation->plan);
    put_text(buffer, invitation->code);
    fl_buffer_put_u8(buffer, (uint8_t)invitation->kind);
    token_checksum(fl_buffer_view(buffer), checksum);
    fl_buffer_put_memory(buffer, checksum, sizeof(checksum));
}

static void put_base64(struct fl_buffer *buffer, struct fl_bytes bytes)
{
    const size_t room_bytes =
        sodium_base64_encoded_len(bytes.size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    uint8_t *room = fl_buffer_reserve(buffer, room_bytes);

    if (room) {
        (void)sodium_bin2base64(
            (char *)room, room_bytes, bytes.data, bytes.size,
            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        fl_buffer_added(buffer, room_bytes - 1); /* without its closing NUL */
    }
}

enum fl_status fl_enrolment_token_encode(
    const struct fl_enrolment_invitation *invitation,
    struct fl_buffer *out_token)
{
    struct fl_buffer plain;

    if (!is_endpoint(invitation->endpoint) || !is_name(invitation->plan) ||
        !is_name(invitation->code)) {
        return FL_MALFORMED;
    }
    fl_buffer_init(&plain, TOKEN_PLAIN_BYTES_MAX);
    /* At once, so that it does not grow and leave copies of the secret behind. */
    (void)fl_buffer_reserve(&plain, TOKEN_PLAIN_BYTES_MAX);
    put_invitation(&plain, invitation);
    enum fl_status status = fl_buffer_status(&plain);

    if (status == FL_OK) {
        fl_buffer_put_text(out_token, prefix);
        put_base64(out_token, fl_buffer_view(&plain));
        status = fl_buffer_status(out_token);
    }
    if (plain.data) {
        fl_wipe(plain.data, plain.size);
    }
    fl_buffer_deinit(&plain);
    return status;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct fl_bytes trimmed(struct fl_bytes text)
{
    while (text.size > 0 && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_space(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

/* libsodium takes some bytes above 127 for the letter that lies 128 below. */
static bool is_ascii(struct fl_bytes text)
{
    uint8_t all = 0;

    for (size_t i = 0; i < text.size; i++) {
        all |= text.data[i];
    }
    return all < 0x80;
}

/* "filial", digits, ":". */
static bool is_of_some_version(struct fl_bytes token)
{
    size_t at = sizeof("filial") - 1;
    const size_t digits = at;

    if (!fl_bytes_begin_with(token, "filial")) {
        return false;
    }
    while (at < token.size && token.data[at] >= '0' && token.data[at] <= '9') {
        at++;
    }
    return at > digits && at < token.size && token.data[at] == ':';
}

static enum fl_status refuse_prefix(struct fl_bytes token, struct fl_error *out_error)
{
    if (is_of_some_version(token)) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "the invitation is of another version of Filial: update this node, or ask "
            "for an invitation of the form filial1:...");
    }
    return fl_error_set(
        out_error, FL_MALFORMED,
        "this is not an invitation: one begins with filial1: and is a single line");
}

static bool take_invitation(
    struct fl_bytes plain,
    struct fl_enrolment_invitation *invitation)
{
    uint8_t checksum[CHECKSUM_BYTES];

    if (plain.size < CHECKSUM_BYTES) {
        return false;
    }
    plain.size -= CHECKSUM_BYTES;
    token_checksum(plain, checksum);
    if (memcmp(plain.data + plain.size, checksum, sizeof(checksum)) != 0) {
        return false;
    }
    struct fl_reader reader = fl_reader_of(plain);

    invitation->installation = fl_uuid_take(&reader);
    invitation->centre = fl_uuid_take(&reader);
    fl_reader_copy(&reader, invitation->centre_signing_key, FL_PUBLIC_KEY_BYTES);
    fl_reader_copy(&reader, invitation->centre_transport_key, FL_PUBLIC_KEY_BYTES);
    fl_reader_copy(&reader, invitation->secret, FL_ENROLMENT_SECRET_BYTES);
    invitation->expires_s = fl_reader_u64(&reader);
    take_text(&reader, invitation->endpoint, sizeof(invitation->endpoint));
    take_text(&reader, invitation->plan, sizeof(invitation->plan));
    take_text(&reader, invitation->code, sizeof(invitation->code));
    uint8_t kind = fl_reader_u8(&reader);

    invitation->kind = kind == FL_PLAN_EQUAL ? FL_PLAN_EQUAL : FL_PLAN_TREE;
    return fl_reader_done(&reader) && kind >= FL_PLAN_TREE && kind <= FL_PLAN_EQUAL &&
           is_endpoint(invitation->endpoint) && is_name(invitation->plan) &&
           is_name(invitation->code);
}

enum fl_status fl_enrolment_token_decode(
    struct fl_bytes token,
    struct fl_enrolment_invitation *out_invitation,
    struct fl_error *out_error)
{
    const struct fl_bytes text = trimmed(token);
    const size_t begin = sizeof(prefix) - 1;
    struct fl_enrolment_invitation invitation = {.expires_s = 0};
    uint8_t plain[TOKEN_PLAIN_BYTES_MAX];
    size_t size = 0;

    if (!fl_bytes_begin_with(text, prefix)) {
        return refuse_prefix(text, out_error);
    }
    const bool sound =
        is_ascii(text) &&
        sodium_base642bin(
            plain, sizeof(plain), (const char *)text.data + begin, text.size - begin,
            NULL, &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
        take_invitation((struct fl_bytes){plain, size}, &invitation);

    if (sound) {
        *out_invitation = invitation;
    }
    fl_wipe(plain, sizeof(plain));
    fl_wipe(&invitation, sizeof(invitation));
    return sound ? FL_OK
                 : fl_error_set(
                       out_error, FL_MALFORMED,
                       "the invitation is damaged: copy the whole line, from filial1: to "
                       "its end, with nothing left out");
}

/* Keyed by the secret, so that the hash tells nothing of it. */
void fl_invitation_hash(
    const uint8_t secret[FL_ENROLMENT_SECRET_BYTES],
    struct fl_uuid installation,
    uint8_t out_hash[FL_HASH_BYTES])
{
    static const char domain[] = "FILIAL\0invitation\0v1"; /* with its closing NUL */
    uint8_t bytes[sizeof(domain) + FL_UUID_BYTES];

    memcpy(bytes, domain, sizeof(domain));
    memcpy(bytes + sizeof(domain), installation.bytes, FL_UUID_BYTES);
    const int failed = crypto_generichash(
        out_hash, FL_HASH_BYTES, bytes, sizeof(bytes), secret, FL_ENROLMENT_SECRET_BYTES);

    FL_ASSERT(failed == 0);
}

/* -- request and answer -- */

static void put_head(struct fl_buffer *buffer, uint8_t kind)
{
    fl_buffer_put_memory(buffer, magic, sizeof(magic));
    fl_buffer_put_u8(buffer, VERSION);
    fl_buffer_put_u8(buffer, kind);
}

static enum fl_status take_head(struct fl_reader *reader, uint8_t kind)
{
    const struct fl_bytes found = fl_reader_take(reader, sizeof(magic));

    if (reader->failed || memcmp(found.data, magic, sizeof(magic)) != 0) {
        return FL_MALFORMED;
    }
    const uint8_t version = fl_reader_u8(reader);

    if (reader->failed) {
        return FL_MALFORMED;
    }
    if (version != VERSION) {
        return FL_UNSUPPORTED;
    }
    return fl_reader_u8(reader) == kind ? FL_OK : FL_MALFORMED;
}

/* The bytes under the proof: of the request, and the key of whom it is for. */
struct proof {
    uint8_t bytes[FL_ENROLMENT_REQUEST_BYTES_MAX + FL_PUBLIC_KEY_BYTES];
    size_t size;
};

static void proof_of(
    struct fl_bytes signed_bytes,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    struct proof *out_proof)
{
    FL_ASSERT(signed_bytes.size <= FL_ENROLMENT_REQUEST_BYTES_MAX);
    memcpy(out_proof->bytes, signed_bytes.data, signed_bytes.size);
    memcpy(out_proof->bytes + signed_bytes.size, centre_signing_key, FL_PUBLIC_KEY_BYTES);
    out_proof->size = signed_bytes.size + FL_PUBLIC_KEY_BYTES;
}

static void put_request(
    struct fl_buffer *buffer,
    const struct fl_enrolment_request *request)
{
    put_head(buffer, KIND_REQUEST);
    fl_buffer_put_memory(buffer, request->secret, sizeof(request->secret));
    fl_uuid_put(buffer, request->installation);
    fl_uuid_put(buffer, request->centre);
    fl_uuid_put(buffer, request->node);
    fl_uuid_put(buffer, request->incarnation);
    fl_buffer_put_memory(buffer, request->signing_key, sizeof(request->signing_key));
    fl_buffer_put_memory(buffer, request->transport_key, sizeof(request->transport_key));
    fl_buffer_put_u32(buffer, request->software);
    put_text(buffer, request->code);
}

enum fl_status fl_enrolment_request_encode(
    struct fl_enrolment_request *request,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    const struct fl_signing_key *key,
    struct fl_buffer *out_bytes)
{
    const size_t begin = out_bytes->size;
    uint8_t signature[FL_SIGNATURE_BYTES];
    struct proof proof;

    if (!is_name(request->code)) {
        return FL_MALFORMED;
    }
    memcpy(request->signing_key, fl_signing_key_public(key), FL_PUBLIC_KEY_BYTES);
    put_request(out_bytes, request);
    if (fl_buffer_status(out_bytes) != FL_OK) {
        return fl_buffer_status(out_bytes);
    }
    proof_of(
        (struct fl_bytes){out_bytes->data + begin, out_bytes->size - begin},
        centre_signing_key, &proof);
    fl_sign(
        key, FL_DOMAIN_ENROLMENT, (struct fl_bytes){proof.bytes, proof.size}, signature);
    fl_wipe(&proof, sizeof(proof));
    fl_buffer_put_memory(out_bytes, signature, sizeof(signature));
    return fl_buffer_status(out_bytes);
}

static void take_request(struct fl_reader *reader, struct fl_enrolment_request *request)
{
    fl_reader_copy(reader, request->secret, sizeof(request->secret));
    request->installation = fl_uuid_take(reader);
    request->centre = fl_uuid_take(reader);
    request->node = fl_uuid_take(reader);
    request->incarnation = fl_uuid_take(reader);
    fl_reader_copy(reader, request->signing_key, sizeof(request->signing_key));
    fl_reader_copy(reader, request->transport_key, sizeof(request->transport_key));
    request->software = fl_reader_u32(reader);
    take_text(reader, request->code, sizeof(request->code));
}

/* Nobody is the node of zero, and a key of zero is nobody's. */
static bool is_request_sound(const struct fl_enrolment_request *request)
{
    return !fl_uuid_is_zero(request->node) && !fl_uuid_is_zero(request->incarnation) &&
           !sodium_is_zero(request->transport_key, sizeof(request->transport_key)) &&
           is_name(request->code);
}

static enum fl_status verify_request(
    struct fl_bytes signed_bytes,
    const struct fl_enrolment_request *request,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    const uint8_t *signature)
{
    struct proof proof;

    proof_of(signed_bytes, centre_signing_key, &proof);
    const enum fl_status status = fl_verify(
        request->signing_key, FL_DOMAIN_ENROLMENT,
        (struct fl_bytes){proof.bytes, proof.size}, signature);

    fl_wipe(&proof, sizeof(proof));
    return status;
}

enum fl_status fl_enrolment_request_decode(
    struct fl_bytes bytes,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    struct fl_enrolment_request *out_request)
{
    struct fl_enrolment_request request = {.software = 0};
    struct fl_reader reader = fl_reader_of(bytes);

    if (bytes.size > FL_ENROLMENT_REQUEST_BYTES_MAX) {
        return FL_MALFORMED;
    }
    enum fl_status status = take_head(&reader, KIND_REQUEST);

    if (status != FL_OK) {
        return status;
    }
    take_request(&reader, &request);
    const struct fl_bytes signed_bytes = {
        bytes.data, bytes.size - fl_reader_left(&reader)};
    const uint8_t *signature = fl_reader_take(&reader, FL_SIGNATURE_BYTES).data;

    if (!fl_reader_done(&reader) || !is_request_sound(&request)) {
        status = FL_MALFORMED;
    } else {
        status = verify_request(signed_bytes, &request, centre_signing_key, signature);
    }
    if (status == FL_OK) {
        *out_request = request;
    }
    fl_wipe(&request, sizeof(request));
    return status;
}

void fl_enrolment_request_hash(struct fl_bytes bytes, uint8_t out_hash[FL_HASH_BYTES])
{
    fl_hash(bytes, out_hash, FL_HASH_BYTES);
}

static bool is_acceptance(enum fl_enrolment_reason reason)
{
    return reason == FL_ENROLMENT_ACCEPTED || reason == FL_ENROLMENT_WAITING;
}

static bool is_acceptance_sound(const struct fl_enrolment_answer *answer)
{
    return !fl_uuid_is_zero(answer->parent) &&
           !fl_uuid_is_zero(answer->parent_incarnation) && is_name(answer->code) &&
           is_name(answer->name) && is_name(answer->parent_code) &&
           is_name(answer->parent_name) && is_endpoint(answer->endpoint);
}

static void put_acceptance(
    struct fl_buffer *buffer,
    const struct fl_enrolment_answer *answer)
{
    fl_uuid_put(buffer, answer->parent);
    fl_uuid_put(buffer, answer->parent_incarnation);
    fl_buffer_put_memory(
        buffer, answer->configuration_hash, sizeof(answer->configuration_hash));
    put_text(buffer, answer->code);
    put_text(buffer, answer->name);
    put_text(buffer, answer->parent_code);
    put_text(buffer, answer->parent_name);
    put_text(buffer, answer->endpoint);
}

static void take_acceptance(struct fl_reader *reader, struct fl_enrolment_answer *answer)
{
    answer->parent = fl_uuid_take(reader);
    answer->parent_incarnation = fl_uuid_take(reader);
    fl_reader_copy(
        reader, answer->configuration_hash, sizeof(answer->configuration_hash));
    take_text(reader, answer->code, sizeof(answer->code));
    take_text(reader, answer->name, sizeof(answer->name));
    take_text(reader, answer->parent_code, sizeof(answer->parent_code));
    take_text(reader, answer->parent_name, sizeof(answer->parent_name));
    take_text(reader, answer->endpoint, sizeof(answer->endpoint));
}

enum fl_status fl_enrolment_answer_encode(
    const struct fl_enrolment_answer *answer,
    struct fl_buffer *out_bytes)
{
    const bool accepted = is_acceptance(answer->reason);

    FL_ASSERT(answer->reason <= FL_ENROLMENT_WAITING);
    if (accepted ? !is_acceptance_sound(answer)
                 : !is_printable(fl_bytes_of_text(answer->text))) {
        return FL_MALFORMED;
    }
    put_head(out_bytes, KIND_ANSWER);
    fl_buffer_put_memory(out_bytes, answer->request_hash, sizeof(answer->request_hash));
    fl_buffer_put_u16(out_bytes, (uint16_t)answer->reason);
    if (accepted) {
        put_acceptance(out_bytes, answer);
    } else {
        put_text(out_bytes, answer->text);
    }
    return fl_buffer_status(out_bytes);
}

enum fl_status fl_enrolment_answer_decode(
    struct fl_bytes bytes,
    const uint8_t request_hash[FL_HASH_BYTES],
    struct fl_enrolment_answer *out_answer)
{
    struct fl_enrolment_answer answer = {.reason = FL_ENROLMENT_ACCEPTED};
    struct fl_reader reader = fl_reader_of(bytes);

    if (bytes.size > FL_ENROLMENT_ANSWER_BYTES_MAX) {
        return FL_MALFORMED;
    }
    const enum fl_status status = take_head(&reader, KIND_ANSWER);

    if (status != FL_OK) {
        return status;
    }
    fl_reader_copy(&reader, answer.request_hash, sizeof(answer.request_hash));
    const uint16_t reason = fl_reader_u16(&reader);

    if (reader.failed || reason > FL_ENROLMENT_WAITING) {
        return FL_MALFORMED;
    }
    answer.reason = (enum fl_enrolment_reason)reason;
    if (is_acceptance(answer.reason)) {
        take_acceptance(&reader, &answer);
    } else {
        take_text(&reader, answer.text, sizeof(answer.text));
    }
    if (!fl_reader_done(&reader) ||
        (is_acceptance(answer.reason) && !is_acceptance_sound(&answer))) {
        return FL_MALFORMED;
    }
    if (memcmp(answer.request_hash, request_hash, FL_HASH_BYTES) != 0) {
        return FL_UNTRUSTED;
    }
    *out_answer = answer;
    return FL_OK;
}

const char *fl_enrolment_reason_name(enum fl_enrolment_reason reason)
{
    switch (reason) {
    case FL_ENROLMENT_ACCEPTED:
        return "accepted";
    case FL_ENROLMENT_UNKNOWN_INVITATION:
        return "unknown_invitation";
    case FL_ENROLMENT_EXPIRED:
        return "expired";
    case FL_ENROLMENT_USED:
        return "used";
    case FL_ENROLMENT_ATTEMPTS:
        return "attempts";
    case FL_ENROLMENT_OTHER_INSTALLATION:
        return "other_installation";
    case FL_ENROLMENT_OTHER_CENTRE:
        return "other_centre";
    case FL_ENROLMENT_OTHER_CODE:
        return "other_code";
    case FL_ENROLMENT_NODE_TAKEN:
        return "node_taken";
    case FL_ENROLMENT_MALFORMED:
        return "malformed";
    case FL_ENROLMENT_BUSY:
        return "busy";
    case FL_ENROLMENT_WAITING:
        return "waiting";
    }
    return "unknown";
}
