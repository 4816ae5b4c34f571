/*
 * [ECMA-376]: xl/workbook.xml names the sheets, xl/_rels/workbook.xml.rels says where
 * they lie, xl/styles.xml has the formats of numbers, xl/sharedStrings.xml the texts.
 */

#include "workbook.h"

#include <stdio.h>
#include <string.h>

enum {
    FREE_BYTES = 64 << 20, /* so much may be packed however well */
    RATIO_MAX = 250,
    FORMATS_MAX = 4096,
    CODE_BYTES_MAX = 256,
    SHEET_XML_DEPTH_MAX = 32,
    BUILT_IN_DATES = 14, /* 14 to 22 and 45 to 47 */
};

/* What is read while one of the four files is. */
struct parsing {
    struct fl_workbook *workbook;
    struct fl_xml_reader *reader;
    bool in_formats; /* cellXfs */
    bool in_text;    /* t of a shared text, not its phonetic one */
    unsigned phonetic;
    size_t format_count;
    struct {
        uint32_t id;
        bool is_date;
    } formats[FORMATS_MAX];
};

struct fl_bytes fl_workbook_attribute(
    const struct fl_xml_element *element,
    const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, name) == 0) {
            return element->attributes[i].value;
        }
    }
    return (struct fl_bytes){(const uint8_t *)"", 0};
}

uint64_t fl_workbook_number(struct fl_bytes text, uint64_t fallback)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i > 15) {
            return fallback;
        }
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return text.size == 0 ? fallback : number;
}

static void copy_text(char out[FL_WORKBOOK_NAME_BYTES_MAX], struct fl_bytes text)
{
    const struct fl_bytes cut =
        fl_bytes_utf8_beginning(text, FL_WORKBOOK_NAME_BYTES_MAX - 1);

    memcpy(out, cut.data, cut.size);
    out[cut.size] = '\0';
}

static void close_entry(struct fl_workbook *workbook)
{
    if (workbook->entry_open) {
        (void)unzCloseCurrentFile(workbook->archive);
    }
    workbook->entry_open = false;
}

static enum fl_status damaged(
    const struct fl_workbook *workbook,
    struct fl_error *out_error)
{
    return fl_error_set(
        out_error, FL_MALFORMED,
        "%s is damaged: it does not unpack; save it once more in the program that made "
        "it",
        workbook->path);
}

static enum fl_status read_entry(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    struct fl_workbook *workbook = context;
    const int size = unzReadCurrentFile(
        workbook->archive, out_bytes, size_max > 1 << 20 ? 1 << 20 : (unsigned)size_max);

    if (size < 0) {
        return damaged(workbook, out_error);
    }
    workbook->entry_read += (uint64_t)size;
    if (workbook->entry_read > FREE_BYTES &&
        workbook->entry_read / RATIO_MAX > workbook->entry_packed) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s unpacks to more than %d times its size: that is no table but a trap",
            workbook->path, RATIO_MAX);
    }
    *out_size = (size_t)size;
    return FL_OK;
}

enum fl_status fl_workbook_open(
    struct fl_workbook *workbook,
    const char *name,
    const struct fl_xml_handler *handler,
    struct fl_xml_reader **out_reader,
    struct fl_error *out_error)
{
    unz_file_info64 info;

    close_entry(workbook);
    if (unzLocateFile(workbook->archive, name, /* ignore case= */ 2) != UNZ_OK) {
        return FL_NOT_FOUND;
    }
    if (unzGetCurrentFileInfo64(workbook->archive, &info, NULL, 0, NULL, 0, NULL, 0) !=
        UNZ_OK) {
        return damaged(workbook, out_error);
    }
    if (info.flag & 1u) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED, "%s has a password; save it without one",
            workbook->path);
    }
    if (unzOpenCurrentFile(workbook->archive) != UNZ_OK) {
        return damaged(workbook, out_error);
    }
    workbook->entry_open = true;
    workbook->entry_read = 0;
    workbook->entry_packed = info.compressed_size;
    const struct fl_xml_reader_options options = {
        .read = read_entry,
        .read_context = workbook,
        .handler = *handler,
        .depth_max = SHEET_XML_DEPTH_MAX};

    return fl_xml_reader_open(&options, out_reader, out_error);
}

static enum fl_status no_text(void *context, struct fl_bytes text)
{
    (void)context;
    (void)text;
    return FL_OK;
}

static enum fl_status no_end(void *context, const struct fl_xml_element *element)
{
    (void)context;
    (void)element;
    return FL_OK;
}

