/*
 * What 1C keeps instead of a journal: a row for each neighbour and object that is
 * registered for it, with the number of the first message that carried it. A model of its
 * own, which knows neither lsns nor positions; run beside the journal, both must name the
 * same objects for every neighbour (SelectChanges in 1C selects all rows of a node).
 */

#ifndef SIM_REGISTRATIONS_H
#define SIM_REGISTRATIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { SIM_ROW_NODES_MAX = 34, SIM_ROW_KEYS_MAX = 12 };

struct sim_registrations {
    uint64_t neighbours; /* bits, by node */
    /* 0: no row; UINT64_MAX: a row without a number; else the number. */
    uint64_t rows[SIM_ROW_NODES_MAX][SIM_ROW_KEYS_MAX];
};

/*
 * Written here, or accepted from `from` (below 0: here): registered for all others, and
 * no more for that one. `by_hand`: AutoRecord is off, and nobody else's row changes.
 */
void sim_registrations_write(
    struct sim_registrations *all,
    int from,
    uint8_t key,
    bool by_hand);
/*
 * Message `number`, which continues `base`, carries `keys` (bits) for the neighbour. 1C's
 * messages are cumulative, so a row keeps its first number; ours are pieces: what a
 * message behind `base` carried in vain has no number any more.
 */
void sim_registrations_number(
    struct sim_registrations *all,
    int node,
    uint32_t keys,
    uint64_t base,
    uint64_t number);
/* The neighbour has confirmed everything up to `number`. */
void sim_registrations_confirm(struct sim_registrations *all, int node, uint64_t number);
bool sim_registrations_has(const struct sim_registrations *all, int node, uint8_t key);

#endif
