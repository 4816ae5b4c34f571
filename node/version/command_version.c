/*
 * What is done with versions: two are compared, one is written again as an ordinary
 * change, and it is said how long they are kept.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "language.h"
#include "object_diff.h"
#include "proto/record.h"
#include "version_find.h"
#include "version_policy.h"

static enum fl_status parse_ref(
    struct fl_call *call,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    return fl_ref_parse(
        call->node->configuration, fl_bytes_of_text(call->arguments[0]), out_key,
        out_error);
}

static enum fl_status cannot_unpack(
    const struct fl_version_found *found,
    struct fl_error *out_error)
{
    char name[FL_VERSION_NAME_BYTES];
    fl_version_name(found->place, found->number, name);
    return fl_error_set(out_error, FL_MALFORMED, "version %s cannot be unpacked", name);
}

/* --- object diff --- */

/* V1 V2; V1 and the live one; or the live one and the one before it. */
static enum fl_status find_both(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_version_found found[2],
    struct fl_error *out_error)
{
    enum fl_status status =
        call->argument_count > 2
            ? fl_version_find(call, txn, key, call->arguments[2], &found[1], out_error)
            : fl_version_find_before(call, txn, key, 0, &found[1], out_error);
    if (status != FL_OK) {
        return status;
    }
    return call->argument_count > 1
               ? fl_version_find(call, txn, key, call->arguments[1], &found[0], out_error)
               : fl_version_find_before(
                     call, txn, key, found[1].number, &found[0], out_error);
}

static void show_names(
    struct fl_output *output,
    const struct fl_version_found found[2],
    const struct fl_object_sides *sides)
{
    char name[FL_VERSION_NAME_BYTES];
    fl_version_name(found[0].place, found[0].number, name);
    fl_output_text(output, sides->left_key, sides->left_label, name);
    fl_version_name(found[1].place, found[1].number, name);
    fl_output_text(output, sides->right_key, sides->right_label, name);
}

static enum fl_status show_diff(
    struct fl_call *call,
    const struct fl_version_found found[2],
    struct fl_error *out_error)
{
    static const struct fl_object_sides names = {
        "from", N_("from version"), "to", N_("to version")};
    static const struct fl_object_sides sides = {"was", N_("was"), "is", N_("is")};
    json_t *left = fl_version_json(call, &found[0]);
    json_t *right = fl_version_json(call, &found[1]);
    enum fl_status status = FL_OK;
    if (left == NULL || right == NULL) {
        status = cannot_unpack(&found[left == NULL ? 0 : 1], out_error);
    } else {
        show_names(call->output, found, &names);
        fl_output_say(call->output, "%s", "");
        fl_object_diff_show(call->output, &sides, left, right);
        if (json_equal(left, right)) {
            fl_output_say(call->output, "%s", _("They are equal."));
        }
    }
    json_decref(left);
    json_decref(right);
    return status;
}

FL_HANDLER(object_diff)
{
    struct fl_version_found found[2] = {{.number = 0}, {.number = 0}};
    struct fl_key key;
    struct fl_txn txn;
    enum fl_status status = parse_ref(call, &key, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    status = find_both(call, &txn, key, found, out_error);
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        status = show_diff(call, found, out_error);
    }
    fl_version_found_deinit(&found[0]);
    fl_version_found_deinit(&found[1]);
    return status;
}

/* --- object restore --- */

static enum fl_status refuse(
    struct fl_call *call,
    const struct fl_version_found *found,
    struct fl_error *out_error)
{
    struct fl_ref_text ref = fl_ref_text(call->node->configuration, found->entry.key);
    if ((found->entry.flags & FL_ENTRY_WITHDRAWN) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "version %s says only that %s was withdrawn from this node; restore one "
            "before it",
            call->arguments[1], ref.text);
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "version %s is a deletion; restore one before it, or give `filial object delete "
        "%s`",
        call->arguments[1], ref.text);
}

/* An older configuration may have allowed what this one does not. */
static enum fl_status check_fits(
    struct fl_call *call,
    const struct fl_version_found *found,
    struct fl_error *out_error)
{
    struct fl_arena arena;
    struct fl_object object;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = fl_record_decode(
        found->entry.key, /* deleted= */ false, found->entry.record, &arena, &object);
    if (status != FL_OK) {
        status = cannot_unpack(found, out_error);
    } else {
        status = fl_object_check(call->node->configuration, &object, out_error);
        if (status != FL_OK) {
            fl_error_prefix(
                out_error, "version %s does not fit the configuration of today",
                call->arguments[1]);
        }
    }
    fl_arena_deinit(&arena);
    return status;
}

