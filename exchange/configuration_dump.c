/*
 * A Designer's dump into a configuration: what Configuration.xml lists, file by file.
 * Sets of types, and which files are missing, are found first, since any attribute may
 * name them; plans come last, as they name types.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dump_type.h"
#include "edt_file.h"
#include "exchange/configuration_reader.h"
#include "metadata_ahead.h"
#include "proto/limits.h"
#include "xml_writer.h"

enum {
    OBJECT_ARENA_BYTES_MAX = 64 << 20,
    DUMP_ARENA_BYTES_MAX = 256 << 20,
    DUMP_PATH_BYTES_MAX = 4096,
};

static const struct kind {
    const char *element; /* in ChildObjects of the configuration */
    const char *folder;
    enum fl_kind kind; /* 0: no type of its own */
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
    {"AccountingRegister", "AccountingRegisters", FL_KIND_ACCOUNTING_REGISTER},
    {"CalculationRegister", "CalculationRegisters", FL_KIND_CALCULATION_REGISTER},
    {"Sequence", "Sequences", FL_KIND_SEQUENCE},
    {"DefinedType", "DefinedTypes", (enum fl_kind)0},
    {"CommonAttribute", "CommonAttributes", (enum fl_kind)0},
};

struct dump {
    const char *directory;
    bool is_edt;
    bool is_plain;                    /* a dump whose files may lie in one folder */
    char source[DUMP_PATH_BYTES_MAX]; /* of an EDT project: where its objects lie */
    struct fl_configuration_builder *builder;
    struct fl_dump_types *types;
    struct fl_arena arena; /* the list of objects, and sets of types */
    struct fl_arena object;
    struct fl_metadata_wanted *wanted; /* files of objects, in the order of the list */
    size_t wanted_count;
    struct fl_metadata_ahead *ahead;
    struct fl_error *out_error;
};

static const struct kind *find_kind(const char *element)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(element, kinds[i].element) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

/*
 * The plain form of a dump has one folder: "Catalog.X.xml", "ExchangePlan.X.Content.xml".
 * FL_NOT_FOUND: it is not that form, or holds no such file.
 */
static enum fl_status make_plain_path(
    const struct dump *dump,
    const char *folder,
    const char *name,
    const char *suffix,
    char out_path[DUMP_PATH_BYTES_MAX])
{
    static const char inner[] = "/Ext/";
    const bool is_inner = strncmp(suffix, inner, sizeof(inner) - 1) == 0;
    const char *const rest = is_inner ? suffix + sizeof(inner) - 1 : suffix + 1;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].folder, folder) == 0) {
            const int size = snprintf(
                out_path, DUMP_PATH_BYTES_MAX, "%s/%s.%s.%s", dump->directory,
                kinds[i].element, name, rest);

            return size > 0 && size < DUMP_PATH_BYTES_MAX && access(out_path, F_OK) == 0
                       ? FL_OK
                       : FL_NOT_FOUND;
        }
    }
    return FL_NOT_FOUND;
}

/* The path of a listed object's file. Its name comes from a file and must be one. */
static enum fl_status make_path(
    const struct dump *dump,
    const char *folder,
    const char *name,
    const char *suffix,
    char out_path[DUMP_PATH_BYTES_MAX])
{
    if (!fl_xml_writer_is_name(fl_bytes_of_text(name))) {
        return fl_error_set(
            dump->out_error, FL_MALFORMED,
            "Configuration.xml lists \"%.200s\" in %s, which is no name of an object",
            name, folder);
    }
    if (!dump->is_edt && dump->is_plain &&
        make_plain_path(dump, folder, name, suffix, out_path) == FL_OK) {
        return FL_OK;
    }
    const int size = dump->is_edt ? snprintf(
                                        out_path, DUMP_PATH_BYTES_MAX, "%s/%s/%s/%s.mdo",
                                        dump->directory, folder, name, name)
                                  : snprintf(
                                        out_path, DUMP_PATH_BYTES_MAX, "%s/%s/%s%s",
                                        dump->directory, folder, name, suffix);

    return size < 0 || size >= DUMP_PATH_BYTES_MAX
               ? fl_error_set(
                     dump->out_error, FL_LIMIT, "the path of %s/%.200s is too long",
                     folder, name)
               : FL_OK;
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
    const enum fl_status status = make_path(dump, folder, name, suffix, path);

    if (status != FL_OK) {
        return status;
    }
    return (dump->is_edt ? fl_edt_read : fl_metadata_read)(
        path, path + strlen(dump->directory) + 1, arena, out_metadata, dump->out_error);
}

