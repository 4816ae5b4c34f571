#include "http_peers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/output.h"
#include "daemon/daemon_parts.h"
#include "http_api.h"
#include "http_metrics.h"
#include "language.h"
#include "peer/peer_list.h"
#include "peer/waiting_list.h"
#include "replicator/link.h"
#include "storage/collisions.h"
#include "storage/quarantine.h"
#include "window/line_window.h"

enum {
    SAMPLES_MAX = 512,
    SAMPLE_EVERY_MS = 1000,
    KEPT_MS = 2000,         /* a look at all peers holds so long ... */
    KEPT_TIMES = 20,        /* ... or so many times what it took */
    QUESTIONS_MAX = 200000, /* of entries and peers, by one look */
    WINDOWS_AT_ONCE = 200,
    RATE_SECONDS = 30,
};

/* When the journal had grown to `lsn` first. */
struct sample {
    uint64_t lsn;
    uint64_t at_ms; /* monotonic */
};

/* Of a peer between two looks. */
struct rate {
    uint32_t number;
    uint64_t at_ms;
    uint64_t sent_bytes;
    uint64_t received_bytes;
    uint64_t in_rate;
    uint64_t out_rate;
};

struct fl_http_peers_cache {
    struct fl_http_peer *items;
    size_t count;
    struct rate *rates;
    size_t rate_count;
    uint64_t looked_ms;
    uint64_t kept_ms;
    uint64_t sampled_ms;
    size_t sample_count;
    struct sample samples[SAMPLES_MAX];
};

enum fl_status fl_http_peers_new(struct fl_http_peers_cache **out_cache)
{
    *out_cache = fl_alloc_zeroed(1, sizeof **out_cache);
    return *out_cache == NULL ? FL_NO_MEMORY : FL_OK;
}

void fl_http_peers_free(struct fl_http_peers_cache *cache)
{
    if (cache != NULL) {
        fl_free(cache->items);
        fl_free(cache->rates);
        fl_free(cache);
    }
}

/* --- since when --- */

static void add_sample(struct fl_http_peers_cache *cache, uint64_t lsn, uint64_t now_ms)
{
    if (cache->sample_count > 0 && cache->samples[cache->sample_count - 1].lsn == lsn) {
        return;
    }
    if (cache->sample_count == SAMPLES_MAX) {
        /* The older half loses every other one: long ago is known less exactly. */
        size_t kept = 0;
        for (size_t i = 0; i < SAMPLES_MAX; i++) {
            if (i >= SAMPLES_MAX / 2 || i % 2 == 0) {
                cache->samples[kept++] = cache->samples[i];
            }
        }
        cache->sample_count = kept;
    }
    cache->samples[cache->sample_count++] = (struct sample){.lsn = lsn, .at_ms = now_ms};
}

void fl_http_peers_tick(struct fl_http *http, struct fl_http_peers_cache *cache)
{
    struct fl_txn txn;
    if (http->now_ms < cache->sampled_ms + SAMPLE_EVERY_MS && cache->sampled_ms > 0) {
        return;
    }
    cache->sampled_ms = http->now_ms;
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    add_sample(cache, fl_journal_head(&txn), http->now_ms);
    fl_txn_abort(&txn);
}

static uint64_t age_seconds(
    const struct fl_http_peers_cache *cache,
    uint64_t lsn,
    uint64_t now_ms)
{
    for (size_t i = 0; i < cache->sample_count; i++) {
        if (cache->samples[i].lsn >= lsn) {
            return (now_ms - cache->samples[i].at_ms) / 1000;
        }
    }
    return 0;
}

/* --- lines --- */

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void fill(struct fl_http_peer *out_peer, const struct fl_waiting *waiting)
{
    const struct fl_peer *peer = &waiting->peer;
    *out_peer = (struct fl_http_peer){
        .number = peer->number,
        .role = peer->role,
        .format = peer->format,
        .state = peer->state,
        .is_away = peer->is_away,
        .lag_changes = waiting->count,
        .lag_is_estimate = waiting->is_estimate,
        .keys_ms = peer->keys_ms > 0 ? peer->keys_ms : peer->created_ms,
        .messages_sent = peer->number_sent,
        .messages_received = peer->number_received,
        .heard_ms = latest(peer->last_received_ms, peer->last_confirmed_ms),
        .success_ms = latest(peer->last_received_ms, peer->last_confirmed_ms)};
    memcpy(out_peer->code, peer->code, sizeof out_peer->code);
    memcpy(out_peer->name, peer->name, sizeof out_peer->name);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = ((const struct fl_http_peer *)a)->number;
    uint32_t right = ((const struct fl_http_peer *)b)->number;
    return (left > right) - (left < right);
}

/*
 * What the calendar says of a peer costs a count of its windows, unless its line knows:
 * no more than some at once, the rest a look later.
 */
