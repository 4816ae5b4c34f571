/*
 * A configuration as bytes: `Configuration` of filial.proto, packed and unpacked by the
 * generated code. What comes in is unpacked within a bound of memory, checked, built like
 * any other configuration and packed again: other bytes than those that came are refused,
 * so that one configuration has one form and one hash.
 */

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include <filial.pb-c.h>

#include "configuration_parts.h"
#include "proto/limits.h"

/*
 * Unpacked messages are some eight times as large as packed ones, attributes with names
 * of one letter 25 times; 45 times is what empty messages do.
 */
enum { UNPACKED_FACTOR = 32, UNPACKED_BYTES_MIN = 64 << 10 };

/* protobuf-c packs from pointers to what it does not change, but does not say so. */
static void *without_const(const void *memory)
{
    union {
        const void *given;
        void *wanted;
    } pointer = {.given = memory};

    return pointer.wanted;
}

static ProtobufCBinaryData binary_of(const char *text)
{
    return (ProtobufCBinaryData){.len = strlen(text), .data = without_const(text)};
}

/* `count` messages of `size` bytes and pointers to them, as protobuf-c wants them. */
static void *new_messages(
    struct fl_arena *arena,
    size_t count,
    size_t size,
    void ***out_pointers)
{
    uint8_t *messages = fl_arena_array(arena, count, size);
    void **pointers = fl_arena_array(arena, count, sizeof(*pointers));

    if (!messages || !pointers) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        pointers[i] = messages + i * size;
    }
    *out_pointers = pointers;
    return messages;
}

/* As `place` of the schema has it, and back. */
static uint32_t pack_place(uint32_t place, uint32_t number)
{
    return place == number ? 0 : place == FL_PLACE_NONE ? 1 : place + 1;
}

static uint32_t unpack_place(uint32_t packed)
{
    return packed == 1 ? FL_PLACE_NONE : packed == 0 ? 0 : packed - 1;
}

static void fill_attribute(
    Filial__Attribute *message,
    const struct fl_attribute *attribute)
{
    const struct fl_value_type *const type = &attribute->type;

    filial__attribute__init(message);
    message->name = binary_of(attribute->name);
    message->role = (uint32_t)attribute->role;
    message->use = (uint32_t)attribute->use;
    message->in_filter = attribute->in_filter;
    message->allows = type->allows;
    message->n_refs = type->ref_count;
    message->refs = without_const(type->refs);
    message->string_length = type->string_length;
    message->string_fixed = type->string_fixed;
    message->number_digits = type->number_digits;
    message->number_fraction = type->number_fraction;
    message->number_nonnegative = type->number_nonnegative;
    message->date_only = type->date_only;
    message->time_only = type->time_only;
    message->place = pack_place(attribute->place, attribute->number);
}

/* NULL without memory. */
static Filial__Attribute **attributes_of(
    struct fl_arena *arena,
    const struct fl_attribute *attributes,
    size_t count)
{
    void **pointers;
    Filial__Attribute *messages =
        new_messages(arena, count, sizeof(*messages), &pointers);

    for (size_t i = 0; messages && i < count; i++) {
        fill_attribute(&messages[i], &attributes[i]);
    }
    return messages ? (Filial__Attribute **)pointers : NULL;
}

static Filial__SectionType **sections_of(
    struct fl_arena *arena,
    const struct fl_type *type)
{
    void **pointers;
    Filial__SectionType *messages =
        new_messages(arena, type->section_count, sizeof(*messages), &pointers);

    for (size_t i = 0; messages && i < type->section_count; i++) {
        const struct fl_section_type *const section = &type->sections[i];

        filial__section_type__init(&messages[i]);
        messages[i].name = binary_of(section->name);
        messages[i].use = (uint32_t)section->use;
        messages[i].place = pack_place(section->place, section->number);
        messages[i].n_attributes = section->attribute_count;
        messages[i].attributes =
            attributes_of(arena, section->attributes, section->attribute_count);
        if (!messages[i].attributes) {
            return NULL;
        }
    }
    return messages ? (Filial__SectionType **)pointers : NULL;
}

