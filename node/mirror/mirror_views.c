#include "mirror_views.h"

#include <stdio.h>
#include <string.h>

#include "mirror_names.h"
#include "proto/hash.h"

enum {
    SQL_BYTES_MAX = 8 << 20,
    JOINS_MAX = 56,  /* SQLite joins 64 tables */
    TYPES_MAX = 12,  /* of one reference */
    HASH_BYTES = 33, /* as text */
};

static const char WORDS_ENDING[] = "_Description";

struct view {
    const struct fl_mirror_schema *schema;
    const struct fl_mirror_table *table;
    struct fl_buffer columns;
    struct fl_buffer joins;
    struct fl_buffer names; /* of the columns of words, each with its NUL */
    unsigned join_count;
};

/* What words the type has; NULL: none. */
static const struct fl_sql_column *words_of(
    const struct fl_mirror_table *table,
    bool *out_is_document)
{
    static const enum fl_role ROLES[] = {
        FL_ROLE_DESCRIPTION, FL_ROLE_NUMBER, FL_ROLE_CODE};
    for (size_t i = 0; i < sizeof ROLES / sizeof ROLES[0]; i++) {
        const struct fl_attribute *attribute = fl_type_role(table->type, ROLES[i]);
        if (attribute != NULL) {
            *out_is_document = ROLES[i] == FL_ROLE_NUMBER;
            return fl_mirror_table_column(table, attribute, FL_MIRROR_VALUE);
        }
    }
    return NULL;
}

static void put_column(struct fl_buffer *text, const char *of, const char *name)
{
    fl_buffer_put_text(text, of);
    fl_buffer_put_u8(text, '.');
    fl_sql_quote(text, name);
}

/* "12 (2026-01-31)" of a document. */
static void put_words(
    struct fl_buffer *text,
    const struct fl_mirror_table *of,
    const char *alias,
    const struct fl_sql_column *words,
    bool is_document)
{
    const struct fl_attribute *date =
        is_document ? fl_type_role(of->type, FL_ROLE_DATE) : NULL;
    const struct fl_sql_column *day =
        date == NULL ? NULL : fl_mirror_table_column(of, date, FL_MIRROR_VALUE);
    if (day == NULL) {
        bool casts =
            words->type != FL_SQL_TEXT; /* words of several types are one column */
        fl_buffer_put_text(text, casts ? "CAST(" : "");
        put_column(text, alias, words->name);
        fl_buffer_put_text(text, casts ? " AS text)" : "");
        return;
    }
    fl_buffer_put_text(text, "(");
    put_column(text, alias, words->name);
    fl_buffer_put_text(text, " || ' (' || substr(CAST(");
    put_column(text, alias, day->name);
    fl_buffer_put_text(text, " AS text), 1, 10) || ')')");
}

/*
 * Is it an object of this type? A reference to a single type has no column that says so,
 * and rows from when it was one say nothing in it: their objects are told by their ids.
 */
static void put_type_is(
    struct fl_buffer *text,
    const struct fl_sql_column *type,
    const struct fl_mirror_table *of)
{
    if (type != NULL) {
        fl_buffer_put_text(text, "COALESCE(");
        put_column(text, "t", type->name);
        fl_buffer_put_text(text, ", '");
        fl_buffer_put_text(text, of->object);
        fl_buffer_put_text(text, "') = '");
        fl_buffer_put_text(text, of->object);
        fl_buffer_put_text(text, "' AND ");
    }
}

/* Rows of older configurations may hold any text where a reference is now. */
static void put_text_as_uuid(
    struct fl_buffer *text,
    const struct fl_mirror_table *of,
    const struct fl_sql_column *column,
    const struct fl_sql_column *type)
{
    fl_buffer_put_text(text, "CASE WHEN ");
    put_type_is(text, type, of);
    put_column(text, "t", column->name);
    fl_buffer_put_text(
        text, " ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN CAST(");
    put_column(text, "t", column->name);
    fl_buffer_put_text(text, " AS uuid) END");
}

static void put_join(
    struct view *view,
    const struct fl_mirror_table *of,
    const char *alias,
    const struct fl_sql_column *column,
    const struct fl_sql_column *type)
{
    struct fl_buffer *text = &view->joins;
    fl_buffer_put_text(text, " LEFT JOIN ");
    fl_sql_quote(text, of->sql.name);
    fl_buffer_put_text(text, " AS ");
    fl_buffer_put_text(text, alias);
    fl_buffer_put_text(text, " ON ");
    if (view->schema->dialect == FL_SQL_POSTGRESQL && column->type == FL_SQL_TEXT) {
        fl_buffer_put_text(text, alias);
        fl_buffer_put_text(text, ".\"_id\" = ");
        put_text_as_uuid(text, of, column, type);
        return;
    }
    put_type_is(text, type, of);
    fl_buffer_put_text(text, alias);
    fl_buffer_put_text(text, ".\"_id\" = ");
    put_column(text, "t", column->name);
}

