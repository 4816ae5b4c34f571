/*
 * A ФайлОбмена as objects of ours. An item becomes a tree, the tree an object over what
 * is here; objects that references had to make come before the one that refers to them.
 */

#include <string.h>

#include "change/change.h"
#include "endpoint/endpoint_settings.h"
#include "exchange/kd2_kinds.h"
#include "exchange/kd2_reader.h"
#include "kd2_codec.h"
#include "kd2_found.h"
#include "kd2_modes.h"
#include "kd2_numbering.h"
#include "kd2_pairs.h"
#include "kd2_records.h"
#include "kd2_sets.h"
#include "kd2_tables.h"
#include "kd2_time.h"
#include "kd2_unread.h"
#include "language.h"
#include "proto/limits.h"

enum { NOTES_MAX = 64, CODE_BYTES = FL_CODE_BYTES_MAX + 1 };

struct fl_endpoint_reading {
    struct fl_node *node;
    const struct fl_kd2_settings *settings; /* NULL: of the endpoint */
    struct fl_endpoint_settings endpoint;
    struct fl_kd2_reader *reader;
    struct fl_package_header header;
    char plan[FL_NAME_BYTES_MAX];
    char to[CODE_BYTES];
    char from[CODE_BYTES];
    bool begun;        /* false: objects are only counted */
    struct fl_txn own; /* of one that applies nothing, while it looks at an object */
    struct fl_conversion *conversion;
    struct fl_conversion_ports ports;
    struct fl_endpoint_search *search;
    struct fl_kd2_numbering numbering;
    struct fl_kd2_finding finding;
    struct fl_arena arena;
    const struct fl_kd2_item *item;
    struct fl_element *roots; /* of the item, not converted yet */
    struct fl_kd2_created *created;
    struct fl_object object;
    bool has_object; /* converted, waiting behind what was created */
    struct fl_kd2_records records;
    bool is_due; /* records that wait come before the item */
    struct fl_object set;
    size_t note_count;
    char *notes[NOTES_MAX];
    struct fl_kd2_unread unread; /* for a person who imports */
};

/* --- opening --- */

