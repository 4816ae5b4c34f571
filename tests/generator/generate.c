/*
 * Makes the package that a branch's 1C base would send: filial_generate, see usage().
 * Nothing but the arguments decides its bytes.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/codec.h"
#include "exchange/configuration_reader.h"
#include "proto/limits.h"
#include "world.h"

enum { SMALLEST = 200, MOST = 100000000 };

struct arguments {
    const char *configuration;
    const char *plan;
    const char *from;
    const char *to;
    uint64_t number;
    uint64_t received;
    uint64_t seed;
    uint64_t objects;
    uint64_t branch;
    bool random_uuids;
};

static _Noreturn void usage(void)
{
    (void)fprintf(
        stderr,
        "filial_generate --configuration DIRECTORY --from CODE --to CODE > PACKAGE\n"
        "  --plan NAME         the exchange plan (Филиалы)\n"
        "  --number N          number of the message (1)\n"
        "  --received N        the last message received (0)\n"
        "  --seed N            what everything is drawn from (1)\n"
        "  --objects N         how many objects, at least 200 (5000)\n"
        "  --first-branch K    number of the branch in codes (the seed)\n"
        "  --random-uuids      version 4 instead of time-based ones\n");
    exit(2);
}

static _Noreturn void fail(const struct fl_error *error)
{
    (void)fprintf(stderr, "filial_generate: %s\n", error->text);
    exit(1);
}

static uint64_t parse_count(const char *text)
{
    char *end = NULL;

    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);

    if (errno != 0 || end == text || *end != '\0' || text[0] == '-') {
        (void)fprintf(stderr, "filial_generate: \"%s\" is not a number\n", text);
        exit(2);
    }
    return value;
}

static struct arguments parse_arguments(int argc, char **argv)
{
    struct arguments arguments = {
        .plan = "Филиалы", .number = 1, .seed = 1, .objects = 5000};
    struct {
        const char *name;
        const char **text;
        uint64_t *count;
    } const options[] = {
        {"--configuration", &arguments.configuration, NULL},
        {"--plan", &arguments.plan, NULL},
        {"--from", &arguments.from, NULL},
        {"--to", &arguments.to, NULL},
        {"--number", NULL, &arguments.number},
        {"--received", NULL, &arguments.received},
        {"--seed", NULL, &arguments.seed},
        {"--objects", NULL, &arguments.objects},
        {"--first-branch", NULL, &arguments.branch},
    };
    const size_t option_count = sizeof(options) / sizeof(options[0]);

    for (int i = 1; i < argc; i++) {
        size_t at = 0;

        if (strcmp(argv[i], "--random-uuids") == 0) {
            arguments.random_uuids = true;
            continue;
        }
        while (at < option_count && strcmp(argv[i], options[at].name) != 0) {
            at++;
        }
        if (at == option_count || i + 1 == argc) {
            usage();
        }
        i++;
        if (options[at].text) {
            *options[at].text = argv[i];
        } else {
            *options[at].count = parse_count(argv[i]);
        }
    }
    if (!arguments.configuration || !arguments.from || !arguments.to ||
        arguments.objects < SMALLEST || arguments.objects > MOST) {
        usage();
    }
    return arguments;
}

/* ---- how many of each ---- */

/* Of a thousand objects; `common` of them are the same everywhere. */
struct share {
    const char *type;
    uint32_t own;    /* per thousand of all */
    uint32_t fixed;  /* own ones, however many objects there are */
    uint32_t common; /* items that every branch has */
};

static const struct share shares[] = {
    {"Catalog.Валюты", 0, 0, 5},
    {"Catalog.Организации", 0, 1, 2},
    {"Catalog.Склады", 0, 3, 2},
    {"Catalog.Контрагенты", 100, 0, 3},
    {"Catalog.КонтактныеЛица", 130, 0, 0},
    {"Catalog.Номенклатура", 180, 0, 20},
    {"Document.СчетНаОплатуПокупателю", 90, 0, 0},
    {"Document.РеализацияТоваровУслуг", 70, 0, 0},
    {"Document.ПоступлениеТоваровУслуг", 40, 0, 0},
    {"Document.ПоступлениеНаРасчетныйСчет", 50, 0, 0},
    {"Document.ПеремещениеТоваров", 20, 0, 0},
};

enum { FOLDERS_COMMON = 2, FOLDERS_OWN = 4, SETS_PER_THOUSAND = 40, FIXED_AT_MOST = 60 };

static const struct share *share_of(const struct fl_type *type)
{
    char name[FL_NAME_BYTES_MAX];

    (void)snprintf(name, sizeof(name), "%s.%s", fl_kind_name(type->kind), type->name);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        if (strcmp(shares[i].type, name) == 0) {
            return &shares[i];
        }
    }
    return NULL;
}

