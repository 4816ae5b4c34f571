/*
 * One endpoint at work: look and fetch (a thread), apply, write what is due, publish (a
 * thread). All else than the two threads happens in the loop, a share a turn.
 */

#ifndef NODE_ENDPOINT_POLL_H
#define NODE_ENDPOINT_POLL_H

#include "endpoint_settings.h"
#include "place/endpoint_job.h"

enum fl_poll_phase {
    FL_POLL_IDLE,
    FL_POLL_FETCHING,
    FL_POLL_APPLYING, /* a share each step */
    FL_POLL_WRITING,  /* the same; what is due is found first */
    FL_POLL_PUBLISHING,
    FL_POLL_SITE,
};

struct fl_site_round;

struct fl_endpoint_poll {
    struct fl_node *node;
    uint32_t peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct fl_endpoint_state kept; /* as it is in the store, byte for byte */
    enum fl_poll_phase phase;
    struct fl_job *job;
    struct fl_site_round *site;        /* FL_POLL_SITE */
    struct fl_endpoint_import *import; /* FL_POLL_APPLYING */
    struct fl_place_file import_file;  /* what it was called there, */
    bool has_ours;                     /* and whether our package stood beside it */
    struct fl_endpoint_export *export; /* FL_POLL_WRITING; NULL: is there anything? */
    struct fl_endpoint_look look;      /* for something to send */
    bool has_notes;    /* of what was taken: there is no room for the export's */
    uint64_t due_ms;   /* monotonic */
    int64_t looked_ms; /* Unix time of the last look; 0: not since the start */
    int64_t round_ms;  /* the same of the last round that did not fail */
    struct fl_place_file waiting; /* was not whole: wait until it is another one */
    int64_t judged_ms;            /* Unix time when `state.judged` was, since the start */
    bool rechecked;
    bool full;         /* everything, to a site: not only news */
    bool force;        /* what was refused is read again */
    bool again;        /* another round, by force, behind this one */
    bool failed;       /* in this round already */
    uint64_t rounds;   /* that ended */
    uint64_t turns;    /* of the loop in which it was served */
    uint64_t vanished; /* looks in which what we published was not there */
};

/* False: nothing more to do until `due_ms`. `*out_wrote`: the store was changed. */
bool fl_endpoint_poll_step(
    struct fl_endpoint_poll *poll,
    uint64_t now_ms,
    bool *out_wrote);
/* Has the loop work to do for it, rather than a thread? */
bool fl_endpoint_poll_works(const struct fl_endpoint_poll *poll);
/* What it is at, to be translated ("": nothing), and how much of it is done; a total of 0
   is not known. */
const char *fl_endpoint_poll_at(
    const struct fl_endpoint_poll *poll,
    uint64_t *out_done,
    uint64_t *out_total);
/* Begin a round now. */
void fl_endpoint_poll_now(struct fl_endpoint_poll *poll, uint64_t now_ms, bool force);
/* Asked for by a person, whatever windows say: answered when `rounds` has come to what
   this returns, by a round that began no earlier. */
uint64_t fl_endpoint_poll_ask(struct fl_endpoint_poll *poll);
/* Breaks off a transfer. */
void fl_endpoint_poll_end(struct fl_endpoint_poll *poll);

#endif
