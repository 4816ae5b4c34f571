#include "endpoint_poll_parts.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "change/change.h"
#include "endpoint_archive.h"
#include "endpoint_codec.h"
#include "endpoint_window.h"
#include "enterprisedata/correspondent_codec.h"
#include "language.h"
#include "log.h"
#include "share.h"
#include "site/site_round.h"

enum {
    FAILURES_SLOWER = 10, /* behind so many, look less often */
    SLOWER_TIMES = 4,
    RECHECK_MS = 2000,
};

/* --- the state --- */

void fl_poll_keep_state(struct fl_endpoint_poll *poll)
{
    struct fl_txn txn;
    if (memcmp(&poll->kept, &poll->state, sizeof poll->kept) == 0) {
        return;
    }
    fl_txn_begin(&txn, poll->node->store, FL_TXN_KEEP);
    fl_endpoint_state_put(&txn, poll->peer, &poll->state);
    if (fl_txn_commit(&txn) != FL_OK) {
        struct fl_error error;
        (void)fl_change_txn_failure(&txn, &error);
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_STORE_FAILED, "error=%s",
            fl_log_value(error.text).text);
        return;
    }
    memcpy(&poll->kept, &poll->state, sizeof poll->kept);
}

bool fl_poll_read_peer(const struct fl_endpoint_poll *poll, struct fl_peer *out_peer)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, poll->node->store, FL_TXN_READ);
    bool known = fl_peers_get(&txn, poll->peer, out_peer) == FL_OK;
    fl_txn_abort(&txn);
    return known;
}

void fl_poll_set_condition(
    struct fl_endpoint_poll *poll,
    enum fl_endpoint_condition condition,
    const char *reason,
    const char *words)
{
    struct fl_endpoint_state *state = &poll->state;
    bool same = state->condition == condition && strcmp(state->reason, reason) == 0 &&
                strncmp(state->words, words, sizeof state->words - 1) == 0;
    state->condition = condition;
    /* Whole, with zeroes behind: states are compared byte for byte. */
    memset(state->reason, 0, sizeof state->reason);
    memset(state->words, 0, sizeof state->words);
    snprintf(state->reason, sizeof state->reason, "%s", reason);
    snprintf(state->words, sizeof state->words, "%s", words);
    if (same) {
        return;
    }
    struct fl_peer peer;
    state->since_ms = fl_node_now_ms();
    if (condition != FL_ENDPOINT_OK && fl_poll_read_peer(poll, &peer)) {
        fl_log(
            condition == FL_ENDPOINT_TROUBLE ? FL_LOG_WARN : FL_LOG_INFO,
            FL_LOG_EVENT_ENDPOINT_TROUBLE, "peer=%s reason=%s error=%s", peer.code,
            reason, fl_log_value(words).text);
    }
}

/* Words about the file that was taken. */
static void set_condition_of_file(
    struct fl_endpoint_poll *poll,
    enum fl_endpoint_condition condition,
    const char *reason,
    const struct fl_place_file *file,
    const char *words)
{
    char whole[sizeof file->name + sizeof poll->state.words + sizeof ": "];
    snprintf(
        whole, sizeof whole, "%s%s%s", file->name, file->name[0] == '\0' ? "" : ": ",
        words);
    fl_poll_set_condition(poll, condition, reason, whole);
}

void fl_poll_set_trouble(
    struct fl_endpoint_poll *poll,
    const char *reason,
    const struct fl_error *error)
{
    poll->failed = true;
    poll->state.failures++;
    fl_poll_set_condition(poll, FL_ENDPOINT_TROUBLE, reason, error->text);
}

