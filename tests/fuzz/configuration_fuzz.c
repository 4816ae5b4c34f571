/* Any bytes are either no configuration or the one form of one. */

#include "proto/configuration.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that has a name is found by it. */
static void find_all(const struct fl_configuration *configuration)
{
    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *const type = &configuration->types[i];

        FL_ASSERT(
            fl_configuration_find(
                configuration, type->kind, fl_bytes_of_text(type->name)) == type);
        for (size_t k = 0; k < type->attribute_count; k++) {
            const struct fl_attribute *const attribute = &type->attributes[k];

            FL_ASSERT(
                fl_type_find_attribute(type, fl_bytes_of_text(attribute->name)) ==
                attribute);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_bytes bytes = {data, size};
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {.status = FL_OK};
    struct fl_buffer again;

    fl_buffer_init(&again, FL_CONFIGURATION_BYTES_MAX);
    if (fl_configuration_decode(bytes, &configuration, &error) == FL_OK) {
        find_all(configuration);
        FL_ASSERT(fl_configuration_encode(configuration, &again) == FL_OK);
        FL_ASSERT(fl_bytes_equal(fl_buffer_view(&again), bytes));
    } else {
        FL_ASSERT(error.status != FL_OK && error.text[0] != '\0');
    }
    fl_configuration_free(configuration);
    fl_buffer_deinit(&again);
    return 0;
}
