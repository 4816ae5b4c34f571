#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "change.h"
#include "command_endpoint.h"
#include "command_table.h"
#include "daemon.h"
#include "endpoint_options.h"
#include "endpoints.h"
#include "enterprisedata/correspondent_codec.h"
#include "language.h"
#include "mirror/command_mirror.h"
#include "peer_list.h"
#include "random.h"
#include "site/site_users.h"

enum { WAIT_MS_MAX = 600000, STEP_NS = 5000000 };

/* --- options --- */

enum fl_status fl_endpoint_option_text(
    struct fl_call *call,
    const char *option,
    const char *value,
    size_t size,
    char *out_text,
    struct fl_error *out_error)
{
    if (strlen(value) >= size || !fl_bytes_are_utf8(fl_bytes_of_text(value))) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--%s is too long or not UTF-8", option);
    }
    memset(out_text, 0, size);
    memcpy(out_text, value, strlen(value));
    return FL_OK;
}

enum fl_status fl_endpoint_option_path(
    struct fl_call *call,
    const char *option,
    size_t size,
    char *out_text,
    struct fl_error *out_error)
{
    const char *value = fl_call_option(call, option);
    if (value == NULL) {
        return FL_OK;
    }
    char *path = value[0] == '\0' ? NULL : fl_call_path(call, value);
    enum fl_status status = fl_endpoint_option_text(
        call, option, path == NULL ? "" : path, size, out_text, out_error);
    if (status == FL_OK && out_text[0] != '\0' && out_text[0] != '/') {
        char here[FL_PLACE_BYTES]; /* filiald stands in another directory */
        char *whole =
            getcwd(here, sizeof here) == NULL ? NULL : fl_node_path(here, out_text);
        if (whole != NULL) {
            status =
                fl_endpoint_option_text(call, option, whole, size, out_text, out_error);
        }
        fl_free(whole);
    }
    fl_free(path);
    return status;
}

static enum fl_status take_name(
    struct fl_call *call,
    const char *option,
    char out_text[FL_PLACE_NAME_BYTES],
    struct fl_error *out_error)
{
    const char *value = fl_call_option(call, option);
    if (value == NULL) {
        return FL_OK;
    }
    if (strchr(value, '/') != NULL || strlen(value) > FL_PLACE_NAME_BYTES - 16) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--%s is the name of a file, without a directory",
            option);
    }
    return fl_endpoint_option_text(
        call, option, value, FL_PLACE_NAME_BYTES, out_text, out_error);
}

/* Only one of them is where files are exchanged. */
static void leave_places(struct fl_endpoint_settings *settings)
{
    settings->directory[0] = '\0';
    settings->ftp[0] = '\0';
    settings->url[0] = '\0';
    settings->mail[0] = '\0';
    settings->smtp[0] = '\0';
    settings->mail_address[0] = '\0';
}

/* A base whose web service is called. */
static enum fl_status take_web(
    struct fl_call *call,
    const char *url,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    call->usage = true;
    if (strcmp(settings->format->name, FL_CORRESPONDENT_FORMAT) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "a web service of 1C exchanges enterprisedata only");
    }
    enum fl_status status = fl_place_check_url(url, FL_PLACE_WEB, out_error);
    call->usage = status != FL_OK;
    leave_places(settings);
    settings->zip = true;
    return status == FL_OK
               ? fl_endpoint_option_text(
                     call, "url", url, FL_PLACE_BYTES, settings->url, out_error)
               : status;
}

/* A mail drop: where mails are read, by whom they are sent, and to which address. */
static enum fl_status take_mail(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct text {
        const char *option;
        char *text;
        size_t size;
    } texts[] = {
        {"mail", settings->mail, sizeof settings->mail},
        {"smtp", settings->smtp, sizeof settings->smtp},
        {"mail-address", settings->mail_address, sizeof settings->mail_address}};
    enum fl_status status = FL_OK;
    for (size_t i = 0; status == FL_OK && i < sizeof texts / sizeof texts[0]; i++) {
        const char *value = fl_call_option(call, texts[i].option);
        if (value != NULL) {
            status = fl_endpoint_option_text(
                call, texts[i].option, value, texts[i].size, texts[i].text, out_error);
        }
    }
    if (status == FL_OK && settings->mail[0] != '\0') {
        status = fl_place_check_mail(
            settings->mail, settings->smtp, settings->mail_address, out_error);
        call->usage = status != FL_OK;
    } else if (
        status == FL_OK &&
        (settings->smtp[0] != '\0' || settings->mail_address[0] != '\0')) {
        call->usage = true;
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "--smtp and --mail-address belong to a mail drop: --mail "
            "imaps://user@host/INBOX");
    }
    return status;
}

