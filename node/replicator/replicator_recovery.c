/*
 * Who may speak: peers that were restored from backups, copies of them beside their
 * originals, parents that go backwards.
 *
 * A child under a new incarnation was restored: it is served, and gets back what it lost.
 * One that was replaced and speaks again may be a node restored twice, so it is served
 * too. Only when two are seen alive is the later one held for an operator: the
 * incarnation that had replaced another speaks again after that one came back, or two
 * processes take turns in the same incarnation. A parent is followed to a new incarnation
 * on the record that its administrator made, or on the word of our own operator.
 */

#include <inttypes.h>
#include <string.h>

#include "language.h"
#include "link.h"
#include "log.h"

enum { SPEAKER_RETURNS_MAX = 2, NOTE_AGAIN_MS = 60000 };

static const char *const COPY = N_(
    "this node and a copy of it are both alive: the operator of the parent must decide");
static const char *const CHANGES =
    N_("too much would change at once: the operator of the parent must decide");
static const char *const UNCONFIRMED =
    N_("the parent was restored and nobody confirmed it there: filial store adopt "
       "--restored");
static const char *const OLDER =
    N_("an older state of the parent came back; to keep it, there: filial store adopt "
       "--restored");

/* -- what is remembered -- */

/*
 * Thousands of links share the memory of one history: it is read when something happens,
 * and the store alone has it.
 */
static struct fl_history *recall_in(struct fl_link *link, struct fl_txn *txn)
{
    fl_history_get(txn, link->peer.number, &link->replicator->history);
    return &link->replicator->history;
}

static struct fl_history *recall(struct fl_link *link)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    struct fl_history *history = recall_in(link, &txn);

    fl_txn_abort(&txn);
    return history;
}

static void keep(struct fl_link *link, struct fl_history *history)
{
    struct fl_txn txn;

    history->changes_held = link->changes_held;
    history->changes_released = link->changes_released;
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
    fl_history_put(&txn, link->peer.number, history);
    (void)fl_txn_commit(&txn);
}

void fl_link_history_load(struct fl_link *link, struct fl_txn *txn)
{
    const struct fl_history *history = recall_in(link, txn);

    link->changes_held = history->changes_held;
    link->changes_released = history->changes_released;
    if (history->event_count > 0 &&
        history->events[history->event_count - 1].kind == FL_HISTORY_RELEASED) {
        link->speakers = (struct fl_speakers){.last = 0};
    }
}

static void add(
    struct fl_history *history,
    enum fl_history_kind kind,
    uint64_t number,
    struct fl_uuid incarnation,
    const char *text)
{
    struct fl_history_event event = {
        .kind = kind, .number = number, .incarnation = incarnation};

    event.first_ms = event.last_ms = fl_node_now_ms();
    if (text) {
        struct fl_bytes words =
            fl_bytes_utf8_beginning(fl_bytes_of_text(text), FL_HISTORY_TEXT_BYTES_MAX);

        memcpy(event.text, words.data, words.size);
    }
    fl_history_add(history, &event);
}

/* A peer that asks again every few seconds is not written down each time. */
static bool is_fresh(
    const struct fl_history *history,
    enum fl_history_kind kind,
    struct fl_uuid incarnation,
    const char *text)
{
    if (history->event_count == 0) {
        return true;
    }
    const struct fl_history_event *last = &history->events[history->event_count - 1];
    int64_t age_ms = fl_node_now_ms() - last->last_ms;

    return last->kind != kind || !fl_uuid_equal(last->incarnation, incarnation) ||
           (text && strncmp(last->text, text, FL_HISTORY_TEXT_BYTES_MAX) != 0) ||
           age_ms < 0 || age_ms > NOTE_AGAIN_MS;
}

bool fl_link_note(
    struct fl_link *link,
    enum fl_history_kind kind,
    uint64_t number,
    struct fl_uuid incarnation,
    const char *text)
{
    struct fl_history *history = recall(link);

    if (!is_fresh(history, kind, incarnation, text)) {
        return false;
    }
    add(history, kind, number, incarnation, text);
    keep(link, history);
    return true;
}

/* -- hello -- */

static uint32_t process_of(const struct fl_frame *frame)
{
    return (uint32_t)(frame->nonce >> 32);
}

/*
 * Two processes that take turns in one incarnation: a copy of the directory that had
 * nothing to say yet. A process that merely started anew does not come back.
 */
static bool is_second_speaker(struct fl_link *link, const struct fl_frame *frame)
{
    struct fl_speakers *speakers = &link->speakers;
    uint32_t process = process_of(frame);

    if (!fl_uuid_equal(speakers->incarnation, frame->sender_incarnation)) {
        *speakers = (struct fl_speakers){
            .processes = {process}, .incarnation = frame->sender_incarnation};
    } else if (process != speakers->last) {
        if (process == speakers->processes[0] || process == speakers->processes[1]) {
            speakers->returns++;
        } else if (speakers->processes[1] == 0) {
            speakers->processes[1] = process;
        } else {
            speakers->processes[0] = speakers->last;
            speakers->processes[1] = process;
            speakers->returns = 0;
        }
    }
    speakers->last = process;
    return speakers->returns >= SPEAKER_RETURNS_MAX && process == speakers->processes[1];
}