enum fl_status fl_kd2_read_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    struct fl_codec_source source,
    struct fl_endpoint_reading **out_reading,
    struct fl_error *out_error)
{
    const struct fl_kd2_codec *own = (const struct fl_kd2_codec *)codec;
    struct fl_endpoint_reading *reading = fl_alloc_zeroed(1, sizeof *reading);
    const struct fl_kd2_reader_options options = {.source = source};
    if (reading == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reading->node = node;
    reading->settings = own->settings;
    fl_arena_init(&reading->arena, 2 * (size_t)FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = fl_kd2_reader_open(&options, &reading->reader, out_error);
    if (status != FL_OK) {
        fl_kd2_read_close(reading);
        return status;
    }
    *out_reading = reading;
    return FL_OK;
}

void fl_kd2_read_close(struct fl_endpoint_reading *reading)
{
    if (reading == NULL) {
        return;
    }
    if (reading->search != NULL) {
        fl_endpoint_search_deinit(reading->search);
        fl_free(reading->search);
    }
    for (size_t i = 0; i < reading->note_count; i++) {
        fl_free(reading->notes[i]);
    }
    fl_kd2_records_deinit(&reading->records);
    fl_conversion_free(reading->conversion);
    fl_kd2_reader_close(reading->reader);
    fl_arena_deinit(&reading->arena);
    fl_free(reading);
}

static void copy_text(char *out_text, size_t size, struct fl_bytes text)
{
    size_t length = text.size < size - 1 ? text.size : size - 1;
    if (length > 0) {
        memcpy(out_text, text.data, length);
    }
    out_text[length] = '\0';
}

static void add_note(struct fl_endpoint_reading *reading, const char *words)
{
    size_t size = strlen(words) + 1;
    for (size_t i = 0; i < reading->note_count; i++) {
        if (strcmp(reading->notes[i], words) == 0) {
            return;
        }
    }
    char *copy = reading->note_count < NOTES_MAX ? fl_alloc(size) : NULL;
    if (copy != NULL) {
        memcpy(copy, words, size);
        reading->notes[reading->note_count++] = copy;
    }
}

enum fl_status fl_kd2_read_header(
    struct fl_endpoint_reading *reading,
    const struct fl_package_header **out_header,
    struct fl_error *out_error)
{
    const struct fl_kd2_header *header = NULL;
    const struct fl_kd2_exchange *exchange = NULL;
    enum fl_status status = fl_kd2_reader_header(
        reading->reader, &header, &exchange, &reading->finding.rules, out_error);
    *out_header = NULL;
    if (status != FL_OK) {
        return status;
    }
    reading->finding.dialect = header->dialect;
    if (exchange != NULL) {
        copy_text(reading->plan, sizeof reading->plan, exchange->plan);
        copy_text(reading->to, sizeof reading->to, exchange->to);
        copy_text(reading->from, sizeof reading->from, exchange->from);
        reading->header = (struct fl_package_header){
            .plan = reading->plan,
            .to = reading->to,
            .from = reading->from,
            .message_number = exchange->message_number,
            .received_number = exchange->received_number};
        *out_header = &reading->header;
    }
    return FL_OK;
}

/* --- beginning --- */

static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    struct fl_kd2_finding *finding = context;
    return finding->is_record
               ? FL_NOT_FOUND
               : fl_change_current(finding->txn, key, arena, out_object, NULL, NULL);
}

static enum fl_status load(
    struct fl_endpoint_reading *reading,
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    struct fl_kd2_settings settings = {.mapping = reading->endpoint.mapping};
    if (reading->settings != NULL) {
        settings = *reading->settings;
    } else {
        struct fl_txn txn;
        fl_txn_begin(&txn, reading->node->store, FL_TXN_READ);
        enum fl_status known =
            fl_endpoint_settings_get(&txn, peer->number, &reading->endpoint);
        fl_txn_abort(&txn);
        if (known != FL_OK) {
            reading->endpoint.mapping[0] = '\0';
        }
    }
    reading->finding.unmarked = settings.unmarked;
    return fl_kd2_settings_load(
        &settings, reading->node->configuration, &reading->conversion, out_error);
}

/* What came and is empty here. */
static void tell_lost(void *context, uint64_t line, const char *path, const char *what)
{
    struct fl_endpoint_reading *reading = context;
    char words[FL_KD2_UNREAD_BYTES];
    if (reading->finding.root != NULL &&
        fl_kd2_unread_lost(
            &reading->unread, reading->finding.root->name, path, line, what, words)) {
        add_note(reading, words);
    }
}

/* Nothing of the store is held between two objects: others work then. */
static void begin_look(struct fl_endpoint_reading *reading)
{
    if (!reading->finding.applies) {
        fl_txn_begin(&reading->own, reading->node->store, FL_TXN_READ);
    }
}

static void end_look(struct fl_endpoint_reading *reading)
{
    if (!reading->finding.applies) {
        fl_txn_abort(&reading->own);
    }
}

enum fl_status fl_kd2_read_begin(
    struct fl_endpoint_reading *reading,
    const struct fl_peer *peer,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    struct fl_kd2_finding *finding = &reading->finding;
    enum fl_status status = load(reading, peer, out_error);
    reading->search = fl_alloc(sizeof *reading->search);
    if (status == FL_OK && reading->search == NULL) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status != FL_OK) {
        fl_free(reading->search);
        reading->search = NULL;
        return status;
    }
    reading->begun = true;
    reading->numbering.txn = txn;
    finding->txn = txn != NULL ? txn : &reading->own;
    finding->applies = txn != NULL;
    begin_look(reading);
    fl_endpoint_search_init(reading->search, reading->node, finding->txn);
    end_look(reading);
    finding->peer = peer == NULL ? 0 : peer->number;
    finding->search = reading->search;
    finding->arena = &reading->arena;
    reading->ports = (struct fl_conversion_ports){
        .context = finding,
        .lookup = lookup,
        .match_element = fl_kd2_found,
        .lost = tell_lost,
        .lost_context = reading,
        .refuses_unknown_values = true};
    return FL_OK;
}

/* --- an object --- */

