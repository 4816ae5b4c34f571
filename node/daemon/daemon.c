#include "daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon_parts.h"
#include "file.h"
#include "key/rotation.h"
#include "log.h"
#include "service/notify.h"
#include "version/version_policy.h"

enum {
    POLL_MAX = FL_CONTROL_POLL_MAX + 5 + 2 * FL_DAEMON_CALLED_MAX,
    WAIT_MS_MAX = 60000,
    ENROLMENTS_PER_TURN = 4, /* of 64 requests each */
    LOOK_AGAIN_NS = 60000,   /* behind a local write */
};

static uint64_t nanoseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t fl_daemon_now_ms(void)
{
    return nanoseconds() / 1000000;
}

/* -- signals -- */

static void apply_log_settings(const struct fl_settings *settings)
{
    fl_log_set_level((enum fl_log_level)settings->log_level);
    fl_log_set_style((enum fl_log_style)settings->log_style);
}

/* What a running node may take over; one key that it may not refuses all. */
static enum fl_status take_settings(struct fl_daemon *daemon, struct fl_error *out_error)
{
    struct fl_node *node = daemon->node;
    struct fl_settings settings;
    char *path = fl_node_path(node->directory, "node.conf");
    enum fl_status status = path ? fl_settings_load(path, &settings, out_error)
                                 : fl_error_set(out_error, FL_NO_MEMORY, "no memory");

    fl_free(path);
    if (status != FL_OK) {
        return status;
    }
    const char *key = fl_settings_needs_restart(&node->settings, &settings);

    if (key) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s changes only when filiald starts anew; nothing was taken over", key);
    }
    node->settings = settings;
    apply_log_settings(&settings);
    fl_version_apply_settings(node);
    return FL_OK;
}

enum fl_status fl_daemon_reload_settings(
    struct fl_daemon *daemon,
    struct fl_error *out_error)
{
    struct fl_error error = {0};

    fl_notify("RELOADING=1");
    const enum fl_status status = take_settings(daemon, &error);

    fl_notify("READY=1");
    if (status != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SETTINGS_REFUSED, "error=%s",
            fl_log_value(error.text).text);
        return fl_error_set(out_error, status, "%s", error.text);
    }
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_SETTINGS_LOADED, "path=%s",
        fl_log_value(daemon->node->directory).text);
    return FL_OK;
}

static void take_signals(struct fl_daemon *daemon)
{
    struct signalfd_siginfo info;

    while (read(daemon->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            (void)fl_daemon_reload_settings(daemon, NULL);
        } else {
            daemon->stop = true;
        }
    }
}

/* -- the loop -- */

/* Commands and changes, by the socket and by HTTP. */
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

    if (status == FL_OK && daemon->http) {
        status = fl_http_serve(daemon->http, now_ms, &wrote, out_error);
    }
    if (status == FL_OK && daemon->node->revision != daemon->revision) {
        status = fl_daemon_reload_lines(daemon, out_error);
    }
    if (status == FL_OK && wrote) {
        daemon->busy_ms = now_ms;
        daemon->wrote = true;
        fl_replicator_changed(daemon->replicator, now_ms);
    }
    if (status == FL_OK && fl_control_tick(daemon->control, now_ms)) {
        daemon->busy_ms = now_ms;
        fl_replicator_changed(daemon->replicator, now_ms);
    }
    return status;
}

static enum fl_status serve_enrolment(
    struct fl_daemon *daemon,
    bool *out_busy,
    struct fl_error *out_error)
{
    bool joined = false;
    bool more = daemon->enrolment != NULL && daemon->node->home == FL_HOME_OURS;

    for (int i = 0; more && i < ENROLMENTS_PER_TURN; i++) {
        bool one = false;

        more = fl_enrolment_serve(daemon->enrolment, fl_node_now_ms(), &one);
        joined = joined || one;
    }
    *out_busy = *out_busy || more;
    return joined ? fl_daemon_reload_lines(daemon, out_error) : FL_OK;
}

