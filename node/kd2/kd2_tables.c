#include "kd2_tables.h"

#include <stdlib.h>
#include <string.h>

#include "change/change.h"

struct merging {
    struct fl_kd2_finding *finding;
    const struct fl_conversion_rule *rule;
    size_t index; /* of the table in the rule */
    const struct fl_kd2_table *table;
    const struct fl_section_type *type;
    const struct fl_section *old;
    size_t column_count;
    uint32_t columns[FL_LOOKUP_ATTRIBUTES_MAX];
    struct fl_error *out_error;
};

static enum fl_status no_room(const struct merging *merging)
{
    return fl_error_set(
        merging->out_error, fl_arena_failure(merging->finding->arena, 1),
        "the object is larger than the limit");
}

static struct fl_value key_value(const struct fl_row *row, uint32_t column)
{
    const struct fl_value *value = fl_row_field(row, column);
    return value == NULL ? (struct fl_value){.kind = FL_VALUE_UNDEFINED} : *value;
}

static bool same_key(
    const struct merging *merging,
    const struct fl_row *a,
    const struct fl_row *b)
{
    for (size_t i = 0; i < merging->column_count; i++) {
        struct fl_value first = key_value(a, merging->columns[i]);
        struct fl_value second = key_value(b, merging->columns[i]);
        if (!fl_value_equal(&first, &second)) {
            return false;
        }
    }
    return true;
}

/* --- rows with the same key --- */

struct keyed {
    uint64_t hash;
    size_t index;
};

