#include "endpoint.h"

#include <inttypes.h>
#include <string.h>

#include "ban.h"
#include "change.h"
#include "endpoint/endpoint_codec.h"
#include "endpoint/endpoint_wrapper.h"
#include "language.h"
#include "package_file.h"
#include "predefined/predefined.h"
#include "proto/record.h"
#include "ref.h"
#include "registrations.h"
#include "replication/delivery.h"
#include "ruling.h"
#include "scope.h"
#include "storage/collisions.h"
#include "storage/journal.h"
#include "storage/messages.h"
#include "storage/quarantine.h"

/* Where one transaction of the store ends: well below what it may hold. */
enum { TXN_ENTRIES = 8192, TXN_BYTES = 8 << 20, TXN_ROOM_KEYS = 16 };

struct import {
    struct fl_node *node;
    struct fl_output *output;
    const struct fl_endpoint_codec *codec;
    const char *path;
    uint32_t only_from;
    struct fl_package_file file;
    struct fl_peer peer;
    const struct fl_node_plan *plan; /* of the package */
    uint64_t message_number;
    uint64_t received_number;
    uint8_t hash[FL_HASH_BYTES]; /* of the file, by the first reading */
    struct fl_txn txn;
    struct fl_scope scope; /* in `txn` */
    size_t txn_entries;
    uint64_t txn_bytes;
    struct fl_buffer record;
    struct fl_ref_pairs pairs; /* predefined items that the base knows by other refs */
    struct fl_endpoint_import_report report;
};

/* --- before anything is changed --- */

static struct fl_bytes without_trailing_blanks(const char *text)
{
    struct fl_bytes bytes = fl_bytes_of_text(text);
    while (bytes.size > 0 && bytes.data[bytes.size - 1] == ' ') {
        bytes.size--;
    }
    return bytes;
}

static bool names_match(const char *a, const char *b)
{
    return fl_bytes_equal(without_trailing_blanks(a), without_trailing_blanks(b));
}

static enum fl_status find_sender(
    struct import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    struct fl_node *node = import->node;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_by_code(
        &txn, import->plan->hash, without_trailing_blanks(header->from), &import->peer);
    fl_txn_abort(&txn);
    if (import->only_from != 0 &&
        (status != FL_OK || import->peer.number != import->only_from)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the package is from \"%s\": it contains data of another base than the one "
            "that "
            "this endpoint is for",
            header->from);
    }
    if (status != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "the package is from \"%s\", which this node does not know; `filial node add "
            "%s --format v8msg` makes it known",
            header->from, header->from);
    }
    if (import->peer.format != FL_PEER_V8MSG) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" is a Filial node: what it has comes by synchronisation, not as a "
            "package",
            header->from);
    }
    if (import->peer.state != FL_PEER_ACTIVE) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "the exchange with \"%s\" is suspended or revoked; `filial node resume %s` "
            "takes a suspension back",
            header->from, header->from);
    }
    return FL_OK;
}

static enum fl_status check_number(
    const struct import *import,
    struct fl_error *out_error)
{
    if (import->message_number > import->peer.number_received) {
        return FL_OK;
    }
    if (import->message_number == import->peer.number_received) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "message number %" PRIu64 " from \"%s\" was accepted already: nothing in it "
            "counts a second time",
            import->message_number, import->peer.code);
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "message number %" PRIu64 " from \"%s\" is older than number %" PRIu64
        ", which was accepted last: nothing in it counts any more; ask for a new package",
        import->message_number, import->peer.code, import->peer.number_received);
}

static const struct fl_node_plan *find_plan(const struct fl_node *node, const char *name)
{
    for (size_t i = 0; i < node->plans.count; i++) {
        if (names_match(name, node->plans.items[i].name)) {
            return &node->plans.items[i];
        }
    }
    return NULL;
}

/* The sender and the number that it gives. */
static enum fl_status judge_numbers(
    struct import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    import->message_number = header->message_number;
    import->received_number = header->received_number;
    enum fl_status status = find_sender(import, header, out_error);
    if (status == FL_OK) {
        import->report.verdict = FL_VERDICT_OLD;
        status = check_number(import, out_error);
    }
    if (status == FL_OK) {
        import->report.verdict = FL_VERDICT_BROKEN;
    }
    return status;
}

/* The plan is the endpoint's, whatever the file calls it: the base has a plan of its own.
 */
