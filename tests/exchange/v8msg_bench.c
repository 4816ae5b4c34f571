/*
 * How fast packages are written from records and read into records, beside the same bytes
 * through libxml2 alone and through a plain buffered writer: v8msg_bench CONFIGURATION.
 */

#include "exchange/configuration_reader.h"
#include "package_bench.h"
#include "world.h"

enum {
    RECORDS = 300, /* different ones, repeated up to `objects` */
    OBJECTS = 21800,
    PEAK_OBJECTS = 4 * OBJECTS,
    OBJECT_BYTES_LEAST = 1900,
    OBJECT_BYTES_MOST = 2800,
    OBJECT_ROOM = 64 << 10, /* in the plain writer's block */
};

static struct fl_configuration *configuration;
static struct stored records[RECORDS];

/* ---- what is written ---- */

static enum fl_status count_bytes(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    (void)out_error;
    *(size_t *)context += bytes.size;
    return FL_OK;
}

/* Bytes of one object in a package. */
static size_t size_in_package(const struct fl_object *object)
{
    const struct fl_package_header header = {.plan = "", .to = "", .from = ""};
    size_t sizes[2] = {0, 0};

    for (size_t i = 0; i < 2; i++) {
        const struct fl_package_writer_options options = {
            .configuration = configuration,
            .sink = {.write = count_bytes, .context = &sizes[i]}};
        struct fl_package_writer *writer = NULL;

        if (fl_package_writer_open(fl_codec_find("v8msg"), &options, &writer, NULL) !=
                FL_OK ||
            fl_package_writer_begin(writer, &header, NULL) != FL_OK ||
            fl_package_writer_put(writer, object, NULL) != FL_OK ||
            (i > 0 && fl_package_writer_put(writer, object, NULL) != FL_OK) ||
            fl_package_writer_end(writer, NULL) != FL_OK) {
            die("cannot write an object");
        }
        fl_package_writer_close(writer);
    }
    return sizes[1] - sizes[0];
}

/* Sales with some rows each, about 2.3 KB of XML. */
static void make_records(void)
{
    struct pool *const pools =
        fl_alloc_zeroed(configuration->type_count, sizeof(struct pool));
    const struct world world = {
        .configuration = configuration, .seed = 1, .branch = 1, .pools = pools};
    const struct fl_type *const sale = fl_configuration_find_full(
        configuration, fl_bytes_of_text("Document.РеализацияТоваровУслуг"));
    struct fl_arena arena;
    size_t count = 0;
    size_t bytes = 0;

    if (!sale || !pools) {
        die("the configuration has no Document.РеализацияТоваровУслуг");
    }
    for (size_t i = 0; i < configuration->type_count; i++) {
        pools[i].own_items = 1000;
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_arena_init(&record_arena, FL_OBJECT_ARENA_BYTES_MAX);
    for (uint32_t i = 0; count < RECORDS; i++) {
        struct making making = world_making(&world, sale, i, false, &arena);
        struct fl_object object;

        make_object(&making, &object);
        const size_t size = size_in_package(&object);

        if (size >= OBJECT_BYTES_LEAST && size <= OBJECT_BYTES_MOST) {
            keep_record(&object, &records[count++]);
            bytes += size;
        }
        fl_arena_reset(&arena);
    }
    (void)fprintf(stderr, "objects of %zu bytes on average\n", bytes / RECORDS);
    fl_arena_deinit(&arena);
    fl_free(pools);
}

/* ---- measurements ---- */

static size_t write_package(size_t objects)
{
    const struct fl_package_header header = {
        .plan = "Филиалы", .to = "ЦБ", .from = "Ф1", .message_number = 1};
    int file = create();
    const struct fl_package_writer_options options = {
        .configuration = configuration, .sink = {.write = write_file, .context = &file}};
    struct fl_package_writer *writer = NULL;
    struct fl_arena arena;

    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (fl_package_writer_open(fl_codec_find("v8msg"), &options, &writer, NULL) !=
            FL_OK ||
        fl_package_writer_begin(writer, &header, NULL) != FL_OK) {
        die("cannot begin");
    }
    for (size_t i = 0; i < objects; i++) {
        const struct stored *const stored = &records[i % RECORDS];
        struct fl_object object;

        if (fl_record_decode(stored->key, false, stored->record, &arena, &object) !=
                FL_OK ||
            fl_package_writer_put(writer, &object, NULL) != FL_OK) {
            die("cannot write");
        }
        fl_arena_reset(&arena);
    }
    if (fl_package_writer_end(writer, NULL) != FL_OK) {
        die("cannot end");
    }
    fl_package_writer_close(writer);
    fl_arena_deinit(&arena);
    (void)close(file);
    return objects;
}

static size_t read_package(size_t objects)
{
    int file = open_file();
    const struct fl_package_reader_options options = {
        .configuration = configuration, .source = {.read = read_file, .context = &file}};
    struct fl_package_reader *reader = NULL;
    const struct fl_object *object = NULL;
    struct fl_buffer record;
    struct fl_error error = {FL_OK, ""};
    size_t count = 0;

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    if (fl_package_reader_open(fl_codec_find("v8msg"), &options, &reader, &error) !=
        FL_OK) {
        die(error.text);
    }
    do {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            die(error.text);
        }
        if (object) {
            fl_buffer_clear(&record);
            if (fl_record_encode(object, &record) != FL_OK) {
                die("cannot encode");
            }
            count++;
        }
    } while (object);
    if (count != objects) {
        die("objects were lost");
    }
    fl_package_reader_close(reader);
    fl_buffer_deinit(&record);
    (void)close(file);
    return count;
}

/* ---- a plain writer: the same bytes without any check or choice ---- */

