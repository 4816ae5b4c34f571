#include "edt_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xml_reader.h"

enum { DEPTH_MAX = 16, TEXT_BYTES_MAX = 8192, TYPE_NAMES_MAX = 4096 };

struct parsing {
    struct fl_xml_reader *reader;
    struct fl_arena *arena;
    struct fl_metadata *metadata;
    const char *path[DEPTH_MAX];
    uint32_t depth;
    char text[TEXT_BYTES_MAX];
    size_t text_size;
    struct fl_metadata_section *section; /* open, NULL outside */
    struct fl_metadata_field *field;
    struct fl_metadata_name *item;
    struct fl_metadata_field **next_field;
    struct fl_metadata_field **next_section_field;
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
    return parsing->depth > up && parsing->depth - up <= DEPTH_MAX
               ? parsing->path[parsing->depth - up - 1]
               : NULL;
}

static const char *keep_text(struct parsing *parsing)
{
    return fl_arena_text(
        parsing->arena,
        (struct fl_bytes){(const uint8_t *)parsing->text, parsing->text_size});
}

static bool text_is(const struct parsing *parsing, const char *expected)
{
    return parsing->text_size == strlen(expected) &&
           memcmp(parsing->text, expected, parsing->text_size) == 0;
}

static uint32_t text_number(struct parsing *parsing)
{
    parsing->text[parsing->text_size] = '\0';
    const unsigned long number = strtoul(parsing->text, NULL, 10);

    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static bool is_field(const char *name)
{
    return is(name, "attributes") || is(name, "dimensions") || is(name, "resources") ||
           is(name, "addressingAttributes") || is(name, "accountingFlags");
}

/* Only what may have folders says for which of both an attribute is. */
static enum fl_use default_use(const struct parsing *parsing)
{
    const char *const kind = parsing->metadata->kind;

    return is(kind, "Catalog") || is(kind, "ChartOfCharacteristicTypes") ? FL_USE_ITEM
                                                                         : FL_USE_ALWAYS;
}

static enum fl_status begin_field(struct parsing *parsing, const char *name)
{
    struct fl_metadata_field *const field =
        fl_arena_alloc(parsing->arena, sizeof(*field));
    struct fl_metadata_field ***const next =
        parsing->section ? &parsing->next_section_field : &parsing->next_field;

    if (!field) {
        return FL_NO_MEMORY;
    }
    field->kind = is(name, "dimensions")  ? FL_METADATA_DIMENSION
                  : is(name, "resources") ? FL_METADATA_RESOURCE
                                          : FL_METADATA_ATTRIBUTE;
    field->use = parsing->section ? FL_USE_ALWAYS : default_use(parsing);
    **next = field;
    *next = &field->next;
    parsing->field = field;
    return FL_OK;
}

static enum fl_status begin_section(struct parsing *parsing)
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

static enum fl_status add_name(
    struct parsing *parsing,
    struct fl_metadata_name ***next,
    const char *kind,
    const char *name)
{
    struct fl_metadata_name *const item = fl_arena_alloc(parsing->arena, sizeof(*item));

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

/* What an omitted property means: defaults are not written. */
static void set_defaults(struct fl_metadata *metadata)
{
    metadata->folders = true;
    metadata->posting = true;
    metadata->number_is_number = true;
}

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct parsing *const parsing = context;
    const char *const name = element->name;

    if (parsing->depth < DEPTH_MAX) {
        parsing->path[parsing->depth] = name;
    }
    parsing->depth++;
    parsing->text_size = 0;
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
            is(name, "Catalog") || is(name, "ChartOfCalculationTypes");
        return parsing->metadata->kind ? FL_OK : FL_NO_MEMORY;
    }
    if (parsing->depth == 2 && is(name, "tabularSections")) {
        return begin_section(parsing);
    }
    if (is_field(name) &&
        (parsing->depth == 2 || (parsing->depth == 3 && parsing->section))) {
        return begin_field(parsing, name);
    }
    return FL_OK;
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct parsing *const parsing = context;
    const size_t room = TEXT_BYTES_MAX - 1 - parsing->text_size;
    const size_t size = text.size < room ? text.size : room;

    memcpy(parsing->text + parsing->text_size, text.data, size);
    parsing->text_size += size;
    return FL_OK;
}

/* ---- types ---- */

