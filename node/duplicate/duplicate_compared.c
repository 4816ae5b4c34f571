#include "duplicate_compared.h"

#include <string.h>

struct known_name {
    const char *part;
    enum fl_duplicate_what what;
};

static const struct known_name KNOWN[] = {
    {"ИНН", FL_DUPLICATE_IS_INN},
    {"КПП", FL_DUPLICATE_IS_KPP},
    {"НаименованиеПолное", FL_DUPLICATE_IS_NAME},
    {"Телефон", FL_DUPLICATE_IS_CONTACT},
    {"Почт", FL_DUPLICATE_IS_CONTACT},
    {"Контакт", FL_DUPLICATE_IS_CONTACT},
    {"FullName", FL_DUPLICATE_IS_NAME},
    {"Phone", FL_DUPLICATE_IS_CONTACT},
    {"mail", FL_DUPLICATE_IS_CONTACT},
    {"Mail", FL_DUPLICATE_IS_CONTACT},
    {"Contact", FL_DUPLICATE_IS_CONTACT}};

static void add(
    struct fl_duplicate_comparison *comparison,
    uint32_t section,
    uint32_t number,
    enum fl_duplicate_what what)
{
    if (comparison->count < FL_DUPLICATE_ATTRIBUTES_MAX) {
        comparison->items[comparison->count++] =
            (struct fl_duplicate_attribute){section, number, what};
    }
}

static bool may_be_text(const struct fl_attribute *attribute)
{
    return (attribute->type.allows & FL_ALLOWS_STRING) != 0;
}

static void take_attribute(
    struct fl_duplicate_comparison *comparison,
    const struct fl_attribute *attribute)
{
    if (attribute->role == FL_ROLE_DESCRIPTION) {
        add(comparison, 0, attribute->number, FL_DUPLICATE_IS_NAME);
        return;
    }
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (may_be_text(attribute) && strstr(attribute->name, KNOWN[i].part) != NULL) {
            add(comparison, 0, attribute->number, KNOWN[i].what);
            return;
        }
    }
}

static void take_section(
    struct fl_duplicate_comparison *comparison,
    const struct fl_section_type *section)
{
    bool has_contacts = strstr(section->name, "Контакт") != NULL ||
                        strstr(section->name, "Contact") != NULL;
    for (size_t i = 0; has_contacts && i < section->attribute_count; i++) {
        if (may_be_text(&section->attributes[i])) {
            add(comparison, section->number, section->attributes[i].number,
                FL_DUPLICATE_IS_CONTACT);
        }
    }
}

struct fl_duplicate_comparison fl_duplicate_comparison_of(const struct fl_type *type)
{
    struct fl_duplicate_comparison comparison = {.count = 0};
    for (size_t i = 0; i < type->attribute_count; i++) {
        take_attribute(&comparison, &type->attributes[i]);
    }
    for (size_t i = 0; i < type->section_count; i++) {
        take_section(&comparison, &type->sections[i]);
    }
    return comparison;
}

const struct fl_type *fl_duplicate_guess_type(
    const struct fl_configuration *configuration)
{
    static const char *const NAMES[] = {"Контрагент", "Партнер", "Клиент", "Customer"};
    for (size_t k = 0; k < sizeof NAMES / sizeof NAMES[0]; k++) {
        for (size_t i = 0; i < configuration->type_count; i++) {
            const struct fl_type *type = &configuration->types[i];
            const char *at = strstr(type->name, NAMES[k]);
            if (type->kind == FL_KIND_CATALOG && at == type->name) {
                return type;
            }
        }
    }
    return NULL;
}
