#include "endpoint_options.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enterprisedata/correspondent_codec.h"

enum fl_status fl_endpoint_option_text(
    struct fl_call *call,
    const char *option,
    const char *value,
    size_t size,
    char *out_text,
    struct fl_error *out_error)
{
    if (strlen(value) >= size || !fl_bytes_are_utf8(fl_bytes_of_text(value))) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--%s is too long or not UTF-8", option);
    }
    memset(out_text, 0, size);
    memcpy(out_text, value, strlen(value));
    return FL_OK;
}

enum fl_status fl_endpoint_option_path(
    struct fl_call *call,
    const char *option,
    size_t size,
    char *out_text,
    struct fl_error *out_error)
{
    const char *value = fl_call_option(call, option);
    if (value == NULL) {
        return FL_OK;
    }
    char *path = value[0] == '\0' ? NULL : fl_call_path(call, value);
    enum fl_status status = fl_endpoint_option_text(
        call, option, path == NULL ? "" : path, size, out_text, out_error);
    if (status == FL_OK && out_text[0] != '\0' && out_text[0] != '/') {
        char here[FL_PLACE_BYTES]; /* filiald stands in another directory */
        char *whole =
            getcwd(here, sizeof here) == NULL ? NULL : fl_node_path(here, out_text);
        if (whole != NULL) {
            status =
                fl_endpoint_option_text(call, option, whole, size, out_text, out_error);
        }
        fl_free(whole);
    }
    fl_free(path);
    return status;
}

static enum fl_status take_name(
    struct fl_call *call,
    const char *option,
    char out_text[FL_PLACE_NAME_BYTES],
    struct fl_error *out_error)
{
    const char *value = fl_call_option(call, option);
    if (value == NULL) {
        return FL_OK;
    }
    if (strchr(value, '/') != NULL || strlen(value) > FL_PLACE_NAME_BYTES - 16) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--%s is the name of a file, without a directory",
            option);
    }
    return fl_endpoint_option_text(
        call, option, value, FL_PLACE_NAME_BYTES, out_text, out_error);
}

/* Only one of them is where files are exchanged. */
static void leave_places(struct fl_endpoint_settings *settings)
{
    settings->directory[0] = '\0';
    settings->ftp[0] = '\0';
    settings->url[0] = '\0';
    settings->mail[0] = '\0';
    settings->smtp[0] = '\0';
    settings->mail_address[0] = '\0';
}

/* A base whose web service is called. */
static enum fl_status take_web(
    struct fl_call *call,
    const char *url,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    call->usage = true;
    if (strcmp(settings->format->name, FL_CORRESPONDENT_FORMAT) != 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "a web service of 1C exchanges enterprisedata only");
    }
    enum fl_status status = fl_place_check_url(url, FL_PLACE_WEB, out_error);
    call->usage = status != FL_OK;
    leave_places(settings);
    settings->zip = true;
    return status == FL_OK
               ? fl_endpoint_option_text(
                     call, "url", url, FL_PLACE_BYTES, settings->url, out_error)
               : status;
}

/* A mail drop: where mails are read, by whom they are sent, and to which address. */
static enum fl_status take_mail(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct text {
        const char *option;
        char *text;
        size_t size;
    } texts[] = {
        {"mail", settings->mail, sizeof settings->mail},
        {"smtp", settings->smtp, sizeof settings->smtp},
        {"mail-address", settings->mail_address, sizeof settings->mail_address}};
    enum fl_status status = FL_OK;
    for (size_t i = 0; status == FL_OK && i < sizeof texts / sizeof texts[0]; i++) {
        const char *value = fl_call_option(call, texts[i].option);
        if (value != NULL) {
            status = fl_endpoint_option_text(
                call, texts[i].option, value, texts[i].size, texts[i].text, out_error);
        }
    }
    if (status == FL_OK && settings->mail[0] != '\0') {
        status = fl_place_check_mail(
            settings->mail, settings->smtp, settings->mail_address, out_error);
        call->usage = status != FL_OK;
    } else if (
        status == FL_OK &&
        (settings->smtp[0] != '\0' || settings->mail_address[0] != '\0')) {
        call->usage = true;
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "--smtp and --mail-address belong to a mail drop: --mail "
            "imaps://user@host/INBOX");
    }
    return status;
}

