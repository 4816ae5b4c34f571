/*
 * The messages are built as for the line, from what the peer has confirmed on, with
 * numbers that are durable before they are in the file. Nothing is believed of them: the
 * peer owns its position, and says one day that it has them.
 */

#include <string.h>

#include "image.h"
#include "replicator/link.h"
#include "storage/messages.h"

enum { MADE_MAX = 4096 };

static uint64_t applied_of(struct fl_link *link, struct fl_txn *txn)
{
    struct fl_peer_stream stream = {
        .peer = link->peer.number, .incarnation = link->peer.incarnation};
    struct fl_stored_position position;

    return fl_positions_get(txn, stream, &position) == FL_OK ? position.number : 0;
}

/* Behind what the peer has confirmed of our present stream. */
static void find_tail(
    struct fl_image_writer *writer,
    struct fl_link *link,
    struct fl_txn *txn)
{
    const struct fl_identity *identity = link->replicator->node->identity;
    struct fl_peer_stream stream = {
        .peer = link->peer.number, .incarnation = identity->incarnation};
    struct fl_sent_message sent;

    writer->tail = (struct fl_session_position){.incarnation = identity->incarnation};
    writer->lsn = link->peer.begin_lsn;
    if (fl_uuid_equal(link->peer.confirmed_incarnation, identity->incarnation) &&
        link->peer.confirmed_number > 0 &&
        fl_messages_get(txn, stream, link->peer.confirmed_number, &sent) == FL_OK) {
        writer->tail.number = sent.number;
        memcpy(writer->tail.hash.bytes, sent.hash, sizeof(sent.hash));
        writer->lsn = sent.lsn_to;
    }
    writer->lsn_begin = writer->lsn;
}

static enum fl_status write_head(
    struct fl_image_writer *writer,
    struct fl_link *link,
    struct fl_error *out_error)
{
    const struct fl_node *node = link->replicator->node;
    struct fl_image_head head = {
        .installation = node->identity->installation,
        .sender = node->identity->node,
        .sender_incarnation = node->identity->incarnation,
        .receiver = link->peer.node,
        .receiver_incarnation = link->peer.incarnation,
        .acknowledged = writer->acknowledged,
        .made_ms = fl_node_now_ms(),
    };
    struct fl_buffer bytes;

    memcpy(head.plan, link->peer.plan, sizeof(head.plan));
    fl_buffer_init(&bytes, FL_IMAGE_BEGIN_BYTES);
    fl_image_seal(&head, node->keys.signing, &bytes);
    enum fl_status status = fl_buffer_status(&bytes);

    if (status == FL_OK) {
        status = fl_file_write(&writer->file, fl_buffer_view(&bytes), out_error);
    }
    fl_buffer_deinit(&bytes);
    return status;
}

enum fl_status fl_image_create_begin(
    struct fl_image_writer *writer,
    struct fl_link *link,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_txn txn;

    if (fl_uuid_is_zero(link->peer.incarnation)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s has never been connected, so nothing can be addressed to its store: let "
            "it connect once, over any line",
            link->peer.code);
    }
    link->configuration_sent = false;
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    find_tail(writer, link, &txn);
    writer->acknowledged = applied_of(link, &txn);
    fl_txn_abort(&txn);
    enum fl_status status = fl_file_begin(&writer->file, path, 0600, out_error);

    return status == FL_OK ? write_head(writer, link, out_error) : status;
}

static enum fl_status write_message(
    struct fl_image_writer *writer,
    const struct fl_outgoing *outgoing,
    struct fl_error *out_error)
{
    struct fl_buffer bytes;

    fl_buffer_init(&bytes, FL_FRAME_WIRE_BYTES_MAX);
    fl_image_put_message(&bytes, fl_buffer_view(&outgoing->head));
    enum fl_status status = fl_buffer_status(&bytes);

    if (status == FL_OK) {
        status = fl_file_write(&writer->file, fl_buffer_view(&bytes), out_error);
    }
    if (status == FL_OK) {
        status =
            fl_file_write(&writer->file, fl_buffer_view(&outgoing->chunks), out_error);
    }
    writer->bytes += bytes.size + outgoing->chunks.size;
    writer->entries += outgoing->open.header.entry_count;
    writer->messages++;
    fl_buffer_deinit(&bytes);
    return status;
}

static enum fl_status finish(struct fl_image_writer *writer, struct fl_error *out_error)
{
    struct fl_buffer bytes;

    fl_buffer_init(&bytes, 64);
    fl_image_put_end(&bytes, writer->messages);
    enum fl_status status = fl_buffer_status(&bytes);

    if (status == FL_OK) {
        status = fl_file_write(&writer->file, fl_buffer_view(&bytes), out_error);
    }
    fl_buffer_deinit(&bytes);
    return status == FL_OK ? fl_file_publish(&writer->file, out_error) : status;
}

/*
 * A message that was made earlier for this very place, though perhaps never heard of: the
 * same again keeps files that follow each other in one row.
 */
static void find_made(
    const struct fl_image_writer *writer,
    const struct fl_link *link,
    struct fl_txn *txn,
    struct fl_session_action *action)
{
    const struct fl_identity *identity = link->replicator->node->identity;
    struct fl_peer_stream stream = {
        .peer = link->peer.number, .incarnation = identity->incarnation};
    struct fl_sent_message sent;

    for (uint64_t number = writer->tail.number + 1;
         number <= link->peer.number_sent && number <= writer->tail.number + MADE_MAX;
         number++) {
        if (fl_messages_get(txn, stream, number, &sent) == FL_OK &&
            sent.base_number == writer->tail.number && sent.lsn_from == writer->lsn) {
            action->staged.incarnation = identity->incarnation;
            action->staged.number = number;
            memcpy(action->staged.hash.bytes, sent.hash, sizeof(sent.hash));
            return;
        }
    }
}

enum fl_status fl_image_create_step(
    struct fl_image_writer *writer,
    struct fl_link *link,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_session_action action = {.kind = FL_SESSION_BUILD};
    struct fl_session_event built = {.now_ms = 0};
    struct fl_txn txn;

    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    bool came = applied_of(link, &txn) != writer->acknowledged;

    action.position = writer->tail;
    action.lsn = writer->lsn;
    find_made(writer, link, &txn, &action);

    fl_txn_abort(&txn);
    if (came) {
        /* Collisions are judged by what was applied when a message was built. */
        return fl_error_set(
            out_error, FL_BUSY,
            "%s sent something while its image was made: try again when it is quiet",
            link->peer.code);
    }
    fl_link_build(link, &action, &built);
    if (built.kind == FL_SESSION_NOTHING_TO_SEND) {
        *out_done = true;
        link->configuration_sent = false;
        return finish(writer, out_error);
    }
    if (built.kind != FL_SESSION_BUILT) {
        return fl_error_set(out_error, FL_IO, "a message could not be made: see the log");
    }
    struct fl_outgoing *outgoing = fl_link_outgoing(link, built.built.message.number);
    enum fl_status status = write_message(writer, outgoing, out_error);

    fl_outgoing_clear(outgoing);
    writer->tail.number = built.built.message.number;
    writer->tail.hash = built.built.message.hash;
    writer->lsn = built.built.lsn_to;
    /* One that was made before ended what there was then. */
    if (status == FL_OK && built.built.message.series_end &&
        built.built.message.number != action.staged.number) {
        *out_done = true;
        link->configuration_sent = false;
        status = finish(writer, out_error);
    }
    return status;
}

void fl_image_create_abandon(struct fl_image_writer *writer)
{
    fl_file_abandon(&writer->file);
}
