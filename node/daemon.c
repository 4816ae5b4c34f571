#include "daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "enrolment_server.h"
#include "file.h"
#include "line.h"
#include "log.h"
#include "schedule.h"
#include "storage/sweeper.h"
#include "zap.h"

enum {
    FRAMES_PER_TURN = 64,
    LINES_CONNECTING_MAX = 16, /* parents of one node; one for each plan */
    POLL_MAX = FL_CONTROL_POLL_MAX + 3 + 2 * LINES_CONNECTING_MAX,
    RETRY_MS = 5000, /* before a closed connection to the parent is made again */
    CUT_MS = 50,     /* the same after a drill */
    WAIT_MS_MAX = 1000,
    OUTBOX_WAIT_MS = 2, /* while a line would not take more */
    SWEEP_EVERY_MS = 10000,
    TEND_EVERY_MS = 60000,
};

struct fl_daemon {
    struct fl_node *node;
    struct fl_transport_context *context;
    struct fl_zap *zap;
    struct fl_transport *listener; /* NULL: this node has no children */
    struct fl_enrolment_server *enrolment;
    struct fl_control *control;
    struct fl_replicator *replicator;
    struct fl_line **lines;
    size_t line_count;
    int signals;
    bool stop;
    bool waits_for_line; /* an outbox could not be emptied */
    struct fl_sweep sweep;
    uint64_t sweep_at_ms;
    uint64_t tend_at_ms;
    uint8_t configuration_hash[FL_CONFIGURATION_HASH_BYTES];
};

static uint64_t monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t minute_of_day(void)
{
    time_t now = time(NULL);
    struct tm local;

    if (!localtime_r(&now, &local)) {
        return 0;
    }
    return (uint32_t)(local.tm_hour * 60 + local.tm_min);
}

/* -- what the replicator asks for -- */

static enum fl_status on_send(
    void *context,
    struct fl_link *link,
    struct fl_bytes head,
    struct fl_bytes body)
{
    struct fl_line *line = fl_link_owner(link);

    (void)context;
    return line ? fl_line_send(line, head, body) : FL_NOT_FOUND;
}

/* Not at once: the session that asks for it is in the middle of a step. */
static void on_close(void *context, struct fl_link *link)
{
    struct fl_line *line = fl_link_owner(link);

    (void)context;
    if (line) {
        line->close_wanted = true;
    }
}

static void on_round_done(void *context, struct fl_link *link)
{
    struct fl_line *line = fl_link_owner(link);

    (void)context;
    if (line) {
        line->rounds++;
    }
}

/* -- lines -- */

static struct fl_line *parent_line(struct fl_daemon *daemon)
{
    for (size_t i = 0; i < daemon->line_count; i++) {
        if (fl_line_is_up(daemon->lines[i])) {
            return daemon->lines[i];
        }
    }
    return NULL;
}

static enum fl_status add_line(struct fl_daemon *daemon, struct fl_link *link)
{
    struct fl_line **lines =
        fl_realloc(daemon->lines, (daemon->line_count + 1) * sizeof(*lines));
    struct fl_line *line = fl_alloc_zeroed(1, sizeof(*line));

    if (lines) {
        daemon->lines = lines;
    }
    if (!lines || !line) {
        fl_free(line);
        return FL_NO_MEMORY;
    }
    line->link = link;
    line->open_at_ms = fl_link_peer(link)->role == FL_PEER_PARENT ? 0 : UINT64_MAX;
    fl_link_set_owner(link, line);
    daemon->lines[daemon->line_count++] = line;
    return FL_OK;
}

static enum fl_status give_keys(struct fl_daemon *daemon)
{
    uint8_t(*keys)[FL_TRANSPORT_KEY_BYTES] =
        fl_alloc_zeroed(daemon->line_count + 1, FL_TRANSPORT_KEY_BYTES);
    size_t count = 0;