static enum fl_status workbook_start(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;
    struct fl_workbook *workbook = parsing->workbook;

    if (strcmp(element->name, "workbookPr") == 0) {
        const struct fl_bytes value = fl_workbook_attribute(element, "date1904");

        workbook->from_1904 = value.size > 0 && (value.data[0] == '1' || value.size == 4);
    }
    if (strcmp(element->name, "sheet") == 0) {
        if (workbook->sheet_count == FL_WORKBOOK_SHEETS_MAX) {
            return fl_xml_reader_fail(
                parsing->reader, FL_LIMIT, "more than %d sheets",
                (int)FL_WORKBOOK_SHEETS_MAX);
        }
        struct fl_workbook_sheet *sheet = &workbook->sheets[workbook->sheet_count++];

        copy_text(sheet->name, fl_workbook_attribute(element, "name"));
        copy_text(sheet->relation, fl_workbook_attribute(element, "id"));
    }
    return FL_OK;
}

static enum fl_status relation_start(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;
    struct fl_workbook *workbook = parsing->workbook;
    const struct fl_bytes id = fl_workbook_attribute(element, "Id");
    struct fl_bytes target = fl_workbook_attribute(element, "Target");

    if (strcmp(element->name, "Relationship") != 0 || target.size == 0) {
        return FL_OK;
    }
    const bool absolute = target.data[0] == '/';

    target.data += absolute;
    target.size -= absolute;
    for (size_t i = 0; i < workbook->sheet_count; i++) {
        struct fl_workbook_sheet *sheet = &workbook->sheets[i];
        char part[FL_WORKBOOK_NAME_BYTES_MAX];

        if (!fl_bytes_equal(fl_bytes_of_text(sheet->relation), id)) {
            continue;
        }
        copy_text(part, target);
        snprintf(
            sheet->target, sizeof(sheet->target), "%s%.*s", absolute ? "" : "xl/",
            (int)sizeof(sheet->target) - 4, part);
    }
    return FL_OK;
}

static bool is_date_id(const struct parsing *parsing, uint64_t id)
{
    for (size_t i = 0; i < parsing->format_count; i++) {
        if (parsing->formats[i].id == id) {
            return parsing->formats[i].is_date;
        }
    }
    return (id >= BUILT_IN_DATES && id <= 22) || (id >= 45 && id <= 47);
}

static enum fl_status style_start(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;
    struct fl_buffer *styles = &parsing->workbook->date_styles;

    if (strcmp(element->name, "numFmt") == 0 && parsing->format_count < FORMATS_MAX) {
        const struct fl_bytes id = fl_workbook_attribute(element, "numFmtId");
        const struct fl_bytes code = fl_workbook_attribute(element, "formatCode");

        parsing->formats[parsing->format_count].id =
            (uint32_t)fl_workbook_number(id, UINT32_MAX);
        parsing->formats[parsing->format_count].is_date = fl_sheet_is_date_format(code);
        parsing->format_count++;
    } else if (strcmp(element->name, "cellXfs") == 0) {
        parsing->in_formats = true;
    } else if (strcmp(element->name, "xf") == 0 && parsing->in_formats) {
        const struct fl_bytes id = fl_workbook_attribute(element, "numFmtId");

        fl_buffer_put_u8(styles, is_date_id(parsing, fl_workbook_number(id, 0)));
    }
    return fl_buffer_status(styles);
}

static enum fl_status style_end(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;

    if (strcmp(element->name, "cellXfs") == 0) {
        parsing->in_formats = false;
    }
    return FL_OK;
}

static enum fl_status string_start(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;

    parsing->phonetic += strcmp(element->name, "rPh") == 0 ? 1 : 0;
    parsing->in_text = strcmp(element->name, "t") == 0 && parsing->phonetic == 0;
    return FL_OK;
}

static enum fl_status string_text(void *context, struct fl_bytes text)
{
    struct parsing *parsing = context;
    struct fl_buffer *texts = &parsing->workbook->texts;

    if (parsing->in_text) {
        fl_buffer_put(texts, text);
    }
    if (fl_buffer_status(texts) == FL_LIMIT) {
        return fl_xml_reader_fail(
            parsing->reader, FL_LIMIT,
            "more than %d MiB of texts; save the sheet as CSV and import that",
            (int)FL_SHEET_TEXTS_BYTES_MAX >> 20);
    }
    return fl_buffer_status(texts);
}

static enum fl_status string_end(void *context, const struct fl_xml_element *element)
{
    struct parsing *parsing = context;
    struct fl_workbook *workbook = parsing->workbook;

