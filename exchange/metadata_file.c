/*
 * The elements that matter, by local names (v8msg.md D.1 of the format's description):
 *
 *     MetaDataObject / KIND / Properties / Name, Hierarchical, CodeLength, Owners/Item,
 * ... MetaDataObject / KIND / ChildObjects / Attribute, Dimension, Resource, EnumValue
 *     MetaDataObject / KIND / ChildObjects / TabularSection / ChildObjects / Attribute
 *     ExchangePlanContent / Item / Metadata, AutoRecord
 *     PredefinedData / Item id / Name, Code, Description, IsFolder, ChildItems / Item
 *
 * A type: v8:Type "xs:string", "cfg:CatalogRef.X"; v8:TypeSet "cfg:DefinedType.X".
 */

#include "metadata_file.h"

#include <string.h>

#include "metadata_parsing.h"

static bool is_field(const char *name)
{
    return fl_metadata_is(name, "Attribute") || fl_metadata_is(name, "Dimension") ||
           fl_metadata_is(name, "Resource") ||
           fl_metadata_is(name, "AddressingAttribute") ||
           fl_metadata_is(name, "AccountingFlag");
}

static enum fl_status begin_field(struct fl_metadata_parsing *parsing, const char *name)
{
    struct fl_metadata_field *field = fl_arena_alloc(parsing->arena, sizeof(*field));

    if (!field) {
        return FL_NO_MEMORY;
    }
    field->kind = fl_metadata_is(name, "Dimension")  ? FL_METADATA_DIMENSION
                  : fl_metadata_is(name, "Resource") ? FL_METADATA_RESOURCE
                                                     : FL_METADATA_ATTRIBUTE;
    *parsing->next_field = field;
    parsing->next_field = &field->next;
    parsing->field = field;
    return FL_OK;
}

static enum fl_status begin_section(struct fl_metadata_parsing *parsing)
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

static enum fl_status start_element(
    struct fl_metadata_parsing *parsing,
    const struct fl_xml_element *element)
{
    const char *name = element->name;

    if (parsing->depth == 1 && !fl_metadata_is(name, "MetaDataObject") &&
        !fl_metadata_is(name, "PredefinedData") &&
        !fl_metadata_is(name, "ExchangePlanContent")) {
        return fl_xml_reader_fail(
            parsing->reader, FL_MALFORMED,
            "<%s> is no file of a configuration dump: MetaDataObject was expected", name);
    }
    if (fl_metadata_is(parsing->path[0], "PredefinedData")) {
        return fl_metadata_is(name, "Item")
                   ? fl_metadata_begin_predefined(parsing, element)
                   : FL_OK;
    }
    if (parsing->depth == 2 &&
        fl_metadata_is(fl_metadata_above(parsing, 1), "MetaDataObject")) {
        parsing->metadata->kind = fl_arena_text(parsing->arena, fl_bytes_of_text(name));
    }
    if (!fl_metadata_is(fl_metadata_above(parsing, 1), "ChildObjects")) {
        return FL_OK;
    }
    if (is_field(name)) {
        return begin_field(parsing, name);
    }
    return fl_metadata_is(name, "TabularSection") ? begin_section(parsing) : FL_OK;
}

/* "xs:string", "cfg:CatalogRef.X": the prefix says whose type it is. */
static enum fl_status add_type(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_type *type)
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
    const char *text = fl_metadata_text(parsing);

    if (!text) {
        return FL_NO_MEMORY;
    }
    const char *colon = strchr(text, ':');
    const char *name = colon ? colon + 1 : text;

    for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++) {
        if (fl_metadata_is(name, primitives[i].name)) {
            type->type.allows |= primitives[i].allows;
            return FL_OK;
        }
    }
    return fl_metadata_add_type_name(parsing, type, name);
}

/* An element inside <Type>, or that element itself. */
static enum fl_status type_part(
    struct fl_metadata_parsing *parsing,
    const char *name,
    struct fl_metadata_type *type)
{
    if (fl_metadata_is(name, "Type") &&
        fl_metadata_is(fl_metadata_above(parsing, 1), "Properties")) {
        return fl_metadata_end_type(parsing, type);
    }
    if (fl_metadata_is(name, "Type") || fl_metadata_is(name, "TypeSet")) {
        return add_type(parsing, type);
    }
    if (fl_metadata_is(name, "Length")) {
        type->type.string_length = fl_metadata_text_number(parsing);
    } else if (fl_metadata_is(name, "AllowedLength")) {
        type->type.string_fixed = fl_metadata_text_is(parsing, "Fixed");
    } else if (fl_metadata_is(name, "Digits")) {
        type->type.number_digits = fl_metadata_text_number(parsing);
    } else if (fl_metadata_is(name, "FractionDigits")) {
        type->type.number_fraction = fl_metadata_text_number(parsing);
    } else if (fl_metadata_is(name, "AllowedSign")) {
        type->type.number_nonnegative = fl_metadata_text_is(parsing, "Nonnegative");
    } else if (fl_metadata_is(name, "DateFractions")) {
        type->type.date_only = fl_metadata_text_is(parsing, "Date");
        type->type.time_only = fl_metadata_text_is(parsing, "Time");
    }
    return FL_OK;
}

