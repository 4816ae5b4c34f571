/*
 * Objects of ours as a message of EnterpriseData, in the highest version that both sides
 * have. What the format or this version cannot carry is held back with a reason and does
 * not stop the rest; what is referred to and goes to the correspondent by no plan is
 * written too, for 1C deletes what it knows only from references.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "change/change.h"
#include "change/ref.h"
#include "correspondent_codec.h"
#include "correspondent_held.h"
#include "endpoint/endpoint_matches.h"
#include "endpoint/endpoint_terms.h"
#include "exchange/enterprisedata.h"
#include "language.h"
#include "plan/registrations.h"
#include "proto/limits.h"
#include "table/lookup.h"

#define UNIX_EPOCH INT64_C(62135596800) /* datetime.h */

enum { NOTES_MAX = 20, NOTE_BYTES = 600 };

struct held {
    struct fl_key key;
    char *words; /* NULL: it could be written this time */
};

struct fl_endpoint_writing {
    struct fl_node *node;
    const struct fl_node_plan *plan; /* NULL: of a file for nobody */
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    bool is_greeting;
    struct fl_conversion *conversion;
    struct fl_conversion_ports ports;
    struct fl_package_writer *writer;
    struct fl_arena arena; /* of both sides' terms */
    struct fl_package_terms ours;
    bool knows_theirs;
    struct fl_endpoint_terms theirs;
    struct fl_txn *txn; /* of the object that is written */
    /* What is to be written beside what is due: keys in their order, each once. */
    struct fl_lookup asked;
    struct fl_buffer more;
    size_t more_taken;
    struct fl_buffer held; /* struct held */
    char notes[NOTES_MAX][2 * NOTE_BYTES];
    size_t note_count;
    char left_out[NOTE_BYTES]; /* kinds that the correspondent does not take */
};

/* --- what else is to be written --- */

static void ask_for(struct fl_endpoint_writing *writing, struct fl_key key)
{
    uint64_t hash = fl_load_u64(key.id.bytes) ^ fl_load_u64(key.id.bytes + 8) ^ key.type;
    hash = hash == 0 ? 1 : hash;
    if (fl_lookup_find(&writing->asked, hash) == NULL &&
        fl_lookup_add(&writing->asked, hash, key.id) != NULL) {
        fl_buffer_put_memory(&writing->more, &key, sizeof key);
    }
}

bool fl_correspondent_write_more(
    struct fl_endpoint_writing *writing,
    struct fl_key *out_key)
{
    struct fl_bytes all = fl_buffer_view(&writing->more);
    if (writing->more_taken + sizeof *out_key > all.size) {
        return false;
    }
    memcpy(out_key, all.data + writing->more_taken, sizeof *out_key);
    writing->more_taken += sizeof *out_key;
    return true;
}

/* What was held back is tried once more. */
static void ask_for_held(struct fl_endpoint_writing *writing)
{
    struct fl_bytes words;
    struct fl_key at = {0};
    struct fl_txn txn;
    fl_txn_begin(&txn, writing->node->store, FL_TXN_READ);
    while (fl_correspondent_held_next(
               &txn, writing->peer.number, at.type == 0 ? NULL : &at, &at, &words) ==
           FL_OK) {
        ask_for(writing, at);
    }
    fl_txn_abort(&txn);
}

/* --- what conversion asks --- */

/* The correspondent has it by no other way, and nobody forbids that it gets it. */
static bool goes_along(const struct fl_node_plan *plan, uint32_t type)
{
    const struct fl_plan_rule *rule = fl_plan_rule_of(plan, type);
    return (!rule->exchanged || !rule->auto_record) && rule->send == FL_PLAN_SEND_AS_IS;
}

static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    struct fl_endpoint_writing *writing = context;
    if (writing->plan != NULL && goes_along(writing->plan, key.type)) {
        ask_for(writing, key);
    }
    return fl_change_current(writing->txn, key, arena, out_object, NULL, NULL);
}