static enum fl_status add_type(struct parsing *parsing, struct fl_metadata_type *type)
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
    const char *name = keep_text(parsing);

    if (!name) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++) {
        if (is(name, primitives[i].name)) {
            type->type.allows |= primitives[i].allows;
            return FL_OK;
        }
    }
    if (type->name_count == TYPE_NAMES_MAX) {
        return FL_LIMIT;
    }
    parsing->type_names[type->name_count++] = name;
    return FL_OK;
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

static enum fl_status type_part(
    struct parsing *parsing,
    const char *name,
    struct fl_metadata_type *type)
{
    if (is(name, "types")) {
        return add_type(parsing, type);
    }
    if (is(name, "length")) {
        type->type.string_length = text_number(parsing);
    } else if (is(name, "fixed")) {
        type->type.string_fixed = text_is(parsing, "true");
    } else if (is(name, "precision")) {
        type->type.number_digits = text_number(parsing);
    } else if (is(name, "scale")) {
        type->type.number_fraction = text_number(parsing);
    } else if (is(name, "nonNegative")) {
        type->type.number_nonnegative = text_is(parsing, "true");
    } else if (is(name, "dateFractions")) {
        type->type.date_only = text_is(parsing, "Date");
        type->type.time_only = text_is(parsing, "Time");
    }
    return FL_OK;
}

/* ---- properties ---- */

static enum fl_use text_use(const struct parsing *parsing)
{
    if (text_is(parsing, "ForFolder")) {
        return FL_USE_FOLDER;
    }
    return text_is(parsing, "ForFolderAndItem") ? FL_USE_ALWAYS : FL_USE_ITEM;
}

static void field_property(struct parsing *parsing, const char *name)
{
    struct fl_metadata_field *const field = parsing->field;

    if (is(name, "name")) {
        field->name = keep_text(parsing);
    } else if (is(name, "use")) {
        field->use = text_use(parsing);
    } else if (is(name, "mainFilter")) {
        field->main_filter = text_is(parsing, "true");
    }
}

static void object_number(struct parsing *parsing, const char *name)
{
    struct fl_metadata *const metadata = parsing->metadata;

    if (is(name, "codeLength")) {
        metadata->code_length = text_number(parsing);
    } else if (is(name, "codeType")) {
        metadata->code_is_number = text_is(parsing, "Number");
    } else if (is(name, "descriptionLength")) {
        metadata->description_length = text_number(parsing);
    } else if (is(name, "numberLength")) {
        metadata->number_length = text_number(parsing);
    } else if (is(name, "numberType")) {
        metadata->number_is_number = text_is(parsing, "Number");
    }
}

static void object_property(struct parsing *parsing, const char *name)
{
    struct fl_metadata *const metadata = parsing->metadata;

    object_number(parsing, name);
    if (is(name, "name")) {
        metadata->name = keep_text(parsing);
    } else if (is(name, "version")) {
        metadata->version = keep_text(parsing);
    } else if (is(name, "hierarchical")) {
        metadata->hierarchical = text_is(parsing, "true");
    } else if (is(name, "hierarchyType")) {
        metadata->folders = text_is(parsing, "HierarchyFoldersAndItems");
    } else if (is(name, "posting")) {
        metadata->posting = text_is(parsing, "Allow");
    } else if (is(name, "informationRegisterPeriodicity")) {
        metadata->periodic = !text_is(parsing, "Nonperiodical");
    } else if (is(name, "writeMode")) {
        metadata->by_recorder = text_is(parsing, "RecorderSubordinate");
    } else if (is(name, "mainFilterOnPeriod")) {
        metadata->main_filter_on_period = text_is(parsing, "true");
    } else if (is(name, "registerType")) {
        metadata->turnovers = text_is(parsing, "Turnovers");
    } else if (is(name, "distributedInfoBase")) {
        metadata->distributed = text_is(parsing, "true");
    } else if (is(name, "autoUse")) {
        metadata->auto_use = text_is(parsing, "Use");
    } else if (is(name, "dataSeparation")) {
        metadata->separates = text_is(parsing, "Separate");
    }
}

/* "<catalogs>Catalog.X</catalogs>" of the configuration, by what stands before the dot.
 */
static enum fl_status child(struct parsing *parsing)
{
    const char *const text = keep_text(parsing);
    const char *const dot = text ? strchr(text, '.') : NULL;

