/*
 * XML kept as text in an object (fl_unknown, FL_VALUE_TYPE), on its way out. It may have
 * come from another node, so it is checked as strictly as a package: elements, text and
 * attributes in double quotes only, tags that match, prefixes that are declared. Anything
 * else could close the element around it and forge the rest.
 *
 * The kept form has no blanks between elements; they are indented anew at `depth`.
 */

#ifndef EXCHANGE_XML_FRAGMENT_H
#define EXCHANGE_XML_FRAGMENT_H

#include "xml_writer.h"

struct fl_xml_fragment_place {
    unsigned depth; /* tabs before the outermost elements */
    /* Declarations in force around it, "xmlns:v8=\"...\"": left out where repeated. */
    const struct fl_bytes *declarations;
    size_t declaration_count;
};

/*
 * FL_MALFORMED: not such a fragment, nothing useful was put. Other failures are the
 * writer's.
 */
enum fl_status fl_xml_fragment_put(
    struct fl_xml_writer *writer,
    struct fl_bytes xml,
    const struct fl_xml_fragment_place *place);

#endif
