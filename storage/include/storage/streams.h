/*
 * The journal once more, divided among those who get a part of it: a stream is a series
 * of rows "at this lsn there is something about this object", read by the peers whose
 * filter is the stream's. What there is, whether the object belongs to the stream now, is
 * said by members.h. Reading a stream costs what is in it, not what is in the journal.
 */

#ifndef STORAGE_STREAMS_H
#define STORAGE_STREAMS_H

#include "proto/object.h"
#include "storage/store.h"

struct fl_stream_row {
    uint64_t lsn;
    uint64_t lsn_first; /* of the source transaction */
    bool told;          /* of an object written earlier that came, or went, at this lsn */
    bool takes;         /* told to those only that may not keep it */
    struct fl_key key;
};

/* The next number of a stream, from 1, never given twice; 0 after a failure. */
uint32_t fl_streams_number(struct fl_txn *txn);

void fl_streams_put(struct fl_txn *txn, uint32_t stream, const struct fl_stream_row *row);
/* Fine when there is none. */
void fl_streams_remove(
    struct fl_txn *txn,
    uint32_t stream,
    uint64_t lsn,
    struct fl_key key);
/* The lsn of the last row that told of an object written earlier; 0: there is none. */
uint64_t fl_streams_told(struct fl_txn *txn, uint32_t stream, struct fl_key object);
/* All of a stream, at most `rows_max` rows of a kind a call; false: there are more. */
bool fl_streams_clear(struct fl_txn *txn, uint32_t stream, size_t rows_max);

struct fl_streams_sweep {
    uint32_t stream;
    bool has_members; /* members.h says where the row of an object stands */
    uint64_t horizon; /* rows above it stay */
    uint64_t purged;  /* objects that are not in the store were forgotten up to here */
};

/*
 * Remove rows that stand for nothing any more, in one small transaction: of objects that
 * were forgotten, or written again without anybody's account; of which a later row tells.
 * Begins behind `*lsn` and says there how far it came; true: it came to the end, or to
 * the horizon.
 */
bool fl_streams_sweep(
    struct fl_store *store,
    const struct fl_streams_sweep *sweep,
    uint64_t *lsn,
    enum fl_status *out_status);

/* The rows of a stream from an lsn on, in order of lsn. Zeroed memory is an ended scan.
 */
struct fl_stream_scan {
    struct fl_txn *txn;
    void *cursor;
    uint32_t stream;
    uint64_t lsn_next;
    struct fl_key key_last;
    bool started;
    struct fl_buffer whole;
};

void fl_stream_scan_begin(
    struct fl_stream_scan *scan,
    struct fl_txn *txn,
    uint32_t stream,
    uint64_t lsn_from);
/* FL_NOT_FOUND at the end. FL_MALFORMED: a row does not match its tag. */
enum fl_status fl_stream_scan_next(
    struct fl_stream_scan *scan,
    struct fl_stream_row *out_row);
void fl_stream_scan_end(struct fl_stream_scan *scan);

#endif