static enum fl_status judge_sender(
    struct import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    struct fl_node *node = import->node;
    for (size_t i = 0; i < node->plans.count; i++) {
        struct fl_peer peer;
        struct fl_txn txn;
        fl_txn_begin(&txn, node->store, FL_TXN_READ);
        bool known = fl_peers_by_code(
                         &txn, node->plans.items[i].hash,
                         without_trailing_blanks(header->from), &peer) == FL_OK;
        fl_txn_abort(&txn);
        if (known || i == 0) {
            import->plan = &node->plans.items[i];
        }
        if (known) {
            break;
        }
    }
    return import->plan == NULL ? fl_error_set(
                                      out_error, FL_REFUSED,
                                      "this node exchanges by no plan: `filial plan "
                                      "create` makes one")
                                : judge_numbers(import, header, out_error);
}

/* Plan, addressee, sender, number: in the order in which 1C asks. */
static enum fl_status judge_header(
    struct import *import,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    const struct fl_node *node = import->node;
    if (header == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED, "this is not a message of an exchange plan");
    }
    import->report.verdict = FL_VERDICT_FOREIGN;
    import->plan = find_plan(node, header->plan);
    if (import->codec->by_sender_only) {
        return judge_sender(import, header, out_error);
    }
    if (import->plan == NULL) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the package is of the plan \"%s\", this node exchanges by \"%s\"",
            header->plan, node->plan);
    }
    if (!names_match(header->to, node->identity->code)) {
        return fl_error_set(
            out_error, FL_REFUSED, "the package is for \"%s\", this node is \"%s\"",
            header->to, node->identity->code);
    }
    return judge_numbers(import, header, out_error);
}

static enum fl_status open_reader(
    struct import *import,
    struct fl_endpoint_reading **out_reader,
    struct fl_error *out_error)
{
    return import->codec->read_open(
        import->codec, import->node, fl_package_file_source(&import->file), out_reader,
        out_error);
}

static enum fl_status begin_reader(
    struct import *import,
    struct fl_endpoint_reading *reader,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    return import->codec->read_begin == NULL
               ? FL_OK
               : import->codec->read_begin(reader, &import->peer, txn, out_error);
}

/* Two readings take half the way each. */
static void show_progress(struct import *import, const char *what)
{
    fl_output_progress(import->output, what, import->file.read, import->file.size);
}

static void show_notes(struct import *import, struct fl_endpoint_reading *reader)
{
    const char *note;
    for (size_t i = 0; (note = import->codec->read_note(reader, i)) != NULL; i++) {
        fl_output_warn(import->output, "%s", note);
    }
}

static enum fl_status read_through(
    struct import *import,
    struct fl_endpoint_reading *reader,
    struct fl_error *out_error)
{
    const struct fl_package_header *header = NULL;
    enum fl_status status = import->codec->read_header(reader, &header, out_error);
    if (status == FL_OK) {
        status = judge_header(import, header, out_error);
    }
    if (status == FL_OK) {
        status = begin_reader(import, reader, /* txn= */ NULL, out_error);
    }
    while (status == FL_OK) {
        struct fl_endpoint_object object;
        status = import->codec->read_next(reader, &object, out_error);
        if (status == FL_OK && object.object == NULL) {
            break;
        }
        if (status == FL_OK) {
            import->report.objects++;
        }
        show_progress(import, N_("reading"));
    }
    return status;
}

/*
 * An old number says nothing yet about a file that is just written over, and the last
 * package once more is no news.
 */
static void judge_old(struct import *import, struct fl_endpoint_reading *reader)
{
    struct fl_endpoint_object object = {.object = NULL};
    struct fl_codec_source source = fl_package_file_source(&import->file);
    uint8_t bytes[4096];
    size_t size = 0;
    enum fl_status status;
    do {
        status = import->codec->read_next(reader, &object, NULL);
    } while (status == FL_OK && object.object != NULL);
    if (status != FL_OK && import->codec->read_is_incomplete(reader)) {
        import->report.verdict = FL_VERDICT_NOT_WHOLE;
        return;
    }
    do {
        status = source.read(source.context, bytes, sizeof bytes, &size, NULL);
    } while (status == FL_OK && size > 0);
    fl_hasher_finish(&import->file.hasher, import->hash);
    if (status == FL_OK && import->message_number == import->peer.number_received &&
        memcmp(import->hash, import->peer.received_hash, sizeof import->hash) == 0) {
        import->report.verdict = FL_VERDICT_REPEATED;
    }
}

