/*
 * Any mapping of payment orders is refused with words that name a line, or gives the text
 * of each of its fields for an empty object within bounds.
 */

#include <string.h>

#include "bank/order_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A document that refers to a catalog, which refers to itself. */
static const struct fl_configuration *configuration(void)
{
    static struct fl_configuration *made;
    struct fl_configuration_builder *builder = NULL;
    struct fl_error error;
    const char *const refs[] = {"CatalogRef.C"};

    if (made != NULL) {
        return made;
    }
    FL_ASSERT(fl_configuration_builder_new("F", "1", &builder) == FL_OK);
    static const enum fl_kind kinds[] = {FL_KIND_CATALOG, FL_KIND_DOCUMENT};
    static const char *const names[] = {"C", "D"};

    for (int i = 0; i < 2; i++) {
        const struct fl_type type = {.kind = kinds[i], .name = names[i]};
        const struct fl_attribute_source text = {
            .name = "T", .role = FL_ROLE_OWN, .type = {.allows = FL_ALLOWS_STRING}};
        const struct fl_attribute_source ref = {
            .name = "R",
            .role = FL_ROLE_OWN,
            .type = {.allows = 0},
            .ref_name_count = 1,
            .ref_names = refs};

        fl_configuration_builder_type(builder, &type);
        fl_configuration_builder_attribute(builder, &text);
        fl_configuration_builder_attribute(builder, &ref);
    }
    FL_ASSERT(fl_configuration_builder_finish(builder, &made, &error) == FL_OK);
    return made;
}

static void write_fields(const struct fl_order_map *map)
{
    struct fl_object object = {.key = {.type = map->type->number}};
    struct fl_buffer text;
    struct fl_arena arena;

    fl_buffer_init(&text, FL_ORDER_TEXT_BYTES_MAX);
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < map->field_count; i++) {
        enum fl_status status = fl_order_text(
            map, &map->fields[i], configuration(), NULL, &object, &arena, &text);

        FL_ASSERT(status == FL_OK || status == FL_LIMIT);
    }
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_order_map *map = fl_alloc_zeroed(1, sizeof(*map));
    struct fl_error error = {.text = ""};

    FL_ASSERT(map != NULL);
    enum fl_status status = fl_order_map_parse(
        map, configuration(), "orders.map", (struct fl_bytes){data, size}, &error);

    if (status == FL_OK) {
        write_fields(map);
    } else if (status != FL_NOT_FOUND) {
        FL_ASSERT(strstr(error.text, "orders.map") != NULL);
    }
    fl_order_map_deinit(map);
    fl_free(map);
    return 0;
}
