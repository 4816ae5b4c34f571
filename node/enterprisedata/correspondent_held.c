/* Rows "held" of an endpoint (endpoint_rows.h): object -> words. */

#include "correspondent_held.h"

#include "endpoint/endpoint_rows.h"

static const char HELD[] = "held";

void fl_correspondent_held_put(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key key,
    const char *words)
{
    fl_endpoint_rows_put(txn, HELD, peer, key, fl_bytes_of_text(words));
}

bool fl_correspondent_held_has(struct fl_txn *txn, uint32_t peer, struct fl_key key)
{
    struct fl_bytes words;
    return fl_endpoint_rows_get(txn, HELD, peer, key, &words) == FL_OK;
}

void fl_correspondent_held_remove(struct fl_txn *txn, uint32_t peer, struct fl_key key)
{
    fl_endpoint_rows_remove(txn, HELD, peer, key);
}

enum fl_status fl_correspondent_held_next(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_key *out_key,
    struct fl_bytes *out_words)
{
    return fl_endpoint_rows_next(txn, HELD, peer, after, out_key, out_words);
}
