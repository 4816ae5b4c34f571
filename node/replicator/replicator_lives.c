/*
 * Lives on a line: before each greeting a node tells its life, and what it has seen of
 * the other's. A life is written down before it is told.
 */

#include "link.h"
#include "storage/messages.h"

/* Their rows, at their longest, are less than half of what a transaction may write. */
enum { TOGETHER_MAX = 1000 };

void fl_link_put_peer(struct fl_link *link, struct fl_txn *txn)
{
    fl_peers_put(txn, &link->peer);
    fl_seen_put(txn, link->peer.number, &link->seen);
}

/* The lives that the peer has seen, up to now; in the replicator's room for one. */
static struct fl_lives *recall(struct fl_link *link, struct fl_txn *txn)
{
    struct fl_lives *lives = &link->replicator->lives;
    struct fl_stored_position applied = {.number = 0};
    struct fl_sent_message sent = {.number = 0};

    fl_lives_get(txn, link->peer.number, lives);
    if (lives->count > 0) {
        const struct fl_life *last = &lives->items[lives->count - 1];
        struct fl_peer_stream ours = {link->peer.number, last->own};
        struct fl_peer_stream theirs = {link->peer.number, last->peer};

        (void)fl_messages_last(txn, ours, &sent);
        (void)fl_positions_get(txn, theirs, &applied);
    }
    fl_lives_reach(lives, sent.number, applied.number);
    return lives;
}

/* What came before the first life that was written down, nobody can tell. */
static bool is_old(const struct fl_peer *peer)
{
    return peer->number_sent > 0 || peer->number_received > 0;
}

static bool begin(struct fl_link *link, struct fl_txn *txn)
{
    struct fl_replicator *replicator = link->replicator;
    struct fl_lives *lives = recall(link, txn);

    lives->cut = lives->cut || (lives->count == 0 && is_old(&link->peer));
    return fl_lives_begin(
        lives, &(struct fl_life){
                   .life = replicator->node->life,
                   .own = replicator->node->identity->incarnation,
                   .peer = link->peer.incarnation});
}

void fl_link_live(struct fl_link *link, struct fl_txn *txn)
{
    if (begin(link, txn)) {
        fl_lives_put(txn, link->peer.number, &link->replicator->lives);
    }
}

void fl_replicator_live(struct fl_replicator *replicator)
{
    enum fl_status status = FL_OK;

    for (size_t at = 0; at < replicator->link_count && status == FL_OK;) {
        size_t end = at + TOGETHER_MAX;
        struct fl_txn txn;

        fl_txn_begin(&txn, replicator->node->store, FL_TXN_KEEP);
        for (; at < end && at < replicator->link_count; at++) {
            fl_link_live(replicator->links[at], &txn);
        }
        status = fl_txn_commit(&txn);
    }
}

/* False: it could not be written down, and is not told. */
static bool is_written(struct fl_link *link)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_READ);
    bool is_new = begin(link, &txn);

    fl_txn_abort(&txn);
    if (!is_new) {
        return true;
    }
    fl_txn_begin(&txn, link->replicator->node->store, FL_TXN_KEEP);
    fl_lives_put(&txn, link->peer.number, &link->replicator->lives);
    return fl_txn_commit(&txn) == FL_OK;
}

void fl_link_show_life(
    struct fl_link *link,
    const struct fl_frame *greeting,
    const struct fl_session_greeting *said)
{
    struct fl_frame frame = {
        .kind = FL_FRAME_LIFE,
        .nonce = greeting->nonce,
        .sender_incarnation = greeting->sender_incarnation,
        .receiver_incarnation = greeting->receiver_incarnation,
        .life =
            {.life = said->life,
             .position_life = said->position.life,
             .confirmed_incarnation = said->confirmed.incarnation,
             .confirmed_number = said->confirmed.number,
             .confirmed_life = said->confirmed.life},
    };

    if (said->life > 0 && is_written(link)) {
        fl_link_send_frame(link, &frame);
    }
}

void fl_link_take_life(struct fl_link *link, const struct fl_frame *frame)
{
    link->said = (struct fl_link_said){
        .nonce = frame->nonce,
        .incarnation = frame->sender_incarnation,
        .life = frame->life,
    };
}

void fl_link_hear_life(
    const struct fl_link *link,
    const struct fl_frame *frame,
    struct fl_session_greeting *greeting)
{
    const struct fl_link_said *said = &link->said;

    if (said->nonce == frame->nonce &&
        fl_uuid_equal(said->incarnation, frame->sender_incarnation)) {
        greeting->life = said->life.life;
        greeting->position.life = said->life.position_life;
        greeting->confirmed.incarnation = said->life.confirmed_incarnation;
        greeting->confirmed.number = said->life.confirmed_number;
        greeting->confirmed.life = said->life.confirmed_life;
    }
}

bool fl_link_has_applied(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_session_position *confirmed)
{
    return confirmed->number == 0 || fl_lives_applied(recall(link, txn), confirmed);
}

bool fl_link_has_sent(
    struct fl_link *link,
    struct fl_txn *txn,
    const struct fl_session_position *position)
{
    return !fl_uuid_equal(
               position->incarnation, link->replicator->node->identity->incarnation) ||
           fl_lives_sent(recall(link, txn), position);
}
