#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "change/near.h"
#include "change/ref.h"
#include "language.h"
#include "share.h"
#include "version/version_policy.h"

const char *fl_call_option_nth(const struct fl_call *call, const char *name, size_t nth)
{
    for (size_t i = 0; i < call->option_count; i++) {
        if (strcmp(call->options[i].option->name, name) == 0 && nth-- == 0) {
            return call->options[i].value;
        }
    }
    return NULL;
}

const char *fl_call_option(const struct fl_call *call, const char *name)
{
    return fl_call_option_nth(call, name, 0);
}

bool fl_call_writes(const struct fl_call *call)
{
    unsigned flags = call->command->flags;

    return (flags & FL_COMMAND_WRITES) != 0 &&
           ((flags & FL_COMMAND_BARE) == 0 || call->argument_count > 0);
}

bool fl_call_only_looks(const struct fl_call *call)
{
    bool acts = fl_call_writes(call) || (call->command->flags & FL_COMMAND_ACTS) != 0;

    for (size_t i = 0; i < call->option_count; i++) {
        const char *value = call->options[i].option->value;
        acts = acts || (value != NULL &&
                        (strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0));
    }
    return !acts;
}

bool fl_call_has(const struct fl_call *call, const char *name)
{
    return fl_call_option(call, name) != NULL;
}

enum fl_status fl_call_changes(struct fl_call *call, struct fl_error *out_error)
{
    for (size_t i = 0; i < call->option_count; i++) {
        if (strcmp(call->options[i].option->name, "plan") != 0) {
            return FL_OK;
        }
    }
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED,
        "what is to be changed? `filial help %s %s` lists the options",
        call->command->noun, call->command->verb);
}

enum fl_status fl_call_number(
    struct fl_call *call,
    const char *name,
    uint64_t fallback,
    uint64_t *out_number,
    struct fl_error *out_error)
{
    const char *text = fl_call_option(call, name);
    uint64_t number = text == NULL ? fallback : 0;
    for (const char *next = text; next != NULL && *next != '\0'; next++) {
        if (*next < '0' || *next > '9' || number > INT64_MAX / 10 - 1) {
            call->usage = true;
            return fl_error_set(
                out_error, FL_MALFORMED, "--%s takes a whole number, not \"%s\"", name,
                text);
        }
        number = number * 10 + (uint64_t)(*next - '0');
    }
    *out_number = number;
    return FL_OK;
}

enum fl_status fl_call_duration(
    struct fl_call *call,
    const char *name,
    uint64_t fallback_ms,
    uint64_t *out_ms,
    struct fl_error *out_error)
{
    static const struct {
        char suffix;
        uint64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    const char *text = fl_call_option(call, name);
    if (text == NULL) {
        *out_ms = fallback_ms;
        return FL_OK;
    }
    char *end = NULL;
    unsigned long number = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0] && end != NULL; i++) {
        bool is_unit = end[0] == units[i].suffix && end[1] == '\0';
        if (is_unit && number > 0 && number < 1000000) {
            *out_ms = number * units[i].ms;
            return FL_OK;
        }
    }
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED,
        "--%s takes a duration as 30s, 5m, 72h or 7d, not \"%s\"", name, text);
}

const char *fl_call_by(const struct fl_call *call)
{
    const char *name = fl_call_option(call, "by");
    if (name == NULL) {
        name = call->who[0] != '\0' ? call->who : getenv("USER");
    }
    return name != NULL && name[0] != '\0' ? name : "operator";
}

char *fl_call_path(const struct fl_call *call, const char *path)
{
    if (path[0] == '/' || call->working_directory == NULL) {
        size_t size = strlen(path);
        char *copy = fl_alloc(size + 1);
        if (copy != NULL) {
            memcpy(copy, path, size + 1);
        }
        return copy;
    }
    return fl_node_path(call->working_directory, path);
}

enum fl_status fl_call_type(
    struct fl_call *call,
    const char *name,
    const struct fl_type **out_type,
    struct fl_error *out_error)
{
    return fl_ref_parse_type(
        call->node->configuration, fl_bytes_of_text(name), out_type, out_error);
}

enum fl_status fl_call_peer(
    struct fl_call *call,
    struct fl_txn *txn,
    const char *code,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    struct fl_txn own;
    if (txn == NULL) {
        fl_txn_begin(&own, call->node->store, FL_TXN_READ);
    }
    enum fl_status status = fl_plans_peer(
        &call->node->plans, txn != NULL ? txn : &own, fl_bytes_of_text(code), out_peer);
    if (txn == NULL) {
        fl_txn_abort(&own);
    }
    return status == FL_OK ? FL_OK
                           : fl_error_set(
                                 out_error, FL_NOT_FOUND,
                                 "there is no node with the code \"%s\"; `filial node "
                                 "list` shows them",
                                 code);
}

