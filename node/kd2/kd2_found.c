#include "kd2_found.h"

#include <string.h>

#include "change/change.h"
#include "random.h"

struct asking {
    struct fl_kd2_finding *finding;
    const struct fl_conversion_rule *rule;
    const struct fl_type *type;
    const struct fl_element *key;
    const struct fl_kd2_ref *ref; /* NULL: it was told by a value */
    const struct fl_object *given;
    bool is_main;
    bool goes_on; /* by fields when the identity finds nothing */
    bool not_create;
    bool equal_date;
    struct fl_error *out_error;
};

static bool wants_equal_date(const struct fl_kd2_ref *ref)
{
    for (const struct fl_kd2_property *property = ref == NULL ? NULL
                                                              : ref->properties.first;
         property != NULL; property = property->next) {
        if (property->equal_date) {
            return true;
        }
    }
    return false;
}

static struct asking ask(
    struct fl_kd2_finding *finding,
    const struct fl_conversion_rule *rule,
    const struct fl_element *key,
    bool is_main,
    const struct fl_object *given,
    struct fl_error *out_error)
{
    const char *options = fl_conversion_rule_options(rule);
    struct asking asking = {
        .finding = finding,
        .rule = rule,
        .type = fl_conversion_rule_type(rule),
        .key = key,
        .ref = key->origin,
        .given = given,
        .is_main = is_main,
        .goes_on = fl_kd2_option_is(options, "continue", "yes"),
        .not_create = fl_kd2_option_is(options, "create", "no"),
        .out_error = out_error};
    const struct fl_kd2_rule *in_file =
        is_main ? fl_kd2_rules_find(finding->rules, finding->item->rule) : NULL;
    if (asking.ref != NULL) {
        asking.goes_on = asking.goes_on || asking.ref->continue_search;
        asking.not_create = asking.ref->not_create || (is_main && asking.not_create);
        asking.equal_date = wants_equal_date(asking.ref);
    }
    if (in_file != NULL) {
        asking.goes_on = asking.goes_on || in_file->continue_search;
    }
    return asking;
}

/* --- the ways --- */

static bool by_register(struct asking *asking, struct fl_uuid *out_ours)
{
    struct fl_kd2_finding *finding = asking->finding;
    const struct fl_key theirs = {.type = asking->type->number, .id = asking->key->id};
    if (fl_uuid_is_zero(theirs.id) ||
        fl_endpoint_matches_ours(finding->txn, finding->peer, theirs, out_ours) !=
            FL_OK) {
        return false;
    }
    const struct fl_key ours = {.type = theirs.type, .id = *out_ours};
    return !asking->is_main || fl_endpoint_search_has(finding->search, ours);
}

static bool is_created(const struct fl_kd2_finding *finding, struct fl_key key)
{
    for (const struct fl_kd2_created *made = finding->created; made != NULL;
         made = made->next) {
        if (fl_key_equal(made->object.key, key)) {
            return true;
        }
    }
    return false;
}

/* Of the attributes: what this object's other references have made, then what is here. */
static enum fl_status search(
    struct asking *asking,
    const uint32_t *attributes,
    size_t count,
    bool equal_date,
    struct fl_uuid *out_ours)
{
    const struct fl_kd2_finding *finding = asking->finding;
    const struct fl_endpoint_wanted wanted =
        fl_endpoint_wanted_of(asking->type, asking->given, attributes, count, equal_date);
    for (const struct fl_kd2_created *made = finding->created; made != NULL;
         made = made->next) {
        if (made->object.key.type == asking->type->number &&
            fl_endpoint_wanted_is(&wanted, asking->given, &made->object)) {
            *out_ours = made->object.key.id;
            return FL_OK;
        }
    }
    return fl_endpoint_search_find(
        finding->search, &wanted, asking->given, out_ours, /* out_ambiguous= */ NULL,
        asking->out_error);
}

static enum fl_status by_predefined(struct asking *asking, struct fl_uuid *out_ours)
{
    const struct fl_attribute *attribute =
        fl_type_role(asking->type, FL_ROLE_PREDEFINED_NAME);
    return attribute == NULL ? FL_NOT_FOUND
                             : search(asking, &attribute->number, 1, false, out_ours);
}

/* In the order of the mapping; a way in which nothing is given finds nobody. */
static enum fl_status by_ways(
    struct asking *asking,
    size_t *out_count,
    struct fl_uuid *out_ours)
{
    uint32_t attributes[FL_CONVERSION_SEARCH_ATTRIBUTES_MAX];
    enum fl_status status = FL_NOT_FOUND;
    size_t way = 0;
    size_t count;
    while (status == FL_NOT_FOUND &&
           (count = fl_conversion_rule_search(asking->rule, way, attributes)) > 0) {
        status = search(asking, attributes, count, asking->equal_date, out_ours);
        way++;
    }
    *out_count = way;
    return status;
}

