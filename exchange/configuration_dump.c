/*
 * A Designer's dump into a configuration. Attributes come out in the order of packages
 * (formats of v8msg, A.6 and A.8): standard ones first, those only that this object has.
 */

#include <stdio.h>
#include <string.h>

#include "exchange/configuration_reader.h"
#include "metadata_file.h"
#include "proto/limits.h"

enum {
    OBJECT_ARENA_BYTES_MAX = 64 << 20,
    DUMP_ARENA_BYTES_MAX = 256 << 20,
    REF_NAMES_MAX = 4096,
    DEFINED_DEPTH_MAX = 8,
    DUMP_PATH_BYTES_MAX = 4096,
};

static const struct {
    const char *element; /* in ChildObjects of the configuration */
    const char *folder;
    enum fl_kind kind; /* 0: known and not handled */
} kinds[] = {
    {"Catalog", "Catalogs", FL_KIND_CATALOG},
    {"Document", "Documents", FL_KIND_DOCUMENT},
    {"Enum", "Enums", FL_KIND_ENUM},
    {"Constant", "Constants", FL_KIND_CONSTANT},
    {"InformationRegister", "InformationRegisters", FL_KIND_INFORMATION_REGISTER},
    {"AccumulationRegister", "AccumulationRegisters", FL_KIND_ACCUMULATION_REGISTER},
    {"ChartOfCharacteristicTypes", "ChartsOfCharacteristicTypes",
     FL_KIND_CHARACTERISTIC_TYPES},
    {"ChartOfAccounts", "ChartsOfAccounts", FL_KIND_ACCOUNTS},
    {"ChartOfCalculationTypes", "ChartsOfCalculationTypes", FL_KIND_CALCULATION_TYPES},
    {"BusinessProcess", "BusinessProcesses", FL_KIND_BUSINESS_PROCESS},
    {"Task", "Tasks", FL_KIND_TASK},
    {"ExchangePlan", "ExchangePlans", FL_KIND_EXCHANGE_PLAN},
    {"AccountingRegister", "AccountingRegisters", (enum fl_kind)0},
    {"CalculationRegister", "CalculationRegisters", (enum fl_kind)0},
};

/* A set of types with a name: a defined type, or the values of characteristics. */
struct named_type {
    struct named_type *next;
    const char *name; /* "DefinedType.X", "Characteristic.X" */
    struct fl_metadata_type type;
};

struct dump {
    const char *directory;
    struct fl_configuration_builder *builder;
    struct fl_arena arena; /* named types and the list of objects */
    struct fl_arena object;
    struct named_type *named[256];
    const char *refs[REF_NAMES_MAX];
    size_t missing_count;
    struct fl_error *out_error;
};

static size_t bucket_of(const char *name)
{
    size_t hash = 5381;

    for (; *name; name++) {
        hash = hash * 33 + (unsigned char)*name;
    }
    return hash % 256;
}

