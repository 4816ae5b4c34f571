/*
 * A message covers the journal from one lsn to another without a hole, carries what is
 * registered in between, and ends where a source transaction ends.
 */

#include "replication/delivery.h"

#include <stddef.h>

#include "proto/status.h"

bool fl_delivery_is_registered(
    const struct fl_delivery_peer *peer,
    const struct fl_delivery_entry *entry)
{
    const struct fl_delivery_version *version =
        entry->by_hand ? &entry->recorded : &entry->written;

    if (!entry->live || version->lsn <= peer->confirmed_lsn ||
        (entry->by_hand && entry->written.came_from_peer)) {
        return false;
    }
    return !version->came_from_peer || version->lsn <= peer->resend_below;
}

void fl_delivery_begin(
    struct fl_delivery *delivery,
    const struct fl_delivery_limits *limits,
    uint64_t lsn_from)
{
    *delivery = (struct fl_delivery){
        .limits = *limits,
        .lsn_from = lsn_from,
        .lsn_end = lsn_from,
        .lsn_last = lsn_from,
    };
}

static bool is_full(const struct fl_delivery *delivery)
{
    const struct fl_delivery_limits *limits = &delivery->limits;

    return delivery->bytes >= limits->bytes_target ||
           delivery->entries >= limits->entries_max ||
           (limits->lsns_max > 0 &&
            delivery->lsn_last - delivery->lsn_from >= limits->lsns_max);
}

/*
 * Whether another source transaction may begin is asked at its first entry. One that is
 * begun goes in whole: it alone may pass the target, and the hard bound that no stored
 * transaction exceeds (FL_TXN_BYTES_MAX) is above what a message already holds then.
 */
enum fl_delivery_answer fl_delivery_offer(
    struct fl_delivery *delivery,
    uint64_t lsn,
    uint64_t lsn_first,
    bool registered,
    uint64_t bytes)
{
    /* Several objects may be told of at one lsn. */
    FL_ASSERT(lsn >= delivery->lsn_last);
    FL_ASSERT(lsn_first <= lsn);
    if (lsn_first != delivery->lsn_first) {
        delivery->lsn_end = delivery->lsn_last;
        if (is_full(delivery)) {
            return FL_DELIVERY_END;
        }
        delivery->lsn_first = lsn_first;
    }
    if (registered && delivery->bytes + bytes > delivery->limits.bytes_max) {
        return FL_DELIVERY_LIMIT;
    }
    delivery->lsn_last = lsn;
    if (!registered) {
        return FL_DELIVERY_SKIP;
    }
    delivery->bytes += bytes;
    delivery->entries++;
    return FL_DELIVERY_TAKE;
}

void fl_delivery_finish(struct fl_delivery *delivery, uint64_t lsn_head)
{
    FL_ASSERT(lsn_head >= delivery->lsn_last);
    delivery->lsn_end = lsn_head;
}
