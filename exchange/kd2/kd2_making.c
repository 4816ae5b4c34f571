/*
 * Trees to items. A reference is expanded where it stands: what it is found by are its
 * key's fields, and references among these are expanded again, to a depth at which their
 * identity must do.
 */

#include <stdio.h>
#include <string.h>

#include "exchange/kd2_element.h"

enum { LEVELS_MAX = 6, TYPE_BYTES = 512 };

struct making {
    const struct fl_kd2_making *given;
    struct fl_arena *arena;
    struct fl_error *out_error;
};

static enum fl_status no_room(const struct making *making)
{
    return fl_error_set(
        making->out_error, fl_arena_failure(making->arena, 1),
        "the object is larger than the limit");
}

/* ---- types ---- */

const char *fl_kd2_type_name(
    const struct fl_kd2_making *making,
    uint32_t number,
    struct fl_arena *arena)
{
    const struct fl_conversion_rule *const rule =
        fl_conversion_rule_of(making->conversion, 0, number);
    const struct fl_type *const type =
        fl_configuration_type(making->configuration, number);
    char name[TYPE_BYTES];

    if (rule) {
        return fl_conversion_rule_element(rule);
    }
    if (!type || !fl_kind_ref_prefix(type->kind)) {
        return "";
    }
    if (making->english) {
        (void)snprintf(
            name, sizeof(name), "%s.%s", fl_kind_ref_prefix(type->kind), type->name);
    } else {
        (void)snprintf(
            name, sizeof(name), "%sСсылка.%s", fl_kind_name_ru(type->kind), type->name);
    }
    return fl_arena_text(arena, fl_bytes_of_text(name));
}

/* As the receiver calls the type of a value of this attribute of ours. */
static const char *type_name(
    const struct making *making,
    const struct fl_value_type *type)
{
    if (type->allows & FL_ALLOWS_REFS && !type->composite && type->ref_count > 0) {
        return fl_kd2_type_name(making->given, type->refs[0], making->arena);
    }
    const bool english = making->given->english;

    if (type->allows & FL_ALLOWS_STRING) {
        return english ? "String" : "Строка";
    }
    if (type->allows & FL_ALLOWS_NUMBER) {
        return english ? "Number" : "Число";
    }
    if (type->allows & FL_ALLOWS_DATE) {
        return english ? "Date" : "Дата";
    }
    if (type->allows & FL_ALLOWS_BOOLEAN) {
        return english ? "Boolean" : "Булево";
    }
    if (type->allows & FL_ALLOWS_STORAGE) {
        return english ? "ValueStorage" : "ХранилищеЗначения";
    }
    return english ? "String" : "Строка";
}

static struct fl_bytes type_of(
    const struct making *making,
    const struct fl_element *element)
{
    const struct fl_value_type value = {
        .allows = element->allows, .ref_count = 1, .refs = &element->object.type};
    const char *const name = element->type     ? element->type
                             : element->allows ? type_name(making, &value)
                             : element->attribute
                                 ? type_name(making, &element->attribute->type)
                             : making->given->english ? "String"
                                                      : "Строка";

    return fl_bytes_of_text(name ? name : "");
}

/* ---- references ---- */

static void set_flags(struct fl_kd2_ref *ref, const char *options)
{
    ref->not_create = fl_kd2_option_is(options, "create", "no");
    ref->continue_search = fl_kd2_option_is(options, "continue", "yes");
    ref->priority = fl_kd2_option_is(options, "priority", "lower") ? FL_KD2_PRIORITY_LOWER
                    : fl_kd2_option_is(options, "priority", "same")
                        ? FL_KD2_PRIORITY_SAME
                        : FL_KD2_PRIORITY_HIGHER;
}

static enum fl_status add_identity(
    const struct making *making,
    struct fl_kd2_properties *properties,
    struct fl_uuid id)
{
    struct fl_kd2_property *const property =
        fl_kd2_properties_add(properties, making->arena);
    const struct fl_uuid_text text = fl_uuid_text(id);

