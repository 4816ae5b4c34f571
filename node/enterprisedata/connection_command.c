#include "connection_command.h"

#include <inttypes.h>
#include <string.h>

#include <curl/curl.h>

#include "connection_json.h"
#include "correspondent_codec.h"
#include "endpoint/command_endpoint.h"
#include "exchange/connection.h"
#include "exchange/enterprisedata.h"
#include "file.h"
#include "language.h"

enum { FILE_BYTES_MAX = 1 << 20, NUMBER_BYTES = 24, PREFIX_CHARACTERS_MAX = 2 };

/* --- from a file --- */

static bool is_text(
    const struct fl_connection *connection,
    enum fl_connection_field field)
{
    return connection->fields[field].size > 0;
}

static bool is(
    const struct fl_connection *connection,
    enum fl_connection_field field,
    const char *text)
{
    return fl_bytes_equal(connection->fields[field], fl_bytes_of_text(text));
}

/* Cut to what fits; nothing there changes nothing. */
static void take(
    const struct fl_connection *connection,
    enum fl_connection_field field,
    char *io_text,
    size_t size)
{
    const struct fl_bytes text =
        fl_bytes_utf8_beginning(connection->fields[field], size - 1);
    if (text.size > 0) {
        memset(io_text, 0, size);
        memcpy(io_text, text.data, text.size);
    }
}

/* ftp://host/directory, a user and a port apart: one address. */
static enum fl_status take_ftp(
    const struct fl_connection *connection,
    char out_url[FL_PLACE_BYTES],
    struct fl_error *out_error)
{
    char text[FL_PLACE_BYTES] = "";
    char *whole = NULL;
    CURLU *parts = curl_url();
    take(connection, FL_CONNECTION_FTP_PATH, text, sizeof text);
    bool fits = parts != NULL &&
                curl_url_set(
                    parts, CURLUPART_URL, text,
                    CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    if (fits && strstr(text, "://") == NULL) {
        fits = curl_url_set(parts, CURLUPART_SCHEME, "ftp", 0) == CURLUE_OK;
    }
    memset(text, 0, sizeof text);
    take(connection, FL_CONNECTION_FTP_USER, text, sizeof text);
    if (fits && text[0] != '\0') {
        fits = curl_url_set(parts, CURLUPART_USER, text, CURLU_URLENCODE) == CURLUE_OK;
    }
    memset(text, 0, sizeof text);
    take(connection, FL_CONNECTION_FTP_PORT, text, sizeof text);
    if (fits && text[0] != '\0' && strcmp(text, "21") != 0 && strcmp(text, "0") != 0) {
        fits = curl_url_set(parts, CURLUPART_PORT, text, 0) == CURLUE_OK;
    }
    fits = fits && curl_url_get(parts, CURLUPART_URL, &whole, 0) == CURLUE_OK &&
           strlen(whole) < FL_PLACE_BYTES;
    if (fits) {
        snprintf(out_url, FL_PLACE_BYTES, "%s", whole);
    }
    curl_free(whole);
    curl_url_cleanup(parts);
    return fits ? fl_place_check_url(out_url, FL_PLACE_FTP, out_error)
                : fl_error_set(
                      out_error, FL_MALFORMED,
                      "the address of the FTP server in the file cannot be understood; "
                      "give it by --ftp");
}

static enum fl_status take_transport(
    struct fl_call *call,
    const struct fl_connection *connection,
    struct fl_endpoint_settings *io_settings,
    struct fl_error *out_error)
{
    const bool given = fl_call_has(call, "directory") || fl_call_has(call, "ftp") ||
                       fl_call_has(call, "mail") || fl_call_has(call, "url");
    if (is_text(connection, FL_CONNECTION_ARCHIVE_PASSWORD)) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "archives of this exchange have a password, which is not supported; take it "
            "off in the settings of 1C");
    }
    if (is(connection, FL_CONNECTION_LATIN_NAMES, "true")) {
        fl_output_warn(
            call->output, _("the base calls files by Latin letters: give --incoming and "
                            "--outgoing, or take that off in the settings of 1C"));
    }
    if (given) {
        return FL_OK;
    }
    if (is(connection, FL_CONNECTION_TRANSPORT, "FILE")) {
        io_settings->zip = is(connection, FL_CONNECTION_DIRECTORY_ZIP, "true");
        take(
            connection, FL_CONNECTION_DIRECTORY, io_settings->directory,
            sizeof io_settings->directory);
        return FL_OK;
    }
    if (is(connection, FL_CONNECTION_TRANSPORT, "FTP")) {
        io_settings->zip = is(connection, FL_CONNECTION_FTP_ZIP, "true");
        if (is_text(connection, FL_CONNECTION_FTP_PASSWORD) &&
            !fl_call_has(call, "password-file")) {
            fl_output_warn(
                call->output, _("the password in the file is not taken; put it, alone, "
                                "into a file and give --password-file"));
        }
        return take_ftp(connection, io_settings->ftp, out_error);
    }
    return FL_OK; /* where files are exchanged is asked of the person */
}

