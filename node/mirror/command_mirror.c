#include "command_mirror.h"

#include <string.h>
#include <unistd.h>

#include "change/change.h"
#include "daemon/daemon.h"
#include "language.h"
#include "mirrors.h"

enum { WAIT_MS_MAX = 3600000 };

bool fl_mirror_is_one(struct fl_call *call, const char *code)
{
    struct fl_mirror_settings settings;
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    bool is_one = code != NULL && fl_mirror_settings_get(&txn, code, &settings) == FL_OK;
    fl_txn_abort(&txn);
    return is_one;
}

/* -- options -- */

static enum fl_status usage(struct fl_call *call, struct fl_error *out_error)
{
    call->usage = true;
    return fl_error_set(
        out_error, FL_MALFORMED,
        "filial endpoint add --format sql --url sqlite:FILE, or --url "
        "postgresql://host/database");
}

/* A relative path is one of the caller's directory; filiald stands in another. */
static enum fl_status absolute(
    struct fl_call *call,
    const char *path,
    char *out_path,
    size_t size,
    struct fl_error *out_error)
{
    char here[FL_MIRROR_PATH_BYTES];
    char *whole = fl_call_path(call, path);
    enum fl_status status = whole == NULL ? FL_NO_MEMORY : FL_OK;
    if (whole != NULL && whole[0] != '/' && getcwd(here, sizeof here) != NULL) {
        char *more = fl_node_path(here, whole);
        fl_free(whole);
        whole = more;
    }
    if (whole == NULL || strlen(whole) >= size) {
        status = fl_error_set(out_error, FL_LIMIT, "%s: this path is too long", path);
    } else {
        memcpy(out_path, whole, strlen(whole) + 1);
    }
    fl_free(whole);
    return status;
}

static enum fl_status take_url(
    struct fl_call *call,
    const char *url,
    struct fl_mirror_settings *settings,
    struct fl_error *out_error)
{
    static const char SQLITE[] = "sqlite:";
    enum fl_sql_dialect dialect;
    enum fl_status status = fl_sql_check_url(url, &dialect, out_error);
    if (status != FL_OK) {
        call->usage = true;
        return status;
    }
    if (dialect == FL_SQL_POSTGRESQL) {
        snprintf(settings->url, sizeof settings->url, "%s", url);
        return FL_OK;
    }
    memcpy(settings->url, SQLITE, sizeof SQLITE);
    return absolute(
        call, url + strlen(SQLITE), settings->url + strlen(SQLITE),
        sizeof settings->url - strlen(SQLITE), out_error);
}

static enum fl_status take_words(
    struct fl_call *call,
    struct fl_mirror_settings *settings,
    struct fl_error *out_error)
{
    const char *names = fl_call_option(call, "names");
    const char *partition = fl_call_option(call, "partition");
    bool is_sqlite = strncmp(settings->url, "sqlite:", 7) == 0;
    if (names != NULL && strcmp(names, "latin") != 0 && strcmp(names, "as-is") != 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--names is as-is or latin, not \"%s\"", names);
    }
    if (partition != NULL && (strcmp(partition, "branch") != 0 || is_sqlite)) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--partition is branch, and only in PostgreSQL");
    }
    settings->is_latin = names != NULL && strcmp(names, "latin") == 0;
    settings->is_partitioned = partition != NULL;
    return FL_OK;
}

static enum fl_status take_options(
    struct fl_call *call,
    struct fl_mirror_settings *settings,
    struct fl_error *out_error)
{
    const char *url = fl_call_option(call, "url");
    const char *file = fl_call_option(call, "password-file");
    enum fl_status status =
        url == NULL ? FL_OK : take_url(call, url, settings, out_error);
    if (status == FL_OK && file != NULL) {
        settings->password_file[0] = '\0';
        status = file[0] == '\0' ? FL_OK
                                 : absolute(
                                       call, file, settings->password_file,
                                       sizeof settings->password_file, out_error);
    }
    if (status == FL_OK) {
        status = fl_call_duration(
            call, "poll", settings->poll_ms, &settings->poll_ms, out_error);
    }
    if (status == FL_OK) {
        status = fl_call_number(
            call, "batch", settings->batch_objects, &settings->batch_objects, out_error);
    }
    if (status == FL_OK && settings->poll_ms < FL_MIRROR_POLL_MS_MIN) {
        settings->poll_ms = FL_MIRROR_POLL_MS_MIN;
    }
    return status;
}

