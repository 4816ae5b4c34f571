#include "mapping_file.h"

#include <stdio.h>
#include <string.h>

#include "proto/attribute_name.h"

enum { REMARK_BYTES = 512 };

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* --- memory --- */

enum fl_status fl_mapping_file_no_memory(struct fl_mapping_reading *reading)
{
    return fl_xml_reader_fail(
        reading->xml, fl_arena_failure(&reading->conversion->arena, 1),
        "the mapping is larger than the memory for it");
}

/* Room for one more in an array that doubles; NULL without memory. */
static void *grown(struct fl_arena *arena, void *items, size_t count, size_t size)
{
    if ((count & (count + 1)) != 0) {
        return items;
    }
    void *more = fl_arena_array(arena, 2 * count + 1, size);
    if (more != NULL && count > 0) {
        memcpy(more, items, count * size);
    }
    return more;
}

void *fl_mapping_file_add(
    struct fl_conversion *conversion,
    void **items,
    size_t *count,
    size_t size)
{
    void *more = grown(&conversion->arena, *items, *count, size);
    if (more == NULL) {
        return NULL;
    }
    *items = more;
    return (uint8_t *)more + (*count)++ * size;
}

void fl_mapping_file_remark(
    struct fl_mapping_reading *reading,
    const char *what,
    struct fl_bytes name)
{
    char words[REMARK_BYTES];
    struct fl_conversion *conversion = reading->conversion;
    struct fl_bytes shown = fl_bytes_utf8_beginning(name, REMARK_BYTES / 2);
    snprintf(
        words, sizeof words, "%s %llu: %s: %.*s", fl_error_words("line"),
        (unsigned long long)fl_xml_reader_line(reading->xml), fl_error_words(what),
        (int)shown.size, (const char *)shown.data);
    const char **place =
        FL_MAPPING_FILE_ADD(conversion, conversion->remarks, conversion->remark_count);
    if (place != NULL) {
        *place = fl_arena_text(&conversion->arena, fl_bytes_of_text(words));
    }
}

/* --- attributes of an element --- */

static const struct fl_xml_attribute *find_attribute(
    const struct fl_xml_element *element,
    const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (element->attributes[i].uri == NULL && is(element->attributes[i].name, name)) {
            return &element->attributes[i];
        }
    }
    return NULL;
}

/* Empty when it is not there. */
struct fl_bytes fl_mapping_file_text_of(
    const struct fl_xml_element *element,
    const char *name)
{
    const struct fl_xml_attribute *attribute = find_attribute(element, name);
    return attribute == NULL ? (struct fl_bytes){0} : attribute->value;
}

/* A copy that stays; NULL when it is not there. */
const char *fl_mapping_file_kept(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *name)
{
    const struct fl_xml_attribute *attribute = find_attribute(element, name);
    return attribute == NULL
               ? NULL
               : fl_arena_text(&reading->conversion->arena, attribute->value);
}

enum fl_status fl_mapping_file_need(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *name,
    const char **out_text)
{
    *out_text = fl_mapping_file_kept(reading, element, name);
    if (*out_text == NULL || **out_text == '\0') {
        return fl_xml_reader_fail(
            reading->xml, FL_MALFORMED, "<%s> needs %s=\"...\"", element->name, name);
    }
    return FL_OK;
}

enum fl_status fl_mapping_file_check_attributes(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *allowed)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        char name[64];
        snprintf(name, sizeof name, " %s ", element->attributes[i].name);
        if (element->attributes[i].uri == NULL && strstr(allowed, name) == NULL) {
            return fl_xml_reader_fail(
                reading->xml, FL_MALFORMED, "<%s> has no attribute \"%s\"; it has%s",
                element->name, element->attributes[i].name, allowed);
        }
    }
    return FL_OK;
}

enum fl_status fl_mapping_file_read_span(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    struct fl_conversion_span *out_span)
{
    struct fl_bytes since = fl_mapping_file_text_of(element, "since");
    struct fl_bytes until = fl_mapping_file_text_of(element, "until");
    *out_span = (struct fl_conversion_span){
        .since = fl_conversion_version_of(since),
        .until = fl_conversion_version_of(until)};
    if ((since.size > 0 && out_span->since == 0) ||
        (until.size > 0 && out_span->until == 0)) {
        return fl_xml_reader_fail(
            reading->xml, FL_MALFORMED, "since and until are versions such as \"1.8\"");
    }
    return FL_OK;
}

enum fl_status fl_mapping_file_read_yes(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *name,
    bool *out_yes)
{
    struct fl_bytes text = fl_mapping_file_text_of(element, name);
    *out_yes = fl_bytes_equal(text, fl_bytes_of_text("yes"));
    if (text.size > 0 && !*out_yes && !fl_bytes_equal(text, fl_bytes_of_text("no"))) {
        return fl_xml_reader_fail(
            reading->xml, FL_MALFORMED, "%s is \"yes\" or \"no\"", name);
    }
    return FL_OK;
}

