/*
 * Whom the peer means by a kind and an identity alone, in a deletion or when it asks for
 * an object once more. Several kinds of ours may be one of theirs: it is the one that is
 * here.
 */

#include "enterprisedata_codec.h"
#include "rules.h"

static enum fl_status look_up(
    const struct fl_enterprisedata_sought *sought,
    const struct fl_conversion_rule *rule,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    const struct fl_conversion_ports *ports = sought->ports;
    struct fl_key key = {
        .type = fl_conversion_rule_type(rule)->number, .id = sought->theirs};
    const struct fl_object given = {.key = key};
    enum fl_status status = FL_OK;
    if (ports->match != NULL) {
        status = ports->match(
            ports->context, rule, sought->theirs, &given, &key.id, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    *out_object = (struct fl_object){.deleted = false};
    status = ports->lookup == NULL
                 ? FL_NOT_FOUND
                 : ports->lookup(ports->context, key, arena, out_object);
    out_object->key = key;
    return status == FL_OK || status == FL_NOT_FOUND
               ? status
               : fl_error_set(
                     out_error, status, "the object as it stands here cannot be read");
}

enum fl_status fl_enterprisedata_find_here(
    const struct fl_enterprisedata_sought *sought,
    struct fl_arena *arena,
    struct fl_object *out_object,
    const struct fl_conversion_rule **out_rule,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule;
    *out_rule = NULL;
    for (size_t i = 0; (rule = fl_conversion_rule_at(sought->conversion, i)) != NULL;
         i++) {
        struct fl_object here;
        if (!fl_conversion_is_called(rule, sought->kind) ||
            !fl_conversion_rule_reads(rule, sought->version)) {
            continue;
        }
        enum fl_status status = look_up(sought, rule, arena, &here, out_error);
        if (status != FL_OK && status != FL_NOT_FOUND) {
            return status;
        }
        if (*out_rule == NULL || status == FL_OK) {
            *out_rule = rule;
            *out_object = here;
        }
        if (status == FL_OK) {
            return FL_OK;
        }
    }
    return FL_NOT_FOUND;
}
