#include "correspondent_match.h"

#include "endpoint/endpoint_matches.h"
#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/record.h"

void fl_correspondent_matching_init(
    struct fl_correspondent_matching *matching,
    struct fl_node *node,
    struct fl_txn *txn,
    uint32_t peer,
    bool remembers)
{
    matching->txn = txn;
    matching->peer = peer;
    matching->remembers = remembers && peer > 0;
    matching->doubts = false;
    fl_endpoint_search_init(&matching->search, node, txn);
}

void fl_correspondent_matching_deinit(struct fl_correspondent_matching *matching)
{
    fl_endpoint_search_deinit(&matching->search);
}

/* Not asked for: 1C takes a way without the group where there is none. */
static bool may_be_empty(const struct fl_attribute *attribute)
{
    return attribute->role == FL_ROLE_IS_FOLDER || attribute->role == FL_ROLE_PARENT;
}

/* A way counts only when all that it asks for is given. */
static bool is_given(
    const struct fl_type *type,
    const struct fl_object *given,
    const uint32_t *attributes,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct fl_attribute *attribute = fl_type_attribute(type, attributes[i]);
        if (attribute != NULL && !may_be_empty(attribute) &&
            fl_object_field(given, attributes[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* A folder is no match for an item, whatever they are called. */
static void want_folder(const struct fl_type *type, struct fl_endpoint_wanted *io_wanted)
{
    const struct fl_attribute *folder = fl_type_role(type, FL_ROLE_IS_FOLDER);
    if (folder != NULL && io_wanted->count > 0 &&
        io_wanted->count < FL_ENDPOINT_WANTED_MAX) {
        io_wanted->attributes[io_wanted->count++] = folder->number;
    }
}

/* It is another one of theirs already, found or come by its own identity. */
static bool is_taken(
    const struct fl_correspondent_matching *matching,
    struct fl_key theirs,
    struct fl_uuid ours)
{
    const struct fl_key key = {.type = theirs.type, .id = ours};
    struct fl_uuid other;
    return !fl_uuid_is_zero(theirs.id) &&
           fl_endpoint_matches_theirs(matching->txn, matching->peer, key, &other) ==
               FL_OK &&
           !fl_uuid_equal(other, theirs.id);
}

static void doubt(
    struct fl_correspondent_matching *matching,
    struct fl_key theirs,
    struct fl_uuid ours)
{
    const struct fl_endpoint_doubt found = {.theirs = theirs, .ours = ours};
    matching->doubts = true;
    if (matching->remembers) {
        fl_endpoint_doubts_put(matching->txn, matching->peer, &found);
    }
}

/* FL_NOT_FOUND: nobody, or nobody for certain. */
static enum fl_status by_fields(
    struct fl_correspondent_matching *matching,
    const struct fl_conversion_rule *rule,
    struct fl_key theirs,
    const struct fl_object *given,
    struct fl_uuid *out_ours,
    struct fl_error *out_error)
{
    const struct fl_type *type = fl_conversion_rule_type(rule);
    uint32_t attributes[FL_CONVERSION_SEARCH_ATTRIBUTES_MAX];
    enum fl_status status = FL_NOT_FOUND;
    size_t count;
    for (size_t way = 0; status == FL_NOT_FOUND &&
                         (count = fl_conversion_rule_search(rule, way, attributes)) > 0;
         way++) {
        bool ambiguous = false;
        if (!is_given(type, given, attributes, count)) {
            continue;
        }
        struct fl_endpoint_wanted wanted =
            fl_endpoint_wanted_of(type, given, attributes, count, /* equal_date= */ true);
        want_folder(type, &wanted);
        status = fl_endpoint_search_find(
            &matching->search, &wanted, given, out_ours, &ambiguous, out_error);
        if (status == FL_OK && is_taken(matching, theirs, *out_ours)) {
            status = FL_NOT_FOUND;
        } else if (status == FL_OK && ambiguous && !fl_uuid_is_zero(theirs.id)) {
            doubt(matching, theirs, *out_ours);
            return FL_NOT_FOUND;
        }
    }
    return status;
}

/*
 * Of what comes without an identity and nobody here is: made of what it is found by, so
 * that the object and those that refer to it mean the same, in each message again.
 */
static enum fl_status make_id(
    const struct fl_type *type,
    const struct fl_object *given,
    struct fl_uuid *out_id,
    struct fl_error *out_error)
{
    uint8_t hash[FL_HASH_BYTES];
    struct fl_hasher hasher;
    struct fl_buffer record;
    if (given->field_count == 0) {
        return FL_OK; /* nobody is meant */
    }
    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    enum fl_status status = fl_record_encode(given, &record);
    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, fl_bytes_of_text(type->name));
    fl_hasher_add(&hasher, fl_buffer_view(&record));
    fl_hasher_finish(&hasher, hash);
    fl_buffer_deinit(&record);
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the object is larger than the limit");
    }
    *out_id = fl_uuid_of_random(hash);
    return FL_OK;
}

enum fl_status fl_correspondent_match(
    void *context,
    const struct fl_conversion_rule *rule,
    struct fl_uuid theirs,
    const struct fl_object *given,
    struct fl_uuid *out_ours,
    struct fl_error *out_error)
{
    struct fl_correspondent_matching *matching = context;
    const struct fl_type *type = fl_conversion_rule_type(rule);
    const struct fl_key key = {.type = type->number, .id = theirs};
    bool has_id = !fl_uuid_is_zero(theirs);
    if (has_id &&
        fl_endpoint_matches_ours(matching->txn, matching->peer, key, out_ours) == FL_OK) {
        return FL_OK;
    }
    if (has_id && fl_endpoint_search_has(&matching->search, key)) {
        *out_ours = theirs;
        return FL_OK;
    }
    enum fl_status status = by_fields(matching, rule, key, given, out_ours, out_error);
    if (status == FL_OK && has_id && matching->remembers) {
        fl_endpoint_matches_put(
            matching->txn, matching->peer, key, *out_ours, /* tell= */ false);
    } else if (status == FL_NOT_FOUND) {
        *out_ours = theirs; /* it comes by itself */
        status = has_id ? FL_OK : make_id(type, given, out_ours, out_error);
    }
    return status;
}
