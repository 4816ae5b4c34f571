/*
 * What tests ask of a configuration: a type or attribute that must be there, and the
 * whole of a type's names on one line.
 */

#ifndef EXCHANGE_TOLD_H
#define EXCHANGE_TOLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/configuration.h"

static inline const struct fl_type *find(
    const struct fl_configuration *configuration,
    const char *name)
{
    const struct fl_type *type =
        fl_configuration_find_full(configuration, fl_bytes_of_text(name));

    if (!type) {
        fail_msg("there is no %s", name);
    }
    return type;
}

static inline const struct fl_attribute *attribute(
    const struct fl_type *type,
    const char *name)
{
    const struct fl_attribute *found =
        fl_type_find_attribute(type, fl_bytes_of_text(name));

    if (!found) {
        fail_msg("%s has no %s", type->name, name);
    }
    return found;
}

/* "Code Description Товары[Цена]" */
static inline void must_have(const struct fl_type *type, const char *expected)
{
    char told[4096] = "";

    for (size_t i = 0; i < type->attribute_count; i++) {
        (void)strcat(strcat(told, i ? " " : ""), type->attributes[i].name);
    }
    for (size_t i = 0; i < type->section_count; i++) {
        const struct fl_section_type *const section = &type->sections[i];

        (void)strcat(strcat(strcat(told, " "), section->name), "[");
        for (size_t k = 0; k < section->attribute_count; k++) {
            (void)strcat(strcat(told, k ? " " : ""), section->attributes[k].name);
        }
        (void)strcat(told, "]");
    }
    assert_string_equal(told, expected);
}

/* "Валюта Period" */
static inline void must_filter_by(const struct fl_type *type, const char *expected)
{
    char told[4096] = "";

    for (size_t i = 0; i < type->attribute_count; i++) {
        if (type->attributes[i].in_filter) {
            (void)strcat(strcat(told, told[0] ? " " : ""), type->attributes[i].name);
        }
    }
    assert_string_equal(told, expected);
}

static inline bool has_note(
    const struct fl_configuration *configuration,
    const char *words)
{
    for (size_t i = 0; i < configuration->note_count; i++) {
        if (strstr(configuration->notes[i], words)) {
            return true;
        }
    }
    return false;
}

#endif
