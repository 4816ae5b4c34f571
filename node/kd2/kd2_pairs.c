#include "kd2_pairs.h"

#include <stdio.h>

#include "change/change.h"
#include "proto/limits.h"

/* The type of ours that one of their names stands for; NULL: the mapping has none. */
static const struct fl_type *type_of(
    const struct fl_conversion *conversion,
    struct fl_bytes first,
    struct fl_bytes second)
{
    const struct fl_bytes names[] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        char name[FL_NAME_BYTES_MAX];
        snprintf(
            name, sizeof name, "%.*s", (int)names[i].size, (const char *)names[i].data);
        const struct fl_conversion_rule *rule =
            fl_conversion_rule_for_element(conversion, 0, name);
        if (rule != NULL) {
            return fl_conversion_rule_type(rule);
        }
    }
    return NULL;
}

void fl_kd2_pairs_take(
    const struct fl_kd2_finding *finding,
    const struct fl_conversion *conversion,
    const struct fl_kd2_item *item)
{
    const struct fl_type *type =
        type_of(conversion, item->destination_type, item->source_type);
    if (type == NULL || !finding->applies) {
        return;
    }
    const struct fl_key theirs = {.type = type->number, .id = item->source_id};
    struct fl_uuid ours;
    if (item->kind == FL_KD2_CORRECTION) {
        if (fl_endpoint_matches_ours(finding->txn, finding->peer, theirs, &ours) !=
                FL_OK &&
            fl_endpoint_search_has(finding->search, theirs)) {
            fl_endpoint_matches_put(
                finding->txn, finding->peer, theirs, theirs.id, /* tell= */ false);
        }
    } else if (item->empty) {
        fl_endpoint_matches_remove(finding->txn, finding->peer, theirs);
    } else {
        fl_endpoint_matches_put(
            finding->txn, finding->peer, theirs, item->destination_id,
            /* tell= */ false);
    }
}

/* Both types are crossed: the receiver's is ours. */
bool fl_kd2_pairs_deletion(
    const struct fl_kd2_finding *finding,
    const struct fl_conversion *conversion,
    const struct fl_kd2_item *item,
    struct fl_object *out_object,
    bool *out_is_predefined)
{
    const struct fl_type *type =
        type_of(conversion, item->destination_type, item->source_type);
    *out_is_predefined = false;
    if (type == NULL) {
        return false;
    }
    struct fl_key key = {.type = type->number, .id = item->source_id};
    struct fl_object here;
    (void)fl_endpoint_matches_ours(finding->txn, finding->peer, key, &key.id);
    const struct fl_attribute *name = fl_type_role(type, FL_ROLE_PREDEFINED_NAME);
    bool is_known =
        fl_change_current(finding->txn, key, finding->arena, &here, NULL, NULL) == FL_OK;
    *out_is_predefined =
        is_known && name != NULL && fl_object_field(&here, name->number) != NULL;
    if (*out_is_predefined) {
        return false;
    }
    *out_object = (struct fl_object){.key = key, .deleted = true};
    return true;
}
