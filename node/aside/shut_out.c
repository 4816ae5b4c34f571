#include "aside/shut_out.h"

#include "language.h"
#include "replicator/link.h"

/* The receiver tells it in its own language, so both ends have the same words. */
static const char *words_of(enum fl_session_reason reason, bool by_parent)
{
    if (reason == FL_SESSION_SUSPENDED) {
        return by_parent ? N_("this node was suspended by the parent")
                         : N_("this node was suspended by the other one");
    }
    if (reason == FL_SESSION_REVOKED) {
        return by_parent ? N_("this node was revoked by the parent")
                         : N_("this node was revoked by the other one");
    }
    return NULL;
}

static void refuse(
    struct fl_link *link,
    enum fl_peer_state state,
    uint64_t nonce,
    struct fl_uuid peer_incarnation)
{
    struct fl_replicator *replicator = link->replicator;
    const enum fl_session_reason reason =
        state == FL_PEER_SUSPENDED ? FL_SESSION_SUSPENDED : FL_SESSION_REVOKED;
    const struct fl_frame frame = {
        .kind = FL_FRAME_REFUSE,
        .nonce = nonce,
        .sender_incarnation = replicator->node->identity->incarnation,
        .receiver_incarnation = peer_incarnation,
        .reason = (uint8_t)reason,
        .text = fl_bytes_of_text(words_of(reason, link->peer.role == FL_PEER_CHILD)),
    };

    if (replicator->output.postponed) {
        replicator->output.postponed(replicator->output.context, link);
    }
    fl_link_send_frame(link, &frame);
    replicator->output.close(replicator->output.context, link, /* words= */ NULL);
}

void fl_link_shut_out(struct fl_link *link, enum fl_peer_state state)
{
    struct fl_session_head head;

    if (fl_session_head(link->session, &head)) {
        refuse(link, state, head.nonce, head.peer_incarnation);
    } else if (fl_peer_is_called(&link->peer)) {
        link->replicator->output.close(
            link->replicator->output.context, link, /* words= */ NULL);
    }
}

void fl_link_answer_shut_out(struct fl_link *link, struct fl_bytes bytes)
{
    struct fl_frame hello;

    if (fl_frame_decode(bytes, &hello) == FL_OK && hello.kind == FL_FRAME_HELLO) {
        refuse(link, link->peer.state, hello.nonce, hello.sender_incarnation);
    }
}

const char *fl_link_shut_out_words(const struct fl_link *link)
{
    return words_of(link->ended, link->peer.role == FL_PEER_PARENT);
}