    if (!keys) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < daemon->line_count; i++) {
        const struct fl_peer *peer = fl_link_peer(daemon->lines[i]->link);

        if (peer->state == FL_PEER_ACTIVE) {
            memcpy(keys[count++], peer->transport_key, FL_TRANSPORT_KEY_BYTES);
        }
    }
    enum fl_status status = fl_zap_set_keys(
        daemon->zap, (const uint8_t(*)[FL_TRANSPORT_KEY_BYTES])keys, count);

    fl_free(keys);
    return status;
}

/* Peers may have come, changed or lost their rights. */
static enum fl_status reload_peers(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = fl_replicator_reload(daemon->replicator, out_error);
    struct fl_link *link;

    for (size_t i = 0;
         status == FL_OK && (link = fl_replicator_link(daemon->replicator, i)); i++) {
        if (!fl_link_owner(link)) {
            status = add_line(daemon, link);
        }
    }
    return status == FL_OK ? give_keys(daemon) : status;
}

static void free_lines(struct fl_daemon *daemon, uint64_t now_ms)
{
    for (size_t i = 0; i < daemon->line_count; i++) {
        fl_line_close(daemon->lines[i], now_ms, UINT64_MAX);
        fl_free(daemon->lines[i]);
    }
    fl_free(daemon->lines);
    daemon->lines = NULL;
    daemon->line_count = 0;
}

/* Sessions name the configuration that they began under: another one needs new ones. */
static enum fl_status open_replicator(
    struct fl_daemon *daemon,
    struct fl_error *out_error)
{
    struct fl_replicator_output output = {on_send, on_close, on_round_done, daemon};
    struct fl_node *node = daemon->node;

    free_lines(daemon, monotonic_ms());
    fl_replicator_free(daemon->replicator);
    daemon->replicator = NULL;
    memcpy(
        daemon->configuration_hash, node->configuration->hash,
        sizeof(daemon->configuration_hash));
    enum fl_status status =
        fl_replicator_new(node, &output, &daemon->replicator, out_error);

    return status == FL_OK ? reload_peers(daemon, out_error) : status;
}

/* -- sockets -- */

static void open_parent(struct fl_daemon *daemon, struct fl_line *line, uint64_t now_ms)
{
    const struct fl_peer *peer = fl_link_peer(line->link);
    struct fl_error error = {0};

    if (line->own || now_ms < line->open_at_ms || !fl_line_is_up(line) ||
        peer->state != FL_PEER_ACTIVE) {
        return;
    }
    line->open_at_ms = UINT64_MAX;
    if (fl_transport_connect(
            daemon->context, &daemon->node->keys, peer->endpoint, peer->transport_key,
            &line->own, &error) != FL_OK) {
        line->open_at_ms = now_ms + RETRY_MS;
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SYNC_FAILED, "peer=%s error=%s", peer->code,
            fl_log_value(error.text).text);
    }
}

static void take_events(struct fl_line *line, uint64_t now_ms)
{
    const char *code = fl_link_peer(line->link)->code;

    for (int turn = 0; line->own && turn < FRAMES_PER_TURN; turn++) {
        switch (fl_transport_next_event(line->own)) {
        case FL_TRANSPORT_NONE:
            return;
        case FL_TRANSPORT_CONNECTED:
            fl_log(FL_LOG_INFO, FL_LOG_EVENT_PEER_CONNECTED, "peer=%s", code);
            if (!line->connected) {
                line->connected = true;
                fl_replicator_connected(line->link, now_ms);
            }
            break;
        case FL_TRANSPORT_DISCONNECTED:
            if (line->connected) {
                fl_log(FL_LOG_INFO, FL_LOG_EVENT_PEER_DISCONNECTED, "peer=%s", code);
                line->connected = false;
                fl_outbox_clear(&line->outbox);
                fl_replicator_disconnected(line->link, now_ms);
            }
            break;
        case FL_TRANSPORT_HANDSHAKE_FAILED:
            fl_log(
                FL_LOG_WARN, FL_LOG_EVENT_PEER_REFUSED,
                "peer=%s reason=handshake text=\"the parent does not know our key\"",
                code);
            break;
        }
    }
}

