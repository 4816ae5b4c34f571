/*
 * The elements that matter, by local names (v8msg.md D.1 of the format's description):
 *
 *     MetaDataObject / KIND / Properties / Name, Hierarchical, CodeLength, Owners/Item,
 * ... MetaDataObject / KIND / ChildObjects / Attribute, Dimension, Resource, EnumValue
 *     MetaDataObject / KIND / ChildObjects / TabularSection / ChildObjects / Attribute
 *     ExchangePlanContent / Item / Metadata, AutoRecord
 *
 * A type: v8:Type "xs:string", "cfg:CatalogRef.X"; v8:TypeSet "cfg:DefinedType.X".
 */

#include "metadata_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xml_reader.h"

enum { PATH_MAX_DEPTH = 32, TEXT_BYTES_MAX = 8192, TYPE_NAMES_MAX = 4096 };

struct parsing {
    struct fl_xml_reader *reader;
    struct fl_arena *arena;
    struct fl_metadata *metadata;
    const char *path[PATH_MAX_DEPTH]; /* local names of the open elements */
    uint32_t depth;
    char text[TEXT_BYTES_MAX];
    size_t text_size;
    struct fl_metadata_field *field; /* open, NULL outside */
    struct fl_metadata_section *section;
    struct fl_metadata_name *item;
    struct fl_metadata_field **next_field;
    struct fl_metadata_section **next_section;
    struct fl_metadata_name **next_value;
    struct fl_metadata_name **next_owner;
    struct fl_metadata_name **next_item;
    const char *type_names[TYPE_NAMES_MAX];
    FILE *file;
};

static bool is(const char *name, const char *expected)
{
    return name && strcmp(name, expected) == 0;
}

/* The name `up` levels above the innermost open element, 0: that one itself. */
static const char *above(const struct parsing *parsing, uint32_t up)
{
    return parsing->depth > up && parsing->depth - up <= PATH_MAX_DEPTH
               ? parsing->path[parsing->depth - up - 1]
               : NULL;
}

static const char *keep_text(struct parsing *parsing)
{
    struct fl_bytes text = {(const uint8_t *)parsing->text, parsing->text_size};

    return fl_arena_text(parsing->arena, text);
}

static bool text_is(const struct parsing *parsing, const char *expected)
{
    return parsing->text_size == strlen(expected) &&
           memcmp(parsing->text, expected, parsing->text_size) == 0;
}