static Filial__PredefinedItem **predefined_of(
    struct fl_arena *arena,
    const struct fl_type *type)
{
    void **pointers;
    Filial__PredefinedItem *messages =
        new_messages(arena, type->predefined_count, sizeof(*messages), &pointers);

    for (size_t i = 0; messages && i < type->predefined_count; i++) {
        const struct fl_predefined_item *const item = &type->predefined[i];

        filial__predefined_item__init(&messages[i]);
        messages[i].name = binary_of(item->name);
        if (!fl_uuid_is_zero(item->id)) {
            messages[i].id = (ProtobufCBinaryData){
                .len = FL_UUID_BYTES, .data = without_const(&item->id)};
        }
        messages[i].code = binary_of(item->code);
        messages[i].description = binary_of(item->description);
        messages[i].is_folder = item->is_folder;
        messages[i].parent = item->parent;
    }
    return messages ? (Filial__PredefinedItem **)pointers : NULL;
}

static bool fill_type(
    struct fl_arena *arena,
    Filial__ObjectType *message,
    const struct fl_type *type)
{
    ProtobufCBinaryData *values =
        fl_arena_array(arena, type->enum_value_count, sizeof(*values));

    for (size_t i = 0; values && i < type->enum_value_count; i++) {
        values[i] = binary_of(type->enum_values[i].name);
    }
    filial__object_type__init(message);
    message->kind = (uint32_t)type->kind;
    message->name = binary_of(type->name);
    message->n_attributes = type->attribute_count;
    message->attributes = attributes_of(arena, type->attributes, type->attribute_count);
    message->n_sections = type->section_count;
    message->sections = sections_of(arena, type);
    message->n_enum_values = type->enum_value_count;
    message->enum_values = values;
    message->hierarchical = type->hierarchical;
    message->folders = type->folders;
    message->by_recorder = type->by_recorder;
    message->balance = type->balance;
    message->learnt = type->learnt;
    message->n_predefined = type->predefined_count;
    message->predefined = predefined_of(arena, type);
    return values && message->attributes && message->sections && message->predefined;
}

static bool fill_plan(
    struct fl_arena *arena,
    Filial__Plan *message,
    const struct fl_plan *plan)
{
    void **pointers;
    Filial__PlanItem *items =
        new_messages(arena, plan->item_count, sizeof(*items), &pointers);

    for (size_t i = 0; items && i < plan->item_count; i++) {
        filial__plan_item__init(&items[i]);
        items[i].type = plan->items[i].type;
        items[i].auto_record = plan->items[i].auto_record;
    }
    filial__plan__init(message);
    message->name = binary_of(plan->name);
    message->distributed = plan->distributed;
    message->n_items = plan->item_count;
    message->items = items ? (Filial__PlanItem **)pointers : NULL;
    return items != NULL;
}

static bool fill_types_and_plans(
    struct fl_arena *arena,
    Filial__Configuration *message,
    const struct fl_configuration *configuration)
{
    void **pointers;
    Filial__ObjectType *types =
        new_messages(arena, configuration->type_count, sizeof(*types), &pointers);

    if (!types) {
        return false;
    }
    message->n_types = configuration->type_count;
    message->types = (Filial__ObjectType **)pointers;
    for (size_t i = 0; i < configuration->type_count; i++) {
        if (!fill_type(arena, &types[i], &configuration->types[i])) {
            return false;
        }
    }
    Filial__Plan *plans =
        new_messages(arena, configuration->plan_count, sizeof(*plans), &pointers);

    if (!plans) {
        return false;
    }
    message->n_plans = configuration->plan_count;
    message->plans = (Filial__Plan **)pointers;
    for (size_t i = 0; i < configuration->plan_count; i++) {
        if (!fill_plan(arena, &plans[i], &configuration->plans[i])) {
            return false;
        }
    }
    return true;
}

