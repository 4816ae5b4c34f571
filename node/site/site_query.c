/*
 * Orders for 1C: what `query` shows of this node, and what `success` confirms of it.
 */

#include "site/site_query.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "language.h"
#include "share.h"
#include "site/site_answer.h"
#include "site/site_out.h"
#include "site/site_upload.h"

enum { ANSWER_BYTES_MAX = 256 << 20 };

static void fail_at_work(struct fl_http_request *request)
{
    fl_site_fail_with(
        request, FL_BUSY,
        N_("the session is at work for another request: ask again when it is over"));
}

static enum fl_status read_answer(
    const struct fl_site_server *server,
    const struct fl_site_session *session,
    const char *name,
    struct fl_buffer *out_text,
    struct fl_error *out_error)
{
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    if (!fl_site_upload_path(server->node, session, name, path)) {
        return fl_error_set(out_error, FL_LIMIT, "the name is too long");
    }
    const enum fl_status status =
        fl_file_read(path, ANSWER_BYTES_MAX, out_text, out_error);
    (void)unlink(path);
    return status;
}

static void answer_nothing(struct fl_http_request *request)
{
    char text[256];
    char date[FL_DATETIME_TEXT_BYTES + 1] = "2000-01-01T00:00:00";
    const time_t now = (time_t)(fl_node_now_ms() / 1000);
    struct tm parts;
    if (localtime_r(&now, &parts) != NULL) {
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    }
    snprintf(
        text, sizeof text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<КоммерческаяИнформация "
        "ВерсияСхемы=\"2.07\" ДатаФормирования=\"%s\"/>",
        date);
    fl_http_reply_copy(
        request, 200, "application/xml; charset=utf-8", fl_bytes_of_text(text));
}

static void note_held(
    struct fl_site_server *server,
    const struct fl_site_session *session,
    const struct fl_site_out_report *report)
{
    struct fl_endpoint_state state;
    struct fl_txn txn;
    fl_txn_begin(&txn, server->node->store, FL_TXN_KEEP);
    fl_endpoint_state_get(&txn, session->peer, &state);
    memset(state.notes, 0, sizeof state.notes);
    fl_endpoint_state_note(&state, fl_bytes_of_text(report->notes));
    state.condition = FL_ENDPOINT_OK;
    state.out_number = report->message_number;
    state.out_ms = fl_node_now_ms();
    state.out_objects = report->orders;
    state.out_bytes = report->bytes;
    fl_endpoint_state_put(&txn, session->peer, &state);
    fl_site_keep(&txn);
}

struct asking {
    struct fl_site_server *server;
    struct fl_site_session *session;
    struct fl_site_mapping *mapping; /* its own: the session may read another meanwhile */
    struct fl_site_out *out;
    struct fl_site_out_report report;
    char directory[FL_SITE_UPLOAD_PATH_BYTES];
};

static void forget_query(void *state)
{
    struct asking *asking = state;
    asking->session->busy = false;
    fl_site_out_end(asking->out);
    fl_site_mapping_free(asking->mapping);
    fl_free(asking);
}

static void answer_query(struct fl_http_request *request, struct asking *asking)
{
    struct fl_site_server *server = asking->server;
    struct fl_site_session *session = asking->session;
    const struct fl_site_out_report *report = &asking->report;
    struct fl_error error = {.text = ""};
    struct fl_buffer text = {0};
    enum fl_status status = FL_OK;
    note_held(server, session, report);
    if (report->file_count > 0) {
        status = read_answer(server, session, report->files[0].name, &text, &error);
    }
    if (status != FL_OK) {
        fl_buffer_deinit(&text);
        fl_site_fail(request, &error);
        return;
    }
    session->queried = report->message_number;
    session->confirmed = false;
    if (report->file_count == 0) {
        answer_nothing(request);
    } else { /* not copied: it may be large */
        fl_http_reply_take(
            request, 200, "application/xml; charset=utf-8", (char *)text.data, text.size,
            fl_free);
    }
}

/* A share of it in one turn of the loop. */
static void query_step(struct fl_http_request *request, uint64_t now_ms)
{
    struct asking *asking = request->state;
    struct fl_error error = {.text = ""};
    bool done = false;
    const enum fl_status status =
        fl_site_out_step(asking->out, FL_SHARE_MS, &done, &error);
    request->http->has_more = true;
    if (status == FL_OK && !done) {
        return;
    }
    request->http->wrote = true;
    asking->session->busy = false;
    asking->session->seen_ms = now_ms;
    if (status == FL_OK) {
        answer_query(request, asking);
    } else {
        fl_site_fail(request, &error);
    }
}

