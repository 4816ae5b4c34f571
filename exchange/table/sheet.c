#include "sheet_format.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/datetime.h"

enum { NUMBER_BYTES = 64, SECONDS_A_DAY = 86400 };

/* 1899-12-30 and 1904-01-01 in seconds since year 1. */
#define EPOCH_1900 INT64_C(59926435200)
#define EPOCH_1904 (EPOCH_1900 + INT64_C(1462) * SECONDS_A_DAY)

struct fl_sheet {
    const struct fl_sheet_format *format;
    void *reader;
    struct fl_sheet_source source;
    struct fl_sheet_cells cells;
    struct fl_bytes views[FL_SHEET_CELLS_MAX];
    struct fl_sheet_row row;
};

static const struct fl_sheet_format *const FORMATS[] = {
    &fl_sheet_csv, &fl_sheet_xlsx, &fl_sheet_xls, &fl_sheet_dbf, &fl_sheet_mdb};

void fl_sheet_cells_init(struct fl_sheet_cells *cells)
{
    fl_buffer_init(&cells->text, FL_SHEET_ROW_BYTES_MAX);
    fl_sheet_cells_clear(cells);
}

void fl_sheet_cells_deinit(struct fl_sheet_cells *cells)
{
    fl_buffer_deinit(&cells->text);
}

void fl_sheet_cells_clear(struct fl_sheet_cells *cells)
{
    fl_buffer_clear(&cells->text);
    cells->count = 0;
    cells->begins[0] = 0;
    cells->has_text = false;
}

enum fl_status fl_sheet_cells_end(struct fl_sheet_cells *cells)
{
    if (cells->count == FL_SHEET_CELLS_MAX ||
        fl_buffer_status(&cells->text) == FL_LIMIT) {
        return FL_LIMIT;
    }
    if (fl_buffer_status(&cells->text) != FL_OK) {
        return fl_buffer_status(&cells->text);
    }
    cells->has_text |= cells->text.size > cells->begins[cells->count];
    cells->count++;
    cells->begins[cells->count] = cells->text.size;
    return FL_OK;
}

enum fl_status fl_sheet_cells_put(struct fl_sheet_cells *cells, struct fl_bytes text)
{
    fl_buffer_put(&cells->text, text);
    return fl_sheet_cells_end(cells);
}

enum fl_status fl_sheet_put_serial(
    struct fl_sheet_cells *cells,
    double serial,
    bool from_1904)
{
    enum { DAY_BYTES = 10 };
    char text[FL_DATETIME_TEXT_BYTES];

    if (!(serial > -700000.0 && serial < 3000000.0)) {
        return fl_sheet_put_number(cells, serial);
    }
    const int64_t seconds =
        (from_1904 ? EPOCH_1904 : EPOCH_1900) + (int64_t)llround(serial * SECONDS_A_DAY);

    if (!fl_datetime_is_valid(seconds)) {
        return fl_sheet_put_number(cells, serial);
    }
    fl_datetime_format(seconds, text);
    const bool whole = seconds % SECONDS_A_DAY == 0;

    return fl_sheet_cells_put(
        cells, (struct fl_bytes){
                   (const uint8_t *)text, whole ? DAY_BYTES : FL_DATETIME_TEXT_BYTES});
}

enum fl_status fl_sheet_put_number(struct fl_sheet_cells *cells, double number)
{
    char text[NUMBER_BYTES];
    const double size = fabs(number);

    if (!(size < 1e15)) {
        snprintf(text, sizeof(text), "%.0f", size < 1e38 ? number : 0.0);
        return fl_sheet_cells_put(cells, fl_bytes_of_text(text));
    }
    /* 15 digits are what a double keeps of what a person typed. */
    const int whole = size < 1 ? 1 : (int)floor(log10(size)) + 1;

    snprintf(text, sizeof(text), "%.*f", 15 - whole < 0 ? 0 : 15 - whole, number);
    if (strchr(text, '.')) {
        size_t end = strlen(text);

        while (text[end - 1] == '0') {
            end--;
        }
        text[text[end - 1] == '.' ? end - 1 : end] = '\0';
    }
    return fl_sheet_cells_put(
        cells, fl_bytes_of_text(strcmp(text, "-0") == 0 ? "0" : text));
}

