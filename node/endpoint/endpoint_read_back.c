#include "endpoint_read_back.h"

#include <inttypes.h>

#include "language.h"
#include "package/package_file.h"

struct fl_endpoint_read_back {
    const struct fl_endpoint_codec *codec;
    struct fl_package_file file;
    struct fl_endpoint_reading *reader;
    uint64_t wanted;
    uint64_t count;
};

static enum fl_status open_reader(
    struct fl_endpoint_read_back *back,
    struct fl_node *node,
    struct fl_error *out_error)
{
    const struct fl_endpoint_codec *codec = back->codec;
    const struct fl_package_header *header = NULL;
    enum fl_status status = codec->read_open(
        codec, node, fl_package_file_source(&back->file), &back->reader, out_error);
    return status == FL_OK && codec->read_begin != NULL
               ? codec->read_header(back->reader, &header, out_error)
               : status;
}

enum fl_status fl_endpoint_read_back_begin(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const char *path,
    uint64_t count,
    struct fl_endpoint_read_back **out_back,
    struct fl_error *out_error)
{
    struct fl_endpoint_read_back *back = fl_alloc_zeroed(1, sizeof *back);
    if (back == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    back->codec = codec;
    back->wanted = count;
    enum fl_status status = fl_package_file_open(&back->file, path, path, out_error);
    if (status == FL_OK) {
        status = open_reader(back, node, out_error);
    }
    if (status != FL_OK) {
        fl_endpoint_read_back_end(back);
        return status;
    }
    *out_back = back;
    return FL_OK;
}

enum fl_status fl_endpoint_read_back_step(
    struct fl_endpoint_read_back *back,
    const struct fl_share *share,
    struct fl_output *output,
    bool *out_done,
    struct fl_error *out_error)
{
    bool ended = false;
    do {
        struct fl_endpoint_object object = {.object = NULL};
        enum fl_status status = back->codec->read_next(back->reader, &object, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "the package was written but does not read back");
            return status;
        }
        ended = fl_endpoint_object_is_none(&object);
        back->count += object.object != NULL;
        fl_output_progress(output, N_("reading back"), back->count, back->wanted);
    } while (!ended && !fl_share_is_over(share));
    if (ended && back->count != back->wanted) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the package was written but reads back with %" PRIu64 " objects",
            back->count);
    }
    *out_done = ended;
    return FL_OK;
}

uint64_t fl_endpoint_read_back_count(const struct fl_endpoint_read_back *back)
{
    return back->count;
}

void fl_endpoint_read_back_end(struct fl_endpoint_read_back *back)
{
    if (back != NULL) {
        back->codec->read_close(back->reader);
        fl_package_file_close(&back->file);
        fl_free(back);
    }
}
