#include <string.h>

#include "command/command.h"
#include "endpoint/endpoint_options.h"
#include "file.h"
#include "language.h"
#include "site/site_mapping.h"
#include "site/site_users.h"

static enum fl_status usage(
    struct fl_call *call,
    const char *words,
    struct fl_error *out_error)
{
    call->usage = true;
    return fl_error_set(out_error, FL_MALFORMED, "%s", fl_error_words(words));
}

static enum fl_status take_url(
    struct fl_call *call,
    const char *option,
    char out_url[FL_PLACE_BYTES],
    struct fl_error *out_error)
{
    const char *url = fl_call_option(call, option);
    if (url == NULL) {
        return FL_OK;
    }
    if (url[0] != '\0' && strncmp(url, "http://", 7) != 0 &&
        strncmp(url, "https://", 8) != 0) {
        return usage(
            call, N_("a site's address begins with https:// or http://"), out_error);
    }
    if (strchr(url, '@') != NULL) {
        return usage(
            call,
            N_("no name and password in the address: give --user and --password-file"),
            out_error);
    }
    return fl_endpoint_option_text(call, option, url, FL_PLACE_BYTES, out_url, out_error);
}

/* The mapping is read at once: a mistake in it is found here and not at night. */
static enum fl_status check(
    struct fl_call *call,
    const struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct fl_site_mapping *mapping = NULL;
    if (settings->serves == (settings->url[0] != '\0')) {
        return usage(
            call,
            N_("give --url of the site, or --serve when 1C is to come to this node"),
            out_error);
    }
    if (settings->mapping[0] == '\0' || settings->user[0] == '\0') {
        return usage(
            call, N_("an exchange with a site needs --mapping FILE and --user NAME"),
            out_error);
    }
    enum fl_status status = fl_site_mapping_load(
        call->node->configuration, settings->mapping, &mapping, out_error);
    const char *remark;
    for (size_t i = 0;
         status == FL_OK && (remark = fl_site_mapping_remark(mapping, i)) != NULL; i++) {
        fl_output_warn(call->output, "%s", remark);
    }
    fl_site_mapping_free(mapping);
    return status;
}

enum fl_status fl_site_take_options(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    const char *user = fl_call_option(call, "user");
    enum fl_status status = take_url(call, "url", settings->url, out_error);
    if (status == FL_OK) {
        status = take_url(call, "intranet", settings->intranet, out_error);
    }
    if (status == FL_OK && user != NULL) {
        status = fl_endpoint_option_text(
            call, "user", user, FL_USER_BYTES, settings->user, out_error);
    }
    if (status == FL_OK) {
        status = fl_endpoint_option_path(
            call, "mapping", FL_PLACE_BYTES, settings->mapping, out_error);
    }
    if (status == FL_OK) {
        status = fl_endpoint_option_path(
            call, "password-file", FL_PLACE_BYTES, settings->password_file, out_error);
    }
    if (status == FL_OK) {
        status = fl_endpoint_option_path(
            call, "ca-file", FL_PLACE_BYTES, settings->ca_file, out_error);
    }
    settings->serves = settings->serves || fl_call_has(call, "serve");
    settings->zip = settings->zip || fl_call_has(call, "zip");
    return status == FL_OK ? check(call, settings, out_error) : status;
}

/* Who has this name already has an exchange of its own behind it. */
static enum fl_status check_user(
    struct fl_txn *txn,
    uint32_t peer,
    const char *user,
    struct fl_error *out_error)
{
    char hash[FL_PASSWORD_HASH_BYTES];
    struct fl_endpoint_settings settings;
    struct fl_peer other;
    uint32_t number = 0;
    if (fl_site_user_get(txn, user, &number, hash) != FL_OK || number == peer ||
        fl_endpoint_settings_get(txn, number, &settings) != FL_OK || !settings.serves ||
        fl_peers_get(txn, number, &other) != FL_OK) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "\"%s\" is the user of %s: each exchange that comes to this node has a user of "
        "its own",
        user, other.code);
}

enum fl_status fl_site_keep_user(
    struct fl_call *call,
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_settings *settings,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    if (!fl_call_has(call, "password-file")) {
        return fl_call_has(call, "user") || fl_call_has(call, "serve")
                   ? usage(
                         call, N_("--password-file FILE has the password of the user"),
                         out_error)
                   : FL_OK;
    }
    enum fl_status status =
        fl_file_read(settings->password_file, FL_PASSWORD_BYTES_MAX, &text, out_error);
    if (status != FL_OK) {
        return status;
    }
    size_t size = text.size;
    while (size > 0 && (text.data[size - 1] == '\n' || text.data[size - 1] == '\r')) {
        size--;
    }
    if (size == 0) {
        status = usage(call, N_("the password is empty"), out_error);
    }
    if (status == FL_OK) {
        status = check_user(txn, peer, settings->user, out_error);
    }
    if (status == FL_OK) {
        fl_site_users_remove(txn, peer);
        status = fl_site_user_put(
            txn, settings->user, (struct fl_bytes){text.data, size}, peer, out_error);
    }
    fl_buffer_deinit(&text);
    return status;
}
