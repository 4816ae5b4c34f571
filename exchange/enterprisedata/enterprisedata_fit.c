/*
 * Does an object that came fit its version's schema? 1C reads it through one: a bad value
 * or a missing element stops the whole load there, and would be lost here. What 1C is
 * patient with passes: any order, elements that the schema has not, an empty element that
 * need not stand, texts that are too long and numbers that are too fine (they are cut and
 * rounded), a date with a fraction or a zone. What a reference refers to only the schema
 * says, mostly: it is noted in the tree. Of a version without a schema the one before it
 * tells that, and no more: what misfits may be right.
 */

#include <string.h>

#include "enterprisedata_codec.h"
#include "proto/datetime.h"
#include "table.h"

enum { MEMBERS_MAX = 512, SHOWN_BYTES = 80, DATE_BYTES = 10 };

struct fitting {
    const struct fl_enterprisedata_table *table;
    int version;
    bool is_another;  /* there is no schema of its version: what misfits may be right */
    bool is_deletion; /* of a kind that may be newer than the table */
    struct fl_error *out_error;
};

static enum fl_status misfit(
    const struct fitting *fitting,
    const struct fl_element *element,
    const char *name,
    struct fl_bytes text,
    const char *what)
{
    struct fl_bytes shown = fl_bytes_utf8_beginning(text, SHOWN_BYTES);
    if (fitting->is_another) {
        return FL_OK;
    }
    return fl_error_set(
        fitting->out_error, FL_MALFORMED, "line %llu, %s%s%.*s%s: %s",
        (unsigned long long)element->line, name, text.size > 0 ? " \"" : "",
        (int)shown.size, (const char *)shown.data, text.size > 0 ? "\"" : "", what);
}

/* A moment with a fraction or a zone, or a day where a moment is wanted. */
static struct fl_bytes date_of(
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text,
    char whole[FL_DATETIME_TEXT_BYTES])
{
    bool is_day = type->value == FL_ENTERPRISEDATA_DATE;
    size_t size = is_day ? DATE_BYTES : FL_DATETIME_TEXT_BYTES;
    if (!is_day && text.size == DATE_BYTES) {
        memcpy(whole, text.data, DATE_BYTES);
        memcpy(whole + DATE_BYTES, "T00:00:00", strlen("T00:00:00"));
        return (struct fl_bytes){(const uint8_t *)whole, FL_DATETIME_TEXT_BYTES};
    }
    if (text.size > size && memchr(".+-ZT", text.data[size], 5) != NULL) {
        text.size = size;
    }
    return text;
}

/* How long a text and how fine a number is nobody minds: it is cut here. */
static const char *fault_of(
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text)
{
    static const struct fl_enterprisedata_type number = {
        .value = FL_ENTERPRISEDATA_DECIMAL};
    char whole[FL_DATETIME_TEXT_BYTES];
    if (type->value == FL_ENTERPRISEDATA_STRING) {
        return NULL;
    }
    text = fl_bytes_trimmed(text);
    switch (type->value) {
    case FL_ENTERPRISEDATA_INTEGER:
    case FL_ENTERPRISEDATA_DECIMAL:
        type = &number;
        break;
    case FL_ENTERPRISEDATA_DATE:
    case FL_ENTERPRISEDATA_DATETIME:
        text = date_of(type, text, whole);
        break;
    case FL_ENTERPRISEDATA_BOOLEAN:
        if (text.size == 1 && (text.data[0] == '0' || text.data[0] == '1')) {
            return NULL;
        }
        break;
    case FL_ENTERPRISEDATA_NONE:
    case FL_ENTERPRISEDATA_STRING:
    case FL_ENTERPRISEDATA_REF:
    case FL_ENTERPRISEDATA_ENUM:
        break;
    }
    return fl_enterprisedata_value_fault(type, text);
}

static enum fl_status fit_value(
    const struct fitting *fitting,
    const struct fl_enterprisedata_member *member,
    const struct fl_enterprisedata_type *type,
    const struct fl_element *element)
{
    bool is_empty = fl_bytes_trimmed(element->text).size == 0;
    bool may_be_empty =
        type->value == FL_ENTERPRISEDATA_STRING || member->nillable || !member->required;
    if (element->kind == FL_ELEMENT_GROUP) {
        return misfit(
            fitting, element, element->name, (struct fl_bytes){0},
            fl_error_words("a text is wanted, not elements"));
    }
    const char *fault = is_empty && may_be_empty ? NULL : fault_of(type, element->text);
    return fault == NULL ? FL_OK
                         : misfit(fitting, element, element->name, element->text, fault);
}

