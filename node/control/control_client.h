/*
 * Talking to a running filiald: for `filial`, for programs that write objects, and for
 * the benchmark. Blocking; one client is used by one thread.
 */

#ifndef NODE_CONTROL_CLIENT_H
#define NODE_CONTROL_CLIENT_H

#include "proto/bytes.h"

struct fl_client;

/* FL_NOT_FOUND: no daemon runs on this node directory. */
enum fl_status fl_client_open(
    const char *node_directory,
    struct fl_client **out_client,
    struct fl_error *out_error);
void fl_client_close(struct fl_client *client);

/*
 * Write one object durably: `json` is a line of `filial batch`,
 * {"put":"Catalog.Валюты","set":{"Code":"643"}}. Returns after the commit.
 */
enum fl_status fl_client_put(
    struct fl_client *client,
    struct fl_bytes json,
    struct fl_error *out_error);

/* The same in two halves, to have several on their way: answers come in order. */
enum fl_status fl_client_send(
    struct fl_client *client,
    struct fl_bytes json,
    struct fl_error *out_error);
enum fl_status fl_client_receive(struct fl_client *client, struct fl_error *out_error);

enum {
    FL_CLIENT_JSON = 1u << 0,     /* answer in JSON */
    FL_CLIENT_TERMINAL = 1u << 1, /* stderr is one: show progress */
    FL_CLIENT_INPUT = 1u << 2,    /* `input` goes along */
};

/*
 * Run a command in the daemon; what it answers goes to stdout and stderr. `arguments`
 * begin with the noun. `*out_exit` is its exit status.
 */
enum fl_status fl_client_run(
    struct fl_client *client,
    size_t argument_count,
    char *const *arguments,
    unsigned flags,
    struct fl_bytes input,
    int *out_exit,
    struct fl_error *out_error);

#endif
