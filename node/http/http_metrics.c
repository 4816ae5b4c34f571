#include "http_metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "daemon/daemon_parts.h"
#include "http_api.h"
#include "log_recent.h"
#include "metrics_endpoints.h"
#include "metrics_peers.h"
#include "metrics_text.h"
#include "peer/peer_list.h"
#include "print.h"
#include "storage/collisions.h"
#include "storage/invitations.h"
#include "storage/quarantine.h"
#include "window/schedule.h"
#include "window/window_load.h"

enum {
    CODES = 4, /* 2xx, 3xx, 4xx, 5xx */
    COLLISIONS_PER_LOOK = 5000,
    TEXT_BYTES_MAX = 32 << 20,
    PROBLEM_COUNT = 5,
    RESTORED_DAYS = 7, /* a restore is a problem to be looked at for so long */
};

struct fl_http_metrics {
    struct fl_http_peers_cache *peers;
    int64_t started_ms;
    uint64_t requests[FL_HTTP_AREA_COUNT][CODES];
    uint64_t took_us[FL_HTTP_AREA_COUNT];
    uint64_t collision_id; /* how far the look at collisions has come */
    uint64_t collision_open;
    uint64_t collisions_open; /* by the last whole look */
    uint64_t collisions_begin;
    bool collisions_known;
    uint64_t overload_ms; /* when windows were looked at last; 0: not yet */
    uint64_t overloads;
};

enum fl_status fl_http_metrics_new(
    struct fl_http_metrics **out_metrics,
    struct fl_error *out_error)
{
    struct fl_http_metrics *metrics = fl_alloc_zeroed(1, sizeof *metrics);
    if (metrics == NULL || fl_http_peers_new(&metrics->peers) != FL_OK) {
        fl_http_metrics_free(metrics);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    metrics->started_ms = fl_node_now_ms();
    *out_metrics = metrics;
    return FL_OK;
}

void fl_http_metrics_free(struct fl_http_metrics *metrics)
{
    if (metrics != NULL) {
        fl_http_peers_free(metrics->peers);
        fl_free(metrics);
    }
}

void fl_http_metrics_count(
    struct fl_http *http,
    enum fl_http_area area,
    unsigned code,
    uint64_t took_us)
{
    unsigned group = code / 100 < 2 ? 0 : code / 100 - 2;
    http->metrics->requests[area][group < CODES ? group : CODES - 1]++;
    http->metrics->took_us[area] += took_us;
}

struct fl_http_peers_cache *fl_http_metrics_peers(struct fl_http_metrics *metrics)
{
    return metrics->peers;
}

uint64_t fl_http_metrics_collisions_open(struct fl_http *http)
{
    struct fl_http_metrics *metrics = http->metrics;
    struct fl_collision_record collision;
    struct fl_txn txn;
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    for (size_t i = 0; i < COLLISIONS_PER_LOOK; i++) {
        if (fl_collisions_next(&txn, metrics->collision_id, &collision) != FL_OK) {
            metrics->collisions_open = metrics->collision_open;
            metrics->collision_id = 0;
            metrics->collision_open = 0;
            break;
        }
        metrics->collision_id = collision.id;
        metrics->collision_open += collision.open;
    }
    fl_txn_abort(&txn);
    return metrics->collision_open > metrics->collisions_open ? metrics->collision_open
                                                              : metrics->collisions_open;
}

void fl_http_metrics_tick(struct fl_http *http)
{
    fl_http_peers_tick(http, http->metrics->peers);
}

/* --- the node --- */

static void show_problems(struct fl_http *http, struct fl_buffer *text)
{
    static const char *const names[PROBLEM_COUNT] = {
        "clone", "away", "disk_full", "ballast_spent", "store_dead"};
    const char *found[8];
    size_t count = fl_http_problems(http, found, 8);
    fl_metrics_gauge(text, "filial_up", "filiald answers.", 1);
    fl_metrics_gauge(text, "filial_ready", "1: it serves and synchronises.", count == 0);
    fl_metrics_head(
        text, "filial_node_problem", "gauge",
        "1: the node holds itself back for this reason.");
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        bool is_found = false;
        for (size_t k = 0; k < count; k++) {
            is_found = is_found || strcmp(found[k], names[i]) == 0;
        }
        fl_print(text, "filial_node_problem{problem=\"%s\"} %d\n", names[i], is_found);
    }
    const struct fl_restored_record *restored = &http->node->restored;
    const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    fl_print(
        text, "filial_node_problem{problem=\"restored\"} %d\n",
        !fl_uuid_is_zero(restored->incarnation) &&
            fl_node_now_ms() - restored->time_ms < RESTORED_DAYS * day_ms);
}