/*
 * Messages that are whole wait for those that are on their way, not for long: what is
 * committed at once decides the speed.
 */
static enum fl_status serve_ready(
    struct fl_daemon *daemon,
    bool busy,
    uint64_t now_ms,
    struct fl_error *out_error)
{
    struct fl_replicator *replicator = daemon->replicator;

    if (!fl_replicator_has_ready(replicator)) {
        daemon->gathered_ms = 0;
        return FL_OK;
    }
    if (daemon->gathered_ms == 0) {
        daemon->gathered_ms = now_ms;
    }
    bool waited = now_ms >= daemon->gathered_ms + daemon->node->settings.commit_wait_ms;
    bool all = !busy && (waited || !fl_replicator_expects_more(replicator));
    enum fl_status status = fl_replicator_flush(replicator, all, now_ms, out_error);

    if (!fl_replicator_has_ready(replicator)) {
        daemon->gathered_ms = 0;
    }
    return status;
}

static size_t fill_poll(struct fl_daemon *daemon, struct pollfd *fds, size_t *out_control)
{
    size_t count = fl_control_poll(daemon->control, fds);

    *out_control = count;
    fds[count++] = (struct pollfd){.fd = daemon->signals, .events = POLLIN};
    if (daemon->http) {
        fds[count++] = (struct pollfd){.fd = fl_http_fd(daemon->http), .events = POLLIN};
    }
    if (daemon->listener) {
        fds[count++] =
            (struct pollfd){.fd = fl_transport_fd(daemon->listener), .events = POLLIN};
        fds[count++] = (struct pollfd){
            .fd = fl_transport_monitor_fd(daemon->listener), .events = POLLIN};
    }
    if (daemon->enrolment) {
        fds[count++] = (struct pollfd){
            .fd = fl_enrolment_server_fd(daemon->enrolment), .events = POLLIN};
    }
    for (size_t i = 0; i < daemon->called_count && count + 2 <= POLL_MAX; i++) {
        struct fl_transport *own = daemon->called[i]->own;

        if (own) {
            fds[count++] = (struct pollfd){.fd = fl_transport_fd(own), .events = POLLIN};
            fds[count++] =
                (struct pollfd){.fd = fl_transport_monitor_fd(own), .events = POLLIN};
        }
    }
    return count;
}

static int wait_ms(const struct fl_daemon *daemon, uint64_t now_ms)
{
    const uint64_t dues_ms[] = {
        now_ms + WAIT_MS_MAX,
        daemon->alive_due_ms,
        fl_control_hurries(daemon->control) ? now_ms : UINT64_MAX,
        fl_replicator_due_ms(daemon->replicator),
        fl_daemon_lines_due_ms(daemon, now_ms),
        fl_daemon_tidy_due_ms(daemon),
        daemon->rounds_due_ms,
        fl_endpoints_due_ms(daemon->endpoints, now_ms),
        fl_mirrors_due_ms(daemon->mirrors),
        daemon->http ? fl_http_due_ms(daemon->http, now_ms) : UINT64_MAX,
        daemon->gathered_ms > 0
            ? daemon->gathered_ms + daemon->node->settings.commit_wait_ms
            : UINT64_MAX,
    };
    uint64_t due_ms = UINT64_MAX;

    for (size_t i = 0; i < sizeof(dues_ms) / sizeof(dues_ms[0]); i++) {
        due_ms = dues_ms[i] < due_ms ? dues_ms[i] : due_ms;
    }
    return due_ms <= now_ms ? 0 : (int)(due_ms - now_ms);
}

static enum fl_status serve(
    struct fl_daemon *daemon,
    bool *out_busy,
    struct fl_error *out_error)
{
    uint64_t now_ms = fl_daemon_now_ms();
    bool busy = fl_daemon_serve_lines(daemon, now_ms);
    enum fl_status status = serve_ready(daemon, busy, now_ms, out_error);

