#include "site/site_answer.h"

#include <stdio.h>

#include "change/change.h"
#include "language.h"
#include "log.h"

void fl_site_answer(struct fl_http_request *request, const char *text)
{
    fl_http_reply_copy(request, 200, "text/plain; charset=utf-8", fl_bytes_of_text(text));
}

void fl_site_fail(struct fl_http_request *request, const struct fl_error *error)
{
    char text[FL_ERROR_TEXT_BYTES_MAX + 16];
    snprintf(text, sizeof text, "failure\n%s", error->text);
    fl_site_answer(request, text);
}

void fl_site_fail_with(
    struct fl_http_request *request,
    enum fl_status status,
    const char *words)
{
    struct fl_error error;
    (void)fl_error_set(&error, status, "%s", fl_error_words(words));
    fl_site_fail(request, &error);
}

void fl_site_keep(struct fl_txn *txn)
{
    struct fl_error error;
    if (fl_change_commit(txn, &error) != FL_OK) {
        fl_log(
            FL_LOG_WARN, FL_LOG_EVENT_STORE_FAILED, "error=%s",
            fl_log_value(error.text).text);
    }
}

bool fl_site_answer_hold(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session)
{
    const bool held = fl_site_session_hold(server, session, request->http->now_ms);
    if (!held) {
        fl_site_fail_with(
            request, FL_BUSY,
            N_("another exchange of the same base is under way: try again later"));
    }
    return held;
}
