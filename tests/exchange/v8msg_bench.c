/*
 * How fast packages are written from records and read into records, beside the same bytes
 * through libxml2 alone and through a plain buffered writer: v8msg_bench CONFIGURATION.
 * Each measurement runs in a process of its own, so that its peak memory is its own.
 * Rates are per second of CPU, since the disk is not what is measured.
 */

#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exchange/codec.h"
#include "exchange/configuration_reader.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "world.h"

enum {
    RECORDS = 300, /* different ones, repeated up to `objects` */
    OBJECTS = 21800,
    PEAK_OBJECTS = 4 * OBJECTS,
    OBJECT_BYTES_LEAST = 1900,
    OBJECT_BYTES_MOST = 2800,
    RUNS = 5,
    BLOCK_BYTES = 64 << 10,
    OBJECT_ROOM = 64 << 10, /* in the plain writer's block */
};

struct stored {
    struct fl_key key;
    struct fl_bytes record;
};

static struct fl_configuration *configuration;
static struct stored records[RECORDS];
static struct fl_arena record_arena;
static char path[4096];

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "v8msg_bench: %s\n", what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

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

static void keep_record(const struct fl_object *object, struct stored *stored)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    stored->key = object->key;
    if (fl_record_encode(object, &buffer) != FL_OK ||
        fl_arena_copy(&record_arena, fl_buffer_view(&buffer), &stored->record) != FL_OK) {
        die("cannot keep a record");
    }
    fl_buffer_deinit(&buffer);
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

static enum fl_status write_file(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    const int file = *(const int *)context;

    (void)out_error;
    return write(file, bytes.data, bytes.size) == (ssize_t)bytes.size ? FL_OK : FL_IO;
}

static int create(void)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (file < 0) {
        die("cannot create the package");
    }
    return file;
}

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

static enum fl_status read_file(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    const ssize_t size = read(*(const int *)context, out_bytes, size_max);

    (void)out_error;
    *out_size = size > 0 ? (size_t)size : 0;
    return size < 0 ? FL_IO : FL_OK;
}

static int open_package(void)
{
    const int file = open(path, O_RDONLY);

    if (file < 0) {
        die("cannot open the package");
    }
    return file;
}

static size_t read_package(size_t objects)
{
    int file = open_package();
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

static size_t sax_elements;

static void sax_start(
    void *context,
    const xmlChar *name,
    const xmlChar *prefix,
    const xmlChar *uri,
    int namespace_count,
    const xmlChar **namespaces,
    int attribute_count,
    int defaulted_count,
    const xmlChar **attributes)
{
    (void)context;
    (void)prefix;
    (void)uri;
    (void)namespace_count;
    (void)namespaces;
    (void)attribute_count;
    (void)defaulted_count;
    (void)attributes;
    sax_elements += name[0] == 'D';
}

static void sax_end(
    void *context,
    const xmlChar *name,
    const xmlChar *prefix,
    const xmlChar *uri)
{
    (void)context;
    (void)name;
    (void)prefix;
    (void)uri;
}

static void sax_text(void *context, const xmlChar *text, int size)
{
    (void)context;
    (void)text;
    (void)size;
}

/* libxml2 alone, doing nothing with what it finds. */
static size_t parse_only(size_t objects)
{
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = sax_start,
        .endElementNs = sax_end,
        .characters = sax_text};
    char *const block = fl_alloc(BLOCK_BYTES);
    const int file = open_package();
    xmlParserCtxt *const parser = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
    ssize_t size = 0;

    if (!block || !parser) {
        die("out of memory");
    }
    (void)xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_COMPACT);
    while ((size = read(file, block, BLOCK_BYTES)) > 0) {
        if (xmlParseChunk(parser, block, (int)size, 0) != 0) {
            die("cannot parse");
        }
    }
    (void)xmlParseChunk(parser, NULL, 0, 1);
    xmlFreeParserCtxt(parser);
    fl_free(block);
    (void)close(file);
    return objects;
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

/* ---- running ---- */

struct outcome {
    double objects_per_s;
    double peak_mib;
};

static struct outcome run(size_t (*measured)(size_t objects), size_t objects)
{
    int ends[2];
    struct outcome outcome = {0};
    int status = 0;

    if (pipe(ends) != 0) {
        die("no pipe");
    }
    const pid_t child = fork();

    if (child == 0) {
        const double start = cpu_seconds();
        const size_t count = measured(objects);
        struct rusage usage;

        outcome.objects_per_s = (double)count / (cpu_seconds() - start);
        (void)getrusage(RUSAGE_SELF, &usage);
        outcome.peak_mib = (double)usage.ru_maxrss / 1024;
        _exit(write(ends[1], &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1);
    }
    (void)close(ends[1]);
    if (child < 0 ||
        read(ends[0], &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome)) {
        die("a measurement failed");
    }
    (void)close(ends[0]);
    (void)waitpid(child, &status, 0);
    return outcome;
}

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static void report(const char *name, size_t (*measured)(size_t objects))
{
    double rates[RUNS];

    (void)fprintf(stderr, "   %s:", name);
    for (size_t i = 0; i < RUNS; i++) {
        rates[i] = run(measured, OBJECTS).objects_per_s;
        (void)fprintf(stderr, " %.0f", rates[i]);
    }
    (void)fprintf(stderr, "\n");
    qsort(rates, RUNS, sizeof(rates[0]), compare_doubles);
    (void)printf("%s %.0f objects/s\n", name, rates[RUNS / 2]);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct fl_error error = {FL_OK, ""};
    const char *const directory = getenv("scratch") ? getenv("scratch") : "/tmp";

    if (argc != 2) {
        (void)fprintf(stderr, "v8msg_bench CONFIGURATION_DIRECTORY\n");
        return 2;
    }
    (void)snprintf(path, sizeof(path), "%s/v8msg_bench.%d.xml", directory, (int)getpid());
    if (fl_configuration_read_dump(argv[1], &configuration, &error) != FL_OK) {
        die(error.text);
    }
    make_records();
    report("v8msg.write_objects_per_s.ceiling", write_plain);
    report("v8msg.write_objects_per_s", write_package);
    report("v8msg.read_objects_per_s.ceiling", parse_only);
    report("v8msg.read_objects_per_s", read_package);
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
