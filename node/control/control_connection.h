/*
 * One client of the control socket: frames in, frames out, never waiting for it.
 */

#ifndef NODE_CONTROL_CONNECTION_H
#define NODE_CONTROL_CONNECTION_H

#include "command/command.h"
#include "control.h"

struct fl_control_connection {
    int descriptor;
    bool ended;      /* it hung up or broke the protocol: closed when served; with a call
                        that finishes, command.h, the rest lives until that is done */
    bool overflowed; /* an answer grew beyond bounds and was cut */
    struct fl_buffer in;
    size_t used; /* bytes of `in` that were taken */
    struct fl_buffer out;
    size_t sent; /* bytes of `out` that were sent */
    /* A command that is being received, or that waits. */
    bool has_command;
    bool wants_input;
    struct fl_buffer command; /* the payload of COMMAND */
    struct fl_buffer input;
    struct fl_call *call; /* while it waits */
    struct fl_output output;
    bool in_russian; /* the call that waits */
};

void fl_control_connection_init(struct fl_control_connection *connection, int descriptor);
void fl_control_connection_deinit(struct fl_control_connection *connection);
/* Nobody is at the other end of one that has ended; its call stays. */
void fl_control_connection_hang_up(struct fl_control_connection *connection);

/* Take what has come, at most about a frame. */
void fl_control_connection_read(struct fl_control_connection *connection);
/* Send what can be sent now. */
void fl_control_connection_write(struct fl_control_connection *connection);

/* The next whole frame that is here; it is not taken yet. */
bool fl_control_connection_peek(
    struct fl_control_connection *connection,
    uint8_t *out_kind,
    struct fl_bytes *out_payload);
void fl_control_connection_take(struct fl_control_connection *connection);

void fl_control_connection_answer(
    struct fl_control_connection *connection,
    enum fl_control_kind kind,
    struct fl_bytes payload);
/* RESULT: `text` is the ref or the complaint. */
void fl_control_connection_result(
    struct fl_control_connection *connection,
    enum fl_status status,
    const char *text);

/* A sink for fl_output: `context` is the connection. */
void fl_control_connection_output(
    void *context,
    enum fl_output_stream stream,
    struct fl_bytes bytes);

#endif
