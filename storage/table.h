/*
 * Values in tables: each with a tag that is checked when it is read, large ones cut into
 * parts. Everything but the journal and its index, which lay out their values
 * themselves (journal.c) with the pieces at the end, stands on these.
 *
 *   value  = tag 8 | form 1 | body          form 0: the whole value
 *                                           form 1: size u32, the bytes are in parts
 *   part   = tag 8 | bytes, under the key   table u8 | key | index u32 from 0
 *   tag    = over table, key and all of the value behind the tag
 */

#ifndef STORAGE_TABLE_H
#define STORAGE_TABLE_H

#include "engine.h"

enum {
    FL_TAG_BYTES = 8,
    FL_VALUE_HEAD_BYTES = FL_TAG_BYTES + 1,
    FL_PART_KEY_BYTES_MAX = 1 + FL_TABLE_KEY_BYTES_MAX + 4,
    FL_VALUE_BYTES_MAX = FL_STORE_TXN_BYTES_MAX,
};

/* A key that is built in place. */
struct fl_table_key {
    uint8_t bytes[FL_TABLE_KEY_BYTES_MAX];
    size_t size;
};

struct fl_bytes fl_table_key_view(const struct fl_table_key *key);
void fl_table_key_put(struct fl_table_key *key, const void *memory, size_t size);
void fl_table_key_put_u8(struct fl_table_key *key, uint8_t value);
void fl_table_key_put_u32(struct fl_table_key *key, uint32_t value);
void fl_table_key_put_u64(struct fl_table_key *key, uint64_t value);

/*
 * Borrowed until the next read, write or end. FL_MALFORMED puts words into the
 * transaction and does not fail it; any other failure but FL_NOT_FOUND does.
 */
enum fl_status fl_table_get(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes *out_value);
void fl_table_put(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes value);
/* The same of what a buffer holds, with its failure; ends the buffer. */
void fl_table_put_encoded(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_buffer *encoded);
/* Fine when there is none. */
void fl_table_remove(struct fl_txn *txn, enum fl_table table, struct fl_bytes key);
/* All keys that start with `prefix`. */
void fl_table_remove_all(struct fl_txn *txn, enum fl_table table, struct fl_bytes prefix);

/*
 * The first row whose key starts with `prefix` and is above `after` (empty: the first).
 * FL_MALFORMED: `*out_key` is given, so that the caller can go on behind it.
 */
enum fl_status fl_table_above(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes prefix,
    struct fl_bytes after,
    struct fl_table_key *out_key,
    struct fl_bytes *out_value);
/* The last key that starts with `prefix`, without looking at its value. */
enum fl_status fl_table_last(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes prefix,
    struct fl_table_key *out_key);
uint64_t fl_table_entries(struct fl_txn *txn, enum fl_table table);

/* The next number of a named sequence, from 1, never given twice; 0 after a failure. */
uint64_t fl_table_sequence(struct fl_txn *txn, const char *name);

/* Words for a value that is damaged: which table, which key. Gives FL_MALFORMED. */
enum fl_status fl_table_malformed(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    const char *what);

/* The pieces. */
uint64_t fl_table_tag(enum fl_table table, struct fl_bytes key, struct fl_bytes value);
bool fl_table_tag_holds(enum fl_table table, struct fl_bytes key, struct fl_bytes tagged);
/* Count what a write costs against the bounds; false: the transaction has failed. */
bool fl_table_charge(struct fl_txn *txn, uint64_t bytes);
/* The room of a row, behind its tag to be filled and then sealed; NULL after a failure.
 */
uint8_t *fl_table_reserve(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t size,
    bool append);
void fl_table_seal(enum fl_table table, struct fl_bytes key, uint8_t *row, size_t size);
void fl_table_put_parts(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes value);
void fl_table_remove_parts(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t value_size);
enum fl_status fl_table_get_parts(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t value_size,
    struct fl_buffer *out_whole);
/* The size of a value that lies in parts; 0: whole, or its tag does not hold. */
enum fl_status fl_table_parts_size(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    size_t *out_size);
/* What the row holds, behind its tag and form: whole, or put together in `whole`. */
enum fl_status fl_table_open_row(
    struct fl_txn *txn,
    enum fl_table table,
    struct fl_bytes key,
    struct fl_bytes row,
    struct fl_buffer *whole,
    struct fl_bytes *out_value);

/*
 * The transaction's own. fl_txn_checked() passes an answer of the engine on and fails the
 * transaction unless it is FL_OK or FL_NOT_FOUND.
 */
enum fl_status fl_txn_checked(struct fl_txn *txn, enum fl_status status);
struct fl_error *fl_txn_words(struct fl_txn *txn); /* NULL after the first failure */
void fl_txn_failed(struct fl_txn *txn, enum fl_status status);
const struct fl_engine *fl_txn_engine(const struct fl_txn *txn);
/* More than so much of the map is in use. */
bool fl_txn_map_is_above(struct fl_txn *txn, uint32_t percent);
/* Open and not failed; for a write: asserted to be a write transaction. */
bool fl_txn_can_read(const struct fl_txn *txn);
bool fl_txn_can_write(const struct fl_txn *txn);
/* A cursor of the engine, to be ended before the transaction (asserted); NULL: failed. */
void *fl_txn_cursor(struct fl_txn *txn, enum fl_table table);
void fl_txn_cursor_end(struct fl_txn *txn, void *cursor); /* takes NULL */

#endif