static void show_node(struct fl_http *http, struct fl_buffer *text)
{
    const struct fl_node *node = http->node;
    fl_metrics_head(text, "filial_build_info", "gauge", "What runs here.");
    fl_print(
        text,
        "filial_build_info{version=\"%s\",code=\"%s\",incarnation=\"%s\","
        "store_format=\"%d\"} 1\n",
        FL_VERSION, fl_metrics_label(node->identity->code).text,
        fl_uuid_text(node->identity->incarnation).text, FL_STORE_FORMAT);
    fl_metrics_head(
        text, "filial_start_time_seconds", "gauge", "Unix time of the start of filiald.");
    fl_print(
        text, "filial_start_time_seconds %.3f\n",
        (double)http->metrics->started_ms / 1000.0);
    show_problems(http, text);
}

static void show_store(struct fl_http *http, struct fl_buffer *text)
{
    struct fl_store_usage usage;
    struct statvfs disk;
    struct fl_txn txn;
    char *path = fl_node_path(http->node->directory, "store");
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    uint64_t collisions = fl_collisions_count(&txn);
    uint64_t quarantined = fl_quarantine_count(&txn);
    uint64_t position = fl_journal_head(&txn);
    fl_txn_abort(&txn);
    if (!http->metrics->collisions_known) {
        http->metrics->collisions_known = true;
        http->metrics->collisions_begin = collisions;
    }
    fl_metrics_gauge(
        text, "filial_collisions_open", "Collisions that wait for a person.",
        fl_http_metrics_collisions_open(http));
    fl_metrics_gauge(text, "filial_collisions", "Collisions on record.", collisions);
    fl_metrics_counter(
        text, "filial_collisions_total", "Collisions since the first look.",
        collisions - http->metrics->collisions_begin);
    fl_metrics_gauge(
        text, "filial_quarantine_objects", "Objects in quarantine.", quarantined);
    fl_metrics_gauge(
        text, "filial_quarantine_max", "Above it nothing more is taken from peers.",
        http->node->settings.quarantine_max);
    fl_metrics_gauge(
        text, "filial_journal_position", "The last change, its lsn.", position);
    if (fl_store_usage(http->node->store, &usage, NULL) == FL_OK) {
        fl_metrics_gauge(
            text, "filial_objects", "Objects, deletions that are kept among them.",
            usage.objects);
        fl_metrics_gauge(
            text, "filial_journal_entries", "Entries of the journal.",
            usage.journal_entries);
        fl_metrics_gauge(
            text, "filial_store_size_bytes", "In use of the store.", usage.used_bytes);
        fl_metrics_gauge(
            text, "filial_store_file_bytes", "The store's file.", usage.file_bytes);
        fl_metrics_gauge(
            text, "filial_store_map_bytes", "The largest size of the store.",
            usage.map_bytes);
        fl_metrics_gauge(
            text, "filial_store_ballast_bytes", "Kept to be given up on a full disk.",
            usage.ballast_bytes);
    }
    if (path != NULL && statvfs(path, &disk) == 0) {
        fl_metrics_gauge(
            text, "filial_disk_free_bytes", "Free to filiald on the store's disk.",
            (uint64_t)disk.f_bavail * disk.f_frsize);
        fl_metrics_gauge(
            text, "filial_disk_size_bytes", "The size of that disk.",
            (uint64_t)disk.f_blocks * disk.f_frsize);
    }
    fl_free(path);
}

static void show_keys(struct fl_http *http, struct fl_buffer *text)
{
    static const char *const names[] = {"signing", "transport"};
    time_t now = time(NULL);
    fl_metrics_head(
        text, "filial_key_age_seconds", "gauge", "Age of the node's own keys.");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[32];
        struct stat facts;
        snprintf(name, sizeof name, "keys/%s.key", names[i]);
        char *path = fl_node_path(http->node->directory, name);
        if (path != NULL && stat(path, &facts) == 0) {
            fl_print(
                text, "filial_key_age_seconds{key=\"%s\"} %lld\n", names[i],
                (long long)(now - facts.st_mtim.tv_sec));
        }
        fl_free(path);
    }
    if (http->is_secure) {
        fl_print(
            text, "filial_key_age_seconds{key=\"tls\"} %lld\n",
            (long long)now - (long long)http->certificate_begin_s);
        fl_metrics_head(
            text, "filial_key_expires_seconds", "gauge",
            "Unix time when the certificate of HTTP ends.");
        fl_print(
            text, "filial_key_expires_seconds{key=\"tls\"} %" PRId64 "\n",
            http->certificate_end_s);
    }
}