static bool take_own_frames(struct fl_line *line, uint64_t now_ms)
{
    struct fl_transport_frame frame;
    int count = 0;

    while (line->own && !line->close_wanted && count < FRAMES_PER_TURN &&
           fl_transport_receive(line->own, &frame) == FL_OK) {
        count++;
        if (line->connected) {
            fl_replicator_frame(line->link, frame.bytes, now_ms);
        }
    }
    return count > 0;
}

/* The connection's key says who it is; where it answers from is where we answer to. */
static void take_child_frame(
    struct fl_daemon *daemon,
    const struct fl_transport_frame *frame,
    uint64_t now_ms)
{
    struct fl_link *link = fl_replicator_find(daemon->replicator, frame->key);
    struct fl_line *line = link ? fl_link_owner(link) : NULL;

    if (!line || fl_line_is_up(line)) {
        fl_log(FL_LOG_WARN, FL_LOG_EVENT_PEER_UNKNOWN, "bytes=%zu", frame->bytes.size);
        return;
    }
    bool moved = line->address.size != frame->from.size ||
                 memcmp(line->address.bytes, frame->from.bytes, frame->from.size) != 0;

    if (line->connected && moved) {
        fl_line_close(line, now_ms, UINT64_MAX);
    }
    line->listener = daemon->listener;
    line->address = frame->from;
    if (!line->connected) {
        line->connected = true;
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_PEER_CONNECTED, "peer=%s",
            fl_link_peer(link)->code);
        fl_replicator_connected(link, now_ms);
    }
    fl_replicator_frame(link, frame->bytes, now_ms);
}

static bool take_child_frames(struct fl_daemon *daemon, uint64_t now_ms)
{
    struct fl_transport_frame frame;
    int count = 0;

    while (daemon->listener && count < FRAMES_PER_TURN &&
           fl_transport_receive(daemon->listener, &frame) == FL_OK) {
        take_child_frame(daemon, &frame, now_ms);
        count++;
    }
    return count > 0;
}

static void close_wanted(struct fl_daemon *daemon, uint64_t now_ms)
{
    for (size_t i = 0; i < daemon->line_count; i++) {
        struct fl_line *line = daemon->lines[i];

        if (line->close_wanted) {
            bool refused = fl_link_state(line->link) == FL_SESSION_CLOSED;

            fl_line_close(line, now_ms, now_ms + (refused ? RETRY_MS : CUT_MS));
        }
    }
}

/* True: there was something, and more may be there. */
static bool serve_sockets(struct fl_daemon *daemon, uint64_t now_ms)
{
    bool busy = take_child_frames(daemon, now_ms);

    daemon->waits_for_line = false;
    for (size_t i = 0; i < daemon->line_count; i++) {
        struct fl_line *line = daemon->lines[i];

        open_parent(daemon, line, now_ms);
        if (line->own) {
            (void)fl_transport_tick(line->own, now_ms);
            take_events(line, now_ms);
            busy = take_own_frames(line, now_ms) || busy;
        }
        daemon->waits_for_line = fl_line_flush(line) || daemon->waits_for_line;
    }
    close_wanted(daemon, now_ms);
    return busy;
}

/* -- windows -- */

static void start_round(struct fl_line *line, uint64_t now_ms)
{
    fl_log(
        FL_LOG_DEBUG, FL_LOG_EVENT_SYNC_STARTED, "peer=%s round=%" PRIu64,
        fl_link_peer(line->link)->code, line->rounds + 1);
    fl_replicator_sync(line->link, now_ms);
}

/* An operator's request opens the window of this line until it is served. */
static void serve_window(struct fl_daemon *daemon, struct fl_line *line, uint64_t now_ms)
{
    const struct fl_settings *settings = &daemon->node->settings;
    bool open = fl_schedule_window_open(settings->sync_window, minute_of_day());
    bool asked = line->ticket > line->rounds;
    uint64_t unix_ms = (uint64_t)fl_node_now_ms();

    if (asked && fl_link_state(line->link) == FL_SESSION_IDLE) {
        start_round(line, now_ms);
    }
    if (!open && !asked) {
        if (line->window_open) {
            line->window_open = false;
            fl_replicator_window_closed(line->link, now_ms);
        }
        return;
    }
    line->window_open = true;
    if (open && fl_line_is_up(line) &&
        fl_schedule_next_ms(
            settings->sync_interval_ms,
            fl_schedule_offset_ms(
                daemon->node->identity->node, settings->sync_interval_ms),
            line->started_ms, unix_ms) <= unix_ms) {
        line->started_ms = unix_ms;
        start_round(line, now_ms);
    }
}

