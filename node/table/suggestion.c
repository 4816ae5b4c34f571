/*
 * A first mapping, from the header, which may stand below a title, and the values below
 * it: attributes by their names, by the names that people use for standard ones, keys by
 * what is filled and differs in every row that was looked at.
 */

#include <stdio.h>
#include <string.h>

#include "change/ref.h"
#include "language.h"
#include "table/map_text.h"
#include "table/mapping_value.h"
#include "table/sheet_command.h"
#include "table/suggestion_type.h"

enum {
    HEADER_ROWS = 20, /* among which the header is looked for */
    LOOKED_AT = 200,
    NAME_BYTES = 256,
    DESCRIPTION_BYTES = 160,
    TEXT_BYTES_MAX = 128 << 10
};

struct column {
    char name[NAME_BYTES];
    const struct fl_attribute *attribute;
    bool differs; /* filled, and no two rows alike */
    size_t filled;
    size_t refs; /* of them, as `export` writes refs */
    uint64_t hashes[LOOKED_AT];
};

struct suggestion {
    struct fl_call *call;
    const struct fl_type *given; /* NULL: it is to be guessed */
    const struct fl_type *type;
    struct fl_suggested_types types;
    uint64_t header_line;
    char description[DESCRIPTION_BYTES];
    size_t count;
    size_t rows;
    struct column columns[FL_MAPPING_COLUMNS_MAX];
};

/* How many columns of a row are named as attributes are. */
static size_t look_at_header(
    struct suggestion *suggestion,
    const struct fl_sheet_row *row,
    struct fl_suggested_types *out_types)
{
    const struct fl_call *call = suggestion->call;
    size_t columns = 0;

    memset(out_types, 0, sizeof(*out_types));
    if (!suggestion->given) {
        fl_suggestion_types(
            call->node->configuration, row, call->arguments[0], out_types);
        return out_types->best.columns;
    }
    for (size_t i = 0; i < row->cell_count; i++) {
        columns += fl_suggestion_attribute(suggestion->given, row->cells[i]) ? 1 : 0;
    }
    out_types->best.type = suggestion->given;
    return columns;
}

/* The header may stand below a title, where people wrote it. */
static enum fl_status find_header(
    struct suggestion *suggestion,
    struct fl_sheet *sheet,
    struct fl_error *out_error)
{
    const size_t rows = fl_sheet_has_names(sheet) ? 1 : HEADER_ROWS;
    const struct fl_sheet_row *row = NULL;
    struct fl_suggested_types types;
    size_t best = 0;
    enum fl_status status = fl_sheet_next(sheet, &row, out_error);

    if (status == FL_OK && !row) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s is empty", suggestion->call->arguments[0]);
    }
    suggestion->header_line = row ? row->line : 0;
    for (size_t i = 0; i < rows && status == FL_OK && row; i++) {
        const size_t columns = look_at_header(suggestion, row, &types);

        if (columns > best || i == 0) {
            best = columns;
            suggestion->types = types;
            suggestion->header_line = row->line;
        }
        status = fl_sheet_next(sheet, &row, out_error);
    }
    suggestion->type = suggestion->types.best.type;
    if (status == FL_OK && !suggestion->type) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "no column is named as an attribute of any type; give --type Catalog.X");
    }
    return status;
}

static void take_header(struct suggestion *suggestion, const struct fl_sheet_row *header)
{
    for (size_t i = 0; i < header->cell_count && i < FL_MAPPING_COLUMNS_MAX; i++) {
        struct column *column = &suggestion->columns[suggestion->count++];
        const struct fl_bytes cut =
            fl_bytes_utf8_beginning(fl_map_text_trim(header->cells[i]), NAME_BYTES - 1);

        memcpy(column->name, cut.data, cut.size);
        column->differs = true;
        column->attribute = fl_suggestion_attribute(suggestion->type, header->cells[i]);
        for (size_t j = 0; j < i && column->attribute; j++) {
            if (suggestion->columns[j].attribute == column->attribute) {
                column->attribute = NULL;
            }
        }
    }
}

static bool is_ref(const struct suggestion *suggestion, struct fl_bytes text)
{
    struct fl_key key;

    return fl_ref_parse(suggestion->call->node->configuration, text, &key, NULL) == FL_OK;
}

