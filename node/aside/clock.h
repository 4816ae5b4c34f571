/*
 * Clocks of peers. Filial decides nothing by the clock of another node; people do, who
 * read times in documents and windows.
 */

#ifndef NODE_ASIDE_CLOCK_H
#define NODE_ASIDE_CLOCK_H

#include "proto/frame.h"

struct fl_link;

/* From here on a clock is called wrong. */
enum { FL_CLOCK_OFF_MS = 5 * 60 * 1000 };

/* Behind a frame of ours of these kinds: HELLO, WELCOME; SYNC, DONE when it is time. */
void fl_link_show_clock(struct fl_link *link, const struct fl_frame *frame);
void fl_link_take_clock(struct fl_link *link, const struct fl_frame *frame);

#endif
