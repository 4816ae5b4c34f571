/*
 * `filial configuration predefined`: which objects here are the predefined items of the
 * configuration; and making those that are missing, which is for the one node that is
 * beside no 1C base: two of them make the same refs.
 */

#include "change/change.h"
#include "change/ref.h"
#include "command/command_table.h"
#include "language.h"
#include "predefined/predefined.h"
#include "proto/limits.h"
#include "proto/record.h"

/* The objects here that have the name of an item. */
struct item_here {
    struct fl_key key;
    size_t count;
};

struct type_here {
    const struct fl_type *type;
    struct item_here *items; /* as many as the type has */
};

struct listing {
    struct fl_call *call;
    struct type_here *types;
    size_t type_count;
    struct fl_arena arena;
    uint64_t total;
    uint64_t missing;
    uint64_t made;
};

/* ---- what is here ---- */

static void visit(void *context, struct fl_key key, struct fl_bytes name)
{
    const struct type_here *here = context;
    const struct fl_predefined_item *const item =
        fl_type_find_predefined(here->type, name);

    if (item) {
        struct item_here *const found = &here->items[item - here->type->predefined];

        found->key = key;
        found->count++;
    }
}

static enum fl_status look(
    struct listing *listing,
    const struct fl_type *type,
    struct fl_error *out_error)
{
    struct type_here *const here = &listing->types[listing->type_count];

    here->type = type;
    here->items =
        fl_arena_array(&listing->arena, type->predefined_count, sizeof(*here->items));
    if (!here->items) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    listing->type_count++;
    return fl_predefined_walk(listing->call->node, type, visit, here, out_error);
}

static enum fl_status look_at_all(
    struct listing *listing,
    const struct fl_type *only,
    struct fl_error *out_error)
{
    const struct fl_configuration *const configuration =
        listing->call->node->configuration;
    enum fl_status status = FL_OK;

    listing->types = fl_arena_array(
        &listing->arena, configuration->type_count, sizeof(*listing->types));
    if (!listing->types) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    for (size_t i = 0; i < configuration->type_count && status == FL_OK; i++) {
        const struct fl_type *const type = &configuration->types[i];

        if (type->predefined_count > 0 && (!only || only == type)) {
            status = look(listing, type, out_error);
        }
    }
    return status;
}

/* ---- making ---- */

struct making {
    struct listing *listing;
    struct fl_txn txn;
    struct fl_arena arena; /* of the object at hand */
    struct fl_buffer record;
};

static enum fl_status set(
    struct making *making,
    struct fl_object *object,
    const struct fl_attribute *attribute,
    struct fl_value value)
{
    return attribute ? fl_object_set(object, attribute->number, &value, &making->arena)
                     : FL_OK;
}

/* A code may be a number. */
static enum fl_status set_text(
    struct making *making,
    struct fl_object *object,
    const struct fl_attribute *attribute,
    const char *text)
{
    struct fl_value value = {.kind = FL_VALUE_STRING, .bytes = fl_bytes_of_text(text)};

    if (attribute && (attribute->type.allows & FL_ALLOWS_NUMBER)) {
        value.kind = FL_VALUE_NUMBER;
        if (fl_decimal_parse(fl_bytes_of_text(text), &value.number) != FL_OK) {
            return FL_OK;
        }
    }
    return set(making, object, attribute, value);
}

static enum fl_status fill(
    struct making *making,
    const struct type_here *here,
    const struct fl_predefined_item *item,
    struct fl_object *object)
{
    const struct fl_type *const type = here->type;
    const struct item_here *const parent =
        item->parent > 0 ? &here->items[item->parent - 1] : NULL;
    enum fl_status status = FL_OK;

    if (item->is_folder) {
        status =
            set(making, object, fl_type_role(type, FL_ROLE_IS_FOLDER),
                (struct fl_value){.kind = FL_VALUE_BOOLEAN, .boolean = true});
    }
    if (status == FL_OK && parent && parent->count == 1) {
        status =
            set(making, object, fl_type_role(type, FL_ROLE_PARENT),
                (struct fl_value){
                    .kind = FL_VALUE_REF, .type = type->number, .uuid = parent->key.id});
    }
    if (status == FL_OK) {
        status = set_text(making, object, fl_type_role(type, FL_ROLE_CODE), item->code);
    }
    if (status == FL_OK) {
        status = set_text(
            making, object, fl_type_role(type, FL_ROLE_DESCRIPTION), item->description);
    }
    return status == FL_OK ? set_text(
                                 making, object,
                                 fl_type_role(type, FL_ROLE_PREDEFINED_NAME), item->name)
                           : status;
}

static enum fl_status append(
    struct making *making,
    struct fl_object *object,
    struct fl_error *out_error)
{
    struct fl_node *const node = making->listing->call->node;
    enum fl_status status = fl_object_normalise(
        fl_configuration_type(node->configuration, object->key.type), object, out_error);

    if (status == FL_OK) {
        status = fl_object_check(node->configuration, object, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_buffer_clear(&making->record);
    status = fl_record_encode(object, &making->record);
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "%s is larger than an object may be",
            fl_ref_text(node->configuration, object->key).text);
    }
    const struct fl_entry entry = {
        .origin = FL_ORIGIN_HERE,
        .configuration = node->configuration_number,
        .key = object->key,
        .record = fl_buffer_view(&making->record)};

