/*
 * Thousands of links: what would cost a walk over all of them for each event is gathered,
 * and what each turn asks of every link lies side by side. With few links nothing waits.
 */

#include <string.h>

#include "compare/compare.h"
#include "link.h"
#include "plan/registrations.h"
#include "recovery/horizon.h"

/* So many links are told, or written down, for a millisecond of waiting. */
enum { LINKS_PER_MS = 20, FEW_LINKS = 64 };

static uint64_t wait_ms(const struct fl_replicator *replicator)
{
    return replicator->link_count <= FEW_LINKS ? 0
                                               : replicator->link_count / LINKS_PER_MS;
}

/* -- looks -- */

static bool expects(const struct fl_link *link)
{
    for (size_t i = 0; link->incoming && i < FL_LINK_SLOTS; i++) {
        const struct fl_incoming *incoming = &link->incoming[i];

        if (incoming->number > 0 && incoming->held < incoming->open.header.chunk_count) {
            return true;
        }
    }
    return false;
}

void fl_link_touch(struct fl_link *link)
{
    const uint64_t dues_ms[] = {
        fl_session_due_ms(link->session), fl_compare_due_ms(link),
        fl_horizon_due_ms(link), fl_turn_due_ms(link)};
    struct fl_link_look look = {
        .due_ms = UINT64_MAX,
        .tended = link->compare || link->peer.is_behind,
        .expects = expects(link)};

    for (size_t i = 0; i < sizeof(dues_ms) / sizeof(dues_ms[0]); i++) {
        look.due_ms = dues_ms[i] < look.due_ms ? dues_ms[i] : look.due_ms;
    }
    link->replicator->looks[link->index] = look;
    fl_turns_note(link);
}

bool fl_replicator_expects_more(const struct fl_replicator *replicator)
{
    for (size_t i = 0; i < replicator->link_count; i++) {
        if (replicator->looks[i].expects) {
            return true;
        }
    }
    return false;
}

/* -- by key -- */

static size_t place_of(const struct fl_replicator *replicator, const uint8_t *key)
{
    return (size_t)fl_load_u64(key) & (replicator->place_count - 1);
}

static void put_place(
    struct fl_replicator *replicator,
    struct fl_link *link,
    const uint8_t *key)
{
    size_t at = place_of(replicator, key);

    while (replicator->places[at]) {
        at = (at + 1) & (replicator->place_count - 1);
    }
    replicator->places[at] = link;
}

enum fl_status fl_replicator_index_keys(struct fl_replicator *replicator)
{
    size_t count = 16;

    while (count < 4 * replicator->link_count) {
        count *= 2;
    }
    struct fl_link **places = fl_alloc_zeroed(count, sizeof(struct fl_link *));

    if (!places) {
        return FL_NO_MEMORY;
    }
    fl_free(replicator->places);
    replicator->places = places;
    replicator->place_count = count;
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        put_place(replicator, link, link->peer.transport_key);
        if (link->peer.previous_key_until_ms != 0) {
            put_place(replicator, link, link->peer.previous_transport_key);
        }
    }
    return FL_OK;
}

static bool has_key(const struct fl_link *link, const uint8_t *key)
{
    const struct fl_peer *peer = &link->peer;

    return memcmp(peer->transport_key, key, FL_PUBLIC_KEY_BYTES) == 0 ||
           (peer->previous_key_until_ms != 0 &&
            memcmp(peer->previous_transport_key, key, FL_PUBLIC_KEY_BYTES) == 0);
}

/* A node that was removed and has joined anew has its keys still: the link that lives. */
static struct fl_link *better(struct fl_link *found, struct fl_link *link)
{
    return found && found->peer.state == FL_PEER_ACTIVE ? found : link;
}

struct fl_link *fl_replicator_find(
    struct fl_replicator *replicator,
    const uint8_t transport_key[FL_PUBLIC_KEY_BYTES])
{
    size_t at = place_of(replicator, transport_key);
    struct fl_link *found = NULL;

    for (; replicator->places[at]; at = (at + 1) & (replicator->place_count - 1)) {
        if (has_key(replicator->places[at], transport_key)) {
            found = better(found, replicator->places[at]);
        }
    }
    /* A key that has changed since the peers were read. */
    for (size_t i = 0; !found && i < replicator->link_count; i++) {
        if (has_key(replicator->links[i], transport_key)) {
            found = replicator->links[i];
        }
    }
    return found;
}

/* -- by number -- */

