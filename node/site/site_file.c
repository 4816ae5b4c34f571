#include "site/site_file.h"

#include "node.h"

static enum fl_status write_bytes(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct fl_site_file *file = context;
    return fl_file_write(&file->file, bytes, out_error);
}

enum fl_status fl_site_file_open(
    struct fl_site_file *file,
    const char *directory,
    const char *name,
    const struct fl_commerceml_writer_options *options,
    struct fl_error *out_error)
{
    struct fl_commerceml_writer_options own = *options;
    char *path = fl_node_path(directory, name);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_begin(&file->file, path, 0600, out_error);
    fl_free(path);
    if (status != FL_OK) {
        return status;
    }
    own.sink = (struct fl_codec_sink){.write = write_bytes, .context = file};
    status = fl_commerceml_writer_open(&own, &file->writer, out_error);
    if (status != FL_OK) {
        fl_file_abandon(&file->file);
    }
    return status;
}

enum fl_status fl_site_file_publish(
    struct fl_site_file *file,
    uint64_t *io_bytes,
    struct fl_error *out_error)
{
    enum fl_status status = fl_commerceml_writer_end(file->writer, out_error);
    if (status == FL_OK) {
        *io_bytes += fl_commerceml_writer_bytes(file->writer);
        status = fl_file_place(&file->file, out_error);
    }
    if (status == FL_OK) {
        fl_commerceml_writer_close(file->writer);
        file->writer = NULL;
    } else {
        fl_site_file_abandon(file);
    }
    return status;
}

void fl_site_file_abandon(struct fl_site_file *file)
{
    if (file->writer != NULL) {
        fl_commerceml_writer_close(file->writer);
        file->writer = NULL;
        fl_file_abandon(&file->file);
    }
}