    if (!property) {
        return no_room(making);
    }
    property->name = fl_bytes_of_text("{УникальныйИдентификатор}");
    property->type = fl_bytes_of_text("Строка");
    property->content = FL_KD2_VALUE;
    return fl_arena_copy(making->arena, fl_bytes_of_text(text.text), &property->text) ==
                   FL_OK
               ? FL_OK
               : no_room(making);
}

static enum fl_status make_ref(
    const struct making *making,
    const struct fl_element *element,
    const struct fl_conversion_rule *rule,
    struct fl_kd2_ref **out_ref)
{
    struct fl_kd2_ref *const ref = fl_arena_alloc(making->arena, sizeof(*ref));
    const char *const options = rule ? fl_conversion_rule_options(rule) : "";

    if (!ref) {
        return no_room(making);
    }
    set_flags(ref, options);
    *out_ref = ref;
    return fl_kd2_option_is(options, "id", "no") || fl_uuid_is_zero(element->id)
               ? FL_OK
               : add_identity(making, &ref->properties, element->id);
}

struct level {
    struct fl_element *next;
    struct fl_kd2_properties *properties;
};

/* Zeros before the digits at the end, until the text has `length` characters. */
static enum fl_status pad(
    const struct making *making,
    struct fl_kd2_property *property,
    size_t length)
{
    struct fl_bytes text = fl_bytes_trimmed(property->text);
    size_t digits = text.size;

    while (digits > 0 && text.data[digits - 1] >= '0' && text.data[digits - 1] <= '9') {
        digits--;
    }
    const size_t used = fl_bytes_utf8_length(text);
    size_t at = digits; /* of the first digit that stays */

    while (used - (at - digits) > length && at + 1 < text.size && text.data[at] == '0') {
        at++;
    }
    const size_t zeros = digits < text.size && used < length ? length - used : 0;
    const size_t size = digits + zeros + text.size - at;
    uint8_t *const padded = fl_arena_alloc(making->arena, size + 1);

    if (!padded) {
        return no_room(making);
    }
    memcpy(padded, text.data, digits);
    memset(padded + digits, '0', zeros);
    memcpy(padded + digits + zeros, text.data + at, text.size - at);
    property->text = (struct fl_bytes){padded, size};
    property->type = fl_bytes_of_text(making->given->english ? "String" : "Строка");
    return FL_OK;
}

static enum fl_status set_options(
    const struct making *making,
    struct fl_kd2_property *property,
    const char *options)
{
    enum { LENGTH_MAX = 1000 };
    const struct fl_bytes text = fl_kd2_option(options, "length");
    size_t length = 0;

    property->not_replace = fl_kd2_option_is(options, "replace", "no");
    property->equal_date = fl_kd2_option_is(options, "date", "equal");
    for (size_t i = 0; i < text.size && length <= LENGTH_MAX; i++) {
        const bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';

        length = is_digit ? length * 10 + (size_t)(text.data[i] - '0') : LENGTH_MAX + 1;
    }
    if (length > LENGTH_MAX) {
        return fl_error_set(
            making->out_error, FL_REFUSED,
            "the mapping has length=\"%.*s\", which is no length",
            (int)fl_bytes_utf8_beginning(text, 60).size, (const char *)text.data);
    }
    return length > 0 && property->content == FL_KD2_VALUE ? pad(making, property, length)
                                                           : FL_OK;
}

static enum fl_status set_text(
    const struct making *making,
    struct fl_kd2_property *property,
    const struct fl_element *element)
{
    property->type = type_of(making, element);
    property->text = element->text;
    property->content = element->text.size > 0 ? FL_KD2_VALUE : FL_KD2_EMPTY;
    return element->options ? set_options(making, property, element->options) : FL_OK;
}

