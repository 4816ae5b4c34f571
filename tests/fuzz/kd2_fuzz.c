/*
 * Any bytes are a ФайлОбмена, rules or words. What is read as a file can be written in
 * both dialects and read again.
 */

#include "exchange/kd2_kinds.h"
#include "exchange/kd2_mapping.h"
#include "kd2_told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(
    struct fl_bytes bytes,
    enum fl_kd2_dialect dialect,
    bool english)
{
    struct fl_buffer told;
    struct fl_buffer written;
    struct fl_error error = {.text = ""};
    struct kd2_seen seen;

    fl_buffer_init(&told, 1 << 24);
    fl_buffer_init(&written, 1 << 24);
    const struct fl_kd2_writer_options options = {
        .sink = fl_codec_buffer_sink(&written), .dialect = dialect, .english = english};

    if (kd2_read(bytes, &options, &told, &seen, &error) == FL_OK) {
        fl_buffer_clear(&told);
        if (kd2_read(fl_buffer_view(&written), NULL, &told, &seen, &error) != FL_OK) {
            abort();
        }
    } else if (error.text[0] == '\0') {
        abort();
    }
    fl_buffer_deinit(&told);
    fl_buffer_deinit(&written);
}

static struct fl_configuration *make_nothing(void)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;

    FL_ASSERT(fl_configuration_builder_new("F", "1", &builder) == FL_OK);
    FL_ASSERT(fl_configuration_builder_finish(builder, &configuration, NULL) == FL_OK);
    return configuration;
}

/* Whatever the rules were, the mapping that they became can be read. */
static void map_rules(const struct fl_kd2_rules *rules, enum fl_kd2_part part)
{
    static struct fl_configuration *configuration;
    struct fl_kd2_coverage coverage;
    struct fl_conversion *conversion = NULL;
    struct fl_error error = {.text = ""};
    struct fl_buffer mapping;

    configuration = configuration ? configuration : make_nothing();
    fl_buffer_init(&mapping, 1 << 24);
    if (fl_kd2_mapping_write(
            rules, part, configuration, fl_codec_buffer_sink(&mapping), &coverage,
            &error) == FL_OK) {
        struct fl_codec_memory memory = {fl_buffer_view(&mapping)};

        if (fl_conversion_read(
                configuration, fl_codec_memory_source(&memory), &conversion, &error) !=
            FL_OK) {
            (void)fprintf(stderr, "%s\n", error.text);
            abort();
        }
    }
    fl_conversion_free(conversion);
    fl_buffer_deinit(&mapping);
}

static const struct fl_kd2_making *make_making(void)
{
    static const char text[] = "<mapping format=\"kd2\" name=\"F\" key=\"Ссылка\"/>";
    static struct fl_conversion *conversion;
    static struct fl_kd2_making making;
    struct fl_codec_memory memory = {fl_bytes_of_text(text)};

    if (!conversion) {
        making.configuration = make_nothing();
        FL_ASSERT(
            fl_conversion_read(
                making.configuration, fl_codec_memory_source(&memory), &conversion,
                NULL) == FL_OK);
        making.conversion = conversion;
    }
    return &making;
}

/* Any bytes are a description of types; one that was made of Типы is one. */
static void make_kinds(const struct fl_kd2_types *types, struct fl_bytes bytes)
{
    const struct fl_kd2_making *const making = make_making();
    struct fl_kd2_types *again = NULL;
    struct fl_bytes unknown;
    struct fl_error error = {.text = ""};
    struct fl_arena arena;

    fl_arena_init(&arena, 8 << 20);
    if (!types) {
        (void)fl_kd2_kinds_write(making, bytes, &arena, &again, &error);
    } else if (
        fl_kd2_kinds_read(making, types, &arena, &bytes, &unknown, &error) == FL_OK &&
        fl_kd2_kinds_write(making, bytes, &arena, &again, &error) != FL_OK) {
        abort();
    }
    fl_arena_deinit(&arena);
}

static void make_trees(struct fl_bytes bytes)
{
    struct fl_codec_memory memory = {bytes};
    const struct fl_kd2_reader_options options = {
        .source = fl_codec_memory_source(&memory)};
    struct fl_kd2_reader *reader = NULL;
    const struct fl_kd2_item *item = NULL;
    struct fl_element *roots = NULL;
    struct fl_error error = {.text = ""};
    struct fl_arena arena;

    fl_arena_init(&arena, 8 << 20);
    FL_ASSERT(fl_kd2_reader_open(&options, &reader, &error) == FL_OK);
    while (fl_kd2_reader_next(reader, &item, &error) == FL_OK && item) {
        (void)fl_kd2_elements_of(item, NULL, &arena, &roots, &error);
        fl_arena_reset(&arena);
        if (item->types) {
            make_kinds(item->types, bytes);
        }
    }
    fl_kd2_reader_close(reader);
    fl_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_bytes bytes = {data, size};
    struct fl_codec_memory memory = {bytes};
    const struct fl_kd2_rules *rules = NULL;
    struct fl_error error = {.text = ""};
    struct fl_arena arena;

    write_and_read(bytes, FL_KD2_D1, false);
    write_and_read(bytes, FL_KD2_D3, true);
    make_trees(bytes);
    make_kinds(NULL, bytes);
    fl_arena_init(&arena, 8 << 20);
    if (fl_kd2_rules_read(fl_codec_memory_source(&memory), &arena, &rules, &error) ==
        FL_OK) {
        map_rules(rules, FL_KD2_AS_SOURCE);
        map_rules(rules, FL_KD2_AS_DESTINATION);
    } else if (error.text[0] == '\0') {
        abort();
    }
    fl_arena_deinit(&arena);
    return 0;
}
