/*
 * A line and the calendar: what holds for it now, remembered for as long as it holds; and
 * when its last round was, over restarts.
 */

#ifndef NODE_WINDOW_LINE_WINDOW_H
#define NODE_WINDOW_LINE_WINDOW_H

#include "node.h"
#include "replicator/line.h"

/*
 * The state of the calendar for the node at the lower end of the line: this one, when it
 * is we who call; the peer otherwise. Sets the rate of the line.
 */
const struct fl_windows_state *fl_line_window(
    struct fl_line *line,
    const struct fl_node *node,
    int64_t unix_ms,
    uint64_t now_ms);

/* Does the line know it already? Then it costs nothing. */
bool fl_line_window_holds(
    const struct fl_line *line,
    const struct fl_node *node,
    int64_t unix_ms);

/* A round has ended: it need not be made up after a restart. */
void fl_line_note_round(struct fl_line *line, struct fl_node *node);

/* When the last round with a peer that we call was; 0: none yet. */
int64_t fl_line_last_round_ms(struct fl_node *node, uint32_t peer);

#endif
