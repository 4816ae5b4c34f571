#include "dump_type_parts.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

enum {
    LISTED_ARENA_BYTES_MAX = 64 << 20,
    OBJECT_ARENA_BYTES_MAX = 16 << 20,
    REF_NAMES_MAX = 16384,
    OWNERS_MAX = 256,
    COMMON_MAX = 256,
    BUCKETS = 4096,
};

/* A set of types with a name: a defined type, or the values of characteristics. */
struct named_set {
    struct named_set *next;
    const char *name; /* "DefinedType.X", "Characteristic.X" */
    const struct fl_metadata_type *type;
    uint64_t turn; /* of the attribute that took it in last: sets may name each other */
};

/* An object that is there, as refs name it: "CatalogRef.X". */
struct listed {
    struct listed *next;
    const char *ref;
};

struct fl_dump_types {
    struct fl_configuration_builder *builder;
    struct fl_arena arena;
    struct fl_arena object; /* names made for the type at hand */
    struct named_set *sets[BUCKETS];
    struct listed *listed[BUCKETS];
    struct listed *added[BUCKETS]; /* "Catalog.X": what was asked for before */
    bool lacks[FL_KIND_COUNT_];    /* some object of this kind has no file */
    bool lacks_any;
    const struct fl_metadata *common[COMMON_MAX];
    size_t common_count;
    struct fl_dump_charts charts;
    uint64_t turn;
    const char *refs[REF_NAMES_MAX]; /* of the attribute at hand */
    size_t ref_count;
    const char *type_name;            /* of the type at hand */
    const char *names[FL_FIELDS_MAX]; /* its attributes, or those of the section */
    size_t name_count;
    enum fl_status failure;
};

static size_t bucket_of(const char *name)
{
    size_t hash = 5381;

    for (; *name; name++) {
        hash = hash * 33 + (unsigned char)*name;
    }
    return hash % BUCKETS;
}

enum fl_status fl_dump_types_new(
    struct fl_configuration_builder *builder,
    struct fl_dump_types **out_types)
{
    struct fl_dump_types *const types = fl_alloc_zeroed(1, sizeof(*types));

    if (!types) {
        return FL_NO_MEMORY;
    }
    types->builder = builder;
    fl_arena_init(&types->arena, LISTED_ARENA_BYTES_MAX);
    fl_arena_init(&types->object, OBJECT_ARENA_BYTES_MAX);
    *out_types = types;
    return FL_OK;
}

void fl_dump_types_free(struct fl_dump_types *types)
{
    if (types) {
        fl_arena_deinit(&types->arena);
        fl_arena_deinit(&types->object);
        fl_free(types);
    }
}

/* "CatalogRef.X"; NULL without room. */
static const char *make_ref(struct fl_arena *arena, const char *prefix, const char *name)
{
    const size_t size = strlen(prefix) + strlen(name) + 2;
    char *const ref = fl_arena_alloc(arena, size);

    if (ref) {
        (void)snprintf(ref, size, "%s.%s", prefix, name);
    }
    return ref;
}

enum fl_status fl_dump_types_list(
    struct fl_dump_types *types,
    enum fl_kind kind,
    const char *name,
    bool is_there)
{
    const char *const prefix = fl_kind_ref_prefix(kind);

    if (!prefix) {
        return FL_OK;
    }
    if (!is_there) {
        types->lacks[kind] = true;
        types->lacks_any = true;
        return FL_OK;
    }
    struct listed *const listed = fl_arena_alloc(&types->arena, sizeof(*listed));
    const char *const ref = make_ref(&types->arena, prefix, name);

    if (!listed || !ref) {
        return FL_NO_MEMORY;
    }
    *listed = (struct listed){types->listed[bucket_of(ref)], ref};
    types->listed[bucket_of(ref)] = listed;
    return FL_OK;
}

static bool is_listed(const struct fl_dump_types *types, const char *ref)
{
    const struct listed *at = types->listed[bucket_of(ref)];

    while (at && strcmp(at->ref, ref) != 0) {
        at = at->next;
    }
    return at != NULL;
}

bool fl_dump_types_is_new(struct fl_dump_types *types, const char *kind, const char *name)
{
    struct listed *const added = fl_arena_alloc(&types->arena, sizeof(*added));
    const char *const full = make_ref(&types->arena, kind, name);

    if (!added || !full) {
        return true; /* what follows has no memory either, and says so */
    }
    struct listed **const bucket = &types->added[bucket_of(full)];
    const struct listed *at = *bucket;

    while (at && strcmp(at->ref, full) != 0) {
        at = at->next;
    }
    if (!at) {
        *added = (struct listed){*bucket, full};
        *bucket = added;
    }
    return !at;
}

