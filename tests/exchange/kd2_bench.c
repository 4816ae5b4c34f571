/*
 * How fast a ФайлОбмена (D3) is written from records by a mapping and read into records,
 * beside the same bytes through libxml2 alone and written as they are: kd2_bench
 * CONFIGURATION MAPPING. Each measurement runs in a process of its own, so that its peak
 * memory is its own. Rates are per second of CPU, since the disk is not what is measured.
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

#include "exchange/configuration_reader.h"
#include "exchange/kd2_element.h"
#include "exchange/kd2_reader.h"
#include "exchange/kd2_writer.h"
#include "proto/limits.h"
#include "proto/record.h"
#include "world.h"

enum {
    RECORDS = 300, /* different ones, repeated up to `objects` */
    OBJECTS = 20000,
    PEAK_OBJECTS = 4 * OBJECTS,
    RUNS = 5,
    BLOCK_BYTES = 64 << 10,
};

struct stored {
    struct fl_key key;
    struct fl_bytes record;
};

static struct fl_configuration *configuration;
static struct fl_conversion *conversion;
static struct stored records[RECORDS];
static struct fl_arena record_arena;
static char path[4096];

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "kd2_bench: %s\n", what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what is written ---- */

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

static void make_records(const char *type_name)
{
    struct pool *const pools =
        fl_alloc_zeroed(configuration->type_count, sizeof(struct pool));
    const struct world world = {
        .configuration = configuration, .seed = 1, .branch = 1, .pools = pools};
    const struct fl_type *const type =
        fl_configuration_find_full(configuration, fl_bytes_of_text(type_name));
    struct fl_arena arena;

    if (!type || !pools) {
        die("the configuration has no such type");
    }
    for (size_t i = 0; i < configuration->type_count; i++) {
        pools[i].own_items = 1000;
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_arena_init(&record_arena, FL_OBJECT_ARENA_BYTES_MAX);
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct making making = world_making(&world, type, i, false, &arena);
        struct fl_object object;

        make_object(&making, &object);
        keep_record(&object, &records[i]);
        fl_arena_reset(&arena);
    }
    fl_arena_deinit(&arena);
    fl_free(pools);
}

/* What a reference means, as a store would give it: an object of its type, or none. */
static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    const struct stored *const stored = &records[key.id.bytes[15] % RECORDS];

    (void)context;
    if (stored->key.type != key.type) {
        return FL_NOT_FOUND;
    }
    return fl_record_decode(stored->key, false, stored->record, arena, out_object);
}

static enum fl_status nothing_here(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out_object;
    return FL_NOT_FOUND;
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
        die("cannot create the file");
    }
    return file;
}

static void put_object(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_making *making,
    const struct stored *stored,
    struct fl_arena *arena)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_element *root = NULL;
    struct fl_kd2_item *item = NULL;
    struct fl_object object;
    struct fl_error error = {FL_OK, ""};

    if (fl_record_decode(stored->key, false, stored->record, arena, &object) != FL_OK ||
        fl_conversion_write(
            conversion, 0, making->ports, &object, arena, &root, &rule, &error) !=
            FL_OK ||
        !root || fl_kd2_items_of(making, root, rule, arena, &item, &error) != FL_OK ||
        fl_kd2_writer_put(writer, item, &error) != FL_OK) {
        die(error.text);
    }
    fl_arena_reset(arena);
}

static size_t write_objects(size_t objects)
{
    int file = create();
    const struct fl_kd2_writer_options options = {
        .sink = {.write = write_file, .context = &file}, .dialect = FL_KD2_D3};
    const struct fl_conversion_ports ports = {.lookup = lookup};
    const struct fl_kd2_making making = {
        conversion, &ports, configuration, FL_KD2_D3, false};
    const struct fl_kd2_header header = {.version = {NULL, 0}};
    const struct fl_kd2_exchange exchange = {.message_number = 1};
    static const struct fl_kd2_rules rules;
    struct fl_kd2_writer *writer = NULL;
    struct fl_arena arena;

    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (fl_kd2_writer_open(&options, &writer, NULL) != FL_OK ||
        fl_kd2_writer_begin(writer, &header, &rules, NULL) != FL_OK ||
        fl_kd2_writer_exchange(writer, &exchange, NULL) != FL_OK) {
        die("cannot begin");
    }
    for (size_t i = 0; i < objects; i++) {
        put_object(writer, &making, &records[i % RECORDS], &arena);
    }
    if (fl_kd2_writer_end(writer, NULL) != FL_OK) {
        die("cannot end");
    }
    fl_kd2_writer_close(writer);
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

static int open_file(void)
{
    const int file = open(path, O_RDONLY);

    if (file < 0) {
        die("cannot open the file");
    }
    return file;
}

static void take_item(
    const struct fl_kd2_item *item,
    const struct fl_conversion_ports *ports,
    struct fl_arena *arena,
    struct fl_buffer *record)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_element *root = NULL;
    struct fl_object object;
    struct fl_error error = {FL_OK, ""};

    if (fl_kd2_elements_of(item, arena, &root, &error) != FL_OK ||
        fl_conversion_to_object(
            conversion, 0, ports, root, arena, &object, &rule, &error) != FL_OK) {
        die(error.text);
    }
    fl_buffer_clear(record);
    if (!rule || fl_record_encode(&object, record) != FL_OK) {
        die("cannot encode");
    }
    fl_arena_reset(arena);
}

