#include "http_tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

enum { PEM_BYTES_MAX = 1 << 20 };

/* Also where the compiler sees that nobody reads it again. */
static void wipe(void *memory, size_t size)
{
    volatile uint8_t *bytes = memory;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = 0;
    }
}

static enum fl_status read_text(
    const char *path,
    char **out_text,
    struct fl_error *out_error)
{
    struct fl_buffer buffer;
    enum fl_status status = fl_file_read(path, PEM_BYTES_MAX, &buffer, out_error);
    if (status != FL_OK) {
        return status;
    }
    char *text = fl_alloc_zeroed(1, buffer.size + 1);
    if (text != NULL && buffer.size > 0) {
        memcpy(text, buffer.data, buffer.size);
        wipe(buffer.data, buffer.size);
    }
    fl_buffer_deinit(&buffer);
    if (text == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *out_text = text;
    return FL_OK;
}

static enum fl_status look_at_certificate(
    const char *path,
    struct fl_http_tls *tls,
    struct fl_error *out_error)
{
    gnutls_x509_crt_t certificate;
    if (gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    gnutls_datum_t pem = {
        (unsigned char *)tls->certificate, (unsigned)strlen(tls->certificate)};
    int reason = gnutls_x509_crt_import(certificate, &pem, GNUTLS_X509_FMT_PEM);
    if (reason == GNUTLS_E_SUCCESS) {
        tls->begin_s = (int64_t)gnutls_x509_crt_get_activation_time(certificate);
        tls->end_s = (int64_t)gnutls_x509_crt_get_expiration_time(certificate);
    }
    gnutls_x509_crt_deinit(certificate);
    if (reason != GNUTLS_E_SUCCESS) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "http_certificate = %s is not a certificate in PEM: %s", path,
            gnutls_strerror(reason));
    }
    return FL_OK;
}

static enum fl_status check_mode(const char *path, struct fl_error *out_error)
{
    struct stat facts;
    if (stat(path, &facts) == 0 && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "http_key = %s can be read by others than its owner: chmod 600 it", path);
    }
    return FL_OK;
}

enum fl_status fl_http_tls_load(
    const struct fl_settings *settings,
    struct fl_http_tls *out_tls,
    struct fl_error *out_error)
{
    struct fl_http_tls tls = {.certificate = NULL};
    bool has_certificate = settings->http_certificate[0] != '\0';
    bool has_key = settings->http_key[0] != '\0';
    if (has_certificate != has_key) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "http_certificate and http_key in node.conf go together: %s is missing",
            has_key ? "http_certificate" : "http_key");
    }
    if (!has_certificate) {
        return FL_OK;
    }
    enum fl_status status = check_mode(settings->http_key, out_error);
    if (status == FL_OK) {
        status = read_text(settings->http_certificate, &tls.certificate, out_error);
    }
    if (status == FL_OK) {
        status = read_text(settings->http_key, &tls.key, out_error);
    }
    if (status == FL_OK) {
        status = look_at_certificate(settings->http_certificate, &tls, out_error);
    }
    if (status != FL_OK) {
        fl_http_tls_clear(&tls);
        return status;
    }
    *out_tls = tls;
    return FL_OK;
}

void fl_http_tls_clear(struct fl_http_tls *tls)
{
    if (tls->key != NULL) {
        wipe(tls->key, strlen(tls->key));
    }
    fl_free(tls->key);
    fl_free(tls->certificate);
    *tls = (struct fl_http_tls){.certificate = NULL};
}
