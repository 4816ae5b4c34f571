/*
 * Objects of ours as a ФайлОбмена: a message of an exchange plan for an endpoint (D3), a
 * file that somebody loads by hand otherwise (D1). Pairs of identities that the base does
 * not know yet stand before the objects.
 */

#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "endpoint/endpoint_matches.h"
#include "endpoint/endpoint_settings.h"
#include "exchange/kd2_kinds.h"
#include "exchange/kd2_writer.h"
#include "kd2_codec.h"
#include "kd2_tables.h"
#include "kd2_time.h"
#include "proto/limits.h"
#include "storage/journal.h"

enum { DOCUMENTS_MAX = 4096, NOTES_MAX = 16 };

struct fl_endpoint_writing {
    struct fl_node *node;
    struct fl_kd2_writer *writer;
    struct fl_conversion *conversion;
    struct fl_conversion_ports ports;
    struct fl_kd2_making making;
    struct fl_txn *txn;                   /* of the object that is written */
    const struct fl_kd2_settings *chosen; /* what a command asks for; NULL: everything */
    struct fl_peer peer;
    uint64_t message_number;
    struct fl_buffer
        told; /* struct fl_endpoint_told, pairs that no message told before */
    /* Documents of this message, by their hash: the last one of each place. */
    struct fl_key documents[DOCUMENTS_MAX];
    struct fl_arena head;
    struct fl_arena arena;
    size_t note_count;
    char notes[NOTES_MAX][FL_ERROR_TEXT_BYTES_MAX]; /* what was left out; the first */
};

/* --- what conversion asks --- */

static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    struct fl_endpoint_writing *writing = context;
    return fl_change_current(writing->txn, key, arena, out_object, NULL, NULL);
}

/* A base that loads by hand has no register: it is told its own identity. */
static struct fl_uuid identity(void *context, struct fl_key key)
{
    struct fl_endpoint_writing *writing = context;
    struct fl_uuid theirs = key.id;
    if (writing->making.dialect == FL_KD2_D1) {
        (void)fl_endpoint_matches_theirs(
            writing->txn, writing->peer.number, key, &theirs);
    }
    return theirs;
}

/* --- the head --- */

static struct fl_bytes option_or(
    const struct fl_endpoint_writing *writing,
    const char *name,
    const char *otherwise)
{
    struct fl_bytes value =
        fl_kd2_option(fl_conversion_options(writing->conversion), name);
    return value.size > 0 ? value : fl_bytes_of_text(otherwise);
}

static enum fl_status put_head(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = writing->node->configuration;
    char now[FL_KD2_TIME_BYTES];
    struct fl_kd2_rules rules = {
        .version = fl_bytes_of_text("2.01"),
        .id = option_or(writing, "rules", "7d6e3f0a-5b1c-4c8e-9a3e-0f6f1a2b3c4d"),
        .name = fl_bytes_of_text(fl_conversion_name(writing->conversion)),
        .source = {.name = fl_bytes_of_text(configuration->name)},
        .destination = {
            .name = option_or(writing, "destination", ""),
            .platform = option_or(writing, "platform", "")}};
    char begin[FL_KD2_TIME_BYTES] = "0001-01-01T00:00:00";
    char end[FL_KD2_TIME_BYTES] = "0001-01-01T00:00:00";
    if (writing->chosen != NULL && writing->chosen->has_period) {
        fl_datetime_format(writing->chosen->begin, begin);
        fl_datetime_format(writing->chosen->end, end);
    }
    fl_kd2_time_now(now);
    rules.created = fl_bytes_of_text(now);
    const struct fl_kd2_header header = {
        .created = fl_bytes_of_text(now),
        .period_begin = fl_bytes_of_text(begin),
        .period_end = fl_bytes_of_text(end),
        .source = fl_bytes_of_text(configuration->name),
        .source_version = fl_bytes_of_text(configuration->version),
        .destination = rules.destination.name,
        .rules_id = rules.id};
    enum fl_status status =
        fl_kd2_rules_of_conversion(writing->conversion, &writing->head, &rules);
    return status == FL_OK
               ? fl_kd2_writer_begin(writing->writer, &header, &rules, out_error)
               : fl_error_set(out_error, status, "not enough memory");
}

