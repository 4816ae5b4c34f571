/*
 * Messages that have arrived whole become durable: as many as one commit should hold, of
 * all peers, then one for one where that fails. Only then do the sessions hear of it and
 * confirm.
 */

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "link.h"
#include "log.h"
#include "routing/routing.h"

enum {
    EXIT_DRILL = 9,
    /* Of the store: journal, index, collision, and two of who had it registered. */
    ROWS_PER_ENTRY = 5,
};

bool fl_replicator_has_ready(const struct fl_replicator *replicator)
{
    return replicator->ready_count > 0;
}

struct outcome {
    enum fl_status status;
    struct fl_error error;
};

static void note_quarantined(const struct fl_ready *ready)
{
    struct fl_link *link = ready->link;

    if (link->quarantined_number == ready->number) {
        (void)fl_link_note(
            link, FL_HISTORY_QUARANTINED, ready->number, link->peer.incarnation, NULL);
    }
}

static void tell_outcome(
    struct fl_replicator *replicator,
    const struct fl_ready *ready,
    const struct outcome *outcome,
    uint64_t now_ms)
{
    struct fl_session_event event = {
        .kind = FL_SESSION_APPLIED, .now_ms = now_ms, .number = ready->number};

    const struct fl_message_header *header =
        &fl_link_incoming(ready->link, ready->number)->open.header;

    fl_link_note_changes(
        ready->link, header, outcome->status == FL_OK ? NULL : &outcome->error);
    if (outcome->status != FL_OK) {
        event.kind = FL_SESSION_APPLY_REFUSED;
        event.text = outcome->error.text;
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SYNC_FAILED, "peer=%s number=%" PRIu64 " error=%s",
            ready->link->peer.code, ready->number,
            fl_log_value(outcome->error.text).text);
        if (ready->link->held_number != ready->number) {
            (void)fl_link_note(
                ready->link, FL_HISTORY_STOPPED, ready->number,
                ready->link->peer.incarnation, outcome->error.text);
        }
    } else {
        struct fl_incoming *incoming = fl_link_incoming(ready->link, ready->number);

        ready->link->objects_received += incoming->open.header.entry_count;
        fl_incoming_clear(incoming);
        note_quarantined(ready);
    }
    fl_link_step(ready->link, &event);
    if (outcome->status == FL_OK) {
        fl_replicator_note_changed(replicator, ready->link, now_ms);
    }
}

static enum fl_status commit(
    struct fl_replicator *replicator,
    struct fl_txn *txn,
    struct outcome *outcome)
{
    if (fl_fault_strikes(&replicator->fault, FL_FAULT_EXIT_APPLY)) {
        fl_txn_abort(txn);
        fl_fault_done(replicator->node, &replicator->fault);
        _exit(EXIT_DRILL);
    }
    fl_applying_commit(&replicator->applying);
    outcome->status = fl_txn_commit(txn);
    if (outcome->status != FL_OK) {
        outcome->error = *fl_txn_error(txn);
    }
    return outcome->status;
}

/* What applying a message changes of its link. */
struct before {
    struct fl_peer peer;
    struct fl_seen seen;
    uint64_t altered;
};
/* What their filters are, before a transaction is open: reading them may write. */
static void prepare(
    struct fl_replicator *replicator,
    const struct fl_ready *ready,
    size_t count,
    struct outcome *outcome)
{
    outcome->status = FL_OK;
    for (size_t i = 0; i < count && outcome->status == FL_OK; i++) {
        outcome->status = fl_routing_prepare(
            replicator->node, &ready[i].link->peer, FL_ROUTING_SOME, &outcome->error);
    }
}

/* As many of the ready as fit one commit; when that fails, each for itself. */
static size_t apply_some(
    struct fl_replicator *replicator,
    const struct fl_ready *ready,
    size_t count,
    struct outcome *outcome)
{
    struct before *before = fl_alloc_zeroed(count, sizeof(*before));
    struct fl_txn txn;
    size_t done = 0;

