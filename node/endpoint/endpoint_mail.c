/*
 * A mail drop, as 1C's libraries use one: who has a message sends it to the address of
 * the account itself, "Exchange message (<name of the file>)", the file attached; who
 * reads takes the newest mail of such a name. Nobody takes mails away there: what we sent
 * is deleted as soon as something newer of ours has come. IMAP and SMTP through libcurl,
 * a connection a call.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "endpoint_curl.h"
#include "endpoint_format.h"
#include "mail.h"
#include "random.h"

#define SUBJECT_BEGINNING "Exchange message ("

enum {
    SLOW_SECONDS = 60, /* without a byte */
    ANSWER_BYTES_MAX = 4 << 20,
    MAIL_BYTES_MAX = 512 << 20,
    MAILS_MAX = 64, /* of the newest that are looked at */
    URL_BYTES = 4096,
    COMMAND_BYTES = 256,
    FIELD_BYTES_MAX = 16 << 10,
};

struct mailbox {
    CURL *curl;
    const struct fl_place *place;
    const char *url; /* for people */
    char words[CURL_ERROR_SIZE];
    struct fl_buffer response;
    uint32_t mails[MAILS_MAX]; /* UIDs, the newest first */
    size_t count;
};

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool is_mail(const struct fl_place *place)
{
    return begins(place->url, "imap://") || begins(place->url, "imaps://");
}

/* --- addresses --- */

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

static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    return at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
           text[strcspn(text, " \t\r\n<>,;\"\\()")] == '\0';
}

static enum fl_status check_url(
    const char *url,
    const char *scheme,
    const char *example,
    struct fl_error *out_error)
{
    const size_t size = strlen(scheme);
    const char *behind = begins(url, scheme) ? url + size + (url[size] == 's') : "";
    char *host = begins(behind, "://") ? part_of(url, CURLUPART_HOST) : NULL;
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

enum fl_status fl_place_check_mail(
    const char *imap,
    const char *smtp,
    const char *address,
    struct fl_error *out_error)
{
    enum fl_status status = check_url(imap, "imap", "imaps://user@host/INBOX", out_error);
    if (status == FL_OK && smtp[0] == '\0') {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "by which server are mails sent? --smtp smtps://user@host");
    }
    if (status == FL_OK) {
        status = check_url(smtp, "smtp", "smtps://user@host", out_error);
    }
    if (status == FL_OK && !is_address(address)) {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "what is the address of the account, to which messages go? --mail-address "
            "exchange@firm.example");
    }
    return status;
}

/* --- one request --- */

static size_t on_file(char *bytes, size_t one, size_t size, void *context)
{
    (void)one;
    return fwrite(bytes, 1, size, context);
}

/* Options that every request needs: reset between them keeps the connection. */
static enum fl_status prepare(struct mailbox *mailbox, struct fl_error *out_error)
{
    CURL *curl = mailbox->curl;
    curl_easy_reset(curl);
    fl_buffer_clear(&mailbox->response);
    mailbox->words[0] = '\0';
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, mailbox->words);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imap,imaps,smtp,smtps");
    (void)curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)SLOW_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    fl_endpoint_curl_take(curl, &mailbox->response);
    if (!is_here(mailbox->url)) {
        (void)curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    }
    fl_endpoint_curl_limit(curl, mailbox->place, SLOW_SECONDS);
    return fl_endpoint_curl_password(curl, mailbox->place, out_error);
}

static enum fl_status begin(
    struct mailbox *mailbox,
    const struct fl_place *place,
    const char *url,
    struct fl_error *out_error)
{
    *mailbox = (struct mailbox){.place = place, .url = url, .curl = curl_easy_init()};
    fl_buffer_init(&mailbox->response, ANSWER_BYTES_MAX);
    return mailbox->curl == NULL
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : prepare(mailbox, out_error);
}

static void end(struct mailbox *mailbox)
{
    if (mailbox->curl != NULL) {
        curl_easy_cleanup(mailbox->curl);
    }
    fl_buffer_deinit(&mailbox->response);
}

static enum fl_status perform(struct mailbox *mailbox, struct fl_error *out_error)
{
    const CURLcode code = curl_easy_perform(mailbox->curl);
    return code == CURLE_OK
               ? FL_OK
               : fl_endpoint_curl_failed(
                     code, mailbox->place, mailbox->url, mailbox->words, out_error);
}