static void add_window(
    const struct fl_http *http,
    struct fl_line *line,
    struct fl_http_peer *peer,
    unsigned *budget)
{
    int64_t unix_ms = fl_node_now_ms();
    if (http->node->windows.calendar.window_count == 0) {
        return;
    }
    if (!fl_line_window_holds(line, http->node, unix_ms)) {
        if (*budget == 0) {
            return;
        }
        (*budget)--;
    }
    const struct fl_windows_state *window =
        fl_line_window(line, http->node, unix_ms, http->now_ms);
    peer->window_known = window->governed;
    peer->window_open = window->open;
    peer->window_opens_ms = window->opens_ms;
    peer->window_closes_ms = window->closes_ms;
    peer->window_late = fl_windows_is_late(window, peer->success_ms);
}

/* Peers come from the store in the order of their numbers. */
static void add_lines(
    const struct fl_http *http,
    struct fl_http_peer *peers,
    size_t count)
{
    const struct fl_daemon *daemon = http->daemon;
    unsigned budget = WINDOWS_AT_ONCE;
    for (size_t i = 0; i < daemon->line_count && count > 0; i++) {
        struct fl_line *line = daemon->lines[i];
        const struct fl_http_peer wanted = {.number = fl_link_peer(line->link)->number};
        struct fl_http_peer *peer =
            bsearch(&wanted, peers, count, sizeof *peers, compare_numbers);
        if (peer == NULL) {
            continue;
        }
        peer->has_line = true;
        peer->is_connected = line->connected;
        peer->is_held = fl_link_is_held(line->link);
        peer->in_round = fl_link_state(line->link) == FL_SESSION_ROUND;
        peer->sent_bytes = line->traffic.sent_bytes;
        peer->received_bytes = line->traffic.received_bytes;
        peer->heard_ms = latest(peer->heard_ms, line->traffic.heard_ms);
        peer->success_ms = latest(peer->success_ms, line->traffic.round_ms);
        fl_link_facts(line->link, &peer->facts);
        add_window(http, line, peer, &budget);
        if (line->failure != FL_OK) {
            snprintf(
                peer->error, sizeof peer->error, "%s",
                line->failure_words[0] != '\0' ? fl_error_words(line->failure_words)
                                               : fl_status_name(line->failure));
        }
    }
}

static void add_rates(
    struct fl_http_peers_cache *cache,
    struct fl_http_peer *peers,
    size_t count,
    uint64_t now_ms)
{
    struct rate *rates = fl_alloc_zeroed(count + 1, sizeof *rates);
    if (rates == NULL) {
        return;
    }
    for (size_t i = 0, old = 0; i < count; i++) {
        struct fl_http_peer *peer = &peers[i];
        while (old < cache->rate_count && cache->rates[old].number < peer->number) {
            old++;
        }
        struct rate rate = {.number = peer->number};
        if (old < cache->rate_count && cache->rates[old].number == peer->number) {
            rate = cache->rates[old];
        }
        uint64_t elapsed_ms = now_ms - rate.at_ms;
        bool anew = rate.at_ms == 0 || peer->sent_bytes < rate.sent_bytes ||
                    peer->received_bytes < rate.received_bytes;
        if (!anew && elapsed_ms > 0) {
            uint64_t out = (peer->sent_bytes - rate.sent_bytes) * 1000 / elapsed_ms;
            uint64_t in =
                (peer->received_bytes - rate.received_bytes) * 1000 / elapsed_ms;
            uint64_t weight = elapsed_ms < (uint64_t)RATE_SECONDS * 1000
                                  ? elapsed_ms
                                  : (uint64_t)RATE_SECONDS * 1000;
            uint64_t rest = (uint64_t)RATE_SECONDS * 1000 - weight;
            rate.out_rate = (out * weight + rate.out_rate * rest) / (RATE_SECONDS * 1000);
            rate.in_rate = (in * weight + rate.in_rate * rest) / (RATE_SECONDS * 1000);
        }
        rate.at_ms = now_ms;
        rate.sent_bytes = peer->sent_bytes;
        rate.received_bytes = peer->received_bytes;
        peer->in_rate = rate.in_rate;
        peer->out_rate = rate.out_rate;
        rates[i] = rate;
    }
    fl_free(cache->rates);
    cache->rates = rates;
    cache->rate_count = count;
}

static enum fl_status look_anew(
    struct fl_http *http,
    struct fl_http_peers_cache *cache,
    struct fl_error *out_error)
{
    struct fl_waiting_list list = {.count = 0};
    enum fl_status status =
        fl_waiting_list_read(&list, http->node, QUESTIONS_MAX, out_error);
    struct fl_http_peer *peers =
        status == FL_OK ? fl_alloc_zeroed(list.count + 1, sizeof *peers) : NULL;
    if (peers == NULL) {
        fl_waiting_list_deinit(&list);
        return status == FL_OK
                   ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                   : status;
    }
    for (size_t i = 0; i < list.count; i++) {
        uint64_t first_lsn = list.items[i].first_lsn;
        fill(&peers[i], &list.items[i]);
        peers[i].lag_seconds =
            first_lsn == 0 ? 0 : age_seconds(cache, first_lsn, http->now_ms);
    }
    add_lines(http, peers, list.count);
    add_rates(cache, peers, list.count, http->now_ms);
    fl_free(cache->items);
    cache->items = peers;
    cache->count = list.count;
    fl_waiting_list_deinit(&list);
    return FL_OK;
}