bool fl_poll_end_round(struct fl_endpoint_poll *poll, uint64_t now_ms)
{
    uint64_t wait_ms = poll->settings.poll_ms;
    if (!poll->failed) {
        poll->state.failures = 0;
    } else if (poll->state.failures > FAILURES_SLOWER) {
        wait_ms *= SLOWER_TIMES;
    }
    fl_poll_keep_state(poll);
    poll->phase = FL_POLL_IDLE;
    poll->rounds++;
    poll->looked_ms = fl_node_now_ms();
    poll->round_ms = poll->failed ? poll->round_ms : poll->looked_ms;
    poll->due_ms = poll->again ? 0 : now_ms + wait_ms;
    poll->force = poll->again;
    poll->again = false;
    return false;
}

/* --- looking --- */

void fl_poll_own_name(
    const struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    bool zip,
    char out_name[FL_ENDPOINT_NAME_BYTES])
{
    const struct fl_endpoint_settings *settings = &poll->settings;
    char base[FL_ENDPOINT_NAME_BYTES];
    if (settings->outgoing[0] != '\0') {
        snprintf(base, sizeof base, "%s", settings->outgoing);
    } else {
        settings->format->outgoing(poll->node, peer, base);
    }
    snprintf(
        out_name, FL_ENDPOINT_NAME_BYTES, "%.*s%s", FL_ENDPOINT_NAME_BYTES - 8, base,
        zip ? ".zip" : ".xml");
}

/*
 * Servers tell whole seconds: a file of the same size may have been written in the same
 * one, so what has such a time is read once more a while later.
 */
static bool should_recheck(struct fl_endpoint_poll *poll)
{
    const struct fl_place_file *judged = &poll->state.judged;
    if (judged->name[0] == '\0' || judged->changed_ms % 1000 != 0 || poll->rechecked ||
        fl_node_now_ms() < poll->judged_ms + RECHECK_MS) {
        return false;
    }
    poll->rechecked = true;
    return true;
}

enum fl_status fl_poll_start_job(
    struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    enum fl_job_kind kind,
    struct fl_error *out_error)
{
    const struct fl_endpoint_settings *settings = &poll->settings;
    struct fl_job_wanted wanted = {.kind = kind, .place = {.number = poll->peer}};
    memcpy(wanted.place.directory, settings->directory, sizeof wanted.place.directory);
    memcpy(wanted.place.url, settings->ftp, sizeof wanted.place.url);
    memcpy(
        wanted.place.password_file, settings->password_file,
        sizeof wanted.place.password_file);
    memcpy(wanted.place.ca_file, settings->ca_file, sizeof wanted.place.ca_file);
    fl_poll_own_name(poll, peer, settings->zip, wanted.name);
    if (settings->mail[0] != '\0') {
        memcpy(wanted.place.url, settings->mail, sizeof wanted.place.url);
        memcpy(wanted.place.smtp, settings->smtp, sizeof wanted.place.smtp);
        memcpy(wanted.place.address, settings->mail_address, sizeof wanted.place.address);
    }
    if (fl_place_is_web(settings->url)) {
        memcpy(wanted.place.url, settings->url, sizeof wanted.place.url);
        fl_correspondent_service(poll->node, settings, &wanted.place);
    }
    if (kind == FL_JOB_FETCH) {
        if (settings->incoming[0] != '\0') {
            memcpy(wanted.mask, settings->incoming, sizeof wanted.mask);
        } else {
            settings->format->incoming(poll->node, peer, wanted.mask);
        }
        bool other = poll->state.verdict == FL_VERDICT_BROKEN &&
                     poll->state.configuration != poll->node->configuration_number;
        bool anew = poll->force || other || should_recheck(poll);
        if (!anew) {
            wanted.known =
                poll->waiting.name[0] != '\0' ? poll->waiting : poll->state.judged;
        }
    } else {
        fl_poll_own_name(poll, peer, !settings->zip, wanted.replaces);
    }
    char *path = fl_endpoint_own_path(
        poll->node, poll->peer, kind == FL_JOB_FETCH ? "incoming" : wanted.name);
    enum fl_status status = path == NULL ? FL_NO_MEMORY : FL_OK;
    if (path != NULL && strlen(path) < sizeof wanted.path) {
        memcpy(wanted.path, path, strlen(path) + 1);
        status = fl_job_start(&wanted, &poll->job, out_error);
    }
    fl_free(path);
    return status;
}