/* ---- what is listed ---- */

static enum fl_status list_object(
    struct dump *dump,
    const struct fl_metadata_name *child,
    const struct kind *kind)
{
    char path[DUMP_PATH_BYTES_MAX];
    const enum fl_status status =
        make_path(dump, kind->folder, child->name, ".xml", path);

    if (status != FL_OK) {
        return status;
    }
    const char *const kept = fl_arena_text(&dump->arena, fl_bytes_of_text(path));

    if (!kept) {
        return fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
    }
    dump->wanted[dump->wanted_count++] =
        (struct fl_metadata_wanted){kept, kept + strlen(dump->directory) + 1};
    return fl_dump_types_list(
               dump->types, kind->kind, child->name, access(path, F_OK) == 0) == FL_OK
               ? FL_OK
               : fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
}

static enum fl_status add_set(
    struct dump *dump,
    const struct fl_metadata_name *child,
    const char *folder,
    const char *prefix)
{
    struct fl_metadata *const metadata = fl_arena_alloc(&dump->arena, sizeof(*metadata));
    const size_t size = strlen(prefix) + strlen(child->name) + 2;
    char *const name = fl_arena_alloc(&dump->arena, size);

    if (!metadata || !name) {
        return fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
    }
    const enum fl_status status =
        read_object(dump, folder, child->name, ".xml", &dump->arena, metadata);

    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status; /* its users are noted */
    }
    (void)snprintf(name, size, "%s.%s", prefix, child->name);
    return fl_dump_types_set(dump->types, name, &metadata->type) == FL_OK
               ? FL_OK
               : fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
}

static enum fl_status add_common(struct dump *dump, const struct fl_metadata_name *child)
{
    struct fl_metadata *const metadata = fl_arena_alloc(&dump->arena, sizeof(*metadata));

    if (!metadata) {
        return fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
    }
    const enum fl_status status = read_object(
        dump, "CommonAttributes", child->name, ".xml", &dump->arena, metadata);

    if (status == FL_OK && metadata->name) {
        fl_dump_types_common(dump->types, metadata);
    }
    if (status == FL_NOT_FOUND) {
        fl_configuration_builder_note(
            dump->builder, "%s.%s is listed, but the dump has no file of it", child->kind,
            child->name);
        return FL_OK;
    }
    return status;
}

static enum fl_status add_chart(struct dump *dump, const struct fl_metadata_name *child)
{
    struct fl_metadata *const chart = fl_arena_alloc(&dump->arena, sizeof(*chart));

    if (!chart) {
        return fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
    }
    const enum fl_status status =
        read_object(dump, "ChartsOfAccounts", child->name, ".xml", &dump->arena, chart);

    if (status == FL_OK && chart->name) {
        fl_dump_types_chart(dump->types, chart);
    }
    return status == FL_NOT_FOUND ? FL_OK : status; /* noted as an object */
}

/* Kinds that hold data of their own and are in no package. */
static bool is_data(const char *kind)
{
    return strcmp(kind, "ExternalDataSource") == 0;
}

static void note_kind(const struct dump *dump, const struct fl_metadata_name *child)
{
    fl_configuration_builder_note(
        dump->builder,
        "%s.%s is of a kind that is not exchanged: refs to it are kept as they come",
        child->kind, child->name);
}

/* Recalculations are listed by their register, and have no file that says more. */
static enum fl_status add_recalculations(
    struct dump *dump,
    const struct fl_metadata *metadata)
{
    enum fl_status status = FL_OK;

    for (const struct fl_metadata_name *item = metadata->items; item && status == FL_OK;
         item = item->next) {
        const struct fl_metadata recalculation = {
            .kind = "Recalculation", .name = item->name};

        if (fl_dump_types_is_new(dump->types, "Recalculation", item->name)) {
            status = fl_dump_types_add(
                dump->types, FL_KIND_RECALCULATION, &recalculation, dump->out_error);
        }
    }
    return status;
}

