#include "table/mapping.h"

#include <string.h>
#include <strings.h>

#include "change/near.h"
#include "change/ref.h"
#include "file.h"
#include "table/map_text.h"

struct parsing {
    struct fl_map_text text;
    struct fl_mapping *mapping;
    bool in_columns;
    struct fl_bytes keys;
    struct fl_bytes invoice_parts[4]; /* number, amount, partner, partner's INN */
};

static const char *const SETTINGS[] = {
    "type",
    "key",
    "header",
    "encoding",
    "delimiter",
    "sheet",
    "invoice",
    "invoice-number",
    "invoice-amount",
    "invoice-partner",
    "invoice-partner-inn",
    "direction"};

static bool equals(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

/* Text in quotes without them. */
static bool unquote(struct fl_bytes *text)
{
    if (text->size < 2 || text->data[0] != '"' || text->data[text->size - 1] != '"') {
        return false;
    }
    text->data++;
    text->size -= 2;
    return true;
}

static char *copy(struct fl_mapping *mapping, struct fl_bytes text)
{
    (void)unquote(&text);
    return fl_arena_text(&mapping->arena, text);
}

static enum fl_status set_header(struct parsing *parsing, struct fl_bytes value)
{
    struct fl_mapping *mapping = parsing->mapping;

    mapping->has_header = !equals(value, "none");
    mapping->header_line = 0;
    for (size_t i = 0; i < value.size && mapping->has_header; i++) {
        if (value.data[i] < '0' || value.data[i] > '9' || i > 6) {
            return fl_map_text_fail(
                &parsing->text, FL_MALFORMED,
                "header is the number of the line with the names of columns, or none");
        }
        mapping->header_line = mapping->header_line * 10 + (uint64_t)value.data[i] - '0';
    }
    return FL_OK;
}

static enum fl_status set_setting(
    struct parsing *parsing,
    struct fl_bytes name,
    struct fl_bytes value)
{
    struct fl_mapping *mapping = parsing->mapping;
    size_t index = 0;

    while (index < sizeof(SETTINGS) / sizeof(SETTINGS[0]) &&
           !equals(name, SETTINGS[index])) {
        index++;
    }
    switch (index) {
    case 0:
        return fl_map_text_type(&parsing->text, value, &mapping->type);
    case 1:
        parsing->keys = value;
        return FL_OK;
    case 2:
        return set_header(parsing, value);
    case 3:
        mapping->encoding = copy(mapping, value);
        return FL_OK;
    case 4:
        (void)unquote(&value);
        mapping->delimiter =
            equals(value, "tab") ? '\t' : (char)(value.size == 1 ? value.data[0] : 0);
        return mapping->delimiter != 0 ? FL_OK
                                       : fl_map_text_fail(
                                             &parsing->text, FL_MALFORMED,
                                             "delimiter is one character, or tab");
    case 5:
        mapping->sheet = copy(mapping, value);
        return FL_OK;
    case 6:
        return fl_map_text_type(&parsing->text, value, &mapping->invoice.type);
    case 7:
    case 8:
    case 9:
    case 10:
        parsing->invoice_parts[index - 7] = value;
        return FL_OK;
    case 11:
        mapping->direction = equals(value, "out")    ? FL_DIRECTION_OUT
                             : equals(value, "both") ? FL_DIRECTION_BOTH
                                                     : FL_DIRECTION_IN;
        return mapping->direction != FL_DIRECTION_IN || equals(value, "in")
                   ? FL_OK
                   : fl_map_text_fail(
                         &parsing->text, FL_MALFORMED, "direction is in, out or both");
    default:
        return fl_map_text_fail(
            &parsing->text, FL_NOT_FOUND,
            "\"%.*s\" is not known here: type, key, header, encoding, delimiter, sheet, "
            "direction, invoice..., then [columns]",
            (int)name.size, (const char *)name.data);
    }
}

/* "ref Code", "ref Catalog.X by Code". */
static enum fl_status parse_ref(
    const struct parsing *parsing,
    const struct fl_mapping_column *column,
    struct fl_bytes text,
    struct fl_mapping_step *step)
{
    struct fl_bytes first = fl_map_text_cut(&text, ' ');
    struct fl_bytes by = fl_map_text_cut(&text, ' ');

    if (equals(by, "by")) {
        enum fl_status status = fl_map_text_type(&parsing->text, first, &step->type);

        if (status != FL_OK) {
            return status;
        }
        first = fl_map_text_trim(text);
    } else if (column->attribute && column->attribute->type.ref_count == 1) {
        step->type = fl_configuration_type(
            parsing->text.configuration, column->attribute->type.refs[0]);
    }
    if (!step->type || !fl_kind_has_ref(step->type->kind)) {
        return fl_map_text_fail(
            &parsing->text, FL_NOT_FOUND,
            "ref of which type? write: ref Catalog.X by ATTRIBUTE");
    }
    step->by = fl_attribute_by_name(step->type, first);
    return step->by ? FL_OK : fl_map_text_no_attribute(&parsing->text, step->type, first);
}

/* Those that are nothing without what follows their name; a ref asks by itself. */
static bool needs_words(enum fl_mapping_step_kind kind)
{
    return kind == FL_STEP_PAD || kind == FL_STEP_DEFAULT || kind == FL_STEP_MAP ||
           kind == FL_STEP_DATE;
}

static enum fl_status parse_step(
    const struct parsing *parsing,
    struct fl_mapping_column *column,
    struct fl_bytes text)
{
    static const struct {
        const char *word;
        enum fl_mapping_step_kind kind;
    } words[] = {{"upper", FL_STEP_UPPER},     {"lower", FL_STEP_LOWER},
                 {"digits", FL_STEP_DIGITS},   {"pad", FL_STEP_PAD},
                 {"default", FL_STEP_DEFAULT}, {"map", FL_STEP_MAP},
                 {"date", FL_STEP_DATE},       {"ref", FL_STEP_REF}};
    struct fl_bytes word = fl_map_text_cut(&text, ' ');
    struct fl_mapping_step step = {.text = fl_map_text_trim(text)};

    if (equals(word, "trim")) {
        return FL_OK;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        step.kind = equals(word, words[i].word) ? words[i].kind : step.kind;
    }
    if (step.kind == 0 || column->step_count == FL_MAPPING_STEPS_MAX) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "\"%.*s\" is no conversion, or one too many: trim, upper, lower, digits, pad "
            "N, default TEXT, map A=B, date FORMAT, ref [TYPE by] ATTRIBUTE",
            (int)word.size, (const char *)word.data);
    }
    if (step.text.size == 0 && needs_words(step.kind)) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "\"%.*s\" of what? pad N, default TEXT, map A=B, date FORMAT, such as "
            "DD.MM.YYYY; usual forms of dates need no conversion",
            (int)word.size, (const char *)word.data);
    }
    for (size_t i = 0; i < step.text.size && step.kind == FL_STEP_PAD; i++) {
        step.number = step.number * 10 + (size_t)(step.text.data[i] - '0');
        if (step.number < 1 || step.number > 100) {
            return fl_map_text_fail(
                &parsing->text, FL_MALFORMED, "pad takes a number up to 100");
        }
    }
    if (step.kind == FL_STEP_DEFAULT) {
        (void)unquote(&step.text);
    }
    enum fl_status status =
        step.kind == FL_STEP_REF ? parse_ref(parsing, column, step.text, &step) : FL_OK;

    if (status == FL_OK) {
        column->steps[column->step_count++] = step;
    }
    return status;
}

