#include "origin.h"

#include "storage/nodes.h"
#include "storage/peers.h"

char *fl_origin_code(struct fl_txn *txn, const char *own_code, uint32_t origin)
{
    struct fl_peer peer;
    struct fl_uuid node = {{0}};
    const char *code = origin == FL_ORIGIN_HERE ? own_code : NULL;
    uint32_t number = 0;
    while (code == NULL && fl_peers_next(txn, number, &peer) == FL_OK) {
        code = peer.origin == origin ? peer.code : NULL;
        number = peer.number;
    }
    if (code == NULL && fl_nodes_by_number(txn, origin, &node) != FL_OK) {
        return NULL;
    }
    struct fl_uuid_text id = fl_uuid_text(node);
    return fl_node_copy(code != NULL ? code : id.text);
}
