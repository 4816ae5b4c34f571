#include "mirror_rows.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

struct fl_mirror_rows {
    struct fl_sql_cell *cells;
    size_t capacity;
    struct fl_arena texts; /* of values that are no texts, in columns that are */
    bool no_memory;        /* a text had no room: the row is not whole */
};

struct writing {
    struct fl_mirror_rows *rows;
    struct fl_sql *sql;
    const struct fl_configuration *configuration;
    const struct fl_mirror_stamp *stamp;
    struct fl_uuid id;
    uint64_t *count;
};

struct fl_mirror_rows *fl_mirror_rows_new(void)
{
    struct fl_mirror_rows *rows = fl_alloc_zeroed(1, sizeof *rows);
    if (rows != NULL) {
        fl_arena_init(&rows->texts, FL_OBJECT_ARENA_BYTES_MAX);
    }
    return rows;
}

void fl_mirror_rows_free(struct fl_mirror_rows *rows)
{
    if (rows != NULL) {
        fl_arena_deinit(&rows->texts);
        fl_free(rows->cells);
        fl_free(rows);
    }
}

/* -- cells -- */

static const struct fl_sql_cell NULL_CELL = {.is_null = true};

static struct fl_sql_cell text_cell(struct fl_bytes bytes)
{
    return (struct fl_sql_cell){.bytes = bytes};
}

static struct fl_sql_cell copied(
    const struct writing *writing,
    const char *text,
    size_t size)
{
    struct fl_bytes copy;
    struct fl_bytes bytes = {(const uint8_t *)text, size};
    if (fl_arena_copy(&writing->rows->texts, bytes, &copy) != FL_OK) {
        writing->rows->no_memory = true;
        return NULL_CELL;
    }
    return text_cell(copy);
}

static struct fl_sql_cell enum_cell(
    const struct writing *writing,
    const struct fl_value *value)
{
    const struct fl_type *type =
        fl_configuration_type(writing->configuration, value->type);
    const char *name =
        type == NULL ? NULL : fl_type_enum_value_name(type, value->enum_value);
    return text_cell(fl_bytes_of_text(name == NULL ? "" : name));
}

static struct fl_sql_cell value_as_text(
    const struct writing *writing,
    const struct fl_value *value)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX + FL_UUID_TEXT_BYTES];
    switch (value->kind) {
    case FL_VALUE_STRING:
    case FL_VALUE_TYPE:
    case FL_VALUE_FOREIGN:
        return text_cell(value->bytes);
    case FL_VALUE_NUMBER:
        return copied(writing, text, fl_decimal_format(value->number, text));
    case FL_VALUE_DATE:
        fl_datetime_format(value->date, text);
        return copied(writing, text, FL_DATETIME_TEXT_BYTES);
    case FL_VALUE_BOOLEAN:
        return text_cell(fl_bytes_of_text(value->boolean ? "true" : "false"));
    case FL_VALUE_ENUM:
        return enum_cell(writing, value);
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        if (fl_uuid_is_zero(value->uuid)) {
            return NULL_CELL;
        }
        fl_uuid_format(value->uuid, text);
        return copied(writing, text, FL_UUID_TEXT_BYTES);
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
        return NULL_CELL;
    }
    return NULL_CELL;
}

