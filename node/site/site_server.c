#include "site/site_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "language.h"
#include "log.h"
#include "proto/signing.h"
#include "share.h"
#include "site/site_answer.h"
#include "site/site_query.h"
#include "site/site_upload.h"

enum {
    FILE_LIMIT = 1 << 20, /* what 1C is told: pieces of so many bytes */
    STEP_ITEMS = 200,     /* of an import, in one turn of the loop */
    ANSWER_MS = 3000,     /* behind so long an import answers progress */
};

struct fl_site_server *fl_site_server_new(struct fl_node *node)
{
    struct fl_site_server *server = fl_alloc_zeroed(1, sizeof *server);
    if (server != NULL) {
        server->node = node;
        fl_random(server->key, sizeof server->key);
    }
    return server;
}

void fl_site_server_free(struct fl_site_server *server)
{
    for (size_t i = 0; server != NULL && i < FL_SITE_SESSIONS_MAX; i++) {
        fl_site_session_end(&server->sessions[i]);
    }
    fl_free(server);
}

/* --- checkauth, init --- */

static void checkauth(
    struct fl_site_server *server,
    struct fl_http_request *request,
    const char *user,
    uint32_t peer,
    const char *type)
{
    struct fl_site_session *session =
        fl_site_session_begin(server, user, peer, request->http->now_ms);
    char text[256];
    if (session == NULL) {
        fl_site_fail_with(
            request, FL_BUSY, N_("too many exchanges at once: try again later"));
        return;
    }
    int size =
        snprintf(text, sizeof text, "success\n%s\n%s", FL_SITE_COOKIE, session->id);
    if (strstr(request->uri.path, "1c_intranet") == NULL) {
        size += snprintf(
            text + size, sizeof text - (size_t)size, "\nsessid=%s", session->sessid);
    }
    if (strcmp(type, "catalog") == 0) {
        snprintf(
            text + size, sizeof text - (size_t)size, "\ntimestamp=%" PRId64,
            fl_node_now_ms() / 1000);
    }
    char cookie[FL_HTTP_HEADER_BYTES];
    snprintf(
        cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
        FL_SITE_COOKIE, session->id, request->http->is_secure ? "; Secure" : "");
    fl_site_answer(request, text);
    fl_http_reply_header(request, "Set-Cookie", cookie);
}

static void init(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session,
    const struct fl_endpoint_settings *settings)
{
    const char *version = fl_http_uri_argument(&request->uri, "version");
    char text[256];
    fl_site_session_stop(session);
    fl_site_upload_clear(server, session);
    session->holds = false;
    session->bytes = 0;
    session->last[0] = '\0';
    session->unpacked = false;
    session->imported[0] = '\0';
    session->asks_import = version != NULL;
    session->takes_all = false;
    snprintf(
        text, sizeof text, "zip=%s\nfile_limit=%d", settings->zip ? "yes" : "no",
        FILE_LIMIT);
    const size_t size = strlen(text);
    if (version != NULL) {
        snprintf(
            text + size, sizeof text - size, "\nsessid=%s\nversion=2.09",
            session->sessid);
    }
    fl_site_answer(request, text);
}

/* --- importing --- */

struct importing {
    struct fl_site_server *server;
    struct fl_site_session *session;
    uint64_t begin_ms;
};

static enum fl_status load_mapping(
    struct fl_site_server *server,
    struct fl_site_session *session,
    struct fl_error *out_error)
{
    struct fl_endpoint_settings settings;
    struct fl_txn txn;
    if (session->mapping != NULL &&
        session->configuration_revision == server->node->configuration_revision) {
        return FL_OK;
    }
    fl_site_session_stop(session);
    fl_site_mapping_free(session->mapping);
    session->mapping = NULL;
    fl_txn_begin(&txn, server->node->store, FL_TXN_READ);
    enum fl_status status = fl_endpoint_settings_get(&txn, session->peer, &settings);
    fl_txn_abort(&txn);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the exchange was ended here");
    }
    session->configuration_revision = server->node->configuration_revision;
    return fl_site_mapping_load(
        server->node->configuration, settings.mapping, &session->mapping, out_error);
}

static enum fl_status open_import(
    struct fl_site_server *server,
    struct fl_site_session *session,
    const char *name,
    struct fl_error *out_error)
{
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    enum fl_status status = load_mapping(server, session, out_error);
    if (status == FL_OK) {
        status = fl_site_upload_unpack(server->node, session, out_error);
    }
    if (status != FL_OK || session->in != NULL) {
        return status;
    }
    char first[FL_SITE_PATH_BYTES];
    if (session->takes_all) {
        if (!fl_site_upload_next(server->node, session, first)) {
            return fl_error_set(
                out_error, FL_NOT_FOUND, "there is no .xml in the archive %s", name);
        }
        name = first;
    }
    if (!fl_site_upload_path(server->node, session, name, path) ||
        access(path, R_OK) != 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s did not come in this session: mode=file sends it first", name);
    }
    status = fl_site_in_begin(
        server->node, session->mapping, session->peer, &session->in, out_error);
    char folder[FL_SITE_UPLOAD_PATH_BYTES];
    if (status == FL_OK && fl_site_upload_path(server->node, session, "", folder)) {
        status = fl_site_in_pictures(session->in, folder, out_error);
    }
    if (status == FL_OK) {
        status = fl_site_in_file(session->in, path, out_error);
    }
    if (status == FL_OK) {
        snprintf(session->importing, sizeof session->importing, "%s", name);
        session->in_ended = false;
    }
    return status;
}

