#include "kd2_tree.h"

#include "exchange/kd2.h"

enum { TEXT_BYTES_MAX = 16 << 20 };

void fl_kd2_tree_init(struct fl_kd2_tree *tree, struct fl_arena *arena)
{
    *tree = (struct fl_kd2_tree){.arena = arena};
    fl_buffer_init(&tree->text, TEXT_BYTES_MAX);
}

void fl_kd2_tree_deinit(struct fl_kd2_tree *tree)
{
    fl_buffer_deinit(&tree->text);
}

static enum fl_status no_room(struct fl_kd2_tree *tree, size_t size)
{
    const enum fl_status status = fl_arena_failure(tree->arena, size);

    return fl_xml_reader_fail(
        tree->xml, status, "the rules are larger than %zu bytes in memory",
        tree->arena->bytes_max);
}

static enum fl_status keep_attributes(
    struct fl_kd2_tree *tree,
    struct fl_kd2_node *node,
    const struct fl_xml_element *element)
{
    const size_t count = element->attribute_count;

    node->attributes = fl_arena_array(tree->arena, count, sizeof(*node->attributes));
    if (!node->attributes) {
        return no_room(tree, count * sizeof(*node->attributes));
    }
    for (size_t i = 0; i < count; i++) {
        struct fl_kd2_node_attribute *const attribute = &node->attributes[i];
        const struct fl_bytes value = fl_kd2_trim(element->attributes[i].value);

        attribute->tag = fl_kd2_tag_of(tree->tags, element->attributes[i].name);
        if (fl_arena_copy(tree->arena, value, &attribute->value) != FL_OK) {
            return no_room(tree, value.size);
        }
    }
    node->attribute_count = count;
    return FL_OK;
}

enum fl_status fl_kd2_tree_start(
    struct fl_kd2_tree *tree,
    const struct fl_xml_element *element)
{
    struct fl_kd2_node *const node = fl_arena_alloc(tree->arena, sizeof(*node));

    if (!node) {
        return no_room(tree, sizeof(*node));
    }
    node->tag = fl_kd2_tag_of(tree->tags, element->name);
    node->line = fl_xml_reader_line(tree->xml);
    node->parent = tree->open;
    if (node->tag == FL_KD2_TAG_NONE || !tree->open) {
        const struct fl_bytes name = fl_bytes_of_text(element->name);

        if (fl_arena_copy(tree->arena, name, &node->name) != FL_OK) {
            return no_room(tree, name.size);
        }
    }
    if (!tree->open) {
        tree->root = node;
    } else if (tree->open->last) {
        tree->open->last->next = node;
        tree->open->last = node;
    } else {
        tree->open->first = node;
        tree->open->last = node;
    }
    tree->open = node;
    fl_buffer_clear(&tree->text);
    return element->attribute_count > 0 ? keep_attributes(tree, node, element) : FL_OK;
}

enum fl_status fl_kd2_tree_text(struct fl_kd2_tree *tree, struct fl_bytes text)
{
    fl_buffer_put(&tree->text, text);
    if (fl_buffer_status(&tree->text) == FL_LIMIT) {
        return fl_xml_reader_fail(
            tree->xml, FL_LIMIT, "a text is longer than %d bytes", TEXT_BYTES_MAX);
    }
    return fl_buffer_status(&tree->text);
}

enum fl_status fl_kd2_tree_end(struct fl_kd2_tree *tree)
{
    struct fl_kd2_node *const node = tree->open;

    if (!node->first) {
        const struct fl_bytes text = fl_kd2_trim(fl_buffer_view(&tree->text));

        if (fl_arena_copy(tree->arena, text, &node->text) != FL_OK) {
            return no_room(tree, text.size);
        }
    }
    fl_buffer_clear(&tree->text);
    tree->open = node->parent;
    return FL_OK;
}

const struct fl_kd2_node *fl_kd2_node_child(
    const struct fl_kd2_node *node,
    enum fl_kd2_tag tag)
{
    for (const struct fl_kd2_node *child = node ? node->first : NULL; child;
         child = child->next) {
        if (child->tag == tag) {
            return child;
        }
    }
    return NULL;
}

struct fl_bytes fl_kd2_node_attribute(const struct fl_kd2_node *node, enum fl_kd2_tag tag)
{
    for (size_t i = 0; node && i < node->attribute_count; i++) {
        if (node->attributes[i].tag == tag) {
            return node->attributes[i].value;
        }
    }
    return (struct fl_bytes){NULL, 0};
}

struct fl_bytes fl_kd2_node_word(const struct fl_kd2_node *node, enum fl_kd2_tag tag)
{
    const struct fl_kd2_node *const child = fl_kd2_node_child(node, tag);

    return child ? child->text : fl_kd2_node_attribute(node, tag);
}

bool fl_kd2_node_flag(const struct fl_kd2_node *node, enum fl_kd2_tag tag)
{
    bool value = false;

    return fl_kd2_boolean(fl_kd2_node_word(node, tag), &value) && value;
}
