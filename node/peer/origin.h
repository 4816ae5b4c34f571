/*
 * Who made a change, in the words of people.
 */

#ifndef NODE_ORIGIN_H
#define NODE_ORIGIN_H

#include "node.h"

/*
 * The code of this node (`own_code`) or of a peer; of a node that nobody here exchanges
 * with its identity. In memory of the caller (fl_free); NULL: such a number was never
 * given, or there is no memory.
 */
char *fl_origin_code(struct fl_txn *txn, const char *own_code, uint32_t origin);

#endif