enum fl_status fl_dump_types_set(
    struct fl_dump_types *types,
    const char *name,
    const struct fl_metadata_type *type)
{
    struct named_set *const set = fl_arena_alloc(&types->arena, sizeof(*set));
    const size_t bucket = bucket_of(name);

    if (!set) {
        return FL_NO_MEMORY;
    }
    *set = (struct named_set){.next = types->sets[bucket], .name = name, .type = type};
    types->sets[bucket] = set;
    return FL_OK;
}

static struct named_set *find_set(const struct fl_dump_types *types, const char *name)
{
    struct named_set *at = types->sets[bucket_of(name)];

    while (at && strcmp(at->name, name) != 0) {
        at = at->next;
    }
    return at;
}

/* ---- types of attributes ---- */

/* Limits are an attribute's own, or else those of the first set that has some. */
static void take_limits(struct fl_value_type *gathered, const struct fl_value_type *type)
{
    const uint32_t new = type->allows & ~gathered->allows;

    if (new &FL_ALLOWS_STRING) {
        gathered->string_length = type->string_length;
        gathered->string_fixed = type->string_fixed;
    }
    if (new &FL_ALLOWS_NUMBER) {
        gathered->number_digits = type->number_digits;
        gathered->number_fraction = type->number_fraction;
        gathered->number_nonnegative = type->number_nonnegative;
    }
    if (new &FL_ALLOWS_DATE) {
        gathered->date_only = type->date_only;
        gathered->time_only = type->time_only;
    }
    gathered->allows |= type->allows;
}

static void add_names(struct fl_dump_types *types, const struct fl_metadata_type *type)
{
    for (size_t i = 0; i < type->name_count; i++) {
        if (types->ref_count == REF_NAMES_MAX) {
            types->failure = FL_LIMIT;
            return;
        }
        types->refs[types->ref_count++] =
            strcmp(type->names[i], "AnyIBRef") == 0 ? "AnyRef" : type->names[i];
    }
}

/*
 * A type with the sets that it names, and the sets that those name. Sets wait among the
 * refs and leave their place when their turn comes, each once.
 */
static void gather(
    struct fl_dump_types *types,
    const struct fl_metadata_type *type,
    struct fl_value_type *gathered)
{
    size_t next = 0;

    types->turn++;
    types->ref_count = 0;
    take_limits(gathered, &type->type);
    add_names(types, type);
    while (next < types->ref_count) {
        struct named_set *const set = find_set(types, types->refs[next]);

        if (!set) {
            next++;
            continue;
        }
        types->refs[next] = types->refs[--types->ref_count];
        if (set->turn != types->turn) {
            set->turn = types->turn;
            take_limits(gathered, &set->type->type);
            add_names(types, set->type);
        }
    }
}

/* Every object that can be referred to: so a project writes it, and so a dump. */
static bool is_any(const char *name)
{
    return strcmp(name, "AnyRef") == 0 || strcmp(name, "AnyIBRef") == 0;
}

/* All objects of a kind, of which some have no file? */
static bool lacks_some(const struct fl_dump_types *types, const char *name)
{
    const enum fl_kind kind = fl_kind_find_ref_prefix(fl_bytes_of_text(name));

    return is_any(name) ? types->lacks_any : kind != 0 && types->lacks[kind];
}

/*
 * One single type, whose file is not there: values come without xsi:type, as uuids or, of
 * an enumeration, names, so they can be read and written as 1C does even so.
 */
static bool is_single_missing(
    const struct fl_dump_types *types,
    const struct fl_attribute_source *source)
{
    if (source->type.allows != 0 || types->ref_count != 1 ||
        source->role == FL_ROLE_OWNER || source->role == FL_ROLE_RECORDER) {
        return false;
    }
    const char *const ref = types->refs[0];
    const char *const dot = strchr(ref, '.');
    const size_t size = dot ? (size_t)(dot - ref) : 0;

    return dot && !is_listed(types, ref) &&
           fl_kind_find_ref_prefix((struct fl_bytes){(const uint8_t *)ref, size}) != 0;
}

