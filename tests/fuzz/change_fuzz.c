/*
 * Any line of batch is either refused with words or an object whose record holds, and
 * that shown in JSON and written again is the same.
 */

#include "change/change_json.h"
#include "change/object_json.h"
#include "proto/limits.h"
#include "proto/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_attribute(
    struct fl_configuration_builder *builder,
    const char *name,
    uint32_t allows,
    const char *ref)
{
    const char *const refs[] = {ref};
    const struct fl_attribute_source source = {
        .name = name,
        .role = FL_ROLE_OWN,
        .type = {.allows = allows, .string_length = 20, .number_digits = 15},
        .ref_name_count = ref == NULL ? 0 : 1,
        .ref_names = refs};
    fl_configuration_builder_attribute(builder, &source);
}

/* A type with an attribute of each kind, a section, an enumeration and a register. */
static const struct fl_configuration *configuration(void)
{
    static struct fl_configuration *made;
    struct fl_configuration_builder *builder = NULL;
    struct fl_error error;
    if (made != NULL) {
        return made;
    }
    FL_ASSERT(fl_configuration_builder_new("F", "1", &builder) == FL_OK);
    const struct fl_type catalog = {.kind = FL_KIND_CATALOG, .name = "C"};
    fl_configuration_builder_type(builder, &catalog);
    add_attribute(builder, "S", FL_ALLOWS_STRING, NULL);
    add_attribute(builder, "N", FL_ALLOWS_NUMBER, NULL);
    add_attribute(builder, "D", FL_ALLOWS_DATE, NULL);
    add_attribute(builder, "B", FL_ALLOWS_BOOLEAN, NULL);
    add_attribute(builder, "V", FL_ALLOWS_STORAGE, NULL);
    add_attribute(builder, "R", 0, "CatalogRef.C");
    add_attribute(builder, "E", 0, "EnumRef.E");
    add_attribute(builder, "A", FL_ALLOWS_UNKNOWN, NULL);
    add_attribute(builder, "M", FL_ALLOWS_STRING | FL_ALLOWS_NUMBER, "CatalogRef.C");
    fl_configuration_builder_section(builder, "T", FL_USE_ALWAYS);
    add_attribute(builder, "N", FL_ALLOWS_NUMBER, NULL);
    const struct fl_type values = {.kind = FL_KIND_ENUM, .name = "E"};
    fl_configuration_builder_type(builder, &values);
    fl_configuration_builder_enum_value(builder, "One");
    FL_ASSERT(fl_configuration_builder_finish(builder, &made, &error) == FL_OK);
    return made;
}

/* False when the line is refused. */
static bool apply(const json_t *line, struct fl_arena *arena, struct fl_buffer *record)
{
    struct fl_change_json change;
    struct fl_error error = {.text = ""};
    enum fl_status status = fl_change_json_parse(configuration(), line, &change, &error);
    if (status != FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
        return false;
    }
    struct fl_object object = {.key = change.key};
    status = fl_change_json_apply(configuration(), &change, arena, &object, &error);
    if (status != FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
        return false;
    }
    FL_ASSERT(fl_record_encode(&object, record) == FL_OK);
    FL_ASSERT(fl_record_check(fl_buffer_view(record)) == FL_OK);
    return true;
}

static json_t *show(const json_t *line, struct fl_bytes record, struct fl_arena *arena)
{
    struct fl_change_json change;
    struct fl_object object;
    FL_ASSERT(fl_change_json_parse(configuration(), line, &change, NULL) == FL_OK);
    bool deleted = change.kind == FL_CHANGE_DELETE;
    FL_ASSERT(fl_record_decode(change.key, deleted, record, arena, &object) == FL_OK);
    json_t *shown = fl_object_json_encode(configuration(), &object, /* all= */ true);
    FL_ASSERT(shown != NULL);
    return shown;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *line = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    struct fl_arena arena;
    struct fl_buffer record;
    struct fl_buffer again;
    if (line == NULL) {
        return 0;
    }
    fl_arena_init(&arena, 1 << 24);
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_buffer_init(&again, FL_RECORD_BYTES_MAX);
    if (apply(line, &arena, &record)) {
        json_t *shown = show(line, fl_buffer_view(&record), &arena);
        FL_ASSERT(apply(shown, &arena, &again));
        FL_ASSERT(fl_bytes_equal(fl_buffer_view(&record), fl_buffer_view(&again)));
        json_decref(shown);
    }
    fl_buffer_deinit(&again);
    fl_buffer_deinit(&record);
    fl_arena_deinit(&arena);
    json_decref(line);
    return 0;
}
