/*
 * When rounds with the parent begin: by the schedule of node.conf, inside its window, or
 * when an operator asks. Between rounds the session's window is closed, so that a change
 * at the parent does not bring all its children at once.
 */

#include <inttypes.h>
#include <sys/resource.h>
#include <time.h>

#include "command/output.h"
#include "daemon_parts.h"
#include "language.h"
#include "log.h"
#include "window/line_window.h"
#include "window/schedule.h"

/*
 * A parent that was asked for and has not been reached in this time is not there. One
 * that is there may take longer to let us in, over a bad line.
 */
enum { REACH_MS = 10000, ENTER_MS = 60000, LOOK_AGAIN_MS = 1000 };

static uint32_t minute_of_day(void)
{
    time_t now = time(NULL);
    struct tm local;

    if (!localtime_r(&now, &local)) {
        return 0;
    }
    return (uint32_t)(local.tm_hour * 60 + local.tm_min);
}

static bool is_asked(const struct fl_line *line)
{
    return line->ticket > line->rounds;
}

static void start_round(struct fl_line *line, uint64_t now_ms)
{
    fl_log(
        FL_LOG_DEBUG, FL_LOG_EVENT_SYNC_STARTED, "peer=%s round=%" PRIu64,
        fl_link_peer(line->link)->code, line->rounds + 1);
    line->window_open = true;
    line->rounds_wanted = line->rounds + 1;
    fl_replicator_sync(line->link, now_ms);
}

static void close_window(struct fl_line *line, uint64_t now_ms)
{
    line->window_open = false;
    fl_replicator_window_closed(line->link, now_ms);
}

static uint64_t next_start_ms(
    const struct fl_daemon *daemon,
    struct fl_line *line,
    uint64_t unix_ms)
{
    uint64_t interval_ms = daemon->node->settings.sync_interval_ms;
    uint64_t next_ms = fl_schedule_next_ms(
        interval_ms, fl_schedule_offset_ms(daemon->node->identity->node, interval_ms),
        line->started_ms, unix_ms);

    if (line->started_ms > 0) {
        return next_ms;
    }
    /* The first one lies some time behind whenever it is asked for: once is enough. */
    if (line->first_ms == 0 || line->first_ms > next_ms) {
        line->first_ms = next_ms;
    }
    return line->first_ms;
}

/* In milliseconds from now, when this line is to be looked at again. */
static uint64_t serve_line(
    struct fl_daemon *daemon,
    struct fl_line *line,
    uint64_t now_ms)
{
    uint64_t unix_ms = (uint64_t)fl_node_now_ms();
    bool running = fl_link_state(line->link) == FL_SESSION_ROUND;
    const struct fl_windows_state *window =
        fl_line_window(line, daemon->node, (int64_t)unix_ms, now_ms);
    bool open = window->open && fl_schedule_window_open(
                                    daemon->node->settings.sync_window, minute_of_day());

    if (is_asked(line)) {
        if (fl_link_state(line->link) == FL_SESSION_IDLE) {
            start_round(line, now_ms);
        }
        return LOOK_AGAIN_MS;
    }
    /* A round that the schedule began stops when the day's window ends. */
    if (line->window_open &&
        (!open || (!running && line->rounds >= line->rounds_wanted))) {
        /* What still waits for its rate does not go; the next round begins there. */
        if (running) {
            fl_outbox_clear(&line->outbox);
            fl_bucket_set(&line->bucket, 0, now_ms);
        }
        close_window(line, now_ms);
    }
    if (!open) {
        return LOOK_AGAIN_MS;
    }
    uint64_t next_ms = next_start_ms(daemon, line, unix_ms);

    /* The first round of a window begins with it, wherever the interval is. */
    if (window->begin_ms > 0 && (int64_t)line->started_ms < window->begin_ms) {
        next_ms = unix_ms;
    }
    if (next_ms > unix_ms) {
        return next_ms - unix_ms < LOOK_AGAIN_MS ? next_ms - unix_ms : LOOK_AGAIN_MS;
    }
    line->started_ms = unix_ms;
    if (!running) {
        start_round(line, now_ms);
    }
    return LOOK_AGAIN_MS;
}

