/*
 * One object against the filters: where it belongs, on which others that depends, what
 * others depend on in it.
 */

#include <string.h>

#include "change/ref.h"
#include "peer_lists.h"
#include "proto/hash.h"
#include "proto/record.h"
#include "proto/system.h"
#include "routing_parts.h"

enum {
    REFERENCES_MAX = 256,
    TELL_ROWS_MAX = 1000, /* objects told of at one lsn, and their records' bytes: */
    TELL_BYTES_MAX = 1 << 20,
};

struct reach {
    struct fl_txn *txn;
    struct fl_arena *arena;
    const struct fl_routing_question *question; /* NULL: the store alone */
};

static const struct fl_object *unpack(
    struct fl_key key,
    struct fl_bytes record,
    struct fl_arena *arena)
{
    struct fl_object *object = fl_arena_alloc(arena, sizeof *object);
    struct fl_bytes copy;
    if (object == NULL || fl_arena_copy(arena, record, &copy) != FL_OK ||
        fl_record_decode(key, /* deleted= */ false, copy, arena, object) != FL_OK) {
        return NULL;
    }
    return object;
}

static const struct fl_object *read_object(
    struct fl_txn *txn,
    struct fl_key key,
    struct fl_arena *arena)
{
    struct fl_entry entry;
    if (fl_object_get(txn, key, &entry) != FL_OK ||
        (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0) {
        return NULL;
    }
    return unpack(key, entry.record, arena);
}

static const struct fl_object *reach_object(void *context, struct fl_key key)
{
    const struct reach *reach = context;
    const struct fl_routing_question *question = reach->question;
    const struct fl_object *object =
        question != NULL && question->overlay != NULL
            ? question->overlay(question->context, key, reach->arena)
            : NULL;
    return object != NULL ? object : read_object(reach->txn, key, reach->arena);
}

/* -- where it belongs -- */

bool fl_routing_is_in(const struct fl_members *members, uint32_t stream)
{
    for (size_t i = 0; i < members->stream_count; i++) {
        if (members->streams[i] == stream) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct fl_key *keys, size_t count, struct fl_key key)
{
    for (size_t i = 0; i < count; i++) {
        if (fl_key_equal(keys[i], key)) {
            return true;
        }
    }
    return false;
}

static enum fl_status list_references(
    const struct fl_filter *filter,
    const struct fl_object *object,
    struct fl_arena *arena,
    struct fl_members *members)
{
    struct fl_key *keys = fl_arena_array(arena, REFERENCES_MAX, sizeof *keys);
    const struct fl_filter_reference *reference;
    if (keys == NULL) {
        return FL_NO_MEMORY;
    }
    members->references = keys;
    for (size_t i = 0; (reference = fl_filter_reference(filter, i)) != NULL; i++) {
        const struct fl_value *value = fl_object_field(object, reference->attribute);
        if (value == NULL || value->kind != FL_VALUE_REF ||
            fl_uuid_is_zero(value->uuid)) {
            continue;
        }
        struct fl_key key = {.type = value->type, .id = value->uuid};
        if (!is_listed(keys, members->reference_count, key) &&
            members->reference_count < REFERENCES_MAX) {
            keys[members->reference_count++] = key;
        }
    }
    return FL_OK;
}

enum fl_status fl_routing_place(
    struct fl_routing *routing,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    struct fl_members *out_members)
{
    struct fl_members members = {.stream_count = 0};
    const struct fl_filter *filter = routing->filters[entry->key.type];
    *out_members = members;
    if (filter == NULL || (entry->flags & FL_ENTRY_WITHDRAWN) != 0) {
        return FL_OK;
    }
    const struct fl_object *object = unpack(entry->key, entry->record, &routing->scratch);
    if (object == NULL) {
        return FL_OK; /* damaged, or larger than may be: nobody's until it is whole */
    }
    struct reach reach = {.txn = txn, .arena = &routing->scratch};
    struct fl_filter_subject subject = {object, reach_object, &reach};
    members.streams = fl_router_route(routing->router, &subject, &members.stream_count);
    enum fl_status status = list_references(filter, object, &routing->scratch, &members);
    if (status == FL_OK) {
        *out_members = members;
    }
    return status;
}

/* -- what others depend on -- */

/* What was seen under other filters is not what these have seen. */
static uint64_t hash_under(const struct fl_routing *routing, struct fl_bytes bytes)
{
    uint8_t filters[8];
    fl_store_u64(filters, routing->state.filters_lsn);
    uint64_t hash = fl_tag('h', (struct fl_bytes){filters, sizeof filters}, bytes);
    return hash == 0 ? 1 : hash;
}

uint64_t fl_routing_hash(struct fl_routing *routing, const struct fl_entry *entry)
{
    const struct fl_looked_at *looked_at = &routing->looked_at[entry->key.type];
    if (looked_at->count == 0) {
        return 0;
    }
    bool gone = (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0;
    const struct fl_object *object =
        gone ? NULL : unpack(entry->key, entry->record, &routing->scratch);
    struct fl_field *fields =
        fl_arena_array(&routing->scratch, looked_at->count, sizeof *fields);
    if (object == NULL || fields == NULL) {
        return hash_under(routing, (struct fl_bytes){0});
    }
    struct fl_object part = {.key = entry->key, .fields = fields};
    for (size_t i = 0; i < looked_at->count; i++) {
        const struct fl_value *value = fl_object_field(object, looked_at->attributes[i]);
        if (value != NULL) {
            fields[part.field_count++] =
                (struct fl_field){looked_at->attributes[i], *value};
        }
    }
    struct fl_buffer bytes;
    fl_buffer_init(&bytes, FL_RECORD_BYTES_MAX);
    struct fl_bytes seen = {0};
    if (fl_record_encode(&part, &bytes) == FL_OK) {
        seen = fl_buffer_view(&bytes);
    }
    uint64_t hash = hash_under(routing, seen);
    fl_buffer_deinit(&bytes);
    return hash;
}

/* -- a new lsn -- */

/*
 * An entry that never travels: the streams' rows at its lsn do. The older ones are dead
 * as soon as there is a newer one, and are swept.
 */
static uint64_t mark(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_routing *routing)
{
    struct fl_key key = {.type = FL_SYSTEM_ROUTING};
    struct fl_system_record record = {
        .revision = fl_journal_head(txn) + 1, .issuer = node->identity->node};
    struct fl_buffer bytes;
    memcpy(key.id.bytes, routing->plan, sizeof key.id.bytes);
    fl_buffer_init(&bytes, 4096);
    fl_system_seal(
        node->identity->installation, key, &record, node->keys.signing, &bytes);
    fl_journal_transaction(txn);
    uint64_t lsn = fl_journal_append(
        txn, &(struct fl_entry){.key = key, .record = fl_buffer_view(&bytes)});
    fl_journal_transaction(txn);
    fl_buffer_deinit(&bytes);
    return lsn;
}

static void tell(
    struct fl_routing_teller *teller,
    struct fl_txn *txn,
    uint32_t stream,
    struct fl_stream_row row)
{
    if (teller->lsn == 0) {
        teller->lsn = mark(teller->node, txn, teller->routing);
        teller->rows = 0;
        teller->bytes = 0;
    }
    if (teller->lsn > 0) {
        row.lsn = teller->lsn;
        row.lsn_first = teller->lsn;
        fl_streams_put(txn, stream, &row);
    }
}

void fl_routing_tell(
    struct fl_routing_teller *teller,
    struct fl_txn *txn,
    uint32_t stream,
    struct fl_key key)
{
    tell(teller, txn, stream, (struct fl_stream_row){.told = true, .key = key});
}

void fl_routing_take(
    struct fl_routing_teller *teller,
    struct fl_txn *txn,
    uint32_t stream,
    struct fl_key key)
{
    tell(
        teller, txn, stream,
        (struct fl_stream_row){.told = true, .takes = true, .key = key});
}

void fl_routing_told(struct fl_routing_teller *teller, size_t bytes)
{
    teller->rows++;
    teller->bytes += bytes;
    if (teller->rows >= TELL_ROWS_MAX || teller->bytes >= TELL_BYTES_MAX) {
        teller->lsn = 0;
    }
}

/* -- questions -- */

static enum fl_status compile(
    const struct fl_node *node,
    uint32_t type,
    const char *text,
    struct fl_filter **out_filter)
{
    return fl_filter_new(
        &(struct fl_filter_source){
            .configuration = node->configuration,
            .type = fl_configuration_type(node->configuration, type),
            .text = fl_bytes_of_text(text),
            .find = fl_attribute_by_name},
        out_filter, NULL);
}

bool fl_routing_has_filter(
    const struct fl_node *node,
    const struct fl_node_plan *plan,
    uint32_t type)
{
    return !fl_system_is(type) &&
           fl_configuration_type(node->configuration, type) != NULL &&
           fl_plan_rule_of(plan, type)->filter[0] != '\0';
}

bool fl_routing_limits(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    struct fl_bytes encoded;
    (void)node;
    return peer->role != FL_PEER_PARENT &&
           fl_peer_lists_get(txn, peer->plan, peer->code, &encoded) == FL_OK;
}

static bool judge(
    struct fl_txn *txn,
    const struct fl_routing_question *question,
    const struct fl_filter *filter,
    const struct fl_filter_lists *lists,
    struct fl_arena *arena)
{
    const struct fl_object *object = unpack(question->key, question->record, arena);
    if (object == NULL) {
        return false;
    }
    struct reach reach = {.txn = txn, .arena = arena, .question = question};
    struct fl_filter_subject subject = {object, reach_object, &reach};
    return question->tell != NULL
               ? fl_filter_explain(
                     filter, &subject, lists, question->tell, question->tell_context)
               : fl_filter_admits(filter, &subject, lists);
}

/* Read for this one question. What cannot be read admits nothing. */
static bool judge_alone(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_routing_question *question,
    const char *text)
{
    struct fl_filter *filter = NULL;
    struct fl_filter_lists lists;
    struct fl_arena arena;
    struct fl_bytes encoded;
    struct fl_bytes copy;
    bool admits = false;
    fl_arena_init(&arena, 2 * (size_t)FL_OBJECT_ARENA_BYTES_MAX);
    if (compile(node, question->key.type, text, &filter) == FL_OK &&
        fl_peer_lists_get(txn, question->peer->plan, question->peer->code, &encoded) ==
            FL_OK &&
        fl_arena_copy(&arena, encoded, &copy) == FL_OK &&
        fl_peer_lists_decode(node->configuration, copy, &arena, &lists) == FL_OK) {
        admits = judge(txn, question, filter, &lists, &arena);
    }
    fl_arena_deinit(&arena);
    fl_filter_free(filter);
    return admits;
}

static const struct fl_routed_peer *routed_of(
    const struct fl_routing *routing,
    const struct fl_peer *peer)
{
    return routing != NULL && routing->active
               ? fl_routing_state_peer(&routing->state, peer->number)
               : NULL;
}

bool fl_routing_routes(const struct fl_node *node, const struct fl_peer *peer)
{
    const struct fl_routed_peer *routed =
        routed_of(fl_routing_find(node, peer->plan), peer);
    return routed != NULL && (routed->now > 0 || routed->next > 0);
}

bool fl_routing_has_routed(const struct fl_node *node, const struct fl_peer *peer)
{
    return routed_of(fl_routing_find(node, peer->plan), peer) != NULL;
}

static uint64_t told_lsn(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    struct fl_key key)
{
    const struct fl_routing *routing = fl_routing_find(node, peer->plan);
    const struct fl_routed_peer *routed = routed_of(routing, peer);
    if (routed == NULL) {
        return 0;
    }
    uint64_t lsn = fl_streams_told(txn, routed->own, key);
    if (routed->now > 0) {
        uint64_t shared = fl_streams_told(txn, routed->now, key);
        uint64_t common = fl_streams_told(txn, routing->state.common, key);
        lsn = shared > lsn ? shared : lsn;
        lsn = common > lsn && common > routed->since ? common : lsn;
    }
    return lsn;
}

bool fl_routing_is_told(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_entry *entry,
    uint64_t lsn)
{
    uint64_t told = told_lsn(node, txn, peer, entry->key);
    return told > lsn && told > entry->lsn &&
           fl_plan_may_send(fl_node_plan_of(node, peer), peer, entry->key.type);
}

bool fl_routing_is_unknown(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    const struct fl_entry *entry)
{
    const struct fl_routing *routing = fl_routing_find(node, peer->plan);
    uint32_t type = entry->key.type;
    bool has = true;
    if (routing == NULL || !routing->active || routing->state.changing ||
        type > routing->type_count || !routing->filtered[type] ||
        entry->lsn > routing->state.routed_lsn ||
        (entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0) {
        return false;
    }
    const struct fl_routed_peer *routed =
        fl_routing_state_peer(&routing->state, peer->number);
    return routed != NULL && routed->now > 0 &&
           fl_members_has(txn, routing->state.common, entry->key, routed->now, &has) ==
               FL_OK &&
           !has;
}

/* The lists of a peer, as routing has them; NULL: it is not routed. */
static const struct fl_filter_lists *lists_of(
    const struct fl_routing *routing,
    const struct fl_peer *peer)
{
    const struct fl_routed_peer *routed =
        fl_routing_state_peer(&routing->state, peer->number);
    for (size_t i = 0; routed != NULL && i < routing->stream_count; i++) {
        if (routing->streams[i].number == routed->now) {
            return &routing->streams[i].lists;
        }
    }
    return NULL;
}

bool fl_routing_judge(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_routing_question *question)
{
    const struct fl_node_plan *plan = fl_node_plan_of(node, question->peer);
    struct fl_routing *routing = fl_routing_find(node, plan->hash);
    uint32_t type = question->key.type;
    if (!fl_routing_has_filter(node, plan, type)) {
        return true;
    }
    if (routing != NULL && routing->active && routing->settled) {
        const struct fl_filter_lists *lists = lists_of(routing, question->peer);
        fl_arena_reset(&routing->scratch);
        if (lists != NULL && routing->filtered[type]) {
            return routing->filters[type] != NULL &&
                   judge(txn, question, routing->filters[type], lists, &routing->scratch);
        }
    }
    return !fl_routing_limits(node, txn, question->peer) ||
           judge_alone(node, txn, question, fl_plan_rule_of(plan, type)->filter);
}
