/*
 * How long it takes to the other end of a connection and back, as TCP has measured it.
 */

#ifndef NODE_ROUND_TRIP_H
#define NODE_ROUND_TRIP_H

#include <stdint.h>

/* Of a connection as its transport numbers it; 0: not known, or less than that. */
uint64_t fl_round_trip_ms(int connection);

#endif
