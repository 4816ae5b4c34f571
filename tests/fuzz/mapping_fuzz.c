/*
 * Bytes as a mapping: refused in words, or rules that all can be asked for.
 */

#include <stdlib.h>

#include "exchange/enterprisedata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fl_configuration *make_configuration(void)
{
    static struct fl_configuration *configuration;
    struct fl_configuration_builder *builder = NULL;
    struct fl_error error;

    if (configuration) {
        return configuration;
    }
    FL_ASSERT(fl_configuration_builder_new("C", "1", &builder) == FL_OK);
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "C"});
    fl_configuration_builder_attribute(
        builder,
        &(struct fl_attribute_source){
            .name = "A", .role = FL_ROLE_OWN, .type = {.allows = FL_ALLOWS_STRING}});
    fl_configuration_builder_section(builder, "S", FL_USE_ALWAYS);
    fl_configuration_builder_attribute(
        builder,
        &(struct fl_attribute_source){
            .name = "B", .role = FL_ROLE_OWN, .type = {.allows = FL_ALLOWS_NUMBER}});
    FL_ASSERT(fl_configuration_builder_finish(builder, &configuration, &error) == FL_OK);
    return configuration;
}

static bool take_words(void *context, const char *words)
{
    (void)context;
    return words[0] != '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_codec_memory memory = {{data, size}};
    struct fl_conversion *conversion = NULL;
    struct fl_package_terms terms;
    struct fl_arena arena;
    struct fl_error error = {FL_OK, ""};

    if (fl_conversion_read(
            make_configuration(), fl_codec_memory_source(&memory), &conversion, &error) !=
        FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
        return 0;
    }
    fl_arena_init(&arena, 1 << 20);
    if (fl_enterprisedata_terms(conversion, "1.8,1.17", &arena, &terms, &error) ==
        FL_OK) {
        FL_ASSERT(terms.version_count == 2);
    }
    FL_ASSERT(
        fl_enterprisedata_check(conversion, "1.8", take_words, NULL, &error) == FL_OK);
    fl_arena_deinit(&arena);
    fl_conversion_free(conversion);
    return 0;
}