/* An operator must look: told, but not every few seconds. */
static const char *hold(
    struct fl_link *link,
    enum fl_history_kind kind,
    uint64_t number,
    struct fl_uuid incarnation,
    const char *words)
{
    if (fl_link_note(link, kind, number, incarnation, words)) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_PEER_HELD, "peer=%s reason=%s", link->peer.code,
            fl_history_kind_name(kind));
    }
    return words;
}

const char *fl_link_hello_reason(struct fl_link *link, const struct fl_frame *frame)
{
    if (frame->kind != FL_FRAME_HELLO || link->peer.role == FL_PEER_PARENT) {
        return NULL;
    }
    if (link->changes_held &&
        fl_uuid_equal(frame->sender_incarnation, link->peer.incarnation)) {
        return CHANGES;
    }
    if (fl_history_holds(recall(link), frame->sender_incarnation)) {
        return COPY;
    }
    return is_second_speaker(link, frame)
               ? hold(link, FL_HISTORY_HELD_COPY, 0, frame->sender_incarnation, COPY)
               : NULL;
}

/* -- too much at once -- */

enum fl_status fl_link_hold_changes(
    struct fl_link *link,
    const struct fl_message_header *header,
    uint64_t altered,
    struct fl_error *out_error)
{
    const struct fl_settings *settings = &link->replicator->node->settings;
    struct fl_store_usage usage;
    uint64_t all = link->altered + altered;

    if (link->peer.role != FL_PEER_PARENT && all > settings->hold_objects &&
        settings->hold_share < 100 && !link->changes_released &&
        fl_store_usage(link->replicator->node->store, &usage, out_error) == FL_OK &&
        all > usage.objects * settings->hold_share / 100) {
        link->held_number = header->number;
        return fl_error_set(
            out_error, FL_REFUSED,
            "it would change or delete more than %llu of the %llu objects here",
            (unsigned long long)all - 1, (unsigned long long)usage.objects);
    }
    link->altered = header->flags & FL_MESSAGE_SERIES_END ? 0 : all;
    return FL_OK;
}

static void end_release(struct fl_link *link)
{
    link->changes_released = false;
    keep(link, recall(link));
}

void fl_link_note_changes(
    struct fl_link *link,
    const struct fl_message_header *header,
    const struct fl_error *refusal)
{
    if (refusal) {
        if (link->held_number == header->number) {
            link->changes_held = true;
            (void)hold(
                link, FL_HISTORY_HELD_CHANGES, header->number, link->peer.incarnation,
                refusal->text);
        }
    } else if (link->changes_released && (header->flags & FL_MESSAGE_SERIES_END)) {
        end_release(link);
    }
}

void fl_link_note_round(struct fl_link *link)
{
    if (link->changes_released) {
        end_release(link);
    }
}

/* -- another incarnation -- */

void fl_link_take_restored(struct fl_link *link, const struct fl_frame *frame)
{
    struct fl_restored restored = {
        .installation = link->replicator->node->identity->installation,
        .node = link->peer.node,
        .incarnation = frame->sender_incarnation,
    };

    if (link->peer.role != FL_PEER_PARENT) {
        fl_link_drop_frame(link, "unexpected");
    } else if (
        fl_restored_verify(&restored, link->peer.signing_key, frame->signature) !=
            FL_OK &&
        fl_restored_verify(
            &restored, link->peer.previous_signing_key, frame->signature) != FL_OK) {
        fl_link_drop_frame(link, "signature_of_restore");
    } else {
        link->restored = frame->sender_incarnation;
    }
}

static const char *parent_reason(struct fl_link *link, struct fl_uuid incarnation)
{
    const struct fl_history *history = recall(link);

    if (fl_uuid_equal(history->admitted, incarnation)) {
        return NULL;
    }
    if (fl_history_knows(history, incarnation)) {
        return OLDER;
    }
    return fl_uuid_equal(link->restored, incarnation) ? NULL : UNCONFIRMED;
}

const char *fl_link_renewed_reason(struct fl_link *link, struct fl_uuid incarnation)
{
    if (fl_uuid_is_zero(link->peer.incarnation)) {
        return NULL;
    }
    if (link->peer.role == FL_PEER_PARENT) {
        const char *reason = parent_reason(link, incarnation);

        return reason ? hold(link, FL_HISTORY_PARENT_REFUSED, 0, incarnation, reason)
                      : NULL;
    }
    struct fl_history *history = recall(link);

    if (!fl_history_is_beside(history, incarnation)) {
        return NULL;
    }
    fl_history_hold(history, incarnation);
    keep(link, history);
    return hold(link, FL_HISTORY_HELD_COPY, 0, incarnation, COPY);
}

void fl_link_history_turn(
    struct fl_link *link,
    struct fl_txn *txn,
    struct fl_uuid incarnation)
{
    struct fl_history *history = recall_in(link, txn);

    if (!fl_uuid_is_zero(link->peer.incarnation)) {
        if (history->turn_count == 0) {
            fl_history_turn(history, link->peer.incarnation, link->peer.created_ms);
        }
        add(history,
            fl_history_knows(history, incarnation) ? FL_HISTORY_PEER_RETURNED
                                                   : FL_HISTORY_PEER_RESTORED,
            0, incarnation, NULL);
    }
    fl_history_turn(history, incarnation, fl_node_now_ms());
    history->changes_held = link->changes_held = false;
    history->changes_released = link->changes_released = false;
    history->admitted = (struct fl_uuid){{0}};
    fl_history_put(txn, link->peer.number, history);
}