static size_t tables_of(
    const struct view *view,
    const struct fl_value_type *type,
    const struct fl_mirror_table *out_tables[TYPES_MAX])
{
    size_t found = 0;
    for (size_t i = 0; i < type->ref_count; i++) {
        size_t count = 0;
        bool ignored = false;
        const struct fl_mirror_table *of =
            fl_mirror_schema_tables(view->schema, type->refs[i], &count);
        if (of == NULL || words_of(of, &ignored) == NULL) {
            continue;
        }
        if (found == TYPES_MAX) {
            return 0;
        }
        out_tables[found++] = of;
    }
    return found;
}

static bool has_column(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->table->sql.column_count; i++) {
        if (fl_mirror_name_equal(view->table->sql.columns[i].name, name)) {
            return true;
        }
    }
    const char *other = (const char *)view->names.data;
    for (size_t at = 0; at < view->names.size; at += strlen(other + at) + 1) {
        if (fl_mirror_name_equal(other + at, name)) {
            return true;
        }
    }
    return false;
}

/*
 * "X_Description", cut as PostgreSQL cuts it when it is typed. Where an attribute is
 * called so, or nothing of the ending is left, another with the ending.
 */
static void choose_name(struct view *view, const char *column, char *out_name)
{
    size_t bytes_max = fl_sql_name_bytes_max(view->schema->dialect);
    char name[FL_MIRROR_NAME_BYTES + sizeof WORDS_ENDING];
    snprintf(name, sizeof name, "%s%s", column, WORDS_ENDING);
    fl_mirror_name(name, /* is_latin= */ false, bytes_max, out_name);
    if (has_column(view, out_name)) {
        fl_mirror_name_ended(column, WORDS_ENDING, bytes_max, out_name);
    }
    for (unsigned number = 2; has_column(view, out_name); number++) {
        snprintf(name, sizeof name, "%s_%u", WORDS_ENDING, number);
        fl_mirror_name_ended(column, name, bytes_max, out_name);
    }
    fl_buffer_put_memory(&view->names, out_name, strlen(out_name) + 1);
}

static void put_reference(struct view *view, size_t at)
{
    const struct fl_mirror_table *tables[TYPES_MAX];
    const struct fl_attribute *attribute = view->table->fields[at].attribute;
    const struct fl_sql_column *column = &view->table->sql.columns[at];
    const struct fl_sql_column *type =
        fl_mirror_table_column(view->table, attribute, FL_MIRROR_VALUE_TYPE);
    size_t count = tables_of(view, &attribute->type, tables);
    char name[FL_MIRROR_NAME_BYTES];
    char alias[16];
    if (count == 0 || view->join_count + count > JOINS_MAX) {
        return;
    }
    fl_buffer_put_text(&view->columns, count > 1 ? ", COALESCE(" : ", ");
    for (size_t i = 0; i < count; i++) {
        bool is_document = false;
        const struct fl_sql_column *words = words_of(tables[i], &is_document);
        snprintf(alias, sizeof alias, "j%u", ++view->join_count);
        fl_buffer_put_text(&view->columns, i == 0 ? "" : ", ");
        put_words(&view->columns, tables[i], alias, words, is_document);
        put_join(view, tables[i], alias, column, type);
    }
    choose_name(view, column->name, name);
    fl_buffer_put_text(&view->columns, count > 1 ? ") AS " : " AS ");
    fl_sql_quote(&view->columns, name);
}

static void put_columns(struct view *view)
{
    for (size_t i = 0; i < view->table->sql.column_count; i++) {
        const struct fl_mirror_field *field = &view->table->fields[i];
        fl_buffer_put_text(&view->columns, i == 0 ? "" : ", ");
        put_column(&view->columns, "t", view->table->sql.columns[i].name);
        if (field->part == FL_MIRROR_VALUE &&
            (field->attribute->type.allows & FL_ALLOWS_REFS) &&
            !field->attribute->type.enumeration) {
            put_reference(view, i);
        }
    }
}

static void put_name(struct fl_buffer *text, const struct view *view)
{
    char name[FL_MIRROR_NAME_BYTES + 8];
    char cut[FL_MIRROR_NAME_BYTES];
    snprintf(name, sizeof name, "v_%s", view->table->sql.name);
    fl_mirror_name(
        name, /* is_latin= */ false, fl_sql_name_bytes_max(view->schema->dialect), cut);
    fl_sql_quote(text, cut);
}

static void put_select(struct fl_buffer *text, const struct view *view)
{
    put_name(text, view);
    fl_buffer_put_text(text, " AS SELECT ");
    fl_buffer_put(text, fl_buffer_view(&view->columns));
    fl_buffer_put_text(text, " FROM ");
    fl_sql_quote(text, view->table->sql.name);
    fl_buffer_put_text(text, " AS t");
    fl_buffer_put(text, fl_buffer_view(&view->joins));
}

