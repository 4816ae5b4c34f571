#include "edt_file.h"

#include <string.h>

#include "metadata_parsing.h"

static bool is_field(const char *name)
{
    return fl_metadata_is(name, "attributes") || fl_metadata_is(name, "dimensions") ||
           fl_metadata_is(name, "resources") ||
           fl_metadata_is(name, "addressingAttributes") ||
           fl_metadata_is(name, "accountingFlags");
}

/* Only what may have folders says for which of both an attribute is. */
static enum fl_use default_use(const struct fl_metadata_parsing *parsing)
{
    const char *const kind = parsing->metadata->kind;

    return fl_metadata_is(kind, "Catalog") ||
                   fl_metadata_is(kind, "ChartOfCharacteristicTypes")
               ? FL_USE_ITEM
               : FL_USE_ALWAYS;
}

static enum fl_status begin_field(struct fl_metadata_parsing *parsing, const char *name)
{
    struct fl_metadata_field *const field =
        fl_arena_alloc(parsing->arena, sizeof(*field));
    struct fl_metadata_field ***const next =
        parsing->section ? &parsing->next_section_field : &parsing->next_field;

    if (!field) {
        return FL_NO_MEMORY;
    }
    field->kind = fl_metadata_is(name, "dimensions")  ? FL_METADATA_DIMENSION
                  : fl_metadata_is(name, "resources") ? FL_METADATA_RESOURCE
                                                      : FL_METADATA_ATTRIBUTE;
    field->use = parsing->section ? FL_USE_ALWAYS : default_use(parsing);
    **next = field;
    *next = &field->next;
    parsing->field = field;
    return FL_OK;
}

static enum fl_status begin_section(struct fl_metadata_parsing *parsing)
{
    struct fl_metadata_section *const section =
        fl_arena_alloc(parsing->arena, sizeof(*section));

    if (!section) {
        return FL_NO_MEMORY;
    }
    section->use = default_use(parsing);
    *parsing->next_section = section;
    parsing->next_section = &section->next;
    parsing->next_section_field = &section->fields;
    parsing->section = section;
    return FL_OK;
}

/* What an omitted property means: defaults are not written. */
static void set_defaults(struct fl_metadata *metadata)
{
    metadata->folders = true;
    metadata->posting = true;
    metadata->number_is_number = true;
}

/* In <predefined>, whose items have names, types and codes of their own. */
static bool is_predefined(const struct fl_metadata_parsing *parsing)
{
    return parsing->depth > 2 && fl_metadata_is(parsing->path[1], "predefined");
}

static enum fl_status start_element(
    struct fl_metadata_parsing *parsing,
    const struct fl_xml_element *element)
{
    const char *const name = element->name;

    if (parsing->depth == 1) {
        if (!element->uri || !strstr(element->uri, "/metadata/mdclass")) {
            return fl_xml_reader_fail(
                parsing->reader, FL_MALFORMED,
                "<%s> is no file of an EDT project: an object of mdclass was expected",
                name);
        }
        parsing->metadata->kind = fl_arena_text(parsing->arena, fl_bytes_of_text(name));
        /* Codes of these are always text. */
        parsing->metadata->code_is_number =
            fl_metadata_is(name, "Catalog") ||
            fl_metadata_is(name, "ChartOfCalculationTypes");
        return parsing->metadata->kind ? FL_OK : FL_NO_MEMORY;
    }
    if (is_predefined(parsing)) {
        return fl_metadata_is(name, "items") || fl_metadata_is(name, "content") ||
                       fl_metadata_is(name, "childItems")
                   ? fl_metadata_begin_predefined(parsing, element)
                   : FL_OK;
    }
    if (parsing->depth == 2 && fl_metadata_is(name, "tabularSections")) {
        return begin_section(parsing);
    }
    if (is_field(name) &&
        (parsing->depth == 2 || (parsing->depth == 3 && parsing->section))) {
        return begin_field(parsing, name);
    }
    return FL_OK;
}