/* A code or number, where the rule of the mapping or of the file asks for it. */
static enum fl_status set_number(
    struct fl_endpoint_reading *reading,
    const struct fl_conversion_rule *rule,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_type *type = fl_conversion_rule_type(rule);
    const struct fl_kd2_rule *in_file =
        fl_kd2_rules_find(reading->finding.rules, reading->item->rule);
    bool wanted =
        fl_kd2_option_is(fl_conversion_rule_options(rule), "code", "generate") ||
        (in_file != NULL && in_file->generate_code);
    if (!reading->finding.applies) {
        return FL_OK;
    }
    if (!wanted || reading->finding.exists) {
        fl_kd2_numbering_see(&reading->numbering, type, object);
        return FL_OK;
    }
    enum fl_status status = fl_kd2_numbering_fill(
        &reading->numbering, type, reading->item->prefix, &reading->arena, object,
        out_error);
    return status == FL_OK ? fl_object_normalise(type, object, out_error) : status;
}

static enum fl_status refuse_type(
    struct fl_endpoint_reading *reading,
    const struct fl_element *root,
    struct fl_error *out_error)
{
    char words[1024];
    (void)out_error;
    snprintf(
        words, sizeof words,
        _("objects of %.200s are passed over: the mapping has no "
          "rule that reads them"),
        root->name);
    add_note(reading, words);
    return FL_OK;
}

/* Типы: what a characteristic may hold. */
static enum fl_status set_kinds(
    struct fl_endpoint_reading *reading,
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_attribute *attribute = fl_type_role(type, FL_ROLE_VALUE_TYPE);
    const struct fl_kd2_making making = {
        .conversion = reading->conversion, .configuration = reading->node->configuration};
    struct fl_value value = {.kind = FL_VALUE_TYPE};
    struct fl_bytes unknown;
    if (reading->item->types == NULL || attribute == NULL) {
        return FL_OK;
    }
    enum fl_status status = fl_kd2_kinds_read(
        &making, reading->item->types, &reading->arena, &value.bytes, &unknown,
        out_error);
    if (status == FL_OK && unknown.size > 0) {
        char words[1024];
        snprintf(
            words, sizeof words,
            _("a characteristic may hold %.*s, which is no type here: it is left out"),
            (int)fl_bytes_utf8_beginning(unknown, 200).size, (const char *)unknown.data);
        add_note(reading, words);
    }
    if (status == FL_OK) {
        status = fl_kd2_modes_set(
            &reading->finding, object, attribute, value.bytes.size > 0 ? &value : NULL,
            out_error);
    }
    return status == FL_OK ? fl_object_normalise(type, object, out_error) : status;
}

/* Sets of a register are those of its filter, which the file may say in part. */
static enum fl_status part_set(
    struct fl_endpoint_reading *reading,
    const struct fl_type *type,
    struct fl_error *out_error)
{
    const struct fl_attribute *missing = NULL;
    enum fl_status status =
        fl_kd2_sets_part(&reading->finding, type, &reading->object, &missing, out_error);
    if (status == FL_OK && missing != NULL && reading->item->kind == FL_KD2_RECORD_SET) {
        char words[1024];
        snprintf(
            words, sizeof words,
            _("line %llu: the filter of %.200s has no %.200s, by which its records are "
              "kept here: those that are here and not in the file stay"),
            (unsigned long long)reading->item->line, type->name, missing->name);
        add_note(reading, words);
    }
    return status;
}

/* What the object is beside what its tree says. */
static enum fl_status complete_object(
    struct fl_endpoint_reading *reading,
    const struct fl_conversion_rule *rule,
    const struct fl_element *root,
    struct fl_error *out_error)
{
    const struct fl_type *type = fl_conversion_rule_type(rule);
    struct fl_object *object = &reading->object;
    enum fl_status status =
        fl_kd2_tables_merge(&reading->finding, rule, object, out_error);
    if (status == FL_OK && type->by_recorder) {
        status = fl_kd2_tables_activate(
            &reading->finding, type, reading->item->rows, object, out_error);
    }
    if (status == FL_OK && fl_kind_is_register(type->kind) &&
        !reading->finding.is_record) {
        status = fl_kd2_sets_narrow(&reading->finding, rule, object, out_error);
        status = status == FL_OK ? part_set(reading, type, out_error) : status;
    }
    if (status == FL_OK) {
        status = set_kinds(reading, type, object, out_error);
    }
    if (status == FL_OK) {
        status = fl_kd2_modes_write(&reading->finding, type, root, object, out_error);
    }
    if (status == FL_OK) {
        status = fl_kd2_modes_date(&reading->finding, type, object, out_error);
    }
    if (status == FL_OK) {
        status = set_number(reading, rule, object, out_error);
    }
    reading->finding.main = object->key;
    return status;
}

