/*
 * invitations: hash 32 -> plan 16 | created u64 | expires u64 (ms) | attempts u32 |
 * used u8 | used by 32 | used u64 (ms) | code, name (sized) | approves u8.
 */

#include "storage/invitations.h"

#include <string.h>

#include "fields.h"
#include "table.h"

enum { INVITATION_BYTES_MAX = (int)sizeof(struct fl_invitation) };

static enum fl_status invitation_decode(
    struct fl_txn *txn,
    struct fl_bytes key,
    struct fl_bytes value,
    struct fl_invitation *out_invitation)
{
    struct fl_reader reader = fl_reader_of(value);
    struct fl_invitation invitation = {.attempts = 0};

    fl_reader_copy(&reader, invitation.plan, sizeof invitation.plan);
    invitation.created_ms = fl_fields_i64(&reader);
    invitation.expires_ms = fl_fields_i64(&reader);
    invitation.attempts = fl_reader_u32(&reader);
    invitation.used = fl_fields_bool(&reader);
    fl_reader_copy(&reader, invitation.used_by, sizeof invitation.used_by);
    invitation.used_ms = fl_fields_i64(&reader);
    fl_fields_text(&reader, invitation.node_code, FL_CODE_BYTES_MAX);
    fl_fields_text(&reader, invitation.node_name, FL_NAME_BYTES_MAX);
    invitation.approves = fl_fields_bool(&reader);
    if (!fl_reader_done(&reader) || key.size != sizeof invitation.hash) {
        return fl_table_malformed(txn, FL_TABLE_INVITATIONS, key, "not an invitation");
    }
    memcpy(invitation.hash, key.data, sizeof invitation.hash);
    *out_invitation = invitation;
    return FL_OK;
}

void fl_invitations_put(struct fl_txn *txn, const struct fl_invitation *invitation)
{
    struct fl_bytes key = {.data = invitation->hash, .size = sizeof invitation->hash};
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, INVITATION_BYTES_MAX);
    fl_buffer_put_memory(&buffer, invitation->plan, sizeof invitation->plan);
    fl_fields_put_i64(&buffer, invitation->created_ms);
    fl_fields_put_i64(&buffer, invitation->expires_ms);
    fl_buffer_put_u32(&buffer, invitation->attempts);
    fl_buffer_put_u8(&buffer, invitation->used ? 1 : 0);
    fl_buffer_put_memory(&buffer, invitation->used_by, sizeof invitation->used_by);
    fl_fields_put_i64(&buffer, invitation->used_ms);
    fl_fields_put_text(&buffer, invitation->node_code);
    fl_fields_put_text(&buffer, invitation->node_name);
    fl_buffer_put_u8(&buffer, invitation->approves ? 1 : 0);
    fl_table_put_encoded(txn, FL_TABLE_INVITATIONS, key, &buffer);
}

enum fl_status fl_invitations_get(
    struct fl_txn *txn,
    const uint8_t hash[FL_INVITATION_HASH_BYTES],
    struct fl_invitation *out_invitation)
{
    struct fl_bytes key = {.data = hash, .size = FL_INVITATION_HASH_BYTES};
    struct fl_bytes value;
    enum fl_status status = fl_table_get(txn, FL_TABLE_INVITATIONS, key, &value);

    return status == FL_OK ? invitation_decode(txn, key, value, out_invitation) : status;
}

enum fl_status fl_invitations_next(
    struct fl_txn *txn,
    const uint8_t *hash,
    struct fl_invitation *out_invitation)
{
    struct fl_bytes all = {.data = NULL, .size = 0};
    struct fl_bytes after = {
        .data = hash,
        .size = hash != NULL ? FL_INVITATION_HASH_BYTES : 0,
    };
    struct fl_table_key key;
    struct fl_bytes value;
    enum fl_status status =
        fl_table_above(txn, FL_TABLE_INVITATIONS, all, after, &key, &value);

    if (status != FL_OK) {
        return status;
    }
    return invitation_decode(txn, fl_table_key_view(&key), value, out_invitation);
}

void fl_invitations_remove(
    struct fl_txn *txn,
    const uint8_t hash[FL_INVITATION_HASH_BYTES])
{
    fl_table_remove(
        txn, FL_TABLE_INVITATIONS,
        (struct fl_bytes){.data = hash, .size = FL_INVITATION_HASH_BYTES});
}
