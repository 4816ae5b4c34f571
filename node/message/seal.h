/*
 * The plain text that was collected becomes a message: cut into chunks, pieces of one
 * frame of zstd that are hashed each, and signed.
 */

#ifndef NODE_MESSAGE_SEAL_H
#define NODE_MESSAGE_SEAL_H

#include "message/collect.h"

/*
 * `header` has number, base, flags and rules and gets the rest. `outgoing` is empty;
 * after a failure it is to be cleared.
 */
enum fl_status fl_seal_message(
    const struct fl_collect *collect,
    struct fl_outgoing *outgoing,
    struct fl_message_header *header);

#endif