static enum fl_status by_fields(struct asking *asking, struct fl_uuid *out_ours)
{
    uint32_t attributes[FL_ENDPOINT_WANTED_MAX];
    size_t ways = 0;
    size_t count = 0;
    enum fl_status status = by_ways(asking, &ways, out_ours);
    if (status != FL_NOT_FOUND || ways > 0) {
        return status;
    }
    for (size_t i = 0; i < asking->given->field_count; i++) {
        const struct fl_attribute *attribute =
            fl_type_attribute(asking->type, asking->given->fields[i].number);
        if (attribute == NULL || attribute->role == FL_ROLE_PREDEFINED_NAME) {
            continue;
        }
        if (count == FL_ENDPOINT_WANTED_MAX) {
            return fl_error_set(
                asking->out_error, FL_LIMIT, "it is searched for by more than %d fields",
                (int)FL_ENDPOINT_WANTED_MAX);
        }
        attributes[count++] = attribute->number;
    }
    return search(asking, attributes, count, asking->equal_date, out_ours);
}

/* --- what comes of it --- */

/* A pair with what references have made can be taken back with it. */
static enum fl_status remember_pair(
    const struct asking *asking,
    struct fl_key theirs,
    struct fl_uuid ours)
{
    struct fl_kd2_finding *finding = asking->finding;
    const struct fl_key key = {.type = theirs.type, .id = ours};
    if (!is_created(finding, key)) {
        return FL_OK;
    }
    struct fl_kd2_paired *paired = fl_arena_alloc(finding->arena, sizeof *paired);
    if (paired == NULL) {
        return fl_error_set(
            asking->out_error, fl_arena_failure(finding->arena, sizeof *paired),
            "the object is larger than the limit");
    }
    *paired = (struct fl_kd2_paired){.theirs = theirs, .next = finding->paired};
    finding->paired = paired;
    return FL_OK;
}

/* From now on this identity of theirs is this object. */
static enum fl_status note_pair(struct asking *asking, struct fl_uuid ours)
{
    struct fl_kd2_finding *finding = asking->finding;
    const struct fl_key theirs = {.type = asking->type->number, .id = asking->key->id};
    if (!finding->applies || fl_uuid_is_zero(theirs.id) ||
        fl_uuid_equal(theirs.id, ours)) {
        return FL_OK;
    }
    enum fl_status status = remember_pair(asking, theirs, ours);
    if (status == FL_OK) {
        fl_endpoint_matches_put(
            finding->txn, finding->peer, theirs, ours,
            /* tell= */ finding->dialect == FL_KD2_D3);
    }
    return status;
}

void fl_kd2_found_forget(struct fl_kd2_finding *finding)
{
    for (const struct fl_kd2_paired *paired = finding->paired; paired != NULL;
         paired = paired->next) {
        fl_endpoint_matches_remove(finding->txn, finding->peer, paired->theirs);
    }
    finding->paired = NULL;
    finding->created = NULL;
}

static void mark_for_deletion(
    const struct asking *asking,
    struct fl_object *object,
    size_t capacity)
{
    const struct fl_attribute *mark = fl_type_role(asking->type, FL_ROLE_DELETION_MARK);
    if (mark != NULL && object->field_count < capacity &&
        fl_object_field(object, mark->number) == NULL) {
        object->fields[object->field_count++] = (struct fl_field){
            .number = mark->number, .value = {.kind = FL_VALUE_BOOLEAN, .boolean = true}};
    }
}

/* The object that a reference names and nobody has: made of its search fields. */
static enum fl_status create(struct asking *asking, struct fl_uuid id)
{
    struct fl_kd2_finding *finding = asking->finding;
    size_t capacity = asking->given->field_count + 1;
    struct fl_kd2_created *made = fl_arena_alloc(finding->arena, sizeof *made);
    struct fl_field *fields = fl_arena_array(finding->arena, capacity, sizeof *fields);
    if (made == NULL || fields == NULL) {
        return fl_error_set(
            asking->out_error, fl_arena_failure(finding->arena, sizeof *made),
            "the object is larger than the limit");
    }
    if (asking->given->field_count > 0) {
        memcpy(
            fields, asking->given->fields, asking->given->field_count * sizeof *fields);
    }
    made->object = (struct fl_object){
        .key = {.type = asking->type->number, .id = id},
        .field_count = asking->given->field_count,
        .fields = fields};
    if (!finding->unmarked) {
        mark_for_deletion(asking, &made->object, capacity);
    }
    struct fl_kd2_created **end = &finding->created;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = made;
    enum fl_status status =
        fl_object_normalise(asking->type, &made->object, asking->out_error);
    return status == FL_OK && finding->applies
               ? fl_endpoint_search_add(finding->search, &made->object, asking->out_error)
               : status;
}

