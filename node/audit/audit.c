#include "audit/audit.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "change/change.h"
#include "log.h"

enum { HEX_BYTES = 2 * FL_HASH_BYTES + 1, PASSWD_BYTES = 4096 };

static const char secret_prefix[] = "filial1:";

bool fl_audit_concerns(const struct fl_call *call)
{
    return call->node != NULL && fl_call_writes(call) &&
           (call->command->flags & FL_COMMAND_DATA) == 0;
}

void fl_audit_user(unsigned user, char *out_text, size_t size)
{
    char memory[PASSWD_BYTES];
    struct passwd entry;
    struct passwd *found = NULL;

    if (getpwuid_r((uid_t)user, &entry, memory, sizeof(memory), &found) == 0 && found) {
        (void)snprintf(out_text, size, "%s", found->pw_name);
    } else {
        (void)snprintf(out_text, size, "uid %u", user);
    }
}

/* Cut to its room, between characters. */
static void copy(char *out_text, size_t size, const char *text)
{
    struct fl_bytes cut = fl_bytes_utf8_beginning(fl_bytes_of_text(text), size - 1);

    memcpy(out_text, cut.data, cut.size);
    out_text[cut.size] = '\0';
}

static void add_word(struct fl_buffer *buffer, const char *before, const char *word)
{
    fl_buffer_put_text(buffer, buffer->size > 0 ? " " : "");
    fl_buffer_put_text(buffer, before);
    if (strncmp(word, secret_prefix, sizeof(secret_prefix) - 1) == 0) {
        fl_buffer_put_text(buffer, "filial1:..."); /* an invitation has a secret */
    } else {
        fl_buffer_put_text(buffer, word);
    }
}

/* The words of the call behind noun and verb; who else reads them learns no secret. */
static void describe(
    const struct fl_call *call,
    char out_text[FL_AUDIT_WHAT_BYTES_MAX + 1])
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, 1 << 20);
    for (size_t i = 0; i < call->argument_count; i++) {
        add_word(&buffer, "", call->arguments[i]);
    }
    for (size_t i = 0; i < call->option_count; i++) {
        add_word(&buffer, "--", call->options[i].option->name);
        if (call->options[i].option->value != NULL) {
            add_word(&buffer, "", call->options[i].value);
        }
    }
    fl_buffer_put_u8(&buffer, '\0');
    bool is_whole = fl_buffer_status(&buffer) == FL_OK &&
                    fl_bytes_are_utf8((struct fl_bytes){buffer.data, buffer.size - 1});
    copy(
        out_text, FL_AUDIT_WHAT_BYTES_MAX + 1,
        is_whole ? (const char *)buffer.data : "?");
    fl_buffer_deinit(&buffer);
}

static struct fl_audit_entry entry_of(const struct fl_call *call)
{
    struct fl_audit_entry entry = {
        .at_ms = fl_node_now_ms(),
        .kind = FL_AUDIT_BEGUN,
        .via = call->via_http ? FL_AUDIT_HTTP : FL_AUDIT_COMMAND};

    if (call->who[0] != '\0') {
        copy(entry.who, sizeof(entry.who), call->who);
    } else {
        fl_audit_user(getuid(), entry.who, sizeof(entry.who));
    }
    (void)snprintf(
        entry.command, sizeof(entry.command), "%s%s%s", call->command->noun,
        call->command->verb == NULL ? "" : " ",
        call->command->verb == NULL ? "" : call->command->verb);
    describe(call, entry.what);
    return entry;
}

/* The log goes where the node's own administrator may not reach: it notes each hash. */
static void tell(const struct fl_audit_entry *entry)
{
    static const char *const kinds[] = {"", "begun", "done", "failed", "event"};
    char hex[HEX_BYTES];

    fl_bytes_hex((struct fl_bytes){entry->hash, sizeof(entry->hash)}, hex);
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_AUDIT,
        "number=%llu who=%s command=%s what=%s outcome=%s hash=%s",
        (unsigned long long)entry->number, fl_log_value(entry->who).text,
        fl_log_value(entry->command).text, fl_log_value(entry->what).text,
        kinds[entry->kind], hex);
}

static enum fl_status keep(
    const struct fl_call *call,
    struct fl_audit_entry *entry,
    struct fl_error *out_error)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_audit_append(&txn, entry);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    tell(entry);
    return FL_OK;
}

enum fl_status fl_audit_begin(
    const struct fl_call *call,
    uint64_t *out_number,
    struct fl_error *out_error)
{
    *out_number = 0;
    if (!fl_audit_concerns(call)) {
        return FL_OK;
    }
    struct fl_audit_entry entry = entry_of(call);
    enum fl_status status = keep(call, &entry, out_error);

    if (status == FL_OK) {
        *out_number = entry.number;
    }
    return status;
}

void fl_audit_end(
    const struct fl_call *call,
    uint64_t number,
    enum fl_status status,
    const struct fl_error *error)
{
    struct fl_error failure = {.text = ""};

    if (number == 0) {
        return;
    }
    struct fl_audit_entry entry = entry_of(call);

    entry.kind = status == FL_OK ? FL_AUDIT_DONE : FL_AUDIT_FAILED;
    entry.begun = number;
    entry.what[0] = '\0';
    if (status != FL_OK) {
        copy(
            entry.error, sizeof(entry.error),
            error->text[0] != '\0' ? error->text : fl_status_name(status));
    }
    if (keep(call, &entry, &failure) != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_STORE_FAILED, "error=%s",
            fl_log_value(failure.text).text);
    }
}

void fl_audit_event(
    struct fl_txn *txn,
    const char *who,
    const char *command,
    const char *what)
{
    struct fl_audit_entry entry = {
        .at_ms = fl_node_now_ms(), .kind = FL_AUDIT_EVENT, .via = FL_AUDIT_DAEMON};

    copy(entry.who, sizeof(entry.who), who);
    copy(entry.command, sizeof(entry.command), command);
    copy(entry.what, sizeof(entry.what), what);
    fl_audit_append(txn, &entry);
    tell(&entry);
}
