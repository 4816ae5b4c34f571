#include "site/site_mapping.h"

#include <string.h>

#include "change/near.h"
#include "change/ref.h"
#include "file.h"
#include "language.h"
#include "table/map_text.h"

enum { REMARKS_BYTES_MAX = 256 << 10 };

struct parsing {
    struct fl_site_mapping *mapping;
    struct fl_map_text text;
    struct fl_site_part *part;
    struct fl_site_part *whole; /* the last one that is no section */
    bool in_columns;
};

static const struct {
    const char *word;
    enum fl_site_kind kind;
    enum fl_commerceml_kind item;
} KINDS[] = {
    {"Группа", FL_SITE_ITEM, FL_COMMERCEML_GROUP},
    {"Свойство", FL_SITE_ITEM, FL_COMMERCEML_PROPERTY},
    {"Товар", FL_SITE_ITEM, FL_COMMERCEML_GOODS},
    {"Предложение", FL_SITE_ITEM, FL_COMMERCEML_OFFER},
    {"Цена", FL_SITE_PRICE, FL_COMMERCEML_OFFER},
    {"Остаток", FL_SITE_STOCK, FL_COMMERCEML_OFFER},
    {"Склад", FL_SITE_ITEM, FL_COMMERCEML_STORE},
    {"ТипЦены", FL_SITE_ITEM, FL_COMMERCEML_PRICE_TYPE},
    {"ЕдиницаИзмерения", FL_SITE_ITEM, FL_COMMERCEML_UNIT},
    {"Документ", FL_SITE_ITEM, FL_COMMERCEML_DOCUMENT},
    {"Оплата", FL_SITE_PAYMENT, FL_COMMERCEML_DOCUMENT},
    {"Контрагент", FL_SITE_ITEM, FL_COMMERCEML_PARTNER},
    {"Подразделение", FL_SITE_ITEM, FL_COMMERCEML_DEPARTMENT},
    {"Работник", FL_SITE_ITEM, FL_COMMERCEML_EMPLOYEE},
    {"ЗаписьГрафика", FL_SITE_ITEM, FL_COMMERCEML_ABSENCE},
};

/* --- words --- */

static bool equals(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

static struct fl_bytes unquoted(struct fl_bytes text)
{
    if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"') {
        return (struct fl_bytes){text.data + 1, text.size - 2};
    }
    return text;
}

bool fl_site_words_have(const char *words, struct fl_bytes word)
{
    struct fl_bytes left = fl_bytes_of_text(words);
    while (left.size > 0) {
        if (fl_bytes_equal(fl_map_text_cut(&left, ','), word)) {
            return true;
        }
    }
    return false;
}

static enum fl_status copy_word(
    const struct parsing *parsing,
    struct fl_bytes value,
    size_t size,
    char *out_text)
{
    value = unquoted(value);
    if (value.size >= size) {
        return fl_map_text_fail(&parsing->text, FL_MALFORMED, "this is too long");
    }
    memcpy(out_text, value.data, value.size);
    out_text[value.size] = '\0';
    return FL_OK;
}

/* --- attributes --- */

static enum fl_status find_attribute(
    const struct parsing *parsing,
    struct fl_bytes name,
    const struct fl_attribute **out_attribute)
{
    const struct fl_site_part *part = parsing->part;
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    struct fl_near near;
    if (part->type == NULL) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED, "which type? write type = Catalog.X above");
    }
    *out_attribute = part->section == NULL
                         ? fl_attribute_by_name(part->type, name)
                         : fl_section_find_attribute(part->section, name);
    if (*out_attribute != NULL) {
        return FL_OK;
    }
    const struct fl_attribute *attributes =
        part->section == NULL ? part->type->attributes : part->section->attributes;
    const size_t count = part->section == NULL ? part->type->attribute_count
                                               : part->section->attribute_count;
    fl_near_init(&near, name);
    for (size_t i = 0; i < count; i++) {
        fl_near_offer(&near, fl_bytes_of_text(attributes[i].name));
    }
    return fl_map_text_fail(
        &parsing->text, FL_NOT_FOUND, "%s.%s has no attribute \"%.*s\"%s",
        fl_kind_name(part->type->kind), part->type->name, (int)name.size,
        (const char *)name.data, fl_near_text(&near, near_text));
}