/* What is known of the base's predefined items, with what this package says of them. */
static enum fl_status match_predefined(
    struct import *import,
    const struct fl_endpoint_reading *reader,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, import->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_predefined_pairs_get(&txn, import->peer.number, &import->pairs, out_error);
    fl_txn_abort(&txn);
    return status == FL_OK
               ? fl_predefined_match(
                     import->node, import->codec, reader, &import->pairs, out_error)
               : status;
}

static enum fl_status first_reading(struct import *import, struct fl_error *out_error)
{
    struct fl_endpoint_reading *reader = NULL;
    enum fl_status status = open_reader(import, &reader, out_error);
    if (status == FL_OK) {
        status = read_through(import, reader, out_error);
    }
    if (status == FL_OK) {
        show_notes(import, reader);
        fl_hasher_finish(&import->file.hasher, import->hash);
        status = match_predefined(import, reader, out_error);
    } else if (reader != NULL && import->report.verdict == FL_VERDICT_OLD) {
        judge_old(import, reader);
    } else if (reader != NULL && import->codec->read_is_incomplete(reader)) {
        import->report.verdict = FL_VERDICT_NOT_WHOLE;
        fl_error_prefix(
            out_error,
            "the file is not whole: if it is still being written, import it later");
    }
    import->codec->read_close(reader);
    return status;
}

/* --- the store --- */

static struct fl_peer_stream stream_of(const struct import *import)
{
    return (struct fl_peer_stream){.peer = import->peer.number};
}

static enum fl_status txn_failure(struct import *import, struct fl_error *out_error)
{
    return fl_change_txn_failure(&import->txn, out_error);
}

/*
 * What the package confirms of ours, before its objects are looked at: otherwise changes
 * that it confirms would be taken for collisions. More than we have sent means that this
 * store was restored from a backup: nothing may be taken off the queue by it.
 */
static void confirm(struct import *import)
{
    struct fl_peer *peer = &import->peer;
    struct fl_sent_message sent;
    uint64_t number = import->received_number;
    if (peer->format != FL_PEER_V8MSG || number <= peer->confirmed_number) {
        return;
    }
    if (number > peer->number_sent) {
        import->report.we_were_restored = true;
        return;
    }
    if (fl_messages_get(&import->txn, stream_of(import), number, &sent) != FL_OK) {
        return;
    }
    peer->confirmed_number = number;
    peer->confirmed_lsn = sent.lsn_to;
    peer->last_confirmed_ms = fl_node_now_ms();
    fl_peers_put(&import->txn, peer);
    fl_messages_prune(&import->txn, stream_of(import), number);
    struct fl_key from = {0};
    while (fl_registered_confirm(
        &import->txn, stream_of(import), number, peer->confirmed_lsn, &from)) {
    }
    import->report.confirmed_number = number;
}

static bool is_registered(struct import *import, const struct fl_entry *entry)
{
    const struct fl_delivery_peer position = {
        .confirmed_lsn = import->peer.confirmed_lsn,
        .resend_below = import->peer.resend_below};
    const struct fl_delivery_entry found = {
        .lsn = entry->lsn,
        .live = true,
        .came_from_peer = entry->origin == import->peer.origin};
    const struct fl_plan_rule *rule = fl_plan_rule_of(import->plan, entry->key.type);
    bool registered =
        (rule->exchanged && rule->auto_record &&
         fl_delivery_is_registered(&position, &found)) ||
        fl_routing_is_told(
            import->node, &import->txn, &import->peer, entry, import->peer.confirmed_lsn);
    /* What the package confirms has been taken off the overlay before. */
    return fl_registrations_judge(
        &import->txn, &import->peer, (struct fl_uuid){0}, /* acknowledged= */ 0, entry,
        registered);
}

