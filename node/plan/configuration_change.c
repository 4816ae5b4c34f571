/*
 * Taking over another configuration: by a person at the root of a tree, or from the
 * parent. Numbers keep their meaning (proto/configuration.h), so nothing is rewritten.
 */

#include <string.h>

#include "change/change.h"
#include "language.h"
#include "node.h"
#include "proto/compression.h"
#include "proto/limits.h"
#include "proto/system.h"
#include "storage/check.h"
#include "storage/configurations.h"
#include "storage/journal.h"

enum { PACKED_FROM_BYTES = 1 << 20 };

static enum fl_status differs(
    const struct fl_type *type,
    const char *part,
    const char *name,
    struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_REFUSED,
        "the parent's configuration does not follow the one here: %s.%s: %s \"%s\" is "
        "missing or has another number in it, and there are objects; join with a new "
        "node and take the objects in there",
        fl_kind_name(type->kind), type->name, _(part), name);
}

static enum fl_status check_attributes(
    const struct fl_type *type,
    const struct fl_attribute *attributes,
    size_t count,
    const struct fl_attribute *(*find)(const void *owner, uint32_t number),
    const void *owner,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < count; i++) {
        const struct fl_attribute *now = find(owner, attributes[i].number);
        if (now == NULL || strcmp(now->name, attributes[i].name) != 0) {
            return differs(type, N_("attribute"), attributes[i].name, out_error);
        }
    }
    return FL_OK;
}

static const struct fl_attribute *find_in_type(const void *owner, uint32_t number)
{
    return fl_type_attribute(owner, number);
}

static const struct fl_attribute *find_in_section(const void *owner, uint32_t number)
{
    return fl_section_attribute(owner, number);
}

/* Does every number of `before` mean the same in `now`? */
static enum fl_status check_type(
    const struct fl_type *before,
    const struct fl_type *now,
    struct fl_error *out_error)
{
    if (now == NULL || now->kind != before->kind ||
        strcmp(now->name, before->name) != 0) {
        return differs(before, N_("type"), before->name, out_error);
    }
    enum fl_status status = check_attributes(
        before, before->attributes, before->attribute_count, find_in_type, now,
        out_error);
    for (size_t i = 0; i < before->section_count && status == FL_OK; i++) {
        const struct fl_section_type *section = &before->sections[i];
        const struct fl_section_type *other = fl_type_section(now, section->number);
        if (other == NULL || strcmp(other->name, section->name) != 0) {
            return differs(before, N_("section"), section->name, out_error);
        }
        status = check_attributes(
            before, section->attributes, section->attribute_count, find_in_section, other,
            out_error);
    }
    for (size_t i = 0; i < before->enum_value_count && status == FL_OK; i++) {
        const struct fl_enum_value *value = &before->enum_values[i];
        const char *name = fl_type_enum_value_name(now, value->number);
        if (name == NULL || strcmp(name, value->name) != 0) {
            return differs(before, N_("value"), value->name, out_error);
        }
    }
    return status;
}

static enum fl_status check_succession(
    const struct fl_configuration *before,
    const struct fl_configuration *now,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < before->type_count; i++) {
        const struct fl_type *old = &before->types[i];
        enum fl_status status =
            check_type(old, fl_configuration_type(now, old->number), out_error);
        if (status != FL_OK) {
            return status;
        }
    }
    return FL_OK;
}

static const struct fl_key CONFIGURATION_KEY = {.type = FL_SYSTEM_CONFIGURATION};

static bool has_objects(struct fl_txn *txn)
{
    uint32_t type;
    return fl_store_type_next(txn, 0, &type) == FL_OK && !fl_system_is(type);
}

static bool has_nodes(struct fl_txn *txn)
{
    struct fl_peer peer = {.number = 0};
    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        if (peer.format == FL_PEER_NATIVE && peer.state != FL_PEER_REVOKED) {
            return true;
        }
    }
    return false;
}

/* What travels now: FL_NOT_FOUND when nothing does yet. */
static enum fl_status read_system(struct fl_txn *txn, struct fl_system_record *out_record)
{
    struct fl_entry entry;
    enum fl_status status = fl_object_get(txn, CONFIGURATION_KEY, &entry);
    return status == FL_OK ? fl_system_open(entry.record, out_record) : status;
}

static enum fl_status check_governed_here(
    struct fl_node *node,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    struct fl_peer parent;
    struct fl_system_record record;
    if (fl_node_parent(txn, &parent) == FL_OK && read_system(txn, &record) == FL_OK &&
        !fl_uuid_equal(record.issuer, node->identity->node)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the configuration of this node comes from its parent \"%s\": load the new "
            "one at the root of the tree, and it comes here by itself",
            parent.code);
    }
    return FL_OK;
}

static void keep(
    struct fl_txn *txn,
    const uint8_t hash[FL_CONFIGURATION_HASH_BYTES],
    struct fl_bytes encoded)
{
    uint16_t number = 0;
    if (fl_configurations_put(txn, hash, encoded, &number) == FL_OK) {
        fl_configurations_set_current(txn, number);
    }
}

/*
 * A large one travels packed: a zero, which no message of protobuf begins with, its size,
 * and one frame of zstd.
 */
