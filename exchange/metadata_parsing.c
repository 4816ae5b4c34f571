#include "metadata_parsing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const char *fl_metadata_above(const struct fl_metadata_parsing *parsing, uint32_t up)
{
    return parsing->depth > up && parsing->depth - up <= FL_METADATA_DEPTH_MAX
               ? parsing->path[parsing->depth - up - 1]
               : NULL;
}

const char *fl_metadata_text(struct fl_metadata_parsing *parsing)
{
    struct fl_bytes text = {(const uint8_t *)parsing->text, parsing->text_size};

    return fl_arena_text(parsing->arena, text);
}

bool fl_metadata_text_is(const struct fl_metadata_parsing *parsing, const char *expected)
{
    return parsing->text_size == strlen(expected) &&
           memcmp(parsing->text, expected, parsing->text_size) == 0;
}

uint32_t fl_metadata_text_number(struct fl_metadata_parsing *parsing)
{
    parsing->text[parsing->text_size] = '\0';
    unsigned long number = strtoul(parsing->text, NULL, 10);

    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

enum fl_use fl_metadata_text_use(const struct fl_metadata_parsing *parsing)
{
    if (fl_metadata_text_is(parsing, "ForFolder")) {
        return FL_USE_FOLDER;
    }
    return fl_metadata_text_is(parsing, "ForFolderAndItem") ? FL_USE_ALWAYS : FL_USE_ITEM;
}

enum fl_status fl_metadata_add_name(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_name ***next,
    const char *kind,
    const char *name)
{
    struct fl_metadata_name *item = fl_arena_alloc(parsing->arena, sizeof(*item));

    if (!item || !name) {
        return FL_NO_MEMORY;
    }
    item->kind = kind;
    item->name = name;
    **next = item;
    *next = &item->next;
    parsing->item = item;
    return FL_OK;
}

enum fl_status fl_metadata_add_type_name(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_type *type,
    const char *name)
{
    if (!name) {
        return FL_NO_MEMORY;
    }
    if (type->name_count == FL_METADATA_TYPE_NAMES_MAX) {
        return FL_LIMIT;
    }
    parsing->type_names[type->name_count++] = name;
    return FL_OK;
}

enum fl_status fl_metadata_end_type(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_type *type)
{
    if (type->name_count == 0) {
        return FL_OK;
    }
    type->names = fl_arena_array(parsing->arena, type->name_count, sizeof(*type->names));
    if (!type->names) {
        return FL_NO_MEMORY;
    }
    memcpy(type->names, parsing->type_names, type->name_count * sizeof(*type->names));
    return FL_OK;
}

/* "CodeLength" of a dump is "codeLength" of a project. */
static bool names(const char *name, const char *property)
{
    return (name[0] | 0x20) == (property[0] | 0x20) && name[0] != '\0' &&
           strcmp(name + 1, property + 1) == 0;
}

static void object_number(struct fl_metadata_parsing *parsing, const char *name)
{
    struct fl_metadata *metadata = parsing->metadata;

    if (names(name, "CodeLength")) {
        metadata->code_length = fl_metadata_text_number(parsing);
    } else if (names(name, "CodeType")) {
        metadata->code_is_number = fl_metadata_text_is(parsing, "Number");
    } else if (names(name, "DescriptionLength")) {
        metadata->description_length = fl_metadata_text_number(parsing);
    } else if (names(name, "NumberLength")) {
        metadata->number_length = fl_metadata_text_number(parsing);
    } else if (names(name, "NumberType")) {
        metadata->number_is_number = fl_metadata_text_is(parsing, "Number");
    }
}

static void accounting_property(struct fl_metadata_parsing *parsing, const char *name)
{
    struct fl_metadata *metadata = parsing->metadata;

    if (names(name, "ChartOfAccounts")) {
        metadata->chart = fl_metadata_text(parsing);
    } else if (names(name, "Correspondence")) {
        metadata->correspondence = fl_metadata_text_is(parsing, "true");
    } else if (names(name, "ExtDimensionTypes")) {
        metadata->extra_kinds = fl_metadata_text(parsing);
    } else if (names(name, "MaxExtDimensionCount")) {
        metadata->extra_dimensions_max = fl_metadata_text_number(parsing);
    }
}

void fl_metadata_object_property(struct fl_metadata_parsing *parsing, const char *name)
{
    struct fl_metadata *metadata = parsing->metadata;

    object_number(parsing, name);
    accounting_property(parsing, name);
    if (names(name, "Name")) {
        metadata->name = fl_metadata_text(parsing);
    } else if (names(name, "Version")) {
        metadata->version = fl_metadata_text(parsing);
    } else if (names(name, "Hierarchical")) {
        metadata->hierarchical = fl_metadata_text_is(parsing, "true");
    } else if (names(name, "HierarchyType")) {
        metadata->folders = fl_metadata_text_is(parsing, "HierarchyFoldersAndItems");
    } else if (names(name, "Posting")) {
        metadata->posting = fl_metadata_text_is(parsing, "Allow");
    } else if (names(name, "InformationRegisterPeriodicity")) {
        metadata->periodic = !fl_metadata_text_is(parsing, "Nonperiodical");
    } else if (names(name, "WriteMode")) {
        metadata->by_recorder = fl_metadata_text_is(parsing, "RecorderSubordinate");
    } else if (names(name, "MainFilterOnPeriod")) {
        metadata->main_filter_on_period = fl_metadata_text_is(parsing, "true");
    } else if (names(name, "RegisterType")) {
        metadata->turnovers = fl_metadata_text_is(parsing, "Turnovers");
    } else if (names(name, "DistributedInfoBase")) {
        metadata->distributed = fl_metadata_text_is(parsing, "true");
    } else if (names(name, "ConfigurationExtensionPurpose")) {
        metadata->extension = true;
    } else if (names(name, "AutoUse")) {
        metadata->auto_use = fl_metadata_text_is(parsing, "Use");
    } else if (names(name, "DataSeparation")) {
        metadata->separates = fl_metadata_text_is(parsing, "Separate");
    }
}

void fl_metadata_field_property(struct fl_metadata_parsing *parsing, const char *name)
{
    struct fl_metadata_field *field = parsing->field;

    if (names(name, "Name")) {
        field->name = fl_metadata_text(parsing);
    } else if (names(name, "Use")) {
        field->use = fl_metadata_text_use(parsing);
    } else if (names(name, "MainFilter")) {
        field->main_filter = fl_metadata_text_is(parsing, "true");
    } else if (names(name, "Balance")) {
        field->balance = fl_metadata_text_is(parsing, "true");
    }
}

/* ---- predefined items ---- */

/* The item whose element stands `up` levels above the innermost one. */
static struct fl_metadata_predefined *predefined_above(
    const struct fl_metadata_parsing *parsing,
    uint32_t up)
{
    return parsing->depth > up && parsing->depth - up <= FL_METADATA_DEPTH_MAX
               ? parsing->predefined[parsing->depth - up - 1]
               : NULL;
}

enum fl_status fl_metadata_begin_predefined(
    struct fl_metadata_parsing *parsing,
    const struct fl_xml_element *element)
{
    struct fl_metadata_predefined *const item =
        fl_arena_alloc(parsing->arena, sizeof(*item));

    if (!item) {
        return FL_NO_MEMORY;
    }
    if (parsing->depth > FL_METADATA_DEPTH_MAX) {
        return FL_OK;
    }
    for (uint32_t up = 1; up < parsing->depth && !item->parent; up++) {
        item->parent = predefined_above(parsing, up);
    }
    for (size_t i = 0; i < element->attribute_count; i++) {
        struct fl_uuid id;

        if (fl_metadata_is(element->attributes[i].name, "id") &&
            fl_uuid_parse(element->attributes[i].value, &id) == FL_OK) {
            item->id = id;
        }
    }
    parsing->predefined[parsing->depth - 1] = item;
    *parsing->next_predefined = item;
    parsing->next_predefined = &item->next;
    return FL_OK;
}

static enum fl_status keep_text(struct fl_metadata_parsing *parsing, const char **io_text)
{
    if (parsing->text_size > 0 && !*io_text) {
        *io_text = fl_metadata_text(parsing);
        return *io_text ? FL_OK : FL_NO_MEMORY;
    }
    return FL_OK;
}

enum fl_status fl_metadata_predefined_property(
    struct fl_metadata_parsing *parsing,
    const char *name)
{
    struct fl_metadata_predefined *const item = predefined_above(parsing, 1);
    struct fl_metadata_predefined *const coded = predefined_above(parsing, 2);

    if (item && names(name, "Name")) {
        return keep_text(parsing, &item->name);
    }
    if (item && names(name, "Code") && !memchr(parsing->text, 0x0A, parsing->text_size)) {
        return keep_text(parsing, &item->code);
    }
    /* A project wraps the code once more. */
    if (coded && names(name, "Value") && names(fl_metadata_above(parsing, 1), "Code")) {
        return keep_text(parsing, &coded->code);
    }
    if (item && names(name, "Description")) {
        return keep_text(parsing, &item->description);
    }
    if (item && names(name, "IsFolder")) {
        item->is_folder = fl_metadata_text_is(parsing, "true");
    }
    return FL_OK;
}

/* ---- the file ---- */

struct reading {
    const struct fl_metadata_form *form;
    struct fl_metadata_parsing parsing;
    FILE *file;
};

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct reading *reading = context;
    struct fl_metadata_parsing *parsing = &reading->parsing;

    if (parsing->depth < FL_METADATA_DEPTH_MAX) {
        parsing->path[parsing->depth] = element->name;
        parsing->predefined[parsing->depth] = NULL;
    }
    parsing->depth++;
    parsing->text_size = 0;
    return reading->form->start(parsing, element);
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct fl_metadata_parsing *parsing = &((struct reading *)context)->parsing;
    size_t room = FL_METADATA_TEXT_BYTES_MAX - 1 - parsing->text_size;
    size_t size = text.size < room ? text.size : room;

    /* Names and numbers are short; a long tool tip may be cut, nobody reads it. */
    memcpy(parsing->text + parsing->text_size, text.data, size);
    parsing->text_size += size;
    return FL_OK;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct reading *reading = context;
    struct fl_metadata_parsing *parsing = &reading->parsing;
    enum fl_status status = parsing->depth <= FL_METADATA_DEPTH_MAX
                                ? reading->form->end(parsing, element->name)
                                : FL_OK;

    parsing->depth--;
    parsing->text_size = 0;
    if (status == FL_NO_MEMORY || status == FL_LIMIT) {
        return fl_xml_reader_fail(
            parsing->reader, status, "<%s> is too large", element->name);
    }
    return status;
}

