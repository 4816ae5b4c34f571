/* What the journal offers to the sweeper and to the check, and to nobody else. */

#ifndef STORAGE_JOURNAL_ROWS_H
#define STORAGE_JOURNAL_ROWS_H

#include "storage/journal.h"

/*
 * An entry without a look whether it is live; a record in parts is put together in
 * `whole`. As fl_journal_get() otherwise.
 */
enum fl_status fl_journal_look(
    struct fl_txn *txn,
    uint64_t lsn,
    struct fl_buffer *whole,
    struct fl_entry *out_entry);

/* Remove the row of a dead entry, and its parts when its record was cut. */
void fl_journal_remove(struct fl_txn *txn, uint64_t lsn, size_t parts_size);

/* The object is no longer known: its live entry, a deletion, is removed too. */
void fl_journal_remove_object(struct fl_txn *txn, struct fl_key key);

/* The size of a record that lies in parts by its row, 0: whole. False: no such row. */
bool fl_journal_parts_size(struct fl_txn *txn, uint64_t lsn, size_t *out_size);

#endif
