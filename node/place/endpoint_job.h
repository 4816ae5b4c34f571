/*
 * One thing to do at a place, in a thread: look and fetch what is new, or publish.
 */

#ifndef NODE_ENDPOINT_JOB_H
#define NODE_ENDPOINT_JOB_H

#include "endpoint_place.h"

enum fl_job_kind { FL_JOB_FETCH, FL_JOB_PUBLISH };

struct fl_job_wanted {
    enum fl_job_kind kind;
    struct fl_place place;          /* its `cancel` is the job's */
    char path[4096];                /* where a copy goes, or what is published */
    char name[FL_PLACE_NAME_BYTES]; /* ours at the place */
    /* fetch */
    char mask[FL_PLACE_NAME_BYTES];
    struct fl_place_file known; /* not fetched again; "" fetches anything */
    /* publish */
    char replaces[FL_PLACE_NAME_BYTES]; /* removed afterwards; "" nothing */
};

struct fl_job_result {
    enum fl_status status; /* FL_NOT_FOUND: nothing is there; FL_BUSY: it changes */
    struct fl_error error;
    struct fl_place_file file;
    bool is_known; /* it is the known one: nothing was fetched */
    bool has_ours;
};

struct fl_job;

enum fl_status fl_job_start(
    const struct fl_job_wanted *wanted,
    struct fl_job **out_job,
    struct fl_error *out_error);
/* NULL while it works; else its result, until fl_job_end(). */
const struct fl_job_result *fl_job_result(const struct fl_job *job);
/* Breaks off what still works and waits for it. Takes NULL. */
void fl_job_end(struct fl_job *job);

#endif
