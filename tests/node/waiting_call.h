/*
 * A command that a daemon goes on with each turn of its loop, between which a test does
 * what others do. No daemon is there: what it works on is a node by itself.
 */

#ifndef TESTS_NODE_WAITING_CALL_H
#define TESTS_NODE_WAITING_CALL_H

#include "fixture.h"

enum { WAITING_CALL_WORDS_MAX = 16 };

struct waiting_call {
    struct fixture *fixture;
    struct fl_node *node;
    struct fl_call *call;
    struct fl_output output;
};

static inline void waiting_call_in_daemon(struct waiting_call *waiting, bool is_in)
{
    waiting->node->daemon = is_in ? (struct fl_daemon *)waiting : NULL;
}

/* Understood, and no step of it done; `words` end with NULL. */
static inline void waiting_call_begin(
    struct waiting_call *waiting,
    struct fixture *fixture,
    struct fl_node *node,
    const char *const *words)
{
    struct fl_error error;
    bool json = false;
    bool help = false;
    size_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    *waiting = (struct waiting_call){
        .fixture = fixture,
        .node = node,
        .call = fl_alloc_zeroed(1, sizeof *waiting->call)};
    assert_non_null(waiting->call);
    fixture->out_size = fixture->complaint_size = 0;
    fixture->out[0] = fixture->complaint[0] = '\0';
    assert_int_equal(
        fl_command_parse(count, words, waiting->call, &json, &help, &error), FL_OK);
    fl_output_init(&waiting->output, json, /* terminal= */ false, fixture_take, fixture);
    waiting->call->output = &waiting->output;
    waiting->call->node = node;
    waiting->call->node_directory = node->directory;
    waiting->call->working_directory = fixture->directory;
    waiting_call_in_daemon(waiting, true);
    assert_int_equal(fl_command_run_call(waiting->call), -1);
    waiting_call_in_daemon(waiting, false);
}

/* One share. True: it is at its end, and `*out_status` says how. */
static inline bool waiting_call_step(
    struct waiting_call *waiting,
    enum fl_status *out_status,
    struct fl_error *out_error)
{
    bool done = false;
    waiting_call_in_daemon(waiting, true);
    *out_status = fl_command_go_on(waiting->call, /* now_ms= */ 0, &done, out_error);
    waiting_call_in_daemon(waiting, false);
    return done || *out_status != FL_OK;
}

/* To its end, whatever is left; gives the exit status. */
static inline int waiting_call_end(struct waiting_call *waiting)
{
    struct fl_error error = {.text = ""};
    enum fl_status status;
    while (!waiting_call_step(waiting, &status, &error)) {
    }
    const int exit_status = fl_command_end(waiting->call, status, &error);
    fl_output_deinit(&waiting->output);
    fl_call_free(waiting->call);
    return exit_status;
}

#endif
