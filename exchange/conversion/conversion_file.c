/*
 * The file of a mapping as events of XML: an object's rule is open, and in it perhaps its
 * key or a table. What names nothing here is left out with a remark, and whatever is
 * inside of it too.
 */

#include "exchange/conversion.h"

#include <stdio.h>
#include <string.h>

#include "mapping_file.h"

enum {
    ARENA_BYTES_MAX = 64 << 20,
    FILE_BYTES_MAX = 16 << 20,
    DEPTH_MAX = 8,
    VERSION_STEP = 100000,
};

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

fl_conversion_version fl_conversion_version_of(struct fl_bytes text)
{
    uint32_t parts[2] = {0, 0};
    size_t part = 0;
    size_t digits = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '.' && part == 0 && digits > 0) {
            part++;
            digits = 0;
        } else if (text.data[i] >= '0' && text.data[i] <= '9' && ++digits < 5) {
            parts[part] = parts[part] * 10 + (uint32_t)(text.data[i] - '0');
        } else {
            return 0;
        }
    }
    return digits == 0 ? 0 : parts[0] * VERSION_STEP + parts[1] + 1;
}

bool fl_conversion_spans(struct fl_conversion_span span, fl_conversion_version version)
{
    return version == 0 || ((span.since == 0 || version >= span.since) &&
                            (span.until == 0 || version <= span.until));
}

/* --- elements --- */

static const char *options_of(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    const char *options = fl_mapping_file_kept(reading, element, "options");
    return options == NULL ? "" : options;
}

static enum fl_status start_mapping(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion *conversion = reading->conversion;
    if (!is(element->name, "mapping")) {
        return fl_xml_reader_fail(
            reading->xml, FL_MALFORMED,
            "this is no mapping: its first element is <%s>, not <mapping>",
            element->name);
    }
    enum fl_status status = fl_mapping_file_check_attributes(
        reading, element, " format name key keep empty options ");
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "format", &conversion->format);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_yes(reading, element, "keep", &conversion->keep);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_yes(reading, element, "empty", &conversion->empty);
    }
    conversion->options = options_of(reading, element);
    conversion->name = fl_mapping_file_kept(reading, element, "name");
    conversion->key = fl_mapping_file_kept(reading, element, "key");
    conversion->name = conversion->name == NULL ? "" : conversion->name;
    conversion->key = conversion->key == NULL ? "" : conversion->key;
    return status;
}

/* Of an accounting register, say: nothing of its records but the recorder is known. */
static bool has_unknown_records(const struct fl_type *type)
{
    for (size_t i = 0; i < type->attribute_count; i++) {
        if (type->attributes[i].role != FL_ROLE_RECORDER) {
            return false;
        }
    }
    return fl_kind_is_register(type->kind) && type->by_recorder;
}

static enum fl_status start_object(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion *conversion = reading->conversion;
    struct fl_conversion_rule rule = {.line = fl_xml_reader_line(reading->xml)};
    const char *of = NULL;
    bool known = true;
    enum fl_status status = fl_mapping_file_check_attributes(
        reading, element, " of as when search since until only options ");
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "of", &of);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "as", &rule.element);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_span(reading, element, &rule.span);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_direction(reading, element, &rule.direction);
    }
    if (status != FL_OK) {
        return status;
    }
    rule.type =
        fl_configuration_find_full(conversion->configuration, fl_bytes_of_text(of));
    if (rule.type == NULL) {
        fl_mapping_file_remark(
            reading, "the configuration has no such type", fl_bytes_of_text(of));
        reading->skipped = reading->depth;
        return FL_OK;
    }
    if (has_unknown_records(rule.type)) {
        fl_mapping_file_remark(
            reading,
            "how its records are laid out is not known: they pass as they come and are "
            "neither read nor written by a mapping",
            fl_bytes_of_text(of));
        reading->skipped = reading->depth;
        return FL_OK;
    }
    reading->rule = &rule;
    rule.options = options_of(reading, element);
    status = fl_mapping_file_read_conditions(
        reading, fl_mapping_file_text_of(element, "when"), &rule.conditions, &known);
    if (status == FL_OK && known) {
        status = fl_mapping_file_read_searches(
            reading, fl_mapping_file_text_of(element, "search"));
    }
    reading->rule = NULL;
    if (status != FL_OK || !known) {
        reading->skipped = reading->depth;
        return status;
    }
    reading->rule =
        FL_MAPPING_FILE_ADD(conversion, conversion->rules, conversion->rule_count);
    if (reading->rule == NULL) {
        return fl_mapping_file_no_memory(reading);
    }
    *reading->rule = rule;
    return FL_OK;
}

