#include "replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "log.h"
#include "replicator/link.h"
#include "routing/scope.h"
#include "storage/settings.h"

/*
 * What applying needs of a link, without a connection: the store's own peer and routes.
 */
struct bench {
    struct fl_replicator replicator;
    struct fl_link link;
    struct fl_buffer record; /* writing ends the life of what the map lent */
    struct fl_scope scope;
    struct fl_buffer transaction; /* the group in hand, as a message has it */
};

static enum fl_status bench_new(struct fl_node *node, struct bench **out_bench)
{
    struct bench *bench = fl_alloc_zeroed(1, sizeof(*bench));
    struct fl_txn txn;

    if (!bench) {
        return FL_NO_MEMORY;
    }
    bench->replicator.node = node;
    bench->link.replicator = &bench->replicator;
    fl_arena_init(&bench->replicator.arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&bench->replicator.ours, FL_RECORD_BYTES_MAX);
    fl_buffer_init(&bench->record, FL_RECORD_BYTES_MAX);
    fl_buffer_init(&bench->transaction, FL_MESSAGE_PLAIN_BYTES_MAX);
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_routes_load(&txn, &bench->replicator.routes);

    fl_txn_abort(&txn);
    *out_bench = bench;
    return status;
}

static void bench_free(struct bench *bench)
{
    if (bench) {
        fl_routes_deinit(&bench->replicator.routes);
        fl_arena_deinit(&bench->replicator.arena);
        fl_buffer_deinit(&bench->replicator.ours);
        fl_buffer_deinit(&bench->record);
        fl_buffer_deinit(&bench->transaction);
        fl_free(bench);
    }
}

/* -- one source transaction -- */

/* Its objects stand together in the order of their ids; FL_NOT_FOUND behind the last. */
static enum fl_status next_of_group(
    struct fl_txn *txn,
    uint64_t group,
    uint64_t after,
    struct fl_quarantined *out_held)
{
    enum fl_status status = fl_quarantine_next(txn, after, out_held);

    return status == FL_OK && out_held->group != group ? FL_NOT_FOUND : status;
}

static bool find_peer(
    struct bench *bench,
    struct fl_txn *txn,
    uint32_t number,
    struct fl_error *out_reason)
{
    if (bench->link.peer.number == number ||
        fl_peers_get(txn, number, &bench->link.peer) == FL_OK) {
        return true;
    }
    (void)snprintf(
        out_reason->text, sizeof(out_reason->text), "%s",
        "the node that sent it is no peer any more");
    return false;
}

/* Its filters, before a transaction is open: reading them may write. */
static enum fl_status prepare(
    struct bench *bench,
    uint64_t group,
    struct fl_error *out_error)
{
    struct fl_node *node = bench->replicator.node;
    struct fl_quarantined held = {.id = group - 1};
    struct fl_error gone;
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool found = next_of_group(&txn, group, held.id, &held) == FL_OK &&
                 find_peer(bench, &txn, held.peer, &gone);

    fl_txn_abort(&txn);
    return found ? fl_routing_prepare(node, &bench->link.peer, FL_ROUTING_ALL, out_error)
                 : FL_OK;
}

/* What its objects refer to may stand in it, too. */
static enum fl_status begin_scope(struct bench *bench, struct fl_txn *txn, uint64_t group)
{
    struct fl_quarantined held = {.id = group - 1};

    fl_buffer_clear(&bench->transaction);
    while (next_of_group(txn, group, held.id, &held) == FL_OK) {
        const struct fl_message_entry entry = fl_link_replay_entry(&held);

        fl_message_put_entry(&bench->transaction, &entry);
    }
    fl_scope_begin(&bench->scope, bench->replicator.node, txn, &bench->link.peer);
    struct fl_reader reader = fl_reader_of(fl_buffer_view(&bench->transaction));

    fl_scope_transaction(&bench->scope, &reader);
    return fl_buffer_status(&bench->transaction);
}

/* May all of it be applied now? `out_id` is the first that may not. */
static bool group_fits(
    struct bench *bench,
    struct fl_txn *txn,
    uint64_t group,
    uint64_t *out_id,
    struct fl_error *out_reason)
{
    struct fl_quarantined held = {.id = group - 1};

