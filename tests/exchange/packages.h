/*
 * What the tests of packages share: a configuration with every kind of type and value,
 * and packages from and to memory.
 */

#ifndef TESTS_PACKAGES_H
#define TESTS_PACKAGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/codec.h"
#include "proto/limits.h"
#include "proto/record.h"

#define MARK "\xEF\xBB\xBF"
#define HEAD                                                                             \
    MARK "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                  \
         "<v8msg:Message xmlns:v8msg=\"http://v8.1c.ru/messages\">\n"                    \
         "\t<v8msg:Header>\n"                                                            \
         "\t\t<v8msg:ExchangePlan>Филиалы</v8msg:ExchangePlan>\n"                 \
         "\t\t<v8msg:To>ЦБ</v8msg:To>\n"                                               \
         "\t\t<v8msg:From>Ф1</v8msg:From>\n"                                            \
         "\t\t<v8msg:MessageNo>12</v8msg:MessageNo>\n"                                   \
         "\t\t<v8msg:ReceivedNo>9</v8msg:ReceivedNo>\n"                                  \
         "\t</v8msg:Header>\n"
#define BODY                                                                             \
    "\t<v8msg:Body xmlns:v8=\"http://v8.1c.ru/data\" "                                   \
    "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "                                     \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
#define TAIL "\n\t</v8msg:Body>\n</v8msg:Message>"
#define ZERO "00000000-0000-0000-0000-000000000000"
#define REF1 "328baecd-22d0-11e9-8a74-002590a6a5a7"
#define REF2 "10d1393d-053a-11e6-a09e-002590a6a5a7"

/* A message with this body, in memory of its own. */
static inline char *message_of(const char *body)
{
    const size_t size = strlen(HEAD BODY TAIL) + strlen(body) + 1;
    char *const text = malloc(size);

    assert_non_null(text);
    (void)snprintf(text, size, "%s%s%s%s", HEAD, BODY, body, TAIL);
    return text;
}

/* Numbers of types in test_configuration(), in the order of adding. */
enum {
    TYPE_ALL = 1,
    TYPE_OWNED,
    TYPE_SALE,
    TYPE_COLOUR,
    TYPE_TITLE,
    TYPE_RATES,
    TYPE_STOCK,
    TYPE_WHOLE,
};

/* Attributes of Catalog.Все. */
enum {
    ALL_IS_FOLDER = 1,
    ALL_DELETION_MARK,
    ALL_PARENT,
    ALL_CODE,
    ALL_DESCRIPTION,
    ALL_PREDEFINED,
    ALL_STRING,
    ALL_NUMBER,
    ALL_DATE,
    ALL_BOOLEAN,
    ALL_REF,
    ALL_COLOUR,
    ALL_ANY,
    ALL_UUID,
    ALL_BINARY,
    ALL_STORAGE,
    ALL_TYPES,
};

static inline void add_attribute(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_role role,
    enum fl_use use,
    bool in_filter,
    struct fl_value_type type,
    size_t ref_count,
    const char *const *refs)
{
    const struct fl_attribute_source source = {
        .name = name,
        .role = role,
        .use = use,
        .in_filter = in_filter,
        .type = type,
        .ref_name_count = ref_count,
        .ref_names = refs,
    };

    fl_configuration_builder_attribute(builder, &source);
}

static inline void add_plain(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_role role,
    uint32_t allows)
{
    add_attribute(
        builder, name, role, FL_USE_ALWAYS, false,
        (struct fl_value_type){.allows = allows}, 0, NULL);
}

static inline void add_ref(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_role role,
    bool in_filter,
    const char *ref)
{
    add_attribute(
        builder, name, role, FL_USE_ALWAYS, in_filter,
        (struct fl_value_type){.allows = FL_ALLOWS_REFS}, 1, &ref);
}

static inline void add_type(
    struct fl_configuration_builder *builder,
    const struct fl_type *type)
{
    fl_configuration_builder_type(builder, type);
}

