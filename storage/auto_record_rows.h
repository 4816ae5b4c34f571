/* What AutoRecord offers to the journal. */

#ifndef STORAGE_AUTO_RECORD_ROWS_H
#define STORAGE_AUTO_RECORD_ROWS_H

#include "storage/auto_record.h"

/*
 * An entry of the object was appended at `lsn` in the place of `previous` (0: there was
 * none). Where its rule is off, what had registered it before is remembered.
 */
void fl_auto_record_note(
    struct fl_txn *txn,
    struct fl_key key,
    uint64_t lsn,
    uint64_t previous);

#endif
