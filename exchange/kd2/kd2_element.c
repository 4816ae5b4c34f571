/* Items to trees. Depth is that of references in references, which the reader bounds. */

#include "exchange/kd2_element.h"

#include <stdio.h>
#include <string.h>

enum { LEVELS_MAX = 40 };

static const char PREDEFINED[] = "{ИмяПредопределенногоЭлемента}";

struct fl_bytes fl_kd2_option(const char *options, const char *name)
{
    const size_t size = strlen(name);

    while (*options != '\0') {
        options += strspn(options, " ;");
        const size_t length = strcspn(options, ";");

        if (length > size && strncmp(options, name, size) == 0 && options[size] == '=') {
            const struct fl_bytes value = {
                (const uint8_t *)options + size + 1, length - size - 1};

            return fl_kd2_trim(value);
        }
        options += length;
    }
    return (struct fl_bytes){NULL, 0};
}

bool fl_kd2_option_is(const char *options, const char *name, const char *value)
{
    return fl_bytes_equal(fl_kd2_option(options, name), fl_bytes_of_text(value));
}

struct fl_bytes fl_kd2_rule_code(const struct fl_conversion_rule *rule)
{
    const struct fl_bytes code = fl_kd2_option(fl_conversion_rule_options(rule), "rule");
    const char *const element = fl_conversion_rule_element(rule);
    const char *const dot = strchr(element, '.');

    return code.size > 0 ? code : fl_bytes_of_text(dot ? dot + 1 : element);
}

struct making {
    const struct fl_conversion *conversion;
    struct fl_arena *arena;
    struct fl_error *out_error;
    bool no_room;
    bool is_key; /* what is being added is what an object is found by */
};

static struct fl_element *add(
    struct making *making,
    struct fl_element *parent,
    struct fl_bytes name,
    uint64_t line)
{
    struct fl_element *const element = fl_element_add(making->arena, parent, name);

    making->no_room = making->no_room || !element;
    if (element) {
        element->line = line;
    }
    return element;
}

/* "СправочникСсылка.X", but no enumeration. */
static bool is_ref_type(struct fl_bytes type)
{
    static const char suffix[] = "Ссылка";
    const size_t suffix_size = sizeof(suffix) - 1;
    const uint8_t *const dot = type.size > 0 ? memchr(type.data, '.', type.size) : NULL;
    const struct fl_bytes kind = {type.data, dot ? (size_t)(dot - type.data) : 0};

    if (fl_kind_has_ref(fl_kind_find_ref_prefix(kind))) {
        return true;
    }
    return kind.size > suffix_size &&
           memcmp(kind.data + kind.size - suffix_size, suffix, suffix_size) == 0 &&
           !fl_bytes_begin_with(kind, "Перечисление");
}

static struct fl_bytes identity_of(const struct fl_kd2_ref *ref)
{
    for (const struct fl_kd2_property *property = ref->properties.first; property;
         property = property->next) {
        if (fl_kd2_marker(property->name) == FL_KD2_MARKER_ID) {
            return fl_kd2_trim(property->text);
        }
    }
    return (struct fl_bytes){NULL, 0};
}

static enum fl_status set_ref(
    struct making *making,
    struct fl_element *element,
    const struct fl_kd2_ref *ref,
    struct fl_bytes type)
{
    const struct fl_bytes id = identity_of(ref);

    element->kind = FL_ELEMENT_REF;
    element->origin = ref;
    element->type = type.size > 0 ? fl_arena_text(making->arena, type) : NULL;
    if (id.size > 0 && fl_uuid_parse(id, &element->id) != FL_OK) {
        return fl_error_set(
            making->out_error, FL_MALFORMED, "line %llu: \"%.*s\" is no identity",
            (unsigned long long)ref->line, (int)fl_bytes_utf8_beginning(id, 80).size,
            (const char *)id.data);
    }
    return FL_OK;
}

