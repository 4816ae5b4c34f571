/*
 * Connections: one that listens for children, one to the parent. The connection's key
 * says who is at its other end, the replicator what to do with a frame.
 */

#include <string.h>

#include "aside/shut_out.h"
#include "daemon_parts.h"
#include "language.h"
#include "log.h"
#include "recovery/replay.h"
#include "window/line_window.h"

enum {
    FRAMES_PER_TURN = 64,
    REST_FRAMES_MAX = 8192,
    RETRY_MS = 5000,   /* before a connection that was refused is made again */
    HELD_MS = 60000,   /* the same when an operator must decide first */
    CUT_MS = 50,       /* the same after it broke by itself */
    KEY_TRY_MS = 3000, /* then the peer has perhaps its other key */
    OUTBOX_WAIT_MS = 2,
};

/* -- what the replicator asks for -- */

static enum fl_status on_send(
    void *context,
    struct fl_link *link,
    struct fl_bytes head,
    struct fl_bytes body)
{
    struct fl_daemon *daemon = context;
    struct fl_line *line = fl_link_owner(link);

    if (!line) {
        return FL_NOT_FOUND;
    }
    if (!fl_line_is_up(line)) {
        /* It begins rounds itself; how fast is ours to say too. */
        (void)fl_line_window(line, daemon->node, fl_node_now_ms(), fl_daemon_now_ms());
    }
    enum fl_status status = fl_line_send(line, head, body);

    daemon->stirred = daemon->stirred || line->close_wanted || line->outbox.count > 0;
    return status;
}

/* Not at once: the session that asks for it is in the middle of a step. */
static void on_close(void *context, struct fl_link *link, const char *words)
{
    struct fl_daemon *daemon = context;
    struct fl_line *line = fl_link_owner(link);

    if (line) {
        daemon->stirred = true;
        line->close_wanted = true;
        fl_line_fail(line, FL_REFUSED, words);
    }
}

/* Nothing of a session that begins anew needs to cross a thin line. */
static void on_postponed(void *context, struct fl_link *link)
{
    struct fl_line *line = fl_link_owner(link);

    (void)context;
    if (line) {
        fl_outbox_clear(&line->outbox);
    }
}

static void on_round_done(void *context, struct fl_link *link)
{
    struct fl_line *line = fl_link_owner(link);

    if (line) {
        line->rounds++;
        line->traffic.round_ms = fl_node_now_ms();
        line->failure = FL_OK;
        ((struct fl_daemon *)context)->rounds_ended++;
    }
}

/* -- lines and links -- */

static enum fl_status add_line(struct fl_daemon *daemon, struct fl_link *link)
{
    struct fl_line **lines =
        fl_realloc(daemon->lines, (daemon->line_count + 1) * sizeof(*lines));
    struct fl_line *line = fl_alloc_zeroed(1, sizeof(*line));

    if (lines) {
        daemon->lines = lines;
    }
    if (!lines || !line) {
        fl_free(line);
        return FL_NO_MEMORY;
    }
    line->link = link;
    line->open_at_ms = fl_peer_is_called(fl_link_peer(link)) ? 0 : UINT64_MAX;
    line->noted_round_ms =
        fl_line_is_up(line)
            ? fl_line_last_round_ms(daemon->node, fl_link_peer(link)->number)
            : 0;
    fl_link_set_owner(link, line);
    daemon->lines[daemon->line_count++] = line;
    return FL_OK;
}

static enum fl_status find_called(struct fl_daemon *daemon)
{
    struct fl_line **called =
        fl_realloc(daemon->called, (daemon->line_count + 1) * sizeof(struct fl_line *));

    if (!called) {
        return FL_NO_MEMORY;
    }
    daemon->called = called;
    daemon->called_count = 0;
    for (size_t i = 0; i < daemon->line_count; i++) {
        if (fl_line_is_up(daemon->lines[i])) {
            called[daemon->called_count++] = daemon->lines[i];
        }
    }
    return FL_OK;
}

