#include "service/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aside/clock.h"
#include "daemon/daemon.h"
#include "language.h"
#include "mirror/mirrors.h"
#include "peer/explain.h"
#include "peer/history.h"
#include "peer/peer_list.h"
#include "storage/collisions.h"
#include "storage/quarantine.h"

enum { PEERS_PER_TXN = 256, WORDS_BYTES = 512, AGE_BYTES = 64, USED_PERCENT = 80 };

/* A mirror that has not had all of the journal for so long is late. */
#define MIRROR_LATE_S UINT64_C(600)

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

/* Somebody who is late, or with whom nothing is exchanged. */
struct late {
    char code[FL_CODE_BYTES_MAX + 1];
    enum fl_peer_state state;
    int64_t heard_ms; /* 0: never */
    int64_t opens_ms; /* its next window; 0: none, or it is open */
    bool shut_out;    /* it refuses this node, since it was there last */
};

struct health {
    struct fl_call *call;
    int64_t now_ms;
    int64_t late_ms;
    enum fl_health worst;
    uint64_t peers; /* active ones */
    uint64_t connected;
    uint64_t late_count;
    uint64_t suspended;
    uint64_t waiting;
    uint64_t clocks;                       /* that are wrong */
    struct late late[FL_HEALTH_SHOWN_MAX]; /* those longest silent first */
    size_t shown;
};

/* -- words -- */

static void say_age(int64_t ms, char out_text[AGE_BYTES])
{
    if (ms < 2 * MINUTE_MS) {
        (void)snprintf(out_text, AGE_BYTES, _("%d s"), (int)(ms / 1000));
    } else if (ms < 2 * HOUR_MS) {
        (void)snprintf(out_text, AGE_BYTES, _("%d min"), (int)(ms / MINUTE_MS));
    } else if (ms < 2 * DAY_MS) {
        (void)snprintf(out_text, AGE_BYTES, _("%d h"), (int)(ms / HOUR_MS));
    } else {
        (void)snprintf(out_text, AGE_BYTES, _("%d days"), (int)(ms / DAY_MS));
    }
}

static void tell(
    struct health *health,
    enum fl_health grade,
    const char *who,
    const char *what,
    const char *what_to_do)
{
    struct fl_output *output = health->call->output;

    health->worst = grade > health->worst ? grade : health->worst;
    fl_output_row(output);
    const bool broken = grade == FL_HEALTH_BROKEN;
    const char *word = broken ? _("BROKEN") : _("look");

    fl_output_text(
        output, "grade", "",
        !output->json ? word
        : broken      ? "broken"
                      : "attention");
    fl_output_text(output, "who", N_("who"), who);
    fl_output_text(output, "what", N_("what"), what);
    fl_output_text(output, "do", N_("what to do"), what_to_do);
}

/* -- this node -- */

static void tell_home(struct health *health)
{
    const struct fl_node *node = health->call->node;
    char words[WORDS_BYTES];

    if (node->home != FL_HOME_OURS) {
        tell(
            health, FL_HEALTH_BROKEN, node->identity->code,
            _("this store was brought here from another place: it synchronises with "
              "nobody"),
            "filial store adopt");
    }
    if (!node->daemon) {
        (void)snprintf(words, sizeof(words), "systemctl start filiald");
        tell(
            health, FL_HEALTH_BROKEN, node->identity->code,
            _("filiald does not run: nothing is synchronised"), words);
    }
}

static void tell_room(struct health *health)
{
    const struct fl_node *node = health->call->node;
    const struct fl_store_options limits = fl_store_options("");
    const char *code = node->identity->code;
    struct fl_store_usage usage = {0};

    if (fl_store_usage(node->store, &usage, NULL) != FL_OK) {
        return;
    }
    if (usage.disk_free_bytes < limits.local_disk_bytes) {
        tell(
            health, FL_HEALTH_BROKEN, code, _("the disk is full: nothing more is taken"),
            _("free space on the disk"));
    } else if (
        node->settings.ballast_bytes > 0 &&
        usage.ballast_bytes < node->settings.ballast_bytes) {
        tell(
            health, FL_HEALTH_ATTENTION, code,
            _("the disk was full: the reserve is given up"), _("free space on the disk"));
    }
    if (usage.used_bytes / USED_PERCENT >= usage.map_bytes / 100) {
        tell(
            health,
            usage.used_bytes / limits.local_percent >= usage.map_bytes / 100
                ? FL_HEALTH_BROKEN
                : FL_HEALTH_ATTENTION,
            code, _("the store is nearly as large as map_size allows"),
            _("raise map_size in node.conf and start filiald anew"));
    }
}

