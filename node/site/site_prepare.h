/*
 * What is known here of objects that items may be: looked through before the first item
 * that needs it, in shares, as there may be a hundred thousand customers.
 */

#ifndef NODE_SITE_PREPARE_H
#define NODE_SITE_PREPARE_H

#include "site/site_incoming.h"

/* All that items of this kind need; `*out_done`: they may be taken. */
enum fl_status fl_site_prepare_kind(
    struct fl_site_in *in,
    enum fl_commerceml_kind kind,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error);

/* The state of one part, made ready at once where it is not yet. */
enum fl_status fl_site_prepare(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state **out_state,
    struct fl_error *out_error);

void fl_site_prepare_end(struct fl_site_part_state *state);

#endif