/* Movements are those of the item's document, however that was found. */
static enum fl_status check_recorder(
    const struct fl_endpoint_reading *reading,
    const struct fl_element *root,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule =
        fl_conversion_rule_for_element(reading->conversion, 0, root->name);
    const struct fl_type *type = rule == NULL ? NULL : fl_conversion_rule_type(rule);
    const struct fl_attribute *recorder =
        type == NULL ? NULL : fl_type_role(type, FL_ROLE_RECORDER);
    if (rule == NULL || root->origin == NULL) {
        return FL_OK;
    }
    if (!fl_kd2_tables_records_by(type, reading->finding.main.type)) {
        return fl_error_set(
            out_error, FL_REFUSED, "the register \"%s\" here keeps no records of %.*s",
            type->name, (int)fl_bytes_utf8_beginning(reading->item->type, 100).size,
            (const char *)reading->item->type.data);
    }
    return fl_conversion_rule_has_in_key(rule, recorder->number)
               ? FL_OK
               : fl_error_set(
                     out_error, FL_REFUSED,
                     "whose records are they? The mapping of the register needs "
                     "<key><property of=\"Recorder\" as=\"Регистратор\"/></key>");
}

/* One of a set that is kept here, which becomes a set with the others. */
static bool is_record(
    const struct fl_endpoint_reading *reading,
    const struct fl_element *root)
{
    const struct fl_conversion_rule *rule =
        reading->item->kind != FL_KD2_OBJECT || root->origin != NULL
            ? NULL
            : fl_conversion_rule_for_element(reading->conversion, 0, root->name);
    return rule != NULL && fl_kd2_records_has(fl_conversion_rule_type(rule));
}

static void begin_root(struct fl_endpoint_reading *reading, struct fl_element *root)
{
    struct fl_kd2_finding *finding = &reading->finding;
    const struct fl_element *key = fl_element_child(root, FL_KD2_KEY);
    finding->item = reading->item;
    finding->root = root;
    finding->exists = false;
    finding->passing = FL_KD2_KEPT;
    finding->is_record = is_record(reading, root);
    finding->created = NULL;
    finding->paired = NULL;
    if (root->origin == NULL) {
        finding->main.type = 0;
        return;
    }
    for (struct fl_element *at = key == NULL ? NULL : key->first; at != NULL;
         at = at->next) {
        at->id = at->origin == reading->item ? finding->main.id : at->id;
    }
}

/* What references have made comes with its codes, too, before others get theirs. */
static void see_created(struct fl_endpoint_reading *reading)
{
    const struct fl_configuration *configuration = reading->node->configuration;
    for (const struct fl_kd2_created *made = reading->finding.created; made != NULL;
         made = made->next) {
        fl_kd2_numbering_see(
            &reading->numbering,
            fl_configuration_type(configuration, made->object.key.type), &made->object);
    }
}

static enum fl_status make_object(
    struct fl_endpoint_reading *reading,
    struct fl_element *root,
    const struct fl_conversion_rule **out_rule,
    struct fl_error *out_error)
{
    enum fl_status status = fl_kd2_unread_check_rule(
        reading->conversion, reading->finding.rules, reading->item, root, out_error);
    if (status == FL_OK) {
        status = fl_kd2_unread_check(reading->conversion, root, out_error);
    }
    if (status == FL_OK) {
        status = check_recorder(reading, root, out_error);
    }
    if (status == FL_OK) {
        status = fl_conversion_to_object(
            reading->conversion, 0, &reading->ports, root, &reading->arena,
            &reading->object, out_rule, out_error);
        see_created(reading);
    }
    if (status != FL_OK || *out_rule == NULL) {
        return status;
    }
    status = root->origin == NULL ? complete_object(reading, *out_rule, root, out_error)
                                  : fl_kd2_tables_merge_movements(
                                        &reading->finding, *out_rule, root->origin,
                                        &reading->object, out_error);
    if (status == FL_OK) {
        status =
            fl_object_check(reading->node->configuration, &reading->object, out_error);
    }
    return status == FL_OK && reading->finding.applies
               ? fl_endpoint_search_add(reading->search, &reading->object, out_error)
               : status;
}

