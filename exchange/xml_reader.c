#include "xml_reader.h"

#include <errno.h>
#include <libxml/SAX2.h>
#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "xml_scanner.h"

enum {
    BLOCK_BYTES = 64 << 10,
    NAMESPACES_MAX = 1024,  /* in force at once */
    LINE_BYTES_SHORT = 500, /* found by eye, without a column */
};

struct fl_xml_reader {
    struct fl_xml_reader_options options;
    struct fl_xml_scanner scanner;
    xmlParserCtxt *parser;
    xmlSAXHandler sax;
    uint8_t *block;
    uint64_t bytes_read;
    uint32_t depth;
    bool done;
    bool incomplete;
    uint64_t failed_line; /* 0: where the parser stands */
    enum fl_status failure;
    struct fl_error error;
    struct fl_xml_attribute *attributes;
    /* Declarations in force, inner ones last, and how many each open element added. */
    struct fl_xml_namespace namespaces[NAMESPACES_MAX];
    size_t namespace_count;
    uint16_t *namespaces_added;
};

/* Nothing of a document may name a file or an address that is then opened. */
static xmlParserInput *refuse_entity(
    const char *url,
    const char *id,
    xmlParserCtxt *parser)
{
    (void)url;
    (void)id;
    (void)parser;
    return NULL;
}

static void be_silent(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static void set_library(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(refuse_entity);
    xmlCatalogSetDefaults(XML_CATA_ALLOW_NONE);
}

static void start_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, set_library);
    xmlSetGenericErrorFunc(NULL, be_silent); /* each thread has its own */
}

/* The first failure stays; the parser stops at the next byte. */
static void keep_failure(struct fl_xml_reader *reader, enum fl_status status)
{
    if (reader->failure == FL_OK && status != FL_OK) {
        reader->failure = status;
        xmlStopParser(reader->parser);
    }
}

enum fl_status fl_xml_reader_fail(
    struct fl_xml_reader *reader,
    enum fl_status status,
    const char *format,
    ...)
{
    va_list arguments;

    if (reader->failure == FL_OK && reader->error.text[0] == '\0') {
        va_start(arguments, format);
        (void)fl_error_set_list(&reader->error, status, format, arguments);
        va_end(arguments);
    }
    return status;
}

enum fl_status fl_xml_reader_fail_with(
    struct fl_xml_reader *reader,
    const struct fl_error *error)
{
    if (reader->failure == FL_OK && reader->error.text[0] == '\0') {
        reader->error = *error;
    }
    return error->status;
}

enum fl_status fl_xml_reader_fail_at(
    struct fl_xml_reader *reader,
    uint64_t line,
    const struct fl_error *error)
{
    if (reader->failure == FL_OK && reader->error.text[0] == '\0') {
        reader->failed_line = line;
    }
    return fl_xml_reader_fail_with(reader, error);
}

static enum fl_status keep_namespaces(
    struct fl_xml_reader *reader,
    size_t count,
    const xmlChar **namespaces)
{
    if (reader->namespace_count + count > NAMESPACES_MAX) {
        (void)fl_error_set(
            &reader->error, FL_LIMIT, "more than %d namespaces at once", NAMESPACES_MAX);
        return FL_LIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        const char *uri = (const char *)namespaces[2 * i + 1];

        reader->namespaces[reader->namespace_count++] = (struct fl_xml_namespace){
            .prefix = (const char *)namespaces[2 * i], .uri = uri ? uri : ""};
    }
    reader->namespaces_added[reader->depth] = (uint16_t)count;
    return FL_OK;
}

static void keep_attributes(
    struct fl_xml_reader *reader,
    size_t count,
    const xmlChar **attributes)
{
    for (size_t i = 0; i < count; i++) {
        const xmlChar **attribute = attributes + 5 * i;

        reader->attributes[i] = (struct fl_xml_attribute){
            .name = (const char *)attribute[0],
            .prefix = (const char *)attribute[1],
            .uri = (const char *)attribute[2],
            .value = {attribute[3], (size_t)(attribute[4] - attribute[3])},
        };
    }
}