static void show_invitations(struct fl_http *http, struct fl_buffer *text)
{
    struct fl_invitation invitation;
    uint8_t hash[FL_INVITATION_HASH_BYTES];
    const uint8_t *last = NULL;
    struct fl_txn txn;
    uint64_t open = 0;
    int64_t now_ms = fl_node_now_ms();
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    while (fl_invitations_next(&txn, last, &invitation) == FL_OK) {
        open += !invitation.used && invitation.expires_ms > now_ms;
        memcpy(hash, invitation.hash, sizeof hash);
        last = hash;
    }
    fl_txn_abort(&txn);
    fl_metrics_gauge(
        text, "filial_invitations_open", "Invitations that can still be used.", open);
}

/* --- windows --- */

static void show_window(struct fl_http *http, struct fl_buffer *text)
{
    struct tm local;
    time_t now = time(NULL);
    if (localtime_r(&now, &local) == NULL) {
        return;
    }
    uint32_t minute = (uint32_t)(local.tm_hour * 60 + local.tm_min);
    struct fl_settings_window window = http->node->settings.sync_window;
    fl_metrics_gauge(
        text, "filial_sync_window_open", "1: sync_window lets a round begin now.",
        fl_schedule_window_open(window, minute));
    fl_metrics_gauge(
        text, "filial_sync_window_next_seconds",
        "Unix time when sync_window opens; now, when it is open.",
        (uint64_t)now + 60 * (uint64_t)fl_schedule_window_wait(window, minute));
}

/* Of the coming day, looked at once a minute: it asks of every child. */
static void show_overload(struct fl_http *http, struct fl_buffer *text)
{
    enum { KEPT_MS = 60000 };
    struct fl_http_metrics *metrics = http->metrics;
    if (http->node->windows.calendar.window_count == 0) {
        return;
    }
    if (metrics->overload_ms == 0 || http->now_ms >= metrics->overload_ms + KEPT_MS) {
        metrics->overload_ms = http->now_ms;
        metrics->overloads = fl_window_overloads(http->node, /* days= */ 1);
    }
    fl_metrics_gauge(
        text, "filial_window_overload",
        "Windows of the coming day with more nodes than this one can serve.",
        metrics->overloads);
}

/* --- the process --- */

static void show_requests(struct fl_http *http, struct fl_buffer *text)
{
    static const char *const areas[FL_HTTP_AREA_COUNT] = {"static", "metrics", "health",
                                                          "api",    "odata",   "events"};
    const struct fl_http_metrics *metrics = http->metrics;
    fl_metrics_head(
        text, "filial_http_requests_total", "counter", "Requests that were answered.");
    for (size_t a = 0; a < FL_HTTP_AREA_COUNT; a++) {
        for (size_t c = 0; c < CODES; c++) {
            fl_print(
                text,
                "filial_http_requests_total{area=\"%s\",code=\"%zuxx\"} %" PRIu64 "\n",
                areas[a], c + 2, metrics->requests[a][c]);
        }
    }
    fl_metrics_head(
        text, "filial_http_request_seconds", "summary",
        "From the first line of a request to its answer.");
    for (size_t a = 0; a < FL_HTTP_AREA_COUNT; a++) {
        uint64_t count = 0;
        for (size_t c = 0; c < CODES; c++) {
            count += metrics->requests[a][c];
        }
        fl_print(
            text, "filial_http_request_seconds_sum{area=\"%s\"} %.6f\n", areas[a],
            (double)metrics->took_us[a] / 1e6);
        fl_print(
            text, "filial_http_request_seconds_count{area=\"%s\"} %" PRIu64 "\n",
            areas[a], count);
    }
    uint64_t open = 0;
    for (const struct fl_http_request *each = http->requests; each; each = each->next) {
        open++;
    }
    fl_metrics_gauge(
        text, "filial_http_open_requests", "Requests that are not answered yet.", open);
    fl_metrics_gauge(
        text, "filial_http_waiting", "Of them, those that wait for news.",
        http->waiting_count);
}

static void show_handshakes(struct fl_http *http, struct fl_buffer *text)
{
    struct fl_zap *zap = http->daemon->zap;
    fl_metrics_head(
        text, "filial_handshakes_total", "counter",
        "Keys that were let in, and unknown ones that were refused.");
    fl_print(
        text, "filial_handshakes_total{result=\"accepted\"} %" PRIu64 "\n",
        fl_zap_accepted(zap));
    fl_print(
        text, "filial_handshakes_total{result=\"refused\"} %" PRIu64 "\n",
        fl_zap_refused(zap));
}

static void show_descriptors(struct fl_buffer *text)
{
    enum { OWN_ENTRIES = 3 }; /* "." and "..", and the directory that is read */
    DIR *directory = opendir("/proc/self/fd");
    struct rlimit limit;
    uint64_t entries = 0;
    if (directory != NULL) {
        while (readdir(directory) != NULL) {
            entries++;
        }
        (void)closedir(directory);
        fl_metrics_gauge(
            text, "process_open_fds", "Descriptors that are open.",
            entries > OWN_ENTRIES ? entries - OWN_ENTRIES : 0);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        fl_metrics_gauge(
            text, "process_max_fds", "Descriptors that may be open.", limit.rlim_cur);
    }
}