static enum fl_status put_exchange(
    struct fl_endpoint_writing *writing,
    const struct fl_endpoint_settings *endpoint,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    const struct fl_kd2_exchange exchange = {
        .plan = fl_bytes_of_text(
            endpoint->base_plan[0] != '\0' ? endpoint->base_plan : header->plan),
        .to = fl_kd2_trim(fl_bytes_of_text(header->to)),
        .from = fl_kd2_trim(fl_bytes_of_text(
            endpoint->our_code[0] != '\0' ? endpoint->our_code : header->from)),
        .message_number = header->message_number,
        .received_number = header->received_number,
        .remove_registration = true,
        .sender_version = fl_bytes_of_text(writing->node->configuration->version)};
    return fl_kd2_writer_exchange(writing->writer, &exchange, out_error);
}

/* The rule by which the pair is told; NULL: the mapping has none, or it is confirmed. */
static const struct fl_conversion_rule *telling_rule(
    const struct fl_endpoint_writing *writing,
    const struct fl_endpoint_told *told)
{
    bool confirmed = told->number > 0 && told->number <= writing->peer.confirmed_number;
    return confirmed ? NULL
                     : fl_conversion_rule_of(writing->conversion, 0, told->theirs.type);
}

/* ИнформацияОРегистрацииОбъекта: what is ours is the source now. */
static enum fl_status put_pairs(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    struct fl_txn txn;
    struct fl_endpoint_told told;
    struct fl_key at = {0};
    enum fl_status status = FL_OK;
    fl_txn_begin(&txn, writing->node->store, FL_TXN_READ);
    while (status == FL_OK &&
           fl_endpoint_matches_next_to_tell(
               &txn, writing->peer.number, at.type == 0 ? NULL : &at, &told) == FL_OK) {
        at = told.theirs;
        const struct fl_conversion_rule *rule = telling_rule(writing, &told);
        if (rule == NULL) {
            continue;
        }
        const struct fl_bytes type = fl_bytes_of_text(fl_conversion_rule_element(rule));
        const struct fl_kd2_item item = {
            .kind = FL_KD2_REGISTRATION,
            .source_type = type,
            .destination_type = type,
            .source_id = told.ours,
            .destination_id = told.theirs.id};
        status = fl_kd2_writer_put(writing->writer, &item, out_error);
        if (told.number == 0) {
            fl_buffer_put_memory(&writing->told, &told, sizeof told);
        }
    }
    fl_txn_abort(&txn);
    return status == FL_OK && fl_buffer_status(&writing->told) != FL_OK
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : status;
}

/* --- opening --- */

static enum fl_status load(
    struct fl_endpoint_writing *writing,
    const struct fl_kd2_settings *given,
    struct fl_endpoint_settings *out_endpoint,
    struct fl_error *out_error)
{
    struct fl_kd2_settings settings = {.mapping = NULL};
    *out_endpoint = (struct fl_endpoint_settings){.format = NULL};
    if (given != NULL) {
        settings = *given;
    } else {
        struct fl_txn txn;
        fl_txn_begin(&txn, writing->node->store, FL_TXN_READ);
        enum fl_status known =
            fl_endpoint_settings_get(&txn, writing->peer.number, out_endpoint);
        fl_txn_abort(&txn);
        settings.mapping = known == FL_OK ? out_endpoint->mapping : NULL;
    }
    return fl_kd2_settings_load(
        &settings, writing->node->configuration, &writing->conversion, out_error);
}

static enum fl_status open_writer(
    struct fl_endpoint_writing *writing,
    const struct fl_endpoint_settings *endpoint,
    struct fl_codec_sink sink,
    struct fl_error *out_error)
{
    const char *words = fl_conversion_options(writing->conversion);
    writing->making.english = endpoint->english ||
                              (writing->chosen != NULL && writing->chosen->english) ||
                              fl_kd2_option_is(words, "tags", "english");
    const struct fl_kd2_writer_options options = {
        .sink = sink,
        .dialect = writing->making.dialect,
        .english = writing->making.english,
        .old = fl_kd2_option_is(words, "platform", "7.7")};
    return fl_kd2_writer_open(&options, &writing->writer, out_error);
}

