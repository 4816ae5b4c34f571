#include "direction.h"

#include <stdlib.h>
#include <unistd.h>

/* Behind all that are due earlier, or at the same time. */
static void put_in_order(struct direction *direction, struct packet *packet)
{
    struct packet **place = &direction->first;

    while (*place != NULL && (*place)->due_us <= packet->due_us) {
        place = &(*place)->next;
    }
    packet->next = *place;
    *place = packet;
}

/* When its last bit has left the sender; false: the queue is full. */
static bool pass_queue(
    struct direction *direction,
    const struct packet *packet,
    const struct quality *quality,
    uint64_t now_us)
{
    const uint64_t start_us =
        direction->line_free_us > now_us ? direction->line_free_us : now_us;

    if (quality->bits_per_s == 0) {
        direction->line_free_us = now_us;
        return true;
    }
    if ((start_us - now_us) * quality->bits_per_s / 8000000 > quality->queue_bytes_max) {
        return false;
    }
    direction->line_free_us =
        start_us + (uint64_t)packet->size * 8000000 / quality->bits_per_s;
    return true;
}

void direction_take(
    struct direction *direction,
    struct packet *packet,
    const struct quality *quality,
    direction_chance chance,
    uint64_t now_us)
{
    if (!pass_queue(direction, packet, quality, now_us)) {
        direction->overflowed++;
        free(packet);
        return;
    }
    if (chance(1000) < quality->loss_per_mille) { /* it has taken its time all the same */
        direction->lost++;
        free(packet);
        return;
    }
    packet->due_us = direction->line_free_us + quality->delay_us;
    if (quality->jitter_us > 0) {
        packet->due_us += chance((uint32_t)quality->jitter_us);
    }
    if (chance(1000) < quality->reorder_per_mille) {
        packet->due_us += quality->delay_us / 2 + 20000;
    }
    put_in_order(direction, packet);
}

void direction_give(struct direction *direction, uint64_t now_us)
{
    while (direction->first != NULL && direction->first->due_us <= now_us) {
        struct packet *packet = direction->first;

        direction->first = packet->next;
        if (write(direction->to_fd, packet->bytes, packet->size) > 0) {
            direction->carried++;
            direction->carried_bytes += packet->size;
        } else {
            direction->lost++;
        }
        free(packet);
    }
}

void direction_lose(struct direction *direction)
{
    while (direction->first != NULL) {
        struct packet *packet = direction->first;

        direction->first = packet->next;
        direction->lost++;
        free(packet);
    }
    direction->line_free_us = 0;
}