static enum fl_status take_place(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    const char *url = fl_call_option(call, "ftp");
    const char *web = fl_call_option(call, "url");
    const bool directory = fl_call_has(call, "directory");
    const bool mail = fl_call_has(call, "mail");
    enum fl_status status = FL_OK;
    if (directory + mail + (url != NULL) + (web != NULL) > 1) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "give one of --directory, --ftp, --mail and --url");
    }
    if (directory || url != NULL || (mail && settings->mail[0] == '\0')) {
        leave_places(settings);
    }
    if (web != NULL) {
        status = take_web(call, web, settings, out_error);
    }
    if (directory) {
        status = fl_endpoint_option_path(
            call, "directory", FL_PLACE_BYTES, settings->directory, out_error);
    }
    if (url != NULL) {
        status = fl_place_check_url(url, FL_PLACE_FTP, out_error);
        call->usage = status != FL_OK;
    }
    if (status == FL_OK && url != NULL) {
        status = fl_endpoint_option_text(
            call, "ftp", url, FL_PLACE_BYTES, settings->ftp, out_error);
    }
    if (status == FL_OK) {
        status = take_mail(call, settings, out_error);
    }
    if (status == FL_OK) {
        status = fl_endpoint_option_path(
            call, "password-file", FL_PLACE_BYTES, settings->password_file, out_error);
    }
    return status == FL_OK
               ? fl_endpoint_option_path(
                     call, "ca-file", FL_PLACE_BYTES, settings->ca_file, out_error)
               : status;
}

static enum fl_status take_limits(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    uint64_t size = settings->archive_bytes >> 20;
    enum fl_status status =
        fl_call_duration(call, "poll", settings->poll_ms, &settings->poll_ms, out_error);
    if (status == FL_OK && settings->poll_ms < FL_ENDPOINT_POLL_MS_MIN) {
        call->usage = true;
        return fl_error_set(out_error, FL_MALFORMED, "--poll is at least 1s");
    }
    if (status == FL_OK) {
        status = fl_call_number(
            call, "archive-files", settings->archive_files, &settings->archive_files,
            out_error);
    }
    if (status == FL_OK) {
        status = fl_call_number(call, "archive-size", size, &size, out_error);
    }
    settings->archive_bytes = (size < 1u << 30 ? size : 1u << 30) << 20;
    return status;
}

/* Both are asked of at once: else the first message would say it, somewhere in a log. */
static enum fl_status take_versions(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    const char *versions = fl_call_option(call, "versions");
    enum fl_status status = FL_OK;
    if (versions != NULL) {
        status = fl_endpoint_option_text(
            call, "versions", versions, sizeof settings->versions, settings->versions,
            out_error);
    }
    if (status == FL_OK && strcmp(settings->format->name, FL_CORRESPONDENT_FORMAT) == 0 &&
        settings->mapping[0] != '\0') {
        status = fl_correspondent_check(
            call->node, settings->mapping, settings->versions, out_error);
    }
    return status;
}

/* How the base calls things. */
static enum fl_status take_base(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    const char *code = fl_call_option(call, "as");
    const char *base_code = fl_call_option(call, "base-code");
    const char *prefix = fl_call_option(call, "prefix");
    struct stat found;
    enum fl_status status = fl_endpoint_option_path(
        call, "mapping", FL_PLACE_BYTES, settings->mapping, out_error);
    if (status == FL_OK) {
        status = take_name(call, "base-plan", settings->base_plan, out_error);
    }
    if (status == FL_OK && code != NULL) {
        status = fl_endpoint_option_text(
            call, "as", code, sizeof settings->our_code, settings->our_code, out_error);
    }
    if (status == FL_OK && base_code != NULL) {
        status = fl_endpoint_option_text(
            call, "base-code", base_code, sizeof settings->base_code, settings->base_code,
            out_error);
    }
    if (status == FL_OK && prefix != NULL) {
        status = fl_endpoint_option_text(
            call, "prefix", prefix, sizeof settings->prefix, settings->prefix, out_error);
    }
    settings->english = settings->english || fl_call_has(call, "english");
    if (status == FL_OK && settings->mapping[0] != '\0' &&
        (stat(settings->mapping, &found) != 0 || !S_ISREG(found.st_mode))) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "there is no file %s", settings->mapping);
    }
    return status == FL_OK ? take_versions(call, settings, out_error) : status;
}