static void on_start(
    void *context,
    const xmlChar *name,
    const xmlChar *prefix,
    const xmlChar *uri,
    int namespace_count,
    const xmlChar **namespaces,
    int attribute_count,
    int defaulted_count,
    const xmlChar **attributes)
{
    struct fl_xml_reader *reader = context;

    (void)defaulted_count;
    if (reader->failure != FL_OK) {
        return;
    }
    if (reader->depth >= reader->options.depth_max) {
        (void)fl_error_set(
            &reader->error, FL_LIMIT, "elements are nested deeper than %u",
            reader->options.depth_max);
        keep_failure(reader, FL_LIMIT);
        return;
    }
    if ((uint32_t)attribute_count > reader->options.attributes_max ||
        keep_namespaces(reader, (size_t)namespace_count, namespaces) != FL_OK) {
        keep_failure(reader, FL_LIMIT);
        return;
    }
    keep_attributes(reader, (size_t)attribute_count, attributes);
    struct fl_xml_element element = {
        .uri = (const char *)uri,
        .name = (const char *)name,
        .prefix = (const char *)prefix,
        .attribute_count = (size_t)attribute_count,
        .attributes = reader->attributes,
        .namespace_count = (size_t)namespace_count,
        .namespaces =
            reader->namespaces + reader->namespace_count - (size_t)namespace_count,
    };

    reader->depth++;
    keep_failure(
        reader, reader->options.handler.start(reader->options.handler.context, &element));
}

static void on_end(
    void *context,
    const xmlChar *name,
    const xmlChar *prefix,
    const xmlChar *uri)
{
    struct fl_xml_reader *reader = context;
    struct fl_xml_element element = {
        .uri = (const char *)uri,
        .name = (const char *)name,
        .prefix = (const char *)prefix};

    if (reader->failure != FL_OK) {
        return;
    }
    keep_failure(
        reader, reader->options.handler.end(reader->options.handler.context, &element));
    reader->depth--;
    reader->namespace_count -= reader->namespaces_added[reader->depth];
}

static void on_text(void *context, const xmlChar *text, int size)
{
    struct fl_xml_reader *reader = context;

    if (reader->failure == FL_OK) {
        keep_failure(
            reader,
            reader->options.handler.text(
                reader->options.handler.context, (struct fl_bytes){text, (size_t)size}));
    }
}

static void on_cdata(void *context, const xmlChar *text, int size)
{
    struct fl_xml_reader *reader = context;
    const struct fl_xml_reader_options *const options = &reader->options;

    if (!options->cdata) {
        on_text(context, text, size);
    } else if (reader->failure == FL_OK) {
        keep_failure(
            reader, options->cdata(
                        options->handler.context, (struct fl_bytes){text, (size_t)size}));
    }
}

static void on_comment(void *context, const xmlChar *text)
{
    struct fl_xml_reader *reader = context;

    if (reader->failure == FL_OK && reader->options.handler.comment) {
        keep_failure(
            reader,
            reader->options.handler.comment(
                reader->options.handler.context, fl_bytes_of_text((const char *)text)));
    }
}

/* 1C's packages have none, and all that an entity can do begins here. */
static void on_doctype(
    void *context,
    const xmlChar *name,
    const xmlChar *public_id,
    const xmlChar *system_id)
{
    struct fl_xml_reader *reader = context;

    (void)name;
    (void)public_id;
    (void)system_id;
    if (reader->failure == FL_OK) {
        (void)fl_error_set(
            &reader->error, FL_MALFORMED, "a document type (DOCTYPE) is not allowed");
        keep_failure(reader, FL_MALFORMED);
    }
}

static void on_error(void *context, xmlError *error)
{
    struct fl_xml_reader *reader = context;

    if (reader->failure != FL_OK || reader->error.text[0] != '\0' ||
        error->level < XML_ERR_ERROR) {
        return;
    }
    size_t size = error->message ? strcspn(error->message, "\n") : 0;

    (void)fl_error_set(
        &reader->error, FL_MALFORMED, "not well-formed XML: %.*s", (int)size,
        error->message ? error->message : "");
    if (error->domain == XML_FROM_NAMESPACE) {
        /* The parser would go on, with an undeclared prefix as if there were none. */
        keep_failure(reader, FL_MALFORMED);
    }
}

static enum fl_status make_parser(struct fl_xml_reader *reader)
{
    reader->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_cdata,
        .ignorableWhitespace = on_text,
        .comment = on_comment,
        .internalSubset = on_doctype,
        .serror = (xmlStructuredErrorFunc)on_error,
    };
    reader->parser = xmlCreatePushParserCtxt(&reader->sax, reader, NULL, 0, NULL);
    if (!reader->parser) {
        return FL_NO_MEMORY;
    }
    (void)xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_COMPACT);
    return FL_OK;
}

static void use_defaults(struct fl_xml_reader_options *options)
{
    if (options->depth_max == 0) {
        options->depth_max = FL_XML_DEPTH_MAX;
    }
    if (options->tag_bytes_max == 0) {
        options->tag_bytes_max = FL_XML_TAG_BYTES_MAX;
    }
    if (options->attributes_max == 0) {
        options->attributes_max = FL_XML_ATTRIBUTES_MAX;
    }
}

