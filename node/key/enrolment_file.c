#include "enrolment_file.h"

#include <string.h>
#include <unistd.h>

#include "enrolment/enrolment_client.h"
#include "enrolment/enrolment_server.h"
#include "file.h"
#include "proto/enrolment_file.h"

static const char PENDING[] = "keys/invitation";

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static void end_secret(struct fl_buffer *buffer)
{
    if (buffer->data != NULL) {
        fl_wipe(buffer->data, buffer->capacity);
    }
    fl_buffer_deinit(buffer);
}

/* --- at the branch --- */

static enum fl_status seal_request(
    struct fl_node *node,
    const struct fl_enrolment_invitation *token,
    struct fl_buffer *out_sealed,
    struct fl_error *out_error)
{
    struct fl_buffer request;

    fl_buffer_init(&request, FL_ENROLMENT_REQUEST_BYTES_MAX);
    (void)fl_buffer_reserve(&request, FL_ENROLMENT_REQUEST_BYTES_MAX);
    enum fl_status status = fl_enrolment_make_request(node, token, &request);

    if (status == FL_OK) {
        status = fl_enrolment_file_seal(
            fl_buffer_view(&request), token->centre_transport_key, out_sealed);
    }
    end_secret(&request);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(out_error, status, "the request cannot be made");
}

enum fl_status fl_enrolment_write_request(
    struct fl_node *node,
    const char *token_text,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_enrolment_invitation token = {.expires_s = 0};
    struct fl_buffer sealed;
    char *pending = fl_node_path(node->directory, PENDING);

    fl_buffer_init(&sealed, FL_ENROLMENT_FILE_BYTES_MAX);
    enum fl_status status = pending == NULL
                                ? no_memory(out_error)
                                : fl_enrolment_check(node, token_text, &token, out_error);

    if (status == FL_OK) {
        status = seal_request(node, &token, &sealed, out_error);
    }
    if (status == FL_OK) {
        status = fl_file_replace(pending, 0600, fl_bytes_of_text(token_text), out_error);
    }
    if (status == FL_OK) {
        status = fl_file_replace(path, 0600, fl_buffer_view(&sealed), out_error);
    }
    fl_wipe(&token, sizeof(token));
    fl_buffer_deinit(&sealed);
    fl_free(pending);
    return status;
}

/* What the parent answers, when it answers what this node has asked. */
static enum fl_status open_answer(
    struct fl_node *node,
    struct fl_bytes bytes,
    const struct fl_enrolment_invitation *token,
    struct fl_enrolment_answer *out_answer,
    struct fl_error *out_error)
{
    uint8_t hash[FL_HASH_BYTES];
    struct fl_buffer request;
    struct fl_bytes answer;

    fl_buffer_init(&request, FL_ENROLMENT_REQUEST_BYTES_MAX);
    (void)fl_buffer_reserve(&request, FL_ENROLMENT_REQUEST_BYTES_MAX);
    enum fl_status status = fl_enrolment_make_request(node, token, &request);

    if (status == FL_OK) {
        fl_enrolment_request_hash(fl_buffer_view(&request), hash);
        status = fl_enrolment_file_verify(bytes, token->centre_signing_key, &answer);
    }
    if (status == FL_OK) {
        status = fl_enrolment_answer_decode(answer, hash, out_answer);
    }
    end_secret(&request);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, status,
                     "the answer is not for this node's request, or was changed on its "
                     "way; `filial node accept` at the parent writes it anew");
}

enum fl_status fl_enrolment_read_answer(
    struct fl_node *node,
    struct fl_bytes bytes,
    bool *out_waits,
    struct fl_error *out_error)
{
    struct fl_enrolment_invitation token = {.expires_s = 0};
    struct fl_enrolment_answer answer;
    struct fl_buffer text;
    char *pending = fl_node_path(node->directory, PENDING);

    fl_buffer_init(&text, FL_ENROLMENT_TOKEN_BYTES_MAX + 2);
    enum fl_status status = pending == NULL ? no_memory(out_error) : FL_OK;

