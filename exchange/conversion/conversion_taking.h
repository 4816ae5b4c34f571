/*
 * What elements of a tree become, by the properties of a rule: fields of an object, or of
 * a row. A reference becomes the object of ours that it means.
 */

#ifndef EXCHANGE_CONVERSION_TAKING_H
#define EXCHANGE_CONVERSION_TAKING_H

#include "rules.h"

struct fl_taken {
    size_t count;
    size_t capacity;
    struct fl_field *items;
};

struct fl_taking {
    const struct fl_conversion *conversion;
    fl_conversion_version version;
    const struct fl_conversion_ports *ports;
    struct fl_arena *arena;
    const char *table; /* that a row is taken of; NULL: none */
    bool is_search;    /* of what an object is found by: nobody is told what is lost */
    struct fl_error *out_error;
};

/* FL_NO_MEMORY or FL_LIMIT of the arena, in words. */
enum fl_status fl_taking_no_room(struct fl_taking *taking);

/* The last value that is set stands. */
enum fl_status fl_taking_set(
    struct fl_taking *taking,
    struct fl_taken *fields,
    uint32_t number,
    struct fl_value value);

/* What a condition says is so of every object that its rule reads. */
enum fl_status fl_taking_conditions(
    struct fl_taking *taking,
    const struct fl_conversion_conditions *conditions,
    struct fl_taken *fields);

/* Does this version read the property into an attribute? */
bool fl_taking_takes(
    const struct fl_taking *taking,
    const struct fl_conversion_property *property);

/*
 * The values of the elements under `root`; what is missing is empty, unless its property
 * keeps it. FL_MALFORMED: one fits nothing, in words with its line and path.
 */
enum fl_status fl_taking_properties(
    struct fl_taking *taking,
    const struct fl_conversion_properties *properties,
    struct fl_element *root,
    struct fl_taken *fields);

/* The id of ours that `root`, a key, means. */
enum fl_status fl_taking_match(
    struct fl_taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    bool is_main,
    struct fl_uuid *out_ours);

#endif
