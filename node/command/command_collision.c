#include "command_collision.h"

#include <stdlib.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "language.h"
#include "plan/collision_merge.h"
#include "storage/collisions.h"
#include "storage/quarantine.h"
#include "version/object_diff.h"

enum { LIST_LIMIT = 100 };

static const char *kept_name(enum fl_collision_kept kept)
{
    return kept == FL_COLLISION_KEPT_OURS ? "ours" : "theirs";
}

static const char *reason_name(enum fl_collision_reason reason)
{
    switch (reason) {
    case FL_COLLISION_REASON_PARENT_WINS:
        return "parent wins";
    case FL_COLLISION_REASON_CHILD_WINS:
        return "child wins";
    case FL_COLLISION_REASON_BY_HAND:
        return "by hand";
    case FL_COLLISION_REASON_HOOK:
        return "hook";
    case FL_COLLISION_REASON_PERSON:
        return "person";
    case FL_COLLISION_REASON_BANNED:
        return "banned";
    }
    return "";
}

/* What people call the object: its description, or its number; "" when it has neither. */
static void show_name(struct fl_call *call, const struct fl_collision_record *collision)
{
    bool deleted = (collision->ours.flags & FL_ENTRY_DELETED) != 0;
    json_t *json = fl_collision_version_json(
        call, collision->key, deleted ? &collision->theirs : &collision->ours);
    const json_t *set = json_object_get(json, "set");
    const char *name = json_string_value(json_object_get(set, "Description"));
    if (name == NULL || name[0] == '\0') {
        name = json_string_value(json_object_get(set, "Number"));
    }
    fl_output_text(call->output, "name", N_("name"), name == NULL ? "" : name);
    json_decref(json);
}

static void show_head(struct fl_call *call, const struct fl_collision_record *collision)
{
    struct fl_output *output = call->output;
    struct fl_ref_text ref = fl_ref_text(call->node->configuration, collision->key);
    fl_output_number(output, "id", N_("id"), collision->id);
    fl_output_time(output, "time", N_("time"), collision->time_ms);
    fl_output_text(output, "peer", N_("node"), collision->peer_code);
    fl_output_number(output, "message", N_("message"), collision->message_number);
    fl_output_text(output, "kept", N_("kept"), kept_name(collision->kept));
    fl_output_text(output, "rule", N_("rule"), reason_name(collision->reason));
    fl_output_flag(output, "open", N_("open"), collision->open);
    fl_output_text(output, "by", N_("decided by"), collision->decided_by);
    fl_output_text(output, "object", N_("object"), ref.text);
    show_name(call, collision);
}

FL_HANDLER(collision_list)
{
    struct fl_collision_record collision = {.id = 0};
    uint64_t limit = 0;
    uint64_t count = 0;
    enum fl_status status = fl_call_number(call, "limit", LIST_LIMIT, &limit, out_error);
    if (status == FL_OK) {
        status = fl_call_number(call, "after", 0, &collision.id, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    bool open_only = fl_call_has(call, "open");
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_output_list_begin(call->output, "collisions");
    while ((limit == 0 || count < limit) &&
           fl_collisions_next(&txn, collision.id, &collision) == FL_OK) {
        if (collision.open || !open_only) {
            fl_output_row(call->output);
            show_head(call, &collision);
            count++;
        }
    }
    fl_output_list_end(call->output);
    status = fl_txn_status(&txn);
    if (status != FL_OK) {
        status = fl_change_txn_failure(&txn, out_error);
    }
    fl_txn_abort(&txn);
    if (count == 0) {
        fl_output_say(
            call->output, "%s",
            open_only ? _("No collision waits for a decision.")
                      : _("There were no collisions."));
    } else if (count == limit) {
        fl_output_say(
            call->output, _("Perhaps there are more: give --after %llu"),
            (unsigned long long)collision.id);
    }
    return status;
}

/* --- collision show --- */

enum fl_status fl_collision_argument(
    struct fl_call *call,
    uint64_t *out_id,
    struct fl_error *out_error)
{
    char *end = NULL;
    const char *text = call->arguments[0];
    *out_id = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (end == NULL || *end != '\0') {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is not the id of a collision; `filial collision list` shows them",
            text);
    }
    return FL_OK;
}

enum fl_status fl_collision_unknown(const char *id, struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "there is no collision %s; `filial collision list` shows them", id);
}

FL_HANDLER(collision_show)
{
    static const struct fl_object_sides sides = {
        "ours", N_("ours"), "theirs", N_("theirs")};
    uint64_t id = 0;
    enum fl_status status = fl_collision_argument(call, &id, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_txn txn;
    struct fl_collision_record collision;
    json_t *ours = NULL;
    json_t *theirs = NULL;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    status = fl_collisions_get(&txn, id, &collision);
    if (status == FL_OK) {
        ours = fl_collision_version_json(call, collision.key, &collision.ours);
        theirs = fl_collision_version_json(call, collision.key, &collision.theirs);
    }
    fl_txn_abort(&txn);
    if (status == FL_NOT_FOUND) {
        return fl_collision_unknown(call->arguments[0], out_error);
    }
    if (status != FL_OK || ours == NULL || theirs == NULL) {
        json_decref(ours);
        json_decref(theirs);
        return fl_error_set(
            out_error, FL_MALFORMED, "the versions of this collision cannot be unpacked");
    }
    show_head(call, &collision);
    if (call->output->json) {
        fl_output_json(call->output, "ours", "ours", json_incref(ours));
        fl_output_json(call->output, "theirs", "theirs", json_incref(theirs));
    }
    fl_output_say(call->output, "%s", "");
    fl_object_diff_show(call->output, &sides, ours, theirs);
    json_decref(ours);
    json_decref(theirs);
    return FL_OK;
}
