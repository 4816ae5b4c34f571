/*
 * The store of memory.h: what storage and node do together, in as few lines as it takes.
 */

#include "memory.h"

#include <stdlib.h>
#include <string.h>

void (*fl_memory_told)(const struct fl_memory_decided *decided);

static uint64_t mix(uint64_t a, uint64_t b) /* stands for BLAKE2b */
{
    uint64_t x = a * UINT64_C(0x9E3779B97F4A7C15) ^ b;

    x ^= x >> 31;
    x *= UINT64_C(0xD6E8FEB86659FD93);
    x ^= x >> 32;
    x *= UINT64_C(0xD6E8FEB86659FD93);
    return x ^ x >> 29;
}

static uint64_t mix_bytes(uint64_t hash, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash = mix(hash, bytes[i]);
    }
    return hash;
}

static bool hash_equal(const struct fl_session_hash *a, const struct fl_session_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void fl_memory_init(struct fl_memory *memory, int node_count, struct fl_uuid incarnation)
{
    memory->node_count = node_count;
    memory->incarnation = incarnation;
}

void fl_memory_copy(struct fl_memory *to, const struct fl_memory *from)
{
    memcpy(
        to, from,
        offsetof(struct fl_memory, journal) +
            (from->head + 1) * sizeof(from->journal[0]));
    memcpy(to->peers, from->peers, (size_t)from->node_count * sizeof(from->peers[0]));
}

uint32_t fl_memory_value(const struct fl_memory *memory, uint8_t key)
{
    return memory->live[key] ? memory->journal[memory->live[key]].value : 0;
}

static bool is_deleted(const struct fl_memory *memory, uint8_t key)
{
    return memory->live[key] && memory->journal[memory->live[key]].deleted;
}

bool fl_memory_same(const struct fl_memory *a, const struct fl_memory *b, uint8_t key)
{
    return (is_deleted(a, key) && is_deleted(b, key)) ||
           fl_memory_value(a, key) == fl_memory_value(b, key);
}

void fl_memory_turn(struct fl_memory *memory, bool by_hand)
{
    memory->by_hand = by_hand;
}

static void note_recorded(struct fl_memory *memory, uint8_t key, bool by_hand)
{
    uint32_t live = memory->live[key];

    if (!by_hand || live == 0) {
        memory->recorded[key] = 0;
    } else if (!memory->journal[live].by_hand) {
        memory->recorded[key] = live;
    }
}

static void append(
    struct fl_memory *memory,
    const struct fl_memory_item *item,
    int from,
    uint32_t lsn_first)
{
    bool by_hand = memory->by_hand && item->key >= FL_MEMORY_KEYS_TURNING;

    note_recorded(memory, item->key, by_hand);
    memory->journal[++memory->head] = (struct fl_memory_entry){
        .value = item->value,
        .key = item->key,
        .deleted = item->deleted,
        .by_hand = by_hand,
        .from = (int8_t)from,
        .lsn_first = lsn_first,
    };
    memory->live[item->key] = memory->head;
    if (by_hand && from != FL_MEMORY_HERE) {
        memory->ended[from][item->key] = memory->head;
    }
    sim_registrations_write(&memory->registrations, from, item->key, by_hand);
}

bool fl_memory_write(
    struct fl_memory *memory,
    uint32_t count,
    const struct fl_memory_item *items)
{
    uint32_t lsn_first = memory->head + 1;

    if (memory->head + count > FL_MEMORY_JOURNAL_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        append(memory, &items[i], FL_MEMORY_HERE, lsn_first);
    }
    return true;
}

/* The lives that the peer has seen, up to now. */
static const struct fl_lives *lives_of(struct fl_memory *memory, int peer)
{
    struct fl_memory_peer *state = &memory->peers[peer];
    struct fl_lives *lives = &state->lives;
    uint64_t applied = 0;

    for (size_t i = 0; i < state->position_count && lives->count > 0; i++) {
        if (fl_uuid_equal(
                state->positions[i].incarnation, lives->items[lives->count - 1].peer)) {
            applied = state->positions[i].number;
        }
    }
    fl_lives_reach(lives, state->number_sent, applied);
    return lives;
}

static void begin_life(struct fl_memory *memory, int peer)
{
    struct fl_life life = {
        .life = memory->life,
        .own = memory->incarnation,
        .peer = memory->peers[peer].registered,
    };

    (void)lives_of(memory, peer);
    (void)fl_lives_begin(&memory->peers[peer].lives, &life);
}

void fl_memory_open(struct fl_memory *memory, uint64_t life)
{
    memory->life = life;
    for (int peer = 0; peer < memory->node_count; peer++) {
        begin_life(memory, peer);
    }
}

void fl_memory_renew(struct fl_memory *memory, struct fl_uuid incarnation)
{
    memory->incarnation = incarnation;
    for (int peer = 0; peer < memory->node_count; peer++) {
        begin_life(memory, peer);
        memory->peers[peer].number_sent = 0;
    }
}

void fl_memory_register(struct fl_memory *memory, int peer, struct fl_uuid incarnation)
{
    memory->peers[peer].registered = incarnation;
    memory->peers[peer].confirmed_lsn = 0;
    memory->peers[peer].confirmed_number = 0;
    memory->peers[peer].resend_below = memory->head;
    memory->peers[peer].shown = (struct fl_session_position){.number = 0};
    begin_life(memory, peer);
}

void fl_memory_confirm(
    struct fl_memory *memory,
    int peer,
    const struct fl_session_action *action,
    uint64_t remembered)
{
    const struct fl_session_position *position = &action->position;
    struct fl_memory_peer *state = &memory->peers[peer];
    uint32_t kept = 0;

    state->confirmed_incarnation = position->incarnation;
    state->confirmed_lsn = action->lsn;
    state->shown = action->confirmed;
    sim_registrations_confirm(&memory->registrations, peer, position->number);
    state->confirmed_number = position->number;
    for (uint32_t i = 0; i < state->row_count; i++) {
        bool old = fl_uuid_equal(state->rows[i].incarnation, memory->incarnation) &&
                   state->rows[i].number + remembered < position->number;

        if (!old) {
            state->rows[kept++] = state->rows[i];
        }
    }
    state->row_count = kept;
}

/* Where it is in our chain. */
static enum fl_session_event_kind look_up(
    const struct fl_memory *memory,
    int peer,
    const struct fl_session_position *position,
    uint64_t *out_lsn)
{
    const struct fl_memory_peer *state = &memory->peers[peer];
    bool recorded = fl_uuid_equal(state->confirmed_incarnation, position->incarnation);
    bool ours = fl_uuid_equal(memory->incarnation, position->incarnation);
    uint64_t oldest = UINT64_MAX;

    if (position->number == 0) {
        *out_lsn = 0;
        return FL_SESSION_POSITION_FOUND;
    }
    for (uint32_t i = 0; i < state->row_count; i++) {
        const struct fl_memory_row *row = &state->rows[i];

        if (!fl_uuid_equal(row->incarnation, position->incarnation)) {
            continue;
        }
        oldest = row->number < oldest ? row->number : oldest;
        if (row->number == position->number && hash_equal(&row->hash, &position->hash)) {
            *out_lsn = row->lsn_to;
            return FL_SESSION_POSITION_FOUND;
        }
    }
    if (oldest != UINT64_MAX && position->number < oldest &&
        (!ours || fl_lives_sent(&state->lives, position))) {
        *out_lsn = 0;
        return FL_SESSION_POSITION_FORGOTTEN;
    }
    *out_lsn = recorded ? state->confirmed_lsn : 0;
    return FL_SESSION_POSITION_UNKNOWN;
}

void fl_memory_lookup(
    struct fl_memory *memory,
    int peer,
    const struct fl_session_action *action,
    struct fl_session_event *out_event)
{
    const struct fl_memory_peer *state = &memory->peers[peer];
    const struct fl_lives *lives = lives_of(memory, peer);

    out_event->number = fl_uuid_equal(state->confirmed_incarnation, memory->incarnation)
                            ? state->confirmed_number
                            : 0;
    out_event->denied = !fl_lives_applied(lives, &action->confirmed);
    out_event->kind = look_up(memory, peer, &action->position, &out_event->lsn);
}

/* -- building -- */

static struct fl_delivery_version version_at(
    const struct fl_memory *memory,
    int peer,
    uint64_t lsn)
{
    return (struct fl_delivery_version){lsn, memory->journal[lsn].from == peer};
}

static bool asks(
    const struct fl_memory *memory,
    int peer,
    uint64_t confirmed_lsn,
    const struct fl_delivery_entry *entry)
{
    return fl_delivery_is_registered(
        &(struct fl_delivery_peer){
            .confirmed_lsn = confirmed_lsn,
            .resend_below = memory->peers[peer].resend_below,
        },
        entry);
}

/* Is the object, of which this is the live entry, registered wherever it was written? */
static bool is_registered(
    const struct fl_memory *memory,
    int peer,
    uint64_t lsn,
    uint64_t confirmed_lsn)
{
    const struct fl_memory_entry *entry = &memory->journal[lsn];
    uint32_t recorded = memory->recorded[entry->key];
    struct fl_delivery_entry asked = {
        .written = version_at(memory, peer, lsn),
        .live = memory->live[entry->key] == lsn,
        .by_hand = entry->by_hand,
    };

    if (entry->by_hand && recorded > memory->ended[peer][entry->key]) {
        asked.recorded = version_at(memory, peer, recorded);
    }
    return asks(memory, peer, confirmed_lsn, &asked);
}

static bool is_recorded_at(
    const struct fl_memory *memory,
    int peer,
    uint8_t key,
    uint64_t lsn)
{
    return memory->recorded[key] == lsn && lsn > memory->ended[peer][key];
}

/* The entry that goes from this place of the journal; 0: none. */
static uint64_t present(
    const struct fl_memory *memory,
    int peer,
    uint64_t lsn,
    uint64_t confirmed_lsn)
{
    const struct fl_memory_entry *entry = &memory->journal[lsn];
    uint32_t live = memory->live[entry->key];
    bool is_there = memory->journal[live].by_hand
                        ? is_recorded_at(memory, peer, entry->key, lsn)
                        : live == lsn;
    struct fl_delivery_entry asked = {
        .written = version_at(memory, peer, lsn), .live = is_there};

    return asks(memory, peer, confirmed_lsn, &asked) ? live : 0;
}

bool fl_memory_agrees(const struct fl_memory *memory, int peer)
{
    for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
        uint32_t live = memory->live[key];
        bool by_journal =
            live > 0 &&
            is_registered(memory, peer, live, memory->peers[peer].confirmed_lsn);

        if (by_journal != sim_registrations_has(&memory->registrations, peer, key)) {
            return false;
        }
    }
    return true;
}

