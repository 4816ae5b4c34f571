#include "peer_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"
#include "language.h"
#include "waiting_list.h"

/* Of entries and peers: a second at most, and exact for those whom a person can count. */
enum { QUESTIONS_MAX = 1000000, COUNT_TEXT_BYTES = 32 };

const char *fl_peer_list_role(enum fl_peer_role role)
{
    switch (role) {
    case FL_PEER_PARENT:
        return "parent";
    case FL_PEER_CHILD:
        return "child";
    case FL_PEER_EQUAL:
        return "equal";
    }
    return "";
}

bool fl_peer_list_parse_role(const char *text, enum fl_peer_role *out_role)
{
    static const enum fl_peer_role roles[] = {
        FL_PEER_PARENT, FL_PEER_CHILD, FL_PEER_EQUAL};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(text, fl_peer_list_role(roles[i])) == 0) {
            *out_role = roles[i];
            return true;
        }
    }
    return false;
}

const char *fl_peer_list_state(enum fl_peer_state state)
{
    switch (state) {
    case FL_PEER_ACTIVE:
        return "active";
    case FL_PEER_SUSPENDED:
        return "suspended";
    case FL_PEER_REVOKED:
        return "revoked";
    case FL_PEER_WAITING:
        return "waiting";
    }
    return "";
}

int64_t fl_peer_list_heard_ms(const struct fl_node *node, const struct fl_peer *peer)
{
    const int64_t times_ms[] = {
        peer->last_received_ms, peer->last_confirmed_ms, peer->heard_ms,
        node->daemon != NULL ? fl_daemon_heard_ms(node->daemon, peer->number) : 0};
    int64_t heard_ms = 0;
    for (size_t i = 0; i < sizeof times_ms / sizeof times_ms[0]; i++) {
        heard_ms = times_ms[i] > heard_ms ? times_ms[i] : heard_ms;
    }
    return heard_ms;
}

static void show_waiting(struct fl_output *output, const struct fl_waiting *waiting)
{
    char text[COUNT_TEXT_BYTES];
    if (output->json || !waiting->is_estimate) {
        fl_output_number(output, "waiting", N_("waiting"), waiting->count);
    } else {
        (void)snprintf(text, sizeof text, "≤ %" PRIu64, waiting->count);
        fl_output_text(output, "waiting", N_("waiting"), text);
    }
    if (output->json) {
        fl_output_flag(
            output, "waiting_is_estimate", "waiting_is_estimate", waiting->is_estimate);
    }
}

static void show(
    const struct fl_node *node,
    struct fl_output *output,
    const struct fl_waiting *waiting)
{
    const struct fl_peer *peer = &waiting->peer;
    fl_output_row(output);
    fl_output_text(output, "code", N_("code"), peer->code);
    fl_output_text(output, "name", N_("name"), peer->name);
    fl_output_text(output, "role", N_("role"), fl_peer_list_role(peer->role));
    fl_output_text(
        output, "format", N_("format"),
        peer->format == FL_PEER_V8MSG ? "v8msg" : "native");
    fl_output_text(
        output, "state", N_("state"),
        peer->is_away && peer->state == FL_PEER_ACTIVE ? "away"
                                                       : fl_peer_list_state(peer->state));
    fl_output_number(output, "sent", N_("sent"), peer->number_sent);
    fl_output_number(output, "confirmed", N_("confirmed"), peer->confirmed_number);
    fl_output_number(output, "received", N_("received"), peer->number_received);
    show_waiting(output, waiting);
    fl_output_time(output, "heard", N_("last heard"), fl_peer_list_heard_ms(node, peer));
    if (output->json) {
        fl_output_time(output, "last_received", "last_received", peer->last_received_ms);
    }
}

enum fl_status fl_peer_list_show(
    struct fl_node *node,
    struct fl_output *output,
    struct fl_error *out_error)
{
    struct fl_waiting_list list = {.count = 0};
    enum fl_status status = fl_waiting_list_read(&list, node, QUESTIONS_MAX, out_error);
    if (status == FL_OK) {
        fl_output_list_begin(output, "nodes");
        for (size_t i = 0; i < list.count; i++) {
            show(node, output, &list.items[i]);
        }
        fl_output_list_end(output);
    }
    fl_waiting_list_deinit(&list);
    return status;
}

enum fl_status fl_peer_list_waiting(
    struct fl_node *node,
    const struct fl_peer *peer,
    uint64_t *out_count,
    struct fl_error *out_error)
{
    struct fl_waiting_list list = {.count = 0};
    enum fl_status status = fl_waiting_list_read_one(&list, node, peer, out_error);
    if (status == FL_OK) {
        *out_count = list.items[0].count;
    }
    fl_waiting_list_deinit(&list);
    return status;
}