/* A value of a kind that the column is not for has no place in it. */
static struct fl_sql_cell value_cell(
    const struct writing *writing,
    enum fl_sql_type type,
    const struct fl_value *value)
{
    enum fl_value_kind kind = value->kind;
    switch (type) {
    case FL_SQL_TEXT:
        return value_as_text(writing, value);
    case FL_SQL_NUMBER:
        return kind == FL_VALUE_NUMBER ? (struct fl_sql_cell){.number = value->number}
                                       : NULL_CELL;
    case FL_SQL_TIME:
    case FL_SQL_DAY:
        return kind == FL_VALUE_DATE && value->date != 0
                   ? (struct fl_sql_cell){.seconds = value->date}
                   : NULL_CELL;
    case FL_SQL_BOOLEAN:
        return kind == FL_VALUE_BOOLEAN ? (struct fl_sql_cell){.boolean = value->boolean}
                                        : NULL_CELL;
    case FL_SQL_UUID:
        return (kind == FL_VALUE_REF || kind == FL_VALUE_UUID) &&
                       !fl_uuid_is_zero(value->uuid)
                   ? (struct fl_sql_cell){.uuid = value->uuid}
                   : NULL_CELL;
    case FL_SQL_BYTES:
        return kind == FL_VALUE_BINARY || kind == FL_VALUE_STORAGE
                   ? text_cell(value->bytes)
                   : NULL_CELL;
    case FL_SQL_INTEGER:
        return NULL_CELL;
    }
    return NULL_CELL;
}

static struct fl_sql_cell type_cell(
    const struct writing *writing,
    const struct fl_value *value)
{
    static const char *const NAMES[] = {
        [FL_VALUE_STRING] = "string",   [FL_VALUE_NUMBER] = "number",
        [FL_VALUE_DATE] = "date",       [FL_VALUE_BOOLEAN] = "boolean",
        [FL_VALUE_UUID] = "uuid",       [FL_VALUE_BINARY] = "binary",
        [FL_VALUE_STORAGE] = "storage", [FL_VALUE_TYPE] = "type"};
    char text[1024];
    if (value->kind == FL_VALUE_FOREIGN) {
        return text_cell(value->foreign_type);
    }
    if (value->kind != FL_VALUE_REF && value->kind != FL_VALUE_ENUM) {
        bool is_named =
            value->kind < sizeof NAMES / sizeof NAMES[0] && NAMES[value->kind] != NULL;
        return is_named ? text_cell(fl_bytes_of_text(NAMES[value->kind])) : NULL_CELL;
    }
    const struct fl_type *type =
        fl_configuration_type(writing->configuration, value->type);
    if (type == NULL) {
        return NULL_CELL;
    }
    int size = snprintf(text, sizeof text, "%s.%s", fl_kind_name(type->kind), type->name);
    return copied(writing, text, (size_t)size < sizeof text ? (size_t)size : 0);
}

static struct fl_sql_cell attribute_cell(
    const struct writing *writing,
    const struct fl_mirror_field *field,
    enum fl_sql_type type,
    const struct fl_value *value)
{
    struct fl_value empty;
    if (value == NULL) {
        empty = fl_value_empty(&field->attribute->type);
        value = &empty;
    }
    return field->part == FL_MIRROR_VALUE_TYPE ? type_cell(writing, value)
                                               : value_cell(writing, type, value);
}

/* -- rows -- */

/* Fields stand in the order of their numbers, as columns do: one pass finds all. */
static const struct fl_value *find(
    const struct fl_field *fields,
    size_t count,
    size_t *io_at,
    uint32_t number)
{
    size_t at = *io_at < count && fields[*io_at].number <= number ? *io_at : 0;
    while (at < count && fields[at].number < number) {
        at++;
    }
    *io_at = at;
    return at < count && fields[at].number == number ? &fields[at].value : NULL;
}

static struct fl_sql_cell fixed_cell(
    const struct writing *writing,
    enum fl_mirror_part part,
    uint64_t line)
{
    switch (part) {
    case FL_MIRROR_ID:
        return (struct fl_sql_cell){.uuid = writing->id};
    case FL_MIRROR_LINE:
        return (struct fl_sql_cell){.integer = (int64_t)line};
    case FL_MIRROR_BRANCH:
        return text_cell(writing->stamp->branch);
    case FL_MIRROR_LSN:
        return (struct fl_sql_cell){.integer = (int64_t)writing->stamp->lsn};
    case FL_MIRROR_TIME:
        return (struct fl_sql_cell){.seconds = writing->stamp->seconds};
    case FL_MIRROR_VALUE:
    case FL_MIRROR_VALUE_TYPE:
        return NULL_CELL;
    }
    return NULL_CELL;
}

