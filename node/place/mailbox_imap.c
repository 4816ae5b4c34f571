/* A folder of an account by IMAP: mails are known by their UIDs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailbox.h"

enum { URL_BYTES = 4096, COMMAND_BYTES = 256 };

/* The folder, or behind it what libcurl is to fetch of a mail: ";UID=5". */
static enum fl_status ask(
    struct fl_mailbox *mailbox,
    const char *what,
    struct fl_error *out_error)
{
    char url[URL_BYTES];
    size_t size = strlen(mailbox->url);
    enum fl_status status = fl_mailbox_prepare(mailbox, out_error);
    while (size > 0 && mailbox->url[size - 1] == '/') {
        size--;
    }
    const char *host = strstr(mailbox->url, "://");
    const bool has_folder =
        host != NULL && memchr(host + 3, '/', size - (size_t)(host + 3 - mailbox->url));
    snprintf(
        url, sizeof url, "%.*s%s%s%s", (int)size, mailbox->url,
        has_folder ? "" : "/INBOX", what[0] == '\0' ? "" : "/", what);
    return status != FL_OK ||
                   curl_easy_setopt(mailbox->curl, CURLOPT_URL, url) == CURLE_OK
               ? status
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* A command of IMAP in the folder; its answer is a text. */
static enum fl_status command(
    struct fl_mailbox *mailbox,
    const char *words,
    const char **out_text,
    struct fl_error *out_error)
{
    enum fl_status status = ask(mailbox, "", out_error);
    if (status == FL_OK) {
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_CUSTOMREQUEST, words);
        status = fl_mailbox_perform(mailbox, out_error);
    }
    return status == FL_OK ? fl_mailbox_text(mailbox, out_text, out_error) : status;
}

/* Servers decode subjects before they look. */
static enum fl_status list(struct fl_mailbox *mailbox, struct fl_error *out_error)
{
    const char *text = NULL;
    enum fl_status status = command(
        mailbox, "UID SEARCH UNDELETED SUBJECT \"Exchange message\"", &text, out_error);
    if (status != FL_OK) {
        return status;
    }
    mailbox->count = 0;
    const char *at = strstr(text, "SEARCH");
    at = at == NULL ? "" : at + strlen("SEARCH");
    for (char *behind = NULL; *at == ' '; at = behind) {
        const unsigned long uid = strtoul(at, &behind, 10);
        if (behind == at || uid == 0 || uid > UINT32_MAX) {
            break;
        }
        fl_mailbox_add(mailbox, (uint32_t)uid);
    }
    return FL_OK;
}

static enum fl_status look(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    struct fl_error *out_error)
{
    char what[COMMAND_BYTES];
    snprintf(what, sizeof what, ";UID=%u;SECTION=HEADER.FIELDS%%20(SUBJECT)", mail);
    enum fl_status status = ask(mailbox, what, out_error);
    if (status != FL_OK) {
        return status;
    }
    const CURLcode code = curl_easy_perform(mailbox->curl);
    if (code == CURLE_REMOTE_FILE_NOT_FOUND || code == CURLE_WEIRD_SERVER_REPLY) {
        return FL_NOT_FOUND;
    }
    return code == CURLE_OK
               ? FL_OK
               : fl_endpoint_curl_failed(
                     code, mailbox->place, mailbox->url, mailbox->words, out_error);
}

/* Seconds alone would not tell it from the others of the folder. */
static enum fl_status measure(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    struct fl_place_file *io_file,
    struct fl_error *out_error)
{
    char words[COMMAND_BYTES];
    const char *text = NULL;
    snprintf(words, sizeof words, "UID FETCH %u (RFC822.SIZE INTERNALDATE)", mail);
    enum fl_status status = command(mailbox, words, &text, out_error);
    if (status != FL_OK) {
        return status;
    }
    const char *size = strstr(text, "RFC822.SIZE ");
    const char *date = strstr(text, "INTERNALDATE \"");
    char day[64] = "";
    if (date != NULL) {
        date += strlen("INTERNALDATE \"");
        snprintf(day, sizeof day, "%.*s", (int)strcspn(date, "\""), date);
    }
    return fl_mailbox_measured(
        mailbox, size == NULL ? 0 : strtoull(size + strlen("RFC822.SIZE "), NULL, 10),
        day, mail, io_file, out_error);
}

static enum fl_status ask_for(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    struct fl_error *out_error)
{
    char what[COMMAND_BYTES];
    snprintf(what, sizeof what, ";UID=%u", mail);
    return ask(mailbox, what, out_error);
}

static void remove_mail(struct fl_mailbox *mailbox, uint32_t mail)
{
    char words[COMMAND_BYTES];
    const char *text;
    struct fl_error ignored;
    snprintf(words, sizeof words, "UID STORE %u +FLAGS.SILENT (\\Deleted)", mail);
    if (command(mailbox, words, &text, &ignored) == FL_OK) {
        /* Not of every server; without it the mail goes when somebody tidies up. */
        snprintf(words, sizeof words, "UID EXPUNGE %u", mail);
        (void)command(mailbox, words, &text, &ignored);
    }
}

const struct fl_mailbox_protocol fl_mailbox_imap = {
    .scheme = "imap",
    .example = "imaps://user@host/INBOX",
    .list = list,
    .look = look,
    .measure = measure,
    .ask_for = ask_for,
    .remove = remove_mail};