static bool in_type(const struct fl_metadata_parsing *parsing)
{
    for (uint32_t up = 0; up < 3; up++) {
        if (fl_metadata_is(fl_metadata_above(parsing, up), "Type") &&
            fl_metadata_is(fl_metadata_above(parsing, up + 1), "Properties")) {
            return true;
        }
    }
    return false;
}

static enum fl_status plan_part(struct fl_metadata_parsing *parsing, const char *name)
{
    if (fl_metadata_is(name, "Metadata")) {
        return fl_metadata_add_name(
            parsing, &parsing->next_item, NULL, fl_metadata_text(parsing));
    }
    if (fl_metadata_is(name, "AutoRecord") && parsing->item) {
        parsing->item->allow = fl_metadata_text_is(parsing, "Allow");
    }
    return FL_OK;
}

/* Of a common attribute: which objects have it. */
static enum fl_status content_part(struct fl_metadata_parsing *parsing, const char *name)
{
    if (fl_metadata_is(name, "Metadata")) {
        return fl_metadata_add_name(
            parsing, &parsing->next_item, NULL, fl_metadata_text(parsing));
    }
    if (fl_metadata_is(name, "Use") && parsing->item) {
        parsing->item->allow = fl_metadata_text_is(parsing, "Use");
        parsing->item->deny = fl_metadata_text_is(parsing, "DontUse");
    }
    return FL_OK;
}

/* The end of an element under Properties of the object, a field, a section, a value. */
static enum fl_status property(struct fl_metadata_parsing *parsing, const char *name)
{
    const char *owner = fl_metadata_above(parsing, 2);

    if (is_field(owner) && parsing->field) {
        fl_metadata_field_property(parsing, name);
        return FL_OK;
    }
    if (fl_metadata_is(owner, "TabularSection") && parsing->section) {
        if (fl_metadata_is(name, "Name")) {
            parsing->section->name = fl_metadata_text(parsing);
        } else if (fl_metadata_is(name, "Use")) {
            parsing->section->use = fl_metadata_text_use(parsing);
        }
        return FL_OK;
    }
    if (fl_metadata_is(owner, "EnumValue")) {
        return fl_metadata_is(name, "Name")
                   ? fl_metadata_add_name(
                         parsing, &parsing->next_value, NULL, fl_metadata_text(parsing))
                   : FL_OK;
    }
    if (parsing->depth == 4) {
        fl_metadata_object_property(parsing, name);
    }
    return FL_OK;
}

/* Behind the last element of a section, fields are the object's again. */
static void end_child(struct fl_metadata_parsing *parsing, const char *name)
{
    if (is_field(name)) {
        parsing->field = NULL;
    } else if (fl_metadata_is(name, "TabularSection")) {
        struct fl_metadata_field **last = &parsing->metadata->fields;

        while (*last) {
            last = &(*last)->next;
        }
        parsing->section = NULL;
        parsing->next_field = last;
    }
}

static enum fl_status end_element(struct fl_metadata_parsing *parsing, const char *name)
{
    if (fl_metadata_is(parsing->path[0], "ExchangePlanContent")) {
        return plan_part(parsing, name);
    }
    if (fl_metadata_is(parsing->path[0], "PredefinedData")) {
        return fl_metadata_predefined_property(parsing, name);
    }
    if (in_type(parsing)) {
        return type_part(
            parsing, name,
            parsing->field ? &parsing->field->type : &parsing->metadata->type);
    }
    if (fl_metadata_is(fl_metadata_above(parsing, 1), "Properties")) {
        return property(parsing, name);
    }
    if (fl_metadata_is(fl_metadata_above(parsing, 1), "Item") &&
        fl_metadata_is(fl_metadata_above(parsing, 2), "Content")) {
        return content_part(parsing, name);
    }
    if (fl_metadata_is(fl_metadata_above(parsing, 1), "Owners") &&
        fl_metadata_is(fl_metadata_above(parsing, 2), "Properties")) {
        return fl_metadata_add_name(
            parsing, &parsing->next_owner, NULL, fl_metadata_text(parsing));
    }
    if (parsing->depth == 4 &&
        fl_metadata_is(fl_metadata_above(parsing, 1), "ChildObjects") &&
        (fl_metadata_is(parsing->metadata->kind, "Configuration") ||
         fl_metadata_is(name, "Recalculation"))) {
        return fl_metadata_add_name(
            parsing, &parsing->next_item,
            fl_arena_text(parsing->arena, fl_bytes_of_text(name)),
            fl_metadata_text(parsing));
    }
    if (fl_metadata_is(fl_metadata_above(parsing, 1), "ChildObjects")) {
        end_child(parsing, name);
    }
    return FL_OK;
}

enum fl_status fl_metadata_read(
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error)
{
    static const struct fl_metadata_form form = {start_element, end_element};
    struct fl_metadata metadata = {0};
    enum fl_status status =
        fl_metadata_parsing_read(&form, path, name, arena, &metadata, out_error);

    if (status == FL_OK) {
        *out_metadata = metadata;
    }
    return status;
}
