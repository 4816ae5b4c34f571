/*
 * <v8:Type>xs:string</v8:Type><v8:StringQualifiers>...: types first, then what is said of
 * numbers, strings and dates. Prefixes are declared where they stand, so that the text
 * can be put into any package; when reading it only local names count.
 */

#include "exchange/kd2_kinds.h"

#include <stdio.h>
#include <string.h>

#include "xml_reader.h"

enum { DESCRIPTION_BYTES_MAX = 1 << 20, TYPE_BYTES = 512 };

#define CORE   " xmlns:v8=\"http://v8.1c.ru/8.1/data/core\""
#define SCHEMA " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\""
#define CONFIG " xmlns:d=\"http://v8.1c.ru/8.1/data/enterprise/current-config\""

/* A type without objects: in Russian, in English, in XML. */
static const struct {
    const char *ru;
    const char *en;
    const char *xml;
} SIMPLE[] = {
    {"Строка", "String", "xs:string"},
    {"Число", "Number", "xs:decimal"},
    {"Булево", "Boolean", "xs:boolean"},
    {"Дата", "Date", "xs:dateTime"},
    {"ХранилищеЗначения", "ValueStorage", "v8:ValueStorage"},
    {"УникальныйИдентификатор", "UUID", "v8:UUID"},
};

enum { SIMPLE_COUNT = sizeof(SIMPLE) / sizeof(SIMPLE[0]) };

/* Words of an attribute: what it is there and here; the first where nothing is said. */
struct word {
    const char *ru;
    const char *en;
    const char *xml;
};

static const struct word DATE_PARTS[] = {
    {"ДатаВремя", "DateTime", "DateTime"},
    {"Дата", "Date", "Date"},
    {"Время", "Time", "Time"},
};
static const struct word LENGTHS[] = {
    {"Переменная", "Variable", "Variable"},
    {"Фиксированная", "Fixed", "Fixed"},
};
static const struct word SIGNS[] = {
    {"Любой", "Any", "Any"},
    {"Неотрицательный", "Nonnegative", "Nonnegative"},
};

/* ---- theirs to ours ---- */

static const char *xml_word(const struct word *words, size_t count, struct fl_bytes text)
{
    for (size_t i = 0; i < count; i++) {
        if (fl_bytes_equal(text, fl_bytes_of_text(words[i].ru)) ||
            fl_bytes_equal(text, fl_bytes_of_text(words[i].en))) {
            return words[i].xml;
        }
    }
    return words[0].xml;
}

static const struct fl_type *our_type(
    const struct fl_kd2_making *making,
    struct fl_bytes name)
{
    static const char suffix[] = "Ссылка";
    const size_t suffix_size = sizeof(suffix) - 1;
    const uint8_t *const dot = name.size > 0 ? memchr(name.data, '.', name.size) : NULL;
    char element[TYPE_BYTES];

    if (!dot || name.size >= sizeof(element)) {
        return NULL;
    }
    (void)snprintf(
        element, sizeof(element), "%.*s", (int)name.size, (const char *)name.data);
    const struct fl_conversion_rule *const rule =
        fl_conversion_rule_for_element(making->conversion, 0, element);
    struct fl_bytes kind = {name.data, (size_t)(dot - name.data)};
    const struct fl_bytes own = {dot + 1, name.size - kind.size - 1};

    if (rule) {
        return fl_conversion_rule_type(rule);
    }
    if (fl_kind_find_ref_prefix(kind) != 0) {
        return fl_configuration_find(
            making->configuration, fl_kind_find_ref_prefix(kind), own);
    }
    if (kind.size > suffix_size &&
        memcmp(kind.data + kind.size - suffix_size, suffix, suffix_size) == 0) {
        kind.size -= suffix_size;
    }
    return fl_configuration_find(making->configuration, fl_kind_find(kind), own);
}

static bool put_simple(struct fl_buffer *out, struct fl_bytes name)
{
    for (size_t i = 0; i < SIMPLE_COUNT; i++) {
        if (fl_bytes_equal(name, fl_bytes_of_text(SIMPLE[i].ru)) ||
            fl_bytes_equal(name, fl_bytes_of_text(SIMPLE[i].en))) {
            fl_buffer_put_text(out, "<v8:Type" CORE);
            fl_buffer_put_text(out, SIMPLE[i].xml[0] == 'x' ? SCHEMA ">" : ">");
            fl_buffer_put_text(out, SIMPLE[i].xml);
            fl_buffer_put_text(out, "</v8:Type>");
            return true;
        }
    }
    return false;
}

static bool put_type(
    const struct fl_kd2_making *making,
    struct fl_buffer *out,
    struct fl_bytes name)
{
    if (put_simple(out, name)) {
        return true;
    }
    const struct fl_type *const type = our_type(making, name);
    const char *const prefix = type ? fl_kind_ref_prefix(type->kind) : NULL;

    if (prefix) {
        fl_buffer_put_text(out, "<v8:Type" CORE CONFIG ">d:");
        fl_buffer_put_text(out, prefix);
        fl_buffer_put_text(out, ".");
        fl_buffer_put_text(out, type->name);
        fl_buffer_put_text(out, "</v8:Type>");
    }
    return prefix != NULL;
}

