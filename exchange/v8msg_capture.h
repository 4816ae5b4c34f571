/*
 * Elements kept as text: the one form that xml_fragment.h takes, so that equal content is
 * equal bytes whatever prefixes and blanks the source used. Well-known namespaces have
 * their usual prefixes, others are n1, n2, ...; what is used is declared on the outermost
 * element. Blanks between elements are dropped. Names inside values
 * (xsi:type, xs:string as a text) are moved to those prefixes as well.
 */

#ifndef EXCHANGE_V8MSG_CAPTURE_H
#define EXCHANGE_V8MSG_CAPTURE_H

#include "xml_reader.h"
#include "xml_writer.h"

enum { FL_V8MSG_CAPTURE_FOREIGN_MAX = 8, FL_V8MSG_CAPTURE_KNOWN_MAX = 8 };

struct fl_v8msg_capture_known {
    const char *uri;
    const char *prefix;
};

struct fl_v8msg_capture {
    const struct fl_xml_reader *reader; /* resolves prefixes in values */
    const struct fl_v8msg_capture_known *known;
    size_t known_count;
    struct fl_xml_writer out;
    struct fl_buffer text;  /* not yet placed */
    struct fl_buffer names; /* of the open elements, each with a closing NUL */
    size_t name_starts[FL_XML_DEPTH_MAX + 1];
    bool has_children[FL_XML_DEPTH_MAX + 1];
    unsigned depth;
    size_t head;   /* where declarations of the outermost element go */
    unsigned used; /* in it: bits, those of the known first */
    size_t foreign_count;
    char foreign[FL_V8MSG_CAPTURE_FOREIGN_MAX][FL_NAME_BYTES_MAX]; /* namespaces n1.. */
    enum fl_status failure;
};

void fl_v8msg_capture_init(
    struct fl_v8msg_capture *capture,
    const struct fl_xml_reader *reader,
    const struct fl_v8msg_capture_known *known,
    size_t known_count);
void fl_v8msg_capture_deinit(struct fl_v8msg_capture *capture);
void fl_v8msg_capture_clear(struct fl_v8msg_capture *capture);

void fl_v8msg_capture_start(
    struct fl_v8msg_capture *capture,
    const struct fl_xml_element *element);
void fl_v8msg_capture_text(struct fl_v8msg_capture *capture, struct fl_bytes text);
void fl_v8msg_capture_end(struct fl_v8msg_capture *capture);

/* What was kept, until the next clear. FL_LIMIT: too many namespaces, or too large. */
enum fl_status fl_v8msg_capture_result(
    const struct fl_v8msg_capture *capture,
    struct fl_bytes *out_xml);

#endif