enum fl_status fl_http_peers_look(
    struct fl_http *http,
    struct fl_http_peers_cache *cache,
    struct fl_http_peers *out_peers,
    struct fl_error *out_error)
{
    if (cache->items == NULL || http->now_ms >= cache->looked_ms + cache->kept_ms) {
        enum fl_status status = look_anew(http, cache, out_error);
        if (status != FL_OK) {
            return status;
        }
        uint64_t took_ms = fl_daemon_now_ms() - http->now_ms;
        cache->looked_ms = http->now_ms;
        cache->kept_ms = took_ms * KEPT_TIMES > KEPT_MS ? took_ms * KEPT_TIMES : KEPT_MS;
    }
    *out_peers = (struct fl_http_peers){cache->items, cache->count};
    return FL_OK;
}

/* --- GET /api/overview --- */

static json_t *time_json(int64_t unix_ms)
{
    char text[FL_OUTPUT_TIME_BYTES];
    fl_output_time_text(unix_ms, text);
    return unix_ms == 0 ? json_null() : json_string(text);
}

static json_t *peer_json(const struct fl_http_peer *peer)
{
    const char *state = peer->state == FL_PEER_ACTIVE && peer->is_away ? "away"
                        : peer->state == FL_PEER_ACTIVE && peer->is_held
                            ? "held"
                            : fl_peer_list_state(peer->state);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:b, s:I, s:o, s:o, s:s, s:I, s:I, "
        "s:I, "
        "s:I}",
        "code", peer->code, "name", peer->name, "role", fl_peer_list_role(peer->role),
        "state", state, "format", peer->format == FL_PEER_V8MSG ? "v8msg" : "native",
        "connected", peer->is_connected, "in_round", peer->in_round, "lag_changes",
        (json_int_t)peer->lag_changes, "lag_is_estimate", peer->lag_is_estimate,
        "lag_seconds", (json_int_t)peer->lag_seconds, "last_success",
        time_json(peer->success_ms), "last_heard", time_json(peer->heard_ms),
        "last_error", peer->error, "sent_bytes", (json_int_t)peer->sent_bytes,
        "received_bytes", (json_int_t)peer->received_bytes, "in_bytes_per_second",
        (json_int_t)peer->in_rate, "out_bytes_per_second", (json_int_t)peer->out_rate);
    if (json != NULL && peer->window_known) {
        int64_t next_ms =
            peer->window_open ? peer->window_closes_ms : peer->window_opens_ms;
        (void)json_object_set_new(json, "window_open", json_boolean(peer->window_open));
        (void)json_object_set_new(json, "window_late", json_boolean(peer->window_late));
        (void)json_object_set_new(
            json, peer->window_open ? "window_closes" : "window_opens",
            time_json(next_ms));
    }
    return json;
}

static json_t *node_json(const struct fl_http *http)
{
    const struct fl_node *node = http->node;
    const char *words[8];
    size_t count = fl_http_problems(http, words, 8);
    json_t *problems = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(problems, json_string(words[i]));
    }
    return json_pack(
        "{s:s, s:s, s:s, s:b, s:o, s:s, s:s}", "code", node->identity->code, "name",
        node->name, "plan", node->plan, "ready", count == 0, "problems", problems,
        "version", FL_VERSION, "home", fl_home_state_name(node->home));
}

void fl_http_overview(struct fl_http_request *request)
{
    struct fl_http *http = request->http;
    struct fl_http_peers peers;
    struct fl_error error;
    struct fl_txn txn;
    enum fl_status status =
        fl_http_peers_look(http, fl_http_metrics_peers(http->metrics), &peers, &error);
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < peers.count; i++) {
        (void)json_array_append_new(list, peer_json(&peers.items[i]));
    }
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    json_int_t position = (json_int_t)fl_journal_head(&txn);
    json_int_t collisions = (json_int_t)fl_collisions_count(&txn);
    json_int_t quarantined = (json_int_t)fl_quarantine_count(&txn);
    json_int_t objects = (json_int_t)fl_object_count(&txn);
    fl_txn_abort(&txn);
    fl_http_reply_json(
        request, 200,
        json_pack(
            "{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o}", "node", node_json(http), "peers",
            list, "position", position, "collisions", collisions, "collisions_open",
            (json_int_t)fl_http_metrics_collisions_open(http), "quarantine", quarantined,
            "objects", objects, "time", time_json(fl_node_now_ms())));
}