/* The records of a register as a section like any other; NULL without memory. */
static const struct fl_section_type *records_of(struct fl_mapping_reading *reading)
{
    const struct fl_type *type = reading->rule->type;
    struct fl_section_type *section =
        fl_arena_alloc(&reading->conversion->arena, sizeof *section);
    if (section != NULL) {
        *section = (struct fl_section_type){
            .number = FL_SECTION_RECORDS,
            .name = "Records",
            .attribute_count = type->attribute_count,
            .attributes = type->attributes,
            .attribute_names = type->attribute_names};
    }
    return section;
}

static enum fl_status start_table(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion_table table = {
        .line = fl_xml_reader_line(reading->xml), .keep = reading->conversion->keep};
    const char *of = NULL;
    bool known = true;
    bool keep = false;
    enum fl_status status = fl_mapping_file_check_attributes(
        reading, element, " of as when since until only keep options ");
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "of", &of);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "as", &table.path);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_span(reading, element, &table.span);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_direction(reading, element, &table.direction);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_yes(reading, element, "keep", &keep);
    }
    if (status != FL_OK) {
        return status;
    }
    table.keep = table.keep || keep;
    table.options = options_of(reading, element);
    table.section = is(of, "Records") && fl_kind_is_register(reading->rule->type->kind)
                        ? records_of(reading)
                        : fl_type_find_section(reading->rule->type, fl_bytes_of_text(of));
    if (table.section == NULL) {
        fl_mapping_file_remark(
            reading, "the type has no such tabular section", fl_bytes_of_text(of));
        reading->skipped = reading->depth;
        return FL_OK;
    }
    reading->table = &table;
    status = fl_mapping_file_read_conditions(
        reading, fl_mapping_file_text_of(element, "when"), &table.conditions, &known);
    reading->table = NULL;
    if (status != FL_OK || !known) {
        reading->skipped = reading->depth;
        return status;
    }
    reading->table = FL_MAPPING_FILE_ADD(
        reading->conversion, reading->rule->tables, reading->rule->table_count);
    if (reading->table == NULL) {
        return fl_mapping_file_no_memory(reading);
    }
    *reading->table = table;
    return FL_OK;
}

/* In the key of a register: what is no part of the filter of its sets. */
static bool is_no_filter(
    const struct fl_mapping_reading *reading,
    const struct fl_conversion_place *place)
{
    return reading->in_key && fl_kind_is_register(reading->rule->type->kind) &&
           place->attribute != NULL && !place->attribute->in_filter;
}

static enum fl_status start_property(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion_property property = {
        .line = fl_xml_reader_line(reading->xml),
        .keep = reading->conversion->keep,
        .options = options_of(reading, element)};
    struct fl_conversion_properties *list = reading->in_key ? &reading->rule->key
                                            : reading->table != NULL
                                                ? &reading->table->properties
                                                : &reading->rule->properties;
    bool keep = false;
    const char *of = NULL;
    enum fl_status status = fl_mapping_file_need(reading, element, "as", &property.path);
    if (status == FL_OK) {
        status = fl_mapping_file_read_span(reading, element, &property.span);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_direction(reading, element, &property.direction);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_yes(reading, element, "keep", &keep);
    }
    property.keep = property.keep || keep;
    if (status == FL_OK && is(element->name, "property")) {
        status = fl_mapping_file_check_attributes(
            reading, element, " of as values type else since until only keep options ");
        property.values_name = fl_mapping_file_kept(reading, element, "values");
        property.type = fl_mapping_file_kept(reading, element, "type");
        property.text = fl_mapping_file_kept(reading, element, "else");
        if (status == FL_OK) {
            status = fl_mapping_file_need(reading, element, "of", &of);
        }
        if (status == FL_OK &&
            !fl_mapping_file_read_place(reading, fl_bytes_of_text(of), &property.place)) {
            fl_mapping_file_remark(
                reading, "the type has no such attribute", fl_bytes_of_text(of));
            return FL_OK;
        }
        if (status == FL_OK && is_no_filter(reading, &property.place)) {
            fl_mapping_file_remark(
                reading, "left out, record sets are not kept by this attribute here",
                fl_bytes_of_text(of));
            return FL_OK;
        }
    } else if (status == FL_OK && is(element->name, "fixed")) {
        property.kind = FL_PROPERTY_FIXED;
        status = fl_mapping_file_check_attributes(
            reading, element, " as value type since until only check ");
        if (status == FL_OK) {
            status = fl_mapping_file_need(reading, element, "value", &property.text);
        }
        if (status == FL_OK) {
            property.type = fl_mapping_file_kept(reading, element, "type");
            status = fl_mapping_file_read_yes(reading, element, "check", &property.check);
        }
    } else if (status == FL_OK) {
        property.kind = FL_PROPERTY_NUMBER;
        status =
            fl_mapping_file_check_attributes(reading, element, " as since until only ");
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_conversion_property *place =
        FL_MAPPING_FILE_ADD(reading->conversion, list->items, list->count);
    if (place == NULL) {
        return fl_mapping_file_no_memory(reading);
    }
    *place = property;
    reading->conversion->coverage.properties_whole += is(element->name, "property");
    return FL_OK;
}

static enum fl_status start_values(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion *conversion = reading->conversion;
    struct fl_conversion_values values = {.count = 0};
    enum fl_status status =
        fl_mapping_file_check_attributes(reading, element, " name other ");
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "name", &values.name);
    }
    if (status != FL_OK) {
        return status;
    }
    values.other = fl_mapping_file_kept(reading, element, "other");
    reading->values =
        FL_MAPPING_FILE_ADD(conversion, conversion->values, conversion->values_count);
    if (reading->values == NULL) {
        return fl_mapping_file_no_memory(reading);
    }
    *reading->values = values;
    return FL_OK;
}