static const struct named_type *find_named(const struct dump *dump, const char *name)
{
    for (const struct named_type *at = dump->named[bucket_of(name)]; at; at = at->next) {
        if (strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

/* Gather a type with the sets that it names; sets may name sets. */
static size_t gather(
    struct dump *dump,
    const struct fl_metadata_type *type,
    struct fl_value_type *gathered,
    size_t count,
    int depth)
{
    gathered->allows |= type->type.allows;
    for (size_t i = 0; i < type->name_count && count < REF_NAMES_MAX; i++) {
        const struct named_type *named = find_named(dump, type->names[i]);

        if (named && depth < DEFINED_DEPTH_MAX) {
            uint32_t length = gathered->string_length;

            count = gather(dump, &named->type, gathered, count, depth + 1);
            if (length == 0) {
                gathered->string_length = named->type.type.string_length;
            }
            if (gathered->number_digits == 0) {
                gathered->number_digits = named->type.type.number_digits;
                gathered->number_fraction = named->type.type.number_fraction;
            }
        } else {
            dump->refs[count++] = type->names[i];
        }
    }
    return count;
}

static void add_attribute(
    struct dump *dump,
    const char *name,
    enum fl_role role,
    enum fl_use use,
    bool in_filter,
    const struct fl_metadata_type *type)
{
    struct fl_attribute_source source = {
        .name = name, .role = role, .use = use, .in_filter = in_filter};

    source.type = type->type;
    source.type.allows = 0;
    source.ref_name_count = gather(dump, type, &source.type, 0, 0);
    source.ref_names = dump->refs;
    fl_configuration_builder_attribute(dump->builder, &source);
}

static void add_primitive(
    struct dump *dump,
    const char *name,
    enum fl_role role,
    uint32_t allows)
{
    struct fl_metadata_type type = {.type = {.allows = allows}};

    add_attribute(dump, name, role, FL_USE_ALWAYS, false, &type);
}

static void add_limited(
    struct dump *dump,
    const char *name,
    enum fl_role role,
    uint32_t length,
    bool is_number)
{
    struct fl_metadata_type type = {0};

    type.type.allows = is_number ? FL_ALLOWS_NUMBER : FL_ALLOWS_STRING;
    type.type.string_length = is_number ? 0 : length;
    type.type.number_digits = is_number ? length : 0;
    add_attribute(dump, name, role, FL_USE_ALWAYS, false, &type);
}

static void add_reference(
    struct dump *dump,
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

    add_attribute(dump, name, role, FL_USE_ALWAYS, role == FL_ROLE_RECORDER, &type);
}

/* "Catalog.Контрагенты" of the list of owners is the type "CatalogRef.Контрагенты". */
static void add_owner(struct dump *dump, const struct fl_metadata *metadata)
{
    const char *names[256];
    struct fl_metadata_type type = {.names = names};

    for (const struct fl_metadata_name *owner = metadata->owners;
         owner && type.name_count < 256; owner = owner->next) {
        const char *dot = strchr(owner->name, '.');
        size_t size = strlen(owner->name) + sizeof("Ref");
        char *name = fl_arena_alloc(&dump->object, size);

        if (!dot || !name) {
            continue;
        }
        (void)snprintf(
            name, size, "%.*sRef%s", (int)(dot - owner->name), owner->name, dot);
        names[type.name_count++] = name;
    }
    if (type.name_count > 0) {
        add_attribute(dump, "Owner", FL_ROLE_OWNER, FL_USE_ALWAYS, false, &type);
    }
}

static void add_code(struct dump *dump, const struct fl_metadata *metadata)
{
    if (metadata->code_length > 0) {
        add_limited(
            dump, "Code", FL_ROLE_CODE, metadata->code_length, metadata->code_is_number);
    }
    if (metadata->description_length > 0) {
        add_limited(
            dump, "Description", FL_ROLE_DESCRIPTION, metadata->description_length,
            false);
    }
}

static void add_hierarchical(
    struct dump *dump,
    const struct fl_metadata *metadata,
    const char *kind_of_ref,
    bool has_owner)
{
    if (metadata->hierarchical && metadata->folders) {
        add_primitive(dump, "IsFolder", FL_ROLE_IS_FOLDER, FL_ALLOWS_BOOLEAN);
    }
    add_primitive(dump, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    if (has_owner) {
        add_owner(dump, metadata);
    }
    if (metadata->hierarchical) {
        add_reference(dump, "Parent", FL_ROLE_PARENT, kind_of_ref, metadata->name);
    }
    add_code(dump, metadata);
    add_primitive(dump, "PredefinedDataName", FL_ROLE_PREDEFINED_NAME, FL_ALLOWS_STRING);
}

static void add_document(struct dump *dump, const struct fl_metadata *metadata)
{
    add_primitive(dump, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_primitive(dump, "Date", FL_ROLE_DATE, FL_ALLOWS_DATE);
    if (metadata->number_length > 0) {
        add_limited(
            dump, "Number", FL_ROLE_NUMBER, metadata->number_length,
            metadata->number_is_number);
    }
    if (metadata->posting) {
        add_primitive(dump, "Posted", FL_ROLE_POSTED, FL_ALLOWS_BOOLEAN);
    }
}

static void add_accounts(struct dump *dump, const struct fl_metadata *metadata)
{
    add_primitive(dump, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_reference(dump, "Parent", FL_ROLE_PARENT, "ChartOfAccountsRef", metadata->name);
    add_code(dump, metadata);
    add_primitive(dump, "PredefinedDataName", FL_ROLE_PREDEFINED_NAME, FL_ALLOWS_STRING);
    add_primitive(dump, "Order", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_STRING);
    add_primitive(dump, "Type", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_STRING);
    add_primitive(dump, "OffBalance", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
}

static void add_process(
    struct dump *dump,
    const struct fl_metadata *metadata,
    bool is_task)
{
    add_document(dump, metadata);
    if (is_task) {
        if (metadata->description_length > 0) {
            add_limited(
                dump, "Description", FL_ROLE_DESCRIPTION, metadata->description_length,
                false);
        }
        add_primitive(dump, "Executed", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
        add_reference(
            dump, "BusinessProcess", FL_ROLE_OTHER_STANDARD, "BusinessProcessRef", NULL);
        add_primitive(dump, "RoutePoint", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_UNKNOWN);
        return;
    }
    add_primitive(dump, "Completed", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
    add_reference(dump, "HeadTask", FL_ROLE_OTHER_STANDARD, "TaskRef", NULL);
    add_primitive(dump, "Started", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_BOOLEAN);
}

static void add_plan_node(struct dump *dump, const struct fl_metadata *metadata)
{
    add_primitive(dump, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_code(dump, metadata);
    add_primitive(dump, "SentNo", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_NUMBER);
    add_primitive(dump, "ReceivedNo", FL_ROLE_OTHER_STANDARD, FL_ALLOWS_NUMBER);
}

static void add_fields(
    struct dump *dump,
    const struct fl_metadata_field *fields,
    enum fl_metadata_field_kind kind,
    enum fl_role role,
    bool independent)
{
    for (const struct fl_metadata_field *field = fields; field; field = field->next) {
        if (field->kind == kind && field->name) {
            add_attribute(
                dump, field->name, role, field->use, independent && field->main_filter,
                &field->type);
        }
    }
}

static void add_period(struct dump *dump, bool in_filter)
{
    struct fl_metadata_type type = {.type = {.allows = FL_ALLOWS_DATE}};

    add_attribute(dump, "Period", FL_ROLE_PERIOD, FL_USE_ALWAYS, in_filter, &type);
}

static void add_register(
    struct dump *dump,
    const struct fl_metadata *metadata,
    bool accumulation)
{
    bool by_recorder = accumulation || metadata->by_recorder;

    if (by_recorder) {
        add_reference(dump, "Recorder", FL_ROLE_RECORDER, "DocumentRef", NULL);
    }
    if (accumulation || metadata->periodic) {
        add_period(dump, !by_recorder && metadata->main_filter_on_period);
    }
    if (accumulation && !metadata->turnovers) {
        add_primitive(dump, "RecordType", FL_ROLE_RECORD_TYPE, FL_ALLOWS_STRING);
    }
    if (by_recorder) {
        add_primitive(dump, "Active", FL_ROLE_ACTIVE, FL_ALLOWS_BOOLEAN);
    }
    add_fields(
        dump, metadata->fields, FL_METADATA_DIMENSION, FL_ROLE_DIMENSION, !by_recorder);
    add_fields(dump, metadata->fields, FL_METADATA_RESOURCE, FL_ROLE_RESOURCE, false);
    add_fields(dump, metadata->fields, FL_METADATA_ATTRIBUTE, FL_ROLE_OWN, false);
}

static void add_own(struct dump *dump, const struct fl_metadata *metadata)
{
    add_fields(dump, metadata->fields, FL_METADATA_ATTRIBUTE, FL_ROLE_OWN, false);
    for (const struct fl_metadata_section *section = metadata->sections; section;
         section = section->next) {
        if (section->name) {
            fl_configuration_builder_section(dump->builder, section->name, section->use);
            add_fields(dump, section->fields, FL_METADATA_ATTRIBUTE, FL_ROLE_OWN, false);
        }
    }
}

static void add_attributes(
    struct dump *dump,
    enum fl_kind kind,
    const struct fl_metadata *metadata)
{
    switch (kind) {
    case FL_KIND_CATALOG:
        add_hierarchical(dump, metadata, "CatalogRef", true);
        break;
    case FL_KIND_CHARACTERISTIC_TYPES:
        add_hierarchical(dump, metadata, "ChartOfCharacteristicTypesRef", false);
        add_primitive(dump, "ValueType", FL_ROLE_VALUE_TYPE, FL_ALLOWS_TYPE);
        break;
    case FL_KIND_CALCULATION_TYPES:
        add_hierarchical(dump, metadata, "ChartOfCalculationTypesRef", false);
        break;
    case FL_KIND_DOCUMENT:
        add_document(dump, metadata);
        break;
    case FL_KIND_ACCOUNTS:
        add_accounts(dump, metadata);
        break;
    case FL_KIND_BUSINESS_PROCESS:
    case FL_KIND_TASK:
        add_process(dump, metadata, kind == FL_KIND_TASK);
        break;
    case FL_KIND_EXCHANGE_PLAN:
        add_plan_node(dump, metadata);
        break;
    case FL_KIND_CONSTANT:
        add_attribute(
            dump, "Value", FL_ROLE_CONSTANT_VALUE, FL_USE_ALWAYS, false, &metadata->type);
        return;
    case FL_KIND_INFORMATION_REGISTER:
    case FL_KIND_ACCUMULATION_REGISTER:
        add_register(dump, metadata, kind == FL_KIND_ACCUMULATION_REGISTER);
        return;
    case FL_KIND_ENUM:
        for (const struct fl_metadata_name *value = metadata->values; value;
             value = value->next) {
            fl_configuration_builder_enum_value(dump->builder, value->name);
        }
        return;
    case FL_KIND_ACCOUNTING_REGISTER:
    case FL_KIND_CALCULATION_REGISTER:
    case FL_KIND_COUNT_:
        return;
    }
    add_own(dump, metadata);
}

static enum fl_status read_object(
    struct dump *dump,
    const char *folder,
    const char *name,
    const char *suffix,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata)
{
    char path[DUMP_PATH_BYTES_MAX];
    size_t offset = strlen(dump->directory) + 1;
    int size =
        snprintf(path, sizeof(path), "%s/%s/%s%s", dump->directory, folder, name, suffix);

    if (size < 0 || (size_t)size >= sizeof(path)) {
        return fl_error_set(dump->out_error, FL_LIMIT, "the name %s is too long", name);
    }
    return fl_metadata_read(path, path + offset, arena, out_metadata, dump->out_error);
}

static void add_plan(
    struct dump *dump,
    const struct fl_metadata *metadata,
    const struct fl_metadata *content)
{
    fl_configuration_builder_plan(dump->builder, metadata->name, metadata->distributed);
    for (const struct fl_metadata_name *item = content->items; item; item = item->next) {
        fl_configuration_builder_plan_item(dump->builder, item->name, item->allow);
    }
}

static enum fl_status add_object(
    struct dump *dump,
    const struct fl_metadata_name *child,
    enum fl_kind kind,
    const char *folder)
{
    struct fl_metadata metadata;

    fl_arena_reset(&dump->object);
    enum fl_status status =
        read_object(dump, folder, child->name, ".xml", &dump->object, &metadata);

    if (status == FL_NOT_FOUND) {
        dump->missing_count++;
        fl_configuration_builder_note(
            dump->builder, "%s.%s is listed, but the dump has no file of it", child->kind,
            child->name);
        return FL_OK;
    }
    if (status != FL_OK) {
        return status;
    }
    if (!metadata.name || !metadata.kind || strcmp(metadata.kind, child->kind) != 0) {
        return fl_error_set(
            dump->out_error, FL_MALFORMED, "%s/%s.xml describes no %s", folder,
            child->name, child->kind);
    }
    struct fl_type type = {
        .kind = kind,
        .name = metadata.name,
        .hierarchical = metadata.hierarchical,
        .folders = metadata.hierarchical && metadata.folders,
        .by_recorder = kind == FL_KIND_ACCUMULATION_REGISTER || metadata.by_recorder,
        .balance = kind == FL_KIND_ACCUMULATION_REGISTER && !metadata.turnovers,
    };

    fl_configuration_builder_type(dump->builder, &type);
    add_attributes(dump, kind, &metadata);
    return FL_OK;
}

/* Plans come after all types, as they name them. */
static enum fl_status add_plan_of(struct dump *dump, const struct fl_metadata_name *child)
{
    struct fl_metadata metadata;
    struct fl_metadata content = {0};

    fl_arena_reset(&dump->object);
    enum fl_status status =
        read_object(dump, "ExchangePlans", child->name, ".xml", &dump->object, &metadata);

    if (status == FL_OK) {
        status = read_object(
            dump, "ExchangePlans", child->name, "/Ext/Content.xml", &dump->object,
            &content);
        if (status == FL_NOT_FOUND) {
            fl_configuration_builder_note(
                dump->builder,
                "the exchange plan %s has no Ext/Content.xml: its composition is empty",
                child->name);
            status = FL_OK;
        }
        if (status == FL_OK && metadata.name) {
            add_plan(dump, &metadata, &content);
        }
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

/* Sets of types are needed before the attributes that name them. */
static enum fl_status add_named(
    struct dump *dump,
    const struct fl_metadata_name *child,
    const char *folder,
    const char *prefix)
{
    struct fl_metadata metadata;
    enum fl_status status =
        read_object(dump, folder, child->name, ".xml", &dump->arena, &metadata);

    if (status == FL_NOT_FOUND) {
        return FL_OK;
    }
    if (status != FL_OK) {
        return status;
    }
    struct named_type *named = fl_arena_alloc(&dump->arena, sizeof(*named));
    size_t size = strlen(prefix) + strlen(child->name) + 2;
    char *name = fl_arena_alloc(&dump->arena, size);

    if (!named || !name) {
        return fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
    }
    (void)snprintf(name, size, "%s.%s", prefix, child->name);
    named->name = name;
    named->type = metadata.type;
    named->next = dump->named[bucket_of(name)];
    dump->named[bucket_of(name)] = named;
    return FL_OK;
}

static enum fl_status add_all_named(
    struct dump *dump,
    const struct fl_metadata *configuration)
{
    enum fl_status status = FL_OK;

    for (const struct fl_metadata_name *child = configuration->items;
         child && status == FL_OK; child = child->next) {
        if (strcmp(child->kind, "DefinedType") == 0) {
            status = add_named(dump, child, "DefinedTypes", "DefinedType");
        } else if (strcmp(child->kind, "ChartOfCharacteristicTypes") == 0) {
            status =
                add_named(dump, child, "ChartsOfCharacteristicTypes", "Characteristic");
        }
    }
    return status;
}

static enum fl_status add_all_objects(
    struct dump *dump,
    const struct fl_metadata *configuration)
{
    enum fl_status status = FL_OK;

    for (const struct fl_metadata_name *child = configuration->items;
         child && status == FL_OK; child = child->next) {
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            if (strcmp(child->kind, kinds[i].element) != 0) {
                continue;
            }
            if (kinds[i].kind == 0) {
                fl_configuration_builder_note(
                    dump->builder, "%s.%s: registers of this kind are not handled",
                    child->kind, child->name);
            } else {
                status = add_object(dump, child, kinds[i].kind, kinds[i].folder);
            }
        }
    }
    for (const struct fl_metadata_name *child = configuration->items;
         child && status == FL_OK; child = child->next) {
        if (strcmp(child->kind, "ExchangePlan") == 0) {
            status = add_plan_of(dump, child);
        }
    }
    return status;
}

static enum fl_status read_configuration(
    struct dump *dump,
    struct fl_metadata *out_configuration)
{
    char path[DUMP_PATH_BYTES_MAX];
    int size = snprintf(path, sizeof(path), "%s/Configuration.xml", dump->directory);

    if (size < 0 || (size_t)size >= sizeof(path)) {
        return fl_error_set(
            dump->out_error, FL_LIMIT, "the name %s is too long", dump->directory);
    }
    enum fl_status status = fl_metadata_read(
        path, "Configuration.xml", &dump->arena, out_configuration, dump->out_error);

    if (status == FL_NOT_FOUND) {
        return fl_error_set(
            dump->out_error, FL_NOT_FOUND,
            "%s holds no Configuration.xml: give the folder that the Designer wrote with "
            "\"Dump configuration to files\"",
            dump->directory);
    }
    if (status == FL_OK && (!out_configuration->kind ||
                            strcmp(out_configuration->kind, "Configuration") != 0 ||
                            !out_configuration->name)) {
        return fl_error_set(
            dump->out_error, FL_MALFORMED,
            "Configuration.xml describes no configuration");
    }
    return status;
}

enum fl_status fl_configuration_read_dump(
    const char *directory,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct dump *dump = fl_alloc_zeroed(1, sizeof(*dump));
    struct fl_metadata configuration = {0};
    enum fl_status status;

    if (!dump) {
        return fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    dump->directory = directory;
    dump->out_error = out_error;
    fl_arena_init(&dump->arena, DUMP_ARENA_BYTES_MAX);
    fl_arena_init(&dump->object, OBJECT_ARENA_BYTES_MAX);
    status = read_configuration(dump, &configuration);
    if (status == FL_OK) {
        status = fl_configuration_builder_new(
            configuration.name, configuration.version ? configuration.version : "",
            &dump->builder);
    }
    if (status == FL_OK) {
        status = add_all_named(dump, &configuration);
    }
    if (status == FL_OK) {
        status = add_all_objects(dump, &configuration);
    }
    if (status == FL_OK) {
        status =
            fl_configuration_builder_finish(dump->builder, out_configuration, out_error);
        dump->builder = NULL;
    }
    fl_configuration_builder_free(dump->builder);
    fl_arena_deinit(&dump->arena);
    fl_arena_deinit(&dump->object);
    fl_free(dump);
    return status;
}
