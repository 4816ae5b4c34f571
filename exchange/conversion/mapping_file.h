/*
 * What the elements of a mapping's file have in common: their attributes, and the places
 * and conditions that these name.
 */

#ifndef EXCHANGE_MAPPING_FILE_H
#define EXCHANGE_MAPPING_FILE_H

#include "rules.h"
#include "xml_reader.h"

struct fl_mapping_reading {
    struct fl_xml_reader *xml;
    struct fl_conversion *conversion;
    struct fl_conversion_rule *rule;
    struct fl_conversion_table *table;
    struct fl_conversion_values *values;
    struct fl_conversion_value *value;
    size_t remarks_before; /* the object that is open */
    bool in_key;
    unsigned depth;   /* of open elements, the root is 1 */
    unsigned skipped; /* the depth at which leaving out began; 0: none */
};

enum fl_status fl_mapping_file_no_memory(struct fl_mapping_reading *reading);
void *fl_mapping_file_add(
    struct fl_conversion *conversion,
    void **items,
    size_t *count,
    size_t size);
void fl_mapping_file_remark(
    struct fl_mapping_reading *reading,
    const char *what,
    struct fl_bytes name);
/* Empty when it is not there. */
struct fl_bytes fl_mapping_file_text_of(
    const struct fl_xml_element *element,
    const char *name);
/* A copy that stays; NULL when it is not there. */
const char *fl_mapping_file_kept(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *name);
enum fl_status fl_mapping_file_need(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *name,
    const char **out_text);
enum fl_status fl_mapping_file_check_attributes(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *allowed);
enum fl_status fl_mapping_file_read_span(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    struct fl_conversion_span *out_span);
enum fl_status fl_mapping_file_read_yes(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    const char *name,
    bool *out_yes);
enum fl_status fl_mapping_file_read_direction(
    struct fl_mapping_reading *reading,
    const struct fl_xml_element *element,
    enum fl_conversion_direction *out_direction);
/* "A", "A.B", "/A" in a table. False: there is no such attribute. */
bool fl_mapping_file_read_place(
    struct fl_mapping_reading *reading,
    struct fl_bytes name,
    struct fl_conversion_place *out_place);
/* "A=text and B!=text" */
enum fl_status fl_mapping_file_read_conditions(
    struct fl_mapping_reading *reading,
    struct fl_bytes text,
    struct fl_conversion_conditions *out_conditions,
    bool *out_known);
/* "ИНН КПП; Наименование": ways that name an attribute that is not here are left out. */
enum fl_status fl_mapping_file_read_searches(
    struct fl_mapping_reading *reading,
    struct fl_bytes text);

/* One more in an array of the conversion, zeroed; NULL without memory. */
#define FL_MAPPING_FILE_ADD(conversion, items, count)                                    \
    fl_mapping_file_add(conversion, (void **)&(items), &(count), sizeof *(items))

#endif
