#include "type_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "language.h"

static void add_text(char *out_text, size_t *used, const char *text)
{
    size_t room = FL_TYPE_TEXT_BYTES - *used;
    int size = snprintf(out_text + *used, room, "%s%s", *used > 0 ? ", " : "", text);
    if (size > 0 && (size_t)size < room) {
        *used += (size_t)size;
    } else {
        out_text[*used] = '\0';
    }
}

static void describe_plain(const struct fl_value_type *type, char *out_text, size_t *used)
{
    char text[FL_TYPE_TEXT_BYTES];
    if (type->allows & FL_ALLOWS_STRING) {
        snprintf(text, sizeof text, "String(%" PRIu32 ")", type->string_length);
        add_text(out_text, used, type->string_length == 0 ? "String" : text);
    }
    if (type->allows & FL_ALLOWS_NUMBER) {
        snprintf(
            text, sizeof text, "Number(%" PRIu32 ".%" PRIu32 ")", type->number_digits,
            type->number_fraction);
        add_text(out_text, used, type->number_digits == 0 ? "Number" : text);
    }
    if (type->allows & FL_ALLOWS_DATE) {
        add_text(out_text, used, "Date");
    }
    if (type->allows & FL_ALLOWS_BOOLEAN) {
        add_text(out_text, used, "Boolean");
    }
    if (type->allows & FL_ALLOWS_UUID) {
        add_text(out_text, used, "UUID");
    }
    if (type->allows & FL_ALLOWS_BINARY) {
        add_text(out_text, used, "Binary");
    }
    if (type->allows & FL_ALLOWS_STORAGE) {
        add_text(out_text, used, "ValueStorage");
    }
    if (type->allows & FL_ALLOWS_TYPE) {
        add_text(out_text, used, "Type");
    }
    if (type->allows & FL_ALLOWS_UNKNOWN) {
        add_text(out_text, used, _("any type"));
    }
}

void fl_type_text(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    char out_text[FL_TYPE_TEXT_BYTES])
{
    enum { REFS_SHOWN_MAX = 6 };
    size_t used = 0;
    out_text[0] = '\0';
    describe_plain(type, out_text, &used);
    for (size_t i = 0; i < type->ref_count; i++) {
        char text[FL_TYPE_TEXT_BYTES];
        const struct fl_type *target =
            fl_configuration_type(configuration, type->refs[i]);
        if (i == REFS_SHOWN_MAX) {
            snprintf(text, sizeof text, _("%zu more"), (size_t)type->ref_count - i);
            add_text(out_text, &used, text);
            break;
        }
        if (target != NULL) {
            snprintf(
                text, sizeof text, "%.40s.%.400s", fl_kind_name(target->kind),
                target->name);
            add_text(out_text, &used, text);
        }
    }
}