/* The folder, or behind it what libcurl is to fetch of a mail: ";UID=5". */
static enum fl_status set_url(
    struct mailbox *mailbox,
    const char *what,
    struct fl_error *out_error)
{
    char url[URL_BYTES];
    size_t size = strlen(mailbox->url);
    while (size > 0 && mailbox->url[size - 1] == '/') {
        size--;
    }
    const char *host = strstr(mailbox->url, "://");
    const bool has_folder =
        host != NULL && memchr(host + 3, '/', size - (size_t)(host + 3 - mailbox->url));
    snprintf(
        url, sizeof url, "%.*s%s%s%s", (int)size, mailbox->url,
        has_folder ? "" : "/INBOX", what[0] == '\0' ? "" : "/", what);
    return curl_easy_setopt(mailbox->curl, CURLOPT_URL, url) == CURLE_OK
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* A command of IMAP in the folder; its answer is the response, a text. */
static enum fl_status command(
    struct mailbox *mailbox,
    const char *words,
    struct fl_error *out_error)
{
    enum fl_status status = prepare(mailbox, out_error);
    if (status == FL_OK) {
        status = set_url(mailbox, "", out_error);
    }
    if (status == FL_OK) {
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_CUSTOMREQUEST, words);
        status = perform(mailbox, out_error);
    }
    fl_buffer_put_u8(&mailbox->response, 0);
    return status == FL_OK && fl_buffer_status(&mailbox->response) != FL_OK
               ? fl_error_set(
                     out_error, FL_LIMIT, "%s: the list of mails is too long",
                     mailbox->url)
               : status;
}

/* --- mails --- */

/* Servers decode subjects before they look. */
static enum fl_status list(struct mailbox *mailbox, struct fl_error *out_error)
{
    enum fl_status status =
        command(mailbox, "UID SEARCH UNDELETED SUBJECT \"Exchange message\"", out_error);
    if (status != FL_OK) {
        return status;
    }
    mailbox->count = 0;
    const char *at = strstr((const char *)mailbox->response.data, "SEARCH");
    at = at == NULL ? "" : at + strlen("SEARCH");
    uint32_t last[MAILS_MAX] = {0};
    size_t found = 0;
    for (char *behind = NULL; *at == ' '; at = behind) {
        const unsigned long uid = strtoul(at, &behind, 10);
        if (behind == at || uid == 0 || uid > UINT32_MAX) {
            break;
        }
        last[found++ % MAILS_MAX] = (uint32_t)uid;
    }
    for (size_t i = found; i > 0 && mailbox->count < MAILS_MAX; i--) {
        mailbox->mails[mailbox->count++] = last[(i - 1) % MAILS_MAX];
    }
    return FL_OK;
}