/* "SOURCE | step | step" */
static enum fl_status parse_source(
    const struct parsing *parsing,
    struct fl_mapping_column *column,
    struct fl_bytes text)
{
    enum fl_status status = FL_OK;

    column->source = fl_map_text_cut(&text, '|');
    column->is_constant = unquote(&column->source);
    while (text.size > 0 && status == FL_OK) {
        status = parse_step(parsing, column, fl_map_text_cut(&text, '|'));
    }
    return status;
}

enum fl_status fl_mapping_column_parse(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attribute,
    const char *name,
    uint64_t line,
    struct fl_bytes text,
    struct fl_mapping_column *out_column,
    struct fl_error *out_error)
{
    const struct parsing parsing = {
        .text = {
            .configuration = configuration,
            .name = name,
            .line = line,
            .out_error = out_error}};

    *out_column = (struct fl_mapping_column){
        .attribute = attribute, .index = FL_MAPPING_NO_COLUMN, .line = line};
    return parse_source(&parsing, out_column, text);
}

static enum fl_status add_column(
    struct parsing *parsing,
    struct fl_bytes name,
    struct fl_bytes value)
{
    struct fl_mapping *mapping = parsing->mapping;
    struct fl_mapping_column *column = &mapping->columns[mapping->column_count];
    enum fl_status status;

