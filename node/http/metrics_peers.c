#include "metrics_peers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metrics_text.h"
#include "peer/peer_list.h"
#include "print.h"

enum { PEERS_SHOWN_MAX = 2000 };

struct shown {
    const struct fl_http_peer **items; /* furthest behind first, when not all are shown */
    size_t count;
};

typedef bool (*peer_value)(const struct fl_http_peer *peer, double *out_value);

static void show_each(
    struct fl_buffer *text,
    const struct shown *shown,
    const char *name,
    const char *type,
    const char *help,
    peer_value value_of)
{
    fl_metrics_head(text, name, type, help);
    for (size_t i = 0; i < shown->count; i++) {
        const struct fl_http_peer *peer = shown->items[i];
        double value = 0;
        if (value_of(peer, &value)) {
            fl_print(
                text, "%s{code=\"%s\",role=\"%s\"} %.15g\n", name,
                fl_metrics_label(peer->code).text, fl_peer_list_role(peer->role), value);
        }
    }
}

static bool connected(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = peer->is_connected;
    return peer->format == FL_PEER_NATIVE;
}

static bool lag_changes(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->lag_changes;
    return peer->state == FL_PEER_ACTIVE;
}

static bool lag_seconds(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->lag_seconds;
    return peer->state == FL_PEER_ACTIVE;
}

static bool last_success(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->success_ms / 1000.0;
    return peer->success_ms > 0;
}

static bool last_heard(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->heard_ms / 1000.0;
    return peer->heard_ms > 0;
}

static bool sent_bytes(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->sent_bytes;
    return peer->has_line;
}

static bool received_bytes(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->received_bytes;
    return peer->has_line;
}

static bool sent_messages(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->messages_sent;
    return true;
}

static bool received_messages(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->messages_received;
    return true;
}

static bool window_open(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = peer->window_open;
    return peer->window_known;
}

static bool window_next(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->window_opens_ms / 1000.0;
    return peer->window_known && !peer->window_open && peer->window_opens_ms > 0;
}

static bool window_late(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = peer->window_late;
    return peer->window_known;
}

static bool clock_offset(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->facts.clock_offset_ms / 1000.0;
    return peer->facts.clock_known;
}

static bool sent_objects(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->facts.objects_sent;
    return peer->has_line;
}

static bool received_objects(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)peer->facts.objects_received;
    return peer->has_line;
}

static bool key_age(const struct fl_http_peer *peer, double *out_value)
{
    *out_value = (double)(fl_node_now_ms() - peer->keys_ms) / 1000.0;
    return peer->format == FL_PEER_NATIVE && peer->keys_ms > 0;
}

static const struct {
    const char *name;
    const char *type;
    const char *help;
    peer_value value_of;
} VALUES[] = {
    {"filial_peer_connected", "gauge", "1: there is a line.", connected},
    {"filial_peer_lag_changes", "gauge", "Changes for it that it has not confirmed.",
     lag_changes},
    {"filial_peer_lag_seconds", "gauge",
     "Age of the oldest of them, as long as filiald runs.", lag_seconds},
    {"filial_peer_last_success_seconds", "gauge",
     "Unix time of the last round that ended or message that was confirmed.",
     last_success},
    {"filial_peer_last_heard_seconds", "gauge", "Unix time when it was heard last.",
     last_heard},
    {"filial_peer_sent_bytes_total", "counter", "Sent to it, on the line.", sent_bytes},
    {"filial_peer_received_bytes_total", "counter", "Received from it, on the line.",
     received_bytes},
    {"filial_peer_sent_messages_total", "counter", "Messages sent to it, of all times.",
     sent_messages},
    {"filial_peer_received_messages_total", "counter",
     "Messages taken from it, of all times.", received_messages},
    {"filial_window_open", "gauge", "1: the calendar of windows lets a round begin now.",
     window_open},
    {"filial_window_next_seconds", "gauge",
     "Unix time when its next window opens; absent while one is open.", window_next},
    {"filial_window_late", "gauge", "1: its last window ended without a round.",
     window_late},
    {"filial_peer_clock_offset_seconds", "gauge",
     "Its clock is so much ahead of this one, as it said last.", clock_offset},
    {"filial_peer_sent_objects_total", "counter",
     "Objects in new messages to it, since the start.", sent_objects},
    {"filial_peer_received_objects_total", "counter",
     "Objects in messages taken from it, since the start.", received_objects},
    {"filial_peer_key_age_seconds", "gauge", "Age of its keys, as they are known here.",
     key_age},
};

