/*
 * What could not be applied, for people: a list, one of them in full, another try, and
 * giving up.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/object_json.h"
#include "change/ref.h"
#include "command_table.h"
#include "language.h"
#include "proto/record.h"
#include "recovery/replay.h"
#include "storage/quarantine.h"

/* --- list --- */

FL_HANDLER(quarantine_list)
{
    struct fl_txn txn;
    struct fl_quarantined held = {.id = 0};
    uint64_t count = 0;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_output_list_begin(call->output, "quarantine");
    while (fl_quarantine_next(&txn, held.id, &held) == FL_OK) {
        struct fl_ref_text ref = fl_ref_text(call->node->configuration, held.key);
        fl_output_row(call->output);
        fl_output_number(call->output, "id", N_("id"), held.id);
        fl_output_number(call->output, "group", N_("group"), held.group);
        fl_output_time(call->output, "time", N_("time"), held.time_ms);
        fl_output_text(call->output, "peer", N_("node"), held.peer_code);
        fl_output_number(call->output, "message", N_("message"), held.message_number);
        fl_output_text(call->output, "object", N_("object"), ref.text);
        fl_output_number(call->output, "attempts", N_("attempts"), held.attempts);
        fl_output_json(
            call->output, "reason", N_("reason"),
            json_stringn((const char *)held.reason.data, held.reason.size));
        count++;
    }
    fl_output_list_end(call->output);
    enum fl_status status = fl_txn_status(&txn);
    if (status != FL_OK) {
        status = fl_change_txn_failure(&txn, out_error);
    }
    fl_txn_abort(&txn);
    if (count == 0) {
        fl_output_say(call->output, "%s", _("Nothing is in quarantine."));
    }
    return status;
}

/* --- show --- */

static enum fl_status read_id(
    struct fl_call *call,
    uint64_t *out_id,
    struct fl_error *out_error)
{
    const char *text = call->arguments[0];
    char *end = NULL;
    errno = 0;
    unsigned long long id = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || id == 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no id; `filial quarantine list` shows them", text);
    }
    *out_id = id;
    return FL_OK;
}

/* As an object, when it is one under our configuration; else NULL. */
static json_t *object_of(struct fl_call *call, const struct fl_quarantined *held)
{
    bool deleted = (held->flags & FL_ENTRY_DELETED) != 0;
    struct fl_arena arena;
    struct fl_object object;
    json_t *json = NULL;
    if (fl_configuration_type(call->node->configuration, held->key.type) == NULL) {
        return NULL;
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (fl_record_decode(held->key, deleted, held->record, &arena, &object) == FL_OK) {
        json = fl_object_json_encode(call->node->configuration, &object, !deleted);
    }
    fl_arena_deinit(&arena);
    return json;
}

static void show_held(struct fl_call *call, const struct fl_quarantined *held)
{
    struct fl_output *output = call->output;
    struct fl_ref_text ref = fl_ref_text(call->node->configuration, held->key);
    json_t *object = object_of(call, held);
    fl_output_number(output, "id", N_("id"), held->id);
    fl_output_number(output, "group", N_("group"), held->group);
    fl_output_time(output, "time", N_("time"), held->time_ms);
    fl_output_text(output, "peer", N_("node"), held->peer_code);
    fl_output_number(output, "message", N_("message"), held->message_number);
    fl_output_text(output, "object", N_("object"), ref.text);
    fl_output_flag(
        output, "deleted", N_("deleted"), (held->flags & FL_ENTRY_DELETED) != 0);
    fl_output_json(
        output, "reason", N_("reason"),
        json_stringn((const char *)held->reason.data, held->reason.size));
    fl_output_number(output, "attempts", N_("attempts"), held->attempts);
    fl_output_number(output, "bytes", N_("bytes"), held->record.size);
    if (object != NULL) {
        fl_output_json(output, "content", N_("content"), object);
    }
}

FL_HANDLER(quarantine_show)
{
    struct fl_quarantined held;
    struct fl_txn txn;
    uint64_t id = 0;
    enum fl_status status = read_id(call, &id, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    status = fl_quarantine_get(&txn, id, &held);
    if (status == FL_OK) {
        show_held(call, &held);
    }
    fl_txn_abort(&txn);
    return status == FL_OK ? status
                           : fl_error_set(
                                 out_error, status,
                                 "nothing in quarantine has the id %llu; `filial "
                                 "quarantine list` shows it",
                                 (unsigned long long)id);
}

/* --- retry, drop --- */

FL_HANDLER(quarantine_retry)
{
    struct fl_replay_result result = {.applied = 0};
    uint64_t id = 0;
    enum fl_status status =
        call->argument_count > 0 ? read_id(call, &id, out_error) : FL_OK;
    if (status != FL_OK) {
        return status;
    }
    status = fl_replay(call->node, id, &result, out_error);
    call->wrote = result.applied > 0 || result.left > 0;
    if (status == FL_OK) {
        fl_output_number(call->output, "applied", N_("applied"), result.applied);
        fl_output_number(call->output, "left", N_("still held"), result.left);
        if (result.left > 0) {
            fl_output_say(
                call->output, "%s",
                _("`filial quarantine list` says why they cannot be applied now."));
        }
    }
    return status;
}

FL_HANDLER(quarantine_drop)
{
    uint64_t count = 0;
    uint64_t id = 0;
    enum fl_status status = read_id(call, &id, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (!fl_call_has(call, "yes")) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_REFUSED,
            "what is dropped is lost here, with its whole transaction: say --yes when "
            "that is meant");
    }
    status = fl_replay_drop(call->node, id, fl_call_by(call), &count, out_error);
    if (status == FL_OK) {
        call->wrote = true;
        fl_output_number(call->output, "dropped", N_("dropped"), count);
    }
    return status;
}
