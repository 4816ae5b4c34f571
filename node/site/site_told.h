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
 * of `untold` count as never told. NULL: none.
 */
enum fl_status fl_site_told_compare(
    struct fl_site_outgoing *out,
    size_t index,
    const struct fl_site_keys *untold,
    struct fl_site_keys *changed,
    struct fl_error *out_error);

/* The site has taken the message `number`. FL_IO. */
enum fl_status fl_site_told_confirm(
    const struct fl_node *node,
    uint32_t peer,
    uint64_t number,
    struct fl_error *out_error);

#endif
