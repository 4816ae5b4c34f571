/* A message of EnterpriseData as objects of ours, over what is here. */

#include <string.h>

#include "change/change.h"
#include "correspondent_codec.h"
#include "correspondent_match.h"
#include "endpoint/endpoint_matches.h"
#include "endpoint/endpoint_terms.h"
#include "exchange/enterprisedata.h"
#include "language.h"
#include "proto/limits.h"
#include "storage/registered.h"

struct fl_endpoint_reading {
    struct fl_node *node;
    const struct fl_correspondent_settings *settings; /* NULL: of the endpoint */
    struct fl_package_reader *reader;
    const struct fl_package_header *header;
    bool begun; /* false: objects are only counted */
    bool applies;
    struct fl_txn own; /* of one that does not, while it looks at an object */
    struct fl_conversion *conversion;
    struct fl_correspondent_matching *matching;
};

enum fl_status fl_correspondent_read_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    struct fl_codec_source source,
    struct fl_endpoint_reading **out_reading,
    struct fl_error *out_error)
{
    const struct fl_correspondent_codec *own =
        (const struct fl_correspondent_codec *)codec;
    struct fl_endpoint_reading *reading = fl_alloc_zeroed(1, sizeof *reading);
    const struct fl_package_reader_options options = {
        .configuration = node->configuration, .source = source};
    if (reading == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reading->node = node;
    reading->settings = own->settings;
    enum fl_status status = fl_package_reader_open(
        fl_codec_find(FL_CORRESPONDENT_FORMAT), &options, &reading->reader, out_error);
    if (status != FL_OK) {
        fl_free(reading);
        return status;
    }
    *out_reading = reading;
    return FL_OK;
}

void fl_correspondent_read_close(struct fl_endpoint_reading *reading)
{
    if (reading == NULL) {
        return;
    }
    if (reading->matching != NULL) {
        fl_correspondent_matching_deinit(reading->matching);
        fl_free(reading->matching);
    }
    fl_package_reader_close(reading->reader);
    fl_conversion_free(reading->conversion);
    fl_free(reading);
}

/* A file that was made without a conversation names nobody: it is read by a mapping. */
enum fl_status fl_correspondent_read_header(
    struct fl_endpoint_reading *reading,
    const struct fl_package_header **out_header,
    struct fl_error *out_error)
{
    enum fl_status status =
        fl_package_reader_header(reading->reader, &reading->header, out_error);
    if (status != FL_OK) {
        return status;
    }
    bool is_for_nobody = reading->header->from[0] == '\0';
    if (is_for_nobody && reading->settings == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the header has no Confirmation that says from whom the message is; a file "
            "for nobody is read by `filial import --format enterprisedata --mapping "
            "FILE`");
    }
    *out_header = is_for_nobody ? NULL : reading->header;
    return FL_OK;
}

enum fl_status fl_correspondent_read_sender(
    struct fl_endpoint_reading *reading,
    uint32_t only_from,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    return fl_correspondent_sender(
        reading->node, reading->header, only_from, out_peer, out_error);
}

/* --- beginning --- */

static enum fl_status load_mapping(
    struct fl_endpoint_reading *reading,
    const struct fl_peer *peer,
    struct fl_error *out_error)
{
    struct fl_endpoint_settings endpoint = {.format = NULL};
    const char *mapping = endpoint.mapping;
    if (reading->settings != NULL) {
        mapping = reading->settings->mapping;
    } else if (peer != NULL) {
        struct fl_txn txn;
        fl_txn_begin(&txn, reading->node->store, FL_TXN_READ);
        bool known = fl_endpoint_settings_get(&txn, peer->number, &endpoint) == FL_OK;
        fl_txn_abort(&txn);
        if (!known) {
            endpoint.mapping[0] = '\0';
        }
    }
    return fl_correspondent_mapping_load(
        mapping, reading->node->configuration, &reading->conversion, out_error);
}

/*
 * What is known of the peer is replaced from each header. One that greets us once more
 * with the same words answers what we said: two that answered answers would never end,
 * and what comes next says who we are as well.
 */
static void keep_terms(
    struct fl_endpoint_reading *reading,
    const struct fl_peer *peer,
    struct fl_txn *txn)
{
    struct fl_endpoint_terms before = {.answered = false};
    struct fl_arena arena;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    struct fl_endpoint_terms terms = {
        .code = reading->header->from, .terms = *reading->header->terms};
    if (fl_endpoint_terms_get(txn, peer->number, &arena, &before) == FL_OK) {
        bool greets = reading->header->message_number == 0;
        terms.answered = before.answered;
        terms.answered =
            before.answered && (!greets || fl_endpoint_terms_equal(&before, &terms));
    }
    fl_endpoint_terms_put(txn, peer->number, &terms);
    fl_arena_deinit(&arena);
}

