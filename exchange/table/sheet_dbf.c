/*
 * dBase files by shapelib. The names of the fields come as the first row. Memo fields
 * lie in a file of their own that the library does not read: they are named and empty.
 */

#include <shapefil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet_format.h"

enum { NAME_BYTES = 12, DAY_DIGITS = 8, HEAD_BYTES = 12 };

struct reader {
    struct fl_sheet_source *source;
    DBFHandle file;
    enum fl_encoding encoding;
    int fields;
    int records;
    int record; /* the next one; -1: the names */
};

static void dbf_close(void *context)
{
    struct reader *reader = context;

    if (!reader) {
        return;
    }
    if (reader->file) {
        DBFClose(reader->file);
    }
    fl_free(reader);
}

/* "LDID/38" is byte 29 of the header: 0x26 and 0x65 are cp866, 0xC9 windows-1251. */
static enum fl_encoding encoding_of(const struct reader *reader)
{
    const char *page = DBFGetCodePage(reader->file);
    const long number = page && strncmp(page, "LDID/", 5) == 0 ? atol(page + 5) : 0;
    enum fl_encoding encoding = FL_ENCODING_866;

    if (page && number == 0 && fl_encoding_find(fl_bytes_of_text(page), &encoding)) {
        return encoding;
    }
    return number == 0xC9 || number == 0x57 ? FL_ENCODING_1251 : FL_ENCODING_866;
}

/* Without a mark most files of Russian programs are cp866: unless the texts say else. */
static enum fl_encoding guess(struct reader *reader)
{
    enum { LOOKED_AT = 200, SAMPLE_BYTES = 16 << 10 };
    struct fl_buffer sample;

    fl_buffer_init(&sample, SAMPLE_BYTES);
    for (int i = 0; i < reader->records && i < LOOKED_AT; i++) {
        for (int field = 0; field < reader->fields; field++) {
            const char *text = DBFReadStringAttribute(reader->file, i, field);

            fl_buffer_put_text(&sample, text ? text : "");
        }
    }
    const struct fl_bytes view = fl_buffer_view(&sample);
    const enum fl_encoding encoding =
        fl_encoding_is_ascii(view) ? encoding_of(reader) : fl_encoding_guess(view);

    fl_buffer_deinit(&sample);
    return encoding;
}

/* The library takes records that are missing for empty ones. */
static enum fl_status check_whole(const char *path, struct fl_error *out_error)
{
    uint8_t head[HEAD_BYTES] = {0};
    FILE *file = fopen(path, "rb");
    const bool is_read =
        file && fread(head, sizeof(head), 1, file) == 1 && fseeko(file, 0, SEEK_END) == 0;
    const int64_t size = is_read ? (int64_t)ftello(file) : 0;
    const int64_t records = (int64_t)head[4] | (int64_t)head[5] << 8 |
                            (int64_t)head[6] << 16 | (int64_t)head[7] << 24;
    const int64_t begin = head[8] | head[9] << 8;
    const int64_t record = head[10] | head[11] << 8;

    if (file) {
        (void)fclose(file);
    }
    if (is_read && begin + records * record <= size) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_MALFORMED,
        "%s is not whole: its header tells of %lld records, and %lld are there", path,
        (long long)records,
        (long long)(record > 0 && size > begin ? (size - begin) / record : 0));
}

static enum fl_status dbf_open(
    struct fl_sheet_source *source,
    void **out_reader,
    struct fl_error *out_error)
{
    struct reader *reader = fl_alloc_zeroed(1, sizeof(*reader));
    const char *encoding = source->options.encoding;

    if (!reader) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reader->source = source;
    reader->record = -1;
    reader->file = DBFOpen(source->options.path, "rb");
    if (!reader->file) {
        dbf_close(reader);
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s is no dBase file (its name has to end with .dbf), or damaged",
            source->options.path);
    }
    enum fl_status status = check_whole(source->options.path, out_error);

    if (status != FL_OK) {
        dbf_close(reader);
        return status;
    }
    reader->fields = DBFGetFieldCount(reader->file);
    reader->records = DBFGetRecordCount(reader->file);
    if (encoding && !fl_encoding_find(fl_bytes_of_text(encoding), &reader->encoding)) {
        dbf_close(reader);
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no encoding: give UTF-8, windows-1251 or cp866", encoding);
    }
    if (!encoding) {
        const char *page = DBFGetCodePage(reader->file);

        reader->encoding = page && page[0] != '\0' && strcmp(page, "LDID/0") != 0
                               ? encoding_of(reader)
                               : guess(reader);
    }
    snprintf(
        source->description, sizeof(source->description), "DBF, %s",
        fl_encoding_name(reader->encoding));
    *out_reader = reader;
    return FL_OK;
}

static enum fl_status put_text(
    struct reader *reader,
    struct fl_sheet_cells *cells,
    const char *text)
{
    struct fl_bytes bytes = fl_bytes_of_text(text ? text : "");

    while (bytes.size > 0 && bytes.data[bytes.size - 1] == ' ') {
        bytes.size--;
    }
    enum fl_status status = fl_encoding_decode(reader->encoding, bytes, &cells->text);

    if (status == FL_MALFORMED) {
        reader->source->fault = N_("letters that are not of the encoding of the file");
        status = FL_OK;
    }
    return status == FL_OK ? fl_sheet_cells_end(cells) : status;
}

static enum fl_status put_field(
    struct reader *reader,
    struct fl_sheet_cells *cells,
    int field)
{
    const char type = DBFGetNativeFieldType(reader->file, field);
    const char *text = DBFReadStringAttribute(reader->file, reader->record, field);
    char day[DAY_DIGITS + 3];

    if (type == 'M' || !text) {
        return fl_sheet_cells_put(cells, (struct fl_bytes){NULL, 0});
    }
    if (type == 'L') {
        const char *word = strchr("TtYy", text[0]) && text[0] != '\0'   ? "true"
                           : strchr("FfNn", text[0]) && text[0] != '\0' ? "false"
                                                                        : "";
        return fl_sheet_cells_put(cells, fl_bytes_of_text(word));
    }
    while (*text == ' ') {
        text++;
    }
    if (type == 'D' && strlen(text) == DAY_DIGITS) {
        snprintf(day, sizeof(day), "%.4s-%.2s-%.2s", text, text + 4, text + 6);
        text = strcmp(day, "0000-00-00") == 0 ? "" : day;
    }
    return put_text(reader, cells, text);
}

static enum fl_status dbf_next(
    void *context,
    struct fl_sheet_cells *cells,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    struct reader *reader = context;
    enum fl_status status = FL_OK;

    while (reader->record >= 0 && reader->record < reader->records &&
           DBFIsRecordDeleted(reader->file, reader->record)) {
        reader->record++;
    }
    if (reader->record >= reader->records) {
        *out_line = 0;
        return FL_OK;
    }
    for (int i = 0; i < reader->fields && i < FL_SHEET_CELLS_MAX && status == FL_OK;
         i++) {
        char name[NAME_BYTES] = "";

        if (reader->record < 0) {
            (void)DBFGetFieldInfo(reader->file, i, name, NULL, NULL);
            status = put_text(reader, cells, name);
        } else {
            status = put_field(reader, cells, i);
        }
    }
    reader->record++;
    *out_line = (uint64_t)(reader->record + 1);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "record %d is larger than a row may be", reader->record);
    }
    return FL_OK;
}

const struct fl_sheet_format fl_sheet_dbf = {
    .name = "dbf",
    .apart = true,
    .has_names = true,
    .open = dbf_open,
    .next = dbf_next,
    .close = dbf_close};
