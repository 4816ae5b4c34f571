/*
 * What a base has said of itself in the heads of its files: how it is called and what it
 * can do. Each file replaces what was known before, as 1C has it.
 */

#ifndef NODE_ENDPOINT_TERMS_H
#define NODE_ENDPOINT_TERMS_H

#include "exchange/terms.h"
#include "storage/peers.h"

struct fl_endpoint_terms {
    const char *code; /* how it called itself last */
    bool answered;    /* we have said who we are since it said this */
    struct fl_package_terms terms;
};

/* FL_NOT_FOUND: it has said nothing yet. All texts live in `arena`. */
enum fl_status fl_endpoint_terms_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_arena *arena,
    struct fl_endpoint_terms *out_terms);
void fl_endpoint_terms_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_terms *terms);
bool fl_endpoint_terms_equal(
    const struct fl_endpoint_terms *a,
    const struct fl_endpoint_terms *b);

/*
 * A message of number 0, which brings terms alone: no number says that it came before,
 * the hash of its bytes does. Was the last one this?
 */
bool fl_endpoint_terms_is_repeated(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_bytes hash);
void fl_endpoint_terms_put_message(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_bytes hash);

/* With what message they came by. Fine when there are none. */
void fl_endpoint_terms_remove(struct fl_txn *txn, uint32_t peer);

#endif