/* ---- types ---- */

static enum fl_status add_type(
    struct fl_metadata_parsing *parsing,
    struct fl_metadata_type *type)
{
    static const struct {
        const char *name;
        uint32_t allows;
    } primitives[] = {
        {"String", FL_ALLOWS_STRING},
        {"Number", FL_ALLOWS_NUMBER},
        {"Date", FL_ALLOWS_DATE},
        {"Boolean", FL_ALLOWS_BOOLEAN},
        {"UUID", FL_ALLOWS_UUID},
        {"BinaryData", FL_ALLOWS_BINARY},
        {"ValueStorage", FL_ALLOWS_STORAGE},
        {"TypeDescription", FL_ALLOWS_TYPE},
        {"Type", FL_ALLOWS_TYPE},
    };
    const char *name = fl_metadata_text(parsing);

    if (!name) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++) {
        if (fl_metadata_is(name, primitives[i].name)) {
            type->type.allows |= primitives[i].allows;
            return FL_OK;
        }
    }
    return fl_metadata_add_type_name(parsing, type, name);
}

static enum fl_status type_part(
    struct fl_metadata_parsing *parsing,
    const char *name,
    struct fl_metadata_type *type)
{
    if (fl_metadata_is(name, "types")) {
        return add_type(parsing, type);
    }
    if (fl_metadata_is(name, "length")) {
        type->type.string_length = fl_metadata_text_number(parsing);
    } else if (fl_metadata_is(name, "fixed")) {
        type->type.string_fixed = fl_metadata_text_is(parsing, "true");
    } else if (fl_metadata_is(name, "precision")) {
        type->type.number_digits = fl_metadata_text_number(parsing);
    } else if (fl_metadata_is(name, "scale")) {
        type->type.number_fraction = fl_metadata_text_number(parsing);
    } else if (fl_metadata_is(name, "nonNegative")) {
        type->type.number_nonnegative = fl_metadata_text_is(parsing, "true");
    } else if (fl_metadata_is(name, "dateFractions")) {
        type->type.date_only = fl_metadata_text_is(parsing, "Date");
        type->type.time_only = fl_metadata_text_is(parsing, "Time");
    }
    return FL_OK;
}

/* ---- properties ---- */

/* "<catalogs>Catalog.X</catalogs>" of the configuration, by what stands before the dot.
 */
static enum fl_status child(struct fl_metadata_parsing *parsing)
{
    const char *const text = fl_metadata_text(parsing);
    const char *const dot = text ? strchr(text, '.') : NULL;

    if (!dot || strchr(dot + 1, '.')) {
        return text ? FL_OK : FL_NO_MEMORY;
    }
    const char *const kind = fl_arena_text(
        parsing->arena, (struct fl_bytes){(const uint8_t *)text, (size_t)(dot - text)});

    return kind ? fl_metadata_add_name(parsing, &parsing->next_item, kind, dot + 1)
                : FL_NO_MEMORY;
}

/* Lists are named in the plural; a setting like defaultX only names one of them. */
static bool is_list(const char *name)
{
    static const char *const lists[] = {
        "catalogs",
        "documents",
        "enums",
        "constants",
        "informationRegisters",
        "accumulationRegisters",
        "accountingRegisters",
        "calculationRegisters",
        "chartsOfCharacteristicTypes",
        "chartsOfAccounts",
        "chartsOfCalculationTypes",
        "businessProcesses",
        "tasks",
        "exchangePlans",
        "definedTypes",
        "sequences",
        "commonAttributes",
        "externalDataSources"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (fl_metadata_is(name, lists[i])) {
            return true;
        }
    }
    return false;
}