bool fl_sheet_is_date_format(struct fl_bytes code)
{
    bool quoted = false;

    for (size_t i = 0; i < code.size; i++) {
        const uint8_t letter = code.data[i];

        if (letter == '"') {
            quoted = !quoted;
        } else if (letter == '\\') {
            i++;
        } else if (letter == '[' && !quoted) {
            /* [Red], [$-419], but [h] counts hours. */
            if (i + 1 < code.size && strchr("hmsHMS", code.data[i + 1])) {
                return true;
            }
            while (i < code.size && code.data[i] != ']') {
                i++;
            }
        } else if (!quoted && letter != '\0' && strchr("dmyhsDMYHS", letter)) {
            return true;
        }
    }
    return false;
}

static const struct fl_sheet_format *find(const char *name)
{
    for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
        if (strcmp(FORMATS[i]->name, name) == 0) {
            return FORMATS[i];
        }
    }
    return NULL;
}

bool fl_sheet_knows(const char *format)
{
    return find(format) != NULL;
}

enum fl_status fl_sheet_open(
    const struct fl_sheet_options *options,
    struct fl_sheet **out_sheet,
    struct fl_error *out_error)
{
    struct fl_sheet *sheet = fl_alloc_zeroed(1, sizeof(*sheet));

    if (!sheet) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    sheet->format = find(options->format);
    sheet->source.options = *options;
    fl_sheet_cells_init(&sheet->cells);
    enum fl_status status = FL_UNSUPPORTED;

    if (!sheet->format) {
        (void)fl_error_set(
            out_error, status, "\"%s\" is no format of tables", options->format);
    } else if (access(options->path, R_OK) != 0) {
        status = fl_error_set(
            out_error, errno == ENOENT ? FL_NOT_FOUND : FL_IO, "%s: %s", options->path,
            strerror(errno));
    } else if (sheet->format->apart) {
        status =
            fl_sheet_apart_open(sheet->format, &sheet->source, &sheet->reader, out_error);
    } else {
        status = sheet->format->open(&sheet->source, &sheet->reader, out_error);
    }
    if (status != FL_OK) {
        fl_sheet_close(sheet);
        return status;
    }
    *out_sheet = sheet;
    return FL_OK;
}

void fl_sheet_close(struct fl_sheet *sheet)
{
    if (!sheet) {
        return;
    }
    if (sheet->format && sheet->format->apart) {
        fl_sheet_apart_close(sheet->reader);
    } else if (sheet->format) {
        sheet->format->close(sheet->reader);
    }
    fl_sheet_cells_deinit(&sheet->cells);
    fl_free(sheet);
}

enum fl_status fl_sheet_next(
    struct fl_sheet *sheet,
    const struct fl_sheet_row **out_row,
    struct fl_error *out_error)
{
    struct fl_sheet_cells *cells = &sheet->cells;
    uint64_t line = 0;

    do {
        fl_sheet_cells_clear(cells);
        sheet->source.fault = NULL;
        enum fl_status status =
            sheet->format->apart
                ? fl_sheet_apart_next(sheet->reader, cells, &line, out_error)
                : sheet->format->next(sheet->reader, cells, &line, out_error);

        if (status != FL_OK) {
            return status;
        }
    } while (line != 0 && !cells->has_text && !sheet->source.fault);
    for (size_t i = 0; i < cells->count; i++) {
        sheet->views[i] = (struct fl_bytes){
            cells->text.data ? cells->text.data + cells->begins[i] : (const uint8_t *)"",
            cells->begins[i + 1] - cells->begins[i]};
    }
    sheet->row = (struct fl_sheet_row){
        .line = line,
        .cell_count = cells->count,
        .cells = sheet->views,
        .fault = sheet->source.fault};
    *out_row = line == 0 ? NULL : &sheet->row;
    return FL_OK;
}

bool fl_sheet_has_names(const struct fl_sheet *sheet)
{
    return sheet->format->has_names;
}

const char *fl_sheet_description(const struct fl_sheet *sheet)
{
    return sheet->source.description;
}