    if (!dot || strchr(dot + 1, '.')) {
        return text ? FL_OK : FL_NO_MEMORY;
    }
    const char *const kind = fl_arena_text(
        parsing->arena, (struct fl_bytes){(const uint8_t *)text, (size_t)(dot - text)});

    return kind ? add_name(parsing, &parsing->next_item, kind, dot + 1) : FL_NO_MEMORY;
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
        "commonAttributes"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (is(name, lists[i])) {
            return true;
        }
    }
    return false;
}

static enum fl_status content_part(struct parsing *parsing, const char *name)
{
    if (is(name, "mdObject") || is(name, "metadata")) {
        return add_name(parsing, &parsing->next_item, NULL, keep_text(parsing));
    }
    if (is(name, "autoRecord") && parsing->item) {
        parsing->item->allow = text_is(parsing, "Allow");
    }
    if (is(name, "use") && parsing->item) {
        parsing->item->allow = text_is(parsing, "Use");
        parsing->item->deny = text_is(parsing, "DontUse");
    }
    return FL_OK;
}

static enum fl_status end_of_object(struct parsing *parsing, const char *name)
{
    if (is(parsing->metadata->kind, "Configuration") && is_list(name)) {
        return child(parsing);
    }
    if (is(name, "owners")) {
        return add_name(parsing, &parsing->next_owner, NULL, keep_text(parsing));
    }
    if (is(name, "type") && !parsing->field) {
        return end_type(parsing, &parsing->metadata->type);
    }
    object_property(parsing, name);
    return FL_OK;
}

static enum fl_status end_element(struct parsing *parsing, const char *name)
{
    const char *const outer = above(parsing, 1);
    const bool in_type = is(outer, "type") || is(outer, "stringQualifiers") ||
                         is(outer, "numberQualifiers") || is(outer, "dateQualifiers");

    if (in_type) {
        return type_part(
            parsing, name,
            parsing->field ? &parsing->field->type : &parsing->metadata->type);
    }
    if (is_field(name) && parsing->field && is(above(parsing, 0), name) &&
        (parsing->depth == 2 || (parsing->depth == 3 && parsing->section))) {
        parsing->field = NULL;
        return FL_OK;
    }
    if (parsing->field && is_field(outer)) {
        if (is(name, "type")) {
            return end_type(parsing, &parsing->field->type);
        }
        field_property(parsing, name);
        return FL_OK;
    }
    if (is(outer, "tabularSections") && parsing->section) {
        if (is(name, "name")) {
            parsing->section->name = keep_text(parsing);
        } else if (is(name, "use")) {
            parsing->section->use = text_use(parsing);
        }
        return FL_OK;
    }
    if (parsing->depth == 2 && is(name, "tabularSections")) {
        parsing->section = NULL;
        return FL_OK;
    }
    if (is(outer, "enumValues") && is(name, "name")) {
        return add_name(parsing, &parsing->next_value, NULL, keep_text(parsing));
    }
    if (is(outer, "content")) {
        return content_part(parsing, name);
    }
    return parsing->depth == 2 ? end_of_object(parsing, name) : FL_OK;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct parsing *const parsing = context;
    const enum fl_status status =
        parsing->depth <= DEPTH_MAX ? end_element(parsing, element->name) : FL_OK;

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
    FILE *const file = context;

    *out_size = fread(out_bytes, 1, size_max, file);
    return *out_size == 0 && ferror(file)
               ? fl_error_set(out_error, FL_IO, "%s", strerror(errno))
               : FL_OK;
}

static enum fl_status parse(struct parsing *parsing, struct fl_error *out_error)
{
    const struct fl_xml_reader_options options = {
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

enum fl_status fl_edt_read(
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error)
{
    FILE *const file = fopen(path, "rb");

    if (!file) {
        return fl_error_set(
            out_error, errno == ENOENT || errno == ENOTDIR ? FL_NOT_FOUND : FL_IO,
            "%s: %s", name, strerror(errno));
    }
    struct fl_metadata metadata = {0};
    struct parsing *const parsing = fl_alloc_zeroed(1, sizeof(*parsing));
    enum fl_status status = FL_NO_MEMORY;

    if (parsing) {
        set_defaults(&metadata);
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
