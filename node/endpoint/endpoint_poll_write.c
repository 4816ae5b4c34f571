/*
 * What is due to a base is found, written and published, a share at a time: its number is
 * on the disk before its file is seen, and a thread brings it to its place.
 */

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "endpoint_poll_parts.h"
#include "log.h"
#include "share.h"

enum { VANISHED_LOOKS = 10 }; /* some bases remove what they read: do not hurry */

static enum fl_status begin_writing(
    struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    const char *path,
    bool greeting,
    struct fl_error *out_error)
{
    struct fl_output output;
    const struct fl_endpoint_export_options options = {
        .code = peer->code, .path = path, .greeting = greeting};
    poll->has_notes = poll->state.notes[0] != '\0';
    fl_poll_init_output(poll, &output);
    enum fl_status status = fl_endpoint_export_begin(
        poll->node, poll->settings.format->codec, &options, &output, &poll->export,
        out_error);
    fl_output_deinit(&output);
    return status;
}

/* The last package does not stand there yet, or not any more: the same once more. */
static bool is_written(
    struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    const char *path)
{
    bool open = peer->number_sent > peer->confirmed_number;
    bool stands = poll->state.out_published == poll->state.out_number;
    bool gone = stands && open && !poll->has_ours;
    poll->vanished = gone ? poll->vanished + 1 : 0;
    return poll->state.out_number == peer->number_sent && peer->number_sent > 0 &&
           (!stands || poll->vanished >= VANISHED_LOOKS) && access(path, R_OK) == 0;
}

/* FL_NOT_FOUND: there is nothing to publish. FL_BUSY: that is not known yet. FL_OK with
   an export: it is to be written first. */
static enum fl_status prepare(
    struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    char name[FL_ENDPOINT_NAME_BYTES];
    bool due = false;
    fl_poll_own_name(poll, peer, poll->settings.zip, name);
    char *path = fl_endpoint_own_path(poll->node, poll->peer, name);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    const struct fl_endpoint_format *format = poll->settings.format;
    bool greets = format->greets != NULL && format->greets(poll->node, peer);
    enum fl_status status = FL_OK;
    if (!greets) {
        status = fl_endpoint_export_is_due(
            poll->node, peer->code, FL_SHARE_MS, &poll->look, &due, out_error);
    }
    if (status == FL_OK && (due || poll->state.owes || (greets && !poll->has_ours))) {
        status = begin_writing(poll, peer, path, greets, out_error);
    } else if (status == FL_OK && !is_written(poll, peer, path)) {
        status = FL_NOT_FOUND;
    }
    fl_free(path);
    return status;
}

static void note_written(
    struct fl_endpoint_poll *poll,
    const struct fl_endpoint_export_report *report)
{
    struct fl_endpoint_state *state = &poll->state;
    state->out_number = report->message_number;
    state->out_ms = fl_node_now_ms();
    state->out_objects = report->objects + report->deletions;
    state->out_bytes = report->bytes;
    state->out_received = report->received_number;
    state->owes = false;
    poll->look = (struct fl_endpoint_look){.lsn = 0};
    fl_poll_keep_state(poll);
}

/* True: it is not at its end. */
static bool go_on_writing(
    struct fl_endpoint_poll *poll,
    enum fl_status *out_status,
    struct fl_error *out_error)
{
    struct fl_endpoint_export_report report;
    struct fl_output output;
    bool done = false;
    fl_poll_init_output(poll, &output);
    *out_status = fl_endpoint_export_step(
        poll->export, &output, FL_SHARE_MS, &done, &report, out_error);
    fl_output_deinit(&output);
    if (*out_status == FL_OK && !done) {
        return true;
    }
    fl_endpoint_export_end(poll->export);
    poll->export = NULL;
    if (*out_status == FL_OK) {
        note_written(poll, &report);
    } else if (!poll->has_notes) {
        memset(poll->state.notes, 0, sizeof poll->state.notes);
    }
    return false;
}

static bool publish(
    struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    enum fl_status status, /* of the writing */
    struct fl_error *error,
    uint64_t now_ms)
{
    if (status == FL_OK) {
        status = fl_poll_start_job(poll, peer, FL_JOB_PUBLISH, error);
    }
    if (status != FL_OK) {
        fl_poll_set_trouble(poll, "cannot_write", error);
        return fl_poll_end_round(poll, now_ms);
    }
    poll->phase = FL_POLL_PUBLISHING;
    return true;
}

bool fl_poll_send(struct fl_endpoint_poll *poll, uint64_t now_ms)
{
    struct fl_peer peer;
    struct fl_error error = {.text = ""};
    if (!fl_poll_read_peer(poll, &peer)) {
        return fl_poll_end_round(poll, now_ms);
    }
    enum fl_status status = prepare(poll, &peer, &error);
    if (status == FL_BUSY || poll->export != NULL) {
        poll->phase = FL_POLL_WRITING;
        return true;
    }
    return status == FL_NOT_FOUND ? fl_poll_end_round(poll, now_ms)
                                  : publish(poll, &peer, status, &error, now_ms);
}

bool fl_poll_step_writing(struct fl_endpoint_poll *poll, uint64_t now_ms)
{
    struct fl_peer peer;
    struct fl_error error = {.text = ""};
    enum fl_status status = FL_OK;
    if (poll->export == NULL) {
        return fl_poll_send(poll, now_ms);
    }
    if (go_on_writing(poll, &status, &error)) {
        return true;
    }
    /* What others did meanwhile ended it: from the beginning, at once. */
    poll->again = poll->again || status == FL_BUSY;
    return status == FL_BUSY || !fl_poll_read_peer(poll, &peer)
               ? fl_poll_end_round(poll, now_ms)
               : publish(poll, &peer, status, &error, now_ms);
}

bool fl_poll_end_publishing(struct fl_endpoint_poll *poll, uint64_t now_ms)
{
    char name[FL_ENDPOINT_NAME_BYTES];
    struct fl_peer peer;
    const struct fl_job_result *result = fl_job_result(poll->job);
    if (result->status != FL_OK) {
        fl_poll_set_trouble(poll, "cannot_publish", &result->error);
    } else if (fl_poll_read_peer(poll, &peer)) {
        fl_poll_own_name(poll, &peer, poll->settings.zip, name);
        char *path = fl_endpoint_own_path(poll->node, poll->peer, name);
        poll->state.out_published = poll->state.out_number;
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_ENDPOINT_SENT,
            "peer=%s number=%" PRIu64 " objects=%" PRIu64 " bytes=%" PRIu64, peer.code,
            poll->state.out_number, poll->state.out_objects, poll->state.out_bytes);
        if (path != NULL) {
            fl_poll_archive(poll, path, /* move= */ false, "out", name);
        }
        if (strcmp(poll->state.reason, "cannot_publish") == 0 ||
            strcmp(poll->state.reason, "cannot_write") == 0) {
            fl_poll_set_condition(poll, FL_ENDPOINT_OK, "", "");
        }
        fl_free(path);
    }
    fl_job_end(poll->job);
    poll->job = NULL;
    return fl_poll_end_round(poll, now_ms);
}
