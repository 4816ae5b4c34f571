/*
 * The text of a file that people write, of lines NAME = VALUE: a mapping of a table, of
 * payment orders, or of a site. What is wrong in it names file and line.
 */

#ifndef NODE_MAP_TEXT_H
#define NODE_MAP_TEXT_H

#include "node.h"

struct fl_map_text {
    const struct fl_configuration *configuration;
    const char *name; /* of the file, for words */
    struct fl_error *out_error;
    uint64_t line; /* that was given last, the first is 1 */
    struct fl_bytes left;
};

/* Over all that is `left`, a byte order mark passed over. FL_MALFORMED: not UTF-8. */
enum fl_status fl_map_text_begin(struct fl_map_text *text);
/* The next line, without blanks around it. False: the end. */
bool fl_map_text_line(struct fl_map_text *text, struct fl_bytes *out_line);
/* The next one that says something. False: the end. */
bool fl_map_text_next(struct fl_map_text *text, struct fl_bytes *out_line);

/* A failure at the line that was given last; gives `status`. */
enum fl_status fl_map_text_fail(
    const struct fl_map_text *text,
    enum fl_status status,
    const char *format,
    ...) FL_PRINTF(3, 4);
/* FL_MALFORMED: `type` has no attribute `name`; with what that may have meant. */
enum fl_status fl_map_text_no_attribute(
    const struct fl_map_text *text,
    const struct fl_type *type,
    struct fl_bytes name);

/* A type by its name; FL_MALFORMED. */
enum fl_status fl_map_text_type(
    const struct fl_map_text *text,
    struct fl_bytes name,
    const struct fl_type **out_type);

/* Texts without blanks around them, no-break spaces too. */
struct fl_bytes fl_map_text_trim(struct fl_bytes text);
/* Up to `mark` (outside quotes), which is passed over; all when there is none. Trimmed.
 */
struct fl_bytes fl_map_text_cut(struct fl_bytes *left, char mark);

#endif
