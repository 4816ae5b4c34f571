#include "mirror_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror_names.h"
#include "mirror_partition.h"
#include "mirror_views.h"
#include "mirror_widen.h"
#include "node.h"

enum {
    SQL_BYTES_MAX = 8 << 20,
    FIXED_MAX = 5,
    VIEW_PREFIX_BYTES = 2,
    OBJECT_BYTES = 2 * FL_MIRROR_NAME_BYTES,
};

/* A row of filial_schema. */
struct known {
    char *object;
    char *attribute;
    char *table;
    char *column;
    enum fl_sql_type type;
};

struct making {
    struct fl_sql *sql;
    struct fl_mirror_schema *schema;
    struct known *known;
    size_t known_count;
    size_t known_read; /* of them: what the database had; sorted */
    size_t known_capacity;
    size_t changes;
    bool no_memory;
};

/* -- what the database knows -- */

enum fl_status fl_mirror_schema_prepare(struct fl_sql *sql, struct fl_error *out_error)
{
    return fl_sql_run(
        sql,
        "CREATE TABLE IF NOT EXISTS filial_schema (object text NOT NULL, attribute text "
        "NOT NULL, table_name text NOT NULL, column_name text NOT NULL, type integer NOT "
        "NULL, PRIMARY KEY (object, attribute)); "
        "CREATE TABLE IF NOT EXISTS filial_partitions (table_name text NOT NULL, branch "
        "text NOT NULL, partition_name text NOT NULL, PRIMARY KEY (table_name, branch)); "
        "CREATE TABLE IF NOT EXISTS filial_views (id integer PRIMARY KEY, hash text NOT "
        "NULL)",
        out_error);
}

static struct known *add_known(
    struct making *making,
    const char *object,
    const char *attribute,
    const char *table,
    const char *column,
    enum fl_sql_type type)
{
    if (making->known_count == making->known_capacity) {
        size_t capacity = 2 * making->known_capacity + 256;
        struct known *grown = fl_realloc(making->known, capacity * sizeof *grown);
        if (grown == NULL) {
            making->no_memory = true;
            return NULL;
        }
        making->known = grown;
        making->known_capacity = capacity;
    }
    struct known *known = &making->known[making->known_count++];
    *known = (struct known){
        fl_node_copy(object), fl_node_copy(attribute), fl_node_copy(table),
        fl_node_copy(column), type};
    making->no_memory = making->no_memory || known->object == NULL ||
                        known->attribute == NULL || known->table == NULL ||
                        known->column == NULL;
    return making->no_memory ? NULL : known;
}

static bool read_known(void *context, const struct fl_sql_row *row)
{
    return add_known(
               context, row->values[0], row->values[1], row->values[2], row->values[3],
               (enum fl_sql_type)atoi(row->values[4])) != NULL;
}

static int compare_known(const void *a, const void *b)
{
    const struct known *one = a;
    const struct known *two = b;
    int order = strcmp(one->object, two->object);
    return order != 0 ? order : strcmp(one->attribute, two->attribute);
}

static struct known *find_known(
    const struct making *making,
    char *object,
    char *attribute)
{
    const struct known wanted = {.object = object, .attribute = attribute};
    return making->known_read == 0 ? NULL
                                   : bsearch(
                                         &wanted, making->known, making->known_read,
                                         sizeof wanted, compare_known);
}

static void free_known(struct making *making)
{
    for (size_t i = 0; i < making->known_count; i++) {
        fl_free(making->known[i].object);
        fl_free(making->known[i].attribute);
        fl_free(making->known[i].table);
        fl_free(making->known[i].column);
    }
    fl_free(making->known);
}

/* -- tables and columns in memory -- */

static bool allows_enumeration(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type)
{
    for (size_t i = 0; i < type->ref_count; i++) {
        const struct fl_type *of = fl_configuration_type(configuration, type->refs[i]);
        if (of == NULL || of->kind == FL_KIND_ENUM) {
            return true;
        }
    }
    return false;
}

