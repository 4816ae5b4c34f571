/*
 * peers: number u32 -> all that is known of the peer. Two ways to find it, in peer_index:
 *   1 | plan 16 | BLAKE2b-128 of the code -> number u32
 *   2 | plan 16 | node uuid 16            -> number u32
 */

#include "storage/peers.h"

#include <string.h>

#include "proto/hash.h"

#include "fields.h"
#include "proto/uuid.h"
#include "storage/nodes.h"
#include "storage/registered.h"
#include "table.h"

enum {
    NUMBER_BYTES = 4,
    INDEX_CODE = 1,
    INDEX_NODE = 2,
    PEER_BYTES_MAX = (int)sizeof(struct fl_peer),
};

static struct fl_table_key peer_key(uint32_t number)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u32(&key, number);
    return key;
}

static struct fl_table_key code_key(const uint8_t *plan, struct fl_bytes code)
{
    struct fl_table_key key = {.size = 0};
    uint8_t hash[16];

    fl_hash(code, hash, sizeof hash);
    fl_table_key_put_u8(&key, INDEX_CODE);
    fl_table_key_put(&key, plan, FL_PEER_PLAN_BYTES);
    fl_table_key_put(&key, hash, sizeof hash);
    return key;
}

static struct fl_table_key node_key(const uint8_t *plan, struct fl_uuid node)
{
    struct fl_table_key key = {.size = 0};

    fl_table_key_put_u8(&key, INDEX_NODE);
    fl_table_key_put(&key, plan, FL_PEER_PLAN_BYTES);
    fl_table_key_put(&key, node.bytes, sizeof node.bytes);
    return key;
}

static void encode_identity(struct fl_buffer *buffer, const struct fl_peer *peer)
{
    fl_buffer_put_memory(buffer, peer->plan, sizeof peer->plan);
    fl_uuid_put(buffer, peer->node);
    fl_buffer_put_u32(buffer, peer->origin);
    fl_buffer_put_u8(buffer, (uint8_t)peer->role);
    fl_buffer_put_u8(buffer, (uint8_t)peer->format);
    fl_buffer_put_u8(buffer, (uint8_t)peer->state);
    fl_fields_put_text(buffer, peer->plan_name);
    fl_fields_put_text(buffer, peer->code);
    fl_fields_put_text(buffer, peer->name);
    fl_fields_put_text(buffer, peer->endpoint);
    fl_buffer_put_memory(buffer, peer->signing_key, sizeof peer->signing_key);
    fl_buffer_put_memory(buffer, peer->transport_key, sizeof peer->transport_key);
    fl_buffer_put_memory(
        buffer, peer->previous_signing_key, sizeof peer->previous_signing_key);
    fl_fields_put_i64(buffer, peer->previous_key_until_ms);
}

static void encode_progress(struct fl_buffer *buffer, const struct fl_peer *peer)
{
    fl_buffer_put_u64(buffer, peer->number_sent);
    fl_buffer_put_u64(buffer, peer->confirmed_number);
    fl_uuid_put(buffer, peer->confirmed_incarnation);
    fl_buffer_put_u64(buffer, peer->confirmed_lsn);
    fl_buffer_put_u64(buffer, peer->resend_below);
    fl_buffer_put_u64(buffer, peer->number_received);
    fl_buffer_put_memory(buffer, peer->received_hash, sizeof peer->received_hash);
    fl_uuid_put(buffer, peer->incarnation);
    fl_buffer_put_u64(buffer, peer->whole_number);
    fl_fields_put_i64(buffer, peer->whole_ms);
    fl_fields_put_i64(buffer, peer->created_ms);
    fl_fields_put_i64(buffer, peer->last_sent_ms);
    fl_fields_put_i64(buffer, peer->last_received_ms);
    fl_fields_put_i64(buffer, peer->last_confirmed_ms);
    fl_buffer_put_u64(buffer, peer->limit_bytes_per_second);
    fl_buffer_put_u64(buffer, peer->begin_lsn);
    fl_fields_put_i64(buffer, peer->heard_ms);
    fl_buffer_put_u8(buffer, peer->is_away ? 1 : 0);
    fl_buffer_put_u8(buffer, peer->is_behind ? 1 : 0);
    fl_buffer_put_memory(
        buffer, peer->previous_transport_key, sizeof peer->previous_transport_key);
    fl_buffer_put_u32(buffer, peer->previous_key_messages);
    fl_buffer_put_u64(buffer, peer->keys_taken);
    fl_fields_put_i64(buffer, peer->keys_ms);
    fl_buffer_put_u64(buffer, peer->whole_lsn);
}