static enum fl_status list_all(struct dump *dump, const struct fl_metadata *configuration)
{
    enum fl_status status = FL_OK;
    size_t count = 1;

    for (const struct fl_metadata_name *child = configuration->items; child;
         child = child->next) {
        count++;
    }
    dump->wanted = fl_arena_array(&dump->arena, count, sizeof(*dump->wanted));
    if (!dump->wanted) {
        return fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
    }
    for (const struct fl_metadata_name *child = configuration->items;
         child && status == FL_OK; child = child->next) {
        const struct kind *const kind = find_kind(child->kind);

        if (kind && kind->kind) {
            status = list_object(dump, child, kind);
        } else if (!kind && is_data(child->kind)) {
            note_kind(dump, child);
        }
    }
    return status;
}

/* What types are made of, and what all have. */
static enum fl_status add_sets(struct dump *dump, const struct fl_metadata *configuration)
{
    enum fl_status status = FL_OK;

    for (const struct fl_metadata_name *child = configuration->items;
         child && status == FL_OK; child = child->next) {
        const struct kind *const kind = find_kind(child->kind);

        if (strcmp(child->kind, "DefinedType") == 0) {
            status = add_set(dump, child, "DefinedTypes", "DefinedType");
        } else if (strcmp(child->kind, "CommonAttribute") == 0) {
            status = add_common(dump, child);
        } else if (kind && kind->kind == FL_KIND_CHARACTERISTIC_TYPES) {
            status = add_set(dump, child, kind->folder, "Characteristic");
        } else if (kind && kind->kind == FL_KIND_ACCOUNTS) {
            status = add_chart(dump, child);
        }
    }
    return status;
}

/* ---- objects ---- */

/* A project has the predefined items in the object's own file, a dump beside it. */
static enum fl_status add_with_predefined(
    struct dump *dump,
    const struct fl_metadata_name *child,
    const struct kind *kind,
    struct fl_metadata *metadata)
{
    struct fl_metadata predefined = {0};
    enum fl_status status = FL_OK;

    if (!dump->is_edt && fl_kind_has_predefined(kind->kind)) {
        fl_arena_reset(&dump->object);
        status = read_object(
            dump, kind->folder, child->name, "/Ext/Predefined.xml", &dump->object,
            &predefined);
        metadata->predefined = predefined.predefined;
    }
    if (status == FL_OK || status == FL_NOT_FOUND) {
        status = fl_dump_types_add(dump->types, kind->kind, metadata, dump->out_error);
    }
    return status == FL_OK && kind->kind == FL_KIND_CALCULATION_REGISTER
               ? add_recalculations(dump, metadata)
               : status;
}

static enum fl_status add_object(
    struct dump *dump,
    const struct fl_metadata_name *child,
    const struct kind *kind)
{
    struct fl_metadata metadata;
    const enum fl_status status =
        fl_metadata_ahead_next(dump->ahead, &metadata, dump->out_error);

    if (status == FL_NOT_FOUND) {
        fl_configuration_builder_note(
            dump->builder, "%s.%s is listed, but the dump has no file of it", child->kind,
            child->name);
        return FL_OK;
    }
    if (status != FL_OK) {
        return status;
    }
    if (!fl_dump_types_is_new(dump->types, child->kind, child->name)) {
        fl_configuration_builder_note(
            dump->builder, "%s.%s is listed twice", child->kind, child->name);
        return FL_OK;
    }
    if (!metadata.name || !metadata.kind || strcmp(metadata.kind, child->kind) != 0 ||
        strcmp(metadata.name, child->name) != 0) {
        return fl_error_set(
            dump->out_error, FL_MALFORMED, "%s/%s.xml does not describe %s.%s",
            kind->folder, child->name, child->kind, child->name);
    }
    return add_with_predefined(dump, child, kind, &metadata);
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

static enum fl_status add_plan_of(struct dump *dump, const struct fl_metadata_name *child)
{
    struct fl_metadata metadata;
    struct fl_metadata content = {0};

    fl_arena_reset(&dump->object);
    enum fl_status status =
        read_object(dump, "ExchangePlans", child->name, ".xml", &dump->object, &metadata);

    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status; /* noted as an object */
    }
    if (dump->is_edt) {
        content.items = metadata.items;
    } else {
        status = read_object(
            dump, "ExchangePlans", child->name, "/Ext/Content.xml", &dump->object,
            &content);
    }
    if (status == FL_NOT_FOUND) {
        fl_configuration_builder_note(
            dump->builder,
            "the exchange plan %s has no Ext/Content.xml: its composition is empty",
            child->name);
        status = FL_OK;
    }
    if (status == FL_OK) {
        add_plan(dump, &metadata, &content);
    }
    return status;
}

