/* What a seed draws before anything happens: its tree and limits, which faults, how
 * often. */

#ifndef SIM_WEATHER_H
#define SIM_WEATHER_H

#include "world.h"

void sim_draw_setup(uint64_t seed, struct fl_world_setup *setup);

/* From the dice of the world; what the narration is asked to leave out is left out. */
void sim_draw_weather(struct fl_world *world, struct fl_weather *weather);

#endif