static enum fl_status give_keys(struct fl_daemon *daemon)
{
    uint8_t(*keys)[FL_TRANSPORT_KEY_BYTES] =
        fl_alloc_zeroed(2 * daemon->line_count + 1, FL_TRANSPORT_KEY_BYTES);
    size_t count = 0;

    if (!keys) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < daemon->line_count; i++) {
        const struct fl_peer *peer = fl_link_peer(daemon->lines[i]->link);

        if (peer->state == FL_PEER_ACTIVE && !fl_peer_is_called(peer)) {
            memcpy(keys[count++], peer->transport_key, FL_TRANSPORT_KEY_BYTES);
            if (peer->previous_key_until_ms != 0) {
                memcpy(
                    keys[count++], peer->previous_transport_key, FL_TRANSPORT_KEY_BYTES);
            }
        }
    }
    enum fl_status status = fl_zap_set_keys(
        daemon->zap, (const uint8_t(*)[FL_TRANSPORT_KEY_BYTES])keys, count);

    fl_free(keys);
    return status;
}

static enum fl_status read_peers(struct fl_daemon *daemon, struct fl_error *out_error)
{
    enum fl_status status = fl_replicator_reload(daemon->replicator, out_error);
    struct fl_link *link;

    for (size_t i = 0;
         status == FL_OK && (link = fl_replicator_link(daemon->replicator, i)); i++) {
        if (!fl_link_owner(link)) {
            status = add_line(daemon, link);
        }
    }
    if (status == FL_OK) {
        status = find_called(daemon);
    }
    return status == FL_OK ? give_keys(daemon) : status;
}

static void hash_ranks(const struct fl_node *node, uint8_t out_hash[FL_HASH_BYTES])
{
    struct fl_hasher hasher;
    struct fl_peer peer = {.number = 0};
    struct fl_txn txn;

    fl_hasher_init(&hasher);
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    while (fl_peers_next(&txn, peer.number, &peer) == FL_OK) {
        uint8_t bytes[5];

        if (peer.format == FL_PEER_NATIVE && peer.role != FL_PEER_CHILD) {
            fl_store_u32(bytes, peer.number);
            bytes[4] = (uint8_t)peer.role;
            fl_hasher_add(&hasher, (struct fl_bytes){bytes, sizeof(bytes)});
        }
    }
    fl_txn_abort(&txn);
    fl_hasher_finish(&hasher, out_hash);
}

static struct fl_daemon_facts facts_of(const struct fl_node *node)
{
    struct fl_daemon_facts facts = {
        .installation = node->identity->installation,
        .incarnation = node->identity->incarnation};

    hash_ranks(node, facts.ranks);
    facts.key_id = node->rotation.has_statement ? node->rotation.key_id : 0;
    memcpy(facts.plan, node->plan_hash, sizeof(facts.plan));
    memcpy(facts.configuration, node->configuration->hash, sizeof(facts.configuration));
    return facts;
}

void fl_daemon_close_lines(struct fl_daemon *daemon, uint64_t now_ms)
{
    for (size_t i = 0; i < daemon->line_count; i++) {
        fl_line_close(daemon->lines[i], now_ms, UINT64_MAX);
        fl_free(daemon->lines[i]);
    }
    fl_free(daemon->lines);
    fl_free(daemon->called);
    daemon->lines = NULL;
    daemon->called = NULL;
    daemon->line_count = 0;
    daemon->called_count = 0;
    fl_replicator_free(daemon->replicator);
    daemon->replicator = NULL;
}

enum fl_status fl_daemon_open_lines(struct fl_daemon *daemon, struct fl_error *out_error)
{
    const struct fl_replicator_output output = {
        .send = on_send,
        .close = on_close,
        .round_done = on_round_done,
        .postponed = on_postponed,
        .context = daemon};

