/*
 * One exchange with a site, as 1C does it: what is registered for it is sent, orders are
 * fetched and taken, and only then confirmed. HTTP runs in a thread, the store is used in
 * the loop.
 */

#ifndef NODE_SITE_ROUND_H
#define NODE_SITE_ROUND_H

#include "endpoint/endpoint_settings.h"
#include "site/site_in.h"
#include "site/site_out.h"

struct fl_site_round;

struct fl_site_round_result {
    enum fl_status status;
    struct fl_error error;
    bool here; /* it failed in this node, not on the line or there */
    bool sent; /* and confirmed; of what `out` tells */
    struct fl_site_out_report out;
    struct fl_site_in_report in;
};

/* What is due is written in shares, then the thread starts. `full`: everything, not only
   news. */
enum fl_status fl_site_round_start(
    struct fl_node *node,
    uint32_t peer,
    const struct fl_endpoint_settings *settings,
    bool full,
    struct fl_site_round **out_round,
    struct fl_error *out_error);
/* NULL while it goes on; `*out_wrote`: the store was changed. */
const struct fl_site_round_result *fl_site_round_step(
    struct fl_site_round *round,
    bool *out_wrote);
/* Has the loop work to do for it? Otherwise a thread has. */
bool fl_site_round_works(const struct fl_site_round *round);
/* What it is at, to be translated, and how much of it is done; a total of 0 is not known.
 */
const char *fl_site_round_at(
    const struct fl_site_round *round,
    uint64_t *out_done,
    uint64_t *out_total);
/* Breaks it off; takes NULL. */
void fl_site_round_end(struct fl_site_round *round);

#endif
