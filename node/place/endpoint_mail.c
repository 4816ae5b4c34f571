/*
 * A mail drop, as 1C's libraries use one: who has a message sends it to the address of
 * the account itself, "Exchange message (<name of the file>)", the file attached; who
 * reads takes the newest mail of such a name. Nobody takes mails away there: what we sent
 * is deleted as soon as something newer of ours has come. What nodes carry
 * (carry_server.h) goes the same way. Mails are read by IMAP or POP3 (mailbox.h) and sent
 * by SMTP, a connection a call.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "endpoint/endpoint_format.h"
#include "mail.h"
#include "mailbox.h"
#include "random.h"

#define SUBJECT_BEGINNING "Exchange message ("

enum { FIELD_BYTES_MAX = 16 << 10 };

static bool is_mail(const struct fl_place *place)
{
    return fl_mailbox_protocol_of(place->url) != NULL;
}

/* --- addresses --- */

static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    return at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
           text[strcspn(text, " \t\r\n<>,;\"\\()")] == '\0';
}

enum fl_status fl_place_check_mailbox(const char *mailbox, struct fl_error *out_error)
{
    const struct fl_mailbox_protocol *protocol = fl_mailbox_protocol_of(mailbox);
    protocol = protocol == NULL ? &fl_mailbox_imap : protocol;
    return fl_mailbox_check_url(mailbox, protocol->scheme, protocol->example, out_error);
}

enum fl_status fl_place_check_mail(
    const char *mailbox,
    const char *smtp,
    const char *address,
    struct fl_error *out_error)
{
    enum fl_status status = fl_place_check_mailbox(mailbox, out_error);
    if (status == FL_OK && smtp[0] == '\0') {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "by which server are mails sent? --smtp smtps://user@host");
    }
    if (status == FL_OK) {
        status = fl_mailbox_check_url(smtp, "smtp", "smtps://user@host", out_error);
    }
    if (status == FL_OK && !is_address(address)) {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "what is the address of the account, to which messages go? --mail-address "
            "exchange@firm.example");
    }
    return status;
}

/* --- mails --- */

/* The file that a mail says it carries; "": it is no mail of an exchange. */
static enum fl_status look_at(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    char out_name[FL_MAIL_NAME_BYTES],
    struct fl_error *out_error)
{
    char subject[FL_MAIL_NAME_BYTES];
    out_name[0] = '\0';
    enum fl_status status = mailbox->protocol->look(mailbox, mail, out_error);
    if (status != FL_OK) {
        return status == FL_NOT_FOUND ? FL_OK : status;
    }
    fl_mail_field(fl_buffer_view(&mailbox->response), "Subject", subject);
    const char *name = subject + strlen(SUBJECT_BEGINNING);
    const size_t size = strlen(subject);
    if (strncmp(subject, SUBJECT_BEGINNING, strlen(SUBJECT_BEGINNING)) == 0 &&
        subject[size - 1] == ')' && name[0] != '.' && strchr(name, '/') == NULL) {
        snprintf(
            out_name, FL_MAIL_NAME_BYTES, "%.*s",
            (int)(size - 1 - strlen(SUBJECT_BEGINNING)), name);
    }
    return FL_OK;
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
    struct fl_mailbox *mailbox,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    uint32_t *out_mail,
    bool *out_has,
    struct fl_error *out_error)
{
    enum fl_status status = mailbox->protocol->list(mailbox, out_error);
    *out_mail = 0;
    for (size_t i = 0; status == FL_OK && i < mailbox->count; i++) {
        char name[FL_MAIL_NAME_BYTES];
        status = look_at(mailbox, mailbox->mails[i], name, out_error);
        if (status != FL_OK || name[0] == '\0') {
            continue;
        }
        if (own != NULL && strcmp(name, own) == 0) {
            if (*out_has) {
                mailbox->protocol->remove(mailbox, mailbox->mails[i]);
            }
            *out_has = true;
        } else if (*out_mail == 0 && fits(mask, name)) {
            *out_mail = mailbox->mails[i];
            snprintf(out_file->name, sizeof out_file->name, "%s", name);
        }
    }
    return status == FL_OK && *out_mail != 0
               ? mailbox->protocol->measure(mailbox, *out_mail, out_file, out_error)
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
    struct fl_mailbox mailbox;
    uint32_t mail = 0;
    enum fl_status status = fl_mailbox_begin(&mailbox, place, place->url, out_error);
    if (status == FL_OK) {
        status = find(&mailbox, mask, own, out_file, &mail, out_has, out_error);
    }
    fl_mailbox_end(&mailbox);
    return status == FL_OK && mail == 0 ? FL_NOT_FOUND : status;
}

static bool has_name(const struct fl_buffer *names, const char *name)
{
    for (size_t at = 0; at < names->size;) {
        const char *known = (const char *)names->data + at;
        if (strcmp(known, name) == 0) {
            return true;
        }
        at += strlen(known) + 1;
    }
    return false;
}

