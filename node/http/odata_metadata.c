/*
 * What there is: the list of sets, and $metadata as 1C gives it (EDMX of OData 3).
 */

#include "odata.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 64 << 20 };

void fl_odata_service(struct fl_http_request *request)
{
    const struct fl_configuration *configuration = request->http->node->configuration;
    char base[FL_ODATA_BASE_BYTES];
    json_t *sets = json_array();
    fl_odata_base(request, base);
    for (size_t i = 0; i < configuration->type_count; i++) {
        char name[FL_ODATA_NAME_BYTES];
        if (configuration->types[i].kind != FL_KIND_ENUM) {
            fl_odata_set_name(&configuration->types[i], name);
            (void)json_array_append_new(
                sets, json_pack("{s:s, s:s}", "name", name, "url", name));
        }
    }
    fl_http_reply_json(
        request, 200,
        json_pack(
            "{s:o, s:o}", "odata.metadata", json_sprintf("%s/$metadata", base), "value",
            sets));
}

static const char *edm_type(const struct fl_value_type *type)
{
    if (fl_odata_shape(type) != FL_ODATA_PLAIN) {
        return fl_odata_shape(type) == FL_ODATA_REF ? "Edm.Guid" : "Edm.String";
    }
    return (type->allows & FL_ALLOWS_NUMBER) != 0
               ? (type->number_fraction == 0 && type->number_digits > 0 &&
                          type->number_digits <= 15
                      ? "Edm.Int64"
                      : "Edm.Double")
           : (type->allows & FL_ALLOWS_DATE) != 0    ? "Edm.DateTime"
           : (type->allows & FL_ALLOWS_BOOLEAN) != 0 ? "Edm.Boolean"
           : (type->allows & FL_ALLOWS_UUID) != 0    ? "Edm.Guid"
                                                     : "Edm.String";
}

static void put_property(
    struct fl_buffer *text,
    const char *name,
    const char *suffix,
    const char *type)
{
    /* Names of 1C's identifiers need no escaping in XML. */
    fl_buffer_put_text(text, "<Property Name=\"");
    fl_buffer_put_text(text, name);
    fl_buffer_put_text(text, suffix);
    fl_buffer_put_text(text, "\" Type=\"");
    fl_buffer_put_text(text, type);
    fl_buffer_put_text(text, "\" Nullable=\"true\"/>\n");
}

static void put_attributes(
    struct fl_buffer *text,
    const struct fl_attribute *attributes,
    size_t count,
    const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const struct fl_attribute *attribute = &attributes[i];
        const char *shown = name == NULL ? attribute->name : name;
        if (attribute->place == FL_PLACE_NONE) {
            continue;
        }
        switch (fl_odata_shape(&attribute->type)) {
        case FL_ODATA_PLAIN:
            put_property(text, shown, "", edm_type(&attribute->type));
            break;
        case FL_ODATA_REF:
            put_property(text, shown, "_Key", "Edm.Guid");
            break;
        case FL_ODATA_COMPOSITE:
            put_property(text, shown, "", "Edm.String");
            put_property(text, shown, "_Type", "Edm.String");
            break;
        case FL_ODATA_BYTES:
            put_property(text, shown, "_Type", "Edm.String");
            put_property(text, shown, "_Base64Data", "Edm.Binary");
            break;
        }
    }
}

static void put_keys(struct fl_buffer *text, const struct fl_type *type)
{
    fl_buffer_put_text(text, "<Key>");
    if (fl_kind_has_ref(type->kind)) {
        fl_buffer_put_text(text, "<PropertyRef Name=\"Ref_Key\"/>");
    }
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        if (fl_kind_is_register(type->kind) && attribute->in_filter) {
            bool is_ref = fl_odata_shape(&attribute->type) == FL_ODATA_REF;
            fl_buffer_put_text(text, "<PropertyRef Name=\"");
            fl_buffer_put_text(text, attribute->name);
            fl_buffer_put_text(text, is_ref ? "_Key\"/>" : "\"/>");
        }
    }
    fl_buffer_put_text(text, "</Key>\n");
}

static void put_collection(struct fl_buffer *text, const char *name, const char *type)
{
    fl_buffer_put_text(text, "<Property Name=\"");
    fl_buffer_put_text(text, name);
    fl_buffer_put_text(text, "\" Type=\"Collection(StandardODATA.");
    fl_buffer_put_text(text, type);
    fl_buffer_put_text(text, ")\"/>\n");
}

