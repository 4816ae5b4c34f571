#include "key/rotation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "change/change.h"
#include "file.h"
#include "log.h"
#include "proto/system.h"
#include "storage/settings.h"

static const char FORMER[] = "node/former-keys"; /* signing keys, 32 bytes each */

static const char *const pairs[][2] = {
    {"keys/signing" FL_KEYS_NEXT ".key", "keys/signing.key"},
    {"keys/transport" FL_KEYS_NEXT ".key", "keys/transport.key"},
};

static enum fl_status no_memory(struct fl_error *out_error)
{
    return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

static bool is_there(const char *directory, const char *name)
{
    struct stat found;
    char *path = fl_node_path(directory, name);
    bool there = path != NULL && lstat(path, &found) == 0;

    fl_free(path);
    return there;
}

static void remove_file(const char *directory, const char *name)
{
    char *path = fl_node_path(directory, name);

    if (path != NULL) {
        (void)unlink(path);
    }
    fl_free(path);
}

static enum fl_status write_whole(
    const char *directory,
    const char *name,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    char *path = fl_node_path(directory, name);
    enum fl_status status = path == NULL ? no_memory(out_error)
                                         : fl_file_replace(path, 0600, bytes, out_error);

    fl_free(path);
    return status;
}

static enum fl_status move(
    const char *directory,
    const char *from,
    const char *to,
    struct fl_error *out_error)
{
    char *source = fl_node_path(directory, from);
    char *target = fl_node_path(directory, to);
    enum fl_status status = FL_OK;

    if (source == NULL || target == NULL) {
        status = no_memory(out_error);
    } else if (rename(source, target) != 0 && errno != ENOENT) {
        status = fl_error_set(
            out_error, FL_IO, "%s cannot take the place of %s: %s", source, target,
            strerror(errno));
    }
    fl_free(source);
    fl_free(target);
    return status;
}

static enum fl_status move_pair(const char *directory, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    char *keys = fl_node_path(directory, "keys");

    for (size_t i = 0; status == FL_OK && i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        status = move(directory, pairs[i][0], pairs[i][1], out_error);
    }
    if (status == FL_OK) {
        status =
            keys == NULL ? no_memory(out_error) : fl_file_sync_directory(keys, out_error);
    }
    fl_free(keys);
    return status;
}

enum fl_status fl_key_rotation_recover(const char *directory, struct fl_error *out_error)
{
    return is_there(directory, "keys/switching") ? move_pair(directory, out_error)
                                                 : FL_OK;
}

/* --- what the node knows of it --- */

static void load_former(struct fl_node *node)
{
    struct fl_rotation_state *state = &node->rotation;
    struct fl_bytes value;
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    state->former_count = 0;
    if (fl_settings_get(&txn, fl_bytes_of_text(FORMER), &value) == FL_OK &&
        value.size <= sizeof(state->former)) {
        state->former_count = value.size / FL_PUBLIC_KEY_BYTES;
        memcpy(state->former, value.data, state->former_count * FL_PUBLIC_KEY_BYTES);
    }
    fl_txn_abort(&txn);
}

static uint64_t id_of(const uint8_t public_key[FL_PUBLIC_KEY_BYTES])
{
    uint8_t id[FL_KEY_ID_BYTES];

    fl_key_id(public_key, id);
    return fl_load_u64(id);
}

/* A statement that is damaged is none: peers that have not seen it need another one. */
static void load_statement(struct fl_node *node)
{
    struct fl_rotation_state *state = &node->rotation;
    struct fl_buffer buffer;
    char *path = fl_node_path(node->directory, "keys/rotation");

    fl_buffer_init(&buffer, FL_ROTATION_BYTES + 1);
    state->has_statement =
        path != NULL && fl_file_read(path, FL_ROTATION_BYTES, &buffer, NULL) == FL_OK &&
        fl_rotation_decode(fl_buffer_view(&buffer), &state->statement) == FL_OK &&
        fl_rotation_verify(
            &state->statement, node->identity->installation, node->identity->node) ==
            FL_OK;
    state->is_pending = state->has_statement &&
                        memcmp(
                            state->statement.old_signing, node->keys.signing_public,
                            FL_PUBLIC_KEY_BYTES) == 0 &&
                        is_there(node->directory, pairs[0][0]) &&
                        is_there(node->directory, pairs[1][0]);
    state->key_id = state->has_statement ? id_of(state->statement.new_signing) : 0;
    fl_buffer_deinit(&buffer);
    fl_free(path);
}

/* -- beginning -- */

static enum fl_status sign_next(struct fl_node *node, struct fl_error *out_error)
{
    struct fl_rotation rotation;
    struct fl_keys next = {.signing = NULL};
    uint8_t bytes[FL_ROTATION_BYTES];
    char *keys = fl_node_path(node->directory, "keys");
    enum fl_status status =
        keys == NULL ? no_memory(out_error) : fl_keys_load_next(keys, &next, out_error);