static void show_process(struct fl_http *http, struct fl_buffer *text)
{
    unsigned long pages = 0;
    unsigned long resident = 0;
    struct rusage usage;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        if (fscanf(file, "%lu %lu", &pages, &resident) == 2) {
            uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
            fl_metrics_gauge(
                text, "process_resident_memory_bytes", "Memory that is in use.",
                resident * size);
            fl_metrics_gauge(
                text, "process_virtual_memory_bytes", "Address space, the map too.",
                pages * size);
        }
        (void)fclose(file);
    }
    show_descriptors(text);
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        fl_metrics_head(
            text, "process_cpu_seconds_total", "counter", "Time of the processors.");
        fl_print(
            text, "process_cpu_seconds_total %.3f\n",
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    }
    fl_metrics_head(
        text, "process_start_time_seconds", "gauge", "Unix time of the start.");
    fl_print(
        text, "process_start_time_seconds %.3f\n",
        (double)http->metrics->started_ms / 1000.0);
    show_handshakes(http, text);
    fl_metrics_counter(
        text, "filial_rounds_postponed_total",
        "Children that were told to come later, since rounds_max of them ran.",
        fl_replicator_postponed(http->daemon->replicator));
    fl_metrics_gauge(
        text, "filial_rounds_max", "Rounds of children that may run at once.",
        http->node->settings.rounds_max);
    if (http->daemon->listener != NULL) {
        fl_metrics_counter(
            text, "filial_frames_dropped_total", "Frames that no node of ours sends.",
            fl_transport_dropped(http->daemon->listener));
    }
    fl_metrics_counter(
        text, "filial_log_events_total", "Events at info and above.",
        fl_log_recent_last());
}

struct mirror_value {
    const char *name;
    const char *type;
    const char *help;
    uint64_t (*of)(const struct fl_mirror_state *state);
};

static uint64_t mirror_works(const struct fl_mirror_state *state)
{
    return state->condition != FL_MIRROR_TROUBLE;
}

static uint64_t mirror_lag_seconds(const struct fl_mirror_state *state)
{
    return fl_mirror_lag_seconds(state, fl_node_now_ms());
}

static uint64_t mirror_rows(const struct fl_mirror_state *state)
{
    return state->progress.rows;
}

static void show_mirrors(struct fl_http *http, struct fl_buffer *text)
{
    static const struct mirror_value values[] = {
        {"filial_mirror_up", "gauge", "1: its database takes what is written.",
         mirror_works},
        {"filial_mirror_lag_entries", "gauge",
         "Changes of the journal that are not in the database yet.",
         fl_mirror_lag_entries},
        {"filial_mirror_lag_seconds", "gauge",
         "Since when the database has not had all of the journal; 0: it has.",
         mirror_lag_seconds},
        {"filial_mirror_rows_total", "counter", "Rows written.", mirror_rows}};
    struct fl_mirrors *mirrors = http->daemon->mirrors;
    const char *code = NULL;
    if (fl_mirrors_at(mirrors, 0) == NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        fl_metrics_head(text, values[i].name, values[i].type, values[i].help);
        for (size_t k = 0; (code = fl_mirrors_at(mirrors, k)) != NULL; k++) {
            struct fl_mirror_state state;
            if (fl_mirrors_look(mirrors, code, &state) == FL_OK) {
                fl_print(
                    text, "%s{mirror=\"%s\"} %" PRIu64 "\n", values[i].name,
                    fl_metrics_label(code).text, values[i].of(&state));
            }
        }
    }
}

void fl_http_metrics_show(struct fl_http_request *request)
{
    struct fl_http *http = request->http;
    struct fl_http_peers peers;
    struct fl_error error;
    struct fl_buffer text;
    enum fl_status status =
        fl_http_peers_look(http, http->metrics->peers, &peers, &error);
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
        return;
    }
    fl_buffer_init(&text, TEXT_BYTES_MAX);
    show_node(http, &text);
    show_store(http, &text);
    show_keys(http, &text);
    show_invitations(http, &text);
    show_window(http, &text);
    show_overload(http, &text);
    fl_metrics_peers(&text, &peers);
    show_mirrors(http, &text);
    fl_metrics_endpoints(http, &text);
    show_requests(http, &text);
    show_process(http, &text);
    fl_http_reply_copy(
        request, 200, "text/plain; version=0.0.4; charset=utf-8", fl_buffer_view(&text));
    fl_buffer_deinit(&text);
}