static enum fl_status find_type(
    const struct parsing *parsing,
    struct fl_bytes name,
    const struct fl_type **out_type)
{
    struct fl_error error = {.text = ""};
    enum fl_status status =
        fl_ref_parse_type(parsing->text.configuration, name, out_type, &error);
    return status == FL_OK ? FL_OK
                           : fl_map_text_fail(&parsing->text, status, "%s", error.text);
}

/* --- settings of an item --- */

static enum fl_status set_only(const struct parsing *parsing, struct fl_bytes value)
{
    struct fl_site_part *part = parsing->part;
    const struct fl_bytes name = fl_map_text_cut(&value, ':');
    if (part->only_count == FL_SITE_ONLY_MAX || value.size == 0) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED, "only = ATTRIBUTE: VALUE, at most %d of them",
            FL_SITE_ONLY_MAX);
    }
    struct fl_site_only *only = &part->only[part->only_count];
    enum fl_status status = find_attribute(parsing, name, &only->attribute);
    only->text = fl_map_text_trim(value);
    part->only_count += status == FL_OK;
    return status;
}

static enum fl_status set_direction(const struct parsing *parsing, struct fl_bytes value)
{
    struct fl_site_part *part = parsing->part;
    const bool inner = equals(value, "inner");
    part->inner = inner;
    part->reads = !inner && !equals(value, "out");
    part->writes = !inner && !equals(value, "in");
    return inner || equals(value, "in") || equals(value, "out") || equals(value, "both")
               ? FL_OK
               : fl_map_text_fail(
                     &parsing->text, FL_MALFORMED, "direction is in, out, both or inner");
}

static enum fl_status set_find(const struct parsing *parsing, struct fl_bytes value)
{
    struct fl_site_part *part = parsing->part;
    enum fl_status status = FL_OK;
    while (value.size > 0 && status == FL_OK) {
        if (part->find_count == FL_LOOKUP_ATTRIBUTES_MAX) {
            return fl_map_text_fail(
                &parsing->text, FL_LIMIT, "too many attributes to find by");
        }
        status = find_attribute(
            parsing, fl_map_text_cut(&value, ','), &part->find[part->find_count]);
        part->find_count += status == FL_OK;
    }
    return status;
}

static enum fl_status set_section(const struct parsing *parsing, struct fl_bytes value)
{
    struct fl_site_part *part = parsing->part;
    part->section =
        part->type == NULL ? NULL : fl_type_find_section(part->type, unquoted(value));
    return part->section != NULL
               ? FL_OK
               : fl_map_text_fail(
                     &parsing->text, FL_NOT_FOUND, "there is no section \"%.*s\"",
                     (int)value.size, (const char *)value.data);
}

