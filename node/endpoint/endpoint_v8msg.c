/*
 * Messages of an exchange plan: their objects are ours as they come, but for refs of
 * predefined items, which each base has made for itself.
 */

#include <string.h>

#include "endpoint_codec.h"
#include "endpoint_wrapper.h"
#include "predefined/predefined.h"

struct fl_endpoint_reading {
    struct fl_package_reader *reader;
    struct fl_ref_pairs pairs; /* borrowed; empty until they are given */
};

struct fl_endpoint_writing {
    struct fl_package_writer *writer;
    struct fl_endpoint_wrapper wrapper; /* of a distributed infobase */
    struct fl_ref_pairs pairs;
    char note[FL_ERROR_TEXT_BYTES_MAX]; /* what was left out; "": nothing */
};

static const struct fl_codec *format_of(const struct fl_endpoint_codec *codec)
{
    return fl_codec_find(
        codec == &fl_endpoint_v8msg    ? "v8msg"
        : codec == &fl_endpoint_v8exch ? "v8exch"
                                       : "v8exch-xdto");
}

static enum fl_status read_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    struct fl_codec_source source,
    struct fl_endpoint_reading **out_reading,
    struct fl_error *out_error)
{
    struct fl_endpoint_reading *reading = fl_alloc_zeroed(1, sizeof *reading);
    if (reading == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    const struct fl_package_reader_options options = {
        .configuration = node->configuration, .source = source, .pairs = &reading->pairs};
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

static void read_pairs(
    struct fl_endpoint_reading *reading,
    const struct fl_ref_pairs *pairs)
{
    reading->pairs = *pairs;
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

static const struct fl_package_predefined *read_predefined(
    const struct fl_endpoint_reading *reading,
    size_t index)
{
    return fl_package_reader_predefined(reading->reader, index);
}

/* What packages of the base have told of it. */
static enum fl_status take_learnt(
    struct fl_endpoint_writing *writing,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_wrapper **out_wrapper,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    if (peer == NULL || peer->format != FL_PEER_V8MSG) {
        return FL_OK;
    }
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (fl_endpoint_wrapper_get(&txn, peer->number, &writing->wrapper) == FL_OK) {
        *out_wrapper = &writing->wrapper.wrapper;
    }
    enum fl_status status =
        fl_predefined_pairs_get(&txn, peer->number, &writing->pairs, out_error);
    fl_txn_abort(&txn);
    return status;
}

static void write_close(struct fl_endpoint_writing *writing)
{
    if (writing != NULL) {
        fl_package_writer_close(writing->writer);
        fl_ref_pairs_deinit(&writing->pairs);
        fl_free(writing);
    }
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
    if (writing == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    struct fl_package_writer_options options = {
        .configuration = node->configuration, .sink = sink, .pairs = &writing->pairs};
    enum fl_status status = take_learnt(writing, node, peer, &options.wrapper, out_error);
    if (status == FL_OK) {
        status = fl_package_writer_open(
            format_of(codec), &options, &writing->writer, out_error);
    }
    if (status == FL_OK) {
        status = fl_package_writer_begin(writing->writer, header, out_error);
    }
    if (status != FL_OK) {
        write_close(writing);
        return status;
    }
    *out_writing = writing;
    return FL_OK;
}

static enum fl_status write_put(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    struct fl_error error;
    (void)txn;
    enum fl_status status = fl_package_writer_put(writing->writer, object, &error);
    *out_written = status == FL_OK;
    if (status == FL_UNSUPPORTED) {
        (void)fl_error_set(&error, status, "%s: left out", error.text);
        memcpy(writing->note, error.text, sizeof writing->note);
        return FL_OK;
    }
    if (status != FL_OK && out_error != NULL) {
        *out_error = error;
    }
    return status;
}

static const char *write_note(const struct fl_endpoint_writing *writing, size_t index)
{
    return index == 0 && writing->note[0] != '\0' ? writing->note : NULL;
}

static enum fl_status write_end(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    return fl_package_writer_end(writing->writer, out_error);
}

#define READS                                                                            \
    .read_open = read_open, .read_close = read_close, .read_header = read_header,        \
    .read_next = read_next, .read_is_incomplete = read_is_incomplete,                    \
    .read_note = read_note, .read_predefined = read_predefined, .read_pairs = read_pairs
#define WRITES                                                                           \
    .write_open = write_open, .write_close = write_close, .write_put = write_put,        \
    .write_note = write_note, .write_end = write_end

const struct fl_endpoint_codec fl_endpoint_v8msg = {
    READS, .read_wrapper = read_wrapper, WRITES};
const struct fl_endpoint_codec fl_endpoint_v8exch = {READS, WRITES};
const struct fl_endpoint_codec fl_endpoint_v8exch_xdto = {READS, WRITES};
