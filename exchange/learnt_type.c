/*
 * From what was seen to a type, by one rule: what is read by it and written again is as
 * it was, today's packages and those to come. So:
 *
 * - a value without xsi:type is a text, unless all of them are booleans, dates, or uuids
 *   of which one is zero, which 1C writes for references alone; or numbers, whole ones
 *   and fractions, for codes, INNs and versions ("1.8", then "1.10") look like numbers
 *   for a while;
 * - one with xsi:type always has it: such an attribute takes any value;
 * - an element that came only empty and behind all certain attributes may be a text or a
 *   section; one that was not in all objects, stood in different places or had different
 *   forms has no place in a type. They are left out, so that the reader keeps them as
 *   they come.
 */

#include "learnt_type.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

enum { REF_TEXT_BYTES_MAX = FL_NAME_BYTES_MAX + 64, LEFT_OUT_BYTES_MAX = 400 };

/* What the values of a standard attribute must be for it to count as one. */
enum need { NEEDS_BOOLEAN, NEEDS_DATE, NEEDS_TEXT, NEEDS_REF, NEEDS_UUID, NEEDS_XML };

static const struct standard {
    const char *name;
    enum fl_role role;
    enum need need;
    bool of_registers;
} standards[] = {
    {"IsFolder", FL_ROLE_IS_FOLDER, NEEDS_BOOLEAN, false},
    {"DeletionMark", FL_ROLE_DELETION_MARK, NEEDS_BOOLEAN, false},
    {"Owner", FL_ROLE_OWNER, NEEDS_REF, false},
    {"Parent", FL_ROLE_PARENT, NEEDS_UUID, false},
    {"Code", FL_ROLE_CODE, NEEDS_TEXT, false},
    {"Description", FL_ROLE_DESCRIPTION, NEEDS_TEXT, false},
    {"PredefinedDataName", FL_ROLE_PREDEFINED_NAME, NEEDS_TEXT, false},
    {"ValueType", FL_ROLE_VALUE_TYPE, NEEDS_XML, false},
    {"Date", FL_ROLE_DATE, NEEDS_DATE, false},
    {"Number", FL_ROLE_NUMBER, NEEDS_TEXT, false},
    {"Posted", FL_ROLE_POSTED, NEEDS_BOOLEAN, false},
    {"Recorder", FL_ROLE_RECORDER, NEEDS_REF, true},
    {"Period", FL_ROLE_PERIOD, NEEDS_DATE, true},
    {"RecordType", FL_ROLE_RECORD_TYPE, NEEDS_TEXT, true},
    {"Active", FL_ROLE_ACTIVE, NEEDS_BOOLEAN, true},
};

/* A type on its way into the builder. */
struct building {
    struct fl_learnt_type *type;
    struct fl_configuration_builder *builder;
    struct fl_type made;
    const char *section; /* at hand, NULL: none */
    char left_out[LEFT_OUT_BYTES_MAX];
};

static struct fl_learnt_field *find(const struct fl_learnt_list *list, const char *name)
{
    struct fl_learnt_field *at = list->first;

    while (at && strcmp(at->name, name) != 0) {
        at = at->next;
    }
    return at;
}

/* ---- what the values are ---- */

static uint32_t plain_type(const struct fl_learnt_field *field)
{
    if (field->has_empty || !field->has_text) {
        return FL_ALLOWS_STRING;
    }
    if (!field->not_boolean) {
        return FL_ALLOWS_BOOLEAN;
    }
    if (!field->not_date) {
        return FL_ALLOWS_DATE;
    }
    if (!field->not_uuid && field->has_zero_uuid) {
        return FL_ALLOWS_UUID;
    }
    return !field->not_number && field->has_fraction && field->has_whole
               ? FL_ALLOWS_NUMBER
               : FL_ALLOWS_STRING;
}

/* By the values alone. */
static enum fl_learnt_form form_of(const struct fl_learnt_field *field)
{
    const bool is_tagged = field->has_typed || field->has_nil;

    if (field->is_unsteady) {
        return FL_LEARNT_LEFT_OUT;
    }
    if (field->has_rows) {
        return is_tagged || field->has_text || field->has_xml ? FL_LEARNT_LEFT_OUT
                                                              : FL_LEARNT_SECTION;
    }
    if (field->has_xml) {
        return is_tagged || field->has_text ? FL_LEARNT_LEFT_OUT : FL_LEARNT_XML;
    }
    if (is_tagged) {
        return field->has_text || field->has_empty ? FL_LEARNT_LEFT_OUT
                                                   : FL_LEARNT_COMPOSITE;
    }
    return FL_LEARNT_PLAIN;
}

