#include "metrics_endpoints.h"

#include <stdio.h>
#include <string.h>

#include "daemon/daemon_parts.h"
#include "endpoint/endpoint_window.h"
#include "metrics_text.h"
#include "print.h"
#include "storage/journal.h"

enum { ENDPOINTS_MAX = 256 };

struct endpoint {
    struct fl_peer peer;
    const struct fl_endpoint_format *format;
    struct fl_endpoint_state state;
    uint64_t rounds;
    int64_t looked_ms;
    uint64_t poll_ms;
    bool window_open;
};

struct endpoints {
    size_t count;
    uint64_t head; /* of the journal */
    struct endpoint items[ENDPOINTS_MAX];
};

/* As the daemon has it now: what is in the store may be a round old. */
static void look_at_work(struct fl_http *http, struct endpoint *endpoint)
{
    const struct fl_endpoint_poll *poll =
        http->daemon->endpoints == NULL
            ? NULL
            : fl_endpoints_find(http->daemon->endpoints, endpoint->peer.number);
    endpoint->window_open = fl_endpoint_window(http->node, &endpoint->peer, poll).open;
    if (poll != NULL) {
        endpoint->state = poll->state;
        endpoint->rounds = poll->rounds;
        endpoint->looked_ms = poll->looked_ms;
    }
}

static void read_all(struct fl_http *http, struct endpoints *endpoints)
{
    struct fl_endpoint_settings settings;
    struct fl_txn txn;
    uint32_t number = 0;
    fl_txn_begin(&txn, http->node->store, FL_TXN_READ);
    endpoints->head = fl_journal_head(&txn);
    while (endpoints->count < ENDPOINTS_MAX &&
           fl_endpoint_settings_next(&txn, number, &number, &settings) == FL_OK) {
        struct endpoint *endpoint = &endpoints->items[endpoints->count];
        if (fl_peers_get(&txn, number, &endpoint->peer) != FL_OK) {
            continue;
        }
        endpoint->format = settings.format;
        endpoint->poll_ms = settings.poll_ms;
        fl_endpoint_state_get(&txn, number, &endpoint->state);
        endpoints->count++;
    }
    fl_txn_abort(&txn);
    for (size_t i = 0; i < endpoints->count; i++) {
        look_at_work(http, &endpoints->items[i]);
    }
}

/* ---- values ---- */

static double in_seconds(const struct endpoint *endpoint)
{
    return (double)endpoint->state.in_ms / 1000.0;
}

static double out_seconds(const struct endpoint *endpoint)
{
    return (double)endpoint->state.out_ms / 1000.0;
}

static double window_open(const struct endpoint *endpoint)
{
    return endpoint->window_open ? 1 : 0;
}

static double looked_seconds(const struct endpoint *endpoint)
{
    return (double)endpoint->looked_ms / 1000.0;
}

static double since_seconds(const struct endpoint *endpoint)
{
    return (double)endpoint->state.since_ms / 1000.0;
}

static double confirmed_seconds(const struct endpoint *endpoint)
{
    return (double)endpoint->peer.last_confirmed_ms / 1000.0;
}

static double in_message(const struct endpoint *endpoint)
{
    return (double)endpoint->peer.number_received;
}

static double out_message(const struct endpoint *endpoint)
{
    return (double)endpoint->peer.number_sent;
}

static double confirmed_message(const struct endpoint *endpoint)
{
    return (double)endpoint->peer.confirmed_number;
}

static double failures(const struct endpoint *endpoint)
{
    return (double)endpoint->state.failures;
}

static double rounds(const struct endpoint *endpoint)
{
    return (double)endpoint->rounds;
}

static double in_objects(const struct endpoint *endpoint)
{
    return (double)endpoint->state.in_objects;
}

static double in_quarantined(const struct endpoint *endpoint)
{
    return (double)endpoint->state.in_quarantined;
}

static double out_objects(const struct endpoint *endpoint)
{
    return (double)endpoint->state.out_objects;
}

static double poll_seconds(const struct endpoint *endpoint)
{
    return (double)endpoint->poll_ms / 1000.0;
}