    fl_daemon_close_lines(daemon, fl_daemon_now_ms());
    fl_replay_after_change(daemon->node);
    daemon->facts = facts_of(daemon->node);
    daemon->revision = daemon->node->revision;
    enum fl_status status =
        fl_replicator_new(daemon->node, &output, &daemon->replicator, out_error);

    if (status == FL_OK) {
        fl_replicator_live(daemon->replicator);
    }
    return status == FL_OK ? read_peers(daemon, out_error) : status;
}

enum fl_status fl_daemon_reload_lines(
    struct fl_daemon *daemon,
    struct fl_error *out_error)
{
    struct fl_daemon_facts facts = facts_of(daemon->node);

    if (memcmp(&facts, &daemon->facts, sizeof(facts)) != 0) {
        return fl_daemon_open_lines(daemon, out_error);
    }
    daemon->revision = daemon->node->revision;
    return read_peers(daemon, out_error);
}

/* -- to the parent -- */

/*
 * A peer that is changing its keys listens with the former one until all have noted the
 * new one: which of the two is found by trying.
 */
static void try_other_key(struct fl_line *line, uint64_t now_ms)
{
    bool has_two = fl_link_peer(line->link)->previous_key_until_ms != 0;

    if (line->own && has_two && !line->connected && now_ms >= line->tries_until_ms) {
        line->tries_former = !line->tries_former;
        fl_line_close(line, now_ms, now_ms);
    }
    line->tries_former = line->tries_former && has_two;
}

/* When it is to be opened; UINT64_MAX: it is open, or not before somebody says so. */
static uint64_t opens_at_ms(const struct fl_daemon *daemon, const struct fl_line *line)
{
    const bool may = fl_line_is_up(line) &&
                     fl_link_peer(line->link)->state == FL_PEER_ACTIVE &&
                     daemon->node->home == FL_HOME_OURS;

    return may && !line->own ? line->open_at_ms : UINT64_MAX;
}

static void open_parent(struct fl_daemon *daemon, struct fl_line *line, uint64_t now_ms)
{
    const struct fl_peer *peer = fl_link_peer(line->link);
    struct fl_error error = {0};

    if (now_ms < opens_at_ms(daemon, line)) {
        return;
    }
    line->open_at_ms = UINT64_MAX;
    line->tries_until_ms = now_ms + KEY_TRY_MS;
    if (fl_transport_connect(
            daemon->context, &daemon->node->keys, peer->endpoint,
            line->tries_former ? peer->previous_transport_key : peer->transport_key,
            &line->own, &error) != FL_OK) {
        line->open_at_ms = now_ms + RETRY_MS;
        fl_line_fail(line, FL_IO, error.text);
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_SYNC_FAILED, "peer=%s error=%s", peer->code,
            fl_log_value(error.text).text);
    }
}

static void on_connected(struct fl_line *line, uint64_t now_ms)
{
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_PEER_CONNECTED, "peer=%s",
        fl_link_peer(line->link)->code);
    line->refused = false;
    if (!line->connected) {
        line->connected = true;
        line->connected_ms = fl_node_now_ms();
        fl_replicator_connected(line->link, now_ms);
    }
}

static void on_disconnected(struct fl_line *line, uint64_t now_ms)
{
    if (line->connected) {
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_PEER_DISCONNECTED, "peer=%s",
            fl_link_peer(line->link)->code);
        line->connected = false;
        fl_outbox_clear(&line->outbox);
        fl_replicator_disconnected(line->link, now_ms);
    }
}

static void on_handshake_failed(struct fl_line *line)
{
    const char *words = fl_link_shut_out_words(line->link);

    line->refused = true;
    fl_line_fail(
        line, FL_REFUSED,
        words ? words
              : N_("the parent does not let this node in: it waits for `filial node "
                   "approve` there, is suspended, was revoked, or the parent has another "
                   "key itself"));
    fl_log(
        FL_LOG_WARN, FL_LOG_EVENT_PEER_REFUSED, "peer=%s reason=handshake",
        fl_link_peer(line->link)->code);
}

