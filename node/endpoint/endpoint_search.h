/*
 * Objects by what a reference in a foreign file gives: the values of some attributes.
 * Each combination that is asked for is an index of its own, made when it is asked for
 * first. An index only proposes: what it finds is looked at as it is now.
 */

#ifndef NODE_ENDPOINT_SEARCH_H
#define NODE_ENDPOINT_SEARCH_H

#include "node.h"
#include "proto/object.h"
#include "table/lookup.h"

enum { FL_ENDPOINT_INDEXES_MAX = 64, FL_ENDPOINT_WANTED_MAX = 512 };

/* What is compared. */
struct fl_endpoint_wanted {
    const struct fl_type *type;
    bool by_year; /* of a document's date: its numbers count anew each year */
    size_t count;
    uint32_t attributes[FL_ENDPOINT_WANTED_MAX];
};

struct fl_endpoint_index {
    struct fl_endpoint_wanted wanted;
    struct fl_lookup lookup;
};

/* The most that one transaction of an import holds: an index that is made meanwhile does
 * not see them in the store. */
enum { FL_ENDPOINT_RECENT = 16384 };

struct fl_endpoint_search {
    struct fl_node *node;
    struct fl_txn *txn; /* in which objects are looked at, and applied */
    struct fl_arena arena;
    uint64_t lsn;          /* of the journal, up to where is known who is here */
    size_t recent_count;   /* all that were added; the last FL_ENDPOINT_RECENT are kept */
    size_t followed_count; /* of those: before the last call of the follow below */
    struct fl_key recent[FL_ENDPOINT_RECENT];
    size_t count;
    size_t made; /* all of them; the last FL_ENDPOINT_INDEXES_MAX are kept */
    struct fl_endpoint_index *indexes[FL_ENDPOINT_INDEXES_MAX];
};

/* `txn` is borrowed and lives as long as searches are made. */
void fl_endpoint_search_init(
    struct fl_endpoint_search *search,
    struct fl_node *node,
    struct fl_txn *txn);
void fl_endpoint_search_deinit(struct fl_endpoint_search *search);

/*
 * What of `attributes` is asked for: those that `given` has, without what is empty, since
 * 1C would find whoever has nothing there. `equal_date`: a document's date is compared as
 * it is, not only its year. A count of 0: nothing is asked for. At most
 * FL_ENDPOINT_WANTED_MAX of `attributes` are looked at.
 */
struct fl_endpoint_wanted fl_endpoint_wanted_of(
    const struct fl_type *type,
    const struct fl_object *given,
    const uint32_t *attributes,
    size_t attribute_count,
    bool equal_date);

/* The first second of a date's year, in which documents are numbered. */
int64_t fl_endpoint_year_of(int64_t date);

/* Has the object the values of `given` in what is wanted? */
bool fl_endpoint_wanted_is(
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *given,
    const struct fl_object *object);

/*
 * An object here that has the values of `given` in what is wanted. FL_NOT_FOUND: none.
 * `*out_ambiguous`, which may be NULL: others had them too when the index was made, or
 * since.
 */
enum fl_status fl_endpoint_search_find(
    struct fl_endpoint_search *search,
    const struct fl_endpoint_wanted *wanted,
    const struct fl_object *given,
    struct fl_uuid *out_id,
    bool *out_ambiguous,
    struct fl_error *out_error);

/* Is it here, and not deleted? */
bool fl_endpoint_search_has(const struct fl_endpoint_search *search, struct fl_key key);

/* An object that is being applied in the transaction. */
enum fl_status fl_endpoint_search_add(
    struct fl_endpoint_search *search,
    const struct fl_object *object,
    struct fl_error *out_error);

/* An object that is here now; it may be one that was added before. */
typedef void (*fl_endpoint_seen)(
    void *context,
    const struct fl_type *type,
    const struct fl_object *object);

/*
 * Imports work in shares, and others write between them: what they have written since the
 * last call is found from now on, and told to `seen`, which may be NULL.
 */
enum fl_status fl_endpoint_search_follow(
    struct fl_endpoint_search *search,
    fl_endpoint_seen seen,
    void *context,
    struct fl_error *out_error);

#endif