static enum fl_status make_room(
    struct fl_mirror_rows *rows,
    size_t count,
    struct fl_error *out_error)
{
    if (rows->capacity >= count) {
        return FL_OK;
    }
    struct fl_sql_cell *cells = fl_realloc(rows->cells, count * sizeof *cells);
    if (cells == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    rows->cells = cells;
    rows->capacity = count;
    return FL_OK;
}

/* `outer` are the values of a record set's filter, which its rows do not repeat. */
static enum fl_status put_row(
    const struct writing *writing,
    struct fl_mirror_table *table,
    uint64_t line,
    const struct fl_row *row,
    const struct fl_row *outer,
    struct fl_error *out_error)
{
    struct fl_mirror_rows *rows = writing->rows;
    enum fl_status status = make_room(rows, table->sql.column_count, out_error);
    size_t at = 0;
    size_t at_outer = 0;
    for (size_t i = 0; i < table->sql.column_count && status == FL_OK; i++) {
        const struct fl_mirror_field *field = &table->fields[i];
        if (field->attribute == NULL) {
            rows->cells[i] = fixed_cell(writing, field->part, line);
            continue;
        }
        uint32_t number = field->attribute->number;
        const struct fl_value *value = find(row->fields, row->field_count, &at, number);
        if (value == NULL && outer != NULL) {
            value = find(outer->fields, outer->field_count, &at_outer, number);
        }
        rows->cells[i] =
            attribute_cell(writing, field, table->sql.columns[i].type, value);
    }
    if (status == FL_OK && rows->no_memory) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK) {
        status = fl_sql_put(writing->sql, &table->sql, rows->cells, out_error);
        (*writing->count)++;
    }
    rows->no_memory = false;
    fl_arena_reset(&rows->texts);
    return status;
}

static enum fl_status put_rows(
    const struct writing *writing,
    struct fl_mirror_table *table,
    const struct fl_section *section,
    const struct fl_row *outer,
    struct fl_error *out_error)
{
    enum fl_status status =
        fl_sql_remove(writing->sql, &table->sql, writing->id, out_error);
    for (size_t i = 0; section != NULL && i < section->row_count && status == FL_OK;
         i++) {
        status = put_row(writing, table, i + 1, &section->rows[i], outer, out_error);
    }
    return status;
}

enum fl_status fl_mirror_rows_put(
    struct fl_mirror_rows *rows,
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    const struct fl_object *object,
    const struct fl_mirror_stamp *stamp,
    uint64_t *io_count,
    struct fl_error *out_error)
{
    size_t count = 0;
    struct fl_mirror_table *table =
        fl_mirror_schema_tables(schema, object->key.type, &count);
    const struct fl_row own = {object->field_count, object->fields};
    const struct writing writing = {rows,           sql,     schema->configuration, stamp,
                                    object->key.id, io_count};
    if (table == NULL) {
        return FL_OK;
    }
    if (fl_kind_is_register(table->type->kind)) {
        return put_rows(
            &writing, table, fl_object_section(object, FL_SECTION_RECORDS), &own,
            out_error);
    }
    enum fl_status status = put_row(&writing, table, 0, &own, NULL, out_error);
    for (size_t i = 1; i < count && status == FL_OK; i++) {
        status = put_rows(
            &writing, &table[i], fl_object_section(object, table[i].section->number),
            NULL, out_error);
    }
    return status;
}

enum fl_status fl_mirror_rows_remove(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    struct fl_key key,
    struct fl_error *out_error)
{
    size_t count = 0;
    struct fl_mirror_table *table = fl_mirror_schema_tables(schema, key.type, &count);
    enum fl_status status = FL_OK;
    for (size_t i = 0; table != NULL && i < count && status == FL_OK; i++) {
        status = fl_sql_remove(sql, &table[i].sql, key.id, out_error);
    }
    return status;
}