static int take_some_frames(struct fl_line *line, int count_max, uint64_t now_ms)
{
    struct fl_transport_frame frame;
    int count = 0;

    while (line->own && !line->close_wanted && count < count_max &&
           fl_transport_receive(line->own, &frame) == FL_OK) {
        count++;
        if (line->connected) {
            fl_line_heard(line, frame.bytes.size);
            fl_replicator_frame(line->link, frame.bytes, now_ms);
        }
    }
    return count;
}

static void take_events(struct fl_line *line, uint64_t now_ms)
{
    for (int turn = 0; line->own && turn < FRAMES_PER_TURN; turn++) {
        switch (fl_transport_next_event(line->own)) {
        case FL_TRANSPORT_NONE:
            return;
        case FL_TRANSPORT_REACHED:
            line->reached = true;
            break;
        case FL_TRANSPORT_CONNECTED:
            on_connected(line, now_ms);
            break;
        case FL_TRANSPORT_DISCONNECTED:
            line->reached = false;
            /* What had come before the cut is worth having: it need not come again. */
            (void)take_some_frames(line, REST_FRAMES_MAX, now_ms);
            on_disconnected(line, now_ms);
            break;
        case FL_TRANSPORT_HANDSHAKE_FAILED:
            on_handshake_failed(line);
            break;
        }
    }
}

static bool serve_parent(struct fl_daemon *daemon, struct fl_line *line, uint64_t now_ms)
{
    try_other_key(line, now_ms);
    open_parent(daemon, line, now_ms);
    if (!line->own) {
        return false;
    }
    if (fl_transport_tick(line->own, now_ms)) {
        on_disconnected(line, now_ms); /* the socket is another one now */
    }
    take_events(line, now_ms);
    return take_some_frames(line, FRAMES_PER_TURN, now_ms) > 0;
}

/* -- from children -- */

