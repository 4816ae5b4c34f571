/*
 * Bytes as a message of EnterpriseData: refused in words, or objects that can be written.
 */

#include <stdlib.h>
#include <string.h>

#include "exchange/enterprisedata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char mapping[] =
    "<mapping format=\"enterprisedata\" key=\"КлючевыеСвойства\">"
    "<object of=\"Catalog.C\" as=\"Справочник.Склады\" search=\"A\">"
    "<key><property of=\"A\" as=\"Наименование\"/></key>"
    "<property of=\"R\" as=\"МОЛ\"/>"
    "<property of=\"N\" as=\"АдресСтрокой\"/>"
    "<table of=\"S\" as=\"КонтактнаяИнформация/Строка\">"
    "<property of=\"B\" as=\"ЗначенияПолей\"/></table></object></mapping>";

struct world {
    struct fl_configuration *configuration;
    struct fl_conversion *conversion;
};

static void add(
    struct fl_configuration_builder *builder,
    const char *name,
    uint32_t allows,
    const char *ref)
{
    fl_configuration_builder_attribute(
        builder, &(struct fl_attribute_source){
                     .name = name,
                     .role = FL_ROLE_OWN,
                     .type = {.allows = allows, .number_digits = 5},
                     .ref_name_count = ref ? 1 : 0,
                     .ref_names = &ref});
}

static struct world make_world(void)
{
    static struct world world;
    struct fl_configuration_builder *builder = NULL;
    struct fl_codec_memory memory = {fl_bytes_of_text(mapping)};
    struct fl_error error;

    if (world.conversion) {
        return world;
    }
    FL_ASSERT(fl_configuration_builder_new("C", "1", &builder) == FL_OK);
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "C"});
    add(builder, "A", FL_ALLOWS_STRING, NULL);
    add(builder, "N", FL_ALLOWS_NUMBER, NULL);
    add(builder, "R", FL_ALLOWS_REFS, "CatalogRef.C");
    fl_configuration_builder_section(builder, "S", FL_USE_ALWAYS);
    add(builder, "B", FL_ALLOWS_STRING, NULL);
    FL_ASSERT(
        fl_configuration_builder_finish(builder, &world.configuration, &error) == FL_OK);
    FL_ASSERT(
        fl_conversion_read(
            world.configuration, fl_codec_memory_source(&memory), &world.conversion,
            &error) == FL_OK);
    return world;
}

/* Every other object is here, with rows of which two are alike. */
static enum fl_status some_are_here(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    static const char *const texts[] = {"1", "2", "1"};
    enum { ROWS = sizeof(texts) / sizeof(texts[0]) };
    struct fl_section *section = fl_arena_alloc(arena, sizeof(*section));
    struct fl_row *rows = fl_arena_array(arena, ROWS, sizeof(*rows));
    struct fl_field *fields = fl_arena_array(arena, ROWS, sizeof(*fields));

    unsigned sum = 0;

    (void)context;
    for (size_t i = 0; i < FL_UUID_BYTES; i++) {
        sum += key.id.bytes[i];
    }
    if (sum % 2 == 0) {
        return FL_NOT_FOUND;
    }
    if (!section || !rows || !fields) {
        return fl_arena_failure(arena, 1);
    }
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = (struct fl_row){.field_count = 1, .fields = &fields[i]};
        fields[i] = (struct fl_field){
            .number = 1,
            .value = {.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text(texts[i])}};
    }
    *section = (struct fl_section){.number = 1, .row_count = ROWS, .rows = rows};
    *out_object = (struct fl_object){.key = key, .section_count = 1, .sections = section};
    return FL_OK;
}

static void request(void *context, const struct fl_type *type, struct fl_uuid theirs)
{
    (void)context;
    (void)theirs;
    FL_ASSERT(type != NULL);
}

static void write_objects(const struct world *world, struct fl_package_reader *reader)
{
    const struct fl_conversion_ports ports = {.lookup = some_are_here};
    struct fl_package_writer *writer = NULL;
    struct fl_package_terms terms;
    struct fl_arena arena;
    struct fl_buffer buffer;
    struct fl_error error = {FL_OK, ""};
    const struct fl_object *object = NULL;

    fl_buffer_init(&buffer, 1 << 24);
    fl_arena_init(&arena, 1 << 20);
    const struct fl_package_writer_options options = {
        .configuration = world->configuration,
        .sink = fl_codec_buffer_sink(&buffer),
        .conversion = world->conversion,
        .ports = &ports};

    FL_ASSERT(
        fl_enterprisedata_terms(world->conversion, "1.8", &arena, &terms, &error) ==
        FL_OK);
    terms.version = "1.8";
    const struct fl_package_header header = {
        .plan = "P", .to = "A", .from = "B", .message_number = 1, .terms = &terms};

    FL_ASSERT(
        fl_package_writer_open(
            fl_codec_find("enterprisedata"), &options, &writer, &error) == FL_OK);
    FL_ASSERT(fl_package_writer_begin(writer, &header, &error) == FL_OK);
    while (fl_package_reader_next(reader, &object, &error) == FL_OK && object) {
        if (fl_package_writer_put(writer, object, &error) == FL_REFUSED) {
            FL_ASSERT(error.text[0] != '\0');
        }
    }
    const char *note;

    for (size_t i = 0; (note = fl_package_reader_note(reader, i)); i++) {
        FL_ASSERT(fl_bytes_are_utf8(fl_bytes_of_text(note)));
    }
    fl_package_writer_close(writer);
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct world world = make_world();
    const struct fl_conversion_ports ports = {
        .lookup = some_are_here, .request = request};
    struct fl_codec_memory memory = {{data, size}};
    struct fl_package_reader *reader = NULL;
    struct fl_error error = {FL_OK, ""};
    const struct fl_package_header *header = NULL;
    const struct fl_package_reader_options options = {
        .configuration = world.configuration,
        .source = fl_codec_memory_source(&memory),
        .object_bytes_max = 1 << 20,
        .package_bytes_max = 1 << 24,
        .conversion = world.conversion,
        .ports = &ports};

    FL_ASSERT(
        fl_package_reader_open(
            fl_codec_find("enterprisedata"), &options, &reader, &error) == FL_OK);
    if (fl_package_reader_header(reader, &header, &error) != FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
    } else {
        write_objects(&world, reader);
    }
    fl_package_reader_close(reader);
    return 0;
}
