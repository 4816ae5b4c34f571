/*
 * What a site was told of prices and stock, as a tag for each product. Records of a
 * document go without a trace when it is unposted or changed: whose they were is found by
 * comparing with what was told. A file for each such part of the mapping; the one of a
 * message counts when the site has confirmed it.
 */

#ifndef NODE_SITE_TOLD_H
#define NODE_SITE_TOLD_H

#include "site/site_outgoing.h"

/*
 * Adds to `changed` the products of part `index` that are not as the site was told; those
 * of `untold`, which is sorted, count as never told. NULL: none. Both outlive it.
 */
struct fl_site_telling;

enum fl_status fl_site_told_begin(
    struct fl_site_outgoing *out,
    size_t index,
    const struct fl_site_keys *untold,
    struct fl_site_keys *changed,
    struct fl_site_telling **out_telling,
    struct fl_error *out_error);
/* A share of it, the outgoing message's; `*out_done`: all of the part was compared. */
enum fl_status fl_site_told_compare(
    struct fl_site_telling *telling,
    bool *out_done,
    struct fl_error *out_error);
void fl_site_told_end(struct fl_site_telling *telling); /* takes NULL */

/* What will have been told is on the disk, before the site is asked; in any thread.
   `directory` is that of the exchange's files. FL_IO. */
enum fl_status fl_site_told_sync(const char *directory, struct fl_error *out_error);

/* The site has taken the message `number`. FL_IO. */
enum fl_status fl_site_told_confirm(
    const struct fl_node *node,
    uint32_t peer,
    uint64_t number,
    struct fl_error *out_error);

#endif