static size_t read_objects(size_t objects)
{
    int file = open_file();
    const struct fl_kd2_reader_options options = {
        .source = {.read = read_file, .context = &file}};
    const struct fl_conversion_ports ports = {.lookup = nothing_here};
    struct fl_kd2_reader *reader = NULL;
    const struct fl_kd2_item *item = NULL;
    struct fl_error error = {FL_OK, ""};
    struct fl_buffer record;
    struct fl_arena arena;
    size_t count = 0;

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (fl_kd2_reader_open(&options, &reader, &error) != FL_OK) {
        die(error.text);
    }
    do {
        if (fl_kd2_reader_next(reader, &item, &error) != FL_OK) {
            die(error.text);
        }
        if (item) {
            take_item(item, &ports, &arena, &record);
            count++;
        }
    } while (item);
    if (count != objects) {
        die("objects were lost");
    }
    fl_kd2_reader_close(reader);
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&record);
    (void)close(file);
    return count;
}

/* Items alone, without a mapping. */
static size_t read_items(size_t objects)
{
    int file = open_file();
    const struct fl_kd2_reader_options options = {
        .source = {.read = read_file, .context = &file}};
    struct fl_kd2_reader *reader = NULL;
    const struct fl_kd2_item *item = NULL;
    size_t count = 0;

    if (fl_kd2_reader_open(&options, &reader, NULL) != FL_OK) {
        die("cannot open");
    }
    while (fl_kd2_reader_next(reader, &item, NULL) == FL_OK && item) {
        count++;
    }
    fl_kd2_reader_close(reader);
    (void)close(file);
    return count == objects ? count : 0;
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
    const int file = open_file();
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

static void read_mapping(const char *mapping)
{
    int file = open(mapping, O_RDONLY);
    const struct fl_codec_source source = {.read = read_file, .context = &file};
    struct fl_error error = {FL_OK, ""};

    if (file < 0 ||
        fl_conversion_read(configuration, source, &conversion, &error) != FL_OK) {
        die(error.text);
    }
    (void)close(file);
}

static void report_size(const char *what)
{
    const int file = open_file();
    const off_t size = lseek(file, 0, SEEK_END);

    (void)fprintf(
        stderr, "   %s: %.0f bytes each, %.1f MiB in all\n", what, (double)size / OBJECTS,
        (double)size / (1 << 20));
    (void)close(file);
}

int main(int argc, char **argv)
{
    struct fl_error error = {FL_OK, ""};
    const char *const directory = getenv("scratch") ? getenv("scratch") : "/tmp";

    if (argc != 3) {
        (void)fprintf(stderr, "kd2_bench CONFIGURATION_DIRECTORY MAPPING\n");
        return 2;
    }
    (void)snprintf(path, sizeof(path), "%s/kd2_bench.%d.xml", directory, (int)getpid());
    if (fl_configuration_read_dump(argv[1], &configuration, &error) != FL_OK) {
        die(error.text);
    }
    read_mapping(argv[2]);
    make_records("Catalog.Номенклатура");
    report("kd2.write_objects_per_s", write_objects);
    report_size("items of a catalog");
    report("kd2.read_objects_per_s.ceiling", parse_only);
    report("kd2.read_items_per_s", read_items);
    report("kd2.read_objects_per_s", read_objects);
    /* Four times as many objects: memory must not follow. */
    const double before = run(read_objects, OBJECTS).peak_mib;
    const double written = run(write_objects, PEAK_OBJECTS).peak_mib;
    const double after = run(read_objects, PEAK_OBJECTS).peak_mib;

    (void)fprintf(
        stderr, "   peak: reading %.1f MiB with %d objects, %.1f with %d; writing %.1f\n",
        before, (int)OBJECTS, after, (int)PEAK_OBJECTS, written);
    (void)printf("kd2.peak_mib %.1f MiB\n", after > written ? after : written);
    fl_arena_deinit(&record_arena);
    make_records("Document.СчетНаОплатуПокупателю");
    report("kd2.write_invoices_per_s", write_objects);
    report_size("invoices");
    report("kd2.read_invoices_per_s.ceiling", parse_only);
    report("kd2.read_invoices_per_s", read_objects);
    (void)unlink(path);
    fl_arena_deinit(&record_arena);
    fl_conversion_free(conversion);
    fl_configuration_free(configuration);
    return 0;
}