static enum fl_status add_all(struct dump *dump, const struct fl_metadata *configuration)
{
    enum fl_status status = FL_OK;

    for (const struct fl_metadata_name *child = configuration->items;
         child && status == FL_OK; child = child->next) {
        const struct kind *const kind = find_kind(child->kind);

        if (kind && kind->kind) {
            status = add_object(dump, child, kind);
        }
    }
    for (const struct fl_metadata_name *child = configuration->items;
         child && status == FL_OK; child = child->next) {
        if (strcmp(child->kind, "ExchangePlan") == 0 &&
            fl_dump_types_is_new(dump->types, "plan", child->name)) {
            status = add_plan_of(dump, child);
        }
    }
    return status;
}

/* ---- the whole ---- */

/* A project of 1C:EDT: its folder, or "src" in it. */
static bool find_project(struct dump *dump)
{
    static const char *const places[] = {"", "/src"};
    char path[DUMP_PATH_BYTES_MAX + 64];

    (void)snprintf(path, sizeof(path), "%s/Configuration.xml", dump->directory);
    if (access(path, F_OK) == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const int size = snprintf(
            dump->source, sizeof(dump->source), "%s%s", dump->directory, places[i]);

        (void)snprintf(
            path, sizeof(path), "%s/Configuration/Configuration.mdo", dump->source);
        if (size > 0 && size < DUMP_PATH_BYTES_MAX && access(path, F_OK) == 0) {
            dump->directory = dump->source;
            dump->is_edt = true;
            return true;
        }
    }
    return false;
}

static enum fl_status refuse_directory(const struct dump *dump)
{
    return fl_error_set(
        dump->out_error, FL_NOT_FOUND,
        "%s holds neither Configuration.xml nor an EDT project: give the folder that the "
        "Designer wrote with \"Dump configuration to files\", or the project's",
        dump->directory);
}

/* Of the usual form of a dump: one for each kind. */
static bool has_folders(const struct dump *dump)
{
    char path[DUMP_PATH_BYTES_MAX];
    bool found = false;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !found; i++) {
        const int size =
            snprintf(path, sizeof(path), "%s/%s", dump->directory, kinds[i].folder);

        found = size > 0 && size < (int)sizeof(path) && access(path, F_OK) == 0;
    }
    return found;
}

static enum fl_status read_configuration(
    struct dump *dump,
    struct fl_metadata *out_configuration)
{
    char path[DUMP_PATH_BYTES_MAX];
    const char *const name =
        find_project(dump) ? "Configuration/Configuration.mdo" : "Configuration.xml";
    const int size = snprintf(path, sizeof(path), "%s/%s", dump->directory, name);

    if (size < 0 || size >= DUMP_PATH_BYTES_MAX) {
        return fl_error_set(
            dump->out_error, FL_LIMIT, "the name %.200s... is too long", dump->directory);
    }
    dump->is_plain = !dump->is_edt && !has_folders(dump);
    const enum fl_status status = (dump->is_edt ? fl_edt_read : fl_metadata_read)(
        path, name, &dump->arena, out_configuration, dump->out_error);

    if (status == FL_NOT_FOUND) {
        return refuse_directory(dump);
    }
    if (status == FL_OK && (!out_configuration->kind ||
                            strcmp(out_configuration->kind, "Configuration") != 0 ||
                            !out_configuration->name)) {
        return fl_error_set(
            dump->out_error, FL_MALFORMED, "%s describes no configuration", name);
    }
    return status;
}

static struct dump *dump_new(const char *directory, struct fl_error *out_error)
{
    struct dump *const dump = fl_alloc_zeroed(1, sizeof(*dump));