    while (next_of_group(txn, group, held.id, &held) == FL_OK) {
        bool is_first = *out_id == 0;

        *out_id = held.id;
        if (!find_peer(bench, txn, held.peer, out_reason) ||
            (is_first && begin_scope(bench, txn, group) != FL_OK) ||
            !fl_link_replay_fits(&bench->link, txn, &bench->scope, &held, out_reason)) {
            return false;
        }
        if (fl_quarantine_first(txn, held.key) < group) {
            (void)snprintf(
                out_reason->text, sizeof(out_reason->text), "%s",
                "an earlier change of it is in quarantine");
            return false;
        }
    }
    return true;
}

static enum fl_status apply_group(
    struct bench *bench,
    struct fl_txn *txn,
    uint64_t group,
    uint64_t *out_count,
    struct fl_error *out_error)
{
    struct fl_quarantined held = {.id = group - 1};
    enum fl_status status = FL_OK;

    *out_count = 0;
    fl_journal_transaction(txn);
    while (status == FL_OK && next_of_group(txn, group, held.id, &held) == FL_OK) {
        fl_buffer_clear(&bench->record);
        fl_buffer_put(&bench->record, held.record);
        held.record = fl_buffer_view(&bench->record);
        status = fl_buffer_status(&bench->record);
        if (status == FL_OK) {
            status = fl_link_replay(&bench->link, txn, &held, out_error);
        }
        if (status == FL_OK) {
            status = fl_quarantine_remove(txn, held.id);
        }
        (*out_count)++;
    }
    return status;
}

static uint64_t count_group(struct fl_txn *txn, uint64_t group)
{
    struct fl_quarantined held = {.id = group - 1};
    uint64_t count = 0;

    while (next_of_group(txn, group, held.id, &held) == FL_OK) {
        count++;
    }
    return count;
}

static enum fl_status try_group(
    struct bench *bench,
    uint64_t group,
    struct fl_replay_result *result,
    struct fl_error *out_error)
{
    struct fl_error reason = {.text = ""};
    uint64_t count = 0;
    uint64_t id = 0;
    struct fl_txn txn;

    enum fl_status status = prepare(bench, group, out_error);

    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, bench->replicator.node->store, FL_TXN_KEEP);
    bool fits = group_fits(bench, &txn, group, &id, &reason);
    fl_scope_end(&bench->scope);
    status = fits ? apply_group(bench, &txn, group, &count, out_error)
                  : fl_quarantine_note(&txn, id, fl_bytes_of_text(reason.text));

    if (!fits) {
        result->left += count_group(&txn, group);
    }
    if (status == FL_OK) {
        status = fl_change_commit(&txn, out_error);
    } else if (status != FL_OK && fl_txn_status(&txn) != FL_OK) {
        status = fl_change_txn_failure(&txn, out_error);
    }
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        result->applied += count;
    }
    return status;
}

/* -- all of them -- */

static enum fl_status group_of(struct fl_node *node, uint64_t id, uint64_t *out_group)
{
    struct fl_quarantined held;
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    enum fl_status status = fl_quarantine_get(&txn, id, &held);

    if (status == FL_OK) {
        *out_group = held.group;
    }
    fl_txn_abort(&txn);
    return status;
}

/* The group behind this one; FL_NOT_FOUND: it was the last. */
static enum fl_status next_group(struct fl_node *node, uint64_t group, uint64_t *out_next)
{
    struct fl_quarantined held = {.id = group == 0 ? 0 : group - 1};
    struct fl_txn txn;
    enum fl_status status;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    do {
        status = fl_quarantine_next(&txn, held.id, &held);
    } while (status == FL_OK && held.group <= group);
    if (status == FL_OK) {
        *out_next = held.group;
    }
    fl_txn_abort(&txn);
    return status;
}

static enum fl_status unknown(uint64_t id, struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "nothing in quarantine has the id %llu; `filial quarantine list` shows it",
        (unsigned long long)id);
}

enum fl_status fl_replay(
    struct fl_node *node,
    uint64_t id,
    struct fl_replay_result *out_result,
    struct fl_error *out_error)
{
    struct fl_replay_result result = {.applied = 0};
    struct bench *bench = NULL;
    uint64_t group = 0;

    if (id != 0 && group_of(node, id, &group) != FL_OK) {
        return unknown(id, out_error);
    }
    enum fl_status status = bench_new(node, &bench);

    if (status != FL_OK) {
        bench_free(bench);
        return fl_error_set(out_error, status, "no memory");
    }
    if (id != 0) {
        status = try_group(bench, group, &result, out_error);
    }
    while (id == 0 && status == FL_OK) {
        enum fl_status found = next_group(node, group, &group);

        if (found != FL_OK) {
            break;
        }
        status = try_group(bench, group, &result, out_error);
    }
    bool settings_came = bench->replicator.settings_came;

