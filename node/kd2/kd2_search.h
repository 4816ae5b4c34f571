/*
 * Objects by what a reference of Конвертация данных 2 gives: the values of some
 * attributes. Each combination that is asked for is an index of its own, made when it is
 * asked for first.
 */

#ifndef NODE_KD2_SEARCH_H
#define NODE_KD2_SEARCH_H

#include "node.h"
#include "proto/object.h"
#include "table/lookup.h"

enum { FL_KD2_INDEXES_MAX = 64 };

struct fl_kd2_index {
    uint32_t type;
    bool by_year; /* of a document's date: its numbers count anew each year */
    size_t count;
    uint32_t attributes[FL_LOOKUP_ATTRIBUTES_MAX];
    struct fl_lookup lookup;
};

/* The most that one transaction of an import holds: an index that is made meanwhile does
 * not see them in the store. */
enum { FL_KD2_RECENT = 16384 };

struct fl_kd2_search {
    struct fl_node *node;
    struct fl_txn *txn;  /* where objects are being applied; NULL: nothing is */
    size_t recent_count; /* all that were added; the last FL_KD2_RECENT are kept */
    struct fl_key recent[FL_KD2_RECENT];
    size_t count;
    struct fl_kd2_index *indexes[FL_KD2_INDEXES_MAX];
};

void fl_kd2_search_init(struct fl_kd2_search *search, struct fl_node *node);
void fl_kd2_search_deinit(struct fl_kd2_search *search);

/*
 * The first object of the type that has the values of `given` in these attributes; an
 * empty value is not asked for. FL_NOT_FOUND: none has, or nothing is asked for.
 * `equal_date`: a document's date is compared as it is, not only its year.
 */
enum fl_status fl_kd2_search_find(
    struct fl_kd2_search *search,
    const struct fl_type *type,
    const struct fl_object *given,
    const uint32_t *attributes,
    size_t attribute_count,
    bool equal_date,
    struct fl_uuid *out_id,
    struct fl_error *out_error);

/* An object that has come since. */
void fl_kd2_search_add(struct fl_kd2_search *search, const struct fl_object *object);

#endif