static const char *state_of(const struct fl_http_peer *peer)
{
    if (peer->state == FL_PEER_ACTIVE && (peer->is_held || peer->is_away)) {
        return peer->is_held ? "held" : "away";
    }
    return fl_peer_list_state(peer->state);
}

static void show_states(struct fl_buffer *text, const struct shown *shown)
{
    fl_metrics_head(
        text, "filial_peer_state", "gauge", "The state of a peer, 1 at the one it has.");
    for (size_t i = 0; i < shown->count; i++) {
        const struct fl_http_peer *peer = shown->items[i];
        fl_print(
            text, "filial_peer_state{code=\"%s\",role=\"%s\",state=\"%s\"} 1\n",
            fl_metrics_label(peer->code).text, fl_peer_list_role(peer->role),
            state_of(peer));
    }
    fl_metrics_head(text, "filial_peer_error", "gauge", "1: the last attempt failed.");
    for (size_t i = 0; i < shown->count; i++) {
        const struct fl_http_peer *peer = shown->items[i];
        if (peer->error[0] != '\0') {
            fl_print(
                text, "filial_peer_error{code=\"%s\",role=\"%s\"} 1\n",
                fl_metrics_label(peer->code).text, fl_peer_list_role(peer->role));
        }
    }
    fl_metrics_head(
        text, "filial_peer_link_bytes_per_second", "gauge",
        "Speed of the line, of the last half minute.");
    for (size_t i = 0; i < shown->count; i++) {
        const struct fl_http_peer *peer = shown->items[i];
        if (peer->has_line) {
            struct fl_metrics_label code = fl_metrics_label(peer->code);
            const char *role = fl_peer_list_role(peer->role);
            fl_print(
                text,
                "filial_peer_link_bytes_per_second{code=\"%s\",role=\"%s\","
                "direction=\"in\"} %" PRIu64 "\n",
                code.text, role, peer->in_rate);
            fl_print(
                text,
                "filial_peer_link_bytes_per_second{code=\"%s\",role=\"%s\","
                "direction=\"out\"} %" PRIu64 "\n",
                code.text, role, peer->out_rate);
        }
    }
}

static int compare_lag(const void *a, const void *b)
{
    const struct fl_http_peer *left = *(const struct fl_http_peer *const *)a;
    const struct fl_http_peer *right = *(const struct fl_http_peer *const *)b;
    return (left->lag_seconds < right->lag_seconds) -
           (left->lag_seconds > right->lag_seconds);
}

static void show_counts(struct fl_buffer *text, const struct fl_http_peers *peers)
{
    static const enum fl_peer_role roles[] = {
        FL_PEER_PARENT, FL_PEER_CHILD, FL_PEER_EQUAL};
    static const char *const states[] = {"active", "suspended", "revoked",
                                         "held",   "away",      "waiting"};
    uint64_t sessions = 0;
    fl_metrics_head(text, "filial_peers", "gauge", "How many peers there are.");
    for (size_t r = 0; r < 3; r++) {
        for (size_t s = 0; s < sizeof states / sizeof states[0]; s++) {
            uint64_t count = 0;
            for (size_t i = 0; i < peers->count; i++) {
                count += peers->items[i].role == roles[r] &&
                         strcmp(state_of(&peers->items[i]), states[s]) == 0;
            }
            fl_print(
                text, "filial_peers{role=\"%s\",state=\"%s\"} %" PRIu64 "\n",
                fl_peer_list_role(roles[r]), states[s], count);
        }
    }
    for (size_t i = 0; i < peers->count; i++) {
        sessions += peers->items[i].in_round;
    }
    fl_metrics_gauge(text, "filial_sessions", "Rounds that run at the moment.", sessions);
}

void fl_metrics_peers(struct fl_buffer *text, const struct fl_http_peers *peers)
{
    struct shown shown = {.count = peers->count};
    shown.items = fl_alloc_zeroed(peers->count + 1, sizeof *shown.items);
    if (shown.items == NULL) {
        return;
    }
    for (size_t i = 0; i < peers->count; i++) {
        shown.items[i] = &peers->items[i];
    }
    if (shown.count > PEERS_SHOWN_MAX) {
        qsort(shown.items, shown.count, sizeof *shown.items, compare_lag);
        shown.count = PEERS_SHOWN_MAX;
    }
    show_counts(text, peers);
    show_states(text, &shown);
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
        show_each(
            text, &shown, VALUES[i].name, VALUES[i].type, VALUES[i].help,
            VALUES[i].value_of);
    }
    fl_free(shown.items);
}
