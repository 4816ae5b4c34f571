/*
 * A file being read. kd2_reader.c has the file around the items, kd2_item.c an item.
 */

#ifndef EXCHANGE_KD2_FILE_H
#define EXCHANGE_KD2_FILE_H

#include "exchange/kd2_reader.h"
#include "kd2_tree.h"
#include "kd2_types.h"
#include "proto/limits.h"

/* Where the parser is: what the innermost open element is to us. */
enum fl_kd2_place {
    FL_KD2_AT_START,
    FL_KD2_AT_FILE,
    FL_KD2_AT_RULES,
    FL_KD2_AT_DATA_TYPES,
    FL_KD2_AT_DATA_TYPE,
    FL_KD2_AT_DATA_SECTION,
    FL_KD2_AT_DATA_NAME, /* a property's name as an element: its text is the type */
    FL_KD2_AT_SKIP,
    FL_KD2_AT_ITEM,
    FL_KD2_AT_REF,
    FL_KD2_AT_PROPERTY,
    FL_KD2_AT_TEXT, /* Значение, Нпп, ГНпп, Выражение */
    FL_KD2_AT_EMPTY,
    FL_KD2_AT_TABLE,
    FL_KD2_AT_ROW,
    FL_KD2_AT_EXTRA, /* СубконтоДт, СубконтоКт */
    FL_KD2_AT_KINDS, /* Типы */
    FL_KD2_AT_KIND,
    FL_KD2_AT_FILTER,
    FL_KD2_AT_SET_ROWS,
    FL_KD2_AT_SET_ROW,
};

struct fl_kd2_frame {
    enum fl_kd2_place place;
    struct fl_kd2_properties *properties; /* where a Свойство in here goes */
    struct fl_kd2_property *property;     /* that this element belongs to */
    struct fl_kd2_row *row;
    struct fl_bytes type; /* by which ИнформацияОТипахДанных is asked */
    struct fl_bytes section; /* the same */
};

struct fl_kd2_queued {
    struct fl_kd2_item *item;
    struct fl_kd2_queued *next;
};

struct fl_kd2_reader {
    struct fl_kd2_reader_options options;
    struct fl_xml_reader *xml;
    struct fl_kd2_tag_table tags;
    struct fl_kd2_types_table types;
    struct fl_kd2_tree tree;
    struct fl_arena kept; /* header, rules, notes */
    struct fl_kd2_header header;
    struct fl_kd2_exchange exchange;
    bool has_exchange;
    bool has_rules;
    struct fl_kd2_rules *rules;
    int stage;       /* how far into D3's order */
    bool body_begun; /* or ended: the header is whole */
    bool done;
    size_t depth;
    struct fl_kd2_frame frames[FL_XML_DEPTH_MAX + 1];
    struct fl_buffer text;
    struct fl_kd2_item *item; /* being built */
    /* What the block completed, in two arenas that take turns. */
    struct fl_arena arenas[2];
    size_t turn;
    struct fl_arena *arena; /* of the item being built */
    struct fl_kd2_queued *first;
    struct fl_kd2_queued *last;
    uint64_t line;
    enum fl_status failure;
    struct fl_error error;
    size_t note_count;
    const char *notes[64];
};

/* Words with the place in the item before them; gives `status`. */
enum fl_status fl_kd2_reader_fail(
    struct fl_kd2_reader *reader,
    enum fl_status status,
    const char *format,
    ...) FL_PRINTF(3, 4);
/* A number of at most 18 digits; nothing is 0. */
enum fl_status fl_kd2_reader_number(
    struct fl_kd2_reader *reader,
    const struct fl_xml_attribute *attribute,
    uint64_t *out_number);
/* Each once; `format` is translated. */
void fl_kd2_reader_add_note(struct fl_kd2_reader *reader, const char *format, ...)
    FL_PRINTF(2, 3);
/* An attribute of the root or of ДанныеПоОбмену, kept as long as the reader. */
enum fl_status fl_kd2_reader_push(struct fl_kd2_reader *reader, enum fl_kd2_place place);

/* An item begins with this element; then whatever is inside it; then it ends. */
enum fl_status fl_kd2_item_begin(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element);
enum fl_status fl_kd2_item_start(
    struct fl_kd2_reader *reader,
    enum fl_kd2_tag tag,
    const struct fl_xml_element *element);
enum fl_status fl_kd2_item_end(struct fl_kd2_reader *reader);

#endif
