/*
 * Whom the peer means by a kind and an identity alone, in a deletion or when it asks for
 * an object once more. Several kinds of ours may be one of theirs: it is the one that is
 * here.
 */

#include "conversion_find.h"
#include "enterprisedata_codec.h"
#include "rules.h"

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
        enum fl_status status = fl_conversion_find_here(
            sought->ports, rule, sought->theirs, arena, &here, out_error);
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
