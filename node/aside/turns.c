#include "aside/turns.h"

#include <inttypes.h>

#include "log.h"
#include "replicator/link.h"

enum {
    WAIT_MS_LEAST = 500,
    WAIT_MS_MOST = 10 * 60 * 1000,
    TRUST_MS_MOST = 60 * 60 * 1000, /* whatever a parent says */
    SPACING_US_FIRST = 10000,
    SPACING_US_MOST = 60 * 1000 * 1000,
    SPACING_WEIGHT = 8, /* the last so many ends count */
};

/* -- parent -- */

static uint32_t next_wait_ms(struct fl_turns *turns, uint64_t now_ms)
{
    uint64_t spacing_us = turns->spacing_us > 0 ? turns->spacing_us : SPACING_US_FIRST;
    uint64_t from_ms = turns->next_ms > now_ms ? turns->next_ms : now_ms + WAIT_MS_LEAST;
    uint64_t wait_ms = from_ms - now_ms;

    /* Times are handed out in milliseconds: several may have the same one. */
    turns->postponed++;
    turns->next_ms = from_ms + (spacing_us + turns->postponed % 1000) / 1000;
    return (uint32_t)(wait_ms < WAIT_MS_MOST ? wait_ms : WAIT_MS_MOST);
}

bool fl_turns_admit(struct fl_link *link, const struct fl_frame *frame, uint64_t now_ms)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_turns *turns = &replicator->turns;

    if (frame->kind != FL_FRAME_SYNC || link->peer.role != FL_PEER_CHILD ||
        link->turn.counted || turns->running < replicator->node->settings.rounds_max ||
        fl_session_state(link->session) != FL_SESSION_IDLE) {
        return true;
    }
    struct fl_frame later = {
        .kind = FL_FRAME_LATER,
        .nonce = frame->nonce,
        .sender_incarnation = replicator->node->identity->incarnation,
        .receiver_incarnation = frame->sender_incarnation,
        .later_ms = next_wait_ms(turns, now_ms)};

    fl_log(
        FL_LOG_DEBUG, FL_LOG_EVENT_SYNC_POSTPONED, "peer=%s ms=%" PRIu32, link->peer.code,
        later.later_ms);
    fl_link_send_frame(link, &later);
    return false;
}

static void note_end(struct fl_turns *turns, uint64_t now_ms)
{
    uint64_t took_us = now_ms > turns->ended_ms ? (now_ms - turns->ended_ms) * 1000 : 0;

    took_us = took_us < SPACING_US_MOST ? took_us : SPACING_US_MOST;
    if (turns->ended_ms > 0) {
        turns->spacing_us =
            (turns->spacing_us * (SPACING_WEIGHT - 1) + took_us) / SPACING_WEIGHT;
    }
    turns->ended_ms = now_ms;
}

void fl_turns_note(struct fl_link *link)
{
    struct fl_turns *turns = &link->replicator->turns;
    bool runs = link->peer.role == FL_PEER_CHILD &&
                fl_session_state(link->session) == FL_SESSION_ROUND;

    if (runs && !link->turn.counted) {
        turns->running++;
    } else if (!runs && link->turn.counted) {
        turns->running--;
        note_end(turns, link->now_ms);
    }
    link->turn.counted = runs;
}

void fl_turns_forget(struct fl_link *link)
{
    link->replicator->turns.running -= link->turn.counted;
    link->turn.counted = false;
}

/* -- child -- */

void fl_turn_take(struct fl_link *link, const struct fl_frame *frame, uint64_t now_ms)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_session_head head;

    if (link->peer.role == FL_PEER_CHILD || !fl_session_head(link->session, &head) ||
        head.nonce != frame->nonce ||
        !fl_uuid_equal(head.peer_incarnation, frame->sender_incarnation)) {
        fl_link_drop_frame(link, "unexpected");
        return;
    }
    uint32_t wait_ms =
        frame->later_ms < TRUST_MS_MOST ? frame->later_ms : (uint32_t)TRUST_MS_MOST;

    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_SYNC_POSTPONED, "peer=%s ms=%" PRIu32, link->peer.code,
        wait_ms);
    link->turn.until_ms = now_ms + wait_ms;
    link->turn.connected = true;
    fl_link_tell(link, FL_SESSION_DISCONNECTED, now_ms);
    if (replicator->output.postponed) {
        replicator->output.postponed(replicator->output.context, link);
    }
}

bool fl_turn_connected(struct fl_link *link, uint64_t now_ms)
{
    if (now_ms >= link->turn.until_ms) {
        link->turn.until_ms = 0;
        return false;
    }
    link->turn.connected = true;
    fl_link_touch(link);
    return true;
}

bool fl_turn_disconnected(struct fl_link *link)
{
    bool was_silent = link->turn.connected;

    link->turn.connected = false;
    return was_silent;
}

void fl_turn_tick(struct fl_link *link, uint64_t now_ms)
{
    if (link->turn.connected && now_ms >= link->turn.until_ms) {
        link->turn.connected = false;
        link->turn.until_ms = 0;
        fl_link_tell(link, FL_SESSION_CONNECTED, now_ms);
    }
}

uint64_t fl_turn_due_ms(const struct fl_link *link)
{
    return link->turn.connected ? link->turn.until_ms : UINT64_MAX;
}