/* The property of an element; of a REF with what it is found by as the next level. */
static enum fl_status add_property(
    const struct making *making,
    struct fl_element *element,
    struct fl_kd2_properties *properties,
    bool expand,
    struct level *out_level)
{
    struct fl_kd2_property *const property =
        fl_kd2_properties_add(properties, making->arena);

    *out_level = (struct level){NULL, NULL};
    if (!property) {
        return no_room(making);
    }
    property->name = fl_bytes_of_text(element->name);
    if (element->kind != FL_ELEMENT_REF) {
        return set_text(making, property, element);
    }
    const struct fl_conversion_rule *const rule =
        fl_conversion_rule_of(making->given->conversion, 0, element->object.type);

    property->type = fl_bytes_of_text(
        rule            ? fl_conversion_rule_element(rule)
        : element->type ? element->type
                        : "");
    property->content = FL_KD2_REF;
    enum fl_status status = make_ref(making, element, rule, &property->ref);

    if (status == FL_OK && element->options) {
        status = set_options(making, property, element->options);
    }
    if (status == FL_OK && expand) {
        status = fl_conversion_expand(
            making->given->conversion, 0, making->given->ports, making->arena, element,
            making->out_error);
        status =
            status == FL_NOT_FOUND ? FL_OK : status; /* its identity is all there is */
    }
    *out_level = (struct level){element->first, &property->ref->properties};
    return status;
}

/* Children that are values; groups are tables. */
static enum fl_status add_properties(
    const struct making *making,
    struct fl_element *first,
    struct fl_kd2_properties *properties)
{
    struct level levels[LEVELS_MAX];
    enum fl_status status = FL_OK;
    size_t depth = 1;

    levels[0] = (struct level){first, properties};
    while (depth > 0 && status == FL_OK) {
        struct level *const level = &levels[depth - 1];
        struct fl_element *const element = level->next;
        struct level inner;

        if (!element) {
            depth--;
            continue;
        }
        level->next = element->next;
        if (element->kind == FL_ELEMENT_GROUP ||
            (depth == 1 && strcmp(element->name, FL_KD2_KEY) == 0)) {
            continue;
        }
        status =
            add_property(making, element, level->properties, depth < LEVELS_MAX, &inner);
        if (inner.next && depth < LEVELS_MAX) {
            levels[depth++] = inner;
        }
    }
    return status;
}

/* ---- tables ---- */

static struct fl_kd2_table *find_table(struct fl_kd2_item *item, const char *name)
{
    for (struct fl_kd2_table *table = item->first; table; table = table->next) {
        if (fl_bytes_equal(table->name, fl_bytes_of_text(name))) {
            return table;
        }
    }
    return NULL;
}

static enum fl_status add_row(
    const struct making *making,
    struct fl_element *group,
    struct fl_kd2_row **first,
    struct fl_kd2_row **last)
{
    struct fl_kd2_row *const row = fl_arena_alloc(making->arena, sizeof(*row));

    if (!row) {
        return no_room(making);
    }
    *(*last ? &(*last)->next : first) = row;
    *last = row;
    return add_properties(making, group->first, &row->properties);
}

static enum fl_status add_tables(
    const struct making *making,
    struct fl_element *root,
    struct fl_kd2_item *item)
{
    enum fl_status status = FL_OK;

    for (struct fl_element *group = root->first; group && status == FL_OK;
         group = group->next) {
        if (group->kind != FL_ELEMENT_GROUP) {
            continue;
        }
        struct fl_kd2_table *table = find_table(item, group->name);

        if (!table) {
            table = fl_arena_alloc(making->arena, sizeof(*table));
            if (!table) {
                return no_room(making);
            }
            table->name = fl_bytes_of_text(group->name);
            *(item->last ? &item->last->next : &item->first) = table;
            item->last = table;
        }
        if (group->first) {
            status = add_row(making, group, &table->first, &table->last);
        }
    }
    return status;
}

/* ---- items ---- */

