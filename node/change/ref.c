#include "ref.h"

#include <stdio.h>
#include <string.h>

#include "near.h"

struct fl_ref_text fl_ref_text(
    const struct fl_configuration *configuration,
    struct fl_key key)
{
    struct fl_ref_text text;
    const struct fl_type *type = fl_configuration_type(configuration, key.type);
    if (type == NULL) {
        snprintf(
            text.text, sizeof text.text, "%u:%s", (unsigned)key.type,
            fl_uuid_text(key.id).text);
    } else if (type->kind == FL_KIND_CONSTANT) {
        snprintf(
            text.text, sizeof text.text, "%s.%s", fl_kind_name(type->kind), type->name);
    } else {
        snprintf(
            text.text, sizeof text.text, "%s.%s:%s", fl_kind_name(type->kind), type->name,
            fl_uuid_text(key.id).text);
    }
    return text;
}

static enum fl_status unknown_type(
    const struct fl_configuration *configuration,
    struct fl_bytes name,
    struct fl_error *out_error)
{
    if (configuration->type_count == 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "this node has no configuration yet, so no type is known; `filial "
            "configuration load DIR` or `filial configuration learn FILE` gives it one");
    }
    if (out_error == NULL) { /* nobody reads of near names: most texts are no refs */
        return FL_NOT_FOUND;
    }
    struct fl_near near;
    fl_near_init(&near, name);
    for (size_t i = 0; i < configuration->type_count; i++) {
        const struct fl_type *type = &configuration->types[i];
        char full[FL_REF_TEXT_BYTES_MAX];
        snprintf(full, sizeof full, "%s.%s", fl_kind_name(type->kind), type->name);
        fl_near_offer(&near, fl_bytes_of_text(full));
        snprintf(full, sizeof full, "%s.%s", fl_kind_name_ru(type->kind), type->name);
        fl_near_offer(&near, fl_bytes_of_text(full));
    }
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "the configuration has no type \"%.*s\"%s; `filial configuration show` lists "
        "the types",
        (int)(name.size > 200 ? 200 : name.size), (const char *)name.data,
        fl_near_text(&near, near_text));
}

enum fl_status fl_ref_parse_type(
    const struct fl_configuration *configuration,
    struct fl_bytes name,
    const struct fl_type **out_type,
    struct fl_error *out_error)
{
    const struct fl_type *type = fl_configuration_find_full(configuration, name);
    if (type == NULL) {
        return unknown_type(configuration, name, out_error);
    }
    *out_type = type;
    return FL_OK;
}

enum fl_status fl_ref_parse(
    const struct fl_configuration *configuration,
    struct fl_bytes text,
    struct fl_key *out_key,
    struct fl_error *out_error)
{
    const uint8_t *colon = memchr(text.data, ':', text.size);
    struct fl_bytes name = text;
    if (colon != NULL) {
        name.size = (size_t)(colon - text.data);
    }
    const struct fl_type *type = NULL;
    enum fl_status status = fl_ref_parse_type(configuration, name, &type, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_key key = {.type = type->number};
    if (type->kind == FL_KIND_CONSTANT && colon == NULL) {
        *out_key = key;
        return FL_OK;
    }
    if (type->kind == FL_KIND_ENUM) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s.%s is an enumeration: its values are not objects",
            fl_kind_name(type->kind), type->name);
    }
    if (colon == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%.*s\" names a type, but an object is wanted: %s.%s:UUID",
            (int)(text.size > 200 ? 200 : text.size), (const char *)text.data,
            fl_kind_name(type->kind), type->name);
    }
    struct fl_bytes id = {colon + 1, text.size - name.size - 1};
    if (fl_uuid_parse(id, &key.id) != FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%.*s\" is not a UUID; a ref is written %s.%s:"
            "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            (int)(id.size > 80 ? 80 : id.size), (const char *)id.data,
            fl_kind_name(type->kind), type->name);
    }
    *out_key = key;
    return FL_OK;
}
