#include "site/site_round.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "language.h"
#include "share.h"
#include "site/site_held.h"
#include "site/site_in.h"
#include "site/site_task.h"

enum { STEP_ITEMS = 200 };

enum phase {
    PHASE_LOOK, /* is there anything to be told? */
    PHASE_WRITE,
    PHASE_EXCHANGE,
    PHASE_TAKE,
    PHASE_FINISH,
    PHASE_CONFIRM,
    PHASE_DONE
};

struct fl_site_round {
    struct fl_node *node;
    uint32_t peer;
    enum phase phase;
    struct fl_site_mapping *mapping;
    uint64_t configuration_revision; /* of the mapping */
    struct fl_endpoint_look look;    /* PHASE_LOOK */
    char code[FL_CODE_BYTES_MAX + 1];
    struct fl_site_out *out; /* PHASE_WRITE; NULL: there is nothing to be told */
    struct fl_site_task task;
    struct fl_site_thread *thread;
    struct fl_site_in *in;
    bool read;                             /* all of it, and it is being taken */
    struct fl_site_confirming *confirming; /* PHASE_CONFIRM */
    struct fl_site_round_result result;
};

static enum fl_status make_place(struct fl_site_round *round, struct fl_error *out_error)
{
    char *out = fl_endpoint_own_path(round->node, round->peer, "site");
    char *query = fl_endpoint_own_path(round->node, round->peer, "site/query");
    enum fl_status status =
        fl_endpoint_own_make(round->node, round->peer, "site", out_error);
    if (status == FL_OK && (out == NULL || query == NULL ||
                            strlen(query) >= sizeof round->task.query_path)) {
        status = fl_error_set(
            out_error, FL_LIMIT, "the name of the node's directory is too long");
    }
    if (status == FL_OK) {
        memcpy(round->task.directory, out, strlen(out) + 1);
        memcpy(round->task.query_path, query, strlen(query) + 1);
    }
    fl_free(out);
    fl_free(query);
    return status;
}

static enum fl_status begin_writing(
    struct fl_site_round *round,
    struct fl_error *out_error)
{
    const struct fl_site_out_options options = {
        .directory = round->task.directory, .full = round->task.full};
    round->phase = PHASE_WRITE;
    return fl_site_out_begin(
        round->node, round->mapping, round->peer, &options, &round->result.out,
        &round->out, out_error);
}

/* Everything at first, then what is registered. */
static enum fl_status prepare(
    struct fl_site_round *round,
    bool full,
    struct fl_error *out_error)
{
    struct fl_peer peer;
    struct fl_txn txn;
    fl_txn_begin(&txn, round->node->store, FL_TXN_READ);
    enum fl_status status = fl_peers_get(&txn, round->peer, &peer);
    const bool owes = fl_site_held_is_due(&txn, round->peer, fl_site_now());
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the site is not known here any more");
    }
    memcpy(round->code, peer.code, sizeof peer.code);
    round->task.full = full || peer.confirmed_number == 0;
    round->task.in_3_1 = fl_site_mapping_is_3_1(round->mapping);
    return round->task.full || owes || peer.number_sent > peer.confirmed_number
               ? begin_writing(round, out_error)
               : FL_OK;
}