enum fl_status fl_kd2_write_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_header *header,
    struct fl_codec_sink sink,
    struct fl_endpoint_writing **out_writing,
    struct fl_error *out_error)
{
    const struct fl_kd2_codec *own = (const struct fl_kd2_codec *)codec;
    struct fl_endpoint_writing *writing = fl_alloc_zeroed(1, sizeof *writing);
    struct fl_endpoint_settings endpoint;
    if (writing == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    writing->node = node;
    fl_buffer_init(&writing->told, SIZE_MAX);
    fl_arena_init(&writing->head, FL_OBJECT_ARENA_BYTES_MAX);
    fl_arena_init(&writing->arena, FL_OBJECT_ARENA_BYTES_MAX);
    if (peer != NULL) {
        writing->peer = *peer;
        writing->message_number = header->message_number;
    }
    writing->chosen = own->settings;
    enum fl_status status = load(writing, own->settings, &endpoint, out_error);
    if (status == FL_OK) {
        writing->ports = (struct fl_conversion_ports){
            .context = writing, .lookup = lookup, .identity = identity};
        writing->making = (struct fl_kd2_making){
            .conversion = writing->conversion,
            .ports = &writing->ports,
            .configuration = node->configuration,
            .dialect = peer != NULL ? FL_KD2_D3 : FL_KD2_D1};
        status = open_writer(writing, &endpoint, sink, out_error);
    }
    if (status == FL_OK) {
        status = put_head(writing, out_error);
    }
    if (status == FL_OK && peer != NULL) {
        status = put_exchange(writing, &endpoint, header, out_error);
    }
    if (status == FL_OK && peer != NULL) {
        status = put_pairs(writing, out_error);
    }
    if (status != FL_OK) {
        fl_kd2_write_close(writing);
        return status;
    }
    *out_writing = writing;
    return FL_OK;
}

void fl_kd2_write_close(struct fl_endpoint_writing *writing)
{
    if (writing != NULL) {
        fl_kd2_writer_close(writing->writer);
        fl_conversion_free(writing->conversion);
        fl_buffer_deinit(&writing->told);
        fl_arena_deinit(&writing->head);
        fl_arena_deinit(&writing->arena);
        fl_free(writing);
    }
}

/* --- objects --- */

static enum fl_status put_deletion(
    struct fl_endpoint_writing *writing,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule =
        fl_conversion_rule_of(writing->conversion, 0, object->key.type);
    *out_written = rule != NULL && writing->making.dialect == FL_KD2_D3;
    if (!*out_written) {
        return FL_OK;
    }
    const struct fl_bytes type = fl_bytes_of_text(fl_conversion_rule_element(rule));
    const struct fl_kd2_item item = {
        .kind = FL_KD2_DELETION,
        .source_type = type,
        .destination_type = type,
        .source_id = object->key.id};
    return fl_kd2_writer_put(writing->writer, &item, out_error);
}

/* 1C deletes no registers and constants: an empty set, an empty value says it. */
static bool has_deletion(const struct fl_type *type)
{
    return !fl_kind_is_register(type->kind) && type->kind != FL_KIND_CONSTANT;
}

/* What a message brings besides the object that is due is of the plan, too. */
static bool may_bring(const struct fl_endpoint_writing *writing, uint32_t type)
{
    if (writing->peer.number == 0) {
        return true; /* a file for nobody by name */
    }
    const struct fl_node_plan *plan = fl_node_plan_of(writing->node, &writing->peer);
    return plan != NULL && fl_plan_may_send(plan, &writing->peer, type) &&
           !fl_plan_sends_as_deletion(plan, &writing->peer, type);
}

/* Packages brought them, whose layout of an entry is not known: a mapping cannot tell
 * what is in them. */
static bool are_opaque(const struct fl_type *type, const struct fl_object *records)
{
    return type->kind == FL_KIND_ACCOUNTING_REGISTER && records->unknown_count > 0;
}

static enum fl_status leave_out(
    struct fl_endpoint_writing *writing,
    const struct fl_type *type)
{
    struct fl_error words;
    (void)fl_error_set(
        &words, FL_UNSUPPORTED,
        "%s.%s: records that packages of a plan brought are left out: how 1C lays them "
        "out there is not known",
        fl_kind_name(type->kind), type->name);
    for (size_t i = 0; i < writing->note_count; i++) {
        if (strcmp(writing->notes[i], words.text) == 0) {
            return FL_OK;
        }
    }
    if (writing->note_count < NOTES_MAX) {
        memcpy(writing->notes[writing->note_count++], words.text, sizeof *writing->notes);
    }
    return FL_OK;
}

/* The rule's records of the document; that there are none any more is said, too. */
static enum fl_status add_movements(
    struct fl_endpoint_writing *writing,
    const struct fl_conversion_rule *rule,
    struct fl_key document,
    struct fl_kd2_item *item,
    struct fl_error *out_error)
{
    const struct fl_type *type = fl_conversion_rule_type(rule);
    const struct fl_key key = {.type = type->number, .id = document.id};
    struct fl_object records = {.key = key};
    struct fl_element *root = NULL;
    struct fl_entry entry;
    enum fl_status status = fl_object_get(writing->txn, key, &entry);
    if (status == FL_NOT_FOUND) {
        return FL_OK; /* it is not said which documents the register has records of */
    }
    if (status == FL_OK && (entry.flags & FL_ENTRY_DELETED) == 0) {
        status = lookup(writing, key, &writing->arena, &records);
    }
    if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "its records of %s cannot be read", type->name);
    }
    if (are_opaque(type, &records)) {
        return leave_out(writing, type);
    }
    status = fl_conversion_write(
        writing->conversion, 0, &writing->ports, &records, &writing->arena, &root, &rule,
        out_error);
    return status == FL_OK && root != NULL
               ? fl_kd2_movements_add(
                     &writing->making, root, &writing->arena, item, out_error)
               : status;
}

