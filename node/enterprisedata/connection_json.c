#include "connection_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const char MAIN[] = "MainExchangeParameters";
static const char XDTO[] = "XDTOExchangeParameters";
static const char TRANSPORT[] = "TransportSettings";
static const char FORMAT_VERSION[] = "2.0";

enum kind { TEXT, NUMBER, BOOLEAN };

/* In the order of the file. */
static const struct row {
    enum fl_connection_field field;
    const char *group;
    const char *name;
    const char *transport; /* NULL: of all; else the one that has it */
    enum kind kind;
} ROWS[] = {
    {FL_CONNECTION_WRITER_PREFIX, MAIN, "SourceInfobasePrefix", NULL, TEXT},
    {FL_CONNECTION_READER_PREFIX, MAIN, "DestinationInfobasePrefix", NULL, TEXT},
    {FL_CONNECTION_WRITER_CODE, MAIN, "NodeCode", NULL, TEXT},
    {FL_CONNECTION_READER_CODE, MAIN, "CorrespondentNodeCode", NULL, TEXT},
    {FL_CONNECTION_PLAN, MAIN, "ExchangePlanName", NULL, TEXT},
    {FL_CONNECTION_PLAN, MAIN, "CorrespondentExchangePlanName", NULL, TEXT},
    {FL_CONNECTION_WRITER_NAME, MAIN, "ThisInfobaseDescription", NULL, TEXT},
    {FL_CONNECTION_READER_NAME, MAIN, "SecondInfobaseDescription", NULL, TEXT},
    {FL_CONNECTION_TRANSPORT, MAIN, "TransportID", NULL, TEXT},
    {FL_CONNECTION_SENT, MAIN, "SentNo", NULL, NUMBER},
    {FL_CONNECTION_RECEIVED, MAIN, "ReceivedNo", NULL, NUMBER},
    {FL_CONNECTION_FORMAT, XDTO, "ExchangeFormat", NULL, TEXT},
    {FL_CONNECTION_DIRECTORY, TRANSPORT, "DataExchangeDirectory", "FILE", TEXT},
    {FL_CONNECTION_DIRECTORY_ZIP, TRANSPORT, "CompressOutgoingMessageFile", "FILE",
     BOOLEAN},
    {FL_CONNECTION_FTP_ZIP, TRANSPORT, "CompressOutgoingMessageFile", "FTP", BOOLEAN},
    {FL_CONNECTION_FTP_BYTES_MAX, TRANSPORT, "MaxMessageSize", "FTP", NUMBER},
    {FL_CONNECTION_FTP_PASSWORD, TRANSPORT, "Password", "FTP", TEXT},
    {FL_CONNECTION_FTP_PASSIVE, TRANSPORT, "PassiveConnection", "FTP", BOOLEAN},
    {FL_CONNECTION_FTP_USER, TRANSPORT, "User", "FTP", TEXT},
    {FL_CONNECTION_FTP_PORT, TRANSPORT, "Port", "FTP", NUMBER},
    {FL_CONNECTION_FTP_PATH, TRANSPORT, "Path", "FTP", TEXT},
    {FL_CONNECTION_ARCHIVE_PASSWORD, TRANSPORT, "ArchivePasswordExchangeMessages", NULL,
     TEXT},
    {FL_CONNECTION_LATIN_NAMES, TRANSPORT, "TransliterateExchangeMessageFileNames", NULL,
     BOOLEAN},
};

enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

static bool is_of(const struct row *row, struct fl_bytes transport)
{
    return row->transport == NULL ||
           fl_bytes_equal(transport, fl_bytes_of_text(row->transport));
}

/* --- reading --- */

static struct fl_bytes without_mark(struct fl_bytes bytes)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    if (bytes.size >= sizeof mark && memcmp(bytes.data, mark, sizeof mark) == 0) {
        bytes.data += sizeof mark;
        bytes.size -= sizeof mark;
    }
    return bytes;
}

bool fl_connection_is_json(struct fl_bytes bytes)
{
    bytes = fl_bytes_trimmed(without_mark(bytes));
    return bytes.size > 0 && bytes.data[0] == '{';
}

/* Of what is no text, number or boolean: empty. */
static enum fl_status take(
    const json_t *value,
    struct fl_arena *arena,
    struct fl_bytes *out_text)
{
    char number[32] = "";
    struct fl_bytes text = {0};
    if (json_is_string(value)) {
        text.data = (const uint8_t *)json_string_value(value);
        text.size = json_string_length(value);
    } else if (json_is_number(value)) {
        snprintf(number, sizeof number, "%.0f", json_number_value(value));
        text = fl_bytes_of_text(number);
    } else if (json_is_boolean(value)) {
        text = fl_bytes_of_text(json_is_true(value) ? "true" : "false");
    }
    return fl_arena_copy(arena, fl_bytes_trimmed(text), out_text);
}