static struct fl_kd2_item *make_item(
    const struct making *making,
    const struct fl_conversion_rule *rule,
    const char *type)
{
    struct fl_kd2_item *const item = fl_arena_alloc(making->arena, sizeof(*item));
    const char *const options = fl_conversion_rule_options(rule);
    struct fl_kd2_ref flags = {.not_create = false};

    if (item) {
        set_flags(&flags, options);
        item->kind = FL_KD2_OBJECT;
        item->type = fl_bytes_of_text(type);
        item->rule = fl_kd2_rule_code(rule);
        item->not_replace = fl_kd2_option_is(options, "replace", "no");
        item->priority = flags.priority;
    }
    return item;
}

static bool is_record_set(const char *element)
{
    return strstr(element, "НаборЗаписей.") || strstr(element, "RecordSet.");
}

/* Other registers have no records outside of documents there. */
static bool is_of_information(const char *element)
{
    const struct fl_bytes name = fl_bytes_of_text(element);

    return fl_bytes_begin_with(name, "РегистрСведений") ||
           fl_bytes_begin_with(name, "InformationRegister");
}

/* "РегистрСведенийЗапись.X" of "РегистрСведенийНаборЗаписей.X"; NULL without room. */
static const char *record_type(const char *element, bool english, struct fl_arena *arena)
{
    const char *const dot = strchr(element, '.');
    char name[TYPE_BYTES];

    (void)snprintf(
        name, sizeof(name), "%s%s",
        english ? "InformationRegisterRecord" : "РегистрСведенийЗапись", dot ? dot : "");
    return fl_arena_text(arena, fl_bytes_of_text(name));
}

/* D1 has no record sets: each record of an information register is an object. */
static enum fl_status make_records(
    const struct making *making,
    struct fl_element *root,
    const struct fl_conversion_rule *rule,
    struct fl_kd2_item **out_items)
{
    const char *const type =
        record_type(root->name, making->given->english, making->arena);
    struct fl_kd2_item **end = out_items;
    enum fl_status status = FL_OK;

    for (struct fl_element *group = root->first; group && status == FL_OK;
         group = group->next) {
        if (group->kind != FL_ELEMENT_GROUP || !group->first) {
            continue;
        }
        struct fl_kd2_item *const item = type ? make_item(making, rule, type) : NULL;

        if (!item) {
            return no_room(making);
        }
        status = add_properties(making, group->first, &item->properties);
        *end = item;
        end = &item->next;
    }
    return status;
}

/* "ВидСубконтоДт1" is a key of the debit, "СубконтоКт2" a value of the credit. */
static struct fl_kd2_properties *extra_of(
    struct fl_kd2_row *row,
    struct fl_bytes name,
    bool *out_is_key)
{
    static const char *const words[] = {
        "ВидСубконтоДт", "СубконтоДт", "ВидСубконтоКт", "СубконтоКт"};

    for (size_t i = 0; i < 4; i++) {
        const size_t size = strlen(words[i]);

        if (name.size == size + 1 && fl_bytes_begin_with(name, words[i]) &&
            name.data[size] >= '1' && name.data[size] <= '9') {
            *out_is_key = i % 2 == 0;
            return i < 2 ? &row->debit : &row->credit;
        }
    }
    return NULL;
}

/* What is extra leaves the record's properties; an empty pair is not said. */
static void part_extra(const struct making *making, struct fl_kd2_row *row)
{
    struct fl_kd2_property *property = row->properties.first;
    const bool english = making->given->english;

    row->properties = (struct fl_kd2_properties){NULL, NULL, 0};
    while (property) {
        struct fl_kd2_property *const next = property->next;
        bool is_key = false;
        struct fl_kd2_properties *extra = extra_of(row, property->name, &is_key);

        if (extra) {
            property->name = fl_bytes_of_text(
                is_key ? (english ? "Key" : "Ключ") : (english ? "Value" : "Значение"));
        }
        if (!extra || !fl_kd2_property_is_empty(property)) {
            extra = extra ? extra : &row->properties;
            property->next = NULL;
            *(extra->last ? &extra->last->next : &extra->first) = property;
            extra->last = property;
            extra->count++;
        }
        property = next;
    }
}

