/*
 * A shape is made when its type is first met. Pointers of names live as long as the
 * parser that interned them, which is the reader's.
 */

#include "v8msg_shape.h"

#include <string.h>

enum { SLOTS = 1024, SHAPES_BYTES_MAX = 1 << 30, SLOT_SHIFT = 4 };

struct fl_v8msg_shapes {
    const struct fl_configuration *configuration;
    struct fl_arena arena;
    struct fl_v8msg_shape **by_type;     /* by number, less one; NULL until used */
    struct fl_v8msg_shape *slots[SLOTS]; /* by pointer of the name, a cache */
};

enum fl_status fl_v8msg_shapes_new(
    const struct fl_configuration *configuration,
    struct fl_v8msg_shapes **out_shapes)
{
    struct fl_v8msg_shapes *const shapes = fl_alloc_zeroed(1, sizeof(*shapes));

    if (!shapes) {
        return FL_NO_MEMORY;
    }
    shapes->configuration = configuration;
    fl_arena_init(&shapes->arena, SHAPES_BYTES_MAX);
    shapes->by_type =
        fl_alloc_zeroed(configuration->type_count, sizeof(struct fl_v8msg_shape *));
    if (!shapes->by_type) {
        fl_v8msg_shapes_free(shapes);
        return FL_NO_MEMORY;
    }
    *out_shapes = shapes;
    return FL_OK;
}

void fl_v8msg_shapes_free(struct fl_v8msg_shapes *shapes)
{
    if (shapes) {
        fl_arena_deinit(&shapes->arena);
        fl_free(shapes->by_type);
        fl_free(shapes);
    }
}

static bool make_names(
    struct fl_arena *arena,
    const struct fl_attribute *attributes,
    size_t count,
    struct fl_v8msg_names *out_names)
{
    *out_names = (struct fl_v8msg_names){
        .attributes = attributes,
        .count = count,
        .interned = fl_arena_array(arena, count + 1, sizeof(char *)),
        .empty = fl_arena_array(arena, count + 1, sizeof(struct fl_value)),
    };
    if (!out_names->interned || !out_names->empty) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        out_names->empty[i] = fl_value_empty(&attributes[i].type);
    }
    return true;
}

/* Records of a layout that is not known: what packages have of them is kept as it is. */
static size_t count_in_packages(const struct fl_type *type)
{
    size_t count = type->attribute_count;

    while (type->kind == FL_KIND_ACCOUNTING_REGISTER && count > 0 &&
           type->attributes[count - 1].place == FL_PLACE_NONE) {
        count--;
    }
    return count;
}

static struct fl_v8msg_shape *make_shape(
    struct fl_v8msg_shapes *shapes,
    const struct fl_type *type)
{
    struct fl_arena *const arena = &shapes->arena;
    struct fl_v8msg_shape *const shape = fl_arena_alloc(arena, sizeof(*shape));

    if (!shape ||
        !make_names(arena, type->attributes, count_in_packages(type), &shape->names)) {
        return NULL;
    }
    shape->type = type;
    shape->sections =
        fl_arena_array(arena, type->section_count + 1, sizeof(*shape->sections));
    for (size_t i = 0; shape->sections && i < type->section_count; i++) {
        const struct fl_section_type *const section = &type->sections[i];

        shape->sections[i].type = section;
        if (!make_names(
                arena, section->attributes, section->attribute_count,
                &shape->sections[i].names)) {
            return NULL;
        }
    }
    return shape->sections ? shape : NULL;
}

static const struct fl_type *find_type(
    const struct fl_configuration *configuration,
    const char *name,
    enum fl_status *out_status)
{
    const char *const dot = strchr(name, '.');
    const size_t size = dot ? (size_t)(dot - name) : 0;
    const enum fl_kind kind =
        fl_kind_find_item_prefix((struct fl_bytes){(const uint8_t *)name, size});
    const struct fl_type *const type =
        dot && kind
            ? fl_configuration_find(configuration, kind, fl_bytes_of_text(dot + 1))
            : NULL;

    *out_status = type ? FL_OK : dot && kind ? FL_NOT_FOUND : FL_UNSUPPORTED;
    return type;
}

enum fl_status fl_v8msg_shapes_find(
    struct fl_v8msg_shapes *shapes,
    const char *interned,
    struct fl_v8msg_shape **out_shape)
{
    struct fl_v8msg_shape **const slot =
        &shapes->slots[((uintptr_t)interned >> SLOT_SHIFT) % SLOTS];
    enum fl_status status = FL_OK;

    if (*slot && (*slot)->interned == interned) {
        *out_shape = *slot;
        return FL_OK;
    }
    const struct fl_type *const type =
        find_type(shapes->configuration, interned, &status);

    if (!type) {
        return status;
    }
    struct fl_v8msg_shape **const made = &shapes->by_type[type->number - 1];

    if (!*made) {
        *made = make_shape(shapes, type);
        if (!*made) {
            return FL_NO_MEMORY;
        }
        (*made)->interned = interned;
    }
    *slot = *made;
    *out_shape = *made;
    return FL_OK;
}

/* "MovementType" is what 8.0 called RecordType; a constant's value is always "Value". */
static bool is_called(const struct fl_attribute *attribute, const char *name)
{
    if (attribute->role == FL_ROLE_CONSTANT_VALUE && strcmp(name, "Value") == 0) {
        return true;
    }
    return strcmp(attribute->name, name) == 0 ||
           (attribute->role == FL_ROLE_RECORD_TYPE && strcmp(name, "MovementType") == 0);
}

const struct fl_attribute *fl_v8msg_names_find(
    struct fl_v8msg_names *names,
    const char *interned)
{
    if (names->expected < names->count && names->interned[names->expected] == interned) {
        return &names->attributes[names->expected++];
    }
    for (size_t i = 0; i < names->count; i++) {
        if (names->interned[i] == interned) {
            names->expected = i + 1;
            return &names->attributes[i];
        }
    }
    for (size_t i = 0; i < names->count; i++) {
        if (is_called(&names->attributes[i], interned)) {
            names->interned[i] = interned;
            names->expected = i + 1;
            return &names->attributes[i];
        }
    }
    return NULL;
}

bool fl_v8msg_names_is_empty(
    const struct fl_v8msg_names *names,
    const struct fl_attribute *attribute,
    const struct fl_value *value)
{
    const struct fl_value *const empty = &names->empty[attribute - names->attributes];

    if (value->kind != empty->kind) {
        return false;
    }
    return value->kind == FL_VALUE_NUMBER ? fl_decimal_is_zero(value->number)
                                          : fl_value_equal(value, empty);
}

struct fl_v8msg_section_shape *fl_v8msg_shape_section(
    struct fl_v8msg_shape *shape,
    const char *interned)
{
    for (size_t i = 0; i < shape->type->section_count; i++) {
        if (shape->sections[i].interned == interned) {
            return &shape->sections[i];
        }
    }
    for (size_t i = 0; i < shape->type->section_count; i++) {
        struct fl_v8msg_section_shape *const section = &shape->sections[i];

        if (!section->interned && strcmp(section->type->name, interned) == 0) {
            section->interned = interned;
            return section;
        }
    }
    return NULL;
}