/* --- sites --- */

/* To those that come to us nothing is to be done here. */
static bool begin_site(struct fl_endpoint_poll *poll, uint64_t now_ms)
{
    struct fl_error error = {.text = ""};
    if (poll->settings.serves) {
        return fl_poll_end_round(poll, now_ms);
    }
    const bool full = poll->full;
    poll->full = false;
    if (fl_site_round_start(
            poll->node, poll->peer, &poll->settings, full, &poll->site, &error) !=
        FL_OK) {
        fl_poll_set_trouble(poll, "failed", &error);
        return fl_poll_end_round(poll, now_ms);
    }
    poll->phase = FL_POLL_SITE;
    return true;
}

static void note_site(
    struct fl_endpoint_poll *poll,
    const struct fl_site_round_result *result)
{
    struct fl_endpoint_state *state = &poll->state;
    memset(state->notes, 0, sizeof state->notes);
    fl_endpoint_state_note(
        state, fl_bytes_utf8_beginning(
                   fl_bytes_of_text(result->in.notes), sizeof state->notes / 2));
    fl_endpoint_state_note(state, fl_bytes_of_text(result->out.notes));
    if (result->in.items > 0) {
        state->in_ms = fl_node_now_ms();
        state->in_objects = result->in.items;
        state->in_applied = result->in.applied;
        state->in_collisions = result->in.collisions;
        state->in_quarantined = result->in.quarantined;
    }
    if (result->sent) {
        state->out_number = result->out.message_number;
        state->out_published = result->out.message_number;
        state->out_ms = fl_node_now_ms();
        state->out_objects = result->out.goods + result->out.offers + result->out.orders +
                             result->out.people;
        state->out_bytes = result->out.bytes;
    }
}

static bool step_site(struct fl_endpoint_poll *poll, uint64_t now_ms, bool *out_wrote)
{
    const struct fl_site_round_result *result = fl_site_round_step(poll->site, out_wrote);
    struct fl_peer peer;
    if (result == NULL) {
        return true;
    }
    note_site(poll, result);
    if (result->status != FL_OK) {
        fl_poll_set_trouble(
            poll,
            result->here              ? "failed"
            : result->status == FL_IO ? "unreachable"
                                      : "refused",
            &result->error);
    } else if (result->in.refused > 0) {
        struct fl_error error;
        (void)fl_error_set(
            &error, FL_REFUSED,
            "%llu of %llu items that the site has were not taken, and come again: %.*s",
            (unsigned long long)result->in.refused, (unsigned long long)result->in.items,
            (int)strcspn(result->in.notes, "\n"), result->in.notes);
        fl_poll_set_trouble(poll, "not_taken", &error);
    } else {
        fl_poll_set_condition(poll, FL_ENDPOINT_OK, "", "");
    }
    if (result->sent && fl_poll_read_peer(poll, &peer)) {
        fl_log(
            FL_LOG_INFO, FL_LOG_EVENT_ENDPOINT_SENT,
            "peer=%s number=%" PRIu64 " objects=%" PRIu64 " bytes=%" PRIu64, peer.code,
            poll->state.out_number, poll->state.out_objects, poll->state.out_bytes);
    }
    fl_site_round_end(poll->site);
    poll->site = NULL;
    return fl_poll_end_round(poll, now_ms);
}

/* What a person asks for does not wait. */
static bool waits_for_window(
    struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    uint64_t now_ms)
{
    const struct fl_windows_state window = fl_endpoint_window(poll->node, peer, poll);
    if (poll->force || window.open) {
        return false;
    }
    poll->due_ms = now_ms + fl_endpoint_window_wait_ms(&window, poll->settings.poll_ms);
    return true;
}