/* Items of (from, up_to]; sizes count items, so that many boundaries are met. */
static struct fl_memory_message *collect(
    const struct fl_memory *memory,
    int peer,
    uint64_t from,
    uint64_t up_to,
    uint32_t items_target)
{
    struct fl_memory_message *message = calloc(1, sizeof(*message));
    struct fl_delivery_limits limits = {
        .bytes_target = items_target,
        .bytes_max = UINT32_MAX,
        .entries_max = UINT32_MAX,
    };
    struct fl_delivery delivery;
    uint32_t lsn_first_last = 0;
    uint64_t lsn = from + 1;

    FL_ASSERT(message);
    message->items = calloc(up_to - from + 1, sizeof(message->items[0]));
    FL_ASSERT(message->items);
    fl_delivery_begin(&delivery, &limits, from);
    for (; lsn <= up_to; lsn++) {
        const struct fl_memory_entry *place = &memory->journal[lsn];
        uint64_t there = present(memory, peer, lsn, from);
        const struct fl_memory_entry *entry = &memory->journal[there];
        enum fl_delivery_answer answer =
            fl_delivery_offer(&delivery, lsn, place->lsn_first, there > 0, 1);

        if (answer == FL_DELIVERY_END) {
            break;
        }
        if (answer == FL_DELIVERY_TAKE) {
            message->items[message->count++] = (struct fl_memory_item){
                .value = entry->value,
                .lsn = (uint32_t)lsn,
                .key = entry->key,
                .deleted = entry->deleted,
                .first = place->lsn_first != lsn_first_last,
            };
            lsn_first_last = place->lsn_first;
        }
    }
    if (lsn > up_to) {
        fl_delivery_finish(&delivery, up_to);
        message->head.series_end = up_to == memory->head;
    }
    message->lsn_from = from;
    message->lsn_to = delivery.lsn_end;
    return message;
}