/* The file that a mail says it carries; "": it is no mail of an exchange. */
static enum fl_status look_at(
    struct mailbox *mailbox,
    uint32_t uid,
    char out_name[FL_MAIL_NAME_BYTES],
    struct fl_error *out_error)
{
    char what[COMMAND_BYTES];
    char subject[FL_MAIL_NAME_BYTES];
    out_name[0] = '\0';
    snprintf(what, sizeof what, ";UID=%u;SECTION=HEADER.FIELDS%%20(SUBJECT)", uid);
    enum fl_status status = prepare(mailbox, out_error);
    if (status == FL_OK) {
        status = set_url(mailbox, what, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    const CURLcode code = curl_easy_perform(mailbox->curl);
    if (code == CURLE_REMOTE_FILE_NOT_FOUND || code == CURLE_WEIRD_SERVER_REPLY) {
        return FL_OK; /* somebody has just deleted it */
    }
    if (code != CURLE_OK) {
        return fl_endpoint_curl_failed(
            code, mailbox->place, mailbox->url, mailbox->words, out_error);
    }
    fl_mail_field(fl_buffer_view(&mailbox->response), "Subject", subject);
    const char *name = subject + strlen(SUBJECT_BEGINNING);
    const size_t size = strlen(subject);
    if (begins(subject, SUBJECT_BEGINNING) && subject[size - 1] == ')' &&
        name[0] != '.' && strchr(name, '/') == NULL) {
        snprintf(
            out_name, FL_MAIL_NAME_BYTES, "%.*s",
            (int)(size - 1 - strlen(SUBJECT_BEGINNING)), name);
    }
    return FL_OK;
}

/* Its size, and a time that no other mail of the folder has: seconds alone would not do.
 */
static enum fl_status measure(
    struct mailbox *mailbox,
    uint32_t uid,
    struct fl_place_file *io_file,
    struct fl_error *out_error)
{
    char words[COMMAND_BYTES];
    snprintf(words, sizeof words, "UID FETCH %u (RFC822.SIZE INTERNALDATE)", uid);
    enum fl_status status = command(mailbox, words, out_error);
    if (status != FL_OK) {
        return status;
    }
    const char *text = (const char *)mailbox->response.data;
    const char *size = strstr(text, "RFC822.SIZE ");
    const char *date = strstr(text, "INTERNALDATE \"");
    char day[64] = "";
    if (date != NULL) {
        date += strlen("INTERNALDATE \"");
        snprintf(day, sizeof day, "%.*s", (int)strcspn(date, "\""), date);
    }
    const time_t seconds = curl_getdate(day, NULL);
    io_file->size = size == NULL ? 0 : strtoull(size + strlen("RFC822.SIZE "), NULL, 10);
    io_file->changed_ms =
        (int64_t)(seconds > 0 ? seconds : 0) * 1000 + 1 + (int64_t)(uid % 999);
    return io_file->size > 0 && io_file->size <= MAIL_BYTES_MAX
               ? FL_OK
               : fl_error_set(
                     out_error, FL_LIMIT, "%s: mail %u has %llu bytes", mailbox->url, uid,
                     (unsigned long long)io_file->size);
}

static void delete_mail(struct mailbox *mailbox, uint32_t uid)
{
    char words[COMMAND_BYTES];
    struct fl_error ignored;
    snprintf(words, sizeof words, "UID STORE %u +FLAGS.SILENT (\\Deleted)", uid);
    if (command(mailbox, words, &ignored) == FL_OK) {
        /* Not of every server; without it the mail goes when somebody tidies up. */
        snprintf(words, sizeof words, "UID EXPUNGE %u", uid);
        (void)command(mailbox, words, &ignored);
    }
}

/* Names of mails may lack the ending of the file. */
static bool fits(const char *mask, const char *name)
{
    char whole[FL_MAIL_NAME_BYTES + 8];
    snprintf(whole, sizeof whole, "%s.xml", name);
    return fl_endpoint_mask_fits(mask, name) || fl_endpoint_mask_fits(mask, whole);
}

/*
 * The newest mail whose file fits `mask`, 0: none. With `own` older ones of that name are
 * deleted.
 */
static enum fl_status find(
    struct mailbox *mailbox,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    uint32_t *out_uid,
    bool *out_has,
    struct fl_error *out_error)
{
    enum fl_status status = list(mailbox, out_error);
    *out_uid = 0;
    for (size_t i = 0; status == FL_OK && i < mailbox->count; i++) {
        char name[FL_MAIL_NAME_BYTES];
        status = look_at(mailbox, mailbox->mails[i], name, out_error);
        if (status != FL_OK || name[0] == '\0') {
            continue;
        }
        if (own != NULL && strcmp(name, own) == 0) {
            if (*out_has) {
                delete_mail(mailbox, mailbox->mails[i]);
            }
            *out_has = true;
        } else if (*out_uid == 0 && fits(mask, name)) {
            *out_uid = mailbox->mails[i];
            snprintf(out_file->name, sizeof out_file->name, "%s", name);
        }
    }
    return status == FL_OK && *out_uid != 0
               ? measure(mailbox, *out_uid, out_file, out_error)
               : status;
}

static enum fl_status newest(
    const struct fl_place *place,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error)
{
    struct mailbox mailbox;
    uint32_t uid = 0;
    enum fl_status status = begin(&mailbox, place, place->url, out_error);
    if (status == FL_OK) {
        status = find(&mailbox, mask, own, out_file, &uid, out_has, out_error);
    }
    end(&mailbox);
    return status == FL_OK && uid == 0 ? FL_NOT_FOUND : status;
}

/* --- a mail that came --- */

static bool is_package(void *context, const char *name)
{
    const char *ending = strrchr(name, '.');
    (void)context;
    return ending != NULL && (fl_endpoint_mask_fits("*.xml/*.zip", ending));
}

static enum fl_status fetch(
    struct mailbox *mailbox,
    uint32_t uid,
    FILE *mail,
    struct fl_error *out_error)
{
    char what[COMMAND_BYTES];
    snprintf(what, sizeof what, ";UID=%u", uid);
    enum fl_status status = prepare(mailbox, out_error);
    if (status == FL_OK) {
        status = set_url(mailbox, what, out_error);
    }
    if (status == FL_OK) {
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_WRITEFUNCTION, on_file);
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_WRITEDATA, mail);
        (void)curl_easy_setopt(
            mailbox->curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)MAIL_BYTES_MAX);
        status = perform(mailbox, out_error);
    }
    if (status == FL_OK && (fflush(mail) != 0 || fseek(mail, 0, SEEK_SET) != 0)) {
        status = fl_error_set(out_error, FL_IO, "%s", strerror(errno));
    }
    return status;
}

