#include "endpoint_curl.h"

#include <string.h>

#include "file.h"
#include "language.h"

enum { CONNECT_SECONDS = 20, SLOW_BYTES = 1 };

static int on_progress(
    void *context,
    curl_off_t a,
    curl_off_t b,
    curl_off_t c,
    curl_off_t d)
{
    const struct fl_place *place = context;
    (void)a, (void)b, (void)c, (void)d;
    return place->cancel != NULL && atomic_load(place->cancel);
}

void fl_endpoint_curl_limit(CURL *curl, const struct fl_place *place, long slow_seconds)
{
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, slow_seconds);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, place);
    if (place->ca_file[0] != '\0') {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, place->ca_file);
    }
}

static size_t on_bytes(char *bytes, size_t one, size_t size, void *context)
{
    struct fl_buffer *buffer = context;
    (void)one;
    fl_buffer_put_memory(buffer, bytes, size);
    return fl_buffer_status(buffer) == FL_OK ? size : 0;
}

void fl_endpoint_curl_take(CURL *curl, struct fl_buffer *out_bytes)
{
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, out_bytes);
}

enum fl_status fl_endpoint_curl_password(
    CURL *curl,
    const char *password_file,
    struct fl_error *out_error)
{
    struct fl_buffer text;
    if (password_file[0] == '\0') {
        return FL_OK;
    }
    fl_buffer_init(&text, FL_PLACE_PASSWORD_BYTES);
    enum fl_status status =
        fl_file_read(password_file, FL_PLACE_PASSWORD_BYTES - 1, &text, out_error);
    while (status == FL_OK && text.size > 0 &&
           (text.data[text.size - 1] == '\n' || text.data[text.size - 1] == '\r')) {
        text.size--;
    }
    fl_buffer_put_u8(&text, 0);
    if (status == FL_OK && fl_buffer_status(&text) == FL_OK) {
        (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, (const char *)text.data);
    }
    fl_buffer_deinit(&text);
    return status;
}

enum fl_status fl_endpoint_curl_failed(
    CURLcode code,
    const struct fl_place *place,
    const char *url,
    const char *words,
    struct fl_error *out_error)
{
    if (code == CURLE_LOGIN_DENIED) {
        return fl_error_set(
            out_error, FL_REFUSED, "%s refuses the user or the password", url);
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s: its certificate is not trusted (%s); give --ca-file FILE with the "
            "certificate of the server, or of who signed it",
            url, words[0] != '\0' ? words : curl_easy_strerror(code));
    }
    if (code == CURLE_SSL_CACERT_BADFILE) {
        return fl_error_set(
            out_error, FL_REFUSED, "%s holds no certificate (PEM) that can be read",
            place->ca_file);
    }
    if (code == CURLE_USE_SSL_FAILED) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s has no TLS, and nothing is sent to it in the open%s", url,
            strncmp(url, "ftp", 3) == 0 ? _("; ftp:// would") : "");
    }
    return fl_error_set(
        out_error, FL_IO, "%s: %s", url,
        words[0] != '\0' ? words : curl_easy_strerror(code));
}
