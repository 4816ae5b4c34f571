#include "endpoint_read_back.h"

#include <inttypes.h>

#include "language.h"
#include "package_file.h"

static enum fl_status read_items(
    const struct fl_endpoint_codec *codec,
    struct fl_endpoint_reading *reader,
    uint64_t wanted,
    struct fl_output *output,
    struct fl_error *out_error)
{
    uint64_t count = 0;
    for (;;) {
        struct fl_endpoint_object object;
        enum fl_status status = codec->read_next(reader, &object, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "the package was written but does not read back");
            return status;
        }
        if (object.object == NULL) {
            break;
        }
        count++;
        fl_output_progress(output, N_("reading back"), count, wanted);
    }
    if (count != wanted) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the package was written but reads back with %" PRIu64 " objects", count);
    }
    return FL_OK;
}

enum fl_status fl_endpoint_read_back(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const char *path,
    uint64_t count,
    struct fl_output *output,
    struct fl_error *out_error)
{
    struct fl_package_file file;
    struct fl_endpoint_reading *reader = NULL;
    enum fl_status status = fl_package_file_open(&file, path, out_error);
    if (status != FL_OK) {
        return status;
    }
    status =
        codec->read_open(codec, node, fl_package_file_source(&file), &reader, out_error);
    if (status == FL_OK && codec->read_begin != NULL) {
        const struct fl_package_header *header = NULL;
        status = codec->read_header(reader, &header, out_error);
    }
    if (status == FL_OK) {
        status = read_items(codec, reader, count, output, out_error);
    }
    codec->read_close(reader);
    fl_package_file_close(&file);
    return status;
}