static bool fill_notes(
    struct fl_arena *arena,
    Filial__Configuration *message,
    const struct fl_configuration *configuration)
{
    const size_t count = configuration->note_count;
    ProtobufCBinaryData *notes = fl_arena_array(arena, count, sizeof(*notes));

    for (size_t i = 0; notes && i < count; i++) {
        notes[i] = binary_of(configuration->notes[i]);
    }
    message->n_notes = count;
    message->notes = notes;
    return notes != NULL;
}

enum fl_status fl_configuration_pack(
    const struct fl_configuration *configuration,
    bool with_notes,
    struct fl_buffer *out_buffer)
{
    Filial__Configuration message = FILIAL__CONFIGURATION__INIT;
    struct fl_arena arena;
    enum fl_status status = FL_NO_MEMORY;

    fl_arena_init(&arena, FL_CONFIGURATION_ARENA_BYTES_MAX);
    message.name = binary_of(configuration->name);
    message.version = binary_of(configuration->version);
    if (fill_types_and_plans(&arena, &message, configuration) &&
        (!with_notes || fill_notes(&arena, &message, configuration))) {
        const size_t size = filial__configuration__get_packed_size(&message);
        uint8_t *room = size <= FL_CONFIGURATION_BYTES_MAX
                            ? fl_buffer_reserve(out_buffer, size)
                            : NULL;

        status =
            size > FL_CONFIGURATION_BYTES_MAX ? FL_LIMIT : fl_buffer_status(out_buffer);
        if (room) {
            fl_buffer_added(out_buffer, filial__configuration__pack(&message, room));
        }
    }
    fl_arena_deinit(&arena);
    return status;
}

enum fl_status fl_configuration_encode(
    const struct fl_configuration *configuration,
    struct fl_buffer *out_buffer)
{
    return fl_configuration_pack(configuration, /* with_notes= */ true, out_buffer);
}

/* What unpacking may use. */
struct budget {
    size_t bytes_left;
    bool without_memory; /* the machine refused, not the bound */
};

/* Stands before each block and keeps it aligned. */
struct block_header {
    alignas(max_align_t) size_t size;
};

static void *budget_alloc(void *data, size_t size)
{
    struct budget *const budget = data;

    if (budget->bytes_left < sizeof(struct block_header) ||
        size > budget->bytes_left - sizeof(struct block_header)) {
        return NULL;
    }
    struct block_header *header = fl_alloc(sizeof(*header) + size);

    if (!header) {
        budget->without_memory = true;
        return NULL;
    }
    header->size = sizeof(*header) + size;
    budget->bytes_left -= header->size;
    return header + 1;
}

static void budget_free(void *data, void *block)
{
    struct budget *const budget = data;

    if (block) {
        struct block_header *const header = (struct block_header *)block - 1;

        budget->bytes_left += header->size;
        fl_free(header);
    }
}

/* Builds what was unpacked. */
struct rebuild {
    struct fl_configuration_builder *builder;
    struct fl_arena arena; /* names with their closing NUL */
    enum fl_status status; /* the first failure found here */
};

/* A name with its closing NUL; "" after a failure. */
static const char *text_of(struct rebuild *rebuild, ProtobufCBinaryData data)
{
    const struct fl_bytes bytes = {data.data, data.len};

    if (!fl_bytes_are_utf8(bytes)) {
        rebuild->status = FL_MALFORMED;
        return "";
    }
    const char *text = fl_arena_text(&rebuild->arena, bytes);

    if (!text) {
        rebuild->status = FL_NO_MEMORY;
    }
    return text ? text : "";
}

static bool is_within(uint32_t value, uint32_t least, uint32_t most)
{
    return value >= least && value <= most;
}