enum fl_status fl_call_plan(
    struct fl_call *call,
    const char *name,
    const struct fl_node_plan **out_plan,
    struct fl_error *out_error)
{
    uint8_t hash[FL_PEER_PLAN_BYTES];
    if (name == NULL) {
        *out_plan = fl_node_plan(call->node);
        return FL_OK;
    }
    fl_plan_hash(name, hash);
    *out_plan = fl_plans_find(&call->node->plans, hash);
    if (*out_plan != NULL) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "this node has no plan \"%s\"; `filial plan list` shows its plans", name);
}

void fl_command_wait(struct fl_call *call, fl_command_step step, void *take_state)
{
    FL_ASSERT(call->node->daemon != NULL);
    call->step = step;
    call->step_state = take_state;
}

enum fl_status fl_command_work(
    struct fl_call *call,
    fl_command_step step,
    void *take_state,
    void (*state_free)(void *state),
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    bool done = false;
    if (call->node->daemon != NULL) {
        fl_command_wait(call, step, take_state);
        call->step_free = state_free;
        call->hurries = true;
        return FL_OK;
    }
    while (!done && status == FL_OK) {
        status = step(call, take_state, /* now_ms= */ 0, &done, out_error);
    }
    state_free(take_state);
    return status;
}

uint32_t fl_call_share_ms(const struct fl_call *call)
{
    return call->node->daemon != NULL ? FL_SHARE_MS : 0;
}

enum fl_status fl_command_go_on(
    struct fl_call *call,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    fl_version_call_begin(call);
    enum fl_status status =
        call->step(call, call->step_state, now_ms, out_done, out_error);
    fl_version_call_end(call);
    return status;
}

void fl_call_keep(struct fl_call *call, void *take_memory, void (*end)(void *memory))
{
    FL_ASSERT(call->kept_free == NULL);
    call->kept = take_memory;
    call->kept_free = end;
}

void fl_call_free(struct fl_call *call)
{
    if (call != NULL) {
        (call->step_free != NULL ? call->step_free : fl_free)(call->step_state);
        if (call->kept_free != NULL) {
            call->kept_free(call->kept);
        }
        fl_free(call);
    }
}

static enum fl_status unknown_noun(const char *noun, struct fl_error *out_error)
{
    struct fl_near near;
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    fl_near_init(&near, fl_bytes_of_text(noun));
    const char *before = "";
    for (size_t i = 0; i < fl_command_count(); i++) {
        const char *word = fl_command_at(i)->noun;
        if (strcmp(word, before) != 0) {
            fl_near_offer(&near, fl_bytes_of_text(word));
        }
        before = word;
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "there is no command \"%s\"%s; `filial help` lists the commands", noun,
        fl_near_text(&near, near_text));
}

static void list_verbs(const char *noun, char *out_text, size_t size)
{
    size_t used = 0;
    out_text[0] = '\0';
    for (size_t i = 0; i < fl_command_count(); i++) {
        const struct fl_command *command = fl_command_at(i);
        if (strcmp(command->noun, noun) == 0 && used < size) {
            used += (size_t)snprintf(
                out_text + used, size - used, "%s%s", used > 0 ? ", " : "",
                command->verb);
        }
    }
}

static enum fl_status unknown_verb(
    const char *noun,
    const char *verb,
    struct fl_error *out_error)
{
    enum { VERBS_BYTES = 200 };
    char verbs[VERBS_BYTES];
    list_verbs(noun, verbs, sizeof verbs);
    if (verb == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "filial %s needs one of: %s; `filial help %s` explains them", noun, verbs,
            noun);
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND, "filial %s has no \"%s\", but: %s", noun, verb, verbs);
}

/* The command of a noun and, when it needs one, a verb; `*out_words` are those used. */
static enum fl_status find_command(
    const char *noun,
    const char *verb,
    const struct fl_command **out_command,
    size_t *out_words,
    struct fl_error *out_error)
{
    bool known = false;
    for (size_t i = 0; i < fl_command_count(); i++) {
        const struct fl_command *command = fl_command_at(i);
        if (strcmp(command->noun, noun) != 0) {
            continue;
        }
        known = true;
        if (command->verb == NULL || (verb != NULL && strcmp(command->verb, verb) == 0)) {
            *out_command = command;
            *out_words = command->verb == NULL ? 1 : 2;
            return FL_OK;
        }
    }
    return known ? unknown_verb(noun, verb, out_error) : unknown_noun(noun, out_error);
}

static enum fl_status unknown_option(
    const struct fl_command *command,
    struct fl_bytes name,
    struct fl_error *out_error)
{
    struct fl_near near;
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    char words[FL_COMMAND_WORDS_BYTES];
    fl_near_init(&near, name);
    for (size_t i = 0; command->options != NULL && command->options[i].name != NULL;
         i++) {
        fl_near_offer(&near, fl_bytes_of_text(command->options[i].name));
    }
    fl_command_words(command, words);
    return fl_error_set(
        out_error, FL_MALFORMED,
        "filial %s has no option --%.*s%s; `filial help %s` lists them", words,
        (int)(name.size > 80 ? 80 : name.size), (const char *)name.data,
        fl_near_text(&near, near_text), words);
}

