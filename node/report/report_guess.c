#include "report_guess.h"

#include <string.h>

#include "change/ref.h"

bool fl_report_guess_has(const char *name, const char *const *parts)
{
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (strstr(name, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static enum fl_status take_wish(
    const struct fl_configuration *configuration,
    enum fl_kind kind,
    const char *wish,
    const struct fl_type **out_type,
    struct fl_error *out_error)
{
    const struct fl_type *type = NULL;
    enum fl_status status =
        fl_ref_parse_type(configuration, fl_bytes_of_text(wish), &type, out_error);
    if (status == FL_OK && type->kind != kind) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: this report is about a %s", wish,
            fl_kind_name(kind));
    }
    if (status == FL_OK) {
        *out_type = type;
    }
    return status;
}

enum fl_status fl_report_guess_type(
    const struct fl_configuration *configuration,
    enum fl_kind kind,
    const char *wish,
    const char *const *parts,
    const struct fl_type **out_type,
    struct fl_error *out_error)
{
    if (wish != NULL) {
        return take_wish(configuration, kind, wish, out_type, out_error);
    }
    for (size_t k = 0; parts[k] != NULL; k++) {
        for (size_t i = 0; i < configuration->type_count; i++) {
            const struct fl_type *type = &configuration->types[i];
            if (type->kind == kind && strstr(type->name, parts[k]) != NULL) {
                *out_type = type;
                return FL_OK;
            }
        }
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "no %s here looks as if the report were about it; tell it by --type",
        fl_kind_name(kind));
}

static bool is_number(const struct fl_attribute *attribute)
{
    return attribute->type.allows == FL_ALLOWS_NUMBER && !attribute->type.composite;
}

enum fl_status fl_report_guess_attribute(
    const struct fl_type *type,
    const char *wish,
    const char *const *parts,
    enum fl_report_guess what,
    const struct fl_attribute **out_attribute,
    struct fl_error *out_error)
{
    bool numbers = what == FL_REPORT_GUESS_NUMBER;
    const struct fl_attribute *wished =
        wish == NULL ? NULL : fl_attribute_by_name(type, fl_bytes_of_text(wish));
    if (wish != NULL && wished == NULL) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s has no attribute \"%s\"", type->name, wish);
    }
    if (wish != NULL && numbers && !is_number(wished)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: \"%s\" is no number", type->name, wish);
    }
    if (wish != NULL) {
        *out_attribute = wished;
        return FL_OK;
    }
    for (size_t k = 0; parts[k] != NULL; k++) {
        for (size_t i = 0; i < type->attribute_count; i++) {
            const struct fl_attribute *attribute = &type->attributes[i];
            if (strstr(attribute->name, parts[k]) != NULL &&
                is_number(attribute) == numbers) {
                *out_attribute = attribute;
                return FL_OK;
            }
        }
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND, "%s has nothing that looks like \"%s\"; tell it by %s",
        type->name, parts[0], numbers ? "--amount" : "--by");
}

const struct fl_type *fl_report_guess_referred(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attribute)
{
    return attribute->type.allows == FL_ALLOWS_REFS && !attribute->type.composite &&
                   !attribute->type.enumeration && attribute->type.ref_count == 1
               ? fl_configuration_type(configuration, attribute->type.refs[0])
               : NULL;
}

const struct fl_attribute *fl_report_guess_reference(
    const struct fl_type *type,
    const struct fl_type *to)
{
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_value_type *value = &type->attributes[i].type;
        for (size_t k = 0; k < value->ref_count; k++) {
            if (value->refs[k] == to->number) {
                return &type->attributes[i];
            }
        }
    }
    return NULL;
}

const struct fl_attribute *fl_report_guess_dimension(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const char *const *parts)
{
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        const struct fl_type *of = fl_report_guess_referred(configuration, attribute);
        if (attribute->role == FL_ROLE_DIMENSION && of != NULL &&
            (fl_report_guess_has(attribute->name, parts) ||
             fl_report_guess_has(of->name, parts))) {
            return attribute;
        }
    }
    return NULL;
}

const struct fl_attribute *fl_report_guess_words(const struct fl_type *type)
{
    static const enum fl_role ROLES[] = {
        FL_ROLE_DESCRIPTION, FL_ROLE_NUMBER, FL_ROLE_CODE};
    const struct fl_attribute *words = NULL;
    for (size_t i = 0; words == NULL && i < sizeof ROLES / sizeof ROLES[0]; i++) {
        words = fl_type_role(type, ROLES[i]);
    }
    return words;
}
