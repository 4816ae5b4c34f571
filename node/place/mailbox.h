/*
 * The mails of an account, as a mail drop looks at them: by IMAP or by POP3, and a server
 * by which mails go out. Through libcurl, one connection for all that is done with a
 * mailbox. Calls block.
 */

#ifndef NODE_MAILBOX_H
#define NODE_MAILBOX_H

#include <stdio.h>

#include "endpoint_curl.h"

enum {
    FL_MAILBOX_MAILS_MAX = 64, /* of the newest that are looked at */
    FL_MAILBOX_MAIL_BYTES_MAX = 512 << 20,
};

struct fl_mailbox_protocol;

struct fl_mailbox {
    CURL *curl;
    const struct fl_mailbox_protocol *protocol; /* NULL: mails only go out */
    const struct fl_place *place;
    const char *url; /* for people */
    char words[CURL_ERROR_SIZE];
    bool is_connected;
    struct fl_buffer response;            /* of the last request */
    uint32_t mails[FL_MAILBOX_MAILS_MAX]; /* of `list`, the newest first */
    size_t count;
};

/* What a mailbox can be asked, by the number that `list` gave a mail. */
struct fl_mailbox_protocol {
    const char *scheme; /* "imap"; with an s it is TLS from the first byte */
    const char *example;
    bool is_by_connection; /* its numbers are those of one connection */
    /* Mails that may be of an exchange, into `mails`. */
    enum fl_status (*list)(struct fl_mailbox *mailbox, struct fl_error *out_error);
    /* Its header, the subject at least, is the response. FL_NOT_FOUND, without words:
       somebody has just deleted it. */
    enum fl_status (
        *look)(struct fl_mailbox *mailbox, uint32_t mail, struct fl_error *out_error);
    /* Its size, and a time that no other mail there has. */
    enum fl_status (*measure)(
        struct fl_mailbox *mailbox,
        uint32_t mail,
        struct fl_place_file *io_file,
        struct fl_error *out_error);
    /* The request for the whole of it is in the handle. */
    enum fl_status (
        *ask_for)(struct fl_mailbox *mailbox, uint32_t mail, struct fl_error *out_error);
    /* As far as the server lets us. */
    void (*remove)(struct fl_mailbox *mailbox, uint32_t mail);
};

extern const struct fl_mailbox_protocol fl_mailbox_imap;
extern const struct fl_mailbox_protocol fl_mailbox_pop3;

/* Whose address it is; NULL: nobody's. */
const struct fl_mailbox_protocol *fl_mailbox_protocol_of(const char *url);

/* FL_MALFORMED, FL_REFUSED in words: it is no address of this `scheme`, or tells a
   password. */
enum fl_status fl_mailbox_check_url(
    const char *url,
    const char *scheme,
    const char *example,
    struct fl_error *out_error);

/* `place` and `url` outlive it. The caller ends it, begun or not. */
enum fl_status fl_mailbox_begin(
    struct fl_mailbox *mailbox,
    const struct fl_place *place,
    const char *url,
    struct fl_error *out_error);
void fl_mailbox_end(struct fl_mailbox *mailbox);

/* One that `list` found, newer than those before: the oldest of too many is left out. */
void fl_mailbox_add(struct fl_mailbox *mailbox, uint32_t mail);

/* A request begins: the options that each needs are set, the response is empty. */
enum fl_status fl_mailbox_prepare(struct fl_mailbox *mailbox, struct fl_error *out_error);
/* As libcurl is told to do it. FL_BUSY: numbers may be other mails' by now, for another
   connection was made. */
enum fl_status fl_mailbox_perform(struct fl_mailbox *mailbox, struct fl_error *out_error);
/* The response of a request that went well, as a text. FL_LIMIT: it is too long. */
enum fl_status fl_mailbox_text(
    struct fl_mailbox *mailbox,
    const char **out_text,
    struct fl_error *out_error);
/* Size and time of a mail, a number that it alone has made part of the time. */
enum fl_status fl_mailbox_measured(
    const struct fl_mailbox *mailbox,
    uint64_t size,
    const char *date,
    uint64_t number,
    struct fl_place_file *io_file,
    struct fl_error *out_error);
/* Into `file`, and back to its beginning. FL_LIMIT, FL_IO. */
enum fl_status fl_mailbox_fetch(
    struct fl_mailbox *mailbox,
    uint32_t mail,
    FILE *file,
    struct fl_error *out_error);

#endif