    if (!before) {
        outcome->status = fl_error_set(&outcome->error, FL_NO_MEMORY, "no memory");
        return 1;
    }
    prepare(replicator, ready, count, outcome);
    if (outcome->status != FL_OK) {
        fl_free(before);
        return 1;
    }
    fl_txn_begin(&txn, replicator->node->store, FL_TXN_INTAKE);
    uint64_t head = fl_journal_head(&txn);
    bool of_one = true;

    /* What comes behind new settings is judged by them: after this commit. */
    while (done < count && outcome->status == FL_OK && !replicator->settings_came) {
        const struct fl_incoming *incoming =
            fl_link_incoming(ready[done].link, ready[done].number);
        uint64_t bytes = incoming->open.header.plain_bytes;
        uint64_t keys = incoming->open.header.entry_count;

        if (done > 0 && !fl_txn_has_room(&txn, 2 * bytes, ROWS_PER_ENTRY * keys + 16)) {
            break;
        }
        before[done].peer = ready[done].link->peer;
        before[done].seen = ready[done].link->seen;
        before[done].altered = ready[done].link->altered;
        of_one = of_one && ready[done].link == ready[0].link;
        outcome->status =
            fl_link_apply(ready[done].link, &txn, &ready[done], &outcome->error);
        done++;
    }
    if (outcome->status == FL_OK) {
        uint64_t head_after = fl_journal_head(&txn);

        /* What a peer with a filter brought may have to be taken from it. */
        if (commit(replicator, &txn, outcome) == FL_OK && of_one &&
            !fl_routing_routes(replicator->node, &ready[0].link->peer)) {
            fl_link_scan_pass(ready[0].link, head, head_after);
        }
        if (outcome->status == FL_OK && replicator->settings_came) {
            outcome->status = fl_node_reload(replicator->node, &outcome->error);
            replicator->node->revision++;
        }
    } else if (fl_txn_status(&txn) != FL_OK) {
        outcome->error = *fl_txn_error(&txn);
    }
    fl_txn_abort(&txn);
    fl_applying_end(&replicator->applying);
    /* What was not committed did not happen: peers and routes are as the store has them.
     */
    for (size_t i = done; i > 0 && outcome->status != FL_OK; i--) {
        ready[i - 1].link->peer = before[i - 1].peer;
        ready[i - 1].link->seen = before[i - 1].seen;
        ready[i - 1].link->altered = before[i - 1].altered;
    }
    if (outcome->status != FL_OK) {
        (void)fl_replicator_load_routes(replicator);
    }
    replicator->settings_came = false;
    fl_free(before);
    return done;
}

static void apply_ready(
    struct fl_replicator *replicator,
    struct fl_ready *ready,
    size_t count,
    uint64_t now_ms)
{
    size_t limit = count;

    for (size_t at = 0; at < count;) {
        struct outcome outcome = {.status = FL_OK};
        size_t done = apply_some(
            replicator, ready + at, count - at < limit ? count - at : limit, &outcome);

        if (outcome.status != FL_OK && done > 1) {
            limit = 1;
            continue;
        }
        for (size_t i = 0; i < done; i++) {
            tell_outcome(replicator, &ready[at + i], &outcome, now_ms);
        }
        at += done;
    }
}

enum fl_status fl_replicator_flush(
    struct fl_replicator *replicator,
    bool all,
    uint64_t now_ms,
    struct fl_error *out_error)
{
    struct fl_ready ready[FL_READY_MAX];
    size_t count = replicator->ready_count;

    if (count > 0 &&
        (all || replicator->ready_bytes >= replicator->node->settings.commit_bytes ||
         count > FL_READY_MAX / 2)) {
        memcpy(ready, replicator->ready, count * sizeof(ready[0]));
        replicator->ready_count = 0;
        replicator->ready_bytes = 0;
        apply_ready(replicator, ready, count, now_ms);
        fl_replicator_tell_changed(replicator, now_ms);
    }
    if (fl_store_is_dead(replicator->node->store)) {
        return fl_error_set(
            out_error, FL_IO,
            "a commit failed and its outcome is unknown: the process ends and starts "
            "anew");
    }
    return FL_OK;
}