static bool begin_round(struct fl_endpoint_poll *poll, uint64_t now_ms)
{
    struct fl_peer peer;
    struct fl_error error = {.text = ""};
    poll->failed = false;
    if (!fl_poll_read_peer(poll, &peer)) {
        return fl_poll_end_round(poll, now_ms);
    }
    if (peer.state != FL_PEER_ACTIVE) {
        fl_poll_set_condition(
            poll, FL_ENDPOINT_WAITING, "suspended",
            _("the exchange with this base is suspended or revoked"));
        return fl_poll_end_round(poll, now_ms);
    }
    if (poll->node->home != FL_HOME_OURS) {
        fl_poll_set_condition(
            poll, FL_ENDPOINT_TROUBLE, "store_moved",
            _("the store was brought here from elsewhere: `filial store adopt` says what "
              "it is; until then nothing is exchanged"));
        return fl_poll_end_round(poll, now_ms);
    }
    if (waits_for_window(poll, &peer, now_ms)) {
        return false;
    }
    if (poll->settings.format->is_site) {
        return begin_site(poll, now_ms);
    }
    if (fl_endpoint_own_make(poll->node, poll->peer, NULL, &error) != FL_OK ||
        fl_poll_start_job(poll, &peer, FL_JOB_FETCH, &error) != FL_OK) {
        fl_poll_set_trouble(poll, "failed", &error);
        return fl_poll_end_round(poll, now_ms);
    }
    poll->phase = FL_POLL_FETCHING;
    return true;
}

/* --- applying --- */

/* What is read is told whole in the log: the notes have room for its beginning. */
static void log_note(struct fl_endpoint_poll *poll, struct fl_bytes bytes)
{
    char words[FL_ERROR_TEXT_BYTES_MAX];
    struct fl_peer peer;
    bytes = fl_bytes_trimmed(bytes);
    if (bytes.size == 0 || !fl_poll_read_peer(poll, &peer)) {
        return;
    }
    snprintf(words, sizeof words, "%.*s", (int)bytes.size, (const char *)bytes.data);
    fl_log(
        FL_LOG_WARN, FL_LOG_EVENT_ENDPOINT_NOTE, "peer=%s note=%s", peer.code,
        fl_log_value(words).text);
}

static void take_notes(void *context, enum fl_output_stream stream, struct fl_bytes bytes)
{
    struct fl_endpoint_poll *poll = context;
    const bool says_who = fl_bytes_equal(bytes, fl_bytes_of_text("filial: "));
    if (stream != FL_OUTPUT_COMPLAINT || says_who) {
        return;
    }
    fl_endpoint_state_note(&poll->state, bytes);
    if (poll->import != NULL) {
        log_note(poll, bytes);
    }
}

void fl_poll_init_output(struct fl_endpoint_poll *poll, struct fl_output *output)
{
    if (poll->has_notes) {
        fl_output_init_silent(output);
    } else {
        fl_output_init(
            output, /* json= */ false, /* terminal= */ false, take_notes, poll);
    }
}

void fl_poll_archive(
    struct fl_endpoint_poll *poll,
    const char *path,
    bool move,
    const char *kind,
    const char *name)
{
    struct fl_error error = {.text = ""};
    if (fl_endpoint_archive(
            poll->node, poll->peer, &poll->settings, path, move, kind, name, &error) !=
        FL_OK) {
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_ENDPOINT_TROUBLE, "reason=archive error=%s",
            fl_log_value(error.text).text);
        if (move) {
            (void)unlink(path);
        }
    }
}

