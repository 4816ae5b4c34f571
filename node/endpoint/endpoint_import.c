#include "endpoint.h"

#include <inttypes.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "endpoint_import_parts.h"
#include "endpoint_wrapper.h"
#include "language.h"
#include "plan/ban.h"
#include "plan/registrations.h"
#include "plan/ruling.h"
#include "predefined/predefined.h"
#include "proto/record.h"
#include "routing/scope.h"
#include "storage/arrivals.h"
#include "storage/collisions.h"
#include "storage/journal.h"
#include "storage/messages.h"
#include "storage/quarantine.h"

/* Where one transaction of the store ends: well below what it may hold. */
enum { TXN_ENTRIES = 8192, TXN_BYTES = 8 << 20, TXN_ROOM_KEYS = 16 };

/* --- the store --- */

static struct fl_peer_stream stream_of(const struct fl_endpoint_import *import)
{
    return (struct fl_peer_stream){.peer = import->peer.number};
}

static enum fl_status txn_failure(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    return fl_change_txn_failure(&import->txn, out_error);
}

/*
 * What the package confirms of ours, before its objects are looked at: otherwise changes
 * that it confirms would be taken for collisions. More than we have sent means that this
 * store was restored from a backup: nothing may be taken off the queue by it.
 */
static void confirm(struct fl_endpoint_import *import)
{
    struct fl_peer *peer = &import->peer;
    struct fl_sent_message sent;
    uint64_t number = import->received_number;
    if (peer->format != FL_PEER_V8MSG || number <= peer->confirmed_number ||
        fl_import_is_unnumbered(import)) {
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
    fl_registered_forget(&import->txn, peer->number, number);
    struct fl_key from = {0};
    while (fl_registered_confirm(
        &import->txn, stream_of(import), number, peer->confirmed_lsn, &from)) {
    }
    import->report.confirmed_number = number;
}

static bool is_registered(struct fl_endpoint_import *import, const struct fl_entry *entry)
{
    const struct fl_registrations registrations = {
        .plan = import->plan,
        .peer = &import->peer,
        .lsn_from = import->peer.confirmed_lsn,
        .has_overlay = true};
    bool registered =
        (fl_plan_has(import->plan, entry->key.type) &&
         fl_registrations_by_writing(&registrations, &import->txn, entry)) ||
        fl_routing_is_told(
            import->node, &import->txn, &import->peer, entry, import->peer.confirmed_lsn);
    /* What the package confirms has been taken off the overlay before. */
    return fl_registrations_judge(
        &import->txn, &import->peer, (struct fl_uuid){0}, /* acknowledged= */ 0, entry,
        registered);
}

/*
 * A base that overwrites may get ours, by a message that it has not confirmed or that is
 * being written, behind the change that it sends here: it would have ours then and we
 * its, and neither would know. So what is taken over such an object goes back to it,
 * until it confirms that, even when it says the same once more meanwhile.
 */
static bool may_cross(struct fl_endpoint_import *import, const struct fl_entry *ours)
{
    const uint64_t confirmed = import->peer.confirmed_number;
    struct fl_registered row;
    struct fl_sent_message first;
    struct fl_sent_message last;
    if (!import->codec->overwrites) {
        return false;
    }
    if (fl_registered_get(&import->txn, import->peer.number, ours->key, &row) == FL_OK &&
        row.kind == FL_REGISTERED) {
        return true;
    }
    if (ours->origin == import->peer.origin) {
        return false;
    }
    if (fl_endpoint_export_runs(import->node, import->peer.number, ours->lsn)) {
        return true;
    }
    if (fl_messages_last(&import->txn, stream_of(import), &last) != FL_OK ||
        last.number <= confirmed) {
        return false;
    }
    if (fl_messages_get(&import->txn, stream_of(import), confirmed + 1, &first) !=
        FL_OK) {
        first = last;
    }
    return ours->lsn > first.lsn_from && ours->lsn <= last.lsn_to;
}

static void record_collision(
    struct fl_endpoint_import *import,
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
    const struct fl_endpoint_import *import,
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

static bool is_from_parent(
    const struct fl_endpoint_import *import,
    enum fl_endpoint_sender sender)
{
    return sender == FL_SENDER_BY_ROLE ? import->peer.role == FL_PEER_PARENT
                                       : sender == FL_SENDER_IS_MAIN;
}

/* One object against what is here. */
static enum fl_status apply_entry(
    struct fl_endpoint_import *import,
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
    /* What only went back to it is no change of ours. */
    bool is_theirs =
        exists && import->codec->overwrites && ours.origin == import->peer.origin;
    const struct fl_collision_decision decision =
        fl_collision_decide((struct fl_collision_case){
            .rule = rule,
            .from_parent = from_parent,
            .hook = from_parent ? FL_COLLISION_HOOK_AUTO
                                : fl_collision_hook_of(settings->receive),
            .send_back = !from_parent && settings->receive == FL_PLAN_RECEIVE_RETURN,
            .registered = exists && !is_theirs && is_registered(import, &ours),
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
    bool goes_back = decision.send_back ||
                     (decision.record && decision.keep_registration &&
                      fl_routing_routes(import->node, &import->peer)) ||
                     (decision.accept && exists && !is_equal(&ours, theirs) &&
                      may_cross(import, &ours));
    if (goes_back) {
        fl_registered_put(&import->txn, import->peer.number, theirs->key);
    } else if (decision.accept && !import->codec->overwrites) {
        fl_registered_remove(&import->txn, import->peer.number, theirs->key);
    }
    if (!decision.accept || deletes_nothing) {
        import->report.unchanged += !decision.record;
        return FL_OK;
    }
    import->report.applied++;
    import->txn_entries++;
    import->txn_bytes += theirs->record.size;
    uint64_t lsn = fl_journal_append(&import->txn, theirs);
    if (lsn == 0) {
        return txn_failure(import, out_error);
    }
    if (!goes_back) {
        (void)fl_registrations_end(
            import->plan, &import->txn, &import->peer, theirs->key, lsn);
    }
    return FL_OK;
}

/* Outside the filter of the base that sent it: kept for a person. */
static enum fl_status quarantine_entry(
    struct fl_endpoint_import *import,
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
    struct fl_endpoint_import *import,
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

static enum fl_status commit(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    import->txn_entries = 0;
    import->txn_bytes = 0;
    if (fl_txn_commit(&import->txn) != FL_OK) {
        return txn_failure(import, out_error);
    }
    return FL_OK;
}

/* What is appended comes from the base, which signs nothing. */
static void begin(struct fl_endpoint_import *import)
{
    struct fl_arrival arrival = {
        .kind = FL_ARRIVAL_PACKAGE,
        .peer = import->peer.number,
        .number = import->message_number};
    memcpy(arrival.peer_code, import->peer.code, sizeof arrival.peer_code);
    memcpy(arrival.hash, import->hash, sizeof arrival.hash);
    fl_txn_begin(&import->txn, import->node->store, FL_TXN_INTAKE);
    fl_arrivals_set(&import->txn, &arrival);
}

static enum fl_status make_room(
    struct fl_endpoint_import *import,
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
        begin(import);
    }
    return status;
}

static enum fl_status apply_object(
    struct fl_endpoint_import *import,
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
static void move_number(struct fl_endpoint_import *import)
{
    struct fl_peer *peer = &import->peer;
    if (fl_import_is_unnumbered(import)) {
        fl_import_keep_unnumbered(import);
        return;
    }
    peer->number_received = import->message_number;
    memcpy(peer->received_hash, import->hash, sizeof peer->received_hash);
    peer->last_received_ms = fl_node_now_ms();
    peer->whole_number = import->message_number;
    peer->whole_ms = peer->last_received_ms;
    peer->whole_lsn = fl_journal_head(&import->txn);
    if (import->report.we_were_restored) {
        peer->number_sent = import->received_number;
    }
    fl_peers_put(&import->txn, peer);
}

static bool may_rest(const struct fl_endpoint_import *import)
{
    const struct fl_endpoint_codec *codec = import->codec;
    return fl_share_is_over(&import->share) &&
           (codec->read_is_amid == NULL || !codec->read_is_amid(import->reader));
}

static enum fl_status apply_some(
    struct fl_endpoint_import *import,
    bool *out_ended,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    while (status == FL_OK && !may_rest(import)) {
        struct fl_endpoint_object object = {.object = NULL};
        status = import->codec->read_next(import->reader, &object, out_error);
        if (status == FL_OK && fl_endpoint_object_is_none(&object)) {
            *out_ended = true;
            break;
        }
        if (status == FL_OK && object.object != NULL) {
            status = apply_object(import, &object, out_error);
        }
        fl_import_show_progress(import, N_("applying"));
    }
    return status;
}

static enum fl_status begin_applying(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    enum fl_status status = fl_package_file_rewind(&import->file, out_error);
    if (status == FL_OK) {
        status = fl_import_open_reader(import, out_error);
    }
    if (status == FL_OK && import->codec->read_pairs != NULL) {
        import->codec->read_pairs(import->reader, &import->pairs);
    }
    return status;
}

/* In the first of the transactions; the header was judged by the first reading. */
static enum fl_status begin_writing(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    const struct fl_package_header *header = NULL;
    import->is_begun = true;
    confirm(import);
    if (import->codec->read_pairs != NULL) {
        fl_predefined_pairs_put(&import->txn, import->peer.number, &import->pairs);
    }
    enum fl_status status =
        import->codec->read_header(import->reader, &header, out_error);
    return status == FL_OK ? fl_import_begin_reader(import, &import->txn, out_error)
                           : status;
}

/*
 * The objects of a file are broken, its head was not: what it confirms is taken off our
 * queue all the same, since the base will not say it again for what it has.
 */
static void confirm_broken(struct fl_endpoint_import *import)
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

/* Others work between two steps: what was judged before may not hold any more. */
static enum fl_status judge_again(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_peer peer;
    import->plan = fl_plans_find(&import->node->plans, import->plan_hash);
    fl_txn_begin(&txn, import->node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_get(&txn, import->peer.number, &peer);
    fl_txn_abort(&txn);
    if (status != FL_OK || import->plan == NULL || peer.state != FL_PEER_ACTIVE) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "the exchange with \"%s\" was ended while its package was read",
            import->peer.code);
    }
    import->peer = peer;
    return fl_import_check_number(import, out_error);
}

static enum fl_status end_applying(
    struct fl_endpoint_import *import,
    struct fl_error *out_error)
{
    uint8_t hash[FL_HASH_BYTES];
    const struct fl_package_wrapper *wrapper =
        import->codec->read_wrapper == NULL ? NULL
                                            : import->codec->read_wrapper(import->reader);
    if (wrapper != NULL) {
        fl_endpoint_wrapper_put(&import->txn, import->peer.number, wrapper);
    }
    fl_hasher_finish(&import->file.hasher, hash);
    if (memcmp(hash, import->hash, sizeof hash) != 0) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the file was changed while it was read; import it again when it is whole");
    }
    move_number(import);
    return FL_OK;
}

/* One transaction, or as many as the share of this step needs. */
static enum fl_status step_applying(
    struct fl_endpoint_import *import,
    bool *out_done,
    struct fl_error *out_error)
{
    bool ended = false;
    enum fl_status status = judge_again(import, out_error);
    if (status == FL_OK && import->reader == NULL) {
        status = begin_applying(import, out_error);
    }
    if (status == FL_OK) {
        status =
            fl_routing_prepare(import->node, &import->peer, FL_ROUTING_ALL, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    begin(import);
    fl_scope_begin(&import->scope, import->node, &import->txn, &import->peer);
    status = import->is_begun ? FL_OK : begin_writing(import, out_error);
    if (status == FL_OK) {
        status = apply_some(import, &ended, out_error);
    }
    if (status == FL_OK && ended) {
        status = end_applying(import, out_error);
    }
    fl_scope_end(&import->scope);
    if (status == FL_OK) {
        status = commit(import, out_error);
    }
    fl_txn_abort(&import->txn);
    *out_done = status == FL_OK && ended;
    return status;
}

enum fl_status fl_endpoint_import_begin(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_import_source *source,
    struct fl_endpoint_import **out_import,
    struct fl_endpoint_import_report *out_report,
    struct fl_error *out_error)
{
    struct fl_endpoint_import *import = fl_alloc_zeroed(1, sizeof *import);
    const char *name = source->name != NULL ? source->name : source->path;
    char *copy = fl_alloc(strlen(name) + 1);
    *out_report = (struct fl_endpoint_import_report){.verdict = FL_VERDICT_FAILED};
    if (import == NULL || copy == NULL) {
        fl_free(import);
        fl_free(copy);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    memcpy(copy, name, strlen(name) + 1);
    import->node = node;
    import->codec = codec;
    import->name = copy;
    import->only_from = source->only_from;
    import->configuration_revision = node->configuration_revision;
    import->report.verdict = FL_VERDICT_BROKEN;
    fl_buffer_init(&import->record, FL_RECORD_BYTES_MAX);
    enum fl_status status =
        fl_package_file_open(&import->file, source->path, import->name, out_error);
    if (status != FL_OK) {
        out_report->verdict = import->file.is_incomplete  ? FL_VERDICT_NOT_WHOLE
                              : import->file.is_malformed ? FL_VERDICT_BROKEN
                                                          : FL_VERDICT_FAILED;
        import->file.descriptor = -1;
        fl_endpoint_import_end(import);
        return status;
    }
    *out_import = import;
    return FL_OK;
}

enum fl_status fl_endpoint_import_step(
    struct fl_endpoint_import *import,
    struct fl_output *output,
    uint32_t share_ms,
    bool *out_done,
    struct fl_endpoint_import_report *out_report,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    import->share = fl_share_begin(share_ms);
    import->output = output;
    *out_done = false;
    if (import->configuration_revision != import->node->configuration_revision) {
        import->report.verdict = FL_VERDICT_FAILED;
        *out_report = import->report;
        return fl_error_set(
            out_error, FL_BUSY,
            "%s: the configuration changed while the package was read: import it again",
            import->name);
    }
    switch (import->phase) {
    case FL_IMPORT_READING:
        status = fl_import_read(import, out_error);
        if (status != FL_OK) {
            confirm_broken(import);
        }
        break;
    case FL_IMPORT_OLD:
        status = fl_import_read_old(import, out_error);
        break;
    case FL_IMPORT_APPLYING:
        status = step_applying(import, out_done, out_error);
        break;
    }
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", import->name);
    } else if (*out_done) {
        memcpy(import->report.from, import->peer.code, sizeof import->report.from);
        import->report.verdict = FL_VERDICT_APPLIED;
    }
    import->report.message_number = import->message_number;
    import->report.received_number = import->received_number;
    *out_report = import->report;
    return status;
}

bool fl_endpoint_import_writes(const struct fl_endpoint_import *import)
{
    return import->is_begun;
}

void fl_endpoint_import_end(struct fl_endpoint_import *import)
{
    if (import == NULL) {
        return;
    }
    import->codec->read_close(import->reader);
    fl_buffer_deinit(&import->record);
    fl_ref_pairs_deinit(&import->pairs);
    fl_package_file_close(&import->file);
    fl_free(import->name);
    fl_free(import);
}
