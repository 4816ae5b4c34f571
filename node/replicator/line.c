#include "line.h"

#include <stdio.h>

#include "node.h"

void fl_line_heard(struct fl_line *line, size_t bytes)
{
    line->traffic.received_bytes += bytes;
    line->traffic.heard_ms = fl_node_now_ms();
}

bool fl_line_is_up(const struct fl_line *line)
{
    return fl_peer_is_called(fl_link_peer(line->link));
}

static enum fl_status send_now(
    struct fl_line *line,
    struct fl_bytes head,
    struct fl_bytes body)
{
    if (line->own) {
        return fl_transport_send(line->own, NULL, head, body);
    }
    return line->listener ? fl_transport_send(line->listener, &line->address, head, body)
                          : FL_NOT_FOUND;
}

enum fl_status fl_line_send(
    struct fl_line *line,
    struct fl_bytes head,
    struct fl_bytes body)
{
    enum fl_status status = FL_BUSY;

    if (!line->connected) {
        return FL_NOT_FOUND;
    }
    /* The rate is looked at anew each time the outbox is emptied: line_flush(). */
    if (line->outbox.count == 0 &&
        (line->bucket.bytes_per_second == 0 || line->bucket.millibytes > 0)) {
        status = send_now(line, head, body);
        if (status == FL_OK) {
            fl_bucket_take(&line->bucket, head.size + body.size);
        }
    }
    if (status == FL_BUSY) {
        status = fl_outbox_put(&line->outbox, head, body);
    }
    if (status == FL_OK) {
        line->traffic.sent_bytes += head.size + body.size;
    }
    if (status != FL_OK) {
        /* A frame is lost: the session cannot go on, it is greeted anew. */
        line->close_wanted = true;
    }
    return status;
}

bool fl_line_flush(struct fl_line *line, uint64_t now_ms)
{
    while (fl_bucket_is_open(&line->bucket, now_ms) && line->connected &&
           line->outbox.count > 0) {
        struct fl_bytes frame = fl_outbox_first(&line->outbox);
        enum fl_status status = send_now(line, frame, (struct fl_bytes){0});

        if (status == FL_BUSY) {
            return true;
        }
        if (status != FL_OK) {
            line->close_wanted = true;
            return false;
        }
        fl_bucket_take(&line->bucket, frame.size);
        fl_outbox_drop(&line->outbox);
    }
    return false;
}

void fl_line_say_rest(struct fl_line *line)
{
    while (line->connected && line->outbox.count > 0 &&
           send_now(line, fl_outbox_first(&line->outbox), (struct fl_bytes){0}) ==
               FL_OK) {
        fl_outbox_drop(&line->outbox);
    }
}

uint64_t fl_line_due_ms(const struct fl_line *line, uint64_t now_ms)
{
    return line->outbox.count > 0 ? fl_bucket_due_ms(&line->bucket, now_ms) : UINT64_MAX;
}

void fl_line_fail(struct fl_line *line, enum fl_status failure, const char *words)
{
    if (line->failure == FL_OK && words) {
        line->failure = failure;
        (void)snprintf(line->failure_words, sizeof(line->failure_words), "%s", words);
    }
}

void fl_line_close(struct fl_line *line, uint64_t now_ms, uint64_t again_ms)
{
    line->close_wanted = false;
    line->has_ended = false;
    fl_outbox_clear(&line->outbox);
    if (line->own) {
        fl_transport_close(line->own);
        line->own = NULL;
        line->reached = false;
        line->open_at_ms = again_ms;
    }
    line->listener = NULL;
    if (line->connected) {
        line->connected = false;
        fl_replicator_disconnected(line->link, now_ms);
    }
}