static void note_applied(
    struct fl_endpoint_poll *poll,
    const struct fl_place_file *file,
    const struct fl_endpoint_import_report *report)
{
    struct fl_endpoint_state *state = &poll->state;
    state->in_number = report->message_number;
    state->in_ms = fl_node_now_ms();
    state->in_objects = report->objects;
    state->in_applied = report->applied;
    state->in_collisions = report->collisions;
    state->in_quarantined = report->quarantined;
    /* A bare confirmation is not confirmed: two that do would never end. */
    state->owes = state->owes || report->objects > 0 || report->we_were_restored ||
                  report->message_number == 0;
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_ENDPOINT_APPLIED,
        "peer=%s number=%" PRIu64 " objects=%" PRIu64 " applied=%" PRIu64, report->from,
        report->message_number, report->objects, report->applied);
    struct fl_peer peer;
    if (fl_poll_read_peer(poll, &peer) && report->message_number > 0 &&
        report->received_number < peer.confirmed_number) {
        char words[sizeof state->words];
        snprintf(
            words, sizeof words,
            _("the base says that it received number %" PRIu64 " last, and had confirmed "
              "number %" PRIu64 ": it was restored from a backup. What it lost is sent "
              "again by `filial register --all --for %s`"),
            report->received_number, peer.confirmed_number, peer.code);
        set_condition_of_file(poll, FL_ENDPOINT_TROUBLE, "base_restored", file, words);
    }
    if (report->we_were_restored) {
        set_condition_of_file(
            poll, FL_ENDPOINT_TROUBLE, "we_were_restored", file,
            _("the base confirms a message that this store never sent: the store was "
              "restored from a backup. Nothing was taken off the queue, and numbers go "
              "on "
              "from there; `filial compare` and a package of everything from the base "
              "find "
              "what is missing"));
    }
}

/* A base that went back has lost what it confirmed meanwhile: only a person can say so.
 */
static void note_old(
    struct fl_endpoint_poll *poll,
    const struct fl_place_file *file,
    const struct fl_peer *peer,
    const struct fl_endpoint_import_report *report)
{
    char words[sizeof poll->state.words];
    snprintf(
        words, sizeof words,
        _("the base sent number %" PRIu64 " after number %" PRIu64
          " had been accepted, with other bytes: it was restored from a backup, or is a "
          "copy. Nothing of it counts; our next package tells the base where to go on. "
          "What it had confirmed and lost is sent again by `filial register --all --for "
          "%s`"),
        report->message_number, peer->number_received, peer->code);
    poll->failed = true;
    poll->state.owes = true;
    set_condition_of_file(poll, FL_ENDPOINT_TROUBLE, "old_number", file, words);
}

static void judge(
    struct fl_endpoint_poll *poll,
    const struct fl_place_file *file,
    const char *path,
    const struct fl_endpoint_import_report *report,
    const struct fl_error *error)
{
    static const char *const REASONS[] = {
        [FL_VERDICT_FOREIGN] = "foreign", [FL_VERDICT_BROKEN] = "broken"};
    struct fl_peer peer;
    poll->waiting = (struct fl_place_file){.name = ""};
    if (report->verdict == FL_VERDICT_FAILED) {
        fl_poll_set_trouble(poll, "failed", error);
        return;
    }
    if (report->verdict == FL_VERDICT_NOT_WHOLE) {
        poll->waiting = *file;
        poll->failed = true;
        fl_poll_set_condition(poll, FL_ENDPOINT_WAITING, "not_whole", error->text);
        return;
    }
    bool same = strcmp(poll->state.judged.name, file->name) == 0 &&
                poll->state.judged.size == file->size &&
                poll->state.judged.changed_ms == file->changed_ms &&
                report->verdict != FL_VERDICT_APPLIED;
    if (!same) {
        poll->rechecked = false;
        poll->judged_ms = fl_node_now_ms();
    }
    memset(&poll->state.judged, 0, sizeof poll->state.judged);
    snprintf(poll->state.judged.name, sizeof poll->state.judged.name, "%s", file->name);
    poll->state.judged.size = file->size;
    poll->state.judged.changed_ms = file->changed_ms;
    poll->state.verdict = report->verdict;
    poll->state.configuration = poll->node->configuration_number;
    switch (report->verdict) {
    case FL_VERDICT_APPLIED:
        fl_poll_set_condition(poll, FL_ENDPOINT_OK, "", "");
        note_applied(poll, file, report);
        break;
    case FL_VERDICT_REPEATED: /* what was said of it when it was applied stands */
        if (strcmp(poll->state.reason, "we_were_restored") != 0 &&
            strcmp(poll->state.reason, "base_restored") != 0) {
            fl_poll_set_condition(poll, FL_ENDPOINT_OK, "", "");
        }
        break;
    case FL_VERDICT_OLD:
        if (fl_poll_read_peer(poll, &peer)) {
            note_old(poll, file, &peer, report);
        }
        break;
    case FL_VERDICT_FOREIGN:
    case FL_VERDICT_BROKEN:
        fl_poll_set_trouble(poll, REASONS[report->verdict], error);
        break;
    case FL_VERDICT_FAILED:
    case FL_VERDICT_NOT_WHOLE:
        break;
    }
    if (same || report->verdict == FL_VERDICT_REPEATED) {
        (void)unlink(path); /* it was kept the first time */
        return;
    }
    fl_poll_archive(
        poll, path, /* move= */ true,
        report->verdict == FL_VERDICT_APPLIED ? "in" : "refused", file->name);
}