static enum fl_status content_part(struct fl_metadata_parsing *parsing, const char *name)
{
    if (fl_metadata_is(name, "mdObject") || fl_metadata_is(name, "metadata")) {
        return fl_metadata_add_name(
            parsing, &parsing->next_item, NULL, fl_metadata_text(parsing));
    }
    if (fl_metadata_is(name, "autoRecord") && parsing->item) {
        parsing->item->allow = fl_metadata_text_is(parsing, "Allow");
    }
    if (fl_metadata_is(name, "use") && parsing->item) {
        parsing->item->allow = fl_metadata_text_is(parsing, "Use");
        parsing->item->deny = fl_metadata_text_is(parsing, "DontUse");
    }
    return FL_OK;
}

static enum fl_status end_of_object(struct fl_metadata_parsing *parsing, const char *name)
{
    if (fl_metadata_is(parsing->metadata->kind, "Configuration") && is_list(name)) {
        return child(parsing);
    }
    if (fl_metadata_is(name, "owners")) {
        return fl_metadata_add_name(
            parsing, &parsing->next_owner, NULL, fl_metadata_text(parsing));
    }
    if (fl_metadata_is(name, "type") && !parsing->field) {
        return fl_metadata_end_type(parsing, &parsing->metadata->type);
    }
    fl_metadata_object_property(parsing, name);
    return FL_OK;
}

static enum fl_status end_element(struct fl_metadata_parsing *parsing, const char *name)
{
    const char *const outer = fl_metadata_above(parsing, 1);
    if (is_predefined(parsing)) {
        return fl_metadata_predefined_property(parsing, name);
    }
    const bool in_type = fl_metadata_is(outer, "type") ||
                         fl_metadata_is(outer, "stringQualifiers") ||
                         fl_metadata_is(outer, "numberQualifiers") ||
                         fl_metadata_is(outer, "dateQualifiers");

    if (in_type) {
        return type_part(
            parsing, name,
            parsing->field ? &parsing->field->type : &parsing->metadata->type);
    }
    if (is_field(name) && parsing->field &&
        fl_metadata_is(fl_metadata_above(parsing, 0), name) &&
        (parsing->depth == 2 || (parsing->depth == 3 && parsing->section))) {
        parsing->field = NULL;
        return FL_OK;
    }
    if (parsing->field && is_field(outer)) {
        if (fl_metadata_is(name, "type")) {
            return fl_metadata_end_type(parsing, &parsing->field->type);
        }
        fl_metadata_field_property(parsing, name);
        return FL_OK;
    }
    if (fl_metadata_is(outer, "tabularSections") && parsing->section) {
        if (fl_metadata_is(name, "name")) {
            parsing->section->name = fl_metadata_text(parsing);
        } else if (fl_metadata_is(name, "use")) {
            parsing->section->use = fl_metadata_text_use(parsing);
        }
        return FL_OK;
    }
    if (parsing->depth == 2 && fl_metadata_is(name, "tabularSections")) {
        parsing->section = NULL;
        return FL_OK;
    }
    if (fl_metadata_is(outer, "enumValues") && fl_metadata_is(name, "name")) {
        return fl_metadata_add_name(
            parsing, &parsing->next_value, NULL, fl_metadata_text(parsing));
    }
    if (fl_metadata_is(outer, "recalculations") && fl_metadata_is(name, "name")) {
        return fl_metadata_add_name(
            parsing, &parsing->next_item, "Recalculation", fl_metadata_text(parsing));
    }
    if (fl_metadata_is(outer, "content")) {
        return content_part(parsing, name);
    }
    return parsing->depth == 2 ? end_of_object(parsing, name) : FL_OK;
}

enum fl_status fl_edt_read(
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error)
{
    static const struct fl_metadata_form form = {start_element, end_element};
    struct fl_metadata metadata = {0};

    set_defaults(&metadata);
    enum fl_status status =
        fl_metadata_parsing_read(&form, path, name, arena, &metadata, out_error);

    if (status == FL_OK) {
        *out_metadata = metadata;
    }
    return status;
}
