/*
 * Twice over the file: first head, addressee, chain, signatures and hashes of all of it,
 * then message by message as if they had come over the line.
 */

#include <string.h>

#include "image.h"
#include "replicator/link.h"
#include "storage/messages.h"

struct load {
    struct fl_link *link;
    struct fl_bytes file;
    struct fl_image_head head;
    struct fl_stored_position position; /* what is applied of that stream */
    uint64_t judge_lsn;
};

static struct fl_link *find_link(
    struct fl_replicator *replicator,
    const struct fl_image_head *head)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        if (fl_uuid_equal(link->peer.node, head->sender) &&
            memcmp(link->peer.plan, head->plan, sizeof(head->plan)) == 0 &&
            link->peer.state == FL_PEER_ACTIVE) {
            return link;
        }
    }
    return NULL;
}

static enum fl_status check_addressee(
    const struct load *load,
    const struct fl_node *node,
    struct fl_error *out_error)
{
    const struct fl_image_head *head = &load->head;

    if (!fl_uuid_equal(head->installation, node->identity->installation)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the image is of another tree of nodes; has this node joined its parent?");
    }
    if (!fl_uuid_equal(head->receiver, node->identity->node)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the image is for another node: its parent makes one for this by `filial "
            "image create %s FILE`",
            node->identity->code);
    }
    if (!load->link) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the image is from a node that this one does not know; `filial node list` "
            "shows those it does");
    }
    if (!fl_uuid_equal(head->receiver_incarnation, node->identity->incarnation)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the image was made for this node before it was restored: let it connect "
            "once, and its parent make another");
    }
    if (!fl_uuid_is_zero(load->link->peer.incarnation) &&
        !fl_uuid_equal(load->link->peer.incarnation, head->sender_incarnation)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the image was made before %s was restored: let it make another",
            load->link->peer.code);
    }
    const uint8_t *key = fl_link_signing_key(load->link, head->key_id);

    if (!key || fl_image_verify(load->file, key) != FL_OK) {
        return fl_error_set(
            out_error, FL_UNTRUSTED, "the image is not signed by %s",
            load->link->peer.code);
    }
    return FL_OK;
}

/* Where we stand in that stream, and what of ours the sender had when it built. */
static enum fl_status find_place(
    struct load *load,
    const struct fl_node *node,
    struct fl_error *out_error)
{
    struct fl_peer_stream theirs = {
        .peer = load->link->peer.number, .incarnation = load->head.sender_incarnation};
    struct fl_peer_stream ours = {
        .peer = load->link->peer.number, .incarnation = node->identity->incarnation};
    struct fl_sent_message sent;
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_positions_get(&txn, theirs, &load->position);

    if (status == FL_NOT_FOUND) {
        load->position = (struct fl_stored_position){.number = 0};
        status = FL_OK;
    }
    load->judge_lsn = load->link->peer.begin_lsn;
    if (status == FL_OK && load->head.acknowledged > 0) {
        status = fl_messages_get(&txn, ours, load->head.acknowledged, &sent);
        load->judge_lsn = status == FL_OK ? sent.lsn_to : 0;
    }
    fl_txn_abort(&txn);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_REFUSED,
                     "the image is too old for what this node has sent since: "
                     "let %s make another",
                     load->link->peer.code);
}

static bool is_ours(const struct load *load, const struct fl_message_header *header)
{
    const struct fl_image_head *head = &load->head;

    return fl_uuid_equal(header->installation, head->installation) &&
           memcmp(header->plan, head->plan, sizeof(head->plan)) == 0 &&
           fl_uuid_equal(header->sender, head->sender) &&
           fl_uuid_equal(header->sender_incarnation, head->sender_incarnation) &&
           fl_uuid_equal(header->receiver, head->receiver) &&
           fl_uuid_equal(header->receiver_incarnation, head->receiver_incarnation);
}

static enum fl_status check_message(
    const struct load *load,
    const struct fl_image_message *message,
    struct fl_stored_position *tail,
    struct fl_error *out_error)
{
    const struct fl_message_header *header = &message->head.header;
    const uint8_t *key = fl_link_signing_key(load->link, header->key_id);
    uint8_t hash[FL_HASH_BYTES];
    unsigned long long number = header->number;

    if (!key || !is_ours(load, header) ||
        fl_message_verify(&message->head, key) != FL_OK) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "message %llu of the image is not by %s for this node", number,
            load->link->peer.code);
    }
    fl_message_hash(message->head.header_bytes, hash);
    if (number > tail->number && (header->base_number != tail->number ||
                                  memcmp(header->base_hash, tail->hash, sizeof(hash)))) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "message %llu of the image does not follow what this node has taken from %s: "
            "let it make another",
            number, load->link->peer.code);
    }
    if (number == load->position.number &&
        memcmp(hash, load->position.hash, sizeof(hash)) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "message %llu of the image is not the one that this node has taken", number);
    }
    if (number > tail->number) {
        tail->number = number;
        memcpy(tail->hash, hash, sizeof(hash));
    }
    return FL_OK;
}

