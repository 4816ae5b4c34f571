/*
 * All peers at a glance: how far behind, since when, how fast. Looked at in slices of
 * bounded work and kept for a moment, so that whoever asks often costs no more.
 */

#ifndef NODE_HTTP_PEERS_H
#define NODE_HTTP_PEERS_H

#include "http_parts.h"
#include "replicator/replicator.h"
#include "storage/peers.h"

struct fl_http_peer {
    uint32_t number;
    enum fl_peer_role role;
    enum fl_peer_format format;
    enum fl_peer_state state;
    bool is_away;
    bool is_held;
    bool has_line;
    bool is_connected;
    bool in_round;
    bool lag_is_estimate; /* counting was cut: at most so many */
    char code[FL_CODE_BYTES_MAX + 1];
    char name[FL_NAME_BYTES_MAX + 1];
    char error[FL_SETTING_TEXT_BYTES_MAX]; /* "": the last attempt did not fail */
    uint64_t lag_changes;
    uint64_t lag_seconds;
    int64_t success_ms; /* Unix time; 0: never */
    int64_t heard_ms;
    uint64_t messages_sent;
    uint64_t messages_received;
    uint64_t sent_bytes;
    uint64_t received_bytes;
    uint64_t in_rate; /* bytes a second, of the last half minute */
    uint64_t out_rate;
    struct fl_link_facts facts; /* zero without a line */
    int64_t keys_ms;            /* since when it has its keys */
    bool window_known;          /* the calendar of windows has a say, and was asked */
    bool window_open;
    bool window_late;        /* its last window ended without a round */
    int64_t window_opens_ms; /* when it is closed; Unix time */
    int64_t window_closes_ms;
};

struct fl_http_peers {
    const struct fl_http_peer *items;
    size_t count;
};

struct fl_http_peers_cache;

enum fl_status fl_http_peers_new(struct fl_http_peers_cache **out_cache);
void fl_http_peers_free(struct fl_http_peers_cache *cache);

/* Borrowed until the next call. FL_BUSY never; failures in words. */
enum fl_status fl_http_peers_look(
    struct fl_http *http,
    struct fl_http_peers_cache *cache,
    struct fl_http_peers *out_peers,
    struct fl_error *out_error);

/* Remember when the journal reached where it is; each turn of the loop. */
void fl_http_peers_tick(struct fl_http *http, struct fl_http_peers_cache *cache);

#endif