/* A reference told by a value: a property of it, or its predefined name. */
static void set_ref_by_value(
    struct making *making,
    struct fl_element *element,
    const struct fl_kd2_property *property)
{
    const struct fl_bytes by =
        property->by.size > 0 ? property->by : fl_bytes_of_text(PREDEFINED);
    struct fl_element *const child = add(making, element, by, property->line);

    element->kind = FL_ELEMENT_REF;
    element->text =
        fl_kd2_trim(property->text); /* a mapping may have a table of such values */
    element->type = fl_arena_text(making->arena, property->type);
    if (child) {
        child->kind = FL_ELEMENT_TEXT;
        child->text = element->text;
    }
}

struct level {
    const struct fl_kd2_property *next;
    struct fl_element *parent;
};

/* What is no search field of an object: how it is found, or a parameter. */
static bool is_left_out(const struct fl_kd2_property *property)
{
    const enum fl_kd2_marker marker = fl_kd2_marker(property->name);

    return property->is_parameter || marker == FL_KD2_MARKER_ID ||
           marker == FL_KD2_MARKER_OLD;
}

/* In JSON, whose layout is not known; the types of a characteristic itself are Типы. */
static bool is_type_description(const struct fl_kd2_property *property)
{
    return property->content == FL_KD2_VALUE &&
           (fl_bytes_equal(property->type, fl_bytes_of_text("ОпределениеТипа")) ||
            fl_bytes_equal(property->type, fl_bytes_of_text("TypeDescription")));
}

/* Codes, numbers and names are of a length in some bases, and come with blanks. */
static bool is_padded(const struct fl_kd2_property *property)
{
    static const char *const names[] = {"Код",    "Code",         "Номер",
                                        "Number", "Наименование", "Description"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (fl_bytes_equal(property->name, fl_bytes_of_text(names[i]))) {
            return true;
        }
    }
    return false;
}

static void add_value(
    struct making *making,
    struct fl_element *element,
    const struct fl_kd2_property *property,
    bool in_key)
{
    element->kind = FL_ELEMENT_TEXT;
    if (property->content == FL_KD2_EXPRESSION || is_type_description(property)) {
        element->origin = property;
    } else if (property->content != FL_KD2_VALUE) {
        return;
    } else if (is_ref_type(property->type) && fl_kd2_trim(property->text).size > 0) {
        set_ref_by_value(making, element, property);
    } else {
        element->text =
            in_key || is_padded(property) ? fl_kd2_trim(property->text) : property->text;
        element->type =
            property->type.size > 0 ? fl_arena_text(making->arena, property->type) : NULL;
        making->no_room = making->no_room || (property->type.size > 0 && !element->type);
    }
}

/* Both languages' marker is one name for a mapping. */
static struct fl_bytes name_of(const struct fl_kd2_property *property)
{
    return fl_kd2_marker(property->name) == FL_KD2_MARKER_PREDEFINED
               ? fl_bytes_of_text(PREDEFINED)
               : property->name;
}

static enum fl_status add_properties(
    struct making *making,
    struct fl_element *root,
    const struct fl_kd2_properties *properties)
{
    struct level levels[LEVELS_MAX];
    enum fl_status status = FL_OK;
    size_t depth = 1;

    levels[0] = (struct level){properties->first, root};
    while (depth > 0 && status == FL_OK && !making->no_room) {
        struct level *const level = &levels[depth - 1];
        const struct fl_kd2_property *const property = level->next;

        if (!property) {
            depth--;
            continue;
        }
        level->next = property->next;
        if (is_left_out(property)) {
            continue;
        }
        struct fl_element *const element =
            add(making, level->parent, name_of(property), property->line);

        if (!element) {
            break;
        }
        if (property->content == FL_KD2_REF && !fl_kd2_property_is_empty(property)) {
            status = set_ref(making, element, property->ref, property->type);
            if (depth < LEVELS_MAX) {
                levels[depth++] =
                    (struct level){property->ref->properties.first, element};
            }
        } else {
            add_value(making, element, property, making->is_key || depth > 1);
        }
    }
    return status;
}