uint64_t fl_daemon_sync_begin(struct fl_daemon *daemon)
{
    struct fl_line *line = parent_line(daemon);

    if (!line) {
        return 0;
    }
    bool running = fl_link_state(line->link) == FL_SESSION_ROUND;

    line->ticket = line->rounds + (running ? 2 : 1);
    line->window_open = true;
    if (line->own && !line->connected) {
        fl_transport_hurry(line->own);
    } else if (!line->own) {
        line->open_at_ms = 0;
    }
    start_round(line, monotonic_ms());
    return line->ticket;
}

enum fl_status fl_daemon_sync_result(
    struct fl_daemon *daemon,
    uint64_t ticket,
    bool *out_done,
    struct fl_error *out_error)
{
    struct fl_line *line = parent_line(daemon);

    if (!line || ticket == 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "this node has no parent to synchronise with");
    }
    *out_done = line->rounds >= ticket;
    return FL_OK;
}

/* -- the loop -- */

static void tidy(struct fl_daemon *daemon, uint64_t now_ms)
{
    struct fl_error error = {0};

    if (now_ms >= daemon->tend_at_ms) {
        daemon->tend_at_ms = now_ms + TEND_EVERY_MS;
        (void)fl_store_tend(daemon->node->store);
    }
    if (now_ms < daemon->sweep_at_ms) {
        return;
    }
    uint64_t before = daemon->sweep.removed;

    if (fl_sweep(
            daemon->node->store, fl_replicator_horizon(daemon->replicator),
            &daemon->sweep, &error) != FL_OK ||
        daemon->sweep.done) {
        if (daemon->sweep.removed > 0) {
            fl_log(
                FL_LOG_DEBUG, FL_LOG_EVENT_STORE_SWEPT, "entries=%" PRIu64,
                daemon->sweep.removed);
        }
        daemon->sweep = (struct fl_sweep){0};
        daemon->sweep_at_ms = now_ms + SWEEP_EVERY_MS;
    } else if (daemon->sweep.removed == before) {
        /* Nothing to remove in what was looked at: the rest can wait a little. */
        daemon->sweep_at_ms = now_ms + 100;
    }
}

static enum fl_status serve_control(
    struct fl_daemon *daemon,
    const struct pollfd *fds,
    size_t count,
    uint64_t now_ms,
    struct fl_error *out_error)
{
    bool wrote = false;
    enum fl_status status =
        fl_control_serve(daemon->control, fds, count, &wrote, out_error);

    if (status != FL_OK) {
        return status;
    }
    fl_control_tick(daemon->control, now_ms);
    if (memcmp(
            daemon->configuration_hash, daemon->node->configuration->hash,
            sizeof(daemon->configuration_hash)) != 0) {
        return open_replicator(daemon, out_error);
    }
    return wrote ? reload_peers(daemon, out_error) : FL_OK;
}

static enum fl_status serve_enrolment(
    struct fl_daemon *daemon,
    struct fl_error *out_error)
{
    bool joined = false;
    bool more = daemon->enrolment != NULL;

    while (more) {
        more = fl_enrolment_serve(daemon->enrolment, fl_node_now_ms(), &joined);
    }
    return joined ? reload_peers(daemon, out_error) : FL_OK;
}