static enum fl_status set_part_setting(
    const struct parsing *parsing,
    struct fl_bytes name,
    struct fl_bytes value)
{
    struct fl_site_part *part = parsing->part;
    if (equals(name, "type")) {
        return find_type(parsing, value, &part->type);
    }
    if (equals(name, "only")) {
        return set_only(parsing, value);
    }
    if (equals(name, "find")) {
        return set_find(parsing, value);
    }
    if (equals(name, "direction")) {
        return set_direction(parsing, value);
    }
    if (equals(name, "section")) {
        return set_section(parsing, value);
    }
    if (equals(name, "goods")) {
        return find_attribute(parsing, value, &part->goods);
    }
    if (equals(name, "order")) {
        return find_attribute(parsing, value, &part->order);
    }
    if (equals(name, "path")) {
        return copy_word(parsing, value, sizeof part->path, part->path);
    }
    if (equals(name, "operation")) {
        return copy_word(parsing, value, sizeof part->operations, part->operations);
    }
    if (equals(name, "when")) {
        return copy_word(parsing, value, sizeof part->when, part->when);
    }
    if (equals(name, "person")) {
        return copy_word(parsing, value, sizeof part->person, part->person);
    }
    if (equals(name, "known")) {
        part->keeps = equals(value, "keep");
        return FL_OK;
    }
    if (equals(name, "unknown")) {
        part->creates = equals(value, "create");
        return FL_OK;
    }
    if (equals(name, "balance")) {
        part->balance = equals(value, "yes");
        return FL_OK;
    }
    return fl_map_text_fail(
        &parsing->text, FL_MALFORMED,
        "\"%.*s\" is no setting of an item: type, only, find, direction, section, path, "
        "operation, when, person, goods, order, known, unknown, balance; columns begin "
        "behind an empty line",
        (int)name.size, (const char *)name.data);
}

/* --- columns --- */

static enum fl_status add_constant(
    const struct parsing *parsing,
    struct fl_bytes path,
    struct fl_bytes text)
{
    struct fl_site_part *part = parsing->part;
    if (part->constant_count == FL_SITE_CONSTANTS_MAX) {
        return fl_map_text_fail(
            &parsing->text, FL_LIMIT, "more than %d constants", FL_SITE_CONSTANTS_MAX);
    }
    struct fl_site_constant *constant = &part->constants[part->constant_count++];
    constant->text = unquoted(text);
    return copy_word(parsing, path, sizeof constant->path, constant->path);
}

/* "... | item Контрагент" and "... | picture" are taken off the end. */
static enum fl_status take_item(
    const struct parsing *parsing,
    size_t column,
    struct fl_bytes *io_text)
{
    struct fl_bytes left = *io_text;
    struct fl_bytes last = {NULL, 0};
    size_t before = 0;
    while (left.size > 0) {
        before = (size_t)(left.data - io_text->data);
        last = fl_map_text_cut(&left, '|');
    }
    if (fl_bytes_equal(last, fl_bytes_of_text("picture"))) {
        parsing->part->pictures[column] = true;
        io_text->size = before == 0 ? 0 : before - 1;
        return FL_OK;
    }
    if (last.size < 6 || memcmp(last.data, "item ", 5) != 0) {
        return FL_OK;
    }
    io_text->size = before == 0 ? 0 : before - 1;
    return copy_word(
        parsing, (struct fl_bytes){last.data + 5, last.size - 5},
        sizeof parsing->part->item_names[0], parsing->part->item_names[column]);
}

static enum fl_status add_column(
    const struct parsing *parsing,
    struct fl_bytes name,
    struct fl_bytes value)
{
    struct fl_site_part *part = parsing->part;
    struct fl_mapping *mapping = part->mapping;
    const struct fl_attribute *attribute = NULL;
    if (name.size > 4 && memcmp(name.data, "out ", 4) == 0) {
        const struct fl_bytes path = {name.data + 4, name.size - 4};
        return add_constant(parsing, fl_map_text_trim(path), value);
    }
    const bool is_ref = equals(name, "Ref") || equals(name, "Ссылка");
    enum fl_status status = is_ref ? FL_OK : find_attribute(parsing, name, &attribute);
    if (status == FL_OK && mapping->column_count == FL_MAPPING_COLUMNS_MAX) {
        return fl_map_text_fail(
            &parsing->text, FL_LIMIT, "more than %d columns", FL_MAPPING_COLUMNS_MAX);
    }
    if (status == FL_OK) {
        status = take_item(parsing, mapping->column_count, &value);
    }
    if (status == FL_OK) {
        status = fl_mapping_column_parse(
            parsing->text.configuration, attribute, parsing->text.name,
            parsing->text.line, value, &mapping->columns[mapping->column_count],
            parsing->text.out_error);
    }
    const uint32_t holds = FL_ALLOWS_STORAGE | FL_ALLOWS_BINARY;
    if (status == FL_OK && part->pictures[mapping->column_count] &&
        (is_ref || (attribute->type.allows & holds) == 0)) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "a picture is kept in an attribute of the type ХранилищеЗначения");
    }
    mapping->column_count += status == FL_OK;
    return status;
}

