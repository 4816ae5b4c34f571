/*
 * bench_mirror DIR URL                fills the mirror of a node that no daemon holds
 * bench_mirror ceiling FROM.db TO.db  the same rows, which lie in memory, into the same
 *                                     tables of SQLite by prepared inserts alone
 *
 * Prints rows per second, all transactions committed.
 */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mirror/mirror.h"
#include "node.h"

enum { ROWS_PER_TRANSACTION = 50000, STATEMENT_BYTES = 8192, TABLES_MAX = 200 };

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -- the mirror -- */

static int fill(const char *directory, const char *url)
{
    struct fl_error error = {.text = ""};
    struct fl_node *node = NULL;
    bool more = true;
    enum fl_status status = fl_node_open(directory, &node, &error);

    if (status != FL_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    const struct fl_mirror_options options = {
        .store = node->store, .identity = *node->identity, .url = url};
    struct fl_mirror *mirror = fl_mirror_new(&options);
    double begun = seconds();

    while (mirror && status == FL_OK && more) {
        status = fl_mirror_step(mirror, &more, &error);
    }
    double took = seconds() - begun;
    const struct fl_mirror_progress *progress =
        mirror ? fl_mirror_progress(mirror) : NULL;

    if (!progress || status != FL_OK || progress->rows == 0) {
        (void)fprintf(stderr, "nothing was mirrored: %s\n", error.text);
    } else {
        (void)printf("%.0f\n", (double)progress->rows / took);
    }
    int result = progress && status == FL_OK && progress->rows > 0 ? 0 : 1;

    fl_mirror_free(mirror);
    fl_node_close(node);
    return result;
}

/* -- the ceiling -- */

struct table {
    char *name;
    char *definition;
    size_t columns;
    size_t count; /* of rows */
    size_t capacity;
    sqlite3_value **values;
};

static void must(int code, sqlite3 *database)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        (void)fprintf(stderr, "%s\n", sqlite3_errmsg(database));
        exit(1);
    }
}

static void read_rows(sqlite3 *from, struct table *table)
{
    char text[STATEMENT_BYTES];
    sqlite3_stmt *statement = NULL;

    (void)snprintf(
        text, sizeof(text), "SELECT * FROM \"%s\" ORDER BY rowid", table->name);
    must(sqlite3_prepare_v2(from, text, -1, &statement, NULL), from);
    table->columns = (size_t)sqlite3_column_count(statement);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        if (table->count == table->capacity) {
            table->capacity = 2 * table->capacity + 1000;
            table->values = realloc(
                table->values, table->capacity * table->columns * sizeof(*table->values));
        }
        for (size_t i = 0; table->values && i < table->columns; i++) {
            table->values[table->count * table->columns + i] =
                sqlite3_value_dup(sqlite3_column_value(statement, (int)i));
        }
        table->count++;
    }
    (void)sqlite3_finalize(statement);
}

static size_t read_tables(sqlite3 *from, struct table *tables)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;

    must(
        sqlite3_prepare_v2(
            from,
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
            "'filial%' AND name NOT LIKE 'sqlite%'",
            -1, &statement, NULL),
        from);
    while (count < TABLES_MAX && sqlite3_step(statement) == SQLITE_ROW) {
        struct table *table = &tables[count++];

        table->name = strdup((const char *)sqlite3_column_text(statement, 0));
        table->definition = strdup((const char *)sqlite3_column_text(statement, 1));
        read_rows(from, table);
    }
    (void)sqlite3_finalize(statement);
    return count;
}

static void write_rows(sqlite3 *to, const struct table *table)
{
    char text[STATEMENT_BYTES];
    sqlite3_stmt *statement = NULL;
    size_t size =
        (size_t)snprintf(text, sizeof(text), "INSERT INTO \"%s\" VALUES (?", table->name);

    for (size_t i = 1; i < table->columns; i++) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, ",?");
    }
    (void)snprintf(text + size, sizeof(text) - size, ")");
    must(sqlite3_prepare_v2(to, text, -1, &statement, NULL), to);
    for (size_t row = 0; row < table->count; row++) {
        if (row % ROWS_PER_TRANSACTION == 0) {
            must(sqlite3_exec(to, row ? "COMMIT; BEGIN" : "BEGIN", NULL, NULL, NULL), to);
        }
        for (size_t i = 0; i < table->columns; i++) {
            must(
                sqlite3_bind_value(
                    statement, (int)i + 1, table->values[row * table->columns + i]),
                to);
        }
        must(sqlite3_step(statement), to);
        must(sqlite3_reset(statement), to);
    }
    if (table->count > 0) {
        must(sqlite3_exec(to, "COMMIT", NULL, NULL, NULL), to);
    }
    (void)sqlite3_finalize(statement);
}

static int ceiling(const char *from_path, const char *to_path)
{
    static struct table tables[TABLES_MAX];
    sqlite3 *from = NULL;
    sqlite3 *to = NULL;
    size_t rows = 0;

    must(sqlite3_open(from_path, &from), from);
    must(sqlite3_open(to_path, &to), to);
    size_t count = read_tables(from, tables);

    must(
        sqlite3_exec(
            to,
            "PRAGMA journal_mode = wal; PRAGMA synchronous = normal; PRAGMA cache_size = "
            "-65536; PRAGMA wal_autocheckpoint = 4000",
            NULL, NULL, NULL),
        to);
    for (size_t i = 0; i < count; i++) {
        must(sqlite3_exec(to, tables[i].definition, NULL, NULL, NULL), to);
        rows += tables[i].count;
    }
    double begun = seconds();

    for (size_t i = 0; i < count; i++) {
        write_rows(to, &tables[i]);
    }
    (void)printf("%.0f\n", (double)rows / (seconds() - begun));
    (void)sqlite3_close(to);
    (void)sqlite3_close(from);
    return rows > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "ceiling") == 0) {
        return ceiling(argv[2], argv[3]);
    }
    if (argc == 3) {
        return fill(argv[1], argv[2]);
    }
    (void)fprintf(stderr, "bench_mirror DIR URL | ceiling FROM.db TO.db\n");
    return 2;
}