static bool meets(const struct fl_learnt_field *field, enum need need)
{
    const enum fl_learnt_form form = form_of(field);

    switch (need) {
    case NEEDS_BOOLEAN:
        return form == FL_LEARNT_PLAIN && plain_type(field) == FL_ALLOWS_BOOLEAN;
    case NEEDS_DATE:
        return form == FL_LEARNT_PLAIN && plain_type(field) == FL_ALLOWS_DATE;
    case NEEDS_TEXT:
        return form == FL_LEARNT_PLAIN;
    case NEEDS_REF:
        return form == FL_LEARNT_COMPOSITE && !field->not_ref;
    case NEEDS_UUID:
        return form == FL_LEARNT_PLAIN && !field->has_empty && !field->not_uuid;
    case NEEDS_XML:
        return form == FL_LEARNT_XML;
    }
    return false;
}

/* NULL: the element is no standard attribute. */
static const struct standard *standard_of(
    const struct fl_learnt_type *type,
    const struct fl_learnt_field *field)
{
    for (size_t i = 0; i < sizeof(standards) / sizeof(standards[0]); i++) {
        const struct standard *const standard = &standards[i];

        if (standard->of_registers == fl_kind_is_register(type->kind) &&
            strcmp(field->name, standard->name) == 0 && meets(field, standard->need)) {
            /* An empty name is not written. */
            return standard->role == FL_ROLE_PREDEFINED_NAME && field->has_empty
                       ? NULL
                       : standard;
        }
    }
    return NULL;
}

/* ---- where it stands ---- */

/* False: not in all objects of any kind that has it. */
static bool find_use(
    const struct fl_learnt_list *list,
    const struct fl_learnt_field *field,
    bool has_folders,
    enum fl_use *out_use)
{
    const bool in_all_folders = field->folders == list->folders;
    const bool in_all_items = field->items == list->items;

    *out_use = FL_USE_ALWAYS;
    if (in_all_folders && in_all_items) {
        return true;
    }
    *out_use = field->folders == 0 ? FL_USE_ITEM : FL_USE_FOLDER;
    return has_folders && ((field->folders == 0 && in_all_items) ||
                           (field->items == 0 && in_all_folders));
}

static bool is_certain(const struct building *building, const struct fl_learnt_field *at)
{
    return at->form == FL_LEARNT_COMPOSITE || at->form == FL_LEARNT_XML ||
           (at->form == FL_LEARNT_PLAIN &&
            (at->has_text || standard_of(building->type, at) != NULL));
}

/* The last element that is an attribute for certain; sections come behind all. */
static const struct fl_learnt_field *last_attribute(const struct building *building)
{
    const struct fl_learnt_field *last = NULL;

    for (const struct fl_learnt_field *at = building->type->fields.first;
         at && at->form != FL_LEARNT_SECTION; at = at->next) {
        if (is_certain(building, at)) {
            last = at;
        }
    }
    return last;
}

/* Elements of an object: attributes first, then sections. */
static void settle_order(struct building *building)
{
    const struct fl_learnt_field *const last = last_attribute(building);
    bool is_behind = last == NULL;
    bool has_section = false;

    for (struct fl_learnt_field *at = building->type->fields.first; at; at = at->next) {
        if (at->form == FL_LEARNT_SECTION) {
            has_section = true;
        } else if (at->form != FL_LEARNT_LEFT_OUT && is_behind) {
            at->form = has_section && !is_certain(building, at) ? FL_LEARNT_SECTION
                                                                : FL_LEARNT_LEFT_OUT;
        }
        is_behind = is_behind || at == last;
    }
}

static void settle_list(
    struct building *building,
    struct fl_learnt_list *list,
    bool has_folders)
{
    for (struct fl_learnt_field *at = list->first; at; at = at->next) {
        const struct standard *const standard =
            building->section ? NULL : standard_of(building->type, at);
        const bool may_be_absent = standard && standard->role == FL_ROLE_PREDEFINED_NAME;
        enum fl_use use;

        at->form = form_of(at);
        if (at->form == FL_LEARNT_XML && !standard) {
            at->form = FL_LEARNT_LEFT_OUT;
        }
        if (!find_use(list, at, has_folders, &use) && !may_be_absent && !at->in_filter) {
            at->form = FL_LEARNT_LEFT_OUT;
        }
        /* Of a filter the reader takes attributes only. */
        if (at->in_filter && at->form != FL_LEARNT_PLAIN) {
            at->form =
                at->has_typed || at->has_nil ? FL_LEARNT_COMPOSITE : FL_LEARNT_PLAIN;
        }
    }
}