static enum fl_status begin_query(struct asking *asking, struct fl_error *out_error)
{
    struct fl_site_server *server = asking->server;
    struct fl_endpoint_settings settings;
    struct fl_txn txn;
    if (!fl_site_upload_path(
            server->node, asking->session, "query.xml", asking->directory)) {
        return fl_error_set(out_error, FL_LIMIT, "the name is too long");
    }
    fl_site_upload_folders(server->node, asking->directory);
    *strrchr(asking->directory, '/') = '\0';
    fl_txn_begin(&txn, server->node->store, FL_TXN_READ);
    enum fl_status status =
        fl_endpoint_settings_get(&txn, asking->session->peer, &settings);
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the exchange was ended here");
    }
    const struct fl_site_out_options options = {
        .directory = asking->directory, .to_1c = true};
    status = fl_site_mapping_load(
        server->node->configuration, settings.mapping, &asking->mapping, out_error);
    return status == FL_OK ? fl_site_out_begin(
                                 server->node, asking->mapping, asking->session->peer,
                                 &options, &asking->report, &asking->out, out_error)
                           : status;
}

void fl_site_serve_query(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session)
{
    struct fl_error error = {.text = ""};
    if (session->busy) {
        fail_at_work(request);
        return;
    }
    struct asking *asking = fl_alloc_zeroed(1, sizeof *asking);
    if (asking == NULL) {
        fl_site_fail_with(request, FL_NO_MEMORY, N_("not enough memory"));
        return;
    }
    *asking = (struct asking){.server = server, .session = session};
    if (begin_query(asking, &error) != FL_OK) {
        forget_query(asking);
        fl_site_fail(request, &error);
        return;
    }
    session->busy = true;
    fl_http_wait(request, query_step, asking, forget_query);
    request->http->has_more = true;
}

struct confirming {
    struct fl_site_session *session;
    struct fl_site_server *server;
    struct fl_site_confirming *work;
};

static void forget_success(void *state)
{
    struct confirming *confirming = state;
    confirming->session->busy = false;
    confirming->session->holds = false;
    fl_site_confirm_end(confirming->work);
    fl_free(confirming);
}

static void success_step(struct fl_http_request *request, uint64_t now_ms)
{
    struct confirming *confirming = request->state;
    struct fl_site_session *session = confirming->session;
    struct fl_error error = {.text = ""};
    bool done = false;
    const enum fl_status status =
        fl_site_confirm_step(confirming->work, FL_SHARE_MS, &done, &error);
    request->http->has_more = true;
    request->http->wrote = true;
    if (status == FL_OK && !done) {
        return;
    }
    session->busy = false;
    session->holds = false;
    session->seen_ms = now_ms;
    if (status != FL_OK) {
        fl_site_fail(request, &error);
        return;
    }
    confirming->server->node->revision++;
    session->queried = 0;
    session->confirmed = true;
    fl_site_answer(request, "success");
}

void fl_site_serve_success(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session)
{
    struct fl_error error = {.text = ""};
    if (session->busy) {
        fail_at_work(request);
        return;
    }
    if (session->confirmed) {
        fl_site_answer(request, "success"); /* the answer was lost on the way */
        return;
    }
    if (session->queried == 0) {
        fl_site_fail_with(
            request, FL_REFUSED,
            N_("there was no query in this session to be confirmed"));
        return;
    }
    if (!fl_site_answer_hold(server, request, session)) {
        return;
    }
    fl_site_session_stop(session); /* it would count as news of an older number */
    struct confirming *confirming = fl_alloc_zeroed(1, sizeof *confirming);
    enum fl_status status = confirming == NULL
                                ? fl_error_set(&error, FL_NO_MEMORY, "not enough memory")
                                : fl_site_confirm_begin(
                                      server->node, session->peer, session->queried,
                                      &confirming->work, &error);
    if (status != FL_OK) {
        fl_free(confirming);
        session->holds = false;
        fl_site_fail(request, &error);
        return;
    }
    confirming->session = session;
    confirming->server = server;
    session->busy = true;
    fl_http_wait(request, success_step, confirming, forget_success);
    request->http->has_more = true;
}
