/*
 * What reading an object of a configuration is the same for, whether the Designer dumped
 * it or EDT keeps it: where the parser is, the text of the element that ends, and the
 * properties, whose names differ in the case of their first letter alone.
 */

#ifndef EXCHANGE_METADATA_PARSING_H
#define EXCHANGE_METADATA_PARSING_H

#include <string.h>

#include "metadata_file.h"
#include "xml_reader.h"

enum {
    FL_METADATA_DEPTH_MAX = 32,
    FL_METADATA_TEXT_BYTES_MAX = 8192,
    FL_METADATA_TYPE_NAMES_MAX = 4096,
};

struct fl_metadata_parsing {
    struct fl_xml_reader *reader;
    struct fl_arena *arena; /* of all that `metadata` points to */
    struct fl_metadata *metadata;
    const char *path[FL_METADATA_DEPTH_MAX]; /* local names of the open elements */
    uint32_t depth;
    char text[FL_METADATA_TEXT_BYTES_MAX];
    size_t text_size;
    struct fl_metadata_section *section; /* open, NULL outside */
    struct fl_metadata_field *field;     /* the same */
    struct fl_metadata_name *item;
    struct fl_metadata_field **next_field;
    struct fl_metadata_field **next_section_field;
    struct fl_metadata_section **next_section;
    struct fl_metadata_name **next_value;
    struct fl_metadata_name **next_owner;
    struct fl_metadata_name **next_item;
    struct fl_metadata_predefined **next_predefined;
    /* The items that are open, where their elements stand in `path`. */
    struct fl_metadata_predefined *predefined[FL_METADATA_DEPTH_MAX];
    const char *type_names[FL_METADATA_TYPE_NAMES_MAX];
};

/* What a form of configurations does with elements; `parsing` is their context. */
struct fl_metadata_form {
    enum fl_status (*start)(
        struct fl_metadata_parsing *parsing,
        const struct fl_xml_element *element);
    enum fl_status (*end)(struct fl_metadata_parsing *parsing, const char *name);
};

/*
 * Read the file at `path` into `metadata`, which holds what omitted properties mean.
 * FL_NOT_FOUND: there is none; FL_IO; otherwise as the form and the XML reader say. The
 * words name the file as `name`.
 */
enum fl_status fl_metadata_parsing_read(
    const struct fl_metadata_form *form,
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *metadata,
    struct fl_error *out_error);

static inline bool fl_metadata_is(const char *name, const char *expected)
{
    return name && name[0] == expected[0] && strcmp(name, expected) == 0;
}

/* The name `up` levels above the innermost open element, 0: that one itself. */
const char *fl_metadata_above(const struct fl_metadata_parsing *parsing, uint32_t up);

/* The text of the element that ends: a copy, NULL without memory; what it says. */
const char *fl_metadata_text(struct fl_metadata_parsing *parsing);
bool fl_metadata_text_is(const struct fl_metadata_parsing *parsing, const char *expected);
uint32_t fl_metadata_text_number(struct fl_metadata_parsing *parsing);
enum fl_use fl_metadata_text_use(const struct fl_metadata_parsing *parsing);

/* A name at the end of a list. FL_NO_MEMORY, also when `name` is NULL. */
enum fl_status fl_metadata_add_name(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_name ***next,
    const char *kind,
    const char *name);

/* One more name of a type, and all of them kept at its end. FL_LIMIT: too many. */
enum fl_status fl_metadata_add_type_name(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_type *type,
    const char *name);
enum fl_status fl_metadata_end_type(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_type *type);

/* The innermost element is a predefined item; a property of one ends, or of none. */
enum fl_status fl_metadata_begin_predefined(
    struct fl_metadata_parsing *parsing,
    const struct fl_xml_element *element);
enum fl_status fl_metadata_predefined_property(
    struct fl_metadata_parsing *parsing,
    const char *name);

/* A property of the object, or of the open field, whose element ends. */
void fl_metadata_object_property(struct fl_metadata_parsing *parsing, const char *name);
void fl_metadata_field_property(struct fl_metadata_parsing *parsing, const char *name);

#endif