static void seal(struct fl_memory_message *message)
{
    struct fl_session_message *head = &message->head;
    uint64_t hash = mix(head->number, head->base_number);

    head->chunk_count =
        (message->count + FL_MEMORY_ITEMS_PER_CHUNK - 1) / FL_MEMORY_ITEMS_PER_CHUNK;
    head->wire_bytes = (uint64_t)message->count * FL_MEMORY_ITEM_BYTES;
    hash = mix_bytes(hash, message->incarnation.bytes, FL_UUID_BYTES);
    hash = mix_bytes(hash, head->base_hash.bytes, FL_SESSION_HASH_BYTES);
    hash = mix(hash, mix(message->lsn_from, message->lsn_to * 2 + head->series_end));
    for (uint32_t i = 0; i < message->count; i++) {
        const struct fl_memory_item *item = &message->items[i];

        hash = mix(hash, mix(item->key, (uint64_t)item->value * 2 + item->deleted));
    }
    for (size_t i = 0; i < FL_SESSION_HASH_BYTES; i += sizeof(hash)) {
        memcpy(head->hash.bytes + i, &hash, sizeof(hash));
        hash = mix(hash, i);
    }
}

static const struct fl_memory_row *find_row(
    const struct fl_memory *memory,
    int peer,
    uint64_t number)
{
    const struct fl_memory_peer *state = &memory->peers[peer];

    for (uint32_t i = 0; i < state->row_count; i++) {
        if (state->rows[i].number == number &&
            fl_uuid_equal(state->rows[i].incarnation, memory->incarnation)) {
            return &state->rows[i];
        }
    }
    return NULL;
}

