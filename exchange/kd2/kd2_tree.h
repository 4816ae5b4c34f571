/*
 * Rules as a tree of elements: small beside data, and read in any order.
 */

#ifndef EXCHANGE_KD2_TREE_H
#define EXCHANGE_KD2_TREE_H

#include "exchange/kd2_rules.h"
#include "kd2_tag.h"

struct fl_kd2_node_attribute {
    enum fl_kd2_tag tag;
    struct fl_bytes value; /* right-trimmed */
};

struct fl_kd2_node {
    enum fl_kd2_tag tag;
    struct fl_bytes name; /* of the root, and of an element that has no tag */
    struct fl_bytes text; /* of a leaf, right-trimmed */
    size_t attribute_count;
    struct fl_kd2_node_attribute *attributes;
    struct fl_kd2_node *parent;
    struct fl_kd2_node *first;
    struct fl_kd2_node *last;
    struct fl_kd2_node *next;
    uint64_t line;
};

struct fl_kd2_tree {
    struct fl_arena *arena;
    const struct fl_kd2_tag_table *tags;
    struct fl_xml_reader *xml;
    struct fl_buffer text;
    struct fl_kd2_node *root;
    struct fl_kd2_node *open; /* NULL: the tree is whole */
};

void fl_kd2_tree_init(struct fl_kd2_tree *tree, struct fl_arena *arena);
void fl_kd2_tree_deinit(struct fl_kd2_tree *tree);

/* The handlers of an XML reader, one tag at a time; words stay with the reader. */
enum fl_status fl_kd2_tree_start(
    struct fl_kd2_tree *tree,
    const struct fl_xml_element *element);
enum fl_status fl_kd2_tree_text(struct fl_kd2_tree *tree, struct fl_bytes text);
enum fl_status fl_kd2_tree_end(struct fl_kd2_tree *tree);

/* The first child with this tag; NULL: there is none. */
const struct fl_kd2_node *fl_kd2_node_child(
    const struct fl_kd2_node *node,
    enum fl_kd2_tag tag);
/* Its text, or the attribute's of this name (7.7 writes the header so); or empty. */
struct fl_bytes fl_kd2_node_word(const struct fl_kd2_node *node, enum fl_kd2_tag tag);
struct fl_bytes fl_kd2_node_attribute(
    const struct fl_kd2_node *node,
    enum fl_kd2_tag tag);
bool fl_kd2_node_flag(const struct fl_kd2_node *node, enum fl_kd2_tag tag);

/* What the tree says. FL_UNSUPPORTED: its root is another one. */
enum fl_status fl_kd2_rules_of_tree(
    const struct fl_kd2_node *root,
    struct fl_arena *arena,
    struct fl_kd2_rules **out_rules,
    struct fl_error *out_error);

#endif