static enum fl_status take_options(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct stat found;
    if (settings->format->is_site) {
        enum fl_status status = fl_site_take_options(call, settings, out_error);
        return status == FL_OK ? take_limits(call, settings, out_error) : status;
    }
    enum fl_status status = take_place(call, settings, out_error);
    if (status == FL_OK) {
        status = take_limits(call, settings, out_error);
    }
    if (status == FL_OK) {
        status = take_name(call, "incoming", settings->incoming, out_error);
    }
    if (status == FL_OK) {
        status = take_name(call, "outgoing", settings->outgoing, out_error);
    }
    if (status == FL_OK) {
        status = take_base(call, settings, out_error);
    }
    settings->zip = (settings->zip || fl_call_has(call, "zip"));
    if (status == FL_OK && settings->directory[0] == '\0' && settings->ftp[0] == '\0' &&
        settings->url[0] == '\0' && settings->mail[0] == '\0') {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "where are files exchanged? --directory DIR, --ftp URL or --mail URL");
    }
    if (status == FL_OK && settings->directory[0] != '\0' &&
        (stat(settings->directory, &found) != 0 || !S_ISDIR(found.st_mode))) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s is no directory; make it, and let 1C write there too",
            settings->directory);
    }
    return status;
}

/* --- which one --- */

enum fl_status fl_command_endpoint_find(
    struct fl_call *call,
    struct fl_peer *out_peer,
    struct fl_endpoint_settings *out_settings,
    struct fl_endpoint_state *out_state,
    struct fl_error *out_error)
{
    const char *code = call->arguments[0];
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_plans_peer(&call->node->plans, &txn, fl_bytes_of_text(code), out_peer);
    if (status == FL_OK) {
        status = fl_endpoint_settings_get(&txn, out_peer->number, out_settings);
        fl_endpoint_state_get(&txn, out_peer->number, out_state);
    }
    fl_txn_abort(&txn);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_NOT_FOUND,
                     "no files are exchanged with \"%s\"; `filial endpoint list` shows "
                     "with whom they are",
                     code);
}

static enum fl_status keep(
    struct fl_call *call,
    struct fl_peer *peer,
    const struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    memcpy(peer->endpoint, settings->directory, sizeof peer->endpoint);
    fl_peers_put(&txn, peer);
    fl_endpoint_settings_put(&txn, peer->number, settings);
    enum fl_status status =
        settings->serves
            ? fl_site_keep_user(call, &txn, peer->number, settings, out_error)
            : FL_OK;
    if (status != FL_OK) {
        fl_txn_abort(&txn);
        return status;
    }
    status = fl_change_commit(&txn, out_error);
    call->wrote = call->wrote || status == FL_OK;
    return status;
}

/* --- showing --- */

static enum fl_status show_one(struct fl_call *call, struct fl_error *out_error)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status == FL_OK) {
        fl_command_endpoint_show_whole(call, &peer, &settings, &state);
    }
    return status;
}

/* --- commands --- */