/* The message applied last, by the first bytes of its hash; 0: none. */
static uint64_t last_received(const struct fl_memory_peer *state)
{
    uint64_t hash = 0;

    if (state->position_count > 0) {
        memcpy(
            &hash, state->positions[state->position_count - 1].hash.bytes, sizeof(hash));
    }
    return hash;
}

/*
 * The entries that a message took. NULL: one was replaced by what does not follow, or one
 * that was passed over is registered by now.
 */
static struct fl_memory_message *collect_taken(
    const struct fl_memory *memory,
    int peer,
    const struct fl_memory_message *taken,
    bool was_heard)
{
    struct fl_memory_message *message = calloc(1, sizeof(*message));

    FL_ASSERT(message);
    message->items = calloc(taken->count + 1, sizeof(message->items[0]));
    FL_ASSERT(message->items);
    message->lsn_from = taken->lsn_from;
    message->lsn_to = taken->lsn_to;
    for (uint64_t lsn = taken->lsn_from + 1; lsn <= taken->lsn_to; lsn++) {
        const struct fl_memory_item *item = &taken->items[message->count];
        bool is_taken = message->count < taken->count && item->lsn == lsn;
        bool follows = present(memory, peer, lsn, taken->lsn_from) == lsn;

        if (is_taken && !follows) {
            /* What the peer sent may stand between the old version and the one there is.
             */
            follows = !was_heard && memory->journal[lsn].value == item->value &&
                      present(memory, peer, memory->live[item->key], taken->lsn_to) > 0;
        } else if (!is_taken) {
            follows = present(memory, peer, lsn, taken->lsn_from) > 0;
        }
        if (follows != is_taken) {
            fl_memory_message_free(message);
            return NULL;
        }
        if (is_taken) {
            FL_ASSERT(memory->journal[lsn].value == item->value);
            message->items[message->count++] = *item;
        }
    }
    FL_ASSERT(message->count == taken->count);
    return message;
}