static enum fl_status read_file(
    struct fl_call *call,
    struct fl_arena *arena,
    struct fl_connection *out_connection,
    struct fl_error *out_error)
{
    struct fl_buffer bytes;
    char *path = fl_call_path(call, fl_call_option(call, "settings"));
    fl_buffer_init(&bytes, FILE_BYTES_MAX);
    enum fl_status status =
        path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : fl_file_read(path, FILE_BYTES_MAX, &bytes, out_error);
    if (status == FL_OK) {
        const struct fl_bytes view = fl_buffer_view(&bytes);
        status = fl_connection_is_json(view)
                     ? fl_connection_json_read(view, arena, out_connection, out_error)
                     : fl_connection_read(view, arena, out_connection, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "%s", path);
        }
    }
    fl_buffer_deinit(&bytes);
    fl_free(path);
    return status;
}

enum fl_status fl_connection_take(
    struct fl_call *call,
    struct fl_endpoint_settings *io_settings,
    struct fl_connection_taken *out_taken,
    struct fl_error *out_error)
{
    struct fl_arena arena;
    struct fl_connection connection;
    struct fl_connection_taken taken = {.code = ""};
    if (fl_call_option(call, "settings") == NULL) {
        *out_taken = taken;
        return FL_OK;
    }
    fl_arena_init(&arena, 4 * (size_t)FILE_BYTES_MAX);
    enum fl_status status = read_file(call, &arena, &connection, out_error);
    if (status == FL_OK && io_settings->format == NULL) {
        io_settings->format = fl_endpoint_format_find(
            is_text(&connection, FL_CONNECTION_FORMAT) ? FL_CORRESPONDENT_FORMAT
                                                       : "v8msg");
    }
    if (status == FL_OK) {
        status = take_transport(call, &connection, io_settings, out_error);
    }
    if (status == FL_OK) {
        take(&connection, FL_CONNECTION_WRITER_CODE, taken.code, sizeof taken.code);
        take(&connection, FL_CONNECTION_WRITER_NAME, taken.name, sizeof taken.name);
        take(
            &connection, FL_CONNECTION_PLAN, io_settings->base_plan,
            sizeof io_settings->base_plan);
        take(
            &connection, FL_CONNECTION_READER_CODE, io_settings->our_code,
            sizeof io_settings->our_code);
        take(
            &connection, FL_CONNECTION_READER_PREFIX, io_settings->prefix,
            sizeof io_settings->prefix);
        *out_taken = taken;
    }
    fl_arena_deinit(&arena);
    return status;
}

/* --- to a file --- */

struct writing {
    struct fl_connection connection;
    char url[FL_PLACE_BYTES];
    char sent[NUMBER_BYTES];
    char received[NUMBER_BYTES];
    char *user;
    char *port;
};

static void set(struct writing *writing, enum fl_connection_field field, const char *text)
{
    writing->connection.fields[field] = fl_bytes_of_text(text);
}

