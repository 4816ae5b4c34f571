/*
 * Objects by what a reference of Конвертация данных 2 gives: the values of some
 * attributes. Each combination that is asked for is an index of its own, made when it is
 * asked for first. An index only proposes: what it finds is looked at as it is now.
 */

#ifndef NODE_KD2_SEARCH_H
#define NODE_KD2_SEARCH_H

#include "node.h"
#include "proto/object.h"
#include "table/lookup.h"

enum { FL_KD2_INDEXES_MAX = 64, FL_KD2_WANTED_MAX = 512 };

/* What is compared. */
struct fl_kd2_wanted {
    const struct fl_type *type;
    bool by_year; /* of a document's date: its numbers count anew each year */
    size_t count;
    uint32_t attributes[FL_KD2_WANTED_MAX];
};

struct fl_kd2_index {
    struct fl_kd2_wanted wanted;
    struct fl_lookup lookup;
};

/* The most that one transaction of an import holds: an index that is made meanwhile does
 * not see them in the store. */
enum { FL_KD2_RECENT = 16384 };

struct fl_kd2_search {
    struct fl_node *node;
    struct fl_txn *txn; /* in which objects are looked at, and applied */
    struct fl_arena arena;
    size_t recent_count; /* all that were added; the last FL_KD2_RECENT are kept */
    struct fl_key recent[FL_KD2_RECENT];
    size_t count;
    size_t made; /* all of them; the last FL_KD2_INDEXES_MAX are kept */
    struct fl_kd2_index *indexes[FL_KD2_INDEXES_MAX];
};

/* `txn` is borrowed and lives as long as searches are made. */
void fl_kd2_search_init(
    struct fl_kd2_search *search,
    struct fl_node *node,
    struct fl_txn *txn);
void fl_kd2_search_deinit(struct fl_kd2_search *search);

/*
 * What of `attributes` is asked for: those that `given` has, without what is empty, since
 * 1C would find whoever has nothing there. `equal_date`: a document's date is compared as
 * it is, not only its year. A count of 0: nothing is asked for. At most FL_KD2_WANTED_MAX
 * of `attributes` are looked at.
 */
struct fl_kd2_wanted fl_kd2_wanted_of(
    const struct fl_type *type,
    const struct fl_object *given,
    const uint32_t *attributes,
    size_t attribute_count,
    bool equal_date);

/* Has the object the values of `given` in what is wanted? */
bool fl_kd2_wanted_is(
    const struct fl_kd2_wanted *wanted,
    const struct fl_object *given,
    const struct fl_object *object);

/* An object here that has the values of `given` in what is wanted. FL_NOT_FOUND: none. */
enum fl_status fl_kd2_search_find(
    struct fl_kd2_search *search,
    const struct fl_kd2_wanted *wanted,
    const struct fl_object *given,
    struct fl_uuid *out_id,
    struct fl_error *out_error);

/* An object that is being applied in the transaction. */
enum fl_status fl_kd2_search_add(
    struct fl_kd2_search *search,
    const struct fl_object *object,
    struct fl_error *out_error);

#endif