static void settle_missing(
    struct fl_dump_types *types,
    struct fl_attribute_source *source)
{
    if (is_single_missing(types, source)) {
        const bool is_enum = strncmp(types->refs[0], "EnumRef.", 8) == 0;

        source->type.allows = is_enum ? FL_ALLOWS_STRING : FL_ALLOWS_UUID;
        fl_configuration_builder_note(
            types->builder,
            "the attribute \"%s\" of \"%s\" holds \"%s\", which is not in the "
            "configuration: its values are passed on unchecked",
            source->name, types->type_name, types->refs[0]);
        types->ref_count = 0;
        return;
    }
    for (size_t i = 0; i < types->ref_count; i++) {
        if (lacks_some(types, types->refs[i])) {
            source->type.allows |= FL_ALLOWS_UNKNOWN;
        }
    }
    /* The dump does not say what it holds: an empty set. */
    if (source->type.allows == 0 && types->ref_count == 0) {
        source->type.allows = FL_ALLOWS_UNKNOWN;
    }
}

/* 1C lets no two have one name, but a file may: the first one counts. */
static bool is_new_name(struct fl_dump_types *types, const char *name)
{
    for (size_t i = 0; i < types->name_count; i++) {
        if (types->names[i][0] == name[0] && strcmp(types->names[i], name) == 0) {
            fl_configuration_builder_note(
                types->builder,
                "\"%s\" has the attribute \"%s\" twice: the second is left out",
                types->type_name, name);
            return false;
        }
    }
    if (types->name_count < FL_FIELDS_MAX) {
        types->names[types->name_count++] = name;
    }
    return true;
}

static void put_attribute(
    struct fl_dump_types *types,
    struct fl_attribute_source *source,
    const struct fl_metadata_type *type)
{
    if (!is_new_name(types, source->name)) {
        return;
    }
    gather(types, type, &source->type);
    settle_missing(types, source);
    source->ref_name_count = types->ref_count;
    source->ref_names = types->refs;
    fl_configuration_builder_attribute(types->builder, source);
}

static void add_attribute(
    struct fl_dump_types *types,
    const char *name,
    enum fl_role role,
    enum fl_use use,
    bool in_filter,
    const struct fl_metadata_type *type)
{
    struct fl_attribute_source source = {
        .name = name, .role = role, .use = use, .in_filter = in_filter};

    put_attribute(types, &source, type);
}

/* ---- for who adds the fields of an accounting register ---- */

void fl_dump_types_beside(
    struct fl_dump_types *types,
    const char *name,
    enum fl_role role,
    const struct fl_metadata_type *type)
{
    struct fl_attribute_source source = {
        .name = fl_arena_text(&types->object, fl_bytes_of_text(name)),
        .place = FL_PLACE_NONE,
        .role = role};

    if (!source.name) {
        types->failure = FL_NO_MEMORY;
    } else {
        put_attribute(types, &source, type);
    }
}

struct fl_dump_charts *fl_dump_types_charts(struct fl_dump_types *types)
{
    return &types->charts;
}

static void add_primitive(
    struct fl_dump_types *types,
    const char *name,
    enum fl_role role,
    uint32_t allows)
{
    struct fl_metadata_type type = {.type = {.allows = allows}};

    add_attribute(types, name, role, FL_USE_ALWAYS, false, &type);
}

static void add_limited(
    struct fl_dump_types *types,
    const char *name,
    enum fl_role role,
    uint32_t length,
    bool is_number)
{
    struct fl_metadata_type type = {0};

    type.type.allows = is_number ? FL_ALLOWS_NUMBER : FL_ALLOWS_STRING;
    type.type.string_length = is_number ? 0 : length;
    type.type.number_digits = is_number ? length : 0;
    add_attribute(types, name, role, FL_USE_ALWAYS, false, &type);
}

static void add_reference(
    struct fl_dump_types *types,
    const char *name,
    enum fl_role role,
    const char *kind_of_ref,
    const char *object)
{
    char text[FL_NAME_BYTES_MAX + 64];

    (void)snprintf(
        text, sizeof(text), "%s%s%s", kind_of_ref, object ? "." : "",
        object ? object : "");
    const char *names[] = {text};
    struct fl_metadata_type type = {.name_count = 1, .names = names};

    add_attribute(types, name, role, FL_USE_ALWAYS, role == FL_ROLE_RECORDER, &type);
}