static struct fl_uuid identity(void *context, struct fl_key key)
{
    struct fl_endpoint_writing *writing = context;
    struct fl_uuid theirs = key.id;
    (void)fl_endpoint_matches_theirs(writing->txn, writing->peer.number, key, &theirs);
    return theirs;
}

/* --- the head --- */

static void load_peer(struct fl_endpoint_writing *writing)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, writing->node->store, FL_TXN_READ);
    if (fl_endpoint_settings_get(&txn, writing->peer.number, &writing->settings) !=
        FL_OK) {
        writing->settings = (struct fl_endpoint_settings){.format = NULL};
    }
    writing->knows_theirs =
        fl_endpoint_terms_get(
            &txn, writing->peer.number, &writing->arena, &writing->theirs) == FL_OK;
    fl_txn_abort(&txn);
}

static enum fl_status agree(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    if (writing->is_greeting) {
        writing->ours.version = "";
        return FL_OK;
    }
    if (!writing->knows_theirs) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "\"%s\" has not said yet which versions of EnterpriseData it has: its "
            "settings message comes first, made where its exchange is set up",
            writing->peer.code);
    }
    const struct fl_package_terms *theirs = &writing->theirs.terms;
    writing->ours.version = fl_package_terms_agree(&writing->ours, theirs);
    if (writing->ours.version != NULL) {
        return FL_OK;
    }
    char list[NOTE_BYTES] = "";
    for (size_t i = 0; i < theirs->version_count; i++) {
        size_t size = strlen(list);
        snprintf(
            list + size, sizeof list - size, "%s%s", i > 0 ? ", " : "",
            theirs->versions[i]);
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "\"%s\" has versions %s of EnterpriseData, and none of them is offered here; "
        "`filial endpoint change --versions` says which are",
        writing->peer.code, list);
}

/* A file for nobody: one version, no kinds. */
static enum fl_status choose_version(
    struct fl_endpoint_writing *writing,
    const char *wanted,
    struct fl_error *out_error)
{
    enum fl_status status = fl_enterprisedata_terms(
        writing->conversion, wanted, &writing->arena, &writing->ours, out_error);
    if (status == FL_OK) {
        size_t last = writing->ours.version_count - 1;
        writing->ours.versions += last;
        writing->ours.version_count = 1;
        writing->ours.version = writing->ours.versions[0];
        writing->ours.lists_kinds = false;
    }
    return status;
}

static enum fl_status choose_terms(
    struct fl_endpoint_writing *writing,
    const struct fl_correspondent_settings *given,
    struct fl_error *out_error)
{
    const char *mapping = given != NULL ? given->mapping : writing->settings.mapping;
    enum fl_status status = fl_correspondent_mapping_load(
        mapping, writing->node->configuration, &writing->conversion, out_error);
    if (status != FL_OK || writing->plan == NULL) {
        return status == FL_OK
                   ? choose_version(
                         writing, given == NULL ? NULL : given->version, out_error)
                   : status;
    }
    status = fl_enterprisedata_terms(
        writing->conversion, writing->settings.versions, &writing->arena, &writing->ours,
        out_error);
    if (status == FL_OK) {
        const char *prefix = fl_correspondent_prefix(writing->node, &writing->settings);
        writing->ours.prefix = prefix[0] == '\0' ? NULL : prefix;
        status = agree(writing, out_error);
    }
    return status;
}

