#include "mailbox.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    SLOW_SECONDS = 60, /* without a byte */
    ANSWER_BYTES_MAX = 4 << 20,
};

static const struct fl_mailbox_protocol *const PROTOCOLS[] = {
    &fl_mailbox_imap, &fl_mailbox_pop3};

/* --- addresses --- */

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Behind the scheme, with or without its s; "": it is another one. */
static const char *behind_scheme(const char *url, const char *scheme)
{
    const size_t size = strlen(scheme);
    const char *behind = begins(url, scheme) ? url + size + (url[size] == 's') : "";
    return begins(behind, "://") ? behind : "";
}

const struct fl_mailbox_protocol *fl_mailbox_protocol_of(const char *url)
{
    for (size_t i = 0; i < sizeof PROTOCOLS / sizeof PROTOCOLS[0]; i++) {
        if (behind_scheme(url, PROTOCOLS[i]->scheme)[0] != '\0') {
            return PROTOCOLS[i];
        }
    }
    return NULL;
}

static char *part_of(const char *url, CURLUPart part)
{
    char *text = NULL;
    CURLU *parts = curl_url();
    if (parts != NULL &&
        curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
        (void)curl_url_get(
            parts, part, &text, part == CURLUPART_USER ? CURLU_URLDECODE : 0);
    }
    curl_url_cleanup(parts);
    return text;
}

/* Here nobody listens between, and a relay of the machine's own has no TLS. */
static bool is_here(const char *url)
{
    char *host = part_of(url, CURLUPART_HOST);
    bool here =
        host != NULL && (strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0 ||
                         strcmp(host, "localhost") == 0);
    curl_free(host);
    return here;
}

enum fl_status fl_mailbox_check_url(
    const char *url,
    const char *scheme,
    const char *example,
    struct fl_error *out_error)
{
    const bool is_one = behind_scheme(url, scheme)[0] != '\0';
    char *host = is_one ? part_of(url, CURLUPART_HOST) : NULL;
    char *password = part_of(url, CURLUPART_PASSWORD);
    enum fl_status status = FL_OK;
    if (host == NULL || strlen(url) > FL_ENDPOINT_BYTES_MAX) {
        status = fl_error_set(
            out_error, FL_MALFORMED, "\"%s\" is no address of a server of mail: %s", url,
            example);
    } else if (password != NULL) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "the address holds a password, which everybody would see; put it into a file "
            "and give --password-file");
    }
    curl_free(password);
    curl_free(host);
    return status;
}

/* --- one request --- */

enum fl_status fl_mailbox_prepare(struct fl_mailbox *mailbox, struct fl_error *out_error)
{
    CURL *curl = mailbox->curl;
    curl_easy_reset(curl); /* it keeps the connection */
    fl_buffer_clear(&mailbox->response);
    mailbox->words[0] = '\0';
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, mailbox->words);
    (void)curl_easy_setopt(
        curl, CURLOPT_PROTOCOLS_STR, "imap,imaps,pop3,pop3s,smtp,smtps");
    (void)curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)SLOW_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    fl_endpoint_curl_take(curl, &mailbox->response);
    if (!is_here(mailbox->url)) {
        (void)curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    }
    fl_endpoint_curl_limit(curl, mailbox->place, SLOW_SECONDS);
    return fl_endpoint_curl_password(curl, mailbox->place->password_file, out_error);
}

enum fl_status fl_mailbox_begin(
    struct fl_mailbox *mailbox,
    const struct fl_place *place,
    const char *url,
    struct fl_error *out_error)
{
    *mailbox = (struct fl_mailbox){
        .place = place,
        .url = url,
        .protocol = fl_mailbox_protocol_of(url),
        .curl = curl_easy_init()};
    fl_buffer_init(&mailbox->response, ANSWER_BYTES_MAX);
    return mailbox->curl == NULL
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : fl_mailbox_prepare(mailbox, out_error);
}

void fl_mailbox_end(struct fl_mailbox *mailbox)
{
    if (mailbox->curl != NULL) {
        curl_easy_cleanup(mailbox->curl);
    }
    fl_buffer_deinit(&mailbox->response);
}

void fl_mailbox_add(struct fl_mailbox *mailbox, uint32_t mail)
{
    mailbox->count += mailbox->count < FL_MAILBOX_MAILS_MAX;
    memmove(
        mailbox->mails + 1, mailbox->mails,
        (mailbox->count - 1) * sizeof mailbox->mails[0]);
    mailbox->mails[0] = mail;
}

enum fl_status fl_mailbox_perform(struct fl_mailbox *mailbox, struct fl_error *out_error)
{
    long connects = 0;
    const CURLcode code = curl_easy_perform(mailbox->curl);
    (void)curl_easy_getinfo(mailbox->curl, CURLINFO_NUM_CONNECTS, &connects);
    const bool is_another = mailbox->is_connected && connects > 0;
    mailbox->is_connected = mailbox->is_connected || connects > 0;
    if (code != CURLE_OK) {
        return fl_endpoint_curl_failed(
            code, mailbox->place, mailbox->url, mailbox->words, out_error);
    }
    return is_another && mailbox->protocol != NULL && mailbox->protocol->is_by_connection
               ? fl_error_set(
                     out_error, FL_BUSY, "%s: the connection broke", mailbox->url)
               : FL_OK;
}

enum fl_status fl_mailbox_text(
    struct fl_mailbox *mailbox,
    const char **out_text,
    struct fl_error *out_error)
{
    fl_buffer_put_u8(&mailbox->response, 0);
    if (fl_buffer_status(&mailbox->response) != FL_OK) {
        return fl_error_set(
            out_error, FL_LIMIT, "%s: the list of mails is too long", mailbox->url);
    }
    *out_text = (const char *)mailbox->response.data;
    return FL_OK;
}

enum fl_status fl_mailbox_measured(
    const struct fl_mailbox *mailbox,
    uint64_t size,
    const char *date,
    uint64_t number,
    struct fl_place_file *io_file,
    struct fl_error *out_error)
{
    const time_t seconds = curl_getdate(date, NULL);
    io_file->size = size;
    io_file->changed_ms =
        (int64_t)(seconds > 0 ? seconds : 0) * 1000 + 1 + (int64_t)(number % 999);
    return size > 0 && size <= FL_MAILBOX_MAIL_BYTES_MAX
               ? FL_OK
               : fl_error_set(
                     out_error, FL_LIMIT, "%s: a mail has %llu bytes", mailbox->url,
                     (unsigned long long)size);
}

static size_t on_file(char *bytes, size_t one, size_t size, void *context)
{
    (void)one;
    return fwrite(bytes, 1, size, context);
}

enum fl_status fl_mailbox_fetch(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    FILE *file,
    struct fl_error *out_error)
{
    enum fl_status status = mailbox->protocol->ask_for(mailbox, mail, out_error);
    if (status == FL_OK) {
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_WRITEFUNCTION, on_file);
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_WRITEDATA, file);
        (void)curl_easy_setopt(
            mailbox->curl, CURLOPT_MAXFILESIZE_LARGE,
            (curl_off_t)FL_MAILBOX_MAIL_BYTES_MAX);
        status = fl_mailbox_perform(mailbox, out_error);
    }
    if (status == FL_OK && (fflush(file) != 0 || fseek(file, 0, SEEK_SET) != 0)) {
        status = fl_error_set(out_error, FL_IO, "%s", strerror(errno));
    }
    return status;
}
