/*
 * Looking things up in a configuration. Names are found by hash, since readers of
 * packages ask for each element; numbers are positions.
 */

#include "proto/configuration.h"

#include <string.h>

#include "configuration_parts.h"

/* In types made by hand, which have no index, names are compared one by one. */
static ptrdiff_t find_name(
    const struct fl_name_index *index,
    const void *names,
    size_t count,
    size_t stride,
    struct fl_bytes name)
{
    if (index) {
        return fl_name_index_find(index, name);
    }
    for (size_t i = 0; i < count; i++) {
        const char *text;

        memcpy(&text, (const uint8_t *)names + i * stride, sizeof(text));
        if (fl_bytes_equal(fl_bytes_of_text(text), name)) {
            return (ptrdiff_t)i;
        }
    }
    return FL_NAME_NOT_FOUND;
}

static const struct fl_attribute *find_attribute(
    const struct fl_name_index *index,
    const struct fl_attribute *attributes,
    size_t count,
    struct fl_bytes name)
{
    const ptrdiff_t at = find_name(
        index, count > 0 ? &attributes->name : NULL, count, sizeof(*attributes), name);

    return at >= 0 ? &attributes[at] : NULL;
}

const struct fl_type *fl_configuration_type(
    const struct fl_configuration *configuration,
    uint32_t number)
{
    return number >= 1 && number <= configuration->type_count
               ? &configuration->types[number - 1]
               : NULL;
}

const struct fl_type *fl_configuration_find(
    const struct fl_configuration *configuration,
    enum fl_kind kind,
    struct fl_bytes name)
{
    const struct fl_configuration_index *const index = configuration->index;

    if (kind < FL_KIND_CATALOG || kind >= FL_KIND_COUNT_ || !index->type_names[kind]) {
        return NULL;
    }
    const ptrdiff_t at = fl_name_index_find(index->type_names[kind], name);

    return at >= 0 ? &configuration->types[index->type_positions[kind][at]] : NULL;
}

const struct fl_type *fl_configuration_find_full(
    const struct fl_configuration *configuration,
    struct fl_bytes full_name)
{
    const uint8_t *const point =
        full_name.size > 0 ? memchr(full_name.data, '.', full_name.size) : NULL;

    if (!point) {
        return NULL;
    }
    const size_t size = (size_t)(point - full_name.data);
    const struct fl_bytes kind = {full_name.data, size};
    const struct fl_bytes name = {point + 1, full_name.size - size - 1};

    return fl_configuration_find(configuration, fl_kind_find(kind), name);
}

const struct fl_plan *fl_configuration_plan(
    const struct fl_configuration *configuration,
    struct fl_bytes name)
{
    const ptrdiff_t at = fl_name_index_find(configuration->index->plan_names, name);

    return at >= 0 ? &configuration->plans[at] : NULL;
}

const struct fl_attribute *fl_type_attribute(const struct fl_type *type, uint32_t number)
{
    return number >= 1 && number <= type->attribute_count ? &type->attributes[number - 1]
                                                          : NULL;
}

const struct fl_attribute *fl_type_find_attribute(
    const struct fl_type *type,
    struct fl_bytes name)
{
    return find_attribute(
        type->attribute_names, type->attributes, type->attribute_count, name);
}

const struct fl_attribute *fl_type_role(const struct fl_type *type, enum fl_role role)
{
    for (size_t i = 0; i < type->attribute_count; i++) {
        if (type->attributes[i].role == role) {
            return &type->attributes[i];
        }
    }
    return NULL;
}

const struct fl_section_type *fl_type_section(const struct fl_type *type, uint32_t number)
{
    return number >= 1 && number <= type->section_count ? &type->sections[number - 1]
                                                        : NULL;
}

const struct fl_section_type *fl_type_find_section(
    const struct fl_type *type,
    struct fl_bytes name)
{
    const ptrdiff_t at = find_name(
        type->section_names, type->section_count > 0 ? &type->sections->name : NULL,
        type->section_count, sizeof(*type->sections), name);

    return at >= 0 ? &type->sections[at] : NULL;
}

const struct fl_attribute *fl_section_attribute(
    const struct fl_section_type *section,
    uint32_t number)
{
    return number >= 1 && number <= section->attribute_count
               ? &section->attributes[number - 1]
               : NULL;
}

const struct fl_attribute *fl_section_find_attribute(
    const struct fl_section_type *section,
    struct fl_bytes name)
{
    return find_attribute(
        section->attribute_names, section->attributes, section->attribute_count, name);
}

uint32_t fl_type_find_enum_value(const struct fl_type *type, struct fl_bytes name)
{
    const ptrdiff_t at = find_name(
        type->enum_value_names,
        type->enum_value_count > 0 ? &type->enum_values->name : NULL,
        type->enum_value_count, sizeof(*type->enum_values), name);

    return at >= 0 ? type->enum_values[at].number : 0;
}

const struct fl_predefined_item *fl_type_find_predefined(
    const struct fl_type *type,
    struct fl_bytes name)
{
    const ptrdiff_t at = find_name(
        type->predefined_names,
        type->predefined_count > 0 ? &type->predefined->name : NULL,
        type->predefined_count, sizeof(*type->predefined), name);

    return at >= 0 ? &type->predefined[at] : NULL;
}

const char *fl_type_enum_value_name(const struct fl_type *type, uint32_t number)
{
    return number >= 1 && number <= type->enum_value_count
               ? type->enum_values[number - 1].name
               : NULL;
}

void fl_configuration_free(struct fl_configuration *configuration)
{
    if (configuration) {
        struct fl_configuration_index *const index = configuration->index;

        fl_arena_deinit(&index->arena); /* `configuration` lies in it */
        fl_free(index);
    }
}