static bool is_same(
    const struct fl_transport_address *a,
    const struct fl_transport_address *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Which process says hello; 0: it is no hello. */
static uint32_t hello_process(struct fl_bytes bytes)
{
    struct fl_frame frame;

    return fl_frame_decode(bytes, &frame) == FL_OK && frame.kind == FL_FRAME_HELLO
               ? (uint32_t)(frame.nonce >> 32)
               : 0;
}

static bool is_late(
    const struct fl_line *line,
    const struct fl_transport_frame *frame,
    uint32_t process)
{
    return line->connected && is_same(&line->former, &frame->from) &&
           (process == 0 || process == line->process);
}

/*
 * Connections of children that have ended. What they gave before that may still be there
 * and is worth having, so a line goes down behind it.
 */
static void note_ended(struct fl_daemon *daemon)
{
    int connection = 0;

    while (daemon->listener && fl_transport_next_ended(daemon->listener, &connection)) {
        for (size_t i = 0; i < daemon->line_count; i++) {
            struct fl_line *line = daemon->lines[i];

            if (line->connected && line->listener && line->connection == connection) {
                line->has_ended = true;
                daemon->children_ended = true;
            }
        }
    }
}

static void close_ended(struct fl_daemon *daemon, uint64_t now_ms)
{
    for (size_t i = 0; i < daemon->line_count; i++) {
        struct fl_line *line = daemon->lines[i];

        if (line->has_ended) {
            fl_log(
                FL_LOG_INFO, FL_LOG_EVENT_PEER_DISCONNECTED, "peer=%s",
                fl_link_peer(line->link)->code);
            line->gone = line->address;
            line->traffic.heard_ms = fl_node_now_ms();
            fl_line_close(line, now_ms, UINT64_MAX);
        }
    }
    daemon->children_ended = false;
}

/*
 * A child has come under another address: it has connected anew. What its old connection
 * had still to give may come behind that, and does not bring the old address back. Only
 * another process that says hello does: a copy of the child, or the child beside its
 * copy.
 */
static void move_line(
    struct fl_line *line,
    const struct fl_transport_frame *frame,
    uint32_t process,
    uint64_t now_ms)
{
    if (!line->connected || !is_same(&line->address, &frame->from)) {
        line->former = line->address;
        if (line->connected) {
            fl_line_close(line, now_ms, UINT64_MAX);
        }
        line->has_ended = false;
        line->address = frame->from;
    }
    if (process != 0) {
        line->process = process;
    }
}

/* Whoever still speaks there hears that its session is over; nobody may be there. */
static void answer_late(
    struct fl_line *line,
    const struct fl_transport_frame *frame,
    uint64_t now_ms)
{
    const struct fl_transport_address address = line->address;
    bool close_wanted = line->close_wanted;

    line->address = frame->from;
    fl_replicator_frame(line->link, frame->bytes, now_ms);
    line->address = address;
    line->close_wanted = close_wanted;
}

/* The connection's key says who it is; where it comes from is where we answer to. */
static void take_child_frame(
    struct fl_daemon *daemon,
    const struct fl_transport_frame *frame,
    uint64_t now_ms)
{
    struct fl_link *link = fl_replicator_find(daemon->replicator, frame->key);
    struct fl_line *line = link ? fl_link_owner(link) : NULL;

    if (!line || fl_line_is_up(line) || daemon->node->home != FL_HOME_OURS) {
        fl_log(FL_LOG_DEBUG, FL_LOG_EVENT_PEER_UNKNOWN, "bytes=%zu", frame->bytes.size);
        return;
    }
    uint32_t process = hello_process(frame->bytes);

    if (is_late(line, frame, process)) {
        answer_late(line, frame, now_ms);
        return;
    }
    if (!line->connected && is_same(&line->gone, &frame->from)) {
        return; /* nobody is there to be answered; it comes again */
    }
    if (!line->connected || !is_same(&line->address, &frame->from)) {
        note_ended(daemon); /* before its number is this connection's */
    }
    line->connection = frame->connection;
    move_line(line, frame, process, now_ms);
    line->listener = daemon->listener;
    if (!line->connected) {
        on_connected(line, now_ms);
    }
    fl_line_heard(line, frame->bytes.size);
    fl_replicator_frame(link, frame->bytes, now_ms);
}

static bool take_child_frames(struct fl_daemon *daemon, uint64_t now_ms)
{
    struct fl_transport_frame frame;
    int count = 0;

    note_ended(daemon);
    while (daemon->listener && count < FRAMES_PER_TURN &&
           fl_transport_receive(daemon->listener, &frame) == FL_OK) {
        take_child_frame(daemon, &frame, now_ms);
        count++;
    }
    if (daemon->children_ended && count < FRAMES_PER_TURN) {
        close_ended(daemon, now_ms);
    }
    return count > 0;
}

/* -- all of them -- */

static void close_wanted(struct fl_line *line, uint64_t now_ms)
{
    bool refused = fl_link_state(line->link) == FL_SESSION_CLOSED;
    uint64_t again_ms = fl_link_is_held(line->link) ? HELD_MS : RETRY_MS;

    if (line->connected) {
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_PEER_DISCONNECTED, "peer=%s",
            fl_link_peer(line->link)->code);
    }
    if (fl_link_peer(line->link)->state != FL_PEER_ACTIVE) {
        fl_line_say_rest(line);
    }
    fl_line_close(line, now_ms, now_ms + (refused ? again_ms : CUT_MS));
}

/*
 * Those that are to be closed, that could not take all or may not yet, by their rate;
 * with children there are few.
 */
