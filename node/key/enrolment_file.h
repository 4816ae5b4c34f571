/*
 * Joining without a line: an invitation, a request and an answer as files. Between
 * request and answer the branch keeps the invitation in DIR/keys/invitation.
 */

#ifndef NODE_KEY_ENROLMENT_FILE_H
#define NODE_KEY_ENROLMENT_FILE_H

#include "node.h"
#include "proto/enrolment.h"

/* At the branch: the request for `token_text` into `path`, which only its parent reads.
 */
enum fl_status fl_enrolment_write_request(
    struct fl_node *node,
    const char *token_text,
    const char *path,
    struct fl_error *out_error);
/* At the branch: the parent's answer. fl_node_reload() after it. FL_UNTRUSTED: of
 * another. */
enum fl_status fl_enrolment_read_answer(
    struct fl_node *node,
    struct fl_bytes bytes,
    bool *out_waits,
    struct fl_error *out_error);

/*
 * At the parent: what a request in `request_path` comes to, and the signed answer into
 * `answer_path`. A refusal is an answer too and told in `*out_answer`.
 */
enum fl_status fl_enrolment_answer_request(
    struct fl_node *node,
    const char *request_path,
    const char *answer_path,
    struct fl_enrolment_request *out_request,
    struct fl_enrolment_answer *out_answer,
    struct fl_error *out_error);

#endif