    parsing->in_text = false;
    parsing->phonetic -= strcmp(element->name, "rPh") == 0 && parsing->phonetic > 0;
    if (strcmp(element->name, "si") == 0) {
        fl_buffer_put_u32(&workbook->text_ends, (uint32_t)workbook->texts.size);
    }
    return fl_buffer_status(&workbook->text_ends);
}

static enum fl_status read_file(
    struct parsing *parsing,
    const char *name,
    struct fl_xml_handler handler,
    struct fl_error *out_error)
{

    handler.context = parsing;
    enum fl_status status =
        fl_workbook_open(parsing->workbook, name, &handler, &parsing->reader, out_error);

    if (status != FL_OK) {
        return status;
    }
    status = fl_xml_reader_finish(parsing->reader, out_error);
    fl_xml_reader_close(parsing->reader);
    parsing->reader = NULL;
    if (status != FL_OK && out_error) {
        fl_error_prefix(out_error, "%s, %s", parsing->workbook->path, name);
    }
    return status;
}

static enum fl_status read_all(struct parsing *parsing, struct fl_error *out_error)
{
    const struct fl_xml_handler workbook = {workbook_start, no_text, no_end, NULL, NULL};
    const struct fl_xml_handler relations = {relation_start, no_text, no_end, NULL, NULL};
    const struct fl_xml_handler styles = {style_start, no_text, style_end, NULL, NULL};
    const struct fl_xml_handler strings = {
        string_start, string_text, string_end, NULL, NULL};
    enum fl_status status = read_file(parsing, "xl/workbook.xml", workbook, out_error);

    if (status == FL_OK) {
        status = read_file(parsing, "xl/_rels/workbook.xml.rels", relations, out_error);
    }
    if (status == FL_NOT_FOUND) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s is an archive, but no XLSX workbook: xl/workbook.xml is not in it",
            parsing->workbook->path);
    }
    if (status == FL_OK) {
        status = read_file(parsing, "xl/styles.xml", styles, out_error);
        status = status == FL_NOT_FOUND ? FL_OK : status;
    }
    if (status == FL_OK) {
        status = read_file(parsing, "xl/sharedStrings.xml", strings, out_error);
        status = status == FL_NOT_FOUND ? FL_OK : status;
    }
    return status;
}

enum fl_status fl_workbook_init(
    struct fl_workbook *workbook,
    const char *path,
    struct fl_error *out_error)
{
    *workbook = (struct fl_workbook){.path = path};
    fl_buffer_init(&workbook->date_styles, FL_WORKBOOK_STYLES_MAX);
    fl_buffer_init(&workbook->texts, FL_SHEET_TEXTS_BYTES_MAX);
    fl_buffer_init(&workbook->text_ends, FL_SHEET_TEXTS_BYTES_MAX);
    workbook->archive = unzOpen64(path);
    if (!workbook->archive) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s is no XLSX workbook, or not whole; for one of Excel 97 give --format xls",
            path);
    }
    workbook->sheets = fl_alloc_zeroed(FL_WORKBOOK_SHEETS_MAX, sizeof(*workbook->sheets));
    struct parsing *parsing = fl_alloc_zeroed(1, sizeof(*parsing));
    enum fl_status status = FL_NO_MEMORY;

    if (!workbook->sheets || !parsing) {
        (void)fl_error_set(out_error, status, "not enough memory");
    } else {
        parsing->workbook = workbook;
        status = read_all(parsing, out_error);
    }
    fl_free(parsing);
    return status;
}

void fl_workbook_deinit(struct fl_workbook *workbook)
{
    if (workbook->archive) {
        close_entry(workbook);
        (void)unzClose(workbook->archive);
    }
    fl_free(workbook->sheets);
    fl_buffer_deinit(&workbook->date_styles);
    fl_buffer_deinit(&workbook->texts);
    fl_buffer_deinit(&workbook->text_ends);
    *workbook = (struct fl_workbook){.path = NULL};
}

bool fl_workbook_text(
    const struct fl_workbook *workbook,
    size_t index,
    struct fl_bytes *out_text)
{
    const uint8_t *ends = workbook->text_ends.data;

    if (index >= workbook->text_ends.size / 4) {
        return false;
    }
    const size_t begin = index == 0 ? 0 : fl_load_u32(ends + (index - 1) * 4);

    *out_text = (struct fl_bytes){
        workbook->texts.data ? workbook->texts.data + begin : (const uint8_t *)"",
        fl_load_u32(ends + index * 4) - begin};
    return true;
}

bool fl_workbook_is_date(const struct fl_workbook *workbook, size_t style)
{
    return style < workbook->date_styles.size && workbook->date_styles.data[style] != 0;
}
