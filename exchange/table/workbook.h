/*
 * What stands around the sheets of an XLSX file: the archive, where each sheet lies,
 * which formats of numbers are dates, and the shared texts.
 */

#ifndef EXCHANGE_WORKBOOK_H
#define EXCHANGE_WORKBOOK_H

#include <unzip.h>

#include "sheet_format.h"
#include "xml_reader.h"

enum {
    FL_WORKBOOK_SHEETS_MAX = 256,
    FL_WORKBOOK_STYLES_MAX = 65536,
    FL_WORKBOOK_NAME_BYTES_MAX = 256,
};

struct fl_workbook_sheet {
    char name[FL_WORKBOOK_NAME_BYTES_MAX];
    char relation[FL_WORKBOOK_NAME_BYTES_MAX];
    char target[FL_WORKBOOK_NAME_BYTES_MAX];
};

struct fl_workbook {
    const char *path;
    unzFile archive;
    bool entry_open;
    uint64_t entry_read;
    uint64_t entry_packed;
    bool from_1904;
    size_t sheet_count;
    struct fl_workbook_sheet *sheets; /* FL_WORKBOOK_SHEETS_MAX */
    struct fl_buffer date_styles;     /* a byte a style of cells: 1: a date */
    struct fl_buffer texts;           /* of the shared texts, behind each other */
    struct fl_buffer text_ends;       /* u32 each */
};

/* Reads all of it; the caller ends `workbook` with the deinit on failure too. */
enum fl_status fl_workbook_init(
    struct fl_workbook *workbook,
    const char *path,
    struct fl_error *out_error);
void fl_workbook_deinit(struct fl_workbook *workbook);

/* False: there is no such text. */
bool fl_workbook_text(
    const struct fl_workbook *workbook,
    size_t index,
    struct fl_bytes *out_text);
bool fl_workbook_is_date(const struct fl_workbook *workbook, size_t style);

/*
 * An XML reader of one file of the archive, which closes the one opened before.
 * FL_NOT_FOUND without words: there is no such file.
 */
enum fl_status fl_workbook_open(
    struct fl_workbook *workbook,
    const char *name,
    const struct fl_xml_handler *handler,
    struct fl_xml_reader **out_reader,
    struct fl_error *out_error);

/* Value of an attribute by its local name; empty when there is none. */
struct fl_bytes fl_workbook_attribute(
    const struct fl_xml_element *element,
    const char *name);
/* Digits only; `fallback` otherwise. */
uint64_t fl_workbook_number(struct fl_bytes text, uint64_t fallback);

#endif