/* "Catalog.Контрагенты" of the list of owners is the type "CatalogRef.Контрагенты". */
static void add_owner(struct fl_dump_types *types, const struct fl_metadata *metadata)
{
    const char *names[OWNERS_MAX];
    struct fl_metadata_type type = {.names = names};

    for (const struct fl_metadata_name *owner = metadata->owners; owner;
         owner = owner->next) {
        const char *dot = strchr(owner->name, '.');
        size_t size = strlen(owner->name) + sizeof("Ref");
        char *name = fl_arena_alloc(&types->object, size);

        if (!dot) {
            continue;
        }
        if (!name || type.name_count == OWNERS_MAX) {
            types->failure = FL_LIMIT;
            break;
        }
        (void)snprintf(
            name, size, "%.*sRef%s", (int)(dot - owner->name), owner->name, dot);
        names[type.name_count++] = name;
    }
    if (type.name_count > 0) {
        add_attribute(types, "Owner", FL_ROLE_OWNER, FL_USE_ALWAYS, false, &type);
    }
}

static void add_code(struct fl_dump_types *types, const struct fl_metadata *metadata)
{
    if (metadata->code_length > 0) {
        add_limited(
            types, "Code", FL_ROLE_CODE, metadata->code_length, metadata->code_is_number);
    }
    if (metadata->description_length > 0) {
        add_limited(
            types, "Description", FL_ROLE_DESCRIPTION, metadata->description_length,
            false);
    }
}