static int compare(const void *left, const void *right)
{
    const struct keyed *a = left;
    const struct keyed *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

/* Sorted: rows with the same key are together, in the order of the section. */
static struct keyed *key_rows(
    const struct merging *merging,
    const struct fl_section *section)
{
    struct keyed *keys =
        fl_arena_array(merging->finding->arena, section->row_count + 1, sizeof *keys);
    for (size_t i = 0; keys != NULL && i < section->row_count; i++) {
        struct fl_value values[FL_LOOKUP_ATTRIBUTES_MAX];
        for (size_t j = 0; j < merging->column_count; j++) {
            values[j] = key_value(&section->rows[i], merging->columns[j]);
        }
        keys[i] = (struct keyed){fl_lookup_hash(values, merging->column_count), i};
    }
    if (keys != NULL) {
        qsort(keys, section->row_count, sizeof *keys, compare);
    }
    return keys;
}

static size_t run_length(const struct keyed *keys, size_t count, size_t at)
{
    size_t end = at;
    while (end < count && keys[end].hash == keys[at].hash) {
        end++;
    }
    return end - at;
}

/*
 * For each row that came the old one with the same key, the first for the first, the
 * second for the second; NULL: there is none. `equally`: only where as many came as there
 * were. NULL without room.
 */
static const struct fl_row **pair_rows(
    const struct merging *merging,
    const struct fl_section *came,
    bool equally)
{
    const struct fl_section *old = merging->old;
    const struct fl_row **pairs =
        fl_arena_array(merging->finding->arena, came->row_count + 1, sizeof *pairs);
    const struct keyed *keys = key_rows(merging, came);
    const struct keyed *old_keys = key_rows(merging, old);
    if (pairs == NULL || keys == NULL || old_keys == NULL) {
        return NULL;
    }
    size_t at = 0;
    size_t old_at = 0;
    while (at < came->row_count && old_at < old->row_count) {
        size_t run = run_length(keys, came->row_count, at);
        size_t old_run = run_length(old_keys, old->row_count, old_at);
        if (keys[at].hash != old_keys[old_at].hash) {
            bool is_less = keys[at].hash < old_keys[old_at].hash;
            at += is_less ? run : 0;
            old_at += is_less ? 0 : old_run;
            continue;
        }
        for (size_t i = 0; i < run && i < old_run && (!equally || run == old_run); i++) {
            const struct fl_row *row = &old->rows[old_keys[old_at + i].index];
            if (same_key(merging, &came->rows[keys[at + i].index], row)) {
                pairs[keys[at + i].index] = row;
            }
        }
        at += run;
        old_at += old_run;
    }
    return pairs;
}

/* Where as many are alike on both sides the old rows stay. */
static enum fl_status keep_equal_rows(
    const struct merging *merging,
    struct fl_section *section)
{
    const struct fl_row **pairs = pair_rows(merging, section, /* equally= */ true);
    for (size_t i = 0; pairs != NULL && i < section->row_count; i++) {
        section->rows[i] = pairs[i] == NULL ? section->rows[i] : *pairs[i];
    }
    return pairs == NULL ? no_room(merging) : FL_OK;
}

/* Columns that the table does not read come from the old row. */
static enum fl_status lend_columns(
    const struct merging *merging,
    struct fl_section *section)
{
    const struct fl_row **pairs = pair_rows(merging, section, /* equally= */ false);
    for (size_t i = 0; pairs != NULL && i < section->row_count; i++) {
        struct fl_row *row = &section->rows[i];
        const struct fl_row *old = pairs[i];
        if (old == NULL) {
            continue;
        }
        struct fl_field *fields = fl_arena_array(
            merging->finding->arena, row->field_count + old->field_count + 1,
            sizeof *fields);
        if (fields == NULL) {
            return no_room(merging);
        }
        if (row->field_count > 0) {
            memcpy(fields, row->fields, row->field_count * sizeof *fields);
        }
        size_t count = row->field_count;
        for (size_t j = 0; j < old->field_count; j++) {
            if (!fl_conversion_rule_table_has(
                    merging->rule, merging->index, old->fields[j].number) &&
                fl_row_field(row, old->fields[j].number) == NULL) {
                fields[count++] = old->fields[j];
            }
        }
        row->fields = fields;
        row->field_count = count;
    }
    return pairs == NULL ? no_room(merging) : FL_OK;
}

static enum fl_status add_to_old(
    const struct merging *merging,
    struct fl_section *section)
{
    size_t count = merging->old->row_count + section->row_count;
    struct fl_row *rows =
        fl_arena_array(merging->finding->arena, count + 1, sizeof *rows);
    if (rows == NULL) {
        return no_room(merging);
    }
    memcpy(rows, merging->old->rows, merging->old->row_count * sizeof *rows);
    if (section->row_count > 0) {
        memcpy(
            rows + merging->old->row_count, section->rows,
            section->row_count * sizeof *rows);
    }
    section->rows = rows;
    section->row_count = count;
    return FL_OK;
}

/* In the file: "ТабличнаяЧасть.Товары:Номенклатура,..." a line. */
static struct fl_bytes columns_in_file(const struct merging *merging)
{
    const struct fl_kd2_rule *rule =
        fl_kd2_rules_find(merging->finding->rules, merging->finding->item->rule);
    return rule == NULL ? (struct fl_bytes){NULL, 0}
                        : fl_kd2_rule_merge_columns(rule, merging->table->name);
}

/* "Номенклатура,Характеристика" */
static void take_columns(struct merging *merging, struct fl_bytes names)
{
    size_t at = 0;
    merging->column_count = 0;
    while (at < names.size && merging->column_count < FL_LOOKUP_ATTRIBUTES_MAX) {
        size_t end = at;
        while (end < names.size && names.data[end] != ',') {
            end++;
        }
        struct fl_bytes name = {names.data + at, end - at};
        while (name.size > 0 && name.data[0] == ' ') {
            name.data++;
            name.size--;
        }
        const struct fl_attribute *attribute =
            fl_section_find_attribute(merging->type, fl_kd2_trim(name));
        if (attribute != NULL) {
            merging->columns[merging->column_count++] = attribute->number;
        }
        at = end + 1;
    }
}

static enum fl_status merge(const struct merging *merging, struct fl_section *section)
{
    if (merging->table->not_replace) {
        section->rows = merging->old->rows;
        section->row_count = merging->old->row_count;
        return FL_OK;
    }
    if (merging->finding->dialect == FL_KD2_D3) {
        return merging->column_count > 0 ? keep_equal_rows(merging, section) : FL_OK;
    }
    if (merging->table->not_clear) {
        return add_to_old(merging, section);
    }
    return merging->column_count > 0 ? lend_columns(merging, section) : FL_OK;
}

static struct fl_section *section_of(struct fl_object *object, uint32_t number)
{
    for (size_t i = 0; i < object->section_count; i++) {
        if (object->sections[i].number == number) {
            return &object->sections[i];
        }
    }
    return NULL;
}

/* A section that has become empty is not in the object: it may have to come back. */
static struct fl_section *make_section(
    const struct merging *merging,
    struct fl_object *object,
    uint32_t number)
{
    struct fl_section *sections = fl_arena_array(
        merging->finding->arena, object->section_count + 1, sizeof *sections);
    if (sections == NULL) {
        return NULL;
    }
    if (object->section_count > 0) {
        memcpy(sections, object->sections, object->section_count * sizeof *sections);
    }
    object->sections = sections;
    struct fl_section *section = &sections[object->section_count++];
    *section = (struct fl_section){.number = number};
    return section;
}

static enum fl_status merge_table(
    struct merging *merging,
    const struct fl_object *here,
    struct fl_object *object)
{
    const char *path = "";
    enum fl_status status = FL_OK;
    for (merging->index = 0; status == FL_OK; merging->index++) {
        const char *options = fl_conversion_rule_table_options(
            merging->rule, merging->index, &merging->type, &path);
        if (merging->type == NULL) {
            break;
        }
        merging->old = fl_object_section(here, merging->type->number);
        if (merging->old == NULL ||
            !fl_bytes_equal(fl_bytes_of_text(path), merging->table->name)) {
            continue;
        }
        struct fl_bytes columns = fl_kd2_option(options, "merge");
        take_columns(merging, columns.size > 0 ? columns : columns_in_file(merging));
        struct fl_section *section = section_of(object, merging->type->number);
        bool wanted =
            section != NULL || merging->table->not_replace ||
            (merging->table->not_clear && merging->finding->dialect != FL_KD2_D3);
        if (section == NULL && wanted) {
            section = make_section(merging, object, merging->type->number);
        }
        if (section != NULL) {
            status = merge(merging, section);
        } else if (wanted) {
            status = no_room(merging);
        }
    }
    return status;
}

enum fl_status fl_kd2_tables_merge(
    struct fl_kd2_finding *finding,
    const struct fl_conversion_rule *rule,
    struct fl_object *object,
    struct fl_error *out_error)
{
    struct merging merging = {.finding = finding, .rule = rule, .out_error = out_error};
    struct fl_object here;
    if (!finding->exists || finding->item->first == NULL) {
        return FL_OK;
    }
    enum fl_status status = fl_change_current(
        finding->txn, object->key, finding->arena, &here, NULL, out_error);
    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status;
    }
    for (const struct fl_kd2_table *table = finding->item->first;
         table != NULL && status == FL_OK; table = table->next) {
        merging.table = table;
        status = merge_table(&merging, &here, object);
    }
    return status == FL_OK
               ? fl_object_normalise(fl_conversion_rule_type(rule), object, out_error)
               : status;
}

