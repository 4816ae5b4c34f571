/*
 * How a parent lets branches in: on a port and in a ZAP domain of its own, where any key
 * may connect and nothing but a request of 1 KiB is read.
 */

#ifndef NODE_ENROLMENT_SERVER_H
#define NODE_ENROLMENT_SERVER_H

#include "node.h"
#include "proto/enrolment.h"
#include "replicator/transport.h"

enum { FL_ENROLMENT_ATTEMPTS_MAX = 5 }; /* with one invitation */

struct fl_enrolment_server;

/* `node` and `context` outlive the server; the ZAP handler runs already. */
enum fl_status fl_enrolment_server_open(
    struct fl_node *node,
    struct fl_transport_context *context,
    const char *endpoint,
    struct fl_enrolment_server **out_server,
    struct fl_error *out_error);
void fl_enrolment_server_close(struct fl_enrolment_server *server); /* takes NULL */

int fl_enrolment_server_fd(const struct fl_enrolment_server *server);
const char *fl_enrolment_server_endpoint(const struct fl_enrolment_server *server);

/*
 * Answer the requests that wait, 64 at most: true says that more may be there and that
 * the descriptor will not tell. `now_ms` is Unix time. `*out_joined` becomes true when a
 * branch has joined: peers have changed, their keys go to the ZAP handler. The using up
 * of an invitation and the keeping of the keys are one transaction; the same request
 * again gets the same answer.
 */
bool fl_enrolment_serve(
    struct fl_enrolment_server *server,
    int64_t now_ms,
    bool *out_joined);

/*
 * Invite a branch: its token, to be shown once and never kept. `expires_ms` is from now.
 * With `approves` whoever uses it is let in at once; else it waits for an operator.
 * An earlier invitation of the same code that nobody has used is void afterwards.
 * FL_NOT_FOUND: this node does not listen, with what to do; FL_REFUSED: the code is
 * taken; FL_MALFORMED: code or name.
 */
enum fl_status fl_enrolment_invite(
    struct fl_node *node,
    const struct fl_node_plan *plan,
    const char *code,
    const char *name,
    uint64_t expires_ms,
    bool approves,
    struct fl_buffer *out_token,
    struct fl_error *out_error);

/*
 * What a request that is well formed and proven comes to, durably. A file brings it as
 * well as the line.
 */
void fl_enrolment_decide(
    struct fl_node *node,
    const struct fl_enrolment_request *request,
    int64_t now_ms,
    struct fl_enrolment_answer *answer,
    bool *out_joined);
/* In words, to the log, what cannot be encoded; FL_ENROLMENT_BUSY is then. */
bool fl_enrolment_encode_answer(
    struct fl_enrolment_answer *answer,
    struct fl_buffer *out_buffer);

#endif
