/*
 * XML from a source that nobody trusts, as events: libxml2's push parser without network,
 * entities of its own, DTD or tree, with limits in front of it and behind. Memory does
 * not grow with the document.
 *
 * Names and namespaces are interned: equal names are equal pointers as long as the reader
 * lives, so a caller compares pointers (fl_xml_reader_intern()) and keeps what a name
 * means in a table of its own.
 */

#ifndef EXCHANGE_XML_READER_H
#define EXCHANGE_XML_READER_H

#include "proto/bytes.h"
#include "proto/limits.h"

struct fl_xml_reader;

struct fl_xml_namespace {
    const char *prefix; /* interned; NULL: the default one */
    const char *uri;    /* interned; "" takes the default one back */
};

struct fl_xml_attribute {
    const char *uri;  /* interned; NULL: in no namespace */
    const char *name; /* interned, without the prefix */
    const char *prefix;
    struct fl_bytes value; /* until the handler returns */
};

struct fl_xml_element {
    const char *uri; /* interned; NULL: in no namespace */
    const char *name;
    const char *prefix;
    /* Of a start only: */
    size_t attribute_count;
    const struct fl_xml_attribute *attributes;
    size_t namespace_count; /* declared on this very element */
    const struct fl_xml_namespace *namespaces;
};

/*
 * A handler that fails ends the reading with its status; words by fl_xml_reader_fail().
 * Text comes in pieces, an element's text may be several; blanks between elements come
 * too. `comment` may be NULL.
 */
struct fl_xml_handler {
    enum fl_status (*start)(void *context, const struct fl_xml_element *element);
    enum fl_status (*text)(void *context, struct fl_bytes text);
    enum fl_status (*end)(void *context, const struct fl_xml_element *element);
    enum fl_status (*comment)(void *context, struct fl_bytes text);
    void *context;
};

struct fl_xml_reader_options {
    /* At most `size_max` bytes; `*out_size` 0 is the end. */
    enum fl_status (*read)(
        void *context,
        uint8_t *out_bytes,
        size_t size_max,
        size_t *out_size,
        struct fl_error *out_error);
    void *read_context;
    struct fl_xml_handler handler;
    /* A section <![CDATA[...]]>, in the handler's context; NULL: it is text. */
    enum fl_status (*cdata)(void *context, struct fl_bytes text);
    uint32_t depth_max;          /* 0: FL_XML_DEPTH_MAX */
    uint32_t tag_bytes_max;      /* 0: FL_XML_TAG_BYTES_MAX */
    uint32_t attributes_max;     /* 0: FL_XML_ATTRIBUTES_MAX, declarations included */
    uint64_t document_bytes_max; /* 0: any */
};

/* Reads nothing yet. `*out_reader` is the caller's. */
enum fl_status fl_xml_reader_open(
    const struct fl_xml_reader_options *options,
    struct fl_xml_reader **out_reader,
    struct fl_error *out_error);
void fl_xml_reader_close(struct fl_xml_reader *reader);

/*
 * Parse one more block of the source, at most 64 KiB, calling the handler. `*out_done`
 * tells that the document was whole and well formed. FL_MALFORMED, FL_LIMIT,
 * FL_UNSUPPORTED (an encoding): the words name the line, in a long one the column too.
 * After a failure every call answers it again.
 */
enum fl_status fl_xml_reader_feed(
    struct fl_xml_reader *reader,
    bool *out_done,
    struct fl_error *out_error);

/* Feed until the document is whole; bounded by its source. */
enum fl_status fl_xml_reader_finish(
    struct fl_xml_reader *reader,
    struct fl_error *out_error);

/* A source over a `FILE *`, which is borrowed: options.read with it as read_context. */
enum fl_status fl_xml_reader_read_file(
    void *file,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error);

/*
 * Keep words for the failure that a handler is about to return; gives `status`. `format`
 * is a literal, translated as by fl_error_set().
 */
enum fl_status fl_xml_reader_fail(
    struct fl_xml_reader *reader,
    enum fl_status status,
    const char *format,
    ...) FL_PRINTF(3, 4);
/* The same with words that another function wrote. */
enum fl_status fl_xml_reader_fail_with(
    struct fl_xml_reader *reader,
    const struct fl_error *error);
/* The same, of an element that began in an earlier line. */
enum fl_status fl_xml_reader_fail_at(
    struct fl_xml_reader *reader,
    uint64_t line,
    const struct fl_error *error);

const char *fl_xml_reader_intern(struct fl_xml_reader *reader, const char *text);
const char *fl_xml_reader_intern_bytes(
    struct fl_xml_reader *reader,
    struct fl_bytes text);

/*
 * The namespace that `prefix` stands for here (empty: the default one), interned; NULL:
 * none. Inside a start handler the element's own declarations count.
 */
const char *fl_xml_reader_resolve(
    const struct fl_xml_reader *reader,
    struct fl_bytes prefix);

/* The prefix itself, interned; NULL when it is not declared here. */
const char *fl_xml_reader_find_prefix(
    const struct fl_xml_reader *reader,
    struct fl_bytes prefix);

uint64_t fl_xml_reader_line(const struct fl_xml_reader *reader);   /* from 1 */
uint64_t fl_xml_reader_column(const struct fl_xml_reader *reader); /* bytes, from 1 */
uint32_t fl_xml_reader_depth(const struct fl_xml_reader *reader);
/* Did the reading fail because the bytes ended too soon? They may not be whole yet. */
bool fl_xml_reader_is_incomplete(const struct fl_xml_reader *reader);

#endif
