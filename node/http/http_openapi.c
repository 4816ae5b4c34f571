/*
 * GET /openapi.json: openapi.json, and for who shows a token the sets and entities of the
 * configuration that the node has at the moment.
 */

#include "http_api.h"

#include <stdio.h>
#include <string.h>

#include "http_openapi_text.h"
#include "http_token.h"
#include "odata_entity.h"

static json_t *ref_json(const char *prefix, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("%s%s", prefix, name));
}

static json_t *plain_schema(const struct fl_value_type *type)
{
    if ((type->allows & FL_ALLOWS_NUMBER) != 0) {
        /* More than 15 digits are a text. */
        return json_pack("{s:[s,s]}", "type", "number", "string");
    }
    if ((type->allows & FL_ALLOWS_BOOLEAN) != 0) {
        return json_pack("{s:s}", "type", "boolean");
    }
    if ((type->allows & FL_ALLOWS_DATE) != 0) {
        return json_pack(
            "{s:s, s:s}", "type", "string", "pattern",
            "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$");
    }
    if ((type->allows & FL_ALLOWS_STRING) != 0 && type->string_length > 0) {
        return json_pack(
            "{s:s, s:I}", "type", "string", "maxLength", (json_int_t)type->string_length);
    }
    return json_pack("{s:s}", "type", "string");
}

static json_t *guid_schema(void)
{
    return json_pack(
        "{s:s, s:s}", "type", "string", "pattern",
        "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$");
}

static void set(json_t *object, const char *name, const char *suffix, json_t *take_value)
{
    char text[FL_ODATA_NAME_BYTES];
    snprintf(text, sizeof text, "%s%s", name, suffix);
    (void)json_object_set_new(object, text, take_value);
}

static void put_attribute(
    json_t *properties,
    const struct fl_attribute *attribute,
    const char *name)
{
    json_t *any = json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
    switch (fl_odata_shape(&attribute->type)) {
    case FL_ODATA_PLAIN:
        set(properties, name, "", plain_schema(&attribute->type));
        break;
    case FL_ODATA_REF:
        set(properties, name, "_Key", guid_schema());
        break;
    case FL_ODATA_COMPOSITE:
        set(properties, name, "", json_incref(any));
        set(properties, name, "_Type", json_pack("{s:s}", "type", "string"));
        break;
    case FL_ODATA_BYTES:
        set(properties, name, "_Type", json_pack("{s:s}", "type", "string"));
        set(properties, name, "_Base64Data",
            json_pack("{s:s, s:s}", "type", "string", "contentEncoding", "base64"));
        break;
    }
    json_decref(any);
}

static json_t *row_schema(const struct fl_attribute *attributes, size_t count)
{
    json_t *properties = json_object();
    set(properties, "LineNumber", "", json_pack("{s:s}", "type", "string"));
    for (size_t i = 0; i < count; i++) {
        if (attributes[i].place != FL_PLACE_NONE) {
            put_attribute(properties, &attributes[i], attributes[i].name);
        }
    }
    return json_pack("{s:s, s:o}", "type", "object", "properties", properties);
}

static json_t *rows_schema(const struct fl_attribute *attributes, size_t count)
{
    return json_pack(
        "{s:s, s:o}", "type", "array", "items", row_schema(attributes, count));
}

static json_t *entity_schema(const struct fl_type *type)
{
    json_t *properties = json_object();
    bool by_recorder = fl_kind_is_register(type->kind) && type->by_recorder;
    bool is_constant = type->kind == FL_KIND_CONSTANT;
    set(properties, "odata.metadata", "", json_pack("{s:s}", "type", "string"));
    set(properties, "DataVersion", "", json_pack("{s:s}", "type", "string"));
    if (fl_kind_has_ref(type->kind)) {
        set(properties, "Ref_Key", "", guid_schema());
    }
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *attribute = &type->attributes[i];
        if (attribute->place != FL_PLACE_NONE && (!by_recorder || attribute->in_filter)) {
            put_attribute(properties, attribute, is_constant ? "Value" : attribute->name);
        }
    }
    if (by_recorder) {
        set(properties, "RecordSet", "",
            rows_schema(type->attributes, type->attribute_count));
    }
    for (size_t i = 0; i < type->section_count; i++) {
        set(properties, type->sections[i].name, "",
            rows_schema(type->sections[i].attributes, type->sections[i].attribute_count));
    }
    return json_pack(
        "{s:s, s:o, s:b}", "type", "object", "properties", properties,
        "additionalProperties", 0);
}

static json_t *json_body(json_t *take_schema)
{
    return json_pack("{s:{s:o}}", "application/json", "schema", take_schema);
}

