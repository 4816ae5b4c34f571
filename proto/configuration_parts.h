/* What the files of a configuration know of each other. */

#ifndef CONFIGURATION_PARTS_H
#define CONFIGURATION_PARTS_H

#include "name_index.h"
#include "proto/configuration.h"

enum {
    FL_CONFIGURATION_TYPES_MAX = 65536,
    FL_CONFIGURATION_PLANS_MAX = 4096,
    FL_CONFIGURATION_ENUM_VALUES_MAX = 65536, /* of one enumeration */
    FL_CONFIGURATION_PREDEFINED_MAX = 65536,  /* of one type */
    FL_CONFIGURATION_NOTES_MAX = 4096,
    FL_CONFIGURATION_ARENA_BYTES_MAX = 512 << 20,
};

/* Holds all memory of its configuration. */
struct fl_configuration_index {
    struct fl_arena arena;
    struct fl_name_index *type_names[FL_KIND_COUNT_]; /* position within the kind */
    size_t *type_positions[FL_KIND_COUNT_];           /* and from there in `types` */
    struct fl_name_index *plan_names;
};

/* Bytes with or without the notes; the hash is taken of those without. */
enum fl_status fl_configuration_pack(
    const struct fl_configuration *configuration,
    bool with_notes,
    struct fl_buffer *out_buffer);

/*
 * What a builder gathers. Items of lists are of the types named beside them; whoever
 * points into a list does so until the next item is added.
 */
struct fl_list {
    void *items;
    size_t count;
    size_t capacity;
};

struct fl_built_type {
    struct fl_type type; /* its counts; pointers at the end */
    size_t first_attribute;
    size_t first_section;
    size_t first_enum_value;
    size_t first_predefined;
};

struct fl_built_section {
    struct fl_section_type section;
    size_t first_attribute;
};

struct fl_built_attribute {
    struct fl_attribute attribute;
    size_t first_ref;
    size_t ref_count;
};

struct fl_built_plan {
    struct fl_plan plan;
    size_t first_item;
};

/* A type by name until the end, or by number. */
struct fl_built_ref {
    const char *name;
    uint32_t number;
    bool auto_record; /* of an item of a plan */
};

struct fl_configuration_builder {
    struct fl_arena arena;
    struct fl_error error; /* the first one; FL_OK: none */
    const char *name;
    const char *version;
    struct fl_list types;
    struct fl_list sections;
    struct fl_list attributes;
    struct fl_list enum_values;
    struct fl_list predefined;
    struct fl_list refs;
    struct fl_list plans;
    struct fl_list plan_items;
    struct fl_list notes;
    size_t notes_dropped;
    bool in_section;
};

/* Where a failure is written: nowhere (NULL) after the first. */
struct fl_error *fl_builder_failure(struct fl_configuration_builder *builder);
bool fl_builder_has_failed(const struct fl_configuration_builder *builder);
void fl_builder_fail_memory(
    struct fl_configuration_builder *builder,
    enum fl_status status);
/* An array in the builder's arena, which becomes the configuration's. */
void *fl_builder_array(
    struct fl_configuration_builder *builder,
    size_t count,
    size_t item_size);

/* A note in its words. */
void fl_configuration_builder_note_text(
    struct fl_configuration_builder *builder,
    const char *text);
/* Says how many notes there were beyond the bound. */
void fl_configuration_builder_last_note(struct fl_configuration_builder *builder);

/* For decoding: types of refs by number, so that no name has to be resolved. */
void fl_configuration_builder_attribute_by_number(
    struct fl_configuration_builder *builder,
    const struct fl_attribute_source *attribute);
void fl_configuration_builder_plan_item_by_number(
    struct fl_configuration_builder *builder,
    struct fl_plan_item item);

#endif