static void answer_taken(
    struct fl_http_request *request,
    const struct fl_site_in_report *report)
{
    char text[FL_SITE_NOTES_BYTES + 512];
    if (report->refused == 0) {
        fl_site_answer(request, "success");
        return;
    }
    snprintf(
        text, sizeof text, _("success\nnot taken: %llu of %llu\n%s"),
        (unsigned long long)report->refused, (unsigned long long)report->items,
        report->notes);
    fl_site_answer(request, text);
}

static void keep_state(
    struct fl_site_server *server,
    const struct fl_site_session *session,
    const struct fl_site_in_report *report)
{
    struct fl_endpoint_state state;
    struct fl_txn txn;
    fl_txn_begin(&txn, server->node->store, FL_TXN_KEEP);
    fl_endpoint_state_get(&txn, session->peer, &state);
    state.condition = FL_ENDPOINT_OK;
    state.in_ms = fl_node_now_ms();
    state.in_objects = report->items;
    state.in_applied = report->applied;
    state.in_collisions = report->collisions;
    state.in_quarantined = report->quarantined;
    memset(state.notes, 0, sizeof state.notes);
    fl_endpoint_state_note(&state, fl_bytes_of_text(report->notes));
    fl_endpoint_state_put(&txn, session->peer, &state);
    fl_site_keep(&txn);
}

/* One file is read; of an archive of orders each is, and then they are taken together. */
static enum fl_status open_next(
    struct fl_site_server *server,
    struct fl_site_session *session,
    struct fl_error *out_error)
{
    char name[FL_SITE_PATH_BYTES];
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    fl_site_upload_taken(server->node, session, session->importing);
    if (!fl_site_upload_next(server->node, session, name) ||
        !fl_site_upload_path(server->node, session, name, path)) {
        return FL_OK;
    }
    memcpy(session->importing, name, sizeof name);
    session->in_ended = false;
    return fl_site_in_file(session->in, path, out_error);
}

