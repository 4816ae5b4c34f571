/*
 * Files of CommerceML into the store: items become objects by a mapping, objects a
 * package of the plan, and the package is imported as one from a 1C base is, with
 * collisions, filters and quarantine. What came once more changes nothing.
 *
 * What cannot be taken is named and left out; the rest is taken.
 */

#ifndef NODE_SITE_IN_H
#define NODE_SITE_IN_H

#include "endpoint/endpoint.h"
#include "site/site_mapping.h"
#include "site/site_notes.h"

struct fl_site_in;

struct fl_site_in_report {
    uint64_t items;
    uint64_t unknown; /* of a kind that the mapping does not have */
    uint64_t refused; /* named in `notes` */
    uint64_t written; /* objects into the package */
    uint64_t applied; /* new to this node */
    uint64_t collisions;
    uint64_t quarantined;
    char notes[FL_SITE_NOTES_BYTES]; /* lines for people */
};

/* `mapping` outlives it. `peer` is the number of the site, or of the base that sends. */
enum fl_status fl_site_in_begin(
    struct fl_node *node,
    const struct fl_site_mapping *mapping,
    uint32_t peer,
    struct fl_site_in **out_in,
    struct fl_error *out_error);
void fl_site_in_free(struct fl_site_in *in); /* takes NULL; nothing more happens */

/* Where files lie that goods name as their pictures. FL_NO_MEMORY. */
enum fl_status fl_site_in_pictures(
    struct fl_site_in *in,
    const char *directory,
    struct fl_error *out_error);

/* The next file. Files of one exchange follow each other and end together. */
enum fl_status fl_site_in_file(
    struct fl_site_in *in,
    const char *path,
    struct fl_error *out_error);
/* At most `items_max` items more of it, and a share of a turn. FL_MALFORMED: it is
   broken, in words. */
enum fl_status fl_site_in_step(
    struct fl_site_in *in,
    uint64_t items_max,
    bool *out_done,
    struct fl_error *out_error);

/*
 * Take what was read, durably, about `share_ms` of it; as often as it is not done.
 * FL_BUSY: the configuration changed meanwhile.
 */
enum fl_status fl_site_in_take(
    struct fl_site_in *in,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error);

const struct fl_site_in_report *fl_site_in_report(const struct fl_site_in *in);

/* The site has taken our message of this number: nothing of it goes again. In shares. */
struct fl_site_confirming;

enum fl_status fl_site_confirm_begin(
    struct fl_node *node,
    uint32_t peer,
    uint64_t number,
    struct fl_site_confirming **out_confirming,
    struct fl_error *out_error);
/* About `share_ms` of it; `*out_done`: it is on the disk. */
enum fl_status fl_site_confirm_step(
    struct fl_site_confirming *confirming,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error);
/* Whenever; takes NULL. */
void fl_site_confirm_end(struct fl_site_confirming *confirming);

#endif
