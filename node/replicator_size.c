/* How large the chunks of a message are that is made again. */

#include "link.h"
#include "storage/messages.h"

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
    return chunk_bytes > 0 ? chunk_bytes : node->settings.chunk_bytes;
}
