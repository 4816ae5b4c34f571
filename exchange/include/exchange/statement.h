/*
 * Bank statements and payment orders, 1CClientBankExchange 1.01 to 1.03: text, one
 * Key=Value a line, in sections. [Specification of 1C; what banks really write is
 * tolerated: another encoding than the header says, line by line if need be, blanks,
 * empty lines, unknown keys, texts that go on in the next line.]
 */

#ifndef EXCHANGE_STATEMENT_H
#define EXCHANGE_STATEMENT_H

#include "exchange/codec.h"
#include "exchange/encoding.h"

enum {
    FL_STATEMENT_BYTES_MAX = 64 << 20,
    FL_STATEMENT_FIELDS_MAX = 256, /* of one document */
    FL_STATEMENT_DOCUMENTS_MAX = 1 << 20,
    FL_STATEMENT_NOTES_MAX = 100,
};

struct fl_statement_field {
    struct fl_bytes key;
    struct fl_bytes value; /* without blanks around it */
};

enum fl_statement_section {
    FL_STATEMENT_HEADER = 1,
    FL_STATEMENT_ACCOUNT,
    FL_STATEMENT_DOCUMENT,
};

struct fl_statement_part {
    enum fl_statement_section section;
    uint64_t line; /* where it begins */
    struct fl_bytes kind; /* of a document: "Платежное поручение"; may be empty */
    size_t field_first; /* in fl_statement.fields */
    size_t field_count;
};

struct fl_statement {
    struct fl_arena arena;
    struct fl_buffer fields_memory;
    struct fl_buffer parts_memory;
    const struct fl_statement_field *fields;
    const struct fl_statement_part *parts; /* the first is the header */
    size_t part_count;
    enum fl_encoding encoding;
    size_t note_count; /* what was odd, in words that begin with the line */
    const char *notes[FL_STATEMENT_NOTES_MAX];
};

/*
 * FL_MALFORMED: not a statement, or not whole; the words name the line. Ends with the
 * deinit, on failure too.
 */
enum fl_status fl_statement_init(
    struct fl_statement *statement,
    struct fl_bytes file,
    struct fl_error *out_error);
void fl_statement_deinit(struct fl_statement *statement);

/* Empty when the part has no such key. */
struct fl_bytes fl_statement_get(
    const struct fl_statement *statement,
    const struct fl_statement_part *part,
    const char *key);

/* What is written; the caller gives the parts in their order. */
struct fl_statement_writer {
    struct fl_codec_sink sink;
    enum fl_encoding encoding; /* windows-1251 or cp866; UTF-8 for who asks for it */
    struct fl_buffer line;
    enum fl_status failure;
    struct fl_error error;
};

/* `version` "1.01" to "1.03"; lines end with CR LF. */
void fl_statement_writer_init(
    struct fl_statement_writer *writer,
    struct fl_codec_sink sink,
    enum fl_encoding encoding,
    const char *version);
/* Words for a failure name the key: a line break, or a letter the encoding lacks. */
void fl_statement_writer_field(
    struct fl_statement_writer *writer,
    const char *key,
    struct fl_bytes value);
void fl_statement_writer_document(
    struct fl_statement_writer *writer,
    struct fl_bytes kind);
void fl_statement_writer_document_end(struct fl_statement_writer *writer);
/* The first failure; ends the writer. */
enum fl_status fl_statement_writer_end(
    struct fl_statement_writer *writer,
    struct fl_error *out_error);

#endif