static void add_hierarchical(
    struct fl_dump_types *types,
    const struct fl_metadata *metadata,
    const char *kind_of_ref,
    bool has_owner)
{
    if (metadata->hierarchical && metadata->folders) {
        add_primitive(types, "IsFolder", FL_ROLE_IS_FOLDER, FL_ALLOWS_BOOLEAN);
    }
    add_primitive(types, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    if (has_owner) {
        add_owner(types, metadata);
    }
    if (metadata->hierarchical) {
        add_reference(types, "Parent", FL_ROLE_PARENT, kind_of_ref, metadata->name);
    }
    add_code(types, metadata);
    add_primitive(types, "PredefinedDataName", FL_ROLE_PREDEFINED_NAME, FL_ALLOWS_STRING);
}

static void add_document(struct fl_dump_types *types, const struct fl_metadata *metadata)
{
    add_primitive(types, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_primitive(types, "Date", FL_ROLE_DATE, FL_ALLOWS_DATE);
    if (metadata->number_length > 0) {
        add_limited(
            types, "Number", FL_ROLE_NUMBER, metadata->number_length,
            metadata->number_is_number);
    }
    if (metadata->posting && strcmp(metadata->kind, "Document") == 0) {
        add_primitive(types, "Posted", FL_ROLE_POSTED, FL_ALLOWS_BOOLEAN);
    }
}

static void add_accounts(struct fl_dump_types *types, const struct fl_metadata *metadata)
{
    add_primitive(types, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_reference(types, "Parent", FL_ROLE_PARENT, "ChartOfAccountsRef", metadata->name);
    add_code(types, metadata);
    add_primitive(types, "PredefinedDataName", FL_ROLE_PREDEFINED_NAME, FL_ALLOWS_STRING);
    add_primitive(types, "Order", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_STRING);
    add_primitive(types, "Type", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_STRING);
    add_primitive(types, "OffBalance", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
}

static void add_process(
    struct fl_dump_types *types,
    const struct fl_metadata *metadata,
    bool is_task)
{
    add_document(types, metadata);
    if (is_task) {
        if (metadata->description_length > 0) {
            add_limited(
                types, "Description", FL_ROLE_DESCRIPTION, metadata->description_length,
                false);
        }
        add_primitive(types, "Executed", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
        add_reference(
            types, "BusinessProcess", FL_ROLE_OTHER_STANDARD, "BusinessProcessRef", NULL);
        add_primitive(types, "RoutePoint", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_UNKNOWN);
        return;
    }
    add_primitive(types, "Completed", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
    add_reference(types, "HeadTask", FL_ROLE_OTHER_STANDARD, "TaskRef", NULL);
    add_primitive(types, "Started", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
}

static void add_plan_node(struct fl_dump_types *types, const struct fl_metadata *metadata)
{
    add_primitive(types, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_code(types, metadata);
    add_primitive(types, "SentNo", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_NUMBER);
    add_primitive(types, "ReceivedNo", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_NUMBER);
}

static void add_fields(
    struct fl_dump_types *types,
    const struct fl_metadata_field *fields,
    enum fl_metadata_field_kind kind,
    enum fl_role role,
    bool independent)
{
    for (const struct fl_metadata_field *field = fields; field; field = field->next) {
        if (field->kind == kind && field->name) {
            add_attribute(
                types, field->name, role, field->use, independent && field->main_filter,
                &field->type);
        }
    }
}

static void add_period(struct fl_dump_types *types, bool in_filter)
{
    struct fl_metadata_type type = {.type = {.allows = FL_ALLOWS_DATE}};

    add_attribute(types, "Period", FL_ROLE_PERIOD, FL_USE_ALWAYS, in_filter, &type);
}

void fl_dump_types_common(
    struct fl_dump_types *types,
    const struct fl_metadata *attribute)
{
    if (types->common_count == COMMON_MAX) {
        fl_configuration_builder_note(
            types->builder,
            "there are more than %d common attributes: where packages have \"%s\", it is "
            "kept as it comes",
            (int)COMMON_MAX, attribute->name);
        return;
    }
    if (attribute->separates) {
        fl_configuration_builder_note(
            types->builder,
            "the common attribute \"%s\" separates data: where packages have it, it is "
            "kept as it comes",
            attribute->name);
        return;
    }
    types->common[types->common_count++] = attribute;
}

static bool has_common(
    const struct fl_metadata *attribute,
    enum fl_kind kind,
    const char *name)
{
    char full[FL_NAME_BYTES_MAX + 64];

    (void)snprintf(full, sizeof(full), "%s.%s", fl_kind_name(kind), name);
    for (const struct fl_metadata_name *item = attribute->items; item;
         item = item->next) {
        if (strcmp(item->name, full) == 0) {
            return item->allow || (attribute->auto_use && !item->deny);
        }
    }
    return attribute->auto_use;
}

/* Behind the own attributes: where 1C writes them is not known for sure. */
static void add_common(
    struct fl_dump_types *types,
    enum fl_kind kind,
    const struct fl_metadata *metadata)
{
    for (size_t i = 0; i < types->common_count; i++) {
        const struct fl_metadata *const attribute = types->common[i];

        if (has_common(attribute, kind, metadata->name)) {
            add_attribute(
                types, attribute->name, FL_ROLE_OWN, FL_USE_ALWAYS, false,
                &attribute->type);
        }
    }
}

static void add_register(
    struct fl_dump_types *types,
    const struct fl_metadata *metadata,
    bool accumulation)
{
    bool by_recorder = accumulation || metadata->by_recorder;

    if (by_recorder) {
        add_reference(types, "Recorder", FL_ROLE_RECORDER, "DocumentRef", NULL);
    }
    if (accumulation || metadata->periodic) {
        add_period(types, !by_recorder && metadata->main_filter_on_period);
    }
    if (accumulation && !metadata->turnovers) {
        add_primitive(types, "RecordType", FL_ROLE_RECORD_TYPE, FL_ALLOWS_STRING);
    }
    if (by_recorder) {
        add_primitive(types, "Active", FL_ROLE_ACTIVE, FL_ALLOWS_BOOLEAN);
    }
    add_fields(
        types, metadata->fields, FL_METADATA_DIMENSION, FL_ROLE_DIMENSION, !by_recorder);
    add_fields(types, metadata->fields, FL_METADATA_RESOURCE, FL_ROLE_RESOURCE, false);
    add_fields(types, metadata->fields, FL_METADATA_ATTRIBUTE, FL_ROLE_OWN, false);
    add_common(
        types,
        accumulation ? FL_KIND_ACCUMULATION_REGISTER : FL_KIND_INFORMATION_REGISTER,
        metadata);
}

/* How packages lay out these records is not known: all but the key comes as it is. */
static void add_opaque(
    struct fl_dump_types *types,
    const struct fl_metadata *metadata,
    enum fl_kind kind)
{
    add_reference(types, "Recorder", FL_ROLE_RECORDER, "DocumentRef", NULL);
    fl_configuration_builder_note(
        types->builder,
        "%s.%s: how 1C lays out its records is not known; they are carried through "
        "unchanged, and nothing in them is checked or filtered",
        fl_kind_name(kind), metadata->name);
    if (kind == FL_KIND_ACCOUNTING_REGISTER) {
        fl_dump_accounting_add(types, metadata);
    }
}

static bool is_first_section(
    struct fl_dump_types *types,
    const struct fl_metadata_section *first,
    const struct fl_metadata_section *section)
{
    while (first != section &&
           !(first->name && strcmp(first->name, section->name) == 0)) {
        first = first->next;
    }
    if (first != section) {
        fl_configuration_builder_note(
            types->builder, "\"%s\" has the section \"%s\" twice: the second is left out",
            types->type_name, section->name);
    }
    return first == section;
}

static void add_own(
    struct fl_dump_types *types,
    enum fl_kind kind,
    const struct fl_metadata *metadata)
{
    add_fields(types, metadata->fields, FL_METADATA_ATTRIBUTE, FL_ROLE_OWN, false);
    add_common(types, kind, metadata);
    for (const struct fl_metadata_section *section = metadata->sections; section;
         section = section->next) {
        if (section->name && is_first_section(types, metadata->sections, section)) {
            fl_configuration_builder_section(types->builder, section->name, section->use);
            types->name_count = 0;
            add_fields(types, section->fields, FL_METADATA_ATTRIBUTE, FL_ROLE_OWN, false);
        }
    }
}

static void add_attributes(
    struct fl_dump_types *types,
    enum fl_kind kind,
    const struct fl_metadata *metadata)
{
    switch (kind) {
    case FL_KIND_CATALOG:
        add_hierarchical(types, metadata, "CatalogRef", true);
        break;
    case FL_KIND_CHARACTERISTIC_TYPES:
        add_hierarchical(types, metadata, "ChartOfCharacteristicTypesRef", false);
        add_primitive(types, "ValueType", FL_ROLE_VALUE_TYPE, FL_ALLOWS_TYPE);
        break;
    case FL_KIND_CALCULATION_TYPES:
        add_hierarchical(types, metadata, "ChartOfCalculationTypesRef", false);
        break;
    case FL_KIND_DOCUMENT:
        add_document(types, metadata);
        break;
    case FL_KIND_ACCOUNTS:
        add_accounts(types, metadata);
        break;
    case FL_KIND_BUSINESS_PROCESS:
    case FL_KIND_TASK:
        add_process(types, metadata, kind == FL_KIND_TASK);
        break;
    case FL_KIND_EXCHANGE_PLAN:
        add_plan_node(types, metadata);
        break;
    case FL_KIND_CONSTANT:
        add_attribute(
            types, "Value", FL_ROLE_CONSTANT_VALUE, FL_USE_ALWAYS, false,
            &metadata->type);
        return;
    case FL_KIND_INFORMATION_REGISTER:
    case FL_KIND_ACCUMULATION_REGISTER:
        add_register(types, metadata, kind == FL_KIND_ACCUMULATION_REGISTER);
        return;
    case FL_KIND_ENUM:
        for (const struct fl_metadata_name *value = metadata->values; value;
             value = value->next) {
            if (is_new_name(types, value->name)) {
                fl_configuration_builder_enum_value(types->builder, value->name);
            }
        }
        return;
    case FL_KIND_ACCOUNTING_REGISTER:
    case FL_KIND_CALCULATION_REGISTER:
    case FL_KIND_SEQUENCE:
    case FL_KIND_RECALCULATION:
        add_opaque(types, metadata, kind);
        return;
    case FL_KIND_COUNT_:
        return;
    }
    add_own(types, kind, metadata);
}

enum fl_status fl_dump_types_add(
    struct fl_dump_types *types,
    enum fl_kind kind,
    const struct fl_metadata *metadata,
    struct fl_error *out_error)
{
    const bool accumulation = kind == FL_KIND_ACCUMULATION_REGISTER;
    const struct fl_type type = {
        .kind = kind,
        .name = metadata->name,
        .hierarchical = metadata->hierarchical,
        .folders = metadata->hierarchical && metadata->folders,
        .by_recorder =
            accumulation || metadata->by_recorder ||
            (fl_kind_is_register(kind) && kind != FL_KIND_INFORMATION_REGISTER),
        .balance = accumulation && !metadata->turnovers,
    };

    fl_arena_reset(&types->object);
    types->type_name = metadata->name;
    types->name_count = 0;
    types->failure = FL_OK;
    fl_configuration_builder_type(types->builder, &type);
    add_attributes(types, kind, metadata);
    fl_dump_predefined_add(types->builder, metadata);
    return types->failure == FL_OK ? FL_OK
                                   : fl_error_set(
                                         out_error, types->failure,
                                         "an attribute of \"%s\" has more than %d types",
                                         metadata->name, (int)REF_NAMES_MAX);
}
