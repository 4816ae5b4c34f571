/*
 * Any text is either no filter, or one that can be evaluated; what must be so for it to
 * admit an object then is so whenever it does.
 */

#include "replication/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(
    struct fl_configuration_builder *builder,
    const char *name,
    uint32_t allows,
    const char *ref)
{
    fl_configuration_builder_attribute(
        builder, &(struct fl_attribute_source){
                     .name = name,
                     .role = FL_ROLE_OWN,
                     .type = {.allows = allows},
                     .ref_name_count = ref ? 1 : 0,
                     .ref_names = &ref});
}

static struct fl_configuration *make(void)
{
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;

    FL_ASSERT(fl_configuration_builder_new("x", "1", &builder) == FL_OK);
    fl_configuration_builder_type(
        builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "A"});
    add(builder, "b", FL_ALLOWS_STRING, NULL);
    add(builder, "c", FL_ALLOWS_NUMBER, NULL);
    add(builder, "a", 0, "CatalogRef.A");
    add(builder, "Организация", 0, "CatalogRef.A");
    FL_ASSERT(fl_configuration_builder_finish(builder, &configuration, NULL) == FL_OK);
    return configuration;
}

static const struct fl_object *reach(void *context, struct fl_key key)
{
    (void)key;
    return context;
}

static void evaluate(struct fl_filter *filter)
{
    struct fl_field fields[] = {
        {1, {.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text("x")}},
        {3, {.kind = FL_VALUE_REF, .type = 1, .uuid = {{1}}}},
    };
    struct fl_object object = {.key = {.type = 1}, .field_count = 2, .fields = fields};
    struct fl_filter_subject subject = {&object, reach, &object};
    struct fl_filter_key keys[FL_FILTER_KEYS_MAX];
    struct fl_filter_lists none = {NULL, 0};

    /* Without lists nothing that must be in one of them can be. */
    if (fl_filter_admits(filter, &subject, &none)) {
        FL_ASSERT(fl_filter_keys(filter, &subject, keys) == SIZE_MAX);
    }
    for (size_t i = 0; fl_filter_reference(filter, i); i++) {
        FL_ASSERT(fl_filter_reference_attribute(filter, i, 1) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_configuration *configuration = make();
    struct fl_filter *filter = NULL;
    struct fl_filter_source source = {
        .configuration = configuration,
        .type = fl_configuration_type(configuration, 1),
        .text = {data, size},
        .find = fl_type_find_attribute};

    if (fl_filter_new(&source, &filter, NULL) == FL_OK) {
        evaluate(filter);
    }
    fl_filter_free(filter);
    fl_configuration_free(configuration);
    return 0;
}