    if (status == FL_OK) {
        memcpy(rotation.new_transport, next.transport_public, FL_PUBLIC_KEY_BYTES);
        fl_rotation_sign(
            &rotation, node->identity->installation, node->identity->node,
            node->keys.signing, next.signing);
        fl_rotation_encode(&rotation, bytes);
        status = write_whole(
            node->directory, "keys/rotation", (struct fl_bytes){bytes, sizeof(bytes)},
            out_error);
    }
    fl_keys_deinit(&next);
    fl_free(keys);
    return status;
}

enum fl_status fl_key_rotation_begin(struct fl_node *node, struct fl_error *out_error)
{
    if (node->rotation.is_pending) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "a change of keys is going on already: `filial key show` tells for whom it "
            "waits, `filial key rotate --finish` does not wait, `filial key rotate "
            "--cancel` gives it up");
    }
    remove_file(node->directory, pairs[0][0]); /* of one that was cut before it began */
    remove_file(node->directory, pairs[1][0]);
    char *keys = fl_node_path(node->directory, "keys");
    enum fl_status status =
        keys == NULL ? no_memory(out_error) : fl_keys_create_next(keys, out_error);

    fl_free(keys);
    if (status == FL_OK) {
        status = sign_next(node, out_error);
    }
    if (status == FL_OK) {
        load_statement(node);
    }
    return status;
}

size_t fl_key_rotation_waits(struct fl_node *node)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    size_t count = 0;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        count += peer.format == FL_PEER_NATIVE && peer.state != FL_PEER_REVOKED &&
                 peer.keys_taken != node->rotation.key_id;
    }
    fl_txn_abort(&txn);
    return count;
}

/* -- switching -- */

static void put_former(const struct fl_node *node, struct fl_txn *txn)
{
    const struct fl_rotation_state *state = &node->rotation;
    const uint8_t *old = state->statement.old_signing;
    uint8_t value[FL_FORMER_KEYS_MAX * FL_PUBLIC_KEY_BYTES];
    size_t skip = state->former_count == FL_FORMER_KEYS_MAX ? 1 : 0;
    size_t count = state->former_count - skip;

    if (state->former_count > 0 &&
        memcmp(state->former[state->former_count - 1], old, FL_PUBLIC_KEY_BYTES) == 0) {
        return;
    }
    memcpy(value, state->former[skip], count * FL_PUBLIC_KEY_BYTES);
    memcpy(value + count * FL_PUBLIC_KEY_BYTES, old, FL_PUBLIC_KEY_BYTES);
    fl_settings_put(
        txn, fl_bytes_of_text(FORMER),
        (struct fl_bytes){value, (count + 1) * FL_PUBLIC_KEY_BYTES});
}

/* What the store has by the old keys: where it lives, and the record of a restore. */
static enum fl_status follow_in_store(struct fl_node *node, struct fl_error *out_error)
{
    struct fl_home here = fl_home_here(node->directory, &node->settings, &node->keys);
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    put_former(node, &txn);
    fl_home_put(&txn, &here);
    fl_restored_sign_again(&txn, &node->keys);
    fl_audit_event(&txn, node->identity->code, "key rotate", "switched");
    return fl_change_commit(&txn, out_error);
}

static enum fl_status finish(struct fl_node *node, struct fl_error *out_error)
{
    char fingerprint[FL_FINGERPRINT_TEXT_BYTES];
    enum fl_status status = follow_in_store(node, out_error);

    if (status != FL_OK) {
        return status;
    }
    remove_file(node->directory, "keys/switching");
    load_former(node);
    load_statement(node);
    fl_keys_fingerprint(node->keys.signing_public, fingerprint);
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_KEYS_SWITCHED, "fingerprint=%s",
        fl_log_value(fingerprint).text);
    return FL_OK;
}