static void end_applying(
    struct fl_endpoint_poll *poll,
    const struct fl_place_file *file,
    const struct fl_endpoint_import_report *report,
    const struct fl_error *error,
    bool *out_wrote)
{
    char *path = fl_endpoint_own_path(poll->node, poll->peer, "incoming");
    *out_wrote = *out_wrote || report->verdict == FL_VERDICT_APPLIED;
    if (path != NULL) {
        judge(poll, file, path, report, error);
    }
    fl_free(path);
}

static void begin_applying(
    struct fl_endpoint_poll *poll,
    const struct fl_place_file *file,
    bool *out_wrote)
{
    struct fl_endpoint_import_report report = {.verdict = FL_VERDICT_FAILED};
    struct fl_error error = {.text = ""};
    char *path = fl_endpoint_own_path(poll->node, poll->peer, "incoming");
    if (path == NULL) {
        return;
    }
    memset(poll->state.notes, 0, sizeof poll->state.notes);
    const struct fl_endpoint_codec *codec = poll->settings.format->codec;
    const struct fl_endpoint_import_source source = {
        .path = path, .name = file->name, .only_from = poll->peer};
    if (fl_endpoint_import_begin(
            poll->node, codec, &source, &poll->import, &report, &error) == FL_OK) {
        poll->import_file = *file;
    } else {
        end_applying(poll, file, &report, &error, out_wrote);
    }
    fl_free(path);
}

/* False: it is at its end, however it ended. */
static bool step_applying(struct fl_endpoint_poll *poll, bool *out_wrote)
{
    struct fl_endpoint_import_report report = {.verdict = FL_VERDICT_FAILED};
    struct fl_error error = {.text = ""};
    struct fl_output output;
    bool done = false;
    poll->has_notes = false;
    fl_poll_init_output(poll, &output);
    enum fl_status status = fl_endpoint_import_step(
        poll->import, &output, FL_SHARE_MS, &done, &report, &error);
    fl_output_deinit(&output);
    *out_wrote = *out_wrote || fl_endpoint_import_writes(poll->import);
    if (status == FL_OK && !done) {
        return true;
    }
    fl_endpoint_import_end(poll->import);
    poll->import = NULL;
    end_applying(poll, &poll->import_file, &report, &error, out_wrote);
    return false;
}

static void take_fetched(struct fl_endpoint_poll *poll, bool *out_wrote)
{
    const struct fl_job_result *result = fl_job_result(poll->job);
    if (result->status == FL_OK && !result->is_known) {
        begin_applying(poll, &result->file, out_wrote);
    } else if (result->status == FL_BUSY) {
        set_condition_of_file(
            poll, FL_ENDPOINT_WAITING, "not_whole", &result->file,
            _("a file is still being written"));
        poll->failed = true;
    } else if (result->status != FL_OK && result->status != FL_NOT_FOUND) {
        fl_poll_set_trouble(poll, "unreachable", &result->error);
    } else if (
        poll->state.condition == FL_ENDPOINT_NEW ||
        strcmp(poll->state.reason, "unreachable") == 0 ||
        strcmp(poll->state.reason, "suspended") == 0 ||
        strcmp(poll->state.reason, "store_moved") == 0 ||
        strcmp(poll->state.reason, "failed") == 0 ||
        (result->status == FL_NOT_FOUND &&
         strcmp(poll->state.reason, "not_whole") == 0)) {
        fl_poll_set_condition(poll, FL_ENDPOINT_OK, "", "");
    }
}

