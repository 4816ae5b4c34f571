/*
 * What a format fills in behind codec.h. A reader and a writer of a format begin with
 * their base, so that codec.c reaches the functions from the object.
 */

#ifndef EXCHANGE_CODEC_FORMAT_H
#define EXCHANGE_CODEC_FORMAT_H

#include "exchange/codec.h"

struct fl_codec {
    const char *name;
    enum fl_status (*reader_open)(
        const struct fl_codec *codec,
        const struct fl_package_reader_options *options,
        struct fl_package_reader **out_reader,
        struct fl_error *out_error);
    void (*reader_close)(struct fl_package_reader *reader);
    enum fl_status (*reader_header)(
        struct fl_package_reader *reader,
        const struct fl_package_header **out_header,
        struct fl_error *out_error);
    enum fl_status (*reader_next)(
        struct fl_package_reader *reader,
        const struct fl_object **out_object,
        struct fl_error *out_error);
    uint64_t (*reader_line)(const struct fl_package_reader *reader);
    bool (*reader_is_incomplete)(const struct fl_package_reader *reader);
    const char *(*reader_note)(const struct fl_package_reader *reader, size_t index);
    /* NULL: the format has none. */
    const struct fl_package_wrapper *(*reader_wrapper)(
        const struct fl_package_reader *reader);
    const struct fl_package_predefined *(
        *reader_predefined)(const struct fl_package_reader *reader, size_t index);
    enum fl_status (*writer_open)(
        const struct fl_codec *codec,
        const struct fl_package_writer_options *options,
        struct fl_package_writer **out_writer,
        struct fl_error *out_error);
    void (*writer_close)(struct fl_package_writer *writer);
    enum fl_status (*writer_begin)(
        struct fl_package_writer *writer,
        const struct fl_package_header *header,
        struct fl_error *out_error);
    enum fl_status (*writer_put)(
        struct fl_package_writer *writer,
        const struct fl_object *object,
        struct fl_error *out_error);
    enum fl_status (
        *writer_end)(struct fl_package_writer *writer, struct fl_error *out_error);
};

struct fl_package_reader {
    const struct fl_codec *codec;
};

struct fl_package_writer {
    const struct fl_codec *codec;
};

#endif
