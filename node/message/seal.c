#include "message/seal.h"

#include <string.h>

/*
 * A message waits for its confirmation, and with ten thousand branches in one round so do
 * ten thousand: what zstd and the growing of a buffer had room for is given back.
 */
static void trim(struct fl_buffer *buffer)
{
    uint8_t *data = buffer->size > 0 ? fl_realloc(buffer->data, buffer->size) : NULL;

    if (data) {
        buffer->data = data;
        buffer->capacity = buffer->size;
    }
}

/* Slices of the plain text, pieces of one frame. */
static enum fl_status compress_chunks(
    struct fl_replicator *replicator,
    struct fl_outgoing *outgoing,
    size_t chunk_bytes,
    struct fl_chunk_info *chunks,
    uint32_t *out_count)
{
    struct fl_bytes plain = fl_buffer_view(&replicator->plain);
    uint32_t count = 0;

    if (plain.size / FL_CHUNKS_MAX >= chunk_bytes) {
        chunk_bytes = FL_CHUNK_PLAIN_BYTES_MAX;
    }
    enum fl_status status = fl_compress_begin(replicator->compressor, plain.size);

    for (size_t at = 0; at < plain.size && status == FL_OK; at += chunk_bytes) {
        size_t size = plain.size - at < chunk_bytes ? plain.size - at : chunk_bytes;
        size_t begin = outgoing->chunks.size;

        status = fl_compress_piece(
            replicator->compressor, (struct fl_bytes){plain.data + at, size},
            at + size == plain.size, &outgoing->chunks);
        if (status != FL_OK) {
            break;
        }
        struct fl_chunk_info *chunk = &chunks[count++];

        chunk->plain_bytes = (uint32_t)size;
        chunk->wire_bytes = (uint32_t)(outgoing->chunks.size - begin);
        fl_hash(
            (struct fl_bytes){outgoing->chunks.data + begin, chunk->wire_bytes},
            chunk->hash, sizeof(chunk->hash));
    }
    trim(&outgoing->chunks);
    *out_count = count;
    return status;
}

enum fl_status fl_seal_message(
    const struct fl_collect *collect,
    struct fl_outgoing *outgoing,
    struct fl_message_header *header)
{
    struct fl_replicator *replicator = collect->link->replicator;
    const struct fl_node *node = replicator->node;
    struct fl_chunk_info *chunks = fl_alloc(FL_CHUNKS_MAX * sizeof(struct fl_chunk_info));
    uint32_t count = 0;

    if (!chunks) {
        return FL_NO_MEMORY;
    }
    enum fl_status status =
        compress_chunks(replicator, outgoing, collect->chunk_bytes, chunks, &count);

    if (status == FL_OK) {
        header->installation = node->identity->installation;
        memcpy(header->plan, collect->link->peer.plan, sizeof(header->plan));
        header->sender = node->identity->node;
        header->sender_incarnation = node->identity->incarnation;
        header->receiver = collect->link->peer.node;
        header->receiver_incarnation = collect->link->peer.incarnation;
        header->lsn_from = collect->lsn_from;
        header->lsn_to = collect->delivery.lsn_end;
        memcpy(
            header->configuration_hash, node->configuration->hash,
            sizeof(header->configuration_hash));
        header->entry_count = collect->entry_count;
        fl_message_seal(header, chunks, count, node->keys.signing, &outgoing->head);
        status = fl_buffer_status(&outgoing->head);
        trim(&outgoing->head);
    }
    fl_free(chunks);
    return status == FL_OK
               ? fl_message_open(fl_buffer_view(&outgoing->head), &outgoing->open)
               : status;
}
