/*
 * The table of formats, and the calls of codec.h handed on to the format at hand.
 */

#include "exchange/codec.h"

#include <string.h>

#include "codec_format.h"
#include "enterprisedata_codec.h"
#include "v8msg.h"

static const struct fl_codec *const codecs[] = {
    &fl_v8msg_codec, &fl_v8msg_frame_codec, &fl_v8msg_xdto_codec,
    &fl_enterprisedata_codec};

const struct fl_codec *fl_codec_find(const char *name)
{
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        if (strcmp(codecs[i]->name, name) == 0) {
            return codecs[i];
        }
    }
    return NULL;
}

const char *fl_codec_name(const struct fl_codec *codec)
{
    return codec->name;
}

static enum fl_status read_memory(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    struct fl_bytes *const left = &((struct fl_codec_memory *)context)->left;
    const size_t size = left->size < size_max ? left->size : size_max;

    (void)out_error;
    if (size > 0) {
        memcpy(out_bytes, left->data, size);
        left->data += size;
        left->size -= size;
    }
    *out_size = size;
    return FL_OK;
}

struct fl_codec_source fl_codec_memory_source(struct fl_codec_memory *memory)
{
    return (struct fl_codec_source){.read = read_memory, .context = memory};
}

static enum fl_status write_buffer(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct fl_buffer *const buffer = context;

    fl_buffer_put(buffer, bytes);
    const enum fl_status status = fl_buffer_status(buffer);

    if (status == FL_LIMIT) {
        return fl_error_set(
            out_error, status,
            "the package is larger than the %zu bytes that are allowed here",
            buffer->bytes_max);
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "out of memory for the package");
    }
    return FL_OK;
}

struct fl_codec_sink fl_codec_buffer_sink(struct fl_buffer *buffer)
{
    return (struct fl_codec_sink){.write = write_buffer, .context = buffer};
}

enum fl_status fl_package_reader_open(
    const struct fl_codec *codec,
    const struct fl_package_reader_options *options,
    struct fl_package_reader **out_reader,
    struct fl_error *out_error)
{
    return codec->reader_open(codec, options, out_reader, out_error);
}

void fl_package_reader_close(struct fl_package_reader *reader)
{
    if (reader) {
        reader->codec->reader_close(reader);
    }
}

enum fl_status fl_package_reader_header(
    struct fl_package_reader *reader,
    const struct fl_package_header **out_header,
    struct fl_error *out_error)
{
    return reader->codec->reader_header(reader, out_header, out_error);
}

enum fl_status fl_package_reader_next(
    struct fl_package_reader *reader,
    const struct fl_object **out_object,
    struct fl_error *out_error)
{
    return reader->codec->reader_next(reader, out_object, out_error);
}

uint64_t fl_package_reader_line(const struct fl_package_reader *reader)
{
    return reader->codec->reader_line(reader);
}

bool fl_package_reader_is_incomplete(const struct fl_package_reader *reader)
{
    return reader->codec->reader_is_incomplete(reader);
}

const char *fl_package_reader_note(const struct fl_package_reader *reader, size_t index)
{
    return reader->codec->reader_note(reader, index);
}

const struct fl_package_predefined *fl_package_reader_predefined(
    const struct fl_package_reader *reader,
    size_t index)
{
    return reader->codec->reader_predefined
               ? reader->codec->reader_predefined(reader, index)
               : NULL;
}

const struct fl_package_wrapper *fl_package_reader_wrapper(
    const struct fl_package_reader *reader)
{
    return reader->codec->reader_wrapper ? reader->codec->reader_wrapper(reader) : NULL;
}

enum fl_status fl_package_writer_open(
    const struct fl_codec *codec,
    const struct fl_package_writer_options *options,
    struct fl_package_writer **out_writer,
    struct fl_error *out_error)
{
    return codec->writer_open(codec, options, out_writer, out_error);
}

void fl_package_writer_close(struct fl_package_writer *writer)
{
    if (writer) {
        writer->codec->writer_close(writer);
    }
}

enum fl_status fl_package_writer_begin(
    struct fl_package_writer *writer,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    return writer->codec->writer_begin(writer, header, out_error);
}

enum fl_status fl_package_writer_put(
    struct fl_package_writer *writer,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    return writer->codec->writer_put(writer, object, out_error);
}

enum fl_status fl_package_writer_end(
    struct fl_package_writer *writer,
    struct fl_error *out_error)
{
    return writer->codec->writer_end(writer, out_error);
}
