/*
 * What is told of a seed, and what it is made smaller by. A failing seed is tried with
 * fewer nodes, in less time, without this and that; what it draws changes with it.
 */

#ifndef SIM_NARRATION_H
#define SIM_NARRATION_H

#include "world.h"

enum { SIM_CHAOS_MS = 1500, SIM_NUISANCES = 11 };

struct sim_limits {
    int nodes;        /* 0: as the seed says */
    uint64_t ms;      /* of chaos */
    uint32_t without; /* bits: sim_leave_out() */
};

extern struct sim_limits sim_limits;

/* What the limits are without is taken from the weather. */
void sim_leave_out(struct fl_weather *weather);
/* --nodes N, --ms N, --without NAME, each with its word. */
void sim_take_limits(int count, char **words);
void sim_print_limits(void); /* as sim_take_limits() reads them */

/* Told at once, or the last lines kept for sim_print_lines(). */
void sim_keep_lines(bool keep);
void sim_narrate(const char *format, ...) FL_PRINTF(1, 2);
void sim_print_lines(void);

#endif