static json_t *answers(const char *code, const char *words, json_t *take_schema)
{
    json_t *all = json_object();
    json_t *good = json_pack("{s:s}", "description", words);
    if (take_schema != NULL) {
        (void)json_object_set_new(good, "content", json_body(take_schema));
    }
    (void)json_object_set_new(all, code, good);
    (void)json_object_set_new(
        all, "default", json_pack("{s:s}", "$ref", "#/components/responses/Error"));
    return all;
}

static json_t *query_parameters(void)
{
    static const char *const names[] = {"$filter", "$orderby",     "$top",   "$skip",
                                        "$select", "$inlinecount", "$format"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)json_array_append_new(
            list, json_pack(
                      "{s:s, s:s, s:{s:s}}", "name", names[i], "in", "query", "schema",
                      "type", "string"));
    }
    return list;
}

static json_t *operation(
    const char *summary,
    const char *set_name,
    json_t *take_answers,
    bool has_body)
{
    json_t *made = json_pack("{s:s, s:o}", "summary", summary, "responses", take_answers);
    if (has_body) {
        (void)json_object_set_new(
            made, "requestBody",
            json_pack(
                "{s:b, s:o}", "required", 1, "content",
                json_body(ref_json("#/components/schemas/", set_name))));
    }
    return made;
}

static json_t *set_path(const char *name)
{
    json_t *page = json_pack(
        "{s:s, s:[s,s], s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:o}}}", "type", "object",
        "required", "odata.metadata", "value", "properties", "odata.metadata", "type",
        "string", "odata.nextLink", "type", "string", "odata.count", "type", "string",
        "value", "type", "array", "items", ref_json("#/components/schemas/", name));
    json_t *get = operation("A page of the set", name, answers("200", "a page", page), 0);
    (void)json_object_set_new(get, "parameters", query_parameters());
    return json_pack(
        "{s:o, s:o}", "get", get, "post",
        operation(
            "A new one", name,
            answers("201", "it is written", ref_json("#/components/schemas/", name)), 1));
}

static json_t *one_path(const char *name, bool has_key)
{
    json_t *schema = ref_json("#/components/schemas/", name);
    json_t *path = json_pack(
        "{s:o, s:o}", "get",
        operation("One", name, answers("200", "the entity", json_incref(schema)), 0),
        "patch",
        operation(
            "Change what is named", name,
            answers("200", "it is written", json_incref(schema)), 1));
    if (has_key) {
        (void)json_object_set_new(
            path, "put",
            operation(
                "Replace all", name, answers("200", "it is written", json_incref(schema)),
                1));
        (void)json_object_set_new(
            path, "delete", operation("Delete", name, answers("204", "gone", NULL), 0));
        (void)json_object_set_new(
            path, "parameters",
            json_pack(
                "[{s:s, s:s, s:b, s:s, s:{s:s}}]", "name", "key", "in", "path",
                "required", 1, "description", "guid'...' or Name=value,...", "schema",
                "type", "string"));
    }
    json_decref(schema);
    return path;
}

static void add_type(json_t *paths, json_t *schemas, const struct fl_type *type)
{
    char name[FL_ODATA_NAME_BYTES];
    char path[FL_ODATA_NAME_BYTES + 64];
    bool is_constant = type->kind == FL_KIND_CONSTANT;
    fl_odata_set_name(type, name);
    (void)json_object_set_new(schemas, name, entity_schema(type));
    snprintf(path, sizeof path, "/odata/standard.odata/%s", name);
    if (is_constant) {
        (void)json_object_set_new(paths, path, one_path(name, /* has_key= */ false));
        return;
    }
    (void)json_object_set_new(paths, path, set_path(name));
    snprintf(path, sizeof path, "/odata/standard.odata/%s({key})", name);
    (void)json_object_set_new(paths, path, one_path(name, /* has_key= */ true));
}

void fl_http_openapi(struct fl_http_request *request)
{
    const struct fl_configuration *configuration = request->http->node->configuration;
    json_t *document = json_loads(FL_HTTP_OPENAPI_TEXT, 0, NULL);
    json_t *paths = json_object_get(document, "paths");
    json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    bool by_cookie = false;
    bool is_known = fl_http_token_of(request, &by_cookie) != FL_HTTP_NOBODY;
    FL_ASSERT(paths != NULL && schemas != NULL);
    for (size_t i = 0; i < configuration->type_count && is_known; i++) {
        if (configuration->types[i].kind != FL_KIND_ENUM) {
            add_type(paths, schemas, &configuration->types[i]);
        }
    }
    (void)json_object_set_new(
        document, "servers", json_pack("[{s:s}]", "url", request->http->url));
    fl_http_reply_json(request, 200, document);
}