enum fl_status fl_xml_reader_open(
    const struct fl_xml_reader_options *options,
    struct fl_xml_reader **out_reader,
    struct fl_error *out_error)
{
    struct fl_xml_reader *reader = fl_alloc_zeroed(1, sizeof(*reader));

    start_library();
    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    reader->options = *options;
    use_defaults(&reader->options);
    fl_xml_scanner_init(
        &reader->scanner, reader->options.attributes_max, reader->options.tag_bytes_max);
    reader->block = fl_alloc(BLOCK_BYTES);
    reader->attributes =
        fl_alloc_zeroed(reader->options.attributes_max, sizeof(*reader->attributes));
    reader->namespaces_added =
        fl_alloc_zeroed(reader->options.depth_max + 1, sizeof(uint16_t));
    if (!reader->block || !reader->attributes || !reader->namespaces_added ||
        make_parser(reader) != FL_OK) {
        fl_xml_reader_close(reader);
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    *out_reader = reader;
    return FL_OK;
}

void fl_xml_reader_close(struct fl_xml_reader *reader)
{
    if (!reader) {
        return;
    }
    if (reader->parser) {
        xmlFreeParserCtxt(reader->parser);
    }
    fl_free(reader->block);
    fl_free(reader->attributes);
    fl_free(reader->namespaces_added);
    fl_free(reader);
}

/* The whole first block, so that the head of a document is looked at in one piece. */
static enum fl_status fill_block(struct fl_xml_reader *reader, size_t *out_size)
{
    size_t size = 0;
    size_t added = 1;

    while (size < BLOCK_BYTES && added > 0) {
        enum fl_status status = reader->options.read(
            reader->options.read_context, reader->block + size, BLOCK_BYTES - size,
            &added, &reader->error);

        if (status != FL_OK) {
            return status;
        }
        size += added;
    }
    reader->bytes_read += size;
    *out_size = size;
    if (reader->options.document_bytes_max > 0 &&
        reader->bytes_read > reader->options.document_bytes_max) {
        return fl_error_set(
            &reader->error, FL_LIMIT, "the document is larger than %llu bytes",
            (unsigned long long)reader->options.document_bytes_max);
    }
    return FL_OK;
}

/* Nothing was wrong with the document up to its last byte, which comes too soon. */
static enum fl_status fail_incomplete(struct fl_xml_reader *reader)
{
    reader->incomplete = true;
    return fl_error_set(
        &reader->error, FL_MALFORMED,
        "the document ends too soon: it is cut short, or not yet whole");
}

static enum fl_status fail_malformed(struct fl_xml_reader *reader)
{
    if (reader->failure != FL_OK) {
        return reader->failure;
    }
    if (reader->error.text[0] == '\0') {
        (void)fl_error_set(&reader->error, FL_MALFORMED, "not well-formed XML");
    }
    return FL_MALFORMED;
}

/* False: the parser or the handler has failed. */
static bool parse_bytes(struct fl_xml_reader *reader, size_t size)
{
    const int code =
        xmlParseChunk(reader->parser, (const char *)reader->block, (int)size, 0);

    return code == XML_ERR_OK && reader->failure == FL_OK;
}

/* What stands before a tag with too much in it is read, so that its line is known. */
static enum fl_status refuse_tag(
    struct fl_xml_reader *reader,
    size_t sound,
    const struct fl_error *refusal)
{
    if (!parse_bytes(reader, sound)) {
        return fail_malformed(reader);
    }
    reader->error = *refusal;
    return refusal->status;
}

/*
 * The parser waits for the semicolon of a reference; with a tag behind the ampersand none
 * is going to come, and the document is not cut short but wrong.
 */
static bool waits_in_vain(const struct fl_xml_reader *reader)
{
    const xmlParserInput *const input = reader->parser->input;

    return input && input->cur < input->end && *input->cur == '&' &&
           memchr(input->cur, '<', (size_t)(input->end - input->cur));
}

static enum fl_status parse_block(struct fl_xml_reader *reader, size_t size)
{
    const struct fl_bytes block = {reader->block, size};
    const bool is_last = size < BLOCK_BYTES;
    struct fl_error refusal;
    size_t sound = 0;

