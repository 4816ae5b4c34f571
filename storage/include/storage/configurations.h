/*
 * Configurations by hash, with a small number that entries of the journal name them by.
 * All that were ever used are kept: old records are read with the one they were
 * written under.
 */

#ifndef STORAGE_CONFIGURATIONS_H
#define STORAGE_CONFIGURATIONS_H

#include "proto/configuration.h"
#include "storage/store.h"

/* Keep the encoded configuration; gives its number, the same for the same hash. */
enum fl_status fl_configurations_put(
    struct fl_txn *txn,
    const uint8_t hash[FL_CONFIGURATION_HASH_BYTES],
    struct fl_bytes encoded,
    uint16_t *out_number);

/* FL_NOT_FOUND: not known here. */
enum fl_status fl_configurations_number(
    struct fl_txn *txn,
    const uint8_t hash[FL_CONFIGURATION_HASH_BYTES],
    uint16_t *out_number);

/* The encoded bytes, borrowed until the next read, write or end. */
enum fl_status fl_configurations_get(
    struct fl_txn *txn,
    uint16_t number,
    uint8_t out_hash[FL_CONFIGURATION_HASH_BYTES],
    struct fl_bytes *out_encoded);

/* The one in use; 0 before any was chosen. */
uint16_t fl_configurations_current(struct fl_txn *txn);
void fl_configurations_set_current(struct fl_txn *txn, uint16_t number);

#endif