static bool is_number(struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.size <= 6;
}

static void put_number(struct fl_buffer *out, const char *name, struct fl_bytes text)
{
    fl_buffer_put_text(out, "<v8:");
    fl_buffer_put_text(out, name);
    fl_buffer_put_text(out, ">");
    if (text.size > 0) {
        fl_buffer_put(out, text);
    } else {
        fl_buffer_put_text(out, "0");
    }
    fl_buffer_put_text(out, "</v8:");
    fl_buffer_put_text(out, name);
    fl_buffer_put_text(out, ">");
}

static bool has_type(const struct fl_kd2_types *types, size_t simple)
{
    for (size_t i = 0; i < types->count; i++) {
        if (fl_bytes_equal(types->names[i], fl_bytes_of_text(SIMPLE[simple].ru)) ||
            fl_bytes_equal(types->names[i], fl_bytes_of_text(SIMPLE[simple].en))) {
            return true;
        }
    }
    return false;
}

static void put_qualifiers(struct fl_buffer *out, const struct fl_kd2_types *types)
{
    if (has_type(types, 1)) {
        fl_buffer_put_text(out, "<v8:NumberQualifiers" CORE ">");
        put_number(out, "Digits", types->digits);
        put_number(out, "FractionDigits", types->fraction_digits);
        fl_buffer_put_text(out, "<v8:AllowedSign>");
        fl_buffer_put_text(out, xml_word(SIGNS, 2, types->allowed_sign));
        fl_buffer_put_text(out, "</v8:AllowedSign></v8:NumberQualifiers>");
    }
    if (has_type(types, 0)) {
        fl_buffer_put_text(out, "<v8:StringQualifiers" CORE ">");
        put_number(out, "Length", types->length);
        fl_buffer_put_text(out, "<v8:AllowedLength>");
        fl_buffer_put_text(out, xml_word(LENGTHS, 2, types->allowed_length));
        fl_buffer_put_text(out, "</v8:AllowedLength></v8:StringQualifiers>");
    }
    if (has_type(types, 3)) {
        fl_buffer_put_text(out, "<v8:DateQualifiers" CORE "><v8:DateFractions>");
        fl_buffer_put_text(out, xml_word(DATE_PARTS, 3, types->date_parts));
        fl_buffer_put_text(out, "</v8:DateFractions></v8:DateQualifiers>");
    }
}

enum fl_status fl_kd2_kinds_read(
    const struct fl_kd2_making *making,
    const struct fl_kd2_types *types,
    struct fl_arena *arena,
    struct fl_bytes *out_description,
    struct fl_bytes *out_unknown,
    struct fl_error *out_error)
{
    struct fl_bytes unknown = {NULL, 0};
    struct fl_buffer out;

    if (!is_number(types->length) || !is_number(types->digits) ||
        !is_number(types->fraction_digits)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "what a characteristic may hold has a length that is no number");
    }
    fl_buffer_init(&out, DESCRIPTION_BYTES_MAX);
    for (size_t i = 0; i < types->count; i++) {
        if (!put_type(making, &out, types->names[i]) && unknown.size == 0) {
            unknown = types->names[i];
        }
    }
    put_qualifiers(&out, types);
    const enum fl_status status =
        fl_buffer_status(&out) != FL_OK
            ? fl_buffer_status(&out)
            : fl_arena_copy(arena, fl_buffer_view(&out), out_description);

    fl_buffer_deinit(&out);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the object is larger than the limit");
    }
    *out_unknown = unknown;
    return FL_OK;
}

/* ---- ours to theirs ---- */

struct parsing {
    const struct fl_kd2_making *making;
    struct fl_arena *arena;
    struct fl_kd2_types *types;
    size_t capacity; /* of the names */
    struct fl_buffer text;
};

static enum fl_status start(void *context, const struct fl_xml_element *element)
{
    struct parsing *const parsing = context;

    (void)element;
    fl_buffer_clear(&parsing->text);
    return FL_OK;
}

static enum fl_status text(void *context, struct fl_bytes bytes)
{
    struct parsing *const parsing = context;

    fl_buffer_put(&parsing->text, bytes);
    return fl_buffer_status(&parsing->text);
}

static struct fl_bytes local_name(struct fl_bytes name)
{
    const uint8_t *const colon = name.size > 0 ? memchr(name.data, ':', name.size) : NULL;
    const size_t prefix = colon ? (size_t)(colon + 1 - name.data) : 0;

    return colon ? (struct fl_bytes){colon + 1, name.size - prefix} : name;
}

/* "xs:string", "d4p1:CatalogRef.X" or "CatalogRef.X", whatever the prefix; NULL: nothing
 * there is called so. */