static enum fl_status start_value(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion_value value = {.part_count = 0};
    enum fl_status status =
        fl_mapping_file_check_attributes(reading, element, " of as since until ");
    value.ours = fl_mapping_file_kept(reading, element, "of");
    if (status == FL_OK && value.ours == NULL) { /* of="": it is nothing here */
        status = fl_mapping_file_need(reading, element, "of", &value.ours);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_read_span(reading, element, &value.span);
    }
    if (status != FL_OK) {
        return status;
    }
    value.theirs = fl_mapping_file_kept(reading, element, "as");
    reading->value = FL_MAPPING_FILE_ADD(
        reading->conversion, reading->values->items, reading->values->count);
    if (reading->value == NULL) {
        return fl_mapping_file_no_memory(reading);
    }
    *reading->value = value;
    return FL_OK;
}

static enum fl_status start_part(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion_part part = {.path = NULL};
    enum fl_status status =
        fl_mapping_file_check_attributes(reading, element, " as value ");
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "as", &part.path);
    }
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "value", &part.text);
    }
    if (status != FL_OK) {
        return status;
    }
    struct fl_conversion_part *place = FL_MAPPING_FILE_ADD(
        reading->conversion, reading->value->parts, reading->value->part_count);
    if (place == NULL) {
        return fl_mapping_file_no_memory(reading);
    }
    *place = part;
    return FL_OK;
}

/* What 1C does here by program text, and nobody has replaced yet. */
static enum fl_status start_code(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    const char *place = NULL;
    enum fl_status status =
        fl_mapping_file_check_attributes(reading, element, " place line ");
    if (status == FL_OK) {
        status = fl_mapping_file_need(reading, element, "place", &place);
    }
    if (status == FL_OK) {
        fl_mapping_file_remark(
            reading, "program text of 1C that has no replacement",
            fl_bytes_of_text(place));
    }
    return status;
}

static enum fl_status misplaced(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    return fl_xml_reader_fail(
        reading->xml, FL_MALFORMED,
        "<%s> does not belong here: a mapping holds <object> with <key>, <property>, "
        "<fixed> and <table>, and <values> with <value> and <part>",
        element->name);
}

static bool is_property(const char *name, const struct fl_mapping_reading *reading)
{
    return is(name, "property") || is(name, "fixed") ||
           (is(name, "number") && reading->table != NULL);
}

/* Counted where it is left out, too. */
static void count(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element)
{
    struct fl_conversion *conversion = reading->conversion;
    if (reading->depth == 2 && is(element->name, "object")) {
        conversion->coverage.rules++;
        reading->remarks_before = conversion->remark_count;
    } else if (is(element->name, "property")) {
        conversion->coverage.properties++;
    }
}

static enum fl_status start(void *context, const struct fl_xml_element *element)
{
    struct fl_mapping_reading *reading = context;
    if (++reading->depth > DEPTH_MAX) {
        return misplaced(reading, element);
    }
    count(reading, element);
    if (reading->skipped > 0) {
        return FL_OK;
    }
    bool in_object = reading->rule != NULL && reading->depth == 3;
    bool in_part = reading->rule != NULL && reading->depth == 4 &&
                   (reading->in_key || reading->table != NULL);
    if (reading->depth == 1) {
        return start_mapping(reading, element);
    }
    if (reading->depth == 2 && is(element->name, "object")) {
        return start_object(reading, element);
    }
    if (reading->depth == 2 && is(element->name, "values")) {
        return start_values(reading, element);
    }
    if (in_object && is(element->name, "key")) {
        reading->in_key = true;
        return fl_mapping_file_check_attributes(reading, element, " ");
    }
    if (in_object && is(element->name, "table")) {
        return start_table(reading, element);
    }
    if ((in_object || in_part || reading->depth == 2) && is(element->name, "code")) {
        return start_code(reading, element);
    }
    if ((in_object || in_part) && is_property(element->name, reading)) {
        return start_property(reading, element);
    }
    if (reading->values != NULL && reading->depth == 3 && is(element->name, "value")) {
        return start_value(reading, element);
    }
    if (reading->value != NULL && reading->depth == 4 && is(element->name, "part")) {
        return start_part(reading, element);
    }
    return misplaced(reading, element);
}