static enum fl_status find_or_make_peer(
    struct fl_call *call,
    const char *code,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    const char *name = fl_call_option(call, "name");
    const char *role = fl_call_option(call, "role");
    const struct fl_node_plan *plan = NULL;
    struct fl_endpoint_settings ignored;
    struct fl_txn txn;
    enum fl_status status =
        fl_call_plan(call, fl_call_option(call, "plan"), &plan, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    bool known =
        fl_peers_by_code(&txn, plan->hash, fl_bytes_of_text(code), out_peer) == FL_OK;
    bool taken =
        known && fl_endpoint_settings_get(&txn, out_peer->number, &ignored) == FL_OK;
    fl_txn_abort(&txn);
    if (known && out_peer->format != FL_PEER_V8MSG) {
        return fl_error_set(
            out_error, FL_REFUSED, "\"%s\" is a Filial node: it synchronises", code);
    }
    if (taken) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "files are exchanged with \"%s\" already; `filial endpoint change %s` "
            "changes "
            "how",
            code, code);
    }
    if (known && role == NULL && name == NULL) {
        return FL_OK;
    }
    if (!known) {
        *out_peer = (struct fl_peer){
            .node = fl_random_uuid(),
            .role = FL_PEER_EQUAL,
            .format = FL_PEER_V8MSG,
            .state = FL_PEER_ACTIVE,
            .created_ms = fl_node_now_ms()};
        memcpy(out_peer->plan, plan->hash, sizeof out_peer->plan);
        memcpy(out_peer->plan_name, plan->name, sizeof out_peer->plan_name);
        status = fl_endpoint_option_text(
            call, "node", code, sizeof out_peer->code, out_peer->code, out_error);
    }
    if (status == FL_OK && role != NULL &&
        !fl_peer_list_parse_role(role, &out_peer->role)) {
        call->usage = true;
        status = fl_error_set(
            out_error, FL_MALFORMED, "--role is parent, child or equal, not \"%s\"",
            role);
    }
    if (status == FL_OK && (name != NULL || !known)) {
        status = fl_endpoint_option_text(
            call, "name", name != NULL ? name : code, sizeof out_peer->name,
            out_peer->name, out_error);
    }
    return status;
}

FL_HANDLER(endpoint_add)
{
    const char *code = fl_call_option(call, "node");
    const char *format = fl_call_option(call, "format");
    struct fl_peer peer;
    struct fl_endpoint_settings settings = {
        .format = fl_endpoint_format_find(format == NULL ? "" : format),
        .poll_ms = FL_ENDPOINT_POLL_MS,
        .archive_files = FL_ENDPOINT_ARCHIVE_FILES,
        .archive_bytes = FL_ENDPOINT_ARCHIVE_BYTES};
    if (format != NULL && strcmp(format, "sql") == 0) {
        return fl_mirror_add(call, out_error);
    }
    if (code == NULL || code[0] == '\0' || settings.format == NULL) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "filial endpoint add --node CODE --format v8msg --directory DIR, or --format "
            "commerceml --url URL --user NAME --password-file FILE --mapping FILE");
    }
    if (strchr(code, '/') != NULL || strcmp(code, call->node->identity->code) == 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" cannot be the code of a base: it is this node's, or has a slash",
            code);
    }
    enum fl_status status = take_options(call, &settings, out_error);
    if (status == FL_OK && settings.format->is_mapped && settings.mapping[0] == '\0') {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "what is called how in these files? --mapping FILE says it");
    }
    if (status == FL_OK) {
        status = find_or_make_peer(call, code, &peer, out_error);
    }
    if (status == FL_OK) {
        status = keep(call, &peer, &settings, out_error);
    }
    if (status == FL_OK) {
        const struct fl_endpoint_state state = {.condition = FL_ENDPOINT_NEW};
        fl_command_endpoint_show_state(call->output, &peer, &settings, &state);
    }
    return status;
}

FL_HANDLER(endpoint_list)
{
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_peer peer;
    struct fl_txn txn;
    uint32_t number = 0;
    (void)out_error;
    fl_output_list_begin(call->output, "endpoints");
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    while (fl_endpoint_settings_next(&txn, number, &number, &settings) == FL_OK) {
        if (fl_peers_get(&txn, number, &peer) == FL_OK) {
            fl_endpoint_state_get(&txn, number, &state);
            fl_output_row(call->output);
            fl_command_endpoint_show_state(call->output, &peer, &settings, &state);
            if (call->output->json) {
                fl_command_endpoint_show_rest(call->output, &peer, &settings, &state);
            }
        }
    }
    fl_txn_abort(&txn);
    fl_mirror_list(call);
    fl_output_list_end(call->output);
    return FL_OK;
}

FL_HANDLER(endpoint_show)
{
    return fl_mirror_is_one(call, call->arguments[0]) ? fl_mirror_show(call, out_error)
                                                      : show_one(call, out_error);
}

FL_HANDLER(endpoint_change)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    if (fl_mirror_is_one(call, call->arguments[0])) {
        return fl_mirror_change(call, out_error);
    }
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status == FL_OK) {
        status = take_options(call, &settings, out_error);
    }
    if (status == FL_OK) {
        settings.zip = fl_place_is_web(settings.url) ||
                       (settings.zip && !fl_call_has(call, "no-zip"));
        status = keep(call, &peer, &settings, out_error);
    }
    return status == FL_OK ? show_one(call, out_error) : status;
}

