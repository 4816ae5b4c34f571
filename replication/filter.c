/*
 * Evaluating a filter. Nodes stand in the array behind what they are made of, so one pass
 * from the first to the last has every part ready.
 */

#include "replication/filter.h"

#include <string.h>

#include "filter_tree.h"

enum { ARENA_BYTES_MAX = 1 << 20 };

/* -- what must be so -- */

/* The comparisons of which one must hold, as a set of node numbers; or nothing known. */
struct need {
    bool known;
    size_t count;
    uint16_t nodes[FL_FILTER_KEYS_MAX];
};

static struct need either(const struct need *a, const struct need *b)
{
    struct need both = *a;

    if (!a->known || !b->known || a->count + b->count > FL_FILTER_KEYS_MAX) {
        return (struct need){.known = false};
    }
    for (size_t i = 0; i < b->count; i++) {
        both.nodes[both.count++] = b->nodes[i];
    }
    return both;
}

static struct need need_of(
    const struct fl_filter *filter,
    size_t index,
    const struct need *needs)
{
    const struct fl_filter_node *node = &filter->nodes[index];
    struct need need = {.known = false};

    switch (node->kind) {
    case FL_FILTER_AND:
        return needs[node->left].known ? needs[node->left] : needs[node->right];
    case FL_FILTER_OR:
        return either(&needs[node->left], &needs[node->right]);
    case FL_FILTER_IN:
        need.known = node->name >= 0 && !node->negated;
        need.count = 1;
        need.nodes[0] = (uint16_t)index;
        return need;
    case FL_FILTER_OPEN:
    case FL_FILTER_NOT:
        break;
    }
    return need;
}

static void find_keys(struct fl_filter *filter)
{
    struct need needs[FL_FILTER_NODES_MAX];

    for (size_t i = 0; i < filter->node_count; i++) {
        needs[i] = need_of(filter, i, needs);
    }
    const struct need *root = &needs[filter->node_count - 1];

    filter->key_count = root->known ? root->count : SIZE_MAX;
    memcpy(filter->key_nodes, root->nodes, sizeof(root->nodes));
}

enum fl_status fl_filter_new(
    const struct fl_filter_source *source,
    struct fl_filter **out_filter,
    struct fl_error *out_error)
{
    struct fl_filter *filter = fl_alloc_zeroed(1, sizeof(*filter));

    if (!filter) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_arena_init(&filter->arena, ARENA_BYTES_MAX);
    filter->configuration = source->configuration;
    filter->type = source->type;
    filter->find = source->find;
    enum fl_status status = FL_MALFORMED;

    if (!fl_bytes_are_utf8(source->text)) {
        (void)fl_error_set(out_error, status, "the filter is not UTF-8");
    } else {
        status = fl_arena_copy(&filter->arena, source->text, &filter->text);
        status = status == FL_OK
                     ? fl_filter_parse(filter, out_error)
                     : fl_error_set(out_error, status, "the filter is too long");
    }
    if (status != FL_OK) {
        fl_filter_free(filter);
        return status;
    }
    find_keys(filter);
    *out_filter = filter;
    return FL_OK;
}

void fl_filter_free(struct fl_filter *filter)
{
    if (filter) {
        fl_arena_deinit(&filter->arena);
        fl_free(filter);
    }
}

const char *fl_filter_name(const struct fl_filter *filter, size_t index)
{
    return index < filter->name_count ? filter->names[index] : NULL;
}

const struct fl_filter_reference *fl_filter_reference(
    const struct fl_filter *filter,
    size_t index)
{
    return index < filter->reference_count ? &filter->references[index] : NULL;
}

static const struct fl_attribute *reference_attribute(
    const struct fl_filter *filter,
    size_t index,
    uint32_t type)
{
    const struct fl_type *there = fl_configuration_type(filter->configuration, type);

    return there ? filter->find(there, fl_bytes_of_text(filter->references[index].name))
                 : NULL;
}

uint32_t fl_filter_reference_attribute(
    const struct fl_filter *filter,
    size_t index,
    uint32_t type)
{
    const struct fl_attribute *attribute = reference_attribute(filter, index, type);

    return attribute ? attribute->number : 0;
}

