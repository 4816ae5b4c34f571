#include "mirror_widen.h"

#include <string.h>

#include "node.h"

enum { SQL_BYTES_MAX = 8 << 20, VIEWS_MAX = 4096 };

struct view {
    char *name; /* as SQL has it */
    char *definition;
};

struct views {
    struct view *items;
    size_t count;
    size_t capacity;
    char *foreign; /* the first that is not ours */
    bool no_memory;
};

static void free_views(struct views *views)
{
    for (size_t i = 0; i < views->count; i++) {
        fl_free(views->items[i].name);
        fl_free(views->items[i].definition);
    }
    fl_free(views->items);
    fl_free(views->foreign);
}

static bool make_room(struct views *views)
{
    if (views->count < views->capacity) {
        return true;
    }
    size_t capacity = 2 * views->capacity + 16;
    struct view *grown =
        capacity > VIEWS_MAX ? NULL : fl_realloc(views->items, capacity * sizeof *grown);
    if (grown != NULL) {
        views->items = grown;
        views->capacity = capacity;
    }
    return grown != NULL;
}

static bool take_view(void *context, const struct fl_sql_row *row)
{
    struct views *views = context;
    if (strcmp(row->values[1], "1") != 0) {
        views->foreign = fl_node_copy(row->values[0]);
        views->no_memory = views->foreign == NULL;
        return false;
    }
    views->no_memory = !make_room(views);
    if (!views->no_memory) {
        struct view *view = &views->items[views->count++];
        *view = (struct view){fl_node_copy(row->values[0]), fl_node_copy(row->values[2])};
        views->no_memory = view->name == NULL || view->definition == NULL;
    }
    return !views->no_memory;
}

/*
 * All that stands on the column or on its like in a partition, and what stands on that;
 * others' first. Ours are named after our tables and lie beside them.
 */
static enum fl_status find_views(
    struct fl_sql *sql,
    const char *table,
    const char *column,
    struct views *views,
    struct fl_error *out_error)
{
    struct fl_buffer quoted;
    fl_buffer_init(&quoted, SQL_BYTES_MAX);
    fl_sql_quote(&quoted, table);
    const char *parameters[] = {fl_sql_text(&quoted), column};
    enum fl_status status = fl_sql_query(
        sql,
        "WITH RECURSIVE mine AS (SELECT oid, relnamespace FROM pg_class WHERE oid = "
        "to_regclass(CAST($1 AS text))), parts AS (SELECT oid FROM mine UNION SELECT "
        "i.inhrelid FROM parts JOIN pg_inherits i ON i.inhparent = parts.oid), "
        "shown AS (SELECT r.ev_class FROM parts JOIN pg_attribute a ON a.attrelid = "
        "parts.oid AND a.attname = CAST($2 AS name) JOIN pg_depend d ON d.refclassid = "
        "'pg_class'::regclass AND d.refobjid = parts.oid AND d.refobjsubid = a.attnum "
        "AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite r ON r.oid = d.objid "
        "UNION SELECT r.ev_class FROM shown JOIN pg_depend d ON d.refclassid = "
        "'pg_class'::regclass AND d.refobjid = shown.ev_class AND d.classid = "
        "'pg_rewrite'::regclass JOIN pg_rewrite r ON r.oid = d.objid) "
        "SELECT format('%I.%I', n.nspname, c.relname), f.ours, pg_get_viewdef(c.oid) "
        "FROM shown JOIN pg_class c ON c.oid = shown.ev_class JOIN pg_namespace n ON "
        "n.oid = c.relnamespace CROSS JOIN LATERAL (SELECT CAST(c.relkind = 'v' AND "
        "c.relnamespace = (SELECT relnamespace FROM mine) AND EXISTS (SELECT 1 FROM "
        "filial_schema s WHERE s.attribute = '' AND CAST('v_' || s.table_name AS name) "
        "= c.relname) AS integer) AS ours) f ORDER BY 2, 1",
        2, parameters, take_view, views, out_error);
    fl_buffer_deinit(&quoted);
    if (status == FL_OK && views->no_memory) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return status != FL_OK || views->foreign == NULL
               ? status
               : fl_error_set(
                     out_error, FL_REFUSED,
                     "the view %s stands on \"%s\" of \"%s\", which becomes text: drop "
                     "that view, and make it again when the mirror has gone on",
                     views->foreign, column, table);
}

static enum fl_status run_parts(
    struct fl_sql *sql,
    const char *const *parts,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    for (; *parts != NULL; parts++) {
        fl_buffer_put_text(&text, *parts);
    }
    enum fl_status status = fl_sql_run(sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    return status;
}

static enum fl_status drop_views(
    struct fl_sql *sql,
    const struct views *views,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < views->count && status == FL_OK; i++) {
        const char *const parts[] = {"DROP VIEW ", views->items[i].name, NULL};
        status = run_parts(sql, parts, out_error);
    }
    return status;
}

/* One that does not go with text any more is left out. */
static enum fl_status make_views(
    struct fl_sql *sql,
    const struct views *views,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < views->count && status == FL_OK; i++) {
        const char *const parts[] = {
            "SAVEPOINT w; CREATE VIEW ", views->items[i].name,    " AS ",
            views->items[i].definition,  "; RELEASE SAVEPOINT w", NULL};
        if (run_parts(sql, parts, NULL) != FL_OK) {
            status = fl_sql_run(
                sql, "ROLLBACK TO SAVEPOINT w; RELEASE SAVEPOINT w", out_error);
        }
    }
    return status;
}

static enum fl_status alter(
    struct fl_sql *sql,
    const char *table,
    const char *column,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    fl_buffer_init(&text, SQL_BYTES_MAX);
    fl_buffer_put_text(&text, "ALTER TABLE ");
    fl_sql_quote(&text, table);
    fl_buffer_put_text(&text, " ALTER COLUMN ");
    fl_sql_quote(&text, column);
    fl_buffer_put_text(&text, " DROP DEFAULT, ALTER COLUMN ");
    fl_sql_quote(&text, column);
    fl_buffer_put_text(&text, " TYPE text USING CAST(");
    fl_sql_quote(&text, column);
    fl_buffer_put_text(&text, " AS text)");
    enum fl_status status = fl_sql_run(sql, fl_sql_text(&text), out_error);
    fl_buffer_deinit(&text);
    return status;
}

enum fl_status fl_mirror_widen(
    struct fl_sql *sql,
    const char *table,
    const char *column,
    struct fl_error *out_error)
{
    struct views views = {.count = 0};
    if (fl_sql_dialect(sql) == FL_SQL_SQLITE) {
        return FL_OK; /* its columns take anything as they are */
    }
    enum fl_status status = find_views(sql, table, column, &views, out_error);
    if (status == FL_OK) {
        status = drop_views(sql, &views, out_error);
    }
    if (status == FL_OK) {
        status = alter(sql, table, column, out_error);
    }
    if (status == FL_OK) {
        status = make_views(sql, &views, out_error);
    }
    free_views(&views);
    return status;
}
