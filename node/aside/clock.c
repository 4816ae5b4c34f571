#include "aside/clock.h"

#include "log.h"
#include "replicator/link.h"

enum { SHOW_EVERY_MS = 10 * 60 * 1000 };

void fl_link_show_clock(struct fl_link *link, const struct fl_frame *frame)
{
    bool greets = frame->kind == FL_FRAME_HELLO || frame->kind == FL_FRAME_WELCOME;
    bool rounds = frame->kind == FL_FRAME_SYNC || frame->kind == FL_FRAME_DONE;

    if (!greets && !(rounds && link->now_ms >= link->clock.shown_ms + SHOW_EVERY_MS)) {
        return;
    }
    struct fl_frame clock = {
        .kind = FL_FRAME_CLOCK,
        .nonce = frame->nonce,
        .sender_incarnation = frame->sender_incarnation,
        .receiver_incarnation = frame->receiver_incarnation,
        .clock_ms = fl_node_now_ms()};

    link->clock.shown_ms = link->now_ms;
    fl_link_send_frame(link, &clock);
}

static bool is_off(int64_t offset_ms)
{
    return offset_ms > FL_CLOCK_OFF_MS || offset_ms < -FL_CLOCK_OFF_MS;
}

/* A clock that no time can be told by: before 1970 or behind the year 9999. */
static bool is_sound(int64_t clock_ms)
{
    const int64_t last_ms = INT64_C(253402300799999);

    return clock_ms >= 0 && clock_ms <= last_ms;
}

void fl_link_take_clock(struct fl_link *link, const struct fl_frame *frame)
{
    bool was_off = link->clock.known && is_off(link->clock.offset_ms);

    if (!is_sound(frame->clock_ms)) {
        fl_link_drop_frame(link, "malformed_clock");
        return;
    }
    link->clock.known = true;
    link->clock.offset_ms = frame->clock_ms - fl_node_now_ms();
    if (is_off(link->clock.offset_ms) && !was_off) {
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_PEER_CLOCK, "peer=%s off_seconds=%lld",
            link->peer.code, (long long)(link->clock.offset_ms / 1000));
    }
}
