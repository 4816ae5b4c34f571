/*
 * filial audit list, verify, export.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "change/change.h"
#include "command/command_table.h"
#include "file.h"
#include "language.h"

enum {
    LIST_DEFAULT = 100,
    HEX_BYTES = 2 * FL_HASH_BYTES + 1,
    HEAD_BYTES = HEX_BYTES + 24
};

static void hex_of(const uint8_t hash[FL_HASH_BYTES], char out_text[HEX_BYTES])
{
    fl_bytes_hex((struct fl_bytes){hash, FL_HASH_BYTES}, out_text);
}

static void head_of(const struct fl_audit_entry *last, char out_text[HEAD_BYTES])
{
    char hex[HEX_BYTES];

    hex_of(last->hash, hex);
    (void)snprintf(out_text, HEAD_BYTES, "%" PRIu64 ":%s", last->number, hex);
}

static const char *via_name(enum fl_audit_via via)
{
    switch (via) {
    case FL_AUDIT_COMMAND:
        return "command";
    case FL_AUDIT_HTTP:
        return "http";
    case FL_AUDIT_DAEMON:
        return "daemon";
    }
    return "";
}

/* How it ended: nothing else of the node is written between the two entries. */
static const char *outcome_of(
    struct fl_txn *txn,
    const struct fl_audit_entry *entry,
    struct fl_audit_entry *out_end)
{
    out_end->error[0] = '\0';
    if (entry->kind == FL_AUDIT_EVENT) {
        return "done";
    }
    for (uint64_t number = entry->number + 1; number <= entry->number + 8; number++) {
        if (fl_audit_get(txn, number, out_end) == FL_OK &&
            out_end->begun == entry->number) {
            return out_end->kind == FL_AUDIT_DONE ? "done" : "failed";
        }
    }
    out_end->error[0] = '\0';
    return "open";
}

static bool is_about(const struct fl_audit_entry *entry, const char *word)
{
    return word == NULL || strstr(entry->command, word) != NULL ||
           strstr(entry->what, word) != NULL || strstr(entry->who, word) != NULL;
}

static void show(
    struct fl_output *output,
    struct fl_txn *txn,
    const struct fl_audit_entry *entry)
{
    struct fl_audit_entry end;
    const char *outcome = outcome_of(txn, entry, &end);

    fl_output_row(output);
    fl_output_number(output, "number", N_("number"), entry->number);
    fl_output_time(output, "at", N_("at"), entry->at_ms);
    fl_output_text(output, "who", N_("who"), entry->who);
    fl_output_text(output, "via", N_("by way of"), via_name(entry->via));
    fl_output_text(output, "command", N_("command"), entry->command);
    fl_output_text(output, "what", N_("what"), entry->what);
    fl_output_text(output, "outcome", N_("outcome"), outcome);
    if (output->json || end.error[0] != '\0') {
        fl_output_text(output, "error", N_("error"), end.error);
    }
    if (output->json) {
        fl_output_hex(
            output, "hash", "hash", (struct fl_bytes){entry->hash, sizeof(entry->hash)});
    }
}

const struct fl_option fl_command_audit_list_options[] = {
    {"what", "WORD", N_("only what has this word in its command, words or name")},
    {"before", "NUMBER", N_("only those before this one")},
    {"limit", "N", N_("at most so many (default 100; 0: all)")},
    {NULL, NULL, NULL}};

FL_HANDLER(audit_list)
{
    const char *word = fl_call_option(call, "what");
    uint64_t limit = 0;
    uint64_t before = 0;
    uint64_t shown = 0;
    char head[HEAD_BYTES] = "0:";
    struct fl_txn txn;
    enum fl_status status =
        fl_call_number(call, "limit", LIST_DEFAULT, &limit, out_error);

    if (status == FL_OK) {
        status = fl_call_number(call, "before", INT64_MAX, &before, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_audit_entry *entry = fl_alloc_zeroed(1, sizeof(*entry));

    if (entry == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    const uint64_t last = fl_audit_last(&txn);

    if (last > 0 && fl_audit_get(&txn, last, entry) == FL_OK) {
        head_of(entry, head);
    }
    fl_output_list_begin(call->output, "entries");
    for (uint64_t number = before <= last ? before - 1 : last;
         before > 0 && number > 0 && (limit == 0 || shown < limit); number--) {
        if (fl_audit_get(&txn, number, entry) == FL_OK && entry->begun == 0 &&
            is_about(entry, word)) {
            show(call->output, &txn, entry);
            shown++;
        }
    }
    fl_output_list_end(call->output);
    fl_txn_abort(&txn);
    fl_output_text(call->output, "head", N_("head"), head);
    fl_free(entry);
    return FL_OK;
}

/* Is the entry that somebody noted still what it was? */
static enum fl_status check_head(
    struct fl_call *call,
    struct fl_txn *txn,
    const char *noted,
    struct fl_error *out_error)
{
    char *end = NULL;
    char hex[HEX_BYTES] = "";
    struct fl_audit_entry entry;
    uint64_t number = noted[0] >= '1' && noted[0] <= '9' ? strtoull(noted, &end, 10) : 0;

    if (number == 0 || end[0] != ':' || strlen(end + 1) != HEX_BYTES - 1) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "--head takes what `filial audit verify` showed earlier: NUMBER:HASH");
    }
    if (fl_audit_get(txn, number, &entry) != FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the audit ends before entry %" PRIu64 ", which was noted: entries were "
            "removed, or the store was put back from an older backup",
            number);
    }
    hex_of(entry.hash, hex);
    if (strcmp(hex, end + 1) != 0) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "entry %" PRIu64 " of the audit is not the one that was noted: it or one "
            "before it was changed",
            number);
    }
    return FL_OK;
}