/* Peers are read in the order of their numbers, and a new one has the highest. */
struct fl_link *fl_replicator_find_number(
    struct fl_replicator *replicator,
    uint32_t number)
{
    size_t low = 0;
    size_t high = replicator->link_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (replicator->links[middle]->peer.number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < replicator->link_count && replicator->links[low]->peer.number == number
               ? replicator->links[low]
               : NULL;
}

/* -- the journal has grown -- */

void fl_replicator_note_changed(
    struct fl_replicator *replicator,
    struct fl_link *by,
    uint64_t now_ms)
{
    replicator->changed_by_peer = replicator->changed_by_peer || by;
    if (!replicator->changed) {
        replicator->changed = true;
        replicator->changed_by = by;
        replicator->changed_due_ms = now_ms + wait_ms(replicator);
    } else if (replicator->changed_by != by) {
        replicator->changed_by = NULL;
    }
}

void fl_replicator_tell_changed(struct fl_replicator *replicator, uint64_t now_ms)
{
    const struct fl_link *by = replicator->changed_by;
    const bool by_peer = replicator->changed_by_peer;

    if (!replicator->changed || now_ms < replicator->changed_due_ms) {
        return;
    }
    replicator->changed = false;
    replicator->changed_by = NULL;
    replicator->changed_by_peer = false;
    for (size_t i = 0; i < replicator->link_count; i++) {
        struct fl_link *link = replicator->links[i];

        /* What is written here goes up by the schedule. */
        if (link != by && (by_peer || !fl_peer_is_called(&link->peer))) {
            fl_link_tell(link, FL_SESSION_CHANGED, now_ms);
        }
    }
}

/* -- what may be written late -- */

void fl_link_note_waiting(struct fl_link *link)
{
    struct fl_replicator *replicator = link->replicator;

    if (!replicator->waiting) {
        replicator->waiting = true;
        replicator->waiting_due_ms = link->now_ms + wait_ms(replicator);
    }
}

static bool has_waiting(const struct fl_link *link)
{
    return link->confirmed_waits || link->overlay_confirmed ||
           fl_link_scan_is_worth_keeping(link);
}

/* Has something come that is not judged yet, maybe by a session that ended since? */
static bool has_ready(const struct fl_link *link)
{
    const struct fl_replicator *replicator = link->replicator;

    for (size_t i = 0; i < replicator->ready_count; i++) {
        if (replicator->ready[i].link == link) {
            return true;
        }
    }
    return false;
}

/* With nothing on its way: what is judged by an older number has been. */
static void clean_overlay(struct fl_link *link, struct fl_txn *txn)
{
    struct fl_peer_stream stream = {
        .peer = link->peer.number, .incarnation = link->peer.confirmed_incarnation};

    link->overlay_confirmed = fl_registered_confirm(
        txn, stream, link->peer.confirmed_number, link->peer.confirmed_lsn,
        &link->overlay_at);
    if (!link->overlay_confirmed) {
        link->overlay_at = (struct fl_key){0};
    }
}

static void put_link(struct fl_link *link, struct fl_txn *txn)
{
    if (fl_link_scan_is_worth_keeping(link)) {
        fl_link_scan_keep(link, txn);
    }
    if (link->confirmed_waits) {
        fl_link_put_confirmed(link, txn);
    }
    if (link->overlay_confirmed && fl_link_state(link) != FL_SESSION_ROUND &&
        !has_ready(link)) {
        clean_overlay(link, txn);
    }
}

/* Once no round of theirs is going on that would write it anyway. */
void fl_replicator_put_waiting(struct fl_replicator *replicator, uint64_t now_ms)
{
    struct fl_txn txn;
    bool any = false;

    if (!replicator->waiting || now_ms < replicator->waiting_due_ms) {
        return;
    }
    replicator->waiting = false;
    for (size_t i = 0; i < replicator->link_count; i++) {
        const bool has = has_waiting(replicator->links[i]);

        replicator->waiting = replicator->waiting || has;
        any = any || (has && fl_link_state(replicator->links[i]) != FL_SESSION_ROUND);
    }
    replicator->waiting_due_ms = now_ms + wait_ms(replicator);
    if (!any) {
        return;
    }
    fl_txn_begin(&txn, replicator->node->store, FL_TXN_KEEP);
    for (size_t i = 0; i < replicator->link_count; i++) {
        put_link(replicator->links[i], &txn);
    }
    (void)fl_txn_commit(&txn);
}

uint64_t fl_replicator_gathered_due_ms(const struct fl_replicator *replicator)
{
    uint64_t due_ms = replicator->changed ? replicator->changed_due_ms : UINT64_MAX;

    /* With few links each turn looks, and the end of a round is one. */
    if (replicator->waiting && wait_ms(replicator) > 0 &&
        replicator->waiting_due_ms < due_ms) {
        due_ms = replicator->waiting_due_ms;
    }
    return due_ms;
}