/* --- what the configuration has not --- */

/* It is left out, and told: one file serves several configurations. */
static enum fl_status remark(const struct parsing *parsing, const struct fl_error *error)
{
    struct fl_buffer *remarks = &parsing->mapping->remarks;
    fl_buffer_put(remarks, fl_bytes_of_text(error->text));
    fl_buffer_put_u8(remarks, '\0');
    return fl_buffer_status(remarks) == FL_OK
               ? FL_OK
               : fl_error_set(
                     parsing->text.out_error, FL_LIMIT,
                     "%s: nearly nothing of it is in this configuration",
                     parsing->text.name);
}

/* Its section goes with an item, and out of it. */
static void leave_out(struct parsing *parsing)
{
    struct fl_site_part *part = parsing->part;
    struct fl_site_part **place =
        part == parsing->whole ? NULL : &parsing->whole->sections;
    while (place != NULL && *place != part) {
        place = &(*place)->next_section;
    }
    if (place != NULL) {
        *place = part->next_section;
    }
    part->left_out = true;
}

const char *fl_site_mapping_remark(const struct fl_site_mapping *mapping, size_t index)
{
    struct fl_bytes left = fl_buffer_view(&mapping->remarks);
    while (left.size > 0) {
        const char *text = (const char *)left.data;
        const size_t size = strlen(text) + 1;
        if (index-- == 0) {
            return text;
        }
        left.data += size;
        left.size -= size;
    }
    return NULL;
}

/* --- parts --- */

static enum fl_status begin_part(struct parsing *parsing, struct fl_bytes header)
{
    struct fl_site_mapping *mapping = parsing->mapping;
    struct fl_bytes left = header;
    struct fl_bytes word = fl_map_text_cut(&left, ' ');
    struct fl_bytes owner = fl_map_text_cut(&word, '/');
    const bool is_section = word.size > 0;
    struct fl_site_part *part = mapping->part_count == FL_SITE_PARTS_MAX
                                    ? NULL
                                    : fl_alloc_zeroed(1, sizeof *part);
    if (part == NULL) {
        return fl_map_text_fail(
            &parsing->text, FL_LIMIT, "more than %d items", FL_SITE_PARTS_MAX);
    }
    mapping->parts[mapping->part_count++] = part;
    part->mapping = fl_alloc_zeroed(1, sizeof *part->mapping);
    if (part->mapping == NULL) {
        return fl_error_set(parsing->text.out_error, FL_NO_MEMORY, "not enough memory");
    }
    part->reads = true;
    part->writes = true;
    part->creates = true;
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (equals(owner, KINDS[i].word)) {
            part->kind = KINDS[i].kind;
            part->item = KINDS[i].item;
        }
    }
    if (part->kind == 0) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "\"%.*s\" is no item: Группа, Свойство, Товар, Цена, Остаток, Склад, "
            "ТипЦены, ЕдиницаИзмерения, Документ, Оплата, Контрагент, Подразделение, "
            "Работник, ЗаписьГрафика",
            (int)owner.size, (const char *)owner.data);
    }
    if (is_section) {
        struct fl_site_part *of = parsing->whole;
        if (of == NULL || of->item != part->item) {
            return fl_map_text_fail(
                &parsing->text, FL_MALFORMED, "a section stands behind its item");
        }
        part->type = of->type;
        part->left_out = of->left_out;
        part->next_section = of->sections;
        of->sections = part;
    }
    parsing->part = part;
    parsing->whole = is_section ? parsing->whole : part;
    parsing->in_columns = false;
    return copy_word(parsing, header, sizeof part->name, part->name);
}

