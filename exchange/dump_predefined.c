/*
 * The items that the configuration itself has in a catalog or a chart.
 */

#include <string.h>

#include "dump_type_parts.h"

/* Its name tells an item: one without, or a second one with the same, is none. */
static bool is_named_before(
    const struct fl_metadata_predefined *first,
    const struct fl_metadata_predefined *item)
{
    while (first != item && !(first->name && strcmp(first->name, item->name) == 0)) {
        first = first->next;
    }
    return first != item;
}

void fl_dump_predefined_add(
    struct fl_configuration_builder *builder,
    const struct fl_metadata *metadata)
{
    uint32_t count = 0;

    for (struct fl_metadata_predefined *item = metadata->predefined; item;
         item = item->next) {
        item->number = item->parent ? item->parent->number : 0;
        if (!item->name || is_named_before(metadata->predefined, item)) {
            fl_configuration_builder_note(
                builder, "a predefined item of \"%s\" has no name of its own: \"%s\"",
                metadata->name, item->name ? item->name : "");
            continue;
        }
        const struct fl_predefined_item built = {
            .name = item->name,
            .id = item->id,
            .code = item->code ? item->code : "",
            .description = item->description ? item->description : "",
            .is_folder = item->is_folder,
            .parent = item->number};

        fl_configuration_builder_predefined(builder, &built);
        item->number = ++count;
    }
}
