/*
 * The Unix socket of a node: listening, accepting only those who may, and reaching it.
 */

#ifndef NODE_CONTROL_SOCKET_H
#define NODE_CONTROL_SOCKET_H

#include "proto/bytes.h"

/* A listening, non-blocking descriptor on DIR/control.sock; a dead file is replaced. */
enum fl_status fl_control_socket_listen(
    const char *node_directory,
    int *out_descriptor,
    struct fl_error *out_error);
void fl_control_socket_remove(const char *node_directory);

/*
 * The next connection of a process of the same user or root, non-blocking. -1: none that
 * waits; others are closed at once.
 */
int fl_control_socket_accept(int listener);
/* The user of the operating system at the other end. */
bool fl_control_socket_user(int connection, unsigned *out_user);

/* Blocking. FL_NOT_FOUND: nobody listens there. */
enum fl_status fl_control_socket_connect(
    const char *node_directory,
    int *out_descriptor,
    struct fl_error *out_error);

#endif