static void tell_decisions(struct health *health)
{
    const struct fl_node *node = health->call->node;
    char words[WORDS_BYTES];
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    const uint64_t quarantined = fl_quarantine_count(&txn);

    fl_txn_abort(&txn);
    if (quarantined == 0) {
        return;
    }
    (void)snprintf(
        words, sizeof(words),
        quarantined >= node->settings.quarantine_max
            ? _("%" PRIu64 " objects in quarantine: nothing more is taken from peers")
            : _("%" PRIu64 " objects in quarantine"),
        quarantined);
    tell(
        health,
        quarantined >= node->settings.quarantine_max ? FL_HEALTH_BROKEN
                                                     : FL_HEALTH_ATTENTION,
        node->identity->code, words, "filial quarantine list");
}

/* Mirrors in trouble, or late. */
static void tell_mirrors(struct health *health)
{
    const struct fl_node *node = health->call->node;
    struct fl_mirrors *mirrors = node->daemon ? fl_daemon_mirrors(node->daemon) : NULL;
    const char *code = NULL;
    char words[sizeof(((struct fl_mirror_state *)0)->words) + WORDS_BYTES];
    char hint[FL_MIRROR_CODE_BYTES_MAX + 32];

    for (size_t i = 0; mirrors && (code = fl_mirrors_at(mirrors, i)) != NULL; i++) {
        struct fl_mirror_state state;

        if (fl_mirrors_look(mirrors, code, &state) != FL_OK) {
            continue;
        }
        const uint64_t lag_s = fl_mirror_lag_seconds(&state, health->now_ms);
        char age[AGE_BYTES];

        say_age((int64_t)lag_s * 1000, age);
        (void)snprintf(hint, sizeof(hint), "filial endpoint show %s", code);
        if (state.condition == FL_MIRROR_TROUBLE && state.failures > 1) {
            (void)snprintf(
                words, sizeof(words), _("the mirror cannot be written for %s: %s"), age,
                state.words);
            tell(health, FL_HEALTH_ATTENTION, code, words, hint);
        } else if (lag_s > MIRROR_LATE_S) {
            (void)snprintf(
                words, sizeof(words),
                _("the mirror is %s late, %" PRIu64 " changes wait"), age,
                fl_mirror_lag_entries(&state));
            tell(health, FL_HEALTH_ATTENTION, code, words, hint);
        }
    }
}

/* -- the others -- */

/* Whoever is connected is heard of now. */
static int64_t heard_of(const struct health *health, const struct fl_peer *peer)
{
    const struct fl_node *node = health->call->node;

    return node->daemon && fl_daemon_connected_ms(node->daemon, peer->number) > 0
               ? health->now_ms
               : fl_peer_list_heard_ms(node, peer);
}

/* Among those that are shown, the longest silent; "never" before all. */
static void keep_late(struct health *health, const struct late *late)
{
    size_t at = health->shown;

    health->late_count++;
    while (at > 0 && health->late[at - 1].heard_ms > late->heard_ms) {
        at--;
    }
    if (at == FL_HEALTH_SHOWN_MAX) {
        return;
    }
    if (health->shown < FL_HEALTH_SHOWN_MAX) {
        health->shown++;
    }
    memmove(
        &health->late[at + 1], &health->late[at],
        (health->shown - at - 1) * sizeof(health->late[0]));
    health->late[at] = *late;
}

