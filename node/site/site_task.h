/*
 * What an exchange does on the line, in a thread.
 */

#ifndef NODE_SITE_TASK_H
#define NODE_SITE_TASK_H

#include "site/site_link.h"
#include "site/site_out.h"

enum fl_site_step {
    FL_SITE_STEP_EXCHANGE = 1, /* send catalogues and the company, ask for orders */
    FL_SITE_STEP_FINISH,       /* confirm the orders, send ours */
};

struct fl_site_task {
    struct fl_site_access access;
    struct fl_site_access intranet; /* `url` "": there is none */
    char directory[4096];           /* of our files */
    char query_path[4096];          /* where orders go */
    const struct fl_site_out_report *out;
    bool full;
    bool in_3_1; /* Bitrix loads orders of it by mode=import, once init had a version */
    struct fl_site_link *sale;         /* the session of query, until success */
    bool queried;                      /* there is something at `query_path` */
    char said[FL_SITE_NOTE_BYTES_MAX]; /* of our orders, by a site that took them */
};

struct fl_site_thread;

/* `task` is the thread's until it is done. */
enum fl_status fl_site_thread_start(
    struct fl_site_task *task,
    enum fl_site_step step,
    struct fl_site_thread **out_thread,
    struct fl_error *out_error);
/* True: it is done, and `*out_error` has what it failed with. */
bool fl_site_thread_done(
    const struct fl_site_thread *thread,
    enum fl_status *out_status,
    struct fl_error *out_error);
/* Breaks off and waits; takes NULL. */
void fl_site_thread_end(struct fl_site_thread *thread);

#endif