/* ---- into the builder ---- */

/* A parent is an object of the same type: the one reference that says what it is to. */
static void build_parent(struct building *building, struct fl_attribute_source *source)
{
    char ref[REF_TEXT_BYTES_MAX];
    const char *const names[] = {ref};
    const char *const prefix = fl_kind_ref_prefix(building->type->kind);

    FL_ASSERT(prefix != NULL);
    (void)snprintf(ref, sizeof(ref), "%s.%s", prefix, building->type->name);
    source->type.allows = 0;
    source->ref_name_count = 1;
    source->ref_names = names;
    fl_configuration_builder_attribute(building->builder, source);
}

static enum fl_role role_of(
    const struct building *building,
    const struct fl_learnt_field *field)
{
    const struct standard *const standard =
        building->section ? NULL : standard_of(building->type, field);
    const bool is_own =
        !standard || (standard->role == FL_ROLE_IS_FOLDER && !building->made.folders) ||
        (standard->role == FL_ROLE_RECORDER && !building->made.by_recorder);

    if (building->type->kind == FL_KIND_CONSTANT) {
        return strcmp(field->name, "Value") == 0 ? FL_ROLE_CONSTANT_VALUE : FL_ROLE_OWN;
    }
    if (!is_own) {
        return standard->role;
    }
    return field->in_filter ? FL_ROLE_DIMENSION : FL_ROLE_OWN;
}

static bool is_text_role(enum fl_role role)
{
    return role == FL_ROLE_CODE || role == FL_ROLE_DESCRIPTION ||
           role == FL_ROLE_PREDEFINED_NAME || role == FL_ROLE_NUMBER ||
           role == FL_ROLE_RECORD_TYPE;
}

static void build_attribute(
    struct building *building,
    const struct fl_learnt_list *list,
    const struct fl_learnt_field *field)
{
    struct fl_attribute_source source = {
        .name = field->name,
        .role = role_of(building, field),
        .in_filter = field->in_filter,
        .type =
            {.allows = field->form == FL_LEARNT_COMPOSITE ? FL_ALLOWS_UNKNOWN
                       : field->form == FL_LEARNT_XML     ? FL_ALLOWS_TYPE
                                                          : plain_type(field)},
    };

    if (field->form == FL_LEARNT_PLAIN && is_text_role(source.role)) {
        source.type.allows = FL_ALLOWS_STRING;
    }
    if (source.role == FL_ROLE_PREDEFINED_NAME || field->in_filter ||
        !find_use(list, field, building->made.folders, &source.use)) {
        source.use = FL_USE_ALWAYS;
    }
    if (source.role == FL_ROLE_PARENT) {
        build_parent(building, &source);
    } else {
        fl_configuration_builder_attribute(building->builder, &source);
    }
}

static void note_left_out(struct building *building, const char *name)
{
    const size_t size = strlen(building->left_out);

    (void)snprintf(
        building->left_out + size, sizeof(building->left_out) - size, "%s%s%s%s",
        size > 0 ? ", " : "", building->section ? building->section : "",
        building->section ? "." : "", name);
}

static void build_attributes(
    struct building *building,
    const struct fl_learnt_list *list,
    bool of_filter_only)
{
    for (const struct fl_learnt_field *at = list->first; at; at = at->next) {
        if (of_filter_only && find(&building->type->fields, at->name)) {
            continue;
        }
        if (at->form == FL_LEARNT_LEFT_OUT) {
            note_left_out(building, at->name);
        } else if (at->form != FL_LEARNT_SECTION) {
            build_attribute(building, list, at);
        }
    }
}

static void build_sections(struct building *building)
{
    struct fl_learnt_list *const fields = &building->type->fields;

    for (struct fl_learnt_field *at = fields->first; at; at = at->next) {
        enum fl_use use;

        if (at->form == FL_LEARNT_SECTION) {
            (void)find_use(fields, at, building->made.folders, &use);
            fl_configuration_builder_section(building->builder, at->name, use);
            building->section = at->name;
            settle_list(building, &at->rows, /* has_folders= */ false);
            build_attributes(building, &at->rows, /* of_filter_only= */ false);
            building->section = NULL;
        }
    }
}

