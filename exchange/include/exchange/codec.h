/*
 * What every package format gives: a reader that turns a stream of bytes into objects and
 * a writer that turns objects into bytes, both one object at a time, in memory that does
 * not grow with the package. A format is a codec, found by its name; callers need not
 * know which one they hold.
 *
 * A reader and a writer keep their first failure: every later call answers it again.
 */

#ifndef EXCHANGE_CODEC_H
#define EXCHANGE_CODEC_H

#include "exchange/ref_pairs.h"

struct fl_conversion;
struct fl_conversion_ports;
struct fl_package_terms;

/* "v8msg": a message of an exchange plan. "v8exch": its objects in _1CV8DtUD, no header;
 * "v8exch-xdto" writes that as 8.2 and 8.3 do, and both read either.
 * "enterprisedata": the universal format, by a conversion.
 */
struct fl_codec;

const struct fl_codec *fl_codec_find(const char *name); /* NULL when there is none */
const char *fl_codec_name(const struct fl_codec *codec);

/* Texts in UTF-8, as they stand in the package: codes with their trailing spaces. */
struct fl_package_header {
    const char *plan; /* without the kind: "Филиалы" */
    const char *to;   /* code of the receiving node */
    const char *from; /* code of the sending node */
    uint64_t message_number;
    uint64_t received_number; /* the last of the receiver's messages that was accepted */
    const struct fl_package_terms *terms; /* terms.h; NULL: the format has none */
};

/*
 * Where bytes come from: at most `size_max` of them into `out_bytes`; `*out_size` 0 is
 * the end. A failure ends the reading with the same status and, when `out_error` was
 * written, the same words.
 */
struct fl_codec_source {
    enum fl_status (*read)(
        void *context,
        uint8_t *out_bytes,
        size_t size_max,
        size_t *out_size,
        struct fl_error *out_error);
    void *context;
};

/* Where bytes go to; called with whole blocks of about 64 KiB. */
struct fl_codec_sink {
    enum fl_status (
        *write)(void *context, struct fl_bytes bytes, struct fl_error *out_error);
    void *context;
};

/* Bytes in memory as a source: `left` is what remains to be read. */
struct fl_codec_memory {
    struct fl_bytes left;
};
struct fl_codec_source fl_codec_memory_source(struct fl_codec_memory *memory);
/* A buffer as a sink. FL_LIMIT when it is full. */
struct fl_codec_sink fl_codec_buffer_sink(struct fl_buffer *buffer);

struct fl_package_reader;

struct fl_package_reader_options {
    const struct fl_configuration *configuration; /* outlives the reader */
    struct fl_codec_source source;
    size_t object_bytes_max;    /* one object in memory; 0: FL_OBJECT_ARENA_BYTES_MAX */
    uint64_t package_bytes_max; /* 0: any */
    /* Of formats with names of their own (conversion.h); both outlive the reader. */
    const struct fl_conversion *conversion;
    const struct fl_conversion_ports *ports;
    /* Theirs become ours wherever refs stand. NULL: they stay. Outlives the reader. */
    const struct fl_ref_pairs *pairs;
};

/* Reads nothing yet. `*out_reader` is the caller's, to end with the close below. */
enum fl_status fl_package_reader_open(
    const struct fl_codec *codec,
    const struct fl_package_reader_options *options,
    struct fl_package_reader **out_reader,
    struct fl_error *out_error);
void fl_package_reader_close(struct fl_package_reader *reader);

/*
 * The header, read when not yet read; it lives as long as the reader. NULL in
 * `*out_header` for a package that has none. Plan, codes and numbers are only parsed, not
 * judged: whether they are right is the caller's to decide.
 */
enum fl_status fl_package_reader_header(
    struct fl_package_reader *reader,
    const struct fl_package_header **out_header,
    struct fl_error *out_error);

