/* What a filter is once it is read: nodes in one array, the last one is the root. */

#ifndef REPLICATION_FILTER_TREE_H
#define REPLICATION_FILTER_TREE_H

#include "replication/filter.h"

/* Words in the order in which they bind. */
enum fl_filter_kind {
    FL_FILTER_OPEN = 0, /* a parenthesis, while it is read */
    FL_FILTER_OR,
    FL_FILTER_AND,
    FL_FILTER_NOT,
    FL_FILTER_IN, /* a comparison: `=` is one with a set of one value */
};

struct fl_filter_node {
    enum fl_filter_kind kind;
    /* AND, OR: both; NOT: the left one. */
    uint16_t left;
    uint16_t right;
    /* IN */
    bool negated;
    const struct fl_attribute *attribute;
    bool refers; /* through `reference` */
    size_t reference;
    int name; /* of the peer's list; -1: `values` */
    size_t value_first;
    size_t value_count;
    struct fl_bytes text;
};

struct fl_filter {
    const struct fl_configuration *configuration;
    const struct fl_type *type;
    const struct fl_attribute *(*find)(const struct fl_type *type, struct fl_bytes name);
    struct fl_arena arena;
    struct fl_bytes text; /* a copy in the arena; the nodes point into it */
    struct fl_filter_node nodes[FL_FILTER_NODES_MAX];
    size_t node_count;
    struct fl_filter_value values[FL_FILTER_NODES_MAX];
    size_t value_count;
    const char *names[FL_FILTER_NODES_MAX];
    size_t name_count;
    struct fl_filter_reference references[FL_FILTER_NODES_MAX];
    size_t reference_count;
    /* The comparisons of which one must hold for anybody; SIZE_MAX: not known. */
    size_t key_count;
    uint16_t key_nodes[FL_FILTER_KEYS_MAX];
};

/* filter_parse.c: fill in nodes, values, names, references. */
enum fl_status fl_filter_parse(struct fl_filter *filter, struct fl_error *out_error);

#endif
