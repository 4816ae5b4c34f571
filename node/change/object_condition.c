#include "object_condition.h"

#include <jansson.h>

#include "proto/limits.h"
#include "ref.h"
#include "value_json.h"

static enum fl_status parse_condition(
    struct fl_object_conditions *conditions,
    struct fl_call *call,
    const struct fl_type *type,
    const char *text,
    struct fl_error *out_error)
{
    json_t *set = json_object();
    enum fl_status status = fl_value_json_of_assignment(type, text, set, out_error);
    if (status != FL_OK) {
        call->usage = true;
        json_decref(set);
        return status;
    }
    void *first = json_object_iter(set);
    const char *name = json_object_iter_key(first);
    struct fl_object_condition *condition = &conditions->items[conditions->count];
    condition->attribute = fl_attribute_by_name(type, fl_bytes_of_text(name));
    if (condition->attribute == NULL) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s.%s has no attribute \"%s\"; `filial configuration show %s.%s` lists them",
            fl_kind_name(type->kind), type->name, name, fl_kind_name(type->kind),
            type->name);
    } else {
        status = fl_value_json_parse(
            call->node->configuration, condition->attribute, type->name,
            json_object_iter_value(first), &conditions->arena, &condition->value,
            out_error);
        conditions->count++;
    }
    json_decref(set);
    return status;
}

enum fl_status fl_object_conditions_init(
    struct fl_object_conditions *conditions,
    struct fl_call *call,
    const struct fl_type *type,
    struct fl_error *out_error)
{
    const char *text;
    enum fl_status status = FL_OK;
    *conditions = (struct fl_object_conditions){.count = 0};
    fl_arena_init(&conditions->arena, FL_OBJECT_ARENA_BYTES_MAX);
    for (size_t i = 0;
         status == FL_OK && (text = fl_call_option_nth(call, "where", i)) != NULL; i++) {
        status = parse_condition(conditions, call, type, text, out_error);
    }
    return status;
}

void fl_object_conditions_deinit(struct fl_object_conditions *conditions)
{
    fl_arena_deinit(&conditions->arena);
}

bool fl_object_conditions_hold(
    const struct fl_object_conditions *conditions,
    const struct fl_object *object)
{
    for (size_t i = 0; i < conditions->count; i++) {
        const struct fl_object_condition *condition = &conditions->items[i];
        const struct fl_value *value =
            fl_object_field(object, condition->attribute->number);
        struct fl_value empty = fl_value_empty(&condition->attribute->type);
        if (!fl_value_equal(value != NULL ? value : &empty, &condition->value)) {
            return false;
        }
    }
    return true;
}
