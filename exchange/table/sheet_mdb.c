/*
 * Tables of MS Access by libmdb, read-only. The names of the columns come as the first
 * row. The library turns all texts into UTF-8 itself.
 */

#include <mdbtools.h>
#include <stdio.h>
#include <string.h>

#include "sheet_format.h"

enum { CELL_BYTES = 64 << 10, NAMES_BYTES = 400 };

struct reader {
    struct fl_sheet_source *source;
    MdbHandle *file;
    MdbTableDef *table;
    char (*cells)[CELL_BYTES];
    int *sizes;
    unsigned columns;
    uint64_t line;
};

static void mdb_sheet_close(void *context)
{
    struct reader *reader = context;

    if (!reader) {
        return;
    }
    if (reader->table) {
        mdb_free_tabledef(reader->table);
    }
    if (reader->file) {
        mdb_close(reader->file);
    }
    fl_free(reader->cells);
    fl_free(reader->sizes);
    fl_free(reader);
}

/* The wanted table, or the first that a person made. */
static MdbCatalogEntry *find_table(struct reader *reader, struct fl_error *out_error)
{
    const char *wanted = reader->source->options.sheet;
    char names[NAMES_BYTES] = "";
    GPtrArray *catalog = mdb_read_catalog(reader->file, MDB_TABLE);

    for (unsigned i = 0; catalog && i < catalog->len; i++) {
        MdbCatalogEntry *entry = g_ptr_array_index(catalog, i);
        const size_t used = strlen(names);

        if (!mdb_is_user_table(entry)) {
            continue;
        }
        if (!wanted || strcmp(wanted, entry->object_name) == 0) {
            return entry;
        }
        if (used + strlen(entry->object_name) + 3 < sizeof(names)) {
            snprintf(
                names + used, sizeof(names) - used, "%s%s", used > 0 ? ", " : "",
                entry->object_name);
        }
    }
    if (wanted) {
        (void)fl_error_set(
            out_error, FL_NOT_FOUND, "%s has no table \"%s\"; its tables: %s",
            reader->source->options.path, wanted, names);
    } else {
        (void)fl_error_set(
            out_error, FL_NOT_FOUND, "%s has no tables, or is cut or damaged",
            reader->source->options.path);
    }
    return NULL;
}

/* By its entry: to look for it by name frees the catalogue, and the name with it. */
static enum fl_status open_table(struct reader *reader, struct fl_error *out_error)
{
    struct fl_sheet_source *source = reader->source;
    MdbCatalogEntry *entry = find_table(reader, out_error);

    if (!entry) {
        return FL_NOT_FOUND;
    }
    reader->table = mdb_read_table(entry);
    if (!reader->table) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: the table \"%s\" cannot be read",
            source->options.path, entry->object_name);
    }
    snprintf(
        source->description, sizeof(source->description), "MS Access, \"%.100s\"",
        entry->object_name);
    return FL_OK;
}

static enum fl_status bind(struct reader *reader, struct fl_error *out_error)
{
    GPtrArray *columns = mdb_read_columns(reader->table);

    if (!columns || columns->len == 0) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: the table has no columns",
            reader->source->options.path);
    }
    reader->columns =
        columns->len > FL_SHEET_CELLS_MAX ? FL_SHEET_CELLS_MAX : columns->len;
    reader->cells = fl_alloc_zeroed(reader->columns, sizeof(*reader->cells));
    reader->sizes = fl_alloc_zeroed(reader->columns, sizeof(*reader->sizes));
    if (!reader->cells || !reader->sizes) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    (void)mdb_rewind_table(reader->table);
    for (unsigned i = 0; i < reader->columns; i++) {
        (void)mdb_bind_column(
            reader->table, (int)i + 1, reader->cells[i], &reader->sizes[i]);
    }
    return FL_OK;
}

static enum fl_status mdb_sheet_open(
    struct fl_sheet_source *source,
    void **out_reader,
    struct fl_error *out_error)
{
    struct reader *reader = fl_alloc_zeroed(1, sizeof(*reader));

    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reader->source = source;
    reader->file = mdb_open(source->options.path, MDB_NOFLAGS);
    enum fl_status status = FL_OK;

    if (!reader->file) {
        status = fl_error_set(
            out_error, FL_MALFORMED, "%s is no database of MS Access, or damaged",
            source->options.path);
    }
    if (status == FL_OK) {
        mdb_set_bind_size(reader->file, CELL_BYTES);
        mdb_set_date_fmt(reader->file, "%Y-%m-%dT%H:%M:%S");
        mdb_set_shortdate_fmt(reader->file, "%Y-%m-%d");
        mdb_set_boolean_fmt_words(reader->file);
        status = open_table(reader, out_error);
    }
    if (status == FL_OK) {
        status = bind(reader, out_error);
    }
    if (status != FL_OK) {
        mdb_sheet_close(reader);
        return status;
    }
    *out_reader = reader;
    return FL_OK;
}

static enum fl_status put_cell(
    struct reader *reader,
    struct fl_sheet_cells *cells,
    const MdbColumn *column,
    unsigned index)
{
    const int size = reader->sizes[index];
    struct fl_bytes text = {
        (const uint8_t *)reader->cells[index],
        size > 0 ? strnlen(reader->cells[index], CELL_BYTES) : 0};

    if (column->col_type == MDB_BOOL) {
        text = fl_bytes_of_text(
            strcmp(reader->cells[index], "TRUE") == 0 ? "true" : "false");
    }
    if (column->col_type == MDB_OLE || column->col_type == MDB_BINARY) {
        text.size = 0;
    }
    if (!fl_bytes_are_utf8(text)) {
        reader->source->fault = N_("letters that are not of the encoding of the file");
        text.size = 0;
    }
    return fl_sheet_cells_put(cells, text);
}

/* What the library cannot read it leaves out without a word. */
static enum fl_status check_end(const struct reader *reader, struct fl_error *out_error)
{
    const uint64_t rows = reader->line - 1; /* without the header */

    return rows >= reader->table->num_rows
               ? FL_OK
               : fl_error_set(
                     out_error, FL_MALFORMED,
                     "%s: the table has %u rows, and %llu of them can be read: the file "
                     "is cut or damaged; let MS Access repair it",
                     reader->source->options.path, reader->table->num_rows,
                     (unsigned long long)rows);
}

static enum fl_status mdb_sheet_next(
    void *context,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    struct reader *reader = context;
    enum fl_status status = FL_OK;
    const bool is_header = reader->line == 0;

    if (!is_header && !mdb_fetch_row(reader->table)) {
        *out_line = 0;
        return check_end(reader, out_error);
    }
    for (unsigned i = 0; i < reader->columns && status == FL_OK; i++) {
        const MdbColumn *column = g_ptr_array_index(reader->table->columns, i);

        status = is_header ? fl_sheet_cells_put(cells, fl_bytes_of_text(column->name))
                           : put_cell(reader, cells, column, i);
    }
    reader->line++;
    *out_line = reader->line;
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "row %llu is larger than a row may be",
            (unsigned long long)reader->line);
    }
    return FL_OK;
}

const struct fl_sheet_format fl_sheet_mdb = {
    .name = "mdb",
    .apart = true,
    .has_names = true,
    .open = mdb_sheet_open,
    .next = mdb_sheet_next,
    .close = mdb_sheet_close};
