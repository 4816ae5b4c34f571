#include "endpoint_window.h"

#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"
#include "endpoints.h"
#include "language.h"

enum { WAIT_MS_MIN = 1000, WAIT_MS_MAX = 60000 };

struct fl_windows_state fl_endpoint_window(
    const struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_endpoint_poll *poll)
{
    const struct fl_windows_asker asker =
        fl_windows_asker_of(peer, poll != NULL ? poll->round_ms : 0);
    return fl_windows_look(&node->windows, &asker, fl_node_now_ms());
}

uint64_t fl_endpoint_window_wait_ms(
    const struct fl_windows_state *window,
    uint64_t poll_ms)
{
    const int64_t left_ms = window->opens_ms - fl_node_now_ms();
    uint64_t wait_ms = poll_ms < WAIT_MS_MAX ? poll_ms : WAIT_MS_MAX;
    if (left_ms > 0 && (uint64_t)left_ms < wait_ms) {
        wait_ms = (uint64_t)left_ms;
    }
    return wait_ms < WAIT_MS_MIN ? WAIT_MS_MIN : wait_ms;
}

/* --- shown --- */

void fl_endpoint_window_show(
    struct fl_output *output,
    const struct fl_windows_state *window)
{
    if (!window->governed) {
        return;
    }
    fl_output_flag(output, "window_open", N_("window open"), window->open);
    fl_output_text(
        output, "window", N_("window"), window->window == NULL ? "" : window->window);
    fl_output_time(
        output, "window_opens", N_("it opens"), window->open ? 0 : window->opens_ms);
    fl_output_time(
        output, "window_closes", N_("it closes"), window->open ? window->closes_ms : 0);
}

static bool is_endpoint(struct fl_txn *txn, const struct fl_peer *peer)
{
    struct fl_endpoint_settings settings;
    return peer->format != FL_PEER_NATIVE && peer->state == FL_PEER_ACTIVE &&
           fl_endpoint_settings_get(txn, peer->number, &settings) == FL_OK &&
           !settings.serves;
}

void fl_endpoint_windows_list(struct fl_output *output, struct fl_node *node)
{
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;
    bool began = false;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        if (!is_endpoint(&txn, &peer)) {
            continue;
        }
        const struct fl_endpoint_poll *poll =
            node->daemon == NULL
                ? NULL
                : fl_endpoints_find(fl_daemon_endpoints(node->daemon), peer.number);
        const struct fl_windows_state window = fl_endpoint_window(node, &peer, poll);
        if (!window.governed) {
            continue;
        }
        if (!began) {
            fl_output_say(output, "%s", "");
            fl_output_list_begin(output, "endpoint_windows");
            began = true;
        }
        fl_output_row(output);
        fl_output_text(output, "code", N_("code"), peer.code);
        fl_endpoint_window_show(output, &window);
    }
    fl_txn_abort(&txn);
    if (began) {
        fl_output_list_end(output);
    }
}

void fl_endpoint_window_codes(
    const struct fl_calendar *calendar,
    const struct fl_window *window,
    struct fl_txn *txn,
    char out_codes[FL_ENDPOINT_WINDOW_CODES_BYTES])
{
    struct fl_peer peer = {.number = 0};
    size_t used = 0;
    out_codes[0] = '\0';
    while (fl_peers_next(txn, peer.number, &peer) == FL_OK) {
        const struct fl_windows_asker asker = fl_windows_asker_of(&peer, 0);
        if (!asker.named_only || !fl_windows_concern(calendar, window, &asker) ||
            !is_endpoint(txn, &peer)) {
            continue;
        }
        const char *comma = used == 0 ? "" : ", ";
        const size_t size = strlen(comma) + strlen(peer.code);
        if (used + size >= FL_ENDPOINT_WINDOW_CODES_BYTES - sizeof ", …") {
            (void)snprintf(
                out_codes + used, FL_ENDPOINT_WINDOW_CODES_BYTES - used, "%s", ", …");
            return;
        }
        (void)snprintf(
            out_codes + used, FL_ENDPOINT_WINDOW_CODES_BYTES - used, "%s%s", comma,
            peer.code);
        used += size;
    }
}