static uint32_t text_number(struct parsing *parsing)
{
    parsing->text[parsing->text_size] = '\0';
    unsigned long number = strtoul(parsing->text, NULL, 10);

    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static enum fl_use text_use(const struct parsing *parsing)
{
    if (text_is(parsing, "ForFolder")) {
        return FL_USE_FOLDER;
    }
    return text_is(parsing, "ForFolderAndItem") ? FL_USE_ALWAYS : FL_USE_ITEM;
}

static bool is_field(const char *name)
{
    return is(name, "Attribute") || is(name, "Dimension") || is(name, "Resource") ||
           is(name, "AddressingAttribute") || is(name, "AccountingFlag");
}

static enum fl_status begin_field(struct parsing *parsing, const char *name)
{
    struct fl_metadata_field *field = fl_arena_alloc(parsing->arena, sizeof(*field));

    if (!field) {
        return FL_NO_MEMORY;
    }
    field->kind = is(name, "Dimension")  ? FL_METADATA_DIMENSION
                  : is(name, "Resource") ? FL_METADATA_RESOURCE
                                         : FL_METADATA_ATTRIBUTE;
    *parsing->next_field = field;
    parsing->next_field = &field->next;
    parsing->field = field;
    return FL_OK;
}

static enum fl_status begin_section(struct parsing *parsing)
{
    struct fl_metadata_section *section =
        fl_arena_alloc(parsing->arena, sizeof(*section));

    if (!section) {
        return FL_NO_MEMORY;
    }
    *parsing->next_section = section;
    parsing->next_section = &section->next;
    parsing->section = section;
    parsing->next_field = &section->fields;
    return FL_OK;
}

static enum fl_status add_name(
    struct parsing *parsing,
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

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;
    const char *name = element->name;

    if (parsing->depth < PATH_MAX_DEPTH) {
        parsing->path[parsing->depth] = name;
    }
    parsing->depth++;
    parsing->text_size = 0;
    if (parsing->depth == 1 && !is(name, "MetaDataObject") &&
        !is(name, "ExchangePlanContent")) {
        return fl_xml_reader_fail(
            parsing->reader, FL_MALFORMED,
            "<%s> is no file of a configuration dump: MetaDataObject was expected", name);
    }
    if (parsing->depth == 2 && is(above(parsing, 1), "MetaDataObject")) {
        parsing->metadata->kind = fl_arena_text(parsing->arena, fl_bytes_of_text(name));
    }
    if (!is(above(parsing, 1), "ChildObjects")) {
        return FL_OK;
    }
    if (is_field(name)) {
        return begin_field(parsing, name);
    }
    return is(name, "TabularSection") ? begin_section(parsing) : FL_OK;
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct parsing *parsing = context;
    size_t room = TEXT_BYTES_MAX - 1 - parsing->text_size;
    size_t size = text.size < room ? text.size : room;

    /* Names and numbers are short; a long tool tip may be cut, nobody reads it. */
    memcpy(parsing->text + parsing->text_size, text.data, size);
    parsing->text_size += size;
    return FL_OK;
}

static enum fl_status add_type_name(
    struct parsing *parsing,
    struct fl_metadata_type *type,
    const char *name)
{
    if (!name) {
        return FL_NO_MEMORY;
    }
    if (type->name_count == TYPE_NAMES_MAX) {
        return FL_LIMIT;
    }
    parsing->type_names[type->name_count++] = name;
    return FL_OK;
}

/* "xs:string", "cfg:CatalogRef.X": the prefix says whose type it is. */
static enum fl_status add_type(struct parsing *parsing, struct fl_metadata_type *type)
{
    static const struct {
        const char *name;
        uint32_t allows;
    } primitives[] = {
        {"string", FL_ALLOWS_STRING},
        {"decimal", FL_ALLOWS_NUMBER},
        {"dateTime", FL_ALLOWS_DATE},
        {"boolean", FL_ALLOWS_BOOLEAN},
        {"UUID", FL_ALLOWS_UUID},
        {"base64Binary", FL_ALLOWS_BINARY},
        {"ValueStorage", FL_ALLOWS_STORAGE},
        {"TypeDescription", FL_ALLOWS_TYPE},
        {"Type", FL_ALLOWS_TYPE},
    };
    const char *text = keep_text(parsing);

    if (!text) {
        return FL_NO_MEMORY;
    }
    const char *colon = strchr(text, ':');
    const char *name = colon ? colon + 1 : text;

    for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++) {
        if (is(name, primitives[i].name)) {
            type->type.allows |= primitives[i].allows;
            return FL_OK;
        }
    }
    return add_type_name(parsing, type, name);
}

static enum fl_status end_type(struct parsing *parsing, struct fl_metadata_type *type)
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

/* An element inside <Type>, or that element itself. */
static enum fl_status type_part(
    struct parsing *parsing,
    const char *name,
    struct fl_metadata_type *type)
{
    if (is(name, "Type") && is(above(parsing, 1), "Properties")) {
        return end_type(parsing, type);
    }
    if (is(name, "Type") || is(name, "TypeSet")) {
        return add_type(parsing, type);
    }
    if (is(name, "Length")) {
        type->type.string_length = text_number(parsing);
    } else if (is(name, "AllowedLength")) {
        type->type.string_fixed = text_is(parsing, "Fixed");
    } else if (is(name, "Digits")) {
        type->type.number_digits = text_number(parsing);
    } else if (is(name, "FractionDigits")) {
        type->type.number_fraction = text_number(parsing);
    } else if (is(name, "AllowedSign")) {
        type->type.number_nonnegative = text_is(parsing, "Nonnegative");
    } else if (is(name, "DateFractions")) {
        type->type.date_only = text_is(parsing, "Date");
        type->type.time_only = text_is(parsing, "Time");
    }
    return FL_OK;
}