static void begin_row_type(struct fl_buffer *text, const char *name)
{
    fl_buffer_put_text(text, "<ComplexType Name=\"");
    fl_buffer_put_text(text, name);
    fl_buffer_put_text(text, "\">\n");
    put_property(text, "LineNumber", "", "Edm.Int64");
}

static void put_type(struct fl_buffer *text, const struct fl_type *type)
{
    char set[FL_ODATA_NAME_BYTES];
    char row[FL_ODATA_NAME_BYTES * 2];
    bool by_recorder = fl_kind_is_register(type->kind) && type->by_recorder;
    bool is_constant = type->kind == FL_KIND_CONSTANT;
    fl_odata_set_name(type, set);
    fl_buffer_put_text(text, "<EntityType Name=\"");
    fl_buffer_put_text(text, set);
    fl_buffer_put_text(text, "\">\n");
    put_keys(text, type);
    if (fl_kind_has_ref(type->kind)) {
        put_property(text, "Ref_Key", "", "Edm.Guid");
    }
    put_property(text, "DataVersion", "", "Edm.String");
    for (size_t i = 0; by_recorder && i < type->attribute_count; i++) {
        if (type->attributes[i].in_filter) {
            put_attributes(text, &type->attributes[i], 1, NULL);
        }
    }
    if (by_recorder) {
        snprintf(row, sizeof row, "%s_RowType", set);
        put_collection(text, "RecordSet", row);
    } else {
        put_attributes(
            text, type->attributes, type->attribute_count, is_constant ? "Value" : NULL);
    }
    for (size_t i = 0; i < type->section_count; i++) {
        snprintf(row, sizeof row, "%s_%s_RowType", set, type->sections[i].name);
        put_collection(text, type->sections[i].name, row);
    }
    fl_buffer_put_text(text, "</EntityType>\n");
    if (by_recorder) {
        snprintf(row, sizeof row, "%s_RowType", set);
        begin_row_type(text, row);
        put_attributes(text, type->attributes, type->attribute_count, NULL);
        fl_buffer_put_text(text, "</ComplexType>\n");
    }
    for (size_t i = 0; i < type->section_count; i++) {
        snprintf(row, sizeof row, "%s_%s_RowType", set, type->sections[i].name);
        begin_row_type(text, row);
        put_property(text, "Ref_Key", "", "Edm.Guid");
        put_attributes(
            text, type->sections[i].attributes, type->sections[i].attribute_count, NULL);
        fl_buffer_put_text(text, "</ComplexType>\n");
    }
}

void fl_odata_metadata(struct fl_http_request *request)
{
    const struct fl_configuration *configuration = request->http->node->configuration;
    struct fl_buffer text;
    fl_buffer_init(&text, TEXT_BYTES_MAX);
    fl_buffer_put_text(
        &text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<edmx:Edmx Version=\"1.0\" "
               "xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\">\n"
               "<edmx:DataServices m:DataServiceVersion=\"3.0\" "
               "m:MaxDataServiceVersion=\"3.0\" "
               "xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/"
               "metadata\">\n"
               "<Schema Namespace=\"StandardODATA\" "
               "xmlns=\"http://schemas.microsoft.com/ado/2009/11/edm\">\n");
    for (size_t i = 0; i < configuration->type_count; i++) {
        if (configuration->types[i].kind != FL_KIND_ENUM) {
            put_type(&text, &configuration->types[i]);
        }
    }
    fl_buffer_put_text(
        &text, "<EntityContainer Name=\"EnterpriseV8\" "
               "m:IsDefaultEntityContainer=\"true\">\n");
    for (size_t i = 0; i < configuration->type_count; i++) {
        char set[FL_ODATA_NAME_BYTES];
        if (configuration->types[i].kind == FL_KIND_ENUM) {
            continue;
        }
        fl_odata_set_name(&configuration->types[i], set);
        fl_buffer_put_text(&text, "<EntitySet Name=\"");
        fl_buffer_put_text(&text, set);
        fl_buffer_put_text(&text, "\" EntityType=\"StandardODATA.");
        fl_buffer_put_text(&text, set);
        fl_buffer_put_text(&text, "\"/>\n");
    }
    fl_buffer_put_text(
        &text, "</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n");
    fl_http_reply_copy(
        request, 200, "application/xml; charset=utf-8", fl_buffer_view(&text));
    fl_buffer_deinit(&text);
}
