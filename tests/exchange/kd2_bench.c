/*
 * How fast a ФайлОбмена (D3) is written from records by a mapping and read into records,
 * beside the same bytes through libxml2 alone: kd2_bench CONFIGURATION MAPPING.
 */

#include "exchange/kd2_element.h"
#include "exchange/kd2_reader.h"
#include "exchange/kd2_writer.h"
#include "mapped_bench.h"

enum {
    OBJECTS = 20000,
    PEAK_OBJECTS = 4 * OBJECTS,
};

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

/* ---- measurements ---- */

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

    if (fl_kd2_elements_of(item, NULL, arena, &root, &error) != FL_OK ||
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

int main(int argc, char **argv)
{
    const char *const directory = getenv("scratch") ? getenv("scratch") : "/tmp";

    if (argc != 3) {
        (void)fprintf(stderr, "kd2_bench CONFIGURATION_DIRECTORY MAPPING\n");
        return 2;
    }
    bench_name = "kd2_bench";
    (void)snprintf(path, sizeof(path), "%s/kd2_bench.%d.xml", directory, (int)getpid());
    read_mapping(argv[1], argv[2]);
    make_records("Catalog.Номенклатура");
    report("kd2.write_objects_per_s", write_objects, OBJECTS);
    report_size("items of a catalog", OBJECTS);
    report("kd2.read_objects_per_s.ceiling", parse_only, OBJECTS);
    report("kd2.read_items_per_s", read_items, OBJECTS);
    report("kd2.read_objects_per_s", read_objects, OBJECTS);
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
    report("kd2.write_invoices_per_s", write_objects, OBJECTS);
    report_size("invoices", OBJECTS);
    report("kd2.read_invoices_per_s.ceiling", parse_only, OBJECTS);
    report("kd2.read_invoices_per_s", read_objects, OBJECTS);
    (void)unlink(path);
    fl_arena_deinit(&record_arena);
    fl_conversion_free(conversion);
    fl_configuration_free(configuration);
    return 0;
}