static void rebuild_attribute(struct rebuild *rebuild, const Filial__Attribute *message)
{
    const uint32_t allowed = (FL_ALLOWS_UNKNOWN << 1) - 1;

    if (!is_within(message->role, FL_ROLE_OWN, FL_ROLE_OTHER_STANDARD) ||
        message->use > FL_USE_FOLDER || (message->allows & ~allowed) != 0 ||
        message->n_refs > FL_CONFIGURATION_TYPES_MAX) {
        rebuild->status = FL_MALFORMED;
        return;
    }
    const struct fl_attribute_source source = {
        .name = text_of(rebuild, message->name),
        .place = unpack_place(message->place),
        .role = (enum fl_role)message->role,
        .use = (enum fl_use)message->use,
        .in_filter = message->in_filter,
        .type =
            {
                .allows = message->allows,
                .ref_count = (uint32_t)message->n_refs,
                .refs = message->refs,
                .string_length = message->string_length,
                .string_fixed = message->string_fixed,
                .number_digits = message->number_digits,
                .number_fraction = message->number_fraction,
                .number_nonnegative = message->number_nonnegative,
                .date_only = message->date_only,
                .time_only = message->time_only,
            },
    };

    if (rebuild->status == FL_OK) {
        fl_configuration_builder_attribute_by_number(rebuild->builder, &source);
    }
}

static void rebuild_section(struct rebuild *rebuild, const Filial__SectionType *message)
{
    if (message->use > FL_USE_FOLDER) {
        rebuild->status = FL_MALFORMED;
        return;
    }
    const char *const name = text_of(rebuild, message->name);

    fl_configuration_builder_section(rebuild->builder, name, (enum fl_use)message->use);
    if (message->place > 0) {
        fl_configuration_builder_section_place(
            rebuild->builder, unpack_place(message->place));
    }
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_attributes; i++) {
        rebuild_attribute(rebuild, message->attributes[i]);
    }
}

static void rebuild_predefined(
    struct rebuild *rebuild,
    const Filial__PredefinedItem *message)
{
    struct fl_predefined_item item = {
        .name = text_of(rebuild, message->name),
        .code = text_of(rebuild, message->code),
        .description = text_of(rebuild, message->description),
        .is_folder = message->is_folder,
        .parent = message->parent,
    };

    if (message->id.len == FL_UUID_BYTES) {
        memcpy(&item.id, message->id.data, FL_UUID_BYTES);
    } else if (message->id.len != 0) {
        rebuild->status = FL_MALFORMED;
    }
    if (rebuild->status == FL_OK) {
        fl_configuration_builder_predefined(rebuild->builder, &item);
    }
}

static void rebuild_type(struct rebuild *rebuild, const Filial__ObjectType *message)
{
    if (!is_within(message->kind, FL_KIND_CATALOG, FL_KIND_COUNT_ - 1)) {
        rebuild->status = FL_MALFORMED;
        return;
    }
    const struct fl_type type = {
        .kind = (enum fl_kind)message->kind,
        .name = text_of(rebuild, message->name),
        .hierarchical = message->hierarchical,
        .folders = message->folders,
        .by_recorder = message->by_recorder,
        .balance = message->balance,
        .learnt = message->learnt,
    };

    fl_configuration_builder_type(rebuild->builder, &type);
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_attributes; i++) {
        rebuild_attribute(rebuild, message->attributes[i]);
    }
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_sections; i++) {
        rebuild_section(rebuild, message->sections[i]);
    }
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_enum_values; i++) {
        fl_configuration_builder_enum_value(
            rebuild->builder, text_of(rebuild, message->enum_values[i]));
    }
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_predefined; i++) {
        rebuild_predefined(rebuild, message->predefined[i]);
    }
}

static void rebuild_plan(struct rebuild *rebuild, const Filial__Plan *message)
{
    fl_configuration_builder_plan(
        rebuild->builder, text_of(rebuild, message->name), message->distributed);
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_items; i++) {
        const struct fl_plan_item item = {
            .type = message->items[i]->type,
            .auto_record = message->items[i]->auto_record,
        };

        fl_configuration_builder_plan_item_by_number(rebuild->builder, item);
    }
}