/* An option that begins with --; `*out_used` arguments are taken. */
static enum fl_status parse_option(
    size_t argument_count,
    const char *const *arguments,
    struct fl_call *call,
    size_t *out_used,
    struct fl_error *out_error)
{
    const char *text = arguments[0] + 2;
    size_t name_size = strcspn(text, "=");
    struct fl_bytes name = {(const uint8_t *)text, name_size};
    const struct fl_option *option = call->command->options;
    while (option != NULL && option->name != NULL &&
           !fl_bytes_equal(name, fl_bytes_of_text(option->name))) {
        option++;
    }
    if (option == NULL || option->name == NULL) {
        return unknown_option(call->command, name, out_error);
    }
    const char *value = text[name_size] == '=' ? text + name_size + 1 : NULL;
    *out_used = 1;
    if (option->value == NULL) {
        if (value != NULL) {
            return fl_error_set(
                out_error, FL_MALFORMED, "--%s takes no value", option->name);
        }
        value = "";
    } else if (value == NULL) {
        if (argument_count < 2) {
            return fl_error_set(
                out_error, FL_MALFORMED, "--%s needs a value: --%s %s", option->name,
                option->name, option->value);
        }
        value = arguments[1];
        *out_used = 2;
    }
    call->options[call->option_count].option = option;
    call->options[call->option_count++].value = value;
    return FL_OK;
}

static enum fl_status check_count(const struct fl_call *call, struct fl_error *out_error)
{
    const struct fl_command *command = call->command;
    if (call->argument_count >= command->argument_min &&
        call->argument_count <= command->argument_max) {
        return FL_OK;
    }
    char words[FL_COMMAND_WORDS_BYTES];
    const char *before = command->arguments[0] == '\0' ? "" : " ";
    fl_command_words(command, words);
    return call->argument_count < command->argument_min
               ? fl_error_set(
                     out_error, FL_MALFORMED, "too few arguments; usage: filial %s%s%s",
                     words, before, command->arguments)
               : fl_error_set(
                     out_error, FL_MALFORMED, "too many arguments; usage: filial %s%s%s",
                     words, before, command->arguments);
}

static bool take_common(const char *text, bool *out_json, bool *out_help)
{
    bool is_json = strcmp(text, "--json") == 0;
    bool is_help = strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0;
    *out_json = *out_json || is_json;
    *out_help = *out_help || is_help;
    return is_json || is_help;
}

enum fl_status fl_command_parse(
    size_t argument_count,
    const char *const *arguments,
    struct fl_call *out_call,
    bool *out_json,
    bool *out_help,
    struct fl_error *out_error)
{
    struct fl_call *call = out_call;
    *call = (struct fl_call){0};
    FL_ASSERT(argument_count >= 1);
    if (argument_count > FL_CALL_ARGUMENTS_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT,
            "more than %d arguments; `filial batch` takes many changes from a file",
            FL_CALL_ARGUMENTS_MAX);
    }
    const char *verb = argument_count > 1 && arguments[1][0] != '-' ? arguments[1] : NULL;
    size_t used = 0;
    for (size_t i = 1; i < argument_count; i++) {
        (void)take_common(arguments[i], out_json, out_help);
    }
    enum fl_status status =
        find_command(arguments[0], verb, &call->command, &used, out_error);
    bool options_end = false;
    while (status == FL_OK && used < argument_count) {
        const char *text = arguments[used];
        size_t taken = 1;
        if (!options_end && strcmp(text, "--") == 0) {
            options_end = true;
        } else if (!options_end && take_common(text, out_json, out_help)) {
            taken = 1;
        } else if (!options_end && strncmp(text, "--", 2) == 0) {
            status = parse_option(
                argument_count - used, arguments + used, call, &taken, out_error);
        } else {
            call->arguments[call->argument_count++] = text;
        }
        used += taken;
    }
    if (status == FL_OK && !*out_help) {
        status = check_count(call, out_error);
    }
    return status;
}

int fl_command_run_call(struct fl_call *call)
{
    struct fl_error error = {.text = ""};
    uint64_t audited = 0;
    enum fl_status status = fl_audit_begin(call, &audited, &error);
    if (status == FL_OK) {
        fl_version_call_begin(call);
        status = call->command->run(call, &error);
        fl_version_call_end(call);
    }
    call->audited = audited;
    return status == FL_OK && call->step != NULL ? -1
                                                 : fl_command_end(call, status, &error);
}

int fl_command_end(
    struct fl_call *call,
    enum fl_status status,
    const struct fl_error *error)
{
    fl_audit_end(call, call->audited, status, error);
    if (status == FL_OK) {
        status = fl_output_finish(call->output);
        if (status == FL_OK && call->exit_status != 0) {
            return call->exit_status;
        }
        return status == FL_OK && !call->answer_is_no ? FL_EXIT_DONE : FL_EXIT_FAILED;
    }
    struct fl_error words = *error;
    words.status = status;
    if (words.text[0] == '\0') {
        snprintf(words.text, sizeof words.text, "%s", fl_status_name(status));
    }
    fl_output_complain(call->output, &words);
    return call->usage ? FL_EXIT_USAGE : FL_EXIT_FAILED;
}
