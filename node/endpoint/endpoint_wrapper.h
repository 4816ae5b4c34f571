/*
 * How a base of a distributed infobase wraps its data: learnt from its messages, kept for
 * ours (v8msg, A.10: learn and echo).
 */

#ifndef NODE_ENDPOINT_WRAPPER_H
#define NODE_ENDPOINT_WRAPPER_H

#include "exchange/codec.h"
#include "storage/peers.h"

enum { FL_WRAPPER_BYTES = 4096 };

struct fl_endpoint_wrapper {
    struct fl_package_wrapper wrapper; /* points into `text` */
    char text[FL_WRAPPER_BYTES];
};

/* In the caller's transaction; fine when it is the same as before, or too long. */
void fl_endpoint_wrapper_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_package_wrapper *wrapper);
/* FL_NOT_FOUND: this peer has sent none. */
enum fl_status fl_endpoint_wrapper_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_endpoint_wrapper *out_wrapper);

#endif
