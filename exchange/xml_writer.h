/*
 * XML text into a buffer that goes to a sink in whole blocks. It knows escapes and the
 * characters that XML forbids; tags come ready from the caller. What was put since
 * fl_xml_writer_mark() can be taken back, so that an object that cannot be written leaves
 * no trace: blocks are handed on between objects only.
 *
 * The first failure is kept, and nothing is put after it until it is taken back.
 */

#ifndef EXCHANGE_XML_WRITER_H
#define EXCHANGE_XML_WRITER_H

#include <string.h>

#include "exchange/codec.h"

struct fl_xml_writer {
    struct fl_codec_sink sink;
    struct fl_buffer buffer;
    size_t mark;
    enum fl_status failure;  /* FL_REFUSED: `character` cannot stand in XML */
    uint32_t character;      /* what was refused: a code point, or a byte of bad UTF-8 */
    bool character_is_bytes; /* not UTF-8 at all */
};

void fl_xml_writer_init(struct fl_xml_writer *writer, struct fl_codec_sink sink);
void fl_xml_writer_deinit(struct fl_xml_writer *writer);

void fl_xml_writer_mark(struct fl_xml_writer *writer);
void fl_xml_writer_take_back(struct fl_xml_writer *writer); /* clears a failure, too */
/* Hand whole blocks on; `all`: everything. A failure of the sink is not taken back. */
enum fl_status fl_xml_writer_flush(
    struct fl_xml_writer *writer,
    bool all,
    struct fl_error *out_error);

/* The end of a document: everything is handed on; what failed before, in words. */
enum fl_status fl_xml_writer_end(
    struct fl_xml_writer *writer,
    struct fl_error *out_error);

/* Is it a name of XML without a colon? Tags are made of such names only. */
bool fl_xml_writer_is_name(struct fl_bytes name);

/* Makes room or fails; NULL then. */
uint8_t *fl_xml_writer_room(struct fl_xml_writer *writer, size_t size);
/* Escaped text of an element; `quotes`: of an attribute. */
void fl_xml_writer_text(struct fl_xml_writer *writer, struct fl_bytes text, bool quotes);
void fl_xml_writer_base64(struct fl_xml_writer *writer, struct fl_bytes bytes);

/* Bytes as they are. Inline: it runs several times for each attribute of each object. */
static inline void fl_xml_writer_raw(
    struct fl_xml_writer *writer,
    const void *bytes,
    size_t size)
{
    struct fl_buffer *const buffer = &writer->buffer;

    if (buffer->capacity - buffer->size < size || writer->failure != FL_OK) {
        if (!fl_xml_writer_room(writer, size)) {
            return;
        }
    }
    if (size > 0) {
        memcpy(buffer->data + buffer->size, bytes, size);
        buffer->size += size;
    }
}

static inline void fl_xml_writer_view(struct fl_xml_writer *writer, struct fl_bytes bytes)
{
    fl_xml_writer_raw(writer, bytes.data, bytes.size);
}

static inline void fl_xml_writer_literal(struct fl_xml_writer *writer, const char *text)
{
    fl_xml_writer_raw(writer, text, strlen(text));
}

#endif