/* One property by itself, kept as long as the tree, which may point to it. */
static struct fl_kd2_property *single(
    struct making *making,
    const struct fl_kd2_property *property)
{
    struct fl_kd2_property *const copy = fl_arena_alloc(making->arena, sizeof(*copy));

    making->no_room = making->no_room || !copy;
    if (copy) {
        *copy = *property;
        copy->next = NULL;
    }
    return copy;
}

/* "СубконтоДт" and "1" */
static struct fl_bytes numbered(struct making *making, const char *word, size_t number)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s%zu", word, number);
    const char *const copy = fl_arena_text(making->arena, fl_bytes_of_text(name));

    making->no_room = making->no_room || !copy;
    return fl_bytes_of_text(copy ? copy : "");
}

/* Pairs of Ключ and Значение; a key begins one. */
static enum fl_status add_extra(
    struct making *making,
    struct fl_element *group,
    const struct fl_kd2_properties *pairs,
    bool is_debit)
{
    enum fl_status status = FL_OK;
    size_t number = 0;

    for (const struct fl_kd2_property *property = pairs->first;
         property && status == FL_OK && !making->no_room; property = property->next) {
        const bool is_key = fl_kd2_property_is_key(property);
        struct fl_kd2_property *const one = single(making, property);
        const struct fl_kd2_properties alone = {one, one, 1};

        number += is_key || number == 0;
        if (one) {
            one->name = numbered(
                making,
                is_key ? (is_debit ? "ВидСубконтоДт" : "ВидСубконтоКт")
                : is_debit ? "СубконтоДт"
                           : "СубконтоКт",
                number);
            status = add_properties(making, group, &alone);
        }
    }
    return status;
}

static enum fl_status add_row(
    struct making *making,
    struct fl_element *group,
    const struct fl_kd2_row *row)
{
    enum fl_status status = add_properties(making, group, &row->properties);

    if (status == FL_OK) {
        status = add_extra(making, group, &row->debit, /* is_debit= */ true);
    }
    return status == FL_OK ? add_extra(making, group, &row->credit, /* is_debit= */ false)
                           : status;
}

static enum fl_status add_rows(
    struct making *making,
    struct fl_element *root,
    struct fl_bytes name,
    const struct fl_kd2_row *row,
    uint64_t line)
{
    enum fl_status status = FL_OK;

    if (!row) {
        (void)add(making, root, name, line); /* the table is there, and empty */
    }
    for (; row && status == FL_OK; row = row->next) {
        struct fl_element *const group = add(making, root, name, row->line);

        status = group ? add_row(making, group, row) : FL_OK;
    }
    return status;
}

static enum fl_status add_key(
    struct making *making,
    struct fl_element *root,
    const struct fl_kd2_item *item)
{
    struct fl_element *const key =
        add(making, root, fl_bytes_of_text(FL_KD2_KEY), item->line);
    const struct fl_kd2_properties *const fields = item->kind == FL_KD2_RECORD_SET
                                                       ? &item->filter
                                                   : item->ref ? &item->ref->properties
                                                               : &item->properties;
    enum fl_status status = FL_OK;

    if (!key) {
        return FL_OK;
    }
    key->kind = FL_ELEMENT_REF;
    if (item->ref) {
        status = set_ref(making, key, item->ref, item->type);
        root->id = key->id;
    }
    if (status == FL_OK) {
        making->is_key = true;
        status = add_properties(making, key, fields);
        making->is_key = false;
    }
    return status;
}

/* Search fields are assigned, too: those that the object does not have of its own. */
static enum fl_status add_search_fields(
    struct making *making,
    struct fl_element *root,
    const struct fl_kd2_item *item)
{
    enum fl_status status = FL_OK;

    for (const struct fl_kd2_property *property = item->ref ? item->ref->properties.first
                                                            : NULL;
         property && status == FL_OK && !making->no_room; property = property->next) {
        const char *const name = fl_arena_text(making->arena, property->name);

        if (name && !fl_element_child(root, name)) {
            struct fl_kd2_property *const one = single(making, property);
            const struct fl_kd2_properties alone = {one, one, 1};

            making->is_key = true;
            status = add_properties(making, root, &alone);
            making->is_key = false;
        }
    }
    return status;
}

