/*
 * The state that the files of the v8msg reader share.
 */

#ifndef EXCHANGE_V8MSG_READER_H
#define EXCHANGE_V8MSG_READER_H

#include "v8msg.h"
#include "v8msg_capture.h"
#include "v8msg_parse.h"
#include "v8msg_shape.h"
#include "xml_reader.h"

enum { FL_V8MSG_NOTES_MAX = 64 };

/* Where the parser stands: one for each open element. */
enum fl_v8msg_place {
    FL_V8MSG_AT_START = 0, /* before the root */
    FL_V8MSG_AT_ROOT,
    FL_V8MSG_AT_HEADER,
    FL_V8MSG_AT_HEADER_FIELD,
    FL_V8MSG_AT_BODY, /* of a message, of the frame, or Changes and Data of a DIB */
    FL_V8MSG_AT_ITEM,
    FL_V8MSG_AT_FIELD, /* of an item, a row, a record or a filter */
    FL_V8MSG_AT_REF,
    FL_V8MSG_AT_SECTION, /* the records of a register, too */
    FL_V8MSG_AT_ROW,
    FL_V8MSG_AT_FILTER,
    FL_V8MSG_AT_DELETION,
    FL_V8MSG_AT_DELETION_REF,
    FL_V8MSG_AT_KEPT, /* in a part that is kept as XML */
    FL_V8MSG_AT_SKIPPED,
    FL_V8MSG_AT_XDTO_FILTER, /* of a record set */
    FL_V8MSG_AT_XDTO_ITEM,   /* FilterItem, with a Name and a Value */
    FL_V8MSG_AT_XDTO_NAME,
    FL_V8MSG_AT_PREDEFINED, /* the table of predefined items, as an element */
    FL_V8MSG_AT_PREDEFINED_ITEM,
};

/* Fields or rows on their way into an object. */
struct fl_v8msg_fields_list {
    struct fl_field *items;
    size_t count;
    size_t capacity;
};

struct fl_v8msg_rows_list {
    struct fl_row *items;
    size_t count;
    size_t capacity;
};

struct fl_v8msg_unknown_list {
    struct fl_unknown *items;
    size_t count;
    size_t capacity;
};

/* The item that is being read. */
struct fl_v8msg_item {
    struct fl_v8msg_shape *shape; /* NULL of a deletion */
    struct fl_v8msg_section_shape *section;
    const struct fl_attribute *attribute; /* of the field at hand */
    struct fl_arena *arena;               /* NULL: no item is open */
    uint64_t line;
    struct fl_key key;
    bool has_ref;
    bool has_records;
    bool in_row;
    /* XDTO: rows follow each other without a parent, so the section stays open. */
    struct fl_v8msg_section_shape *rows_of;
    bool has_cells;                /* so its element is a row, and no empty section */
    bool records_open;             /* the same for the records of a register */
    const char *previous;          /* the last known element: in the item, */
    const char *previous_in_place; /* and in its row or filter */
    struct fl_v8msg_fields_list fields;
    struct fl_v8msg_fields_list cells; /* of the row */
    struct fl_v8msg_rows_list rows;    /* of the section */
    struct fl_v8msg_unknown_list unknowns;
    struct fl_section *sections;
    size_t section_count;
};

struct fl_v8msg_queued {
    const struct fl_object *object;
    uint64_t line;
};

struct fl_v8msg_reader {
    struct fl_package_reader base;
    const struct fl_configuration *configuration;
    bool is_frame;
    struct fl_xml_reader *xml;
    struct fl_v8msg_shapes *shapes;

    struct fl_package_header header;
    bool has_message_number;
    bool has_received_number;
    bool body_begun;

    /* Interned by the parser. */
    struct {
        const char *messages;
        const char *frame;
        const char *data;
        const char *xsi;
        const char *ref;
        const char *current; /* of XDTO serialisation: objects, */
        const char *core;    /* and types of the platform */
    } names;

    uint8_t places[FL_XML_DEPTH_MAX + 1];
    size_t depth;
    struct fl_v8msg_item item;
    struct fl_v8msg_text value; /* of the field at hand, with its text below */
    struct fl_buffer text;
    struct fl_buffer type_name; /* of `value`, which points into it */
    struct fl_v8msg_capture capture;
    const char *kept_name;
    struct fl_package_wrapper wrapper; /* without data_uri: an ordinary body */
    bool is_xdto;                      /* the item at hand is */
    bool is_kept_value; /* what is kept is a value, not a part of its own */

    struct fl_arena arenas[2];
    size_t turn; /* of the arena that new items go to */
    struct fl_v8msg_queued *queue;
    size_t queue_size;
    size_t queue_next;
    size_t queue_capacity;
    uint64_t line;

