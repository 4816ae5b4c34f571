/*
 * Who may connect: a thread that answers libzmq's question about each CURVE key (ZAP,
 * rfc.zeromq.org/spec/27). Domain FL_TRANSPORT_DOMAIN_PEERS lets in the keys of a list,
 * FL_TRANSPORT_DOMAIN_ENROLMENT any key; every other one is refused. It always answers
 * and never touches the store: while it waits, no handshake of anybody ends.
 *
 * A key that leaves the list keeps its open connection: rights are checked again on every
 * message, by fl_transport_frame.key.
 */

#ifndef NODE_ZAP_H
#define NODE_ZAP_H

#include "transport.h"

struct fl_zap;

/* Before the first fl_transport_listen() of the context. The list begins empty. */
enum fl_status fl_zap_start(
    struct fl_transport_context *context,
    struct fl_zap **out_zap,
    struct fl_error *out_error);
/* After the last listening transport is closed. Takes NULL. */
void fl_zap_stop(struct fl_zap *zap);

/* Replace the whole list. From any thread. FL_NO_MEMORY leaves it as it was. */
enum fl_status fl_zap_set_keys(
    struct fl_zap *zap,
    const uint8_t (*keys)[FL_TRANSPORT_KEY_BYTES],
    size_t count);

uint64_t fl_zap_refused(struct fl_zap *zap); /* handshakes, since the start */
uint64_t fl_zap_accepted(struct fl_zap *zap);

/*
 * Connect to ourselves with a random key, at most 2 s. FL_UNTRUSTED: it was let in, so
 * nothing may be served; FL_IO: no answer.
 */
enum fl_status fl_zap_self_test(
    struct fl_transport_context *context,
    const char *endpoint,
    const uint8_t server_key[FL_TRANSPORT_KEY_BYTES],
    struct fl_error *out_error);

#endif
