/*
 * Encrypted connections between nodes: ZeroMQ with CURVE. A parent listens (ROUTER), a
 * child connects (DEALER). What zmq_send took is not delivered: the protocol above
 * confirms end to end.
 *
 * A transport belongs to the thread that made it. Its descriptors are edge-triggered and
 * are for waiting only: before a wait, receive until FL_BUSY and take events until
 * FL_TRANSPORT_NONE. Sending may swallow an edge: ask fl_transport_is_waiting() last.
 */

#ifndef NODE_TRANSPORT_H
#define NODE_TRANSPORT_H

#include "keys.h"
#include "proto/frame.h"

struct fl_transport_context; /* holds the I/O thread; made after daemonising */
struct fl_transport;

enum {
    FL_TRANSPORT_ADDRESS_BYTES_MAX = 16,
    FL_TRANSPORT_ENDPOINT_BYTES_MAX = 512,
    FL_TRANSPORT_KEY_BYTES = 32,
};

/* Domains of the ZAP handler, zap.h. Never empty: an empty one lets anybody in. */
#define FL_TRANSPORT_DOMAIN_PEERS     "filial"
#define FL_TRANSPORT_DOMAIN_ENROLMENT "filial-enrolment" /* frames of 1 KiB at most */

/* Which connection, for as long as it stands; an answer goes back by it. */
struct fl_transport_address {
    uint8_t bytes[FL_TRANSPORT_ADDRESS_BYTES_MAX];
    uint8_t size;
};

struct fl_transport_frame {
    struct fl_transport_address from;    /* of size 0 at a connecting transport */
    uint8_t key[FL_TRANSPORT_KEY_BYTES]; /* the peer's CURVE key, proven by it */
    int connection; /* at one that listens for peers: until it is told that it ended */
    struct fl_bytes bytes; /* until the next receive */
};

enum fl_transport_event {
    FL_TRANSPORT_NONE,
    FL_TRANSPORT_REACHED,   /* somebody is there; on a bad line the rest takes long */
    FL_TRANSPORT_CONNECTED, /* the handshake succeeded */
    /* Frames may still be waiting; fl_transport_tick() drops them and connects again. */
    FL_TRANSPORT_DISCONNECTED,
    FL_TRANSPORT_HANDSHAKE_FAILED, /* refused; fl_transport_tick() tries again */
};

enum fl_status fl_transport_context_new(
    struct fl_transport_context **out_context,
    struct fl_error *out_error);
/* After every transport, and after fl_zap_stop(). Takes NULL. */
void fl_transport_context_free(struct fl_transport_context *context);
/* The context of ZeroMQ, for zap.c. */
void *fl_transport_context_handle(struct fl_transport_context *context);

/*
 * Listen at "tcp://127.0.0.1:7411"; port 0 takes a free one. The ZAP handler must run
 * already. FL_UNSUPPORTED: this libzmq cannot enforce a domain. `keys` may go afterwards.
 */
enum fl_status fl_transport_listen(
    struct fl_transport_context *context,
    const struct fl_keys *keys,
    const char *endpoint,
    const char *domain,
    struct fl_transport **out_transport,
    struct fl_error *out_error);

/*
 * Begin to connect to the node that has the secret half of `server_key`; events tell how
 * it goes. FL_MALFORMED: not an endpoint.
 */
enum fl_status fl_transport_connect(
    struct fl_transport_context *context,
    const struct fl_keys *keys,
    const char *endpoint,
    const uint8_t server_key[FL_TRANSPORT_KEY_BYTES],
    struct fl_transport **out_transport,
    struct fl_error *out_error);
void fl_transport_close(struct fl_transport *transport); /* takes NULL */

/* As bound, with the real port; of a connecting one, as given. */
const char *fl_transport_endpoint(const struct fl_transport *transport);

int fl_transport_fd(const struct fl_transport *transport);
int fl_transport_monitor_fd(
    const struct fl_transport *transport); /* -1: it listens for enrolment */

/*
 * FL_BUSY: nothing is there. What no node of ours sends (several frames in one message, a
 * connection without a key) is dropped and counted.
 */
enum fl_status fl_transport_receive(
    struct fl_transport *transport,
    struct fl_transport_frame *out_frame);
/* A frame is there already: the descriptor need not tell. */
bool fl_transport_is_waiting(const struct fl_transport *transport);
uint64_t fl_transport_dropped(const struct fl_transport *transport);

/*
 * One frame of `head` and `body` together; both are copied. `to` is NULL at a connecting
 * transport. Never blocks. FL_BUSY: not connected or its queue is full; FL_NOT_FOUND:
 * that connection is gone; FL_NO_MEMORY.
 */
enum fl_status fl_transport_send(
    struct fl_transport *transport,
    const struct fl_transport_address *to,
    struct fl_bytes head,
    struct fl_bytes body);

enum fl_transport_event fl_transport_next_event(struct fl_transport *transport);

/*
 * At one that listens for peers: a connection has ended, closed by its peer, by the
 * network or because nobody was there any more. Its number may come again for another
 * one, whose first frame is received only after that could be told here: so look here
 * before an unknown address is believed. Frames of the ended one may still be waiting.
 */
bool fl_transport_next_ended(struct fl_transport *transport, int *out_connection);

/*
 * Time of the caller's monotonic clock. True: the socket was made anew and so were both
 * descriptors. A refused handshake and a lost connection ask for that; while it waits
 * there is no descriptor.
 */
bool fl_transport_tick(struct fl_transport *transport, uint64_t now_ms);
uint64_t fl_transport_due_ms(
    const struct fl_transport *transport); /* UINT64_MAX: never */

/* Connect anew at the next tick, without the rest of a wait: somebody asked for it. */
void fl_transport_hurry(struct fl_transport *transport);

#endif
