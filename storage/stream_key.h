/* Keys that begin with a stream: peer u32 | incarnation 16. */

#ifndef STORAGE_STREAM_KEY_H
#define STORAGE_STREAM_KEY_H

#include "storage/peers.h"
#include "table.h"

enum { FL_STREAM_KEY_BYTES = 4 + FL_UUID_BYTES };

static inline struct fl_table_key fl_stream_key(struct fl_peer_stream stream)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u32(&key, stream.peer);
    fl_table_key_put(&key, stream.incarnation.bytes, FL_UUID_BYTES);
    return key;
}

/* Of a key of at least FL_STREAM_KEY_BYTES. */
static inline struct fl_peer_stream fl_stream_of_key(const struct fl_table_key *key)
{
    struct fl_peer_stream stream = {.peer = fl_load_u32(key->bytes)};

    for (size_t i = 0; i < FL_UUID_BYTES; i++) {
        stream.incarnation.bytes[i] = key->bytes[4 + i];
    }
    return stream;
}

#endif