static const struct {
    const char *name;
    const char *type;
    const char *help;
    double (*value)(const struct endpoint *endpoint);
} SERIES[] = {
    {"filial_endpoint_in_message", "gauge",
     "The last number of the base that was accepted.", in_message},
    {"filial_endpoint_out_message", "gauge", "The last number that was written for it.",
     out_message},
    {"filial_endpoint_confirmed_message", "gauge",
     "The last number of ours that it confirmed.", confirmed_message},
    {"filial_endpoint_in_seconds", "gauge",
     "Unix time when a package of it was applied last; 0: never.", in_seconds},
    {"filial_endpoint_out_seconds", "gauge",
     "Unix time when one was written for it last; 0: never.", out_seconds},
    {"filial_endpoint_confirmed_seconds", "gauge",
     "Unix time when it confirmed something last; 0: never.", confirmed_seconds},
    {"filial_endpoint_looked_seconds", "gauge",
     "Unix time of the last look at its place; 0: not since the start.", looked_seconds},
    {"filial_endpoint_window_open", "gauge",
     "Does no window keep it from being looked at?", window_open},
    {"filial_endpoint_since_seconds", "gauge",
     "Unix time since when its condition is what it is.", since_seconds},
    {"filial_endpoint_in_objects", "gauge", "Objects in the last package of it.",
     in_objects},
    {"filial_endpoint_in_quarantined", "gauge", "Of them, in quarantine.",
     in_quarantined},
    {"filial_endpoint_out_objects", "gauge", "Objects in the last package for it.",
     out_objects},
    {"filial_endpoint_poll_seconds", "gauge", "How often its place is looked at.",
     poll_seconds},
    {"filial_endpoint_failures", "gauge", "Looks that failed, one after another.",
     failures},
    {"filial_endpoint_rounds_total", "counter", "Looks since the start of filiald.",
     rounds},
};

/* ---- lines ---- */

static void show_line(
    struct fl_buffer *text,
    const char *name,
    const struct endpoint *endpoint,
    const char *more,
    double value)
{
    fl_print(
        text, "%s{code=\"%s\",format=\"%s\"%s} %.15g\n", name,
        fl_metrics_label(endpoint->peer.code).text, endpoint->format->name, more, value);
}

static void show_conditions(struct fl_buffer *text, const struct endpoints *endpoints)
{
    fl_metrics_head(
        text, "filial_endpoint_condition", "gauge",
        "1: it is in this condition; reason is one word of what filial endpoint show "
        "says.");
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct fl_endpoint_state *state = &endpoints->items[i].state;
        for (int each = FL_ENDPOINT_NEW; each <= FL_ENDPOINT_TROUBLE; each++) {
            const bool is_it = (int)state->condition == each;
            char more[FL_METRICS_LABEL_BYTES + 64];
            snprintf(
                more, sizeof more, ",condition=\"%s\",reason=\"%s\"",
                fl_endpoint_condition_name((enum fl_endpoint_condition)each),
                is_it ? fl_metrics_label(state->reason).text : "");
            show_line(
                text, "filial_endpoint_condition", &endpoints->items[i], more,
                is_it ? 1 : 0);
        }
    }
}

/* What was written since its last confirmation, at most: of other types, too. */
static void show_lag(struct fl_buffer *text, const struct endpoints *endpoints)
{
    fl_metrics_head(
        text, "filial_endpoint_lag_changes", "gauge",
        "Changes of the journal behind what it has confirmed, at most.");
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct fl_peer *peer = &endpoints->items[i].peer;
        const uint64_t lag = endpoints->head > peer->confirmed_lsn
                                 ? endpoints->head - peer->confirmed_lsn
                                 : 0;
        show_line(
            text, "filial_endpoint_lag_changes", &endpoints->items[i], "", (double)lag);
    }
}

void fl_metrics_endpoints(struct fl_http *http, struct fl_buffer *text)
{
    struct endpoints *endpoints = fl_alloc_zeroed(1, sizeof *endpoints);
    if (endpoints == NULL) {
        return;
    }
    read_all(http, endpoints);
    if (endpoints->count > 0) {
        show_conditions(text, endpoints);
        show_lag(text, endpoints);
        for (size_t i = 0; i < sizeof SERIES / sizeof SERIES[0]; i++) {
            fl_metrics_head(text, SERIES[i].name, SERIES[i].type, SERIES[i].help);
            for (size_t k = 0; k < endpoints->count; k++) {
                const struct endpoint *endpoint = &endpoints->items[k];
                show_line(text, SERIES[i].name, endpoint, "", SERIES[i].value(endpoint));
            }
        }
    }
    fl_free(endpoints);
}
