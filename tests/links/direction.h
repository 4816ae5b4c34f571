/*
 * One direction of a line: a queue, a rate, a delay, and packets that get lost or
 * overtake others.
 */

#ifndef LINKS_DIRECTION_H
#define LINKS_DIRECTION_H

#include "packet.h"

struct quality {
    uint64_t delay_us; /* one way */
    uint64_t jitter_us;
    uint32_t loss_per_mille;
    uint32_t reorder_per_mille; /* packets that are held back, and overtaken */
    uint64_t bits_per_s;        /* 0: any */
    uint64_t queue_bytes_max;   /* of the modem; what finds it full is dropped */
};

struct direction {
    int to_fd;
    struct packet *first; /* in the order in which they are due */
    uint64_t line_free_us;
    unsigned long carried;
    unsigned long carried_bytes;
    unsigned long lost;
    unsigned long overflowed;
};

/* A random number below `bound`, from the seed of the line. */
typedef uint32_t (*direction_chance)(uint32_t bound);

/* Takes the packet. */
void direction_take(
    struct direction *direction,
    struct packet *packet,
    const struct quality *quality,
    direction_chance chance,
    uint64_t now_us);

/* Give what is due to the other end. */
void direction_give(struct direction *direction, uint64_t now_us);

/* All that is on its way is lost. */
void direction_lose(struct direction *direction);

#endif