/* Neither reader of 1C takes these records in another way than within their document; a
 * message has record sets of information registers, with or without a recorder. */
static bool is_of_documents(
    const struct fl_endpoint_writing *writing,
    const struct fl_type *type)
{
    return type->by_recorder && (writing->making.dialect == FL_KD2_D1 ||
                                 type->kind != FL_KIND_INFORMATION_REGISTER);
}

static enum fl_status add_all_movements(
    struct fl_endpoint_writing *writing,
    struct fl_key document,
    struct fl_kd2_item *item,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule;
    enum fl_status status = FL_OK;
    for (size_t i = 0; status == FL_OK &&
                       (rule = fl_conversion_rule_at(writing->conversion, i)) != NULL;
         i++) {
        const struct fl_type *type = fl_conversion_rule_type(rule);
        const struct fl_conversion_rule *first =
            fl_conversion_rule_of(writing->conversion, 0, type->number);
        if (rule == first && is_of_documents(writing, type) &&
            may_bring(writing, type->number) &&
            fl_kd2_tables_records_by(type, document.type)) {
            status = add_movements(writing, rule, document, item, out_error);
        }
    }
    return status;
}

/* Типы of a characteristic. */
static enum fl_status add_kinds(
    struct fl_endpoint_writing *writing,
    const struct fl_type *type,
    const struct fl_object *object,
    struct fl_kd2_item *item,
    struct fl_error *out_error)
{
    const struct fl_attribute *attribute = fl_type_role(type, FL_ROLE_VALUE_TYPE);
    const struct fl_value *value =
        attribute == NULL ? NULL : fl_object_field(object, attribute->number);
    return value == NULL || value->kind != FL_VALUE_TYPE
               ? FL_OK
               : fl_kd2_kinds_write(
                     &writing->making, value->bytes, &writing->arena, &item->types,
                     out_error);
}

static struct fl_key *place_of_document(
    struct fl_endpoint_writing *writing,
    struct fl_key key)
{
    return &writing->documents[(fl_load_u32(key.id.bytes) ^ key.type) % DOCUMENTS_MAX];
}

static enum fl_status put_object(
    struct fl_endpoint_writing *writing,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_element *root = NULL;
    struct fl_kd2_item *items = NULL;
    enum fl_status status = fl_conversion_write(
        writing->conversion, 0, &writing->ports, object, &writing->arena, &root, &rule,
        out_error);
    if (status != FL_OK || root == NULL) {
        return status;
    }
    status =
        fl_kd2_items_of(&writing->making, root, rule, &writing->arena, &items, out_error);
    *out_written = items != NULL;
    if (status == FL_OK && items != NULL &&
        fl_conversion_rule_type(rule)->kind == FL_KIND_DOCUMENT) {
        status = add_all_movements(writing, object->key, items, out_error);
        *place_of_document(writing, object->key) = object->key;
    }
    if (status == FL_OK && items != NULL) {
        status =
            add_kinds(writing, fl_conversion_rule_type(rule), object, items, out_error);
    }
    for (const struct fl_kd2_item *item = items; item != NULL && status == FL_OK;
         item = item->next) {
        status = fl_kd2_writer_put(writing->writer, item, out_error);
    }
    return status;
}

/* The document of this record set: FL_NOT_FOUND where it is here no more. */
static enum fl_status find_document(
    struct fl_endpoint_writing *writing,
    const struct fl_type *type,
    struct fl_uuid id,
    struct fl_object *out_document)
{
    const struct fl_attribute *recorder = fl_type_role(type, FL_ROLE_RECORDER);
    enum fl_status status = FL_NOT_FOUND;
    for (size_t i = 0;
         recorder != NULL && i < recorder->type.ref_count && status == FL_NOT_FOUND;
         i++) {
        const struct fl_key key = {.type = recorder->type.refs[i], .id = id};
        status = lookup(writing, key, &writing->arena, out_document);
    }
    return status;
}