    if (status == FL_OK &&
        fl_file_read(pending, FL_ENROLMENT_TOKEN_BYTES_MAX, &text, NULL) != FL_OK) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "this node waits for no answer: `filial join INVITATION --request FILE` "
            "writes the request that it belongs to");
    }
    fl_buffer_put_u8(&text, '\0');
    if (status == FL_OK) {
        status = fl_enrolment_check(node, (const char *)text.data, &token, out_error);
    }
    if (status == FL_OK) {
        status = open_answer(node, bytes, &token, &answer, out_error);
    }
    if (status == FL_OK) {
        status = fl_enrolment_take_answer(node, &token, &answer, out_waits, out_error);
    }
    if (status == FL_OK) {
        (void)unlink(pending);
    }
    fl_wipe(&token, sizeof(token));
    end_secret(&text);
    fl_free(pending);
    return status;
}

/* --- at the parent --- */

static enum fl_status open_request(
    struct fl_node *node,
    struct fl_bytes bytes,
    struct fl_buffer *request,
    struct fl_enrolment_request *out_request,
    struct fl_error *out_error)
{
    enum fl_status status = fl_enrolment_file_unseal(
        bytes, node->keys.transport_public, node->keys.transport_secret, request);

    if (status == FL_MALFORMED) {
        return fl_error_set(
            out_error, status,
            "this is no request of a node: `filial join INVITATION --request FILE` "
            "writes one");
    }
    if (status == FL_OK) {
        status = fl_enrolment_request_decode(
            fl_buffer_view(request), node->keys.signing_public, out_request);
    }
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, status,
                     "the request was damaged on its way, or is for another node");
}

static enum fl_status write_answer(
    struct fl_node *node,
    struct fl_enrolment_answer *answer,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_buffer plain;
    struct fl_buffer file;

    fl_buffer_init(&plain, FL_ENROLMENT_ANSWER_BYTES_MAX);
    fl_buffer_init(&file, FL_ENROLMENT_FILE_BYTES_MAX);
    enum fl_status status =
        fl_enrolment_encode_answer(answer, &plain) ? FL_OK : FL_NO_MEMORY;

    if (status == FL_OK) {
        status =
            fl_enrolment_file_sign(fl_buffer_view(&plain), node->keys.signing, &file);
    }
    status = status == FL_OK
                 ? fl_file_replace(path, 0600, fl_buffer_view(&file), out_error)
                 : no_memory(out_error);
    fl_buffer_deinit(&plain);
    fl_buffer_deinit(&file);
    return status;
}

static void decide(
    struct fl_node *node,
    const struct fl_enrolment_request *request,
    struct fl_enrolment_answer *answer)
{
    bool joined = false;

    if (!fl_uuid_equal(request->installation, node->identity->installation)) {
        answer->reason = FL_ENROLMENT_OTHER_INSTALLATION;
    } else if (!fl_uuid_equal(request->centre, node->identity->node)) {
        answer->reason = FL_ENROLMENT_OTHER_CENTRE;
    } else {
        fl_enrolment_decide(node, request, fl_node_now_ms(), answer, &joined);
    }
}

enum fl_status fl_enrolment_answer_request(
    struct fl_node *node,
    const char *request_path,
    const char *answer_path,
    struct fl_enrolment_request *out_request,
    struct fl_enrolment_answer *out_answer,
    struct fl_error *out_error)
{
    struct fl_buffer file;
    struct fl_buffer request;

    fl_buffer_init(&file, FL_ENROLMENT_FILE_BYTES_MAX + 1);
    fl_buffer_init(&request, FL_ENROLMENT_FILE_BYTES_MAX);
    (void)fl_buffer_reserve(&request, FL_ENROLMENT_FILE_BYTES_MAX);
    enum fl_status status =
        fl_file_read(request_path, FL_ENROLMENT_FILE_BYTES_MAX, &file, out_error);

    if (status == FL_OK) {
        status =
            open_request(node, fl_buffer_view(&file), &request, out_request, out_error);
    }
    if (status == FL_OK) {
        *out_answer = (struct fl_enrolment_answer){.reason = FL_ENROLMENT_BUSY};
        fl_enrolment_request_hash(fl_buffer_view(&request), out_answer->request_hash);
        decide(node, out_request, out_answer);
        status = write_answer(node, out_answer, answer_path, out_error);
    }
    end_secret(&request);
    fl_buffer_deinit(&file);
    return status;
}