static bool is_in_plan(const struct fl_plan *plan, uint32_t type)
{
    for (size_t i = 0; plan && i < plan->item_count; i++) {
        if (plan->items[i].type == type) {
            return true;
        }
    }
    return plan == NULL;
}

struct generator {
    struct arguments arguments;
    struct fl_configuration *configuration;
    const struct fl_plan *plan;
    struct world world;
    uint32_t *set_counts; /* by number of type, less one: of registers by dimensions */
    struct fl_arena arena;
    struct fl_package_writer *writer;
    uint64_t put;
};

/* Does this register take movements of documents of `document`? Invoices move nothing. */
static bool records(const struct fl_type *type, const struct fl_type *document)
{
    const struct fl_attribute *const recorder =
        fl_kind_is_register(type->kind) && type->by_recorder
            ? fl_type_role(type, FL_ROLE_RECORDER)
            : NULL;

    if (strncmp(document->name, "Счет", strlen("Счет")) == 0) {
        return false;
    }
    for (size_t i = 0; recorder && i < recorder->type.ref_count; i++) {
        if (recorder->type.refs[i] == document->number) {
            return document->section_count > 0;
        }
    }
    return false;
}

/* Objects that one document brings: itself and its sets of movements. */
static uint64_t count_of_document(
    const struct generator *generator,
    const struct fl_type *document)
{
    uint64_t count = 1;

    for (size_t i = 0; i < generator->configuration->type_count; i++) {
        const struct fl_type *const type = &generator->configuration->types[i];

        count += is_in_plan(generator->plan, type->number) && records(type, document);
    }
    return count;
}

static uint64_t plan_type(struct generator *generator, const struct fl_type *type)
{
    struct pool *const pool = &generator->world.pools[type->number - 1];
    const struct share *const share = share_of(type);

    if (type->kind == FL_KIND_CONSTANT) {
        pool->common_items = 1;
        return 1;
    }
    if (!share || !fl_kind_has_ref(type->kind)) {
        return 0;
    }
    pool->common_items = share->common;
    pool->own_items =
        share->fixed +
        (uint32_t)((generator->arguments.objects - FIXED_AT_MOST) * share->own / 1000);
    if (type->folders) {
        pool->common_folders = FOLDERS_COMMON;
        pool->own_folders = FOLDERS_OWN;
    }
    return type->kind == FL_KIND_DOCUMENT
               ? pool_count(pool) * count_of_document(generator, type)
               : pool_count(pool);
}

static uint64_t plan_sets(struct generator *generator, const struct fl_type *type)
{
    const uint32_t wanted =
        (uint32_t)((generator->arguments.objects - FIXED_AT_MOST) * SETS_PER_THOUSAND / 1000);
    const uint32_t most = record_sets_max(&generator->world, type);
    const uint32_t count = wanted < most ? wanted : most;

    if (type->kind != FL_KIND_INFORMATION_REGISTER || type->by_recorder) {
        return 0;
    }
    generator->set_counts[type->number - 1] = count;
    return count;
}

/* What is missing to the number asked for becomes counterparties. */
static void plan_rest(struct generator *generator, uint64_t planned)
{
    const struct fl_type *const type = fl_configuration_find_full(
        generator->configuration, fl_bytes_of_text("Catalog.Контрагенты"));
    const uint64_t wanted = generator->arguments.objects;

    if (!type || planned > wanted) {
        const struct fl_error error = {
            .status = FL_REFUSED,
            .text = "this configuration and number of objects cannot be met: it needs "
                    "Catalog.Контрагенты in the plan"};

        fail(&error);
    }
    generator->world.pools[type->number - 1].own_items += (uint32_t)(wanted - planned);
}

static void plan_counts(struct generator *generator)
{
    const struct fl_configuration *const configuration = generator->configuration;
    uint64_t planned = 0;

    for (size_t i = 0; i < configuration->type_count; i++) {
        if (is_in_plan(generator->plan, configuration->types[i].number)) {
            planned += plan_type(generator, &configuration->types[i]);
        }
    }
    for (size_t i = 0; i < configuration->type_count; i++) {
        if (is_in_plan(generator->plan, configuration->types[i].number)) {
            planned += plan_sets(generator, &configuration->types[i]);
        }
    }
    plan_rest(generator, planned);
}

/* ---- writing ---- */

static enum fl_status write_stdout(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    (void)context;
    return fwrite(bytes.data, 1, bytes.size, stdout) == bytes.size
               ? FL_OK
               : fl_error_set(
                     out_error, FL_IO, "cannot write the package: %s", strerror(errno));
}