static enum fl_status begin(
    struct fl_endpoint_writing *writing,
    const struct fl_package_header *given,
    struct fl_codec_sink sink,
    struct fl_error *out_error)
{
    struct fl_package_header header = {
        .plan = "", .to = "", .from = "", .terms = &writing->ours};
    const struct fl_package_writer_options options = {
        .configuration = writing->node->configuration,
        .sink = sink,
        .conversion = writing->conversion,
        .ports = &writing->ports,
        .created = (int64_t)time(NULL) + UNIX_EPOCH,
        .receiver = writing->knows_theirs ? &writing->theirs.terms : NULL};
    if (given != NULL) {
        const char *plan = writing->settings.base_plan;
        header.plan = plan[0] != '\0' ? plan : FL_ENTERPRISEDATA_PLAN;
        header.to = writing->knows_theirs
                        ? writing->theirs.code
                        : fl_correspondent_code(&writing->peer, &writing->settings);
        header.from = fl_correspondent_our_code(writing->node, &writing->settings);
        header.message_number = given->message_number;
        header.received_number = given->received_number;
    }
    enum fl_status status = fl_package_writer_open(
        fl_codec_find(FL_CORRESPONDENT_FORMAT), &options, &writing->writer, out_error);
    return status == FL_OK ? fl_package_writer_begin(writing->writer, &header, out_error)
                           : status;
}