/* --- the whole --- */

bool fl_endpoint_poll_step(
    struct fl_endpoint_poll *poll,
    uint64_t now_ms,
    bool *out_wrote)
{
    switch (poll->phase) {
    case FL_POLL_IDLE:
        return now_ms >= poll->due_ms && begin_round(poll, now_ms);
    case FL_POLL_FETCHING:
        if (fl_job_result(poll->job) == NULL) {
            return true;
        }
        take_fetched(poll, out_wrote);
        poll->has_ours = fl_job_result(poll->job)->has_ours;
        fl_job_end(poll->job);
        poll->job = NULL;
        if (poll->import != NULL) {
            poll->phase = FL_POLL_APPLYING;
            return true;
        }
        if (strcmp(poll->state.reason, "unreachable") == 0) {
            return fl_poll_end_round(poll, now_ms);
        }
        return fl_poll_send(poll, now_ms);
    case FL_POLL_APPLYING:
        return step_applying(poll, out_wrote) || fl_poll_send(poll, now_ms);
    case FL_POLL_WRITING:
        return fl_poll_step_writing(poll, now_ms);
    case FL_POLL_PUBLISHING:
        return fl_job_result(poll->job) == NULL || fl_poll_end_publishing(poll, now_ms);
    case FL_POLL_SITE:
        return step_site(poll, now_ms, out_wrote);
    }
    return false;
}

bool fl_endpoint_poll_works(const struct fl_endpoint_poll *poll)
{
    return poll->phase == FL_POLL_APPLYING || poll->phase == FL_POLL_WRITING ||
           (poll->phase == FL_POLL_SITE && fl_site_round_works(poll->site));
}

const char *fl_endpoint_poll_at(
    const struct fl_endpoint_poll *poll,
    uint64_t *out_done,
    uint64_t *out_total)
{
    *out_done = 0;
    *out_total = 0;
    switch (poll->phase) {
    case FL_POLL_IDLE:
        break;
    case FL_POLL_FETCHING:
        return N_("looking");
    case FL_POLL_APPLYING:
        return N_("applying");
    case FL_POLL_WRITING:
        return poll->export == NULL
                   ? N_("looking")
                   : fl_endpoint_export_at(poll->export, out_done, out_total);
    case FL_POLL_PUBLISHING:
        return N_("sending");
    case FL_POLL_SITE:
        return fl_site_round_at(poll->site, out_done, out_total);
    }
    return "";
}

void fl_endpoint_poll_now(struct fl_endpoint_poll *poll, uint64_t now_ms, bool force)
{
    poll->due_ms = now_ms;
    poll->force = poll->force || force;
}

uint64_t fl_endpoint_poll_ask(struct fl_endpoint_poll *poll)
{
    if (poll->phase == FL_POLL_IDLE) {
        fl_endpoint_poll_now(poll, 0, /* force= */ true);
        return poll->rounds + 1;
    }
    poll->again = true;
    return poll->rounds + 2;
}

void fl_endpoint_poll_end(struct fl_endpoint_poll *poll)
{
    fl_job_end(poll->job);
    fl_site_round_end(poll->site);
    poll->job = NULL;
    poll->site = NULL;
    fl_endpoint_import_end(poll->import);
    fl_endpoint_export_end(poll->export);
    poll->import = NULL;
    poll->export = NULL;
    poll->phase = FL_POLL_IDLE;
}
