/*
 * Looks at a document's bytes before the parser does: how many attributes and bytes a tag
 * has, since the parser's own work grows with their square before it asks anybody, and in
 * which encoding it comes. Only encodings that hold ASCII as it is are let through.
 */

#ifndef EXCHANGE_XML_SCANNER_H
#define EXCHANGE_XML_SCANNER_H

#include "proto/bytes.h"

struct fl_xml_scanner {
    int state;
    uint8_t quote;
    uint8_t match; /* how much of a closing or opening mark was seen */
    uint32_t attributes;
    uint32_t tag_bytes;
    uint32_t attributes_max;
    uint32_t tag_bytes_max;
};

void fl_xml_scanner_init(
    struct fl_xml_scanner *scanner,
    uint32_t attributes_max,
    uint32_t tag_bytes_max);

/* FL_LIMIT: a tag with too much in it; `*out_sound` bytes lead up to it, its `<` too. */
enum fl_status fl_xml_scanner_feed(
    struct fl_xml_scanner *scanner,
    struct fl_bytes bytes,
    size_t *out_sound,
    struct fl_error *out_error);

/*
 * The beginning of a document, 1 KiB at least where it has as much. FL_UNSUPPORTED: an
 * encoding that is not read, or a UTF-8 mark with another declared one, which would be
 * decoded twice. FL_MALFORMED: a declaration that cannot be looked through.
 */
enum fl_status fl_xml_scanner_check_encoding(
    struct fl_bytes head,
    struct fl_error *out_error);

#endif
