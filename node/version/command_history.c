/*
 * `filial object history`: what an object was, from the newest version back. What never
 * became a version here stands among them by its time: what lost a collision, and what is
 * in quarantine.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "language.h"
#include "object_diff.h"
#include "storage/nodes.h"
#include "version_find.h"

enum {
    LIST_LIMIT_DEFAULT = 20,
    BESIDE_MAX = 1000, /* collisions and quarantined changes of one object */
    PLACES_BYTES = 400,
    WORDS_BYTES = 2 * FL_NAME_BYTES_MAX,
};

/* A collision or a quarantined change. */
struct beside {
    enum fl_version_place place;
    uint64_t id;
    int64_t time_ms;
    uint64_t ours_lsn; /* of a collision: the version here that met it */
    bool ours_lost;
};

struct history {
    struct fl_call *call;
    struct fl_txn *txn;
    struct fl_key key;
    uint64_t limit; /* 0: none */
    uint64_t shown;
    struct beside beside[BESIDE_MAX]; /* newest first */
    size_t beside_count;
    size_t beside_next;
    int64_t until_ms; /* what is beside is shown below this time */
};

/* One version that was read, until the one before it says what it changed. */
struct held {
    bool is_held;
    bool is_live;
    struct fl_version version; /* without its record */
    struct fl_arrival arrival;
    json_t *json;
};

/* --- who, how --- */

/* The code of a node that is a peer here, else its uuid. */
static void show_origin(struct history *history, uint32_t origin)
{
    struct fl_output *output = history->call->output;
    const struct fl_node *node = history->call->node;
    struct fl_uuid_text uuid_text;
    const char *code = node->identity->code;
    struct fl_uuid uuid = node->identity->node;
    struct fl_peer peer = {.number = 0};
    if (origin != FL_ORIGIN_HERE) {
        code = "";
        if (fl_nodes_by_number(history->txn, origin, &uuid) != FL_OK) {
            uuid = (struct fl_uuid){.bytes = {0}};
        }
        while (fl_peers_next(history->txn, peer.number, &peer) == FL_OK) {
            if (peer.origin == origin) {
                code = peer.code;
                break;
            }
        }
    }
    uuid_text = fl_uuid_text(uuid);
    fl_output_text(
        output, "origin", N_("entered at"), code[0] != '\0' ? code : uuid_text.text);
    if (output->json) {
        fl_output_uuid(output, "origin_node", "origin_node", uuid);
    }
}

static const char *kind_name(enum fl_arrival_kind kind)
{
    switch (kind) {
    case FL_ARRIVAL_UNKNOWN:
        break;
    case FL_ARRIVAL_HERE:
        return "here";
    case FL_ARRIVAL_MESSAGE:
        return "message";
    case FL_ARRIVAL_IMAGE:
        return "image";
    case FL_ARRIVAL_PACKAGE:
        return "package";
    case FL_ARRIVAL_FILE:
        return "file";
    case FL_ARRIVAL_QUARANTINE:
        return "quarantine";
    case FL_ARRIVAL_ENGINE:
        return "engine";
    }
    return "unknown";
}

static void arrival_words(const struct fl_arrival *arrival, char *out_text, size_t size)
{
    const char *peer = arrival->peer_code;
    out_text[0] = '\0';
    switch (arrival->kind) {
    case FL_ARRIVAL_UNKNOWN:
        break;
    case FL_ARRIVAL_HERE:
        snprintf(
            out_text, size, arrival->by[0] != '\0' ? _("entered here by %s") : "%s",
            arrival->by[0] != '\0' ? arrival->by : _("entered here"));
        break;
    case FL_ARRIVAL_MESSAGE:
        snprintf(out_text, size, _("message %" PRIu64 " of %s"), arrival->number, peer);
        break;
    case FL_ARRIVAL_IMAGE:
        snprintf(
            out_text, size, _("initial image, message %" PRIu64 " of %s"),
            arrival->number, peer);
        break;
    case FL_ARRIVAL_PACKAGE:
        snprintf(out_text, size, _("package %" PRIu64 " of %s"), arrival->number, peer);
        break;
    case FL_ARRIVAL_FILE:
        snprintf(out_text, size, _("file %s"), arrival->by);
        break;
    case FL_ARRIVAL_QUARANTINE:
        snprintf(
            out_text, size, _("message %" PRIu64 " of %s, out of quarantine"),
            arrival->number, peer);
        break;
    case FL_ARRIVAL_ENGINE:
        snprintf(out_text, size, "%s", _("made by the node itself"));
        break;
    }
}

