/*
 * What the benchmarks of formats with a mapping share: the configuration, the rules, and
 * records of its types.
 */

#ifndef TESTS_MAPPED_BENCH_H
#define TESTS_MAPPED_BENCH_H

#include "exchange/configuration_reader.h"
#include "exchange/conversion.h"
#include "package_bench.h"
#include "world.h"

enum { RECORDS = 300 }; /* different ones, repeated up to `objects` */

static struct fl_configuration *configuration;
static struct fl_conversion *conversion;
static struct stored records[RECORDS];

static inline void make_some(
    const struct fl_type *type,
    uint32_t count,
    struct stored *out_records)
{
    struct pool *const pools =
        fl_alloc_zeroed(configuration->type_count, sizeof(struct pool));
    const struct world world = {
        .configuration = configuration, .seed = 1, .branch = 1, .pools = pools};
    struct fl_arena arena;

    if (!type || !pools) {
        die("the configuration has no such type");
    }
    for (size_t i = 0; i < configuration->type_count; i++) {
        pools[i].own_items = 1000;
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        struct making making = world_making(&world, type, i, false, &arena);
        struct fl_object object;

        make_object(&making, &object);
        keep_record(&object, &out_records[i]);
        fl_arena_reset(&arena);
    }
    fl_arena_deinit(&arena);
    fl_free(pools);
}

static inline void make_records(const char *type_name)
{
    fl_arena_init(&record_arena, FL_OBJECT_ARENA_BYTES_MAX);
    make_some(
        fl_configuration_find_full(configuration, fl_bytes_of_text(type_name)), RECORDS,
        records);
}

static inline enum fl_status nothing_here(
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

static inline void read_mapping(const char *directory, const char *mapping)
{
    int file = open(mapping, O_RDONLY);
    const struct fl_codec_source source = {.read = read_file, .context = &file};
    struct fl_error error = {FL_OK, ""};

    if (fl_configuration_read_dump(directory, &configuration, &error) != FL_OK) {
        die(error.text);
    }
    if (file < 0 ||
        fl_conversion_read(configuration, source, &conversion, &error) != FL_OK) {
        die(error.text);
    }
    (void)close(file);
}

static inline void report_size(const char *what, size_t objects)
{
    const int file = open_file();
    const off_t size = lseek(file, 0, SEEK_END);

    (void)fprintf(
        stderr, "   %s: %.0f bytes each, %.1f MiB in all\n", what,
        (double)size / (double)objects, (double)size / (1 << 20));
    (void)close(file);
}

#endif