static void take_signal(struct fl_daemon *daemon)
{
    struct signalfd_siginfo info;

    if (read(daemon->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        daemon->stop = true;
    }
}

static size_t fill_poll(struct fl_daemon *daemon, struct pollfd *fds, size_t *out_control)
{
    size_t count = fl_control_poll(daemon->control, fds);

    *out_control = count;
    fds[count++] = (struct pollfd){.fd = daemon->signals, .events = POLLIN};
    if (daemon->listener) {
        fds[count++] =
            (struct pollfd){.fd = fl_transport_fd(daemon->listener), .events = POLLIN};
    }
    if (daemon->enrolment) {
        fds[count++] = (struct pollfd){
            .fd = fl_enrolment_server_fd(daemon->enrolment), .events = POLLIN};
    }
    for (size_t i = 0; i < daemon->line_count && count + 2 <= POLL_MAX; i++) {
        struct fl_transport *own = daemon->lines[i]->own;

        if (own) {
            fds[count++] = (struct pollfd){.fd = fl_transport_fd(own), .events = POLLIN};
            fds[count++] =
                (struct pollfd){.fd = fl_transport_monitor_fd(own), .events = POLLIN};
        }
    }
    return count;
}

static int wait_ms(struct fl_daemon *daemon, bool busy, uint64_t now_ms)
{
    uint64_t due_ms = fl_replicator_due_ms(daemon->replicator);
    uint64_t wait = WAIT_MS_MAX;

    if (busy) {
        return 0;
    }
    for (size_t i = 0; i < daemon->line_count; i++) {
        struct fl_line *line = daemon->lines[i];
        uint64_t line_ms = line->own ? fl_transport_due_ms(line->own) : line->open_at_ms;

        due_ms = line_ms < due_ms ? line_ms : due_ms;
    }
    due_ms = daemon->sweep_at_ms < due_ms ? daemon->sweep_at_ms : due_ms;
    if (due_ms <= now_ms) {
        return 0;
    }
    wait = due_ms - now_ms < wait ? due_ms - now_ms : wait;
    if (daemon->waits_for_line && wait > OUTBOX_WAIT_MS) {
        wait = OUTBOX_WAIT_MS;
    }
    return (int)wait;
}

static enum fl_status turn(struct fl_daemon *daemon, struct fl_error *out_error)
{
    struct pollfd fds[POLL_MAX];
    size_t control_count = 0;
    uint64_t now_ms = monotonic_ms();
    bool busy = serve_sockets(daemon, now_ms);
    enum fl_status status =
        fl_replicator_flush(daemon->replicator, !busy, now_ms, out_error);

    if (status == FL_OK) {
        status = serve_enrolment(daemon, out_error);
    }
    for (size_t i = 0; i < daemon->line_count && status == FL_OK; i++) {
        serve_window(daemon, daemon->lines[i], now_ms);
    }
    fl_replicator_tick(daemon->replicator, now_ms);
    if (!busy) {
        tidy(daemon, now_ms);
        /* Sending moves the edge of a descriptor: look once more before waiting. */
        busy = serve_sockets(daemon, now_ms);
    }
    size_t count = fill_poll(daemon, fds, &control_count);
    int ready = poll(fds, count, wait_ms(daemon, busy, now_ms));

    if (ready < 0 && errno != EINTR) {
        return fl_error_set(out_error, FL_IO, "poll: %s", strerror(errno));
    }
    if (status != FL_OK) {
        return status;
    }
    if (ready > 0 && (fds[control_count].revents & POLLIN)) {
        take_signal(daemon);
    }
    return serve_control(daemon, fds, control_count, monotonic_ms(), out_error);
}

enum fl_status fl_daemon_run(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;

    while (status == FL_OK && !daemon->stop) {
        status = turn(daemon, out_error);
    }
    if (status == FL_OK) {
        status = fl_replicator_flush(daemon->replicator, true, monotonic_ms(), out_error);
    }
    return status;
}

/* -- opening -- */

static enum fl_status open_signals(struct fl_daemon *daemon, struct fl_error *out_error)
{
    sigset_t set;

    /* Before any thread exists, so that all of them leave signals to the loop. */
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    daemon->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return daemon->signals >= 0
               ? FL_OK
               : fl_error_set(out_error, FL_IO, "signalfd: %s", strerror(errno));
}

static enum fl_status open_listeners(struct fl_daemon *daemon, struct fl_error *out_error)
{
    const struct fl_settings *settings = &daemon->node->settings;
    enum fl_status status = FL_OK;

    if (settings->endpoint[0]) {
        status = fl_transport_listen(
            daemon->context, &daemon->node->keys, settings->endpoint,
            FL_TRANSPORT_DOMAIN_PEERS, &daemon->listener, out_error);
        if (status == FL_OK) {
            status = fl_zap_self_test(
                daemon->context, fl_transport_endpoint(daemon->listener),
                daemon->node->keys.transport_public, out_error);
        }
    }
    if (status == FL_OK && settings->enrolment_endpoint[0]) {
        status = fl_enrolment_server_open(
            daemon->node, daemon->context, settings->enrolment_endpoint,
            &daemon->enrolment, out_error);
    }
    return status;
}

/* What was bound, for people, scripts and invitations; made whole by rename. */
static enum fl_status write_endpoints(
    struct fl_daemon *daemon,
    struct fl_error *out_error)
{
    char text[2 * FL_TRANSPORT_ENDPOINT_BYTES_MAX + 4];
    char *path = fl_node_path(daemon->node->directory, "endpoint");

    if (!path) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    (void)snprintf(
        text, sizeof(text), "%s\n%s\n",
        daemon->listener ? fl_transport_endpoint(daemon->listener) : "",
        daemon->enrolment ? fl_enrolment_server_endpoint(daemon->enrolment) : "");
    struct fl_file file = {.descriptor = -1};
    enum fl_status status = fl_file_begin(&file, path, 0644, out_error);

    if (status == FL_OK) {
        status = fl_file_write(&file, fl_bytes_of_text(text), out_error);
    }
    if (status == FL_OK) {
        status = fl_file_sync(&file, out_error);
    }
    if (status == FL_OK) {
        status = fl_file_publish(&file, out_error);
    }
    fl_file_abandon(&file);
    fl_free(path);
    return status;
}

static enum fl_status open_all(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = open_signals(daemon, out_error);

    if (status == FL_OK) {
        status = fl_transport_context_new(&daemon->context, out_error);
    }
    if (status == FL_OK) {
        status = fl_zap_start(daemon->context, &daemon->zap, out_error);
    }
    if (status == FL_OK) {
        status = open_replicator(daemon, out_error);
    }
    if (status == FL_OK) {
        status = open_listeners(daemon, out_error);
    }
    if (status == FL_OK) {
        status = write_endpoints(daemon, out_error);
    }
    return status == FL_OK ? fl_control_open(daemon->node, &daemon->control, out_error)
                           : status;
}

enum fl_status fl_daemon_open(
    struct fl_node *node,
    struct fl_daemon **out_daemon,
    struct fl_error *out_error)
{
    struct fl_daemon *daemon = fl_alloc_zeroed(1, sizeof(*daemon));

    if (!daemon) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    daemon->node = node;
    daemon->signals = -1;
    fl_log_set_level((enum fl_log_level)node->settings.log_level);
    enum fl_status status = open_all(daemon, out_error);

    if (status != FL_OK) {
        fl_daemon_close(daemon);
        return status;
    }
    node->daemon = daemon;
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_DAEMON_STARTED, "code=%s endpoint=%s",
        node->identity->code,
        daemon->listener ? fl_transport_endpoint(daemon->listener) : "none");
    *out_daemon = daemon;
    return FL_OK;
}

void fl_daemon_close(struct fl_daemon *daemon)
{
    if (!daemon) {
        return;
    }
    daemon->node->daemon = NULL;
    fl_control_close(daemon->control);
    free_lines(daemon, monotonic_ms());
    fl_replicator_free(daemon->replicator);
    fl_transport_close(daemon->listener);
    fl_enrolment_server_close(daemon->enrolment);
    fl_zap_stop(daemon->zap);
    fl_transport_context_free(daemon->context);
    if (daemon->signals >= 0) {
        (void)close(daemon->signals);
    }
    fl_free(daemon);
}