static inline void add_all(struct fl_configuration_builder *builder)
{
    static const char *const any[] = {
        "CatalogRef.Все", "EnumRef.Цвета", "CatalogRef.Иное"};
    const struct fl_value_type any_type = {
        .allows = FL_ALLOWS_STRING | FL_ALLOWS_NUMBER | FL_ALLOWS_DATE |
                  FL_ALLOWS_BOOLEAN | FL_ALLOWS_UUID | FL_ALLOWS_BINARY |
                  FL_ALLOWS_STORAGE | FL_ALLOWS_REFS | FL_ALLOWS_UNKNOWN,
        .composite = true,
    };

    add_type(
        builder, &(struct fl_type){
                     .kind = FL_KIND_CATALOG,
                     .name = "Все",
                     .hierarchical = true,
                     .folders = true,
                 });
    add_plain(builder, "IsFolder", FL_ROLE_IS_FOLDER, FL_ALLOWS_BOOLEAN);
    add_plain(builder, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_ref(builder, "Parent", FL_ROLE_PARENT, false, "CatalogRef.Все");
    add_plain(builder, "Code", FL_ROLE_CODE, FL_ALLOWS_STRING);
    add_plain(builder, "Description", FL_ROLE_DESCRIPTION, FL_ALLOWS_STRING);
    add_plain(builder, "PredefinedDataName", FL_ROLE_PREDEFINED_NAME, FL_ALLOWS_STRING);
    add_attribute(
        builder, "Строка", FL_ROLE_OWN, FL_USE_ALWAYS, false,
        (struct fl_value_type){.allows = FL_ALLOWS_STRING, .string_length = 10}, 0, NULL);
    add_attribute(
        builder, "Число", FL_ROLE_OWN, FL_USE_ITEM, false,
        (struct fl_value_type){
            .allows = FL_ALLOWS_NUMBER, .number_digits = 15, .number_fraction = 2},
        0, NULL);
    add_attribute(
        builder, "Дата", FL_ROLE_OWN, FL_USE_ITEM, false,
        (struct fl_value_type){.allows = FL_ALLOWS_DATE}, 0, NULL);
    add_attribute(
        builder, "Булево", FL_ROLE_OWN, FL_USE_FOLDER, false,
        (struct fl_value_type){.allows = FL_ALLOWS_BOOLEAN}, 0, NULL);
    add_ref(builder, "Ссылка", FL_ROLE_OWN, false, "CatalogRef.Все");
    add_ref(builder, "Цвет", FL_ROLE_OWN, false, "EnumRef.Цвета");
    add_attribute(builder, "Любое", FL_ROLE_OWN, FL_USE_ALWAYS, false, any_type, 3, any);
    add_plain(builder, "Ид", FL_ROLE_OWN, FL_ALLOWS_UUID);
    add_plain(builder, "Двоичные", FL_ROLE_OWN, FL_ALLOWS_BINARY);
    add_plain(builder, "Хранилище", FL_ROLE_OWN, FL_ALLOWS_STORAGE);
    add_plain(builder, "Типы", FL_ROLE_OWN, FL_ALLOWS_TYPE);
    fl_configuration_builder_section(builder, "Строки", FL_USE_ALWAYS);
    add_ref(builder, "Товар", FL_ROLE_OWN, false, "CatalogRef.Все");
    add_plain(builder, "Количество", FL_ROLE_OWN, FL_ALLOWS_NUMBER);
    fl_configuration_builder_section(builder, "Папки", FL_USE_FOLDER);
    add_plain(builder, "Имя", FL_ROLE_OWN, FL_ALLOWS_STRING);
}

static inline void add_registers(struct fl_configuration_builder *builder)
{
    static const char *const recorders[] = {"DocumentRef.Продажа", "DocumentRef.Иной"};

    add_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_INFORMATION_REGISTER, .name = "Курсы"});
    add_attribute(
        builder, "Period", FL_ROLE_PERIOD, FL_USE_ALWAYS, true,
        (struct fl_value_type){.allows = FL_ALLOWS_DATE}, 0, NULL);
    add_ref(builder, "Валюта", FL_ROLE_DIMENSION, true, "CatalogRef.Все");
    add_plain(builder, "Курс", FL_ROLE_RESOURCE, FL_ALLOWS_NUMBER);
    add_type(
        builder, &(struct fl_type){
                     .kind = FL_KIND_ACCUMULATION_REGISTER,
                     .name = "Остатки",
                     .by_recorder = true,
                     .balance = true,
                 });
    add_attribute(
        builder, "Recorder", FL_ROLE_RECORDER, FL_USE_ALWAYS, true,
        (struct fl_value_type){.allows = FL_ALLOWS_REFS, .composite = true}, 2,
        recorders);
    add_plain(builder, "Period", FL_ROLE_PERIOD, FL_ALLOWS_DATE);
    add_plain(builder, "RecordType", FL_ROLE_RECORD_TYPE, FL_ALLOWS_STRING);
    add_plain(builder, "Active", FL_ROLE_ACTIVE, FL_ALLOWS_BOOLEAN);
    add_ref(builder, "Товар", FL_ROLE_DIMENSION, false, "CatalogRef.Все");
    add_plain(builder, "Количество", FL_ROLE_RESOURCE, FL_ALLOWS_NUMBER);
    add_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_INFORMATION_REGISTER, .name = "Целиком"});
    add_plain(builder, "Имя", FL_ROLE_DIMENSION, FL_ALLOWS_STRING);
}