static enum fl_status nobody(struct asking *asking, struct fl_uuid *out_ours)
{
    const struct fl_uuid id = asking->key->id;
    bool has_id = !fl_uuid_is_zero(id);
    if (asking->is_main) {
        bool is_unsaid = !has_id && fl_kd2_item_is_bare(asking->finding->item);
        *out_ours = has_id ? id : fl_random_uuid();
        asking->finding->passing = is_unsaid ? FL_KD2_UNSAID : FL_KD2_NOT_MADE;
        return is_unsaid || asking->not_create ? FL_NOT_FOUND : FL_OK;
    }
    if (has_id && (asking->finding->dialect == FL_KD2_D3 ||
                   (asking->ref != NULL && asking->ref->id_only))) {
        *out_ours = id; /* it will come, or the reference stays broken, as in 1C */
        return FL_OK;
    }
    if (asking->not_create || asking->ref == NULL ||
        (!has_id && asking->given->field_count == 0)) {
        *out_ours = (struct fl_uuid){{0}};
        return FL_OK;
    }
    *out_ours = has_id ? id : fl_random_uuid();
    return create(asking, *out_ours);
}

/* The identity: an object of ours has it, or will have it. FL_NOT_FOUND: go on. */
static enum fl_status by_identity(struct asking *asking, struct fl_uuid *out_ours)
{
    const struct fl_key key = {.type = asking->type->number, .id = asking->key->id};
    if (fl_uuid_is_zero(key.id)) {
        return FL_NOT_FOUND;
    }
    if (!asking->is_main && !asking->goes_on && asking->finding->dialect == FL_KD2_D3) {
        *out_ours = key.id;
        return FL_OK;
    }
    if (fl_endpoint_search_has(asking->finding->search, key) ||
        is_created(asking->finding, key)) {
        *out_ours = key.id;
        return FL_OK;
    }
    return asking->goes_on ? FL_NOT_FOUND : nobody(asking, out_ours);
}

static enum fl_status find(struct asking *asking, struct fl_uuid *out_ours)
{
    if (by_register(asking, out_ours)) {
        return FL_OK;
    }
    enum fl_status status = by_predefined(asking, out_ours);
    if (status == FL_NOT_FOUND) {
        status = by_identity(asking, out_ours);
        bool ended = status == FL_NOT_FOUND && asking->is_main && asking->not_create &&
                     !asking->goes_on && !fl_uuid_is_zero(asking->key->id);
        if (ended) {
            return status;
        }
    }
    if (status == FL_NOT_FOUND) {
        status = by_fields(asking, out_ours);
    }
    if (status == FL_NOT_FOUND) {
        status = nobody(asking, out_ours);
    } else if (status == FL_OK && !fl_uuid_is_zero(*out_ours)) {
        status = note_pair(asking, *out_ours);
    }
    return status;
}

/* --- the object itself --- */

static bool is_folder_flag(const char *name)
{
    return strcmp(name, "ЭтоГруппа") == 0 || strcmp(name, "IsFolder") == 0;
}

/* НеЗамещать; and whether it is a folder is said only when it is made. */
static void leave_kept(struct fl_element *first, const struct fl_kd2_properties *given)
{
    for (struct fl_element *at = first; at != NULL; at = at->next) {
        const struct fl_kd2_property *property = fl_kd2_properties_find(given, at->name);
        at->stays = at->stays || is_folder_flag(at->name) ||
                    (property != NULL && property->not_replace);
    }
}

static void leave_all_kept(struct fl_kd2_finding *finding, const struct asking *asking)
{
    finding->root->stays = true;
    leave_kept(finding->root->first, &finding->item->properties);
    if (finding->item->ref != NULL) {
        leave_kept(asking->key->first, &finding->item->ref->properties);
        leave_kept(finding->root->first, &finding->item->ref->properties);
    }
}

bool fl_kd2_found_leaves(
    const struct fl_kd2_item *item,
    const struct fl_conversion_rule *rule)
{
    return item->not_replace ||
           fl_kd2_option_is(fl_conversion_rule_options(rule), "replace", "no");
}

static enum fl_status judge_main(
    struct fl_kd2_finding *finding,
    const struct asking *asking,
    struct fl_uuid ours)
{
    const struct fl_key key = {.type = asking->type->number, .id = ours};
    finding->exists = fl_endpoint_search_has(finding->search, key);
    if (!finding->exists) {
        return FL_OK;
    }
    if (fl_kd2_found_leaves(finding->item, asking->rule)) {
        finding->passing = FL_KD2_KEPT;
        return FL_NOT_FOUND;
    }
    leave_all_kept(finding, asking);
    return FL_OK;
}

enum fl_status fl_kd2_found(
    void *context,
    const struct fl_conversion_rule *rule,
    const struct fl_element *key,
    bool is_main,
    const struct fl_object *given,
    struct fl_uuid *out_ours,
    struct fl_error *out_error)
{
    struct fl_kd2_finding *finding = context;
    const struct fl_type *type = fl_conversion_rule_type(rule);
    if (!is_main && key->origin == finding->item) {
        *out_ours = finding->main.id; /* the document of its own movements */
        return FL_OK;
    }
    struct asking asking = ask(finding, rule, key, is_main, given, out_error);
    if (fl_kind_is_register(type->kind) || type->kind == FL_KIND_CONSTANT) {
        *out_ours = given->key.id; /* of its filter */
        return FL_OK;
    }
    enum fl_status status = find(&asking, out_ours);
    if (status == FL_OK && is_main) {
        status = judge_main(finding, &asking, *out_ours);
    }
    return status;
}
