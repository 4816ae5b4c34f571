/*
 * Any bytes are either no package, in words, or objects that are written and read again
 * as the same records.
 */

#include <stdio.h>
#include <stdlib.h>

#include "exchange/codec.h"
#include "proto/limits.h"
#include "proto/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OBJECT_BYTES_MAX = 1 << 20, PACKAGE_BYTES_MAX = 1 << 24 };

static void add(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_role role,
    bool in_filter,
    struct fl_value_type type,
    const char *ref)
{
    const struct fl_attribute_source source = {
        .name = name,
        .role = role,
        .in_filter = in_filter,
        .type = type,
        .ref_name_count = ref ? 1 : 0,
        .ref_names = &ref,
    };

    fl_configuration_builder_attribute(builder, &source);
}

static void add_register(struct fl_configuration_builder *builder)
{
    const struct fl_value_type date = {.allows = FL_ALLOWS_DATE};
    const struct fl_value_type ref = {.allows = FL_ALLOWS_REFS};

    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_INFORMATION_REGISTER, .name = "R"});
    add(builder, "Period", FL_ROLE_PERIOD, true, date, NULL);
    add(builder, "D", FL_ROLE_DIMENSION, true, ref, "CatalogRef.C");
    fl_configuration_builder_type(
        builder, &(struct fl_type){
                     .kind = FL_KIND_ACCUMULATION_REGISTER,
                     .name = "A",
                     .by_recorder = true,
                 });
    add(builder, "Recorder", FL_ROLE_RECORDER, true, ref, "CatalogRef.C");
    add(builder, "D", FL_ROLE_DIMENSION, false, ref, "CatalogRef.C");
}

/* Short names, so that a fuzzer hits them. */
static struct fl_configuration *make_configuration(void)
{
    const uint32_t any = FL_ALLOWS_STRING | FL_ALLOWS_NUMBER | FL_ALLOWS_DATE |
                         FL_ALLOWS_BOOLEAN | FL_ALLOWS_UUID | FL_ALLOWS_BINARY |
                         FL_ALLOWS_STORAGE | FL_ALLOWS_TYPE | FL_ALLOWS_REFS |
                         FL_ALLOWS_UNKNOWN;
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;

    FL_ASSERT(fl_configuration_builder_new("F", "1", &builder) == FL_OK);
    fl_configuration_builder_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "C", .folders = true});
    add(builder, "IsFolder", FL_ROLE_IS_FOLDER, false,
        (struct fl_value_type){.allows = FL_ALLOWS_BOOLEAN}, NULL);
    add(builder, "S", FL_ROLE_OWN, false,
        (struct fl_value_type){.allows = FL_ALLOWS_STRING}, NULL);
    add(builder, "N", FL_ROLE_OWN, false,
        (struct fl_value_type){.allows = FL_ALLOWS_NUMBER}, NULL);
    add(builder, "T", FL_ROLE_OWN, false,
        (struct fl_value_type){.allows = FL_ALLOWS_TYPE}, NULL);
    add(builder, "X", FL_ROLE_OWN, false,
        (struct fl_value_type){.allows = any, .composite = true}, "EnumRef.E");
    fl_configuration_builder_section(builder, "L", FL_USE_ALWAYS);
    add(builder, "S", FL_ROLE_OWN, false,
        (struct fl_value_type){.allows = FL_ALLOWS_STRING}, NULL);
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_ENUM, .name = "E"});
    fl_configuration_builder_enum_value(builder, "a");
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_CONSTANT, .name = "K"});
    add(builder, "Value", FL_ROLE_CONSTANT_VALUE, false,
        (struct fl_value_type){.allows = FL_ALLOWS_STRING}, NULL);
    add_register(builder);
    FL_ASSERT(fl_configuration_builder_finish(builder, &configuration, NULL) == FL_OK);
    return configuration;
}

/* Writes what it reads; the records one after another come into `out_records`. */
static bool pass_through(
    const struct fl_configuration *configuration,
    struct fl_bytes package,
    struct fl_buffer *out_package,
    struct fl_buffer *out_records)
{
    const struct fl_package_header header = {"P", "A", "B", 1, 0, NULL};
    struct fl_codec_memory memory = {package};
    const struct fl_package_reader_options read_options = {
        .configuration = configuration,
        .source = fl_codec_memory_source(&memory),
        .object_bytes_max = OBJECT_BYTES_MAX,
    };
    struct fl_package_writer_options write_options = {.configuration = configuration};
    struct fl_package_reader *reader = NULL;
    struct fl_package_writer *writer = NULL;
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};
    enum fl_status status = FL_OK;

    write_options.sink = fl_codec_buffer_sink(out_package);
    FL_ASSERT(
        fl_package_reader_open(fl_codec_find("v8msg"), &read_options, &reader, NULL) ==
        FL_OK);
    FL_ASSERT(
        fl_package_writer_open(fl_codec_find("v8msg"), &write_options, &writer, NULL) ==
        FL_OK);
    FL_ASSERT(fl_package_writer_begin(writer, &header, NULL) == FL_OK);
    do {
        status = fl_package_reader_next(reader, &object, &error);
        if (status == FL_OK && object) {
            FL_ASSERT(fl_record_encode(object, out_records) == FL_OK);
            if (fl_package_writer_put(writer, object, &error) != FL_OK) {
                (void)fprintf(stderr, "%s\n", error.text);
                abort();
            }
        }
    } while (status == FL_OK && object);
    FL_ASSERT(status == FL_OK || error.text[0] != '\0');
    FL_ASSERT(fl_bytes_are_utf8(fl_bytes_of_text(error.text)));
    FL_ASSERT(fl_package_writer_end(writer, NULL) == FL_OK);
    fl_package_reader_close(reader);
    fl_package_writer_close(writer);
    return status == FL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fl_configuration *configuration;
    struct fl_buffer packages[2];
    struct fl_buffer records[2];

    if (!configuration) {
        configuration = make_configuration();
    }
    for (size_t i = 0; i < 2; i++) {
        fl_buffer_init(&packages[i], PACKAGE_BYTES_MAX);
        fl_buffer_init(&records[i], PACKAGE_BYTES_MAX);
    }
    (void)pass_through(
        configuration, (struct fl_bytes){data, size}, &packages[0], &records[0]);
    FL_ASSERT(pass_through(
        configuration, fl_buffer_view(&packages[0]), &packages[1], &records[1]));
    FL_ASSERT(fl_bytes_equal(fl_buffer_view(&records[0]), fl_buffer_view(&records[1])));
    FL_ASSERT(fl_bytes_equal(fl_buffer_view(&packages[0]), fl_buffer_view(&packages[1])));
    for (size_t i = 0; i < 2; i++) {
        fl_buffer_deinit(&packages[i]);
        fl_buffer_deinit(&records[i]);
    }
    return 0;
}