    if (!mapping->type) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "which type? write type = Catalog.X above [columns]");
    }
    if (mapping->column_count == FL_MAPPING_COLUMNS_MAX) {
        return fl_map_text_fail(
            &parsing->text, FL_LIMIT, "more than %d columns", FL_MAPPING_COLUMNS_MAX);
    }
    *column = (struct fl_mapping_column){
        .index = FL_MAPPING_NO_COLUMN, .line = parsing->text.line};
    if (!equals(name, "Ref") && !equals(name, "Ссылка")) {
        column->attribute = fl_attribute_by_name(mapping->type, name);
        if (!column->attribute) {
            return fl_map_text_no_attribute(&parsing->text, mapping->type, name);
        }
    }
    status = parse_source(parsing, column, value);
    mapping->column_count += status == FL_OK ? 1 : 0;
    return status;
}

static enum fl_status parse_line(struct parsing *parsing, struct fl_bytes line)
{
    if (line.data[0] == '[') {
        parsing->in_columns = equals(line, "[columns]");
        return parsing->in_columns
                   ? FL_OK
                   : fl_map_text_fail(
                         &parsing->text, FL_MALFORMED, "there is one section: [columns]");
    }
    struct fl_bytes value = line;
    const struct fl_bytes name = fl_map_text_cut(&value, '=');

    value = fl_map_text_trim(value);
    if (value.size == 0 || name.size == 0) {
        return fl_map_text_fail(&parsing->text, FL_MALFORMED, "expected NAME = VALUE");
    }
    return parsing->in_columns ? add_column(parsing, name, value)
                               : set_setting(parsing, name, value);
}

static enum fl_status add_key(struct parsing *parsing, struct fl_bytes name)
{
    struct fl_mapping *mapping = parsing->mapping;
    const bool is_ref = equals(name, "Ref") || equals(name, "Ссылка");
    const struct fl_attribute *attribute =
        is_ref ? NULL : fl_attribute_by_name(mapping->type, name);

    for (size_t i = 0; i < mapping->column_count; i++) {
        struct fl_mapping_column *column = &mapping->columns[i];

        if (column->attribute == attribute && (is_ref || attribute) &&
            mapping->key_count < FL_MAPPING_KEYS_MAX) {
            column->is_key = true;
            mapping->keys[mapping->key_count++] = i;
            return FL_OK;
        }
    }
    return fl_map_text_fail(
        &parsing->text, FL_NOT_FOUND,
        "the key \"%.*s\" is not among the columns (at most %d keys)", (int)name.size,
        (const char *)name.data, FL_MAPPING_KEYS_MAX);
}

static enum fl_status finish_invoice(struct parsing *parsing)
{
    struct fl_mapping_invoice *invoice = &parsing->mapping->invoice;
    const struct fl_attribute **parts[] = {
        &invoice->number, &invoice->amount, &invoice->partner};

    for (size_t i = 0; i < 3 && invoice->type; i++) {
        *parts[i] = fl_attribute_by_name(invoice->type, parsing->invoice_parts[i]);
        if (!*parts[i]) {
            return fl_map_text_no_attribute(
                &parsing->text, invoice->type, parsing->invoice_parts[i]);
        }
    }
    invoice->partner_inn = parsing->invoice_parts[3];
    return FL_OK;
}

static enum fl_status finish(struct parsing *parsing)
{
    struct fl_mapping *mapping = parsing->mapping;
    enum fl_status status = FL_OK;

    if (!mapping->type || mapping->column_count == 0 || parsing->keys.size == 0) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "a mapping has type, key and [columns]; `filial import --suggest` writes a "
            "first one");
    }
    if (!fl_kind_has_ref(mapping->type->kind)) {
        return fl_map_text_fail(
            &parsing->text, FL_UNSUPPORTED,
            "tables become catalogs, documents and others that have refs; %s.%s has none",
            fl_kind_name(mapping->type->kind), mapping->type->name);
    }
    while (parsing->keys.size > 0 && status == FL_OK) {
        status = add_key(parsing, fl_map_text_cut(&parsing->keys, ','));
    }
    return status == FL_OK ? finish_invoice(parsing) : status;
}