static enum fl_status check_missing(
    const struct fitting *fitting,
    const struct fl_enterprisedata_type *type,
    const struct fl_element *element,
    const bool *seen)
{
    for (size_t i = 0; i < type->member_count && i < MEMBERS_MAX; i++) {
        const struct fl_enterprisedata_member *member = &type->members[i];
        if (member->required && !seen[i] &&
            (member->versions & UINT32_C(1) << fitting->version)) {
            return misfit(
                fitting, element, member->name, (struct fl_bytes){0},
                fl_error_words("the format requires it, and it is missing"));
        }
    }
    return FL_OK;
}

static enum fl_status check_once(
    const struct fitting *fitting,
    const struct fl_enterprisedata_type *type,
    const struct fl_element *child,
    bool is_twice,
    size_t known)
{
    if (is_twice) {
        return misfit(
            fitting, child, child->name, (struct fl_bytes){0},
            fl_error_words("it stands there twice, and the format has it once"));
    }
    return !type->one_of || known == 0
               ? FL_OK
               : misfit(
                     fitting, child, child->name, (struct fl_bytes){0},
                     fl_error_words("another kind stands beside it, and one is meant"));
}

/*
 * What kind a member refers to by the schema; NULL: it does not say it, or its name says
 * another one, as one of 1.20 does by mistake.
 */
static const char *kind_of(
    const struct fitting *fitting,
    const struct fl_enterprisedata_type *type,
    const struct fl_element *element)
{
    struct fl_bytes named = fl_enterprisedata_kind_of_name(element->name);
    bool is_said = type->kind != NULL && named.size > 0 &&
                   !fl_bytes_equal(named, fl_bytes_of_text(type->kind)) &&
                   fl_enterprisedata_is_kind(fitting->table, fitting->version, named);
    return is_said ? NULL : type->kind;
}

static enum fl_status fit_members(
    const struct fitting *fitting,
    const struct fl_enterprisedata_type *type,
    struct fl_element *element,
    bool is_required)
{
    bool seen[MEMBERS_MAX];
    enum fl_status status = FL_OK;
    size_t at = 0;
    size_t known = 0;
    memset(seen, 0, type->member_count < MEMBERS_MAX ? type->member_count : MEMBERS_MAX);
    if (fl_bytes_trimmed(element->text).size > 0) {
        return misfit(
            fitting, element, element->name, element->text,
            fl_error_words("elements are wanted, not a text"));
    }
    for (struct fl_element *child = element->first; child != NULL && status == FL_OK;
         child = child->next) {
        const struct fl_enterprisedata_member *member =
            fl_enterprisedata_member_next(type, fitting->version, child->name, &at);
        const struct fl_enterprisedata_type *inner =
            member == NULL ? NULL
                           : fl_enterprisedata_member_type(member, fitting->version);
        if (member != NULL && at < MEMBERS_MAX) {
            status =
                check_once(fitting, type, child, seen[at] && !member->repeated, known);
            seen[at] = true;
            known++;
        }
        if (status != FL_OK) {
            break;
        }
        if (inner != NULL && inner->value != FL_ENTERPRISEDATA_NONE) {
            status = fit_value(fitting, member, inner, child);
        } else if (inner != NULL && (child->first != NULL || !member->nillable)) {
            child->type = kind_of(fitting, inner, child);
            child->type_is_implied = true;
            status = fit_members(fitting, inner, child, member->required);
        }
    }
    if (status == FL_OK && known == 0 && is_required && type->one_of &&
        !fitting->is_deletion) {
        return misfit(
            fitting, element, element->name, (struct fl_bytes){0},
            fl_error_words("the format requires it, and it is missing"));
    }
    return status == FL_OK ? check_missing(fitting, type, element, seen) : status;
}

/* The version, or else the newest before it, or the oldest. */
static int number_of(
    const struct fl_enterprisedata_table *table,
    fl_conversion_version version,
    bool *out_is_another)
{
    int number = fl_enterprisedata_version_count(table);
    fl_conversion_version found = 0;
    do {
        number--;
        found = fl_conversion_version_of(
            fl_bytes_of_text(fl_enterprisedata_version_text(table, number)));
    } while (number > 0 && found > version);
    *out_is_another = found != version;
    return number;
}

enum fl_status fl_enterprisedata_fit(
    struct fl_element *root,
    fl_conversion_version version,
    struct fl_error *out_error)
{
    const struct fl_enterprisedata_table *table = fl_enterprisedata_table();
    if (table == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    struct fitting fitting = {
        .table = table,
        .is_deletion = strcmp(root->name, FL_ENTERPRISEDATA_DELETION) == 0,
        .out_error = out_error};
    fitting.version = number_of(table, version, &fitting.is_another);
    const struct fl_enterprisedata_type *type =
        fl_enterprisedata_body_find(table, fitting.version, fl_bytes_of_text(root->name));
    return type == NULL ? FL_OK
                        : fit_members(&fitting, type, root, /* is_required= */ true);
}