static enum fl_status make_record_set(
    const struct making *making,
    struct fl_element *root,
    struct fl_kd2_item *item)
{
    struct fl_element *const key = fl_element_child(root, FL_KD2_KEY);
    enum fl_status status =
        key ? add_properties(making, key->first, &item->filter) : FL_OK;

    item->kind = FL_KD2_RECORD_SET;
    for (struct fl_element *group = root->first; group && status == FL_OK;
         group = group->next) {
        if (group->kind == FL_ELEMENT_GROUP && group->first) {
            status = add_row(making, group, &item->rows, &item->row_last);
            if (item->row_last) {
                part_extra(making, item->row_last);
            }
        }
    }
    item->empty = item->rows == NULL;
    return status;
}

static enum fl_status make_constant(
    const struct making *making,
    struct fl_element *root,
    struct fl_kd2_item *item)
{
    const char *const dot = strchr(root->name, '.');
    const enum fl_status status = add_properties(making, root->first, &item->properties);

    item->type =
        fl_bytes_of_text(making->given->english ? "ConstantsSet" : "КонстантыНабор");
    item->constant = fl_bytes_of_text(dot ? dot + 1 : "");
    if (item->properties.first) {
        item->properties.first->name = item->constant;
    }
    return status;
}

/* A search field that is empty now; the receiver's own code or owner is not touched. */
static bool is_emptied(const struct fl_element *root, const struct fl_element *field)
{
    const enum fl_role role = field->attribute ? field->attribute->role : FL_ROLE_CODE;

    return field->kind == FL_ELEMENT_TEXT && field->text.size == 0 &&
           (role == FL_ROLE_OWN || role == FL_ROLE_DESCRIPTION ||
            role == FL_ROLE_PARENT) &&
           !fl_element_child(root, field->name);
}

/* The reference leaves it out, so it is said among the properties. */
static enum fl_status add_emptied(
    const struct making *making,
    struct fl_element *root,
    struct fl_element *key,
    struct fl_kd2_item *item)
{
    enum fl_status status = FL_OK;

    for (struct fl_element *field = key->first; field && status == FL_OK;
         field = field->next) {
        struct level none;

        if (is_emptied(root, field)) {
            status = add_property(making, field, &item->properties, false, &none);
        }
    }
    return status;
}

static enum fl_status make_object(
    const struct making *making,
    struct fl_element *root,
    const struct fl_conversion_rule *rule,
    struct fl_kd2_item *item)
{
    struct fl_element *const key = fl_element_child(root, FL_KD2_KEY);
    enum fl_status status = FL_OK;

    if (key) {
        status = make_ref(making, key, rule, &item->ref);
    }
    if (status == FL_OK && key) {
        item->ref->not_create = false;
        status = add_properties(making, key->first, &item->ref->properties);
    }
    if (status == FL_OK) {
        status = add_properties(making, root->first, &item->properties);
    }
    if (status == FL_OK && key) {
        status = add_emptied(making, root, key, item);
    }
    return status == FL_OK ? add_tables(making, root, item) : status;
}

enum fl_status fl_kd2_movements_add(
    const struct fl_kd2_making *given,
    struct fl_element *root,
    struct fl_arena *arena,
    struct fl_kd2_item *item,
    struct fl_error *out_error)
{
    const struct making making = {given, arena, out_error};
    const char *const dot = strchr(root->name, '.');
    struct fl_kd2_table *const table = fl_arena_alloc(arena, sizeof(*table));
    enum fl_status status = table ? FL_OK : no_room(&making);

    if (!table) {
        return status;
    }
    table->name = fl_bytes_of_text(dot ? dot + 1 : root->name);
    table->is_records = true;
    *(item->last ? &item->last->next : &item->first) = table;
    item->last = table;
    for (struct fl_element *group = root->first; group && status == FL_OK;
         group = group->next) {
        if (group->kind == FL_ELEMENT_GROUP && group->first) {
            status = add_row(&making, group, &table->first, &table->last);
            if (table->last) {
                part_extra(&making, table->last);
            }
        }
    }
    return status;
}

