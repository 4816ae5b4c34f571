/*
 * Files of Конвертация данных 2 that others wrote, found through FILIAL_SHARED: each is
 * read completely, and what is written from it means the same. Ends with 77 where there
 * are none.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/conversion.h"
#include "exchange/kd2_mapping.h"
#include "kd2_told.h"

static char shared[2048];

static struct fl_buffer load(const char *name)
{
    char path[4096];
    struct fl_buffer bytes;

    fl_buffer_init(&bytes, 1 << 24);
    (void)snprintf(path, sizeof(path), "%s/samples/kd2/%s", shared, name);
    FILE *const file = fopen(path, "rb");

    if (!file) {
        fail_msg("cannot open %s", path);
    }
    size_t size = 1;

    while (size > 0) {
        size = fread(fl_buffer_reserve(&bytes, 1 << 16), 1, 1 << 16, file);
        fl_buffer_added(&bytes, size);
    }
    (void)fclose(file);
    return bytes;
}

struct sample {
    const char *name;
    enum fl_kd2_dialect dialect;
    size_t items;
    size_t properties;
};

static const struct sample data_files[] = {
    {"malakhovua-77-8/Файл выгрузки.xml", FL_KD2_D1, 1, 31},
    {"constructed/ФайлОбмена_2.0_V8Exchan_example.xml", FL_KD2_D1, 2, 5},
    {"constructed/ФайлОбмена_3.1_plan_message_example.xml", FL_KD2_D3, 3, 2},
    {"constructed/ФайлОбмена_3.1_ack_only_example.xml", FL_KD2_D3, 0, 0},
};

static void test_data_files_mean_the_same_when_written_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(data_files) / sizeof(data_files[0]); i++) {
        const struct sample *const sample = &data_files[i];
        struct fl_buffer bytes = load(sample->name);
        struct fl_buffer told;
        struct fl_buffer told_again;
        struct fl_buffer written;
        struct fl_error error = {.text = ""};
        struct kd2_seen seen;

        fl_buffer_init(&told, 1 << 24);
        fl_buffer_init(&told_again, 1 << 24);
        fl_buffer_init(&written, 1 << 24);
        /* "old": for 7.7, where the writer adds nothing that 8 wants. */
        const struct fl_kd2_writer_options options = {
            .sink = fl_codec_buffer_sink(&written),
            .dialect = sample->dialect,
            .old = sample->dialect == FL_KD2_D1,
        };

        if (kd2_read(fl_buffer_view(&bytes), &options, &told, &seen, &error) != FL_OK) {
            fail_msg("%s: %s", sample->name, error.text);
        }
        print_message(
            "%s: %zu items, %zu properties\n", sample->name, seen.items, seen.properties);
        assert_int_equal(seen.items, sample->items);
        assert_int_equal(seen.properties, sample->properties);
        if (kd2_read(fl_buffer_view(&written), NULL, &told_again, &seen, &error) !=
            FL_OK) {
            fail_msg("%s again: %s", sample->name, error.text);
        }
        fl_buffer_put_u8(&told, 0);
        fl_buffer_put_u8(&told_again, 0);
        if (strstr(sample->name, "V8Exchan") == NULL) { /* its booleans become 1 and 0 */
            assert_string_equal((char *)told.data, (char *)told_again.data);
        }
        fl_buffer_deinit(&bytes);
        fl_buffer_deinit(&told);
        fl_buffer_deinit(&told_again);
        fl_buffer_deinit(&written);
    }
}

struct rules_sample {
    const char *name;
    size_t rules;
    size_t exports;
    size_t properties;
    size_t values;
    size_t codes;
};

static const struct rules_sample rules_files[] = {
    {"vnlunkov-rules/ExchangeRules.xml", 133, 1, 1763, 697, 0},
    {"vnlunkov-rules/CorrespondentExchangeRules.xml", 17, 10, 101, 343, 5},
    {"malakhovua-77-8/unload_rules.xml", 32, 7, 249, 0, 73},
};

