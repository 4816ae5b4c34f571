/*
 * A person decides again: the version that was chosen is written as an ordinary change of
 * this node, which replicates like any other, and the record says who and when.
 */

#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "command_collision.h"
#include "language.h"
#include "plan/collision_merge.h"
#include "storage/collisions.h"

struct decision {
    enum fl_collision_kept kept;
    bool written; /* false: what was chosen is here already */
};

static enum fl_status parse_choice(
    struct fl_call *call,
    struct decision *decision,
    struct fl_error *out_error)
{
    const char *choice = call->arguments[1];
    if (strcmp(choice, "ours") == 0) {
        decision->kept = FL_COLLISION_KEPT_OURS;
        return FL_OK;
    }
    if (strcmp(choice, "theirs") == 0) {
        decision->kept = FL_COLLISION_KEPT_THEIRS;
        return FL_OK;
    }
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED,
        "\"%s\" is no decision: say ours or theirs, as `filial collision show %s` calls "
        "the two versions",
        choice, call->arguments[0]);
}

static bool is_version(
    const struct fl_entry *entry,
    const struct fl_collision_version *version)
{
    return (entry->flags & FL_ENTRY_DELETED) == (version->flags & FL_ENTRY_DELETED) &&
           fl_bytes_equal(entry->record, version->record);
}

/* Somebody has changed the object since: that change is not to be lost unseen. */
static enum fl_status check_unchanged(
    struct fl_call *call,
    const struct fl_collision_record *collision,
    const struct fl_entry *now,
    struct fl_error *out_error)
{
    if (is_version(now, &collision->ours) || is_version(now, &collision->theirs) ||
        fl_call_has(call, "force")) {
        return FL_OK;
    }
    struct fl_ref_text ref = fl_ref_text(call->node->configuration, collision->key);
    return fl_error_set(
        out_error, FL_REFUSED,
        "%s was changed after this collision and is neither version now; look at it with "
        "`filial object get`, and give --force to write over it",
        ref.text);
}

/*
 * What a read lends ends with the next write, and appending writes: the version goes
 * through memory of ours.
 */
static enum fl_status append_version(
    struct fl_txn *txn,
    struct fl_key key,
    const struct fl_collision_version *version)
{
    struct fl_buffer record;
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_buffer_put(&record, version->record);
    if (fl_buffer_status(&record) == FL_OK) {
        (void)fl_journal_append(
            txn, &(struct fl_entry){
                     .configuration = version->configuration,
                     .flags = version->flags,
                     .key = key,
                     .record = fl_buffer_view(&record)});
    }
    enum fl_status status = fl_buffer_status(&record);
    fl_buffer_deinit(&record);
    return status != FL_OK ? status : fl_txn_status(txn);
}

/* The chosen version with what --take names of the other. */
static enum fl_status append_merged(
    struct fl_call *call,
    struct fl_txn *txn,
    const struct fl_collision_record *collision,
    enum fl_collision_kept kept,
    struct fl_error *out_error)
{
    struct fl_change_memory memory;
    struct fl_key key;
    json_t *line = NULL;
    enum fl_status status = fl_collision_merge(call, collision, kept, &line, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_change_memory_init(&memory);
    status = fl_change_apply(call->node, txn, line, &memory, &key, out_error);
    fl_change_memory_deinit(&memory);
    json_decref(line);
    return status;
}

static enum fl_status decide(
    struct fl_call *call,
    struct fl_txn *txn,
    uint64_t id,
    struct decision *decision,
    struct fl_error *out_error)
{
    struct fl_collision_record collision;
    struct fl_entry now;
    enum fl_status status = fl_collisions_get(txn, id, &collision);
    if (status == FL_NOT_FOUND) {
        return fl_collision_unknown(call->arguments[0], out_error);
    }
    if (status == FL_OK) {
        status = fl_object_get(txn, collision.key, &now);
    }
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return fl_change_txn_failure(txn, out_error);
    }
    bool exists = status == FL_OK;
    if (exists) {
        status = check_unchanged(call, &collision, &now, out_error);
        if (status != FL_OK) {
            return status;
        }
    }
    const struct fl_collision_version *chosen =
        decision->kept == FL_COLLISION_KEPT_OURS ? &collision.ours : &collision.theirs;
    struct fl_collision_record record = {
        .kept = decision->kept,
        .reason = FL_COLLISION_REASON_PERSON,
        .decided_ms = fl_node_now_ms(),
    };
    strncpy(record.decided_by, fl_call_by(call), sizeof record.decided_by - 1);
    bool merges = fl_call_has(call, "take");
    decision->written = merges || !exists || !is_version(&now, chosen);
    if (merges) {
        status = append_merged(call, txn, &collision, decision->kept, out_error);
        if (status != FL_OK) {
            return status;
        }
    } else if (decision->written) {
        status = append_version(txn, collision.key, chosen);
    }
    if (status == FL_OK || status == FL_NOT_FOUND) {
        status = fl_collisions_decide(txn, id, &record);
    }
    return status == FL_OK ? FL_OK : fl_change_txn_failure(txn, out_error);
}

FL_HANDLER(collision_resolve)
{
    uint64_t id = 0;
    struct decision decision = {.kept = FL_COLLISION_KEPT_OURS};
    enum fl_status status = fl_collision_argument(call, &id, out_error);
    if (status == FL_OK) {
        status = parse_choice(call, &decision, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_WRITE);
    status = decide(call, &txn, id, &decision, out_error);
    if (status == FL_OK) {
        status = fl_change_commit(&txn, out_error);
    }
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return status;
    }
    call->wrote = true;
    fl_output_number(call->output, "id", N_("id"), id);
    fl_output_text(
        call->output, "kept", N_("kept"),
        decision.kept == FL_COLLISION_KEPT_OURS ? "ours" : "theirs");
    fl_output_flag(call->output, "written", N_("written"), decision.written);
    return FL_OK;
}