/* A turn of the loop: some items, or some of what they make. */
static enum fl_status work_on(
    struct fl_site_server *server,
    struct fl_site_session *session,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = load_mapping(server, session, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (session->in == NULL) {
        return fl_error_set(
            out_error, FL_BUSY,
            "the import was broken off, by a new init or a new configuration: import the "
            "file again");
    }
    if (session->in_ended) {
        return fl_site_in_take(session->in, FL_SHARE_MS, out_done, out_error);
    }
    status = fl_site_in_step(session->in, STEP_ITEMS, &session->in_ended, out_error);
    return status == FL_OK && session->in_ended && session->takes_all
               ? open_next(server, session, out_error)
               : status;
}

static void answer_progress(
    struct fl_http_request *request,
    struct fl_site_session *session)
{
    char text[128];
    snprintf(
        text, sizeof text, _("progress\nread: %llu"),
        (unsigned long long)fl_site_in_report(session->in)->items);
    session->busy = false;
    fl_site_answer(request, text);
}

static void end_import(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session)
{
    const struct fl_site_in_report *report = fl_site_in_report(session->in);
    server->node->revision++;
    keep_state(server, session, report);
    fl_log(
        FL_LOG_INFO, FL_LOG_EVENT_ENDPOINT_APPLIED,
        "peer=%u file=%s items=%" PRIu64 " applied=%" PRIu64 " refused=%" PRIu64,
        session->peer, fl_log_value(session->importing).text, report->items,
        report->applied, report->refused);
    fl_site_upload_taken(server->node, session, session->importing);
    answer_taken(request, report);
}

static void import_step(struct fl_http_request *request, uint64_t now_ms)
{
    struct importing *importing = request->state;
    struct fl_site_server *server = importing->server;
    struct fl_site_session *session = importing->session;
    struct fl_error error = {.text = ""};
    bool done = false;
    enum fl_status status = work_on(server, session, &done, &error);
    request->http->has_more = true;
    request->http->wrote = request->http->wrote || session->in_ended;
    if (status == FL_OK && !done) {
        if (now_ms >= importing->begin_ms + ANSWER_MS) {
            answer_progress(request, session);
        }
        return;
    }
    session->busy = false;
    session->seen_ms = now_ms;
    if (status == FL_OK) {
        end_import(server, request, session);
    } else {
        fl_site_fail(request, &error);
    }
    session->holds = false;
    fl_site_session_stop(session);
}

static void forget_import(void *state)
{
    struct importing *importing = state;
    importing->session->busy = false;
    fl_free(importing);
}

static void start_import(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session,
    const char *name)
{
    struct fl_error error = {.text = ""};
    if (session->in != NULL && strcmp(session->importing, name) != 0) {
        fl_site_session_stop(session); /* the client thought better of it */
    }
    enum fl_status status = open_import(server, session, name, &error);
    struct importing *importing =
        status == FL_OK ? fl_alloc_zeroed(1, sizeof *importing) : NULL;
    if (status == FL_OK && importing == NULL) {
        status = fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
    }
    if (status != FL_OK) {
        fl_site_session_stop(session);
        fl_site_fail(request, &error);
        return;
    }
    *importing = (struct importing){
        .server = server, .session = session, .begin_ms = request->http->now_ms};
    session->busy = true;
    fl_http_wait(request, import_step, importing, forget_import);
    request->http->has_more = true;
}

/* --- file --- */

static void take_file(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session,
    const char *type)
{
    const char *given = fl_http_uri_argument(&request->uri, "filename");
    char name[FL_SITE_PATH_BYTES];
    struct fl_error error = {.text = ""};
    if (given == NULL || !fl_site_name_take(given, name)) {
        fl_site_fail_with(
            request, FL_REFUSED,
            N_("filename must be a name, with folders perhaps, and lead nowhere else"));
        return;
    }
    if (!fl_site_answer_hold(server, request, session)) {
        return;
    }
    if (fl_site_upload_append(
            server->node, session, name, fl_buffer_view(&request->body), &error) !=
        FL_OK) {
        fl_site_fail(request, &error);
        return;
    }
    const bool by_itself = strcmp(type, "sale") == 0 && !session->asks_import &&
                           fl_site_upload_is_whole(server->node, session);
    session->takes_all = by_itself && fl_site_upload_is_zip(name);
    if (by_itself) {
        start_import(server, request, session, name);
    } else {
        fl_site_answer(request, "success");
    }
}

static void import(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session)
{
    const char *given = fl_http_uri_argument(&request->uri, "filename");
    char name[FL_SITE_PATH_BYTES];
    if (given == NULL || !fl_site_name_take(given, name)) {
        fl_site_fail_with(request, FL_REFUSED, N_("which file is to be imported?"));
        return;
    }
    if (strcmp(name, session->imported) == 0 && session->in == NULL) {
        fl_site_answer(request, "success"); /* the answer was lost on the way */
        return;
    }
    if (session->busy) {
        fl_site_answer(request, "progress");
        return;
    }
    if (fl_site_answer_hold(server, request, session)) {
        session->takes_all = false;
        start_import(server, request, session, name);
    }
}

/* --- other modes --- */

/* The first letter of Cтатусы is Latin, as 1C asks for it. */
static void info(struct fl_http_request *request)
{
    static const char TEXT[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Справочник><Cтатусы>"
        "<Элемент><Ид>N</Ид><Название>Принят</Название></Элемент>"
        "<Элемент><Ид>F</Ид><Название>Выполнен</Название></Элемент></Cтатусы>"
        "<ПлатежныеСистемы/><СлужбыДоставки/></Справочник>";
    fl_http_reply_copy(
        request, 200, "application/xml; charset=utf-8",
        (struct fl_bytes){(const uint8_t *)TEXT, sizeof TEXT - 1});
}

static void serve_session(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session,
    const struct fl_endpoint_settings *settings,
    const char *type,
    const char *mode)
{
    if (strcmp(mode, "init") == 0) {
        init(server, request, session, settings);
    } else if (strcmp(mode, "file") == 0) {
        take_file(server, request, session, type);
    } else if (strcmp(mode, "import") == 0) {
        import(server, request, session);
    } else if (strcmp(mode, "query") == 0) {
        fl_site_serve_query(server, request, session);
    } else if (strcmp(mode, "success") == 0) {
        fl_site_serve_success(server, request, session);
    } else if (strcmp(mode, "complete") == 0 || strcmp(mode, "deactivate") == 0) {
        fl_site_answer(request, "success");
    } else if (strcmp(mode, "info") == 0) {
        info(request);
    } else {
        fl_site_fail_with(request, FL_UNSUPPORTED, N_("this mode is not known here"));
    }
}

void fl_site_serve(struct fl_http_request *request)
{
    struct fl_site_server *server = request->http->site;
    const char *mode = fl_http_uri_argument(&request->uri, "mode");
    const char *type = fl_http_uri_argument(&request->uri, "type");
    char user[FL_SITE_USER_BYTES];
    struct fl_endpoint_settings settings;
    struct fl_error error = {.text = ""};
    uint32_t peer = 0;
    if (mode == NULL) {
        fl_site_answer(request, "");
        return;
    }
    if (fl_site_session_user(server, request, user, &peer, &settings, &error) != FL_OK) {
        fl_site_fail(request, &error);
        return;
    }
    type = type == NULL ? "catalog" : type;
    if (strcmp(mode, "checkauth") == 0) {
        checkauth(server, request, user, peer, type);
        return;
    }
    struct fl_site_session *session =
        fl_site_session_find(server, request, user, request->http->now_ms);
    if (session == NULL) {
        fl_site_fail_with(
            request, FL_UNTRUSTED,
            N_("the session is not known or over: begin with mode=checkauth, and send "
               "its "
               "cookie (and sessid) with every request"));
        return;
    }
    serve_session(server, request, session, &settings, type, mode);
}