static size_t count_codes(const struct fl_kd2_code *code)
{
    size_t count = 0;

    for (; code; code = code->next) {
        count++;
    }
    return count;
}

static void count_properties(
    const struct fl_kd2_property_rule *list,
    struct rules_sample *counted)
{
    for (; list; list = list->next) {
        counted->properties += list->is_group ? 0 : 1;
        counted->codes += count_codes(list->code_first);
        for (const struct fl_kd2_property_rule *row = list->first; row; row = row->next) {
            counted->properties++;
            counted->codes += count_codes(row->code_first);
        }
    }
}

static void count_rules(const struct fl_kd2_rules *rules, struct rules_sample *counted)
{
    counted->codes += count_codes(rules->code_first);
    for (const struct fl_kd2_rule *rule = rules->rules; rule; rule = rule->next) {
        counted->rules++;
        counted->codes += count_codes(rule->code_first);
        count_properties(rule->properties, counted);
        for (const struct fl_kd2_value_rule *value = rule->values; value;
             value = value->next) {
            counted->values++;
        }
    }
    for (const struct fl_kd2_export_rule *rule = rules->exports; rule;
         rule = rule->next) {
        counted->exports++;
        counted->codes += count_codes(rule->code_first);
    }
}

static void test_rules_are_read_completely(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rules_files) / sizeof(rules_files[0]); i++) {
        const struct rules_sample *const sample = &rules_files[i];
        struct rules_sample counted = {.name = sample->name};
        struct fl_buffer bytes = load(sample->name);
        struct fl_codec_memory memory = {fl_buffer_view(&bytes)};
        const struct fl_kd2_rules *rules = NULL;
        struct fl_error error = {.text = ""};
        struct fl_arena arena;

        fl_arena_init(&arena, 64 << 20);
        if (fl_kd2_rules_read(fl_codec_memory_source(&memory), &arena, &rules, &error) !=
            FL_OK) {
            fail_msg("%s: %s", sample->name, error.text);
        }
        count_rules(rules, &counted);
        print_message(
            "%s: %zu rules, %zu exports, %zu properties, %zu values, %zu handlers, "
            "%zu unknown (%.*s, line %llu)\n",
            sample->name, counted.rules, counted.exports, counted.properties,
            counted.values, counted.codes, rules->unknown_count, (int)rules->unknown.size,
            rules->unknown.size > 0 ? (const char *)rules->unknown.data : "",
            (unsigned long long)rules->unknown_line);
        assert_int_equal(counted.rules, sample->rules);
        assert_int_equal(counted.exports, sample->exports);
        assert_int_equal(counted.properties, sample->properties);
        assert_int_equal(counted.values, sample->values);
        assert_int_equal(counted.codes, sample->codes);
        assert_int_equal(rules->unknown_count, 0);
        fl_arena_deinit(&arena);
        fl_buffer_deinit(&bytes);
    }
}

static struct fl_configuration *make_nothing(void)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {.text = ""};

    assert_int_equal(fl_configuration_builder_new("К", "1", &builder), FL_OK);
    assert_int_equal(
        fl_configuration_builder_finish(builder, &configuration, &error), FL_OK);
    return configuration;
}

/* Read with a configuration that knows nothing: all is a remark, nothing is refused. */
static size_t count_remarks(
    const struct fl_configuration *configuration,
    const struct fl_buffer *mapping,
    const char *name)
{
    struct fl_conversion *conversion = NULL;
    struct fl_codec_memory memory = {fl_buffer_view(mapping)};
    struct fl_error error = {.text = ""};
    size_t count = 0;

    if (fl_conversion_read(
            configuration, fl_codec_memory_source(&memory), &conversion, &error) !=
        FL_OK) {
        fail_msg("the mapping of %s: %s", name, error.text);
    }
    while (fl_conversion_remark(conversion, count)) {
        count++;
    }
    fl_conversion_free(conversion);
    return count;
}