static enum fl_status take_attachment(
    FILE *mail,
    const char *path,
    struct fl_error *out_error)
{
    FILE *target = fopen(path, "wbe");
    if (target == NULL) {
        return fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    enum fl_status status = fl_mail_attachment(mail, is_package, NULL, target, out_error);
    bool kept = fflush(target) == 0 && fsync(fileno(target)) == 0;
    kept = fclose(target) == 0 && kept;
    if (status == FL_OK && !kept) {
        status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    return status;
}

static enum fl_status get(
    const struct fl_place *place,
    const struct fl_place_file *file,
    const char *path,
    struct fl_error *out_error)
{
    struct mailbox mailbox;
    struct fl_place_file found = {.name = ""};
    uint32_t uid = 0;
    bool has = false;
    FILE *mail = NULL;
    enum fl_status status = begin(&mailbox, place, place->url, out_error);
    if (status == FL_OK) {
        status = find(&mailbox, file->name, NULL, &found, &uid, &has, out_error);
    }
    if (status == FL_OK &&
        (found.size != file->size || found.changed_ms != file->changed_ms)) {
        status = fl_error_set(out_error, FL_BUSY, "%s: a newer mail came", place->url);
    }
    if (status == FL_OK && (mail = tmpfile()) == NULL) {
        status = fl_error_set(out_error, FL_IO, "%s", strerror(errno));
    }
    if (status == FL_OK) {
        status = fetch(&mailbox, uid, mail, out_error);
    }
    if (status == FL_OK) {
        status = take_attachment(mail, path, out_error);
    }
    if (mail != NULL) {
        (void)fclose(mail);
    }
    end(&mailbox);
    return status;
}

/* --- a mail that goes --- */

/* False: no memory. */
static bool add_field(
    struct curl_slist **io_fields,
    const char *before,
    const char *text,
    const char *after)
{
    char field[FIELD_BYTES_MAX];
    snprintf(field, sizeof field, "%s%s%s", before, text, after);
    struct curl_slist *list_of = curl_slist_append(*io_fields, field);
    *io_fields = list_of == NULL ? *io_fields : list_of;
    return list_of != NULL;
}

/* All of it, or NULL: no memory. */
static struct curl_slist *header_of(const struct fl_place *place, const char *name)
{
    struct curl_slist *fields = NULL;
    struct fl_buffer subject;
    char plain[FL_PLACE_NAME_BYTES + 32];
    char date[64];
    struct tm parts;
    const time_t now = time(NULL);
    gmtime_r(&now, &parts);
    /* The names of days and months are English in every locale. */
    static const char *const DAYS[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    snprintf(
        date, sizeof date, "%s, %02d %s %d %02d:%02d:%02d +0000", DAYS[parts.tm_wday],
        parts.tm_mday, MONTHS[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
        parts.tm_min, parts.tm_sec);
    fl_buffer_init(&subject, FIELD_BYTES_MAX / 2);
    snprintf(plain, sizeof plain, SUBJECT_BEGINNING "%s)", name);
    fl_mail_encode(plain, &subject);
    fl_buffer_put_u8(&subject, 0);
    const struct fl_uuid_text id = fl_uuid_text(fl_random_uuid());
    const bool whole = fl_buffer_status(&subject) == FL_OK &&
                       add_field(&fields, "Date: ", date, "") &&
                       add_field(&fields, "From: <", place->address, ">") &&
                       add_field(&fields, "To: <", place->address, ">") &&
                       add_field(&fields, "Subject: ", (const char *)subject.data, "") &&
                       add_field(&fields, "Message-ID: <", id.text, "@filial>");
    fl_buffer_deinit(&subject);
    if (!whole) {
        curl_slist_free_all(fields);
    }
    return whole ? fields : NULL;
}

/* The file is read while it goes. */
static bool attach(curl_mime *mime, const char *path, const char *name)
{
    struct fl_buffer encoded;
    struct curl_slist *fields = NULL;
    const char *ending = strrchr(name, '.');
    const bool zip = ending != NULL && strcmp(ending, ".zip") == 0;
    curl_mimepart *text = curl_mime_addpart(mime);
    curl_mimepart *file = curl_mime_addpart(mime);
    fl_buffer_init(&encoded, FIELD_BYTES_MAX / 2);
    fl_mail_encode(name, &encoded);
    fl_buffer_put_u8(&encoded, 0);
    bool whole = fl_buffer_status(&encoded) == FL_OK &&
                 add_field(
                     &fields,
                     zip ? "Content-Type: application/zip; name=\""
                         : "Content-Type: application/xml; name=\"",
                     (const char *)encoded.data, "\"") &&
                 add_field(
                     &fields, "Content-Disposition: attachment; filename=\"",
                     (const char *)encoded.data, "\"");
    fl_buffer_deinit(&encoded);
    whole = whole && text != NULL && file != NULL &&
            curl_mime_data(text, "Data exchange message\r\n", CURL_ZERO_TERMINATED) ==
                CURLE_OK &&
            curl_mime_filedata(file, path) == CURLE_OK &&
            curl_mime_filename(file, NULL) == CURLE_OK &&
            curl_mime_encoder(file, "base64") == CURLE_OK &&
            curl_mime_headers(file, fields, /* take_ownership= */ 1) == CURLE_OK;
    if (!whole) {
        curl_slist_free_all(fields);
    }
    return whole;
}

static enum fl_status put(
    const struct fl_place *place,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    struct mailbox mailbox;
    char address[FL_PLACE_BYTES + 2];
    enum fl_status status = begin(&mailbox, place, place->smtp, out_error);
    curl_mime *mime = status == FL_OK ? curl_mime_init(mailbox.curl) : NULL;
    struct curl_slist *fields = header_of(place, name);
    snprintf(address, sizeof address, "<%s>", place->address);
    struct curl_slist *to = curl_slist_append(NULL, address);
    if (status == FL_OK &&
        (mime == NULL || to == NULL || fields == NULL || !attach(mime, path, name))) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (status == FL_OK) {
        (void)curl_easy_setopt(mailbox.curl, CURLOPT_URL, place->smtp);
        (void)curl_easy_setopt(mailbox.curl, CURLOPT_MAIL_FROM, address);
        (void)curl_easy_setopt(mailbox.curl, CURLOPT_MAIL_RCPT, to);
        (void)curl_easy_setopt(mailbox.curl, CURLOPT_HTTPHEADER, fields);
        (void)curl_easy_setopt(mailbox.curl, CURLOPT_MIMEPOST, mime);
        status = perform(&mailbox, out_error);
    }
    curl_mime_free(mime);
    curl_slist_free_all(fields);
    curl_slist_free_all(to);
    end(&mailbox);
    return status;
}

static void remove_mails(const struct fl_place *place, const char *name)
{
    struct mailbox mailbox;
    struct fl_error ignored;
    enum fl_status status = begin(&mailbox, place, place->url, &ignored);
    if (status == FL_OK && list(&mailbox, &ignored) == FL_OK) {
        for (size_t i = 0; status == FL_OK && i < mailbox.count; i++) {
            char found[FL_MAIL_NAME_BYTES];
            status = look_at(&mailbox, mailbox.mails[i], found, &ignored);
            if (status == FL_OK && strcmp(found, name) == 0) {
                delete_mail(&mailbox, mailbox.mails[i]);
            }
        }
    }
    end(&mailbox);
}

const struct fl_place_transport fl_place_mail =
    {.is = is_mail, .newest = newest, .get = get, .put = put, .remove = remove_mails};