static void record_collision(
    struct import *import,
    const struct fl_entry *ours,
    const struct fl_entry *theirs,
    enum fl_collision_rule rule,
    const struct fl_collision_decision *decision)
{
    struct fl_collision_record collision = {
        .time_ms = fl_node_now_ms(),
        .peer = import->peer.number,
        .message_number = import->message_number,
        .key = ours->key,
        .kept = decision->accept ? FL_COLLISION_KEPT_THEIRS : FL_COLLISION_KEPT_OURS,
        .reason = fl_collision_reason(rule, decision),
        .open = decision->open,
        .decided_ms = fl_node_now_ms(),
        .ours =
            {.lsn = ours->lsn,
             .origin = ours->origin,
             .configuration = ours->configuration,
             .flags = ours->flags,
             .record = ours->record},
        .theirs = {
            .origin = theirs->origin,
            .configuration = theirs->configuration,
            .flags = theirs->flags,
            .record = theirs->record}};
    memcpy(collision.plan, import->peer.plan, sizeof collision.plan);
    memcpy(collision.peer_code, import->peer.code, sizeof collision.peer_code);
    (void)fl_collisions_append(&import->txn, &collision);
    import->report.collisions++;
    import->report.kept += !decision->accept;
}

static bool is_equal(const struct fl_entry *ours, const struct fl_entry *theirs)
{
    bool same_state =
        (ours->flags & FL_ENTRY_DELETED) == (theirs->flags & FL_ENTRY_DELETED) &&
        !(ours->flags & FL_ENTRY_WITHDRAWN);
    return same_state && fl_bytes_equal(ours->record, theirs->record);
}

static bool is_banned(
    const struct import *import,
    const struct fl_entry *ours,
    const struct fl_entry *theirs)
{
    int64_t until = fl_plan_rule_of(import->plan, theirs->key.type)->banned_until;
    if (until == 0 || import->peer.role == FL_PEER_PARENT) {
        return false;
    }
    struct fl_arena arena;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    const struct fl_configuration *configuration = import->node->configuration;
    bool banned =
        fl_ban_covers(configuration, until, theirs->key, theirs->record, &arena) ||
        fl_ban_covers(configuration, until, theirs->key, ours->record, &arena);
    fl_arena_deinit(&arena);
    return banned;
}

static bool is_from_parent(const struct import *import, enum fl_endpoint_sender sender)
{
    return sender == FL_SENDER_BY_ROLE ? import->peer.role == FL_PEER_PARENT
                                       : sender == FL_SENDER_IS_MAIN;
}

/* One object against what is here. */
static enum fl_status apply_entry(
    struct import *import,
    struct fl_entry *theirs,
    enum fl_endpoint_sender sender,
    struct fl_error *out_error)
{
    struct fl_entry ours = {0};
    enum fl_status status = fl_object_get(&import->txn, theirs->key, &ours);
    bool exists = status == FL_OK;
    if (status != FL_OK && status != FL_NOT_FOUND && status != FL_MALFORMED) {
        return txn_failure(import, out_error);
    }
    bool deletes_nothing = !exists && (theirs->flags & FL_ENTRY_DELETED);
    const struct fl_plan_rule *settings = fl_plan_rule_of(import->plan, theirs->key.type);
    const enum fl_collision_rule rule = fl_collision_rule_of(settings->collision);
    bool from_parent = is_from_parent(import, sender);
    const struct fl_collision_decision decision =
        fl_collision_decide((struct fl_collision_case){
            .rule = rule,
            .from_parent = from_parent,
            .hook = from_parent ? FL_COLLISION_HOOK_AUTO
                                : fl_collision_hook_of(settings->receive),
            .send_back = !from_parent && settings->receive == FL_PLAN_RECEIVE_RETURN,
            .registered = exists && is_registered(import, &ours),
            .equal = exists && is_equal(&ours, theirs),
            .exists = exists,
            .banned = is_banned(import, &ours, theirs)});
    if (!exists) {
        ours.key = theirs->key;
        ours.flags = FL_ENTRY_DELETED; /* on record: there was nothing here */
    }
    if (decision.record) {
        record_collision(import, &ours, theirs, rule, &decision);
    }
    if (decision.send_back || (decision.record && decision.keep_registration &&
                               fl_routing_routes(import->node, &import->peer))) {
        fl_registered_put(&import->txn, import->peer.number, theirs->key);
    } else if (decision.accept) {
        fl_registered_remove(&import->txn, import->peer.number, theirs->key);
    }
    if (!decision.accept || deletes_nothing) {
        import->report.unchanged += !decision.record;
        return FL_OK;
    }
    import->report.applied++;
    import->txn_entries++;
    import->txn_bytes += theirs->record.size;
    if (fl_journal_append(&import->txn, theirs) == 0) {
        return txn_failure(import, out_error);
    }
    return FL_OK;
}