static void decode_identity(struct fl_reader *reader, struct fl_peer *peer)
{
    fl_reader_copy(reader, peer->plan, sizeof peer->plan);
    peer->node = fl_uuid_take(reader);
    peer->origin = fl_reader_u32(reader);
    peer->role = (enum fl_peer_role)fl_fields_choice(reader, FL_PEER_EQUAL);
    peer->format = (enum fl_peer_format)fl_fields_choice(reader, FL_PEER_V8MSG);
    peer->state = (enum fl_peer_state)fl_fields_choice(reader, FL_PEER_WAITING);
    fl_fields_text(reader, peer->plan_name, FL_NAME_BYTES_MAX);
    fl_fields_text(reader, peer->code, FL_CODE_BYTES_MAX);
    fl_fields_text(reader, peer->name, FL_NAME_BYTES_MAX);
    fl_fields_text(reader, peer->endpoint, FL_ENDPOINT_BYTES_MAX);
    fl_reader_copy(reader, peer->signing_key, sizeof peer->signing_key);
    fl_reader_copy(reader, peer->transport_key, sizeof peer->transport_key);
    fl_reader_copy(reader, peer->previous_signing_key, sizeof peer->previous_signing_key);
    peer->previous_key_until_ms = fl_fields_i64(reader);
}

static void decode_progress(struct fl_reader *reader, struct fl_peer *peer)
{
    peer->number_sent = fl_reader_u64(reader);
    peer->confirmed_number = fl_reader_u64(reader);
    peer->confirmed_incarnation = fl_uuid_take(reader);
    peer->confirmed_lsn = fl_reader_u64(reader);
    peer->resend_below = fl_reader_u64(reader);
    peer->number_received = fl_reader_u64(reader);
    fl_reader_copy(reader, peer->received_hash, sizeof peer->received_hash);
    peer->incarnation = fl_uuid_take(reader);
    peer->whole_number = fl_reader_u64(reader);
    peer->whole_ms = fl_fields_i64(reader);
    peer->created_ms = fl_fields_i64(reader);
    peer->last_sent_ms = fl_fields_i64(reader);
    peer->last_received_ms = fl_fields_i64(reader);
    peer->last_confirmed_ms = fl_fields_i64(reader);
    peer->limit_bytes_per_second = fl_reader_u64(reader);
    peer->begin_lsn = fl_reader_u64(reader);
    peer->heard_ms = fl_fields_i64(reader);
    peer->is_away = fl_fields_bool(reader);
    peer->is_behind = fl_fields_bool(reader);
    fl_reader_copy(
        reader, peer->previous_transport_key, sizeof peer->previous_transport_key);
    peer->previous_key_messages = fl_reader_u32(reader);
    peer->keys_taken = fl_reader_u64(reader);
    peer->keys_ms = fl_fields_i64(reader);
    peer->whole_lsn = fl_reader_u64(reader);
}

static enum fl_status peer_decode(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_bytes value,
    struct fl_peer *out_peer)
{
    struct fl_reader reader = fl_reader_of(value);

    memset(out_peer, 0, sizeof *out_peer);
    decode_identity(&reader, out_peer);
    decode_progress(&reader, out_peer);
    if (!fl_reader_done(&reader) || key->size != NUMBER_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_PEERS, fl_table_key_view(key), "not a peer");
    }
    out_peer->number = fl_load_u32(key->bytes);
    return FL_OK;
}

enum fl_status fl_peers_get(struct fl_txn *txn, uint32_t number, struct fl_peer *out_peer)
{
    struct fl_table_key key = peer_key(number);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_PEERS, fl_table_key_view(&key), &value);

    return status == FL_OK ? peer_decode(txn, &key, value, out_peer) : status;
}

enum fl_status fl_peers_next(
    struct fl_txn *txn,
    uint32_t number,
    struct fl_peer *out_peer)
{
    struct fl_bytes all = {.data = NULL, .size = 0};
    struct fl_table_key key = peer_key(number);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_above(txn, FL_TABLE_PEERS, all, fl_table_key_view(&key), &key, &value);

    return status == FL_OK ? peer_decode(txn, &key, value, out_peer) : status;
}

static enum fl_status index_number(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    uint32_t *out_number)
{
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_PEER_INDEX, fl_table_key_view(key), &value);

    if (status == FL_OK && value.size != NUMBER_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_PEER_INDEX, fl_table_key_view(key), "not the number of a peer");
    }
    if (status == FL_OK) {
        *out_number = fl_load_u32(value.data);
    }
    return status;
}

static enum fl_status peer_by(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    struct fl_peer *out_peer)
{
    uint32_t number = 0;
    enum fl_status status = index_number(txn, key, &number);

    if (status != FL_OK) {
        return status;
    }
    status = fl_peers_get(txn, number, out_peer);
    if (status == FL_NOT_FOUND) {
        return fl_table_malformed(
            txn, FL_TABLE_PEER_INDEX, fl_table_key_view(key), "it names no peer");
    }
    return status;
}