/* FL_OK with everything given to the builder, which may still refuse it at the end. */
static enum fl_status rebuild_all(
    struct rebuild *rebuild,
    const Filial__Configuration *message)
{
    const char *const name = text_of(rebuild, message->name);
    const char *const version = text_of(rebuild, message->version);

    if (rebuild->status != FL_OK) {
        return rebuild->status;
    }
    rebuild->status = fl_configuration_builder_new(name, version, &rebuild->builder);
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_types; i++) {
        rebuild_type(rebuild, message->types[i]);
    }
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_plans; i++) {
        rebuild_plan(rebuild, message->plans[i]);
    }
    for (size_t i = 0; rebuild->status == FL_OK && i < message->n_notes; i++) {
        fl_configuration_builder_note_text(
            rebuild->builder, text_of(rebuild, message->notes[i]));
    }
    return rebuild->status;
}

static enum fl_status complain(enum fl_status status, struct fl_error *out_error)
{
    if (status == FL_NO_MEMORY) {
        return fl_error_set(out_error, status, "no memory for the configuration");
    }
    return fl_error_set(
        out_error, status,
        "the stored configuration is damaged or of another program: import it again");
}

static enum fl_status rebuild_message(
    const Filial__Configuration *message,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct rebuild rebuild = {.status = FL_OK};

    fl_arena_init(&rebuild.arena, FL_CONFIGURATION_ARENA_BYTES_MAX);
    enum fl_status status = rebuild_all(&rebuild, message);

    if (status == FL_OK) {
        status = fl_configuration_builder_finish(
            rebuild.builder, out_configuration, out_error);
    } else {
        fl_configuration_builder_free(rebuild.builder);
        (void)complain(status, out_error);
    }
    fl_arena_deinit(&rebuild.arena);
    return status;
}

/* Is `configuration` packed to the very bytes that it was made of? */
static enum fl_status check_form(
    const struct fl_configuration *configuration,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_CONFIGURATION_BYTES_MAX);
    enum fl_status status = fl_configuration_encode(configuration, &buffer);

    if (status == FL_OK && !fl_bytes_equal(fl_buffer_view(&buffer), bytes)) {
        status = FL_MALFORMED;
    }
    fl_buffer_deinit(&buffer);
    return status == FL_OK ? FL_OK : complain(status, out_error);
}

/* NULL when the bytes are none, or would take more memory than they deserve. */
static Filial__Configuration *unpack(struct fl_bytes bytes, ProtobufCAllocator *allocator)
{
    return bytes.size <= FL_CONFIGURATION_BYTES_MAX
               ? filial__configuration__unpack(allocator, bytes.size, bytes.data)
               : NULL;
}

enum fl_status fl_configuration_decode(
    struct fl_bytes bytes,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error)
{
    struct budget budget = {.bytes_left = FL_CONFIGURATION_ARENA_BYTES_MAX};
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    struct fl_configuration *configuration = NULL;

    if (bytes.size < (budget.bytes_left - UNPACKED_BYTES_MIN) / UNPACKED_FACTOR) {
        budget.bytes_left = bytes.size * UNPACKED_FACTOR + UNPACKED_BYTES_MIN;
    }
    Filial__Configuration *message = unpack(bytes, &allocator);

    if (!message) {
        return complain(budget.without_memory ? FL_NO_MEMORY : FL_MALFORMED, out_error);
    }
    enum fl_status status = rebuild_message(message, &configuration, out_error);

    filial__configuration__free_unpacked(message, &allocator);
    if (status == FL_OK) {
        status = check_form(configuration, bytes, out_error);
    }
    if (status == FL_OK) {
        *out_configuration = configuration;
    } else {
        fl_configuration_free(configuration);
    }
    return status;
}