static struct fl_value field_of(
    const struct fl_object *object,
    const struct fl_attribute *attribute)
{
    const struct fl_value *value = fl_object_field(object, attribute->number);

    return value ? *value : fl_value_empty(&attribute->type);
}

/* What the path of a comparison leads to; Undefined where it leads nowhere. */
static struct fl_value value_of(
    const struct fl_filter *filter,
    const struct fl_filter_node *node,
    const struct fl_filter_subject *subject)
{
    struct fl_value value = field_of(subject->object, node->attribute);

    if (!node->refers) {
        return value;
    }
    if (value.kind != FL_VALUE_REF || fl_uuid_is_zero(value.uuid)) {
        return (struct fl_value){.kind = FL_VALUE_UNDEFINED};
    }
    const struct fl_attribute *attribute =
        reference_attribute(filter, node->reference, value.type);
    const struct fl_object *there =
        attribute
            ? subject->reach(
                  subject->context, (struct fl_key){.type = value.type, .id = value.uuid})
            : NULL;

    return there ? field_of(there, attribute)
                 : (struct fl_value){.kind = FL_VALUE_UNDEFINED};
}

static bool is_among(
    const struct fl_filter_value *values,
    size_t count,
    const struct fl_value *value)
{
    for (size_t i = 0; i < count; i++) {
        if (fl_filter_value_matches(&values[i], value)) {
            return true;
        }
    }
    return false;
}

static bool is_in_list(
    const struct fl_filter_lists *lists,
    const char *name,
    const struct fl_value *value)
{
    for (size_t i = 0; i < lists->count; i++) {
        if (fl_bytes_equal(lists->items[i].name, fl_bytes_of_text(name))) {
            return is_among(lists->items[i].values, lists->items[i].value_count, value);
        }
    }
    return false;
}

static bool compare(
    const struct fl_filter *filter,
    const struct fl_filter_node *node,
    const struct fl_filter_lists *lists,
    const struct fl_value *value)
{
    bool among =
        node->name >= 0
            ? is_in_list(lists, filter->names[node->name], value)
            : is_among(&filter->values[node->value_first], node->value_count, value);

    return among != node->negated;
}

bool fl_filter_explain(
    const struct fl_filter *filter,
    const struct fl_filter_subject *subject,
    const struct fl_filter_lists *lists,
    fl_filter_tell tell,
    void *context)
{
    bool holds[FL_FILTER_NODES_MAX];

    for (size_t i = 0; i < filter->node_count; i++) {
        const struct fl_filter_node *node = &filter->nodes[i];

        switch (node->kind) {
        case FL_FILTER_OPEN:
            holds[i] = false;
            break;
        case FL_FILTER_AND:
            holds[i] = holds[node->left] && holds[node->right];
            break;
        case FL_FILTER_OR:
            holds[i] = holds[node->left] || holds[node->right];
            break;
        case FL_FILTER_NOT:
            holds[i] = !holds[node->left];
            break;
        case FL_FILTER_IN: {
            struct fl_value value = value_of(filter, node, subject);

            holds[i] = compare(filter, node, lists, &value);
            if (tell) {
                tell(context, node->text, &value, holds[i]);
            }
            break;
        }
        }
    }
    return holds[filter->node_count - 1];
}

bool fl_filter_admits(
    const struct fl_filter *filter,
    const struct fl_filter_subject *subject,
    const struct fl_filter_lists *lists)
{
    return fl_filter_explain(filter, subject, lists, NULL, NULL);
}

size_t fl_filter_keys(
    const struct fl_filter *filter,
    const struct fl_filter_subject *subject,
    struct fl_filter_key out_keys[FL_FILTER_KEYS_MAX])
{
    for (size_t i = 0; i < filter->key_count && filter->key_count != SIZE_MAX; i++) {
        const struct fl_filter_node *node = &filter->nodes[filter->key_nodes[i]];

        out_keys[i] = (struct fl_filter_key){
            .name = filter->names[node->name], .value = value_of(filter, node, subject)};
    }
    return filter->key_count;
}