/* What is here now is the same; there is nothing to write. */
static bool is_here(struct fl_txn *txn, const struct fl_version_found *found)
{
    struct fl_entry now;
    return fl_object_get(txn, found->entry.key, &now) == FL_OK &&
           (now.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0 &&
           fl_bytes_equal(now.record, found->entry.record);
}

static enum fl_status restore(
    struct fl_call *call,
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_version_found *found,
    uint64_t *out_lsn,
    struct fl_error *out_error)
{
    const unsigned gone = FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN;
    enum fl_status status =
        fl_version_find(call, txn, key, call->arguments[1], found, out_error);
    if (status == FL_OK && (found->entry.flags & gone) != 0) {
        status = refuse(call, found, out_error);
    }
    if (status == FL_OK) {
        status = check_fits(call, found, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    if (is_here(txn, found)) {
        *out_lsn = 0;
        return FL_OK;
    }
    *out_lsn = fl_journal_append(
        txn, &(struct fl_entry){
                 .origin = FL_ORIGIN_HERE,
                 .configuration = call->node->configuration_number,
                 .key = key,
                 .record = found->entry.record});
    return fl_change_commit(txn, out_error);
}

static void show_restored(struct fl_call *call, struct fl_key key, uint64_t lsn)
{
    struct fl_output *output = call->output;
    struct fl_ref_text ref = fl_ref_text(call->node->configuration, key);
    if (output->json) {
        fl_output_text(output, "ref", "ref", ref.text);
        fl_output_text(output, "from", "from", call->arguments[1]);
        fl_output_flag(output, "written", "written", lsn != 0);
        if (lsn != 0) {
            fl_output_number(output, "version", "version", lsn);
        }
    } else if (lsn == 0) {
        fl_output_say(output, "%s", _("That is what is here now: nothing was written."));
    } else {
        fl_output_say(
            output, _("version %s is here again, as version %" PRIu64),
            call->arguments[1], lsn);
    }
}

FL_HANDLER(object_restore)
{
    struct fl_version_found found = {.number = 0};
    struct fl_key key;
    struct fl_txn txn;
    uint64_t lsn = 0;
    enum fl_status status = parse_ref(call, &key, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_WRITE);
    status = restore(call, &txn, key, &found, &lsn, out_error);
    fl_txn_abort(&txn);
    fl_version_found_deinit(&found);
    if (status == FL_OK) {
        call->wrote = lsn != 0;
        show_restored(call, key, lsn);
    }
    return status;
}

/* --- object keep --- */

static void time_words(uint64_t ms, char out_text[FL_OUTPUT_TIME_BYTES])
{
    static const struct {
        uint64_t ms;
        const char *suffix;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t i = 0;
    while (ms % units[i].ms != 0) {
        i++;
    }
    snprintf(
        out_text, FL_OUTPUT_TIME_BYTES, "%" PRIu64 "%s", ms / units[i].ms,
        ms == 0 ? "" : units[i].suffix);
}

static void show_type_name(struct fl_call *call, uint32_t number)
{
    const struct fl_type *type = fl_configuration_type(call->node->configuration, number);
    char text[2 * FL_NAME_BYTES_MAX];
    snprintf(
        text, sizeof text, "%s.%s", type == NULL ? "?" : fl_kind_name(type->kind),
        type == NULL ? "?" : type->name);
    fl_output_text(call->output, "type", N_("type"), text);
}

static enum fl_status show_policy(struct fl_call *call, struct fl_error *out_error)
{
    struct fl_output *output = call->output;
    struct fl_version_types types;
    char words[FL_OUTPUT_TIME_BYTES];
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_version_types_get(&txn, &types);
    struct fl_versions_usage usage = fl_versions_usage(&txn);
    enum fl_status status = fl_change_commit(&txn, out_error);
    if (status != FL_OK) {
        return status;
    }
    time_words(call->node->settings.history_keep_ms, words);
    fl_output_text(output, "keep", N_("kept after a change"), words);
    fl_output_number(
        output, "bytes_max", N_("bytes at most"), call->node->settings.history_bytes);
    fl_output_number(output, "versions", N_("older versions apart"), usage.count);
    fl_output_number(output, "bytes", N_("bytes"), usage.bytes);
    fl_output_list_begin(output, "types");
    for (size_t i = 0; i < types.count; i++) {
        time_words(types.items[i].keep_ms, words);
        fl_output_row(output);
        show_type_name(call, types.items[i].type);
        fl_output_text(output, "keep", N_("kept after a change"), words);
    }
    fl_output_list_end(output);
    return FL_OK;
}

static void remove_type(struct fl_version_types *types, uint32_t type)
{
    size_t left = 0;
    for (size_t i = 0; i < types->count; i++) {
        if (types->items[i].type != type) {
            types->items[left++] = types->items[i];
        }
    }
    types->count = left;
}

static enum fl_status change_policy(
    struct fl_call *call,
    const struct fl_type *type,
    bool has_time,
    uint64_t keep_ms,
    struct fl_error *out_error)
{
    struct fl_version_types types;
    struct fl_txn txn;
    enum fl_status status = FL_OK;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_version_types_get(&txn, &types);
    remove_type(&types, type->number);
    if (has_time && types.count == FL_VERSION_TYPES_MAX) {
        status = fl_error_set(
            out_error, FL_LIMIT,
            "%d types have times of their own already; set one of them to default first",
            (int)FL_VERSION_TYPES_MAX);
    } else if (has_time) {
        types.items[types.count++] =
            (struct fl_history_type){.type = type->number, .keep_ms = keep_ms};
    }
    if (status == FL_OK) {
        fl_version_types_put(&txn, &types);
        status = fl_change_commit(&txn, out_error);
    }
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        fl_version_apply_settings(call->node);
    }
    return status;
}

FL_HANDLER(object_keep)
{
    const struct fl_type *type = NULL;
    uint64_t keep_ms = 0;
    bool has_time = fl_call_has(call, "time");
    bool is_off = fl_call_has(call, "off");
    int said = has_time + is_off + fl_call_has(call, "default");
    if (call->argument_count == 0 && said == 0) {
        return show_policy(call, out_error);
    }
    if (call->argument_count == 0 || said != 1) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "give a type and one of --time 365d, --off and --default; for all other "
            "types node.conf has history_keep");
    }
    enum fl_status status = fl_call_type(call, call->arguments[0], &type, out_error);
    if (status == FL_OK) {
        status = fl_call_duration(call, "time", 0, &keep_ms, out_error);
    }
    if (status == FL_OK) {
        status = change_policy(call, type, has_time || is_off, keep_ms, out_error);
    }
    return status == FL_OK ? show_policy(call, out_error) : status;
}