/* A person is told; a partner sends the same again and again. */
static void add_unread(
    struct fl_endpoint_reading *reading,
    const struct fl_conversion_rule *rule,
    const struct fl_element *root)
{
    char words[FL_KD2_UNREAD_BYTES];
    while (reading->settings != NULL &&
           fl_kd2_unread_next(&reading->unread, rule, root, words)) {
        add_note(reading, words);
    }
}

static void add_passed(struct fl_endpoint_reading *reading)
{
    char words[FL_KD2_UNREAD_BYTES];
    if (fl_kd2_unread_passed(
            &reading->unread, reading->item, reading->finding.passing, words)) {
        add_note(reading, words);
    }
}

static enum fl_status convert(
    struct fl_endpoint_reading *reading,
    struct fl_element *root,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule = NULL;
    if (root->origin != NULL && reading->finding.main.type == 0) {
        return FL_OK; /* of a document that stays as it is, or that nobody reads */
    }
    begin_root(reading, root);
    enum fl_status status = make_object(reading, root, &rule, out_error);
    if (status == FL_NOT_FOUND && rule != NULL) {
        reading->created = reading->finding.created;
        add_passed(reading);
        return FL_OK;
    }
    if (status != FL_OK) {
        fl_kd2_found_forget(&reading->finding);
    }
    if (fl_kd2_numbering_is_counting(&reading->numbering)) {
        return FL_OK; /* the item is taken anew behind it */
    }
    if (status != FL_OK) {
        const struct fl_kd2_table *movements = root->origin;
        fl_error_prefix(
            out_error, "line %llu, %s",
            (unsigned long long)(movements == NULL ? reading->item->line : movements->line),
            root->name);
        return status;
    }
    if (rule == NULL) {
        return refuse_type(reading, root, out_error);
    }
    add_unread(reading, rule, root);
    reading->created = reading->finding.created;
    reading->has_object = !reading->finding.is_record;
    return reading->has_object ? FL_OK
                               : fl_kd2_records_keep(
                                     &reading->records, rule, &reading->object,
                                     fl_kd2_found_leaves(reading->item, rule), out_error);
}

/* --- items --- */

static void take_deletion(struct fl_endpoint_reading *reading)
{
    bool is_predefined = false;
    reading->has_object = fl_kd2_pairs_deletion(
        &reading->finding, reading->conversion, reading->item, &reading->object,
        &is_predefined);
    if (is_predefined) {
        add_note(reading, _("a predefined item is not deleted, whoever asks for it"));
    }
}

static enum fl_status take_item(
    struct fl_endpoint_reading *reading,
    struct fl_error *out_error)
{
    switch (reading->item->kind) {
    case FL_KD2_OBJECT:
    case FL_KD2_RECORD_SET:
        return fl_kd2_elements_of(
            reading->item, reading->conversion, &reading->arena, &reading->roots,
            out_error);
    case FL_KD2_DELETION:
        take_deletion(reading);
        break;
    case FL_KD2_REGISTRATION:
    case FL_KD2_CORRECTION:
        fl_kd2_pairs_take(&reading->finding, reading->conversion, reading->item);
        break;
    case FL_KD2_PARAMETER:
        add_note(
            reading, _("parameters of the file are for program text of 1C and are "
                       "passed over"));
        break;
    case FL_KD2_COMMON_DATA:
        break;
    }
    return FL_OK;
}

/* --- objects --- */

static bool is_object(const struct fl_kd2_item *item)
{
    return item->kind == FL_KD2_OBJECT || item->kind == FL_KD2_RECORD_SET ||
           item->kind == FL_KD2_DELETION;
}

static enum fl_status count_only(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    struct fl_error *out_error)
{
    enum fl_status status;
    do {
        status = fl_kd2_reader_next(reading->reader, &reading->item, out_error);
    } while (status == FL_OK && reading->item != NULL && !is_object(reading->item));
    out_object->object = reading->item == NULL ? NULL : &reading->object;
    return status;
}

