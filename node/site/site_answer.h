/*
 * Answers to 1C, and what its requests share.
 */

#ifndef NODE_SITE_ANSWER_H
#define NODE_SITE_ANSWER_H

#include "site/site_session.h"

/* Exactly these bytes: nothing before the first word, no line break behind the last. */
void fl_site_answer(struct fl_http_request *request, const char *text);

/* "failure", and why in the next line; `words` as in N_(). */
void fl_site_fail(struct fl_http_request *request, const struct fl_error *error);
void fl_site_fail_with(
    struct fl_http_request *request,
    enum fl_status status,
    const char *words);

/* As fl_site_session_hold(); false: it is answered. */
bool fl_site_answer_hold(
    struct fl_site_server *server,
    struct fl_http_request *request,
    struct fl_site_session *session);

/* What is only noted: when it cannot be, the log says so and the exchange goes on. */
void fl_site_keep(struct fl_txn *txn);

#endif