static bool in_type(const struct parsing *parsing)
{
    for (uint32_t up = 0; up < 3; up++) {
        if (is(above(parsing, up), "Type") && is(above(parsing, up + 1), "Properties")) {
            return true;
        }
    }
    return false;
}

static void field_property(struct parsing *parsing, const char *name)
{
    struct fl_metadata_field *field = parsing->field;

    if (is(name, "Name")) {
        field->name = keep_text(parsing);
    } else if (is(name, "Use")) {
        field->use = text_use(parsing);
    } else if (is(name, "MainFilter")) {
        field->main_filter = text_is(parsing, "true");
    }
}

static void object_number(struct parsing *parsing, const char *name)
{
    struct fl_metadata *metadata = parsing->metadata;

    if (is(name, "CodeLength")) {
        metadata->code_length = text_number(parsing);
    } else if (is(name, "CodeType")) {
        metadata->code_is_number = text_is(parsing, "Number");
    } else if (is(name, "DescriptionLength")) {
        metadata->description_length = text_number(parsing);
    } else if (is(name, "NumberLength")) {
        metadata->number_length = text_number(parsing);
    } else if (is(name, "NumberType")) {
        metadata->number_is_number = text_is(parsing, "Number");
    }
}

static void object_property(struct parsing *parsing, const char *name)
{
    struct fl_metadata *metadata = parsing->metadata;

    object_number(parsing, name);
    if (is(name, "Name")) {
        metadata->name = keep_text(parsing);
    } else if (is(name, "Version")) {
        metadata->version = keep_text(parsing);
    } else if (is(name, "Hierarchical")) {
        metadata->hierarchical = text_is(parsing, "true");
    } else if (is(name, "HierarchyType")) {
        metadata->folders = text_is(parsing, "HierarchyFoldersAndItems");
    } else if (is(name, "Posting")) {
        metadata->posting = text_is(parsing, "Allow");
    } else if (is(name, "InformationRegisterPeriodicity")) {
        metadata->periodic = !text_is(parsing, "Nonperiodical");
    } else if (is(name, "WriteMode")) {
        metadata->by_recorder = text_is(parsing, "RecorderSubordinate");
    } else if (is(name, "MainFilterOnPeriod")) {
        metadata->main_filter_on_period = text_is(parsing, "true");
    } else if (is(name, "RegisterType")) {
        metadata->turnovers = text_is(parsing, "Turnovers");
    } else if (is(name, "DistributedInfoBase")) {
        metadata->distributed = text_is(parsing, "true");
    } else if (is(name, "AutoUse")) {
        metadata->auto_use = text_is(parsing, "Use");
    } else if (is(name, "DataSeparation")) {
        metadata->separates = text_is(parsing, "Separate");
    }
}

static enum fl_status plan_part(struct parsing *parsing, const char *name)
{
    if (is(name, "Metadata")) {
        return add_name(parsing, &parsing->next_item, NULL, keep_text(parsing));
    }
    if (is(name, "AutoRecord") && parsing->item) {
        parsing->item->allow = text_is(parsing, "Allow");
    }
    return FL_OK;
}

/* Of a common attribute: which objects have it. */
static enum fl_status content_part(struct parsing *parsing, const char *name)
{
    if (is(name, "Metadata")) {
        return add_name(parsing, &parsing->next_item, NULL, keep_text(parsing));
    }
    if (is(name, "Use") && parsing->item) {
        parsing->item->allow = text_is(parsing, "Use");
        parsing->item->deny = text_is(parsing, "DontUse");
    }
    return FL_OK;
}

/* The end of an element under Properties of the object, a field, a section, a value. */
static enum fl_status property(struct parsing *parsing, const char *name)
{
    const char *owner = above(parsing, 2);

    if (is_field(owner) && parsing->field) {
        field_property(parsing, name);
        return FL_OK;
    }
    if (is(owner, "TabularSection") && parsing->section) {
        if (is(name, "Name")) {
            parsing->section->name = keep_text(parsing);
        } else if (is(name, "Use")) {
            parsing->section->use = text_use(parsing);
        }
        return FL_OK;
    }
    if (is(owner, "EnumValue")) {
        return is(name, "Name")
                   ? add_name(parsing, &parsing->next_value, NULL, keep_text(parsing))
                   : FL_OK;
    }
    if (parsing->depth == 4) {
        object_property(parsing, name);
    }
    return FL_OK;
}