enum fl_status fl_key_rotation_open(struct fl_node *node, struct fl_error *out_error)
{
    load_former(node);
    load_statement(node);
    return node->rotation.has_statement && is_there(node->directory, "keys/switching")
               ? finish(node, out_error)
               : FL_OK;
}

enum fl_status fl_key_rotation_switch(struct fl_node *node, struct fl_error *out_error)
{
    struct fl_keys keys = {.signing = NULL};
    char *directory = fl_node_path(node->directory, "keys");
    enum fl_status status = directory == NULL ? no_memory(out_error) : FL_OK;

    node->rotation.switch_due = false;
    if (status == FL_OK && !node->rotation.is_pending) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "no change of keys is going on; `filial key rotate` begins one");
    }
    if (status == FL_OK) {
        status = fl_keys_load_next(directory, &keys, out_error); /* are they whole? */
        fl_keys_deinit(&keys);
    }
    if (status == FL_OK) {
        status = write_whole(
            node->directory, "keys/switching", fl_bytes_of_text("1\n"), out_error);
    }
    if (status == FL_OK) {
        status = move_pair(node->directory, out_error);
    }
    if (status == FL_OK) {
        status = fl_keys_load(directory, &keys, out_error);
    }
    if (status == FL_OK) {
        fl_keys_deinit(&node->keys);
        node->keys = keys;
        status = finish(node, out_error);
    }
    fl_free(directory);
    return status;
}

enum fl_status fl_key_rotation_cancel(struct fl_node *node, struct fl_error *out_error)
{
    if (!node->rotation.is_pending) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "no change of keys is going on; `filial key rotate` begins one");
    }
    remove_file(node->directory, "keys/rotation");
    remove_file(node->directory, pairs[0][0]);
    remove_file(node->directory, pairs[1][0]);
    node->rotation.switch_due = false;
    load_statement(node);
    return FL_OK;
}

bool fl_key_rotation_is_own(
    const struct fl_node *node,
    struct fl_key key,
    struct fl_bytes record)
{
    const struct fl_rotation_state *state = &node->rotation;
    struct fl_uuid installation = node->identity->installation;
    bool is_own =
        fl_system_verify(installation, key, record, node->keys.signing_public) == FL_OK;

    for (size_t i = 0; i < state->former_count && !is_own; i++) {
        is_own = fl_system_verify(installation, key, record, state->former[i]) == FL_OK;
    }
    return is_own;
}

/* --- a peer's --- */

static bool is_key(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, FL_PUBLIC_KEY_BYTES) == 0;
}

enum fl_status fl_key_rotation_take(
    const struct fl_node *node,
    const struct fl_rotation *rotation,
    struct fl_peer *peer)
{
    const int64_t now_ms = fl_node_now_ms();

    if (fl_rotation_verify(rotation, node->identity->installation, peer->node) != FL_OK) {
        return FL_UNTRUSTED;
    }
    if (is_key(rotation->new_signing, peer->signing_key) &&
        is_key(rotation->new_transport, peer->transport_key)) {
        return FL_NOT_FOUND;
    }
    /* The key before the present one: a change that was given up for another one. */
    const bool replaces = peer->previous_key_until_ms != 0 &&
                          is_key(rotation->old_signing, peer->previous_signing_key);

    if (!replaces && !is_key(rotation->old_signing, peer->signing_key)) {
        return FL_UNTRUSTED;
    }
    if (!replaces) {
        memcpy(peer->previous_signing_key, peer->signing_key, FL_PUBLIC_KEY_BYTES);
        memcpy(peer->previous_transport_key, peer->transport_key, FL_PUBLIC_KEY_BYTES);
    }
    memcpy(peer->signing_key, rotation->new_signing, FL_PUBLIC_KEY_BYTES);
    memcpy(peer->transport_key, rotation->new_transport, FL_PUBLIC_KEY_BYTES);
    peer->previous_key_until_ms = INT64_MAX; /* it begins when the new ones are used */
    peer->previous_key_messages = (uint32_t)node->settings.key_overlap_messages;
    peer->keys_ms = now_ms;
    return FL_OK;
}

void fl_key_rotation_end(struct fl_peer *peer)
{
    memset(peer->previous_signing_key, 0, sizeof(peer->previous_signing_key));
    memset(peer->previous_transport_key, 0, sizeof(peer->previous_transport_key));
    peer->previous_key_until_ms = 0;
    peer->previous_key_messages = 0;
}