static void take_row(struct suggestion *suggestion, const struct fl_sheet_row *row)
{
    for (size_t i = 0; i < suggestion->count; i++) {
        struct column *column = &suggestion->columns[i];
        struct fl_value value = {.kind = FL_VALUE_STRING};

        if (i < row->cell_count) {
            value.bytes = fl_map_text_trim(row->cells[i]);
        }
        if (value.bytes.size == 0) {
            column->differs = false;
            continue;
        }
        const uint64_t hash = fl_lookup_hash(&value, 1);

        for (size_t j = 0; j < column->filled; j++) {
            column->differs &= column->hashes[j] != hash;
        }
        column->hashes[column->filled++] = hash;
        column->refs += is_ref(suggestion, value.bytes) ? 1 : 0;
    }
    suggestion->rows++;
}

static const struct column *choose_key(const struct suggestion *suggestion)
{
    static const char *const likely[] = {"ИНН", "Code", "Number"};
    const struct column *key = NULL;

    for (size_t i = 0; i < suggestion->count; i++) {
        const struct column *column = &suggestion->columns[i];

        if (column->attribute && !key) {
            key = column;
        }
    }
    for (size_t i = suggestion->count; i-- > 0;) {
        const struct column *column = &suggestion->columns[i];

        key = column->attribute && column->differs ? column : key;
    }
    for (size_t word = 0; word < sizeof(likely) / sizeof(likely[0]); word++) {
        for (size_t i = 0; i < suggestion->count; i++) {
            const struct column *column = &suggestion->columns[i];

            if (column->attribute && column->differs &&
                strcmp(column->attribute->name, likely[word]) == 0) {
                return column;
            }
        }
    }
    return key;
}

/* The identity itself, as `export` writes it. */
static bool is_identity(const struct column *column)
{
    return strcmp(column->name, "Ref") == 0 || strcmp(column->name, "Ссылка") == 0;
}

/* Does it hold refs rather than words? When it is empty, as the whole table tells. */
static bool holds_refs(const struct suggestion *suggestion, const struct column *column)
{
    bool has_identity = false;

    for (size_t i = 0; i < suggestion->count; i++) {
        has_identity |= is_identity(&suggestion->columns[i]);
    }
    return column->filled > 0 ? column->refs == column->filled : has_identity;
}

static const char *conversion(
    const struct suggestion *suggestion,
    const struct column *column)
{
    const struct fl_attribute *const attribute = column->attribute;
    const struct fl_type *type =
        attribute->type.ref_count == 1 && !(attribute->type.allows & FL_ALLOWS_STRING)
            ? fl_configuration_type(
                  suggestion->call->node->configuration, attribute->type.refs[0])
            : NULL;

    if (!type || !fl_kind_has_ref(type->kind) || holds_refs(suggestion, column)) {
        return "";
    }
    return fl_type_role(type, FL_ROLE_DESCRIPTION) ? " | ref Description"
           : fl_type_role(type, FL_ROLE_CODE)      ? " | ref Code"
                                                   : " | ref Number";
}

static void put(struct fl_buffer *text, const char *const *parts)
{
    for (size_t i = 0; parts[i]; i++) {
        fl_buffer_put_text(text, parts[i]);
    }
}

/* Which other types the table might be of. */
static void write_others(const struct suggestion *suggestion, struct fl_buffer *text)
{
    const struct fl_suggested_types *types = &suggestion->types;
    char columns[24];

    for (size_t i = 0; i < types->other_count; i++) {
        const struct fl_suggested_type *other = &types->others[i];

        snprintf(columns, sizeof(columns), "%zu/%zu ", other->columns, suggestion->count);
        put(text,
            (const char *const[]){
                "# ", columns, _("columns fit this type, too"), ": ",
                fl_kind_name(other->type->kind), ".", other->type->name, "\n", NULL});
    }
}

