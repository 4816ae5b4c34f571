/*
 * How fast a message of EnterpriseData is written from records by a mapping, each checked
 * against its schema, and read into records, beside the same bytes through libxml2 alone:
 * enterprisedata_bench CONFIGURATION MAPPING.
 */

#include "exchange/enterprisedata.h"
#include "mapped_bench.h"

enum {
    OBJECTS = 50000,
    PEAK_OBJECTS = 1000000,
    OTHERS = 16, /* of each type that is referred to */
};

static struct stored (*others)[OTHERS]; /* by number of type, less one */

/* ---- what is referred to ---- */

/* What a reference means, as a store would give it. */
static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    const struct stored *const stored = &others[key.type - 1][key.id.bytes[15] % OTHERS];

    (void)context;
    if (stored->record.size == 0) {
        return FL_NOT_FOUND;
    }
    return fl_record_decode(key, false, stored->record, arena, out_object);
}

static void make_others(void)
{
    others = fl_alloc_zeroed(configuration->type_count, sizeof(*others));
    if (!others) {
        die("out of memory");
    }
    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *const type =
            fl_configuration_type(configuration, (uint32_t)i + 1);

        if (type && type->kind == FL_KIND_CATALOG) {
            make_some(type, OTHERS, others[i]);
        }
    }
}

/* ---- measurements ---- */

/* A document that is not posted would go as a deletion. */
static enum fl_status post(struct fl_object *object, struct fl_arena *arena)
{
    static const struct fl_value yes = {.kind = FL_VALUE_BOOLEAN, .boolean = true};
    const struct fl_type *const type =
        fl_configuration_type(configuration, object->key.type);
    const struct fl_attribute *const posted = fl_type_role(type, FL_ROLE_POSTED);

    if (!posted || fl_object_set(object, posted->number, &yes, arena) != FL_OK) {
        return posted ? FL_NO_MEMORY : FL_OK;
    }
    return fl_object_normalise(type, object, NULL);
}

static size_t write_objects(size_t objects)
{
    static const char *const versions[] = {"1.17"};
    static const struct fl_package_terms terms = {
        .version = "1.17", .version_count = 1, .versions = versions};
    static const struct fl_package_header header = {
        .plan = FL_ENTERPRISEDATA_PLAN, .to = "A", .from = "B", .terms = &terms};
    const struct fl_conversion_ports ports = {.lookup = lookup};
    int file = create();
    const struct fl_package_writer_options options = {
        .configuration = configuration,
        .conversion = conversion,
        .ports = &ports,
        .sink = {.write = write_file, .context = &file}};
    struct fl_package_writer *writer = NULL;
    struct fl_error error = {FL_OK, ""};
    struct fl_arena arena;

    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (fl_package_writer_open(
            fl_codec_find("enterprisedata"), &options, &writer, &error) != FL_OK ||
        fl_package_writer_begin(writer, &header, &error) != FL_OK) {
        die(error.text);
    }
    for (size_t i = 0; i < objects; i++) {
        const struct stored *const stored = &records[i % RECORDS];
        struct fl_object object;

        if (fl_record_decode(stored->key, false, stored->record, &arena, &object) !=
                FL_OK ||
            post(&object, &arena) != FL_OK ||
            fl_package_writer_put(writer, &object, &error) != FL_OK) {
            die(error.text);
        }
        fl_arena_reset(&arena);
    }
    if (fl_package_writer_end(writer, &error) != FL_OK) {
        die(error.text);
    }
    fl_package_writer_close(writer);
    fl_arena_deinit(&arena);
    (void)close(file);
    return objects;
}

static size_t read_objects(size_t objects)
{
    const struct fl_conversion_ports ports = {.lookup = nothing_here};
    int file = open_file();
    const struct fl_package_reader_options options = {
        .configuration = configuration,
        .conversion = conversion,
        .ports = &ports,
        .source = {.read = read_file, .context = &file}};
    struct fl_package_reader *reader = NULL;
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};
    struct fl_buffer record;
    size_t count = 0;

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    if (fl_package_reader_open(
            fl_codec_find("enterprisedata"), &options, &reader, &error) != FL_OK) {
        die(error.text);
    }
    for (;;) {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            die(error.text);
        }
        if (!object) {
            break;
        }
        fl_buffer_clear(&record);
        if (fl_record_encode(object, &record) != FL_OK) {
            die("cannot encode");
        }
        count++;
    }
    if (count != objects) {
        die("objects were lost");
    }
    fl_package_reader_close(reader);
    fl_buffer_deinit(&record);
    (void)close(file);
    return count;
}

int main(int argc, char **argv)
{
    const char *const directory = getenv("scratch") ? getenv("scratch") : "/tmp";

    if (argc != 3) {
        (void)fprintf(stderr, "enterprisedata_bench CONFIGURATION_DIRECTORY MAPPING\n");
        return 2;
    }
    bench_name = "enterprisedata_bench";
    (void)snprintf(
        path, sizeof(path), "%s/enterprisedata_bench.%d.xml", directory, (int)getpid());
    read_mapping(argv[1], argv[2]);
    make_records("Catalog.Контрагенты");
    make_others();
    report("enterprisedata.write_objects_per_s", write_objects, OBJECTS);
    report_size("partners", OBJECTS);
    report("enterprisedata.read_objects_per_s.ceiling", parse_only, OBJECTS);
    report("enterprisedata.read_objects_per_s", read_objects, OBJECTS);
    /* Twenty times as many objects: memory must not follow. */
    const double before = run(read_objects, OBJECTS).peak_mib;
    const double written = run(write_objects, PEAK_OBJECTS).peak_mib;
    const double after = run(read_objects, PEAK_OBJECTS).peak_mib;

    (void)fprintf(
        stderr, "   peak: reading %.1f MiB with %d objects, %.1f with %d; writing %.1f\n",
        before, (int)OBJECTS, after, (int)PEAK_OBJECTS, written);
    (void)printf("enterprisedata.peak_mib %.1f MiB\n", after > written ? after : written);
    (void)fflush(stdout);
    make_some(
        fl_configuration_find_full(
            configuration, fl_bytes_of_text("Document.РеализацияТоваровУслуг")),
        RECORDS, records);
    report("enterprisedata.write_sales_per_s", write_objects, OBJECTS / 5);
    report_size("sales", OBJECTS / 5);
    report("enterprisedata.read_sales_per_s.ceiling", parse_only, OBJECTS / 5);
    report("enterprisedata.read_sales_per_s", read_objects, OBJECTS / 5);
    (void)unlink(path);
    fl_free(others);
    fl_arena_deinit(&record_arena);
    fl_conversion_free(conversion);
    fl_configuration_free(configuration);
    return 0;
}
