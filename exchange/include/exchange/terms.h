/*
 * What a side of a conversation can do, as its packages say: versions of the format, and
 * the kinds of objects that it sends and receives in each. Of formats that negotiate.
 */

#ifndef EXCHANGE_TERMS_H
#define EXCHANGE_TERMS_H

#include "proto/arena.h"

/* Versions with commas between, "*" for all that the side has, "" for none. */
struct fl_package_kind_terms {
    const char *name; /* "Документ.РеализацияТоваровУслуг" */
    const char *sending;
    const char *receiving;
};

struct fl_package_terms {
    const char *version; /* of this package; "": it has terms only, no objects */
    size_t version_count;
    const char *const *versions;
    bool lists_kinds; /* false: an old side that says nothing of them */
    size_t kind_count;
    const struct fl_package_kind_terms *kinds;
    const char *new_from; /* the code that its sender is going to have, or NULL */
    const char *prefix;   /* of numbers made by the sender, or NULL */
};

/* The highest version that both have; NULL: there is none. */
const char *fl_package_terms_agree(
    const struct fl_package_terms *ours,
    const struct fl_package_terms *theirs);

/* Does that side take objects of a kind in a version? */
bool fl_package_terms_receive(
    const struct fl_package_terms *terms,
    const char *kind,
    const char *version);

/* As bytes to be kept, and back; everything in `arena`. FL_MALFORMED: no such bytes. */
void fl_package_terms_encode(
    const struct fl_package_terms *terms,
    struct fl_buffer *out_buffer);
enum fl_status fl_package_terms_decode(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_package_terms *out_terms);

#endif