/* "РегистрСведенийЗапись.X" is the set of one record. */
static struct fl_bytes set_name(struct making *making, struct fl_bytes type)
{
    static const char *const words[][2] = {
        {"РегистрСведенийЗапись.", "РегистрСведенийНаборЗаписей."},
        {"InformationRegisterRecord.", "InformationRegisterRecordSet."},
    };

    for (size_t i = 0; i < 2; i++) {
        const size_t old_size = strlen(words[i][0]);
        const size_t new_size = strlen(words[i][1]);

        if (fl_bytes_begin_with(type, words[i][0])) {
            uint8_t *const name =
                fl_arena_alloc(making->arena, new_size + type.size - old_size);

            if (!name) {
                making->no_room = true;
                return type;
            }
            memcpy(name, words[i][1], new_size);
            memcpy(name + new_size, type.data + old_size, type.size - old_size);
            return (struct fl_bytes){name, new_size + type.size - old_size};
        }
    }
    return type;
}

/* The records and, as one more behind them, the filter: it may say what sets are not kept
 * by. */
static enum fl_status add_set(
    struct making *making,
    struct fl_element *root,
    const struct fl_kd2_item *item)
{
    const struct fl_bytes name = fl_bytes_of_text(FL_KD2_RECORDS);
    const struct fl_kd2_row filter = {.properties = item->filter, .line = item->line};
    const enum fl_status status = add_rows(making, root, name, item->rows, item->line);

    return status == FL_OK && item->filter.first
               ? add_rows(making, root, name, &filter, item->line)
               : status;
}

static enum fl_status add_object(
    struct making *making,
    const struct fl_kd2_item *item,
    struct fl_element **out_root)
{
    const struct fl_bytes name = set_name(making, item->type);
    struct fl_element *const root = add(making, NULL, name, item->line);
    const struct fl_kd2_row record = {.properties = item->properties, .line = item->line};
    enum fl_status status = FL_OK;

    if (!root) {
        return FL_OK;
    }
    *out_root = root;
    status = add_key(making, root, item);
    if (status == FL_OK && item->kind == FL_KD2_RECORD_SET) {
        return add_set(making, root, item);
    }
    if (status == FL_OK && name.data != item->type.data) {
        return add_rows(
            making, root, fl_bytes_of_text(FL_KD2_RECORDS), &record, item->line);
    }
    if (status == FL_OK) {
        status = add_properties(making, root, &item->properties);
    }
    if (status == FL_OK) {
        status = add_search_fields(making, root, item);
    }
    for (const struct fl_kd2_table *table = item->first; table && status == FL_OK;
         table = table->next) {
        if (!table->is_records) {
            status = add_rows(making, root, table->name, table->first, table->line);
        }
    }
    return status;
}

/* ---- movements ---- */

/* As the conversion calls the record set of a register of this name. */
static struct fl_bytes movements_name(struct making *making, struct fl_bytes name)
{
    static const char *const kinds[] = {
        "РегистрНакопленияНаборЗаписей",
        "AccumulationRegisterRecordSet",
        "РегистрБухгалтерииНаборЗаписей",
        "AccountingRegisterRecordSet",
        "РегистрСведенийНаборЗаписей",
        "InformationRegisterRecordSet",
        "РегистрРасчетаНаборЗаписей",
        "CalculationRegisterRecordSet",
        "НаборЗаписей"};
    const size_t count = sizeof(kinds) / sizeof(kinds[0]);
    char called[512] = "";

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(
            called, sizeof(called), "%s.%.*s", kinds[i],
            (int)fl_bytes_utf8_beginning(name, 400).size, (const char *)name.data);
        if (making->conversion &&
            fl_conversion_rule_for_element(making->conversion, 0, called)) {
            break;
        }
    }
    const char *const copy = fl_arena_text(making->arena, fl_bytes_of_text(called));

    making->no_room = making->no_room || !copy;
    return fl_bytes_of_text(copy ? copy : "");
}

