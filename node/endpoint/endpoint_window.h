/*
 * Windows of endpoints: one that a group of the calendar names begins a round only inside
 * of them, unless a person asks for it. A round that has begun goes on to its end.
 */

#ifndef NODE_ENDPOINT_WINDOW_H
#define NODE_ENDPOINT_WINDOW_H

#include "command/output.h"
#include "endpoint_poll.h"

/* `poll` NULL: nothing is known of its rounds. Texts live until the calendar changes. */
struct fl_windows_state fl_endpoint_window(
    const struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_endpoint_poll *poll);

/* How long to wait until a closed one is looked at again, `poll_ms` at most. */
uint64_t fl_endpoint_window_wait_ms(
    const struct fl_windows_state *window,
    uint64_t poll_ms);

/* Fields of the window of one endpoint; nothing for one that is free. */
void fl_endpoint_window_show(
    struct fl_output *output,
    const struct fl_windows_state *window);
/* A list "endpoint_windows": those endpoints of the node that have any. */
void fl_endpoint_windows_list(struct fl_output *output, struct fl_node *node);

/* "shop, crm": those that this window is for, as far as there is room. */
enum { FL_ENDPOINT_WINDOW_CODES_BYTES = 512 };
void fl_endpoint_window_codes(
    const struct fl_calendar *calendar,
    const struct fl_window *window,
    struct fl_txn *txn,
    char out_codes[FL_ENDPOINT_WINDOW_CODES_BYTES]);

#endif