enum fl_status fl_mapping_file_read_direction(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    enum fl_conversion_direction *out_direction)
{
    struct fl_bytes only = fl_mapping_file_text_of(element, "only");
    *out_direction = FL_BOTH_WAYS;
    if (fl_bytes_equal(only, fl_bytes_of_text("write"))) {
        *out_direction = FL_ONLY_WRITE;
    } else if (fl_bytes_equal(only, fl_bytes_of_text("read"))) {
        *out_direction = FL_ONLY_READ;
    } else if (only.size > 0) {
        return fl_xml_reader_fail(
            reading->xml, FL_MALFORMED, "only is \"write\" or \"read\"");
    }
    return FL_OK;
}

/* --- places --- */

const struct fl_attribute *fl_conversion_attribute(
    const struct fl_type *type,
    const struct fl_section_type *section,
    struct fl_bytes name)
{
    bool is_records = section != NULL && section->attributes == type->attributes;
    return section != NULL && !is_records ? fl_section_find_attribute(section, name)
                                          : fl_attribute_by_name(type, name);
}

static bool is_identity(struct fl_bytes name)
{
    return fl_bytes_equal(name, fl_bytes_of_text("Ссылка")) ||
           fl_bytes_equal(name, fl_bytes_of_text("Ref"));
}

/* "A", "A.B", "/A" in a table. False: there is no such attribute. */
bool fl_mapping_file_read_place(
    struct fl_mapping_reading *reading,
    struct fl_bytes name,
    struct fl_conversion_place *out_place)
{
    const struct fl_section_type *section =
        reading->table == NULL ? NULL : reading->table->section;
    *out_place = (struct fl_conversion_place){.attribute = NULL};
    if (section != NULL && name.size > 0 && name.data[0] == '/') {
        out_place->of_object = true;
        section = NULL;
        name.data++;
        name.size--;
    }
    const uint8_t *dot = name.size == 0 ? NULL : memchr(name.data, '.', name.size);
    if (dot != NULL) {
        struct fl_bytes behind = {dot + 1, name.size - (size_t)(dot + 1 - name.data)};
        out_place->behind = fl_arena_text(&reading->conversion->arena, behind);
        name.size = (size_t)(dot - name.data);
    } else if (section == NULL && is_identity(name)) {
        return true;
    }
    out_place->attribute = fl_conversion_attribute(reading->rule->type, section, name);
    return out_place->attribute != NULL;
}

/* "A=text and B!=text" */
enum fl_status fl_mapping_file_read_conditions(
    struct fl_mapping_reading *reading,
    struct fl_bytes text,
    struct fl_conversion_conditions *out_conditions,
    bool *out_known)
{
    char *all = fl_arena_text(&reading->conversion->arena, text);
    *out_known = true;
    while (all != NULL && *all != '\0') {
        char *next = strstr(all, " and ");
        if (next != NULL) {
            *next = '\0';
            next += strlen(" and ");
        }
        char *equals = strchr(all, '=');
        if (equals == NULL || equals == all) {
            return fl_xml_reader_fail(
                reading->xml, FL_MALFORMED,
                "\"%.200s\" is no condition; one is written A=text or A!=text", all);
        }
        struct fl_conversion_condition *condition = FL_MAPPING_FILE_ADD(
            reading->conversion, out_conditions->items, out_conditions->count);
        if (condition == NULL) {
            return fl_mapping_file_no_memory(reading);
        }
        condition->text = equals + 1;
        condition->differs = equals[-1] == '!';
        equals[condition->differs ? -1 : 0] = '\0';
        if (!fl_mapping_file_read_place(
                reading, fl_bytes_of_text(all), &condition->place)) {
            fl_mapping_file_remark(
                reading, "left out, its condition asks for an attribute that is not here",
                fl_bytes_of_text(all));
            *out_known = false;
        }
        all = next;
    }
    return FL_OK;
}

/* False, and a remark: it names what is not here. */
static bool read_way(
    struct fl_mapping_reading *reading,
    char *way,
    struct fl_conversion_search *search)
{
    char *name;
    while ((name = strtok_r(way, " \t\n", &way)) != NULL) {
        const struct fl_attribute *attribute =
            fl_attribute_by_name(reading->rule->type, fl_bytes_of_text(name));
        if (attribute == NULL) {
            fl_mapping_file_remark(
                reading, "left out, a way to search by an attribute that is not here",
                fl_bytes_of_text(name));
            return false;
        }
        if (search->count == FL_CONVERSION_SEARCH_ATTRIBUTES_MAX) {
            fl_mapping_file_remark(
                reading, "left out, a way to search by too many attributes",
                fl_bytes_of_text(name));
            return false;
        }
        search->attributes[search->count++] = attribute->number;
    }
    return true;
}

/* "ИНН КПП; Наименование": ways that name an attribute that is not here are left out. */
enum fl_status fl_mapping_file_read_searches(
    struct fl_mapping_reading *reading,
    struct fl_bytes text)
{
    struct fl_conversion_rule *rule = reading->rule;
    char *all = fl_arena_text(&reading->conversion->arena, text);
    char *way;
    char *rest_of_ways = all;
    while (all != NULL && (way = strtok_r(rest_of_ways, ";", &rest_of_ways)) != NULL) {
        struct fl_conversion_search search = {.count = 0};
        if (read_way(reading, way, &search) && search.count > 0) {
            struct fl_conversion_search *place = FL_MAPPING_FILE_ADD(
                reading->conversion, rule->searches, rule->search_count);
            if (place == NULL) {
                return fl_mapping_file_no_memory(reading);
            }
            *place = search;
        }
    }
    return FL_OK;
}
