/*
 * From what was seen to a type. A value without xsi:type is a text first of all: it
 * counts as a boolean, date, UUID or number only when every value of its attribute has
 * that very form, as 1C writes it, for only then does it come out as it went in. Whole
 * numbers alone stay text, since codes and INNs look like them and one day begin with a
 * zero.
 */

#include "learnt_type.h"

#include <string.h>

#include "proto/datetime.h"
#include "proto/decimal.h"
#include "proto/limits.h"
#include "proto/uuid.h"

enum { REF_TEXT_BYTES_MAX = FL_NAME_BYTES_MAX + 64 };

static const struct {
    const char *name;
    enum fl_role role;
    bool of_registers;
} standard[] = {
    {"IsFolder", FL_ROLE_IS_FOLDER, false},
    {"DeletionMark", FL_ROLE_DELETION_MARK, false},
    {"Owner", FL_ROLE_OWNER, false},
    {"Parent", FL_ROLE_PARENT, false},
    {"Code", FL_ROLE_CODE, false},
    {"Description", FL_ROLE_DESCRIPTION, false},
    {"PredefinedDataName", FL_ROLE_PREDEFINED_NAME, false},
    {"ValueType", FL_ROLE_VALUE_TYPE, false},
    {"Date", FL_ROLE_DATE, false},
    {"Number", FL_ROLE_NUMBER, false},
    {"Posted", FL_ROLE_POSTED, false},
    {"Recorder", FL_ROLE_RECORDER, true},
    {"Period", FL_ROLE_PERIOD, true},
    {"RecordType", FL_ROLE_RECORD_TYPE, true},
    {"Active", FL_ROLE_ACTIVE, true},
};

struct fl_learnt_field *fl_learnt_field_get(
    struct fl_arena *arena,
    struct fl_learnt_field **fields,
    struct fl_learnt_field *previous,
    const char *name)
{
    struct fl_learnt_field **const after = previous ? &previous->next : fields;

    if (*after && strcmp((*after)->name, name) == 0) {
        return *after; /* the order of the objects before */
    }
    for (struct fl_learnt_field *at = *fields; at; at = at->next) {
        if (strcmp(at->name, name) == 0) {
            return at;
        }
    }
    struct fl_learnt_field *const field = fl_arena_alloc(arena, sizeof(*field));

    if (!field) {
        return NULL;
    }
    field->name = fl_arena_text(arena, fl_bytes_of_text(name));
    field->next = *after;
    *after = field;
    return field->name ? field : NULL;
}

static bool is_text(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

/* A number in the form that it would be written in. */
static bool is_number(struct fl_bytes text)
{
    char again[FL_DECIMAL_TEXT_BYTES_MAX];
    struct fl_decimal number;

    if (fl_decimal_parse(text, &number) != FL_OK) {
        return false;
    }
    const size_t size = fl_decimal_format(number, again);

    return fl_bytes_equal(text, (struct fl_bytes){(const uint8_t *)again, size});
}

static bool is_uuid(struct fl_bytes text)
{
    char again[FL_UUID_TEXT_BYTES];
    struct fl_uuid uuid;

    if (fl_uuid_parse(text, &uuid) != FL_OK) {
        return false;
    }
    fl_uuid_format(uuid, again);
    return memcmp(again, text.data, sizeof(again)) == 0;
}

void fl_learnt_field_value(
    struct fl_learnt_field *field,
    struct fl_bytes text,
    bool is_long)
{
    int64_t date;

    field->has_value = true;
    field->not_boolean = field->not_boolean || is_long ||
                         !(is_text(text, "true") || is_text(text, "false"));
    field->not_date =
        field->not_date || is_long || fl_datetime_parse(text, &date) != FL_OK;
    field->not_uuid = field->not_uuid || is_long || !is_uuid(text);
    field->not_number = field->not_number || is_long || !is_number(text);
    field->has_fraction =
        field->has_fraction || (text.size > 0 && memchr(text.data, '.', text.size));
}

static const struct fl_learnt_field *find(
    const struct fl_learnt_field *fields,
    const char *name)
{
    while (fields && strcmp(fields->name, name) != 0) {
        fields = fields->next;
    }
    return fields;
}

static enum fl_role role_of(
    const struct fl_learnt_type *type,
    const struct fl_learnt_field *field)
{
    const bool is_register = fl_kind_is_register(type->kind);

    if (type->kind == FL_KIND_CONSTANT) {
        return FL_ROLE_CONSTANT_VALUE;
    }
    for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++) {
        if (standard[i].of_registers == is_register &&
            strcmp(field->name, standard[i].name) == 0) {
            return standard[i].role;
        }
    }
    return is_register && find(type->filter, field->name) ? FL_ROLE_DIMENSION
                                                          : FL_ROLE_OWN;
}