static void add_recorder(
    struct making *making,
    struct fl_element *key,
    const char *name,
    const struct fl_kd2_item *item)
{
    struct fl_element *const recorder =
        add(making, key, fl_bytes_of_text(name), item->line);

    if (recorder) {
        recorder->kind = FL_ELEMENT_REF;
        recorder->type = fl_arena_text(making->arena, item->type);
        recorder->origin = item;
        making->no_room = making->no_room || !recorder->type;
    }
}

static enum fl_status add_movements(
    struct making *making,
    const struct fl_kd2_item *item,
    const struct fl_kd2_table *table,
    struct fl_element **out_root)
{
    struct fl_element *const root =
        add(making, NULL, movements_name(making, table->name), table->line);
    struct fl_element *const key =
        root ? add(making, root, fl_bytes_of_text(FL_KD2_KEY), table->line) : NULL;

    if (!key) {
        return FL_OK;
    }
    key->kind = FL_ELEMENT_REF;
    root->origin = table;
    *out_root = root;
    add_recorder(making, key, "Регистратор", item);
    add_recorder(making, key, "Recorder", item);
    return add_rows(
        making, root, fl_bytes_of_text(FL_KD2_RECORDS), table->first, table->line);
}

static enum fl_status add_all_movements(
    struct making *making,
    const struct fl_kd2_item *item,
    struct fl_element **end)
{
    enum fl_status status = FL_OK;

    for (const struct fl_kd2_table *table = item->first;
         table && status == FL_OK && !making->no_room; table = table->next) {
        if (table->is_records) {
            status = add_movements(making, item, table, end);
            end = *end ? &(*end)->next : end;
        }
    }
    return status;
}

static bool is_constants(struct fl_bytes type)
{
    return fl_bytes_equal(type, fl_bytes_of_text("КонстантыНабор")) ||
           fl_bytes_equal(type, fl_bytes_of_text("ConstantsSet"));
}

/* Each constant of the set is an object here. */
static enum fl_status add_constants(
    struct making *making,
    const struct fl_kd2_item *item,
    struct fl_element **out_roots)
{
    struct fl_element **end = out_roots;
    enum fl_status status = FL_OK;

    for (const struct fl_kd2_property *property = item->properties.first;
         property && status == FL_OK; property = property->next) {
        struct fl_kd2_property *const value = single(making, property);
        const struct fl_kd2_properties alone = {value, value, 1};
        char name[512];

        (void)snprintf(
            name, sizeof(name), "Константа.%.*s",
            (int)fl_bytes_utf8_beginning(property->name, 400).size,
            (const char *)property->name.data);
        struct fl_element *const root =
            add(making, NULL, fl_bytes_of_text(name), property->line);
        struct fl_element *const key =
            root ? add(making, root, fl_bytes_of_text(FL_KD2_KEY), property->line) : NULL;

        if (!key || !value) {
            return FL_OK;
        }
        key->kind = FL_ELEMENT_REF;
        value->name = fl_bytes_of_text(FL_KD2_VALUE_OF_CONSTANT);
        status = add_properties(making, root, &alone);
        *end = root;
        end = &root->next;
    }
    return status;
}

enum fl_status fl_kd2_elements_of(
    const struct fl_kd2_item *item,
    const struct fl_conversion *conversion,
    struct fl_arena *arena,
    struct fl_element **out_roots,
    struct fl_error *out_error)
{
    struct making making = {
        .conversion = conversion, .arena = arena, .out_error = out_error};

    *out_roots = NULL;
    enum fl_status status = is_constants(item->type)
                                ? add_constants(&making, item, out_roots)
                                : add_object(&making, item, out_roots);

    if (status == FL_OK && *out_roots && !is_constants(item->type)) {
        status = add_all_movements(&making, item, &(*out_roots)->next);
    }
    if (status == FL_OK && making.no_room) {
        return fl_error_set(
            out_error, fl_arena_failure(arena, 1), "the object is larger than the limit");
    }
    return status;
}