enum fl_status fl_kd2_items_of(
    const struct fl_kd2_making *given,
    struct fl_element *root,
    const struct fl_conversion_rule *rule,
    struct fl_arena *arena,
    struct fl_kd2_item **out_items,
    struct fl_error *out_error)
{
    const struct making making = {given, arena, out_error};
    const struct fl_bytes name = fl_bytes_of_text(root->name);
    const bool is_set = is_record_set(root->name);

    *out_items = NULL;
    if (is_set && !is_of_information(root->name)) {
        return FL_OK;
    }
    if (is_set && given->dialect != FL_KD2_D3) {
        return make_records(&making, root, rule, out_items);
    }
    struct fl_kd2_item *const item = make_item(&making, rule, root->name);

    if (!item) {
        return no_room(&making);
    }
    *out_items = item;
    if (is_set) {
        return make_record_set(&making, root, item);
    }
    return fl_bytes_begin_with(name, "Константа.")
               ? make_constant(&making, root, item)
               : make_object(&making, root, rule, item);
}

/* ---- rules ---- */

/* Rules of 1C are of records, not of sets, and of all constants together. */
static const char *type_in_rules(const char *element, struct fl_arena *arena)
{
    const struct fl_bytes name = fl_bytes_of_text(element);

    if (is_record_set(element)) {
        return record_type(element, fl_bytes_begin_with(name, "Information"), arena);
    }
    return fl_bytes_begin_with(name, "Константа.") ? "КонстантыНабор" : element;
}

static struct fl_kd2_rule *rule_of(
    const struct fl_conversion_rule *rule,
    struct fl_arena *arena)
{
    struct fl_kd2_rule *const made = fl_arena_alloc(arena, sizeof(*made));
    const char *const options = fl_conversion_rule_options(rule);
    const char *const element = type_in_rules(fl_conversion_rule_element(rule), arena);
    struct fl_kd2_ref flags = {.not_create = false};

    if (made && element) {
        set_flags(&flags, options);
        *made = (struct fl_kd2_rule){
            .code = fl_kd2_rule_code(rule),
            .source = fl_bytes_of_text(element),
            .destination = fl_bytes_of_text(element),
            .by_id = !fl_kd2_option_is(options, "id", "no"),
            .continue_search = flags.continue_search,
            .not_create = flags.not_create,
            .not_replace = fl_kd2_option_is(options, "replace", "no"),
            .generate_code = fl_kd2_option_is(options, "code", "generate"),
            .priority = flags.priority,
        };
    }
    return made;
}

static bool has_code(const struct fl_kd2_rule *first, struct fl_bytes code)
{
    for (; first; first = first->next) {
        if (fl_bytes_equal(first->code, code)) {
            return true;
        }
    }
    return false;
}

enum fl_status fl_kd2_rules_of_conversion(
    const struct fl_conversion *conversion,
    struct fl_arena *arena,
    struct fl_kd2_rules *out_rules)
{
    struct fl_kd2_rule **end = &out_rules->rules;
    const struct fl_conversion_rule *rule;

    out_rules->rules = NULL;
    for (size_t i = 0; (rule = fl_conversion_rule_at(conversion, i)) != NULL; i++) {
        const char *const element = fl_conversion_rule_element(rule);

        if (!fl_conversion_rule_writes(rule, 0) ||
            (is_record_set(element) && !is_of_information(element))) {
            continue;
        }
        struct fl_kd2_rule *const made = rule_of(rule, arena);

        if (!made || made->source.size == 0) {
            return fl_arena_failure(arena, sizeof(*made));
        }
        if (!has_code(out_rules->rules, made->code)) {
            *end = made;
            end = &made->next;
        }
    }
    return FL_OK;
}