static enum fl_status parse_all(struct parsing *parsing)
{
    enum fl_status status = fl_map_text_begin(&parsing->text);
    struct fl_bytes line;

    while (status == FL_OK && fl_map_text_next(&parsing->text, &line)) {
        status = parse_line(parsing, line);
    }
    return status == FL_OK ? finish(parsing) : status;
}

enum fl_status fl_mapping_parse(
    struct fl_mapping *mapping,
    const struct fl_configuration *configuration,
    const char *name,
    struct fl_bytes text,
    struct fl_error *out_error)
{
    struct parsing parsing = {
        .text = {.configuration = configuration, .name = name, .out_error = out_error},
        .mapping = mapping};

    memset(mapping, 0, sizeof(*mapping));
    fl_arena_init(&mapping->arena, FL_MAPPING_BYTES_MAX);
    fl_buffer_init(&mapping->file, FL_MAPPING_BYTES_MAX);
    mapping->has_header = true;
    mapping->header_line = 1;
    fl_buffer_put(&mapping->file, text);
    if (fl_buffer_status(&mapping->file) != FL_OK) {
        return fl_error_set(
            out_error, FL_LIMIT, "%s is larger than a mapping may be", name);
    }
    parsing.text.left = fl_buffer_view(&mapping->file);
    return parse_all(&parsing);
}

enum fl_status fl_mapping_init(
    struct fl_mapping *mapping,
    const struct fl_configuration *configuration,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_buffer file;

    memset(mapping, 0, sizeof(*mapping));
    fl_buffer_init(&file, FL_MAPPING_BYTES_MAX);
    enum fl_status status = fl_file_read(path, FL_MAPPING_BYTES_MAX, &file, out_error);

    if (status == FL_OK) {
        status = fl_mapping_parse(
            mapping, configuration, path, fl_buffer_view(&file), out_error);
    }
    fl_buffer_deinit(&file);
    return status;
}

void fl_mapping_deinit(struct fl_mapping *mapping)
{
    fl_arena_deinit(&mapping->arena);
    fl_buffer_deinit(&mapping->file);
}

/* "#3" is the third. */
static int by_number(struct fl_bytes source)
{
    int number = 0;

    if (source.size < 2 || source.size > 5 || source.data[0] != '#') {
        return FL_MAPPING_NO_COLUMN;
    }
    for (size_t i = 1; i < source.size; i++) {
        if (source.data[i] < '0' || source.data[i] > '9') {
            return FL_MAPPING_NO_COLUMN;
        }
        number = number * 10 + source.data[i] - '0';
    }
    return number - 1;
}

static int by_name(const struct fl_sheet_row *header, struct fl_bytes source)
{
    for (size_t i = 0; header && i < header->cell_count; i++) {
        const struct fl_bytes name = fl_map_text_trim(header->cells[i]);

        if (fl_bytes_equal(name, source) ||
            (name.size == source.size && fl_encoding_is_ascii(name) &&
             strncasecmp((const char *)name.data, (const char *)source.data, name.size) ==
                 0)) {
            return (int)i;
        }
    }
    return FL_MAPPING_NO_COLUMN;
}

enum fl_status fl_mapping_bind(
    struct fl_mapping *mapping,
    const struct fl_sheet_row *header,
    const char *place,
    struct fl_error *out_error)
{
    for (size_t i = 0; i < mapping->column_count; i++) {
        struct fl_mapping_column *column = &mapping->columns[i];
        char near_text[FL_NEAR_TEXT_BYTES_MAX];
        struct fl_near near;

        if (column->is_constant) {
            continue;
        }
        column->index = by_name(header, column->source);
        if (column->index == FL_MAPPING_NO_COLUMN) {
            column->index = by_number(column->source);
        }
        if (column->index != FL_MAPPING_NO_COLUMN) {
            continue;
        }
        fl_near_init(&near, column->source);
        for (size_t cell = 0; header && cell < header->cell_count; cell++) {
            fl_near_offer(&near, fl_map_text_trim(header->cells[cell]));
        }
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s: there is no column \"%.*s\" (line %llu of the mapping)%s", place,
            (int)column->source.size, (const char *)column->source.data,
            (unsigned long long)column->line, fl_near_text(&near, near_text));
    }
    return FL_OK;
}