/* The message that the peer holds in part, when it comes out the same again. */
static struct fl_memory_message *build_again(
    const struct fl_memory *memory,
    int peer,
    const struct fl_session_action *action)
{
    const struct fl_memory_row *row = find_row(memory, peer, action->staged.number);

    if (!row || action->staged.number == 0 || row->lsn_from != action->lsn ||
        row->base_number != action->position.number) {
        return NULL;
    }
    struct fl_memory_message *message = collect_taken(
        memory, peer, row->message, row->received != last_received(&memory->peers[peer]));

    if (!message) {
        return NULL;
    }
    message->incarnation = memory->incarnation;
    message->head.number = row->number;
    message->head.base_number = action->position.number;
    message->head.base_hash = action->position.hash;
    message->head.series_end = row->series_end;
    seal(message);
    if (!hash_equal(&message->head.hash, &action->staged.hash)) {
        fl_memory_message_free(message);
        return NULL;
    }
    return message;
}

static void put_row(
    struct fl_memory *memory,
    int peer,
    const struct fl_memory_message *message)
{
    struct fl_memory_peer *state = &memory->peers[peer];

    if (state->row_count == FL_MEMORY_ROWS_MAX) {
        memmove(
            state->rows, state->rows + 1,
            (FL_MEMORY_ROWS_MAX - 1) * sizeof(state->rows[0]));
        state->row_count--;
    }
    state->rows[state->row_count++] = (struct fl_memory_row){
        .incarnation = memory->incarnation,
        .number = message->head.number,
        .lsn_from = message->lsn_from,
        .lsn_to = message->lsn_to,
        .base_number = message->head.base_number,
        .hash = message->head.hash,
        .series_end = message->head.series_end,
        .message = message,
        .received = last_received(state),
    };
}

/* Where in the journal writing has registered the object last. */
static uint32_t registered_at(const struct fl_memory *memory, uint8_t key)
{
    uint32_t live = memory->live[key];

    return memory->journal[live].by_hand ? memory->recorded[key] : live;
}

/* What was registered again since has no number: this message does not carry that. */
static void number_rows(
    struct fl_memory *memory,
    int peer,
    const struct fl_memory_message *message,
    uint64_t base)
{
    uint32_t keys = 0;

    for (uint32_t i = 0; i < message->count; i++) {
        if (registered_at(memory, message->items[i].key) <= message->lsn_to) {
            keys |= 1u << message->items[i].key;
        }
    }
    sim_registrations_number(
        &memory->registrations, peer, keys, base, message->head.number);
}

struct fl_memory_message *fl_memory_build(
    struct fl_memory *memory,
    int peer,
    const struct fl_session_action *action,
    uint32_t items_target)
{
    struct fl_memory_message *message = build_again(memory, peer, action);

    if (message) {
        number_rows(memory, peer, message, action->position.number);
        return message;
    }
    message = collect(memory, peer, action->lsn, memory->head, items_target);
    if (message->count == 0) {
        fl_memory_message_free(message);
        return NULL;
    }
    message->incarnation = memory->incarnation;
    message->head.number = ++memory->peers[peer].number_sent;
    if (message->head.number <= action->position.number) {
        message->head.number = action->position.number + 1;
        memory->peers[peer].number_sent = message->head.number;
    }
    message->head.base_number = action->position.number;
    message->head.base_hash = action->position.hash;
    seal(message);
    put_row(memory, peer, message);
    number_rows(memory, peer, message, action->position.number);
    return message;
}

void fl_memory_message_free(struct fl_memory_message *message)
{
    if (message) {
        free(message->items);
        free(message);
    }
}

/* -- applying -- */