static enum fl_status lookup(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    struct fl_correspondent_matching *matching = context;
    return fl_change_current(matching->txn, key, arena, out_object, NULL, NULL);
}

/* It goes with the next message, and with each until one is confirmed. */
static void request(void *context, const struct fl_type *type, struct fl_uuid theirs)
{
    struct fl_correspondent_matching *matching = context;
    struct fl_key key = {.type = type->number, .id = theirs};
    if (matching->remembers) {
        (void)fl_endpoint_matches_ours(matching->txn, matching->peer, key, &key.id);
        fl_registered_put(matching->txn, matching->peer, key);
    }
}

/* Nothing of the store is held between two objects: others work then. */
static void begin_look(struct fl_endpoint_reading *reading)
{
    if (!reading->applies) {
        fl_txn_begin(&reading->own, reading->node->store, FL_TXN_READ);
    }
}

static void end_look(struct fl_endpoint_reading *reading)
{
    if (!reading->applies) {
        fl_txn_abort(&reading->own);
    }
}

enum fl_status fl_correspondent_read_begin(
    struct fl_endpoint_reading *reading,
    const struct fl_peer *peer,
    struct fl_txn *txn,
    struct fl_error *out_error)
{
    enum fl_status status = load_mapping(reading, peer, out_error);
    if (status != FL_OK) {
        return status;
    }
    reading->matching = fl_alloc(sizeof *reading->matching);
    if (reading->matching == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reading->applies = txn != NULL;
    if (reading->applies && peer != NULL) {
        keep_terms(reading, peer, txn);
    }
    begin_look(reading);
    fl_correspondent_matching_init(
        reading->matching, reading->node, reading->applies ? txn : &reading->own,
        peer == NULL ? 0 : peer->number, reading->applies);
    end_look(reading);
    const struct fl_conversion_ports ports = {
        .context = reading->matching,
        .lookup = lookup,
        .match = fl_correspondent_match,
        .request = request};
    fl_enterprisedata_reader_use(reading->reader, reading->conversion, &ports);
    reading->begun = true;
    return FL_OK;
}

/* --- objects --- */

static enum fl_status take(
    struct fl_endpoint_reading *reading,
    const struct fl_object *object,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (!object->deleted) {
        status = fl_object_check(reading->node->configuration, object, out_error);
    }
    if (status == FL_OK && reading->matching->remembers) {
        fl_endpoint_matches_own(
            reading->matching->txn, reading->matching->peer, object->key);
    }
    if (status == FL_OK && reading->applies) {
        status = fl_endpoint_search_add(&reading->matching->search, object, out_error);
    }
    if (status != FL_OK) {
        fl_error_prefix(
            out_error, "line %llu",
            (unsigned long long)fl_package_reader_line(reading->reader));
    }
    return status;
}

enum fl_status fl_correspondent_read_next(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    out_object->sender = FL_SENDER_BY_ROLE;
    if (!reading->begun) {
        return fl_package_reader_next(reading->reader, &out_object->object, out_error);
    }
    begin_look(reading);
    if (reading->applies) {
        status = fl_endpoint_search_follow(
            &reading->matching->search, /* seen= */ NULL, NULL, out_error);
    }
    if (status == FL_OK) {
        status = fl_package_reader_next(reading->reader, &out_object->object, out_error);
    }
    if (status == FL_OK && out_object->object != NULL) {
        status = take(reading, out_object->object, out_error);
    }
    end_look(reading);
    return status;
}

bool fl_correspondent_read_is_incomplete(const struct fl_endpoint_reading *reading)
{
    return fl_package_reader_is_incomplete(reading->reader);
}

const char *fl_correspondent_read_note(
    const struct fl_endpoint_reading *reading,
    size_t index)
{
    const char *note = NULL;
    size_t count = 0;
    while ((note = fl_package_reader_note(reading->reader, count)) != NULL) {
        if (count++ == index) {
            return note;
        }
    }
    bool doubts = reading->begun && reading->matching->doubts;
    return index == count && doubts ? _("some objects are like several of ours: they are "
                                        "taken as new; `filial "
                                        "endpoint doubts CODE` shows them")
                                    : NULL;
}
