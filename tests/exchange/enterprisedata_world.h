/*
 * What tests of EnterpriseData share: a configuration and its mapping, mostly those of
 * the demonstration, and a few generated objects of every type, which find each other.
 */

#ifndef TESTS_ENTERPRISEDATA_WORLD_H
#define TESTS_ENTERPRISEDATA_WORLD_H

#include "exchange/configuration_reader.h"
#include "exchange/enterprisedata.h"
#include "packages.h"
#include "told.h"
#include "world.h"

enum { WORLD_OBJECTS_MAX = 1000, EACH = 2 };

struct fair {
    struct fl_configuration *configuration;
    struct fl_conversion *conversion;
    struct fl_conversion_ports ports;
    struct fl_arena arena;
    struct pool *pools;
    size_t count;
    struct fl_object objects[WORLD_OBJECTS_MAX];
};

static inline enum fl_status fair_lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    const struct fair *fair = context;

    (void)arena;
    for (size_t i = 0; i < fair->count; i++) {
        if (fl_key_equal(key, fair->objects[i].key)) {
            *out_object = fair->objects[i];
            return FL_OK;
        }
    }
    return FL_NOT_FOUND;
}

static inline struct fl_field *fair_field(struct fl_object *object, uint32_t number)
{
    for (size_t i = 0; i < object->field_count; i++) {
        if (object->fields[i].number == number) {
            return &object->fields[i];
        }
    }
    return NULL;
}

/* Posted and unmarked, as what is exchanged is. */
static inline void fair_live(struct fair *fair, struct fl_object *object)
{
    const struct fl_type *const type =
        fl_configuration_type(fair->configuration, object->key.type);
    const struct fl_attribute *const posted = fl_type_role(type, FL_ROLE_POSTED);
    const struct fl_attribute *const mark = fl_type_role(type, FL_ROLE_DELETION_MARK);
    struct fl_field *fields =
        fl_arena_array(&fair->arena, object->field_count + 1, sizeof(*fields));
    struct fl_error error = {FL_OK, ""};

    memcpy(fields, object->fields, object->field_count * sizeof(*fields));
    object->fields = fields;
    if (posted && !fair_field(object, posted->number)) {
        fields[object->field_count++].number = posted->number;
    }
    if (posted) {
        fair_field(object, posted->number)->value =
            (struct fl_value){.kind = FL_VALUE_BOOLEAN, .boolean = true};
    }
    if (mark && fair_field(object, mark->number)) {
        fair_field(object, mark->number)->value =
            (struct fl_value){.kind = FL_VALUE_BOOLEAN};
    }
    assert_int_equal(fl_object_normalise(type, object, &error), FL_OK);
}

