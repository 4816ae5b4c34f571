/*
 * What a node of the world does for its sessions: actions to frames and jobs, frames and
 * finished jobs to events.
 */

#ifndef SIM_WORK_H
#define SIM_WORK_H

#include "world.h"

void fl_work_deliver(struct fl_world *world, const struct fl_packet *packet);
/* The jobs of a node that are due, in their order. */
void fl_work_advance(struct fl_world *world, int node);

#endif