static enum fl_status end_part(struct parsing *parsing)
{
    const struct fl_site_part *part = parsing->part;
    if (part != parsing->whole && !part->left_out && part->section == NULL) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "[%s] is a section: say which, section = NAME, above its columns",
            part->name);
    }
    if (part != NULL && !part->left_out &&
        (part->type == NULL || part->mapping->column_count == 0)) {
        return fl_map_text_fail(
            &parsing->text, FL_MALFORMED,
            "[%s] has a type and, behind an empty line, columns", part->name);
    }
    return FL_OK;
}

static enum fl_status set_setting(
    const struct parsing *parsing,
    struct fl_bytes name,
    struct fl_bytes value)
{
    struct fl_site_mapping *mapping = parsing->mapping;
    char word[FL_SITE_WORD_BYTES];
    enum fl_status status = copy_word(parsing, value, sizeof word, word);
    if (status != FL_OK) {
        return status;
    }
    if (equals(name, "version")) {
        return fl_commerceml_version_find(word, &mapping->version)
                   ? FL_OK
                   : fl_map_text_fail(
                         &parsing->text, FL_MALFORMED, "version is 2.03 to 2.10, or 3.1");
    }
    if (equals(name, "namespace")) {
        return fl_commerceml_namespace_find(word, &mapping->name_space)
                   ? FL_OK
                   : fl_map_text_fail(
                         &parsing->text, FL_MALFORMED,
                         "namespace is none, 2, 205, 210 or 3");
    }
    if (equals(name, "owner")) {
        return find_type(parsing, value, &mapping->owner);
    }
    if (equals(name, "currency")) {
        return copy_word(parsing, value, sizeof mapping->currency, mapping->currency);
    }
    if (equals(name, "customers")) {
        mapping->customers_apart = strcmp(word, "apart") == 0;
        return mapping->customers_apart ? FL_OK
                                        : fl_map_text_fail(
                                              &parsing->text, FL_MALFORMED,
                                              "customers are apart, or not named");
    }
    if (equals(name, "catalog")) {
        return copy_word(parsing, value, sizeof mapping->catalog, mapping->catalog);
    }
    if (equals(name, "price-type")) {
        return copy_word(parsing, value, sizeof mapping->price_type, mapping->price_type);
    }
    if (equals(name, "price-type-name")) {
        return copy_word(
            parsing, value, sizeof mapping->price_type_name, mapping->price_type_name);
    }
    return fl_map_text_fail(
        &parsing->text, FL_MALFORMED,
        "\"%.*s\" is not known here: version, namespace, owner, currency, customers, "
        "catalog, "
        "price-type, price-type-name, then [Товар] and others",
        (int)name.size, (const char *)name.data);
}

static enum fl_status take_line(
    struct parsing *parsing,
    struct fl_bytes name,
    struct fl_bytes value)
{
    struct fl_error error = {.text = ""};
    struct fl_error *const out_error = parsing->text.out_error;
    parsing->text.out_error = &error;
    enum fl_status status = parsing->part == NULL ? set_setting(parsing, name, value)
                            : parsing->in_columns
                                ? add_column(parsing, name, value)
                                : set_part_setting(parsing, name, value);
    parsing->text.out_error = out_error;
    if (status == FL_NOT_FOUND) {
        if (parsing->part != NULL && !parsing->in_columns) {
            leave_out(parsing);
        }
        return remark(parsing, &error);
    }
    if (status != FL_OK && out_error != NULL) {
        *out_error = error;
    }
    return status;
}