/* The user and the port stand in fields of their own. */
static void set_ftp(struct writing *writing, const struct fl_endpoint_settings *settings)
{
    char *whole = NULL;
    CURLU *parts = curl_url();
    if (parts != NULL &&
        curl_url_set(parts, CURLUPART_URL, settings->ftp, CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK) {
        (void)curl_url_get(parts, CURLUPART_USER, &writing->user, CURLU_URLDECODE);
        (void)curl_url_get(parts, CURLUPART_PORT, &writing->port, 0);
        (void)curl_url_set(parts, CURLUPART_USER, NULL, 0);
        (void)curl_url_set(parts, CURLUPART_PORT, NULL, 0);
        (void)curl_url_get(parts, CURLUPART_URL, &whole, 0);
    }
    snprintf(writing->url, sizeof writing->url, "%s", whole == NULL ? "" : whole);
    curl_free(whole);
    curl_url_cleanup(parts);
    set(writing, FL_CONNECTION_TRANSPORT, "FTP");
    set(writing, FL_CONNECTION_FTP_ZIP, settings->zip ? "true" : "false");
    set(writing, FL_CONNECTION_FTP_BYTES_MAX, "0"); /* no bound */
    set(writing, FL_CONNECTION_FTP_PASSIVE, "true");
    set(writing, FL_CONNECTION_FTP_USER, writing->user == NULL ? "" : writing->user);
    set(writing, FL_CONNECTION_FTP_PORT, writing->port == NULL ? "21" : writing->port);
    set(writing, FL_CONNECTION_FTP_PATH, writing->url);
}

static void set_transport(
    struct fl_call *call,
    struct writing *writing,
    const struct fl_endpoint_settings *settings)
{
    set(writing, FL_CONNECTION_LATIN_NAMES, "false");
    set(writing, FL_CONNECTION_USES_EMAIL, "false");
    set(writing, FL_CONNECTION_USES_FILE,
        settings->directory[0] != '\0' ? "true" : "false");
    set(writing, FL_CONNECTION_USES_FTP, settings->ftp[0] != '\0' ? "true" : "false");
    if (settings->directory[0] != '\0') {
        set(writing, FL_CONNECTION_TRANSPORT, "FILE");
        set(writing, FL_CONNECTION_DIRECTORY, settings->directory);
        set(writing, FL_CONNECTION_DIRECTORY_ZIP, settings->zip ? "true" : "false");
    } else if (settings->ftp[0] != '\0') {
        set_ftp(writing, settings);
    } else {
        fl_output_warn(
            call->output, _("how the base gets at files is not in the file: choose it in "
                            "1C, a mail account or its own services"));
    }
}

static void set_all(
    struct fl_call *call,
    struct writing *writing,
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings)
{
    const char *ours = fl_correspondent_our_code(call->node, settings);
    const char *theirs = fl_correspondent_code(peer, settings);
    const bool universal = strcmp(settings->format->name, FL_CORRESPONDENT_FORMAT) == 0;
    const char *plan = settings->base_plan;
    snprintf(writing->sent, NUMBER_BYTES, "%" PRIu64, peer->number_sent);
    snprintf(writing->received, NUMBER_BYTES, "%" PRIu64, peer->number_received);
    set(writing, FL_CONNECTION_PLAN,
        plan[0] != '\0' ? plan
        : universal     ? FL_ENTERPRISEDATA_PLAN
                        : peer->plan_name);
    set(writing, FL_CONNECTION_WRITER_NAME, ours);
    set(writing, FL_CONNECTION_NAME, ours);
    set(writing, FL_CONNECTION_READER_NAME, peer->name);
    set(writing, FL_CONNECTION_WRITER_CODE, ours);
    set(writing, FL_CONNECTION_WRITER_CODE_AGAIN, ours);
    set(writing, FL_CONNECTION_READER_CODE, theirs);
    set(writing, FL_CONNECTION_READER_PREFIX,
        fl_bytes_utf8_length(fl_bytes_of_text(theirs)) <= PREFIX_CHARACTERS_MAX ? theirs
                                                                                : "");
    set(writing, FL_CONNECTION_WRITER_PREFIX,
        universal ? fl_correspondent_prefix(call->node, settings) : "");
    set(writing, FL_CONNECTION_SENT, writing->sent);
    set(writing, FL_CONNECTION_RECEIVED, writing->received);
    set(writing, FL_CONNECTION_FORMAT, universal ? FL_ENTERPRISEDATA_URI : "");
    set_transport(call, writing, settings);
}

/* By the ending of the name, as 1C offers them. */
static bool is_json(const char *path)
{
    static const char ending[] = ".json";
    size_t size = strlen(path);
    return size >= strlen(ending) && strcmp(path + size - strlen(ending), ending) == 0;
}

static enum fl_status write_json(
    struct fl_call *call,
    const struct writing *writing,
    const struct fl_endpoint_settings *settings,
    struct fl_buffer *out_bytes,
    struct fl_error *out_error)
{
    struct fl_conversion *conversion = NULL;
    struct fl_package_terms terms;
    struct fl_arena arena;
    if (strcmp(settings->format->name, FL_CORRESPONDENT_FORMAT) != 0) {
        return fl_connection_json_write(
            &writing->connection, /* terms= */ NULL, out_bytes, out_error);
    }
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status = fl_correspondent_mapping_load(
        settings->mapping, call->node->configuration, &conversion, out_error);
    if (status == FL_OK) {
        status = fl_enterprisedata_terms(
            conversion, settings->versions, &arena, &terms, out_error);
    }
    if (status == FL_OK) {
        status =
            fl_connection_json_write(&writing->connection, &terms, out_bytes, out_error);
    }
    fl_conversion_free(conversion);
    fl_arena_deinit(&arena);
    return status;
}

static enum fl_status write_settings(
    struct fl_call *call,
    const struct writing *writing,
    const struct fl_endpoint_settings *settings,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_buffer bytes;
    fl_buffer_init(&bytes, FILE_BYTES_MAX);
    enum fl_status status =
        is_json(path) ? write_json(call, writing, settings, &bytes, out_error)
                      : fl_connection_write(&writing->connection, &bytes, out_error);
    if (status == FL_OK) {
        status = fl_file_replace(path, 0600, fl_buffer_view(&bytes), out_error);
    }
    fl_buffer_deinit(&bytes);
    return status;
}

FL_HANDLER(endpoint_settings)
{
    struct fl_peer peer;
    struct fl_endpoint_settings settings;
    struct fl_endpoint_state state;
    struct writing writing = {.url = ""};
    enum fl_status status =
        fl_command_endpoint_find(call, &peer, &settings, &state, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (settings.format->is_site) {
        return fl_error_set(
            out_error, FL_REFUSED, "\"%s\" is a site: 1C has no such file for it",
            peer.code);
    }
    char *path = fl_call_path(call, call->arguments[1]);
    set_all(call, &writing, &peer, &settings);
    status = path == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                          : write_settings(call, &writing, &settings, path, out_error);
    if (status == FL_OK) {
        fl_output_say(
            call->output,
            _("%s: to be read by the setup of the synchronisation in 1C; "
              "passwords are not in it"),
            path);
    }
    curl_free(writing.user);
    curl_free(writing.port);
    fl_free(path);
    return status;
}