static enum fl_status keep(
    struct fl_call *call,
    const struct fl_mirror_settings *settings,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_mirror_settings_put(&txn, settings);
    enum fl_status status = fl_change_commit(&txn, out_error);
    call->wrote = call->wrote || status == FL_OK;
    return status;
}

/* -- showing -- */

static void look(
    struct fl_call *call,
    const char *code,
    struct fl_mirror_state *out_state)
{
    struct fl_txn txn;
    if (call->node->daemon != NULL &&
        fl_mirrors_look(fl_daemon_mirrors(call->node->daemon), code, out_state) ==
            FL_OK) {
        return;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_mirror_state_get(&txn, code, out_state);
    fl_txn_abort(&txn);
}

/* The columns of files that are exchanged, as far as they mean anything here. */
static void show_row(
    struct fl_output *output,
    const struct fl_mirror_settings *settings,
    const struct fl_mirror_state *state)
{
    fl_output_text(output, "code", N_("code"), settings->code);
    fl_output_text(output, "format", N_("format"), "sql");
    fl_output_text(output, "place", N_("place"), settings->url);
    fl_output_text(
        output, "state", N_("state"), fl_mirror_condition_name(state->condition));
    fl_output_number(output, "received", N_("received"), 0);
    fl_output_time(output, "received_at", N_("received at"), 0);
    fl_output_number(output, "sent", N_("sent"), state->progress.lsn);
    fl_output_time(output, "sent_at", N_("sent at"), state->progress.written_ms);
    fl_output_number(output, "confirmed", N_("confirmed"), state->progress.lsn);
    fl_output_text(
        output, "reason", N_("reason"), state->words[0] == '\0' ? "" : "database");
}

static void show_whole(
    struct fl_output *output,
    const struct fl_mirror_settings *settings,
    const struct fl_mirror_state *state)
{
    const struct fl_mirror_progress *progress = &state->progress;
    fl_output_text(output, "code", N_("code"), settings->code);
    fl_output_text(output, "format", N_("format"), "sql");
    fl_output_text(output, "place", N_("place"), settings->url);
    fl_output_text(
        output, "state", N_("state"), fl_mirror_condition_name(state->condition));
    fl_output_text(output, "words", N_("says"), state->words);
    fl_output_time(output, "since", N_("since"), state->since_ms);
    fl_output_number(output, "failures", N_("failures"), state->failures);
    fl_output_number(output, "lsn", N_("mirrored up to lsn"), progress->lsn);
    fl_output_number(output, "head", N_("of"), progress->head);
    fl_output_number(
        output, "lag_entries", N_("behind, changes"), fl_mirror_lag_entries(state));
    fl_output_number(
        output, "lag_seconds", N_("behind, s"),
        fl_mirror_lag_seconds(state, fl_node_now_ms()));
    fl_output_time(output, "written_at", N_("written at"), progress->written_ms);
    fl_output_number(output, "objects", N_("objects since the start"), progress->objects);
    fl_output_number(output, "rows", N_("rows since the start"), progress->rows);
    fl_output_number(output, "unreadable", N_("unreadable"), progress->unreadable);
    fl_output_text(output, "names", N_("names"), settings->is_latin ? "latin" : "as-is");
    fl_output_text(
        output, "partition", N_("partition"), settings->is_partitioned ? "branch" : "");
    fl_output_number(
        output, "poll_seconds", N_("looks every, s"), settings->poll_ms / 1000);
    fl_output_text(output, "password_file", N_("password file"), settings->password_file);
}

static enum fl_status get(
    struct fl_call *call,
    const char *code,
    struct fl_mirror_settings *out_settings,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = fl_mirror_settings_get(&txn, code, out_settings);
    fl_txn_abort(&txn);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_NOT_FOUND, "there is no mirror \"%s\" any more", code);
}

static enum fl_status show(
    struct fl_call *call,
    const char *code,
    struct fl_error *out_error)
{
    struct fl_mirror_settings settings;
    struct fl_mirror_state state;
    enum fl_status status = get(call, code, &settings, out_error);
    if (status == FL_OK) {
        look(call, code, &state);
        show_whole(call->output, &settings, &state);
    }
    return status;
}

enum fl_status fl_mirror_show(struct fl_call *call, struct fl_error *out_error)
{
    return show(call, call->arguments[0], out_error);
}