static enum fl_status parse_line(struct parsing *parsing, struct fl_bytes line)
{
    if (line.size > 0 && line.data[0] == '#') {
        return FL_OK;
    }
    if (line.size == 0) {
        parsing->in_columns = parsing->part != NULL && parsing->part->type != NULL;
        return FL_OK;
    }
    if (line.data[0] == '[') {
        enum fl_status status = end_part(parsing);
        const size_t size = line.size - 1 - (line.data[line.size - 1] == ']');
        return status == FL_OK
                   ? begin_part(parsing, (struct fl_bytes){line.data + 1, size})
                   : status;
    }
    if (parsing->part != NULL && parsing->part->left_out) {
        return FL_OK;
    }
    struct fl_bytes value = line;
    const struct fl_bytes name = fl_map_text_cut(&value, '=');
    value = fl_map_text_trim(value);
    if (value.size == 0 || name.size == 0) {
        return fl_map_text_fail(&parsing->text, FL_MALFORMED, "expected NAME = VALUE");
    }
    return take_line(parsing, name, value);
}

static void free_part(struct fl_site_part *part)
{
    fl_free(part->mapping);
    fl_free(part);
}

/* Sections of documents stand behind each other, all of the item before them. */
static struct fl_site_part *find_named(
    const struct fl_site_mapping *mapping,
    const char *name)
{
    for (size_t i = 0; i < mapping->part_count; i++) {
        if (strcmp(mapping->parts[i]->name, name) == 0) {
            return mapping->parts[i];
        }
    }
    return NULL;
}

static bool is_object(const struct fl_site_part *part)
{
    return part->kind == FL_SITE_ITEM && part->section == NULL &&
           !fl_kind_is_register(part->type->kind);
}

/* Columns whose item is left out go too. */
static enum fl_status bind_items_of(
    const struct parsing *parsing,
    struct fl_site_part *part)
{
    size_t kept = 0;
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        struct fl_site_part *item = NULL;
        if (part->item_names[i][0] != '\0') {
            item = find_named(parsing->mapping, part->item_names[i]);
            if (item == NULL) {
                return fl_map_text_fail(
                    &parsing->text, FL_MALFORMED, "[%s]: there is no item [%s]",
                    part->name, part->item_names[i]);
            }
        }
        if (item != NULL && !item->left_out && !is_object(item)) {
            return fl_map_text_fail(
                &parsing->text, FL_MALFORMED,
                "[%s]: [%s] is no object that a column could point to", part->name,
                item->name);
        }
        if (item == NULL || !item->left_out) {
            part->mapping->columns[kept] = part->mapping->columns[i];
            part->pictures[kept] = part->pictures[i];
            part->items[kept++] = item;
        }
    }
    part->mapping->column_count = kept;
    return FL_OK;
}

static enum fl_status bind_items(const struct parsing *parsing)
{
    struct fl_site_mapping *mapping = parsing->mapping;
    enum fl_status status = FL_OK;
    size_t kept = 0;
    for (size_t i = 0; i < mapping->part_count && status == FL_OK; i++) {
        status = bind_items_of(parsing, mapping->parts[i]);
    }
    for (size_t i = 0; i < mapping->part_count && status == FL_OK; i++) {
        if (mapping->parts[i]->left_out) {
            free_part(mapping->parts[i]);
        } else {
            mapping->parts[kept++] = mapping->parts[i];
        }
    }
    mapping->part_count = status == FL_OK ? kept : mapping->part_count;
    const char *first = fl_site_mapping_remark(mapping, 0);
    return status == FL_OK && kept == 0
               ? fl_map_text_fail(
                     &parsing->text, FL_MALFORMED,
                     "nothing of it is in this configuration: %s",
                     first == NULL ? "" : first)
               : status;
}

static enum fl_status parse_all(struct parsing *parsing)
{
    struct fl_bytes line;
    enum fl_status status = fl_map_text_begin(&parsing->text);
    while (status == FL_OK && fl_map_text_line(&parsing->text, &line)) {
        status = parse_line(parsing, line);
    }
    if (status == FL_OK) {
        status = end_part(parsing);
    }
    return status == FL_OK ? bind_items(parsing) : status;
}