/* ---- types ---- */

/* What filters tell of an attribute belongs to what records tell of it. */
static void merge_filter(struct fl_learnt_type *type)
{
    for (struct fl_learnt_field *at = type->filter.first; at; at = at->next) {
        struct fl_learnt_field *const field = find(&type->fields, at->name);

        at->in_filter = true;
        if (!field) {
            continue;
        }
        field->in_filter = true;
        field->has_typed = field->has_typed || at->has_typed;
        field->has_nil = field->has_nil || at->has_nil;
        field->has_empty = field->has_empty || at->has_empty;
        field->has_text = field->has_text || at->has_text;
        field->not_ref = field->not_ref || at->not_ref;
        field->not_boolean = field->not_boolean || at->not_boolean;
        field->not_date = field->not_date || at->not_date;
        field->not_uuid = field->not_uuid || at->not_uuid;
        field->not_number = field->not_number || at->not_number;
        field->has_zero_uuid = field->has_zero_uuid || at->has_zero_uuid;
        field->has_fraction = field->has_fraction || at->has_fraction;
        field->has_whole = field->has_whole || at->has_whole;
    }
}

/* Is `name` the standard attribute that it is called after? */
static bool has_standard(
    const struct fl_learnt_type *type,
    const struct fl_learnt_list *list,
    const char *name)
{
    const struct fl_learnt_field *const field = find(list, name);

    return field && standard_of(type, field) != NULL;
}

static bool is_by_recorder(const struct fl_learnt_type *type)
{
    const struct fl_learnt_field *const in_records = find(&type->fields, "Recorder");

    return type->filter.count == 1 && has_standard(type, &type->filter, "Recorder") &&
           (!in_records || standard_of(type, in_records) != NULL);
}

static bool has_folders(const struct fl_learnt_type *type)
{
    const struct fl_learnt_field *const field = find(&type->fields, "IsFolder");

    return field && standard_of(type, field) != NULL &&
           field->folders == type->fields.folders && field->items == type->fields.items;
}

static void note_doubts(const struct building *building)
{
    const enum fl_kind number = building->type->kind;
    const char *const kind = fl_kind_name(number);

    if (fl_kind_is_register(number) && number != FL_KIND_INFORMATION_REGISTER &&
        number != FL_KIND_ACCUMULATION_REGISTER) {
        fl_configuration_builder_note(
            building->builder,
            "%s.%s: how 1C writes records of this kind is not known for certain; they "
            "are passed on as they come",
            kind, building->type->name);
    }
    if (building->left_out[0] != '\0') {
        const struct fl_bytes names = fl_bytes_utf8_beginning(
            fl_bytes_of_text(building->left_out), LEFT_OUT_BYTES_MAX);

        fl_configuration_builder_note(
            building->builder,
            "%s.%s: the packages do not tell what some elements are, they are passed on "
            "as they come: %.*s",
            kind, building->type->name, (int)names.size, (const char *)names.data);
    }
}

void fl_learnt_type_build(
    struct fl_learnt_type *type,
    struct fl_configuration_builder *builder)
{
    const bool is_register = fl_kind_is_register(type->kind);
    struct building building = {.type = type, .builder = builder};

    merge_filter(type);
    building.made = (struct fl_type){
        .kind = type->kind,
        .name = type->name,
        .hierarchical = !is_register && has_standard(type, &type->fields, "Parent"),
        .folders = !is_register && has_folders(type),
        .by_recorder = is_register && is_by_recorder(type),
        .balance = is_register && has_standard(type, &type->fields, "RecordType"),
        .learnt = true,
    };
    settle_list(&building, &type->filter, /* has_folders= */ false);
    settle_list(&building, &type->fields, building.made.folders);
    if (!is_register && type->kind != FL_KIND_CONSTANT) {
        settle_order(&building);
    }
    fl_configuration_builder_type(builder, &building.made);
    /* What stood in filters alone: of sets that had no records. */
    build_attributes(&building, &type->filter, /* of_filter_only= */ true);
    build_attributes(&building, &type->fields, /* of_filter_only= */ false);
    build_sections(&building);
    note_doubts(&building);
}
