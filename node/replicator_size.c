/*
 * How large messages and chunks are made for a line. A cut costs half a chunk; smaller
 * chunks cost too, for they are compressed each on its own. So chunks, and messages with
 * them, get smaller where the line is cut after few of them, and larger again where it
 * holds. Where an answer takes long the line is thought to be thin before it has shown
 * it: what begins in large chunks would go on in them behind every cut.
 */

#include "link.h"
#include "storage/messages.h"

enum {
    FINENESS_MAX = 3,
    FINENESS_FAR = 2, /* 16 KiB for 64, of which one is 2 s of 64 kbit/s; costs 4 % */
    FAR_MS = 250,
    CHUNKS_BETWEEN_CUTS_MIN = 12,
    CHUNKS_BETWEEN_CUTS_MAX = 64,
    CHUNK_BYTES_MIN = 8 << 10,
    MESSAGE_BYTES_MIN = 64 << 10,
};

static size_t finer(size_t bytes, unsigned fineness, size_t bytes_min)
{
    size_t fine = bytes >> fineness;

    if (fine >= bytes_min) {
        return fine;
    }
    return bytes < bytes_min ? bytes : bytes_min;
}

size_t fl_link_message_bytes(const struct fl_link *link)
{
    return finer(
        link->replicator->node->settings.message_bytes, link->fineness,
        MESSAGE_BYTES_MIN);
}

size_t fl_link_chunk_bytes(const struct fl_link *link)
{
    return finer(
        link->replicator->node->settings.chunk_bytes, link->fineness, CHUNK_BYTES_MIN);
}

void fl_link_size_connected(struct fl_link *link)
{
    link->line = (struct fl_line_pace){.chunks = 0};
}

void fl_link_size_far(struct fl_link *link, uint64_t round_trip_ms)
{
    if (round_trip_ms >= FAR_MS && link->fineness < FINENESS_FAR) {
        link->fineness = FINENESS_FAR;
    }
}

void fl_link_size_forget(struct fl_link *link, const struct fl_outgoing *outgoing)
{
    if (!link->line.is_cut) {
        link->line.chunks += outgoing->open.header.chunk_count;
    }
}

void fl_link_size_cut(struct fl_link *link)
{
    link->last_line = link->line;
    link->line.is_cut = true; /* what is forgotten from here on did not arrive */
}

void fl_link_size_resumed(struct fl_link *link, uint32_t chunks)
{
    uint64_t crossed = link->last_line.chunks + chunks;

    crossed = crossed > link->last_line.resumed ? crossed - link->last_line.resumed : 0;
    for (; crossed < CHUNKS_BETWEEN_CUTS_MIN && link->fineness < FINENESS_MAX;
         crossed = 2 * crossed + 1) {
        link->fineness++;
    }
    if (crossed > CHUNKS_BETWEEN_CUTS_MAX && link->fineness > 0) {
        link->fineness--;
    }
    link->line.resumed = chunks;
}

size_t fl_link_chunk_bytes_of(const struct fl_link *link, uint64_t number)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_sent_message sent;
    struct fl_txn txn;
    size_t chunk_bytes = 0;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (fl_messages_get(
            &txn,
            (struct fl_peer_stream){
                .peer = link->peer.number, .incarnation = node->identity->incarnation},
            number, &sent) == FL_OK) {
        chunk_bytes = fl_taken_read(sent.taken, sent.lsn_from).chunk_bytes;
    }
    fl_txn_abort(&txn);
    return chunk_bytes > 0 ? chunk_bytes : fl_link_chunk_bytes(link);
}