static enum fl_status end(void *context, const struct fl_xml_element *element)
{
    struct fl_mapping_reading *reading = context;
    (void)element;
    if (reading->skipped == reading->depth) {
        reading->skipped = 0;
    }
    if (reading->skipped == 0 && reading->depth == 3) {
        reading->in_key = false;
        reading->table = NULL;
        reading->value = NULL;
    } else if (reading->skipped == 0 && reading->depth == 2) {
        reading->conversion->coverage.rules_whole +=
            reading->rule != NULL &&
            reading->remarks_before == reading->conversion->remark_count;
        reading->rule = NULL;
        reading->values = NULL;
    }
    reading->depth--;
    return FL_OK;
}

static enum fl_status text(void *context, struct fl_bytes bytes)
{
    struct fl_mapping_reading *reading = context;
    for (size_t i = 0; i < bytes.size; i++) {
        if (strchr(" \t\r\n", bytes.data[i]) == NULL) {
            return fl_xml_reader_fail(
                reading->xml, FL_MALFORMED, "a mapping has no text between its elements");
        }
    }
    return FL_OK;
}

static enum fl_status comment(void *context, struct fl_bytes bytes)
{
    (void)context;
    (void)bytes;
    return FL_OK;
}

/* --- afterwards --- */

static enum fl_status bind_values(
    const struct fl_conversion *conversion,
    struct fl_conversion_properties *properties,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < properties->count; i++) {
        struct fl_conversion_property *property = &properties->items[i];
        for (size_t at = 0; at < conversion->values_count; at++) {
            if (property->values_name != NULL &&
                is(conversion->values[at].name, property->values_name)) {
                property->values = &conversion->values[at];
            }
        }
        if (property->values_name != NULL && property->values == NULL) {
            return fl_error_set(
                out_error, FL_MALFORMED, "line %llu: there is no <values name=\"%s\">",
                (unsigned long long)property->line, property->values_name);
        }
    }
    return FL_OK;
}

static enum fl_status bind(struct fl_conversion *conversion, struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < conversion->rule_count && status == FL_OK; i++) {
        struct fl_conversion_rule *rule = &conversion->rules[i];
        status = bind_values(conversion, &rule->key, out_error);
        if (status == FL_OK) {
            status = bind_values(conversion, &rule->properties, out_error);
        }
        for (size_t at = 0; at < rule->table_count && status == FL_OK; at++) {
            status = bind_values(conversion, &rule->tables[at].properties, out_error);
        }
    }
    return status;
}

static enum fl_status read_events(
    struct fl_mapping_reading *reading,
    struct fl_codec_source source,
    struct fl_error *out_error)
{
    const struct fl_xml_reader_options options = {
        .read = source.read,
        .read_context = source.context,
        .document_bytes_max = FILE_BYTES_MAX,
        .handler = {
            .start = start,
            .text = text,
            .end = end,
            .comment = comment,
            .context = reading}};
    enum fl_status status = fl_xml_reader_open(&options, &reading->xml, out_error);
    if (status == FL_OK) {
        status = fl_xml_reader_finish(reading->xml, out_error);
    }
    fl_xml_reader_close(reading->xml);
    return status;
}

enum fl_status fl_conversion_read(
    const struct fl_configuration *configuration,
    struct fl_codec_source source,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error)
{
    struct fl_conversion *conversion = fl_alloc_zeroed(1, sizeof *conversion);
    if (conversion == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the mapping");
    }
    conversion->configuration = configuration;
    fl_arena_init(&conversion->arena, ARENA_BYTES_MAX);
    struct fl_mapping_reading reading = {.conversion = conversion};
    enum fl_status status = read_events(&reading, source, out_error);
    if (status == FL_OK) {
        status = bind(conversion, out_error);
    }
    if (status != FL_OK) {
        fl_conversion_free(conversion);
        return status;
    }
    *out_conversion = conversion;
    return FL_OK;
}

void fl_conversion_free(struct fl_conversion *conversion)
{
    if (conversion != NULL) {
        fl_arena_deinit(&conversion->arena);
        fl_free(conversion);
    }
}