static inline void fair_open_of(
    struct fair *fair,
    const char *configuration,
    const char *mapping,
    uint32_t each)
{
    struct fl_error error = {FL_OK, ""};
    static char bytes[1 << 20];

    *fair = (struct fair){.ports = {.lookup = fair_lookup}};
    fair->ports.context = fair;
    fl_arena_init(&fair->arena, (size_t)1 << 28);
    FILE *const file = fopen(mapping, "rb");

    assert_non_null(file);
    struct fl_codec_memory memory = {
        {(const uint8_t *)bytes, fread(bytes, 1, sizeof(bytes), file)}};

    (void)fclose(file);
    if (fl_configuration_read_dump(configuration, &fair->configuration, &error) !=
            FL_OK ||
        fl_conversion_read(
            fair->configuration, fl_codec_memory_source(&memory), &fair->conversion,
            &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    fair->pools = calloc(fair->configuration->type_count, sizeof(*fair->pools));
    assert_non_null(fair->pools);
    const struct world world = {
        .configuration = fair->configuration,
        .seed = 3,
        .branch = 3,
        .pools = fair->pools};

    for (size_t i = 0; i < fair->configuration->type_count; i++) {
        const bool folders = fair->configuration->types[i].folders;

        fair->pools[i] = (struct pool){0, 0, folders ? each : 0, each};
    }
    for (size_t i = 0; i < fair->configuration->type_count; i++) {
        const struct fl_type *const type = &fair->configuration->types[i];

        for (uint32_t j = 0; j < pool_count(&fair->pools[i]); j++) {
            struct making making = world_making(&world, type, j, false, &fair->arena);

            if (fl_kind_has_ref(type->kind) && type->kind != FL_KIND_EXCHANGE_PLAN) {
                assert_true(fair->count < WORLD_OBJECTS_MAX);
                make_object(&making, &fair->objects[fair->count]);
                fair_live(fair, &fair->objects[fair->count++]);
            }
        }
    }
}

#define MAPPINGS FILIAL_TESTS_DIRECTORY "/../deploy/mappings/enterprisedata/"

static inline void fair_open(struct fair *fair)
{
    fair_open_of(
        fair, FILIAL_TESTS_DIRECTORY "/../deploy/demo/configuration",
        MAPPINGS "demonstration.xml", EACH);
}

static inline void fair_close(struct fair *fair)
{
    fl_conversion_free(fair->conversion);
    fl_configuration_free(fair->configuration);
    fl_arena_deinit(&fair->arena);
    free(fair->pools);
}

/* It stands here from now on, in the place `at`. */
static inline void fair_copy(struct fair *fair, const struct fl_object *object, size_t at)
{
    struct fl_buffer record;
    struct fl_bytes kept;

    fl_buffer_init(&record, 1 << 20);
    assert_int_equal(fl_record_encode(object, &record), FL_OK);
    assert_int_equal(fl_arena_copy(&fair->arena, fl_buffer_view(&record), &kept), FL_OK);
    assert_int_equal(
        fl_record_decode(object->key, false, kept, &fair->arena, &fair->objects[at]),
        FL_OK);
    fl_buffer_deinit(&record);
}

struct message {
    struct fl_buffer buffer;
    size_t written;
    size_t left_out;
    size_t refused;
    struct fl_error last;
};

/* Behind the header, which has the time. */
static inline struct fl_bytes body_of(const struct message *message)
{
    struct fl_bytes bytes = fl_buffer_view(&message->buffer);

    while (bytes.size > 6 && memcmp(bytes.data, "<Body ", 6) != 0) {
        bytes.data++;
        bytes.size--;
    }
    return bytes;
}

static inline struct fl_package_terms terms_of(struct fair *fair, const char *wanted)
{
    struct fl_package_terms terms;
    struct fl_error error = {FL_OK, ""};

    if (fl_enterprisedata_terms(fair->conversion, wanted, &fair->arena, &terms, &error) !=
        FL_OK) {
        fail_msg("%s", error.text);
    }
    return terms;
}

static inline struct message write_all(
    struct fair *fair,
    const char *version,
    const struct fl_package_terms *receiver)
{
    struct message message = {.written = 0};
    struct fl_package_terms terms = terms_of(fair, NULL);
    struct fl_package_writer *writer = NULL;
    struct fl_error error = {FL_OK, ""};
    /* What a test expects to be refused. */
    const char *const hidden = strcmp(version, "1.2") == 0 ? "НДС20" : "Наименование";

    fl_buffer_init(&message.buffer, 256 << 20);
    terms.version = version;
    terms.prefix = "ФЛ";
    const struct fl_package_writer_options options = {
        .configuration = fair->configuration,
        .sink = fl_codec_buffer_sink(&message.buffer),
        .conversion = fair->conversion,
        .ports = &fair->ports,
        .receiver = receiver};
    const struct fl_package_header header = {
        .plan = FL_ENTERPRISEDATA_PLAN,
        .to = "БП",
        .from = "ФЛ",
        .message_number = 7,
        .received_number = 3,
        .terms = &terms};

    if (fl_package_writer_open(
            fl_codec_find("enterprisedata"), &options, &writer, &error) != FL_OK ||
        fl_package_writer_begin(writer, &header, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    for (size_t i = 0; i < fair->count; i++) {
        const enum fl_status status =
            fl_package_writer_put(writer, &fair->objects[i], &message.last);

        message.written += status == FL_OK;
        message.left_out += status == FL_UNSUPPORTED;
        message.refused += status == FL_REFUSED;
        if (status == FL_REFUSED && strstr(message.last.text, hidden) == NULL) {
            print_message("%s: %s\n", version, message.last.text);
        }
    }
    assert_int_equal(fl_package_writer_end(writer, &error), FL_OK);
    fl_package_writer_close(writer);
    return message;
}

static inline struct fl_package_reader *open_reader(
    struct fair *fair,
    struct fl_codec_memory *memory,
    bool alone)
{
    struct fl_package_reader *reader = NULL;
    struct fl_error error = {FL_OK, ""};
    const struct fl_package_reader_options options = {
        .configuration = fair->configuration,
        .source = fl_codec_memory_source(memory),
        .conversion = fair->conversion,
        .ports = alone ? NULL : &fair->ports};

    if (fl_package_reader_open(
            fl_codec_find("enterprisedata"), &options, &reader, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return reader;
}

#endif