    bench_free(bench);
    if (status == FL_OK && settings_came) {
        status = fl_node_reload(node, out_error);
    }
    *out_result = result;
    return status;
}

/* Setting "quarantine/tried": hash of the configuration, version of the program. */
static bool is_new_here(struct fl_node *node)
{
    uint8_t stamp[FL_CONFIGURATION_HASH_BYTES + sizeof(FL_VERSION)];
    struct fl_bytes name = fl_bytes_of_text("quarantine/tried");
    struct fl_bytes now = {stamp, sizeof(stamp)};
    struct fl_bytes before = {.data = NULL};
    struct fl_txn txn;

    memcpy(stamp, node->configuration->hash, FL_CONFIGURATION_HASH_BYTES);
    memcpy(stamp + FL_CONFIGURATION_HASH_BYTES, FL_VERSION, sizeof(FL_VERSION));
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    bool is_new =
        fl_quarantine_count(&txn) > 0 &&
        (fl_settings_get(&txn, name, &before) != FL_OK || !fl_bytes_equal(before, now));

    if (is_new) {
        fl_settings_put(&txn, name, now);
        return fl_txn_commit(&txn) == FL_OK;
    }
    fl_txn_abort(&txn);
    return false;
}

void fl_replay_after_change(struct fl_node *node)
{
    struct fl_replay_result result = {.applied = 0};
    struct fl_error error = {.text = ""};

    if (!is_new_here(node)) {
        return;
    }
    enum fl_status status = fl_replay(node, /* id= */ 0, &result, &error);

    fl_log(
        status == FL_OK ? FL_LOG_INFO : FL_LOG_ERROR, FL_LOG_EVENT_QUARANTINE_RETRIED,
        "applied=%" PRIu64 " left=%" PRIu64 " error=%s", result.applied, result.left,
        fl_log_value(error.text).text);
}

/* -- giving up -- */

static void put_on_record(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_quarantined *first,
    uint64_t count,
    const char *by)
{
    struct fl_ref_text ref = fl_ref_text(node->configuration, first->key);
    struct fl_history *history = fl_alloc_zeroed(1, sizeof(*history));
    struct fl_history_event event = {
        .kind = FL_HISTORY_DROPPED,
        .number = first->message_number,
        .incarnation = first->incarnation,
    };
    char text[FL_ERROR_TEXT_BYTES_MAX];

    if (!history) {
        fl_txn_fail(txn, &(struct fl_error){.status = FL_NO_MEMORY, .text = "no memory"});
        return;
    }
    (void)snprintf(
        text, sizeof(text), "%.100s: %.200s (%" PRIu64 ")", by, ref.text, count);
    struct fl_bytes words =
        fl_bytes_utf8_beginning(fl_bytes_of_text(text), FL_HISTORY_TEXT_BYTES_MAX);

    memcpy(event.text, words.data, words.size);
    event.first_ms = event.last_ms = fl_node_now_ms();
    fl_history_get(txn, first->peer, history);
    fl_history_add(history, &event);
    fl_history_put(txn, first->peer, history);
    fl_free(history);
    fl_log(
        FL_LOG_WARN, FL_LOG_EVENT_QUARANTINE_DROPPED,
        "peer=%s number=%" PRIu64 " objects=%" PRIu64 " by=%s", first->peer_code,
        first->message_number, count, fl_log_value(by).text);
}

enum fl_status fl_replay_drop(
    struct fl_node *node,
    uint64_t id,
    const char *by,
    uint64_t *out_objects,
    struct fl_error *out_error)
{
    struct fl_quarantined first;
    struct fl_quarantined held;
    uint64_t group = 0;
    uint64_t count = 0;
    struct fl_txn txn;

    if (group_of(node, id, &group) != FL_OK) {
        return unknown(id, out_error);
    }
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    held.id = group - 1;
    while (next_of_group(&txn, group, held.id, &held) == FL_OK) {
        first = count == 0 ? held : first;
        if (fl_quarantine_remove(&txn, held.id) != FL_OK) {
            break;
        }
        count++;
    }
    if (count > 0) {
        put_on_record(node, &txn, &first, count, by);
    }
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    *out_objects = count;
    return FL_OK;
}