static enum fl_status pack(struct fl_bytes encoded, struct fl_buffer *out_body)
{
    struct fl_compressor *compressor = NULL;
    if (encoded.size <= PACKED_FROM_BYTES) {
        fl_buffer_put(out_body, encoded);
        return fl_buffer_status(out_body);
    }
    enum fl_status status = fl_compressor_new(&compressor);
    if (status == FL_OK) {
        fl_buffer_put_u8(out_body, 0);
        fl_buffer_put_u32(out_body, (uint32_t)encoded.size);
        status = fl_compress(compressor, encoded, out_body);
    }
    fl_compressor_free(compressor);
    return status;
}

/* FL_MALFORMED: not packed as above. */
static enum fl_status unpack(struct fl_bytes body, struct fl_buffer *out_encoded)
{
    struct fl_decompressor *decompressor = NULL;
    struct fl_reader reader = fl_reader_of(body);
    if (body.size == 0 || body.data[0] != 0) {
        fl_buffer_put(out_encoded, body);
        return fl_buffer_status(out_encoded);
    }
    (void)fl_reader_u8(&reader);
    uint32_t size = fl_reader_u32(&reader);
    if (reader.failed || size <= PACKED_FROM_BYTES || size > FL_CONFIGURATION_BYTES_MAX) {
        return FL_MALFORMED;
    }
    enum fl_status status = fl_decompressor_new(&decompressor);
    if (status == FL_OK) {
        status = fl_decompress(
            decompressor, fl_reader_take(&reader, fl_reader_left(&reader)), size,
            out_encoded);
    }
    fl_decompressor_free(decompressor);
    return status;
}

static enum fl_status write_configuration(
    struct fl_node *node,
    const struct fl_configuration *configuration,
    struct fl_bytes encoded,
    struct fl_buffer *record,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_system_record before = {.revision = 0};
    struct fl_buffer body;
    /* zstd asks for room for the worst; what is too large does not fit the record. */
    fl_buffer_init(&body, (size_t)2 * FL_CONFIGURATION_BYTES_MAX);
    enum fl_status status = pack(encoded, &body);
    if (status != FL_OK) {
        fl_buffer_deinit(&body);
        return fl_error_set(
            out_error, status, "the configuration is larger than what can travel, %d MiB",
            FL_RECORD_BYTES_MAX >> 20);
    }
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    (void)read_system(&txn, &before);
    fl_system_seal(
        node->identity->installation, CONFIGURATION_KEY,
        &(struct fl_system_record){
            .revision = before.revision + 1,
            .issuer = node->identity->node,
            .body = fl_buffer_view(&body)},
        node->keys.signing, record);
    fl_buffer_deinit(&body);
    status = fl_buffer_status(record);
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return fl_error_set(
            out_error, status, "the configuration is larger than what can travel, %d MiB",
            FL_RECORD_BYTES_MAX >> 20);
    }
    keep(&txn, configuration->hash, encoded);
    (void)fl_journal_append(
        &txn,
        &(struct fl_entry){.key = CONFIGURATION_KEY, .record = fl_buffer_view(record)});
    return fl_change_commit(&txn, out_error);
}

static enum fl_status put(
    struct fl_node *node,
    const struct fl_configuration *configuration,
    struct fl_error *out_error)
{
    struct fl_buffer encoded;
    struct fl_buffer record;
    fl_buffer_init(&encoded, FL_CONFIGURATION_BYTES_MAX);
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    enum fl_status status = fl_configuration_encode(configuration, &encoded);
    if (status == FL_OK) {
        status = write_configuration(
            node, configuration, fl_buffer_view(&encoded), &record, out_error);
    } else {
        (void)fl_error_set(
            out_error, status, "the configuration is too large or does not encode");
    }
    fl_buffer_deinit(&record);
    fl_buffer_deinit(&encoded);
    return status == FL_OK ? fl_node_reload(node, out_error) : status;
}

enum fl_status fl_node_configuration_put(
    struct fl_node *node,
    const struct fl_configuration *configuration,
    struct fl_error *out_error)
{
    struct fl_configuration *successor = NULL;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = check_governed_here(node, &txn, out_error);
    bool succeeds =
        node->configuration_number != 0 && (has_objects(&txn) || has_nodes(&txn));
    struct fl_system_record record;
    bool travels = read_system(&txn, &record) == FL_OK;
    fl_txn_abort(&txn);
    if (status == FL_OK && succeeds) {
        status = fl_configuration_succeed(
            node->configuration, configuration, &successor, out_error);
    }
    const struct fl_configuration *next = successor != NULL ? successor : configuration;
    if (status == FL_OK &&
        (!travels || memcmp(next->hash, node->configuration->hash, sizeof next->hash))) {
        status = put(node, next, out_error);
    }
    fl_configuration_free(successor);
    return status;
}

enum fl_status fl_node_configuration_accept(
    struct fl_node *node,
    struct fl_txn *txn,
    struct fl_bytes body,
    struct fl_error *out_error)
{
    struct fl_configuration *configuration = NULL;
    struct fl_buffer encoded;
    fl_buffer_init(&encoded, FL_CONFIGURATION_BYTES_MAX);
    enum fl_status status = unpack(body, &encoded);
    if (status != FL_OK) {
        fl_buffer_deinit(&encoded);
        return fl_error_set(
            out_error, status, "the configuration that came does not unpack");
    }
    status = fl_configuration_decode(fl_buffer_view(&encoded), &configuration, out_error);
    if (status == FL_OK && has_objects(txn)) {
        status = check_succession(node->configuration, configuration, out_error);
    }
    if (status == FL_OK) {
        keep(txn, configuration->hash, fl_buffer_view(&encoded));
        status = fl_txn_status(txn);
    }
    fl_buffer_deinit(&encoded);
    fl_configuration_free(configuration);
    return status;
}
