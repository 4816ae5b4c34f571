#include "conversion_tables.h"

#include <string.h>

#include "row_match.h"
#include "row_order.h"

static struct fl_section *section_of(struct fl_object *object, uint32_t number)
{
    for (size_t i = 0; i < object->section_count; i++) {
        if (object->sections[i].number == number) {
            return &object->sections[i];
        }
    }
    return NULL;
}

static bool is_table_taken(
    const struct fl_taking *taking,
    const struct fl_conversion_table *table)
{
    return table->direction != FL_ONLY_WRITE &&
           fl_conversion_spans(table->span, taking->version);
}

/* --- what a row has here and the format has not --- */

/* The attribute that a row is recognised by: the first that is read, mostly the goods. */
static uint32_t recognised_by(
    const struct fl_taking *taking,
    const struct fl_conversion_table *table)
{
    for (size_t i = 0; i < table->properties.count; i++) {
        const struct fl_conversion_property *property = &table->properties.items[i];
        if (fl_taking_takes(taking, property)) {
            return property->place.attribute->number;
        }
    }
    return 0;
}

static bool is_read(
    const struct fl_taking *taking,
    const struct fl_conversion_table *table,
    uint32_t number)
{
    for (size_t i = 0; i < table->properties.count; i++) {
        const struct fl_conversion_property *property = &table->properties.items[i];
        if (fl_taking_takes(taking, property) &&
            property->place.attribute->number == number) {
            return true;
        }
    }
    return false;
}

static enum fl_status keep_cells(
    struct fl_taking *taking,
    const struct fl_conversion_table *table,
    struct fl_row_match *match,
    size_t place,
    struct fl_taken *fields)
{
    uint32_t number = recognised_by(taking, table);
    const struct fl_row row = {.field_count = fields->count, .fields = fields->items};
    const struct fl_row *here = NULL;
    if (fl_row_match_find(
            match, place, number, fl_row_field(&row, number), taking->arena, &here) !=
        FL_OK) {
        return fl_taking_no_room(taking);
    }
    enum fl_status status = FL_OK;
    for (size_t i = 0; here != NULL && i < here->field_count && status == FL_OK; i++) {
        const struct fl_field *field = &here->fields[i];
        if (!is_read(taking, table, field->number)) {
            status = fl_taking_set(taking, fields, field->number, field->value);
        }
    }
    return status;
}

/* As it stood before this object came, and the order of what has come. */
struct before {
    struct fl_row_match match;
    struct fl_row_order order;
};

static enum fl_status take_rows(
    struct fl_taking *taking,
    const struct fl_conversion_table *table,
    struct fl_element *first,
    struct before *before,
    struct fl_section *section)
{
    size_t count = section->row_count;
    for (struct fl_element *row = first; row != NULL; row = fl_element_same(row)) {
        count++;
    }
    struct fl_row *rows = fl_arena_array(taking->arena, count + 1, sizeof *rows);
    if (rows == NULL ||
        fl_row_order_begin(&before->order, section->row_count, count, taking->arena) !=
            FL_OK) {
        return fl_taking_no_room(taking);
    }
    if (section->row_count > 0) {
        memcpy(rows, section->rows, section->row_count * sizeof *rows);
    }
    section->rows = rows;
    taking->table = table->path;
    for (struct fl_element *row = first; row != NULL; row = fl_element_same(row)) {
        struct fl_taken fields = {.count = 0};
        if (taking->conversion->empty && row->first == NULL) {
            continue; /* it only says that there is no row */
        }
        enum fl_status status = fl_taking_conditions(taking, &table->conditions, &fields);
        if (status == FL_OK) {
            status = fl_taking_properties(taking, &table->properties, row, &fields);
        }
        if (status != FL_OK) {
            fl_error_prefix(
                taking->out_error, "%s[%zu]", table->section->name,
                section->row_count + 1);
            return status;
        }
        status = keep_cells(taking, table, &before->match, section->row_count, &fields);
        if (status != FL_OK) {
            return status;
        }
        before->order.numbers[section->row_count] =
            fl_row_order_number(&table->properties, taking->version, row);
        rows[section->row_count++] =
            (struct fl_row){.field_count = fields.count, .fields = fields.items};
    }
    taking->table = NULL;
    return FL_OK;
}

/* Rows of several tables may go into one section: it is emptied once, before the first.
 */
static enum fl_status empty_sections(
    struct fl_taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    struct fl_object *object,
    struct before *before)
{
    for (size_t i = 0; i < rule->table_count; i++) {
        const struct fl_conversion_table *table = &rule->tables[i];
        struct before *kept = &before[table->section->number];
        struct fl_section *section = section_of(object, table->section->number);
        if (!is_table_taken(taking, table) || section == NULL ||
            (table->keep && fl_element_at(root, table->path) == NULL) ||
            kept->match.used != NULL) {
            continue;
        }
        if (fl_row_match_begin(&kept->match, section, taking->arena) != FL_OK) {
            return fl_taking_no_room(taking);
        }
        section->row_count = 0;
    }
    return FL_OK;
}

enum fl_status fl_taking_tables(
    struct fl_taking *taking,
    const struct fl_conversion_rule *rule,
    struct fl_element *root,
    struct fl_object *object)
{
    /* By number; the records of a register, which has no sections, are the first. */
    struct before *before =
        fl_arena_array(taking->arena, rule->type->section_count + 2, sizeof *before);
    if (before == NULL) {
        return fl_taking_no_room(taking);
    }
    enum fl_status status = empty_sections(taking, rule, root, object, before);
    for (size_t i = 0; i < rule->table_count && status == FL_OK; i++) {
        const struct fl_conversion_table *table = &rule->tables[i];
        struct before *kept = &before[table->section->number];
        struct fl_element *first = fl_element_at(root, table->path);
        if (!is_table_taken(taking, table) || first == NULL) {
            continue;
        }
        struct fl_section *section = section_of(object, table->section->number);
        if (section == NULL) {
            section = &object->sections[object->section_count++];
            *section = (struct fl_section){.number = table->section->number};
        }
        status = take_rows(taking, table, first, kept, section);
    }
    for (size_t i = 0; i < object->section_count && status == FL_OK; i++) {
        struct fl_section *section = &object->sections[i];
        if (fl_row_order_apply(&before[section->number].order, section, taking->arena) !=
            FL_OK) {
            status = fl_taking_no_room(taking);
        }
    }
    return status;
}