enum fl_status fl_mail_names(
    const struct fl_place *place,
    const char *mask,
    struct fl_buffer *out_names,
    struct fl_error *out_error)
{
    struct fl_mailbox mailbox;
    enum fl_status status = fl_mailbox_begin(&mailbox, place, place->url, out_error);
    if (status == FL_OK) {
        status = mailbox.protocol->list(&mailbox, out_error);
    }
    for (size_t i = 0; status == FL_OK && i < mailbox.count; i++) {
        char name[FL_MAIL_NAME_BYTES];
        status = look_at(&mailbox, mailbox.mails[i], name, out_error);
        if (status == FL_OK && name[0] != '\0' && fl_endpoint_mask_fits(mask, name) &&
            !has_name(out_names, name)) {
            fl_buffer_put_memory(out_names, name, strlen(name) + 1);
        }
    }
    if (status == FL_OK && fl_buffer_status(out_names) != FL_OK) {
        status = fl_error_set(
            out_error, FL_LIMIT, "%s: the list of files is too long", mailbox.url);
    }
    fl_mailbox_end(&mailbox);
    return status;
}

/* --- a mail that came --- */

static bool is_package(void *context, const char *name)
{
    const char *ending = strrchr(name, '.');
    (void)context;
    return ending != NULL &&
           fl_endpoint_mask_fits("*.xml/*.zip/*.messages/*.confirmed", ending);
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
    struct fl_mailbox mailbox;
    struct fl_place_file found = {.name = ""};
    uint32_t mail = 0;
    bool has = false;
    FILE *text = NULL;
    enum fl_status status = fl_mailbox_begin(&mailbox, place, place->url, out_error);
    if (status == FL_OK) {
        status = find(&mailbox, file->name, NULL, &found, &mail, &has, out_error);
    }
    if (status == FL_OK &&
        (found.size != file->size || found.changed_ms != file->changed_ms)) {
        status = fl_error_set(out_error, FL_BUSY, "%s: a newer mail came", place->url);
    }
    if (status == FL_OK && (text = tmpfile()) == NULL) {
        status = fl_error_set(out_error, FL_IO, "%s", strerror(errno));
    }
    if (status == FL_OK) {
        status = fl_mailbox_fetch(&mailbox, mail, text, out_error);
    }
    if (status == FL_OK) {
        status = take_attachment(text, path, out_error);
    }
    if (text != NULL) {
        (void)fclose(text);
    }
    fl_mailbox_end(&mailbox);
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

static const char *type_of(const char *name)
{
    return fl_endpoint_mask_fits("*.zip", name) ? "Content-Type: application/zip; name=\""
           : fl_endpoint_mask_fits("*.xml", name)
               ? "Content-Type: application/xml; name=\""
               : "Content-Type: application/octet-stream; name=\"";
}

/* The file is read while it goes. */
static bool attach(curl_mime *mime, const char *path, const char *name)
{
    struct fl_buffer encoded;
    struct curl_slist *fields = NULL;
    curl_mimepart *text = curl_mime_addpart(mime);
    curl_mimepart *file = curl_mime_addpart(mime);
    fl_buffer_init(&encoded, FIELD_BYTES_MAX / 2);
    fl_mail_encode(name, &encoded);
    fl_buffer_put_u8(&encoded, 0);
    bool whole = fl_buffer_status(&encoded) == FL_OK &&
                 add_field(&fields, type_of(name), (const char *)encoded.data, "\"") &&
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
    struct fl_mailbox mailbox;
    char address[FL_PLACE_BYTES + 2];
    enum fl_status status = fl_mailbox_begin(&mailbox, place, place->smtp, out_error);
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
        status = fl_mailbox_perform(&mailbox, out_error);
    }
    curl_mime_free(mime);
    curl_slist_free_all(fields);
    curl_slist_free_all(to);
    fl_mailbox_end(&mailbox);
    return status;
}

static void remove_mails(const struct fl_place *place, const char *name)
{
    struct fl_mailbox mailbox;
    struct fl_error ignored;
    enum fl_status status = fl_mailbox_begin(&mailbox, place, place->url, &ignored);
    if (status == FL_OK) {
        status = mailbox.protocol->list(&mailbox, &ignored);
    }
    for (size_t i = 0; status == FL_OK && i < mailbox.count; i++) {
        char found[FL_MAIL_NAME_BYTES];
        status = look_at(&mailbox, mailbox.mails[i], found, &ignored);
        if (status == FL_OK && strcmp(found, name) == 0) {
            mailbox.protocol->remove(&mailbox, mailbox.mails[i]);
        }
    }
    fl_mailbox_end(&mailbox);
}

const struct fl_place_transport fl_place_mail =
    {.is = is_mail, .newest = newest, .get = get, .put = put, .remove = remove_mails};