/* A message says of records that have changed by their document; once is enough. */
static enum fl_status put_document_of(
    struct fl_endpoint_writing *writing,
    const struct fl_type *type,
    struct fl_uuid id,
    bool *out_written,
    struct fl_error *out_error)
{
    struct fl_object document;
    if (writing->making.dialect == FL_KD2_D1 ||
        fl_conversion_rule_of(writing->conversion, 0, type->number) == NULL) {
        return FL_OK; /* each document brings its own, or the mapping has none */
    }
    enum fl_status status = find_document(writing, type, id, &document);
    if (status == FL_NOT_FOUND) {
        return FL_OK;
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the document of its records");
    }
    bool is_there = fl_key_equal(*place_of_document(writing, document.key), document.key);
    return is_there || !may_bring(writing, document.key.type)
               ? FL_OK
               : put_object(writing, &document, out_written, out_error);
}

/* Catalogs have no date and are always of the period. */
static bool is_chosen(
    const struct fl_endpoint_writing *writing,
    const struct fl_type *type,
    const struct fl_object *object)
{
    const struct fl_kd2_settings *chosen = writing->chosen;
    const struct fl_attribute *date = fl_type_role(type, FL_ROLE_DATE);
    if (chosen == NULL) {
        return true;
    }
    if (chosen->type != 0 && chosen->type != type->number) {
        return false;
    }
    if (date == NULL && fl_kind_is_register(type->kind)) {
        date = fl_type_role(type, FL_ROLE_PERIOD);
    }
    const struct fl_value *value =
        date == NULL ? NULL : fl_object_field(object, date->number);
    return !chosen->has_period || value == NULL || value->kind != FL_VALUE_DATE ||
           (value->date >= chosen->begin && value->date <= chosen->end);
}

enum fl_status fl_kd2_write_put(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    const struct fl_type *type =
        fl_configuration_type(writing->node->configuration, object->key.type);
    *out_written = false;
    if (type == NULL || !is_chosen(writing, type, object)) {
        return FL_OK; /* of the system itself, or not asked for */
    }
    fl_arena_reset(&writing->arena);
    writing->txn = txn;
    enum fl_status status;
    if (is_of_documents(writing, type)) {
        status = put_document_of(writing, type, object->key.id, out_written, out_error);
    } else if (object->deleted && has_deletion(type)) {
        status = put_deletion(writing, object, out_written, out_error);
    } else {
        status = put_object(writing, object, out_written, out_error);
    }
    if (status != FL_OK) {
        fl_error_prefix(
            out_error, "%s.%s:%s", fl_kind_name(type->kind), type->name,
            fl_uuid_text(object->key.id).text);
    }
    return status;
}

const char *fl_kd2_write_note(const struct fl_endpoint_writing *writing, size_t index)
{
    return index < writing->note_count ? writing->notes[index] : NULL;
}

enum fl_status fl_kd2_write_end(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    return fl_kd2_writer_end(writing->writer, out_error);
}

/* The pairs that it told first, as far as they still are, get the message's number. */
static void number_pairs(const struct fl_endpoint_writing *writing, struct fl_txn *txn)
{
    const uint32_t peer = writing->peer.number;
    for (size_t at = 0; at < writing->told.size; at += sizeof(struct fl_endpoint_told)) {
        struct fl_endpoint_told told;
        struct fl_uuid ours;
        memcpy(&told, writing->told.data + at, sizeof told);
        if (fl_endpoint_matches_ours(txn, peer, told.theirs, &ours) == FL_OK &&
            fl_uuid_equal(ours, told.ours)) {
            fl_endpoint_matches_told(txn, peer, told.theirs, writing->message_number);
        }
    }
}

enum fl_status fl_kd2_write_keep(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    const uint32_t peer = writing->peer.number;
    struct fl_endpoint_told told;
    struct fl_key at = {0};
    (void)out_error;
    while (fl_endpoint_matches_next_to_tell(
               txn, peer, at.type == 0 ? NULL : &at, &told) == FL_OK) {
        at = told.theirs;
        if (told.number > 0 && told.number <= writing->peer.confirmed_number) {
            fl_endpoint_matches_told(txn, peer, told.theirs, 0);
        }
    }
    number_pairs(writing, txn);
    return FL_OK;
}