/* Outside the filter of the base that sent it: kept for a person. */
static enum fl_status quarantine_entry(
    struct import *import,
    const struct fl_entry *theirs,
    const char *reason,
    struct fl_error *out_error)
{
    struct fl_quarantined quarantined = {
        .time_ms = fl_node_now_ms(),
        .peer = import->peer.number,
        .message_number = import->message_number,
        .key = theirs->key,
        .origin = theirs->origin,
        .configuration = theirs->configuration,
        .flags = theirs->flags,
        .record = theirs->record,
        .reason = fl_bytes_of_text(reason)};
    memcpy(quarantined.peer_code, import->peer.code, sizeof quarantined.peer_code);
    import->report.quarantined++;
    import->txn_entries++;
    import->txn_bytes += theirs->record.size;
    return fl_quarantine_append(&import->txn, &quarantined) > 0
               ? FL_OK
               : txn_failure(import, out_error);
}

static enum fl_status take_entry(
    struct import *import,
    struct fl_entry *theirs,
    enum fl_endpoint_sender sender,
    struct fl_error *out_error)
{
    const char *reason = fl_scope_reason_of(
        &import->scope, theirs->key, theirs->record,
        (theirs->flags & FL_ENTRY_DELETED) != 0);
    return reason == NULL ? apply_entry(import, theirs, sender, out_error)
                          : quarantine_entry(import, theirs, reason, out_error);
}

static enum fl_status commit(struct import *import, struct fl_error *out_error)
{
    import->txn_entries = 0;
    import->txn_bytes = 0;
    if (fl_txn_commit(&import->txn) != FL_OK) {
        return txn_failure(import, out_error);
    }
    return FL_OK;
}

static enum fl_status make_room(
    struct import *import,
    size_t bytes,
    struct fl_error *out_error)
{
    bool room = import->txn_entries < TXN_ENTRIES && import->txn_bytes < TXN_BYTES &&
                fl_txn_has_room(&import->txn, 3 * bytes + (1 << 16), TXN_ROOM_KEYS);
    if (room) {
        return FL_OK;
    }
    enum fl_status status = commit(import, out_error);
    if (status == FL_OK) {
        fl_txn_begin(&import->txn, import->node->store, FL_TXN_INTAKE);
    }
    return status;
}

static enum fl_status apply_object(
    struct import *import,
    const struct fl_endpoint_object *given,
    struct fl_error *out_error)
{
    const struct fl_object *object = given->object;
    fl_buffer_clear(&import->record);
    enum fl_status status = fl_record_encode(object, &import->record);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "%s is larger than an object may be",
            fl_ref_text(import->node->configuration, object->key).text);
    }
    struct fl_entry theirs = {
        .origin = import->peer.origin,
        .configuration = import->node->configuration_number,
        .flags = object->deleted ? FL_ENTRY_DELETED : 0,
        .key = object->key,
        .record = fl_buffer_view(&import->record)};
    status = make_room(import, theirs.record.size, out_error);
    return status == FL_OK ? take_entry(import, &theirs, given->sender, out_error)
                           : status;
}

/* The number moves in the transaction that holds the last objects. */
static void move_number(struct import *import)
{
    struct fl_peer *peer = &import->peer;
    peer->number_received = import->message_number;
    memcpy(peer->received_hash, import->hash, sizeof peer->received_hash);
    peer->last_received_ms = fl_node_now_ms();
    peer->whole_number = import->message_number;
    peer->whole_ms = peer->last_received_ms;
    if (import->report.we_were_restored) {
        peer->number_sent = import->received_number;
    }
    fl_peers_put(&import->txn, peer);
}

static enum fl_status apply_all(
    struct import *import,
    struct fl_endpoint_reading *reader,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (;;) {
        struct fl_endpoint_object object;
        status = import->codec->read_next(reader, &object, out_error);
        if (status != FL_OK || object.object == NULL) {
            return status;
        }
        status = apply_object(import, &object, out_error);
        if (status != FL_OK) {
            return status;
        }
        show_progress(import, N_("applying"));
    }
}

/* It was judged by the first reading. */
static enum fl_status take_header(
    struct import *import,
    struct fl_endpoint_reading *reader,
    struct fl_error *out_error)
{
    const struct fl_package_header *header = NULL;
    enum fl_status status = import->codec->read_header(reader, &header, out_error);
    return status == FL_OK ? begin_reader(import, reader, &import->txn, out_error)
                           : status;
}

