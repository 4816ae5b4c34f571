#include "correspondent_codec.h"

#include "exchange/enterprisedata.h"
#include "mapping/mapping_load.h"
#include "proto/limits.h"

#define CODEC                                                                            \
    {                                                                                    \
        .confirms_broken = true, .overwrites = true, .takes_unnumbered = true,           \
        .read_open = fl_correspondent_read_open,                                         \
        .read_close = fl_correspondent_read_close,                                       \
        .read_header = fl_correspondent_read_header,                                     \
        .read_sender = fl_correspondent_read_sender,                                     \
        .read_begin = fl_correspondent_read_begin,                                       \
        .read_next = fl_correspondent_read_next,                                         \
        .read_is_incomplete = fl_correspondent_read_is_incomplete,                       \
        .read_note = fl_correspondent_read_note,                                         \
        .write_open = fl_correspondent_write_open,                                       \
        .write_close = fl_correspondent_write_close,                                     \
        .write_put = fl_correspondent_write_put,                                         \
        .write_more = fl_correspondent_write_more,                                       \
        .write_note = fl_correspondent_write_note,                                       \
        .write_end = fl_correspondent_write_end,                                         \
        .write_keep = fl_correspondent_write_keep                                        \
    }

const struct fl_correspondent_codec fl_correspondent_endpoint = {.codec = CODEC};

struct fl_correspondent_codec fl_correspondent_codec_of(
    const struct fl_correspondent_settings *settings)
{
    return (struct fl_correspondent_codec){.codec = CODEC, .settings = settings};
}

enum fl_status fl_correspondent_mapping_load(
    const char *path,
    const struct fl_configuration *configuration,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error)
{
    if (path == NULL || path[0] == '\0') {
        return fl_error_set(
            out_error, FL_REFUSED,
            "what is called how in these files? --mapping FILE says it");
    }
    return fl_mapping_load(
        path, configuration, FL_CORRESPONDENT_FORMAT, out_conversion, out_error);
}

enum fl_status fl_correspondent_check(
    struct fl_node *node,
    const char *mapping,
    const char *versions,
    struct fl_error *out_error)
{
    struct fl_conversion *conversion = NULL;
    struct fl_package_terms terms;
    struct fl_arena arena;
    enum fl_status status = fl_correspondent_mapping_load(
        mapping, node->configuration, &conversion, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    status = fl_enterprisedata_terms(conversion, versions, &arena, &terms, out_error);
    if (status == FL_OK && terms.kind_count == 0) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "%s has no object of this configuration: 1C exchanges nothing with a side "
            "that names no kinds",
            mapping);
    }
    fl_arena_deinit(&arena);
    fl_conversion_free(conversion);
    return status;
}
