/*
 * An account by POP3 (RFC 1939): mails have numbers that hold for one connection, so what
 * another connection than that of the list answers counts for nothing. What is deleted
 * goes when the connection is ended well.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail.h"
#include "mailbox.h"
#include "proto/hash.h"

enum { URL_BYTES = 4096, COMMAND_BYTES = 64 };

/* The mail that libcurl is to fetch, 0: a list of all, or what a command says. */
static enum fl_status ask(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    struct fl_error *out_error)
{
    char url[URL_BYTES];
    char number[COMMAND_BYTES] = "";
    const char *host = strstr(mailbox->url, "://") + 3;
    const size_t size = (size_t)(host - mailbox->url) + strcspn(host, "/");
    enum fl_status status = fl_mailbox_prepare(mailbox, out_error);
    if (mail != 0) {
        snprintf(number, sizeof number, "%" PRIu32, mail);
    }
    snprintf(url, sizeof url, "%.*s/%s", (int)size, mailbox->url, number);
    return status != FL_OK ||
                   curl_easy_setopt(mailbox->curl, CURLOPT_URL, url) == CURLE_OK
               ? status
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* With an answer of many lines, or of one that is not kept. */
static enum fl_status command(
    struct fl_mailbox *mailbox,
    const char *words,
    bool has_lines,
    struct fl_error *out_error)
{
    enum fl_status status = ask(mailbox, 0, out_error);
    if (status == FL_OK) {
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_CUSTOMREQUEST, words);
        (void)curl_easy_setopt(mailbox->curl, CURLOPT_NOBODY, has_lines ? 0L : 1L);
        status = fl_mailbox_perform(mailbox, out_error);
    }
    return status;
}

/* The next line "5 rest"; 0: there is none. `*out_rest` goes to its end. */
static uint32_t next_line(const char **io_at, struct fl_bytes *out_rest)
{
    const char *at = *io_at;
    const char *end = at + strcspn(at, "\r\n");
    char *behind = NULL;
    const unsigned long number = strtoul(at, &behind, 10);
    *io_at = end + strspn(end, "\r\n");
    if (behind == at || *behind != ' ' || number == 0 || number > UINT32_MAX) {
        return 0;
    }
    *out_rest =
        (struct fl_bytes){(const uint8_t *)behind + 1, (size_t)(end - behind - 1)};
    return (uint32_t)number;
}

/* Of all its mails the last: it cannot be asked for a subject. */
static enum fl_status list(struct fl_mailbox *mailbox, struct fl_error *out_error)
{
    struct fl_bytes size;
    const char *at = NULL;
    mailbox->count = 0;
    enum fl_status status = command(mailbox, "LIST", /* has_lines= */ true, out_error);
    if (status == FL_OK) {
        status = fl_mailbox_text(mailbox, &at, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    for (uint32_t mail; (mail = next_line(&at, &size)) != 0;) {
        fl_mailbox_add(mailbox, mail);
    }
    return FL_OK;
}

static enum fl_status look(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    struct fl_error *out_error)
{
    char words[COMMAND_BYTES];
    snprintf(words, sizeof words, "TOP %" PRIu32 " 0", mail);
    return command(mailbox, words, /* has_lines= */ true, out_error);
}

/* What the list that `words` ask for says of the mail. */
static enum fl_status told_of(
    struct fl_mailbox *mailbox,
    const char *words,
    uint32_t mail,
    struct fl_bytes *out_rest,
    struct fl_error *out_error)
{
    const char *at = NULL;
    enum fl_status status = command(mailbox, words, /* has_lines= */ true, out_error);
    if (status == FL_OK) {
        status = fl_mailbox_text(mailbox, &at, out_error);
    }
    for (uint32_t other = 0; status == FL_OK && other != mail;) {
        other = next_line(&at, out_rest);
        if (other == 0) {
            status =
                fl_error_set(out_error, FL_BUSY, "%s: a mail was deleted", mailbox->url);
        }
    }
    return status;
}

/* The server knows no time: the mail's own, and what it is always known by. */
static enum fl_status measure(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    struct fl_place_file *io_file,
    struct fl_error *out_error)
{
    char date[FL_MAIL_NAME_BYTES];
    uint8_t hash[FL_HASH_BYTES];
    struct fl_bytes rest;
    uint64_t size = 0;
    enum fl_status status = look(mailbox, mail, out_error);
    if (status == FL_OK) {
        fl_mail_field(fl_buffer_view(&mailbox->response), "Date", date);
        status = told_of(mailbox, "LIST", mail, &rest, out_error);
    }
    if (status == FL_OK) {
        size = strtoull((const char *)rest.data, NULL, 10);
        status = told_of(mailbox, "UIDL", mail, &rest, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_hash(rest, hash, sizeof hash);
    return fl_mailbox_measured(
        mailbox, size, date, fl_load_u64(hash), io_file, out_error);
}

static enum fl_status ask_for(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    struct fl_error *out_error)
{
    return ask(mailbox, mail, out_error);
}

/* On another connection it might be another one: then nothing is deleted at all. */
static void remove_mail(struct fl_mailbox *mailbox, uint32_t mail)
{
    char words[COMMAND_BYTES];
    struct fl_error ignored;
    snprintf(words, sizeof words, "DELE %" PRIu32, mail);
    if (command(mailbox, words, /* has_lines= */ false, &ignored) == FL_BUSY) {
        (void)command(mailbox, "RSET", /* has_lines= */ false, &ignored);
    }
}

const struct fl_mailbox_protocol fl_mailbox_pop3 = {
    .scheme = "pop3",
    .example = "pop3s://user@host",
    .is_by_connection = true,
    .list = list,
    .look = look,
    .measure = measure,
    .ask_for = ask_for,
    .remove = remove_mail};