void fl_daemon_serve_rounds(struct fl_daemon *daemon, uint64_t now_ms)
{
    daemon->rounds_due_ms = UINT64_MAX;
    for (size_t i = 0; i < daemon->called_count; i++) {
        struct fl_line *line = daemon->called[i];

        fl_line_note_round(line, daemon->node);
        uint64_t due_ms = now_ms + serve_line(daemon, line, now_ms);

        daemon->rounds_due_ms =
            due_ms < daemon->rounds_due_ms ? due_ms : daemon->rounds_due_ms;
    }
}

/* -- what is asked of windows -- */

uint64_t fl_daemon_round_us(const struct fl_daemon *daemon)
{
    enum { ROUNDS_MIN = 10 }; /* before, the start of the process counts for too much */
    struct rusage usage;

    if (daemon->rounds_ended < ROUNDS_MIN || getrusage(RUSAGE_SELF, &usage) != 0) {
        return 0;
    }
    uint64_t us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                  (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);

    return us / daemon->rounds_ended;
}

int64_t fl_daemon_round_ms(const struct fl_daemon *daemon)
{
    int64_t round_ms = 0;

    for (size_t i = 0; i < daemon->line_count; i++) {
        const struct fl_line *line = daemon->lines[i];

        if (fl_line_is_up(line)) {
            round_ms =
                line->traffic.round_ms > round_ms ? line->traffic.round_ms : round_ms;
            round_ms = line->noted_round_ms > round_ms ? line->noted_round_ms : round_ms;
        }
    }
    return round_ms;
}

enum fl_status fl_daemon_sync_allowed(
    struct fl_daemon *daemon,
    struct fl_error *out_error)
{
    const struct fl_windows_state *closed = NULL;

    for (size_t i = 0; i < daemon->called_count; i++) {
        const struct fl_windows_state *window = fl_line_window(
            daemon->called[i], daemon->node, fl_node_now_ms(), fl_daemon_now_ms());

        if (window->open) {
            return FL_OK;
        }
        closed = window;
    }
    if (closed == NULL) {
        return FL_OK;
    }
    char opens[FL_OUTPUT_TIME_BYTES] = "?";

    if (closed->opens_ms > 0) {
        fl_output_time_text(closed->opens_ms, opens);
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "no window of this node is open; the next one begins at %s. `filial sync now "
        "--urgent` does not wait for it",
        opens);
}

/* -- sync now -- */

/* The next line to a node that we call, from `*index` on; NULL behind the last. */
static struct fl_line *next_called(const struct fl_daemon *daemon, size_t *index)
{
    return *index < daemon->called_count ? daemon->called[(*index)++] : NULL;
}

static void begin_round(struct fl_line *line)
{
    bool running = fl_link_state(line->link) == FL_SESSION_ROUND;

    line->ticket = line->rounds + (running ? 2 : 1);
    line->asked_ms = fl_daemon_now_ms();
    line->failure = FL_OK;
    if (line->own && !line->connected) {
        fl_transport_hurry(line->own);
    } else if (!line->own) {
        line->open_at_ms = 0;
    }
    start_round(line, line->asked_ms);
}

uint64_t fl_daemon_sync_begin(struct fl_daemon *daemon)
{
    struct fl_line *line;
    uint64_t count = 0;

    for (size_t i = 0; (line = next_called(daemon, &i)) != NULL;) {
        if (fl_link_peer(line->link)->state == FL_PEER_ACTIVE) {
            begin_round(line);
            count++;
        }
    }
    return count;
}

static enum fl_status result_of(struct fl_line *line, struct fl_error *out_error)
{
    const struct fl_peer *peer = fl_link_peer(line->link);

    if (line->failure != FL_OK) {
        return fl_error_set(
            out_error, line->failure, "%s at %s: %s", peer->code, peer->endpoint,
            _(line->failure_words));
    }
    if (!line->connected &&
        fl_daemon_now_ms() >= line->asked_ms + (line->reached ? ENTER_MS : REACH_MS)) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s does not answer at %s; it goes on by itself when it does", peer->code,
            peer->endpoint);
    }
    return FL_OK;
}

enum fl_status fl_daemon_sync_result(
    struct fl_daemon *daemon,
    uint64_t ticket,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_line *line;
    enum fl_status status = FL_OK;

    if (ticket == 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "every node that this one calls is suspended here");
    }
    *out_done = true;
    for (size_t i = 0; status == FL_OK && (line = next_called(daemon, &i)) != NULL;) {
        if (fl_link_peer(line->link)->state == FL_PEER_ACTIVE &&
            line->rounds < line->ticket) {
            *out_done = false;
            status = result_of(line, out_error);
        }
    }
    return status;
}