static void look_at_clock(struct health *health, const struct fl_peer *peer)
{
    const struct fl_node *node = health->call->node;
    int64_t off_ms =
        node->daemon ? fl_daemon_clock_offset_ms(node->daemon, peer->number) : 0;
    bool ahead = off_ms > 0;
    char words[WORDS_BYTES];
    char age[AGE_BYTES];

    off_ms = ahead ? off_ms : -off_ms;
    if (off_ms <= FL_CLOCK_OFF_MS || health->clocks++ >= FL_HEALTH_SHOWN_MAX) {
        return;
    }
    say_age(off_ms, age);
    (void)snprintf(
        words, sizeof(words),
        ahead ? _("its clock is %s ahead of this one")
              : _("its clock is %s behind this one"),
        age);
    tell(
        health, FL_HEALTH_ATTENTION, peer->code, words,
        _("set the clock there, or here when all are off"));
}

/* Until an operator has decided: a copy of it lives, or it changes too much at once. */
static bool is_held(struct fl_txn *txn, const struct fl_peer *peer)
{
    struct fl_history history;

    fl_history_get(txn, peer->number, &history);
    return history.changes_held || history.held_count > 0;
}

static void look_at_peer(
    struct health *health,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    const struct fl_daemon *daemon = health->call->node->daemon;
    struct late late = {
        .state = peer->state,
        .heard_ms = heard_of(health, peer),
        .shut_out = daemon && fl_daemon_is_shut_out(daemon, peer->number)};

    memcpy(late.code, peer->code, sizeof(late.code));
    if (peer->state == FL_PEER_SUSPENDED) {
        health->suspended++;
        return;
    }
    if (peer->state == FL_PEER_WAITING) {
        char hint[FL_CODE_BYTES_MAX + 32];

        (void)snprintf(hint, sizeof(hint), "filial node approve %s", peer->code);
        if (health->waiting++ < FL_HEALTH_SHOWN_MAX) {
            tell(
                health, FL_HEALTH_ATTENTION, peer->code,
                _("has joined and waits for approval"), hint);
        }
        return;
    }
    if (peer->state != FL_PEER_ACTIVE) {
        return;
    }
    look_at_clock(health, peer);
    health->peers++;
    health->connected += late.heard_ms == health->now_ms;
    const struct fl_node *node = health->call->node;
    const struct fl_windows_asker asker = fl_windows_asker_of(peer, late.heard_ms);
    const struct fl_windows_state state =
        fl_windows_look(&node->windows, &asker, health->now_ms);
    const bool silent = late.heard_ms < health->now_ms - health->late_ms;

    late.opens_ms = state.governed && !state.open ? state.opens_ms : 0;
    /* Outside of its windows nobody is late who was served in the last one. */
    if (peer->is_away || late.shut_out || is_held(txn, peer) ||
        (silent && (!state.governed || state.open || late.heard_ms == 0 ||
                    fl_windows_is_late(&state, late.heard_ms)))) {
        keep_late(health, &late);
    }
}

static void look_at_peers(struct health *health)
{
    struct fl_peer peer = {.number = 0};
    enum fl_status status = FL_OK;

    while (status == FL_OK) {
        struct fl_txn txn;

        fl_txn_begin(&txn, health->call->node->store, FL_TXN_READ);
        for (int i = 0; i < PEERS_PER_TXN && status == FL_OK; i++) {
            status = fl_peers_next(&txn, peer.number, &peer);
            if (status == FL_OK) {
                look_at_peer(health, &txn, &peer);
            }
        }
        fl_txn_abort(&txn);
    }
}

/* The first reason that somebody can do something about. */
static const char *reason_of(const struct fl_explanation *explanation)
{
    if (explanation->needs[FL_EXPLAIN_STOP_COPY]) {
        return _("it is held: it and a copy of it are alive");
    }
    if (explanation->needs[FL_EXPLAIN_LOOK_AT_CHANGES]) {
        return _("it is held: it changes very much at once");
    }
    if (explanation->needs[FL_EXPLAIN_CONFIRM_THERE]) {
        return _("it was restored, and nobody has said so there");
    }
    if (explanation->needs[FL_EXPLAIN_CONFIRM_HERE] ||
        explanation->needs[FL_EXPLAIN_DECIDE_THERE]) {
        return _("it does not listen to this node");
    }
    if (explanation->peer.is_away) {
        return _("away for longer than peer_horizon");
    }
    return explanation->trouble ? _(explanation->trouble) : _("it does not connect");
}

