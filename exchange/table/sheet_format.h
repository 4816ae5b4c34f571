/*
 * What a reader of one format gives to sheet.c, and the row that they fill.
 */

#ifndef EXCHANGE_SHEET_FORMAT_H
#define EXCHANGE_SHEET_FORMAT_H

#include "exchange/sheet.h"

#define N_(text) (text) /* for the translators; who shows it translates it */

enum { FL_SHEET_DESCRIPTION_BYTES = 160 };

/* Cells of the row being filled: their texts lie behind each other in `text`. */
struct fl_sheet_cells {
    struct fl_buffer text;
    size_t count;
    size_t begins[FL_SHEET_CELLS_MAX + 1];
    bool has_text;
};

void fl_sheet_cells_init(struct fl_sheet_cells *cells);
void fl_sheet_cells_deinit(struct fl_sheet_cells *cells);
void fl_sheet_cells_clear(struct fl_sheet_cells *cells);
/* Behind the last cell. FL_LIMIT: more than a row may have. */
enum fl_status fl_sheet_cells_put(struct fl_sheet_cells *cells, struct fl_bytes text);
/* What is in `cells->text` behind the last cell becomes the next one. */
enum fl_status fl_sheet_cells_end(struct fl_sheet_cells *cells);

struct fl_sheet_source {
    struct fl_sheet_options options;
    char description[FL_SHEET_DESCRIPTION_BYTES];
    const char *fault; /* of the row given last */
};

struct fl_sheet_format {
    const char *name;
    bool apart;     /* read in a process of its own: its library trusts what it reads */
    bool has_names; /* its first row is the names that its columns have by the format */
    enum fl_status (*open)(
        struct fl_sheet_source *source,
        void **out_reader,
        struct fl_error *out_error);
    /* `*out_line` 0: the end. */
    enum fl_status (*next)(
        void *reader,
        struct fl_sheet_cells *cells,
        uint64_t *out_line,
        struct fl_error *out_error);
    void (*close)(void *reader); /* takes NULL */
};

extern const struct fl_sheet_format fl_sheet_csv;
extern const struct fl_sheet_format fl_sheet_xlsx;
extern const struct fl_sheet_format fl_sheet_xls;
extern const struct fl_sheet_format fl_sheet_dbf;
extern const struct fl_sheet_format fl_sheet_mdb;

/* Wraps a format that is to be read apart; `format` is opened in the other process. */
enum fl_status fl_sheet_apart_open(
    const struct fl_sheet_format *format,
    struct fl_sheet_source *source,
    void **out_reader,
    struct fl_error *out_error);
enum fl_status fl_sheet_apart_next(
    void *reader,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error);
void fl_sheet_apart_close(void *reader);

/* Days since 1899-12-30 as spreadsheets count, as ISO text into `cells`. */
enum fl_status fl_sheet_put_serial(
    struct fl_sheet_cells *cells,
    double serial,
    bool from_1904);
/* The shortest text that 15 digits give, without an exponent. */
enum fl_status fl_sheet_put_number(struct fl_sheet_cells *cells, double number);
/* Does a format of numbers show days or hours? "dd.mm.yyyy", "[h]:mm". */
bool fl_sheet_is_date_format(struct fl_bytes code);

#endif