enum fl_status fl_correspondent_write_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_header *header,
    struct fl_codec_sink sink,
    struct fl_endpoint_writing **out_writing,
    struct fl_error *out_error)
{
    const struct fl_correspondent_codec *own =
        (const struct fl_correspondent_codec *)codec;
    struct fl_endpoint_writing *writing = fl_alloc_zeroed(1, sizeof *writing);
    if (writing == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    writing->node = node;
    fl_arena_init(&writing->arena, FL_OBJECT_ARENA_BYTES_MAX);
    fl_lookup_init(&writing->asked, node->directory);
    fl_buffer_init(&writing->more, SIZE_MAX);
    fl_buffer_init(&writing->held, SIZE_MAX);
    writing->ports = (struct fl_conversion_ports){
        .context = writing, .lookup = lookup, .identity = identity};
    if (peer != NULL) {
        writing->peer = *peer;
        writing->plan = fl_node_plan_of(node, peer);
        writing->is_greeting = header->message_number == 0;
        load_peer(writing);
    }
    enum fl_status status = choose_terms(writing, own->settings, out_error);
    if (status == FL_OK) {
        status = begin(writing, header, sink, out_error);
    }
    if (status != FL_OK) {
        fl_correspondent_write_close(writing);
        return status;
    }
    if (peer != NULL && !writing->is_greeting) {
        ask_for_held(writing);
    }
    *out_writing = writing;
    return FL_OK;
}

/* --- objects --- */

static size_t held_count(const struct fl_endpoint_writing *writing)
{
    return writing->held.size / sizeof(struct held);
}

static struct held *held_at(const struct fl_endpoint_writing *writing, size_t index)
{
    return (struct held *)(void *)writing->held.data + index;
}

void fl_correspondent_write_close(struct fl_endpoint_writing *writing)
{
    if (writing == NULL) {
        return;
    }
    for (size_t i = 0; i < held_count(writing); i++) {
        fl_free(held_at(writing, i)->words);
    }
    if (writing->writer != NULL) {
        fl_package_writer_close(writing->writer);
    }
    fl_conversion_free(writing->conversion);
    fl_buffer_deinit(&writing->held);
    fl_buffer_deinit(&writing->more);
    fl_lookup_deinit(&writing->asked);
    fl_arena_deinit(&writing->arena);
    fl_free(writing);
}

static void add_note(struct fl_endpoint_writing *writing, const char *words)
{
    if (writing->note_count < NOTES_MAX) {
        snprintf(writing->notes[writing->note_count++], 2 * NOTE_BYTES, "%s", words);
    }
}

/* Of kinds that the mapping has; each once. */
static void note_left_out(struct fl_endpoint_writing *writing, uint32_t number)
{
    const struct fl_type *type =
        fl_configuration_type(writing->node->configuration, number);
    fl_conversion_version version =
        fl_conversion_version_of(fl_bytes_of_text(writing->ours.version));
    char name[2 * FL_NAME_BYTES_MAX];
    char *list = writing->left_out;
    size_t size = strlen(list);
    snprintf(name, sizeof name, " %s.%s,", fl_kind_name(type->kind), type->name);
    if (fl_conversion_rule_of(writing->conversion, version, number) != NULL &&
        strstr(list, name) == NULL && size + strlen(name) < sizeof writing->left_out) {
        memcpy(list + size, name, strlen(name) + 1);
    }
}

static enum fl_status hold(
    struct fl_endpoint_writing *writing,
    struct fl_key key,
    const char *words, /* NULL: no longer */
    struct fl_error *out_error)
{
    const struct held held = {
        .key = key, .words = words == NULL ? NULL : fl_node_copy(words)};
    fl_buffer_put_memory(&writing->held, &held, sizeof held);
    if (fl_buffer_status(&writing->held) != FL_OK || (words != NULL && !held.words)) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    return FL_OK;
}

enum fl_status fl_correspondent_write_put(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error)
{
    struct fl_error error = {.text = ""};
    writing->txn = txn;
    if (writing->plan != NULL) { /* others may change it while a message is written */
        writing->plan = fl_node_plan_of(writing->node, &writing->peer);
    }
    *out_written = false;
    if (fl_configuration_type(writing->node->configuration, object->key.type) == NULL) {
        return FL_OK; /* of the system itself */
    }
    enum fl_status status = fl_package_writer_put(writing->writer, object, &error);
    if (status == FL_REFUSED) {
        add_note(writing, error.text);
        return hold(writing, object->key, error.text, out_error);
    }
    if (status != FL_OK && status != FL_UNSUPPORTED) {
        *out_error = error;
        return status;
    }
    *out_written = status == FL_OK;
    if (status == FL_UNSUPPORTED) {
        note_left_out(writing, object->key.type);
    }
    bool was_held = writing->plan != NULL &&
                    fl_correspondent_held_has(txn, writing->peer.number, object->key);
    return was_held ? hold(writing, object->key, NULL, out_error) : FL_OK;
}

const char *fl_correspondent_write_note(
    const struct fl_endpoint_writing *writing,
    size_t index)
{
    if (index < writing->note_count) {
        return writing->notes[index];
    }
    if (index > writing->note_count || held_count(writing) <= NOTES_MAX) {
        return NULL;
    }
    return writing->plan == NULL
               ? _("and more")
               : _("and more; `filial endpoint held CODE` shows all that wait");
}

/* --- the end --- */

/*
 * What could not be written waits with its reason. What could now is registered, so that
 * it goes again until the correspondent confirms it.
 */
static void keep_held(const struct fl_endpoint_writing *writing, struct fl_txn *txn)
{
    for (size_t i = 0; i < held_count(writing); i++) {
        const struct held *held = held_at(writing, i);
        if (held->words != NULL) {
            fl_correspondent_held_put(txn, writing->peer.number, held->key, held->words);
            continue;
        }
        fl_correspondent_held_remove(txn, writing->peer.number, held->key);
        fl_registered_put(txn, writing->peer.number, held->key);
    }
}

enum fl_status fl_correspondent_write_end(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error)
{
    if (writing->left_out[0] != '\0') {
        char words[2 * NOTE_BYTES];
        snprintf(
            words, sizeof words, _("not for it, which takes no such objects in %s:%.*s"),
            writing->ours.version, (int)strlen(writing->left_out) - 1, writing->left_out);
        add_note(writing, words);
    }
    return fl_package_writer_end(writing->writer, out_error);
}

enum fl_status fl_correspondent_write_keep(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    struct fl_endpoint_terms terms; /* as they are by now */
    (void)out_error;
    keep_held(writing, txn);
    if (writing->is_greeting && writing->knows_theirs &&
        fl_endpoint_terms_get(txn, writing->peer.number, &writing->arena, &terms) ==
            FL_OK) {
        terms.answered = true;
        fl_endpoint_terms_put(txn, writing->peer.number, &terms);
    }
    return FL_OK;
}