    return fl_journal_append(&making->txn, &entry) == 0
               ? fl_change_txn_failure(&making->txn, out_error)
               : FL_OK;
}

/* The parent's object stands before it in the list, and so was made before. */
static enum fl_status make(
    struct making *making,
    const struct type_here *here,
    const struct fl_predefined_item *item,
    struct fl_error *out_error)
{
    struct fl_call *const call = making->listing->call;
    struct fl_object object = {.key = {.type = here->type->number, .id = item->id}};
    struct fl_object before;

    fl_arena_reset(&making->arena);
    enum fl_status status = fl_change_current(
        &making->txn, object.key, &making->arena, &before, NULL, out_error);

    if (status == FL_OK) {
        fl_output_warn(
            call->output,
            _("\"%s\" is not made: %s is here already, without the name of the item"),
            item->name, fl_ref_text(call->node->configuration, object.key).text);
        return FL_OK;
    }
    if (status != FL_NOT_FOUND) {
        return status;
    }
    if (fill(making, here, item, &object) != FL_OK) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    status = append(making, &object, out_error);
    if (status == FL_OK) {
        here->items[item - here->type->predefined] =
            (struct item_here){.key = object.key, .count = 1};
        making->listing->made++;
    }
    return status;
}

/* Accounts and characteristics have more to them than the configuration says here. */
static bool can_be_made(
    const struct type_here *here,
    const struct fl_predefined_item *item)
{
    return here->items[item - here->type->predefined].count == 0 &&
           !fl_uuid_is_zero(item->id) &&
           (here->type->kind == FL_KIND_CATALOG ||
            here->type->kind == FL_KIND_CALCULATION_TYPES);
}

/* All of them or none. */
static enum fl_status make_missing(struct listing *listing, struct fl_error *out_error)
{
    struct making making = {.listing = listing};
    enum fl_status status = FL_OK;

    fl_arena_init(&making.arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_buffer_init(&making.record, FL_RECORD_BYTES_MAX);
    fl_txn_begin(&making.txn, listing->call->node->store, FL_TXN_WRITE);
    for (size_t i = 0; i < listing->type_count && status == FL_OK; i++) {
        const struct type_here *const here = &listing->types[i];

        for (size_t k = 0; k < here->type->predefined_count && status == FL_OK; k++) {
            if (can_be_made(here, &here->type->predefined[k])) {
                status = make(&making, here, &here->type->predefined[k], out_error);
            }
        }
    }
    if (status == FL_OK) {
        status = fl_change_commit(&making.txn, out_error);
    }
    fl_txn_abort(&making.txn);
    fl_buffer_deinit(&making.record);
    fl_arena_deinit(&making.arena);
    listing->call->wrote = status == FL_OK && listing->made > 0;
    return status;
}

/* ---- showing ---- */

static void show(
    struct listing *listing,
    const struct fl_type *type,
    const struct fl_predefined_item *item,
    const struct item_here *here)
{
    struct fl_output *const output = listing->call->output;
    const struct fl_configuration *const configuration =
        listing->call->node->configuration;
    const char *const state = here->count == 0   ? N_("missing")
                              : here->count == 1 ? N_("here")
                                                 : N_("several");

    fl_output_row(output);
    fl_output_text(output, "kind", N_("kind"), fl_kind_name(type->kind));
    fl_output_text(output, "type", N_("type"), type->name);
    fl_output_text(output, "name", N_("name"), item->name);
    fl_output_text(output, "state", N_("state"), output->json ? state : _(state));
    fl_output_text(
        output, "ref", N_("ref"),
        here->count == 0 ? "" : fl_ref_text(configuration, here->key).text);
    fl_output_text(output, "description", N_("description"), item->description);
    listing->missing += here->count == 0;
    listing->total++;
}

static void show_all(struct listing *listing)
{
    struct fl_output *const output = listing->call->output;

    fl_output_list_begin(output, "list");
    for (size_t i = 0; i < listing->type_count; i++) {
        const struct type_here *const here = &listing->types[i];

        for (size_t k = 0; k < here->type->predefined_count; k++) {
            show(listing, here->type, &here->type->predefined[k], &here->items[k]);
        }
    }
    fl_output_list_end(output);
    fl_output_number(output, "items", N_("items"), listing->total);
    fl_output_number(output, "made", N_("made now"), listing->made);
    fl_output_number(output, "missing", N_("missing"), listing->missing);
}

FL_HANDLER(configuration_predefined)
{
    struct listing listing = {.call = call};
    const struct fl_type *only = NULL;
    enum fl_status status = FL_OK;

    if (call->argument_count > 0) {
        status = fl_call_type(call, call->arguments[0], &only, out_error);
    }
    fl_arena_init(&listing.arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (status == FL_OK) {
        status = look_at_all(&listing, only, out_error);
    }
    if (status == FL_OK && fl_call_has(call, "create")) {
        status = make_missing(&listing, out_error);
    }
    if (status == FL_OK) {
        show_all(&listing);
    }
    fl_arena_deinit(&listing.arena);
    return status;
}