const struct fl_option fl_command_audit_verify_options[] = {
    {"head", "NUMBER:HASH", N_("a head that was noted earlier")},
    {NULL, NULL, NULL}};

FL_HANDLER(audit_verify)
{
    const char *noted = fl_call_option(call, "head");
    struct fl_audit_entry last = {.number = 0};
    char head[HEAD_BYTES];
    struct fl_txn txn;

    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = fl_audit_verify(&txn, &last, out_error);

    if (status == FL_OK && noted != NULL) {
        status = check_head(call, &txn, noted, out_error);
    }
    fl_txn_abort(&txn);
    if (status == FL_OK) {
        head_of(&last, head);
        fl_output_number(call->output, "entries", N_("entries"), last.number);
        fl_output_text(call->output, "head", N_("head"), head);
        fl_output_flag(call->output, "verified", N_("verified"), true);
        fl_output_say(
            call->output,
            _("Note the head elsewhere: `filial audit verify --head HEAD` tells later "
              "whether anything up to it was changed."));
    }
    return status;
}

static json_t *json_of(const struct fl_audit_entry *entry)
{
    static const char *const kinds[] = {"", "begun", "done", "failed", "event"};
    char hash[HEX_BYTES];
    char previous[HEX_BYTES];

    hex_of(entry->hash, hash);
    hex_of(entry->previous, previous);
    return json_pack(
        "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "number",
        (json_int_t)entry->number, "at_ms", (json_int_t)entry->at_ms, "kind",
        kinds[entry->kind], "via", via_name(entry->via), "who", entry->who, "command",
        entry->command, "what", entry->what, "error", entry->error, "begun",
        (json_int_t)entry->begun, "previous", previous, "hash", hash);
}

static enum fl_status write_entry(
    struct fl_file *file,
    const struct fl_audit_entry *entry,
    struct fl_error *out_error)
{
    json_t *value = json_of(entry);
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
    enum fl_status status =
        text == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_write(file, fl_bytes_of_text(text), out_error);

    if (status == FL_OK) {
        status = fl_file_write(file, fl_bytes_of_text("\n"), out_error);
    }
    free(text); // NOLINT: jansson's memory
    json_decref(value);
    return status;
}

static enum fl_status write_entries(
    struct fl_call *call,
    struct fl_file *file,
    struct fl_audit_entry *out_last,
    struct fl_error *out_error)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    const uint64_t last = fl_audit_last(&txn);
    enum fl_status status = FL_OK;

    for (uint64_t number = 1; status == FL_OK && number <= last; number++) {
        status = fl_audit_get(&txn, number, out_last);
        if (status != FL_OK) {
            (void)fl_error_set(
                out_error, status, "entry %" PRIu64 " of the audit is damaged", number);
        } else {
            status = write_entry(file, out_last, out_error);
        }
    }
    fl_txn_abort(&txn);
    return status;
}

FL_HANDLER(audit_export)
{
    struct fl_file file = {.descriptor = -1};
    struct fl_audit_entry last = {.number = 0};
    char head[HEAD_BYTES];
    char *path = fl_call_path(call, call->arguments[0]);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_begin(&file, path, 0600, out_error);

    if (status == FL_OK) {
        status = write_entries(call, &file, &last, out_error);
    }
    if (status == FL_OK) {
        status = fl_file_publish(&file, out_error);
    }
    fl_file_abandon(&file);
    if (status == FL_OK) {
        head_of(&last, head);
        fl_output_text(call->output, "file", N_("file"), path);
        fl_output_number(call->output, "entries", N_("entries"), last.number);
        fl_output_text(call->output, "head", N_("head"), head);
    }
    fl_free(path);
    return status;
}