/* Where the position of an incarnation stands; the count when there is none. */
static size_t position_index(
    const struct fl_memory_peer *state,
    struct fl_uuid incarnation)
{
    size_t i = 0;

    while (i < state->position_count &&
           !fl_uuid_equal(state->positions[i].incarnation, incarnation)) {
        i++;
    }
    return i;
}

bool fl_memory_continues(
    const struct fl_memory *memory,
    int peer,
    const struct fl_memory_message *message)
{
    const struct fl_memory_peer *state = &memory->peers[peer];
    size_t index = position_index(state, message->incarnation);
    struct fl_session_position position = {.number = 0};

    if (index < state->position_count) {
        position = state->positions[index];
    }
    return position.number == message->head.base_number &&
           hash_equal(&position.hash, &message->head.base_hash) &&
           message->head.number > position.number;
}

void fl_memory_put_position(
    struct fl_memory *memory,
    int peer,
    const struct fl_memory_message *message,
    uint64_t life)
{
    struct fl_memory_peer *state = &memory->peers[peer];
    size_t gone = position_index(state, message->incarnation);

    if (gone == state->position_count && gone < FL_POSITIONS_MAX) {
        state->position_count++;
    } else {
        gone = gone == state->position_count ? 0 : gone;
        memmove(
            state->positions + gone, state->positions + gone + 1,
            (state->position_count - gone - 1) * sizeof(state->positions[0]));
    }
    state->positions[state->position_count - 1] = (struct fl_session_position){
        .incarnation = message->incarnation,
        .number = message->head.number,
        .hash = message->head.hash,
        .life = life,
    };
    if (state->staged.number <= message->head.number) {
        state->staged.number = 0;
    }
}

static void record_loser(struct fl_memory *memory, uint32_t value)
{
    FL_ASSERT(memory->loser_count < FL_MEMORY_LOSERS_MAX);
    memory->losers[memory->loser_count++] = value;
}

static bool is_equal(const struct fl_memory *memory, const struct fl_memory_item *item)
{
    if (item->deleted || is_deleted(memory, item->key)) {
        return item->deleted && is_deleted(memory, item->key);
    }
    return fl_memory_value(memory, item->key) == item->value;
}

static bool apply_item(
    struct fl_memory *memory,
    int peer,
    bool from_parent,
    enum fl_collision_rule rule,
    const struct fl_memory_item *item,
    uint64_t judge_lsn,
    uint32_t lsn_first)
{
    uint32_t live = memory->live[item->key];
    struct fl_memory_decided decided = {
        .peer = peer,
        .key = item->key,
        .ours = fl_memory_value(memory, item->key),
        .theirs = item->value,
        .facts =
            {
                .rule = rule,
                .from_parent = from_parent,
                .exists = live > 0,
                .equal = is_equal(memory, item),
                .registered = live > 0 && is_registered(memory, peer, live, judge_lsn),
            },
    };

    decided.decision = fl_collision_decide(decided.facts);
    if (fl_memory_told) {
        fl_memory_told(&decided);
    }
    if (decided.decision.record) {
        record_loser(memory, decided.decision.accept ? decided.ours : item->value);
    }
    if (decided.decision.accept) {
        append(memory, item, peer, lsn_first);
    }
    return decided.decision.accept;
}

const char *fl_memory_apply(
    struct fl_memory *memory,
    int peer,
    bool from_parent,
    enum fl_collision_rule rule,
    const struct fl_memory_message *message,
    const struct fl_session_action *action)
{
    uint32_t lsn_first = 0;

    if (memory->head + message->count > FL_MEMORY_JOURNAL_MAX) {
        return "the journal is full";
    }
    for (uint32_t i = 0; i < message->count; i++) {
        if (message->items[i].first || lsn_first == 0) {
            lsn_first = memory->head + 1;
        }
        (void)apply_item(
            memory, peer, from_parent, rule, &message->items[i], action->lsn, lsn_first);
    }
    fl_memory_put_position(memory, peer, message, action->life);
    return NULL;
}