static char *put_text(char *out, const char *text)
{
    const size_t size = strlen(text);

    memcpy(out, text, size);
    return out + size;
}

static char *put_plain_value(char *out, const struct fl_value *value)
{
    switch (value->kind) {
    case FL_VALUE_STRING:
        memcpy(out, value->bytes.data, value->bytes.size);
        return out + value->bytes.size;
    case FL_VALUE_NUMBER:
        return out + fl_decimal_format(value->number, out);
    case FL_VALUE_DATE:
        fl_datetime_format(value->date, out);
        return out + FL_DATETIME_TEXT_BYTES;
    case FL_VALUE_BOOLEAN:
        return put_text(out, value->boolean ? "true" : "false");
    case FL_VALUE_REF:
        fl_uuid_format(value->uuid, out);
        return out + FL_UUID_TEXT_BYTES;
    case FL_VALUE_ENUM:
        return put_text(
            out,
            fl_type_enum_value_name(
                fl_configuration_type(configuration, value->type), value->enum_value));
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
    case FL_VALUE_UUID:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        break;
    }
    return out;
}

static char *put_plain_row(
    char *out,
    const char *indent,
    const struct fl_attribute *attributes,
    size_t count,
    const struct fl_field *fields,
    size_t field_count)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        out = put_text(out, indent);
        out = put_text(out, "<");
        out = put_text(out, attributes[i].name);
        out = put_text(out, ">");
        if (at < field_count && fields[at].number == attributes[i].number) {
            out = put_plain_value(out, &fields[at++].value);
        }
        out = put_text(out, "</");
        out = put_text(out, attributes[i].name);
        out = put_text(out, ">");
    }
    return out;
}

static char *put_plain_object(char *out, const struct fl_object *object)
{
    const struct fl_type *const type =
        fl_configuration_type(configuration, object->key.type);

    out = put_text(out, "\n\t\t<DocumentObject.");
    out = put_text(out, type->name);
    out = put_text(out, ">\n\t\t\t<Ref>");
    fl_uuid_format(object->key.id, out);
    out = put_text(out + FL_UUID_TEXT_BYTES, "</Ref>");
    out = put_plain_row(
        out, "\n\t\t\t", type->attributes, type->attribute_count, object->fields,
        object->field_count);
    for (size_t i = 0; i < object->section_count; i++) {
        const struct fl_section *const section = &object->sections[i];
        const struct fl_section_type *const section_type =
            fl_type_section(type, section->number);

        out = put_text(out, "\n\t\t\t<");
        out = put_text(out, section_type->name);
        for (size_t j = 0; j < section->row_count; j++) {
            out = put_text(out, j == 0 ? ">\n\t\t\t\t<Row>" : "\n\t\t\t\t<Row>");
            out = put_plain_row(
                out, "\n\t\t\t\t\t", section_type->attributes,
                section_type->attribute_count, section->rows[j].fields,
                section->rows[j].field_count);
            out = put_text(out, "\n\t\t\t\t</Row>");
        }
        out = put_text(out, "\n\t\t\t</");
        out = put_text(out, section_type->name);
        out = put_text(out, ">");
    }
    out = put_text(out, "\n\t\t</DocumentObject.");
    out = put_text(out, type->name);
    return put_text(out, ">");
}

/* Objects are decoded before, each once. */
static size_t write_plain(size_t objects)
{
    static struct fl_object decoded[RECORDS];
    char *const block = fl_alloc(BLOCK_BYTES + OBJECT_ROOM);
    const int file = create();
    struct fl_arena arena;
    char *out = block;

    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < RECORDS; i++) {
        if (fl_record_decode(
                records[i].key, false, records[i].record, &arena, &decoded[i]) != FL_OK) {
            die("cannot decode");
        }
    }
    if (!block) {
        die("out of memory");
    }
    for (size_t i = 0; i < objects; i++) {
        out = put_plain_object(out, &decoded[i % RECORDS]);
        if (out - block >= BLOCK_BYTES || i + 1 == objects) {
            if (write(file, block, (size_t)(out - block)) != out - block) {
                die("cannot write");
            }
            out = block;
        }
    }
    (void)close(file);
    fl_arena_deinit(&arena);
    fl_free(block);
    return objects;
}

int main(int argc, char **argv)
{
    struct fl_error error = {FL_OK, ""};
    const char *const directory = getenv("scratch") ? getenv("scratch") : "/tmp";

    if (argc != 2) {
        (void)fprintf(stderr, "v8msg_bench CONFIGURATION_DIRECTORY\n");
        return 2;
    }
    bench_name = "v8msg_bench";
    (void)snprintf(path, sizeof(path), "%s/v8msg_bench.%d.xml", directory, (int)getpid());
    if (fl_configuration_read_dump(argv[1], &configuration, &error) != FL_OK) {
        die(error.text);
    }
    make_records();
    report("v8msg.write_objects_per_s.ceiling", write_plain, OBJECTS);
    report("v8msg.write_objects_per_s", write_package, OBJECTS);
    report("v8msg.read_objects_per_s.ceiling", parse_only, OBJECTS);
    report("v8msg.read_objects_per_s", read_package, OBJECTS);
    /* Four times as many objects: memory must not follow. */
    const double before = run(read_package, OBJECTS).peak_mib;

    (void)run(write_package, PEAK_OBJECTS);
    const double after = run(read_package, PEAK_OBJECTS).peak_mib;

    (void)fprintf(
        stderr, "   v8msg.peak_mib: %.1f with %d objects, %.1f with %d\n", before,
        (int)OBJECTS, after, (int)PEAK_OBJECTS);
    (void)printf("v8msg.peak_mib %.1f MiB\n", after);
    (void)unlink(path);
    fl_arena_deinit(&record_arena);
    fl_configuration_free(configuration);
    return 0;
}