enum fl_status fl_site_mapping_load(
    const struct fl_configuration *configuration,
    const char *path,
    struct fl_site_mapping **out_mapping,
    struct fl_error *out_error)
{
    struct fl_site_mapping *mapping = fl_alloc_zeroed(1, sizeof *mapping);
    if (mapping == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_buffer_init(&mapping->remarks, REMARKS_BYTES_MAX);
    mapping->name_space = FL_COMMERCEML_NAMESPACE_2;
    strcpy(mapping->currency, "RUB");
    strcpy(mapping->catalog, "Основной каталог товаров");
    strcpy(mapping->price_type, "3e1b6f52-6a0e-4a52-9b0f-5b0a3a1c7d01");
    strcpy(mapping->price_type_name, "Розничная");
    struct parsing parsing = {
        .mapping = mapping,
        .text = {.configuration = configuration, .name = path, .out_error = out_error}};
    enum fl_status status =
        fl_file_read(path, FL_MAPPING_BYTES_MAX, &mapping->text, out_error);
    if (status == FL_OK) {
        parsing.text.left = fl_buffer_view(&mapping->text);
        status = parse_all(&parsing);
    }
    /* 3.1 has one of its own, which the others do not have. */
    if (status == FL_OK && mapping->name_space != FL_COMMERCEML_NAMESPACE_NONE &&
        fl_site_mapping_is_3_1(mapping) !=
            (mapping->name_space == FL_COMMERCEML_NAMESPACE_3)) {
        mapping->name_space = fl_site_mapping_is_3_1(mapping) ? FL_COMMERCEML_NAMESPACE_3
                                                              : FL_COMMERCEML_NAMESPACE_2;
    }
    if (status != FL_OK) {
        fl_site_mapping_free(mapping);
        return status;
    }
    *out_mapping = mapping;
    return FL_OK;
}

bool fl_site_mapping_is_3_1(const struct fl_site_mapping *mapping)
{
    return mapping->version == FL_COMMERCEML_3_1;
}

void fl_site_mapping_free(struct fl_site_mapping *mapping)
{
    if (mapping == NULL) {
        return;
    }
    for (size_t i = 0; i < mapping->part_count; i++) {
        free_part(mapping->parts[i]);
    }
    fl_buffer_deinit(&mapping->text);
    fl_buffer_deinit(&mapping->remarks);
    fl_free(mapping);
}

struct fl_site_part *fl_site_part_find(
    const struct fl_site_mapping *mapping,
    enum fl_site_kind kind,
    enum fl_commerceml_kind item,
    struct fl_bytes operation,
    const struct fl_site_part *after)
{
    bool behind = after == NULL;
    for (size_t i = 0; i < mapping->part_count; i++) {
        struct fl_site_part *part = mapping->parts[i];
        const bool fits = part->kind == kind && part->item == item &&
                          part->section == NULL &&
                          (part->operations[0] == '\0' || operation.size == 0 ||
                           fl_site_words_have(part->operations, operation));
        if (behind && fits) {
            return part;
        }
        behind = behind || part == after;
    }
    return NULL;
}

bool fl_site_part_is_slice(const struct fl_site_part *part)
{
    return part->writes && part->goods != NULL && part->section == NULL &&
           (part->kind == FL_SITE_PRICE || part->kind == FL_SITE_STOCK);
}

bool fl_site_part_is_direct(const struct fl_site_part *part)
{
    size_t dimensions = 0;
    for (size_t i = 0; i < part->type->attribute_count; i++) {
        const struct fl_attribute *attribute = &part->type->attributes[i];
        if (attribute->in_filter && attribute->role != FL_ROLE_DIMENSION) {
            return false;
        }
        dimensions += attribute->in_filter;
    }
    return dimensions > 0;
}