enum fl_status fl_peers_by_code(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_bytes code,
    struct fl_peer *out_peer)
{
    struct fl_table_key key = code_key(plan, code);

    return peer_by(txn, &key, out_peer);
}

enum fl_status fl_peers_by_node(
    struct fl_txn *txn,
    const uint8_t plan[FL_PEER_PLAN_BYTES],
    struct fl_uuid node,
    struct fl_peer *out_peer)
{
    struct fl_table_key key = node_key(plan, node);

    return peer_by(txn, &key, out_peer);
}

static void unindex(struct fl_txn *txn, const struct fl_peer *peer)
{
    struct fl_table_key code = code_key(peer->plan, fl_bytes_of_text(peer->code));
    struct fl_table_key node = node_key(peer->plan, peer->node);

    fl_table_remove(txn, FL_TABLE_PEER_INDEX, fl_table_key_view(&code));
    fl_table_remove(txn, FL_TABLE_PEER_INDEX, fl_table_key_view(&node));
}

/* One way to find `number`; it must not lead to another peer. */
static void index_by(
    struct fl_txn *txn,
    const struct fl_table_key *key,
    const struct fl_peer *peer)
{
    uint8_t bytes[NUMBER_BYTES];
    uint32_t other = 0;
    enum fl_status status = index_number(txn, key, &other);

    if (status == FL_OK && other == peer->number) {
        return;
    }
    if (status == FL_OK) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_REFUSED,
                     "plan %s has a peer with the code or node of %s already; choose "
                     "another code",
                     peer->plan_name, peer->code));
        return;
    }
    fl_store_u32(bytes, peer->number);
    fl_table_put(
        txn, FL_TABLE_PEER_INDEX, fl_table_key_view(key),
        (struct fl_bytes){.data = bytes, .size = sizeof bytes});
}

static void index_peer(struct fl_txn *txn, const struct fl_peer *peer)
{
    struct fl_table_key code = code_key(peer->plan, fl_bytes_of_text(peer->code));
    struct fl_table_key node = node_key(peer->plan, peer->node);

    index_by(txn, &code, peer);
    index_by(txn, &node, peer);
}

static void put_index(struct fl_txn *txn, const struct fl_peer *peer)
{
    struct fl_peer before;

    if (fl_peers_get(txn, peer->number, &before) == FL_OK) {
        if (strcmp(before.code, peer->code) == 0 &&
            fl_uuid_equal(before.node, peer->node) &&
            memcmp(before.plan, peer->plan, sizeof peer->plan) == 0) {
            return;
        }
        unindex(txn, &before);
    }
    index_peer(txn, peer);
}

uint32_t fl_peers_last(struct fl_txn *txn)
{
    struct fl_table_key last;

    return fl_table_last(txn, FL_TABLE_PEERS, (struct fl_bytes){0}, &last) == FL_OK
               ? fl_load_u32(last.bytes)
               : 0;
}

void fl_peers_put(struct fl_txn *txn, struct fl_peer *peer)
{
    struct fl_table_key key;
    struct fl_buffer buffer;

    if (!fl_txn_can_write(txn)) {
        return;
    }
    if (peer->number == 0) {
        peer->number = (uint32_t)fl_table_sequence(txn, "last/peer");
    }
    if (fl_nodes_number(txn, peer->node, &peer->origin) != FL_OK) {
        return;
    }
    put_index(txn, peer);
    key = peer_key(peer->number);
    fl_buffer_init(&buffer, PEER_BYTES_MAX);
    encode_identity(&buffer, peer);
    encode_progress(&buffer, peer);
    fl_table_put_encoded(txn, FL_TABLE_PEERS, fl_table_key_view(&key), &buffer);
}

enum fl_status fl_peers_remove(struct fl_txn *txn, uint32_t number)
{
    struct fl_table_key key = peer_key(number);
    struct fl_peer peer;
    enum fl_status status = fl_peers_get(txn, number, &peer);

    if (status != FL_OK) {
        return status;
    }
    unindex(txn, &peer);
    fl_table_remove(txn, FL_TABLE_PEERS, fl_table_key_view(&key));
    /* The rest has keys that begin with the peer's number. */
    fl_table_remove_all(txn, FL_TABLE_POSITIONS, fl_table_key_view(&key));
    fl_table_remove_all(txn, FL_TABLE_MESSAGES, fl_table_key_view(&key));
    fl_table_remove_all(txn, FL_TABLE_STAGED, fl_table_key_view(&key));
    fl_table_remove_all(txn, FL_TABLE_REGISTERED, fl_table_key_view(&key));
    fl_registered_forget_all(txn, number);
    return fl_txn_status(txn);
}