static enum fl_status parse(struct reading *reading, struct fl_error *out_error)
{
    struct fl_metadata_parsing *parsing = &reading->parsing;
    struct fl_xml_reader_options options = {
        .read = fl_xml_reader_read_file,
        .read_context = reading->file,
        .handler = {on_start, on_text, on_end, NULL, reading},
    };
    enum fl_status status = fl_xml_reader_open(&options, &parsing->reader, out_error);

    if (status == FL_OK) {
        status = fl_xml_reader_finish(parsing->reader, out_error);
    }
    fl_xml_reader_close(parsing->reader);
    return status;
}

enum fl_status fl_metadata_parsing_read(
    const struct fl_metadata_form *form,
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *metadata,
    struct fl_error *out_error)
{
    FILE *file = fopen(path, "rb");

    if (!file) {
        return fl_error_set(
            out_error, errno == ENOENT || errno == ENOTDIR ? FL_NOT_FOUND : FL_IO,
            "%s: %s", name, strerror(errno));
    }
    struct reading *reading = fl_alloc_zeroed(1, sizeof(*reading));
    enum fl_status status = FL_NO_MEMORY;

    if (reading) {
        struct fl_metadata_parsing *parsing = &reading->parsing;

        reading->form = form;
        reading->file = file;
        parsing->arena = arena;
        parsing->metadata = metadata;
        parsing->next_field = &metadata->fields;
        parsing->next_section = &metadata->sections;
        parsing->next_value = &metadata->values;
        parsing->next_owner = &metadata->owners;
        parsing->next_item = &metadata->items;
        parsing->next_predefined = &metadata->predefined;
        status = parse(reading, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "%s", name);
        }
    }
    fl_free(reading);
    (void)fclose(file);
    return status;
}