static enum fl_status check_all(
    const struct load *load,
    struct fl_image_loaded *loaded,
    struct fl_error *out_error)
{
    struct fl_image_reader reader = fl_image_read(load->file);
    struct fl_stored_position tail = load->position;
    struct fl_image_message message;
    enum fl_status status;

    while ((status = fl_image_next(&reader, &message)) == FL_OK) {
        status = check_message(load, &message, &tail, out_error);
        if (status != FL_OK) {
            return status;
        }
        loaded->messages++;
        if (message.head.header.number <= load->position.number) {
            loaded->skipped++;
        }
    }
    return status == FL_NOT_FOUND
               ? FL_OK
               : fl_error_set(
                     out_error, FL_MALFORMED,
                     "the image is cut off or damaged behind message %llu of it: copy it "
                     "again",
                     (unsigned long long)reader.count);
}

/* As it would have come over the line. */
static enum fl_status apply(
    struct load *load,
    const struct fl_image_message *message,
    struct fl_error *out_error)
{
    struct fl_link *link = load->link;
    struct fl_replicator *replicator = link->replicator;
    struct fl_incoming *incoming = fl_link_incoming_slots(link);
    struct fl_ready ready = {
        .link = link,
        .number = message->head.header.number,
        .judge_lsn = load->judge_lsn,
        .acknowledged = load->head.acknowledged,
        .of_image = true};
    struct fl_txn txn;

    if (!incoming) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_incoming_clear(incoming);
    fl_buffer_init(&incoming->head, FL_FRAME_WIRE_BYTES_MAX);
    fl_buffer_init(&incoming->chunks, FL_MESSAGE_PLAIN_BYTES_MAX + (1u << 20));
    fl_buffer_put(&incoming->head, message->head_bytes);
    fl_buffer_put(&incoming->chunks, message->chunks);
    incoming->number = ready.number;
    incoming->held = message->head.header.chunk_count;
    if (fl_buffer_status(&incoming->chunks) != FL_OK ||
        fl_message_open(fl_buffer_view(&incoming->head), &incoming->open) != FL_OK) {
        fl_incoming_clear(incoming);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    replicator->settings_came = false;
    fl_txn_begin(&txn, replicator->node->store, FL_TXN_INTAKE);
    enum fl_status status = fl_link_apply(link, &txn, &ready, out_error);

    if (status == FL_OK) {
        status = fl_txn_commit(&txn);
        if (status != FL_OK) {
            *out_error = *fl_txn_error(&txn);
        }
    }
    fl_txn_abort(&txn);
    fl_incoming_clear(incoming);
    if (status == FL_OK && replicator->settings_came) {
        replicator->settings_came = false;
        status = fl_node_reload(replicator->node, out_error);
    }
    return status;
}

static enum fl_status apply_all(
    struct load *load,
    fl_image_progress progress,
    void *context,
    struct fl_image_loaded *loaded,
    struct fl_error *out_error)
{
    struct fl_image_reader reader = fl_image_read(load->file);
    struct fl_image_message message;
    enum fl_status status = FL_OK;

    while (status == FL_OK && fl_image_next(&reader, &message) == FL_OK) {
        if (message.head.header.number <= load->position.number) {
            continue;
        }
        status = apply(load, &message, out_error);
        loaded->entries += message.head.header.entry_count;
        progress(context, reader.count, loaded->messages);
    }
    return status;
}

enum fl_status fl_image_load(
    struct fl_replicator *replicator,
    struct fl_bytes file,
    fl_image_progress progress,
    void *context,
    struct fl_image_loaded *out_loaded,
    struct fl_error *out_error)
{
    struct fl_image_loaded loaded = {.messages = 0};
    struct load load = {.file = file};
    enum fl_status status = fl_image_open(file, &load.head);

    if (status == FL_UNSUPPORTED) {
        return fl_error_set(
            out_error, status, "the image was made by a newer program than this");
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "this is no image of Filial");
    }
    load.link = find_link(replicator, &load.head);
    status = check_addressee(&load, replicator->node, out_error);
    if (status == FL_OK) {
        status = find_place(&load, replicator->node, out_error);
    }
    if (status == FL_OK) {
        status = check_all(&load, &loaded, out_error);
    }
    if (status == FL_OK) {
        status = apply_all(&load, progress, context, &loaded, out_error);
    }
    if (status == FL_OK) {
        *out_loaded = loaded;
    }
    return status;
}
