/*
 * `filial carry out|in ftp://...`, or imaps://...: the files of a directory of its own go
 * to a server or into a mail drop, or come from there. Done by `filial`, not by filiald,
 * which waits for no server.
 */

#ifndef NODE_CARRY_CARRY_SERVER_H
#define NODE_CARRY_CARRY_SERVER_H

#include "command/command.h"

/* Is this call of that kind? */
bool fl_carry_is_server(const struct fl_call *call);

/* Runs the same words on the node; `words` are those of the call, from the noun on. */
typedef int (*fl_carry_run)(struct fl_call *call, size_t word_count, char *const *words);

/* The exit status. Complaints go to the output of the call. */
int fl_carry_by_server(
    struct fl_call *call,
    size_t word_count,
    char *const *words,
    fl_carry_run run);

#endif