    const struct fl_ref_pairs *pairs; /* NULL: refs stay as they come */
    struct fl_package_predefined *predefined;
    size_t predefined_count;
    size_t predefined_capacity;
    const struct fl_type *predefined_type; /* of the item at hand */
    const char *predefined_name;

    struct fl_arena note_arena; /* of the header and of predefined items, too */
    const char *notes[FL_V8MSG_NOTES_MAX];
    size_t note_count;

    bool done;
    enum fl_status failure;
    struct fl_error error;
};

/* v8msg_reader.c */
enum fl_status fl_v8msg_reader_fail(
    struct fl_v8msg_reader *reader,
    const struct fl_error *error);
/* Changes or Data of a distributed infobase: remember how they are called. */
void fl_v8msg_reader_wrapped(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element);
void fl_v8msg_reader_note(struct fl_v8msg_reader *reader, const char *words);
enum fl_status fl_v8msg_reader_enqueue(
    struct fl_v8msg_reader *reader,
    struct fl_object *object,
    uint64_t line);
enum fl_status fl_v8msg_reader_header_field(
    struct fl_v8msg_reader *reader,
    const char *name,
    struct fl_bytes text);
enum fl_status fl_v8msg_reader_body_begins(struct fl_v8msg_reader *reader);

/* v8msg_events.c: what each element means where it stands. */
enum fl_status fl_v8msg_events_init(struct fl_v8msg_reader *reader);
void fl_v8msg_events_deinit(struct fl_v8msg_reader *reader);
struct fl_xml_handler fl_v8msg_events_handler(struct fl_v8msg_reader *reader);

/* v8msg_builder.c: the object that the events make. */
void fl_v8msg_builder_deinit(struct fl_v8msg_reader *reader);
/* Choose the arena of items to come, before a block is parsed. */
void fl_v8msg_builder_turn(struct fl_v8msg_reader *reader);
enum fl_status fl_v8msg_builder_begin(
    struct fl_v8msg_reader *reader,
    struct fl_v8msg_shape *shape); /* NULL: a deletion */
enum fl_status fl_v8msg_builder_ref(struct fl_v8msg_reader *reader);
enum fl_status fl_v8msg_builder_field(struct fl_v8msg_reader *reader);
enum fl_status fl_v8msg_builder_kept(struct fl_v8msg_reader *reader);
enum fl_status fl_v8msg_builder_row(struct fl_v8msg_reader *reader);
enum fl_status fl_v8msg_builder_section(struct fl_v8msg_reader *reader);
enum fl_status fl_v8msg_builder_item(struct fl_v8msg_reader *reader);
enum fl_status fl_v8msg_builder_deletion(struct fl_v8msg_reader *reader);
/* A failure at the element at hand: its place before the words in `error`. */
enum fl_status fl_v8msg_builder_fail(
    struct fl_v8msg_reader *reader,
    struct fl_error *error);

/* v8msg_value.c: xsi:type and xsi:nil of an element that holds a value. */
enum fl_status fl_v8msg_value_begin(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element);

/* v8msg_predefined.c */

/* As fl_xml_handler.comment: BSP hides a table of predefined items in one. */
enum fl_status fl_v8msg_predefined_comment(void *context, struct fl_bytes text);
/* An item of the table that is an element, and its end with the text in it. */
enum fl_status fl_v8msg_predefined_begin(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element);
enum fl_status fl_v8msg_predefined_end(
    struct fl_v8msg_reader *reader,
    struct fl_bytes text);
/* An item of the table of a frame, whose type was begun as such an item is. */
enum fl_status fl_v8msg_predefined_row(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element);

/* v8msg_xdto.c */

/* A row of `section` begins; its element is the row, unless its first child says
 * otherwise.
 */
enum fl_status fl_v8msg_xdto_row(
    struct fl_v8msg_reader *reader,
    struct fl_v8msg_section_shape *section);
/* The element of a section ends, in either dialect. */
enum fl_status fl_v8msg_xdto_end(struct fl_v8msg_reader *reader);
/* Something else than a row of the open section begins: it is whole. */
enum fl_status fl_v8msg_xdto_close(struct fl_v8msg_reader *reader);
/*
 * In a register: where what begins belongs in D2 alone; 0 when D1 says the same. Of a
 * FilterItem the Name is text, and its end tells whose the Value is.
 */
enum fl_v8msg_place fl_v8msg_xdto_register(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element);
void fl_v8msg_xdto_name(struct fl_v8msg_reader *reader);
/* The element as it is called in D1; `copy` is memory for that. */
const struct fl_xml_element *fl_v8msg_xdto_understand(
    struct fl_v8msg_reader *reader,
    const struct fl_xml_element *element,
    struct fl_xml_element *copy);

#endif