/*
 * The next object, normalised and checked against the configuration, or NULL after the
 * last one, when the whole package was well formed to its end. It lives until the next
 * call. A key with `deleted` set is a deletion.
 *
 * FL_MALFORMED: not XML, not this format, or a value that does not fit its attribute;
 * FL_NOT_FOUND: a type that the configuration does not know; FL_UNSUPPORTED: another
 * dialect; FL_LIMIT: too deep, too large. The words name the line, the object, the
 * element and its value, and what to do.
 */
enum fl_status fl_package_reader_next(
    struct fl_package_reader *reader,
    const struct fl_object **out_object,
    struct fl_error *out_error);

/* The line where the object given last begins, from 1; after a failure, where it struck.
 */
uint64_t fl_package_reader_line(const struct fl_package_reader *reader);
/* Did the last failure come from bytes that end too soon? Then they may not be whole yet.
 */
bool fl_package_reader_is_incomplete(const struct fl_package_reader *reader);

/*
 * What was read past or kept without being understood, in words, each kind of thing once:
 * unknown attributes (kept in the object), parts of a distributed infobase that are not
 * data (skipped). NULL beyond the last.
 */
const char *fl_package_reader_note(const struct fl_package_reader *reader, size_t index);

/* A predefined item as the sender's table has it: its own ref, whatever the pairs say. */
struct fl_package_predefined {
    struct fl_key key;
    const char *name; /* as PredefinedDataName has it */
};

/*
 * The table of predefined items of the package that was read to its end, which lives as
 * long as the reader. NULL beyond the last.
 */
const struct fl_package_predefined *fl_package_reader_predefined(
    const struct fl_package_reader *reader,
    size_t index);

/*
 * The elements around the objects of a distributed infobase (РИБ), whose namespaces are
 * in no public source: what a real message had is what another one may be written with.
 */
struct fl_package_wrapper {
    const char *changes_prefix; /* NULL: it was the default one */
    const char *changes_uri;
    const char *data_prefix;
    const char *data_uri;
    bool has_parameters; /* an element Parameters stood behind */
};

/* Of the package that was read to its end; NULL: an ordinary one. As long as the reader.
 */
const struct fl_package_wrapper *fl_package_reader_wrapper(
    const struct fl_package_reader *reader);

struct fl_package_writer;

struct fl_package_writer_options {
    const struct fl_configuration *configuration; /* outlives the writer */
    struct fl_codec_sink sink;
    /* NULL: an ordinary body. Outlives the writer. */
    const struct fl_package_wrapper *wrapper;
    /* As of a reader. */
    const struct fl_conversion *conversion;
    const struct fl_conversion_ports *ports;
    /* When the package is made, of formats that tell: seconds, datetime.h, UTC. */
    int64_t created;
    /* What the receiver takes; NULL: not known. Outlives the writer. */
    const struct fl_package_terms *receiver;
    /* Ours become theirs wherever refs stand. NULL: they stay. Outlives the writer. */
    const struct fl_ref_pairs *pairs;
};

enum fl_status fl_package_writer_open(
    const struct fl_codec *codec,
    const struct fl_package_writer_options *options,
    struct fl_package_writer **out_writer,
    struct fl_error *out_error);
void fl_package_writer_close(struct fl_package_writer *writer);

/* First and once. `header` is NULL for a format that has none. */
enum fl_status fl_package_writer_begin(
    struct fl_package_writer *writer,
    const struct fl_package_header *header,
    struct fl_error *out_error);
/*
 * A normalised object in its current state. FL_REFUSED: it holds what the format cannot
 * carry, a character that XML forbids for one; the words name object and attribute, and
 * the writer goes on without it. FL_UNSUPPORTED: the format or the receiver has no such
 * kind of object; it is left out.
 */
enum fl_status fl_package_writer_put(
    struct fl_package_writer *writer,
    const struct fl_object *object,
    struct fl_error *out_error);
/* The closing tags; everything is with the sink after it. */
enum fl_status fl_package_writer_end(
    struct fl_package_writer *writer,
    struct fl_error *out_error);

#endif