static enum fl_sql_type sql_type_of(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type)
{
    if (type->composite) {
        return type->allows == FL_ALLOWS_REFS && !allows_enumeration(configuration, type)
                   ? FL_SQL_UUID
                   : FL_SQL_TEXT;
    }
    switch (type->allows) {
    case FL_ALLOWS_NUMBER:
        return FL_SQL_NUMBER;
    case FL_ALLOWS_DATE:
        return type->date_only ? FL_SQL_DAY : FL_SQL_TIME;
    case FL_ALLOWS_BOOLEAN:
        return FL_SQL_BOOLEAN;
    case FL_ALLOWS_UUID:
        return FL_SQL_UUID;
    case FL_ALLOWS_BINARY:
    case FL_ALLOWS_STORAGE:
        return FL_SQL_BYTES;
    case FL_ALLOWS_REFS:
        return type->enumeration ? FL_SQL_TEXT : FL_SQL_UUID;
    default:
        return FL_SQL_TEXT;
    }
}

static bool has_column(const struct fl_mirror_table *table, const char *name)
{
    for (size_t i = 0; i < table->sql.column_count; i++) {
        if (fl_mirror_name_equal(table->sql.columns[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Of which a view could not be told from that of another table. */
static bool has_table(const struct making *making, size_t bytes_max, const char *name)
{
    char ours[FL_MIRROR_NAME_BYTES];
    char theirs[FL_MIRROR_NAME_BYTES];
    fl_mirror_name(name, false, bytes_max - VIEW_PREFIX_BYTES, ours);
    for (size_t i = 0; i < making->known_count; i++) {
        fl_mirror_name(
            making->known[i].table, false, bytes_max - VIEW_PREFIX_BYTES, theirs);
        if (fl_mirror_name_equal(theirs, ours)) {
            return true;
        }
    }
    return false;
}

/* A name of its own, near to what is wanted. */
static void choose(
    const struct making *making,
    const struct fl_mirror_table *table,
    const char *wanted,
    char out_name[FL_MIRROR_NAME_BYTES])
{
    char name[FL_MIRROR_NAME_BYTES];
    size_t bytes_max = fl_sql_name_bytes_max(making->schema->dialect);
    fl_mirror_name(wanted, making->schema->options.is_latin, bytes_max, name);
    memcpy(out_name, name, strlen(name) + 1);
    for (unsigned number = 2; table == NULL ? has_table(making, bytes_max, out_name)
                                            : has_column(table, out_name);
         number++) {
        fl_mirror_name_numbered(name, number, bytes_max - VIEW_PREFIX_BYTES, out_name);
    }
}

static void add_column(
    struct making *making,
    struct fl_mirror_table *table,
    const char *name,
    enum fl_sql_type type,
    struct fl_mirror_field field)
{
    size_t at = table->sql.column_count;
    table->sql.columns[at] = (struct fl_sql_column){fl_node_copy(name), type};
    making->no_memory = making->no_memory || table->sql.columns[at].name == NULL;
    table->fields[at] = field;
    table->sql.column_count += !making->no_memory;
}

static enum fl_status run_alter(
    struct making *making,
    const struct fl_mirror_table *table,
    const char *before,
    const char *column,
    const char *behind,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, "ALTER TABLE ");
    fl_sql_quote(&text, table->sql.name);
    fl_buffer_put_text(&text, before);
    fl_sql_quote(&text, column);
    fl_buffer_put_text(&text, behind);
    enum fl_status status = fl_sql_run(making->sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    return status;
}

/* The empty value of 1C, for rows that were written before the column was there. */
static const char *default_words(enum fl_sql_dialect dialect, enum fl_sql_type type)
{
    switch (type) {
    case FL_SQL_TEXT:
        return " DEFAULT ''";
    case FL_SQL_NUMBER:
    case FL_SQL_INTEGER:
        return " DEFAULT 0";
    case FL_SQL_BOOLEAN:
        return dialect == FL_SQL_SQLITE ? " DEFAULT 0" : " DEFAULT false";
    case FL_SQL_TIME:
    case FL_SQL_DAY:
    case FL_SQL_UUID:
    case FL_SQL_BYTES:
        return "";
    }
    return "";
}

static enum fl_status remember(
    struct making *making,
    const struct fl_mirror_table *table,
    const char *attribute,
    const char *column,
    enum fl_sql_type type,
    struct fl_error *out_error)
{
    char number[16];
    snprintf(number, sizeof number, "%d", (int)type);
    const char *parameters[] = {
        table->object, attribute, table->sql.name, column, number};
    return fl_sql_query(
        making->sql,
        "INSERT INTO filial_schema (object, attribute, table_name, column_name, type) "
        "VALUES ($1, $2, $3, $4, CAST($5 AS integer)) ON CONFLICT (object, attribute) DO "
        "UPDATE SET type = excluded.type",
        5, parameters, NULL, NULL, out_error);
}

/*
 * A column of a table that is there. What was a number and may be a text now is widened;
 * what became narrower stays as wide as it was.
 */
static enum fl_status take_column(
    struct making *making,
    struct fl_mirror_table *table,
    char *attribute,
    enum fl_sql_type type,
    bool is_new_table,
    struct fl_mirror_field field,
    struct fl_error *out_error)
{
    char chosen[FL_MIRROR_NAME_BYTES];
    char words[80];
    struct known *known = find_known(making, table->object, attribute);
    enum fl_status status = FL_OK;
    if (known != NULL) {
        bool is_wider = known->type != type && known->type != FL_SQL_TEXT;
        enum fl_sql_type now = is_wider ? FL_SQL_TEXT : known->type;
        add_column(making, table, known->column, now, field);
        if (!making->no_memory && is_wider) {
            status =
                fl_mirror_widen(making->sql, table->sql.name, known->column, out_error);
            making->changes++;
        }
        return status == FL_OK && is_wider
                   ? remember(making, table, attribute, known->column, now, out_error)
                   : status;
    }
    char name[FL_MIRROR_NAME_BYTES];
    snprintf(name, sizeof name, "%s", attribute);
    char *colon = strrchr(name, ':');
    if (colon != NULL) {
        *colon = '_'; /* "Склад:Type" */
    }
    choose(making, table, name, chosen);
    add_column(making, table, chosen, type, field);
    if (!is_new_table) {
        snprintf(
            words, sizeof words, " %s%s",
            fl_sql_type_words(making->schema->dialect, type),
            field.attribute != NULL && field.attribute->type.composite
                ? ""
                : default_words(making->schema->dialect, type));
        status = run_alter(making, table, " ADD COLUMN ", chosen, words, out_error);
        making->changes++;
    }
    return status == FL_OK ? remember(making, table, attribute, chosen, type, out_error)
                           : status;
}

static enum fl_status take_attribute(
    struct making *making,
    struct fl_mirror_table *table,
    const struct fl_attribute *attribute,
    bool is_new_table,
    struct fl_error *out_error)
{
    char name[FL_MIRROR_NAME_BYTES];
    const struct fl_configuration *configuration = making->schema->configuration;
    snprintf(name, sizeof name, "%s", attribute->name);
    enum fl_status status = take_column(
        making, table, name, sql_type_of(configuration, &attribute->type), is_new_table,
        (struct fl_mirror_field){FL_MIRROR_VALUE, attribute}, out_error);
    if (status == FL_OK && attribute->type.composite) {
        snprintf(name, sizeof name, "%.1000s:Type", attribute->name);
        status = take_column(
            making, table, name, FL_SQL_TEXT, is_new_table,
            (struct fl_mirror_field){FL_MIRROR_VALUE_TYPE, attribute}, out_error);
    }
    return status;
}

/* -- tables in the database -- */

static void put_key(struct fl_buffer *text, const struct fl_mirror_table *table)
{
    fl_buffer_put_text(text, ", PRIMARY KEY (");
    fl_buffer_put_text(text, table->sql.is_partitioned ? "\"_branch\", " : "");
    fl_buffer_put_text(text, table->sql.many ? "\"_id\", \"_line\")" : "\"_id\")");
}

static enum fl_status make_table(
    struct making *making,
    const struct fl_mirror_table *table,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    enum fl_sql_dialect dialect = making->schema->dialect;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, "CREATE TABLE ");
    fl_sql_quote(&text, table->sql.name);
    for (size_t i = 0; i < table->sql.column_count; i++) {
        const struct fl_sql_column *column = &table->sql.columns[i];
        fl_buffer_put_text(&text, i == 0 ? " (" : ", ");
        fl_sql_quote(&text, column->name);
        fl_buffer_put_text(&text, " ");
        fl_buffer_put_text(&text, fl_sql_type_words(dialect, column->type));
        fl_buffer_put_text(
            &text, table->fields[i].part < FL_MIRROR_VALUE ? " NOT NULL" : "");
    }
    put_key(&text, table);
    fl_buffer_put_text(&text, ")");
    if (table->sql.is_partitioned) {
        fl_buffer_put_text(&text, " PARTITION BY LIST (\"_branch\"); CREATE TABLE ");
        char name[FL_MIRROR_NAME_BYTES];
        fl_mirror_partition_name(
            table->sql.name, /* branch= */ "", fl_sql_name_bytes_max(dialect), name);
        fl_sql_quote(&text, name);
        fl_buffer_put_text(&text, " PARTITION OF ");
        fl_sql_quote(&text, table->sql.name);
        fl_buffer_put_text(&text, " DEFAULT; CREATE INDEX ON ");
        fl_sql_quote(&text, table->sql.name);
        fl_buffer_put_text(&text, " (\"_id\")");
    }
    enum fl_status status = fl_sql_run(making->sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    making->changes++;
    return status;
}

static bool allocate(struct fl_mirror_table *table, size_t attribute_count)
{
    size_t columns_max = FIXED_MAX + 2 * attribute_count;
    table->sql.columns = fl_alloc_zeroed(columns_max, sizeof *table->sql.columns);
    table->fields = fl_alloc_zeroed(columns_max, sizeof *table->fields);
    return table->sql.columns != NULL && table->fields != NULL;
}

static void add_fixed(struct making *making, struct fl_mirror_table *table)
{
    const struct fl_mirror_field none = {FL_MIRROR_ID, NULL};
    struct fl_mirror_field field = none;
    add_column(making, table, "_id", FL_SQL_UUID, field);
    if (table->sql.many) {
        field.part = FL_MIRROR_LINE;
        add_column(making, table, "_line", FL_SQL_INTEGER, field);
    }
    table->sql.partition = table->sql.column_count;
    field.part = FL_MIRROR_BRANCH;
    add_column(making, table, "_branch", FL_SQL_TEXT, field);
    field.part = FL_MIRROR_LSN;
    add_column(making, table, "_lsn", FL_SQL_INTEGER, field);
    field.part = FL_MIRROR_TIME;
    add_column(making, table, "_time", FL_SQL_TIME, field);
}

static enum fl_status take_table(
    struct making *making,
    struct fl_mirror_table *table,
    const struct fl_attribute *attributes,
    size_t attribute_count,
    struct fl_error *out_error)
{
    char none[] = "";
    char name[FL_MIRROR_NAME_BYTES];
    struct known *known = find_known(making, table->object, none);
    bool is_new = known == NULL;
    if (is_new) {
        char wanted[FL_MIRROR_NAME_BYTES];
        snprintf(wanted, sizeof wanted, "%.1000s", table->object);
        for (char *at = wanted; *at != '\0'; at++) {
            *at = *at == '.' ? '_' : *at;
        }
        choose(making, NULL, wanted, name);
        (void)add_known(making, table->object, "", name, "", FL_SQL_TEXT);
    }
    table->sql.name = fl_node_copy(is_new ? name : known->table);
    table->sql.is_partitioned = making->schema->options.is_partitioned &&
                                making->schema->dialect == FL_SQL_POSTGRESQL;
    if (table->sql.name == NULL || !allocate(table, attribute_count)) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    add_fixed(making, table);
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < attribute_count && status == FL_OK; i++) {
        status = take_attribute(making, table, &attributes[i], is_new, out_error);
    }
    if (status == FL_OK && making->no_memory) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK && is_new) {
        status = make_table(making, table, out_error);
    }
    return status == FL_OK && is_new
               ? remember(making, table, "", "", FL_SQL_TEXT, out_error)
               : status;
}

/* -- all of them -- */

static enum fl_status begin_table(
    struct making *making,
    const struct fl_type *type,
    const struct fl_section_type *section,
    struct fl_error *out_error)
{
    char object[OBJECT_BYTES];
    struct fl_mirror_schema *schema = making->schema;
    struct fl_mirror_table *table = &schema->tables[schema->count];
    snprintf(
        object, sizeof object, "%s.%s%s%s", fl_kind_name(type->kind), type->name,
        section == NULL ? "" : ".", section == NULL ? "" : section->name);
    *table = (struct fl_mirror_table){
        .object = fl_node_copy(object), .type = type, .section = section};
    table->sql.many = section != NULL || fl_kind_is_register(type->kind);
    schema->count++;
    if (table->object == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return section == NULL
               ? take_table(
                     making, table, type->attributes, type->attribute_count, out_error)
               : take_table(
                     making, table, section->attributes, section->attribute_count,
                     out_error);
}

static enum fl_status take_type(
    struct making *making,
    const struct fl_type *type,
    struct fl_error *out_error)
{
    bool is_register = fl_kind_is_register(type->kind);
    if (type->kind == FL_KIND_ENUM) {
        return FL_OK;
    }
    making->schema->firsts[type->number] = making->schema->count;
    enum fl_status status = begin_table(making, type, NULL, out_error);
    for (size_t i = 0; !is_register && i < type->section_count && status == FL_OK; i++) {
        status = begin_table(making, type, &type->sections[i], out_error);
    }
    return status;
}

static bool allocate_tables(struct fl_mirror_schema *schema)
{
    size_t count = 1;
    size_t type_count = schema->configuration->type_count + 1;
    for (size_t i = 0; i < schema->configuration->type_count; i++) {
        count += 1 + schema->configuration->types[i].section_count;
    }
    schema->tables = fl_alloc_zeroed(count, sizeof *schema->tables);
    schema->firsts = fl_alloc_zeroed(type_count, sizeof *schema->firsts);
    for (size_t i = 0; schema->firsts != NULL && i < type_count; i++) {
        schema->firsts[i] = SIZE_MAX;
    }
    return schema->tables != NULL && schema->firsts != NULL;
}

static enum fl_status make_all(struct making *making, struct fl_error *out_error)
{
    const struct fl_configuration *configuration = making->schema->configuration;
    enum fl_status status = fl_sql_query(
        making->sql,
        "SELECT object, attribute, table_name, column_name, type FROM filial_schema", 0,
        NULL, read_known, making, out_error);
    if (status == FL_OK && (making->no_memory || !allocate_tables(making->schema))) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    making->known_read = making->known_count;
    if (making->known_read > 0) {
        qsort(making->known, making->known_read, sizeof *making->known, compare_known);
    }
    for (size_t i = 0; i < configuration->type_count && status == FL_OK; i++) {
        status = take_type(making, &configuration->types[i], out_error);
    }
    return status == FL_OK
               ? fl_mirror_views_make(
                     making->sql, making->schema, making->changes > 0, out_error)
               : status;
}

enum fl_status fl_mirror_schema_open(
    struct fl_sql *sql,
    const struct fl_mirror_schema_options *options,
    struct fl_configuration *take_configuration,
    struct fl_mirror_schema **out_schema,
    size_t *out_changes,
    struct fl_error *out_error)
{
    struct fl_mirror_schema *schema = fl_alloc_zeroed(1, sizeof *schema);
    if (schema == NULL) {
        fl_configuration_free(take_configuration);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    schema->configuration = take_configuration;
    schema->options = *options;
    schema->dialect = fl_sql_dialect(sql);
    struct making making = {.sql = sql, .schema = schema};
    enum fl_status status = make_all(&making, out_error);
    free_known(&making);
    if (status != FL_OK) {
        fl_mirror_schema_close(schema, sql);
        return status;
    }
    *out_schema = schema;
    *out_changes = making.changes;
    return FL_OK;
}

void fl_mirror_schema_close(struct fl_mirror_schema *schema, struct fl_sql *sql)
{
    if (schema == NULL) {
        return;
    }
    for (size_t i = 0; schema->tables != NULL && i < schema->count; i++) {
        struct fl_mirror_table *table = &schema->tables[i];
        fl_sql_forget(sql, &table->sql);
        for (size_t k = 0; k < table->sql.column_count; k++) {
            fl_free(table->sql.columns[k].name);
        }
        fl_free(table->sql.columns);
        fl_free(table->sql.name);
        fl_free(table->fields);
        fl_free(table->object);
    }
    fl_free(schema->tables);
    fl_free(schema->firsts);
    fl_free(schema->seen);
    fl_configuration_free(schema->configuration);
    fl_free(schema);
}

struct fl_mirror_table *fl_mirror_schema_tables(
    const struct fl_mirror_schema *schema,
    uint32_t type,
    size_t *out_count)
{
    if (type == 0 || type > schema->configuration->type_count ||
        schema->firsts[type] == SIZE_MAX) {
        return NULL;
    }
    struct fl_mirror_table *first = &schema->tables[schema->firsts[type]];
    *out_count =
        1 + (fl_kind_is_register(first->type->kind) ? 0 : first->type->section_count);
    return first;
}

const struct fl_sql_column *fl_mirror_table_column(
    const struct fl_mirror_table *table,
    const struct fl_attribute *attribute,
    enum fl_mirror_part part)
{
    for (size_t i = 0; i < table->sql.column_count; i++) {
        if (table->fields[i].attribute == attribute && table->fields[i].part == part) {
            return &table->sql.columns[i];
        }
    }
    return NULL;
}
