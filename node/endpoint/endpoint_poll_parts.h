/*
 * What endpoint_poll.c, which leads an endpoint through a round, and
 * endpoint_poll_write.c, which writes and publishes what is due, share.
 */

#ifndef NODE_ENDPOINT_POLL_PARTS_H
#define NODE_ENDPOINT_POLL_PARTS_H

#include "endpoint_poll.h"

/* --- endpoint_poll.c --- */

/* Into the store, when it is another than the one there. */
void fl_poll_keep_state(struct fl_endpoint_poll *poll);
bool fl_poll_read_peer(const struct fl_endpoint_poll *poll, struct fl_peer *out_peer);
void fl_poll_set_condition(
    struct fl_endpoint_poll *poll,
    enum fl_endpoint_condition condition,
    const char *reason,
    const char *words);
void fl_poll_set_trouble(
    struct fl_endpoint_poll *poll,
    const char *reason,
    const struct fl_error *error);
/* False, for whoever steps: nothing more to do until the next one is due. */
bool fl_poll_end_round(struct fl_endpoint_poll *poll, uint64_t now_ms);
/* What ours is called there, as an archive or plain. */
void fl_poll_own_name(
    const struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    bool zip,
    char out_name[FL_ENDPOINT_NAME_BYTES]);
enum fl_status fl_poll_start_job(
    struct fl_endpoint_poll *poll,
    const struct fl_peer *peer,
    enum fl_job_kind kind,
    struct fl_error *out_error);
/* Complaints go to the notes of the state, unless those of what was taken stand there. */
void fl_poll_init_output(struct fl_endpoint_poll *poll, struct fl_output *output);
void fl_poll_archive(
    struct fl_endpoint_poll *poll,
    const char *path,
    bool move,
    const char *kind,
    const char *name);

/* --- endpoint_poll_write.c; as fl_endpoint_poll_step() --- */

/* What is due is looked for; then FL_POLL_WRITING, FL_POLL_PUBLISHING or the end. */
bool fl_poll_send(struct fl_endpoint_poll *poll, uint64_t now_ms);
bool fl_poll_step_writing(struct fl_endpoint_poll *poll, uint64_t now_ms);
bool fl_poll_end_publishing(struct fl_endpoint_poll *poll, uint64_t now_ms);

#endif
