/* What the arrivals offer to the journal and to the sweeper. */

#ifndef STORAGE_ARRIVALS_ROWS_H
#define STORAGE_ARRIVALS_ROWS_H

#include "proto/bytes.h"
#include "storage/arrivals.h"

/* A row's value; decoding gives all but the lsn, FL_MALFORMED without words. */
void fl_arrival_encode(const struct fl_arrival *arrival, struct fl_buffer *buffer);
enum fl_status fl_arrival_decode(struct fl_bytes value, struct fl_arrival *out_arrival);

/* Before `lsn` is appended: writes a row unless the last one says the same. */
void fl_arrivals_note(struct fl_txn *txn, uint64_t lsn);

/*
 * Look at `count_max` rows from `*lsn` on and remove those that speak of no entry and no
 * version any more; `*lsn` goes to the next. Gives how many were removed; true in
 * `*out_done` at the end.
 */
size_t fl_arrivals_tidy(
    struct fl_txn *txn,
    uint64_t *lsn,
    size_t count_max,
    bool *out_done);

#endif