FL_HANDLER(endpoint_remove)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_txn txn;
    if (fl_mirror_is_one(call, call->arguments[0])) {
        return fl_mirror_remove(call, out_error);
    }
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_txn_begin(&txn, call->node->store, FL_TXN_KEEP);
    fl_endpoint_settings_remove(&txn, peer.number);
    fl_site_users_remove(&txn, peer.number);
    if (fl_txn_commit(&txn) != FL_OK) {
        return fl_change_txn_failure(&txn, out_error);
    }
    call->wrote = true;
    fl_output_say(call->output, _("no more files are exchanged with \"%s\""), peer.code);
    return FL_OK;
}

/* --- poll --- */

struct waiting {
    uint32_t peer;
    uint64_t rounds; /* that have ended when this one is done */
    uint64_t until_ms;
};

/* By number: the words of the call are gone while it waits. */
static enum fl_status show_polled(
    struct fl_call *call,
    uint32_t number,
    struct fl_error *out_error)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_txn txn;
    fl_txn_begin(&txn, call->node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_get(&txn, number, &peer);
    if (status == FL_OK) {
        status = fl_endpoint_settings_get(&txn, number, &settings);
        fl_endpoint_state_get(&txn, number, &state);
    }
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "the endpoint was removed meanwhile");
    }
    call->answer_is_no = state.condition == FL_ENDPOINT_TROUBLE;
    call->wrote = true;
    fl_command_endpoint_show_whole(call, &peer, &settings, &state);
    return FL_OK;
}

static enum fl_status wait_for_round(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct waiting *waiting = state;
    const struct fl_endpoint_poll *poll =
        fl_endpoints_find(fl_daemon_endpoints(call->node->daemon), waiting->peer);
    if (poll == NULL || poll->rounds >= waiting->rounds) {
        *out_done = true;
        return show_polled(call, waiting->peer, out_error);
    }
    if (waiting->until_ms == 0) {
        waiting->until_ms = now_ms + WAIT_MS_MAX;
    }
    return now_ms < waiting->until_ms
               ? FL_OK
               : fl_error_set(
                     out_error, FL_BUSY,
                     "the place does not answer; filiald goes on trying");
}

static enum fl_status poll_alone(
    struct fl_call *call,
    uint32_t peer,
    bool full,
    struct fl_error *out_error)
{
    struct fl_endpoints *endpoints = fl_endpoints_new(call->node);
    const struct timespec pause = {.tv_nsec = STEP_NS};
    if (endpoints == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    struct fl_endpoint_poll *poll = fl_endpoints_read_one(endpoints, peer);
    bool wrote = false;
    if (poll != NULL) {
        fl_endpoint_poll_now(poll, 0, /* force= */ true);
        poll->full = full;
    }
    for (uint64_t i = 0;
         poll != NULL && poll->rounds == 0 && i < WAIT_MS_MAX / (STEP_NS / 1000000);
         i++) {
        if (fl_endpoint_poll_step(poll, i, &wrote) && !fl_endpoint_poll_works(poll)) {
            (void)nanosleep(&pause, NULL);
        }
    }
    fl_endpoints_free(endpoints);
    return show_polled(call, peer, out_error);
}

FL_HANDLER(endpoint_poll)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    const bool full = fl_call_has(call, "full");
    if (fl_mirror_is_one(call, call->arguments[0])) {
        return fl_mirror_poll(call, out_error);
    }
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status != FL_OK || call->node->daemon == NULL) {
        return status == FL_OK ? poll_alone(call, peer.number, full, out_error) : status;
    }
    struct fl_endpoint_poll *poll =
        fl_endpoints_read_one(fl_daemon_endpoints(call->node->daemon), peer.number);
    struct waiting *waiting = fl_alloc_zeroed(1, sizeof *waiting);
    if (poll == NULL || waiting == NULL) {
        fl_free(waiting);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    poll->full = full;
    waiting->peer = peer.number;
    waiting->rounds = poll->rounds + 1 + (poll->phase != FL_POLL_IDLE);
    if (poll->phase == FL_POLL_IDLE) {
        fl_endpoint_poll_now(poll, 0, /* force= */ true);
    } else {
        poll->again = true;
    }
    fl_command_wait(call, wait_for_round, waiting);
    return FL_OK;
}