bool fl_kd2_tables_records_by(const struct fl_type *type, uint32_t document)
{
    const struct fl_attribute *recorder = fl_type_role(type, FL_ROLE_RECORDER);
    size_t at = 0;
    if (recorder == NULL || !type->by_recorder) {
        return false;
    }
    while (at < recorder->type.ref_count && recorder->type.refs[at] != document) {
        at++;
    }
    return at < recorder->type.ref_count;
}

static bool says_active(const struct fl_kd2_row *row)
{
    while (row != NULL &&
           fl_kd2_properties_find(&row->properties, "Активность") == NULL &&
           fl_kd2_properties_find(&row->properties, "Active") == NULL) {
        row = row->next;
    }
    return row != NULL;
}

enum fl_status fl_kd2_tables_activate(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    const struct fl_kd2_row *rows,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct merging merging = {.finding = finding, .out_error = out_error};
    const struct fl_attribute *active = fl_type_role(type, FL_ROLE_ACTIVE);
    struct fl_section *section = section_of(object, FL_SECTION_RECORDS);
    if (active == NULL || section == NULL || says_active(rows)) {
        return FL_OK;
    }
    for (size_t i = 0; i < section->row_count; i++) {
        struct fl_row *row = &section->rows[i];
        if (fl_row_field(row, active->number) != NULL) {
            continue; /* as it was here */
        }
        struct fl_field *fields =
            fl_arena_array(finding->arena, row->field_count + 1, sizeof *fields);
        if (fields == NULL) {
            return no_room(&merging);
        }
        if (row->field_count > 0) {
            memcpy(fields, row->fields, row->field_count * sizeof *fields);
        }
        fields[row->field_count++] = (struct fl_field){
            .number = active->number,
            .value = {.kind = FL_VALUE_BOOLEAN, .boolean = true}};
        row->fields = fields;
    }
    return fl_object_normalise(type, object, out_error);
}

/* What nobody here knew of records that are no more. */
static void drop_unknown_of_rows(struct fl_object *object)
{
    size_t kept = 0;
    for (size_t i = 0; i < object->unknown_count; i++) {
        if (object->unknowns[i].row == 0) {
            object->unknowns[kept++] = object->unknowns[i];
        }
    }
    object->unknown_count = kept;
}

enum fl_status fl_kd2_tables_merge_movements(
    struct fl_kd2_finding *finding,
    const struct fl_conversion_rule *rule,
    const struct fl_kd2_table *table,
    struct fl_object *object,
    struct fl_error *out_error)
{
    struct merging merging = {
        .finding = finding, .rule = rule, .table = table, .out_error = out_error};
    struct fl_object here;
    const struct fl_type *type = fl_conversion_rule_type(rule);
    enum fl_status status =
        fl_kd2_tables_activate(finding, type, table->first, object, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (!table->not_replace && !table->not_clear) {
        drop_unknown_of_rows(object);
        return FL_OK;
    }
    status = fl_change_current(
        finding->txn, object->key, finding->arena, &here, NULL, out_error);
    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status;
    }
    merging.old = fl_object_section(&here, FL_SECTION_RECORDS);
    if (merging.old == NULL) {
        return FL_OK;
    }
    struct fl_section *section = section_of(object, FL_SECTION_RECORDS);
    if (section == NULL) {
        section = make_section(&merging, object, FL_SECTION_RECORDS);
    }
    status = section == NULL ? no_room(&merging) : FL_OK;
    if (status == FL_OK && table->not_replace) {
        section->rows = merging.old->rows;
        section->row_count = merging.old->row_count;
    } else if (status == FL_OK) {
        status = add_to_old(&merging, section);
    }
    return status == FL_OK ? fl_object_normalise(type, object, out_error) : status;
}