static bool give(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object)
{
    out_object->sender = FL_SENDER_IS_MAIN;
    if (reading->item != NULL && reading->item->priority != FL_KD2_PRIORITY_HIGHER) {
        out_object->sender = FL_SENDER_IS_SUBORDINATE;
    }
    if (reading->created != NULL) {
        out_object->object = &reading->created->object;
        reading->created = reading->created->next;
        return true;
    }
    out_object->object = reading->has_object ? &reading->object : NULL;
    reading->has_object = false;
    return out_object->object != NULL;
}

static void see_code(
    void *context,
    const struct fl_type *type,
    const struct fl_object *object)
{
    struct fl_endpoint_reading *reading = context;
    fl_kd2_numbering_see(&reading->numbering, type, object);
}

/* The next item; records that wait are given before it. */
static enum fl_status give_due(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    bool *out_given,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    *out_given = false;
    if (!reading->is_due) {
        fl_arena_reset(&reading->arena);
        status = fl_kd2_reader_next(reading->reader, &reading->item, out_error);
        reading->is_due =
            status == FL_OK && fl_kd2_records_is_due(&reading->records, reading->item);
    }
    if (status == FL_OK && reading->is_due) {
        status = fl_kd2_records_next(
            &reading->records, &reading->finding, &reading->set, out_given, out_error);
        reading->is_due = status == FL_OK && *out_given;
        out_object->sender = FL_SENDER_IS_MAIN;
        out_object->object = reading->is_due ? &reading->set : NULL;
    }
    return status;
}

static bool waits(const struct fl_endpoint_reading *reading)
{
    return fl_kd2_numbering_is_counting(&reading->numbering);
}

/* A part of what the item has to wait for; others may write before the next. */
static enum fl_status go_on_waiting(
    struct fl_endpoint_reading *reading,
    struct fl_error *out_error)
{
    reading->roots = NULL;
    enum fl_status status = fl_kd2_numbering_count(&reading->numbering, out_error);
    if (status != FL_OK || waits(reading)) {
        return status;
    }
    fl_arena_reset(&reading->arena);
    return take_item(reading, out_error);
}

/* The next root of the item in hand, or the next item. `*out_stop`: what is given stands
   in `out_object` already, or there is nothing more. */
static enum fl_status read_on(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_element *root = reading->roots;
    if (root != NULL) {
        reading->roots = root->next;
        root->next = NULL;
        return convert(reading, root, out_error);
    }
    enum fl_status status = give_due(reading, out_object, out_stop, out_error);
    *out_stop = *out_stop || reading->item == NULL;
    return status != FL_OK || *out_stop ? status : take_item(reading, out_error);
}

static enum fl_status next_object(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    bool stop = false;
    if (reading->finding.applies) {
        status = fl_endpoint_search_follow(reading->search, see_code, reading, out_error);
    }
    if (status == FL_OK && waits(reading)) {
        out_object->waits = true;
        return go_on_waiting(reading, out_error);
    }
    while (status == FL_OK && !stop && !waits(reading) && !give(reading, out_object)) {
        status = read_on(reading, out_object, &stop, out_error);
    }
    out_object->waits = waits(reading);
    return status;
}

enum fl_status fl_kd2_read_next(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    struct fl_error *out_error)
{
    if (!reading->begun) {
        return count_only(reading, out_object, out_error);
    }
    begin_look(reading);
    enum fl_status status = next_object(reading, out_object, out_error);
    end_look(reading);
    return status;
}

/* What references of an object have made goes before it, which is made already. */
bool fl_kd2_read_is_amid(const struct fl_endpoint_reading *reading)
{
    return reading->created != NULL || reading->has_object;
}

bool fl_kd2_read_is_incomplete(const struct fl_endpoint_reading *reading)
{
    return fl_kd2_reader_is_incomplete(reading->reader);
}

const char *fl_kd2_read_note(const struct fl_endpoint_reading *reading, size_t index)
{
    const char *note = NULL;
    size_t count = 0;
    while ((note = fl_kd2_reader_note(reading->reader, count)) != NULL) {
        if (count++ == index) {
            return note;
        }
    }
    index -= count;
    return index < reading->note_count ? reading->notes[index] : NULL;
}