struct coverage_sample {
    const char *name;
    enum fl_kd2_part part;
    size_t rules;
    size_t rules_whole;
    size_t properties;
    size_t properties_whole;
    size_t handlers;
};

static const struct coverage_sample coverages[] = {
    {"vnlunkov-rules/ExchangeRules.xml", FL_KD2_AS_SOURCE, 133, 129, 1763, 1756, 0},
    {"vnlunkov-rules/ExchangeRules.xml", FL_KD2_AS_DESTINATION, 133, 133, 1763, 1763, 0},
    {"vnlunkov-rules/CorrespondentExchangeRules.xml", FL_KD2_AS_SOURCE, 17, 14, 101, 96,
     2},
    {"malakhovua-77-8/unload_rules.xml", FL_KD2_AS_SOURCE, 32, 12, 249, 174, 62},
    {"malakhovua-77-8/unload_rules.xml", FL_KD2_AS_DESTINATION, 32, 25, 249, 245, 8},
};

static void test_rules_become_mappings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(coverages) / sizeof(coverages[0]); i++) {
        const struct coverage_sample *const sample = &coverages[i];
        struct fl_buffer bytes = load(sample->name);
        struct fl_codec_memory memory = {fl_buffer_view(&bytes)};
        struct fl_configuration *const nothing = make_nothing();
        const struct fl_kd2_rules *rules = NULL;
        struct fl_kd2_coverage coverage;
        struct fl_error error = {.text = ""};
        struct fl_buffer mapping;
        struct fl_arena arena;

        fl_arena_init(&arena, 64 << 20);
        fl_buffer_init(&mapping, 1 << 24);
        assert_int_equal(
            fl_kd2_rules_read(fl_codec_memory_source(&memory), &arena, &rules, &error),
            FL_OK);
        assert_int_equal(
            fl_kd2_mapping_write(
                rules, sample->part, nothing, fl_codec_buffer_sink(&mapping), &coverage,
                &error),
            FL_OK);
        print_message(
            "%s, part %d: %zu of %zu rules, %zu of %zu properties whole, %zu computed, "
            "%zu lost, %zu disabled, %zu values, %zu handlers, %zu objects, %zu "
            "remarks\n",
            sample->name, (int)sample->part, coverage.rules_whole, coverage.rules,
            coverage.properties_whole, coverage.properties, coverage.properties_computed,
            coverage.properties_lost, coverage.properties_disabled, coverage.values,
            coverage.handlers, coverage.objects,
            count_remarks(nothing, &mapping, sample->name));
        assert_int_equal(coverage.rules, sample->rules);
        assert_int_equal(coverage.rules_whole, sample->rules_whole);
        assert_int_equal(coverage.properties, sample->properties);
        assert_int_equal(coverage.properties_whole, sample->properties_whole);
        assert_int_equal(coverage.handlers, sample->handlers);
        fl_configuration_free(nothing);
        fl_buffer_deinit(&mapping);
        fl_buffer_deinit(&bytes);
        fl_arena_deinit(&arena);
    }
}

static bool find_shared(void)
{
    const char *const set = getenv("FILIAL_SHARED");
    char path[4096];

    (void)snprintf(
        shared, sizeof(shared), "%s", set ? set : FILIAL_TESTS_DIRECTORY "/../../shared");
    (void)snprintf(path, sizeof(path), "%s/samples/kd2/index.md", shared);
    FILE *const file = fopen(path, "rb");

    if (file) {
        (void)fclose(file);
    }
    return file != NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_files_mean_the_same_when_written_again),
        cmocka_unit_test(test_rules_are_read_completely),
        cmocka_unit_test(test_rules_become_mappings),
    };

    if (!find_shared()) {
        print_message("skipped: no samples/kd2 in %s\n", shared);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