static enum fl_status take_all(
    const json_t *root,
    struct fl_arena *arena,
    struct fl_connection *out_connection)
{
    struct fl_connection connection = {.fields = {{NULL, 0}}};
    enum fl_status status = FL_OK;
    for (size_t i = 0; i < ROW_COUNT && status == FL_OK; i++) {
        const struct row *row = &ROWS[i];
        struct fl_bytes *field = &connection.fields[row->field];
        if (field->size == 0 && is_of(row, connection.fields[FL_CONNECTION_TRANSPORT])) {
            status = take(
                json_object_get(json_object_get(root, row->group), row->name), arena,
                field);
        }
    }
    if (status == FL_OK) {
        *out_connection = connection;
    }
    return status;
}

enum fl_status fl_connection_json_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_connection *out_connection,
    struct fl_error *out_error)
{
    json_error_t reason;
    bytes = without_mark(bytes);
    json_t *root =
        json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &reason);
    enum fl_status status = FL_OK;
    if (root == NULL) {
        status = fl_error_set(
            out_error, FL_MALFORMED, "line %d: %s", reason.line, reason.text);
    } else if (!json_is_object(json_object_get(root, MAIN))) {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "this is no file of settings of a connection: it has no \"%s\"", MAIN);
    } else if (take_all(root, arena, out_connection) != FL_OK) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    json_decref(root);
    return status;
}

/* --- writing --- */

/* NULL: the text is no UTF-8, or there is no memory. */
static json_t *value_of(const struct row *row, struct fl_bytes text)
{
    char number[32] = "";
    switch (row->kind) {
    case TEXT:
        break;
    case NUMBER:
        snprintf(number, sizeof number, "%.*s", (int)text.size, (const char *)text.data);
        return json_integer((json_int_t)strtoll(number, NULL, 10));
    case BOOLEAN:
        return json_boolean(fl_bytes_equal(text, fl_bytes_of_text("true")));
    }
    return json_stringn(text.size == 0 ? "" : (const char *)text.data, text.size);
}

/* "*" is one text; "1.8,1.10" is a list, as is nothing. */
static json_t *versions_of(const char *list)
{
    json_t *versions = json_array();
    if (strcmp(list, "*") == 0) {
        json_decref(versions);
        return json_string("*");
    }
    while (*list != '\0') {
        size_t size = strcspn(list, ",");
        json_array_append_new(versions, json_stringn(list, size));
        list += size + (list[size] == ',' ? 1 : 0);
    }
    return versions;
}

/* Sending and receiving are those of the reader: what we take it may send. */
static json_t *kinds_of(const struct fl_package_terms *terms)
{
    json_t *kinds = json_array();
    for (size_t i = 0; i < terms->kind_count; i++) {
        const struct fl_package_kind_terms *kind = &terms->kinds[i];
        json_array_append_new(
            kinds, json_pack(
                       "{s:s, s:o, s:o}", "Object", kind->name, "Receive",
                       versions_of(kind->sending), "Send", versions_of(kind->receiving)));
    }
    return kinds;
}

static json_t *all_versions(const struct fl_package_terms *terms)
{
    json_t *versions = json_array();
    for (size_t i = 0; i < terms->version_count; i++) {
        json_array_append_new(versions, json_string(terms->versions[i]));
    }
    return versions;
}

/* Takes `value`. False: there was none, or no memory. */
static bool put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

static bool put_group(
    json_t *root,
    const char *name,
    const struct fl_connection *connection)
{
    const struct fl_bytes transport = connection->fields[FL_CONNECTION_TRANSPORT];
    json_t *group = json_object();
    bool whole = true;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &ROWS[i];
        bool has = strcmp(row->group, name) == 0 && is_of(row, transport) &&
                   (transport.size > 0 || strcmp(name, TRANSPORT) != 0);
        if (has) {
            whole =
                put(group, row->name, value_of(row, connection->fields[row->field])) &&
                whole;
        }
    }
    return put(root, name, group) && whole;
}

static bool put_all(
    json_t *root,
    const struct fl_connection *connection,
    const struct fl_package_terms *terms)
{
    bool whole = put_group(root, MAIN, connection);
    json_t *main = json_object_get(root, MAIN);
    whole = put(main, "FormatVersion", json_string(FORMAT_VERSION)) && whole;
    whole = put(main, "ExchangeSetupOption", json_string("")) && whole;
    if (terms != NULL) {
        whole = put(main, "ExchangeFormatVersions", all_versions(terms)) && whole;
        whole = put_group(root, XDTO, connection) && whole;
        whole = put(root, "SupportedObjectsInFormat", kinds_of(terms)) && whole;
    }
    return put_group(root, TRANSPORT, connection) && whole;
}

enum fl_status fl_connection_json_write(
    const struct fl_connection *connection,
    const struct fl_package_terms *terms,
    struct fl_buffer *out_bytes,
    struct fl_error *out_error)
{
    json_t *root = json_object();
    bool whole = put_all(root, connection, terms);
    char *text = whole ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    if (text == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_buffer_put(out_bytes, fl_bytes_of_text(text));
    fl_buffer_put_u8(out_bytes, '\n');
    free(text);
    return fl_buffer_status(out_bytes) == FL_OK
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}