    if (dump) {
        dump->directory = directory;
        dump->out_error = out_error;
        fl_arena_init(&dump->arena, DUMP_ARENA_BYTES_MAX);
        fl_arena_init(&dump->object, OBJECT_ARENA_BYTES_MAX);
    } else {
        (void)fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    return dump;
}

static void dump_free(struct dump *dump)
{
    fl_metadata_ahead_end(dump->ahead);
    fl_dump_types_free(dump->types);
    fl_configuration_builder_free(dump->builder);
    fl_arena_deinit(&dump->arena);
    fl_arena_deinit(&dump->object);
    fl_free(dump);
}

static enum fl_status begin(struct dump *dump, const char *name, const char *version)
{
    enum fl_status status = fl_configuration_builder_new(name, version, &dump->builder);

    if (status == FL_OK) {
        status = fl_dump_types_new(dump->builder, &dump->types);
    }
    return status == FL_OK ? FL_OK : fl_error_set(dump->out_error, status, "no memory");
}

static enum fl_status finish(
    struct dump *dump,
    struct fl_configuration **out_configuration)
{
    struct fl_configuration_builder *const builder = dump->builder;

    dump->builder = NULL;
    return fl_configuration_builder_finish(builder, out_configuration, dump->out_error);
}

static enum fl_status read_ahead(struct dump *dump)
{
    return fl_metadata_ahead_begin(
               dump->is_edt ? fl_edt_read : fl_metadata_read, dump->wanted,
               dump->wanted_count, &dump->ahead) == FL_OK
               ? FL_OK
               : fl_error_set(dump->out_error, FL_NO_MEMORY, "no memory");
}

enum fl_status fl_configuration_read_dump(
    const char *directory,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct dump *const dump = dump_new(directory, out_error);
    struct fl_metadata configuration = {0};

    if (!dump) {
        return FL_NO_MEMORY;
    }
    enum fl_status status = read_configuration(dump, &configuration);

    if (status == FL_OK) {
        status = begin(
            dump, configuration.name, configuration.version ? configuration.version : "");
    }
    if (status == FL_OK && configuration.extension) {
        fl_configuration_builder_note(
            dump->builder,
            "this is an extension, which only adds to a configuration: load the dump of "
            "the configuration itself");
    }
    if (status == FL_OK) {
        status = list_all(dump, &configuration);
    }
    if (status == FL_OK) {
        status = read_ahead(dump);
    }
    if (status == FL_OK) {
        status = add_sets(dump, &configuration);
    }
    if (status == FL_OK) {
        status = add_all(dump, &configuration);
    }
    if (status == FL_OK) {
        status = finish(dump, out_configuration);
    }
    dump_free(dump);
    return status;
}

/* The one object of a file: everything that it names is missing. */
static enum fl_status add_single(struct dump *dump, const struct fl_metadata *metadata)
{
    const struct kind *const kind =
        metadata->kind && metadata->name ? find_kind(metadata->kind) : NULL;

    if (!kind || kind->kind == 0) {
        return fl_error_set(
            dump->out_error, FL_UNSUPPORTED,
            "%s describes no object whose data is exchanged: give the file of a catalog, "
            "a document, a register or the like, or the folder of the whole dump",
            dump->directory);
    }
    enum fl_status status = begin(dump, metadata->name, "");

    for (enum fl_kind i = FL_KIND_CATALOG; i < FL_KIND_COUNT_ && status == FL_OK; i++) {
        status = fl_dump_types_list(dump->types, i, metadata->name, i == kind->kind);
    }
    return status == FL_OK
               ? fl_dump_types_add(dump->types, kind->kind, metadata, dump->out_error)
               : status;
}

enum fl_status fl_configuration_read_file(
    const char *path,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct dump *const dump = dump_new(path, out_error);
    struct fl_metadata metadata = {0};

    if (!dump) {
        return FL_NO_MEMORY;
    }
    enum fl_status status =
        fl_metadata_read(path, path, &dump->object, &metadata, out_error);

    if (status == FL_OK) {
        status = add_single(dump, &metadata);
    }
    if (status == FL_OK) {
        status = finish(dump, out_configuration);
    }
    dump_free(dump);
    return status;
}
