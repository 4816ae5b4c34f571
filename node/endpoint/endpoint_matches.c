/*
 * Rows by the key of an object (endpoint_rows.h): "ids>" theirs -> ours 16; "ids<" the
 * other way round; "ids+" theirs -> number u64 of the message that told it; "ids?" theirs
 * -> one of ours 16 that is like it.
 */

#include "endpoint_matches.h"

#include <string.h>

#include "endpoint_rows.h"

static const char BY_THEIRS[] = "ids>";
static const char BY_OURS[] = "ids<";
static const char TO_TELL[] = "ids+";
static const char DOUBTS[] = "ids?";

enum { NUMBER_BYTES = 8 };

static struct fl_bytes view_of(const struct fl_uuid *id)
{
    return (struct fl_bytes){id->bytes, FL_UUID_BYTES};
}

static enum fl_status take_id(struct fl_bytes value, struct fl_uuid *out_id)
{
    if (value.size != FL_UUID_BYTES) {
        return FL_MALFORMED;
    }
    memcpy(out_id->bytes, value.data, FL_UUID_BYTES);
    return FL_OK;
}

static enum fl_status find(
    struct fl_txn *txn,
    const char *table,
    uint32_t peer,
    struct fl_key key,
    struct fl_uuid *out_id)
{
    struct fl_bytes value;
    enum fl_status status = fl_endpoint_rows_get(txn, table, peer, key, &value);
    return status == FL_OK ? take_id(value, out_id) : status;
}

enum fl_status fl_endpoint_matches_ours(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    struct fl_uuid *out_ours)
{
    return find(txn, BY_THEIRS, peer, theirs, out_ours);
}

enum fl_status fl_endpoint_matches_theirs(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key ours,
    struct fl_uuid *out_theirs)
{
    return find(txn, BY_OURS, peer, ours, out_theirs);
}

void fl_endpoint_matches_put(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    struct fl_uuid ours,
    bool tell)
{
    const struct fl_key our_key = {.type = theirs.type, .id = ours};
    static const uint8_t untold[NUMBER_BYTES];
    struct fl_uuid before;
    if (fl_endpoint_matches_ours(txn, peer, theirs, &before) == FL_OK) {
        if (fl_uuid_equal(before, ours)) {
            return;
        }
        fl_endpoint_matches_remove(txn, peer, theirs);
    }
    fl_endpoint_rows_put(txn, BY_THEIRS, peer, theirs, view_of(&ours));
    fl_endpoint_rows_put(txn, BY_OURS, peer, our_key, view_of(&theirs.id));
    if (tell) {
        fl_endpoint_rows_put(
            txn, TO_TELL, peer, theirs, (struct fl_bytes){untold, sizeof untold});
    }
}

void fl_endpoint_matches_own(struct fl_txn *txn, uint32_t peer, struct fl_key key)
{
    struct fl_uuid theirs;
    if (fl_endpoint_matches_theirs(txn, peer, key, &theirs) == FL_NOT_FOUND) {
        fl_endpoint_rows_put(txn, BY_OURS, peer, key, view_of(&key.id));
    }
}

void fl_endpoint_matches_remove(struct fl_txn *txn, uint32_t peer, struct fl_key theirs)
{
    struct fl_key ours = {.type = theirs.type};
    struct fl_uuid back;
    bool is_last = fl_endpoint_matches_ours(txn, peer, theirs, &ours.id) == FL_OK &&
                   fl_endpoint_matches_theirs(txn, peer, ours, &back) == FL_OK &&
                   fl_uuid_equal(back, theirs.id);
    if (is_last) { /* else several of theirs are this object, and another one is known */
        fl_endpoint_rows_remove(txn, BY_OURS, peer, ours);
    }
    fl_endpoint_rows_remove(txn, BY_THEIRS, peer, theirs);
    fl_endpoint_rows_remove(txn, TO_TELL, peer, theirs);
}

enum fl_status fl_endpoint_matches_next_to_tell(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_endpoint_told *out_told)
{
    struct fl_bytes value;
    enum fl_status status =
        fl_endpoint_rows_next(txn, TO_TELL, peer, after, &out_told->theirs, &value);
    if (status != FL_OK) {
        return status;
    }
    if (value.size != NUMBER_BYTES) {
        return FL_MALFORMED;
    }
    out_told->number = fl_load_u64(value.data);
    return fl_endpoint_matches_ours(txn, peer, out_told->theirs, &out_told->ours);
}

void fl_endpoint_matches_told(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_key theirs,
    uint64_t number)
{
    uint8_t value[NUMBER_BYTES];
    fl_store_u64(value, number);
    if (number == 0) {
        fl_endpoint_rows_remove(txn, TO_TELL, peer, theirs);
    } else {
        fl_endpoint_rows_put(
            txn, TO_TELL, peer, theirs, (struct fl_bytes){value, sizeof value});
    }
}

void fl_endpoint_doubts_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_doubt *doubt)
{
    fl_endpoint_rows_put(txn, DOUBTS, peer, doubt->theirs, view_of(&doubt->ours));
}

void fl_endpoint_doubts_remove(struct fl_txn *txn, uint32_t peer, struct fl_key theirs)
{
    fl_endpoint_rows_remove(txn, DOUBTS, peer, theirs);
}

enum fl_status fl_endpoint_doubts_next(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_key *after,
    struct fl_endpoint_doubt *out_doubt)
{
    struct fl_bytes value;
    enum fl_status status =
        fl_endpoint_rows_next(txn, DOUBTS, peer, after, &out_doubt->theirs, &value);
    return status == FL_OK ? take_id(value, &out_doubt->ours) : status;
}
