/*
 * Joining without a line: request and answer as files.
 *
 *   request  "FLREQ1\n\0" | the request of the line, sealed for the centre's transport
 * key answer   "FLANS1\n\0" | the answer of the line | signature by the centre 64
 *
 * The secret of the invitation is in the request, so nobody but the centre may read it;
 * the answer may be read by anybody and changed by nobody.
 */

#ifndef PROTO_ENROLMENT_FILE_H
#define PROTO_ENROLMENT_FILE_H

#include "proto/enrolment.h"

enum { FL_ENROLMENT_FILE_BYTES_MAX = 8192 };

/* What a file is, by its first bytes. */
bool fl_enrolment_file_is_request(struct fl_bytes bytes);
bool fl_enrolment_file_is_answer(struct fl_bytes bytes);

enum fl_status fl_enrolment_file_seal(
    struct fl_bytes request,
    const uint8_t centre_transport_key[FL_PUBLIC_KEY_BYTES],
    struct fl_buffer *out_bytes);
/* FL_MALFORMED: no request. FL_UNTRUSTED: damaged, or for another node. Wipe it. */
enum fl_status fl_enrolment_file_unseal(
    struct fl_bytes bytes,
    const uint8_t transport_public[FL_PUBLIC_KEY_BYTES],
    const uint8_t transport_secret[FL_SECRET_KEY_BYTES],
    struct fl_buffer *out_request);

enum fl_status fl_enrolment_file_sign(
    struct fl_bytes answer,
    const struct fl_signing_key *key,
    struct fl_buffer *out_bytes);
/* `*out_answer` borrows from `bytes`. FL_UNTRUSTED: not signed by that centre. */
enum fl_status fl_enrolment_file_verify(
    struct fl_bytes bytes,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    struct fl_bytes *out_answer);

#endif