    if (reader->bytes_read == size) {
        const enum fl_status status =
            fl_xml_scanner_check_encoding(block, &reader->error);

        if (status != FL_OK) {
            return status;
        }
    }
    if (fl_xml_scanner_feed(&reader->scanner, block, &sound, &refusal) != FL_OK) {
        return refuse_tag(reader, sound, &refusal);
    }
    if (!parse_bytes(reader, size)) {
        return fail_malformed(reader);
    }
    if (is_last && waits_in_vain(reader)) {
        return fl_error_set(
            &reader->error, FL_MALFORMED,
            "not well-formed XML: an ampersand by itself is written as &amp;");
    }
    if (is_last) {
        /*
         * A failure now is that the bytes end here, even when it comes from the handler,
         * which may be shown a tag that is cut in two.
         */
        const int code = xmlParseChunk(reader->parser, NULL, 0, /* terminate= */ 1);

        if (code != XML_ERR_OK || reader->failure != FL_OK) {
            return fail_incomplete(reader);
        }
        if (!reader->parser->wellFormed) {
            return fail_malformed(reader);
        }
    }
    reader->done = is_last;
    return FL_OK;
}

static void prefix_place(struct fl_xml_reader *reader)
{
    const bool is_before = reader->failed_line > 0;
    const unsigned long long line =
        is_before ? reader->failed_line : fl_xml_reader_line(reader);
    const unsigned long long column = fl_xml_reader_column(reader);

    if (column > LINE_BYTES_SHORT && !is_before) {
        fl_error_prefix(&reader->error, "line %llu, column %llu", line, column);
    } else {
        fl_error_prefix(&reader->error, "line %llu", line);
    }
}

enum fl_status fl_xml_reader_feed(
    struct fl_xml_reader *reader,
    bool *out_done,
    struct fl_error *out_error)
{
    size_t size = 0;

    if (reader->failure == FL_OK && !reader->done) {
        enum fl_status status = fill_block(reader, &size);
        bool in_document = status == FL_OK;

        if (status == FL_OK && size == 0 && reader->bytes_read == 0) {
            reader->incomplete = true;
            status = fl_error_set(&reader->error, FL_MALFORMED, "the document is empty");
        } else if (status == FL_OK) {
            status = parse_block(reader, size);
        }
        if (status != FL_OK) {
            reader->failure = status;
            if (in_document && reader->bytes_read > 0) {
                prefix_place(reader);
            }
        }
    }
    if (reader->failure != FL_OK) {
        if (out_error) {
            *out_error = reader->error;
            out_error->status = reader->failure;
        }
        return reader->failure;
    }
    *out_done = reader->done;
    return FL_OK;
}

enum fl_status fl_xml_reader_finish(
    struct fl_xml_reader *reader,
    struct fl_error *out_error)
{
    bool done = false;
    enum fl_status status = FL_OK;

    while (status == FL_OK && !done) {
        status = fl_xml_reader_feed(reader, &done, out_error);
    }
    return status;
}

enum fl_status fl_xml_reader_read_file(
    void *file,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    *out_size = fread(out_bytes, 1, size_max, file);
    return *out_size == 0 && ferror(file)
               ? fl_error_set(out_error, FL_IO, "%s", strerror(errno))
               : FL_OK;
}

const char *fl_xml_reader_intern(struct fl_xml_reader *reader, const char *text)
{
    return (const char *)xmlDictLookup(reader->parser->dict, (const xmlChar *)text, -1);
}

const char *fl_xml_reader_intern_bytes(struct fl_xml_reader *reader, struct fl_bytes text)
{
    return (const char *)xmlDictLookup(reader->parser->dict, text.data, (int)text.size);
}

static const struct fl_xml_namespace *find_namespace(
    const struct fl_xml_reader *reader,
    struct fl_bytes prefix)
{
    for (size_t i = reader->namespace_count; i > 0; i--) {
        const struct fl_xml_namespace *space = &reader->namespaces[i - 1];
        struct fl_bytes name = fl_bytes_of_text(space->prefix ? space->prefix : "");

        if (fl_bytes_equal(name, prefix)) {
            return space;
        }
    }
    return NULL;
}

const char *fl_xml_reader_resolve(
    const struct fl_xml_reader *reader,
    struct fl_bytes prefix)
{
    const struct fl_xml_namespace *space = find_namespace(reader, prefix);

    return space && space->uri[0] ? space->uri : NULL;
}

const char *fl_xml_reader_find_prefix(
    const struct fl_xml_reader *reader,
    struct fl_bytes prefix)
{
    const struct fl_xml_namespace *space = find_namespace(reader, prefix);

    return space ? space->prefix : NULL;
}

uint64_t fl_xml_reader_line(const struct fl_xml_reader *reader)
{
    const xmlParserInput *input = reader->parser->input;

    return input && input->line > 0 ? (uint64_t)input->line : 1;
}

uint64_t fl_xml_reader_column(const struct fl_xml_reader *reader)
{
    const xmlParserInput *input = reader->parser->input;

    return input && input->col > 0 ? (uint64_t)input->col : 1;
}

uint32_t fl_xml_reader_depth(const struct fl_xml_reader *reader)
{
    return reader->depth;
}

bool fl_xml_reader_is_incomplete(const struct fl_xml_reader *reader)
{
    return reader->incomplete;
}