static void write_mapping(const struct suggestion *suggestion, struct fl_buffer *text)
{
    const struct column *key = choose_key(suggestion);
    char number[24];
    const char *key_name = key ? key->attribute->name : "?";

    for (size_t i = 0; i < suggestion->count; i++) {
        key_name = is_identity(&suggestion->columns[i]) ? "Ref" : key_name;
    }
    snprintf(number, sizeof(number), "%llu", (unsigned long long)suggestion->header_line);
    put(text, (const char *const[]){"# ", suggestion->description, "\n", NULL});
    write_others(suggestion, text);
    put(text,
        (const char *const[]){
            "type = ", fl_kind_name(suggestion->type->kind), ".", suggestion->type->name,
            "\nkey = ", key_name, "\nheader = ", number, "\n\n[columns]\n", NULL});
    for (size_t i = 0; i < suggestion->count; i++) {
        const struct column *column = &suggestion->columns[i];

        if (is_identity(column)) {
            put(text, (const char *const[]){"Ref = ", column->name, "\n", NULL});
        } else if (column->attribute) {
            put(text, (const char *const[]){
                          column->attribute->name, " = ", column->name,
                          conversion(suggestion, column), "\n", NULL});
        } else if (column->name[0] != '\0') {
            put(text,
                (const char *const[]){
                    "# ", _("no attribute is named so"), ": ", column->name, "\n", NULL});
        }
    }
}

static enum fl_status look(
    struct suggestion *suggestion,
    struct fl_sheet *sheet,
    struct fl_error *out_error)
{
    const struct fl_sheet_row *row = NULL;
    enum fl_status status = FL_OK;

    do {
        status = fl_sheet_next(sheet, &row, out_error);
    } while (status == FL_OK && row && row->line < suggestion->header_line);
    if (status == FL_OK && row) {
        take_header(suggestion, row);
    }
    while (status == FL_OK && row && suggestion->rows < LOOKED_AT) {
        status = fl_sheet_next(sheet, &row, out_error);
        if (status == FL_OK && row) {
            take_row(suggestion, row);
        }
    }
    return status;
}

typedef enum fl_status (*reading)(
    struct suggestion *suggestion,
    struct fl_sheet *sheet,
    struct fl_error *out_error);

/* From its beginning. */
static enum fl_status read_sheet(
    struct suggestion *suggestion,
    const struct fl_sheet_options *options,
    reading read,
    struct fl_error *out_error)
{
    struct fl_sheet *sheet = NULL;
    enum fl_status status = fl_sheet_open(options, &sheet, out_error);

    if (status == FL_OK) {
        snprintf(
            suggestion->description, sizeof(suggestion->description), "%s",
            fl_sheet_description(sheet));
        status = read(suggestion, sheet, out_error);
    }
    fl_sheet_close(sheet);
    return status;
}

static enum fl_status suggest(
    struct suggestion *suggestion,
    const struct fl_sheet_options *options,
    struct fl_error *out_error)
{
    const char *type = fl_call_option(suggestion->call, "type");
    enum fl_status status = FL_OK;

    if (!fl_sheet_knows(options->format)) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "a mapping of a statement is not guessed; deploy/demo/bank.map is one");
    }
    if (type) {
        status = fl_call_type(suggestion->call, type, &suggestion->given, out_error);
    }
    if (status == FL_OK) {
        status = read_sheet(suggestion, options, find_header, out_error);
    }
    return status == FL_OK ? read_sheet(suggestion, options, look, out_error) : status;
}

enum fl_status fl_suggestion_show(
    struct fl_call *call,
    const char *format,
    const char *path,
    struct fl_error *out_error)
{
    const struct fl_sheet_options options = {
        .format = format,
        .path = path,
        .sheet = fl_call_option(call, "sheet"),
        .encoding = fl_call_option(call, "encoding")};
    struct suggestion *suggestion = fl_alloc_zeroed(1, sizeof(*suggestion));
    struct fl_buffer text;

    if (!suggestion) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    suggestion->call = call;
    fl_buffer_init(&text, TEXT_BYTES_MAX);
    enum fl_status status = suggest(suggestion, &options, out_error);

    if (status == FL_OK) {
        write_mapping(suggestion, &text);
        const struct fl_bytes view = fl_buffer_view(&text);

        if (call->output->json) {
            fl_output_json(
                call->output, "mapping", "mapping",
                json_stringn((const char *)view.data, view.size));
        } else {
            fl_output_raw(call->output, view);
        }
    }
    fl_free(suggestion);
    fl_buffer_deinit(&text);
    return status;
}
