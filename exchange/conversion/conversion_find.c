#include "conversion_find.h"

enum fl_status fl_conversion_look_up(
    const struct fl_conversion_ports *ports,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    enum fl_status status = ports->lookup == NULL
                                ? FL_NOT_FOUND
                                : ports->lookup(ports->context, key, arena, out_object);
    if (status == FL_NOT_FOUND) {
        *out_object = (struct fl_object){.field_count = 0};
    } else if (status != FL_OK) {
        return fl_error_set(
            out_error, status, "the object as it stands here cannot be read");
    }
    out_object->key = key;
    return status;
}

enum fl_status fl_conversion_find_here(
    const struct fl_conversion_ports *ports,
    const struct fl_conversion_rule *rule,
    struct fl_uuid theirs,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error)
{
    struct fl_key key = {.type = fl_conversion_rule_type(rule)->number, .id = theirs};
    const struct fl_object given = {.key = key};
    enum fl_status status =
        ports->match == NULL
            ? FL_OK
            : ports->match(ports->context, rule, theirs, &given, &key.id, out_error);
    return status == FL_OK
               ? fl_conversion_look_up(ports, key, arena, out_object, out_error)
               : status;
}