static void put(struct generator *generator, const struct fl_object *object)
{
    struct fl_error error = {FL_OK, ""};

    if (fl_package_writer_put(generator->writer, object, &error) != FL_OK) {
        fail(&error);
    }
    generator->put++;
}

static void put_movements(struct generator *generator, const struct fl_object *document)
{
    const struct fl_configuration *const configuration = generator->configuration;
    const struct fl_type *const document_type =
        fl_configuration_type(configuration, document->key.type);

    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *const type = &configuration->types[i];

        if (is_in_plan(generator->plan, type->number) && records(type, document_type)) {
            struct fl_object movements;
            /* Distinct draws for the documents of each type. */
            struct making making = world_making(
                &generator->world, type, fl_load_u32(document->key.id.bytes + 12),
                /* is_common= */ false, &generator->arena);

            make_movements(&making, document, &movements);
            put(generator, &movements);
        }
    }
}

static void put_type(struct generator *generator, const struct fl_type *type)
{
    const struct pool *const pool = world_pool(&generator->world, type->number);

    for (uint32_t i = 0; i < pool_count(pool); i++) {
        struct fl_object object;
        struct making making = world_making(
            &generator->world, type, i, pool_is_common(pool, i), &generator->arena);

        make_object(&making, &object);
        put(generator, &object);
        if (type->kind == FL_KIND_DOCUMENT) {
            put_movements(generator, &object);
        }
        fl_arena_reset(&generator->arena);
    }
}

static void put_sets(struct generator *generator, const struct fl_type *type)
{
    for (uint32_t i = 0; i < generator->set_counts[type->number - 1]; i++) {
        struct fl_object object;
        struct making making = world_making(
            &generator->world, type, i, /* is_common= */ false, &generator->arena);

        make_record_set(&making, &object);
        put(generator, &object);
        fl_arena_reset(&generator->arena);
    }
}

static void put_all(struct generator *generator)
{
    const struct fl_configuration *const configuration = generator->configuration;

    for (size_t i = 0; i < configuration->type_count; i++) {
        put_type(generator, &configuration->types[i]);
    }
    for (size_t i = 0; i < configuration->type_count; i++) {
        put_sets(generator, &configuration->types[i]);
    }
}

static void write_package(struct generator *generator)
{
    const struct fl_package_header header = {
        .plan = generator->arguments.plan,
        .to = generator->arguments.to,
        .from = generator->arguments.from,
        .message_number = generator->arguments.number,
        .received_number = generator->arguments.received,
    };
    const struct fl_package_writer_options options = {
        .configuration = generator->configuration,
        .sink = {.write = write_stdout},
    };
    struct fl_error error = {FL_OK, ""};

    if (fl_package_writer_open(
            fl_codec_find("v8msg"), &options, &generator->writer, &error) != FL_OK ||
        fl_package_writer_begin(generator->writer, &header, &error) != FL_OK) {
        fail(&error);
    }
    put_all(generator);
    if (fl_package_writer_end(generator->writer, &error) != FL_OK) {
        fail(&error);
    }
    fl_package_writer_close(generator->writer);
}

int main(int argc, char **argv)
{
    struct generator generator = {.arguments = parse_arguments(argc, argv)};
    struct fl_error error = {FL_OK, ""};

    if (fl_configuration_read_dump(
            generator.arguments.configuration, &generator.configuration, &error) !=
        FL_OK) {
        fail(&error);
    }
    generator.plan = fl_configuration_plan(
        generator.configuration, fl_bytes_of_text(generator.arguments.plan));
    if (!generator.plan) {
        (void)fprintf(
            stderr, "filial_generate: %s has no exchange plan %s\n",
            generator.configuration->name, generator.arguments.plan);
        return 1;
    }
    const size_t type_count = generator.configuration->type_count;

    generator.world = (struct world){
        .configuration = generator.configuration,
        .seed = generator.arguments.seed,
        .branch = (uint32_t)(generator.arguments.branch ? generator.arguments.branch
                                                        : generator.arguments.seed),
        .random_uuids = generator.arguments.random_uuids,
        .pools = fl_alloc_zeroed(type_count, sizeof(struct pool)),
    };
    generator.set_counts = fl_alloc_zeroed(type_count, sizeof(uint32_t));
    FL_ASSERT(generator.world.pools != NULL);
    FL_ASSERT(generator.set_counts != NULL);
    fl_arena_init(&generator.arena, FL_OBJECT_ARENA_BYTES_MAX);
    plan_counts(&generator);
    write_package(&generator);
    fl_arena_deinit(&generator.arena);
    fl_free(generator.set_counts);
    fl_free(generator.world.pools);
    fl_configuration_free(generator.configuration);
    return fflush(stdout) == 0 ? 0 : 1;
}