/* Behind the last element of a section, fields are the object's again. */
static void end_child(struct parsing *parsing, const char *name)
{
    if (is_field(name)) {
        parsing->field = NULL;
    } else if (is(name, "TabularSection")) {
        struct fl_metadata_field **last = &parsing->metadata->fields;

        while (*last) {
            last = &(*last)->next;
        }
        parsing->section = NULL;
        parsing->next_field = last;
    }
}

static enum fl_status end_element(struct parsing *parsing, const char *name)
{
    if (is(parsing->path[0], "ExchangePlanContent")) {
        return plan_part(parsing, name);
    }
    if (in_type(parsing)) {
        return type_part(
            parsing, name,
            parsing->field ? &parsing->field->type : &parsing->metadata->type);
    }
    if (is(above(parsing, 1), "Properties")) {
        return property(parsing, name);
    }
    if (is(above(parsing, 1), "Item") && is(above(parsing, 2), "Content")) {
        return content_part(parsing, name);
    }
    if (is(above(parsing, 1), "Owners") && is(above(parsing, 2), "Properties")) {
        return add_name(parsing, &parsing->next_owner, NULL, keep_text(parsing));
    }
    if (parsing->depth == 4 && is(above(parsing, 1), "ChildObjects") &&
        is(parsing->metadata->kind, "Configuration")) {
        return add_name(
            parsing, &parsing->next_item,
            fl_arena_text(parsing->arena, fl_bytes_of_text(name)), keep_text(parsing));
    }
    if (is(above(parsing, 1), "ChildObjects")) {
        end_child(parsing, name);
    }
    return FL_OK;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;
    enum fl_status status =
        parsing->depth <= PATH_MAX_DEPTH ? end_element(parsing, element->name) : FL_OK;

    parsing->depth--;
    parsing->text_size = 0;
    if (status == FL_NO_MEMORY || status == FL_LIMIT) {
        return fl_xml_reader_fail(
            parsing->reader, status, "<%s> is too large", element->name);
    }
    return status;
}

static enum fl_status read_file(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    FILE *file = context;

    *out_size = fread(out_bytes, 1, size_max, file);
    if (*out_size == 0 && ferror(file)) {
        return fl_error_set(out_error, FL_IO, "%s", strerror(errno));
    }
    return FL_OK;
}

static enum fl_status parse(struct parsing *parsing, struct fl_error *out_error)
{
    struct fl_xml_reader_options options = {
        .read = read_file,
        .read_context = parsing->file,
        .handler = {on_start, on_text, on_end, NULL, parsing},
    };
    bool done = false;
    enum fl_status status = fl_xml_reader_open(&options, &parsing->reader, out_error);

    while (status == FL_OK && !done) {
        status = fl_xml_reader_feed(parsing->reader, &done, out_error);
    }
    fl_xml_reader_close(parsing->reader);
    return status;
}

enum fl_status fl_metadata_read(
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error)
{
    struct fl_metadata metadata = {0};
    FILE *file = fopen(path, "rb");

    if (!file) {
        return fl_error_set(
            out_error, errno == ENOENT || errno == ENOTDIR ? FL_NOT_FOUND : FL_IO,
            "%s: %s", name, strerror(errno));
    }
    struct parsing *parsing = fl_alloc_zeroed(1, sizeof(*parsing));
    enum fl_status status = FL_NO_MEMORY;

    if (parsing) {
        parsing->arena = arena;
        parsing->metadata = &metadata;
        parsing->file = file;
        parsing->next_field = &metadata.fields;
        parsing->next_section = &metadata.sections;
        parsing->next_value = &metadata.values;
        parsing->next_owner = &metadata.owners;
        parsing->next_item = &metadata.items;
        status = parse(parsing, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "%s", name);
        }
    }
    fl_free(parsing);
    (void)fclose(file);
    if (status == FL_OK) {
        *out_metadata = metadata;
    }
    return status;
}