    if (status == FL_OK) {
        status = serve_enrolment(daemon, &busy, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_daemon_serve_rounds(daemon, now_ms);
    if (fl_endpoints_serve(daemon->endpoints, now_ms)) {
        daemon->busy_ms = now_ms;
        fl_replicator_changed(daemon->replicator, now_ms);
    }
    fl_mirrors_serve(daemon->mirrors, now_ms);
    fl_daemon_serve_closing(daemon, now_ms);
    fl_replicator_tick(daemon->replicator, now_ms);
    if (busy) {
        daemon->busy_ms = now_ms;
    } else {
        fl_daemon_tidy(daemon, now_ms);
    }
    *out_busy = busy;
    return FL_OK;
}

/*
 * A local writer that was just answered sends its next change within microseconds: to
 * look again is cheaper for both than to sleep and be woken. Only behind a write, and
 * briefly.
 */
static int wait_for(struct fl_daemon *daemon, struct pollfd *fds, size_t count, int wait)
{
    const uint64_t until_ns = nanoseconds() + LOOK_AGAIN_NS;
    int ready = 0;

    while (daemon->wrote && ready == 0 && nanoseconds() < until_ns) {
        ready = poll(fds, count, 0);
    }
    daemon->wrote = false;
    return ready != 0 ? ready : poll(fds, count, wait);
}

/* To the watchdog, from the loop itself: a turn that hangs is what it is there for. */
static void tell_alive(struct fl_daemon *daemon, uint64_t now_ms)
{
    if (now_ms >= daemon->alive_due_ms) {
        daemon->alive_due_ms = now_ms + daemon->alive_every_ms;
        fl_notify("WATCHDOG=1");
    }
}

static enum fl_status turn(struct fl_daemon *daemon, struct fl_error *out_error)
{
    struct pollfd fds[POLL_MAX];
    size_t control_count = 0;
    bool busy = false;

    tell_alive(daemon, fl_daemon_now_ms());
    enum fl_status status = serve(daemon, &busy, out_error);

    if (status != FL_OK) {
        return status;
    }
    size_t count = fill_poll(daemon, fds, &control_count);
    int ready =
        wait_for(daemon, fds, count, busy ? 0 : wait_ms(daemon, fl_daemon_now_ms()));

    if (ready < 0 && errno != EINTR) {
        return fl_error_set(out_error, FL_IO, "poll: %s", strerror(errno));
    }
    if (ready <= 0) {
        memset(fds, 0, sizeof(fds)); /* after EINTR `revents` mean nothing */
    }
    if (fds[control_count].revents & POLLIN) {
        take_signals(daemon);
    }
    return serve_control(daemon, fds, control_count, fl_daemon_now_ms(), out_error);
}

/* -- opening -- */

static enum fl_status open_signals(struct fl_daemon *daemon, struct fl_error *out_error)
{
    sigset_t set;

    /* Before any thread exists, so that all of them leave signals to the loop. */
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    daemon->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return daemon->signals >= 0
               ? FL_OK
               : fl_error_set(out_error, FL_IO, "signalfd: %s", strerror(errno));
}

struct endpoints {
    char lines[2][FL_TRANSPORT_ENDPOINT_BYTES_MAX + 1]; /* of peers, of enrolment */
};

/* What an earlier run has bound; "" where nothing is known. */
static struct endpoints read_endpoints(const struct fl_daemon *daemon)
{
    struct endpoints endpoints = {{""}};
    char *path = fl_node_path(daemon->node->directory, "endpoint");
    struct fl_buffer text;
    size_t line = 0;
    size_t size = 0;

    fl_buffer_init(&text, sizeof(endpoints));
    if (path && fl_file_read(path, sizeof(endpoints), &text, NULL) == FL_OK) {
        for (size_t i = 0; i < text.size && line < 2; i++) {
            if (text.data[i] == '\n') {
                line++;
                size = 0;
            } else if (size < FL_TRANSPORT_ENDPOINT_BYTES_MAX) {
                endpoints.lines[line][size++] = (char)text.data[i];
                endpoints.lines[line][size] = '\0';
            }
        }
    }
    fl_buffer_deinit(&text);
    fl_free(path);
    return endpoints;
}

/* Any port was wanted, and this one on the same address was it before. */
static bool is_former(const char *wanted, const char *former)
{
    const char *port = strrchr(wanted, ':');

    return port && (strcmp(port, ":0") == 0 || strcmp(port, ":*") == 0) &&
           strncmp(wanted, former, (size_t)(port - wanted) + 1) == 0;
}

static enum fl_status listen_for_peers(
    struct fl_daemon *daemon,
    const char *former,
    struct fl_error *out_error)
{
    const struct fl_keys *keys = &daemon->node->keys;
    const char *wanted = daemon->node->settings.endpoint;
    enum fl_status status = FL_NOT_FOUND;

    if (is_former(wanted, former)) {
        status = fl_transport_listen(
            daemon->context, keys, former, FL_TRANSPORT_DOMAIN_PEERS, &daemon->listener,
            NULL);
    }
    if (status != FL_OK) {
        status = fl_transport_listen(
            daemon->context, keys, wanted, FL_TRANSPORT_DOMAIN_PEERS, &daemon->listener,
            out_error);
    }
    return status != FL_OK ? status
                           : fl_zap_self_test(
                                 daemon->context, fl_transport_endpoint(daemon->listener),
                                 keys->transport_public, out_error);
}

static enum fl_status listen_for_enrolment(
    struct fl_daemon *daemon,
    const char *former,
    struct fl_error *out_error)
{
    const char *wanted = daemon->node->settings.enrolment_endpoint;

    if (is_former(wanted, former) &&
        fl_enrolment_server_open(
            daemon->node, daemon->context, former, &daemon->enrolment, NULL) == FL_OK) {
        return FL_OK;
    }
    return fl_enrolment_server_open(
        daemon->node, daemon->context, wanted, &daemon->enrolment, out_error);
}

/* A free port that was taken once is asked for again: children were told of it. */
static enum fl_status open_listeners(struct fl_daemon *daemon, struct fl_error *out_error)
{
    const struct fl_settings *settings = &daemon->node->settings;
    struct endpoints former = read_endpoints(daemon);
    enum fl_status status = FL_OK;

    if (settings->endpoint[0]) {
        status = listen_for_peers(daemon, former.lines[0], out_error);
    }
    daemon->refused_told = fl_zap_refused(daemon->zap); /* our own test */
    if (status == FL_OK && settings->enrolment_endpoint[0]) {
        status = listen_for_enrolment(daemon, former.lines[1], out_error);
    }
    return status;
}

/* What was bound, for people, scripts and invitations; made whole by rename. */
static enum fl_status write_endpoints(
    struct fl_daemon *daemon,
    struct fl_error *out_error)
{
    char text[3 * FL_TRANSPORT_ENDPOINT_BYTES_MAX + 4];
    char *path = fl_node_path(daemon->node->directory, "endpoint");

    if (!path) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    (void)snprintf(
        text, sizeof(text), "%s\n%s\n%s\n",
        daemon->listener ? fl_transport_endpoint(daemon->listener) : "",
        daemon->enrolment ? fl_enrolment_server_endpoint(daemon->enrolment) : "",
        daemon->http ? fl_http_url(daemon->http) : "");
    enum fl_status status =
        fl_file_replace(path, 0644, fl_bytes_of_text(text), out_error);
    fl_free(path);
    return status;
}

static enum fl_status open_network(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = fl_transport_context_new(&daemon->context, out_error);

    if (status == FL_OK) {
        status = fl_zap_start(daemon->context, &daemon->zap, out_error);
    }
    if (status == FL_OK) {
        status = fl_daemon_open_lines(daemon, out_error);
    }
    return status == FL_OK ? open_listeners(daemon, out_error) : status;
}

static void close_network(struct fl_daemon *daemon)
{
    fl_daemon_close_lines(daemon, fl_daemon_now_ms());
    fl_transport_close(daemon->listener);
    fl_enrolment_server_close(daemon->enrolment);
    fl_zap_stop(daemon->zap);
    fl_transport_context_free(daemon->context);
    daemon->listener = NULL;
    daemon->enrolment = NULL;
    daemon->zap = NULL;
    daemon->context = NULL;
}

/* -- running -- */

/* Everything that was opened with the old keys is closed, and opened with the new ones.
 */
static enum fl_status switch_keys(struct fl_daemon *daemon, struct fl_error *out_error)
{
    struct fl_error error = {.text = ""};
    enum fl_status status =
        fl_replicator_flush(daemon->replicator, true, fl_daemon_now_ms(), out_error);

    if (status != FL_OK) {
        return status;
    }
    close_network(daemon);
    if (fl_key_rotation_switch(daemon->node, &error) != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_KEYS_SWITCHED, "error=%s",
            fl_log_value(error.text).text);
    }
    status = fl_node_reload(daemon->node, out_error);
    if (status == FL_OK) {
        status = open_network(daemon, out_error);
    }
    return status == FL_OK ? write_endpoints(daemon, out_error) : status;
}

enum fl_status fl_daemon_run(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;

    daemon->alive_every_ms = fl_notify_watchdog_ms();
    daemon->alive_due_ms = daemon->alive_every_ms == UINT64_MAX ? UINT64_MAX : 0;
    fl_notify_status(
        "READY=1", "%s: %zu peers%s%s", daemon->node->identity->code, daemon->line_count,
        daemon->listener ? ", listens at " : "",
        daemon->listener ? fl_transport_endpoint(daemon->listener) : "");
    while (status == FL_OK && !daemon->stop) {
        status = turn(daemon, out_error);
        if (status == FL_OK && daemon->node->rotation.switch_due) {
            status = switch_keys(daemon, out_error);
        }
    }
    fl_notify("STOPPING=1");
    if (status == FL_OK) {
        status =
            fl_replicator_flush(daemon->replicator, true, fl_daemon_now_ms(), out_error);
    }
    return status;
}

static enum fl_status open_all(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = open_signals(daemon, out_error);

    if (status == FL_OK) {
        status = open_network(daemon, out_error);
    }
    if (status == FL_OK) {
        status = fl_http_open(daemon->node, daemon, &daemon->http, out_error);
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
    daemon->endpoints = fl_endpoints_new(node);
    daemon->mirrors = fl_mirrors_new(node);
    apply_log_settings(&node->settings);
    enum fl_status status = daemon->endpoints && daemon->mirrors
                                ? open_all(daemon, out_error)
                                : fl_error_set(out_error, FL_NO_MEMORY, "no memory");

    if (status != FL_OK) {
        fl_daemon_close(daemon);
        return status;
    }
    node->daemon = daemon;
    fl_version_written_by(node, ""); /* from here on the daemon itself, unless said */
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_DAEMON_STARTED, "code=%s endpoint=%s http=%s",
        node->identity->code,
        daemon->listener ? fl_transport_endpoint(daemon->listener) : "none",
        daemon->http ? fl_http_url(daemon->http) : "none");
    if (node->home != FL_HOME_OURS) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_STORE_MOVED, "home=%s",
            fl_home_state_name(node->home));
    }
    *out_daemon = daemon;
    return FL_OK;
}

struct fl_endpoints *fl_daemon_endpoints(const struct fl_daemon *daemon)
{
    return daemon->endpoints;
}

struct fl_mirrors *fl_daemon_mirrors(const struct fl_daemon *daemon)
{
    return daemon->mirrors;
}

void fl_daemon_close(struct fl_daemon *daemon)
{
    if (!daemon) {
        return;
    }
    daemon->node->daemon = NULL;
    fl_mirrors_free(daemon->mirrors);
    fl_endpoints_free(daemon->endpoints);
    fl_http_close(daemon->http);
    fl_control_close(daemon->control);
    close_network(daemon);
    if (daemon->signals >= 0) {
        (void)close(daemon->signals);
    }
    fl_free(daemon);
}