/* PostgreSQL: somebody's own views may stand on ours, so it is replaced where it can be;
 * where not, and it cannot be dropped either, it stays as it was. */
static enum fl_status replace(
    struct fl_sql *sql,
    const struct view *view,
    const char *before,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, before);
    put_select(&text, view);
    enum fl_status status = fl_sql_run(sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    return status;
}

static enum fl_status drop(
    struct fl_sql *sql,
    const struct view *view,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, "DROP VIEW IF EXISTS ");
    put_name(&text, view);
    enum fl_status status = fl_sql_run(sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    return status;
}

static enum fl_status make_postgresql(
    struct fl_sql *sql,
    const struct view *view,
    struct fl_error *out_error)
{
    enum fl_status status = fl_sql_run(sql, "SAVEPOINT v", out_error);
    if (status != FL_OK || replace(sql, view, "CREATE OR REPLACE VIEW ", NULL) == FL_OK) {
        return status == FL_OK ? fl_sql_run(sql, "RELEASE SAVEPOINT v", out_error)
                               : status;
    }
    status = fl_sql_run(sql, "ROLLBACK TO SAVEPOINT v", out_error);
    if (status == FL_OK && (drop(sql, view, NULL) != FL_OK ||
                            replace(sql, view, "CREATE VIEW ", NULL) != FL_OK)) {
        status = fl_sql_run(sql, "ROLLBACK TO SAVEPOINT v", out_error);
    }
    return status == FL_OK ? fl_sql_run(sql, "RELEASE SAVEPOINT v", out_error) : status;
}

static enum fl_status make(
    struct fl_sql *sql,
    const struct view *view,
    struct fl_error *out_error)
{
    if (view->schema->dialect == FL_SQL_POSTGRESQL) {
        return make_postgresql(sql, view, out_error);
    }
    enum fl_status status = drop(sql, view, out_error);
    return status == FL_OK ? replace(sql, view, "CREATE VIEW ", out_error) : status;
}

/* -- all of them -- */

static void begin_view(
    struct view *view,
    const struct fl_mirror_schema *schema,
    const struct fl_mirror_table *table)
{
    *view = (struct view){.schema = schema, .table = table};
    fl_buffer_init(&view->columns, SQL_BYTES_MAX);
    fl_buffer_init(&view->joins, SQL_BYTES_MAX);
    fl_buffer_init(&view->names, SQL_BYTES_MAX);
    put_columns(view);
}

static void end_view(struct view *view)
{
    fl_buffer_deinit(&view->columns);
    fl_buffer_deinit(&view->joins);
    fl_buffer_deinit(&view->names);
}

/* Of what all views say: a type of references may change where no column does. */
static void hash_views(const struct fl_mirror_schema *schema, char out_text[HASH_BYTES])
{
    struct fl_hasher hasher;
    struct fl_buffer text;
    struct view view;
    uint8_t hash[FL_HASH_BYTES];
    fl_hasher_init(&hasher);
    fl_buffer_init(&text, SQL_BYTES_MAX);
    for (size_t i = 0; i < schema->count; i++) {
        begin_view(&view, schema, &schema->tables[i]);
        fl_buffer_clear(&text);
        put_select(&text, &view);
        fl_hasher_add(&hasher, fl_buffer_view(&text));
        end_view(&view);
    }
    fl_buffer_deinit(&text);
    fl_hasher_finish(&hasher, hash);
    fl_bytes_hex((struct fl_bytes){hash, HASH_BYTES / 2}, out_text);
}

static bool is_hash(void *context, const struct fl_sql_row *row)
{
    char *hash = context;
    snprintf(hash, HASH_BYTES, "%s", row->values[0]);
    return false;
}

static enum fl_status make_all(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < schema->count && status == FL_OK; i++) {
        struct view view;
        begin_view(&view, schema, &schema->tables[i]);
        status = make(sql, &view, out_error);
        end_view(&view);
    }
    return status;
}

enum fl_status fl_mirror_views_make(
    struct fl_sql *sql,
    const struct fl_mirror_schema *schema,
    bool has_changed,
    struct fl_error *out_error)
{
    char made[HASH_BYTES] = "";
    char hash[HASH_BYTES];
    const char *parameters[] = {hash};
    hash_views(schema, hash);
    enum fl_status status = fl_sql_query(
        sql, "SELECT hash FROM filial_views WHERE id = 1", 0, NULL, is_hash, made,
        out_error);
    if (status != FL_OK || (!has_changed && strcmp(made, hash) == 0)) {
        return status;
    }
    status = make_all(sql, schema, out_error);
    return status == FL_OK
               ? fl_sql_query(
                     sql,
                     "INSERT INTO filial_views (id, hash) VALUES (1, $1) ON CONFLICT "
                     "(id) DO UPDATE SET hash = excluded.hash",
                     1, parameters, NULL, NULL, out_error)
               : status;
}
