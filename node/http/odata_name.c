#include "odata_name.h"

#include <stdio.h>
#include <string.h>

#include "change/near.h"
#include "change/ref.h"

enum fl_odata_shape fl_odata_shape(const struct fl_value_type *type)
{
    if (type->composite || (type->allows & FL_ALLOWS_UNKNOWN) != 0) {
        return FL_ODATA_COMPOSITE;
    }
    if ((type->allows & (FL_ALLOWS_BINARY | FL_ALLOWS_STORAGE)) != 0) {
        return FL_ODATA_BYTES;
    }
    bool is_ref = (type->allows & FL_ALLOWS_REFS) != 0 && !type->enumeration;
    return is_ref ? FL_ODATA_REF : FL_ODATA_PLAIN;
}

void fl_odata_set_name(const struct fl_type *type, char out_text[FL_ODATA_NAME_BYTES])
{
    snprintf(
        out_text, FL_ODATA_NAME_BYTES, "%s_%s", fl_kind_name(type->kind), type->name);
}

const struct fl_type *fl_odata_set(
    const struct fl_configuration *configuration,
    struct fl_bytes name)
{
    const uint8_t *mark = name.size == 0 ? NULL : memchr(name.data, '_', name.size);
    if (mark == NULL) {
        return NULL;
    }
    size_t size = (size_t)(mark - name.data);
    enum fl_kind kind = fl_kind_find((struct fl_bytes){name.data, size});
    const struct fl_type *type =
        kind == 0
            ? NULL
            : fl_configuration_find(
                  configuration, kind, (struct fl_bytes){mark + 1, name.size - size - 1});
    return type == NULL || type->kind == FL_KIND_ENUM ? NULL : type;
}

enum fl_status fl_odata_set_find(
    const struct fl_configuration *configuration,
    struct fl_bytes name,
    const struct fl_type **out_type,
    struct fl_error *out_error)
{
    struct fl_near near;
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    *out_type = fl_odata_set(configuration, name);
    if (*out_type != NULL) {
        return FL_OK;
    }
    fl_near_init(&near, name);
    for (size_t i = 0; i < configuration->type_count; i++) {
        char text[FL_ODATA_NAME_BYTES];
        fl_odata_set_name(&configuration->types[i], text);
        fl_near_offer(&near, fl_bytes_of_text(text));
    }
    struct fl_bytes shown = fl_bytes_utf8_beginning(name, 200);
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "there is no set \"%.*s\"%s; /odata/standard.odata/ lists them", (int)shown.size,
        shown.size == 0 ? "" : (const char *)shown.data, fl_near_text(&near, near_text));
}

static bool ends_with(struct fl_bytes name, const char *suffix, struct fl_bytes *out_base)
{
    size_t size = strlen(suffix);
    if (name.size <= size || memcmp(name.data + name.size - size, suffix, size) != 0) {
        return false;
    }
    *out_base = (struct fl_bytes){name.data, name.size - size};
    return true;
}

static const struct fl_attribute *attribute_of(
    const struct fl_type *type,
    const struct fl_section_type *section,
    struct fl_bytes name)
{
    return section == NULL ? fl_attribute_by_name(type, name)
                           : fl_section_find_attribute(section, name);
}

struct fl_odata_property fl_odata_property(
    const struct fl_type *type,
    const struct fl_section_type *section,
    struct fl_bytes name)
{
    static const struct {
        const char *suffix;
        enum fl_odata_aspect aspect;
        unsigned shapes;
    } suffixes[] = {
        {"_Key", FL_ODATA_ASPECT_VALUE, 1u << FL_ODATA_REF},
        {"_Type", FL_ODATA_ASPECT_TYPE, 1u << FL_ODATA_COMPOSITE | 1u << FL_ODATA_BYTES},
        {"_Base64Data", FL_ODATA_ASPECT_BYTES, 1u << FL_ODATA_BYTES},
    };
    struct fl_bytes base;
    bool has_ref = fl_kind_has_ref(type->kind) && section == NULL;
    if (has_ref && fl_bytes_equal(name, fl_bytes_of_text("Ref_Key"))) {
        return (struct fl_odata_property){.aspect = FL_ODATA_ASPECT_REF_KEY};
    }
    if (section == NULL && fl_bytes_equal(name, fl_bytes_of_text("DataVersion"))) {
        return (struct fl_odata_property){.aspect = FL_ODATA_ASPECT_VERSION};
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const struct fl_attribute *attribute = ends_with(name, suffixes[i].suffix, &base)
                                                   ? attribute_of(type, section, base)
                                                   : NULL;
        if (attribute != NULL &&
            (suffixes[i].shapes & 1u << fl_odata_shape(&attribute->type)) != 0) {
            return (struct fl_odata_property){suffixes[i].aspect, attribute};
        }
    }
    const struct fl_attribute *attribute = attribute_of(type, section, name);
    bool is_here = attribute != NULL &&
                   fl_odata_shape(&attribute->type) != FL_ODATA_REF &&
                   fl_odata_shape(&attribute->type) != FL_ODATA_BYTES;
    return is_here ? (struct fl_odata_property){FL_ODATA_ASPECT_VALUE, attribute}
                   : (struct fl_odata_property){.aspect = FL_ODATA_ASPECT_NONE};
}

enum fl_status fl_odata_property_find(
    const struct fl_type *type,
    struct fl_bytes name,
    struct fl_odata_property *out_property,
    struct fl_error *out_error)
{
    struct fl_near near;
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    char set[FL_ODATA_NAME_BYTES];
    *out_property = fl_odata_property(type, NULL, name);
    if (out_property->aspect != FL_ODATA_ASPECT_NONE) {
        return FL_OK;
    }
    fl_near_init(&near, name);
    for (size_t i = 0; i < type->attribute_count; i++) {
        char text[FL_ODATA_NAME_BYTES];
        bool is_ref = fl_odata_shape(&type->attributes[i].type) == FL_ODATA_REF;
        snprintf(
            text, sizeof text, "%s%s", type->attributes[i].name, is_ref ? "_Key" : "");
        fl_near_offer(&near, fl_bytes_of_text(text));
    }
    fl_odata_set_name(type, set);
    struct fl_bytes shown = fl_bytes_utf8_beginning(name, 200);
    return fl_error_set(
        out_error, FL_MALFORMED,
        "%s has no property \"%.*s\"%s; /odata/standard.odata/$metadata lists them", set,
        (int)shown.size, shown.size == 0 ? "" : (const char *)shown.data,
        fl_near_text(&near, near_text));
}