static void serve_stirred(struct fl_daemon *daemon, uint64_t now_ms)
{
    daemon->waits_for_line = false;
    if (!daemon->stirred && now_ms < daemon->rate_due_ms) {
        return;
    }
    daemon->stirred = false;
    daemon->rate_due_ms = UINT64_MAX;
    for (size_t i = 0; i < daemon->line_count; i++) {
        struct fl_line *line = daemon->lines[i];

        daemon->waits_for_line = fl_line_flush(line, now_ms) || daemon->waits_for_line;
        if (line->close_wanted) {
            close_wanted(line, now_ms);
        }
        uint64_t due_ms = fl_line_due_ms(line, now_ms);

        daemon->rate_due_ms = due_ms < daemon->rate_due_ms ? due_ms : daemon->rate_due_ms;
    }
    daemon->stirred = daemon->stirred || daemon->waits_for_line;
}

bool fl_daemon_serve_lines(struct fl_daemon *daemon, uint64_t now_ms)
{
    bool busy = take_child_frames(daemon, now_ms);

    for (size_t i = 0; i < daemon->called_count; i++) {
        busy = serve_parent(daemon, daemon->called[i], now_ms) || busy;
    }
    serve_stirred(daemon, now_ms);
    return busy;
}

uint64_t fl_daemon_lines_due_ms(const struct fl_daemon *daemon, uint64_t now_ms)
{
    uint64_t due_ms = daemon->waits_for_line ? now_ms + OUTBOX_WAIT_MS
                      : daemon->stirred      ? 0
                                             : daemon->rate_due_ms;

    /* What came while something was sent is not told by the descriptor. */
    if (daemon->listener && fl_transport_is_waiting(daemon->listener)) {
        return 0;
    }
    for (size_t i = 0; i < daemon->called_count; i++) {
        const struct fl_line *line = daemon->called[i];
        uint64_t line_ms =
            line->own ? fl_transport_due_ms(line->own) : opens_at_ms(daemon, line);

        if (line->own && !line->connected &&
            fl_link_peer(line->link)->previous_key_until_ms != 0 &&
            line->tries_until_ms < line_ms) {
            line_ms = line->tries_until_ms;
        }

        line_ms = line->close_wanted ? 0 : line_ms;
        due_ms = line_ms < due_ms ? line_ms : due_ms;
    }
    return due_ms;
}

static const struct fl_line *line_of(const struct fl_daemon *daemon, uint32_t peer)
{
    struct fl_link *link = fl_replicator_find_number(daemon->replicator, peer);

    return link ? fl_link_owner(link) : NULL;
}

int64_t fl_daemon_connected_ms(const struct fl_daemon *daemon, uint32_t peer)
{
    const struct fl_line *line = line_of(daemon, peer);

    return line && line->connected ? line->connected_ms : 0;
}

const char *fl_daemon_line_trouble(
    const struct fl_daemon *daemon,
    uint32_t peer,
    enum fl_status *out_failure)
{
    const struct fl_line *line = line_of(daemon, peer);

    if (!line || line->connected || line->failure == FL_OK ||
        line->failure_words[0] == '\0') {
        return NULL;
    }
    *out_failure = line->failure;
    return line->failure_words;
}

bool fl_daemon_is_shut_out(const struct fl_daemon *daemon, uint32_t peer)
{
    const struct fl_line *line = line_of(daemon, peer);

    return line && !line->connected &&
           (line->refused || fl_link_shut_out_words(line->link));
}

int64_t fl_daemon_heard_ms(const struct fl_daemon *daemon, uint32_t peer)
{
    const struct fl_line *line = line_of(daemon, peer);

    return line ? line->traffic.heard_ms : 0;
}

int64_t fl_daemon_clock_offset_ms(const struct fl_daemon *daemon, uint32_t peer)
{
    const struct fl_link *link = fl_replicator_find_number(daemon->replicator, peer);
    struct fl_link_facts facts = {.clock_known = false};

    if (link) {
        fl_link_facts(link, &facts);
    }
    return facts.clock_known ? facts.clock_offset_ms : 0;
}