enum fl_status fl_site_round_start(
    struct fl_node *node,
    uint32_t peer,
    const struct fl_endpoint_settings *settings,
    bool full,
    struct fl_site_round **out_round,
    struct fl_error *out_error)
{
    struct fl_site_round *round = fl_alloc_zeroed(1, sizeof *round);
    if (round == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    round->node = node;
    round->peer = peer;
    round->task.out = &round->result.out;
    memcpy(round->task.access.url, settings->url, sizeof settings->url);
    memcpy(round->task.access.user, settings->user, sizeof settings->user);
    memcpy(
        round->task.access.password_file, settings->password_file,
        sizeof settings->password_file);
    memcpy(round->task.access.ca_file, settings->ca_file, sizeof settings->ca_file);
    round->task.intranet = round->task.access;
    memcpy(round->task.intranet.url, settings->intranet, sizeof settings->intranet);
    round->configuration_revision = node->configuration_revision;
    enum fl_status status = fl_site_mapping_load(
        node->configuration, settings->mapping, &round->mapping, out_error);
    if (status == FL_OK) {
        status = make_place(round, out_error);
    }
    if (status == FL_OK) {
        status = prepare(round, full, out_error);
    }
    if (status != FL_OK) {
        fl_site_round_end(round);
        return status;
    }
    *out_round = round;
    return FL_OK;
}

static void end_thread(struct fl_site_round *round)
{
    fl_site_thread_end(round->thread);
    round->thread = NULL;
    round->task.access.cancel = NULL; /* it was the thread's */
    round->task.intranet.cancel = NULL;
}

static void fail(struct fl_site_round *round, enum fl_status status)
{
    round->result.status = status;
    round->result.error.status = status;
    round->phase = PHASE_DONE;
}

static enum fl_status check_configuration(
    struct fl_site_round *round,
    struct fl_error *out_error)
{
    if (round->configuration_revision == round->node->configuration_revision) {
        return FL_OK;
    }
    round->result.here = true;
    return fl_error_set(
        out_error, FL_BUSY, "the configuration changed meanwhile: once more");
}

/* Orders that 1C could not load are not confirmed, and come again. */
static enum fl_status begin_taking(
    struct fl_site_round *round,
    struct fl_error *out_error)
{
    enum fl_status status = check_configuration(round, out_error);
    if (status == FL_OK) {
        status = fl_site_in_begin(
            round->node, round->mapping, round->peer, &round->in, out_error);
    }
    return status == FL_OK ? fl_site_in_file(round->in, round->task.query_path, out_error)
                           : status;
}

static enum fl_status take_some(
    struct fl_site_round *round,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = check_configuration(round, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (!round->read) {
        return fl_site_in_step(round->in, STEP_ITEMS, &round->read, out_error);
    }
    status = fl_site_in_take(round->in, FL_SHARE_MS, out_done, out_error);
    round->result.in = *fl_site_in_report(round->in);
    return status;
}

/* A share of looking for something that is registered. */
static void look(struct fl_site_round *round)
{
    struct fl_error *error = &round->result.error;
    bool due = false;
    enum fl_status status = fl_endpoint_export_is_due(
        round->node, round->code, FL_SHARE_MS, &round->look, &due, error);
    if (status == FL_BUSY) {
        return;
    }
    round->phase = PHASE_WRITE;
    if (status == FL_OK && due) {
        status = begin_writing(round, error);
    }
    if (status != FL_OK) {
        round->result.here = true;
        fail(round, status);
    }
}

/* A share of it, then the thread. */
static void write_some(struct fl_site_round *round, bool *out_wrote)
{
    struct fl_error *error = &round->result.error;
    bool done = round->out == NULL;
    enum fl_status status =
        done ? FL_OK : fl_site_out_step(round->out, FL_SHARE_MS, &done, error);
    if (status == FL_OK && !done) {
        return;
    }
    *out_wrote = *out_wrote || round->out != NULL;
    fl_site_out_end(round->out);
    round->out = NULL;
    if (status == FL_OK) {
        status = fl_site_thread_start(
            &round->task, FL_SITE_STEP_EXCHANGE, &round->thread, error);
    }
    if (status != FL_OK) {
        round->result.here = true;
        fail(round, status);
        return;
    }
    round->phase = PHASE_EXCHANGE;
}

static void after_exchange(struct fl_site_round *round)
{
    struct fl_error *error = &round->result.error;
    end_thread(round);
    const enum fl_status status = begin_taking(round, error);
    if (status != FL_OK) {
        fail(round, status);
        return;
    }
    round->phase = PHASE_TAKE;
}

static void take(struct fl_site_round *round, bool *out_wrote)
{
    struct fl_error *error = &round->result.error;
    bool done = false;
    enum fl_status status = take_some(round, &done, error);
    if (status == FL_OK && !done) {
        return;
    }
    *out_wrote = true;
    if (status == FL_OK) {
        (void)unlink(round->task.query_path);
        /* As 1C does: what could not be loaded is not confirmed, and comes again. */
        round->task.queried = round->task.queried && round->result.in.refused == 0;
        status = fl_site_thread_start(
            &round->task, FL_SITE_STEP_FINISH, &round->thread, error);
    }
    if (status != FL_OK) {
        fail(round, status);
        return;
    }
    round->phase = PHASE_FINISH;
}

/* Everything of a node that has nothing yet was no first export. */
static bool has_told(const struct fl_site_round *round)
{
    const struct fl_site_out_report *out = &round->result.out;
    return out->message_number > 0 && (out->objects > 0 || !round->task.full);
}

static void after_finish(struct fl_site_round *round)
{
    struct fl_error *error = &round->result.error;
    enum fl_status status = FL_OK;
    end_thread(round);
    if (round->task.said[0] != '\0') {
        char words[FL_SITE_NOTE_BYTES_MAX + 64];
        (void)snprintf(
            words, sizeof words, _("the site says of the orders: %s"), round->task.said);
        fl_site_note(round->result.out.notes, words);
    }
    round->phase = PHASE_DONE;
    if (has_told(round)) {
        status = fl_site_confirm_begin(
            round->node, round->peer, round->result.out.message_number,
            &round->confirming, error);
        round->phase = PHASE_CONFIRM;
    }
    if (status != FL_OK) {
        fail(round, status);
    }
}

static void confirm(struct fl_site_round *round, bool *out_wrote)
{
    bool done = false;
    const enum fl_status status =
        fl_site_confirm_step(round->confirming, FL_SHARE_MS, &done, &round->result.error);
    *out_wrote = true;
    if (status != FL_OK) {
        fail(round, status);
    } else if (done) {
        round->result.sent = true;
        round->phase = PHASE_DONE;
    }
}

const struct fl_site_round_result *fl_site_round_step(
    struct fl_site_round *round,
    bool *out_wrote)
{
    enum fl_status status = FL_OK;
    switch (round->phase) {
    case PHASE_LOOK:
        look(round);
        break;
    case PHASE_WRITE:
        write_some(round, out_wrote);
        break;
    case PHASE_EXCHANGE:
    case PHASE_FINISH:
        if (!fl_site_thread_done(round->thread, &status, &round->result.error)) {
            return NULL;
        }
        if (status != FL_OK) {
            fail(round, status);
        } else if (round->phase == PHASE_EXCHANGE) {
            after_exchange(round);
        } else {
            after_finish(round);
        }
        break;
    case PHASE_CONFIRM:
        confirm(round, out_wrote);
        break;
    case PHASE_TAKE:
        take(round, out_wrote);
        break;
    case PHASE_DONE:
        break;
    }
    return round->phase == PHASE_DONE ? &round->result : NULL;
}

bool fl_site_round_works(const struct fl_site_round *round)
{
    return round->thread == NULL;
}

const char *fl_site_round_at(
    const struct fl_site_round *round,
    uint64_t *out_done,
    uint64_t *out_total)
{
    *out_done = 0;
    *out_total = 0;
    switch (round->phase) {
    case PHASE_LOOK:
        return N_("looking");
    case PHASE_WRITE:
        if (round->out != NULL) {
            return fl_site_out_at(round->out, out_done, out_total);
        }
        break;
    case PHASE_TAKE:
        return N_("taking orders");
    case PHASE_EXCHANGE:
    case PHASE_FINISH:
        return N_("on the line");
    case PHASE_CONFIRM:
        return N_("confirming");
    case PHASE_DONE:
        break;
    }
    return "";
}

void fl_site_round_end(struct fl_site_round *round)
{
    if (round == NULL) {
        return;
    }
    end_thread(round);
    fl_site_link_close(round->task.sale);
    fl_site_out_end(round->out);
    fl_site_confirm_end(round->confirming);
    fl_site_in_free(round->in);
    fl_site_mapping_free(round->mapping);
    fl_free(round);
}