static enum fl_status take_place(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    const char *url = fl_call_option(call, "ftp");
    const char *web = fl_call_option(call, "url");
    const bool directory = fl_call_has(call, "directory");
    const bool mail = fl_call_has(call, "mail");
    enum fl_status status = FL_OK;
    if (directory + mail + (url != NULL) + (web != NULL) > 1) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "give one of --directory, --ftp, --mail and --url");
    }
    if (directory || url != NULL || (mail && settings->mail[0] == '\0')) {
        leave_places(settings);
    }
    if (web != NULL) {
        status = take_web(call, web, settings, out_error);
    }
    if (directory) {
        status = fl_endpoint_option_path(
            call, "directory", FL_PLACE_BYTES, settings->directory, out_error);
    }
    if (url != NULL) {
        status = fl_place_check_url(url, FL_PLACE_FTP, out_error);
        call->usage = status != FL_OK;
    }
    if (status == FL_OK && url != NULL) {
        status = fl_endpoint_option_text(
            call, "ftp", url, FL_PLACE_BYTES, settings->ftp, out_error);
    }
    if (status == FL_OK) {
        status = take_mail(call, settings, out_error);
    }
    if (status == FL_OK) {
        status = fl_endpoint_option_path(
            call, "password-file", FL_PLACE_BYTES, settings->password_file, out_error);
    }
    return status == FL_OK
               ? fl_endpoint_option_path(
                     call, "ca-file", FL_PLACE_BYTES, settings->ca_file, out_error)
               : status;
}

static enum fl_status take_limits(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    uint64_t size = settings->archive_bytes >> 20;
    enum fl_status status =
        fl_call_duration(call, "poll", settings->poll_ms, &settings->poll_ms, out_error);
    if (status == FL_OK && settings->poll_ms < FL_ENDPOINT_POLL_MS_MIN) {
        call->usage = true;
        return fl_error_set(out_error, FL_MALFORMED, "--poll is at least 1s");
    }
    if (status == FL_OK) {
        status = fl_call_number(
            call, "archive-files", settings->archive_files, &settings->archive_files,
            out_error);
    }
    if (status == FL_OK) {
        status = fl_call_number(call, "archive-size", size, &size, out_error);
    }
    settings->archive_bytes = (size < 1u << 30 ? size : 1u << 30) << 20;
    return status;
}

/* Both are asked of at once: else the first message would say it, somewhere in a log. */
static enum fl_status take_versions(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    const char *versions = fl_call_option(call, "versions");
    enum fl_status status = FL_OK;
    if (versions != NULL) {
        status = fl_endpoint_option_text(
            call, "versions", versions, sizeof settings->versions, settings->versions,
            out_error);
    }
    if (status == FL_OK && strcmp(settings->format->name, FL_CORRESPONDENT_FORMAT) == 0 &&
        settings->mapping[0] != '\0') {
        status = fl_correspondent_check(
            call->node, settings->mapping, settings->versions, out_error);
    }
    return status;
}

/* How the base calls things. */
static enum fl_status take_base(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    const char *code = fl_call_option(call, "as");
    const char *base_code = fl_call_option(call, "base-code");
    const char *prefix = fl_call_option(call, "prefix");
    struct stat found;
    enum fl_status status = fl_endpoint_option_path(
        call, "mapping", FL_PLACE_BYTES, settings->mapping, out_error);
    if (status == FL_OK) {
        status = take_name(call, "base-plan", settings->base_plan, out_error);
    }
    if (status == FL_OK && code != NULL) {
        status = fl_endpoint_option_text(
            call, "as", code, sizeof settings->our_code, settings->our_code, out_error);
    }
    if (status == FL_OK && base_code != NULL) {
        status = fl_endpoint_option_text(
            call, "base-code", base_code, sizeof settings->base_code, settings->base_code,
            out_error);
    }
    if (status == FL_OK && prefix != NULL) {
        status = fl_endpoint_option_text(
            call, "prefix", prefix, sizeof settings->prefix, settings->prefix, out_error);
    }
    settings->english = settings->english || fl_call_has(call, "english");
    if (status == FL_OK && settings->mapping[0] != '\0' &&
        (stat(settings->mapping, &found) != 0 || !S_ISREG(found.st_mode))) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "there is no file %s", settings->mapping);
    }
    return status == FL_OK ? take_versions(call, settings, out_error) : status;
}

enum fl_status fl_endpoint_take_options(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct stat found;
    if (settings->format->is_site) {
        enum fl_status status = fl_site_take_options(call, settings, out_error);
        return status == FL_OK ? take_limits(call, settings, out_error) : status;
    }
    enum fl_status status = take_place(call, settings, out_error);
    if (status == FL_OK) {
        status = take_limits(call, settings, out_error);
    }
    if (status == FL_OK) {
        status = take_name(call, "incoming", settings->incoming, out_error);
    }
    if (status == FL_OK) {
        status = take_name(call, "outgoing", settings->outgoing, out_error);
    }
    if (status == FL_OK) {
        status = take_base(call, settings, out_error);
    }
    settings->zip = (settings->zip || fl_call_has(call, "zip"));
    if (status == FL_OK && settings->directory[0] == '\0' && settings->ftp[0] == '\0' &&
        settings->url[0] == '\0' && settings->mail[0] == '\0') {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "where are files exchanged? --directory DIR, --ftp URL or --mail URL");
    }
    if (status == FL_OK && settings->directory[0] != '\0' &&
        (stat(settings->directory, &found) != 0 || !S_ISDIR(found.st_mode))) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s is no directory; make it, and let 1C write there too",
            settings->directory);
    }
    return status;
}