enum signature { SIGNATURE_UNKNOWN, SIGNATURE_NONE, SIGNATURE_HELD };

static enum signature signature_of(enum fl_arrival_kind kind)
{
    switch (kind) {
    case FL_ARRIVAL_HERE:
    case FL_ARRIVAL_PACKAGE:
    case FL_ARRIVAL_FILE:
    case FL_ARRIVAL_ENGINE:
        return SIGNATURE_NONE;
    case FL_ARRIVAL_MESSAGE:
    case FL_ARRIVAL_IMAGE:
    case FL_ARRIVAL_QUARANTINE:
        return SIGNATURE_HELD;
    case FL_ARRIVAL_UNKNOWN:
        break;
    }
    return SIGNATURE_UNKNOWN;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void signature_words(const struct fl_arrival *arrival, char *out_text, size_t size)
{
    switch (signature_of(arrival->kind)) {
    case SIGNATURE_UNKNOWN:
        snprintf(out_text, size, "%s", _("not known"));
        return;
    case SIGNATURE_NONE:
        snprintf(out_text, size, "%s", _("none"));
        return;
    case SIGNATURE_HELD:
        break;
    }
    if (is_zero(arrival->key_id, sizeof arrival->key_id)) {
        snprintf(out_text, size, _("verified, of %s"), arrival->peer_code);
        return;
    }
    char key[2 * sizeof arrival->key_id + 1];
    fl_bytes_hex((struct fl_bytes){arrival->key_id, sizeof arrival->key_id}, key);
    snprintf(out_text, size, _("verified, of %s, key %s"), arrival->peer_code, key);
}

static json_t *hex_of(const uint8_t *bytes, size_t size)
{
    char text[2 * FL_ARRIVAL_HASH_BYTES + 1];
    fl_bytes_hex((struct fl_bytes){bytes, size}, text);
    return json_string(text);
}

static json_t *arrival_json(const struct fl_arrival *arrival, const char *words)
{
    json_t *json =
        json_pack("{s:s,s:s}", "kind", kind_name(arrival->kind), "words", words);
    if (arrival->by[0] != '\0') {
        json_object_set_new(json, "by", json_string(arrival->by));
    }
    if (arrival->peer != 0) {
        json_object_set_new(json, "peer", json_string(arrival->peer_code));
        json_object_set_new(json, "number", json_integer((json_int_t)arrival->number));
    }
    if (!is_zero(arrival->hash, sizeof arrival->hash)) {
        json_object_set_new(json, "hash", hex_of(arrival->hash, sizeof arrival->hash));
    }
    if (!is_zero(arrival->key_id, sizeof arrival->key_id)) {
        json_object_set_new(json, "key", hex_of(arrival->key_id, sizeof arrival->key_id));
    }
    return json;
}

static void show_arrival(struct fl_output *output, const struct fl_arrival *arrival)
{
    static const char *const names[] = {"unknown", "none", "verified"};
    char words[WORDS_BYTES];
    arrival_words(arrival, words, sizeof words);
    if (output->json) {
        fl_output_json(output, "arrival", "arrival", arrival_json(arrival, words));
        fl_output_text(
            output, "signature", "signature", names[signature_of(arrival->kind)]);
        return;
    }
    fl_output_text(output, "arrival", N_("came by"), words);
    signature_words(arrival, words, sizeof words);
    fl_output_text(output, "signature", N_("signature"), words);
}

/* --- what changed --- */

struct places {
    json_t *list;
    char text[PLACES_BYTES];
    size_t used;
    bool is_cut;
};

static void add_place(
    void *context,
    const char *place,
    const json_t *left,
    const json_t *right)
{
    struct places *places = context;
    size_t size = strlen(place);
    (void)left;
    (void)right;
    json_array_append_new(places->list, json_string(place));
    if (places->is_cut) {
        return;
    }
    if (places->used + size + 8 < sizeof places->text) {
        places->used += (size_t)snprintf(
            places->text + places->used, sizeof places->text - places->used, "%s%s",
            places->used > 0 ? ", " : "", place);
    } else {
        places->is_cut = true;
        places->used += (size_t)snprintf(
            places->text + places->used, sizeof places->text - places->used, "%s...",
            places->used > 0 ? ", " : "");
    }
}

static void show_changed(
    struct fl_output *output,
    const json_t *before,
    const json_t *now)
{
    struct places places = {.list = json_array()};
    bool both = before != NULL && now != NULL &&
                json_object_get(before, "delete") == NULL &&
                json_object_get(now, "delete") == NULL;
    if (both) {
        fl_object_diff(before, now, add_place, &places);
    }
    if (output->json) {
        fl_output_json(output, "changed", "changed", json_incref(places.list));
    } else {
        fl_output_text(output, "changed", N_("what changed"), places.text);
    }
    json_decref(places.list);
}

/* --- rows --- */

static const char *state_name(uint8_t flags, bool is_new)
{
    if ((flags & FL_ENTRY_WITHDRAWN) != 0) {
        return N_("withdrawn");
    }
    if ((flags & FL_ENTRY_DELETED) != 0) {
        return N_("deleted");
    }
    return is_new ? N_("created") : N_("changed");
}

static void show_state(struct fl_output *output, const char *state)
{
    fl_output_text(output, "state", N_("state"), output->json ? state : _(state));
}

static const struct beside *collision_lost_by(const struct history *history, uint64_t lsn)
{
    for (size_t i = 0; i < history->beside_count; i++) {
        if (history->beside[i].ours_lost && history->beside[i].ours_lsn == lsn) {
            return &history->beside[i];
        }
    }
    return NULL;
}

static void show_note(struct fl_output *output, uint64_t collision, const char *words)
{
    if (output->json && collision != 0) {
        fl_output_number(output, "collision", "collision", collision);
    }
    fl_output_text(output, "note", N_("note"), words);
}

static void show_version(
    struct history *history,
    const struct held *held,
    const json_t *before,
    bool has_before)
{
    struct fl_output *output = history->call->output;
    const struct fl_entry *entry = &held->version.entry;
    const struct beside *lost = collision_lost_by(history, entry->lsn);
    char words[WORDS_BYTES] = "";
    char name[FL_VERSION_NAME_BYTES];
    fl_version_name(FL_VERSION_ENTRY, entry->lsn, name);
    fl_output_row(output);
    fl_output_text(output, "version", N_("version"), name);
    fl_output_time(output, "time", N_("time"), held->arrival.at_ms);
    if (output->json) {
        fl_output_flag(output, "live", "live", held->is_live);
    }
    show_state(output, state_name(entry->flags, !has_before && entry->previous == 0));
    show_origin(history, entry->origin);
    show_arrival(output, &held->arrival);
    show_changed(output, before, held->json);
    if (lost != NULL) {
        snprintf(
            words, sizeof words, _("lost collision %llu"), (unsigned long long)lost->id);
    }
    show_note(output, lost != NULL ? lost->id : 0, words);
    history->shown++;
}

static const char *became_words(
    const struct fl_collision_record *collision,
    char *words,
    size_t size)
{
    unsigned long long id = collision->id;
    if (collision->reason != FL_COLLISION_REASON_PERSON) {
        snprintf(
            words, size,
            collision->open ? _("lost collision %llu, which waits for a decision")
                            : _("lost collision %llu"),
            id);
    } else if (collision->kept == FL_COLLISION_KEPT_THEIRS) {
        snprintf(
            words, size, _("collision %llu: taken by the decision of %s"), id,
            collision->decided_by);
    } else {
        snprintf(
            words, size, _("collision %llu: not taken by the decision of %s"), id,
            collision->decided_by);
    }
    return words;
}

static void show_beside_row(
    struct history *history,
    const struct beside *beside,
    const char *state,
    uint32_t origin,
    const struct fl_arrival *arrival)
{
    struct fl_output *output = history->call->output;
    char name[FL_VERSION_NAME_BYTES];
    fl_version_name(beside->place, beside->id, name);
    fl_output_row(output);
    fl_output_text(output, "version", N_("version"), name);
    fl_output_time(output, "time", N_("time"), beside->time_ms);
    if (output->json) {
        fl_output_flag(output, "live", "live", false);
    }
    show_state(output, state);
    show_origin(history, origin);
    show_arrival(output, arrival);
    show_changed(output, NULL, NULL);
}

static void show_beside(struct history *history, const struct beside *beside)
{
    struct fl_arrival arrival = {.kind = FL_ARRIVAL_MESSAGE, .at_ms = beside->time_ms};
    struct fl_collision_record collision;
    struct fl_quarantined held;
    struct fl_peer peer;
    char words[WORDS_BYTES];
    if (beside->place == FL_VERSION_COLLISION) {
        if (fl_collisions_get(history->txn, beside->id, &collision) != FL_OK) {
            return;
        }
        arrival.peer = collision.peer;
        arrival.number = collision.message_number;
        memcpy(arrival.peer_code, collision.peer_code, sizeof arrival.peer_code);
        became_words(&collision, words, sizeof words);
    } else {
        if (fl_quarantine_get(history->txn, beside->id, &held) != FL_OK) {
            return;
        }
        arrival.peer = held.peer;
        arrival.number = held.message_number;
        memcpy(arrival.peer_code, held.peer_code, sizeof arrival.peer_code);
        snprintf(
            words, sizeof words, "%.*s", (int)held.reason.size,
            (const char *)held.reason.data);
    }
    if (fl_peers_get(history->txn, arrival.peer, &peer) == FL_OK &&
        peer.format != FL_PEER_NATIVE) {
        arrival.kind = FL_ARRIVAL_PACKAGE;
    }
    bool is_collision = beside->place == FL_VERSION_COLLISION;
    show_beside_row(
        history, beside, is_collision ? N_("not taken") : N_("in quarantine"),
        is_collision ? collision.theirs.origin : held.origin, &arrival);
    show_note(history->call->output, is_collision ? beside->id : 0, words);
}

/* Everything beside that is newer than this. */
static void show_beside_until(struct history *history, int64_t time_ms)
{
    while (history->beside_next < history->beside_count &&
           history->beside[history->beside_next].time_ms >= time_ms) {
        const struct beside *beside = &history->beside[history->beside_next++];
        if (beside->time_ms < history->until_ms && !beside->ours_lost) {
            show_beside(history, beside);
        }
    }
}

static void find_beside(struct history *history)
{
    struct fl_collision_record collision;
    struct fl_quarantined held = {.id = 0};
    uint64_t id = 0;
    while (history->beside_count < BESIDE_MAX &&
           fl_versions_collision(history->txn, history->key, id, &id) == FL_OK) {
        if (fl_collisions_get(history->txn, id, &collision) != FL_OK) {
            continue;
        }
        history->beside[history->beside_count++] = (struct beside){
            .place = FL_VERSION_COLLISION,
            .id = id,
            .time_ms = collision.time_ms,
            .ours_lsn = collision.ours.lsn,
            .ours_lost = collision.kept == FL_COLLISION_KEPT_THEIRS &&
                         collision.reason != FL_COLLISION_REASON_PERSON};
    }
    held.id = fl_quarantine_first(history->txn, history->key);
    held.id -= held.id > 0;
    bool holds = fl_quarantine_holds(history->txn, history->key);
    while (holds && history->beside_count < BESIDE_MAX &&
           fl_quarantine_next(history->txn, held.id, &held) == FL_OK) {
        if (fl_key_equal(held.key, history->key)) {
            history->beside[history->beside_count++] = (struct beside){
                .place = FL_VERSION_QUARANTINE, .id = held.id, .time_ms = held.time_ms};
        }
    }
}

static int newer_first(const void *left, const void *right)
{
    const struct beside *a = left;
    const struct beside *b = right;
    if (a->time_ms != b->time_ms) {
        return a->time_ms > b->time_ms ? -1 : 1;
    }
    return a->id > b->id ? -1 : 1;
}

/* --- all of them --- */

static void hold(
    struct history *history,
    const struct fl_version *version,
    struct held *held)
{
    struct fl_version_found found = {.entry = version->entry};
    uint64_t live = 0;
    *held = (struct held){.is_held = true, .version = *version};
    held->is_live = fl_object_lsn(history->txn, history->key, &live) == FL_OK &&
                    live == version->entry.lsn;
    held->json = fl_version_json(history->call, &found);
    if (fl_arrivals_get(history->txn, version->entry.lsn, &held->arrival) != FL_OK) {
        held->arrival = (struct fl_arrival){.kind = FL_ARRIVAL_UNKNOWN};
    }
}

/*
 * A version is shown when the one before it has been read, for only then is it known what
 * it changed.
 */
static enum fl_status show_all(struct history *history, uint64_t below, bool *out_more)
{
    struct fl_version_walk walk;
    struct fl_version version;
    struct held held = {.is_held = false};
    enum fl_status status;
    fl_version_walk_begin(&walk, history->txn, history->key, below);
    do {
        struct held older = {.is_held = false};
        status = fl_version_walk_next(&walk, &version);
        if (status == FL_OK) {
            hold(history, &version, &older);
        }
        *out_more = older.is_held && history->limit > 0 &&
                    history->shown + held.is_held >= history->limit;
        if (held.is_held) {
            show_beside_until(history, held.arrival.at_ms);
            show_version(history, &held, older.json, older.is_held);
        }
        json_decref(held.json);
        held = older;
    } while (status == FL_OK && !*out_more);
    json_decref(held.json);
    if (status == FL_NOT_FOUND) {
        show_beside_until(history, INT64_MIN);
        status = FL_OK;
    }
    fl_version_walk_end(&walk);
    return status;
}

static enum fl_status run(struct history *history, struct fl_error *out_error)
{
    struct fl_call *call = history->call;
    struct fl_arrival arrival;
    uint64_t below = 0;
    bool more = false;
    enum fl_status status =
        fl_call_number(call, "limit", LIST_LIMIT_DEFAULT, &history->limit, out_error);
    if (status == FL_OK) {
        status = fl_call_number(call, "before", 0, &below, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    history->until_ms = INT64_MAX;
    if (below != 0 && fl_arrivals_get(history->txn, below, &arrival) == FL_OK) {
        history->until_ms = arrival.at_ms;
    }
    find_beside(history);
    qsort(history->beside, history->beside_count, sizeof history->beside[0], newer_first);
    fl_output_list_begin(call->output, "versions");
    status = show_all(history, below, &more);
    fl_output_list_end(call->output);
    if (status != FL_OK) {
        *out_error = *fl_txn_error(history->txn);
        return status;
    }
    if (history->shown == 0) {
        fl_output_say(
            call->output, "%s",
            below == 0 ? _("No version of it is known here.")
                       : _("No older version is kept here."));
    } else if (more) {
        fl_output_say(call->output, "%s", _("There are more: give --before VERSION"));
    }
    return FL_OK;
}

FL_HANDLER(object_history)
{
    struct fl_txn txn;
    struct fl_key key;
    enum fl_status status = fl_ref_parse(
        call->node->configuration, fl_bytes_of_text(call->arguments[0]), &key, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct history *history = fl_alloc_zeroed(1, sizeof *history);
    if (history == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    history->call = call;
    history->txn = &txn;
    history->key = key;
    status = run(history, out_error);
    fl_txn_abort(&txn);
    fl_free(history);
    return status;
}