static const char *their_type(const struct parsing *parsing, struct fl_bytes name)
{
    name = local_name(name);
    for (size_t i = 0; i < SIMPLE_COUNT; i++) {
        if (fl_bytes_equal(name, local_name(fl_bytes_of_text(SIMPLE[i].xml)))) {
            return parsing->making->english ? SIMPLE[i].en : SIMPLE[i].ru;
        }
    }
    const uint8_t *const dot = name.size > 0 ? memchr(name.data, '.', name.size) : NULL;
    const struct fl_bytes prefix = {name.data, dot ? (size_t)(dot - name.data) : 0};
    const struct fl_type *const type =
        dot ? fl_configuration_find(
                  parsing->making->configuration, fl_kind_find_ref_prefix(prefix),
                  (struct fl_bytes){dot + 1, name.size - prefix.size - 1})
            : NULL;

    return type ? fl_kd2_type_name(parsing->making, type->number, parsing->arena) : NULL;
}

static enum fl_status take_type(struct parsing *parsing, struct fl_bytes name)
{
    struct fl_kd2_types *const types = parsing->types;
    const char *const called = their_type(parsing, name);

    if (!called) {
        return FL_OK;
    }
    if (types->count == parsing->capacity) {
        const size_t capacity = 2 * parsing->capacity + 8;
        struct fl_bytes *const names =
            fl_arena_array(parsing->arena, capacity, sizeof(*names));

        if (!names) {
            return fl_arena_failure(parsing->arena, capacity * sizeof(*names));
        }
        if (types->count > 0) {
            memcpy(names, types->names, types->count * sizeof(*names));
        }
        types->names = names;
        parsing->capacity = capacity;
    }
    types->names[types->count++] = fl_bytes_of_text(called);
    return FL_OK;
}

static struct fl_bytes their_word(
    const struct parsing *parsing,
    const struct word *words,
    size_t count,
    struct fl_bytes xml)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        at = fl_bytes_equal(xml, fl_bytes_of_text(words[i].xml)) ? i : at;
    }
    return fl_bytes_of_text(parsing->making->english ? words[at].en : words[at].ru);
}

static enum fl_status end(void *context, const struct fl_xml_element *element)
{
    struct parsing *const parsing = context;
    struct fl_kd2_types *const types = parsing->types;
    const char *const name = element->name;
    struct fl_bytes bytes;
    const enum fl_status status =
        fl_arena_copy(parsing->arena, fl_buffer_view(&parsing->text), &bytes);

    fl_buffer_clear(&parsing->text);
    if (status != FL_OK) {
        return status;
    }
    if (strcmp(name, "Type") == 0) {
        return take_type(parsing, bytes);
    } else if (strcmp(name, "Length") == 0) {
        types->length = bytes;
    } else if (strcmp(name, "Digits") == 0) {
        types->digits = bytes;
    } else if (strcmp(name, "FractionDigits") == 0) {
        types->fraction_digits = bytes;
    } else if (strcmp(name, "AllowedLength") == 0) {
        types->allowed_length = their_word(parsing, LENGTHS, 2, bytes);
    } else if (strcmp(name, "AllowedSign") == 0) {
        types->allowed_sign = their_word(parsing, SIGNS, 2, bytes);
    } else if (strcmp(name, "DateFractions") == 0) {
        types->date_parts = their_word(parsing, DATE_PARTS, 3, bytes);
    }
    return FL_OK;
}

static enum fl_status parse(
    struct parsing *parsing,
    struct fl_bytes xml,
    struct fl_error *out_error)
{
    struct fl_codec_memory memory = {xml};
    const struct fl_codec_source source = fl_codec_memory_source(&memory);
    const struct fl_xml_reader_options options = {
        .read = source.read,
        .read_context = source.context,
        .handler = {.start = start, .text = text, .end = end, .context = parsing},
    };
    struct fl_xml_reader *reader = NULL;
    enum fl_status status = fl_xml_reader_open(&options, &reader, out_error);

    if (status == FL_OK) {
        status = fl_xml_reader_finish(reader, out_error);
    }
    fl_xml_reader_close(reader);
    return status;
}

enum fl_status fl_kd2_kinds_write(
    const struct fl_kd2_making *making,
    struct fl_bytes description,
    struct fl_arena *arena,
    struct fl_kd2_types **out_types,
    struct fl_error *out_error)
{
    struct fl_kd2_types *const types = fl_arena_alloc(arena, sizeof(*types));
    struct parsing parsing = {.making = making, .arena = arena, .types = types};
    struct fl_buffer whole;

    if (!types) {
        return fl_error_set(
            out_error, fl_arena_failure(arena, 1), "the object is larger than the limit");
    }
    fl_buffer_init(&whole, DESCRIPTION_BYTES_MAX);
    fl_buffer_init(&parsing.text, DESCRIPTION_BYTES_MAX);
    fl_buffer_put_text(&whole, "<types>");
    fl_buffer_put(&whole, description);
    fl_buffer_put_text(&whole, "</types>");
    enum fl_status status = fl_buffer_status(&whole);

    if (status == FL_OK) {
        status = parse(&parsing, fl_buffer_view(&whole), out_error);
    } else {
        (void)fl_error_set(out_error, status, "the object is larger than the limit");
    }

    fl_buffer_deinit(&whole);
    fl_buffer_deinit(&parsing.text);
    if (status == FL_OK) {
        *out_types = types;
    } else {
        fl_error_prefix(out_error, "the types of a characteristic");
    }
    return status;
}