/*
 * The objects of a file are broken, its head was not: what it confirms is taken off our
 * queue all the same, since the base will not say it again for what it has.
 */
static void confirm_broken(struct import *import)
{
    if (!import->codec->confirms_broken || import->peer.number == 0 ||
        import->report.verdict != FL_VERDICT_BROKEN) {
        return;
    }
    fl_txn_begin(&import->txn, import->node->store, FL_TXN_INTAKE);
    confirm(import);
    if (fl_txn_commit(&import->txn) != FL_OK) {
        import->report.confirmed_number = 0;
    }
}

static enum fl_status second_reading(struct import *import, struct fl_error *out_error)
{
    uint8_t hash[FL_HASH_BYTES];
    struct fl_endpoint_reading *reader = NULL;
    enum fl_status status = fl_package_file_rewind(&import->file, out_error);
    if (status == FL_OK) {
        status = open_reader(import, &reader, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    if (import->codec->read_pairs != NULL) {
        import->codec->read_pairs(reader, &import->pairs);
    }
    status = fl_routing_prepare(import->node, &import->peer, FL_ROUTING_ALL, out_error);
    fl_txn_begin(&import->txn, import->node->store, FL_TXN_INTAKE);
    if (status == FL_OK) {
        fl_scope_begin(&import->scope, import->node, &import->txn, &import->peer);
        confirm(import);
        fl_predefined_pairs_put(&import->txn, import->peer.number, &import->pairs);
        status = take_header(import, reader, out_error);
        if (status == FL_OK) {
            status = apply_all(import, reader, out_error);
        }
        const struct fl_package_wrapper *wrapper =
            import->codec->read_wrapper == NULL ? NULL
                                                : import->codec->read_wrapper(reader);
        if (status == FL_OK && wrapper != NULL) {
            fl_endpoint_wrapper_put(&import->txn, import->peer.number, wrapper);
        }
        fl_scope_end(&import->scope);
    }
    import->codec->read_close(reader);
    if (status == FL_OK) {
        fl_hasher_finish(&import->file.hasher, hash);
        if (memcmp(hash, import->hash, sizeof hash) != 0) {
            status = fl_error_set(
                out_error, FL_BUSY,
                "the file was changed while it was read; import it again when it is "
                "whole");
        }
    }
    if (status == FL_OK) {
        move_number(import);
        status = commit(import, out_error);
    }
    fl_txn_abort(&import->txn);
    return status;
}

enum fl_status fl_endpoint_import_as(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const char *path,
    uint32_t only_from,
    struct fl_output *output,
    struct fl_endpoint_import_report *out_report,
    struct fl_error *out_error)
{
    struct import import = {
        .node = node,
        .output = output,
        .codec = codec,
        .path = path,
        .only_from = only_from};
    enum fl_status status = fl_package_file_open(&import.file, path, out_error);
    if (status != FL_OK) {
        *out_report = (struct fl_endpoint_import_report){
            .verdict = import.file.is_incomplete  ? FL_VERDICT_NOT_WHOLE
                       : import.file.is_malformed ? FL_VERDICT_BROKEN
                                                  : FL_VERDICT_FAILED};
        return status;
    }
    import.report.verdict = FL_VERDICT_BROKEN;
    fl_buffer_init(&import.record, FL_RECORD_BYTES_MAX);
    status = first_reading(&import, out_error);
    if (status == FL_OK) {
        import.report.verdict = FL_VERDICT_FAILED;
        status = second_reading(&import, out_error);
    } else {
        confirm_broken(&import);
    }
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", path);
    } else {
        memcpy(import.report.from, import.peer.code, sizeof import.report.from);
        import.report.verdict = FL_VERDICT_APPLIED;
    }
    import.report.message_number = import.message_number;
    import.report.received_number = import.received_number;
    *out_report = import.report;
    fl_buffer_deinit(&import.record);
    fl_ref_pairs_deinit(&import.pairs);
    fl_package_file_close(&import.file);
    return status;
}

enum fl_status fl_endpoint_import(
    struct fl_node *node,
    const char *path,
    uint32_t only_from,
    struct fl_output *output,
    struct fl_endpoint_import_report *out_report,
    struct fl_error *out_error)
{
    return fl_endpoint_import_as(
        node, &fl_endpoint_v8msg, path, only_from, output, out_report, out_error);
}