void fl_mirror_list(struct fl_call *call)
{
    struct fl_mirror_settings settings;
    struct fl_mirror_state state;
    struct fl_txn txn;
    const char *after = NULL;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (fl_mirror_settings_next(&txn, after, &settings) == FL_OK) {
        fl_mirror_state_get(&txn, settings.code, &state);
        if (call->node->daemon != NULL) {
            (void)fl_mirrors_look(
                fl_daemon_mirrors(call->node->daemon), settings.code, &state);
        }
        fl_output_row(call->output);
        show_row(call->output, &settings, &state);
        after = settings.code;
    }
    fl_txn_abort(&txn);
}

/* -- adding, changing, removing -- */

/* What is kept when its database was opened once. */
struct wanted {
    struct fl_mirror_settings settings;
    bool is_new;
    uint64_t trial;
};

static enum fl_status check_code(
    struct fl_call *call,
    const struct wanted *wanted,
    struct fl_error *out_error)
{
    const char *code = wanted->settings.code;
    struct fl_mirror_settings ignored;
    struct fl_peer peer;
    struct fl_txn txn;
    if (!wanted->is_new) {
        return get(call, code, &ignored, out_error);
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    bool is_taken =
        fl_plans_peer(&call->node->plans, &txn, fl_bytes_of_text(code), &peer) == FL_OK;
    fl_txn_abort(&txn);
    return !is_taken && !fl_mirror_is_one(call, code)
               ? FL_OK
               : fl_error_set(
                     out_error, FL_REFUSED,
                     "\"%s\" is there already; give this mirror another code by --node",
                     code);
}

static enum fl_status keep_wanted(
    struct fl_call *call,
    const struct wanted *wanted,
    struct fl_error *out_error)
{
    enum fl_status status = check_code(call, wanted, out_error);
    if (status == FL_OK) {
        status = keep(call, &wanted->settings, out_error);
    }
    return status == FL_OK ? show(call, wanted->settings.code, out_error) : status;
}

static enum fl_status wait_for_trial(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct wanted *wanted = state;
    struct fl_mirrors *mirrors = fl_daemon_mirrors(call->node->daemon);
    (void)now_ms;
    enum fl_status status = fl_mirror_trials_ask(
        fl_mirrors_trials(mirrors), wanted->trial, out_done, out_error);
    if (status == FL_OK && *out_done) {
        status = keep_wanted(call, wanted, out_error);
    }
    return status;
}

/* A database may not answer: filiald tries it in a thread, and its loop goes on. */
static enum fl_status try_and_keep(
    struct fl_call *call,
    const struct wanted *wanted,
    struct fl_error *out_error)
{
    if (call->node->daemon == NULL) {
        const struct fl_sql_options options = {
            .url = wanted->settings.url, .password_file = wanted->settings.password_file};
        enum fl_status status = fl_sql_try(&options, out_error);
        return status == FL_OK ? keep_wanted(call, wanted, out_error) : status;
    }
    struct wanted *waiting = fl_alloc(sizeof *waiting);
    if (waiting == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *waiting = *wanted;
    struct fl_mirrors *mirrors = fl_daemon_mirrors(call->node->daemon);
    enum fl_status status = fl_mirror_trials_begin(
        fl_mirrors_trials(mirrors), &waiting->settings, &waiting->trial, out_error);
    if (status != FL_OK) {
        fl_free(waiting);
        return status;
    }
    fl_command_wait(call, wait_for_trial, waiting);
    return FL_OK;
}

enum fl_status fl_mirror_add(struct fl_call *call, struct fl_error *out_error)
{
    const char *code = fl_call_option(call, "node");
    struct wanted wanted = {.settings = {.poll_ms = FL_MIRROR_POLL_MS}, .is_new = true};
    code = code == NULL ? FL_MIRROR_CODE_DEFAULT : code;
    if (fl_call_option(call, "url") == NULL || code[0] == '\0' ||
        strlen(code) > FL_MIRROR_CODE_BYTES_MAX ||
        !fl_bytes_are_utf8(fl_bytes_of_text(code))) {
        return usage(call, out_error);
    }
    memcpy(wanted.settings.code, code, strlen(code) + 1);
    enum fl_status status = check_code(call, &wanted, out_error);
    if (status == FL_OK) {
        status = take_options(call, &wanted.settings, out_error);
    }
    if (status == FL_OK) {
        status = take_words(call, &wanted.settings, out_error);
    }
    return status == FL_OK ? try_and_keep(call, &wanted, out_error) : status;
}

enum fl_status fl_mirror_change(struct fl_call *call, struct fl_error *out_error)
{
    struct wanted wanted = {.is_new = false};
    enum fl_status status = get(call, call->arguments[0], &wanted.settings, out_error);
    if (status == FL_OK) {
        status = take_options(call, &wanted.settings, out_error);
    }
    return status == FL_OK ? try_and_keep(call, &wanted, out_error) : status;
}

enum fl_status fl_mirror_remove(struct fl_call *call, struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_mirror_settings_remove(&txn, call->arguments[0]);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    call->wrote = true;
    fl_output_say(
        call->output, _("\"%s\" is mirrored no more; its tables stay where they are"),
        call->arguments[0]);
    return FL_OK;
}

/* -- poll -- */

static enum fl_status end_poll(
    struct fl_call *call,
    const char *code,
    const struct fl_mirror_state *state,
    struct fl_error *out_error)
{
    struct fl_mirror_settings settings;
    enum fl_status status = get(call, code, &settings, out_error);
    if (status == FL_OK) {
        call->answer_is_no = state->condition == FL_MIRROR_TROUBLE;
        show_whole(call->output, &settings, state);
    }
    return status;
}

static enum fl_status poll_alone(
    struct fl_call *call,
    const struct fl_mirror_settings *settings,
    struct fl_error *out_error)
{
    struct fl_mirror_state state;
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    fl_mirror_state_get(&txn, settings->code, &state);
    fl_txn_abort(&txn);
    const struct fl_mirror_options options = {
        .store = call->node->store,
        .identity = *call->node->identity,
        .url = settings->url,
        .password_file = settings->password_file,
        .schema = {settings->is_latin, settings->is_partitioned},
        .batch_objects = settings->batch_objects,
        .lsn = state.progress.lsn};
    struct fl_mirror *mirror = fl_mirror_new(&options);
    struct fl_error error = {.text = ""};
    state = (struct fl_mirror_state){
        .condition = FL_MIRROR_LEVEL, .since_ms = fl_node_now_ms()};
    bool more = true;
    enum fl_status status = mirror == NULL ? FL_NO_MEMORY : FL_OK;
    while (status == FL_OK && more) {
        status = fl_mirror_step(mirror, &more, &error);
        state.progress = *fl_mirror_progress(mirror);
        fl_output_progress(
            call->output, N_("mirrored"), state.progress.lsn, state.progress.head);
    }
    fl_mirror_free(mirror);
    if (status != FL_OK) {
        state.condition = FL_MIRROR_TROUBLE;
        state.failures = 1;
        snprintf(state.words, sizeof state.words, "%s", error.text);
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_mirror_state_put(&txn, settings->code, &state);
    (void)fl_txn_commit(&txn);
    return end_poll(call, settings->code, &state, out_error);
}

struct waiting {
    char code[FL_MIRROR_CODE_BYTES_MAX + 1];
    uint64_t poke;
    uint64_t until_ms;
};

static enum fl_status wait_for_level(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct waiting *waiting = state;
    struct fl_mirrors *mirrors = fl_daemon_mirrors(call->node->daemon);
    struct fl_mirror_state now;
    if (fl_mirrors_look(mirrors, waiting->code, &now) != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "the endpoint was removed meanwhile");
    }
    if (now.answered >= waiting->poke) {
        *out_done = true;
        return end_poll(call, waiting->code, &now, out_error);
    }
    if (waiting->until_ms == 0) {
        waiting->until_ms = now_ms + WAIT_MS_MAX;
    }
    return now_ms < waiting->until_ms
               ? FL_OK
               : fl_error_set(
                     out_error, FL_BUSY,
                     "the database does not answer; filiald goes on trying");
}

enum fl_status fl_mirror_poll(struct fl_call *call, struct fl_error *out_error)
{
    struct fl_mirror_settings settings;
    enum fl_status status = get(call, call->arguments[0], &settings, out_error);
    if (status != FL_OK || call->node->daemon == NULL) {
        return status == FL_OK ? poll_alone(call, &settings, out_error) : status;
    }
    struct fl_mirrors *mirrors = fl_daemon_mirrors(call->node->daemon);
    struct waiting *waiting = fl_alloc_zeroed(1, sizeof *waiting);
    uint64_t poke = fl_mirrors_poke(mirrors, settings.code);
    if (waiting == NULL || poke == 0) {
        fl_free(waiting);
        return fl_error_set(
            out_error, FL_REFUSED,
            "this mirror does not run: the store was brought here from another place");
    }
    memcpy(waiting->code, settings.code, sizeof waiting->code);
    waiting->poke = poke;
    fl_command_wait(call, wait_for_level, waiting);
    return FL_OK;
}