static uint32_t allows_of(const struct fl_learnt_field *field)
{
    if (field->has_xml) {
        return FL_ALLOWS_TYPE;
    }
    if (field->is_typed) {
        return FL_ALLOWS_UNKNOWN;
    }
    if (!field->has_value) {
        return FL_ALLOWS_STRING;
    }
    if (!field->not_boolean) {
        return FL_ALLOWS_BOOLEAN;
    }
    if (!field->not_date) {
        return FL_ALLOWS_DATE;
    }
    if (!field->not_uuid) {
        return FL_ALLOWS_UUID;
    }
    return !field->not_number && field->has_fraction ? FL_ALLOWS_NUMBER
                                                     : FL_ALLOWS_STRING;
}

static enum fl_use use_of(
    const struct fl_learnt_type *type,
    const struct fl_learnt_field *field)
{
    if (!type->has_folders || field->in_folder == field->in_item) {
        return FL_USE_ALWAYS;
    }
    return field->in_folder ? FL_USE_FOLDER : FL_USE_ITEM;
}

/* A parent is an object of the same type: the one reference that says what it is to. */
static void build_parent(
    const struct fl_learnt_type *type,
    struct fl_attribute_source *source,
    struct fl_configuration_builder *builder)
{
    char ref[REF_TEXT_BYTES_MAX];
    const char *const names[] = {ref};
    const char *const prefix = fl_kind_ref_prefix(type->kind);

    if (prefix && source->type.allows == FL_ALLOWS_UUID &&
        strlen(type->name) < FL_NAME_BYTES_MAX) {
        strcpy(ref, prefix);
        strcat(ref, ".");
        strcat(ref, type->name);
        source->type.allows = 0;
        source->ref_name_count = 1;
        source->ref_names = names;
    }
    fl_configuration_builder_attribute(builder, source);
}

static void build_field(
    const struct fl_learnt_type *type,
    const struct fl_learnt_field *field,
    enum fl_role role,
    struct fl_configuration_builder *builder)
{
    struct fl_attribute_source source = {
        .name = field->name,
        .role = role,
        .use = use_of(type, field),
        .in_filter = find(type->filter, field->name) != NULL,
        .type = {.allows = allows_of(field)},
    };

    if (role == FL_ROLE_PARENT) {
        build_parent(type, &source, builder);
        return;
    }
    fl_configuration_builder_attribute(builder, &source);
}

static bool has_field(const struct fl_learnt_type *type, const char *name)
{
    return find(type->fields, name) || find(type->filter, name);
}

void fl_learnt_type_build(
    const struct fl_learnt_type *type,
    struct fl_configuration_builder *builder)
{
    const bool is_register = fl_kind_is_register(type->kind);
    const struct fl_type made = {
        .kind = type->kind,
        .name = type->name,
        .hierarchical = !is_register && has_field(type, "Parent"),
        .folders = !is_register && has_field(type, "IsFolder"),
        .by_recorder = is_register && has_field(type, "Recorder"),
        .balance = is_register && has_field(type, "RecordType"),
        .learnt = true,
    };

    fl_configuration_builder_type(builder, &made);
    /* What stood in filters alone: of sets that had no records. */
    for (const struct fl_learnt_field *at = type->filter; at; at = at->next) {
        if (!find(type->fields, at->name)) {
            build_field(type, at, role_of(type, at), builder);
        }
    }
    for (const struct fl_learnt_field *at = type->fields; at; at = at->next) {
        if (!at->has_rows) {
            build_field(type, at, role_of(type, at), builder);
        }
    }
    for (const struct fl_learnt_field *at = type->fields; at; at = at->next) {
        if (at->has_rows) {
            fl_configuration_builder_section(builder, at->name, use_of(type, at));
            for (const struct fl_learnt_field *column = at->columns; column;
                 column = column->next) {
                build_field(type, column, FL_ROLE_OWN, builder);
            }
        }
    }
}
