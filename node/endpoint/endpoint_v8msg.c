/* Messages of an exchange plan: their objects are ours as they come. */

#include "endpoint_codec.h"
#include "endpoint_wrapper.h"

struct fl_endpoint_reading {
    struct fl_package_reader *reader;
};

struct fl_endpoint_writing {
    struct fl_package_writer *writer;
    struct fl_endpoint_wrapper wrapper; /* of a distributed infobase */
};

static const struct fl_codec *format_of(const struct fl_endpoint_codec *codec)
{
    return fl_codec_find(codec == &fl_endpoint_v8exch ? "v8exch" : "v8msg");
}

static enum fl_status read_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    struct fl_codec_source source,
    struct fl_endpoint_reading **out_reading,
    struct fl_error *out_error)
{
    struct fl_endpoint_reading *reading = fl_alloc_zeroed(1, sizeof *reading);
    const struct fl_package_reader_options options = {
        .configuration = node->configuration, .source = source};
    if (reading == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    enum fl_status status =
        fl_package_reader_open(format_of(codec), &options, &reading->reader, out_error);
    if (status != FL_OK) {
        fl_free(reading);
        return status;
    }
    *out_reading = reading;
    return FL_OK;
}

static void read_close(struct fl_endpoint_reading *reading)
{
    if (reading != NULL) {
        fl_package_reader_close(reading->reader);
        fl_free(reading);
    }
}

static enum fl_status read_header(
    struct fl_endpoint_reading *reading,
    const struct fl_package_header **out_header,
    struct fl_error *out_error)
{
    return fl_package_reader_header(reading->reader, out_header, out_error);
}

static enum fl_status read_next(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    struct fl_error *out_error)
{
    out_object->sender = FL_SENDER_BY_ROLE;
    return fl_package_reader_next(reading->reader, &out_object->object, out_error);
}

static bool read_is_incomplete(const struct fl_endpoint_reading *reading)
{
    return fl_package_reader_is_incomplete(reading->reader);
}

static const char *read_note(const struct fl_endpoint_reading *reading, size_t index)
{
    return fl_package_reader_note(reading->reader, index);
}

static const struct fl_package_wrapper *read_wrapper(
    const struct fl_endpoint_reading *reading)
{
    return fl_package_reader_wrapper(reading->reader);
}

static void take_wrapper(
    struct fl_endpoint_writing *writing,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_wrapper **out_wrapper)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool known = peer != NULL && peer->format == FL_PEER_V8MSG &&
                 fl_endpoint_wrapper_get(&txn, peer->number, &writing->wrapper) == FL_OK;
    fl_txn_abort(&txn);
    *out_wrapper = known ? &writing->wrapper.wrapper : NULL;
}

static enum fl_status write_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_header *header,
    struct fl_codec_sink sink,
    struct fl_endpoint_writing **out_writing,
    struct fl_error *out_error)
{
    struct fl_endpoint_writing *writing = fl_alloc_zeroed(1, sizeof *writing);
    struct fl_package_writer_options options = {
        .configuration = node->configuration, .sink = sink};
    if (writing == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    take_wrapper(writing, node, peer, &options.wrapper);
    enum fl_status status =
        fl_package_writer_open(format_of(codec), &options, &writing->writer, out_error);
    if (status == FL_OK) {
        status = fl_package_writer_begin(writing->writer, header, out_error);
    }
    if (status != FL_OK) {
        fl_package_writer_close(writing->writer);
        fl_free(writing);
        return status;
    }
    *out_writing = writing;
    return FL_OK;
}

static void write_close(struct fl_endpoint_writing *writing)
{
    if (writing != NULL) {
        fl_package_writer_close(writing->writer);
        fl_free(writing);
    }
}

static enum fl_status write_put(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    (void)txn;
    *out_written = true;
    return fl_package_writer_put(writing->writer, object, out_error);
}

static enum fl_status write_end(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    return fl_package_writer_end(writing->writer, out_error);
}

const struct fl_endpoint_codec fl_endpoint_v8msg = {
    .read_open = read_open,
    .read_close = read_close,
    .read_header = read_header,
    .read_next = read_next,
    .read_is_incomplete = read_is_incomplete,
    .read_note = read_note,
    .read_wrapper = read_wrapper,
    .write_open = write_open,
    .write_close = write_close,
    .write_put = write_put,
    .write_end = write_end,
};

const struct fl_endpoint_codec fl_endpoint_v8exch = {
    .read_open = read_open,
    .read_close = read_close,
    .read_header = read_header,
    .read_next = read_next,
    .read_is_incomplete = read_is_incomplete,
    .read_note = read_note,
    .read_wrapper = read_wrapper,
    .write_open = write_open,
    .write_close = write_close,
    .write_put = write_put,
    .write_end = write_end,
};