static inline struct fl_configuration *test_configuration(void)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};

    assert_int_equal(fl_configuration_builder_new("Проба", "1", &builder), FL_OK);
    add_all(builder);
    add_type(builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "Подчиненный"});
    add_plain(builder, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_ref(builder, "Owner", FL_ROLE_OWNER, false, "CatalogRef.Все");
    add_plain(builder, "Description", FL_ROLE_DESCRIPTION, FL_ALLOWS_STRING);
    add_type(builder, &(struct fl_type){.kind = FL_KIND_DOCUMENT, .name = "Продажа"});
    add_plain(builder, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_plain(builder, "Date", FL_ROLE_DATE, FL_ALLOWS_DATE);
    add_plain(builder, "Number", FL_ROLE_NUMBER, FL_ALLOWS_STRING);
    add_plain(builder, "Posted", FL_ROLE_POSTED, FL_ALLOWS_BOOLEAN);
    add_type(builder, &(struct fl_type){.kind = FL_KIND_ENUM, .name = "Цвета"});
    fl_configuration_builder_enum_value(builder, "Красный");
    fl_configuration_builder_enum_value(builder, "Синий");
    add_type(builder, &(struct fl_type){.kind = FL_KIND_CONSTANT, .name = "Заголовок"});
    add_plain(builder, "Value", FL_ROLE_CONSTANT_VALUE, FL_ALLOWS_STRING);
    add_registers(builder);
    if (fl_configuration_builder_finish(builder, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

/* ---- reading ---- */

enum { READ_MAX = 4096 };

struct read_object {
    struct fl_key key;
    bool deleted;
    uint64_t line;
    struct fl_bytes record;
};

/* A whole package: what came of it, in `arena`. */
struct read_package {
    enum fl_status status;
    struct fl_error error;
    bool is_incomplete;
    bool has_header;
    char plan[256];
    char to[256];
    char from[256];
    uint64_t message_number;
    uint64_t received_number;
    size_t count;
    struct read_object *objects;
    size_t predefined_count;
    char notes[4096];
    struct fl_arena arena;
};

static inline void keep_header(
    struct read_package *package,
    const struct fl_package_header *header)
{
    package->has_header = header != NULL;
    if (header) {
        (void)snprintf(package->plan, sizeof(package->plan), "%s", header->plan);
        (void)snprintf(package->to, sizeof(package->to), "%s", header->to);
        (void)snprintf(package->from, sizeof(package->from), "%s", header->from);
        package->message_number = header->message_number;
        package->received_number = header->received_number;
    }
}

static inline void keep_object(
    struct read_package *package,
    const struct fl_object *object,
    uint64_t line)
{
    struct read_object *const kept = &package->objects[package->count++];
    struct fl_buffer buffer;

    assert_true(package->count < READ_MAX);
    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    assert_int_equal(fl_record_encode(object, &buffer), FL_OK);
    *kept = (struct read_object){object->key, object->deleted, line, {0}};
    assert_int_equal(
        fl_arena_copy(&package->arena, fl_buffer_view(&buffer), &kept->record), FL_OK);
    fl_buffer_deinit(&buffer);
}

static inline struct read_package read_bytes(
    const struct fl_configuration *configuration,
    struct fl_bytes bytes,
    size_t object_bytes_max)
{
    struct fl_codec_memory memory = {bytes};
    const struct fl_package_reader_options options = {
        .configuration = configuration,
        .source = fl_codec_memory_source(&memory),
        .object_bytes_max = object_bytes_max,
    };
    struct read_package package = {.status = FL_OK};
    struct fl_package_reader *reader = NULL;
    const struct fl_package_header *header = NULL;
    const struct fl_object *object = NULL;

    fl_arena_init(&package.arena, (size_t)1 << 30);
    package.objects = fl_arena_array(&package.arena, READ_MAX, sizeof(*package.objects));
    assert_int_equal(
        fl_package_reader_open(fl_codec_find("v8msg"), &options, &reader, NULL), FL_OK);
    package.status = fl_package_reader_header(reader, &header, &package.error);
    if (package.status == FL_OK) {
        keep_header(&package, header);
        do {
            package.status = fl_package_reader_next(reader, &object, &package.error);
            if (package.status == FL_OK && object) {
                keep_object(&package, object, fl_package_reader_line(reader));
            }
        } while (package.status == FL_OK && object);
    }
    while (fl_package_reader_predefined(reader, package.predefined_count)) {
        package.predefined_count++;
    }
    package.is_incomplete = fl_package_reader_is_incomplete(reader);
    for (size_t i = 0; fl_package_reader_note(reader, i); i++) {
        const size_t size = strlen(package.notes);

        (void)snprintf(
            package.notes + size, sizeof(package.notes) - size, "%s\n",
            fl_package_reader_note(reader, i));
    }
    fl_package_reader_close(reader);
    return package;
}

static inline struct read_package read_text(
    const struct fl_configuration *configuration,
    const char *text)
{
    return read_bytes(configuration, fl_bytes_of_text(text), 0);
}

static inline void forget(struct read_package *package)
{
    fl_arena_deinit(&package->arena);
}

/* ---- writing ---- */

struct written {
    enum fl_status status; /* the first that failed */
    struct fl_error error;
    struct fl_buffer buffer;
};

static inline struct fl_object object_of(
    const struct read_object *read,
    struct fl_arena *arena)
{
    struct fl_object object;

    assert_int_equal(
        fl_record_decode(read->key, read->deleted, read->record, arena, &object), FL_OK);
    return object;
}

static inline struct written write_objects(
    const struct fl_configuration *configuration,
    const char *format,
    const struct fl_object *objects,
    size_t count)
{
    const struct fl_package_header header = {"Филиалы", "ЦБ", "Ф1", 12, 9, NULL};
    struct written written = {.status = FL_OK};
    struct fl_package_writer *writer = NULL;

    fl_buffer_init(&written.buffer, (size_t)1 << 30);
    struct fl_package_writer_options options = {.configuration = configuration};

    options.sink = fl_codec_buffer_sink(&written.buffer);
    assert_int_equal(
        fl_package_writer_open(fl_codec_find(format), &options, &writer, NULL), FL_OK);
    assert_int_equal(fl_package_writer_begin(writer, &header, NULL), FL_OK);
    for (size_t i = 0; i < count; i++) {
        struct fl_error error = {FL_OK, ""};
        const enum fl_status status = fl_package_writer_put(writer, &objects[i], &error);

        if (status != FL_OK && written.status == FL_OK) {
            written.status = status;
            written.error = error;
        }
    }
    assert_int_equal(fl_package_writer_end(writer, NULL), FL_OK);
    fl_package_writer_close(writer);
    return written;
}

/* What a read package gives when it is written again. */
static inline struct written write_again(
    const struct fl_configuration *configuration,
    const char *format,
    const struct read_package *package)
{
    struct fl_arena arena;

    fl_arena_init(&arena, (size_t)1 << 30);
    struct fl_object *const objects =
        fl_arena_array(&arena, package->count + 1, sizeof(*objects));

    for (size_t i = 0; i < package->count; i++) {
        objects[i] = object_of(&package->objects[i], &arena);
    }
    struct written written =
        write_objects(configuration, format, objects, package->count);

    fl_arena_deinit(&arena);
    return written;
}

static inline void assert_written(const struct written *written, const char *expected)
{
    const struct fl_bytes bytes = fl_buffer_view(&written->buffer);
    const size_t size = strlen(expected);

    if (bytes.size != size || memcmp(bytes.data, expected, size) != 0) {
        size_t at = 0;

        while (at < size && at < bytes.size && bytes.data[at] == (uint8_t)expected[at]) {
            at++;
        }
        fail_msg(
            "differs at byte %zu:\n--- expected\n%s\n--- written\n%.*s", at,
            expected + (at > 60 ? at - 60 : 0),
            (int)(bytes.size - (at > 60 ? at - 60 : 0)),
            (const char *)bytes.data + (at > 60 ? at - 60 : 0));
    }
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("\"%s\" does not say \"%s\"", text, part);
    }
}

#endif