static enum fl_status tell_late(struct health *health, struct fl_error *out_error)
{
    struct fl_explanation *explanation = fl_alloc_zeroed(1, sizeof(*explanation));
    enum fl_status status =
        explanation ? FL_OK : fl_error_set(out_error, FL_NO_MEMORY, "no memory");

    for (size_t i = 0; i < health->shown && status == FL_OK; i++) {
        const struct late *late = &health->late[i];
        char words[WORDS_BYTES];
        char hint[FL_CODE_BYTES_MAX + 32];
        char age[AGE_BYTES];

        status = fl_explain(health->call->node, late->code, explanation, out_error);
        if (status != FL_OK) {
            break;
        }
        say_age(health->now_ms - late->heard_ms, age);
        if (late->heard_ms == 0) {
            (void)snprintf(
                words, sizeof(words), _("was never here, %" PRIu64 " objects wait; %s"),
                explanation->waiting, reason_of(explanation));
        } else if (late->shut_out && explanation->trouble) {
            (void)snprintf(
                words, sizeof(words), _("%s; %" PRIu64 " objects wait"),
                _(explanation->trouble), explanation->waiting);
        } else {
            (void)snprintf(
                words, sizeof(words),
                _("late: silent for %s, %" PRIu64 " objects wait; %s"), age,
                explanation->waiting, reason_of(explanation));
        }
        if (late->opens_ms > health->now_ms) {
            const size_t used = strlen(words);

            say_age(late->opens_ms - health->now_ms, age);
            (void)snprintf(
                words + used, sizeof(words) - used, _("; its window opens in %s"), age);
        }
        (void)snprintf(hint, sizeof(hint), "filial node explain %s", late->code);
        tell(health, FL_HEALTH_ATTENTION, late->code, words, hint);
    }
    fl_free(explanation);
    return status;
}

static void sum_up(struct health *health)
{
    struct fl_output *output = health->call->output;

    if (output->json) {
        fl_output_number(output, "health", "", health->worst);
        fl_output_number(output, "active", "", health->peers);
        fl_output_number(output, "connected", "", health->connected);
        fl_output_number(output, "late", "", health->late_count);
        fl_output_number(output, "suspended", "", health->suspended);
        return;
    }
    fl_output_say(
        output,
        _("%s: %s. Nodes: %" PRIu64 ", here now: %" PRIu64 ", late: %" PRIu64
          ", suspended: %" PRIu64 "."),
        health->call->node->identity->code,
        health->worst == FL_HEALTH_WELL        ? _("all is well")
        : health->worst == FL_HEALTH_ATTENTION ? _("somebody should look")
                                               : _("this node does not work"),
        health->peers, health->connected, health->late_count, health->suspended);
    if (health->late_count > health->shown) {
        fl_output_say(
            output,
            _("The %zu that are silent for longest are shown; `filial node list` "
              "has all."),
            health->shown);
    }
}

enum fl_status fl_health_show(
    struct fl_call *call,
    uint64_t late_ms,
    enum fl_health *out_health,
    struct fl_error *out_error)
{
    struct health *health = fl_alloc_zeroed(1, sizeof(*health));

    if (!health) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    health->call = call;
    health->now_ms = fl_node_now_ms();
    health->late_ms = (int64_t)late_ms;
    fl_output_list_begin(call->output, "problems");
    tell_home(health);
    tell_room(health);
    tell_decisions(health);
    tell_mirrors(health);
    look_at_peers(health);
    const enum fl_status status = tell_late(health, out_error);

    fl_output_list_end(call->output);
    sum_up(health);
    *out_health = health->worst;
    fl_free(health);
    return status;
}
